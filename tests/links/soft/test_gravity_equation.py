"""The researcher's gravity: errors of three kinds, separation named, indices without persons, panels."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.score_covariance import dyadic
from megaregion.errors import InputError, MissingDataError, SchemaError
from megaregion.links.soft.gravity import ppml
from megaregion.links.soft.gravity_equation import GravityOptions, gravity_equation


def world(n=20, periods=1, seed=0, internal=False, dyads=0.0):
    """Poisson-gamma flows, slope -1 on log distance; `dyads` is the spread of a shock that a place brings to all."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 300, (n, 2))
    km = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) + 10
    i, j = np.nonzero(np.ones((n, n)) if internal else ~np.eye(n, dtype=bool))
    parts = []
    for period in range(periods):
        ends = rng.normal(0, 0.7, n)[i] + rng.normal(0, 0.7, n)[j]
        lnx = np.log(km[i, j])
        new = (rng.random((n, n)) < 0.3)[i, j].astype(float)
        mean = np.exp(9 + ends - lnx + 0.4 * new)
        y = rng.poisson(mean * rng.gamma(4, 0.25, len(i))).astype(float)
        part = {"origin": i, "destination": j, "flow": y, "ln_km": lnx, "link": new}
        parts.append(pd.DataFrame(part).assign(period=2000 + period))
    out = pd.concat(parts, ignore_index=True)
    out["origin"], out["destination"] = "p" + out["origin"].astype(str), "p" + out["destination"].astype(str)
    return out if periods > 1 else out.drop(columns="period")


def coef(result):
    return result.table.set_index("term")["coef"]


def test_agrees_with_pyfixest_two_way():
    """Coefficients to 1e-7; errors: same matrix but for (n - 1)/(n - k) of pyfixest, within half a percent here."""
    data = world()
    got = gravity_equation(data, ["ln_km", "link"], options=GravityOptions(errors="two-way"))
    ends = ("origin", "destination")
    want = ppml(data, "flow", ["ln_km", "link"], effects=ends, clusters=ends)
    np.testing.assert_allclose(got.table["coef"], want.table["coef"], atol=1e-7)
    np.testing.assert_allclose(got.table["se"], want.table["se"], rtol=0.005)
    np.testing.assert_allclose(got.table["ci_low"], want.table["low"], atol=0.005)
    assert (got.n, got.places, len(got.separated)) == (380, 20, 0)


def test_panel_with_pairs_agrees_with_pyfixest():
    data = world(8, periods=4, seed=1)
    got = gravity_equation(data, ["link", "ln_km"], options=GravityOptions(absorbed="pair", errors="robust"))
    frame = data.assign(
        pair=data["origin"] + data["destination"], ot=data["origin"] + data["period"].astype(str),
        dt=data["destination"] + data["period"].astype(str),
    )  # fmt: skip
    want = ppml(frame, "flow", ["link"], effects=("pair", "ot", "dt"))
    assert coef(got)["link"] == pytest.approx(want.table.loc["link", "coef"], abs=1e-7)
    fixed = got.table.set_index("term").loc["ln_km"]  # a pair effect takes up all that does not change
    assert not fixed["identified"] and np.isnan(fixed["coef"]) and fixed["note_zh"]


def test_dyadic_errors_are_those_of_the_double_loop():
    """Scores rebuilt from the fitted means with dummies; 7 places with internal flows."""
    data = world(7, seed=2, internal=True)
    got = gravity_equation(data, ["ln_km"], options=GravityOptions(errors="dyadic"))
    rows = got.expected.table
    i, j = (rows[e].str[1:].astype(int).to_numpy() for e in ("origin", "destination"))
    mean, y, x = rows["expected"].to_numpy(), rows["observed"].to_numpy(), data["ln_km"].to_numpy()
    dummies = np.hstack([np.eye(7)[i], np.eye(7)[j]])
    root = np.sqrt(mean)
    clean = x - dummies @ np.linalg.lstsq(root[:, None] * dummies, root * x, rcond=None)[0]
    score = clean * (y - mean)
    meat = sum(
        score[a] * score[b] for a in range(49) for b in range(49) if {i[a], j[a]} & {i[b], j[b]}
    )  # fmt: skip
    se = np.sqrt(meat * 7 / 6) / (mean * clean**2).sum()
    assert got.table["se"].iloc[0] == pytest.approx(se, rel=1e-6)
    assert dyadic(score[:, None], i, j)[0, 0] == pytest.approx(meat * 7 / 6, rel=1e-9)


def test_dyadic_intervals_cover():
    """100 draws of 25 places: 95 % intervals hold -1 at least 87 times (under exact cover less has p < 0.001)."""
    hit = 0
    for seed in range(100):
        row = gravity_equation(world(25, seed=100 + seed), ["ln_km", "link"]).table.iloc[0]
        hit += row["ci_low"] <= -1.0 <= row["ci_high"]
    assert hit >= 87


def test_separated_flows_are_named():
    data = world(10, seed=3)
    shut = (data["origin"].isin(["p1", "p2"])) & (data["destination"].isin(["p3", "p4"]))
    data["ban"] = shut.astype(float)
    data.loc[shut, "flow"] = 0.0
    data.loc[data["origin"] == "p0", "flow"] = 0.0
    got = gravity_equation(data, ["ln_km", "ban"])
    why = got.separated.groupby("why").size().to_dict()
    assert why == {"all flows of an effect are zero": 9, "the regressors predict zero": 4}
    assert not got.table.set_index("term").loc["ban", "identified"] and got.n == 90 - 13
    rest = data[~shut & (data["origin"] != "p0")]
    assert coef(got)["ln_km"] == pytest.approx(coef(gravity_equation(rest, ["ln_km"]))["ln_km"], abs=1e-9)


def test_index_flows_have_no_level_and_no_persons():
    data = world(8, seed=4)
    plain = gravity_equation(data, ["ln_km"], options=GravityOptions(absorbed="none", errors="robust"))
    got = gravity_equation(
        data.assign(flow=data["flow"] / 7), ["ln_km"],
        options=GravityOptions(absorbed="none", errors="robust", unit="index"),
    )  # fmt: skip
    assert coef(got)["ln_km"] == pytest.approx(coef(plain)["ln_km"], abs=1e-8)
    assert np.isnan(coef(got)["intercept"]) and np.isfinite(coef(plain)["intercept"])
    units = {c.name: c.unit for c in got.expected.describe()}
    assert units["observed"] == units["expected"] == "index"


def test_observed_over_expected_covers_the_known_mean():
    """Pure Poisson flows: the 95 % interval of the expectation holds the true mean in 95 % of pairs (+-3 %)."""
    rng = np.random.default_rng(5)
    data = world(30, seed=5)
    ends = rng.normal(0, 0.5, (2, 30))
    i, j = (data[e].str[1:].astype(int) for e in ("origin", "destination"))
    mean = np.exp(6 + ends[0][i] + ends[1][j] - 0.8 * data["ln_km"].to_numpy())
    table = gravity_equation(data.assign(flow=rng.poisson(mean).astype(float)), ["ln_km"]).expected.table
    true = table["observed"] / mean
    seen = table["observed"] > 0
    inside = (table["ratio_low"] <= true) & (true <= table["ratio_high"])
    assert inside[seen].mean() == pytest.approx(0.95, abs=0.03)
    assert table["excess_sd"].std() == pytest.approx(1.0, abs=0.1)
    assert table["root_excess_sd"].std() == pytest.approx(1.0, abs=0.1)
    assert (np.sign(table["root_excess_sd"]) == np.sign(table["excess_sd"])).all()
    for end in ("origin", "destination"):  # totals are met
        sums = table.groupby(end)[["observed", "expected"]].sum()
        np.testing.assert_allclose(sums["expected"], sums["observed"], rtol=1e-8)


def test_zeros_stay():
    data = world(12, seed=6)
    data["flow"] = np.floor(data["flow"] / 20)
    got = gravity_equation(data, ["ln_km"])
    assert got.zeros > 10 and got.n == 132


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), unit=st.sampled_from([1e-6, 0.5, 1e7]))
def test_unit_and_names_and_order_do_not_matter(seed, unit):
    """Coefficients and errors to 1e-6 under another unit of flow, other names and another order of rows."""
    data = world(9, seed=seed)
    one = gravity_equation(data, ["ln_km", "link"]).table
    other = data.assign(flow=data["flow"] * unit).sample(frac=1, random_state=seed)
    for end in ("origin", "destination"):
        other[end] = other[end].map(lambda name: f"z{9 - int(name[1:])}")
    two = gravity_equation(other, ["ln_km", "link"]).table
    np.testing.assert_allclose(two[["coef", "se"]], one[["coef", "se"]], rtol=1e-6, atol=1e-9)


def test_columns_are_described():
    got = gravity_equation(world(6, seed=7), ["ln_km"])
    for result in (got, got.expected):
        assert [c.name for c in result.describe()] == list(result.to_frame())
        assert all(c.en and c.zh for c in result.describe())


def test_bad_input_is_said_at_once():
    data = world(5, seed=8)
    bad = pd.concat([data, data.head(1)])
    bad.iloc[1, bad.columns.get_loc("flow")] = -1.0
    with pytest.raises(InputError, match=r"negative in 1 rows: p0→p2; a pair is listed twice in 1 rows: p0→p1; no int"):
        gravity_equation(bad, ["ln_km"], options=GravityOptions(internal_flows="required"))
    shares = data.assign(flow=data["flow"] / data.groupby("origin")["flow"].transform("sum"))
    with pytest.raises(InputError, match="shares, not volumes"):
        gravity_equation(shares, ["ln_km"])
    with pytest.raises(InputError, match="one origin only"):
        gravity_equation(data[data["origin"] == "p0"], ["ln_km"])
    with pytest.raises(InputError, match="above zero have one origin only"):  # zeros of the others say nothing
        gravity_equation(data.assign(flow=data["flow"].where(data["origin"] == "p0", 0.0)), ["ln_km"])
    two = data["origin"].isin(["p0", "p1"]) & data["destination"].isin(["p0", "p1"])
    with pytest.raises(InputError, match="2 flows say something, no more than there are effects"):
        gravity_equation(data[two], ["ln_km"])
    with pytest.raises(SchemaError, match="period, ln_min"):
        gravity_equation(data, ["ln_min"], options=GravityOptions(absorbed="pair"))
    with pytest.raises(MissingDataError, match=r"flows.ln_km in 20 rows"):
        gravity_equation(data.assign(ln_km=np.nan), ["ln_km"])
    for names in ([], ["ln_km", "ln_km"]):
        with pytest.raises(InputError, match="each once"):
            gravity_equation(data, names)
    with pytest.raises(InputError, match="zero everywhere"):
        gravity_equation(data.assign(flow=0.0), ["ln_km"])
    with pytest.raises(InputError, match=r"absorbed must be.*level must"):
        GravityOptions(absorbed="all", level=2.0)
