"""Levels: parents and parts, sums of parts, and levels that workspace.toml names."""

from __future__ import annotations

import numpy as np
import pandas as pd

from megaregion.data.cluster import ancestor
from megaregion.data.problem import Problem, Severity, first
from megaregion.data.rules.numbers import counted
from megaregion.data.rules.record import Record, Sheet

ROUNDING = 0.001  # parts are printed rounded
GROSS = 0.01  # parts that exceed their whole by more than this cannot be right
AREA = 0.05  # land or total area, generalised boundaries
MONEY = 0.02  # offices revise parts and wholes at different times
_FIX = "add the parts that are missing (development zones, districts pooled into the city), or correct the parent"


def check(record: Record) -> list[Problem]:
    """Every rule of this file."""
    return [
        *levels(record),
        *cycles(record),
        *ungrouped(record),
        *sums(record),
        *indicator_sums(record),
        *twice(record),
    ]


def levels(record: Record) -> list[Problem]:
    """Kinds that workspace.toml names and places.csv lacks, and a region of one place."""
    sheet = record.sheet("places", "place_id", "kind")
    if sheet is None:
        return []
    counts = record.kinds.value_counts()
    out = [
        Problem(
            "error",
            "unknown-kind",
            "workspace.toml",
            f"[cluster] {key} is {record.cluster[key]!r}, no place is of this kind",
            column=key,
            labels=(str(record.cluster[key]),),
            count=1,
            fix="kinds there: " + ", ".join(sorted(counts.index)),
        )
        for key in ("level", "detail", "group")
        if key in record.cluster and str(record.cluster[key]) not in counts.index
    ]
    if counts.get(record.level, 0) == 1:
        rows = sheet.frame["kind"] == record.level
        out += sheet.find(
            "error",
            "one-place",
            rows,
            f"a cluster needs at least two places of kind {record.level}, found one",
            column="kind",
            fix="add the other places, or choose a finer level",
        )
    return out


def _tree(record: Record) -> pd.DataFrame:
    """Places once each: index `place_id`, columns of the table; empty if the table lacks what is needed."""
    sheet = record.sheet("places", "place_id", "kind", "parent_id")
    if sheet is None:
        return pd.DataFrame()
    return sheet.frame.dropna(subset=["place_id"]).drop_duplicates("place_id").set_index("place_id")


def _circular(places: pd.DataFrame) -> list[str]:
    """Places from which the way up never ends."""
    parent = places["parent_id"]
    at = parent.copy()
    for _ in range(len(places)):
        if not at.notna().any():
            return []
        at = at.map(parent)
        if _ > len(places["kind"].unique()) + 1:  # deeper than there are levels: every walk left is a circle
            break
    return sorted(places.index[at.notna()])


def cycles(record: Record) -> list[Problem]:
    """Places that contain themselves."""
    places, sheet = _tree(record), record.sheets.get("places")
    bad = _circular(places) if len(places) else []
    if not bad or sheet is None:
        return []
    return [
        Problem(
            "error",
            "parent-cycle",
            sheet.where(),
            "following parent_id upwards never ends",
            column="parent_id",
            labels=first(bad),
            count=len(bad),
            fix="a place cannot be part of itself: correct parent_id",
        )
    ]


def ungrouped(record: Record) -> list[Problem]:
    """Units of analysis that lie in no group, so that no border can be drawn for them."""
    places, group, sheet = _tree(record), str(record.cluster.get("group", "")), record.sheets.get("places")
    if sheet is None or places.empty or not (places["kind"] == group).any() or _circular(places):
        return []
    known = places["parent_id"].isna() | places["parent_id"].isin(places.index)  # unknown parents have a rule
    units = places[(places["kind"] == record.level) & known]
    lost = units.index[ancestor(places, group).reindex(units.index).isna()]
    if not len(lost):
        return []
    return [
        Problem(
            "error",
            "no-group",
            sheet.where(),
            f"expected a {group} above every {record.level}",
            column="parent_id",
            labels=first(sorted(lost)),
            count=len(lost),
            fix=f"give these places the place_id of their {group} as parent",
        )
    ]


def sums(record: Record) -> list[Problem]:
    """Population and area of the parts of a kind against their parent (tolerances: 0.1 % and 5 %)."""
    places, sheet = _tree(record), record.sheets.get("places")
    if places.empty or sheet is None:
        return []
    out: list[Problem] = []
    for column, tolerance in (("population", ROUNDING), ("area_km2", AREA)):
        if column not in places.columns:
            continue
        table = _parts(places["parent_id"], places["kind"], places[column].astype("float64"))
        gap = table["sum"] / table["whole"] - 1.0
        gross = (gap > GROSS) & (column == "population")
        out += _report("error", table[gross], sheet, column, tolerance)
        out += _report("warning", table[(gap.abs() > tolerance) & ~gross], sheet, column, tolerance)
    return out


def _parts(parent: pd.Series, kind: pd.Series, value: pd.Series) -> pd.DataFrame:
    """Sum of the parts of each kind beside their parent, where every part and the parent have a value."""
    frame = pd.DataFrame({"parent": parent, "kind": kind, "value": value}).dropna(subset=["parent"])
    table = frame.groupby(["parent", "kind"])["value"].agg(["sum", "size", "count"]).reset_index()
    # a part whose parent is unknown may belong to any of them: no sum of its kind can be judged
    lost = set(frame["kind"][~frame["parent"].isin(value.index)])
    table = table[(table["size"] == table["count"]) & ~table["kind"].isin(lost)]
    table = table.assign(whole=table["parent"].map(value).astype("float64"))
    ok = np.isfinite(table["sum"]) & np.isfinite(table["whole"]) & (table["whole"] > 0)
    # half a unit of rounding in every part is no difference
    off: pd.DataFrame = table[ok & ((table["sum"] - table["whole"]).abs() > 0.5 * table["size"])]
    return off


def _report(severity: Severity, bad: pd.DataFrame, sheet: Sheet, column: str, tolerance: float) -> list[Problem]:
    if bad.empty:
        return []
    some = bad.sort_values(["parent", "kind"]).head(5)
    labels = (
        f"{r['parent']}: {r['kind']} {r['sum']:,.0f} of {r['whole']:,.0f} ({100 * (r['sum'] / r['whole'] - 1):+.2f} %)"
        for r in some.to_dict("records")
    )
    return [
        Problem(
            severity,
            "parts-not-whole",
            sheet.where(),
            f"parts should sum to their parent within {100 * tolerance:g} %",
            column=column,
            labels=first(labels),
            count=len(bad),
            fix=_FIX,
        )
    ]


def indicator_sums(record: Record) -> list[Problem]:
    """Amounts among the indicators: parts against their parent, year by year (0.1 % for people, 2 % for others)."""
    places, panel = _tree(record), record.panel
    if places.empty or panel.empty:
        return []
    amounts = panel[panel["unit"].map(counted).astype(bool)]
    own = amounts.set_index(["indicator", "year", "place_id"])["value"]
    own = own[~own.index.duplicated()]
    number = places.groupby(["parent_id", "kind"]).size()
    frame = amounts.drop_duplicates(["indicator", "year", "place_id"]).assign(
        parent=amounts["place_id"].map(places["parent_id"])
    )
    table = (
        frame.dropna(subset=["parent"])
        .groupby(["indicator", "year", "parent", "kind", "unit"])["value"]
        .agg(["sum", "size"])
        .reset_index()
    )
    if table.empty:
        return []
    expected = number.reindex(pd.MultiIndex.from_frame(table[["parent", "kind"]])).to_numpy(dtype=float)
    table["whole"] = own.reindex(pd.MultiIndex.from_frame(table[["indicator", "year", "parent"]])).to_numpy(dtype=float)
    table = table[(table["size"] == expected) & (table["whole"] > 0)]
    tolerance = np.where(table["unit"].isin({"person", "10000 persons"}), ROUNDING, MONEY)
    bad = table[
        ((table["sum"] / table["whole"] - 1).abs() > tolerance)
        & ((table["sum"] - table["whole"]).abs() > 0.5 * table["size"])
    ]
    if bad.empty:
        return []
    labels = (
        f"{r['indicator']} {r['year']:.0f} {r['parent']}: {100 * (r['sum'] / r['whole'] - 1):+.2f} %"
        for r in bad.head(5).to_dict("records")
    )
    return [
        Problem(
            "warning",
            "parts-not-whole",
            record.sheets["indicators"].where(),
            "parts should sum to their parent within 0.1 % (people) or 2 % (other amounts)",
            column="value",
            labels=first(labels),
            count=len(bad),
            fix=_FIX,
        )
    ]


def twice(record: Record) -> list[Problem]:
    """Population in places.csv against the indicator that plays the role of population (1 %)."""
    places, panel = _tree(record), record.panel
    roles = record.config.get("indicators", {})
    role = roles.get("population") if isinstance(roles, dict) else None
    if places.empty or "population" not in places.columns or panel.empty or not isinstance(role, str):
        return []
    rows = panel[
        (panel["indicator"] == role) & (panel["year"] == record.cluster.get("base_year")) & (panel["unit"] == "person")
    ]
    other = rows.drop_duplicates("place_id").set_index("place_id")["value"]
    mine = places["population"].astype("float64").reindex(other.index)
    bad = other.index[((other / mine - 1).abs() > GROSS) & (mine > 0)]
    if not len(bad):
        return []
    labels = (f"{p}: {mine[p]:,.0f} and {other[p]:,.0f}" for p in sorted(bad))
    return [
        Problem(
            "warning",
            "population-differs",
            record.sheets["places"].where(),
            f"population differs by more than 1 % from the indicator {role!r} of the base year",
            column="population",
            labels=first(labels),
            count=len(bad),
            fix="use one source and one territory for both",
        )
    ]
