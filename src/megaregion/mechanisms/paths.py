"""Feasible paths to the targets of each region type, what blocks the rest, and scenarios that hold together."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from megaregion.core.cross_impact import balances, consistent, inconsistency
from megaregion.errors import InputError
from megaregion.mechanisms.path_inputs import (
    Instruments,
    PathOptions,
    problem_of,
    read_instruments,
    read_targets,
    starter_library,
)
from megaregion.mechanisms.path_milp import TOLERANCE, Path, PathProblem, best_paths, conflict, partial_path, reach
from megaregion.mechanisms.path_preconditions import is_condition
from megaregion.mechanisms.paths_tables import (
    PathBlocksResult,
    PathsResult,
    PathStepsResult,
    PathTargetsResult,
    ScenariosResult,
)
from megaregion.result import Result

__all__ = ["PathOptions", "consistent_scenarios", "feasible_paths", "starter_library"]

# strongest first; a grade that is not listed counts as the weakest
EVIDENCE = ("A", "B", "C", "D", "assumption")


def feasible_paths(
    instruments: pd.DataFrame,
    targets: pd.DataFrame,
    state: pd.DataFrame,
    *,
    conditions: Mapping[str, Collection[str]] | None = None,
    options: PathOptions | None = None,
) -> dict[str, Result]:
    """Cheapest feasible sequence of instruments to the targets of each region type, the next best, and what blocks.

    Parameters
    ----------
    instruments : DataFrame
        Columns of the schema `instruments`; `starter_library()` is a start.
    targets : DataFrame
        Columns of the schema `targets`.
    state : DataFrame
        Present value of the indicators; rows region type, columns indicator.
    conditions : mapping of str to collection of str, optional
        Conditions that are met in each region type, for preconditions such as ``condition:consent``; what is not
        named is not met.
    options : PathOptions, optional

    Returns
    -------
    dict of str to Result
        paths, path_steps, path_targets, path_blocks.

    Raises
    ------
    InputError
        Tables cannot be read, or preconditions contradict each other; everything at once.
    MissingDataError
        A cost, a lead time or a present value is missing.

    Notes
    -----
    An instrument is started once, costs in the year of the start, and takes effect after its lead time; one that
    builds on it starts in the year of its effect, at the earliest a year after its start. Effects add up: that is an
    assumption, and what comes out is modelled. A target must hold from its deadline to the horizon. Exact: a
    mixed-integer program solved without gap.
    """
    options = options or PathOptions()
    wanted = read_targets(targets, state, options)
    read, told = read_instruments(instruments, options)
    met = {t: frozenset((conditions or {}).get(t, ())) for t in sorted(set(wanted["region_type"]))}
    _check_conditions(conditions or {}, read, met)
    rows: dict[str, list[dict[str, Any]]] = {"paths": [], "steps": [], "targets": [], "blocks": []}
    for region_type, holds in met.items():
        mine = wanted[wanted["region_type"] == region_type].reset_index(drop=True)
        problem, names, lacking = problem_of(read, mine, holds, options, region_type)
        weight = np.ones(len(names)) if options.objective == "count" else None
        found = best_paths(problem, count=options.alternatives, weight=weight)
        complete = bool(found)
        if not complete:
            found = [partial_path(problem, weight=weight)]
            rows["blocks"] += _blocked_targets(problem, found[0], mine, names, lacking, region_type)
        rows["blocks"] += _blocked_instruments(problem, names, lacking, read, region_type)
        for number, path in enumerate(found, start=1):
            key = {"region_type": region_type, "path": number}
            costs = read.table.loc[names, "cost"].to_numpy(float)
            rows["paths"].append(key | _summary(problem, path, found[0], names, read, costs, complete))
            rows["steps"] += [key | step for step in _steps(problem, path, names, read, costs, mine)]
            rows["targets"] += [key | row for row in _reached(problem, path, mine)]
    settings = {
        "horizon": options.horizon, "objective": options.objective, "alternatives": options.alternatives,
        "budget": _written(options.budget),
        "assumed_lead_time": options.assumed_lead_time, "conditions": {t: sorted(c) for t, c in met.items()},
    }  # fmt: skip
    warnings = (*told, "effects of instruments are taken to add up; sizes and lead times are those of the tables")
    kinds = {"paths": PathsResult, "steps": PathStepsResult, "targets": PathTargetsResult, "blocks": PathBlocksResult}
    return {
        (name if name == "paths" else f"path_{name}"): kind(
            table=pd.DataFrame(rows[name], columns=[c.name for c in kind.columns]), settings=settings, warnings=warnings
        )
        for name, kind in kinds.items()
    }


def consistent_scenarios(impacts: pd.DataFrame, *, slack: float = 0.0) -> ScenariosResult:
    """All combinations of states that no descriptor has a reason to leave.

    Parameters
    ----------
    impacts : DataFrame
        Square; rows and columns (descriptor, state) in the same order. The row state promotes (> 0) or restricts (< 0)
        the column state. Blocks of a descriptor on itself are 0 or empty; nothing else is empty.
    slack : float, default 0
        Inconsistency that is tolerated: by how much another state may have the better balance.

    Returns
    -------
    ScenariosResult

    Raises
    ------
    InputError
        The table is not square with two levels, values are missing, or a descriptor acts on itself.

    Notes
    -----
    Weimer-Jehle (2006), Technol. Forecast. Soc. Change 73: a scenario is consistent if in every descriptor the chosen
    state has the greatest impact balance, the sum of the impacts of all other chosen states on it.
    """
    values, labels, sizes = _cross_impacts(impacts, slack)
    found = consistent(values, sizes, slack=slack)
    theta = balances(values, sizes, found)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.intp)
    chosen = found + starts
    balance = np.take_along_axis(theta, chosen, axis=1)
    others = theta.copy()
    np.put_along_axis(others, chosen, -np.inf, axis=1)
    best_other = np.maximum.reduceat(others, starts, axis=1) if len(found) else balance
    lead = np.where(np.isinf(best_other), np.nan, balance - best_other)  # a single state leads over nothing
    total = balance.sum(axis=1)
    order = np.lexsort((*found.T[::-1], -total)) if len(found) else np.zeros(0, dtype=np.intp)
    m, d = found.shape
    table = pd.DataFrame(
        {
            "scenario": np.repeat(np.arange(1, m + 1), d),
            "descriptor": [str(labels[k][0]) for k in chosen[order].ravel()],
            "state": [str(labels[k][1]) for k in chosen[order].ravel()],
            "balance": balance[order].ravel(), "lead": lead[order].ravel(), "total": np.repeat(total[order], d),
            "inconsistency": np.repeat(np.maximum(inconsistency(values, sizes, found), 0.0)[order], d),
        }
    )  # fmt: skip
    warnings = () if m else ("no scenario is consistent: a larger slack shows which come closest",)
    return ScenariosResult(table=table, possible=float(math.prod(sizes)), slack=slack, warnings=warnings)


def _cross_impacts(
    impacts: pd.DataFrame, slack: float
) -> tuple[np.ndarray[Any, np.dtype[np.float64]], list[tuple[Any, Any]], tuple[int, ...]]:
    if impacts.index.nlevels != 2 or impacts.columns.nlevels != 2 or impacts.empty:
        raise InputError("impacts need rows and columns with two levels, descriptor and state",
                         hint="read the table with index_col=[0, 1], header=[0, 1]")  # fmt: skip
    labels: list[tuple[Any, Any]] = impacts.index.to_list()
    found = []
    if not impacts.index.equals(impacts.columns):
        found.append("rows and columns are not the same states in the same order")
    if len(set(labels)) < len(labels):
        found.append(f"states repeat: {', '.join(map(str, impacts.index[impacts.index.duplicated()][:5]))}")
    runs = [a for k, (a, _) in enumerate(labels) if k == 0 or labels[k - 1][0] != a]
    if len(set(runs)) < len(runs):
        found.append("the states of a descriptor do not stand together")
    if not (np.isfinite(slack) and slack >= 0):
        found.append(f"slack must be a finite number >= 0, got {slack!r}")
    if found:
        raise InputError("; ".join(found), hint="mend the table of impacts")
    owner = np.array([runs.index(a) for a, _ in labels])
    own = owner[:, None] == owner[None, :]
    values = impacts.apply(pd.to_numeric, errors="coerce").to_numpy(float)
    values = np.where(own & np.isnan(values) & impacts.isna().to_numpy(), 0.0, values)
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        some = ", ".join(f"{labels[i]} on {labels[j]}" for i, j in bad[:5])
        raise InputError(f"{len(bad)} impacts are missing or no number: {some}", hint="write 0 for no impact")
    loops = sorted({str(labels[i][0]) for i, j in np.argwhere(own & (values != 0))})
    if loops:
        raise InputError(f"descriptors act on themselves: {', '.join(loops)}", hint="leave those blocks empty")
    return values, labels, tuple(int(n) for n in np.bincount(owner))


def _written(budget: Any) -> Any:
    """A budget as it can be stored."""
    if isinstance(budget, Mapping):
        return {name: _written(b) for name, b in budget.items()}
    return list(budget) if isinstance(budget, tuple) else budget


def _summary(
    problem: PathProblem, path: Path, first: Path, names: list[str], read: Instruments, costs: Any, complete: bool
) -> dict[str, Any]:
    used = _order(path)
    grades = [str(read.table.loc[names[i], "evidence"]) for i in used]
    worst = max(grades, key=lambda g: EVIDENCE.index(g) if g in EVIDENCE else len(EVIDENCE), default="")
    cost = math.fsum(costs[used])  # exact: the same instruments in another order cost the same
    return {
        "complete": "yes" if complete else "no", "instruments": len(used), "cost": cost,
        "extra_cost": cost - math.fsum(costs[first.start >= 0]),
        "finish": int((path.start + problem.lead)[used].max()) if used else 0,
        "weakest_evidence": worst, "sequence": "; ".join(f"{path.start[i]}: {names[i]}" for i in used),
    }  # fmt: skip


def _order(path: Path) -> list[int]:
    return sorted(np.flatnonzero(path.start >= 0).tolist(), key=lambda i: (path.start[i], i))


def _steps(
    problem: PathProblem, path: Path, names: list[str], read: Instruments, costs: Any, mine: pd.DataFrame
) -> list[dict[str, Any]]:
    used = _order(path)
    out = []
    for step, i in enumerate(used, start=1):
        opens = [names[j] for j in used if any(i in clause for clause, _ in problem.needs[j])]
        moves = [str(mine["indicator"].iloc[t]) for t in np.flatnonzero(problem.effects[i])]
        row = read.table.loc[names[i]]
        out.append(
            {
                "step": step, "instrument_id": names[i], "title": row["title"], "title_zh": row["title_zh"],
                "start": int(path.start[i]), "finish": int(path.start[i] + problem.lead[i]), "cost": float(costs[i]),
                "evidence": row["evidence"], "needed_for": ";".join(dict.fromkeys([*opens, *moves])),
            }
        )  # fmt: skip
    return out


def _reached(problem: PathProblem, path: Path, mine: pd.DataFrame) -> list[dict[str, Any]]:
    done = (path.start >= 0)[:, None] & ((path.start + problem.lead)[:, None] <= problem.deadline[None, :])
    brought = (problem.effects * done).sum(axis=0)
    out = []
    for t, row in enumerate(mine.to_dict("records")):
        out.append(
            {k: row[k] for k in ("indicator", "sense", "unit", "now", "target")}
            | {"deadline": int(row["deadline"]), "reached": row["now"] + row["sign"] * brought[t],
               "missing": 0.0 if path.met[t] else max(row["gap"] - brought[t], 0.0),
               "met": "yes" if path.met[t] else "no"}
        )  # fmt: skip
    return out


def _blocked_targets(
    problem: PathProblem, path: Path, mine: pd.DataFrame, names: list[str], lacking: list[str], region_type: str
) -> list[dict[str, Any]]:
    """Targets that the partial path misses, and one irreducible reason."""
    out: list[dict[str, Any]] = []
    for t in np.flatnonzero(~path.met):
        row, most, gap = mine.loc[int(t)], reach(problem, int(t)), float(problem.gap[t])
        alone = gap - most <= TOLERANCE * max(1.0, abs(gap))
        best = f"{row['now'] + row['sign'] * most:g}"
        text, zh = (
            ("can be reached alone, but not together with the targets that the path reaches",
             "单独可以达成，但不能与该路径达成的其他目标同时达成")
            if alone else
            (f"even alone the instruments bring it to {best} at most", f"即使单独实施，最多只能达到{best}")
        )  # fmt: skip
        out.append({"kind": "target", "subject": f"{row['indicator']} {row['sense']} {row['target']:g}",
                    "missing": 0.0 if alone else gap - most, "unit": row["unit"], "text": text,
                    "text_zh": zh})  # fmt: skip
    words = [_words(kind, what, mine, names, lacking) for kind, what in conflict(problem)]
    every, every_zh = (" + ".join(part) for part in zip(*words, strict=True)) if words else ("", "")
    text, zh = (
        ("cannot hold together; without any one of them the others can", "不能同时成立；去掉其中任何一项，其余即可成立")
        if len(words) > 1 else ("cannot be reached with these instruments, whatever the time and the money",
                                "无论时间和资金多少，现有工具都无法达成")
    )  # fmt: skip
    out += [{"kind": "reason", "subject": w, "missing": np.nan, "unit": "", "text": f"{every}: {text}",
             "text_zh": f"{every_zh}：{zh}"} for w, _ in words]  # fmt: skip
    return [{"region_type": region_type, **row} for row in out]


def _words(kind: str, what: Any, mine: pd.DataFrame, names: list[str], lacking: list[str]) -> tuple[str, str]:
    """A constraint in English and Chinese."""
    if kind == "target":
        row = mine.loc[what]
        goal = f"{row['indicator']} {row['sense']} {row['target']:g}"
        return f"target {goal}", f"目标 {goal}"
    if kind == "condition":
        return f"condition {lacking[what]} is not met", f"条件 {lacking[what]} 未满足"
    if kind == "exclusion":
        first, second = names[what[0]], names[what[1]]
        return f"{first} and {second} exclude each other", f"{first} 与 {second} 互斥"
    return ("budget of each year", "各年预算") if kind == "budget" else ("horizon and deadlines", "期限与时间范围")


def _blocked_instruments(
    problem: PathProblem, names: list[str], lacking: list[str], read: Instruments, region_type: str
) -> list[dict[str, Any]]:
    """Instruments of the type that can never take effect here, each with the first cause."""
    ready = np.full(len(names), -1, dtype=np.intp)  # year from which others may build on it
    money = problem.budget >= problem.cost[:, None] * (1 - TOLERANCE)
    changed = True
    while changed:
        changed = False
        for i, clauses in enumerate(problem.needs):
            if ready[i] >= 0:
                continue
            waits = [min((int(ready[j]) for j in clause if ready[j] >= 0), default=-1) for clause, _ in clauses]
            if any(w < 0 for w in waits):
                continue
            years = np.flatnonzero(money[i] & (np.arange(problem.horizon) >= max(waits, default=0)))
            if len(years) and years[0] + problem.lead[i] <= problem.horizon:
                ready[i], changed = int(years[0]) + max(int(problem.lead[i]), 1), True
    out = []
    for i in np.flatnonzero(ready < 0).tolist():
        open_clauses = [c for c in problem.needs[i] if not any(ready[j] >= 0 for j in c[0])]
        needs = [" or ".join([names[j] for j in c] + [f"condition {lacking[k]}" for k in f]) for c, f in open_clauses]
        need_zh = ["或".join([names[j] for j in c] + [f"条件 {lacking[k]}" for k in f]) for c, f in open_clauses]
        if any(not c and not f for c, f in open_clauses):
            there = _elsewhere(names, i, read)
            text = "needs an instrument that is not there for this region type: " + there
            zh = "需要此类区域没有的工具：" + there
        elif needs:
            text, zh = "lacks " + " and ".join(needs), "缺少" + "、".join(need_zh)
        elif not money[i].any():
            text = f"costs {problem.cost[i]:g}, more than the budget of any year"
            zh = f"成本为{problem.cost[i]:g}，超过任何一年的预算"
        else:
            text = f"cannot take effect within {problem.horizon} years"
            zh = f"在{problem.horizon}年内不能生效"
        out.append({"region_type": region_type, "kind": "instrument", "subject": names[i], "missing": np.nan,
                    "unit": "", "text": text, "text_zh": zh})  # fmt: skip
    return out


def _elsewhere(names: list[str], i: int, read: Instruments) -> str:
    here = set(names)
    return " and ".join(
        " or ".join(c) for c in read.requires[names[i]] if not any(a in here or is_condition(a) for a in c)
    )


def _check_conditions(
    conditions: Mapping[str, Collection[str]], read: Instruments, met: Mapping[str, frozenset[str]]
) -> None:  # fmt: skip
    known = {a for clauses in read.requires.values() for c in clauses for a in c if is_condition(a)}
    found = [f"conditions name the region type {t}, which has no target" for t in sorted(set(conditions) - set(met))]
    for t, holds in met.items():
        odd = sorted(h for h in holds if f"condition:{h}" not in known)
        if isinstance(conditions.get(t), str) or odd:
            found.append(f"conditions of {t} are named by no instrument: {', '.join(odd[:5])}")
    if found:
        raise InputError("; ".join(found), hint="write the condition as in instruments.requires, without condition:")
