"""Timetables and places from single files."""

from pathlib import Path

import pytest

from megaregion.errors import InputError
from megaregion.links.hard.scheduled_times import journeys
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


WHOLE = {
    "stops.txt": (
        "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
        "P,Pstadt,50.0,8.0,1,\nP1,Pstadt Gl.1,50.0,8.0,0,P\nP2,Pstadt Gl.2,50.0,8.0,0,P\n"
        "Q,Qdorf,50.0,9.0,0,\nR,Rberg,50.0,10.0,0,\nS,Ssee,50.0,11.0,0,\n"
    ),
    "routes.txt": "route_id,route_short_name,route_type\nu,U 1,1\nn,NJ 7,105\nx,RE 5,106\n",
    "trips.txt": "route_id,service_id,trip_id,block_id\nu,week,metro,\nn,week,night,\nx,week,one,b\nx,week,two,b\n",
    "stop_times.txt": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n"
        "metro,00:00:00,00:00:00,Q,1,0,0\nmetro,00:10:00,00:10:00,P1,2,0,0\n"
        "night,23:30:00,23:30:00,P2,1,0,0\nnight,25:00:00,25:05:00,R,2,1,0\nnight,26:00:00,26:00:00,S,3,0,0\n"
        "one,08:00:00,08:00:00,P2,1,0,0\none,,,Q,2,0,0\none,09:00:00,09:00:00,R,3,0,0\n"
        "two,09:07:00,09:07:00,R,1,0,0\ntwo,10:00:00,10:00:00,S,2,0,0\n"
    ),
    "calendar.txt": (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "week,1,1,1,1,1,0,0,20190101,20190111\n"
    ),
    "calendar_dates.txt": "service_id,date,exception_type\nweek,20190108,2\n",
    "frequencies.txt": "trip_id,start_time,end_time,headway_secs,exact_times\nmetro,07:00:00,23:25:00,900,1\n",
    "transfers.txt": "from_stop_id,to_stop_id,transfer_type,min_transfer_time\nP,P,2,240\n",
}


def test_a_feed_with_everything_by_hand(tmp_path: Path) -> None:
    """Metro every quarter of an hour to 23:15, 4 minutes of change at Pstadt, a night train, a block of two trips.

    The 8th is taken out of the calendar, so that the 9th has no night train of the evening before.
    """
    for name, text in WHOLE.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    got = timetable_from(tmp_path, date="2019-01-09")
    assert any("1 stops without a time left out" in n for n in got.notes)
    assert any("66 trips written out from 1 headways" in n for n in got.notes)
    assert any("no trip on the day before" in n for n in got.notes)
    through = journeys(got, "Pstadt", "Ssee").to_frame()
    assert through[["leave_min", "arrive_min", "transfers", "trips"]].to_numpy().tolist() == [
        [480, 600, 0, "one"], [1410, 1560, 0, "night"]
    ]  # fmt: skip
    changed = journeys(got, "Qdorf", "Ssee").to_frame()
    # 7:45 reaches track 1 at 7:55, and 4 minutes on the train of 8:00 leaves; the night train is caught from 23:15
    assert changed[["leave_min", "arrive_min", "trips"]].to_numpy().tolist() == [
        [465, 600, "metro@07:45:00 > one"], [1395, 1560, "metro@23:15:00 > night"]
    ]  # fmt: skip
    assert journeys(got, "Rberg", "Ssee").to_frame()["trips"].tolist() == ["two"]  # nobody boards the night train there
    tenth = journeys(timetable_from(tmp_path, date="2019-01-10"), "Pstadt", "Rberg").to_frame()
    assert tenth["arrive_min"].tolist() == [540, 1500]
    with pytest.raises(InputError, match=r"on 2019-01-08\n  hint: the feed covers 2019-01-01 to 2019-01-11"):
        timetable_from(tmp_path, date="2019-01-08")
