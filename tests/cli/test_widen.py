"""megaregion widen: by table or at one cost, everything wrong said, files written."""

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from megaregion.cli.main import cli
from megaregion.errors import ConvergenceError, InputError


@pytest.fixture
def net(tmp_path: Path) -> Path:
    """Two roads in a row of 1 + 4 x and 1 + x at capacity 1."""
    (tmp_path / "links.csv").write_text(
        "link_id,from_node,to_node,free_time_min,capacity_per_h,b,power,length_km\nnarrow,s,m,1,1,4,1,1\n"
        "wide,m,t,1,1,1,1,1\nback,t,s,5,0,0,1,1\n", encoding="utf-8")  # fmt: skip
    (tmp_path / "nodes.csv").write_text("node_id,zone_id,lon,lat\ns,s,0,0\nm,,1,0\nt,t,2,0\n", encoding="utf-8")
    (tmp_path / "trips.csv").write_text("origin,destination,value\ns,t,10\n", encoding="utf-8")
    return tmp_path


def command(net: Path, *more: str):
    return CliRunner().invoke(cli, ["widen", str(net), str(net / "trips.csv"), *more])


def test_by_hand_at_one_cost(net: Path) -> None:
    """Cost 100 a / k for a = 4, 1: k in the ratio 2 : 1; 2 + 7 = 9 gives 6 and 3."""
    got = command(net, "--budget", "7", "--cost", "1", "--tolerance", "1e-9", "--json", "--out", str(net / "out"))
    assert got.exit_code == 0, got.output
    table = json.loads(got.stdout)["widening"]
    added = {row["link_id"]: row["added"] for row in table["rows"]}
    assert added == pytest.approx({"narrow": 5.0, "wide": 2.0}, rel=1e-3)
    assert any("2 links may be widened" in w for w in table["warnings"])
    assert any("no certificate" in w for w in table["warnings"])
    frame = pd.read_csv(net / "out" / "widening.csv")
    assert frame["link_id"].tolist() == ["narrow", "wide"] and (net / "out" / "widening.gpkg").exists()
    assert "lambda" not in (net / "out" / "summary.json").read_text(encoding="utf-8")


def test_a_table_of_links_and_a_limit(net: Path) -> None:
    (net / "may.csv").write_text("link_id,cost\nnarrow,1\nwide,2\n", encoding="utf-8")
    got = command(net, str(net / "may.csv"), "--budget", "7", "--most", "3", "--json", "--tolerance", "1e-9")
    assert got.exit_code == 0, got.output
    rows = json.loads(got.stdout)["widening"]["rows"]
    assert {row["link_id"]: row["spent"] for row in rows} == pytest.approx({"narrow": 3.0, "wide": 4.0}, rel=1e-3)
    assert {row["link_id"]: row["added"] for row in rows} == pytest.approx({"narrow": 3.0, "wide": 2.0}, rel=1e-3)


def test_too_few_trials_show_the_best_and_fail(net: Path) -> None:
    got = command(net, "--budget", "7", "--cost", "1", "--trials", "2")
    assert isinstance(got.exception, ConvergenceError) and "narrow" in got.output


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--budget", "7"], "give either a cost"),
        (["--budget", "7", "--cost", "0", "--most", "-1"], "must be > 0, got 0.0; the most that may be added"),
        (["--budget", "-7", "--cost", "1"], "budget must be finite and >= 0"),
    ],
)
def test_what_is_wrong_is_said(net: Path, more: list[str], message: str) -> None:
    got = command(net, *more)
    assert isinstance(got.exception, InputError) and message in str(got.exception)


def test_links_that_cannot_be_widened(net: Path) -> None:
    (net / "may.csv").write_text("link_id,cost\nback,1\n", encoding="utf-8")
    got = command(net, str(net / "may.csv"), "--budget", "7")
    assert isinstance(got.exception, InputError) and "do not slow down with flow" in str(got.exception)
    new = "from_node,to_node,free_time_min,capacity_per_h,b,power,cost\ns,t,1,1,1,1,1\n"
    (net / "may.csv").write_text(new, encoding="utf-8")
    got = command(net, str(net / "may.csv"), "--budget", "7")
    assert isinstance(got.exception, InputError) and "has new links" in str(got.exception)
