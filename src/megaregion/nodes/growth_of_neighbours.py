"""Convergence where growth spills over to neighbours: the spatial Durbin model of growth on the first level."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core.convergence import speed
from megaregion.core.spatial_lag import effects, spatial_lag
from megaregion.core.spatial_permutation import Neighbours
from megaregion.errors import ConvergenceError

Floats = NDArray[np.float64]
LEAST = 20  # places: the information matrix is a statement about many
BETA, LAG = "beta with neighbours", "growth among neighbours"


def neighbour_rows(
    first: Floats, last: Floats, years: float, near: Neighbours, *, seed: int | np.random.Generator
) -> tuple[list[dict[str, Any]], str]:
    """Rows of the table of convergence, and why there are none.

    Parameters
    ----------
    first, last : (n,) arrays
        Levels > 0.
    years : float
    near : Neighbours
        Row-standardised weights.
    seed : int or Generator
        For simulated intervals.

    Returns
    -------
    rows : list of dict
        `beta with neighbours`: average direct effect of the logarithm of the first level on yearly growth, with the
        speed of convergence that it means; `growth among neighbours`: rho.
    why : str
        Empty where there are rows.

    Notes
    -----
    g = rho W g + a + b ln y_0 + theta W ln y_0 + e by maximum likelihood. The coefficient b is no effect, for growth
    comes back through neighbours; the direct effect is the mean diagonal of (I - rho W)^-1 (b I + theta W) with a
    simulated interval (LeSage and Pace 2009, ch. 2; on convergence Rey and Montouri 1999, Regional Studies 33(2)).
    """
    from scipy.sparse import csr_array

    start = np.log(first)
    if len(first) < LEAST or not np.ptp(start) > 0:
        return [], f"convergence with neighbours: {len(first)} places, {LEAST} that differ are needed"
    w = csr_array((near.weight, near.indices, near.indptr), shape=(len(first), len(first)))
    x = np.column_stack([np.ones(len(first)), start - start.mean(), w @ (start - start.mean())])
    try:
        fit = spatial_lag(np.log(last / first) / years, x, w)
    except ConvergenceError as error:
        return [], f"convergence with neighbours: {error.message}"
    number = int(generator(seed, "growth-of-neighbours").integers(2**31))
    direct = effects(fit, w, np.array([1]), np.array([2]), seed=number).direct[0]
    found = speed(float(direct[0]), float(direct[1]), float(direct[2]), years)
    spread = float(fit.error()[-1])
    wide = 1.959963984540054 * spread
    return [
        {"kind": BETA, "estimate": float(direct[0]), "low": float(direct[1]), "high": float(direct[2]),
         "beta": 100 * found.beta, "beta_low": 100 * found.low, "beta_high": 100 * found.high,
         "half_life": found.half_life, "n": len(first)},
        {"kind": LAG, "estimate": fit.rho, "low": fit.rho - wide, "high": fit.rho + wide,
         "p": _p(fit.rho / spread) if spread > 0 else np.nan, "n": len(first)},
    ], ""  # fmt: skip


def _p(z: float) -> float:
    from scipy.stats import norm

    return float(2.0 * norm.sf(abs(z)))
