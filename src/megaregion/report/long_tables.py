"""Tables of all pairs as CSV beside the workbook: no one reads 160,000 rows in a sheet, and Excel opens them slowly."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from megaregion.data.atomic import replacing
from megaregion.data.stored import StoredTable

LONGEST = 20_000  # rows of a sheet: above, the workbook of 401 counties takes a minute and 50 MB


def write_long_tables(
    folder: Path, results: Mapping[str, Mapping[str, StoredTable]], *, above: int = LONGEST
) -> dict[tuple[str, str], Path]:
    """Write each table of more than `above` rows to a file of its own; files of an earlier run go.

    Parameters
    ----------
    folder : Path
        It is not made where no table is long.
    results : mapping
        Step -> table name -> stored table.
    above : int
        Rows that a sheet of the workbook holds.

    Returns
    -------
    dict
        (step, table name) -> file: CSV in UTF-8 with a byte order mark, by which Excel knows it, one header row with
        the names of the columns.
    """
    from pyarrow import Table, csv

    out: dict[tuple[str, str], Path] = {}
    for step, tables in results.items():
        for name, table in tables.items():
            if len(table.frame) <= above:
                continue
            path = folder / f"{step}_{name}.csv"
            with replacing(path) as temporary, temporary.open("wb") as handle:
                handle.write(b"\xef\xbb\xbf")
                csv.write_csv(Table.from_pandas(table.frame, preserve_index=False), handle)
            out[step, name] = path
    for path in sorted(folder.glob("*.csv")) if folder.is_dir() else []:
        if path not in out.values() and not path.name.startswith("."):
            path.unlink()
    return out
