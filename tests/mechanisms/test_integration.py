"""Population change between two dates."""

import numpy as np
import pandas as pd
import pytest

from megaregion.errors import AlignmentError, InputError, MissingDataError
from megaregion.mechanisms.integration import population_change, population_change_groups

UNITS = pd.DataFrame(
    {
        "parent": ["p", "p", "q", "q"], "group": ["x", "x", "x", "y"], "scope": ["市辖区", "县", "县", "县"],
        "flag": ["", "", "modelled", ""],
    },
    index=["u1", "u2", "u3", "u4"],
)  # fmt: skip
PEOPLE = pd.DataFrame({2010: [100.0, 200.0, 50.0, 10.0], 2020: [150.0, 180.0, 25.0, 10.0]}, UNITS.index)
URBAN = pd.DataFrame({2010: [80.0, 50.0, 20.0, 0.0], 2020: [150.0, 90.0, 10.0, 5.0]}, UNITS.index)


def test_values_by_hand() -> None:
    frame = population_change(PEOPLE, URBAN, UNITS, kind="stable_unit").to_frame().set_index("place_id")
    assert frame["change"].tolist() == [50.0, -20.0, -25.0, 0.0]
    assert frame["change_percent"].tolist() == [50.0, -10.0, -50.0, 0.0]
    assert frame["urban_share_start"].tolist() == [80.0, 25.0, 40.0, 0.0]
    assert frame["urban_share_end"].tolist() == [100.0, 50.0, 40.0, 50.0]
    assert frame["urban_change"].tolist() == [70.0, 40.0, -10.0, 5.0]
    assert frame["flag"].tolist() == ["check-border", "", "check-border;modelled", ""]


def test_limit_of_the_flag_is_beyond_not_at() -> None:
    people = pd.DataFrame({2010: [100.0] * 4, 2020: [75.0, 74.9, 125.0, 125.1]}, UNITS.index)
    frame = population_change(people, None, UNITS, kind="city").to_frame()
    assert [("check-border" in text) for text in frame["flag"]] == [False, True, False, True]


def test_facts_say_where_towns_grew_while_the_unit_lost() -> None:
    facts = population_change(PEOPLE, URBAN, UNITS, kind="stable_unit").facts()
    assert (facts["units"], facts["losing"], facts["losing_urban_grew"]) == (4, 2, 1)
    assert facts["by_scope"]["县"]["losing"] == 2
    assert facts["by_scope"]["市辖区"]["losing"] == 0
    assert (facts["year_start"], facts["year_end"]) == (2010, 2020)
    assert facts["change"] == 5.0


def test_groups_sum_to_the_whole() -> None:
    change = population_change(PEOPLE, URBAN, UNITS, kind="stable_unit")
    groups = population_change_groups(change).to_frame().set_index("group")
    assert groups["change"].tolist() == [5.0, 0.0]
    assert groups["losing"].tolist() == [2, 0]
    assert groups["county_units"].tolist() == [2, 1]
    assert groups["median_change_percent"].tolist() == [-10.0, 0.0]
    assert groups["county_median_change_percent"].tolist() == [-30.0, 0.0]
    assert groups["change_percent"].tolist() == pytest.approx([100 * 5 / 350, 0.0])


def test_without_urban_numbers_the_shares_are_missing_and_it_is_said() -> None:
    result = population_change(PEOPLE, None, UNITS, kind="city")
    assert result.to_frame()[["urban_share_start", "urban_share_end", "urban_change"]].isna().all(axis=None)
    assert result.facts()["losing_urban_grew"] is None
    assert "urban" in result.warnings[0]


def test_unit_that_empties_has_no_urban_share_at_the_end() -> None:
    people, urban = PEOPLE.copy(), URBAN.copy()
    people.loc["u4", 2020] = urban.loc["u4", 2020] = 0.0
    frame = population_change(people, urban, UNITS, kind="city").to_frame().set_index("place_id")
    assert np.isnan(frame.loc["u4", "urban_share_end"])
    assert frame.loc["u4", "change_percent"] == -100.0


def test_wrong_values_are_named_at_once() -> None:
    people, urban = PEOPLE.copy(), URBAN.copy()
    people.loc["u1", 2020], people.loc["u2", 2010], urban.loc["u4", 2020] = -1.0, 0.0, 11.0
    with pytest.raises(InputError) as caught:
        population_change(people, urban, UNITS, kind="city")
    for part in (
        "population of 2020 is negative or infinite for 1 units: u1", "population of 2010 is zero for 1 units: u2",
        "urban population of 2020 exceeds the population",
    ):  # fmt: skip
        assert part in str(caught.value)


def test_gaps_other_units_and_years_are_refused() -> None:
    gap = PEOPLE.copy()
    gap.loc["u3", 2010] = np.nan
    with pytest.raises(MissingDataError, match="population of 2010 is missing for 1 units: u3"):
        population_change(gap, URBAN, UNITS, kind="city")
    with pytest.raises(AlignmentError):
        population_change(PEOPLE.drop("u1"), URBAN, UNITS, kind="city")
    with pytest.raises(InputError, match="start and the end"):
        population_change(PEOPLE[[2020, 2010]], URBAN, UNITS, kind="city")
    with pytest.raises(InputError, match="urban has the years"):
        population_change(PEOPLE, URBAN.rename(columns={2010: 2000}), UNITS, kind="city")
