"""Compiled loops of the (min, +) algebra; imported by kernels only, because it needs numba when it is loaded.

Every matrix of costs travels with a matrix of counts (boardings). Of two ways with exactly the same cost the one
with fewer boardings counts, so that the counts do not depend on the order of the loop.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int32]


@njit(cache=True, nogil=True)
def product(a: Any, a_count: Any, b: Any, b_count: Any) -> Any:
    """``c_ij = min_k a_ik + b_kj`` with the count of the cheapest way; shapes (n, m), (m, p) -> (n, p)."""
    n, m, p = a.shape[0], a.shape[1], b.shape[1]
    out = np.full((n, p), np.inf)
    count = np.zeros((n, p), np.int32)
    for i in range(n):
        for k in range(m):
            first = a[i, k]
            if first == np.inf:
                continue
            boarded = a_count[i, k]
            for j in range(p):
                value = first + b[k, j]
                if value < out[i, j]:
                    out[i, j] = value
                    count[i, j] = boarded + b_count[k, j]
                elif value == out[i, j] and value < np.inf and boarded + b_count[k, j] < count[i, j]:
                    count[i, j] = boarded + b_count[k, j]
    return out, count


@njit(cache=True, nogil=True)
def close(cost: Any, count: Any) -> None:
    """Floyd and Warshall in place: cheapest chains of one or more steps; shape (n, n), steps > 0."""
    n = cost.shape[0]
    for k in range(n):
        for i in range(n):
            first = cost[i, k]
            if first == np.inf or i == k:
                continue
            boarded = count[i, k]
            for j in range(n):
                value = first + cost[k, j]
                if value < cost[i, j]:
                    cost[i, j] = value
                    count[i, j] = boarded + count[k, j]
                elif value == cost[i, j] and value < np.inf and boarded + count[k, j] < count[i, j]:
                    count[i, j] = boarded + count[k, j]


@njit(cache=True, nogil=True)
def insert(cost: Any, count: Any, before: Any, before_count: Any, after: Any, after_count: Any, leg: float) -> None:
    """Offer to every pair the way over one new leg, in place: ``min(c_ij, before_i + leg + after_j)``."""
    n = cost.shape[0]
    for i in range(n):
        start = before[i] + leg
        if start == np.inf:
            continue
        boarded = before_count[i] + 1
        for j in range(n):
            value = start + after[j]
            if value < cost[i, j]:
                cost[i, j] = value
                count[i, j] = boarded + after_count[j]
            elif value == cost[i, j] and value < np.inf and boarded + after_count[j] < count[i, j]:
                count[i, j] = boarded + after_count[j]
