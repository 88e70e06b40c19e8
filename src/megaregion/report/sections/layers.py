"""Electricity, firms, searches, and places over several layers: one section each, where the workspace has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.fonts import BLUE, ORANGE, SOFT
from megaregion.plot.maps import Panel, Strokes, choropleth, network, sequential, steps
from megaregion.report.blocks import Block, Drawing, Material, Paragraph, Section, Trace, formulas, shown
from megaregion.report.border_words import layer_word
from megaregion.report.figures import project, segments
from megaregion.report.layer_lines import bus_points
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, digits, figures, grid, places, yes_no
from megaregion.report.text import EMPTY, Lang, Text, join, number, percent, raw, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STEP = "layers"
_FIRST = 10
_KIND = {
    "line": Text("line", "线路"),
    "generation": Text("generation at bus", "节点全部发电"),
    "hazard": Text("hazard", "灾害"),
}


def sections(material: Material) -> list[Section]:
    """Sections of the layers that were computed."""
    return [*_energy(material), *_offices(material), *_multilayer(material)]


def finding(material: Material) -> list[Text]:
    """One headline a layer."""
    out = []
    if (table := material.table(STEP, "energy_places")) is not None:
        out.append(_energy_sentence(material, table))
    if (table := material.table(STEP, "office_places")) is not None:
        out.append(_office_sentence(material, table))
    if (table := material.table(STEP, "multilayer_places")) is not None:
        out.append(_layer_sentence(material, table))
    return out


def _end(material: Material, *tables: StoredTable | None, names: tuple[str, ...]) -> list[Block]:
    there = [t for t in tables if t is not None]
    return [*cautions(material, *there), Trace(tuple(f"{STEP}/{n}" for n in names), formulas(*there))]


def _energy(material: Material) -> list[Section]:
    names = ("energy_places", "energy_lines", "energy_outages", "energy_transfers", "energy_exchanges")
    tables = [material.table(STEP, name) for name in names]
    where, lines, outages, rooms, shared = tables
    if where is None or lines is None or outages is None or rooms is None:
        return []
    place, mw = places(material), figures(3)
    blocks: list[Block] = [Paragraph(_energy_sentence(material, where), "key")]
    if (drawing := _energy_map(material, lines)) is not None:
        blocks.append(drawing)
    blocks += [
        grid(where, where.frame.sort_values("demand_mw", ascending=False).head(_FIRST),
             {"place_id": place, "demand_mw": mw, "capacity_mw": mw, "balance_mw": mw, "generation_mw": mw,
              "own_percent": digits(1), "unserved_mw": mw, "worst_unserved_mw": mw, "worst_outage": raw},
             Text("Places by demand", "按需求排列的地区")),
        *_exchanges(material, shared),
        grid(outages, outages.frame.head(_FIRST),
             {"rank": digits(0), "outage": raw, "where": raw, "kind": lambda v: _KIND.get(str(v), raw(v)),
              "overloaded": digits(0), "worst_loading": digits(2), "unserved_mw": mw, "unserved_percent": digits(1)},
             Text("Single outages that cost most", "影响最大的单一故障")),
        grid(lines, lines.frame.sort_values("worst_loading", ascending=False).head(_FIRST),
             {"line_id": raw, "where": raw, "flow_mw": mw, "capacity_mw": mw, "loading": digits(2),
              "worst_loading": digits(2), "worst_outage": raw, "bridge": yes_no},
             Text("Lines by loading after one outage", "按单一故障后负载排列的线路"),
             folded=True),
    ]  # fmt: skip
    if len(rooms.frame):
        tight = rooms.frame.sort_values("capability_n1_mw").head(_FIRST)
        cells: dict[str, Cell] = {"from_place": place, "to_place": place, "capability_mw": mw, "limit": raw,
                                  "capability_n1_mw": mw, "outage_n1": raw}  # fmt: skip
        title = Text("Pairs with least room for transfers", "可用输电能力最小的地区对")
        blocks.append(grid(rooms, tight, cells, title, folded=True))
    blocks += _end(material, *tables, names=names)
    return [Section("energy", Text("Energy: a sketch of the grid", "能源：电网概略分析"), tuple(blocks))]


def _exchanges(material: Material, shared: StoredTable | None) -> list[Block]:
    """Who generates for whom: the largest supplies across a border; nothing where all is one place."""
    if shared is None:
        return []
    away = shared.frame[shared.frame["from_place"] != shared.frame["to_place"]]
    away = away[away["supplied_mw"] > 0].head(_FIRST)
    if away.empty:
        return []
    place, mw = places(material), figures(3)
    told = say(
        "{p}% of the demand served is generated in another place{mark}.",
        "已供负荷中{p}%来自其他地区{mark}。",
        p=number(float(shared.facts["from_elsewhere_percent"]), 1),
        mark=shown(shared, "supplied_mw", EMPTY),
    )
    cells: dict[str, Cell] = {"from_place": place, "to_place": place, "supplied_mw": mw, "supplied_percent": digits(1),
                              "ties": digits(0), "tie_capacity_mw": mw, "tie_flow_mw": mw}  # fmt: skip
    return [Paragraph(told), grid(shared, away, cells, Text("Largest supplies between places", "地区间最大供电量"))]


def _energy_sentence(material: Material, table: StoredTable) -> Text:
    found = table.facts
    mark = shown(table, "unserved_mw", EMPTY)
    if not float(found["worst_unserved_mw"]) > 0:
        return say("Of {n} single outages of lines and plants none leaves demand unserved{mark}.",
                   "在{n}个线路与电源的单一故障中，没有一个造成缺供{mark}。",
                   n=number(int(found["outages"])), mark=mark)  # fmt: skip
    named = str(found.get("worst_where", ""))
    what = str(found["worst_outage"])
    what = what if named in ("", what) else f"{what} ({named})"
    return say(
        "{k} of {n} single outages of lines and plants leave demand unserved that was served before; the worst is {w} "
        "{o} with {v} MW of {d}{mark}.",
        "在{n}个线路与电源的单一故障中，{k}个造成新的缺供；最严重的是{o}（{w}），缺供{v} MW（总需求{d} MW）{mark}。",
        k=number(int(found["outages_unserved"])), n=number(int(found["outages"])), o=raw(what),
        w=_KIND.get(str(found["worst_kind"]), raw(found["worst_kind"])),
        v=number(float(found["worst_unserved_mw"]), 1), d=number(float(found["demand_mw"]), 1), mark=mark,
    )  # fmt: skip


def _energy_map(material: Material, lines: StoredTable) -> Drawing | None:
    if material.base is None or "energy_buses" not in material.cluster.further:
        return None
    base, spot = material.base, bus_points(material.cluster)
    if spot.empty:
        return None
    xy = project(spot, str(base.extra["crs"]))
    points = pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1]}, index=spot.index)
    drawn = segments(lines.frame.rename(columns={"from_bus": "a", "to_bus": "b"}), points)
    if drawn.empty:
        return None
    full, spare = drawn["worst_loading"] > 1, drawn["worst_loading"].isna()

    def draw(language: Lang) -> Figure:
        def word(en: str, zh: str) -> str:
            return Text(en, zh).of(language)

        strokes = [
            Strokes(drawn[spare], word("no capacity stated", "未给容量"), SOFT, 1.0),
            Strokes(drawn[~full & ~spare], word("holds after any one outage", "任一故障后不越限"), BLUE, 1.8),
            Strokes(drawn[full], word("over its limit after one outage", "某一故障后越限"), ORANGE, 2.4),
        ]
        kept = [s for s in strokes if len(s.frame)]
        return network(base, material.level, kept, names=material.unit_names(language, limit=30), stops=points,
                       stops_label=word("buses", "节点"))  # fmt: skip

    return Drawing("energy", draw, Text("Lines of the grid after the outage that loads them most.",
                                        "最不利单一故障后的线路负载。"),
                   Text("Map of lines.", "线路图。"), modelled=True)  # fmt: skip


def _offices(material: Material) -> list[Section]:
    where, links, search = (material.table(STEP, n) for n in ("office_places", "office_links", "search_links"))
    place = places(material)
    blocks: list[Block] = []
    if where is not None and links is not None:
        cells: dict[str, Cell] = {
            "rank": digits(0), "rank_low": digits(0), "rank_high": digits(0), "place_id": place, "firms": digits(0),
            "connectivity": figures(3), "share_of_first": digits(2), "expected": figures(3), "z": digits(1),
            "rules": digits(0), "is_ruled": digits(0),
        }  # fmt: skip
        pairs: dict[str, Cell] = {"place_a": place, "place_b": place, "interlock": figures(3), "firms": digits(0),
                                  "expected": figures(3), "z": digits(1), "q": digits(3),
                                  "more_than_chance": yes_no}  # fmt: skip
        blocks.append(Paragraph(_office_sentence(material, where), "key"))
        if (drawing := _office_map(material, links)) is not None:
            blocks.append(drawing)
        blocks.append(grid(where, where.frame.head(_FIRST), cells, Text("Most connected places", "联系度居前的城市")))
        strong = links.frame.sort_values("z", ascending=False).head(_FIRST)
        blocks.append(grid(links, strong, pairs, Text("Pairs furthest above chance", "超过随机最多的城市对")))
    if search is not None:
        cells = {"place_a": place, "place_b": place, "link": digits(3), "link_low": digits(3), "link_high": digits(3),
                 "imbalance": digits(2), "keywords": digits(0)}  # fmt: skip
        title = Text("Pairs that search for or call each other most", "相互搜索或通话最多的城市对")
        blocks.append(grid(search, search.frame.head(_FIRST), cells, title))
    if not blocks:
        return []
    names = ("office_places", "office_links", "search_links")
    there = tuple(n for n in names if material.table(STEP, n) is not None)
    blocks += _end(material, where, links, search, names=there)
    return [Section("offices", Text("Finance and information: places tied by firms, searches and calls",
                                    "金融与信息：企业网络、搜索与通话联系"), tuple(blocks))]  # fmt: skip


def _office_sentence(material: Material, table: StoredTable) -> Text:
    first, found = table.frame.iloc[0], table.facts
    return say(
        "{p} is the most connected place through offices of {f} firms (rank {a} to {b} over samples of firms); {k} of "
        "{n} links exceed what firms placed by chance would give{mark}.",
        "按{f}家企业的分支机构，{p}联系度最高（企业自助抽样下排名{a}至{b}）；{n}条联系中{k}条超过企业随机选址的水平{mark}。",
        p=material.place(str(first["place_id"])), f=number(int(found["firms_in_several_places"])),
        a=number(int(first["rank_low"])), b=number(int(first["rank_high"])),
        k=number(int(found["links_more_than_chance"])), n=number(int(found["links"])),
        mark=shown(table, "connectivity", EMPTY),
    )  # fmt: skip


def _office_map(material: Material, links: StoredTable) -> Drawing | None:
    if material.base is None:
        return None
    base = material.base
    drawn = segments(links.frame.rename(columns={"place_a": "a", "place_b": "b"}), base.points)
    if drawn.empty:
        return None
    more = drawn["more_than_chance"].astype(bool)

    def draw(language: Lang) -> Figure:
        def word(en: str, zh: str) -> str:
            return Text(en, zh).of(language)

        strokes = [Strokes(drawn[~more], word("no more than chance", "不超过随机"), SOFT, 0.5),
                   Strokes(drawn[more], word("more than chance", "超过随机"), ORANGE, 1.6)]  # fmt: skip
        kept = [s for s in strokes if len(s.frame)]
        return network(base, material.level, kept, names=material.unit_names(language, limit=30))

    caption = Text("Pairs of places that share firms, and those that share more than chance would give.",
                   "共有企业的城市对，以及超过随机水平者。")  # fmt: skip
    return Drawing("offices", draw, caption, Text("Map of links.", "联系图。"), modelled=True)


def _multilayer(material: Material) -> list[Section]:
    where, pairs = material.table(STEP, "multilayer_places"), material.table(STEP, "multilayer_layers")
    if where is None or pairs is None:
        return []
    activity = [str(c) for c in where.frame if str(c).startswith("in_")]
    cells: dict[str, Cell] = {
        "rank": digits(0), "rank_low": digits(0), "rank_high": digits(0), "place_id": places(material),
        "versatility": digits(2), "rank_aggregate": digits(0), "overlap": digits(2), "participation": digits(2),
        **{c: digits(2) for c in activity},
    }  # fmt: skip
    labels = {c: Text("Activity in ", "活动：") + _layer(c.removeprefix("in_")) for c in activity}
    blocks: list[Block] = [Paragraph(_layer_sentence(material, where), "key")]
    if (drawing := _participation_map(material, where)) is not None:
        blocks.append(drawing)
    two: dict[str, Cell] = {"layer_a": lambda v: _layer(str(v)), "layer_b": lambda v: _layer(str(v)),
                            "jaccard": digits(2), "correlation": digits(2), "q": digits(3)}  # fmt: skip
    blocks += [
        grid(
            where,
            where.frame.head(_FIRST),
            cells,
            Text("Places by versatility", "按多层中心性排列的城市"),
            labels=labels,
        ),
        grid(pairs, pairs.frame, two, Text("How alike the layers are", "各层相似程度")),
        *_end(material, where, pairs, names=("multilayer_places", "multilayer_layers")),
    ]
    return [Section("multilayer", Text("Several layers at once", "多层网络"), tuple(blocks))]


def _layer(name: str) -> Text:
    if name.startswith("services:"):
        return say("direct trains {c}", "{c}字头直达列车", c=name.removeprefix("services:"))
    own = {"offices": Text("offices of firms", "企业分支"), "search": Text("searches", "搜索")}
    return own.get(name) or layer_word(name)


def _layer_sentence(material: Material, table: StoredTable) -> Text:
    frame, names = table.frame, [str(n) for n in table.facts["layers"]]
    uneven = frame.dropna(subset=["participation"]).sort_values("participation").head(3)
    return say(
        "Over the layers {l}, {p} ranks first (rank {a} to {b} as the weight of a change between layers varies); least "
        "balanced between layers are {u}{mark}.",
        "综合{l}各层，{p}居首（层间转换权重变化时排名{a}至{b}）；各层最不均衡的是{u}{mark}。",
        l=join([_layer(n) for n in names]), p=material.place(str(frame["place_id"].iloc[0])),
        a=number(int(frame["rank_low"].iloc[0])), b=number(int(frame["rank_high"].iloc[0])),
        u=join([say("{p} ({v})", "{p}（{v}）", p=material.place(str(r["place_id"])),
                    v=percent(100 * float(r["participation"]), 0)) for _, r in uneven.iterrows()]),
        mark=shown(table, "versatility", EMPTY),
    )  # fmt: skip


def _participation_map(material: Material, table: StoredTable) -> Drawing | None:
    if material.base is None:
        return None
    base, values = material.base, table.frame.set_index("place_id")["participation"]
    classes = sequential(steps(values), lambda v: f"{v:g}")

    def draw(language: Lang) -> Figure:
        title = Text("Participation: 0 one layer, 1 all alike", "参与系数：0单层，1各层均等").of(language)
        return choropleth(base, material.level, [Panel(values, classes, title)],
                          names=material.unit_names(language, limit=30),
                          no_data=Text("no links", "无联系").of(language))  # fmt: skip

    caption = Text("How evenly places take part in the layers.", "各城市在各层中参与的均衡程度。")
    return Drawing("multilayer", draw, caption, Text("Map of participation.", "参与系数图。"), modelled=True)
