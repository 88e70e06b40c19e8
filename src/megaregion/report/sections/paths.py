"""Feasible paths to the targets of each region type, what blocks the rest, and scenarios that hold together."""

from __future__ import annotations

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.report.blocks import Block, Material, Paragraph, Trace, formulas, need, shown
from megaregion.report.indicator_words import indicator_word
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, digits, figures, grid
from megaregion.report.text import EMPTY, Text, join, money, number, raw, say

_PATHS = ["region_type", "path", "complete", "instruments", "cost", "extra_cost", "finish", "weakest_evidence"]
_STEPS = ["region_type", "path", "step", "title", "title_zh", "start", "finish", "cost", "evidence"]
_TARGETS = ["region_type", "path", "indicator", "sense", "unit", "now", "target", "reached", "missing", "met"]
_BLOCKS = ["region_type", "kind", "subject", "text", "text_zh"]
_SCENARIOS = ["scenario", "descriptor", "state", "balance", "total"]
_YES = {"yes": Text("yes", "是"), "no": Text("no", "否")}
_SENSE = {"at-least": Text("at least", "不低于"), "at-most": Text("at most", "不高于")}
_KIND = {"target": Text("target", "目标"), "instrument": Text("instrument", "工具"), "reason": Text("reason", "原因")}
_SHOWN = 5  # consistent scenarios


def blocks(material: Material) -> list[Block]:
    """Paths and scenarios; nothing where the workspace states neither targets nor impacts."""
    return [*_paths(material), *_scenarios(material)]


def finding(material: Material) -> list[Text]:
    """The cheapest path of every region type, or that there is none."""
    table = material.table("mechanisms", "paths")
    return [] if table is None or table.frame.empty else [_sentence(material, table)]


def _paths(material: Material) -> list[Block]:
    table = material.table("mechanisms", "paths")
    if table is None or table.frame.empty:
        return []
    named, code = _type(material), material.currency
    cash: Cell = lambda v: money(float(str(v)), code)  # noqa: E731 - a cell
    yes: Cell = lambda v: _YES.get(str(v), raw(v))  # noqa: E731 - a cell
    out: list[Block] = [
        Paragraph(_sentence(material, table), "key"),
        grid(table, need(table, "mechanisms/paths", _PATHS),
             {"region_type": named, "path": digits(0), "complete": yes, "instruments": digits(0), "cost": cash,
              "extra_cost": cash, "finish": digits(0), "weakest_evidence": raw},
             Text("Paths, the cheapest first", "路径（按成本排序）"), written=("cost", "extra_cost")),
    ]  # fmt: skip
    names = ["mechanisms/paths"]
    steps = material.table("mechanisms", "path_steps")
    if steps is not None and len(steps.frame):
        frame = need(steps, "mechanisms/path_steps", _STEPS).copy()
        titles = frame["title_zh"].where(frame["title_zh"].fillna("").ne(""), frame["title"])
        frame["title"] = [f"{en}\n{zh}" for en, zh in zip(frame["title"], titles, strict=True)]
        out.append(grid(steps, frame, {
            "region_type": named, "path": digits(0), "step": digits(0), "title": _title, "start": digits(0),
            "finish": digits(0), "cost": cash, "evidence": raw,
        }, Text("Steps of the paths", "路径步骤"), folded=True, written=("cost",)))  # fmt: skip
        names.append("mechanisms/path_steps")
    targets = material.table("mechanisms", "path_targets")
    if targets is not None and len(targets.frame):
        frame = need(targets, "mechanisms/path_targets", _TARGETS)
        three = figures(3)
        out.append(grid(targets, frame[frame["path"] == 1], {
            "region_type": named, "indicator": lambda v: indicator_word(str(v)),
            "sense": lambda v: _SENSE.get(str(v), raw(v)), "target": three, "now": three, "reached": three,
            "unit": raw, "met": yes,
        }, Text("What the first path reaches", "首选路径达成情况")))  # fmt: skip
        names.append("mechanisms/path_targets")
    blocked = material.table("mechanisms", "path_blocks")
    if blocked is not None and len(blocked.frame):
        frame = need(blocked, "mechanisms/path_blocks", _BLOCKS).copy()
        frame["text"] = [f"{en}\n{zh}" for en, zh in zip(frame["text"], frame["text_zh"], strict=True)]
        out.append(grid(blocked, frame, {
            "region_type": named, "kind": lambda v: _KIND.get(str(v), raw(v)), "subject": raw, "text": _title,
        }, Text("What blocks the rest", "受阻原因"), folded=True,
            labels={"text": Text("Explanation", "说明")}))  # fmt: skip
        names.append("mechanisms/path_blocks")
    return [*out, *cautions(material, table), Trace(tuple(names), formulas(table))]


def _sentence(material: Material, table: StoredTable) -> Text:
    frame = need(table, "mechanisms/paths", _PATHS)
    parts = []
    for region_type, rows in frame.groupby("region_type", sort=True):
        first = rows.sort_values("path").iloc[0]
        name = _type(material)(region_type)
        if first["complete"] == "yes":
            parts.append(say(
                "{t}: {n} instruments for {c}{mark}, the last effect in year {y}",
                "{t}：{n}项工具，成本{c}{mark}，第{y}年全部生效", t=name, n=number(int(first["instruments"])),
                c=money(float(first["cost"]), material.currency), mark=shown(table, "cost", EMPTY),
                y=number(int(first["finish"])),
            ))  # fmt: skip
        else:
            parts.append(say("{t}: no path reaches all targets", "{t}：没有路径能达成全部目标", t=name))
    return say(
        "Cheapest feasible paths to the stated targets: {p}.", "达成既定目标的最低成本路径：{p}。", p=join(parts)
    )


def _type(material: Material) -> Cell:
    """A region type is a place by itself or a word of the workspace."""
    return lambda value: material.place(str(value))


def _title(value: object) -> Text:
    en, _, zh = str(value).partition("\n")
    return Text(raw(en).en, raw(zh).zh)


def _scenarios(material: Material) -> list[Block]:
    table = material.table("mechanisms", "consistent_scenarios")
    if table is None:
        return []
    frame = need(table, "mechanisms/consistent_scenarios", _SCENARIOS)
    found, possible = int(table.facts["consistent"]), float(table.facts["possible"])
    text = say(
        "{n} of {m} combinations of states hold together{mark} (cross-impact balance): no descriptor has a reason to "
        "leave its state.",
        "在{m}种状态组合中，有{n}种内部一致{mark}（交叉影响平衡法）：任何描述因子都没有理由改变状态。",
        n=number(found), m=number(possible), mark=shown(table, "balance", EMPTY),
    )  # fmt: skip
    out: list[Block] = [Paragraph(text, "key")]
    if found:
        out.append(grid(table, _wide(frame), {
            "scenario": digits(0), "state": raw, "total": digits(0),
        }, Text("Consistent scenarios, the best supported first", "一致性情景（按支持度排序）")))  # fmt: skip
    return [*out, *cautions(material, table), Trace(("mechanisms/consistent_scenarios",), formulas(table))]


def _wide(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a scenario: its states side by side."""
    rows = frame[frame["scenario"] <= _SHOWN].copy()
    rows["state"] = rows["descriptor"].astype(str) + ": " + rows["state"].astype(str)
    return rows.groupby("scenario", as_index=False).agg(state=("state", "; ".join), total=("total", "first"))
