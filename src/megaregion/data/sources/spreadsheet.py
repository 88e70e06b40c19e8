"""A spreadsheet as it stands: every cell as text with its own row number, merged cells spread out."""

from __future__ import annotations

import csv
import datetime
import io
from dataclasses import dataclass
from pathlib import Path

from megaregion.data.sources.table import decode
from megaregion.errors import InputError


@dataclass(frozen=True)
class Sheet:
    """Cells of one sheet.

    Attributes
    ----------
    name : str
        Of the sheet; the file for CSV.
    rows : tuple of (int, tuple of str)
        Number of the row as a spreadsheet program shows it, and its cells; rows without any text are left out.
    encoding : str
        Of a CSV file; empty for XLSX.
    """

    name: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    encoding: str = ""


def read_sheet(path: Path, *, sheet: str | None = None) -> Sheet:
    """One sheet of an XLSX file, or a CSV file in UTF-8 or GBK.

    Parameters
    ----------
    path : Path
        Ends in .xlsx or .csv.
    sheet : str, optional
        Name of the sheet; needed where several hold text.

    Raises
    ------
    InputError
        The file cannot be read, is of another kind, or it is not clear which sheet is meant.
    """
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".xlsx"):
        raise InputError(f"{path.name}: expected a file .xlsx or .csv, got {suffix or 'no suffix'!r}",
                         hint="save it as XLSX or CSV from the spreadsheet program")  # fmt: skip
    try:
        if suffix == ".csv":
            return _csv(path)
        found = _xlsx(path)
    except Exception as error:  # a damaged file, whatever its reader raises
        raise InputError(f"{path.name}: the file cannot be read: {error}", hint="open and save it again") from error
    if sheet is not None:
        if sheet not in found:
            raise InputError(f"{path.name}: there is no sheet {sheet!r}", hint="sheets: " + ", ".join(found))
        return found[sheet]
    full = [one for one in found.values() if one.rows]
    if len(full) > 1:
        raise InputError(
            f"{path.name}: {len(full)} sheets hold text: {', '.join(one.name for one in full)}",
            hint="name the one to read (sheet, --sheet); nothing is left out in silence",
        )
    return full[0] if full else Sheet(path.name, ())


def _csv(path: Path) -> Sheet:
    text, encoding = decode(path.read_bytes())
    reader, rows, start = csv.reader(io.StringIO(text, newline="")), [], 1
    for cells in reader:  # a quoted cell may hold line breaks: the line where the row begins is its number
        row = tuple(cell.strip() for cell in cells)
        if any(row):
            rows.append((start, row))
        start = reader.line_num + 1
    return Sheet(path.name, tuple(rows), encoding)


def _xlsx(path: Path) -> dict[str, Sheet]:
    import openpyxl

    book = openpyxl.load_workbook(path, data_only=True)  # merged ranges are not there in read-only mode
    out = {}
    for page in book.worksheets:
        above = {
            (r, c): page.cell(block.min_row, block.min_col).value
            for block in page.merged_cells.ranges
            for r in range(block.min_row, block.max_row + 1)
            for c in range(block.min_col, block.max_col + 1)
            if block.min_row != block.max_row  # a title over several columns stays in its first cell
        }
        rows = []
        for number, cells in enumerate(page.iter_rows(values_only=True), 1):
            row = tuple(_text(above.get((number, k), cell)) for k, cell in enumerate(cells, 1))
            if any(row):
                rows.append((number, row))
        out[str(page.title)] = Sheet(str(page.title), tuple(rows))
    book.close()
    return out


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():  # years and codes typed as numbers
        return str(int(value))
    return str(value).strip()
