"""Poverty of persons: lines that are shares of the median, and deprivations counted together."""

from __future__ import annotations

from megaregion.data.stored import StoredTable
from megaregion.report.blocks import Block, Material, Paragraph, Trace, formulas, need, shown
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, digits, figures, grid, places
from megaregion.report.text import EMPTY, Text, join, number, percent, raw, say

_LINES = ["year", "group", "line_share", "alpha", "line", "value", "low", "high", "records"]
_CURVES = ["place_id", "year", "group", "line_share", "chosen", "headcount", "headcount_low", "headcount_high", "gap",
           "gini"]  # fmt: skip
_COUNTED = ["year", "group", "headcount", "intensity", "m0", "people", "records"]


def blocks(material: Material) -> list[Block]:
    """Poverty from records, from brackets and by counting; nothing where no such table is given."""
    return [*_persons(material), *_brackets(material), *_counted(material)]


def finding(material: Material) -> list[Text]:
    """The headcount of all under each line."""
    table = material.table("mechanisms", "poverty")
    return [] if table is None or table.frame.empty else [_sentence(table)]


def _persons(material: Material) -> list[Block]:
    table = material.table("mechanisms", "poverty")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "mechanisms/poverty", _LINES)
    cells: dict[str, Cell] = {
        "year": digits(0), "group": _group, "line_share": _share, "line": figures(4), "value": _percent,
        "low": _percent, "high": _percent, "records": digits(0),
    }  # fmt: skip
    heads = frame[frame["alpha"] == 0]
    return [
        Paragraph(_sentence(table), "key"),
        grid(table, heads, cells, Text("Share of people below the line", "低于贫困线的人口比重")),
        grid(table, frame[frame["alpha"] > 0], {"alpha": digits(0), **cells},
             Text("Poverty gap and squared gap", "贫困深度与强度"), folded=True),
        *cautions(material, table), Trace(("mechanisms/poverty",), formulas(table)),
    ]  # fmt: skip


def _sentence(table: StoredTable) -> Text:
    frame = need(table, "mechanisms/poverty", _LINES)
    rows = frame[(frame["group"].fillna("") == "") & (frame["alpha"] == 0)]
    rows = rows[rows["year"] == rows["year"].max()].sort_values("line_share")
    each = join([
        say("{v} ({a} to {b}) at {s} of the median", "中位数{s}线下{v}（{a}至{b}）", v=percent(100 * r.value),
            a=percent(100 * r.low), b=percent(100 * r.high), s=percent(100 * r.line_share, 0))
        for r in rows.itertuples()
    ])  # fmt: skip
    return say(
        "Relative poverty of persons in {y}: {each}{mark}.", "{y}年个人相对贫困发生率：{each}{mark}。",
        y=f"{rows['year'].iloc[0]:.0f}", each=each, mark=shown(table, "value", EMPTY),
    )  # fmt: skip


def _brackets(material: Material) -> list[Block]:
    table = material.table("mechanisms", "poverty_lorenz")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "mechanisms/poverty_lorenz", _CURVES)
    facts = table.facts
    text = say(
        "Only income brackets are given for {n} distributions: poverty is read from a fitted Lorenz curve{mark}, valid "
        "for {k} of them; beside it stand the bounds that the brackets alone allow.",
        "{n}个分布仅有收入分组：贫困由拟合的洛伦兹曲线得出{mark}，其中{k}个有效；并列出仅凭分组可得的上下界。",
        n=number(int(facts["distributions"])), k=number(int(facts["with_valid_curve"])),
        mark=shown(table, "headcount", EMPTY),
    )  # fmt: skip
    cells: dict[str, Cell] = {
        "place_id": places(material), "year": digits(0), "group": _group, "line_share": _share, "headcount": _percent,
        "headcount_low": _percent, "headcount_high": _percent, "gap": _percent, "gini": digits(3),
    }  # fmt: skip
    return [
        Paragraph(text, "key"),
        grid(table, frame[frame["chosen"] == "yes"], cells, Text("Poverty from brackets", "分组数据的贫困")),
        *cautions(material, table), Trace(("mechanisms/poverty_lorenz",), formulas(table)),
    ]  # fmt: skip


def _counted(material: Material) -> list[Block]:
    table = material.table("mechanisms", "multidimensional")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "mechanisms/multidimensional", _COUNTED)
    whole = frame[(frame["group"].fillna("") == "")]
    last = whole.sort_values("year").iloc[-1]
    text = say(
        "Deprived in several dimensions at once in {y}: {h} of people, in {a} of the dimensions on average{mark} "
        "(M0 {m}).",
        "{y}年多维贫困人口占{h}，平均剥夺份额{a}{mark}（M0为{m}）。",
        y=f"{last['year']:.0f}", h=percent(100 * float(last["headcount"])), a=percent(100 * float(last["intensity"])),
        m=number(float(last["m0"]), 3), mark=shown(table, "headcount", EMPTY),
    )  # fmt: skip
    cells: dict[str, Cell] = {"year": digits(0), "group": _group, "headcount": _percent, "intensity": _percent,
                              "m0": digits(3), "records": digits(0)}  # fmt: skip
    return [
        Paragraph(text, "key"), grid(table, frame, cells, Text("Multidimensional poverty", "多维贫困")),
        *cautions(material, table),
        Trace(("mechanisms/multidimensional", "mechanisms/multidimensional_dimensions"), formulas(table)),
    ]  # fmt: skip


def _group(value: object) -> Text:
    return raw(value) if str(value or "") not in ("", "nan", "None") else Text("all", "全体")


def _share(value: object) -> Text:
    return percent(100 * float(str(value)), 0)


def _percent(value: object) -> Text:
    return percent(100 * float(str(value)))
