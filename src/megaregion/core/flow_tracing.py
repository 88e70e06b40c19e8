"""Whose power ends where, if it mixes evenly wherever it meets (proportional sharing)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from megaregion.core.dc_flow import Grid

Floats = NDArray[np.float64]
TINY = 1e-12  # of the largest: what runs through a bus by rounding alone


def mixture(grid: Grid, flow: Floats, origin: Floats) -> Floats:
    """Part of the power at each bus that stems from each origin, (n, k).

    Parameters
    ----------
    grid : Grid
    flow : (m,) array
        Of a dispatch in balance, from tail to head.
    origin : (n, k) array
        What each origin generates at each bus, >= 0.

    Returns
    -------
    (n, k) array
        Rows sum to one; zero where nothing runs through the bus.

    Notes
    -----
    What runs through bus i, P_i, is what is generated there plus what flows in; P - A P = G with A_ij = f_ji / P_j, an
    upstream solve (Bialek 1996, IEE Proc. Gener. Transm. Distrib. 143(4), 313). Flows without losses fall from higher
    to lower angles, so nothing runs in a circle and the solve exists.
    """
    from scipy.sparse import csc_array, eye_array
    from scipy.sparse.linalg import splu

    n = grid.buses
    start = np.where(flow >= 0, grid.tail, grid.head)
    end = np.where(flow >= 0, grid.head, grid.tail)
    size = np.abs(flow)
    through = origin.sum(axis=1) + np.bincount(end, size, n)
    live = through > TINY * through.max(initial=0.0)
    kept = live[start] & live[end]
    share = size[kept] / through[start[kept]]
    inflow = csc_array((share, (end[kept], start[kept])), shape=(n, n))
    power = splu(csc_array(eye_array(n) - inflow)).solve(np.ascontiguousarray(origin))
    out: Floats = np.divide(power, through[:, None], out=np.zeros_like(power), where=live[:, None])
    return np.clip(out, 0.0, 1.0)
