"""Files that [options.ecology] names."""

from __future__ import annotations

from typing import Any

from megaregion.data.problem import Problem, first
from megaregion.data.rules.record import Record

FILES = ("landcover", "classes", "threats", "sites", "pairs")


def check(record: Record) -> list[Problem]:
    """Files that are named and not there, and a land cover without its table of classes."""
    options: Any = record.config.get("options", {})
    given = options.get("ecology") if isinstance(options, dict) else None
    if not isinstance(given, dict):
        return []
    lost = [f"{key} = {given[key]!r}" for key in FILES
            if key in given and not (record.folder / "ecology" / str(given[key])).is_file()]  # fmt: skip
    lost += [key for key in ("landcover", "classes") if key not in given]
    if not lost:
        return []
    return [
        Problem(
            "error", "missing-file", "workspace.toml", "expected landcover and classes, and every named file in the "
            "folder ecology", column="[options.ecology]", labels=first(lost), count=len(lost),
            fix="copy the file there, correct its name, or delete [options.ecology]",
        )
    ]  # fmt: skip
