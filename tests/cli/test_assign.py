"""megaregion assign: from files to files, through every format, and what happens when it is stopped."""

import json
import os
import signal
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner, Result

from megaregion.cli.assign import assign
from megaregion.cli.main import main
from megaregion.cli.search import GapBar
from megaregion.errors import ConvergenceError, InputError

LINKS = """link_id,from_node,to_node,free_time_min,capacity_per_h,b,power,length_km,toll
up,1,3,0.00000001,1,1000000000,1,1,0
low,1,4,50,1,0.02,1,1,0
high,3,2,50,1,0.02,1,1,0
down,4,2,0.00000001,1,1000000000,1,1,0
across,3,4,10,1,0.1,1,1,0
"""
NODES = "node_id,zone_id,x,y\n1,west,0,0\n2,east,2,0\n3,,1,1\n4,,1,-1\n"


@pytest.fixture
def net(tmp_path: Path) -> Path:
    folder = tmp_path / "net"
    folder.mkdir()
    (folder / "links.csv").write_text(LINKS)
    (folder / "nodes.csv").write_text(NODES)
    (tmp_path / "trips.csv").write_text("origin,destination,value\nwest,east,6\n")
    return folder


def call(*arguments: object) -> Result:
    return CliRunner().invoke(assign, [str(a) for a in arguments])


def test_from_files_to_files(net: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = call(
        net, tmp_path / "trips.csv", "--gap", "1e-12", "--out", out, "--bottlenecks", "--skims", "--select", "up"
    )
    assert done.exit_code == 0, done.output
    assert "total_time: 55" in done.stdout and "braess_worst: across" in done.stdout
    assert sorted(p.name for p in out.iterdir()) == [
        "assignment.gpkg", "bottlenecks.csv", "convergence.csv", "links.csv", "selected_links.csv",
        "selected_pairs.csv", "skim_all.csv", "summary.json",
    ]  # fmt: skip
    links = pd.read_csv(out / "links.csv").set_index("link_id")
    assert links["flow"].to_dict() == pytest.approx({"up": 4, "low": 2, "high": 2, "down": 4, "across": 2}, rel=1e-6)
    layer = gpd.read_file(out / "assignment.gpkg", layer="links").set_index("link_id")
    assert layer.loc["across", "geometry"].wkt == "LINESTRING (1 1, 1 -1)"
    assert layer.loc["up", "flow"] == pytest.approx(4, rel=1e-6)
    ranked = gpd.read_file(out / "assignment.gpkg", layer="bottlenecks")
    assert ranked["effect"].iloc[-1] == "Braess"
    assert pd.read_csv(out / "selected_pairs.csv")["selected"].tolist() == pytest.approx([4], rel=1e-6)
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert summary["links"]["facts"]["relative_gap"] <= 1e-12
    assert summary["links"]["columns"]["time"]["unit"] == "min" and summary["links"]["columns"]["time"]["zh"]
    skim = pd.read_csv(out / "skim_all.csv")
    assert skim.loc[(skim["origin"] == "west") & (skim["destination"] == "east"), "value"].item() == pytest.approx(92)
    assert len(skim) == 3  # there is no way back


def test_two_runs_write_the_same_bytes(net: Path, tmp_path: Path) -> None:
    for name, threads in (("a", 1), ("b", 2)):
        assert call(net, tmp_path / "trips.csv", "--out", tmp_path / name, "--threads", threads).exit_code == 0
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_json_has_all_rows(net: Path, tmp_path: Path) -> None:
    found = json.loads(call(net, tmp_path / "trips.csv", "--json", "--bottlenecks", "--by", "time").stdout)
    assert len(found["links"]["rows"]) == 5 and found["bottlenecks"]["parameters"]["by"] == "time"


def test_system_optimum_and_weights(net: Path, tmp_path: Path) -> None:
    done = call(net, tmp_path / "trips.csv", "--system-optimum", "--json")
    assert json.loads(done.stdout)["links"]["facts"]["total_time"] == pytest.approx(498, rel=1e-6)
    done = call(net, tmp_path / "trips.csv", "--distance-weight", "2", "--json")
    row = json.loads(done.stdout)["links"]["rows"][0]
    assert row["cost"] - row["time"] == pytest.approx(2)


def test_tntp_and_units_as_stated(shared_data: Path) -> None:
    folder = shared_data / "reference" / "assignment" / "Braess-Example"
    done = call(folder / "Braess_net.tntp", folder / "Braess_trips.tntp", "--gap", "1e-10", "--json")
    facts = json.loads(done.stdout)["links"]["facts"]
    assert facts["total_time"] == pytest.approx(552, rel=1e-8) and facts["total_time_unit"] == "unstated"


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to whole groups of processes")
def test_ctrl_c_keeps_the_last_flows(net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The signal arrives during the first iteration."""
    listen = GapBar.listen

    def struck(self: GapBar, iteration: int, gap: float) -> None:
        if iteration == 1:
            os.kill(os.getpid(), signal.SIGINT)
        listen(self, iteration, gap)

    monkeypatch.setattr(GapBar, "listen", struck)
    before = signal.getsignal(signal.SIGINT)
    done = call(net, tmp_path / "trips.csv", "--gap", "1e-14", "--out", tmp_path / "out", "--bottlenecks")
    assert done.exit_code == 130 and "interrupted at relative gap" in done.stderr
    assert signal.getsignal(signal.SIGINT) is before
    facts = json.loads((tmp_path / "out" / "summary.json").read_text())["links"]["facts"]
    assert facts["converged"] is False and facts["iterations"] == 1
    assert not (tmp_path / "out" / "bottlenecks.csv").exists()


def test_out_of_iterations_writes_and_fails(net: Path, tmp_path: Path) -> None:
    done = call(net, tmp_path / "trips.csv", "--iterations", 1, "--gap", "1e-14", "--out", tmp_path / "out")
    assert isinstance(done.exception, ConvergenceError) and (tmp_path / "out" / "links.csv").is_file()


def test_bad_input_by_exit_code(net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lost.csv").write_text("origin,destination,value\nwest,north,6\n")
    for arguments in ((net, tmp_path / "lost.csv"), (tmp_path / "nowhere", tmp_path / "lost.csv")):
        with pytest.raises(SystemExit) as stop:
            main(["assign", *map(str, arguments)])
        assert stop.value.code == 2
    assert "1 zones with demand are not in the network: north" in capsys.readouterr().err
    (tmp_path / "back.csv").write_text("origin,destination,value\neast,west,6\n")
    assert isinstance(call(net, tmp_path / "back.csv").exception, InputError)
    left = call(net, tmp_path / "back.csv", "--leave-unreachable")
    assert left.exit_code == 0 and "6 trips of 1 pairs have no way" in left.stdout
    assert "without_a_way: all east west 6.0" in left.stdout and "{" not in left.stdout
    assert "--leave-unreachable" in str(call(net, tmp_path / "back.csv").exception)
    (tmp_path / "none.csv").write_text("origin,destination,value\n")
    assert "there are no trips" in call(net, tmp_path / "none.csv").stdout


def test_the_bar_fills_with_digits() -> None:
    with GapBar(1e-8, quiet=True) as bar:
        for iteration, (gap, done) in enumerate([(1e-2, 0.0), (1e-5, 0.5), (1e-9, 1.0), (0.0, 1.0)]):
            bar.listen(iteration, gap)
            assert bar.bar.tasks[0].completed == pytest.approx(done)
    with GapBar(1e-8, quiet=True) as bar:
        bar.listen(0, 0.0)
        assert bar.bar.tasks[0].completed == 1.0
        bar.interrupted = True
        with pytest.raises(StopIteration):
            bar.listen(1, 0.0)


CONFIG = """[cluster]
id = "x"
name = "x"
level = "city"
group = "province"
base_year = 2020
timetable = "t"
seed = 1
"""


@pytest.fixture
def region(tmp_path: Path) -> Path:
    """Two towns, a road between them and a railway; links serve both directions as the schema says."""
    folder = tmp_path / "region"
    (folder / "tables").mkdir(parents=True)
    (folder / "workspace.toml").write_text(CONFIG)
    place = "place_id,name,name_zh,kind,parent_id,population,area_km2,lon,lat\n"
    rows = "01,A,甲,city,,1000,10,120,30\n02,B,乙,city,,3000,10,121,30\n"
    (folder / "tables" / "places.csv").write_text(place + rows, encoding="utf-8")
    nodes = "node_id,name,mode,lon,lat,place_id\na,a,road,120,30,01\nb,b,road,121,30,02\ns,s,rail,120,30,01\n"
    (folder / "tables" / "nodes.csv").write_text(nodes)
    head = "link_id,mode,from_node,to_node,length_km,time_min,capacity_per_h,status\n"
    (folder / "tables" / "links.csv").write_text(head + "r,road,a,b,90,60,100,existing\nt,rail,s,b,90,30,,existing\n")
    return folder


def test_a_workspace_with_trips_from_a_gravity_model(region: Path) -> None:
    """Two places send all trips to each other: 100 and 300 at .1 a person, on 100: 60 (1 + .15 r ** 4) minutes."""
    done = call(region, "--trips-per-person", "0.1", "--elasticity", "2", "--b", "0.15", "--power", "4", "--json")
    assert done.exit_code == 0, done.exception
    rows = {row["link_id"]: row for row in json.loads(done.stdout)["links"]["rows"]}
    assert {name: row["flow"] for name, row in rows.items()} == pytest.approx({"r": 100, "r:reverse": 300})
    assert rows["r:reverse"]["time"] == pytest.approx(60 * (1 + 0.15 * 81))
    assert any("modelled" in text for text in json.loads(done.stdout)["links"]["warnings"])


def test_what_a_workspace_must_have(region: Path) -> None:
    done = call(region, "--b", "0.15", "--power", "4")
    assert isinstance(done.exception, InputError) and "--trips-per-person" in done.exception.hint
    done = call(region, "--trips-per-person", "0.1", "--elasticity", "2")
    assert isinstance(done.exception, InputError) and "links.b is missing" in str(done.exception)
    path = region / "tables" / "links.csv"
    path.write_text(path.read_text().replace("r,road", "r,air"))
    done = call(region, "--b", "0.15", "--power", "4", "--trips-per-person", "0.1", "--elasticity", "2")
    assert isinstance(done.exception, InputError) and "has no road that stands" in str(done.exception)


def test_gmns_brings_its_own_demand(tmp_path: Path) -> None:
    """Half a mile at 30 mph is a minute; 200 on a lane of 100: 1 + .15 x 16 = 3.4."""
    files = {
        "node": "node_id,x_coord,y_coord,zone_id\na,0,0,1\nb,1,0,2\n",
        "link": "link_id,from_node_id,to_node_id,directed,length,free_speed,capacity,lanes\nl,a,b,true,0.5,30,100,1\n",
        "config": "long_length,speed,crs\nmile,mph,4326\n",
        "demand": "o_zone_id,d_zone_id,volume\n1,2,200\n",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text)
    done = call(tmp_path, "--b", "0.15", "--power", "4", "--json")
    assert done.exit_code == 0, done.exception
    assert json.loads(done.stdout)["links"]["rows"][0]["time"] == pytest.approx(3.4, rel=1e-9)


def test_lines_of_several_parts_stay_what_they_are(net: Path, tmp_path: Path) -> None:
    """Maps of agencies hold multi-part lines; all are written as such if one is."""
    at = {"1": (0, 0), "2": (2, 0), "3": (1, 1), "4": (1, -1)}
    table = pd.read_csv(net / "links.csv", dtype={"from_node": str, "to_node": str})
    ways = [shapely.LineString([at[a], at[b]]) for a, b in zip(table["from_node"], table["to_node"], strict=True)]
    ways[0] = shapely.MultiLineString([[(0, 0), (0.4, 0.4)], [(0.6, 0.6), (1, 1)]])
    nodes = pd.read_csv(net / "nodes.csv", dtype=str)
    points = gpd.points_from_xy(nodes["x"], nodes["y"])
    for layer, frame in (
        ("links", gpd.GeoDataFrame(table, geometry=ways, crs="EPSG:3857")),
        ("nodes", gpd.GeoDataFrame(nodes[["node_id", "zone_id"]], geometry=points, crs="EPSG:3857")),
    ):
        frame.to_file(tmp_path / "net.gpkg", layer=layer, driver="GPKG")
    done = call(tmp_path / "net.gpkg", tmp_path / "trips.csv", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.exception
    found = gpd.read_file(tmp_path / "out" / "assignment.gpkg", layer="links").set_index("link_id").geometry
    assert set(found.geom_type) == {"MultiLineString"} and found["up"].length == pytest.approx(0.8 * 2**0.5)
    assert found.crs == "EPSG:3857"
