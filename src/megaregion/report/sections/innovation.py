"""Innovation: inputs and outputs side by side, who works with whom, what is complex, what could come next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.nodes.innovation import TABLES
from megaregion.plot.maps import Panel, choropleth, sequential, steps
from megaregion.report.blocks import Block, Drawing, Material, Paragraph, Section, Trace, formulas, need, shown
from megaregion.report.indicator_words import indicator_word
from megaregion.report.remarks import cautions
from megaregion.report.sections import innovation_choke, innovation_ties, innovation_yields
from megaregion.report.sections.tables import Cell, digits, figures, grid, places, year
from megaregion.report.text import EMPTY, Lang, Text, between, both, join, number, percent, raw, say, unit

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAMED = 3
_VECTOR = ["place_id", "kind", "role", "indicator", "year", "scope", "value", "unit", "share", "rank"]
_COMPLEX = ["place_id", "diversity", "eci", "eci_low", "eci_high", "rank", "rank_p05", "rank_p95"]
_ROLES = {"input": Text("input", "投入"), "output": Text("output", "产出")}


def sections(material: Material) -> list[Section]:
    """The section; none where the step of the nodes was not run, which their own section says."""
    return [section(material)] if "nodes" in material.results else []


def section(material: Material) -> Section:
    """Vector, conversion, ties, radiation, complexity, choke points; what is not there is named."""
    title = Text("Innovation: what goes in, what comes out, with whom", "创新：投入、产出与合作")
    blocks = [*_vector(material), *_conversion(material), *innovation_yields.blocks(material),
              *innovation_ties.blocks(material), *_complexity(material),
              *innovation_choke.blocks(material)]  # fmt: skip
    if not blocks:
        text = Text(
            "No table of this workspace says anything of innovation: no indicator of inputs or outputs, no documents, "
            "no industries.", "工作区中没有与创新有关的数据：无投入产出指标，无成果表，无产业表。",
        )  # fmt: skip
        return Section("innovation", title, (Paragraph(text, "missing"),), grey=True)
    used = [n for n in TABLES if material.table("nodes", n) is not None]
    anchors = formulas(*(t for n in used if (t := material.table("nodes", n)) is not None))
    return Section("innovation", title, (*blocks, Trace(tuple(f"nodes/{n}" for n in used), anchors)))


def finding(material: Material) -> list[Text]:
    """Who has most of the outputs, who ties whom, which places are the complex ones."""
    out = [text for text, _ in _leaders(material)][:1] + innovation_ties.finding(material)
    table = _table(material, "innovation_complexity")
    return [*out, *([_complex_sentence(material, table)] if table is not None else [])]


def _table(material: Material, name: str) -> StoredTable | None:
    """A table with rows."""
    found = material.table("nodes", name)
    return None if found is None or found.frame.empty else found


def _leaders(material: Material) -> list[tuple[Text, str]]:
    """One sentence for every output that is counted, those of most places first: who has most of it."""
    table = _table(material, "innovation")
    if table is None:
        return []
    frame = need(table, "nodes/innovation", _VECTOR)
    counted = frame[(frame["role"] == "output") & frame["rank"].notna() & (frame["kind"] == material.level)]
    out = []
    for name, part in counted.groupby("indicator", sort=False):
        top = part.sort_values(["rank", "place_id"]).head(NAMED)
        about: dict[str, Text | str] = {
            "what": indicator_word(str(name)), "year": str(int(top["year"].iloc[0])),
            "scope": _scope(str(top["scope"].iloc[0])),
        }  # fmt: skip
        if len(part) == 1:  # it has the most of nothing
            only = say("{what} ({year}, {scope}): {v} in {p}; no other place has a value.",
                       "{what}（{year}年，{scope}）：{p}{v}；其他地区均无数据。", v=_count(top["value"].iloc[0]),
                       p=material.place(str(top["place_id"].iloc[0])), **about)  # fmt: skip
            out.append((only, str(name), 1))
            continue
        names = join([
            say("{p} {v} ({s})", "{p}{v}（{s}）", p=material.place(str(r["place_id"])), v=_count(r["value"]),
                s=percent(100 * float(r["share"])))
            for _, r in top.iterrows()
        ])  # fmt: skip
        text = say(
            "{what} ({year}, {scope}): most in {names}, of all {n} places with a value.",
            "{what}（{year}年，{scope}）：最多的是{names}，占{n}个有数据地区合计。",
            names=names, n=number(len(part)), **about,
        )  # fmt: skip
        out.append((text, str(name), len(part)))
    return [(text, name) for text, name, _ in sorted(out, key=lambda item: -item[2])]


def _count(value: float) -> Text:
    return number(int(value)) if float(value).is_integer() else number(float(value))


def _value(value: object) -> Text:
    return _count(value) if isinstance(value, float) and value.is_integer() else figures(4)(value)


def _unit(value: object) -> Text:
    return Text("count", "计数") if value == "count" else unit(str(value))


def _scope(name: str) -> Text:
    known = {"全市": "whole prefecture", "市辖区": "urban districts", "县": "county"}
    return Text(known[name], name) if name in known else raw(name)


def _vector(material: Material) -> list[Block]:
    table = material.table("nodes", "innovation")
    if table is None:
        return []
    out: list[Block] = [Paragraph(text, "key") for text, _ in _leaders(material)]
    frame = need(table, "nodes/innovation", _VECTOR)
    own = frame[frame["kind"] == material.level]
    if len(own):
        out.append(Paragraph(Text(
            "Inputs and outputs stand side by side and are not added up: years, territories and units differ, and one "
            "score would hide which part is missing.",
            "投入与产出分列，不合成单一得分：年份、统计范围与单位不同，合成会掩盖缺失的部分。",
        )))  # fmt: skip
        cells: dict[str, Cell] = {
            "place_id": places(material), "role": lambda v: _ROLES.get(str(v), raw(v)),
            "indicator": lambda v: indicator_word(str(v)), "year": year, "scope": lambda v: _scope(str(v)),
            "value": _value, "unit": _unit, "low": figures(4), "high": figures(4), "share": digits(3),
            "per_10000": figures(3), "rank": digits(0), "rank_p05": digits(0), "rank_p95": digits(0),
        }  # fmt: skip
        ordered = own.sort_values(["role", "indicator", "value"], ascending=[False, True, False], kind="stable")
        out.append(grid(table, ordered, cells, Text("Inputs and outputs", "投入与产出"), folded=True))
    return [*out, *cautions(material, table)]


def _conversion(material: Material) -> list[Block]:
    table = _table(material, "innovation_conversion")
    if table is None:
        return []
    columns = ["place_id", "rate", "low", "high", "reason_en", "reason_zh", "year"]
    frame = need(table, "nodes/innovation_conversion", columns)
    known = frame.dropna(subset=["rate"]).sort_values(["rate", "place_id"], ascending=[False, True])
    text = say("Conversion of patents is known for {k} of {n} places", "{n}个地区中有{k}个可计算专利转化率",
               k=number(len(known)), n=number(len(frame)))  # fmt: skip
    if len(known):
        top = known.iloc[0]
        text += say(
            "; highest in {p}: {v} of valid patents (95 % interval {r}{mark})",
            "；最高为{p}：占有效专利的{v}（95%区间{r}{mark}）",
            p=material.place(str(top["place_id"])), v=percent(100 * float(top["rate"])),
            mark=shown(table, "low", EMPTY),
            r=between(percent(100 * float(top["low"])), percent(100 * float(top["high"]))),
        )  # fmt: skip
    why = dict(zip(frame["reason_en"], frame["reason_zh"], strict=True))
    cells: dict[str, Cell] = {
        "place_id": places(material), "year": year, "converted": digits(0), "stock": digits(0), "rate": digits(3),
        "low": digits(3), "high": digits(3), "reason_en": lambda v: both(v, why.get(str(v), "")),
    }  # fmt: skip
    labels = {"reason_en": Text("Why there is no rate", "无转化率的原因")}
    return [Paragraph(text + Text(".", "。")),
            grid(table, frame, cells, Text("Conversion", "专利转化"), folded=True, labels=labels)]  # fmt: skip


def _complex_sentence(material: Material, table: StoredTable) -> Text:
    frame = need(table, "nodes/innovation_complexity", _COMPLEX).dropna(subset=["rank"])
    if frame.empty:
        return Text("No complexity of places could be computed.", "无法计算经济复杂度。")
    top = frame.sort_values(["rank", "place_id"]).head(NAMED)
    names = join([
        say("{p} (rank {a})", "{p}（第{a}位）", p=material.place(str(r["place_id"])), a=_ranks(r))
        for _, r in top.iterrows()
    ])  # fmt: skip
    return say(
        "Economic complexity over {k} activities and {n} places: first {names}{mark}",
        "经济复杂度（{k}类活动、{n}个单元）：居前的是{names}{mark}",
        k=number(int(table.facts.get("activities", 0))), n=number(len(frame)), names=names,
        mark=shown(table, "rank_p05", EMPTY),
    ) + Text(".", "。")  # fmt: skip


def _ranks(row: pd.Series) -> Text:
    low, high = float(row["rank_p05"]), float(row["rank_p95"])
    if low != low:
        return number(float(row["rank"]))
    return say("{r}, {a}–{b}", "{r}，{a}–{b}", r=number(float(row["rank"])), a=number(low), b=number(high))


def _complexity(material: Material) -> list[Block]:
    table = _table(material, "innovation_complexity")
    if table is None:
        return []
    frame = need(table, "nodes/innovation_complexity", _COMPLEX)
    out: list[Block] = [Paragraph(_complex_sentence(material, table), "key")]
    check = table.facts.get("reflections_correlation")
    if check is not None:
        out.append(Paragraph(say(
            "The index ranks the structure of work (who does what only a few others do), not how good anybody is. "
            "Check: 20 rounds of reflections agree with it to a correlation of {r}.",
            "该指数反映产业结构（谁在做少数地区才做的事），并不评价优劣。检验：20轮反射法与其相关系数为{r}。",
            r=number(float(check), 3)), "note"))  # fmt: skip
    if material.base is not None and frame["eci"].notna().any():
        out.append(_map(material, frame))
    activities = _table(material, "innovation_activities")
    if activities is not None:
        zh = dict(zip(activities.frame["activity"], activities.frame["name_zh"], strict=True))
        show: dict[str, Cell] = {
            "activity": lambda v: both(v, zh.get(str(v))), "share": digits(3), "ubiquity": digits(0), "pci": digits(2),
            "pci_low": digits(2), "pci_high": digits(2),
        }  # fmt: skip
        first = activities.frame.sort_values("pci", ascending=False, kind="stable")
        out.append(grid(activities, first, show, Text("Complexity of the activities", "各类活动的复杂度"), folded=True))
    cells: dict[str, Cell] = {
        "place_id": places(material), "diversity": digits(0), "eci": digits(2), "eci_low": digits(2),
        "eci_high": digits(2), "rank": digits(0), "rank_p05": digits(0), "rank_p95": digits(0),
    }  # fmt: skip
    ordered = frame.sort_values(["rank", "place_id"])
    out.append(grid(table, ordered, cells, Text("Complexity of the places", "各地经济复杂度"), folded=True))
    return [*out, *cautions(material, table)]


def _map(material: Material, frame: pd.DataFrame) -> Drawing:
    base = material.base
    assert base is not None  # the caller has looked
    value = frame.set_index(frame["place_id"].astype(str))["eci"].astype(float)
    kinds = material.cluster.places["kind"].reindex(value.index).dropna()
    level = str(kinds.iloc[0]) if len(kinds) else material.level

    def draw(language: Lang) -> Figure:
        classes = sequential(steps(value), lambda v: f"{v:g}".replace("-", "−"))
        return choropleth(base, level, [Panel(value, classes)], names=material.unit_names(language, limit=60),
                          no_data=Text("no data", "无数据").of(language))  # fmt: skip

    return Drawing("complexity", draw, Text("Economic complexity (mean 0, standard deviation 1).",
                                            "经济复杂度（均值0，标准差1）。"),
                   say("{n} places.", "{n}个单元。", n=number(len(value))))  # fmt: skip
