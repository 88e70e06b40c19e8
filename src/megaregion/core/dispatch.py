"""Which plants run so that least demand goes unserved within the limits of the lines (DC optimal power flow)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from megaregion.core.dc_flow import Grid
from megaregion.errors import SolveError

Floats = NDArray[np.float64]
NONE = 1e-7  # of all demand: HiGHS's tolerance, below which nothing is unserved


class Dispatch(NamedTuple):
    """Power at every bus.

    Attributes
    ----------
    generation, unserved : (n,) array
    flow : (m,) array
        From tail to head.
    """

    generation: Floats
    unserved: Floats
    flow: Floats


def least_unserved(
    grid: Grid, demand: Floats, capacity: Floats, limit: Floats, *, cost: Floats | None = None
) -> Dispatch:
    """Least demand unserved, then least cost.

    Parameters
    ----------
    grid : Grid
    demand, capacity : (n,) array
        At each bus, >= 0.
    limit : (m,) array
        Largest flow of each line in either direction; infinite for none.
    cost : (n,) array, optional
        Of a unit from each bus. Default: plants share the load as evenly as lines allow (least sum of deviations from
        one degree of use for all of an island).

    Returns
    -------
    Dispatch
        The sum of what is unserved is unique; where it falls may not be.

    Raises
    ------
    SolveError
        HiGHS found no optimum (serving nobody is always possible).
    """
    scale = float(max(demand.max(initial=0.0), capacity.max(initial=0.0))) or 1.0
    d, c, f = demand / scale, capacity / scale, limit / scale
    program = _Program(grid, d, c, f)
    n = grid.buses
    u = _left(program, grid, d, c)
    if cost is None:
        goal = np.r_[np.zeros(2 * n), np.ones(2 * n)]
    else:
        spread = float(np.abs(cost).max()) or 1.0
        goal = np.r_[cost / spread, np.zeros(3 * n)]
    g = program.solve(goal, unserved=u)[:n]
    g = _balanced(grid, g, c, d - u)
    flow, _ = grid.flows(g - d + u)
    return Dispatch(g * scale, u * scale, flow * scale)


def unserved(grid: Grid, demand: Floats, capacity: Floats, limit: Floats) -> Floats:
    """What `least_unserved` leaves unserved at each bus, (n,), without asking who generates: half of the work."""
    scale = float(max(demand.max(initial=0.0), capacity.max(initial=0.0))) or 1.0
    d, c = demand / scale, capacity / scale
    return _left(_Program(grid, d, c, limit / scale), grid, d, c) * scale


def _left(program: _Program, grid: Grid, d: Floats, c: Floats) -> Floats:
    n = grid.buses
    found = program.solve(np.r_[np.zeros(n), np.ones(n), np.zeros(2 * n)])
    u: Floats = np.clip(found[n : 2 * n], 0.0, d)
    if u.sum() <= NONE * d.sum():
        u = np.zeros(n)
    part = grid.islands()
    dark = np.bincount(part, c)[part] <= 0
    u[dark] = d[dark]  # without a plant nobody is served, exactly
    return u


def _balanced(grid: Grid, g: Floats, c: Floats, served: Floats) -> Floats:
    """Generation moved by what the solver's tolerance left, so that every island balances to rounding."""
    part = grid.islands()
    for island in np.unique(part):
        here = part == island
        lack = float(served[here].sum() - g[here].sum())
        weight = g[here] if g[here].sum() > 0 else c[here]
        if weight.sum() > 0:
            g[here] += lack * weight / weight.sum()
    return g


class _Program:
    """Columns: generation, unserved, above and below even use, angles; everything in units of the largest bus."""

    def __init__(self, grid: Grid, demand: Floats, capacity: Floats, limit: Floats) -> None:
        from scipy.sparse import bmat, coo_array, csr_array, eye_array

        n, m = grid.buses, grid.lines
        line = np.arange(m)
        ends = csr_array((np.r_[np.ones(m), -np.ones(m)], (np.r_[line, line], np.r_[grid.tail, grid.head])), (m, n))
        strength = grid.susceptance / grid.susceptance.max(initial=1.0)  # angles are scaled, flows are not
        carry = csr_array(ends.multiply(strength[:, None]))
        one, none = eye_array(n), coo_array((n, n))
        part = grid.islands()
        use = self._even(part, demand, capacity) * capacity
        limited = np.isfinite(limit)
        self.equal = bmat([[one, one, none, none, -(ends.T @ carry)], [one, none, -one, one, none]], format="csr")
        self.right = np.r_[demand, use]
        wide = coo_array((int(limited.sum()), 4 * n))
        self.upper = bmat([[wide, carry[limited]], [wide, -carry[limited]]], format="csr") if limited.any() else None
        self.most = np.r_[limit[limited], limit[limited]]
        _, first = np.unique(part, return_index=True)
        angle = np.tile([-np.inf, np.inf], (n, 1))
        angle[first] = 0.0
        free = np.tile([0.0, np.inf], (2 * n, 1))
        self.bounds = np.vstack([np.c_[np.zeros(n), capacity], np.c_[np.zeros(n), demand], free, angle])
        self.n = n

    @staticmethod
    def _even(part: NDArray[np.intp], demand: Floats, capacity: Floats) -> Floats:
        need, have = np.bincount(part, demand), np.bincount(part, capacity)
        share = np.divide(need, have, out=np.zeros_like(need), where=have > 0)
        return np.minimum(share, 1.0)[part]

    def solve(self, goal: Floats, *, unserved: Floats | None = None) -> Floats:
        from scipy.optimize import linprog

        n, bounds = self.n, self.bounds
        if unserved is not None:
            bounds = bounds.copy()
            bounds[n : 2 * n] = unserved[:, None]
        done = linprog(np.r_[goal, np.zeros(n)], A_ub=self.upper, b_ub=None if self.upper is None else self.most,
                       A_eq=self.equal, b_eq=self.right, bounds=bounds, method="highs")  # fmt: skip
        if done.status != 0:
            raise SolveError(f"HiGHS ended without an optimum: {done.message}", hint="report this with the tables")
        return np.asarray(done.x, dtype=np.float64)
