"""megaregion segmentation on real prices: 18 US metropolitan areas with their census regions, 18 Chinese provinces."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from tests.section_words import words

from megaregion.cli.main import cli
from megaregion.data.stored import stored
from megaregion.data.workspace import Workspace
from megaregion.links.soft.price_border import price_border
from megaregion.links.soft.study import prices_of_cluster
from megaregion.report.blocks import Material
from megaregion.report.sections import segmentation

HOWTO = Path(__file__).parents[2] / "docs" / "howto"
CONFIG = """format = 1
[cluster]
id = "{id}"
name = "{id}"
level = "{level}"
group = "{group}"
base_year = 2017
currency = "USD"
timetable = "none"
seed = 1
"""


def workspace(root: Path, level: str, group: str, places: pd.DataFrame, prices: pd.DataFrame) -> Workspace:
    """A folder with places and prices, nothing else."""
    (root / "tables").mkdir(parents=True)
    (root / "workspace.toml").write_text(CONFIG.format(id=root.name, level=level, group=group), encoding="utf-8")
    places.to_csv(root / "tables" / "places.csv", index=False)
    prices.to_csv(root / "tables" / "prices.csv", index=False)
    return Workspace(root)


@pytest.fixture(scope="module")
def metros(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    at = pd.read_csv(HOWTO / "us_metros.csv")
    regions = pd.DataFrame({"place_id": sorted(set(at["census_region"])), "kind": "state"})
    cities = at.assign(kind="city", parent_id=at["census_region"])
    places = pd.concat([regions.assign(name=regions["place_id"]), cities])[
        ["place_id", "name", "kind", "parent_id", "lon", "lat"]
    ]
    wide = pd.read_csv(HOWTO / "us_metro_prices_1998_2017.csv")
    prices = wide.melt(["place_id", "period"], var_name="good", value_name="price").assign(kind="price")
    return workspace(tmp_path_factory.mktemp("prices") / "usa", "city", "state", places, prices)


@pytest.fixture(scope="module")
def provinces(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    table = pd.read_csv(HOWTO / "china_province_prices_2006.csv", dtype={"place_id": str})
    places = table[["place_id", "name", "name_zh", "lon", "lat"]].assign(kind="province", parent_id=None)
    prices = table.drop(columns=["name", "name_zh", "lon", "lat", "general"])
    prices = prices.melt("place_id", var_name="good", value_name="price").assign(period=2006, kind="index")
    return workspace(tmp_path_factory.mktemp("prices") / "china", "province", "province", places, prices)


def section(one: Workspace) -> tuple[str, str]:
    """The section of the report in English and Chinese."""
    results = {"soft_links": {name: stored(part) for name, part in prices_of_cluster(one.cluster()).items()}}
    found = segmentation.sections(Material(results, one.cluster(), None, one.sources, ()))
    return words(found[0], "en"), words(found[0], "zh")


def test_the_copies_are_as_published():
    """General index of each province in the China Statistical Yearbook 2007, table 9-5, another publication."""
    table = pd.read_csv(HOWTO / "china_province_prices_2006.csv").set_index("name")
    yearbook = {
        "Beijing": 100.9, "Tianjin": 101.5, "Hebei": 101.7, "Shanxi": 102.0, "Inner Mongolia": 101.5, "Liaoning": 101.2,
        "Jilin": 101.4, "Heilongjiang": 101.9, "Shanghai": 101.2, "Jiangsu": 101.6, "Zhejiang": 101.1, "Anhui": 101.2,
        "Fujian": 100.8, "Jiangxi": 101.2, "Shandong": 101.0, "Henan": 101.3, "Hubei": 101.6,
    }  # fmt: skip
    assert table["general"].drop("Hunan").to_dict() == yearbook
    groups = table.loc[:, "food":]
    assert groups.shape == (18, 8)
    assert ((groups.min(axis=1) <= table["general"]) & (table["general"] <= groups.max(axis=1))).all()  # a mean of them


def test_metropolitan_areas(metros: Workspace):
    run = CliRunner().invoke(cli, ["segmentation", str(metros.root), "--json"])
    assert run.exit_code == 0, run.output
    found = json.loads(run.stdout)
    rows = pd.DataFrame(found["segmentation"]["rows"])
    assert len(rows) == 18 * 19 and rows["period"].iloc[0] == 2017  # what is new comes first, the worst of it on top
    assert rows["segmentation"].iloc[0] == rows.loc[rows["period"] == 2017, "segmentation"].max()
    border = pd.DataFrame(found["price_border"]["rows"]).set_index(["good", "term"])
    assert border.loc[("all", "border"), "ci_low"] < 0 < border.loc[("all", "border"), "ci_high"]
    places = metros.cluster().select("city")
    prices = metros.cluster().further["prices"].rename(columns={"place_id": "place"})
    same = price_border(prices, places.assign(group=places["parent_id"]), kind="price").to_frame()
    np.testing.assert_allclose(border["coef"], same["coef"])


def test_report_of_metropolitan_areas(metros: Workspace):
    en, zh = section(metros)
    assert "in 1999 and" in en and "in 2017" in en and "a border between groups" in en and "compare the spread" in en
    assert "距离加倍" in zh and "跨组（省）边界" in zh and "边界效应与各组" in zh


def test_provinces_of_one_year(provinces: Workspace):
    run = CliRunner().invoke(cli, ["segmentation", str(provinces.root)])
    assert run.exit_code == 0, run.output
    assert (
        "310000" in run.stdout.splitlines()[2] and "price_border" not in run.stdout
    )  # Shanghai; one year has no spread
    en, zh = section(provinces)
    assert "without the good clothing" in en and "剔除商品“clothing”" in zh  # 106.4 where Zhejiang has 97.8
    assert "in 2006" in en and "2006年为" in zh and " and " not in en.split("(variance")[0]
