"""Cohen's kappa and the adjusted Rand index."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from megaregion.core.agreement_kappa import adjusted_rand, cohen_kappa, contingency
from megaregion.errors import InputError

FLEISS = np.array([[53, 5, 2], [11, 14, 5], [1, 6, 3]]) * 2
COHEN_1968 = np.array([[44, 5, 1], [7, 20, 3], [9, 5, 6]]) * 2


@pytest.mark.parametrize(("table", "kappa"), [(FLEISS, 0.429), (COHEN_1968, 0.492), ([[20, 5], [10, 15]], 0.4)])
def test_printed_values(table: object, kappa: float) -> None:
    """Table of Fleiss, Cohen and Everitt (1969), of Cohen (1968), and a textbook one; printed to three digits."""
    assert cohen_kappa(table).kappa == pytest.approx(kappa, abs=5e-4)


def _kappa(p: np.ndarray) -> float:
    expected = p.sum(axis=1) @ p.sum(axis=0)
    return float((np.trace(p) - expected) / (1 - expected))


@pytest.mark.parametrize("table", [FLEISS, COHEN_1968, np.array([[20, 5], [10, 15]])])
def test_standard_error_is_the_delta_method(table: np.ndarray) -> None:
    """Gradient by central differences with the multinomial covariance; differences of 1e-5 are exact to about 1e-9."""
    n, p = table.sum(), table / table.sum()
    gradient = np.empty(p.size)
    for k in range(p.size):
        step = np.zeros(p.size)
        step[k] = 1e-5
        step = step.reshape(p.shape)
        gradient[k] = (_kappa(p + step) - _kappa(p - step)) / 2e-5
    flat = p.ravel()
    variance = gradient @ (np.diag(flat) - np.outer(flat, flat)) @ gradient / n
    assert cohen_kappa(table).se == pytest.approx(np.sqrt(variance), rel=1e-6)


def test_standard_error_under_chance_is_that_of_the_margins() -> None:
    """With independent sides the general formula and that of the null are the same to first order."""
    table = np.outer([30, 50, 20], [40, 40, 20]) * 10
    k = cohen_kappa(table)
    assert k.kappa == pytest.approx(0.0, abs=1e-12)
    assert k.se_null == pytest.approx(k.se, rel=1e-9)


def test_full_agreement_and_one_class() -> None:
    assert cohen_kappa(np.diag([3, 4])).kappa == 1.0
    assert cohen_kappa(np.diag([3, 4])).se == 0.0
    assert np.isnan(cohen_kappa([[7, 0], [0, 0]]).kappa)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=40), st.permutations(range(4)))
def test_names_of_the_classes_do_not_matter(pairs: list[tuple[int, int]], names: list[int]) -> None:
    a, b = np.array(pairs).T
    old, new = cohen_kappa(contingency(a, b, 4)), cohen_kappa(contingency(np.array(names)[a], np.array(names)[b], 4))
    assert new.kappa == pytest.approx(old.kappa, nan_ok=True, abs=1e-12)
    assert new.se**2 == pytest.approx(old.se**2, nan_ok=True, abs=1e-14)  # rounding enters under the root


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=2, max_size=25))
def test_rand_index_counts_pairs(pairs: list[tuple[int, int]]) -> None:
    a, b = np.array(pairs).T
    both = one = other = 0
    for i, j in combinations(range(len(a)), 2):
        both += a[i] == a[j] and b[i] == b[j]
        one += a[i] == a[j]
        other += b[i] == b[j]
    chance = one * other / (len(a) * (len(a) - 1) / 2)
    most = (one + other) / 2
    assert adjusted_rand(a, b) == pytest.approx(1.0 if most == chance else (both - chance) / (most - chance))


@pytest.mark.parametrize("table", [[[1, 2]], [[0, 0], [0, 0]], [[1, -1], [0, 2]], [[np.nan, 1], [1, 1]], []])
def test_bad_tables(table: object) -> None:
    with pytest.raises(InputError):
        cohen_kappa(table)


def test_bad_classes() -> None:
    with pytest.raises(InputError, match="0 to 1"):
        contingency([0, 2], [0, 1], 2)
    with pytest.raises(InputError, match="same things"):
        contingency([0, 1], [0])
