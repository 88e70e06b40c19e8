"""Do places draw nearer to each other: change of the spread (sigma), and growth of the poor (beta)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from megaregion.core.least_squares import Fit, least_squares
from megaregion.errors import InputError

Floats = NDArray[np.float64]


class SpreadChange(NamedTuple):
    """Standard deviations of two dates for the same places, and the test that they are equal.

    Attributes
    ----------
    first, last : float
        Divisor n - 1.
    t, p : float
        Two-sided; t > 0 where the spread grew.
    """

    first: float
    last: float
    t: float
    p: float


def spread_change(first: Floats, last: Floats) -> SpreadChange:
    """Whether the variance of the same places differs between two dates, which are correlated.

    Parameters
    ----------
    first, last : (n,) arrays
        Logarithms, n >= 3.

    Notes
    -----
    Pitman (1939) and Morgan (1939), Biometrika 31: variances are equal if sum and difference are uncorrelated; t of
    that correlation with n - 2 degrees of freedom, exact for normal pairs.
    """
    from scipy.stats import t as student

    a, b = last - first, last + first
    n = len(a)
    left, right = a - a.mean(), b - b.mean()
    size = float(np.sqrt((left @ left) * (right @ right)))
    s0, s1 = float(first.std(ddof=1)), float(last.std(ddof=1))
    if n < 3 or not size > 0:
        return SpreadChange(s0, s1, float("nan"), float("nan"))
    r = float(np.clip(left @ right / size, -1.0, 1.0))
    if abs(r) == 1.0:
        return SpreadChange(s0, s1, float(np.copysign(np.inf, r)), 0.0)
    value = r * float(np.sqrt((n - 2) / (1.0 - r * r)))
    return SpreadChange(s0, s1, value, float(2.0 * student.sf(abs(value), n - 2)))


class Speed(NamedTuple):
    """Speed of convergence from a growth regression.

    Attributes
    ----------
    beta, low, high : float
        A year, with the ends of the 95 % interval of the slope carried over; missing where the slope says that places
        overtake each other within the span (1 + slope x years <= 0), infinite at that end.
    half_life : float
        Years in which half of a gap closes, ln 2 / beta; missing where beta <= 0.
    """

    beta: float
    low: float
    high: float
    half_life: float


def speed(slope: float, low: float, high: float, years: float) -> Speed:
    """beta = -ln(1 + slope x years) / years, from yearly growth on the logarithm of the first level.

    Parameters
    ----------
    slope, low, high : float
        Coefficient of the level and the ends of its interval.
    years : float
        > 0.

    Notes
    -----
    Barro and Sala-i-Martin (1992), JPE 100: growth a year = a - ((1 - exp(-beta T)) / T) ln y_0. The interval is the
    image of that of the slope: the relation is monotone, so that it covers as often as that does.
    """

    def image(b: float) -> float:
        inside = 1.0 + b * years
        return float(-np.log(inside) / years) if inside > 0 else float("inf")

    beta = image(slope)
    value = float("nan") if np.isinf(beta) else beta
    return Speed(value, image(high), image(low), float(np.log(2.0) / value) if value > 0 else float("nan"))


def growth_regression(
    first: Floats, last: Floats, years: float, controls: Floats | None = None,
    cluster: NDArray[np.intp] | None = None,
) -> Fit:  # fmt: skip
    """Yearly growth of logarithms on a constant, the logarithm of the first level, and controls.

    Parameters
    ----------
    first, last : (n,) arrays
        Levels > 0.
    years : float
        > 0.
    controls : (n, c) array, optional
    cluster : (n,) integers, optional

    Raises
    ------
    InputError
        A level is not positive, the years are not, or as `least_squares`.
    """
    if not years > 0:
        raise InputError(f"growth needs years > 0, got {years!r}")
    if not ((first > 0) & (last > 0)).all():
        raise InputError("growth needs levels above zero", hint="leave the places out, or choose other years")
    start = np.log(first)
    columns = [np.ones(len(start)), start - start.mean()]
    if controls is not None:
        columns += list(controls.T)
    return least_squares(np.column_stack(columns), np.log(last / first) / years, cluster)
