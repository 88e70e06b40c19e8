"""Whether places that are cut off grow less than their own level says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.least_squares import least_squares
from megaregion.data.align import exact
from megaregion.errors import InputError
from megaregion.mechanisms.islands_tables import SpatialTrapResult, Subject, no_rows

Floats = NDArray[np.float64]
FEW_CLUSTERS = 30


def spatial_trap(
    start: pd.Series | None,
    end: pd.Series | None,
    accessibility: pd.Series,
    groups: pd.Series,
    *,
    years: tuple[int, int] | None,
    subject: Subject = "poverty",
) -> SpatialTrapResult:
    """Growth per year on own level and accessibility: a place that is cut off grows less than its level says.

    Parameters
    ----------
    start, end : Series or None
        Level at two dates, > 0.
    accessibility : Series
        > 0; as `integration` gives it.
    groups : Series
        Group (province, state) of each place; errors may be correlated inside one.
    years : (int, int) or None
        The two dates, the earlier first.
    subject : {"poverty", "depopulation"}

    Returns
    -------
    SpatialTrapResult
        constant, ln of the level, ln of accessibility; growth is 100 times the yearly difference of logarithms. No
        rows, and a warning, where that cannot be computed.

    Raises
    ------
    InputError
        The years are not in order, or (AlignmentError) places differ.

    Notes
    -----
    A cross-section of Jalan and Ravallion (2002), eq. 1, without their fixed effects: association, no cause.
    Errors of measurement in the level alone make its coefficient negative. Intervals by t with n - 3 and G - 1
    degrees of freedom; the clustered variance is CR1.
    """
    columns = SpatialTrapResult.columns
    if start is None or end is None or years is None:
        why = "no two years of the indicator are known and positive for all places: growth cannot be given"
        return SpatialTrapResult(table=no_rows(columns), subject=subject, warnings=(why,))
    first, last = years
    if not first < last:
        raise InputError(f"growth needs two years, the earlier first, got {years}")
    labels = start.sort_index().index
    exact(start, end, accessibility, groups)
    y0, y1, a = (s.reindex(labels).to_numpy(float) for s in (start, end, accessibility))
    if not ((y0 > 0) & (y1 > 0) & (a > 0)).all() or len(y0) < 5 or groups.isna().any():
        why = "growth given accessibility needs 5 places, each in a group, with positive levels and accessibility"
        return SpatialTrapResult(table=no_rows(columns), subject=subject, warnings=(why,))
    growth = 100.0 * np.log(y1 / y0) / (last - first)
    x = np.column_stack((np.ones(len(y0)), np.log(y0), np.log(a)))
    if np.linalg.matrix_rank(x - np.r_[0.0, x[:, 1:].mean(axis=0)]) < 3:
        why = "level and accessibility do not vary apart from each other: growth cannot be told apart"
        return SpatialTrapResult(table=no_rows(columns), subject=subject, warnings=(why,))
    code = pd.factorize(groups.reindex(labels), sort=True)[0]
    table, r2 = _sandwich(x, growth, code)
    g = int(code.max()) + 1
    said = (f"{g} groups are few for clustered errors: their intervals are too narrow",) if g < FEW_CLUSTERS else ()
    settings = {"year_start": first, "year_end": last, "r_squared": r2}
    table.insert(0, "term", ["constant", "ln level at the start", "ln accessibility"])
    return SpatialTrapResult(table=table, subject=subject, settings=settings, warnings=said)


def _sandwich(x: Floats, y: Floats, code: NDArray[np.intp]) -> tuple[pd.DataFrame, float]:
    """Least squares with HC1 and clustered (CR1) errors, and the share of variance explained."""
    fit = least_squares(x, y, code)
    out: dict[str, Any] = {"estimate": fit.estimate}
    for name, clustered in (("hc1", False), ("cluster", True)):
        low, high = fit.interval(clustered=clustered)
        out |= {f"se_{name}": fit.error(clustered=clustered), f"low_{name}": low, f"high_{name}": high}
    return pd.DataFrame({**out, "places": len(y), "clusters": fit.clusters}), fit.r_squared
