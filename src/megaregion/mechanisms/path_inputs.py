"""Instruments and targets as tables, read into path problems; contradictions are found before any search."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.resources import files
from io import StringIO
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.errors import InputError, MissingDataError
from megaregion.mechanisms.path_milp import PathProblem
from megaregion.mechanisms.path_preconditions import (
    CONDITION,
    Clause,
    clauses,
    contradictions,
    is_condition,
    split,
    unknown,
)


@dataclass(frozen=True)
class PathOptions:
    """What may be chosen in a search for paths.

    Attributes
    ----------
    horizon : int
        Years.
    budget : float, tuple of float, mapping of str to either, or None
        Of each year, in the unit of the costs; a cost is paid in the year of the start and nothing is carried over.
        A mapping gives each region type its own; one that it does not name has no limit.
    alternatives : int
        Paths for each region type.
    objective : {"cost", "count"}
        "count" takes the fewest instruments; for tables without costs.
    assumed_lead_time : int or None
        Years taken where the table gives none; a declared assumption.
    """

    horizon: int = 10
    budget: float | tuple[float, ...] | Mapping[str, float | tuple[float, ...]] | None = None
    alternatives: int = 3
    objective: Literal["cost", "count"] = "cost"
    assumed_lead_time: int | None = None


@dataclass(frozen=True, eq=False)
class Instruments:
    """Instruments, read and free of contradictions.

    Attributes
    ----------
    table : DataFrame
        Index `instrument_id` in order; title, title_zh, cost, lead_time, evidence.
    requires : mapping of str to tuple of clauses
        Of each clause one alternative must be in place.
    excludes : tuple of pairs
    effects : DataFrame
        Rows `instrument_id`, columns indicator; 0 where nothing is said.
    types : mapping of str to frozenset
        Region types; empty for all.
    """

    table: pd.DataFrame
    requires: Mapping[str, tuple[Clause, ...]]
    excludes: tuple[tuple[str, str], ...]
    effects: pd.DataFrame
    types: Mapping[str, frozenset[str]]


def starter_library() -> pd.DataFrame:
    """Instruments that published policy texts provide for, with title, number and date of each text.

    The texts give neither costs nor lead times nor effects: those cells are empty, the grade of evidence is
    "assumption", and nothing can be searched before they are filled. The column `aims` says which way the text wants
    an indicator to move; preconditions that the text does not state word by word are marked in `note`.

    Returns
    -------
    DataFrame
        Columns of the schema `instruments`.
    """
    text = files("megaregion.mechanisms").joinpath("instrument_library.csv").read_text(encoding="utf-8")
    frame = pd.read_csv(StringIO(text), dtype="str", keep_default_na=False)
    for name in ("cost", "lead_time"):
        frame[name] = pd.to_numeric(frame[name].where(frame[name] != ""), errors="coerce").astype(float)
    return frame


def read_instruments(frame: pd.DataFrame, options: PathOptions) -> tuple[Instruments, tuple[str, ...]]:
    """Instruments of a table, and what a reader must know.

    Parameters
    ----------
    frame : DataFrame
        Columns of the schema `instruments`. `requires`: clauses joined by ``;`` (all needed), alternatives inside a
        clause by ``|`` (one needed), each an instrument_id or ``condition:name``. `effects`: ``indicator=change``
        joined by ``;``, in the unit of the indicator.
    options : PathOptions

    Raises
    ------
    MissingDataError
        A cost or lead time is missing.
    InputError
        Cells cannot be read, or preconditions contradict each other; everything at once.
    """
    needed = [c for c in ("instrument_id", "cost", "lead_time") if c not in frame.columns]
    if needed or frame.empty:
        raise InputError(f"instruments: {len(frame)} rows, columns lacking: {', '.join(needed) or 'none'}",
                         hint="see the schema of tables/instruments.csv, or start from starter_library()")  # fmt: skip
    ids = frame["instrument_id"].map(_text)
    found = [f"instrument {i} is given twice" for i in sorted(set(ids[ids.duplicated()]))]
    if (ids == "").any():
        found.append("an instrument has no instrument_id")
    if found:
        raise InputError("; ".join(found), hint="mend tables/instruments.csv")
    frame = frame.assign(instrument_id=ids).set_index("instrument_id").sort_index()
    requires = {str(i): clauses(_cell(frame, i, "requires")) for i in frame.index}
    excludes, effects = _pairs(frame, found), _effects(frame, found)
    found += unknown(requires) + contradictions(requires, excludes)
    numbers, lost, told = _numbers(frame, options, found)
    if found:
        raise InputError("; ".join(found + lost), hint="mend tables/instruments.csv")
    if lost:
        raise MissingDataError(
            "; ".join(lost),
            hint="fill tables/instruments.csv; without costs choose objective='count', "
            "without lead times declare assumed_lead_time",
        )
    table = pd.DataFrame({c: [_cell(frame, i, c) for i in frame.index] for c in ("title", "title_zh", "evidence")},
                         index=frame.index).join(numbers)  # fmt: skip
    types = {str(i): frozenset(split(_cell(frame, i, "types"), ";")) for i in frame.index}
    idle = [str(i) for i in effects.index if not (effects.loc[i] != 0).any()]
    if idle:
        told.append(f"{len(idle)} instruments state no effect and serve as preconditions only: {', '.join(idle[:5])}")
    return Instruments(table, requires, excludes, effects, types), tuple(told)


def problem_of(
    instruments: Instruments, targets: pd.DataFrame, holds: Collection[str], options: PathOptions, region_type: str
) -> tuple[PathProblem, list[str], list[str]]:
    """Problem of one region type.

    Parameters
    ----------
    instruments : Instruments
    targets : DataFrame
        Rows of the type: indicator, sign, gap (positive: to be contributed), deadline.
    holds : collection of str
        Conditions that are met.
    options : PathOptions
    region_type : str

    Returns
    -------
    problem : PathProblem
    names : list of str
        Instruments of the type, in the order of the problem.
    conditions : list of str
        Conditions that are not met and that a clause names.
    """
    names = [str(i) for i in instruments.table.index if not instruments.types[i] or region_type in instruments.types[i]]
    place = {name: k for k, name in enumerate(names)}
    asked = {a.removeprefix(CONDITION) for i in names for c in instruments.requires[i] for a in c if is_condition(a)}
    lacking = sorted(asked - set(holds))
    number = {name: k for k, name in enumerate(lacking)}
    needs = []
    for name in names:
        mine = []
        for clause in instruments.requires[name]:
            facts = [a.removeprefix(CONDITION) for a in clause if is_condition(a)]
            if any(f in holds for f in facts):
                continue
            mine.append((tuple(place[a] for a in clause if a in place), tuple(number[f] for f in facts)))
        needs.append(tuple(mine))
    table = instruments.table.loc[names]
    effect = instruments.effects.reindex(columns=list(targets["indicator"]), fill_value=0.0).loc[names].to_numpy(float)
    problem = PathProblem(
        cost=table["cost"].fillna(0.0).to_numpy(float), lead=table["lead_time"].to_numpy(np.intp),
        needs=tuple(needs), conditions=len(lacking),
        excludes=tuple((place[a], place[b]) for a, b in instruments.excludes if a in place and b in place),
        effects=effect * targets["sign"].to_numpy(float), gap=targets["gap"].to_numpy(float),
        deadline=targets["deadline"].to_numpy(np.intp), horizon=options.horizon, budget=_budget(options, region_type),
    )  # fmt: skip
    return problem, names, lacking


def read_targets(targets: pd.DataFrame, state: pd.DataFrame, options: PathOptions) -> pd.DataFrame:
    """Targets with the present value and the gap, in order of type and indicator.

    Parameters
    ----------
    targets : DataFrame
        Columns of the schema `targets`: region_type, indicator, sense, target; deadline and unit may be lacking.
    state : DataFrame
        Present values; rows region type, columns indicator.
    options : PathOptions

    Raises
    ------
    MissingDataError
        A present value is missing.
    InputError
        A target cannot be read; everything at once.
    """
    lacking = [c for c in ("region_type", "indicator", "sense", "target") if c not in targets.columns]
    if lacking or targets.empty:
        raise InputError(f"targets: {len(targets)} rows, columns lacking: {', '.join(lacking) or 'none'}",
                         hint="see the schema of tables/targets.csv")  # fmt: skip
    found, lost = _option_problems(options), list[str]()
    if state.index.has_duplicates or state.columns.has_duplicates:
        found.append("state repeats a region type or an indicator")
    out = pd.DataFrame({c: targets[c].map(_text) for c in ("region_type", "indicator", "sense")})
    out["unit"] = targets["unit"].map(_text) if "unit" in targets.columns else ""
    out["target"] = pd.to_numeric(targets["target"], errors="coerce").astype(float)
    late = targets["deadline"] if "deadline" in targets.columns else pd.Series(np.nan, targets.index)
    out["deadline"] = pd.to_numeric(late, errors="coerce").astype(float).where(late.notna(), float(options.horizon))
    for where, row in zip(range(1, len(out) + 1), out.to_dict("records"), strict=True):
        name = f"targets row {where} ({row['region_type']}, {row['indicator']})"
        if row["sense"] not in ("at-least", "at-most"):
            found.append(f"{name}: sense must be at-least or at-most, got {row['sense']!r}")
        if not np.isfinite(row["target"]):
            found.append(f"{name}: target is no finite number")
        if not (0 <= row["deadline"] <= options.horizon) or row["deadline"] % 1:
            found.append(f"{name}: deadline must be a whole year from 0 to {options.horizon}")
    named = options.budget if isinstance(options.budget, Mapping) else {}
    found += [f"the budget names {t}, which has no target" for t in sorted(set(named) - set(out["region_type"]))]
    twice = out.duplicated(["region_type", "indicator", "sense"])
    found += [f"the target {r.region_type}, {r.indicator}, {r.sense} is given twice" for r in out[twice].itertuples()]
    out["now"] = [_present(state, str(r.region_type), str(r.indicator), lost) for r in out.itertuples()]
    if found:
        raise InputError("; ".join(found + lost), hint="mend tables/targets.csv")
    if lost:
        raise MissingDataError("; ".join(lost), hint="give the present value of every indicator that has a target")
    out["sign"] = np.where(out["sense"] == "at-least", 1.0, -1.0)
    out["gap"] = out["sign"] * (out["target"] - out["now"])
    return out.sort_values(["region_type", "indicator", "sense"], kind="stable", ignore_index=True)


def _present(state: pd.DataFrame, region_type: str, indicator: str, lost: list[str]) -> float:
    if region_type not in state.index or indicator not in state.columns:
        lost.append(f"state has no {indicator} of {region_type}")
        return np.nan
    value = float(pd.to_numeric(pd.Series([state.loc[region_type, indicator]]), errors="coerce").iloc[0])
    if not np.isfinite(value):
        lost.append(f"{indicator} of {region_type} is missing")
    return value


def _option_problems(options: PathOptions) -> list[str]:
    out = []
    if options.horizon < 1 or options.alternatives < 1:
        out.append("horizon and alternatives must be 1 at least")
    if options.objective not in ("cost", "count"):
        out.append(f"objective must be cost or count, got {options.objective!r}")
    if options.assumed_lead_time is not None and options.assumed_lead_time < 0:
        out.append("assumed_lead_time must be 0 at least")
    given = options.budget if isinstance(options.budget, Mapping) else {"": options.budget}
    for name, budget in given.items():
        which = f"the budget of {name}" if name else "the budget"
        if isinstance(budget, tuple) and len(budget) != options.horizon:
            out.append(f"{which} needs {options.horizon} years, got {len(budget)}")
        if not all(b >= 0 for b in (budget if isinstance(budget, tuple) else (budget or 0.0,))):
            out.append(f"{which} is negative or missing")
    return out


def _budget(options: PathOptions, region_type: str) -> NDArray[np.float64]:
    given = options.budget.get(region_type) if isinstance(options.budget, Mapping) else options.budget
    if isinstance(given, tuple):
        return np.array(given, dtype=np.float64)
    return np.full(options.horizon, np.inf if given is None else float(given))


def _numbers(
    frame: pd.DataFrame, options: PathOptions, found: list[str]
) -> tuple[pd.DataFrame, list[str], list[str]]:  # fmt: skip
    out = pd.DataFrame({c: pd.to_numeric(frame[c], errors="coerce").astype(float) for c in ("cost", "lead_time")})
    lost, told = [], []
    for name, column in out.items():
        written = frame[str(name)].map(_text) != ""
        bad = written & ~(np.isfinite(column) & (column >= 0))
        if name == "lead_time":
            bad |= written & (column % 1 != 0)
        if bad.any():
            kind = "a whole number" if name == "lead_time" else "a finite number"
            found.append(f"instruments.{name} must be {kind} >= 0: {', '.join(map(str, frame.index[bad][:5]))}")
        gap = [str(i) for i in frame.index[~written]]
        if gap and name == "lead_time" and options.assumed_lead_time is not None:
            out.loc[gap, "lead_time"] = float(options.assumed_lead_time)
            told.append(f"assumption: lead time of {options.assumed_lead_time} years for {len(gap)} instruments")
        elif gap and name == "cost" and options.objective == "count":
            told.append(
                f"{len(gap)} instruments have no cost: the fewest instruments are sought, sums of cost are missing"
            )
        elif gap:
            lost.append(f"instruments.{name} is missing for {len(gap)}: {', '.join(gap[:5])}")
    return out, lost, told


def _effects(frame: pd.DataFrame, found: list[str]) -> pd.DataFrame:
    rows: dict[str, dict[str, float]] = {}
    for i in frame.index:
        rows[str(i)] = {}
        for part in split(_cell(frame, i, "effects"), ";"):
            name, _, amount = (p.strip() for p in part.partition("="))
            value = pd.to_numeric(amount, errors="coerce")
            if not name or not np.isfinite(value) or name in rows[str(i)]:
                found.append(f"instruments.effects of {i}: {part!r} is no indicator=change, or repeats one")
            else:
                rows[str(i)][name] = float(value)
    columns = sorted({name for row in rows.values() for name in row})
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns, dtype=float).fillna(0.0)


def _pairs(frame: pd.DataFrame, found: list[str]) -> tuple[tuple[str, str], ...]:
    out = set()
    for i in frame.index:
        for other in split(_cell(frame, i, "excludes"), ";"):
            if other not in frame.index or other == i:
                what = "itself" if other == i else "not an instrument"
                found.append(f"instruments.excludes of {i}: {other!r} is {what}")
            else:
                out.add((min(str(i), other), max(str(i), other)))
    return tuple(sorted(out))


def _cell(frame: pd.DataFrame, row: object, column: str) -> str:
    return _text(frame.loc[row, column]) if column in frame.columns else ""  # type: ignore[index]


def _text(value: object) -> str:
    return "" if pd.isna(value) else str(value).strip()  # type: ignore[call-overload]
