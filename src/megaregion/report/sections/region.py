"""The cluster itself: where it is, how many people live there, what rail joins its cities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from megaregion.data.cluster import Cluster
from megaregion.plot.fonts import BLUE
from megaregion.plot.maps import Strokes, network
from megaregion.report.blocks import Block, Drawing, Material, Paragraph, Section
from megaregion.report.figures import project, segments
from megaregion.report.text import Lang, Text, both, number, people, raw, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def section(material: Material) -> Section:
    """Map and numbers of the cluster."""
    cluster = material.cluster
    blocks: list[Block] = [Paragraph(_lead(material))]
    if material.base is not None:
        blocks.append(_map(material))
    else:
        blocks.append(
            Paragraph(Text("No place has coordinates: there is no map.", "各地区均无坐标，无法绘制地图。"), "missing")
        )
    title = Text("The cluster", "城市群概况")
    return Section("region", title, tuple(blocks), grey=bool(cluster.places.empty))


def _lead(material: Material) -> Text:
    cluster = material.cluster
    units = cluster.select(material.level)
    groups = cluster.places[cluster.places["kind"] == cluster.attrs["group"]]
    total = float(units["population"].sum()) if "population" in units else float("nan")
    exact = say(" ({n})", "（{n}人）", n=number(total)) if total >= 1e6 else Text("", "")
    text = say(
        "{n} units of the level “{level}” in {g} groups of the level “{group}”; {people}{exact} in {year}.",
        "共{n}个分析单元（{level}级），分属{g}个{group}级单元；{year}年人口{people}{exact}。",
        n=number(len(units)), g=number(len(groups)), level=kind_word(material.level),
        group=kind_word(str(cluster.attrs["group"])), people=people(total), exact=exact,
            year=str(cluster.attrs["base_year"]),
    )  # fmt: skip
    rails = _rail(cluster)
    if rails.empty:
        return text + Text(
            " The workspace has no table of rail links, so that stations are shown without lines.",
            "工作区没有铁路线路表，图中只有车站而没有连线。",
        )
    unobserved = rails["observed"].eq(False).any() if "observed" in rails else False
    more = say(
        " The map shows {k} rail links of the timetable “{t}”, between consecutive stops; "
        "lines that opened later are not on it.{note}",
        "图中为“{t}”时刻表的{k}条相邻停站间铁路连线，此后开通的线路不在其中。{note}",
        k=number(len(rails)), t=str(cluster.attrs.get("timetable", "")),
        note=Text(
            " A link joins stops, it is not the course of the track; its minutes are modelled.",
            "连线仅表示停站关系，不是线路走向；其运行时间为模型值。",
        ) if unobserved else Text(" A link joins stops, it is not the course of the track.",
        "连线仅表示停站关系，不是线路走向。"),
    )  # fmt: skip
    return text + more


_KINDS = {
    "province": Text("province", "省"), "state": Text("state", "州"), "city": Text("city", "市"),
    "county": Text("county", "县"), "stable_unit": Text("unit with stable borders", "边界稳定单元"),
    "district": Text("district", "区"), "village": Text("village", "村"), "town": Text("town", "镇"),
}  # fmt: skip


def kind_word(kind: str) -> Text:
    """A level in words."""
    return _KINDS.get(kind, raw(kind))


def _rail(cluster: Cluster) -> pd.DataFrame:
    links = cluster.links
    if links.empty:
        return links
    inside = links["from_node"].isin(cluster.nodes.index) & links["to_node"].isin(cluster.nodes.index)
    return links[(links["mode"] == "rail") & (links["status"] == "existing") & inside].sort_index()


def _map(material: Material) -> Drawing:
    base, cluster = material.base, material.cluster
    assert base is not None  # the caller has looked
    stops = cluster.nodes.dropna(subset=["lon", "lat"])
    stops = stops[stops["mode"] == "rail"] if len(stops) else stops
    spots = pd.DataFrame(index=stops.index, columns=["x", "y"], dtype=float)
    if len(stops):
        spots.loc[:, ["x", "y"]] = project(stops, str(base.extra["crs"]))
    mine = spots[stops["place_id"].notna()] if "place_id" in stops else spots
    rails = _rail(cluster)
    strokes = _strokes(rails, spots)

    def draw(language: Lang) -> Figure:
        kinds = [
            Strokes(frame, label.of(language), colour, width) for frame, label, colour, width in strokes if len(frame)
        ]
        x0, y0, x1, y1 = base.bounds
        shown = mine[mine["x"].between(x0, x1) & mine["y"].between(y0, y1)]
        return network(
            base, material.level, kinds, names=material.unit_names(language, limit=60), stops=shown,
            stops_label=Text("Station", "车站").of(language),
        )  # fmt: skip

    where = both(cluster.attrs["name"], cluster.attrs.get("name_zh", ""))
    return Drawing(
        "cluster-map", draw,
        say("{where}: units, borders of the groups, rail links and stations.",
            "{where}：分析单元、省界（组界）、铁路连线与车站。",
            where=where),
        say("Map of {where} with {k} rail links.", "{where}地图，含{k}条铁路连线。", where=where, k=len(rails)),
    )  # fmt: skip


def _strokes(rails: pd.DataFrame, spots: pd.DataFrame) -> list[tuple[pd.DataFrame, Text, str, float]]:
    """Links by how often they are served, where the table says so."""
    if rails.empty:
        return []
    often = rails["services_per_day"] if "services_per_day" in rails else pd.Series(float("nan"), index=rails.index)
    lines = segments(rails[["from_node", "to_node"]].set_axis(["a", "b"], axis=1).assign(often=often), spots)
    if lines["often"].isna().all():
        return [(lines, Text("Rail link", "铁路连线"), BLUE, 1.1)]
    known = lines["often"].fillna(0.0)
    return [
        (
            lines[known < 20],
            Text("Rail, under 20 services a day and direction", "铁路，每向每日不足20班"),
            "#8fa9c2",
            0.8,
        ),
        (lines[known.between(20, 60, inclusive="left")], Text("20 to under 60", "20至60班以下"), "#4f86b5", 1.4),
        (lines[known >= 60], Text("60 and more", "60班及以上"), BLUE, 2.2),
    ]
