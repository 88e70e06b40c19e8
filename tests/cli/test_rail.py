"""megaregion rail: by hand on a feed of two networks, on a table, in a workspace, on the German feeds; bad input."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from megaregion.cli.rail import rail
from megaregion.data.sources.gtfs import read_gtfs
from megaregion.errors import InputError, MegaregionError

HEADWAY, CHANGE = 30, 8
# trunk a-b in 30 minutes, suburban b-c in 20; who arrives at b leaves 8 minutes later, both ways
LINES = (("T1", "a", "b", 0, 30), ("S1", "b", "c", 8, 20), ("S2", "c", "b", 7, 20), ("T2", "b", "a", 5, 30))
TYPES = {"T": "101", "S": "109"}
PAIRS = [(o, d) for o in "ABC" for d in "ABC" if o != d]


def clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}:00"


def write_feed(folder: Path, types: dict[str, str] = TYPES, lines: tuple = LINES) -> Path:
    folder.mkdir()
    trips, times = [], []
    for name, start, end, first, ride in lines:
        for k in range(1440 // HEADWAY):
            t = first + k * HEADWAY
            trips.append(f"{name},all,{name}-{k}")
            times += [f"{name}-{k},{clock(m)},{clock(m)},{s},{i}" for i, (s, m) in
                      enumerate(((start, t), (end, t + ride)))]  # fmt: skip
    rows = {
        "stops": ["stop_id,stop_name,stop_lat,stop_lon", "a,Aheim,50,8", "b,Bdorf,50,10", "c,Cstadt,50,12"],
        "routes": ["route_id,route_short_name,route_type", *(f"{n[0]},{n[0]},{types[n[0][0]]}" for n in lines)],
        "trips": ["route_id,service_id,trip_id", *trips],
        "stop_times": ["trip_id,arrival_time,departure_time,stop_id,stop_sequence", *times],
        "calendar": ["service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
                     "all,1,1,1,1,1,1,1,20240101,20240331"],
    }  # fmt: skip
    for name, text in rows.items():
        (folder / f"{name}.txt").write_text("\n".join(text) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    (tmp_path / "places.csv").write_text("place_id,lon,lat\nA,8,50\nB,10,50\nC,12,50\n", encoding="utf-8")
    return write_feed(tmp_path / "feed")


def call(feed: Path, *arguments: object, places: bool = True) -> Result:
    given = [feed, feed.parent / "places.csv"] if places else [feed]
    return CliRunner().invoke(rail, [str(a) for a in (*given, *arguments)])


def found(done: Result) -> dict[str, Any]:
    assert done.exit_code == 0, done.exception
    return json.loads(done.stdout)


def closed_form(change: float, headway: float, *, ideal_change: float = 3, ideal_headway: float = 10) -> float:
    """Ideal time over time of all six pairs; ten minutes at each door, rides of 30 and 20."""
    real = 2 * (headway / 2 + 30) + 2 * (headway / 2 + 20) + 2 * (headway / 2 + 50 + change)
    best = 2 * (ideal_headway / 2 + 30) + 2 * (ideal_headway / 2 + 20) + 2 * (ideal_headway / 2 + 50 + ideal_change)
    return (best + 6 * 20) / (real + 6 * 20)


def test_two_networks_by_hand(feed: Path) -> None:
    got = found(call(feed, "--json"))
    row = got["integration"]["rows"][0]
    assert row["index"] == pytest.approx(closed_form(CHANGE, HEADWAY), abs=1e-12)
    assert (row["same_station_share"], row["headway_mismatch"], row["through_share"]) == (1, 0, 0)
    assert row["change_min"] == pytest.approx(CHANGE) and row["single_ticket_share"] is None
    assert got["integration"]["parameters"]["start_min"] == 360
    pairs = {(r["network_from"], r["network_to"]): r for r in got["networks"]["rows"]}
    assert pairs["trunk", "suburban"]["stations_shared"] == 1 and pairs["trunk", "suburban"]["changes"] == 1
    row = next(r for r in got["door_to_door"]["rows"] if (r["origin"], r["destination"]) == ("A", "C"))
    parts = ("wait_min", "access_min", "feeder_min", "main_min", "changing_min", "egress_min", "perceived_min")
    assert [row[p] for p in parts] == pytest.approx([15, 10, 20, 30, 8, 10, 15 + 78 + 10])
    assert row["off_main_share"] == pytest.approx(1 - 30 / 78)
    facts = got["door_to_door"]["facts"]
    assert facts["off_main_share"] == pytest.approx(1 - 4 * 30 / (2 * 50 + 2 * 40 + 2 * 78))
    assert facts["transfer_penalty_min"] == pytest.approx(2 * 10 / 6)  # one change of ten minutes for two of six pairs
    hubs = {r["place_id"]: (r["hub"], r["access_min"], r["departures"]) for r in got["hub_access"]["rows"]}
    assert hubs == {"A": ("Aheim", 10, 48), "B": ("Bdorf", 10, 48), "C": (None, None, None)}
    met = {r["station"]: (r["met_share"], r["onward_share"]) for r in got["coordination"]["rows"]}
    assert met == {"Aheim": (None, None), "Bdorf": (1, 1)}


def test_what_is_unknown_is_said_once(feed: Path) -> None:
    done = call(feed)
    for text in ("no intercity, metro services", "unknown for 100% of the passages between networks",
                 "no demand is given", "at 1 of 2 stations of the main haul no local service calls"):  # fmt: skip
        assert done.stderr.count(text) == 1, text
    assert "warning" not in done.stdout and "Passages on a single ticket, where known*: unknown" in done.stdout
    index = closed_form(CHANGE, HEADWAY)
    assert f"Index: ideal time / time (1 = ideal)*: {index:.4g} index" in done.stdout
    assert "off_main_share*" in done.stdout and "access_min*" in done.stdout  # modelled, and marked so


def test_what_the_timetable_cannot_tell_is_given(feed: Path) -> None:
    (feed.parent / "demand.csv").write_text("origin,destination,value\nA,C,7\nA,A,99\n", encoding="utf-8")
    done = call(feed, "--json", "--single-ticket", "suburban", "trunk", "yes", "--demand", feed.parent / "demand.csv",
                "--ideal-change", 5, "--ideal-headway", 30, "--penalty", 6, "--early", 9, "--late", 20)  # fmt: skip
    got = found(done)
    row = got["integration"]["rows"][0]
    assert row["index"] == pytest.approx((15 + 70 + 5) / (15 + 70 + 8), abs=1e-12)  # from A to C alone
    assert (row["single_ticket_share"], row["single_ticket_known_share"], row["changes_mean"]) == (1, 1, 1)
    assert not [w for w in got["integration"]["warnings"] if "ticket" in w or "no demand" in w]
    assert got["door_to_door"]["facts"]["main_share"] == pytest.approx(30 / 78)
    assert got["door_to_door"]["facts"]["transfer_penalty_min"] == pytest.approx(6)
    met = {r["station"]: r["met_share"] for r in got["coordination"]["rows"]}
    assert met["Bdorf"] == 0  # locals come 8 and 38 minutes before


def test_named_hubs_are_the_only_ones(feed: Path) -> None:
    got = found(call(feed, "--json", "--hub", "Bdorf"))
    hubs = {r["place_id"]: r["hub"] for r in got["hub_access"]["rows"]}
    assert hubs == {"A": None, "B": "Bdorf", "C": None} and got["hub_access"]["parameters"]["stations"] == ["Bdorf"]
    assert [r["station"] for r in got["coordination"]["rows"]] == ["Bdorf"]


def test_plain_route_types_are_given_a_network(feed: Path) -> None:
    """2 says only rail; what is not named goes by its own type, unless * stands for all others."""
    plain = write_feed(feed.parent / "plain", {"T": "2", "S": "109"})
    done = call(plain)
    assert isinstance(done.exception, InputError) and "T (route_type or network 2)" in str(done.exception)
    want = found(call(feed, "--json"))
    for given in ("2=trunk", "T=trunk"):
        got = found(call(plain, "--json", "--network", given))
        assert got["networks"]["rows"] == want["networks"]["rows"]
        assert got["door_to_door"]["rows"] == want["door_to_door"]["rows"]
    got = found(call(plain, "--json", "--network", "T=trunk", "--network", "*=intercity", "--network", "Z=metro"))
    assert {r["network_from"] for r in got["networks"]["rows"]} == {"trunk", "intercity"}
    assert "coordination" not in got  # no local network runs
    said = " ".join(got["integration"]["warnings"])
    assert "whether local services meet it at hubs is unknown" in said and "do not run on the day: Z" in said
    assert got["door_to_door"]["facts"]["feeder_share"] == 0
    got = found(call(plain, "--json", "--network", "T=trunk", "--network", "*=intercity", "--main", "trunk",
                     "--local", "intercity"))  # fmt: skip
    assert got["coordination"]["rows"] == want["coordination"]["rows"]


def test_tables_and_layers(feed: Path, tmp_path: Path) -> None:
    import geopandas as gpd

    out = tmp_path / "out"
    assert call(feed, "--out", out).exit_code == 0
    parts = ("integration", "networks", "door_to_door", "hub_access", "coordination")
    assert all(len(pd.read_csv(out / f"{name}.csv")) for name in parts)
    stations = gpd.read_file(out / "rail.gpkg", layer="stations").set_index("name")
    want = {"Aheim": (0, 48), "Bdorf": (48, 48), "Cstadt": (48, 0)}
    counts = stations[["suburban_departures", "trunk_departures"]]
    assert {n: tuple(r) for n, r in counts.iterrows()} == want
    assert stations.loc["Bdorf", "met_share"] == 1 and stations.loc["Bdorf"].geometry.coords[0] == (10, 50)
    pairs = gpd.read_file(out / "rail.gpkg", layer="pairs")
    assert list(zip(pairs["origin"], pairs["destination"], strict=True)) == PAIRS
    places = gpd.read_file(out / "rail.gpkg", layer="places").set_index("place_id")
    assert places.loc["B", "hub"] == "Bdorf" and places.loc["A", "door_to_door_min_median"] == (50 + 78) / 2


def test_a_table_of_trains(feed: Path) -> None:
    rows = ["train,stop,arrival,departure,service,network"]
    for name, start, end, first, ride in LINES:
        for k in range(1440 // HEADWAY):
            t = first + k * HEADWAY
            network = "trunk" if name[0] == "T" else "suburban"
            rows += [f"{name}-{k},{start},,{clock(t)[:5]},{name[0]},{network}",
                     f"{name}-{k},{end},{clock(t + ride)[:5]},,{name[0]},{network}"]  # fmt: skip
    table, stops = feed.parent / "trains.csv", feed.parent / "stops.csv"
    table.write_text("\n".join(rows) + "\n", encoding="utf-8")
    stops.write_text("node_id,name,lon,lat\na,Aheim,8,50\nb,Bdorf,10,50\nc,Cstadt,12,50\n", encoding="utf-8")
    got, want = found(call(table, "--stops", stops, "--json")), found(call(feed, "--json"))
    for name in ("networks", "door_to_door", "hub_access", "coordination"):
        assert got[name]["rows"] == want[name]["rows"]


def refused(done: Result) -> str:
    assert isinstance(done.exception, MegaregionError), done.exception
    return str(done.exception)


def test_bad_input(feed: Path) -> None:
    buses = write_feed(feed.parent / "buses", {"T": "3", "S": "700"})
    assert "nothing in the timetable is rail: route_type or network 3, 700" in refused(call(buses))
    text = refused(call(feed, "--hub", "Bdrof", "--hub", "Nowhere"))
    assert "no stop is named 'Bdrof'; near: Bdorf" in text and "no stop is named 'Nowhere'" in text
    assert "no departures of the main haul on the day: Cstadt" in refused(call(feed, "--hub", "Cstadt"))
    assert "no trip runs on 2031-05-05" in refused(call(feed, "--date", "2031-05-05"))
    text = refused(call(feed, "--main", "metro", "--local", "metro"))
    assert "main haul: no metro services run" in text and "both main haul and local: metro" in text
    assert "networks that run: trunk, suburban" in text
    assert "--main suburban --local metro" in refused(call(feed, "--network", "T=metro"))
    text = refused(call(feed, "--network", "ICE", "--network", "T=trunk", "--network", "T=metro"))
    assert "'ICE' is no class=network" in text and "T is given trunk and metro" in text
    assert "unknown networks boat" in refused(call(feed, "--network", "T=boat"))
    assert "it needs a table of places" in refused(call(feed, places=False))
    assert "must lie in 0 ... 1440" in refused(call(feed, "--start", 900, "--end", 800))
    both = ("--single-ticket", "trunk", "metro", "yes", "--single-ticket", "metro", "trunk", "no")
    assert "given twice" in refused(call(feed, *both)) and "given twice" in refused(call(feed, *both[:4], *both[:3], 0))
    (feed.parent / "one.csv").write_text("place_id,lon,lat\nA,8,50\n", encoding="utf-8")
    assert "one.csv holds 1 places" in refused(CliRunner().invoke(rail, [str(feed), str(feed.parent / "one.csv")]))
    (feed.parent / "demand.csv").write_text("origin,destination,value\nA,Z,7\n", encoding="utf-8")
    assert "Z" in refused(call(feed, "--demand", feed.parent / "demand.csv"))


WORKSPACE = """format = 1
[cluster]
id = "three"
name = "Three towns"
name_zh = "三城"
level = "city"
group = "province"
base_year = 2020
timetable = "2020"
seed = 1
[sources.x]
title = "invented for the test"
publisher = "x"
licence = "x"
url = ""
year = 2020
"""
FLOWS = "layer,origin,destination,value,unit,period,observed,source\n" + "".join(
    f"people,{o},{d},{9 if (o, d) == ('A', 'C') else 0},person,2020,true,x\n" for o, d in PAIRS
)
OF_PLACES = """place_id,name,name_zh,kind,parent_id,lon,lat,area_km2,population,source
p,North,北省,province,,10,50,1000,600,x
A,Aheim,甲,city,p,8,50,100,100,x
B,Bdorf,乙,city,p,10,50,100,200,x
C,Cstadt,丙,city,p,12,50,100,300,x
"""


def test_a_workspace_states_its_timetable(feed: Path) -> None:
    root = feed.parent / "towns"
    (root / "tables").mkdir(parents=True)
    (root / "workspace.toml").write_text(WORKSPACE, encoding="utf-8")
    (root / "tables" / "places.csv").write_text(OF_PLACES, encoding="utf-8")
    assert "the workspace has no timetable" in refused(call(root, places=False))
    with (root / "workspace.toml").open("a", encoding="utf-8") as file:
        file.write('[options.timetable]\nfeed = "timetables/feed"\nstart_min = 480\nend_min = 1200\n')
    (root / "timetables").mkdir()
    feed.rename(root / "timetables" / "feed")
    got = found(call(root, "--json", places=False))
    assert got["integration"]["rows"][0]["index"] == pytest.approx(closed_form(CHANGE, HEADWAY), abs=1e-12)
    assert got["door_to_door"]["parameters"]["start_min"] == 480
    assert got["hub_access"]["facts"]["people_30_share"] == 0.5
    (root / "tables" / "flows.csv").write_text(FLOWS, encoding="utf-8")
    row = found(call(root, "--json", "--flow", "people", places=False))["integration"]["rows"][0]
    assert row["index"] == pytest.approx(78 / 93) and row["changes_mean"] == 1  # all travel from A to C
    assert "layers: people" in refused(call(root, "--flow", "phones", places=False))
    (root.parent / "places.csv").write_text("place_id,lon,lat\nA,8,50\nB,10,50\n", encoding="utf-8")
    given = CliRunner().invoke(rail, [str(root), str(root.parent / "places.csv"), "--json"])
    assert found(given)["door_to_door"]["facts"]["pairs"] == 2
    assert "a workspace states day" in refused(call(root, "--date", "2024-01-02", places=False))


def test_a_workspace_states_its_networks(feed: Path) -> None:
    """Classes, sides, tickets and the parts of a station from workspace.toml; options of the command go before them."""
    lines = tuple((n, *("b2" if s == "b" and n[0] == "S" else s for s in (a, b)), *rest) for n, a, b, *rest in LINES)
    want = found(call(feed, "--json", "--single-ticket", "trunk", "suburban", "yes"))
    root = feed.parent / "towns"
    for name in ("tables", "timetables"):
        (root / name).mkdir(parents=True)
    apart = write_feed(root / "timetables" / "feed", {"T": "2", "S": "2"}, lines)
    with (apart / "stops.txt").open("a", encoding="utf-8") as file:
        file.write("b2,Bdorf Süd,50,10.003\n")
    (root / "tables" / "places.csv").write_text(OF_PLACES, encoding="utf-8")
    at = '[options.timetable]\nfeed = "timetables/feed"\nend_min = 1320\nparts = { "Bdorf Süd" = "Bdorf" }\n'
    own = '[options.rail]\nnetworks = { T = "trunk", S = "suburban" }\nsingle_ticket = [["trunk", "suburban", true]]\n'
    (root / "workspace.toml").write_text(WORKSPACE + at + own, encoding="utf-8")
    got = found(call(root, "--json", places=False))
    for name in ("networks", "coordination"):
        assert got[name]["rows"] == want[name]["rows"]
    assert got["integration"]["rows"][0]["single_ticket_share"] == 1
    turned = call(root, "--json", "--network", "T=metro", "--network", "S=trunk", "--late", 6, places=False)
    assert {r["network_from"] for r in found(turned)["networks"]["rows"]} == {"trunk", "metro"}
    assert found(turned)["coordination"]["parameters"]["late_min"] == 6
    wrong = 'main = "trunk"\nhubs = [1]\nlate_min = "9"\nhub_departures = 1.5\n'
    wrong += own.replace("true", '"yes"').replace("[options.rail]\n", "")
    (root / "workspace.toml").write_text(WORKSPACE + at + "[options.rail]\n" + wrong, encoding="utf-8")
    text = refused(call(root, places=False))
    for part in ("main must be a list", "hubs must be a list", "late_min must be a number", "hub_departures must be a",
                 "single_ticket must list two networks"):  # fmt: skip
        assert part in text
    (root / "workspace.toml").write_text(WORKSPACE + at + "[options.rail]\nnetwork = {}\n", encoding="utf-8")
    assert "unknown keys network" in refused(call(root, places=False))


def test_parts_of_one_station(feed: Path) -> None:
    """The suburban side of Bdorf is a stop of its own 200 m off: one station once that is said."""
    lines = tuple((n, *("b2" if s == "b" and n[0] == "S" else s for s in (a, b)), *rest) for n, a, b, *rest in LINES)
    apart = write_feed(feed.parent / "apart", lines=lines)
    with (apart / "stops.txt").open("a", encoding="utf-8") as file:
        file.write("b2,Bdorf Süd,50,10.003\n")
    row = found(call(apart, "--json"))["integration"]["rows"][0]
    assert row["same_station_share"] == 0 and row["headway_mismatch"] is None
    got, want = found(call(apart, "--json", "--part-of", "Bdorf Süd", "Bdorf")), found(call(feed, "--json"))
    assert got["networks"]["rows"] == want["networks"]["rows"]
    assert got["coordination"]["rows"] == want["coordination"]["rows"]
    assert "no stop of the feed is named Bdrof" in refused(call(apart, "--part-of", "Bdorf Süd", "Bdrof"))
    both = ("--part-of", "Bdorf Süd", "Bdorf", "--part-of", "Bdorf Süd", "Aheim")
    assert "part of Bdorf and of Aheim" in refused(call(apart, *both))
    assert "is a table" in refused(call(feed.parent / "places.csv", "--stops", feed.parent / "places.csv", *both[:3]))


CITIES = ("Berlin Hbf", "Hamburg Hbf", "München Hbf", "Köln Hbf", "Frankfurt(Main)Hbf")


DAYS = {"2016": "2016-06-21", "2019": "2019-06-25"}


def departures_of_ices(folder: Path, date: str, stops: list[str]) -> int:
    """Straight from the files: calls of ICEs of the day before, the day and the day after that leave on the day."""
    table = {n: pd.read_csv(folder / f"{n}.txt", dtype=str) for n in ("stops", "routes", "trips", "stop_times")}
    days = pd.read_csv(folder / "calendar_dates.txt", dtype=str)
    ice = table["routes"].loc[table["routes"]["route_long_name"].str.startswith("ICE "), "route_id"]
    trips = table["trips"][table["trips"]["route_id"].isin(ice)]
    at = table["stops"].loc[table["stops"]["stop_name"].isin(stops), "stop_id"]
    calls = table["stop_times"][table["stop_times"]["trip_id"].isin(trips["trip_id"])]
    order = calls["stop_sequence"].astype(int)
    calls = calls[order < order.groupby(calls["trip_id"]).transform("max")]
    calls = calls[calls["stop_id"].isin(at)].merge(trips, on="trip_id")
    hour = calls["departure_time"].str.split(":").str[0].astype(int)
    total = 0
    for shift in (-1, 0, 1):
        day = (pd.Timestamp(date) + pd.Timedelta(days=shift)).strftime("%Y%m%d")
        runs = days.loc[(days["date"] == day) & (days["exception_type"] == "1"), "service_id"]
        total += int((calls["service_id"].isin(runs) & (hour // 24 == -shift)).sum())
    return total


@pytest.mark.parametrize("year", ["2016", "2019"])
def test_the_german_feeds(shared_data: Path, tmp_path: Path, year: str) -> None:
    """Long-distance trains only: bounds, parts that add up, and what the feed does not hold is said."""
    folder = shared_data / "germany" / f"db-fv-gtfs-{year}"
    stops = read_gtfs(folder, out_of_order="drop").stops.drop_duplicates("name").set_index("name")
    stops.loc[list(CITIES), ["lon", "lat"]].rename_axis("place_id").to_csv(tmp_path / "places.csv")
    given = [folder, tmp_path / "places.csv", "--drop-backwards", "--json", "--network", "ICE=trunk", "--network",
             "Bus=other", "--network", "*=intercity", "--main", "trunk", "--date", DAYS[year], "--part-of",
             "Berlin Hbf (tief)", "Berlin Hbf"]  # fmt: skip
    got = found(CliRunner().invoke(rail, [str(a) for a in given]))
    row = got["integration"]["rows"][0]
    assert 0 < row["index"] < 1 and row["served_demand_share"] == 1
    lost = row["loss_wait_share"] + row["loss_change_share"] + row["loss_way_share"]
    assert lost == pytest.approx(1 - row["index"])
    said = " ".join(got["integration"]["warnings"])
    assert "no suburban, metro services" in said and "unknown for 100%" in said and "at hubs is unknown" in said
    for pair in got["door_to_door"]["rows"]:
        parts = ("access_min", "feeder_min", "main_min", "changing_min", "egress_min")
        assert sum(pair[p] for p in parts) == pytest.approx(pair["door_to_door_min"])
    hubs = {r["place_id"]: r for r in got["hub_access"]["rows"]}
    want = departures_of_ices(folder, DAYS[year], ["Berlin Hbf", "Berlin Hbf (tief)"])
    assert set(hubs) == set(CITIES) and hubs["Berlin Hbf"]["departures"] == want > 50
    assert all(r["access_min"] >= 10 for r in got["hub_access"]["rows"])
