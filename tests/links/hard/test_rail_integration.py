"""The index of integration: 1 on an ideal network, closed forms off it, bounds, components, the German feed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.data.sources.germany import PLATFORMS
from megaregion.data.sources.gtfs import merge_stations, read_gtfs
from megaregion.errors import AlignmentError, InputError, MissingDataError
from megaregion.links.hard.demand import pair_demand
from megaregion.links.hard.network import TimesOptions
from megaregion.links.hard.rail_integration import IdealRail, rail_integration
from megaregion.links.hard.rail_networks import networks
from megaregion.links.hard.rail_study import rail_study
from megaregion.links.hard.timetable import ChangeRules, Timetable
from megaregion.units import known

STOPS = pd.DataFrame({"lon": [8.0, 9.0, 9.02, 10.0], "lat": 50.0}, index=["a", "b", "b2", "c"])
PLACES = pd.DataFrame({"lon": [8.0, 9.0, 10.0], "lat": 50.0}, index=["A", "B", "C"])
OPTIONS = TimesOptions(access_limit_km=10, access_fixed_min=0)


def clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"


def line(name: str, ends: tuple[str, str], network: str, *, first: int, ride: int, headway: int) -> list[tuple]:
    rows = []
    for k in range(1440 // headway):
        t = first + k * headway
        rows.append((f"{name}{k}", ends[0], None, clock(t), name, network))
        rows.append((f"{name}{k}", ends[1], clock(t + ride), None, name, network))
    return rows


def timetable(*, headway: int = 10, change: int = 3, at: str = "b", across: float = 0.0) -> Timetable:
    """Trunk a-b in 30 minutes, suburban b-c in 20; who arrives at b leaves `change` minutes later, both ways."""
    rows = line("T", ("a", "b"), "trunk", first=0, ride=30, headway=headway)
    rows += line("S", (at, "c"), "suburban", first=(30 + change) % headway, ride=20, headway=headway)
    back = 7
    rows += line("U", ("c", at), "suburban", first=back, ride=20, headway=headway)
    rows += line("V", ("b", "a"), "trunk", first=(back + 20 + change) % headway, ride=30, headway=headway)
    table = pd.DataFrame(rows, columns=["train", "stop", "arrival", "departure", "service", "network"])
    return Timetable.of_table(table, STOPS, rules=ChangeRules(change_min=3, across_km=across))


DEMAND = pd.DataFrame(np.ones((3, 3)), PLACES.index, PLACES.index)


def index_of(table: Timetable, **options) -> tuple[pd.Series, pd.DataFrame]:
    one, pairs = rail_integration(table, PLACES, DEMAND, options=OPTIONS, **options)
    return one.to_frame().iloc[0], pairs.to_frame().set_index(["network_from", "network_to"])


def test_an_ideal_network_is_one() -> None:
    row, pairs = index_of(timetable())
    assert row["index"] == pytest.approx(1, abs=1e-12) and row["index"] <= 1
    assert row["mean_min"] == pytest.approx((2 * 35 + 2 * 25 + 2 * 58) / 6)
    assert (row["same_station_share"], row["served_demand_share"]) == (1, 1) and row["change_min"] == pytest.approx(3)
    assert row[["loss_wait_share", "loss_change_share", "loss_way_share"]].abs().max() < 1e-12
    assert row["headway_mismatch"] == pytest.approx(0) and pairs.loc[("trunk", "suburban"), "stations_shared"] == 1


def test_denser_headways_and_shorter_changes_than_the_norm_do_not_count_above_one() -> None:
    assert index_of(timetable(headway=5))[0]["index"] == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(("headway", "change"), [(20, 3), (30, 8), (60, 25), (10, 9)])
def test_closed_form(headway: int, change: int) -> None:
    """Waits of half a headway before and one change: all six pairs by hand."""
    row, _ = index_of(timetable(headway=headway, change=change))
    real = 2 * (headway / 2 + 30) + 2 * (headway / 2 + 20) + 2 * (headway / 2 + 50 + change)
    ideal = 2 * 35 + 2 * 25 + 2 * 58
    assert row["index"] == pytest.approx(ideal / real, abs=1e-12)
    assert row["loss_wait_share"] == pytest.approx(6 * (headway / 2 - 5) / real)
    assert row["loss_change_share"] == pytest.approx(2 * (change - 3) / real)
    assert row["loss_way_share"] == pytest.approx(0, abs=1e-12) and row["change_min"] == pytest.approx(change)


def test_another_station_across_town() -> None:
    """b2 lies .02 degrees off: the ideal change is 3 minutes even so, the real one takes the way and a wait."""
    row, pairs = index_of(timetable(at="b2", across=5.0))
    assert row["index"] < 1 and row["same_station_share"] == 0 and row["change_min"] > 5
    assert pairs.loc[("trunk", "suburban"), "stations_shared"] == 0
    assert np.isnan(row["headway_mismatch"])


def test_through_running_is_a_passage_in_the_seat() -> None:
    rows = []
    for k in range(144):
        t = 10 * k
        rows.append((f"X{k}", "a", None, clock(t), "X", "trunk"))
        rows.append((f"X{k}", "b", clock(t + 30), clock(t + 30), "X", "suburban"))
        rows.append((f"X{k}", "c", clock(t + 50), None, "X", "suburban"))
    table = pd.DataFrame(rows, columns=["train", "stop", "arrival", "departure", "service", "network"])
    row, pairs = index_of(Timetable.of_table(table, STOPS))
    assert row["through_share"] == 1 and row["through_pairs"] == 1 and np.isnan(row["change_min"])
    assert pairs.loc[("trunk", "suburban"), "seated"] == pytest.approx(1)  # of one traveller from A to C
    assert row["served_demand_share"] == 0.5 and row["index"] == pytest.approx(1, abs=1e-12)


def test_headways_that_do_not_match() -> None:
    """At b 96 trunk trains leave in 16 hours where 32 suburban ones do: a mismatch of two thirds."""
    rows = []
    for name, ends in (("T", ("a", "b")), ("V", ("b", "a"))):
        rows += line(name, ends, "trunk", first=0, ride=30, headway=10)
    for name, ends in (("S", ("b", "c")), ("U", ("c", "b"))):
        rows += line(name, ends, "suburban", first=3, ride=20, headway=30)
    table = pd.DataFrame(rows, columns=["train", "stop", "arrival", "departure", "service", "network"])
    row, _ = index_of(Timetable.of_table(table, STOPS))
    assert row["headway_mismatch"] == pytest.approx(2 / 3)


def test_single_tickets_where_known() -> None:
    row, pairs = index_of(timetable(), single_ticket={("suburban", "trunk"): True})
    assert row["single_ticket_share"] == 1 and row["single_ticket_known_share"] == 1
    assert pairs.loc[("trunk", "suburban"), "single_ticket"] == 1
    row, _ = index_of(timetable())
    assert np.isnan(row["single_ticket_share"]) and row["single_ticket_known_share"] == 0
    bad = {("trunk", "boat"): True, ("trunk", "suburban"): True, ("suburban", "trunk"): False}
    with pytest.raises(InputError, match=r"'boat'\) is no pair of networks; trunk and suburban are given twice"):
        index_of(timetable(), single_ticket=bad)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_between_zero_and_one_and_relabelling_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = []
    for k in range(int(rng.integers(1, 25))):
        t = int(rng.integers(300, 1300))
        for i, stop in enumerate(rng.permutation(4)[: int(rng.integers(2, 5))]):
            arrive, t = t, t + int(rng.integers(0, 5))
            kind = rng.choice(["trunk", "metro"])
            rows.append((f"N{k}", STOPS.index[stop], clock(arrive) if i else None, clock(t), "N", kind))
            t += int(rng.integers(1, 60))
    table = pd.DataFrame(rows, columns=["train", "stop", "arrival", "departure", "service", "network"])
    demand = pd.DataFrame(rng.random((3, 3)), PLACES.index, PLACES.index)
    given = Timetable.of_table(table, STOPS)
    try:
        one, _ = rail_integration(given, PLACES, demand, options=OPTIONS)
    except InputError as error:
        assert "no pair of places with demand is served" in str(error)
        return
    row = one.to_frame().iloc[0]
    assert 0 < row["index"] <= 1 + 1e-12
    losses = row[["loss_wait_share", "loss_change_share", "loss_way_share"]]
    assert (losses >= -1e-9).all() and losses.sum() == pytest.approx(1 - row["index"], abs=1e-9)
    turned, _ = rail_integration(given, PLACES.iloc[::-1], demand, options=OPTIONS)
    assert turned.to_frame().iloc[0]["index"] == pytest.approx(row["index"], abs=1e-12)


def test_networks_by_class_type_or_column() -> None:
    base = timetable()
    assert set(networks(base)) == {"trunk", "suburban"}
    assert set(networks(base, {"T": "intercity", "*": "metro"})) == {"intercity", "metro"}
    with pytest.raises(InputError, match="unknown networks boat"):
        networks(base, {"T": "boat"})
    bare = Timetable(**{**vars(base), "calls": base.calls.assign(network="")})
    with pytest.raises(InputError, match=r"3 classes of service belong to no known network: S .*U .*V "):
        networks(bare, {"T": "trunk"})
    # what is not named keeps its own network; a class goes before its route_type, and both before all others
    assert networks(base, {"S": "metro"}).groupby(base.calls["service"]).unique().map(list).to_dict() == {
        "S": ["metro"], "T": ["trunk"], "U": ["suburban"], "V": ["trunk"]
    }  # fmt: skip
    plain = Timetable(**{**vars(base), "calls": base.calls.assign(network="2")})
    got = networks(plain, {"T": "trunk", "2": "suburban", "*": "metro"}).groupby(base.calls["service"]).unique()
    assert got.map(list).to_dict() == {"S": ["suburban"], "T": ["trunk"], "U": ["suburban"], "V": ["suburban"]}
    codes = {"101": "trunk", "106": "intercity", "109": "suburban", "401": "metro", "3": "other", "1": "metro"}
    for code, want in codes.items():
        typed = Timetable(**{**vars(base), "calls": base.calls.assign(network=code)})
        assert set(networks(typed)) == {want}
    rail = Timetable(**{**vars(base), "calls": base.calls.assign(network="2")})
    with pytest.raises(InputError, match="route_type 2 and 100 say only that it is rail"):
        networks(rail)


def test_demand_that_does_not_fit() -> None:
    place = PLACES.index
    assert pair_demand(None, place, place[:2]).tolist() == [[0, 1], [1, 0], [1, 1]]
    with pytest.raises(AlignmentError, match="rows of the demand and places differ: C"):
        pair_demand(DEMAND.iloc[:2], place, place)
    with pytest.raises(MissingDataError, match="missing for 1 pairs"):
        pair_demand(DEMAND.where(~((DEMAND.index == "A")[:, None] & (DEMAND.columns == "B"))), place, place)
    for bad in (-DEMAND, DEMAND * 0, DEMAND * np.inf):
        with pytest.raises(InputError, match="numbers >= 0 with some above zero"):
            pair_demand(bad, place, place)
    with pytest.raises(InputError, match="change_min must be a number >= 0"):
        IdealRail(change_min=-1)


def test_columns_are_those_described() -> None:
    for part in rail_integration(timetable(), PLACES, DEMAND, options=OPTIONS):
        assert list(part.to_frame().columns) == [c.name for c in part.describe()]
        assert all(known(c.unit) and c.en and c.zh for c in part.describe()) and part.summary()
    assert any("no intercity, metro services" in w for w in part.warnings)


def test_what_neither_timetable_nor_caller_says() -> None:
    """Without demand every pair counts the same; whether one ticket is good for both is in no timetable."""
    one, _ = rail_integration(timetable(), PLACES, options=OPTIONS, classes={"Q": "metro"})
    given, _ = rail_integration(timetable(), PLACES, DEMAND, options=OPTIONS,
                                single_ticket={("trunk", "suburban"): False})  # fmt: skip
    row, want = one.to_frame().iloc[0], given.to_frame().iloc[0]
    assert row["index"] == want["index"] and want["single_ticket_share"] == 0
    said = " ".join(one.warnings)
    assert "no demand is given" in said and "unknown for 100% of the passages" in said and "on the day: Q" in said
    assert not [w for w in given.warnings if "ticket" in w or "no demand" in w or "on the day" in w]
    base = timetable()
    with pytest.raises(InputError, match="nothing in the timetable is rail: route_type or network 3"):
        rail_integration(Timetable(**{**vars(base), "calls": base.calls.assign(network="3")}), PLACES)


def test_the_german_long_distance_feed(shared_data: Path) -> None:
    """Two of four networks: bounds hold, parts add up, and the note says what the feed cannot tell."""
    feed = merge_stations(read_gtfs(shared_data / "germany" / "db-fv-gtfs-2019", out_of_order="drop"), PLATFORMS)
    table = Timetable.of_feed(feed, "2019-06-25", services=lambda s: s != "Bus")
    names = ["Berlin Hbf", "Hamburg Hbf", "München Hbf", "Köln Hbf", "Frankfurt(Main)Hbf", "Stralsund Hbf", "Konstanz"]
    stops = table.stops.drop_duplicates("name").set_index("name").loc[names]
    places = stops[["lon", "lat"]]
    demand = pd.DataFrame(1.0, places.index, places.index)
    one, pairs = rail_integration(table, places, demand, classes={"ICE": "trunk", "*": "intercity"})
    row = one.to_frame().iloc[0]
    assert 0 < row["index"] < 1 and row["served_demand_share"] == 1
    assert row["index"] == pytest.approx(row["ideal_min"] / row["mean_min"])
    assert any("no suburban, metro services" in w for w in one.warnings)
    frame = pairs.to_frame().set_index(["network_from", "network_to"])
    assert frame["changes"].sum() == pytest.approx(row["changes_mean"] * 42)
    assert frame.loc[("trunk", "intercity"), "change_min"] > 5


def test_a_study_goes_to_stations_at_the_speed_that_is_stated() -> None:
    """A kilometre (no detour, no margin) at 4 km/h takes 15 minutes, at 20 km/h 3; nothing stated: as by default."""
    near = PLACES.assign(lat=50.0 + 1.0 / 111.195)
    for speed, minutes in ((4.0, 15.0), (20.0, 3.0)):
        times = TimesOptions(ground_circuity=1.0, ground_slow_kmh=speed, access_fixed_min=0, access_limit_km=2)
        found = rail_study(timetable(), near, demand=DEMAND, times=times)
        row = found["door_to_door"].to_frame().iloc[0]
        assert row["access_min"] == pytest.approx(minutes, rel=0.01) == row["egress_min"]
        assert found["hub_access"].to_frame()["access_min"].min() == pytest.approx(minutes, rel=0.01)
        assert found["integration"].parameters()["ground_slow_kmh"] == speed
    assert (
        rail_study(timetable(), PLACES)["integration"].parameters()["ground_slow_kmh"] == TimesOptions().ground_slow_kmh
    )
