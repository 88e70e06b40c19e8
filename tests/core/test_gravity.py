"""Gravity with censored small flows: the truncated mean, the estimator against another program and its likelihood."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from scipy.stats import poisson

from megaregion.core.gravity import gravity, small_flow
from megaregion.links.soft.gravity import ppml


class Place(NamedTuple):
    time: np.ndarray
    cross: np.ndarray


@pytest.fixture
def geography() -> Callable[[int, int], Place]:
    """Minutes between points on a plane of two halves, and pairs across."""

    def make(n: int, seed: int) -> Place:
        xy = np.random.default_rng(seed).random((n, 2)) * 400
        time = 50 + np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
        side = xy[:, 0] > 200
        return Place(time, (side[:, None] != side[None, :]).astype(float))

    return make


def flows(place, seed: int, *, size: float = 3e4, slope: float = 3.0, border: float = 0.8, below: int = 1):
    """A census of commuters drawn from gravity; pairs below the threshold are left out."""
    rng = np.random.default_rng(seed)
    n = len(place.time)
    mean = size * rng.lognormal(0, 0.5, (n, 1)) * rng.lognormal(0, 0.5, n) * (place.time / 100) ** -slope
    mean *= np.exp(-border * place.cross)
    drawn = rng.poisson(mean).astype(float)
    drawn[drawn < below] = 0.0
    np.fill_diagonal(drawn, 1e5 * rng.lognormal(0, 0.3, n))
    return drawn


@pytest.mark.parametrize("below", [2, 10, 40])
def test_small_flow_is_the_truncated_mean_of_the_poisson_distribution(below: int) -> None:
    """Against the sum over all outcomes below the threshold."""
    mean = np.array([0.0, 1e-6, 0.3, 4.0, 9.0, 30.0, 200.0])
    k = np.arange(below)
    weight = poisson.logpmf(k[None], mean[:, None])
    weight = np.exp(weight - weight.max(axis=1, keepdims=True))
    np.testing.assert_allclose(small_flow(mean, below), (weight * k).sum(axis=1) / weight.sum(axis=1), rtol=1e-9)
    assert small_flow(np.array([1e12]), below)[0] == below - 1


def test_without_censoring_a_small_flow_is_its_mean_up_to_half_a_person() -> None:
    np.testing.assert_array_equal(small_flow(np.array([0.0, 0.2, 7.0]), 1), [0.0, 0.2, 0.5])


def test_gravity_finds_the_coefficients_of_flows_without_noise(geography) -> None:
    """Flows that follow the equation exactly are its own optimum, all pairs observed."""
    place = geography(12, 4)
    rng = np.random.default_rng(1)
    flow = 1e4 * rng.lognormal(0, 1, (12, 1)) * rng.lognormal(0, 1, 12) * (place.time / 100) ** -2.2
    flow *= np.exp(-0.7 * place.cross)
    found = gravity(flow, place.time, place.cross, below=1)
    assert (found.slope, found.curvature, found.border) == pytest.approx((2.2, 0.0, 0.7), abs=1e-7)
    off = ~np.eye(12, dtype=bool)
    np.testing.assert_allclose(found.mean[off], flow[off], rtol=1e-6)


def test_without_censoring_it_is_the_poisson_regression_of_another_program(geography) -> None:
    """Threshold one: pyfixest's PPML with effects of origin and destination, zeros included."""
    place = geography(14, 5)
    flow = flows(place, 2, size=30.0)
    found = gravity(flow, place.time, place.cross, below=1)
    off = ~np.eye(14, dtype=bool)
    i, j = np.nonzero(off)
    log = np.log(place.time)
    middle = (np.where(off, flow, 0) * log).sum() / flow[off].sum()
    z = (log - middle)[off]
    frame = pd.DataFrame({
        "flow": flow[off], "z": -z, "zz": -z * z, "cross": -place.cross[off], "o": i, "d": j
    })  # fmt: skip
    assert (frame["flow"] == 0).any()
    other = ppml(frame, "flow", ["z", "zz", "cross"], effects=["o", "d"]).table["coef"]
    got = np.array([found.slope, found.curvature, found.border])
    np.testing.assert_allclose(got, other.to_numpy(), rtol=1e-5, atol=1e-6)


def test_censored_fit_is_a_stationary_point_of_the_likelihood(geography) -> None:
    """Derivatives of ln P by scipy.stats at the fitted means: effects of origin, destination, and time."""
    place = geography(12, 6)
    flow = flows(place, 3, size=60.0, below=10)
    found = gravity(flow, place.time, place.cross, below=10)
    off = ~np.eye(12, dtype=bool)
    silent = off & (flow == 0)
    assert silent.sum() > 20

    def likelihood(scale: np.ndarray) -> float:
        mean = np.where(off, found.mean * scale, 1.0)
        return float(np.where(silent, poisson.logcdf(9, mean), poisson.logpmf(flow.round(), mean))[off].sum())

    h, people = 1e-6, flow[off].sum()
    for direction in (np.eye(12)[3][:, None] * np.ones(12), np.eye(12)[5][None] * np.ones((12, 1)),
                      np.log(place.time), np.log(place.time) ** 2, place.cross):  # fmt: skip
        slope = (likelihood(np.exp(h * direction)) - likelihood(np.exp(-h * direction))) / (2 * h)
        assert abs(slope) < 1e-5 * people


def test_censoring_taken_for_zeros_bends_and_steepens_what_is_straight(geography) -> None:
    """Slope 3, no curvature, border .8; half of the pairs left out. With the threshold known all three are found."""
    place = geography(30, 7)
    flow = flows(place, 4, size=100.0, below=10)
    assert 0.2 < (flow > 0).mean() < 0.6
    known = gravity(flow, place.time, place.cross, below=10)
    naive = gravity(flow, place.time, place.cross, below=1)
    assert known.slope == pytest.approx(3.0, abs=0.1) and naive.slope > 3.1
    assert known.curvature == pytest.approx(0.0, abs=0.3) and naive.curvature > 0.8
    assert known.border == pytest.approx(0.8, abs=0.1) and naive.border > 0.9


@pytest.mark.parametrize("n", [2, 3])
def test_few_places_fit_their_flows_exactly(geography, n: int) -> None:
    """More coefficients than pairs: what each does is arbitrary, the fitted flows are not."""
    place = geography(n, 1)
    flow = np.random.default_rng(1).uniform(50, 500, (n, n))
    found = gravity(flow, place.time, place.cross, below=1)
    margins = [np.where(np.eye(n) > 0, 0, m) for m in (found.mean, flow)]
    for axis in (0, 1):
        np.testing.assert_allclose(margins[0].sum(axis=axis), margins[1].sum(axis=axis), rtol=1e-6)
