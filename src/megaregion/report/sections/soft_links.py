"""Soft links beside the borders: who is linked more than expected, how sticky, who gains by sharing, lift or drain."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.fonts import BLUE, ORANGE
from megaregion.plot.maps import Strokes, network
from megaregion.report.blocks import (
    Block,
    Bullets,
    Drawing,
    Material,
    Paragraph,
    Section,
    Trace,
    formulas,
    is_modelled,
    need,
    shown,
)
from megaregion.report.border_words import layer_word
from megaregion.report.figures import segments
from megaregion.report.remarks import absent, cautions
from megaregion.report.sections import segmentation, shared_services, spillover
from megaregion.report.sections.tables import Cell, digits, figures, grid, places, year
from megaregion.report.text import EMPTY, Lang, Text, between, both, join, number, say, significant

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_GRAVITY = ["layer", "term", "identified", "coef", "se", "ci_low", "ci_high", "n", "zeros", "observed_flow"]
_EXPECTED = [
    "layer",
    "origin",
    "destination",
    "observed",
    "expected",
    "ratio",
    "ratio_low",
    "ratio_high",
    "root_excess_sd",
]
_STICKY = ["layer", "measure", "place", "value", "ci_low", "ci_high", "n", "periods"]
_FIRST = 12
BEYOND = 1.96  # standard deviations of a flow; 2.5 % of pairs lie above it by chance
_MEASURES = {
    "retention": Text("retention: share that stays", "留存率"),
    "persistence": Text("persistence from one period to the next", "持续性（跨期）"),
    "half-life": Text("half-life in periods", "半衰期（时期）"),
    "reciprocity": Text("reciprocity: smaller over larger direction", "互惠度（较小方向/较大方向）"),
    "excess linkage": Text("excess linkage inside groups", "组内超额联系"),
}  # fmt: skip


def sections(material: Material) -> list[Section]:
    """Pairs and stickiness always; spillover, shared services and market segmentation where there are tables."""
    return [
        _pairs(material), *spillover.sections(material), *shared_services.sections(material),
        *segmentation.sections(material),
    ]  # fmt: skip


def finding(material: Material) -> list[Text]:
    """Headlines of these rooms."""
    out = []
    gravity, expected = material.table("soft_links", "gravity"), material.table("soft_links", "expected")
    if gravity is not None and expected is not None and len(expected.frame):
        layer = str(need(expected, "soft_links/expected", _EXPECTED)["layer"].iloc[0])
        out.append(_outstanding(material, expected, layer))
    return [*out, *spillover.finding(material), *shared_services.finding(material)]


def _pairs(material: Material) -> Section:
    title = Text("Soft links: who is linked more than size and distance explain", "经络（软）：超出规模与距离的联系")
    parts, gravity = material.table("soft_links", "parts"), material.table("soft_links", "gravity")
    if parts is None:
        return Section("pairs", title, absent(material, "soft_links", "of the soft links", "软联系"), grey=True)
    expected, sticky = material.table("soft_links", "expected"), material.table("soft_links", "stickiness")
    blocks: list[Block] = []
    if gravity is not None and expected is not None:
        blocks += [Paragraph(_how()), *_gravity(material, gravity, expected)]
    if sticky is not None:
        blocks += _stickiness(material, sticky)
    change = material.table("soft_links", "border_change")
    if change is not None:
        blocks.append(_change(change))
    used = [t for t in (gravity, expected, sticky, change) if t is not None]
    names = [n for n in ("gravity", "expected", "stickiness", "border_change") if material.table("soft_links", n)]
    blocks += [*_absent(parts), *cautions(material, *used, parts)]
    blocks.append(Trace(tuple(f"soft_links/{n}" for n in (*names, "parts")), formulas(*used)))
    return Section("pairs", title, tuple(blocks), grey=not used)


def _how() -> Text:
    return Text(
        "Expected is what the pull of both cities, the great-circle distance and a shared group (province) explain "
        "(Poisson pseudo maximum likelihood, effects of both ends). The interval says how well the expectation is "
        "known. Pairs are ranked by the difference of square roots in standard deviations, so that neither large flows "
        "nor pairs of which next to nothing is expected come first by their size alone.",
        "“期望”指两端城市的引力、大圆距离与是否同组（省）所能解释的流量（泊松伪极大似然，两端固定效应）。"
        "区间表示期望值的估计精度。城市对按平方根之差（以标准差计）排序，避免仅因流量大或期望极小而居前。",
    )  # fmt: skip


def _gravity(material: Material, gravity: StoredTable, expected: StoredTable) -> list[Block]:
    frame, pairs = need(gravity, "soft_links/gravity", _GRAVITY), need(expected, "soft_links/expected", _EXPECTED)
    layers = list(dict.fromkeys(map(str, frame["layer"])))
    items = tuple(_coefficients(gravity, frame[frame["layer"] == layer], layer) for layer in layers)
    out: list[Block] = [Bullets(items, "key")]
    for layer in layers:
        part = _strongest(pairs[pairs["layer"] == layer])
        out.append(Paragraph(_outstanding(material, expected, layer)))
        if material.base is not None and len(part):
            out.append(_map(material, expected, part, layer))
        cells: dict[str, Cell] = {
            "origin": places(material), "destination": places(material), "observed": figures(3),
            "expected": figures(3), "ratio": figures(3), "ratio_low": figures(3), "ratio_high": figures(3),
            "root_excess_sd": digits(1, sign=True),
        }  # fmt: skip
        caption = say("Pairs that stand out most: {l}", "偏离期望最大的城市对：{l}", l=layer_word(layer))
        heads = {"root_excess_sd": Text("Excess, standard deviations", "超出量（标准差）")}
        out.append(grid(expected, part, cells, caption, folded=True, labels=heads))
    return out


def _coefficients(table: StoredTable, rows: pd.DataFrame, layer: str) -> Text:
    far, own = (rows[rows["term"] == term].iloc[0] for term in ("ln_x", "same"))
    text = say(
        "{l}: one percent more distance goes with {b} % of flow ({range}, dyadic errors){mark}",
        "{l}：距离每增加1%，流量变化{b}%（{range}，对偶稳健标准误）{mark}", l=layer_word(layer),
        b=number(far["coef"], 2, sign=True), range=between(number(far["ci_low"], 2), number(far["ci_high"], 2)),
        mark=shown(table, "coef", EMPTY),
    )  # fmt: skip
    if bool(own["identified"]):
        text += say(
            "; inside a group {f} times as much as across ({range})", "；组内为跨组的{f}倍（{range}）",
            f=number(math.exp(own["coef"]), 2),
            range=between(number(math.exp(own["ci_low"]), 2), number(math.exp(own["ci_high"]), 2)),
        )  # fmt: skip
    text += say("; {n} pairs, {z} of them zero", "；共{n}对，其中{z}对为零", n=number(far["n"]), z=number(far["zeros"]))
    if not bool(far["observed_flow"]):
        text += Text("; this flow is itself modelled", "；该流量本身为模型值")
    return text + Text(".", "。")


def _strongest(pairs: pd.DataFrame) -> pd.DataFrame:
    """The pairs furthest above and below, each pair of places once."""
    ends = pairs[["origin", "destination"]].astype(str)
    once = pairs.assign(pair=ends.min(axis=1) + "|" + ends.max(axis=1)).dropna(subset=["root_excess_sd"])
    out = []
    for sign in (-1.0, 1.0):
        side = once[sign * once["root_excess_sd"] > 0].assign(size=lambda t: t["root_excess_sd"].abs())
        order = side.sort_values(["size", "pair", "origin"], ascending=[False, True, True])
        out.append(order.drop_duplicates("pair").head(_FIRST))
    return pd.concat(out).sort_values(["root_excess_sd", "pair"], ascending=[False, True])


def _outstanding(material: Material, table: StoredTable, layer: str) -> Text:
    frame = need(table, "soft_links/expected", _EXPECTED)
    part = frame[frame["layer"] == layer]
    z, strong = part["root_excess_sd"], _strongest(part)
    above, below = strong[strong["root_excess_sd"] > 0].head(3), strong[strong["root_excess_sd"] < 0].tail(3)[::-1]
    return say(
        "{l}: most above what is expected are {a}{mark}; most below {b}. {na} of {n} ordered pairs lie more than two "
        "standard deviations of a flow above and {nb} below; chance alone would put about {c} in each.",
        "{l}：最高于期望的是{a}{mark}；最低于期望的是{b}。{n}个有向城市对中，{na}对高出、{nb}对低于期望两个标准差以上；"
        "仅凭偶然，两侧各约{c}对。",
        l=layer_word(layer), a=_named(material, above), b=_named(material, below), na=number(int((z > BEYOND).sum())),
        nb=number(int((z < -BEYOND).sum())), n=number(len(part)), c=number(0.025 * len(part)),
        mark=shown(table, "ratio", EMPTY),
    )  # fmt: skip


def _named(material: Material, rows: pd.DataFrame) -> Text:
    if rows.empty:
        return Text("none", "无")
    return join([_one(material, r) for _, r in rows.iterrows()])


def _one(material: Material, row: pd.Series) -> Text:
    """A pair, what flows, what is expected, and the ratio with its interval where anything flows."""
    seen, ratio = significant(row["observed"], 3), EMPTY
    if row["observed"] > 0:
        low, high = significant(row["ratio_low"], 2), significant(row["ratio_high"], 2)
        ratio = say(
            "; ratio {r}, {range}", "；比值{r}，{range}", r=significant(row["ratio"], 2), range=between(low, high)
        )
    return say(
        "{a}–{b} ({o} where {e} are expected{r})", "{a}—{b}（实际{o}，期望{e}{r}）",
        a=material.place(str(row["origin"])), b=material.place(str(row["destination"])), o=seen,
        e=significant(row["expected"], 2), r=ratio,
    )  # fmt: skip


def _map(material: Material, table: StoredTable, part: pd.DataFrame, layer: str) -> Drawing:
    base = material.base
    assert base is not None  # the caller has looked
    lines = part.rename(columns={"origin": "a", "destination": "b"})[["a", "b", "root_excess_sd"]]
    size = lines["root_excess_sd"].abs()
    lines = lines.assign(width=0.8 + 3.2 * size / max(float(size.max()), 1e-12))
    drawn = [segments(lines[mask], base.points) for mask in (lines["root_excess_sd"] > 0, lines["root_excess_sd"] < 0)]

    def draw(language: Lang) -> Figure:
        words = (Text("more than expected", "高于期望"), Text("less than expected", "低于期望"))
        strokes = [
            Strokes(rows, word.of(language), colour, 2.4, dashed=dashed)
            for rows, word, colour, dashed in zip(drawn, words, (BLUE, ORANGE), (False, True), strict=True)
            if len(rows)
        ]
        return network(
            base, material.level, strokes, names=material.unit_names(language, limit=30),
            note=Text("Expected flows are modelled.", "期望流量为模型值。").of(language),
        )  # fmt: skip

    return Drawing(
        f"pairs-{layer}", draw,
        say("{l}: pairs furthest above (blue) and below (orange, dashed) what size, distance and a shared group "
            "explain; width by the excess.",
            "{l}：高于（蓝）与低于（橙，虚线）规模、距离与同组所能解释流量最多的城市对；线宽表示超出量。",
            l=layer_word(layer)),
        _outstanding(material, table, layer), modelled=is_modelled(table, "ratio"),
    )  # fmt: skip


def _stickiness(material: Material, table: StoredTable) -> list[Block]:
    frame = need(table, "soft_links/stickiness", _STICKY)
    known = frame[frame["value"].notna()]
    if known.empty:
        return []
    whole = known[known["place"].fillna("") == ""]
    items = tuple(
        say("{l}, {m}: {v} ({range}){mark}", "{l}，{m}：{v}（{range}）{mark}", l=layer_word(str(r["layer"])),
            m=_measure(r["measure"]), v=number(r["value"], 2),
            range=between(number(r["ci_low"], 2), number(r["ci_high"], 2)), mark=shown(table, "value", EMPTY))
        for _, r in whole.iterrows()
    )  # fmt: skip
    text = Text(
        "Stickiness has no standard measure; four are told apart: what stays, how long a link lasts, how mutual it is, "
        "and how much more flows inside groups than gravity without borders expects, against outside (1 = none).",
        "粘性没有统一指标，这里分列四项：留存、持续、互惠，"
        "以及组内流量超出（无边界）引力模型期望的倍数与组外之比（1表示没有）。",
    )
    cells: dict[str, Cell] = {
        "layer": lambda v: layer_word(str(v)), "measure": _measure, "place": _whose(material), "value": digits(3),
        "ci_low": digits(3), "ci_high": digits(3), "n": digits(0), "periods": digits(0),
    }  # fmt: skip
    caption = Text("Stickiness by layer, place and group", "各类流量、地区与组的粘性")
    told: list[Block] = [Bullets(items, "key")] if items else []
    return [Paragraph(text), *told, grid(table, known, cells, caption, folded=True)]


def _measure(value: object) -> Text:
    return _MEASURES.get(str(value), Text(str(value), str(value)))


def _whose(material: Material) -> Cell:
    return lambda v: material.place(str(v)) if isinstance(v, str) and v else Text("all", "总体")


def _change(table: StoredTable) -> Block:
    frame = need(table, "soft_links/border_change", ["layer", "period", "base", "coef", "se", "ci_low", "ci_high"])
    cells: dict[str, Cell] = {
        "layer": lambda v: layer_word(str(v)), "period": year, "base": year, "coef": digits(3, sign=True),
        "se": digits(3), "ci_low": digits(3), "ci_high": digits(3),
    }  # fmt: skip
    en, zh = "Change of borders since the first period (below zero: cheaper)", "边界效应较首期的变化（负值表示减弱）"
    return grid(table, frame, cells, Text(en, zh))


def _absent(parts: StoredTable) -> list[Block]:
    frame = need(parts, "soft_links/parts", ["part", "computed", "note_en", "note_zh"])
    lost = frame[~frame["computed"].astype(bool)]
    if lost.empty:
        return []
    items = tuple(
        say("Not computed: {p}; needed: {n}.", "未计算：{p}；需要：{n}。", p=_part(str(r["part"])),
            n=both(r["note_en"], r["note_zh"]))
        for _, r in lost.iterrows()
    )  # fmt: skip
    return [Bullets(items, "note")]


_PARTS = {
    "flows": Text("flows", "流量"), "persistence": Text("persistence of flows", "流量持续性"),
    "spillover": Text("spillover or siphon", "溢出与虹吸"), "shared services": Text("shared services", "公共服务共享"),
    "portability": Text("portability of rights", "权益可携带性"),
    "market segmentation": Text("market segmentation", "市场分割"), "gravity": Text("gravity", "引力方程"),
    "stickiness": Text("stickiness", "粘性"),
}  # fmt: skip


def _part(name: str) -> Text:
    head, _, layer = name.partition(": ")
    word = _PARTS.get(head, Text(head, head))
    return word + (Text(" (", "（") + layer_word(layer) + Text(")", "）") if layer else EMPTY)
