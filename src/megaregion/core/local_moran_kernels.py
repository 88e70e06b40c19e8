"""Compiled permutation of neighbours; imported where it is needed only (numba)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def first_of_orders(chance: Any, n: int, order: Any) -> None:
    """The first k things of random orders of n things (Fisher and Yates), one order a row.

    Parameters
    ----------
    chance : (m, k) array
        Uniform in [0, 1).
    n : int
        At least k.
    order : (m, k) int32 array
        Filled.
    """
    things = np.arange(n).astype(np.int32)
    m, k = chance.shape
    taken = np.empty(k, np.int64)
    for row in range(m):
        for j in range(k):
            other = min(j + int(chance[row, j] * (n - j)), n - 1)
            taken[j] = other
            things[j], things[other] = things[other], things[j]
            order[row, j] = things[j]
        for back in range(k):  # undo in reverse: the next order starts from the same row of things, at the cost of k
            j = k - 1 - back
            things[j], things[taken[j]] = things[taken[j]], things[j]


@njit(cache=True, nogil=True)
def count_reached(first: int, last: int, z: Any, indptr: Any, weight: Any, seen: Any, tie: float, order: Any,
                  high: Any, low: Any) -> None:  # fmt: skip
    """How often the drawn mean of the neighbours of places first .. last - 1 is at least, at most, the observed one.

    Parameters
    ----------
    z, seen : (n,) arrays
        Values; observed weighted means.
    indptr, weight : CSR arrays of the weights
    tie : float
        Differences up to here count as equal.
    order : (m, k) int32 array
        Orders of the n - 1 others, k at least the number of neighbours of every place.
    high, low : (n,) int64 arrays
        Added to.
    """
    for i in range(first, last):
        start, neighbours = indptr[i], indptr[i + 1] - indptr[i]
        if neighbours == 0:
            continue
        above, below, here = 0, 0, seen[i]
        for row in range(order.shape[0]):
            drawn = 0.0
            for j in range(neighbours):
                other = order[row, j]
                if other >= i:
                    other += 1
                drawn += weight[start + j] * z[other]
            if drawn >= here - tie:
                above += 1
            if drawn <= here + tie:
                below += 1
        high[i] += above
        low[i] += below
