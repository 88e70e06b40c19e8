"""Goalposts, power means, ranks and random weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from megaregion.core.aggregate import goalposts, power_mean, random_weights, rank_interval, ranks


def test_goalposts_cut_and_count() -> None:
    scaled = goalposts(np.array([-5.0, 0.0, 5.0, 10.0, 30.0]), 0.0, 10.0, 1)
    np.testing.assert_array_equal(scaled.values, [0.0, 0.0, 0.5, 1.0, 1.0])
    assert (scaled.below, scaled.above) == (1, 1)


def test_less_is_better_turns_the_scale_after_scaling() -> None:
    np.testing.assert_allclose(goalposts(np.array([2.0]), 0.0, 10.0, -1).values, [0.8])


def test_margin_keeps_the_ends_away_from_zero_and_one() -> None:
    np.testing.assert_allclose(goalposts(np.array([0.0, 5.0, 10.0]), 0.0, 10.0, 1, 0.01).values, [0.01, 0.5, 0.99])


@given(st.floats(0.1, 1e6), st.floats(-1e6, 1e6), st.lists(st.floats(-1.0, 2.0), min_size=1, max_size=9))
def test_change_of_unit_with_its_goalposts_changes_nothing(scale: float, shift: float, x: list[float]) -> None:
    """(a x + b - a low - b) / (a high - a low); cancellation costs |b| / a in units of the double's 2e-16."""
    values = np.array(x)
    moved = goalposts(scale * values + shift, shift, scale + shift, 1).values
    tolerance = 1e-13 * (1 + abs(shift) / scale)
    np.testing.assert_allclose(moved, goalposts(values, 0.0, 1.0, 1).values, atol=tolerance)


@pytest.mark.parametrize("p", [1.0, 0.0, -1.0, 2.0])
def test_power_mean_equals_scipy(p: float) -> None:
    rng = np.random.default_rng(1)
    x, w = rng.uniform(0.1, 2.0, (6, 4)), rng.dirichlet(np.ones(4))
    want = [stats.pmean(row, p, weights=w) for row in x]
    np.testing.assert_allclose(power_mean(x, w, p), want, rtol=1e-12)


def test_zero_makes_a_geometric_mean_zero_unless_it_has_no_weight() -> None:
    assert power_mean(np.array([0.0, 4.0]), np.array([0.5, 0.5]), 0.0) == 0.0
    assert power_mean(np.array([0.0, 4.0]), np.array([0.0, 1.0]), 0.0) == pytest.approx(4.0)


def test_ranks_break_ties_by_position_even_when_sums_round_differently() -> None:
    """.1 + .2 and .3 differ in the last digit; they are one score."""
    np.testing.assert_array_equal(ranks(np.array([0.3, 0.1 + 0.2, 0.9])), [2, 3, 1])


def test_ranks_of_each_draw() -> None:
    np.testing.assert_array_equal(ranks(np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])), [[3, 2, 1], [1, 2, 3]])


def test_random_weights_have_the_moments_of_the_dirichlet_distribution() -> None:
    """Equal weights of 4: mean 1/4, variance 3 / (16 x 5); 20,000 draws, five standard errors."""
    drawn = random_weights(np.full(4, 0.25), 20_000, np.random.default_rng(2))
    np.testing.assert_allclose(drawn.sum(axis=1), 1.0)
    variance = 3 / 80
    np.testing.assert_allclose(drawn.mean(axis=0), 0.25, atol=5 * (variance / 20_000) ** 0.5)
    np.testing.assert_allclose(drawn.var(axis=0), variance, rtol=0.1)


def test_random_weights_centre_on_the_stated_ones() -> None:
    stated = np.array([0.6, 0.3, 0.1])
    drawn = random_weights(stated, 20_000, np.random.default_rng(3))
    np.testing.assert_allclose(drawn.mean(axis=0), stated, atol=0.01)


def test_rank_interval_gives_ranks_that_occurred() -> None:
    rank = np.array([[1], [1], [1], [4], [4], [4], [4], [4], [4], [9]])
    np.testing.assert_array_equal(rank_interval(rank, np.array([0.05, 0.5, 0.95]))[:, 0], [1, 4, 9])
