"""Dense clusters of points, the tree that joins them, and what lies along its branches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from megaregion.core.point_pattern import close_pairs
from megaregion.errors import InputError

Floats = NDArray[np.float64]


def density_clusters(xy: Floats, *, radius: float, least: int) -> NDArray[np.intp]:
    """Clusters of points that have at least `least` points (themselves counted) within `radius`.

    Parameters
    ----------
    xy : (n, 2) array
    radius : float
        > 0.
    least : int
        >= 2.

    Returns
    -------
    (n,) integers
        0 ... in the order of their first point; -1 for loose points.

    Raises
    ------
    InputError
        `radius` or `least` is out of range.

    Notes
    -----
    DBSCAN (Ester, Kriegel, Sander and Xu 1996) with one change that makes it free of the order of points: a point
    that is not dense itself joins the cluster of the nearest dense point within the radius (of several, the first).
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not radius > 0 or least < 2:
        raise InputError(f"clusters need radius > 0 and at least 2 points, got {radius!r} and {least!r}")
    n = len(xy)
    i, j, d = close_pairs(xy, radius)
    dense = np.bincount(np.concatenate([i, j]), minlength=n) + 1 >= least
    both = dense[i] & dense[j]
    graph = coo_array((np.ones(int(both.sum())), (i[both], j[both])), shape=(n, n))
    part = connected_components(graph, directed=False)[1]
    label = np.where(dense, part, -1)
    a, b, far = np.concatenate([i, j]), np.concatenate([j, i]), np.concatenate([d, d])
    joins = ~dense[a] & dense[b]
    a, b, far = a[joins], b[joins], far[joins]
    order = np.lexsort((b, far, a))
    first = np.unique(a[order], return_index=True)
    label[first[0]] = part[b[order][first[1]]]
    return _in_order(label)


def _in_order(label: NDArray[np.intp]) -> NDArray[np.intp]:
    names, first = np.unique(label[label >= 0], return_index=True)
    rank = np.full(label.max(initial=0) + 1, -1, np.intp)
    rank[names[np.argsort(first)]] = np.arange(len(names))
    return np.where(label >= 0, rank[label], -1).astype(np.intp)


def spanning_tree(xy: Floats) -> NDArray[np.intp]:
    """Branches (k - 1, 2) of the shortest tree that joins k points, each a < b, in order."""
    from scipy.sparse.csgraph import minimum_spanning_tree
    from scipy.spatial.distance import pdist, squareform

    if len(xy) < 2:
        return np.zeros((0, 2), np.intp)
    apart = squareform(pdist(xy))
    if (apart[~np.eye(len(xy), dtype=bool)] <= 0).any():
        raise InputError("two clusters have the same middle")  # a zero is no branch to the solver
    tree = minimum_spanning_tree(apart).tocoo()
    ends = np.sort(np.column_stack([tree.row, tree.col]), axis=1).astype(np.intp)
    return ends[np.lexsort((ends[:, 1], ends[:, 0]))]


def along_line(xy: Floats, start: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Way along the line from `start` to `end` and distance from it of points (n, 2); nothing is cut at the ends."""
    way = end - start
    length = float(np.hypot(*way))
    rel = xy - start
    return rel @ way / length, np.abs(rel[:, 0] * way[1] - rel[:, 1] * way[0]) / length


def longest_gap(along: Floats, length: float) -> float:
    """Longest stretch of a line of this length without a point, its ends counted as points."""
    stops = np.sort(np.concatenate([[0.0, length], along[(along >= 0) & (along <= length)]]))
    return float(np.diff(stops).max())
