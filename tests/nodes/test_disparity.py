"""Theil decomposition by year."""

import math

import numpy as np
import pandas as pd
import pytest

from megaregion.errors import AlignmentError, InputError, MissingDataError
from megaregion.nodes.disparity import theil

PLACES = list("abcdef")
GROUP = pd.Series(["x", "x", "x", "y", "y", "z"], PLACES)


def frames(years: tuple[int, ...] = (2019, 2020)) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(8)
    income = pd.DataFrame(rng.lognormal(3, 1, (6, len(years))), PLACES, list(years))
    people = pd.DataFrame(rng.lognormal(1, 1, (6, len(years))), PLACES, list(years))
    return income, people


def test_parts_add_up_and_equal_a_plain_loop() -> None:
    income, people = frames()
    table = theil(income, people, group=GROUP).to_frame()
    np.testing.assert_allclose(table["between"] + table["within"], table["total"], atol=1e-15)
    for row in table.itertuples():
        y, n = income[row.year] / income[row.year].sum(), people[row.year] / people[row.year].sum()
        assert row.total == pytest.approx(sum(y[i] * math.log(y[i] / n[i]) for i in PLACES), rel=1e-12)


def test_groups_rebuild_the_decomposition() -> None:
    income, people = frames()
    result = theil(income, people, group=GROUP, income_unit="CNY (current)")
    table, groups = result.to_frame().set_index("year"), result.groups.to_frame()
    for year, part in groups.groupby("year"):
        between = (part["share_income"] * np.log(part["share_income"] / part["share_population"])).sum()
        assert between == pytest.approx(table.loc[year, "between"], rel=1e-12)
        assert (part["share_income"] * part["theil_within"]).sum() == pytest.approx(table.loc[year, "within"])
        mean = income[year].groupby(GROUP).sum() / people[year].groupby(GROUP).sum()
        np.testing.assert_allclose(part["mean"], mean)
    assert {c.name: c.unit for c in result.groups.describe()}["mean"] == "CNY (current) per person"


def test_single_place_group_and_single_group() -> None:
    income, people = frames((2020,))
    groups = theil(income, people, group=GROUP).groups.to_frame().set_index("group")
    assert groups.loc["z", "theil_within"] == 0.0
    (row,) = theil(income, people, group=pd.Series("x", PLACES)).to_frame().to_dict("records")
    assert row["between"] == 0.0
    assert row["between_share"] == 0.0


def test_equality_has_no_share_between() -> None:
    _, people = frames((2020,))
    (row,) = theil(2 * people, people, group=GROUP).to_frame().to_dict("records")
    assert row["total"] == pytest.approx(0.0, abs=1e-15)
    assert np.isnan(row["between_share"])
    assert theil(2 * people, people, group=GROUP).facts()["latest_between_share"] is None


def test_place_without_income_counts_with_its_limit() -> None:
    income = pd.DataFrame({2020: [1.0, 0.0]}, ["a", "b"])
    (row,) = theil(income, income * 0 + 1, group=pd.Series({"a": "x", "b": "x"})).to_frame().to_dict("records")
    assert row["total"] == pytest.approx(math.log(2))


def test_order_of_rows_does_not_matter() -> None:
    income, people = frames()
    pd.testing.assert_frame_equal(
        theil(income, people, group=GROUP).to_frame(),
        theil(income.iloc[::-1], people.sample(frac=1, random_state=1), group=GROUP.iloc[::-1]).to_frame(),
    )


def test_flags_travel_with_the_year_and_warn() -> None:
    income, people = frames()
    flags = pd.DataFrame("", PLACES, [2019, 2020])
    flags.loc["a", 2019], flags.loc["b", 2019] = "border-break;modelled", "border-break"
    result = theil(income, people, group=GROUP, flags=flags, counted_by={2020: "population"})
    table = result.to_frame().set_index("year")
    assert table.loc[2019, ["flag", "flagged"]].tolist() == ["border-break;modelled", 2]
    assert table.loc[2020, ["flag", "flagged", "population_indicator"]].tolist() == ["", 0, "population"]
    assert result.facts()["years_with_flags"] == [2019]
    assert "2019" in result.warnings[0]


def test_no_years_give_an_empty_table_with_its_columns() -> None:
    result = theil(pd.DataFrame(index=PLACES), pd.DataFrame(index=PLACES), group=GROUP)
    assert list(result.to_frame().columns) == [c.name for c in result.describe()]
    assert list(result.groups.to_frame().columns) == [c.name for c in result.groups.describe()]
    assert len(result.to_frame()) == len(result.groups.to_frame()) == 0


def test_bad_values_are_named_at_once() -> None:
    income, people = frames()
    income.loc["a", 2019], income.loc["b", 2020], people.loc["c", 2019] = -1.0, np.inf, 0.0
    with pytest.raises(InputError) as caught:
        theil(income, people, group=GROUP)
    for part in ("income of 2019 is negative", "income of 2020 is infinite", "people of 2019 is not positive"):
        assert part in str(caught.value)


def test_gaps_zero_totals_and_other_places_are_refused() -> None:
    income, people = frames()
    gap = income.copy()
    gap.loc["d", 2020] = np.nan
    with pytest.raises(MissingDataError, match="income of 2020 is missing for 1 places: d"):
        theil(gap, people, group=GROUP)
    with pytest.raises(InputError, match="zero everywhere"):
        theil(income * 0, people, group=GROUP)
    with pytest.raises(AlignmentError):
        theil(income.drop("a"), people, group=GROUP)
    with pytest.raises(InputError, match="has the years"):
        theil(income[[2019]], people, group=GROUP)
    with pytest.raises(MissingDataError, match="no group"):
        theil(income, people, group=GROUP.mask(GROUP == "z"))
