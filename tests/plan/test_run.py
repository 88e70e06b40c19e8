"""The step: values, choice, back-test."""

import json
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata

from megaregion.data.scenario import scenario_from_dict
from megaregion.equilibrium.calibrate import baseline
from megaregion.equilibrium.shocks import impulse
from megaregion.equilibrium.simulate import solve
from megaregion.errors import InputError
from megaregion.plan.projects import Project, projects
from megaregion.plan.run import backtest, run


@pytest.fixture
def planned(geography, cluster, entries, times, border, times_of):
    place = geography(14, 3)
    raw = entries(place.places, 12)
    raw[4]["opened"] = 2021
    raw.append({
        "id": "recognition", "name": "Agreement", "kind": "recognition", "cost": 150.0, "jurisdictions": ["g0", "g1"],
        "change": [{"type": "ScaleBarrier", "between": ["g0", "g1"], "factor": 0.99}],
    })  # fmt: skip
    plan = {"budget": 700.0, "max_projects": 3, "sets": 25}
    region = cluster(place, equilibrium={"draws": 20}, plan=plan).replace(projects=tuple(raw))
    return region, times(place), border, times_of(place)


def test_tables_hold_what_they_describe(planned) -> None:
    region, minutes, border, ask = planned
    found = run(region, minutes, border, seed=1, times_of=ask)
    assert set(found) == {
        "projects", "backtest", "portfolio_sets", "portfolio_pairs", "portfolio_places", "portfolio_sets_rail",
    }  # fmt: skip
    for name, result in found.items():
        frame, columns = result.to_frame(), result.describe()
        assert list(frame.columns) == [c.name for c in columns], name
        assert not frame.duplicated([c.name for c in columns if c.key]).any()
        assert all(c.en and c.zh for c in columns) and result.title_zh
        json.dumps([result.parameters(), result.facts()])
    assert any("assumptions without a source" in text for text in found["projects"].warnings)


def test_projects_table_is_consistent(planned) -> None:
    region, minutes, border, ask = planned
    frame = run(region, minutes, border, seed=1, times_of=ask)["projects"].to_frame()
    np.testing.assert_allclose(frame["benefit_cost"], frame["gain"] / (0.05 * frame["cost"]))
    np.testing.assert_array_equal(frame["rank"], rankdata(-frame["gain"], method="ordinal"))
    income = region.indicators.query("indicator == 'gdp'")["value"].sum()
    np.testing.assert_allclose(frame["gain"], frame["welfare_percent"] / 100 * income)
    assert frame.loc[frame["opened"].notna(), "project_id"].tolist() == ["rail-04"]
    assert (frame["usable"] == frame["opened"].isna()).all()


def test_chosen_set_is_the_best_of_all_sets_by_joint_solution(planned) -> None:
    """Every full set of the 12 usable projects within budget and size, each solved on its own."""
    region, minutes, border, ask = planned
    region = region.replace(options={**region.options, "plan": {"budget": 700.0, "max_projects": 3, "sets": 5000}})
    found = run(region, minutes, border, seed=1, times_of=ask)
    base, known = baseline(region, minutes, border), [p for p in projects(region) if p.usable]
    best, members = 0.0, ()
    for chosen in (s for k in (1, 2, 3) for s in combinations(known, k)):
        if sum(p.cost for p in chosen) > 700.0:
            continue
        changed = region
        for project in chosen:
            changed = project.scenario.apply(changed)
        shocks = impulse(region, changed, base.place, ask).shock(base.nominal)
        welfare = solve(base.nominal.economy, [shocks]).welfare[0]
        if welfare > best:
            best, members = welfare, tuple(p.id for p in chosen)
    sets = found["portfolio_sets"]
    frame = sets.to_frame()
    assert frame["projects"][0] == ";".join(sorted(members))
    assert frame["joint_percent"][0] == pytest.approx(100 * (best - 1), rel=1e-6)
    assert frame["chosen"].tolist() == [True] + [False] * (len(frame) - 1)
    assert frame["joint_percent"].is_monotonic_decreasing
    np.testing.assert_allclose(
        frame["interaction_percent"], 100 * (frame["joint_percent"] / frame["sum_percent"] - 1), rtol=1e-9
    )
    assert "rail-04" not in ";".join(frame["projects"])  # it runs already


def test_the_choice_is_a_scenario_that_gives_the_same_welfare(planned) -> None:
    region, minutes, border, ask = planned
    said = run(region, minutes, border, seed=1, times_of=ask)["portfolio_sets"].facts()
    base = baseline(region, minutes, border)
    scenario = scenario_from_dict(said["scenario"])
    shocks = impulse(region, scenario.apply(region), base.place, ask).shock(base.nominal)
    welfare = solve(base.nominal.economy, [shocks]).welfare[0]
    assert said["welfare_percent"] == pytest.approx(100 * (welfare - 1), rel=1e-7)
    assert said["welfare_p05"] < said["welfare_p50"] < said["welfare_p95"]


def test_places_and_pairs_of_the_chosen_set(planned) -> None:
    region, minutes, border, ask = planned
    found = run(region, minutes, border, seed=1, times_of=ask)
    members = found["portfolio_sets"].facts()["chosen"]
    pairs = found["portfolio_pairs"].to_frame()
    assert list(zip(pairs["project_a"], pairs["project_b"], strict=True)) == list(combinations(members, 2))
    places = found["portfolio_places"].to_frame()
    gdp = region.indicators.query("indicator == 'gdp'").set_index("place_id")["value"]
    np.testing.assert_allclose(
        places["gain"], places["real_income_fixed_percent"] / 100 * gdp.loc[places["place_id"]].to_numpy()
    )


def test_same_seed_same_bytes(planned) -> None:
    region, minutes, border, ask = planned
    one, two = (run(region, minutes, border, seed=1, times_of=ask) for _ in range(2))
    for name in one:
        pd.testing.assert_frame_equal(one[name].to_frame(), two[name].to_frame(), check_exact=True)


def test_without_projects_or_without_money(planned) -> None:
    region, minutes, border, ask = planned
    empty = run(region.replace(projects=(), options={}), minutes, border, seed=1, times_of=ask)
    assert set(empty) == {"projects", "backtest"} and empty["projects"].to_frame().empty
    assert any("no project" in text for text in empty["projects"].warnings)
    poor = region.replace(options={**region.options, "plan": {"budget": 1.0}})
    assert set(run(poor, minutes, border, seed=1, times_of=ask)) == {"projects", "backtest"}
    with pytest.raises(InputError, match="missing key 'budget'"):
        run(region.replace(options={}), minutes, border, seed=1, times_of=ask)


def rail(number: int, opened: int | None) -> Project:
    scenario = scenario_from_dict({"id": f"r{number}", "name": f"r{number}"})
    return Project(scenario=scenario, kind="rail", cost=1.0, jurisdictions=(), opened=opened)


def test_backtest_p_by_counting() -> None:
    """Opened at ranks 1 and 3 of 6: of the 15 pairs of ranks, (1,2) and (1,3) have a sum of 4 or less: p = 2/15."""
    gain = np.array([6.0, 5.0, 4.0, 3.0, 2.0, 1.0])
    found = backtest([rail(i, 2021 if i in (0, 2) else None) for i in range(6)], gain)
    assert found.to_frame()["rank"].tolist() == [1, 3]
    assert (found.to_frame()["of"] == 6).all()
    assert found.p_value == pytest.approx(2 / 15, rel=1e-12)
    assert "n is small: 2 lines" in found.warnings[0]


def test_backtest_needs_both_kinds() -> None:
    assert backtest([rail(0, None)], np.ones(1)).p_value is None
    assert backtest([rail(0, 2021)], np.ones(1)).p_value is None
    assert backtest([], np.ones(0)).to_frame().empty


def test_lines_alone(planned) -> None:
    """Sets of lines hold no agreement and are worth no more than the best set of everything."""
    region, minutes, border, ask = planned
    found = run(region, minutes, border, seed=1, times_of=ask)
    lines, every = (found[n].to_frame() for n in ("portfolio_sets_rail", "portfolio_sets"))
    assert not lines["projects"].str.contains("recognition").any()
    assert (lines["cost"] <= 700.0).all()
    assert lines["sum_percent"].max() <= every["sum_percent"].max() + 1e-12
    without = region.replace(projects=tuple(p for p in region.projects if p["kind"] == "rail"))
    same = run(without, minutes, border, seed=1, times_of=ask)
    assert "portfolio_sets_rail" not in same
    assert same["portfolio_sets"].to_frame()["projects"].iloc[0] == lines["projects"].iloc[0]
