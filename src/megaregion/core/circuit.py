"""Landscape as a circuit: current, effective resistance, pinch points, and barriers on a raster."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from megaregion._optional import require
from megaregion.errors import ConvergenceError, InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mean = Literal["resistance", "conductance"]
Solver = Literal["direct", "multigrid"]
DIRECT_NODES = 300_000  # above: multigrid, since fill-in of a factorisation needs gigabytes
_TOLERANCE = 1e-12
_STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))


@dataclass(frozen=True, eq=False, kw_only=True)
class Circuit:
    """A raster as a network of resistors between the eight neighbours of a cell.

    Attributes
    ----------
    node : int64 array (rows, cols)
        Number of the node of each cell; -1 where closed.
    tail, head : int64 array (edges,)
        Flat cells of each resistor.
    conductance : array (edges,)
    ohm : array (rows, cols)
        Resistances of the cells.
    mean : {"resistance", "conductance"}
        What is averaged between two cells.
    merged : bool array (nodes,)
        Nodes that are several cells without resistance between them.
    solver : {"direct", "multigrid"}
    """

    node: Ints
    tail: Ints
    head: Ints
    conductance: Floats
    ohm: Floats
    mean: Mean
    merged: NDArray[np.bool_]
    solver: Solver

    @property
    def nodes(self) -> int:
        """How many nodes."""
        return int(self.node.max(initial=-1)) + 1

    @cached_property
    def component(self) -> Ints:
        """Component of each node."""
        from scipy.sparse.csgraph import connected_components

        return np.asarray(connected_components(self._adjacency, directed=False)[1], dtype=np.int64)

    @cached_property
    def _ends(self) -> tuple[Ints, Ints]:
        flat = self.node.ravel()
        return flat[self.tail], flat[self.head]

    @cached_property
    def _adjacency(self) -> Any:
        from scipy.sparse import coo_array

        a, b = self._ends
        half = coo_array((self.conductance, (a, b)), shape=(self.nodes, self.nodes)).tocsr()
        return (half + half.T).tocsr()

    @cached_property
    def _grounded(self) -> tuple[Ints, Any]:
        """Nodes that are solved for, and their Laplacian: the first node of every component is held at zero."""
        from scipy.sparse import diags_array

        free = np.ones(self.nodes, bool)
        free[np.unique(self.component, return_index=True)[1]] = False
        keep = np.flatnonzero(free)
        adjacency = self._adjacency
        laplacian = (diags_array(np.asarray(adjacency.sum(axis=1)).ravel()) - adjacency).tocsr()
        return keep, laplacian[keep][:, keep].tocsc()

    @cached_property
    def _solve(self) -> Any:
        keep, matrix = self._grounded
        if not keep.size:
            return lambda rhs: rhs
        if self.solver == "direct":
            from scipy.sparse.linalg import splu

            return splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0,
                        options={"SymmetricMode": True}).solve  # fmt: skip
        return _multigrid(matrix)

    def _potential(self, rhs: Floats) -> Floats:
        keep, _ = self._grounded
        out = np.zeros(rhs.shape)
        out[keep] = self._solve(rhs[keep])
        return out

    def node_of(self, cells: NDArray[np.bool_]) -> int:
        """The one node that a set of cells lies in.

        Raises
        ------
        InputError
            The set is empty, closed, or lies in several nodes: merge it when the circuit is made.
        """
        found = np.unique(self.node[cells])
        if found.size != 1 or found[0] < 0:
            raise InputError(f"a source must lie in one open node of the circuit, got {found[:5].tolist()}")
        return int(found[0])

    def voltage(self, source: int, ground: int) -> Floats:
        """Potential of each node against `ground` if one unit of current flows from source to ground; NaN out of reach.

        Raises
        ------
        InputError
            The nodes are the same or lie in different components.
        """
        if source == ground:
            raise InputError(f"source and ground are the same node {source}")
        if self.component[source] != self.component[ground]:
            raise InputError(f"no way leads from node {source} to node {ground}, so no current flows")
        rhs = np.zeros(self.nodes)
        rhs[source], rhs[ground] = 1.0, -1.0
        potential = self._potential(rhs)
        potential -= potential[ground]
        return np.where(self.component == self.component[ground], potential, np.nan)

    def effective_resistance(self, source: int, ground: int) -> float:
        """Resistance between two nodes; 0 for the same, inf where no way leads."""
        if source == ground:
            return 0.0
        if self.component[source] != self.component[ground]:
            return np.inf
        return float(self.voltage(source, ground)[source])

    def current(self, source: int, ground: int, *, voltage: Floats | None = None) -> Floats:
        """Current through each cell (rows, cols) for one unit from source to ground; NaN where closed or out of reach.

        Half of the sum of all currents in and out of the node (McRae et al. 2008); 1 at source and ground. All cells
        of a merged node bear the current of the node. `voltage`: that of the two nodes, if it is known already.
        """
        v = self.voltage(source, ground) if voltage is None else voltage
        a, b = self._ends
        flow = np.abs(self.conductance * (v[a] - v[b]))
        known = np.isfinite(flow)
        n = self.nodes
        total = np.bincount(a[known], flow[known], n) + np.bincount(b[known], flow[known], n)
        total[source] += 1.0
        total[ground] += 1.0
        through = np.where(np.isfinite(v), 0.5 * total, np.nan)
        return np.where(self.node >= 0, through[self.node], np.nan)

    def barriers(
        self,
        source: int,
        ground: int,
        *,
        lowered: float,
        count: int,
        tries: int | None = None,
        voltage: Floats | None = None,
    ) -> tuple[Ints, Floats]:
        """Cells whose restoration lowers the effective resistance most.

        Parameters
        ----------
        source, ground : int
            Nodes.
        lowered : float
            Resistance of a restored cell, > 0.
        count : int
            How many cells.
        tries : int, optional
            Only so many cells, the best by an estimate, are worked out; by default as many as are needed to prove that
            no other is better.
        voltage : array (nodes,), optional
            That of the two nodes, if it is known already.

        Returns
        -------
        cells : int64 array
            Flat cells, largest drop first; merged cells and those that are not above `lowered` never count.
        drop : array
            Exact fall of the effective resistance if that cell alone is restored.

        Notes
        -----
        The drop for a cell is a change of rank at most eight (Woodbury): w' (1/dg + B' L+ B)^-1 w, with B its edges
        and w the voltages across them. It lies between the energy that the present currents save, sum g w**2 dg / g'
        (Thomson), and sum dg w**2 (effective resistance is convex in conductances); the estimate is the geometric mean
        of both. McRae et al. (2012, PLoS ONE 7(12) e52604) measure the fall of least-cost distance over a moving
        window; this is its counterpart for current.
        """
        if not (np.isfinite(lowered) and lowered > 0):
            raise InputError(f"resistance of a restored cell must be above zero, got {lowered!r}")
        v = self.voltage(source, ground) if voltage is None else voltage
        low, high, more = self._bounds(v, lowered)
        edges_of = _incidence(self.tail, self.head, self.ohm.size)
        rank = high if tries is None else np.sqrt(low * high)
        order = np.argsort(-rank, kind="stable")
        order = order[rank[order] > 0][:tries]
        found: list[tuple[float, int]] = []
        step = max(count, 1) if tries is None else max(tries, 1)
        for start in range(0, order.size, step):
            if tries is None and len(found) == count and (not count or found[-1][0] >= high[order[start]] * (1 - 1e-9)):
                break
            some = order[start : start + step]
            found += zip(self._drops(some, v, more, edges_of).tolist(), some.tolist(), strict=True)
            found = sorted(found, key=lambda item: (-item[0], item[1]))[:count]
        return np.array([c for _, c in found], np.int64), np.array([d for d, _ in found])

    def _bounds(self, v: Floats, lowered: float) -> tuple[Floats, Floats, Floats]:
        """Bounds on the drop for each cell; what each edge gains if its first or second cell is restored (2, edges)."""
        flat, n = self.ohm.ravel(), self.ohm.size
        a, b = self._ends
        better = np.minimum(flat, lowered)
        length = _length(self.tail, self.head, self.ohm.shape[1])
        more = np.stack([
            _edge(better[self.tail], flat[self.head], length, self.mean) - self.conductance,
            _edge(flat[self.tail], better[self.head], length, self.mean) - self.conductance,
        ])  # fmt: skip
        fall = np.nan_to_num(v[a] - v[b]) ** 2
        saved = more * (self.conductance / (self.conductance + more)) * fall
        fixed = (self.node.ravel() < 0) | np.append(self.merged, False)[self.node.ravel()] | (flat <= lowered)
        low, high = (
            np.where(fixed, 0.0, np.bincount(self.tail, part[0], n) + np.bincount(self.head, part[1], n))
            for part in (saved, more * fall)
        )
        return low, high, more

    def _drops(self, cells: Ints, v: Floats, more: Floats, edges_of: tuple[Ints, Ints]) -> Floats:
        """Exact drop for each of some cells, from the potentials of all nodes around them in one solution."""
        a, b = self._ends
        own = [edges_of[0][edges_of[1][c] : edges_of[1][c + 1]] for c in cells]
        around = np.unique(np.concatenate([np.r_[a[e], b[e]] for e in own]))
        unit = np.zeros((self.nodes, around.size))
        unit[around, np.arange(around.size)] = 1.0
        green = self._potential(unit)[around]
        out = np.empty(cells.size)
        for k, (cell, edges) in enumerate(zip(cells, own, strict=True)):
            gain = np.where(self.tail[edges] == cell, more[0, edges], more[1, edges])
            edges, gain = edges[gain > 0], gain[gain > 0]
            p, q = np.searchsorted(around, a[edges]), np.searchsorted(around, b[edges])
            between = green[np.ix_(p, p)] - green[np.ix_(p, q)] - green[np.ix_(q, p)] + green[np.ix_(q, q)]
            w = v[a[edges]] - v[b[edges]]
            out[k] = w @ np.linalg.solve(between + np.diag(1.0 / gain), w)
        return out


def grid_circuit(
    resistance: Floats,
    *,
    merged: NDArray[np.int32] | None = None,
    mean: Mean = "resistance",
    solver: Solver | None = None,
) -> Circuit:
    """Circuit of a raster.

    Parameters
    ----------
    resistance : array (rows, cols)
        > 0; NaN or inf where closed.
    merged : int array (rows, cols), optional
        Cells with the same number above zero have no resistance between them (a source, a region without resistance).
    mean : {"resistance", "conductance"}
        Resistor between neighbours: the mean of their resistances (as a least-cost way has it), or the inverse of the
        mean of their conductances (the default of Circuitscape); times sqrt(2) on the diagonal.
    solver : {"direct", "multigrid"}, optional
        Sparse factorisation, or conjugate gradients with classical multigrid (pyamg); by default the first up to
        300,000 nodes.

    Raises
    ------
    InputError
        Shapes differ, a resistance is not above zero, or nothing is open.

    Notes
    -----
    Source: McRae et al. (2008, Ecology 89(10), 2712-2724).
    """
    labels = np.zeros(resistance.shape, np.int32) if merged is None else merged
    if resistance.ndim != 2 or labels.shape != resistance.shape:
        raise InputError(f"resistance has the shape {resistance.shape}, merged cells {labels.shape}")
    wrong = np.argwhere(resistance <= 0)
    if len(wrong):
        raise InputError(f"resistances of a circuit must be above zero: {len(wrong)} cells are not, first at "
                         f"(row, column) {wrong[:5].tolist()}", hint="merge cells without resistance")  # fmt: skip
    if mean not in ("resistance", "conductance") or solver not in (None, "direct", "multigrid"):
        raise InputError(f"mean is resistance or conductance, solver direct or multigrid; got {mean!r}, {solver!r}")
    is_open = np.isfinite(resistance)
    if not is_open.any():
        raise InputError("all cells are closed", hint="at least one class needs a finite resistance")
    node, several = _nodes(is_open, labels)
    tail, head = _edges(node)
    flat = resistance.ravel()
    conductance = _edge(flat[tail], flat[head], _length(tail, head, resistance.shape[1]), mean)
    chosen: Solver = solver or ("direct" if several.size <= DIRECT_NODES else "multigrid")
    return Circuit(node=node, tail=tail, head=head, conductance=conductance, ohm=resistance, mean=mean, merged=several,
                   solver=chosen)  # fmt: skip


def pinch_points(current: Floats, corridor: NDArray[np.bool_], *, share: float = 0.1) -> NDArray[np.bool_]:
    """Cells of a corridor with the highest current: at most the share of its cells, equal currents in or out together.

    Raises
    ------
    InputError
        The share is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise InputError(f"share of pinch points must be between 0 and 1, got {share!r}")
    inside = corridor & np.isfinite(current)
    values = np.sort(current[inside])[::-1]
    most = int(share * values.size)
    if most == 0:
        return np.zeros(corridor.shape, bool)
    out: NDArray[np.bool_] = inside & (current > values[most])
    return out


def _nodes(is_open: NDArray[np.bool_], labels: NDArray[np.int32]) -> tuple[Ints, NDArray[np.bool_]]:
    """Numbers in reading order of each node's first cell."""
    n = is_open.size
    first = np.arange(n)
    groups = labels.ravel()
    joined = is_open.ravel() & (groups > 0)
    _, start, inverse = np.unique(groups[joined], return_index=True, return_inverse=True)
    cells = np.flatnonzero(joined)
    first[cells] = cells[start][inverse]
    first[~is_open.ravel()] = -1
    known = np.unique(first[first >= 0])
    node = np.where(first >= 0, np.searchsorted(known, first), -1).reshape(is_open.shape)
    return node, np.bincount(node[node >= 0], minlength=known.size) > 1


def _edges(node: Ints) -> tuple[Ints, Ints]:
    rows, cols = node.shape
    cell = np.arange(node.size).reshape(node.shape)
    tails, heads = [], []
    for down, right in _STEPS:
        left = slice(max(-right, 0), cols - max(right, 0))
        moved = slice(max(right, 0), cols - max(-right, 0))
        a, b = (slice(0, rows - down), left), (slice(down, rows), moved)
        joined = (node[a] >= 0) & (node[b] >= 0) & (node[a] != node[b])
        tails.append(cell[a][joined])
        heads.append(cell[b][joined])
    return np.concatenate(tails), np.concatenate(heads)


def _length(tail: Ints, head: Ints, cols: int) -> Floats:
    return np.where((tail // cols != head // cols) & (tail % cols != head % cols), np.sqrt(2.0), 1.0)


def _edge(first: Floats, second: Floats, length: Floats, mean: Mean) -> Floats:
    """Conductance between two cells."""
    if mean == "resistance":
        return 2.0 / ((first + second) * length)
    return 0.5 * (1.0 / first + 1.0 / second) / length


def _incidence(tail: Ints, head: Ints, cells: int) -> tuple[Ints, Ints]:
    """Edges of each cell, as numbers in one array and where each cell's begin."""
    ends = np.concatenate([tail, head])
    order = np.argsort(ends, kind="stable")
    return order % tail.size, np.searchsorted(ends[order], np.arange(cells + 1))


def _multigrid(matrix: Any) -> Any:
    pyamg = require("pyamg", extra="raster")
    levels = pyamg.ruge_stuben_solver(matrix.tocsr())  # classical coarsening draws no random numbers

    def solve(rhs: Floats) -> Floats:
        columns = rhs.reshape(rhs.shape[0], -1)
        out = np.empty(columns.shape)
        for k in range(columns.shape[1]):
            out[:, k] = levels.solve(columns[:, k], tol=_TOLERANCE, accel="cg", maxiter=200)
            left = float(np.linalg.norm(matrix @ out[:, k] - columns[:, k]))
            if not left <= 1e-8 * float(np.linalg.norm(columns[:, k])):
                raise ConvergenceError(f"multigrid left a residual of {left:.1e}", last=out[:, k],
                                       hint="take solver='direct', or a lower contrast")  # fmt: skip
        return out.reshape(rhs.shape)

    return solve
