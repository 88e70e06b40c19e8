"""Slope and water around the borders of units, from files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from megaregion.data.sources.elevation import Slope, read_slope
from megaregion.links.hard.road_sources import read_barriers

if TYPE_CHECKING:
    import geopandas as gpd


class Terrain(TypedDict):
    """What `megaregion.links.hard.border_segments.border_segments` takes."""

    slope: Slope | None
    water: gpd.GeoDataFrame | None


def read_terrain(units: gpd.GeoDataFrame, *, crs: str, elevation: Path | None, water: Path | None) -> Terrain:
    """Read what is given.

    Parameters
    ----------
    units : GeoDataFrame
        Their extent is read of the elevation.
    crs : str
        Projected system of the slope.
    elevation, water : Path or None
        A raster of elevations; a layer of lines or polygons.

    Raises
    ------
    InputError
        A file cannot be used.
    MissingExtraError
        rasterio is not installed.
    """
    west, south, east, north = (float(v) for v in units.to_crs(crs).total_bounds)
    slope = None if elevation is None else read_slope(elevation, crs=crs, bounds=(west, south, east, north))
    return Terrain(slope=slope, water=None if water is None else read_barriers(water))
