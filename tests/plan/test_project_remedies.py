"""Projects as remedies of poverty: their effect is that of the equilibrium, their cost that of projects.toml."""

from dataclasses import replace

import pandas as pd
import pytest

from megaregion.core.poverty import fgt
from megaregion.equilibrium.calibrate import baseline
from megaregion.equilibrium.shocks import impulse
from megaregion.equilibrium.welfare import outcome
from megaregion.plan.projects import projects
from megaregion.plan.run import run


@pytest.fixture
def planned(geography, cluster, entries, times, border, times_of):
    place = geography(8, 3)
    raw = entries(place.places, 3)
    raw[2]["opened"] = 2021
    region = cluster(place, equilibrium={"draws": 20}, plan={"budget": 700.0}).replace(projects=tuple(raw))
    inside = pd.DataFrame({"name": "county", "kind": "county", "parent_id": place.places[0]}, index=["000000-1"])
    incomes = pd.DataFrame({
        "record_id": [str(k) for k in range(10)], "place_id": ["000000-1", "000000-1", *place.places],
        "year": 2020, "level": "person", "income": [4000.0, 9000.0, *(3000.0 * (k + 1) for k in range(8))],
        "unit": "CNY (2020) per person",
    })  # fmt: skip
    region = region.replace(places=pd.concat([region.places, inside]), further={"incomes": incomes})
    return region, times(place), border, times_of(place)


def test_effect_and_cost_by_hand(planned) -> None:
    region, minutes, border, ask = planned
    table = run(region, minutes, border, seed=1, times_of=ask)["remedies"].to_frame().set_index("option")
    assert set(table.index) == {"rail-00", "rail-01", "perfect targeting"}  # the opened one is no option
    base, first = baseline(region, minutes, border), projects(region)[0]
    shock = impulse(region, first.scenario.apply(region), base.place, ask).shock(base.nominal)
    growth = pd.Series(outcome(base.nominal, [shock]).fixed.real_income[0], index=list(base.place.places))
    incomes = region.further["incomes"]
    y, w = incomes["income"].to_numpy(float), [1.0] * 10
    city = ["000000" if p == "000000-1" else p for p in incomes["place_id"]]
    line = 0.6 * (9000.0 + 12000.0) / 2  # median of 3, 4, 6, 9, 9, 12, 15, 18, 21, 24 thousand
    before, after = fgt(y, w, line, 1.0), fgt(y * growth[city].to_numpy(), w, line, 1.0)
    row = table.loc["rail-00"]
    assert row["reduction_1"] == pytest.approx(before - after, rel=1e-9)
    assert row["cost"] == pytest.approx(0.05 * first.cost * 1e6, rel=1e-12)  # million CNY to CNY, 5 % a year
    assert row["kind"] == "link" and row["reduction_1_low"] <= row["reduction_1"] <= row["reduction_1_high"]


def test_stated_options_stand_beside_projects_and_other_prices_leave_them_out(planned) -> None:
    region, minutes, border, ask = planned
    cash = pd.DataFrame({"option": ["cash"], "kind": "transfer", "place_id": "000000", "cost": 100.0,
                         "income_effect": 10.0})  # fmt: skip
    both = region.replace(further={**region.further, "remedies": cash})
    found = run(both, minutes, border, seed=1, times_of=ask)["remedies"]
    assert {"cash", "rail-00", "rail-01"} < set(found.to_frame()["option"])
    assert any("whole yearly cost of a project" in text for text in found.warnings)
    other = both.further["incomes"].assign(unit="CNY (2019) per person")
    said = run(both.replace(further={**both.further, "incomes": other}), minutes, border, seed=1, times_of=ask)
    assert set(said["remedies"].to_frame()["option"]) == {"cash", "perfect targeting"}
    assert any("projects are left out" in text and "price base" in text for text in said["remedies"].warnings)


def test_nothing_without_incomes_or_outside_of_the_model(planned) -> None:
    region, minutes, border, ask = planned
    assert "remedies" not in run(region.replace(further={}), minutes, border, seed=1, times_of=ask)
    far = region.further["incomes"].assign(place_id="elsewhere")
    assert "remedies" not in run(region.replace(further={"incomes": far}), minutes, border, seed=1, times_of=ask)


def test_result_says_where_numbers_come_from(planned) -> None:
    region, minutes, border, ask = planned
    found = run(region, minutes, border, seed=1, times_of=ask)["remedies"]
    assert list(found.to_frame().columns) == [c.name for c in found.describe()]
    assert replace(found, warnings=()).warnings == ()
