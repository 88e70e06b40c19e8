"""Static user equilibrium on a road network, to machine precision, on bushes of origins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from megaregion.core.assignment_demand import UserClass, demand_by_class
from megaregion.core.assignment_result import Equilibrium, Pair, Step
from megaregion.core.bush_cycles import newton
from megaregion.core.bushes import Block, Floats, Law, Measure, Star, State, Traffic
from megaregion.core.road_network import RoadNetwork
from megaregion.errors import ConvergenceError, InputError

__all__ = ["Equilibrium", "UserClass", "user_equilibrium"]

_PASSES = 2  # over all bushes, and again after each of Newton's steps on all together
_STEPS = 7  # of Newton at most before bushes are renewed
_ENOUGH = 0.1  # or as soon as the excess cost inside of the bushes has fallen to this share
_NEWTON = 1e-3  # gap below which Newton's step is tried, or above if an iteration does not halve it
_PATIENCE = 40  # iterations in which the gap must fall by a tenth: else rounding is all that is left


def user_equilibrium(
    network: RoadNetwork,
    demand: object,
    *,
    gap: float = 1e-8,
    iterations: int = 1000,
    threads: int = 1,
    start: Equilibrium | None = None,
    system_optimum: bool = False,
    unreachable: Literal["raise", "leave"] = "raise",
    listen: Callable[[int, float], bool | None] | None = None,
) -> Equilibrium:
    """Flows at which all used ways between two zones cost the same and no other costs less (Wardrop 1952).

    Parameters
    ----------
    network : RoadNetwork
    demand : array or scipy sparse (zones, zones), or sequence of UserClass
        Trips from row to column in the unit of capacity; the diagonal stays at home and is reported.
    gap : float
        Relative gap at which to stop; 1e-12 is in reach of most networks.
    iterations : int
        Renewals of bushes.
    threads : int
        For searches; flows do not depend on it.
    start : Equilibrium, optional
        Of the same links and classes with other parameters or demand: its routes are where the search begins.
    system_optimum : bool
        Minimise total cost instead: travellers pay what they cost others.
    unreachable : "raise" or "leave"
        What to do with demand that has no way.
    listen : callable, optional
        Called with iteration and relative gap; stops the search if it returns True.

    Raises
    ------
    InputError
        Demand, classes or start do not fit, or demand has no way: before anything is computed.
    ConvergenceError
        Not within `iterations`, or rounding keeps the gap above the one asked for; `.last` is the last Equilibrium.

    Notes
    -----
    Minimises Beckmann's objective (Beckmann, McGuire and Winsten 1956) by Algorithm B (Dial 2006, Transportation
    Research B 40) in the form of Nie (2010, Transportation Research B 44): acyclic bushes of origins, shifts between
    the dearest used and the cheapest way into a node by a safeguarded Newton step, costs updated after each. Below
    a gap of 1e-3 these passes alternate with Newton's step on all bushes together, by conjugate gradients over circles
    of used links, whose end is quadratic.
    Demand is sent anew through the bushes in every iteration, so that rounding cannot add up or lose trips.
    """
    if not 0 < gap < 1 or iterations < 1 or threads < 1:
        raise InputError(f"need 0 < gap < 1, iterations and threads >= 1, got {gap!r}, {iterations!r}, {threads!r}")
    classes, trips, home = demand_by_class(network, demand)
    traffic = _traffic(network.marginal() if system_optimum else network, classes, trips)
    blocks, state = _known(start, traffic, classes)
    missing = _missing(traffic, blocks)
    lost = _without_way(traffic, missing, classes)
    if lost and unreachable == "raise":
        shown = ", ".join(
            f"{p.origin} -> {p.destination}" + (f" ({p.name})" if len(classes) > 1 else "") for p in lost[:5]
        )
        raise InputError(f"demand without a way: {len(lost)} pairs of zones (counted from 0): {shown}",
                         hint="connect the zones, or leave the demand out with unreachable='leave'")  # fmt: skip
    search = _Search(network, classes, traffic, home, tuple(lost), system_optimum)
    blocks += traffic.plant(missing, state)
    return search.run(blocks, state, gap=gap, iterations=iterations, threads=threads, listen=listen)


def _traffic(network: RoadNetwork, classes: Sequence[UserClass], trips: Floats) -> Traffic:
    law = Law(network.free_time * (1.0 + np.where(network.power == 0, network.b, 0.0)), network.slope,
              1.0 / np.where(network.capacity > 0, network.capacity, 1.0), network.power)  # fmt: skip
    free = ~network.closed
    return Traffic(
        graph=Star.of(network.nodes, network.tail, network.head, ~network.no_through),
        law=law,
        usable=np.array([free if c.allowed is None else free & c.allowed for c in classes], dtype=np.bool_),
        fixed=np.array([network.fixed if c.fixed is None else c.fixed for c in classes], dtype=float),
        demand=trips,
    )


def _known(start: Equilibrium | None, traffic: Traffic, classes: Sequence[UserClass]) -> tuple[list[Block], State]:
    """Bushes of an earlier equilibrium that still serve, loaded with the demand of now."""
    if start is None:
        return [], traffic.empty()
    old, new = start.traffic.graph, traffic.graph
    same = start.traffic.demand.shape == traffic.demand.shape and all(
        np.array_equal(getattr(old, name), getattr(new, name)) for name in ("tail", "head", "passable")
    )
    if not same:
        raise InputError("`start` has other nodes, links, zones or number of classes than what is given",
                         hint="start from an equilibrium of the same links, or from none")  # fmt: skip
    blocks = [replace(block, x=block.x.copy()) for block in start.blocks]
    sent = traffic.demand.sum(axis=2)
    blocks = [block.without(sent[block.kind, block.origin] <= 0) for block in blocks]
    time = traffic.state(start.flow).time
    _, broken = traffic.load(blocks, time)
    blocks = [block.without(gone) if gone.any() else block for block, gone in zip(blocks, broken, strict=True)]
    flows, _ = traffic.load(blocks, time)
    return blocks, traffic.state(flows.sum(axis=0))


def _missing(traffic: Traffic, blocks: Sequence[Block]) -> NDArray[np.int64]:
    """(class, origin) with demand and without a bush."""
    open_ = traffic.demand.sum(axis=2) > 0
    for block in blocks:
        open_[block.kind, block.origin] = False
    return np.argwhere(open_)


def _without_way(traffic: Traffic, pairs: NDArray[np.int64], classes: Sequence[UserClass]) -> list[Pair]:
    """Demand that no way serves; it is taken out of the traffic."""
    lost = []
    for kind, user in enumerate(classes):
        origins = pairs[pairs[:, 0] == kind, 1].astype(np.int32)
        trips = traffic.demand[kind]
        row, destination = np.nonzero(~traffic.reached(kind, origins) & (trips[origins] > 0))
        for o, d in zip(origins[row].tolist(), destination.tolist(), strict=True):
            lost.append(Pair(user.name, o, d, float(trips[o, d] / user.pce)))
            trips[o, d] = 0.0
    return lost


def _equilibrate(
    traffic: Traffic, blocks: list[Block], state: State, enough: float, *, steps: int, least: int
) -> State:
    """Move flow inside of the bushes until their excess cost is small enough, with so many of Newton's steps."""
    for done in range(steps + 1):
        if done > 0:
            state = newton(traffic, blocks, state)
        for _ in range(_PASSES):
            if traffic.equilibrate(blocks, state) <= enough and done >= least:
                return state
    return state


@dataclass(frozen=True, eq=False)
class _Search:
    """The loop, and what its results say about the problem."""

    network: RoadNetwork
    classes: Sequence[UserClass]
    traffic: Traffic
    home: float
    lost: tuple[Pair, ...]
    system_optimum: bool

    def run(
        self, blocks: list[Block], state: State, *, gap: float, iterations: int, threads: int,
        listen: Callable[[int, float], bool | None] | None,
    ) -> Equilibrium:  # fmt: skip
        """Renew, equilibrate and load bushes until the gap is small."""
        traffic, table, mark, since = self.traffic, [], np.inf, 0
        for iteration in range(iterations + 1):
            flows, _ = traffic.load(blocks, state.time)
            state = traffic.state(flows.sum(axis=0))
            measure = traffic.renew(blocks, state.time, threads)
            table.append(self._step(iteration, flows, state, measure))
            now = table[-1].relative_gap
            stop = listen is not None and listen(iteration, now) is True
            mark, since = (now, 0) if now < 0.9 * mark else (mark, since + 1)
            if now <= gap or stop or since >= _PATIENCE or iteration == iterations:
                break
            slow = iteration > 0 and now > 0.5 * table[-2].relative_gap
            state = _equilibrate(traffic, blocks, state, _ENOUGH * measure.excess,
                                 steps=_STEPS if now <= _NEWTON or slow else 0, least=int(slow))  # fmt: skip
        found = self._result(flows, state, measure, tuple(table), blocks, now <= gap)
        if not found.converged:
            why, hint = (
                f"stopped by the listener after iteration {iteration}" if stop else f"after {iterations} iterations",
                "allow more iterations or a larger gap; `.last` holds the flows",
            )
            if since >= _PATIENCE:
                why = f"it fell by less than a tenth in {_PATIENCE} iterations"
                hint = "flows are as good as rounding allows on links this steep: take a larger gap, or `.last`"
            raise ConvergenceError(f"relative gap {now:.3g} > {gap:.3g}: {why}", last=found, hint=hint)
        return found

    def _step(self, iteration: int, flows: Floats, state: State, measure: Measure) -> Step:
        total = float((flows * (state.time + self.traffic.fixed)).sum())
        beckmann = float(self.traffic.law.integral(state.flow).sum() + (flows * self.traffic.fixed).sum())
        return Step(iteration, "bushes", measure.excess / total if total > 0 else 0.0, beckmann)

    def _result(
        self, flows: Floats, state: State, measure: Measure, table: tuple[Step, ...], blocks: list[Block], done: bool
    ) -> Equilibrium:
        time = self.network.cost(state.flow) - self.network.fixed
        total_time = float((state.flow * time).sum())
        sent = float(self.traffic.demand.sum())
        return Equilibrium(
            network=self.network,
            names=tuple(c.name for c in self.classes),
            demand=self.traffic.demand,
            flow=state.flow,
            class_flow=flows,
            time=state.time,
            cost=state.time + self.network.fixed,
            class_cost=state.time + self.traffic.fixed,
            relative_gap=table[-1].relative_gap,
            average_excess_cost=measure.excess / sent if sent > 0 else 0.0,
            beckmann=table[-1].beckmann,
            total_time=total_time,
            total_cost=total_time + float((flows * self.traffic.fixed).sum()),
            intrazonal=self.home,
            iterations=table[-1].iteration,
            converged=done,
            table=table,
            unreachable=self.lost,
            system_optimum=self.system_optimum,
            traffic=self.traffic,
            blocks=tuple(blocks),
        )
