"""Scenario flows that keep their totals."""

import numpy as np
import pandas as pd
import pytest

from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.constrained_flows import constrained_flows


def world(n=6, seed=0):
    rng = np.random.default_rng(seed)
    ids = [f"p{k}" for k in range(n)]
    cost = rng.uniform(20, 200, (n, n))
    np.fill_diagonal(cost, np.inf)
    flow = rng.poisson(np.exp(7 - 0.02 * cost) + 1).astype(float)
    np.fill_diagonal(flow, 0.0)
    return pd.DataFrame(flow, ids, ids), pd.DataFrame(cost, ids, ids)


@pytest.mark.parametrize("start", ["observed", "model"])
@pytest.mark.parametrize("form", ["exponential", "power"])
def test_nothing_changes_when_costs_do_not(form, start):
    flow, cost = world()
    got = constrained_flows(flow, cost, cost, form=form, start=start)
    np.testing.assert_allclose(got.table["change"], 0.0, atol=1e-8)
    assert got.mean_cost_after == pytest.approx(got.mean_cost, rel=1e-10)
    assert [c.name for c in got.describe()] == list(got.to_frame())


def test_a_faster_link_draws_flow_and_totals_stay():
    flow, cost = world(seed=1)
    after = cost.copy()
    after.loc["p0", "p1"] /= 2
    got = constrained_flows(flow, cost, after).table
    pair = got[(got["origin"] == "p0") & (got["destination"] == "p1")]
    assert pair["change"].item() > 0
    for end, want in (("origin", flow.sum(axis=1)), ("destination", flow.sum(axis=0))):
        np.testing.assert_allclose(got.groupby(end)["after"].sum(), want, rtol=1e-10)


def test_a_way_that_opens_has_a_flow_in_the_model_only():
    flow, cost = world(seed=4)
    shut = cost.copy()
    shut.loc["p0", "p1"] = np.inf
    flow.loc["p0", "p1"] = 0.0
    both = {start: constrained_flows(flow, shut, cost, start=start).table for start in ("model", "observed")}
    pair = {s: t[(t["origin"] == "p0") & (t["destination"] == "p1")].iloc[0] for s, t in both.items()}
    assert pair["model"]["modelled"] == 0.0 and pair["model"]["after"] > 0.0 == pair["observed"]["after"]
    np.testing.assert_allclose(both["model"].groupby("origin")["after"].sum(), flow.sum(axis=1), rtol=1e-10)


def test_the_same_costs_leave_every_digit():
    flow, cost = world(seed=5)
    for start in ("model", "observed"):
        assert (constrained_flows(flow, cost, cost.copy(), start=start).table["change"] == 0.0).all()


def test_a_uniform_cost_changes_nothing_when_totals_are_fixed():
    """exp(c (d + 10)) differs by one factor from exp(c d): the balancing takes it out."""
    flow, cost = world(seed=2)
    np.testing.assert_allclose(constrained_flows(flow, cost, cost + 10).table["change"], 0.0, atol=1e-8)


def test_bad_input():
    flow, cost = world(seed=3)
    with pytest.raises(InputError, match="p0→p0"):
        constrained_flows(flow + 1.0, cost, cost)
    with pytest.raises(MissingDataError):
        constrained_flows(flow.mask(flow == flow.max().max()), cost, cost)
