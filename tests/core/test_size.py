"""Rank-size slope, Hill estimator and primacy against closed forms and independent fits."""

import math

import numpy as np
import pytest
from scipy import stats

from megaregion.core.size import hill, hill_interval, primacy, rank_size


def test_exact_half_rank_law_gives_its_own_slope() -> None:
    """ln S = (a - ln(r - 1/2)) / zeta exactly: the fit returns a and zeta."""
    rank = np.arange(1, 28)
    size = np.exp((3.0 - np.log(rank - 0.5)) / 1.3)
    fit = rank_size(size[::-1])
    assert fit.zeta == pytest.approx(1.3, rel=1e-12)
    assert fit.intercept == pytest.approx(3.0, rel=1e-12)
    assert fit.se == pytest.approx(1.3 * math.sqrt(2 / 27), rel=1e-12)


def test_slope_equals_an_independent_least_squares_fit() -> None:
    size = np.random.default_rng(4).lognormal(10, 1, 135)
    rank = np.argsort(np.argsort(-size)) + 1
    slope, intercept = np.polyfit(np.log(size), np.log(rank - 0.5), 1)
    fit = rank_size(size)
    assert fit.zeta == pytest.approx(-slope, rel=1e-10)
    assert fit.intercept == pytest.approx(intercept, rel=1e-10)


def test_unit_does_not_matter_for_the_slope() -> None:
    size = np.random.default_rng(5).lognormal(10, 1, 20)
    assert rank_size(size * 1e4).zeta == pytest.approx(rank_size(size).zeta, rel=1e-12)
    assert hill(size * 1e4) == pytest.approx(hill(size), rel=1e-9)


def test_hill_by_hand() -> None:
    """Sizes 1, e, e^2: (3 - 1) / (0 + 1 + 2)."""
    assert hill(np.exp([0.0, 1.0, 2.0])) == pytest.approx(2 / 3, rel=1e-12)


def test_hill_and_slope_find_the_exponent_of_a_pareto_tail() -> None:
    """Inverse of the Pareto(1.2) distribution at n even levels; both biases are O(1 / n)."""
    n = 4000
    size = ((np.arange(1, n + 1) - 0.5) / n) ** (-1 / 1.2)
    assert hill(size) == pytest.approx(1.2, rel=5e-3)
    assert rank_size(size).zeta == pytest.approx(1.2, rel=5e-3)


@pytest.mark.parametrize("size", [[], [5.0], [5.0, 3.0], [4.0, 4.0, 4.0, 4.0]])
def test_too_few_or_equal_places_have_no_slope(size: list[float]) -> None:
    assert np.isnan(rank_size(np.array(size))).all()
    assert np.isnan(hill(np.array(size)))


def test_primacy_under_zipfs_law() -> None:
    """S_r = 1 / r: 2, 1 / (1/2 + 1/3 + 1/4) = 12/13, 2 / (1/2 + ... + 1/11)."""
    size = 1.0 / np.arange(1, 12)
    assert primacy(size, 2) == pytest.approx(2.0)
    assert primacy(size[::-1], 4) == pytest.approx(12 / 13)
    assert primacy(size, 11) == pytest.approx(2.0 / sum(1 / r for r in range(2, 12)))


@pytest.mark.parametrize("among", [2, 4, 11])
def test_primacy_needs_as_many_places_as_it_looks_at(among: int) -> None:
    assert np.isnan(primacy(np.arange(1.0, among), among))
    assert np.isfinite(primacy(np.arange(1.0, among + 1), among))


def test_the_interval_of_hill_is_the_exact_chi_squared_one() -> None:
    """Sizes 1, e, e^2, e^4: sum 7, zeta 3/7; 2 zeta 7 is chi-squared with 6 degrees of freedom."""
    found = hill_interval(np.exp([0.0, 1.0, 2.0, 4.0]))
    assert found.zeta == pytest.approx(3 / 7, rel=1e-12)
    assert found.se == pytest.approx(3 / 7, rel=1e-12)  # sqrt(n - 3) = 1
    np.testing.assert_allclose([found.low, found.high], stats.chi2(6).ppf([0.025, 0.975]) / 14.0, rtol=1e-10)


def test_the_interval_of_hill_covers_as_often_as_it_says_and_its_error_is_its_spread() -> None:
    """2,000 Pareto samples of 12: 95 % +- 4 x sqrt(.95 x .05 / 2000) = 2 points; relative sd 1 / 3 +- 10 %."""
    rng = np.random.default_rng(7)
    drawn = [hill_interval(rng.pareto(1.3, 12) + 1.0) for _ in range(2000)]
    covered = np.mean([f.low <= 1.3 <= f.high for f in drawn])
    assert abs(covered - 0.95) < 0.02
    zeta = np.array([f.zeta for f in drawn])
    assert zeta.std() / zeta.mean() == pytest.approx(1 / 3, rel=0.1)


def test_three_places_have_a_hill_estimator_and_no_error() -> None:
    assert np.isnan(hill_interval(np.array([1.0, 2.0, 3.0]))).all()
