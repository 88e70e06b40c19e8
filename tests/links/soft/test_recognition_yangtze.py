"""The table of recognition that the how-to ships: every row cited, coded by its rule, usable as it stands."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.data.changes.borders import SCHEMES
from megaregion.data.cluster import groups
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.links.soft.recognition import recognition_matrix

FILE = Path(__file__).parents[3] / "docs" / "howto" / "yangtze_recognition.csv"


@pytest.fixture(scope="module")
def coded() -> pd.DataFrame:
    return pd.read_csv(FILE, dtype={"origin": str, "destination": str})


@pytest.fixture(scope="module")
def province() -> pd.Series:
    return groups(Workspace(example_folder("yangtze-delta")).cluster())


def test_every_row_says_what_it_rests_on(coded: pd.DataFrame) -> None:
    assert set(coded["scheme"]) == set(SCHEMES)
    for column in ("title", "provision", "rule", "read", "url"):
        assert coded[column].notna().all(), column
    assert coded["url"].str.startswith("http").all()
    assert coded["read"].str.contains("official|reprint|second-hand|Xinhua").all()


def test_readings_enclose_the_value(coded: pd.DataFrame) -> None:
    known = coded[coded["value"].notna()]
    assert ((known["low"] <= known["value"]) & (known["value"] <= known["high"])).all()
    unknown = coded[coded["value"].isna()]
    assert (unknown["low"] == 0).all() and (unknown["high"] == 1).all()


def test_pension_share_by_its_rule(coded: pd.DataFrame) -> None:
    """12 points of the pool and the account of 8, of an employer's 16 (20 before 2019) and the account of 8."""
    row = coded[(coded["scheme"] == "pension") & (coded["origin"] == "all")].iloc[0]
    assert row["value"] == pytest.approx((12 + 8) / (16 + 8), abs=5e-4)
    assert row["low"] == pytest.approx((12 + 8) / (20 + 8), abs=5e-4)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_rows_do_not_contradict_each_other(coded: pd.DataFrame, province: pd.Series, scheme: str) -> None:
    """In all three readings; what is unknown are years of points in three cities, and nothing else."""
    columns = ["origin", "destination", "scheme", "value"]
    got = recognition_matrix(coded[columns], scheme, province)
    for end in ("low", "high"):
        assert recognition_matrix(coded.assign(value=coded[end])[columns], scheme, province).notna().all(axis=None)
    open_cells = got.columns[got.isna().any()]
    assert set(open_cells) == ({"320500", "330100", "340100"} if scheme == "points" else set())
    np.testing.assert_array_equal(np.diag(got), 1.0)
