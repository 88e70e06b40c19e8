"""Town and country in closed form, against the general Theil index, by invariants and by brute force."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from megaregion._rng import generator
from megaregion.core.dual_economy import (
    bootstrap_means,
    dual_contrast,
    dual_deviation,
    group_gap,
    permuted_gaps,
    two_group_theil,
    two_way_balance,
)
from megaregion.core.inequality import theil

amounts = st.floats(0.01, 1e6)
EPS = np.finfo(float).eps


def test_equal_income_per_head_gives_no_disparity() -> None:
    got = two_group_theil(np.array([30.0]), np.array([70.0]), np.array([3.0]), np.array([7.0]))
    assert got[0] == pytest.approx(0.0, abs=4 * EPS)


def test_two_groups_by_hand() -> None:
    """Half of the people have three quarters of the income: T = .75 ln 1.5 + .25 ln .5."""
    got = two_group_theil(np.array([3.0]), np.array([1.0]), np.array([5.0]), np.array([5.0]))
    assert got[0] == pytest.approx(0.75 * math.log(1.5) + 0.25 * math.log(0.5), rel=1e-14)


def test_all_income_in_town_gives_minus_log_of_its_people() -> None:
    got = two_group_theil(np.array([5.0]), np.array([0.0]), np.array([1.0]), np.array([3.0]))
    assert got[0] == pytest.approx(math.log(4.0), rel=1e-14)


def test_wholly_urban_places_have_no_gap_and_empty_ones_no_index() -> None:
    got = two_group_theil(np.array([5.0, 0.0]), np.zeros(2), np.array([1.0, 0.0]), np.zeros(2))
    assert got[0] == 0.0
    assert np.isnan(got[1])


def test_income_without_people_has_no_index() -> None:
    assert np.isnan(two_group_theil(np.array([5.0]), np.array([1.0]), np.array([1.0]), np.array([0.0]))[0])


@given(amounts, amounts, amounts, amounts, st.floats(0.01, 100.0))
def test_theil_is_the_general_index_and_free_of_units(a: float, b: float, m: float, n: float, k: float) -> None:
    """Terms are at most ln(1e8) ~ 18 in size, so a few hundred rounding units cover both orders of summing."""
    got = two_group_theil(*(np.array([v]) for v in (a, b, m, n)))[0]
    assert got == pytest.approx(theil(np.array([a, b]), np.array([m, n])), abs=400 * EPS)
    scaled = two_group_theil(*(np.array([v]) for v in (k * a, k * b, m / k, n / k)))[0]
    assert got == pytest.approx(scaled, abs=400 * EPS)
    assert got >= -400 * EPS


def test_contrast_and_deviation_by_hand() -> None:
    """A tenth of value added by two fifths of the workers: (.1/.4) / (.9/.6) = 1/6, deviation .3."""
    assert dual_contrast(np.array([0.1]), np.array([0.4]))[0] == pytest.approx(1 / 6, rel=1e-14)
    assert dual_deviation(np.array([0.1]), np.array([0.4]))[0] == pytest.approx(0.3, rel=1e-14)


@given(st.floats(0.001, 0.999))
def test_equal_productivity_gives_contrast_one_and_no_deviation(share: float) -> None:
    assert dual_contrast(np.array([share]), np.array([share]))[0] == pytest.approx(1.0, rel=8 * EPS / 0.001)
    assert dual_deviation(np.array([share]), np.array([share]))[0] == 0.0


@pytest.mark.parametrize(("value", "labour"), [(0.0, 0.0), (0.5, 1.0), (1.0, 0.5), (np.nan, 0.5)])
def test_contrast_without_one_sector_is_missing(value: float, labour: float) -> None:
    assert np.isnan(dual_contrast(np.array([value]), np.array([labour]))[0])


def test_balance_by_hand() -> None:
    got = two_way_balance(np.array([5.0, 3.0, 4.0, 0.0, 1.0]), np.array([5.0, 1.0, 0.0, 0.0, np.nan]))
    np.testing.assert_allclose(got[:3], [1.0, 0.5, 0.0], rtol=1e-15)
    assert np.isnan(got[3:]).all()


@given(amounts, amounts, st.floats(0.01, 100.0))
def test_balance_is_symmetric_and_free_of_units(a: float, b: float, k: float) -> None:
    x, y = np.array([a]), np.array([b])
    assert two_way_balance(x, y)[0] == two_way_balance(y, x)[0]
    assert two_way_balance(k * x, k * y)[0] == pytest.approx(two_way_balance(x, y)[0], abs=16 * EPS)


def test_permutations_are_draws_from_all_deals() -> None:
    """Five places, two of town: only 10 deals exist; every draw is one of them, and all of them occur."""
    values, weights = np.array([1.0, 4.0, 2.0, 9.0, 5.0]), np.array([1.0, 2.0, 3.0, 1.0, 2.0])
    town = np.array([True, True, False, False, False])
    drawn = permuted_gaps(values, weights, town, 2000, generator(3))
    deals = []
    for chosen in itertools.combinations(range(5), 2):
        dealt = np.isin(np.arange(5), chosen)
        up, down = group_gap(values, weights, dealt)
        deals.append(up - down)
    nearest = np.abs(drawn[:, None] - np.array(deals)).argmin(axis=1)
    np.testing.assert_allclose(drawn, np.array(deals)[nearest], atol=1e-12)
    counts = np.bincount(nearest, minlength=10)
    assert counts.min() > 200 - 6 * math.sqrt(2000 * 0.1 * 0.9)  # six standard deviations of a binomial


def test_bootstrap_keeps_to_its_kind() -> None:
    """Places of one kind that are all alike have no sampling error, whatever the other kind does."""
    values, weights = np.array([7.0, 7.0, 7.0, 1.0, 9.0]), np.array([1.0, 5.0, 2.0, 1.0, 3.0])
    town = np.array([True, True, True, False, False])
    up, down = bootstrap_means(values, weights, town, 200, generator(1))
    np.testing.assert_allclose(up, 7.0, rtol=1e-14)
    allowed = np.array([1.0, 9.0, 7.0])  # (1, 1), (9, 9), and (1 x 1 + 9 x 3) / 4
    assert np.abs(down[:, None] - allowed).min(axis=1).max() < 1e-12
    assert len(np.unique(down.round(9))) == 3
