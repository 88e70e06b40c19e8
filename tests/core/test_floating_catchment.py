"""Floating catchment areas: what is kept, what is not, and decay."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from megaregion.core.floating_catchment import allocated, balanced, gaussian_weights, two_step, zone_weights

SIZES = st.tuples(st.integers(1, 6), st.integers(1, 5))
ROUNDING = 1e-12  # some tens of sums and quotients of doubles


@st.composite
def cases(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """People, supply, weights (many of them zero) and quality."""
    n, m = draw(SIZES)
    number = st.one_of(st.just(0.0), st.floats(1e-3, 1e6))
    weight = st.one_of(st.just(0.0), st.floats(1e-3, 1.0))
    return (
        draw(arrays(float, n, elements=number)), draw(arrays(float, m, elements=number)),
        draw(arrays(float, (n, m), elements=weight)), draw(arrays(float, m, elements=st.floats(0.0, 5.0))),
    )  # fmt: skip


@given(cases())
def test_people_times_access_is_the_supply_that_is_reached(case: tuple[np.ndarray, ...]) -> None:
    people, supply, weights, quality = case
    for form in (two_step, allocated):
        got = form(people, supply, weights, quality)
        reached = (people @ weights) > 0
        want = float((supply * quality)[reached].sum())
        assert float(people @ got.access) == pytest.approx(want, rel=1e-9, abs=1e-300)
        assert (got.demand > 0).tolist() == reached.tolist()


@given(cases())
def test_balanced_keeps_people_and_level_of_service(case: tuple[np.ndarray, ...]) -> None:
    """Paez, Higgins and Vivona (2019): neither demand nor level of service is inflated."""
    people, supply, weights, quality = case
    got = balanced(people, supply, weights, quality)
    served = weights.sum(axis=1) > 0
    assert got.demand.sum() == pytest.approx(people[served].sum(), rel=1e-9, abs=1e-300)
    assert got.access.sum() == pytest.approx((got.ratio * quality).sum(), rel=1e-9, abs=1e-300)
    assert allocated(people, supply, weights, quality).demand.sum() == pytest.approx(
        people[served].sum(), rel=1e-9, abs=1e-300
    )


@given(cases())
def test_parts_add_up_and_nothing_is_negative(case: tuple[np.ndarray, ...]) -> None:
    for form in (two_step, allocated, balanced):
        got = form(*case)
        assert got.parts.sum(axis=1) == pytest.approx(got.access)
        assert (got.parts >= 0).all()
        assert np.isfinite(got.parts).all()


def test_one_place_one_facility() -> None:
    one = np.ones(1)
    for form in (two_step, allocated, balanced):
        assert form(100 * one, 5 * one, np.array([[0.3]]), one).access.tolist() == pytest.approx([0.05])


def test_by_hand() -> None:
    """P = (100, 50), S = (10, 6), w = ((1, .5), (0, 1)): R = (.1, 6 / 100), A = (.1 + .03, .06)."""
    weights = np.array([[1.0, 0.5], [0.0, 1.0]])
    got = two_step(np.array([100.0, 50.0]), np.array([10.0, 6.0]), weights, np.ones(2))
    assert got.access == pytest.approx([0.13, 0.06])
    # balanced: W^i = ((2/3, 1/3), (0, 1)), demand (200/3, 250/3), R = (.15, .072); W^j = ((1, 1/3), (0, 2/3))
    got = balanced(np.array([100.0, 50.0]), np.array([10.0, 6.0]), weights, np.ones(2))
    assert got.ratio == pytest.approx([0.15, 0.072])
    assert got.access == pytest.approx([0.174, 0.048])


def test_two_steps_inflate_demand_and_the_balanced_form_does_not() -> None:
    """One place with three facilities in reach: two steps meet its 90 people three times over."""
    people, supply, weights = np.array([90.0]), np.array([1.0, 2.0, 3.0]), np.ones((1, 3))
    assert two_step(people, supply, weights, np.ones(3)).demand.sum() == 270.0
    assert balanced(people, supply, weights, np.ones(3)).demand.sum() == pytest.approx(90.0)


def test_zones_close_at_their_upper_end() -> None:
    time = np.array([0.0, 10.0, 10.1, 20.0, 30.0, 30.1, np.inf])
    got = zone_weights(time, np.array([10.0, 20.0, 30.0]), np.array([1.0, 0.68, 0.22]))
    assert got.tolist() == [1.0, 1.0, 0.68, 0.68, 0.22, 0.0, 0.0]


def test_gaussian_is_one_here_and_zero_from_the_reach_on() -> None:
    got = gaussian_weights(np.array([0.0, 30.0, 60.0, 61.0, np.inf]), 60.0)
    half = (np.exp(-0.125) - np.exp(-0.5)) / (1 - np.exp(-0.5))
    assert got == pytest.approx([1.0, half, 0.0, 0.0, 0.0], abs=ROUNDING)
