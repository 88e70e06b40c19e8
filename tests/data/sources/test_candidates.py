"""Candidate links: named by label or by ends, new ones, and the published instances."""

from pathlib import Path

import pandas as pd
import pytest

from megaregion.data.roads import Roads, read_roads
from megaregion.data.sources.candidates import with_candidates
from megaregion.errors import InputError


@pytest.fixture
def roads() -> Roads:
    links = pd.DataFrame({"from_node": ["a", "b", "a", "a"], "to_node": ["b", "a", "c", "c"], "free_time": 1.0,
                          "capacity": 10.0, "b": 0.15, "power": 4.0, "length": 2.0},
                         index=["l1", "l2", "l3", "l4"])  # fmt: skip
    nodes = pd.DataFrame({"zone_id": ["a", "b", None], "no_through": False}, index=list("abc"))
    return Roads(links=links, nodes=nodes)


def table(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "c.csv"
    path.write_bytes(text.encode(encoding))
    return path


def refused(roads: Roads, path: Path) -> str:
    with pytest.raises(InputError) as error:
        with_candidates(roads, path)
    return str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "link_id,cost\nl2,5\nl1,7.5\n",
        "from,to,cost\nb,a,5\na,b,7.5\n",
        "from_node,to_node,build_cost\na,b,7.5\nb,a,5\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk"])
def test_links_by_label_or_by_ends(roads: Roads, tmp_path: Path, text: str, encoding: str) -> None:
    found = with_candidates(roads, table(tmp_path, text, encoding))
    assert found.links["build_cost"].tolist() == [7.5, 5.0, 0.0, 0.0]
    assert "build_cost" not in roads.links.columns


def test_new_links(roads: Roads, tmp_path: Path) -> None:
    text = "from,to,free_time,capacity,b,power,cost\nc,b,2,20,0.2,3,9\nb,c,2,20,0.2,3,9\n"
    found = with_candidates(roads, table(tmp_path, text))
    assert found.links.index.tolist() == ["l1", "l2", "l3", "l4", "new 1", "new 2"]
    names = ["from_node", "to_node", "free_time", "power", "length", "build_cost"]
    assert found.links.loc["new 1", names].tolist() == ["c", "b", 2.0, 3.0, 0.0, 9.0]
    assert found.network().links == 6


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("link_id,cost\nl9,5\n", "1 are no links of the network: l9"),
        ("link_id,cost\nl1,5\nl1,6\n", "links are meant twice: l1"),
        ("link_id,cost\nl1,0\nl2,\nl3,x\n", "cost must be a number > 0: row 1 has '0', row 2 has '', row 3 has 'x'"),
        ("from,to,cost\na,c,1\n", "several links join these nodes, name them by link_id: a to c"),
        ("from,to,cost\nc,a,1\n", "1 are no links of the network: c to a"),
        ("from,cost\na,1\n", "needs the columns cost and link_id"),
        ("link_id\nl1\n", "needs the columns cost"),
        ("", "the file is empty"),
        ("link_id,from,to,free_time,capacity,b,power,cost\nl1,a,z,-2,1,1,1,1\n", "free_time must be a number >= 0"),
        ("link_id,from,to,free_time,capacity,b,power,cost\nl1,a,z,2,1,1,1,1\n", "to_node: 1 are no nodes"),
        ("link_id,from,to,free_time,capacity,b,power,cost\nl1,a,b,2,1,1,1,1\n", "link_id of new links must be new: l1"),
    ],
)
def test_what_is_refused(roads: Roads, tmp_path: Path, text: str, part: str) -> None:
    assert part in refused(roads, table(tmp_path, text))


def test_no_candidates_are_none(roads: Roads, tmp_path: Path) -> None:
    for head in ("link_id,cost\n", "from,to,cost\n", "from,to,free_time,capacity,b,power,cost\n"):
        assert with_candidates(roads, table(tmp_path, head)).links["build_cost"].sum() == 0


def test_published_instances_join_the_network_they_were_made_for(shared_data: Path) -> None:
    """Rey (2020): ten candidates; network and candidates apart are the same as the instance whole."""
    folder = shared_data / "reference"
    net = read_roads(folder / "assignment" / "SiouxFalls" / "SiouxFalls_net.tntp")
    whole = read_roads(folder / "network-design" / "SF_DNDP_10_1.txt")
    joined = with_candidates(net, folder / "network-design" / "SF_DNDP_10_1.txt")
    assert len(joined.links) == 86 and joined.links.index[-1] == "new 10"
    names = ["from_node", "to_node", "free_time", "capacity", "b", "power", "build_cost"]
    assert joined.links[names].to_numpy().tolist() == whole.links[names].to_numpy().tolist()
    assert "has no row with a cost" in refused(net, folder / "assignment" / "SiouxFalls" / "SiouxFalls_net.tntp")
