"""Betweenness from some sources: networkx where all are taken, unbiased, errors that hold what they say."""

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from scipy.stats import skew

from megaregion.core.path_trees import Graph, path_trees
from megaregion.core.sampled_betweenness import every_pair, sampled_betweenness, strata
from megaregion.errors import InputError

NODES = 40


def network(seed: int) -> tuple[Graph, nx.DiGraph, list[tuple[int, int]]]:
    """A ring with chords, one way, lengths that never tie."""
    rng = np.random.default_rng(seed)
    ends = [(i, (i + 1) % NODES) for i in range(NODES)]
    ends += [
        (a, b) for a in range(NODES) for b in range(NODES) if a != b and (a + 1) % NODES != b and rng.random() < 0.04
    ]
    time = rng.uniform(1, 9, len(ends))
    tail, head = np.array(ends).T
    other = nx.DiGraph()
    other.add_weighted_edges_from((a, b, t) for (a, b), t in zip(ends, time, strict=True))
    return Graph.from_links(NODES, tail, head, time, oneway=np.ones(len(ends), bool)), other, ends


def demands(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.stack([rng.exponential(1.0, (NODES, NODES)) * ~np.eye(NODES, dtype=bool), 1.0 - np.eye(NODES)])


ALL = np.arange(NODES)


def skewness(graph: Graph, demand: np.ndarray) -> np.ndarray:
    """Of what the sources send over each link, by layer."""
    each = []
    for s in range(NODES):
        trees = path_trees(graph, sources=[s], targets=ALL)
        each.append(trees.sweep(demand[:, [s]]))
    return np.nan_to_num(skew(np.stack(each), axis=0), nan=np.inf)


@pytest.mark.parametrize("seed", range(3))
def test_all_sources_are_networkx(seed: int) -> None:
    graph, other, ends = network(seed)
    got = sampled_betweenness(graph, ALL, ALL, demands(seed), sample=NODES, seed=1)
    want = nx.edge_betweenness_centrality(other, normalized=False, weight="weight")
    np.testing.assert_allclose(got.total[1], [want[e] for e in ends], rtol=1e-12)
    assert (got.error == 0).all() and (got.bound() == 0).all()
    trips, by = demands(seed)[0], dict.fromkeys(other.edges, 0.0)
    for a, ways in nx.all_pairs_dijkstra_path(other, weight="weight"):
        for b, way in ways.items():
            for step in pairwise(way):
                by[step] += trips[a, b]
    np.testing.assert_allclose(got.total[0], [by[e] for e in ends], rtol=1e-12)


def test_unbiased_and_intervals_that_cover() -> None:
    """800 replications of 20 of 40 sources.

    The mean over replications differs from the truth by at most 4.5 of its own errors on each of some 200 numbers
    (chance of more: under .2 %). The mean of the squared errors is the variance over replications: a variance from
    800 draws of means of 20 (kurtosis below 5) is within 4.5 sqrt(4 / 800) = 32 % of it, and so is the other side.
    Intervals of 1.96 errors hold the truth in 93 % of draws from normal strata (t with 14 degrees of freedom), less the
    more one source dominates a link; where what sources send has a skewness between -1 and 1 nine in ten are asked for
    on average, and 88 % at least (binomial error of 800 draws: 1.1 %).
    """
    graph, _, _ = network(7)
    demand = demands(7)
    truth = sampled_betweenness(graph, ALL, ALL, demand, sample=NODES, seed=1)
    rounds = 800
    runs = [sampled_betweenness(graph, ALL, ALL, demand, sample=20, seed=s, threads=1) for s in range(rounds)]
    total, error = (np.stack([getattr(r, name) for r in runs]) for name in ("total", "error"))
    spread = total.std(axis=0, ddof=1)
    some = spread > 0
    z = (total.mean(axis=0) - truth.total)[some] / (spread[some] / np.sqrt(rounds))
    assert np.abs(z).max() < 4.5
    ratio = (error**2).mean(axis=0)[some] / spread[some] ** 2
    assert ratio.min() > 0.68 and ratio.max() < 1.32
    even = np.abs(skewness(graph, demand)) < 1
    hit = (np.abs(total - truth.total) <= 1.96 * error)[:, even].mean(axis=0)
    assert even.sum() >= 8 and hit.min() > 0.88 and 0.9 < hit.mean() < 0.97
    far = np.abs(total - truth.total).max(axis=2) > runs[0].bound()
    assert far.mean(axis=0).max() <= 0.05  # the bound holds for all links at once


def test_error_by_hand() -> None:
    """A star: what leaves each leaf passes its own link to the middle, so of 4 sources 1, 2, 3 and 6 pass one each.

    Draw 2 of 4: total 4 x mean, error 4 sqrt((1 - 1/2) s2 / 2); on the link of a drawn leaf with demand d the sample is
    (d, 0), mean d / 2, s2 = d^2 / 2.
    """
    graph = Graph.from_links(5, np.arange(4), np.full(4, 4), np.ones(4), oneway=np.ones(4, bool))
    demand = np.array([1.0, 2.0, 3.0, 6.0])[None, :, None]
    got = sampled_betweenness(graph, np.arange(4), np.array([4]), demand, sample=2, seed=3)
    for leaf, d in enumerate(demand[0, :, 0]):
        drawn = leaf in got.sources
        assert got.total[0, leaf] == pytest.approx(2 * d * drawn, rel=1e-14)
        assert got.error[0, leaf] == pytest.approx(4 * np.sqrt(0.5 * d**2 / 2 / 2) * drawn, rel=1e-14)
        assert got.effective[0, leaf] == drawn
    one = sampled_betweenness(graph, np.arange(4), np.array([4]), demand, sample=1, seed=3)
    assert np.isnan(one.error).all()  # one source tells nothing of the others


def test_strata_hold_about_equal_demand() -> None:
    """A hundred sources of 1 and ten of 100, 30 draws in ten strata: few strata hold the small ones."""
    leaving = np.r_[np.ones(100), np.full(10, 100.0)]
    stratum, taken = strata(leaving, 30)
    size = np.bincount(stratum)
    assert taken.sum() == 30 and (taken <= size).all() and (taken >= np.minimum(size, 2)).all()
    small = np.unique(stratum[:100])
    assert len(small) <= 2 and size[stratum[100:]].max() <= 3
    for n, k in ((5, 5), (5, 1), (7, 3), (40, 39)):
        stratum, taken = strata(np.zeros(n), k)
        assert taken.sum() == k and (taken <= np.bincount(stratum)).all() and len(taken) == stratum.max() + 1


def test_demand_without_a_matrix() -> None:
    """One trip between every two: as the matrix of ones."""
    graph, _, _ = network(4)
    want = sampled_betweenness(graph, ALL, ALL, demands(4)[[1]], sample=15, seed=3)
    got = sampled_betweenness(graph, ALL, ALL, every_pair(NODES), sample=15, seed=3)
    for name in ("total", "error", "effective"):
        np.testing.assert_array_equal(getattr(got, name), getattr(want, name))


def test_threads_and_seeds() -> None:
    graph, _, _ = network(2)
    runs = [sampled_betweenness(graph, ALL, ALL, demands(2), sample=25, seed=5, threads=t) for t in (1, 2, 7)]
    for other in runs[1:]:
        np.testing.assert_array_equal(runs[0].total, other.total)
        np.testing.assert_array_equal(runs[0].error, other.error)
    assert not np.array_equal(
        runs[0].sources, sampled_betweenness(graph, ALL, ALL, demands(2), sample=25, seed=6).sources
    )


@pytest.mark.parametrize("sample", [0, NODES + 1, 2.5, True])
def test_bad_samples(sample: int) -> None:
    graph, _, _ = network(2)
    with pytest.raises(InputError, match="from 1 to 40"):
        sampled_betweenness(graph, ALL, ALL, demands(2), sample=sample, seed=1)
    with pytest.raises(InputError, match="shape"):
        sampled_betweenness(graph, ALL, ALL, demands(2)[0], sample=2, seed=1)
