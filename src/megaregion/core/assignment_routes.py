"""What the routes of an equilibrium say: who passes a link, means along used routes, how even routes are shared."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from megaregion.core.assignment_result import Equilibrium
from megaregion.core.bush_cycles import Cycles
from megaregion.core.bushes import Floats
from megaregion.errors import InputError

_TIE = 1e-7  # segments whose costs differ by less than this share are alternatives


class Selection(NamedTuple):
    """Those who pass at least one of the chosen links.

    Attributes
    ----------
    flow : array (classes, links)
        Their flow on every link.
    demand : array (classes, zones, zones)
        Their trips by pair; like `flow` in passenger-car units.
    """

    flow: Floats
    demand: Floats


class Proportionality(NamedTuple):
    """How evenly origins share the same pairs of alternative ways.

    Attributes
    ----------
    deviation : float
        Share of the flow on shared pairs of segments that would have to change sides for all origins (and classes) to
        split alike; 0 is proportional, as the most likely route flows are.
    flow : float
        Flow on shared pairs of segments, summed over pairs and origins.
    pairs : int
        Pairs of segments that at least two origins use.
    """

    deviation: float
    flow: float
    pairs: int


def select_link(found: Equilibrium, links: ArrayLike) -> Selection:
    """Flow and trips of all who pass at least one of these links.

    Parameters
    ----------
    found : Equilibrium
    links : array of int
        Links of the network, counted from 0.

    Raises
    ------
    InputError
        There is no such link.

    Notes
    -----
    Routes are those of the flows of bushes: at each node all travellers of an origin go on in the same proportions
    (maximum entropy within a bush, Akamatsu 1997, Transportation Research B 31). Flows of links at equilibrium are
    unique, flows of routes are not; `proportionality` says how far these are from the most likely ones.
    """
    from megaregion.core.bush_route_kernels import select

    which = np.atleast_1d(np.asarray(links))
    if which.size and not (
        np.issubdtype(which.dtype, np.integer) and which.min() >= 0 and which.max() < len(found.flow)
    ):
        raise InputError(f"links must be whole numbers 0 .. {len(found.flow) - 1}, got {which[:5].tolist()}")
    chosen = np.zeros(len(found.flow), np.bool_)
    chosen[which.astype(np.int64)] = True
    flow, trips = np.zeros(found.class_flow.shape), np.zeros(found.demand.shape)
    graph = found.traffic.graph
    for b in found.blocks:
        select(b.origin, b.kind, b.start, b.links, b.x, graph.tail, graph.head, graph.passable.size, found.demand,
               chosen, flow, trips)  # fmt: skip
    return Selection(flow, trips)


def skim(found: Equilibrium, value: ArrayLike) -> Floats:
    """Mean sum of a value of links along used routes (classes, zones, zones), weighted by flow.

    Parameters
    ----------
    found : Equilibrium
    value : array (links,)
        Length, toll, time, ...

    Returns
    -------
    array (classes, zones, zones)
        Over the cheapest way where there is no demand; inf where there is no way; 0 within a zone.

    Raises
    ------
    InputError
        Not one finite value a link.
    """
    from megaregion.core.bush_route_kernels import average

    values = np.asarray(value, dtype=float)
    if values.shape != found.flow.shape or not np.isfinite(values).all():
        raise InputError(f"value must be finite, one a link ({len(found.flow)}), got shape {values.shape}")
    traffic, classes = found.traffic, len(found.names)
    zones = found.demand.shape[1]
    unknown = np.ones((classes, zones), np.bool_)
    for b in found.blocks:
        unknown[b.kind, b.origin] = False
    out = np.full(found.demand.shape, np.inf)
    graph = traffic.graph
    for b in [*found.blocks, *traffic.plant(np.argwhere(unknown), traffic.state(found.flow))]:
        average(b.origin, b.kind, b.start, b.links, b.x, graph.tail, graph.head, graph.passable.size, found.time,
                traffic.fixed, values, out)  # fmt: skip
    return out


def proportionality(found: Equilibrium) -> Proportionality:
    """How far the routes of the bushes are from sharing alternative segments in the same proportion.

    Notes
    -----
    The condition of proportionality (Bar-Gera, Boyce and Nie 2012, Transportation Research B 46): where travellers of
    several origins choose between the same two segments, the same share of each takes the first. It singles out one
    of the many route flows of the same link flows.
    """
    from megaregion.core.bush_route_kernels import segments

    circles = Cycles.of(found.traffic, found.blocks, found.time)
    known: dict[tuple[bytes, bytes], int] = {}
    for c in range(len(circles.gain)):
        part = slice(circles.first[c], circles.first[c + 1])
        link, sign = circles.link[part], circles.sign[part]
        one, two = np.sort(link[sign > 0]).tobytes(), np.sort(link[sign < 0]).tobytes()
        known.setdefault((min(one, two), max(one, two)), c)
    which = np.array(sorted(known.values()), dtype=np.int64)
    first = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.diff(circles.first)[which])])
    at = np.concatenate([np.empty(0, np.int64), *(np.arange(circles.first[c], circles.first[c + 1]) for c in which)])
    head, nodes, usable = found.traffic.graph.head, found.traffic.graph.passable.size, found.traffic.usable
    sums, side, many = np.zeros(len(which)), np.zeros(len(which)), np.zeros(len(which))
    flows = []
    for b in found.blocks:
        flows.append(np.empty((len(b.origin), len(which), 2)))
        segments(b.origin, b.kind, b.start, b.links, b.x, head, nodes, usable, found.class_cost, first,
                 circles.link[at], circles.sign[at], _TIE, flows[-1])  # fmt: skip
        sums += flows[-1].sum(axis=(0, 2))
        side += flows[-1][:, :, 0].sum(axis=0)
        many += (flows[-1].sum(axis=2) > 0).sum(axis=0)
    shared = many > 1
    split = np.divide(side, sums, out=np.zeros_like(side), where=sums > 0)
    moved = sum(float(np.abs(f[:, shared, 0] - f[:, shared].sum(axis=2) * split[shared]).sum()) for f in flows)
    total = float(sums[shared].sum())
    return Proportionality(moved / total if total > 0 else 0.0, total, int(shared.sum()))
