import json
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from megaregion.cli.index import index
from megaregion.errors import InputError
from megaregion.nodes.index_text import together

TREE = """
[index]
name = "Test"
year = 2020
goalposts = "pooled"
missing = "fill_median"
min_indicators = 1
[[pillar]]
id = "a"
name = "A"
[[pillar.indicator]]
id = "x"
name = "X"
direction = 1
unit = "unstated"
[[pillar.indicator]]
id = "y"
name = "Y"
direction = -1
unit = "unstated"
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "index.toml").write_text(TREE, encoding="utf-8")
    path = tmp_path / "cities.csv"
    path.write_text("place_id,x,y\n01,1,9\n02,2,\n03,5,1\n04,4,3\n", encoding="utf-8")
    return path


def call(*arguments: object) -> Result:
    return CliRunner().invoke(index, [str(a) for a in arguments])


def test_table_with_a_tree(table: Path) -> None:
    done = call(table, "--tree", table.parent / "index.toml", "--seed", 1, "--draws", 50, "--size", 8)
    assert done.exit_code == 0, done.exception
    assert "Spearman with the ranks of equal weights 1.0000" in done.stdout
    assert "50 draws over" in done.stdout
    assert "1 missing values were filled (fill_median)" in done.stderr


def test_json_has_all_tables_with_codes_as_text(table: Path) -> None:
    done = call(table, "--tree", table.parent / "index.toml", "--seed", 1, "--draws", 20, "--size", 0, "--json")
    found = json.loads(done.stdout)
    rows = {r["place_id"]: r for r in found["scores"]["rows"]}
    assert rows["03"]["rank"] == 1 and rows["03"]["score"] == pytest.approx(99.0)
    assert found["cells"]["rows"] == [
        {"indicator": "y", "method": "fill_median", "place_id": "02", "value": 3.0, "year": 2020}
    ]
    assert any(r["subject"] == "sensitivity" and r["skipped"] == "not asked for" for r in found["steps"]["rows"])


def test_excel_has_a_sheet_a_step(table: Path, tmp_path: Path) -> None:
    target = tmp_path / "chain.xlsx"
    how = ("--seed", 1, "--draws", 20, "--size", 8, "--method", "topsis")
    done = call(table, "--tree", table.parent / "index.toml", *how, "--excel", target)
    assert done.exit_code == 0, done.exception
    book = openpyxl.load_workbook(target, read_only=True)
    names = ["steps", "values", "filled", "cells", "treated", "treatments", "scaled", "weights", "scores", "profile",
             "topsis", "uncertainty", "draws", "sensitivity", "alternatives"]  # fmt: skip
    assert book.sheetnames == ["contents", *(f"index_{n}" for n in names), "sources"]
    filled = list(book["index_filled"].iter_rows(values_only=True))
    assert filled[1] == ("place_id", "year", "x", "y")
    assert filled[3] == ("02", 2020, 2, 3)
    book.close()


def test_workspace(examples: Path) -> None:
    done = call(examples / "yangtze-delta", "--draws", 50, "--size", 0, "--method", "critic", "--top", 1)
    assert done.exit_code == 0, done.exception
    assert "310100" in done.stdout and "weights: critic" in done.stdout
    assert "pillar ecology: no data" in done.stderr


def test_names_and_sources_of_a_workspace_are_in_its_chain(examples: Path, tmp_path: Path) -> None:
    how = ("--draws", 20, "--size", 0, "--method", "topsis", "--top", 1)
    done = call(examples / "yangtze-delta", *how, "--excel", tmp_path / "chain.xlsx")
    assert done.exit_code == 0 and done.stdout.count("Shanghai") == 2  # scores, and TOPSIS
    book = openpyxl.load_workbook(tmp_path / "chain.xlsx", read_only=True)
    rows = list(book["index_scores"].iter_rows(values_only=True))
    assert rows[1][:2] == ("place_id", "name") and rows[2][:2] == ("310100", "上海市 Shanghai")
    assert any("Liang" in str(row) for row in book["sources"].iter_rows(values_only=True))


def test_what_is_said_of_many_indicators_is_one_line() -> None:
    flagged = "1 values are flagged modelled"
    said = [f"indicator a: {flagged}", "pillar p: no data", f"indicator b: {flagged}",
            "indicator b: 2 values are flagged interpolated", "pillar p: no data"]  # fmt: skip
    assert list(together(said)) == ["indicators a, b: 1 values are flagged modelled", "pillar p: no data",
                                    "indicator b: 2 values are flagged interpolated"]  # fmt: skip


def test_what_is_lacking_is_said(table: Path) -> None:
    assert isinstance(call(table, "--seed", 1).exception, InputError)
    done = call(table, "--tree", table.parent / "index.toml")
    assert isinstance(done.exception, InputError) and "--seed" in done.exception.hint
    assert call(table.parent / "nowhere.csv").exit_code == 2


def test_an_indicator_that_the_table_lacks_or_that_says_nothing_is_told(table: Path) -> None:
    tree = table.parent / "index.toml"
    table.write_text("place_id,x\n01,1\n02,2\n03,5\n", encoding="utf-8")
    done = call(table, "--tree", tree, "--seed", 1, "--draws", 0, "--size", 0)
    assert "indicator y is left out and its weight goes to the others of a: no value of 2020" in done.stderr
    table.write_text("place_id,x,y\n01,1,4\n02,2,4\n03,5,4\n", encoding="utf-8")
    done = call(table, "--tree", tree, "--seed", 1, "--draws", 0, "--size", 0)
    assert "indicator y is left out and its weight goes to the others of a: the value is the same" in done.stderr


def test_ranks_that_nothing_moves_are_no_numbers_nan(table: Path) -> None:
    table.write_text("place_id,x,y\n01,1,9\n02,2,3\n", encoding="utf-8")
    done = call(table, "--tree", table.parent / "index.toml", "--seed", 1, "--draws", 20, "--size", 8)
    assert "no choice moves a rank" in done.stdout and "nan" not in done.stdout


def test_lacking_comparisons_are_asked_for_and_not_a_second_judgement(table: Path) -> None:
    done = call(table, "--tree", table.parent / "index.toml", "--method", "ahp", "--seed", 1)
    assert isinstance(done.exception, InputError)
    assert "comparison is missing" in str(done.exception) and "tolerate" not in (done.exception.hint or "")
