"""Tail of the sizes, and what the flows make of the places: polycentricity, core, roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.ranks import Words
from megaregion.plot.roles import exponents, flow_against_size
from megaregion.report.blocks import Block, Drawing, Material, Paragraph, Trace, formulas, need, shown
from megaregion.report.border_words import layer_word
from megaregion.report.remarks import CONCEPTS, cautions
from megaregion.report.sections.tables import Cell, digits, grid, places, yes_no
from megaregion.report.text import EMPTY, Lang, Text, between, join, marked, number, percent, plain, raw, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NETWORK = ["layer", "observed", "unit", "period", "places", "pairs", "across", "across_expected", "core_size",
            "core_fit", "core_p"]  # fmt: skip
_SHAPE = ["layer", "direction", "sd_size", "sd_flow", "t", "p", "evenness", "density", "green"]
_ROLE = ["layer", "place_id", "inflow", "outflow", "share", "participation", "participation_expected", "betweenness",
         "constraint", "core"]  # fmt: skip
_DIRECTIONS = {"in": Text("in", "流入"), "out": Text("out", "流出"), "both": Text("both", "双向")}
CLEAR = 0.05
FIT = 0.25  # correlation with the ideal pattern below which there is hardly a core
_CORE = {True: Text("Core", "核心"), False: Text("There is hardly one core; the best is", "没有明显的核心，最接近的是")}
_NAMED = 5


def blocks(material: Material) -> list[Block]:
    """Tail of the sizes and, layer by layer, the flows; nothing where they were not computed."""
    return [*_tail(material), *_flows(material)]


def finding(material: Material) -> list[Text]:
    """One sentence a measured layer: is the flow more concentrated than the people?"""
    table = material.table("nodes", "polycentricity")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "nodes/polycentricity", [*_SHAPE, "observed"])
    chosen = frame[(frame["direction"] == "both") & frame["observed"].astype(bool) & frame["p"].notna()]
    return [
        say("{layer}: {c}", "{layer}：{c}", layer=_cap(layer_word(str(row["layer"]))), c=_concentration(table, row))
        for _, row in chosen.iterrows()
    ]


def _concentration(table: StoredTable, row: pd.Series) -> Text:
    if float(row["p"]) > CLEAR:
        verdict = Text("is spread over the places much as people are", "在各地间的分布与人口大体相当")
    elif float(row["t"]) > 0:
        verdict = Text("is more concentrated on few places than people are", "比人口更集中于少数地区")
    else:
        verdict = Text("is spread more evenly over the places than people are", "在各地间的分布比人口更均匀")
    return say(
        "the flow {verdict} (spread of logarithms {f} against {s}, {p}{mark}); Green's index of functional "
        "polycentricity is {g} of 1.",
        "流量{verdict}（对数离散{f}，人口为{s}，{p}{mark}）；Green功能多中心指数为{g}（上限1）。",
        verdict=verdict, f=number(float(row["sd_flow"]), 2),
        s=number(float(row["sd_size"]), 2), p=_p(float(row["p"])), mark=shown(table, "p", EMPTY),
        g=number(float(row["green"]), 2),
    )  # fmt: skip


def _cap(text: Text) -> Text:
    return Text(text.en[:1].upper() + text.en[1:], text.zh)


def _p(value: float) -> str:
    return "p < 0.001" if value < 1e-3 else f"p = {value:.3f}"


def _tail(material: Material) -> list[Block]:
    table = material.table("nodes", "size_tail")
    if table is None or table.frame.empty:
        return []
    columns = ["concept", "n", "hill", "hill_low", "hill_high", "p_pareto", "chosen"]
    frame = need(table, "nodes/size_tail", columns)
    best = frame[frame["chosen"].astype(bool)]
    parts = [
        say(
            "{c}: {n} places, exponent {h} (95 % {r}), over all thresholds {least} to {most}, {p} for Pareto against "
            "lognormal",
            "{c}：{n}个地区，指数{h}（95%区间{r}），随门槛在{least}至{most}之间，帕累托对对数正态{p}",
            c=CONCEPTS.get(str(row["concept"]), raw(row["concept"])), n=number(float(row["n"])),
            h=number(float(row["hill"]), 2),
            r=between(number(float(row["hill_low"]), 2), number(float(row["hill_high"]), 2)),
            least=number(float(frame.loc[frame["concept"] == row["concept"], "hill"].min()), 2),
            most=number(float(frame.loc[frame["concept"] == row["concept"], "hill"].max()), 2),
            p=_p(float(row["p_pareto"])),
        )
        for _, row in best.iterrows()
    ]  # fmt: skip
    text = say(
        "Where the tail begins decides its exponent. At the threshold of least distance from the Pareto law: {parts}"
        "{mark}.",
        "尾部起点决定指数大小。在与帕累托律距离最小的门槛处：{parts}{mark}。",
        parts=join(parts), mark=shown(table, "hill", EMPTY),
    )  # fmt: skip
    cells: dict[str, Cell] = {
        "concept": lambda v: CONCEPTS.get(str(v), raw(v)), "n": digits(0), "threshold": digits(0), "zeta": digits(2),
        "zeta_se": digits(2), "hill": digits(2), "hill_low": digits(2), "hill_high": digits(2), "distance": digits(3),
        "lognormal_gain": digits(2), "p_pareto": digits(3), "chosen": yes_no,
    }  # fmt: skip
    return [
        Paragraph(text), _exponents(frame, text),
        grid(table, frame, cells, Text("Tail by threshold", "各门槛下的尾部"), folded=True),
        *cautions(material, table), Trace(("nodes/size_tail",), formulas(table)),
    ]  # fmt: skip


def _exponents(frame: pd.DataFrame, text: Text) -> Drawing:
    def draw(language: Lang) -> Figure:
        names = {str(c): CONCEPTS.get(str(c), raw(c)).of(language) for c in frame["concept"].unique()}
        words = Words(
            x=Text("Places above the threshold", "门槛以上地区数").of(language),
            x2=Text("Exponent (Hill)", "指数（Hill）").of(language),
            point=Text("least distance", "距离最小").of(language), interval=Text("95 %", "95%区间").of(language),
            note=Text("Modelled; the line at 1 is Zipf's law.", "模型值；1处虚线为齐普夫定律。").of(language),
        )  # fmt: skip
        return exponents(frame, names, words)

    caption = Text("Tail exponent against the number of places counted, with exact 95 % intervals.",
                   "尾部指数随所计地区数的变化及其精确95%区间。")  # fmt: skip
    return Drawing("size-tail", draw, caption, text, modelled=True)


def _flows(material: Material) -> list[Block]:
    networks, shapes, roles = (material.table("nodes", n) for n in ("flow_networks", "polycentricity", "flow_roles"))
    if networks is None or shapes is None or roles is None or networks.frame.empty:
        return []
    shape = need(shapes, "nodes/polycentricity", _SHAPE)
    role = need(roles, "nodes/flow_roles", _ROLE)
    out: list[Block] = []
    for _, row in need(networks, "nodes/flow_networks", _NETWORK).iterrows():
        layer = str(row["layer"])
        mine = role[role["layer"] == layer].sort_values(["share", "place_id"], ascending=[False, True])
        both = shape[(shape["layer"] == layer) & (shape["direction"] == "both")].iloc[0]
        out += [Paragraph(_sentence(material, shapes, row, both, mine)), _figure(material, row, mine)]
    cells: dict[str, Cell] = {
        "layer": lambda v: layer_word(str(v)), "direction": lambda v: _DIRECTIONS.get(str(v), raw(v)), "n": digits(0),
        **dict.fromkeys(("sd_size", "sd_flow", "t"), digits(2)), "p": digits(4),
        **dict.fromkeys(("zeta_size", "zeta_size_se", "zeta_flow", "zeta_flow_se", "top_size", "top_flow", "evenness",
                         "density", "green"), digits(2)),
    }  # fmt: skip
    by_place: dict[str, Cell] = {
        "layer": lambda v: layer_word(str(v)), "place_id": places(material), "inflow": digits(0), "outflow": digits(0),
        "share": digits(1), "partners": digits(0), "participation": digits(2), "participation_expected": digits(2),
        "within_score": digits(2), "betweenness": digits(1), "constraint": digits(2), "effective_size": digits(1),
        "core": yes_no,
    }  # fmt: skip
    ordered = role.sort_values(["layer", "share", "place_id"], ascending=[True, False, True])
    return [
        *out, grid(shapes, shape, cells, Text("Polycentricity by size and by flow", "形态与功能多中心性"), folded=True),
        grid(roles, ordered, by_place, Text("Role of every place", "各地角色"), folded=True),
        *cautions(material, networks),
        Trace(("nodes/flow_networks", "nodes/polycentricity", "nodes/flow_roles"), formulas(networks, shapes, roles)),
    ]  # fmt: skip


def _sentence(material: Material, table: StoredTable, row: pd.Series, shape: pd.Series, mine: pd.DataFrame) -> Text:
    text = say(
        "<strong>{layer}</strong> ({unit}, {period}{mark}): {n} places, {k} directed pairs with a flow. ",
        "<strong>{layer}</strong>（{unit}，{period}{mark}）：{n}个地区，{k}个有流量的有向对。",
        layer=_cap(layer_word(str(row["layer"]))), unit=raw(row["unit"]), period=raw(row["period"]),
        mark=marked(EMPTY, not bool(row["observed"])), n=number(float(row["places"])), k=number(float(row["pairs"])),
    )  # fmt: skip
    if pd.notna(shape["p"]):
        text += _cap(_concentration(table, shape))
    if pd.notna(row["across"]):
        text += say(
            " {a} of the flow crosses between groups; strengths alone would give {e}.",
            "跨组流量占{a}，仅由强度预期为{e}。",
            a=percent(float(row["across"])), e=marked(percent(float(row["across_expected"])), True),
        )  # fmt: skip
    core = [material.place(str(p)) for p in mine.loc[mine["core"].astype(bool), "place_id"].head(_NAMED)]
    if core:
        rest = int(row["core_size"]) - len(core)
        text += say(
            " {what}: {names}{more} (fit {f}{p}).", "{what}：{names}{more}（拟合{f}{p}）。", names=join(core),
            what=_CORE[float(row["core_fit"]) >= FIT],
            more=EMPTY if rest <= 0 else say(
                " and {r} more", "等{k}个", r=number(rest), k=number(int(row["core_size"]))
            ),
            f=number(float(row["core_fit"]), 2),
            p=say(", {p}", "，{p}", p=_p(float(row["core_p"]))) if pd.notna(row["core_p"]) else EMPTY,
        )  # fmt: skip
    between_others = mine.dropna(subset=["betweenness"]).sort_values(
        ["betweenness", "place_id"], ascending=[False, True]
    )
    passing = between_others[between_others["betweenness"] > 0].head(3)
    if len(passing):
        text += say(
            " Most of the strongest chains pass {names}.", "最强联系链多经过{names}。",
            names=join([say("{p} ({v} of the pairs)", "{p}（{v}的地区对）", p=material.place(str(r["place_id"])),
                            v=percent(float(r["betweenness"]), 0)) for _, r in passing.iterrows()]),
        )  # fmt: skip
    return text


def _figure(material: Material, row: pd.Series, mine: pd.DataFrame) -> Drawing:
    size = need(_sizes(material), "nodes/size", ["place_id", "population"])
    people = size.set_index(size["place_id"].astype(str))["population"]
    layer = str(row["layer"])
    frame = mine.assign(flow=mine["inflow"] + mine["outflow"],
                        population=people.reindex(mine["place_id"].astype(str)).to_numpy(float))  # fmt: skip
    frame = frame[(frame["flow"] > 0) & (frame["population"] > 0)]
    modelled = not bool(row["observed"])

    def draw(language: Lang) -> Figure:
        scale, word = (1e4, "万人") if language == "zh" else (1e3, "thousand")
        drawn = frame.assign(
            label=[material.name(str(p), language) for p in frame["place_id"]], population=frame["population"] / scale
        )
        words = Words(
            x=Text(f"Population ({word})", f"人口（{word}）").of(language),
            x2=plain(say("{layer}, in and out ({unit})", "{layer}，流入与流出（{unit}）", layer=_cap(layer_word(layer)),
                         unit=raw(row["unit"])).of(language)),
            point=Text("core", "核心").of(language), other=Text("periphery", "边缘").of(language),
            interval=Text("in proportion to people", "与人口成比例").of(language),
            note=Text("Flows: modelled.", "流量为模型值。").of(language) if modelled else "",
        )  # fmt: skip
        return flow_against_size(drawn, words)

    caption = say(
        "{layer} of each place against its population, logarithmic axes.", "各地{layer}与人口（对数坐标）。",
        layer=_cap(layer_word(layer)),
    )  # fmt: skip
    return Drawing(f"flow-size-{layer.replace('_', '-')}", draw, caption,
                   say("{n} places.", "{n}个地区。", n=number(len(frame))), modelled=modelled)  # fmt: skip


def _sizes(material: Material) -> StoredTable:
    table = material.table("nodes", "size")
    assert table is not None  # the same step writes both
    return table
