"""Energy, offices and search indices: lines that carry nothing, islands in the dark, doubles, values out of range."""

from __future__ import annotations

import numpy as np
import pandas as pd

from megaregion.data.problem import Problem, first
from megaregion.data.rules.record import Record, Sheet

ROLES = ("headquarters", "branch")
HIGHEST = 5.0  # of the service values of Taylor, Catalano and Walker (2002)


def check(record: Record) -> list[Problem]:
    """Every rule of this file."""
    return [*_buses(record), *_lines(record), *_plants(record), *_dark(record), *_offices(record), *_search(record)]


def _low(sheet: Sheet, columns: tuple[str, ...], what: str) -> list[Problem]:
    there = [c for c in columns if c in sheet.frame.columns]
    bad = (sheet.frame[there] < 0).any(axis=1)
    return sheet.find("error", "negative-value", bad, what, fix="correct the sign; leave what is unknown empty")


def _buses(record: Record) -> list[Problem]:
    sheet = record.sheet("energy_buses", "bus_id")
    columns = ("demand_mw", "generation_mw", "peak_mw", "scheduled_mw")
    return [] if sheet is None else _low(sheet, columns, "demand and generation must be >= 0")


def _lines(record: Record) -> list[Problem]:
    sheet = record.sheet("energy_lines", "line_id", "from_bus", "to_bus")
    if sheet is None:
        return []
    frame = sheet.frame
    out = _low(sheet, ("capacity_mw",), "the capacity of a line must be >= 0")
    out += sheet.find(
        "error",
        "self-loop",
        (frame["from_bus"] == frame["to_bus"]) & frame["from_bus"].notna(),
        "expected two different buses",
        column="to_bus",
        fix="correct one end, or delete the row",
    )
    stated = [c for c in ("reactance_pu", "reactance_ohm", "tap") if c in frame.columns]
    if stated:
        out += sheet.find("error", "zero-reactance", (frame[stated] <= 0).any(axis=1),
                          "reactance and tap must be > 0: power would know no bounds",
                          fix="join the two buses into one, or state the reactance")  # fmt: skip
    known = pd.Series(False, index=frame.index)
    energy = record.config.get("options", {}) if isinstance(record.config.get("options"), dict) else {}
    by_length = isinstance(energy.get("energy"), dict) and "ohm_per_km" in energy["energy"]
    ways = [("reactance_pu",), ("reactance_ohm", "voltage_kv"), *([("length_km", "voltage_kv")] if by_length else [])]
    for way in ways:
        if set(way) <= set(frame.columns):
            known |= frame[list(way)].notna().all(axis=1)
    out += sheet.find("error", "no-reactance", ~known, "no reactance can be told", column="reactance_pu",
                      fix="reactance_pu, or reactance_ohm and voltage_kv, or length_km and voltage_kv with "
                      "[options.energy] ohm_per_km")  # fmt: skip
    ends = pd.DataFrame(np.sort(frame[["from_bus", "to_bus"]].fillna("").astype(str).to_numpy(object), axis=1),
                        index=frame.index)  # fmt: skip
    same = pd.concat([ends, frame.drop(columns=["line_id", "from_bus", "to_bus"])], axis=1)
    out += sheet.find("warning", "twin-lines", same.duplicated(keep=False),
                      "lines with the same ends and the same values count as parallel circuits",
                      fix="right for two circuits; delete one row if it is written twice")  # fmt: skip
    return out


def _plants(record: Record) -> list[Problem]:
    sheet = record.sheet("energy_plants", "plant_id")
    if sheet is None:
        return []
    out = _low(sheet, ("generation_mw",), "the capacity of a plant must be >= 0")
    buses = record.sheet("energy_buses", "bus_id")
    own = pd.Series(dtype=object) if buses is None or "generation_mw" not in buses.frame else (
        buses.frame.loc[buses.frame["generation_mw"] > 0, "bus_id"])  # fmt: skip
    return out + sheet.find(
        "warning",
        "generation-twice",
        sheet.frame["bus_id"].isin(own),
        "the bus states generation_mw too: both count",
        column="bus_id",
        fix="right if the plant is not in it; else leave generation_mw of the bus empty",
    )


def _dark(record: Record) -> list[Problem]:
    """Islands of the grid that draw power and have no plant."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    buses = record.sheet("energy_buses", "bus_id", "demand_mw", "generation_mw")
    if buses is None:
        return []
    frame = buses.frame.drop_duplicates("bus_id").set_index("bus_id")
    lines = record.sheet("energy_lines", "from_bus", "to_bus")
    a, b = (np.zeros(0, int) if lines is None else frame.index.get_indexer(pd.Index(lines.frame[c])) for c in
            ("from_bus", "to_bus"))  # fmt: skip
    known = (a >= 0) & (b >= 0)
    joined = coo_array((np.ones(int(known.sum())), (a[known], b[known])), shape=(len(frame), len(frame)))
    part = connected_components(joined, directed=False)[1]
    need, have = (np.bincount(part, frame[c].fillna(0.0).clip(lower=0.0)) for c in ("demand_mw", "generation_mw"))
    plants = record.sheet("energy_plants", "bus_id", "generation_mw")
    if plants is not None:
        at = frame.index.get_indexer(pd.Index(plants.frame["bus_id"]))
        power = plants.frame["generation_mw"].fillna(0.0).clip(lower=0.0).to_numpy(float)
        have = have + np.bincount(part[at[at >= 0]], power[at >= 0], len(have))
    dark = np.flatnonzero((need > 0) & (have <= 0))
    lost = frame.index[np.isin(part, dark) & (frame["demand_mw"] > 0).to_numpy()]
    if not len(dark):
        return []
    return [Problem("warning", "dark-island", buses.where(), f"{len(dark)} islands of the grid draw power and generate "
                    "none: all of it is unserved", column="bus_id", labels=first(lost), count=len(lost),
                    fix="add the line or the plant that serves them, or leave the buses out")]  # fmt: skip


def _offices(record: Record) -> list[Problem]:
    sheet = record.sheet("offices", "firm", "place_id", "value")
    if sheet is None:
        return []
    frame, key = sheet.frame, ("firm", "place_id")
    out = sheet.find("error", "negative-value", frame["value"] < 0, "the value of an office must be >= 0",
                     column="value", labels=key, fix="0 or no row where a firm has no office")  # fmt: skip
    out += sheet.find("warning", "high-value", frame["value"] > HIGHEST,
                      f"service values are 0 to {HIGHEST:g} (Taylor et al. 2002): larger ones weigh with their square",
                      column="value", labels=key, fix="right if you score otherwise")  # fmt: skip
    if "role" not in frame:
        return out
    role = frame["role"]
    out += sheet.find("error", "unknown-role", role.notna() & ~role.isin(ROLES), f"role must be {' or '.join(ROLES)}",
                      column="role", labels=key, fix="correct the word")  # fmt: skip
    head = role == ROLES[0]
    several = head & frame["firm"].isin(frame["firm"][head][frame["firm"][head].duplicated()])
    return out + sheet.find("warning", "several-headquarters", several, "a firm has several headquarters",
                            column="role", labels=key,
                            fix="right for a firm of two seats: each rules all branches")  # fmt: skip


def _search(record: Record) -> list[Problem]:
    sheet = record.sheet("search_index", "keyword", "origin", "destination", "value")
    if sheet is None:
        return []
    frame, key = sheet.frame, ("keyword", "origin", "destination")
    out = sheet.find("error", "negative-value", frame["value"] < 0, "a search index must be >= 0", column="value",
                     labels=key, fix="leave what is unknown empty")  # fmt: skip
    out += sheet.find("note", "search-at-home", frame["origin"] == frame["destination"],
                      "searches of a place for itself are not used", labels=key, fix="nothing to do")  # fmt: skip
    return out
