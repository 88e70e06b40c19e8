"""Nodes: the index with its intervals and its holes, and the hierarchy of sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.nodes.index_branches import mean_words
from megaregion.nodes.index_stages import TREATED
from megaregion.nodes.index_stages import WORDS as SCALES
from megaregion.nodes.index_weights import WORDS
from megaregion.plot.ranks import Words, ranking
from megaregion.plot.sizes import rank_size
from megaregion.report.blocks import (
    Block,
    Bullets,
    Drawing,
    Material,
    Paragraph,
    Section,
    Trace,
    formulas,
    need,
    shown,
)
from megaregion.report.remarks import CONCEPTS, absent, cautions
from megaregion.report.sections import flow_roles
from megaregion.report.sections.tables import digits, grid, places
from megaregion.report.text import EMPTY, Lang, Text, between, both, join, number, people, plain, raw, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 45
"""Rows of the ranking that are drawn; the table below it holds all of them."""


def indices(material: Material) -> list[tuple[str, StoredTable]]:
    """Every composite index that was computed: `index` first."""
    found = material.results.get("nodes", {})
    helpers = {f"{name}_{part}" for name in found for part in ("steps", "values")}
    return [(n, found[n]) for n in sorted(found) if (n == "index" or n.startswith("index_")) and n not in helpers]


def section(material: Material) -> Section:
    """Index and sizes."""
    title = Text("Nodes: cities as centres", "穴位：节点城市")
    if "nodes" not in material.results:
        return Section("nodes", title, absent(material, "nodes", "of the nodes", "节点"), grey=True)
    blocks: list[Block] = []
    for name, table in indices(material):
        blocks += _index(material, name, table)
    blocks += [*_sizes(material), *flow_roles.blocks(material)]
    return Section("nodes", title, tuple(blocks))


def finding(material: Material) -> list[Text]:
    """Headlines of this room."""
    out = []
    for name, table in indices(material):
        frame = need(table, f"nodes/{name}", ["place_id", "rank", "rank_p05", "rank_p95"]).dropna(subset=["rank"])
        if frame.empty:
            continue
        top = frame.sort_values(["rank", "place_id"]).head(3)
        names = join([
            say("{p} (rank {r})", "{p}（第{r}位）", p=material.place(str(row["place_id"])), r=number(row["rank"]))
            for _, row in top.iterrows()
        ])  # fmt: skip
        width = float((frame["rank_p95"] - frame["rank_p05"]).median())
        text = say(
            "In the index “{index}” the first are {names}; over random weights a rank moves within {w} places in the "
            "median (5–95 %){mark}.",
            "在“{index}”中居前的是{names}；在随机权重下，名次区间（5–95%）的中位宽度为{w}位{mark}。",
            index=_title(table, name), names=names, w=number(width), mark=shown(table, "rank_p05", EMPTY),
        )  # fmt: skip
        holes = [p for p in table.facts.get("pillars", []) if p.get("status") != "used"]
        if holes:
            text += say(
                " Left out and shown grey: {holes}.",
                "以下支柱不计入并以灰色显示：{holes}。",
                holes=join([_pillar(p) + _lack(p) for p in holes]),
            )
        out.append(text)
    return [*out, *flow_roles.finding(material)]


def _title(table: StoredTable, name: str) -> Text:
    return both(table.facts.get("name") or table.title_en or name, table.facts.get("name_zh") or table.title_zh)


def _lack(entry: dict[str, Any]) -> Text:
    """Why a pillar is not used: one indicator where two are needed is another thing than none."""
    return say(" ({r})", "（{r}）", r=both(entry.get("missing_reason", ""), entry.get("missing_reason_zh", "")))


def _pillar(entry: dict[str, Any]) -> Text:
    return both(entry.get("name") or entry.get("id"), entry.get("name_zh"))


def _index(material: Material, name: str, table: StoredTable) -> list[Block]:
    frame = need(table, f"nodes/{name}", ["place_id", "score", "rank", "rank_p05", "rank_p50", "rank_p95"])
    pillars = list(table.facts.get("pillars", []))
    if pillars and all(p.get("status") != "used" for p in pillars):
        return [
            Paragraph(
                say(
                    "<strong>{title}</strong>: none of its pillars has data in this workspace. <code>megaregion "
                    "fetch</code> "
                    "brings them where the workspace has a recipe for it.",
                    "<strong>{title}</strong>：工作区中没有任何维度的数据。若工作区带有获取方案，可用 "
                    "<code>megaregion fetch</code> 取得。",
                    title=_title(table, name),
                ),
                "missing",
            )
        ]
    year = table.facts.get("year", table.parameters.get("year", material.cluster.attrs["base_year"]))
    blocks: list[Block] = [
        Paragraph(
            say(
                "<strong>{title}</strong> ({year}). {rules} Weights are a choice: the bars show between which ranks a "
                "place moves over random weights.",
                "<strong>{title}</strong>（{year}年）。{rules}权重是一种选择：图中横条给出随机权重下名次的变动范围。",
                title=_title(table, name), year=str(year), rules=_rules(table.parameters),
            )
        ),
        *_holes(pillars),
    ]  # fmt: skip
    ranked = frame.dropna(subset=["rank"]).sort_values(["rank", "place_id"])
    if len(ranked):
        blocks.append(_ranking(material, name, table, ranked, pillars))
        cells = {"place_id": places(material), "rank": digits(0), "rank_p05": digits(0), "rank_p50": digits(0),
                 "rank_p95": digits(0), "score": digits(1)}  # fmt: skip
        cells |= {c.name: digits(1) for c in table.columns if c.name.startswith("pillar_")}
        blocks.append(grid(table, ranked, cells, Text("All places of the index", "指数全表"), folded=True))
    blocks += [
        *_log(material, name),
        *cautions(material, table, skip="pillar |no pillar"),
        Trace((f"nodes/{name}",), formulas(table)),
    ]
    return blocks


def _rules(rules: Mapping[str, Any]) -> Text:
    """Scale, weights and means in one sentence or two, as the tree has them; what is not stored is the default."""
    scale, pooled = str(rules.get("normalisation", "minmax")), rules.get("goalposts") == "pooled"
    if scale != "minmax":
        scaled = say("Indicators are {w}", "指标取{w}", w=both(*SCALES[scale]))
    elif pooled:
        scaled = say("Indicators run between goalposts, those that are not fixed taken from the values themselves",
                     "指标按上下界归一，未固定者取自数值本身")  # fmt: skip
    else:
        scaled = Text("Indicators run between fixed goalposts", "指标按固定的上下界归一")
    inside, across = rules.get("inside_pillar", "linear"), rules.get("across_pillars", "geometric")
    inner = both(*mean_words("arithmetic"))
    if isinstance(inside, dict):  # only pillars with a mean of their own are stored
        each = [say("{p} by {m}", "{p}用{m}", p=raw(str(p)), m=both(*mean_words(m))) for p, m in inside.items()]
        inner = say("{m} ({each})", "{m}（{each}）", m=inner, each=join(each))
    text = say(
        "{scaled}; weights are {weights}; inside a pillar they form the {inner}, across pillars the {outer}.",
        "{scaled}；权重：{weights}；维度内取{inner}，维度间取{outer}。",
        scaled=scaled, weights=both(*WORDS[str(rules.get("weights", "given"))]), inner=inner,
        outer=both(*mean_words(across)),
    )  # fmt: skip
    if across == "geometric" and rules.get("weights") != "benefit-of-the-doubt":
        text += say(" A weak pillar is not paid for by a strong one.", "强项不能抵偿弱项。")
    if rules.get("outliers", "none") != "none":
        text += say(
            " Long tails: {t}.", "长尾处理：{t}。", t=both(str(rules["outliers"]), TREATED.get(str(rules["outliers"])))
        )
    return text


def _holes(pillars: list[dict[str, Any]]) -> list[Block]:
    holes = [p for p in pillars if p.get("status") != "used"]
    if not holes:
        return []
    items = tuple(
        say("{name}: no data. {why}", "{name}：无数据。{why}", name=_pillar(p),
            why=both(p.get("missing_reason", ""), p.get("missing_reason_zh", "")))
        for p in holes
    )  # fmt: skip
    return [Bullets(items, "missing")]


def _ranking(
    material: Material, name: str, table: StoredTable, ranked: pd.DataFrame, pillars: list[dict[str, Any]]
) -> Drawing:
    top = ranked.head(SHOWN)
    columns = [f"pillar_{p['id']}" for p in pillars]
    values = top.reindex(columns=columns).astype(float)
    used = [p.get("status") == "used" for p in pillars]

    def draw(language: Lang) -> Figure:
        rows = pd.DataFrame({
            "label": [material.name(str(p), language) for p in top["place_id"]], "rank": top["rank"].to_numpy(float),
            "low": top["rank_p05"].to_numpy(float), "mid": top["rank_p50"].to_numpy(float),
            "high": top["rank_p95"].to_numpy(float),
        })  # fmt: skip
        side = values.set_axis([plain(_pillar(p).of(language)) for p in pillars], axis=1)
        words = Words(
            x=Text("Rank", "名次").of(language), x2=Text("Pillars, 0–100", "各维度（0–100）").of(language),
            point=Text("stated weights", "给定权重").of(language), other=Text("median", "中位数").of(language),
            interval=Text("5–95 % over random weights", "随机权重 5–95%").of(language),
            no_data=Text("no data", "无数据").of(language),
            note=Text("Rank intervals: modelled.", "名次区间为模型值。").of(language),
        )  # fmt: skip
        return ranking(rows, side, used, words)

    more = (
        EMPTY
        if len(ranked) <= SHOWN
        else say(" The first {k} of {n}.", "仅列前{k}位（共{n}个）。", k=number(SHOWN), n=number(len(ranked)))
    )
    return Drawing(
        name.replace("_", "-"), draw,
        say("{title}: rank and its 5–95 % interval over random weights; pillars beside it, grey = no data.{more}",
            "{title}：名次及随机权重下的5–95%区间；右侧为各维度，灰色为无数据。{more}", title=_title(table, name),
            more=more),
        say("Ranking of {n} places; first: {first}.", "{n}个地区的排序，首位：{first}。", n=number(len(ranked)),
            first=material.place(str(ranked["place_id"].iloc[0]))),
        modelled=True,
    )  # fmt: skip


def _log(material: Material, name: str) -> list[Block]:
    table = material.table("nodes", f"{name}_steps")
    if table is None or table.frame.empty:
        return []
    frame = table.frame
    names = [c for c in ("step", "subject", "came_in") if c in frame]
    from megaregion.report.blocks import Grid, Head
    from megaregion.report.sections.tables import heads

    rows = []
    for _, row in frame.iterrows():
        cells = [number(row[c]) if c != "subject" else both(row[c], row[c]) for c in names]
        cells += [both(row.get(c, ""), row.get(f"{c}_zh", "")) for c in ("done", "skipped") if c in frame]
        rows.append(tuple(cells))
    titles = (
        *heads(table, names),
        Head(Text("Done", "处理"), numeric=False),
        Head(Text("Left out, and why", "剔除及原因"), numeric=False),
    )
    return [
        Grid(titles[: len(rows[0])], tuple(rows), Text("How the index was made, step by step", "指数编制步骤"), True)
    ]


def _sizes(material: Material) -> list[Block]:
    size, hierarchy = material.table("nodes", "size"), material.table("nodes", "hierarchy")
    if size is None or hierarchy is None:
        return list(absent(material, "nodes/size", "of the size hierarchy", "规模等级"))
    frame = need(size, "nodes/size", ["place_id", "population", "rank"]).sort_values(["rank", "place_id"])
    need(hierarchy, "nodes/hierarchy", ["concept", "n", "zeta", "se", "ci_low", "ci_high", "primacy_4"])
    blocks: list[Block] = []
    if len(hierarchy.frame):
        blocks.append(Paragraph(_hierarchy_sentence(material, hierarchy, frame)))
    blocks.append(_size_figure(material, size, frame))
    cells = {"concept": lambda v: CONCEPTS.get(str(v), raw(v)), "n": digits(0),
             **dict.fromkeys(("zeta", "se", "ci_low", "ci_high", "hill", "hill_low", "hill_high"), digits(3)),
             **dict.fromkeys(("primacy_2", "primacy_4", "primacy_11"), digits(2))}  # fmt: skip
    blocks.append(grid(hierarchy, hierarchy.frame, cells, Text("Rank-size slope and primacy", "位序–规模斜率与首位度")))
    return [
        *blocks,
        *cautions(material, size, hierarchy),
        Trace(("nodes/size", "nodes/hierarchy"), formulas(size, hierarchy)),
    ]


def _hierarchy_sentence(material: Material, hierarchy: StoredTable, frame: pd.DataFrame) -> Text:
    row = hierarchy.frame.iloc[0]
    first = frame.iloc[0]
    return say(
        "The largest place is {p} with {people}. The rank-size slope over {n} places is {z} (95 % interval "
        "{range}){mark}; "
        "{zipf}. Four-city primacy (largest over the next three together) is {p4}.",
        "人口最多的是{p}，{people}。{n}个单元的位序–规模斜率为{z}（95%区间{range}）{mark}，{zipf}。"
        "四城指数（首位与其后三城之和的比）为{p4}。", zipf=_ZIPF[bool(row["ci_low"] <= 1 <= row["ci_high"])],
        p=material.place(str(first["place_id"])), people=people(float(first["population"])), z=number(row["zeta"], 2),
        range=between(number(row["ci_low"], 2), number(row["ci_high"], 2)), mark=shown(hierarchy, "zeta", EMPTY),
        n=number(row["n"]), p4=number(row["primacy_4"], 2),
    )  # fmt: skip


_ZIPF = {
    True: Text("it covers 1 (Zipf's law), which shows nothing: an interval this wide covers much else",
               "区间包含1（齐普夫定律），但这并不构成证据：区间过宽"),
    False: Text("it does not cover 1 (Zipf's law)", "区间不包含1（齐普夫定律）"),
}  # fmt: skip


def _size_figure(material: Material, size: StoredTable, frame: pd.DataFrame) -> Drawing:
    fit = (
        pd.Series(np.exp(frame["log_rank_fit"].to_numpy(float)) + 0.5, frame.index)
        if "log_rank_fit" in frame
        else pd.Series(np.nan, frame.index)
    )

    def draw(language: Lang) -> Figure:
        scale, word = (1e4, "万人") if language == "zh" else (1e3, "thousand")
        rows = pd.DataFrame({
            "label": [material.name(str(p), language) for p in frame["place_id"]],
            "population": frame["population"].to_numpy(float) / scale, "rank": frame["rank"].to_numpy(float),
            "fit": fit.to_numpy(float),
        })  # fmt: skip
        words = Words(
            x=Text(f"Population ({word})", f"人口（{word}）").of(language), x2=Text("Rank", "位序").of(language),
            point=Text("place", "地区").of(language),
            other=Text("fitted line, ln(rank − ½) (modelled)", "拟合线 ln(位序−½)（模型值）").of(language),
        )  # fmt: skip
        return rank_size(rows[rows["population"] > 0], words)

    return Drawing(
        "size", draw,
        Text("Population and rank of the units, logarithmic axes; the line is fitted to ln(rank − ½).",
             "各单元人口与位序（对数坐标）；直线按 ln(位序−½) 拟合。"),
        say("Rank against population of {n} places.", "{n}个地区的位序与人口。", n=number(len(frame))),
    )  # fmt: skip
