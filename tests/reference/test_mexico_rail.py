"""Metro and suburban rail of docs/howto/mexico_rail (open feed of the Federal District, summer 2013).

Pinned: stations by line as published (yometro.com, urbanrail.net; 195 in all) and the weekday headways of the suburban
line as a guide for visitors states them (angloinfo.com: six to eight minutes in the peaks, 15 from 11 to 13 h and from
23 h, else ten; seven stations, changes at Buenavista to line B and at Fortuna to Ferrería on line 6). No index of
integration of this network is published; of it only what must hold is tested.
"""

from pathlib import Path

import pandas as pd
import pytest

from megaregion.data.sources.gtfs import Feed, merge_stations, read_gtfs
from megaregion.links.hard.doors import DepartureWindow
from megaregion.links.hard.rail_integration import rail_integration
from megaregion.links.hard.rail_timetable import rail_timetable
from megaregion.links.hard.timetable import Timetable

HERE = Path(__file__).parents[2] / "docs" / "howto" / "mexico_rail"
CUT = HERE / "timetables" / "weekday"
STATIONS = {"1": 20, "2": 24, "3": 21, "4": 10, "5": 13, "6": 11, "7": 14, "8": 19, "9": 12, "A": 10, "B": 21, "12": 20}
JOINED = {"Buenavista": "Buenavista", "Fortuna": "Ferrería"}


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return {p.stem: pd.read_csv(p, dtype=str) for p in CUT.glob("*.txt")}


def test_stations_by_line_are_those_published(tables: dict[str, pd.DataFrame]) -> None:
    metro = tables["routes"][tables["routes"]["agency_id"] == "METRO"]
    calls = tables["stop_times"].merge(tables["trips"]).merge(metro)
    assert calls.groupby("route_short_name")["stop_id"].nunique().to_dict() == STATIONS
    assert sum(STATIONS.values()) == 195


def test_the_suburban_line_runs_as_published(tables: dict[str, pd.DataFrame]) -> None:
    suburban = tables["trips"][tables["trips"]["route_id"] == "ROUTE_24309"]
    runs = tables["frequencies"].merge(suburban)
    calls = tables["stop_times"].merge(suburban)
    assert calls["stop_id"].nunique() == 7
    minutes = runs.groupby("start_time")["headway_secs"].unique().map(lambda s: [int(v) / 60 for v in s])
    assert minutes.to_dict() == {
        "05:00:00": [10], "06:00:00": [8], "07:00:00": [6], "09:00:00": [10], "11:00:00": [15], "13:00:00": [10],
        "18:00:00": [8], "21:00:00": [10], "23:00:00": [15],
    }  # fmt: skip
    assert runs["end_time"].max() == "24:30:00"


def part(tables: dict[str, pd.DataFrame], folder: Path, seconds: float) -> Feed:
    """Suburban trains and lines B and 6 until eight; headways of the suburban line times `seconds`."""
    lines = tables["routes"][
        tables["routes"]["route_short_name"].isin(["B", "6"]) | (tables["routes"]["agency_id"] == "SUB")
    ]
    trips = tables["trips"][tables["trips"]["route_id"].isin(lines["route_id"])]
    runs = tables["frequencies"][tables["frequencies"]["trip_id"].isin(trips["trip_id"])]
    runs = runs[runs["start_time"] < "08:00:00"].assign(end_time=runs["end_time"].clip(upper="08:00:00"))
    suburban = runs["trip_id"].isin(trips.loc[trips["route_id"] == "ROUTE_24309", "trip_id"])
    runs.loc[suburban, "headway_secs"] = (
        (runs.loc[suburban, "headway_secs"].astype(int) * seconds).astype(int).astype(str)
    )
    trips = trips[trips["trip_id"].isin(runs["trip_id"])]
    small = {**tables, "routes": lines, "trips": trips, "frequencies": runs,
             "stop_times": tables["stop_times"][tables["stop_times"]["trip_id"].isin(trips["trip_id"])]}  # fmt: skip
    for name, table in small.items():
        table.to_csv(folder / f"{name}.txt", index=False)
    return read_gtfs(folder)


def test_one_station_and_more_trains_make_no_journey_longer(tables: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    """Trains twice as often leave at the old moments too; a change inside a station is no longer than with a walk."""
    material = rail_timetable(HERE)
    assert material.times.ground_slow_kmh == 4.8 and material.times.access_limit_km == 1.0
    assert material.stated == {"networks": {"2": "suburban"}, "main": ["suburban"], "local": ["metro"]}
    places = material.places.loc[["Cuautitlán", "Tlalnepantla", "Ciudad Azteca", "Martín Carrera", "Buenavista"]]
    minutes, index = [], []
    for joined, seconds in ((False, 1.0), (True, 1.0), (True, 0.5)):
        feed = part(tables, tmp_path, seconds)
        feed = merge_stations(feed, JOINED) if joined else feed
        timetable = Timetable.of_feed(feed, "2013-06-19", options=material.times)
        one, pairs = rail_integration(timetable, places, classes={"2": "suburban"}, options=material.times,
                                      window=DepartureWindow(start_min=360, end_min=390))  # fmt: skip
        row, shared = (
            one.to_frame().iloc[0],
            pairs.to_frame().set_index(["network_from", "network_to"])["stations_shared"],
        )
        assert shared["suburban", "metro"] == (2 if joined else 0) and row["served_demand_share"] == 1.0
        minutes.append(row["mean_min"])
        index.append(row["index"])
    assert minutes[0] > minutes[1] > minutes[2] and all(0 < v <= 1 for v in index)
