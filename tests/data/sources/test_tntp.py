"""TNTP files: two hand-made networks, every fault with its line, and the published files where they are."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.data.roads import Roads
from megaregion.data.sources.tntp import read_flow, read_network, read_trips
from megaregion.data.trips import Trips
from megaregion.errors import AlignmentError, InputError

NET = """<NUMBER OF ZONES> 2\t\t
<NUMBER OF NODES> 4
<FIRST THRU NODE> 3
<NUMBER OF LINKS> 4
<ORIGINAL HEADER>~\tTail\tHead\tCapacity (veh/h)\tLength (miles)\tFree Flow Time (min)\t\
B\tPower\tSpeed\tToll (cents)\tType\t;
<END OF METADATA>

~ made for this test
~\tinit_node\tterm_node\tcapacity\tlength\tfree_flow_time\tb\tpower\tspeed\ttoll\tlink_type\t;
\t1\t3\t900\t2.5\t3.5\t0.15\t4\t30\t0\t1\t;
\t3\t4\t600\t1\t2\t0.15\t4\t0\t25\t1\t;
~ a comment between the rows
\t3\t4\t500\t1\t2.25\t0.3\t2\t-1\t0\t2;

\t4\t2\t900\t2\t3\t0\t0\t0\t0\t3\t;
"""
TRIPS = """<NUMBER OF ZONES> 2
<TOTAL OD FLOW> 17.5
<END OF METADATA>

~ comment
Origin\t1
    1 :  0.0;   2 :  12.25;
Origin   2
    1 :  5.25;
"""


def write(folder: Path, text: str, name: str = "small_net.tntp") -> Path:
    path = folder / name
    path.write_bytes(text.encode("utf-8") if not name.endswith(".gz") else gzip.compress(text.encode("utf-8")))
    return path


def refused(path: Path, reader: object = read_network) -> str:
    with pytest.raises(InputError) as error:
        reader(path)  # type: ignore[operator]
    return str(error.value)


def test_a_network_as_its_documentation_describes_it(tmp_path: Path) -> None:
    roads = read_network(write(tmp_path, NET))
    assert roads.links.index.tolist() == ["1", "2", "3", "4"] and roads.zones.tolist() == ["1", "2"]
    assert roads.links["from_node"].tolist() == ["1", "3", "3", "4"]
    assert roads.links["free_time"].tolist() == [3.5, 2.0, 2.25, 3.0]
    assert roads.links["toll"].tolist() == [0.0, 25.0, 0.0, 0.0]
    assert roads.nodes["no_through"].tolist() == [True, True, False, False]
    assert (roads.units.time, roads.units.flow, roads.units.length, roads.units.money) == (
        "min", "veh/h", "miles", "cents",
    )  # fmt: skip
    network = roads.network(toll_weight=0.02, distance_weight=0.04)
    assert (network.nodes, network.zones, network.links) == (4, 2, 4)
    np.testing.assert_allclose(network.fixed, [0.1, 0.5 + 0.04, 0.04, 0.08], rtol=1e-15)


def test_units_are_not_guessed(tmp_path: Path) -> None:
    """Without units in brackets, or with another number of columns, nothing is known of them."""
    plain = NET.replace(" (min)", "")
    assert read_network(write(tmp_path, plain)).units.time == "unstated"
    other = NET.replace("\tSpeed\tToll (cents)", "\tToll (cents)")
    assert read_network(write(tmp_path, other)).units.flow == "unstated"


@pytest.mark.parametrize("name", ["small_net.tntp.gz", "small_net.txt"])
def test_compressed_and_with_line_ends_of_windows_and_byte_order_mark(tmp_path: Path, name: str) -> None:
    roads = read_network(write(tmp_path, "\ufeff" + NET.replace("\n", "\r\n"), name))
    pd.testing.assert_frame_equal(roads.links, read_network(write(tmp_path, NET)).links)


def test_columns_are_found_by_their_names(tmp_path: Path) -> None:
    text = NET.replace("capacity\tlength\tfree_flow_time", "Free Flow Time\tlength\tCapacity")
    roads = read_network(write(tmp_path, text))
    assert roads.links["free_time"].tolist() == [900.0, 600.0, 500.0, 900.0]
    rows = [line for line in NET.splitlines() if not line.startswith("~")]
    bare = read_network(write(tmp_path, "\n".join(rows)))  # no line of names: the order of the documentation
    pd.testing.assert_frame_equal(bare.links, read_network(write(tmp_path, NET)).links)


def test_candidates_are_rows_with_a_cost(tmp_path: Path) -> None:
    head, body = NET.replace("<NUMBER OF LINKS> 4", "<NUMBER OF LINKS> 3\n<NUMBER OF NEW LINKS> 1").split("~\tinit", 1)
    costs = iter(["Cost\t;", "0\t;", "0\t;", "0\t;", "750\t;"])
    lines = [row.rstrip(";") if row.endswith(("\t;", "2;")) else row for row in body.splitlines()]
    body = "\n".join((row.rstrip("\t") + "\t" + next(costs)) if "\t" in row else row for row in lines)
    path = write(tmp_path, head + "~\tinit" + body)
    assert read_network(path).links["build_cost"].tolist() == [0.0, 0.0, 0.0, 750.0]
    path.write_text(path.read_text().replace("750", "0"))
    assert "promises 1 new links, 0 have a cost" in refused(path)


def test_everything_wrong_is_listed_with_its_lines(tmp_path: Path) -> None:
    text = NET.replace("\t1\t3\t900", "\t1\t9\t-900").replace("0.3\t2", "x\tnan").replace("\t4\t2\t", "\t4.5\t2\t")
    message = refused(write(tmp_path, text))
    for part in (
        "to_node must be one of the nodes 1 .. 4: line 10 has 9", "from_node must be one of the nodes 1 .. 4: line 15",
        "capacity must be >= 0: line 10 has -900", "b must be a number: line 13 has 'x'",
        "power must be a number: line 13 has 'nan'",
    ):  # fmt: skip
        assert part in message


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("\tb\tpower\tspeed", "\tspeed\tgrade\twidth", "columns are lacking: b, power"),
        ("<NUMBER OF LINKS> 4", "<NUMBER OF LINKS> 7", "promises 7 links, the file has 4 (is it truncated?)"),
        ("\t4\t2\t900\t2\t3\t0\t0\t0\t0\t3\t;\n", "\t4\t2\t90", "line 15 has 3"),
        ("<NUMBER OF ZONES> 2", "<NUMBER OF ZONES> 5", "NUMBER OF ZONES is 5, more than the 4 nodes"),
        ("<NUMBER OF NODES> 4\n", "", "the metadata lacks NUMBER OF NODES"),
        ("<FIRST THRU NODE> 3", "<FIRST THRU NODE> 0", "FIRST THRU NODE must be between 1 and 5, got 0"),
        (
            "<NUMBER OF NODES> 4",
            "<NUMBER OF NODES> four",
            "NUMBER OF NODES must be a whole number up to 100,000,000, got 'four'",
        ),
        ("<NUMBER OF NODES> 4", "<NUMBER OF NODES> 1e12", "must be a whole number up to 100,000,000, got '1e12'"),
        ("<END OF METADATA>\n", "", "there is no line <END OF METADATA>"),
        ("\tspeed\ttoll", "\ttoll\ttoll", "columns stand twice: toll"),
        ("\t0\t25\t1", "\t0\t-25\t1", "toll must be >= 0: line 11 has -25"),
    ],
)
def test_one_fault(tmp_path: Path, old: str, new: str, part: str) -> None:
    assert old in NET
    assert part in refused(write(tmp_path, NET.replace(old, new)))


def test_files_that_are_none(tmp_path: Path) -> None:
    assert "no line <END OF METADATA>" in refused(write(tmp_path, ""))
    broken = tmp_path / "cut_net.tntp.gz"
    broken.write_bytes(gzip.compress(NET.encode())[:60])
    assert "cannot be read" in refused(broken)
    assert "cannot be read" in refused(tmp_path / "nowhere.tntp")


def test_no_links_and_no_zones(tmp_path: Path) -> None:
    head = NET.split("\t1\t3\t900")[0].replace("<NUMBER OF LINKS> 4", "<NUMBER OF LINKS> 0")
    assert read_network(write(tmp_path, head)).network().links == 0
    assert "no node is a zone" in refused(write(tmp_path, head.replace("ZONES> 2", "ZONES> 0")))
    one = read_network(write(tmp_path, NET.replace("ZONES> 2", "ZONES> 1")))
    assert one.network().zones == 1


def test_coordinates_lie_beside_the_network(tmp_path: Path) -> None:
    nodes = write(tmp_path, "Node\tX\tY\t;\n1\t0\t1.5\t;\n3\t2\t2\t;\n4\t-3\t4\t;\n", "small_node.tntp")
    roads = read_network(write(tmp_path, NET), crs="EPSG:26916")
    assert roads.nodes.loc["1", ["x", "y"]].tolist() == [0.0, 1.5] and roads.nodes["x"].isna().tolist()[1]
    assert roads.crs == "EPSG:26916"
    assert roads.notes == ("coordinates of the nodes from small_node.tntp", "1 nodes have no coordinates")
    nodes.write_text("1 0 0\n1 1 1\n9 0 0\n2 a 0\n")
    message = refused(tmp_path / "small_net.tntp")
    for part in ("a node that stands twice: line 2", "nodes must be 1 .. 4: line 3 has 9", "line 4"):
        assert part in message


def test_trips(tmp_path: Path) -> None:
    trips = read_trips(write(tmp_path, TRIPS, "small_trips.tntp"))
    assert trips.zones.tolist() == ["1", "2"] and trips.total == 17.5
    assert trips.to_frame().to_numpy().tolist() == [["1", "2", 12.25], ["2", "1", 5.25]]


def test_demand_to_a_zone_that_the_network_has_not(tmp_path: Path) -> None:
    path = write(tmp_path, TRIPS, "small_trips.tntp")
    with pytest.raises(AlignmentError, match="1 zones with demand are not in the network: 2"):
        read_trips(path, zones=pd.Index(["1"]))


def test_everything_wrong_with_trips(tmp_path: Path) -> None:
    text = TRIPS.replace("12.25;", "12.25; 7 : 3.0; 2 : 1.0;").replace("1 :  5.25;", "1 :  -5.25; 2 : abc; 3 4;")
    message = refused(write(tmp_path, text, "t.tntp"), read_trips)
    for part in (
        "demand to or from a zone that is none of the 2: line 7 (1 to 7)", "a pair that stands twice: line 7 (1 to 2)",
        "a negative value: line 9 (2 to 1)", "a value that is no number: line 9 ('abc')", "line 9 ('3 4')",
    ):  # fmt: skip
        assert part in message


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("Origin   2\n    1 :  5.25;\n", "", "TOTAL OD FLOW is 17.5, the entries sum to 12.25"),
        ("<TOTAL OD FLOW> 17.5\n", "", "the metadata lacks TOTAL OD FLOW"),
        ("Origin\t1\n", "", "entries before the first line 'Origin n': line 6"),
        ("17.5", "many", "TOTAL OD FLOW is no number: 'many'"),
    ],
)
def test_one_fault_of_trips(tmp_path: Path, old: str, new: str, part: str) -> None:
    assert part in refused(write(tmp_path, TRIPS.replace(old, new), "t.tntp"), read_trips)


def test_the_total_may_differ_by_the_rounding_of_the_entries(tmp_path: Path) -> None:
    """Three entries with 1, 2 and 2 decimals, total with 2: at most .05 + 3 x .005 = .065 apart."""
    path = write(tmp_path, TRIPS.replace("17.5", "17.56"), "t.tntp")
    assert read_trips(path).total == 17.5
    assert "sum to 17.5" in refused(write(tmp_path, TRIPS.replace("17.5", "17.57"), "t.tntp"), read_trips)


def test_flows(tmp_path: Path) -> None:
    path = write(tmp_path, "From \tTo \tVolume \tCost \n1 \t3 \t12.5 \t4 \n3 4 12.5 2.5;\n", "small_flow.tntp")
    assert read_flow(path).to_numpy().tolist() == [["1", "3", 12.5, 4.0], ["3", "4", 12.5, 2.5]]
    path.write_text("From To Volume Cost\n1 3 x 4\n1 3\n")
    assert "line 2, line 3" in refused(path, read_flow)
    path.write_text("")
    assert "there are no rows" in refused(path, read_flow)


FOLDER = Path("reference") / "assignment"


@pytest.mark.parametrize(
    ("net", "links", "nodes", "zones"),
    [
        ("SiouxFalls/SiouxFalls_net.tntp", 76, 24, 24), ("Anaheim/Anaheim_net.tntp", 914, 416, 38),
        ("Chicago-Sketch/ChicagoSketch_net.tntp.gz", 2950, 933, 387), ("Braess-Example/Braess_net.tntp", 5, 4, 2),
        ("Eastern-Massachusetts/EMA_net.tntp.gz", 258, 74, 74),
    ],
)  # fmt: skip
def test_published_networks(shared_data: Path, net: str, links: int, nodes: int, zones: int) -> None:
    """Counts of the published list of networks."""
    roads = read_network(shared_data / FOLDER / net)
    assert (len(roads.links), len(roads.nodes), len(roads.zones)) == (links, nodes, zones)


@pytest.mark.parametrize(
    ("folder", "stem", "end", "weights", "beckmann", "total"),
    [
        ("SiouxFalls", "SiouxFalls", "tntp", (0.0, 0.0), 4231335.287107, 7480225.344921),
        ("Anaheim", "Anaheim", "tntp", (0.0, 0.0), 1286032.171096, 1419913.851059),
        ("Chicago-Sketch", "ChicagoSketch", "tntp.gz", (0.02, 0.04), 17313018.738748, 18935450.261583),
    ],
)
def test_published_flows_on_the_network_as_read_give_the_published_objectives(
    shared_data: Path, folder: str, stem: str, end: str, weights: tuple[float, float], beckmann: float, total: float
) -> None:
    """Flows that are wrong by 1e-9 (their relative precision) move both numbers by less than 1e-8."""
    roads = read_network(shared_data / FOLDER / folder / f"{stem}_net.{end}")
    flows = read_flow(shared_data / FOLDER / folder / f"{stem}_flow.{end}")
    assert flows["from_node"].tolist() == roads.links["from_node"].tolist()
    assert flows["to_node"].tolist() == roads.links["to_node"].tolist()
    network, flow = roads.network(toll_weight=weights[0], distance_weight=weights[1]), flows["flow"].to_numpy(float)
    assert network.integral(flow).sum() == pytest.approx(beckmann, rel=1e-8)
    assert (flow * network.cost(flow)).sum() == pytest.approx(total, rel=1e-8)
    trips = read_trips(shared_data / FOLDER / folder / f"{stem}_trips.{end}", zones=roads.zones)
    balance = np.bincount(network.head, flow, network.nodes) - np.bincount(network.tail, flow, network.nodes)
    table = trips.matrix()
    ends = np.zeros(network.nodes)
    ends[: network.zones] = table.sum(axis=0) - table.sum(axis=1)
    np.testing.assert_allclose(balance, ends, atol=1e-8 * trips.total)


def test_published_candidates(shared_data: Path) -> None:
    """Rey (2020): ten or twenty candidates behind the 76 links of Sioux Falls."""
    for number in (10, 20):
        roads = read_network(shared_data / "reference" / "network-design" / f"SF_DNDP_{number}_1.txt")
        assert len(roads.links) == 76 + number
        assert (roads.links["build_cost"] > 0).to_numpy().nonzero()[0].tolist() == list(range(76, 76 + number))


def test_labels_of_what_was_read_are_text(tmp_path: Path) -> None:
    roads = read_network(write(tmp_path, NET))
    assert isinstance(roads, Roads) and all(isinstance(label, str) for label in roads.nodes.index)
    assert isinstance(read_trips(write(tmp_path, TRIPS, "t.tntp")), Trips)
