"""Compiled loops that read routes off bushes; imported only where needed, because of numba."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def select(
    origin: Any, kind: Any, start: Any, links: Any, x: Any, tail: Any, head: Any, nodes: int, demand: Any,
    chosen: Any, flow: Any, trips: Any,
) -> None:  # fmt: skip
    """Flow of links and trips by pair of those who pass a chosen link, added up.

    Which way travellers took into a node says nothing about how they go on: their routes are as even as the flows of
    the bush allow.
    """
    through, past, before, after = np.empty(nodes), np.empty(nodes), np.empty(nodes), np.empty(nodes)
    for b in range(len(origin)):
        o, begin, end = origin[b], start[b], start[b + 1]
        through[:], past[:], after[:], before[:] = 0.0, 0.0, 0.0, 0.0
        k = begin
        while k < end:
            j = head[links[k]]
            while k < end and head[links[k]] == j:
                a = links[k]
                through[j] += x[k]
                past[j] += x[k] * (1.0 if chosen[a] else before[tail[a]])
                k += 1
            before[j] = past[j] / through[j] if through[j] > 0.0 else 0.0
        for d in range(demand.shape[2]):
            trips[kind[b], o, d] = demand[kind[b], o, d] * before[d]
        for k in range(end - 1, begin - 1, -1):
            a = links[k]
            i, j = tail[a], head[a]
            later = after[j] / through[j] if through[j] > 0.0 else 0.0
            share = 1.0 if chosen[a] else before[i] + (1.0 - before[i]) * later
            flow[kind[b], a] += x[k] * share
            after[i] += x[k] * (1.0 if chosen[a] else later)


@njit(cache=True, nogil=True)
def average(
    origin: Any, kind: Any, start: Any, links: Any, x: Any, tail: Any, head: Any, nodes: int, time: Any, fixes: Any,
    value: Any, out: Any,
) -> None:  # fmt: skip
    """Mean sum of a value of links over used ways to each node, by flow; over the cheapest way where none is used."""
    low, mean = np.empty(nodes), np.empty(nodes)
    for b in range(len(origin)):
        fix, o = fixes[kind[b]], origin[b]
        low[:], mean[:] = np.inf, np.inf
        low[o], mean[o] = 0.0, 0.0
        k = start[b]
        while k < start[b + 1]:
            j, total, summed, cheapest = head[links[k]], 0.0, 0.0, np.inf
            while k < start[b + 1] and head[links[k]] == j:
                a = links[k]
                c = low[tail[a]] + time[a] + fix[a]
                if c < low[j]:
                    low[j], cheapest = c, mean[tail[a]] + value[a]
                if x[k] > 0.0:
                    total += x[k]
                    summed += x[k] * (mean[tail[a]] + value[a])
                k += 1
            mean[j] = summed / total if total > 0.0 else cheapest
        for d in range(out.shape[2]):
            out[kind[b], o, d] = mean[d]


@njit(cache=True, nogil=True)
def segments(
    origin: Any, kind: Any, start: Any, links: Any, x: Any, head: Any, nodes: int, usables: Any, costs: Any,
    first: Any, link: Any, sign: Any, tolerance: float, flows: Any,
) -> None:  # fmt: skip
    """Flow (bushes, pairs, 2) of every bush along both sides of pairs of segments that tie for its class.

    Links of each side are in order from where the segments meet back to where they part.
    """
    through, share = np.empty(nodes), np.zeros(len(head))
    x_of = np.zeros(len(head))
    for b in range(len(origin)):
        begin, end = start[b], start[b + 1]
        through[:] = 0.0
        for k in range(begin, end):
            through[head[links[k]]] += x[k]
        for k in range(begin, end):
            j = head[links[k]]
            x_of[links[k]], share[links[k]] = x[k], x[k] / through[j] if through[j] > 0.0 else 0.0
        for c in range(flows.shape[1]):
            around, size, both = 0.0, 0.0, True
            one, two = -1.0, -1.0
            for e in range(first[c], first[c + 1]):
                a = link[e]
                both = both and usables[kind[b], a]
                around += sign[e] * costs[kind[b], a]
                size += costs[kind[b], a]
                if sign[e] > 0.0:
                    one = x_of[a] if one < 0.0 else one * share[a]
                else:
                    two = x_of[a] if two < 0.0 else two * share[a]
            tie = both and abs(around) <= tolerance * size
            flows[b, c, 0], flows[b, c, 1] = one if tie else 0.0, two if tie else 0.0
        for k in range(begin, end):
            x_of[links[k]], share[links[k]] = 0.0, 0.0
