"""Which ranks each of several estimates may have: confidence sets from all comparisons of pairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from megaregion.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_BLOCK = 4_000_000  # comparisons held at once: 32 MB


def rank_intervals(
    estimate: Floats, covariance: Floats, *, seed: np.random.Generator, level: float = 0.95, draws: int = 10_000,
    simultaneous: bool = True,
) -> tuple[Ints, Ints]:  # fmt: skip
    """Lowest and highest rank of each estimate that the data do not exclude; rank 1 is the largest.

    Parameters
    ----------
    estimate : (p,) array
    covariance : (p, p) array
        Of the estimates, taken as normal.
    seed : Generator
    level : float, default 0.95
        Chance that the sets hold the true ranks: all of them at once, or (simultaneous=False) each by itself.
    draws : int, default 10000
    simultaneous : bool, default True

    Returns
    -------
    low, high : (p,) int arrays
        Best and worst rank.

    Raises
    ------
    InputError
        A number is missing, shapes differ, the covariance is not symmetric or has a negative variance.

    Notes
    -----
    Mogstad, Romano, Shaikh and Wilhelm (2024, Rev. Econ. Stud. 91(1), 476): every claim θ_i > θ_j of a family is
    tested with (x_i - x_j) / se_ij against the 1 - α quantile of the largest of these over the claims not yet made,
    with draws from N(0, covariance), until none is added (stepdown). Best rank: 1 + the number shown to be better;
    worst: p less the number shown to be worse. Families: all ordered pairs, or those of one estimate. Two estimates
    whose difference has no error are compared as they are. Draws times pairs: 41 places take a second, 400 minutes.
    """
    x, cov = np.asarray(estimate, dtype=np.float64), np.asarray(covariance, dtype=np.float64)
    p = len(x)
    if cov.shape != (p, p) or not (np.isfinite(x).all() and np.isfinite(cov).all()):
        raise InputError("estimates and their covariance must be finite and fit together")
    size = float(np.abs(cov).max(initial=0.0))
    if not np.allclose(cov, cov.T, rtol=0, atol=1e-9 * size) or (np.diag(cov) < 0).any():
        raise InputError("the covariance must be symmetric, with variances that are not below zero")
    if p < 2:
        return np.ones(p, np.int64), np.ones(p, np.int64)
    root = _root((cov + cov.T) / 2)
    noise = seed.standard_normal((draws, p)) @ root.T
    variance = np.diag(cov)
    gap = x[:, None] - x[None, :]
    error = np.sqrt(np.maximum(variance[:, None] + variance[None, :] - 2 * cov, 0.0))
    error[error <= 1e-9 * np.sqrt(size)] = 0.0
    if simultaneous:
        better = _claims(gap, error, noise, np.argwhere(~np.eye(p, dtype=bool)), level)
        return 1 + better.sum(axis=0), p - better.sum(axis=1)
    low, high = np.empty(p, np.int64), np.empty(p, np.int64)
    for k in range(p):
        rest = np.delete(np.arange(p), k)
        mine = np.concatenate([np.column_stack([np.full(p - 1, k), rest]), np.column_stack([rest, np.full(p - 1, k)])])
        better = _claims(gap, error, noise, mine, level)
        low[k], high[k] = 1 + better[:, k].sum(), p - better[k].sum()
    return low, high


def _claims(gap: Floats, error: Floats, noise: Floats, pairs: Ints, level: float) -> NDArray[np.bool_]:
    """True at (i, j) where θ_i > θ_j is shown; `pairs` are the claims of the family."""
    made = np.zeros(gap.shape, dtype=bool)
    i, j = pairs[:, 0], pairs[:, 1]
    sure = error[i, j] == 0
    made[i[sure], j[sure]] = gap[i[sure], j[sure]] > 0
    i, j = i[~sure], j[~sure]
    t = gap[i, j] / error[i, j]
    open_ = np.ones(len(i), dtype=bool)
    while open_.any():
        a, b = i[open_], j[open_]
        step = max(1, _BLOCK // len(a))
        top = np.concatenate([
            ((part[:, a] - part[:, b]) / error[a, b]).max(axis=1)
            for part in np.split(noise, range(step, len(noise), step))
        ])  # fmt: skip
        new = open_ & (t > np.quantile(top, level, method="higher"))
        if not new.any():
            break
        open_ &= ~new
    made[i[~open_], j[~open_]] = True
    return made


def _root(cov: Floats) -> Floats:
    """A matrix whose product with its transpose is the covariance; negative eigenvalues of rounding are zero."""
    values, vectors = np.linalg.eigh(cov)
    if values.min() < -1e-8 * max(float(np.abs(values).max()), 1e-300):
        raise InputError("the covariance is not positive semidefinite")
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
