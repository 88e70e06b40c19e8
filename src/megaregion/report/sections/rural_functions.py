"""What the places of country serve: scores of functions, bundles, trade-offs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.mechanisms.rural_functions_tables import FUNCTIONS, NAMES
from megaregion.plot.maps import BLUES, Classes, Panel, choropleth
from megaregion.report.blocks import Block, Drawing, Material, Paragraph, Trace, formulas, need, shown
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, digits, grid, places
from megaregion.report.text import EMPTY, Lang, Text, join, number, raw, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SCORES = ["place_id", *FUNCTIONS, "dominant", "restructuring", "bundle"]
_BUNDLES = ["bundle", "units", *FUNCTIONS, "strong"]
_PAIRS = ["first", "second", "spearman", "q", "reading"]
_READING = {
    "trade-off": Text("trade-off", "权衡"), "synergy": Text("synergy", "协同"),
    "not distinguishable from none": Text("not distinguishable from none", "与无关无法区分"),
    "no variation": Text("no variation", "无差异"),
}  # fmt: skip
_WORDS = {"none": Text("none", "无"), "yes": Text("yes", "是"), "no": Text("no", "否"),
          "unknown": Text("unknown", "未知")}  # fmt: skip


def blocks(material: Material) -> list[Block]:
    """Sentence, map of bundles and tables; nothing without [options.rural_functions]."""
    table = material.table("mechanisms", "rural_functions")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "mechanisms/rural_functions", _SCORES)
    known = [f for f in FUNCTIONS if frame[f].notna().any()]
    out: list[Block] = [Paragraph(_sentence(material, table), "key")]
    out.append(Paragraph(Text(
        "Which function is called dominant hangs on the stated goalposts; the order of places inside of one function "
        "does not.",
        "“主导功能”取决于所设定的上下限；同一功能内的地区排序则不受影响。",
    )))  # fmt: skip
    if material.base is not None and frame["bundle"].ne("").any():
        out.append(_map(material, table, frame))
    names = ["mechanisms/rural_functions"]
    bundles = material.table("mechanisms", "rural_bundles")
    if bundles is not None and len(bundles.frame):
        cells: dict[str, Cell] = {"bundle": raw, "units": digits(0), **dict.fromkeys(known, digits(2)), "strong": _list}
        out.append(grid(bundles, need(bundles, "mechanisms/rural_bundles", _BUNDLES), cells,
                        Text("Bundles of functions", "功能簇")))  # fmt: skip
        names += ["mechanisms/rural_bundles", "mechanisms/rural_bundle_choice"]
    pairs = material.table("mechanisms", "rural_tradeoffs")
    if pairs is not None and len(pairs.frame):
        cells = {"first": _function, "second": _function, "spearman": digits(2), "q": digits(3),
                 "reading": lambda v: _READING.get(str(v), raw(v))}  # fmt: skip
        out.append(grid(pairs, need(pairs, "mechanisms/rural_tradeoffs", _PAIRS), cells,
                        Text("Trade-offs and synergies", "权衡与协同")))  # fmt: skip
        names.append("mechanisms/rural_tradeoffs")
    rows: dict[str, Cell] = {"place_id": places(material), **dict.fromkeys(known, digits(2)), "dominant": _function,
                             "restructuring": _function, "bundle": raw}  # fmt: skip
    out.append(grid(table, frame, rows, Text("Every place", "全部单元"), folded=True))
    return [*out, *cautions(material, table), Trace(tuple(names), formulas(table))]


def finding(material: Material) -> list[Text]:
    """How the functions go together."""
    table = material.table("mechanisms", "rural_functions")
    return [] if table is None or table.frame.empty else [_sentence(material, table)]


def _sentence(material: Material, table: StoredTable) -> Text:
    frame = need(table, "mechanisms/rural_functions", _SCORES)
    known = [f for f in FUNCTIONS if frame[f].notna().any()]
    pairs = material.table("mechanisms", "rural_tradeoffs")
    clear = [] if pairs is None else [
        say("{a} and {b}: {r} (ρ = {s})", "{a}与{b}：{r}（ρ = {s}）", a=_function(r["first"]), b=_function(r["second"]),
            r=_READING.get(str(r["reading"]), raw(r["reading"])), s=number(float(r["spearman"]), 2))
        for r in pairs.frame.to_dict("records") if r["reading"] in ("trade-off", "synergy")
    ]  # fmt: skip
    without = [f for f in FUNCTIONS if f not in known]
    return say(
        "Rural functions of {n} places{mark}: {k}; no data for {w}. {c}.",
        "{n}个单元的乡村功能{mark}：{k}；{w}无数据。{c}。",
        n=number(len(frame)), mark=shown(table, known[0], EMPTY), k=join([_function(f) for f in known]),
        w=join([_function(f) for f in without]) if without else Text("none of them", "无"),
        c=join(clear) if clear else Text("No two of them go together beyond chance", "没有两项功能的关系超出偶然"),
    )  # fmt: skip


def _function(value: object) -> Text:
    name = str(value)
    return Text(NAMES[name][0].lower(), NAMES[name][1]) if name in NAMES else _WORDS.get(name, raw(value))


def _list(value: object) -> Text:
    parts = [p for p in str(value or "").split(";") if p and p != "nan"]
    return join([_function(p) for p in parts]) if parts else Text("–", "–")


def _map(material: Material, table: StoredTable, frame: pd.DataFrame) -> Drawing:
    base = material.base
    assert base is not None  # the caller has looked
    names = sorted(set(frame["bundle"]) - {""})
    value = frame.set_index("place_id")["bundle"].map({name: float(k) for k, name in enumerate(names)})
    level = str(material.cluster.places["kind"].reindex(value.index).dropna().iloc[0])
    shades = tuple(BLUES[round(k * (len(BLUES) - 1) / max(len(names) - 1, 1))] for k in range(len(names)))
    marks = ("", "////", "....", "xxxx", "\\\\\\\\", "oo")
    hatches = tuple(marks[k % len(marks)] for k in range(len(names)))

    def draw(language: Lang) -> Figure:
        classes = Classes(tuple(k + 0.5 for k in range(len(names) - 1)), shades, tuple(names), hatches)
        return choropleth(base, level, [Panel(value, classes)], names=material.unit_names(language, limit=60),
                          no_data=Text("no data", "无数据").of(language))  # fmt: skip

    title = Text("Bundles of rural functions.", "乡村功能簇。")
    return Drawing("rural-bundles", draw, title, _sentence(material, table), modelled=True)
