"""Benefit of the doubt: every place is weighed as suits it best, with the others as its measure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Doubt(NamedTuple):
    """Scores (n,), 1 on the frontier, and shares (n, m) of each column in a place's score."""

    scores: Floats
    shares: Floats


def benefit_of_doubt(x: Floats, *, least: float = 0.0, most: float = 1.0) -> Doubt:
    """S_i = max_w sum_j w_j x_ij subject to sum_j w_j x_kj <= 1 for all k, w >= 0.

    Parameters
    ----------
    x : (n, m) array
        >= 0, more is better; every row has a value above zero.
    least, most : float
        Bounds on the share of a column in a place's own score, least <= 1 / m <= most; without them most places
        count on one or two columns only.

    Raises
    ------
    ValueError
        No weights fulfil the bounds for a row; the message names it.

    Notes
    -----
    Cherchye, Moesen, Rogge and Van Puyenbroeck (2007), Soc. Indic. Res. 82; shares (pie shares) as in their section 4.
    The best weights need not be unique; the score is.
    """
    from scipy.optimize import linprog

    n, m = x.shape
    scores, shares = np.empty(n), np.empty((n, m))
    best = x.max(axis=0)
    x = x / np.where(best > 0, best, 1.0)  # a unit moves no score, but tiny ones the solver's tolerances
    for i, values in enumerate(x):
        size = values.max()
        row = values / size if size > 0 else values
        bounds, right = [x], [np.ones(n)]
        if least > 0:
            bounds.append(least * np.broadcast_to(row, (m, m)) - np.diag(row))
            right.append(np.zeros(m))
        if most < 1:
            bounds.append(np.diag(row) - most * np.broadcast_to(row, (m, m)))
            right.append(np.zeros(m))
        found = linprog(-row, A_ub=np.vstack(bounds), b_ub=np.concatenate(right), method="highs")
        if found.status != 0 or not -found.fun > 0:
            raise ValueError(f"row {i}: no weights fulfil the bounds ({found.message})")
        scores[i] = -found.fun * size
        shares[i] = found.x * row / -found.fun
    return Doubt(scores, shares)
