"""Harmonizing from files: a workspace with its crosswalk, a table of values, maps of units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from megaregion.data.atomic import write_text
from megaregion.data.crosswalk import By, Crosswalk, crosswalk, crosswalk_problems
from megaregion.data.harmonize import How, harmonize, stated
from megaregion.data.harmonize_tables import Harmonized
from megaregion.data.problem import Problem
from megaregion.data.schema import conform, schema
from megaregion.data.sources.table import read_table
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError, SchemaError, WorkspaceError

if TYPE_CHECKING:
    import geopandas as gpd


@dataclass(frozen=True, kw_only=True)
class HarmonizeOptions:
    """What the command is told.

    Attributes
    ----------
    year : int
        Borders wanted.
    by : {'population', 'area'}
        Shares by which units are split.
    how : {'share', 'pool'}
    indicators : tuple of str
        Only these and their weights; empty for all.
    intensive, borders : mapping of str to str
        See `harmonize`; years as text.
    neither : tuple of str
    """

    year: int
    by: By = "population"
    how: How = "share"
    indicators: tuple[str, ...] = ()
    intensive: Mapping[str, str] = field(default_factory=dict)
    borders: Mapping[str, str] = field(default_factory=dict)
    neither: tuple[str, ...] = ()


def harmonize_workspace(root: Path, values: Path | None, *, options: HarmonizeOptions, out: Path) -> Harmonized:
    """Bring the indicators of a workspace (or of a file) to the borders of one year and write the tables.

    Parameters
    ----------
    root : Path
        Workspace with tables/crosswalk.csv.
    values : Path or None
        Table with the columns of tables/indicators.csv whose units may be former ones; None: the indicators of the
        workspace.
    options : HarmonizeOptions
        Added to what [options.harmonize] of the workspace says.
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
    places, more = workspace.read("places")
    problems += more
    known = set(places["place_id"])
    if not any(p.severity == "error" for p in problems):
        problems += crosswalk_problems(table, known=known)
    rows, more = workspace.read("indicators") if values is None else _values(values)
    _refuse([*problems, *more])
    rows, rates = _chosen(rows, options)
    if bad := [f"{name}={text}" for name, text in options.borders.items() if not text.isdigit()]:
        raise InputError(f"borders must be years, got {', '.join(bad)}")
    told = stated(workspace.config.get("options", {}))
    names = set(rows["indicator"]) | set(rows["source"].dropna())
    borders = {name: year for name, year in told.borders.items() if name in names}
    borders |= {name: int(text) for name, text in options.borders.items()}
    there = {n: w for n, w in told.intensive.items() if {n, w} <= names}
    result = harmonize(
        rows, _changes(table, options), year=options.year, intensive=there | rates, known=known, borders=borders,
        neither=(*told.neither, *options.neither), how=options.how,
    )  # fmt: skip
    _write(result, out)
    return result


def _values(path: Path) -> tuple[pd.DataFrame, list[Problem]]:
    """A table of values typed as indicators, and what is wrong with it."""
    raw, found = read_table(path, path.name)
    if raw.empty:
        return raw, [*found, Problem("error", "empty-table", path.name, "there are no values", fix="add rows")]
    rows, typed = conform(raw, "indicators", path.name)
    return rows, found + typed


def _chosen(rows: pd.DataFrame, options: HarmonizeOptions) -> tuple[pd.DataFrame, dict[str, str]]:
    """Rows of the indicators asked for and of their weights; the rates among them."""
    rates = dict(options.intensive)
    if not options.indicators:
        return rows, rates
    rates = {name: weight for name, weight in rates.items() if name in options.indicators}
    wanted = {*options.indicators, *rates.values()}
    if unknown := sorted(wanted - set(rows["indicator"])):
        raise InputError(f"no values of {', '.join(unknown)}", hint="see the column indicator")
    return rows[rows["indicator"].isin(wanted)], rates


def _changes(table: pd.DataFrame, options: HarmonizeOptions) -> Crosswalk:
    """The crosswalk; pooling needs no shares, so a table without any will do."""
    given = [c for c in ("share_population", "share_area") if c in table and table[c].notna().any()]
    if options.how == "pool" and not given:
        parts = table.groupby(["from_id", "year"])["to_id"].transform("size")
        return crosswalk(table.assign(share_population=1.0 / parts))
    return crosswalk(table, by=options.by)


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
