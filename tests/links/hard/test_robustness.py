"""Robustness with labels: rows of every kind of failure, hazards by place, the command."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from shapely import box

from megaregion.cli.main import cli
from megaregion.data.roads import Roads, RoadUnits
from megaregion.data.trips import Trips
from megaregion.errors import InputError
from megaregion.links.hard.robustness import ADAPTIVE, BUSIEST, RANDOM, RobustnessOptions, robustness


@pytest.fixture
def line() -> tuple[Roads, Trips]:
    """a - b - c, both directions, 10 minutes each, along the equator."""
    ends = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")]
    links = pd.DataFrame(
        ends, columns=["from_node", "to_node"], index=pd.Index(["ab", "ba", "bc", "cb"], name="link_id")
    )
    links = links.assign(free_time=10.0, capacity=5.0, b=0.15, power=4.0)
    nodes = pd.DataFrame({"zone_id": list("abc"), "no_through": False, "x": [0.0, 1.0, 2.0], "y": 0.0},
                         index=pd.Index(list("abc"), name="node_id"))  # fmt: skip
    roads = Roads(links=links, nodes=nodes, crs="EPSG:4326", units=RoadUnits(time="min", flow="veh/h"))
    return roads, Trips.of(pd.DataFrame([[0.0, 3.0, 1.0], [0, 0, 0], [0, 0, 0]], list("abc"), list("abc")))


def test_rows_by_hand(line: tuple[Roads, Trips]) -> None:
    """3 trips a-b, 1 a-c: ab is busier; without it all are cut off, without bc a quarter."""
    hazards = gpd.GeoDataFrame(index=["flood"], geometry=[box(1.4, -0.1, 1.6, 0.1)], crs="EPSG:4326")
    options = RobustnessOptions(most=0.5, steps=1, draws=200)
    got = robustness(*line, options, seed=1, hazards=hazards)
    table = got.to_frame().set_index(["failure", "roads_gone"])
    assert table.loc[(BUSIEST, 1), "unserved_percent"] == table.loc[(ADAPTIVE, 1), "unserved_percent"] == 100.0
    assert table.loc[("flood", 1), "unserved_percent"] == 25.0
    assert table.loc[("flood", 1), "largest_part"] == pytest.approx(2 / 3)
    assert (table.loc[("flood", 1), ["unserved_percent_low", "unserved_percent_high"]] == [25.0, 100.0]).all()
    assert abs(table.loc[(RANDOM, 1), "unserved_percent"] - 62.5) < 4 * 37.5 / np.sqrt(200)
    assert (table.loc[(RANDOM, 1), ["unserved_percent_low", "unserved_percent_high"]] == [25.0, 100.0]).all()
    assert got.facts()["roads"] == 2 and got.facts()["first_to_go"][0] in ("ab", "ba")
    assert list(got.to_frame().columns) == [c.name for c in got.describe()]
    pd.testing.assert_frame_equal(robustness(*line, options, seed=1, hazards=hazards).to_frame(), got.to_frame())


def test_bad_input(line: tuple[Roads, Trips]) -> None:
    roads, trips = line
    with pytest.raises(InputError, match=r"most must be a share.*steps must be at least 1"):
        RobustnessOptions(most=0.0, steps=0)
    hazards = gpd.GeoDataFrame(index=["flood"], geometry=[box(1.4, -0.1, 1.6, 0.1)], crs="EPSG:4326")
    with pytest.raises(InputError, match="coordinates of the network"):
        robustness(roads.replace(nodes=roads.nodes.drop(columns=["x", "y"])), trips, seed=1, hazards=hazards)
    none = robustness(roads, Trips.of(pd.DataFrame(0.0, list("abc"), list("abc"))), seed=1)
    assert "no trips between zones" in none.warnings[-1]
    with pytest.raises(InputError, match="no road can fail"):
        robustness(roads.replace(nodes=roads.nodes.assign(no_through=True)), trips, seed=1)


def test_command(tmp_path: Path) -> None:
    head = "link_id,from_node,to_node,free_time_min,capacity_per_h,b,power\n"
    rows = ["ab,a,b", "ba,b,a", "bc,b,c", "cb,c,b"]
    (tmp_path / "links.csv").write_text(head + "".join(f"{row},10,5,.15,4\n" for row in rows), encoding="utf-8")
    (tmp_path / "nodes.csv").write_text("node_id,zone_id,lon,lat\na,a,0,0\nb,b,1,0\nc,c,2,0\n", encoding="utf-8")
    (tmp_path / "trips.csv").write_text("origin,destination,value\na,b,3\na,c,1\n", encoding="utf-8")
    gpd.GeoDataFrame({"name": ["flood"]}, geometry=[box(1.4, -0.1, 1.6, 0.1)], crs="EPSG:4326").to_file(
        tmp_path / "hazards.gpkg"
    )
    got = CliRunner().invoke(cli, ["robustness", str(tmp_path), str(tmp_path / "trips.csv"), "--hazards",
                                   str(tmp_path / "hazards.gpkg"), "--id", "name", "--most", "1", "--steps", "2",
                                   "--out", str(tmp_path / "out")])  # fmt: skip
    assert got.exit_code == 0, got.output
    plain = CliRunner().invoke(cli, ["robustness", str(tmp_path), str(tmp_path / "trips.csv"), "--hazards",
                                     str(tmp_path / "trips.csv")])  # fmt: skip
    assert isinstance(plain.exception, InputError) and "a table without shapes" in str(plain.exception)
    table = pd.read_csv(tmp_path / "out" / "robustness.csv")
    assert set(table["failure"]) == {RANDOM, BUSIEST, ADAPTIVE, "flood"} and len(table) == 10
    layer = gpd.read_file(tmp_path / "out" / "robustness.gpkg", layer="failing_links").set_index("link_id")
    assert layer["hazards"].fillna("").to_dict() == {"ab": "", "ba": "", "bc": "flood", "cb": "flood"}
    assert layer["order_once"].to_dict() == {"ab": 1, "ba": 1, "bc": 2, "cb": 2}
    assert layer["demand_through"].to_dict() == {"ab": 4, "ba": 4, "bc": 1, "cb": 1}
