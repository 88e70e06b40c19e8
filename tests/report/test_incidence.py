"""Groups, owners and provenance in the section of the equilibrium."""

import numpy as np
import pandas as pd

from megaregion.data.stored import StoredTable
from megaregion.report.blocks import Material
from megaregion.report.sections.incidence import groups, owners, provenance, reforms
from megaregion.result import Column

UNIT = "million CNY (current)"


def table(frame: pd.DataFrame, **units: str) -> StoredTable:
    columns = tuple(
        Column(n, units.get(n, ""), n, n, modelled=n in units, formula="methods#equilibrium" if n in units else "")
        for n in frame.columns
    )
    return StoredTable(frame, columns, title_en="Table", title_zh="表")


def people(count: int = 12, **more: object) -> StoredTable:
    frame = pd.DataFrame({
        "scenario": "s", "variant": "headline",
        "group": [*["310100", "320100", "outside"], *map(str, range(count - 3))],
        "members": 2.5e6, "welfare_percent": np.linspace(2.0, -0.2, count), "welfare_percent_p05": -0.5,
        "welfare_percent_p95": np.linspace(2.5, 0.5, count), "gain": 1234.0, **more,
    })  # fmt: skip
    return table(frame, welfare_percent="percent", gain=UNIT)


def test_first_and_last_groups_with_range_and_name(material: Material) -> None:
    (grid,) = groups(material, people(stay_before=[np.nan, 0.9, np.nan, *[0.8] * 9], stay_after=0.81), "s", "CNY")
    assert len(grid.rows) == 10
    first = grid.rows[0]
    assert first[0].zh == "上海" and first[0].en == "Shanghai"
    assert first[1].en == "2.50" and first[2].en == "+2.000 %"
    assert "−0.500" in first[3].en and "+2.500" in first[3].en
    assert first[5].en == "–" and "90.00" in grid.rows[1][5].en and "81.00" in grid.rows[1][5].en
    assert "户籍在区域之外" in grid.rows[2][0].zh
    assert not any("nan" in cell.en.lower() for row in grid.rows for cell in row[1:])


def test_one_group_or_another_scenario_shows_nothing(material: Material) -> None:
    frame = people().frame
    assert groups(material, table(frame.head(1), gain=UNIT), "s", "CNY") == []
    assert groups(material, people(), "other", "CNY") == []


def test_owners_stand_beside_people() -> None:
    frame = pd.DataFrame({
        "scenario": ["s"], "variant": ["headline"], "gain": [1000.0], "gain_p05": [500.0], "gain_p95": [2000.0],
        "floor_space_rent": [100.0], "total": [1100.0],
    })  # fmt: skip
    (paragraph,) = owners(table(frame, gain=UNIT, floor_space_rent=UNIT, total=UNIT), "s", "CNY")
    for text in (paragraph.text.en, paragraph.text.zh):
        assert "5–95" in text
    assert "1.10 bn" in paragraph.text.en.replace(" ", " ") or "1,100" in paragraph.text.en
    assert owners(table(frame, gain=UNIT), "other", "CNY") == []


def test_provenance_says_observed_fitted_assumed_in_both_languages() -> None:
    frame = pd.DataFrame({
        "block": ["trade", "commuting"], "how": ["fitted+assumed", "observed"], "observed_share": [0.0, 0.97],
        "note_en": ["gravity", "table"], "note_zh": ["引力式", "表"],
    })  # fmt: skip
    grid = provenance(table(frame))
    assert grid.rows[0][1].en == "fitted + assumed" and grid.rows[0][1].zh == "拟合＋假设"
    assert grid.rows[1][2].en.startswith("97") and grid.rows[1][3].zh == "表"


def test_reforms_of_a_joint_scenario_in_the_order_of_their_share() -> None:
    frame = pd.DataFrame({
        "scenario": ["s", "s"], "reform": ["Recognize", "HukouPoints"], "alone_percent": [0.1, 0.5],
        "shapley_percent": [0.15, 0.55], "last_percent": [0.2, 0.6], "gain": [15.0, 55.0], "share": [0.214, 0.786],
    })  # fmt: skip
    found = StoredTable(
        frame, table(frame, gain=UNIT).columns, title_en="T", title_zh="表",
        facts={"joint": {"s": {"interaction_percent": 0.1}}},
    )  # fmt: skip
    (grid,) = reforms(found, "s", "CNY")
    assert [row[0].zh for row in grid.rows] == ["积分落户互认", "社会保险互认"]
    assert grid.rows[0][5].en.startswith("78.6") and "+0.5500" in grid.rows[0][2].en
    assert "+0.1000" in grid.caption.en and "+0.1000" in grid.caption.zh
    assert reforms(found, "other", "CNY") == []
