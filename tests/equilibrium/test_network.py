"""Networks under the equilibrium: times as the report has them, sweeps against differences."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.equilibrium.drawn_networks import differences, distances

from megaregion.data import toy
from megaregion.data.scenario import AddLink
from megaregion.data.workspace import Workspace
from megaregion.equilibrium.network import LinkNetwork, by_time, cost, routes, times
from megaregion.errors import InputError, MissingDataError, SolveError
from megaregion.links.hard.times import times as door_to_door

SEEDS = st.integers(0, 100_000)


@pytest.fixture(scope="module")
def german(shared_data):
    data = np.load(shared_data / "reference" / "spatial-equilibrium" / "mrrh_germany_input.npz")
    return pd.DataFrame(data["distance_m"], index=data["region_id"], columns=data["region_id"])


def test_german_graph(german):
    """1,443 links from six nearest counties; the links that the specification names (rows from 1) are among them."""
    network = LinkNetwork.from_distances(german, unit="m")
    assert len(network.links) == 1443
    labels = german.index
    named = {frozenset((labels[a - 1], labels[b - 1]))
             for a, b in ((224, 239), (80, 84), (79, 89), (21, 23), (121, 167))}  # fmt: skip
    assert named <= {frozenset(pair) for pair in zip(network.links["from_node"], network.links["to_node"], strict=True)}
    found = routes(network)
    straight = german.to_numpy()
    assert (found.time >= straight * (1 - 1e-12)).all() and not found.warnings
    np.testing.assert_array_equal(np.diag(found.time), np.diag(straight))


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, theta=st.sampled_from([None, 0.6, 2.0]))
def test_from_costs_back_to_links(seed, theta):
    """d sum W (t^psi) / dt_link through cost, by_time and sweep, where no near-tie is."""
    table, rng = distances(9, seed)
    network = LinkNetwork.from_distances(table, nearest=5, theta=theta)  # 5 of 8 others cannot fall into two pieces
    weight, psi = rng.normal(size=(9, 9)), 0.42

    def total(net):
        return float((weight * cost(times(net), psi)).sum())

    found = routes(network)
    slope = found.sweep(by_time(weight * cost(found.time, psi), psi, found.time))
    smooth = ~found.kinked(1e-4)
    got = differences(total, network)
    np.testing.assert_allclose(slope[smooth], got[smooth], atol=2e-7 * np.abs(slope).max())


def test_several_right_hand_sides_and_own_times():
    table, rng = distances(8, 1)
    found = routes(LinkNetwork.from_distances(table, nearest=3))
    g = rng.normal(size=(2, 8, 8))
    np.testing.assert_allclose(found.sweep(g), np.stack([found.sweep(x) for x in g]), atol=1e-12)
    np.testing.assert_array_equal(found.sweep(g), found.sweep(g + 7 * np.eye(8)))
    assert (by_time(g, 0.4, found.time)[:, np.arange(8), np.arange(8)] == 0).all()


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS)
def test_a_faster_link_harms_nobody_and_no_change_is_exact(seed):
    table, rng = distances(10, seed)
    network = LinkNetwork.from_distances(table, nearest=5)
    name = network.links.index[rng.integers(len(network.links))]
    base = times(network)
    faster = times(network.scaled(name, 0.5))
    assert (faster <= base).all() and (faster < base).any()
    np.testing.assert_array_equal(times(network.scaled(name, 1.0)), base)
    np.testing.assert_array_equal(cost(base, 0.42, baseline=base), np.ones((10, 10)))


def test_scaled_takes_one_several_or_each_its_own():
    network = LinkNetwork.from_distances(distances(6, 2)[0], nearest=2)
    a, b = network.links.index[:2]
    time = network.links["time"]
    assert network.scaled(a, 0.5).links.loc[a, "time"] == time[a] / 2
    both = network.scaled([a, b], 0.5).links["time"]
    np.testing.assert_array_equal(both[[a, b]], time[[a, b]] / 2)
    each = network.scaled({a: 0.5, b: 2.0}).links["time"]
    assert each[a] == time[a] / 2 and each[b] == 2 * time[b]
    pd.testing.assert_series_equal(network.links["time"], time)
    with pytest.raises(InputError, match="1 links are not in the network: nowhere"):
        network.scaled(["nowhere"], 0.5)
    with pytest.raises(InputError, match="time must be above zero"):
        network.scaled(a, 0.0)


def test_through_nodes_and_one_way_links():
    links = pd.DataFrame(
        {
            "from_node": ["a", "x", "b"],
            "to_node": ["x", "b", "a"],
            "time": [1.0, 2.0, 9.0],
            "oneway": [False, True, True],
        },
        index=["ax", "xb", "ba"],
    )
    network = LinkNetwork.from_links(["a", "b"], links, [0.5, 0.5], through=["x"])
    np.testing.assert_array_equal(times(network), [[0.5, 3.0], [9.0, 0.5]])
    np.testing.assert_array_equal(routes(network).sweep([[0.0, 1.0], [10.0, 0.0]]), [1.0, 1.0, 10.0])


def test_kinks_and_missing_ways_are_said():
    square = pd.DataFrame({"from_node": list("aacd"), "to_node": list("cdbb"), "time": 1.0}, index=list("wxyz"))
    found = routes(LinkNetwork.from_links(list("abcd"), square, np.ones(4)))
    assert found.warnings[0].startswith("4 links lie on one of several equally short ways")
    apart = routes(LinkNetwork.from_links(list("abcde"), square, np.ones(5)))
    assert "8 pairs of places have no way" in apart.warnings[-1] and np.isinf(apart.time[4, 0])


@pytest.mark.parametrize("shape", ["line", "star", "ring", "island"])
def test_toys_by_rail_and_road_equal_the_report(shape):
    cluster = getattr(toy, shape)(5)
    network = LinkNetwork.from_cluster(cluster)
    np.testing.assert_allclose(times(network), door_to_door(cluster).time.to_numpy(), rtol=1e-13)


def test_the_shipped_region_and_a_new_leg_equal_the_report(examples):
    cluster = Workspace(examples / "yangtze-delta").cluster()
    network = LinkNetwork.from_cluster(cluster)
    np.testing.assert_allclose(times(network), door_to_door(cluster).time.to_numpy(), rtol=1e-13)
    first = network.links.iloc[0]
    change = AddLink(from_node=first["from_node"], to_node=first["to_node"], length_km=30.0, time_min=5.0, wait_min=2.0)
    after = change.apply(cluster)
    new = LinkNetwork.from_cluster(after)
    np.testing.assert_allclose(times(new), door_to_door(after).time.to_numpy(), rtol=1e-13)
    assert new.links.loc[f"{network.links.index[0]}+1", "time"] == 7.0
    assert new.links.index.is_unique and set(network.links.index) < set(new.links.index)


def test_sweep_over_legs_equals_differences_of_the_report():
    """Ten minutes off one leg of the line: as many pairs gain as the sweep counts, by ten minutes each."""
    cluster = toy.line(5)
    network = LinkNetwork.from_cluster(cluster)
    by_rail = door_to_door(cluster).rail.to_numpy() < door_to_door(cluster).road.to_numpy()
    used = routes(network).sweep(np.ones((5, 5)))
    leg = network.links.index.get_loc("n2--n3")
    crossing = np.zeros((5, 5), bool)
    crossing[:2, 2:] = True
    assert used[leg] == (by_rail & crossing).sum() > 0
    shorter = network.scaled("n2--n3", 1 - 10 / network.links.loc["n2--n3", "time"])
    assert (times(network) - times(shorter)).sum() >= 10 * used[leg] - 1e-9


def test_bad_input_names_everything():
    table, _ = distances(5, 3)
    with pytest.raises(InputError, match="nearest must lie between 1 and 4"):
        LinkNetwork.from_distances(table, nearest=5)
    with pytest.raises(InputError, match="1 distances are missing or not above zero"):
        LinkNetwork.from_distances(table.mask(np.eye(5, k=1).astype(bool) & (np.arange(5)[:, None] == 0)))
    skewed = table.copy()
    skewed.iloc[0, 1] *= 2
    with pytest.raises(InputError, match="differ by direction"):
        LinkNetwork.from_distances(skewed)
    with pytest.raises(InputError, match="square"):
        LinkNetwork.from_distances(table.iloc[:3])
    far = pd.DataFrame(np.kron(np.eye(2), np.ones((3, 3)) - 100.0) + 100.0)
    with pytest.raises(InputError, match="falls into pieces"):
        LinkNetwork.from_distances(far, nearest=2)
    with pytest.raises(InputError, match="lack the columns to_node, time"):
        LinkNetwork.from_links(["a"], pd.DataFrame({"from_node": ["a"]}), [1.0])
    links = pd.DataFrame({"from_node": ["a", "a"], "to_node": ["b", "z"], "time": [1.0, 1.0]}, index=["k", "l"])
    with pytest.raises(InputError, match=r"unknown nodes: \['z'\]"):
        LinkNetwork.from_links(["a", "b"], links, [1.0, 1.0])
    twice = links.iloc[[0, 0]].assign(time=[1.0, -1.0])
    with pytest.raises(InputError, match=r"link_id repeats: k; time must be above zero and finite: k; own_time"):
        LinkNetwork.from_links(["a", "b"], twice, [1.0, 0.0])
    with pytest.raises(InputError, match="theta"):
        LinkNetwork.from_links(["a", "b"], links.iloc[:1], [1.0, 1.0], theta=-1.0)
    with pytest.raises(InputError, match=r"expected \(1,\)"):
        LinkNetwork.from_links(["a", "b"], links.iloc[:1], [1.0, 1.0]).with_times([1.0, 2.0])


def test_places_without_area_and_too_soft_routing_are_refused():
    cluster = toy.line(4)
    places = cluster.places.copy()
    places.loc["c2", "area_km2"] = np.nan
    with pytest.raises(MissingDataError, match="c2"):
        LinkNetwork.from_cluster(cluster.replace(places=places))
    table, _ = distances(12, 4)
    with pytest.raises(SolveError, match="spectral radius"):
        routes(LinkNetwork.from_distances(table, nearest=3, theta=0.01))
