"""Integration of town and country: closed forms, decomposition, denominators, the shipped example, bad input."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from megaregion.core.inequality import theil
from megaregion.data.cluster import Cluster
from megaregion.data.toy import line
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError
from megaregion.mechanisms.urban_rural import urban_rural, urban_rural_measures

MONEY = "CNY (current) per person"
ROLES = {
    "population_urban": "people_town", "population_rural": "people_country", "income_urban": "income_town",
    "income_rural": "income_country", "consumption_urban": "spent_town", "consumption_rural": "spent_country",
}  # fmt: skip
UNITS = {"people": "person", "people_town": "person", "people_country": "person", "value": "million CNY (current)",
         "value_primary": "million CNY (current)", "jobs_primary": "percent"}  # fmt: skip


def planted(cluster: Cluster, values: dict[str, list[float]], roles: dict[str, str], **options: Any) -> Cluster:
    """The cluster with one value a place in 2020 for each indicator, and these roles."""
    ids = cluster.select(str(cluster.attrs["level"])).index
    rows = [
        {"place_id": place, "year": 2020, "indicator": name, "value": value, "unit": UNITS.get(name, MONEY),
         "scope": "县", "source": "toy", "flag": None}
        for name, column in values.items() for place, value in zip(ids, column, strict=True)
    ]  # fmt: skip
    table = pd.concat([cluster.indicators.astype({"flag": object}), pd.DataFrame(rows)], ignore_index=True)
    return cluster.replace(indicators=table, attrs={**cluster.attrs, "indicators": roles},
                           options={**cluster.options, "urban_rural": options})  # fmt: skip


def three(**changes: list[float]) -> dict[str, list[float]]:
    return {
        "people_town": [30.0, 50.0, 10.0], "people_country": [70.0, 50.0, 90.0], "income_town": [50.0, 40.0, 30.0],
        "income_country": [20.0, 40.0, 10.0], "spent_town": [30.0, 20.0, 15.0], "spent_country": [15.0, 20.0, 5.0],
        **changes,
    }  # fmt: skip


def measures(**columns: float) -> pd.Series:
    index = pd.MultiIndex.from_tuples([("a", 2020)], names=["place_id", "year"])
    return urban_rural_measures(pd.DataFrame(columns, index=index)).iloc[0]


def test_equal_incomes_give_no_disparity_and_ratio_one() -> None:
    row = measures(income_urban=10.0, income_rural=10.0, population_urban=4.0, population_rural=6.0)
    assert row["income_ratio"] == 1.0
    assert row["income_gap"] == 0.0
    assert row["theil"] == pytest.approx(0.0, abs=1e-15)
    assert row["income_urban"] == 10.0  # the level beside: equal poverty looks the same in the ratio


def test_two_groups_by_hand() -> None:
    """Incomes 3 : 1 per head, equally many people: shares 3/4 and 1/4."""
    row = measures(income_urban=3.0, income_rural=1.0, population_urban=5.0, population_rural=5.0)
    assert row["theil"] == pytest.approx(0.75 * math.log(1.5) + 0.25 * math.log(0.5), rel=1e-14)
    assert (row["income_gap"], row["income_ratio"], row["urban_share"]) == (2.0, 3.0, 50.0)


def test_equal_productivity_gives_contrast_one_from_amounts_and_from_a_share() -> None:
    row = measures(value_added_primary=20.0, value_added=80.0, employment_primary=5.0, employment=20.0)
    assert row["dual_contrast"] == pytest.approx(1.0, rel=1e-15)
    assert row["dual_deviation"] == pytest.approx(0.0, abs=1e-15)
    other = measures(value_added_primary=20.0, value_added=80.0, employment_primary_share=40.0)
    assert other["dual_contrast"] == pytest.approx((0.25 / 0.4) / (0.75 / 0.6), rel=1e-14)
    assert other["dual_deviation"] == pytest.approx(0.15, rel=1e-14)


def test_units_leave_ratios_and_indices_alone() -> None:
    rng = np.random.default_rng(5)
    index = pd.MultiIndex.from_product([list("abcd"), [2020]], names=["place_id", "year"])
    names = ["income_urban", "income_rural", "population_urban", "population_rural", "value_added_primary"]
    frame = pd.DataFrame(rng.uniform(1, 9, (4, 5)), index, names).assign(
        value_added=20.0, employment_primary=3.0, employment=9.0
    )
    scaled = frame.mul([7.0, 7.0, 1e4, 1e4, 100.0, 100.0, 13.0, 13.0], axis=1)
    one, other = urban_rural_measures(frame), urban_rural_measures(scaled)
    free = ["income_ratio", "urban_share", "theil", "dual_contrast", "dual_deviation"]
    pd.testing.assert_frame_equal(one[free], other[free], rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(other["income_gap"], 7.0 * one["income_gap"], rtol=1e-12)


def test_relabelling_permutes() -> None:
    cluster = planted(line(3), three(), ROLES)
    other = planted(line(3), {k: v[::-1] for k, v in three().items()}, ROLES)
    one, two = (urban_rural(c, 1)["urban_rural"].to_frame().set_index("place_id") for c in (cluster, other))
    names = [c for c in one if c not in ("kind", "scope", "flag", "year")]
    pd.testing.assert_frame_equal(one[names], two[names].iloc[::-1].set_axis(one.index))


def test_region_decomposes_as_the_general_index() -> None:
    result = urban_rural(planted(line(3), three(), ROLES), 1)
    (row,) = result["urban_rural_theil"].to_frame().to_dict("records")
    v = three()
    people = np.array(v["people_town"] + v["people_country"])
    income = np.array(v["income_town"] + v["income_country"]) * people
    assert row["total"] == pytest.approx(theil(income, people), rel=1e-13)
    by_side = theil(income.reshape(2, 3).sum(axis=1), people.reshape(2, 3).sum(axis=1))
    by_place = theil(income.reshape(2, 3).sum(axis=0), people.reshape(2, 3).sum(axis=0))
    assert row["between_town_country"] == pytest.approx(by_side, rel=1e-13)
    assert row["between_places"] == pytest.approx(by_place, rel=1e-13)
    assert row["within_town_country"] == pytest.approx(row["total"] - by_side, rel=1e-12)
    inside = result["urban_rural"].to_frame()["theil"].to_numpy()  # weights: share of each place in income
    share = income.reshape(2, 3).sum(axis=0) / income.sum()
    assert row["within_places"] == pytest.approx(float(share @ inside), rel=1e-12)


def test_region_waits_for_the_last_place() -> None:
    values = three(income_country=[20.0, 40.0, math.nan])
    result = urban_rural(planted(line(3), values, ROLES), 1)["urban_rural_theil"]
    assert result.to_frame().empty
    assert "all 3 places" in result.warnings[0]


def test_country_is_the_rest_where_it_is_not_given() -> None:
    roles = {**ROLES, "population": "people"}
    del roles["population_rural"]
    values = three(people=[100.0, 100.0, 100.0])
    del values["people_country"]
    frame = urban_rural(planted(line(3), values, roles), 1)["urban_rural"].to_frame()
    assert frame["population_rural"].tolist() == [70.0, 50.0, 90.0]


def test_absent_roles_are_missing_columns_with_one_warning() -> None:
    result = urban_rural(planted(line(3), three(), ROLES), 1)["urban_rural"]
    assert result.to_frame()["dual_contrast"].isna().all()
    (text,) = result.warnings
    assert "value_added" in text and "income_urban" not in text


def test_nothing_given_gives_empty_tables_that_say_so() -> None:
    for name, result in urban_rural(planted(line(3), {}, {}), 1).items():
        assert result.to_frame().empty, name
        assert result.warnings, name
        assert list(result.to_frame().columns) == [c.name for c in result.describe()]


def test_hukou_and_residents_are_not_mixed() -> None:
    mixed = {**ROLES, "population_rural_hukou": "people_country"}
    del mixed["population_rural"]
    with pytest.raises(InputError, match="population_rural only the hukou one"):
        urban_rural(planted(line(3), three(), mixed), 1)
    with pytest.raises(InputError, match="income_urban"):  # all people registered, incomes of residents
        urban_rural(
            planted(line(3), three(), {**ROLES, "population_urban_hukou": "people_town"}), 1, denominator="hukou"
        )
    registered = {f"{name}_hukou": value for name, value in ROLES.items()}
    with pytest.raises(InputError, match="hukou population only"):
        urban_rural(planted(line(3), three(), registered), 1)
    result = urban_rural(planted(line(3), three(), registered), 1, denominator="hukou")["urban_rural"]
    assert result.parameters()["denominator"] == "hukou"
    assert result.to_frame()["income_ratio"].tolist() == [2.5, 1.0, 3.0]
    with pytest.raises(InputError, match="denominator"):
        urban_rural(planted(line(3), three(), ROLES), 1, denominator="both")  # type: ignore[arg-type]


def test_profile_by_hand() -> None:
    """Income ratio 2.5 between 1 (best) and 4: half of the way; income in the country between 0 and 40."""
    profile = {
        "people": {"income_ratio": [-1, 1.0, 4.0], "income_country": [1, 0.0, 40.0]},
        "land": {"nowhere": [1, 0, 1]},
    }
    result = urban_rural(planted(line(3), three(), ROLES, profile=profile), 1)["integration_profile"]
    frame = result.to_frame().set_index(["place_id", "pillar"])
    assert frame.loc[("c1", "people"), "score"] == pytest.approx(50.0)
    assert frame.loc[("c2", "people"), "score"] == pytest.approx(100.0)
    assert frame.loc[("c3", "people"), "score"] == pytest.approx(100 * (1 / 3 + 1 / 4) / 2)
    assert frame.loc[("c1", "people"), "measures"] == "income_ratio, income_country"
    for pillar in ("land", "capital", "services", "ecology"):
        assert frame.loc[("c1", pillar), "status"] == "no data"
        assert math.isnan(frame.loc[("c1", pillar), "score"])
    assert any("nowhere" in text for text in result.warnings)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"densty": 1}, "unknown key"),
        ({"town_density": 0.0}, "town_density"),
        ({"draws": 3}, "draws"),
        ({"services": {"beds": ["one"]}}, "two indicators"),
        ({"profile": {"people": {"income_ratio": [0, 1, 4]}}}, "direction"),
        ({"profile": {"people": {"income_ratio": [1, 4, 1]}}}, "low < high"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError, match=text):
        urban_rural(planted(line(3), three(), ROLES, **options), 1)


def test_bad_values_are_refused_together() -> None:
    index = pd.MultiIndex.from_tuples([("a", 2020), ("b", 2020)], names=["place_id", "year"])
    frame = pd.DataFrame({"income_urban": [-1.0, 2.0], "value_added_primary": [9.0, 1.0], "value_added": [3.0, 3.0],
                          "employment_primary_share": [50.0, 101.0]}, index)  # fmt: skip
    with pytest.raises(InputError) as caught:
        urban_rural_measures(frame)
    for text in ("income_urban is negative", "value_added_primary exceeds", "employment_primary_share exceeds"):
        assert text in str(caught.value)
    with pytest.raises(InputError, match="given twice"):
        urban_rural_measures(frame.iloc[[1, 1]].assign(employment_primary_share=5.0))


def test_bad_rows_of_the_table_are_refused() -> None:
    good = planted(line(3), three(), ROLES)
    twice = pd.concat([good.indicators, good.indicators[good.indicators["indicator"] == "income_town"].head(1)])
    with pytest.raises(InputError, match="several values for c1 2020"):
        urban_rural(good.replace(indicators=twice.reset_index(drop=True)), 1)
    here = good.indicators["indicator"] == "income_town"
    with pytest.raises(InputError, match="different territories for c1 2020"):
        urban_rural(good.replace(indicators=good.indicators.assign(
            scope=good.indicators["scope"].where(~here, "市辖区"))), 1)  # fmt: skip
    with pytest.raises(InputError, match=r"income_town is in EUR"):
        urban_rural(good.replace(indicators=good.indicators.assign(
            unit=good.indicators["unit"].where(~here, "EUR (current) per person"))), 1)  # fmt: skip
    crowded = three(people=[10.0, 10.0, 10.0])
    with pytest.raises(InputError, match="exceed the people"):
        urban_rural(planted(line(3), crowded, {**ROLES, "population": "people"}), 1)


def test_one_city_alone() -> None:
    cluster = planted(line(2), {"income_town": [3.0, math.nan], "income_country": [1.0, math.nan]}, ROLES)
    (row,) = urban_rural(cluster, 1)["urban_rural"].to_frame().to_dict("records")
    assert row["income_ratio"] == 3.0
    assert math.isnan(row["theil"])


def test_frames_are_as_described_on_the_shipped_example(examples: Path) -> None:
    cluster = Workspace(examples / "yangtze-delta").cluster()
    roles = {**cluster.attrs["indicators"], "population_urban": "urban_population", "value_added": "gdp",
             "value_added_primary": "gdp_primary", "employment_primary_share": "agriculture_employment_share",
             "settlement": "urban_core"}  # fmt: skip
    options = {"gaps": ["college_share"], "gap_years": [2010, 2020], "draws": 99}
    mine = cluster.replace(attrs={**cluster.attrs, "indicators": roles}, options={"urban_rural": options})
    results = urban_rural(mine, 1)
    for result in results.values():
        frame = result.to_frame()
        assert list(frame.columns) == [c.name for c in result.describe()]
        assert isinstance(frame.index, pd.RangeIndex)
        assert all(c.en and c.zh for c in result.describe())
    frame = results["urban_rural"].to_frame()
    people = frame[frame["year"] == 2020][["population_urban", "population_rural"]].sum().sum()
    assert people == 235_213_670  # census of 2020, all 209 units
    assert results["urban_rural"].facts()["dual_contrast"]["places"] == 41
    share = frame[frame["kind"] == "city"].set_index("place_id")["employment_share_primary"]
    assert share["310100"] == pytest.approx(100 * 9186 / 1264922, abs=5e-5)  # printed row of Shanghai, long form
    assert results["settlement_gaps"].to_frame()["town_places"].tolist() == [41.0, 41.0]
