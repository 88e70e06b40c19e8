"""Contraction hierarchies give what Dijkstra gives, on every kind of graph."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from megaregion.core.contraction import ContractionHierarchy, key_of
from megaregion.core.path_trees import Graph
from megaregion.errors import InputError


def slow(graph: Graph, sources, no_through=None) -> np.ndarray:
    """Dijkstra of scipy on whole numbers; zero costs are shifted by one and the number of arcs is not needed, because
    costs are multiplied so that the shift cannot add up to one."""
    cost = np.rint(graph.time).astype(np.int64)
    scale = 2 * graph.nodes + 2
    frame: dict[tuple[int, int], int] = {}
    for t, h, c in zip(graph.tail.tolist(), graph.head.tolist(), cost.tolist(), strict=True):
        frame[t, h] = min(c, frame.get((t, h), c))
    rows = []
    for source in sources:
        edges = {(t, h): c for (t, h), c in frame.items() if no_through is None or not no_through[t] or t == source}
        keys = np.array(list(edges) or [(0, 0)])
        values = np.array(list(edges.values()) or [0]) * scale + 1.0
        matrix = coo_matrix((values, (keys[:, 0], keys[:, 1])), shape=(graph.nodes, graph.nodes)).tocsr()
        found = dijkstra(matrix, indices=source)
        rows.append(np.where(np.isinf(found), np.inf, np.floor(found / scale)))
    return np.array(rows)


def drawn(number: int, *, nodes: int = 60, arcs: int = 160, most: int = 9, oneway: float = 0.5) -> Graph:
    rng = np.random.default_rng(number)
    start, end = rng.integers(0, nodes, (2, arcs))
    apart = start != end
    return Graph.from_links(
        nodes, start[apart], end[apart], rng.integers(0, most + 1, apart.sum()), oneway=rng.random(apart.sum()) < oneway
    )


def grid(side: int, number: int) -> Graph:
    rng = np.random.default_rng(number)
    at = np.arange(side * side).reshape(side, side)
    start = np.r_[at[:, :-1].ravel(), at[:-1].ravel()]
    end = np.r_[at[:, 1:].ravel(), at[1:].ravel()]
    return Graph.from_links(side * side, start, end, rng.integers(0, 5, start.size))


GRAPHS = {
    **{f"drawn-{k}": drawn(k) for k in range(6)},  # zero costs, parallel arcs, one-ways, unreachable nodes
    "sparse": drawn(11, arcs=40),
    "dense": drawn(12, nodes=25, arcs=500),
    "all-zero": drawn(13, most=0),
    "grid": grid(9, 1),
    "no-arcs": Graph.from_links(5, [], [], []),
    "one-node": Graph.from_links(1, [], [], []),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_equal_to_dijkstra(name: str) -> None:
    graph = GRAPHS[name]
    every = np.arange(graph.nodes)
    found = ContractionHierarchy.build(graph, resolution=1.0).times(every, every)
    np.testing.assert_array_equal(found, slow(graph, every))


@pytest.mark.parametrize("name", [n for n in GRAPHS if n.startswith("drawn") or n == "grid"])
def test_no_way_leads_through_closed_nodes(name: str) -> None:
    graph = GRAPHS[name]
    closed = np.random.default_rng(3).random(graph.nodes) < 0.3
    every = np.arange(graph.nodes)
    found = ContractionHierarchy.build(graph, resolution=1.0, no_through=closed).times(every, every)
    np.testing.assert_array_equal(found, slow(graph, every, closed))
    assert (found != slow(graph, every)).any()


@pytest.mark.parametrize("name", [n for n in GRAPHS if n != "no-arcs" and n != "one-node"])
def test_ways_are_chains_of_arcs_with_the_time_of_the_way(name: str) -> None:
    graph = GRAPHS[name]
    hierarchy = ContractionHierarchy.build(graph, resolution=1.0)
    every = np.arange(graph.nodes)
    expected = slow(graph, every)
    for source in range(0, graph.nodes, 3):
        for target in range(graph.nodes):
            time, arcs = hierarchy.path(source, target)
            assert time == expected[source, target]
            if arcs.size:
                assert graph.tail[arcs[0]] == source and graph.head[arcs[-1]] == target
                np.testing.assert_array_equal(graph.head[arcs[:-1]], graph.tail[arcs[1:]])
                assert graph.time[arcs].sum() == time
            else:
                assert source == target or np.isinf(time)


def test_other_times_in_the_known_order() -> None:
    graph = GRAPHS["grid"]
    hierarchy = ContractionHierarchy.build(graph, resolution=1.0)
    other = replace(graph, time=np.random.default_rng(9).integers(0, 30, graph.time.size).astype(float))
    every = np.arange(graph.nodes)
    again = hierarchy.customised(other)
    np.testing.assert_array_equal(again.times(every, every), slow(other, every))
    assert again.key == key_of(other, resolution=1.0) != hierarchy.key
    np.testing.assert_array_equal(again.place, hierarchy.place)


def test_customising_needs_the_same_nodes() -> None:
    hierarchy = ContractionHierarchy.build(GRAPHS["grid"], resolution=1.0)
    with pytest.raises(InputError, match="only times may change"):
        hierarchy.customised(GRAPHS["sparse"])


def test_more_sources_than_lanes_repeated_nodes_and_threads() -> None:
    graph = grid(12, 4)
    hierarchy = ContractionHierarchy.build(graph, resolution=1.0)
    rng = np.random.default_rng(2)
    sources, targets = rng.integers(0, graph.nodes, 101), rng.integers(0, graph.nodes, 33)
    expected = slow(graph, sources)[:, targets]
    for threads in (1, 2, 5):
        np.testing.assert_array_equal(hierarchy.times(sources, targets, threads=threads), expected)
    assert hierarchy.times([], targets).shape == (0, 33) and hierarchy.times(sources, []).shape == (101, 0)


def test_stored_and_restored() -> None:
    graph = GRAPHS["drawn-1"]
    hierarchy = ContractionHierarchy.build(graph, resolution=0.5)
    again = ContractionHierarchy.from_arrays(hierarchy.arrays())
    every = np.arange(graph.nodes)
    np.testing.assert_array_equal(again.times(every, every), hierarchy.times(every, every))
    assert again.key == hierarchy.key == key_of(graph, resolution=0.5)
    parts = hierarchy.arrays()
    with pytest.raises(InputError, match="version 0"):
        ContractionHierarchy.from_arrays({**parts, "version": np.array([0])})
    del parts["up_cost"]
    with pytest.raises(InputError, match="up_cost"):
        ContractionHierarchy.from_arrays(parts)


def test_times_are_rounded_not_cut() -> None:
    rng = np.random.default_rng(8)
    graph = replace(GRAPHS["grid"], time=rng.random(GRAPHS["grid"].time.size) * 3.0 + 0.5)
    unit, every = 0.01, np.arange(GRAPHS["grid"].nodes)
    hierarchy = ContractionHierarchy.build(graph, resolution=unit)
    matrix = coo_matrix((graph.time, (graph.tail, graph.head)), shape=(graph.nodes, graph.nodes)).tocsr()
    gap = hierarchy.times(every, every) - dijkstra(matrix)
    bound = hierarchy.resolution.error(graph.nodes - 1)
    assert np.abs(gap).max() <= bound
    # truncation would make every way shorter; rounding errs to both sides
    assert gap.min() < 0 < gap.max()


def test_what_cannot_be_counted_is_refused() -> None:
    graph = replace(GRAPHS["grid"], time=GRAPHS["grid"].time + 1e6)
    with pytest.raises(InputError, match="take a resolution of"):
        ContractionHierarchy.build(graph, resolution=1e-3)
    with pytest.raises(InputError, match="coarser"):
        ContractionHierarchy.build(graph, resolution=1e-6)
    with pytest.raises(InputError, match="above zero"):
        ContractionHierarchy.build(graph, resolution=0.0)
    with pytest.raises(InputError, match="no_through"):
        ContractionHierarchy.build(GRAPHS["grid"], resolution=1.0, no_through=[True])
    with pytest.raises(InputError, match="nodes must be"):
        ContractionHierarchy.build(GRAPHS["grid"], resolution=1.0).times([0], [999])
