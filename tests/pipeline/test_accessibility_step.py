"""Accessibility of a workspace: with counts of services, with a timetable, told in both languages, on the map."""

import re
import shutil
from pathlib import Path

import pytest

from megaregion.data.workspace import Workspace
from megaregion.errors import InputError
from megaregion.pipeline.lineage import lineage
from megaregion.pipeline.run import republish, run
from megaregion.report.blocks import Bullets, Drawing, Grid, Material, Paragraph
from megaregion.report.figures import basemap
from megaregion.report.sections import accessibility as section
from megaregion.report.text import plain

CONFIG = """format = 1
[cluster]
id = "three"
name = "Three towns"
name_zh = "三城"
level = "city"
group = "province"
base_year = 2020
timetable = "2020"
seed = 1
crs = "EPSG:4549"
[sources.x]
title = "invented for the test"
publisher = "x"
licence = "x"
url = ""
year = 2020
"""
PLACES = """place_id,name,name_zh,kind,parent_id,lon,lat,area_km2,population,source
p,North,北省,province,,120,30,1000,300,x
q,South,南省,province,,120,29,1000,600,x
s,Start,起点城,city,p,119.5,30,100,100,x
m,Middle,中城,city,p,120.2,30,100,200,x
t,Target,终点城,city,q,121.5,30,100,600,x
"""
NODES = """node_id,name,name_zh,mode,lon,lat,place_id,source
s1,Start,起点,rail,119.5,30,s,x
t1,Target,终点,rail,121.5,30,t,x
"""
CALLS = "train,stop,sequence,arrival,departure\n" + "".join(
    f"{n}{h},{a},1,{h}:00,{h}:00\n{n}{h},{b},2,{h}:50,{h}:50\n" for h in range(5, 23) for n, a, b in
    (("G", "s1", "t1"), ("H", "t1", "s1")))  # fmt: skip
SERVICES = """timetable,mode,service,origin,destination,services_per_day,in_vehicle_min,fastest_min,time_observed,source
2020,rail,G,s1,t1,18,50,50,true,x
2020,rail,G,t1,s1,18,50,50,true,x
"""
FLOWS = "layer,origin,destination,value,unit,period,observed,source\n" + "".join(
    f"people,{a},{b},{5 + i},person,2020,true,x\n"
    for i, (a, b) in enumerate((a, b) for a in "smt" for b in "smt" if a != b)
)


@pytest.fixture
def towns(tmp_path: Path) -> Path:
    root = tmp_path / "towns"
    (root / "tables").mkdir(parents=True)
    (root / "workspace.toml").write_text(CONFIG, encoding="utf-8")
    tables = {"places": PLACES, "nodes": NODES, "services": SERVICES, "flows": FLOWS}
    for name, text in tables.items():
        (root / "tables" / f"{name}.csv").write_text(text, encoding="utf-8")
    return root


def told(workspace: Workspace) -> tuple[list[str], list[Drawing], list[Grid]]:
    cluster = workspace.cluster()
    material = Material(
        {"links": workspace.store.load("links")}, cluster, basemap(cluster, None), workspace.sources, ()
    )
    (found,) = section.sections(material)
    texts = []
    for language in ("en", "zh"):
        parts = [b.text.of(language) for b in found.blocks if isinstance(b, Paragraph)]
        parts += [t.of(language) for b in found.blocks if isinstance(b, Bullets) for t in b.items]
        parts += [c.of(language) for b in found.blocks if isinstance(b, Grid) for row in b.rows for c in row]
        texts.append(plain(" ".join(parts)))
    assert section.finding(material)
    drawings, grids = ([b for b in found.blocks if isinstance(b, kind)] for kind in (Drawing, Grid))
    return texts, drawings, grids


def test_counts_of_services_only(towns: Path) -> None:
    workspace = Workspace(towns)
    run(workspace, steps=("links",), report=False)
    tables = workspace.store.load("links")
    assert "timetable" not in tables
    frame, reach = (tables[name].frame.set_index("place_id") for name in ("accessibility", "reach"))
    assert (frame[["people_60", "people_120", "people_180"]] == reach[["people_60", "people_120", "people_180"]]).all(
        axis=None
    )
    (en, zh), drawings, _ = told(workspace)
    assert "how much the departure matters is unknown" in en and "无法得知出发时刻的影响" in zh
    assert not re.search(r"[\u4e00-\u9fff]", en)
    assert [d.name for d in drawings] == ["accessibility-map", "accessibility-poverty-map"]
    assert all(d.modelled and d.draw("zh").axes for d in drawings)
    for row in lineage(workspace, "links/accessibility", "s"):
        assert all(entry.problem in ("", "no row fits") for entry in row.inputs), row


def test_a_timetable_gives_the_range_of_departures(towns: Path) -> None:
    """Hourly trains of 50 minutes, 10 at each end, against 165 or more by road: between 70 and 130 minutes."""
    (towns / "tables" / "train_calls.csv").write_text(CALLS, encoding="utf-8")
    with (towns / "workspace.toml").open("a", encoding="utf-8") as file:
        file.write(
            "[options.accessibility]\nlimits_min = [75, 110]\n[options.timetable]\nstart_min = 480\nend_min = 600\n"
        )
    workspace = Workspace(towns)
    run(workspace, steps=("links",), report=False)
    tables = workspace.store.load("links")
    pair = tables["timetable"].frame.set_index(["origin", "destination"]).loc[("s", "t")]
    assert pair[["p05_min", "p50_min", "p95_min"]].tolist() == pytest.approx([73, 100, 127], abs=1 / 60)
    row = tables["accessibility"].frame.set_index("place_id").loc["s"]
    assert row["people_75_early"] - row["people_75"] == 600 and row["people_110"] - row["people_110_late"] == 600
    (en, zh), drawings, _ = told(workspace)
    assert "6 of 6 pairs have a journey" in en
    assert "ready to leave 8:00 to 10:00" in en and "出发时段8:00至10:00" in zh
    assert "unlucky (95th percentile)" in en and "不利（第95百分位）" in zh
    assert [d.name for d in drawings] == ["accessibility-map", "departure-map", "accessibility-poverty-map"]
    for traced in lineage(workspace, "links/accessibility", "s"):
        assert all(entry.problem in ("", "no row fits") for entry in traced.inputs), traced
    assert all(d.draw(language).axes for d in drawings for language in ("en", "zh"))
    again = run(Workspace(towns), steps=("links",), report=False)
    assert [s.reused for s in again.outcomes if s.step == "links"] == [True]
    (towns / "tables" / "train_calls.csv").write_text(CALLS.replace("8:50", "8:55"), encoding="utf-8")
    changed = run(Workspace(towns), steps=("links",), report=False)
    assert [s.reused for s in changed.outcomes if s.step == "links"] == [False]


def test_it_stands_in_the_geopackage(towns: Path) -> None:
    import geopandas as gpd
    from shapely.geometry import box

    (towns / "geometry").mkdir()
    shapes = [box(lon - 0.3, 29.8, lon + 0.3, 30.2) for lon in (119.5, 120.2, 121.5)]
    gpd.GeoDataFrame({"place_id": list("smt")}, geometry=shapes, crs="EPSG:4326").to_file(
        towns / "geometry" / "places.gpkg", driver="GPKG"
    )
    workspace = Workspace(towns)
    run(workspace, steps=("links",), report=False)
    page = republish(workspace).read_text(encoding="utf-8")
    layer = gpd.read_file(towns / "results" / "megaregion.gpkg", layer="city_results").set_index("place_id")
    frame = workspace.store.load("links")["accessibility"].frame.set_index("place_id")
    assert layer["accessibility_potential"].to_dict() == pytest.approx(frame["potential"].to_dict())
    assert 'id="accessibility"' in page and "可达性及其公平" in page


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ('feed = "elsewhere/feed"', "feed must lie below timetables/ or raw/"),
        ('feed = "timetables/none.zip"', "there is no timetables/none.zip"),
        ("start_min = 700\nend_min = 600", "window must lie in"),
        ('start = 5\ndate = "2020-01-01"', "unknown key 'start'; date belongs to a feed"),
        ('start_min = "6:00"\ndrop_backwards = 1\nfeed = 3', "feed must be text, got 3; start_min must be a number"),
    ],
)
def test_bad_options(towns: Path, more: str, text: str) -> None:
    with (towns / "workspace.toml").open("a", encoding="utf-8") as file:
        file.write(f"[options.timetable]\n{more}\n")
    with pytest.raises(InputError, match=text):
        run(Workspace(towns), steps=("links",), report=False)


def test_a_feed_of_the_workspace(towns: Path, shared_data: Path) -> None:
    """The German feed of 2019 between two counties: as the command skim has it; a table beside it is an error."""
    from megaregion.links.hard.workspace_timetable import timetable_of

    shutil.copytree(shared_data / "germany" / "db-fv-gtfs-2019", towns / "timetables" / "db")
    with (towns / "workspace.toml").open("a", encoding="utf-8") as file:
        file.write('[options.timetable]\nfeed = "timetables/db"\ndate = "2019-06-25"\ndrop_backwards = true\n')
    workspace = Workspace(towns)
    found = timetable_of(workspace.cluster(), towns)
    assert found is not None and found.label == "2019-06-25" and len(found.stops) > 300
    assert any(name.startswith("timetables/db/") for name in workspace.inputs())
    (towns / "tables" / "train_calls.csv").write_text(CALLS, encoding="utf-8")
    with pytest.raises(InputError, match=r"a feed in .* and a table train_calls"):
        timetable_of(Workspace(towns).cluster(), towns)
