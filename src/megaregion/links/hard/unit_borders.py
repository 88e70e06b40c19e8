"""Borders between units as lines on the plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from megaregion.data.adjacency import shared_borders
from megaregion.data.projection import measures_metres
from megaregion.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd


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


def inside_line(shape: Any, border: Any, inside_km: float) -> Any:
    """The line inside of a unit that runs at a distance from a border of it."""
    far = 1000.0 * inside_km
    return border.buffer(far, cap_style="flat").boundary.intersection(shape.buffer(-0.5 * far))


def border_line(a: Any, b: Any) -> Any:
    """Line of the polygon a that lies on b, up to a metre."""
    return a.boundary.intersection(b.buffer(1.0))
