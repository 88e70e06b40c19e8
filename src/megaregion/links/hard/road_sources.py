"""Files of roads, units and barriers as the search for gaps takes them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from megaregion.data.road_map import RoadMap, class_defaults
from megaregion.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


def read_map(path: Path, *, country: str = "") -> RoadMap:
    """Roads of an OpenStreetMap extract (.pbf, .osm, .osm.gz, .osm.bz2) or of a file of lines.

    Raises
    ------
    InputError, MissingExtraError
        As the readers.
    """
    from megaregion.data.sources.osm import read_osm
    from megaregion.data.sources.road_lines import read_road_lines

    name = path.name.lower()
    osm = name.endswith((".pbf", ".osm", ".osm.gz", ".osm.bz2", ".opl"))
    roads = read_osm(path, country=country) if osm else read_road_lines(path, country=country)
    if country and class_defaults(country).equals(class_defaults()):
        said = (
            f"no default speeds of {country.upper()} are known: those that hold for no country in particular are used"
        )
        return replace(roads, notes=(*roads.notes, said))
    return roads


def read_units(path: Path, column: str = "place_id") -> gpd.GeoDataFrame:
    """Polygons by identifier, parts of one unit put together.

    Raises
    ------
    InputError
        The file cannot be read, lacks the column or a coordinate reference system, or has no polygons.
    """
    frame = _layer(path)
    wrong = []
    if column not in frame.columns:
        columns = ", ".join(str(c) for c in frame.columns if c != "geometry")
        wrong.append(f"it has no column {column!r} (columns: {columns})")
    if frame.crs is None:
        wrong.append("it states no coordinate reference system")
    areas = frame[frame.geometry.notna() & frame.geometry.geom_type.isin(["Polygon", "MultiPolygon"])]
    if areas.empty:
        wrong.append("it holds no polygons")
    if wrong:
        raise InputError(f"{path.name}: " + "; ".join(wrong), hint="name the column with --id, or export it again")
    known = areas[areas[column].notna()]
    return known.assign(**{column: known[column].astype(str)}).dissolve(by=column, aggfunc="first")


def read_places(path: Path, column: str = "place_id") -> pd.DataFrame:
    """Points of places by identifier: lon, lat of a table, or of points and polygons (a point inside) of a layer.

    Raises
    ------
    InputError
        The file cannot be read, or lacks the column, coordinates or a coordinate reference system; identifiers are
        missing or repeat.
    """
    import pandas as pd

    from megaregion.data.sources.table import read_table

    wrong: list[str] = []
    if path.suffix.lower() in (".csv", ".xlsx", ".parquet"):
        frame, found = read_table(path, path.name)
        wrong += [problem.message for problem in found if problem.severity == "error"]
        missing = [c for c in (column, "lon", "lat") if c not in frame.columns]
        if missing and not wrong:
            wrong.append(f"it has no column {', '.join(missing)} (columns: {', '.join(map(str, frame.columns))})")
        points = pd.DataFrame(
            {c: pd.to_numeric(frame[c], errors="coerce") for c in ("lon", "lat") if c in frame.columns}
        )
    else:
        layer = _layer(path)
        frame = layer
        if column not in layer.columns:
            wrong.append(f"it has no column {column!r} (columns: {', '.join(str(c) for c in layer.columns)})")
        if layer.crs is None:
            wrong.append("it states no coordinate reference system")
        inside = (layer if layer.crs is None else layer.to_crs(4326)).representative_point()
        points = pd.DataFrame({"lon": inside.x, "lat": inside.y}, index=layer.index)
    if not wrong and frame.empty:
        wrong.append("it holds no places")
    if not wrong:
        label = frame[column]
        if (empty := label.isna() | (label.astype(str).str.strip() == "")).any():
            wrong.append(f"{column} is empty in {int(empty.sum())} rows")
        if (twice := label.astype(str)[label.astype(str).duplicated()].unique()).size:
            wrong.append(f"{column} repeats {', '.join(twice[:5])}")
    if wrong:
        raise InputError(f"{path.name}: " + "; ".join(wrong), hint="name the column with --id, or correct the file")
    labels = pd.Index(frame[column].astype(str).to_numpy(object), name="place_id")
    return pd.DataFrame(points.to_numpy(float), labels, ["lon", "lat"])


def read_barriers(path: Path) -> gpd.GeoDataFrame:
    """Lines or polygons that a road would have to cross.

    Raises
    ------
    InputError
        The file cannot be read or states no coordinate reference system.
    """
    frame = _layer(path)
    if frame.crs is None:
        raise InputError(f"{path.name} states no coordinate reference system", hint="set it in QGIS and export again")
    return frame[frame.geometry.notna()].reset_index(drop=True)


def _layer(path: Path) -> gpd.GeoDataFrame:
    import geopandas as gpd

    try:
        frame = gpd.read_file(path)
    except Exception as error:  # every driver has errors of its own
        raise InputError(f"{path.name} cannot be read: {error}", hint="export it from QGIS again") from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError(f"{path.name} holds a table without shapes", hint="export a layer (GeoPackage, GeoJSON)")
    return frame
