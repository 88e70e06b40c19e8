"""Compiled loop over links and the pairs that gain from them; imported where it is needed only (numba)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from megaregion.core.contraction_kernels import INFINITE


@njit(cache=True, nogil=True)
def savings(low: int, high: int, tail: Any, head: Any, cost: Any, arrive: Any, leave: Any, depart: Any, enter: Any,
            between: Any, demand: Any, out: Any) -> int:  # fmt: skip
    """Demand-weighted saving of each arc low .. high - 1 at its new cost; how many cells were looked at.

    Parameters
    ----------
    tail, head, cost : arrays (arcs,)
        New costs, not above the old ones.
    arrive, leave : int32 arrays (nodes, origins)
        Cost from each origin to a node as an end, and as a place to go on from (INFINITE where that is not allowed).
    depart, enter : int32 arrays (nodes, destinations)
        Cost from a node as a start, and from a node that is passed, to each destination.
    between, demand : arrays (origins, destinations)
    out : array (arcs,)
    """
    origins, ends = between.shape
    reached, cells = np.empty(ends, np.int32), 0
    rest = np.empty(ends, np.int32)
    for e in range(low, high):
        u, v, c = tail[e], head[e], cost[e]
        count = 0
        for d in range(ends):
            if enter[v, d] < INFINITE and c + enter[v, d] < depart[u, d]:
                reached[count], rest[count] = d, c + enter[v, d]
                count += 1
        total = 0.0
        if count > 0:
            for o in range(origins):
                a = leave[u, o]
                if a < INFINITE and a + c < arrive[v, o]:
                    cells += count
                    row, weight = between[o], demand[o]
                    for i in range(count):
                        d = reached[i]
                        gain = row[d] - a - rest[i]
                        if gain > 0:
                            total += weight[d] * gain
        out[e] = total
    return cells
