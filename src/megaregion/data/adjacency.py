"""Which places share a border, from their polygons."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Shapes = NDArray[np.object_]


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
    if twice := sorted(set(shapes.index[shapes.index.duplicated()]) & set(wanted)):
        raise InputError(f"geometry: several polygons of {', '.join(twice[:5])}", hint="dissolve them into one")
    names = np.array(wanted, dtype=object)
    known = shapes.index.to_numpy(dtype=object)
    order = np.argsort(known, kind="stable")  # positions by sorting: an index of strings is slow to ask
    at = np.searchsorted(known, names, sorter=order).clip(max=max(len(known) - 1, 0))
    if len(known) < len(names) or (known[order[at]] != names).any():
        return None
    mine = shapes.geometry.iloc[order[at]]
    if mine.is_empty.any() or mine.isna().any():
        return None
    first, second, km = _borders(mine.to_crs(crs).to_numpy())
    row = np.lexsort((second, first))
    row = row[km[row] > 0]
    return pd.DataFrame({"place_a": names[first[row]], "place_b": names[second[row]], "km": km[row]})


def _borders(plane: Shapes) -> tuple[Ints, Ints, Floats]:
    """Pairs first < second with the length of their border in km.

    Where neighbours share their vertices a border is the segments that both have, found by sorting. Only polygons that
    segments of one alone meet need geometry: gaps, overlaps and vertices that differ, and the rim of the region.
    """
    first, second, metres, lone, owner = _shared_segments(plane)
    count = len(plane)
    doubt = _lone_pairs(plane, lone, owner)
    key = first * count + second
    clean = ~np.isin(key, doubt)
    a, b = np.divmod(doubt, count)
    return (
        np.concatenate([first[clean], a]), np.concatenate([second[clean], b]),
        np.concatenate([metres[clean] / 1000.0, _length_km(plane, a, b)]),
    )  # fmt: skip


def _shared_segments(plane: Shapes) -> tuple[Ints, Ints, Floats, Shapes, Ints]:
    """Pairs that share segments and their length in m; segments that one polygon alone has, with their owner."""
    import shapely

    parts, of_part = shapely.get_parts(plane, return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    a, b, owner = xy[:-1][same], xy[1:][same], of_part[of_ring[ring[1:][same]]]
    swap = (a[:, 0] > b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] > b[:, 1]))
    ends = np.where(swap[:, None], np.hstack([b, a]), np.hstack([a, b]))
    order = np.lexsort((owner, ends[:, 3], ends[:, 2], ends[:, 1], ends[:, 0]))
    ends, owner = ends[order], owner[order]
    alike = (ends[1:] == ends[:-1]).all(axis=1)
    at = np.flatnonzero(alike & (owner[1:] != owner[:-1]))
    crowd = np.zeros(len(ends), bool)  # three polygons or more on one segment: they overlap
    crowd[1:-1] = alike[1:] & alike[:-1]
    met = np.zeros(len(ends), bool)
    met[at] = met[at + 1] = True
    met &= ~crowd
    length = np.hypot(ends[at, 2] - ends[at, 0], ends[at, 3] - ends[at, 1])
    key, inverse = np.unique(owner[at] * len(plane) + owner[at + 1], return_inverse=True)
    first, second = np.divmod(key, len(plane))
    alone = ends[~met]
    lone = shapely.linestrings(alone.reshape(-1, 2, 2)) if len(alone) else np.empty(0, dtype=object)
    metres: Floats = np.bincount(inverse, length, len(key)).astype(np.float64)
    return first.astype(np.intp), second.astype(np.intp), metres, lone, owner[~met].astype(np.intp)


def _lone_pairs(plane: Shapes, lone: Shapes, owner: Ints) -> Ints:
    """Keys of pairs of which one has segments of its own that meet the other: gaps, overlaps, vertices that differ."""
    import shapely

    if not len(lone):
        return np.empty(0, dtype=np.intp)
    order = np.argsort(owner, kind="stable")
    whose, at = np.unique(owner[order], return_inverse=True)
    lines = shapely.multilinestrings(lone[order], indices=at)
    a, b = shapely.STRtree(plane).query(lines, predicate="intersects")
    first, second = whose[a], b
    apart = first != second
    low, high = np.minimum(first, second)[apart], np.maximum(first, second)[apart]
    return np.unique(low * len(plane) + high).astype(np.intp)


def _length_km(plane: Shapes, first: Ints, second: Ints) -> Floats:
    import shapely

    both = shapely.intersection(plane[first], plane[second])
    area = shapely.get_dimensions(both) == 2
    length = np.asarray(shapely.length(both)) / 1000.0
    return np.where(area, length / 2.0, length)
