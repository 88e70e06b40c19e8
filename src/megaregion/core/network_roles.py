"""Roles of places in a network of flows: participation in groups, structural holes, what lies between."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from megaregion.errors import InputError

Floats = NDArray[np.float64]
_TIE = 1e-10  # relative difference of lengths below which two ways are equally short


class Participation(NamedTuple):
    """Spread of the flows of each place over groups.

    Attributes
    ----------
    value : (n,) array
        1 - sum over groups of (share of the place's flow)^2; NaN without flow.
    expected : (n,) array
        The same if every place dealt its flow to the others by their strength.
    within : (n,) array
        Standard score of the flow with the own group among the places of the group; NaN in groups that do not vary.
    """

    value: Floats
    expected: Floats
    within: Floats


def participation(flow: ArrayLike, group: ArrayLike) -> Participation:
    """Participation coefficient and score within the group.

    Parameters
    ----------
    flow : (n, n) array
        Symmetric, >= 0; the diagonal is ignored.
    group : (n,) integers
        Code of the group of each place.

    Notes
    -----
    Guimera and Amaral (2005), Nature 433. A place whose group is small participates by arithmetic alone: compare with
    `expected`.
    """
    w, code = _checked(flow), np.asarray(group)
    member = (code[:, None] == np.unique(code)[None, :]).astype(np.float64)
    strength = w.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):  # no flow: no share
        value = 1.0 - ((w @ member / strength[:, None]) ** 2).sum(axis=1)
        others = strength @ member - member * strength[:, None]
        rest = strength.sum() - strength
        expected = np.where(strength > 0, 1.0 - ((others / rest[:, None]) ** 2).sum(axis=1), np.nan)
        mine = member.argmax(axis=1)
        own = (w @ member)[np.arange(len(w)), mine]
        count = member.sum(axis=0)
        mean = own @ member / count
        deviation = np.sqrt(np.maximum(own**2 @ member / count - mean**2, 0.0))
        flat = deviation <= 1e-9 * np.maximum(mean, 1e-300)  # the squares cancel to about the root of the precision
        score = (own - mean[mine]) / np.where(flat, np.nan, deviation)[mine]
    return Participation(value, expected, score)


class Holes(NamedTuple):
    """Structural holes around each place; NaN for places without ties.

    Attributes
    ----------
    constraint : (n,) array
        How far a place's flows come back to the same partners; low: it stands between others.
    effective_size : (n,) array
        Partners less what they are tied among each other.
    """

    constraint: Floats
    effective_size: Floats


def structural_holes(flow: ArrayLike) -> Holes:
    """Constraint and effective size.

    Parameters
    ----------
    flow : (n, n) array
        Symmetric, >= 0; the diagonal is ignored.

    Notes
    -----
    Burt (1992), Structural Holes: constraint sum_j (p_ij + sum_q p_iq p_qj)^2 over the partners j with p_ij the share
    of i's flow that is with j; effective size sum_j (1 - sum_q p_iq m_jq), m_jq the flow j-q over the largest of j.
    Partners are places with a flow.
    """
    w = _checked(flow)
    strength, largest = w.sum(axis=1), w.max(axis=1, initial=0.0)
    tied = w > 0
    p = w / np.where(strength > 0, strength, 1.0)[:, None]
    m = w / np.where(largest > 0, largest, 1.0)[:, None]
    # Burt sums over the contacts of i, direct and through one other: of no contact p_ij is 0, and so it does not count
    constraint = (np.where(tied, p + p @ p, 0.0) ** 2).sum(axis=1)
    size = np.where(tied, 1.0 - p @ m.T, 0.0).sum(axis=1)
    alone = strength == 0
    return Holes(np.where(alone, np.nan, constraint), np.where(alone, np.nan, size))


def betweenness(length: ArrayLike) -> Floats:
    """Share of the pairs of other places whose shortest way passes through each place.

    Parameters
    ----------
    length : (n, n) array
        Symmetric, > 0, infinite where there is no tie; the diagonal is ignored.

    Returns
    -------
    (n,) array
        0 to 1; equally short ways share their pair; NaN below three places.

    Notes
    -----
    Freeman (1977) by the accumulation of Brandes (2001), J. Math. Sociol. 25. Lengths that differ by less than
    1e-10 of the way are equal.
    """
    cost = np.array(length, dtype=np.float64)
    n = len(cost)
    if n < 3:
        return np.full(n, np.nan)
    np.fill_diagonal(cost, np.inf)
    if (cost <= 0).any():
        raise InputError("lengths between different places must be > 0")
    distance = dijkstra(csr_matrix(np.where(np.isfinite(cost), cost, 0.0)))
    total = np.zeros(n)
    for source in range(n):
        d = distance[source]
        order = np.argsort(d, kind="stable")[: int(np.isfinite(d).sum())]
        with np.errstate(invalid="ignore"):  # out of reach: never before anything
            before = np.abs(d[:, None] + cost - d[None, :]) <= _TIE * d[None, :]
        before[~np.isfinite(d)] = False
        count = np.zeros(n)
        count[source] = 1.0
        for v in order[1:]:
            count[v] = count[before[:, v]].sum()
        depends = np.zeros(n)
        for v in order[:0:-1]:
            back = before[:, v]
            depends[back] += count[back] / count[v] * (1.0 + depends[v])
        depends[source] = 0.0
        total += depends
    return total / ((n - 1) * (n - 2))


def _checked(flow: ArrayLike) -> Floats:
    w = np.array(flow, dtype=np.float64)
    if w.ndim != 2 or w.shape != (len(w), len(w)):
        raise InputError(f"expected flows (n, n), got the shape {w.shape}")
    np.fill_diagonal(w, 0.0)
    if not np.isfinite(w).all() or (w < 0).any() or not np.allclose(w, w.T, rtol=1e-9, atol=0.0):
        raise InputError("flows must be finite, >= 0 and symmetric", hint="add the two directions first")
    return w
