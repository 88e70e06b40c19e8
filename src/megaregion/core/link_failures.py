"""What a network still does when roads are gone: who is cut off, who goes a longer way, what hangs together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from megaregion.core.path_trees import PathTrees
from megaregion.core.road_network import RoadNetwork
from megaregion.core.zone_trees import zone_trees

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]


class Performance(NamedTuple):
    """Of a network with some roads gone.

    Attributes
    ----------
    unserved : float
        Share of demand without a way that had one.
    extra : float
        Demand times cost that those still served pay more.
    largest, second : float
        Nodes in the largest and the second largest part that hangs together, as shares of all nodes.
    """

    unserved: float
    extra: float
    largest: float
    second: float


@dataclass(frozen=True, eq=False, kw_only=True)
class FailingNetwork:
    """A network whose roads fail, with costs that do not depend on flow.

    Attributes
    ----------
    network : RoadNetwork
    cost : (links,) array
        Infinite for links that cannot be used.
    demand : (zones, zones) array
        Its diagonal is ignored.
    road : (links,) integers
        Road that each link is part of, 0 ... roads - 1: links between the same two nodes fail together.
    may_fail : (roads,) booleans
        Not the ways of centroids to their network.
    base : (zones, zones) array
        Costs while nothing has failed.
    """

    network: RoadNetwork
    cost: Floats
    demand: Floats
    road: Ints
    may_fail: Bools
    base: Floats

    @classmethod
    def of(cls, network: RoadNetwork, cost: Floats, demand: Floats) -> FailingNetwork:
        """With roads told apart by the nodes that they join, and the costs of the whole network."""
        low, high = np.minimum(network.tail, network.head), np.maximum(network.tail, network.head)
        _, road = np.unique(low.astype(np.int64) * network.nodes + high, return_inverse=True)
        road = road.astype(np.intp).ravel()
        may = np.ones(int(road.max(initial=-1)) + 1, bool)
        may[road[network.no_through[network.tail] | network.no_through[network.head]]] = False
        may[road[network.tail == network.head]] = False
        q = np.array(demand, dtype=np.float64)
        np.fill_diagonal(q, 0.0)
        made = cls(network=network, cost=cost, demand=q, road=road, may_fail=may, base=np.zeros(q.shape))
        base = made.trees(np.zeros(may.size, bool)).time
        return cls(network=network, cost=cost, demand=q, road=road, may_fail=may, base=base)

    @property
    def roads(self) -> int:
        """Number of roads."""
        return int(self.may_fail.size)

    def trees(self, gone: Bools) -> PathTrees:
        """Cheapest ways between zones without the roads that are gone; zones that may not be passed have two ends."""
        net = self.network
        up = ~gone[self.road] & np.isfinite(self.cost) & (net.tail != net.head)
        return zone_trees(net, self.cost, np.flatnonzero(up))

    def load(self, trees: PathTrees) -> Floats:
        """Demand over each road on its cheapest ways, (roads,)."""
        over = trees.sweep(np.where(np.isfinite(trees.time), self.demand, 0.0))
        whole = np.zeros(self.network.links)
        whole[: over.size] = over
        out: Floats = np.bincount(self.road, whole, self.roads).astype(np.float64)
        return out

    def performance(self, gone: Bools, trees: PathTrees | None = None) -> Performance:
        """Of the network without the roads that are gone."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        time = (self.trees(gone) if trees is None else trees).time
        had = np.isfinite(self.base)
        served = had & np.isfinite(time)
        total = float(self.demand[had].sum())
        lost = float(self.demand[had & ~served].sum())
        extra = float((self.demand[served] * (time[served] - self.base[served])).sum())
        net, up = self.network, ~gone[self.road] & np.isfinite(self.cost)
        joined = coo_array((np.ones(int(up.sum()), bool), (net.tail[up], net.head[up])), shape=(net.nodes, net.nodes))
        sizes = np.sort(np.bincount(connected_components(joined, directed=False)[1]))[::-1] / net.nodes
        return Performance(lost / total if total > 0 else 0.0, max(extra, 0.0), float(sizes[0]),
                           float(sizes[1]) if sizes.size > 1 else 0.0)  # fmt: skip

    def random_order(self, rng: np.random.Generator) -> Ints:
        """Roads that may fail, in an order that is drawn."""
        order: Ints = rng.permutation(np.flatnonzero(self.may_fail))
        return order

    def busiest_order(self) -> Ints:
        """Roads that may fail, the largest demand on their cheapest ways first, counted once on the whole network."""
        load = self.load(self.trees(np.zeros(self.roads, bool)))
        may = np.flatnonzero(self.may_fail)
        return may[np.argsort(-load[may], kind="stable")]

    def curve(self, order: Ints, stops: Sequence[int]) -> list[Performance]:
        """Performance after the first so many roads of an order have failed."""
        out = []
        for stop in stops:
            gone = np.zeros(self.roads, bool)
            gone[order[:stop]] = True
            out.append(self.performance(gone))
        return out

    def adaptive_curve(self, stops: Sequence[int]) -> tuple[Ints, list[Performance]]:
        """Roads taken in groups between `stops`, the busiest of what is left, loads counted anew before each group."""
        gone, order, out = np.zeros(self.roads, bool), np.empty(0, np.intp), []
        trees = self.trees(gone)
        for stop in stops:
            more = stop - order.size
            if more > 0:
                load = self.load(trees)
                load[gone | ~self.may_fail] = -1.0
                chosen = np.argsort(-load, kind="stable")[:more]
                gone[chosen] = True
                order = np.concatenate([order, chosen])
                trees = self.trees(gone)
            out.append(self.performance(gone, trees))
        return order, out
