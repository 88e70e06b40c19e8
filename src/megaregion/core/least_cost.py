"""Least-cost ways over a raster of resistances, corridors between patches, and how far corridors agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from megaregion.errors import InputError

Floats = NDArray[np.float64]
Cells = NDArray[np.int64]
_DOWN = np.array([-1, -1, -1, 0, 0, 1, 1, 1])
_RIGHT = np.array([-1, 0, 1, -1, 1, -1, 0, 1])


@dataclass(frozen=True, eq=False)
class CostSurface:
    """Least cost from a set of cells to every cell.

    Attributes
    ----------
    cost : array (rows, cols)
        Resistance times length; inf where no way leads.
    back : int8 array (rows, cols)
        Neighbour (0 .. 7 in reading order) by which a cell is reached; -1 at starts and where no way leads.
    """

    cost: Floats
    back: NDArray[np.int8]

    def path(self, cell: int) -> Cells:
        """Flat cells of the way that ends at a flat cell, from its start; empty if none leads there."""
        if not np.isfinite(self.cost.flat[cell]):
            return np.zeros(0, np.int64)
        cols = self.cost.shape[1]
        cells, back = [cell], self.back.ravel()
        while (k := int(back[cell])) >= 0:
            cell += int(_DOWN[k]) * cols + int(_RIGHT[k])
            cells.append(cell)
        return np.array(cells[::-1], np.int64)


def cost_distance(resistance: Floats, start: NDArray[np.bool_], *, cell: float = 1.0) -> CostSurface:
    """Least cumulative cost from a set of cells (the minimal cumulative resistance of Knaapen et al. 1992).

    Parameters
    ----------
    resistance : array (rows, cols)
        >= 0 per unit of length; NaN or inf where no way leads through.
    start : bool array (rows, cols)
        At least one cell that is not closed.
    cell : float
        Side of a cell.

    Returns
    -------
    CostSurface

    Raises
    ------
    InputError
        Resistances are negative, shapes differ or nothing is left to start from.

    Notes
    -----
    Eight neighbours; a step costs the mean of its two cells times 1 or sqrt(2) times `cell`. Between equal ways the one
    is taken whose cells come first in reading order when they are settled.

    Examples
    --------
    >>> import numpy as np
    >>> cost_distance(np.ones((1, 3)), np.array([[True, False, False]])).cost.tolist()
    [[0.0, 1.0, 2.0]]
    """
    from megaregion.core.least_cost_kernels import spread

    _check(resistance, start.shape)
    if resistance.size >= 2**31:
        raise InputError(f"a raster of {resistance.size} cells is too large for one search", hint="coarsen it")
    begin = np.flatnonzero(start & np.isfinite(resistance)).astype(np.int64)
    if not begin.size:
        raise InputError("there is no cell to start from that is not closed")
    cost, back = np.empty(resistance.size), np.empty(resistance.size, np.int8)
    spread(np.ascontiguousarray(resistance, dtype=float), begin, cost, back)
    return CostSurface(cost.reshape(resistance.shape) * cell, back.reshape(resistance.shape))


def _check(resistance: Floats, shape: tuple[int, ...]) -> None:
    if resistance.ndim != 2 or resistance.shape != shape:
        raise InputError(f"resistance has the shape {resistance.shape}, starts or patches {shape}")
    wrong = np.argwhere(resistance < 0)
    if len(wrong):
        raise InputError(f"resistance must be >= 0: {len(wrong)} cells are negative, first (row, column) "
                         f"{wrong[:5].tolist()}", hint="correct the table of classes")  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class Corridor:
    """Least-cost corridor between two patches.

    Attributes
    ----------
    a, b : int
        Patches, a < b.
    cost : float
        Of the cheapest way; inf if there is none.
    length : float
        Of that way, in the unit of a cell's side.
    path : int64 array
        Its flat cells from patch a to patch b, first and last inside the patches.
    cells : int64 array
        Flat cells outside of the two patches over which a way of at most (1 + slack) times the cost leads, rising.
    through : tuple of int
        Other patches that the cheapest way crosses: the corridor is a chain of others.
    """

    a: int
    b: int
    cost: float
    length: float
    path: Cells
    cells: Cells
    through: tuple[int, ...]


def corridors(
    resistance: Floats, patch: NDArray[np.int32], *, cell: float = 1.0, slack: float = 0.05
) -> list[Corridor]:
    """Corridors between all pairs of patches.

    Parameters
    ----------
    resistance : array (rows, cols)
        As in `cost_distance`.
    patch : int array (rows, cols)
        0, or the number 1 .. n of a patch; n at least 2 and each on open cells.
    cell : float
    slack : float, default .05
        How much dearer than the cheapest way a corridor may be; 0 gives the cells of all cheapest ways.

    Returns
    -------
    list of Corridor
        Every pair once, in order.

    Raises
    ------
    InputError
        There are fewer than two patches, slack is negative, or as `cost_distance`.

    Notes
    -----
    Corridor of a pair: cells with c_a + c_b <= (1 + slack) c_ab, the normalised least-cost corridor of McRae and
    Kavanagh (2011, Linkage Mapper). Holds the costs of all patches: 9 bytes a cell and patch.
    """
    n = int(patch.max(initial=0))
    if n < 2:
        raise InputError(f"corridors need at least two sources, got {n}", hint="lower the least area of a source")
    if not slack >= 0:
        raise InputError(f"slack must be >= 0, got {slack!r}")
    surfaces = [cost_distance(resistance, patch == k, cell=cell) for k in range(1, n + 1)]
    flat = patch.ravel()
    inside = [np.flatnonzero(flat == k) for k in range(1, n + 1)]
    out = []
    for a in range(n):
        for b in range(a + 1, n):
            cost = surfaces[a].cost.ravel()
            end = int(inside[b][np.argmin(cost[inside[b]])])  # the first of equals
            least = float(cost[end])
            if not np.isfinite(least):
                none = np.zeros(0, np.int64)
                out.append(Corridor(a=a + 1, b=b + 1, cost=np.inf, length=np.inf, path=none, cells=none, through=()))
                continue
            path = surfaces[a].path(end)
            both = cost + surfaces[b].cost.ravel()
            limit = least * (1 + slack) * (1 + 1e-12)  # sums in another order
            wide = np.flatnonzero((both <= limit) & (flat != a + 1) & (flat != b + 1))
            through = tuple(int(k) for k in np.unique(flat[path]) if k not in (0, a + 1, b + 1))
            out.append(Corridor(a=a + 1, b=b + 1, cost=least, length=way_length(path, patch.shape[1]) * cell,
                                path=path, cells=wide, through=through))  # fmt: skip
    return out


def way_length(path: Cells, cols: int) -> float:
    """Length of a way in cells: 1 for a straight step, sqrt(2) for a diagonal one."""
    step = np.hypot(np.diff(path // cols), np.diff(path % cols))
    return float(step.sum())


def rescaled(resistance: Floats, contrast: float) -> Floats:
    """Resistances of the same order whose largest is `contrast` times the smallest.

    r' = contrast ** (ln(r / min) / ln(max / min)): ratios are stretched, so that the order of classes stays and the
    result does not hang on the unit of r. All ones where all are equal.

    Raises
    ------
    InputError
        A finite resistance is not above zero, or the contrast not above one.
    """
    known = np.isfinite(resistance)
    if not (np.isfinite(contrast) and contrast > 1):
        raise InputError(f"contrast must be a number above one, got {contrast!r}")
    if not known.any() or not (resistance[known] > 0).all():
        raise InputError("resistances must be above zero, some of them finite", hint="correct the table of classes")
    low, high = float(resistance[known].min()), float(resistance[known].max())
    if low == high:
        return np.where(known, 1.0, resistance)
    with np.errstate(invalid="ignore"):
        out = np.exp(np.log(np.where(known, resistance, low) / low) / np.log(high / low) * np.log(contrast))
    return np.where(known, out, resistance)


def overlap(sets: Sequence[Cells]) -> tuple[float, float]:
    """How far sets of cells agree: mean Jaccard index over all pairs, and cells in all over cells in any.

    NaN for both if no set has a cell; a pair of empty sets is left out of the mean.

    Raises
    ------
    InputError
        There are fewer than two sets.

    Examples
    --------
    >>> import numpy as np
    >>> overlap([np.array([1, 2]), np.array([2, 3])])
    (0.3333333333333333, 0.3333333333333333)
    """
    if len(sets) < 2:
        raise InputError(f"an overlap needs at least two sets of cells, got {len(sets)}")
    shared = []
    for i, one in enumerate(sets):
        for other in sets[i + 1 :]:
            any_of = np.union1d(one, other).size
            if any_of:
                shared.append(np.intersect1d(one, other).size / any_of)
    if not shared:
        return float("nan"), float("nan")
    everywhere, anywhere = sets[0], sets[0]
    for one in sets[1:]:
        everywhere, anywhere = np.intersect1d(everywhere, one), np.union1d(anywhere, one)
    return float(np.mean(shared)), everywhere.size / anywhere.size
