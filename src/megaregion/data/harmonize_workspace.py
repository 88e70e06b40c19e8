"""Harmonizing from files: a workspace with its crosswalk, a table of values, maps of units."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from megaregion.data.atomic import write_text
from megaregion.data.crosswalk import By, crosswalk, crosswalk_problems
from megaregion.data.harmonize import harmonize
from megaregion.data.harmonize_tables import Harmonized
from megaregion.data.problem import Problem
from megaregion.data.schema import conform, schema
from megaregion.data.sources.table import read_table
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError, SchemaError, WorkspaceError

if TYPE_CHECKING:
    import geopandas as gpd


def harmonize_workspace(
    root: Path,
    values: Path | None,
    *,
    year: int,
    by: By,
    indicators: Collection[str],
    intensive: Mapping[str, str],
    borders: Mapping[str, str],
    neither: Collection[str],
    out: Path,
) -> Harmonized:  # fmt: skip  (the options of one command, each named)
    """Bring the indicators of a workspace (or of a file) to the borders of one year and write the tables.

    Parameters
    ----------
    root : Path
        Workspace with tables/crosswalk.csv.
    values : Path or None
        Table with the columns of tables/indicators.csv whose units may be former ones; None: the indicators of the
        workspace.
    year, by, intensive, borders, neither
        See `harmonize`; years in `borders` as text.
    indicators : collection of str
        Only these and their weights; empty for all.
    out : Path
        Folder for indicators.csv (which can stand in tables/ as indicators.harmonized.csv), parts.csv, steps.csv and
        jumps.csv.

    Raises
    ------
    WorkspaceError
        There is no crosswalk.
    SchemaError, InputError
        A table is wrong.
    """
    workspace = Workspace(root)
    if not workspace.files("crosswalk"):
        raise WorkspaceError(
            f"there is no tables/crosswalk.csv in {root}",
            hint="write one row a part of every unit that changed, or make it: megaregion crosswalk BEFORE AFTER",
        )
    table, problems = workspace.read("crosswalk")
    if not problems:
        places, more = workspace.read("places")
        problems += more + crosswalk_problems(table, known=set(places["place_id"]))
    if values is None:
        rows, more = workspace.read("indicators")
    else:
        raw, found = read_table(values, values.name)
        rows, typed = conform(raw, "indicators", values.name) if not raw.empty else (raw, [])
        more = found + typed
    _refuse([*problems, *more])
    chosen = set(indicators) | {intensive[name] for name in indicators if name in intensive}
    if chosen:
        if unknown := sorted(chosen - set(rows["indicator"])):
            raise InputError(f"no values of {', '.join(unknown)}", hint="see the column indicator")
        rows = rows[rows["indicator"].isin(chosen)]
    if bad := [f"{name}={text}" for name, text in borders.items() if not text.isdigit()]:
        raise InputError(f"borders must be years, got {', '.join(bad)}")
    rates = {name: weight for name, weight in intensive.items() if not chosen or name in chosen}
    dates = {name: int(text) for name, text in borders.items()}
    result = harmonize(rows, crosswalk(table, by=by), year=year, intensive=rates, neither=neither, borders=dates)
    _write(result, out)
    return result


def _write(found: Harmonized, out: Path) -> None:
    names = [f.name for f in schema("indicators")]
    tables = {"indicators": found.indicators()[names], **{n: r.to_frame() for n, r in found.by_name().items()}}
    for name, frame in tables.items():
        if name != "harmonized":
            write_text(out / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))


def _refuse(problems: list[Problem]) -> None:
    if errors := [p.line() for p in problems if p.severity == "error"]:
        raise SchemaError("\n".join(errors), hint="megaregion check says all that is wrong with a workspace")


def read_shapes(path: Path, column: str) -> gpd.GeoDataFrame:
    """Polygons of a file, index the identifiers of `column` as text.

    Raises
    ------
    InputError
        The file cannot be read, or has no such column.
    """
    frame = _read(path)
    if column not in frame:
        raise InputError(f"{path.name} has no column {column!r}", hint="columns: " + ", ".join(map(str, frame.columns)))
    frame[column] = frame[column].astype(str)
    return frame.set_index(column)


def read_weights(path: Path, column: str) -> gpd.GeoDataFrame:
    """Points or polygons of a file with the column `weight`.

    Raises
    ------
    InputError
        The file cannot be read, or has no such column.
    """
    frame = _read(path)
    if column not in frame:
        raise InputError(f"{path.name} has no column {column!r}", hint="columns: " + ", ".join(map(str, frame.columns)))
    return frame.assign(weight=pd.to_numeric(frame[column], errors="coerce"))[["weight", "geometry"]]


def _read(path: Path) -> gpd.GeoDataFrame:
    import geopandas as gpd

    try:
        return gpd.read_file(path)
    except Exception as error:  # its readers raise many kinds
        raise InputError(f"{path} cannot be read as a map: {error}", hint="GeoPackage, GeoJSON or Shapefile") from None
