"""Stated minutes by road: they count where they stand, and an assignment writes them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from megaregion.cli.main import cli
from megaregion.data.roads import Roads, RoadUnits
from megaregion.data.trips import Trips
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError, UnitError
from megaregion.links.hard.assignment import assign
from megaregion.links.hard.network import RailNetwork
from megaregion.links.hard.road_times import road_times
from megaregion.links.hard.times import times

PLACES = {"A": (118.0, 32.0), "B": (120.0, 32.0), "Z": (125.0, 25.0)}


def stated(*rows: tuple[str, str, float]) -> dict[str, pd.DataFrame]:
    return {"road_times": pd.DataFrame(rows, columns=["origin", "destination", "minutes"])}


def test_stated_minutes_count_and_the_rest_is_the_formula(cluster):
    formula = times(cluster(PLACES, {}, []))
    made = cluster(PLACES, {}, []).replace(further=stated(("A", "B", 33.0), ("B", "B", 5.0), ("A", "elsewhere", 1.0)))
    got = times(made)
    assert got.road.loc["A", "B"] == got.time.loc["A", "B"] == 33.0 and got.road.loc["B", "B"] == 5.0
    same = np.ones((3, 3), bool)
    same[0, 1] = same[1, 1] = False
    assert (got.road.to_numpy() == formula.road.to_numpy())[same].all()
    assert got.stated_pairs == got.facts()["pairs_with_stated_road_time"] == 1
    assert "1 of 6 pairs have a stated time by road; the others have the formula of great circles" in got.warnings
    files = {c.name: [i.table for i in c.inputs] for c in got.describe()}
    assert "tables/road_times.csv" in files["road_min"] and "tables/road_times.csv" in files["time_min"]
    assert "tables/road_times.csv" not in [i.table for c in formula.describe() for i in c.inputs]


def test_a_network_is_not_reused_for_other_stated_times(cluster):
    base = cluster(PLACES, {}, [])
    other = base.replace(further=stated(("A", "B", 33.0)))
    assert RailNetwork.build(base).updated(other, base).road_times is not None


def test_minutes_that_cannot_be_are_refused(cluster):
    with pytest.raises(InputError, match=r"must be > 0, 2 are not: A to B, B to Z"):
        times(cluster(PLACES, {}, []).replace(further=stated(("A", "B", 0.0), ("B", "Z", np.nan), ("A", "Z", 1.0))))


def two(unit: str) -> tuple[Roads, Trips]:
    """A to B on two roads of 1 + x and 2 + x: three trips take 3 each; no way back."""
    links = pd.DataFrame({"from_node": "A", "to_node": "B", "free_time": [1.0, 2.0], "capacity": 1.0, "b": [1.0, 0.5],
                          "power": 1.0}, index=pd.Index(["x", "y"], name="link_id"))  # fmt: skip
    nodes = pd.DataFrame({"zone_id": ["A", "B"], "no_through": False}, index=pd.Index(["A", "B"], name="node_id"))
    roads = Roads(links=links, nodes=nodes, units=RoadUnits(time=unit, flow="veh/h"))
    return roads, Trips.of(pd.DataFrame([[0.0, 3.0], [0.0, 0.0]], ["A", "B"], ["A", "B"]))


@pytest.mark.parametrize(("unit", "minutes"), [("min", 3.0), ("h", 180.0)])
def test_times_of_an_assignment_in_minutes(unit: str, minutes: float) -> None:
    got = road_times(assign(*two(unit)), fixed_min=15.0)
    assert got[["origin", "destination"]].to_numpy().tolist() == [["A", "B"]]
    assert got["minutes"].tolist() == pytest.approx([minutes + 15.0]) and "modelled" in got["note"][0]


def test_unknown_units_and_classes_are_refused() -> None:
    with pytest.raises(UnitError, match="unstated"):
        road_times(assign(*two("unstated")), fixed_min=0.0)
    with pytest.raises(InputError, match="no class of users 'lorry'"):
        road_times(assign(*two("min")), fixed_min=0.0, name="lorry")
    with pytest.raises(InputError, match=">= 0"):
        road_times(assign(*two("min")), fixed_min=-1.0)


def test_command_writes_the_table_that_all_steps_read(tmp_path: Path) -> None:
    root = tmp_path / "w"
    (root / "tables").mkdir(parents=True)
    (root / "workspace.toml").write_text(
        'format = 1\n[cluster]\nid = "w"\nname = "W"\nname_zh = "W"\nlevel = "city"\ngroup = "province"\n'
        'base_year = 2020\nseed = 1\ntimetable = ""\ncrs = "EPSG:4549"\n[options.times]\nroad_fixed_min = 7\n',
        encoding="utf-8",
    )
    (root / "tables" / "places.csv").write_text(
        "place_id,name,name_zh,kind,parent_id,lon,lat,area_km2,population,source\n"
        "A,A,A,city,,118,32,100,1,x\nB,B,B,city,,118.1,32,100,1,x\n",
        encoding="utf-8",
    )
    net = tmp_path / "net"
    net.mkdir()
    (net / "links.csv").write_text("link_id,from_node,to_node,free_time_min,capacity_per_h,b,power\nx,A,B,1,1,1,1\n"
                                   "y,A,B,2,1,0.5,1\nz,B,A,4,1,0,1\n", encoding="utf-8")  # fmt: skip
    (net / "nodes.csv").write_text("node_id,zone_id\nA,A\nB,B\n", encoding="utf-8")
    (net / "trips.csv").write_text("origin,destination,value\nA,B,3\n", encoding="utf-8")
    command = ["assign", str(net), str(net / "trips.csv"), "--to-workspace", str(root)]
    for _ in range(2):  # a second run takes the place of the first
        assert (got := CliRunner().invoke(cli, command)).exit_code == 0, got.output
    road = times(Workspace(root).cluster()).road
    assert road.loc["A", "B"] == pytest.approx(3 + 7) and road.loc["B", "A"] == pytest.approx(4 + 7)
    (root / "tables" / "road_times.own.csv").write_text("origin,destination,minutes\nA,B,9\n", encoding="utf-8")
    refused = CliRunner().invoke(cli, command)
    assert refused.exit_code != 0 and "1 pairs stand in another file" in str(refused.exception)
    (root / "tables" / "road_times.own.csv").unlink()
    (net / "nodes.csv").write_text("node_id,zone_id\nA,A\nB,9\n", encoding="utf-8")
    (net / "trips.csv").write_text("origin,destination,value\nA,9,3\n", encoding="utf-8")
    refused = CliRunner().invoke(cli, command)
    assert refused.exit_code != 0 and "1 zones are no places of w: 9" in str(refused.exception)
