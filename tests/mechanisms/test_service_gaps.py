"""Service gaps: hand cases, intervals that cover, permutation p that is uniform, bad input."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from megaregion.data.cluster import Cluster
from megaregion.data.toy import line
from megaregion.errors import AlignmentError, InputError, MissingDataError
from megaregion.mechanisms.service_gaps import service_gaps, settlement_gap
from megaregion.mechanisms.urban_rural import urban_rural


def with_rows(
    cluster: Cluster, values: dict[str, tuple[str, list[float]]], roles: dict[str, str], **options: Any
) -> Cluster:
    ids = cluster.select(str(cluster.attrs["level"])).index
    rows = [
        {"place_id": place, "year": 2020, "indicator": name, "value": value, "unit": unit, "scope": "县",
         "source": "toy", "flag": None}
        for name, (unit, column) in values.items() for place, value in zip(ids, column, strict=True)
    ]  # fmt: skip
    table = pd.concat([cluster.indicators.astype({"flag": object}), pd.DataFrame(rows)], ignore_index=True)
    return cluster.replace(indicators=table, attrs={**cluster.attrs, "indicators": roles},
                           options={"urban_rural": options})  # fmt: skip


def frames(town: list[float], country: list[float], name: str = "beds") -> tuple[pd.DataFrame, pd.DataFrame]:
    index = pd.MultiIndex.from_product([["a", "b"], [2020]], names=["place_id", "year"])
    return pd.DataFrame({name: town}, index), pd.DataFrame({name: country}, index)


def test_levels_gap_and_ratio_by_hand() -> None:
    got = service_gaps(*frames([6.0, 4.0], [2.0, 0.0]), {"beds": "count per 1000 persons"})
    assert got["gap"].tolist() == [4.0, 4.0]
    assert got["ratio"].iloc[0] == 3.0
    assert math.isnan(got["ratio"].iloc[1])  # none in the country: no ratio, but the levels stay
    assert got[["town", "country"]].to_numpy().tolist() == [[6.0, 2.0], [4.0, 0.0]]


@pytest.mark.parametrize(("name", "unit"), [("teacher_employment_share", "percent"), ("beds", "count per job")])
def test_shares_of_jobs_are_refused(name: str, unit: str) -> None:
    with pytest.raises(InputError, match="share of jobs"):
        service_gaps(*frames([1.0, 1.0], [1.0, 1.0], name), {name: unit})


def test_services_must_be_given_on_both_sides() -> None:
    town, country = frames([1.0, 1.0], [1.0, 1.0])
    with pytest.raises(InputError, match="differ"):
        service_gaps(town, country.rename(columns={"beds": "schools"}), {})


def test_totals_are_divided_by_the_people_of_their_side() -> None:
    """10 doctors for 2,000 in town, 3 for 1,000 in the country: 5 and 3 a thousand; a rate is left as it is."""
    cluster = with_rows(
        line(2),
        {
            "pt": ("person", [2000.0, 1000.0]), "pc": ("person", [1000.0, 1000.0]),
            "dt": ("person", [10.0, 5.0]), "dc": ("person", [3.0, 5.0]),
            "rt": ("count per 1000 persons", [8.0, 8.0]), "rc": ("count per 1000 persons", [4.0, 4.0]),
        },
        {"population_urban": "pt", "population_rural": "pc"}, services={"doctors": ["dt", "dc"], "beds": ["rt", "rc"]},
    )  # fmt: skip
    frame = urban_rural(cluster, 1)["service_gaps"].to_frame().set_index(["place_id", "service"])
    assert frame.loc[("c1", "doctors"), ["town", "country"]].tolist() == [5.0, 3.0]
    assert frame.loc[("c1", "doctors"), "unit"] == "person per 1000 persons"
    assert frame.loc[("c2", "beds"), ["town", "country", "ratio"]].tolist() == [8.0, 4.0, 2.0]


def test_two_units_of_one_service_are_refused() -> None:
    cluster = with_rows(line(2), {"rt": ("count per 1000 persons", [8.0, 8.0]), "rc": ("percent", [4.0, 4.0])}, {},
                        services={"beds": ["rt", "rc"]})  # fmt: skip
    with pytest.raises(InputError, match="beds: count per 1000 persons in town, percent"):
        urban_rural(cluster, 1)


def sample(n: int, seed: int) -> tuple[pd.Series, pd.Series, pd.Series]:
    rng = np.random.default_rng(seed)
    ids = [f"p{i:02d}" for i in range(n)]
    return (pd.Series(rng.normal(10, 2, n), ids), pd.Series(rng.uniform(1, 5, n), ids),
            pd.Series(np.arange(n) < n // 3, ids))  # fmt: skip


def test_means_are_weighted_by_people() -> None:
    values, people, town = sample(12, 2)
    got = settlement_gap(values, people, town, seed=1, draws=99)
    assert got["town"] == pytest.approx(float((values * people)[town].sum() / people[town].sum()), rel=1e-13)
    assert got["gap"] == pytest.approx(got["town"] - got["country"], rel=1e-13)
    assert got["gap_low"] < got["gap"] < got["gap_high"]
    assert got["town_people"] + got["country_people"] == pytest.approx(float(people.sum()))


def test_order_of_places_changes_nothing_and_units_scale() -> None:
    values, people, town = sample(12, 3)
    one = settlement_gap(values, people, town, seed=4, draws=99)
    assert settlement_gap(values[::-1], people.sample(frac=1, random_state=1), town, seed=4, draws=99) == one
    scaled = settlement_gap(100.0 * values, people, town, seed=4, draws=99)
    assert scaled["p"] == one["p"]
    assert scaled["ratio"] == pytest.approx(one["ratio"], rel=1e-12)
    assert scaled["gap_high"] == pytest.approx(100 * one["gap_high"], rel=1e-12)


def test_p_is_uniform_without_a_gap_and_small_with_one() -> None:
    """Of 200 samples under the null the share with p <= .2 is .2 within four standard errors (.113)."""
    found = []
    for seed in range(200):
        values, people, town = sample(15, seed)
        found.append(settlement_gap(values, people, town, seed=seed, draws=199)["p"])
    assert abs(np.mean(np.array(found) <= 0.2) - 0.2) < 4 * math.sqrt(0.2 * 0.8 / 200)
    values, people, town = sample(15, 1)
    assert settlement_gap(values + 20.0 * town, people, town, seed=1, draws=199)["p"] <= 0.02


def test_equal_values_have_no_gap_and_p_one() -> None:
    _, people, town = sample(9, 1)
    got = settlement_gap(pd.Series(7.1, people.index), people, town, seed=1, draws=99)
    assert got["gap"] == pytest.approx(0.0, abs=1e-14)
    assert got["p"] == 1.0


def test_bad_input() -> None:
    values, people, town = sample(6, 1)
    with pytest.raises(InputError, match="both kinds"):
        settlement_gap(values, people, town | True, seed=1)
    with pytest.raises(InputError, match="people must be > 0"):
        settlement_gap(values, people * 0, town, seed=1)
    with pytest.raises(MissingDataError):
        settlement_gap(values.where(values.index != "p01"), people, town, seed=1)
    with pytest.raises(AlignmentError):
        settlement_gap(values, people.iloc[1:], town, seed=1)
    with pytest.raises(AlignmentError):
        settlement_gap(pd.concat([values, values.iloc[:1]]), people, town, seed=1)


def test_density_threshold_is_a_marked_assumption_and_a_given_type_is_not() -> None:
    cluster = line(4)
    density = (cluster.places["population"] / cluster.places["area_km2"]).loc[cluster.select("city").index]
    limit = float(density.sort_values().iloc[1:3].mean())
    rows = {"rent": ("EUR (current) per m2 month", [8.0, 7.0, 5.0, 4.0]), "type": ("index", [1.0, 0.0, 0.0, 1.0])}
    result = urban_rural(with_rows(cluster, rows, {}, town_density=limit, gaps=["rent"]), 1)["settlement_gaps"]
    (row,) = result.to_frame().to_dict("records")
    assert row["town_places"] == (density >= limit).sum() == 2
    assert {c.name: c.modelled for c in result.describe()}["gap"]
    assert "assumption" in result.parameters()["rule"]
    told = urban_rural(with_rows(cluster, rows, {"settlement": "type"}, gaps=["rent"]), 1)["settlement_gaps"]
    assert not {c.name: c.modelled for c in told.describe()}["gap"]
    assert told.to_frame()["town_places"].tolist() == [2.0]


def test_types_must_be_zero_or_one_and_complete() -> None:
    for bad, error in ((2.0, InputError), (math.nan, MissingDataError)):
        rows = {"type": ("index", [1.0, 0.0, bad])}
        with pytest.raises(error, match="c3"):
            urban_rural(with_rows(line(3), rows, {"settlement": "type"}, gaps=["type"]), 1)


def test_what_is_lacking_is_said() -> None:
    rows = {"rent": ("EUR (current) per m2 month", [8.0, 7.0, math.nan])}
    at = line(3).places.loc[line(3).select("city").index]
    limit = float((at["population"] / at["area_km2"]).median())
    for options, text in (
        ({"gaps": ["rent"]}, "what is town"),
        ({"town_density": 1e-9, "gaps": ["rent"]}, "one kind"),
        ({"town_density": limit}, "names no indicator"),
        ({"town_density": limit, "gaps": ["rent"]}, "not complete"),
    ):
        result = urban_rural(with_rows(line(3), rows, {}, **options), 1)["settlement_gaps"]
        assert result.to_frame().empty
        assert any(text in warning for warning in result.warnings), result.warnings
