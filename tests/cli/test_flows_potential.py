"""megaregion flows --potential and --constrained: three towns by hand, and the shipped example."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from megaregion.cli.main import cli
from megaregion.data.changes.travel import AddLink, ScaleTime
from megaregion.data.cluster import Cluster, units
from megaregion.data.init import example_folder
from megaregion.data.scenario import BASELINE, Scenario
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError, MissingDataError
from megaregion.links.diagnose import constrained_study
from megaregion.links.hard.times import RailNetwork, skim
from megaregion.links.soft.gravity_equation import gravity_equation

CONFIG = """format = 1
[cluster]
id = "towns"
name = "Towns"
name_zh = "三镇"
level = "city"
group = "province"
base_year = 2020
currency = "CNY"
timetable = "2020"
crs = "ESRI:102012"
seed = 1
languages = ["en", "zh"]
[indicators]
population = "population"
income = "gdp"
[sources.hand]
title = "By hand"
licence = "facts"
"""
CLOCKWISE, BACK = (("a", "b"), ("b", "c"), ("c", "a")), (("b", "a"), ("c", "b"), ("a", "c"))
SLOWER = """id = "slower"
name = "Slower between a and b"
[[change]]
type = "ScaleTime"
factor = 4.0
between = ["a", "b"]
"""


def write(root: Path, name: str, head: str, rows: list[str]) -> None:
    (root / "tables" / f"{name}.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")


@pytest.fixture
def towns(tmp_path: Path) -> Path:
    """Three towns: 20 minutes and 150 people one way round, 60 minutes and 50 people the other."""
    root = tmp_path / "towns"
    for folder in ("tables", "scenarios"):
        (root / folder).mkdir(parents=True)
    (root / "workspace.toml").write_text(CONFIG, encoding="utf-8")
    (root / "scenarios" / "slower.toml").write_text(SLOWER, encoding="utf-8")
    (root / "scenarios" / "nothing.toml").write_text('id = "nothing"\nname = "No change"\n', encoding="utf-8")
    write(root, "places", "place_id,name,name_zh,kind,parent_id,lon,lat,area_km2,population,source",
          ["p,P,甲省,province,,,,300,14,hand", "a,A,甲,city,p,118.0,32.0,100,4,hand",
           "b,B,乙,city,p,118.5,32.0,100,9,hand", "c,C,丙,city,p,118.2,32.4,100,1,hand"])  # fmt: skip
    write(root, "indicators", "place_id,year,indicator,value,unit,scope,source", [
        f"{place},2020,{name},{value},{unit},total,hand"
        for name, unit, values in (("population", "person", (4, 9, 1)), ("gdp", "million CNY (current)", (1, 4, 9)))
        for place, value in zip("abc", values, strict=True)
    ])  # fmt: skip
    ways = [(a, b, 20, 150) for a, b in CLOCKWISE] + [(a, b, 60, 50) for a, b in BACK]
    write(root, "road_times", "origin,destination,minutes,source", [f"{a},{b},{m},hand" for a, b, m, _ in ways])
    write(root, "flows", "layer,origin,destination,value,unit,period,observed,source",
          [f"people,{a},{b},{n},person/day,2020,true,hand" for a, b, _, n in ways])  # fmt: skip
    return root


def ran(root: Path, *options: str) -> dict[str, dict]:
    found = CliRunner().invoke(cli, ["flows", str(root), *options, "--json"])
    assert found.exit_code == 0, (found.output, found.exception)
    return json.loads(found.stdout)


def by_pair(rows: list[dict]) -> dict[tuple[str, str], dict]:
    return {(row["origin"], row["destination"]): row for row in rows}


def test_potential_by_hand(towns: Path) -> None:
    """Sizes sqrt(PG): 2, 6, 3. R_bc = 4/13 18 / 20^2, R_ca = 9/10 6 / 20^2, R_ab = 1/5 12 / 20^2; back over 60^2."""
    found = ran(towns, "--potential", "--distance", "fastest")["potential"]
    got = by_pair(found["rows"])
    want = {("b", "c"): 72 / 13 / 400, ("c", "a"): 5.4 / 400, ("a", "b"): 2.4 / 400, ("c", "b"): 162 / 13 / 3600,
            ("b", "a"): 9.6 / 3600, ("a", "c"): 0.6 / 3600}  # fmt: skip
    assert list(got) == list(want)  # in the order of the ranks, nobody with himself
    assert [row["potential"] for row in got.values()] == pytest.approx(list(want.values()))
    assert [row["rank"] for row in got.values()] == [1, 2, 3, 4, 5, 6]
    # at the exponent 1: b→c, c→a, c→b (.208), b→a (.16), a→b (.12), a→c
    assert (got["a", "b"]["rank_low"], got["a", "b"]["rank_high"]) == (3, 5)
    assert not any(row["observed"] for row in got.values()) and found["facts"]["observed"] is False
    assert found["parameters"] == {"exponent": 2.0, "unit": "min", "product": "gdp"}
    assert "no flow was observed" in found["warnings"][0]
    linear = by_pair(ran(towns, "--potential", "--distance", "fastest", "--exponent", "1")["potential"]["rows"])
    assert linear["a", "b"]["potential"] == pytest.approx(2.4 / 20) and linear["a", "b"]["rank"] == 5


def test_constrained_by_hand(towns: Path) -> None:
    """The circle: totals leave one number x/y = exp(c (S - S') / 3) with S, S' the minutes of each way round.

    Now 3 = exp(-40 c), so c = -ln 3 / 40; then S = 120, S' = 360, x/y = exp(80/40 ln 3) = 9: 180 and 20 of 200.
    """
    found = ran(towns, "--constrained", "--scenario", "slower")["constrained"]
    got, facts = by_pair(found["rows"]), found["facts"]
    assert facts["slope"] == pytest.approx(-math.log(3) / 40)
    for pairs, before, after, percent in ((CLOCKWISE, 150, 180, 20), (BACK, 50, 20, -60)):
        for pair in pairs:
            row = got[pair]
            assert row["observed"] == before
            numbers = [row[name] for name in ("baseline", "after", "difference", "percent")]
            assert numbers == pytest.approx([before, after, after - before, percent])
    assert (got["a", "b"]["cost"], got["a", "b"]["cost_after"], got["b", "a"]["cost_after"]) == (20, 80, 240)
    assert facts["mean_cost_observed"] == pytest.approx(30) == facts["mean_cost"]
    assert facts["mean_cost_after"] == pytest.approx((180 * 120 + 20 * 360) / 600)
    assert facts["share_moved"] == pytest.approx(90 / 600) and facts["common_part"] == pytest.approx(1)
    assert facts["modelled"] is True and found["parameters"]["scenario"] == "slower"
    assert found["warnings"][0].startswith("modelled, not observed")
    # six flows and as many effects: the model meets each, which says nothing of its error
    assert facts["slope_se"] is None and got["a", "b"]["difference_low"] is None
    assert any(text.startswith("the slope has no error") for text in found["warnings"])


def test_a_scenario_without_changes_is_the_baseline_to_the_last_digit(towns: Path) -> None:
    plain = ran(towns, "--constrained")["constrained"]
    assert set(plain["rows"][0]) == {"origin", "destination", "cost", "observed", "baseline"}
    assert "mean_cost_after" not in plain["facts"]
    for name in ("nothing", "baseline"):
        found = ran(towns, "--constrained", "--scenario", name)["constrained"]
        for pair, row in by_pair(found["rows"]).items():
            assert row["after"] == row["baseline"] == by_pair(plain["rows"])[pair]["baseline"]
            assert row["difference"] == 0.0 == row["percent"] and row["cost"] == row["cost_after"]
        assert found["facts"]["mean_cost_after"] == plain["facts"]["mean_cost"]
        assert any("changes no cost" in text for text in found["warnings"])


def test_bad_input(towns: Path) -> None:
    def failed(*options: str) -> tuple[int, str]:
        found = CliRunner().invoke(cli, ["flows", str(towns), *options])
        return found.exit_code, f"{found.output} {found.exception}"

    code, text = failed("--potential", "--constrained", "--layer", "people")
    assert code == 2 and "one of" in text and "no layer" in text
    code, text = failed("--exponent", "1", "--scenario", "slower")
    assert code == 2 and "--exponent needs --potential; --scenario needs --constrained" in text
    assert failed("--potential", "--exponent", "0")[0] == 2
    for options, words in (
        (("--constrained", "--scenario", "faster"), "no scenario faster"),
        (("--constrained", "--scenario", "slower", "--distance", "great_circle"), "do not change in a scenario"),
        (("--constrained", "--distance", "rail"), "6 pairs have a flow and infinite cost"),
        (("--constrained", "--layer", "goods"), "no layer 'goods'"),
    ):
        code, text = failed(*options)
        assert code != 0 and words in text, text


def test_tables_that_cannot_be_used(towns: Path) -> None:
    flows, config = towns / "tables" / "flows.csv", towns / "workspace.toml"
    whole = flows.read_text(encoding="utf-8")
    flows.write_text(whole.replace("people,a,b,150,person/day,2020,true,hand\n", ""), encoding="utf-8")
    with pytest.raises(MissingDataError, match=r"1 pairs.*a→b"):
        constrained_study(Workspace(towns).cluster(), layer=None)
    flows.write_text(whole.replace("person/day", "percent"), encoding="utf-8")
    with pytest.raises(InputError, match="shares have no totals"):
        constrained_study(Workspace(towns).cluster(), layer=None)
    config.write_text(CONFIG.replace('income = "gdp"\n', ""), encoding="utf-8")
    lost = CliRunner().invoke(cli, ["flows", str(towns), "--potential"])
    assert isinstance(lost.exception, MissingDataError) and "neither value_added nor income" in str(lost.exception)


@pytest.fixture(scope="module")
def delta() -> Cluster:
    return Workspace(example_folder("yangtze-delta")).cluster()


RAIL = Scenario(id="rail", changes=(
    AddLink(from_node="320800-huaiandong", to_node="341100-chuzhou", length_km=198.5, time_min=54.0),
))  # fmt: skip


def test_the_example_keeps_totals_and_the_mean_and_its_slope_is_that_of_poisson(delta: Cluster) -> None:
    found = constrained_study(delta, layer="trains", scenario=RAIL)["constrained"]
    table, facts = found.to_frame(), found.facts()
    assert [column.name for column in found.describe()] == list(table)
    assert {c.name for c in found.describe() if not c.modelled} == {"origin", "destination", "observed"}
    flow = delta.flows["trains"].fillna(0.0)
    for end, axis in (("origin", 1), ("destination", 0)):
        for name in ("baseline", "after"):
            sums = table.groupby(end)[name].sum()
            np.testing.assert_allclose(sums, flow.sum(axis=axis).loc[sums.index], rtol=1e-9, atol=1e-9)
    assert facts["largest_total_error"] < 1e-9
    low, high = table["difference_low"], table["difference_high"]
    assert (low <= table["difference"]).all() and (table["difference"] <= high).all() and (low < high).any()
    mean = (table["observed"] * table["cost"]).sum() / table["observed"].sum()
    assert (table["baseline"] * table["cost"]).sum() / table["baseline"].sum() == pytest.approx(mean, rel=1e-9)
    poisson = gravity_equation(table.rename(columns={"observed": "flow"}), ["cost"]).table.iloc[0]
    assert facts["slope"] == pytest.approx(poisson["coef"], rel=1e-6)  # Poisson iterates to its own tolerance


def balanced(pull: np.ndarray, out: np.ndarray, into: np.ndarray) -> np.ndarray:
    """Rows and columns scaled in turn, without any thought of speed."""
    flow = pull.copy()
    for _ in range(2000):
        for axis, want in ((1, out), (0, into)):
            sums = flow.sum(axis=axis)
            scale = np.divide(want, sums, out=np.zeros_like(want), where=sums > 0)
            flow *= scale[:, None] if axis == 1 else scale[None, :]
    return flow


def test_the_range_of_a_change_is_that_of_the_slope(delta: Cluster) -> None:
    found = constrained_study(delta, layer="trains", scenario=RAIL)["constrained"]
    table, facts = found.to_frame(), found.facts()
    square = {name: table.pivot(index="origin", columns="destination", values=name) for name in ("cost", "cost_after")}
    flow = table.pivot(index="origin", columns="destination", values="observed").fillna(0.0).to_numpy()
    changes = []
    for step in (-1.959964, 0.0, 1.959964):
        slope = facts["slope"] + step * facts["slope_se"]
        pulls = [np.exp(slope * square[name]).fillna(0.0).to_numpy() for name in ("cost", "cost_after")]
        old, new = (balanced(pull, flow.sum(axis=1), flow.sum(axis=0)) for pull in pulls)
        changes.append(new - old)
    for name, want in (("difference_low", np.min(changes, axis=0)), ("difference_high", np.max(changes, axis=0))):
        got = table.pivot(index="origin", columns="destination", values=name).fillna(0.0).to_numpy()
        np.testing.assert_allclose(got, want, atol=1e-8 * flow.max())


def test_the_minutes_of_a_scenario_are_those_of_a_network_built_anew(delta: Cluster) -> None:
    halved = Scenario(id="both", changes=(*RAIL.changes, ScaleTime(factor=0.5, between=("310000", "330000"))))
    for scenario, factor in ((RAIL, 1.0), (halved, 0.5)):
        table = constrained_study(delta, layer="trains", scenario=scenario)["constrained"].to_frame()
        changed = RAIL.apply(delta)
        anew = skim(RailNetwork.build(changed), units(changed)).time
        want = anew.to_numpy()[anew.index.get_indexer(table["origin"]), anew.columns.get_indexer(table["destination"])]
        ends = table["origin"].str[:2] + table["destination"].str[:2]
        want = np.where(ends.isin(["3133", "3331"]), factor, 1.0) * want
        np.testing.assert_allclose(table["cost_after"], want, rtol=1e-12)
        assert (table["cost_after"] <= table["cost"] * (1 + 1e-12)).all() and (table["difference"] != 0).any()


def test_the_empty_scenario_of_the_example_is_its_baseline(delta: Cluster) -> None:
    table = constrained_study(delta, layer="trains", scenario=BASELINE)["constrained"].to_frame()
    assert (table["after"] == table["baseline"]).all() and (table["cost_after"] == table["cost"]).all()
    assert (table[["difference", "difference_low", "difference_high"]] == 0.0).to_numpy().all()


def test_the_shipped_scenario_through_the_command() -> None:
    folder = str(example_folder("yangtze-delta"))
    found = CliRunner().invoke(cli, ["flows", folder, "--constrained", "--scenario", "half-border", "--top", "2"])
    assert found.exit_code == 0, found.output
    assert "modelled, not observed" in found.stdout and "2 of 1640 rows" in found.stdout
    assert "no travel time hangs on ScaleBarrier" in found.stderr and "supply plan" in found.stderr
    text = CliRunner().invoke(cli, ["flows", folder, "--potential", "--top", "2"])
    assert text.exit_code == 0 and "not observed" in text.stdout and "product: gdp" in text.stdout
