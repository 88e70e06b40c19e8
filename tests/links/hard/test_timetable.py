"""A timetable from a feed and from a table: changes as stated, stations, the real feeds against plain search."""

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.core.connection_scan import earliest_arrivals, profiles_to
from megaregion.core.sphere import great_circle_km, near_pairs
from megaregion.data.sources.germany import PLATFORMS
from megaregion.data.sources.gtfs import Feed, merge_stations, read_gtfs
from megaregion.errors import InputError, MissingDataError
from megaregion.links.hard.network import TimesOptions
from megaregion.links.hard.timetable import ChangeRules, Timetable

_path = Path(__file__).parents[2] / "core" / "time_expanded.py"
_spec = importlib.util.spec_from_file_location("time_expanded", _path)
assert _spec is not None and _spec.loader is not None
brute = importlib.util.module_from_spec(_spec)
sys.modules["time_expanded"] = brute
_spec.loader.exec_module(brute)

STOPS = pd.DataFrame(
    {"lon": [8.0, 8.0, 8.01, 9.0], "lat": 50.0, "station": ["A", "A", "B", "C"],
     "name": ["Aheim", "Aheim 2", "Bdorf", "C"]},
    index=["A", "A2", "B", "C"],
)  # fmt: skip


def table(*rows: str) -> pd.DataFrame:
    return pd.DataFrame([[c or None for c in row.split(",")] for row in rows],
                        columns=["train", "stop", "arrival", "departure"])  # fmt: skip


def ways(timetable: Timetable) -> dict[tuple[str, str], int]:
    w, name = timetable.connections.ways, timetable.stops.index
    return {(name[a], name[b]): int(s) for a, b, s in zip(w.origin, w.stop, w.seconds, strict=True)}


TRAINS = table("1,A,,8:00", "1,C,9:00,", "2,C,,10:00", "2,B,11:00,", "3,A2,,12:00", "3,C,13:00,")


def test_changes_inside_stations_and_across_town() -> None:
    """A and B are 0.01 degrees of longitude apart on 50 degrees north; inside a station 5 minutes."""
    got = ways(Timetable.of_table(TRAINS, STOPS))
    km = great_circle_km(8.0, 50.0, 8.01, 50.0)
    across = int(np.ceil(60 * TimesOptions().ground_min(km))) + 300
    assert got == {
        **{(a, b): 300 for a in ("A", "A2") for b in ("A", "A2")}, ("B", "B"): 300, ("C", "C"): 300,
        **{pair: across for s in ("A", "A2") for pair in ((s, "B"), ("B", s))},
    }  # fmt: skip
    apart = Timetable.of_table(TRAINS, STOPS, rules=ChangeRules(change_min=2, across_km=0))
    assert ("A", "B") not in ways(apart) and ways(apart)["A", "A2"] == 120


def feed_with(changes: list[tuple[str, str, int, float]]) -> Feed:
    day = pd.Timestamp("2019-01-08")
    calls = [
        ("1", "A", 480.0),
        ("1", "C", 540.0),
        ("2", "C", 600.0),
        ("2", "B", 660.0),
        ("3", "A2", 720.0),
        ("3", "C", 780.0),
    ]
    times = pd.DataFrame([(t, s, m, m, True, True) for t, s, m in calls],
                         columns=["trip_id", "stop_id", "arrival_min", "departure_min", "board", "alight"])  # fmt: skip
    trips = pd.DataFrame({"service_id": "s", "service": ["ICE", "IC", "ICE"], "route": "r", "route_type": "2",
                          "block": ""}, index=["1", "2", "3"])  # fmt: skip
    return Feed(
        stops=STOPS, trips=trips, stop_times=times, active=pd.DataFrame({"service_id": ["s"], "date": [day]}),
        changes=pd.DataFrame(changes, columns=["from_stop", "to_stop", "kind", "seconds"]),
    )  # fmt: skip


def test_what_the_timetable_states_goes_before_the_rules() -> None:
    """Kind 3 forbids, kind 1 waits, kind 0 leaves the rule."""
    stated = [("A2", "A", 2, 60.0), ("A", "A", 2, 480.0), ("A", "B", 3, np.nan), ("C", "C", 1, np.nan),
              ("B", "A2", 0, np.nan), ("B", "C", 0, np.nan)]  # fmt: skip
    got = ways(Timetable.of_feed(feed_with(stated), "2019-01-08"))
    assert got["A2", "A"] == 60 and got["A", "A"] == 480 and got["A", "A2"] == got["A2", "A2"] == 300
    assert ("A", "B") not in got and ("A2", "B") in got and got["C", "C"] == 0
    plain = ways(Timetable.of_feed(feed_with([]), "2019-01-08"))
    assert got["B", "A2"] == plain["B", "A2"] and ("B", "C") not in plain and got["B", "C"] > 3600


def test_rules_for_a_station_go_before_rules_for_its_stops() -> None:
    """P is the parent of A and A2, nothing calls at it."""
    given = feed_with([("A2", "A", 2, 60.0), ("P", "P", 2, 480.0), ("P", "B", 3, np.nan)])
    stops = given.stops.assign(station=["P", "P", "B", "C"])
    stops.loc["P"] = [8.0, 50.0, "P", "Parent"]
    got = ways(Timetable.of_feed(replace(given, stops=stops), "2019-01-08"))
    assert got["A2", "A"] == 60 and got["A", "A2"] == got["A", "A"] == got["A2", "A2"] == 480
    assert ("A", "B") not in got and ("A2", "B") not in got and ("B", "A") in got
    assert not any("P" in pair for pair in got)  # nothing calls there


def test_services_can_be_left_out() -> None:
    got = Timetable.of_feed(feed_with([]), "2019-01-08", services=lambda s: s != "IC")
    assert set(got.calls["service"]) == {"ICE"}
    assert got.served()[got.stops.index.get_loc("A")] and "B" not in got.stops.index


def test_stations_are_found_by_name_or_id() -> None:
    got = Timetable.of_table(TRAINS, STOPS)
    assert got.stops_of("Aheim 2").tolist() == got.stops_of("A").tolist() == [0, 1]
    with pytest.raises(InputError, match="no stop is named 'Bdor'; near: Bdorf"):
        got.stops_of("Bdor")


def test_bad_input() -> None:
    with pytest.raises(InputError, match=r"train_calls\.stop: 1 are not in the table of stops: X"):
        Timetable.of_table(table("1,A,,8:00", "1,X,9:00,"), STOPS)
    with pytest.raises(MissingDataError, match="missing for 1 stops: C"):
        Timetable.of_table(TRAINS, STOPS.assign(lon=[8.0, 8.0, 8.01, np.nan]))
    with pytest.raises(InputError, match="across_km must be a number >= 0"):
        ChangeRules(across_km=-1)


def test_pairs_near_each_other_are_those_of_the_matrix() -> None:
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(-180, 180, 200), rng.uniform(-90, 90, 200)
    lon[:5], lat[:5] = [179.99, -179.99, 0, 90, 10], [0, 0, 90, 90, 90]
    km = great_circle_km(lon[:, None], lat[:, None], lon[None, :], lat[None, :])
    for limit in (0.0, 500.0, 19000.0, 30000.0):
        one, two, found = near_pairs(lon, lat, limit)
        want = (km <= limit) & ~np.eye(200, dtype=bool)
        assert want.sum() == len(one) and want[one, two].all()
        np.testing.assert_allclose(found, km[one, two])
    assert len(near_pairs([1.0], [1.0], 9.0)[0]) == 0


@pytest.fixture(scope="module", params=["2016", "2019"])
def german(request: pytest.FixtureRequest, shared_data: Path) -> tuple[str, Timetable]:
    feed = read_gtfs(shared_data / "germany" / f"db-fv-gtfs-{request.param}", out_of_order="drop")
    date = {"2016": "2016-06-22", "2019": "2019-06-25"}[request.param]
    return request.param, Timetable.of_feed(merge_stations(feed, PLATFORMS), date)


PAIRS = [("Berlin Hbf", "München Hbf"), ("Köln Hbf", "Frankfurt(Main)Hbf"), ("Hamburg Hbf", "Dresden Hbf"),
         ("Stralsund Hbf", "Freiburg(Breisgau) Hbf")]  # fmt: skip


def plain(timetable: Timetable) -> tuple[list, dict]:
    c = timetable.connections.calls
    runs: list = [[] for _ in range(int(c.run.max()) + 1)]
    rows = zip(c.run.tolist(), c.stop.tolist(), c.arrival.tolist(), c.departure.tolist(), c.board.tolist(),
               c.alight.tolist(), strict=True)  # fmt: skip
    for run, *call in rows:
        runs[run].append(tuple(call))
    w = timetable.connections.ways
    return runs, dict(zip(zip(w.origin.tolist(), w.stop.tolist(), strict=True), w.seconds.tolist(), strict=True))


def test_real_feeds_equal_rounds_of_rides(german: tuple[str, Timetable]) -> None:
    """Earliest arrivals everywhere at 6, 12 and 20 h, with no bound and with at most three rides."""
    _, timetable = german
    runs, changes = plain(timetable)
    n = len(timetable.stops)
    for (name, _), hour in zip(PAIRS, (6, 12, 20, 7), strict=True):
        start = {int(s): 3600 * hour for s in timetable.stops_of(name)}
        rounds = brute.round_arrivals(runs, changes, start, n, 9)
        got = earliest_arrivals(timetable.connections, list(start), list(start.values()))
        np.testing.assert_array_equal(rounds[-1], rounds[-2])  # no journey gains by a ninth ride
        np.testing.assert_array_equal(got.seconds, rounds[-1])


def test_real_profiles_equal_rounds_from_every_departure(german: tuple[str, Timetable]) -> None:
    """Pareto sets of four pairs of stations between 8 and 11 h, at most two changes."""
    _, timetable = german
    runs, changes = plain(timetable)
    window = (8 * 3600, 11 * 3600)
    near = [run for run in runs if run and run[-1][1] >= window[0] and run[0][2] < window[0] + 86_400]
    for one, two in PAIRS:
        start, end = ({int(s): 0 for s in timetable.stops_of(name)} for name in (one, two))
        profile = profiles_to(timetable.connections, list(end), list(end.values()), start=window[0], max_transfers=2)
        got = {(j.leave, j.arrive, j.transfers) for j in
               profile.journeys(list(start), [0] * len(start), start=window[0], end=window[1])}  # fmt: skip
        moments = {
            d
            for run in near
            for s, _, d, board, _ in run
            if s in start and board and window[0] <= d < window[1] + 36_000
        }
        found = set()
        for t in moments:
            by = brute.round_arrivals(near, changes, dict.fromkeys(start, t), len(timetable.stops), 3)
            found |= {(t, int(a), k) for k in range(3) if (a := min(by[k, s] for s in end)) < np.inf}
        best = {a for a in found if not any(b != a and b[0] >= a[0] and b[1] <= a[1] and b[2] <= a[2] for b in found)}
        assert got == {a for a in best if a[0] < window[1]} and got


@pytest.mark.parametrize(
    ("year", "one", "two", "minutes"),
    [
        ("2016", "Berlin Hbf", "München Hbf", 370), ("2019", "Berlin Hbf", "München Hbf", 236),
        ("2016", "Frankfurt(Main)Hbf", "Köln Hbf", 63), ("2019", "Frankfurt(Main)Hbf", "Köln Hbf", 64),
        ("2016", "Berlin Hbf", "Hamburg Hbf", 95), ("2019", "Berlin Hbf", "Hamburg Hbf", 103),
    ],
)  # fmt: skip
def test_published_fastest_direct_rides(shared_data: Path, year: str, one: str, two: str, minutes: int) -> None:
    """Fastest over all days of a feed: the scan of a day on which the fastest train runs finds it."""
    feed = merge_stations(read_gtfs(shared_data / "germany" / f"db-fv-gtfs-{year}", out_of_order="drop"), PLATFORMS)
    station = feed.stop_times["stop_id"].map(feed.stops["station"])
    ids = [feed.stops.loc[feed.stops["name"] == name, "station"].iloc[0] for name in (one, two)]
    run = feed.active["service_id"].unique()
    used = feed.stop_times["trip_id"].isin(feed.trips.index[feed.trips["service_id"].isin(run)])
    a, b = (feed.stop_times[(station == s) & used] for s in ids)
    both = a.merge(b, on="trip_id", suffixes=("", "_to"))
    both["ride"] = both["arrival_min_to"] - both["departure_min"]
    both = both[both["ride"] > 0]
    assert both["ride"].min() == minutes
    trips = feed.trips.loc[both.loc[both["ride"] == minutes, "trip_id"], "service_id"]
    timetable = Timetable.of_feed(feed, feed.active.loc[feed.active["service_id"].isin(trips), "date"].min())
    start, end = timetable.stops_of(one), timetable.stops_of(two)
    profile = profiles_to(timetable.connections, end, np.zeros(len(end)), start=0, max_transfers=0)
    found = profile.journeys(start, np.zeros(len(start)), start=0, end=86_400)
    assert min(j.arrive - j.leave for j in found) == 60 * minutes
