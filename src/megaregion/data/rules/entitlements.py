"""Who is entitled where, facilities and pairs: shares out of range, unknown ids, mixed units, ends before starts."""

from __future__ import annotations

from megaregion.data.changes.borders import SCHEMES
from megaregion.data.problem import Problem
from megaregion.data.rules.record import Record

EVERYWHERE = "all"


def check(record: Record) -> list[Problem]:
    """Every rule of this file."""
    return [*_recognition(record), *_reforms(record), *_supply(record), *_pairs(record)]


def _recognition(record: Record) -> list[Problem]:
    sheet, places = record.sheet("recognition", "origin", "destination", "value"), record.sheet("places", "place_id")
    if sheet is None:
        return []
    frame, key = sheet.frame, ("origin", "destination", "scheme")
    out = sheet.find(
        "error", "recognition-range", (frame["value"] < 0) | (frame["value"] > 1),
        "recognition must lie between 0 (none) and 1 (full)", column="value", labels=key,
        fix="give a share; leave the cell empty where it is unknown",
    )  # fmt: skip
    if places is None:
        return out
    known = {EVERYWHERE, *places.frame["place_id"].dropna()}
    for column in ("origin", "destination"):
        out += sheet.find(
            "error", "unknown-place", frame[column].notna() & ~frame[column].isin(known),
            "expected a place_id of places.csv or the word all", column=column, labels=frame[column],
            fix="add the place, or correct the code",
        )  # fmt: skip
    return out


def _reforms(record: Record) -> list[Problem]:
    sheet = record.sheet("reforms", "reform", "origin", "destination", "scheme", "value")
    if sheet is None:
        return []
    frame, key = sheet.frame, ("reform", "origin", "destination", "scheme")
    out = [
        *sheet.find("error", "recognition-range", (frame["value"] < 0) | (frame["value"] > 1),
                    "what a reform brings must lie between 0 (none) and 1 (full)", column="value", labels=key,
                    fix="give a share"),
        *sheet.find("error", "unknown-scheme", frame["scheme"].notna() & ~frame["scheme"].isin(SCHEMES),
                    f"expected one of {', '.join(SCHEMES)}", column="scheme", labels=frame["scheme"],
                    fix="reforms act on social rights and points; services are not among them"),
        *sheet.find("error", "reserved-name", frame["reform"] == "joint", "joint is the name of all reforms together",
                    column="reform", labels=("reform",), fix="call the reform otherwise"),
        *sheet.find("error", "no-recognition", frame["value"].notna() & (record.sheet("recognition") is None),
                    "tables/recognition.csv does not say what is recognised today", column="value", labels=("reform",),
                    fix="one row a direction and scheme; all and all for every pair of places"),
    ]  # fmt: skip
    known = {EVERYWHERE, *record.ids("places", "place_id")}
    for column in ("origin", "destination") if len(known) > 1 else ():
        out += sheet.find(
            "error", "unknown-place", frame[column].notna() & ~frame[column].isin(known),
            "expected a place_id of places.csv or the word all", column=column, labels=frame[column],
            fix="add the place, or correct the code",
        )  # fmt: skip
    return out


def _supply(record: Record) -> list[Problem]:
    sheet = record.sheet("services_supply", "service", "supply", "unit")
    if sheet is None:
        return []
    frame = sheet.frame
    low = frame["supply"] < 0
    if "quality" in frame:
        low |= frame["quality"] < 0
    mixed = frame.groupby("service")["unit"].transform("nunique") > 1
    return [
        *sheet.find("error", "negative-value", low, "supply and quality must be >= 0",
                    labels=("facility_id", "service"), fix="leave out what does not exist"),
        *sheet.find("error", "mixed-unit", mixed, "one service is given in several units", column="unit",
                    labels=frame["service"], fix="beds and staff are two services"),
    ]  # fmt: skip


def _pairs(record: Record) -> list[Problem]:
    sheet = record.sheet("pairs", "donor", "recipient", "start")
    if sheet is None:
        return []
    frame, key = sheet.frame, ("donor", "recipient")
    out = sheet.find("error", "pair-itself", frame["donor"].notna() & (frame["donor"] == frame["recipient"]),
                     "a place cannot help itself", labels=key, fix="correct one of the two")  # fmt: skip
    if "end" in frame:
        out += sheet.find("error", "pair-years", frame["end"] < frame["start"], "the pair ends before it starts",
                          column="end", labels=key, fix="correct one of the years")  # fmt: skip
    return out
