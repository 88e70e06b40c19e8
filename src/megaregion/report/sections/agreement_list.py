"""The register of agreements: how many of which status, when, between whom, and what ties go with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.mechanisms.agreement_register_tables import STATUSES, column_of
from megaregion.plot.fonts import BLUE, ORANGE
from megaregion.plot.maps import Strokes, network
from megaregion.plot.ranks import Words
from megaregion.plot.timeline import timeline
from megaregion.report.blocks import Block, Drawing, Material, Paragraph, Trace, formulas, need, shown
from megaregion.report.remarks import cautions
from megaregion.report.sections.register import ALL, field
from megaregion.report.sections.tables import Cell, digits, grid, places, year, yes_no
from megaregion.report.text import EMPTY, Lang, Text, join, number, percent, plain, raw, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STATUS = {"announced": Text("announced", "已宣布"), "signed": Text("signed", "已签署"),
           "in-force": Text("in force", "执行中"), "ended": Text("ended", "已结束")}  # fmt: skip
_INSTRUMENT = {
    "statement": Text("statement", "宣言"), "plan": Text("plan", "规划方案"), "agreement": Text("agreement", "协议"),
    "joint-body": Text("joint body", "联席机构"), "shared-budget": Text("shared budget", "共同资金"),
    "law": Text("law", "法规"),
}  # fmt: skip
_PREDICTORS = {
    "ln_distance_km": Text("ln great-circle distance", "大圆距离对数"),
    "same_group": Text("same province or state", "同省（州）"),
    "gap_ln_population": Text("gap in ln population", "人口对数差"),
}
CLEAR = 0.05  # p below which a predictor is called more than chance
WEAK = 0.1  # share of the heaviest pair below which a line is grey: an agreement of twenty ties 190 pairs
_COUNTS = [column_of(s) for s in STATUSES]
_FIELDS = ["field", "agreements", *_COUNTS, "strength", "weight", "count_share", "weight_share"]
_YEARS = ["year", "agreements", *_COUNTS, "weight", "running"]
_TIES = ["place_a", "place_b", "across", "agreements", "in_force", "alone", "weight", "first", "last"]
_LIST = ["title", "parties", "field", "instrument", "status", "start", "end", "weight", "url"]
_DRIVERS = ["predictor", "coefficient", "standardized", "p", "correlation", "correlation_p"]


def blocks(material: Material) -> list[Block]:
    """Counts and weights, timeline, map, pairs, list, drivers; nothing where no agreement is listed."""
    table = material.table("mechanisms", "agreement_register")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "mechanisms/agreement_register", _FIELDS)
    share: Cell = lambda v: percent(100 * float(str(v)), 0)  # noqa: E731 - a cell
    cells: dict[str, Cell] = {
        "field": field, **dict.fromkeys(_FIELDS[1:6], digits(0)), "strength": digits(2), "weight": digits(2),
        "count_share": share, "weight_share": share,
    }  # fmt: skip
    out: list[Block] = [
        Paragraph(_sentence(table), "key"),
        Paragraph(Text(
            "The weight is the strength of the instrument (statement 1 to law 6) times what its status counts for; "
            "both are conventions, read them beside the counts.",
            "权重为形式强度（宣言1至法规6）乘以状态权重；两者均为约定，应与原始数量并列阅读。",
        ), "note"),
        grid(table, frame, cells, Text("Agreements by field", "分领域协议"), written=("count_share", "weight_share")),
    ]  # fmt: skip
    names = ["mechanisms/agreement_register"]
    years, ties = (material.table("mechanisms", f"agreement_{name}") for name in ("years", "ties"))
    if years is not None and len(years.frame):
        out.append(_timeline(need(years, "mechanisms/agreement_years", _YEARS).sort_values("year")))
        names.append("mechanisms/agreement_years")
    if ties is not None and len(ties.frame):
        rows = need(ties, "mechanisms/agreement_ties", _TIES)
        rows = rows.sort_values(["weight", "agreements", "place_a", "place_b"], ascending=[False, False, True, True])
        if material.base is not None:
            out.append(_map(material, rows))
        out.append(_pairs(material, ties, rows))
        names.append("mechanisms/agreement_ties")
    out += [*_listed(material), *_drivers(material)]
    return [*out, *cautions(material, table), Trace(tuple(names), formulas(table))]


def finding(material: Material) -> list[Text]:
    """How many agreements the register holds, and how many are in force."""
    table = material.table("mechanisms", "agreement_register")
    return [] if table is None or table.frame.empty else [_sentence(table)]


def _sentence(table: StoredTable) -> Text:
    frame = need(table, "mechanisms/agreement_register", _FIELDS)
    row = frame[frame["field"] == ALL].iloc[0]
    rest = frame[frame["field"] != ALL].sort_values(["agreements", "field"], ascending=[False, True])
    return say(
        "The register holds {n} agreements: {parts}. Most are on {f} ({k}); {s} of the weight{mark} is on it.",
        "登记表含{n}项协议：{parts}。最多的是{f}（{k}项），占权重的{s}{mark}。",
        n=number(int(row["agreements"])), f=field(rest["field"].iloc[0]), k=number(int(rest["agreements"].iloc[0])),
        parts=join([say("{k} {w}", "{w}{k}项", k=number(int(row[column_of(s)])), w=_STATUS[s])
                    for s in STATUSES if row[column_of(s)]]),
        s=percent(100 * float(rest["weight_share"].iloc[0]), 0), mark=shown(table, "weight_share", EMPTY),
    )  # fmt: skip


def _timeline(frame: pd.DataFrame) -> Drawing:
    def draw(language: Lang) -> Figure:
        words = Words(
            x=Text("year of the start", "起始年").of(language), x2=Text("agreements", "协议数").of(language),
            other=Text("started and not past their end", "已开始且未到期").of(language),
            note=Text("Those entered in the register; no census.", "仅含已登记者，并非普查。").of(language),
        )  # fmt: skip
        kinds = {column_of(s): _STATUS[s].of(language) for s in STATUSES}
        return timeline(frame, kinds, words)

    first, last = int(frame["year"].min()), int(frame["year"].max())
    return Drawing(
        "agreement-years", draw,
        say("Agreements by the year of their start and by status, {a} to {b}.", "按起始年与状态划分的协议，{a}—{b}年。",
            a=str(first), b=str(last)),
        Text("Counts are in the table of years of the results.", "数量见结果中的年份表。"),
    )  # fmt: skip


def _map(material: Material, rows: pd.DataFrame) -> Drawing:
    base = material.base
    assert base is not None  # the caller has looked
    spots = base.points
    known = rows[rows["place_a"].isin(spots.index) & rows["place_b"].isin(spots.index)].iloc[::-1]
    a, b = spots.loc[known["place_a"]], spots.loc[known["place_b"]]
    top = float(known["weight"].max()) if len(known) else 0.0
    share = known["weight"].to_numpy(float) / top if top > 0 else known["agreements"].to_numpy(float) * 0.0
    lines = pd.DataFrame({
        "x0": a["x"].to_numpy(), "y0": a["y"].to_numpy(), "x1": b["x"].to_numpy(), "y1": b["y"].to_numpy(),
        "width": np.where(share < WEAK, 0.35, 0.3 + 4.5 * share), "across": known["across"].to_numpy(bool),
    })  # fmt: skip
    weak = share < WEAK
    order = sorted(dict.fromkeys([*rows["place_a"], *rows["place_b"]]))

    def draw(language: Lang) -> Figure:
        kinds = [
            Strokes(lines[rows_of], label.of(language), colour, width) for rows_of, label, colour, width in (
                (weak, Text("below a tenth of the heaviest", "不足最重者的十分之一"), "#b9c0c9", 0.8),
                (~weak & ~lines["across"], Text("inside a province or state", "省（州）内"), BLUE, 2.0),
                (~weak & lines["across"], Text("across a border", "跨省（州）"), ORANGE, 2.0),
            )
        ]  # fmt: skip
        note = Text("Width: weight of the common agreements, a convention. What was found and entered, no census.",
                    "线宽：共同协议的权重（约定）。仅含已找到并登记者，并非普查。")  # fmt: skip
        names = {p: material.name(p, language) for p in order}
        return network(base, material.level, [k for k in kinds if len(k.frame)], names=names, note=note.of(language))

    return Drawing(
        "agreement-map", draw, Text("Pairs of places linked by agreements.", "由协议相连的城市对。"),
        Text("The pairs are in the table below.", "城市对见下表。"), modelled=True,
    )  # fmt: skip


def _pairs(material: Material, table: StoredTable, rows: pd.DataFrame) -> Block:
    named = places(material)
    cells: dict[str, Cell] = {
        "place_a": named, "place_b": named, "across": yes_no, "agreements": digits(0), "in_force": digits(0),
        "alone": digits(0), "weight": digits(2), "first": year, "last": year,
    }  # fmt: skip
    return grid(table, rows, cells, Text("Pairs by weight", "城市对及权重"), folded=True)


def _listed(material: Material) -> list[Block]:
    table = material.table("mechanisms", "agreement_list")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "mechanisms/agreement_list", _LIST).sort_values(["start", "title"])
    several: Cell = lambda v: join([material.place(p) for p in str(v).split(";")])  # noqa: E731 - a cell
    cells: dict[str, Cell] = {
        "title": raw, "parties": several, "field": field, "instrument": lambda v: _INSTRUMENT.get(str(v), raw(v)),
        "status": lambda v: _STATUS.get(str(v), raw(v)), "start": year, "end": year, "weight": digits(2), "url": _link,
    }  # fmt: skip
    return [grid(table, frame, cells, Text("Every agreement and its source", "全部协议及来源"), folded=True)]


def _link(value: object) -> Text:
    """An address that opens; other sources as they are written."""
    text = raw(value)
    if not plain(text.en).startswith(("http://", "https://")):
        return text
    host = plain(text.en).split("/")[2]
    return say('<a href="{u}" rel="noreferrer">{h}</a>', '<a href="{u}" rel="noreferrer">{h}</a>', u=text, h=host)


def _drivers(material: Material) -> list[Block]:
    table = material.table("mechanisms", "agreement_drivers")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "mechanisms/agreement_drivers", _DRIVERS)
    cells: dict[str, Cell] = {
        "predictor": lambda v: _PREDICTORS.get(str(v), raw(v)), **dict.fromkeys(_DRIVERS[1:], digits(3)),
    }  # fmt: skip
    return [
        Paragraph(_driven(table, frame), "key"),
        grid(table, frame, cells, Text("What ties go with (network regression)", "连边与哪些因素相关（网络回归）")),
        *cautions(material, table),
    ]


def _driven(table: StoredTable, frame: pd.DataFrame) -> Text:
    """Which way every predictor goes given the others, whether it did so alone, and how much stays unexplained."""
    parts = []
    for row in frame.to_dict("records"):
        up, clear = float(row["coefficient"]) > 0, float(row["p"]) <= CLEAR
        way = (Text("more with", "正向") if up else Text("fewer with", "负向")) if clear else Text(
            "not told from chance:", "与随机无异")  # fmt: skip
        turned = clear and up != (float(row["correlation"]) > 0)
        alone = say("; taken alone not so, p {q}", "；单独看则非如此，p={q}", q=number(float(row["correlation_p"]), 3))
        parts.append(say(
            "{way} {x} (p {p}{alone})", "{x}：{way}（p={p}{alone}）", way=way, alone=alone if turned else EMPTY,
            x=_PREDICTORS.get(str(row["predictor"]), raw(row["predictor"])), p=number(float(row["p"]), 3),
        ))  # fmt: skip
    facts = table.facts
    return say(
        "Agreements that a pair has in common, the other predictors held equal: {parts}{mark}. Together they account "
        "for {r} of the differences between {n} pairs; p over {m} orders of the places.",
        "城市对的共同协议与各因素的关系（其余因素相同时）：{parts}{mark}。各因素合计解释{n}对之间差异的{r}；"
        "p值取自{m}次地区重排。",
        parts=Text("; ".join(p.en for p in parts), "；".join(p.zh for p in parts)),
        mark=shown(table, "coefficient", EMPTY), r=percent(100 * float(facts["r_squared"]), 0),
        n=number(int(facts["dyads"])), m=number(int(facts["permutations"])),
    )  # fmt: skip
