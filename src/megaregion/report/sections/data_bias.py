"""What the data cover, who is left out, and what the gaps do to a mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.coverage import coverage
from megaregion.plot.ranks import Words
from megaregion.report.blocks import Block, Drawing, Material, Paragraph, Section, Trace, formulas, need, shown
from megaregion.report.indicator_words import indicator_word
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, digits, figures, grid, year
from megaregion.report.text import EMPTY, Lang, Text, both, join, number, percent, plain, raw, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COVER = ["indicator", "kind", "year", "group", "places", "given", "share", "flagged", "interpolated",
          "former_borders"]  # fmt: skip
_SELECT = ["indicator", "kind", "year", "trait", "given", "missing", "difference", "chance", "p", "q"]
_MEAN = ["indicator", "year", "unit", "given", "missing", "mean_given", "mean", "se", "se_gaps", "lost"]
_TRAITS = {"size": Text("size", "人口规模"), "wealth": Text("income per head", "人均收入")}
CLEAR = 0.05
FEW = 5.0  # percent of the values of a year: fewer flags get no dot in the figure
SHOWN = 45  # indicators that are drawn; the table holds all


def sections(material: Material) -> list[Section]:
    """The section, where the step was run and has indicators."""
    table = material.table("nodes", "coverage")
    if table is None or table.frame.empty:
        return []
    title = Text("What the data cover", "数据覆盖与偏差")
    return [Section("coverage", title, (*_coverage(material, table), *_selection(material), *_means(material)))]


def finding(material: Material) -> list[Text]:
    """One sentence, if gaps are related to size or wealth."""
    table = material.table("nodes", "coverage_selection")
    if table is None or table.frame.empty:
        return []
    clear = _clear(need(table, "nodes/coverage_selection", _SELECT))
    return [_related(table, clear)] if len(clear) else []


def _clear(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["q"] <= CLEAR].sort_values(["q", "indicator", "trait"])


def _coverage(material: Material, table: StoredTable) -> list[Block]:
    frame = need(table, "nodes/coverage", _COVER)
    mine = frame[(frame["kind"] == material.level) & (frame["group"] == "all")]
    short = mine[mine["given"] < mine["places"]]
    text = say(
        "{n} indicators of the units of analysis, {y0} to {y1}. {s} have years in which some units lack a value{what}; "
        "{f} of all values are flagged (borders, revisions, filled in).",
        "分析单元共{n}项指标，{y0}—{y1}年。其中{s}项在某些年份有单元缺值{what}；全部数值中{f}带有标记（区划、口径或插补）。",
        n=number(mine["indicator"].nunique()), y0=f"{mine['year'].min():.0f}", y1=f"{mine['year'].max():.0f}",
        s=number(short["indicator"].nunique()), what=_worst(short),
        f=percent(float((mine["flagged"].fillna(0.0) * mine["given"]).sum() / max(float(mine["given"].sum()), 1.0)), 0),
    ) if len(mine) else Text("No indicator is given for the units of analysis.", "分析单元没有任何指标。")  # fmt: skip
    blocks: list[Block] = [Paragraph(text), *_former(mine)]
    if len(mine):
        blocks.append(_figure(mine, text))
    gaps = frame[(frame["given"] < frame["places"])]
    if len(gaps):
        cells: dict[str, Cell] = {
            "indicator": lambda v: indicator_word(str(v)), "kind": raw, "year": year,
            "group": lambda v: Text("all", "全部") if v == "all" else material.place(str(v)), "places": digits(0),
            "given": digits(0), "share": digits(1), "flagged": digits(0), "interpolated": digits(0),
            "former_borders": digits(0),
        }  # fmt: skip
        blocks.append(grid(table, gaps, cells, Text("Where values are missing", "缺值明细"), folded=True))
    return [*blocks, Trace(("nodes/coverage",), formulas(table))]


def _former(mine: pd.DataFrame) -> list[Block]:
    """What lies on former borders, where a crosswalk says so."""
    some = mine[mine["former_borders"] > 0]
    if some.empty:
        return []
    text = say(
        "By tables/crosswalk.csv borders were changed since: values of {n} indicators ({a} to {b}) are on former ones "
        "in up to {s} of the units. <code>megaregion harmonize</code> brings them to one border.",
        "据 tables/crosswalk.csv，此后有区划调整：{n}项指标（{a}—{b}年）的数值仍按旧区划，最多涉及{s}的单元。"
        "<code>megaregion harmonize</code> 可统一区划。",
        n=number(some["indicator"].nunique()), a=f"{some['year'].min():.0f}", b=f"{some['year'].max():.0f}",
        s=percent(float(some["former_borders"].max()), 0),
    )  # fmt: skip
    return [Paragraph(text, "note")]


def _worst(short: pd.DataFrame) -> Text:
    if short.empty:
        return EMPTY
    row = short.sort_values(["share", "indicator", "year"]).iloc[0]
    return say(
        " (least: {i} {y}, {g} of {p})", "（最少：{i}，{y}年，{p}个中有{g}个）",
        i=indicator_word(str(row["indicator"])), y=f"{row['year']:.0f}",
        g=number(float(row["given"])), p=number(float(row["places"])),
    )  # fmt: skip


def _figure(mine: pd.DataFrame, text: Text) -> Drawing:
    wide = mine.pivot(index="indicator", columns="year", values="share").sort_index()
    flagged = mine.pivot(index="indicator", columns="year", values="flagged").reindex_like(wide).fillna(0.0) > FEW
    order = wide.isna().sum(axis=1).sort_values(kind="stable").index[:SHOWN]
    wide, flagged = wide.loc[order], flagged.loc[order]

    def draw(language: Lang) -> Figure:
        names = [plain(indicator_word(str(i)).of(language)) for i in wide.index]
        words = Words(
            point=Text("all units", "全部单元").of(language),
            other=Text("some (size: share)", "部分（面积为比重）").of(language),
            interval=Text(f"over {FEW:.0f} % flagged", f"超过{FEW:.0f}%带标记").of(language),
            no_data=Text("nobody", "无").of(language),
        )  # fmt: skip
        return coverage(wide.set_axis(names), flagged.set_axis(names), words)

    caption = Text("Share of the units that have a value, by indicator and year.", "各指标各年有数值的单元比重。")
    return Drawing("coverage", draw, caption, text)


def _related(table: StoredTable, clear: pd.DataFrame) -> Text:
    named = clear.drop_duplicates(["indicator"]).head(5)
    parts = [
        say("{i} ({t}: {c} in 100, {m} missing)", "{i}（{t}：100次中{c}次，缺{m}个）",
            i=indicator_word(str(r["indicator"])), t=_TRAITS.get(str(r["trait"]), raw(r["trait"])),
            c=number(100.0 * float(r["chance"])), m=number(float(r["missing"])))
        for _, r in named.iterrows()
    ]  # fmt: skip
    return say(
        "Gaps are no accident in {k} indicators: {parts}; the number says how often a unit with a value is the larger "
        "or richer one (50 if gaps were chance){mark}.",
        "{k}项指标的缺值并非偶然：{parts}；数字表示有值单元更大或更富的次数（若缺值随机则为50）{mark}。",
        k=number(clear["indicator"].nunique()), parts=join(parts), mark=shown(table, "q", EMPTY),
    )  # fmt: skip


def _selection(material: Material) -> list[Block]:
    table = material.table("nodes", "coverage_selection")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "nodes/coverage_selection", _SELECT)
    clear = _clear(frame)
    text = _related(table, clear) if len(clear) else say(
        "In none of {n} indicators with gaps are the gaps clearly related to size or income per head.",
        "{n}项有缺值的指标中，缺值与规模或人均收入均无显著关联。", n=number(frame["indicator"].nunique()),
    )  # fmt: skip
    cells: dict[str, Cell] = {
        "indicator": lambda v: indicator_word(str(v)), "kind": raw, "year": year,
        "trait": lambda v: _TRAITS.get(str(v), raw(v)), "given": digits(0), "missing": digits(0),
        "difference": digits(2), "chance": digits(2), "p": digits(4), "q": digits(4),
    }  # fmt: skip
    return [
        Paragraph(text, "warning" if len(clear) else "plain"),
        grid(table, frame.sort_values(["q", "indicator", "trait"]), cells,
             Text("Are gaps related to size or wealth?", "缺值是否与规模或富裕程度有关？"), folded=True),
        *cautions(material, table, skip="gaps are related to"),
        Trace(("nodes/coverage_selection",), formulas(table)),
    ]  # fmt: skip


def _means(material: Material) -> list[Block]:
    table = material.table("nodes", "coverage_means")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "nodes/coverage_means", _MEAN)
    moved = ((frame["mean"] - frame["mean_given"]) / frame["mean_given"].abs()).abs()
    row = frame.iloc[int(moved.to_numpy(float).argmax())]
    shift = 100.0 * (float(row["mean"]) / float(row["mean_given"]) - 1.0)
    text = say(
        "With the gaps imputed {m} times from units alike in size, income and the indicator's own other years, the "
        "mean moves most for {i} ({y}): {s}{mark}.",
        "以规模、收入及该指标其他年份相近的单元做{m}次插补后，均值变动最大的是{i}（{y}年）：{s}{mark}。",
        m=str(table.parameters.get("draws", "–")), i=indicator_word(str(row["indicator"])), y=f"{row['year']:.0f}",
        s=percent(shift, 1, sign=True), mark=shown(table, "mean", EMPTY),
    )  # fmt: skip
    cells: dict[str, Cell] = {
        "indicator": lambda v: indicator_word(str(v)), "year": year, "unit": lambda v: both(v, v), "given": digits(0),
        "missing": digits(0), "mean_given": figures(4), "mean": figures(4), "se": figures(3), "low": figures(4),
        "high": figures(4), "se_gaps": figures(2), "lost": digits(2),
    }  # fmt: skip
    caption = Text("Means with the gaps imputed", "插补后的均值")
    return [Paragraph(text), grid(table, frame, cells, caption, folded=True),
            Trace(("nodes/coverage_means",), formulas(table))]  # fmt: skip
