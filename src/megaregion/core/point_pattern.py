"""How far points keep together beyond an uneven expectation: the inhomogeneous K function and its L."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from megaregion.errors import InputError

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SetCovariance:
    """Area of the window that its copy, moved by a lag, still covers.

    Attributes
    ----------
    area : (rows, cols) array
        At lags of whole cells, in the square of the unit of `cell`; no lag in the middle.
    cell : float
        Side of a cell.
    """

    area: Floats
    cell: float

    def at(self, dx: Floats, dy: Floats) -> Floats:
        """Area at lags (n,), linear between whole cells in each direction; 0 beyond the window."""
        middle = np.array(self.area.shape) // 2
        row, col = np.abs(dy) / self.cell, dx * np.where(dy < 0, -1.0, 1.0) / self.cell  # it is the same at -dx, -dy
        r, c = np.floor(row).astype(np.intp), np.floor(col).astype(np.intp)
        u, v = row - r, col - c
        inside = (r + 1 <= middle[0]) & (c >= -middle[1]) & (c + 1 <= middle[1])
        r, c = np.where(inside, r, 0) + middle[0], np.where(inside, c, 0) + middle[1]
        a = self.area
        found = (1 - u) * ((1 - v) * a[r, c] + v * a[r, c + 1]) + u * ((1 - v) * a[r + 1, c] + v * a[r + 1, c + 1])
        return np.where(inside, found, 0.0)


def set_covariance(mask: NDArray[np.bool_], *, cell: float) -> SetCovariance:
    """Set covariance of a window of cells by the fast Fourier transform.

    Parameters
    ----------
    mask : bool array (rows, cols)
        Cells whose middle lies in the window; rows ascend with y, columns with x.
    cell : float
        Side of a cell.

    Raises
    ------
    InputError
        No cell lies in the window.

    Notes
    -----
    Exact for windows of whole cells.
    """
    from scipy.signal import fftconvolve

    if not mask.any():
        raise InputError("no cell of the grid lies in the window", hint="take smaller cells")
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    tight = mask[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1].astype(float)
    covered = np.rint(np.pad(fftconvolve(tight, tight[::-1, ::-1]), 1))  # counts of cells; 0 one cell beyond
    return SetCovariance(covered * cell**2, cell)


def close_pairs(xy: Floats, reach: float) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Pairs i < j at most `reach` apart, and their distances."""
    from scipy.spatial import cKDTree

    pairs = cKDTree(xy).query_pairs(reach, output_type="ndarray").reshape(-1, 2)
    i, j = pairs[:, 0].astype(np.intp), pairs[:, 1].astype(np.intp)
    return i, j, np.hypot(*(xy[i] - xy[j]).T)


def inhomogeneous_k(
    xy: Floats, intensity: Floats, r: Floats, *, window: SetCovariance | float, normalise: float | None = None
) -> Floats:
    """Inhomogeneous K function; pi r^2 where points do not act on each other, more where they keep together.

    Parameters
    ----------
    xy : (n, 2) array
        Points in a plane.
    intensity : (n,) array
        Points expected per unit of area at each point, > 0.
    r : (m,) array
        Distances, ascending, >= 0.
    window : SetCovariance or float
        For the translation correction; its area for none.
    normalise : float, optional
        Area of the window: the estimate is multiplied by area / sum(1 / intensity), which has mean 1 if the
        intensity is right and steadies the estimate.

    Returns
    -------
    (m,) array
        In the unit of area.

    Raises
    ------
    InputError
        A point has no positive intensity, or distances do not ascend.

    Notes
    -----
    K(r) = sum_{i != j} 1[d_ij <= r] / (lambda_i lambda_j |W and W + x_i - x_j|): Baddeley, Moller and Waagepetersen
    (2000), eq. 10, translation correction of Ohser (1983).

    Examples
    --------
    >>> inhomogeneous_k(np.array([[0.0, 0], [1, 0]]), np.full(2, 0.5), np.array([0.5, 1.0]), window=4.0)
    array([0., 2.])
    """
    if not (np.isfinite(intensity) & (intensity > 0)).all():
        at = np.flatnonzero(~(np.isfinite(intensity) & (intensity > 0)))[:5].tolist()
        raise InputError(f"the intensity must be > 0 at every point; it is not at {at}")
    if (np.diff(r) <= 0).any() or (r < 0).any():
        raise InputError("distances must be >= 0 and ascend")
    if len(xy) < 2:
        return np.zeros(len(r))
    i, j, d = close_pairs(xy, float(r[-1]))
    lag = xy[i] - xy[j]
    shared = window.at(lag[:, 0], lag[:, 1]) if isinstance(window, SetCovariance) else np.full(len(d), float(window))
    if (shared <= 0).any():
        raise InputError(
            f"{int((shared <= 0).sum())} pairs of points are further apart than the window reaches in their direction",
            hint="look at shorter distances only",
        )
    bins = np.searchsorted(r, d, side="left")
    summed = np.bincount(bins, weights=2.0 / (intensity[i] * intensity[j] * shared), minlength=len(r))[: len(r)]
    factor = 1.0 if normalise is None else normalise / float((1.0 / intensity).sum())
    return np.asarray(np.cumsum(summed) * factor)


def l_of_k(k: Floats) -> Floats:
    """L = sqrt(K / pi): r where points do not act on each other, with a variance that hardly depends on r."""
    return np.sqrt(k / np.pi)
