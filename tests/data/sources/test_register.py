"""Spreadsheets of agreements: Chinese and English, both layouts, GBK, and every row that cannot be read."""

from __future__ import annotations

import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from megaregion.data.sources.register import RegisterMapping, read_register
from megaregion.data.sources.register_parties import names_of, resolve, split
from megaregion.data.sources.spreadsheet import read_sheet
from megaregion.errors import InputError

PLACES = pd.DataFrame(
    [
        ("310000", "Shanghai", "上海市", "province"), ("310100", "Shanghai", "上海市", "city"),
        ("310117", "Songjiang", "松江区", "county"), ("330100", "Hangzhou", "杭州市", "city"),
        ("320500", "Suzhou (Jiangsu)", "苏州市", "city"), ("341300", "Suzhou (Anhui)", "宿州市", "city"),
        ("S310117", "Songjiang", "松江区", "stable_unit"), ("330000", "Zhejiang", "浙江省", "province"),
    ],
    columns=["place_id", "name", "name_zh", "kind"],
).set_index("place_id")  # fmt: skip
KINDS = ("city", "province", "county")
HEAD = ["编号", "协议名称", "城市", "领域", "类型", "签署时间", "状态", "来源"]
GOOD = ["a1", "沪杭协议", "松江区、杭州", "科技创新", "框架协议", "2017年7月11日", "已签署", "http://x"]


def write(path: Path, rows: list[list[object]], encoding: str = "utf-8") -> Path:
    """CSV or XLSX, as the name says."""
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    else:
        text = "\n".join(",".join("" if c is None else str(c) for c in row) for row in rows) + "\n"
        path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("name", "encoding"), [("r.csv", "utf-8"), ("r.csv", "utf-8-sig"), ("r.csv", "gbk"), ("r.xlsx", "")]
)
def test_one_register_in_four_files_is_one_table(tmp_path: Path, name: str, encoding: str) -> None:
    found = read_register(write(tmp_path / name, [HEAD, GOOD], encoding or "utf-8"), PLACES, KINDS)
    assert found.problems == () and found.layout == "agreement"
    assert found.table.iloc[0].to_dict() == {
        "agreement_id": "a1", "title": "沪杭协议", "parties": "310117;330100", "field": "innovation",
        "instrument": "agreement", "start": "2017", "status": "signed", "url": "http://x",
        "x_start_date": "2017年7月11日",
    }  # fmt: skip
    assert ("read as GBK" in found.notes) == (encoding == "gbk")


def test_both_layouts_give_the_same_table(tmp_path: Path) -> None:
    head = ["id", "title", "party", "field", "type", "year", "status", "url"]
    fixed = ["health", "MoU", 2020, "in force", "http://x"]
    one = write(tmp_path / "one.csv", [head, ["a", "T", "Hangzhou; 浙江省; 310117", *fixed]])
    many = write(tmp_path / "many.csv", [head, *(["a", "T", p, *fixed] for p in ("Hangzhou", "浙江省", "310117"))])
    left, right = (read_register(path, PLACES, KINDS) for path in (one, many))
    pd.testing.assert_frame_equal(left.table, right.table)
    assert (left.layout, right.layout) == ("agreement", "party") and left.problems == right.problems == ()
    assert left.table.loc[0, "parties"] == "330100;330000;310117"


def test_merged_cells_titles_dates_and_further_columns_are_kept(tmp_path: Path) -> None:
    """A title above, cells merged over the rows of the parties, a date cell, 甲方 and 乙方, a column unread."""
    book = openpyxl.Workbook()
    page = book.active
    page.append(["登记表"])
    page.append([*HEAD[:2], "甲方", "乙方", *HEAD[3:], "预算（万元）", "联系人"])
    page.append(
        [
            "a1",
            "协议",
            "上海",
            "杭州市",
            "交通",
            "协议",
            datetime.datetime(2019, 1, 4),
            "签署",
            "http://x",
            "1,250",
            "甲",
        ]
    )
    book.save(tmp_path / "two.xlsx")
    found = read_register(tmp_path / "two.xlsx", PLACES, KINDS)
    row = found.table.iloc[0]
    assert row["parties"] == "310100;330100" and row["start"] == "2019" and row["x_start_date"] == "2019-01-04"
    assert float(row["budget"]) == 12.5 and row["x_联系人"] == "甲"
    assert any("row 1 above the heading" in note for note in found.notes) and any(
        "联系人" in note for note in found.notes
    )
    page.delete_rows(1, 3)
    page.append(HEAD)
    page.append([*GOOD[:2], "上海", *GOOD[3:]])
    page.append([None, None, "杭州", None, None, None, None, None])
    for column in "ABDEFGH":
        page.merge_cells(f"{column}2:{column}3")
    book.save(tmp_path / "merged.xlsx")
    merged = read_register(tmp_path / "merged.xlsx", PLACES, KINDS)
    assert merged.layout == "party" and merged.problems == () and merged.table.loc[0, "parties"] == "310100;330100"


def test_all_bad_rows_are_reported_at_once_with_their_numbers(tmp_path: Path) -> None:
    rows = [
        HEAD, GOOD,
        ["a2", "T", "上海、火星", "综合", "口头", "去年", "不明", ""],
        ["a3", "T", "苏州;苏州市", "交通", "协议", "2020", "签署", "u"],
        ["a1", "T", "上海;杭州", "交通", "协议", "2020", "签署", "u"],
        ["a5", "", "上海", "交通", "协议", "2020.13.1", "签署", "u"],
    ]  # fmt: skip
    found = read_register(write(tmp_path / "bad.xlsx", rows), PLACES, KINDS)
    text = "\n".join(found.problems)
    for part in ("row 3: field '综合'", "row 3: instrument '口头'", "row 3: start '去年'", "row 3: status '不明'",
                 "row 3: party '火星' is no place", "row 3: url is empty", "row 4: 'a3' names 320500 twice",
                 "row 2: 'a1' stands several times (rows 2, 5)", "row 6: title is empty",
                 "row 6: start '2020.13.1' is no date", "row 6: 'a5' has fewer than two parties"):  # fmt: skip
        assert part in text, part
    assert [int(p.split()[1].rstrip(":")) for p in found.problems] == sorted(
        int(p.split()[1].rstrip(":")) for p in found.problems
    )
    assert len(found.problems) == 11  # each of them once


def test_rows_of_one_agreement_must_agree(tmp_path: Path) -> None:
    rows = [HEAD, [*GOOD[:2], "上海", *GOOD[3:]], [*GOOD[:2], "杭州", *GOOD[3:-1], "http://other"]]
    found = read_register(write(tmp_path / "r.csv", rows), PLACES, KINDS)
    assert found.problems == ("row 2: rows 2, 3 of 'a1' differ in url",)


def test_what_the_lists_do_not_know_is_declared(tmp_path: Path) -> None:
    head = ["编号", "协议名称", "缔约者", "领域", "类型", "签署时间", "状态", "来源"]
    path = write(tmp_path / "r.csv", [head, ["a1", "T", "执委会", "综合", "协议", "2020", "签署", "u"]])
    with pytest.raises(InputError, match=r"no heading for parties"):
        read_register(path, PLACES, KINDS)
    mapping = RegisterMapping.of(
        {
            "columns": {"缔约者": "parties"},
            "values": {"field": {"综合": "economy"}},
            "parties": {"执委会": "310117;330100"},
        }
    )
    found = read_register(path, PLACES, KINDS, mapping=mapping)
    assert found.problems == () and found.table.loc[0, ["parties", "field"]].tolist() == ["310117;330100", "economy"]
    with pytest.raises(InputError, match=r"unknown table \[colums\].*'money' is not one of"):
        RegisterMapping.of({"colums": {}, "values": {"field": {"x": "money"}}})


def test_ids_are_made_where_there_are_none(tmp_path: Path) -> None:
    rows = [HEAD[1:], GOOD[1:], ["另一", *GOOD[2:]]]
    found = read_register(write(tmp_path / "r.csv", rows), PLACES, KINDS)
    assert found.table["agreement_id"].tolist() == ["2017-01", "2017-02"] and "no column of ids" in " ".join(
        found.notes
    )


def test_names_mean_the_level_that_counts_most() -> None:
    names = names_of(PLACES, KINDS)
    assert resolve("上海市", names) == (("310100",), "") and resolve("上海", names) == (("310100",), "")
    assert resolve("松江", names) == (("310117",), "")  # not the stable unit of the same name
    assert resolve("S310117", names) == (("S310117",), "")
    assert resolve("宿州", names)[0] == ("341300",) and resolve("suzhou (anhui)", names)[0] == ("341300",)
    assert "may be 320500, 341300" in resolve("Suzhou", names)[1]
    assert names_of(PLACES, ("province", "city")).full["上海市"] == ("310000",)
    twins = pd.DataFrame(
        [("310100", "上海市", "city", ""), ("330900", "舟山市", "city", ""), ("310107", "普陀区", "county", "310100"),
         ("330903", "普陀区", "county", "330900")],
        columns=["place_id", "name_zh", "kind", "parent_id"],
    ).set_index("place_id").assign(name="")  # fmt: skip
    known = names_of(twins, KINDS)
    assert "may be 310107, 330903" in resolve("普陀区", known)[1]
    for text, place in (("上海市普陀区", "310107"), ("上海普陀", "310107"), ("舟山市普陀", "330903")):
        assert resolve(text, known) == ((place,), ""), text
    assert split("上海、杭州；苏州 and 宿州\n") == ["上海", "杭州", "苏州", "宿州"]


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for page in (book.active, book.create_sheet("二")):
        page.append(HEAD)
        page.append(GOOD)
    book.save(tmp_path / "two.xlsx")
    with pytest.raises(InputError, match=r"2 sheets hold text: Sheet, 二"):
        read_sheet(tmp_path / "two.xlsx")
    assert read_register(tmp_path / "two.xlsx", PLACES, KINDS, sheet="二").problems == ()
    with pytest.raises(InputError, match=r"no sheet '三'"):
        read_sheet(tmp_path / "two.xlsx", sheet="三")
    with pytest.raises(InputError, match=r"expected a file .xlsx or .csv, got '.xls'"):
        read_sheet(tmp_path / "old.xls")
    with pytest.raises(InputError, match=r"no row of headings"):
        read_register(write(tmp_path / "none.csv", [["1", "2"], ["3", "4"]]), PLACES, KINDS)
    with pytest.raises(InputError, match=r"several headings for url: 来源, url"):
        read_register(write(tmp_path / "t.csv", [[*HEAD, "url"], [*GOOD, "u"]]), PLACES, KINDS)
    with pytest.raises(InputError, match=r"the unit of '预算（美元）' is unknown"):
        read_register(write(tmp_path / "b.csv", [[*HEAD, "预算（美元）"], [*GOOD, "1"]]), PLACES, KINDS)
    empty = read_register(write(tmp_path / "e.csv", [HEAD]), PLACES, KINDS)
    assert empty.problems == ("no row was found",)


def test_rows_are_numbered_as_the_program_shows_them(tmp_path: Path) -> None:
    """A quoted cell over two lines, and an empty row, move the numbers as they do in a text editor."""
    path = tmp_path / "r.csv"
    path.write_text('a,b\n"x\ny",1\n\nz,2\n', encoding="utf-8")
    assert [number for number, _ in read_sheet(path).rows] == [1, 2, 5]
