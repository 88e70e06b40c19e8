"""Composite indices: fixed goalposts, power means, ranks, and random weights."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
TIE_DECIMALS = 12  # scores that agree to here are ties: the last digits are rounding of the sums


class Scaled(NamedTuple):
    """Values between goalposts."""

    values: Floats
    below: int
    above: int


def goalposts(x: Floats, low: float, high: float, direction: int, delta: float = 0.0) -> Scaled:
    """Distance from the worse goalpost to the better one, between `delta` and 1 - `delta`.

    x' = (x - low) / (high - low), or 1 minus that where less is better, cut to [0, 1], then
    x' (1 - 2 delta) + delta, which keeps a geometric mean away from zero.

    Parameters
    ----------
    x : array
        Values in the unit of the goalposts; missing stays missing.
    low, high : float
        Goalposts, low < high; fixed beforehand and never taken from the sample.
    direction : {1, -1}
        1 if more is better.
    delta : float
        Margin, 0 <= delta < 1/2.

    Returns
    -------
    Scaled
        The values, and how many of `x` lay below `low` and above `high`.
    """
    share = (x - low) / (high - low)
    below, above = int((share < 0).sum()), int((share > 1).sum())
    share = np.clip(share, 0.0, 1.0)
    if direction < 0:
        share = 1.0 - share
    return Scaled(np.asarray(share * (1.0 - 2.0 * delta) + delta), below, above)


def power_mean(x: Floats, weights: Floats, p: float) -> Floats:
    """Weighted power mean over the last axis; p = 1 linear, p = 0 geometric, p = -1 harmonic.

    Parameters
    ----------
    x : (..., k) array
        Values >= 0; a zero makes the mean zero where p <= 0.
    weights : (..., k) array
        Weights >= 0 that sum to 1 over the last axis; broadcast against `x`.
    p : float
        Exponent.

    Returns
    -------
    (...) array
    """
    if p == 1:
        return np.asarray((weights * x).sum(axis=-1))
    with np.errstate(divide="ignore", invalid="ignore"):  # the logarithm of 0 is meant: the mean is then 0
        if p == 0:
            terms = np.where(weights > 0, weights * np.log(x), 0.0)
            return np.asarray(np.exp(terms.sum(axis=-1)))
        terms = np.where(weights > 0, weights * x**p, 0.0)
        return np.asarray(terms.sum(axis=-1) ** (1.0 / p))


def ranks(score: Floats) -> NDArray[np.int64]:
    """Rank 1 for the highest score along the last axis; ties go to the earlier position.

    Parameters
    ----------
    score : (..., n) array
        Scores without missing values, in the order of the labels that break ties.
    """
    key = -np.round(score, TIE_DECIMALS)
    order = np.argsort(key, axis=-1)  # the quickest sort, and again the stable one where there are ties
    tied = (np.diff(np.take_along_axis(key, order, axis=-1), axis=-1) == 0).any(axis=-1)
    if tied.any():
        order = np.where(tied[..., None], np.argsort(key, axis=-1, kind="stable"), order)
    out = np.empty(order.shape, dtype=np.int64)
    np.put_along_axis(out, order, np.broadcast_to(np.arange(1, score.shape[-1] + 1), order.shape), axis=-1)
    return out


def random_weights(weights: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Weights around the stated ones: Dirichlet with parameters k w, so that their mean is w.

    With equal weights this is Dirichlet(1, ..., 1), every vector of weights being as likely as any other.

    Parameters
    ----------
    weights : (k,) array
        Stated weights > 0 that sum to 1.
    draws : int
        How many vectors.
    rng : Generator

    Returns
    -------
    (draws, k) array
    """
    return rng.dirichlet(weights * len(weights), size=draws)


def rank_interval(rank: NDArray[np.int64], levels: Floats) -> NDArray[np.int64]:
    """Ranks at the given levels over the draws (first axis); always ranks that occurred.

    Parameters
    ----------
    rank : (draws, n) integers
    levels : (q,) array
        Probabilities.

    Returns
    -------
    (q, n) integers
    """
    return np.asarray(np.quantile(rank, levels, axis=0, method="inverted_cdf"), dtype=np.int64)
