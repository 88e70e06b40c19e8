"""Savings of every link against a new search after each change."""

from dataclasses import replace

import numpy as np
import pytest

from megaregion.core.contraction import ContractionHierarchy
from megaregion.core.link_savings import link_savings
from megaregion.core.path_trees import Graph
from megaregion.errors import InputError


def drawn(number: int, nodes: int = 40, arcs: int = 110) -> Graph:
    rng = np.random.default_rng(number)
    start, end = rng.integers(0, nodes, (2, arcs))
    apart = start != end
    return Graph.from_links(
        nodes, start[apart], end[apart], rng.integers(0, 12, apart.sum()) * 5, oneway=rng.random(apart.sum()) < 0.3
    )


def anew(graph: Graph, zones, demand, factor: float, closed) -> np.ndarray:
    def total(g: Graph) -> float:
        time = ContractionHierarchy.build(g, resolution=1.0, no_through=closed).times(zones, zones)
        known = np.isfinite(time) & ~np.eye(len(zones), dtype=bool)
        return float((demand[known] * time[known]).sum())

    before, out = total(graph), []
    for link in range(graph.links):
        time = np.where(graph.link == link, graph.time * factor, graph.time)
        out.append(before - total(replace(graph, time=time)))
    return np.array(out)


@pytest.mark.parametrize("closing", [False, True])
@pytest.mark.parametrize("number", range(4))
def test_equal_to_a_search_after_each_change(number: int, closing: bool) -> None:
    graph = drawn(number)
    rng = np.random.default_rng(number + 50)
    zones = rng.choice(graph.nodes, 15, replace=False)
    closed = None
    if closing:
        closed = np.zeros(graph.nodes, bool)
        closed[zones[:10]] = True
        closed[rng.integers(0, graph.nodes, 3)] = True
    demand = rng.integers(0, 9, (15, 15)).astype(float)
    hierarchy = ContractionHierarchy.build(graph, resolution=1.0, no_through=closed)
    found = link_savings(graph, hierarchy, zones, demand, factor=0.8)
    expected = anew(graph, zones, demand, 0.8, closed)
    np.testing.assert_array_equal(found.saving, expected)  # whole numbers: fives cut by a fifth
    assert (expected > 0).any() and 0 < found.touched < 1


def test_a_link_without_time_and_threads() -> None:
    graph = drawn(7)
    zones = np.arange(12)
    demand = np.ones((12, 12))
    hierarchy = ContractionHierarchy.build(graph, resolution=1.0)
    one = link_savings(graph, hierarchy, zones, demand, factor=0.0, threads=1)
    np.testing.assert_array_equal(one.saving, anew(graph, zones, demand, 0.0, None))
    two = link_savings(graph, hierarchy, zones, demand, factor=0.0, threads=3)
    np.testing.assert_array_equal(one.saving, two.saving)


def test_pairs_without_a_way_are_counted() -> None:
    graph = Graph.from_links(4, [0, 2], [1, 3], [10.0, 20.0])
    hierarchy = ContractionHierarchy.build(graph, resolution=1.0)
    found = link_savings(graph, hierarchy, [0, 1, 2, 3], np.ones((4, 4)), factor=0.5)
    assert found.unreachable == 8 and found.total == 60.0
    np.testing.assert_array_equal(found.saving, [10.0, 20.0])  # both directions


def test_bad_input() -> None:
    graph = drawn(1)
    hierarchy = ContractionHierarchy.build(graph, resolution=1.0)
    with pytest.raises(InputError, match=r"zones repeat.*demand has the shape.*factor must be"):
        link_savings(graph, hierarchy, [1, 1], np.ones((3, 3)), factor=1.0)
    with pytest.raises(InputError, match="not negative"):
        link_savings(graph, hierarchy, [0, 1], [[0.0, -1.0], [np.nan, 0.0]])
