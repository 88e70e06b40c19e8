"""What breaks when a line, a station, a link or a place fails; and where rail and road only work together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.fonts import BLUE, ORANGE, SOFT
from megaregion.plot.maps import Strokes, network
from megaregion.report.blocks import Block, Drawing, Material, Paragraph, Section, Trace, formulas, need, shown
from megaregion.report.figures import project, segments
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, digits, figures, grid
from megaregion.report.text import EMPTY, Lang, Text, both, number, percent, raw, say, significant, weight

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STEP = "layers"
_FIRST = 8
_HARDLY = 0.01
_SINGLE = ["rank", "rank_trains", "kind", "element", "from_stop", "to_stop", "trains", "unserved_percent",
           "extra_hours"]  # fmt: skip
_LABELS = {"trains": Text("Trains", "列车数"), "extra_hours": Text("More time of all", "额外时间"),
           "rank": Text("Rank", "排名")}  # fmt: skip
_HOW = {
    "by chance": Text("by chance", "随机失效"), "busiest first": Text("busiest first", "最繁忙者先失效"),
    "worst alone first": Text("worst alone first", "单独影响最大者先失效"),
    "most demand first": Text("most demand first", "需求最大者先失效"),
}  # fmt: skip
_WHAT = {"segment": Text("lines", "区间"), "station": Text("stations", "车站"), "hazard": Text("hazard", "灾害"),
         "rail": Text("rail links", "铁路联系"), "road": Text("road links", "公路联系"),
         "all layers": Text("links of both", "两层联系"), "places": Text("places", "城市")}  # fmt: skip


def sections(material: Material) -> list[Section]:
    """One section where rail of the workspace could fail, else none."""
    singles = material.table(STEP, "rail_singles")
    if singles is None or singles.frame.empty:
        return []
    frame = need(singles, "layers/rail_singles", _SINGLE)
    curves, ways, both_fail = (material.table(STEP, n) for n in ("rail_failures", "layered_times", "layer_failures"))
    blocks: list[Block] = [Paragraph(text, "key") for text in _sentences(material)]
    if not _hardly(singles):
        blocks.append(Paragraph(_why(singles)))
    if (drawing := _map(material, frame, singles)) is not None:
        blocks.append(drawing)
    stop = _stops(material)
    cells: dict[str, Cell] = {"rank": digits(0), "from_stop": stop, "to_stop": stop, "trains": digits(0),
                              "rank_trains": digits(0), "unserved_percent": digits(2),
                              "extra_hours": figures(3)}  # fmt: skip
    titles = {"segment": Text("Lines that cost most when they alone fail", "单独失效影响最大的区间"),
              "station": Text("Stations that cost most when they alone close", "单独关闭影响最大的车站")}  # fmt: skip
    for kind, title in titles.items():
        some = frame[frame["kind"] == kind].head(_FIRST)
        if some.empty:
            continue
        kept = {n: c for n, c in cells.items() if n != "to_stop" or kind == "segment"}
        blocks.append(grid(singles, some, kept, title, folded=kind == "station", labels=_LABELS))
    for table, what in ((curves, "kind"), (both_fail, "layer")):
        if table is not None:
            blocks.append(_last(table, what))
    there = [t for t in (singles, curves, ways, both_fail) if t is not None]
    names = tuple(f"{STEP}/{n}" for n in ("rail_singles", "rail_failures", "layered_times", "layer_failures")
                  if material.table(STEP, n) is not None)  # fmt: skip
    blocks += [*cautions(material, *there), Trace(names, formulas(*there))]
    return [
        Section("failures", Text("Hard links: what breaks when a part fails", "硬经络：局部失效的后果"), tuple(blocks))
    ]


def finding(material: Material) -> list[Text]:
    """The line that costs most, and what rail and road give each other."""
    singles = material.table(STEP, "rail_singles")
    if singles is None or singles.frame.empty:
        return []
    return _sentences(material)[_hardly(singles) :]


def _sentences(material: Material) -> list[Text]:
    singles, ways = material.table(STEP, "rail_singles"), material.table(STEP, "layered_times")
    assert singles is not None
    out: list[Text] = []
    stop = _stops(material)
    hours = next(c.unit for c in singles.columns if c.name == "extra_hours")
    if _hardly(singles):
        out.append(say(
            "By the faster of rail and road hardly anybody would go by rail here ({s} of the demand): lines and "
            "stations that fail cost next to nothing, and their order follows the hours by rail alone{mark}.",
            "按铁路与公路取快，此处几乎无人乘铁路（占需求{s}）：区间与车站失效几乎没有损失，排名依仅乘铁路的时间损失{mark}。",
            s=percent(100 * float(singles.facts["demand_faster_by_rail"]), 2),
            mark=shown(singles, "extra_hours", EMPTY),
        ))  # fmt: skip
    for kind in ("segment", "station"):
        part = singles.frame[singles.frame["kind"] == kind].sort_values("rank")
        if part.empty or out:
            continue
        first = part.iloc[0]
        name = stop(first["from_stop"])
        if kind == "segment":
            name = say("{a}–{b}", "{a}—{b}", a=name, b=stop(first["to_stop"]))
        what = Text("rail line", "铁路区间") if kind == "segment" else Text("station", "车站")
        out.append(say(
            "The {w} whose failure costs most is {a}: {h} {u} more by the faster of rail and road; by number of "
            "trains it is number {r} of {n}{mark}.",
            "失效代价最大的{w}为{a}：按铁路与公路取快计，多耗{h}{u}；按列车数它排第{r}（共{n}）{mark}。",
            w=what, a=name, h=significant(float(first["extra_hours"])), u=_hours(hours),
            r=number(int(first["rank_trains"])), n=number(len(part)), mark=shown(singles, "extra_hours", EMPTY),
        ))  # fmt: skip
    if ways is not None and ways.facts.get("interdependence") is not None:
        out.append(say(
            "{s} of pairs of places are faster by rail and road together, changing at a centre on the way, than by "
            "either alone{mark}.",
            "{s}的城市对在途中城市换乘、铁路与公路联运比单用其一更快{mark}。",
            s=percent(100 * float(ways.facts["interdependence"])), mark=shown(ways, "through_min", EMPTY),
        ))  # fmt: skip
    return out


def _hardly(singles: StoredTable) -> bool:
    """Whether rail is the faster way for less than a hundredth of the demand: then no failure is worth a headline."""
    share = singles.facts.get("demand_faster_by_rail")
    return share is not None and float(share) < _HARDLY


def _hours(name: str) -> Text:
    if name == "person h":
        return Text("person hours", "人小时")
    return Text("hours (weighted by ", "小时（权重为") + weight(name.removesuffix(" x h")) + Text(")", "）")


def _why(singles: StoredTable) -> Text:
    found = singles.facts.get("rank_correlation_segment", singles.facts.get("rank_correlation_station"))
    tell = number(float(found), 2) if found is not None else Text("–", "–")
    return say(
        "Each line and station is taken out alone and all ways are found anew, by rail with changes and by road. The "
        "busiest is not the one that is missed most where another way is near: rank correlation of trains and cost "
        "{r}.",
        "逐一去掉每个区间与车站，并重新寻找铁路（含换乘）与公路的最快路径。若附近有替代路径，最繁忙者并非损失最大者："
        "列车数与损失的秩相关为{r}。",
        r=tell,
    )


def _stops(material: Material) -> Cell:
    nodes = material.cluster.nodes
    zh = nodes["name_zh"] if "name_zh" in nodes else pd.Series(None, index=nodes.index, dtype=object)

    def cell(value: object) -> Text:
        key = str(value)
        return both(nodes["name"][key], zh[key]) if key in nodes.index else raw(key)

    return cell


def _last(table: StoredTable, what: str) -> Block:
    """The end of every curve, and every hazard."""
    frame = table.frame
    rows = frame.groupby(["failure", what], sort=False).tail(1)
    cells: dict[str, Cell] = {
        "failure": lambda v: _HOW.get(str(v), raw(v)), what: lambda v: _WHAT.get(str(v), raw(v)), "gone": digits(0),
        "unserved_percent": digits(1), "extra_hours": figures(3), "extra_hours_low": figures(3),
        "extra_hours_high": figures(3), "largest_part": digits(2),
    }  # fmt: skip
    labels = {what: Text("What fails", "失效的部分"), "extra_hours": Text("More time", "额外时间"),
              "extra_hours_low": Text("by chance, from", "随机下限（5%）"),
              "extra_hours_high": Text("to", "随机上限（95%）")}  # fmt: skip
    if what == "layer":
        cells["mutual_part"] = digits(2)
        title = Text("Rail and road fail together: the ends of the curves", "铁路与公路同时失效：曲线末端")
    else:
        title = Text("Rail fails: the ends of the curves", "铁路失效：曲线末端")
    return grid(table, rows, cells, title, folded=True, labels=labels)


def _map(material: Material, frame: pd.DataFrame, singles: StoredTable) -> Drawing | None:
    lines = frame[frame["kind"] == "segment"]
    if material.base is None or lines.empty:
        return None
    base, nodes = material.base, material.cluster.nodes.dropna(subset=["lon", "lat"])
    xy = project(nodes, str(base.extra["crs"]))
    points = pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1]}, index=nodes.index)
    ends = lines.rename(columns={"from_stop": "a", "to_stop": "b"})
    drawn = segments(ends, points)
    worst, busy = drawn["rank"] <= _FIRST, drawn["rank_trains"] <= _FIRST

    def draw(language: Lang) -> Figure:
        def word(en: str, zh: str) -> str:
            return Text(en, zh).of(language)

        strokes = [
            Strokes(drawn, word("rail lines", "铁路区间"), SOFT, 0.7),
            Strokes(drawn[busy], word(f"{_FIRST} with most trains", f"列车最多的{_FIRST}个区间"), BLUE, 3.2),
            Strokes(drawn[worst], word(f"{_FIRST} missed most", f"失效影响最大的{_FIRST}个区间"), ORANGE, 1.6),
        ]
        return network(base, material.level, strokes, names=material.unit_names(language, limit=30))

    caption = Text(
        "Rail lines: the busiest, and those whose failure costs most.", "铁路区间：最繁忙者与失效影响最大者。"
    )
    return Drawing("rail-failures", draw, caption, _sentences(material)[0], modelled=True)
