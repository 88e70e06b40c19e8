"""GMNS: a folder made by hand, units, directions, uses and geometry, and what is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from megaregion.data.roads import Roads, read_roads
from megaregion.data.sources.gmns import read_gmns, write_gmns
from megaregion.errors import InputError, UnitError

NODE = """node_id,name,x_coord,y_coord,node_type,zone_id
a,A,0,0,centroid,Z1
b,B,1,0,,
c,C,2,0,,Z2
d,D,2,1,,Z2
"""
LINK = """link_id,from_node_id,to_node_id,directed,dir_flag,\
length,free_speed,capacity,lanes,vdf_alpha,vdf_beta,toll,allowed_uses,geometry
1,a,b,false,1,10,60,1800,2,0.15,4,,,"LINESTRING (0 0, 0.5 1, 1 0)"
2,b,c,true,-1,5,50,1000,1,0.2,3,2.5,"auto,bike","LINESTRING (2 0, 1 0)"
3,b,d,TRUE,0,6,30,500,1,0.15,4,0,MOTOR,
4,b,d,1,0,1,5,0,0,0.15,4,0,walk,
"""
CONFIG = "dataset_name,short_length,long_length,speed,crs,currency\nx,m,mile,mph,EPSG:4326,USD\n"
GROUP = 'use_group,uses\nVEHICLE,"auto,truck"\nMOTOR,VEHICLE\n'


def write(folder: Path, **files: str) -> Path:
    for name, text in ({"node": NODE, "link": LINK, "config": CONFIG, "use_group": GROUP} | files).items():
        if text:
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def refused(path: Path, **options: object) -> str:
    with pytest.raises(InputError) as error:
        read_gmns(path, **options)  # type: ignore[arg-type]
    return str(error.value)


def test_units_lanes_and_directions(tmp_path: Path) -> None:
    """10 miles at 60 mph are 10 minutes and 16.09344 km; 1800 a lane on 2 lanes are 3600."""
    roads = read_roads(write(tmp_path))
    assert roads.links.index[:5].tolist() == ["1", "2", "3", "4", "1:reverse"]
    there, back = roads.links.loc["1"], roads.links.loc["1:reverse"]
    assert (there["from_node"], there["to_node"], back["from_node"], back["to_node"]) == ("a", "b", "b", "a")
    np.testing.assert_allclose(
        [there["free_time"], there["length"], there["capacity"]], [10, 16.09344, 3600], rtol=1e-15
    )
    assert back["free_time"] == there["free_time"] and back["capacity"] == 3600
    assert (roads.links.loc["2", "b"], roads.links.loc["2", "power"], roads.links.loc["2", "toll"]) == (0.2, 3.0, 2.5)
    assert roads.units.money == "USD" and roads.units.time == "min" and roads.crs == "EPSG:4326"


def test_geometry_runs_in_the_direction_of_travel(tmp_path: Path) -> None:
    links = read_gmns(write(tmp_path)).links
    assert links.loc["1:reverse", "geometry"].coords[0] == (1.0, 0.0)
    assert links.loc["2", "geometry"].wkt == "LINESTRING (1 0, 2 0)"  # dir_flag -1
    assert links.loc["3", "geometry"] is None or links.loc["3", "geometry"] != links.loc["3", "geometry"]


def test_geometry_of_its_own_table(tmp_path: Path) -> None:
    link = pd.read_csv(write(tmp_path) / "link.csv", dtype=str).drop(columns="geometry")
    link["geometry_id"] = ["g", "", "", ""]
    link.to_csv(tmp_path / "link.csv", index=False)
    (tmp_path / "geometry.csv").write_text('geometry_id,geometry\ng,"LINESTRING (0 0, 1 0)"\n')
    shapes = read_gmns(tmp_path).links["geometry"]
    assert shapely.length(shapes.loc[["1", "1:reverse"]].to_numpy(object)).tolist() == [1.0, 1.0]


def test_a_zone_of_several_nodes_gets_a_centroid(tmp_path: Path) -> None:
    """Z1 is node a, a centroid that may not be passed; Z2 are c and d."""
    roads = read_gmns(write(tmp_path))
    assert sorted(roads.zones) == ["Z1", "Z2"]
    assert roads.nodes.loc["zone:Z2", ["x", "y"]].tolist() == [2.0, 0.5]
    assert roads.nodes["no_through"].to_dict() == {"a": True, "b": False, "c": False, "d": False, "zone:Z2": True}
    ties = roads.links[roads.links.index.str.contains(">")]
    assert len(ties) == 4 and (ties["free_time"] == 0).all()
    network = roads.network()
    tie = roads.links.index.str.contains(">")
    assert not network.closed[tie].any() and (network.cost(np.full(network.links, 9.0))[tie] == 0).all()
    assert any("1 zones have several nodes" in note for note in roads.notes)


def test_uses_with_groups_of_groups(tmp_path: Path) -> None:
    roads = read_gmns(write(tmp_path), use="truck")
    assert [i for i in roads.links.index if ">" not in i] == ["1", "3", "1:reverse"]
    assert "2 links that do not allow truck left out" in roads.notes
    every = read_gmns(write(tmp_path))
    assert every.allows("bike")[:4].tolist() == [True, True, False, False]
    assert every.links.loc["3", "allowed_uses"] == "MOTOR,VEHICLE,auto,truck"
    assert every.allows("truck")[:4].tolist() == [True, False, True, False]


def test_parameters_of_delay_are_never_invented(tmp_path: Path) -> None:
    link = pd.read_csv(write(tmp_path) / "link.csv", dtype=str).drop(columns=["vdf_alpha", "vdf_beta"])
    link.to_csv(tmp_path / "link.csv", index=False)
    message = refused(tmp_path)
    assert "give b" in message and "give power" in message
    roads = read_gmns(tmp_path, b=0.15, power=4.0)
    assert (roads.links.loc[["1", "2", "3"], "b"] == 0.15).all()


def test_units_are_never_guessed(tmp_path: Path) -> None:
    write(tmp_path, config="dataset_name,long_length,speed\nx,furlong,\n")
    message = refused(tmp_path)
    assert "long_length is 'furlong', known are mi, km, m, ft" in message
    assert "config.csv does not state speed: give --speed-unit (speed_unit: mph, km/h)" in message
    roads = read_gmns(tmp_path, length_unit="m", speed_unit="km/h")
    assert roads.links.loc["1", "free_time"] == pytest.approx(0.01, rel=1e-15)  # 10 m at 60 km/h
    (tmp_path / "config.csv").unlink()
    assert "config.csv does not state long_length" in refused(tmp_path)


def test_everything_wrong_is_listed(tmp_path: Path) -> None:
    bad = LINK.replace("1,a,b,false,1,10,60,1800", "1,a,b,perhaps,1,ten,60,-1800").replace("5,50,", "5,0,")
    bad = bad.replace("LINESTRING (2 0, 1 0)", "LINE (2 0)").replace(
        "3,b,d,TRUE,0,6,30,500,1,0.15", "3,b,d,TRUE,0,6,30,500,1,"
    )
    message = refused(write(tmp_path, link=bad, node=NODE.replace("1,0,,\n", "one,0,,\n")))
    for part in (
        "link.csv.length must be a number >= 0, 1 are not: 1 has 'ten'", "capacity must be a number >= 0, 1 are not",
        "free_speed is 0 on 1 links: 2", "vdf_alpha must be a number >= 0, 1 are not: 3 has ''",
        "directed must be true or false: 1", "geometry is no well-known text for 1 links: 2",
        "node.csv.x_coord is no number: b",
    ):  # fmt: skip
        assert part in message


@pytest.mark.parametrize(
    ("files", "part"),
    [
        ({"link": ""}, "there is no link.csv"),
        ({"node": "node_id\n1\n"}, "node.csv lacks the columns x_coord, y_coord, zone_id"),
        ({"link": "link_id,from_node_id\n1,a\n"}, "link.csv lacks the columns to_node_id, directed, length"),
        ({"link": LINK.replace("1,a,b", "1,a,nowhere")}, "nowhere of link 1"),
        ({"link": LINK.replace("4,b,d,1", "3,b,d,1")}, "links.link_id: 3 stand twice"),
        ({"node": NODE + "a,A2,0,0,,\n"}, "nodes.node_id: a stand twice"),
        ({"node": "node_id,x_coord,y_coord,zone_id\na,0,0,\nb,0,0,\nc,0,0,\nd,0,0,\n"}, "no node is a zone"),
    ],
)
def test_one_fault(tmp_path: Path, files: dict[str, str], part: str) -> None:
    assert part in refused(write(tmp_path, **files))


def test_empty_links_and_one_zone(tmp_path: Path) -> None:
    node = "node_id,x_coord,y_coord,zone_id\na,0,0,7\n"
    roads = read_gmns(write(tmp_path, node=node, link=LINK.splitlines()[0] + "\n"))
    assert roads.network().links == 0 and roads.zones.tolist() == ["7"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk"])
def test_names_in_chinese_and_byte_order_marks(tmp_path: Path, encoding: str) -> None:
    write(tmp_path, node=NODE.replace("Z1", "杭州"))
    (tmp_path / "node.csv").write_bytes((tmp_path / "node.csv").read_text("utf-8").encode(encoding))
    assert "杭州" in read_gmns(tmp_path).zones


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """Times within rounding of length / (length / time); all else exactly."""
    write(tmp_path, node=NODE.replace("d,D,2,1,,Z2", "d,D,2,1,,"))
    roads = read_gmns(tmp_path)
    (tmp_path / "again").mkdir()
    write_gmns(tmp_path / "again", roads)
    again = read_gmns(tmp_path / "again")
    assert again.links["geometry"].map(str).tolist()[0] == "LINESTRING (0 0, 0.5 1, 1 0)"
    names = ["from_node", "to_node", "free_time", "capacity", "b", "power", "length", "toll"]
    pd.testing.assert_frame_equal(roads.links[names], again.links[names], rtol=1e-14)
    pd.testing.assert_frame_equal(roads.nodes, again.nodes)
    assert (roads.units, roads.crs) == (again.units, again.crs)


def test_what_the_format_cannot_hold_is_not_written(tmp_path: Path) -> None:
    roads = read_gmns(write(tmp_path))  # has connectors without length
    with pytest.raises(InputError, match="4 links have no length"):
        write_gmns(tmp_path / "x", roads)
    other = Roads(links=roads.links, nodes=roads.nodes)
    with pytest.raises(UnitError, match="minutes and kilometres"):
        write_gmns(tmp_path / "x", other)


def test_a_published_example_of_the_specification(tmp_path: Path) -> None:
    """Rows as in the freeway interchange of the specification: no capacities, crs as a bare number, uses `all`."""
    write(
        tmp_path,
        config="dataset_name,short_length,long_length,speed,crs,geometry_field_format,currency,version_number\n"
        "x,foot,mile,mph,4326,wkt,US cents,0.94\n",
        node="node_id,name,x_coord,y_coord,z_coord,node_type,ctrl_type,zone_id\n"
        "12,,-71.2,42.4,,diverge,,1\n3,,-71.3,42.5,,external,,2\n",
        link="link_id,from_node_id,to_node_id,directed,dir_flag,length,capacity,free_speed,lanes,allowed_uses,toll\n"
        "578608,12,3,1,1,5.5,,55,4,auto,\n578570,3,12,1,-1,3.5,,35,3,all,\n",
        use_group="",
    )
    assert "capacity must be a number >= 0, 2 are not: 578608 has ''" in refused(tmp_path, b=0.15, power=4.0)
    roads = read_gmns(tmp_path, b=0.15, power=4.0, lane_capacity=2000.0, use="auto")
    assert roads.crs == "EPSG:4326" and roads.links["capacity"].tolist() == [8000.0, 6000.0]
    np.testing.assert_allclose(roads.links["free_time"], 6.0, rtol=1e-15)
    assert roads.units.money == "US cents" and roads.allows("truck").tolist() == [False, True]


def test_older_files_say_their_direction_by_a_flag(tmp_path: Path) -> None:
    link = LINK.replace("directed,dir_flag", "x,dir_flag").replace("false,1,", "false,0,")
    assert "directed must be true or false: 1, 3, 4" in refused(write(tmp_path, link=link))
    rows = [line for line in LINK.replace("directed,dir_flag", "x,dir_flag").splitlines() if line[0] in "l12"]
    roads = read_gmns(write(tmp_path, link="\n".join(rows)))
    assert not roads.links.index.str.contains("reverse").any()
    assert any("dir_flag 1 and -1" in note for note in roads.notes)
