"""The planner's problem as one nonlinear programme, for casadi and IPOPT."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from megaregion._optional import require
from megaregion.plan.optimal_network_problem import BOTH_WAYS, Array, Indices, Mobility, PlannerProblem

SOLVED = ("Solve_Succeeded", "Solved_To_Acceptable_Level")
_FLOW_START = 0.01  # in units of mean output: away from the bound, too small to matter for the balance


@dataclass(frozen=True, eq=False, kw_only=True)
class Solution:
    """One answer of the solver, in the units of the problem; shapes as in `OptimalNetwork`."""

    welfare: float
    investment: Array
    forward: Array
    backward: Array
    consumption: Array
    labour: Array
    output: Array
    price: Array
    budget_price: float
    status: str
    iterations: int
    residual: float

    @property
    def solved(self) -> bool:
        """Whether IPOPT says so."""
        return self.status in SOLVED


@dataclass(eq=False)
class _Variables:
    """Named blocks of the unknown vector, with bounds and start."""

    casadi: Any
    blocks: dict[str, slice] = field(default_factory=dict)
    symbols: list[Any] = field(default_factory=list)
    low: list[Array] = field(default_factory=list)
    high: list[Array] = field(default_factory=list)
    start: list[Array] = field(default_factory=list)
    size: int = 0

    def add(self, name: str, start: Array, low: Array | float, high: Array | float = np.inf) -> Any:
        symbol = self.casadi.SX.sym(name, start.size)
        self.blocks[name] = slice(self.size, self.size + start.size)
        self.size += start.size
        self.symbols.append(symbol)
        self.start.append(start)
        self.low.append(np.broadcast_to(low, start.shape))
        self.high.append(np.broadcast_to(high, start.shape))
        return symbol


@dataclass(eq=False)
class Programme:
    """The scaled programme; built once, solved from any number of starting networks.

    Goods are counted in mean potential output of each good, labour in its mean, infrastructure in the uniform
    network, and the objective is divided by its derivative in log consumption at the start (|u0| up to a constant,
    and not zero for logarithmic utility). Without this scaling IPOPT fails on grids of 81 places.

    Parameters
    ----------
    problem : PlannerProblem
        Checked.
    mobility : str
    given : array (E,), optional
        Infrastructure that is not to be chosen.
    """

    problem: PlannerProblem
    mobility: Mobility
    uniform: Array
    given: Array | None = None

    def __post_init__(self) -> None:
        self.ca = require("casadi", extra="planner")
        p = self.problem
        self.cells = np.argwhere(p.available)  # (place, good) pairs in which a balance must hold
        self.row = np.full(p.available.shape, -1)
        self.row[tuple(self.cells.T)] = np.arange(len(self.cells))
        open_ = p.most > 0 if self.given is None else self.given > 0
        self.lanes = np.argwhere(open_[:, None] & p.available[p.graph.tail])  # (edge, good) pairs with flow
        self.mean_labour = float(p.labour.mean())
        mobile = self.mobility == "full"
        spread = np.full(p.labour.size, self.mean_labour) if mobile else p.labour
        self.goods_unit = (p.productivity * spread[:, None] ** p.parameters.a).mean(axis=0)
        self.unit = max(float(self.uniform.mean()), 1e-300)
        self.variables = _Variables(self.ca)
        self._build(mobile)

    def _build(self, mobile: bool) -> None:
        p, ca, var = self.problem, self.ca, self.variables
        goods, edges = self.cells[:, 1], self.lanes[:, 0]
        scale = self.goods_unit
        people = np.ones(p.labour.size) if mobile else p.labour / self.mean_labour
        self.eaters = np.flatnonzero(people[self.cells[:, 0]] > 0)
        start = people[self.cells[self.eaters, 0]]
        consumption = var.add("consumption", start, 0.0)
        flows = np.full(len(self.lanes), _FLOW_START)
        forward, backward = var.add("forward", flows, 0.0), var.add("backward", flows, 0.0)
        infrastructure = self._infrastructure()
        labour = var.add("labour", np.ones(people.size), 0.0, people.size) if mobile else ca.DM(people)
        self.labour_limits: list[Any] = []
        output = self._output(labour, people)
        g = p.parameters
        cost = p.graph.delta_tau[edges] * scale[self.lanes[:, 1]] ** g.beta / self.unit**g.gamma
        loss = [cost * q ** (1 + g.beta) * infrastructure ** (-g.gamma) for q in (forward, backward)]
        place = p.graph.tail[edges], p.graph.head[edges]
        rows = [self.row[ends, self.lanes[:, 1]] for ends in place]
        at_tail, at_head = (self._sum(r, len(self.cells)) for r in rows)
        eaten = ca.mtimes(self._sum(self.eaters, len(self.cells)), consumption)
        balance = eaten + ca.mtimes(at_tail, forward + loss[0] - backward) - output
        balance += ca.mtimes(at_head, backward + loss[1] - forward)
        bundle = self._bundle(consumption, goods[self.eaters])
        objective, limits = (self._common if mobile else self._weighted)(bundle, labour, people)
        self._assemble(objective, balance, [*limits, *self.labour_limits])

    def _infrastructure(self) -> Any:
        """Infrastructure of each lane, unknown or given; notes the budget constraint."""
        p, ca, edges = self.problem, self.ca, self.lanes[:, 0]
        self.budget_row: Any = None
        if self.given is not None:
            return ca.DM(self.given[edges] / self.unit)
        self.chosen = np.flatnonzero(p.most > 0)
        of_lane = np.full(p.most.size, -1)
        of_lane[self.chosen] = np.arange(self.chosen.size)
        unit = self.unit
        low = p.least[self.chosen] / unit
        high = np.inf if p.upper is None else p.upper[self.chosen] / unit
        known = self.variables.add("infrastructure", self.uniform[self.chosen] / unit, low, high)
        share = BOTH_WAYS * p.graph.delta_i[self.chosen] * unit / p.budget
        self.budget_row = ca.dot(ca.DM(share), known) - 1
        return self._pick(known, of_lane[edges])

    def _output(self, labour: Any, people: Array) -> Any:
        """Output of each cell in units of its good; places with several goods divide their labour."""
        p, ca, a = self.problem, self.ca, self.problem.parameters.a
        made = (p.productivity > 0) & (people > 0)[:, None]
        several = made & (made.sum(axis=1) > 1)[:, None]
        self.alone, self.shared = np.argwhere(made & ~several), np.argwhere(several)
        z = p.productivity * self.mean_labour**a / self.goods_unit
        out = ca.SX.zeros(len(self.cells))
        if len(self.alone):
            value = ca.DM(z[tuple(self.alone.T)]) * self._pick(labour, self.alone[:, 0]) ** a
            out += ca.mtimes(self._sum(self.row[tuple(self.alone.T)], len(self.cells)), value)
        if len(self.shared):
            where = self.shared[:, 0]
            part = self.variables.add("parts", (people / np.maximum(made.sum(axis=1), 1))[where], 0.0)
            value = ca.DM(z[tuple(self.shared.T)]) * part**a
            out += ca.mtimes(self._sum(self.row[tuple(self.shared.T)], len(self.cells)), value)
            places, which = np.unique(where, return_inverse=True)
            self.labour_limits = [ca.mtimes(self._sum(which, places.size), part) - self._pick(labour, places)]
        return out

    def _sum(self, row: Indices, count: int) -> Any:
        """Sparse matrix (count, len(row)) that adds entries up by row."""
        ca, columns = self.ca, list(range(len(row)))
        return ca.DM.triplet([int(r) for r in row], columns, ca.DM.ones(len(columns)), count, len(columns))

    def _pick(self, column: Any, index: Indices) -> Any:
        """Entries of a column; a product, because indexing a single entry by a list gives a row."""
        return self.ca.mtimes(self._sum(index, column.numel()).T, column)

    def _bundle(self, consumption: Any, good: Indices) -> Any:
        """CES bundle of each inhabited place, relative to what it starts with times labour; notes those places."""
        p, ca = self.problem, self.ca
        self.inhabited, which = np.unique(self.cells[self.eaters, 0], return_inverse=True)
        if p.productivity.shape[1] == 1:
            return consumption
        power = (p.parameters.sigma - 1) / p.parameters.sigma
        sums = ca.mtimes(self._sum(which, self.inhabited.size), (ca.DM(self.goods_unit[good]) * consumption) ** power)
        return sums ** (1 / power) / self.bundle_unit

    @cached_property
    def bundle_unit(self) -> float:
        """Bundle of one unit of every good."""
        power = (self.problem.parameters.sigma - 1) / self.problem.parameters.sigma
        return float((self.goods_unit**power).sum() ** (1 / power))

    def _weighted(self, bundle: Any, labour: Any, people: Array) -> tuple[Any, list[Any]]:
        """Fixed labour: minus the weighted sum of utilities, scaled."""
        p, ca = self.problem, self.ca
        g, here = p.parameters, self.inhabited
        head = bundle * ca.DM(self.bundle_unit / p.labour[here])
        first = self.bundle_unit / self.mean_labour
        weight = p.omega[here] * p.labour[here]
        home = (p.housing[here] / p.labour[here] / (1 - g.alpha)) ** (1 - g.alpha)
        if g.rho == 1:
            self.objective_unit = g.alpha * float(weight.sum())
            value = ca.dot(ca.DM(weight), g.alpha * ca.log(head / first)) / self.objective_unit
            return -value, []
        level = weight * ((first / g.alpha) ** g.alpha * home) ** (1 - g.rho)
        self.objective_unit = g.alpha * float(level.sum())
        share = level / self.objective_unit / (1 - g.rho)
        return -ca.dot(ca.DM(share), (head / first) ** (g.alpha * (1 - g.rho))), []

    def _common(self, bundle: Any, labour: Any, people: Array) -> tuple[Any, list[Any]]:
        """Full mobility: minus the common utility, with a budget of utility in each place and all labour placed."""
        p, ca = self.problem, self.ca
        g, n = p.parameters, people.size
        home = (p.housing / (1 - g.alpha)) ** (1 - g.alpha)
        level = (self.bundle_unit / g.alpha) ** g.alpha * home / self.mean_labour
        self.objective_unit = float(level[self.inhabited].mean())
        utility = self.variables.add("utility", np.ones(1), 0.0)
        relative = np.zeros(n)
        relative[self.inhabited] = level[self.inhabited] / self.objective_unit
        spread = ca.mtimes(self._sum(self.inhabited, n), bundle**g.alpha)
        return -utility, [labour * utility - ca.DM(relative) * spread, ca.sum1(labour) - n]

    def _assemble(self, objective: Any, balance: Any, limits: list[Any]) -> None:
        ca, var = self.ca, self.variables
        rows = [balance, *limits] if self.budget_row is None else [balance, self.budget_row, *limits]
        constraints = ca.vertcat(*rows)
        self.least_row = np.full(int(constraints.numel()), -np.inf)
        if self.mobility == "full":
            self.least_row[len(self.cells) + (self.budget_row is not None) + self.problem.labour.size] = 0.0
        self.low, self.high = np.concatenate(var.low), np.concatenate(var.high)
        self.start = np.concatenate(var.start)
        self.nlp = {"x": ca.vertcat(*var.symbols), "f": objective, "g": constraints}

    def solve(
        self, network: Array | None = None, *, tolerance: float, max_iterations: int, barrier: str = "adaptive"
    ) -> Solution:
        """Solve from the uniform network, or from another one (E,); `barrier` is the mu_strategy of IPOPT."""
        start = self.start.copy()
        if network is not None:
            block = self.variables.blocks["infrastructure"]
            start[block] = np.clip(network[self.chosen] / self.unit, self.low[block], self.high[block])
        options = {
            "print_level": 0, "sb": "yes", "mu_strategy": barrier, "tol": tolerance, "max_iter": max_iterations,
            "bound_relax_factor": 0.0,  # the relaxation of 1e-8 would move welfare in the seventh digit
        }  # fmt: skip
        solver = self.ca.nlpsol("planner", "ipopt", self.nlp, {
            "print_time": False, "show_eval_warnings": False, "error_on_fail": False, "ipopt": options,
        })  # fmt: skip
        found = solver(x0=start, lbx=self.low, ubx=self.high, lbg=self.least_row, ubg=np.zeros(self.least_row.size))
        stats = solver.stats()
        return self._unscale(found, str(stats["return_status"]), int(stats["iter_count"]))

    def _unscale(self, found: Any, status: str, iterations: int) -> Solution:
        p, g = self.problem, self.problem.parameters
        x, multiplier = (np.asarray(found[k]).ravel() for k in ("x", "lam_g"))
        row = np.asarray(found["g"]).ravel()
        residual = float(np.maximum(row, self.least_row - row).max(initial=0.0))
        block = {name: x[where] for name, where in self.variables.blocks.items()}
        shape = p.available.shape
        consumption, output, price = np.zeros(shape), np.zeros(shape), np.full(shape, np.nan)
        eaters = self.cells[self.eaters]
        consumption[tuple(eaters.T)] = block["consumption"] * self.goods_unit[eaters[:, 1]]
        price[tuple(self.cells.T)] = multiplier[: len(self.cells)] * self.objective_unit
        price /= self.goods_unit
        flows = {name: np.zeros((p.most.size, shape[1])) for name in ("forward", "backward")}
        for name, flow in flows.items():
            flow[tuple(self.lanes.T)] = block[name] * self.goods_unit[self.lanes[:, 1]]
        investment, budget_price = np.zeros(p.most.size), np.nan
        if self.given is not None:
            investment = self.given.copy()
        else:
            investment[self.chosen] = block["infrastructure"] * self.unit
            budget_price = float(multiplier[len(self.cells)]) * self.objective_unit / p.budget
        labour = block["labour"] * self.mean_labour if self.mobility == "full" else p.labour
        work = np.zeros(shape)
        work[tuple(self.alone.T)] = labour[self.alone[:, 0]]
        if len(self.shared):
            work[tuple(self.shared.T)] = block["parts"] * self.mean_labour
        output = p.productivity * work**g.a
        welfare = -float(found["f"]) * self.objective_unit
        if self.mobility == "fixed" and g.rho == 1:
            here = p.labour > 0
            weight = (p.omega * p.labour)[here]
            home = (p.housing[here] / p.labour[here] / (1 - g.alpha)) ** (1 - g.alpha)
            first = np.log((self.bundle_unit / self.mean_labour / g.alpha) ** g.alpha * home)
            welfare += float(weight @ first)
        return Solution(
            welfare=welfare, investment=investment, forward=flows["forward"], backward=flows["backward"],
            consumption=consumption, labour=np.array(labour), output=output, price=price, budget_price=budget_price,
            status=status, iterations=iterations, residual=residual,
        )  # fmt: skip
