"""Gini coefficient split by groups after Dagum: within, between, and what overlapping groups add."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Dagum(NamedTuple):
    """Parts of a Gini coefficient.

    Attributes
    ----------
    gini, within, net_between, transvariation : float
        The last three sum to the first.
    inside : (k,) array
        Gini coefficient inside each group; missing where a group has no income.
    between : (k, k) array
        Extended Gini coefficient of each two groups, E|y_j - y_h| / (m_j + m_h).
    affluence : (k, k) array
        Relative economic affluence D of each two groups, 0 where they overlap as much as they can and 1 where they do
        not at all; missing where the two do not differ.
    share_people, share_income, mean : (k,) arrays
    """

    gini: float
    within: float
    net_between: float
    transvariation: float
    inside: Floats
    between: Floats
    affluence: Floats
    share_people: Floats
    share_income: Floats
    mean: Floats


def dagum(value: Floats, people: Floats, group: NDArray[np.intp]) -> Dagum:
    """Decomposition of the Gini coefficient of income per head, people as weights.

    Parameters
    ----------
    value : (n,) array
        Income per head, >= 0, not all zero.
    people : (n,) array
        > 0.
    group : (n,) integers
        0 ... k - 1, each occurring.

    Notes
    -----
    Dagum (1997), Empirical Economics 22. With p and s the shares of a group in people and income:
    G_w = sum_j G_jj p_j s_j; G_nb = sum_{j<h} G_jh (p_j s_h + p_h s_j) D_jh; G_t the same with 1 - D_jh.
    D = (d - q)/(d + q), d = E(y_j - y_h)^+ and q = E(y_h - y_j)^+ for m_j >= m_h, so that the order of the groups does
    not matter. Sorted sums: n k log n operations, no pairs of places.
    """
    k = int(group.max()) + 1
    weight = people / people.sum()
    p = np.asarray(np.bincount(group, weights=weight, minlength=k), dtype=np.float64)
    income = np.bincount(group, weights=weight * value, minlength=k)
    whole = float(income.sum())
    mean, s = income / p, income / whole
    above = np.empty((k, k))  # E(y_j - y_h)^+
    for h in range(k):
        excess = _excess(value, *_sorted(value[group == h], weight[group == h] / p[h]))
        above[:, h] = np.bincount(group, weights=weight * excess, minlength=k) / p
    apart = above + above.T
    with np.errstate(divide="ignore", invalid="ignore"):
        between = apart / (mean[:, None] + mean[None, :])
        affluence = np.where(apart > 0, np.abs(above - above.T) / apart, np.nan)
    mutual = np.triu(between * (np.outer(p, s) + np.outer(s, p)), 1)
    mutual = np.where(np.isnan(mutual), 0.0, mutual)  # two groups without income
    inside = np.diag(between).copy()
    within = float(np.nansum(inside * p * s))
    d = np.where(np.isnan(affluence), 0.0, affluence)
    net, cross = float((mutual * d).sum()), float((mutual * (1.0 - d)).sum())
    return Dagum(within + net + cross, within, net, cross, inside, between, affluence, p, s, mean)


def _sorted(value: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Values in order, and sums of weight and of weight x value up to each."""
    order = np.argsort(value, kind="stable")
    y, w = value[order], weight[order]
    return y, np.concatenate([[0.0], np.cumsum(w)]), np.concatenate([[0.0], np.cumsum(w * y)])


def _excess(value: Floats, y: Floats, people: Floats, income: Floats) -> Floats:
    """E(v - y)^+ of each value v over the people of the sorted values y."""
    upto = np.searchsorted(y, value, side="right")
    return np.asarray(np.maximum(value * people[upto] - income[upto], 0.0))
