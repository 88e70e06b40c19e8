"""Soft links: how far relative prices of goods move apart between neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.maps import Panel, choropleth, sequential, steps
from megaregion.report.blocks import Block, Drawing, Material, Paragraph, Section, Trace, formulas, need, shown
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, digits, figures, grid, places, year
from megaregion.report.text import EMPTY, Lang, Text, between, number, raw, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS = ["place", "period", "segmentation", "ci_low", "ci_high", "integration", "neighbours", "driver",
            "without_driver"]  # fmt: skip


def sections(material: Material) -> list[Section]:
    """One section where prices are stated, else none."""
    table = material.table("soft_links", "segmentation")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "soft_links/segmentation", _COLUMNS)
    last = frame[frame["period"] == frame["period"].max()]
    blocks: list[Block] = [Paragraph(_sentence(material, table, frame, last), "key")]
    if material.base is not None and len(last):
        blocks.append(_map(material, table, last))
    cells: dict[str, Cell] = {
        "place": places(material), "period": year, "segmentation": figures(3), "ci_low": figures(3),
        "ci_high": figures(3), "integration": figures(3), "neighbours": digits(0), "driver": raw,
        "without_driver": figures(3),
    }  # fmt: skip
    wide = material.table("soft_links", "price_border")
    if wide is not None and not wide.frame.empty:
        blocks.append(_border(wide))
    order = frame.sort_values(["period", "segmentation", "place"], ascending=[False, False, True])
    blocks.append(grid(table, order, cells, Text("Segmentation by place and period", "各地各期分割指数"), folded=True))
    sources = [table] if wide is None else [table, wide]
    for one in sources:
        blocks += cautions(material, one)
    traced = ("soft_links/segmentation",) if wide is None else ("soft_links/segmentation", "soft_links/price_border")
    blocks.append(Trace(traced, formulas(*sources)))
    title = Text("Soft links: market segmentation by relative prices", "经络（软）：市场分割（相对价格法）")
    return [Section("segmentation", title, tuple(blocks))]


def _sentence(material: Material, table: StoredTable, frame: pd.DataFrame, last: pd.DataFrame) -> Text:
    means = frame.groupby("period")["segmentation"].mean()
    worst = last.sort_values(["segmentation", "place"], ascending=[False, True]).iloc[0]
    whole = say(
        "Relative prices of {g} goods between neighbours: mean segmentation {a} in {p0}",
        "相邻地区间{g}种商品的相对价格：平均分割指数{p0}年为{a}",
        g=number(int(table.facts.get("goods", 0))), a=number(float(means.iloc[0]), 3), p0=raw(int(means.index[0])),
    )  # fmt: skip
    if len(means) > 1:  # a table of one year has no course
        whole += say(
            " and {b} in {p1}", "，{p1}年为{b}", b=number(float(means.iloc[-1]), 3), p1=raw(int(means.index[-1]))
        )
    return whole + say(
        "{mark} (variance of their changes times 100; 0 is one market). Highest in {p1}: {c} with {v} ({range}); "
        "without the good <i>{d}</i> it is {w}.",
        "{mark}（相对价格变动方差×100，0为统一市场）。{p1}年最高：{c}，{v}（{range}）；剔除商品“{d}”后为{w}。",
        p1=raw(int(means.index[-1])), c=material.place(str(worst["place"])), v=number(float(worst["segmentation"]), 3),
        range=between(number(float(worst["ci_low"]), 3), number(float(worst["ci_high"]), 3)),
        mark=shown(table, "segmentation", EMPTY), d=raw(worst["driver"]), w=number(float(worst["without_driver"]), 3),
    )  # fmt: skip


def _border(table: StoredTable) -> Paragraph:
    """What distance and a border add, in percent of the mean spread."""
    frame = need(table, "soft_links/price_border", ["good", "term", "coef", "ci_low", "ci_high"])
    rows = frame[frame["good"] == "all"].set_index("term")
    spread = float(table.facts["mean spread"])

    def percent(term: str, factor: float) -> dict[str, Text]:
        low, value, high = (
            number(100.0 * factor * float(rows[c].loc[term]) / spread, 1) for c in ("ci_low", "coef", "ci_high")
        )
        return {"v": value, "range": between(low, high)}

    text = say(
        "For all pairs the relative price of a good changes with a standard deviation of {s}{mark} on average; twice "
        "the distance adds {v} % to that ({range})",
        "全部地区对中，商品相对价格（对数）变动的平均标准差为{s}{mark}；距离加倍使其增加{v}%（{range}）",
        s=number(spread, 3), mark=shown(table, "coef", EMPTY), **percent("ln_distance", float(np.log(2.0))),
    )  # fmt: skip
    if "border" in rows.index:
        text += say(
            ", a border between groups {v} % ({range}): at equal distance, with effects of both places.",
            "，跨组（省）边界增加{v}%（{range}）：距离相同，并控制两地固定效应。", **percent("border", 1.0),
        )  # fmt: skip
    else:
        text += Text("; a border between groups cannot be told from the places.", "；组间边界无法与地区效应区分。")
    return Paragraph(text)


def _map(material: Material, table: StoredTable, last: pd.DataFrame) -> Drawing:
    base = material.base
    assert base is not None  # the caller has looked
    values = last.set_index(last["place"].astype(str))["segmentation"].astype(float)
    kinds = material.cluster.places["kind"].reindex(values.index).dropna()
    level = str(kinds.iloc[0]) if len(kinds) else material.level

    def draw(language: Lang) -> Figure:
        classes = sequential(steps(values), lambda v: f"{v:g}")
        return choropleth(
            base, level, [Panel(values, classes)], names=material.unit_names(language, limit=30),
            no_data=Text("no prices", "无价格数据").of(language),
        )  # fmt: skip

    period = raw(int(last["period"].iloc[0]))
    return Drawing(
        "segmentation", draw, say("Market segmentation in {p}.", "{p}年市场分割指数。", p=period),
        say("{n} places.", "{n}个地区。", n=number(len(values))), modelled=True,
    )  # fmt: skip
