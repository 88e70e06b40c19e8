"""The workbook: every table a sheet, long ones a file that the sheet names, nothing twice and nothing lost."""

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from megaregion.data.stored import StoredTable
from megaregion.report.long_tables import write_long_tables
from megaregion.report.workbook import names_of, write_workbook
from megaregion.result import Column

COLUMNS = (
    Column("place_id", "", "Place", "地区", key=True), Column("time", "min", "Time", "时间", modelled=True),
    Column("near", "", "Near", "邻近"),
)  # fmt: skip


def _table(rows: int) -> StoredTable:
    frame = pd.DataFrame({
        "place_id": [f"0{k:04d}" for k in range(rows)], "time": np.arange(rows) / 7.0,
        "near": [k % 2 == 0 for k in range(rows)],
    })  # fmt: skip
    frame.loc[rows - 1, "time"] = np.nan
    return StoredTable(frame, COLUMNS, title_en="Times", title_zh="时间", warnings=("modelled",))


@pytest.fixture
def results() -> dict[str, dict[str, StoredTable]]:
    return {"links": {"times": _table(60), "reach": _table(5)}}


def test_short_tables_stand_in_sheets(tmp_path: Path, results) -> None:
    write_workbook(tmp_path / "x.xlsx", results, {"s": {"title": "亳州", "licence": "CC0"}})
    book = openpyxl.load_workbook(tmp_path / "x.xlsx", read_only=True)
    assert book.sheetnames == ["contents", "links_times", "links_reach", "sources"]
    head, names, first, *rest = book["links_times"].iter_rows(values_only=True)
    assert names == ("place_id", "time", "near") and head[1] == "时间 / Time [min] (modelled 模型值)"
    assert first == ("00000", 0, True) and len(rest) == 59
    assert rest[-1][:2] == ("00059", None)  # a missing value is an empty cell
    assert tuple(book["sources"].iter_rows(values_only=True))[1][:5] == ("s", "亳州", "", "CC0", "")


def test_names_stand_behind_codes(tmp_path: Path, results) -> None:
    """In sheets with rows; not where the rows stand in a file of their own, whose columns the sheet tells."""
    places = pd.DataFrame({"name": ["Bozhou", "Bonn"], "name_zh": ["亳州", None]}, index=["00000", "00001"])
    assert names_of(places) == {"00000": "亳州 Bozhou", "00001": "Bonn"}
    apart = write_long_tables(tmp_path / "csv", results, above=50)
    write_workbook(tmp_path / "x.xlsx", results, {}, apart=apart, names=names_of(places))
    book = openpyxl.load_workbook(tmp_path / "x.xlsx", read_only=True)
    head, names, *rows = book["links_reach"].iter_rows(values_only=True)
    assert names == ("place_id", "name", "time", "near") and head[1] == "名称 / Name"
    assert (
        [row[1] for row in rows[:2]] == ["亳州 Bozhou", "Bonn"]
        and rows[1][2] == pytest.approx(1 / 7)
        and not rows[2][1]
    )
    assert list(book["links_times"].iter_rows(values_only=True))[1] == ("place_id", "time", "near")


def test_long_tables_stand_in_files_and_the_sheet_names_them(tmp_path: Path, results) -> None:
    apart = write_long_tables(tmp_path / "results" / "csv", results, above=50)
    assert apart == {("links", "times"): tmp_path / "results" / "csv" / "links_times.csv"}
    path = apart["links", "times"]
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")  # Excel reads Chinese only so
    read = pd.read_csv(path, encoding="utf-8-sig", dtype={"place_id": str})
    pd.testing.assert_frame_equal(read, results["links"]["times"].frame, check_dtype=False, check_exact=True)
    write_workbook(tmp_path / "results" / "x.xlsx", results, {}, apart=apart)
    book = openpyxl.load_workbook(tmp_path / "results" / "x.xlsx", read_only=True)
    rows = list(book["links_times"].iter_rows(values_only=True))
    assert len(rows) == 3 and rows[1] == ("place_id", "time", "near")
    assert rows[2][0] == "共60行，全部见 csv/links_times.csv / 60 rows, all of them in csv/links_times.csv"
    assert len(list(book["links_reach"].iter_rows())) == 7
    contents = {row[0]: row for row in book["contents"].iter_rows(values_only=True)}
    assert contents["links_times"][3] == 60 and contents["links_times"][5] == "csv/links_times.csv"
    assert not contents["links_reach"][5]


def test_files_of_an_earlier_run_go(tmp_path: Path, results) -> None:
    write_long_tables(tmp_path, results, above=3)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["links_reach.csv", "links_times.csv"]
    write_long_tables(tmp_path, results, above=50)
    assert [p.name for p in tmp_path.iterdir()] == ["links_times.csv"]
    assert write_long_tables(tmp_path / "none", results) == {} and not (tmp_path / "none").exists()


def test_names_that_excel_would_cut_stay_apart(tmp_path: Path) -> None:
    long = "a" * 40
    write_workbook(tmp_path / "x.xlsx", {"step": {long: _table(2), long + "b": _table(2)}}, {})
    names = openpyxl.load_workbook(tmp_path / "x.xlsx").sheetnames
    assert len(set(names)) == 4 and max(map(len, names)) <= 31
