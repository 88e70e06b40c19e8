"""What the programs of a workspace share: options, one unit a table, pairs as squares, minutes of pairs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from megaregion.errors import InputError, MissingDataError

Tables = Mapping[str, pd.DataFrame]
Minutes = Callable[[Sequence[str], Sequence[str]], pd.DataFrame]
Kind = Literal["number", "text", "flag", "count"]
_WORDS = {"number": "a number", "text": "text", "flag": "true or false", "count": "a whole number"}
_TYPES: dict[str, tuple[type, ...]] = {"number": (int, float), "text": (str,), "flag": (bool,), "count": (int,)}


def table(tables: Tables, name: str) -> pd.DataFrame | None:
    """A stated table with rows, else None."""
    found = tables.get(name)
    return None if found is None or found.empty else found.reset_index(drop=True)


def options(given: Mapping[str, Any], known: Mapping[str, Kind], where: str) -> dict[str, Any]:
    """Options by name, with whole numbers as numbers.

    Raises
    ------
    InputError
        A key is unknown or a value is of another kind; everything is listed.
    """
    wrong, out = [], dict[str, Any]()
    for key, value in given.items():
        kind = known.get(key)
        if kind is None:
            wrong.append(f"unknown key {key!r} (keys: {', '.join(known)})")
        elif not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "flag"):
            wrong.append(f"{key} must be {_WORDS[kind]}, got {value!r}")
        else:
            out[key] = float(value) if isinstance(value, int) and kind == "number" else value
    if wrong:
        raise InputError(f"options.{where}: " + "; ".join(wrong), hint="see docs: workspace format")
    return out


def one_unit(tables: Tables, names: Sequence[str]) -> str:
    """The unit that the rows of some tables share; empty where none is given.

    Raises
    ------
    InputError
        There are several.
    """
    units = {
        str(unit): name
        for name in names
        if (frame := table(tables, name)) is not None and "unit" in frame
        for unit in frame["unit"].dropna().unique()
    }
    if len(units) > 1:
        said = ", ".join(f"{unit!r} in {name}" for unit, name in sorted(units.items()))
        raise InputError(f"amounts are given in several units: {said}", hint="bring them into one")
    return next(iter(units), "")


def square(
    frame: pd.DataFrame, ends: tuple[str, str], value: str | pd.Series, axes: tuple[pd.Index, pd.Index]
) -> pd.DataFrame:
    """Rows of pairs as a matrix, missing where there is no row."""
    series = frame[value] if isinstance(value, str) else value
    by = series.set_axis(pd.MultiIndex.from_frame(frame[list(ends)]))
    return by.unstack().reindex(index=axes[0], columns=axes[1]).astype("float64")


def all_or_none(frame: pd.DataFrame, column: str, where: str) -> bool:
    """Whether every row has a value; False if none has.

    Raises
    ------
    InputError
        Some have and some have not.
    """
    known = frame[column].notna() if column in frame else pd.Series(False, index=frame.index)
    if known.any() and not known.all():
        names = ", ".join(" to ".join(map(str, r)) for r in frame.loc[~known].iloc[:5, :2].to_numpy(object))
        raise InputError(f"{where}.{column} is given in some rows only, not for {names}",
                         hint="state it in every row, or in none")  # fmt: skip
    return bool(known.any())


def minutes_of(frame: pd.DataFrame, ends: tuple[str, str], minutes: Minutes | None, where: str) -> pd.Series:
    """Minutes of every row: those stated, else those of the workspace.

    Raises
    ------
    MissingDataError
        There are neither.
    """
    given = frame["minutes"].astype("float64") if "minutes" in frame else pd.Series(np.nan, index=frame.index)
    gaps = given.isna()
    if not gaps.any():
        return given
    rows = frame.loc[gaps, list(ends)].astype(str)
    if minutes is None:
        names = ", ".join(" to ".join(r) for r in rows.head(5).to_numpy())
        raise MissingDataError(f"{where}.minutes is empty for {names}", hint="plain files need the travel times")
    away = minutes(sorted(set(rows[ends[0]])), sorted(set(rows[ends[1]])))
    at = away.index.get_indexer(pd.Index(rows[ends[0]])), away.columns.get_indexer(pd.Index(rows[ends[1]]))
    given.loc[gaps] = away.to_numpy(dtype=np.float64)[at]
    return given
