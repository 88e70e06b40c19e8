"""Types of villages, townships or counties: by rule, by probability, or undecided."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.mechanisms.village_rules import CHINESE, CLASSES, RELOCATION, UNDECIDED
from megaregion.plot.maps import BLUES, LOSSES, Classes, Panel, choropleth
from megaregion.report.blocks import Block, Drawing, Material, Paragraph, Trace, formulas, need, shown
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, digits, grid, places
from megaregion.report.text import EMPTY, Lang, Text, join, number, percent, raw, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TYPES = ["village_id", "class", "basis", "rule", "probability", "reason"]
_SHARES = ["class", "villages", "share", "share_decided", "published_low", "published_high"]
_KAPPA = ["class", "villages", "ours", "official", "both", "kappa", "low", "high"]
_ORDER = (*CLASSES, UNDECIDED)
_BASIS = {"rule": Text("rule", "规则"), "probability": Text("probability", "概率"), "none": Text("–", "–")}


def blocks(material: Material) -> list[Block]:
    """Sentence, map and tables; nothing where no villages are given."""
    table = material.table("mechanisms", "village_types")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "mechanisms/village_types", _TYPES)
    out: list[Block] = [Paragraph(_sentence(table), "key")]
    if frame["class"].eq(RELOCATION).any():
        out.append(Paragraph(Text(
            "Relocation is only ever a list of candidates: it needs the consent of the villagers, and no rule or "
            "probability replaces it.",
            "搬迁撤并仅为候选名单，须经村民同意；任何规则或概率都不能代替。",
        ), "warning"))  # fmt: skip
    known = frame[frame["village_id"].astype(str).isin(material.cluster.places.index.astype(str))]
    if material.base is not None and len(known) == len(frame):
        out.append(_map(material, table, frame))
    names = ["mechanisms/village_types"]
    shares = material.table("mechanisms", "village_shares")
    if shares is not None and len(shares.frame):
        cells: dict[str, Cell] = {"class": _kind, "villages": digits(0), "share": digits(1), "share_decided": digits(1),
                                  "published_low": digits(0), "published_high": digits(0)}  # fmt: skip
        out.append(grid(shares, need(shares, "mechanisms/village_shares", _SHARES), cells,
                        Text("Types", "各类占比")))  # fmt: skip
        names.append("mechanisms/village_shares")
    kappa = material.table("mechanisms", "village_agreement")
    if kappa is not None and len(kappa.frame):
        cells = {"class": _kind, **dict.fromkeys(_KAPPA[1:5], digits(0)), **dict.fromkeys(_KAPPA[5:], digits(2))}
        out.append(grid(kappa, need(kappa, "mechanisms/village_agreement", _KAPPA), cells,
                        Text("Agreement with the official list", "与官方名录的一致性")))  # fmt: skip
        names.append("mechanisms/village_agreement")
    rows: dict[str, Cell] = {
        "village_id": places(material), "class": _kind, "basis": lambda v: _BASIS.get(str(v), raw(v)), "rule": raw,
        "probability": digits(2),
    }  # fmt: skip
    out.append(grid(table, frame, rows, Text("Every unit", "全部单元"), folded=True))
    return [*out, *cautions(material, table), Trace(tuple(names), formulas(table))]


def finding(material: Material) -> list[Text]:
    """How many units have which type."""
    table = material.table("mechanisms", "village_types")
    return [] if table is None or table.frame.empty else [_sentence(table)]


def _sentence(table: StoredTable) -> Text:
    count = need(table, "mechanisms/village_types", _TYPES)["class"].value_counts()
    each = join([say("{k} {n}", "{k}{n}个", k=_kind(name), n=number(int(count[name])))
                 for name in CLASSES if name in count])  # fmt: skip
    left = int(count.get(UNDECIDED, 0))
    total = int(count.sum())
    return say(
        "Types of {n} villages, townships or counties{mark}: {each}; {u} ({s}) stay undecided.",
        "{n}个村（镇、县）的类型{mark}：{each}；暂不分类{u}个（{s}）。",
        n=number(total), mark=shown(table, "class", EMPTY), each=each if len(each.en) else Text("none", "无"),
        u=number(left), s=percent(100 * left / total, 0),
    )  # fmt: skip


def _kind(value: object) -> Text:
    name = str(value)
    return Text(raw(name).en, CHINESE.get(name, "全部" if name == "all" else raw(name).zh))


def _map(material: Material, table: StoredTable, frame: pd.DataFrame) -> Drawing:
    base = material.base
    assert base is not None  # the caller has looked
    rank = {name: float(k) for k, name in enumerate(_ORDER)}
    value = frame.set_index(frame["village_id"].astype(str))["class"].map(rank).astype(float)
    level = str(material.cluster.places["kind"].reindex(value.index).dropna().iloc[0])

    def draw(language: Lang) -> Figure:
        words = tuple(_kind(name).of(language) for name in _ORDER)
        classes = Classes((0.5, 1.5, 2.5, 3.5), (BLUES[3], BLUES[1], "#c9b458", LOSSES[1], "#f4f4f2"), words,
                          ("", "", "////", "xxxx", ""))  # fmt: skip
        return choropleth(
            base, level, [Panel(value, classes)], names=material.unit_names(language, limit=60),
            no_data=Text("no data", "无数据").of(language),
        )  # fmt: skip

    return Drawing("village-types", draw, Text("Types by rule and probability.", "按规则与概率划分的类型。"),
                   _sentence(table), modelled=True)  # fmt: skip
