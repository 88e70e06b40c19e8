"""Local arrivals before departures of the main haul, by hand and by plain loops."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.errors import InputError
from megaregion.links.hard.schedule_coordination import coordination
from megaregion.links.hard.timetable import Timetable
from megaregion.units import known

STOPS = pd.DataFrame({"lon": [8.0, 8.0, 9.0, 7.9], "lat": 50.0, "station": ["h", "h", "x", "u"],
                      "name": ["Hbf", "Hbf tief", "X", "U"]}, index=["h", "h2", "x", "u"])  # fmt: skip


MINUTES = st.lists(st.integers(30, 1300), min_size=1, max_size=12)


def clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"


def timetable(main: list[int], local: list[int], back: list[int] = (), onward: list[int] = ()) -> Timetable:
    """Main trains leave h at `main` and come in at `back`; locals arrive at h2 at `local` and leave at `onward`."""
    rows = []
    for i, t in enumerate(main):
        rows += [(f"G{i}", "h", None, clock(t), "G"), (f"G{i}", "x", clock(t + 60), None, "G")]
    for i, t in enumerate(back):
        rows += [(f"H{i}", "x", None, clock(t - 60), "G"), (f"H{i}", "h", clock(t), None, "G")]
    for i, t in enumerate(local):
        rows += [(f"S{i}", "u", None, clock(t - 9), "S"), (f"S{i}", "h2", clock(t), None, "S")]
    for i, t in enumerate(onward):
        rows += [(f"T{i}", "h2", None, clock(t), "S"), (f"T{i}", "u", clock(t + 9), None, "S")]
    return Timetable.of_table(pd.DataFrame(rows, columns=["train", "stop", "arrival", "departure", "service"]), STOPS)


def test_from_five_to_twenty_minutes_before() -> None:
    """Arrival at 10:00: departures at 10:04 and 10:21 are not met, 10:05 and 10:20 are; the stop is another part."""
    got = coordination(timetable([604, 605, 620, 621], [600]), ["G"], ["S"])
    row = got.to_frame().set_index("station").loc["Hbf"]
    assert (row["main_departures"], row["met_share"]) == (4, 0.5) and row["main_arrivals"] == 0


def test_onward_from_arrivals() -> None:
    got = coordination(timetable([700], [400], [600, 640], [610]), ["G"], ["S"])
    frame = got.to_frame().set_index("station")
    assert frame.loc["Hbf", "onward_share"] == 0.5 and frame.loc["Hbf", "met_share"] == 0
    assert np.isnan(frame.loc["X", "met_share"])  # no local service there: not known to be bad
    assert "at 1 of 2 stations of the main haul no local service calls" in got.warnings[0]
    assert got.facts() == {"stations": 2, "met_share": 0.0, "onward_share": 0.5}


def test_last_night_counts_for_the_first_train() -> None:
    """A local that arrives at 23:50 the evening before meets the departure at 0:05."""
    assert coordination(timetable([5], [1430]), ["G"], ["S"]).facts()["met_share"] == 1


@settings(max_examples=30, deadline=None)
@given(main=MINUTES, local=MINUTES, early=st.integers(0, 10), wide=st.integers(0, 30))
def test_agrees_with_plain_loops(main: list[int], local: list[int], early: int, wide: int) -> None:
    got = coordination(timetable(main, local), ["G"], ["S"], early_min=early, late_min=early + wide)
    want = np.mean([any(early <= t - a <= early + wide for a in local) for t in main])
    assert got.to_frame().set_index("station").loc["Hbf", "met_share"] == pytest.approx(want)


def test_bad_input_and_columns() -> None:
    base = timetable([600], [590])
    with pytest.raises(InputError) as caught:
        coordination(base, ["G", "Q"], ["S", "G"], early_min=9, late_min=3)
    for part in ("main names classes that do not run: Q", "both main and local: G", "must be an interval"):
        assert part in str(caught.value)
    got = coordination(base, ["G"], ["S"])
    assert list(got.to_frame().columns) == [c.name for c in got.describe()]
    assert all(known(c.unit) and c.en and c.zh for c in got.describe()) and got.parameters()["early_min"] == 5


def test_only_stations_that_are_named() -> None:
    base = timetable([700], [690], [600, 640], [610])
    whole = coordination(base, ["G"], ["S"]).to_frame().set_index("station")
    for name in ("Hbf tief", "h", "Hbf"):
        one = coordination(base, ["G"], ["S"], stations=[name]).to_frame().set_index("station")
        assert one.to_dict("index") == {"Hbf": whole.loc["Hbf"].to_dict()}
    with pytest.raises(InputError, match="no stop is named 'Y'"):
        coordination(base, ["G"], ["S"], stations=["Y"])
