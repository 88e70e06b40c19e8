"""The list of heritage: levels without a weight, sites outside, sites without any place, one site listed twice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from megaregion.data.problem import Problem, first
from megaregion.data.rules.geometry import usable
from megaregion.data.rules.record import Record, Sheet


def check(record: Record) -> list[Problem]:
    """Every rule of this file."""
    sheet = record.sheet("heritage", "site_id", "level")
    if sheet is None:
        return []
    return [*levels(record, sheet), *positions(record, sheet), *twins(sheet)]


def levels(record: Record, sheet: Sheet) -> list[Problem]:
    """Levels whose weight [options.culture.levels] does not state, and weights that are none."""
    options: Any = record.config.get("options", {})
    culture = options.get("culture", {}) if isinstance(options, dict) else {}
    given = culture.get("levels", {}) if isinstance(culture, dict) else {}
    weights = given if isinstance(given, dict) else {}
    bad = [k for k, v in weights.items() if type(v) not in (int, float) or not 0 < v < np.inf]
    out = (
        [
            Problem(
                "error", "level-weight", "workspace.toml", "weights of levels must be numbers > 0",
                column="[options.culture.levels]", labels=first(bad), count=len(bad), fix="such as national = 4",
            )
        ]
        if bad
        else []
    )  # fmt: skip
    level = sheet.frame["level"]
    named = ", ".join(weights) or "no level at all"
    return out + sheet.find(
        "error",
        "level-weight",
        level.notna() & ~level.isin(list(weights)),
        f"expected levels that [options.culture.levels] weighs ({named})",
        column="level",
        labels=level,
        fix="correct the level, or state its weight in workspace.toml: the order of places hangs on it",
    )


def positions(record: Record, sheet: Sheet) -> list[Problem]:
    """Sites that no place can be found for, and sites outside of every polygon."""
    frame = sheet.frame
    blank = pd.Series(np.nan, index=frame.index)
    lon, lat = frame.get("lon", blank), frame.get("lat", blank)
    placed = frame["place_id"].notna() if "place_id" in frame else pd.Series(False, index=frame.index)
    layer = usable(record)
    known = lon.notna() & lat.notna() & (lon.abs() <= 180) & (lat.abs() <= 90)
    out = sheet.find(
        "error",
        "no-place",
        ~placed & (~known if layer is not None else True),
        "a site needs lon and lat inside of a polygon, or a place_id",
        column="place_id",
        fix="fill place_id, or add coordinates and geometry/places.gpkg",
    )
    if layer is None or not known.any():
        return out
    import shapely

    mine = layer[pd.Series(layer.index.map(record.kinds), index=layer.index).eq(record.level).to_numpy()]
    tree = shapely.STRtree(mine.geometry.to_numpy())
    rows = np.flatnonzero(known.to_numpy())
    points = shapely.points(lon.to_numpy(float)[rows], lat.to_numpy(float)[rows])
    inside = np.zeros(len(frame), dtype=bool)
    inside[rows[np.unique(tree.query(points, predicate="intersects")[0])]] = True
    return out + sheet.find(
        "warning",
        "site-outside",
        known & ~pd.Series(inside, index=frame.index),
        "sites outside of every polygon of the level of analysis: they have no part in density, pattern and corridors, "
        "and without a place_id none in the stock",
        column="lon",
        fix="correct the coordinates (lon, lat in WGS-84), or delete the rows",
    )


def twins(sheet: Sheet) -> list[Problem]:
    """Rows of one name at one point: a site that two lists hold counts twice."""
    if not {"name", "lon", "lat"} <= set(sheet.frame.columns):
        return []
    key = ["name", "lon", "lat"]
    rows = sheet.frame[key].notna().all(axis=1) & sheet.frame.duplicated(key, keep=False)
    return sheet.find(
        "warning",
        "twin-sites",
        rows,
        "one name at one point stands in several rows: the site counts several times",
        column="name",
        labels=sheet.frame["name"],
        fix="keep the row of the highest level",
    )
