"""The datum: declared, and tested against the polygons and against other layers of the workspace."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.data.datum import (
    DATUMS,
    MIN_PAIRS,
    MIN_SHIFT_M,
    SAME_AS_WGS,
    Array,
    Datum,
    Shift,
    convert,
    in_china,
    offset_m,
    shift_between,
    shift_of_points,
)
from megaregion.data.problem import Problem
from megaregion.data.rules.record import Record

SAME_GROUND = 0.05  # a parent and the union of its parts are the same territory if their areas agree within 5 %


def check(record: Record) -> list[Problem]:
    """Every rule of this file."""
    return [*declared(record), *points(record), *layers(record)]


def declared(record: Record) -> list[Problem]:
    """The datum in workspace.toml."""
    if not record.cluster:
        return []
    name = record.cluster.get("datum")
    where, column = "workspace.toml", "datum"
    if name is None:
        return [
            Problem(
                "warning",
                "no-datum",
                where,
                "[cluster] does not say in which datum the coordinates are",
                column=column,
                fix='add datum = "WGS-84" after checking; Amap and Tencent give GCJ-02, Baidu BD-09',
            )
        ]
    if name in SAME_AS_WGS:
        return []
    if name in DATUMS:
        return [
            Problem(
                "error",
                "datum-not-wgs84",
                where,
                f"coordinates are expected in WGS-84, declared is {name}",
                column=column,
                labels=(str(name),),
                count=1,
                fix=_offer(str(name), "WGS-84"),
            )
        ]
    return [
        Problem(
            "error",
            "unknown-datum",
            where,
            f"expected one of {', '.join((*DATUMS, *SAME_AS_WGS[1:]))}, found {name!r}",
            column=column,
            labels=(str(name),),
            count=1,
            fix="name the datum of lon and lat",
        )
    ]


def _offer(source: str, target: str) -> str:
    return f'lon, lat = megaregion.data.datum.convert(lon, lat, "{source}", "{target}")'


def points(record: Record) -> list[Problem]:
    """Named centres and stops against the polygons."""
    out: list[Problem] = []
    tested = False
    tables = [table for table in ("places", "nodes", "heritage") if _points(record, table) is not None]
    for table in tables:
        shift = shifted(record, table)
        tested |= shift is not None or _would_show(record, table)
        if shift is not None:
            out.append(_problem(record.sheets[table].where(), next(iter(record.layers)), shift))
    if tables and not tested:
        out.append(
            Problem(
                "note",
                "datum-untested",
                " + ".join(record.sheets[table].where() for table in tables),
                "every point lies so deep inside its polygon that a shift of some hundred metres would not show",
                column="lon",
                fix="to test the datum, add a second layer of known datum to geometry/, or finer polygons",
            )
        )
    return out


def _points(record: Record, table: str) -> tuple[Array, Array, Any] | None:
    """Points of a table in China that have a polygon: longitude, latitude, polygons; None if fewer than three."""
    sheet = record.sheet(table, "lon", "lat", "place_id")
    if sheet is None or not record.layers:
        return None
    layer = _good(next(iter(record.layers.values())))
    rows = sheet.frame[["place_id", "lon", "lat"]].dropna()
    rows = rows[rows["place_id"].isin(layer.index) & in_china(rows["lon"], rows["lat"])]
    if len(rows) < MIN_PAIRS:
        return None
    return rows["lon"].to_numpy(dtype=float), rows["lat"].to_numpy(dtype=float), layer.geometry.loc[rows["place_id"]]


def shifted(record: Record, table: str) -> Shift | None:
    """Datum shift of the points of `table` against the polygons of the first layer."""
    found = _points(record, table)
    if found is None:
        return None
    lon, lat, shapes = found
    shift = shift_of_points(lon, lat, _inside(np.asarray(shapes.array)))
    if shift is None and table == "places":
        middle = _middles(shapes)
        shift = shift_between(lon, lat, middle["x"].to_numpy(), middle["y"].to_numpy())
    return shift


def _would_show(record: Record, table: str) -> bool:
    """Whether points that agree now would betray a shift: some would leave their polygon, or they are centroids."""
    found = _points(record, table)
    if found is None:
        return False
    lon, lat, shapes = found
    middle = _middles(shapes)
    apart = np.hypot(*offset_m(lon, lat, middle["x"].to_numpy(), middle["y"].to_numpy()))
    inside = _inside(np.asarray(shapes.array))
    here = inside(lon, lat)
    ways: tuple[tuple[Datum, Datum], ...] = (("WGS-84", "GCJ-02"), ("GCJ-02", "WGS-84"))
    leave = [int((here & ~inside(*convert(lon, lat, *way))).sum()) for way in ways]
    return bool(np.median(apart) < MIN_SHIFT_M or min(leave) >= MIN_PAIRS)


def _inside(shapes: NDArray[Any]) -> Any:
    import shapely

    shapely.prepare(shapes)
    return lambda lon, lat: shapely.intersects_xy(shapes, lon, lat)


def _good(layer: Any) -> Any:
    keep = ~(layer.geometry.isna() | layer.geometry.is_empty) & layer.geometry.is_valid
    good = layer[keep & layer.index.notna()]
    return good[~good.index.duplicated()]


def _middles(shapes: Any) -> pd.DataFrame:
    """Centroids in longitude and latitude, by way of an equal-area projection."""
    middle = shapes.to_crs("EPSG:6933").centroid.to_crs("EPSG:4326")
    return pd.DataFrame({"x": middle.x, "y": middle.y})


def layers(record: Record) -> list[Problem]:
    """Polygon layers against each other, and parents against the union of their parts in the first layer."""
    out: list[Problem] = []
    names = list(record.layers)
    if not names:
        return []
    base = _good(record.layers[names[0]])
    for name in names[1:]:
        other = _good(record.layers[name])
        common = [i for i in base.index if i in set(other.index)]
        if common:
            a, b = _middles(other.geometry.loc[common]), _middles(base.geometry.loc[common])
            shift = shift_between(a["x"].to_numpy(), a["y"].to_numpy(), b["x"].to_numpy(), b["y"].to_numpy())
            if shift is not None:
                out.append(_problem(name, names[0], shift))
    return out + _levels(record, base, names[0])


def _levels(record: Record, base: Any, where: str) -> list[Problem]:
    """Polygons of a kind against those of their parents."""
    sheet = record.sheet("places", "place_id", "parent_id", "kind")
    if sheet is None:
        return []
    parent = sheet.frame.dropna(subset=["place_id"]).drop_duplicates("place_id").set_index("place_id")["parent_id"]
    out: list[Problem] = []
    for kind in sorted(record.kinds.unique()):
        names = [i for i in base.index if record.kinds.get(i) == kind and parent.get(i) in base.index]
        if len({parent[i] for i in names}) < 3:
            continue
        whole = base.geometry.loc[names].to_crs("EPSG:6933").buffer(0)
        union = whole.groupby([parent[i] for i in names]).agg(lambda s: s.union_all())
        union = union.set_crs("EPSG:6933") if union.crs is None else union
        parents = base.geometry.loc[union.index].to_crs("EPSG:6933")
        same = ((union.area / parents.area - 1).abs() < SAME_GROUND).to_numpy()
        if same.sum() < 3:
            continue
        a, b = _middles(union[same]), _middles(parents[same])
        shift = shift_between(a["x"].to_numpy(), a["y"].to_numpy(), b["x"].to_numpy(), b["y"].to_numpy())
        if shift is not None:
            above = ", ".join(sorted({str(record.kinds.get(i)) for i in union.index}))
            out.append(_problem(f"{where} ({kind})", f"{where} ({above})", shift))
    return out


def _problem(layer: str, reference: str, shift: Shift) -> Problem:
    text = f"{layer} lies {shift.far} of {reference}: "
    parts, offers = [], []
    for name, datum in ((layer, shift.layer), (reference, shift.reference)):
        if datum != "WGS-84":
            parts.append(f"{name} is in {datum}, not in WGS-84")
            offers.append(f"{name}: {_offer(datum, 'WGS-84')}")
    return Problem(
        "error",
        "datum-shift",
        layer,
        f"{text}{'; '.join(parts)} ({shift.evidence})",
        column="lon",
        labels=(shift.layer, shift.reference),
        count=2,
        fix="; ".join(offers),
    )
