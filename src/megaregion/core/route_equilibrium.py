"""User equilibrium on routes, kept small and quick for many designs of one network, and bounds over designs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion.core.road_network import RoadNetwork
from megaregion.errors import ConvergenceError, InfeasibleError, InputError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int32]
ROUNDS = 2000  # of new routes before an equilibrium counts as not reached


@dataclass(frozen=True, eq=False)
class Routes:
    """Routes that carry something, pair by pair; what a later solution starts from.

    Attributes
    ----------
    pair_start : int32 array (pairs + 1,)
        Routes of pair k are pair_start[k] .. pair_start[k + 1] - 1.
    route_start : int32 array (routes + 1,)
        Their links are links[route_start[r] : route_start[r + 1]].
    links : int32 array
    flow : array (routes,)
    """

    pair_start: Whole
    route_start: Whole
    links: Whole
    flow: Floats

    @property
    def packed(self) -> tuple[Whole, Whole, Whole, Floats]:
        """The four arrays, for the kernels."""
        return self.pair_start, self.route_start, self.links, self.flow

    @property
    def nbytes(self) -> int:
        """Memory of the arrays."""
        return sum(array.nbytes for array in self.packed)


@dataclass(frozen=True, eq=False, kw_only=True)
class RouteEquilibrium:
    """Equilibrium flows and how exact they are.

    Attributes
    ----------
    flow : array (links,)
    routes : Routes
    gap : float
        (sum of flow x cost - cost of all trips on their shortest ways) / sum of flow x cost.
    rounds : int
        Times that new routes were looked for.
    total_cost, beckmann : float
        Sum of flow x cost (the total travel time where nothing is fixed), and Beckmann's objective.
    """

    flow: Floats
    routes: Routes
    gap: float
    rounds: int
    total_cost: float
    beckmann: float


@dataclass(frozen=True, eq=False, kw_only=True)
class DesignBound:
    """A lower bound of the total cost at equilibrium of every design of a node.

    Attributes
    ----------
    bound : float
        -inf if nothing could be said, +inf if no design of the node serves all trips.
    out, into : arrays (undecided,)
        Bounds if that link is left out, and if it is taken.
    rent : array (undecided,)
        What each link would earn in total time; the budget is filled with the best of them.
    share : array (undecided,)
        Share of each link that the relaxation builds.
    price : float
        Price of the budget in it.
    total_cost, beckmann : float
        Of the relaxation's flows.
    routes : Routes
    rounds : int
    """

    bound: float
    out: Floats
    into: Floats
    rent: Floats
    share: Floats
    price: float
    total_cost: float
    beckmann: float
    routes: Routes
    rounds: int


class RouteAssignment:
    """Trips between the zones of a network, ready to be assigned on any subset of its links.

    Routes are found by shortest-path trees and kept; flow moves between the cheapest route of a pair and each other
    one by Newton's step on the links that only one of them uses, costs following at once (gradient projection:
    Jayakrishnan, Tsai, Prashker & Rajadhyaksha 1994, Transp. Res. Rec. 1443; pair by pair as Florian, Constantin &
    Florian 2009, Transp. Res. Rec. 2090).

    Parameters
    ----------
    network : RoadNetwork
    demand : array (zones, zones)
        Trips from row to column, >= 0; the diagonal is ignored: who stays in a zone uses no link.

    Raises
    ------
    InputError
        Demand has another shape, is negative or not finite.
    """

    def __init__(self, network: RoadNetwork, demand: ArrayLike) -> None:
        trips = np.array(demand, dtype=np.float64)
        if trips.shape != (network.zones, network.zones):
            raise InputError(f"demand must be zones x zones, {(network.zones,) * 2}, got {trips.shape}")
        bad = np.argwhere(~(np.isfinite(trips) & (trips >= 0)))
        if len(bad):
            named = ", ".join(f"{i} -> {j}: {trips[i, j]}" for i, j in bad[:5])
            raise InputError(f"demand must be finite and >= 0, got {named}", hint="0 where nobody travels")
        np.fill_diagonal(trips, 0.0)
        self.network = network
        self.origins, self.ends = (ends.astype(np.int32) for ends in np.nonzero(trips))
        self.demand: Floats = trips[self.origins, self.ends]
        first, span = np.unique(self.origins, return_index=True)
        self._trips = (first, np.append(span, len(self.ends)).astype(np.int32), self.ends, self.demand)
        order = np.argsort(network.tail, kind="stable").astype(np.int32)
        start = np.searchsorted(network.tail[order], np.arange(network.nodes + 1)).astype(np.int32)
        self._graph = (network.tail, network.head, start, order, network.no_through)
        delay = network.slope
        constant = network.free_time * (1.0 + np.where(network.power == 0, network.b, 0.0)) + network.fixed
        self._road = (constant, delay, network.capacity, np.where(delay > 0, network.power, 1.0))

    @cached_property
    def no_routes(self) -> Routes:
        """Where a cold start begins."""
        empty = np.zeros(0, np.int32)
        return Routes(np.zeros(len(self.demand) + 1, np.int32), np.zeros(1, np.int32), empty, np.zeros(0))

    def usable(self, links: Flags | None = None) -> Flags:
        """The links given (default: all) that can carry anything."""
        open_links = ~self.network.closed
        return open_links if links is None else links & open_links

    def unserved(self, links: Flags | None = None) -> list[tuple[int, int]]:
        """Pairs with demand and without a way on these links."""
        from megaregion.core.route_equilibrium_kernels import unreached

        lost = unreached(self._trips, self._graph, self.usable(links))
        return [(int(self.origins[k]), int(self.ends[k])) for k in np.flatnonzero(lost)]

    def equilibrium(
        self, links: Flags | None = None, *, start: Routes | None = None, gap: float = 1e-10, rounds: int = ROUNDS
    ) -> RouteEquilibrium:
        """User equilibrium on the links given.

        Parameters
        ----------
        links : bool array (links,), optional
            Links that may be used; default all.
        start : Routes, optional
            Solution of another design: routes over closed links give their flow to the others of their pair or to
            the shortest way.
        gap : float
            Relative gap to reach.
        rounds : int

        Raises
        ------
        InfeasibleError
            Trips have no way; names the pairs.
        ConvergenceError
            The gap is not reached; carries the last RouteEquilibrium.
        """
        from megaregion.core.route_equilibrium_kernels import equilibrate

        packed, flow, reached, done, lost = equilibrate(
            (start or self.no_routes).packed, self._trips, self._graph, self.usable(links), self._road, gap, rounds
        )
        if lost:
            raise InfeasibleError(
                f"no way for {named_pairs(self.unserved(links))}", hint="open a link, or drop these trips"
            )
        found = RouteEquilibrium(
            flow=flow, routes=Routes(*packed), gap=float(reached), rounds=int(done),
            total_cost=float((flow * self.network.cost(flow)).sum()), beckmann=float(self.network.integral(flow).sum()),
        )  # fmt: skip
        if reached > gap:
            raise ConvergenceError(f"equilibrium: relative gap {reached:.1e} after {done} rounds, {gap:.1e} asked for",
                                   last=found, hint="ask for a wider gap or allow more rounds")  # fmt: skip
        return found

    def bound(
        self, status: NDArray[np.int8], undecided: Whole, costs: Floats, budget: float, *, start: Routes,
        cutoff: float = np.inf, weight: float = 0.0, ceiling: float = np.inf, price: float = 0.0, rounds: int = 10,
        hope: float = 0.0,
    ) -> DesignBound:  # fmt: skip
        """Lower bound of the total cost at equilibrium over all designs between the open and the undecided links.

        Parameters
        ----------
        status : int8 array (links,)
            0 closed, 1 open, 2 undecided.
        undecided : int32 array (u,)
            Links of status 2.
        costs : array (u,)
            What they cost, >= 0.
        budget : float
            What may be spent on them.
        start : Routes
        cutoff : float
            A bound above this is enough.
        weight, ceiling : float
            mu and Z' below; weight > 0 needs a ceiling or no undecided links.
        price : float
            Price of the budget to begin with (0: found here).
        rounds : int
            Times that routes are looked for.
        hope : float
            Stop early when the relaxation's value is below hope x cutoff; 0: never.

        Notes
        -----
        Let x(y) be the equilibrium of design y, T total cost, Z Beckmann's objective.

        (i) *System optimum.* x(y) is a flow on the open and undecided links, hence T(x(y)) >= min T.

        (ii) *Price on the budget.* Write G_a for the terms of T. For any prices q >= 0 of the links and
        pi(q) = cost of the shortest ways, every flow x on the links of y has
        ``sum G_a(x_a) >= sum d pi(q) - sum_{a in y} R_a(q_a)`` with the rent ``R_a(q) = max_v q v - G_a(v)``: add and
        subtract q x and let each link of y choose its best v. Rents of open links count in full; those of undecided
        links at most as much as the best filling R* of the budget with them:
        ``T(x(y)) >= sum d pi(q) - sum_open R_a - R*``. R* is the fractional knapsack (Dantzig) or the whole one. The
        best q is the marginal cost at the minimum of the continuous relaxation, in which a share z of an undecided
        link costs z c and carries x at time z G(x / z) (perspective): at price lambda of the budget its marginal cost
        is constant up to the flow v where ``R(G'(v)) = lambda c``. Any q is valid, so the approximate flows of a few
        rounds give a valid bound: no more than the gap of Frank and Wolfe is lost.

        (iii) *Beckmann's ceiling.* x(y) minimises Z over the flows on y; more links only lower that minimum, so
        Z(x(y)) <= Z' where Z' is Z of any flow on the open links of the node alone. Hence for mu >= 0
        ``T(x(y)) >= min T + mu (Z - Z')``, bounded as in (ii) with ``G = T + mu Z - mu Z'``: a link's marginal cost is
        ``(1 + mu) (t0 + fixed) + t0 b (p + 1 + mu) (x / k)**p``, which is (1 + mu) times a BPR cost with
        b (p + 1 + mu) / (1 + mu) for b. Where nothing is undecided the minimiser x itself gives Z' = Z(x): the bound is
        T at the minimum of T + mu Z, and tends to T(x(y)) as mu grows.

        Rounding: 1e-12 of ``sum d pi`` is taken off.
        """
        from megaregion.core.route_equilibrium_kernels import implied, relax

        packed, _, bound, figures, rent, share, done, lost = relax(
            start.packed, self._trips, self._graph, self._road, status, undecided, costs, budget, weight, ceiling,
            price, cutoff, rounds, hope,
        )  # fmt: skip
        if lost:
            bound = figures[0] = np.inf
        out, into = implied(figures[0], rent, costs, budget)
        return DesignBound(
            bound=float(bound), out=out, into=into, rent=rent, share=share, price=float(figures[3]),
            total_cost=float(figures[1]), beckmann=float(figures[2]), routes=Routes(*packed), rounds=int(done),
        )  # fmt: skip


def named_pairs(pairs: list[tuple[int, int]]) -> str:
    """How many pairs, and the first five."""
    shown = ", ".join(f"{i} -> {j}" for i, j in pairs[:5])
    return f"{len(pairs)} pairs of zones: {shown}{', ...' if len(pairs) > 5 else ''}"
