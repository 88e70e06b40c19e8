"""Hard links: door-to-door times and who can be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from megaregion.report.remarks import absent, cautions
from megaregion.report.sections.region import kind_word
from megaregion.report.sections.tables import digits, grid, places
from megaregion.report.text import EMPTY, MODELLED, Lang, Text, join, minutes, number, people, percent, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

REACH = (60, 120, 180)
NO_DATA = Text("no data", "无数据")
MODEL_NOTE = Text("Modelled, not measured.", "模型值，非实测。")


def section(material: Material) -> Section:
    """Times and reach."""
    title = Text("Hard links: travel times and reach", "经络（硬）：出行时间与可达性")
    times, reach = material.table("links", "times"), material.table("links", "reach")
    if times is None or reach is None:
        return Section("times", title, absent(material, "links", "of the travel times", "出行时间"), grey=True)
    frame = need(times, "links/times", ["origin", "destination", "rail_min", "road_min", "time_min", "by"])
    need(reach, "links/reach", ["place_id", *(f"people_{t}" for t in REACH)])
    blocks: list[Block] = [Paragraph(_how(material, times)), Paragraph(_spread(times, frame), "key")]
    if material.base is not None:
        blocks += [_median_map(material, times, frame), _reach_map(material, reach)]
    blocks += _tables(material, times, reach)
    blocks += [*cautions(material, times, reach), Trace(("links/times", "links/reach"), formulas(times, reach))]
    return Section("times", title, tuple(blocks))


def finding(material: Material) -> list[Text]:
    """Headlines of this room."""
    times, reach = material.table("links", "times"), material.table("links", "reach")
    if times is None or reach is None:
        return []
    frame = need(times, "links/times", ["rail_min", "time_min", "by"])
    best = reach.frame.sort_values(["people_120", "place_id"], ascending=[False, True])
    if best.empty or frame.empty:
        return []
    first, last = best.iloc[0], best.iloc[-1]
    road = 100.0 * float((frame["by"] == "road").mean())
    return [
        say(
            "Within two hours door to door {a} reaches {na}, {b} {nb}{mark}. Between two units the faster of rail "
            "and road "
            "takes {t} in the median; for {road} of the pairs that is the road.",
            "两小时门到门范围内，{a}可达{na}，{b}可达{nb}{mark}。单元之间取铁路与公路中较快者，中位时间为{t}；"
            "其中{road}的城市对公路更快。",
            a=material.place(str(first["place_id"])), na=people(first["people_120"]),
            b=material.place(str(last["place_id"])), nb=people(last["people_120"]),
            mark=shown(reach, "people_120", EMPTY), t=shown(times, "time_min",
                minutes(float(frame["time_min"].median()))),
            road=percent(road, 0),
        )
    ]  # fmt: skip


def _how(material: Material, times: StoredTable) -> Text:
    return say(
        "Minutes from the centre of one unit to the centre of another, in the timetable “{t}”: by rail with access, "
        "waiting, "
        "changes and egress; by road at a stated speed over the great circle with a detour factor. The faster of "
        "the two "
        "counts. Distances to a station are door-to-door, so that short trips by rail look slow.{mark}",
        "“{t}”时刻表下，从一个单元中心到另一单元中心的时间：铁路含到站、候车、换乘与离站；"
        "公路按给定速度与绕行系数折算大圆距离。"
        "取两者中较快者。因计入门到门接驳，短途铁路显得较慢。{mark}",
        t=str(material.cluster.attrs.get("timetable", "")), mark=MODELLED if is_modelled(times, "time_min") else EMPTY,
    )  # fmt: skip


def _spread(times: StoredTable, frame: pd.DataFrame) -> Text:
    rail = frame["rail_min"].dropna()
    lost = int(frame["rail_min"].isna().sum())
    text = say(
        "Median over {n} ordered pairs: {t} by the faster mode, {r} by rail where rail goes; the longest takes "
        "{x}{mark}.",
        "{n}个有向城市对的中位数：较快方式{t}，有铁路者铁路{r}；最长{x}{mark}。",
        n=number(len(frame)), t=minutes(float(frame["time_min"].median())), r=minutes(float(rail.median())),
        x=minutes(float(frame["time_min"].max())), mark=shown(times, "time_min", EMPTY),
    )  # fmt: skip
    if lost:
        text += say(" {k} pairs have no rail journey.", "{k}个城市对无铁路行程。", k=number(lost))
    return text


def _median_map(material: Material, times: StoredTable, frame: pd.DataFrame) -> Drawing:
    base = material.base
    assert base is not None  # the caller has looked
    middle = frame.groupby("origin", sort=True)["time_min"].median()
    middle.index = middle.index.astype(str)

    def draw(language: Lang) -> Figure:
        classes = sequential(steps(middle), lambda v: f"{v:,.0f}")
        return choropleth(
            base, material.level, [Panel(middle, classes)], names=material.unit_names(language, limit=60),
            no_data=NO_DATA.of(language),
            note=Text("Minutes, median to all other units. Modelled, not measured.",
                      "单位：分钟，到其余各单元的中位时间。模型值，非实测。").of(language),
        )  # fmt: skip

    low, high = str(middle.idxmin()), str(middle.idxmax())
    return Drawing(
        "time-map", draw,
        Text("Median minutes from each unit to all others, faster of rail and road.",
             "各单元到其余单元的中位时间（分钟），取铁路与公路中较快者。"),
        say("Shortest from {a}, longest from {b}.", "{a}最短，{b}最长。", a=material.place(low),
            b=material.place(high)),
        modelled=is_modelled(times, "time_min"),
    )  # fmt: skip


def _reach_map(material: Material, reach: StoredTable) -> Drawing:
    base = material.base
    assert base is not None  # the caller has looked
    frame = reach.frame.set_index(reach.frame["place_id"].astype(str))

    def draw(language: Lang) -> Figure:
        scale = 1e4 if language == "zh" else 1e6
        maps = []
        for limit in REACH:
            values = frame[f"people_{limit}"].astype(float) / scale
            form = (lambda v: f"{v:,.0f}") if language == "zh" else (lambda v: f"{v:,.4g}")
            title = Text(f"within {limit} min (million)", f"{limit}分钟内（万人）").of(language)
            maps.append(Panel(values, sequential(steps(values, 4), form), title))
        return choropleth(
            base, material.level, maps, names=material.unit_names(language, limit=14), no_data=NO_DATA.of(language),
            note=MODEL_NOTE.of(language), width=10.2,
        )  # fmt: skip

    detail = kind_word(str(material.cluster.attrs.get("detail", material.level)))
    return Drawing(
        "reach-map", draw,
        say("People reached within 60, 120 and 180 minutes, counted at the points of the level “{d}”; the "
            "classes differ "
            "from map to map.", "60、120、180分钟内可达人口，按{d}级点位计数；三幅图分级不同。", d=detail),
        Text("Three maps of people reached.", "三幅可达人口图。"),
        modelled=is_modelled(reach, "people_120"), wide=True,
    )  # fmt: skip


def _tables(material: Material, times: StoredTable, reach: StoredTable) -> list[Block]:
    cells = {"place_id": places(material)} | {
        f"{kind}_{t}": (lambda v: people(float(v))) for kind in ("people", "rail") for t in REACH
    }
    ordered = reach.frame.sort_values(["people_120", "place_id"], ascending=[False, True])
    blocks: list[Block] = [
        grid(reach, ordered, cells, Text("People within reach of each unit", "各单元可达人口"), folded=True)
    ]
    units = material.cluster.select(material.level)
    if "population" in units:
        top = list(units.sort_values("population", ascending=False, kind="stable").head(10).index.astype(str))
        frame = times.frame
        mine = frame[
            frame["origin"].isin(top) & frame["destination"].isin(top) & (frame["origin"] < frame["destination"])
        ]
        show = {"origin": places(material), "destination": places(material), "rail_min": digits(0),
            "road_min": digits(0),
                "time_min": digits(0), "transfers": digits(0), "great_circle_km": digits(0)}  # fmt: skip
        names = join([material.place(p) for p in top[:3]])
        blocks.append(
            grid(times, mine.sort_values(["origin", "destination"]), show,
                 say("Times between the ten largest units ({names} …); all: results/megaregion.xlsx or results/csv",
                     "人口最多的十个单元（{names}等）之间的时间；全部见 results/megaregion.xlsx，行多时见 results/csv",
                     names=names), folded=True)
        )  # fmt: skip
    return blocks
