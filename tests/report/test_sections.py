import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from megaregion.report.blocks import Bullets, Drawing, Grid, Material, Paragraph, Section
from megaregion.report.remarks import remark
from megaregion.report.sections import appendix, border, equilibrium, links, mechanisms, nodes, plan, region
from megaregion.report.text import MODELLED, plain

ROOMS = (region, nodes, links, border, mechanisms, equilibrium, plan)


def words(section: Section, language: str = "en") -> str:
    """All the text of a section."""
    out = []
    for block in section.blocks:
        if isinstance(block, Paragraph):
            out.append(block.text.of(language))
        elif isinstance(block, Bullets):
            out += [t.of(language) for t in block.items]
        elif isinstance(block, Grid):
            out += [c.of(language) for row in block.rows for c in row]
        elif isinstance(block, Drawing):
            out += [block.caption.of(language), block.alt.of(language)]
    return " ".join(out)


@pytest.mark.parametrize("room", ROOMS, ids=lambda r: r.__name__.rsplit(".", 1)[1])
def test_no_sentence_lacks_a_language(room, material: Material) -> None:
    """Chinese prose holds Chinese, English prose holds none (place names in English are Latin)."""
    section = room.section(material)
    assert re.search(r"[\u4e00-\u9fff]", plain(words(section, "zh")))
    assert not re.search(r"[\u4e00-\u9fff]", plain(words(section, "en")))


def test_population_is_the_sum_of_the_units(material: Material) -> None:
    total = int(material.cluster.select("city")["population"].sum())
    assert f"({total:,})" in words(region.section(material))


def test_border_without_identification_has_words_and_no_number(material: Material) -> None:
    text = words(border.section(material))
    assert "Not identified: Shanghai–Jiangsu" in text
    grid = next(b for b in border.section(material).blocks if isinstance(b, Grid))
    row = next(r for r in grid.rows if "across Shanghai–Jiangsu" in r[2].en)
    assert row[3].en == "–"


def test_border_stands_beside_its_placebo_and_minutes_beside_their_base(material: Material) -> None:
    text = words(border.section(material))
    assert "0.670" in text
    assert "0.140" in text
    assert "17 min (8 to 29) on a trip of 60 min" in text
    assert "dyadic error 0.100; two-way clustered 0.070" in text
    zh = border.finding(material)[0].zh
    assert "对偶稳健标准误0.100；双向聚类0.070" in zh


def test_few_groups_have_their_own_interval_which_may_be_open(make_material, results) -> None:
    rows = pd.DataFrame({"layer": ["trains"], "coef": [0.67], "ci_low": [-np.inf], "ci_high": [1.2], "p_value": [0.25],
                         "group_pairs": [3.0]})  # fmt: skip
    wild = {"border_wild": replace(results["links"]["border"], frame=rows)}
    text = border.finding(make_material({**results, "soft_links": wild}))[0]
    assert "only 3 pairs of provinces or groups carry it" in text.en and "gives −∞ to 1.200 (p 0.250)" in text.en
    assert "野自助法区间为−∞至1.200（p=0.250）" in text.zh


def test_modelled_numbers_are_marked_and_measured_ones_are_not(material: Material) -> None:
    assert all(MODELLED.en in t.en for t in (*border.finding(material), *equilibrium.finding(material)[:1]))
    assert MODELLED.en not in mechanisms.finding(material)[1].en


def test_mark_follows_the_description_of_the_column(make_material, results) -> None:
    table = results["links"]["border"]
    measured = replace(table, columns=tuple(replace(c, modelled=False) for c in table.columns))
    other = make_material({**results, "links": {**results["links"], "border": measured}})
    assert MODELLED.en not in border.finding(other)[0].en


def test_sentences_follow_the_tables(make_material, results) -> None:
    """Another number in the table is another number in the sentence."""
    table = results["equilibrium"]["scenarios"]
    frame = table.frame.assign(welfare_percent=[3.21, 4.0])
    other = make_material(
        {**results, "equilibrium": {**results["equilibrium"], "scenarios": replace(table, frame=frame)}}
    )
    assert "+3.21 %" in equilibrium.finding(other)[0].en
    assert "+3.21%" in equilibrium.finding(other)[0].zh


def test_losing_units_with_growing_towns(material: Material) -> None:
    """3 of 6 lose; 9.2 m at 40 % urban become 9.0 m at 60 %: the towns grew everywhere."""
    text = mechanisms.finding(material)[1].en
    assert "3 of 6 units" in text
    assert "in 3 of the 3 losing units the urban population still grew" in text


def test_falling_population_is_not_loss_where_real_income_rises(material: Material) -> None:
    assert "Every place gains; that 2 places lose residents" in words(equilibrium.section(material))


def test_real_losers_are_named_as_such(make_material, results) -> None:
    table = results["equilibrium"]["scenario_places"]
    frame = table.frame.assign(real_income_fixed_percent=[-0.2, 1, 1, 1, 1, 1])
    tables = {**results["equilibrium"], "scenario_places": replace(table, frame=frame)}
    text = words(equilibrium.section(make_material({**results, "equilibrium": tables})))
    assert "1 places lose real income even if nobody moves" in text
    assert "They are not losers" not in text


def test_border_scenario_is_not_sold_as_an_offer(material: Material, make_material, results) -> None:
    assert "regression coefficient" in words(equilibrium.section(material))
    assert any("regression coefficient" in t.en for t in equilibrium.finding(material))
    table = results["equilibrium"]["scenarios"]
    calm = replace(table, facts={"scenarios": [{"id": "half", "name": "A line", "change": [{"type": "AddLink"}]}]})
    other = make_material({**results, "equilibrium": {**results["equilibrium"], "scenarios": calm}})
    assert not any("regression coefficient" in t.en for t in equilibrium.finding(other))


def test_opened_lines_are_a_test_and_no_advice(material: Material) -> None:
    text = words(plan.section(material))
    assert "Rail A (rank 1, opened 2021)" in text
    assert "Rail: of 1 that can be decided, Rail B gains most" in text


def test_sum_and_joint_value_both_stand(material: Material) -> None:
    text = plan.finding(material)[1].en
    assert "+0.4400 %" in text
    assert "+0.4300 %" in text


def test_set_with_agreements_carries_its_warning(material: Material) -> None:
    assert "This set holds agreements" in words(plan.section(material))


def test_shares_of_the_gain_sum_to_a_hundred(material: Material) -> None:
    grid = next(b for b in plan.section(material).blocks if isinstance(b, Grid) and "Who gains" in b.caption.en)
    shares = [float(row[-1].en) for row in grid.rows]
    assert sum(shares) == pytest.approx(100.0, abs=0.15)  # three shares, each rounded to 0.1
    gains = {row[0].en: row[3].en for row in grid.rows}
    assert gains == {"Shanghai": "+100", "Jiangsu": "+70", "Anhui": "+130"}


def test_hole_of_the_index_is_named(material: Material) -> None:
    assert "Ecology: no data" in words(nodes.section(material))
    assert "生态：无数据" in words(nodes.section(material), "zh")


def test_the_index_is_described_by_the_rules_of_its_tree(make_material, results) -> None:
    table = results["nodes"]["index"]
    assert "fixed goalposts; weights are as stated in the tree" in words(nodes.section(make_material(results)))
    rules = {"normalisation": "z", "weights": "entropy", "across_pillars": "arithmetic", "outliers": "winsorise",
             "inside_pillar": {"ecology": "harmonic"}}  # fmt: skip
    other = make_material({**results, "nodes": {**results["nodes"], "index": replace(table, parameters=rules)}})
    en, zh = words(nodes.section(other)), words(nodes.section(other), "zh")
    assert (
        "Indicators are z-scores; weights are entropy; inside a pillar they form the arithmetic mean (ecology by " in en
    )
    assert "across pillars the arithmetic mean. Long tails: winsorise." in en
    assert "fixed goalposts" not in en and "not paid for" not in en
    assert "标准化得分；权重：熵权；维度内取算术平均（ecology用调和平均），维度间取算术平均" in zh


def test_indicators_left_out_of_an_index_are_named_in_both_languages(make_material, results) -> None:
    text = "indicator a is left out and its weight goes to the others of innovation: "
    whys = ("no value of 2020 with scope 全市", "2 of 6 places have no value of 2020: 1, 2",
            "the scaled value is the same for all places")  # fmt: skip
    table = replace(results["nodes"]["index"], warnings=tuple(text + why for why in whys))
    other = make_material({**results, "nodes": {**results["nodes"], "index": table}})
    assert text + whys[1] in words(nodes.section(other))
    zh = words(nodes.section(other), "zh")
    assert "2020 年无数据" in zh and "6个中2个缺值" in zh and "各地数值相同" in zh and "left out" not in zh


def test_index_without_any_data_is_one_grey_line(make_material, results) -> None:
    table = results["nodes"]["index"]
    pillars = [{**p, "status": "no data"} for p in table.facts["pillars"]]
    empty = replace(table, facts={**table.facts, "pillars": pillars}, frame=table.frame.assign(rank=float("nan")))
    other = make_material({**results, "nodes": {**results["nodes"], "index": empty}})
    assert "none of its pillars has data" in words(nodes.section(other))
    assert nodes.finding(other) == []


def test_warnings_are_put_into_chinese_or_shown_as_they_are(material: Material) -> None:
    known = remark(material, "the borders of 310000 are not identified: a group of one place has no flow inside")
    assert known.zh.startswith("上海的边界不可识别")
    assert "the borders of Shanghai" in known.en
    unknown = remark(material, "something <new> happened")
    assert "something &lt;new&gt; happened" in unknown.zh


def test_numbers_in_warnings_are_not_taken_for_places(make_material, results) -> None:
    """State codes such as 10 or 16 look like numbers; only long codes become names."""
    material = make_material(results)
    places = material.cluster.places.rename(index={"320000": "16"})
    other = replace(material, cluster=material.cluster.replace(places=places))
    assert remark(other, "16 groups: few").en == "16 groups: few"


def test_step_that_found_nothing_says_why(make_material, results) -> None:
    table = results["mechanisms"]["population_change"]
    empty = replace(table, frame=table.frame.iloc[:0], warnings=("there is one year only",))
    other = make_material({**results, "mechanisms": {**results["mechanisms"], "population_change": empty}})
    text = words(mechanisms.section(other))
    assert "No change of population could be computed" in text
    assert "there is one year only" in text
    assert "Step not run" not in text


def test_findings_of_the_doctor(material: Material) -> None:
    assert "0 errors, 1 warnings, 0 notes" in words(appendix.findings(material))


def test_stability_of_the_order_is_said_where_it_is_known(material: Material) -> None:
    table = material.results["plan"]["projects"]
    known = replace(table, facts={**table.facts, "rank_concordance": 0.912, "rank_correlation": 0.834})
    new = replace(material, results={**material.results, "plan": {**material.results["plan"], "projects": known}})
    for language in ("en", "zh"):
        text = words(plan.section(new), language)
        assert "0.912" in text and "0.834" in text
        assert "0.912" not in words(plan.section(material), language)


def test_assumed_elasticities_are_told_in_chinese(material: Material) -> None:
    text = remark(material, "HukouPoints: share of the log migration cost that full recognition removes is a stated "
                            "assumption: 0.3 (0.05 to 1)")  # fmt: skip
    assert "明示假设：0.3（0.05至1）" in text.zh and "lang=" not in text.zh
