"""Nash bargaining and the prices of the assignment game."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.assignment_prices import assignment_prices
from megaregion.core.bargaining import nash_split


def test_split_by_hand_and_largest_product() -> None:
    """x_A = d_A + (S - d_A - d_B) / 2; and no other split has a larger product of gains to the weights."""
    d, w = np.array([3.0, 1.0]), np.array([2.0, 1.0])
    assert nash_split(10.0, d, np.ones(2)).tolist() == [6.0, 4.0]
    got = nash_split(10.0, d, w)
    assert got == pytest.approx([7.0, 3.0])
    grid = np.linspace(d[0], 9.0, 10_001)
    product = w[0] * np.log(np.maximum(grid - d[0], 1e-300)) + w[1] * np.log(np.maximum(10 - grid - d[1], 1e-300))
    assert grid[product.argmax()] == pytest.approx(got[0], abs=6.0 / 10_000)  # step of the grid


@given(st.floats(-10, 100), st.lists(st.floats(-5, 5), min_size=1, max_size=6))
def test_adds_up(total: float, d: list[float]) -> None:
    assert nash_split(total, np.array(d), np.ones(len(d))).sum() == pytest.approx(total, abs=1e-12 * (100 + 5 * 6))


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 100_000), st.integers(1, 4), st.integers(1, 4))
def test_prices_equal_the_best_matching(seed: int, n: int, m: int) -> None:
    """Shapley and Shubik (1972): the least sum of prices is the largest sum of pairs; one host each."""
    rng = np.random.default_rng(seed)
    value, allowed = rng.random((n, m)) * 10 ** rng.uniform(-3, 3), rng.random((n, m)) < 0.8
    gain = np.where(allowed, value, 0.0)
    wide = np.zeros((max(n, m), max(n, m)))
    wide[:n, :m] = gain
    best = max(sum(wide[i, j] for i, j in enumerate(p)) for p in permutations(range(len(wide))))
    got = assignment_prices(value, allowed, np.ones(m, dtype=np.intp))
    assert got.bound == pytest.approx(best, rel=1e-6, abs=1e-9)  # the solver's tolerance
    assert got.bound >= best * (1 - 1e-12)
    assert (got.row[:, None] + got.column[None, :] >= np.where(allowed, value, -1) * (1 - 1e-12)).all()


def test_no_pair_no_price() -> None:
    got = assignment_prices(np.ones((2, 1)), np.zeros((2, 1), bool), np.ones(1, dtype=np.intp))
    assert (got.bound, got.row.tolist(), got.column.tolist()) == (0.0, [0.0, 0.0], [0.0])
