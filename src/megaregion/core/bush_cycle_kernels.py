"""Compiled loops over circles in which flow of bushes can move; imported only where needed, because of numba."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def cycles(
    origin: Any, kind: Any, start: Any, links: Any, x: Any, tail: Any, head: Any, time: Any, fixes: Any, nodes: int,
    first: Any, place: Any, sign: Any, gain: Any,
) -> Any:  # fmt: skip
    """One circle for every used link that is not the busiest way into its node: up by it, back by the busiest ones.

    They span all changes of the flow of a bush that serve the same demand by used links, and the first link of each
    is in no other. Circle c has the positions ``place[first[c]:first[c + 1]]`` and the cost `gain` around it. The
    number of circles is returned; what finds no room in `place` is not written, and ``first[circles]`` says how much
    room is needed.
    """
    label, by, rank = np.empty(nodes), np.empty(nodes, np.int64), np.empty(nodes, np.int32)
    count, write, room = 0, 0, len(place) - 2
    first[0] = 0
    for b in range(len(origin)):
        fix, o = fixes[kind[b]], origin[b]
        label[o], rank[o] = 0.0, -1
        k, r = start[b], 0
        while k < start[b + 1]:
            j, begin, best = head[links[k]], k, k
            while k < start[b + 1] and head[links[k]] == j:
                if x[k] > x[best]:
                    best = k
                k += 1
            a = links[best]
            label[j], by[j], rank[j] = label[tail[a]] + time[a] + fix[a], best, r
            r += 1
            for e in range(begin, k):
                if e == best or x[e] <= 0.0:
                    continue
                a = links[e]
                gain[count] = label[tail[a]] + time[a] + fix[a] - label[j]
                if write < room:
                    place[write], sign[write] = e, 1.0
                    place[write + 1], sign[write + 1] = best, -1.0
                write += 2
                u, v = tail[a], tail[links[best]]
                while u != v:
                    up = rank[u] > rank[v]
                    at = by[u] if up else by[v]
                    if write < room:
                        place[write], sign[write] = at, 1.0 if up else -1.0
                    write += 1
                    if up:
                        u = tail[links[at]]
                    else:
                        v = tail[links[at]]
                count += 1
                first[count] = write
    return count


@njit(cache=True, nogil=True)
def around(first: Any, link: Any, sign: Any, value: Any, out: Any) -> None:
    """Sum of a value of links around each circle."""
    for c in range(len(out)):
        total = 0.0
        for e in range(first[c], first[c + 1]):
            total += sign[e] * value[link[e]]
        out[c] = total


@njit(cache=True, nogil=True)
def along(first: Any, link: Any, sign: Any, z: Any, out: Any) -> None:
    """Flow that amounts z around circles put on each link."""
    out[:] = 0.0
    for c in range(len(z)):
        for e in range(first[c], first[c + 1]):
            out[link[e]] += sign[e] * z[c]


@njit(cache=True, nogil=True)
def solve(
    first: Any, link: Any, sign: Any, weight: Any, wanted: Any, free: Any, damp: float, accuracy: float, most: int
) -> Any:
    """z with (A' W A) z = wanted by conjugate gradients (A: links x circles, W: weights of links, >= 0).

    `damp` times the diagonal is added, because the matrix is singular where circles of several origins are the same
    or where only constant costs differ. Circles that are not free or have no weight stay at 0. Returns z and the
    share of the residual, squared, that is left.
    """
    many = len(wanted)
    diagonal = np.zeros(many)
    for c in range(many):
        for e in range(first[c], first[c + 1]):
            if free[c]:
                diagonal[c] += weight[link[e]]
    z, on_links, product = np.zeros(many), np.empty(len(weight)), np.empty(many)
    residual = np.where(diagonal > 0.0, wanted, 0.0)
    scale = 1.0 / np.where(diagonal > 0.0, diagonal, 1.0)
    toward = scale * residual
    rz = np.sum(residual * toward)
    begin, now = rz, rz
    for _ in range(most):
        if not now > accuracy * begin:
            break
        along(first, link, sign, toward, on_links)
        on_links *= weight
        around(first, link, sign, on_links, product)
        for c in range(many):
            product[c] = product[c] + damp * diagonal[c] * toward[c] if diagonal[c] > 0.0 else 0.0
        curve = np.sum(toward * product)
        if not curve > 0.0:
            break
        step = rz / curve
        z += step * toward
        residual -= step * product
        now = np.sum(residual * residual * scale)
        toward = scale * residual + (now / rz) * toward
        rz = now
    return z, now / begin if begin > 0.0 else 0.0


@njit(cache=True, nogil=True)
def room(x: Any, first: Any, place: Any, sign: Any, low: Any, high: Any) -> None:
    """How far each circle alone can turn back and forth before a flow is 0."""
    for c in range(len(low)):
        low[c], high[c] = -np.inf, np.inf
        for e in range(first[c], first[c + 1]):
            if sign[e] > 0:
                low[c] = max(low[c], -x[place[e]])
            else:
                high[c] = min(high[c], x[place[e]])


@njit(cache=True, nogil=True)
def limit(origins: Any, start: Any, x: Any, first: Any, place: Any, sign: Any, z: Any) -> None:
    """Amounts z cut, by whole bushes, so that no flow becomes negative."""
    change, c = np.zeros(len(x)), 0
    for b in range(origins):
        begin = c
        while c < len(z) and place[first[c]] < start[b + 1]:
            for e in range(first[c], first[c + 1]):
                change[place[e]] += sign[e] * z[c]
            c += 1
        share = 1.0
        for d in range(begin, c):
            for e in range(first[d], first[d + 1]):
                k = place[e]
                if change[k] < 0.0 and share * change[k] < -x[k]:
                    share = -x[k] / change[k]
        if share < 1.0:
            for d in range(begin, c):
                z[d] *= share


@njit(cache=True, nogil=True)
def move(x: Any, first: Any, place: Any, sign: Any, z: Any) -> None:
    """Flows of bushes after amounts z have moved around circles."""
    for c in range(len(z)):
        for e in range(first[c], first[c + 1]):
            x[place[e]] += sign[e] * z[c]
    for c in range(len(z)):
        for e in range(first[c], first[c + 1]):
            x[place[e]] = max(x[place[e]], 0.0)


@njit(cache=True, nogil=True)
def edges(
    origin: Any, kind: Any, start: Any, links: Any, x: Any, graph: Any, usables: Any, fixes: Any, time: Any,
    shift: Any, tolerance: float, firm: float, found: Any,
) -> None:  # fmt: skip
    """Links that a bush does not use, although they cost no more, and that another change of times would part.

    `shift` is a change of times in which all used ways keep costing the same. A way that is not used, costs no more
    and changes with them is one that other origins use in place of the same links: no edge.
    """
    tail, head, passable = graph[0], graph[1], graph[6]
    nodes = len(passable)
    label, moved, used = np.empty(nodes), np.empty(nodes), np.empty(nodes, np.bool_)
    carries = np.full(len(tail), -1, np.int64)
    for b in range(len(origin)):
        fix, usable, o = fixes[kind[b]], usables[kind[b]], origin[b]
        used[:] = False
        label[o], moved[o], used[o] = 0.0, 0.0, True
        k = start[b]
        while k < start[b + 1]:
            j, best = head[links[k]], k
            while k < start[b + 1] and head[links[k]] == j:
                if x[k] > x[best]:
                    best = k
                if x[k] > 0.0:
                    carries[links[k]] = b
                k += 1
            if x[best] > 0.0:
                a = links[best]
                used[j] = True
                label[j], moved[j] = label[tail[a]] + time[a] + fix[a], moved[tail[a]] + shift[a]
        for a in range(len(tail)):
            i, j = tail[a], head[a]
            if carries[a] == b or not usable[a] or i == j or j == o or not (used[i] and used[j]):
                continue
            if i == o or passable[i]:
                near = label[i] + time[a] + fix[a] - label[j] <= tolerance * label[j]
                if near and abs(moved[i] + shift[a] - moved[j]) > firm:
                    found[a] = True
