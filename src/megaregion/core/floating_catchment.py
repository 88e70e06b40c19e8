"""Floating catchment areas: supply per head around facilities, and what reaches each place."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Catchment(NamedTuple):
    """What a two-step catchment gives.

    Attributes
    ----------
    demand : (m,) array
        People that each facility meets, after decay and eligibility.
    ratio : (m,) array
        Supply per head of that demand; 0 where nobody comes.
    access : (n,) array
        Supply per head that each place reaches.
    parts : (n, m) array
        Access by facility; rows sum to `access`.
    """

    demand: Floats
    ratio: Floats
    access: Floats
    parts: Floats


def zone_weights(time: Floats, edges: Floats, values: Floats) -> Floats:
    """Weight by travel zone: values[k] for edges[k - 1] < t <= edges[k], 0 beyond the last edge and at infinity.

    Parameters
    ----------
    time : array
        Minutes >= 0, infinite where there is no way.
    edges : (k,) array
        Ascending upper ends of the zones, in minutes; an end belongs to its zone.
    values : (k,) array
        Weights in [0, 1].

    Notes
    -----
    Luo and Qi (2009), Health & Place 15(4): three zones of 10 minutes.

    Examples
    --------
    >>> zone_weights(np.array([5.0, 10.0, 31.0]), np.array([10.0, 20.0, 30.0]), np.array([1.0, 0.68, 0.22])).tolist()
    [1.0, 1.0, 0.0]
    """
    padded = np.append(values, 0.0)
    return np.asarray(padded[np.searchsorted(edges, time, side="left")], dtype=np.float64)


def gaussian_weights(time: Floats, reach: float) -> Floats:
    """Gaussian decay that is 1 at no distance and 0 from `reach` on.

    f(t) = (exp(-(t / t0)^2 / 2) - exp(-1/2)) / (1 - exp(-1/2)) for t <= t0, else 0; Dai (2010), Health & Place 16(5).

    Parameters
    ----------
    time : array
        Minutes >= 0, infinite where there is no way.
    reach : float
        t0 > 0, in minutes.
    """
    inside = np.minimum(time / reach, 1.0)
    end = np.exp(-0.5)
    return np.asarray((np.exp(-0.5 * inside**2) - end) / (1.0 - end), dtype=np.float64)


def two_step(people: Floats, supply: Floats, weights: Floats, quality: Floats) -> Catchment:
    """Two steps with the same weights: R_j = S_j / sum_k P_k w_kj, A_i = sum_j R_j w_ij q_j.

    Parameters
    ----------
    people : (n,) array >= 0
    supply, quality : (m,) arrays >= 0
    weights : (n, m) array in [0, 1]
        Decay times eligibility.

    Notes
    -----
    Luo and Wang (2003), Environ. Plan. B 30; Luo and Qi (2009). sum_i P_i A_i = sum of q_j S_j over the facilities
    that meet any demand, because what divides in the first step multiplies in the second.
    """
    return _steps(people, supply, weights, weights, quality)


def allocated(people: Floats, supply: Floats, weights: Floats, quality: Floats) -> Catchment:
    """Two steps with weights that sum to one over the facilities of a place: each person is counted once.

    Parameters
    ----------
    people, supply, weights, quality
        As in `two_step`.

    Notes
    -----
    The first step of Paez, Higgins and Vivona (2019) in both steps; the demand of all facilities is the people that
    reach any, and sum_i P_i A_i is the supply that is met, as in `two_step`. Access no longer falls where every
    facility is equally far.
    """
    share = _standardised(weights, axis=1)
    return _steps(people, supply, share, share, quality)


def balanced(people: Floats, supply: Floats, weights: Floats, quality: Floats) -> Catchment:
    """Balanced floating catchment: demand is shared among facilities, the level of service among places.

    Parameters
    ----------
    people, supply, weights, quality
        As in `two_step`.

    Notes
    -----
    Paez, Higgins and Vivona (2019), PLoS ONE 14(6): e0218773: W^i sums to one over facilities, W^j over places;
    R_j = S_j / sum_i P_i W^i_ij, A_i = sum_j R_j q_j W^j_ij. Two sums are kept: the demand of all facilities is the
    people that reach any, and sum_i A_i = sum_j q_j R_j. sum_i P_i A_i is in general *not* the supply.
    """
    return _steps(people, supply, _standardised(weights, axis=1), _standardised(weights, axis=0), quality)


def _steps(people: Floats, supply: Floats, first: Floats, second: Floats, quality: Floats) -> Catchment:
    demand = people @ first
    met = demand > 0
    ratio = np.divide(supply, demand, out=np.zeros_like(demand), where=met)
    parts = second * (ratio * quality)
    return Catchment(demand, ratio, parts.sum(axis=1), parts)


def _standardised(weights: Floats, axis: int) -> Floats:
    total = weights.sum(axis=axis, keepdims=True)
    out: Floats = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
    return out
