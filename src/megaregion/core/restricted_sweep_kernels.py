"""Compiled sweeps over a contracted graph; imported where they are needed only, because it needs numba.

Nodes are numbered by falling rank: node 0 was contracted last. Arcs upwards lead to smaller numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from megaregion.core.contraction_kernels import INFINITE, _pop, _push

LANES = 32  # sources that one sweep serves; 32 costs of 4 bytes are two lines of cache
_LOW = np.int64((1 << 32) - 1)


@njit(cache=True, nogil=True)
def closure(start: Any, first: Any, end: Any, place: Any) -> Any:
    """Every node that arcs upwards reach from `start`, rising; `place` (nodes,) is -1 before and after."""
    found = np.empty(1024, np.int32)
    size = 0
    for v in start:
        if place[v] < 0:
            place[v] = 0
            if size == found.size:
                found = np.append(found, np.empty(size, np.int32))
            found[size] = v
            size += 1
    done = 0
    while done < size:
        v = found[done]
        done += 1
        for e in range(first[v], first[v + 1]):
            u = end[e]
            if place[u] < 0:
                place[u] = 0
                if size == found.size:
                    found = np.append(found, np.empty(size, np.int32))
                found[size] = u
                size += 1
    out = np.sort(found[:size])
    for v in out:
        place[v] = -1
    return out


@njit(cache=True, nogil=True)
def restrict(chosen: Any, first: Any, end: Any, cost: Any, place: Any) -> Any:
    """The graph of arcs upwards on a closed set of nodes, numbered by their place in it; fills `place`."""
    for i in range(chosen.size):
        place[chosen[i]] = i
    count = 0
    for v in chosen:
        count += first[v + 1] - first[v]
    begin = np.empty(chosen.size + 1, np.int32)
    local, length = np.empty(count, np.int32), np.empty(count, np.int32)
    at = 0
    for i in range(chosen.size):
        begin[i] = at
        v = chosen[i]
        for e in range(first[v], first[v + 1]):
            local[at], length[at] = place[end[e]], cost[e]
            at += 1
    begin[chosen.size] = at
    return begin, local, length


@njit(cache=True, nogil=True)
def rise(start: Any, chosen: Any, first: Any, end: Any, cost: Any, place: Any, value: Any) -> None:
    """Costs from up to `LANES` sources to every node of their closure, upwards; fills `value` (closure, LANES)."""
    for i in range(chosen.size):
        place[chosen[i]] = i
        value[i, :] = INFINITE
    for lane in range(start.size):
        value[place[start[lane]], lane] = 0
    for i in range(chosen.size - 1, -1, -1):
        v = chosen[i]
        here = value[i]
        for e in range(first[v], first[v + 1]):
            there, c = value[place[end[e]]], cost[e]
            for lane in range(LANES):
                there[lane] = min(there[lane], np.int32(here[lane] + c))  # 32 bits, so that lanes fill a register
    for v in chosen:
        place[v] = -1


@njit(cache=True, nogil=True)
def fall(chosen: Any, above: Any, place: Any, begin: Any, local: Any, length: Any, value: Any) -> None:
    """Costs down to every node of the restricted graph, from those of the nodes above the sources.

    `value` (restricted, LANES) is filled; `place` gives the row of a node in the restricted graph, -1 if it has none.
    """
    value[:, :] = INFINITE
    for i in range(chosen.size):
        row = place[chosen[i]]
        if row >= 0:
            value[row] = above[i]
    for i in range(begin.size - 1):
        here = value[i]
        for e in range(begin[i], begin[i + 1]):
            there, c = value[local[e]], length[e]
            for lane in range(LANES):
                here[lane] = min(here[lane], np.int32(there[lane] + c))


@njit(cache=True, nogil=True)
def collect(value: Any, row: Any, lanes: int, unit: float, out: Any) -> None:
    """Costs of the targets in units of time, (lanes, targets); inf where no way leads."""
    for lane in range(lanes):
        for j in range(row.size):
            v = value[row[j], lane]
            out[lane, j] = np.inf if v >= INFINITE else v * unit


@njit(cache=True, nogil=True)
def meet(
    start: int, end: int, up_first: Any, up_head: Any, up_cost: Any, down_first: Any, down_tail: Any, down_cost: Any,
    distance: Any, arc: Any,
) -> Any:  # fmt: skip
    """Cheapest way between two nodes: (cost, node in the middle), -1 where there is none.

    `distance` (2, nodes) is INFINITE before; it and `arc` (2, nodes) hold the two searches afterwards, and
    the third value lists the nodes that were touched.
    """
    heap = np.empty(1 << 16, np.int64)
    touched = np.empty(1 << 16, np.int32)
    count = 0
    best, middle = np.int64(INFINITE), np.int64(-1)
    for side in range(2):
        first, other, cost = (up_first, up_head, up_cost) if side == 0 else (down_first, down_tail, down_cost)
        root = start if side == 0 else end
        distance[side, root], arc[side, root] = 0, -1
        touched[count] = root
        count += 1
        size = _push(heap, 0, np.int64(root))
        while size > 0:
            key, size = _pop(heap, size)
            v, d = key & _LOW, key >> 32
            if d > distance[side, v]:
                continue
            if d >= best:
                break
            if side == 1 and distance[0, v] < INFINITE and d + distance[0, v] < best:
                best, middle = d + np.int64(distance[0, v]), v
            for e in range(first[v], first[v + 1]):
                u, new = other[e], d + cost[e]
                if new < distance[side, u]:
                    if distance[0, u] == INFINITE and distance[1, u] == INFINITE:
                        if count == touched.size:
                            touched = np.append(touched, np.empty(count, np.int32))
                        touched[count] = u
                        count += 1
                    distance[side, u], arc[side, u] = new, e
                    if size == heap.size:
                        heap = np.append(heap, np.empty(size, np.int64))
                    size = _push(heap, size, (new << 32) | np.int64(u))
    return best, middle, touched[:count]


@njit(cache=True, nogil=True)
def _arc_between(first: Any, other: Any, low: int, high: int) -> Any:
    """The arc of the lower node to a node above it; arcs are sorted by the other end."""
    a, b = first[low], first[low + 1]
    while a < b:
        c = (a + b) >> 1
        if other[c] < high:
            a = c + 1
        else:
            b = c
    return a


@njit(cache=True, nogil=True)
def unpack(
    middle: int, up_first: Any, up_other: Any, up_middle: Any, down_first: Any, down_other: Any, down_middle: Any,
    arc: Any,
) -> Any:  # fmt: skip
    """Arcs of the graph on the way that `meet` found, in order."""
    chain_tail, chain_head = np.empty(64, np.int32), np.empty(64, np.int32)
    count = 0
    v = middle
    while arc[0, v] >= 0:  # back to the source: the arc belongs to its tail
        e = arc[0, v]
        u = np.searchsorted(up_first, e, side="right") - 1
        if count == chain_tail.size:
            chain_tail, chain_head = np.append(chain_tail, chain_tail), np.append(chain_head, chain_head)
        chain_tail[count], chain_head[count] = u, v
        count += 1
        v = u
    # a stack of pieces, the next one on top: what was gathered last comes first, then the way down
    piece_tail, piece_head = np.empty(4096, np.int32), np.empty(4096, np.int32)
    size = 0
    v = middle
    down_tail, down_head = np.empty(64, np.int32), np.empty(64, np.int32)
    falls = 0
    while arc[1, v] >= 0:
        e = arc[1, v]
        u = np.searchsorted(down_first, e, side="right") - 1
        if falls == down_tail.size:
            down_tail, down_head = np.append(down_tail, down_tail), np.append(down_head, down_head)
        down_tail[falls], down_head[falls] = v, u
        falls += 1
        v = u
    while piece_tail.size < count + falls + 8:
        piece_tail, piece_head = np.append(piece_tail, piece_tail), np.append(piece_head, piece_head)
    for i in range(falls - 1, -1, -1):
        piece_tail[size], piece_head[size] = down_tail[i], down_head[i]
        size += 1
    for i in range(count):
        piece_tail[size], piece_head[size] = chain_tail[i], chain_head[i]
        size += 1
    out = np.empty(256, np.int32)
    n = 0
    while size > 0:
        size -= 1
        a, b = piece_tail[size], piece_head[size]
        around = (
            up_middle[_arc_between(up_first, up_other, a, b)]
            if b < a
            else down_middle[_arc_between(down_first, down_other, b, a)]
        )
        if around < 0:
            if n == out.size:
                out = np.append(out, out)
            out[n] = -1 - around
            n += 1
            continue
        if size + 2 > piece_tail.size:
            piece_tail, piece_head = np.append(piece_tail, piece_tail), np.append(piece_head, piece_head)
        piece_tail[size], piece_head[size] = around, b
        piece_tail[size + 1], piece_head[size + 1] = a, around
        size += 2
    return out[:n]
