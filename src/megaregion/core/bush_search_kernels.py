"""Compiled searches over all links: shortest trees, new bushes, bushes renewed; imported where needed, for numba.

Bushes and graph as in `megaregion.core.bush_kernels`. The heap stands here and in `megaregion.core.tree_sweep`: numba's
cache looks at the file of a function only, so a kernel that calls another file would go on with its old machine code.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

_NOISE = 4e-16  # differences of costs below this share of them are rounding


@njit(cache=True, nogil=True)
def _push(keys: Any, names: Any, size: Any, key: Any, name: Any) -> Any:
    i = size
    while i > 0:
        up = (i - 1) >> 1
        if keys[up] <= key:
            break
        keys[i], names[i] = keys[up], names[up]
        i = up
    keys[i], names[i] = key, name
    return size + 1


@njit(cache=True, nogil=True)
def _pop(keys: Any, names: Any, size: Any) -> Any:
    """The smallest key is returned with its name; the heap has one less."""
    top, first = keys[0], names[0]
    size -= 1
    key, name = keys[size], names[size]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        if child + 1 < size and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[i], names[i] = keys[child], names[child]
        i = child
    keys[i], names[i] = key, name
    return top, first, size


@njit(cache=True, nogil=True)
def _settle(
    origin: Any, graph: Any, usable: Any, fix: Any, time: Any, label: Any, by: Any, order: Any, keys: Any, names: Any,
    size: Any,
) -> Any:  # fmt: skip
    """Dijkstra from what is in the heap; nodes as they were settled go to `order`, where there is room; their number.

    The heap needs room for a key a link, besides those it begins with.
    """
    head, out_first, out_link, passable = graph[1], graph[2], graph[3], graph[6]
    settled = 0
    while size > 0:
        d, i, size = _pop(keys, names, size)
        if d > label[i]:
            continue
        if settled < len(order):
            order[settled] = i
        settled += 1
        if not (passable[i] or i == origin):
            continue
        for e in range(out_first[i], out_first[i + 1]):
            a = out_link[e]
            j = head[a]
            if usable[a] and j != origin:
                new = d + time[a] + fix[a]
                if new < label[j]:
                    label[j], by[j] = new, a
                    size = _push(keys, names, size, new, j)
    return settled


@njit(cache=True, nogil=True)
def trees(origins: Any, graph: Any, usable: Any, fix: Any, time: Any, label: Any, by: Any, order: Any) -> None:
    """Shortest trees: labels, links by which nodes are reached (-1: none), nodes in order of settlement (-1: end)."""
    links, nodes = len(graph[0]), len(graph[2]) - 1
    keys, names = np.empty(links + 1), np.empty(links + 1, np.int32)
    for row in range(len(origins)):
        o = origins[row]
        for i in range(nodes):
            label[row, i], by[row, i], order[row, i] = np.inf, -1, -1
        label[row, o] = 0.0
        size = _push(keys, names, 0, 0.0, o)
        _settle(o, graph, usable, fix, time, label[row], by[row], order[row], keys, names, size)


@njit(cache=True, nogil=True)
def plant(
    origin: Any, demand: Any, graph: Any, usable: Any, fix: Any, time: Any, first: Any, out: Any, x: Any,
) -> Any:  # fmt: skip
    """The shortest tree of an origin as its bush, loaded; the position after its last link."""
    tail = graph[0]
    links, nodes = len(tail), len(graph[2]) - 1
    keys, names = np.empty(links + 1), np.empty(links + 1, np.int32)
    label, by, order = np.full(nodes, np.inf), np.full(nodes, -1, np.int32), np.empty(nodes, np.int32)
    label[origin] = 0.0
    size = _push(keys, names, 0, 0.0, origin)
    settled = _settle(origin, graph, usable, fix, time, label, by, order, keys, names, size)
    load = np.zeros(nodes)
    load[: len(demand)] = demand
    end = first + settled - 1
    for r in range(settled - 1, 0, -1):
        j = order[r]
        a = by[j]
        out[first + r - 1], x[first + r - 1] = a, load[j]
        load[tail[a]] += load[j]
    return end


@njit(cache=True, nogil=True)
def reach(origins: Any, graph: Any, usable: Any, reached: Any) -> None:
    """Nodes that can be reached from each origin."""
    head, out_first, out_link, passable = graph[1], graph[2], graph[3], graph[6]
    queue = np.empty(len(passable), np.int32)
    for row in range(len(origins)):
        o = origins[row]
        reached[row, :] = False
        reached[row, o] = True
        queue[0], front, back = o, 0, 1
        while front < back:
            i = queue[front]
            front += 1
            if passable[i] or i == o:
                for e in range(out_first[i], out_first[i + 1]):
                    j = head[out_link[e]]
                    if usable[out_link[e]] and not reached[row, j]:
                        reached[row, j] = True
                        queue[back] = j
                        back += 1


@njit(cache=True, nogil=True)
def _bounds(
    begin: Any, end: Any, links: Any, x: Any, tail: Any, head: Any, usable: Any, time: Any, fix: Any, low: Any,
    high: Any, low_by: Any, kept: Any,
) -> None:  # fmt: skip
    """Cheapest and dearest way to every node of the bush without the links that it can lose.

    The dearest is infinite to nodes that closed links have cut off and to all beyond them: none of these is taken for
    a way to another.
    """
    k = begin
    while k < end:
        j = head[links[k]]
        first, best, best_by = k, np.inf, -1
        while k < end and head[links[k]] == j:
            a = links[k]
            c = low[tail[a]] + time[a] + fix[a]
            if c < best and usable[a]:
                best, best_by = c, k
            k += 1
        worst = -np.inf if best_by >= 0 else np.inf
        for e in range(first, k):
            kept[e - begin] = usable[links[e]] and (x[e] > 0.0 or e == best_by)
            if kept[e - begin]:
                a = links[e]
                worst = max(worst, high[tail[a]] + time[a] + fix[a])
        low[j], high[j], low_by[j] = best, worst, links[best_by] if best_by >= 0 else -1


@njit(cache=True, nogil=True)
def _shortened(
    o: Any, graph: Any, usable: Any, fix: Any, time: Any, low: Any, label: Any, by: Any, keys: Any, names: Any,
    shorter: Any,
) -> Any:  # fmt: skip
    """Shortest ways over all links, from cheapest ways of the bush: labels and links by which.

    Links that shorten a cheapest way of the bush by more than rounding go to `shorter`; their number is returned.
    """
    head, out_first, out_link, passable = graph[1], graph[2], graph[3], graph[6]
    size, found, none = 0, 0, np.empty(0, np.int32)
    for i in range(len(passable)):
        if low[i] < np.inf and (passable[i] or i == o):
            for e in range(out_first[i], out_first[i + 1]):
                a = out_link[e]
                j = head[a]
                c = low[i] + time[a] + fix[a]
                if c < low[j] and usable[a] and j != o and not c >= low[j] * (1.0 - _NOISE):
                    shorter[found] = a
                    found += 1
                    if c < label[j]:
                        label[j], by[j] = c, a
                        size = _push(keys, names, size, c, j)
    _settle(o, graph, usable, fix, time, label, by, none, keys, names, size)
    return found


@njit(cache=True, nogil=True)
def _take_in(
    b: Any, tail: Any, head: Any, fix: Any, time: Any, high: Any, shorter: Any, mark: Any, carried: Any, waiting: Any
) -> Any:
    """Those of some links that shorten the dearest way too; whether there is any."""
    found = False
    for a in shorter:
        if a >= 0 and mark[a] != b and high[tail[a]] + (time[a] + fix[a]) < high[head[a]]:
            mark[a], carried[a], found = b, 0.0, True
            waiting[head[a]] += 1
    return found


@njit(cache=True, nogil=True)
def _write(
    b: Any, o: Any, graph: Any, mark: Any, carried: Any, waiting: Any, queue: Any, links: Any, x: Any, write: Any
) -> Any:
    """Links marked b in topological order of their heads (Kahn 1962); the position after the last.

    `waiting` counts the links into each node.
    """
    head, out_first, out_link, in_first, in_link = graph[1], graph[2], graph[3], graph[4], graph[5]
    queue[0], front, back = o, 0, 1
    while front < back:
        i = queue[front]
        front += 1
        if i != o:
            for e in range(in_first[i], in_first[i + 1]):
                a = in_link[e]
                if mark[a] == b:
                    links[write], x[write] = a, carried[a]
                    write += 1
        for e in range(out_first[i], out_first[i + 1]):
            a = out_link[e]
            if mark[a] == b:
                j = head[a]
                waiting[j] -= 1
                if waiting[j] == 0:
                    queue[back] = j
                    back += 1
    return write


@njit(cache=True, nogil=True)
def renew(
    origin: Any, kind: Any, start: Any, links: Any, x: Any, graph: Any, usables: Any, fixes: Any, time: Any,
    demand: Any, new_start: Any, new_links: Any, new_x: Any, excess: Any, least: Any,
) -> None:  # fmt: skip
    """Excess cost and least cost of the demand of every bush; the bushes with links dropped and taken in.

    A link is taken in where it shortens the cheapest way and the dearest (Nie 2010); the latter keeps the bush
    acyclic, in floating point too, because the dearest cost rises along every link of a bush and strictly so along a
    new one.
    """
    tail, head = graph[0], graph[1]
    nodes, zones = len(graph[6]), demand.shape[2]
    keys, names = np.empty(2 * len(tail) + 1), np.empty(2 * len(tail) + 1, np.int32)  # a link is pushed twice at most
    low, high, label = np.empty(nodes), np.empty(nodes), np.empty(nodes)
    low_by, by = np.empty(nodes, np.int32), np.empty(nodes, np.int32)
    kept, shorter = np.empty(len(tail), np.bool_), np.empty(len(tail), np.int32)
    mark, carried = np.full(len(tail), -1, np.int64), np.empty(len(tail))
    waiting, queue = np.empty(nodes, np.int32), np.empty(nodes, np.int32)
    write = 0
    new_start[0] = 0
    for b in range(len(origin)):
        fix, usable, o = fixes[kind[b]], usables[kind[b]], origin[b]
        begin, end = start[b], start[b + 1]
        low[:], high[:], low_by[:], waiting[:] = np.inf, np.inf, -1, 0
        low[o], high[o] = 0.0, 0.0
        _bounds(begin, end, links, x, tail, head, usable, time, fix, low, high, low_by, kept)
        label[:], by[:] = low, low_by
        many = _shortened(o, graph, usable, fix, time, low, label, by, keys, names, shorter)
        excess[b], least[b] = 0.0, 0.0
        for j in range(zones):
            if demand[kind[b], o, j] > 0.0:
                least[b] += demand[kind[b], o, j] * label[j]
        for k in range(begin, end):
            a = links[k]
            if x[k] > 0.0:
                excess[b] += x[k] * (label[tail[a]] + time[a] + fix[a] - label[head[a]])
            if kept[k - begin]:
                mark[a], carried[a] = b, x[k]
                waiting[head[a]] += 1
        if many > 0 and not _take_in(b, tail, head, fix, time, high, shorter[:many], mark, carried, waiting):
            _take_in(b, tail, head, fix, time, high, by, mark, carried, waiting)  # links of shortest ways at least
        write = _write(b, o, graph, mark, carried, waiting, queue, new_links, new_x, write)
        new_start[b + 1] = write
