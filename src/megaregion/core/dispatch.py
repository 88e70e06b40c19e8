"""Which plants run so that least demand goes unserved within the limits of the lines (DC optimal power flow)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from megaregion.core.dc_flow import Grid
from megaregion.errors import SolveError

Floats = NDArray[np.float64]
NONE = 1e-7  # of all demand: HiGHS's tolerance, below which nothing is unserved
SLACKS = (1e-9, 1e-7, 1e-6)  # of the least cost, what even use may add: the first that the solver's tolerance leaves


class Dispatch(NamedTuple):
    """Power at every bus.

    Attributes
    ----------
    generation, unserved : (n,) array
    flow : (m,) array
        From tail to head.
    plants : (p,) array
        Generation of each plant.
    """

    generation: Floats
    unserved: Floats
    flow: Floats
    plants: Floats


def least_unserved(
    grid: Grid, demand: Floats, capacity: Floats, limit: Floats, *,
    cost: Floats | None = None, at: NDArray[np.intp] | None = None,
) -> Dispatch:  # fmt: skip
    """Least demand unserved, then least cost, then use as even as may be.

    Parameters
    ----------
    grid : Grid
    demand : (n,) array
        At each bus, >= 0.
    capacity : (p,) array
        Of each plant, >= 0.
    limit : (m,) array
        Largest flow of each line in either direction; infinite for none.
    cost : (p,) array, optional
        Of a unit from each plant. Default: all cost the same.
    at : (p,) integers, optional
        Bus of each plant. Default: one plant a bus, in their order.

    Returns
    -------
    Dispatch
        The sum of what is unserved is unique, and so is the least cost; where the one falls, and which of plants that
        cost the same run behind a full line, may not be.

    Raises
    ------
    SolveError
        HiGHS found no optimum (serving nobody is always possible).

    Notes
    -----
    Even use: least sum of deviations from one degree of use for all plants of an island that cost the same. Without it
    the solver picks any corner, and the map of flows would be chance.
    """
    where = np.arange(grid.buses) if at is None else at
    here: Floats = np.bincount(where, capacity, grid.buses).astype(np.float64)
    scale = float(max(demand.max(initial=0.0), here.max(initial=0.0))) or 1.0
    d, c, f = demand / scale, capacity / scale, limit / scale
    part = grid.islands()
    program = _Program(grid, d, c, f, where)
    u = _left(program, d, part, here)
    if cost is None:
        group = part[where]
        worth = None
    else:
        _, level = np.unique(cost, return_inverse=True)
        group = part[where] * (int(level.max(initial=-1)) + 1) + level
        spread = float(np.abs(cost).max(initial=0.0)) or 1.0
        worth = cost / spread
    target = _used(program, u, worth, group, c, part[where], d, part)
    g = program.solve(program.far(), unserved=u, target=target, worth=worth)[: len(c)]
    g = _balanced(part, part[where], g, c, d - u)
    there: Floats = np.bincount(where, g, grid.buses).astype(np.float64)
    flow, _ = grid.flows(there - d + u)
    return Dispatch(there * scale, u * scale, flow * scale, g * scale)


def _used(
    program: _Program, u: Floats, worth: Floats | None, group: NDArray[np.intp], c: Floats, home: NDArray[np.intp],
    d: Floats, part: NDArray[np.intp],
) -> Floats:  # fmt: skip
    """Generation of each plant if all of its group were used alike."""
    if worth is None:
        need, have = np.bincount(part, d), np.bincount(home, c, int(part.max(initial=-1)) + 1)
        share = np.divide(need, have, out=np.zeros_like(need), where=have > 0)
        even: Floats = np.minimum(share, 1.0)[home] * c
        return even
    cheapest = program.solve(np.r_[worth, program.free(3)], unserved=u)[: len(c)]
    program.cap = float(worth @ cheapest)
    runs, have = np.bincount(group, cheapest), np.bincount(group, c)
    alike: Floats = np.divide(runs, have, out=np.zeros_like(have), where=have > 0)[group] * c
    return alike


def _left(program: _Program, d: Floats, part: NDArray[np.intp], here: Floats) -> Floats:
    n, p = len(d), program.plants
    found = program.solve(np.r_[np.zeros(p), np.ones(n), np.zeros(2 * p)])
    u: Floats = np.clip(found[p : p + n], 0.0, d)
    if u.sum() <= NONE * d.sum():
        u = np.zeros(n)
    dark = np.bincount(part, here)[part] <= 0
    u[dark] = d[dark]  # without a plant nobody is served, exactly
    return u


def _balanced(part: NDArray[np.intp], home: NDArray[np.intp], g: Floats, c: Floats, served: Floats) -> Floats:
    """Generation moved by what the solver's tolerance left, so that every island balances to rounding."""
    for island in np.unique(part):
        own = home == island
        lack = float(served[part == island].sum() - g[own].sum())
        weight = g[own] if g[own].sum() > 0 else c[own]
        if weight.sum() > 0:
            g[own] += lack * weight / weight.sum()
    return g


class _Program:
    """Columns: plants, unserved, plants above and below a target, angles; all in units of the largest bus."""

    def __init__(self, grid: Grid, demand: Floats, capacity: Floats, limit: Floats, at: NDArray[np.intp]) -> None:
        from scipy.sparse import bmat, coo_array, csr_array, eye_array

        n, m, p = grid.buses, grid.lines, len(capacity)
        line = np.arange(m)
        ends = csr_array((np.r_[np.ones(m), -np.ones(m)], (np.r_[line, line], np.r_[grid.tail, grid.head])), (m, n))
        strength = grid.susceptance / grid.susceptance.max(initial=1.0)  # angles are scaled, flows are not
        carry = csr_array(ends.multiply(strength[:, None]))
        put = csr_array((np.ones(p), (at, np.arange(p))), (n, p))
        each = eye_array(p)
        limited = np.isfinite(limit)
        self.equal = bmat([[put, eye_array(n), None, None, -(ends.T @ carry)],
                           [each, None, -each, each, None]], format="csr")  # fmt: skip
        wide = coo_array((int(limited.sum()), 3 * p + n))
        self.upper = bmat([[wide, carry[limited]], [wide, -carry[limited]]], format="csr") if limited.any() else None
        self.most = np.r_[limit[limited], limit[limited]]
        _, first = np.unique(grid.islands(), return_index=True)
        angle = np.tile([-np.inf, np.inf], (n, 1))
        angle[first] = 0.0
        free = np.tile([0.0, np.inf], (2 * p, 1))
        self.bounds = np.vstack([np.c_[np.zeros(p), capacity], np.c_[np.zeros(n), demand], free, angle])
        self.buses, self.plants, self.demand, self.cap = n, p, demand, np.inf

    def free(self, blocks: int) -> Floats:
        """No cost for what follows the plants."""
        return np.zeros(self.buses + (blocks - 1) * self.plants)

    def far(self) -> Floats:
        """The goal of staying near the target."""
        goal: Floats = np.r_[np.zeros(self.plants + self.buses), np.ones(2 * self.plants)]
        return goal

    def solve(
        self, goal: Floats, *, unserved: Floats | None = None, target: Floats | None = None, worth: Floats | None = None
    ) -> Floats:  # fmt: skip
        """Columns at the optimum; at the least cost found so far where `worth` is given."""
        from scipy.optimize import linprog
        from scipy.sparse import csr_array, vstack

        p, n, bounds = self.plants, self.buses, self.bounds
        if unserved is not None:
            bounds = bounds.copy()
            bounds[p : p + n] = unserved[:, None]
        upper, most = self.upper, self.most
        if worth is not None:
            row = csr_array(np.r_[worth, np.zeros(self.equal.shape[1] - p)][None, :])
            upper = row if upper is None else vstack([upper, row], format="csr")
        right = np.r_[self.demand, np.zeros(p) if target is None else target]
        for slack in SLACKS:
            limit = most if worth is None else np.r_[most, self.cap + slack * abs(self.cap)]
            done = linprog(np.r_[goal, np.zeros(n)], A_ub=upper, b_ub=None if upper is None else limit,
                           A_eq=self.equal, b_eq=right, bounds=bounds, method="highs")  # fmt: skip
            if done.status == 0 or worth is None:
                break
        if done.status != 0:
            raise SolveError(f"HiGHS ended without an optimum: {done.message}", hint="report this with the tables")
        return np.asarray(done.x, dtype=np.float64)
