"""Cheapest feasible sequence of instruments as a mixed-integer program, exact; and what makes one impossible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from megaregion.core.solver_banner import without_banner
from megaregion.errors import SolveError

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
TOLERANCE = 1e-9  # of the largest effect or cost in a row; decimals such as 0.1 + 0.2 are not exact


@dataclass(frozen=True, eq=False)
class PathProblem:
    """Instruments that can be started once, what they need, and what must be reached.

    Attributes
    ----------
    cost : (n,) array >= 0
        Paid in the year of the start.
    lead : (n,) integers >= 0
        Years from start to effect.
    needs : tuple of tuple of (instruments, conditions)
        Of each instrument its clauses; of every clause one alternative at least must be in place: an instrument that
        took effect before the start, or a condition that is met.
    conditions : int
        Conditions that are *not* met and that clauses name, numbered from 0.
    excludes : tuple of (int, int)
        Pairs that cannot both be chosen.
    effects : (n, m) array
        Contribution of each instrument to each target, so signed that more is better.
    gap : (m,) array
        What is to be contributed to each target.
    deadline : (m,) integers
        Year from which the target must hold.
    horizon : int
        Years; starts lie in 0 ... horizon - 1 and effects come by `horizon`.
    budget : (horizon,) array
        Of each year, infinite where there is none.
    """

    cost: Floats
    lead: Ints
    needs: tuple[tuple[tuple[tuple[int, ...], tuple[int, ...]], ...], ...]
    conditions: int
    excludes: tuple[tuple[int, int], ...]
    effects: Floats
    gap: Floats
    deadline: Ints
    horizon: int
    budget: Floats


@dataclass(frozen=True, eq=False)
class Path:
    """A feasible sequence.

    Attributes
    ----------
    start : (n,) integers
        Year of the start, -1 where the instrument is not used.
    met : (m,) booleans
        Targets that are reached and held.
    cost : float
    """

    start: Ints
    met: NDArray[np.bool_]
    cost: float


def best_paths(problem: PathProblem, *, count: int, weight: Floats | None = None) -> list[Path]:
    """Cheapest path that reaches all targets, then the next best ones; empty if there is none.

    Parameters
    ----------
    problem : PathProblem
    count : int
        Most paths. Each is the cheapest that does not contain all instruments of an earlier one.
    weight : (n,) array, optional
        What is minimised instead of the cost.

    Notes
    -----
    Among paths of equal cost the one with the fewest instruments, then with the earliest starts.
    """
    out: list[Path] = []
    cuts: list[Ints] = []
    while len(out) < count:
        found = _cheapest(problem, cuts, np.ones(len(problem.gap), dtype=bool), weight)
        if found is None:
            break
        out.append(found)
        used = np.flatnonzero(found.start >= 0)
        if not used.size:
            break  # everything is reached already: any other path contains this one
        cuts.append(used)
    return out


def partial_path(problem: PathProblem, *, weight: Floats | None = None) -> Path:
    """Cheapest path to as many targets as can be reached together (first ones first among equals)."""
    m = len(problem.gap)
    model = _Model(problem, optional=True)
    # the second part breaks ties between sets of targets of one size, and is too small to change the size
    reward = 1.0 + (m - np.arange(m)) / (m * m + 1.0)
    model.objective[model.targets] = -reward
    found = model.solve()
    assert found is not None  # to start nothing reaches at worst no target
    path = _cheapest(problem, [], found[model.targets] > 0.5, weight)
    assert path is not None
    return path


def reach(problem: PathProblem, target: int) -> float:
    """Most that can be contributed to one target at its deadline and held, the others left aside."""
    alone = _only(problem, np.arange(len(problem.gap)) == target)
    top = float(np.maximum(problem.effects[:, target], 0).sum())
    model = _Model(replace(alone, gap=np.array([np.nan])), level=True)
    model.objective[-1] = -1.0
    found = model.solve()
    assert found is not None
    return min(float(found[-1]) * model.scale, top)


def conflict(problem: PathProblem) -> list[tuple[str, Any]]:
    """An irreducible reason why not all targets can be reached: drop any one of the list, and they can.

    Returns
    -------
    list of (str, object)
        ("budget", None), ("time", None), ("exclusion", (i, j)), ("condition", k), ("target", t); empty if all targets
        can be reached.

    Notes
    -----
    Deletion filter (Chinneck and Dravnieks 1991), each test an exact solve. "time" stands for horizon and deadlines.
    """
    groups: list[tuple[str, Any]] = [("budget", None), ("time", None)]
    groups += [("exclusion", pair) for pair in problem.excludes]
    groups += [("condition", k) for k in range(problem.conditions)]
    groups += [("target", t) for t in range(len(problem.gap))]
    if _possible(problem, groups):
        return []
    for group in list(groups):
        fewer = [g for g in groups if g != group]
        if not _possible(problem, fewer):
            groups = fewer
    return groups


def _possible(problem: PathProblem, groups: Sequence[tuple[str, Any]]) -> bool:
    """Whether the targets among `groups` can be reached while only these restrictions hold."""
    kept = {kind: [what for name, what in groups if name == kind] for kind in ("exclusion", "condition", "target")}
    kinds = {name for name, _ in groups}
    horizon, lead = problem.horizon, problem.lead
    budget = problem.budget if "budget" in kinds else np.full(horizon, np.inf)
    if "time" not in kinds and "budget" not in kinds:  # only the order is left: every chain fits into n steps
        horizon, lead = len(lead) + 1, np.zeros_like(lead)
        budget = np.full(horizon, np.inf)
    elif "time" not in kinds:  # one start a year fits into this
        horizon = horizon + int(np.maximum(lead, 1).sum()) + len(lead) + 1
        budget = np.concatenate([budget, np.full(horizon - problem.horizon, budget[-1])])
    late = problem.deadline if "time" in kinds else np.full_like(problem.deadline, horizon)
    open_conditions = set(range(problem.conditions)) - set(kept["condition"])
    needs = tuple(
        tuple((i, c) for i, c in clauses if not open_conditions & set(c)) for clauses in problem.needs
    )  # fmt: skip
    relaxed = replace(problem, horizon=horizon, lead=lead, budget=budget, deadline=late, needs=needs,
                      excludes=tuple(kept["exclusion"]))  # fmt: skip
    wanted = np.isin(np.arange(len(problem.gap)), kept["target"])
    return _Model(_only(relaxed, wanted)).solve() is not None


def _only(problem: PathProblem, wanted: NDArray[np.bool_]) -> PathProblem:
    return replace(problem, effects=problem.effects[:, wanted], gap=problem.gap[wanted],
                   deadline=problem.deadline[wanted])  # fmt: skip


def _cheapest(
    problem: PathProblem, cuts: list[Ints], wanted: NDArray[np.bool_], weight: Floats | None
) -> Path | None:  # fmt: skip
    price = problem.cost if weight is None else weight
    price = price / (price.max() if price.size and price.max() > 0 else 1.0)
    model = _Model(_only(problem, wanted), cuts=cuts)
    model.objective[: len(model.owner)] = price[model.owner]
    found = model.solve()
    if found is None:
        return None
    best = float(found[: len(model.owner)].round() @ price[model.owner])
    model.row(-np.inf, best + TOLERANCE, {k: price[i] for k, i in enumerate(model.owner) if price[i] > 0})
    # fewest first: one instrument more outweighs all delays together
    model.objective[: len(model.owner)] = model.at + 1.0 + len(problem.cost) * problem.horizon
    found = model.solve(gap=0.9)  # whole numbers: what is closer than one is equal
    if found is None:
        raise SolveError("the second stage of the path search lost the path", hint="report this with the tables")
    start = np.full(len(problem.cost), -1, dtype=np.intp)
    taken = found[: len(model.owner)] > 0.5
    start[model.owner[taken]] = model.at[taken]
    met = _met(problem, start)
    if not met[wanted].all():
        raise SolveError("a path misses a target by more than rounding", hint="scale indicators that differ by 1e9")
    return Path(start, met, float(problem.cost[start >= 0].sum()))


def _met(problem: PathProblem, start: Ints) -> NDArray[np.bool_]:
    out = np.ones(len(problem.gap), dtype=bool)
    for t in range(len(problem.gap)):
        e = problem.effects[:, t]
        slack = TOLERANCE * max(float(np.abs(e).max(initial=0.0)), abs(float(problem.gap[t])))
        for year in range(int(problem.deadline[t]), problem.horizon + 1):
            done = (start >= 0) & (start + problem.lead <= year)
            out[t] &= bool(e[done].sum() >= problem.gap[t] - 2 * slack)
    return out


class _Model:
    """Rows and columns for HiGHS: one binary an instrument and start, perhaps one a target or the level reached."""

    def __init__(
        self, problem: PathProblem, *, cuts: Sequence[Ints] = (), optional: bool = False, level: bool = False
    ) -> None:
        last = np.minimum(problem.horizon - 1, problem.horizon - problem.lead)
        columns = [(i, t) for i in range(len(problem.cost)) for t in range(int(last[i]) + 1)]
        self.owner = np.array([i for i, _ in columns], dtype=np.intp)
        self.at = np.array([t for _, t in columns], dtype=np.intp)
        m, n = len(problem.gap), len(columns)
        self.targets = np.arange(n, n + m) if optional else np.zeros(0, dtype=np.intp)
        total = n + len(self.targets) + level
        self.scale = max(float(np.abs(problem.effects).max(initial=0.0)), 1e-300) if level else 1.0
        self.objective: Floats = np.zeros(total)
        self.lower, self.upper = np.zeros(total), np.ones(total)
        self.whole = np.ones(total, dtype=bool)
        if level:
            most = float(np.abs(problem.effects).sum()) / self.scale
            self.lower[-1], self.upper[-1], self.whole[-1] = -most, most, False
        self.rows: list[tuple[float, float, dict[int, float]]] = []
        self.mine = [np.flatnonzero(self.owner == i) for i in range(len(problem.cost))]
        self.done = self.at + problem.lead[self.owner]  # when the effect comes
        self.ready = self.at + np.maximum(problem.lead[self.owner], 1)  # when what builds on it may start
        self._choices(problem, cuts)
        for t in range(m):
            self._target(problem, t, n + t if optional else None, level)

    def row(self, low: float, high: float, entries: dict[int, float]) -> None:
        """Add low <= sum of entries <= high."""
        self.rows.append((low, high, entries))

    def _choices(self, problem: PathProblem, cuts: Sequence[Ints]) -> None:
        for i, clauses in enumerate(problem.needs):
            self.row(-np.inf, 1.0, dict.fromkeys(self.mine[i].tolist(), 1.0))
            for instruments, _ in clauses:
                for t in range(problem.horizon):
                    entries = {int(k): 1.0 for k in self.mine[i] if self.at[k] <= t}
                    entries |= {int(k): -1.0 for j in instruments for k in self.mine[j] if self.ready[k] <= t}
                    self.row(-np.inf, 0.0, entries)
        for pair in problem.excludes:
            self.row(-np.inf, 1.0, {int(k): 1.0 for i in pair for k in self.mine[i]})
        for cut in cuts:
            self.row(-np.inf, len(cut) - 1.0, {int(k): 1.0 for i in cut for k in self.mine[i]})
        for t in range(problem.horizon):
            if np.isfinite(problem.budget[t]):
                now = np.flatnonzero(self.at == t)
                price = problem.cost[self.owner[now]]
                scale = max(float(price.max(initial=0.0)), float(problem.budget[t])) or 1.0
                self.row(-np.inf, problem.budget[t] / scale + TOLERANCE,
                         dict(zip(now.tolist(), (price / scale).tolist(), strict=True)))  # fmt: skip

    def _target(self, problem: PathProblem, t: int, switch: int | None, level: bool) -> None:
        effect = problem.effects[:, t]
        scale = self.scale if level else max(float(np.abs(effect).max(initial=0.0)), abs(float(problem.gap[t])))
        if scale == 0:
            return  # nothing is asked and nothing acts
        for year in range(int(problem.deadline[t]), problem.horizon + 1):
            there = np.flatnonzero((self.done <= year) & (effect[self.owner] != 0))
            entries = {int(k): float(effect[self.owner[k]] / scale) for k in there}
            if level:
                self.row(0.0, np.inf, entries | {len(self.objective) - 1: -1.0})
                continue
            low = float(problem.gap[t]) / scale - TOLERANCE
            if switch is not None:  # the loosest bound that a target left out must not fall below
                least = float(np.minimum(effect, 0).sum()) / scale
                entries[switch] = min(least - low, 0.0)
                low = min(least, low)
            self.row(low, np.inf, entries)

    def solve(self, *, gap: float = 0.0) -> Floats | None:
        """Optimal columns, None if there is no solution; objectives that differ by less than `gap` are equal."""
        import highspy

        with without_banner():
            solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, setting in (
            ("output_flag", False), ("mip_rel_gap", 0.0), ("mip_abs_gap", gap), ("mip_feasibility_tolerance", 1e-9),
            ("primal_feasibility_tolerance", 1e-10), ("random_seed", 0), ("threads", 1),
        ):  # fmt: skip
            solver.setOptionValue(option, setting)
        n = len(self.objective)
        if not n:
            return np.zeros(0) if all(low <= 0 <= high for low, high, _ in self.rows) else None
        solver.addVars(n, self.lower, self.upper)
        every = np.arange(n, dtype=np.int32)
        solver.changeColsCost(n, every, self.objective)
        kinds = np.where(self.whole, np.uint8(1), np.uint8(0)).astype(np.uint8)
        solver.changeColsIntegrality(n, every, kinds)
        sizes = [len(entries) for _, _, entries in self.rows]
        solver.addRows(
            len(self.rows), np.array([r[0] for r in self.rows], dtype=np.float64),
            np.array([r[1] for r in self.rows], dtype=np.float64), int(sum(sizes)),
            np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32),
            np.array([k for r in self.rows for k in r[2]], dtype=np.int32),
            np.array([v for r in self.rows for v in r[2].values()], dtype=np.float64),
        )  # fmt: skip
        solver.run()
        status = solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            raise SolveError(f"the path search ended with {solver.modelStatusToString(status)}",
                             hint="report this with the tables")  # fmt: skip
        return np.array(solver.getSolution().col_value)
