"""Missing values filled: by the middle of a group, by nearest places, by random donors among them."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def middle(x: Floats, group: NDArray[np.int64], how: Literal["mean", "median"]) -> Floats:
    """`x` with gaps set to the mean or median of their group; a gap stays where its group has no value.

    Parameters
    ----------
    x : (n,) array
    group : (n,) integers
        Code of the group of each place.
    """
    out = x.copy()
    for code in np.unique(group[np.isnan(x)]):
        there = (group == code) & ~np.isnan(x)
        if there.any():
            out[(group == code) & np.isnan(x)] = x[there].mean() if how == "mean" else np.median(x[there])
    return out


def donors(x: Floats, column: int, k: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows that lack `column`, and for each the `k` nearest rows that have it.

    Distance is the root mean square difference of the other columns in standard deviations, over those that both
    rows have (Gower's way with gaps); ties go to the earlier row; rows with nothing in common come last.

    Parameters
    ----------
    x : (n, m) array
    column : int
    k : int
        At most the number of rows that have the column.

    Returns
    -------
    rows : (g,) integers
    near : (g, k) integers
    """
    size = np.nanmax(np.abs(x), axis=0)
    z = x / np.where(size > 0, size, 1.0)  # squares of the values themselves may overflow
    spread = np.nanstd(z, axis=0)
    z = z / np.where(spread > 0, spread, 1.0)
    others = np.delete(np.arange(x.shape[1]), column)
    rows = np.flatnonzero(np.isnan(x[:, column]))
    have = np.flatnonzero(~np.isnan(x[:, column]))
    near = np.empty((len(rows), k), dtype=np.int64)
    for i, row in enumerate(rows):
        square = (z[np.ix_(have, others)] - z[row, others]) ** 2
        common = (~np.isnan(square)).sum(axis=1)
        mean = np.where(common > 0, np.nansum(square, axis=1) / np.maximum(common, 1), np.inf)
        near[i] = have[np.argsort(mean, kind="stable")[:k]]
    return rows, near


def nearest(x: Floats, k: int) -> Floats:
    """Gaps filled with the mean of the `k` nearest rows that have the column (see `donors`); all from the raw table.

    Parameters
    ----------
    x : (n, m) array
        Each column has at least one value; with fewer than `k` all of them are used.
    k : int
    """
    out = x.copy()
    for column in np.flatnonzero(np.isnan(x).any(axis=0)):
        rows, near = donors(x, int(column), _reach(x, int(column), k))
        out[rows, column] = x[near, column].mean(axis=1)
    return out


def donor_draws(x: Floats, k: int, draws: int, rng: np.random.Generator) -> Floats:
    """`draws` complete tables: every gap takes the value of one of its `k` nearest rows at random (hot deck).

    Parameters
    ----------
    x : (n, m) array
    k, draws : int
    rng : Generator

    Returns
    -------
    (draws, n, m) array

    Notes
    -----
    Andridge and Little (2010), Int. Stat. Rev. 78(1), nearest-neighbour hot deck. The spread over the draws is the
    uncertainty of the filling, not of the value had it been measured.
    """
    out = np.repeat(x[None], draws, axis=0)
    for column in np.flatnonzero(np.isnan(x).any(axis=0)):
        rows, near = donors(x, int(column), _reach(x, int(column), k))
        pick = rng.integers(0, near.shape[1], size=(draws, len(rows)))
        out[:, rows, column] = x[near[np.arange(len(rows)), pick], column]
    return out


def _reach(x: Floats, column: int, k: int) -> int:
    return min(k, int((~np.isnan(x[:, column])).sum()))
