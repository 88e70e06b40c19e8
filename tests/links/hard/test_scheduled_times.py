"""Times by timetable between places: by hand, under relabelling, with gaps, and for the real feed."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.data.sources.germany import PLATFORMS
from megaregion.data.sources.gtfs import merge_stations, read_gtfs
from megaregion.errors import InputError
from megaregion.links.hard.doors import DepartureWindow, doors
from megaregion.links.hard.network import TimesOptions
from megaregion.links.hard.scheduled_times import journeys, scheduled_times
from megaregion.links.hard.timetable import ChangeRules, Timetable
from megaregion.units import known

_path = Path(__file__).parents[2] / "core" / "time_expanded.py"
_spec = importlib.util.spec_from_file_location("time_expanded", _path)
assert _spec is not None and _spec.loader is not None
brute = importlib.util.module_from_spec(_spec)
sys.modules["time_expanded"] = brute
_spec.loader.exec_module(brute)

STOPS = pd.DataFrame(
    {"lon": [8.0, 9.0, 10.0], "lat": 50.0, "name": ["Aheim", "Bdorf", "Cstadt"]}, index=["a", "b", "c"]
)
PLACES = pd.DataFrame({"lon": [8.0, 9.0, 10.0, 60.0], "lat": [50.0, 50.0, 50.0, 0.0]}, index=["A", "B", "C", "Z"])


def trains(*rows: str) -> pd.DataFrame:
    return pd.DataFrame([[c or None for c in row.split(",")] for row in rows],
                        columns=["train", "stop", "arrival", "departure", "service"])  # fmt: skip


def hourly() -> pd.DataFrame:
    """a to b in 30 minutes at every full hour of the day; b to c in 40 at every quarter past two, four, ... 22."""
    rows = [f"G{h},a,,{h}:00,G" for h in range(24)] + [f"G{h},b,{h}:30,,G" for h in range(24)]
    rows += [f"D{h},b,,{h}:15,D" for h in range(2, 24, 2)] + [f"D{h},c,{h}:55,,D" for h in range(2, 24, 2)]
    return trains(*rows)


@pytest.fixture
def timetable() -> Timetable:
    return Timetable.of_table(hourly(), STOPS, rules=ChangeRules(change_min=5, across_km=0))


OPTIONS = TimesOptions(access_limit_km=10)


def test_by_hand(timetable: Timetable) -> None:
    """10 minutes to the stop, a wait of 0 to 60, 30 aboard, 10 to the door: 50 at best, 80 on average, all day long."""
    got = scheduled_times(timetable, PLACES, options=OPTIONS).to_frame().set_index(["origin", "destination"])
    row = got.loc["A", "B"]
    assert (row["fastest_min"], row["mean_min"], row["p50_min"]) == (50, 80, 80)
    assert (row["p05_min"], row["p95_min"], row["departures"], row["direct"]) == (53, 107, 24, 24)
    assert row["served_share"] == 1 and row["mean_transfers"] == 0


def test_a_change_by_hand(timetable: Timetable) -> None:
    """Leaves at 1 (1:30 at b, 45 minutes later on to c, there 2:55): 10 + 30 + 45 + 40 + 10, every two hours."""
    window = DepartureWindow(start_min=8 * 60 + 50, end_min=10 * 60 + 50)
    frame = scheduled_times(timetable, PLACES, options=OPTIONS, window=window).to_frame()
    got = frame.set_index(["origin", "destination"]).loc["A", "C"]
    assert (got["fastest_min"], got["fastest_transfers"], got["departures"], got["direct"]) == (135, 1, 1, 0)
    assert got["mean_min"] == 135 + 60 and got["mean_transfers"] == 1


def test_what_nothing_serves_is_missing_and_said(timetable: Timetable) -> None:
    got = scheduled_times(timetable, PLACES, options=OPTIONS)
    frame = got.to_frame().set_index(["origin", "destination"])
    assert frame.loc[("C", "A"), ["p05_min", "mean_min", "fastest_min", "mean_transfers"]].isna().all()
    assert frame.loc[("C", "A"), "departures"] == 0 and frame.loc[("C", "A"), "served_share"] == 0
    assert any("1 origins have no stop within reach: Z" in w for w in got.warnings)
    assert any("9 of 12 pairs have no journey" in w for w in got.warnings)
    assert got.facts()["pairs_without_journey"] == 9
    assert np.isnan(np.diag(got.matrix("mean_min"))).all()


def test_the_frame_is_as_described_and_lines_exist(timetable: Timetable) -> None:
    got = scheduled_times(timetable, PLACES, options=OPTIONS, window=DepartureWindow(percentiles=(2.5, 90)))
    assert list(got.to_frame().columns) == [c.name for c in got.describe()]
    assert {"p2.5_min", "p90_min"} <= set(got.to_frame().columns)
    assert all(known(c.unit) and c.en and c.zh for c in got.describe())
    assert got.parameters()["access"] == "straight line" and "12 rows" in got.summary()
    with pytest.raises(InputError, match="there is no column 'p50_min'"):
        got.matrix("p50_min")


def test_relabelling_permutes(timetable: Timetable) -> None:
    one = scheduled_times(timetable, PLACES, options=OPTIONS).matrix("mean_min")
    stops = STOPS.set_axis(["z", "y", "x"])
    table = hourly()
    renamed = {t: f"N{i}" for i, t in enumerate(sorted(set(table["train"]), reverse=True))}
    turned = table.assign(stop=table["stop"].map({"a": "z", "b": "y", "c": "x"}), train=table["train"].map(renamed))
    other = Timetable.of_table(turned, stops, rules=timetable.rules)
    two = scheduled_times(other, PLACES.iloc[::-1], options=OPTIONS).matrix("mean_min")
    pd.testing.assert_frame_equal(two.loc[one.index, one.columns], one)


def test_later_departures_never_arrive_earlier(timetable: Timetable) -> None:
    """The best journey of a later window arrives no earlier: profiles are first in, first out."""
    starts = range(0, 1200, 60)
    arrive = [s + scheduled_times(timetable, PLACES, options=OPTIONS, window=DepartureWindow(start_min=s, end_min=s + 1,
              percentiles=(100,))).matrix("p100_min").loc["A", "C"] for s in starts]  # fmt: skip
    assert (np.diff(arrive) >= -1).all()  # a percentile of a minute is that of its first moment, up to a minute earlier


def test_other_ends_given_minutes_and_threads(timetable: Timetable) -> None:
    """By road to the stop in 20 minutes, from it in 3."""
    origin, end = PLACES.loc[["A"]], PLACES.loc[["B", "C"]]
    to = pd.DataFrame({"a": [20.0]}, index=["A"])
    minutes = (to, pd.DataFrame({"b": [3.0, np.nan], "c": [np.inf, 3.0]}, index=["B", "C"]))
    one, two = (scheduled_times(timetable, origin, end, minutes=minutes, threads=t) for t in (1, 2))
    assert one.matrix("fastest_min").loc["A"].tolist() == [53, 138]
    pd.testing.assert_frame_equal(one.to_frame(), two.to_frame(), check_exact=True)
    assert one.parameters()["access"] == "given"


def test_journeys_of_a_day(timetable: Timetable) -> None:
    got = journeys(timetable, "Aheim", "Cstadt")
    frame = got.to_frame()
    assert list(frame.columns) == [c.name for c in got.describe()] and len(frame) == 11
    first = frame.iloc[0]
    assert (first["leave_min"], first["arrive_min"], first["trips"]) == (60, 175, "G1 > D2")
    assert (first["services"], first["changes_at"]) == ("G > D", "Bdorf")
    assert got.facts() == {"journeys": 11, "direct": 0, "fastest_min": 115}
    assert journeys(timetable, "c", "a").to_frame().empty


def test_doors_of_the_real_feed_equal_rounds_of_rides(shared_data: Path) -> None:
    """Thirty places off the stations, many stations in reach of each: single moments at 7:00, 13:30 and 21:45.

    For departures of one second after t only those at t + 1 or later are left, so that the mean is the arrival of a
    search that starts at t + 1, less t + 1/2.
    """
    feed = merge_stations(read_gtfs(shared_data / "germany" / "db-fv-gtfs-2019", out_of_order="drop"), PLATFORMS)
    timetable = Timetable.of_feed(feed, "2019-06-25")
    c = timetable.connections.calls
    runs: list = [[] for _ in range(int(c.run.max()) + 1)]
    rows = zip(c.run.tolist(), c.stop.tolist(), c.arrival.tolist(), c.departure.tolist(), c.board.tolist(),
               c.alight.tolist(), strict=True)  # fmt: skip
    for run, *call in rows:
        runs[run].append(tuple(call))
    w = timetable.connections.ways
    changes = dict(zip(zip(w.origin.tolist(), w.stop.tolist(), strict=True), w.seconds.tolist(), strict=True))
    rng = np.random.default_rng(4)
    inside = timetable.stops[timetable.stops.index.str.startswith("80")]
    places = inside.sample(30, random_state=4)[["lon", "lat"]] + rng.normal(0, 0.1, (30, 2))
    reach = doors(timetable, places, options=TimesOptions()).ways
    first, stop, away = reach.by_origin(30)
    for minute, o in ((420, 0), (810, 7), (1305, 15)):
        window = DepartureWindow(start_min=minute, end_min=minute + 1 / 60, max_transfers=8)
        got = scheduled_times(timetable, places.iloc[[o]], places, window=window)
        near = slice(first[o], first[o + 1])
        start = {int(s): 60 * minute + 1 + int(t) for s, t in zip(stop[near], away[near], strict=True)}
        by = brute.round_arrivals(runs, changes, start, len(timetable.stops), 9)
        for d in range(30):
            if d == o:
                continue
            part = slice(first[d], first[d + 1])
            arrive = (by[:, stop[part]] + away[part]).min(axis=1)
            assert got.matrix("mean_min").iloc[0, d] * 60 == pytest.approx(arrive[-1] - 60 * minute - 0.5, abs=1e-6)
            assert got.matrix("mean_transfers").iloc[0, d] == np.argmax(arrive == arrive[-1])


def test_the_real_feed_is_reached_from_everywhere_by_stations(shared_data: Path) -> None:
    """Ten stations: direct and fastest numbers of the matrix are those of the lists of journeys."""
    feed = merge_stations(read_gtfs(shared_data / "germany" / "db-fv-gtfs-2019", out_of_order="drop"), PLATFORMS)
    timetable = Timetable.of_feed(feed, "2019-06-25")
    names = ["Berlin Hbf", "Hamburg Hbf", "München Hbf", "Köln Hbf", "Frankfurt(Main)Hbf", "Stuttgart Hbf",
             "Leipzig Hbf", "Dresden Hbf", "Hannover Hbf", "Nürnberg Hbf"]  # fmt: skip
    places = pd.DataFrame(index=names)
    minutes = pd.DataFrame(np.nan, index=names, columns=timetable.stops.index)
    for name in names:
        minutes.loc[name, timetable.stops.index[timetable.stops_of(name)]] = 0.0
    frame = scheduled_times(timetable, places, minutes=(minutes, minutes)).to_frame()
    got = frame.set_index(["origin", "destination"])
    assert got.notna().all(axis=None)
    assert (got["p05_min"] <= got["p50_min"]).all() and (got["p50_min"] <= got["p95_min"]).all()
    for one, two in [("Berlin Hbf", "München Hbf"), ("Dresden Hbf", "Köln Hbf"), ("Stuttgart Hbf", "Hamburg Hbf")]:
        listed = journeys(timetable, one, two).to_frame()
        row = got.loc[one, two]
        assert row["journeys"] == len(listed) and row["direct"] == (listed["transfers"] == 0).sum()
        assert row["fastest_min"] == listed["time_min"].min()
        later = listed.sort_values(["leave_min", "arrive_min"], ascending=[False, True])["arrive_min"]
        assert row["departures"] == (later < later.cummin().shift(fill_value=np.inf)).sum()
