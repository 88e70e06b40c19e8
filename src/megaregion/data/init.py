"""New workspaces: a copy of a shipped example, or one made from a boundary file and a spreadsheet."""

from __future__ import annotations

import re
import shutil
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from megaregion.data.atomic import replacing, write_text
from megaregion.data.sources.table import read_table
from megaregion.errors import InputError, WorkspaceError
from megaregion.units import is_money, known

EXAMPLES = ("yangtze-delta", "germany")
_LEFT_BEHIND = shutil.ignore_patterns("results", "report", "raw", "derive", "__pycache__", ".tmp-*")
_HEADER = re.compile(r"^(?P<name>.*?)\s*(?:[\[(（](?P<unit>.+)[\])）])?\s*$")
_YEAR = re.compile(r"^(?P<name>.*?)[ _-]*(?P<year>(?:19|20)\d{2})$")
_ROLES = {
    "population": ("population", "pop", "人口", "常住人口", "总人口"),
    "gdp": ("gdp", "地区生产总值", "生产总值", "gross domestic product"),
}
UNSTATED = "unstated"


def example_folder(name: str) -> Path:
    """Folder of a shipped example: inside the installed package, or of the source tree.

    Raises
    ------
    InputError
        There is no such example.
    """
    if name in EXAMPLES:
        package = Path(str(files("megaregion.data"))).parent
        for folder in (package / "examples" / name, package.parents[1] / "examples" / name):
            if (folder / "workspace.toml").exists():
                return folder
    raise InputError(f"there is no example {name!r}", hint="examples: " + ", ".join(EXAMPLES))


def from_example(target: Path, name: str) -> Path:
    """Copy an example into a new folder, without anybody's results.

    Raises
    ------
    WorkspaceError
        The target exists and is not empty.
    """
    source = example_folder(name)
    _must_be_new(target)
    shutil.copytree(source, target, ignore=_LEFT_BEHIND, dirs_exist_ok=True)
    return target.resolve()


def columns_in_both(boundaries: Path, table: Path) -> list[str]:
    """Columns that stand in the boundary file and in the spreadsheet: candidates for the place code.

    Raises
    ------
    InputError
        There is none, or a file cannot be read.
    """
    shapes, values = _shapes(boundaries), _values(table)
    both = [c for c in values.columns if c in shapes.columns]
    if not both:
        raise InputError(
            f"no column stands in both files; boundaries: {', '.join(c for c in shapes.columns if c != 'geometry')}; "
            f"table: {', '.join(values.columns)}",
            hint="give the column of place codes the same name in both",
        )
    return both


def from_files(
    target: Path, boundaries: Path, table: Path, id_column: str, *,
    group_column: str | None = None, year: int | None = None,
) -> Path:  # fmt: skip
    """Make a workspace from polygons and a spreadsheet with one row a place and one column an indicator.

    Parameters
    ----------
    target : Path
        New folder.
    boundaries, table : Path
        Polygons in any format that GDAL reads; XLSX, CSV or Parquet.
    id_column : str
        Column with the place codes, in both.
    group_column : str, optional
        Column of the boundaries with the province or state; without it all places form one group.
    year : int, optional
        Year of the columns that do not end in one.

    Raises
    ------
    InputError
        Codes are missing, repeated or do not match; everything wrong is listed.
    """
    _must_be_new(target)
    shapes, values = _shapes(boundaries), _values(table)
    _codes_must_match(shapes, values, id_column, group_column)
    shapes = shapes.set_index(shapes[id_column].astype(str).str.strip()).sort_index()
    values = values.set_index(values[id_column].astype(str).str.strip()).sort_index().drop(columns=id_column)
    indicators, when = _indicators(values, year)
    metric = shapes.to_crs(shapes.estimate_utm_crs())
    wgs = shapes.to_crs("EPSG:4326")
    points = wgs.geometry.representative_point()
    names = _names(shapes, id_column)
    groups = shapes[group_column].astype(str).str.strip() if group_column else pd.Series("region", shapes.index)
    population = indicators[(indicators["indicator"] == "population") & (indicators["year"] == when)]
    places = pd.DataFrame({
        "place_id": shapes.index, "name": names, "name_zh": names, "kind": "place", "parent_id": "G-" + groups,
        "lon": points.x.round(6), "lat": points.y.round(6), "area_km2": (metric.area / 1e6).round(3),
        "population": population.set_index("place_id")["value"].reindex(shapes.index), "source": "given",
        "note": "point inside the polygon, not the named centre",
    })  # fmt: skip
    tops = [_group_row(name, part) for name, part in places.groupby("parent_id", sort=True)]
    geometry = wgs[["geometry"]].rename_axis("place_id").reset_index()
    with replacing(target / "geometry" / "places.gpkg") as path:
        geometry.to_file(path, layer="places", driver="GPKG")
    _csv(pd.concat([pd.DataFrame(tops), places]), target / "tables" / "places.csv")
    _csv(indicators, target / "tables" / "indicators.csv")
    write_text(
        target / "workspace.toml",
        _config(target, str(metric.crs.to_string()), when, indicators, boundaries, table),
    )
    return target.resolve()


def _must_be_new(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise WorkspaceError(f"{target} exists and is not an empty folder", hint="name a new folder")


def _shapes(path: Path) -> Any:
    import geopandas as gpd

    try:
        frame = gpd.read_file(path)
    except Exception as error:  # GDAL raises many types; the user needs one sentence
        raise InputError(
            f"the boundaries {path} cannot be read: {error}", hint="give polygons that QGIS opens"
        ) from error
    if getattr(frame, "crs", None) is None:  # a table without shapes has none either
        raise InputError(f"{path} declares no coordinate reference system", hint="save it with one (QGIS: Set CRS)")
    return frame


def _values(path: Path) -> pd.DataFrame:
    if not path.exists():
        raise InputError(f"there is no file {path}")
    frame, problems = read_table(path, path.name)
    errors = [p.line() for p in problems if p.severity == "error"]
    if errors:
        raise InputError("\n".join(errors))
    return frame


def _codes_must_match(shapes: Any, values: pd.DataFrame, id_column: str, group_column: str | None) -> None:
    problems = []
    for name, frame in (("boundaries", shapes), ("table", values)):
        if id_column not in frame.columns:
            problems.append(f"{name}: no column {id_column!r}; there: {', '.join(map(str, frame.columns))}")
    if group_column and group_column not in shapes.columns:
        problems.append(f"boundaries: no column {group_column!r}")
    if not problems:
        left, right = (f[id_column].astype(str).str.strip() for f in (shapes, values))
        for name, codes in (("boundaries", left), ("table", right)):
            if codes.duplicated().any():
                problems.append(f"{name}: repeated codes {', '.join(codes[codes.duplicated()].unique()[:5])}")
        only_left, only_right = sorted(set(left) - set(right)), sorted(set(right) - set(left))
        if only_left:
            problems.append(f"{len(only_left)} codes only in the boundaries: {', '.join(only_left[:5])}")
        if only_right:
            problems.append(f"{len(only_right)} codes only in the table: {', '.join(only_right[:5])}")
    if problems:
        raise InputError("; ".join(problems), hint="both files must hold the same places, once each; codes are text")


def _indicators(values: pd.DataFrame, year: int | None) -> tuple[pd.DataFrame, int]:
    rows, years = [], []
    for header in values.columns:
        numbers = pd.to_numeric(values[header].replace("", np.nan), errors="coerce")
        if numbers.notna().sum() == 0:
            continue
        parts = _HEADER.match(str(header))
        name, unit = (parts["name"], parts["unit"]) if parts else (str(header), None)
        dated = _YEAR.match(name)
        when = int(dated["year"]) if dated else year
        name = (dated["name"] if dated else name).strip()
        if when is None:
            raise InputError(f"the column {header!r} names no year", hint="write it as name_2020, or give --year 2020")
        role = next((r for r, words in _ROLES.items() if name.lower() in words), None)
        stated = unit if unit and known(unit) else ("person" if role == "population" and not unit else UNSTATED)
        part = pd.DataFrame({"place_id": values.index, "year": when, "indicator": role or name, "value": numbers,
                             "unit": stated, "scope": "whole", "source": "given", "flag": ""})  # fmt: skip
        rows.append(part[part["value"].notna()])
        years.append(when)
    if not rows:
        raise InputError("the table has no column of numbers beside the codes", hint="one column an indicator")
    return pd.concat(rows, ignore_index=True), max(years)


def _names(shapes: Any, id_column: str) -> pd.Series:
    usual = [c for c in ("name", "NAME", "Name", "名称", "name_zh", "GEN") if c in shapes.columns]
    text = [c for c in shapes.columns if c not in (id_column, "geometry") and pd.api.types.is_string_dtype(shapes[c])]
    chosen = next(iter(usual + text), None)
    return pd.Series(shapes[chosen].to_numpy() if chosen else shapes.index.to_numpy(), shapes.index, dtype="str")


def _group_row(name: object, part: pd.DataFrame) -> dict[str, object]:
    return {
        "place_id": name, "name": str(name).removeprefix("G-"), "name_zh": str(name).removeprefix("G-"),
        "kind": "group", "parent_id": "", "lon": round(part["lon"].mean(), 6), "lat": round(part["lat"].mean(), 6),
        "area_km2": round(part["area_km2"].sum(), 3), "population": part["population"].sum(min_count=len(part)),
        "source": "given", "note": "sum of its places",
    }  # fmt: skip


def _csv(frame: pd.DataFrame, path: Path) -> None:
    with replacing(path) as temporary:
        frame.to_csv(temporary, index=False, lineterminator="\n")


def _config(target: Path, crs: str, year: int, indicators: pd.DataFrame, boundaries: Path, table: Path) -> str:
    there = set(indicators["indicator"])
    roles = "".join(
        f'{role} = "{name}"\n' for role, name in (("population", "population"), ("income", "gdp")) if name in there
    )
    money = [re.search(r"[A-Z]{3}", unit) for unit in indicators["unit"].unique() if is_money(unit)]
    codes = sorted({match[0] for match in money if match})
    currency = f'currency = "{codes[0]}"\n' if len(codes) == 1 else ""
    name = target.resolve().name.replace('"', "")
    title = f"{boundaries.name} and {table.name}".replace('"', "'").replace("\\", "/")
    return f'''# Written by megaregion init; edit freely. docs: concepts/workspace.
format = 1

[cluster]
id = "{name}"
name = "{name}"
name_zh = "{name}"
level = "place"
detail = "place"
group = "group"
base_year = {year}
{currency}timetable = ""
crs = "{crs}"
datum = "WGS-84"
seed = 1
languages = ["zh", "en"]

[indicators]
{roles}
[sources.given]
title = "{title}"
publisher = "the user"
licence = "as given"
url = ""
year = {year}
'''
