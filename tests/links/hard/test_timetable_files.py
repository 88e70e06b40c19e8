"""Timetables and places from single files."""

from pathlib import Path

import pytest

from megaregion.errors import InputError
from megaregion.links.hard.timetable_files import points, timetable_from

STOPS = "node_id,lon,lat,name\n01,8.0,50.0,Aheim\n02,9.0,50.0,Bdorf\n"
TRAINS = "train,stop,arrival,departure\nG1,01,,8:00\nG1,02,9:00,\n"
FEED = {
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\nA,A,50,8\nB,B,50,9\n",
    "routes.txt": "route_id,route_short_name,route_type\nr,IC 1,2\n",
    "trips.txt": "route_id,service_id,trip_id\nr,s,t\n",
    "stop_times.txt": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nt,08:00:00,08:00:00,A,1\nt,09:00:00,09:00:00,B,2\n"
    ),
    "calendar_dates.txt": "service_id,date,exception_type\ns,20190108,1\ns,20190111,1\n",
}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "stops.csv").write_text(STOPS, encoding="utf-8")
    (tmp_path / "trains.csv").write_text(TRAINS, encoding="utf-8")
    (tmp_path / "feed").mkdir()
    for name, text in FEED.items():
        (tmp_path / "feed" / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_table_needs_stops_and_no_date(files: Path) -> None:
    got = timetable_from(files / "trains.csv", stops=files / "stops.csv")
    assert got.label == "trains" and got.stops["name"].tolist() == ["Aheim", "Bdorf"]
    for options in ({}, {"stops": files / "stops.csv", "date": "2019-01-08"}):
        with pytest.raises(InputError, match="needs a table of stops, no date"):
            timetable_from(files / "trains.csv", **options)


def test_a_feed_on_a_day(files: Path) -> None:
    assert timetable_from(files / "feed").label == "2019-01-08"  # the Tuesday; the other day is a Friday
    assert timetable_from(files / "feed", date="2019-01-11").label == "2019-01-11"
    with pytest.raises(InputError, match="year-month-day"):
        timetable_from(files / "feed", date="11.1.2019")
    with pytest.raises(InputError, match="has its stops itself"):
        timetable_from(files / "feed", stops=files / "stops.csv")


def test_points(files: Path) -> None:
    got = points(files / "stops.csv", "node_id")
    assert got.index.tolist() == ["01", "02"] and got["lon"].dtype == float
    bad = files / "bad.csv"
    bad.write_text("node_id,lon,lat\n1,x,0\n1,8,95\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        points(bad, "node_id")
    for part in ("node_id repeats: 1", "lon is no number of degrees for 1 rows", "lat is no number of degrees for 1"):
        assert part in str(caught.value)
    bad.write_text("id,lon\n1,8\n", encoding="utf-8")
    with pytest.raises(InputError, match="needs the columns node_id, lat, found id, lon"):
        points(bad, "node_id")
