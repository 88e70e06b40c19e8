"""Failing rail of a small cluster: three towns on a line by hand, hazards, what is refused."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from megaregion.errors import InputError, MissingDataError
from megaregion.links.hard.layer_failures import failures_of_cluster
from megaregion.links.hard.rail_failures import RailFailureOptions, lacking, rail_failures

PLACES = {"A": (120.0, 30.0), "B": (122.0, 30.0), "C": (124.0, 30.0)}
STOPS = {"a": (120.0, 30.0, "A"), "b": (122.0, 30.0, "B"), "c": (124.0, 30.0, "C")}
BOTH = [(x, y, m) for x, y, m in (("a", "b", 30.0), ("b", "c", 30.0), ("a", "c", 58.0))]
SERVICES = [("G", x, y, 32.0, m) for p, q, m in BOTH for x, y in ((p, q), (q, p))]
QUICK = RailFailureOptions(draws=3, steps=2, most=1.0)


def links(**columns: object) -> pd.DataFrame:
    rows = {"mode": "rail", "from_node": ["a", "b"], "to_node": ["b", "c"], "time_min": [28.0, 28.0],
            "length_km": 100.0, "services_per_day": [64.0, 64.0], "headway_min": None, "status": "existing",
            "oneway": False}  # fmt: skip
    return pd.DataFrame({**rows, **columns}, index=pd.Index(["ab", "bc"], name="link_id"))


def flows(unit: str) -> dict[str, pd.DataFrame]:
    frame = pd.DataFrame(100.0, list(PLACES), list(PLACES))
    frame.loc["A", "C"] = frame.loc["C", "A"] = 300.0
    frame.attrs["unit"] = unit
    return {"people": frame}


def test_a_line_of_three_by_hand(cluster) -> None:
    """Wait min(30, 960 / 64) = 15, access 10 at each end: A-B 65, A-C 93 by rail.

    Without bc 100 + 100 + 300 + 300 of 1000 have no train; a minute counts for each of them, 60 to the hour."""
    given = cluster(PLACES, STOPS, SERVICES, links=links(), flows=flows("person"))
    found = rail_failures(given, QUICK, seed=1)
    table = found["rail_singles"].to_frame().set_index(["kind", "element"])
    row = table.loc[("segment", "bc")]
    assert row["unserved_percent"] == pytest.approx(80.0)
    from megaregion.links.hard.times import times

    skim = times(given)
    assert skim.rail.loc["A", "B"] == pytest.approx(65.0) and skim.rail.loc["A", "C"] == pytest.approx(93.0)
    worse = 2 * 100 * (skim.road.loc["B", "C"] - 65.0) + 2 * 300 * (skim.road.loc["A", "C"] - 93.0)
    assert row["extra_hours"] == pytest.approx(worse / 60.0) and row["extra_rail_hours"] == 0.0
    assert (row["largest_part"], row["second_part"]) == pytest.approx((2 / 3, 1 / 3))
    middle = table.loc[("station", "b")]
    assert middle["unserved_percent"] == pytest.approx(40.0), "trains pass the closed station"
    assert found["rail_singles"].facts()["unit"] == "person"
    assert not any("weighed with" in w for w in found["rail_singles"].warnings)


def test_curves_begin_whole_and_end_with_nothing(cluster) -> None:
    given = cluster(PLACES, STOPS, SERVICES, links=links(), flows=flows("person"))
    table = rail_failures(given, QUICK, seed=1)["rail_failures"].to_frame()
    for _, part in table.groupby(["failure", "kind"]):
        assert part["unserved_percent"].tolist()[0] == 0.0 and part["unserved_percent"].tolist()[-1] == 100.0
        assert part["extra_hours"].is_monotonic_increasing
    worst = table.query("failure == 'worst alone first' and kind == 'segment'")
    facts = rail_failures(given, QUICK, seed=1)["rail_failures"].facts()
    assert facts["mean largest part, segments, worst alone first"] == pytest.approx(worst["largest_part"].mean())
    assert facts["falls apart at, segments, worst alone first"] in (0.5, 1.0)
    again = rail_failures(given, QUICK, seed=1)["rail_failures"].to_frame()
    pd.testing.assert_frame_equal(table, again)


def test_without_lines_stations_fail(cluster) -> None:
    found = rail_failures(cluster(PLACES, STOPS, SERVICES, flows=flows("person")), QUICK, seed=1)
    table = found["rail_singles"].to_frame().set_index("element")
    assert set(table["kind"]) == {"station"} and table.loc["b", "unserved_percent"] == pytest.approx(40.0)
    assert table.loc["b", "largest_part"] == pytest.approx(2 / 3), "a and c have a direct train"
    assert any("no rail links with time_min" in w for w in found["rail_singles"].warnings)
    few = rail_failures(cluster(PLACES, STOPS, SERVICES), RailFailureOptions(draws=1, steps=1, singles=1), seed=1)
    assert len(few["rail_singles"].to_frame()) == 1 and any(
        "1 of 3 stations" in w for w in few["rail_singles"].warnings
    )


def test_units_scale_and_weights_are_told(cluster) -> None:
    one = cluster(PLACES, STOPS, SERVICES, links=links(), flows=flows("person"))
    ten = cluster(PLACES, STOPS, SERVICES, links=links(), flows=flows("10000 persons"))
    a, b = (rail_failures(c, QUICK, seed=1)["rail_singles"].to_frame()["extra_hours"] for c in (one, ten))
    assert b.to_numpy() == pytest.approx(1e4 * a.to_numpy())
    trains = rail_failures(cluster(PLACES, STOPS, SERVICES, links=links(), flows=flows("trains/day")), QUICK, seed=1)
    assert any("the layer people (trains/day), not with persons" in w for w in trains["rail_singles"].warnings)
    assert next(c.unit for c in trains["rail_singles"].describe() if c.name == "extra_hours") == "trains/day x h"
    none = rail_failures(cluster(PLACES, STOPS, SERVICES, links=links()), QUICK, seed=1)
    assert any("one for every pair" in w for w in none["rail_singles"].warnings)


def test_where_the_road_is_as_fast_it_is_told(cluster) -> None:
    """Half an hour of waiting at each train: no pair of these towns would go by rail, so nothing can be lost."""
    slow = [(c, a, b, 1.0, 10 * m) for c, a, b, _, m in SERVICES]
    found = rail_failures(cluster(PLACES, STOPS, slow, flows=flows("person")), QUICK, seed=1)["rail_singles"]
    assert found.facts()["demand_faster_by_rail"] == 0.0 and (found.to_frame()["extra_hours"] == 0).all()
    assert any(w.startswith("rail is the faster way for 0 % of the demand only") for w in found.warnings)
    quick = rail_failures(cluster(PLACES, STOPS, SERVICES, flows=flows("person")), QUICK, seed=1)["rail_singles"]
    assert quick.facts()["demand_faster_by_rail"] == 1.0 and not any("faster way" in w for w in quick.warnings)


def test_hazards_take_what_they_touch(cluster) -> None:
    """Over C: its station and the segment to it; over the sea: nothing. In both layers C is gone."""
    given = cluster(PLACES, STOPS, SERVICES, links=links(), flows=flows("person"))
    areas = gpd.GeoDataFrame(geometry=[box(123.9, 29.9, 124.1, 30.1), box(10, 10, 11, 11)],
                             index=["flood", "sea"], crs="EPSG:4326")  # fmt: skip
    beside = pd.DataFrame({"place_a": ["A", "B"], "place_b": ["B", "C"]})
    found = failures_of_cluster(given, seed=1, hazards=areas, adjacent=beside)
    rail = found["rail_failures"].to_frame().set_index("failure")
    assert rail.loc["flood", ["gone", "unserved_percent"]].tolist() == [2.0, pytest.approx(80.0)]
    assert rail.loc["sea", ["gone", "unserved_percent"]].tolist() == [0.0, 0.0]
    layers = found["layer_failures"].to_frame().set_index("failure")
    assert layers.loc["flood", "unserved_percent"] == pytest.approx(80.0)
    assert layers.loc["flood", "mutual_part"] == pytest.approx(2 / 3)
    assert not found["layered_times"].to_frame()["needs_several"].any()


def test_hazards_stand_beside_as_many_parts_by_chance(cluster) -> None:
    """One line of two and one station of three leave two towns joined (80) or none (100); all parts are no chance."""
    given = cluster(PLACES, STOPS, SERVICES, links=links(), flows=flows("person"))
    areas = gpd.GeoDataFrame(geometry=[box(123.9, 29.9, 124.1, 30.1), box(119, 29, 125, 31), box(10, 10, 11, 11)],
                             index=["flood", "storm", "sea"], crs="EPSG:4326")  # fmt: skip
    many = RailFailureOptions(draws=60, steps=2, most=1.0)
    found = rail_failures(given, many, seed=1, hazards=areas)["rail_failures"].to_frame()
    rows = found.set_index("failure")[["unserved_percent_low", "unserved_percent", "unserved_percent_high"]]
    assert rows.loc["flood"].tolist() == pytest.approx([80.0, 80.0, 100.0])
    assert rows.loc["storm"].tolist() == [100.0] * 3 and rows.loc["sea"].tolist() == [0.0] * 3
    assert found.set_index("failure").loc["storm", ["gone", "share_gone"]].tolist() == [5.0, 1.0]
    idle = cluster(PLACES, STOPS | {"d": (123.0, 30.5, "C")}, SERVICES, links=links(), flows=flows("person"))
    part = rail_failures(idle, QUICK, seed=1, hazards=areas)["rail_failures"].to_frame().set_index("failure")
    assert part.loc["storm", "share_gone"] == 1.0, "a stop without trains is not among those in use"
    without = rail_failures(given, many, seed=1)["rail_failures"].to_frame()
    pd.testing.assert_frame_equal(found[found["kind"] != "hazard"], without)
    beside = pd.DataFrame({"place_a": ["A", "B"], "place_b": ["B", "C"]})
    layers = failures_of_cluster(given, seed=1, hazards=areas, adjacent=beside)["layer_failures"].to_frame()
    ends = layers.set_index("failure").loc["storm", ["unserved_percent_low", "unserved_percent_high"]]
    assert ends.tolist() == [100.0, 100.0]


def test_what_is_lacking_and_wrong(cluster) -> None:
    bare = cluster(PLACES, STOPS, [])
    assert lacking(bare) == ["tables/services.csv has no direct services by rail"]
    with pytest.raises(MissingDataError, match="no direct services"):
        rail_failures(bare, QUICK, seed=1)
    assert failures_of_cluster(bare, seed=1, lenient=True) == {}
    given = cluster(PLACES, STOPS, SERVICES, links=links(), flows=flows("person"))
    with pytest.raises(InputError, match="there is no layer 'cars'"):
        rail_failures(given, RailFailureOptions(layer="cars"), seed=1)
    with pytest.raises(InputError, match="unknown keys speed"):
        RailFailureOptions.of({"speed": 1})
    with pytest.raises(InputError, match=r"most must be a share.*steps must be a whole number"):
        RailFailureOptions(most=2.0, steps=0)
