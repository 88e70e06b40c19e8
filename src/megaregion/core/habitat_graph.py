"""Connectivity of habitat patches: probability of connectivity, integral index, what each patch adds, gravity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from megaregion.errors import InputError

Floats = NDArray[np.float64]


def decay_rate(distance: float, probability: float = 0.5) -> float:
    """k such that exp(-k distance) = probability.

    Raises
    ------
    InputError
        The distance is not above zero or the probability not between 0 and 1.
    """
    if not (np.isfinite(distance) and distance > 0 and 0 < probability < 1):
        raise InputError(f"distance must be > 0 and probability between 0 and 1, got {distance!r}, {probability!r}")
    return float(-np.log(probability) / distance)


def path_probability(distance: Floats, k: float) -> Floats:
    """p*_ij: the largest product of exp(-k d) over all ways from patch to patch; 1 on the diagonal.

    Parameters
    ----------
    distance : array (n, n)
        Of each direct link, >= 0, symmetric; inf where there is none.
    k : float
        > 0, in one over the unit of distance.

    Notes
    -----
    A product of exp(-k d) is largest where the sum of d is least (Floyd 1962).
    """
    _square(distance)
    if not (np.isfinite(k) and k > 0):
        raise InputError(f"k must be above zero, got {k!r}")
    out: Floats = np.exp(-k * _shortest(distance))
    return out


def links_between(linked: NDArray[np.bool_]) -> Floats:
    """Links on the shortest way between patches; inf where there is none."""
    _square(linked)
    return _shortest(np.where(linked, 1.0, np.inf))


def probability_of_connectivity(area: Floats, p: Floats, landscape: float) -> float:
    """PC = sum_ij a_i a_j p*_ij / A_L**2, over ordered pairs and i = j.

    Parameters
    ----------
    area : array (n,)
        >= 0.
    p : array (n, n)
        As `path_probability` gives it.
    landscape : float
        Area of the whole study area, > 0, in the unit of `area`.

    Notes
    -----
    Source: Saura and Pascual-Hortal (2007, Landscape and Urban Planning 83, 91-103), eq. 2.
    """
    _areas(area, p, landscape)
    return float(area @ p @ area) / landscape**2


def integral_index(area: Floats, links: Floats, landscape: float) -> float:
    """IIC = sum_ij a_i a_j / (1 + nl_ij) / A_L**2 (Pascual-Hortal and Saura 2006); no term where no way leads."""
    _areas(area, links, landscape)
    return float(area @ (1.0 / (1.0 + links)) @ area) / landscape**2


@dataclass(frozen=True, eq=False)
class Importance:
    """What each patch adds to PC, in percent of PC; arrays (n,).

    Attributes
    ----------
    total : array
        100 (PC - PC without the patch) / PC.
    intra, flux, connector : array
        Its own area; as an end of ways; as a stepping stone on ways of others. They sum to the total.
    """

    total: Floats
    intra: Floats
    flux: Floats
    connector: Floats


def importance(area: Floats, distance: Floats, k: float) -> Importance:
    """dPC of every patch by taking it away, in its three parts.

    Raises
    ------
    InputError
        As above, or all areas are zero.

    Notes
    -----
    Source: Saura and Pascual-Hortal (2007), eq. 4; parts by Saura and Rubio (2010, Ecography 33, 523-537). O(n**4).
    """
    p = path_probability(distance, k)
    _areas(area, p, 1.0)
    whole = float(area @ p @ area)
    if not whole > 0:
        raise InputError("all areas of patches are zero")
    left = np.empty(area.size)
    for i in range(area.size):
        rest = np.delete(np.arange(area.size), i)
        others = path_probability(distance[np.ix_(rest, rest)], k) if rest.size else np.zeros((0, 0))
        left[i] = float(area[rest] @ others @ area[rest])
    total = 100.0 * (whole - left) / whole
    intra = 100.0 * area**2 / whole
    flux = 100.0 * 2.0 * area * (p @ area - area) / whole
    connector = total - intra - flux
    return Importance(total, intra, flux, np.where(np.abs(connector) < 1e-10, 0.0, connector))  # no noise of the sum


def gravity(area: Floats, cost: Floats) -> Floats:
    """G_ij = a_i a_j / c_ij**2; 0 where no way leads, and on the diagonal.

    Raises
    ------
    InputError
        As above, or two patches have no cost between them.
    """
    _areas(area, cost, 1.0)
    apart = ~np.eye(area.size, dtype=bool)
    if (cost[apart] <= 0).any():
        raise InputError("gravity needs costs above zero between patches", hint="join patches without a cost between")
    out = np.zeros(cost.shape)
    out[apart] = (area[:, None] * area)[apart] / cost[apart] ** 2
    return out


def restoration_gains(area: Floats, distance: Floats, k: float, sites: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """What sites add to the numerator of PC alone and in pairs, the rest of the patches being there.

    Parameters
    ----------
    area, distance, k
        Of patches and sites together, as in `importance`.
    sites : int array (m,)
        Which of them are sites, each once.

    Returns
    -------
    alone : array (m,)
        PC's numerator with site s less that without any site; unit of area squared.
    pairs : array (m, m)
        With both less alone less alone, symmetric, zero diagonal; above zero where sites help each other.

    Notes
    -----
    A surrogate of second order: gains of three and more sites are taken as the sum of their pairs.
    """
    n = area.size
    known = np.setdiff1d(np.arange(n), sites)

    def worth(*more: int) -> float:
        with_sites = np.concatenate([known, np.array(more, np.int64)])
        if not with_sites.size:
            return 0.0
        p = path_probability(distance[np.ix_(with_sites, with_sites)], k)
        return float(area[with_sites] @ p @ area[with_sites])

    _areas(area, distance, 1.0)
    base = worth()
    alone = np.array([worth(int(s)) - base for s in sites])
    pairs = np.zeros((sites.size, sites.size))
    for i in range(sites.size):
        for j in range(i + 1, sites.size):
            both = worth(int(sites[i]), int(sites[j])) - base
            pairs[i, j] = pairs[j, i] = both - alone[i] - alone[j]
    return alone, pairs


def _shortest(distance: Floats) -> Floats:
    out = np.array(distance, dtype=float)
    np.fill_diagonal(out, 0.0)
    for via in range(len(out)):
        np.minimum(out, out[:, via, None] + out[via], out=out)
    return out


def _square(matrix: NDArray[np.float64] | NDArray[np.bool_]) -> None:
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise InputError(f"a square matrix is needed, got the shape {matrix.shape}")
    if np.isnan(matrix).any() or (matrix < 0).any():
        raise InputError("distances between patches must be >= 0 and known", hint="inf where there is no link")
    if not np.array_equal(matrix, matrix.T):
        raise InputError("distances between patches must be the same both ways")


def _areas(area: Floats, matrix: Floats, landscape: float) -> None:
    if matrix.shape != (area.size, area.size):
        raise InputError(f"{area.size} areas and a matrix of shape {matrix.shape}")
    if not (np.isfinite(area).all() and (area >= 0).all()):
        raise InputError("areas of patches must be >= 0 and known")
    if not (np.isfinite(landscape) and landscape > 0):
        raise InputError(f"area of the landscape must be above zero, got {landscape!r}")
