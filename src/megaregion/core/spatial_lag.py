"""Spatial lag and Durbin models by concentrated maximum likelihood on sparse weights; direct and indirect effects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from megaregion._rng import generator
from megaregion.errors import ConvergenceError, InputError

Floats = NDArray[np.float64]
_BLOCK = 256  # columns of the inverse that are held at once
_NODES = 24  # most Chebyshev nodes at which traces are taken for the simulation


class SpatialLag(NamedTuple):
    """y = rho W y + X b + e.

    Attributes
    ----------
    rho : float
    estimate : (k,) array
        b.
    sigma2 : float
        Maximum likelihood (divisor n).
    log_likelihood : float
    covariance : (k + 1, k + 1) array
        Of b and rho, inverse of the expected information.
    residual : (n,) array
    least_squares : (k,) array
        b at rho = 0.
    """

    rho: float
    estimate: Floats
    sigma2: float
    log_likelihood: float
    covariance: Floats
    residual: Floats
    least_squares: Floats

    def error(self) -> Floats:
        """Standard errors of b and rho (k + 1,)."""
        return np.sqrt(np.diag(self.covariance))


class Effects(NamedTuple):
    """Effects of each regressor, averaged over places.

    Attributes
    ----------
    direct, indirect, total : (k, 3) arrays
        Estimate and the ends of the interval.
    rejected : int
        Draws whose rho left the range in which the model is defined.
    """

    direct: Floats
    indirect: Floats
    total: Floats
    rejected: int


def log_determinant(w: sparse.csr_array, rho: float) -> float:
    """ln |I - rho W| by a sparse LU decomposition; W (n, n)."""
    return float(np.log(np.abs(_factor(w, rho).U.diagonal())).sum())


def spatial_lag(y: Floats, x: Floats, w: sparse.csr_array) -> SpatialLag:
    """Maximum likelihood of the spatial lag model; with W X among the columns of x it is the Durbin model.

    Parameters
    ----------
    y : (n,) array
    x : (n, k) array
        Of full column rank.
    w : (n, n) sparse array
        Weights >= 0, nothing on the diagonal; rows of islands are zero.

    Raises
    ------
    InputError
        Shapes or weights are not as said, or columns depend on each other.
    ConvergenceError
        The likelihood rises to the end of the range of rho.

    Notes
    -----
    Ord (1975), J. Am. Stat. Assoc. 70; information matrix: Anselin (1988), Spatial Econometrics, ch. 6. rho is sought
    where abs(rho) times the largest row sum is below one. The log-determinant is that of a sparse LU; traces of
    G = W (I - rho W)^-1 come from blocks of columns, so that no dense n x n matrix is ever held.
    """
    n, _ = _checked(y, x, w)
    reach = 1.0 / float(w.sum(axis=1).max())
    base = np.linalg.qr(x / np.linalg.norm(x, axis=0))[0]
    lag = w @ y
    rest, rest_lag = y - base @ (base.T @ y), lag - base @ (base.T @ lag)

    def loss(rho: float) -> float:
        e = rest - rho * rest_lag
        return 0.5 * n * float(np.log(float(e @ e) / n)) - log_determinant(w, rho)

    rho = _minimum(loss, 0.9999 * reach)
    beta_y, beta_lag = (np.linalg.lstsq(x, v, rcond=None)[0] for v in (y, lag))
    beta = beta_y - rho * beta_lag
    e = y - rho * lag - x @ beta
    sigma2 = float(e @ e) / n
    like = -loss(rho) - 0.5 * n * (1.0 + np.log(2.0 * np.pi))
    return SpatialLag(rho, beta, sigma2, float(like), _covariance(x, w, (rho, beta, sigma2)), e, beta_y)


def effects(
    fit: SpatialLag, w: sparse.csr_array, own: NDArray[np.intp], lagged: NDArray[np.intp], *, seed: int,
    draws: int = 1000, level: float = 0.95,
) -> Effects:  # fmt: skip
    """Average direct, indirect and total effects with simulated intervals.

    Parameters
    ----------
    fit : SpatialLag
    w : (n, n) sparse array
    own : (r,) integers
        Positions in x of the regressors asked for.
    lagged : (r,) integers
        Positions of their spatial lags; -1 where there is none.
    seed : int
    draws : int
        Of b and rho from their joint normal distribution.
    level : float

    Notes
    -----
    S_r(W) = (I - rho W)^-1 (b_r I + theta_r W); direct = mean of the diagonal, total = mean row sum, indirect = the
    difference (LeSage and Pace 2009, Introduction to Spatial Econometrics, ch. 2 and 5).
    The four means over W that depend on rho alone are taken at Chebyshev nodes and interpolated: they are analytic.
    """
    if draws < 2 or not 0 < level < 1:
        raise InputError(f"draws must be at least 2 and level between 0 and 1, got {draws!r}, {level!r}")
    reach = 1.0 / float(w.sum(axis=1).max())
    rng = generator(seed, "effects")
    size, axes = np.linalg.eigh(fit.covariance)
    root = axes * np.sqrt(np.maximum(size, 0.0))
    center = np.concatenate([fit.estimate, [fit.rho]])
    sample = center + rng.standard_normal((draws, len(center))) @ root.T
    inside = np.abs(sample[:, -1]) < 0.9999 * reach
    sample = np.vstack([center, sample[inside]])
    means = _means_over_w(w, sample[:, -1])
    b = sample[:, own]
    theta = np.where(lagged >= 0, sample[:, np.maximum(lagged, 0)], 0.0)
    direct = b * means[0][:, None] + theta * means[1][:, None]
    total = b * means[2][:, None] + theta * means[3][:, None]
    ends = [(1 - level) / 2, (1 + level) / 2]

    def three(v: Floats) -> Floats:
        return np.column_stack([v[0], np.quantile(v[1:], ends, axis=0).T])

    return Effects(three(direct), three(total - direct), three(total), int((~inside).sum()))


def _checked(y: Floats, x: Floats, w: sparse.csr_array) -> tuple[int, int]:
    n, k = x.shape
    problems = []
    if y.shape != (n,) or w.shape != (n, n):
        problems.append(f"y, x and w must speak of the same places: {y.shape}, {x.shape}, {w.shape}")
    elif n <= k + 1:
        problems.append(f"{n} places cannot carry {k} coefficients and rho")
    elif not (np.isfinite(y).all() and np.isfinite(x).all()):
        problems.append("y and x must be finite")
    elif np.linalg.matrix_rank(x / np.maximum(np.linalg.norm(x, axis=0), 1e-300)) < k:
        problems.append("columns of x depend on each other")
    if w.nnz == 0 or not np.isfinite(w.data).all() or (w.data < 0).any() or w.diagonal().any():
        problems.append("weights must be >= 0, some above, with nothing on the diagonal")
    if problems:
        raise InputError("; ".join(problems))
    return n, k


def _factor(w: sparse.csr_array, rho: float) -> Any:
    from scipy.sparse.linalg import splu

    return splu((sparse.eye_array(w.shape[0], format="csc") - rho * w).tocsc())


def _minimum(loss: Callable[[float], float], reach: float) -> float:
    """Where a smooth convex-enough function of rho is smallest; refined by a parabola beyond the root of rounding."""
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(loss, bounds=(-reach, reach), method="bounded", options={"xatol": 1e-9})
    rho = float(found.x)
    if reach - abs(rho) < 1e-5 * reach:
        raise ConvergenceError("the likelihood rises to the end of the range of rho", last=rho,
                               hint="a unit root in space, or a lag that is the outcome itself")  # fmt: skip
    for width in (1e-2, 1e-3):  # differences of a width at which rounding is far below the curvature
        h = width * min(1.0, 0.5 * (reach - abs(rho)) / reach) * reach
        lo, lo2, mid, hi2, hi = (loss(rho + s * h) for s in (-2, -1, 0, 1, 2))
        slope = (lo - 8 * lo2 + 8 * hi2 - hi) / (12 * h)
        curve = (-lo + 16 * lo2 - 30 * mid + 16 * hi2 - hi) / (12 * h * h)
        if curve > 0 and abs(slope / curve) < h:
            rho -= slope / curve
    return rho


def _covariance(x: Floats, w: sparse.csr_array, at: tuple[float, Floats, float]) -> Floats:
    rho, beta, sigma2 = at
    n, k = x.shape
    lu = _factor(w, rho)
    g_mean = w @ lu.solve(x @ beta)
    trace = square = product = 0.0
    for start in range(0, n, _BLOCK):
        stop = min(start + _BLOCK, n)
        unit = np.zeros((n, stop - start))
        unit[np.arange(start, stop), np.arange(stop - start)] = 1.0
        forward = w @ lu.solve(unit)  # columns of G
        backward = lu.solve(np.asarray(w.T @ unit), trans="T")  # columns of G'
        trace += float(forward[np.arange(start, stop), np.arange(stop - start)].sum())
        square += float((forward * backward).sum())
        product += float((forward * forward).sum())
    information = np.zeros((k + 2, k + 2))
    information[:k, :k] = x.T @ x / sigma2
    information[:k, k] = information[k, :k] = x.T @ g_mean / sigma2
    information[k, k] = square + product + float(g_mean @ g_mean) / sigma2
    information[k, k + 1] = information[k + 1, k] = trace / sigma2
    information[k + 1, k + 1] = n / (2.0 * sigma2**2)
    size = np.sqrt(np.diag(information))
    inverse = np.linalg.inv(information / np.outer(size, size)) / np.outer(size, size)
    return np.asarray(inverse[: k + 1, : k + 1])


def _means_over_w(w: sparse.csr_array, rho: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Mean diagonal of A^-1 and A^-1 W, mean row sum of both, A = I - rho W, for many rho."""
    n, ones = w.shape[0], np.ones(w.shape[0])
    low, high = float(rho.min()), float(rho.max())
    if high - low < 1e-12:
        low, high = low - 1e-9, high + 1e-9
    far = float(w.sum(axis=1).max())
    # poles lie at 1 / eigenvalues, none nearer than 1 / far: errors fall as r to the minus nodes (Bernstein's ellipse)
    z = (1.0 / far - abs(low + high) / 2) / ((high - low) / 2)
    count = int(np.clip(np.ceil(np.log(1e10) / np.log(z + np.sqrt(max(z * z - 1.0, 1e-4)))), 3, _NODES))
    angle = (2 * np.arange(count) + 1) * np.pi / (2 * count)
    nodes = (low + high) / 2 + (high - low) / 2 * np.cos(angle)
    values = np.empty((count, 4))
    for row, at in zip(values, nodes, strict=True):
        lu, own, lagged = _factor(w, float(at)), 0.0, 0.0
        for start in range(0, n, _BLOCK):
            stop = min(start + _BLOCK, n)
            unit = np.zeros((n, stop - start))
            unit[np.arange(start, stop), np.arange(stop - start)] = 1.0
            solved = lu.solve(unit)  # columns of A^-1
            own += float(solved[np.arange(start, stop), np.arange(stop - start)].sum())
            lagged += float((w[start:stop] @ solved).diagonal().sum())  # tr(A^-1 W) = tr(W A^-1)
        row[:] = own / n, lagged / n, lu.solve(ones).mean(), lu.solve(w @ ones).mean()
    # the pole at rho = 1 / far is taken out before interpolation
    weight = np.where(np.arange(count) % 2, -1.0, 1.0) * np.sin(angle)
    found = _interpolated(nodes, weight, values * (1 - far * nodes)[:, None], rho) / (1 - far * rho)[:, None]
    return found[:, 0], found[:, 1], found[:, 2], found[:, 3]


def _interpolated(nodes: Floats, weight: Floats, values: Floats, at: Floats) -> Floats:
    """The polynomial through (nodes, values) at other points, by the second barycentric formula.

    Berrut and Trefethen (2004), SIAM Review 46(3), sections 4 and 5 (weights of Chebyshev points of the first kind).
    That of scipy takes the nodes in a random order, so that its last digits differ from call to call.
    """
    apart = at[:, None] - nodes
    row, column = np.nonzero(apart == 0)
    apart[row] = 1.0  # these are nodes: their values are known
    share = weight / apart
    out: Floats = (share @ values) / share.sum(axis=1)[:, None]
    out[row] = values[column]
    return out
