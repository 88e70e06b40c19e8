"""Grants under budget and caps against looking at every set."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.grant_selection import select_grants


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 100_000), st.integers(1, 8))
def test_brute_force(seed: int, n: int) -> None:
    """Whole numbers: no rounding."""
    rng = np.random.default_rng(seed)
    worth, grant = rng.integers(0, 20, n).astype(float), rng.integers(1, 9, n).astype(float)
    firm, budget = rng.integers(0, 3, n), float(rng.integers(0, 25))
    cap = np.array([np.inf, 8.0, 12.0])
    best = 0.0
    for way in product((0, 1), repeat=n):
        x = np.array(way)
        spent = np.bincount(firm, weights=x * grant, minlength=3)
        if spent.sum() <= budget and (spent <= cap).all():
            best = max(best, float(worth @ x))
    got = select_grants(worth, grant, budget, firm, cap)
    assert got.value == best
    assert got.bound == pytest.approx(best, abs=1e-5)  # the solver's tolerance
    parts = select_grants(worth, grant, budget, firm, cap, divisible=True)
    assert parts.value >= best - 1e-6


def test_divisible_without_caps_is_greedy_by_worth_per_money() -> None:
    """Dantzig (1957): take by ratio, cut the last: 3 for 1, 4 for 2, then two thirds of 3 for 3."""
    got = select_grants(np.array([3.0, 3.0, 4.0]), np.array([1.0, 3.0, 2.0]), 5.0, np.zeros(3, int), np.array([np.inf]),
                        divisible=True)  # fmt: skip
    assert got.chosen == pytest.approx([1.0, 2 / 3, 1.0])
    assert got.value == pytest.approx(9.0)


def test_nothing() -> None:
    none = np.empty(0)
    assert select_grants(none, none, 1.0, np.empty(0, int), none).value == 0.0
    assert select_grants(np.ones(2), np.ones(2), 0.0, np.zeros(2, int), np.array([np.inf])).chosen.tolist() == [0, 0]
    assert select_grants(np.zeros(2), np.ones(2), 9.0, np.zeros(2, int), np.array([0.0])).chosen.tolist() == [0, 0]
