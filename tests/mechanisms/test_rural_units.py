"""Counties as units of rural functions and of the typology, from the tables of a workspace."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from megaregion.data.cluster import Cluster
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError, MissingDataError
from megaregion.mechanisms.people_tables import poverty_of_cluster, villages_of_cluster
from megaregion.mechanisms.rural_units import country_of, functions_of_cluster, village_units

LIVING = {"tap_water_share": [1, 20.0, 100.0]}
WORK = {"agriculture_employment_share": [1, 0.0, 60.0]}


@pytest.fixture(scope="module")
def delta(examples: Path) -> Cluster:
    return Workspace(examples / "yangtze-delta").cluster()


def told(cluster: Cluster, **tables: object) -> Cluster:
    return cluster.replace(options={**cluster.options, **tables})


def test_units_are_the_counties_without_cores(delta: Cluster) -> None:
    """209 stable units less 41 urban cores."""
    units = country_of(delta)
    assert (len(units.places), units.kind) == (168, "stable_unit")
    assert not units.places.index.str.endswith("00").any()
    with pytest.raises(InputError, match="no place is of kind 'village'"):
        country_of(delta, "village")
    town = delta.indicators.copy()
    town.loc[town["indicator"] == "urban_core", "value"] = 1.0
    with pytest.raises(InputError, match="no place of country among 209 of kind 'stable_unit'"):
        country_of(delta.replace(indicators=town))


def test_functions_equal_the_formula(delta: Cluster) -> None:
    options = {"production": WORK, "living": {**LIVING, "college_share": [1, 0.0, 40.0, 3.0]}, "bootstrap": 0}
    found = functions_of_cluster(told(delta, rural_functions=options), seed=1)
    table = found["rural_functions"].to_frame().set_index("place_id")
    rows = delta.indicators.query("year == 2020 and place_id == 'S340722'").set_index("indicator")["value"]
    assert table.loc["S340722", "production"] == pytest.approx(rows["agriculture_employment_share"] / 60.0)
    living = ((rows["tap_water_share"] - 20.0) / 80.0 + 3.0 * rows["college_share"] / 40.0) / 4.0
    assert table.loc["S340722", "living"] == pytest.approx(living)
    assert table["ecology"].isna().all() and len(table) == 168


def test_what_the_land_serves_now_comes_from_the_table_of_villages(delta: Cluster) -> None:
    use = pd.DataFrame({"village_id": ["S340722", "S321204", "310100"], "current_use": ["production", "living", "x"]})
    cluster = told(delta, rural_functions={"production": WORK, "living": LIVING, "bootstrap": 0})
    cluster = cluster.replace(further={**cluster.further, "villages": use})
    table = functions_of_cluster(cluster, seed=1)["rural_functions"].to_frame().set_index("place_id")
    assert table.loc["S340722", "restructuring"] == "yes"  # homes have water: living leads
    assert table.loc["S321204", "restructuring"] == "no"
    assert (table.drop(["S340722", "S321204"])["restructuring"] == "unknown").all()


def test_nothing_is_computed_unasked(delta: Cluster) -> None:
    assert functions_of_cluster(delta, seed=1) == {} == villages_of_cluster(delta, seed=1)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"living": {"a": [1, 2.0]}}, r"living\.a must be \[1 or -1, low, high\]"),
        ({"living": [1], "culture": {"b": [2, 0, 1]}}, r"living must be a table.*culture\.b must be"),
        ({"living": {"a": [True, 0, 1]}}, r"living\.a must be"),
        ({"year": 2020}, "no indicator is named"),
        ({"lifing": {}}, "unknown key 'lifing'"),
        ({"living": {"tap_water_share": [1, 100.0, 20.0]}}, "low < high"),
    ],
)
def test_options_that_cannot_be_read(delta: Cluster, options: dict, text: str) -> None:
    with pytest.raises(InputError, match=text):
        functions_of_cluster(told(delta, rural_functions=options), seed=1)


def test_a_missing_indicator_is_named(delta: Cluster) -> None:
    with pytest.raises(MissingDataError, match=r"nowhere of 2020 is missing for 209 of 209"):
        functions_of_cluster(told(delta, rural_functions={"living": {"nowhere": [1, 0, 1]}}), seed=1)


def test_typology_of_counties(delta: Cluster) -> None:
    """At 45 minutes the counties with less are suburban, and nobody else has a type; nothing is guessed."""
    units = village_units(delta, "stable_unit", ("college_share",))
    # Zongyang: 2010 and 2020 by hand from the shipped panel
    people = delta.indicators.query("place_id == 'S340722' and indicator == 'resident_population'")
    panel = people.set_index("year")["value"] if len(people) else None
    if panel is not None and {2010, 2020} <= set(panel.index):
        loss = 100 * (1 - panel[2020] / panel[2010])
        assert units.loc["S340722", "population_loss_percent"] == pytest.approx(loss)
    assert units["place_id"].map(delta.places["kind"]).eq("city").all()
    found = villages_of_cluster(told(delta, villages={"units": "stable_unit", "minutes": 45.0}), seed=1)
    table = found["village_types"].to_frame().set_index("village_id")
    near = units.index[units["minutes_to_centre"] <= 45.0]
    assert len(near) and set(table.index[table["class"] == "suburban-integration"]) == set(near)
    assert set(table["class"]) == {"suburban-integration", "undecided"}
    assert any("modelled door-to-door times" in text for text in found["village_types"].warnings)


def test_what_a_county_states_goes_first(delta: Cluster) -> None:
    stated = pd.DataFrame({"village_id": ["S340722", "S340523"], "protected": [True, False],
                           "minutes_to_centre": [None, 90.0]})  # fmt: skip
    cluster = told(delta, villages={"units": "stable_unit", "minutes": 45.0})
    found = villages_of_cluster(cluster.replace(further={"villages": stated}), seed=1)["village_types"].to_frame()
    table = found.set_index("village_id")
    assert table.loc["S340722", "class"] == "characteristic-protection"
    assert table.loc["S340523", "class"] == "undecided"  # its 37 computed minutes give way to the stated 90
    strange = stated.assign(village_id=["S340722", "S310100"])
    with pytest.raises(InputError, match="1 of 2 are no place of country of kind 'stable_unit': S310100"):
        villages_of_cluster(cluster.replace(further={"villages": strange}), seed=1)


def test_a_unit_without_a_city_is_an_error(delta: Cluster) -> None:
    places = delta.places.copy()
    places.loc["S340722", "parent_id"] = None
    with pytest.raises(MissingDataError, match=r"1 places have no city above them in places\.parent_id: S340722"):
        village_units(delta.replace(places=places), "stable_unit", ())


def test_poor_places_of_an_indicator(delta: Cluster) -> None:
    found = poverty_of_cluster(told(delta, poverty={"places_by": "gdp_per_head", "shares": [0.5]}), seed=1)
    assert set(found) == {"poor_places"}
    row = found["poor_places"].to_frame().iloc[0]
    gdp = delta.indicators.query("indicator == 'gdp_per_head' and year == 2020").set_index("place_id")["value"]
    people = delta.places["population"].reindex(gdp.index)
    order = gdp.sort_values()
    middle = order[people[order.index].cumsum() >= people.sum() / 2].iloc[0]
    assert row["line"] == pytest.approx(0.5 * middle) and row["poor_places"] == (gdp < 0.5 * middle).sum()
