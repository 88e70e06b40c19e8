"""Rail when lines or stops are gone: direct services are cut where their way passes, changes find what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from megaregion.core.rail import door_to_door, paths

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]


class RailPerformance(NamedTuple):
    """Of rail with parts gone.

    Attributes
    ----------
    unserved : float
        Share of the demand with a way by rail that has none left.
    extra_rail : float
        Demand times minutes that those still served by rail take longer.
    extra : float
        Demand times minutes that all take longer, by the faster of rail and road.
    largest, second : float
        Stops in the largest and second largest part of the lines (of direct services, where no line is known), as
        shares of all stops on them.
    """

    unserved: float
    extra_rail: float
    extra: float
    largest: float
    second: float


def routes(tail: Ints, head: Ints, minutes: Floats, stops: int, pairs: Bools) -> csr_array:
    """Segments under each direct service: the fastest way over the segments.

    Parameters
    ----------
    tail, head : (m,) integers
        Stops that each segment joins, both ways.
    minutes : (m,) array
        > 0.
    stops : int
    pairs : (stops, stops) booleans
        Ordered pairs with a direct service.

    Returns
    -------
    csr_array, shape (stops * stops, m)
        1 where the way of the pair in the row passes the segment; empty rows for pairs without a way.
    """
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    order = np.lexsort((minutes, high, low))
    first = np.ones(len(order), bool)
    first[1:] = (low[order][1:] != low[order][:-1]) | (high[order][1:] != high[order][:-1])
    kept = order[first]  # of parallel segments the fastest carries the trains
    number = csr_array((kept + 1, (low[kept], high[kept])), shape=(stops, stops))
    number = csr_array(number + number.T)
    graph = csr_array((minutes[kept], (low[kept], high[kept])), shape=(stops, stops))
    rows, columns = [], []
    origins = np.flatnonzero(pairs.any(axis=1))
    if len(origins) and len(kept):
        _, before = dijkstra(graph, directed=False, indices=origins, return_predecessors=True)
        for k, origin in enumerate(origins):
            at = np.flatnonzero(pairs[origin] & (before[k] >= 0))
            pair = origin * stops + at
            while len(at):
                back = before[k][at]
                rows.append(pair)
                columns.append(np.asarray(number[back, at]).ravel() - 1)
                going = back != origin
                at, pair = back[going], pair[going]
    i, j = (np.concatenate(part) if part else np.zeros(0, np.intp) for part in (rows, columns))
    return csr_array((np.ones(len(i)), (i, j)), shape=(stops * stops, len(tail)))


@dataclass(frozen=True, eq=False, kw_only=True)
class FailingRail:
    """Rail of direct services whose ways run over segments.

    Attributes
    ----------
    leg : (s, s) array
        Minutes of the direct service between stops, waiting included; infinite where there is none.
    change : (s, s) array
        Minutes of a change.
    access : (n, s) array
        Minutes from places to stops.
    road : (n, n) array
        Minutes by road.
    demand : (n, n) array
        Its diagonal does not count.
    tail, head : (m,) integers
        Stops of the segments.
    way : csr_array, shape (s * s, m)
        `routes`.
    rail : (n, n) array
        Minutes while nothing has failed.
    """

    leg: Floats
    change: Floats
    access: Floats
    road: Floats
    demand: Floats
    tail: Ints
    head: Ints
    way: csr_array
    rail: Floats

    @classmethod
    def of(
        cls, leg: Floats, change: Floats, access: Floats, road: Floats, demand: Floats, *, segments: tuple[Ints, Ints,
        Floats],
    ) -> FailingRail:  # fmt: skip
        """With the ways of services over `segments` (tail, head, minutes), and the times of the whole network."""
        tail, head, minutes = segments
        q = np.array(demand, dtype=np.float64)
        np.fill_diagonal(q, 0.0)
        way = routes(tail, head, minutes, len(leg), np.isfinite(leg))
        made = cls(leg=leg, change=change, access=access, road=road, demand=q, tail=tail, head=head, way=way,
                   rail=np.zeros(road.shape))  # fmt: skip
        rail = made.times(np.zeros(len(tail), bool), np.zeros(len(leg), bool))
        return cls(leg=leg, change=change, access=access, road=road, demand=q, tail=tail, head=head, way=way, rail=rail)

    def times(self, segments: Bools, stops: Bools) -> Floats:
        """Minutes by rail between places, door to door; infinite where no train leads.

        Trains over a segment that is gone run up to it and from behind it: pairs of stops on the same side keep
        theirs. They pass a stop that is closed.
        """
        leg = self.leg.copy()
        if segments.any():
            cut = (self.way @ segments.astype(np.float64)) > 0
            leg.reshape(-1)[cut] = np.inf
        leg[stops, :] = np.inf
        leg[:, stops] = np.inf
        return door_to_door(paths(leg, self.change), self.access, self.access)[0]

    def performance(self, segments: Bools, stops: Bools) -> RailPerformance:
        """Of the network without these segments and stops."""
        rail = self.times(segments, stops)
        had, has = np.isfinite(self.rail), np.isfinite(rail)
        both = had & has
        total = float(self.demand[had].sum())
        lost = float(self.demand[had & ~has].sum())
        longer = float((self.demand[both] * (rail[both] - self.rail[both])).sum())
        known = self.demand > 0
        now, then = np.minimum(self.rail, self.road)[known], np.minimum(rail, self.road)[known]
        finite = np.isfinite(now) & np.isfinite(then)
        extra = float((self.demand[known][finite] * (then - now)[finite]).sum())
        largest, second = self._parts(segments, stops)
        return RailPerformance(lost / total if total > 0 else 0.0, max(longer, 0.0), max(extra, 0.0), largest, second)

    def _parts(self, segments: Bools, stops: Bools) -> tuple[float, float]:
        tail, head, gone = self.tail, self.head, segments
        if not len(tail):  # lines are not known: stops hang together by direct services
            tail, head = np.nonzero(np.isfinite(self.leg))
            gone = np.zeros(len(tail), bool)
        used = np.zeros(len(self.leg), bool)
        used[tail] = used[head] = True
        if not used.any():
            return 0.0, 0.0
        up = ~gone & ~stops[tail] & ~stops[head]
        joined = csr_array((np.ones(int(up.sum())), (tail[up], head[up])), shape=self.leg.shape)
        part = connected_components(joined, directed=False)[1][used & ~stops]
        sizes = np.sort(np.bincount(part))[::-1] / used.sum() if len(part) else np.zeros(1)
        sizes = sizes[sizes > 0] if (sizes > 0).any() else np.zeros(1)
        return float(sizes[0]), float(sizes[1]) if len(sizes) > 1 else 0.0

    def curve(self, order: Ints, counts: Sequence[int], *, kind: str) -> list[RailPerformance]:
        """Performance after the first so many segments (or stops) of an order are gone."""
        out = []
        for count in counts:
            segments, stops = np.zeros(len(self.tail), bool), np.zeros(len(self.leg), bool)
            (segments if kind == "segment" else stops)[order[:count]] = True
            out.append(self.performance(segments, stops))
        return out
