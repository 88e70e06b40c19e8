"""Rules of changing, as they stand in transfers.txt."""

import pandas as pd

from megaregion.data.sources.gtfs_transfers import changes_of

STOPS = pd.Index(["A", "B", "C"])


def table(text: str) -> pd.DataFrame:
    head, *rows = [line.split(",") for line in text.splitlines()]
    return pd.DataFrame(rows, columns=head, dtype=str)


def test_kinds_and_seconds() -> None:
    raw = table("from_stop_id,to_stop_id,transfer_type,min_transfer_time\nA,B,2,180\nA,A,,\nB,C,1,\nC,C,3,")
    problems: list[str] = []
    changes, through, notes = changes_of(raw, STOPS, problems)
    assert problems == [] and notes == [] and through.empty
    assert changes[["from_stop", "to_stop", "kind"]].to_numpy().tolist() == [
        ["A", "B", 2], ["A", "A", 0], ["B", "C", 1], ["C", "C", 3]
    ]  # fmt: skip
    assert changes["seconds"].fillna(-1).tolist() == [180, -1, -1, -1]


def test_single_trips_are_left_out_and_pairs_of_trips_kept() -> None:
    raw = table(
        "from_stop_id,to_stop_id,from_trip_id,to_trip_id,transfer_type,min_transfer_time\n"
        "A,B,t,,2,60\n,,t,u,4,\n,,u,v,5,\nA,C,,,2,90"
    )
    problems: list[str] = []
    changes, through, notes = changes_of(raw, STOPS, problems)
    assert problems == [] and notes == ["1 changes for single routes or trips left out"]
    assert changes["to_stop"].tolist() == ["C"]
    assert through.to_numpy().tolist() == [["t", "u", True], ["u", "v", False]]


def test_everything_wrong_is_listed() -> None:
    raw = table(
        "from_stop_id,to_stop_id,transfer_type,min_transfer_time\nA,X,2,60\nA,B,9,\nA,C,2,\nB,C,2,-5\nB,A,0,soon"
    )
    problems: list[str] = []
    changes_of(raw, STOPS, problems)
    text = "; ".join(problems)
    assert "to_stop_id: 1 are not in stops.txt: X" in text and "1 are not 0 ... 5, as '9'" in text
    assert "seconds >= 0 in 3 rows: row 3, row 4, row 5" in text


def test_none_stated() -> None:
    assert all(len(part) == 0 for part in changes_of(None, STOPS, []))
