"""Inequality of income per head between places, and its exact decomposition by group."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def theil(income: Floats, people: Floats) -> float:
    """Theil index of income per head, people as weights.

    T = sum_i s_i ln(s_i / p_i), s_i the share of place i in income, p_i its share in people; a place without
    income adds its limit, 0. T is 0 where income per head is the same everywhere, at most ln(1 / min p).

    Parameters
    ----------
    income : (n,) array
        Total income of each place, >= 0, not all zero.
    people : (n,) array
        People of each place, > 0.
    """
    return float(np.sum(_terms(income / income.sum(), people / people.sum())))


def theil_by_group(
    income: Floats, people: Floats, group: NDArray[np.intp]
) -> tuple[float, float, Floats, Floats, Floats]:
    """Between and within parts of `theil`; total = between + within exactly.

    Parameters
    ----------
    income, people : (n,) arrays
        As in `theil`.
    group : (n,) integers
        Group of each place, 0 ... k - 1, each occurring.

    Returns
    -------
    between : float
        Theil index of the groups taken as places, sum_g S_g ln(S_g / P_g).
    within : float
        sum_g S_g T_g.
    share_income, share_people, inside : (k,) arrays
        S_g, P_g and the Theil index T_g inside each group; T_g is missing where the group has no income.

    Notes
    -----
    Akita (2003), one level of nesting.
    """
    k = int(group.max()) + 1
    income_of = np.bincount(group, weights=income, minlength=k)
    people_of = np.bincount(group, weights=people, minlength=k)
    share_income, share_people = income_of / income_of.sum(), people_of / people_of.sum()
    with np.errstate(invalid="ignore"):  # a group without income: 0 / 0, no index inside it
        inside = np.bincount(group, weights=_terms(income / income_of[group], people / people_of[group]), minlength=k)
    between = float(np.sum(_terms(share_income, share_people)))
    within = float(np.sum(np.where(share_income > 0, share_income * inside, 0.0)))
    return between, within, np.asarray(share_income), np.asarray(share_people), np.asarray(inside, dtype=np.float64)


def _terms(share_income: Floats, share_people: Floats) -> Floats:
    """Each place's s ln(s / p), with the limit 0 at s = 0; missing stays missing."""
    positive = share_income > 0
    ratio = np.where(positive, share_income / share_people, 1.0)
    return np.asarray(np.where(np.isnan(share_income), np.nan, share_income * np.log(ratio)))
