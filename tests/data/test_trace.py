"""Tracing a value to the rows that it came from."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.data.toy import line
from megaregion.data.trace import render, trace
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError, WorkspaceError
from megaregion.mechanisms.diagnose import diagnose
from megaregion.result import Column, Input

SOURCES = {"census": {"title": "Census", "publisher": "NBS", "licence": "facts", "url": "https://example.org"}}
TABLE = pd.DataFrame(
    {
        "place_id": ["a", "a", "b", "b"], "year": [2010.0, 2020.0, 2010.0, 2020.0],
        "indicator": "population", "value": [1.0, 2.0, 3.0, np.nan], "unit": "person",
        "source": ["census", "census;other", "census", None],
    }
)  # fmt: skip
FRAME = pd.DataFrame(
    {"place_id": ["a", "b"], "year": [2020, 2020], "size": [2.0, np.nan], "n": [1, 2], "ok": [True, False]}
)
ROW = Input("tables/indicators.csv", {"place_id": "{place}", "year": "{year}", "indicator": "population"})
COLUMNS = (
    Column("place_id", "", "Place", "地区", key=True),
    Column("year", "year", "Year", "年份"),
    Column("size", "person", "Size", "规模", modelled=True, formula="methods#size", inputs=(ROW,)),
    Column("n", "count", "Number", "个数", inputs=(Input("tables/indicators.csv", {"place_id": ["a", "{place}"]}),)),
    Column("ok", "", "Fine", "合格"),
)


class Reader:
    """Counts how often each table is read."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __call__(self, name: str) -> pd.DataFrame:
        self.calls.append(name)
        if name != "tables/indicators.csv":
            raise WorkspaceError(f"there is no {name}")
        return TABLE


def test_placeholders_lead_to_the_rows_and_their_sources() -> None:
    rows = trace(FRAME, COLUMNS, "a", read=Reader(), sources=SOURCES, parameters={"k": 1})
    assert [row.column for row in rows] == ["year", "size", "n", "ok"]
    size = rows[1]
    assert (size.value, size.unit, size.modelled, size.formula) == (2.0, "person", True, "methods#size")
    assert size.key == {"place_id": "a"}
    assert size.parameters == {"k": 1}
    (found,) = size.inputs
    assert found.where == {"place_id": "a", "year": "2020", "indicator": "population"}
    assert found.rows["value"].tolist() == [2.0]
    assert [(s.id, s.licence) for s in found.sources] == [("census", "facts"), ("other", "")]
    assert "not described" in found.sources[1].title


def test_lists_of_wanted_values() -> None:
    rows = trace(FRAME, COLUMNS, "b", read=Reader(), sources=SOURCES)
    assert rows[2].inputs[0].where == {"place_id": ["a", "b"]}
    assert len(rows[2].inputs[0].rows) == 4


def test_each_table_is_read_once() -> None:
    reader = Reader()
    trace(FRAME, COLUMNS, "a", read=reader, sources={})
    assert reader.calls == ["tables/indicators.csv"]


def test_missing_value_is_no_data_and_json_is_plain() -> None:
    rows = trace(FRAME, COLUMNS, "b", read=Reader(), sources=SOURCES)
    assert rows[1].value is None
    again = json.loads(json.dumps([row.to_dict() for row in rows], allow_nan=False, ensure_ascii=False))
    assert again[3]["value"] is False
    assert again[1]["inputs"][0]["rows"][0]["value"] is None
    assert "no data" in render(rows)


def test_render_names_everything_a_reader_needs() -> None:
    text = render(trace(FRAME, COLUMNS, "a", read=Reader(), sources=SOURCES, parameters={"k": 1}), limit=1)
    for part in (
        "place_id = a", "parameters: k = 1", "size = 2 person", "Size / 规模", "[modelled]", "formula: methods#size",
        "from tables/indicators.csv (place_id = a; year = 2020; indicator = population): 1 rows",
        "source census: Census; NBS; licence facts; https://example.org", "... and 1 more",
    ):  # fmt: skip
        assert part in text


def test_unit_by_row_is_the_unit_of_the_row() -> None:
    columns = (COLUMNS[0], Column("value", "by row", "Value", "数值"), Column("unit", "", "Unit", "单位"))
    (value, _) = trace(TABLE.iloc[:1], columns, "a", read=Reader(), sources={})
    assert value.unit == "person"


def test_index_of_a_read_table_counts_as_a_column() -> None:
    column = Column("n", "count", "N", "数", inputs=(Input("t", {"place_id": "{place}"}),))
    frame = pd.DataFrame({"x": [1]}, index=pd.Index(["a"], name="place_id"))
    rows = trace(FRAME, (COLUMNS[0], column), "a", read=lambda name: frame, sources={})
    assert rows[0].inputs[0].rows["x"].tolist() == [1]


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (Input("results/none", {}), "there is no results/none"),
        (Input("tables/indicators.csv", {"colour": "red"}), "no columns colour"),
        (Input("tables/indicators.csv", {"place_id": "zz"}), "no row fits"),
    ],
)
def test_inputs_that_cannot_be_found_say_why(entry: Input, problem: str) -> None:
    column = Column("n", "count", "N", "数", inputs=(entry,))
    (row,) = trace(FRAME, (COLUMNS[0], column), "a", read=Reader(), sources={})
    assert row.inputs[0].problem == problem
    assert problem in render([row])


def test_results_say_how_to_go_on() -> None:
    column = Column("n", "count", "N", "数", inputs=(Input("results/links/times", {}),))
    rows = trace(FRAME, (COLUMNS[0], column), "a", read=lambda name: TABLE, sources={})
    assert "trace on with links/times" in render(rows)


def test_unknown_places_columns_and_placeholders_are_refused() -> None:
    with pytest.raises(InputError, match="no row for 'zz'"):
        trace(FRAME, COLUMNS, "zz", read=Reader(), sources={})
    with pytest.raises(InputError, match="no columns size"):
        trace(FRAME.drop(columns="size"), COLUMNS, "a", read=Reader(), sources={})
    bad = Column("n", "count", "N", "数", inputs=(Input("tables/indicators.csv", {"place_id": "{nowhere}"}),))
    with pytest.raises(InputError, match="nowhere"):
        trace(FRAME, (COLUMNS[0], bad), "a", read=Reader(), sources={})


def test_a_toy_result_is_traced_to_its_indicator_rows() -> None:
    """Population change of c1 rests on two rows of the indicator population, of 2010 and 2020."""
    cluster = line(4)
    result = diagnose(cluster)["population_change"]
    rows = trace(
        result.to_frame(), result.describe(), "c1", read=lambda name: {
            "tables/indicators.csv": cluster.indicators, "tables/places.csv": cluster.places,
        }[name], sources={"toy": {"title": "invented"}}, parameters=result.parameters(),
    )  # fmt: skip
    change = next(row for row in rows if row.column == "change")
    values = change.inputs[0].rows.set_index("year")["value"]
    assert values.index.tolist() == [2010, 2020]
    assert change.value == values[2020] - values[2010]
    assert change.inputs[0].sources[0].title == "invented"


def test_census_of_the_yangtze_example_is_traced_to_a_licence(examples: Path) -> None:
    workspace = Workspace(examples / "yangtze-delta")
    cluster = workspace.cluster()
    result = diagnose(cluster)["population_change"]
    rows = trace(
        result.to_frame(), result.describe(), "S310151", read=lambda name: {
            "tables/indicators.csv": cluster.indicators, "tables/places.csv": cluster.places,
        }[name], sources=workspace.sources,
    )  # fmt: skip
    start = next(row for row in rows if row.column == "population_start")
    assert {source.licence != "" for source in start.inputs[0].sources} == {True}
