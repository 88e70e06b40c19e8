"""Accessibility of units: against a plain loop, by the hour of departure in closed form, equity by hand, bad input."""

import numpy as np
import pandas as pd
import pytest

from megaregion.core.rail import paths
from megaregion.errors import AlignmentError, InputError, MissingDataError
from megaregion.links.hard.accessibility import AccessibilityOptions, accessibility
from megaregion.links.hard.accessibility_equity import accessibility_equity
from megaregion.links.hard.doors import DepartureWindow
from megaregion.links.hard.network import RailNetwork, TimesOptions
from megaregion.links.hard.scheduled_times import scheduled_times
from megaregion.links.hard.times import TimesResult, skim
from megaregion.links.hard.timetable import Timetable

PLACES = pd.DataFrame({"lon": [10.0, 10.5, 11.5], "lat": [50.0, 50.0, 50.0], "area_km2": [50.0, 80.0, 20.0]},
                      index=pd.Index(["a", "b", "c"], name="place_id"))  # fmt: skip
PEOPLE = pd.Series([100.0, 300.0, 600.0], PLACES.index)
OWN = pd.Series(PLACES.index, PLACES.index)


def roads(options: TimesOptions | None = None) -> TimesResult:
    nothing = paths(np.zeros((0, 0)), np.zeros((0, 0)))
    network = RailNetwork(stops=pd.Index([]), lon=np.zeros(0), lat=np.zeros(0), trips=nothing,
                          options=options or TimesOptions(), timetable="")  # fmt: skip
    return skim(network, PLACES)


def test_against_a_loop() -> None:
    """Every measure from its definition, own place included; the mean resident has a market access of 100."""
    times, options = roads(), AccessibilityOptions(limits_min=(40.0, 90.0), half_min=45.0, elasticity=1.7)
    table = accessibility(times, PEOPLE.sample(frac=1, random_state=1), OWN, options=options).table
    t, raw = times.time, {}
    for i in PLACES.index:
        for limit in (40, 90):
            assert table.loc[i, f"people_{limit}"] == sum(PEOPLE[j] for j in PLACES.index if t.loc[i, j] <= limit)
        weight = {j: PEOPLE[j] * np.exp(-np.log(2) * t.loc[i, j] / 45) for j in PLACES.index}
        assert table.loc[i, "potential"] == pytest.approx(sum(weight.values()), rel=1e-12)
        assert table.loc[i, "own_share"] == pytest.approx(100 * weight[i] / sum(weight.values()), rel=1e-12)
        assert table.loc[i, "own_min"] == pytest.approx(t.loc[i, i], rel=1e-12)
        assert table.loc[i, "mean_min"] == pytest.approx(sum(PEOPLE[j] * t.loc[i, j] for j in PLACES.index) / 1000)
        raw[i] = sum(PEOPLE[j] * t.loc[i, j] ** -1.7 for j in PLACES.index)
    assert float(table["market_access"] @ PEOPLE) / 1000 == pytest.approx(100, rel=1e-12)
    assert table["market_access"]["a"] / table["market_access"]["c"] == pytest.approx(raw["a"] / raw["c"], rel=1e-12)


def hourly() -> Timetable:
    """Stops at the doors of a and c; a train every hour in both directions, 40 minutes under way, all day."""
    rows = [(f"{way}{h}", stop, time, time) for h in range(24) for way, line in (("e", "ac"), ("w", "ca"))
            for stop, time in ((line[0], f"{h}:00"), (line[1], f"{h}:40"))]  # fmt: skip
    calls = pd.DataFrame(rows, columns=["train", "stop", "arrival", "departure"]).astype(str)
    return Timetable.of_table(calls, PLACES.loc[["a", "c"], ["lon", "lat"]])


def test_departures_in_closed_form() -> None:
    """Hourly trains: from 10 + 40 + 10 minutes up to an hour more, evenly, but never more than the 75 by road.

    In half of the departures the trip takes at most 60 + 30, in 5 % of them 60 + 3; road caps the rest.
    """
    free = TimesOptions(access_limit_km=1.0)  # nobody gets on elsewhere
    times = roads(free)
    times.road.loc["a", "c"] = times.road.loc["c", "a"] = 75.0
    window = DepartureWindow(start_min=600.0, end_min=720.0)
    scheduled = scheduled_times(hourly(), PLACES, window=window, options=free)
    options = AccessibilityOptions(limits_min=(63.1, 74.9, 75.0), half_min=15.0)
    got = accessibility(times, PEOPLE, OWN, options=options, scheduled=scheduled)
    mean = {d: got.values("mean_min", d) for d in ("early", "middle", "late")}
    base = PEOPLE["a"] * times.road.loc["a", "a"] + PEOPLE["b"] * times.road.loc["a", "b"]
    for departure, minutes in (("early", 63.0), ("middle", 75.0), ("late", 75.0)):
        want = (base + PEOPLE["c"] * minutes) / 1000
        assert mean[departure]["a"] == pytest.approx(want, abs=0.6 / 60)  # percentiles are whole seconds
    near = sum(PEOPLE[j] for j in "ab" if times.road.loc["a", j] <= 63.1)
    assert got.values("people_63.1", "early")["a"] == near + PEOPLE["c"]
    assert got.values("people_63.1", "middle")["a"] == near
    assert (
        got.values("people_75", "late")["a"] == PEOPLE.sum() and got.values("people_74.9", "late")["a"] < PEOPLE.sum()
    )
    assert "ready to leave 10:00 to 12:00" in got.facts()["basis"]
    assert list(got.to_frame().columns) == [c.name for c in got.describe()]
    for measure in ("potential", "market_access"):
        assert (got.values(measure, "early") >= got.values(measure, "middle")).all()
        assert (got.values(measure, "middle") >= got.values(measure, "late")).all()


def test_equity_by_hand() -> None:
    """Reach of 100, 300 and 600 people who reach 1, 2 and 4: mean 3.1, median 4, line 2: the first are poor."""
    found = accessibility(roads(), PEOPLE, OWN, options=AccessibilityOptions())
    found.table["potential"] = [1.0, 2.0, 4.0]
    row = accessibility_equity(found, PEOPLE).table.set_index("measure").loc["potential"]
    assert row["median"] == 4 and row["line"] == 2 and row["poor_units"] == 1
    assert row[["poor_share", "poor_gap", "poor_severity"]].tolist() == pytest.approx([10.0, 5.0, 2.5])
    # E|y - y'| / 2 mean = (.1 .3 1 + .1 .6 3 + .3 .6 2) / 3.1
    assert row["gini"] == pytest.approx(0.57 / 3.1, rel=1e-12)
    # richest tenth .1 x 4 over .1 x 1 + .3 x 2
    assert row["palma"] == pytest.approx(0.4 / 0.7, rel=1e-12)
    share = np.array([0.1, 0.6, 2.4]) / 3.1
    assert row["theil"] == pytest.approx(float(share @ np.log(share / np.array([0.1, 0.3, 0.6]))), rel=1e-12)


def test_nobody_differs_nobody_is_poor() -> None:
    found = accessibility(roads(), PEOPLE, OWN, options=AccessibilityOptions(limits_min=(1e5,)))
    row = accessibility_equity(found, PEOPLE).table.set_index("measure").loc["people_100000"]
    assert (
        row["gini"] == pytest.approx(0, abs=1e-15) and row["poor_share"] == 0 and row["palma"] == pytest.approx(1 / 4)
    )
    none = accessibility(roads(), PEOPLE, OWN, options=AccessibilityOptions(limits_min=(1e-3,)))
    row = accessibility_equity(none, PEOPLE).table.set_index("measure").loc["people_0.001"]
    assert row[["gini", "palma", "poor_share"]].isna().all()


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"half": 3}, "unknown keys half"),
        ({"half_min": 0, "line_share": 1.5}, "half_min must be a number > 0, got 0; line_share"),
        ({"elasticity": True}, "elasticity must be"),
        ({"limits_min": [60, 60]}, "different numbers"),
        ({"limits_min": []}, "different numbers"),
        ({"limits_min": ["60"]}, "different numbers"),
    ],
)
def test_bad_options(given: dict[str, object], text: str) -> None:
    with pytest.raises(InputError, match=text):
        AccessibilityOptions.of(given)


def test_bad_input() -> None:
    options = AccessibilityOptions()
    with pytest.raises(AlignmentError, match="population speak of different places: c"):
        accessibility(roads(), PEOPLE.iloc[:2], OWN, options=options)
    with pytest.raises(MissingDataError, match="empty for 1 of 3 places: b"):
        accessibility(roads(), PEOPLE.where(PEOPLE.index != "b"), OWN, options=options)
    with pytest.raises(InputError, match="negative for a"):
        accessibility(roads(), PEOPLE - 200, OWN, options=options)
    with pytest.raises(InputError, match="nobody lives"):
        accessibility(roads(), PEOPLE * 0, OWN, options=options)
    with pytest.raises(AlignmentError, match="other places"):
        scheduled = scheduled_times(hourly(), PLACES.iloc[::-1])
        accessibility(roads(), PEOPLE, OWN, options=options, scheduled=scheduled)
    found = accessibility(roads(), PEOPLE, OWN, options=options)
    with pytest.raises(MissingDataError, match="1 units have no population above zero: a"):
        accessibility_equity(found, PEOPLE.replace(100.0, 0.0))
    with pytest.raises(AlignmentError, match="different units: c"):
        accessibility_equity(found, PEOPLE.iloc[:2])
