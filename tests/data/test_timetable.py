"""Direct services and fastest rides: counted by hand, by brute force, and against published times."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from megaregion.data.sources.gtfs import Feed, merge_stations, read_gtfs
from megaregion.data.timetable import direct_services, fastest_direct, representative_day, trips_by_day
from megaregion.errors import InputError

TUESDAY = pd.Timestamp("2019-01-08")


def feed_of(trips: dict[str, list[tuple[str, float, float]]], classes: dict[str, str] | None = None) -> Feed:
    """Feed of trips given as (stop, arrival, departure), all on one Tuesday."""
    rows = [(trip, stop, a, d, True, True) for trip, calls in sorted(trips.items()) for stop, a, d in calls]
    names = sorted({row[1] for row in rows})
    columns = ["trip_id", "stop_id", "arrival_min", "departure_min", "board", "alight"]
    return Feed(
        stops=pd.DataFrame({"name": names, "lon": 8.0, "lat": 50.0, "station": names}, index=names),
        trips=pd.DataFrame(
            {"service_id": "s", "service": [(classes or {}).get(t, "ICE") for t in sorted(trips)], "route": "ICE 1"},
            index=sorted(trips),
        ),
        stop_times=pd.DataFrame(rows, columns=columns),
        active=pd.DataFrame({"service_id": ["s"], "date": [TUESDAY]}),
    )


def table(feed: Feed, **options: float) -> dict[tuple[str, str, str], tuple[float, float, float]]:
    found = direct_services(feed, TUESDAY, **options)  # type: ignore[arg-type]
    return {(r[1], r[2], r[0]): (r[3], r[4], r[5]) for r in found.itertuples(index=False)}


def test_pairs_by_hand() -> None:
    """One trip over three stops serves three pairs; dwell counts as time in the vehicle."""
    got = table(feed_of({"t": [("A", 0, 0), ("B", 10, 14), ("C", 30, 30)]}))
    assert got == {("A", "B", "ICE"): (1, 10, 10), ("A", "C", "ICE"): (1, 30, 30), ("B", "C", "ICE"): (1, 16, 16)}


def test_mean_and_fastest() -> None:
    got = table(feed_of({"t": [("A", 0, 0), ("B", 50, 50)], "u": [("A", 60, 60), ("B", 114, 114)]}))
    assert got == {("A", "B", "ICE"): (2, 52, 50)}


def test_one_train_with_two_numbers_counts_once() -> None:
    calls = [("A", 0.0, 0.0), ("B", 50.0, 50.0)]
    assert table(feed_of({"t": calls, "alias": calls})) == {("A", "B", "ICE"): (1, 50, 50)}


def test_an_overtaken_ride_is_no_departure() -> None:
    """Leaves at 0, arrives at 100; the other leaves at 20 and is there at 70."""
    slow, fast, later = [("A", 0, 0), ("B", 100, 100)], [("A", 20, 20), ("B", 70, 70)], [("A", 21, 21), ("B", 75, 75)]
    assert table(feed_of({"s": slow, "f": fast})) == {("A", "B", "ICE"): (1, 50, 50)}
    assert table(feed_of({"f": fast, "l": later})) == {("A", "B", "ICE"): (2, 52, 50)}


def test_slow_rides_are_a_class_of_their_own() -> None:
    trips = {"f": [("A", 0, 0), ("B", 100, 100)], "m": [("A", 200, 200), ("B", 320, 320)],
             "s": [("A", 400, 400), ("B", 521, 521)]}  # fmt: skip
    got = table(feed_of(trips))
    assert got == {("A", "B", "ICE"): (2, 110, 100), ("A", "B", "ICE slow"): (1, 121, 121)}
    assert table(feed_of(trips), slow_ratio=2.0) == {("A", "B", "ICE"): (3, pytest.approx(341 / 3), 100)}


def test_classes_are_counted_apart_and_can_be_left_out() -> None:
    trips = {"i": [("A", 0, 0), ("B", 50, 50)], "b": [("A", 60, 60), ("B", 200, 200)]}
    feed = feed_of(trips, {"b": "Bus"})
    assert set(table(feed)) == {("A", "B", "ICE"), ("A", "B", "Bus")}
    kept = direct_services(feed, TUESDAY, classes=lambda c: c != "Bus")
    assert kept["service"].tolist() == ["ICE"]


def test_a_loop_gives_no_ride_from_a_station_to_itself() -> None:
    got = table(feed_of({"t": [("A", 0, 0), ("B", 10, 10), ("A", 25, 25), ("C", 40, 40)]}))
    assert got == {
        ("A", "B", "ICE"): (1, 10, 10), ("B", "A", "ICE"): (1, 15, 15), ("B", "C", "ICE"): (1, 30, 30),
        ("A", "C", "ICE"): (1, 15, 15),
    }  # fmt: skip


def test_boarding_can_be_forbidden() -> None:
    feed = feed_of({"t": [("A", 0, 0), ("B", 10, 14), ("C", 30, 30)]})
    feed.stop_times.loc[feed.stop_times["stop_id"] == "B", "board"] = False
    assert set(table(feed)) == {("A", "B", "ICE"), ("A", "C", "ICE")}


@given(st.lists(st.lists(st.tuples(st.sampled_from("ABCD"), st.integers(0, 3), st.integers(1, 40)), min_size=2,
                         max_size=5), min_size=1, max_size=6))  # fmt: skip
def test_agrees_with_brute_force(drawn: list[list[tuple[str, int, int]]]) -> None:
    """Every ride of every trip, then those that no other ride makes useless, by plain loops."""
    trips: dict[str, list[tuple[str, float, float]]] = {}
    for number, calls in enumerate(drawn):
        now, out = 7.0 * number, []
        for stop, dwell, run in calls:
            out.append((stop, now, now + dwell))
            now += dwell + run
        trips[f"t{number}"] = out
    rides: dict[tuple[str, str], set[tuple[float, float]]] = {}
    for calls in trips.values():
        for i, (a, _, leave) in enumerate(calls):
            for b, arrive, _ in calls[i + 1 :]:
                if a != b:
                    rides.setdefault((a, b), set()).add((leave, arrive))
    want = {}
    for pair, found in rides.items():
        useful = [r for r in found if not any(o != r and o[0] >= r[0] and o[1] <= r[1] for o in found)]
        minutes = [arrive - leave for leave, arrive in useful]
        want[(*pair, "ICE")] = (len(minutes), pytest.approx(np.mean(minutes)), min(minutes))
    assert table(feed_of(trips), slow_ratio=1e9) == want


def test_day_without_service_says_which_days_there_are() -> None:
    feed = feed_of({"t": [("A", 0, 0), ("B", 10, 10)]})
    with pytest.raises(InputError, match=r"no trip runs on 2019-02-01\n  hint: the feed covers 2019-01-08"):
        direct_services(feed, pd.Timestamp("2019-02-01"))


def test_representative_day_is_the_one_most_like_the_others() -> None:
    """Wednesday 9 shares both services with Tuesday 8 and Thursday 10; the holiday and Friday do not count."""
    feed = feed_of({"t": [("A", 0, 0), ("B", 10, 10)], "u": [("A", 5, 5), ("B", 15, 15)]})
    feed.trips["service_id"] = ["s", "x"]
    days = {"2019-01-01": "x", "2019-01-08": "s", "2019-01-09": "sx", "2019-01-10": "s", "2019-01-11": "sx"}
    rows = [(service, pd.Timestamp(day)) for day, services in days.items() for service in services]
    mixed = Feed(
        stops=feed.stops, trips=feed.trips, stop_times=feed.stop_times,
        active=pd.DataFrame(rows, columns=["service_id", "date"]),
    )  # fmt: skip
    # means of Dice: 1st (1+0+2/3+0)/4, 8th (0+1+2/3+1)/4, 9th (2/3+2/3+1+2/3)/4 = the largest
    assert representative_day(mixed) == pd.Timestamp("2019-01-09")
    assert trips_by_day(mixed).tolist() == [1, 1, 2, 1, 2]


def test_no_midweek_day() -> None:
    feed = feed_of({"t": [("A", 0, 0), ("B", 10, 10)]})
    feed.active["date"] = pd.Timestamp("2019-01-06")
    with pytest.raises(InputError, match="Tuesday, Wednesday or Thursday"):
        representative_day(feed)


def test_fastest_direct_names_what_is_wrong() -> None:
    feed = feed_of({"t": [("Aheim", 0, 0), ("Bdorf", 10, 10)]})
    assert fastest_direct(feed, "Aheim", "Bdorf") == 10
    with pytest.raises(InputError, match=r"no stop is named 'Ahem'; near: Aheim; no stop is named 'X'"):
        fastest_direct(feed, "Ahem", "X")
    with pytest.raises(InputError, match="no direct trip from 'Bdorf'"):
        fastest_direct(feed, "Bdorf", "Aheim")


@pytest.mark.parametrize(
    ("year", "start", "end", "minutes"),
    [
        ("2016", "Berlin Hbf", "München Hbf", 370), ("2019", "Berlin Hbf", "München Hbf", 236),
        ("2016", "Frankfurt(Main)Hbf", "Köln Hbf", 63), ("2019", "Frankfurt(Main)Hbf", "Köln Hbf", 64),
        ("2016", "Berlin Hbf", "Hamburg Hbf", 95), ("2019", "Berlin Hbf", "Hamburg Hbf", 103),
    ],
)  # fmt: skip
def test_published_fastest_rides(shared_data: Path, year: str, start: str, end: str, minutes: float) -> None:
    """Fastest direct trains of the two DB timetables, before and after the line to Erfurt was complete."""
    feed = read_gtfs(shared_data / "germany" / f"db-fv-gtfs-{year}", out_of_order="drop")
    feed = merge_stations(feed, {"Berlin Hbf (tief)": "Berlin Hbf", "München Hbf Gl.5-10": "München Hbf"})
    assert fastest_direct(feed, start, end) == minutes
