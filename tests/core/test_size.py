"""Rank-size slope, Hill estimator and primacy against closed forms and independent fits."""

import math

import numpy as np
import pytest

from megaregion.core.size import hill, primacy, rank_size


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
