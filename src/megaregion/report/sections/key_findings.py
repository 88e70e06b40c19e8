"""Headlines of every section that was computed, by the question that they answer; what to do comes first."""

from __future__ import annotations

from types import ModuleType

from megaregion.report.blocks import Block, Bullets, Material, Paragraph, Section
from megaregion.report.sections import (
    accessibility,
    agreements,
    border,
    business_environment,
    coordination,
    culture,
    data_bias,
    ecology,
    equilibrium,
    failures,
    innovation,
    layers,
    links,
    mechanisms,
    nodes,
    plan,
    programs,
    rail,
    recognition_reforms,
    road_map,
    roads,
    sensitivities,
    soft_links,
    town_country,
)
from megaregion.report.text import Text

_PARTS: tuple[tuple[Text, tuple[ModuleType, ...]], ...] = (
    (Text("What it is worth, and what to choose", "价值与选择：情景、规划与协议"),
     (equilibrium, recognition_reforms, sensitivities, plan, agreements)),
    (Text("Soft links: what borders cost", "经络（软）：边界的代价"),
     (border, soft_links, programs, business_environment)),
    (Text("Hard links: what takes how long, and what breaks", "经络（硬）：时间、可达性与脆弱性"),
     (links, accessibility, roads, road_map, rail, failures, layers)),
    (Text("Nodes", "穴位：节点城市"), (nodes, innovation, culture, ecology)),
    (Text("Mechanisms: disparity, coordination, town and country", "心经：差距、协同与城乡"),
     (mechanisms, coordination, town_country)),
    (Text("Data", "数据"), (data_bias,)),
)  # fmt: skip


def section(material: Material) -> Section:
    """Findings in parts; a part of which nothing was computed is left out."""
    blocks: list[Block] = []
    for title, rooms in _PARTS:
        found = [t for room in rooms for t in room.finding(material) if t.en]
        if found:
            items = tuple(Text(t.en[0].upper() + t.en[1:], t.zh) for t in found)
            blocks += [Paragraph(title, "head"), Bullets(items, "key")]
    heading = Text("Key findings", "主要结论")
    if not blocks:
        text = Text("These tables give no headline; the sections say what is lacking.",
                    "现有数据无法得出主要结论；各节注明所缺数据。") if any(material.results.values()) else Text(
            "No step has been run: there is nothing to report yet.", "尚未运行任何步骤，暂无结论。")  # fmt: skip
        return Section("findings", heading, (Paragraph(text, "missing"),), grey=True)
    return Section("findings", heading, tuple(blocks))
