"""megaregion assign: classes of travellers, trips that answer to cost, searches that go on from earlier ones."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from megaregion.cli.assign import assign
from megaregion.errors import InputError

LINKS = """link_id,from_node,to_node,free_time_min,capacity_per_h,b,power,length_km,toll,allowed_uses
up,1,3,1,4,1,4,1,0,
low,1,4,3,4,1,4,1,0,
high,3,2,3,4,1,4,1,0,
down,4,2,1,4,1,4,1,0,
across,3,4,.5,4,1,4,1,0,car
"""
NODES = "node_id,zone_id\n1,west\n2,east\n3,\n4,\n"


@pytest.fixture
def net(tmp_path: Path) -> Path:
    folder = tmp_path / "net"
    folder.mkdir()
    (folder / "links.csv").write_text(LINKS)
    (folder / "nodes.csv").write_text(NODES)
    (tmp_path / "trips.csv").write_text("origin,destination,value\nwest,east,6\n")
    (tmp_path / "trucks.csv").write_text("origin,destination,value\nwest,east,1\n")
    return folder


def call(*arguments: object) -> Result:
    return CliRunner().invoke(assign, [str(a) for a in arguments])


def links(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "links.csv").set_index("link_id")


def test_classes_of_a_table_keep_to_what_they_may_use(net: Path, tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("name,trips,pce,use\ncar,,,car\ntruck,trucks.csv,2,truck\n")
    out = tmp_path / "out"
    done = call(net, tmp_path / "trips.csv", "--classes", tmp_path / "users.csv", "--gap", "1e-12", "--out", out)
    assert done.exit_code == 0, done.output
    frame = links(out)
    assert frame.loc["across", "flow_truck"] == 0 < frame.loc["across", "flow_car"]
    assert frame.loc[["up", "low"], "flow_truck"].sum() == pytest.approx(2, rel=1e-9)  # one lorry takes two places
    assert frame.loc[["up", "low"], "flow"].sum() == pytest.approx(8, rel=1e-9)
    summary = json.loads((out / "summary.json").read_text())["links"]
    assert summary["facts"]["demand"] == summary["facts"]["demand_travelling"] == pytest.approx(7)
    assert [user["use"] for user in summary["parameters"]["classes"]] == ["car", "truck"]
    assert any("passenger-car units" in text for text in summary["warnings"])


def test_shares_of_like_travellers_are_the_whole(net: Path, tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("name,share\na,0.25\nb,0.75\n")
    given = (net, tmp_path / "trips.csv", "--gap", "1e-13", "--out")
    assert call(*given, tmp_path / "one").exit_code == 0
    assert call(*given, tmp_path / "two", "--classes", tmp_path / "users.csv").exit_code == 0
    one, two = links(tmp_path / "one"), links(tmp_path / "two")
    np.testing.assert_allclose(two["flow"], one["flow"], rtol=1e-6)
    assert two.loc[["up", "low"], "flow_a"].sum() == pytest.approx(1.5, rel=1e-9)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,share\na,1.5\n", r"share must be a number in \(0, 1\]: a=1.5"),
        ("name,pce\na,0\nb,x\n", r"pce must be a number > 0: a=0, b=x"),
        ("name,toll_weight\na,-1\n", "toll_weight must be a number >= 0: a=-1"),
        ("name,weight\na,1\n", "unknown columns weight"),
        ("name\na\na\n", "a name of its own"),
        ("name\na/b\n", "names are letters"),
        ("share\n1\n", "no column name"),
        ("name\n", "no rows"),
    ],
)
def test_a_table_of_classes_that_cannot_be_used(net: Path, tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "users.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        raise call(net, tmp_path / "trips.csv", "--classes", tmp_path / "users.csv").exception  # type: ignore[misc]


def test_classes_without_trips_are_named(net: Path, tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("name,trips\ncar,\ntruck,trucks.csv\n")
    with pytest.raises(InputError, match="no trips for car"):
        raise call(net, "--classes", tmp_path / "users.csv").exception  # type: ignore[misc]


@pytest.mark.parametrize("form", ["exponential", "linear"])
def test_trips_answer_to_cost_as_the_written_files_say(net: Path, tmp_path: Path, form: str) -> None:
    """Where nothing changed the trips are those of the file; on better roads they lie on the demand function."""
    given = ("--gap", "1e-13", "--skims", "--out")
    response = ("--reference", tmp_path / "now", "--sensitivity", 0.1, "--response", form)
    trips = tmp_path / "trips.csv"
    assert call(net, trips, *given, tmp_path / "now").exit_code == 0
    assert call(net, trips, *given, tmp_path / "same", *response).exit_code == 0
    now = pd.read_csv(tmp_path / "now" / "links.csv")["flow"]
    np.testing.assert_allclose(pd.read_csv(tmp_path / "same" / "links.csv")["flow"], now, rtol=1e-6)
    (net / "links.csv").write_text(LINKS.replace("up,1,3,1,4", "up,1,3,1,8").replace("down,4,2,1,4", "down,4,2,1,8"))
    done = call(net, trips, *given, tmp_path / "better", *response)
    assert done.exit_code == 0 and "trips answer to cost" in done.output
    travel = pd.read_csv(tmp_path / "better" / "trips_all.csv")["value"].item()

    def cost(name: str) -> float:
        skim = pd.read_csv(tmp_path / name / "skim_all.csv").set_index(["origin", "destination"])["value"]
        return float(skim.loc["west", "east"])

    rise = 0.1 * (cost("better") - cost("now"))
    assert rise < 0
    assert travel == pytest.approx(6 * (np.exp(-rise) if form == "exponential" else 1 - rise), rel=1e-9)
    assert links(tmp_path / "better").loc[["up", "low"], "flow"].sum() == pytest.approx(travel, rel=1e-9)


def test_a_search_goes_on_from_routes_on_disk(net: Path, tmp_path: Path) -> None:
    trips, kept = tmp_path / "trips.csv", tmp_path / "routes.npz"
    assert call(net, trips, "--gap", "1e-12", "--keep", kept, "--out", tmp_path / "cold").exit_code == 0
    first = kept.read_bytes()
    again = call(net, trips, "--gap", "1e-12", "--start", kept, "--keep", kept, "--json")
    assert json.loads(again.stdout)["links"]["facts"]["iterations"] <= 1
    flow = [row["flow"] for row in json.loads(again.stdout)["links"]["rows"]]
    np.testing.assert_allclose(flow, links(tmp_path / "cold")["flow"], rtol=1e-9)
    assert call(net, trips, "--gap", "1e-12", "--keep", kept).exit_code == 0 and kept.read_bytes() == first
    (net / "links.csv").write_text(LINKS.replace("across,3,4,.5,4", "across,3,4,.5,0"))  # closed, its row stays
    warm = json.loads(call(net, trips, "--gap", "1e-12", "--start", kept, "--json").stdout)["links"]
    assert warm["facts"]["relative_gap"] <= 1e-12 and warm["rows"][4]["flow"] == 0
    np.testing.assert_allclose([row["flow"] for row in warm["rows"][:4]], 3, rtol=1e-6)  # half and half, by symmetry


def test_routes_of_other_roads_or_damaged_ones_are_refused(net: Path, tmp_path: Path) -> None:
    trips, kept = tmp_path / "trips.csv", tmp_path / "routes.npz"
    assert call(net, trips, "--keep", kept).exit_code == 0
    (net / "links.csv").write_text(LINKS.replace("across", "tunnel"))
    with pytest.raises(InputError, match="link: new tunnel; gone across"):
        raise call(net, trips, "--start", kept).exception  # type: ignore[misc]
    (net / "links.csv").write_text(LINKS)
    with np.load(kept) as file:
        parts = dict(file)
    np.savez(tmp_path / "bad.npz", **{**parts, "links": parts["links"] + 100})  # type: ignore[arg-type]
    with pytest.raises(InputError, match="damaged"):
        raise call(net, trips, "--start", tmp_path / "bad.npz").exception  # type: ignore[misc]
    (tmp_path / "odd.npz").write_bytes(kept.read_bytes()[:100])
    with pytest.raises(InputError, match="no start of an assignment"):
        raise call(net, trips, "--start", tmp_path / "odd.npz").exception  # type: ignore[misc]
    (tmp_path / "users.csv").write_text("name,share\na,0.25\nb,0.75\n")
    with pytest.raises(InputError, match="number of classes"):
        raise call(net, trips, "--start", kept, "--classes", tmp_path / "users.csv").exception  # type: ignore[misc]


def test_what_belongs_together_is_asked_for_together(net: Path, tmp_path: Path) -> None:
    trips = tmp_path / "trips.csv"
    assert "both --sensitivity and --reference" in call(net, trips, "--sensitivity", 0.1).output
    with pytest.raises(InputError, match=r"has no skim_all\.csv"):
        raise call(net, trips, "--sensitivity", 0.1, "--reference", tmp_path).exception  # type: ignore[misc]


def test_sioux_falls_with_more_capacity_and_more_trips(shared_data: Path, tmp_path: Path) -> None:
    """Every trip of the file lies on its demand function, at the costs that were written."""
    folder = shared_data / "reference" / "assignment" / "SiouxFalls"
    given = (folder / "SiouxFalls_net.tntp", folder / "SiouxFalls_trips.tntp", "--gap", "1e-12", "--skims", "--out")
    assert call(*given, tmp_path / "now").exit_code == 0
    toll = ("--distance-weight", 0.1)  # dearer by a tenth of a minute a unit of length: fewer trips
    assert (
        call(*given, tmp_path / "after", *toll, "--reference", tmp_path / "now", "--sensitivity", 0.05).exit_code == 0
    )
    before = pd.read_csv(tmp_path / "now" / "skim_all.csv", dtype={"origin": str, "destination": str})
    after = pd.read_csv(tmp_path / "after" / "skim_all.csv", dtype={"origin": str, "destination": str})
    travel = pd.read_csv(tmp_path / "after" / "trips_all.csv", dtype={"origin": str, "destination": str})
    joined = travel.merge(before, on=["origin", "destination"], suffixes=("", "_now"))
    joined = joined.merge(after, on=["origin", "destination"], suffixes=("", "_after"))
    from megaregion.data.trips import read_trips

    file = read_trips(given[1]).to_frame().rename(columns={"value": "file"})
    joined = joined.merge(file, on=["origin", "destination"])
    expected = joined["file"] * np.exp(-0.05 * (joined["value_after"] - joined["value_now"]))
    np.testing.assert_allclose(joined["value"], expected, rtol=1e-6)
    assert len(joined) == 528 and joined["value"].sum() < 360600


def test_lorries_of_chicago_keep_off_roads_closed_to_them(shared_data: Path, tmp_path: Path) -> None:
    """Chicago Sketch with real trips and tolls; which roads lorries may not take is this test's assumption."""
    from megaregion.data.roads import read_roads
    from megaregion.data.sources.road_tables import write_tables
    from megaregion.data.trips import read_trips

    folder = shared_data / "reference" / "assignment" / "Chicago-Sketch"
    roads = read_roads(folder / "ChicagoSketch_net.tntp.gz")
    narrow = roads.links["capacity"] < 1000
    links = roads.links.assign(length=1.609344 * roads.links["length"], allowed_uses=np.where(narrow, "car", ""))
    write_tables(tmp_path / "net", roads.replace(links=links, units=dataclasses.replace(roads.units, length="km")))
    (tmp_path / "users.csv").write_text(
        "name,share,toll_weight,distance_weight,pce,use\ncar,0.9,0.02,0.025,1,car\nlorry,0.1,0.04,0.05,2,lorry\n"
    )
    given = (tmp_path / "net", folder / "ChicagoSketch_trips.tntp.gz", "--gap", "1e-5", "--out", tmp_path / "out")
    users = ("--classes", tmp_path / "users.csv")
    with pytest.raises(InputError, match=r"demand without a way: \d+ pairs of zones: .* \(lorry\)"):
        raise call(*given, *users).exception  # type: ignore[misc]
    done = call(*given, *users, "--leave-unreachable", "--json")
    assert done.exit_code == 0, done.output
    facts = json.loads(done.stdout)["links"]["facts"]
    frame = pd.read_csv(tmp_path / "out" / "links.csv")
    closed = narrow.to_numpy()
    assert closed.sum() > 10 and (frame.loc[closed, "flow_lorry"] == 0).all()
    assert (frame.loc[closed, "flow_car"] > 0).any() and (frame.loc[~closed, "flow_lorry"] > 0).any()
    np.testing.assert_allclose(frame["flow"], frame["flow_car"] + frame["flow_lorry"], rtol=1e-9)
    assert facts["converged"] and {pair["class"] for pair in facts["without_a_way"]} == {"lorry"}
    assert facts["demand"] == pytest.approx(read_trips(given[1]).total, rel=1e-12)  # no vehicle lost
    left = sum(pair["trips"] for pair in facts["without_a_way"])
    assert facts["demand_travelling"] + facts["inside_zones"] + left == pytest.approx(facts["demand"], rel=1e-9)
