"""Ranges: what is drawn, and that a draw is the model at that draw."""

import numpy as np
import pytest

from megaregion.equilibrium.calibrate import baseline, calibrate
from megaregion.equilibrium.ensemble import GAMMA, draws, fits, one_at_a_time
from megaregion.equilibrium.joint import joint_welfare
from megaregion.equilibrium.shocks import Impulse
from megaregion.equilibrium.simulate import solve


@pytest.fixture
def base(geography, cluster, times, border):
    place = geography(12, 3)
    return baseline(cluster(place, equilibrium={"draws": 40}), times(place), border)


def half(base) -> Impulse:
    n = len(base.place.places)
    return Impulse(
        time_ratio=np.full((n, n), 0.9), barrier=np.where(base.place.cross > 0, 0.5, 1.0),
        productivity=np.ones(n), amenity=np.ones(n),
    )  # fmt: skip


def test_draws_are_even_within_ranges_and_repeat_with_the_seed(base) -> None:
    sample = draws(base, seed=7)
    assert sample.names == ("theta", "epsilon", "time_elasticity", "own_share", GAMMA)
    for column, name in enumerate(sample.names[:-1]):
        low, high = base.settings.ranges[name]
        slices = np.floor((sample.values[:, column] - low) / (high - low) * 40)
        np.testing.assert_array_equal(np.sort(slices), np.arange(40))
    # a Latin hypercube of 40 has the median within half a slice of probability of the middle
    assert np.median(sample.values[:, -1]) == pytest.approx(0.8, abs=0.11 * 0.07)
    np.testing.assert_array_equal(sample.values, draws(base, seed=7).values)
    assert (sample.values != draws(base, seed=8).values).all()


def test_each_draw_is_an_exact_solution_from_a_fresh_calibration(base) -> None:
    sample, found = draws(base, seed=7), joint_welfare(base, [half(base)], seed=7)
    for row in (0, 17, 39):
        chosen = dict(zip(sample.names, sample.values[row], strict=True))
        fresh = calibrate(base.place, chosen.pop(GAMMA), base.settings.parameters.replace(**chosen))
        for variant, full in enumerate((False, True)):
            exact = solve(fresh.economy, [half(base).shock(fresh, full_effect=full)]).welfare[0, 0]
            assert found[row, variant, 0] == pytest.approx(exact, rel=1e-9)


def test_every_draw_is_calibrated(base) -> None:
    for fit, own in zip(fits(base, draws(base, seed=1)), draws(base, seed=1).values[:, 3], strict=True):
        assert fit.own_share == pytest.approx(own, abs=1e-11)
        assert fit.residual <= 1e-12


def test_one_at_a_time_covers_grid_and_border(base) -> None:
    rows = [(s.parameter, s.value) for s in one_at_a_time(base)]
    assert [v for n, v in rows if n == "theta"] == [3.0, 4.0, 5.0, 6.0, 8.0]
    border = [v for n, v in rows if n == GAMMA]
    np.testing.assert_allclose(border, [0.8 - 1.96 * 0.11, 0.8, 0.8 + 1.96 * 0.11], atol=1e-4)
    for setting in one_at_a_time(base):
        moved = setting.fit.gamma if setting.parameter == GAMMA else getattr(
            setting.fit.parameters, setting.parameter)  # fmt: skip
        assert moved == setting.value


def test_values_without_a_unique_equilibrium_are_left_out(geography, cluster, times, border) -> None:
    place = geography(12, 3)
    odd = cluster(place, equilibrium={"draws": 20, "ranges": {"nu": [0.02, 0.95]}})
    rows = [(s.parameter, s.value) for s in one_at_a_time(baseline(odd, times(place), border))]
    assert ("nu", 0.08) in rows and ("nu", 0.95) not in rows


def test_range_over_theta_falls_as_one_over_theta(base) -> None:
    """Flow friction held: ln W is close to proportional to 1/theta for a small change."""
    welfare = {
        s.value: np.log(solve(s.fit.economy, [half(base).shock(s.fit)]).welfare[0, 0])
        for s in one_at_a_time(base)
        if s.parameter == "theta"
    }
    assert welfare[4.0] / welfare[8.0] == pytest.approx(2.0, rel=0.02)
