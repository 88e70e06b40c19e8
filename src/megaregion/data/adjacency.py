"""Which places share a border, from their polygons."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from megaregion.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd


def shared_borders(shapes: gpd.GeoDataFrame, places: Collection[str], *, crs: str) -> pd.DataFrame | None:
    """Pairs of places with a common border, and its length.

    Parameters
    ----------
    shapes : GeoDataFrame
        Polygons, index `place_id`, with a coordinate reference system.
    places : collection of str
        Which of them; a place without a polygon makes the answer None, since its neighbours are not known.
    crs : str
        Projected system in which lengths are taken.

    Returns
    -------
    DataFrame or None
        Columns place_a < place_b and km, in order. Places that touch in a point only share no border.

    Raises
    ------
    InputError
        A place has several polygons.

    Notes
    -----
    Polygons that leave gaps between neighbours have no common border; slivers of overlap count with the length of
    the line along which they cross, halved, because it is there twice.
    """
    wanted = sorted(set(places))
    mine = shapes[shapes.index.isin(wanted)]
    if twice := sorted(set(mine.index[mine.index.duplicated()])):
        raise InputError(f"geometry: several polygons of {', '.join(twice[:5])}", hint="dissolve them into one")
    if len(mine) < len(wanted) or mine.geometry.is_empty.any() or mine.geometry.isna().any():
        return None
    plane = mine.loc[wanted].to_crs(crs).geometry.to_numpy()
    first, second = _touching(plane)
    km = _length_km(plane, first, second)
    found = pd.DataFrame({"place_a": np.array(wanted, dtype=object)[first],
                          "place_b": np.array(wanted, dtype=object)[second], "km": km})  # fmt: skip
    return found[found["km"] > 0].sort_values(["place_a", "place_b"], ignore_index=True)


def _touching(plane: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    import shapely

    first, second = shapely.STRtree(plane).query(plane, predicate="intersects")
    once = first < second
    return first[once], second[once]


def _length_km(plane: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    import shapely

    both = shapely.intersection(plane[first], plane[second])
    area = shapely.get_dimensions(both) == 2
    length = np.asarray(shapely.length(both)) / 1000.0
    return np.where(area, length / 2.0, length)
