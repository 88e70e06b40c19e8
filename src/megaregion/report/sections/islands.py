"""Belts and islands: where poor or shrinking places lie together or alone, and how cut off they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.maps import BLUES, LOSSES, Classes, Panel, choropleth
from megaregion.report.blocks import Block, Drawing, Material, Paragraph, Trace, formulas, need, shown
from megaregion.report.indicator_words import indicator_word
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import digits, grid, places
from megaregion.report.text import EMPTY, Lang, Text, join, number, raw, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS = ["place_id", "weights", "value", "lag", "q", "shape", "cut_off", "centre_min"]
_EFFECT = ["weights", "rank_correlation", "mean_index", "p_mean_index"]
_NAMED = 6
CLEAR = 0.05  # p below which the effect is called clear
_SHAPES = {
    "belt": Text("belt", "连片"), "island": Text("island", "孤岛"), "none": Text("none", "无"),
    "growing belt": Text("growing belt", "增长连片"), "growing outlier": Text("growing outlier", "增长孤点"),
    "better-off belt": Text("better-off belt", "较富连片"),
    "better-off outlier": Text("better-off outlier", "较富孤点"),
}  # fmt: skip
_YES = {"yes": Text("yes", "是"), "no": Text("no", "否")}


def blocks(material: Material) -> list[Block]:
    """Sentences, map and table; nothing where islands were not asked for."""
    table = material.table("mechanisms", "islands")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "mechanisms/islands", _COLUMNS)
    last = frame[frame["weights"] == _widest(frame)]
    out: list[Block] = [Paragraph(sentence(material, table), "key")]
    effect = material.table("mechanisms", "island_effect")
    if effect is not None and len(effect.frame):
        out.append(Paragraph(_effect(table, effect, _widest(frame)), "note"))
    if material.base is not None:
        out.append(_map(material, table, last))
    marked = _worst_first(table, last[last["shape"].isin(["belt", "island"])]).sort_values("shape", kind="stable")
    if len(marked):
        cells = {"place_id": places(material), "shape": lambda v: _SHAPES.get(str(v), raw(v)), "value": digits(1),
                 "lag": digits(1), "q": digits(3), "centre_min": digits(0),
                 "cut_off": lambda v: _YES.get(str(v), raw(v))}  # fmt: skip
        out.append(grid(table, marked, cells, Text("Belts and islands", "连片与孤岛"), folded=True))
    names = ["mechanisms/islands", *(["mechanisms/island_effect"] if effect is not None else [])]
    return [*out, *cautions(material, table), Trace(tuple(names), formulas(table))]


def sentence(material: Material, table: StoredTable) -> Text:
    """How many belts and islands there are, under each set of neighbours."""
    frame = need(table, "mechanisms/islands", _COLUMNS)
    counts = []
    for name, part in frame.groupby("weights", sort=True):
        shapes = part["shape"].value_counts()
        counts.append(say(
            "{b} in belts and {i} islands among the {k} nearest", "以最近{k}个为邻：连片{b}个、孤岛{i}个",
            b=number(int(shapes.get("belt", 0))), i=number(int(shapes.get("island", 0))),
            k=raw(str(name).rsplit("-", 1)[-1].lstrip("0")),
        ))  # fmt: skip
    last = frame[(frame["weights"] == _widest(frame)) & frame["shape"].isin(["belt", "island"])]
    text = say(
        "{subject} ({n} units, false discoveries held at 5 %): {counts}{mark}",
        "{subject}（{n}个单元，错误发现率5%）：{counts}{mark}",
        subject=_subject(table), n=number(frame["place_id"].nunique()), counts=join(counts),
        mark=shown(table, "shape", EMPTY),
    )  # fmt: skip
    if len(last):
        first = _worst_first(table, last)["place_id"].astype(str).head(_NAMED)
        text += say("; strongest: {names}", "；最突出：{names}", names=join([material.place(p) for p in first]))
    return text + Text(".", "。")


def _worst_first(table: StoredTable, frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values(["value", "place_id"], ascending=[table.parameters.get("worse_end") != "high", True])


def _falling(table: StoredTable) -> bool:
    return table.parameters.get("indicator") == "population_change"


def _subject(table: StoredTable) -> Text:
    if _falling(table):
        return Text(
            "Belts and islands of falling population, which is not poverty", "人口流失的连片与孤岛（不等于贫困）"
        )
    return say(
        "Belts and islands of worse-off places by {i}, a mean of places and not of people",
        "按{i}的较差地区连片与孤岛（地区均值，非个人贫困）",
        i=indicator_word(str(table.parameters.get("indicator", ""))),
    )  # fmt: skip


def _effect(of: StoredTable, table: StoredTable, weights: str) -> Text:
    who = Text("Places that lose people", "人口流失地区") if _falling(of) else Text("Worse-off places", "较差地区")
    frame = need(table, "mechanisms/island_effect", _EFFECT)
    row = frame[frame["weights"] == weights].iloc[0]
    clear = float(row["p_mean_index"]) <= CLEAR
    text = (
        say("{who} are also the less connected ones", "{who}同时也更加封闭", who=who)
        if clear
        else say("{who}: it is not clear that they are less connected", "{who}是否更封闭并不明确", who=who)
    )
    return text + say(
        " (rank correlation {r}, p {p}{mark}). This is no proof that connecting them would help.",
        "（秩相关{r}，p={p}{mark}）。这并不证明改善连通即可奏效。",
        r=number(float(row["rank_correlation"]), 2), p=number(float(row["p_mean_index"]), 4),
        mark=shown(table, "p_mean_index", EMPTY),
    )  # fmt: skip


def _widest(frame: pd.DataFrame) -> str:
    """The set with the most neighbours."""
    return str(frame["weights"].max())


def _map(material: Material, table: StoredTable, frame: pd.DataFrame) -> Drawing:
    base = material.base
    assert base is not None  # the caller has looked
    rank = {"belt": 2.0, "island": 3.0, "none": 0.0}
    shape = frame.set_index(frame["place_id"].astype(str))["shape"]
    value = shape.map(lambda s: rank.get(str(s), 1.0)).astype(float)
    kinds = material.cluster.places["kind"].reindex(value.index).dropna()
    level = str(kinds.iloc[0]) if len(kinds) else material.level
    words = (Text("not told from chance", "与随机无异"), Text("better-off cluster or outlier", "较好的集聚或孤点"),
             Text("belt", "连片"), Text("island", "孤岛"))  # fmt: skip

    def draw(language: Lang) -> Figure:
        classes = Classes((0.5, 1.5, 2.5), ("#f4f4f2", BLUES[2], LOSSES[1], LOSSES[0]),
                          tuple(w.of(language) for w in words), ("", "", "////", "xxxx"))  # fmt: skip
        return choropleth(
            base, level, [Panel(value, classes)], names=material.unit_names(language, limit=60),
            no_data=Text("no data", "无数据").of(language),
        )  # fmt: skip

    caption = say("{s}; neighbours: {w}.", "{s}；邻近定义：{w}。", s=_subject(table), w=raw(_widest(frame)))
    return Drawing("islands", draw, caption, say("{n} units.", "{n}个单元。", n=number(len(value))))
