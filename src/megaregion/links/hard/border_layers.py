"""Borders and candidates of roads as layers for QGIS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from megaregion.data.road_map import RoadMap
from megaregion.links.hard.unit_borders import border_line, unit_borders

if TYPE_CHECKING:
    import geopandas as gpd


def border_lines(units: gpd.GeoDataFrame, tables: Mapping[str, pd.DataFrame], crs: str) -> gpd.GeoDataFrame:
    """Line of every border with the columns of tables that have unit_a and unit_b.

    Parameters
    ----------
    units : GeoDataFrame
        Polygons, index their identifier.
    tables : mapping
        Prefix (empty for none) -> table with the columns unit_a, unit_b.
    crs : str
        Projected system in which borders are found.

    Raises
    ------
    InputError
        The units cannot be used or share no border.
    """
    import geopandas as gpd

    plane, found = unit_borders(units, crs)
    pairs = list(found[["place_a", "place_b"]].itertuples(index=False, name=None))
    lines = [border_line(plane[a], plane[b]) for a, b in pairs]
    frame = pd.DataFrame(pairs, columns=["unit_a", "unit_b"])
    for prefix, table in tables.items():
        more = table.rename(columns={c: f"{prefix}{c}" for c in table.columns if c not in ("unit_a", "unit_b")})
        frame = frame.merge(more, on=["unit_a", "unit_b"], how="left", validate="one_to_one")
    return gpd.GeoDataFrame(frame, geometry=lines, crs=crs).to_crs("EPSG:4326")


def crossing_points(
    roads: RoadMap, units: gpd.GeoDataFrame, *, crs: str, least_class: str = "tertiary"
) -> gpd.GeoDataFrame:
    """A point wherever a road of a class or larger meets a border, with its name and class."""
    import geopandas as gpd
    import shapely

    plane, found = unit_borders(units, crs)
    lines = roads.at_least(least_class).lines().to_crs(crs)
    shapes = lines.geometry.to_numpy()
    tree = shapely.STRtree(shapes)
    known = [c for c in ("road_class", "name", "ref", "bridge") if c in lines.columns]
    parts, points = [], []
    for a, b in found[["place_a", "place_b"]].itertuples(index=False):
        border = border_line(plane[a], plane[b])
        hit = np.sort(tree.query(border, predicate="intersects"))
        met, of = shapely.get_parts(shapely.intersection(shapes[hit], border), return_index=True)
        spot = shapely.get_dimensions(met) == 0
        parts.append(lines.iloc[hit[of[spot]]][known].assign(unit_a=a, unit_b=b))
        points += list(met[spot])
    frame = pd.concat(parts, ignore_index=True)
    return gpd.GeoDataFrame(frame, geometry=points, crs=crs).to_crs("EPSG:4326")


def candidate_lines(table: pd.DataFrame) -> gpd.GeoDataFrame:
    """Straight line between the two ends of every candidate of a dead-end road."""
    import geopandas as gpd
    import shapely

    ends = table[["lon_a", "lat_a", "lon_b", "lat_b"]].to_numpy(float).reshape(-1, 2, 2)
    return gpd.GeoDataFrame(table, geometry=shapely.linestrings(ends) if len(ends) else [], crs="EPSG:4326")
