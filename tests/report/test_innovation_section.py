"""The section of innovation on a small region: conversion, rare choke points, doubts, and nothing at all."""

import re

import pandas as pd
import pytest
from tests.nodes.innovation_by_hand import CITIES, cluster, documents, indicators, industries

from megaregion.data.cluster import Cluster
from megaregion.data.stored import stored
from megaregion.nodes.innovation import innovation
from megaregion.nodes.innovation_options import InnovationOptions
from megaregion.report.blocks import Bullets, Grid, Material, Paragraph
from megaregion.report.sections import innovation as room
from megaregion.report.text import plain

OPTIONS = InnovationOptions(draws=100)
RATES = [("A", 2020, "patents_converted", 15.0, "count", "全市"), ("A", 2020, "valid_patents", 148.0, "count", "全市"),
         ("B", 2020, "patents_converted", 5.0, "count", "全市")]  # fmt: skip


def told(of: Cluster, options: InnovationOptions = OPTIONS) -> dict[str, str]:
    """All words of the section by language."""
    tables = {name: stored(table) for name, table in innovation(of, seed=1, options=options).items()}
    section = room.section(Material({"nodes": tables}, of, None, {}, ()))
    out = {}
    for language in ("en", "zh"):
        words = []
        for block in section.blocks:
            if isinstance(block, Paragraph):
                words.append(block.text.of(language))
            elif isinstance(block, Bullets):
                assert not [t.zh for t in block.items if 'lang="en"' in t.zh]  # every warning has its Chinese form
                words += [t.of(language) for t in block.items]
            elif isinstance(block, Grid):
                words += [cell.of(language) for row in block.rows for cell in row]
        out[language] = plain(" ".join(words))
    return out


def test_conversion_with_its_interval_and_reasons() -> None:
    """15 of 148 are 10.1 %, Wilson's interval 6.24 to 16.05 %."""
    words = told(cluster(indicators=indicators(*RATES)))
    assert "known for 1 of 8 places; highest in A: 10.1 % of valid patents" in words["en"]
    assert "6.2 % to 16.0 %" in words["en"] and "no number of valid patents" in words["en"]
    assert "缺有效专利数" in words["zh"] and not re.search(r"[\u4e00-\u9fff]", words["en"])


def test_no_rate_anywhere_is_said() -> None:
    words = told(cluster(indicators=indicators(RATES[2])))
    assert "known for 0 of 8 places." in words["en"] and "8个地区中有0个" in words["zh"]


def test_what_inputs_become_is_told_with_its_years() -> None:
    """300 over 200 is 1.50 in A, 100 over 400 is 0.25 in B; 10 grants for 200 million are 5 per 100 million."""
    money = "million CNY (current)"
    rows = [(p, 2020, n, v, money, "全市") for p, n, v in (
        ("A", "technology_sold", 300.0), ("A", "rd_expenditure", 200.0), ("B", "technology_sold", 100.0),
        ("B", "rd_expenditure", 400.0), ("C", "technology_sold", 1.0))]  # fmt: skip
    rows += [
        ("A", 2020, "invention_grants", 10.0, "count", "全市"),
        ("A", 2019, "rd_expenditure", 100.0, money, "全市"),
    ]
    words = told(cluster(indicators=indicators(*rows)))
    assert ("Technology sold, contract value (2020) over R&D expenditure (2020): 1.50 in A, the highest of 2 places; "
            "lowest 0.250 in B.") in words["en"]  # fmt: skip
    assert "5.00 per 100 million CNY (current) in A (95 % interval 2.40 to 9.20" in words["en"]
    assert "输出技术合同额（2020年）与研究与试验发展经费（2020年）之比：A1.50，为2个地区中最高" in words["zh"]
    assert "A5.00件/亿元（当年价）" in words["zh"] and "3个产出值中1个没有对应的投入" in words["zh"]
    assert "no input of this territory" in words["en"] and not re.search(r"[\u4e00-\u9fff]", words["en"])


def test_rare_choke_points_and_structures_that_fall_apart() -> None:
    """Every city has an industry of its own beside one of the others: groups that share nothing have no complexity."""
    table = {c: [1000.0 * (k // 2 == i) for k in range(16)] + [1.0] for i, c in enumerate(CITIES)}
    choke = pd.DataFrame({"choke_point": ["rare"], "activities": ["i16"]})
    words = told(cluster(industries=industries(table), choke_points=choke))
    assert "rare: nothing related is measured in any place" in words["en"] and "各地均无相关活动的数据" in words["zh"]
    assert "fall apart into 8 groups" in words["en"] and "分成8个互不相连的组" in words["zh"]
    assert "No complexity of places could be computed." in words["en"]


def test_choke_points_on_one_activity_are_one_sentence() -> None:
    """Five that rest on i01 cannot be told apart; the one on i02 has its own words; exposure only where it is known."""
    table = {c: [1000.0 + 4000.0 * ((k + i * i) % 5 < 2) for k in range(12)] for i, c in enumerate(CITIES)}
    choke = pd.DataFrame({
        "choke_point": list("abcdef"), "name_zh": list("甲乙丙丁戊己"), "activities": ["i01"] * 5 + ["i02"],
        "import_dependence": [0.8, 0.9, None, None, None, None], "domestic_holders": [2.0, 1.0, None, None, None, None],
    })  # fmt: skip
    of = cluster(industries=industries(table), choke_points=choke)
    words = told(of)
    points = innovation(of, seed=1, options=OPTIONS)["choke_points"].to_frame().set_index("choke_point")
    assert words["en"].count("nearest is") == 2
    assert (
        "a, b, c and 2 more (resting on: i01): nearest is" in words["en"]
        and "甲、乙、丙等5项（所依托：业1）" in words["zh"]
    )
    assert "The 5 cannot be told apart by it." in words["en"] and "f (resting on: i02): nearest is" in words["en"]
    assert (
        f"known for 2 of 6: highest {points.loc['b', 'exposure']:.3f}" in words["en"]
        and "6项中2项可计算，最高为乙" in words["zh"]
    )
    assert points.loc["b", "exposure"] == pytest.approx(0.9 * (1 - points.loc["b", "density"]))


def test_what_one_place_alone_reports_is_no_ranking() -> None:
    facts = [(c, 2020, "patents", 10.0 + k, "count", "全市") for k, c in enumerate(CITIES)]
    facts += [("A", 2019, "invention_grants", 7.0, "count", "全市")]
    of = cluster(indicators=indicators(*facts))
    words = told(of)
    assert (
        "Inventions granted (2019, whole prefecture): 7 in A; no other place has a value" in words["en"]
        and "其他地区均无数据" in words["zh"]
    )
    tables = {name: stored(table) for name, table in innovation(of, seed=1, options=OPTIONS).items()}
    first = room.finding(Material({"nodes": tables}, of, None, {}, ()))[0]
    assert f"of all {len(CITIES)} places" in first.en, "a key finding is about what most places report"


def test_doubts_about_documents_and_structures_are_told() -> None:
    """A late year, places abroad only, too few cities for the centre; shares instead of counts, few activities."""
    rows = [(f"d{k}", "A", 2019, None, None, None) for k in range(9)]
    rows += [("d", "A", 2020, None, None, None), ("x", "Rome", 2020, None, None, None)]
    table = {c: [1.0 + 4.0 * (k < 12 - i) for k in range(12)] for i, c in enumerate(CITIES)}
    shares = {c: [v / sum(row) for v in row] for c, row in table.items()}
    words = told(cluster(documents=documents(*rows), industries=industries(shares, unit="share")))
    for part in ("documents: 1 name no place of the region", "the last year may be incomplete", "needs 6 places",
                 "activities are no counts"):  # fmt: skip
        assert part in words["en"]
    assert (
        "1件成果未涉及本区域" in words["zh"] and "末年可能尚不完整" in words["zh"] and "未计算中心辐射" in words["zh"]
    )


def test_a_workspace_that_says_nothing_is_grey() -> None:
    section = room.section(Material({"nodes": {}}, cluster(), None, {}, ()))
    assert section.grey and "no documents, no industries" in section.blocks[0].text.en  # type: ignore[union-attr]
    assert room.sections(Material({}, cluster(), None, {}, ())) == []
    assert room.finding(Material({"nodes": {}}, cluster(), None, {}, ())) == []
