"""Optimal transport networks: where a planner with a budget of infrastructure would put it, and what it is worth."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion._rng import generator
from megaregion.errors import ConvergenceError, InputError
from megaregion.plan.optimal_network_bound import welfare_bound
from megaregion.plan.optimal_network_nlp import Programme, Solution
from megaregion.plan.optimal_network_problem import BOTH_WAYS, Array, Mobility, PlannerProblem, uniform_network
from megaregion.result import Column, Result

TOLERANCE = 1e-10
NOT_UNIQUE = (
    "gamma = beta: transport cost is linear in the flow once infrastructure follows it, so the investment is not "
    "unique; welfare, consumption and prices are"
)
NOT_CONVEX = (
    "gamma > beta: the problem is not convex; this is the best of {starts} starts, of which {solved} converged, and "
    "may not be the optimum"
)
_FORMULA = "methods#optimal-network"
_USED = 1e-6  # of the mean infrastructure: what is less is not built


def _column(name: str, unit: str, en: str, zh: str) -> Column:
    return Column(name, unit, en, zh, modelled=True, formula=_FORMULA)


@dataclass(frozen=True, eq=False, kw_only=True)
class OptimalNetworkPlaces(Result):
    """The places of an optimal network."""

    title_en: ClassVar[str] = "Optimal network: places"
    title_zh: ClassVar[str] = "最优网络：各地"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("place_id", "", "Place", "地区", key=True),
        _column("labour", "person", "Labour", "劳动力"),
        _column("consumption", "index", "Consumption of traded goods (CES bundle)", "可贸易品消费（CES组合）"),
        _column("consumption_per_head", "index", "The same per head, mean 1", "人均消费（均值为1）"),
        _column("price", "index", "Price of the bundle, mean 1", "价格指数（均值为1）"),
        _column("received_percent", "percent", "Consumed above own output, at the planner's prices, of consumption",
                "消费超出产出部分占消费比重"),
    )  # fmt: skip
    frame: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """One row a place, in the order of the graph."""
        return self.frame


@dataclass(frozen=True, eq=False, kw_only=True)
class OptimalNetwork(Result):
    """An infrastructure network with the allocation of goods (and people) that is best on it.

    Attributes
    ----------
    problem : PlannerProblem
    mobility : str
        `fixed` or `full`.
    chosen : bool
        False if the network was given and only the allocation was chosen.
    welfare : float
        ``sum omega L u(c, h)``; under full mobility the common ``(c/alpha)^alpha (h/(1-alpha))^(1-alpha)``.
    bound : float
        Welfare that no network within the bounds and the budget exceeds, by weak duality; NaN under full mobility
        and where a chosen network is that of a problem that is not convex.
    investment : array (E,)
        Infrastructure of each edge.
    forward, backward : array (E, N)
        Goods shipped from tail to head and from head to tail.
    consumption, output : array (J, N)
    labour : array (J,)
    price : array (J, N)
        Welfare of one more unit of a good in a place (multiplier of its balance); NaN where it cannot arrive.
    budget_price : float
        Welfare of one more unit of budget; NaN if the network was given.
    status : str
        Return status of IPOPT.
    iterations : int
        Of the start that was kept.
    residual : float
        Largest violation of a constraint, relative to the mean of what it balances.
    starts : int
        How many starting networks were tried.
    seed : int or None
    """

    title_en: ClassVar[str] = "Optimal network: edges"
    title_zh: ClassVar[str] = "最优网络：路段"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("from_place", "", "From", "起点", key=True),
        Column("to_place", "", "To", "终点", key=True),
        _column("investment", "index", "Infrastructure", "基础设施"),
        _column("share_percent", "percent", "Share of the budget", "预算份额"),
        _column("over_uniform", "ratio", "Infrastructure over the uniform network", "与均匀网络之比"),
        _column("forward_percent", "percent", "Value shipped forward, of all output", "正向货值占总产出"),
        _column("backward_percent", "percent", "Value shipped backward, of all output", "反向货值占总产出"),
        _column("lost_percent", "percent", "Value lost on the edge, of all output", "路段损耗占总产出"),
        _column("return_ratio", "ratio", "Return of one more unit of budget here, over the mean of the network",
                "边际回报（相对全网平均）"),
    )  # fmt: skip

    problem: PlannerProblem
    mobility: Mobility
    chosen: bool
    welfare: float
    bound: float
    investment: Array
    forward: Array
    backward: Array
    consumption: Array
    output: Array
    labour: Array
    price: Array
    budget_price: float
    status: str
    iterations: int
    residual: float
    starts: int = 1
    seed: int | None = None

    @property
    def converged(self) -> bool:
        """True: a solver that stops early raises."""
        return True

    @property
    def objective(self) -> float:
        """Welfare."""
        return self.welfare

    @property
    def gap(self) -> float:
        """Certified distance to the best possible welfare, relative; NaN where `bound` is."""
        return (self.bound - self.welfare) / abs(self.welfare)

    def gain_over(self, other: OptimalNetwork) -> float:
        """Equal rise of all traded consumption in `other` that would give the welfare of this one, in percent.

        Raises
        ------
        InputError
            The two differ in mobility, in elasticities, or in people.
        """
        g, people = self.problem.parameters, self.problem.labour
        same = other.problem.parameters == g and other.mobility == self.mobility
        if not same or not np.array_equal(people, other.problem.labour):
            raise InputError("the two networks are not of the same economy")
        if self.mobility == "full":
            return float(100 * ((self.welfare / other.welfare) ** (1 / g.alpha) - 1))
        if g.rho == 1:
            return 100 * math.expm1((self.welfare - other.welfare) / (g.alpha * float(self.problem.omega @ people)))
        return float(100 * ((self.welfare / other.welfare) ** (1 / (g.alpha * (1 - g.rho))) - 1))

    def to_frame(self) -> pd.DataFrame:
        """One row an edge, in the order of the graph."""
        graph, built = self.problem.graph, self.investment > _USED * self.investment.mean()
        labels = np.array(graph.places, dtype=object)
        price = np.nan_to_num(self.price)
        total = float((price * self.output).sum())
        lost, per_unit = self._losses(built)
        spent = BOTH_WAYS * graph.delta_i * self.investment
        value = np.divide(per_unit, BOTH_WAYS * graph.delta_i)
        mean = float((spent * np.nan_to_num(value)).sum() / spent.sum())
        return pd.DataFrame({
            "from_place": labels[graph.tail], "to_place": labels[graph.head],
            "investment": self.investment, "share_percent": 100 * spent / spent.sum(),
            "over_uniform": self.investment / (spent.sum() / (BOTH_WAYS * graph.delta_i.sum())),
            "forward_percent": 100 * (price[graph.tail] * self.forward).sum(axis=1) / total,
            "backward_percent": 100 * (price[graph.head] * self.backward).sum(axis=1) / total,
            "lost_percent": 100 * lost / total, "return_ratio": value / mean,
        })  # fmt: skip

    def _losses(self, built: Array) -> tuple[Array, Array]:
        """Value lost on each edge, and the fall of it by one more unit of infrastructure; NaN where nothing stands."""
        graph, g = self.problem.graph, self.problem.parameters
        price = np.nan_to_num(self.price)
        flow = price[graph.tail] * self.forward ** (1 + g.beta) + price[graph.head] * self.backward ** (1 + g.beta)
        infrastructure = np.where(built, self.investment, np.nan)
        lost = graph.delta_tau * flow.sum(axis=1) * infrastructure**-g.gamma
        return np.nan_to_num(lost), g.gamma * lost / infrastructure

    def places(self) -> OptimalNetworkPlaces:
        """Labour, consumption and prices of the places."""
        sigma, price = self.problem.parameters.sigma, np.where(self.problem.available, self.price, np.inf)
        power = (sigma - 1) / sigma
        bundle = (self.consumption**power).sum(axis=1) ** (1 / power)
        with np.errstate(divide="ignore", invalid="ignore"):
            index = (price ** (1 - sigma)).sum(axis=1) ** (1 / (1 - sigma))
            head = np.where(self.labour > 0, bundle / self.labour, np.nan)
            value = np.nan_to_num(self.price)
            eaten, made = (value * self.consumption).sum(axis=1), (value * self.output).sum(axis=1)
            received = np.where(eaten > 0, 100 * (1 - made / eaten), np.nan)
        index = np.where(np.isfinite(index), index, np.nan)
        frame = pd.DataFrame({
            "place_id": self.problem.graph.places, "labour": self.labour, "consumption": bundle,
            "consumption_per_head": head / (bundle.sum() / self.labour.sum()), "price": index / np.nanmean(index),
            "received_percent": received,
        })  # fmt: skip
        return OptimalNetworkPlaces(frame=frame, warnings=self.warnings)

    def parameters(self) -> dict[str, Any]:
        """Elasticities, budget, mobility, goods, seed."""
        g = self.problem.parameters
        return {
            "alpha": g.alpha, "beta": g.beta, "gamma": g.gamma, "rho": g.rho, "sigma": g.sigma, "a": g.a,
            "budget": self.problem.budget, "mobility": self.mobility, "goods": list(self.problem.names),
            "network": "chosen" if self.chosen else "given", "starts": self.starts, "seed": self.seed,
        }  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Welfare, certificate, budget used (both directions counted), and how the solver ended."""
        return {
            "welfare": self.welfare, "gap": None if math.isnan(self.gap) else self.gap,
            "budget": self.problem.budget, "used": self.problem.spent(self.investment),
            "status": self.status, "iterations": self.iterations, "residual": self.residual,
        }  # fmt: skip


def optimal_network(
    problem: PlannerProblem, *, mobility: Mobility = "fixed", seed: int | None = None, starts: int = 8,
    tolerance: float = TOLERANCE, max_iterations: int = 500,
) -> OptimalNetwork:  # fmt: skip
    """Infrastructure, flows and consumption that maximise welfare under a budget of infrastructure.

    Parameters
    ----------
    problem : PlannerProblem
    mobility : {'fixed', 'full'}
        People stay, or live where they like (and are then all equally well off).
    seed : int
        Required if ``gamma > beta``, where starting networks are drawn; otherwise without effect.
    starts : int
        Starting networks if ``gamma > beta``: the uniform one and random ones.
    tolerance : float
        Of IPOPT, on the scaled programme.
    max_iterations : int
        Of IPOPT, each start.

    Returns
    -------
    OptimalNetwork
        With a warning where the investment is not unique, and where the problem is not convex.

    Raises
    ------
    InputError
        The problem is inconsistent, or a seed is missing.
    InfeasibleError
        The bounds cost more than the budget, or people are out of reach of every good.
    ConvergenceError
        IPOPT stopped early from every start; carries the last iterate.
    MissingExtraError
        casadi is not installed (extra `planner`).

    Notes
    -----
    Fajgelbaum and Schaal (2020), Econometrica 88(4), 1411-1452: for each place and good ``C_j + sum_k (Q_jk + tau_jk
    Q_jk) <= Y_j + sum_k Q_kj``, ``tau_jk = delta_tau Q_jk^beta I_jk^-gamma``, ``Y = Z L^a``, and
    ``sum_jk delta_i I_jk <= K`` over **both** directions, ``I_jk = I_kj``. Their algorithm iterates on infrastructure;
    here infrastructure, flows, consumption and labour are solved for together, with exact second derivatives.
    Goods do not congest each other. With fixed labour and ``gamma <= beta`` the result carries a certificate, `gap`.
    """
    _check(problem, mobility)
    g = problem.parameters
    uniform, several = uniform_network(problem), g.gamma > g.beta
    programme = Programme(problem=problem, mobility=mobility, uniform=uniform)
    first: list[Array | None] = [None]
    if several:
        if seed is None:
            raise InputError("gamma > beta: the problem is not convex and starting networks are drawn",
                             hint="give a seed, e.g. seed=1")  # fmt: skip
        if starts < 1:
            raise InputError(f"starts must be >= 1, got {starts}")
        first += _random_networks(problem, uniform, seed, starts - 1)
    barriers = ("monotone",) if several else ("adaptive", "monotone")
    tried = [found for n in first for found in _attempts(programme, n, barriers, tolerance, max_iterations)]
    best = max(tried, key=lambda s: (s.solved, s.welfare))
    notes = [NOT_UNIQUE] if g.gamma == g.beta else []
    notes += [NOT_CONVEX.format(starts=len(first), solved=sum(s.solved for s in tried))] if several else []
    return _result(problem, mobility, best, tuple(notes), starts=len(first), seed=seed if several else None)


def best_allocation(
    problem: PlannerProblem, investment: Array, *, mobility: Mobility = "fixed",
    tolerance: float = TOLERANCE, max_iterations: int = 500,
) -> OptimalNetwork:  # fmt: skip
    """Flows and consumption that are best on a given network; the budget and the bounds are not looked at.

    Parameters
    ----------
    problem : PlannerProblem
    investment : array (E,)
        Infrastructure, >= 0; zero closes an edge.
    mobility, tolerance, max_iterations
        As in `optimal_network`.

    Raises
    ------
    InputError, InfeasibleError, ConvergenceError, MissingExtraError
        As `optimal_network`.
    """
    given = np.asarray(investment, dtype=np.float64)
    if given.shape != problem.graph.tail.shape or not (np.isfinite(given) & (given >= 0)).all() or not given.any():
        raise InputError(f"investment needs {problem.graph.tail.size} finite values >= 0, not all zero")
    # closed edges have the upper bound zero, so that what can arrive where is read off the network itself
    posed = problem.replace(budget=problem.spent(given), lower=None, upper=np.where(given > 0, np.inf, 0.0))
    _check(posed, mobility)
    programme = Programme(problem=posed, mobility=mobility, uniform=given, given=given)
    found = programme.solve(tolerance=tolerance, max_iterations=max_iterations)
    return _result(posed, mobility, found, (), given=given)


def _check(problem: PlannerProblem, mobility: Mobility) -> None:
    if mobility not in ("fixed", "full"):
        raise InputError(f"mobility must be 'fixed' or 'full', got {mobility!r}")
    problem.check(mobility)


def _attempts(
    programme: Programme, network: Array | None, barriers: tuple[str, ...], tolerance: float, max_iterations: int
) -> Iterator[Solution]:
    """Solve from one start by one barrier after the other until one converges.

    The adaptive barrier is the faster one where the problem is convex, and often gets lost where it is not.
    """
    for barrier in barriers:
        yield (found := programme.solve(network, tolerance=tolerance, max_iterations=max_iterations, barrier=barrier))
        if found.solved:
            return


def _random_networks(problem: PlannerProblem, uniform: Array, seed: int, count: int) -> list[Array]:
    """Networks that spend the budget above the lower bounds on edges drawn with very unequal weights."""
    rng = generator(seed, "optimal_network")
    spare = problem.budget - problem.spent(problem.least)
    weight = rng.lognormal(0.0, 2.0, (count, uniform.size)) * (problem.most > problem.least)
    total = weight.sum(axis=1, keepdims=True)
    extra = spare * np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    return list(np.minimum(problem.least + extra / (BOTH_WAYS * problem.graph.delta_i), problem.most))


def _result(
    problem: PlannerProblem, mobility: Mobility, found: Solution, notes: tuple[str, ...], *,
    given: Array | None = None, starts: int = 1, seed: int | None = None,
) -> OptimalNetwork:  # fmt: skip
    if not found.solved:
        raise ConvergenceError(
            f"IPOPT stopped with {found.status} after {found.iterations} iterations", last=found,
            hint="raise max_iterations, loosen tolerance, or bring productivities and bounds nearer to each other",
        )  # fmt: skip
    bound = math.nan
    g = problem.parameters
    if mobility == "fixed" and (given is not None or g.gamma <= g.beta):
        mu = 0.0 if given is not None else max(found.budget_price, 0.0)
        bound = welfare_bound(problem, found.price, mu, given)
    return OptimalNetwork(
        problem=problem, mobility=mobility, chosen=given is None, welfare=found.welfare, bound=bound,
        investment=found.investment, forward=found.forward, backward=found.backward, consumption=found.consumption,
        output=found.output, labour=found.labour, price=found.price, budget_price=found.budget_price,
        status=found.status, iterations=found.iterations, residual=found.residual, starts=starts, seed=seed,
        warnings=notes,
    )  # fmt: skip
