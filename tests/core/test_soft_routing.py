"""Soft routing against the dense inverse, closed forms, differences, and shortest paths in the limit."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.path_trees import Graph, path_trees
from megaregion.core.soft_routing import soft_trees, spectral_radius
from megaregion.errors import InputError, SolveError

SEEDS = st.integers(0, 100_000)


def network(seed, n=9, extra=8):
    """A ring with chords, so that all is connected; costs around one."""
    rng = np.random.default_rng(seed)
    a = np.r_[np.arange(n), rng.integers(0, n, extra)]
    b = np.r_[(np.arange(n) + 1) % n, (a[n:] + rng.integers(2, n - 1, extra)) % n]
    oneway = np.r_[np.zeros(n, bool), rng.random(extra) < 0.5]
    return Graph.from_links(n, a, b, rng.uniform(0.6, 2.0, n + extra), oneway=oneway), rng


def dense(graph, theta):
    a = np.zeros((graph.nodes, graph.nodes))
    np.add.at(a, (graph.tail, graph.head), np.exp(-theta * graph.time))
    return a, np.linalg.inv(np.eye(graph.nodes) - a)


@settings(max_examples=50, deadline=None)
@given(seed=SEEDS, theta=st.floats(2.2, 12.0))
def test_equals_the_inverse_and_the_published_gradient(seed, theta):
    """Allen and Arkolakis (2022): tau = B^(-1/theta); sum G dln tau / dln t_kl = A_kl [B' (G / B) B']_kl."""
    graph, rng = network(seed)
    _a, b = dense(graph, theta)
    weight = rng.normal(size=b.shape)
    soft = soft_trees(graph, theta)
    np.testing.assert_allclose(soft.time, -np.log(b) / theta, rtol=1e-11, atol=1e-12)
    inner = b.T @ (weight / b) @ b.T
    want = np.exp(-theta * graph.time) * inner[graph.tail, graph.head]
    np.testing.assert_allclose(soft.sweep_arcs(weight), want, atol=1e-10 * np.abs(want).max())
    np.testing.assert_allclose(soft.sweep(weight), np.bincount(graph.link, want), atol=1e-10 * np.abs(want).max())


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS, theta=st.floats(2.2, 20.0))
def test_gradient_and_second_derivatives_equal_differences(seed, theta):
    graph, rng = network(seed)
    soft = soft_trees(graph, theta)
    weight, z = rng.normal(size=(9, 9)), rng.normal(size=graph.tail.size)
    step = 1e-5

    def at(sign):
        return soft_trees(graph.with_time(graph.time + sign * step * z), theta)

    up, down = at(1), at(-1)
    slope, moved = soft.tangent(z, weight)
    np.testing.assert_allclose(slope, (up.time - down.time) / (2 * step), atol=1e-7 * np.abs(z).max())
    usage = (up.sweep_arcs(weight) - down.sweep_arcs(weight)) / (2 * step)
    np.testing.assert_allclose(moved, usage, atol=1e-6 * max(1.0, np.abs(usage).max()))
    assert soft.sweep_arcs(weight) @ z == pytest.approx(float((weight * slope).sum()), rel=1e-9, abs=1e-9)


def test_second_derivatives_are_symmetric_and_negative():
    """They belong to the concave function sum X tau."""
    graph, rng = network(4)
    soft, flow = soft_trees(graph, 5.0), np.random.default_rng(5).random((9, 9))
    one, other = rng.normal(size=(2, graph.tail.size))
    first, second = soft.tangent(one, flow)[1], soft.tangent(other, flow)[1]
    assert first @ other == pytest.approx(second @ one, rel=1e-10)
    assert first @ one < 0 and second @ other < 0


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS)
def test_sharp_routing_is_the_shortest_path_without_overflow(seed):
    """At theta = 1e6 the entries of A are far below the least double; the limit is the all-or-nothing sweep."""
    graph, rng = network(seed)
    hard, soft = path_trees(graph), soft_trees(graph, 1e6)
    weight = rng.normal(size=(9, 9))
    np.testing.assert_allclose(soft.time, hard.time, atol=1e-5)
    assert not soft.warnings
    clear = ~hard.kinked(1e-4)
    np.testing.assert_allclose(soft.sweep(weight)[clear], hard.sweep(weight)[clear], atol=1e-12)


def test_two_places_in_closed_form():
    """B_12 = a / (1 - a^2), a = exp(-theta c), hence dln tau_12 / dc = (1 + a^2) / (1 - a^2)."""
    theta, c = 1.5, 0.8
    a = np.exp(-theta * c)
    soft = soft_trees(Graph.from_links(2, [0], [1], [c]), theta)
    assert soft.time[0, 1] == pytest.approx(c + np.log(1 - a**2) / theta, rel=1e-13)
    assert soft.time[0, 0] == pytest.approx(np.log(1 - a**2) / theta, rel=1e-12)
    np.testing.assert_allclose(soft.sweep([[0.0, 1.0], [0.0, 0.0]]), [(1 + a**2) / (1 - a**2)], rtol=1e-13)
    assert soft.radius == pytest.approx((a, a), rel=1e-8)


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, theta=st.floats(2.5, 300.0))
def test_bounds_hold_the_spectral_radius(seed, theta):
    graph, _ = network(seed)
    a, _ = dense(graph, theta)
    true = np.abs(np.linalg.eigvals(a)).max()
    low, high = spectral_radius(graph, theta)
    assert low <= true * (1 + 1e-6) and high >= true * (1 - 1e-6)
    assert high == pytest.approx(true, rel=1e-3)


def test_a_two_cycle_does_not_stop_the_radius():
    """A path of three nodes has the eigenvalues 0 and +- a sqrt(2)."""
    low, high = spectral_radius(Graph.from_links(3, [0, 1], [1, 2], [1.0, 1.0]), 2.0)
    assert low == pytest.approx(np.exp(-2.0) * np.sqrt(2.0), rel=1e-8) == high


def test_relabelling_permutes():
    graph, rng = network(7)
    new, weight = rng.permutation(9), rng.normal(size=(9, 9))
    moved = Graph.from_links(
        9, new[graph.tail], new[graph.head], graph.time, oneway=np.ones(graph.tail.size, bool), link=graph.link
    )
    other = np.zeros_like(weight)
    other[np.ix_(new, new)] = weight
    np.testing.assert_allclose(soft_trees(moved, 4.0).sweep(other), soft_trees(graph, 4.0).sweep(weight), atol=1e-12)


def test_soft_costs_lie_below_the_shortest_path_and_say_so():
    graph, _ = network(2)
    soft = soft_trees(graph, 3.0)
    assert (soft.bias >= 0).all()
    assert "below the shortest path" in soft.warnings[0]
    assert (soft_trees(graph, 6.0).bias < soft.bias).all()


def test_pairs_without_a_way_and_single_nodes():
    soft = soft_trees(Graph.from_links(3, [0], [1], [1.0], oneway=[True]), 2.0)
    assert soft.time[0, 1] == pytest.approx(1.0) and np.isinf(soft.time[1, 0]) and np.isinf(soft.time[0, 2])
    np.testing.assert_allclose(soft.sweep(np.where(np.isfinite(soft.time), 1.0, 0.0)), [1.0])
    with pytest.raises(InputError, match="no way between them"):
        soft.sweep(np.ones((3, 3)))
    np.testing.assert_array_equal(soft_trees(Graph.from_links(1, [], [], []), 2.0).time, [[0.0]])


def test_too_soft_is_refused():
    graph, _ = network(1)
    with pytest.raises(SolveError, match="spectral radius"):
        soft_trees(graph, 0.5)
    with pytest.raises(SolveError, match="spectral radius"):
        soft_trees(Graph.from_links(2, [0], [1], [0.0]), 5.0)
    with pytest.raises(InputError, match="theta"):
        soft_trees(graph, 0.0)
    with pytest.raises(InputError, match="direction"):
        soft_trees(graph, 5.0).tangent(np.ones(2), np.ones((9, 9)))


def test_radius_of_the_german_graph(shared_data):
    """Six nearest counties, t = exp(km / 250), theta = 60: rho(A) = .7256 in an independent dense computation.

    The scale of 250 km is what that number implies; the gradient -.894 printed with it belongs to weights that were
    not kept and is not reproduced.
    """
    from megaregion.equilibrium.network import LinkNetwork

    data = np.load(shared_data / "reference" / "spatial-equilibrium" / "mrrh_germany_input.npz")
    km = pd.DataFrame(data["distance_m"] / 1000, index=data["region_id"], columns=data["region_id"])
    low, high = spectral_radius(LinkNetwork.from_distances(km).graph, 60 / 250)
    assert round(low, 4) == round(high, 4) == 0.7256
