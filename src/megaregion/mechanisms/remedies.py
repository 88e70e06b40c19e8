"""Remedies of poverty: links, services and transfers ranked by poverty reduction per unit of cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.poverty import fgt, relative_line
from megaregion.errors import InputError, MissingDataError
from megaregion.mechanisms.poverty import ALPHAS, checked_incomes
from megaregion.mechanisms.poverty_tables import require_columns
from megaregion.result import Column, Input, Result

Floats = NDArray[np.float64]
KINDS = ("link", "service", "transfer")
BENCHMARK = "perfect targeting"
_BEYOND = (
    "options above perfect targeting raise incomes of the poor by more than they cost, if their declared effects hold: "
    "no transfer can"
)
_F = "methods#remedies"
_NUMBERS = ("income_effect", "access_effect", "elasticity", "elasticity_low", "elasticity_high", "cost")


@dataclass(frozen=True, eq=False, kw_only=True)
class RemediesResult(Result):
    """Options in order of poverty reduction per unit of cost, and the bill of perfect targeting; modelled.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe()`.
    unit : str
        Unit of income; cost is in this unit times persons, a year.
    settings : mapping
        Line, exponent of the ranking, baseline.
    """

    title_en: ClassVar[str] = "Remedies by poverty reduction per unit of cost"
    title_zh: ClassVar[str] = "减贫措施排序（单位成本减贫效果）"
    table: pd.DataFrame
    unit: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    def describe(self) -> tuple[Column, ...]:
        """Columns; all effects rest on declared effects and elasticities."""
        i = (Input("tables/incomes.csv"), Input("tables/remedies.csv", {"option": "{option}"}))
        money = self.unit.removesuffix(" per person")

        def column(name: str, unit: str, en: str, zh: str) -> Column:
            return Column(name, unit, en, zh, modelled=True, formula=_F, inputs=i)

        of = [("", "", ""), ("_low", ", least", "（下限）"), ("_high", ", most", "（上限）")]
        return (
            Column("option", "", "Option", "措施", key=True),
            Column("kind", "", "Kind", "类型"),
            Column("cost", money, "Cost a year", "年成本"),
            column("people_reached", "person", "People whose income changes", "收入变化人数"),
            *(column(f"reduction_{a:g}{end}", "share", f"Fall of P{a:g}{en}", f"P{a:g}降幅{zh}")
              for a in ALPHAS for end, en, zh in of),
            *(column(f"per_cost{end}", "index", f"Fall per million of cost{en}", f"每百万成本降幅{zh}")
              for end, en, zh in of),
            column("of_benchmark", "ratio", "Fall per cost over that of perfect targeting", "与完全瞄准之比"),
            column("rank", "count", "Rank", "排名"),
            column("rank_low", "count", "Best possible rank", "最好排名"),
            column("rank_high", "count", "Worst possible rank", "最差排名"),
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row an option in order of rank; perfect targeting, which has no rank, last."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Line, exponent of the ranking, baseline."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """The first option, and those that might be first."""
        ranked = self.table[self.table["rank"].notna()]
        if ranked.empty:
            return {}
        may = ranked.loc[ranked["rank_low"] == 1, "option"]
        return {"first": str(ranked["option"].iloc[0]), "may_be_first": sorted(map(str, may))}


def remedies(
    incomes: pd.DataFrame,
    options: pd.DataFrame,
    *,
    year: int | None = None,
    line: float | None = None,
    share: float = 0.6,
    median_of: Literal["all", "own group"] = "all",
    alpha: float = 1.0,
) -> RemediesResult:
    """Poverty with the incomes that each option leads to, against its cost.

    Parameters
    ----------
    incomes : DataFrame
        As `megaregion.mechanisms.poverty.poverty_of_persons`, with place_id.
    options : DataFrame
        One row an option and place: option, kind (link, service, transfer), place_id, cost (a year, in the unit of
        income times persons; the rows of an option are added), and either income_effect (added to each person's
        income) or access_effect (relative change of accessibility, 0.2 for a fifth more). elasticity, elasticity_low,
        elasticity_high: of income to accessibility, or the part of income_effect that arrives; needed with
        access_effect, 1 where empty with income_effect. target: all (where empty) or poor, those below the line.
    year : int, optional
        Default: the last of the incomes.
    line : float, optional
        Poverty line in the unit of income; default `share` of the median before any option.
    share, median_of
        As in `poverty`.
    alpha : {0, 1, 2}
        Measure that the ranking is by.

    Returns
    -------
    RemediesResult

    Raises
    ------
    InputError
        An option is contradictory or out of range, no income is known in its place, a transfer costs less than it
        hands out; or as `poverty_of_persons`.
    MissingDataError
        A value is missing.

    Notes
    -----
    The line stays where it was: with a line that moves with the median, raising middle incomes would count as more
    poverty. P_a is computed anew from all incomes, y + e x effect or y (1 + access_effect)^e, never by a derivative.
    The ends of the interval are those of the elasticity, for P_a falls with every income (exact where an option moves
    all incomes one way). Ranks allow every option
    its own end of the range. Perfect targeting hands each poor person exactly the gap: sum (z - y).
    """
    if alpha not in ALPHAS:
        raise InputError(f"alpha must be 0, 1 or 2, got {alpha!r}")
    frame, unit = checked_incomes(incomes)
    when = int(frame["year"].max()) if year is None else year
    frame = frame[frame["year"] == when]
    if frame.empty or "place_id" not in frame or frame["place_id"].isna().any():
        raise InputError(f"incomes: no records of {when}, or some without place_id")
    y, w = frame["income"].to_numpy(float), frame["persons"].to_numpy(float)
    z = _line(frame, y, w, line, share, median_of)
    table = _checked(options, frame, y, w, z)
    base = [fgt(y, w, z, a) for a in ALPHAS]
    rows = [_option(str(name), part, frame["place_id"].to_numpy(), y, w, z, base)
            for name, part in table.groupby("option", sort=True)]  # fmt: skip
    bill = float(np.sum(w * np.maximum(z - y, 0.0)))
    ideal = {"option": BENCHMARK, "kind": "benchmark", "cost": bill, "people_reached": float(w[y < z].sum())}
    ideal |= {f"reduction_{a:g}{end}": p for a, p in zip(ALPHAS, base, strict=True) for end in ("", "_low", "_high")}
    out = pd.DataFrame([*rows, ideal])
    for end in ("", "_low", "_high"):
        fall = out[f"reduction_{alpha:g}{end}"]
        out[f"per_cost{end}"] = (1e6 * fall / out["cost"]).where(out["cost"] > 0)
    best = float(out["per_cost"].iloc[-1])
    out["of_benchmark"] = out["per_cost"] / best if best > 0 else np.nan
    out = pd.concat([_ranked(out.iloc[:-1]), out.iloc[[-1]].assign(rank=np.nan, rank_low=np.nan, rank_high=np.nan)])
    result = RemediesResult(table=pd.DataFrame(), unit=unit)
    settings = {"year": when, "line_low": float(z.min()), "line_high": float(z.max()), "alpha": alpha,
                **{f"p{a:g}": p for a, p in zip(ALPHAS, base, strict=True)}}  # fmt: skip
    said = ("effects and elasticities are declared, not estimated: the ranks are as good as they are",
            *((_BEYOND,) if (out["of_benchmark"] > 1 + 1e-9).any() else ()),
            *(("nobody is poor: no option can reduce poverty",) if not bill > 0 else ()))  # fmt: skip
    columns = [c.name for c in result.describe()]
    return RemediesResult(table=out[columns].reset_index(drop=True), unit=unit, settings=settings, warnings=said)


def _line(frame: pd.DataFrame, y: Floats, w: Floats, line: float | None, share: float, median_of: str) -> Floats:
    if line is not None:
        z = np.full(len(y), float(line))
    else:
        if not 0 < share < 1:
            raise InputError(f"share of the median must lie between 0 and 1, got {share!r}")
        code = pd.factorize(frame["group"], sort=True)[0].astype(np.intp)
        z = relative_line(y, w, share, code if median_of == "own group" else None)
    if not ((z > 0) & np.isfinite(z)).all():
        raise InputError("the poverty line must be > 0 and finite")
    return z


def _option(
    name: str, part: pd.DataFrame, place: NDArray[np.object_], y: Floats, w: Floats, z: Floats, base: list[float]
) -> dict[str, Any]:
    """One row of the table: P_a anew with the lower, the middle and the upper elasticity."""
    reached = np.zeros(len(y), dtype=bool)
    found = {}
    for end, column in (("", "elasticity"), ("_low", "elasticity_low"), ("_high", "elasticity_high")):
        after = y.copy()
        for row in part.to_dict("records"):
            there = (place == row["place_id"]) & ((y < z) if row["target"] == "poor" else True)
            reached |= there
            if np.isnan(row["access_effect"]):
                after[there] += row[column] * row["income_effect"]
            else:
                after[there] *= (1.0 + row["access_effect"]) ** row[column]
        found[end] = [p - fgt(np.maximum(after, 0.0), w, z, a) for a, p in zip(ALPHAS, base, strict=True)]
    out: dict[str, Any] = {"option": name, "kind": part["kind"].iloc[0], "cost": float(part["cost"].sum()),
                           "people_reached": float(w[reached].sum())}  # fmt: skip
    for k, a in enumerate(ALPHAS):
        three = [found[end][k] for end in ("", "_low", "_high")]
        out |= {f"reduction_{a:g}": three[0], f"reduction_{a:g}_low": min(three), f"reduction_{a:g}_high": max(three)}
    return out


def _ranked(options: pd.DataFrame) -> pd.DataFrame:
    """Ranks by reduction per cost, ties by name; and the best and worst rank that the intervals allow."""
    out = options.sort_values(["per_cost", "option"], ascending=[False, True], kind="stable")
    low, high = out["per_cost_low"].to_numpy(float), out["per_cost_high"].to_numpy(float)
    better = (low[None, :] > high[:, None]).sum(axis=1)
    may = (high[None, :] > low[:, None]).sum(axis=1) - (high > low)
    return out.assign(rank=np.arange(1.0, len(out) + 1), rank_low=1.0 + better,
                      rank_high=np.maximum(1.0 + may, np.arange(1.0, len(out) + 1)))  # fmt: skip


def _checked(options: pd.DataFrame, frame: pd.DataFrame, y: Floats, w: Floats, z: Floats) -> pd.DataFrame:
    """Options with defaults filled; everything wrong is reported at once."""
    require_columns(options, ("option", "kind", "place_id", "cost"), "options")
    if options.empty:
        raise InputError("options: there is no option to rank")
    out = options.reset_index(drop=True).copy()
    for name in _NUMBERS:
        out[name] = out[name].astype(float) if name in out else np.nan
    out["target"] = out["target"].fillna("all") if "target" in out else "all"
    by_income = out["access_effect"].isna()
    out["elasticity"] = out["elasticity"].fillna(1.0).where(by_income, out["elasticity"])
    for name in ("elasticity_low", "elasticity_high"):
        out[name] = out[name].fillna(out["elasticity"])
    bad: list[tuple[pd.Series, str]] = [
        (~out["kind"].isin(KINDS), f"kind must be one of {', '.join(KINDS)}"),
        (~out["target"].isin(["all", "poor"]), "target must be all or poor"),
        (out["option"].eq(BENCHMARK), "the name is taken"),
        (out[["option", "place_id"]].duplicated(), "an option names a place twice"),
        (out["income_effect"].notna() == out["access_effect"].notna(), "give income_effect or access_effect, not both"),
        (out["access_effect"] <= -1, "access_effect must be above -1"),
        ((out["elasticity_low"] > out["elasticity"]) | (out["elasticity"] > out["elasticity_high"]),
         "elasticity must lie between its low and high"),
        (out["cost"] < 0, "cost is negative"), (~out["place_id"].isin(frame["place_id"]), "no income is known there"),
        (out[list(_NUMBERS)].isin([np.inf, -np.inf]).any(axis=1), "a number is infinite"),
    ]  # fmt: skip
    several = out.groupby("option")["kind"].transform("nunique") > 1
    free = out.groupby("option")["cost"].transform("sum") <= 0
    bad += [(several, "an option has several kinds"), (free & out["cost"].notna(), "the option costs nothing")]
    wrong = [f"{text}: {', '.join(map(str, out.loc[m, 'option'].drop_duplicates()[:5]))}" for m, text in bad if m.any()]
    if not wrong:
        wrong = _handed(out, frame, y, w, z)
    gaps = [f"options.{n} is missing" for n in ("option", "place_id", "cost", "elasticity") if out[n].isna().any()]
    if wrong:
        raise InputError("options: " + "; ".join(wrong + gaps), hint="one row an option and place; see the docstring")
    if gaps:
        raise MissingDataError("; ".join(gaps), hint="an access_effect needs a declared elasticity with its range")
    return out


def _handed(out: pd.DataFrame, frame: pd.DataFrame, y: Floats, w: Floats, z: Floats) -> list[str]:
    """Transfers that hand out more than they cost."""
    place = frame["place_id"].to_numpy()
    people = pd.Series(w).groupby(place).sum()
    poor = pd.Series(np.where(y < z, w, 0.0)).groupby(place).sum()
    of = np.where(out["target"] == "poor", out["place_id"].map(poor), out["place_id"].map(people))
    handed = (out["income_effect"].fillna(0.0) * of).where(out["kind"] == "transfer", 0.0).groupby(out["option"]).sum()
    cost = out.groupby("option")["cost"].sum()
    short = handed.index[handed > cost * (1 + 1e-9)]
    return [f"a transfer hands out more than it costs: {', '.join(map(str, short[:5]))}"] if len(short) else []
