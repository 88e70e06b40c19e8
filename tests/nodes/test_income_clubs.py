"""Clubs with labels: members, tests, years that are missing, and panels that are too short."""

import numpy as np
import pandas as pd
import pytest

from megaregion.errors import InputError, MissingDataError
from megaregion.nodes.income_clubs import income_clubs


def panel(years: int = 40) -> pd.DataFrame:
    """Two groups of six, each closing in on a level of its own."""
    rng = np.random.default_rng(1)
    t = np.arange(1, years + 1)
    level = np.repeat([11.0, 9.0], 6)
    path = level[:, None] + rng.uniform(-1, 1, 12)[:, None] * t**-0.5 / np.log(t + 1)
    return pd.DataFrame(np.exp(path), [f"p{i:02d}" for i in range(12)], 1979 + t)


def test_members_and_tests() -> None:
    found = income_clubs(panel())
    members = found["income_clubs"].to_frame().set_index("place_id")
    assert members["club"].tolist() == ["1"] * 6 + ["2"] * 6
    assert (members.loc[members["club"] == "1", "path_end"] > 1).all()
    tests = found["income_club_tests"].to_frame().set_index("club")
    assert tests["n"].to_dict() == {"all": 12, "1": 6, "2": 6}
    assert tests["converges"].to_dict() == {"all": False, "1": True, "2": True}
    assert (tests["year_start"] == 1980).all() and (tests["year_end"] == 2019).all()
    for table in found.values():
        assert [c.name for c in table.describe()] == list(table.to_frame().columns)


def test_a_missing_year_is_bridged_and_named() -> None:
    whole, gap = income_clubs(panel()), income_clubs(panel().drop(columns=[1995, 2003]))
    assert gap["income_clubs"].to_frame()["club"].tolist() == whole["income_clubs"].to_frame()["club"].tolist()
    assert any("1995, 2003 are bridged" in text for text in gap["income_clubs"].warnings)


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (panel(14), "12 places and 14 complete years"),
        (panel().iloc[:2], "2 places and 40 complete years"),
        (panel().drop(columns=range(1990, 2000)), "10 of the 40 years from 1980 to 2019 are missing"),
        (pd.DataFrame(index=["a", "b", "c"]), "0 complete years"),
    ],
)
def test_too_little_says_so_and_has_no_rows(frame: pd.DataFrame, text: str) -> None:
    for table in income_clubs(frame).values():
        assert table.to_frame().empty and any(text in said for said in table.warnings)


def test_what_cannot_be_used() -> None:
    with pytest.raises(InputError, match="above 1: p00"):
        income_clubs(panel() * 1e-6)
    with pytest.raises(MissingDataError, match="missing for p03"):
        income_clubs(panel().drop(index="p03").reindex(panel().index))
