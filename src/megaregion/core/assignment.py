"""Static user equilibrium on a road network, to machine precision, on bushes of origins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from megaregion.core.assignment_demand import UserClass, demand_by_class
from megaregion.core.assignment_elastic import ElasticDemand, respond
from megaregion.core.assignment_result import Equilibrium, Pair
from megaregion.core.assignment_search import Control, Found, converge
from megaregion.core.assignment_start import Start
from megaregion.core.bushes import Block, Floats, Law, Star, State, Traffic
from megaregion.core.road_network import RoadNetwork
from megaregion.errors import ConvergenceError, InputError

__all__ = ["ElasticDemand", "Equilibrium", "Start", "UserClass", "user_equilibrium"]

_LEAST = 1e-290  # a smaller capacity counts as this: its inverse is a number


def user_equilibrium(
    network: RoadNetwork,
    demand: object,
    *,
    gap: float = 1e-8,
    iterations: int = 1000,
    threads: int = 1,
    start: Equilibrium | Start | None = None,
    system_optimum: bool = False,
    elastic: ElasticDemand | None = None,
    unreachable: Literal["raise", "leave"] = "raise",
    listen: Callable[[int, float], None] | None = None,
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
    start : Equilibrium or Start, optional
        Of the same links and classes with other parameters or demand: its routes are where the search begins.
    system_optimum : bool
        Minimise total cost instead: travellers pay what they cost others.
    elastic : ElasticDemand, optional
        How demand answers to cost; `demand` is then what travels at the reference cost, and the demand of the result
        what travels at equilibrium. `start` is not used.
    unreachable : "raise" or "leave"
        What to do with demand that has no way.
    listen : callable, optional
        Called with iteration and relative gap; ends the search if it raises StopIteration.

    Raises
    ------
    InputError
        Demand, classes or start do not fit, or demand has no way: before anything is computed.
    ConvergenceError
        Not within `iterations`, stopped, or rounding keeps the gap above the one asked for; `.last` is the last
        Equilibrium.

    Notes
    -----
    Minimises Beckmann's objective (Beckmann, McGuire and Winsten 1956) by Algorithm B (Dial 2006, Transportation
    Research B 40) in the form of Nie (2010, Transportation Research B 44): acyclic bushes of origins, shifts between
    the dearest used and the cheapest way into a node by a safeguarded Newton step, costs updated after each. Below
    a gap of 1e-3 these passes alternate with Newton's step on all bushes together, by conjugate gradients over circles
    of used links, whose end is quadratic.
    Demand is sent anew through the bushes in every iteration, so that rounding cannot add up or lose trips.

    Examples
    --------
    Two roads of 1 + x and 2 + x share three trips:

    >>> roads = RoadNetwork(nodes=2, zones=2, tail=[0, 0], head=[1, 1], free_time=[1.0, 2.0], capacity=[1.0, 1.0],
    ...                     b=[1.0, 0.5], power=[1.0, 1.0], fixed=[0.0, 0.0], no_through=[False, False])
    >>> found = user_equilibrium(roads, [[0.0, 3.0], [0.0, 0.0]])
    >>> found.flow.round(6).tolist(), round(found.total_time, 6)
    ([2.0, 1.0], 9.0)
    """
    if not 0 < gap < 1 or iterations < 1 or threads < 1:
        raise InputError(f"need 0 < gap < 1, iterations and threads >= 1, got {gap!r}, {iterations!r}, {threads!r}")
    classes, trips, home = demand_by_class(network, demand)
    traffic = _traffic(network.marginal() if system_optimum else network, classes, trips)
    blocks, state = _known(start.start if isinstance(start, Equilibrium) else start, traffic, threads)
    missing = _missing(traffic, blocks)
    lost = _without_way(traffic, missing, classes)
    if lost and unreachable == "raise":
        shown = ", ".join(
            f"{p.origin} -> {p.destination}" + (f" ({p.name})" if len(classes) > 1 else "") for p in lost[:5]
        )
        raise InputError(f"demand without a way: {len(lost)} pairs of zones (counted from 0): {shown}",
                         hint="connect the zones, or leave the demand out with unreachable='leave'")  # fmt: skip
    control = Control(gap=gap, iterations=iterations, threads=threads, listen=listen)
    before: tuple[Found, ...] = ()
    if elastic is None:
        blocks += traffic.plant(missing, state)
    else:
        traffic, blocks, state, first = respond(elastic, traffic, control)
        before = (first,)
    found = converge(traffic, blocks, state, control)
    last = _result(
        network, classes, traffic, (*before, found), home=home, lost=tuple(lost), system_optimum=system_optimum
    )
    for part in (*before, found):
        if not part.converged:
            raise ConvergenceError(f"relative gap {part.gap:.3g} > {gap:.3g}: {part.stuck[0]}", last=last,
                                   hint=part.stuck[1])  # fmt: skip
    return last


def _traffic(network: RoadNetwork, classes: Sequence[UserClass], trips: Floats) -> Traffic:
    constant = network.free_time * (1.0 + np.where(network.power == 0, network.b, 0.0))
    capacity = np.where(network.capacity > 0, np.maximum(network.capacity, _LEAST), 1.0)
    free = ~network.closed
    return Traffic(
        graph=Star.of(network.nodes, network.tail, network.head, ~network.no_through),
        law=Law(constant, network.slope, 1.0 / capacity, network.power),
        usable=np.array([free if c.allowed is None else free & c.allowed for c in classes], dtype=np.bool_),
        fixed=np.array([network.fixed if c.fixed is None else c.fixed for c in classes], dtype=float),
        demand=trips,
    )


def _known(start: Start | None, traffic: Traffic, threads: int) -> tuple[list[Block], State]:
    """Bushes of an earlier equilibrium that still serve, loaded with the demand of now."""
    if start is None:
        return [], traffic.empty()
    start.require(traffic.graph, traffic.demand.shape)
    blocks = [replace(block, x=block.x.copy()) for block in start.blocks]
    sent = traffic.demand.sum(axis=2)
    blocks = [block.without(sent[block.kind, block.origin] <= 0) for block in blocks]
    time = traffic.state(start.flow).time
    probe = [replace(block, x=block.x.copy()) for block in blocks]
    if any(gone.any() for gone in traffic.load(probe, time)[1]):
        traffic.renew(blocks, time, threads)  # nodes that a closed link has cut off get other ways in
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


def _result(
    network: RoadNetwork, classes: Sequence[UserClass], traffic: Traffic, searches: Sequence[Found], *, home: float,
    lost: tuple[Pair, ...], system_optimum: bool,
) -> Equilibrium:  # fmt: skip
    """What the last of the searches found."""
    found = searches[-1]
    flow = found.state.flow
    total_time = float((flow * (network.cost(flow) - network.fixed)).sum())
    sent = float(traffic.demand.sum())
    return Equilibrium(
        network=network,
        names=tuple(c.name for c in classes),
        demand=traffic.demand,
        flow=flow,
        class_flow=found.flows,
        time=found.state.time,
        cost=found.state.time + network.fixed,
        class_cost=found.state.time + traffic.fixed,
        relative_gap=max(part.gap for part in searches),
        average_excess_cost=found.measure.excess / sent if sent > 0 else 0.0,
        beckmann=found.table[-1].beckmann,
        total_time=total_time,
        total_cost=total_time + float((found.flows * traffic.fixed).sum()),
        intrazonal=home,
        iterations=sum(part.table[-1].iteration for part in searches),
        converged=all(part.converged for part in searches),
        table=tuple(step for part in searches for step in part.table),
        unreachable=lost,
        system_optimum=system_optimum,
        traffic=traffic,
        blocks=tuple(found.blocks),
    )
