"""Lotteries: Fisher's tea, scipy's permutation test, sampled against exact."""

import numpy as np
import pytest
from scipy.stats import permutation_test

from megaregion.core.randomization_inference import lottery_test

ONE = np.zeros(8, dtype=np.intp)


def test_lady_tasting_tea() -> None:
    """Fisher (1935): four of eight cups, all right: 1 in 70, on both sides 2 in 70."""
    won = np.arange(8) < 4
    got = lottery_test(won.astype(float), won, ONE, draws=99, seed=1)
    assert (got.difference, got.draws, got.exact) == (1.0, 70, True)
    assert got.p == pytest.approx(2 / 70)


def test_as_scipy() -> None:
    """permutation_test of scipy doubles the smaller tail; with equal numbers both tails are alike."""
    rng = np.random.default_rng(3)
    y, won = rng.normal(size=10), np.arange(10) % 2 == 0
    got = lottery_test(y, won, np.zeros(10, dtype=np.intp), draws=99, seed=1)
    want = permutation_test((y[won], y[~won]), lambda a, b, axis: a.mean(axis=axis) - b.mean(axis=axis),
                            n_resamples=np.inf, vectorized=True)  # fmt: skip
    assert got.difference == pytest.approx(want.statistic)
    assert got.p == pytest.approx(want.pvalue)
    half = np.sqrt(np.var(y[won], ddof=1) / 5 + np.var(y[~won], ddof=1) / 5)
    assert got.se == pytest.approx(half)


def test_strata_are_drawn_apart() -> None:
    """Two strata of different level: 2 of 4 each, all draws 6 x 6; the level does not matter."""
    y = np.array([1.0, 2.0, 3.0, 4.0, 101.0, 102.0, 103.0, 104.0])
    won = np.array([False, False, True, True] * 2)
    stratum = np.repeat(np.array([0, 1], dtype=np.intp), 4)
    got = lottery_test(y, won, stratum, draws=99, seed=1)
    assert (got.difference, got.draws) == (2.0, 36)
    assert got.p == pytest.approx(2 / 36)  # only the draw itself and its mirror reach 2


def test_sampled_p_is_near_the_exact_one() -> None:
    """20 choose 10 = 184,756 draws are sampled; four standard errors of the share. Exact by scipy's sorted sums."""
    rng = np.random.default_rng(5)
    won = np.arange(20) < 10
    y = rng.integers(0, 6, 20) + 1.0 * won
    got = lottery_test(y, won, np.zeros(20, dtype=np.intp), draws=4000, seed=7)
    assert not got.exact and got.draws == 4000
    want = permutation_test((y[won], y[~won]), lambda a, b, axis: a.mean(axis=axis) - b.mean(axis=axis),
                            n_resamples=np.inf, vectorized=True, batch=20_000).pvalue  # fmt: skip
    assert got.p == pytest.approx(want, abs=4 * np.sqrt(want * (1 - want) / 4000) + 1 / 4000)
    again = lottery_test(y, won, np.zeros(20, dtype=np.intp), draws=4000, seed=7)
    assert again == got


def test_no_difference_at_all() -> None:
    got = lottery_test(np.ones(8), np.arange(8) < 3, ONE, draws=99, seed=1)
    assert (got.difference, got.p, got.se) == (0.0, 1.0, 0.0)
