"""An assignment on disk: tables as CSV, lines as GeoPackage, numbers and units as JSON."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from megaregion.data.atomic import replacing, write_text
from megaregion.data.roads import Roads, lines
from megaregion.data.store import plain
from megaregion.links.hard.assignment import AssignmentResult
from megaregion.result import Result

_STAMP = "2000-01-01T00:00:00.000Z"  # GDAL writes the hour into the file; a fixed one keeps runs identical


def write_assignment(
    folder: Path, found: AssignmentResult, further: Mapping[str, Result] | None = None, *, skims: bool = False
) -> list[Path]:
    """Write an assignment, each file in one step.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    found : AssignmentResult
    further : mapping, optional
        Name -> results (bottlenecks, selected links ...); each becomes a CSV, and a layer if it is by link.
    skims : bool
        Also the cost between zones, ``skim_<class>.csv``: origin, destination, value; pairs without a way have no row.

    Returns
    -------
    list of Path
        links.csv, convergence.csv, one CSV for each further result, summary.json (numbers, parameters, units of all
        columns, warnings), and assignment.gpkg where the place of some link is known. Where trips answer to cost also
        ``trips_<class>.csv``: those that travel.
    """
    folder = Path(folder)
    tables: dict[str, Result] = {"links": found, **(further or {})}
    out = [_csv(folder / f"{name}.csv", table.to_frame()) for name, table in tables.items()]
    out.append(_csv(folder / "convergence.csv", found.convergence()))
    if found.response is not None:
        out += [_csv(folder / f"trips_{n}.csv", trips.to_frame()) for n, trips in found.travelling().items()]
    if skims:
        for name, cost in found.skims().items():
            way = np.argwhere(np.isfinite(cost.to_numpy()))
            zone, value = found.roads.zones.to_numpy(object), cost.to_numpy()[tuple(way.T)]
            long = pd.DataFrame({"origin": zone[way[:, 0]], "destination": zone[way[:, 1]], "value": value})
            out.append(_csv(folder / f"skim_{name}.csv", long))
    out.append(write_summary(folder / "summary.json", tables))
    frames = {name: table.to_frame() for name, table in tables.items()}
    layers = {name: frame for name, frame in frames.items() if "link_id" in frame.columns}
    if write_layers(folder / "assignment.gpkg", found.roads, layers):
        out.append(folder / "assignment.gpkg")
    return out


def write_summary(path: Path, tables: Mapping[str, Result]) -> Path:
    """Write what there is to know of results beside their frames: numbers, parameters, columns, warnings."""
    summary = {name: _described(table) for name, table in tables.items()}
    write_text(path, json.dumps(plain(summary), ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    return path


def write_layers(path: Path, roads: Roads, frames: Mapping[str, pd.DataFrame]) -> bool:
    """Write frames with a column `link_id` as layers of lines, and the nodes; False if no place is known.

    A link without a geometry of its own is a straight line; one with an end of unknown place has none.
    """
    import geopandas as gpd
    import pyogrio
    import shapely

    shapes = pd.Series(lines(roads), index=roads.links.index)
    if shapes.isna().all():
        return False
    crs = roads.crs or None
    parts = bool((shapely.get_type_id(shapes.to_numpy(object)) == shapely.GeometryType.MULTILINESTRING).any())
    layers = {
        name: gpd.GeoDataFrame(frame, geometry=shapes.reindex(frame["link_id"]).to_numpy(object), crs=crs)
        for name, frame in frames.items()
    }
    if {"x", "y"} <= set(roads.nodes.columns):
        nodes = roads.nodes.rename_axis("node_id").reset_index()
        known = nodes[["x", "y"]].notna().all(axis=1)
        at = gpd.points_from_xy(nodes.loc[known, "x"], nodes.loc[known, "y"])
        layers["nodes"] = gpd.GeoDataFrame(nodes.loc[known, ["node_id", "zone_id", "no_through"]], geometry=at, crs=crs)
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _STAMP})
    try:
        with replacing(path) as temporary, warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="'crs' was not provided")  # the result says so itself
            for number, (name, frame) in enumerate(layers.items()):
                kind = "Point" if name == "nodes" else "MultiLineString" if parts else "LineString"
                pyogrio.write_dataframe(frame, temporary, layer=name, driver="GPKG", append=number > 0,
                                        geometry_type=kind, promote_to_multi=parts and name != "nodes")  # fmt: skip
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
    return True


def _csv(path: Path, frame: pd.DataFrame) -> Path:
    write_text(path, frame.to_csv(index=False, lineterminator="\n"))
    return path


def _described(table: Result) -> dict[str, Any]:
    return {
        "title_en": table.title_en, "title_zh": table.title_zh, "facts": table.facts(),
        "parameters": table.parameters(), "warnings": list(table.warnings),
        "columns": {c.name: {"unit": c.unit, "en": c.en, "zh": c.zh, "modelled": c.modelled, "formula": c.formula}
                    for c in table.describe()},
    }  # fmt: skip
