"""TOPSIS: closeness to the ideal place, and the order that the absence of one place turns round."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from megaregion.core.aggregate import ranks

Floats = NDArray[np.float64]


def closeness(x: Floats, weights: Floats, direction: NDArray[np.int64]) -> Floats:
    """C_i = d-_i / (d+_i + d-_i): distances to the best and the worst value of every column.

    Columns are divided by their Euclidean length and multiplied by the weights.

    Parameters
    ----------
    x : (n, m) array
        Complete; no column of zeros.
    weights : (m,) array
        Sum to one.
    direction : (m,) of {1, -1}

    Returns
    -------
    (n,) array
        0 to 1; NaN everywhere if all places are the same.

    Notes
    -----
    Hwang and Yoon (1981), Multiple Attribute Decision Making. The scale of a column depends on all places,
    so that a further place
    can turn the order of two others (Garcia-Cascales and Lamata 2012, Math. Comput. Model. 56).
    """
    share = x / np.abs(x).max(axis=0)  # squares of the values themselves may overflow
    v = direction * weights * share / np.sqrt((share**2).sum(axis=0))
    far = np.sqrt(((v - v.min(axis=0)) ** 2).sum(axis=1))
    near = np.sqrt(((v - v.max(axis=0)) ** 2).sum(axis=1))
    total = near + far
    return np.asarray(np.divide(far, total, out=np.full(len(x), np.nan), where=total > 0))


def reversals(x: Floats, weights: Floats, direction: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pairs of other places whose order turns when one place is left out, one number a place.

    Parameters
    ----------
    x, weights, direction
        As in `closeness`; n >= 3.

    Returns
    -------
    (n,) integers
    """
    n = len(x)
    out = np.zeros(n, dtype=np.int64)
    base = ranks(closeness(x, weights, direction))
    for i in range(n):
        left = np.delete(np.arange(n), i)
        part = x[left]
        if (np.abs(part).sum(axis=0) == 0).any():
            out[i] = -1  # a column of zeros is left: the closeness of the others is not defined
            continue
        now = closeness(part, weights, direction)
        if np.isnan(now).any():
            out[i] = -1
            continue
        out[i] = inversions(base[left], ranks(now))
    return out


def inversions(first: NDArray[np.int64], second: NDArray[np.int64]) -> int:
    """Pairs that two orders of the same things put the other way round.

    Parameters
    ----------
    first, second : (n,) integers
        Ranks 1 to n without ties.
    """
    y = second[np.argsort(first, kind="stable")]
    size = 1 << max(len(y) - 1, 0).bit_length()
    y = np.concatenate([y, len(y) + 1 + np.arange(size - len(y))])
    total, half = 0, 1
    while half < size:  # merge sort: a right element that comes before left ones is a pair the other way round for each
        rows = y.reshape(-1, 2 * half)
        order = np.argsort(rows, axis=1, kind="stable")
        before = np.nonzero(order >= half)[1].sum() - len(rows) * half * (half - 1) // 2
        total += len(rows) * half * half - int(before)
        y = np.take_along_axis(rows, order, axis=1).ravel()
        half *= 2
    return total
