"""One workbook with every result table, for meetings."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from megaregion.data.atomic import replacing
from megaregion.data.stored import StoredTable
from megaregion.result import Column

if TYPE_CHECKING:
    import pandas as pd

NAME = Column("name", "", "Name", "名称")
_ROWS = 1_048_000  # a sheet of Excel ends at 1,048,576 rows


def write_workbook(
    path: Path, results: Mapping[str, Mapping[str, StoredTable]], sources: Mapping[str, Mapping[str, Any]],
    *, apart: Mapping[tuple[str, str], Path] | None = None, names: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Write one sheet a table (labels, units, then the rows), a first sheet of contents and one of sources.

    Parameters
    ----------
    path : Path
        The file; it is replaced in one step.
    results : mapping
        Step -> table name -> stored table.
    sources : mapping
        Source id -> title, publisher, licence, url, year.
    apart : mapping, optional
        (Step, table name) -> file of a table that is too long for a sheet: its sheet says what the columns are and
        names the file, without a row of it, because nobody should sum over a part.
    names : mapping, optional
        Name of each place by its code: a column behind `place_id`, where a table has no names of its own.
    """
    import xlsxwriter

    with replacing(path) as temporary:
        book = xlsxwriter.Workbook(str(temporary), {"nan_inf_to_errors": True, "constant_memory": True})
        try:
            book.set_properties(
                {"title": "megaregion", "created": datetime.datetime(2000, 1, 1)}
            )  # same bytes each run
            head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
            model = book.add_format({"bold": True, "italic": True, "text_wrap": True, "valign": "top", "bottom": 1})
            contents = book.add_worksheet("contents")
            rows: list[list[Any]] = [["sheet", "table", "表", "rows", "warnings", "file"]]
            taken: set[str] = set()
            for step, tables in results.items():
                for name, table in tables.items():
                    sheet = _sheet_name(f"{step}_{name}", taken)
                    file = (apart or {}).get((step, name))
                    where = "" if file is None else Path(os.path.relpath(file, path.parent)).as_posix()
                    _table(book.add_worksheet(sheet), _named(table, None if where else names), head, model, where)
                    rows.append(
                        [sheet, table.title_en, table.title_zh, len(table.frame), "; ".join(table.warnings), where]
                    )
            _rows(book.add_worksheet("sources"), _source_rows(sources), head)
            _rows(contents, rows, head)
        finally:
            book.close()


def names_of(places: pd.DataFrame) -> dict[str, str]:
    """Chinese and Latin name of each place, as far as there are two."""
    zh = places["name_zh"] if "name_zh" in places else places["name"]
    both = zip(places.index.astype(str), zh, places["name"], strict=True)
    return {code: " ".join(dict.fromkeys(str(n) for n in (a, b) if isinstance(n, str) and n)) for code, a, b in both}


def _sheet_name(name: str, taken: set[str]) -> str:
    short = name[:31]
    number = 1
    while short.lower() in taken:
        number += 1
        short = f"{name[:28]}~{number}"
    taken.add(short.lower())
    return short


def _named(table: StoredTable, names: Mapping[str, str] | None) -> StoredTable:
    """The table with the names of its places, where it has codes only."""
    held = [column.name for column in table.columns]
    if not names or "place_id" not in held or "name" in held:
        return table
    at = held.index("place_id") + 1
    frame = table.frame.copy()
    frame.insert(at, "name", [names.get(str(code), "") for code in frame["place_id"]])
    columns = (*table.columns[:at], NAME, *table.columns[at:])
    return replace(table, frame=frame, columns=columns)


def _table(sheet: Any, table: StoredTable, head: Any, model: Any, apart: str) -> None:
    for i, column in enumerate(table.columns):
        sheet.set_column(i, i, 16)
        style = model if column.modelled else head
        unit = f" [{column.unit}]" if column.unit else ""
        mark = " (modelled 模型值)" if column.modelled else ""
        sheet.write_string(0, i, f"{column.zh} / {column.en}{unit}{mark}", style)
    for i, column in enumerate(table.columns):
        sheet.write_string(1, i, column.name)
    sheet.freeze_panes(2, 1)
    if apart:
        count = f"{len(table.frame):,}"
        sheet.write_string(2, 0, f"共{count}行，全部见 {apart} / {count} rows, all of them in {apart}")
        return
    for r, row in enumerate(table.frame.head(_ROWS).itertuples(index=False), start=2):
        for i, value in enumerate(row):
            _cell(sheet, r, i, value)


def _rows(sheet: Any, rows: list[list[Any]], head: Any) -> None:
    sheet.set_column(0, 12, 28)
    for r, row in enumerate(rows):
        for i, value in enumerate(row):
            if r == 0:
                sheet.write_string(r, i, str(value), head)
            else:
                _cell(sheet, r, i, value)


def _cell(sheet: Any, row: int, column: int, value: Any) -> None:
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return
    if isinstance(value, (bool, np.bool_)):
        sheet.write_boolean(row, column, bool(value))
    elif isinstance(value, (int, float, np.number)):
        sheet.write_number(row, column, float(value))
    else:
        sheet.write_string(row, column, str(value)[:32_000])


def _source_rows(sources: Mapping[str, Mapping[str, Any]]) -> list[list[Any]]:
    keys = ("title", "publisher", "licence", "url", "year", "note")
    return [
        ["source", *keys],
        *([name, *(entry.get(k, "") for k in keys)] for name, entry in sources.items()),
    ]
