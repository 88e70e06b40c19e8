"""Regression between networks of the same places, with tests that permute places (QAP and MRQAP)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion._rng import generator
from megaregion.errors import InputError, MissingDataError

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
CELLS = 4_000_000  # dyads gathered at once: bounds the memory, not the result
TIE = 1e-12  # the same sum in another order differs by rounding
SHOWN = 5


class Mrqap(NamedTuple):
    """Least squares between networks, and p values by permutation of places.

    Attributes
    ----------
    intercept : float
    coefficient, t : (k,) array
        Least squares over the dyads and the usual t statistics, in the order of the predictors.
    partial : (k,) array
        Partial correlation of each predictor; orders permutations as t does and is never infinite.
    p, p_greater, p_less : (k,) array
        Two-sided and one-sided, (1 + permutations at least as extreme) / (1 + permutations).
    r_squared : float
    dyads : int
        Dyads in the regression.
    """

    intercept: float
    coefficient: Floats
    t: Floats
    partial: Floats
    p: Floats
    p_greater: Floats
    p_less: Floats
    r_squared: float
    dyads: int


def orders(n: int, permutations: int, seed: int | np.random.Generator) -> Ints:
    """Random orders (permutations, n) of n places.

    Raises
    ------
    InputError
        Fewer than one permutation or three places.
    """
    if permutations < 1 or n < 3:
        raise InputError(f"expected one permutation and three places at least, got {permutations} and {n}")
    return generator(seed, "mrqap").permuted(np.tile(np.arange(n), (permutations, 1)), axis=1)


def dyads(n: int, *, directed: bool) -> tuple[Ints, Ints]:
    """Rows and columns of the dyads: every ordered pair, or every pair once."""
    if directed:
        rows, columns = np.nonzero(~np.eye(n, dtype=bool))
        return rows, columns
    rows, columns = np.triu_indices(n, 1)
    return rows, columns


def mrqap(y: ArrayLike, x: ArrayLike, *, orders: Ints, directed: bool) -> Mrqap:
    """Regression of one network on others, tested by double semi-partialing.

    Parameters
    ----------
    y : (n, n) array
        Network to explain, rows origin; the diagonal is ignored.
    x : (k, n, n) array
        Predictors. Undirected networks must be symmetric.
    orders : (b, n) integers
        Orders in which places are permuted (`megaregion.core.mrqap.orders`).
    directed : bool
        Every ordered pair is a dyad, else every pair once.

    Raises
    ------
    MissingDataError
        A dyad is missing: a permutation would carry the gap to other places.
    InputError
        Shapes differ, a value is infinite, an undirected network is not symmetric, there are too few dyads, y is
        constant or explained without remainder, or predictors are collinear.

    Notes
    -----
    Dekker, Krackhardt and Snijders (2007), Psychometrika 72(4), section 3: the residuals E of predictor k on the others
    are permuted by rows and columns at once, y is regressed on them and on the others, and the t statistics of E
    (pivotal, unlike the coefficient) are compared with the observed one. Exact if E is exchangeable, else approximate.
    """
    target, predictors, rows, columns = _checked(y, x, directed)
    n, k = len(target), len(predictors)
    want = target[rows, columns]
    design = np.column_stack([np.ones(len(rows)), *(one[rows, columns] for one in predictors)])
    beta, residual = _least_squares(design, want)
    free = len(rows) - k - 1
    basis = [np.linalg.qr(np.delete(design, i + 1, axis=1))[0] for i in range(k)]
    left = [want - q @ (q.T @ want) for q in basis]  # y less what the others explain
    own = np.zeros((k, n, n))
    for i, q in enumerate(basis):
        value = design[:, i + 1]
        value = value - q @ (q.T @ value)
        own[i, rows, columns] = value
        if not directed:
            own[i, columns, rows] = value
    if any(one @ one <= TIE * (want @ want) for one in left):
        raise InputError("other predictors explain y without remainder: a predictor more cannot be tested")
    here = np.arange(n)[None]
    partial = np.array([_partial(own[i], basis[i], left[i], here, rows, columns)[0] for i in range(k)])
    counts = np.zeros((3, k))  # two-sided, greater, less
    step = max(1, CELLS // len(rows))
    for start in range(0, len(orders), step):
        for i in range(k):
            drawn = _partial(own[i], basis[i], left[i], orders[start : start + step], rows, columns)
            extreme = np.abs(drawn) >= abs(partial[i]) - TIE, drawn >= partial[i] - TIE, drawn <= partial[i] + TIE
            counts[:, i] += [np.count_nonzero(one) for one in extreme]
    spread = float(((want - want.mean()) ** 2).sum())
    with np.errstate(divide="ignore"):
        t = partial * np.sqrt(free / np.maximum(1.0 - partial**2, 0.0))
    p, p_greater, p_less = (1.0 + counts) / (1.0 + len(orders))
    return Mrqap(float(beta[0]), beta[1:], t, partial, p, p_greater, p_less,
                 1.0 - float(residual @ residual) / spread, len(rows))  # fmt: skip


def qap_correlation(a: ArrayLike, b: ArrayLike, *, orders: Ints, directed: bool) -> Mrqap:
    """Pearson correlation of two networks (in `partial`) and its p values when places of `a` are permuted.

    Parameters
    ----------
    a, b : (n, n) array
    orders, directed
        As in `mrqap`, of which this is the case of one predictor.

    Raises
    ------
    InputError
        As `mrqap`.

    Notes
    -----
    Krackhardt (1988), Social Networks 10(4).
    """
    return mrqap(b, np.asarray(a, dtype=np.float64)[None], orders=orders, directed=directed)


def _partial(own: Floats, basis: Floats, left: Floats, orders: Ints, rows: Ints, columns: Ints) -> Floats:
    """Partial correlation of y with the permuted residuals, given the other predictors (Frisch-Waugh-Lovell)."""
    n = len(own)
    value = own.ravel()[orders[:, rows] * n + orders[:, columns]]
    norm = np.einsum("bd,bd->b", value, value)
    inside = value @ basis
    apart = norm - np.einsum("bq,bq->b", inside, inside)  # squared length of what the others leave of it
    against = value @ left  # left is orthogonal to the others: the residual of the residual is not needed
    scale = np.sqrt(np.maximum(apart, 0.0) * (left @ left))
    return np.asarray(np.divide(against, scale, out=np.zeros(len(value)), where=apart > TIE * norm))


def _least_squares(design: Floats, want: Floats) -> tuple[Floats, Floats]:
    beta = np.asarray(np.linalg.lstsq(design, want, rcond=None)[0], dtype=np.float64)
    return beta, want - design @ beta


def _checked(y: ArrayLike, x: ArrayLike, directed: bool) -> tuple[Floats, Floats, Ints, Ints]:
    target, predictors = np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64)
    if target.ndim != 2 or predictors.ndim != 3 or not len(predictors) or predictors.shape[1:] != (len(target),) * 2 \
            or target.shape != (len(target),) * 2:  # fmt: skip
        raise InputError(f"expected a network (n, n) and predictors (k, n, n), got {target.shape}, {predictors.shape}")
    n = len(target)
    rows, columns = dyads(n, directed=directed)
    if len(rows) < len(predictors) + 2:
        raise InputError(f"{len(rows)} dyads are too few for {len(predictors)} predictors", hint="give more places")
    wrong, gaps = [], []
    off = ~np.eye(n, dtype=bool)
    for name, one in (("y", target), *((f"predictor {i}", one) for i, one in enumerate(predictors))):
        if (bad := np.isnan(one) & off).any():
            some = ", ".join(f"({i}, {j})" for i, j in np.argwhere(bad)[:SHOWN].tolist())
            gaps.append(f"{name} lacks {int(bad.sum())} dyads: {some}")
        if (np.isinf(one) & off).any():
            wrong.append(f"{name} has infinite dyads")
        elif not directed and not np.allclose(one[off], one.T[off], rtol=1e-9, atol=0.0, equal_nan=True):
            wrong.append(f"{name} is not symmetric, so that a pair has two values")
    if wrong or gaps:
        raise (InputError if wrong else MissingDataError)(
            "; ".join(wrong + gaps), hint="leave out places with missing pairs, or say what a missing pair is worth"
        )
    want = target[rows, columns]
    if np.ptp(want) == 0:
        raise InputError("y is the same in every dyad: nothing to explain")
    design = np.column_stack([np.ones(len(rows)), *(one[rows, columns] for one in predictors)])
    size = np.abs(design).max(axis=0)
    if (size == 0).any() or np.linalg.matrix_rank(design / size) < design.shape[1]:
        raise InputError("predictors are collinear, or one is constant", hint="leave one of them out")
    return target, predictors, rows, columns
