"""Places joined by several kinds of links at once: who is active in which, what changing between them costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion.errors import ConvergenceError, InputError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Scale = Literal["row-shares", "layer-shares"]


def scaled(layers: ArrayLike, scale: Scale) -> Floats:
    """Layers freed from their units.

    Parameters
    ----------
    layers : (k, n, n) array
        Weights >= 0, rows origin; diagonals are ignored.
    scale : {'row-shares', 'layer-shares'}
        Each row sums to one (or zero, where nothing leaves); or each layer sums to n, so that the mean place has one.
    """
    w = _layers(layers)
    total = w.sum(axis=2, keepdims=True) if scale == "row-shares" else w.sum(axis=(1, 2), keepdims=True) / w.shape[1]
    out: Floats = np.divide(w, total, out=np.zeros_like(w), where=total > 0)
    return out


def strengths(layers: ArrayLike) -> Floats:
    """Mean of what leaves and what enters each place in each layer, (k, n)."""
    w = _layers(layers)
    out: Floats = (w.sum(axis=2) + w.sum(axis=1)) / 2.0
    return out


def degrees(layers: ArrayLike) -> Floats:
    """Number of places that each is linked with in each layer, in either direction, (k, n)."""
    w = _layers(layers)
    out: Floats = ((w > 0) | (w.transpose(0, 2, 1) > 0)).sum(axis=2).astype(np.float64)
    return out


def participation(activity: ArrayLike) -> Floats:
    """P_i = k / (k - 1) (1 - sum over layers (a_i / o_i)^2), o_i the sum over layers: 0 all in one, 1 the same in all.

    Parameters
    ----------
    activity : (k, n) array
        Degrees or strengths, >= 0; at least two layers.

    Returns
    -------
    (n,) array
        NaN where a place is in no layer.

    Notes
    -----
    Battiston, Nicosia and Latora (2014), Phys. Rev. E 89, 032804, eq. 11.
    """
    a = np.asarray(activity, dtype=np.float64)
    if a.ndim != 2 or len(a) < 2 or not ((a >= 0) & np.isfinite(a)).all():
        raise InputError("participation needs numbers >= 0 of two layers at least")
    total = a.sum(axis=0)
    share = np.divide(a, total, out=np.full(a.shape, np.nan), where=total > 0)
    out: Floats = len(a) / (len(a) - 1) * (1.0 - (share**2).sum(axis=0))
    return out


def jaccard(layers: ArrayLike) -> Floats:
    """Links in both layers over links in either, (k, k); NaN where neither has any."""
    there = _layers(layers).reshape(len(np.asarray(layers)), -1) > 0
    both = there.astype(np.float64) @ there.T.astype(np.float64)
    size = there.sum(axis=1)
    either = size[:, None] + size[None, :] - both
    out: Floats = np.divide(both, either, out=np.full(both.shape, np.nan), where=either > 0)
    return out


def coupling(change_min: ArrayLike, decay_min: float) -> Floats:
    """exp(-c / decay) of what changing between two layers costs in a place: 1 at no cost, 0 where it cannot be done.

    Parameters
    ----------
    change_min : array
        Minutes, >= 0; infinite where layers do not meet.
    decay_min : float
        Minutes by which the willingness to change falls to 1/e, > 0.
    """
    c = np.asarray(change_min, dtype=np.float64)
    if not (c >= 0).all() or not 0 < decay_min < np.inf:
        raise InputError("changing between layers costs minutes >= 0, and the decay is above zero")
    out: Floats = np.exp(-c / decay_min)
    return out


def versatility(
    layers: ArrayLike, join: ArrayLike, *, damping: float = 0.85, tolerance: float = 1e-12, iterations: int = 10_000
) -> Floats:
    """PageRank of walkers that follow links inside layers and change layer in places, summed over layers, (n,).

    Parameters
    ----------
    layers : (k, n, n) array
        Each layer is followed by its row shares.
    join : (n, k, k) array
        Weight of changing from a layer (row) to another in a place, against 1 for all links inside the layer; the
        diagonal is ignored. Nobody changes to a layer in which nothing leaves the place.
    damping : float
        Chance to go on, 0 < damping < 1; else, and where nothing leads on, the walker starts anywhere.

    Notes
    -----
    De Domenico, Solé-Ribalta, Omodei, Gómez and Arenas (2015), Nature Communications 6, 6868; the copies of a place are
    joined by what a change costs instead of by one.
    """
    rows = scaled(layers, "row-shares")
    k, n, _ = rows.shape
    if not 0 < damping < 1:
        raise InputError(f"damping must be a share, 0 < damping < 1, got {damping!r}")
    active = rows.sum(axis=2) > 0  # (k, n)
    change = np.array(join, dtype=np.float64) * active.T[:, None, :]
    change[:, np.arange(k), np.arange(k)] = 0.0
    total = active.T + change.sum(axis=2)  # (n, k)
    stay = np.divide(active.T, total, out=np.zeros(total.shape), where=total > 0).T  # (k, n)
    move = np.divide(change, total[:, :, None], out=np.zeros_like(change), where=total[:, :, None] > 0)
    lost = (total <= 0).T
    at = np.full((k, n), 1.0 / (k * n))
    for _ in range(iterations):
        on = np.einsum("an,anm->am", at * stay, rows) + np.einsum("nab,an->bn", move, at)
        new = damping * (on + at[lost].sum() / (k * n)) + (1.0 - damping) / (k * n)
        if np.abs(new - at).sum() < tolerance:
            out: Floats = new.sum(axis=0)
            return out
        at = new
    raise ConvergenceError("PageRank over layers did not settle", last=at, hint="a smaller damping settles faster")


def algebraic_connectivity(layers: ArrayLike, join: ArrayLike) -> float:
    """Second smallest eigenvalue of the Laplacian of all copies of all places.

    Parameters
    ----------
    layers : (k, n, n) array
        Made symmetric by the mean of both directions.
    join : (n, k, k) array
        Symmetric weights between the copies of a place.

    Notes
    -----
    Two layers joined weakly by p everywhere: exactly 2 p (Gómez et al. 2013, Phys. Rev. Lett. 110, 028701).
    """
    from scipy.linalg import eigh

    w = _layers(layers)
    k, n, _ = w.shape
    whole = np.zeros((k, n, k, n))
    for a in range(k):
        whole[a, :, a, :] = (w[a] + w[a].T) / 2.0
    between = np.asarray(join, dtype=np.float64)
    for a in range(k):
        for b in range(k):
            if a != b:
                whole[a, np.arange(n), b, np.arange(n)] = (between[:, a, b] + between[:, b, a]) / 2.0
    flat = whole.reshape(k * n, k * n)
    laplacian = np.diag(flat.sum(axis=1)) - flat
    return float(max(eigh(laplacian, eigvals_only=True, subset_by_index=[1, 1])[0], 0.0)) if k * n > 1 else 0.0


def layered_times(direct: ArrayLike, change_min: ArrayLike) -> Floats:
    """Fastest way between places through all layers, changing where that pays, (n, n).

    Parameters
    ----------
    direct : (k, n, n) array
        Minutes of the direct link in each layer, > 0; infinite where there is none.
    change_min : (n, k, k) array
        Minutes to change in a place from a layer to another, >= 0; infinite where they do not meet. Ways begin and end
        in any layer.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    t, c = np.asarray(direct, dtype=np.float64), np.asarray(change_min, dtype=np.float64)
    k, n, _ = t.shape
    inside = np.isfinite(t) & ~np.eye(n, dtype=bool)[None]
    if not (t[inside] > 0).all() or not (c[np.isfinite(c)] >= 0).all():
        raise InputError("links need minutes above zero, and changes minutes >= 0")
    layer, i, j = np.nonzero(inside)
    apart = np.isfinite(c) & ~np.eye(k, dtype=bool)[None]
    place, a, b = np.nonzero(apart)
    start, end = 2 * k * n, 2 * k * n  # copies: arriving (layer, place); a source and a sink of each place follow
    source, sink = start - k * n, end - k * n + n
    rows = np.r_[layer * n + i, a * n + place, source + np.tile(np.arange(n), k), np.arange(k * n)]
    columns = np.r_[layer * n + j, b * n + place, np.arange(k * n), sink + np.tile(np.arange(n), k)]
    cost = np.r_[t[layer, i, j], c[place, a, b], np.zeros(2 * k * n)]
    size = k * n + 2 * n
    found = dijkstra(csr_array((cost, (rows, columns)), shape=(size, size)), indices=source + np.arange(n))
    out: Floats = found[:, sink : sink + n]
    np.fill_diagonal(out, 0.0)
    return out


def mutual_part(edges: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]], alive: Bools) -> Bools:
    """Places that hang together in every layer at once: each needs all its copies, so that losses spread.

    Parameters
    ----------
    edges : sequence of (tail, head)
        Of each layer, undirected.
    alive : (n,) booleans
        Places that have not failed.

    Returns
    -------
    (n,) booleans
        The largest part that is left when the cascade has ended.

    Notes
    -----
    Buldyrev, Parshani, Paul, Stanley and Havlin (2010), Nature 464, 1025: in every layer only the largest part works,
    and a place that works in one layer only fails in all. Random graphs of equal mean degree k fall apart at once when
    fewer than 2.4554 / k of the places are left.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    up, n = np.array(alive, dtype=bool), len(alive)
    while True:
        before = int(up.sum())
        for tail, head in edges:
            some = up[tail] & up[head]
            joined = csr_array((np.ones(int(some.sum()), np.int8), (tail[some], head[some])), shape=(n, n))
            part = connected_components(joined, directed=False)[1]
            sizes = np.bincount(part[up], minlength=int(part.max(initial=0)) + 1)
            up &= part == int(sizes.argmax())
        if int(up.sum()) == before:
            return up


def _layers(layers: ArrayLike) -> Floats:
    w = np.array(layers, dtype=np.float64)
    if w.ndim != 3 or w.shape[1] != w.shape[2] or not ((w >= 0) & np.isfinite(w)).all():
        raise InputError("expected layers (k, n, n) of finite numbers >= 0")
    w[:, np.arange(w.shape[1]), np.arange(w.shape[1])] = 0.0
    return w
