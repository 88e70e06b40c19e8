"""Which pillars of an index count, and why the others do not."""

from __future__ import annotations

from typing import Any

from megaregion.nodes.index_branches import mean_words
from megaregion.nodes.leaves import Leaf, Step
from megaregion.nodes.tree import IndexTree, Pillar


def status_of(
    leaves: list[Leaf], tree: IndexTree, steps: list[Step]
) -> tuple[tuple[dict[str, Any], ...], list[Pillar]]:
    """What became of each pillar, in the order of the file, and those that count; also written to the log.

    A pillar counts if enough of its indicators can be used, those of its parts included. `Leaf.counts` is set.
    """
    entries: dict[str, dict[str, Any]] = {}
    for pillar in tree.upward():
        parts = [p.id for p in tree.children(pillar.id)]
        entries[pillar.id] = _entry(pillar, leaves, tree, [entries[p] for p in parts], steps)
    ordered = tuple({k: v for k, v in entries[p.id].items() if k != "usable"} for p in tree.pillars)
    used = [p for p in tree.upward() if entries[p.id]["status"] == "used"]
    kept = {p.id for p in used}
    parent = {p.id: p.parent for p in tree.pillars}
    for leaf in leaves:  # a part counts only as far as everything above it does
        at: str | None = leaf.pillar.id
        while at is not None and at in kept:
            at = parent[at]
        leaf.counts = leaf.scaled is not None and at is None
    return ordered, [p for p in used if _reaches_top(p.id, parent, kept)]


def _reaches_top(name: str, parent: dict[str, str | None], kept: set[str]) -> bool:
    at: str | None = name
    while at is not None:
        if at not in kept:
            return False
        at = parent[at]
    return True


def _entry(
    pillar: Pillar, leaves: list[Leaf], tree: IndexTree, parts: list[dict[str, Any]], steps: list[Step]
) -> dict[str, Any]:
    mine = [leaf for leaf in leaves if leaf.pillar.id == pillar.id]
    good = [leaf.spec.id for leaf in mine if leaf.scaled is not None]
    below = [part["id"] for part in parts if part["status"] == "used"]
    usable = len(good) + sum(part["usable"] for part in parts if part["status"] == "used")
    came = len(mine) + len(parts)
    reason = reason_zh = ""
    if usable < tree.min_indicators:
        if not came:
            reason, reason_zh = "the tree names no indicators", "指标树未列指标"
        else:
            why = "".join(f"; {leaf.spec.id}: {leaf.reason_text}" for leaf in mine if leaf.reason)
            why += "".join(f"; {part['id']}: no data" for part in parts if part["status"] == "no data")
            why_zh = "".join(f"；{leaf.spec.id}：{leaf.reason_zh}" for leaf in mine if leaf.reason)
            why_zh += "".join(f"；{part['id']}：无数据" for part in parts if part["status"] == "no data")
            reason = f"{usable} of {came} indicators usable, {tree.min_indicators} needed{why}"
            reason_zh = f"{came} 项指标中 {usable} 项可用，至少需 {tree.min_indicators} 项{why_zh}"
    word, word_zh = (
        ("weighted mean", "加权平均") if pillar.aggregation == "arithmetic" else mean_words(pillar.aggregation)
    )
    names = [*good, *below]
    steps.append(
        Step(
            subject=pillar.id, came_in=came,
            done="" if reason else f"{word} of {', '.join(names)}",
            done_zh="" if reason else f"{word_zh}：{'、'.join(names)}",
            skipped=f"no data: {reason}" if reason else "",
            skipped_zh=f"无数据：{reason_zh}" if reason else "",
        )
    )  # fmt: skip
    return {
        "id": pillar.id, "name": pillar.name, "name_zh": pillar.name_zh,
        "status": "no data" if reason else "used", "indicators": good,
        "left_out": [leaf.spec.id for leaf in mine if leaf.scaled is None],
        "missing_reason": reason, "missing_reason_zh": reason_zh, "usable": usable,
    }  # fmt: skip
