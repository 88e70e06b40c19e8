"""Demand that answers to the cost of travel, exactly: those who stay at home take an arc of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from megaregion.core.assignment_search import Control, Found, converge
from megaregion.core.bushes import Block, Floats, Law, Star, State, Traffic, Whole
from megaregion.errors import InputError


@dataclass(frozen=True, eq=False, kw_only=True)
class ElasticDemand:
    """Trips D at cost u, from the trips D0 at a reference cost u0.

    Attributes
    ----------
    form : "exponential" or "linear"
        ``D = D0 exp(-s (u - u0))`` or ``D = D0 max(0, 1 - s (u - u0))``.
    sensitivity : float
        s > 0, per unit of cost.
    reference : array (zones, zones) or (classes, zones, zones)
        u0, finite where there is demand.
    """

    form: Literal["exponential", "linear"]
    sensitivity: float
    reference: Floats

    def trips(self, base: Floats, cost: Floats) -> Floats:
        """Trips at a cost, from those at the reference cost."""
        rise = np.where(base > 0, self.sensitivity * (cost - self.reference), 0.0)
        return base * (np.exp(-rise) if self.form == "exponential" else np.maximum(1.0 - rise, 0.0))

    def require(self, demand: Floats) -> None:
        """Raise an InputError unless this fits demand of (classes, zones, zones)."""
        problems = []
        if self.form not in ("exponential", "linear"):
            problems.append(f"form must be 'exponential' or 'linear', got {self.form!r}")
        if not (np.isfinite(self.sensitivity) and self.sensitivity > 0):
            problems.append(f"sensitivity must be > 0, got {self.sensitivity!r}")
        shape = np.shape(self.reference)
        if shape not in (demand.shape, demand.shape[1:]):
            problems.append(f"reference must be (zones, zones) or by class {demand.shape}, got {shape}")
        elif len(gaps := np.argwhere((demand > 0) & ~np.isfinite(np.broadcast_to(self.reference, demand.shape)))):
            pairs = ", ".join(f"{o} -> {d}" for _, o, d in gaps[:5])
            problems.append(f"reference must be finite where there is demand, {len(gaps)} pairs are not: {pairs}")
        if problems:
            raise InputError("elastic demand: " + "; ".join(problems), hint="correct the demand function")


class _Pairs(NamedTuple):
    """Pairs that may travel: class, origin, destination, most trips, cost at which those travel."""

    kind: NDArray[np.int64]
    origin: NDArray[np.int64]
    destination: NDArray[np.int64]
    most: Floats
    cost: Floats


def respond(elastic: ElasticDemand, traffic: Traffic, control: Control) -> tuple[Traffic, list[Block], State, Found]:
    """Traffic with the demand that travels at equilibrium, the bushes it travels on, and the search that found it.

    Notes
    -----
    Excess demand (Gartner 1980, Transportation Science 14): all trips D1 that would be made at the cost of empty roads
    are assigned, and every pair has an arc whose cost is the inverse demand function of what it does not carry,
    ``u0 - log((D1 - e) / D0) / s`` or ``u0 + (1 - (D1 - e) / D0) / s``. Equilibrium on the larger network is that of
    elastic demand, to the same gap.
    """
    elastic.require(traffic.demand)
    empty = traffic.empty()
    least = traffic.costs(empty.time, control.threads)
    most = elastic.trips(traffic.demand, np.where(traffic.demand > 0, least, 0.0))
    kind, origin, destination = np.nonzero(most > 0)
    pairs = _Pairs(kind, origin, destination, most[kind, origin, destination], least[kind, origin, destination])
    base = traffic.demand[kind, origin, destination]
    larger = _with_arcs(elastic, traffic, pairs, base, most)
    state = larger.empty()
    wanted = np.argwhere(most.sum(axis=2) > 0)
    found = converge(larger, larger.plant(wanted, state), state, control, "demand")
    links = traffic.graph.tail.size
    stay = found.state.flow[larger.graph.tail.size - base.size :]
    trips = np.zeros_like(most)
    trips[kind, origin, destination] = np.maximum(pairs.most - stay, 0.0)
    final = replace(traffic, demand=trips)
    blocks = [_roads_of(block, links) for block in found.blocks]
    sent = trips.sum(axis=2)
    blocks = [block.without(sent[block.kind, block.origin] <= 0) for block in blocks]
    return final, blocks, final.state(found.flows[:, :links].sum(axis=0)), found


def _with_arcs(elastic: ElasticDemand, traffic: Traffic, pairs: _Pairs, base: Floats, most: Floats) -> Traffic:
    """The traffic with an arc for every pair, between zones that no way may pass."""
    graph, law, zones = traffic.graph, traffic.law, most.shape[1]
    nodes, many = graph.passable.size, base.size
    through = np.flatnonzero(graph.passable[:zones])  # zones that ways pass: their crossing gets a node of its own
    place = np.arange(nodes)
    place[through] = nodes + np.arange(through.size)
    passable = np.concatenate([graph.passable, np.ones(through.size, np.bool_)])
    passable[through] = False
    tail = _whole(place[graph.tail], through, place[through], pairs.origin)
    head = _whole(place[graph.head], place[through], through, pairs.destination)
    free = np.zeros(2 * through.size)
    logarithm = elastic.form == "exponential"
    slope = np.full(many, 1.0 / elastic.sensitivity) if logarithm else pairs.most / (base * elastic.sensitivity)
    larger = Law(
        np.concatenate([law.base, free, pairs.cost]),
        np.concatenate([law.slope, free, slope]),
        np.concatenate([law.inverse, free + 1.0, 1.0 / pairs.most]),
        np.concatenate([law.power, free + 1.0, np.full(many, -1.0 if logarithm else 1.0)]),
    )
    kinds = np.arange(len(traffic.fixed))[:, None]
    usable = np.concatenate(
        [traffic.usable, np.ones((len(kinds), free.size), np.bool_), pairs.kind[None, :] == kinds], axis=1
    )
    fixed = np.concatenate([traffic.fixed, np.zeros((len(kinds), free.size + many))], axis=1)
    return Traffic(graph=Star.of(nodes + through.size, tail, head, passable), law=larger, usable=usable, fixed=fixed,
                   demand=most)  # fmt: skip


def _whole(*parts: NDArray[np.int64]) -> Whole:
    return np.ascontiguousarray(np.concatenate(parts), dtype=np.int32)


def _roads_of(block: Block, links: int) -> Block:
    """Bushes without the arcs."""
    road = block.links < links
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum(road)])[block.start]
    return replace(block, start=start, links=block.links[road], x=block.x[road])
