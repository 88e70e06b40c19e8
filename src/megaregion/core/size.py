"""Size distributions: rank-size slope with the half-rank correction, Hill estimator with its interval, primacy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

Floats = NDArray[np.float64]
MIN_PLACES = 3  # a line through two points fits them whatever they are


class RankSize(NamedTuple):
    """Fit of ln(rank - 1/2) = intercept - zeta ln(size)."""

    intercept: float
    zeta: float
    se: float


def rank_size(size: Floats) -> RankSize:
    """Rank-size slope by least squares of ln(rank - 1/2) on ln(size); se = zeta sqrt(2 / n).

    Parameters
    ----------
    size : (n,) array
        Sizes > 0 in any order and any unit; zeta and se have none.

    Returns
    -------
    RankSize
        Missing values where n < 3 or all sizes are equal.

    Notes
    -----
    Gabaix & Ibragimov (2011): the shift by 1/2 removes the leading bias of small samples; the standard error
    that least squares prints is far too small, since ranks are ordered and so correlated.
    """
    n = len(size)
    if n < MIN_PLACES or np.ptp(size) == 0:
        return RankSize(np.nan, np.nan, np.nan)
    x = np.log(np.sort(size)[::-1])
    y = np.log(np.arange(1, n + 1) - 0.5)
    dx = x - x.mean()
    zeta = -float(dx @ y / (dx @ dx))
    return RankSize(float(y.mean() + zeta * x.mean()), zeta, zeta * float(np.sqrt(2.0 / n)))


def hill(size: Floats) -> float:
    """Hill estimator of the tail exponent over all sizes: (n - 1) / sum ln(S_i / S_min); missing as in `rank_size`."""
    n = len(size)
    if n < MIN_PLACES or np.ptp(size) == 0:
        return float("nan")
    return float((n - 1) / np.log(size / size.min()).sum())


class Hill(NamedTuple):
    """Hill estimator over all sizes given, with the interval that is exact under a Pareto tail."""

    zeta: float
    se: float
    low: float
    high: float


def hill_interval(size: Floats, level: float = 0.95) -> Hill:
    """Hill estimator with its standard error zeta / sqrt(n - 3) and its interval.

    Parameters
    ----------
    size : (n,) array
        Sizes > 0; the smallest is the threshold.
    level : float, default 0.95

    Returns
    -------
    Hill
        Missing values as in `hill`, and below four places.

    Notes
    -----
    Above a Pareto threshold zeta sum ln(S_i / S_min) is a gamma variate of shape n - 1 (Renyi's representation), so
    2 zeta sum ln(S_i / S_min) is chi-squared with 2 (n - 1) degrees of freedom, and the relative standard deviation
    of the estimator is exactly 1 / sqrt(n - 3) (Gabaix 2009, Annual Review of Economics 1).
    """
    n, zeta = len(size), hill(size)
    if n < MIN_PLACES + 1 or not np.isfinite(zeta):
        return Hill(float("nan"), float("nan"), float("nan"), float("nan"))
    tail = (1.0 - level) / 2.0
    low, high = (zeta * float(chdtri(2 * (n - 1), q)) / (2 * (n - 1)) for q in (1.0 - tail, tail))
    return Hill(zeta, zeta / float(np.sqrt(n - 3)), low, high)


def primacy(size: Floats, among: int) -> float:
    """How far the largest stands above the next: S1/S2, S1/(S2+S3+S4) or 2 S1/(S2+...+S11).

    Parameters
    ----------
    size : (n,) array
        Sizes > 0.
    among : {2, 4, 11}
        How many of the largest are looked at. Under exact rank-size order S_r = S_1 / r the three values are
        2, 12/13 and about .990.

    Returns
    -------
    float
        Missing where there are fewer sizes than `among`.
    """
    if len(size) < among:
        return float("nan")
    ordered = np.sort(size)[::-1]
    factor = 2.0 if among == 11 else 1.0
    return float(factor * ordered[0] / ordered[1:among].sum())
