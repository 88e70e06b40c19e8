"""Reading a workspace without ever stopping, and what is wrong with its files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd

from megaregion.data.problem import Problem, Severity, first
from megaregion.data.rules.record import Record, Sheet
from megaregion.data.schema import TABLES, conform
from megaregion.data.sources.table import SUFFIXES, decode, read_table

GEOMETRY = (".gpkg", ".parquet", ".geojson")
_PRIMARY = ("geometry/places.gpkg", "geometry/places.parquet", "geometry/places.geojson")


def read(folder: Path) -> tuple[Record, list[Problem]]:
    """Everything that can be read of `folder`, and what could not be."""
    problems: list[Problem] = []
    config = _toml(folder, "workspace.toml", problems)
    if not (folder / "workspace.toml").exists():
        problems.append(
            Problem(
                "error",
                "no-workspace",
                "workspace.toml",
                "a workspace needs this file, there is none",
                fix="megaregion init makes one; see the documentation: workspace format",
            )
        )
    elif config == {}:
        problems.append(
            Problem("error", "missing-key", "workspace.toml", "expected a table [cluster], the file is empty",
                    column="cluster", labels=("cluster",), count=1, fix="see the documentation: workspace format")
        )  # fmt: skip
    trees = {p.name: _toml(folder, p.name, problems) for p in _list(folder, problems) if _is_tree(p)}
    projects = _toml(folder, "projects.toml", problems) or {}
    scenarios: dict[str, dict[str, Any] | None] = {}
    for path in _list(folder / "scenarios", problems):
        name = f"scenarios/{path.name}"
        if path.suffix == ".toml" and not path.name.startswith("."):
            scenarios[name] = _toml(folder, name, problems)
    sheets = _sheets(folder, problems)
    layers = _layers(folder, problems)
    read_trees = {name: tree for name, tree in trees.items() if tree is not None}
    read_scenarios = {name: data for name, data in scenarios.items() if data is not None}
    record = Record(folder, config or {}, sheets, read_trees, projects, read_scenarios, layers)
    return record, problems


def _is_tree(path: Path) -> bool:
    return path.name.startswith("index") and path.suffix == ".toml"


def _list(folder: Path, problems: list[Problem]) -> list[Path]:
    """Visible entries by name; a folder that is not there is empty, one that cannot be opened is reported."""
    try:
        if not folder.exists():
            return []
        return sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    except OSError as error:
        problems.append(
            Problem(
                "error",
                "unreadable",
                folder.name,
                f"expected a folder that can be opened: {error.strerror}",
                fix="correct the permissions, or delete the file that has the folder's name",
            )
        )
        return []


def _toml(folder: Path, name: str, problems: list[Problem]) -> dict[str, Any] | None:
    """Content of a TOML file; None if it is not there or cannot be read (which is reported)."""
    path = folder / name
    try:
        if not path.exists():
            return None
        text, encoding = decode(path.read_bytes())
        if encoding != "utf-8-sig":
            problems.append(
                Problem("error", "encoding", name, "expected UTF-8, found GBK", fix="save the file as UTF-8")
            )
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem("error", "unreadable", name, f"not valid TOML: {error}", fix="correct this line"))
    except (OSError, ValueError) as error:
        problems.append(
            Problem("error", "unreadable", name, f"the file cannot be read: {error}", fix="save it again as UTF-8 text")
        )
    return None


def _sheets(folder: Path, problems: list[Problem]) -> dict[str, Sheet]:
    found: dict[str, list[Path]] = {name: [] for name in TABLES}
    stray: list[str] = []
    for path in _list(folder / "tables", problems):
        table = path.name.split(".", 1)[0]
        if table in found and path.suffix.lower() in SUFFIXES:
            found[table].append(path)
        else:
            stray.append(path.name)
    if stray:
        near = [match for name in stray for match in get_close_matches(name.split(".")[0], TABLES, 1)]
        hint = f"perhaps {', '.join(dict.fromkeys(near))} was meant; " if near else ""
        problems.append(
            Problem(
                "warning",
                "unknown-file",
                "tables",
                "files that no table is read from",
                labels=first(stray),
                count=len(stray),
                fix=f"{hint}tables: {', '.join(TABLES)}; formats: {', '.join(SUFFIXES)}",
            )
        )
    if not found["places"]:
        problems.append(
            Problem(
                "error",
                "missing-table",
                "tables/places.csv",
                "every workspace needs this table, there is none",
                fix="one row a place: place_id, name, kind, parent_id, lon, lat",
            )
        )
    out = {}
    for name, paths in found.items():
        ordered = sorted(paths, key=lambda p: (len(p.suffixes), p.name))
        if sheet := _sheet(name, ordered, problems):
            out[name] = sheet
    return out


def _sheet(name: str, paths: list[Path], problems: list[Problem]) -> Sheet | None:
    frames, raws, files = [], [], []
    for path in paths:
        where = f"tables/{path.name}"
        raw, found = read_table(path, where)
        problems += found
        if len(raw.columns) == 0:
            if not found:
                problems.append(_empty(where))
            continue
        if raw.empty:
            problems.append(_empty(where))
        frame, more = conform(raw, name, where)
        problems += more
        frames.append(frame)
        raws.append(raw)
        files.append(pd.Series(where, index=raw.index, dtype=object))
    filled = [i for i, frame in enumerate(frames) if len(frame)] or list(range(len(frames)))[:1]
    if not filled:
        return None
    return Sheet(
        name,
        pd.concat([frames[i] for i in filled], ignore_index=True),
        pd.concat([raws[i] for i in filled], ignore_index=True),
        pd.concat([files[i] for i in filled], ignore_index=True),
    )


def _empty(where: str) -> Problem:
    severity: Severity = "error" if where.startswith("tables/places.") else "warning"
    return Problem(
        severity,
        "empty-table",
        where,
        "expected rows below the header, found none",
        fix="add the rows, or delete the file if the region has no such data",
    )


def _layers(folder: Path, problems: list[Problem]) -> dict[str, Any]:
    paths = [p for p in _list(folder / "geometry", problems) if p.suffix.lower() in GEOMETRY]
    names = sorted((f"geometry/{p.name}" for p in paths), key=lambda n: (n not in _PRIMARY, n))
    names.sort(key=lambda n: _PRIMARY.index(n) if n in _PRIMARY else len(_PRIMARY))
    if not any(name in _PRIMARY for name in names):
        problems.append(
            Problem(
                "note",
                "no-geometry",
                "geometry",
                "no polygons of the places: maps show points only",
                fix="add geometry/places.gpkg with a column place_id",
            )
        )
    out: dict[str, Any] = {}
    for name in names:
        try:
            for label, frame in _frames(folder / name, name).items():
                if (layer := _layer(frame, label, problems)) is not None:
                    out[label] = layer
        except Exception as error:  # a damaged file must become a finding, whatever its reader raises
            problems.append(
                Problem("error", "unreadable", name, f"the file cannot be read: {error}", fix="export it again")
            )
    return out


def _frames(path: Path, name: str) -> Mapping[str, Any]:
    import geopandas as gpd
    import pyogrio

    if path.suffix.lower() == ".parquet":
        return {name: gpd.read_parquet(path)}
    layers = [str(row[0]) for row in pyogrio.list_layers(path)]
    if len(layers) <= 1:
        return {name: gpd.read_file(path)}
    return {f"{name}:{layer}" if i else name: gpd.read_file(path, layer=layer) for i, layer in enumerate(layers)}


def _layer(frame: Any, where: str, problems: list[Problem]) -> Any | None:
    """The layer in longitude and latitude, index `place_id`; None if it cannot be used."""
    if "place_id" not in frame.columns:
        severity: Severity = "error" if where in _PRIMARY else "note"
        problems.append(
            Problem(
                severity,
                "missing-column",
                where,
                "polygons are joined by the column place_id, it is not there",
                labels=("place_id",),
                count=1,
                fix="add it; found " + ", ".join(map(str, frame.columns)),
            )
        )
        return None
    if getattr(frame, "crs", None) is None:  # a table without shapes has none either
        problems.append(
            Problem(
                "error",
                "no-crs",
                where,
                "expected a coordinate reference system, the file names none",
                fix="export it again as EPSG:4326",
            )
        )
        frame = frame.set_crs("EPSG:4326")
    frame["place_id"] = frame["place_id"].map(lambda v: None if v is None or v != v else str(v))
    return frame.to_crs("EPSG:4326").set_index("place_id")
