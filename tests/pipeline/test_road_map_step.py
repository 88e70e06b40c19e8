"""A map of roads in a workspace: dead ends, crossings and completeness in step, report and GeoPackage."""

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString, box

from megaregion.data.workspace import Workspace
from megaregion.errors import InputError
from megaregion.pipeline.lineage import lineage
from megaregion.pipeline.run import republish, run
from megaregion.pipeline.steps import BY_NAME, Context
from megaregion.report.blocks import Bullets, Drawing, Grid, Material, Paragraph
from megaregion.report.figures import basemap
from megaregion.report.sections import road_map as section
from megaregion.report.text import plain

KM = 1.0 / 111.195
CONFIG = """format = 1
[cluster]
id = "two"
name = "Two towns"
name_zh = "两城"
level = "city"
group = "province"
base_year = 2020
timetable = "2020"
seed = 1
crs = "EPSG:32631"
[sources.x]
title = "invented for the test"
publisher = "x"
licence = "x"
url = ""
year = 2020
[options.road_map]
roads = "maps/roads.gpkg"
demand = "people"
water = "maps/rivers.gpkg"
inside_km = 5
"""
PLACES = """place_id,name,name_zh,kind,parent_id,lon,lat,area_km2,population,source
p,North,北省,province,,3.0,0,1000,300,x
w,West,西城,city,p,2.9,0.001,100,100,x
e,East,东城,city,p,3.1,0.001,100,200,x
"""
FLOWS = """layer,origin,destination,value,unit,period,observed,source
people,w,e,30,person,2020,true,x
people,e,w,20,person,2020,true,x
"""
LENGTHS = "place_id,road_class,length_km,year,source\nw,primary,250,2020,x\ne,all,400,2020,x\n"


@pytest.fixture
def mapped(tmp_path: Path) -> Path:
    """Two stubs 1 km apart at the border, a way round, and roads along and across on both sides."""
    root = tmp_path / "two"
    for name in ("tables", "geometry", "maps"):
        (root / name).mkdir(parents=True)
    (root / "workspace.toml").write_text(CONFIG, encoding="utf-8")
    tables = {"places": PLACES, "flows": FLOWS, "road_lengths": LENGTHS}
    for name, text in tables.items():
        (root / "tables" / f"{name}.csv").write_text(text, encoding="utf-8")
    paths = [[(-11, 0), (-0.5, 0)], [(0.5, 0), (11, 0)], [(-11, 0), (-11, 6), (11, 6), (11, 0)]]
    paths += [[(x, -20), (x, 20)] for x in (-17, -14, -6, -3, 3, 6, 14, 17)]
    lines = [LineString([(3 + x * KM, y * KM) for x, y in path]) for path in paths]
    for x in (-4.0, 0.0, 4.0):  # roads over the border and over lines inside
        for y in (-9, -6, 9, 12):
            lines.append(LineString([(3 + (x - 1.5) * KM, (y + x / 9) * KM), (3 + (x + 1.5) * KM, (y + x / 9) * KM)]))
    roads = gpd.GeoDataFrame({"highway": ["primary"] * len(lines)}, geometry=lines, crs="EPSG:4326")
    roads["name"] = [f"路{k}" for k in range(len(lines))]
    roads.to_file(root / "maps" / "roads.gpkg", driver="GPKG")
    rivers = [LineString([(3 + x * KM, -14 * KM), (3 + x * KM, low * KM)]) for x, low in ((0, -4), (5, -11), (-5, -11))]
    gpd.GeoDataFrame(geometry=rivers, crs="EPSG:4326").to_file(root / "maps" / "rivers.gpkg", driver="GPKG")
    halves = [box(3 - 25 * KM, -15 * KM, 3, 15 * KM), box(3, -15 * KM, 3 + 25 * KM, 15 * KM)]
    gpd.GeoDataFrame({"place_id": ["w", "e"]}, geometry=halves, crs="EPSG:4326").to_file(
        root / "geometry" / "places.gpkg", driver="GPKG"
    )
    return root


def test_step_report_and_layers(mapped: Path) -> None:
    workspace = Workspace(mapped)
    run(workspace, steps=("road_map",), report=False)
    tables = workspace.store.load("road_map")
    row = tables["dead_ends"].frame.iloc[0]
    assert len(tables["dead_ends"].frame) == 1 and {row["unit_a"], row["unit_b"]} == {"w", "e"}
    assert row["saved_h"] > 0 and np.isfinite(row["completeness_a"])
    crossing = tables["crossings"].frame.iloc[0]
    assert crossing["crossings"] == 5 and crossing["border_km"] == pytest.approx(30, rel=0.01)
    assert set(tables["completeness"].frame["grade"]) <= {"A", "B", "C", "D", "over"}
    for name, label in (("completeness", "w"), ("regression", "border"), ("segments", "S1"), ("dead_ends", "D1")):
        for traced in lineage(workspace, f"road_map/{name}", label):
            assert all(entry.problem in ("", "no row fits") for entry in traced.inputs), (name, traced.column)
    cluster = workspace.cluster()
    material = Material({"road_map": tables}, cluster, basemap(cluster, workspace.geometry()), workspace.sources, ())
    (found,) = section.sections(material)
    texts = []
    for language in ("en", "zh"):
        parts = [b.text.of(language) for b in found.blocks if isinstance(b, Paragraph)]
        parts += [t.of(language) for b in found.blocks if isinstance(b, Bullets) for t in b.items]
        texts.append(plain(" ".join(parts)))
    en, zh = texts
    assert "1 pairs of roads end facing each other across a border" in en and "1对道路在边界两侧相向而止" in zh
    assert "given slope and water" in en and "控制坡度与水体后" in zh
    assert set(tables["regression"].frame["term"]) == {"border", "water"} and len(tables["segments"].frame) > 10
    ratio = tables["completeness"].facts["ratio"]
    assert f"Against official lengths the map holds {100 * ratio:.0f}" in en and "与官方里程相比" in zh
    assert not re.search(r"[\u4e00-\u9fff]", en) and not re.search(r"[A-Za-z]{2,}", zh)
    (drawing,) = [b for b in found.blocks if isinstance(b, Drawing)]
    assert all(drawing.draw(language).axes for language in ("en", "zh"))
    assert len([b for b in found.blocks if isinstance(b, Grid)]) >= 3 and section.finding(material)
    page = republish(workspace).read_text(encoding="utf-8")
    assert 'id="road-map"' in page
    path = mapped / "results" / "megaregion.gpkg"
    border = gpd.read_file(path, layer="crossings").to_crs("EPSG:32631")
    assert border.length.iloc[0] == pytest.approx(30_000, rel=0.01) and border["crossings"].iloc[0] == 5
    ends = gpd.read_file(path, layer="dead_ends").to_crs("EPSG:32631")
    assert ends.length.iloc[0] == pytest.approx(1000, rel=2e-3)


def test_a_new_map_is_noticed(mapped: Path) -> None:
    run(Workspace(mapped), steps=("road_map",), report=False)
    again = run(Workspace(mapped), steps=("road_map",), report=False)
    assert [s.reused for s in again.outcomes if s.step == "road_map"] == [True]
    roads = gpd.read_file(mapped / "maps" / "roads.gpkg")
    roads.iloc[1:].to_file(mapped / "maps" / "roads.gpkg", driver="GPKG")
    changed = run(Workspace(mapped), steps=("road_map",), report=False)
    assert [s.reused for s in changed.outcomes if s.step == "road_map"] == [False]


def test_what_is_lacking_is_said(mapped: Path, examples: Path) -> None:
    def lacks(root: Path) -> list[str]:
        return BY_NAME["road_map"].lacks(Context(Workspace(root), lambda *_: None))

    assert lacks(mapped) == []
    assert lacks(examples / "yangtze-delta") == ["workspace.toml has no [options.road_map]: roads = a file below maps/"]
    (mapped / "geometry" / "places.gpkg").unlink()
    assert lacks(mapped) == ["geometry/ holds no polygons: borders are not known"]


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("maps/roads.gpkg", "../roads.gpkg", "roads must be a file below maps/ or raw/"),
        ("maps/roads.gpkg", "maps/none.gpkg", "none.gpkg cannot be read"),
        ('demand = "people"', 'demand = "goods"', "no layer 'goods' in flows"),
        ('demand = "people"', "gap = 3\nband_km = true", "unknown key 'gap'; band_km must be a number"),
        ('demand = "people"', 'least_class = "path"\ndetours = 1', "detours must be true or false, got 1; least_class"),
    ],
)
def test_bad_options(mapped: Path, old: str, new: str, text: str) -> None:
    config = (mapped / "workspace.toml").read_text(encoding="utf-8")
    (mapped / "workspace.toml").write_text(config.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=text):
        run(Workspace(mapped), steps=("road_map",), report=False)
