"""Shortest-path trees against scipy and against all simple paths; sweeps against differences and enumeration."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from megaregion.core.path_trees import Graph, path_trees
from megaregion.errors import InputError

SEEDS = st.integers(0, 100_000)


def random_graph(seed, n=12, m=24, whole=False, zeros=False):
    """Some links one-way, some parallel; pieces may hang apart."""
    rng = np.random.default_rng(seed)
    a = rng.integers(0, n, m)
    b = (a + rng.integers(1, n, m)) % n
    time = rng.integers(1, 6, m).astype(float) if whole else rng.lognormal(1.0, 0.8, m)
    if zeros:
        time[rng.random(m) < 0.2] = 0.0
    return Graph.from_links(n, a, b, time, oneway=rng.random(m) < 0.4), rng


def by_scipy(graph):
    """scipy adds parallel arcs up, hence only the fastest is handed over."""
    best = {}
    for a, b, t in zip(graph.tail.tolist(), graph.head.tolist(), graph.time.tolist(), strict=True):
        best[a, b] = min(t, best.get((a, b), np.inf))
    row, column = np.array(list(best)).T
    return dijkstra(csr_array((list(best.values()), (row, column)), shape=(graph.nodes, graph.nodes)))


def simple_paths(graph, origin, goal):
    """Arcs of every way without repetition."""
    stack = [(origin, (), {origin})]
    while stack:
        node, arcs, seen = stack.pop()
        if node == goal:
            yield arcs
            continue
        for a in np.flatnonzero(graph.tail == node).tolist():
            if int(graph.head[a]) not in seen:
                stack.append((int(graph.head[a]), (*arcs, a), seen | {int(graph.head[a])}))


@settings(max_examples=80, deadline=None)
@given(seed=SEEDS, whole=st.booleans(), zeros=st.booleans(), m=st.sampled_from([1, 6, 14, 30, 70]))
def test_times_equal_scipy(seed, whole, zeros, m):
    graph, _ = random_graph(seed, m=m, whole=whole, zeros=zeros)
    trees = path_trees(graph)
    np.testing.assert_array_equal(trees.time, by_scipy(graph))
    assert (trees.reached == np.isfinite(trees.distance).sum(axis=1)).all()
    for s in range(graph.nodes):
        settled = trees.distance[s, trees.order[s, : trees.reached[s]]]
        assert (np.diff(settled) >= 0).all()


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS)
def test_sweep_equals_the_enumeration_of_all_paths(seed):
    graph, rng = random_graph(seed, n=6, m=10)
    weight = rng.normal(size=(6, 6))
    want, time = np.zeros(graph.tail.size), np.full((6, 6), np.inf)
    for o, d in itertools.product(range(6), repeat=2):
        ways = list(simple_paths(graph, o, d))
        if not ways:
            weight[o, d] = 0.0
            continue
        length = [graph.time[list(way)].sum() for way in ways]
        time[o, d] = min(length)
        want[list(ways[int(np.argmin(length))])] += weight[o, d]
    trees = path_trees(graph)
    np.testing.assert_allclose(trees.time, time, rtol=1e-14)
    np.testing.assert_allclose(trees.sweep_arcs(weight), want, atol=1e-13)
    np.testing.assert_allclose(trees.sweep(weight), np.bincount(graph.link, want, graph.links), atol=1e-13)


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS)
def test_sweep_is_the_derivative_of_the_times(seed):
    """Central differences of sum G t, step 1e-6 of each link, at links that no near-tie touches."""
    rng = np.random.default_rng(seed)
    n, m = 10, 25
    a = rng.integers(0, n, m)
    b = (a + rng.integers(1, n, m)) % n
    time, oneway = rng.lognormal(1.0, 0.5, m), rng.random(m) < 0.3
    weight = rng.normal(size=(n, n))

    def total(t):
        found = path_trees(Graph.from_links(n, a, b, t, oneway=oneway)).time
        return float((weight * np.where(np.isfinite(found), found, 0.0)).sum())

    trees = path_trees(Graph.from_links(n, a, b, time, oneway=oneway))
    slope = trees.sweep(np.where(np.isfinite(trees.time), weight, 0.0))
    smooth = ~trees.kinked(1e-4)
    for link in np.flatnonzero(smooth).tolist():
        step = np.zeros(m)
        step[link] = 1e-6 * time[link]
        difference = (total(time + step) - total(time - step)) / (2 * step[link])
        assert abs(difference - slope[link]) < 1e-6 * max(1.0, np.abs(weight).sum())


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS)
def test_on_ties_the_sweep_is_a_supergradient(seed):
    """Shortest times are concave in the link times: for G >= 0 no change exceeds the linear one, ties or not."""
    graph, rng = random_graph(seed, n=9, m=24, whole=True)
    trees = path_trees(graph)
    weight = np.where(np.isfinite(trees.time), rng.random((9, 9)), 0.0)
    base = np.where(weight > 0, trees.time, 0.0)
    slope = trees.sweep_arcs(weight)
    for _ in range(10):
        step = rng.uniform(-0.9, 3.0, graph.tail.size)
        after = np.where(weight > 0, path_trees(graph.with_time(graph.time + step)).time, 0.0)
        assert (weight * (after - base)).sum() <= slope @ step + 1e-9


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, whole=st.booleans())
def test_relabelling_permutes_even_with_ties(seed, whole):
    graph, rng = random_graph(seed, whole=whole)
    trees = path_trees(graph)
    weight = np.where(np.isfinite(trees.time), rng.normal(size=(12, 12)), 0.0)
    new = rng.permutation(12)
    shuffle = rng.permutation(graph.tail.size)
    arcs = Graph.from_links(
        12, new[graph.tail[shuffle]], new[graph.head[shuffle]], graph.time[shuffle], oneway=np.ones(shuffle.size, bool),
        link=graph.link[shuffle],
    )  # fmt: skip
    moved = path_trees(arcs)
    other = np.zeros_like(weight)
    other[np.ix_(new, new)] = weight
    np.testing.assert_allclose(moved.time[np.ix_(new, new)], trees.time)
    np.testing.assert_allclose(moved.sweep(other), trees.sweep(weight), atol=1e-12)
    np.testing.assert_array_equal(moved.kinked(), trees.kinked())


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, whole=st.booleans(), zeros=st.booleans())
def test_links_times_their_load_sum_to_the_times(seed, whole, zeros):
    """Euler: times are homogeneous of degree one in the link times, so that G t = sum_l t_l dG/dt_l."""
    graph, rng = random_graph(seed, whole=whole, zeros=zeros)
    trees = path_trees(graph)
    weight = np.where(np.isfinite(trees.time), rng.random((12, 12)), 0.0)
    total = (weight * np.where(weight > 0, trees.time, 0.0)).sum()
    assert trees.sweep_arcs(weight) @ graph.time == pytest.approx(total, rel=1e-12)


def test_line_ring_and_star_in_closed_form():
    n = 6
    number = np.arange(n - 1)
    every = np.ones((n, n))
    line = path_trees(Graph.from_links(n, number, number + 1, np.ones(n - 1)))
    np.testing.assert_array_equal(line.sweep(every), 2.0 * (number + 1) * (n - 1 - number))
    star = path_trees(Graph.from_links(n, np.zeros(n - 1), number + 1, np.ones(n - 1)))
    np.testing.assert_array_equal(star.sweep(every), np.full(n - 1, 2.0 * (n - 1)))
    for size in (6, 7):  # with six places the opposite one is tied, and every link must still be like every other
        around = np.arange(size)
        ring = path_trees(Graph.from_links(size, around, (around + 1) % size, np.ones(size)))
        np.testing.assert_allclose(ring.sweep(np.ones((size, size))), ring.time.sum() / size, rtol=1e-15)
        assert ring.kinked().all() == (size == 6)
        assert ring.tied.all() == (size == 6)


def test_kinked_marks_both_ways_and_nothing_else():
    """A square 0-1-3, 0-2-3 with a tail 3-4: the tail has no other way."""
    a, b = [0, 1, 0, 2, 3], [1, 3, 2, 3, 4]
    even = path_trees(Graph.from_links(5, a, b, [1.0, 2.0, 2.0, 1.0, 4.0]))
    np.testing.assert_array_equal(even.kinked(), [True, True, True, True, False])
    odd = path_trees(Graph.from_links(5, a, b, [1.0, 2.01, 2.02, 1.0, 4.0]))
    assert not odd.kinked(1e-4).any()
    np.testing.assert_array_equal(odd.kinked(0.01), [True, True, True, True, False])


def test_a_tree_has_no_kink_at_any_tolerance():
    tree = path_trees(Graph.from_links(5, [0, 1, 1, 3], [1, 2, 3, 4], [1.0, 0.0, 2.0, 1e-9]))
    assert not tree.kinked(10.0).any()


def test_ties_share_equally():
    trees = path_trees(Graph.from_links(4, [0, 1, 0, 2], [1, 3, 2, 3], np.ones(4)))
    weight = np.zeros((4, 4))
    weight[0, 3] = 1.0
    np.testing.assert_array_equal(trees.sweep(weight), np.full(4, 0.5))


def test_several_weights_at_once_and_any_number_of_threads():
    graph, rng = random_graph(3, n=300, m=1200)
    one, two = path_trees(graph, threads=1), path_trees(graph, threads=2)
    np.testing.assert_array_equal(one.time, two.time)
    np.testing.assert_array_equal(one.entry, two.entry)
    weight = np.where(np.isfinite(one.time), rng.normal(size=(3, 300, 300)), 0.0)
    together = two.sweep(weight, threads=2)
    np.testing.assert_array_equal(together, one.sweep(weight, threads=1))
    np.testing.assert_allclose(together, np.stack([one.sweep(g) for g in weight]), rtol=1e-12, atol=1e-10)


def test_sources_and_targets_are_rows_and_columns():
    graph, _ = random_graph(8, m=60)
    whole = path_trees(graph)
    part = path_trees(graph, sources=[4, 1], targets=[0, 4, 7])
    np.testing.assert_array_equal(part.time, whole.time[np.ix_([4, 1], [0, 4, 7])])
    weight, wide = np.arange(6.0).reshape(2, 3), np.zeros((12, 12))
    wide[np.ix_([4, 1], [0, 4, 7])] = weight
    np.testing.assert_allclose(part.sweep(weight), whole.sweep(wide), atol=1e-13)


def test_one_node_no_links_and_unreachable_pairs():
    alone = path_trees(Graph.from_links(1, [], [], []))
    np.testing.assert_array_equal(alone.time, [[0.0]])
    assert alone.sweep([[5.0]]).shape == (0,)
    apart = path_trees(Graph.from_links(3, [0], [1], [2.0]))
    assert np.isinf(apart.time[0, 2])
    with pytest.raises(InputError, match="4 pairs have a weight but no way"):
        apart.sweep(np.ones((3, 3)))
    np.testing.assert_array_equal(apart.sweep(np.where(np.isfinite(apart.time), 1.0, 0.0)), [2.0])


def test_bad_graphs_and_weights_are_refused_with_everything_wrong():
    with pytest.raises(InputError, match=r"outside 0 .. 2; 1 links join a node to itself.*; 2 times are negative"):
        Graph.from_links(3, [0, 1, 2], [3, 1, 0], [1.0, -1.0, np.nan])
    graph = Graph.from_links(3, [0, 1], [1, 2], [1.0, 2.0])
    with pytest.raises(InputError, match="sources must be nodes"):
        path_trees(graph, sources=[3])
    with pytest.raises(InputError, match="expected"):
        path_trees(graph).sweep(np.ones((2, 3)))
    with pytest.raises(InputError, match="not finite"):
        path_trees(graph).sweep(np.full((3, 3), np.nan))
    with pytest.raises(InputError, match="shape"):
        graph.with_time([1.0])
