"""Door-to-door times by hand, at the edges, and under relabelling."""

import numpy as np
import pandas as pd
import pytest

from megaregion.core.sphere import great_circle_km
from megaregion.errors import InputError, MissingDataError
from megaregion.links.hard.times import RailNetwork, TimesOptions, skim, times

PLACES = {"A": (118.0, 32.0), "B": (120.0, 32.0), "Z": (125.0, 25.0)}
STOPS = {"a": (118.0, 32.0, "A"), "b": (120.0, 32.1, "B")}
SERVICES = [("G", "a", "b", 32, 50)]


def test_one_ride_by_hand(cluster):
    """10 at the stop in A, 15 wait (960 / 64), 50 on board, and to B: 0.1 degrees of latitude x 1.3 at 25 km/h + 10."""
    got = times(cluster(PLACES, STOPS, SERVICES))
    last = 6371 * np.radians(0.1) * 1.3 / 25 * 60 + 10
    assert got.rail.loc["A", "B"] == pytest.approx(10 + 15 + 50 + last, abs=1e-6)
    assert got.transfers.loc["A", "B"] == 0
    assert np.isnan(got.rail.loc["B", "A"]) and np.isnan(got.transfers.loc["B", "A"])
    km = great_circle_km(118, 32, 120, 32)
    assert got.road.loc["B", "A"] == got.time.loc["B", "A"] == pytest.approx(km * 1.3 / 70 * 60 + 15)


def test_own_time_is_by_road_over_two_thirds_of_the_radius(cluster):
    got = times(cluster(PLACES, STOPS, SERVICES))
    want = 2 / 3 * np.sqrt(3000 / np.pi) * 1.3 / 70 * 60 + 15
    np.testing.assert_allclose(np.diag(got.time), want)
    assert np.isnan(np.diag(got.rail)).all() and (np.diag(got.great_circle) == 0).all()


def test_an_island_without_stop_goes_by_road_and_is_reported(cluster):
    got = times(cluster(PLACES, STOPS, SERVICES))
    assert got.rail.loc["Z"].isna().all() and got.time.loc["Z"].notna().all()
    frame = got.to_frame()
    assert set(frame.loc[frame["origin"] == "Z", "by"]) == {"road"}
    assert any("5 of 6 pairs have no way by rail" in w for w in got.warnings)
    assert got.facts()["pairs_without_rail"] == 5


@pytest.mark.parametrize(("stops", "services"), [({}, []), (STOPS, [])])
def test_without_stops_or_services_everything_is_by_road(cluster, stops, services):
    got = times(cluster(PLACES, stops, services))
    assert got.rail.isna().all(axis=None)
    pd.testing.assert_frame_equal(got.time, got.road)
    assert got.warnings


def test_one_place_has_its_own_time_and_no_pair(cluster):
    got = times(cluster({"A": (118.0, 32.0)}, STOPS, SERVICES))
    assert got.time.shape == (1, 1) and got.to_frame().empty
    assert got.facts()["pairs"] == 0


def test_frame_has_the_described_columns_and_every_pair(cluster):
    got = times(cluster(PLACES, STOPS, SERVICES))
    frame = got.to_frame()
    assert list(frame.columns) == [c.name for c in got.describe()]
    assert len(frame) == 6 and not frame.duplicated(["origin", "destination"]).any()
    row = frame.set_index(["origin", "destination"]).loc[("A", "B")]
    assert row["by"] == "rail" and row["time_min"] == row["rail_min"] < row["road_min"]


def test_relabelling_permutes(cluster):
    straight = times(cluster(PLACES, STOPS, SERVICES))
    turned = times(cluster({"X": PLACES["B"], "Y": PLACES["A"]}, STOPS, SERVICES))
    assert turned.rail.loc["Y", "X"] == straight.rail.loc["A", "B"]


def test_other_origins_and_destinations(cluster):
    base = cluster(PLACES, STOPS, SERVICES)
    points = pd.DataFrame({"lon": [118.0, 120.0], "lat": [32.0, 32.0]}, index=["p", "q"])
    got = skim(RailNetwork.build(base), base.places.loc[["A"]], points)
    assert got.rail.loc["A", "q"] == times(base).rail.loc["A", "B"]
    # from A to a point at the same spot there is no train, and the road takes its fixed minutes
    assert got.time.loc["A", "p"] == 15.0


def test_gaps_are_named(cluster):
    base = cluster(PLACES, STOPS, SERVICES)
    lost = base.places.copy()
    lost.loc["A", "lon"], lost.loc["B", "area_km2"] = np.nan, np.nan
    with pytest.raises(MissingDataError) as caught:
        times(base.replace(places=lost))
    assert "places.lon, lat: missing for 1 places: A" in str(caught.value)
    assert "own time of 1 places: B" in str(caught.value)


def test_options_or_network_not_both(cluster):
    base = cluster(PLACES, STOPS, SERVICES)
    with pytest.raises(InputError, match="either"):
        times(base, options=TimesOptions(), network=RailNetwork.build(base))


def test_options_of_the_workspace_count(cluster):
    base = cluster(PLACES, STOPS, SERVICES)
    fast = times(base.replace(options={"times": {"road_speed_kmh": 140.0, "road_fixed_min": 0.0}}))
    assert fast.road.loc["A", "B"] == pytest.approx((times(base).road.loc["A", "B"] - 15) / 2)


def test_same_inputs_same_table(cluster):
    one, two = (times(cluster(PLACES, STOPS, SERVICES)).to_frame() for _ in range(2))
    pd.testing.assert_frame_equal(one, two, check_exact=True)
