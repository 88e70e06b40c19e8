"""Theil index: closed forms, brute force, exact decomposition."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from megaregion.core.inequality import (
    MEASURES,
    atkinson,
    mean_log_deviation,
    measures,
    nested,
    theil,
    theil_by_group,
)


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


# libpysal's us_income: income per head of 48 states; numbers printed in the PySAL documentation of `inequality`
def us_income(year: str) -> np.ndarray:
    libpysal = pytest.importorskip("libpysal")
    table = pd.read_csv(libpysal.examples.get_path("usjoin.csv"))
    return table[year].to_numpy(float)


def test_us_states_1929() -> None:
    """Theil .062514, Gini .201041, standard deviation of logs .369376, each state counted once."""
    y = us_income("1929")
    once = np.ones(len(y))
    got = measures(y, once)
    assert got["theil_t"][0] == pytest.approx(0.062514, abs=5e-7)
    assert got["gini"][0] == pytest.approx(0.201041, abs=5e-7)
    assert np.log(y).std(ddof=1) == pytest.approx(0.369376, abs=5e-7)
    assert theil(y, once) == pytest.approx(got["theil_t"][0], rel=1e-12)


def test_measures_by_hand() -> None:
    """1 and 3, one person each: Gini 1/4; geometric mean sqrt 3; A(.5) = 1 - ((1 + sqrt 3) / 2)^2 / 2."""
    got = measures(np.array([3.0, 1.0]), np.ones(2))
    assert got["gini"][0] == pytest.approx(0.25)
    assert got["atkinson_one"][0] == pytest.approx(1 - np.sqrt(3) / 2)
    assert got["atkinson_half"][0] == pytest.approx(1 - ((1 + np.sqrt(3)) / 2) ** 2 / 2)
    assert got["palma"][0] == pytest.approx(0.3 / 0.4)  # a tenth of people at 3, four tenths at 1
    assert got["theil_l"][0] == pytest.approx(np.log(2) - np.log(3) / 2)
    assert got["theil_t"][0] == pytest.approx(0.75 * np.log(1.5) + 0.25 * np.log(0.5))


def test_people_are_repetition_and_draws_are_rows() -> None:
    rng = np.random.default_rng(1)
    value, people = rng.lognormal(size=12), rng.integers(1, 6, 12)
    once = measures(np.repeat(value, people), np.ones(people.sum()))
    rows = rng.integers(0, 3, (4, 12)).astype(float)
    many = measures(value, people.astype(float), rows)
    for name in MEASURES:
        assert measures(value, people.astype(float))[name][0] == pytest.approx(once[name][0], rel=1e-12)
        for b in range(4):
            kept = rows[b] > 0
            single = measures(value[kept], people[kept] * rows[b][kept])[name][0]
            assert many[name][b] == pytest.approx(single, rel=1e-11)


def test_nothing_at_the_bottom() -> None:
    got = measures(np.array([0.0, 1.0]), np.ones(2))
    assert got["theil_l"][0] == np.inf and got["atkinson_one"][0] == 1.0 and got["palma"][0] == np.inf
    assert got["gini"][0] == pytest.approx(0.5) and got["theil_t"][0] == pytest.approx(np.log(2))
    assert atkinson(np.array([0.0, 1.0]), np.ones(2), 2.0) == 1.0


def test_nested_parts_sum_and_agree_with_one_level() -> None:
    rng = np.random.default_rng(2)
    income, people = rng.lognormal(size=24), rng.lognormal(size=24)
    fine = np.arange(24) // 4
    coarse = fine // 3
    t, low = nested(income, people, [coarse.astype(np.intp), fine.astype(np.intp)])
    assert t.sum() == pytest.approx(theil(income, people), rel=1e-12)
    assert low.sum() == pytest.approx(mean_log_deviation(income, people), rel=1e-12)
    assert t[0] == pytest.approx(theil_by_group(income, people, coarse.astype(np.intp))[0], rel=1e-12)
    assert t[0] + t[1] == pytest.approx(theil_by_group(income, people, fine.astype(np.intp))[0], rel=1e-12)
    assert (t > 0).all() and (low > 0).all()
    same = nested(income, people, [])
    assert same[0].tolist() == pytest.approx([theil(income, people)])
