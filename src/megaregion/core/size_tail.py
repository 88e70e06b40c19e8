"""The tail of a size distribution: thresholds, distance from a Pareto law, and the lognormal alternative."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx, log_ndtr

from megaregion._rng import generator
from megaregion.core.size import hill

Floats = NDArray[np.float64]
MIN_TAIL = 10  # places below which a tail says nothing
_FLAT = -60.0  # standardized cut beyond which a truncated normal is an exponential to 1e-3 of its spread


class Lognormal(NamedTuple):
    """Lognormal law above a threshold, fitted to the logarithms above it.

    Attributes
    ----------
    mu, sigma : float
        Of the logarithm of size over the threshold, before it is cut off; NaN where the Pareto law fits best.
    gain : float
        Log-likelihood of the lognormal law less that of the Pareto law, >= 0: the Pareto law is its limit.
    """

    mu: float
    sigma: float
    gain: float


def above(size: Floats) -> Floats:
    """Logarithms of the sizes over the smallest of them, which is left out; rising."""
    return np.asarray(np.log(np.sort(size)[1:] / np.min(size)))


def pareto_distance(size: Floats) -> float:
    """Largest distance between the distribution of the sizes and the Pareto law with their Hill estimator.

    Notes
    -----
    Kolmogorov and Smirnov; Clauset, Shalizi and Newman (2009), SIAM Review 51, choose the threshold at which it is
    least.
    """
    n = len(size)
    law = 1.0 - np.exp(-hill(size) * np.log(np.sort(size) / np.min(size)))
    steps = np.arange(n + 1) / n
    return float(max(np.abs(steps[1:] - law).max(), np.abs(law - steps[:-1]).max()))


def coefficient_of_variation(y: Floats) -> float:
    """Standard deviation over mean, both with the number of values in the denominator."""
    return float(y.std() / y.mean())


def lognormal(size: Floats) -> Lognormal:
    """Lognormal law above the smallest size, by maximum likelihood.

    Parameters
    ----------
    size : (n,) array
        Sizes > 0; at least three, not all equal.

    Notes
    -----
    Above a threshold the logarithm is exponential under a Pareto law and a normal cut off at 0 under a lognormal one.
    In an exponential family maximum likelihood matches the moments: the standardized cut t solves
    (1 - t h - h^2) / (t + h)^2 = cv^2 with h = phi(t) / Phi(t), one equation; there is a solution if and only if
    cv < 1 (del Castillo and Puig 1999, J. Am. Stat. Assoc. 94), otherwise the Pareto law fits best.
    """
    from scipy.optimize import brentq

    y = above(size)
    mean, square = float(y.mean()), coefficient_of_variation(y) ** 2
    if square >= _cv2(_FLAT):
        return Lognormal(float("nan"), float("nan"), 0.0)
    top = 2.0 / np.sqrt(square) + 2.0  # far from the cut cv = 1 / t
    t = float(brentq(lambda v: _cv2(v) - square, _FLAT, top, xtol=1e-12))
    sigma = mean / (t + _mills(t))
    mu = t * sigma
    log_normal = -0.5 * ((y - mu) / sigma) ** 2 - 0.5 * np.log(2 * np.pi) - np.log(sigma) - log_ndtr(t)
    gain = float((log_normal - (-np.log(mean) - y / mean)).sum())
    return Lognormal(mu, sigma, max(gain, 0.0))


def pareto_p(sizes: Floats, counts: NDArray[np.int64], *, draws: int, seed: int | np.random.Generator) -> Floats:
    """Chance that a Pareto tail looks at least as lognormal as the largest `counts` sizes do.

    Parameters
    ----------
    sizes : (n,) array
    counts : (k,) integers
        How many of the largest are the tail, each at least three.
    draws : int
        Random tails.
    seed : int or Generator

    Returns
    -------
    (k,) array
        (1 + tails with a smaller coefficient of variation) / (1 + draws); small: the tail is thinner than Pareto.

    Notes
    -----
    The test by the coefficient of variation of the logarithms is uniformly most powerful unbiased for an exponential
    against a truncated normal, and the same as the likelihood ratio (del Castillo and Puig 1999; used for cities by
    Malevergne, Pisarenko and Sornette 2011, Phys. Rev. E 83). Under a Pareto law its distribution has no unknown.
    """
    ordered = np.sort(sizes)[::-1]
    drawn = generator(seed, "pareto-p").standard_exponential((draws, int(counts.max()) - 1))
    many = np.arange(1, drawn.shape[1] + 1)
    mean, square = drawn.cumsum(axis=1) / many, (drawn**2).cumsum(axis=1) / many
    simulated = square / mean**2  # 1 + cv^2
    out = np.empty(len(counts))
    for i, n in enumerate(counts.tolist()):
        observed = 1.0 + coefficient_of_variation(above(ordered[:n])) ** 2
        out[i] = (1 + np.count_nonzero(simulated[:, n - 2] <= observed)) / (1 + draws)
    return out


def _mills(t: float) -> float:
    """phi(t) / Phi(t)."""
    return float(np.sqrt(2.0 / np.pi) / erfcx(-t / np.sqrt(2.0)))


def _cv2(t: float) -> float:
    """Squared coefficient of variation of a normal with mean t and variance 1, cut off below 0."""
    h = _mills(t)
    return (1.0 - h * (t + h)) / (t + h) ** 2
