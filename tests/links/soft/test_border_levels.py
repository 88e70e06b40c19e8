"""Borders by level: planted levels come back, what is unknown has no number, forms of distance, censoring."""

import numpy as np
import pandas as pd
import pytest

from megaregion.errors import AlignmentError, InputError, MissingDataError
from megaregion.links.soft.barriers import border_effect, dyads
from megaregion.links.soft.border_levels import border_levels, censoring_bounds
from megaregion.links.soft.equivalents import equivalent


def nested(seed=0, n=48, noise=True, bend=0.0):
    """Two provinces of three prefectures; sharing a province is worth 0.5, a prefecture 0.7 more; dialect 0.3."""
    rng = np.random.default_rng(seed)
    ids = [f"p{k:02d}" for k in range(n)]
    xy = rng.uniform(0, 400, (n, 2))
    km = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) + 10
    prefecture = rng.permutation(np.arange(n) % 6)
    province, dialect = prefecture // 3, rng.integers(0, 2, n)
    same = [np.equal.outer(v, v).astype(float) for v in (province, prefecture, dialect)]
    eta = 8 - 1.2 * np.log(km) + 0.5 * same[0] + 0.7 * same[1] + 0.3 * same[2] + bend * np.log(km / 100) ** 2
    eta += rng.normal(0, 0.5, (n, 1)) + rng.normal(0, 0.5, n)
    flow = rng.poisson(np.exp(eta) * rng.gamma(4, 0.25, (n, n))).astype(float) if noise else np.exp(eta)
    levels = pd.DataFrame({"country": "c", "province": province, "prefecture": prefecture}, ids).astype(str)
    frames = [pd.DataFrame(v, ids, ids) for v in (flow, km, same[2])]
    return frames[0], frames[1], levels, frames[2]


def terms(result):
    return result.table.set_index("term")


def test_exact_flows_give_exact_levels():
    flow, km, levels, dialect = nested(noise=False)
    got = terms(border_levels(dyads(flow, km, levels["province"]), levels, controls={"dialect": dialect}))
    want = {"province": 0.5, "prefecture": 0.7, "dialect": 0.3, "ln_x": -1.2}
    for name, value in want.items():
        assert got.loc[name, "coef"] == pytest.approx(value, abs=1e-7), name
    assert not got.loc["country", "identified"] and np.isnan(got.loc["country", "coef"])
    assert got.loc["country", "note_en"] and got.loc["country", "note_zh"]
    assert np.isnan(got.loc["province", "equivalent_min"])  # kilometres have no minutes
    assert got.loc["province", "equivalent_percent"] == pytest.approx(100 * np.expm1(0.5 / 1.2), rel=1e-6)


def test_one_level_is_the_border_effect():
    flow, km, levels, _ = nested(1)
    pairs = dyads(flow, km, levels["province"], measure="time", base_min=60.0)
    got, want = terms(border_levels(pairs, levels[["province"]])).loc["province"], border_effect(pairs)
    assert got["coef"] == pytest.approx(want.coef, abs=1e-7)
    assert got["equivalent_min"] == pytest.approx(want.equivalent_min, rel=1e-6)
    assert got["min_low"] < got["equivalent_min"] < got["min_high"]


def test_levels_cover():
    """40 draws: each level's interval holds the truth at least 32 times (below has p < 0.001 at exact cover)."""
    hits = {"province": 0, "prefecture": 0, "dialect": 0}
    truth = {"province": 0.5, "prefecture": 0.7, "dialect": 0.3}
    for seed in range(40):
        flow, km, levels, dialect = nested(100 + seed)
        levels = levels.drop(columns="country")
        got = terms(border_levels(dyads(flow, km, levels["province"]), levels, controls={"dialect": dialect}))
        for name, value in truth.items():
            hits[name] += got.loc[name, "ci_low"] <= value <= got.loc[name, "ci_high"]
    assert min(hits.values()) >= 32, hits


def test_a_border_of_zero_is_allowed_and_the_form_of_distance_matters():
    """Flows that bend in ln x: a straight line puts the bend into the border, the spline less of it."""
    flow, km, levels, _ = nested(2, noise=False, bend=-0.5)
    pairs = dyads(flow, km, levels["province"])
    off = {}
    for form in ("log", "log and level", "spline"):
        got = terms(border_levels(pairs, levels[["province", "prefecture"]], form=form))
        off[form] = abs(got.loc["prefecture", "coef"] - 0.7)
        if form != "log":
            assert (
                np.isnan(got.loc["prefecture", "equivalent_percent"])
                and "no single" in got.loc["prefecture", "note_en"]
            )
    assert off["spline"] < off["log"] and off["log and level"] < off["log"]


def test_without_multilateral_terms_is_flagged():
    flow, km, levels, _ = nested(3)
    masses = pd.DataFrame({"origin": flow.sum(axis=1), "destination": flow.sum(axis=0)})
    got = border_levels(dyads(flow, km, levels["province"]), levels[["province"]], masses=masses)
    assert not got.multilateral and "biased" in got.warnings[0]
    assert terms(got).loc["ln_mass_o", "identified"]


def test_a_group_of_one_place_is_named():
    flow, km, levels, _ = nested(7, n=12)
    levels.iloc[0, levels.columns.get_loc("prefecture")] = "alone"
    got = border_levels(dyads(flow, km, levels["province"]), levels)
    assert any(text.startswith("prefecture") and "alone: one place" in text for text in got.warnings)


def test_perfectly_separated_border():
    """No flow crosses: the level has no number, and it is said."""
    flow, km, levels, _ = nested(4)
    province = levels["province"].to_numpy()
    shut = flow * (province[:, None] == province[None])
    got = terms(border_levels(dyads(shut, km, levels["province"]), levels[["province", "prefecture"]]))
    assert not got.loc["province", "identified"] and got.loc["prefecture", "identified"]


def test_censoring_bounds_by_construction():
    flow, km, levels, _ = nested(5)
    hidden = flow.where(flow >= 10, 0.0)
    got = censoring_bounds(dyads(hidden, km, levels["province"]), levels[["province"]], below=10)
    assert set(got) == {"zero", "most", "positive"}
    steep = {name: terms(r).loc["ln_x", "coef"] for name, r in got.items()}
    assert steep["zero"] < steep["most"] < 0  # filling far pairs up makes distance matter less
    with pytest.raises(InputError):
        censoring_bounds(dyads(hidden, km, levels["province"]), levels[["province"]], below=1)


def test_equivalent_by_hand():
    """coef ln 2, slope -1, no error: the trip doubles; an error of 0.1 in coef only gives exp(+-0.2) with wide = 2."""
    percent, minutes, low, high = equivalent(np.log(2), -1.0, np.diag([0.01, 0.0]), base_min=60.0, wide=2.0)
    assert (percent, minutes) == (pytest.approx(100.0), pytest.approx(60.0))
    assert low == pytest.approx(60 * (2 * np.exp(-0.2) - 1)) and high == pytest.approx(60 * (2 * np.exp(0.2) - 1))


def test_columns_and_bad_input():
    flow, km, levels, dialect = nested(6, n=12)
    pairs = dyads(flow, km, levels["province"])
    got = border_levels(pairs, levels[["province"]])
    assert [c.name for c in got.describe()] == list(got.to_frame())
    with pytest.raises(MissingDataError, match=r"levels.province"):
        border_levels(pairs, levels[["province"]].mask(levels["prefecture"] == "0"))
    with pytest.raises(MissingDataError, match="dialect"):
        border_levels(pairs, levels[["province"]], controls={"dialect": dialect * np.nan})
    with pytest.raises(InputError, match="must differ"):
        border_levels(pairs, levels[["province"]], controls={"ln_x": dialect})
    with pytest.raises(AlignmentError):
        border_levels(pairs, levels[["province"]].iloc[1:])
