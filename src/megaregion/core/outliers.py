"""Long tails of an indicator: skewness and kurtosis, winsorising, logarithm, Box-Cox."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SKEW, KURTOSIS = 2.0, 3.5
LAMBDAS = np.linspace(-2.0, 2.0, 401)  # Box-Cox: a hundredth is finer than any sample of places can tell


class Winsorised(NamedTuple):
    """Values and the positions that were moved, in the order of moving."""

    values: Floats
    moved: tuple[int, ...]


def skewness(x: Floats) -> float:
    """G1, the skewness corrected for the size of the sample; n >= 3, not constant."""
    n, d = len(x), _deviations(x)
    square = d * d
    return float((square * d).mean() / square.mean() ** 1.5 * np.sqrt(n * (n - 1.0)) / (n - 2.0))


def kurtosis(x: Floats) -> float:
    """G2, the excess kurtosis corrected for the size of the sample (0 for a normal sample); n >= 4, not constant."""
    n, d = len(x), _deviations(x)
    square = d * d
    g = (square * square).mean() / square.mean() ** 2 - 3.0
    return float(((n + 1.0) * g + 6.0) * (n - 1.0) / ((n - 2.0) * (n - 3.0)))


def _deviations(x: Floats) -> Floats:
    """Deviations from the mean as shares of the largest, whose powers neither vanish nor overflow."""
    d = x - x.mean()
    return np.asarray(d / np.abs(d).max())


def has_outliers(x: Floats, *, skew: float = SKEW, kurt: float = KURTOSIS) -> bool:
    """Whether |skewness| and kurtosis both exceed their limits; False for fewer than 4 values or a constant."""
    if len(x) < 4 or np.ptp(x) == 0:
        return False
    return abs(skewness(x)) > skew and kurtosis(x) > kurt


def winsorise(x: Floats, most: int, *, skew: float = SKEW, kurt: float = KURTOSIS) -> Winsorised:
    """Move the farthest values to the next ones until skewness or kurtosis is within its limit.

    The side is that of the skewness; the k-th step sets the k farthest values of that side to the (k+1)-th.

    Parameters
    ----------
    x : (n,) array
        Complete.
    most : int
        Values that may be moved; where that does not suffice the caller decides (`has_outliers` of the result).
    skew, kurt : float
        Limits.

    Notes
    -----
    Becker et al. (2022), COINr, J. Open Source Softw. 7(78); limits of OECD/JRC (2008).
    """
    out = x.astype(np.float64, copy=True)
    moved: list[int] = []
    while len(moved) < most and has_outliers(out, skew=skew, kurt=kurt):
        left = np.delete(np.arange(len(x)), moved)
        up = skewness(out) > 0
        at = int(left[np.argmax(out[left])] if up else left[np.argmin(out[left])])
        rest = out[left[left != at]]
        limit = rest.max() if up else rest.min()
        moved.append(at)
        out[moved] = np.minimum(out[moved], limit) if up else np.maximum(out[moved], limit)
    return Winsorised(out, tuple(moved))


def log_shift(x: Floats) -> float:
    """Number that is added before the logarithm: 0 where all values are positive, else 1 % of the range above -min.

    Only then is the logarithm's result free of a choice; with a shift the log must say so.
    """
    low = float(x.min())
    return 0.0 if low > 0 else 0.01 * float(np.ptp(x)) - low


def box_cox(x: Floats, lam: float) -> Floats:
    """(x^lam - 1) / lam, the logarithm for lam = 0; x > 0."""
    return np.asarray(np.log(x) if lam == 0 else np.expm1(lam * np.log(x)) / lam)


def box_cox_lambda(x: Floats) -> float:
    """Exponent of greatest profile likelihood on a grid of hundredths from -2 to 2 (Box and Cox 1964); x > 0.

    Parameters
    ----------
    x : (n,) array
        Positive, not constant.
    """
    scaled = np.log(x / np.exp(np.log(x).mean()))  # a change of unit moves nothing
    best, found = -np.inf, 1.0
    for lam in np.round(LAMBDAS, 2):
        y = scaled if lam == 0 else np.expm1(lam * scaled) / lam
        likelihood = -0.5 * len(x) * np.log(y.var()) + (lam - 1.0) * scaled.sum()
        if likelihood > best:
            best, found = float(likelihood), float(lam)
    return found
