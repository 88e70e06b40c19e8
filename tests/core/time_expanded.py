"""Journeys by plain search, to compare with: a time-expanded graph and rounds of rides. No code of the toolkit."""

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

INF = float("inf")
Call = tuple[int, int, int, bool, bool]  # stop, arrival, departure, board, alight
Runs = list[list[Call]]
Changes = dict[tuple[int, int], int]


def graph_arrivals(runs: Runs, changes: Changes, start: dict[int, int], stops: int) -> np.ndarray:
    """Earliest alighting at each stop by Dijkstra over events; a second weighs more than all arcs together."""
    calls = [(r, i, *call) for r, run in enumerate(runs) for i, call in enumerate(run)]
    n = len(calls)  # node 2c: arrival of call c, 2c + 1: its departure; 2n: the start
    big = 4 * n + 4
    zero = min([*start.values(), 0])
    arcs: list[tuple[int, int, int]] = []
    for c, (r, i, stop, arrival, departure, board, alight) in enumerate(calls):
        if i + 1 < len(runs[r]):
            if i:
                arcs.append((2 * c, 2 * c + 1, departure - arrival))
            arcs.append((2 * c + 1, 2 * c + 2, calls[c + 1][3] - departure))
            if board and stop in start and start[stop] <= departure:
                arcs.append((2 * n, 2 * c + 1, departure - zero))
        if i and alight:
            for d, (_, j, other, _, leave, can, _) in enumerate(calls):
                walk = changes.get((stop, other))
                last = j + 1 == len(runs[calls[d][0]])
                if can and not last and walk is not None and arrival + walk <= leave:
                    arcs.append((2 * c, 2 * d + 1, leave - arrival))
    out = np.full(stops, INF)
    if not arcs:
        return out
    tail, head, seconds = np.array(arcs).T
    order = np.lexsort((seconds, head, tail))
    fresh = np.r_[True, (np.diff(tail[order]) != 0) | (np.diff(head[order]) != 0)]
    keep = order[fresh]
    graph = csr_matrix((seconds[keep] * big + 1, (tail[keep], head[keep])), shape=(2 * n + 1, 2 * n + 1))
    far = dijkstra(graph, indices=2 * n)
    for c, (_, i, stop, arrival, _, _, alight) in enumerate(calls):
        if i and alight and np.isfinite(far[2 * c]):
            out[stop] = min(out[stop], arrival)
    return out


def round_arrivals(runs: Runs, changes: Changes, start: dict[int, int], stops: int, legs: int) -> np.ndarray:
    """Earliest alighting (legs, stops) with at most 1, 2, ... rides, by trying every ride of every run in rounds."""
    out = np.full((legs, stops), INF)
    ready = np.full(stops, INF)
    for stop, by in start.items():
        ready[stop] = min(ready[stop], by)
    for k in range(legs):
        if k:
            out[k] = out[k - 1]
        for run in runs:
            aboard = False
            for i, (stop, arrival, departure, board, alight) in enumerate(run):
                if i and aboard and alight:
                    out[k, stop] = min(out[k, stop], arrival)
                aboard = aboard or (board and ready[stop] <= departure)
        new = np.full(stops, INF)
        for (a, b), walk in changes.items():
            new[b] = min(new[b], out[k, a] + walk)
        ready = new
    return out


def pareto(
    runs: Runs, changes: Changes, start: dict[int, int], end: dict[int, int], legs: int, window: tuple[int, int]
) -> set[tuple[int, int, int]]:
    """All Pareto journeys (leave, arrive, transfers): from every moment at which a vehicle could be boarded."""
    stops = 1 + max([c[0] for run in runs for c in run] + [s for pair in changes for s in pair] + [*start, *end])
    moments = {leave - start[stop] for run in runs for stop, _, leave, *_ in run if stop in start}
    found = set()
    for t in moments:
        by = round_arrivals(runs, changes, {stop: t + away for stop, away in start.items()}, stops, legs)
        for k in range(legs):
            there = min((by[k, stop] + away for stop, away in end.items()), default=INF)
            if there < INF:
                found.add((t, int(there), k))
    best = {a for a in found if not any(b != a and b[0] >= a[0] and b[1] <= a[1] and b[2] <= a[2] for b in found)}
    return {a for a in best if window[0] <= a[0] < window[1]}


def random_timetable(
    rng: np.random.Generator, *, stops: int, runs: int, zero_changes: bool = False
) -> tuple[Runs, Changes]:
    """Runs with loops, hops of no time, flags, times past midnight; changes that are not closed transitively."""
    out: Runs = []
    for _ in range(runs):
        now, run = int(rng.integers(0, 60)), []
        for _ in range(int(rng.integers(1, 6))):
            arrival = now + int(rng.integers(0, 12))
            now = arrival + int(rng.integers(0, 3))
            run.append((int(rng.integers(stops)), arrival, now, bool(rng.random() < 0.9), bool(rng.random() < 0.9)))
        out.append(run)
    low = 0 if zero_changes else 1
    changes = {(s, s): int(rng.integers(low, 5)) for s in range(stops) if rng.random() < 0.9}
    for _ in range(stops):
        a, b = (int(x) for x in rng.integers(0, stops, 2))
        if a != b:
            changes[a, b] = int(rng.integers(low, 8))
    return out, changes
