"""Persistence: Nickell's bias is there and the jackknife takes it away; cover of the intervals."""

import numpy as np
import pytest

from megaregion.core.dynamic_panel import persistence
from megaregion.errors import InputError


def panel(rng, n, t, rho):
    """Stationary AR(1) with effects of units and periods."""
    y = np.empty((n, t))
    y[:, 0] = rng.normal(0, 1 / np.sqrt(1 - rho**2), n)
    for s in range(1, t):
        y[:, s] = rho * y[:, s - 1] + rng.normal(size=n)
    return y + rng.normal(size=(n, 1)) + np.linspace(0, 3, t)


def nickell(rho, t):
    """Plim of the within estimator less rho, t transitions (Nickell 1981, eq. 18)."""
    a = 1 - (1 - rho**t) / (t * (1 - rho))
    top = -(1 + rho) / (t - 1) * a
    return top / (1 - 2 * rho / ((1 - rho) * (t - 1)) * a)


@pytest.mark.parametrize("rho", [0.2, 0.6])
def test_nickell_bias_is_shown_and_mostly_removed(rho):
    """20,000 units, 8 transitions: within is off by Nickell's formula (+-0.01), rho by less than a third."""
    got = persistence(panel(np.random.default_rng(0), 20_000, 9, rho))
    bias = nickell(rho, 8)
    assert got.within - rho == pytest.approx(bias, abs=0.01)
    assert abs(got.rho - rho) < abs(bias) / 3 + 4 * got.error


def test_intervals_cover():
    """200 panels of 150 units and 20 periods, rho 0.5: 95 % intervals hold it in 95 % +- 6 % (4 errors of a share)."""
    rng = np.random.default_rng(1)
    hits = within = 0
    for _ in range(200):
        got = persistence(panel(rng, 150, 20, 0.5))
        hits += abs(got.rho - 0.5) < 1.96 * got.error
        within += abs(got.within - 0.5) < 1.96 * got.error
    assert hits / 200 == pytest.approx(0.95, abs=0.062)
    assert within / 200 < 0.6  # without correction the interval is in the wrong place


def test_exact_dynamics_and_effects_of_periods():
    """Without noise every estimate is rho, whatever units and periods add (stable under shifts by period)."""
    y = np.empty((30, 9))
    y[:, 0] = np.random.default_rng(2).normal(size=30)
    for s in range(1, 9):
        y[:, s] = 0.7 * y[:, s - 1]
    for shift in (0.0, np.arange(9.0) ** 2):
        got = persistence(y + shift)
        assert got.rho == pytest.approx(0.7, abs=1e-9) and got.within == pytest.approx(0.7, abs=1e-9)
        assert got.error == pytest.approx(0.0, abs=1e-9)


def test_gaps_equal_dropping_the_transitions():
    rng = np.random.default_rng(3)
    y = panel(rng, 60, 10, 0.5)
    y[::4, 4] = np.nan
    got = persistence(y)
    assert got.observations == 60 * 9 - 2 * 15 and got.units == 60
    now, before = y[:, 1:], y[:, :-1]
    i, s = np.nonzero(~np.isnan(now - before))
    x = np.column_stack([before[i, s], np.eye(60)[i], np.eye(9)[s][:, 1:]])
    assert got.within == pytest.approx(np.linalg.lstsq(x, now[i, s], rcond=None)[0][0], abs=1e-8)


def test_clusters_and_refusals():
    y = panel(np.random.default_rng(4), 40, 8, 0.3)
    twice = np.vstack([y, y])
    alone, pairs = persistence(y), persistence(twice, np.tile(np.arange(40), 2))
    assert pairs.rho == pytest.approx(alone.rho, abs=1e-10) and pairs.error == pytest.approx(alone.error, rel=1e-8)
    with pytest.raises(InputError, match="at least 5"):
        persistence(y[:, :4])
    with pytest.raises(InputError, match="do not vary"):
        persistence(np.ones((5, 8)))
    with pytest.raises(InputError, match="no unit"):
        persistence(np.full((5, 8), np.nan))
