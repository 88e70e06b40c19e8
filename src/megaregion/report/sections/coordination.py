"""Coordination among cities: who does what, and how evenly the rooms of each city are developed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.maps import Panel, choropleth, sequential, steps
from megaregion.report.blocks import Block, Drawing, Material, Paragraph, Section, Trace, formulas, need, shown
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, digits, grid, places
from megaregion.report.text import EMPTY, Lang, Text, both, join, number, percent, raw, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PAIRS = ["place_a", "place_b", "adjacent", "krugman", "pearson"]
_PLACES = ["place_id", "krugman_rest", "industries_specialised", "leading_industry", "leading_lq"]
_INDUSTRIES = ["industry", "name_zh", "share", "concentration", "leading_place", "leading_lq"]
_COUPLING = ["place_id", "c", "t", "d", "d_low", "d_high", "c_classical", "type"]
_NAMED = 3
CLEAR = 0.05  # p below which likeness of neighbours is called more than chance


def section(material: Material) -> Section:
    """Division of labour, then coupling coordination."""
    title = Text("Mechanisms: coordination among cities", "心经：城市间协同")
    blocks = [*_labour(material), *_coupling(material)]
    if not blocks:
        text = Text(
            "No table of industries (tables/industries.csv) and no index with two pillars: nothing to compare.",
            "没有产业表（tables/industries.csv），也没有两个以上支柱的指数，无法比较。",
        )
        return Section("coordination", title, (Paragraph(text, "missing"),), grey=True)
    return Section("coordination", title, tuple(blocks))


def finding(material: Material) -> list[Text]:
    """Whether neighbours are more alike than chance."""
    table = _table(material, "mechanisms", "division_pairs")
    return [] if table is None else [_likeness(table)]


def _table(material: Material, step: str, name: str) -> StoredTable | None:
    """A table with rows."""
    found = material.table(step, name)
    return None if found is None or found.frame.empty else found


def _likeness(table: StoredTable) -> Text:
    frame = need(table, "mechanisms/division_pairs", _PAIRS)
    adjacent, facts = frame["adjacent"].astype(bool), table.facts
    text = say(
        "Structure of industry: the mean Krugman index (0 alike, 2 nothing in common) is {a} between neighbours and "
        "{b} between all pairs{mark}",
        "产业结构：克鲁格曼指数（0相同，2完全不同）在相邻城市间平均{a}，全部城市对平均{b}{mark}",
        a=number(float(frame.loc[adjacent, "krugman"].mean()), 3), b=number(float(frame["krugman"].mean()), 3),
        mark=shown(table, "krugman", EMPTY),
    )  # fmt: skip
    p = facts.get("p_neighbours")
    if p is not None and float(p) == float(p):
        near, far = facts["krugman_of_neighbours"], facts["krugman_of_shuffled_neighbours"]
        alike = float(p) <= CLEAR and float(near) < float(far)
        word = Text("more alike than chance", "比随机更相似") if alike else Text("not told from chance", "与随机无异")
        text += say("; neighbours are {w} (p {p})", "；相邻城市{w}（p={p}）", w=word, p=number(float(p), 3))
    return text + Text(".", "。")


def _labour(material: Material) -> list[Block]:
    pairs = _table(material, "mechanisms", "division_pairs")
    who, what = (_table(material, "mechanisms", f"division_{n}") for n in ("places", "industries"))
    if pairs is None or who is None or what is None:
        return []
    frame = need(pairs, "mechanisms/division_pairs", _PAIRS)
    near = frame[frame["adjacent"].astype(bool)].sort_values(["krugman", "place_a", "place_b"])
    names = _industry_names(what)
    cells = {"place_a": places(material), "place_b": places(material), "krugman": digits(3), "pearson": digits(2)}
    by_place = {"place_id": places(material), "krugman_rest": digits(3), "industries_specialised": digits(0),
                "leading_industry": lambda v: names.get(str(v), raw(v)), "leading_lq": digits(2)}  # fmt: skip
    by_industry = {"industry": lambda v: names.get(str(v), raw(v)), "share": digits(3), "concentration": digits(2),
                   "leading_place": places(material), "leading_lq": digits(2)}  # fmt: skip
    industries = need(what, "mechanisms/division_industries", _INDUSTRIES)
    special = need(who, "mechanisms/division_places", _PLACES).sort_values("krugman_rest", ascending=False)
    return [
        Paragraph(_likeness(pairs), "key"),
        Paragraph(Text(
            "Likeness can mean rivalry or a healthy common cluster; the index does not say which, and at this level of "
            "detail two towns that look alike may make different things.",
            "相似可能意味着同质竞争，也可能是健康的共同集聚；指数本身不能区分，在此粒度上看似相同的城市也可能生产不同产品。",
        ), "note"),
        grid(pairs, pd.concat([near.head(8), near.tail(8)]).drop_duplicates(), cells,
             Text("Neighbours most alike and least alike", "最相似与最不相似的相邻城市")),
        grid(who, special, by_place, Text("Specialisation of each place", "各地专业化"), folded=True),
        grid(what, industries.sort_values("concentration", ascending=False), by_industry,
             Text("Industries, most concentrated first", "各产业（集中度由高到低）"), folded=True),
        *cautions(material, pairs, who, what),
        Trace(("mechanisms/division_pairs", "mechanisms/division_places", "mechanisms/division_industries"),
              formulas(pairs)),
    ]  # fmt: skip


def _industry_names(table: StoredTable) -> dict[str, Text]:
    frame = need(table, "mechanisms/division_industries", _INDUSTRIES)
    out = {}
    for name, zh in zip(frame["industry"].astype(str), frame["name_zh"], strict=True):
        english = name.replace("_", " ")
        out[name] = raw(english) if not isinstance(zh, str) or not zh else Text(raw(english).en, raw(zh).zh)
    return out


def _coupling(material: Material) -> list[Block]:
    table = _table(material, "coupling", "coupling")
    if table is None:
        return []
    frame = need(table, "coupling/coupling", _COUPLING).sort_values(["d", "place_id"])
    low = join([say("{p} {v}", "{p}{v}", p=material.place(str(r["place_id"])), v=number(float(r["d"]), 2))
                for _, r in frame.head(_NAMED).iterrows()])  # fmt: skip
    text = say(
        "Coupling coordination of the pillars of the index: D from {a} to {b}, lowest in {names}{mark}; the "
        "classical degree would put {s} of the places above .95. The corrected degree of Wang et al. (2021) tells "
        "them apart.",
        "指数各支柱的耦合协调度D在{a}至{b}之间，最低：{names}{mark}；按传统耦合度，{s}的地区高于0.95；"
        "王淑佳等（2021）的修正耦合度才能区分。",
        a=number(float(frame["d"].min()), 2), b=number(float(frame["d"].max()), 2), names=low,
        s=percent(100.0 * float((frame["c_classical"] > 0.95).mean()), 0), mark=shown(table, "d", EMPTY),
    )  # fmt: skip
    levels = [c for c in frame.columns if c.startswith("u_") and not c.endswith(("_low", "_high"))]
    cells = {
        "place_id": places(material), **{c: digits(2) for c in levels}, "c": digits(3), "t": digits(2), "d": digits(2),
        "d_low": digits(2), "d_high": digits(2), "c_classical": digits(3), "type": _relative(table),
    }  # fmt: skip
    out: list[Block] = [Paragraph(text, "key")]
    if material.base is not None:
        out.append(_coupling_map(material, frame))
    return [
        *out,
        grid(table, frame, cells, Text("Coupling coordination, lowest first", "耦合协调度（由低到高）"), folded=True),
        *cautions(material, table), Trace(("coupling/coupling",), formulas(table)),
    ]  # fmt: skip


def _relative(table: StoredTable) -> Cell:
    """Balanced, or the system that lags, by its name."""
    names = {name: both(*pair) for name, pair in table.parameters.get("names", {}).items()}

    def word(value: object) -> Text:
        if value == "balanced":
            return Text("balanced", "均衡")
        name = str(value).removesuffix(" lags")
        return say("{s} lags", "{s}滞后", s=names.get(name, raw(name)))

    return word


def _coupling_map(material: Material, frame: pd.DataFrame) -> Drawing:
    base = material.base
    assert base is not None  # the caller has looked
    value = frame.set_index(frame["place_id"].astype(str))["d"].astype(float)

    def draw(language: Lang) -> Figure:
        return choropleth(
            base, material.level, [Panel(value, sequential(steps(value), lambda v: f"{v:.2f}"))],
            names=material.unit_names(language, limit=60), no_data=Text("no data", "无数据").of(language),
        )  # fmt: skip

    caption = Text("Coupling coordination degree D of the pillars of the index.", "指数各支柱的耦合协调度D。")
    return Drawing("coupling", draw, caption, say("{n} places.", "{n}个地区。", n=number(len(value))))
