"""Soft links: do growing centres lift or drain the small places around them?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.ranks import Words, intervals
from megaregion.report.blocks import Block, Drawing, Material, Paragraph, Section, Trace, formulas, need, shown
from megaregion.report.indicator_words import indicator_word
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, digits, grid
from megaregion.report.text import EMPTY, Lang, Text, between, join, number, plain, raw, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_RINGS = ["from_km", "to_km", "places", "identified", "theta", "se", "ci_low", "ci_high", "band_low", "band_high",
          "sign"]  # fmt: skip
_SPACE = ["term", "direct", "direct_low", "direct_high", "indirect", "indirect_low", "indirect_high"]
SIGNS = {
    "spillover": Text("spillover", "溢出"), "siphon": Text("siphon", "虹吸"),
    "undecided": Text("undecided", "无法判定"),
}  # fmt: skip
_TWICE = math.log(2.0)
_SAID = r"below zero the centres drain .*"


def sections(material: Material) -> list[Section]:
    """One section where the workspace names cores, else none."""
    table = material.table("soft_links", "spillover")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "soft_links/spillover", _RINGS)
    blocks: list[Block] = [Paragraph(_how(material, table)), Paragraph(_sentence(table), "key"), _figure(table, frame)]
    space = material.table("soft_links", "spillover_space")
    if space is not None and len(space.frame):
        blocks.append(Paragraph(_around(space)))
    cells: dict[str, Cell] = {
        "from_km": digits(0), "to_km": digits(0), "places": digits(0), "theta": digits(2, sign=True), "se": digits(2),
        "ci_low": digits(2), "ci_high": digits(2), "band_low": digits(2), "band_high": digits(2),
        "sign": lambda v: SIGNS.get(str(v), raw(v)),
    }  # fmt: skip
    blocks.append(grid(table, frame, cells, Text("Rings of distance", "距离圈层"), folded=True))
    names = ["soft_links/spillover", *(["soft_links/spillover_space"] if space is not None else [])]
    used = [table, *([space] if space is not None else [])]
    blocks += [*cautions(material, *used, skip=_SAID), Trace(tuple(names), formulas(*used))]
    title = Text("Soft links: do growing centres lift or drain small places?", "经络（软）：中心城市带动还是虹吸？")
    return [Section("spillover", title, tuple(blocks))]


def finding(material: Material) -> list[Text]:
    """The sign by ring."""
    table = material.table("soft_links", "spillover")
    return [] if table is None or table.frame.empty else [_sentence(table)]


def _how(material: Material, table: StoredTable) -> Text:
    facts, p = table.facts, table.parameters
    years = [str(y) for y in p.get("years", [])]
    return say(
        "Growth of {i} ({years}, percent a year) of {n} observations of small places on growth of their nearest core "
        "({cores}), with a coefficient for every ring of distance; the mean of a ring and of a period are taken out. "
        "A number below zero is a finding: the centre drains these places (siphon). This is association, since "
        "centres and their rings share shocks.",
        "以{i}的增长（{years}，年均百分比）为准：{n}个小地区观测值对其最近核心城市（{cores}）增长的回归，"
        "每个距离圈层一个系数，并扣除圈层与时期均值。负值同样是结论：表示中心虹吸周边。"
        "这是相关而非因果，因为中心与周边受共同冲击。",
        i=indicator_word(str(p.get("indicator", ""))), years=raw("–".join([years[0], years[-1]]) if years else ""),
        n=number(int(facts.get("n", 0))), cores=join([material.place(str(c)) for c in p.get("cores", [])]),
    )  # fmt: skip


def _sentence(table: StoredTable) -> Text:
    frame = need(table, "soft_links/spillover", _RINGS)
    known = frame[frame["identified"].astype(bool)]
    parts = [
        say("{ring}: {v} ({range}), {s}", "{ring}：{v}（{range}），{s}", ring=_ring(r),
            v=number(r["theta"], 2, sign=True), range=between(number(r["ci_low"], 2), number(r["ci_high"], 2)),
            s=SIGNS.get(str(r["sign"]), raw(r["sign"])))
        for _, r in known.iterrows()
    ]  # fmt: skip
    head = say(
        "One point more growth of the nearest core a year goes with so many points more of small places{mark}: ",
        "最近核心城市年均增长每提高1个百分点，周边小地区相应变化的百分点{mark}：", mark=shown(table, "theta", EMPTY),
    )  # fmt: skip
    decided = int((known["sign"] != "undecided").sum())
    tail = (
        say(". {n} of {k} rings have a sign that is told from zero.", "。{k}个圈层中有{n}个的符号可与零区分。",
            n=number(decided), k=number(len(known)))
        if decided
        else Text(". No ring is told from zero: neither spillover nor siphon is shown; the sign may be negative.",
                  "。没有一个圈层可与零区分：既未显示溢出，也未显示虹吸；符号可能为负。")
    )  # fmt: skip
    listed = Text("; ".join(p.en for p in parts), "；".join(p.zh for p in parts))
    return head + listed + tail


def _ring(row: pd.Series) -> Text:
    start, stop = number(row["from_km"]), float(row["to_km"])
    if math.isinf(stop):
        return say("beyond {a} km", "{a}公里以外", a=start)
    return say("{a}–{b} km", "{a}–{b}公里", a=start, b=number(stop))


def _figure(table: StoredTable, frame: pd.DataFrame) -> Drawing:
    known = frame["identified"].astype(bool)
    blank = float("nan")
    rows = []
    for (_, r), good in zip(frame.iterrows(), known, strict=True):
        own = (r["theta"], r["ci_low"], r["ci_high"]) if good else (blank, blank, blank)
        rows.append((_ring(r), int(r["places"]), *own, False))
        if good:
            rows.append((Text("all rings at once", "全圈层联合"), 0, r["theta"], r["band_low"], r["band_high"], True))

    def draw(language: Lang) -> Figure:
        shape = pd.DataFrame({
            "label": [
                plain((name + say(" ({n} places)", "（{n}个地区）", n=number(n)) if n else name).of(language))
                for name, n, *_ in rows
            ],
            "value": [r[2] for r in rows], "low": [r[3] for r in rows], "high": [r[4] for r in rows],
            "hollow": [r[5] for r in rows],
            "text": Text("not identified by this design", "本设计不可识别").of(language),
        })  # fmt: skip
        words = Words(
            x=Text("points of growth per point of growth of the core (below 0: siphon)",
                   "核心城市每增长1个百分点对应的变化（负值：虹吸）").of(language),
            point=Text("ring", "圈层").of(language),
            other=Text("95 % band over all rings", "全圈层95%置信带").of(language),
            interval=Text("95 % interval", "95%区间").of(language),
            note=Text("Estimated by a model.", "模型估计值。").of(language),
        )  # fmt: skip
        return intervals(shape, words)

    caption = Text(
        "Growth of small places by growth of the nearest core, by ring of distance; hollow: band that holds over all "
        "rings at once.",
        "按距离圈层：小地区增长与最近核心城市增长的关系；空心：对全部圈层同时成立的置信带。",
    )
    return Drawing("spillover", draw, caption, _sentence(table), modelled=True)


def _around(table: StoredTable) -> Text:
    row = need(table, "soft_links/spillover_space", _SPACE).iloc[0]

    def points(name: str, digits_: int = 2) -> Text:
        return number(_TWICE * float(row[name]), digits_, sign=name in ("direct", "indirect"))

    return say(
        "Through neighbours (spatial Durbin model, its effects and not its coefficients): a place twice as large at "
        "the start grew {d} points a year more itself ({dr}), and places around it {i} more in sum ({ir}){mark}. Below "
        "zero the second would mean that large places drain their neighbours.",
        "经由邻区（空间杜宾模型，取效应而非系数）：期初规模大一倍的地区自身年均增长变化{d}个百分点（{dr}），"
        "其周边合计变化{i}个百分点（{ir}）{mark}。后者若为负，则表示大城市虹吸邻区。",
        d=points("direct"), dr=between(points("direct_low"), points("direct_high")), i=points("indirect"),
        ir=between(points("indirect_low"), points("indirect_high")), mark=shown(table, "indirect", EMPTY),
    )  # fmt: skip
