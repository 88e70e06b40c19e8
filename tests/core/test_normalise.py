"""Scales by hand, beside scipy, and what a change of unit does to them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from megaregion.core.normalise import (
    around_target,
    distance_to_target,
    percentiles,
    rank_scores,
    share_of_best,
    z_scores,
)

X = np.array([3.0, 1.0, 4.0, 1.0, 5.0])
SEVERAL = st.lists(st.integers(-50, 50), min_size=2, max_size=12, unique=True)


def test_target_interval_by_hand() -> None:
    """Best from 4 to 6, worst at 0 and 10: a quarter of the way at 1, half at 8, nothing beyond."""
    got = around_target(np.array([-1.0, 0.0, 1.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0]), 0.0, 10.0, (4.0, 6.0))
    np.testing.assert_allclose(got, [0, 0, 0.25, 1, 1, 1, 0.5, 0, 0])


def test_nominal_best_is_an_interval_of_one_value() -> None:
    np.testing.assert_allclose(around_target(np.array([2.0, 5.0, 9.0]), 0.0, 10.0, (5.0, 5.0)), [0.4, 1.0, 0.2])


def test_a_target_at_the_goalpost_leaves_no_room_beyond() -> None:
    np.testing.assert_allclose(around_target(np.array([0.0, 5.0, 11.0]), 0.0, 10.0, (0.0, 5.0)), [1.0, 1.0, 0.0])


def test_missing_stays_missing() -> None:
    assert np.isnan(around_target(np.array([np.nan]), 0.0, 1.0, (0.2, 0.4))).all()


def test_distance_to_the_interval() -> None:
    np.testing.assert_array_equal(distance_to_target(np.array([1.0, 4.5, 9.0]), (4.0, 6.0)), [3.0, 0.0, 3.0])


def test_z_scores_equal_scipy() -> None:
    np.testing.assert_allclose(z_scores(X, 1), stats.zscore(X, ddof=1), rtol=1e-14)
    np.testing.assert_allclose(z_scores(X, -1), -stats.zscore(X, ddof=1), rtol=1e-14)


def test_rank_scores_by_hand_with_ties_in_the_middle() -> None:
    """Of 5 values the two ones share ranks 1 and 2: (1.5 - 1) / 4."""
    np.testing.assert_allclose(rank_scores(X, 1), [0.5, 0.125, 0.75, 0.125, 1.0])
    np.testing.assert_allclose(rank_scores(X, -1), 1.0 - rank_scores(X, 1))


def test_values_that_differ_by_rounding_share_a_rank() -> None:
    """As they stand in real tables: .1 + .2 beside .3; tiny values of a wide range are not merged."""
    np.testing.assert_allclose(rank_scores(np.array([0.3, 0.1 + 0.2, 0.9]), 1), [0.25, 0.25, 1.0])
    np.testing.assert_allclose(rank_scores(np.array([1e-20, 2e-20, 1.0]), 1), [0.0, 0.5, 1.0])


def test_percentiles_equal_scipy() -> None:
    want = [stats.percentileofscore(X, v, "mean") / 100 for v in X]
    np.testing.assert_allclose(percentiles(X, 1), want, rtol=1e-14)


def test_share_of_best_either_way() -> None:
    np.testing.assert_allclose(share_of_best(np.array([0.0, 2.0, 4.0]), 1), [0.0, 0.5, 1.0])
    np.testing.assert_allclose(share_of_best(np.array([1.0, 2.0, 4.0]), -1), [1.0, 0.5, 0.25])


@settings(deadline=None)  # a busy machine is no failure
@given(SEVERAL, st.integers(1, 1000), st.integers(-1000, 1000))
def test_a_change_of_unit_moves_nothing(x: list[int], scale: int, shift: int) -> None:
    """Whole numbers, so that ties and differences are exact; z-scores lose at most shift / spread in rounding."""
    values = np.array(x, dtype=float)
    moved = scale * values + shift
    np.testing.assert_array_equal(rank_scores(moved, 1), rank_scores(values, 1))
    np.testing.assert_array_equal(percentiles(moved, -1), percentiles(values, -1))
    np.testing.assert_allclose(z_scores(moved, 1), z_scores(values, 1), atol=1e-9)


@pytest.mark.parametrize("scale", [rank_scores, percentiles, z_scores])
def test_order_is_kept(scale: object) -> None:
    x = np.random.default_rng(1).normal(size=40)
    assert callable(scale)
    np.testing.assert_array_equal(np.argsort(scale(x, 1)), np.argsort(x))
