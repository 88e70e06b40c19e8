"""Inequality with its interval, overlap of groups, convergence and clusters of income."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from megaregion.core.convergence_clubs import REJECT
from megaregion.nodes.disparity_tables import NAMES
from megaregion.nodes.growth_of_neighbours import BETA, LAG
from megaregion.nodes.income_clubs import ALL
from megaregion.nodes.inequality import CLUSTERS, NONE
from megaregion.nodes.nested_theil import PLACES
from megaregion.plot.clubs import paths
from megaregion.plot.maps import BLUES, LOSSES, Classes, Panel, choropleth
from megaregion.plot.ranks import Words
from megaregion.report.blocks import Block, Drawing, Material, Paragraph, Trace, formulas, need, shown
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, digits, grid, places, year
from megaregion.report.text import EMPTY, Lang, Text, number, percent, raw, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_KINDS = {
    "sigma": Text("spread (σ), last over first", "离散度σ（期末/期初）"),
    "beta": Text("β, all places", "β收敛（全部）"), "beta inside groups": Text("β, inside groups", "β收敛（组内）"),
    "beta conditional": Text("β, given the controls", "β收敛（条件）"),
    BETA: Text("β, growth spilling over to neighbours", "β收敛（空间杜宾）"),
    LAG: Text("growth among neighbours (ρ)", "邻区增长的空间滞后（ρ）"),
}  # fmt: skip
_SHAPES = {
    "rich among rich": Text("rich among rich", "高—高"), "poor among poor": Text("poor among poor", "低—低"),
    "rich among poor": Text("rich among poor", "高—低"), "poor among rich": Text("poor among rich", "低—高"),
    NONE: Text("not distinguishable from chance", "与随机无异"),
}  # fmt: skip
_ORDER = (*CLUSTERS.values(), NONE)


def blocks(material: Material) -> list[Block]:
    """Measures, Dagum, convergence and the map of clusters; what has no rows is absent."""
    return [*_nested(material), *_measures(material), *_convergence(material), *_clubs(material), *_clusters(material)]


def _nested(material: Material) -> list[Block]:
    table = material.table("mechanisms", "theil_nested")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "mechanisms/theil_nested", ["year", "measure", "level", "value", "low", "high", "share"])
    last = frame[frame["year"] == frame["year"].max()]
    cells: dict[str, Cell] = {
        "measure": lambda v: raw(v), "level": lambda v: Text("places", "地区") if v == PLACES else raw(v),
        "value": digits(4), "low": digits(4), "high": digits(4), "share": lambda v: _share(v),
    }  # fmt: skip
    caption = Text("Theil's T and L level by level, last year", "泰尔指数T与L的逐级分解（最近一年）")
    return [grid(table, last, cells, caption, folded=True), Trace(("mechanisms/theil_nested",), formulas(table))]


def _share(value: object) -> Text:
    share = float(value)  # type: ignore[arg-type] # a number of the table
    return Text("–", "–") if share != share else Text(f"{100 * share:.0f} %", f"{100 * share:.0f}%")


def _measures(material: Material) -> list[Block]:
    table, split = material.table("mechanisms", "inequality"), material.table("mechanisms", "dagum")
    if table is None or table.frame.empty or split is None:
        return []
    frame = need(table, "mechanisms/inequality", ["year", "measure", "value", "low", "high", "n"])
    last = frame[frame["year"] == frame["year"].max()]
    cells: dict[str, Cell] = {"measure": _measure, "value": digits(3), "low": digits(3), "high": digits(3)}
    parts = need(split, "mechanisms/dagum", ["year", "gini", "within", "net_between", "transvariation"])
    now = parts[parts["year"] == parts["year"].max()].iloc[0]
    text = say(
        "The Gini coefficient between places was {g} in {y}: {w} of it inside of groups, {b} between them and {t} from "
        "their overlap (Dagum).",
        "{y}年地区间基尼系数为{g}：组内占{w}，组间净值占{b}，组间重叠（超变密度）占{t}（Dagum分解）。",
        g=number(float(now["gini"]), 3), y=f"{now['year']:.0f}",
        **{k: percent(100 * float(now[c] / now["gini"]), 0) for k, c in
           (("w", "within"), ("b", "net_between"), ("t", "transvariation"))},
    )  # fmt: skip
    every: dict[str, Cell] = {
        "year": year,
        **dict.fromkeys(["gini", "within", "net_between", "transvariation"], digits(3)),
    }
    return [
        Paragraph(text),
        grid(table, last, cells, Text("Measures of inequality, last year", "不平等指标（最近一年）"), folded=True),
        grid(split, parts, every, Text("Gini coefficient by year", "历年基尼系数分解"), folded=True),
        Trace(("mechanisms/inequality", "mechanisms/dagum", "mechanisms/dagum_pairs"), formulas(table)),
    ]  # fmt: skip


def _convergence(material: Material) -> list[Block]:
    table = material.table("mechanisms", "convergence")
    if table is None or table.frame.empty:
        return []
    columns = ["kind", "year_start", "year_end", "estimate", "low", "high", "p", "beta", "beta_low", "beta_high",
               "half_life"]  # fmt: skip
    frame = need(table, "mechanisms/convergence", columns)
    sigma = frame[frame["kind"] == "sigma"].iloc[0]
    text = say(
        "From {a} to {b} the spread of income per head between places went to {r} of what it was ({p}).",
        "{a}—{b}年，地区间人均收入离散度变为原来的{r}（{p}）。",
        a=f"{sigma['year_start']:.0f}", b=f"{sigma['year_end']:.0f}", r=percent(100 * float(sigma["estimate"]), 0),
        p=_p(float(sigma["p"])),
    )  # fmt: skip
    beta = frame[(frame["kind"] == "beta") & (frame["beta"] > 0)]
    if len(beta):
        row = beta.iloc[0]
        text = text + say(
            " Poorer places grew faster: {v} of a gap closes a year ({l} to {h}), half of it in {y} years; this can be "
            "return to the mean.",
            "较穷地区增长更快：差距每年缩小{v}（{l}至{h}），半衰期{y}年；其中可能含均值回归。",
            v=percent(float(row["beta"])), l=percent(float(row["beta_low"])), h=percent(float(row["beta_high"])),
            y=number(float(row["half_life"]), 0),
        )  # fmt: skip
    cells: dict[str, Cell] = {
        "kind": lambda v: _KINDS.get(str(v), raw(v)), "estimate": digits(3), "low": digits(3), "high": digits(3),
        "p": digits(4), "beta": digits(2), "beta_low": digits(2), "beta_high": digits(2), "half_life": digits(0),
    }  # fmt: skip
    return [Paragraph(text), grid(table, frame, cells, Text("Convergence", "收敛检验"), folded=True),
            *cautions(material, table, skip="values of .* are flagged"),
            Trace(("mechanisms/convergence",), formulas(table))]  # fmt: skip


def _clubs(material: Material) -> list[Block]:
    table, tests = material.table("mechanisms", "income_clubs"), material.table("mechanisms", "income_club_tests")
    if table is None or tests is None or tests.frame.empty:
        return []
    frame = need(table, "mechanisms/income_clubs", ["place_id", "club", "path_start", "path_end"])
    rows = need(tests, "mechanisms/income_club_tests", ["club", "year_start", "year_end", "n", "slope", "error", "t"])
    whole = rows[rows["club"] == ALL].iloc[0]
    apart = len(rows) - 1
    span = {"a": f"{whole['year_start']:.0f}", "b": f"{whole['year_end']:.0f}"}
    t = number(float(whole["t"]), 1)
    if REJECT < float(whole["t"]) <= -REJECT:  # the test does not reject, which shows nothing
        text = say(
            "From {a} to {b} the log t test does not reject that the paths of income per head of all places draw "
            "together, nor does it show that they do (slope {s}, t {t}{mark}; shown above t {c}).",
            "{a}—{b}年，log t检验未拒绝各地人均收入路径整体趋同，但也不能证实"
            "（斜率{s}，t={t}{mark}；t高于{c}方可证实）。",
            s=number(float(whole["slope"]), 2), t=t, c=number(-REJECT, 2), mark=shown(tests, "t", EMPTY), **span,
        )  # fmt: skip
    elif float(whole["t"]) > REJECT:
        text = say("From {a} to {b} the paths of income per head of all places draw together (log t test, t {t}"
                   "{mark}).", "{a}—{b}年，各地人均收入路径整体趋同（log t检验，t={t}{mark}）。", t=t,
                   mark=shown(tests, "t", EMPTY), **span)  # fmt: skip
    else:
        text = say("From {a} to {b} the paths of income per head do not draw together as a whole (log t test, t {t}"
                   "{mark}): places fall into {k} clubs; inside of each the test does not reject it.",
                   "{a}—{b}年，各地人均收入路径整体并不趋同（log t检验，t={t}{mark}），分为{k}个俱乐部，"
                   "各俱乐部内部未拒绝趋同。",
                   t=t, k=number(apart), mark=shown(tests, "t", EMPTY), **span)  # fmt: skip
    alone = int((frame["club"] == "none").sum())
    if alone:
        text = text + say(" {n} places belong to none.", "{n}个地区不属于任何俱乐部。", n=number(alone))
    cells: dict[str, Cell] = {"club": _club, "n": digits(0), "slope": digits(2), "error": digits(2), "t": digits(1)}
    members: dict[str, Cell] = {"place_id": places(material), "club": _club, "path_start": digits(3),
                                "path_end": digits(3)}  # fmt: skip
    ordered = frame.sort_values(["path_end", "place_id"], ascending=[False, True])
    out: list[Block] = [Paragraph(text)]
    if apart > 1:
        out.append(_club_figure(material, ordered, (whole["year_start"], whole["year_end"]), text))
    return [*out, grid(tests, rows, cells, Text("Log t tests", "log t检验"), folded=True),
            grid(table, ordered, members, Text("Clubs", "俱乐部成员"), folded=True),
            *cautions(material, tests, skip="values of .* are flagged"),
            Trace(("mechanisms/income_club_tests", "mechanisms/income_clubs"), formulas(tests, table))]  # fmt: skip


def _club(value: object) -> Text:
    name = str(value)
    if name in (ALL, "none"):
        return Text("all places", "全部地区") if name == ALL else Text("none", "无")
    return Text(f"club {name}", f"俱乐部{name}")


def _club_figure(material: Material, frame: pd.DataFrame, years: tuple[float, float], text: Text) -> Drawing:
    first, last = years

    def draw(language: Lang) -> Figure:
        names = [material.name(str(p), language) for p in frame["place_id"]]
        words = Words(
            x="", x2=Text("Log income per head over the mean of all places", "人均收入对数与全体均值之比").of(language),
            point=f"{first:.0f}", other=f"{last:.0f}", note=Text("Trends; modelled.", "趋势值（模型）。").of(language),
        )  # fmt: skip
        labels = [_club(c).of(language) for c in frame["club"]]
        return paths(frame.assign(name=names, label=labels), words)

    caption = Text(
        "Relative paths of income per head, first and last year, by club.", "各俱乐部人均收入相对路径（期初与期末）。"
    )
    return Drawing("income-clubs", draw, caption, text, modelled=True)


def _p(value: float) -> str:
    return "p < 0.001" if value < 1e-3 else f"p = {value:.3f}"


def _clusters(material: Material) -> list[Block]:
    whole, table = material.table("mechanisms", "income_clustering"), material.table("mechanisms", "income_clusters")
    if whole is None or whole.frame.empty or table is None or table.frame.empty:
        return []
    last = need(whole, "mechanisms/income_clustering", ["year", "moran", "p"]).sort_values("year").iloc[-1]
    frame = need(table, "mechanisms/income_clusters", ["place_id", "z", "lag", "q", "cluster"])
    count = frame["cluster"].value_counts()
    text = say(
        "Moran's I of income per head among neighbours was {i} in {y} ({p}); {a} places are rich among rich and {b} "
        "poor among poor beyond chance.",
        "{y}年相邻地区人均收入的莫兰指数为{i}（{p}）；显著的“高—高”地区{a}个，“低—低”地区{b}个。",
        i=number(float(last["moran"]), 2), y=f"{last['year']:.0f}", p=_p(float(last["p"])),
        a=number(int(count.get("rich among rich", 0))), b=number(int(count.get("poor among poor", 0))),
    )  # fmt: skip
    out: list[Block] = [Paragraph(text)]
    clear = frame[frame["cluster"] != NONE]
    if material.base is not None and len(clear):
        out.append(_map(material, frame, text))
    cells: dict[str, Cell] = {"place_id": places(material), "cluster": _shape, "z": digits(2), "lag": digits(2),
                              "q": digits(3)}  # fmt: skip
    if len(clear):
        out.append(grid(table, clear, cells, Text("Clusters beyond chance", "显著集聚的地区"), folded=True))
    names = ("mechanisms/income_clustering", "mechanisms/income_clusters")
    return [*out, *cautions(material, table, skip="values of .* are flagged"), Trace(names, formulas(table))]


def _shape(value: object) -> Text:
    return _SHAPES.get(str(value), raw(value))


def _measure(value: object) -> Text:
    return Text(*NAMES[str(value)]) if str(value) in NAMES else raw(value)


def _map(material: Material, frame: pd.DataFrame, text: Text) -> Drawing:
    base = material.base
    assert base is not None  # the caller has looked
    rank = {name: float(k) for k, name in enumerate(_ORDER)}
    value = frame.set_index(frame["place_id"].astype(str))["cluster"].map(rank).astype(float)

    def draw(language: Lang) -> Figure:
        words = tuple(_shape(name).of(language) for name in _ORDER)
        classes = Classes((0.5, 1.5, 2.5, 3.5), (BLUES[4], LOSSES[0], BLUES[1], LOSSES[2], "#f4f4f2"), words,
                          ("", "////", "....", "xxxx", ""))  # fmt: skip
        return choropleth(base, material.level, [Panel(value, classes)], names=material.unit_names(language, limit=60),
                          no_data=Text("no data", "无数据").of(language))  # fmt: skip

    return Drawing("income-clusters", draw, Text("Clusters of income per head.", "人均收入的局部集聚。"), text)
