"""Compiled loops of soft routing over shortest-path trees; imported by kernels only, because it needs numba.

For a source s with shortest costs d the weights ``w_a = exp(-theta (c_a + d_tail - d_head))`` lie in (0, 1]: the
matrix A = exp(-theta c) scaled by the potentials d. With ``x = e_s + w^T x`` the soft cost is ``d - ln(x) / theta``,
so that nothing over- or underflows at any theta. Gauss and Seidel in the order of distance converges fast, because
nearly all weight points away from the source.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

TOLERANCE = 2e-15  # of the largest change in a pass; the weights are known to no more digits
PASSES = 100_000


@njit(cache=True, nogil=True)
def _weights(theta: float, tail: Any, head: Any, cost: Any, far: Any, w: Any) -> None:
    for a in range(tail.size):
        u, v = tail[a], head[a]
        w[a] = np.exp(-theta * (cost[a] + far[u] - far[v])) if far[u] < np.inf else 0.0


@njit(cache=True, nogil=True)
def _outward(order: Any, reached: int, tail: Any, first_in: Any, entering: Any, w: Any, given: Any, x: Any) -> bool:
    """Solve ``x_v = given_v + sum over arcs a into v of w_a x_tail``; False if it does not settle."""
    x[:] = 0.0
    for _ in range(PASSES):
        change, size = 0.0, 0.0
        for p in range(reached):
            v = order[p]
            total = given[v]
            for q in range(first_in[v], first_in[v + 1]):
                a = entering[q]
                total += w[a] * x[tail[a]]
            change = max(change, abs(total - x[v]))
            size = max(size, abs(total))
            x[v] = total
        if change <= TOLERANCE * size:
            return True
        if not size < np.inf:
            return False
    return False


@njit(cache=True, nogil=True)
def _inward(order: Any, reached: int, head: Any, first: Any, w: Any, given: Any, y: Any) -> bool:
    """Solve ``y_u = given_u + sum over arcs a out of u of w_a y_head``; False if it does not settle."""
    y[:] = 0.0
    for _ in range(PASSES):
        change, size = 0.0, 0.0
        for p in range(reached - 1, -1, -1):
            u = order[p]
            total = given[u]
            for a in range(first[u], first[u + 1]):
                total += w[a] * y[head[a]]
            change = max(change, abs(total - y[u]))
            size = max(size, abs(total))
            y[u] = total
        if change <= TOLERANCE * size:
            return True
        if not size < np.inf:
            return False
    return False


@njit(cache=True, nogil=True)
def spread(
    low: int, high: int, theta: float, tail: Any, head: Any, cost: Any, first_in: Any, entering: Any, sources: Any,
    distance: Any, order: Any, reached: Any, x: Any, settled: Any,
) -> None:  # fmt: skip
    """Scaled rows of (I - A)^-1, shape (sources, nodes); at least 1 wherever a way leads, 0 elsewhere."""
    n = distance.shape[1]
    w, given = np.empty(tail.size), np.zeros(n)
    for s in range(low, high):
        _weights(theta, tail, head, cost, distance[s], w)
        given[sources[s]] = 1.0
        settled[s] = _outward(order[s], reached[s], tail, first_in, entering, w, given, x[s])
        given[sources[s]] = 0.0


@njit(cache=True, nogil=True)
def gather(
    low: int, high: int, theta: float, tail: Any, head: Any, cost: Any, first: Any, distance: Any, order: Any,
    reached: Any, targets: Any, x: Any, weight: Any, out: Any, settled: Any,
) -> None:  # fmt: skip
    """Add to ``out`` (k, arcs) the derivative of ``sum G_od soft cost_od``, G (k, sources, targets), in each cost."""
    n = distance.shape[1]
    w, given, y = np.empty(tail.size), np.empty(n), np.empty(n)
    for s in range(low, high):
        _weights(theta, tail, head, cost, distance[s], w)
        settled[s] = True
        for r in range(weight.shape[0]):
            given[:] = 0.0
            for j in range(targets.size):
                if weight[r, s, j] != 0.0:
                    given[targets[j]] += weight[r, s, j] / x[s, targets[j]]
            if not _inward(order[s], reached[s], head, first, w, given, y):
                settled[s] = False
            for a in range(tail.size):
                out[r, a] += x[s, tail[a]] * w[a] * y[head[a]]


@njit(cache=True, nogil=True)
def tangent(
    low: int, high: int, theta: float, tail: Any, head: Any, cost: Any, first: Any, first_in: Any, entering: Any,
    distance: Any, order: Any, reached: Any, targets: Any, x: Any, weight: Any, direction: Any, slope: Any, out: Any,
    settled: Any,
) -> None:  # fmt: skip
    """Along a direction (arcs) of the costs: change of the soft costs (sources, targets), and of the usage by `weight`.

    ``out`` (arcs) gets the derivative of what `gather` gives for one weight: a column of second derivatives.
    """
    n, arcs = distance.shape[1], tail.size
    w, dw, given = np.empty(arcs), np.empty(arcs), np.empty(n)
    y, dx, dy = np.empty(n), np.empty(n), np.empty(n)
    for s in range(low, high):
        _weights(theta, tail, head, cost, distance[s], w)
        given[:] = 0.0
        for a in range(arcs):
            dw[a] = -theta * direction[a] * w[a]
            given[head[a]] += dw[a] * x[s, tail[a]]
        fine = _outward(order[s], reached[s], tail, first_in, entering, w, given, dx)
        given[:] = 0.0
        for j in range(targets.size):
            v = targets[j]
            slope[s, j] = -dx[v] / (theta * x[s, v]) if x[s, v] > 0.0 else 0.0
            if weight[s, j] != 0.0:
                given[v] += weight[s, j] / x[s, v]
        fine &= _inward(order[s], reached[s], head, first, w, given, y)
        for v in range(n):
            if given[v] != 0.0:
                given[v] *= -dx[v] / x[s, v]
        for a in range(arcs):
            given[tail[a]] += dw[a] * y[head[a]]
        fine &= _inward(order[s], reached[s], head, first, w, given, dy)
        for a in range(arcs):
            u, v = tail[a], head[a]
            out[a] += dx[u] * w[a] * y[v] + x[s, u] * (dw[a] * y[v] + w[a] * dy[v])
        settled[s] = fine
