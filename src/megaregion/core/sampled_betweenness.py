"""Betweenness of links from a sample of sources, with standard errors: every link's total is a sum over sources.

What passes link a is the sum over sources s of t_a(s), what leaves s and passes a. Sources that send much matter most,
so they are put into strata by the demand that leaves them, each with about the same demand and number of draws;
inside a stratum all are drawn with equal probability without replacement. N_h times the mean over the drawn, summed
over strata, is unbiased, and its variance is that of sample means from finite populations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core.path_trees import BLOCKS, Graph, in_blocks, path_trees
from megaregion.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_STRATA, _EACH = 10, 3  # at most so many strata, and so many draws in each


class DemandRows(NamedTuple):
    """Demand that is not held as a matrix.

    Attributes
    ----------
    leaving : (layers, n) array
        Demand that leaves each source.
    of : callable
        Row of a source -> (layers, m) demand to each target.
    """

    leaving: Floats
    of: Callable[[int], Floats]


def every_pair(n: int) -> DemandRows:
    """One trip between every two of n nodes that are sources and targets."""

    def row(source: int) -> Floats:
        out = np.ones((1, n))
        out[0, source] = 0.0
        return out

    return DemandRows(np.full((1, n), n - 1.0), row)


@dataclass(frozen=True, eq=False, kw_only=True)
class SampledBetweenness:
    """Estimates by layer of demand and link.

    Attributes
    ----------
    total : (layers, links) array
        Demand that passes each link, estimated.
    error : (layers, links) array
        Its standard error sqrt(sum_h N_h^2 (1 - k_h/N_h) s2_h / k_h); zero where all sources were taken, missing where
        one was taken of several.
    effective : (layers, links) array
        Kish's effective number of drawn sources, (sum y)^2 / sum y^2 of their weighted contributions y: where it is
        small a few sources dominate, the error is itself badly known and intervals are too short. Zero where nothing
        passes.
    sources : (k,) integers
        Rows of the sources drawn, ascending.
    stratum : (n,) integers
        Stratum of each source, 0 sends least.
    taken, largest : (strata,) and (layers, strata) arrays
        Sources drawn in each, and the most that one of its sources sends.
    """

    total: Floats
    error: Floats
    effective: Floats
    sources: Ints
    stratum: Ints
    taken: Ints
    largest: Floats

    def bound(self, level: float = 0.95) -> Floats:
        """What no link's error exceeds with probability `level`, all links at once, by layer; no distribution assumed.

        sqrt(ln(2 m / (1 - level)) / 2 sum_h N_h^2 D_h^2 (1 - (k_h - 1)/N_h) / k_h) over the strata that were not taken
        whole, D_h the largest demand of one of its sources, m links.

        Notes
        -----
        Hoeffding's inequality, as Brandes and Pich (2007) use it, sharpened for drawing without replacement by Serfling
        (1974, Annals of Statistics 2(1)), and a union over the links.
        """
        size = np.bincount(self.stratum, minlength=len(self.taken))
        part = (self.taken < size) * size**2 * (1 - (self.taken - 1) / size) / self.taken
        return np.asarray(np.sqrt(np.log(2 * self.total.shape[1] / (1 - level)) / 2 * (self.largest**2 @ part)))


def sampled_betweenness(
    graph: Graph, sources: NDArray[np.intp], targets: NDArray[np.intp], demand: Floats | DemandRows, *, sample: int,
    seed: int | np.random.Generator, threads: int | None = None,
) -> SampledBetweenness:  # fmt: skip
    """Demand over every link from a sample of sources.

    Parameters
    ----------
    graph : Graph
    sources : (n,) integers
        Nodes from which demand leaves.
    targets : (m,) integers
    demand : (layers, n, m) array or DemandRows
        >= 0; pairs without a way count nowhere. The first layer decides on the strata.
    sample : int
        k, 1 <= k <= n.
    seed : int or Generator
    threads : int, optional
        The result does not depend on it.

    Raises
    ------
    InputError
        The sample is out of range, or demand has another shape.

    Notes
    -----
    Sampling of sources: Brandes and Pich (2007, Int. J. of Bifurcation and Chaos 17(7)); strata and standard errors
    with the finite-population correction: Cochran (1977), Sampling Techniques, theorems 2.2 and 5.3. Means and sums of
    squares are merged as in Chan, Golub and LeVeque (1979). Equally short ways share (`megaregion.core.tree_sweep`).
    """
    n = len(sources)
    rows = demand if isinstance(demand, DemandRows) else _rows(demand, n, len(targets))
    if isinstance(sample, bool) or not isinstance(sample, (int, np.integer)) or not 1 <= sample <= n:
        raise InputError(f"the sample must be a whole number of sources from 1 to {n}, got {sample!r}")
    leaving = rows.leaving
    stratum, taken = strata(leaving[0], int(sample))
    rng = generator(seed, "betweenness")
    drawn = np.sort(np.concatenate([rng.choice(np.flatnonzero(stratum == h), k, replace=False)
                                    for h, k in enumerate(taken)])).astype(np.int64)  # fmt: skip
    drawn = drawn[np.argsort(stratum[drawn], kind="stable")]
    parts: list[dict[int, _Moments]] = [{} for _ in range(BLOCKS)]

    def work(block: int, low: int, high: int) -> None:
        for h in np.unique(stratum[drawn[low:high]]):
            some = drawn[low:high][stratum[drawn[low:high]] == h]
            parts[block][int(h)] = _moments(graph, sources, targets, rows, some)

    in_blocks(work, len(drawn), len(drawn) * graph.tail.size, threads)
    total, variance, weights = (np.zeros((len(leaving), graph.links)) for _ in range(3))
    for h, k in enumerate(taken):
        size = int((stratum == h).sum())
        _, mean, squares = _merged([part[h] for part in parts if h in part])
        total += size * mean
        weights += (size / k) ** 2 * (squares + k * mean**2)
        if k < size:
            with np.errstate(invalid="ignore", divide="ignore"):
                variance += size**2 * (1.0 - k / size) * squares / (k - 1) / k
    largest = np.stack([leaving[:, stratum == h].max(axis=1) for h in range(len(taken))], axis=1)
    effective = np.divide(total**2, weights, out=np.zeros_like(total), where=weights > 0)
    return SampledBetweenness(total=total, error=np.sqrt(variance), effective=effective, sources=np.sort(drawn),
                              stratum=stratum, taken=taken, largest=largest)  # fmt: skip


def _rows(demand: Floats, n: int, m: int) -> DemandRows:
    if demand.ndim != 3 or demand.shape[1:] != (n, m):
        raise InputError(f"demand must have the shape (layers, {n}, {m}), got {demand.shape}")
    return DemandRows(demand.sum(axis=2), lambda source: np.asarray(demand[:, source]))


def strata(leaving: Floats, sample: int) -> tuple[Ints, Ints]:
    """Strata of about equal demand, and draws in each: as many in all, none above its sources.

    Parameters
    ----------
    leaving : (n,) array
        Demand of each source.
    sample : int
        Draws in all.

    Returns
    -------
    stratum : (n,) integers
    taken : (strata,) integers, >= 1
        At least two where a stratum is not taken whole, if there are two for each.
    """
    n, wanted = len(leaving), max(1, min(_STRATA, sample // _EACH))
    order = np.argsort(leaving, kind="stable")
    weight = leaving[order] + 1e-9 * leaving.max() + (leaving.max() <= 0)  # sources that send nothing count a little
    rise = np.cumsum(weight)
    label = np.minimum((rise - 0.5 * weight) / rise[-1] * wanted, wanted - 1).astype(np.int64)
    label = np.unique(label, return_inverse=True)[1]
    stratum = np.empty(n, np.int64)
    stratum[order] = label
    size = np.bincount(stratum)
    taken = np.minimum(size, 2 if sample >= 2 * len(size) else 1)
    pull = np.bincount(stratum, weights=leaving + 1e-9 * leaving.max() + (leaving.max() <= 0))
    for _ in range(sample - int(taken.sum())):  # one by one to where the fewest draws stand for the most demand
        taken[int(np.argmax(np.where(taken < size, pull / taken, -1.0)))] += 1
    return stratum, taken.astype(np.int64)


_Moments = tuple[int, Floats, Floats]


def _moments(
    graph: Graph, sources: NDArray[np.intp], targets: NDArray[np.intp], demand: DemandRows, drawn: Ints
) -> _Moments:
    """Number of sources, mean by link, and sum of squared deviations."""
    mean, squares = (np.zeros((len(demand.leaving), graph.links)) for _ in range(2))
    for k, row in enumerate(drawn):
        trees = path_trees(graph, sources=[sources[row]], targets=targets, threads=1)
        weight = np.where(np.isfinite(trees.time), demand.of(int(row)), 0.0)
        through = trees.sweep(weight[:, None, :], threads=1)
        step = through - mean
        mean += step / (k + 1)
        squares += step * (through - mean)
    return len(drawn), mean, squares


def _merged(parts: list[_Moments]) -> _Moments:
    count, mean, squares = parts[0]
    for more, other, apart in parts[1:]:
        step, both = other - mean, count + more
        squares = squares + apart + step**2 * (count * more / both)
        mean, count = mean + step * (more / both), both
    return count, mean, squares
