"""Clusters against scikit-learn, the tree against networkx, lines by hand."""

import numpy as np
import pytest

from megaregion.core.alignments import along_line, density_clusters, longest_gap, spanning_tree
from megaregion.errors import InputError


def test_dense_points_cluster_as_in_scikit_learn() -> None:
    """The same dense points fall into the same clusters, and the same points are loose."""
    cluster = pytest.importorskip("sklearn.cluster")
    rng = np.random.default_rng(6)
    xy = np.vstack([rng.normal(c, 0.4, (40, 2)) for c in ((0, 0), (3, 0), (1, 4))] + [rng.uniform(-3, 7, (60, 2))])
    want = cluster.DBSCAN(eps=0.45, min_samples=5).fit(xy)
    got = density_clusters(xy, radius=0.45, least=5)
    dense = want.core_sample_indices_
    pairs = {(int(a), int(b)) for a, b in zip(want.labels_[dense], got[dense], strict=True)}
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs}) >= 3
    assert ((got < 0) == (want.labels_ < 0)).all()


def test_clusters_do_not_hang_on_the_order_of_points() -> None:
    rng = np.random.default_rng(7)
    xy = rng.uniform(0, 5, (80, 2))
    base = density_clusters(xy, radius=0.6, least=4)
    order = rng.permutation(80)
    moved = density_clusters(xy[order], radius=0.6, least=4)
    assert len(set(zip(base[order], moved, strict=True))) == len(set(base))


def test_a_border_point_joins_the_nearest_dense_point() -> None:
    """Two rows of four points; the one between has one of each near it, is not dense, and nearer to the right row."""
    xy = np.column_stack([[0, 0.3, 0.6, 0.9, 1.8, 2.6, 2.9, 3.2, 3.5], np.zeros(9)])
    assert density_clusters(xy, radius=0.95, least=4).tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 1]
    assert density_clusters(xy[:3], radius=0.2, least=2).tolist() == [-1, -1, -1]


def test_tree_is_the_shortest() -> None:
    networkx = pytest.importorskip("networkx")
    xy = np.random.default_rng(3).uniform(0, 1, (12, 2))
    graph = networkx.Graph()
    for a in range(12):
        for b in range(a):
            graph.add_edge(a, b, weight=float(np.hypot(*(xy[a] - xy[b]))))
    want = networkx.minimum_spanning_tree(graph)
    assert {tuple(e) for e in spanning_tree(xy)} == {(min(e), max(e)) for e in want.edges}
    assert spanning_tree(xy[:1]).shape == (0, 2)


def test_along_a_line_by_hand() -> None:
    way, off = along_line(np.array([[3.0, 4.0], [0.0, 5.0], [-3.0, -4.0]]), np.zeros(2), np.array([6.0, 8.0]))
    np.testing.assert_allclose(way, [5, 4, -5])
    np.testing.assert_allclose(off, [0, 3, 0], atol=1e-12)
    assert longest_gap(np.array([2.0, 7.0, -1.0, 12.0]), 10.0) == 5.0
    assert longest_gap(np.array([]), 10.0) == 10.0


def test_what_is_refused() -> None:
    with pytest.raises(InputError, match="radius > 0"):
        density_clusters(np.zeros((3, 2)), radius=0.0, least=3)
    with pytest.raises(InputError, match="same middle"):
        spanning_tree(np.zeros((2, 2)))
