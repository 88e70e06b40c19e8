"""Which vehicles run on a day, and what they do: past midnight, in blocks, by hand."""

import pandas as pd
import pytest

from megaregion.data.feed_calls import feed_calls
from megaregion.data.sources.gtfs import Feed
from megaregion.errors import InputError

DAY = 86_400
TUESDAY = pd.Timestamp("2019-01-08")


def feed(trips: dict[str, list[tuple[str, float, float]]], days: dict[str, list[str]], blocks=None, through=()) -> Feed:
    rows = [(trip, stop, a, d, True, True) for trip, calls in sorted(trips.items()) for stop, a, d in calls]
    names = sorted({row[1] for row in rows})
    return Feed(
        stops=pd.DataFrame({"name": names, "lon": 8.0, "lat": 50.0, "station": [n[0] for n in names]}, index=names),
        trips=pd.DataFrame({"service_id": sorted(trips), "service": "ICE", "route": "ICE 1", "route_type": "2",
                            "block": [(blocks or {}).get(t, "") for t in sorted(trips)]}, index=sorted(trips)),
        stop_times=pd.DataFrame(
            rows, columns=["trip_id", "stop_id", "arrival_min", "departure_min", "board", "alight"]
        ),
        active=pd.DataFrame([(t, pd.Timestamp(d)) for t, all_days in days.items() for d in all_days],
                            columns=["service_id", "date"]),
        through=pd.DataFrame(list(through), columns=["trip", "next_trip", "seated"]).astype({"seated": bool}),
    )  # fmt: skip


def test_the_night_train_of_yesterday_and_the_morning_of_tomorrow() -> None:
    trips = {"night": [("A", 1400, 1400), ("B", 1500, 1500)], "early": [("A", 60, 60), ("B", 90, 90)],
             "late": [("A", 1300, 1300), ("B", 1379, 1379)]}  # fmt: skip
    every = ["2019-01-07", "2019-01-08", "2019-01-09"]
    calls, notes = feed_calls(feed(trips, dict.fromkeys(trips, every)), TUESDAY)
    assert notes == ()
    first = calls.drop_duplicates("run").sort_values("departure")
    found = list(zip(first["trip"], first["departure"] // 60, strict=True))
    assert found == [("night", -40), ("early", 60), ("late", 1300), ("night", 1400), ("early", 1500), ("late", 2740),
                     ("night", 2840)]  # fmt: skip
    assert calls["run"].is_monotonic_increasing


def test_the_last_day_says_that_nothing_follows() -> None:
    given = feed({"t": [("A", 60, 60), ("B", 90, 90)]}, {"t": ["2019-01-08"]})
    _, notes = feed_calls(given, TUESDAY)
    assert notes == ("the feed has no trip on the next day: journeys that need one are missing",)
    night = feed({"t": [("A", 1400, 1400), ("B", 1500, 1500)]}, {"t": ["2019-01-08", "2019-01-09"]})
    _, notes = feed_calls(night, TUESDAY)
    assert notes == ("the feed has no trip on the day before: what runs past midnight into the day is missing",)


def test_a_trip_of_three_days_is_under_way_from_each_of_its_starts() -> None:
    every = [f"2019-01-{d:02d}" for d in range(5, 11)]
    calls, _ = feed_calls(feed({"t": [("A", 600, 600), ("B", 3500, 3500)]}, {"t": every}), TUESDAY)
    first = calls.drop_duplicates("run")["departure"] // 60
    assert first.tolist() == [600 - 2880, 600 - 1440, 600, 600 + 1440]


def test_a_day_without_service_names_the_range() -> None:
    given = feed({"t": [("A", 60, 60), ("B", 90, 90)]}, {"t": ["2019-01-08", "2019-03-01"]})
    with pytest.raises(
        InputError, match=r"no trip runs on 2019-02-01\n  hint: the feed covers 2019-01-08 to 2019-03-01"
    ):
        feed_calls(given, pd.Timestamp("2019-02-01"))


TWO = {"t": [("A", 0, 0), ("B", 10, 10)], "u": [("B2", 15, 15), ("C", 30, 30)], "v": [("C", 20, 20), ("D", 40, 40)]}


def runs(given: Feed) -> list[list[str]]:
    calls, _ = feed_calls(given, TUESDAY)
    return sorted(list(dict.fromkeys(part["trip"])) for _, part in calls.groupby("run"))


def test_a_block_is_one_vehicle_where_it_can_be() -> None:
    """u starts in the station where t ends; v would have to leave C before u is there."""
    days = {t: ["2019-01-08"] for t in TWO}
    assert runs(feed(TWO, days)) == [["t"], ["u"], ["v"]]
    given = feed(TWO, days, blocks=dict.fromkeys(TWO, "x"))
    assert runs(given) == [["t", "u"], ["v"]]
    calls, _ = feed_calls(given, TUESDAY)
    joint = calls[calls["run"] == calls.loc[calls["trip"] == "t", "run"].iloc[0]]
    assert joint["board"].tolist() == [True, False, True, True] and joint["alight"].tolist() == [
        True,
        True,
        False,
        True,
    ]
    assert (joint["departure"] // 60).tolist() == [0, 10, 15, 30]


def test_pairs_of_trips_as_transfers_state_them() -> None:
    days = {t: ["2019-01-08"] for t in TWO}
    assert runs(feed(TWO, days, through=[("t", "u", True)])) == [["t", "u"], ["v"]]
    apart = feed(TWO, days, blocks={"t": "x", "u": "x"}, through=[("t", "u", False)])
    assert runs(apart) == [["t"], ["u"], ["v"]]
    assert runs(feed(TWO, days, through=[("t", "v", True), ("t", "gone", True)])) == [["t"], ["u"], ["v"]]
