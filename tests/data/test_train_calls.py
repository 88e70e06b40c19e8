"""A light timetable: midnight, order, and one list of all that is wrong."""

from pathlib import Path

import pandas as pd
import pytest

from megaregion.data.train_calls import read_train_calls, table_calls
from megaregion.errors import InputError, SchemaError


def table(*rows: str, columns: str = "train,stop,arrival,departure") -> pd.DataFrame:
    return pd.DataFrame([[cell or None for cell in row.split(",")] for row in rows], columns=columns.split(","))


def day(calls: pd.DataFrame) -> list[tuple[str, str, float, float]]:
    """Calls of runs that begin on the day itself, in minutes."""
    first = calls.groupby("run")["departure"].transform("min")
    part = calls[(first >= 0) & (first < 86_400)]
    return list(zip(part["trip"], part["stop"], part["arrival"] / 60, part["departure"] / 60, strict=True))


def test_times_pass_midnight() -> None:
    calls = table_calls(table("K1,A,,23:50", "K1,B,23:58,0:04", "K1,C,0:30:30,"))
    assert day(calls) == [("K1", "A", 1430, 1430), ("K1", "B", 1438, 1444), ("K1", "C", 1470.5, 1470.5)]
    first = calls.groupby("run")["departure"].min().tolist()
    assert sorted(t / 60 for t in first) == [-10, 1430, 2870]  # yesterday's is still under way, tomorrow's follows


def test_two_nights_in_one_train_and_hours_past_24() -> None:
    calls = table_calls(
        table("Z,A,,22:00", "Z,B,8:00,9:00", "Z,C,23:00,23:10", "Z,D,6:00,", "Y,A,,23:00", "Y,B,24:10,")
    )
    minutes = {(trip, stop): arrival for trip, stop, arrival, _ in day(calls)}
    assert minutes["Z", "B"] == 32 * 60 and minutes["Z", "C"] == 47 * 60 and minutes["Z", "D"] == 54 * 60
    assert minutes["Y", "B"] == 24 * 60 + 10


def test_the_sequence_counts_not_the_order_of_rows() -> None:
    rows = ("G1,C,10:00,,3", "G1,A,,8:00,1", "G1,B,9:00,9:02,2")
    calls = table_calls(table(*rows, columns="train,stop,arrival,departure,sequence").astype({"sequence": float}))
    assert [stop for _, stop, _, _ in day(calls)] == ["A", "B", "C"]


def test_everything_wrong_is_listed() -> None:
    with pytest.raises(InputError) as caught:
        table_calls(table("G1,A,,8 Uhr", "G1,B,9:00,9:02", "G1,C,10:00,", "G2,A,,8:00", "G2,B,,", "G2,C,9:00,"))
    for part in ("departure: 1 cells are no times, as '8 Uhr'", "first or last stop of trains G1 (1 in all)",
                 "arrival: missing inside of trains G2", "departure: missing inside of trains G2"):  # fmt: skip
        assert part in str(caught.value)


def test_a_negative_dwell_is_no_midnight() -> None:
    rows = ("G1,A,,8:00", "G1,B,9:02,9:00", "G1,C,10:00,", "G2,A,,8:00", "G2,B,7:00,")
    with pytest.raises(InputError, match=r"times run backwards in trains G1, G2 \(2 in all\)"):
        table_calls(table(*rows))


def test_a_broken_sequence() -> None:
    rows = ("G1,A,,8:00,1", "G1,B,9:00,,1", "G2,A,,8:00,")
    with pytest.raises(InputError, match=r"sequence: empty in 1 rows.*\n.*repeats in trains G1"):
        table_calls(table(*rows, columns="train,stop,arrival,departure,sequence").astype({"sequence": float}))


def test_a_night_without_a_stop() -> None:
    """Thirteen hours from 19:00 to 8:00 are a run; 10:05 to 10:03 would be nearly a day, a stop of 7 hours is long."""
    assert day(table_calls(table("Z1,A,,19:00", "Z1,B,8:00,")))[1][2] == 32 * 60
    for rows in (("G1,A,,10:05", "G1,B,10:03,"), ("G1,A,,20:00", "G1,B,22:00,5:00", "G1,C,6:00,")):
        with pytest.raises(InputError, match="times run backwards in trains G1"):
            table_calls(table(*rows))


def test_a_real_timetable_of_many_days(shared_data: Path) -> None:
    """4,683 Chinese trains of 2014, up to four days long: minutes aboard are (arrival - departure) modulo a day.

    Trains that would run more than 18 hours without a stop or stand more than 6 are named as errors: 20, by plain
    arithmetic on the file.
    """
    raw = pd.read_excel(shared_data / "yangtze-delta" / "local" / "timetable_2014.xlsx", dtype=str)
    names = {"车次": "train", "站序": "sequence", "车站": "stop", "到达时间": "arrival", "离开时间": "departure"}
    trains = raw[list(names)].rename(columns=names).assign(sequence=lambda t: t["sequence"].astype(float))
    arrival, departure = (pd.to_timedelta(trains[c]).dt.total_seconds() / 60 for c in ("arrival", "departure"))
    same = trains["train"] == trains["train"].shift()
    ride, dwell = ((arrival - departure.shift()) % 1440).where(same, 0), (departure - arrival) % 1440
    odd = ((ride > 18 * 60) & (arrival < departure.shift())) | ((dwell > 6 * 60) & (departure < arrival))
    wrong = set(trains.loc[odd, "train"])
    with pytest.raises(InputError, match=rf"times run backwards in trains .*\({len(wrong)} in all\)"):
        table_calls(trains)
    good = trains[~trains["train"].isin(wrong)]
    calls = table_calls(good)
    found = calls[calls.groupby("run")["departure"].transform("min").between(0, 86_399)]
    last = found.groupby("trip")["arrival"].max() - found.groupby("trip")["departure"].min()
    minutes = (ride + dwell)[good.index].groupby(good["train"]).sum()
    edge = good.groupby("train").apply(lambda t: dwell[t.index[0]] + dwell[t.index[-1]])
    pd.testing.assert_series_equal(last / 60, minutes - edge, check_names=False, check_dtype=False)


def test_no_train_at_all() -> None:
    assert table_calls(table()).empty


def test_reading_by_the_schema(tmp_path: Path) -> None:
    path = tmp_path / "trains.csv"
    path.write_text("train,stop,arrival,departure,service\n0012,A,,8:00,G\n0012,B,9:00,,G\n", encoding="utf-8")
    frame = read_train_calls(path)
    assert frame["train"].tolist() == ["0012", "0012"]
    assert table_calls(frame)["service"].unique().tolist() == ["G"]
    path.write_text("train,stop,arival,departure\n1,,8:00,\n", encoding="utf-8")
    with pytest.raises(SchemaError) as caught:
        read_train_calls(path)
    for part in ("needs the columns arrival", "unknown columns arival", "stop"):
        assert part in str(caught.value)
    with pytest.raises((InputError, OSError)):
        read_train_calls(tmp_path / "nowhere.csv")
