"""Shortest paths on Chicago Regional: the checksum that several libraries agree on (1,790 x 1,790 centroids).

AequilibraE, scipy, igraph and NetworKit give 162572867.299 for the sum off the diagonal with cost = free-flow time
+ 0.1 toll + 0.25 length and no way through a centroid.
"""

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from tests.reference.chicago_regional import FOLDER, ZONES, chicago_regional

from megaregion.core.bucket_queue import BucketQueue
from megaregion.core.contraction import ContractionHierarchy

PUBLISHED = 162572867.299
UNIT = 1e-4  # costs are multiples of 1e-4 or finer; a way has some hundred arcs


@pytest.fixture(scope="module")
def network(shared_data):
    if not (shared_data / FOLDER).is_dir():  # free for academic use only, so it may not be shipped
        pytest.skip("the network Chicago Regional is not at hand (MEGAREGION_DATA)")
    return chicago_regional(shared_data)


@pytest.fixture(scope="module")
def found(network):
    graph, closed = network
    zones = np.arange(ZONES)
    return ContractionHierarchy.build(graph, resolution=UNIT, no_through=closed).times(zones, zones)


def test_checksum(found) -> None:
    total = found.sum() - np.trace(found)
    # every way is rounded by at most half a unit an arc, and ways have fewer than 400 arcs
    assert total == pytest.approx(PUBLISHED, abs=max(5e-4, 0.5 * UNIT * 400 * ZONES * ZONES))
    assert total == pytest.approx(PUBLISHED, rel=1e-6)  # errors of both signs cancel


def test_rows_are_those_of_dijkstra(network, found) -> None:
    graph, closed = network
    keep = ~closed[graph.tail]
    for zone in (0, 399, 1789):
        rows = keep | (graph.tail == zone)
        matrix = coo_matrix(
            (graph.time[rows], (graph.tail[rows], graph.head[rows])), shape=(graph.nodes, graph.nodes)
        ).tocsr()
        expected = dijkstra(matrix, indices=zone)[:ZONES]
        assert np.abs(found[zone] - expected).max() <= 0.5 * UNIT * 400


def test_bucket_queue_is_equal(network, found) -> None:
    graph, closed = network
    queue = BucketQueue.of(graph, resolution=UNIT, no_through=closed)
    for zone in (5, 1000):
        np.testing.assert_array_equal(queue.tree(zone).time[:ZONES], found[zone])
