"""Coupling of several systems and coordination of their development, by the corrected and by the classical degree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def coupling_degree(u: Floats) -> Floats:
    """Corrected coupling degree over the last axis, in [0, 1].

    C = sqrt{[1 - sum_{i>j} |U_i - U_j| / (n (n - 1) / 2)] [prod_i U_i / U_max]^(1 / (n - 1))}; 1 where all are equal,
    0 where one is 0 and another is not, missing where all are 0. Not free of scale: the differences are absolute.

    Parameters
    ----------
    u : (..., n) array
        Systems between fixed goalposts, in [0, 1], n >= 2.

    Notes
    -----
    Wang, Kong, Ren, Zhi and Dai (2021), Journal of Natural Resources 36(3), 793-810.
    """
    n = u.shape[-1]
    ordered = np.sort(u, axis=-1)
    # sum of all differences of sorted values: the one at place k is added k times and subtracted n - 1 - k times
    apart = (ordered * (2.0 * np.arange(n) - (n - 1.0))).sum(axis=-1) / (n * (n - 1) / 2.0)
    most = ordered[..., -1:]
    ratio = np.divide(ordered, most, out=np.full(u.shape, np.nan), where=most > 0)
    level = np.prod(ratio, axis=-1) ** (1.0 / (n - 1))
    return np.asarray(np.sqrt(np.clip(1.0 - apart, 0.0, 1.0) * level))


def classical_degree(u: Floats) -> Floats:
    """Classical coupling degree over the last axis, in [0, 1].

    C = n (prod_i U_i)^(1/n) / sum_i U_i: the geometric over the arithmetic mean, so it does not change when all are
    multiplied by the same number; missing where all are 0.

    Parameters
    ----------
    u : (..., n) array
        Systems >= 0.
    """
    most = u.max(axis=-1, keepdims=True)
    ratio = np.divide(u, most, out=np.full(u.shape, np.nan), where=most > 0)
    with np.errstate(divide="ignore"):  # the logarithm of 0 is meant: the mean is then 0
        geometric = np.exp(np.log(ratio).mean(axis=-1))
    return np.asarray(np.clip(geometric / ratio.mean(axis=-1), 0.0, 1.0))


def development(u: Floats, weights: Floats) -> Floats:
    """T = sum_i alpha_i U_i over the last axis; weights (n,) sum to 1."""
    return np.asarray(u @ weights)


def coordination(degree: Floats, level: Floats) -> Floats:
    """D = sqrt(C T); 0 where T is 0, whatever C is."""
    return np.asarray(np.where(level == 0.0, 0.0, np.sqrt(degree * level)))


def published_mistakes(u: Floats) -> dict[str, Floats]:
    """What formulas with a mistake give in place of the classical degree, name -> (...) array.

    Returns
    -------
    dict of str to array
        ``missing factor``: (prod U)^(1/n) / sum U, which cannot exceed 1/n; ``missing root``: n prod U / sum U;
        ``missing root and factor``: prod U / sum U; ``missing root over the power``: prod U / (sum U / n)^n, which
        is the classical degree to the power n.

    Notes
    -----
    Families named by Liu (2017), Journal of Jiangsu Normal University, and Wang et al. (2021); the forms are typical
    ones, written from the descriptions.
    """
    n = u.shape[-1]
    total, product = u.sum(axis=-1), np.prod(u, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):  # all systems 0: no degree by any formula
        right = classical_degree(u)
        return {
            "missing factor": np.asarray(right / n),
            "missing root": np.asarray(n * product / total),
            "missing root and factor": np.asarray(product / total),
            "missing root over the power": np.asarray(right**n),
        }
