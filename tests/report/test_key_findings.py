"""The first page: every finding once, by question, nothing of what was not computed."""

import importlib
import pkgutil
from dataclasses import replace

from megaregion.report import sections
from megaregion.report.blocks import Bullets, Material, Paragraph
from megaregion.report.sections import key_findings, nodes, plan
from megaregion.report.text import plain

# shown inside the finding of another section
INSIDE = {"agreement_list", "bargains", "disparity", "flow_layers", "gains", "incidence", "innovation_ties", "islands",
          "link_values", "pairing", "parks", "paths", "place_values", "portfolio", "poverty", "program_map", "register",
          "rural_functions", "segmentation", "shared_services", "spillover", "tables", "villages", "vouchers",
          "flow_roles", "appendix", "region", "key_findings"}  # fmt: skip


def _named() -> list[str]:
    return [room.__name__.rsplit(".", 1)[1] for _, rooms in key_findings._PARTS for room in rooms]


def test_every_section_with_findings_stands_in_one_part() -> None:
    """A new section that forgets to register would be silent on the first page."""
    found = {m.name for m in pkgutil.iter_modules(sections.__path__)} - INSIDE
    modules = {n for n in found if hasattr(importlib.import_module(f"{sections.__name__}.{n}"), "finding")}
    assert sorted(_named()) == sorted(modules)


def test_parts_follow_each_other_as_heading_and_list(material: Material) -> None:
    blocks = key_findings.section(material).blocks
    assert len(blocks) >= 4 and len(blocks) % 2 == 0
    for head, items in zip(blocks[::2], blocks[1::2], strict=True):
        assert isinstance(head, Paragraph) and head.kind == "head"
        assert isinstance(items, Bullets) and items.items
        assert all(plain(t.en)[0] == plain(t.en)[0].upper() and t.zh for t in items.items)
    first = blocks[1]
    assert isinstance(first, Bullets)
    (text, *_) = plan.finding(material)
    assert any(t.zh == text.zh for t in first.items), "what to choose comes first"


def test_a_part_without_results_is_left_out(material: Material) -> None:
    only = replace(material, results={"plan": material.results["plan"]})
    heads = [b for b in key_findings.section(only).blocks if isinstance(b, Paragraph)]
    assert [plain(h.text.en) for h in heads] == ["What it is worth, and what to choose"]


def test_nothing_computed_is_said(material: Material) -> None:
    section = key_findings.section(replace(material, results={}))
    (block,) = section.blocks
    assert section.grey and isinstance(block, Paragraph) and block.kind == "missing"


def test_a_pillar_that_is_left_out_says_why(material: Material) -> None:
    """A pillar with too few indicators is not one without data: the reason of the index is told."""
    (text, *_) = nodes.finding(material)
    assert plain(text.en).endswith("Left out and shown grey: Ecology (the tree names no indicators).")
    assert plain(text.zh).endswith("以下支柱不计入并以灰色显示：生态（指标树未列指标）。")
