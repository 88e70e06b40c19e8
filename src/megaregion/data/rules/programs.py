"""Vouchers, joint parks and paired assistance: mixed units, numbers out of range, places and parties unknown."""

from __future__ import annotations

import pandas as pd

from megaregion.data.problem import Problem
from megaregion.data.rules.record import Record

# the number columns that are >= 0, by table
_POSITIVE = {
    "voucher_projects": ("cost", "match"), "voucher_redemptions": ("amount",), "voucher_eligible": ("firms",),
    "park_candidates": ("minutes",), "park_places": ("land_price", "wage", "capacity"), "park_parties": ("weight",),
    "pairing_candidates": ("cost", "minutes", "relatedness"), "pairing_donors": ("capacity", "budget"),
    "pairing_fields": ("value",),
}  # fmt: skip
# amounts that are compared, and so come in one unit; the columns that must be places of the workspace
_UNITS = (("voucher_projects",), ("voucher_redemptions",), ("park_parties", "park_coalitions", "park_booked"),
          ("pairing_donors",))  # fmt: skip
_PLACES = (
    ("voucher_projects", "place_id"), ("voucher_eligible", "place_id"), ("park_places", "place_id"),
    ("park_candidates", "origin"), ("park_candidates", "host"), ("pairing_candidates", "recipient"),
)  # fmt: skip


def check(record: Record) -> list[Problem]:
    """Every rule of this file."""
    return [
        *_signs(record), *_units(record), *_places(record), *_themselves(record), *_vouchers(record), *_totals(record),
        *_donors(record),
    ]  # fmt: skip


def _signs(record: Record) -> list[Problem]:
    out: list[Problem] = []
    for name, columns in _POSITIVE.items():
        for column in columns:
            if (sheet := record.sheet(name, column)) is not None:
                out += sheet.find("error", "negative-value", sheet.frame[column] < 0, "expected a number >= 0",
                                  column=column, fix="correct the sign")  # fmt: skip
    return out


def _units(record: Record) -> list[Problem]:
    out: list[Problem] = []
    for names in _UNITS:
        sheets = [s for name in names if (s := record.sheet(name, "unit")) is not None]
        units = {str(u) for s in sheets for u in s.frame["unit"].dropna()}
        if len(units) > 1:
            for sheet in sheets:
                out += sheet.find("error", "mixed-unit", sheet.frame["unit"].notna(), "amounts are in several units",
                                  column="unit", labels=sheet.frame["unit"], fix="bring them into one")  # fmt: skip
    return out


def _places(record: Record) -> list[Problem]:
    known, out = record.ids("places", "place_id"), list[Problem]()
    for name, column in _PLACES if known else ():
        if (sheet := record.sheet(name, column)) is not None:
            values = sheet.frame[column]
            out += sheet.find("error", "unknown-place", values.notna() & ~values.isin(known),
                              "expected a place_id of places.csv", column=column, labels=values,
                              fix="add the place, or correct the code")  # fmt: skip
    return out


def _themselves(record: Record) -> list[Problem]:
    out: list[Problem] = []
    for name, a, b in (("park_candidates", "origin", "host"), ("pairing_candidates", "donor", "recipient")):
        if (sheet := record.sheet(name, a, b)) is not None:
            same = sheet.frame[a].notna() & (sheet.frame[a] == sheet.frame[b])
            out += sheet.find("error", "pair-itself", same, "a place is paired with itself", labels=(a, b),
                              fix="correct one of the two")  # fmt: skip
    return out


def _vouchers(record: Record) -> list[Problem]:
    names = ("additionality_low", "additionality", "additionality_high")
    sheet = record.sheet("voucher_projects", "project", *names)
    if sheet is None:
        return []
    low, middle, high = (sheet.frame[name] for name in names)
    return sheet.find(
        "error", "additionality-range", (low < 0) | (low > middle) | (middle > high) | (high > 1),
        "expected 0 <= additionality_low <= additionality <= additionality_high <= 1", column="additionality",
        labels=("project",), fix="state the assumption with its range",
    )  # fmt: skip


def _totals(record: Record) -> list[Problem]:
    sheet = record.sheet("park_parties", "park", "item", "party", "alone", "total")
    if sheet is None:
        return []
    by = sheet.frame.groupby(["park", "item"], dropna=False)
    total, key = by["total"].transform("first"), ("park", "item")
    apart: pd.Series = by["total"].transform("nunique") > 1
    return [
        *sheet.find("error", "park-totals", apart, "one park and item has different totals", column="total", labels=key,
                    fix="the total is that of all parties together"),
        *sheet.find("error", "park-party", by["party"].transform("nunique") < 2, "a park and item has one party",
                    column="party", labels=key, fix="add the others"),
        *sheet.find("error", "park-nothing", ~apart & (by["alone"].transform("sum") > total * (1 + 1e-9)),
                    "the parties have more without agreement than together", column="alone", labels=key,
                    fix="there is nothing to agree on: leave the park out, or correct the amounts"),
    ]  # fmt: skip


def _donors(record: Record) -> list[Problem]:
    sheet, known = record.sheet("pairing_candidates", "donor"), record.ids("pairing_donors", "donor")
    if sheet is None:
        return []
    donors = sheet.frame["donor"]
    return sheet.find("error", "unknown-donor", donors.notna() & ~donors.isin(known),
                      "expected a donor of pairing_donors.csv", column="donor", labels=donors,
                      fix="add what it can take")  # fmt: skip
