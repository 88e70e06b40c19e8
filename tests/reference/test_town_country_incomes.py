"""Incomes of town and country as published for Jiangsu and Zhejiang: printed ratios, printed distances, the census.

Zhejiang's bureau prints the ratio 1.96 for 2020 and how far all, town and country are above China (32,189, 43,834 and
17,131 yuan); the ratio of Jiangsu in 2022 is printed as 2.11. Sources: docs/howto/town_country_incomes/workspace.toml.
Not published, so not compared: the Theil index.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.core.inequality import theil
from megaregion.data.cluster import Cluster
from megaregion.data.workspace import Workspace
from megaregion.mechanisms.urban_rural import urban_rural

FOLDER = Path(__file__).parents[2] / "docs" / "howto" / "town_country_incomes"


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return Workspace(FOLDER).cluster()


@pytest.mark.parametrize(("place", "year", "printed"), [("330000", 2020, 1.96), ("320000", 2022, 2.11)])
def test_printed_ratios(cluster: Cluster, place: str, year: int, printed: float) -> None:
    table = urban_rural(cluster, 1)["urban_rural"].to_frame().set_index(["place_id", "year"])
    assert round(table.loc[(place, year), "income_ratio"], 2) == printed


def test_printed_distances_from_china(cluster: Cluster) -> None:
    rows = cluster.indicators.query("place_id == '330000' and year == 2020").set_index("indicator")["value"]
    assert rows["income"] - 32_189 == 20_208
    assert rows["income_urban"] - 43_834 == 18_865
    assert rows["income_rural"] - 17_131 == 14_799


def test_people_are_those_of_the_cities(cluster: Cluster, examples: Path) -> None:
    cities = pd.read_csv(examples / "yangtze-delta" / "tables" / "indicators.csv", dtype={"place_id": str})
    cities = cities[(cities["year"] == 2020) & cities["place_id"].str.match(r"3[23]\d\d00$")]
    for name in ("population", "urban_population"):
        total = cities[cities["indicator"] == name].groupby(cities["place_id"].str[:2])["value"].sum()
        here = cluster.indicators[cluster.indicators["indicator"] == name].set_index("place_id")["value"]
        assert here.to_dict() == {f"{p}0000": v for p, v in total.items()}


def test_the_region_is_the_index_of_its_four_groups(cluster: Cluster) -> None:
    found = urban_rural(cluster, 1)
    table = found["urban_rural"].to_frame().query("year == 2020")
    income = np.concatenate([table["income_urban"], table["income_rural"]])
    people = np.concatenate([table["population_urban"], table["population_rural"]])
    row = found["urban_rural_theil"].to_frame().iloc[0]
    assert row["total"] == pytest.approx(theil(income * people, people))
    assert row["between_town_country"] + row["within_town_country"] == pytest.approx(row["total"])
    assert row["between_places"] + row["within_places"] == pytest.approx(row["total"])
