"""Parts of the time between doors, by hand and adding up."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.data.sources.germany import PLATFORMS
from megaregion.data.sources.gtfs import merge_stations, read_gtfs
from megaregion.errors import InputError
from megaregion.links.hard.door_to_door import door_to_door
from megaregion.links.hard.doors import DepartureWindow
from megaregion.links.hard.network import TimesOptions
from megaregion.links.hard.scheduled_times import scheduled_times
from megaregion.links.hard.timetable import ChangeRules, Timetable
from megaregion.units import known

STOPS = pd.DataFrame({"lon": [8.0, 9.0, 10.0], "lat": 50.0}, index=["a", "b", "c"])
PLACES = pd.DataFrame({"lon": [8.0, 9.0, 10.0], "lat": 50.0}, index=["A", "B", "C"])
OPTIONS = TimesOptions(access_limit_km=10, access_fixed_min=12)
ROWS = [("S1", "a", None, "8:30", "S"), ("S1", "b", "9:00", None, "S"), ("G1", "b", None, "9:15", "G"),
        ("G1", "c", "10:35", None, "G")]  # fmt: skip


@pytest.fixture
def timetable() -> Timetable:
    table = pd.DataFrame(ROWS, columns=["train", "stop", "arrival", "departure", "service"])
    return Timetable.of_table(table, STOPS, rules=ChangeRules(across_km=0))


WINDOW = DepartureWindow(start_min=8 * 60, end_min=8 * 60 + 18)


def test_toy_network_by_hand(timetable: Timetable) -> None:
    """Leaves at 8:18 (9 minutes' wait on average): 12 + 30 feeder + 15 change + 80 main + 12."""
    got = door_to_door(timetable, PLACES, main=["G"], window=WINDOW, options=OPTIONS)
    row = got.to_frame().set_index(["origin", "destination"]).loc["A", "C"]
    assert row[["wait_min", "access_min", "feeder_min", "changing_min", "main_min", "egress_min"]].tolist() == [
        9, 12, 30, 15, 80, 12
    ]  # fmt: skip
    assert (row["door_to_door_min"], row["changes"]) == (149, 1)
    assert row["off_main_share"] == pytest.approx(1 - 80 / 149) and row["perceived_min"] == 149 + 9 + 10
    facts = got.facts()
    assert facts["pairs_without_journey"] == 3 and "3 of 6 pairs have no journey" in got.warnings[0]


def test_without_classes_every_ride_is_the_main_haul(timetable: Timetable) -> None:
    frame = door_to_door(timetable, PLACES, window=WINDOW, options=OPTIONS).to_frame()
    got = frame.set_index(["origin", "destination"])
    assert (got.loc[("A", "C"), "main_min"], got.loc[("A", "C"), "feeder_min"]) == (110, 0)


def test_headline_shares_are_weighted_by_demand(timetable: Timetable) -> None:
    demand = pd.DataFrame(0.0, PLACES.index, PLACES.index)
    demand.loc["A", "C"], demand.loc["A", "A"] = 7.0, 99.0
    facts = door_to_door(timetable, PLACES, main=["G"], demand=demand, window=WINDOW, options=OPTIONS).facts()
    assert facts["main_share"] == pytest.approx(80 / 149) and facts["changes_mean"] == 1
    assert sum(facts[f"{n}_share"] for n in ("access", "feeder", "main", "changing", "egress")) == pytest.approx(1)
    assert facts["transfer_penalty_min"] == pytest.approx(10)  # one change


def test_classes_that_do_not_run(timetable: Timetable) -> None:
    with pytest.raises(InputError, match=r"do not run: X\n  hint: classes: G, S"):
        door_to_door(timetable, PLACES, main=["G", "X"])


def test_columns_are_those_described(timetable: Timetable) -> None:
    got = door_to_door(timetable, PLACES, options=OPTIONS)
    assert list(got.to_frame().columns) == [c.name for c in got.describe()]
    assert all(known(c.unit) and c.en and c.zh for c in got.describe()) and got.parameters()["main"] == []


def test_the_real_feed_adds_up_to_the_mean(shared_data: Path) -> None:
    feed = merge_stations(read_gtfs(shared_data / "germany" / "db-fv-gtfs-2019", out_of_order="drop"), PLATFORMS)
    timetable = Timetable.of_feed(feed, "2019-06-25")
    places = timetable.stops.iloc[::60][["lon", "lat"]]
    parts = door_to_door(timetable, places, main=["ICE"]).to_frame()
    times = scheduled_times(timetable, places).to_frame()
    np.testing.assert_allclose(parts["wait_min"] + parts["door_to_door_min"], times["mean_min"])
    np.testing.assert_allclose(parts["changes"], times["mean_transfers"], atol=1e-12)
    assert parts["off_main_share"].dropna().between(0, 1).all()
    assert (parts["perceived_min"].dropna() >= times["mean_min"].dropna() - 1e-9).all()
