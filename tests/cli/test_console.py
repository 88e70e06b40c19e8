"""What the terminal prints of results: codes with names, for people only."""

import json
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd
import pytest

from megaregion.cli.console import print_results, rows_of
from megaregion.result import Column, Result


@dataclass(frozen=True, eq=False, kw_only=True)
class _Flows(Result):
    table: pd.DataFrame
    title_en: ClassVar[str] = "Flows"
    title_zh: ClassVar[str] = "流量"
    columns: ClassVar[tuple[Column, ...]] = (Column("origin", "", "From", "起点", key=True), Column("n", "", "N", "数"))

    def to_frame(self) -> pd.DataFrame:
        return self.table


@pytest.fixture
def flows() -> dict[str, Result]:
    return {"x": _Flows(table=pd.DataFrame({"origin": ["310100", "320100", "else", None], "n": [310100, 1, 2, 3]}))}


def test_codes_of_places_stand_with_their_names(flows, capsys: pytest.CaptureFixture[str]) -> None:
    """A number that looks like a code, a place without a name and other texts stay as they are."""
    places = pd.DataFrame({"name": ["Shanghai", None]}, index=["310100", "320100"])
    print_results(flows, as_json=False, places=places)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[2:5] == [["310100", "Shanghai", "310100"], ["320100", "1"], ["else", "2"]]


def test_a_headline_that_is_a_code_has_its_name_and_a_number_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    class Worst(_Flows):
        def facts(self) -> dict[str, object]:
            return {"worst": "310100", "rank": 310100, "other": "else"}

    table = pd.DataFrame({"origin": ["310100"], "n": [1]})
    print_results({"x": Worst(table=table)}, as_json=False, places=pd.DataFrame({"name": ["Shanghai"]}, ["310100"]))
    out = capsys.readouterr().out
    assert "worst: 310100 Shanghai\n" in out and "rank: 310100\n" in out and "other: else\n" in out


def test_json_is_read_by_programs_and_has_codes_only(flows, capsys: pytest.CaptureFixture[str]) -> None:
    print_results(flows, as_json=True, places=pd.DataFrame({"name": ["Shanghai"]}, index=["310100"]))
    rows = json.loads(capsys.readouterr().out)["x"]["rows"]
    assert [row["origin"] for row in rows[:3]] == ["310100", "320100", "else"]


def test_a_table_without_rows_says_so(flows, capsys: pytest.CaptureFixture[str]) -> None:
    print_results({"x": _Flows(table=pd.DataFrame({"origin": [], "n": []}))}, as_json=False)
    assert capsys.readouterr().out.splitlines()[:2] == ["x: Flows", "  no rows"]


def test_rows_that_hold_for_all_places_come_before_the_places(capsys: pytest.CaptureFixture[str]) -> None:
    table = pd.DataFrame({"measure": ["kept", "kept", "both ways"], "place": ["a", "b", ""], "n": [1, 2, 3]})
    print_results({"x": _Flows(table=table)}, as_json=False, top=2)
    assert capsys.readouterr().out.splitlines()[2].split() == ["both", "ways", "3"]


@dataclass(frozen=True, eq=False, kw_only=True)
class _Facts(_Flows):
    def facts(self) -> dict[str, object]:
        return {"again": [{"coef": 1.0}], "groups": ["a", "b"], "n": 4}


def test_facts_that_are_rows_are_left_to_json(flows, capsys: pytest.CaptureFixture[str]) -> None:
    found = {"x": _Facts(table=flows["x"].table)}
    print_results(found, as_json=False)
    text = capsys.readouterr().out
    assert "groups: ['a', 'b']" in text and "n: 4" in text and "again" not in text
    print_results(found, as_json=True)
    assert json.loads(capsys.readouterr().out)["x"]["facts"]["again"] == [{"coef": 1.0}]


def test_rows_as_text() -> None:
    assert rows_of(pd.DataFrame(columns=["year", "gap"])) == "  no rows"
    assert rows_of(pd.DataFrame({"n": [1.25]}), float_format="{:.4g}".format).split() == ["n", "1.25"]
