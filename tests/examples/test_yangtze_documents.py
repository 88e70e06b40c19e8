"""The shipped publications: keys, what others count in these cities, and how a city is read from an address."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from megaregion.data.workspace import Workspace


@pytest.fixture(scope="module")
def table(examples: Path) -> pd.DataFrame:
    found, problems = Workspace(examples / "yangtze-delta").read("documents")
    assert problems == []
    return found


@pytest.fixture(scope="module")
def derive(examples: Path) -> ModuleType:
    path = examples / "yangtze-delta" / "derive" / "documents.py"
    spec = importlib.util.spec_from_file_location("documents", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_row_is_new_and_each_document_has_a_city(examples: Path, table: pd.DataFrame) -> None:
    places = pd.read_csv(examples / "yangtze-delta" / "tables" / "places.csv", dtype=str)
    cities = set(places.loc[places["kind"] == "city", "place_id"])
    assert not table.duplicated(["document_id", "place_id"]).any() and set(table["place_id"]) <= {*cities, "out"}
    assert table["place_id"].isin(cities).groupby(table["document_id"]).any().all()
    assert table.groupby("document_id")["year"].nunique().eq(1).all() and table["people"].dropna().ge(1).all()


def test_the_order_of_cities_is_that_of_another_count(examples: Path, table: pd.DataFrame) -> None:
    """Degrees of co-publication by Liang and others (2024): all sciences, 2017, counted by them."""
    other = pd.read_csv(examples / "yangtze-delta" / "tables" / "indicators.csv", dtype={"place_id": str})
    degree = other[other["indicator"] == "copublication_degree"].set_index("place_id")["value"]
    count = table["place_id"].value_counts().reindex(degree.index).fillna(0)
    assert len(degree) == 37 and count.corr(degree, method="spearman") > 0.8


@pytest.mark.parametrize(
    ("address", "city"),
    [
        ("Department of X, Zhejiang University, Hangzhou 310058, China. a@zju.edu.cn", "330100"),
        ("The Affiliated Wuxi Hospital of Nanjing Medical University, Wuxi, Jiangsu Province, PR China.", "320200"),
        ("Shuyang Hospital of Xuzhou Medical University, Shuyang, China", "321300"),
        ("China Medical University, 155 Nanjing North Street, Shenyang 110001, China", "out"),
        ("School of Chemistry, Fudan University Shanghai 200433 China", "310100"),
        ("Kunshan Hospital, Kunshan, China", "320500"),
        ("Taizhou Hospital, Taizhou, China", "unknown"),
        ("Taizhou Hospital, Taizhou, Zhejiang, China", "331000"),
        ("People's Hospital, Suzhou, Anhui, China", "341300"),
        ("Fuyang First Hospital, Fuyang District, Hangzhou, China", "330100"),
        ("Ma’anshan Hospital, Ma’anshan City, Anhui, P. R. China", "340500"),
        ("Department of Pharmacy, Zhejiang Chinese Medical University, Zhejiang, China", "unknown"),
        ("West China Hospital, Chengdu, China", "out"),
        ("The University of Hong Kong, Hong Kong, China", "out"),
        ("Department of Pathology, Boston, MA, USA", "out"),
    ],
)
def test_a_city_is_read_from_an_address(derive: ModuleType, address: str, city: str) -> None:
    assert derive.city_of(address)[0] == city
