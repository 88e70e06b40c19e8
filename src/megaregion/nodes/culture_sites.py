"""The list of sites: checked, put into places, and into a plane whose areas are true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.errors import InputError, MissingDataError, SchemaError

if TYPE_CHECKING:
    import geopandas as gpd

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sites:
    """Sites that lie in the region.

    Attributes
    ----------
    table : DataFrame
        Columns site_id, level, weight, place_id, open, visitors, x, y (km; missing where a site has no coordinates
        inside of the polygons).
    warnings : tuple of str
        Which were left out, and why.
    """

    table: pd.DataFrame
    warnings: tuple[str, ...] = ()

    @property
    def points(self) -> pd.DataFrame:
        """Those with a position."""
        return self.table[self.table["x"].notna()].reset_index(drop=True)


@dataclass(frozen=True, eq=False)
class Ground:
    """Polygons of the places in an equal-area plane, in km.

    Attributes
    ----------
    shapes : GeoDataFrame
        Index `place_id`, sorted.
    crs : str
        Lambert's azimuthal equal-area projection about the middle of the region, in km.
    """

    shapes: gpd.GeoDataFrame
    crs: str

    def plane(self, lon: Floats, lat: Floats) -> Floats:
        """Points (n, 2) in km."""
        return np.column_stack(_transformer("EPSG:4326", self.crs).transform(lon, lat)).astype(float)

    def globe(self, xy: Floats) -> Floats:
        """Longitude and latitude (n, 2) of points in km."""
        return np.column_stack(_transformer(self.crs, "EPSG:4326").transform(xy[:, 0], xy[:, 1])).astype(float)

    def at(self, xy: Floats) -> NDArray[np.intp]:
        """Position of the place that each point lies in; on a border the first, -1 outside."""
        rows, inside = self.shapes.sindex.query(_points(xy), predicate="intersects")
        out = np.full(len(xy), -1, np.intp)
        order = np.argsort(inside, kind="stable")[::-1]
        out[rows[order]] = inside[order]
        return out


@cache  # to make one takes longer than to use it on a whole list
def _transformer(source: str, target: str) -> Any:
    from pyproj import Transformer

    return Transformer.from_crs(source, target, always_xy=True)


def _points(xy: Floats) -> NDArray[np.object_]:
    """Points as geometries."""
    import shapely

    return np.asarray(shapely.points(xy))


@dataclass(frozen=True, eq=False)
class Null:
    """Where people live: what sites are compared with.

    Attributes
    ----------
    land : Ground
    people : Series
        Residents, index that of `land.shapes`.
    level : str
        What the places are called.
    """

    land: Ground
    people: pd.Series
    level: str = ""


def ground(shapes: gpd.GeoDataFrame, places: pd.Index, *, crs: str | None = None) -> Ground:
    """Polygons of the places in a plane: that of `crs` (of another `Ground`), or one about their middle.

    Raises
    ------
    InputError
        They state no coordinate system, are broken, or a place has none or several.
    """
    wrong = []
    if shapes.crs is None:
        raise InputError("the polygons state no coordinate reference system", hint="set it, then try again")
    mine = shapes[shapes.index.isin(places)]
    lacking = places.difference(mine.index)
    if len(lacking):
        wrong.append(f"{len(lacking)} places have no polygon: {', '.join(map(str, lacking[:5]))}")
    twice = mine.index[mine.index.duplicated()].unique()
    if len(twice):
        wrong.append(f"several polygons of {', '.join(map(str, twice[:5]))}")
    broken = mine.index[mine.geometry.isna() | mine.geometry.is_empty | ~mine.geometry.is_valid]
    if len(broken):
        wrong.append(f"empty or broken polygons of {', '.join(map(str, broken[:5]))}")
    if wrong:
        raise InputError("polygons: " + "; ".join(wrong), hint="repair or dissolve them by place_id")
    west, south, east, north = mine.to_crs("EPSG:4326").total_bounds
    own = f"+proj=laea +lon_0={(west + east) / 2:.4f} +lat_0={(south + north) / 2:.4f} +datum=WGS84 +units=km"
    return Ground(mine.sort_index()[["geometry"]].to_crs(crs or own), crs or own)


def located(sites: pd.DataFrame, weights: Mapping[str, float], places: pd.Index, land: Ground | None) -> Sites:
    """The list after its checks, each site with its weight, place and position.

    Parameters
    ----------
    sites : DataFrame
        Columns site_id, level; optional lon, lat, place_id (one of `places`), open, visitors.
    weights : mapping
        Level -> weight, > 0.
    places : Index
        place_id of the region.
    land : Ground or None

    Raises
    ------
    SchemaError, InputError, MissingDataError
        Columns are missing; everything else that is wrong, at once.
    """
    if lacking := [c for c in ("site_id", "level") if c not in sites]:
        raise SchemaError(f"heritage: columns are missing: {', '.join(lacking)}")
    table = sites.reset_index(drop=True).copy()
    for name, kind in (("lon", "float64"), ("lat", "float64"), ("place_id", "object"), ("open", "object"),
                       ("visitors", "float64")):  # fmt: skip
        if name not in table:
            table[name] = pd.Series(np.nan, index=table.index, dtype=kind)
    _refuse(table, weights, places, land)
    table["weight"] = table["level"].map(dict(weights)).astype(float)
    table["x"], table["y"] = np.nan, np.nan
    warnings: list[str] = []
    if land is not None:
        has = table["lon"].notna().to_numpy()
        xy = land.plane(table.loc[has, "lon"].to_numpy(float), table.loc[has, "lat"].to_numpy(float))
        place = land.at(xy)
        rows = np.flatnonzero(has)[place >= 0]
        table.loc[rows, ["x", "y"]] = xy[place >= 0]
        found = pd.Series(land.shapes.index.to_numpy(object)[place[place >= 0]], index=rows)
        table["place_id"] = table["place_id"].where(table["place_id"].notna(), found.reindex(table.index))
    outside = table["place_id"].isna()
    if outside.any():
        warnings.append(
            f"{int(outside.sum())} sites lie in no place of the region and are left out: "
            + ", ".join(table.loc[outside, "site_id"].astype(str).head(5))
        )
    inside = table[~outside].sort_values("site_id", ignore_index=True)
    if inside.empty:
        raise InputError(
            f"none of {len(table)} sites lies in the region", hint="check the coordinates (lon, lat in WGS-84)"
        )
    unplaced = int(inside["x"].isna().sum()) if land is not None else 0
    if unplaced:
        warnings.append(
            f"{unplaced} sites have no position inside of the polygons: they count in the stock only (positions "
            '"drawn", on the command line --drawn, puts those whose place is known where people live in it)'
        )
    return Sites(inside[["site_id", "level", "weight", "place_id", "open", "visitors", "x", "y"]], tuple(warnings))


def _refuse(table: pd.DataFrame, weights: Mapping[str, float], places: pd.Index, land: Ground | None) -> None:
    wrong, missing = [], []

    def say(rows: pd.Series, text: str, out: list[str]) -> None:
        if rows.any():
            out.append(f"{text} for {int(rows.sum())} sites: {', '.join(table.loc[rows, 'site_id'].astype(str)[:5])}")

    bad = sorted(level for level, w in weights.items() if not (np.isfinite(w) and w > 0))
    if bad:
        wrong.append(f"weights of levels must be > 0: {', '.join(bad[:5])}")
    if table.empty:
        missing.append("heritage holds no site")
    say(table["site_id"].isna(), "heritage.site_id is missing", missing)
    say(table["site_id"].duplicated(keep=False) & table["site_id"].notna(), "heritage.site_id repeats", wrong)
    say(table["level"].isna(), "heritage.level is missing", missing)
    strange = table["level"].notna() & ~table["level"].isin(list(weights))
    if strange.any():
        names = ", ".join(sorted(table.loc[strange, "level"].astype(str).unique())[:5])
        weighed = ", ".join(weights) or "none"
        wrong.append(f"heritage.level has levels without a weight ({names}); weighted are {weighed}")
    say(table["lon"].isna() != table["lat"].isna(), "one of heritage.lon and lat is missing", missing)
    say((table["lon"].abs() > 180) | (table["lat"].abs() > 90) | np.isinf(table["lon"]) | np.isinf(table["lat"]),
        "heritage.lon and lat are no degrees", wrong)  # fmt: skip
    unknown = table["place_id"].notna() & ~table["place_id"].isin(places)
    say(unknown, "heritage.place_id names no place of the region", wrong)
    nowhere = table["place_id"].isna() & (table["lon"].isna() if land is not None else True)
    say(nowhere, "neither a position in known polygons nor a place_id is given", missing)
    say(table["visitors"] < 0, "heritage.visitors is negative", wrong)
    say(table["open"].notna() & ~table["open"].isin([True, False]), "heritage.open is neither true nor false", wrong)
    hint = "weights: --weight LEVEL=W, or [options.culture.levels] of a workspace; every site needs a place"
    if wrong:
        raise InputError("; ".join(wrong + missing), hint=hint)
    if missing:
        raise MissingDataError("; ".join(missing), hint=hint)
