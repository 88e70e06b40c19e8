"""Compiled loops over path trees; imported by kernels only, because it needs numba when it is loaded.

Arcs are sorted by tail: the arcs that leave node u are ``first[u] .. first[u + 1] - 1``; those that enter v are
``entering[first_in[v]] .. entering[first_in[v + 1] - 1]``. Every function works on the rows ``low .. high - 1`` of
the sources, so that threads share nothing that they write.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

TIE = 1e-12  # of the length of the path: two ways that differ by less are equally short in double precision


@njit(cache=True, nogil=True)
def _push(key: Any, item: Any, size: int, value: float, node: int) -> int:
    """Put (value, node) into a binary heap of `size` entries; returns the new size."""
    i = size
    while i > 0:
        parent = (i - 1) >> 1
        if key[parent] <= value:
            break
        key[i], item[i] = key[parent], item[parent]
        i = parent
    key[i], item[i] = value, node
    return size + 1


@njit(cache=True, nogil=True)
def _pop(key: Any, item: Any, size: int) -> int:
    """Take the least entry out of the heap, which the caller has read at 0; returns the new size."""
    size -= 1
    value, node = key[size], item[size]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        if child + 1 < size and key[child + 1] < key[child]:
            child += 1
        if key[child] >= value:
            break
        key[i], item[i] = key[child], item[child]
        i = child
    key[i], item[i] = value, node
    return size


@njit(cache=True, nogil=True)
def grow(
    low: int, high: int, first: Any, tail: Any, head: Any, cost: Any, sources: Any,
    distance: Any, entry: Any, order: Any, reached: Any, tied: Any,
) -> None:  # fmt: skip
    """Dijkstra from each source: distance, arc by which the tree enters a node, order of settling; whether ways tie."""
    n, arcs = first.size - 1, head.size
    key, item = np.empty(arcs + 2), np.empty(arcs + 2, np.int32)
    rank = np.empty(n, np.int32)
    for s in range(low, high):
        far, into = distance[s], entry[s]
        far[:] = np.inf
        into[:] = -1
        rank[:] = n
        far[sources[s]] = 0.0
        size, done = _push(key, item, 0, 0.0, sources[s]), 0
        while size > 0:
            here, u = key[0], item[0]
            size = _pop(key, item, size)
            if rank[u] < n:
                continue
            rank[u] = done
            order[s, done] = u
            done += 1
            for a in range(first[u], first[u + 1]):
                v = head[a]
                there = here + cost[a]
                if there < far[v]:
                    far[v] = there
                    into[v] = a
                    size = _push(key, item, size, there, v)
        reached[s] = done
        tied[s] = False
        for p in range(done):
            u = order[s, p]
            for a in range(first[u], first[u + 1]):
                v = head[a]
                if a != into[v] and rank[v] > p and far[u] + cost[a] <= far[v] * (1.0 + TIE):
                    tied[s] = True


@njit(cache=True, nogil=True)
def sweep(
    low: int, high: int, tail: Any, cost: Any, first_in: Any, entering: Any,
    distance: Any, entry: Any, order: Any, reached: Any, tied: Any, targets: Any, weight: Any, out: Any,
) -> None:  # fmt: skip
    """Add to ``out`` (arcs, k) the weights (k, sources, targets) of all pairs whose path uses the arc.

    Nodes are taken in order of decreasing distance, so that what passes a node is complete when it is handed on.
    Where several ways are equally short the weight is shared equally at the node where they meet: a point of the
    superdifferential of the shortest time that does not depend on the numbering.
    """
    n, k = distance.shape[1], weight.shape[0]
    load = np.empty((n, k))
    rank = np.empty(n, np.int32)
    for s in range(low, high):
        load[:] = 0.0
        for j in range(targets.size):
            for r in range(k):
                load[targets[j], r] += weight[r, s, j]
        if tied[s]:
            rank[:] = n
            for p in range(reached[s]):
                rank[order[s, p]] = p
        for p in range(reached[s] - 1, 0, -1):
            v = order[s, p]
            if not tied[s]:
                a = entry[s, v]
                u = tail[a]
                for r in range(k):
                    out[a, r] += load[v, r]
                    load[u, r] += load[v, r]
                continue
            limit = distance[s, v] * (1.0 + TIE)
            ways = 0
            for q in range(first_in[v], first_in[v + 1]):
                a = entering[q]
                ways += rank[tail[a]] < p and distance[s, tail[a]] + cost[a] <= limit
            for q in range(first_in[v], first_in[v + 1]):
                a = entering[q]
                u = tail[a]
                if rank[u] < p and distance[s, u] + cost[a] <= limit:
                    for r in range(k):
                        out[a, r] += load[v, r] / ways
                        load[u, r] += load[v, r] / ways


@njit(cache=True, nogil=True)
def mark_ties(
    low: int, high: int, tail: Any, head: Any, cost: Any, distance: Any, entry: Any, order: Any, reached: Any,
    tolerance: float, marked: Any,
) -> None:  # fmt: skip
    """Mark the arcs on both branches of every two ways that differ by at most a share `tolerance` of their length."""
    n, arcs = distance.shape[1], head.size
    rank = np.empty(n, np.int32)
    for s in range(low, high):
        rank[:] = n
        for p in range(reached[s]):
            rank[order[s, p]] = p
        for a in range(arcs):
            u, v = tail[a], head[a]
            if rank[u] == n or rank[v] == 0 or u == v or a == entry[s, v]:
                continue
            if distance[s, u] + cost[a] > distance[s, v] * (1.0 + tolerance):
                continue
            one = u
            while rank[one] > 0 and one != v:
                one = tail[entry[s, one]]
            if one == v:  # the way to u leads over v: no other way to v
                continue
            marked[a] = True
            marked[entry[s, v]] = True
            one, other = u, tail[entry[s, v]]
            while one != other:
                if rank[one] > rank[other]:
                    marked[entry[s, one]] = True
                    one = tail[entry[s, one]]
                else:
                    marked[entry[s, other]] = True
                    other = tail[entry[s, other]]
