"""Local Moran by conditional permutation against exact enumeration, and its p under the null."""

from itertools import permutations as orders

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from megaregion.core.spatial_permutation import (
    Neighbours,
    false_discovery,
    from_square,
    lag,
    local_moran,
    moran,
    nearest,
    product_p,
    standardised,
)


def lattice(side: int) -> Neighbours:
    """Rook neighbours of a square lattice."""
    place = np.arange(side * side)
    row, column = place // side, place % side
    away = np.abs(row[:, None] - row) + np.abs(column[:, None] - column)
    return from_square((away == 1).astype(float))


def slow_local(value: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The formula of Anselin (1995) with loops over pairs, rows of weights scaled to 1."""
    n = len(value)
    z = (value - value.mean()) / np.sqrt(((value - value.mean()) ** 2).sum() / n)
    out = np.zeros(n)
    for i in range(n):
        total = sum(weight[i, j] for j in range(n) if j != i)
        for j in range(n):
            if j != i:
                out[i] += z[i] * weight[i, j] / total * z[j]
    return out


def exact_tails(value: np.ndarray, weight: np.ndarray, i: int) -> tuple[float, float]:
    """Share of all orders of the other values whose lag at i is at least and at most the observed one."""
    others = [j for j in range(len(value)) if j != i]
    w = weight[i, others] / weight[i, others].sum()
    seen = w @ value[others]
    lags = np.array([w @ value[list(order)] for order in orders(others)])
    return float(np.mean(lags >= seen - 1e-12)), float(np.mean(lags <= seen + 1e-12))


def test_statistic_is_the_slow_formula() -> None:
    rng = np.random.default_rng(1)
    value, weight = rng.normal(size=12), rng.random((12, 12))
    got = local_moran(value, from_square(weight), permutations=9, seed=1)
    np.testing.assert_allclose(got.local, slow_local(value, weight), rtol=1e-12)


def test_p_converges_to_all_orders() -> None:
    """7 places, 720 orders of the others; 5 sd of a share of 20,000 draws is below .018."""
    rng = np.random.default_rng(2)
    value = rng.normal(size=7)
    weight = rng.random((7, 7)) * (rng.random((7, 7)) < 0.6)
    np.fill_diagonal(weight, 0.0)
    weight[weight.sum(axis=1) == 0, 0] = 1.0
    weight[0, 1] = 1.0
    got = local_moran(value, from_square(weight), permutations=20_000, seed=3)
    exact = np.array([exact_tails(value, weight, i) for i in range(7)])
    np.testing.assert_allclose(got.p_high, exact[:, 0], atol=0.018)
    np.testing.assert_allclose(got.p_low, exact[:, 1], atol=0.018)
    np.testing.assert_array_equal(got.p, np.minimum(1, 2 * np.minimum(got.p_high, got.p_low)))


def test_p_is_uniform_when_places_are_exchangeable() -> None:
    """Kolmogorov-Smirnov over 600 independent maps, one fixed place each, weights with unequal rows.

    The p of the upper tail is uniform on 1/(m + 1), ..., 1, so it lies within 1/(m + 1) of a uniform; the critical
    distance at 1e-3 is 1.95 / sqrt(600) (asymptotic).
    """
    rng = np.random.default_rng(4)
    near, m, maps = nearest(rng.random((30, 30)), 5), 199, 600
    p = np.sort([local_moran(rng.lognormal(size=30), near, permutations=m, seed=s).p_high[7] for s in range(maps)])
    grid = np.arange(1, maps + 1) / maps
    distance = max(np.max(grid - p), np.max(p - grid + 1 / maps))
    assert distance < 1.95 / np.sqrt(maps) + 1 / (m + 1)


def test_two_sided_p_does_not_reject_too_often() -> None:
    """At .05 over 600 maps: at most .05 plus 3.1 binomial standard errors; a folded one-sided p would give .10."""
    rng = np.random.default_rng(5)
    near = lattice(6)
    p = np.array([local_moran(rng.normal(size=36), near, permutations=199, seed=s).p[14] for s in range(600)])
    assert np.mean(p <= 0.05) < 0.05 + 3.1 * np.sqrt(0.05 * 0.95 / 600)


def test_planted_shapes_stand_out() -> None:
    side = 12
    rng = np.random.default_rng(6)
    value = rng.normal(0, 0.3, side * side)
    island = 3 * side + 3
    belt = [r * side + c for r in (7, 8, 9) for c in range(4, 10)]
    value[belt] += 3.0
    value[[island - 1, island + 1, island - side, island + side]] -= 3.0
    value[island] += 3.0
    got = local_moran(value, lattice(side), permutations=4999, seed=7)
    q = false_discovery(got.p)
    assert q[island] < 0.05
    assert got.lag[island] < 0 < got.z[island]
    inner = [8 * side + c for c in range(5, 9)]
    assert (q[inner] < 0.05).all()
    assert (got.lag[inner] > 0).all()


def test_relabelling_moves_the_statistics_with_the_places() -> None:
    rng = np.random.default_rng(8)
    value, weight, order = rng.normal(size=10), rng.random((10, 10)), rng.permutation(10)
    one = local_moran(value, from_square(weight), permutations=9, seed=1)
    two = local_moran(value[order], from_square(weight[np.ix_(order, order)]), permutations=9, seed=1)
    np.testing.assert_allclose(two.local, one.local[order], rtol=1e-12)


def test_units_and_scale_of_weights_do_not_matter() -> None:
    rng = np.random.default_rng(9)
    value, weight = rng.normal(size=15), rng.random((15, 15))
    one = local_moran(value, from_square(weight), permutations=99, seed=1)
    two = local_moran(1000 * value + 5, from_square(weight * 7), permutations=99, seed=1)
    np.testing.assert_allclose(two.local, one.local, rtol=1e-9)
    np.testing.assert_array_equal(two.p, one.p)


def test_a_place_without_neighbours_has_no_statistic() -> None:
    weight = np.ones((4, 4))
    weight[2] = 0.0
    got = local_moran(np.array([1.0, 2.0, 3.0, 5.0]), from_square(weight), permutations=9, seed=1)
    assert np.isnan(got.p[2]) and np.isnan(got.lag[2])
    assert np.isfinite(got.p[[0, 1, 3]]).all()


def test_nearest_counts_the_row_and_breaks_ties_in_order() -> None:
    cost = np.array([[0.0, 5, 5, 1], [9, 0, 2, np.inf], [1, 1, 0, 1], [4, 3, 2, 0]])
    near = nearest(cost, 2)
    assert near.indices.reshape(4, 2).tolist() == [[3, 1], [2, 0], [0, 1], [2, 1]]
    assert near.weight.tolist() == [0.5] * 8
    assert nearest(cost, 3).degree.tolist() == [3, 2, 3, 3]


def test_standardised_rows_sum_to_one() -> None:
    near = standardised(np.array([0, 2, 2, 3]), np.array([1, 2, 0]), np.array([1.0, 3.0, 9.0]))
    assert near.weight.tolist() == [0.25, 0.75, 1.0]
    assert lag(np.array([1.0, 2.0, 4.0]), near)[[0, 2]].tolist() == [3.5, 1.0]


def test_moran_of_a_checkerboard_and_of_halves() -> None:
    """A checkerboard has I = -1 (each neighbour is the opposite); two halves cluster."""
    side = 6
    place = np.arange(side * side)
    board = np.where((place // side + place % side) % 2, 1.0, -1.0)
    assert moran(board, lattice(side), permutations=99, seed=1) == (pytest.approx(-1.0), 1.0)
    seen, p = moran(np.where(place < 18, 1.0, -1.0), lattice(side), permutations=99, seed=1)
    assert seen > 0.5
    assert p == 0.01


def test_product_p_by_all_pairings() -> None:
    """Against the outer product of the other places; 5 sd of a share of 20,000 draws is below .018."""
    rng = np.random.default_rng(10)
    a, b = rng.random(8), rng.random(8)
    p, mean, _ = product_p(a, b, permutations=20_000, seed=1)
    for i in range(8):
        rest = np.delete(np.arange(8), i)
        assert p[i] == pytest.approx(np.mean(np.outer(a[rest], b[rest]) >= a[i] * b[i]), abs=0.018)
    assert mean == pytest.approx(np.mean(a * b))


def test_product_p_of_the_mean_is_one_of_the_ends_where_order_is_perfect() -> None:
    """The sorted pairing has the largest mean product, the reversed one the least (rearrangement inequality)."""
    a = np.arange(1.0, 21.0)
    assert product_p(a, a, permutations=199, seed=1)[2] == pytest.approx(1 / 200)
    assert product_p(a, a[::-1], permutations=199, seed=1)[2] == 1.0


def slow_step_up(p: np.ndarray, factor: float) -> np.ndarray:
    """Least q at which the step-up procedure rejects each hypothesis, by trying each."""
    m = len(p)
    out = np.ones(m)
    for q in sorted({min(1.0, p[i] * m * factor / r) for i in range(m) for r in range(1, m + 1)}, reverse=True):
        passed = [r for r in range(1, m + 1) if np.sort(p)[r - 1] <= r * q / (m * factor) * (1 + 1e-12)]
        cut = np.sort(p)[max(passed) - 1] if passed else -1.0
        out[p <= cut] = q
    return out


@given(st.lists(st.floats(0.001, 1.0), min_size=1, max_size=8))
def test_adjusted_p_is_the_step_up_procedure(p: list[float]) -> None:
    values = np.array(p)
    harmonic = sum(1 / i for i in range(1, len(p) + 1))
    np.testing.assert_allclose(false_discovery(values), slow_step_up(values, 1.0), rtol=1e-9)
    np.testing.assert_allclose(false_discovery(values, dependent=True), slow_step_up(values, harmonic), rtol=1e-9)


def test_adjusted_p_of_the_paper() -> None:
    """Benjamini and Hochberg (1995), section 3.2: of these 15, four are rejected at .05 (Bonferroni rejects three)."""
    p = np.array([
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590,
        1.0,
    ])  # fmt: skip
    assert int((false_discovery(p) <= 0.05).sum()) == 4
    assert int((p <= 0.05 / 15).sum()) == 3
    with_gap = false_discovery(np.append(p, np.nan))
    assert np.isnan(with_gap[-1])
    np.testing.assert_array_equal(with_gap[:-1], false_discovery(p))
    assert np.isnan(false_discovery(np.array([np.nan]))).all()


def test_threads_do_not_change_p() -> None:
    """Counts of the same orders in whole numbers, however the places are split."""
    rng = np.random.default_rng(7)
    x, y = rng.random(120), rng.random(120)
    near = nearest(np.hypot(x[:, None] - x, y[:, None] - y), 7)
    value = rng.normal(size=120)
    one, two = (local_moran(value, near, permutations=500, seed=3, threads=t) for t in (1, 3))
    np.testing.assert_array_equal(one.p, two.p)


def test_all_others_as_neighbours_leave_nothing_to_draw() -> None:
    """With everybody as neighbour of everybody the mean of the others is always the same: p is 1."""
    weight = np.ones((6, 6)) - np.eye(6)
    got = local_moran(np.arange(6.0), from_square(weight), permutations=49, seed=1)
    assert (got.p == 1.0).all()
