"""Relative poverty of persons with sampling error; the entry to poverty of brackets and of many dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from megaregion.core.poverty import bootstrap, fgt_by_group, relative_line, standard_error, weighted_median
from megaregion.data.align import exact
from megaregion.errors import InputError, MissingDataError
from megaregion.mechanisms.brackets import poverty_of_brackets
from megaregion.mechanisms.deprivations import multidimensional
from megaregion.mechanisms.poverty_tables import (
    SHARES,
    PoorPlacesResult,
    PovertyResult,
    check_shares,
    empty,
    named_groups,
    require_columns,
    rows_where,
)
from megaregion.result import Result

ALPHAS = (0.0, 1.0, 2.0)
FEW = 30  # records below which a measure is not to be read


def poverty(
    *,
    incomes: pd.DataFrame | None = None,
    brackets: pd.DataFrame | None = None,
    deprivations: pd.DataFrame | None = None,
    shares: Sequence[float] = SHARES,
    median_of: Literal["all", "own group"] = "all",
    open_top: Literal["refuse", "pareto"] = "refuse",
    k: float = 1.0 / 3.0,
    draws: int = 500,
    seed: int,
) -> dict[str, Result]:
    """Poverty from whatever tables there are.

    Parameters
    ----------
    incomes, brackets, deprivations : DataFrame, optional
        Columns of the schemas `incomes`, `income_brackets`, `deprivations`; columns that may be empty may be absent.
    shares : sequence of float
        Lines as shares of the median, between 0 and 1.
    median_of : {"all", "own group"}
        Whose median the line of `incomes` is a share of.
    open_top : {"refuse", "pareto"}
        What to do with an open last bracket without a mean: refuse it, or take the mean of a Pareto tail.
    k : float
        Cutoff across dimensions, share of their weights.
    draws : int
        Resamples of the intervals; 0 for none.
    seed : int

    Returns
    -------
    dict of str to Result
        poverty, poverty_lorenz, multidimensional, multidimensional_dimensions; a table without rows says in its
        warnings what is lacking.

    Raises
    ------
    InputError
        A table cannot be used; area means among the incomes, brackets that overlap, contradictory cutoffs.
    MissingDataError
        A value is missing.
    """
    counted, dimensions = multidimensional(deprivations, k=k)
    return {
        "poverty": poverty_of_persons(incomes, shares=shares, median_of=median_of, draws=draws, seed=seed),
        "poverty_lorenz": poverty_of_brackets(brackets, shares=shares, open_top=open_top),
        "multidimensional": counted,
        "multidimensional_dimensions": dimensions,
    }


def poverty_of_persons(
    incomes: pd.DataFrame | None,
    *,
    shares: Sequence[float] = SHARES,
    median_of: Literal["all", "own group"] = "all",
    draws: int = 500,
    seed: int,
) -> PovertyResult:
    """Measures of Foster, Greer and Thorbecke by year, line and group.

    Parameters
    ----------
    incomes : DataFrame or None
        Columns record_id, year, level, income, unit; people, weight, group, psu where there are any.
    shares, median_of, draws, seed
        As in `poverty`.

    Raises
    ------
    InputError
        Rows are areas, incomes are negative, units differ, a median is zero.
    MissingDataError
        A value is missing.
    """
    settings = {"shares": list(shares), "median_of": median_of, "draws": draws, "seed": seed}
    if incomes is None or not len(incomes):
        nothing = PovertyResult(table=pd.DataFrame(), unit="index", settings=settings,
                                warnings=("there is no table of incomes: no poverty of persons",))  # fmt: skip
        return PovertyResult(table=empty(nothing.describe()), unit="index", settings=settings,
                             warnings=nothing.warnings)  # fmt: skip
    check_shares(shares)
    if draws < 0:
        raise InputError(f"draws must be >= 0, got {draws}")
    frame, unit = checked_incomes(incomes)
    rows: list[dict[str, Any]] = []
    for year, part in frame.groupby("year", sort=True):
        for share in shares:
            rows += _one_line(part, int(float(str(year))), float(share), median_of, draws, seed)
    few = frame.groupby(["year", "group"]).size().rename("records").reset_index()
    warnings = tuple(
        f"{year:.0f} {group or 'all'}: only {n} records; do not read the measure"
        for year, group, n in few[few["records"] < FEW].to_numpy(object).tolist()
    )
    table = pd.DataFrame(rows, columns=[c.name for c in PovertyResult(table=pd.DataFrame(), unit=unit).describe()])
    return PovertyResult(table=table, unit=unit, settings=settings, warnings=warnings)


def checked_incomes(incomes: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Rows with income, persons (people x weight), group and psu filled, sorted by year and record; and the unit.

    Raises
    ------
    InputError
        As `poverty_of_persons`.
    MissingDataError
        A value is missing.
    """
    require_columns(incomes, ("record_id", "year", "level", "income", "unit"), "incomes")
    frame = incomes.reset_index(drop=True).copy()
    for name, default in (("people", 1.0), ("weight", 1.0), ("group", ""), ("psu", "")):
        frame[name] = frame[name].fillna(default) if name in frame else default
    frame["group"] = named_groups(frame["group"])
    area = ~frame["level"].isin(["person", "household"])
    wrong = []
    if area.any():
        kinds = ", ".join(sorted(map(str, frame.loc[area, "level"].unique())))
        raise InputError(
            f"incomes.level: {int(area.sum())} rows are {kinds}, not person or household: the mean of an area says "
            "nothing of how income is spread inside it, so headcount and gap of persons cannot be had from it",
            hint="give records of persons, or brackets (income_brackets); `poor_places` counts places by their mean",
        )
    twice = frame[["year", "record_id"]].duplicated()
    wrong += rows_where(frame, twice, "incomes: repeated record_id in a year")
    for name in ("income", "people", "weight"):
        value = frame[name].astype(float)
        wrong += rows_where(frame, (value < 0) | (value == np.inf), f"incomes.{name}: negative or infinite")
    if frame["unit"].nunique() > 1:
        wrong.append(f"incomes.unit: several units: {', '.join(sorted(map(str, frame['unit'].dropna().unique())))}")
    gaps = [text for name in ("income", "people", "weight", "year", "unit")
            for text in rows_where(frame, frame[name].isna(), f"incomes.{name}: missing")]  # fmt: skip
    if wrong:
        raise InputError(
            "; ".join(wrong + gaps),
            hint="one unit in all rows; negative incomes: leave out or set to 0 in a recorded step",
        )
    if gaps:
        raise MissingDataError("; ".join(gaps), hint="fill the cells, or leave the records out and say so")
    frame["persons"] = frame["people"].astype(float) * frame["weight"].astype(float)
    none = frame.groupby(["year", "group"])["persons"].sum()
    if (none <= 0).any():
        raise InputError(f"incomes: nobody is represented in {none.index[none <= 0].tolist()[:5]}")
    return frame.sort_values(["year", "record_id"], kind="stable"), str(frame["unit"].iloc[0])


def _one_line(
    part: pd.DataFrame, year: int, share: float, median_of: str, draws: int, seed: int
) -> list[dict[str, Any]]:
    income, persons = part["income"].to_numpy(float), part["persons"].to_numpy(float)
    names = sorted(map(str, part["group"].unique()))
    code = np.searchsorted(names, part["group"].astype(str).to_numpy()).astype(np.intp)
    unit = None if (part["psu"] == "").all() else pd.factorize(part["psu"], sort=True)[0].astype(np.intp)
    own = median_of == "own group"
    line = relative_line(income, persons, share, code if own else None)
    if not (line > 0).all():
        raise InputError(f"incomes of {year}: the median is 0, a line relative to it means nothing")
    drawn = np.full((1, 1 + len(names), len(ALPHAS)), np.nan)
    if draws:
        drawn = bootstrap(income, persons, share, alphas=ALPHAS, group=code, median_of_group=own, unit=unit,
                          draws=draws, seed=seed)  # fmt: skip
    members = [np.ones(len(part), dtype=bool)] + ([code == g for g in range(len(names))] if len(names) > 1 else [])
    out = []
    for a, alpha in enumerate(ALPHAS):
        people, value, contribution = fgt_by_group(income, persons, line, alpha, code)
        for g, rows in enumerate(members):
            of = None if unit is None else pd.factorize(unit[rows])[0].astype(np.intp)
            here = drawn[:, g, a]
            here = here[~np.isnan(here)]
            low, high = np.quantile(here, [0.025, 0.975]) if len(here) else (np.nan, np.nan)
            out.append({
                "year": year, "group": names[g - 1] if g else "", "line_share": share, "alpha": alpha,
                "line": line[rows][0] if len(set(line[rows])) == 1 else np.nan,
                "value": value[g - 1] if g else float(people @ value),
                "standard_error": standard_error(income[rows], persons[rows], line[rows], alpha, of),
                "low": low, "high": high, "contribution": contribution[g - 1] if g else 1.0,
                "people": persons[rows].sum(), "records": int(rows.sum()),
            })  # fmt: skip
    return out


def poor_places(
    mean: pd.Series, people: pd.Series, *, unit: str, shares: Sequence[float] = SHARES, indicator: str = "",
    year: int | None = None,
) -> PoorPlacesResult:  # fmt: skip
    """Places whose mean lies below a share of the median; says nothing of how many persons are poor.

    Parameters
    ----------
    mean : Series
        Mean income of each place, >= 0, index `place_id`.
    people : Series
        People of each place, > 0; their weight in the median.
    unit : str
        Unit of the mean.
    shares : sequence of float
        As in `poverty`.
    indicator, year : str and int, optional
        Rows of tables/indicators.csv that hold the means, to trace them by.

    Raises
    ------
    InputError
        A value is out of range, or (AlignmentError) places differ.
    MissingDataError
        A value is missing.
    """
    check_shares(shares)
    exact(mean, people)
    both = pd.DataFrame({"mean": mean, "people": people}).astype(float).sort_index()
    if both.empty or both.isna().any(axis=None):
        lost = ", ".join(map(str, both.index[both.isna().any(axis=1)][:5]))
        raise MissingDataError(f"means or people of places are missing: {lost or 'there is no place'}")
    if (both["mean"] < 0).any() or (both["people"] <= 0).any() or np.isinf(both.to_numpy()).any():
        raise InputError("means of places must be >= 0 and their people > 0, both finite")
    y, n = both["mean"].to_numpy(), both["people"].to_numpy()
    middle = weighted_median(y, n)
    rows = [
        {"line_share": s, "line": s * middle, "places": len(y), "poor_places": int((y < s * middle).sum()),
         "people_there": float(n[y < s * middle].sum()), "people_share": float(n[y < s * middle].sum() / n.sum())}
        for s in shares
    ]  # fmt: skip
    said = ("people of poor places are not poor people: some there are rich, and poor people live elsewhere",)
    settings = {"shares": list(shares), "median": middle, "indicator": indicator, "year": year}
    return PoorPlacesResult(table=pd.DataFrame(rows), unit=unit, settings=settings, warnings=said)
