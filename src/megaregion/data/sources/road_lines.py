"""Roads out of a file of lines (GeoPackage, GeoJSON, shapefile): class by a column, junctions at shared points."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.data.road_map import CLASSES, RoadMap, Ways, class_defaults, road_map
from megaregion.data.sources.osm import speed_kmh
from megaregion.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd

GRID = 1e-7  # degree; about a centimetre: points nearer than that are one
_CLASS = ("road_class", "highway", "fclass", "class")


def read_road_lines(path: Path, *, country: str = "", extract: gpd.GeoSeries | None = None) -> RoadMap:
    """Roads from lines with a class each.

    Parameters
    ----------
    path : Path
        Anything that geopandas reads, with a coordinate reference system. Columns: the class (road_class, highway,
        fclass or class, in the words of OpenStreetMap); optional speed_kmh or maxspeed (as OpenStreetMap writes it),
        lanes, oneway (true or false; yes, no, -1 against the line; F, T, B for along it, against it, both), name, ref.
    country : str
        Whose defaults fill speed and lanes.
    extract : GeoSeries, optional
        Area in which the lines are complete: an end of road within 50 m of its edge, or outside, is clipped. Without
        it that of the hull of all lines.

    Raises
    ------
    InputError
        The file cannot be read, states no reference system, or has no class of road.
    """
    import geopandas as gpd

    try:
        frame = gpd.read_file(path)
    except Exception as error:  # every driver has errors of its own
        text = f"{Path(path).name} cannot be read as lines: {error}"
        raise InputError(text, hint="export it from QGIS again") from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError(f"{Path(path).name} holds a table without shapes", hint="export a layer of lines")
    column = next((c for c in _CLASS if c in frame.columns), None)
    lines = frame[frame.geometry.notna() & frame.geometry.geom_type.isin(["LineString", "MultiLineString"])]
    wrong = []
    if frame.crs is None:
        wrong.append("it states no coordinate reference system")
    if column is None:
        wrong.append(f"it has no column with the class of road ({', '.join(_CLASS)})")
    if lines.empty:
        wrong.append("it holds no lines")
    if wrong or column is None:
        raise InputError(f"{Path(path).name}: " + "; ".join(wrong), hint="mend it in QGIS and export it again")
    lines = lines.to_crs("EPSG:4326").explode(index_parts=False, ignore_index=True)
    kind = lines[column].astype(str).str.removesuffix("_link")
    known = kind.isin(CLASSES)
    if not known.any():
        some = ", ".join(sorted(kind.unique())[:5])
        raise InputError(f"{Path(path).name}: no {column} is a class of road (found {some})",
                         hint=f"classes: {', '.join(CLASSES)}")  # fmt: skip
    bare = int((~frame.geometry.geom_type.isin(["LineString", "MultiLineString"])).sum())
    notes = [f"{bare} rows hold no line and are left out"] if bare else []
    notes += [f"{int((~known).sum())} lines are of other classes and left out"] if (~known).any() else []
    lines = lines[known].reset_index(drop=True)
    one, back = _direction(lines)
    lines = lines.assign(geometry=lines.geometry.where(~back, lines.geometry.reverse()))
    given = _ways(lines, kind[known].reset_index(drop=True), one, class_defaults(country))
    share = float((given.ways["speed_basis"] == "default").mean())
    notes.append(f"speeds of {100 * share:.0f} % of the ways are defaults of their class, which are assumptions")
    if "oneway" not in lines.columns:
        notes.append("no column oneway: every road is taken to be open in both directions")
    return road_map(given, rim=_rim(given, extract), notes=tuple(notes))


def _direction(lines: gpd.GeoDataFrame) -> tuple[pd.Series, pd.Series]:
    """Which lines are open in one direction, and which of them against the way they are drawn."""
    none = pd.Series(False, lines.index)
    if "oneway" not in lines.columns:
        return none, none
    text = lines["oneway"].astype(str).str.strip().str.lower()
    letters = bool((text == "b").any())  # F, T, B; without a B, t and f are true and false
    back = text.isin(["-1", "-1.0", "reverse", *(["t"] if letters else [])])
    return back | text.isin(["yes", "true", "1", "1.0", "f" if letters else "t"]), back


def _ways(lines: gpd.GeoDataFrame, kind: pd.Series, one: pd.Series, defaults: pd.DataFrame) -> Ways:
    import shapely

    xy, row = shapely.get_coordinates(lines.geometry.to_numpy(), return_index=True)
    cell = np.rint(xy / GRID).astype(np.int64)
    _, point = np.unique(cell, axis=0, return_inverse=True)
    default = defaults.loc[kind].reset_index(drop=True)

    def numbers(name: str) -> pd.Series:
        found = lines[name] if name in lines.columns else pd.Series(np.nan, lines.index)
        return pd.to_numeric(found, errors="coerce").where(lambda v: v > 0)

    speed, lanes = numbers("speed_kmh"), numbers("lanes")
    if "speed_kmh" not in lines.columns and "maxspeed" in lines.columns:
        limit = lines["maxspeed"].fillna("").astype(str)
        speed = limit.map({text: speed_kmh(text.removesuffix(".0")) for text in limit.unique()}).astype(float)
    text = {n: lines[n].fillna("").astype(str) if n in lines.columns else "" for n in ("name", "ref")}
    each: pd.Series = (lanes / np.where(one, 1.0, 2.0)).clip(lower=1.0).fillna(default["lanes"])
    ways = pd.DataFrame({
        "way_id": np.arange(len(lines)), "road_class": kind,
        "speed_kmh": speed.fillna(default["speed_kmh"]).astype(float),
        "speed_basis": np.where(speed.notna(), "tag", "default"), "lanes": lanes,
        "capacity_per_h": each * default["capacity_per_lane"],
        "capacity_basis": np.where(lanes.notna(), "lanes", "default"),
        "oneway": one, "bridge": False, "tunnel": False, **text,
    })  # fmt: skip
    first = np.r_[0, np.cumsum(np.bincount(row, minlength=len(lines)))].astype(np.int64)
    return Ways(ways=ways, first=first, point=point.astype(np.int64).ravel(), lon=xy[:, 0], lat=xy[:, 1])


def _rim(ways: Ways, extract: gpd.GeoSeries | None) -> NDArray[np.bool_]:
    import geopandas as gpd

    points = gpd.GeoSeries(gpd.points_from_xy(ways.lon, ways.lat), crs="EPSG:4326")
    plane = points.estimate_utm_crs()
    moved = points.to_crs(plane)
    area = moved.union_all().convex_hull if extract is None else extract.to_crs(plane).union_all()
    return np.asarray(~moved.within(area.buffer(-50.0)))
