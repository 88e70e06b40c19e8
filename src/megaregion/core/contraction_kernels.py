"""Compiled loops of the contraction of a graph; imported where they are needed only, because it needs numba."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

INFINITE = np.int32(1 << 30)  # no way; costs of ways stay below, so that sums of two never overflow
_LOW = np.int64((1 << 32) - 1)


@njit(cache=True, nogil=True)
def _push(heap: Any, size: Any, key: Any) -> Any:
    """A binary heap of packed keys: cost in the high half, node in the low."""
    i = size
    while i > 0:
        up = (i - 1) >> 1
        if heap[up] <= key:
            break
        heap[i] = heap[up]
        i = up
    heap[i] = key
    return size + 1


@njit(cache=True, nogil=True)
def _pop(heap: Any, size: Any) -> Any:
    """The smallest key; the heap has one less."""
    top = heap[0]
    size -= 1
    key = heap[size]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        if child + 1 < size and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= key:
            break
        heap[i] = heap[child]
        i = child
    heap[i] = key
    return top, size


@njit(cache=True, nogil=True)
def _witness(
    start: Any, without: Any, bound: Any, settle: Any, sought: Any, head: Any, cost: Any, out: Any, next_out: Any,
    distance: Any, stamp: Any, mark: int, goal: Any, goal_mark: int, heap: Any,
) -> None:  # fmt: skip
    """Search from `start` around the node `without`, until `settle` nodes, the bound, or all goals are settled."""
    distance[start], stamp[start] = 0, mark
    size, settled = _push(heap, 0, np.int64(start)), 0
    while size > 0:
        key, size = _pop(heap, size)
        node, d = np.int64(key & _LOW), np.int64(key >> 32)
        if d > distance[node]:
            continue
        if d > bound:
            return
        settled += 1
        if goal[node] == goal_mark:
            sought -= 1
            if sought == 0:
                return
        if settled > settle:
            return
        e = out[node]
        while e >= 0:
            v = head[e]
            if v != without:
                new = d + cost[e]
                if new <= bound and (stamp[v] != mark or new < distance[v]):
                    distance[v], stamp[v] = new, mark
                    if size < heap.size:
                        size = _push(heap, size, (new << 32) | np.int64(v))
            e = next_out[e]


@njit(cache=True, nogil=True)
def _shortcuts(
    v: Any, settle: int, tail: Any, head: Any, cost: Any, out: Any, into: Any, next_out: Any, next_in: Any,
    distance: Any, stamp: Any, goal: Any, clock: Any, heap: Any, found_tail: Any, found_head: Any, found_cost: Any,
) -> Any:  # fmt: skip
    """Shortcuts that the contraction of v needs, written to found_*; how many."""
    count = 0
    farthest, goals = 0, 0
    e = out[v]
    clock[1] += 1
    while e >= 0:
        farthest = max(farthest, cost[e])
        goal[head[e]] = clock[1]
        goals += 1
        e = next_out[e]
    if goals == 0:
        return 0
    arrive = into[v]
    while arrive >= 0:
        u, first = tail[arrive], np.int64(cost[arrive])
        others = goals - (1 if goal[u] == clock[1] else 0)
        if others > 0:
            clock[0] += 1
            back = goal[u]
            goal[u] = 0  # the way back to where it came from is no shortcut
            _witness(u, v, first + farthest, settle, others, head, cost, out, next_out, distance, stamp, clock[0],
                     goal, clock[1], heap)  # fmt: skip
            goal[u] = back
            e = out[v]
            while e >= 0:
                w = head[e]
                through = first + cost[e]
                if w != u and not (stamp[w] == clock[0] and distance[w] <= through):
                    if count < found_tail.size:
                        found_tail[count], found_head[count], found_cost[count] = u, w, through
                    count += 1
                e = next_out[e]
        arrive = next_in[arrive]
    return count


@njit(cache=True, nogil=True)
def _degree(v: Any, first: Any, following: Any) -> Any:
    n, e = 0, first[v]
    while e >= 0:
        n += 1
        e = following[e]
    return n


@njit(cache=True, nogil=True)
def _unlink(node: Any, other: Any, end: Any, first: Any, following: Any) -> None:
    """Take the arcs between `node` and `other` out of a list of `node`."""
    before, e = -1, first[node]
    while e >= 0:
        after = following[e]
        if end[e] == other:
            if before < 0:
                first[node] = after
            else:
                following[before] = after
        else:
            before = e
        e = after


@njit(cache=True, nogil=True)
def contract(
    nodes: Any, arcs: Any, tail: Any, head: Any, cost: Any, middle: Any, given: Any, settle_rank: Any, settle: Any
) -> Any:
    """Contract all nodes.

    Parameters
    ----------
    nodes, arcs : int
    tail, head, cost, middle : arrays with room for shortcuts behind the first `arcs`
        Arcs without parallels and loops. `middle` is -1 for arcs of the graph, the node that a shortcut leads around
        otherwise.
    given : int array (nodes,) or (0,)
        Nodes in the order in which they are contracted; empty: an order is chosen.
    settle_rank, settle : int
        Limits of the search for witnesses while an order is chosen, and when a node is contracted. A limit that is too
        small gives shortcuts that nobody needs, never a wrong way.

    Returns
    -------
    rank (nodes,), level (nodes,), arcs, out (nodes,), into (nodes,), next_out, next_in
        ``arcs`` is -1 if there was no room for all shortcuts, -2 if one node needs more than a million. Lists of each
        node: the arcs to, and from, nodes of higher rank.
    """
    room = tail.size
    out, into = np.full(nodes, -1, np.int32), np.full(nodes, -1, np.int32)
    next_out, next_in = np.full(room, -1, np.int32), np.full(room, -1, np.int32)
    for e in range(arcs):
        next_out[e], out[tail[e]] = out[tail[e]], e
        next_in[e], into[head[e]] = into[head[e]], e
    rank, level = np.full(nodes, -1, np.int32), np.zeros(nodes, np.int32)
    distance, stamp = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
    goal, clock = np.zeros(nodes, np.int64), np.zeros(2, np.int64)
    heap = np.empty(1 << 14, np.int64)
    found_tail, found_head = np.empty(1 << 20, np.int32), np.empty(1 << 20, np.int32)
    found_cost = np.empty(1 << 20, np.int64)
    choose = given.size == 0
    queue = np.empty(nodes + 1 if choose else 1, np.int64)
    waiting = 0
    if choose:
        for node in range(nodes):
            key = _priority(node, level[node], settle_rank, tail, head, cost, out, into, next_out, next_in, distance,
                            stamp, goal, clock, heap, found_tail, found_head, found_cost)  # fmt: skip
            waiting = _push(queue, waiting, ((key + (1 << 24)) << 32) | np.int64(node))
    for turn in range(nodes):
        v: Any = np.int64(0)
        if choose:
            while True:
                top, waiting = _pop(queue, waiting)
                v = np.int64(top & _LOW)
                key = _priority(v, level[v], settle_rank, tail, head, cost, out, into, next_out, next_in, distance,
                                stamp, goal, clock, heap, found_tail, found_head, found_cost)  # fmt: skip
                now = ((key + (1 << 24)) << 32) | v
                if waiting == 0 or now <= queue[0]:
                    break
                waiting = _push(queue, waiting, now)
        else:
            v = np.int64(given[turn])
        count = _shortcuts(v, settle, tail, head, cost, out, into, next_out, next_in, distance, stamp, goal, clock,
                           heap, found_tail, found_head, found_cost)  # fmt: skip
        if count > found_tail.size or arcs + count > room:
            full = np.int64(-2 if count > found_tail.size else -1)
            return rank, level, full, out, into, next_out, next_in
        rank[v] = turn
        e = out[v]
        while e >= 0:  # neighbours forget v; v keeps its own lists: they are its arcs upwards
            u = head[e]
            _unlink(u, v, tail, into, next_in)
            level[u] = max(level[u], level[v] + 1)
            e = next_out[e]
        e = into[v]
        while e >= 0:
            u = tail[e]
            _unlink(u, v, head, out, next_out)
            level[u] = max(level[u], level[v] + 1)
            e = next_in[e]
        for i in range(count):
            a, b, c = found_tail[i], found_head[i], found_cost[i]
            e = out[a]
            while e >= 0 and head[e] != b:
                e = next_out[e]
            if e >= 0:
                if c < cost[e]:
                    cost[e], middle[e] = c, v
                continue
            tail[arcs], head[arcs], cost[arcs], middle[arcs] = a, b, c, v
            next_out[arcs], out[a] = out[a], arcs
            next_in[arcs], into[b] = into[b], arcs
            arcs += 1
    return rank, level, np.int64(arcs), out, into, next_out, next_in


@njit(cache=True, nogil=True)
def _priority(
    v: Any, level: Any, settle: Any, tail: Any, head: Any, cost: Any, out: Any, into: Any, next_out: Any, next_in: Any,
    distance: Any, stamp: Any, goal: Any, clock: Any, heap: Any, found_tail: Any, found_head: Any, found_cost: Any,
) -> Any:  # fmt: skip
    """How late a node should be contracted: arcs that it adds less those that go with it, and how deep it lies."""
    added = _shortcuts(v, settle, tail, head, cost, out, into, next_out, next_in, distance, stamp, goal, clock, heap,
                       found_tail, found_head, found_cost)  # fmt: skip
    gone = _degree(v, out, next_out) + _degree(v, into, next_in)
    return np.int64(2 * (added - gone) + level)
