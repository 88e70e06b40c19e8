"""Town and country of the shipped Yangtze example: what the table must hold, and that it can be derived again."""

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest


@pytest.fixture(scope="module")
def table(examples: Path) -> pd.DataFrame:
    path = examples / "yangtze-delta" / "tables" / "indicators.rural.csv"
    return pd.read_csv(path, dtype={"place_id": str}, keep_default_na=False)


def test_keys_are_new_and_shares_are_shares(examples: Path, table: pd.DataFrame) -> None:
    keys = ["place_id", "year", "indicator", "scope"]
    other = pd.read_csv(examples / "yangtze-delta" / "tables" / "indicators.csv", dtype={"place_id": str})
    both = pd.concat([table[keys], other[keys]])
    assert not both.duplicated().any()
    shares = table[table["unit"] == "percent"]["value"]
    assert shares.between(0, 100).all()


def test_registered_people_are_those_of_the_printed_province_rows(table: pd.DataFrame) -> None:
    """Census of 2010, printed rows of the provinces: residents registered in another province.

    Two cores of Anhui are left out because they exchanged a town; their eight printed rows make up the difference.
    """
    printed = {"31": 8_977_000, "32": 7_379_253, "33": 11_823_977, "34": 717_463}
    rows = table[(table["indicator"] == "registered_other_province") & (table["year"] == 2010)]
    found = rows.groupby(rows["place_id"].str[1:3])["value"].sum()
    left_out = 16_853 + 13_494 + 32_952 + 3_609 + 7_252 + 3_629 + 7_561 + 10_545
    assert found.to_dict() == {**printed, "34": printed["34"] - left_out}


def test_a_misprint_is_mended_from_the_parts(table: pd.DataFrame) -> None:
    """Suichang 2010: 5.54 rented homes printed; 6,915 households less 5,326 built, 875 bought and 160 others: 554."""
    rows = table.set_index(["place_id", "year", "indicator"])["value"]
    assert rows["S331123", 2010, "rented_share"] == pytest.approx(100 * 554 / 6915, abs=5e-5)


def test_deposits_and_loans_are_seven_years_of_41_cities(table: pd.DataFrame) -> None:
    counts = table[table["indicator"].isin(["deposits", "loans"])].groupby(["indicator", "year"]).size()
    assert sorted(counts.index.get_level_values("year").unique()) == list(range(2017, 2024))
    assert set(counts) == {41}


def test_derived_again_it_is_the_same_to_the_byte(examples: Path, shared_data: Path, tmp_path: Path) -> None:
    shipped = examples / "yangtze-delta"
    (tmp_path / "tables").mkdir()
    for name in ("places.csv", "indicators.csv"):
        shutil.copy(shipped / "tables" / name, tmp_path / "tables" / name)
    script = [sys.executable, str(shipped / "derive" / "rural.py"), "--data", str(shared_data / "yangtze-delta")]
    subprocess.run([*script, "--out", str(tmp_path)], check=True, capture_output=True)
    again = (tmp_path / "tables" / "indicators.rural.csv").read_bytes()
    assert again == (shipped / "tables" / "indicators.rural.csv").read_bytes()
