"""Least-cost ways: closed forms, Dijkstra over an explicit graph (scipy), corridors, contrasts, overlap."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from megaregion.core.least_cost import corridors, cost_distance, overlap, rescaled, way_length
from megaregion.errors import InputError


def by_scipy(resistance: np.ndarray, start: np.ndarray) -> np.ndarray:
    rows, cols = resistance.shape
    tail, head, cost = [], [], []
    for r in range(rows):
        for c in range(cols):
            for dr, dc in ((0, 1), (1, 0), (1, 1), (1, -1)):
                y, x = r + dr, c + dc
                if y < rows and 0 <= x < cols and np.isfinite(resistance[r, c] + resistance[y, x]):
                    tail.append(r * cols + c)
                    head.append(y * cols + x)
                    cost.append((resistance[r, c] + resistance[y, x]) / 2 * np.hypot(dr, dc))
    graph = coo_array((cost, (tail, head)), shape=(rows * cols,) * 2)
    ways = dijkstra(graph, directed=False, indices=np.flatnonzero(start & np.isfinite(resistance)), min_only=True)
    return ways.reshape(rows, cols)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6))
def test_costs_are_those_of_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    resistance = np.exp(rng.normal(0, 2, (9, 7)))
    resistance[rng.random((9, 7)) < 0.2] = rng.choice([np.nan, np.inf])
    start = rng.random((9, 7)) < 0.1
    start[0, 0], resistance[0, 0] = True, 1.0
    got = cost_distance(resistance, start, cell=30.0)
    np.testing.assert_allclose(got.cost, 30.0 * by_scipy(resistance, start), rtol=1e-13)
    end = int(np.argmax(np.where(np.isfinite(got.cost), got.cost, -1)))
    path = got.path(end)
    steps = np.hypot(np.diff(path // 7), np.diff(path % 7))
    flat = resistance.ravel()
    cost = 30.0 * (0.5 * (flat[path[1:]] + flat[path[:-1]]) * steps).sum()
    assert cost == pytest.approx(got.cost.flat[end], rel=1e-13) and start.flat[path[0]] and steps.max(initial=0) < 1.5


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.floats(0.01, 100))
def test_a_scale_scales_and_turns_turn(seed: int, factor: float) -> None:
    resistance = np.random.default_rng(seed).random((6, 8)) + 0.1
    start = np.zeros((6, 8), bool)
    start[2, 3] = True
    cost = cost_distance(resistance, start).cost
    np.testing.assert_allclose(cost_distance(resistance * factor, start).cost, cost * factor, rtol=1e-12)
    np.testing.assert_allclose(cost_distance(resistance[::-1], start[::-1]).cost, cost[::-1], rtol=1e-13)


def test_open_plain_by_hand() -> None:
    """From a corner: the larger of rows and columns plus (sqrt(2) - 1) times the smaller."""
    start = np.zeros((5, 7), bool)
    start[0, 0] = True
    r, c = np.mgrid[:5, :7]
    want = np.maximum(r, c) + (np.sqrt(2) - 1) * np.minimum(r, c)
    np.testing.assert_allclose(cost_distance(np.ones((5, 7)), start).cost, want, rtol=1e-14)


def test_peer_skimage() -> None:
    graph = pytest.importorskip("skimage.graph")
    resistance = np.random.default_rng(1).random((40, 50)) + 0.01
    start = np.zeros((40, 50), bool)
    start[3, 4] = start[30, 41] = True
    want, _ = graph.MCP_Geometric(resistance).find_costs(np.argwhere(start))
    np.testing.assert_allclose(cost_distance(resistance, start).cost, want, rtol=1e-12)


def test_free_ways_and_islands() -> None:
    """Cells without resistance cost nothing; beyond a wall there is no way."""
    resistance = np.zeros((3, 5))
    resistance[:, 3] = np.inf
    start = np.zeros((3, 5), bool)
    start[0, 0] = True
    got = cost_distance(resistance, start)
    np.testing.assert_array_equal(got.cost, [[0, 0, 0, np.inf, np.inf]] * 3)
    assert got.path(4).size == 0 and got.path(0).tolist() == [0]


def patches(shape: tuple[int, int], *cells: tuple[int, int]) -> np.ndarray:
    out = np.zeros(shape, np.int32)
    for k, cell in enumerate(cells):
        out[cell] = k + 1
    return out


def test_corridors_by_hand() -> None:
    """Three patches in a row: the outer two are joined through the middle one; a fourth lies behind a wall."""
    resistance = np.ones((3, 9))
    resistance[:, 7] = np.inf
    found = corridors(resistance, patches((3, 9), (1, 0), (1, 3), (1, 6), (1, 8)), cell=10.0, slack=0.0)
    by = {(c.a, c.b): c for c in found}
    assert len(by) == 6 and by[1, 2].cost == 30.0 == by[1, 2].length
    assert by[1, 2].path.tolist() == [9, 10, 11, 12] and by[1, 2].cells.tolist() == [10, 11]
    assert by[1, 3].through == (2,) and by[1, 3].cost == 60.0
    assert by[1, 4].cost == np.inf and by[1, 4].path.size == by[1, 4].cells.size == 0
    wide = corridors(resistance, patches((3, 9), (1, 0), (1, 3), (1, 6), (1, 8)), cell=10.0, slack=0.3)[0]
    assert set(by[1, 2].cells) < set(wide.cells)
    assert way_length(np.array([0, 10, 11]), 9) == pytest.approx(1 + np.sqrt(2))


def test_contrast_keeps_order_and_forgets_the_unit() -> None:
    r = np.array([[2.0, 20.0, 200.0, np.inf, np.nan]])
    np.testing.assert_allclose(rescaled(r, 10_000.0), [[1, 100, 10_000, np.inf, np.nan]], rtol=1e-12)
    np.testing.assert_allclose(rescaled(7 * r, 9.0), rescaled(r, 9.0), rtol=1e-12)
    np.testing.assert_array_equal(rescaled(np.full((1, 2), 5.0), 9.0), [[1.0, 1.0]])


def test_overlap_by_hand() -> None:
    """Pairs 1/3, 1/3, 0/2 -> mean; in all three none of three cells."""
    a, b, c = np.array([1, 2]), np.array([2, 3]), np.array([3])
    assert overlap([a, b, c]) == pytest.approx(((1 / 3 + 1 / 2 + 0) / 3, 0.0))
    assert overlap([a, a, a]) == (1.0, 1.0)
    assert np.isnan(overlap([a[:0], a[:0]])).all()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: cost_distance(np.array([[1.0, -2.0]]), np.array([[True, False]])), r"negative.*\[\[0, 1\]\]"),
        (lambda: cost_distance(np.array([[np.nan, 2.0]]), np.array([[True, False]])), "no cell to start"),
        (lambda: cost_distance(np.ones((2, 2)), np.ones((2, 3), bool)), "shape"),
        (lambda: corridors(np.ones((2, 2)), patches((2, 2), (0, 0))), "two sources, got 1"),
        (lambda: corridors(np.ones((2, 2)), patches((2, 2), (0, 0), (1, 1)), slack=-1), "slack"),
        (lambda: rescaled(np.array([[0.0, 1.0]]), 10.0), "above zero"),
        (lambda: rescaled(np.ones((1, 1)), 1.0), "contrast"),
        (lambda: overlap([np.zeros(0, np.int64)]), "two sets"),
    ],
)
def test_what_cannot_be_used(call, said: str) -> None:
    with pytest.raises(InputError, match=said):
        call()
