"""Compiled loops over the bushes of origins; imported where they are needed only, because it needs numba.

A bush is the acyclic set of links that the travellers of one origin (and class) may use. It is stored as its links in
topological order of their heads, all links into one node side by side, with the flow of each: nothing else.

graph = tail, head, first link out of a node, links by tail, first link into a node, links by head, passable;
law = time of an empty link, delay at capacity, 1 / capacity, power (< 0: a logarithm);
state = flow, time, derivative of the time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

MOST = 1e150  # no time is longer: sums and differences of times stay numbers
_STEPS = 60  # halvings that bring an interval of flows down to rounding
_ALIKE = 9.0  # costs that differ by less than this share of the lower are left to the next pass
_NOTHING = 1e-25  # shares of the flow into a node below this are left-overs
_NOISE = 4e-16  # differences of costs below this share of them are rounding


@njit(cache=True, nogil=True)
def price(a: Any, law: Any, state: Any) -> None:
    """Time of link a at its flow, and the derivative."""
    base, slope, inverse, power = law
    flow, time, derivative = state
    if slope[a] == 0.0:
        time[a], derivative[a] = base[a], 0.0
        return
    ratio, p = flow[a] * inverse[a], power[a]
    if p == 4.0:
        cube = ratio * ratio * ratio
        time[a], derivative[a] = base[a] + slope[a] * cube * ratio, 4.0 * slope[a] * cube * inverse[a]
    elif p < 0.0:
        left = 1.0 - ratio
        time[a] = base[a] - slope[a] * np.log1p(-ratio) if left > 0.0 else MOST
        derivative[a] = slope[a] * inverse[a] / left if left > 0.0 else MOST
    elif p == 1.0:
        time[a], derivative[a] = base[a] + slope[a] * ratio, slope[a] * inverse[a]
    elif ratio > 0.0:
        grown = slope[a] * ratio**p
        time[a], derivative[a] = base[a] + grown, p * grown / flow[a]
    else:
        time[a] = base[a]
        derivative[a] = 0.0 if p > 1.0 else MOST
    time[a], derivative[a] = min(time[a], MOST), min(derivative[a], MOST)


@njit(cache=True, nogil=True)
def price_all(law: Any, state: Any) -> None:
    """Times and derivatives of all links."""
    for a in range(len(state[0])):
        price(a, law, state)


@njit(cache=True, nogil=True)
def add(links: Any, x: Any, law: Any, state: Any) -> None:
    """Flow of a bush put on its links, and their times."""
    for k in range(len(links)):
        if x[k] > 0.0:
            state[0][links[k]] += x[k]
            price(links[k], law, state)


@njit(cache=True, nogil=True)
def _shift(cheap: Any, n_cheap: Any, dear: Any, n_dear: Any, x: Any, links: Any, fix: Any, law: Any, state: Any) -> Any:
    """Move flow from the dear to the cheap segment until they cost the same, or the dear one is empty.

    Newton's method on the difference of costs, inside of a bracket.
    """
    flow, time, derivative = state
    most = np.inf
    for s in range(n_dear):
        most = min(most, x[dear[s]])
    if most <= 0.0:
        return 0.0
    low, high, done, begin = 0.0, most, 0.0, 0.0
    for step in range(_STEPS):
        gain, rise, size = 0.0, 0.0, 0.0
        for s in range(n_dear):
            a = links[dear[s]]
            gain += time[a] + fix[a]
            rise += derivative[a]
        size = gain
        for s in range(n_cheap):
            a = links[cheap[s]]
            gain -= time[a] + fix[a]
            rise += derivative[a]
        if step == 0:
            if gain <= _NOISE * size:
                return 0.0
            begin = gain
        alike = abs(gain) <= _ALIKE * (size - gain) or abs(gain) <= 1e-6 * begin
        exact = abs(gain) <= _NOISE * size or (gain > 0.0 and done == most)
        if step > 0 and (exact or (alike and abs(gain) <= 0.2 * begin)):
            break
        if gain > 0.0:
            low = done
        else:
            high = done
        wanted = done + gain / rise if rise > 0.0 else (most if gain > 0.0 else 0.0)
        if step == 0 or (wanted >= most and high == most and step < 3):
            wanted = min(wanted, most)
        elif not (low < wanted < high) or step % 3 == 2:
            wanted = 0.5 * (low + high)
        move = wanted - done
        if move == 0.0:
            break
        done = wanted
        for s in range(n_cheap):
            a = links[cheap[s]]
            flow[a] = max(flow[a] + move, 0.0)
            price(a, law, state)
        for s in range(n_dear):
            a = links[dear[s]]
            flow[a] = max(flow[a] - move, 0.0)
            price(a, law, state)
    for s in range(n_cheap):
        x[cheap[s]] += done
    for s in range(n_dear):
        x[dear[s]] = max(x[dear[s]] - done, 0.0)
    return done * begin


@njit(cache=True, nogil=True)
def equilibrate(
    origin: Any, kind: Any, start: Any, links: Any, x: Any, graph: Any, fixes: Any, law: Any, state: Any
) -> Any:
    """One pass over bushes: at every node with a choice, flow moves from the dearest used way in to the cheapest.

    Costs follow every move at once. Returns the excess cost of the flows as each bush was reached.
    """
    tail, head = graph[0], graph[1]
    time = state[1]
    nodes = len(graph[2]) - 1
    low, high = np.empty(nodes), np.empty(nodes)
    low_by, high_by = np.empty(nodes, np.int32), np.empty(nodes, np.int32)
    rank, groups = np.empty(nodes, np.int32), np.empty(nodes + 1, np.int64)
    cheap, dear = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    excess = 0.0
    for b in range(len(origin)):
        fix, o = fixes[kind[b]], origin[b]
        begin, end = start[b], start[b + 1]
        low[o], high[o], rank[o] = 0.0, 0.0, -1
        r, k = 0, begin
        while k < end:
            j = head[links[k]]
            groups[r], rank[j] = k, r
            best, worst, best_by, worst_by = np.inf, -np.inf, -1, -1
            while k < end and head[links[k]] == j:
                a = links[k]
                i, c = tail[a], time[a] + fix[a]
                if low[i] + c < best:
                    best, best_by = low[i] + c, k
                if x[k] > 0.0 and high[i] + c > worst:
                    worst, worst_by = high[i] + c, k
                k += 1
            for e in range(groups[r], k):
                a = links[e]
                excess += x[e] * (low[tail[a]] + time[a] + fix[a] - best)
            low[j], high[j], low_by[j], high_by[j] = best, worst, best_by, worst_by
            r += 1
        groups[r] = end
        for q in range(r - 1, -1, -1):
            if groups[q + 1] - groups[q] < 2:
                continue
            j = head[links[groups[q]]]
            if high_by[j] < 0 or high_by[j] == low_by[j] or high[j] - low[j] <= _NOISE * high[j]:
                continue
            cheap[0], dear[0] = low_by[j], high_by[j]
            n, m = 1, 1
            u, v = tail[links[cheap[0]]], tail[links[dear[0]]]
            while u != v:
                if rank[u] > rank[v]:
                    cheap[n] = low_by[u]
                    u = tail[links[cheap[n]]]
                    n += 1
                else:
                    dear[m] = high_by[v]
                    v = tail[links[dear[m]]]
                    m += 1
            _shift(cheap, n, dear, m, x, links, fix, law, state)
    return excess


@njit(cache=True, nogil=True)
def load(
    origin: Any, kind: Any, start: Any, links: Any, x: Any, graph: Any, usables: Any, fixes: Any, time: Any,
    demand: Any, flows: Any, broken: Any,
) -> None:  # fmt: skip
    """Demand sent anew through bushes in the proportions of their flows, and summed over links by kind.

    Where no link into a node has flow, all takes the cheapest way. Links that are closed now carry nothing; a bush
    that no longer reaches a node with demand is marked as broken and adds no flow.
    """
    tail, head = graph[0], graph[1]
    nodes, zones = len(graph[2]) - 1, demand.shape[2]
    need, low, best = np.empty(nodes), np.empty(nodes), np.empty(nodes, np.int64)
    for b in range(len(origin)):
        fix, usable, o = fixes[kind[b]], usables[kind[b]], origin[b]
        begin, end = start[b], start[b + 1]
        need[:] = 0.0
        need[:zones] = demand[kind[b], o]
        low[:] = np.inf
        low[o] = 0.0
        for k in range(begin, end):
            a = links[k]
            j, c = head[a], low[tail[a]] + time[a] + fix[a]
            if usable[a] and c < low[j]:
                low[j], best[j] = c, k
        broken[b] = False
        k = end - 1
        while k >= begin:
            j = head[links[k]]
            last, total = k, 0.0
            while k >= begin and head[links[k]] == j:
                if not (usable[links[k]] and low[tail[links[k]]] < np.inf):
                    x[k] = 0.0
                total += x[k]
                k -= 1
            if need[j] > 0.0 and low[j] == np.inf:
                broken[b] = True
            for e in range(k + 1, last + 1):
                if need[j] <= 0.0:
                    x[e] = 0.0
                elif total > 0.0:
                    share = x[e] / total
                    x[e] = need[j] * share if share > _NOTHING else 0.0
                elif low[j] < np.inf and e == best[j]:
                    x[e] = need[j]
                need[tail[links[e]]] += x[e]
            need[j] = 0.0
        need[o] = 0.0
        for i in range(nodes):
            if need[i] > 0.0:
                broken[b] = True
        if not broken[b]:
            for k in range(begin, end):
                flows[kind[b], links[k]] += x[k]
