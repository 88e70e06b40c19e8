"""Tables and layers of roads written and read again."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from megaregion.data.roads import Roads, RoadUnits
from megaregion.data.sources.road_tables import read_geopackage, read_tables, write_geopackage, write_tables
from megaregion.errors import InputError, UnitError

UNITS = RoadUnits(time="min", flow="veh/h", length="km")


@pytest.fixture
def roads() -> Roads:
    links = pd.DataFrame(
        {"from_node": ["x", "m"], "to_node": ["m", "y"], "free_time": [1 / 3, 2.0], "capacity": [1e9, 0.1],
         "b": [0.15, 0.0], "power": [4.0, 1.5], "length": [0.0, 2.5], "build_cost": [0.0, 12.5],
         "allowed_uses": ["", "car,bus"]},
        index=pd.Index(["p", "q"], name="link_id"),
    )  # fmt: skip
    nodes = pd.DataFrame({"zone_id": [None, "01", "\u676d\u5dde"], "no_through": [False, True, True],
                          "x": [0.5, 1.0, 2.0], "y": [0.0, 0.25, 1.0]}, index=["m", "x", "y"])  # fmt: skip
    return Roads(links=links, nodes=nodes, units=UNITS, crs="EPSG:3857")


def same(one: Roads, other: Roads) -> None:
    names = [c for c in one.links.columns if c != "geometry"]
    assert one.links[names].to_numpy().tolist() == other.links[names].to_numpy().tolist()
    assert one.links.index.tolist() == other.links.index.tolist()
    assert one.order.tolist() == other.order.tolist() and one.zones.tolist() == other.zones.tolist()
    assert (
        one.nodes[["no_through", "x", "y"]].to_numpy().tolist()
        == other.nodes[["no_through", "x", "y"]].to_numpy().tolist()
    )
    assert (one.units, one.crs) == (other.units, other.crs)


def test_tables(roads: Roads, tmp_path: Path) -> None:
    write_tables(tmp_path, roads)
    same(roads, read_tables(tmp_path, crs="EPSG:3857"))


def test_layers_keep_their_lines(roads: Roads, tmp_path: Path) -> None:
    bent = np.array([shapely.LineString([(1, 0.25), (9, 9), (0.5, 0)]), None], dtype=object)
    write_geopackage(tmp_path / "r.gpkg", roads.replace(links=roads.links.assign(geometry=bent)))
    again = read_geopackage(tmp_path / "r.gpkg")
    same(roads, again)
    assert shapely.get_num_coordinates(again.links["geometry"].to_numpy(object)).tolist() == [3, 2]


def test_layers_without_a_reference_system(roads: Roads, tmp_path: Path) -> None:
    write_geopackage(tmp_path / "r.gpkg", roads.replace(crs=""))
    assert read_geopackage(tmp_path / "r.gpkg").crs == ""


def test_what_is_not_written(roads: Roads, tmp_path: Path) -> None:
    with pytest.raises(UnitError, match=r"here: \{'time': 'unstated'"):
        write_tables(tmp_path, roads.replace(units=RoadUnits()))
    with pytest.raises(InputError, match="coordinates of all nodes"):
        write_geopackage(tmp_path / "r.gpkg", roads.replace(nodes=roads.nodes.assign(x=[np.nan, 1, 2])))
    assert not list(tmp_path.iterdir())


def test_a_table_without_links_is_refused(roads: Roads, tmp_path: Path) -> None:
    write_tables(tmp_path, roads)
    links = tmp_path / "links.csv"
    links.write_text(links.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="has no road: no row of links"):
        read_tables(tmp_path)
