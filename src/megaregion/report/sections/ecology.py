"""Ecology: sources, corridors that hold whatever the contrast, narrow places, owners, sites to restore."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.plot.ecology import bounds_of, ecology_map
from megaregion.report.blocks import Block, Drawing, Material, Paragraph, Section, Trace, formulas, need, shown
from megaregion.report.remarks import cautions
from megaregion.report.sections.tables import Cell, digits, figures, grid, yes_no
from megaregion.report.text import EMPTY, Lang, Text, number, percent, raw, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ALL = ("quality", "shapes", "sources", "corridors", "overlap", "importance", "current", "barriers", "owners", "ways",
        "restoration", "restoration_doubt")  # fmt: skip
_FIRST = 12
_PAIR = ["source_a", "source_b"]


def sections(material: Material) -> list[Section]:
    """One section where a workspace states a land cover, else none."""
    table = material.table("ecology", "sources")
    if table is None or table.frame.empty:
        return []
    found = {name: t for name in _ALL if (t := material.table("ecology", name)) is not None}
    blocks: list[Block] = [Paragraph(_sentence(material), "key")]
    if material.base is not None and len(found["ways"].frame):
        blocks.append(_map(material, found))
    blocks += [_sources(found), *_corridors(found), *_barriers(material, found), *_owners(material, found)]
    blocks += [*_restoration(found), *_restoration_doubt(found), *cautions(material, *found.values())]
    blocks.append(Trace(tuple(f"ecology/{name}" for name in found), formulas(*found.values())))
    return [Section("ecology", Text("Ecology: sources and corridors", "穴位：生态源地与廊道"), tuple(blocks))]


def finding(material: Material) -> list[Text]:
    """How many sources and corridors there are, and how far these hold."""
    table = material.table("ecology", "sources")
    return [] if table is None or table.frame.empty else [_sentence(material)]


def _sentence(material: Material) -> Text:
    table, overlap, owners = (material.table("ecology", n) for n in ("sources", "overlap", "owners"))
    assert table is not None  # the callers have looked
    text = say(
        "{n} ecological sources with {ha} ha of core{mark}", "生态源地{n}处，核心区{ha}公顷{mark}",
        n=number(int(table.facts["sources"])), ha=number(float(table.facts["area_ha"])),
        mark=shown(table, "area_ha", EMPTY),
    )  # fmt: skip
    if overlap is not None and len(overlap.frame):
        frame = need(overlap, "ecology/overlap", [*_PAIR, "jaccard", "always_direct"])
        direct = frame[frame["always_direct"].astype(bool)]
        text += say(
            "; {k} corridors are direct at every contrast of resistances and overlap by {o} on average: where the "
            "overlap is low the place of a corridor is an expert's guess",
            "；在各阻力对比下均直接相连的廊道{k}条，平均重叠{o}：重叠低者其位置取决于专家赋值",
            k=number(len(direct)),
            o=percent(100 * float(direct["jaccard"].mean()), 0) if len(direct) else Text("–", "–"),
        )  # fmt: skip
    if owners is not None and len(owners.frame):
        text += say(
            "; {s} of {k} corridors cross more than one government", "；{k}条廊道中{s}条跨越多个政府辖区",
            s=number(int(owners.facts["shared"])), k=number(int(owners.facts["corridors"])),
        )  # fmt: skip
    return text + Text(".", "。")


def _map(material: Material, found: dict[str, StoredTable]) -> Drawing:
    base, ways = material.base, found["ways"]
    assert base is not None  # the caller has looked
    here, there = str(ways.parameters["crs"]), str(base.extra["crs"])
    sources = _moved(need(found["sources"], "ecology/sources", ["source", "x", "y", "area_ha"]), here, there)
    lines = _moved(need(ways, "ecology/ways", ["contrast", *_PAIR, "vertex", "x", "y"]), here, there)
    current = need(found["current"], "ecology/current", ["pinch_x", "pinch_y"]).dropna(subset=["pinch_x"])
    narrow = _moved(current.rename(columns={"pinch_x": "x", "pinch_y": "y"}), here, there)
    part = replace(base, bounds=bounds_of(sources, lines))
    reference = float(ways.parameters["reference_contrast"])

    words = (
        Text("source (disc of its area)", "源地（等面积圆）"),
        say("cheapest way, contrast {c}", "最小费用路径，阻力对比{c}", c=f"{reference:g}"),
        Text("other contrasts", "其他阻力对比"), Text("narrowest place of a corridor", "廊道最窄处（夹点）"),
    )  # fmt: skip
    note = Text("Modelled from the land cover and the stated resistances.", "由土地覆被与声明的阻力模拟。")

    def draw(language: Lang) -> Figure:
        return ecology_map(
            part, material.level, sources, lines, narrow, reference=reference, names=material.unit_names(language),
            labels=tuple(w.of(language) for w in words), note=note.of(language),
        )  # fmt: skip

    caption = Text(
        "Sources, the cheapest ways between them at every contrast, and the narrowest place of each corridor.",
        "生态源地、各阻力对比下的最小费用路径及廊道最窄处。",
    )
    alt = say("{n} sources.", "{n}处源地。", n=number(len(sources)))
    return Drawing("ecology-map", draw, caption, alt, modelled=True)


def _moved(frame: pd.DataFrame, here: str, there: str) -> pd.DataFrame:
    """x, y in km of another projection."""
    from pyproj import Transformer

    to = Transformer.from_crs(here, there, always_xy=True)
    x, y = to.transform(frame["x"].to_numpy(float), frame["y"].to_numpy(float))
    return frame.assign(x=x / 1000.0, y=y / 1000.0)


def _sources(found: dict[str, StoredTable]) -> Block:
    table = found["sources"]
    worth = found["importance"].frame.set_index("source")["dpc_percent"]
    frame = table.frame.assign(dpc_percent=table.frame["source"].map(worth))
    both = replace(table, columns=(*table.columns, *found["importance"].columns))
    cells: dict[str, Cell] = {
        "source": digits(0),
        "area_ha": figures(3),
        "quality": digits(2),
        "dpc_percent": digits(1),
    }
    title = Text("Sources, and the connectivity lost without each", "源地及缺失后的连通性损失")
    return grid(both, frame.sort_values("dpc_percent", ascending=False), cells, title)


def _corridors(found: dict[str, StoredTable]) -> list[Block]:
    table = found["corridors"]
    frame = need(table, "ecology/corridors", ["contrast", *_PAIR, "length_km", "area_ha", "direct", "rank"])
    reference = float(table.parameters["reference_contrast"])
    mine = frame[frame["direct"].astype(bool) & frame["contrast"].eq(reference)].sort_values(["rank", *_PAIR])
    whole = mine.merge(found["overlap"].frame[[*_PAIR, "jaccard"]], on=_PAIR, how="left").merge(
        found["current"].frame[[*_PAIR, "redundancy", "pinch_ha"]], on=_PAIR, how="left"
    )
    if whole.empty:
        return []
    whole["rank"] = whole["rank"].astype(float)
    both = replace(table, columns=(*table.columns, *found["overlap"].columns, *found["current"].columns))
    cells: dict[str, Cell] = {
        "rank": digits(0), "source_a": digits(0), "source_b": digits(0), "length_km": digits(1), "area_ha": figures(3),
        "jaccard": digits(2), "redundancy": digits(1), "pinch_ha": figures(2),
    }  # fmt: skip
    title = say("Direct corridors by gravity, contrast {c}", "按引力排序的直接廊道（阻力对比{c}）", c=f"{reference:g}")
    return [grid(both, whole, cells, title, folded=len(whole) > _FIRST)]


def _unit(material: Material) -> Cell:
    outside = Text("outside", "界外")
    return lambda value: material.place(str(value)) if value else outside


def _barriers(material: Material, found: dict[str, StoredTable]) -> list[Block]:
    table = found["barriers"]
    if table.frame.empty:
        return []
    frame = table.frame.sort_values(["drop_percent", *_PAIR], ascending=[False, True, True]).head(_FIRST)
    cells: dict[str, Cell] = {"source_a": digits(0), "source_b": digits(0), "drop_percent": digits(1),
                              "unit": _unit(material)}  # fmt: skip
    title = Text("Cells whose restoration would ease a corridor most", "修复后最能降低廊道阻力的栅格")
    return [grid(table, frame, cells, title)]


def _owners(material: Material, found: dict[str, StoredTable]) -> list[Block]:
    table = found.get("owners")
    if table is None or table.frame.empty:
        return []
    cells: dict[str, Cell] = {"source_a": digits(0), "source_b": digits(0), "unit": _unit(material),
                              "length_km": digits(1), "length_share": digits(2), "area_ha": figures(3)}  # fmt: skip
    return [grid(table, table.frame, cells, Text("Who owns which piece", "分段归属"), folded=True)]


def _restoration(found: dict[str, StoredTable]) -> list[Block]:
    table = found.get("restoration")
    if table is None or table.frame.empty:
        return []
    chosen = table.frame[table.frame["chosen"].astype(bool)]
    text = say(
        "Under the budget of {b} the best set of sites (proven) holds {n} of {k}: {names}; it costs {c}, the greedy "
        "rule would reach {g} of its gain.",
        "预算{b}下的最优修复组合（已证明）为{k}处中的{n}处：{names}；费用{c}，贪心法可达其收益的{g}。",
        b=raw(f"{float(table.parameters['budget']):g}"), n=number(len(chosen)), k=number(len(table.frame)),
        names=raw(", ".join(chosen["site"].astype(str).head(8))) if len(chosen) else Text("none", "无"),
        c=raw(f"{float(table.facts['cost']):g}"),
        g=percent(100 * table.facts["greedy_gain"] / table.facts["gain"], 0) if table.facts["gain"] else Text("–", "–"),
    )  # fmt: skip
    cells: dict[str, Cell] = {"site": raw, "cost": figures(3), "alone": figures(3), "with_chosen": figures(3),
                              "chosen": yes_no, "greedy": yes_no}  # fmt: skip
    return [Paragraph(text), grid(table, table.frame, cells, Text("Sites to restore", "待修复地块"), folded=True)]


_DOUBT = {"always": Text("always", "始终入选"), "depends": Text("hangs on the price", "取决于价格"),
          "never": Text("never", "始终不入选")}  # fmt: skip


def _restoration_doubt(found: dict[str, StoredTable]) -> list[Block]:
    table = found.get("restoration_doubt")
    if table is None or table.frame.empty:
        return []
    sure = table.frame[table.frame["reading"] == "always"]
    text = say(
        "Over {n} sets of prices within their ranges, {a} of {k} sites are in the best set every time ({names}), {d} "
        "hang on the price, {z} are never in it; the set planned keeps within the budget at {w} of the prices.",
        "在区间内的{n}组价格下，{k}处中{a}处始终入选（{names}），{d}处取决于价格，{z}处始终不入选；计划组合在{w}的价格情形下不超预算。",
        n=number(int(table.facts["sets_compared"])), a=number(len(sure)), k=number(len(table.frame)),
        names=raw(", ".join(sure["site"].astype(str).head(8))) if len(sure) else Text("none", "无"),
        d=number(int(table.facts["depends"])), z=number(int(table.facts["never"])),
        w=percent(100 * float(table.facts["plan_within_budget"]), 0),
    )  # fmt: skip
    cells: dict[str, Cell] = {"site": raw, "price": raw, "cost_low": figures(3), "cost": figures(3),
                              "cost_high": figures(3), "planned": yes_no, "share_chosen": digits(2),
                              "at_low": yes_no, "at_high": yes_no,
                              "reading": lambda v: _DOUBT.get(str(v), raw(v))}  # fmt: skip
    caption = Text("Sites over the range of prices", "价格区间内的地块选择")
    return [Paragraph(text), grid(table, table.frame, cells, caption, folded=True)]
