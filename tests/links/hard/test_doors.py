"""Ways from places to stops, and windows."""

import numpy as np
import pandas as pd
import pytest

from megaregion.errors import AlignmentError, InputError, MissingDataError
from megaregion.links.hard.doors import DepartureWindow, doors
from megaregion.links.hard.network import TimesOptions
from megaregion.links.hard.timetable import Timetable

STOPS = pd.DataFrame({"lon": [8.0, 9.0, 8.1], "lat": 50.0}, index=["A", "B", "X"])
TRAINS = pd.DataFrame([["1", "A", None, "8:00"], ["1", "B", "9:00", None]],
                      columns=["train", "stop", "arrival", "departure"])  # fmt: skip
PLACES = pd.DataFrame({"lon": [8.0, 8.05, 100.0], "lat": [50.0, 50.0, 0.0]}, index=["p", "q", "far"])


@pytest.fixture
def timetable() -> Timetable:
    return Timetable.of_table(TRAINS, STOPS)


def test_straight_lines_to_served_stops_within_the_limit(timetable: Timetable) -> None:
    got = doors(timetable, PLACES, options=TimesOptions(access_limit_km=10))
    assert got.basis == "straight line" and got.unreached == ("far",)
    rows = list(zip(got.ways.origin, got.ways.stop, strict=True))
    assert rows == [(0, 0), (1, 0)] and got.ways.seconds[0] == 600  # at the stop: the fixed minutes
    assert list(timetable.stops.index) == ["A", "B"]  # X, where nothing calls, is no stop of the timetable


def test_given_minutes(timetable: Timetable) -> None:
    table = pd.DataFrame({"B": [5.0, np.nan, np.inf]}, index=["q", "p", "far"])
    got = doors(timetable, PLACES, options=TimesOptions(), minutes=table)
    assert (got.ways.origin.tolist(), got.ways.stop.tolist(), got.ways.seconds.tolist()) == ([1], [1], [300])
    assert got.basis == "given" and got.unreached == ("p", "far")


def test_what_does_not_fit(timetable: Timetable) -> None:
    with pytest.raises(AlignmentError) as caught:
        doors(timetable, PLACES, options=TimesOptions(), minutes=pd.DataFrame({"Z": [1.0]}, index=["p"]))
    assert "rows of minutes differ: far, q" in str(caught.value) and "unknown stops: Z" in str(caught.value)
    table = pd.DataFrame({"B": [-5.0, 1, 1]}, index=PLACES.index)
    with pytest.raises(InputError, match="minutes to stops must be >= 0"):
        doors(timetable, PLACES, options=TimesOptions(), minutes=table)
    with pytest.raises(MissingDataError, match="missing for 1 places: q"):
        doors(timetable, PLACES.assign(lon=[8.0, np.nan, 9.0]), options=TimesOptions())
    with pytest.raises(InputError, match="places repeat p"):
        doors(timetable, PLACES.set_axis(["p", "p", "q"]), options=TimesOptions())


def test_no_place(timetable: Timetable) -> None:
    got = doors(timetable, PLACES.iloc[:0], options=TimesOptions())
    assert len(got.ways.stop) == 0 and got.unreached == ()


def test_windows() -> None:
    assert DepartureWindow(start_min=360, end_min=540.5).seconds == (21_600, 32_430)
    with pytest.raises(InputError) as caught:
        DepartureWindow(start_min=600, end_min=500, percentiles=(0, 5), max_transfers=-1, penalty_min=-1)
    for part in ("must lie in 0 ... 1440", "percentiles must be", "max_transfers must be", "penalty_min must be"):
        assert part in str(caught.value)
