"""Values that cannot be: below zero, infinite, placeholders of missing ones, shares that pose as volumes; units."""

from __future__ import annotations

from difflib import get_close_matches

import numpy as np
import pandas as pd

from megaregion.data.problem import Problem
from megaregion.data.rules.record import YEARS, Record, Sheet
from megaregion.data.schema import schema
from megaregion.units import has_price_base, is_money, known

NOT_NEGATIVE = {
    "places": ("population", "area_km2"),
    "links": ("length_km", "time_min", "capacity_per_h", "headway_min", "services_per_day", "cost"),
    "services": ("services_per_day", "in_vehicle_min", "fastest_min"),
    "flows": ("value", "time_min"),
    "agreements": ("budget",),
    "road_times": ("minutes",),
    "road_lengths": ("length_km",),
    "heritage": ("visitors",),
    "survey_answers": ("weight", "stratum_psus"),
}
POSITIVE = {
    "places": ("population", "area_km2"),
    "links": ("length_km", "time_min"),
    "services": ("in_vehicle_min", "fastest_min"),
    "road_times": ("minutes",),
    "road_lengths": ("length_km",),
    "survey_answers": ("weight", "stratum_psus"),
}
SENTINELS = np.array([-1e6, -999999.0, -99999.0, -9999.0, -999.0, 9999.0, 99999.0, 999999.0, 1e6, 9999999.0, 1e7, 1e9])
_COUNTED = {"person", "10000 persons", "household", "job", "km2", "ha", "count", "t", "kWh"}
_BALANCE = "balance|net_|change|growth|saldo|gain|loss|difference"  # may fall below zero
STATED = ("industries", "factor_flows", "incomes", "income_brackets", "deprivations")  # units must be known there too
_COMMON = (
    "person",
    "10000 persons",
    "percent",
    "million CNY (current)",
    "EUR per month (current)",
    "km2",
    "min",
    "ratio",
)


def check(record: Record) -> list[Problem]:
    """Every rule of this file."""
    return [*units(record), *ranges(record), *placeholders(record), *shares(record)]


def counted(unit: object) -> bool:
    """Whether values of this unit are amounts that add up over places (people, jobs, money, area)."""
    return isinstance(unit, str) and (unit in _COUNTED or (is_money(unit) and " per " not in unit))


def units(record: Record) -> list[Problem]:
    """Unknown units, money without a price base, and two units within one indicator or layer."""
    out: list[Problem] = []
    for table in STATED:
        sheet = record.sheet(table, "unit")
        if sheet is not None:
            out += _strange(sheet)
    for table, key in (("indicators", "indicator"), ("flows", "layer")):
        sheet = record.sheet(table, "unit", key)
        if sheet is None:
            continue
        column = sheet.frame["unit"]
        out += _strange(sheet)
        bare = [u for u in map(str, column.dropna().unique()) if is_money(u) and not has_price_base(u)]
        out += sheet.find(
            "error",
            "no-price-base",
            column.isin(bare),
            "an amount of money must say at which prices",
            column="unit",
            labels=column,
            fix="write 'million CNY (current)' or, at prices of a year, 'million CNY (2020)'",
        )
        pairs = sheet.frame[[key, "unit"]].dropna().drop_duplicates()
        twice = pairs[key][pairs[key].duplicated()].unique()
        out += sheet.find(
            "error",
            "mixed-units",
            sheet.frame[key].isin(twice),
            f"expected one unit for each {key}",
            column="unit",
            labels=sheet.frame[key],
            fix="convert the values, or give the rows another name",
        )
    return out


def _strange(sheet: Sheet) -> list[Problem]:
    """Units that nothing can be computed with."""
    column = sheet.frame["unit"]
    strange = [u for u in map(str, column.dropna().unique()) if not known(u)]
    near = {u: get_close_matches(u, _COMMON, 1, 0.5) for u in strange}
    hint = "; ".join(f"{u!r} is perhaps {m[0]!r}" for u, m in near.items() if m)
    return sheet.find(
        "error",
        "unknown-unit",
        column.isin(strange),
        "expected units that can be computed with",
        column="unit",
        labels=column,
        fix=(hint or "write one such as " + ", ".join(_COMMON)),
    )


def ranges(record: Record) -> list[Problem]:
    """Infinite values, and values below zero (or zero) where that cannot be."""
    out: list[Problem] = []
    for table, sheet in record.sheets.items():
        floats = [f.name for f in schema(table) if f.dtype in ("float", "int") and f.name in sheet.frame.columns]
        for column in floats:
            values = sheet.frame[column].astype("float64")
            out += sheet.find(
                "error",
                "infinite-value",
                pd.Series(np.isinf(values), index=values.index),
                "expected a finite number",
                column=column,
                fix="leave the cell empty if unknown",
            )
            if column in NOT_NEGATIVE.get(table, ()):
                low = (values < 0) & ~values.isin(SENTINELS) & np.isfinite(values)
                out += sheet.find(
                    "error",
                    "negative-value",
                    low,
                    "expected a number that is not below zero",
                    column=column,
                    fix="correct the sign, or leave the cell empty if unknown",
                )
            if column in POSITIVE.get(table, ()):
                out += sheet.find(
                    "error",
                    "not-positive",
                    values == 0,
                    "expected a number above zero",
                    column=column,
                    fix="leave the cell empty if unknown, or delete the row",
                )
    return out + _negative_indicators(record) + _years(record)


def _years(record: Record) -> list[Problem]:
    out: list[Problem] = []
    dated = (("indicators", "year"), ("agreements", "start"), ("agreements", "end"), ("documents", "year"))
    for table, column in dated:
        sheet = record.sheet(table, column)
        if sheet is not None:
            year = sheet.frame[column].astype("float64")
            rows = year.notna() & (year.abs() < np.inf) & ~year.between(*YEARS)
            out += sheet.find(
                "error", "year-range", rows, f"expected a year between {YEARS[0]} and {YEARS[1]}", column=column,
                labels=(column,), fix="write the year with four digits",
            )  # fmt: skip
    return out


def _negative_indicators(record: Record) -> list[Problem]:
    sheet = record.sheet("indicators", "indicator", "value", "unit")
    if sheet is None:
        return []
    frame = sheet.frame
    low = (frame["value"] < 0) & ~frame["value"].isin(SENTINELS) & np.isfinite(frame["value"])
    if not low.any():
        return []
    some = frame[low]
    bad = some["unit"].map(counted) | some["indicator"].str.contains("share", regex=False)
    bad &= ~some["indicator"].str.contains(_BALANCE)
    rows = bad.reindex(frame.index, fill_value=False).astype(bool)
    return sheet.find(
        "error",
        "negative-value",
        rows,
        "an amount or a share cannot be below zero",
        column="value",
        fix="correct the sign or delete the rows; a balance says so in its name (net_, change)",
    )


def placeholders(record: Record) -> list[Problem]:
    """Numbers such as -9999 or 1e6 that stand for "unknown"."""
    out: list[Problem] = []
    for table, sheet in record.sheets.items():
        group = {"indicators": "indicator", "flows": "layer"}.get(table)
        for field in schema(table):
            if field.dtype != "float" or field.name not in sheet.frame.columns or field.name in ("lon", "lat"):
                continue
            values = sheet.frame[field.name].astype("float64")
            hit = values.isin(SENTINELS)
            if not hit.any():
                continue
            key = sheet.frame[group] if group and group in sheet.frame.columns else pd.Series("", index=values.index)
            rows = pd.Series(False, index=values.index)
            for name in key[hit].unique():
                mine = key == name
                rows |= mine & values.isin(_suspicious(values[mine].to_numpy()))
            out += sheet.find(
                "error",
                "sentinel-value",
                rows,
                f"a number that stands for 'unknown' ({', '.join(f'{v:g}' for v in sorted(set(values[rows])))})",
                column=field.name,
                fix="leave the cell empty, or delete the row: missing is not a number",
            )
    return out


def _suspicious(values: np.ndarray) -> list[float]:
    """Which sentinels of a column cannot be read as values.

    A negative one always; a positive one if it is far above everything else (5 times the largest), or if it
    comes at least three times and three times as often as any other number: a population of exactly
    1,000,000 is rare, three of them are not a coincidence.
    """
    rest = values[~np.isin(values, SENTINELS) & np.isfinite(values)]
    top = float(rest.max(initial=0.0))
    common = int(np.unique(rest, return_counts=True)[1].max(initial=0))
    out = []
    for value in np.intersect1d(values, SENTINELS):
        n = int((values == value).sum())
        if value < 0 or value > 5 * top or (n >= 3 and n >= 3 * common):
            out.append(float(value))
    return out


def shares(record: Record) -> list[Problem]:
    """Rows that sum to 100 (or 1) although they should be volumes."""
    return [*_flow_shares(record), *_indicator_shares(record), *_population_shares(record)]


def _whole(sums: pd.Series, sizes: pd.Series) -> bool:
    """Whether nearly all sums of two or more numbers are 100 or 1 (half a percent either way, for rounding)."""
    real = sums[sizes >= 2]
    if len(real) < 3:
        return False
    return any(float(((real - whole).abs() <= 0.005 * whole).mean()) >= 0.9 for whole in (100.0, 1.0))


def _flow_shares(record: Record) -> list[Problem]:
    sheet = record.sheet("flows", "layer", "origin", "destination", "value", "unit", "period")
    if sheet is None:
        return []
    frame = sheet.frame
    out: list[Problem] = []
    for side in ("origin", "destination"):
        sums = frame.groupby(["layer", "period", side])["value"].agg(["sum", "size"])
        bad = [name for name, rows in sums.groupby(level=0) if _whole(rows["sum"], rows["size"])]
        declared = frame["unit"].isin(["percent", "share"])
        text = f"the rows of each {side} sum to 100 (or 1): shares, where volumes are expected"
        fix = "give the volumes; shares lose how large each place is"
        rows = frame["layer"].isin(bad)
        out += sheet.find(
            "error", "shares-not-volumes", rows & ~declared, text, column="value", labels=frame["layer"], fix=fix
        )
        out += sheet.find(
            "warning", "shares-not-volumes", rows & declared, text, column="value", labels=frame["layer"], fix=fix
        )
    return out


def _indicator_shares(record: Record) -> list[Problem]:
    sheet, panel = record.sheet("indicators", "unit"), record.panel
    if sheet is None or panel.empty:
        return []
    amounts = {u for u in panel["unit"].dropna().unique() if counted(u)}
    rows = panel[panel["unit"].isin(amounts)]
    if rows.empty:
        return []
    stem = rows["indicator"].map({i: str(i).rsplit("_", 1)[0] for i in rows["indicator"].unique()})
    rows = rows.assign(stem=stem)
    bad: set[str] = set()
    sums = rows.groupby(["stem", "scope", "year", "place_id"])["value"].agg(["sum", "size"])
    for name, part in sums.groupby(level=0):
        if _whole(part["sum"], part["size"]):
            bad |= set(rows["indicator"][rows["stem"] == name])
    sums = rows.groupby(["indicator", "scope", "kind", "year"])["value"].agg(["sum", "size"])
    enough = sums[sums["size"] >= 3]
    whole = (enough["sum"] - 100.0).abs() <= 0.05
    bad |= set(enough.index.get_level_values(0)[whole])
    return sheet.find(
        "error",
        "shares-not-volumes",
        sheet.frame["indicator"].isin(bad),
        "values sum to 100 although their unit is an amount",
        column="value",
        labels=sheet.frame["indicator"],
        fix="write the unit percent, or give the amounts",
    )


def _population_shares(record: Record) -> list[Problem]:
    sheet = record.sheet("places", "kind", "population")
    if sheet is None:
        return []
    sums = sheet.frame.groupby("kind")["population"].agg(["sum", "count"])
    bad = sums.index[(sums["count"] >= 3) & ((sums["sum"] - 100.0).abs() <= 0.5)]
    return sheet.find(
        "error",
        "shares-not-volumes",
        sheet.frame["kind"].isin(bad),
        "the populations of a kind sum to 100: shares",
        column="population",
        fix="give persons",
    )
