"""megaregion design: from files to the choice and its files."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from megaregion.cli.design import design
from megaregion.cli.main import main
from megaregion.cli.search import BoundBar
from megaregion.errors import InputError

LINKS = """link_id,from_node,to_node,free_time_min,capacity_per_h,b,power
old,1,2,10,100,0.15,4
"""
NODES = "node_id,zone_id,x,y\n1,west,0,0\n2,east,2,0\n"
CANDIDATES = "link_id,from,to,free_time,capacity,b,power,cost\ngood,1,2,10,100,0.15,4,30\nslow,1,2,60,100,0.15,4,1\n"


@pytest.fixture
def net(tmp_path: Path) -> Path:
    folder = tmp_path / "net"
    folder.mkdir()
    (folder / "links.csv").write_text(LINKS)
    (folder / "nodes.csv").write_text(NODES)
    (tmp_path / "trips.csv").write_text("origin,destination,value\nwest,east,200\n")
    (tmp_path / "new.csv").write_text(CANDIDATES)
    return folder


def call(*arguments: object) -> Result:
    return CliRunner().invoke(design, [str(a) for a in arguments])


def test_from_files_to_files(net: Path, tmp_path: Path) -> None:
    """Half of 200 on each of two equal roads: 200 x 10 x 1.15 = 2300; today 200 x 10 (1 + .15 x 16) = 6800."""
    done = call(
        net, tmp_path / "trips.csv", tmp_path / "new.csv", "--budget", 30, "--budget", 10, "--out", tmp_path / "o"
    )
    assert done.exit_code == 0, done.exception
    assert "build good for 30" in done.stdout and "budget 10: proven optimal: build nothing" in done.stdout
    assert sorted(p.name for p in (tmp_path / "o").iterdir()) == [
        "design.gpkg",
        "designs.csv",
        "links.csv",
        "summary.json",
    ]
    facts = json.loads((tmp_path / "o" / "summary.json").read_text())["designs"]["facts"]
    assert facts["nothing_built"] == pytest.approx(6800, rel=1e-9)


def test_json_and_shares(net: Path, tmp_path: Path) -> None:
    done = call(net, tmp_path / "trips.csv", tmp_path / "new.csv", "--budget", 1, "--share", "--json")
    row = json.loads(done.stdout)["designs"]["rows"][0]
    assert row["budget"] == 31.0 and row["links"] == "good" and row["total_cost"] == pytest.approx(2300, rel=1e-8)


def test_candidates_of_the_network_itself(shared_data: Path) -> None:
    folder = shared_data / "reference" / "network-design"
    done = call(
        folder / "SF_DNDP_10_1.txt", folder / "SiouxFalls_TNTP" / "SiouxFalls_trips.txt", "--budget", 0.25, "--share"
    )
    assert done.exit_code == 0 and "build 81, 82 for 1800" in done.stdout


def test_what_is_refused(net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = call(net, tmp_path / "trips.csv", "--budget", 1)
    assert isinstance(done.exception, InputError) and "nothing to decide" in str(done.exception)
    assert call(net, tmp_path / "trips.csv").exit_code == 2  # no budget
    with pytest.raises(SystemExit) as stop:
        main(["design", str(net), str(tmp_path / "trips.csv"), str(tmp_path / "nowhere.csv"), "--budget", "1"])
    assert stop.value.code == 2 and "nowhere.csv" in capsys.readouterr().err


def test_the_bar_tells_the_distance() -> None:
    with BoundBar(quiet=True) as bar:
        bar.listen(5, 3, 200.0, 150.0)
        assert bar.bar.tasks[0].fields["text"] == "5 nodes done, 3 open, best 200, 25 % left"
        bar.listen(6, 3, float("inf"), 150.0)
