"""Multilayer: star and complete layers, known spectra, PageRank by a linear system, cascades at their threshold."""

import networkx as nx
import numpy as np
import pytest

from megaregion.core import multilayer as m
from megaregion.errors import InputError


def star(n: int) -> np.ndarray:
    out = np.zeros((n, n))
    out[0, 1:] = out[1:, 0] = 1.0
    return out


def complete(n: int) -> np.ndarray:
    return 1.0 - np.eye(n)


def same(n: int, k: int, weight: float) -> np.ndarray:
    return np.full((n, k, k), weight)


def test_star_and_complete_layers() -> None:
    """Centre: n - 1 in both, P = 1. Leaves: 1 and n - 1, P = 2 (1 - (1 + (n-1)^2) / n^2) = 4 (n - 1) / n^2."""
    n = 6
    degree = m.degrees([star(n), complete(n)])
    assert degree.sum(axis=0).tolist() == [10.0, *[6.0] * 5]
    assert m.participation(degree) == pytest.approx([1.0, *[4 * 5 / 36] * 5])
    assert m.jaccard([star(n), complete(n)])[0, 1] == pytest.approx(10 / 30)
    assert m.participation([[2.0, 0.0], [0.0, 0.0]]) == pytest.approx([0.0, np.nan], nan_ok=True)


def test_units_of_layers_do_not_matter() -> None:
    rng = np.random.default_rng(1)
    w = rng.uniform(0, 1, (2, 5, 5))
    for scale in ("row-shares", "layer-shares"):
        assert m.scaled([w[0], 1000 * w[1]], scale) == pytest.approx(m.scaled(w, scale))
    assert m.strengths(m.scaled(w, "layer-shares")).sum(axis=1) == pytest.approx([5.0, 5.0])
    assert m.scaled(w, "row-shares").sum(axis=2) == pytest.approx(np.ones((2, 5)))


@pytest.mark.parametrize("p", [0.01, 0.1])
def test_weak_joints_have_their_eigenvalue(p: float) -> None:
    """Gomez et al. 2013: 2 p below the transition, for any two connected layers."""
    assert m.algebraic_connectivity([star(6), complete(6)], same(6, 2, p)) == pytest.approx(2 * p, rel=1e-9)


def test_strong_joints_make_one_network() -> None:
    """Two equal layers: never above the layer's own; star: 1, complete: n."""
    assert m.algebraic_connectivity([star(6)] * 2, same(6, 2, 50.0)) == pytest.approx(1.0)
    assert m.algebraic_connectivity([complete(6)] * 2, same(6, 2, 50.0)) == pytest.approx(6.0)
    assert m.algebraic_connectivity([star(6), complete(6)], same(6, 2, 0.0)) == pytest.approx(0.0, abs=1e-12)


def test_one_layer_is_the_usual_pagerank() -> None:
    graph = nx.gnp_random_graph(15, 0.2, seed=4, directed=True)
    w = nx.to_numpy_array(graph)
    want = nx.pagerank(graph, alpha=0.85, tol=1e-13)
    assert m.versatility(w[None], same(15, 1, 0.0)) == pytest.approx([want[k] for k in range(15)], abs=1e-9)
    assert m.versatility([w, w], same(15, 2, 0.0)) == pytest.approx([want[k] for k in range(15)], abs=1e-9)


def test_versatility_solves_its_linear_system() -> None:
    """All copies written out as one matrix, dangling ones starting anywhere."""
    rng, k, n = np.random.default_rng(3), 3, 6
    w = rng.uniform(0, 1, (k, n, n)) * (rng.random((k, n, n)) < 0.4)
    w[:, np.arange(n), np.arange(n)] = 0
    w[1, 2] = 0.0  # nothing leaves place 2 in layer 1: nobody changes into it, who is there changes
    w[:, 4] = 0.0
    join = rng.uniform(0, 1, (n, k, k))
    step = np.zeros((k * n, k * n))
    for a in range(k):
        for i in range(n):
            if w[a, i].sum() > 0:
                step[a * n + i, a * n : (a + 1) * n] = w[a, i] / w[a, i].sum()
            for b in range(k):
                if a != b and w[b, i].sum() > 0:
                    step[a * n + i, b * n + i] = join[i, a, b]
    total = step.sum(axis=1, keepdims=True)
    step = np.where(total > 0, step / np.where(total > 0, total, 1), 1 / (k * n))
    x = np.linalg.solve(np.eye(k * n) - 0.85 * step.T, np.full(k * n, 0.15 / (k * n)))
    assert m.versatility(w, join) == pytest.approx(x.reshape(k, n).sum(axis=0), abs=1e-10)
    order = rng.permutation(n)
    moved = m.versatility(w[:, order][:, :, order], join[order])
    assert moved == pytest.approx(m.versatility(w, join)[order], abs=1e-10)


def test_ways_through_layers_by_hand() -> None:
    """0-1 by rail 10, 1-2 by air 20, a change in 1 costs 7 from rail to air, nothing back; 0-2 direct by air 40."""
    rail, air = np.full((3, 3), np.inf), np.full((3, 3), np.inf)
    rail[0, 1] = rail[1, 0] = 10.0
    air[1, 2] = air[2, 1] = 20.0
    air[0, 2] = 40.0
    change = np.full((3, 2, 2), np.inf)
    change[1, 0, 1], change[1, 1, 0] = 7.0, 0.0
    got = m.layered_times([rail, air], change)
    assert got[0].tolist() == [0.0, 10.0, 37.0] and got[2].tolist() == [30.0, 20.0, 0.0]
    alone = m.layered_times([rail, air], np.full((3, 2, 2), np.inf))
    assert alone[0, 2] == 40.0 and np.isinf(alone[2, 0])


def test_changes_that_cost_nothing_give_the_shortest_ways_of_all_links() -> None:
    rng = np.random.default_rng(5)
    t = np.where(rng.random((3, 12, 12)) < 0.2, rng.uniform(1, 9, (3, 12, 12)), np.inf)
    best = t.min(axis=0)
    graph = nx.DiGraph((i, j, {"weight": best[i, j]}) for i in range(12) for j in range(12)
                       if i != j and np.isfinite(best[i, j]))  # fmt: skip
    graph.add_nodes_from(range(12))
    want = np.asarray(nx.floyd_warshall_numpy(graph, nodelist=range(12)))
    assert m.layered_times(t, same(12, 3, 0.0)) == pytest.approx(want)


def random_layer(rng: np.random.Generator, n: int, k: float) -> tuple[np.ndarray, np.ndarray]:
    ends = rng.integers(0, n, (2, int(n * k / 2)))
    return ends[0], ends[1]


def test_two_random_layers_fall_at_once_at_their_threshold() -> None:
    """Buldyrev et al. 2010: mean degree 5 in both, 2.4554 / 5 = 0.491 of places; below nothing, just above a jump.

    At the jump the part is P = 1.2564 / 5 = 0.251 of all places. n = 40,000."""
    rng, n = np.random.default_rng(2), 40_000
    layers = [random_layer(rng, n, 5.0) for _ in range(2)]
    order = rng.permutation(n)

    def left(share: float) -> float:
        alive = np.zeros(n, bool)
        alive[order[: int(share * n)]] = True
        return float(m.mutual_part(layers, alive).mean())

    assert left(0.46) < 0.01 and 0.2 < left(0.52) < 0.45
    one = np.zeros(n, bool)
    one[order[: int(0.46 * n)]] = True
    assert m.mutual_part(layers[:1], one).mean() > 0.3, "one layer alone holds far below"


def test_bad_input() -> None:
    with pytest.raises(InputError, match="finite numbers >= 0"):
        m.degrees([[[0.0, -1.0], [0.0, 0.0]]])
    with pytest.raises(InputError, match="two layers at least"):
        m.participation([[1.0]])
    with pytest.raises(InputError, match="minutes >= 0"):
        m.coupling([-1.0], 10.0)
    with pytest.raises(InputError, match="above zero"):
        m.layered_times([[[0.0, 0.0], [1.0, 0.0]]], np.zeros((2, 1, 1)))
