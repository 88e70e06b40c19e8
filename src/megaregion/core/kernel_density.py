"""Kernel density of weighted points in a window, and the width of the kernel."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from megaregion.errors import InputError

Floats = NDArray[np.float64]
_ROWS = 512  # rows of the distance matrix held at once
_FAINT = -45.0  # exponents below it add less than rounding to a sum that holds exp(0), and are slow to compute


class Bandwidth(NamedTuple):
    """A cross-validated width.

    Attributes
    ----------
    width, score : float
        Standard deviation of the kernel; mean log-likelihood of a point by the points elsewhere.
    at_bound : bool
        Whether it lies at an end of the widths that were tried: there is no optimum inside.
    """

    width: float
    score: float
    at_bound: bool


def scott_bandwidth(xy: Floats) -> float:
    """Rule of thumb s n^(-1/6), s^2 the mean of both variances: right for one normal cloud, too wide for several.

    Raises
    ------
    InputError
        Fewer than two points, or all in one place.

    Notes
    -----
    Scott (1992), eq. 6.42, with one width for both axes.
    """
    if len(xy) < 2 or not (spread := float(np.sqrt(xy.var(axis=0, ddof=1).mean()))) > 0:
        raise InputError("a bandwidth needs points in two places at least")
    return float(spread * len(xy) ** (-1.0 / 6.0))


def likelihood_bandwidth(xy: Floats, *, tried: int = 40) -> Bandwidth:
    """Width that best predicts each point from the points elsewhere (likelihood cross-validation).

    Parameters
    ----------
    xy : (n, 2) array
    tried : int
        Widths on a logarithmic grid, from half of the smallest distance to the largest extent; the best is refined.

    Raises
    ------
    InputError
        Points stand in fewer than three places.

    Notes
    -----
    max_h sum_i log (1 / n_i) sum_j phi_h(x_i - x_j) over the n_i points j in other places than i (Habbema, Hermans and
    van den Broek 1974; Duin 1976). Points in the same place are left out with i: else doubled points drive the width
    to zero. Takes time, not memory, with the square of the points.
    """
    from scipy.optimize import minimize_scalar

    places, count = np.unique(xy, axis=0, return_counts=True)
    if len(places) < 3:
        raise InputError(f"cross-validation needs points in three places at least, got {len(places)}")
    from scipy.spatial import cKDTree

    least = float(cKDTree(places).query(places, k=2)[0][:, 1].min())
    grid = np.geomspace(least / 2.0, float(np.ptp(xy, axis=0).max()), tried)
    scores = _leave_out(places, count, grid)
    best = int(scores.argmax())
    if best in (0, tried - 1):
        return Bandwidth(float(grid[best]), float(scores[best]), True)
    found = minimize_scalar(
        lambda t: -float(_leave_out(places, count, np.exp([t]))[0]),
        bounds=(np.log(grid[best - 1]), np.log(grid[best + 1])),
        method="bounded", options={"xatol": 1e-4},
    )  # fmt: skip
    return Bandwidth(float(np.exp(found.x)), float(-found.fun), False)


def _leave_out(places: Floats, count: NDArray[np.intp], widths: Floats) -> Floats:
    """Mean log-likelihood of a point by the points in other places, for each width."""
    n, total = int(count.sum()), np.zeros(len(widths))
    for start in range(0, len(places), _ROWS):
        mine = places[start : start + _ROWS]
        square = (mine[:, :1] - places[:, 0]) ** 2 + (mine[:, 1:] - places[:, 1]) ** 2
        square[np.arange(len(mine)), np.arange(start, start + len(mine))] = np.inf
        least = square.min(axis=1)
        held = count[start : start + len(mine)]
        square -= least[:, None]
        for k, width in enumerate(widths):
            share = np.exp(np.maximum(-square / (2.0 * width**2), _FAINT)) @ count  # the points themselves add e-300
            value = np.log(share) - least / (2.0 * width**2) - np.log(n - held)
            total[k] += float((held * value).sum())
    return np.asarray(total / n - np.log(2.0 * np.pi * widths**2))


def kernel_density(
    xy: Floats, weight: Floats, mask: NDArray[np.bool_], *, x_edges: Floats, y_edges: Floats, width: float
) -> Floats:
    """Mean density of weighted points in the cells of a window; what a kernel would lose beyond it stays inside.

    Parameters
    ----------
    xy : (n, 2), weight : (n,) arrays
    mask : bool array (rows, cols)
        Cells of the window; rows run with `y_edges`.
    x_edges, y_edges : (cols + 1,), (rows + 1,) arrays
        Ascending.
    width : float
        Standard deviation of the normal kernel.

    Returns
    -------
    (rows, cols) array
        Weight per unit of area; NaN outside of the window. Times the areas of the cells it sums to the weights.

    Raises
    ------
    InputError
        The kernel of a point has no part in the window.

    Notes
    -----
    sum_i w_i k(u - x_i) / e_i, e_i the part of kernel i in the window: Diggle (1985). Kernels are integrated in cells.
    """
    from scipy.special import ndtr

    across = np.diff(ndtr((x_edges[None, :] - xy[:, :1]) / width), axis=1)
    along = np.diff(ndtr((y_edges[None, :] - xy[:, 1:]) / width), axis=1)
    part = ((along @ mask.astype(float)) * across).sum(axis=1)
    if (part <= 0).any():
        raise InputError(
            f"{int((part <= 0).sum())} points are so far outside of the window that their kernel misses it",
            hint="take a wider kernel, or leave them out",
        )
    area = np.diff(y_edges)[:, None] * np.diff(x_edges)[None, :]
    return np.where(mask, (along * (weight / part)[:, None]).T @ across / area, np.nan)
