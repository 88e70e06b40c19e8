"""Compiled search for the least cost over a raster with eight neighbours; imported where it is needed only (numba)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _first(cost: Any, a: int, b: int) -> bool:
    """Whether cell a comes out of the queue before b; equal costs by number, so that ways do not hang on the queue."""
    return bool(cost[a] < cost[b] or (cost[a] == cost[b] and a < b))


@njit(cache=True, nogil=True)
def _rise(heap: Any, place: Any, cost: Any, at: int) -> None:
    cell = heap[at]
    while at > 0:
        up = (at - 1) >> 1
        if not _first(cost, cell, heap[up]):
            break
        heap[at] = heap[up]
        place[heap[at]] = at
        at = up
    heap[at] = cell
    place[cell] = at


@njit(cache=True, nogil=True)
def _sink(heap: Any, place: Any, cost: Any, size: int) -> None:
    cell, at = heap[0], 0
    while True:
        down = 2 * at + 1
        if down >= size:
            break
        if down + 1 < size and _first(cost, heap[down + 1], heap[down]):
            down += 1
        if not _first(cost, heap[down], cell):
            break
        heap[at] = heap[down]
        place[heap[at]] = at
        at = down
    heap[at] = cell
    place[cell] = at


@njit(cache=True, nogil=True)
def spread(resistance: Any, start: Any, cost: Any, back: Any) -> None:
    """Dijkstra (1959) from many cells at once; a step costs the mean resistance of its two cells times its length.

    Parameters
    ----------
    resistance : (rows, cols) array
        >= 0; not finite: closed.
    start : (m,) int64 array
        Flat cells that cost nothing; not closed, each once.
    cost : (rows * cols,) array
        Filled; inf where no way leads.
    back : (rows * cols,) int8 array
        Filled: the neighbour 0 .. 7 in reading order that a cell is reached from; -1 at starts and where no way leads.
    """
    rows, cols = resistance.shape
    n = rows * cols
    heap, place = np.empty(n, np.int32), np.full(n, -1, np.int32)
    down = (-1, -1, -1, 0, 0, 1, 1, 1)
    right = (-1, 0, 1, -1, 1, -1, 0, 1)
    cost[:] = np.inf
    back[:] = -1
    size = 0
    for cell in start:
        cost[cell] = 0.0
        heap[size] = cell
        place[cell] = size
        size += 1
        _rise(heap, place, cost, size - 1)
    while size > 0:
        here = heap[0]
        size -= 1
        place[here] = -2
        if size > 0:
            heap[0] = heap[size]
            place[heap[0]] = 0
            _sink(heap, place, cost, size)
        r, c = here // cols, here % cols
        for k in range(8):
            y, x = r + down[k], c + right[k]
            if y < 0 or y >= rows or x < 0 or x >= cols:
                continue
            there = y * cols + x
            if place[there] == -2 or not np.isfinite(resistance[y, x]):
                continue
            length = 1.0 if down[k] == 0 or right[k] == 0 else np.sqrt(2.0)
            new = cost[here] + 0.5 * (resistance[r, c] + resistance[y, x]) * length
            if new < cost[there]:
                cost[there] = new
                back[there] = 7 - k
                if place[there] < 0:
                    heap[size] = there
                    place[there] = size
                    size += 1
                _rise(heap, place, cost, place[there])
