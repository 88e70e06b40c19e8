"""Sets of projects under a budget: the best on single values, and what the best sets are worth together."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heappush, heappushpop
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion.core.solver_banner import without_banner
from megaregion.equilibrium.calibrate import Baseline
from megaregion.equilibrium.caveats import model_parameters
from megaregion.equilibrium.economy import Array
from megaregion.equilibrium.welfare import PLACE_COLUMNS, percent
from megaregion.errors import InputError, SolveError
from megaregion.plan.projects import Project
from megaregion.result import Column, Input, Result

METHOD = (
    "best sum of single values by HiGHS; the next-best full sets by exact branch and bound; "
    "every set re-solved jointly; the best joint value is chosen"
)
_NODES = 5_000_000


@dataclass(frozen=True, kw_only=True)
class PlanSettings:
    """The table [options.plan] of a workspace.

    Attributes
    ----------
    budget : float
        Million of the currency; infinity if none is stated (allowed only without projects).
    max_projects : int
        Largest number of projects in a set.
    annual_rate : float
        Share of the cost that a project must earn a year.
    sets : int
        How many of the best sets on single values are re-solved jointly.
    """

    budget: float = math.inf
    max_projects: int = 5
    annual_rate: float = 0.05
    sets: int = 100


def plan_settings(options: Mapping[str, Any], *, budget_needed: bool) -> PlanSettings:
    """Settings from [options.plan].

    Raises
    ------
    InputError
        A key is unknown or a value makes no sense; all are listed.
    """
    known = {"budget", "max_projects", "annual_rate", "sets"}
    problems = [f"unknown key {key!r}" for key in sorted(set(options) - known)]
    if budget_needed and "budget" not in options:
        problems.append("missing key 'budget' (million of the currency)")
    for name in sorted(known & set(options)):
        given, whole = options[name], name in ("max_projects", "sets")
        right = isinstance(given, int if whole else (int, float)) and not isinstance(given, bool)
        if not right or not given > 0 or not math.isfinite(given):
            problems.append(f"{name} must be a {'whole ' if whole else ''}number above zero, got {given!r}")
    if problems:
        raise InputError("options.plan: " + "; ".join(problems), hint="keys: " + ", ".join(sorted(known)))
    return PlanSettings(**{name: options[name] for name in known & set(options)})


def knapsack(values: Array, costs: Array, *, budget: float, max_size: int) -> tuple[int, ...]:
    """The set of largest sum of values within budget and size, by HiGHS.

    Parameters
    ----------
    values, costs : array (m,)
        Value of each project alone, and its cost > 0; projects without value are never chosen.
    budget : float
        On the sum of costs.
    max_size : int
        On the number of projects.

    Returns
    -------
    tuple of int
        Indices, rising; empty if no project with a value fits.

    Raises
    ------
    SolveError
        HiGHS stops without a proven optimum, or returns a set above the budget.

    Examples
    --------
    >>> import numpy as np
    >>> knapsack(np.array([3.0, 2.0, 2.0]), np.array([3.0, 2.0, 2.0]), budget=4.0, max_size=2)
    (1, 2)
    """
    import highspy

    pool = np.flatnonzero((values > 0) & (costs <= budget))
    if not pool.size:
        return ()
    with without_banner():
        solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, setting in (
        ("output_flag", False), ("mip_rel_gap", 0.0), ("mip_abs_gap", 0.0), ("mip_feasibility_tolerance", 1e-9),
        ("primal_feasibility_tolerance", 1e-9), ("random_seed", 0), ("threads", 1),
    ):  # fmt: skip
        solver.setOptionValue(option, setting)
    for column, worth in enumerate(values[pool] / values[pool].max()):
        solver.addVar(0.0, 1.0)
        solver.changeColCost(column, float(worth))
        solver.changeColIntegrality(column, highspy.HighsVarType.kInteger)
    solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
    every = np.arange(pool.size, dtype=np.int32)
    if math.isfinite(budget):
        solver.addRow(0.0, 1.0, pool.size, every, costs[pool] / budget)
    solver.addRow(0.0, float(max_size), pool.size, every, np.ones(pool.size))
    solver.run()
    status = solver.getModelStatus()
    taken = pool[np.array(solver.getSolution().col_value) > 0.5]
    if status != highspy.HighsModelStatus.kOptimal or costs[taken].sum() > budget * (1 + 1e-8):
        raise SolveError(f"the knapsack ended with {solver.modelStatusToString(status)} and a set above the budget "
                         "or without proof", hint="report this with the workspace")  # fmt: skip
    return tuple(int(i) for i in taken)


def best_sets(values: Array, costs: Array, *, budget: float, max_size: int, count: int) -> list[tuple[int, ...]]:
    """The best full sets in falling order of the sum of values, within budget and size.

    A set is full if no further project with a value fits: what is not full only leaves money unspent.

    Parameters
    ----------
    values, costs, budget, max_size
        As in `knapsack`, whose solution is the first of the list.
    count : int
        How many sets; fewer if there are no more.

    Raises
    ------
    SolveError
        The search would take too long.

    Notes
    -----
    Depth-first branch and bound over projects in falling order of value per cost. The bound of a branch is the
    smaller of the fractional knapsack (Dantzig 1957, Oper. Res. 5(2)) and of the largest values that the size
    leaves room for; a branch is cut when it cannot beat the worst of the `count` best sets found so far.
    """
    pool = [int(i) for i in np.flatnonzero((values > 0) & (costs <= budget))]
    pool.sort(key=lambda i: (-values[i] / costs[i], i))
    value, cost = values[pool].tolist(), costs[pool].tolist()
    m = len(pool)
    value_to, cost_to = np.append(0.0, np.cumsum(value)).tolist(), np.append(0.0, np.cumsum(cost)).tolist()
    top = [np.append(0.0, np.cumsum(sorted(value[i:], reverse=True)[:max_size])).tolist() for i in range(m + 1)]
    found: list[tuple[float, tuple[int, ...]]] = []
    stack: list[tuple[int, float, float, tuple[int, ...]]] = [(0, 0.0, 0.0, ())] if m else []
    for _ in range(_NODES):
        if not stack:
            order = sorted(found, key=lambda item: (-item[0], item[1]))
            return [members for _, members in order]
        i, worth, spent, taken = stack.pop()
        room, left = max_size - len(taken), budget - spent
        if room and i < m:
            j = bisect_right(cost_to, cost_to[i] + left) - 1
            part = (cost_to[i] + left - cost_to[j]) * value[j] / cost[j] if j < m else 0.0
            bound = worth + min(value_to[j] - value_to[i] + part, top[i][min(room, len(top[i]) - 1)])
            if len(found) == count and bound * (1 + 1e-12) < found[0][0]:
                continue
            stack.append((i + 1, worth, spent, taken))
            if cost[i] <= left:
                stack.append((i + 1, worth + value[i], spent + cost[i], (*taken, i)))
        elif not room or all(cost[k] > left for k in range(m) if k not in taken):
            item = (worth, tuple(sorted(pool[k] for k in taken)))
            if len(found) < count:
                heappush(found, item)
            else:
                heappushpop(found, item)
    raise SolveError(
        f"more than {_NODES} branches in the search for the {count} best sets",
        hint="lower sets or max_projects in [options.plan]",
    )


def interaction(joint: Array, parts: Array) -> Array:
    """How much more a set is worth together than the sum of its members alone, in percent of the sum.

    Above zero the members are complements, below zero substitutes; NaN where the sum is zero.
    """
    out: Array = np.divide(100.0 * (joint - parts), parts, out=np.full_like(joint, np.nan), where=parts != 0.0)
    return out


_PROJECTS = Input("projects.toml", {})
_ALONE = Input("results/plan/projects", {})
_FORMULA = "methods#portfolio"


def _model(name: str, unit: str, en: str, zh: str) -> Column:
    return Column(name, unit, en, zh, modelled=True, formula=_FORMULA, inputs=(_PROJECTS, _ALONE))


@dataclass(frozen=True, eq=False, kw_only=True)
class PortfolioSets(Result):
    """The best sets under the budget, by joint value."""

    title_en: ClassVar[str] = "Sets of projects under the budget"
    title_zh: ClassVar[str] = "预算内项目组合"
    members: tuple[tuple[int, ...], ...]
    projects: tuple[Project, ...]
    alone: Array
    joint: Array
    chosen: int
    base: Baseline
    settings: PlanSettings
    cost_unit: str
    more: Mapping[str, Any]

    def describe(self) -> tuple[Column, ...]:
        """Columns; money in the currency of the workspace."""
        return (
            Column("set", "", "Set (1 = best together)", "组合（1为联合最优）", key=True),
            Column("projects", "", "Projects", "项目", inputs=(_PROJECTS,)),
            _model("cost", self.cost_unit, "Cost (assumption)", "造价（假设）"),
            _model("sum_percent", "percent", "Welfare, sum of singles", "福利变化（单项之和）"),
            _model("joint_percent", "percent", "Welfare, solved together", "福利变化（联合求解）"),
            _model("interaction_percent", "percent", "Together over the sum (+ complements, - substitutes)",
                   "联合相对单项之和（正为互补，负为替代）"),
            _model("sum_rank", "", "Rank by sum of singles", "单项之和排名"),
            Column("chosen", "", "Chosen", "入选", modelled=True, formula=_FORMULA, inputs=(_ALONE,)),
            Column("method", "", "Method", "方法"),
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a set, best joint value first."""
        joint = percent(self.joint)
        parts = np.array([percent(self.alone[list(s)]).sum() for s in self.members])
        order = sorted(range(len(joint)), key=lambda i: (i != self.chosen, -joint[i], i))
        frame = pd.DataFrame({
            "projects": [";".join(self.projects[i].id for i in s) for s in self.members],
            "cost": [sum(self.projects[i].cost for i in s) for s in self.members],
            "sum_percent": parts, "joint_percent": joint, "interaction_percent": interaction(joint, parts),
            "sum_rank": np.arange(1, len(joint) + 1), "chosen": np.arange(len(joint)) == self.chosen,
            "method": METHOD,
        }).iloc[order].reset_index(drop=True)  # fmt: skip
        frame.insert(0, "set", np.arange(1, len(joint) + 1))
        return frame

    def parameters(self) -> dict[str, Any]:
        """Budget, limits and elasticities."""
        s = self.settings
        return {
            **model_parameters(self.base), "budget": s.budget, "max_projects": s.max_projects,
            "annual_rate": s.annual_rate, "sets": s.sets,
        }  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """The choice, its value and range, and the knapsack beside it."""
        return dict(self.more)


@dataclass(frozen=True, eq=False, kw_only=True)
class LineSets(PortfolioSets):
    """The best sets of lines alone: what the budget buys in works, with no agreement among them."""

    title_en: ClassVar[str] = "Sets of rail lines under the budget"
    title_zh: ClassVar[str] = "预算内铁路组合"


@dataclass(frozen=True, eq=False, kw_only=True)
class PortfolioPairs(Result):
    """Which members of the chosen set help or replace each other."""

    title_en: ClassVar[str] = "Pairs within the chosen set"
    title_zh: ClassVar[str] = "入选组合内两两关系"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("project_a", "", "Project", "项目甲", key=True),
        Column("project_b", "", "Project", "项目乙", key=True),
        _model("sum_percent", "percent", "Welfare, sum of singles", "福利变化（单项之和）"),
        _model("joint_percent", "percent", "Welfare, solved together", "福利变化（联合求解）"),
        _model("interaction_percent", "percent", "Together over the sum", "联合相对单项之和"),
    )
    frame: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """One row a pair."""
        return self.frame.reset_index(drop=True)


@dataclass(frozen=True, eq=False, kw_only=True)
class PortfolioPlaces(Result):
    """Who gains from the chosen set."""

    title_en: ClassVar[str] = "The chosen set by place"
    title_zh: ClassVar[str] = "入选组合分城市结果"
    frame: pd.DataFrame
    base: Baseline

    def describe(self) -> tuple[Column, ...]:
        """Columns; money in the currency of the workspace."""
        return (
            Column("place_id", "", "Place", "地区", key=True),
            *(c for c in PLACE_COLUMNS if c.name != "land_rent_percent"),
            _model("gain", self.base.place.money_unit, "Gain a year of residents, nobody moves",
                   "现有居民年收益（人口不流动）"),
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a place."""
        return self.frame[[c.name for c in self.describe()]].reset_index(drop=True)

    def parameters(self) -> dict[str, Any]:
        """Elasticities with range and source."""
        return model_parameters(self.base)


def chosen_set(joint: Array, members: Sequence[tuple[int, ...]]) -> int:
    """Index of the set of largest joint value; the earlier, larger on single values, wins a tie."""
    return max(range(len(members)), key=lambda i: (joint[i], -i))
