"""Roads under load: which bottleneck is worth removing first, and why the busiest road is not it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.fonts import BLUE, ORANGE, SOFT
from megaregion.plot.maps import Strokes, network
from megaregion.report.blocks import Block, Drawing, Material, Paragraph, Section, Trace, formulas, need, shown
from megaregion.report.figures import project
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, digits, figures, grid
from megaregion.report.text import EMPTY, Lang, Text, number, percent, raw, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_RANKED = ["rank", "link_id", "from_node", "to_node", "flow", "volume_over_capacity", "rank_volume_over_capacity",
           "saving_per_capacity", "saving_one_percent", "effect", "confirmed_saving"]  # fmt: skip
_EFFECT = {"relief": Text("relief", "缓解"), "Braess": Text("Braess: widening harms", "布雷斯：扩容有害"),
           "none": Text("none", "无"), "closed": Text("closed", "关闭")}  # fmt: skip
_FIRST = 10


def sections(material: Material) -> list[Section]:
    """One section where a workspace has roads with trips, else none."""
    table = material.table("roads", "bottlenecks")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "roads/bottlenecks", _RANKED)
    blocks: list[Block] = [Paragraph(_sentence(material, table), "key"), Paragraph(_why(table))]
    if (drawing := _map(material, table)) is not None:
        blocks.append(drawing)
    cells: dict[str, Cell] = {
        "rank": digits(0), "link_id": raw, "from_node": _node(material), "to_node": _node(material),
        "volume_over_capacity": digits(2), "rank_volume_over_capacity": digits(0), "saving_per_capacity": figures(3),
        "saving_one_percent": figures(3), "effect": lambda v: _EFFECT.get(str(v), raw(v)),
        "confirmed_saving": figures(3),
    }  # fmt: skip
    blocks.append(grid(table, frame.head(_FIRST), cells, Text("The first links by benefit", "效益居前的路段")))
    harm = frame[frame["effect"] == "Braess"]
    if len(harm):
        title = Text("Links whose widening harms at the margin", "边际扩容有害的路段")
        worst = harm.sort_values("saving_one_percent").head(_FIRST)
        blocks.append(grid(table, worst, cells, title, folded=True))  # fmt: skip
    found = material.table("roads", "road_links")
    notes = cautions(material, table, *([found] if found is not None else []))
    blocks += [*notes, Trace(("roads/bottlenecks", "roads/road_links"), formulas(table))]
    return [Section("roads", Text("Hard links: roads under load", "硬经络：道路负荷与瓶颈"), tuple(blocks))]


def finding(material: Material) -> list[Text]:
    """The first bottleneck and the busiest road."""
    table = material.table("roads", "bottlenecks")
    return [] if table is None or table.frame.empty else [_sentence(material, table)]


def _sentence(material: Material, table: StoredTable) -> Text:
    frame = need(table, "roads/bottlenecks", _RANKED)
    best = frame.sort_values("rank").iloc[0]
    busiest = frame.sort_values("rank_volume_over_capacity").iloc[0]
    node = _node(material)
    if best["link_id"] == busiest["link_id"]:
        return say(
            "The bottleneck to remove first is {a}–{b}, which is also the busiest road (flow over capacity "
            "{v}){mark}.",
            "应首先消除的瓶颈为{a}—{b}，它同时也是最繁忙的路段（饱和度{v}）{mark}。",
            a=node(best["from_node"]), b=node(best["to_node"]), v=number(float(best["volume_over_capacity"]), 2),
            mark=shown(table, "saving_per_capacity", EMPTY),
        )  # fmt: skip
    return say(
        "The bottleneck to remove first is {a}–{b}, not the busiest road {c}–{d} (flow over capacity {v}), which is "
        "number {r} of {n} by benefit{mark}.",
        "应首先消除的瓶颈为{a}—{b}，而不是最繁忙的{c}—{d}（饱和度{v}），后者按效益排第{r}（共{n}条）{mark}。",
        a=node(best["from_node"]), b=node(best["to_node"]), c=node(busiest["from_node"]), d=node(busiest["to_node"]),
        v=number(float(busiest["volume_over_capacity"]), 2), r=number(int(busiest["rank"])), n=number(len(frame)),
        mark=shown(table, "saving_per_capacity", EMPTY),
    )  # fmt: skip


def _why(table: StoredTable) -> Text:
    frame = table.frame
    harm = int((frame["effect"] == "Braess").sum())
    return say(
        "Benefit is what all travellers gain when one link becomes a little wider and everybody chooses their way "
        "anew; a full road beside an equally fast one gains little. On {n} of {m} links ({s}) widening harms at the "
        "margin (Braess). Trips are held fixed: new roads bring new trips.",
        "效益指某路段略微扩容、所有出行者重新选路后全体节省的时间；若旁边有同样快的道路，再拥挤的路段扩容也收效甚微。"
        "{m}条路段中有{n}条（{s}）边际扩容有害（布雷斯悖论）。此处出行量固定：新路会带来新的出行。",
        n=number(harm), m=number(len(frame)), s=percent(100 * harm / len(frame)),
    )  # fmt: skip


def _node(material: Material) -> Cell:
    """A node by the name in tables/nodes.csv, else by its identifier."""
    nodes = material.cluster.nodes
    en = nodes["name"].to_dict() if "name" in nodes.columns else {}
    zh = nodes["name_zh"].to_dict() if "name_zh" in nodes.columns else {}

    def cell(value: object) -> Text:
        first, second = en.get(value), zh.get(value)
        english = str(first) if isinstance(first, str) and first else str(value)
        return Text(raw(english).en, raw(second if isinstance(second, str) and second else english).zh)

    return cell


def _map(material: Material, table: StoredTable) -> Drawing | None:
    base, nodes = material.base, material.cluster.nodes
    if base is None or not {"lon", "lat"} <= set(nodes.columns):
        return None
    known = nodes.dropna(subset=["lon", "lat"])
    at = pd.DataFrame(project(known, str(base.extra["crs"])), index=known.index, columns=["x", "y"])
    frame = table.frame
    ends = [at.reindex(frame[f"{end}_node"]).to_numpy(float) for end in ("from", "to")]
    lines = pd.DataFrame(np.hstack(ends), columns=["x0", "y0", "x1", "y1"], index=frame.index)
    lines = lines[np.isfinite(lines.to_numpy(float)).all(axis=1)]
    if lines.empty:
        return None
    first = lines.index.isin(frame.index[frame["rank"] <= _FIRST])
    busy = lines.index.isin(frame.index[frame["rank_volume_over_capacity"] <= _FIRST])

    def draw(language: Lang) -> Figure:
        def word(en: str, zh: str) -> str:
            return Text(en, zh).of(language)

        strokes = [
            Strokes(lines, word("roads", "道路"), SOFT, 0.7),
            Strokes(lines[busy], word(f"{_FIRST} busiest", f"最繁忙{_FIRST}条"), BLUE, 3.2),
            Strokes(lines[first], word(f"first {_FIRST} by benefit", f"效益前{_FIRST}条"), ORANGE, 1.6),
        ]
        return network(base, material.level, strokes, names=material.unit_names(language, limit=30))

    return Drawing("bottlenecks", draw, Text("Roads, the busiest and the most worth widening.",
                                             "道路、最繁忙路段与最值得扩容的路段。"), _sentence(material, table),
                   modelled=True)  # fmt: skip
