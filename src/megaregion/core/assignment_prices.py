"""Prices that prove an assignment best: the dual of the assignment problem."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from megaregion.core.solver_banner import without_banner
from megaregion.errors import SolveError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Prices(NamedTuple):
    """Dual solution; `bound` is a sum that no assignment exceeds.

    Attributes
    ----------
    row : (n,) array >= 0
    column : (m,) array >= 0
    bound : float
        sum row + sum capacity column.
    """

    row: Floats
    column: Floats
    bound: float


def assignment_prices(value: Floats, allowed: Bools, capacity: NDArray[np.intp]) -> Prices:
    """Least sum of prices with row_i + column_j >= value_ij for every allowed pair.

    Parameters
    ----------
    value : (n, m) array
        Only allowed pairs are read.
    allowed : (n, m) booleans
    capacity : (m,) integers >= 0

    Notes
    -----
    The dual of max sum v_ij x_ij with each row in one pair at most and column j in capacity_j; it is the core of the
    assignment game (Shapley and Shubik 1972, Int. J. Game Theory 1). Prices are raised by what the solver's tolerance
    leaves short, so that the bound holds without trusting the solver.
    """
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    n, m = value.shape
    pairs = np.argwhere(allowed)
    if not len(pairs):
        return Prices(np.zeros(n), np.zeros(m), 0.0)
    k = len(pairs)
    worth = value[pairs[:, 0], pairs[:, 1]]
    scale = float(np.abs(worth).max()) or 1.0
    at = np.tile(np.arange(k), 2)
    matrix = coo_array((-np.ones(2 * k), (at, np.concatenate([pairs[:, 0], n + pairs[:, 1]]))), shape=(k, n + m))
    with without_banner():
        done = linprog(np.concatenate([np.ones(n), capacity]), A_ub=matrix.tocsr(), b_ub=-worth / scale, method="highs")
    if done.status != 0:
        raise SolveError(f"HiGHS ended without prices: {done.message}", hint="report this with the table")
    row, column = np.maximum(done.x[:n], 0.0) * scale, np.maximum(done.x[n:], 0.0) * scale
    np.maximum.at(row, pairs[:, 0], worth - column[pairs[:, 1]])
    return Prices(row, column, float(row.sum() + capacity @ column))
