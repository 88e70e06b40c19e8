"""Where a budget of infrastructure does most for welfare when people and firms answer: optimality criteria.

The network is routed anew, the equilibrium solved and its adjoint taken at every step, so that the plan rests on exact
values; `plan.optimal_network` solves the planner's problem instead, where flows are chosen as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.network import LinkNetwork, Routes, routes
from megaregion.equilibrium.objectives import Money
from megaregion.equilibrium.sensitivities import Aim, HasEconomy, Objective, Sensitivities, sensitivities
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import solve
from megaregion.equilibrium.time_effects import TimeEffects
from megaregion.equilibrium.two_way import TwoWay
from megaregion.errors import InputError
from megaregion.plan.optimality_criteria_table import Investment
from megaregion.plan.optimality_criteria_update import departure, filled, links_used, update

Array = NDArray[np.float64]
Progress = Callable[[int, int, str], None]
ByLink = pd.Series | Mapping[str, float]
STARTS = ("greedy", "uniform", "random")
TOLERANCE = 1e-6
NOT_CONCAVE = (
    "traffic and people are drawn to faster links, so that the problem is not concave: this is the best of the starts "
    "{starts}, no proven optimum"
)
DIFFER = "the starts end at different plans, worth {low:.4g} to {high:.4g} of the objective: try random starts as well"
STOPPED = (
    "stopped after {steps} steps with departures of {kkt:.1e} from the conditions of an optimum, wanted {wanted:.0e}"
)
STALLED = (
    "stopped where no step along the update gains, with departures of {kkt:.1e} from the conditions of an optimum: "
    "equally short ways tie there, and the derivative has two sides"
)
_SOLVED = 1e-12
_SMALLEST_MOVE = 2.0**-10
_NOISE = 1e-12  # of a value: what two solutions of one equilibrium may differ by


@dataclass(frozen=True, eq=False, kw_only=True)
class _Point:
    """Investment (L,), what it is worth, and the equilibrium there."""

    investment: Array
    value: float
    way: Routes
    shock: Shock
    state: Array
    welfare: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class _Problem:
    """All that a step needs; L links, of which some may stand for both directions of two."""

    economy: Economy
    network: LinkNetwork
    pairs: TwoWay
    effects: TimeEffects
    aim: Aim
    base: Sensitivities
    cost: Array
    largest: Array
    budget: float
    gamma: float

    def at(self, investment: Array, near: Array) -> _Point:
        """The equilibrium with an investment, from a state near it."""
        speed = (1.0 + investment[self.pairs.code]) ** -self.gamma
        way = routes(self.network.with_times(self.network.links["time"].to_numpy(float) * speed))
        shock = self._shock(way.time)
        found = solve(self.economy, [shock], tolerance=_SOLVED, start=near[None])
        value = float(self.aim.change(self.economy, self.base.welfare, found.welfare[0]))
        return _Point(
            investment=investment, value=value, way=way, shock=shock, state=found.state[0], welfare=found.welfare[0]
        )

    def _shock(self, time: Array) -> Shock:
        """Times of pairs as costs; pairs without a way keep none."""
        old = self.base.routes.time  # type: ignore[union-attr]
        log = np.zeros_like(time)
        np.log(np.divide(time, old, out=np.ones_like(time), where=np.isfinite(old)), out=log)
        trade = self.effects.trade[:, None, None] * (log.T if self.effects.delivered else log)
        return Shock(
            trade_cost=np.exp(trade) if trade.any() else None,
            commuting_cost=np.exp(self.effects.commuting * log) if self.effects.commuting and log.any() else None,
        )

    def gradient(self, point: _Point) -> Array:
        """Derivative of the objective in the investment of every link (L,)."""
        s = sensitivities(
            self.economy, objective=self.aim, network=point.way, effects=self.effects, shock=point.shock,
            state=point.state,
        )  # fmt: skip
        out: Array = -self.gamma * self.pairs.sums(s.links[0]) / (1.0 + point.investment)
        return out

    def first_gradient(self) -> Array:
        """The same where nothing is built (L,)."""
        out: Array = -self.gamma * self.pairs.sums(self.base.links[0])
        return out

    def uniform(self) -> Array:
        """The same investment in every link that may have it."""
        one = np.ones_like(self.cost)
        return filled(one, 0.0 * one, self.cost, self.largest, self.budget)[0]

    def greedy(self) -> Array:
        """Links in falling order of first-order gain per cost, each to its largest investment; the last one in part."""
        gain = self.first_gradient() / self.cost
        order = np.argsort(-gain, kind="stable")
        order = order[gain[order] > 0]
        price = (self.cost * self.largest)[order]
        before = np.concatenate([[0.0], np.cumsum(price)])[:-1]
        out = np.zeros_like(self.cost)
        out[order] = np.clip((self.budget - before) / self.cost[order], 0.0, self.largest[order])
        return out

    def random(self, rng: np.random.Generator) -> Array:
        """Exponential draws, scaled to the budget; a link draws by the rank of its name, not by its row."""
        draw = np.empty_like(self.cost)
        draw[np.argsort(self.pairs.frame.index.astype(str))] = rng.exponential(size=self.cost.size)
        return filled(draw, np.zeros_like(draw), self.cost, self.largest, self.budget)[0]


@dataclass(frozen=True, eq=False, kw_only=True)
class _Ascent:
    """One start and where it ended."""

    name: str
    point: _Point
    gradient: Array
    price: float
    kkt: float
    stalled: bool
    rows: list[dict[str, float | str]]


def optimal_investment(
    economy: Economy | HasEconomy, network: LinkNetwork, *, budget: float, effects: TimeEffects | None = None,
    cost: ByLink | None = None, gamma: float = 0.3, largest: float | ByLink = 1.0, objective: Objective = "social",
    starts: Sequence[str] = ("greedy", "uniform"), steps: int = 25, power: float = 1.0, damping: float = 1.0,
    tolerance: float = TOLERANCE, both_ways: bool = True, cost_unit: str | None = None,
    seed: int | np.random.Generator | None = None, progress: Progress | None = None,
) -> Investment:  # fmt: skip
    """Investment in the links of a network that raises an objective most within a budget.

    ``max Omega(t), t = t0 (1 + I)^-gamma, sum cost I <= budget, 0 <= I <= largest``; Omega is the objective at the
    equilibrium with the times t.

    Parameters
    ----------
    economy : Economy, or a baseline that holds one
    network : LinkNetwork
        Its places are those of the economy, in order. Shortest or soft ways.
    budget : float
        >= 0, in the unit of `cost`.
    effects : TimeEffects, optional
        Default `TimeEffects.of(economy)`: passenger time.
    cost : Series or mapping by link_id, optional
        Of one unit of investment, above zero; names every link. Default the time of the link, so that the budget is a
        length of line built up by one unit.
    gamma : float
        Elasticity of the time of a link to 1 + I, above zero.
    largest : float, or Series or mapping by link_id
        Largest investment; links that a mapping does not name get none.
    objective : "social", "money", int, SocialWelfare, Money or OneGroup
    starts : sequence of "greedy", "uniform", "random"
        Where to climb from; "random" may repeat. The best end is kept.
    steps : int
        Updates of each start.
    power : float
        Exponent of the update, above zero and at most one.
    damping : float
        Share of the update that is taken, above zero and at most one; halved as long as the objective falls.
    tolerance : float
        On the departure from the conditions of an optimum, as a share of lambda.
    both_ways : bool
        Whether links of one direction between the same two nodes are built together, at one cost (`TwoWay`).
    cost_unit : str, optional
        Of cost and budget; default that of time.
    seed : int or Generator
        Needed for random starts only.
    progress : callable, optional
        Told (done, total, what).

    Raises
    ------
    InputError
        A name, a number or the network does not serve; everything is listed.
    ConvergenceError
        The equilibrium of some investment has no solution within tolerance.
    SolveError
        Derivatives do not exist, or soft routing breaks down.

    Notes
    -----
    Optimality criteria: Bendsoe and Sigmund (2003), Topology Optimization, ch. 1, with exponent 1/2; Fajgelbaum and
    Schaal (2020), Econometrica 88(4), update with 1/(1 + gamma). A fixed point meets the first-order
    conditions whatever the exponent. With traffic given, 1/(1 + gamma) reaches it at once; traffic follows the faster
    link, so that one is faster still (German counties: 25 steps to 1e-6 where one half needs 55).
    """
    problem = _problem(
        economy, network, budget=budget, effects=effects, cost=cost, gamma=gamma, largest=largest,
        objective=objective, both_ways=both_ways, options=_options(starts, steps, power, damping, tolerance, seed),
    )  # fmt: skip
    uniform, greedy = (problem.at(plan, problem.base.state) for plan in (problem.uniform(), problem.greedy()))
    ascents, names = [], _names(starts)
    for number, (name, kind) in enumerate(names.items()):
        if progress is not None:
            progress(number, len(names), f"investment from the start {name}")
        if kind == "random":
            rng = generator(seed, "optimal_investment", name)  # type: ignore[arg-type]
            first = problem.at(problem.random(rng), problem.base.state)
        else:
            first = {"uniform": uniform, "greedy": greedy}[kind]
        ascents.append(_climb(problem, name, first, steps, power, damping, tolerance))
    best = max(ascents, key=lambda a: a.point.value)
    point = best.point
    unit = network.unit
    return Investment(
        links=problem.pairs.frame, investment=point.investment, cost=problem.cost, largest=problem.largest,
        gradient=best.gradient, budget=float(budget), gamma=float(gamma), price=best.price, aim=problem.aim,
        value=point.value, uniform_value=uniform.value, greedy_value=greedy.value, kkt=best.kkt,
        converged=best.kkt <= tolerance, convergence=pd.DataFrame([row for a in ascents for row in a.rows]),
        start=best.name, network=point.way.network, shock=point.shock, state=point.state, welfare=point.welfare,
        gain=float(Money().change(problem.economy, problem.base.welfare, point.welfare)), time_unit=unit,
        cost_unit=unit if cost_unit is None else cost_unit, warnings=_warnings(ascents, best, steps, tolerance),
    )  # fmt: skip


def _climb(
    problem: _Problem, name: str, point: _Point, steps: int, power: float, damping: float, tolerance: float
) -> _Ascent:
    """Updates from one start, each taken as far as the objective does not fall."""
    rows: list[dict[str, float | str]] = []
    stalled = False
    for step in range(steps + 1):
        gradient = problem.gradient(point)
        bounds = problem.cost, problem.largest
        new, price = update(point.investment, gradient, *bounds, problem.budget, power=power)
        kkt = departure(point.investment, gradient, *bounds, price)
        rows.append({
            "start": name, "step": step, "value": point.value, "price": price, "kkt": kkt,
            "used": links_used(point.investment, problem.largest), "move": 0.0,
        })  # fmt: skip
        if kkt <= tolerance or step == steps:
            break
        found, move = _line_search(problem, point, new, damping)
        if found is None:
            stalled = True
            break
        rows[-1]["move"] = move
        point = found
    return _Ascent(name=name, point=point, gradient=gradient, price=price, kkt=kkt, stalled=stalled, rows=rows)


def _line_search(problem: _Problem, point: _Point, new: Array, damping: float) -> tuple[_Point | None, float]:
    """The first of the halved steps towards the update that does not lose; None if all do."""
    move = damping
    while move >= _SMALLEST_MOVE * damping:
        mixed = new if move == 1.0 else (1.0 - move) * point.investment + move * new
        found = problem.at(mixed, point.state)
        if found.value >= point.value - _NOISE * max(1.0, abs(point.value)):
            return found, move
        move /= 2.0
    return None, 0.0


def _names(starts: Sequence[str]) -> dict[str, str]:
    """Name of each start and its kind; repeated kinds are numbered, and only random ones are repeated."""
    out: dict[str, str] = {}
    for kind in starts:
        number = sum(k == kind for k in out.values())
        if kind == "random" or not number:
            out[kind if not number else f"{kind} {number + 1}"] = kind
    return out


def _warnings(ascents: Sequence[_Ascent], best: _Ascent, steps: int, tolerance: float) -> tuple[str, ...]:
    out = [NOT_CONCAVE.format(starts=", ".join(a.name for a in ascents))]
    values = [a.point.value for a in ascents]
    if max(values) - min(values) > 1e-4 * max(abs(max(values)), 1e-12):
        out.append(DIFFER.format(low=min(values), high=max(values)))
    if best.kkt > tolerance:
        text = STALLED if best.stalled else STOPPED
        out.append(text.format(steps=steps, kkt=best.kkt, wanted=tolerance))
    out += best.point.way.warnings
    return tuple(out)


def _options(
    starts: Sequence[str], steps: int, power: float, damping: float, tolerance: float,
    seed: int | np.random.Generator | None,
) -> list[str]:  # fmt: skip
    """What is wrong with the options of the iteration."""
    out = []
    named = [starts] if isinstance(starts, str) else list(starts)
    if isinstance(starts, str) or not named or set(named) - set(STARTS):
        out.append(f"starts must be some of {', '.join(STARTS)}, got {starts!r}")
    elif "random" in named and seed is None:
        out.append("random starts need a seed")
    if isinstance(steps, bool) or not isinstance(steps, int | np.integer) or steps < 0:
        out.append(f"steps must be a whole number >= 0, got {steps!r}")
    out += [
        f"{name} must lie above 0 and be at most 1, got {value!r}"
        for name, value in (("power", power), ("damping", damping)) if not 0 < value <= 1
    ]  # fmt: skip
    if not tolerance > 0:
        out.append(f"tolerance must be above zero, got {tolerance!r}")
    return out


def _problem(
    economy: Economy | HasEconomy, network: LinkNetwork, *, budget: float, effects: TimeEffects | None,
    cost: ByLink | None, gamma: float, largest: float | ByLink, objective: Objective, both_ways: bool,
    options: list[str],
) -> _Problem:  # fmt: skip
    """The problem, checked as a whole."""
    base: Economy = economy if isinstance(economy, Economy) else economy.economy
    wrong = list(options)
    if not (budget >= 0 and math.isfinite(budget)):
        wrong.append(f"budget must be >= 0 and finite, got {budget!r}")
    if not (gamma > 0 and math.isfinite(gamma)):
        wrong.append(f"gamma must be above zero and finite, got {gamma!r}")
    links = network.links
    pairs = TwoWay.of(links if both_ways else links.assign(oneway=False))
    names = pairs.frame.index.astype(str)
    price = pairs.frame["time"].to_numpy(float) if cost is None else _by_link(cost, names, "cost", wrong, gaps=False)
    if (bad := names[~((price > 0) & np.isfinite(price))]).size:
        wrong.append(f"cost must be above zero and finite: {', '.join(bad[:5])}")
    if isinstance(largest, pd.Series | Mapping):
        top = _by_link(largest, names, "largest", wrong, gaps=True)
    else:
        top = np.full(len(names), float(largest))
    if (bad := names[~((top >= 0) & np.isfinite(top))]).size:
        wrong.append(f"largest must be >= 0 and finite: {', '.join(bad[:5])}")
    acting, found = TimeEffects.of(base) if effects is None else effects, None
    if objective == "groups" or (isinstance(objective, Sequence) and not isinstance(objective, str)):
        wrong.append(f"one objective is maximised, got {objective!r}")
    elif len(network.places) != base.size:
        wrong.append(f"the network joins {len(network.places)} places, the economy has {base.size}")
    else:
        try:
            found = sensitivities(base, objective=objective, network=network, effects=acting)
        except InputError as error:
            wrong.append(error.message)
    if wrong or found is None:
        raise InputError("optimal investment: " + "; ".join(wrong), hint="names of links: " + ", ".join(names[:3]))
    return _Problem(
        economy=base, network=network, pairs=pairs, effects=acting, aim=found.objectives[0], base=found,
        cost=price, largest=top, budget=float(budget), gamma=float(gamma),
    )  # fmt: skip


def _by_link(given: ByLink, names: pd.Index, what: str, wrong: list[str], *, gaps: bool) -> Array:
    """Values by link_id in the order of the links; those that are not named are missing, or zero."""
    table = given if isinstance(given, pd.Series) else pd.Series(dict(given), dtype=np.float64)
    table = table.set_axis(table.index.astype(str))
    twice = table.index[table.index.duplicated()]
    lost = table.index.difference(names)
    missing = names.difference(table.index)
    if len(twice):
        wrong.append(f"{what} names links twice: {', '.join(twice[:5])}")
        table = table[~table.index.duplicated()]
    if len(lost):
        wrong.append(f"{what} names {len(lost)} links that are not in the network: {', '.join(lost[:5])}")
    if len(missing) and not gaps:
        wrong.append(f"{what} lacks {len(missing)} links: {', '.join(missing[:5])}")
    values = table.reindex(names).to_numpy(np.float64)
    out: Array = np.where(names.isin(missing), 0.0 if gaps else 1.0, values)
    return out
