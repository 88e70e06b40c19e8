"""Roads of a workspace: the step, the section in both languages, and what it lacks."""

from pathlib import Path

import pytest

from megaregion.data.workspace import Workspace
from megaregion.errors import InputError
from megaregion.pipeline.run import run
from megaregion.pipeline.steps import BY_NAME, Context
from megaregion.report.blocks import Drawing, Grid, Material, Paragraph
from megaregion.report.figures import basemap
from megaregion.report.sections import roads as section
from megaregion.report.text import plain

CONFIG = """format = 1
[cluster]
id = "four"
name = "Four nodes"
name_zh = "四节点"
level = "city"
group = "province"
base_year = 2020
timetable = "2020"
seed = 1
crs = "EPSG:4549"
[options.roads]
trips = "trips/morning.csv"
{more}
[sources.x]
title = "invented for the test"
publisher = "x"
licence = "x"
url = ""
year = 2020
"""
PLACES = """place_id,name,name_zh,kind,parent_id,lon,lat,area_km2,population,source
p,Province,省,province,,120,30,1000,30,x
s,Start,起点城,city,p,119.5,30,100,10,x
t,Target,终点城,city,p,120.5,30,100,20,x
"""
NODES = """node_id,name,name_zh,mode,lon,lat,place_id,source
s,Start,起点,road,119.5,30,s,x
u,Upper,上口,road,120,30.3,,x
v,Lower,下口,road,120,29.7,,x
t,Target,终点,road,120.5,30,t,x
"""
# Braess: 10 x, 50 + x, 10 + x, 50 + x, 10 x; a time of t0 (1 + b x / c) with c = 1; t0 is no zero, so .01 stands for 0
LINKS = """link_id,mode,from_node,to_node,length_km,time_min,capacity_per_h,b,power,oneway,status,observed,source
su,road,s,u,60,0.01,1,1000,1,true,existing,false,x
sv,road,s,v,60,50,1,0.02,1,true,existing,false,x
uv,road,u,v,70,10,1,0.1,1,true,existing,false,x
ut,road,u,t,60,50,1,0.02,1,true,existing,false,x
vt,road,v,t,60,0.01,1,1000,1,true,existing,false,x
"""


@pytest.fixture
def braess(tmp_path: Path) -> Path:
    root = tmp_path / "braess"
    (root / "tables").mkdir(parents=True)
    (root / "trips").mkdir()
    (root / "workspace.toml").write_text(CONFIG.format(more=""), encoding="utf-8")
    for name, text in (("places", PLACES), ("nodes", NODES), ("links", LINKS)):
        (root / "tables" / f"{name}.csv").write_text(text, encoding="utf-8")
    (root / "trips" / "morning.csv").write_text("origin,destination,value\ns,t,6\n", encoding="utf-8")
    return root


def test_braess_is_found_named_and_told(braess: Path) -> None:
    """At demand 6: 4 on su and vt, 2 on each way over the outer links and 2 on uv; 92 minutes for each of the six."""
    workspace = Workspace(braess)
    run(workspace, steps=("roads",), report=False)
    tables = workspace.store.load("roads")
    flow = tables["road_links"].frame.set_index("link_id")["flow"]
    assert flow.to_dict() == pytest.approx({"su": 4, "sv": 2, "uv": 2, "ut": 2, "vt": 4}, abs=0.01)
    assert tables["road_links"].facts["total_time"] == pytest.approx(6 * 92, rel=1e-3)
    effect = tables["bottlenecks"].frame.set_index("link_id")["effect"]
    assert effect["uv"] == "Braess" and effect["su"] == effect["vt"] == "relief"
    cluster = workspace.cluster()
    material = Material({"roads": tables}, cluster, basemap(cluster, None), workspace.sources, ())
    (found,) = section.sections(material)
    en, zh = (
        plain(" ".join(b.text.of(lang) for b in found.blocks if isinstance(b, Paragraph))) for lang in ("en", "zh")
    )
    assert "The bottleneck to remove first is" in en and "On 1 of 5 links (20.0 %) widening harms" in en
    assert "应首先消除的瓶颈" in zh and "起点" in zh
    grids = [b for b in found.blocks if isinstance(b, Grid)]
    assert len(grids) == 2 and len(grids[0].rows) == 5 and len(grids[1].rows) == 1
    drawing = next(b for b in found.blocks if isinstance(b, Drawing))
    assert drawing.draw("zh").axes
    assert section.finding(material)


def test_a_second_run_reuses_it_and_new_trips_do_not(braess: Path) -> None:
    workspace = Workspace(braess)
    run(workspace, steps=("roads",), report=False)
    again = run(Workspace(braess), steps=("roads",), report=False)
    assert [s.reused for s in again.outcomes if s.step == "roads"] == [True]
    (braess / "trips" / "morning.csv").write_text("origin,destination,value\ns,t,5\n", encoding="utf-8")
    changed = run(Workspace(braess), steps=("roads",), report=False)
    assert [s.reused for s in changed.outcomes if s.step == "roads"] == [False]


def test_what_is_lacking_is_said(braess: Path, examples: Path) -> None:
    def lacks(root: Path) -> list[str]:
        return BY_NAME["roads"].lacks(Context(Workspace(root), lambda *_: None))

    assert lacks(braess) == []
    assert lacks(examples / "yangtze-delta") == ["tables/links.csv has no links of mode road with capacity_per_h"]
    text = (braess / "workspace.toml").read_text(encoding="utf-8")
    (braess / "workspace.toml").write_text(text.replace("[options.roads]\ntrips = \"trips/morning.csv\"", ""),
                                           encoding="utf-8")  # fmt: skip
    assert "no [options.roads]" in lacks(braess)[0]


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ("trips_per_person = 0.1", "exclude each other"),
        ("speed = 5", "unknown key 'speed'"),
        ('by = "length"', "by must be one of"),
        ("gap = true", "gap must be a number"),
    ],
)
def test_bad_options(braess: Path, more: str, text: str) -> None:
    (braess / "workspace.toml").write_text(CONFIG.format(more=more), encoding="utf-8")
    with pytest.raises(InputError, match=text):
        run(Workspace(braess), steps=("roads",), report=False)


def test_gravity_of_the_residents(braess: Path) -> None:
    """Without trips: 10 residents x .6 leave the start, all for the only other place; links back are lacking."""
    links = LINKS.replace("true,existing", "false,existing")
    (braess / "tables" / "links.csv").write_text(links, encoding="utf-8")
    more = CONFIG.format(more="trips_per_person = 0.6\nelasticity = 1.0").replace('trips = "trips/morning.csv"\n', "")
    (braess / "workspace.toml").write_text(more, encoding="utf-8")
    workspace = Workspace(braess)
    run(workspace, steps=("roads",), report=False)
    table = workspace.store.load("roads")["road_links"]
    assert table.facts["demand"] == pytest.approx(0.6 * 30) and any("modelled" in w for w in table.warnings)
