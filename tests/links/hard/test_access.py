"""People within reach, by hand and against loops."""

import numpy as np
import pandas as pd
import pytest

from megaregion.errors import AlignmentError, InputError, MissingDataError
from megaregion.links.hard.access import LIMITS_MIN, reach
from megaregion.links.hard.times import times

PLACES = {"A": (118.0, 32.0), "B": (119.0, 32.0), "C": (121.0, 32.0)}
STOPS = {"a": (118.0, 32.0, "A"), "c": (121.0, 32.0, "C")}
SERVICES = [("G", "a", "c", 32, 60)]


def people(*values):
    return pd.Series(values, index=["A", "B", "C"], dtype=float)


def test_by_loops(cluster):
    skims = times(cluster(PLACES, STOPS, SERVICES))
    mass = people(1.0, 10.0, 100.0)
    frame = reach(skims, mass.sample(frac=1, random_state=1)).to_frame().set_index("place_id")
    for origin in mass.index:
        for limit in LIMITS_MIN:
            near = sum(mass[d] for d in mass.index if skims.time.loc[origin, d] <= limit)
            train = sum(mass[d] for d in mass.index if skims.rail.loc[origin, d] <= limit)
            assert frame.loc[origin, f"people_{limit}"] == near
            assert frame.loc[origin, f"rail_{limit}"] == train


def test_by_hand(cluster):
    """A-C by train: 10 + 15 + 60 + 10 = 95 minutes; A-B by road: 94 km x 1.3 / 70 km/h + 15 = 120.1 minutes."""
    frame = reach(times(cluster(PLACES, STOPS, SERVICES)), people(1.0, 10.0, 100.0)).to_frame().set_index("place_id")
    assert list(frame.loc["A"]) == [1.0, 101.0, 111.0, 0.0, 100.0, 100.0]


def test_more_minutes_reach_no_fewer(cluster):
    frame = reach(times(cluster(PLACES, STOPS, SERVICES)), people(3.0, 4.0, 5.0)).to_frame()
    for mode in ("people", "rail"):
        values = frame[[f"{mode}_{t}" for t in LIMITS_MIN]].to_numpy()
        assert (np.diff(values, axis=1) >= 0).all()
    assert (frame["people_180"] >= frame["rail_180"]).all()


def test_what_cannot_be_counted(cluster):
    skims = times(cluster(PLACES, STOPS, SERVICES))
    with pytest.raises(MissingDataError, match="1 of 3 places: B"):
        reach(skims, people(1.0, np.nan, 1.0))
    with pytest.raises(InputError, match="negative for C"):
        reach(skims, people(1.0, 1.0, -1.0))
    with pytest.raises(AlignmentError, match="C"):
        reach(skims, people(1.0, 1.0, 1.0).drop("C"))


def test_columns_and_total(cluster):
    got = reach(times(cluster(PLACES, STOPS, SERVICES)), people(1.0, 2.0, 3.0), detail="county")
    assert list(got.to_frame().columns) == [c.name for c in got.describe()]
    assert got.facts()["population"] == 6.0 and got.parameters()["detail"] == "county"
