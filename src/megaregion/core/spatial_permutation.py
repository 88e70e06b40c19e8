"""Local spatial association, with p values by conditional permutation and control of false discoveries."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise, repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from megaregion._rng import generator

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
CELLS = 4_000_000  # values gathered at once: bounds the memory, not the result
TIE = 1e-12  # sums of the same values in another order differ by rounding


class Neighbours(NamedTuple):
    """Spatial weights by rows (compressed sparse rows).

    Attributes
    ----------
    indptr : (n + 1,) integers
        Row i is ``indptr[i]:indptr[i + 1]``.
    indices : (nnz,) integers
        Neighbours of each row, never the row itself, none twice.
    weight : (nnz,) array
        >= 0; each row that has neighbours sums to 1.
    """

    indptr: Ints
    indices: Ints
    weight: Floats

    @property
    def n(self) -> int:
        """Places."""
        return len(self.indptr) - 1

    @property
    def degree(self) -> Ints:
        """Neighbours of each place."""
        return np.asarray(np.diff(self.indptr))


class LocalMoran(NamedTuple):
    """Local Moran statistics; missing for places without neighbours.

    Attributes
    ----------
    z : (n,) array
        Value less the mean, over the standard deviation (divisor n).
    lag : (n,) array
        Weighted mean of the neighbours' z.
    local : (n,) array
        z lag.
    p_high, p_low : (n,) arrays
        Share of conditional permutations whose lag is at least (at most) the observed one, (r + 1) / (m + 1).
    p : (n,) array
        Two-sided: twice the smaller of the two, at most 1.
    """

    z: Floats
    lag: Floats
    local: Floats
    p_high: Floats
    p_low: Floats
    p: Floats


def from_square(weight: Floats) -> Neighbours:
    """Row-standardised weights from a dense matrix; the diagonal and zeros are no neighbours.

    Parameters
    ----------
    weight : (n, n) array
        >= 0, finite.
    """
    bare = np.array(weight, dtype=np.float64)
    np.fill_diagonal(bare, 0.0)
    row, column = np.nonzero(bare)
    indptr = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=len(bare)))))
    return standardised(indptr.astype(np.intp), column.astype(np.intp), bare[row, column])


def standardised(indptr: Ints, indices: Ints, weight: Floats) -> Neighbours:
    """Weights scaled so that every row with neighbours sums to 1."""
    total = np.add.reduceat(np.append(weight, 0.0), indptr[:-1]) if len(indptr) > 1 else np.zeros(0)
    degree = np.diff(indptr)
    total = np.where(degree > 0, total, 1.0)
    return Neighbours(indptr, indices, np.asarray(weight / np.repeat(total, degree)))


def nearest(cost: Floats, k: int) -> Neighbours:
    """The k nearest places of each, equal weights; ties go to the place that comes first.

    Parameters
    ----------
    cost : (n, n) array
        Minutes or km, symmetric or not (the row counts); +inf where there is no way; the diagonal is ignored.
    k : int
        1 <= k < n.
    """
    away = np.array(cost, dtype=np.float64)
    np.fill_diagonal(away, np.inf)
    column = np.argsort(away, axis=1, kind="stable")[:, :k]
    reached = np.isfinite(np.take_along_axis(away, column, axis=1))
    indptr = np.concatenate(([0], np.cumsum(reached.sum(axis=1)))).astype(np.intp)
    chosen = column[reached].astype(np.intp)
    return standardised(indptr, chosen, np.ones(len(chosen)))


def lag(value: Floats, near: Neighbours) -> Floats:
    """Weighted mean of the neighbours' values, missing without neighbours; (n,)."""
    row = np.repeat(np.arange(near.n), near.degree)
    out = np.bincount(row, weights=near.weight * value[near.indices], minlength=near.n)
    return np.asarray(np.where(near.degree > 0, out, np.nan))


def local_moran(
    value: Floats, near: Neighbours, *, permutations: int, seed: int | np.random.Generator, threads: int = 1
) -> LocalMoran:
    """Local Moran of each place, with p by conditional permutation.

    The value of the place itself stays; those of its neighbours are drawn without replacement from all other
    places. The same m orders serve every place, so p values of two places are not independent draws. Counts only are
    kept: memory is that of some thousand orders, whatever their number.

    Parameters
    ----------
    value : (n,) array
        Not all equal.
    near : Neighbours
    permutations : int
        m.
    seed : int or Generator
    threads : int
        Places are split among them; p does not depend on it.

    Notes
    -----
    Anselin (1995), eq. 12 and section 4.2; (r + 1) / (m + 1) after Davison and Hinkley (1997).
    """
    from megaregion.core.local_moran_kernels import count_reached

    z = np.ascontiguousarray((value - value.mean()) / value.std())
    seen = lag(z, near)
    high, low = np.zeros(near.n, np.int64), np.zeros(near.n, np.int64)
    indptr, weight = near.indptr.astype(np.int64), np.ascontiguousarray(near.weight)
    cuts = np.searchsorted(indptr, np.linspace(0, indptr[-1], 8 * threads + 1)[1:-1])
    parts = [0, *np.unique(cuts).tolist(), near.n]

    def count(part: tuple[int, int], order: NDArray[np.int32]) -> None:
        count_reached(*part, z, indptr, weight, seen, TIE, order, high, low)

    with ThreadPoolExecutor(threads) as pool:
        widest = int(near.degree.max(initial=0))
        for order in _orders(near.n - 1, widest, permutations, generator(seed, "local-moran")):
            list(pool.map(count, pairwise(parts), repeat(order)))
    alone = near.degree == 0
    p_high, p_low = (np.where(alone, np.nan, (r + 1.0) / (permutations + 1.0)) for r in (high, low))
    return LocalMoran(z, seen, z * seen, p_high, p_low, np.minimum(1.0, 2.0 * np.minimum(p_high, p_low)))


def _orders(n: int, k: int, permutations: int, rng: np.random.Generator) -> Iterator[NDArray[np.int32]]:
    """Blocks of random orders of n things, the first k of each; each block (b, k)."""
    from megaregion.core.local_moran_kernels import first_of_orders

    block = max(1, CELLS // max(k, 1))
    for start in range(0, permutations, block):
        rows = min(block, permutations - start)
        order = np.empty((rows, k), np.int32)
        first_of_orders(rng.random((rows, k)), n, order)
        yield order


def moran(
    value: Floats, near: Neighbours, *, permutations: int, seed: int | np.random.Generator
) -> tuple[float, float]:
    """Moran's I over the places with neighbours, and its one-sided p (clustering) by permutation of all values.

    Returns
    -------
    float, float
        I = sum_i z_i lag_i / sum_i z_i^2 (row-standardised weights), p.
    """
    rng = generator(seed, "moran")
    z = value - value.mean()
    whole = float(z @ z)
    row = np.repeat(np.arange(near.n), near.degree)

    def statistic(x: Floats) -> float:
        return float(np.sum(x[row] * near.weight * x[near.indices])) / whole

    seen = statistic(z)
    r = sum(statistic(rng.permutation(z)) >= seen - TIE for _ in range(permutations))
    return seen, (r + 1.0) / (permutations + 1.0)


def product_p(
    first: Floats, second: Floats, *, permutations: int, seed: int | np.random.Generator
) -> tuple[Floats, float, float]:
    """Whether places that are high in one thing are high in the other as well.

    Parameters
    ----------
    first, second : (n,) arrays
        >= 0; the statistic of place i is first_i second_i.
    permutations : int
    seed : int or Generator

    Returns
    -------
    p : (n,) array
        Share of m pairings of another place's `first` with another place's `second` whose product is at least that
        of place i, (r + 1) / (m + 1).
    mean : float
        Mean product.
    p_mean : float
        One-sided p of the mean product when `second` is permuted over the places.
    """
    rng = generator(seed, "product")
    n = len(first)
    seen, count, whole = first * second, np.zeros(n), 0
    mine = np.arange(n)
    for _ in range(permutations):
        j, k = rng.integers(n - 1, size=(2, n))
        count += first[j + (j >= mine)] * second[k + (k >= mine)] >= seen - TIE
        whole += float(first @ rng.permutation(second)) >= float(seen.sum()) - TIE * n
    return (count + 1.0) / (permutations + 1.0), float(seen.mean()), (whole + 1.0) / (permutations + 1.0)


def false_discovery(p: Floats, *, dependent: bool = False) -> Floats:
    """Adjusted p values: rejecting those <= q keeps the expected share of false rejections at q.

    Parameters
    ----------
    p : (n,) array
        Missing values stay missing and are not counted.
    dependent : bool
        False: Benjamini and Hochberg (1995), for independent or positively dependent tests. True: Benjamini and
        Yekutieli (2001), any dependence, larger by sum 1/i.
    """
    out = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    m = len(known)
    if not m:
        return out
    order = known[np.argsort(p[known], kind="stable")]
    factor = float(np.sum(1.0 / np.arange(1, m + 1))) if dependent else 1.0
    raised = p[order] * m * factor / np.arange(1, m + 1)
    out[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return out
