"""From the workspace's shapes to a base map, and from drawings to files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from megaregion.data.cluster import Cluster, ancestor
from megaregion.plot.basemap import Basemap, Rings
from megaregion.plot.fonts import render
from megaregion.report.blocks import Drawing, Section

if TYPE_CHECKING:
    import geopandas as gpd

_DETAIL = 1200.0
"""Shapes are simplified to this fraction of the region's extent: below the width of a printed line."""


def basemap(cluster: Cluster, geometry: gpd.GeoDataFrame | None) -> Basemap | None:
    """Shapes and centres of the region in its own projection, simplified for drawing.

    Parameters
    ----------
    cluster : Cluster
    geometry : GeoDataFrame or None
        Polygons, index `place_id`, any coordinate system.

    Returns
    -------
    Basemap or None
        None if no unit of analysis has coordinates.

    Notes
    -----
    The projection is `crs` of [cluster]; without it, Lambert's azimuthal equal-area projection about the
    middle of the centres.
    """
    units = cluster.select(str(cluster.attrs["level"]))
    known = units.dropna(subset=["lon", "lat"])
    if known.empty:
        return None
    crs = str(cluster.attrs.get("crs") or _local(known))
    xy = project(known, crs)
    weight = (
        known["population"].astype(float).fillna(0.0) if "population" in known else pd.Series(0.0, index=known.index)
    )
    points = pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1], "weight": weight.to_numpy()}, index=known.index.astype(str))
    if geometry is None or geometry.empty:
        low, high = xy.min(axis=0), xy.max(axis=0)
        return Basemap({}, {}, points, (*low, *high), {"crs": crs})
    shapes, bounds = _shapes(cluster, geometry, crs)
    group = str(cluster.attrs["group"])
    borders = shapes.pop(group, None) or _dissolved(cluster, geometry, crs)
    return Basemap(shapes, borders, points, bounds, {"crs": crs})


def project(frame: pd.DataFrame, crs: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Columns lon, lat in WGS-84 as (n, 2) in km of a projection."""
    from pyproj import Transformer

    to = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    x, y = to.transform(frame["lon"].to_numpy(float), frame["lat"].to_numpy(float))
    return np.column_stack([x, y]) / 1000.0


def _local(points: pd.DataFrame) -> str:
    lon, lat = float(points["lon"].mean()), float(points["lat"].mean())
    return f"+proj=laea +lon_0={lon:.4f} +lat_0={lat:.4f} +datum=WGS84 +units=m"


def _shapes(
    cluster: Cluster, geometry: gpd.GeoDataFrame, crs: str
) -> tuple[dict[str, dict[str, Rings]], tuple[float, float, float, float]]:
    plane = geometry.to_crs(crs).geometry
    x0, y0, x1, y1 = (float(v) for v in plane.total_bounds)
    kinds = cluster.places["kind"].reindex(plane.index)
    thin = plane.simplify(max(x1 - x0, y1 - y0) / _DETAIL)
    out: dict[str, dict[str, Rings]] = {}
    for kind in sorted(kinds.dropna().unique()):
        chosen = thin[(kinds == kind).to_numpy()]
        out[str(kind)] = {
            str(p): rings(shape) for p, shape in chosen.items() if shape is not None and not shape.is_empty
        }
    return out, (x0 / 1000, y0 / 1000, x1 / 1000, y1 / 1000)


def rings(shape: Any) -> Rings:
    """Rings of a polygon in km: outer ones counter-clockwise, holes clockwise, specks left out."""
    import shapely

    parts = shapely.get_parts(shapely.orient_polygons(shape))
    areas = shapely.area(parts)
    kept = [p for p, area in zip(parts, areas, strict=True) if area >= 0.002 * areas.max()]
    out = []
    for part in kept:
        for ring in (part.exterior, *part.interiors):
            out.append(shapely.get_coordinates(ring) / 1000.0)
    return tuple(out)


def _dissolved(cluster: Cluster, geometry: gpd.GeoDataFrame, crs: str) -> dict[str, Rings]:
    """Borders of the groups from the shapes of their units, where the groups have no shapes of their own."""
    import shapely

    units = cluster.select(str(cluster.attrs["level"])).index
    mine = geometry[geometry.index.isin(units)].to_crs(crs)
    of = ancestor(cluster.places, str(cluster.attrs["group"])).reindex(mine.index)
    if mine.empty or of.isna().all():
        return {}
    x0, y0, x1, y1 = mine.total_bounds
    tolerance = max(x1 - x0, y1 - y0) / _DETAIL
    out = {}
    for group in sorted(of.dropna().unique()):
        whole = shapely.union_all(mine.geometry[(of == group).to_numpy()].to_numpy(), grid_size=1.0)
        out[str(group)] = rings(shapely.simplify(whole, tolerance))
    return out


def segments(pairs: pd.DataFrame, xy: pd.DataFrame) -> pd.DataFrame:
    """Lines between points.

    Parameters
    ----------
    pairs : DataFrame
        Columns a, b (labels of `xy`) and any others, which are kept.
    xy : DataFrame
        Columns x, y in km.

    Returns
    -------
    DataFrame
        x0, y0, x1, y1 and the other columns of `pairs`; pairs with an unknown end are left out.
    """
    known = pairs[pairs["a"].isin(xy.index) & pairs["b"].isin(xy.index)].reset_index(drop=True)
    left, right = xy.loc[known["a"], ["x", "y"]].to_numpy(float), xy.loc[known["b"], ["x", "y"]].to_numpy(float)
    ends = pd.DataFrame({"x0": left[:, 0], "y0": left[:, 1], "x1": right[:, 0], "y1": right[:, 1]})
    return pd.concat([ends, known.drop(columns=["a", "b"])], axis=1)


def drawings(sections: Iterable[Section]) -> list[Drawing]:
    """Every figure of the report in order."""
    return [block for section in sections for block in section.blocks if isinstance(block, Drawing)]


def render_all(figures: Sequence[Drawing], languages: Sequence[str]) -> Mapping[str, bytes]:
    """File name -> SVG of every figure in every language."""
    out: dict[str, bytes] = {}
    for drawing in figures:
        for language in languages:
            out[f"{drawing.name}.{language}.svg"] = render(lambda d=drawing, lang=language: d.draw(lang))  # type: ignore[misc]
    return out
