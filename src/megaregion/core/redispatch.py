"""What stays unserved after a failure: one linear program whose bounds are changed and solved on from where it was."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from megaregion.core.dc_flow import Grid
from megaregion.core.dispatch import NONE
from megaregion.core.solver_banner import without_banner
from megaregion.errors import SolveError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Redispatch:
    """Least demand unserved of one grid, failure after failure.

    A line that is gone carries nothing and no longer ties the angles of its ends: both are bounds, so the basis of the
    last optimum stays a start and a failure costs a few dual simplex steps instead of a solve from nothing.

    Parameters
    ----------
    grid : Grid
    demand, capacity : (n,) array
        At each bus, >= 0.
    limit : (m,) array
        Largest flow of each line in either direction; infinite for none.

    Notes
    -----
    Columns: generation, unserved, angle of each bus, flow of each line; rows: the balance of each bus, and flow x
    reactance less the difference of angles of each line. Everything in units of the largest bus.
    """

    def __init__(self, grid: Grid, demand: Floats, capacity: Floats, limit: Floats) -> None:
        self._grid, self._limit = grid, limit
        self._demand, self._capacity = demand, capacity
        self._scale = float(max(demand.max(initial=0.0), capacity.max(initial=0.0))) or 1.0
        self._solver = self._build()

    def _build(self) -> Any:
        import highspy
        from scipy.sparse import bmat, csc_array, csr_array, diags_array, eye_array

        grid = self._grid
        n, m = grid.buses, grid.lines
        line = np.arange(m)
        ends = csr_array((np.r_[np.ones(m), -np.ones(m)], (np.r_[line, line], np.r_[grid.tail, grid.head])), (m, n))
        reactance = 1.0 / grid.susceptance
        reactance /= np.median(reactance) if m else 1.0  # angles are scaled, flows are not
        one = eye_array(n)
        rows = [[one, one, None, -ends.T]] + ([[None, None, -ends, diags_array(reactance)]] if m else [])
        matrix = csc_array(bmat(rows if m else [[one, one, csr_array((n, n))]], format="csc"))
        d, c, f = self._demand / self._scale, self._capacity / self._scale, self._limit / self._scale
        program: Any = highspy.HighsLp()
        program.num_col_, program.num_row_ = matrix.shape[1], matrix.shape[0]
        program.col_cost_ = np.r_[np.zeros(n), np.ones(n), np.zeros(n + m)]
        program.col_lower_ = np.r_[np.zeros(2 * n), np.full(n, -np.inf), -f]
        program.col_upper_ = np.r_[c, d, np.full(n, np.inf), f]
        program.row_lower_ = program.row_upper_ = np.r_[d, np.zeros(m)]
        program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        program.a_matrix_.start_, program.a_matrix_.index_ = matrix.indptr, matrix.indices
        program.a_matrix_.value_ = matrix.data
        with without_banner():
            solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, setting in (("output_flag", False), ("threads", 1), ("solver", "simplex"), ("presolve", "off")):
            solver.setOptionValue(option, setting)
        solver.passModel(program)
        return solver

    def unserved(
        self, *, gone: Bools | None = None, demand: Floats | None = None, capacity: Floats | None = None
    ) -> Floats:
        """Unserved at each bus, (n,).

        Parameters
        ----------
        gone : (m,) bool, optional
            Lines that fail.
        demand, capacity : (n,) array, optional
            In place of those of the grid.

        Raises
        ------
        SolveError
            HiGHS found no optimum (serving nobody is always possible).
        """
        import highspy

        grid, scale = self._grid, self._scale
        n, m = grid.buses, grid.lines
        out = np.zeros(m, bool) if gone is None else gone
        need = self._demand if demand is None else demand
        have = self._capacity if capacity is None else capacity
        d, f = need / scale, np.where(out, 0.0, self._limit / scale)
        self._bounds(np.arange(2 * n), np.zeros(2 * n), np.r_[have / scale, d])
        self._bounds(2 * n + n + np.arange(m), -f, f)
        loose = np.where(out, np.inf, 0.0)
        self._solver.changeRowsBounds(n + m, np.arange(n + m, dtype=np.int32), np.r_[d, -loose], np.r_[d, loose])
        self._solver.run()
        status = self._solver.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            said = self._solver.modelStatusToString(status)
            raise SolveError(f"HiGHS ended without an optimum: {said}", hint="report this with the tables")
        u: Floats = np.clip(np.array(self._solver.getSolution().col_value)[n : 2 * n] * scale, 0.0, need)
        if u.sum() <= NONE * need.sum():
            u = np.zeros(n)
        left = Grid(buses=n, tail=grid.tail[~out], head=grid.head[~out], susceptance=grid.susceptance[~out])
        part = left.islands()
        dark = np.bincount(part, have)[part] <= 0
        u[dark] = need[dark]  # without a plant nobody is served, exactly
        return u

    def _bounds(self, columns: NDArray[np.intp], lower: Floats, upper: Floats) -> None:
        if len(columns):
            self._solver.changeColsBounds(len(columns), columns.astype(np.int32), lower, upper)
