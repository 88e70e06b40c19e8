"""Trips by headway: written out, counted by hand."""

from pathlib import Path

import pandas as pd
import pytest

from megaregion.data.sources.gtfs import read_gtfs
from megaregion.data.timetable import direct_services
from megaregion.errors import InputError

FILES = {
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\nA,A,50,8\nB,B,51,8\n",
    "routes.txt": "route_id,route_short_name,route_type\nr,U 1,1\n",
    "trips.txt": "route_id,service_id,trip_id,block_id\nr,s,t,b7\nr,s,u,b7\n",
    "stop_times.txt": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "t,00:00:00,00:00:00,A,1\nt,00:07:30,00:07:30,B,2\nu,12:00:00,12:00:00,A,1\nu,12:09:00,12:09:00,B,2\n"
    ),
    "calendar_dates.txt": "service_id,date,exception_type\ns,20190108,1\n",
    "frequencies.txt": "trip_id,start_time,end_time,headway_secs,exact_times\nt,06:00:00,07:00:00,1200,0\n"
                       "t,07:00:00,07:20:00,600,1\n",
}  # fmt: skip


def feed(folder: Path, **changes: str):
    for name, text in {**FILES, **{k.replace("_txt", ".txt"): v for k, v in changes.items()}}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return read_gtfs(folder)


def test_departures_from_start_to_before_the_end(tmp_path: Path) -> None:
    got = feed(tmp_path)
    first = got.stop_times[got.stop_times["stop_id"] == "A"].set_index("trip_id")["departure_min"]
    assert first.to_dict() == {"u": 720, "t@06:00:00": 360, "t@06:20:00": 380, "t@06:40:00": 400, "t@07:00:00": 420,
                               "t@07:10:00": 430}  # fmt: skip
    assert got.stop_times.set_index(["trip_id", "stop_id"])["arrival_min"]["t@06:20:00", "B"] == 387.5
    assert (
        "t" not in got.trips.index
        and got.trips.loc["t@06:20:00", "block"] == ""
        and got.trips.loc["u", "block"] == "b7"
    )
    assert any("5 trips written out from 2 headways" in n and "1 are not exact" in n for n in got.notes)
    assert set(got.trips["route_type"]) == {"1"}


def test_written_out_trips_are_services_as_others(tmp_path: Path) -> None:
    found = direct_services(feed(tmp_path), pd.Timestamp("2019-01-08"))
    assert found["services_per_day"].sum() == 6


def test_everything_wrong_is_listed(tmp_path: Path) -> None:
    text = FILES["frequencies.txt"] + "x,06:00:00,07:00:00,600,0\nt,07:00:00,06:00:00,600,0\nt,08:00:00,09:00:00,0,1\n"
    with pytest.raises(InputError) as caught:
        feed(tmp_path, frequencies_txt=text)
    assert "trip_id: 1 are not in trips.txt: x" in str(caught.value)
    assert "2 rows have no times or no headway above 0: row 4, row 5" in str(caught.value)
    with pytest.raises(InputError, match=r"frequencies\.txt lacks the columns start_time, end_time"):
        feed(tmp_path, frequencies_txt="trip_id,headway_secs\nt,600\n")


def test_first_and_last_stops_need_a_time(tmp_path: Path) -> None:
    times = FILES["stop_times.txt"].replace("t,00:07:30,00:07:30", "t,,").replace("u,12:00:00,12:00:00", "u,,")
    with pytest.raises(InputError, match="no time at the first or last stop of 2 trips: t, u"):
        feed(tmp_path, stop_times_txt=times)
