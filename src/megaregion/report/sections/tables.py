"""Result frames as tables of the report: headings from the columns, cells by unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.report.blocks import Grid, Head, Material
from megaregion.report.text import Text, both, money, number, raw, significant, unit

Cell = Callable[[object], Text]


def digits(count: int, *, sign: bool = False) -> Cell:
    """Cells with a fixed number of decimals."""
    return lambda value: number(float(value), count, sign=sign) if _number(value) else Text("–", "–")  # type: ignore[arg-type]


def figures(count: int = 3, *, sign: bool = False) -> Cell:
    """Cells with a number of significant figures."""
    return lambda value: significant(float(value), count, sign=sign) if _number(value) else Text("–", "–")  # type: ignore[arg-type]


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and pd.notna(value)


def year(value: object) -> Text:
    """Cells that hold a year: no mark between thousands."""
    return Text(f"{value:.0f}", f"{value:.0f}") if _number(value) else Text("–", "–")


def cash(code: str, millions: float = 1.0) -> Cell:
    """Cells that hold money; `millions` turns a value into millions of the currency `code`."""
    return lambda value: money(millions * float(value), code) if _number(value) else Text("–", "–")  # type: ignore[arg-type]


def places(material: Material) -> Cell:
    """Cells with a place_id shown as a name."""
    return lambda value: material.place(str(value))


def yes_no(value: object) -> Text:
    """Cells that are true or false."""
    return Text("yes", "是") if bool(value) else Text("no", "否")


def heads(table: StoredTable, names: Sequence[str], labels: Mapping[str, Text] | None = None) -> tuple[Head, ...]:
    """Headings from the descriptions of the columns; columns without unit count as text."""
    known = {c.name: c for c in table.columns}
    out = []
    for name in names:
        column = known.get(name)
        label = (labels or {}).get(name) or (both(column.en, column.zh) if column else raw(name))
        of = column.unit if column else ""
        out.append(Head(label, unit(of), bool(column and column.modelled), numeric=bool(of)))
    return tuple(out)


def grid(
    table: StoredTable, frame: pd.DataFrame, cells: Mapping[str, Cell], caption: Text, *, folded: bool = False,
    labels: Mapping[str, Text] | None = None, written: Sequence[str] = (),
) -> Grid:  # fmt: skip
    """A table of the report from columns of a frame.

    Parameters
    ----------
    table : StoredTable
        Describes the columns.
    frame : DataFrame
        The rows to show.
    cells : mapping
        Column -> how its cells are written, in the order of the columns.
    caption : Text
    folded : bool
        Closed until clicked.
    labels : mapping, optional
        Headings that differ from the description.
    written : sequence of str
        Columns whose cells write their unit themselves: the heading has none.
    """
    names = [name for name in cells if name in frame.columns]
    rows = tuple(
        tuple(cells[name](value) for name, value in zip(names, row, strict=True))
        for row in frame[names].itertuples(index=False, name=None)
    )
    made = heads(table, names, labels)
    tops = (replace(h, unit=Text("", "")) if name in written else h for name, h in zip(names, made, strict=True))
    return Grid(tuple(tops), rows, caption, folded)
