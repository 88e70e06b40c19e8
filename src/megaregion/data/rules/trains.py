"""The light timetable: times that cannot be read, are missing or run backwards."""

from __future__ import annotations

from megaregion.data.problem import Problem
from megaregion.data.rules.record import Record
from megaregion.data.train_calls import table_calls
from megaregion.errors import InputError


def check(record: Record) -> list[Problem]:
    """Every rule of this file."""
    sheet = record.sheet("train_calls", "train", "stop", "arrival", "departure")
    if sheet is None:
        return []
    try:
        table_calls(sheet.frame[sheet.frame["train"].notna()])
    except InputError as error:
        lines = [line.strip() for line in error.message.splitlines()[1:]]
        return [Problem("error", "train-times", sheet.where(), line, fix=error.hint) for line in lines]
    return []
