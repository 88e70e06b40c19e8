"""The step: its tables, its promises."""

import json

import numpy as np
import pandas as pd
import pytest

from megaregion.data.scenario import AddLink, ScaleBarrier, Scenario
from megaregion.equilibrium.run import run
from megaregion.errors import InputError


@pytest.fixture
def region(geography, cluster, times, border, times_of):
    place = geography(14, 3)
    region = cluster(place, equilibrium={"draws": 20})
    minutes = times(place)

    def go(*scenarios: Scenario, seed: int = 1, **more):
        return run(region, minutes, border, scenarios, seed=seed, times_of=times_of(place), **more)

    return go


HALF = Scenario(id="half", changes=(ScaleBarrier(between=("all",), factor=0.5),))
LINK = Scenario(id="link", changes=(AddLink(from_node="n000001", to_node="n000007", length_km=100, time_min=5),))


def test_tables_hold_what_they_describe(region) -> None:
    found = region(HALF, LINK)
    assert list(found) == [
        "baseline", "provenance", "scenarios", "scenario_ranges", "scenario_places", "scenario_groups",
        "scenario_gains",
    ]  # fmt: skip
    for name, result in found.items():
        frame, columns = result.to_frame(), result.describe()
        assert list(frame.columns) == [c.name for c in columns], name
        assert isinstance(frame.index, pd.RangeIndex)
        assert not frame.duplicated([c.name for c in columns if c.key]).any()
        assert all(c.en and c.zh for c in columns)
        assert result.title_en and result.title_zh
        json.dumps([result.parameters(), result.facts()])
        assert any("modelled" in text for text in result.warnings)
    frame = found["scenarios"].to_frame().set_index(["scenario", "variant"])
    assert (frame["welfare_p05"] < frame["welfare_p50"]).all() and (frame["welfare_p50"] < frame["welfare_p95"]).all()
    assert (frame["residual"] <= 1e-11).all()
    assert frame.loc[("half", "headline"), "gain"] == frame.loc[("half", "full_effect"), "gain"]
    assert frame.loc[("link", "headline"), "gain"] < frame.loc[("link", "full_effect"), "gain"]


def test_range_at_the_stated_value_is_the_headline(region) -> None:
    found = region(HALF, LINK)
    frame = found["scenarios"].to_frame()
    headline = frame[frame["variant"] == "headline"].set_index("scenario")["welfare_percent"]
    ranges = found["scenario_ranges"].to_frame()
    stated = {**{k: v["value"] for k, v in found["scenarios"].parameters()["parameters"].items()}, "border_gamma": 0.8}
    for parameter, value in stated.items():
        rows = ranges[(ranges["parameter"] == parameter) & (ranges["value"] == value)].set_index("scenario")
        np.testing.assert_allclose(rows["welfare_percent"], headline.loc[rows.index], rtol=1e-7, err_msg=parameter)


def test_an_empty_scenario_is_zero_in_every_cell(region) -> None:
    found = region(Scenario(id="nothing"))
    frame = found["scenarios"].to_frame()
    assert (
        frame[["welfare_percent", "gain", "welfare_p05", "welfare_p95", "population_moved", "iterations"]] == 0
    ).all(axis=None)
    places = found["scenario_places"].to_frame().select_dtypes("number")
    assert (places == 0.0).all(axis=None)


def test_everyone_gains_without_migration_and_people_only_move(region) -> None:
    places = region(HALF)["scenario_places"].to_frame()
    assert (places["real_income_fixed_percent"] > 0).all()
    assert places["population_percent"].min() < 0 < places["population_percent"].max()


def test_same_seed_same_bytes_other_seed_other_ranges(region) -> None:
    one, two, three = region(HALF), region(HALF), region(HALF, seed=2)
    for name in one:
        pd.testing.assert_frame_equal(one[name].to_frame(), two[name].to_frame(), check_exact=True)
    assert one["scenarios"].to_frame()["welfare_p50"][0] != three["scenarios"].to_frame()["welfare_p50"][0]


def test_no_scenario_gives_empty_tables_of_the_same_shape(region) -> None:
    for name, result in region().items():
        frame = result.to_frame()
        assert list(frame.columns) == [c.name for c in result.describe()]
        assert len(frame) == {"baseline": 14, "provenance": 5}.get(name, 0)


def test_progress_is_told(region) -> None:
    told = []
    region(HALF, LINK, progress=lambda done, total, text: told.append((done, total, text)))
    assert told and all(0 <= done <= total and text for done, total, text in told)


def test_repeated_ids_are_refused(region) -> None:
    with pytest.raises(InputError, match="share an id"):
        region(HALF, HALF)


def test_baseline_columns_add_up(region) -> None:
    frame = region()["baseline"].to_frame()
    assert frame["income_share"].sum() == pytest.approx(1.0)
    assert (frame["income_share"] * frame["own_share"]).sum() == pytest.approx(0.6, abs=1e-12)
    assert ((frame["own_share"] + frame["cross_group_share"]) < 1.0 + 1e-12).all()


@pytest.mark.parametrize("nu", [0.7, 0.86, 0.95])
def test_doubts_about_uniqueness_are_said(nu: float, geography, cluster, times, border, times_of) -> None:
    """Bound of this region: ((1 - alpha)/(1 + delta) + 1/epsilon)/(alpha + (1 - alpha) delta/(1 + delta)) = .840."""
    place = geography(14, 3)
    narrow = {"theta": [3.9, 4.1], "epsilon": [1.49, 1.51], "time_elasticity": [1.25, 1.27], "own_share": [0.59, 0.61]}
    region = cluster(place, equilibrium={"draws": 20, "nu": nu, "ranges": {**narrow, "nu": [0.01, 1.0]}})
    found = run(region, times(place), border, (HALF,), seed=1, times_of=times_of(place))
    said = " ".join(found["scenarios"].warnings)
    assert ("is above 0.840" in said) == (nu > 0.84)
    assert ("of 20 draws agglomeration is above the bound" in said) == (nu > 0.84)
    assert ("other stable equilibri" in said) == ("the equilibrium is unstable" in said) == (nu > 0.9)
