"""Comparisons by pairs: Saaty's drinks, closed forms, consistency."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.pairwise_comparison import RANDOM_INDEX, is_reciprocal, priorities

DRINKS = np.array(  # coffee wine tea beer sodas milk water
    [[1, 9, 5, 2, 1, 1, 1 / 2], [1 / 9, 1, 1 / 3, 1 / 9, 1 / 9, 1 / 9, 1 / 9],
     [1 / 5, 3, 1, 1 / 3, 1 / 4, 1 / 3, 1 / 9],
     [1 / 2, 9, 3, 1, 1 / 2, 1, 1 / 3], [1, 9, 4, 2, 1, 2, 1 / 2], [1, 9, 3, 1, 1 / 2, 1, 1 / 3],
     [2, 9, 9, 3, 2, 3, 1]]
)  # fmt: skip


def test_drinks_of_saaty_2008() -> None:
    """Int. J. Services Sciences 1(1), figure 2: weights with three decimals, consistency ratio .022."""
    got = priorities(DRINKS)
    np.testing.assert_allclose(got.weights, [0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327], atol=5.1e-4)
    assert got.ratio == pytest.approx(0.022, abs=5e-4)


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.floats(0.1, 9.0), min_size=1, max_size=9))
def test_consistent_judgements_give_back_their_weights(raw: list[float]) -> None:
    w = np.array(raw)
    got = priorities(w[:, None] / w[None, :])
    np.testing.assert_allclose(got.weights, w / w.sum(), rtol=1e-9)
    assert got.eigenvalue == pytest.approx(len(w))
    assert got.ratio == pytest.approx(0.0, abs=1e-9)


def test_three_judgements_by_hand() -> None:
    """a12 = 2, a23 = 2, a13 = 4 t: weights are the geometric means of rows, lambda = 1 + t^(1/3) + t^(-1/3)."""
    t = 8.0
    a = np.array([[1, 2, 4 * t], [1 / 2, 1, 2], [1 / (4 * t), 1 / 2, 1]])
    got = priorities(a)
    rows = np.prod(a, axis=1) ** (1 / 3)
    np.testing.assert_allclose(got.weights, rows / rows.sum(), rtol=1e-9)
    largest = 1 + 2.0 + 0.5
    assert got.eigenvalue == pytest.approx(largest)
    assert got.ratio == pytest.approx((largest - 3) / 2 / RANDOM_INDEX[2])


def test_reciprocity_allows_two_digits() -> None:
    assert is_reciprocal(np.array([[1.0, 3.0], [0.33, 1.0]]))
    assert not is_reciprocal(np.array([[1.0, 3.0], [3.0, 1.0]]))
    assert not is_reciprocal(np.array([[1.0, -3.0], [-1 / 3, 1.0]]))
