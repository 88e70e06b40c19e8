"""Tables over all layers of flows: sums, agreement with the single estimators, panels, and what is left out."""

import numpy as np
import pandas as pd
import pytest

from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.barriers import BorderOptions, dyads
from megaregion.links.soft.border_over_time import border_over_time
from megaregion.links.soft.gravity_equation import GravityOptions, gravity_equation
from megaregion.links.soft.gravity_layers import gravity_layers, sticky_layer
from megaregion.links.soft.stickiness import stickiness

N = 14


def world(seed=1):
    rng = np.random.default_rng(seed)
    ids = [f"p{k:02d}" for k in range(N)]
    at = rng.uniform(0, 300, (N, 2))
    km = np.hypot(*(at[:, None] - at).transpose(2, 0, 1)) + 20.0 * (1 - np.eye(N))
    group = pd.Series([f"g{k % 2}" for k in range(N)], ids)
    same = group.to_numpy()[:, None] == group.to_numpy()
    flow = rng.poisson(np.exp(9 - np.log(km + np.eye(N)) + 0.6 * same) * (1 - np.eye(N))).astype(float)
    frame = pd.DataFrame(flow, ids, ids)
    frame.attrs.update(unit="person", observed=True)
    return frame, pd.DataFrame(km, ids, ids), group


def panel(periods=6, seed=2, rho=0.6):
    frame, _, _ = world()
    rng = np.random.default_rng(seed)
    i, j = np.nonzero(~np.eye(N, dtype=bool))
    state, rows = rng.normal(0, 0.5, len(i)), []
    for year in range(2010, 2010 + periods):
        state = rho * state + rng.normal(0, 0.4, len(i))
        value = (frame.to_numpy()[i, j] + 1) * np.exp(state)
        rows.append(pd.DataFrame({"layer": "people", "origin": frame.index[i], "destination": frame.index[j],
                                  "period": float(year), "value": value, "unit": "person"}))  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def study(flows, **more):
    _, km, group = world()
    return gravity_layers(flows, km, group, options=BorderOptions(), **more)


def test_tables_are_those_of_the_single_estimators():
    frame, km, group = world()
    found = study({"people": frame, "capital": 2.0 * frame})
    rows = dyads(frame, km, group).rows
    alone = gravity_equation(rows, ["ln_x", "same"], options=GravityOptions(unit="person"))
    got = found.tables["gravity"].to_frame()
    assert list(got["layer"].unique()) == ["people", "capital"]
    for layer in ("people", "capital"):  # the unit of a flow changes no coefficient
        part = got[got["layer"] == layer]
        np.testing.assert_allclose(part["coef"], alone.table["coef"], rtol=1e-7)
        np.testing.assert_allclose(part["se"], alone.table["se"], rtol=1e-6)
    sticky = found.tables["stickiness"].to_frame()
    table = rows[["origin", "destination", "flow"]]
    own = pd.DataFrame({"origin": frame.index, "destination": frame.index, "flow": 0.0})
    want = stickiness(pd.concat([table, own]), layer="people", unit="person", distance=km, groups=group).table
    mine = sticky[sticky["layer"] == "people"]
    np.testing.assert_allclose(mine["value"].to_numpy(float), want["value"].to_numpy(float), equal_nan=True)
    for result in found.tables.values():
        assert [c.name for c in result.describe()] == list(result.to_frame())


def test_expected_flows_meet_the_totals_of_both_ends():
    table = study({"people": world()[0]}).tables["expected"].to_frame()
    for end in ("origin", "destination"):
        sums = table.groupby(end)[["observed", "expected"]].sum()
        np.testing.assert_allclose(sums["expected"], sums["observed"], rtol=1e-8)
    up = (table["ratio"] > 1) == (table["root_excess_sd"] > 0)
    assert up.all() and ((table["ratio_low"] <= table["ratio"]) & (table["ratio"] <= table["ratio_high"])).all()


def test_root_excess_does_not_hang_on_the_unit():
    frame = world()[0]
    one, two = (study({"people": f}).tables["expected"].to_frame() for f in (frame, 1000.0 * frame))
    np.testing.assert_allclose(one["root_excess_sd"], two["root_excess_sd"], rtol=1e-6, atol=1e-8)


def test_a_panel_gives_persistence_and_the_change_of_the_border():
    _, _, group = world()
    rows = panel()
    found = study({"people": world()[0]}, panel=rows)
    sticky = found.tables["stickiness"].to_frame().set_index("measure")
    long = rows.rename(columns={"value": "flow"}).astype({"period": "int64"})
    long = long[["origin", "destination", "period", "flow"]]
    alone = stickiness(long, layer="people", unit="person").table.set_index("measure")
    for measure in ("persistence", "half-life", "reciprocity"):
        np.testing.assert_allclose(*(t.loc[measure, ["value", "ci_low"]].astype(float) for t in (sticky, alone)))
    assert sticky.loc["persistence", "periods"] == 6
    change = found.tables["border_change"].to_frame()
    assert change["period"].tolist() == [2011, 2012, 2013, 2014, 2015] and (change["base"] == 2010).all()
    want = border_over_time(long, group, unit="person").table
    np.testing.assert_allclose(change["coef"], want["coef"], rtol=1e-8)


def test_what_cannot_be_estimated_is_named_and_the_rest_goes_on():
    frame = world()[0]
    shares = frame.div(frame.sum(axis=1), axis=0)
    found = study({"people": frame, "goods": shares, "capital": 0 * frame})
    assert set(found.tables["gravity"].to_frame()["layer"]) == {"people"}
    told = {part: en for part, en, zh in found.left_out if zh}
    assert "shares, not volumes" in told["gravity: goods"] and "zero everywhere" in told["gravity: capital"]


def test_places_and_units_of_a_panel_are_checked():
    _, km, group = world()
    rows = panel(2)
    with pytest.raises(InputError, match="nowhere"):
        sticky_layer(None, rows.replace({"p00": "nowhere"}), layer="people", distance=km, groups=group, zero=False)
    mixed = rows.assign(unit=["person", "index"] * (len(rows) // 2))
    with pytest.raises(InputError, match="several units: index, person"):
        sticky_layer(None, mixed, layer="people", distance=km, groups=group, zero=False)
    with pytest.raises(MissingDataError, match="no flows of the layer"):
        sticky_layer(None, None, layer="people", distance=km, groups=group, zero=False)
