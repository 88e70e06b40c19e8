"""Tables of a program from plain files of a folder, read as those of a workspace are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from megaregion.data.schema import KEYS, conform, schema
from megaregion.data.sources.table import SUFFIXES, read_table
from megaregion.errors import SchemaError, WorkspaceError


def read_stated(folder: Path, tables: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Those of the named tables that a folder holds as CSV, Parquet or XLSX.

    Parameters
    ----------
    folder : Path
        Files are called as the tables are; others are not looked at.
    tables : sequence of str
        Of `megaregion.data.schema.TABLES`.

    Raises
    ------
    WorkspaceError
        There is no such folder, or none of the tables is in it.
    SchemaError
        A table is wrong; everything wrong is listed.
    """
    if not folder.is_dir():
        raise WorkspaceError(f"there is no folder {folder.name}", hint="give a workspace, or a folder of plain tables")
    found: dict[str, pd.DataFrame] = {}
    problems: list[str] = []
    for name in tables:
        paths = [p for p in (folder / f"{name}{suffix}" for suffix in SUFFIXES) if p.is_file()]
        if len(paths) > 1:
            problems.append(f"error   two-files: {name} stands in {' and '.join(p.name for p in paths)}")
        for path in paths[:1]:
            raw, more = read_table(path, path.name)
            frame, wrong = conform(raw, name, path.name)
            problems += [p.line() for p in (*more, *wrong) if p.severity == "error"]
            key = [k for k in KEYS[name] if k in frame]
            if len(key) == len(KEYS[name]) and frame.duplicated(key).any():
                twice = ", ".join(frame.loc[frame.duplicated(key), key[0]].astype(str).head(5))
                problems.append(f"error   duplicate-id: {path.name}: rows repeat {' + '.join(key)} [{twice}]")
            found[name] = frame
    if problems:
        raise SchemaError(f"{len(problems)} problems in {folder.name}:\n" + "\n".join(problems),
                          hint="columns: docs, workspace format")  # fmt: skip
    if not found:
        raise WorkspaceError(
            f"{folder.name} is no workspace and has none of the tables {', '.join(tables)}",
            hint="columns of the first: " + ", ".join(f.name for f in schema(tables[0]) if f.required),
        )
    return found
