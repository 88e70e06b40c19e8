"""Hard links: what every unit can reach, how much the hour of departure matters, and how evenly it is shared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.maps import Panel, choropleth, sequential, steps
from megaregion.report.blocks import (
    Block,
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
from megaregion.report.remarks import cautions
from megaregion.report.sections.region import kind_word
from megaregion.report.sections.tables import Cell, digits, grid, places
from megaregion.report.text import EMPTY, Lang, Text, minutes, number, people, percent, raw, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NO_DATA = Text("no data", "无数据")
_DEPARTURES = {"middle": Text("middle", "一般"), "late": Text("unlucky (95th percentile)", "不利（第95百分位）"),
               "early": Text("lucky (5th percentile)", "有利（第5百分位）")}  # fmt: skip
_MEASURES = {"potential": Text("potential", "潜力"), "mean_min": Text("mean time", "平均时间"),
             "market_access": Text("market access", "市场接近度")}  # fmt: skip
_BREAKS = (0.5, 0.75, 1.0, 1.5)


def sections(material: Material) -> list[Section]:
    """One section where accessibility was computed, else none."""
    found, equity = material.table("links", "accessibility"), material.table("links", "accessibility_equity")
    if found is None or equity is None:
        return []
    frame = need(found, "links/accessibility", ["place_id", "potential", "market_access", "mean_min", "own_share"])
    need(equity, "links/accessibility_equity", ["measure", "departure", "gini", "palma", "theil", "poor_share"])
    blocks: list[Block] = [Paragraph(_how(material, found)), Paragraph(_sentence(material, found, equity), "key")]
    if material.base is not None:
        blocks.append(_map(material, found))
        if _scheduled(found):
            blocks.append(_departures(material, found))
        blocks.append(_poverty_map(material, found, equity))
    blocks += [_equity(equity), Paragraph(_own(material, frame)), _rows(material, found), *_timetable(material)]
    blocks += cautions(material, found, equity, material.table("links", "timetable"))
    tables = [t for t in (found, equity, material.table("links", "timetable")) if t is not None]
    names = ["links/accessibility", "links/accessibility_equity", "links/timetable"][: len(tables)]
    title = Text("Hard links: accessibility and its equity", "经络（硬）：可达性及其公平")
    return [Section("accessibility", title, (*blocks, Trace(tuple(names), formulas(*tables))))]


def finding(material: Material) -> list[Text]:
    """What the median resident reaches, and who has less than the line."""
    found, equity = material.table("links", "accessibility"), material.table("links", "accessibility_equity")
    return [] if found is None or equity is None else [_sentence(material, found, equity)]


def _scheduled(found: StoredTable) -> bool:
    return "potential_late" in found.frame.columns


def _limit(found: StoredTable) -> float:
    """The middle one of the limits."""
    limits = sorted(float(v) for v in found.parameters["limits_min"])
    return limits[len(limits) // 2]


def _measure(value: object) -> Text:
    name = str(value)
    if name.startswith("people_"):
        limit = name.removeprefix("people_")
        return Text(f"people within {limit} min", f"{limit}分钟可达人口")
    return _MEASURES.get(name, raw(name))


def _how(material: Material, found: StoredTable) -> Text:
    half, power = float(found.parameters["half_min"]), float(found.parameters["elasticity"])
    detail = kind_word(str(found.parameters.get("detail") or material.level))
    text = say(
        "Residents are counted at the points of the level “{d}”, own place included. Potential: a resident {h} away "
        "counts half, at twice that a quarter. Market access: residents over minutes to the power {e}; the mean "
        "resident has 100. Both numbers are stated assumptions.",
        "居民按{d}级点位计数，含本地。潜力：{h}处的居民计一半，两倍时间处计四分之一。"
        "市场接近度：居民数除以时间的{e}次方，居民平均为100。两个参数均为明示假设。",
        d=detail, h=minutes(half), e=number(power, 2),
    )  # fmt: skip
    if _scheduled(found):
        text += say(
            " Times are those of the {b}: the middle value is the median over the departures of each pair; lucky and "
            "unlucky departures are the 5th and 95th percentiles.",
            "时间取自时刻表（{z}）：一般值为各城市对在出发时段内的中位数，有利与不利出发为第5与第95百分位。",
            b=raw(found.parameters["basis"]), z=raw(_window_zh(str(found.parameters["basis"]))),
        )  # fmt: skip
    return text


def _window_zh(basis: str) -> str:
    return basis.removeprefix("timetable ").replace(", ready to leave ", "，出发时段").replace(" to ", "至")


def _sentence(material: Material, found: StoredTable, equity: StoredTable) -> Text:
    limit = _limit(found)
    name = f"people_{limit:g}"
    rows = equity.frame[equity.frame["measure"] == name].set_index("departure")
    middle = rows.loc[["middle"], ["median", "gini", "palma", "poor_share", "poor_units"]].iloc[0]
    row = {str(k): float(v) for k, v in middle.items()}
    share = 100.0 * float(equity.parameters["line_share"])
    text = say(
        "Within {t} the median resident reaches {n}{mark}. The Gini coefficient of that is {g}; the tenth with the "
        "most has {p} times what the four tenths with the least have together; {s} of all residents, in {k} units, "
        "reach less than {l} of the median (accessibility poverty).",
        "居民中位值在{t}内可达{n}{mark}；其基尼系数为{g}，最高十分之一居民之和为最低十分之四的{p}倍；"
        "{k}个单元中占{s}的居民低于中位值的{l}（可达性贫困）。",
        t=minutes(limit), n=people(row["median"]), mark=shown(found, name, EMPTY),
        g=number(row["gini"], 2), p=number(row["palma"], 2),
        s=percent(row["poor_share"], 1), k=number(int(row["poor_units"])),
        l=percent(share, 0),
    )  # fmt: skip
    if _scheduled(found):
        late, early = (people(float(v)) for v in rows["median"].reindex(["late", "early"]))
        text += say(" Leaving at a bad moment, the median resident reaches {a}; at a good one {b}.",
                    "出发时刻不利时居民中位值为{a}，有利时为{b}。", a=late, b=early)  # fmt: skip
    return text


def _by_place(found: StoredTable) -> pd.DataFrame:
    return found.frame.set_index(found.frame["place_id"].astype(str))


def _map(material: Material, found: StoredTable) -> Drawing:
    base, frame = material.base, _by_place(found)
    assert base is not None  # the caller has looked

    def draw(language: Lang) -> Figure:
        scale = 1e4 if language == "zh" else 1e6
        form = (lambda v: f"{v:,.0f}") if language == "zh" else (lambda v: f"{v:,.4g}")
        potential, mean = frame["potential"].astype(float) / scale, frame["mean_min"].astype(float)
        market = frame["market_access"].astype(float)
        maps = [
            Panel(potential, sequential(steps(potential, 4), form),
                  Text("potential (million)", "潜力（万人）").of(language)),
            Panel(market, sequential(steps(market, 4), lambda v: f"{v:,.0f}"),
                  Text("market access (mean = 100)", "市场接近度（平均=100）").of(language)),
            Panel(mean, sequential(steps(mean, 4), lambda v: f"{v:,.0f}"),
                  Text("mean time to all residents (min)", "到全部居民平均时间（分钟）").of(language)),
        ]  # fmt: skip
        return choropleth(base, material.level, maps, names=material.unit_names(language, limit=14),
                          no_data=NO_DATA.of(language), note=_note(language), width=10.2)  # fmt: skip

    high = str(frame["potential"].astype(float).idxmax())
    return Drawing(
        "accessibility-map", draw,
        Text("Potential, market access and mean time; the classes differ from map to map.",
             "潜力、市场接近度与平均时间；三幅图分级不同。"),
        say("The highest potential is that of {a}.", "潜力最高的是{a}。", a=material.place(high)),
        modelled=is_modelled(found, "potential"), wide=True,
    )  # fmt: skip


def _note(language: Lang) -> str:
    return Text("Modelled, not measured.", "模型值，非实测。").of(language)


def _departures(material: Material, found: StoredTable) -> Drawing:
    """How much the moment of departure changes: from unlucky to lucky, in percent of the middle."""
    base, frame = material.base, _by_place(found)
    assert base is not None  # the caller has looked
    spread = {m: 100.0 * (frame[f"{m}_early"] - frame[f"{m}_late"]).abs().astype(float) / frame[m].astype(float)
              for m in ("potential", "mean_min")}  # fmt: skip

    def draw(language: Lang) -> Figure:
        maps = [Panel(v, sequential(steps(v, 4), lambda x: f"{x:,.3g} %"), _measure(m).of(language))
                for m, v in spread.items()]  # fmt: skip
        return choropleth(base, material.level, maps, names=material.unit_names(language, limit=14),
                          no_data=NO_DATA.of(language), note=_note(language), width=8.2)  # fmt: skip

    most = spread["potential"]
    return Drawing(
        "departure-map", draw,
        Text("From an unlucky to a lucky departure: range in percent of the middle value.",
             "由不利到有利出发时刻的变化幅度（占一般值的百分比）。"),
        say("It matters most in {a} ({v}).", "影响最大的是{a}（{v}）。", a=material.place(str(most.idxmax())),
            v=percent(float(most.max()), 0)),
        modelled=is_modelled(found, "potential"), wide=True,
    )  # fmt: skip


def _poverty_map(material: Material, found: StoredTable, equity: StoredTable) -> Drawing:
    base, frame, limit = material.base, _by_place(found), _limit(found)
    assert base is not None  # the caller has looked
    name = f"people_{limit:g}"
    rows = equity.frame[(equity.frame["measure"] == name) & (equity.frame["departure"] == "middle")]
    median, line = float(rows["median"].iloc[0]), float(equity.parameters["line_share"])
    ratio = frame[name].astype(float) / median if median > 0 else frame[name].astype(float) * np.nan
    edges = tuple(sorted({line, *(b for b in _BREAKS if b > line)}))
    poor = ratio[ratio < line]

    def draw(language: Lang) -> Figure:
        classes = sequential(edges, lambda v: f"{100 * v:.0f} %")
        return choropleth(base, material.level, [Panel(ratio, classes)], names=material.unit_names(language, limit=40),
                          no_data=NO_DATA.of(language), note=_note(language))  # fmt: skip

    return Drawing(
        "accessibility-poverty-map", draw,
        say("People reached within {t}, in percent of the median resident's; below {l} is accessibility poverty.",
            "{t}内可达人口占居民中位值的百分比；低于{l}为可达性贫困。", t=minutes(limit), l=percent(100 * line, 0)),
        say("{n} units lie below the line.", "{n}个单元低于贫困线。", n=number(len(poor))),
        modelled=is_modelled(found, name),
    )  # fmt: skip


def _equity(equity: StoredTable) -> Block:
    cells: dict[str, Cell] = {
        "measure": _measure, "departure": lambda v: _DEPARTURES.get(str(v), raw(v)), "gini": digits(3),
        "palma": digits(2), "theil": digits(3), "poor_share": digits(1), "poor_gap": digits(1),
        "poor_severity": digits(1), "poor_units": digits(0),
    }  # fmt: skip
    return grid(equity, equity.frame, cells, Text("Equity among residents", "居民间的公平"))


def _own(material: Material, frame: pd.DataFrame) -> Text:
    share = frame["own_share"].astype(float)
    top = frame.iloc[int(share.to_numpy().argmax())]
    return say(
        "The own place makes {m} of the potential in the median and {h} in {a}: left out, large places would look "
        "remote.",
        "潜力中本地部分的中位比重为{m}，{a}高达{h}：若不计本地，大城市会显得偏远。",
        m=percent(float(share.median()), 0), h=percent(float(top["own_share"]), 0),
        a=material.place(str(top["place_id"])),
    )  # fmt: skip


def _rows(material: Material, found: StoredTable) -> Block:
    cells: dict[str, Cell] = {"place_id": places(material)}
    for column in found.columns[1:]:
        if column.unit == "person":
            cells[column.name] = lambda v: people(float(v))  # type: ignore[arg-type]
        else:
            cells[column.name] = digits(1 if column.unit == "percent" else 0)
    ordered = found.frame.sort_values(["potential", "place_id"], ascending=[False, True])
    return grid(found, ordered, cells, Text("Accessibility of each unit", "各单元可达性"), folded=True,
                written=tuple(c.name for c in found.columns if c.unit == "person"))  # fmt: skip


def _timetable(material: Material) -> list[Block]:
    """Pairs of the largest units by timetable, where the level of the destinations is that of the units."""
    table = material.table("links", "timetable")
    if table is None:
        return []
    columns = ["origin", "destination", "p05_min", "p50_min", "p95_min", "departures", "direct", "fastest_min",
               "fastest_transfers", "served_share"]  # fmt: skip
    frame = need(table, "links/timetable", columns)
    none = int((frame["served_share"] == 0).sum())
    blocks: list[Block] = [Paragraph(say(
        "By timetable {n} of {k} pairs have a journey; half of the departures of the median pair take at most {t}, "
        "95 % of them {u}.",
        "按时刻表，{k}个城市对中{n}个有行程；中位城市对一半的出发用时不超过{t}，95%不超过{u}。",
        n=number(len(frame) - none), k=number(len(frame)), t=minutes(float(frame["p50_min"].median())),
        u=minutes(float(frame["p95_min"].median())),
    ))]  # fmt: skip
    units = material.cluster.select(material.level)
    if "population" in units:
        top = set(units.sort_values("population", ascending=False, kind="stable").head(10).index.astype(str))
        mine = frame[frame["origin"].isin(top) & frame["destination"].isin(top)]
        cells: dict[str, Cell] = {"origin": places(material), "destination": places(material)}
        cells |= dict.fromkeys(columns[2:9], digits(0)) | {"served_share": digits(2)}
        if len(mine):
            blocks.append(grid(table, mine.sort_values(["origin", "destination"]), cells, Text(
                "Times by timetable between the largest units", "最大单元之间的时刻表用时"), folded=True))  # fmt: skip
    return blocks
