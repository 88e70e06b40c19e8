"""Toy clusters have the answers that they promise."""

import math

import numpy as np
import pytest
from scipy.sparse.csgraph import shortest_path

from megaregion.core.sphere import matrix_km
from megaregion.data.cluster import Cluster, groups, units, values
from megaregion.data.toy import HOP_MIN, hops, island, line, ring, star, twins
from megaregion.errors import InputError

ALL = {"line": line(5), "star": star(6), "ring": ring(7), "twins": twins(), "island": island(5)}


@pytest.mark.parametrize("shape", sorted(ALL))
def test_closed_form_of_the_hops_equals_a_search_over_the_links(shape: str) -> None:
    cluster = ALL[shape]
    n = len(units(cluster))
    graph = np.full((n, n), np.inf)
    for row in cluster.links.itertuples():
        a, b = int(row.from_node[1:]) - 1, int(row.to_node[1:]) - 1
        graph[a, b] = graph[b, a] = row.time_min
    np.testing.assert_allclose(shortest_path(graph), HOP_MIN * hops(shape, n))


@pytest.mark.parametrize("shape", sorted(ALL))
def test_tables_agree_with_each_other(shape: str) -> None:
    cluster = ALL[shape]
    assert set(cluster.links["from_node"]) | set(cluster.links["to_node"]) <= set(cluster.nodes.index)
    assert set(cluster.nodes["place_id"]) <= set(units(cluster).index)
    assert len(cluster.services) == 2 * len(cluster.links)
    trains = cluster.flows["trains"]
    assert (trains.fillna(0) == trains.fillna(0).T).all(axis=None)
    assert trains.fillna(0).to_numpy().sum() == cluster.services["services_per_day"].sum()
    people = values(cluster, "population")
    np.testing.assert_allclose(people, units(cluster)["population"])
    assert people.sum() == pytest.approx(cluster.select("province")["population"].sum())
    assert set(groups(cluster)) == {"A", "B"}


def test_line_is_one_degree_apart_and_follows_zipf() -> None:
    """One degree of a great circle of R = 6371 km: 111.195 km."""
    frame = units(line(4))
    km = matrix_km(frame["lon"], frame["lat"])
    np.testing.assert_allclose(km, hops("line", 4) * 6371 * math.pi / 180, rtol=1e-9)
    np.testing.assert_allclose(frame["population"], 1e6 / np.arange(1, 5))


def test_star_and_ring_are_regular() -> None:
    """Places on a small circle around the origin: links of a star are equally long to 1e-4 on the sphere."""
    frame = units(star(6))
    to_leaves = matrix_km(frame["lon"], frame["lat"])[0, 1:]
    np.testing.assert_allclose(to_leaves, to_leaves[0], rtol=1e-4)
    assert units(ring(5))["population"].nunique() == 1


def test_island_has_no_station() -> None:
    cluster: Cluster = island(4)
    assert len(cluster.nodes) == 3
    assert "c4" not in set(cluster.nodes["place_id"])
    assert cluster.flows["trains"].loc["c4"].drop("c4").eq(0).all()


def test_twins_split_the_gdp() -> None:
    """Two million people at 10,000 CNY a head: 20,000 million CNY."""
    gdp = values(twins(0.75), "gdp")
    assert gdp.tolist() == [15_000.0, 5_000.0]


@pytest.mark.parametrize("make", [lambda: line(1), lambda: star(2), lambda: ring(2), lambda: island(2)])
def test_too_small_toys_are_refused(make: object) -> None:
    with pytest.raises(InputError):
        make()  # type: ignore[operator]


def test_unknown_shapes_and_shares_are_refused() -> None:
    with pytest.raises(InputError, match="torus"):
        hops("torus", 3)
    with pytest.raises(InputError, match="income_share"):
        twins(1.5)
