"""The way to hubs."""

import numpy as np
import pandas as pd
import pytest

from megaregion.core.sphere import great_circle_km
from megaregion.errors import InputError
from megaregion.links.hard.hub_access import hub_access
from megaregion.links.hard.network import TimesOptions
from megaregion.links.hard.timetable import Timetable
from megaregion.units import known

STOPS = pd.DataFrame({"lon": [8.0, 8.0, 9.0, 9.5], "lat": 50.0, "station": ["a", "a", "b", "c"],
                      "name": ["Aheim", "Aheim 2", "Bdorf", "C"]}, index=["a", "a2", "b", "c"])  # fmt: skip
PLACES = pd.DataFrame({"lon": [8.0, 9.0, 60.0], "lat": 50.0, "population": [100.0, 300.0, 50.0]}, index=["A", "B", "Z"])


@pytest.fixture
def timetable() -> Timetable:
    """Four G trains a day from Aheim (two of them from its other part), one from Bdorf; six locals from there."""
    rows = []
    for i in range(4):
        rows += [(f"G{i}", "a2" if i % 2 else "a", None, f"{8 + i}:00", "G"), (f"G{i}", "b", f"{9 + i}:00", None, "G")]
    rows += [("G9", "b", None, "20:00", "G"), ("G9", "a", "21:00", None, "G")]
    for i in range(6):
        rows += [(f"S{i}", "b", None, f"{8 + i}:30", "S"), (f"S{i}", "c", f"{8 + i}:50", None, "S")]
    return Timetable.of_table(pd.DataFrame(rows, columns=["train", "stop", "arrival", "departure", "service"]), STOPS)


def test_hubs_have_enough_departures_of_the_main_haul(timetable: Timetable) -> None:
    got = hub_access(timetable, PLACES, main=["G"], departures=4)
    frame = got.to_frame().set_index("place_id")
    assert frame.loc["A", "hub"] == "Aheim" and frame.loc["A", "departures"] == 4 and frame.loc["A", "access_min"] == 10
    km = great_circle_km(8.0, 50.0, 9.0, 50.0)
    assert frame.loc["B", "access_min"] == pytest.approx(TimesOptions().access_min(km), abs=1 / 60)
    assert np.isnan(frame.loc["Z", "access_min"]) and "1 places have no hub" in got.warnings[0]
    facts = got.facts()
    assert facts["hubs"] == 1 and facts["places_30_share"] == pytest.approx(1 / 3)
    assert facts["people_30_share"] == pytest.approx(100 / 450)


def test_with_all_services_there_are_two_hubs(timetable: Timetable) -> None:
    frame = hub_access(timetable, PLACES, departures=4).to_frame().set_index("place_id")
    assert frame.loc["B", "hub"] == "Bdorf" and frame.loc["B", "departures"] == 7


def test_minutes_by_road(timetable: Timetable) -> None:
    minutes = pd.DataFrame({"a2": [33.0, 50.0, np.nan]}, index=PLACES.index)
    frame = hub_access(timetable, PLACES, main=["G"], departures=4, minutes=minutes).to_frame()
    assert frame["access_min"].fillna(-1).tolist() == [33, 50, -1]


def test_no_hub_and_no_people(timetable: Timetable) -> None:
    with pytest.raises(InputError, match=r"10 departures a day of the main haul\n  hint: the most are 4"):
        hub_access(timetable, PLACES, main=["G"])
    got = hub_access(timetable, PLACES[["lon", "lat"]], departures=4)
    assert "people_30_share" not in got.facts()
    assert list(got.to_frame().columns) == [c.name for c in got.describe()]
    assert all(known(c.unit) and c.en and c.zh for c in got.describe())


def test_hubs_by_name_or_id(timetable: Timetable) -> None:
    """Bdorf has one departure of the main haul and is a hub because it is named; ids and names mean the same."""
    for name in ("Bdorf", "b"):
        got = hub_access(timetable, PLACES, main=["G"], stations=[name])
        frame = got.to_frame().set_index("place_id")
        assert frame.loc["B", ["hub", "departures"]].tolist() == ["Bdorf", 1] and got.facts()["hubs"] == 1
        assert got.parameters()["stations"] == ["Bdorf"] and got.parameters()["departures"] is None
    assert hub_access(timetable, PLACES, main=["G"], stations=["Aheim 2", "a", "b"]).facts()["hubs"] == 2
    with pytest.raises(InputError, match="no stop is named 'Bdrf'; near: Bdorf; no stop is named 'Q'"):
        hub_access(timetable, PLACES, stations=["Bdrf", "Q"])
    with pytest.raises(InputError, match="no departures of the main haul on the day: C"):
        hub_access(timetable, PLACES, main=["G"], stations=["c", "a"])
