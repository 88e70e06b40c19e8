"""What nature puts between two places, as controls of a border: banks of a river, open water on the way, a range."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.sphere import matrix_km
from megaregion.data.cluster import Cluster, units
from megaregion.errors import InputError, MissingDataError

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely import Geometry, LineString

Floats = NDArray[np.float64]


def at_centroids(cluster: Cluster, shapes: gpd.GeoDataFrame | None) -> Cluster:
    """The cluster with its units of analysis at the centroids of their polygons.

    A point that lies just somewhere inside, as those of counties around a city do, puts an error into distances that
    a border takes up.

    Parameters
    ----------
    cluster : Cluster
        `attrs` crs, projected.
    shapes : GeoDataFrame, optional
        Index place_id, such as that of `Workspace.geometry`.

    Raises
    ------
    MissingDataError
        There are no polygons, or none for some unit.
    """
    own = units(cluster).index
    lost = list(own) if shapes is None else [k for k in own if k not in shapes.index or shapes.geometry[k].is_empty]
    if shapes is None or lost:
        raise MissingDataError(f"no polygons of {', '.join(map(str, lost[:5]))}", hint="add geometry/places.gpkg")
    middle = shapes.loc[own].to_crs(cluster.attrs["crs"]).centroid.to_crs("EPSG:4326")
    places = cluster.places.copy()
    places.loc[own, ["lon", "lat"]] = np.column_stack([middle.x, middle.y])
    return cluster.replace(places=places)


def banks(places: pd.DataFrame, river: LineString) -> pd.Series:
    """Which bank of a river each place lies on: 1 on that of the first place, 2 on the other.

    Parameters
    ----------
    places : DataFrame
        Columns lon, lat (degrees).
    river : LineString
        Center line in degrees; it must reach beyond the places at both ends, so that it parts them.

    Returns
    -------
    Series of int, index as the places

    Raises
    ------
    InputError, MissingDataError
        The line does not part the places: going around an end one would change banks without crossing. A place has no
        point, or lies on the line.

    Notes
    -----
    Two places are on one bank if the straight line between their points crosses the river an even number of times, so
    bends do no harm. A test that is no assumption: all pairs must agree on it.
    """
    import shapely

    points = _points(places)
    there = shapely.points(points)
    if (on := shapely.distance(there, river) == 0.0).any():
        raise InputError(f"on the line of the river: {', '.join(map(str, places.index[on][:5]))}")
    i, j = np.triu_indices(len(points), 1)
    ways = shapely.linestrings(np.stack([points[i], points[j]], axis=1))
    crossed = np.zeros(len(i), bool)
    meets = np.flatnonzero(shapely.intersects(ways, river))
    crossed[meets] = shapely.get_num_geometries(shapely.intersection(ways[meets], river)) % 2 == 1
    other = np.zeros(len(points), bool)
    other[j[i == 0]] = crossed[i == 0]
    if (wrong := crossed != (other[i] ^ other[j])).any():
        raise InputError(
            f"the river does not part the places: {int(wrong.sum())} of {len(i)} pairs disagree",
            hint="draw it on beyond the last place at both ends",
        )
    return pd.Series(np.where(other, 2, 1), places.index, name="bank")


def same_bank(
    places: pd.DataFrame, river: LineString, *, people: pd.Series | None = None, within: pd.Series | None = None
) -> pd.DataFrame:
    """1 where two places lie on one bank; with people, how likely two of their residents live on one bank.

    Parameters
    ----------
    places : DataFrame
        Columns lon, lat (degrees).
    river : LineString
        As in `banks`.
    people : Series, optional
        People (>= 0) of each row of `places`, which are then parts of places.
    within : Series, optional
        The place that each part belongs to; needed with `people`.

    Returns
    -------
    DataFrame, square
        Between 0 and 1: p_i p_j + (1 - p_i)(1 - p_j), p the share of people on the first bank.

    Raises
    ------
    InputError, MissingDataError
        As `banks`; people without `within` or a place without people.
    """
    first = (banks(places, river) == 1).astype(np.float64)
    if people is not None:
        if within is None:
            raise InputError("people of parts need `within`, the place of each part")
        weight = people.reindex(places.index)
        total = weight.groupby(within.reindex(places.index), sort=False).sum(min_count=1)
        if weight.isna().any() or (weight < 0).any() or not (total > 0).all():
            raise MissingDataError("people must be known and >= 0 in every part, and > 0 in every place")
        first = (first * weight).groupby(within.reindex(places.index), sort=False).sum() / total
    p = first.to_numpy(float)
    return pd.DataFrame(np.outer(p, p) + np.outer(1.0 - p, 1.0 - p), first.index, first.index)


def water_between(places: pd.DataFrame, water: Iterable[Geometry], *, step_km: float = 1.0) -> pd.DataFrame:
    """Kilometers of open water on the great circle between every two places.

    Parameters
    ----------
    places : DataFrame
        Columns lon, lat (degrees).
    water : iterable of Polygon or MultiPolygon
        Sea and lakes in degrees.
    step_km : float, default 1.0
        The way is looked at in the middle of steps of at most this length: what is narrower can be missed.

    Returns
    -------
    DataFrame, square, symmetric
        Kilometers.

    Raises
    ------
    InputError, MissingDataError
        No water is given, the step is not > 0, or a place has no point.
    """
    import shapely

    shapes = [shape for shape in water if not shape.is_empty]
    if not shapes:
        raise InputError("no water is given")
    surface = shapely.union_all(shapes)
    shapely.prepare(surface)
    km = np.zeros((len(places), len(places)))
    for i, j, lon, lat, length in _ways(places, step_km):
        wet = shapely.contains_xy(surface, lon, lat)
        km[i, j] = km[j, i] = wet.mean(axis=1) * length
    return pd.DataFrame(km, places.index, places.index)


def rise_between(places: pd.DataFrame, elevation: pd.DataFrame, *, step_km: float = 2.0) -> pd.DataFrame:
    """Meters by which the highest point on the great circle between two places stands above the higher one of them.

    Parameters
    ----------
    places : DataFrame
        Columns lon, lat (degrees).
    elevation : DataFrame
        Meters on an even grid; index latitudes and columns longitudes of the centers of cells; NaN is sea (0 m).
    step_km : float, default 2.0
        At most this far apart are the points of the way that are looked at; the nearest cell counts.

    Returns
    -------
    DataFrame, square, symmetric
        >= 0: zero where the way rises nowhere above its ends.

    Raises
    ------
    InputError, MissingDataError
        The grid is uneven or does not hold the places, the step is not > 0, or a place has no point.
    """
    lats, lons = (np.asarray(axis, dtype=float) for axis in (elevation.index, elevation.columns))
    for name, axis in (("latitudes", lats), ("longitudes", lons)):
        gaps = np.diff(axis)
        if len(axis) < 2 or not np.allclose(gaps, gaps.mean(), rtol=1e-3) or gaps.mean() == 0:
            raise InputError(f"{name} of the elevation are not evenly spaced")
    height = elevation.fillna(0.0).to_numpy(float)

    def at(lon: Floats, lat: Floats) -> Floats:
        row, column = (
            np.rint((v - axis[0]) / np.diff(axis).mean()).astype(np.intp) for v, axis in ((lat, lats), (lon, lons))
        )
        if (row < 0).any() or (row >= len(lats)).any() or (column < 0).any() or (column >= len(lons)).any():
            raise InputError("the elevation does not cover all ways between the places")
        return np.asarray(height[row, column])

    points = _points(places)
    own = at(points[:, 0], points[:, 1])
    rise = np.zeros((len(places), len(places)))
    for i, j, lon, lat, _ in _ways(places, step_km):
        above = np.maximum(at(lon, lat).max(axis=1) - np.maximum(own[i], own[j]), 0.0)
        rise[i, j] = rise[j, i] = above
    return pd.DataFrame(rise, places.index, places.index)


def control_rows(square: pd.DataFrame) -> pd.DataFrame:
    """A symmetric table of pairs as the rows that ``megaregion borders --control NAME=FILE`` reads; zeros are left out.

    Returns
    -------
    DataFrame
        Columns origin, destination, value; each pair once.

    Raises
    ------
    InputError
        The table is not square and symmetric.
    """
    values = square.to_numpy(float)
    if list(square.index) != list(square.columns) or not np.allclose(values, values.T, equal_nan=True):
        raise InputError("a table with the same value in both directions is needed")
    i, j = np.nonzero(np.triu(values, 1))
    return pd.DataFrame({"origin": square.index[i], "destination": square.index[j], "value": values[i, j]})


def _points(places: pd.DataFrame) -> Floats:
    points = places[["lon", "lat"]].to_numpy(float)
    if (lost := ~np.isfinite(points).all(axis=1)).any():
        raise MissingDataError(f"no point: {', '.join(map(str, places.index[lost][:5]))}")
    return points


def _ways(
    places: pd.DataFrame, step_km: float
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp], Floats, Floats, Floats]]:
    """Pairs i < j in bundles of about equal length: points (pairs, steps) along the great circle, km of each way."""
    if not step_km > 0:
        raise InputError(f"step_km must be > 0, got {step_km!r}")
    points = _points(places)
    km = matrix_km(points[:, 0], points[:, 1])
    x, y = np.radians(points).T
    ball = np.column_stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)])
    i, j = np.triu_indices(len(points), 1)
    steps = 2 ** np.ceil(np.log2(np.maximum(km[i, j] / step_km, 1.0))).astype(np.intp)
    for n in np.unique(steps):
        share = (np.arange(n) + 0.5) / n
        for part in np.array_split(np.flatnonzero(steps == n), max(1, (steps == n).sum() * n // 2_000_000)):
            a, b = ball[i[part], None, :], ball[j[part], None, :]
            angle = km[i[part], j[part], None] / 6371.0
            full = np.where(angle > 0, np.sin(angle), 1.0)
            left = np.where(angle > 0, np.sin((1.0 - share) * angle) / full, 1.0 - share)
            right = np.where(angle > 0, np.sin(share * angle) / full, share)
            way = left[..., None] * a + right[..., None] * b
            lon, lat = np.arctan2(way[..., 1], way[..., 0]), np.arcsin(np.clip(way[..., 2], -1.0, 1.0))
            yield i[part], j[part], np.degrees(lon), np.degrees(lat), km[i[part], j[part]]
