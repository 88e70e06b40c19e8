"""Theil index: closed forms, brute force, exact decomposition."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from megaregion.core.inequality import theil, theil_by_group


def test_two_places_by_hand() -> None:
    """Shares 3/4 and 1/4 of income, equal people: .75 ln 1.5 + .25 ln .5."""
    want = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    assert theil(np.array([3.0, 1.0]), np.array([5.0, 5.0])) == pytest.approx(want, abs=1e-15)


def test_all_income_in_one_place_is_the_log_of_its_share_of_people() -> None:
    """The others add the limit of s ln(s / p) at s = 0, which is 0."""
    assert theil(np.array([7.0, 0.0, 0.0]), np.array([1.0, 2.0, 5.0])) == pytest.approx(math.log(8), abs=1e-15)


def test_same_income_per_head_is_zero() -> None:
    people = np.array([1.0, 4.0, 9.0])
    assert theil(3.0 * people, people) == pytest.approx(0.0, abs=1e-15)


def test_one_group_has_no_between_part() -> None:
    income, people = np.array([1.0, 2.0, 6.0]), np.array([2.0, 2.0, 1.0])
    between, within, *_ = theil_by_group(income, people, np.zeros(3, dtype=np.intp))
    assert between == 0.0
    assert within == pytest.approx(theil(income, people), abs=1e-15)


def test_each_place_its_own_group_has_no_within_part() -> None:
    income, people = np.array([1.0, 2.0, 6.0]), np.array([2.0, 2.0, 1.0])
    between, within, *_ = theil_by_group(income, people, np.arange(3, dtype=np.intp))
    assert within == 0.0
    assert between == pytest.approx(theil(income, people), abs=1e-15)


def test_group_without_income_adds_nothing_and_has_no_index() -> None:
    income, people = np.array([2.0, 1.0, 0.0, 0.0]), np.ones(4)
    between, within, share, _, inside = theil_by_group(income, people, np.array([0, 0, 1, 1]))
    assert between == pytest.approx(math.log(2), abs=1e-15)
    assert within == pytest.approx(theil(income[:2], people[:2]), abs=1e-15)
    assert share[1] == 0.0
    assert np.isnan(inside[1])


@given(
    st.lists(st.tuples(st.floats(0, 1e9), st.floats(1, 1e7), st.integers(0, 3)), min_size=1, max_size=30),
    st.floats(1e-3, 1e3),
)
def test_parts_add_up_to_an_index_computed_by_a_plain_loop(rows: list[tuple[float, float, int]], scale: float) -> None:
    """Brute force over places; terms are at most ~ln(1e9), so 30 of them are exact to 1e-12."""
    income, people = np.array([r[0] for r in rows]) + 0.0, np.array([r[1] for r in rows])
    if not income.sum() > 1e-6:
        income[0] = 1.0
    group = np.unique([r[2] for r in rows], return_inverse=True)[1].astype(np.intp)
    total = sum(
        y / income.sum() * math.log(y / income.sum() / (n / people.sum()))
        for y, n in zip(income, people, strict=True)
        if y / income.sum() > 0
    )
    between, within, share_y, share_n, _ = theil_by_group(income, people, group)
    assert between + within == pytest.approx(total, abs=1e-12)
    assert between >= -1e-12
    assert share_y.sum() == pytest.approx(1.0)
    assert share_n.sum() == pytest.approx(1.0)
    assert theil(scale * income, people) == pytest.approx(theil(income, people), abs=1e-12)
