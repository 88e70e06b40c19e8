"""Persistence in short panels: the within estimator, its bias, and the split-panel jackknife against it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from megaregion.errors import InputError

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


class Persistence(NamedTuple):
    """First-order persistence of a panel.

    Attributes
    ----------
    rho : float
        Split-panel jackknife.
    within : float
        Within estimator, biased towards zero in short panels.
    error : float
        Standard error of `rho`, clustered on units; missing with one cluster.
    units, observations : int
        Units and pairs of consecutive periods used.
    """

    rho: float
    within: float
    error: float
    units: int
    observations: int


def persistence(y: Floats, cluster: Codes | None = None) -> Persistence:
    """rho in y_it = rho y_i,t-1 + a_i + u_t + e_it.

    Parameters
    ----------
    y : (n, t) array
        t >= 5; NaN where unknown. Only pairs of consecutive known periods count.
    cluster : (n,) integers, optional
        Units within which errors are dependent, 0 ... g - 1; every unit on its own without it.

    Raises
    ------
    InputError
        There are fewer than 5 periods, or no unit varies in both halves.

    Notes
    -----
    Half-panel jackknife 2 rho - (rho_1 + rho_2) / 2 over the two halves of time, which share one transition where
    their number is odd (Dhaene and Jochmans 2015, Rev. Econ. Stud. 82(3)): removes the bias of order 1/T (Nickell
    1981, Econometrica 49(6), eq. 18; about -(1 + rho) / (T - 1)). The error is that of the sum of the influences of
    the three estimates.
    """
    n, t = y.shape
    if t < 5:
        raise InputError(f"persistence needs at least 5 periods for two halves of two transitions each, got {t}")
    steps = t - 1
    half = (steps + 1) // 2
    whole, moved, used, count = _within(y)
    first, moved_1, _, _ = _within(y[:, : half + 1])
    second, moved_2, _, _ = _within(y[:, steps - half :])
    rho = 2.0 * whole - (first + second) / 2.0
    influence = 2.0 * moved - (moved_1 + moved_2) / 2.0
    code = np.arange(n) if cluster is None else cluster
    sums = np.bincount(code[used], influence[used], int(code.max()) + 1)
    g = len(np.unique(code[used]))
    error = float(np.sqrt((sums**2).sum() * g / (g - 1))) if g > 1 else float("nan")
    return Persistence(float(rho), float(whole), error, int(used.sum()), count)


def _within(y: Floats) -> tuple[float, Floats, NDArray[np.bool_], int]:
    """Within estimate with effects of unit and period, influence (n,) of each unit, units used, transitions."""
    now, before = y[:, 1:], y[:, :-1]
    known = ~(np.isnan(now) | np.isnan(before))
    known &= (known.sum(axis=1) > 1)[:, None]  # one transition is taken up by the effect of its unit
    if not known.any():
        raise InputError("no unit has two transitions between known values", hint="longer series, or fewer gaps")
    a, b = _two_way(np.where(known, now, 0.0), known), _two_way(np.where(known, before, 0.0), known)
    size = float((b * b).sum())
    if not size > 1e-20 * float(np.where(known, before, 0.0).var() + 1e-300) * known.sum():
        raise InputError("the series do not vary beyond effects of units and periods")
    rho = float((a * b).sum()) / size
    return rho, np.asarray((b * (a - rho * b)).sum(axis=1) / size), np.asarray(known.any(axis=1)), int(known.sum())


def _two_way(v: Floats, known: NDArray[np.bool_]) -> Floats:
    """Residuals on effects of rows and columns over known cells, by alternating means."""
    rows, columns = np.maximum(known.sum(axis=1), 1), np.maximum(known.sum(axis=0), 1)
    size = float(np.abs(v).max(initial=0.0)) + 1e-300
    for _ in range(10_000):
        by_row = v.sum(axis=1) / rows
        v = np.where(known, v - by_row[:, None], 0.0)
        by_column = v.sum(axis=0) / columns
        v = np.where(known, v - by_column[None, :], 0.0)
        if max(float(np.abs(by_row).max()), float(np.abs(by_column).max())) < 1e-12 * size:
            break
    return v
