"""Mechanisms: inequality among cities over time, and where people are lost between town and country."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.changes import theil
from megaregion.plot.maps import Panel, choropleth, diverging
from megaregion.plot.ranks import Words
from megaregion.report.blocks import (
    Block,
    Drawing,
    Material,
    Paragraph,
    Section,
    Trace,
    formulas,
    need,
    shown,
)
from megaregion.report.remarks import absent, cautions
from megaregion.report.sections import disparity
from megaregion.report.sections.tables import digits, grid, places
from megaregion.report.text import EMPTY, Lang, Text, both, join, number, people, percent, raw, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_CHANGE = ["place_id", "group", "population_start", "population_end", "change", "change_percent"]
FLAGS = {
    "border-break": Text("borders moved", "行政区划调整"),
    "revision-break": Text("revised series", "口径修订"),
    "check-border": Text("check border", "需核对边界"), "interpolated": Text("interpolated", "插值"),
    "modelled": Text("modelled", "模型值"),
}  # fmt: skip


def section(material: Material) -> Section:
    """Theil over years and population change."""
    title = Text("Mechanisms: disparity and urban–rural change", "心经：区域差距与城乡变化")
    if "mechanisms" not in material.results:
        return Section("mechanisms", title, absent(material, "mechanisms", "of the mechanisms", "机制"), grey=True)
    return Section("mechanisms", title, (*_theil(material), *disparity.blocks(material), *_change(material)))


def finding(material: Material) -> list[Text]:
    """Headlines of this room."""
    out = []
    table = material.table("mechanisms", "theil")
    if table is not None and len(table.frame):
        frame = need(table, "mechanisms/theil", ["year", "total", "between", "within", "between_share"])
        out.append(_theil_sentence(material, table, _last(material, frame)))
    change = material.table("mechanisms", "population_change")
    if change is not None and len(change.frame):
        out.append(_change_sentence(material, change))
    return out


def _last(material: Material, frame: pd.DataFrame) -> pd.Series:
    """The base year if it is there, else the last year."""
    base = frame[frame["year"] == int(material.cluster.attrs["base_year"])]
    return base.iloc[0] if len(base) else frame.sort_values("year").iloc[-1]


def _nothing(material: Material, table: StoredTable, text: Text) -> list[Block]:
    """What stands where a step ran and found nothing to compute with; the warnings say why."""
    return [Paragraph(text, "missing"), *cautions(material, table)]


def _share(value: float, table: StoredTable) -> float:
    """Percent, whichever of share and percent the column is in."""
    unit = next((c.unit for c in table.columns if c.name == "between_share"), "")
    return float(value) if unit == "percent" else 100.0 * float(value)


def _theil_sentence(material: Material, table: StoredTable, row: pd.Series) -> Text:
    return say(
        "Inequality of income per head among the units (Theil, weighted by people) was {t} in {y}; {s} of it lay "
        "between the "
        "groups{mark}.",
        "{y}年单元间人均收入差距（人口加权泰尔指数）为{t}，其中{s}来自组（省）际差距{mark}。",
        t=number(row["total"], 4), y=str(int(row["year"])), s=percent(_share(row["between_share"], table), 0),
        mark=shown(table, "total", EMPTY),
    )  # fmt: skip


def _flagged(frame: pd.DataFrame) -> pd.Series:
    if "flag" not in frame:
        return pd.Series(False, index=frame.index)
    return frame["flag"].notna() & (frame["flag"].astype(str).str.strip() != "")


def _flag_sentence(frame: pd.DataFrame, weak: pd.Series) -> Text:
    marks = sorted({part.strip() for text in frame.loc[weak, "flag"].astype(str) for part in text.split(";")})
    out = say(
        "Hatched years are flagged ({k} of {n}): {marks}.", "带斜线的年份有标记（{n}年中的{k}年）：{marks}。",
        k=number(int(weak.sum())), n=number(len(frame)), marks=join([FLAGS.get(m, both(m, m)) for m in marks]),
    )  # fmt: skip
    if any("break" in m for m in marks):
        out += Text(
            " Their figures follow the borders and definitions of their own year: what looks like change across "
            "them is "
            "partly a change of borders.",
            "其数据按当年区划与口径统计，跨越这些年份的变化部分源于区划或口径调整。",
        )
    return out


def _theil(material: Material) -> list[Block]:
    table = material.table("mechanisms", "theil")
    if table is None:
        return list(absent(material, "mechanisms/theil", "of the Theil decomposition", "泰尔指数分解"))
    if table.frame.empty:
        return _nothing(
            material, table, Text("No disparity could be computed from these tables.", "现有数据无法计算差距。")
        )
    frame = need(table, "mechanisms/theil", ["year", "total", "between", "within", "between_share", "n"]).sort_values(
        "year"
    )
    weak = _flagged(frame)
    blocks: list[Block] = [Paragraph(_theil_sentence(material, table, _last(material, frame)), "key")]
    if weak.any():
        blocks.append(Paragraph(_flag_sentence(frame, weak), "warning"))
    rows = frame.assign(flagged=weak)[["year", "between", "within", "total", "flagged"]]

    def draw(language: Lang) -> Figure:
        words = Words(
            x2=Text("Theil index", "泰尔指数").of(language), point=Text("within groups", "组内").of(language),
            other=Text("between groups", "组间").of(language), no_data=Text("flagged year",
                "有标记的年份").of(language),
        )  # fmt: skip
        return theil(rows, words)

    blocks.append(Drawing(
        "theil", draw, Text("Theil index of income per head by year, between and within the groups.",
                            "历年人均收入泰尔指数：组间与组内。"),
        say("{n} years.", "共{n}年。", n=number(len(frame)))))  # fmt: skip
    cells = {"year": raw, "total": digits(4), "between": digits(4),
             "within": digits(4), "between_share": digits(3), "n": digits(0), "flag": _flag}  # fmt: skip
    blocks.append(grid(table, frame, cells, Text("All years", "历年数值"), folded=True))
    return [*blocks, *cautions(material, table), Trace(("mechanisms/theil",), formulas(table))]


def _flag(value: object) -> Text:
    if value is None or value != value or not str(value).strip():
        return EMPTY
    return join([FLAGS.get(part.strip(), both(part, part)) for part in str(value).split(";")])


def _years(table: StoredTable) -> tuple[str, str]:
    p = table.parameters
    start = p.get("year_start", p.get("start_year", p.get("start", "")))
    end = p.get("year_end", p.get("end_year", p.get("end", "")))
    if start == "" and isinstance(p.get("years"), (list, tuple)) and len(p["years"]) == 2:
        start, end = p["years"]
    return str(start), str(end)


def _doubtful(frame: pd.DataFrame) -> pd.Series:
    return frame["flag"].astype(str).str.contains("check-border") if "flag" in frame else pd.Series(False, frame.index)


def _losers(frame: pd.DataFrame) -> tuple[int, int, int]:
    """Units, losing units, losing units whose urban population grew (-1 if unknown)."""
    losing = frame[frame["change"] < 0]
    known = {"urban_share_start", "urban_share_end"} <= set(frame.columns)
    grown = -1
    if known and losing["urban_share_start"].notna().any():
        before = losing["urban_share_start"] * losing["population_start"]
        after = losing["urban_share_end"] * losing["population_end"]
        grown = int((after > before).sum())
    return len(frame), len(losing), grown


def _change_sentence(material: Material, table: StoredTable) -> Text:
    frame = need(table, "mechanisms/population_change", _CHANGE)
    n, lost, grown = _losers(frame)
    start, end = _years(table)
    text = say(
        "From {a} to {b}, {k} of {n} units with comparable borders lost people ({loss} together), while the whole "
        "grew by {sum}",
        "{a}至{b}年，{n}个可比单元中有{k}个人口减少（合计{loss}），总体变化{sum}",
        a=start, b=end, k=number(lost), n=number(n), loss=people(float(frame.loc[frame["change"] < 0, "change"].sum())),
        sum=people(float(frame["change"].sum()), sign=True),
    )  # fmt: skip
    if grown >= 0 and lost:
        text += say(
            "; in {g} of the {k} losing units the urban population still grew",
            "；在{k}个减少的单元中，有{g}个城镇人口仍在增长", g=number(grown), k=number(lost),
        )  # fmt: skip
    county = dict(table.facts.get("by_scope", {})).get("县")
    if isinstance(county, dict) and county.get("losing"):
        text += say(
            "; among the {n} of them that are counties {k} lost people", "；其中{n}个县级单元有{k}个人口减少",
            n=number(county["units"]), k=number(county["losing"]),
        )  # fmt: skip
        if county.get("losing_urban_grew") is not None:
            text += say(
                ", and in {g} of these towns grew", "，而其中{g}个城镇人口增长", g=number(county["losing_urban_grew"])
            )
    return text + shown(table, "change", EMPTY) + Text(".", "。")


def _change(material: Material) -> list[Block]:
    table = material.table("mechanisms", "population_change")
    if table is None:
        return list(absent(material, "mechanisms/population_change", "of the population change", "人口变化"))
    if table.frame.empty:
        text = Text("No change of population could be computed from these tables.", "现有数据无法计算人口变化。")
        return _nothing(material, table, text)
    frame = need(table, "mechanisms/population_change", _CHANGE)
    blocks: list[Block] = [Paragraph(_change_sentence(material, table), "key")]
    _, lost, grown = _losers(frame)
    if grown > lost / 2:
        blocks.append(Paragraph(Text(
            "Read the map with this: where the whole loses people but towns grow, the countryside moves to town and "
            "away; "
            "it is not the decay of the town. There is no income or poverty in these figures: these are belts of "
            "falling "
            "population, not of poverty.",
            "读图须知：总人口减少而城镇人口增长，说明乡村人口进城或外流，并非城镇衰败。数据中没有收入或贫困信息，"
            "图中所示是人口减少地带，而不是贫困地带。",
        ), "note"))  # fmt: skip
    doubtful = frame[_doubtful(frame)]
    if len(doubtful):
        worst = doubtful.sort_values(["change_percent", "place_id"]).head(8)
        names = join([material.place(str(p)) for p in worst["place_id"]]) + Text(" and others", "等")
        blocks.append(Paragraph(say(
            "{k} units change so much that a border may have moved instead of people (“check border”): {names}. "
            "They are counted "
            "above; check before quoting one as growing or shrinking.",
            "{k}个单元变化幅度很大，可能是区划调整而非人口移动（“需核对边界”）：{names}。上文计数包含它们，"
            "引用前请先核对。",
            k=number(len(doubtful)), names=names), "warning"))  # fmt: skip
    if material.base is not None:
        blocks.append(_change_map(material, table, frame))
    return [*blocks, *_change_tables(material, table, frame)]


def _change_map(material: Material, table: StoredTable, frame: pd.DataFrame) -> Drawing:
    base = material.base
    assert base is not None  # the caller has looked
    values = frame.set_index(frame["place_id"].astype(str))["change_percent"].astype(float)
    kinds = material.cluster.places["kind"].reindex(values.index).dropna()
    level = str(kinds.iloc[0]) if len(kinds) else material.level
    start, end = _years(table)

    def draw(language: Lang) -> Figure:
        classes = diverging((-10.0, -5.0), (5.0, 10.0, 20.0), lambda v: f"{v:g}".replace("-", "−"))
        note = Text(f"Percent, {start}–{end}; hatched: fewer people.", f"单位：%，{start}—{end}年；斜线表示人口减少。")
        return choropleth(
            base, level, [Panel(values, classes)], names=material.unit_names(language, limit=60),
            no_data=Text("no data", "无数据").of(language), note=note.of(language),
        )  # fmt: skip

    return Drawing(
        "population-change", draw,
        say("Change of population {a}–{b} in {n} units with comparable borders, percent.",
            "{a}—{b}年{n}个可比单元的人口变化（%）。", a=start, b=end, n=number(len(frame))),
        say("{k} of {n} units lose people.", "{n}个单元中{k}个人口减少。", n=number(len(frame)),
            k=number(int((frame["change"] < 0).sum()))),
    )  # fmt: skip


def _change_tables(material: Material, table: StoredTable, frame: pd.DataFrame) -> list[Block]:
    named = places(material)
    blocks: list[Block] = []
    sums = material.table("mechanisms", "population_change_groups")
    if sums is not None and len(sums.frame):
        cells = {"group": named, "units": digits(0), "losing": digits(0), "change": lambda v: people(float(v),
            sign=True),
                 "change_percent": digits(1, sign=True), "median_change_percent": digits(1, sign=True)}  # fmt: skip
        blocks.append(grid(sums, sums.frame, cells, Text("By group", "按组（省）汇总")))
    show = {"place_id": named, "parent": named, "population_start": digits(0), "population_end": digits(0),
            "change_percent": digits(1, sign=True), "urban_share_start": digits(3), "urban_share_end": digits(3),
            "flag": _flag}  # fmt: skip
    ordered = frame.sort_values(["change_percent", "place_id"])
    blocks.append(
        grid(table, ordered, show, Text("All units, largest loss first", "全部单元（按降幅排序）"), folded=True)
    )
    names = ("mechanisms/population_change", "mechanisms/population_change_groups")
    return [
        *blocks,
        *cautions(material, table, skip=r"\d+ units change by more"),
        Trace(names[: 1 + (sums is not None)], formulas(table)),
    ]
