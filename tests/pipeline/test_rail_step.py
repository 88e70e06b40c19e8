"""Rail networks of a workspace: stored, equal to the function, told in both languages; nothing where there are none.

Metro and suburban railway of Mexico City (docs/howto/mexico_rail) with six places and twenty minutes of departures.
"""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from tests.pipeline.test_stated_tables import words

from megaregion.data.workspace import Workspace
from megaregion.errors import InputError
from megaregion.links.diagnose import layer_study
from megaregion.links.hard.doors import DepartureWindow
from megaregion.links.hard.rail_study import RailOptions, rail_study
from megaregion.links.hard.rail_timetable import RailMaterial, rail_timetable
from megaregion.links.hard.timetable import Timetable
from megaregion.links.hard.workspace_rail import has_networks, rail_of_cluster
from megaregion.pipeline.lineage import lineage
from megaregion.pipeline.run import run, tables_of
from megaregion.report.blocks import Grid, Material
from megaregion.report.layer_remarks import LAYERS
from megaregion.report.remarks import remark
from megaregion.report.sections import rail

HERE = Path(__file__).parents[2] / "docs" / "howto" / "mexico_rail"
PLACES = ("Buenavista", "Cuautitlán", "Fortuna", "Lechería", "Pantitlán", "Zócalo")
PARTS = ("coordination", "door_to_door", "hub_access", "integration", "networks")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("rail") / "city"
    shutil.copytree(HERE, root, ignore=shutil.ignore_patterns("*.py", "results", "report"))
    places = pd.read_csv(root / "tables" / "places.csv", dtype=str)
    places[places["place_id"].isin(PLACES)].to_csv(root / "tables" / "places.csv", index=False)
    stated = (root / "workspace.toml").read_text(encoding="utf-8")
    (root / "workspace.toml").write_text(re.sub(r"end_min = 540\.0", "end_min = 440.0", stated), encoding="utf-8")
    workspace = Workspace(root)
    tables_of(workspace, "layers")
    return workspace


@pytest.fixture(scope="module")
def given(city: Workspace) -> RailMaterial:
    return rail_timetable(city.root)


@pytest.fixture(scope="module")
def material(city: Workspace) -> Material:
    return Material({"layers": city.store.load("layers")}, city.cluster(), None, city.sources, ())


def test_tables_are_those_of_the_function(city: Workspace, given: RailMaterial) -> None:
    tables = city.store.load("layers")
    assert sorted(tables) == [f"rail_{name}" for name in PARTS]
    found = rail_study(given.timetable, given.places, window=DepartureWindow(start_min=420.0, end_min=440.0),
                       options=RailOptions.of(given.stated), times=given.times)  # fmt: skip
    for name in PARTS:
        stored = tables[f"rail_{name}"]
        assert_frame_equal(stored.frame, found[name].to_frame(), check_dtype=False)
        assert stored.warnings == found[name].warnings and all(c.formula for c in stored.columns if c.modelled)
    row = tables["rail_integration"].frame.iloc[0]
    assert 0 < row["index"] <= 1 and row["index"] == pytest.approx(row["ideal_min"] / row["mean_min"])


def test_every_number_is_traced(city: Workspace) -> None:
    """The index is of the whole region: a row without a key."""
    for name, key in (("integration", "all"), ("networks", "metro"), ("hub_access", "Fortuna")):
        rows = lineage(city, f"layers/rail_{name}", key)
        assert rows and not [entry.problem for row in rows for entry in row.inputs if entry.problem], name
    assert {row.formula for row in lineage(city, "layers/rail_integration", "all")} == {"methods#rail-integration"}


def test_the_step_is_reused_until_what_is_stated_changes(city: Workspace) -> None:
    def reused() -> bool:
        done = run(Workspace(city.root), steps=("layers",), report=False)
        return next(o.reused for o in done.outcomes if o.step == "layers")

    assert reused()
    path = city.root / "workspace.toml"
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace('local = ["metro"]', 'local = ["trunk"]'), encoding="utf-8")
    try:
        with pytest.raises(InputError, match=r"options\.rail: local services: no trunk services run"):
            reused()
    finally:
        path.write_text(before, encoding="utf-8")
    assert reused()


def test_the_report_tells_it_in_both_languages(material: Material) -> None:
    (section,) = rail.sections(material)
    en, zh = words(section, "en"), words(section, "zh")
    assert re.search(r"The rail networks \(suburban, metro\) reach 0\.\d+ of 1 on the index of integration", en)
    assert re.search(r"轨道网络（市域（郊）、城市轨道）融合指数为0\.\d+（满分1）", zh)
    assert "not spent aboard the main haul (suburban)" in en and "不在干线列车上（此处指市域（郊））" in zh
    assert "There are 7 hubs" in en and "枢纽共7个" in zh and "have no station in common" in en and "没有共用车站" in zh
    assert not re.search(r"[\u4e00-\u9fff]", en)
    assert 'class="modelled"' in section.blocks[0].text.en and "模型值" in section.blocks[0].text.zh
    assert all(block.folded for block in section.blocks if isinstance(block, Grid))
    assert rail.finding(material) == [section.blocks[0].text]
    for table in material.results["layers"].values():
        for text in table.warnings:
            assert any(re.fullmatch(pattern, text) for pattern, _ in LAYERS), text
            assert re.search(r"[\u4e00-\u9fff]", remark(material, text).zh), text


def test_nothing_appears_without_two_networks(city: Workspace, given: RailMaterial, done: Workspace) -> None:
    """No timetable; one that says only "rail" (route_type 2); one network."""
    assert not [name for name in done.store.load("layers") if name in {f"rail_{p}" for p in PARTS}]
    assert rail.sections(Material({"layers": done.store.load("layers")}, done.cluster(), None, {}, ())) == []
    timetable, cluster = given.timetable, city.cluster()
    silent = cluster.replace(options={k: v for k, v in cluster.options.items() if k != "rail"})
    assert rail_of_cluster(silent, timetable) == {} == layer_study(silent, seed=1, timetable=timetable)
    assert rail_of_cluster(silent, None) == {} and not has_networks(silent, _as(timetable, "metro", "metro"))
    with pytest.raises(InputError, match="no timetable"):
        rail_of_cluster(cluster, None)


def test_networks_that_the_timetable_itself_tells(city: Workspace, given: RailMaterial) -> None:
    """Without [options.rail] nothing says that the suburban line is the main haul: the index alone, and why."""
    timetable, cluster = given.timetable, city.cluster()
    silent = cluster.replace(options={k: v for k, v in cluster.options.items() if k != "rail"})
    found = rail_of_cluster(silent, _as(timetable, "suburban", "metro"))
    assert sorted(found) == ["rail_integration", "rail_networks"]
    said = found["rail_integration"].warnings[-1]
    assert said.startswith("time door to door and ways to hubs are left out: no network of the main haul")
    assert any(re.fullmatch(pattern, said) for pattern, _ in LAYERS)
    stated = city.store.load("layers")["rail_integration"].frame
    assert_frame_equal(found["rail_integration"].to_frame(), stated, check_dtype=False)


def _as(timetable: Timetable, suburban: str, rest: str) -> Timetable:
    """The timetable with names of networks in the place of route types: 2 is the suburban line."""
    kind = timetable.calls["network"].astype(str).eq("2").map({True: suburban, False: rest})
    return replace(timetable, calls=timetable.calls.assign(network=kind))
