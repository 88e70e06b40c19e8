"""What an assignment found: flows, costs, how exact they are, and what can be read off the bushes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from megaregion.core.assignment_start import Start
from megaregion.core.bushes import Block, Floats, Traffic
from megaregion.core.road_network import RoadNetwork

if TYPE_CHECKING:
    from megaregion.core.assignment_routes import Proportionality, Selection


class Step(NamedTuple):
    """A row of the table of convergence; phase "demand" finds elastic demand, "flows" the flows of given demand."""

    iteration: int
    phase: str
    relative_gap: float
    beckmann: float


class Pair(NamedTuple):
    """Demand without a way: class, zones counted from 0, and trips."""

    name: str
    origin: int
    destination: int
    demand: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Equilibrium:
    """Flows at which no traveller gains by another way, as far as the relative gap says.

    Attributes
    ----------
    network : RoadNetwork
        As it was given.
    names : tuple of str
        Of the classes.
    demand : array (classes, zones, zones)
        What was assigned, in the unit of flow (trips x passenger-car units); rows origin; the diagonal is 0.
    flow : array (links,)
        In passenger-car units.
    class_flow : array (classes, links)
    time, cost : arrays (links,)
        Time at these flows; the same with the network's fixed cost. In a system optimum the time that travellers
        impose on others is part of both.
    class_cost : array (classes, links)
        Time and the fixed cost of each class.
    relative_gap : float
        (TSTT - SPTT) / TSTT: share of generalised cost that would be saved if all took cheapest ways at these costs.
        Summed from the excess of used links (>= 0 but for rounding), not from the difference of the totals.
    average_excess_cost : float
        The same difference per unit of demand, in the unit of cost.
    beckmann : float
        Objective: integrals of time, and fixed costs of classes x their flows.
    total_time : float
        Flow x time without fixed costs, and without tolls of a system optimum.
    total_cost : float
        The same with the fixed costs of classes.
    intrazonal : float
        Demand on the diagonal, which is not assigned.
    iterations : int
    converged : bool
    table : tuple of Step
    unreachable : tuple of Pair
        Demand that was left out because there is no way.
    system_optimum : bool
    traffic, blocks
        The bushes; what `user_equilibrium` starts from if given this as `start`.
    """

    network: RoadNetwork
    names: tuple[str, ...]
    demand: Floats
    flow: Floats
    class_flow: Floats
    time: Floats
    cost: Floats
    class_cost: Floats
    relative_gap: float
    average_excess_cost: float
    beckmann: float
    total_time: float
    total_cost: float
    intrazonal: float
    iterations: int
    converged: bool
    table: tuple[Step, ...]
    unreachable: tuple[Pair, ...]
    system_optimum: bool
    traffic: Traffic
    blocks: tuple[Block, ...]

    @property
    def start(self) -> Start:
        """Its routes, as `user_equilibrium` begins from them."""
        classes, zones, _ = self.traffic.demand.shape
        return Start(graph=self.traffic.graph, classes=classes, zones=zones, flow=self.flow, blocks=self.blocks)

    @cached_property
    def marginal_toll(self) -> Floats:
        """Time that one more traveller on each link costs the others, flow x derivative of the time (Pigou)."""
        net = self.network
        ratio = np.where(net.slope > 0, self.flow / np.where(net.capacity > 0, net.capacity, 1.0), 0.0)
        return np.asarray(net.power * net.slope * ratio**net.power)

    def skims(self, *, threads: int = 1) -> Floats:
        """Generalised cost (classes, zones, zones) of cheapest ways; inf where there is none, 0 within a zone."""
        return self.traffic.costs(self.time, threads)

    def skim(self, value: ArrayLike) -> Floats:
        """Mean sum of a value of links along used routes: `megaregion.core.assignment_routes.skim`."""
        from megaregion.core.assignment_routes import skim

        return skim(self, value)

    def select_link(self, links: ArrayLike) -> Selection:
        """Flow and trips of those who pass one of these links: `megaregion.core.assignment_routes.select_link`."""
        from megaregion.core.assignment_routes import select_link

        return select_link(self, links)

    def proportionality(self) -> Proportionality:
        """How evenly origins share alternative ways: `megaregion.core.assignment_routes.proportionality`."""
        from megaregion.core.assignment_routes import proportionality

        return proportionality(self)
