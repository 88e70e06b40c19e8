"""The step `road_map`: dead ends at borders, crossings of borders and completeness of a workspace's map of roads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from megaregion.data.cluster import Cluster, units
from megaregion.data.road_map import CLASSES, RANK
from megaregion.errors import InputError, MissingDataError
from megaregion.links.hard.border_crossings import border_crossings
from megaregion.links.hard.border_detours import border_detours
from megaregion.links.hard.border_regression import border_regression
from megaregion.links.hard.border_segments import SegmentOptions, border_segments
from megaregion.links.hard.dead_ends import DeadEndOptions, Demand, dead_ends
from megaregion.links.hard.road_completeness import road_completeness
from megaregion.links.hard.road_sources import read_barriers, read_map
from megaregion.links.hard.terrain import read_terrain
from megaregion.result import Result

if TYPE_CHECKING:
    import geopandas as gpd

FOLDERS = ("maps/", "raw/")  # the parts of a workspace whose files results are known to depend on
_TEXT = ("roads", "country", "least_class", "barriers", "demand", "elevation", "water")
_NUMBERS = ("gap_km", "facing_deg", "detour_ratio", "run_m", "circuity", "band_km", "inside_km", "segment_km")
KEYS = (*_TEXT, *_NUMBERS, "detours")


def lacking(cluster: Cluster, shapes: gpd.GeoDataFrame | None) -> list[str]:
    """Why the roads of a map cannot be looked at; nothing if they can."""
    out = []
    if not cluster.options.get("road_map"):
        out.append("workspace.toml has no [options.road_map]: roads = a file below maps/")
    else:
        if shapes is None:
            out.append("geometry/ holds no polygons: borders are not known")
        if not cluster.attrs.get("crs"):
            out.append("[cluster] states no crs: lengths of borders need a projected system")
    return out


def study(root: Path, cluster: Cluster, shapes: gpd.GeoDataFrame, *, seed: int) -> dict[str, Result]:
    """Look at the roads of a map along the borders of the units.

    Parameters
    ----------
    root : Path
        Folder of the workspace.
    cluster : Cluster
        [options.road_map]: `roads` (a file below maps/ or raw/), `country`, `least_class`, `barriers` (a layer of water
        and slopes), `demand` (layer of flows that ranks candidates), thresholds of
        `megaregion.links.hard.dead_ends.DeadEndOptions`, `band_km` and `inside_km` of
        `megaregion.links.hard.border_crossings`, `detours` (false leaves them out); with `elevation` (a raster),
        `water` (a layer) or `segment_km` also the regression of segments. The table `road_lengths` gives official
        lengths.
    shapes : GeoDataFrame
        Polygons, index place_id.
    seed : int
        Of the junctions whose detours are compared.

    Returns
    -------
    dict of str to Result
        dead_ends, dead_end_rates, crossings; detours, completeness, segments and regression where there is something
        to compare.

    Raises
    ------
    InputError
        An option is unknown or wrong, a unit has no polygon, or a file cannot be used.
    """
    options = _options(cluster.options.get("road_map", {}))
    level, crs = units(cluster), str(cluster.attrs["crs"])
    if len(lost := level.index.difference(shapes.index)):
        raise InputError(f"geometry: {len(lost)} units have no polygon: {', '.join(map(str, lost[:5]))}")
    mine = shapes.loc[level.index].assign(name=level["name"])
    roads = read_map(root / options["roads"], country=options.get("country", ""))
    least = options.get("least_class", "tertiary")
    official = cluster.further.get("road_lengths")
    complete = None if official is None or official.empty else road_completeness(roads, mine, official, crs=crs)
    barriers = read_barriers(root / options["barriers"]) if "barriers" in options else None
    chosen = {k: options[k] for k in ("gap_km", "facing_deg", "detour_ratio", "run_m", "circuity") if k in options}
    out = dead_ends(
        roads, mine, crs=crs, options=DeadEndOptions(least_class=least, **chosen), barriers=barriers,
        demand=_demand(cluster, level, options.get("demand")),
        completeness=None if complete is None else complete.by_unit(),
    )  # fmt: skip
    lines = {k: options[k] for k in ("band_km", "inside_km") if k in options}
    out["crossings"] = border_crossings(roads, mine, crs=crs, least_class=least, **lines)
    if options.get("detours", True):
        try:
            out["detours"] = border_detours(roads, mine, crs=crs, seed=seed, least_class=least)
        except MissingDataError as error:  # the crossings stand without them
            said = (*out["crossings"].warnings, f"detours left out: {error.message}")
            out["crossings"] = replace(out["crossings"], warnings=said)
    if {"elevation", "water", "segment_km"} & set(options):
        files = {key: root / options[key] if key in options else None for key in ("elevation", "water")}
        cut = {k: float(options[k]) for k in ("segment_km", "band_km", "inside_km") if k in options}
        out["segments"] = segments = border_segments(
            roads,
            mine,
            crs=crs,
            least_class=least,
            options=SegmentOptions(**cut),
            **read_terrain(mine, crs=crs, **files),
        )
        try:
            out["regression"] = border_regression(segments)
        except MissingDataError as error:
            out["segments"] = replace(segments, warnings=(*segments.warnings, f"regression left out: {error.message}"))
    return out if complete is None else {**out, "completeness": complete}


def _demand(cluster: Cluster, level: pd.DataFrame, layer: str | None) -> Demand | None:
    if layer is None:
        return None
    if layer not in cluster.flows:
        raise InputError(f"options.road_map.demand: there is no layer {layer!r} in flows",
                         hint="layers: " + (", ".join(cluster.flows) or "none"))  # fmt: skip
    trips = cluster.flows[layer].reindex(index=level.index, columns=level.index).fillna(0.0)
    return Demand(level[["lon", "lat"]], trips)


def _options(given: Mapping[str, Any]) -> dict[str, Any]:
    wrong = [f"unknown key {key!r}" for key in sorted(set(given) - set(KEYS))]
    wrong += [f"{key} must be text, got {given[key]!r}" for key in _TEXT if not isinstance(given.get(key, ""), str)]
    for key in _NUMBERS:
        if key in given and (isinstance(given[key], bool) or not isinstance(given[key], (int, float))):
            wrong.append(f"{key} must be a number, got {given[key]!r}")
    if not isinstance(given.get("detours", True), bool):
        wrong.append(f"detours must be true or false, got {given['detours']!r}")
    for key in ("roads", "barriers", "elevation", "water"):
        path = str(given.get(key, "" if key == "roads" else FOLDERS[0]))
        if not path.startswith(FOLDERS) or ".." in Path(path).parts:
            wrong.append(f"{key} must be a file below {' or '.join(FOLDERS)}, got {given.get(key)!r}")
    if given.get("least_class", CLASSES[0]) not in RANK:
        wrong.append(f"least_class must be one of {', '.join(CLASSES)}, got {given['least_class']!r}")
    if wrong:
        raise InputError("options.road_map: " + "; ".join(wrong), hint="keys: " + ", ".join(KEYS))
    return dict(given)
