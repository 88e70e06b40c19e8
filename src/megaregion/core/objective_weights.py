"""Weights that a table gives itself: entropy, CRITIC, principal components; and a cap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
EIGENVALUE = 1.0  # components that explain more than one indicator does (Kaiser)


def entropy_weights(x: Floats) -> Floats:
    """w_j = (1 - e_j) / sum_k (1 - e_k), e_j = -(1 / ln n) sum_i p_ij ln p_ij, p_ij = x_ij / sum_i x_ij.

    Parameters
    ----------
    x : (n, m) array
        Complete, >= 0, no column of zeros, n >= 2; not shifted. 0 ln 0 counts as 0.

    Returns
    -------
    (m,) array
        Sums to one; a constant column has weight 0. All NaN where every column is constant.

    Notes
    -----
    Shannon (1948) as used by Hwang and Yoon (1981). The weight grows with the spread of a column, outliers
    included, and depends
    on the unit's zero: adding a constant moves the weights.
    """
    p = x / x.sum(axis=0)
    terms = np.where(p > 0, p * np.log(np.where(p > 0, p, 1.0)), 0.0)
    spread = 1.0 + terms.sum(axis=0) / np.log(len(x))
    spread = np.where(np.ptp(x, axis=0) == 0, 0.0, np.maximum(spread, 0.0))
    total = spread.sum()
    return np.asarray(spread / total if total > 0 else np.full(x.shape[1], np.nan))


def critic_weights(x: Floats) -> Floats:
    """w_j proportional to s_j sum_k (1 - r_jk): standard deviation times conflict with the other columns.

    Parameters
    ----------
    x : (n, m) array
        Complete, on one scale (0 worst, 1 best), no constant column, n >= 2.

    Notes
    -----
    Diakoulaki, Mavrotas and Papayannakis (1995), Comput. Oper. Res. 22(7).
    """
    if x.shape[1] == 1:
        return np.ones(1)
    value = x.std(axis=0, ddof=1) * (1.0 - correlations(x)).sum(axis=0)
    total = value.sum()
    if not total > 1e-12 * x.std(axis=0, ddof=1).sum():  # all columns say the same: none is in conflict
        return np.full(x.shape[1], 1.0 / x.shape[1])
    return np.asarray(value / total)


def correlations(x: Floats) -> Floats:
    """Correlation matrix of the columns, none constant; by plain sums, so that no number of threads moves a digit."""
    z = x - x.mean(axis=0)
    z = z / np.abs(z).max(axis=0)
    z = z / z.std(axis=0)
    return np.asarray(np.clip(np.einsum("ij,ik->jk", z, z) / len(x), -1.0, 1.0))


def component_weights(x: Floats) -> Floats:
    """Weights of principal components: squared rotated loadings, each column's largest times the share explained.

    Components of the correlation matrix with an eigenvalue above 1 (at least the first), varimax rotation; a column
    belongs to the component on which it loads most, its weight is that squared loading, which is its share
    of the component
    times what the component explains.

    Parameters
    ----------
    x : (n, m) array
        Complete, no constant column, n >= 2.

    Notes
    -----
    Nicoletti, Scarpetta and Boylaud (2000), OECD Economics Department Working Papers 226; OECD/JRC (2008),
    section 6.1.
    """
    if x.shape[1] == 1:
        return np.ones(1)
    values, vectors = np.linalg.eigh(correlations(x))
    kept = values > EIGENVALUE + 1e-9
    kept[-1] = True
    loadings = varimax(vectors[:, kept] * np.sqrt(values[kept]))
    square = (loadings**2).max(axis=1)
    return np.asarray(square / square.sum())


def varimax(loadings: Floats, *, rounds: int = 500, tolerance: float = 1e-12) -> Floats:
    """Loadings turned so that the variance of their squares is greatest (Kaiser 1958), without row scaling.

    Parameters
    ----------
    loadings : (m, c) array
    rounds : int
        Most iterations of the singular value scheme.
    tolerance : float
        Relative gain at which it stops.
    """
    m, c = loadings.shape
    if c == 1:
        return loadings
    turn, before = np.eye(c), 0.0
    for _ in range(rounds):
        now = loadings @ turn
        u, s, v = np.linalg.svd(loadings.T @ (now**3 - now * (now**2).sum(axis=0) / m))
        turn = u @ v
        if s.sum() <= before * (1.0 + tolerance):
            break
        before = s.sum()
    return np.asarray(loadings @ turn)


def capped(weights: Floats, cap: float) -> Floats:
    """Weights of which none exceeds `cap`; what is cut off goes to the others in proportion.

    Parameters
    ----------
    weights : (m,) array
        >= 0, sums to one.
    cap : float
        At least 1 / m. Where fewer than 1 / cap columns have weight, what is left goes evenly to the others.
    """
    out = weights.copy()
    held = np.zeros(len(out), dtype=bool)
    while (out > cap * (1 + 1e-12)).any():
        held |= out > cap * (1 + 1e-12)
        rest = 1.0 - cap * held.sum()
        free = np.where(held, 0.0, weights)
        share = free / free.sum() if free.sum() > 0 else ~held / max((~held).sum(), 1)
        out = np.where(held, cap, rest * share)
    return np.asarray(out)
