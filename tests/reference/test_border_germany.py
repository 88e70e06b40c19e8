"""State borders and the former inner-German border in commuting between 401 counties (Federal Employment Agency).

Asserted are facts of the file, agreement with an independent program, and statements that hold in every variant; the
estimates are printed (pytest -s). Rows 1-324 of the file are west, 325-401 east with Berlin.
"""

import numpy as np
import pandas as pd
import pytest

from megaregion.links.soft.barriers import border_effect, dyads
from megaregion.links.soft.border_inference import group_pairs, main_design, wild_p
from megaregion.links.soft.border_levels import border_levels, censoring_bounds
from megaregion.links.soft.gravity import ppml

WEST = 324


def table(file, name):
    frame = pd.read_csv(file / "germany" / name, index_col=0, encoding="utf-8-sig")
    frame.index = frame.columns = [f"{int(code):05d}" for code in frame.index]
    return frame.astype(float)


@pytest.fixture(scope="module")
def germany(shared_data):
    """Commuters (rows residence), kilometres, one-way minutes where known, half and state of each county."""
    flow = table(shared_data, "commuting_wide.csv").T  # the file has workplaces in rows
    km = table(shared_data, "distance_matrix.csv") / 1000.0
    minutes = table(shared_data, "roundtrip_time_base.csv")
    minutes = minutes.where(minutes < 1e6) / 2.0
    border = pd.read_csv(shared_data / "germany/CountyBorderDist.csv", encoding="utf-8-sig")
    assert [f"{code:05d}" for code in border["county_id"]] == list(flow.index)
    half = np.where(np.arange(len(flow)) < WEST, "west", "east")
    levels = pd.DataFrame({"half": half, "state": [code[:2] for code in flow.index]}, flow.index)
    return flow, km, minutes, levels


@pytest.fixture(scope="module")
def pairs(germany):
    flow, km, _, levels = germany
    return dyads(flow, km, levels["state"], absent_is_zero=True)


def at(result, term):
    return result.table.set_index("term").loc[term]


def test_facts_of_the_file(germany, pairs):
    """33,052,677 commuters, 67.06 % stay; 9,493 positive pairs of 160,400, none below 10."""
    flow = germany[0]
    assert flow.to_numpy().sum() == 33_052_677
    assert np.trace(flow.to_numpy()) / 33_052_677 == pytest.approx(0.6706, abs=5e-5)
    positive = pairs.rows.loc[pairs.rows["flow"] > 0, "flow"]
    assert (len(pairs.rows), len(positive), positive.min()) == (160_400, 9_493, 10.0)


def test_with_and_without_multilateral_terms(germany, pairs, shared_data):
    """Same coefficients as pyfixest to 1e-6; without effects the state border is another number and is flagged."""
    levels = germany[3]
    within = border_levels(pairs, levels)
    half = levels["half"]
    rows = pairs.rows.assign(
        half=(pairs.rows["origin"].map(half) == pairs.rows["destination"].map(half)).astype(float)
    )  # fmt: skip
    want = ppml(rows, "flow", ["half", "same", "ln_x"], effects=("origin", "destination")).table["coef"]
    for mine, other in (("half", "half"), ("state", "same"), ("ln_x", "ln_x")):
        assert at(within, mine)["coef"] == pytest.approx(want[other], abs=1e-6)
    labour = pd.read_csv(shared_data / "germany/labor_tidy.csv", dtype={"region_id": str}).set_index("region_id")
    masses = labour.rename(columns={"employment_residence": "origin", "employment_workplace": "destination"})
    without = border_levels(pairs, levels, masses=masses.loc[levels.index, ["origin", "destination"]])
    print("\nwith effects\n", within.table.iloc[:3, :7], "\nwithout\n", without.table.iloc[:3, :7])
    assert within.multilateral and not without.multilateral and without.warnings
    assert not at(within, "ln_x")["ci_low"] <= at(without, "ln_x")["coef"] <= at(within, "ln_x")["ci_high"]


def test_the_state_border_survives_form_and_censoring_and_the_inner_german_does_not(germany, pairs):
    """State: interval above zero in all variants. Former inner-German border: above zero only on straight ln km."""
    levels = germany[3]
    found = {form: border_levels(pairs, levels, form=form) for form in ("log", "log and level", "spline")}
    found |= {f"silent pairs: {name}": r for name, r in censoring_bounds(pairs, levels, below=10).items()}
    for name, result in found.items():
        print(f"\n{name}\n", result.table.iloc[:2, :7])
        assert at(result, "state")["ci_low"] > 0, name
    inner = {name: at(result, "half") for name, result in found.items()}
    assert inner["log"]["ci_low"] > 0
    assert all(inner[name]["ci_low"] < 0 < inner[name]["ci_high"] for name in ("log and level", "spline"))


def test_minutes_on_the_pairs_with_a_time(germany):
    """About 10,000 near pairs have a time; on 30 minutes the state border is worth a finite number of minutes more."""
    flow, _, minutes, levels = germany
    near = dyads(flow, minutes, levels["state"], measure="time", base_min=30.0, absent_is_zero=True)
    got = at(border_levels(near, levels[["state"]]), "state")
    main = border_effect(near)
    print(f"\nstate border on 30 min: {got['equivalent_min']:.1f} ({got['min_low']:.1f}, {got['min_high']:.1f})")
    assert got["coef"] == pytest.approx(main.coef, abs=1e-6)
    assert got["equivalent_min"] == pytest.approx(main.equivalent_min, rel=1e-5)
    assert 0 < got["min_low"] < got["equivalent_min"] < got["min_high"] < 120
    design = main_design(near)
    p = wild_p(design, group_pairs(design, levels["state"]), 0.0, seed=1, replications=999)
    print(f"wild bootstrap over pairs of states: p = {p:.3f}")
    assert p < 0.05
