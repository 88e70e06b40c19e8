"""The shipped list of protected sites: published counts, places, and that it can be derived again."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from megaregion.data.cluster import ancestor
from megaregion.data.workspace import Workspace


@pytest.fixture(scope="module")
def table(examples: Path) -> pd.DataFrame:
    found, problems = Workspace(examples / "yangtze-delta").read("heritage")
    assert problems == []
    number = found["site_id"].str.split("-", expand=True)
    return found.assign(batch=number[0].astype(int), serial=number[1].astype(int), category=number[2].astype(int),
                        province=found["place_id"].str.lstrip("S").str[:2])  # fmt: skip


def test_counts_that_were_published(table: pd.DataFrame) -> None:
    """Anhui's press of May 2013, Jiangsu's counts of 2013, Zhejiang's bureau of heritage of October 2019."""
    of = dict(iter(table.groupby("province")))
    assert (of["34"]["batch"] <= 6).sum() == 56
    assert (of["32"]["batch"] == 7).sum() == 105
    eighth = of["33"][of["33"]["batch"] == 8]["category"].value_counts()
    assert eighth.to_dict() == {1: 4, 3: 25, 4: 5, 5: 13, 6: 3}


def test_numbers_are_unique_and_run_through(table: pd.DataFrame) -> None:
    """The notices of 2006 to 2019 number the sites of a category province by province: a gap would be a lost row."""
    assert table["site_id"].is_unique and table["name_zh"].notna().all()
    for _, part in table[table["batch"] >= 6].groupby(["batch", "category", "province"]):
        assert part["serial"].diff().dropna().eq(1).all()


def test_level_year_and_place_say_one_thing(examples: Path, table: pd.DataFrame) -> None:
    cluster = Workspace(examples / "yangtze-delta").cluster()
    assert (table["note"].notna() == table["level"].eq("world")).all()
    assert (
        table.loc[table["note"] == "Classical Gardens of Suzhou", "place_id"].str.lstrip("S").str[:4].eq("3205").all()
    )
    assert (table["note"] == "Classical Gardens of Suzhou").sum() == 9  # as UNESCO lists them
    assert table.groupby("batch")["year"].nunique().eq(1).all()
    kinds = table["place_id"].map(cluster.places["kind"])
    assert set(kinds) == {"county", "stable_unit"}
    assert table["place_id"].map(ancestor(cluster.places, "city")).notna().all()


def test_it_can_be_derived_again(examples: Path, tmp_path: Path) -> None:
    source, copy = examples / "yangtze-delta", tmp_path / "example"
    (copy / "tables").mkdir(parents=True)
    shutil.copytree(source / "derive", copy / "derive")
    shutil.copy(source / "tables" / "places.csv", copy / "tables")
    subprocess.run([sys.executable, str(copy / "derive" / "heritage.py")], check=True, capture_output=True)
    written = (copy / "tables" / "heritage.csv").read_bytes()
    assert written == (source / "tables" / "heritage.csv").read_bytes()


def test_flags_stand_on_a_name_and_bound_the_rate(examples: Path, table: pd.DataFrame) -> None:
    """Every flag says open and has a word of the rule in its name, in the city of the rule; each word is used."""
    folder = examples / "yangtze-delta"
    words = pd.read_csv(folder / "derive" / "heritage_open.csv", dtype=str)
    cluster = Workspace(folder).cluster()
    city = table["place_id"].map(ancestor(cluster.places, "city"))
    shown = pd.Series(False, table.index)
    for row in words.itertuples():
        mine = (city == row.place_id) & table["name_zh"].str.contains(row.word, regex=False)
        assert mine.any(), row.word
        assert row.kind == "museum" or any(part in row.shown_by for part in (row.word, row.word[:2], "二大")), row.word
        shown |= mine
    assert (table["open"].notna() == shown).all() and table.loc[shown, "open"].astype(bool).all()
    assert table["visitors"].notna().sum() == 1 and shown[table["visitors"].notna()].all()


def test_carriers_that_were_published(examples: Path, tmp_path: Path) -> None:
    """Suzhou has six 5A areas (press of 2021 on 2020); the list numbers 3, 25, 19 and 12 areas by province."""
    source, copy = examples / "yangtze-delta", tmp_path / "example"
    listed = pd.read_csv(source / "derive" / "culture_carriers.csv", dtype=str)
    areas = listed[listed["carrier"] == "scenic_areas_5a"]
    assert areas["place_id"].str[:2].value_counts().to_dict() == {"31": 3, "32": 25, "33": 19, "34": 12}
    counts = pd.read_csv(source / "tables" / "indicators.culture.csv", dtype={"place_id": str})
    wide = counts.pivot(index="place_id", columns="indicator", values="value")
    assert wide.loc["320500", "scenic_areas_5a"] == 6 and len(wide) == 41
    assert wide.sum().to_dict() == {"museums_first_grade": 20, "scenic_areas_5a": 59}
    (copy / "tables").mkdir(parents=True)
    shutil.copytree(source / "derive", copy / "derive")
    shutil.copy(source / "tables" / "places.csv", copy / "tables")
    subprocess.run([sys.executable, str(copy / "derive" / "culture.py")], check=True, capture_output=True)
    written = (copy / "tables" / "indicators.culture.csv").read_bytes()
    assert written == (source / "tables" / "indicators.culture.csv").read_bytes()
