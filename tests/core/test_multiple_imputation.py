"""Rubin's rules by hand, and intervals that cover as often as they say where complete cases mislead."""

import math

import numpy as np
import pytest
from scipy import stats

from megaregion.core.multiple_imputation import matched_draws, rubin
from megaregion.errors import InputError


def test_rubins_rules_by_hand() -> None:
    """Estimates 10, 12, 14 with variances 1, 2, 3: W = 2, B = 4, T = 2 + 4/3 x 4 = 22/3, lost 8/11."""
    found = rubin(np.array([10.0, 12.0, 14.0]), np.array([1.0, 2.0, 3.0]))
    assert (found.estimate, found.within, found.between) == (12.0, 2.0, 4.0)
    assert found.total == pytest.approx(22 / 3)
    assert found.missing_information == pytest.approx(8 / 11)
    assert found.df == pytest.approx(2 * (11 / 8) ** 2)  # (m - 1) / lost^2
    assert found.high == pytest.approx(12 + math.sqrt(22 / 3) * stats.t(found.df).ppf(0.975))


def test_degrees_of_freedom_of_barnard_and_rubin_by_hand() -> None:
    """With 20 for complete values: observed 21/23 x 20 x 3/11; 1/df is the sum of the inverses."""
    found = rubin(np.array([10.0, 12.0, 14.0]), np.array([1.0, 2.0, 3.0]), complete_df=20.0)
    observed = 21 / 23 * 20 * (3 / 11)
    assert found.df == pytest.approx(1 / (1 / (2 * (11 / 8) ** 2) + 1 / observed))
    assert found.df < rubin(np.array([10.0, 12.0, 14.0]), np.array([1.0, 2.0, 3.0])).df


def test_equal_estimates_lose_nothing() -> None:
    found = rubin(np.full(5, 3.0), np.full(5, 0.25), complete_df=9.0)
    assert found.missing_information == 0.0
    assert found.df == pytest.approx(10 / 12 * 9)
    assert found.se == 0.5
    sure = rubin(np.full(5, 3.0), np.zeros(5))
    assert (sure.low, sure.high) == (3.0, 3.0)
    with pytest.raises(InputError):
        rubin(np.array([1.0]), np.array([1.0]))
    with pytest.raises(InputError):
        rubin(np.array([1.0, 2.0]), np.array([1.0, -1.0]))


def test_draws_take_values_that_occur_and_keep_what_is_known() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 2))
    y = x @ [2.0, -1.0] + rng.normal(0, 0.1, 40)
    y[:6] = np.nan
    drawn = matched_draws(y, x, draws=7, seed=1)
    assert drawn.shape == (7, 40)
    assert np.isin(drawn, y[6:]).all()
    np.testing.assert_array_equal(drawn[:, 6:], np.tile(y[6:], (7, 1)))
    np.testing.assert_array_equal(drawn, matched_draws(y, x, draws=7, seed=1))
    assert (drawn[:, :6].std(axis=0) > 0).any()


def test_a_strong_predictor_finds_the_right_neighbours() -> None:
    """y is x to within 0.01 on a grid of 0.1: donors are the five nearest grid points, 0.25 away at most."""
    x = np.arange(60)[:, None] / 10.0
    y = x[:, 0] + np.random.default_rng(2).normal(0, 0.01, 60)
    y[[10, 30, 50]] = np.nan
    drawn = matched_draws(y, x, draws=50, seed=3)
    assert np.abs(drawn[:, [10, 30, 50]] - x[[10, 30, 50], 0]).max() < 0.35


def test_intervals_cover_where_the_mean_of_what_is_given_does_not() -> None:
    """Large places report, small ones do not (random given x): 200 samples of 60, 95 % +- 4 x 1.5 points."""
    rng = np.random.default_rng(12)
    covered, naive = 0, 0
    for k in range(200):
        x = rng.normal(size=60)
        y = 1.0 + x + rng.normal(0, 0.7, 60)  # mean 1
        seen = rng.random(60) < 1 / (1 + np.exp(-1.0 - 1.2 * x))
        values = np.where(seen, y, np.nan)
        drawn = matched_draws(values, x[:, None], seed=k)
        found = rubin(drawn.mean(axis=1), drawn.var(axis=1, ddof=1) / 60, complete_df=59)
        covered += found.low <= 1.0 <= found.high
        mean, se = np.nanmean(values), np.nanstd(values, ddof=1) / np.sqrt(seen.sum())
        naive += abs(mean - 1.0) <= stats.t(seen.sum() - 1).ppf(0.975) * se
    assert covered / 200 >= 0.95 - 0.062
    assert naive / 200 < 0.7  # the complete cases are too rich


def test_predictors_that_add_nothing_do_no_harm() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(30, 1))
    y = x[:, 0] + rng.normal(0, 0.5, 30)
    y[:4] = np.nan
    drawn = matched_draws(y, np.column_stack([x, x, np.ones(30)]), seed=1)
    assert np.isfinite(drawn).all()


def test_what_is_too_little_is_refused() -> None:
    y = np.array([1.0, 2.0, 3.0, np.nan, 5.0])
    with pytest.raises(InputError, match="too few"):
        matched_draws(y, np.ones((5, 1)), seed=1)
    with pytest.raises(InputError, match="complete"):
        matched_draws(np.append(np.arange(20.0), np.nan), np.full((21, 1), np.nan), seed=1)
