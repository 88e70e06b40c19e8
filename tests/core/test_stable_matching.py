"""Deferred acceptance against every matching."""

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.stable_matching import blocking_pairs, deferred_acceptance


def free(n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros((n, m)), np.full(m, np.inf)


@settings(deadline=None)
@given(st.integers(0, 100_000), st.integers(1, 5), st.integers(1, 3))
def test_stable_and_best_for_those_who_propose(seed: int, n: int, m: int) -> None:
    """Strict preferences: no blocking pair, and no stable matching is better for any proposer (Gale and Shapley)."""
    rng = np.random.default_rng(seed)
    mine, theirs = rng.random((n, m)), rng.random((n, m))
    allowed, capacity = rng.random((n, m)) < 0.8, rng.integers(0, 3, m)
    got = deferred_acceptance(mine, theirs, capacity, allowed)
    assert len(blocking_pairs(got, mine, theirs, capacity, allowed, *free(n, m))) == 0
    for way in product(range(-1, m), repeat=n):
        match = np.array(way)
        held = np.bincount(match[match >= 0], minlength=m)
        if (held > capacity).any() or any(j >= 0 and not allowed[i, j] for i, j in enumerate(way)):
            continue
        if len(blocking_pairs(match, mine, theirs, capacity, allowed, *free(n, m))):
            continue
        for i in range(n):
            assert (got[i] < 0) == (match[i] < 0)  # the same are left alone in every stable matching
            assert match[i] < 0 or mine[i, got[i]] >= mine[i, match[i]]


def test_textbook() -> None:
    """Gale and Shapley (1962), example 1: three by three, each man's first choice when men propose."""
    men = -np.array([[1, 2, 3], [3, 1, 2], [2, 3, 1]], dtype=float)
    women = -np.array([[3, 2, 1], [1, 3, 2], [2, 1, 3]], dtype=float)  # rank that column gives to row
    one, yes = np.ones(3, dtype=np.intp), np.ones((3, 3), bool)
    assert deferred_acceptance(men, women, one, yes).tolist() == [0, 1, 2]
    back = deferred_acceptance(women.T, men.T, one, yes)  # women propose: each woman's first choice
    assert back.tolist() == [1, 2, 0]


def test_budgets_stop_a_pair_from_blocking() -> None:
    mine = theirs = np.array([[3.0], [1.0]])
    match, one, yes = np.array([-1, 0]), np.array([1]), np.ones((2, 1), bool)
    assert blocking_pairs(match, mine, theirs, one, yes, np.array([[5.0], [1.0]]), np.array([4.0])).tolist() == []
    assert blocking_pairs(match, mine, theirs, one, yes, np.array([[5.0], [1.0]]), np.array([5.0])).tolist() == [[0, 0]]
    two = np.array([2])  # room for both, money for one only: the better one replaces the other
    assert blocking_pairs(match, mine, theirs, two, yes, np.array([[5.0], [1.0]]), np.array([5.0])).tolist() == [[0, 0]]


def test_ties_by_position_and_nobody() -> None:
    same = np.ones((3, 1))
    assert deferred_acceptance(same, same, np.array([1]), same > 0).tolist() == [0, -1, -1]
    assert (
        deferred_acceptance(np.ones((0, 2)), np.ones((0, 2)), np.ones(2, dtype=np.intp), np.ones((0, 2), bool)).size
        == 0
    )
