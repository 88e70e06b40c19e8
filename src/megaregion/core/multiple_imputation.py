"""Multiple imputation: draws of missing values by predictive mean matching, pooled with Rubin's rules."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from megaregion._rng import generator
from megaregion.errors import InputError

Floats = NDArray[np.float64]
DRAWS = 20
DONORS = 5


class Pooled(NamedTuple):
    """Estimate from several completed tables.

    Attributes
    ----------
    estimate : float
        Mean over the completed tables.
    within, between : float
        Mean variance inside of a completed table, W; variance of the estimates over them, B.
    total : float
        T = W + (1 + 1/m) B.
    se : float
    df : float
        Degrees of freedom; infinite if the values were complete and many.
    low, high : float
    missing_information : float
        Share of the information that is lost, (1 + 1/m) B / T.
    """

    estimate: float
    within: float
    between: float
    total: float
    se: float
    df: float
    low: float
    high: float
    missing_information: float


def rubin(estimates: Floats, variances: Floats, *, complete_df: float = np.inf, level: float = 0.95) -> Pooled:
    """Pool the estimates of completed tables.

    Parameters
    ----------
    estimates, variances : (m,) arrays
        Of each completed table; m >= 2, variances >= 0.
    complete_df : float, default infinite
        Degrees of freedom that the estimate would have without gaps.
    level : float, default 0.95

    Raises
    ------
    InputError
        Fewer than two tables, or a negative variance.

    Notes
    -----
    Rubin (1987), Multiple Imputation for Nonresponse in Surveys, ch. 3; degrees of freedom of Barnard and Rubin (1999),
    Biometrika 86.
    """
    m = len(estimates)
    if m < 2 or len(variances) != m or not (np.asarray(variances) >= 0).all():
        raise InputError(f"expected two completed tables at least, with variances >= 0; got {m} and {len(variances)}")
    middle, within, between = float(np.mean(estimates)), float(np.mean(variances)), float(np.var(estimates, ddof=1))
    total = within + (1.0 + 1.0 / m) * between
    lost = (total - within) / total if total > 0 else 0.0
    rate = 0.0  # 1 / degrees of freedom, from few draws and from few values
    if lost > 0:
        rate += lost**2 / (m - 1)
    if np.isfinite(complete_df):
        rate += (complete_df + 3.0) / ((complete_df + 1.0) * complete_df * max(1.0 - lost, 1e-12))
    df = 1.0 / rate if rate > 0 else np.inf
    se = float(np.sqrt(total))
    width = se * float(stdtrit(min(df, 1e12), 0.5 + level / 2.0))
    return Pooled(middle, within, between, total, se, df, middle - width, middle + width, lost)


def matched_draws(
    y: Floats, x: Floats, *, draws: int = DRAWS, donors: int = DONORS, seed: int | np.random.Generator
) -> Floats:
    """Completed copies of `y`: every gap takes the value of a place that is predicted alike.

    Parameters
    ----------
    y : (n,) array
        NaN where missing.
    x : (n, p) array
        Complete predictors, without a constant.
    draws : int, default 20
    donors : int, default 5
        Places of nearest prediction among which one is drawn.
    seed : int or Generator

    Returns
    -------
    (draws, n) array

    Raises
    ------
    InputError
        A predictor is missing, or there are too few values: fewer than the predictors and the constant and three more,
        or than the donors.

    Notes
    -----
    Predictive mean matching, type 1: places with a value are predicted with the least-squares coefficients, gaps with
    coefficients drawn from their posterior under a flat prior (Rubin 1987, p. 166; Little 1988, JBES 6; van Buuren
    2018, Flexible Imputation of Missing Data, algorithm 3.3). Drawn values are values that occur, so no shape is
    assumed; it takes gaps to be random given the predictors.
    """
    gap = np.isnan(y)
    n, k = int((~gap).sum()), x.shape[1] + 1
    if not np.isfinite(x).all():
        raise InputError("predictors must be complete and finite")
    if n < max(k + 3, donors):
        raise InputError(f"{n} values are too few for {k - 1} predictors and {donors} donors")
    out = np.tile(y, (draws, 1))
    if not gap.any():
        return out
    scale = x.std(axis=0)
    design = np.column_stack([np.ones(len(x)), (x - x.mean(axis=0)) / np.where(scale > 0, scale, 1.0)])
    have, lack, known = design[~gap], design[gap], y[~gap]
    u, s, vt = np.linalg.svd(have, full_matrices=False)
    keep = s > 1e-10 * s[0]  # a constant or repeated predictor adds nothing
    root = vt[keep].T / s[keep]  # root @ root.T is the inverse of have.T @ have
    beta = root @ (u[:, keep].T @ known)
    fitted = have @ beta
    rss, free = float(((known - fitted) ** 2).sum()), n - int(keep.sum())
    rng = generator(seed, "matched-draws")
    for draw in out:
        sigma = np.sqrt(rss / rng.chisquare(free))
        guess = lack @ (beta + sigma * (root @ rng.standard_normal(int(keep.sum()))))
        near = np.argsort(np.abs(fitted[None, :] - guess[:, None]), axis=1, kind="stable")[:, :donors]
        draw[gap] = known[near[np.arange(len(near)), rng.integers(donors, size=len(near))]]
    return out
