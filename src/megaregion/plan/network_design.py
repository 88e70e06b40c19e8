"""Which links to build under a budget, when travellers choose their own ways: the best set, with its certificate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from megaregion.core.road_network import RoadNetwork
from megaregion.core.route_equilibrium import RouteAssignment, named_pairs
from megaregion.errors import InfeasibleError, InputError
from megaregion.plan.network_design_search import DesignSearch, Listen, SearchResult
from megaregion.result import Column, Result

Floats = NDArray[np.float64]
FORMULA = "methods#network-design"
DERIVATION = (
    "branch and bound; each node by the system optimum of open and undecided links with a price on the budget "
    "(perspective of link costs, knapsack of rents), single designs by the minimum of total cost + mu x Beckmann's "
    "objective, whose value no equilibrium of the design exceeds; all bounds from dual prices, valid at any accuracy"
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Design:
    """The best design of one budget and what is known about it.

    Attributes
    ----------
    budget : float
    status : {"proven optimal", "stopped", "infeasible"}
        "stopped": by the time limit or the interrupt key; `lower_bound` holds all the same. "infeasible": no design
        within the budget gives every trip a way.
    chosen : tuple of int
        Links to build; empty if the best is to build nothing.
    cost : float
    total_cost : float
        Sum of flow x cost at user equilibrium; total travel time where the network's `fixed` is zero. NaN if no
        design is known.
    lower_bound : float
        No design within the budget has a smaller total cost at equilibrium.
    flow : array (links,)
        Equilibrium flows of the design.
    equilibrium_gap : float
        Relative gap at which total_cost stands.
    runner_up : tuple of int or None
        The next best design that was evaluated.
    runner_up_cost : float
        Its total cost; NaN if there is none.
    nodes, leaves_cut, leaves_evaluated, equilibria : int
        Nodes bounded; single designs ruled out by a bound, and evaluated to the full gap; equilibria solved to guide
        the search.
    seconds : float
    """

    budget: float
    status: Literal["proven optimal", "stopped", "infeasible"]
    chosen: tuple[int, ...]
    cost: float
    total_cost: float
    lower_bound: float
    flow: Floats
    equilibrium_gap: float
    runner_up: tuple[int, ...] | None
    runner_up_cost: float
    nodes: int
    leaves_cut: int
    leaves_evaluated: int
    equilibria: int
    seconds: float

    @property
    def remaining_gap(self) -> float:
        """(total cost - lower bound) / total cost."""
        if self.total_cost == 0.0:
            return 0.0
        return (self.total_cost - self.lower_bound) / self.total_cost


def _model(name: str, unit: str, en: str, zh: str) -> Column:
    return Column(name, unit, en, zh, modelled=True, formula=FORMULA)


@dataclass(frozen=True, eq=False, kw_only=True)
class NetworkDesign(Result):
    """The best design of every budget.

    Attributes
    ----------
    designs : tuple of Design
        In the order of the budgets.
    candidates : int array (m,)
    costs : array (m,)
    nothing : float
        Total cost at equilibrium with no candidate built; NaN if trips have no way then.
    gap, tolerance : float
    certified : {"best", "runner-up"}
    """

    title_en: ClassVar[str] = "Links to build under a budget, at user equilibrium"
    title_zh: ClassVar[str] = "预算约束下的新建路段选择（用户均衡）"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("budget", "unit of cost", "Budget", "预算", key=True),
        _model("status", "", "Status", "状态"),
        _model("links", "", "Links to build", "新建路段"),
        Column("cost", "unit of cost", "Cost", "造价"),
        _model("total_cost", "demand x time", "Total travel cost at equilibrium", "均衡总出行成本"),
        _model("saving_percent", "percent", "Saved against building nothing", "相对不新建的节约"),
        _model("lower_bound", "demand x time", "No design is below", "总出行成本下界"),
        _model("remaining_gap_percent", "percent", "Distance to the bound", "与下界的差距"),
        _model("runner_up", "", "Next best design evaluated", "次优方案"),
        _model("runner_up_percent", "percent", "Next best above the best", "次优方案高出最优"),
        Column("nodes", "", "Nodes bounded", "分支节点数", formula=FORMULA),
        Column("leaves_cut", "", "Designs ruled out singly", "逐个排除的方案数", formula=FORMULA),
        Column("leaves_evaluated", "", "Designs evaluated", "精确求解的方案数", formula=FORMULA),
    )
    designs: tuple[Design, ...]
    candidates: NDArray[np.int32]
    costs: Floats
    nothing: float
    gap: float
    tolerance: float
    certified: Literal["best", "runner-up"]

    def to_frame(self) -> pd.DataFrame:
        """One row a budget."""

        def text(links: tuple[int, ...] | None) -> str:
            return "" if links is None else ";".join(map(str, links))

        rows = [
            {
                "budget": d.budget, "status": d.status, "links": text(d.chosen), "cost": d.cost,
                "total_cost": d.total_cost, "saving_percent": _percent(self.nothing - d.total_cost, self.nothing),
                "lower_bound": d.lower_bound, "remaining_gap_percent": 100.0 * d.remaining_gap,
                "runner_up": text(d.runner_up),
                "runner_up_percent": _percent(d.runner_up_cost - d.total_cost, d.total_cost),
                "nodes": d.nodes, "leaves_cut": d.leaves_cut, "leaves_evaluated": d.leaves_evaluated,
            }
            for d in self.designs
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=[c.name for c in self.columns])

    def parameters(self) -> dict[str, Any]:
        """Accuracy of the equilibria and of the search, and how the bound is derived."""
        return {
            "equilibrium_gap": self.gap, "tolerance": self.tolerance, "certified": self.certified,
            "bound": DERIVATION, "candidates": self.candidates.tolist(), "costs": self.costs.tolist(),
        }  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Each budget's choice in a line."""
        return {
            f"budget {d.budget:g}": f"{d.status}: links {list(d.chosen)}, total cost {d.total_cost:.6g}, "
            f"no design below {d.lower_bound:.6g}; {d.nodes} nodes, {d.leaves_evaluated} designs evaluated, "
            f"tolerance {self.tolerance:g}"
            for d in self.designs
        }


def _percent(part: float, whole: float) -> float:
    return 100.0 * part / whole if whole > 0.0 else (0.0 if part == 0.0 else np.nan)


def network_design(
    network: RoadNetwork, demand: ArrayLike, *, candidates: ArrayLike, costs: ArrayLike,
    budget: float | Sequence[float], gap: float = 1e-10, tolerance: float = 1e-8,
    certify: Literal["best", "runner-up"] = "best", threads: int = 1, time_limit: float | None = None,
    listen: Listen | None = None,
) -> NetworkDesign:  # fmt: skip
    """Choose the links that make total travel cost at user equilibrium least within a budget, and prove it.

    A larger design may be worse than a smaller one (Braess 1968), so designs that leave money are searched as well.

    Parameters
    ----------
    network : RoadNetwork
        With all candidates as links; links that are no candidates are there in every design.
    demand : array (zones, zones)
        Trips from row to column; the diagonal is ignored.
    candidates : array of int (m,)
        Links that may be built or not, each for itself.
    costs : array (m,)
        Cost of each, >= 0.
    budget : float or sequence of float
        On the sum of costs; several give the frontier, and help each other.
    gap : float, default 1e-10
        Relative gap of every equilibrium whose total cost is compared; finalists are ordered at a hundredth of it.
    tolerance : float, default 1e-8
        Relative: a design that is better by less is not looked for. Keep it above the error of total cost at `gap`.
    certify : {"best", "runner-up"}
        Whether it is also proven that no third design lies below the runner-up: about twice the work.
    threads : int, default 1
        The answer, its certificate and all counts are the same for any number.
    time_limit : float, optional
        Seconds of search for each budget. The interrupt key does the same: what is known is returned as "stopped".
    listen : callable, optional
        Called now and then with (nodes done, nodes open, best total cost, lower bound).

    Returns
    -------
    NetworkDesign

    Raises
    ------
    InputError
        Everything that is wrong with the input.
    InfeasibleError
        No design within any budget gives every trip a way; names the pairs.
    ConvergenceError
        An equilibrium does not reach its gap; names the design and carries the last flows.

    Notes
    -----
    LeBlanc (1975), Transp. Sci. 9(3), states the problem; bounds (i)-(iii) are derived in `RouteAssignment.bound`.
    Branching takes the link whose two branches raise the bound most (product rule), at the prices at hand; a link
    that one branch rules out by itself is fixed. Links that nobody uses are not built.
    """
    assignment = RouteAssignment(network, demand)
    links, prices, budgets = _checked(network, candidates, costs, budget)
    _check_options(gap, tolerance, certify, threads, time_limit)
    if lost := assignment.unserved():
        raise InfeasibleError(f"no way even with all candidates built for {named_pairs(lost)}",
                              hint="add links, or drop these trips")  # fmt: skip
    search = DesignSearch(assignment, links, prices, gap=gap, tolerance=tolerance, threads=threads,
                          places=1 if certify == "best" else 2, listen=listen)  # fmt: skip
    designs = tuple(_design(search, limit, search.run(limit, time_limit)) for limit in budgets)
    none = search.links(0)
    lost = assignment.unserved(none)
    if all(d.status == "infeasible" for d in designs):
        raise InfeasibleError(
            f"no design within the budget gives a way to {named_pairs(lost)}", hint="raise the budget"
        )
    said = [f"{named_pairs(lost)} have no way unless candidates are built"] if lost else []
    said += [f"budget {d.budget:g}: {d.status}" for d in designs if d.status != "proven optimal"]
    return NetworkDesign(
        designs=designs, candidates=links, costs=prices, gap=gap, tolerance=tolerance, certified=certify,
        nothing=np.nan if lost else search.value(0, search.root), warnings=tuple(said),
    )  # fmt: skip


def _design(search: DesignSearch, budget: float, found: SearchResult) -> Design:
    """Positions and bits become links."""

    def links(design: int) -> tuple[int, ...]:
        return tuple(sorted(search.candidates[search.members(design)].tolist()))

    if found.designs:
        (first, best), *others = found.designs
        chosen, cost, total = links(first), search.cost(first), best.total_cost
        flow, reached = best.flow, best.gap
        status: Literal["proven optimal", "stopped", "infeasible"] = "proven optimal" if found.proven else "stopped"
    else:
        others, chosen, cost, total, reached = [], (), np.nan, np.nan, np.nan
        flow = np.full(search.assignment.network.links, np.nan)
        status = "infeasible" if found.proven else "stopped"
    return Design(
        budget=budget, status=status, chosen=chosen, cost=cost, total_cost=total, lower_bound=found.bound, flow=flow,
        equilibrium_gap=reached, runner_up=links(others[0][0]) if others else None,
        runner_up_cost=others[0][1].total_cost if others else np.nan, nodes=found.tally.nodes,
        leaves_cut=found.tally.cut, leaves_evaluated=found.tally.evaluated, equilibria=found.tally.equilibria,
        seconds=found.seconds,
    )  # fmt: skip


def _checked(
    network: RoadNetwork, candidates: ArrayLike, costs: ArrayLike, budget: float | Sequence[float]
) -> tuple[NDArray[np.int32], Floats, tuple[float, ...]]:
    """Candidates, costs and budgets as arrays, or everything that is wrong with them."""
    links, prices = np.asarray(candidates), np.asarray(costs, dtype=np.float64)
    budgets = np.atleast_1d(np.asarray(budget, dtype=np.float64))
    out = []
    if links.ndim != 1 or (links.size and links.dtype.kind not in "iu"):
        out.append(f"candidates must be a list of whole numbers, got {links.dtype} of shape {links.shape}")
    else:
        outside = links[(links < 0) | (links >= network.links)]
        once, times = np.unique(links, return_counts=True)
        if outside.size:
            out.append(f"candidates must be links 0 .. {network.links - 1}, got {outside[:5].tolist()}")
        elif links.size and (idle := links[network.closed[links]]).size:
            out.append(f"candidates must have a capacity: links {idle[:5].tolist()} have none")
        if (times > 1).any():
            out.append(f"each candidate must be named once: {once[times > 1][:5].tolist()} come several times")
    if prices.shape != links.shape:
        out.append(f"costs must have one number a candidate, {links.shape}, got {prices.shape}")
    elif (bad := np.flatnonzero(~(np.isfinite(prices) & (prices >= 0)))).size:
        out.append(
            f"costs must be finite and >= 0: candidates {links[bad[:5]].tolist()} have {prices[bad[:5]].tolist()}"
        )
    if budgets.ndim != 1 or not budgets.size or not (budgets >= 0).all():
        out.append(f"budget must be one or several numbers >= 0, got {budget!r}")
    if out:
        raise InputError("network design: " + "; ".join(out), hint="candidates and costs are parallel lists")
    return links.astype(np.int32), prices, tuple(budgets.tolist())


def _check_options(gap: float, tolerance: float, certify: str, threads: int, time_limit: float | None) -> None:
    out = []
    if not 0 < gap <= 1e-4:
        out.append(f"gap must be above 0 and at most 1e-4, got {gap!r}")
    if not 0 <= tolerance < 1:
        out.append(f"tolerance must be at least 0 and below 1, got {tolerance!r}")
    if certify not in ("best", "runner-up"):
        out.append(f"certify must be 'best' or 'runner-up', got {certify!r}")
    if threads < 1:
        out.append(f"threads must be at least 1, got {threads!r}")
    if time_limit is not None and not time_limit > 0:
        out.append(f"time_limit must be above 0 seconds, got {time_limit!r}")
    if out:
        raise InputError("network design: " + "; ".join(out), hint="see the docstring of network_design")
