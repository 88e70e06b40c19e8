"""Totals that are met, and a decay that equals the Poisson estimate."""

import numpy as np
import pytest

from megaregion.core.doubly_constrained import decay, furness
from megaregion.core.poisson import poisson
from megaregion.errors import InfeasibleError, InputError


def test_two_by_two_by_hand():
    """Rows 3, 1 and columns 2, 2 with f all ones: the product of the shares."""
    got = furness(np.ones((2, 2)), np.array([3.0, 1.0]), np.array([2.0, 2.0]))
    np.testing.assert_allclose(got.flow, [[1.5, 1.5], [0.5, 0.5]], rtol=1e-12)


def test_totals_are_met_and_odds_ratios_stay():
    rng = np.random.default_rng(0)
    f = rng.gamma(1.0, 1.0, (6, 8))
    o = rng.gamma(2.0, 10.0, 6)
    d = rng.gamma(2.0, 10.0, 8)
    d *= o.sum() / d.sum()
    flow = furness(f, o, d).flow
    np.testing.assert_allclose(flow.sum(axis=1), o, rtol=1e-11)
    np.testing.assert_allclose(flow.sum(axis=0), d, rtol=1e-11)
    odds = [g[0, 0] * g[1, 1] / (g[0, 1] * g[1, 0]) for g in (f, flow)]
    assert odds[0] == pytest.approx(odds[1], rel=1e-10)


@pytest.mark.parametrize("form", ["exponential", "power"])
def test_decay_is_the_poisson_estimate(form):
    """Same first-order conditions, two programs; 1e-8 of the slope is the tolerance of the balancing."""
    rng = np.random.default_rng(1)
    n = 12
    cost = rng.uniform(10, 300, (n, n))
    np.fill_diagonal(cost, np.inf)
    x = np.log(cost) if form == "power" else cost
    with np.errstate(invalid="ignore"):
        flow = rng.poisson(
            np.exp(rng.normal(5, 1, (n, 1)) + rng.normal(0, 1, n) - (1.0 if form == "power" else 0.01) * x)
        )
    flow = flow.astype(float)
    np.fill_diagonal(flow, 0.0)
    i, j = np.nonzero(~np.eye(n, dtype=bool))
    target = float((flow[i, j] * x[i, j]).sum() / flow.sum())
    got = decay(cost, flow.sum(axis=1), flow.sum(axis=0), target, form=form)
    want = poisson(x[i, j][:, None], flow[i, j], [i, j])
    assert got.slope == pytest.approx(want.estimate[0], rel=1e-8)
    np.testing.assert_allclose(got.balanced.flow[i, j], want.mean, rtol=1e-6)
    f = np.where(np.isfinite(cost), cost**got.slope if form == "power" else np.exp(got.slope * cost), 0.0)
    again = got.balanced.origin[:, None] * f * got.balanced.destination
    np.testing.assert_allclose(again, got.balanced.flow, rtol=1e-9)


def test_what_cannot_be():
    one = np.ones(2)
    with pytest.raises(InfeasibleError, match="origins 0 have a total"):
        furness(np.array([[0.0, 0.0], [1.0, 1.0]]), one, one)
    with pytest.raises(InfeasibleError, match="no scaling"):  # both rows must send all to the second column
        furness(np.array([[0.0, 1.0], [1e-320, 1.0]]), one, np.array([1.9, 0.1]))
    with pytest.raises(InputError, match="equal"):
        furness(np.ones((2, 2)), one, 2 * one)
    with pytest.raises(InputError, match="finite"):
        furness(np.array([[1.0, np.nan], [1.0, 1.0]]), one, one)
    with pytest.raises(InputError, match="does not vary"):
        decay(np.ones((2, 2)), one, one, 1.0)
    with pytest.raises(InputError, match="no slope gives"):
        decay(np.array([[1.0, 2.0], [2.0, 1.0]]), one, one, 5.0)
