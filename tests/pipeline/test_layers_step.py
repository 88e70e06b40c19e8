"""Energy, offices, searches, layers and failures that a workspace states: run, traced, reported, printed, checked.

The tables are invented for the test and small enough to be solved by hand; the places are those of the example.
"""

import json
import re
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
from click.testing import CliRunner
from shapely.geometry import box
from tests.pipeline.test_stated_tables import words

from megaregion.cli.main import cli, main
from megaregion.data.check import check
from megaregion.data.init import from_example
from megaregion.data.workspace import Workspace
from megaregion.pipeline.lineage import lineage
from megaregion.pipeline.run import tables_of
from megaregion.report.blocks import Drawing, Material
from megaregion.report.figures import basemap
from megaregion.report.geopackage import write_geopackage
from megaregion.report.layer_remarks import LAYERS
from megaregion.report.remarks import remark
from megaregion.report.sections import failures, layers
from megaregion.report.text import plain

SHANGHAI, NANJING, HANGZHOU, HEFEI = "310100", "320100", "330100", "340100"
TABLES = {
    # two lines of 60 to a town of 100: without one of them 40 are missing
    "energy_buses": "bus_id,place_id,demand_mw,generation_mw,peak_mw\n"
                    f"N,{NANJING},0,150,\nS,{SHANGHAI},100,0,120\n",
    "energy_lines": "line_id,from_bus,to_bus,reactance_pu,capacity_mw\none,N,S,0.1,60\ntwo,N,S,0.1,60\n",
    "offices": "firm,place_id,value,role\n"
               + "".join(f"f{k},{p},{v},{r}\n" for k in range(6)
                         for p, v, r in ((SHANGHAI, 5, "headquarters"), (NANJING, 2, "branch")))
               + f"g,{HANGZHOU},3,\ng,{HEFEI},3,\n",
    "search_index": "keyword,origin,destination,period,value\n"
                    + "".join(f"name,{a},{b},2020,{v}\n" for a, b, v in
                              ((SHANGHAI, NANJING, 9), (NANJING, SHANGHAI, 4), (SHANGHAI, HEFEI, 1),
                               (HEFEI, SHANGHAI, 4))),
}  # fmt: skip
OPTIONS = """
[options.offices]
draws = 99
bootstrap = 49

[options.rail_failures]
draws = 2
steps = 1
singles = 12
"""
STATED = ("energy_places", "energy_lines", "energy_outages", "energy_transfers", "energy_exchanges", "office_places",
          "office_links", "search_links", "multilayer_places", "multilayer_layers", "rail_singles", "rail_failures",
          "layered_times", "layer_failures")  # fmt: skip


@pytest.fixture(scope="module")
def stated(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = from_example(tmp_path_factory.mktemp("layers") / "delta", "yangtze-delta")
    for name, text in TABLES.items():
        (root / "tables" / f"{name}.csv").write_text(text, encoding="utf-8")
    path = root / "workspace.toml"
    path.write_text(path.read_text(encoding="utf-8") + OPTIONS, encoding="utf-8")
    workspace = Workspace(root)
    tables_of(workspace, "layers", ())
    return workspace


@pytest.fixture(scope="module")
def material(stated: Workspace) -> Material:
    base = basemap(stated.cluster(), stated.geometry())
    return Material({"layers": stated.store.load("layers")}, stated.cluster(), base, stated.sources, ())


@pytest.mark.parametrize("name", STATED)
def test_every_table_is_there_and_traced(stated: Workspace, name: str) -> None:
    table = stated.store.load("layers")[name]
    assert len(table.frame) and all(c.formula for c in table.columns if c.modelled)
    label = str(table.frame[next(c.name for c in table.columns if c.key)].iloc[0])
    for row in lineage(stated, f"layers/{name}", label):
        assert all(entry.problem in ("", "no row fits") for entry in row.inputs), (name, row.column, row.inputs)


def test_numbers_by_hand(stated: Workspace) -> None:
    tables = stated.store.load("layers")
    outages = tables["energy_outages"].frame.set_index("outage")
    assert outages.loc["one", "unserved_mw"] == pytest.approx(40.0, abs=1e-4)
    assert outages.loc["N", "unserved_mw"] == pytest.approx(100.0, abs=1e-4)
    assert tables["energy_places"].facts["reserve_sharing_mw"] == pytest.approx(20.0)
    pair = tables["office_links"].frame.set_index(["place_a", "place_b"]).loc[(SHANGHAI, NANJING)]
    assert pair["interlock"] == 60.0 and pair["ruled_from_a"] == 12.0 and pair["firms"] == 6.0
    search = tables["search_links"].frame.set_index(["place_a", "place_b"])["link"]
    assert search[(SHANGHAI, HEFEI)] == pytest.approx(2 / 6)


def test_the_report_tells_all_of_it_in_both_languages(material: Material) -> None:
    found = {s.id: s for s in [*failures.sections(material), *layers.sections(material)]}
    assert list(found) == ["failures", "energy", "offices", "multilayer"]
    for section in found.values():
        en, zh = words(section, "en"), words(section, "zh")
        assert not re.search(r"[\u4e00-\u9fff]", en) and re.search(r"[\u4e00-\u9fff]", zh)
        drawing = next(b for b in section.blocks if isinstance(b, Drawing))
        assert drawing.modelled and drawing.draw("zh") is not None
    energy = words(found["energy"], "en")
    assert "3 of 3 single outages of lines and plants leave demand unserved that was served before" in energy
    assert "the worst is generation at bus N with 100.0 MW of 100.0" in energy
    assert "Shanghai is the most connected place" in words(found["offices"], "en")
    assert "上海联系度最高" in words(found["offices"], "zh")
    assert "The rail line whose failure costs most is" in words(found["failures"], "en")
    assert "direct trains G" in words(found["multilayer"], "en") and "G字头直达列车" in words(found["multilayer"], "zh")
    told = " ".join(plain(t.en) for t in [*failures.finding(material), *layers.finding(material)])
    assert "the worst is generation at bus N" in told and "most connected" in told and "ranks first" in told


def test_failures_that_cost_nobody_anything_are_no_headline(material: Material) -> None:
    tables = dict(material.results["layers"])
    tables["rail_singles"] = replace(tables["rail_singles"],
                                     facts={**tables["rail_singles"].facts, "demand_faster_by_rail": 1e-4})  # fmt: skip
    found = replace(material, results={"layers": tables})
    section = failures.sections(found)[0]
    en, zh = words(section, "en"), words(section, "zh")
    assert "hardly anybody would go by rail here (0.01 % of the demand)" in en and "几乎无人乘铁路" in zh
    assert "The rail line whose failure costs most" not in en and "rank correlation" not in en
    assert not any("hardly" in t.en or "costs most" in t.en for t in failures.finding(found))


def test_maps_for_qgis(stated: Workspace, tmp_path: Path) -> None:
    results = {"layers": stated.store.load("layers")}
    write_geopackage(tmp_path / "x.gpkg", results, stated.cluster(), stated.geometry())
    assert {"rail_failures", "energy_lines"} <= {name for name, _ in pyogrio.list_layers(tmp_path / "x.gpkg")}
    lines = gpd.read_file(tmp_path / "x.gpkg", layer="energy_lines")
    assert len(lines) == 2 and lines.geometry.notna().all() and lines["flow_mw"].abs().sum() == pytest.approx(100.0)
    cities = gpd.read_file(tmp_path / "x.gpkg", layer="city_results").set_index("place_id")
    assert cities.loc[SHANGHAI, "energy_places_demand_mw"] == 100.0
    assert cities.loc[NANJING, "office_places_firms"] == 6.0


def test_every_warning_has_its_chinese(stated: Workspace, material: Material) -> None:
    for name, table in stated.store.load("layers").items():
        for text in table.warnings:
            assert re.search(r"[\u4e00-\u9fff]", remark(material, text).zh), (name, text)
            assert any(re.fullmatch(pattern, text) for pattern, _ in LAYERS), (name, text)


@pytest.mark.parametrize("command", ["energy", "offices", "multilayer", "failures"])
def test_commands_print_json_and_write_tables(stated: Workspace, tmp_path: Path, command: str) -> None:
    ran = CliRunner().invoke(cli, [command, str(stated.root), "--json", "--out", str(tmp_path)])
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.stdout)
    assert found and all({"facts", "rows", "warnings", "title", "parameters"} <= set(part) for part in found.values())
    assert {p.stem for p in tmp_path.glob("*.csv")} == set(found)


@pytest.mark.parametrize("command", ["energy", "failures"])
def test_commands_take_hazards(stated: Workspace, tmp_path: Path, command: str) -> None:
    """A rectangle around Nanjing: its bus is the only plant, its trains stop, in both layers it is gone."""
    at = stated.cluster().places.loc[NANJING, ["lon", "lat"]].astype(float)
    area = box(at["lon"] - 0.2, at["lat"] - 0.2, at["lon"] + 0.2, at["lat"] + 0.2)
    gpd.GeoDataFrame({"what": ["flood"]}, geometry=[area], crs="EPSG:4326").to_file(tmp_path / "flood.gpkg")
    told = [command, str(stated.root), "--hazards", str(tmp_path / "flood.gpkg"), "--id", "what", "--json"]
    ran = CliRunner().invoke(cli, told)
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.stdout)
    if command == "energy":
        rows = [r for r in found["energy_outages"]["rows"] if r["kind"] == "hazard"]
        assert [(r["outage"], round(r["unserved_mw"], 4)) for r in rows] == [("flood", 100.0)]
        return
    rail = next(r for r in found["rail_failures"]["rows"] if r["failure"] == "flood")
    both = next(r for r in found["layer_failures"]["rows"] if r["failure"] == "flood")
    assert rail["gone"] > 5 and rail["extra_hours"] > 0 and both["gone"] == 1 and both["unserved_percent"] > 0


def test_without_tables_the_commands_say_what_is_needed(done: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    for command, said in (("energy", "energy_buses.csv and energy_lines.csv are not there"),
                          ("offices", "neither tables/offices.csv nor")):  # fmt: skip
        with pytest.raises(SystemExit) as stop:
            main([command, str(done.root)])
        assert stop.value.code == 2 and said in capsys.readouterr().err
    assert set(done.store.load("layers")) == {"rail_singles", "rail_failures", "layered_times", "layer_failures",
                                              "multilayer_places", "multilayer_layers"}  # fmt: skip


BROKEN = {
    "energy_buses": f"bus_id,place_id,demand_mw,generation_mw\nN,{NANJING},0,-5\nS,{SHANGHAI},100,0\nD,{HEFEI},7,0\n"
                    "N,x,1,1\n",
    "energy_lines": "line_id,from_bus,to_bus,reactance_pu,capacity_mw\none,N,S,0,60\ntwo,N,Q,0.1,-1\nthree,S,S,,60\n"
                    "four,N,S,0.2,9\nfive,S,N,0.2,9\n",
    "energy_plants": "plant_id,bus_id,generation_mw\np,N,-2\nq,Q,3\nr,N,1\n",
    "offices": f"firm,place_id,value,role\nf,{SHANGHAI},-1,boss\nf,{NANJING},9,headquarters\nf,{HEFEI},1,headquarters\n"
               "g,nowhere,1,\n",
    "search_index": f"keyword,origin,destination,period,value\nk,{SHANGHAI},{SHANGHAI},1,1\nk,{SHANGHAI},moon,1,-3\n",
}  # fmt: skip


def test_the_doctor_names_everything(tmp_path: Path) -> None:
    root = from_example(tmp_path / "broken", "yangtze-delta")
    for name, text in BROKEN.items():
        (root / "tables" / f"{name}.csv").write_text(text, encoding="utf-8")
    found = {(p.code, p.table.removeprefix("tables/").removesuffix(".csv"), p.severity) for p in check(root)}
    expected = {
        ("negative-value", "energy_buses", "error"), ("dark-island", "energy_buses", "warning"),
        ("duplicate-id", "energy_buses", "error"), ("unknown-place", "energy_buses", "error"),
        ("zero-reactance", "energy_lines", "error"), ("no-reactance", "energy_lines", "error"),
        ("negative-value", "energy_lines", "error"), ("self-loop", "energy_lines", "error"),
        ("unknown-bus", "energy_lines", "error"), ("twin-lines", "energy_lines", "warning"),
        ("negative-value", "energy_plants", "error"), ("unknown-bus", "energy_plants", "error"),
        ("generation-twice", "energy_plants", "warning"), ("negative-value", "offices", "error"),
        ("high-value", "offices", "warning"),
        ("unknown-role", "offices", "error"), ("several-headquarters", "offices", "warning"),
        ("unknown-place", "offices", "error"), ("negative-value", "search_index", "error"),
        ("search-at-home", "search_index", "note"), ("unknown-place", "search_index", "error"),
    }  # fmt: skip
    assert expected <= found, expected - found
