"""Moments beside scipy; winsorising by hand and with the example of COINr's documentation; Box-Cox beside scipy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from megaregion.core.outliers import (
    box_cox,
    box_cox_lambda,
    has_outliers,
    kurtosis,
    log_shift,
    skewness,
    winsorise,
)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_moments_equal_scipy(seed: int) -> None:
    x = np.random.default_rng(seed).lognormal(size=30)
    assert skewness(x) == pytest.approx(stats.skew(x, bias=False), rel=1e-12)
    assert kurtosis(x) == pytest.approx(stats.kurtosis(x, bias=False), rel=1e-12)


def test_both_limits_must_be_exceeded() -> None:
    assert has_outliers(np.array([1.0] * 20 + [100.0]))
    assert not has_outliers(np.array([-10.0] + [0.0] * 20 + [10.0]))  # kurtosis alone
    assert not has_outliers(np.full(9, 3.0))
    assert not has_outliers(np.array([0.0, 0.0, 99.0]))


def test_winsorise_moves_the_farthest_to_the_next_one_at_a_time() -> None:
    """One to ten, 30 and 100 (skewness 3.1): the 100 becomes 30, then skewness 1.8 is below 2 and it stops."""
    x = np.array([*range(1, 11), 30.0, 100.0])
    found = winsorise(x, 5)
    assert found.moved == (11,)
    np.testing.assert_array_equal(found.values[:11], x[:11])
    assert found.values[11] == 30.0
    assert abs(stats.skew(found.values, bias=False)) <= 2 or stats.kurtosis(found.values, bias=False) <= 3.5


def test_winsorise_moves_all_far_ones_together() -> None:
    x = np.array([*np.linspace(0, 1, 40), 500.0, 1000.0])
    found = winsorise(x, 5)
    assert found.moved[:2] == (41, 40)
    np.testing.assert_array_equal(found.values[list(found.moved)], np.full(len(found.moved), found.values[40]))


def test_winsorise_the_low_side() -> None:
    high = winsorise(np.array([*range(1, 11), 30.0, 100.0]), 5)
    low = winsorise(-np.array([*range(1, 11), 30.0, 100.0]), 5)
    np.testing.assert_array_equal(low.values, -high.values)
    assert low.moved == high.moved


def test_winsorise_stops_at_its_limit_of_values() -> None:
    x = np.array([0.0] * 60 + [1e3, 1e4, 1e5, 1e6])
    assert len(winsorise(x, 2).moved) == 2


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=30))
def test_winsorising_keeps_the_order_and_the_inner_values(x: list[float]) -> None:
    values = np.array(x)
    found = winsorise(values, 5)
    order = np.argsort(values, kind="stable")
    assert (np.diff(found.values[order]) >= 0).all()
    kept = np.delete(np.arange(len(x)), found.moved)
    np.testing.assert_array_equal(found.values[kept], values[kept])


def test_shift_of_the_logarithm() -> None:
    assert log_shift(np.array([0.5, 9.0])) == 0.0
    assert log_shift(np.array([-1.0, 9.0])) == pytest.approx(1.1)


def test_box_cox_is_the_logarithm_at_zero_and_the_value_less_one_at_one() -> None:
    x = np.array([0.5, 2.0])
    np.testing.assert_allclose(box_cox(x, 0.0), np.log(x))
    np.testing.assert_allclose(box_cox(x, 1.0), x - 1)
    np.testing.assert_allclose(box_cox(x, 1e-9), np.log(x), atol=1e-8)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_box_cox_exponent_equals_scipy_to_the_grid(seed: int) -> None:
    """Grid of hundredths: half a hundredth, and as much for the flat top of the likelihood."""
    x = np.random.default_rng(seed).gamma(2.0, size=60)
    assert box_cox_lambda(x) == pytest.approx(stats.boxcox_normmax(x, method="mle"), abs=0.01)
    assert box_cox_lambda(1000 * x) == box_cox_lambda(x)
