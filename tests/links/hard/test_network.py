"""The network of one timetable: options, added legs, and what cannot be used."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from megaregion.data.scenario import AddLink, Scenario, UseTimetable
from megaregion.errors import InputError
from megaregion.links.hard.network import Leg, RailNetwork, TimesOptions, scenario_legs
from megaregion.links.hard.times import times

PLACES = {"A": (118.0, 32.0), "B": (119.0, 32.0), "C": (120.0, 32.0), "D": (121.0, 32.5)}
STOPS = {
    "a": (118.02, 32.0, "A"), "b": (119.02, 32.0, "B"), "b2": (119.12, 32.0, "B"), "c": (120.02, 32.0, "C"),
    "d": (121.0, 32.52, "D"),
}  # fmt: skip
SERVICES = [("G", "a", "b", 20, 30), ("G", "b", "a", 20, 30), ("D", "b2", "c", 10, 40), ("D", "c", "b2", 10, 40)]


def test_defaults_and_unknown_keys():
    options = TimesOptions.of({"wait_cap_min": 20.0})
    assert options.wait_cap_min == 20.0 and options.road_circuity == 1.3
    with pytest.raises(InputError, match="unknown keys speed, wait"):
        TimesOptions.of({"speed": 1, "wait": 2})


def test_every_bad_option_is_named_at_once():
    with pytest.raises(InputError) as caught:
        TimesOptions(road_speed_kmh=0.0, road_circuity=0.9, wait_cap_min=float("nan"), transfer_min="x")
    for name in ("road_speed_kmh", "road_circuity", "wait_cap_min", "transfer_min"):
        assert name in str(caught.value)


def test_ground_time_by_hand():
    """10 km x 1.3 = 13 km at 25 km/h; 20 km x 1.3 = 26 km = 15 at 25 and 11 at 60."""
    options = TimesOptions()
    np.testing.assert_allclose(options.ground_min([10.0, 20.0]), [13 / 25 * 60, 36 + 11])
    np.testing.assert_allclose(options.access_min([0.0, 100.0, 100.1]), [10.0, 10 + 36 + 115, np.inf])
    np.testing.assert_allclose(options.change_min([0.0, 25.0, 25.1]), [15.0, 15 + 36 + 17.5, np.inf])


def test_added_links_equal_a_rebuild(cluster):
    base = cluster(PLACES, STOPS, SERVICES)
    network = RailNetwork.build(base)
    scenario = Scenario(
        id="x",
        changes=(
            AddLink(from_node="c", to_node="d", length_km=110, time_min=35, wait_min=10),
            AddLink(from_node="a", to_node="c", length_km=190, time_min=55, wait_min=15),
        ),
    )
    changed = scenario.apply(base)
    quick, slow = network.updated(changed, base), RailNetwork.build(changed)
    np.testing.assert_array_equal(quick.trips.cost, slow.trips.cost)
    assert quick.legs == slow.legs == scenario_legs(changed)
    got = times(changed, network=quick)
    pd.testing.assert_frame_equal(got.rail, times(changed).rail)
    assert (got.time <= times(base).time + 1e-9).all(axis=None)
    assert got.rail.loc["A", "D"] < np.inf and np.isnan(times(base).rail.loc["A", "D"])


def test_wait_is_half_the_headway_in_both_directions_unless_one_way(cluster):
    base = cluster(PLACES, STOPS, SERVICES)
    links = AddLink(from_node="c", to_node="d", length_km=110, time_min=35, wait_min=10).apply(base).links
    assert scenario_legs(base.replace(links=links)) == (Leg("c", "d", 45.0), Leg("d", "c", 45.0))
    one = links.assign(oneway=True)
    assert scenario_legs(base.replace(links=one)) == (Leg("c", "d", 45.0),)
    with pytest.raises(InputError, match="headway_min"):
        scenario_legs(base.replace(links=links.assign(headway_min=np.nan)))


def test_links_of_the_map_are_not_services(cluster):
    """Existing links are for drawing: journeys come from services, or transfers would be free."""
    base = cluster(PLACES, STOPS, SERVICES)
    changed = AddLink(from_node="c", to_node="d", length_km=110, time_min=35).apply(base)
    drawn = base.replace(links=changed.links.assign(status="existing"))
    np.testing.assert_array_equal(RailNetwork.build(drawn).trips.cost, RailNetwork.build(base).trips.cost)


def test_another_timetable_is_built_anew(cluster):
    base = cluster(PLACES, STOPS, SERVICES)
    later = base.services.assign(timetable="later", in_vehicle_min=base.services["in_vehicle_min"] / 2)
    both = base.replace(services=pd.concat([base.services, later], ignore_index=True))
    network = RailNetwork.build(both)
    faster = network.updated(UseTimetable(timetable="later").apply(both), both)
    ride = network.trips.cost[0, 1] - faster.trips.cost[0, 1]
    assert ride == pytest.approx(15.0) and faster.timetable == "later"


def test_scenarios_with_the_same_link_id_are_not_taken_for_each_other(cluster):
    """Two scenarios name their first link alike; a network of the one must not serve the other."""
    base = cluster(PLACES, STOPS, SERVICES)
    one = AddLink(from_node="c", to_node="d", length_km=110, time_min=35).apply(base)
    two = AddLink(from_node="a", to_node="d", length_km=290, time_min=70).apply(base)
    network = RailNetwork.build(one)
    np.testing.assert_array_equal(network.updated(two, one).trips.cost, RailNetwork.build(two).trips.cost)


def test_all_that_is_wrong_with_services_is_said_at_once(cluster):
    base = cluster(PLACES, STOPS, [*SERVICES, ("G", "a", "nowhere", 0, 10), ("G", "a", "b", 3, -1)])
    with pytest.raises(InputError) as caught:
        RailNetwork.build(base)
    for text in ("nowhere", "services_per_day", "in_vehicle_min"):
        assert text in str(caught.value)
    with pytest.raises(InputError, match="no rows of 'lost'"):
        RailNetwork.build(base.replace(attrs={**base.attrs, "timetable": "lost"}))
    with pytest.raises(InputError, match="zz"):
        RailNetwork.build(cluster(PLACES, STOPS, SERVICES)).with_legs([Leg("a", "zz", 1.0)])


def test_a_network_is_a_value(cluster):
    network = RailNetwork.build(cluster(PLACES, STOPS, SERVICES))
    with pytest.raises(dataclasses.FrozenInstanceError):
        network.timetable = "x"
    assert network.with_legs([]) is network
