"""Select link by labels, on Braess' network by hand."""

import numpy as np
import pytest

from megaregion.data.roads import Roads
from megaregion.data.trips import Trips
from megaregion.errors import InputError
from megaregion.links.hard.assignment import assign
from megaregion.links.hard.assignment_options import AssignmentOptions, TravelClass
from megaregion.links.hard.select_link import select_link

TIGHT = AssignmentOptions(gap=1e-13)


def test_two_of_six_cross(braess: Roads, six: Trips) -> None:
    found = select_link(assign(braess, six, TIGHT), ["across"])
    pairs, links = found["selected_pairs"], found["selected_links"]
    row = pairs.to_frame().iloc[0]
    assert (row["origin"], row["destination"], row["trips"]) == ("West", "East", 6.0)
    assert (row["selected"], row["share"]) == pytest.approx((2, 1 / 3), rel=1e-6)
    assert pairs.facts() == {"trips": pytest.approx(2, rel=1e-6), "pairs": 1}
    flow = links.to_frame().set_index("link_id")["selected"]
    np.testing.assert_allclose(flow[["up", "low", "high", "down", "across"]], [2, 0, 0, 2, 2], atol=1e-6)
    for table in found.values():
        assert table.to_frame().columns.tolist() == [c.name for c in table.describe()]
        assert any("not unique" in text for text in table.warnings)


def test_several_links_count_everybody_once(braess: Roads, six: Trips) -> None:
    """Up and low are passed by all, each by some."""
    found = select_link(assign(braess, six, TIGHT), ["up", "low"])
    assert found["selected_pairs"].facts()["trips"] == pytest.approx(6, rel=1e-9)
    assert found["selected_pairs"].parameters() == {"links": ["up", "low"]}


def test_classes_are_taken_together(braess: Roads, six: Trips) -> None:
    half = Trips(zones=six.zones, origin=six.origin, destination=six.destination, value=six.value / 2)
    two = assign(braess, [TravelClass(name=n, trips=half) for n in ("a", "b")], TIGHT)
    assert select_link(two, ["across"])["selected_pairs"].facts()["trips"] == pytest.approx(2, rel=1e-6)


def test_links_that_nobody_passes_and_that_are_not_there(braess: Roads, six: Trips) -> None:
    closed = braess.replace(links=braess.links.assign(toll=[0.0, 0, 0, 0, 100]))
    found = assign(closed, six, AssignmentOptions(gap=1e-13, toll_weight=1.0))
    assert select_link(found, ["across"])["selected_pairs"].facts() == {"trips": 0.0, "pairs": 0}
    with pytest.raises(InputError, match="1 are no links of the network: nowhere"):
        select_link(found, ["across", "nowhere"])
    with pytest.raises(InputError, match="at least one link"):
        select_link(found, [])
