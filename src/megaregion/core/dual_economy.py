"""Town and country as two parts of one economy: disparity, dual structure, two-way balance, gaps by draws."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def two_group_theil(income_town: Floats, income_country: Floats, people_town: Floats, people_country: Floats) -> Floats:
    """Theil index between town and country inside each place.

    T = sum_k (Y_k / Y) ln[(Y_k / Y) / (N_k / N)], k town and country; a part without income adds its limit 0, so a
    place where only one part has people has T = 0. Equal income per head gives 0.

    Parameters
    ----------
    income_town, income_country : (n,) arrays
        Total income of each part (not per head), >= 0.
    people_town, people_country : (n,) arrays
        People of each part, >= 0, counted as the income counts them.

    Returns
    -------
    (n,) array
        Missing where an input is missing or a place has no people or no income.

    Notes
    -----
    Theil (1967); the two-group form is the usual one for Chinese counties.
    """
    income = np.stack([income_town, income_country]).astype(float)
    people = np.stack([people_town, people_country]).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        share, heads = income / income.sum(axis=0), people / people.sum(axis=0)
        terms = np.where(share == 0, 0.0, share * np.log(share / heads))
    return np.asarray(np.where(np.isfinite(terms).all(axis=0), terms.sum(axis=0), np.nan))


def dual_contrast(value_share: Floats, labour_share: Floats) -> Floats:
    """Dual contrast coefficient (Y_a / L_a) / (Y_n / L_n): productivity of agriculture over that of the rest.

    1 where both are equally productive; below 1 where agriculture is less so.

    Parameters
    ----------
    value_share, labour_share : (n,) arrays
        Share of agriculture in value added and in employment, 0 to 1.

    Returns
    -------
    (n,) array
        Missing where a part has no workers, or the rest has no value added.
    """
    v, l = np.asarray(value_share, dtype=float), np.asarray(labour_share, dtype=float)  # noqa: E741
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (v / l) / ((1.0 - v) / (1.0 - l))
    return np.asarray(np.where((l > 0) & (l < 1) & (v < 1), ratio, np.nan))


def dual_deviation(value_share: Floats, labour_share: Floats) -> Floats:
    """Dual deviation |Y_n / Y - L_n / L|, which equals |Y_a / Y - L_a / L|: 0 in balance, at most 1."""
    return np.asarray(np.abs(np.asarray(value_share, dtype=float) - np.asarray(labour_share, dtype=float)))


def two_way_balance(inflow: Floats, outflow: Floats) -> Floats:
    """Balance index 1 - |in - out| / (in + out): 1 for equal flows, 0 for a one-way flow, missing for none."""
    inflow, outflow = np.asarray(inflow, dtype=float), np.asarray(outflow, dtype=float)
    gross = inflow + outflow
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(gross > 0, 1.0 - np.abs(inflow - outflow) / gross, np.nan))


def group_gap(values: Floats, weights: Floats, town: NDArray[np.bool_]) -> tuple[float, float]:
    """Weighted mean of the places of each kind, town first.

    Parameters
    ----------
    values, weights : (n,) arrays
        Weights > 0.
    town : (n,) booleans
        Both kinds occur.
    """
    return (
        float(np.average(values[town], weights=weights[town])),
        float(np.average(values[~town], weights=weights[~town])),
    )


def permuted_gaps(
    values: Floats, weights: Floats, town: NDArray[np.bool_], draws: int, rng: np.random.Generator
) -> Floats:
    """Gap town minus country when the kinds are dealt out at random; value and weight of a place stay together.

    Returns
    -------
    (draws,) array
    """
    dealt = rng.permuted(np.tile(town, (draws, 1)), axis=1).astype(float)
    total, mass = values * weights, weights
    up, down = dealt @ total, dealt @ mass
    return np.asarray(up / down - (total.sum() - up) / (mass.sum() - down))


def bootstrap_means(
    values: Floats, weights: Floats, town: NDArray[np.bool_], draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Weighted means of town and of country when the places of each kind are drawn again with replacement.

    Returns
    -------
    town, country : (draws,) arrays
    """
    out = []
    for part in (np.flatnonzero(town), np.flatnonzero(~town)):
        chosen = part[rng.integers(0, len(part), size=(draws, len(part)))]
        w = weights[chosen]
        out.append(np.asarray((values[chosen] * w).sum(axis=1) / w.sum(axis=1)))
    return out[0], out[1]
