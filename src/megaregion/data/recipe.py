"""What a recipe gives back, and how it writes a table so that two runs give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from megaregion.data.schema import schema
from megaregion.errors import InputError


@dataclass(frozen=True, kw_only=True)
class RecipeReport:
    """What a recipe built.

    Attributes
    ----------
    rows : mapping of str to int
        File in the workspace -> number of rows.
    notes : tuple of str
        What a reader must know of the tables: what was left out, assumed or repaired.
    facts : mapping
        Checks and calibrations, JSON-able; every key carries its unit.
    """

    rows: Mapping[str, int]
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def write_table(frame: pd.DataFrame, table: str, path: Path) -> int:
    """Write the columns of a schema as CSV: UTF-8, LF, `true`/`false`, missing cells empty; returns the rows.

    Raises
    ------
    InputError
        The frame has columns that the schema does not know, or lacks required ones, or has gaps in columns
        that allow none.
    """
    fields = {f.name: f for f in schema(table)}
    unknown = [c for c in frame.columns if c not in fields and not str(c).startswith("x_")]
    lacking = [f.name for f in fields.values() if f.required and f.name not in frame.columns]
    gaps = [c for c in frame.columns if c in fields and not fields[c].nullable and frame[c].isna().any()]
    if unknown or lacking or gaps:
        raise InputError(
            f"{path.name} does not fit the schema {table}: unknown {unknown}, lacking {lacking}, gaps in {gaps}",
            hint="this is a fault of the recipe or of a changed source file",
        )
    out = frame[[c for c in fields if c in frame.columns] + [c for c in frame.columns if c not in fields]].copy()
    for name in out.columns:
        if name in fields and fields[name].dtype == "bool":
            out[name] = out[name].map({True: "true", False: "false"})
        if name in fields and fields[name].dtype == "int":
            out[name] = out[name].astype("Int64")
    path.parent.mkdir(parents=True, exist_ok=True)
    out.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
    return len(out)
