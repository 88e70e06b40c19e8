"""Portability of social rights: how much goes along, by scheme and between groups of places, with what is unknown."""

from __future__ import annotations

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.report.blocks import Block, Material, Paragraph, Trace, formulas, need
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, digits, grid, places
from megaregion.report.text import Text, between, join, percent, raw, say

STEP = "programs"
_ROWS = ["view", "origin", "destination", "scheme", "index", "low", "high", "known"]
_SCHEMES = {
    "pension": Text("pension", "养老保险"), "medical": Text("medical", "医疗保险"),
    "unemployment": Text("unemployment", "失业保险"), "housing_fund": Text("housing fund", "住房公积金"),
    "points": Text("residence points", "积分落户"), "exams": Text("exams", "异地升学"),
    "": Text("all schemes stated", "全部已填险种"),
}  # fmt: skip


_LABELS = {"scheme": Text("Scheme", "险种")}
_UNKNOWN = Text("unknown", "未知")


def blocks(material: Material) -> list[Block]:
    """Sentence and tables by scheme and by pair of groups; nothing where no rights are stated."""
    table = material.table(STEP, "portability")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "programs/portability", _ROWS)
    cells: dict[str, Cell] = {"scheme": scheme, "index": _part, "low": _part, "high": _part, "known": _part,
                              "unknown_cells": digits(0)}  # fmt: skip
    title = Text("Portability of rights by scheme", "各险种的可携带指数")
    out: list[Block] = [
        Paragraph(_sentence(frame), "key"),
        grid(table, frame[frame["view"] == "all"], cells, title, labels=_LABELS),
    ]
    groups = frame[(frame["view"] == "groups") & (frame["scheme"].fillna("") == "")]
    if len(groups):
        name = places(material)
        cells = {"origin": name, "destination": name, "index": _part, "low": _part, "high": _part, "known": _part}
        title = Text("Portability between groups of places, all schemes", "各组地区之间的可携带指数（全部险种）")
        out.append(grid(table, groups, cells, title, folded=True))
    return [*out, *cautions(material, table), Trace((f"{STEP}/portability",), formulas(table))]


def sentences(material: Material) -> list[Text]:
    """Headline: the index with its bounds."""
    table: StoredTable | None = material.table(STEP, "portability")
    if table is None or table.frame.empty:
        return []
    return [_sentence(need(table, "programs/portability", _ROWS))]


def scheme(value: object) -> Text:
    """A scheme in words."""
    return _SCHEMES.get("" if value != value or value is None else str(value), raw(value))


def _part(value: object) -> Text:
    known = isinstance(value, (int, float)) and value == value
    return percent(100 * float(value), 0) if known else Text("–", "–")  # type: ignore[arg-type]


def _sentence(frame: pd.DataFrame) -> Text:
    whole = frame[frame["view"] == "all"]
    named = whole["scheme"].fillna("")
    first, each = whole[named == ""].iloc[0], whole[named != ""]
    said = [
        say("{s} {v}", "{s}{v}", s=scheme(r["scheme"]), v=_part(r["index"]) if float(r["known"]) > 0 else _UNKNOWN)
        for _, r in each.iterrows()
    ]
    text = say(
        "Of social rights {v} go along with people where it is known", "已知范围内，社会权益可随人转移的程度为{v}",
        v=_part(first["index"]),
    )  # fmt: skip
    if float(first["known"]) < 1:
        text += say(
            " ({k} of the weight; {r} if nothing or everything unknown were recognised)",
            "（占权重{k}；未知项全不认可或全认可时为{r}）", k=_part(first["known"]),
            r=between(_part(first["low"]), _part(first["high"])),
        )  # fmt: skip
    return text + say(": {list}.", "：{list}。", list=join(said))
