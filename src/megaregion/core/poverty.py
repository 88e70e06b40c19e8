"""Poverty of persons: relative lines, the measures of Foster, Greer and Thorbecke, the dual cutoff, sampling error."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion._rng import generator

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
SUMS = 1e-9  # weights of dimensions are sums of thirds and the like: a score this near k has reached it


class Dual(NamedTuple):
    """Measures of Alkire and Foster for one population.

    Attributes
    ----------
    headcount, intensity, m0, m1, m2 : float
        H, A (missing where nobody is poor), M0 = H A, M1, M2; M1 and M2 mean something for cardinal values only.
    censored : (d,) array
        Share of people who are poor and deprived in each dimension.
    raw : (d,) array
        Share of people deprived in each dimension, poor or not.
    contribution : (d,) array
        Part of M0 that comes from each dimension; sums to 1, missing where nobody is poor.
    """

    headcount: float
    intensity: float
    m0: float
    m1: float
    m2: float
    censored: Floats
    raw: Floats
    contribution: Floats


def weighted_median(value: Floats, weight: Floats) -> float:
    """The least value that half of the weight does not exceed; the middle of two where exactly half lies below.

    With equal weights this is the ordinary median, and a weight of 2 does what two equal rows would do.

    Parameters
    ----------
    value, weight : (n,) arrays
        Weights >= 0, not all zero.
    """
    order = np.argsort(value, kind="stable")
    return _median_sorted(value[order], weight[order])


def _median_sorted(value: Floats, weight: Floats) -> float:
    kept = weight > 0
    value, total = value[kept], np.cumsum(weight[kept])
    half = total[-1] / 2.0
    near = SUMS * total[-1]
    low = int(np.searchsorted(total, half - near))
    high = int(np.searchsorted(total, half + near))
    return float((value[low] + value[min(high, len(value) - 1)]) / 2.0)


def relative_line(income: Floats, weight: Floats, share: float, group: Ints | None = None) -> Floats:
    """Poverty line of every person: a share of the median of all, or of the own group.

    Parameters
    ----------
    income, weight : (n,) arrays
    share : float
        0.4, 0.5 or 0.6.
    group : (n,) integers 0 ... k - 1, optional
        Whose median counts; None for that of all.

    Returns
    -------
    (n,) array, in the unit of income.
    """
    if group is None:
        return np.full(len(income), share * weighted_median(income, weight))
    of = [weighted_median(income[group == g], weight[group == g]) for g in range(int(group.max()) + 1)]
    return np.asarray(share * np.array(of)[group])


def gaps(income: Floats, line: ArrayLike) -> Floats:
    """Relative shortfall (z - y) / z of those with y < z, else 0; (n,)."""
    z = np.asarray(line, dtype=np.float64)
    return np.asarray(np.maximum((z - income) / z, 0.0))


def fgt(income: Floats, weight: Floats, line: ArrayLike, alpha: float) -> float:
    """Measure of Foster, Greer and Thorbecke (1984): P_a = sum w ((z - y) / z)^a over y < z, divided by sum w.

    Parameters
    ----------
    income, weight : (n,) arrays
        Income >= 0; weight in persons.
    line : float or (n,) array
        z > 0, in the unit of income.
    alpha : float
        0 for the headcount (a person at the line is not poor), 1 for the gap, 2 for its square.
    """
    return float(np.sum(weight * _contribution(income, line, alpha)) / np.sum(weight))


def _contribution(income: Floats, line: ArrayLike, alpha: float) -> Floats:
    gap = gaps(income, line)
    return np.asarray(np.where(gap > 0, gap**alpha, 0.0))


def fgt_by_group(
    income: Floats, weight: Floats, line: ArrayLike, alpha: float, group: Ints
) -> tuple[Floats, Floats, Floats]:
    """People share s_g, measure P_g and contribution s_g P_g / P of each group; P = sum s_g P_g exactly.

    Parameters
    ----------
    group : (n,) integers 0 ... k - 1, each with some weight

    Returns
    -------
    (k,) arrays; contributions are missing where nobody is poor.
    """
    k = int(group.max()) + 1
    people = np.bincount(group, weights=weight, minlength=k)
    shortfall = np.bincount(group, weights=weight * _contribution(income, line, alpha), minlength=k)
    total = shortfall.sum()
    return people / people.sum(), shortfall / people, shortfall / total if total > 0 else np.full(k, np.nan)


def standard_error(income: Floats, weight: Floats, line: ArrayLike, alpha: float, unit: Ints | None = None) -> float:
    """Standard error of `fgt` for a known line: linearised ratio, sampling units drawn with replacement.

    Var P = m / (m - 1) sum_u (sum_{i in u} w_i (p_i - P))^2 / (sum w)^2 over m units (Kakwani 1993 where every row
    is a unit and weights are equal). The error of an estimated line is not in it: see `bootstrap`.

    Parameters
    ----------
    unit : (n,) integers, optional
        Primary sampling unit of each row; None where rows are drawn one by one.

    Returns
    -------
    float
        Missing with fewer than two units.
    """
    each = _contribution(income, line, alpha)
    whole = float(weight.sum())
    moved = weight * (each - float(np.sum(weight * each)) / whole)
    if unit is not None:
        moved = np.asarray(np.bincount(unit, weights=moved), dtype=np.float64)
    m = len(moved)
    if m < 2:
        return float("nan")
    return float(np.sqrt(m / (m - 1) * np.sum((moved - moved.mean()) ** 2)) / whole)


def bootstrap(
    income: Floats,
    weight: Floats,
    share: float,
    *,
    alphas: tuple[float, ...] = (0.0, 1.0, 2.0),
    group: Ints | None = None,
    median_of_group: bool = False,
    unit: Ints | None = None,
    draws: int,
    seed: int | np.random.Generator,
) -> Floats:
    """Measures in resamples of the sampling units; the line is estimated anew in each (Preston 1995).

    Parameters
    ----------
    share : float
        Share of the median.
    group : (n,) integers 0 ... g - 1, optional
        Groups that are measured apart.
    median_of_group : bool
        Whether each group has the line of its own median.
    unit : (n,) integers, optional
        Primary sampling unit of each row, drawn whole.
    draws : int
    seed : int or Generator

    Returns
    -------
    (draws, 1 + g, len(alphas)) array
        All people, then each group; missing where a resample lost a group.
    """
    rng = generator(seed, "poverty", "bootstrap")
    order = np.argsort(income, kind="stable")
    y, w = income[order], weight[order]
    of = np.zeros(len(y), dtype=np.intp) if group is None else group[order]
    of_unit = np.arange(len(y)) if unit is None else unit[order]
    m, g = int(of_unit.max()) + 1, int(of.max()) + 1
    members = [of == k for k in range(g)]
    out = np.full((draws, 1 + g, len(alphas)), np.nan)
    for b in range(draws):
        drawn = w * np.bincount(rng.integers(m, size=m), minlength=m)[of_unit]
        people = np.array([drawn[rows].sum() for rows in members])
        if (people <= 0).any():
            continue
        medians = [_median_sorted(y[r], drawn[r]) for r in members] if median_of_group else [_median_sorted(y, drawn)]
        line = np.broadcast_to(share * np.array(medians), (g,))[of]
        for a, alpha in enumerate(alphas):
            each = drawn * _contribution(y, line, alpha)
            out[b, :, a] = [each.sum() / drawn.sum(), *np.bincount(of, weights=each, minlength=g) / people]
    return out


def dual_cutoff(
    values: Floats, cutoffs: Floats, dimension_weight: Floats, weight: Floats, k: float = 1.0 / 3.0
) -> Dual:
    """Multidimensional poverty by counting, with a cutoff in each dimension and one across them.

    Parameters
    ----------
    values : (n, d) array
        Achievements; more is better.
    cutoffs : (d,) array
        A person is deprived where the value is below the cutoff.
    dimension_weight : (d,) array
        Relative weights of the dimensions, >= 0; scaled to sum to 1.
    weight : (n,) array
        People that each row stands for.
    k : float, default 1/3
        A person is poor whose weighted deprivations sum to at least k, 0 < k <= 1.

    Notes
    -----
    Alkire and Foster (2011), J. Public Econ. 95, sections 3-5. M1 and M2 use the gaps (z - y) / z of the poor and
    need cutoffs > 0.
    """
    share = dimension_weight / dimension_weight.sum()
    lacking = values < cutoffs
    score = lacking @ share
    poor = score >= k - SUMS
    w = weight / weight.sum()
    headcount = float(np.sum(w[poor]))
    m0 = float(np.sum(w[poor] * score[poor]))
    censored = w @ (lacking & poor[:, None])
    with np.errstate(divide="ignore", invalid="ignore"):  # gaps of a cutoff of 0 mean nothing and are not reported
        gap = np.where(lacking & poor[:, None], (cutoffs - values) / cutoffs, 0.0)
    return Dual(
        headcount, m0 / headcount if headcount > 0 else float("nan"), m0,
        float(w @ gap @ share), float(w @ gap**2 @ share), np.asarray(censored), np.asarray(w @ lacking),
        share * censored / m0 if m0 > 0 else np.full(len(share), np.nan),
    )  # fmt: skip
