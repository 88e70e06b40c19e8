"""Links and services: doubles, lengths below the straight line, impossible speeds, places without any."""

from __future__ import annotations

import numpy as np
import pandas as pd

from megaregion.core.sphere import great_circle_km
from megaregion.data.problem import Problem, first
from megaregion.data.rules.record import Record, Sheet
from megaregion.data.schema import KEYS

# timetables print whole kilometres and stops are mapped to a few hundred metres
STRAIGHT, SLACK_KM = 0.97, 0.5
FASTEST_KMH = {"rail": 400.0, "road": 150.0, "air": 1100.0, "water": 100.0}
MANY = 3


def check(record: Record) -> list[Problem]:
    """Every rule of this file."""
    return [*doubles(record), *aliases(record), *lengths(record), *speeds(record), *loops(record), *islands(record)]


def doubles(record: Record) -> list[Problem]:
    """Services of one class between two stops that are given more than once: their counts would add up."""
    key = list(KEYS["services"])
    sheet = record.sheet("services", *key)
    if sheet is None:
        return []
    rows = sheet.frame[key].notna().all(axis=1) & sheet.frame.duplicated(key, keep=False)
    return sheet.find(
        "error",
        "alias-duplicates",
        rows,
        f"{' + '.join(key)} stands more than once: its trains count twice",
        column="services_per_day",
        labels=("origin", "destination", "service"),
        fix="keep one row; a train that changes direction has two numbers and is one train",
    )


def aliases(record: Record) -> list[Problem]:
    """Pairs of stops where two classes have the same count and the same minutes: one list under two names."""
    key = ["timetable", "mode", "origin", "destination"]
    same = ["services_per_day", "in_vehicle_min", "fastest_min"]
    sheet = record.sheet("services", *key, *same, "service")
    if sheet is None:
        return []
    frame = sheet.frame[~sheet.frame.duplicated(list(KEYS["services"]))]
    shared = frame[frame.duplicated(key, keep=False)]
    if shared.empty:
        return []
    twins = shared.duplicated([*key, *same], keep=False)
    pairs = shared.groupby(key).ngroups
    doubled = shared[twins].groupby(key).ngroups
    if doubled < MANY or doubled < 0.5 * pairs:  # single coincidences happen
        return []
    rows = twins.reindex(sheet.frame.index, fill_value=False).astype(bool)
    return sheet.find(
        "warning",
        "alias-duplicates",
        rows,
        f"two classes have the same number and minutes on {doubled} of {pairs} pairs of stops: one list, two names",
        column="service",
        labels=("origin", "destination", "service"),
        fix="keep one of the classes",
    )


def _distances(record: Record, sheet: Sheet, start: str, end: str) -> pd.Series | None:
    nodes = record.sheet("nodes", "node_id", "lon", "lat")
    if nodes is None or not {start, end} <= set(sheet.frame.columns):
        return None
    at = nodes.frame.dropna(subset=["node_id"]).drop_duplicates("node_id").set_index("node_id")[["lon", "lat"]]
    at = at[(at["lon"].abs() <= 180) & (at["lat"].abs() <= 90)]
    a, b = at.reindex(sheet.frame[start]), at.reindex(sheet.frame[end])
    km = great_circle_km(a["lon"].to_numpy(), a["lat"].to_numpy(), b["lon"].to_numpy(), b["lat"].to_numpy())
    return pd.Series(km, index=sheet.frame.index)


def lengths(record: Record) -> list[Problem]:
    """Links that are shorter than the straight line: a stop is misplaced, renamed, or the length is wrong."""
    sheet = record.sheet("links", "from_node", "to_node", "length_km")
    straight = None if sheet is None else _distances(record, sheet, "from_node", "to_node")
    if sheet is None or straight is None:
        return []
    length = sheet.frame["length_km"]
    rows = (length > 0) & (length < STRAIGHT * straight - SLACK_KM)
    example = ""
    if rows.any():
        worst = int(np.nanargmin((length / straight).where(rows).to_numpy()))
        example = f", as {length.iloc[worst]:.4g} km where the straight line has {straight.iloc[worst]:.4g}"
    return sheet.find(
        "error",
        "shorter-than-straight",
        rows,
        f"no link is shorter than {STRAIGHT:.0%} of the great circle between its stops{example}",
        column="length_km",
        fix="check the place of both stops (renamed or moved stations) and the length",
    )


def speeds(record: Record) -> list[Problem]:
    """Minutes that no vehicle reaches, and a mean below the fastest."""
    out: list[Problem] = []
    for table, start, end, column in (
        ("links", "from_node", "to_node", "time_min"),
        ("services", "origin", "destination", "fastest_min"),
    ):
        sheet = record.sheet(table, start, end, column, "mode")
        straight = None if sheet is None else _distances(record, sheet, start, end)
        if sheet is None or straight is None:
            continue
        limit = sheet.frame["mode"].map(FASTEST_KMH)
        hours = sheet.frame[column] / 60.0
        rows = (hours > 0) & (straight - SLACK_KM > limit * hours) & np.isfinite(hours)
        worst = (straight / hours)[rows].max() if rows.any() else 0.0
        out += sheet.find(
            "warning",
            "too-fast",
            rows,
            f"faster than any vehicle of its mode on the straight line (up to {worst:.0f} km/h)",
            column=column,
            fix="check the unit (minutes), the minutes and the place of both stops",
        )
    sheet = record.sheet("services", "fastest_min", "in_vehicle_min")
    if sheet is not None:
        rows = sheet.frame["fastest_min"] > sheet.frame["in_vehicle_min"] * 1.001 + 0.05
        out += sheet.find(
            "warning",
            "fastest-above-mean",
            rows,
            "the fastest service takes longer than the mean",
            column="fastest_min",
            fix="exchange the two columns, or correct the minutes",
        )
    return out


def loops(record: Record) -> list[Problem]:
    """Links and services that end where they start."""
    out: list[Problem] = []
    for table, start, end in (("links", "from_node", "to_node"), ("services", "origin", "destination")):
        sheet = record.sheet(table, start, end)
        if sheet is not None:
            rows = (sheet.frame[start] == sheet.frame[end]) & sheet.frame[start].notna()
            out += sheet.find(
                "error",
                "self-loop",
                rows,
                "expected two different stops",
                column=end,
                fix="correct one end, or delete the row",
            )
    return out


def islands(record: Record) -> list[Problem]:
    """Places that no link and no service reaches: their times are by road, or by another way, only."""
    nodes = record.sheet("nodes", "node_id", "place_id")
    if nodes is None or not (record.kinds == record.level).any():
        return []
    used: set[str] = set()
    for table, columns in (("links", ("from_node", "to_node")), ("services", ("origin", "destination"))):
        for column in columns:
            used |= record.ids(table, column)
    if not used:
        return []
    reached = set(nodes.frame["place_id"][nodes.frame["node_id"].isin(used)].dropna())
    alone = sorted(set(record.kinds.index[record.kinds == record.level]) - reached)
    if not alone:
        return []
    return [
        Problem(
            "note",
            "island",
            nodes.where(),
            "places that no link and no service reaches",
            column="place_id",
            labels=first(alone),
            count=len(alone),
            fix="right for an island; else add its stops",
        )
    ]
