"""Benefit of the doubt by hand and by its bounds."""

import numpy as np
import pytest

from megaregion.core.benefit_of_doubt import benefit_of_doubt


def test_two_columns_by_hand() -> None:
    """(1, 0), (0, 1) are the frontier with w = (1, 1); (.5, .25) reaches .5 + .25."""
    got = benefit_of_doubt(np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.25]]))
    np.testing.assert_allclose(got.scores, [1.0, 1.0, 0.75], atol=1e-9)
    np.testing.assert_allclose(got.shares.sum(axis=1), 1.0)


def test_one_column_is_the_share_of_the_best() -> None:
    np.testing.assert_allclose(benefit_of_doubt(np.array([[2.0], [4.0]])).scores, [0.5, 1.0])


def test_unit_of_a_column_moves_no_score() -> None:
    x = np.random.default_rng(1).uniform(0.1, 1, (12, 3))
    want = benefit_of_doubt(x).scores
    np.testing.assert_allclose(benefit_of_doubt(x * [1, 50, 0.1]).scores, want, rtol=1e-7)


def test_bounded_shares_hold_and_lower_the_scores() -> None:
    x = np.random.default_rng(2).uniform(0.1, 1, (10, 3))
    free, bound = benefit_of_doubt(x), benefit_of_doubt(x, least=0.2, most=0.5)
    assert (bound.scores <= free.scores + 1e-9).all()
    assert bound.shares.min() >= 0.2 - 1e-7
    assert bound.shares.max() <= 0.5 + 1e-7


def test_shares_fixed_on_both_sides_are_equal_shares() -> None:
    """least = most = 1/m: every column brings the same, w_j = S / (m x_ij)."""
    got = benefit_of_doubt(np.array([[1.0, 1.0], [0.5, 0.5]]), least=0.5, most=0.5)
    np.testing.assert_allclose(got.scores, [1.0, 0.5], atol=1e-7)


def test_bounds_that_a_place_cannot_fulfil_are_named() -> None:
    with pytest.raises(ValueError, match="row 0"):
        benefit_of_doubt(np.array([[1.0, 0.0], [0.0, 1.0]]), least=0.3)
