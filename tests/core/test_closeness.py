"""TOPSIS by hand, its reversals, and pairs that change order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.aggregate import ranks
from megaregion.core.closeness import closeness, inversions, reversals

UP = np.array([1, 1])
EVEN = np.array([0.5, 0.5])


def test_by_hand() -> None:
    """Columns (3, 4) and (6, 8) have lengths 5 and 10: places at (.3, .3) and (.4, .4), the second is the ideal."""
    np.testing.assert_allclose(closeness(np.array([[3.0, 6.0], [4.0, 8.0]]), EVEN, UP), [0.0, 1.0])


def test_three_places_by_hand() -> None:
    """(1, 0), (0, 1), (0, 0) with even weights: each of the first is .5 from its best and .5 from the worst."""
    got = closeness(np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]), EVEN, UP)
    np.testing.assert_allclose(got, [0.5, 0.5, 0.0])


def test_less_is_better_turns_the_ideal() -> None:
    x = np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 3.0]])
    down = closeness(x, EVEN, np.array([-1, -1]))
    assert ranks(down).tolist() == [1, 2, 3]
    assert down[2] == 0.0


@settings(deadline=None)  # a busy machine is no failure
@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_unit_moves_nothing(a: float, b: float) -> None:
    x = np.random.default_rng(1).uniform(1, 2, (6, 2))
    np.testing.assert_allclose(closeness(x * [a, b], EVEN, UP), closeness(x, EVEN, UP), rtol=1e-9)


def test_places_that_are_all_the_same_have_no_ideal() -> None:
    assert np.isnan(closeness(np.ones((3, 2)), EVEN, UP)).all()


def test_rank_reversal_by_hand() -> None:
    """(1, 8), (4, 4), (8, 1): both columns are 9 long, best (8, 8), worst (1, 1).

    Distances 7 and 7 give the first 1/2; sqrt 32 and sqrt 18 give the second 3/7: the first is ahead. Without the
    third the columns are sqrt 17 and sqrt 80 long and the two hold the extremes: (4 / sqrt 80) / (3 / sqrt 17 +
    4 / sqrt 80) = .381 against .619: the second is ahead.
    """
    x = np.array([[1.0, 8.0], [4.0, 4.0], [8.0, 1.0]])
    np.testing.assert_allclose(closeness(x, EVEN, UP), [1 / 2, 3 / 7, 1 / 2])
    near, far = 4 / 80**0.5, 3 / 17**0.5
    np.testing.assert_allclose(closeness(x[:2], EVEN, UP), [near / (far + near), far / (far + near)])
    assert reversals(x, EVEN, UP)[2] == 1


def test_reversals_equal_a_count_of_pairs() -> None:
    rng = np.random.default_rng(3)
    y = rng.uniform(0, 1, (12, 3))
    w = np.full(3, 1 / 3)
    base = closeness(y, w, np.ones(3, int))
    for i, got in enumerate(reversals(y, w, np.ones(3, int))):
        left = np.delete(np.arange(12), i)
        now = closeness(y[left], w, np.ones(3, int))
        pairs = [(a, b) for k, a in enumerate(range(11)) for b in range(k + 1, 11)]
        want = sum((base[left][a] - base[left][b]) * (now[a] - now[b]) < 0 for a, b in pairs)
        assert got == want
    assert reversals(y, w, np.ones(3, int)).sum() > 0


def test_a_column_that_only_one_place_has_leaves_the_rest_undefined() -> None:
    x = np.array([[1.0, 0.0], [2.0, 0.0], [3.0, 1.0]])
    assert reversals(x, EVEN, UP).tolist() == [0, 0, -1]


@settings(deadline=None)  # a busy machine is no failure
@given(st.permutations(range(1, 24)))
def test_inversions_equal_a_count_of_pairs(order: list[int]) -> None:
    want = sum(order[a] > order[b] for a in range(23) for b in range(a + 1, 23))
    assert inversions(np.arange(1, 24), np.array(order)) == want


@pytest.mark.parametrize(("second", "want"), [([1, 2, 3], 0), ([3, 2, 1], 3), ([2, 1, 3], 1)])
def test_inversions(second: list[int], want: int) -> None:
    assert inversions(np.array([1, 2, 3]), np.array(second)) == want
