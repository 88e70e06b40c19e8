"""What can be reached from each origin: in a limit, with decay, as market access, and in the mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def cumulative(time: Floats, mass: Floats, limit: float) -> Floats:
    """Mass within a limit, A_i = sum_j m_j 1[t_ij <= T].

    Parameters
    ----------
    time : (n, k) array
        >= 0; inf where nothing leads.
    mass : (k,) array, >= 0
    limit : float
        In the unit of time.

    Returns
    -------
    (n,) array, in the unit of the mass.
    """
    return np.asarray((time <= limit) @ mass, dtype=np.float64)


def potential(time: Floats, mass: Floats, half: float) -> Floats:
    """Mass that counts half at `half`, a quarter at twice that: A_i = sum_j m_j exp(-b t_ij), b = ln 2 / half.

    Parameters
    ----------
    time, mass : arrays
        As in `cumulative`.
    half : float
        > 0, in the unit of time.

    Notes
    -----
    Hansen (1959), Journal of the American Institute of Planners 25(2), with exponential decay.
    """
    return np.asarray(np.exp2(-time / half) @ mass, dtype=np.float64)


def market_access(time: Floats, mass: Floats, elasticity: float) -> Floats:
    """First-order market access A_i = sum_j m_j t_ij^-e, e the elasticity of trade with respect to time.

    Parameters
    ----------
    time : (n, k) array
        > 0; inf where nothing leads.
    mass : (k,) array, >= 0
    elasticity : float
        > 0.

    Notes
    -----
    Harris (1954), Annals of the AAG 44(4); Donaldson and Hornbeck (2016), QJE 131(2), their first-order form with
    trade costs that are a power of time.
    """
    return np.asarray(time**-elasticity @ mass, dtype=np.float64)


def mean_time(time: Floats, mass: Floats) -> Floats:
    """Weighted mean time sum_j m_j t_ij / sum_j m_j; inf where some mass is out of reach.

    Parameters
    ----------
    time, mass : arrays
        As in `cumulative`; some mass > 0.
    """
    some = mass > 0
    return np.asarray(time[:, some] @ mass[some] / mass.sum(), dtype=np.float64)
