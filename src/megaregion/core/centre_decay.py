"""How far a centre reaches: gravity of undirected ties in which one place has a level and a decay of its own."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from megaregion.core.poisson import poisson, separated
from megaregion.core.score_covariance import dyadic, independent, mended
from megaregion.errors import InputError

Floats = NDArray[np.float64]
TERMS = ("intercept", "size", "distance", "centre", "centre_distance")
LEAST = 6  # places, centre included: five coefficients from fewer pairs say nothing


class CentreDecay(NamedTuple):
    """Coefficients in the order of `TERMS`, and what is expected of the pairs of the centre without its own terms.

    Attributes
    ----------
    estimate : (5,) array
    covariance : (5, 5) array
        Two ties that share a place are dependent; never less than for independent ties.
    rough : bool
        The covariance was not positive and was mended.
    middle_km : float
        Distance at which `centre` is the log ratio: the geometric mean of the centre's distances.
    expected : (n,) array
        Tie of each place with the centre if the centre were like others; missing for the centre.
    error : (n,) array
        Standard errors of ln(expected).
    pairs : int
    """

    estimate: Floats
    covariance: Floats
    rough: bool
    middle_km: float
    expected: Floats
    error: Floats
    pairs: int


def centre_decay(tie: Floats, size: Floats, km: Floats, centre: int) -> CentreDecay:
    """Poisson pseudo-maximum likelihood of ties on size and distance, level and decay of the centre apart.

    Parameters
    ----------
    tie : (n, n) array, >= 0
        Symmetric; the diagonal is ignored, zeros stay in.
    size : (n,) array, > 0
        Documents of each place.
    km : (n, n) array
        Symmetric, > 0 off the diagonal.
    centre : int

    Raises
    ------
    InputError
        There are fewer than `LEAST` places, or the ties of the centre or of the others are all zero, or a coefficient
        is not identified.

    Notes
    -----
    E[a_ij] = exp(b0 + b1 ln(S_i S_j) + b2 ln d_ij + C_ij [g + h (ln d_ij - mean of ln d with the centre)]), C_ij = 1
    where the centre is one of the two. g is the log of what the centre has beyond gravity at its mean distance, h how
    much slower (above 0) its ties thin out. Zeros: Santos Silva and Tenreyro (2006), Rev. Econ. Stat. 88(4); errors:
    Aronow, Samii and Assenova (2015), Political Analysis 23(4). With few places their variance may come out too small
    or not positive: what the variance of independent ties has beyond it is added.
    """
    n = len(size)
    if n < LEAST:
        raise InputError(f"gravity with a centre needs {LEAST} places with documents, here are {n}")
    a, b = np.triu_indices(n, 1)
    mine = (a == centre) | (b == centre)
    if not tie[a, b][mine].any() or not tie[a, b][~mine].any():
        raise InputError("no tie of the centre, or none without it: nothing to compare")
    if not (km[a, b] > 0).all() or not (size > 0).all():
        raise InputError("sizes and distances must be > 0", hint="two places have the same point, or one no document")
    log_km = np.log(np.where(np.eye(n, dtype=bool), 1.0, km))
    middle = float(log_km[a, b][mine].mean())
    x = np.column_stack([
        np.ones(len(a)), np.log(size[a]) + np.log(size[b]), log_km[a, b], mine.astype(np.float64),
        np.where(mine, log_km[a, b] - middle, 0.0),
    ])  # fmt: skip
    y = tie[a, b]
    if separated(x, y, []).any():
        raise InputError("some ties are perfectly predicted to be zero: too few documents")
    fit = poisson(x, y)
    meat = dyadic(fit.score, a.astype(np.intp), b.astype(np.intp))
    root = np.linalg.cholesky(fit.bread)  # mended where the information is the unit matrix: units of km do not matter
    whole, rough = mended(root.T @ meat @ root)
    alone = root.T @ independent(fit.score) @ root * (len(y) / max(fit.freedom, 1))
    covariance = root @ (whole + mended(alone - whole)[0]) @ root.T
    others = np.flatnonzero(np.arange(n) != centre)
    z = np.column_stack([
        np.ones(n - 1), np.log(size[centre]) + np.log(size[others]), log_km[centre, others], np.zeros((n - 1, 2))
    ])  # fmt: skip
    expected, error = np.full(n, np.nan), np.full(n, np.nan)
    expected[others] = np.exp(z @ fit.estimate)
    error[others] = np.sqrt(np.einsum("ij,jk,ik->i", z, covariance, z))
    return CentreDecay(fit.estimate, covariance, rough, float(np.exp(middle)), expected, error, len(a))
