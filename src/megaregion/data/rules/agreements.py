"""The register of agreements: words, years and parties that its analyses cannot use."""

from __future__ import annotations

import pandas as pd

from megaregion.data.problem import Problem
from megaregion.data.rules.record import Record

INSTRUMENTS = ("statement", "plan", "agreement", "joint-body", "shared-budget", "law")
STATUSES = ("announced", "signed", "in-force", "ended")
FIELDS = ("economy", "transport", "environment", "education", "health", "culture", "social-security", "innovation")


def check(record: Record) -> list[Problem]:
    """Every rule of this file."""
    return [*words(record), *years(record), *parties(record)]


def words(record: Record) -> list[Problem]:
    """Instruments, statuses and fields of another name."""
    out: list[Problem] = []
    for column, known, severity in (
        ("instrument", INSTRUMENTS, "error"), ("status", STATUSES, "error"), ("field", FIELDS, "warning"),
    ):  # fmt: skip
        sheet = record.sheet("agreements", "agreement_id", column)
        if sheet is not None:
            given = sheet.frame[column]
            out += sheet.find(
                "error" if severity == "error" else "warning", "unknown-word", given.notna() & ~given.isin(known),
                f"expected one of {', '.join(known)}", column=column, labels=given, fix="write one of these words",
            )  # fmt: skip
    return out


def years(record: Record) -> list[Problem]:
    """Agreements that end before they start."""
    sheet = record.sheet("agreements", "agreement_id", "start", "end")
    if sheet is None:
        return []
    return sheet.find("error", "ends-before-start", sheet.frame["end"] < sheet.frame["start"],
                      "an agreement cannot end before it starts", column="end", fix="correct the years")  # fmt: skip


def parties(record: Record) -> list[Problem]:
    """Agreements with fewer than two parties, or with one of them twice."""
    sheet = record.sheet("agreements", "agreement_id", "parties")
    if sheet is None:
        return []
    names = sheet.frame["parties"].fillna("").astype(str).str.split(";").explode().str.strip()
    names = names[names != ""]
    count = names.groupby(level=0).size().reindex(sheet.frame.index, fill_value=0)
    distinct = names.groupby(level=0).nunique().reindex(sheet.frame.index, fill_value=0)
    there = sheet.frame["parties"].notna()
    few, twice = there & (count < 2), pd.Series(count > distinct)
    return [
        *sheet.find("error", "one-party", few, "an agreement has two parties or more", column="parties",
                    fix="place_ids separated by semicolons"),
        *sheet.find("error", "party-twice", twice, "a party stands twice", column="parties",
                    fix="name each party once"),
    ]  # fmt: skip
