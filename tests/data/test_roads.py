"""Roads with labels: what they check, the numbers they hand to the kernel, tables and layers on disk."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.data.roads import Roads, RoadUnits, lines, read_roads, with_centroids
from megaregion.errors import InputError

LINKS = """link_id,from_node,to_node,free_time_min,capacity_per_h,b,power,length_km,toll,build_cost
l1,x,a,3,100,0.15,4,2,,0
l2,a,b,2,50,0.15,4,1,5,0
l3,b,y,1,0,0,1,1,0,12
"""
NODES = "node_id,zone_id,x,y,no_through\na,,0,0,\nx,北,1,0,true\ny,南,1,1,1\nb,,0,1,false\n"


def small(**changes: object) -> Roads:
    links = pd.DataFrame(
        {
            "from_node": ["x", "a", "b"],
            "to_node": ["a", "b", "y"],
            "free_time": [3.0, 2.0, 1.0],
            "capacity": [100.0, 50.0, 0.0],
            "b": [0.15, 0.15, 0.0],
            "power": [4.0, 4.0, 1.0],
            "length": [2.0, 1.0, 1.0],
            "toll": [0.0, 5.0, 0.0],
        },
        index=pd.Index(["l1", "l2", "l3"], name="link_id"),
    )
    nodes = pd.DataFrame(
        {"zone_id": [None, "北", "南", None], "no_through": [False, True, True, False], "x": [0.0, 1, 1, 0],
         "y": [0.0, 0, 1, 1]},
        index=pd.Index(["a", "x", "y", "b"], name="node_id"),
    )  # fmt: skip
    return Roads(**({"links": links, "nodes": nodes} | changes))  # type: ignore[arg-type]


def folder(path: Path, links: str = LINKS, nodes: str = NODES, encoding: str = "utf-8") -> Path:
    (path / "links.csv").write_bytes(links.encode(encoding))
    (path / "nodes.csv").write_bytes(nodes.encode(encoding))
    return path


def test_zones_come_first_in_the_order_of_the_nodes() -> None:
    roads = small()
    assert roads.zones.tolist() == ["北", "南"] and roads.order.tolist() == ["x", "y", "a", "b"]
    network = roads.network(toll_weight=0.5, distance_weight=2.0)
    assert network.tail.tolist() == [0, 2, 3] and network.head.tolist() == [2, 3, 1]
    assert network.fixed.tolist() == [4.0, 4.5, 2.0] and network.no_through.tolist() == [True, True, False, False]
    assert network.free_time.tolist() == [3.0, 2.0, 1.0]


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(3)), st.permutations(range(4)))
def test_the_order_of_rows_means_nothing(link_order: list[int], node_order: list[int]) -> None:
    """Every link keeps its ends, and every node its zone, in any order of the tables."""
    first = small()
    roads = small(links=first.links.iloc[link_order], nodes=first.nodes.iloc[node_order])
    network, order = roads.network(), roads.order
    for k, link in enumerate(roads.links.index):
        row = first.links.loc[link]
        assert (order[network.tail[k]], order[network.head[k]]) == (row["from_node"], row["to_node"])
        assert network.capacity[k] == row["capacity"]
    assert [roads.nodes.loc[n, "zone_id"] for n in order[: network.zones]] == roads.zones.tolist()


def test_everything_wrong_is_listed() -> None:
    roads = small()
    links = pd.concat([roads.links, roads.links.iloc[:1].assign(from_node="nowhere", capacity=-1.0, b=np.nan)])
    nodes = pd.concat([roads.nodes, roads.nodes.iloc[1:2]])
    with pytest.raises(InputError) as error:
        small(links=links, nodes=nodes)
    for part in (
        "links.link_id: l1 stand twice", "nodes.node_id: x stand twice", "nodes.zone_id: 北 stand twice",
        "links.from_node: 1 are no nodes: nowhere of link l1", "links.capacity must be finite and >= 0, 1 are not: l1",
        "links.b must be finite",
    ):  # fmt: skip
        assert part in str(error.value)
    with pytest.raises(InputError, match=r"columns are lacking: links.b, links.power, nodes.zone_id"):
        small(links=roads.links.drop(columns=["b", "power"]), nodes=roads.nodes.drop(columns="zone_id"))
    with pytest.raises(InputError, match="no node is a zone"):
        small(nodes=roads.nodes.assign(zone_id=None))


def test_weights_need_their_columns() -> None:
    roads = small()
    bare = small(links=roads.links.drop(columns=["toll", "length"]))
    assert bare.network().fixed.tolist() == [0, 0, 0]
    with pytest.raises(InputError, match="no column toll"):
        bare.network(toll_weight=1.0)
    for weight in (-1.0, np.nan):
        with pytest.raises(InputError, match="weight of length must be finite"):
            roads.network(distance_weight=weight)


def test_uses() -> None:
    roads = small(links=small().links.assign(allowed_uses=["auto, truck", "", "bus"]))
    assert roads.allows("truck").tolist() == [True, True, False]
    assert small().allows("truck").all()


def test_units_of_products_are_only_known_if_both_are() -> None:
    assert RoadUnits(time="min", flow="veh/h").product() == "veh/h x min"
    assert RoadUnits(time="min").product() == "unstated"


def test_lines_are_straight_where_nothing_is_drawn() -> None:
    roads = small()
    nodes = roads.nodes.assign(x=[0.0, 1, np.nan, 0])
    drawn = np.array([shapely.LineString([(1, 0), (5, 5), (0, 0)]), None, None], dtype=object)
    found = lines(small(links=roads.links.assign(geometry=drawn), nodes=nodes))
    assert shapely.get_num_coordinates(found).tolist() == [3, 2, 0]  # bent, straight, an end of unknown place
    assert found[1].wkt == "LINESTRING (0 0, 0 1)"
    assert (lines(small(nodes=roads.nodes.drop(columns=["x", "y"]))) == None).all()  # noqa: E711


def test_centroids_of_shared_zones() -> None:
    roads = small()
    nodes = roads.nodes.assign(zone_id=["北", "北", "南", None])
    links, more, notes = with_centroids(roads.links, nodes)
    whole = small(links=links, nodes=more)
    assert sorted(whole.zones) == ["北", "南"] and len(whole.links) == 7 and len(notes) == 1
    assert whole.nodes.loc["zone:北", ["x", "y"]].tolist() == [0.5, 0.0]
    same = with_centroids(roads.links, roads.nodes)
    assert same[0] is roads.links and same[1] is roads.nodes and same[2] == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_tables_of_a_folder(tmp_path: Path, encoding: str) -> None:
    roads = read_roads(folder(tmp_path, encoding=encoding))
    want = small()
    pd.testing.assert_frame_equal(roads.links.drop(columns="build_cost"), want.links, check_index_type=False)
    assert roads.links["build_cost"].tolist() == [0.0, 0.0, 12.0]
    assert roads.nodes["no_through"].tolist() == [False, True, True, False]
    assert roads.zones.tolist() == ["北", "南"] and roads.units == RoadUnits(time="min", flow="veh/h", length="km")


def test_parameters_of_delay_are_columns_or_given(tmp_path: Path) -> None:
    bare = LINKS.replace(",b,power", "").replace(",0.15,4", "").replace(",0,1,1,0,12", ",1,0,12")
    with pytest.raises(InputError) as error:
        read_roads(folder(tmp_path, links=bare))
    assert "links.b is missing" in str(error.value) and "links.power is missing" in str(error.value)
    roads = read_roads(tmp_path, b=0.5, power=2.0)
    assert roads.links["b"].tolist() == [0.5] * 3 and roads.links["power"].tolist() == [2.0] * 3
    assert read_roads(tmp_path, b=0.5, power=2.0, crs="EPSG:4326").crs == "EPSG:4326"
    with pytest.raises(InputError, match="use cannot be given"):
        read_roads(tmp_path, b=0.5, power=2.0, use="auto")


def test_a_workspace_keeps_standing_roads_in_both_directions(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    folder(
        tmp_path / "tables",
        links="link_id,mode,from_node,to_node,length_km,time_min,capacity_per_h,oneway,status,cost\n"
        "r1,road,a,b,30,25,2000,,existing,\nr2,road,a,b,20,15,4000,true,candidate,900\n"
        "r3,road,a,b,20,15,4000,,planned,900\nt1,rail,a,b,20,15,,,existing,\n",
        nodes="node_id,name,mode,lon,lat,place_id\na,A,road,120,30,330100\nb,B,road,121,31,310000\nc,C,road,121,32,\n",
    )
    roads = read_roads(tmp_path, b=0.15, power=4.0)
    assert roads.links.index.tolist() == ["r1", "r2", "r1:reverse"]
    assert roads.links["build_cost"].tolist() == [0.0, 900.0, 0.0]
    assert roads.links.loc["r1:reverse", ["from_node", "to_node"]].tolist() == ["b", "a"]
    assert roads.zones.tolist() == ["330100", "310000"] and roads.crs == "EPSG:4326"
    assert roads.notes == ("1 links of other modes left out", "1 links that do not stand left out")


def test_everything_wrong_with_tables(tmp_path: Path) -> None:
    bad = LINKS.replace("3,100", ",many").replace("build_cost", "oneway").replace(",0\n", ",perhaps\n")
    with pytest.raises(InputError) as error:
        read_roads(folder(tmp_path, links=bad, nodes="node_id,no_through\na,?\n"))
    for part in (
        "links.free_time_min is empty or no number for 1 links: l1", "links.capacity_per_h is empty or no number",
        "links.oneway must be true or false", "nodes need the columns node_id and zone_id",
    ):  # fmt: skip
        assert part in str(error.value)
    (tmp_path / "nodes.csv").unlink()
    with pytest.raises(InputError, match=r"there is no nodes.csv"):
        read_roads(tmp_path)


def test_empty_tables(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no road: no row of links"):
        read_roads(folder(tmp_path, links=LINKS.splitlines()[0]))
    (tmp_path / "links.csv").write_text("")
    with pytest.raises(InputError, match="the file is empty"):
        read_roads(tmp_path)


def geopackage(path: Path, roads: Roads, **layers: str) -> Path:
    at = gpd.points_from_xy(roads.nodes["x"], roads.nodes["y"])
    points = gpd.GeoDataFrame(roads.nodes[["zone_id", "no_through"]].reset_index(), geometry=at, crs="EPSG:3857")
    names = {"free_time": "free_time_min", "capacity": "capacity_per_h", "length": "length_km"}
    links = roads.links.rename(columns=names).reset_index()
    ways = gpd.GeoDataFrame(links, geometry=list(lines(roads)), crs="EPSG:3857")
    for name, frame in (("links", ways), ("nodes", points)):
        frame.to_file(path, layer=layers.get(name, name), driver="GPKG")
    return path


def test_layers_of_a_geopackage(tmp_path: Path) -> None:
    roads = read_roads(geopackage(tmp_path / "r.gpkg", small()))
    pd.testing.assert_frame_equal(roads.links.drop(columns="geometry"), small().links, check_index_type=False)
    assert roads.links["geometry"].iloc[0].wkt == "LINESTRING (1 0, 0 0)" and roads.crs == "EPSG:3857"
    assert roads.nodes[["x", "y"]].to_numpy().tolist() == small().nodes[["x", "y"]].to_numpy().tolist()
    assert roads.nodes["no_through"].tolist() == [False, True, True, False]


def test_geopackages_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lacks the layers links; there: streets, nodes"):
        read_roads(geopackage(tmp_path / "r.gpkg", small(), links="streets"))
    (tmp_path / "bad.gpkg").write_bytes(b"no database")
    with pytest.raises(InputError, match="cannot be read"):
        read_roads(tmp_path / "bad.gpkg")


def test_other_kinds(tmp_path: Path) -> None:
    (tmp_path / "net.docx").write_text("x")
    with pytest.raises(InputError, match="known: TNTP"):
        read_roads(tmp_path / "net.docx")
    with pytest.raises(InputError, match="there is no"):
        read_roads(tmp_path / "nowhere.tntp")
    with pytest.raises(InputError, match=r"there is no links.csv; there is no nodes.csv"):
        read_roads(tmp_path)
