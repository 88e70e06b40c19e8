"""Changes of borders: shares, dates, circles, unknown units."""

from __future__ import annotations

from megaregion.data.crosswalk import crosswalk_problems
from megaregion.data.problem import Problem
from megaregion.data.rules.record import Record


def check(record: Record) -> list[Problem]:
    """Every rule of this file."""
    sheet = record.sheet("crosswalk", "from_id", "to_id", "year")
    if sheet is None:
        return []
    known = record.ids("places", "place_id") or None
    # repeated rows are found by the rule of identifiers, as in every table
    return [p for p in crosswalk_problems(sheet.frame, known=known, where=sheet.where()) if p.code != "duplicate-id"]
