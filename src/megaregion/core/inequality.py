"""Inequality of income per head between places, and its exact decomposition by group."""

from __future__ import annotations

from collections.abc import Sequence

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


def mean_log_deviation(income: Floats, people: Floats) -> float:
    """Theil's L, sum_i p_i ln(p_i / s_i); infinite where a place with people has no income.

    Parameters
    ----------
    income, people : (n,) arrays
        As in `theil`.
    """
    s, p = income / income.sum(), people / people.sum()
    with np.errstate(divide="ignore"):
        return float(np.sum(p * np.log(p / s)))


def nested(income: Floats, people: Floats, levels: Sequence[NDArray[np.intp]]) -> tuple[Floats, Floats]:
    """Theil T and L split over a hierarchy of groups, exactly.

    Parameters
    ----------
    income, people : (n,) arrays
        As in `theil`.
    levels : sequence of (n,) integers
        Group of each place on each level, the coarsest first; each level splits the one before.

    Returns
    -------
    parts_t, parts_l : (levels + 1,) arrays
        Between the groups of the first level, between those of the second inside of the first, ..., between places
        inside of the last; each sums to the index.

    Notes
    -----
    The index of the groups of a level taken as places is the sum of all parts down to it (Akita 2003), so that a part
    is the difference of two indices and no weights need be carried.
    """
    index_t, index_l = [0.0], [0.0]
    for group in [*levels, np.arange(len(income))]:
        y = np.asarray(np.bincount(group, weights=income), dtype=np.float64)
        n = np.asarray(np.bincount(group, weights=people), dtype=np.float64)
        here = n > 0
        index_t.append(theil(y[here], n[here]))
        index_l.append(mean_log_deviation(y[here], n[here]))
    with np.errstate(invalid="ignore"):  # infinite less infinite: L of places without income
        return np.diff(index_t), np.diff(index_l)


def gini(value: Floats, people: Floats) -> float:
    """Gini coefficient of income per head, people as weights: E|y - y'| / (2 mean).

    Parameters
    ----------
    value : (n,) array
        Income per head, >= 0, not all zero.
    people : (n,) array
        > 0.
    """
    order = np.argsort(value, kind="stable")
    return float(_gini_sorted(value[order], (people / people.sum())[order][None, :])[0])


def _gini_sorted(value: Floats, weight: Floats) -> Floats:
    """Gini for each row of weights (each sums to 1) of values in ascending order."""
    below = np.cumsum(weight, axis=1) - 0.5 * weight  # people below the middle of each place
    mean = weight @ value
    return np.asarray(2.0 * ((weight * value) * (below - 0.5)).sum(axis=1) / mean)


def atkinson(value: Floats, people: Floats, aversion: float) -> float:
    """Atkinson's index: the share of income that equal incomes would need less for the same welfare.

    Parameters
    ----------
    value, people : (n,) arrays
        As in `gini`.
    aversion : float
        epsilon > 0; from 1 on the index is 1 where somebody has nothing.

    Notes
    -----
    Atkinson (1970), J. Econ. Theory 2: 1 - (sum p y^(1 - e))^(1 / (1 - e)) / mean, at e = 1 the geometric mean.
    """
    return float(_atkinson_rows(value, (people / people.sum())[None, :], aversion)[0])


def _atkinson_rows(value: Floats, weight: Floats, aversion: float) -> Floats:
    mean = weight @ value
    with np.errstate(divide="ignore"):
        if aversion == 1.0:
            equal = np.exp(_weighted(weight, np.log(value)))
        else:
            equal = _weighted(weight, value ** (1.0 - aversion)) ** (1.0 / (1.0 - aversion))
    return np.asarray(1.0 - equal / mean)


def _weighted(weight: Floats, value: Floats) -> Floats:
    """Sums of rows, where a weight of zero takes away an infinite value."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(weight > 0, weight * value, 0.0).sum(axis=1))


def palma(value: Floats, people: Floats) -> float:
    """Income of the richest tenth of people over that of the poorest four tenths; infinite where these have none.

    Parameters
    ----------
    value, people : (n,) arrays
        As in `gini`. People of one place have its mean: the Lorenz curve is straight inside of a place.

    Notes
    -----
    Palma (2011), Development and Change 42(1).
    """
    order = np.argsort(value, kind="stable")
    return float(_palma_sorted(value[order], (people / people.sum())[order][None, :])[0])


def _palma_sorted(value: Floats, weight: Floats) -> Floats:
    edge = np.concatenate([np.zeros((len(weight), 1)), np.cumsum(weight, axis=1)], axis=1)
    part = np.concatenate([np.zeros((len(weight), 1)), np.cumsum(weight * value, axis=1)], axis=1)
    poor = np.array([np.interp(0.4, e, p) for e, p in zip(edge, part, strict=True)])
    rest = np.array([np.interp(0.9, e, p) for e, p in zip(edge, part, strict=True)])
    with np.errstate(divide="ignore"):
        return np.asarray((part[:, -1] - rest) / poor)


MEASURES = ("gini", "theil_t", "theil_l", "atkinson_half", "atkinson_one", "palma")


def measures(value: Floats, people: Floats, weight: Floats | None = None) -> dict[str, Floats]:
    """All measures, for the people given or for many rows of weights at once.

    Parameters
    ----------
    value, people : (n,) arrays
        As in `gini`.
    weight : (b, n) array, optional
        How often each place counts in each of b draws; default once.

    Returns
    -------
    dict of str to (b,) array
        Keys as in `MEASURES`.
    """
    order = np.argsort(value, kind="stable")
    y = value[order]
    rows = people[order][None, :] * (np.ones((1, len(value))) if weight is None else weight[:, order])
    rows = rows / rows.sum(axis=1, keepdims=True)
    mean = rows @ y
    ratio = y[None, :] / mean[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.log(ratio)
        t = np.where((rows > 0) & (ratio > 0), rows * ratio * log, 0.0).sum(axis=1)
        low = np.where(rows > 0, -rows * log, 0.0).sum(axis=1)
    return {
        "gini": _gini_sorted(y, rows), "theil_t": t, "theil_l": low, "atkinson_half": _atkinson_rows(y, rows, 0.5),
        "atkinson_one": _atkinson_rows(y, rows, 1.0), "palma": _palma_sorted(y, rows),
    }  # fmt: skip
