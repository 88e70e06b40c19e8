"""The gradient of welfare in every link, border, fundamental and group parameter, by one adjoint solve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion.equilibrium.adjoint import TOLERANCE, Adjoint, adjoint
from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.linear import Linear
from megaregion.equilibrium.network import LinkNetwork, between, routes
from megaregion.equilibrium.objectives import Money, OneGroup, SocialWelfare
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import solve
from megaregion.equilibrium.spectrum import Jacobian
from megaregion.equilibrium.system import System
from megaregion.equilibrium.time_effects import TimeEffects
from megaregion.errors import InputError

Array = NDArray[np.float64]
Objective = Literal["social", "money", "groups"] | int | SocialWelfare | Money | OneGroup
Aim = SocialWelfare | Money | OneGroup
NEAR_FOLD = 0.98  # largest real eigenvalue of the map from which derivatives are flagged
AT_FOLD = (
    "the largest real eigenvalue of the map is {value:.3f}: the equilibrium is near or past the point where it stops "
    "being stable, and derivatives there say nothing of what would happen"
)
_SOLVED = 1e-13  # of the scenario at which derivatives are taken: their error is in proportion
_WEIGHT_BYTES = 1 << 27  # matrices of pairs that are swept at once


class HasEconomy(Protocol):
    """A calibrated baseline."""

    @property
    def economy(self) -> Economy:
        """The economy that clears."""


class Routed(Protocol):
    """A network with its times: `network.Routes` (shortest or soft ways) or `congestion.CongestedRoutes`."""

    @property
    def network(self) -> LinkNetwork:
        """The links."""

    @property
    def time(self) -> Array:
        """(n, n), rows origin, columns destination of the trip."""

    def sweep(self, by_time: ArrayLike) -> Array:
        """Derivatives in the times of pairs (k, n, n) to those in the times of links (k, links)."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Sensitivities:
    """Total derivatives of K objectives at one equilibrium; natural logs of fundamentals unless said otherwise.

    Attributes
    ----------
    objectives : tuple of SocialWelfare, Money or OneGroup
        What is differentiated, one a row.
    linear : Linear
        The model linearised at the equilibrium.
    adjoint : Adjoint
        Multipliers and residual.
    shock : Shock
        Scenario at whose equilibrium derivatives are taken; the empty one is the baseline.
    state : array (unknowns,)
    welfare : array (G,)
        Welfare of each group there over that of the baseline.
    routes : Routed, optional
        Network, routed, as it is in this scenario.
    effects : TimeEffects, optional
    """

    objectives: tuple[Aim, ...]
    linear: Linear
    adjoint: Adjoint
    shock: Shock
    state: Array
    welfare: Array
    routes: Routed | None = None
    effects: TimeEffects | None = None

    def __len__(self) -> int:
        return len(self.objectives)

    @property
    def economy(self) -> Economy:
        """The baseline."""
        return self.linear.economy

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each objective."""
        return tuple(aim.name for aim in self.objectives)

    @cached_property
    def eigenvalue(self) -> float:
        """Largest real eigenvalue of the map T_x: one at a fold, above it past one; NaN if it was not found."""
        return Jacobian(self.linear.system, self.state).largest_real()

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know of the point at which derivatives are taken; asks for the eigenvalue."""
        return () if self.eigenvalue < NEAR_FOLD else (AT_FOLD.format(value=self.eigenvalue),)

    @property
    def productivity(self) -> Array:
        """(K, S, n)."""
        return self.adjoint.cotangents.productivity

    @property
    def land(self) -> Array:
        """(K, S, n): production land."""
        return self.adjoint.cotangents.land

    @property
    def amenity(self) -> Array:
        """(K, n)."""
        return self.adjoint.cotangents.amenity

    @property
    def floor_space(self) -> Array:
        """(K, n)."""
        return self.adjoint.cotangents.floor_space

    @property
    def transfer(self) -> Array:
        """(K, n): in the transfer itself, per unit of income; only changes that sum to zero have a meaning."""
        return self.adjoint.cotangents.transfer

    @cached_property
    def attraction(self) -> Array:
        """(K, G, n): in the entitlement of a group in a place; the negative is that of its migration cost."""
        return np.stack([self.linear.attraction(self.adjoint.cotangents, k) for k in range(len(self))])

    def trade_cost(self, objective: int = 0) -> Array:
        """Derivative in the trade cost of each pair, (S, n, n); row destination, column origin."""
        return self.linear.trade_cost(self.adjoint.cotangents, objective)

    def commuting_cost(self, objective: int = 0) -> Array:
        """Derivative in the commuting cost of each pair, (S, n, n); row residence, column workplace.

        Raises
        ------
        InputError
            Nobody commutes in this baseline.
        """
        if not self.economy.commutes:
            raise InputError("commuting_cost: nobody commutes in this baseline")
        return -self.economy.elasticities.phi * self.linear.pair_scale(self.adjoint.cotangents, objective)

    def by_log_time(self, effects: TimeEffects, objective: int = 0) -> Array:
        """Derivative in the log of the time from each place (row) to each other (column), (n, n)."""
        effects.require(self.economy)
        out = np.einsum("s,sni->ni", effects.trade, self.trade_cost(objective))
        if effects.delivered:
            out = out.T  # from i, where goods are made, to n
        if effects.commuting and self.economy.commutes:
            out = out + effects.commuting * self.commuting_cost(objective).sum(axis=0)
        return between(out)

    def link_times(self, way: Routed, effects: TimeEffects) -> Array:
        """Derivative in the log of the time of every link, (K, links).

        Notes
        -----
        ``G_od = dOmega/dln t_od / t_od`` is handed down the trees of paths: one sweep an origin, whatever the
        number of links. Soft routing is that of the network; under congestion the times are free ones, and traffic
        adjusts at given flows between places.
        """
        n, number = self.economy.size, len(self)
        per_time = 1.0 / way.time  # pairs without a way: 1/inf = 0
        step = max(1, int(_WEIGHT_BYTES // (8 * n * n)))
        parts = []
        for start in range(0, number, step):
            rows = range(start, min(start + step, number))
            parts.append(way.sweep(np.stack([self.by_log_time(effects, k) * per_time for k in rows])))
        out: Array = np.concatenate(parts) * way.network.links["time"].to_numpy(float)
        return out

    @cached_property
    def links(self) -> Array:
        """Derivative in the log of the time of every link of the network, (K, links).

        Raises
        ------
        InputError
            No network was given.
        """
        if self.routes is None or self.effects is None:
            raise InputError("links: no network was given", hint="sensitivities(..., network=...)")
        return self.link_times(self.routes, self.effects)

    def borders(self, labels: ArrayLike, *, trade: ArrayLike = 0.0, commuting: float = 0.0) -> Array:
        """Derivative in the log of the friction between areas, (K, P, P).

        Parameters
        ----------
        labels : array (n,)
            Area of each place; rows and columns of the result are its sorted unique labels.
        trade : float or array (S,)
            d ln trade cost / d ln friction: the friction itself where the cost across is exp(friction), so gamma /
            theta where flows fall by gamma.
        commuting : float
            d ln commuting cost / d ln friction.

        Returns
        -------
        array (K, P, P)
            Entry (a, b): of goods bought in a from b, and of residents of a who work in b. A border of two areas is
            the sum of both entries, all borders together the sum of the whole; zero on the diagonal.
        """
        area = np.asarray(labels)
        if area.shape != (self.economy.size,):
            raise InputError(f"labels: expected one a place ({self.economy.size}), got {area.shape}")
        _, of = np.unique(area, return_inverse=True)
        member = np.zeros((area.size, int(of.max(initial=-1)) + 1))
        member[np.arange(area.size), of] = 1.0
        power = np.broadcast_to(np.asarray(trade, dtype=np.float64), (self.economy.elasticities.sectors,))
        out = np.zeros((len(self), member.shape[1], member.shape[1]))
        if power.any():
            self._trade_borders(member, power, out)
        if commuting and self.economy.commutes:
            self._commuting_borders(member, commuting, out)
        return between(out)

    def _trade_borders(self, member: Array, power: Array, out: Array) -> None:
        """Sums of `trade_cost` over pairs of areas: products with P vectors instead of matrices of pairs."""
        lin, c = self.linear, self.adjoint.cotangents
        for s, kernel in enumerate(lin.trade):
            theta = self.economy.elasticities.theta[s]
            bought = kernel.base @ (lin.weight[s][:, None] * member)
            sold = kernel.base.T @ (lin.demand[s][:, None] * member)
            for k in range(len(self)):
                out[k] += power[s] * (member.T @ (c.cost_price[k, s][:, None] * bought))
                out[k] -= power[s] * theta * (sold.T @ (c.cost_sold[k, s][:, None] * member))

    def _commuting_borders(self, member: Array, power: float, out: Array) -> None:
        """Sums of `commuting_cost` over pairs of areas."""
        lin, c, phi = self.linear, self.adjoint.cotangents, self.economy.elasticities.phi
        for s, kernel in enumerate(lin.commute):
            paid = kernel.base @ (lin.paid[s][:, None] * member)
            open_ = kernel.base @ (lin.open[s][:, None] * member)
            left = kernel.base.T @ (lin.here[:, None] * member)
            for k in range(len(self)):
                home = c.pay[k][:, None] * paid + (c.access[k] / phi)[:, None] * open_
                out[k] -= power * phi * (member.T @ home + left.T @ (c.work[k, s][:, None] * member))


def sensitivities(
    economy: Economy | HasEconomy, *, objective: Objective | Sequence[Objective] = "social",
    network: LinkNetwork | Routed | None = None, effects: TimeEffects | None = None, shock: Shock | None = None,
    state: Array | None = None, tolerance: float = TOLERANCE,
) -> Sensitivities:  # fmt: skip
    """Derivatives of welfare in everything, at the baseline or at the equilibrium of a scenario.

    Parameters
    ----------
    economy : Economy, or a baseline that holds one
    objective : "social", "money", "groups", int, SocialWelfare, or a sequence of these
        Social welfare (all groups by their mass, inequality aversion one, unless a `SocialWelfare` says otherwise); the
        sum of money-metric gains; every single group; the group of that number. Each is one right-hand side of the
        same system.
    network : LinkNetwork or Routed, optional
        Whose link times are differentiated, as they are in the scenario. Its places are those of the economy, in order.
    effects : TimeEffects, optional
        Default `TimeEffects.of(economy)`: passenger time.
    shock : Shock, optional
        Scenario; default the baseline.
    state : array (unknowns,), optional
        Its solution, a row of `Equilibria.state`; default: it is solved here. Taken as it is, so solve it tightly.
    tolerance : float
        On the residual of the adjoint equations.

    Returns
    -------
    Sensitivities
        ``links`` has a row an objective, a column a link.

    Raises
    ------
    InputError
        A shock, an objective, the network or the effects do not fit the economy.
    ConvergenceError
        The scenario has no solution within tolerance.
    SolveError
        The adjoint equations have none: the equilibrium is at a fold or nearly falls apart.

    Notes
    -----
    Derivatives are local; large changes gain more than they say, because rerouting and relocation add to them
    (`megaregion.equilibrium.screening` measures it). On ties of the shortest path the derivative is one of several.
    Allen and Arkolakis (2022), Rev. Econ. Stud. 89(6), for the welfare effect of a link as traffic; Donaldson and
    Hornbeck (2016), Q. J. Econ. 131(2).
    """
    base: Economy = economy if isinstance(economy, Economy) else economy.economy
    change = Shock() if shock is None else shock
    change.require(base.elasticities.sectors, base.groups.size, base.size, commutes=base.commutes)
    aims = tuple(_aims(base, objective))
    acting = effects if effects is not None or network is None else TimeEffects.of(base)
    if acting is not None:
        acting.require(base)
    way = routes(network) if isinstance(network, LinkNetwork) else network
    if way is not None and len(way.network.places) != base.size:
        raise InputError(f"the network joins {len(way.network.places)} places, the economy has {base.size}")
    system = System(base, [change])
    state = _solution(system, change) if state is None else np.asarray(state, dtype=np.float64)
    if state.shape != (system.unknowns,):
        raise InputError(f"state has the shape {state.shape}, expected ({system.unknowns},)")
    welfare = np.exp(system.evaluate(state[None]).welfare[0])
    linear = Linear(system, state)
    found = adjoint(linear, np.stack([aim.derivative(base, welfare) for aim in aims]), tolerance=tolerance)
    return Sensitivities(
        objectives=aims, linear=linear, adjoint=found, shock=change, state=state, welfare=welfare, routes=way,
        effects=acting,
    )  # fmt: skip


def _solution(system: System, shock: Shock) -> Array:
    """Ln changes of the unknowns (unknowns,)."""
    if shock.empty:
        return np.asarray(system.start()[0])
    return np.asarray(solve(system.economy, [shock], tolerance=_SOLVED).state[0])


def _aims(economy: Economy, objective: Objective | Sequence[Objective]) -> list[Aim]:
    known: dict[str, list[Aim]] = {
        "social": [SocialWelfare()], "money": [Money()], "groups": [OneGroup(g) for g in range(economy.groups.size)]
    }  # fmt: skip
    several: Any = objective if isinstance(objective, Sequence) and not isinstance(objective, str) else [objective]
    out: list[Aim] = []
    problems = []
    for one in several:
        if isinstance(one, SocialWelfare | Money | OneGroup):
            out.append(one)
        elif isinstance(one, str) and one in known:
            out += known[one]
        elif isinstance(one, int | np.integer) and not isinstance(one, bool):
            out.append(OneGroup(int(one)))
        else:
            problems.append(f"objective must be social, money, groups, a number or a SocialWelfare, got {one!r}")
    if not several:
        problems.append("no objective was given")
    problems += [text for aim in out for text in aim.problems(economy)]
    if problems:
        raise InputError("; ".join(problems))
    return out
