"""Cross-impact balance against its definition."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core import cross_impact
from megaregion.core.cross_impact import balances, consistent, inconsistency
from megaregion.errors import InputError


def _random(sizes: tuple[int, ...], seed: int, low: int = -3, high: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    c = rng.integers(low, high + 1, (sum(sizes), sum(sizes))).astype(float)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    c[owner[:, None] == owner[None, :]] = 0.0
    return c


def _by_definition(c: np.ndarray, sizes: tuple[int, ...], slack: float) -> list[tuple[int, ...]]:
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    out = []
    for z in product(*(range(n) for n in sizes)):
        good = True
        for j, n in enumerate(sizes):
            theta = [sum(c[starts[i] + z[i], starts[j] + k] for i in range(len(sizes)) if i != j) for k in range(n)]
            good &= theta[z[j]] >= max(theta) - slack
        if good:
            out.append(z)
    return out


def test_two_descriptors_by_hand() -> None:
    """Growth and peace help each other, decline and unrest too; the mixed ones do not hold.

    theta of (growth, peace): growth +2, decline -2, peace +3, unrest -3.
    """
    c = np.zeros((4, 4))
    c[0, 2:] = 3, -3  # growth on peace, unrest
    c[1, 2:] = -1, 1  # decline
    c[2, :2] = 2, -2  # peace on growth, decline
    c[3, :2] = -2, 2  # unrest
    assert consistent(c, (2, 2)).tolist() == [[0, 0], [1, 1]]
    np.testing.assert_array_equal(balances(c, (2, 2), np.array([[0, 0]])), [[2, -2, 3, -3]])
    # growth with unrest: decline leads growth by 4, peace leads unrest by 6
    assert inconsistency(c, (2, 2), np.array([[0, 1], [0, 0]])).tolist() == [6.0, 0.0]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=5), st.integers(0, 10**6), st.sampled_from([0.0, 1.0, 2.0]))
def test_enumeration_is_the_definition(sizes: list[int], seed: int, slack: float) -> None:
    c = _random(tuple(sizes), seed)
    got = [tuple(row) for row in consistent(c, tuple(sizes), slack=slack).tolist()]
    assert got == _by_definition(c, tuple(sizes), slack)


def test_small_chunks_give_the_same_in_the_same_order(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = (3, 3, 2, 4, 3)
    c = _random(sizes, 1, -1, 1)
    whole = consistent(c, sizes, slack=2.0)
    monkeypatch.setattr(cross_impact, "CHUNK", 2)
    assert len(whole) > 10
    np.testing.assert_array_equal(consistent(c, sizes, slack=2.0), whole)


@given(st.integers(0, 10**6), st.lists(st.integers(-5, 5), min_size=8, max_size=8))
def test_a_constant_in_a_judgement_section_changes_nothing(seed: int, shifts: list[int]) -> None:
    """What a state adds to all states of another descriptor alike favours none of them (Weimer-Jehle 2006)."""
    sizes = (2, 3, 3)
    c = _random(sizes, seed)
    moved = c.copy()
    moved[:, 5:] += np.where(np.arange(8) < 5, shifts, 0)[:, None]
    np.testing.assert_array_equal(consistent(moved, sizes), consistent(c, sizes))


@given(st.integers(0, 10**6), st.floats(0.001, 1000))
def test_the_unit_of_the_judgements_does_not_matter(seed: int, unit: float) -> None:
    sizes = (2, 3, 3)
    c = _random(sizes, seed)
    np.testing.assert_array_equal(consistent(c * unit, sizes), consistent(c, sizes))


def test_no_judgements_make_everything_consistent() -> None:
    assert len(consistent(np.zeros((6, 6)), (2, 2, 2))) == 8
    with pytest.raises(InputError, match="more than 7"):
        consistent(np.zeros((6, 6)), (2, 2, 2), limit=7)


@pytest.mark.parametrize(
    ("c", "sizes"),
    [(np.zeros((3, 3)), (2, 2)), (np.full((2, 2), np.nan), (1, 1)), (np.ones((2, 2)), (2,)), (np.zeros((0, 0)), ())],
)
def test_bad_input(c: np.ndarray, sizes: tuple[int, ...]) -> None:
    with pytest.raises(InputError):
        consistent(c, sizes)
