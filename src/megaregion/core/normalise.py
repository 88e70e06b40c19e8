"""Indicators brought to one scale: around a target, as z-scores, ranks, percentiles or shares of the best."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SAME = 1e-12  # values that differ by less, as a share of their size, differ by rounding


def around_target(x: Floats, low: float, high: float, best: tuple[float, float]) -> Floats:
    """1 inside the target interval, falling in a straight line to 0 at the goalposts; missing stays missing.

    x' = (x - low) / (best_0 - low) below the interval, (high - x) / (high - best_1) above it, cut to [0, 1].

    Parameters
    ----------
    x : array
        Values in the unit of the goalposts.
    low, high : float
        Worst values on either side, low <= best_0 and best_1 <= high; where they meet no value lies beyond.
    best : pair of float
        Ends of the interval, best_0 <= best_1; equal for a nominal best.
    """
    first, last = best
    with np.errstate(divide="ignore", invalid="ignore"):  # a side without room is replaced below
        left = np.where(x < first, (x - low) / (first - low) if first > low else 0.0, 1.0)
        right = np.where(x > last, (high - x) / (high - last) if high > last else 0.0, 1.0)
    share = np.clip(np.minimum(left, right), 0.0, 1.0)
    return np.asarray(np.where(np.isnan(x), np.nan, share))


def distance_to_target(x: Floats, best: tuple[float, float]) -> Floats:
    """How far `x` lies outside of the interval `best`, in its own unit; 0 inside."""
    first, last = best
    return np.asarray(np.maximum(np.maximum(first - x, x - last), 0.0))


def z_scores(x: Floats, direction: int) -> Floats:
    """(x - mean) / standard deviation, turned so that more is better; the deviation has n - 1 in the denominator.

    Parameters
    ----------
    x : (n,) array
        Complete, n >= 2, not constant.
    direction : {1, -1}
    """
    d = x / np.abs(x).max()  # squares of the values themselves may overflow
    d = d - d.mean()
    size = np.abs(d).max()
    return np.asarray(direction * d / (size * (d / size).std(ddof=1)))


def rank_scores(x: Floats, direction: int) -> Floats:
    """Share of the other values that are worse: 0 for the worst, 1 for the best, mean ranks for ties (Borda).

    Parameters
    ----------
    x : (n,) array
        Complete, n >= 2.
    direction : {1, -1}
    """
    return np.asarray((_mean_ranks(direction * x) - 1.0) / (len(x) - 1.0))


def percentiles(x: Floats, direction: int) -> Floats:
    """Percentile rank: (values worse + half of those equal, itself included) / n; never 0 or 1."""
    return np.asarray((_mean_ranks(direction * x) - 0.5) / len(x))


def share_of_best(x: Floats, direction: int) -> Floats:
    """Distance to the frontier as a ratio: x / max x, or min x / x where less is better.

    Parameters
    ----------
    x : (n,) array
        Complete and above zero (where more is better zero is allowed, but not everywhere).
    direction : {1, -1}

    Notes
    -----
    OECD/JRC (2008), Handbook on Constructing Composite Indicators, table 3, "distance to a reference": the reference
    is the best place.
    """
    return np.asarray(x / x.max() if direction > 0 else x.min() / x)


def _mean_ranks(x: Floats) -> Floats:
    """Rank 1 for the smallest, ties at the mean of their ranks; 5.1 and 5.1000000000000005 are a tie."""
    order = np.argsort(x, kind="stable")
    sorted_ = x[order]
    size = np.maximum(np.abs(sorted_[1:]), np.abs(sorted_[:-1]))
    group = np.concatenate([[0], np.cumsum(np.diff(sorted_) > SAME * size)])
    counts = np.bincount(group)
    out = np.empty(len(x))
    out[order] = (np.cumsum(counts) - (counts - 1) / 2.0)[group]
    return out
