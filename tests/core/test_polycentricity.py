"""Evenness, slopes of the largest, and the test of equal spread."""

import numpy as np
import pytest
from scipy import stats

from megaregion.core.polycentricity import evenness, spread, top_slope


def test_evenness_of_complete_ring_and_star() -> None:
    """Equal strengths: 1. A star of five: degrees 4, 1, 1, 1, 1, mean 1.6, sd 1.2, largest 4."""
    assert evenness(np.full(6, 3.0)) == 1.0
    star = evenness(np.array([4.0, 1.0, 1.0, 1.0, 1.0]))
    assert star == pytest.approx(1.0 - 1.2 / 2.0)
    assert star < evenness(np.full(5, 2.0))
    assert evenness(np.array([0.0, 8.0])) == 0.0  # the network that Green divides by
    assert np.isnan(evenness(np.zeros(3)))


def test_slope_of_the_largest_is_minus_one_under_zipf() -> None:
    assert top_slope(1.0 / np.arange(1, 9)) == pytest.approx(-1.0, rel=1e-12)
    assert top_slope(np.array([5.0, 5.0, 5.0, 5.0, 1.0])) == pytest.approx(0.0, abs=1e-12)
    assert np.isnan(top_slope(np.array([3.0, 2.0, 1.0, 0.0])))


def test_equal_spread_is_pearson_of_sum_and_difference() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(0, 1, 30)
    y = 0.6 * x + rng.normal(0, 1.5, 30)
    found = spread(x, y)
    assert (found.first, found.second) == pytest.approx((x.std(ddof=1), y.std(ddof=1)))
    assert found.p == pytest.approx(stats.pearsonr(x + y, y - x).pvalue, rel=1e-10)
    assert np.sign(found.t) == np.sign(found.second - found.first)
    assert spread(y, x).t == pytest.approx(-found.t)


def test_the_test_holds_its_level() -> None:
    """1,000 bivariate normal samples of equal spread: 5 % +- 4 x .7 points."""
    rng = np.random.default_rng(5)
    z = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], size=(1000, 15))
    hits = np.mean([spread(s[:, 0], s[:, 1]).p < 0.05 for s in z])
    assert abs(hits - 0.05) < 0.028


def test_too_few_or_the_same_have_no_test() -> None:
    x = np.array([1.0, 2.0, 4.0, 8.0])
    assert np.isnan(spread(x, x).p)
    assert np.isnan(spread(x[:3], x[:3] ** 2).p)
