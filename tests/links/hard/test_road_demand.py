"""Gravity trips over empty roads: by hand, invariants, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from megaregion.data.roads import Roads
from megaregion.errors import AlignmentError, InputError, MissingDataError
from megaregion.links.hard.road_demand import gravity_trips

PEOPLE = pd.Series({"c": 4.0, "a": 1.0, "b": 2.0, "unused": 9.0})


@pytest.fixture
def line() -> Roads:
    """a - b - c, 10 and 20 minutes, both ways; d stands apart."""
    ends = [("a", "b", 10.0), ("b", "a", 10.0), ("b", "c", 20.0), ("c", "b", 20.0)]
    links = pd.DataFrame(ends, columns=["from_node", "to_node", "free_time"]).assign(capacity=1.0, b=0.15, power=4.0)
    links.index = pd.Index(["ab", "ba", "bc", "cb"])
    nodes = pd.DataFrame({"zone_id": list("abc"), "no_through": False}, index=list("abc"))
    return Roads(links=links, nodes=nodes)


def test_by_hand(line: Roads) -> None:
    """From a, elasticity 1: b pulls 2/10, c 4/30; so 0.6 of a's trips go to b."""
    trips = gravity_trips(line, PEOPLE, trips_per_person=0.5, elasticity=1.0)
    table = pd.DataFrame(trips.matrix().toarray(), trips.zones, trips.zones)
    assert table.loc["a", "b"] == pytest.approx(0.5 * 0.6, rel=1e-14)
    assert table.loc["a", "c"] == pytest.approx(0.5 * 0.4, rel=1e-14)
    np.testing.assert_allclose(table.sum(axis=1), 0.5 * PEOPLE[["a", "b", "c"]], rtol=1e-14)
    assert np.diag(table).tolist() == [0, 0, 0] and "modelled" in trips.notes[0]


def test_unit_of_time_and_scale_of_people_do_not_matter(line: Roads) -> None:
    base = gravity_trips(line, PEOPLE, trips_per_person=0.5, elasticity=1.7).matrix().toarray()
    hours = line.replace(links=line.links.assign(free_time=line.links["free_time"] / 60))
    np.testing.assert_allclose(
        gravity_trips(hours, PEOPLE, trips_per_person=0.5, elasticity=1.7).matrix().toarray(), base, rtol=1e-12
    )
    double = gravity_trips(line, PEOPLE * 2, trips_per_person=0.5, elasticity=1.7).matrix().toarray()
    np.testing.assert_allclose(double, 2 * base, rtol=1e-12)


def test_a_zone_apart_has_no_trips_and_is_named(line: Roads) -> None:
    nodes = pd.concat([line.nodes, pd.DataFrame({"zone_id": ["d"], "no_through": False}, index=["d"])])
    trips = gravity_trips(line.replace(nodes=nodes), pd.concat([PEOPLE, pd.Series({"d": 5.0})]),
                          trips_per_person=1.0, elasticity=1.0)  # fmt: skip
    assert trips.total == pytest.approx(7.0) and trips.notes[1].endswith("no trips: d")


def test_one_zone_makes_no_trips(line: Roads) -> None:
    one = line.replace(nodes=line.nodes.assign(zone_id=["a", None, None]))
    assert gravity_trips(one, PEOPLE, trips_per_person=1.0, elasticity=1.0).total == 0


def test_what_is_refused(line: Roads) -> None:
    for options in ({"trips_per_person": 0.0, "elasticity": 1.0}, {"trips_per_person": 1.0, "elasticity": np.nan}):
        with pytest.raises(InputError, match="need trips_per_person"):
            gravity_trips(line, PEOPLE, **options)
    with pytest.raises(AlignmentError, match="lacks zones of the roads: b"):
        gravity_trips(line, PEOPLE.drop("b"), trips_per_person=1.0, elasticity=1.0)
    with pytest.raises(MissingDataError, match="empty for 1 zones: a"):
        gravity_trips(line, PEOPLE.replace(1.0, np.nan), trips_per_person=1.0, elasticity=1.0)
    with pytest.raises(InputError, match="negative for a"):
        gravity_trips(line, PEOPLE.replace(1.0, -1.0), trips_per_person=1.0, elasticity=1.0)
    free = line.replace(links=line.links.assign(free_time=[0.0, 10, 20, 20]))
    with pytest.raises(InputError, match="above 0 between zones: a to b"):
        gravity_trips(free, PEOPLE, trips_per_person=1.0, elasticity=1.0)
