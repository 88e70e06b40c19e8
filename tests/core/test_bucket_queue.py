"""The bucket queue gives what the contraction hierarchy and scipy give, and trees whose ways add up."""

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from megaregion.core.bucket_queue import BucketQueue
from megaregion.core.contraction import ContractionHierarchy
from megaregion.core.path_trees import Graph
from megaregion.errors import InputError


def drawn(number: int, most: int, nodes: int = 80, arcs: int = 240) -> Graph:
    rng = np.random.default_rng(number)
    start, end = rng.integers(0, nodes, (2, arcs))
    apart = start != end
    cost = np.floor(most ** rng.random(apart.sum()))  # many orders of magnitude: nodes are corrected inside of buckets
    return Graph.from_links(nodes, start[apart], end[apart], cost, oneway=rng.random(apart.sum()) < 0.5)


@pytest.mark.parametrize("most", [1, 7, 1000, 10_000_000])
@pytest.mark.parametrize("number", range(4))
def test_equal_to_dijkstra_and_ways_add_up(number: int, most: int) -> None:
    graph = drawn(number, most)
    order = np.lexsort((-graph.time, graph.head, graph.tail))  # of parallel arcs scipy would add the costs
    keep = np.r_[(np.diff(graph.tail[order]) != 0) | (np.diff(graph.head[order]) != 0), True]
    rows = order[keep]
    matrix = coo_matrix((graph.time[rows], (graph.tail[rows], graph.head[rows])), shape=(80, 80)).tocsr()
    queue = BucketQueue.of(graph, resolution=1.0)
    for source in (0, 17, 79):
        tree = queue.tree(source)
        np.testing.assert_array_equal(tree.time, dijkstra(matrix, indices=source))
        for target in range(80):
            arcs = tree.path(target)
            if arcs.size:
                assert graph.tail[arcs[0]] == source and graph.head[arcs[-1]] == target
                np.testing.assert_array_equal(graph.head[arcs[:-1]], graph.tail[arcs[1:]])
                assert graph.time[arcs].sum() == tree.time[target]
            else:
                assert target == source or np.isinf(tree.time[target])


def test_zero_costs() -> None:
    graph = Graph.from_links(4, [0, 1, 2], [1, 2, 0], [0.0, 0.0, 0.0], oneway=[True, True, True])
    np.testing.assert_array_equal(BucketQueue.of(graph, resolution=1.0).tree(1).time, [0, 0, 0, np.inf])


def test_closed_nodes_are_not_passed() -> None:
    for number in range(4):
        graph = drawn(number, 50)
        closed = np.random.default_rng(number).random(80) < 0.4
        hierarchy = ContractionHierarchy.build(graph, resolution=1.0, no_through=closed)
        queue = BucketQueue.of(graph, resolution=1.0, no_through=closed)
        found = np.stack([queue.tree(s).time for s in range(80)])
        np.testing.assert_array_equal(found, hierarchy.times(np.arange(80), np.arange(80)))


def test_a_full_queue_is_made_larger(monkeypatch) -> None:
    from megaregion.core import bucket_queue

    graph = drawn(3, 1000)
    whole = BucketQueue.of(graph, resolution=1.0).tree(5).time
    given = bucket_queue._work
    asked = []

    def small(room: int, buckets: int):
        asked.append(room)
        return given(max(room * 4 // graph.head.size, 1), buckets)

    monkeypatch.setattr(bucket_queue, "_work", small)
    np.testing.assert_array_equal(BucketQueue.of(graph, resolution=1.0).tree(5).time, whole)
    assert len(asked) > 1


def test_bad_input() -> None:
    graph = drawn(1, 10)
    with pytest.raises(InputError, match="node must be"):
        BucketQueue.of(graph, resolution=1.0).tree(80)
    with pytest.raises(InputError, match="coarser"):
        BucketQueue.of(graph, resolution=1e-12)
    with pytest.raises(InputError, match="no_through"):
        BucketQueue.of(graph, resolution=1.0, no_through=[True])
    alone = BucketQueue.of(Graph.from_links(2, [], [], []), resolution=1.0).tree(1)
    assert alone.time.tolist() == [np.inf, 0.0] and alone.path(0).size == 0
