"""Reading GTFS: a feed small enough to count by hand, broken feeds, and the two real ones."""

import zipfile
from pathlib import Path

import pandas as pd
import pytest

from megaregion.data.sources.gtfs import Feed, merge_stations, read_gtfs
from megaregion.errors import InputError

FEED = {
    "stops.txt": """stop_id,stop_name,stop_lat,stop_lon,parent_station
A,Aheim,50.0,8.0,
A2,Aheim Gl.2,50.0,8.0,A
B,Bdorf,50.5,8.0,
C,Cstadt,51.0,8.0,
""",
    "routes.txt": "route_id,route_short_name,route_long_name,route_type\nr1,,ICE 1,2\nr2,IC,,2\nr3,,99,2\n",
    "trips.txt": "route_id,service_id,trip_id\nr1,week,t1\nr2,week,t2\nr3,extra,t3\n",
    "stop_times.txt": """trip_id,arrival_time,departure_time,stop_id,stop_sequence
t1,23:50:00,23:50:00,A2,1
t1,24:20:00,24:22:00,B,5
t1,25:00:30,25:00:30,C,7
t2,08:00:00,08:00:00,A,1
t2,09:30:00,09:30:00,C,2
t3,10:00:00,10:00:00,C,1
t3,12:00:00,12:00:00,A,2
""",
    "calendar.txt": (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "week,1,1,1,1,1,0,0,20190101,20190110\n"
    ),
    "calendar_dates.txt": "service_id,date,exception_type\nweek,20190102,2\nweek,20190105,1\nextra,20190103,1\n",
}


def write(folder: Path, **changes: str | None) -> Path:
    """The feed above with some files replaced (`stops_txt=...`) or left out (`None`)."""
    folder.mkdir(parents=True, exist_ok=True)
    content: dict[str, str | None] = {**FEED, **{k.replace("_txt", ".txt"): v for k, v in changes.items()}}
    for name, text in content.items():
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_times_run_past_midnight(tmp_path: Path) -> None:
    """24:20 is minute 1460 of the day on which the trip started; 25:00:30 is 1500.5."""
    feed = read_gtfs(write(tmp_path))
    t1 = feed.stop_times[feed.stop_times["trip_id"] == "t1"]
    assert t1["arrival_min"].tolist() == [1430.0, 1460.0, 1500.5]
    assert t1["departure_min"].tolist() == [1430.0, 1462.0, 1500.5]


def test_classes_come_from_the_letters_of_the_route(tmp_path: Path) -> None:
    feed = read_gtfs(write(tmp_path))
    assert feed.trips["service"].to_dict() == {"t1": "ICE", "t2": "IC", "t3": "other"}


def test_platforms_belong_to_their_parent(tmp_path: Path) -> None:
    assert read_gtfs(write(tmp_path)).stops["station"].to_dict() == {"A": "A", "A2": "A", "B": "B", "C": "C"}


def test_calendar_and_exceptions(tmp_path: Path) -> None:
    """1 to 10 January 2019 begin on a Tuesday: weekdays 1-4 and 7-10, less the 2nd, plus Saturday the 5th."""
    feed = read_gtfs(write(tmp_path))
    days = feed.active.loc[feed.active["service_id"] == "week", "date"].dt.day.tolist()
    assert days == [1, 3, 4, 5, 7, 8, 9, 10]
    assert feed.active.loc[feed.active["service_id"] == "extra", "date"].dt.day.tolist() == [3]


def test_zip_gives_the_same_feed(tmp_path: Path) -> None:
    folder = write(tmp_path / "feed")
    with zipfile.ZipFile(tmp_path / "feed.zip", "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    one, two = read_gtfs(folder), read_gtfs(tmp_path / "feed.zip")
    for name in ("stops", "trips", "stop_times", "active"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))


def test_byte_order_mark_is_read(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "stops.txt").write_bytes(b"\xef\xbb\xbf" + FEED["stops.txt"].encode())
    assert list(read_gtfs(folder).stops.index) == ["A", "A2", "B", "C"]


def test_every_missing_file_and_column_is_named(tmp_path: Path) -> None:
    folder = write(
        tmp_path, routes_txt=None, calendar_txt=None, calendar_dates_txt=None,
        stops_txt="stop_id,stop_lat\nA,50\n",
    )  # fmt: skip
    with pytest.raises(InputError) as caught:
        read_gtfs(folder)
    text = str(caught.value)
    for part in ("routes.txt is missing", "stops.txt lacks the columns stop_name, stop_lon",
                 "calendar.txt and calendar_dates.txt are both missing"):  # fmt: skip
        assert part in text


def test_every_wrong_cell_is_named(tmp_path: Path) -> None:
    times = FEED["stop_times.txt"].replace("08:00:00,08:00:00,A,1", "8 Uhr,08:00:00,X,1") + "t9,1:00:00,1:00:00,A,1\n"
    folder = write(
        tmp_path, stop_times_txt=times, stops_txt=FEED["stops.txt"].replace("51.0", "north"),
        calendar_dates_txt="service_id,date,exception_type\nweek,2019-01-02,2\n",
    )  # fmt: skip
    with pytest.raises(InputError) as caught:
        read_gtfs(folder)
    text = str(caught.value)
    for part in (
        "arrival_time: 1 cells are no times, as '8 Uhr'", "stop_id: 1 are not in stops.txt: X",
        "trip_id: 1 are not in trips.txt: t9", "stop_lat: no coordinate for C", "as '2019-01-02'",
    ):  # fmt: skip
        assert part in text


def test_times_that_run_backwards_raise_or_are_left_out_by_name(tmp_path: Path) -> None:
    folder = write(tmp_path, stop_times_txt=FEED["stop_times.txt"].replace("09:30:00,09:30:00", "07:30:00,07:30:00"))
    with pytest.raises(InputError, match="times of 1 trips run backwards: t2"):
        read_gtfs(folder)
    feed = read_gtfs(folder, out_of_order="drop")
    assert set(feed.stop_times["trip_id"]) == {"t1", "t3"}
    assert feed.notes == ("1 trips left out because their times run backwards: IC",)


def test_rows_out_of_sequence_are_sorted_not_trusted(tmp_path: Path) -> None:
    head, *rows = FEED["stop_times.txt"].splitlines()
    feed = read_gtfs(write(tmp_path, stop_times_txt="\n".join([head, *rows[::-1]]) + "\n"))
    assert feed.stop_times["stop_id"].tolist() == ["A2", "B", "C", "A", "C", "C", "A"]


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        read_gtfs(tmp_path / "nowhere")


def test_merging_by_name_passes_over_absent_stations(tmp_path: Path) -> None:
    feed = merge_stations(read_gtfs(write(tmp_path)), {"Bdorf": "Cstadt", "Zberg": "Aheim"})
    assert feed.stops["station"].to_dict() == {"A": "A", "A2": "A", "B": "C", "C": "C"}


@pytest.fixture(scope="module", params=["2016", "2019"])
def real(request: pytest.FixtureRequest, shared_data: Path) -> tuple[str, Feed]:
    folder = shared_data / "germany" / f"db-fv-gtfs-{request.param}"
    return request.param, read_gtfs(folder, out_of_order="drop")


def test_real_feeds_cover_the_period_that_they_state(real: tuple[str, Feed], shared_data: Path) -> None:
    """First day of service as in feed_info.txt; last, one day before its end date (a half-open interval)."""
    label, feed = real
    info = pd.read_csv(shared_data / "germany" / f"db-fv-gtfs-{label}" / "feed_info.txt", dtype=str)
    assert f"{feed.active['date'].min():%Y%m%d}" == info["feed_start_date"][0]
    last = pd.to_datetime(info["feed_end_date"][0], format="%Y%m%d") - pd.Timedelta(days=1)
    assert feed.active["date"].max() == last


def test_only_trips_over_a_time_zone_border_run_backwards(real: tuple[str, Feed], shared_data: Path) -> None:
    label, feed = real
    assert all("EN 4" in note for note in feed.notes)  # Moscow sleepers, written in local times
    if label == "2019":
        with pytest.raises(InputError, match="run backwards"):
            read_gtfs(shared_data / "germany" / "db-fv-gtfs-2019")


def test_order_gaps_and_negative_stops_are_one_error(tmp_path: Path) -> None:
    """A repeated sequence, no time at a first stop, a departure before its arrival, times that fall along a trip."""
    times = """trip_id,arrival_time,departure_time,stop_id,stop_sequence
t1,10:00:00,10:00:00,A,1
t1,10:10:00,10:10:00,B,1
t2,,,A,1
t2,11:00:00,11:00:00,B,2
t3,12:00:00,12:00:00,A,1
t3,12:10:00,12:05:00,B,2
t3,12:07:00,12:07:00,C,3
"""
    with pytest.raises(InputError) as caught:
        read_gtfs(write(tmp_path, stop_times_txt=times))
    for part in ("1 rows repeat trip_id + stop_sequence", "no time at the first or last stop of 1 trips: t2",
                 "the times of 1 trips run backwards: t3"):  # fmt: skip
        assert part in str(caught.value)
