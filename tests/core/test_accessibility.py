"""Accessibility on the line city, by hand, and invariants."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from megaregion.core.accessibility import cumulative, market_access, mean_time, potential

LINE = np.abs(np.subtract.outer(np.arange(5.0), np.arange(5.0))) * 30.0 + 10.0  # ten minutes inside, thirty a step
ONES = np.ones(5)


def test_line_city() -> None:
    """Of five equal places half an hour apart the middle one reaches all in 70 minutes, an end three of them."""
    assert cumulative(LINE, ONES, 70.0).tolist() == [3, 4, 5, 4, 3]
    assert cumulative(LINE, ONES, 69.9).tolist() == [2, 3, 3, 3, 2]
    # 2^(-10/30) (1 + 1/2 + 1/4 + 1/8 + 1/16) at the end, (1 + 2 x 1/2 + 2 x 1/4) in the middle
    got = potential(LINE, ONES, 30.0)
    np.testing.assert_allclose(got[[0, 2]], 2 ** (-1 / 3) * np.array([31 / 16, 2.5]), rtol=1e-14)
    np.testing.assert_allclose(mean_time(LINE, ONES), [70, 52, 46, 52, 70], rtol=1e-15)


def test_market_access_by_hand() -> None:
    time = np.array([[1.0, 2.0], [2.0, 4.0]])
    np.testing.assert_allclose(market_access(time, np.array([3.0, 8.0]), 1.0), [7.0, 3.5], rtol=1e-15)


def test_places_out_of_reach() -> None:
    time = np.array([[1.0, np.inf], [np.inf, 1.0]])
    mass = np.array([5.0, 7.0])
    for found in (cumulative(time, mass, 1e9), market_access(time, mass, 2.0), 2 * potential(time, mass, 1.0)):
        np.testing.assert_array_equal(found, mass)
    assert np.isinf(mean_time(time, mass)).all()
    assert mean_time(time, np.array([5.0, 0.0]))[0] == 1.0  # where nobody lives, nobody is missed


@given(st.integers(0, 10_000))
def test_a_faster_link_harms_no_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    time, mass = rng.uniform(1, 200, (6, 6)), rng.uniform(0, 9, 6)
    less = time.copy()
    less[rng.integers(6), rng.integers(6)] *= rng.uniform(0.1, 1)
    for measure, setting in ((cumulative, 90.0), (potential, 60.0), (market_access, 1.3)):
        assert (measure(less, mass, setting) >= measure(time, mass, setting) * (1 - 1e-15)).all()
        assert measure(time, 3 * mass, setting) == pytest.approx(3 * measure(time, mass, setting), rel=1e-12)
