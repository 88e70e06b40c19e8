"""Tables as people keep them: CSV in UTF-8 or GBK, Parquet, XLSX. Cells of text formats stay text."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd

from megaregion.data.problem import Problem, first

SUFFIXES = (".csv", ".parquet", ".xlsx")


def read_table(path: Path, where: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Read one table without guessing types.

    Parameters
    ----------
    path : Path
        File ending in .csv, .parquet or .xlsx.
    where : str
        How messages name it.

    Returns
    -------
    frame : DataFrame
        Text cells for CSV and XLSX (codes keep their leading zeros where the file has them), typed cells
        for Parquet.
    problems : list of Problem
        Unreadable file, encoding note, ragged rows.
    """
    suffix = path.suffix.lower()
    try:
        if suffix == ".parquet":
            return pd.read_parquet(path), []
        if suffix == ".xlsx":
            return _xlsx(path), []
        return _csv(path, where)
    except Exception as error:  # a damaged file must become a finding, whatever its reader raises
        return pd.DataFrame(), [
            Problem("error", "unreadable", where, f"the file cannot be read: {error}", fix="save it again")
        ]


def decode(data: bytes) -> tuple[str, str]:
    """Text and encoding of a file: UTF-8 with or without byte order mark, else GB18030 (a superset of GBK)."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise ValueError("the encoding is neither UTF-8 nor GBK")


def _csv(path: Path, where: str) -> tuple[pd.DataFrame, list[Problem]]:
    text, encoding = decode(path.read_bytes())
    problems = []
    if encoding == "gb18030":
        problems.append(
            Problem("note", "encoding", where, "read as GBK", fix="save as UTF-8 so that every tool agrees")
        )
    if not text.strip():
        return pd.DataFrame(), [
            *problems,
            Problem("error", "empty-table", where, "the file is empty", fix="write at least the header"),
        ]
    rows = list(csv.reader(io.StringIO(text)))
    header = [name.strip() for name in rows[0]]
    body = [row for row in rows[1:] if row]
    ragged = [i + 1 for i, row in enumerate(body) if len(row) != len(header)]
    if ragged:
        lengths = sorted({len(body[i - 1]) for i in ragged})
        problems.append(
            Problem(
                "error", "ragged", where,
                f"the header has {len(header)} cells, some rows have {', '.join(map(str, lengths))}",
                labels=first(f"row {i}" for i in ragged), count=len(ragged),
                fix="a cell with a comma needs quotation marks; rows are counted from 1 below the header",
            )
        )  # fmt: skip
        body = [(row + [""] * len(header))[: len(header)] for row in body]
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        problems.append(
            Problem("error", "repeated-column", where, "a column name stands twice", labels=first(repeated),
                    count=len(repeated), fix="rename or delete one of them")
        )  # fmt: skip
        keep = [i for i, name in enumerate(header) if name not in header[:i]]
        header, body = [header[i] for i in keep], [[row[i] for i in keep] for row in body]
    return pd.DataFrame(body, columns=header, dtype=object), problems


def _xlsx(path: Path) -> pd.DataFrame:
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        rows = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    finally:
        book.close()
    if not rows:
        return pd.DataFrame()
    width = max((i + 1 for i, cell in enumerate(rows[0]) if cell is not None), default=0)
    header = ["" if cell is None else str(cell).strip() for cell in rows[0][:width]]
    body = [[_cell(cell) for cell in row[:width]] for row in rows[1:] if any(cell is not None for cell in row)]
    return pd.DataFrame(body, columns=header, dtype=object)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():  # Excel keeps codes typed as numbers in floats
        return str(int(value))
    return str(value)
