"""Soft links: the business environment, with errors of the sample and ranks as intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.links.soft.business_environment_tables import COMPOSITE
from megaregion.plot.rank_bars import rank_bars
from megaregion.plot.ranks import Words
from megaregion.report.blocks import Block, Drawing, Material, Paragraph, Section, Trace, formulas, need
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, digits, figures, grid, places
from megaregion.report.text import Lang, Text, number, plain, raw, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS = ["item", "place_id", "answers", "mean", "se", "ci_low", "ci_high", "design_effect", "best", "worst",
            "best_alone", "worst_alone"]  # fmt: skip


def sections(material: Material) -> list[Section]:
    """One section where a survey is in the workspace, else none."""
    table = material.table("links", "business_environment")
    if table is None or table.frame.empty:
        return []
    title = Text("Soft links: the business environment", "经络（软）：营商环境")
    frame = need(table, "links/business_environment", _COLUMNS)
    named = places(material)
    cells: dict[str, Cell] = {
        "item": _item, "place_id": named, "answers": digits(0), **dict.fromkeys(_COLUMNS[3:7], figures(4)),
        "design_effect": digits(2), **dict.fromkeys(_COLUMNS[8:], digits(0)),
    }  # fmt: skip
    item = _main(frame)
    blocks: list[Block] = [
        Paragraph(_sentence(table, item), "key"),
        Paragraph(Text(
            "Places stand in the order of their ids. A rank is an interval: every rank in it is compatible with the "
            "answers, and no single one is given. Who refused to answer is not in these errors.",
            "各地按代码排列。位次以区间表示：区间内的任一位次都与作答相容，不给出单一位次。误差不含拒答的影响。",
        ), "note"),
        _figure(material, frame[frame["item"] == item], item),
        grid(table, frame, cells, Text("Every item and place", "全部题项与地区"), folded=True),
        *cautions(material, table),
        Trace(("links/business_environment",), formulas(table)),
    ]  # fmt: skip
    return [Section("business", title, tuple(blocks))]


def finding(material: Material) -> list[Text]:
    """How many pairs of places the survey can tell apart."""
    table = material.table("links", "business_environment")
    if table is None or table.frame.empty:
        return []
    return [_sentence(table, _main(need(table, "links/business_environment", _COLUMNS)))]


def _main(frame: pd.DataFrame) -> str:
    """The composite, or the only item."""
    return COMPOSITE if COMPOSITE in set(frame["item"]) else str(frame["item"].iloc[0])


def _item(value: object) -> Text:
    return Text("composite (0 to 100)", "综合（0—100）") if value == COMPOSITE else raw(value)


def _sentence(table: StoredTable, item: str) -> Text:
    facts = table.facts
    return say(
        "Business environment: {n} respondents in {p} places; of {k} pairs of places {a} can be told apart by the "
        "{item}, at {l} % for all at once.",
        "营商环境：{p}个地区、{n}份作答；按{item}，{k}对地区中有{a}对可以区分高低（全部同时，置信水平{l}%）。",
        n=number(int(facts["respondents"])), p=number(int(facts["places"])), k=number(int(facts["pairs"])),
        a=number(int(facts[f"pairs_told_apart: {item}"])), item=_item(item),
        l=number(100 * float(table.parameters["level"])),
    )  # fmt: skip


def _figure(material: Material, frame: pd.DataFrame, item: str) -> Drawing:
    known = frame.dropna(subset=["best"])
    known = known.assign(middle=known["best"] + known["worst"]).sort_values(["middle", "best", "place_id"])

    def draw(language: Lang) -> Figure:
        rows = known.assign(label=[material.name(str(p), language) for p in known["place_id"]])
        words = Words(
            x=Text("rank (1 is best)", "位次（1为最好）").of(language),
            interval=Text("all places at once", "全部地区同时").of(language),
            point=Text("this place alone", "仅就该地区").of(language),
            note=Text("Ranks not excluded by the survey.", "调查结果不能排除的位次。").of(language),
        )  # fmt: skip
        return rank_bars(rows, words)

    return Drawing(
        "business-ranks", draw,
        say("Ranks that the survey does not exclude: {i}.", "调查不能排除的位次：{i}。", i=Text(*(plain(t) for t in (
            _item(item).en, _item(item).zh)))),
        Text("Best and worst ranks are in the table below.", "最好与最差位次见下表。"), modelled=True,
    )  # fmt: skip
