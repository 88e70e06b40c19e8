"""Where a number comes from: value, unit, formula, parameters, and the input rows with their source and licence."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from megaregion.errors import InputError, MegaregionError
from megaregion.result import Column, Input

_HOLE = re.compile(r"\{([^{}]+)\}")
SHOWN = 8  # rows of one input that `render` prints


@dataclass(frozen=True)
class SourceRef:
    """A source as workspace.toml describes it; empty texts where it says nothing."""

    id: str
    title: str = ""
    publisher: str = ""
    licence: str = ""
    url: str = ""


@dataclass(frozen=True, eq=False)
class TraceInput:
    """Rows of one table that a value was computed from.

    Attributes
    ----------
    table : str
        ``tables/indicators.csv``, ``results/links/times`` ...
    where : mapping
        Column -> value or list of values, placeholders filled in.
    rows : DataFrame
        The rows that fit.
    sources : tuple of SourceRef
        Sources named by these rows.
    problem : str
        Why there are no rows, if there are none.
    """

    table: str
    where: Mapping[str, Any]
    rows: pd.DataFrame
    sources: tuple[SourceRef, ...] = ()
    problem: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return {
            "table": self.table, "where": dict(self.where), "problem": self.problem,
            "rows": [{str(k): _plain(v) for k, v in row.items()} for row in self.rows.to_dict("records")],
            "sources": [vars(source) for source in self.sources],
        }  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class TraceRow:
    """One value of a result and everything that it rests on.

    Attributes
    ----------
    key : mapping
        Columns that identify the row, and their values.
    column, unit, en, zh : str
        Which value; unit; labels.
    value : object
        Number, text, truth value, or None for no data.
    modelled : bool
        Whether it comes out of a model and was not measured.
    formula : str
        Anchor in the documentation.
    parameters : mapping
        Parameters of the result.
    inputs : tuple of TraceInput
    """

    key: Mapping[str, Any]
    column: str
    value: Any
    unit: str
    en: str
    zh: str
    modelled: bool
    formula: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[TraceInput, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return {
            "key": dict(self.key), "column": self.column, "value": self.value, "unit": self.unit,
            "label_en": self.en, "label_zh": self.zh, "modelled": self.modelled, "formula": self.formula,
            "parameters": dict(self.parameters), "inputs": [entry.to_dict() for entry in self.inputs],
        }  # fmt: skip


def trace(
    frame: pd.DataFrame,
    columns: Sequence[Column],
    place: str,
    *,
    read: Callable[[str], pd.DataFrame],
    sources: Mapping[str, Mapping[str, Any]],
    parameters: Mapping[str, Any] | None = None,
) -> list[TraceRow]:
    """Every value of the rows of `place` with its origin.

    Parameters
    ----------
    frame : DataFrame
        A result as `Result.to_frame` gives it.
    columns : sequence of Column
        Its description.
    place : str
        Rows in which any key column equals this text; the one row of a table without keys is of the whole region.
    read : callable
        Table name (``tables/places.csv``, ``results/links/times`` ...) -> frame. Called once a table.
    sources : mapping
        Source id -> title, publisher, licence, url.
    parameters : mapping, optional
        Parameters of the result.

    Returns
    -------
    list of TraceRow
        In the order of rows, then of columns; key columns are not values.

    Raises
    ------
    InputError
        The description does not fit the frame, or no row is of this place.
    """
    lost = [column.name for column in columns if column.name not in frame.columns]
    if lost:
        raise InputError(f"the table has no columns {', '.join(lost)}", hint="run the step that writes it again")
    keys = [column.name for column in columns if column.key]
    reader = _Reader(read, sources)
    out: list[TraceRow] = []
    for _, row in frame[_rows_of(frame, keys, place)].iterrows():
        values = {**(parameters or {}), **{str(name): row[name] for name in frame.columns}}
        key = {name: _plain(values[name]) for name in keys}
        for column in columns:
            if column.key:
                continue
            out.append(
                TraceRow(
                    key=key, column=column.name, value=_plain(values[column.name]),
                    unit=_unit(column, values), en=column.en, zh=column.zh, modelled=column.modelled,
                    formula=column.formula, parameters=dict(parameters or {}),
                    inputs=tuple(reader.resolve(entry, place, values) for entry in column.inputs),
                )
            )  # fmt: skip
    return out


def _rows_of(frame: pd.DataFrame, keys: Sequence[str], place: str) -> pd.Series:
    """Mask of the rows in which a key column is `place`; of a table without keys its only row."""
    if not keys and len(frame) == 1:
        return pd.Series(True, frame.index)
    texts = {name: frame[name].map(_text) for name in keys}
    chosen = pd.Series(False, frame.index)
    for text in texts.values():
        chosen |= text == place
    if not chosen.any():
        known = sorted({value for text in texts.values() for value in text})
        raise InputError(
            f"no row for {place!r} in the key columns {', '.join(keys) or '(none)'}",
            hint=f"{len(known)} keys are there, such as {', '.join(known[:8])}",
        )
    return chosen


class _Reader:
    """Reads each table and answers each question once."""

    def __init__(self, read: Callable[[str], pd.DataFrame], sources: Mapping[str, Mapping[str, Any]]) -> None:
        self._read = read
        self._sources = sources
        self._tables: dict[str, pd.DataFrame | str] = {}
        self._text: dict[tuple[str, str], pd.Series] = {}
        self._answers: dict[str, TraceInput] = {}

    def resolve(self, entry: Input, place: str, values: Mapping[str, Any]) -> TraceInput:
        where = {str(name): _filled(wanted, place, values) for name, wanted in entry.where.items()}
        question = json.dumps([entry.table, where], ensure_ascii=False, sort_keys=True)
        if question not in self._answers:
            self._answers[question] = self._select(entry.table, where)
        return self._answers[question]

    def _select(self, name: str, where: Mapping[str, Any]) -> TraceInput:
        table = self._table(name)
        if isinstance(table, str):
            return TraceInput(name, where, pd.DataFrame(), problem=table)
        lost = [column for column in where if column not in table.columns]
        if lost:
            return TraceInput(name, where, table.iloc[:0], problem=f"no columns {', '.join(lost)}")
        keep = np.ones(len(table), dtype=bool)
        for column, wanted in where.items():
            allowed = set(wanted) if isinstance(wanted, list) else {wanted}
            keep &= self._as_text(name, column, table).isin(allowed).to_numpy()
        rows = table[keep].reset_index(drop=True)
        return TraceInput(name, where, rows, self._named(rows), "" if len(rows) else "no row fits")

    def _table(self, name: str) -> pd.DataFrame | str:
        if name not in self._tables:
            try:
                table = self._read(name)
                named = [level for level in table.index.names if level is not None]
                self._tables[name] = table.reset_index() if named else table
            except MegaregionError as error:  # a missing table is a finding of the trace, not its end
                self._tables[name] = error.message
        return self._tables[name]

    def _as_text(self, name: str, column: str, table: pd.DataFrame) -> pd.Series:
        if (name, column) not in self._text:
            self._text[name, column] = table[column].map(_text)
        return self._text[name, column]

    def _named(self, rows: pd.DataFrame) -> tuple[SourceRef, ...]:
        if "source" not in rows:
            return ()
        words = {w.strip() for cell in rows["source"].map(_text) for w in cell.split(";") if w.strip()}
        return tuple(self._source(name) for name in sorted(words))

    def _source(self, name: str) -> SourceRef:
        entry = self._sources.get(name)
        if entry is None:
            return SourceRef(name, title="not described in workspace.toml")
        text = {key: str(entry.get(key, "")) for key in ("title", "publisher", "licence", "url")}
        return SourceRef(name, **text)


def render(rows: Sequence[TraceRow], *, limit: int = SHOWN) -> str:
    """Text for a terminal.

    Parameters
    ----------
    rows : sequence of TraceRow
    limit : int, default 8
        Input rows printed for each table; the others are counted.
    """
    lines: list[str] = []
    before: Mapping[str, Any] | None = None
    for row in rows:
        if row.key != before:
            lines.append(("" if before is None else "\n") + ", ".join(f"{k} = {v}" for k, v in row.key.items()))
            if row.parameters:
                lines.append("  parameters: " + ", ".join(f"{k} = {v}" for k, v in row.parameters.items()))
            before = row.key
        value = "no data" if row.value is None else f"{row.value:.10g}" if isinstance(row.value, float) else row.value
        unit = f" {row.unit}" if row.unit and row.value is not None else ""
        lines.append(f"  {row.column} = {value}{unit}   {row.en} / {row.zh}{'   [modelled]' if row.modelled else ''}")
        if row.formula:
            lines.append(f"    formula: {row.formula}")
        for entry in row.inputs:
            lines += _input_lines(entry, limit)
    return "\n".join(lines)


def _input_lines(entry: TraceInput, limit: int) -> list[str]:
    where = "; ".join(f"{k} = {_short(v)}" for k, v in entry.where.items()) or "the whole table"
    count = entry.problem or f"{len(entry.rows)} rows"
    lines = [f"    from {entry.table} ({where}): {count}"]
    for record in entry.rows.head(limit).to_dict("records"):
        cells = {name: _text(value) for name, value in record.items()}
        lines.append("      " + " | ".join(f"{name} {text}" for name, text in cells.items() if text))
    if len(entry.rows) > limit:
        lines.append(f"      ... and {len(entry.rows) - limit} more")
    for source in entry.sources:
        parts = [source.title, source.publisher, f"licence {source.licence}" if source.licence else "", source.url]
        lines.append(f"      source {source.id}: " + "; ".join(part for part in parts if part))
    if entry.table.startswith("results/") and len(entry.rows):
        lines.append(f"      trace on with {entry.table.removeprefix('results/')}")
    return lines


def _short(value: Any) -> str:
    if isinstance(value, list):
        more = f" and {len(value) - 4} more" if len(value) > 4 else ""
        return ", ".join(value[:4]) + more
    return str(value)


def _unit(column: Column, values: Mapping[str, Any]) -> str:
    """Unit of a value; where it differs by row, the one that the row says."""
    return _text(values.get("unit", "")) if column.unit == "by row" else column.unit


def _filled(wanted: Any, place: str, values: Mapping[str, Any]) -> str | list[str]:
    if isinstance(wanted, (list, tuple)):
        return [_fill(item, place, values) for item in wanted]
    return _fill(wanted, place, values)


def _fill(wanted: Any, place: str, values: Mapping[str, Any]) -> str:
    """One wanted value as text; ``{place}``, ``{column}`` and ``{parameter}`` are replaced."""
    if not isinstance(wanted, str):
        return _text(wanted)

    def one(match: re.Match[str]) -> str:
        name = match[1]
        if name == "place":
            return place
        if name not in values:
            raise InputError(f"the description of a column names {{{name}}}, which the table does not have")
        return _text(values[name])

    return _HOLE.sub(one, wanted)


def _text(value: Any) -> str:
    """A cell as the text that it has in a CSV: 2020.0 is 2020, true is true, missing is empty."""
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating)):
        if np.isnan(value):
            return ""
        return str(int(value)) if np.isfinite(value) and value == int(value) else repr(float(value))
    return str(value)


def _plain(value: Any) -> Any:
    """JSON-able scalar; missing is None."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None if np.isnan(value) else str(value)
    return value if isinstance(value, (bool, int, float, str)) else str(value)
