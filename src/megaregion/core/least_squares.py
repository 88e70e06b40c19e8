"""Ordinary least squares with errors that hold without equal variances, and inside of clusters."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from megaregion.errors import InputError

Floats = NDArray[np.float64]


class Fit(NamedTuple):
    """A regression.

    Attributes
    ----------
    estimate : (k,) array
    hc1, cluster : (k, k) arrays
        Covariance of the estimate, heteroskedasticity-robust and clustered (CR1); the second is missing without
        clusters or with one.
    residual : (n,) array
    r_squared : float
        Share of the variance about the mean; missing where there is none.
    freedom, clusters : int
        n - k; number of clusters (0 without).
    """

    estimate: Floats
    hc1: Floats
    cluster: Floats
    residual: Floats
    r_squared: float
    freedom: int
    clusters: int

    def error(self, *, clustered: bool = False) -> Floats:
        """Standard errors (k,)."""
        return np.sqrt(np.diag(self.cluster if clustered else self.hc1))

    def interval(self, *, clustered: bool = False, level: float = 0.95) -> tuple[Floats, Floats]:
        """Ends by t with n - k, or clusters - 1, degrees of freedom."""
        from scipy.stats import t

        freedom = self.clusters - 1 if clustered else self.freedom
        if freedom < 1:
            nothing = np.full(len(self.estimate), np.nan)
            return nothing, nothing
        wide = float(t.ppf(0.5 + level / 2.0, freedom)) * self.error(clustered=clustered)
        return self.estimate - wide, self.estimate + wide


def least_squares(x: Floats, y: Floats, cluster: NDArray[np.intp] | None = None) -> Fit:
    """Least squares of y on the columns of x.

    Parameters
    ----------
    x : (n, k) array
        With a column of ones where there is a constant; of full column rank.
    y : (n,) array
    cluster : (n,) integers, optional
        0 ... g - 1.

    Raises
    ------
    InputError
        There are no more rows than columns, or the columns depend on each other.

    Notes
    -----
    HC1: MacKinnon and White (1985); CR1 with (g / (g - 1)) ((n - 1) / (n - k)).
    """
    n, k = x.shape
    if n <= k:
        raise InputError(f"{n} rows cannot carry {k} coefficients", hint="leave controls out, or add places")
    scale = np.linalg.norm(x, axis=0)
    if (scale == 0).any() or np.linalg.matrix_rank(x / scale) < k:
        raise InputError("the columns of the regression depend on each other", hint="leave one of them out")
    unit = x / scale  # columns of one size: the inverse is as exact as the data allow
    bread = np.linalg.inv(unit.T @ unit) / np.outer(scale, scale)
    estimate = np.linalg.lstsq(unit, y, rcond=None)[0] / scale
    rest = y - x @ estimate
    score = x * rest[:, None]
    hc1 = bread @ (score.T @ score) @ bread * (n / (n - k))
    several = np.full((k, k), np.nan)
    g = 0 if cluster is None else int(cluster.max()) + 1
    if cluster is not None and g > 1:
        by = np.column_stack([np.bincount(cluster, weights=score[:, j], minlength=g) for j in range(k)])
        several = bread @ (by.T @ by) @ bread * (g / (g - 1) * (n - 1) / (n - k))
    spread = float(np.sum((y - y.mean()) ** 2))
    r2 = 1.0 - float(rest @ rest) / spread if spread > 0 else float("nan")
    return Fit(estimate, hc1, several, rest, r2, n - k, g)


def within(values: Floats, unit: NDArray[np.intp]) -> Floats:
    """Columns less the mean of their unit: least squares on them is the within (fixed-effects) estimator.

    Parameters
    ----------
    values : (n, k) array
    unit : (n,) integers
        0 ... g - 1, each occurring.
    """
    count = np.bincount(unit)
    mean = np.column_stack([np.bincount(unit, weights=column) / count for column in values.T])
    return np.asarray(values - mean[unit])
