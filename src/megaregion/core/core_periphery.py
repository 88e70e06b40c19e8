"""Core and periphery of a network: the split that fits best, and whether chance would fit as well."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion._rng import generator
from megaregion.core.games import sizes
from megaregion.errors import InputError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
LARGEST_EXACT = 20  # places up to which every core is tried
CELLS = 4_000_000  # entries of networks handled at once
TIE = 1e-12  # correlations closer than this are equal but for rounding
SWAPS = 10  # swaps tried for every tie when networks are rewired


class CorePeriphery(NamedTuple):
    """The best split.

    Attributes
    ----------
    core : (n,) booleans
        Nobody if there is no split: fewer than three places, or all pairs alike.
    correlation : float
        Of the ties with the ideal pattern; NaN if there is no split.
    exact : bool
        Every core was tried; else the best that a local search found.
    """

    core: Bools
    correlation: float
    exact: bool


def core_periphery(tie: ArrayLike, *, largest_exact: int = LARGEST_EXACT, starts: int | None = None) -> CorePeriphery:
    """The core whose ideal pattern correlates best with the ties.

    Parameters
    ----------
    tie : (n, n) array
        Symmetric, >= 0, binary or valued; the diagonal is ignored.
    largest_exact : int
        Places up to which all cores are tried.
    starts : int, optional
        Local searches beyond that: the order by strength, and so many peripheries grown from the weakest places.
        Default all places; memory and time grow with starts x n^2.

    Raises
    ------
    InputError
        The network is not square, symmetric and finite.

    Notes
    -----
    Borgatti and Everett (2000), Social Networks 21(4), eqs. 1-2: in the ideal pattern a pair is tied if one of the two
    is in the core; the fit is the Pearson correlation over the pairs. A core has at least one member, a periphery two.
    Among equal fits the smallest core, then the one of the first places.
    """
    a = _checked(tie)
    n = len(a)
    if n < 3 or np.ptp(a[np.triu_indices(n, 1)]) == 0:
        return CorePeriphery(np.zeros(n, dtype=bool), float("nan"), True)
    if n > largest_exact:
        strongest = _by_strength(a[None])
        grown = _growing(a) if starts is None else _growing(a)[strongest[0, ::-1][:starts]]
        orders = np.vstack([strongest, grown])
        core, fit = _search(np.broadcast_to(a, (len(orders), n, n)), orders)
        best_start = int((fit >= fit.max() - TIE).argmax())
        return CorePeriphery(core[best_start], float(fit[best_start]), False)
    inside = _inside(a)
    size = sizes(n).astype(np.intp)
    fit = _fit(inside, size, *_moments(a[None]), n)[0]
    best = np.flatnonzero(fit >= fit.max() - TIE)
    best = best[size[best] == size[best].max()]  # the largest periphery is the smallest core
    chosen = int(best.max())  # highest bits in the periphery: the first places in the core
    return CorePeriphery((chosen >> np.arange(n)) & 1 == 0, float(fit[chosen]), True)


def core_periphery_p(
    tie: ArrayLike, *, permutations: int, seed: int | np.random.Generator, null: Literal["ties", "degrees"] = "ties"
) -> float:
    """Share of random networks whose best core fits at least as well.

    Parameters
    ----------
    tie : (n, n) array
        As in `core_periphery`.
    permutations : int
        Random networks.
    seed : int or Generator
    null : {"ties", "degrees"}
        ties: the values of the pairs are dealt anew to all pairs. degrees: binary ties are swapped, so that every place
        keeps its number of ties; a small p then says that there is more of a core than unequal degrees bring about.

    Returns
    -------
    float
        (1 + networks that fit as well) / (1 + networks); NaN if there is no split. The observed and the random networks
        are fitted by the same local search.

    Raises
    ------
    InputError
        As `core_periphery`; fewer than one permutation; degrees with valued ties.

    Notes
    -----
    ties: Boyd, Fitzgerald and Beck (2006), Social Networks 28(2). degrees: swaps of Maslov and Sneppen (2002), Science
    296; Kojaku and Masuda (2018), New J. Phys. 20, show why one core must be judged against the degrees.
    """
    a = _checked(tie)
    if permutations < 1:
        raise InputError(f"expected one permutation at least, got {permutations}")
    n = len(a)
    pairs = np.triu_indices(n, 1)
    if n < 3 or np.ptp(a[pairs]) == 0:
        return float("nan")
    rng = generator(seed, "core-periphery", null)
    observed = _search(a[None], _by_strength(a[None]))[1][0]
    if null == "degrees":
        drawn = rewired(a, permutations, rng)
    else:
        drawn = np.zeros((permutations, n, n))
        drawn[:, pairs[0], pairs[1]] = rng.permuted(np.tile(a[pairs], (permutations, 1)), axis=1)
        drawn += drawn.transpose(0, 2, 1)
    step = max(1, CELLS // n**2)
    parts = (drawn[i : i + step] for i in range(0, permutations, step))
    fit = np.concatenate([_search(part, _by_strength(part))[1] for part in parts])
    return float(1 + np.count_nonzero(fit >= observed - TIE)) / (1 + permutations)


def rewired(tie: ArrayLike, count: int, seed: int | np.random.Generator) -> Floats:
    """Random networks (count, n, n) with the degrees of a binary one: ties a-b, c-d become a-d, c-b where they can.

    Raises
    ------
    InputError
        Ties are not 0 and 1.
    """
    a = _checked(tie)
    if not np.isin(a, (0.0, 1.0)).all():
        raise InputError("degrees can be kept for binary ties only", hint="use null='ties', or cut the ties")
    rng = generator(seed, "rewired")
    pair = np.argwhere(np.triu(a) > 0)
    m, each = len(pair), np.arange(count)
    ends = np.tile(pair, (count, 1, 1))
    out = np.tile(a > 0, (count, 1, 1))
    for _ in range(SWAPS * m if m > 1 else 0):
        first, second, turn = rng.integers(m, size=count), rng.integers(m, size=count), rng.integers(2, size=count)
        p, q = ends[each, first].T
        r, s = ends[each, second, turn], ends[each, second, 1 - turn]
        good = (p != s) & (r != q) & ~out[each, p, s] & ~out[each, r, q] & (first != second)
        e, p, q, r, s = each[good], p[good], q[good], r[good], s[good]
        for i, j, on in ((p, q, False), (r, s, False), (p, s, True), (r, q, True)):
            out[e, i, j] = out[e, j, i] = on
        ends[e, first[good]] = np.column_stack([p, s])
        ends[e, second[good]] = np.column_stack([r, q])
    return out.astype(np.float64)


def _inside(a: Floats) -> Floats:
    """Ties inside every set of places; bit i of the row number says whether place i is in."""
    total = np.zeros(1)
    for i in range(len(a)):
        to = np.zeros(1)
        for j in range(i):
            to = np.concatenate([to, to + a[i, j]])
        total = np.concatenate([total, total + to])
    return total


def _moments(a: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation over the pairs of networks (r, n, n), each (r, 1)."""
    rows, columns = np.triu_indices(a.shape[1], 1)
    value = a[:, rows, columns]
    return value.mean(axis=1, keepdims=True), value.std(axis=1, keepdims=True)


def _fit(inside: Floats, size: NDArray[np.intp], mean: Floats, spread: Floats, n: int) -> Floats:
    """Correlation with the ideal pattern, given the ties inside the periphery and its size; -inf if it is no split."""
    pairs = n * (n - 1) / 2
    zeros = size * (size - 1) / 2 / pairs  # share of the pairs that the pattern leaves untied
    good = (size >= 2) & (size < n)
    above = mean * zeros - inside / pairs  # mean(a d) - mean(a) mean(d) with d = 1 - [both in the periphery]
    below = spread * np.sqrt(np.where(good, zeros * (1.0 - zeros), 1.0))
    return np.where(good, above / below, -np.inf)


def _by_strength(a: Floats) -> NDArray[np.intp]:
    """Places of each network (r, n, n) by falling strength."""
    return np.argsort(-a.sum(axis=2), axis=1, kind="stable")


def _growing(a: Floats) -> NDArray[np.intp]:
    """Orders (n, n), the core first: row v grows a periphery from place v by the place least tied to it."""
    n = len(a)
    each, strength = np.arange(n), a.sum(axis=1)
    order = np.empty((n, n), dtype=np.intp)
    to, free = np.zeros((n, n)), np.ones((n, n), dtype=bool)
    new = each
    for last in range(n - 1, -1, -1):
        order[:, last] = new
        free[each, new] = False
        to += a[new]
        # of the places least tied to it, the one that is tied least in all
        least = np.where(free, to, np.inf)
        new = np.where(least <= least.min(axis=1, keepdims=True), strength, np.inf).argmin(axis=1)
    return order


def _search(a: Floats, order: NDArray[np.intp]) -> tuple[Bools, Floats]:
    """Cores (r, n) and fits (r,) by local search: best prefix of each order, then best move or swap while one helps."""
    r, n, _ = a.shape
    each, moments = np.arange(r), _moments(a)
    sorted_ = a[each[:, None, None], order[:, :, None], order[:, None, :]]
    later = np.triu(sorted_).sum(axis=2)
    tail = later[:, ::-1].cumsum(axis=1)[:, ::-1]  # ties inside the places from the c-th on
    fit = _fit(tail, np.broadcast_to(n - np.arange(n), (r, n)), *moments, n)
    cut = fit.argmax(axis=1)
    best, within = fit[each, cut], tail[each, cut]
    periphery = np.empty((r, n), dtype=bool)
    np.put_along_axis(periphery, order, np.arange(n) >= cut[:, None], axis=1)
    active = each
    while len(active):
        b, out, w = a[active], periphery[active], within[active]
        here = np.arange(len(active))
        mean, spread = moments[0][active], moments[1][active]
        to = np.einsum("rij,rj->ri", b, out)
        size = out.sum(axis=1, keepdims=True)
        moved = w[:, None] + np.where(out, -to, to)
        one = _fit(moved, size + np.where(out, -1, 1), mean, spread, n)
        swap = np.where(~out[:, :, None] & out[:, None, :], to[:, :, None] - to[:, None, :] - b, np.inf)
        pair = swap.reshape(len(here), -1).argmin(axis=1)
        i, j = np.divmod(pair, n)
        swapped = w + swap[here, i, j]
        two = _fit(swapped[:, None], size, mean, spread, n)[:, 0]
        v = one.argmax(axis=1)
        by_move = one[here, v] >= two
        new = np.where(by_move, one[here, v], two)
        better = new > best[active] + TIE
        for mask, places in ((better & by_move, (v,)), (better & ~by_move, (i, j))):
            for place in places:
                periphery[active[mask], place[mask]] ^= True
        within[active] = np.where(better, np.where(by_move, moved[here, v], swapped), w)
        best[active] = np.where(better, new, best[active])
        active = active[better]
    return ~periphery, best


def _checked(tie: ArrayLike) -> Floats:
    a = np.array(tie, dtype=np.float64)
    if a.ndim != 2 or a.shape != (len(a), len(a)):
        raise InputError(f"expected ties (n, n), got the shape {a.shape}")
    np.fill_diagonal(a, 0.0)
    if not np.isfinite(a).all() or (a < 0).any() or not np.allclose(a, a.T, rtol=1e-9, atol=0.0):
        raise InputError("ties must be finite, >= 0 and symmetric", hint="a missing pair is no tie only if you say so")
    return a
