"""Relative poverty from income brackets, by fitted Lorenz curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.lorenz import (
    LEAST_POINTS,
    BetaLorenz,
    Curve,
    GeneralQuadratic,
    GroupedPoverty,
    fit_beta,
    fit_quadratic,
    gini,
    gini_bounds,
    grouped_poverty,
    headcount_bounds,
    pareto_mean,
    split_histogram,
    squared_error,
)
from megaregion.errors import InputError, MissingDataError
from megaregion.mechanisms.poverty_tables import SHARES, LorenzPovertyResult, check_shares, empty, require_columns

Floats = NDArray[np.float64]


def poverty_of_brackets(
    brackets: pd.DataFrame | None,
    *,
    shares: Sequence[float] = SHARES,
    open_top: Literal["refuse", "pareto"] = "refuse",
) -> LorenzPovertyResult:
    """Poverty from income brackets by the General Quadratic and the Beta Lorenz curve; the better valid fit is chosen.

    Groups in order of income of which only the means are known, such as fifths, are given without any bounds. Where
    neither of the two is a Lorenz curve, a split histogram stands in.

    Parameters
    ----------
    brackets : DataFrame or None
        Columns place_id, year, lower, upper, number, counted, unit; group and mean_income where there are any.
    shares, open_top
        As in `poverty`; the line is a share of the median of the distribution itself.

    Raises
    ------
    InputError
        Brackets overlap or leave gaps, an inner bracket is open, a mean lies outside its bracket, there are fewer
        than 5 brackets with people, an open bracket or a group without bounds has no mean.
    MissingDataError
        A number is missing.
    """
    settings = {"shares": list(shares), "open_top": open_top}
    if brackets is None or not len(brackets):
        columns = LorenzPovertyResult(table=pd.DataFrame(), unit="index").describe()
        return LorenzPovertyResult(table=empty(columns), unit="index", settings=settings,
                                   warnings=("there is no table of income brackets",))  # fmt: skip
    check_shares(shares)
    require_columns(brackets, ("place_id", "year", "lower", "upper", "number", "counted", "unit"), "income_brackets")
    frame = brackets.reset_index(drop=True).copy()
    frame["group"] = frame["group"].fillna("") if "group" in frame else ""
    frame["mean_income"] = frame.get("mean_income", np.nan)
    wrong, gaps, warnings = [], [], []
    if frame["unit"].nunique() != 1:
        wrong.append("income_brackets.unit: several units")
    parts = [(key, part.sort_values("mean_income" if _unbounded(part) else "lower", na_position="first", kind="stable"))
             for key, part in frame.groupby(["place_id", "year", "group"], sort=True)]  # fmt: skip
    for key, part in parts:
        name = " ".join(str(word) for word in key if word != "")
        if part["number"].isna().any():
            gaps.append(f"{name}: {int(part['number'].isna().sum())} brackets without number")
        wrong += [f"{name}: {text}" for text in _bracket_problems(part, open_top)]
    if wrong:
        raise InputError("income_brackets: " + "; ".join(wrong + gaps),
                         hint="bounds are lower <= income < upper; write 0 where no income is negative")  # fmt: skip
    if gaps:
        raise MissingDataError("income_brackets: " + "; ".join(gaps), hint="fill the numbers")
    if (frame["counted"] == "household").any():
        warnings.append("households are counted, not people: the poor are households, and large ones count as one")
    if any(_unbounded(part) for _, part in parts):
        warnings.append("groups without bounds: nobody is taken to earn less than the mean of the group below the own "
                        "or more than that of the group above")  # fmt: skip
    rows: list[dict[str, Any]] = []
    for (place, year, group), part in parts:
        found, said = _fit(part, shares, open_top)
        rows += [{"place_id": place, "year": year, "group": group, **row} for row in found]
        warnings += [f"{place} {year} {group}".strip() + f": {text}" for text in said]
    result = LorenzPovertyResult(table=pd.DataFrame(), unit=str(frame["unit"].iloc[0]))
    table = pd.DataFrame(rows, columns=[c.name for c in result.describe()])
    return LorenzPovertyResult(table=table, unit=result.unit, settings=settings, warnings=tuple(warnings))


def _unbounded(part: pd.DataFrame) -> bool:
    """Whether these are groups in order of income without any bounds."""
    return bool(len(part) > 1 and part[["lower", "upper"]].isna().all(axis=None))


def _bracket_problems(part: pd.DataFrame, open_top: str) -> list[str]:
    """What is wrong with the brackets of one distribution, in order of their lower bounds."""
    lower, upper, number, mean = (part[c].to_numpy(float) for c in ("lower", "upper", "number", "mean_income"))
    out = []
    if (number < 0).any() or np.isinf(number).any() or not np.nansum(number) > 0:
        out.append("numbers must be >= 0 and some > 0")
    if int((number > 0).sum()) < LEAST_POINTS + 1:
        out.append(f"{int((number > 0).sum())} brackets with people, at least {LEAST_POINTS + 1} are needed")
    if not set(part["counted"]) <= {"person", "household"} or part["counted"].nunique() > 1:
        out.append("counted must be person or household, the same in all rows")
    if _unbounded(part):
        bad = not (mean >= 0).all() or np.isinf(mean).any()  # a missing mean is not >= 0
        return [*out, "groups without bounds need a mean >= 0 each"] if bad else out
    if np.isnan(lower[1:]).any() or np.isnan(upper[:-1]).any():
        out.append("only the first bracket may be open below and only the last open above")
    if (lower >= upper).any() or (lower < 0).any():
        out.append("bounds must be >= 0 with lower < upper")
    for text, bad in (("overlap", upper[:-1] > lower[1:]), ("leave a gap", upper[:-1] < lower[1:])):
        if bad.any():
            first = int(np.argmax(bad))
            out.append(f"{int(bad.sum())} pairs of brackets {text}, first at {upper[first]:g} and {lower[first + 1]:g}")
    if ((mean < np.where(np.isnan(lower), -np.inf, lower)) | (mean > np.where(np.isnan(upper), np.inf, upper))).any():
        out.append("a mean lies outside its bracket")
    if np.isnan(mean[0]) and np.isnan(lower[0]):
        out.append("the first bracket is open below and has no mean")
    if np.isnan(mean[-1]) and np.isnan(upper[-1]):
        if open_top == "refuse":
            out.append("the last bracket is open and has no mean (open_top='pareto' takes that of a Pareto tail)")
        elif len(part) < 2 or not lower[-2] > 0 or not np.isfinite(_tail(lower, number)):
            out.append("the Pareto tail of the last two brackets has no finite mean")
    return out


def _tail(lower: Floats, number: Floats) -> float:
    if not number[-1] > 0 or not number[-2] > 0:
        return float("inf")
    return pareto_mean(float(lower[-2]), float(number[-2:].sum()), float(lower[-1]), float(number[-1]))


def _fit(part: pd.DataFrame, shares: Sequence[float], open_top: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows of the curves for each line, and what to warn of."""
    lower, upper, number, mean = (part[c].to_numpy(float) for c in ("lower", "upper", "number", "mean_income"))
    said = []
    known = not np.isnan(mean).any()
    if _unbounded(part):
        lower, upper = np.append(0.0, mean[:-1]), np.append(mean[1:], np.nan)
    if np.isnan(mean[:-1]).any() or (np.isnan(mean[-1]) and not np.isnan(upper[-1])):
        said.append("means of brackets are missing: their middles are taken")
    if np.isnan(mean[-1]) and np.isnan(upper[-1]):
        mean = np.append(mean[:-1], _tail(lower, number))
        said.append(f"mean of the open bracket from a Pareto tail: {mean[-1]:.6g}")
    mean = np.where(np.isnan(mean), (lower + upper) / 2.0, mean)
    kept = number > 0
    p = np.cumsum(number[kept]) / number.sum()
    total = float(np.sum(number[kept] * mean[kept]))
    share = np.cumsum(number[kept] * mean[kept]) / total
    average = total / float(number.sum())
    bounds = np.where(np.isnan(lower), 0.0, lower), np.where(np.isnan(upper), np.inf, upper)
    between = (mean[1:] + mean[:-1]) / 2.0
    edges = (np.append(0.0, between), np.append(between, np.inf)) if _unbounded(part) else bounds
    least, most = gini_bounds(bounds[0], bounds[1], number, mean) if known else (np.nan, np.nan)
    curves: dict[str, Curve] = {}
    if (share[:-1] < p[:-1]).all():
        curves = {"general quadratic": fit_quadratic(p[:-1], share[:-1]), "beta": fit_beta(p[:-1], share[:-1])}
        if all(curve.problems() for curve in curves.values()) and mean[kept][0] >= 0:
            curves["split histogram"] = split_histogram(edges[0][kept], edges[1][kept], number[kept], mean[kept])
            said.append("neither curve is a Lorenz curve: a split histogram through the groups stands in")
    else:
        said.append("all means are equal: there is no Lorenz curve to fit")
    rows: list[dict[str, Any]] = []
    for z in shares:
        one = [_read(name, curve, float(z), average) for name, curve in curves.items()]
        upto = max((r["headcount"] for r in one if not r["problems"]), default=1.0)  # the same points for all
        for row, curve in zip(one, curves.values(), strict=True):
            row["squared_error"] = squared_error(curve, p, share, upto)
        best = min((r["squared_error"] for r in one if not r["problems"]), default=np.nan)
        for row in one:
            row["chosen"] = "yes" if row["squared_error"] == best and not row["problems"] else "no"
            row["headcount_low"], row["headcount_high"] = headcount_bounds(*bounds, number, row["line"])
            row["gini_low"], row["gini_high"] = least, most
            outside = not row["headcount_low"] - 1e-9 <= row["headcount"] <= row["headcount_high"] + 1e-9
            if row["chosen"] == "yes" and outside:
                said.append(f"line {z:g}: the fitted headcount lies outside what the brackets allow")
        if one and np.isnan(best):
            said.append(f"line {z:g}: neither curve is a Lorenz curve; no measure is given")
        rows += one
    return rows, said


def _read(name: str, curve: Curve, z: float, average: float) -> dict[str, Any]:
    problems = curve.problems()
    middle = float(curve.slope(0.5))
    found = GroupedPoverty(np.nan, np.nan, np.nan)
    if not problems:
        found = grouped_poverty(curve, z * middle)
    fitted = isinstance(curve, GeneralQuadratic | BetaLorenz)
    first, second, third = vars(curve).values() if fitted else (np.nan, np.nan, np.nan)
    return {
        "line_share": z, "curve": name, "problems": "; ".join(problems), "mean": average,
        "median": average * middle, "line": z * middle * average, "headcount": found.headcount, "gap": found.gap,
        "squared_gap": found.squared, "gini": np.nan if problems else gini(curve),
        "first": first, "second": second, "third": third,
    }  # fmt: skip
