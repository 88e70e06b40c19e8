"""Evenness and slopes of the largest."""

import numpy as np
import pytest

from megaregion.core.polycentricity import evenness, top_slope


def test_evenness_of_complete_ring_and_star() -> None:
    """Equal strengths: 1. A star of five: degrees 4, 1, 1, 1, 1, mean 1.6, sd 1.2, largest 4."""
    assert evenness(np.full(6, 3.0)) == 1.0
    star = evenness(np.array([4.0, 1.0, 1.0, 1.0, 1.0]))
    assert star == pytest.approx(1.0 - 1.2 / 2.0)
    assert star < evenness(np.full(5, 2.0))
    assert evenness(np.array([0.0, 8.0])) == 0.0  # the network that Green divides by
    assert np.isnan(evenness(np.zeros(3)))


def test_slope_of_the_largest_is_minus_one_under_zipf() -> None:
    assert top_slope(1.0 / np.arange(1, 9)) == pytest.approx(-1.0, rel=1e-12)
    assert top_slope(np.array([5.0, 5.0, 5.0, 5.0, 1.0])) == pytest.approx(0.0, abs=1e-12)
    assert np.isnan(top_slope(np.array([3.0, 2.0, 1.0, 0.0])))
