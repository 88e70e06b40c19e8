"""Coordinates and polygons: ranges, validity, overlaps, points outside their polygon."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.data.datum import convert
from megaregion.data.problem import Problem, first
from megaregion.data.rules.datum import shifted
from megaregion.data.rules.record import Record

OUTSIDE_KM = 1.0  # simplified boundaries, station coordinates
FAR_KM = 50.0  # beyond this the coordinates belong to another place
OVERLAP, GROSS_OVERLAP = 0.01, 0.05  # share of the smaller polygon; boundaries simplified one by one overlap a little
_EQUAL_AREA = "EPSG:6933"  # areas are right everywhere; used for shares of areas only


def check(record: Record) -> list[Problem]:
    """Every rule of this file."""
    return [*ranges(record), *identity(record), *validity(record), *overlaps(record), *points(record), *areas(record)]


def ranges(record: Record) -> list[Problem]:
    """Coordinates off the globe, at 0/0, or given for one axis only."""
    out: list[Problem] = []
    layer = usable(record)
    for table in ("places", "nodes", "heritage"):
        sheet = record.sheet(table, "lon", "lat")
        if sheet is None:
            continue
        lon, lat = sheet.frame["lon"], sheet.frame["lat"]
        rows = (lon.abs() > 180) | (lat.abs() > 90) | ((lon == 0) & (lat == 0))
        if layer is not None and "place_id" in sheet.frame.columns:  # exchanged axes have a rule of their own
            rows &= ~pd.Series(_outside_km(sheet.frame, layer)[1], index=rows.index)
        out += sheet.find(
            "error",
            "coordinate-range",
            rows,
            "expected longitude and latitude in degrees",
            column="lon",
            fix="exchange the columns if they are swapped; convert projected coordinates; leave unknown ones empty",
        )
        out += sheet.find(
            "error",
            "coordinate-range",
            lon.isna() != lat.isna(),
            "one of the two coordinates is missing",
            column="lon",
            fix="give both or none",
        )
    return out


def identity(record: Record) -> list[Problem]:
    """Polygons without a place, places of the level of analysis without a polygon, repeated and empty polygons."""
    out: list[Problem] = []
    known = set(record.kinds.index)
    for number, (where, layer) in enumerate(record.layers.items()):
        ids = pd.Series(layer.index, dtype=object)
        out += _named(
            "error",
            "duplicate-id",
            where,
            ids[ids.duplicated() & ids.notna()],
            "place_id must name one polygon only",
            "dissolve the parts into one multipolygon",
        )
        out += _named(
            "warning",
            "unknown-place",
            where,
            ids[~ids.isin(known) & ids.notna()] if known else ids[:0],
            "polygons of places that places.csv does not have",
            "add the places, or delete the polygons",
        )
        void = layer.index[layer.geometry.isna() | layer.geometry.is_empty]
        out += _named(
            "error", "empty-polygon", where, pd.Series(void, dtype=object), "expected a polygon", "export it again"
        )
        if number == 0:
            lost = record.kinds.index[(record.kinds == record.level) & ~record.kinds.index.isin(ids)]
            out += _named(
                "warning",
                "no-polygon",
                where,
                pd.Series(lost, dtype=object),
                "places of the level of analysis without a polygon",
                "add their polygons: maps leave these places out",
            )
    return out


def _named(severity: str, code: str, where: str, names: pd.Series, message: str, fix: str) -> list[Problem]:
    if not len(names):
        return []
    return [
        Problem(
            "error" if severity == "error" else "warning",
            code,
            where,
            message,
            column="place_id",
            labels=first(dict.fromkeys(names.astype(str))),
            count=len(names),
            fix=fix,
        )
    ]


def validity(record: Record) -> list[Problem]:
    """Polygons that cross themselves, and geometries that are no polygons."""
    from shapely import is_valid_reason

    out: list[Problem] = []
    for where, layer in record.layers.items():
        shapes = layer.geometry[~(layer.geometry.isna() | layer.geometry.is_empty)]
        bad = shapes[~shapes.is_valid]
        if len(bad):
            labels = (f"{name}: {is_valid_reason(shape)}" for name, shape in bad.items())
            out.append(
                Problem(
                    "error",
                    "invalid-polygon",
                    where,
                    "expected polygons that do not cross themselves",
                    column="geometry",
                    labels=first(labels),
                    count=len(bad),
                    fix="repair them, for example with geopandas make_valid()",
                )
            )
        if where == next(iter(record.layers)):
            odd = shapes.index[~shapes.geom_type.isin(("Polygon", "MultiPolygon"))]
            out += _named(
                "error",
                "not-a-polygon",
                where,
                pd.Series(odd, dtype=object),
                "expected polygons",
                "export areas, not points or lines",
            )
    return out


def usable(record: Record) -> Any | None:
    """Valid polygons of the first layer, one a place; None if there are none."""
    if not record.layers:
        return None
    layer = next(iter(record.layers.values()))
    good = layer[~(layer.geometry.isna() | layer.geometry.is_empty) & layer.geometry.is_valid]
    good = good[good.geom_type.isin(("Polygon", "MultiPolygon")) & good.index.notna()]
    good = good[~good.index.duplicated()]
    return good if len(good) else None


def overlaps(record: Record) -> list[Problem]:
    """Polygons of one kind that share ground."""
    import shapely

    layer = usable(record)
    if layer is None or record.kinds.empty:
        return []
    found: list[tuple[float, str]] = []
    kind = pd.Series(layer.index.map(record.kinds), index=layer.index)
    for _, names in kind.dropna().groupby(kind):
        shapes = layer.geometry.loc[names.index].to_crs(_EQUAL_AREA)
        left, right = shapes.sindex.query(shapes.array, predicate="intersects")
        once = left < right
        a, b = shapes.array[left[once]], shapes.array[right[once]]
        share = shapely.area(shapely.intersection(shapely.make_valid(a), shapely.make_valid(b)))
        share = share / np.minimum(shapely.area(a), shapely.area(b))
        ids = names.index
        found += [
            (float(s), f"{ids[i]} and {ids[j]} ({s:.1%})")
            for i, j, s in zip(left[once], right[once], share, strict=True)
            if s > OVERLAP
        ]
    out: list[Problem] = []
    where = next(iter(record.layers))
    gross = [text for share, text in sorted(found, reverse=True) if share > GROSS_OVERLAP]
    slight = [text for share, text in sorted(found, reverse=True) if share <= GROSS_OVERLAP]
    for severity, texts in (("error", gross), ("warning", slight)):
        out += (
            [
                Problem(
                    "error" if severity == "error" else "warning",
                    "overlapping-polygons",
                    where,
                    f"places of one kind share no ground; more than {OVERLAP:.0%} of the smaller one does",
                    column="geometry",
                    labels=first(texts),
                    count=len(texts),
                    fix="give the ground to one of them (cut the other), and simplify topologically",
                )
            ]
            if texts
            else []
        )
    return out


def points(record: Record) -> list[Problem]:
    """Named centres and stops that lie outside the polygon of their place."""
    layer = usable(record)
    if layer is None:
        return []
    out: list[Problem] = []
    for table in ("places", "nodes", "heritage"):
        sheet = record.sheet(table, "lon", "lat", "place_id")
        if sheet is None:
            continue
        frame, shift = sheet.frame, shifted(record, table)
        if shift is not None:  # reported by its own rule; what is left after conversion is another matter
            lon, lat = convert(frame["lon"], frame["lat"], shift.layer, shift.reference)
            frame = frame.assign(lon=lon, lat=lat)
        km, swapped = _outside_km(frame, layer)
        swap = pd.Series(swapped, index=sheet.frame.index)
        away = pd.Series(km, index=sheet.frame.index)
        worst = away[away <= FAR_KM].max()
        out += sheet.find(
            "error",
            "swapped-coordinates",
            swap,
            "longitude and latitude are exchanged",
            column="lon",
            fix="exchange the two columns for these rows",
        )
        out += sheet.find(
            "error",
            "point-outside",
            ~swap & (away > FAR_KM),
            f"points more than {FAR_KM:g} km outside the polygon of their place",
            column="lon",
            fix="correct the coordinates or the place_id",
        )
        out += sheet.find(
            "warning",
            "point-outside",
            ~swap & (away > OUTSIDE_KM) & (away <= FAR_KM),
            f"points more than {OUTSIDE_KM:g} km outside the polygon of their place, up to {worst:.1f} km",
            column="lon",
            fix="correct the coordinates or the place_id; a seat outside its own district is right and may stay",
        )
    return out


def _outside_km(frame: pd.DataFrame, layer: Any) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Distance of each point to its polygon (0 inside, NaN unknown), and whether exchanging the axes mends it."""
    import shapely

    km, swapped = np.full(len(frame), np.nan), np.zeros(len(frame), dtype=bool)
    known = frame["place_id"].isin(layer.index) & frame["lon"].notna() & frame["lat"].notna()
    at = np.flatnonzero(known.to_numpy())
    if not len(at):
        return km, swapped
    lon, lat = frame["lon"].to_numpy(dtype=float)[at], frame["lat"].to_numpy(dtype=float)[at]
    shapes = layer.geometry.loc[frame["place_id"].iloc[at]].array
    inside = shapely.intersects_xy(np.asarray(shapes), lon, lat)
    km[at] = 0.0
    swapped[at] = ~inside & shapely.intersects_xy(np.asarray(shapes), lat, lon)
    for i in np.flatnonzero(~inside):
        k = np.cos(np.radians(lat[i]))  # plane with true proportions at the point
        near = shapely.transform(shapes[i], lambda xy, k=k: xy * [k, 1.0])
        km[at[i]] = 111.195 * shapely.distance(near, shapely.Point(lon[i] * k, lat[i]))
    return km, swapped


def areas(record: Record) -> list[Problem]:
    """Areas in places.csv that are not those of the polygons, by a factor of two or more: another unit."""
    layer, sheet = usable(record), record.sheet("places", "place_id", "area_km2")
    if layer is None or sheet is None:
        return []
    drawn = layer.to_crs(_EQUAL_AREA).area / 1e6
    ratio = sheet.frame["area_km2"].astype("float64") / sheet.frame["place_id"].map(drawn)
    rows = (ratio > 2.0) | (ratio < 0.5)
    rows &= np.isfinite(ratio) & (ratio > 0)
    middle = ratio[rows].median() if rows.any() else 1.0
    return sheet.find(
        "warning",
        "area-differs",
        rows,
        f"areas are {middle:.3g} times those of the polygons (median)",
        column="area_km2",
        fix="give square kilometres (1 km2 = 100 ha), of the territory that the polygon shows",
    )
