"""Congested times against their own traffic, closed forms and differences with each side solved anew."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.equilibrium.drawn_networks import differences, distances

from megaregion.data import toy
from megaregion.equilibrium.congestion import Congestion, congested, free_times, scaled_free
from megaregion.equilibrium.network import LinkNetwork, between, routes, times
from megaregion.errors import ConvergenceError, InputError

SEEDS = st.integers(0, 100_000)


def jammed(seed=5, **law):
    table, rng = distances(8, seed)
    network = LinkNetwork.from_distances(table, nearest=4, theta=0.6)  # half of the others: one piece
    flow = rng.lognormal(0.0, 1.0, (8, 8))
    return network, flow, Congestion(**{"strength": 0.092, "capacity": 5.0, **law}), rng


@pytest.mark.parametrize("law", [{}, {"cost_per_time": 0.42}, {"form": "power"}])
def test_congested_times_agree_with_their_traffic(law):
    network, flow, congestion, _ = jammed(**law)
    found = congested(network, flow, congestion)
    load = found.traffic / congestion.capacity
    grown = (load + (congestion.form == "one_plus")) ** (0.092 / law.get("cost_per_time", 1.0))
    np.testing.assert_allclose(found.graph.time, found.free * grown, rtol=1e-11)
    np.testing.assert_allclose(found.trees.sweep_arcs(between(flow)), found.traffic, rtol=1e-12)
    assert found.residual <= 1e-12 and found.iterations > 0


@pytest.mark.parametrize("law", [{}, {"strength": 0.3}, {"form": "power"}])
def test_derivatives_of_congested_times(law):
    """Central differences, each side solved anew, in the free times of the links and in the flows."""
    network, flow, congestion, rng = jammed(**law)
    weight = between(rng.normal(size=(8, 8)))

    def total(net, x=flow):
        return float((weight * congested(net, x, congestion, tolerance=1e-13).time).sum())

    found = congested(network, flow, congestion, tolerance=1e-13)
    want = differences(total, network, 1e-4)
    np.testing.assert_allclose(found.sweep(weight), want, atol=1e-6 * np.abs(want).max())
    np.testing.assert_allclose(found.sweep(np.stack([weight, 2 * weight]))[1], 2 * found.sweep(weight), rtol=1e-9)
    by_flow = found.by_flow(weight)
    for o, d in ((0, 5), (3, 1), (7, 2)):
        step = np.zeros((8, 8))
        step[o, d] = 1e-4 * flow[o, d]
        slope = (total(network, flow + step) - total(network, flow - step)) / (2 * step[o, d])
        assert slope == pytest.approx(by_flow[o, d], rel=1e-5, abs=1e-6 * np.abs(by_flow).max())


def test_congestion_of_one_link_in_closed_form():
    """Two places, hardly any detour: t = free (1 + X / K)^e in each direction by its own flow."""
    links = pd.DataFrame({"from_node": ["a"], "to_node": ["b"], "time": [10.0]}, index=["ab"])
    network = LinkNetwork.from_links(["a", "b"], links, [1.0, 1.0], theta=20.0)
    law = Congestion(strength=0.2, cost_per_time=0.4, capacity=4.0)
    found = congested(network, [[9.0, 4.0], [12.0, 9.0]], law)
    np.testing.assert_allclose(found.time, [[1.0, 10 * 2**0.5], [20.0, 1.0]], rtol=1e-12)
    assert found.sweep([[0.0, 1.0], [0.0, 0.0]]) == pytest.approx([2**0.5], rel=1e-12)
    np.testing.assert_allclose(found.by_flow([[0, 1], [0, 0]]), [[0, 0.5 * 10 * 2**0.5 / 8], [0, 0]], atol=1e-12)


def test_no_flow_and_no_strength_leave_the_times_alone():
    network, flow, congestion, rng = jammed()
    plain, weight = routes(network), rng.normal(size=(8, 8))
    for found in (congested(network, 0 * flow, congestion), congested(network, flow, Congestion(strength=0.0))):
        np.testing.assert_array_equal(found.time, plain.time)
    still = congested(network, flow, Congestion(strength=0.0))
    np.testing.assert_allclose(still.sweep(weight), plain.sweep(weight), rtol=1e-12)
    np.testing.assert_array_equal(still.by_flow(weight), np.zeros((8, 8)))


@settings(max_examples=8, deadline=None)
@given(seed=SEEDS)
def test_observed_times_are_the_congested_ones_of_their_free_times(seed):
    network, flow, congestion, _ = jammed(seed)
    free = free_times(network, flow, congestion)
    again = congested(network, flow, congestion, free=free)
    np.testing.assert_allclose(again.time, times(network), rtol=1e-11)
    less = congested(network, 0.5 * flow, congestion, free=free)
    assert less.graph.time.sum() < again.graph.time.sum()
    half = np.full(len(network.links), 0.5)
    np.testing.assert_array_equal(scaled_free(network, free, half), 0.5 * free)


def test_congestion_counts_the_connectors_as_free():
    """Access and roads of the multimodal graph do not congest; legs do."""
    network = LinkNetwork.from_cluster(toy.line(4), theta=1.0)
    flow = np.ones((4, 4))
    found = congested(network, flow, Congestion(strength=0.3))
    fixed = network.graph.link < 0
    np.testing.assert_array_equal(found.graph.time[fixed], network.graph.time[fixed])
    assert (found.graph.time[~fixed] > network.graph.time[~fixed]).any()


def test_congestion_refuses_what_it_cannot_do():
    network, flow, congestion, _ = jammed()
    with pytest.raises(InputError, match="soft routing"):
        congested(network.replace(theta=None), flow, congestion)
    with pytest.raises(InputError, match="flow must be finite"):
        congested(network, -flow, congestion)
    with pytest.raises(InputError, match="carry nothing"):
        congested(network, 0 * flow, Congestion(form="power"))
    with pytest.raises(InputError, match="free must be above zero"):
        congested(network, flow, congestion, free=[1.0])
    with pytest.raises(ConvergenceError):
        congested(network, flow, congestion, max_iterations=1)
    with pytest.raises(InputError, match=r"strength must be >= 0.*capacity must be > 0.*form must be one of"):
        Congestion(strength=-1.0, capacity=0.0, form="bpr")  # type: ignore[arg-type]
