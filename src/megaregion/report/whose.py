"""Whose data a number rests on, in the words of the sources that its table names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from megaregion.report.blocks import Material
from megaregion.report.text import Text, raw


def whose(material: Material, table: str, what: Text, *, notes: bool = True) -> Text | None:
    """Titles and notes of the sources behind `what`; None where the table names none.

    A source without an entry in workspace.toml is its identifier. `table` is one of those that a workspace may have
    beside the core ones, such as documents or maturity.
    """
    entries = _entries(material, table)

    def told(zh: bool) -> str:
        out = []
        for entry in entries:
            words = []
            for key in ("title", "note") if notes else ("title",):
                words.append(str((entry.get(f"{key}_zh") if zh else None) or entry.get(key) or "").rstrip(".。"))
            out.append(("。" if zh else ". ").join(w for w in words if w))
        return ("；" if zh else "; ").join(out)

    if not entries:
        return None
    return Text(f"{what.en}: {raw(told(False)).en}.", f"{what.zh}：{raw(told(True)).zh}。")


def _entries(material: Material, table: str) -> list[Mapping[str, Any]]:
    found = material.cluster.further.get(table)
    if found is None or "source" not in found:
        return []
    return [material.sources.get(str(name), {"title": name}) for name in found["source"].dropna().unique()]
