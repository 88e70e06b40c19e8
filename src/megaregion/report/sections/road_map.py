"""Hard links: roads that end at borders, how many cross them, and how complete the map is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.fonts import BLUE, INK, ORANGE, SOFT
from megaregion.plot.maps import Strokes, network
from megaregion.report.blocks import Block, Drawing, Material, Paragraph, Section, Trace, formulas, need
from megaregion.report.figures import project
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, digits, grid, places, year
from megaregion.report.text import Lang, Text, number, percent, raw, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FIRST = 20
_CANDIDATE = ["candidate", "unit_a", "unit_b", "gap_km", "network_km", "detour_ratio", "barrier", "road_a", "road_b",
              "class_a", "class_b", "completeness_a", "completeness_b", "saved_h", "lon_a", "lat_a", "lon_b",
              "lat_b"]  # fmt: skip
_BARRIERS = {"not tested": Text("not tested", "未检验"), "": Text("none in the layer", "图层中无")}


def sections(material: Material) -> list[Section]:
    """One section where a workspace has a map of roads, else none."""
    ends, crossings = material.table("road_map", "dead_ends"), material.table("road_map", "crossings")
    if ends is None or crossings is None:
        return []
    need(ends, "road_map/dead_ends", _CANDIDATE)
    need(crossings, "road_map/crossings", ["unit_a", "unit_b", "per_10_km", "permeability", "permeability_high"])
    blocks: list[Block] = [Paragraph(_sentence(ends, crossings), "key")]
    if (drawing := _map(material, ends, crossings)) is not None:
        blocks.append(drawing)
    blocks += _tables(material, ends, crossings)
    names = ["dead_ends", "dead_end_rates", "crossings", "detours", "regression", "segments", "completeness"]
    tables = {n: t for n in names if (t := material.table("road_map", n)) is not None}
    blocks += cautions(material, *tables.values())
    blocks.append(Trace(tuple(f"road_map/{n}" for n in tables), formulas(*tables.values())))
    return [Section("road-map", Text("Hard links: roads at borders", "经络（硬）：边界处的道路"), tuple(blocks))]


def finding(material: Material) -> list[Text]:
    """Candidates of dead ends and the least permeable border."""
    ends, crossings = material.table("road_map", "dead_ends"), material.table("road_map", "crossings")
    return [] if ends is None or crossings is None else [_sentence(ends, crossings)]


def _sentence(ends: StoredTable, crossings: StoredTable) -> Text:
    rows = crossings.frame
    sure = int((rows["permeability_high"] < 1).sum())
    return say(
        "{n} pairs of roads end facing each other across a border (candidates of dead ends, to be looked at on the "
        "ground). {c} roads cross the {b} borders; {s} borders are surely less permeable than lines inside their "
        "units.",
        "{n}对道路在边界两侧相向而止（断头路候选，须实地核实）。{b}段边界共有{c}条道路跨越；"
        "其中{s}段的通达性明确低于单元内部。",
        n=number(len(ends.frame)), c=number(int(rows["crossings"].sum())), b=number(len(rows)), s=number(sure),
    )  # fmt: skip


def _map(material: Material, ends: StoredTable, crossings: StoredTable) -> Drawing | None:
    base = material.base
    if base is None:
        return None
    rows = crossings.frame
    at = base.points
    pairs = [at.reindex(rows[c].astype(str))[["x", "y"]].to_numpy(float) for c in ("unit_a", "unit_b")]
    lines = pd.DataFrame(np.hstack(pairs), columns=["x0", "y0", "x1", "y1"], index=rows.index)
    lines = lines[np.isfinite(lines.to_numpy(float)).all(axis=1)]
    if lines.empty:
        return None
    ratio = rows["permeability"].reindex(lines.index)
    sure = rows["permeability_high"].reindex(lines.index) < 1
    middle = (ends.frame[["lon_a", "lat_a"]].to_numpy(float) + ends.frame[["lon_b", "lat_b"]].to_numpy(float)) / 2.0
    spots = pd.DataFrame(middle, columns=["lon", "lat"])
    marks = _crosses(project(spots, str(base.extra["crs"])), 0.008 * (base.bounds[2] - base.bounds[0]))

    def draw(language: Lang) -> Figure:
        def word(en: str, zh: str) -> str:
            return Text(en, zh).of(language)

        strokes = [
            Strokes(lines[~sure & ~(ratio >= 1)], word("less than inside, not surely", "低于内部（不确定）"), BLUE,
                    1.4),
            Strokes(lines[ratio >= 1], word("as permeable as inside", "不低于单元内部"), SOFT, 1.0),
            Strokes(lines[sure], word("surely less than inside", "明确低于单元内部"), ORANGE, 2.6),
        ]  # fmt: skip
        if len(marks):
            strokes.append(Strokes(marks, word("candidates of dead ends", "断头路候选"), INK, 1.6))
        return network(base, material.level, strokes, names=material.unit_names(language, limit=40),
                       note=word("Strokes join units that share a border.", "线段连接相邻单元。"))  # fmt: skip

    return Drawing(
        "road-borders", draw,
        Text("Permeability of borders against lines inside the units, and candidates of dead-end roads.",
             "边界通达性（相对单元内平行线）与断头路候选。"),
        say("{n} strokes, one a border.", "共{n}条线段，每段边界一条。", n=number(len(lines))), modelled=True,
    )  # fmt: skip


def _crosses(at: np.ndarray, half: float) -> pd.DataFrame:
    """Two strokes for each point, crossing in it."""
    ends = [np.hstack([at - half * np.array(way), at + half * np.array(way)]) for way in ((1.0, 1.0), (1.0, -1.0))]
    return pd.DataFrame(np.vstack(ends), columns=["x0", "y0", "x1", "y1"])


def _tables(material: Material, ends: StoredTable, crossings: StoredTable) -> list[Block]:
    place, rows = places(material), ends.frame.head(_FIRST)
    blocks: list[Block] = []
    cells: dict[str, Cell] = {
        "candidate": raw, "unit_a": place, "unit_b": place, "road_a": _word, "road_b": _word, "class_a": raw,
        "class_b": raw, "gap_km": digits(2), "network_km": digits(1), "detour_ratio": digits(1),
        "saved_h": digits(0), "barrier": lambda v: _BARRIERS.get(str(v), raw(v)), "completeness_a": digits(2),
        "completeness_b": digits(2),
    }  # fmt: skip
    if len(rows):
        blocks.append(grid(ends, rows, cells, Text("Candidates of dead-end roads, the first", "断头路候选（居前者）")))
    cross: dict[str, Cell] = {
        "unit_a": place, "unit_b": place, "border_km": digits(0), "crossings": digits(0), "per_10_km": digits(1),
        "ratio": digits(2), "inside_ratio": digits(2), "permeability": digits(2), "permeability_low": digits(2),
        "permeability_high": digits(2),
    }  # fmt: skip
    blocks.append(grid(crossings, crossings.frame, cross, Text("Crossings of every border", "各段边界的跨界道路"),
                       folded=True))  # fmt: skip
    if (detours := material.table("road_map", "detours")) is not None and len(detours.frame):
        way: dict[str, Cell] = {"unit_a": place, "unit_b": place, "pairs_across": digits(0)}
        way |= dict.fromkeys(["detour_across", "detour_inside", "deficit", "deficit_low", "deficit_high"], digits(2))
        blocks.append(grid(detours, detours.frame, way, Text("Ways across against ways inside", "跨界与界内绕行对比"),
                           folded=True))  # fmt: skip
    if (rates := material.table("road_map", "dead_end_rates")) is not None:
        rate: dict[str, Cell] = {"place_id": place, "ends": digits(0), "road_km": digits(0), "per_100_km": digits(1)}
        blocks.append(grid(rates, rates.frame.sort_values("per_100_km", ascending=False), rate, Text(
            "Ends of road per 100 km", "每百公里道路断头数"), folded=True))  # fmt: skip
    return [*blocks, *_terrain(material), *_completeness(material)]


_TERMS = {"border": Text("border against lines inside", "边界（相对单元内平行线）"),
          "slope_deg": Text("one degree of slope", "坡度每增加1度"), "water": Text("all of it at water", "全段临水"),
          "border alone": Text("border alone", "仅边界"), "with terrain": Text("with terrain", "含地形")}  # fmt: skip


def _terrain(material: Material) -> list[Block]:
    """Permeability without and with slope and water."""
    table = material.table("road_map", "regression")
    if table is None or table.frame.empty:
        return []
    frame = need(table, "road_map/regression", ["spec", "term", "ratio", "ratio_low", "ratio_high", "p"])
    rows = frame[frame["term"] == "border"].set_index("spec")[["ratio", "ratio_low", "ratio_high"]]
    last = [number(float(v), 2) for v in rows.iloc[-1]]
    text = say(
        "Over all borders roads cross {a} times as often as lines inside with as many roads around{t} (95 %: {b} to "
        "{c}).",
        "就全部边界而言，{t}道路跨越数为路网密度相同的单元内平行线的{a}倍（95%区间{b}至{c}）。",
        a=last[0], b=last[1], c=last[2],
        t=Text(", given slope and water", "控制坡度与水体后，") if len(rows) > 1 else Text("", ""),
    )  # fmt: skip
    cells: dict[str, Cell] = {
        "spec": lambda v: _TERMS.get(str(v), raw(v)), "term": lambda v: _TERMS.get(str(v), raw(v)), "ratio": digits(2),
        "ratio_low": digits(2), "ratio_high": digits(2), "p": digits(3),
    }  # fmt: skip
    return [Paragraph(text), grid(table, frame, cells, Text("Permeability given the terrain", "控制地形的边界通达性"),
                                  folded=True)]  # fmt: skip


def _completeness(material: Material) -> list[Block]:
    table = material.table("road_map", "completeness")
    if table is None or table.frame.empty:
        return []
    frame = need(
        table, "road_map/completeness", ["place_id", "road_class", "mapped_km", "official_km", "ratio", "grade"]
    )
    low = frame[frame["grade"].isin(["C", "D"])]
    text = say(
        "Against official lengths the map holds {r} of the road; {n} of {k} units and classes have less than 80 %. "
        "Where much is missing an end of road may be a gap of the map.",
        "与官方里程相比，地图包含{r}的道路；{k}个单元与等级中{n}个低于80%。缺失较多处，断头可能只是地图缺漏。",
        r=percent(100.0 * float(table.facts["ratio"]), 0), n=number(len(low)), k=number(len(frame)),
    )  # fmt: skip
    cells: dict[str, Cell] = {
        "place_id": places(material), "road_class": raw, "mapped_km": digits(0), "official_km": digits(0),
        "ratio": digits(2), "grade": raw, "year": year, "source": _word,
    }  # fmt: skip
    return [
        Paragraph(text),
        grid(table, frame, cells, Text("Completeness of the road map", "道路地图完整度"), folded=True),
    ]


def _word(value: object) -> Text:
    return Text("–", "–") if value is None or value != value or value == "" else raw(value)
