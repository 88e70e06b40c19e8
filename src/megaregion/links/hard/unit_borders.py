"""Borders between units as lines on the plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from megaregion.data.adjacency import shared_borders
from megaregion.data.projection import measures_metres
from megaregion.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd

    from megaregion.data.road_map import RoadMap


def unit_borders(units: gpd.GeoDataFrame, crs: str) -> tuple[gpd.GeoSeries, pd.DataFrame]:
    """Units in a projected system, and the pairs that share a border (place_a, place_b, km).

    Raises
    ------
    InputError
        The units cannot be used, lengths in `crs` are no metres there, or no two share a border.
    """
    if units.crs is None or not units.index.is_unique or units.empty:
        raise InputError("units need polygons with unique identifiers and a coordinate reference system")
    measures_metres(crs, units)
    found = shared_borders(units, list(units.index), crs=crs)
    if found is None or found.empty:
        raise InputError("no two units share a border", hint="polygons with gaps between them share none: snap them")
    return units.to_crs(crs).geometry, found


def meet(roads: RoadMap, units: gpd.GeoDataFrame) -> None:
    """Refuse roads none of which lies where the units are: nothing found would read as nothing wrong.

    Raises
    ------
    InputError
        The box around the roads and that around the units do not meet.
    """
    west, south, east, north = (float(x) for x in units.geometry.to_crs("EPSG:4326").total_bounds)
    lon, lat = roads.lon, roads.lat
    if len(lon) and (lon.min() > east or lon.max() < west or lat.min() > north or lat.max() < south):
        raise InputError(
            f"no road lies where the units are: roads {lon.min():.2f} to {lon.max():.2f}, {lat.min():.2f} to "
            f"{lat.max():.2f}; units {west:.2f} to {east:.2f}, {south:.2f} to {north:.2f} (longitude, latitude)",
            hint="take the extract of this region, and look at the reference system of the units",
        )


def inside_line(shape: Any, border: Any, inside_km: float) -> Any:
    """The line inside of a unit that runs at a distance from a border of it."""
    far = 1000.0 * inside_km
    return border.buffer(far, cap_style="flat").boundary.intersection(shape.buffer(-0.5 * far))


def border_line(a: Any, b: Any) -> Any:
    """Line of the polygon a that lies on b, up to a metre."""
    return a.boundary.intersection(b.buffer(1.0))
