"""TNTP written and read again: the same network, whatever its labels were."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from megaregion.data.roads import Roads, RoadUnits
from megaregion.data.sources.tntp import read_network, read_trips
from megaregion.data.sources.tntp_writing import write_network, write_trips
from megaregion.data.trips import Trips
from megaregion.errors import InputError


@pytest.fixture
def roads() -> Roads:
    """Labels of letters; a candidate; the zones are not the first nodes of the table."""
    links = pd.DataFrame(
        {"from_node": ["x", "m", "x"], "to_node": ["m", "y", "y"], "free_time": [1 / 3, 2.0, 1e-8],
         "capacity": [1e9, 0.1, 3],
         "b": [0.15, 0.0, 1e9], "power": [4.0, 0.0, 1.0], "toll": [0.0, 0.0, 2.5], "build_cost": [0.0, 0.0, 12.5]},
        index=pd.Index(["p", "q", "r"], name="link_id"),
    )  # fmt: skip
    nodes = pd.DataFrame({"zone_id": [None, "X", "Y"], "no_through": [False, True, True]}, index=["m", "x", "y"])
    return Roads(links=links, nodes=nodes, units=RoadUnits(time="min", flow="veh/h"))


def test_a_network_read_again(roads: Roads, tmp_path: Path) -> None:
    """Zones become 1 and 2, the rest follows; numbers to the last bit, units in the header."""
    write_network(tmp_path / "a_net.tntp", roads)
    again = read_network(tmp_path / "a_net.tntp")
    assert again.links[["from_node", "to_node"]].to_numpy().tolist() == [["1", "3"], ["3", "2"], ["1", "2"]]
    names = ["free_time", "capacity", "b", "power", "toll", "build_cost"]
    assert again.links[names].to_numpy().tolist() == roads.links[names].to_numpy().tolist()
    assert (again.units.time, again.units.flow, again.units.length) == ("min", "veh/h", "unstated")
    assert again.nodes["no_through"].tolist() == [True, True, False] and again.zones.tolist() == ["1", "2"]
    write_network(tmp_path / "b_net.tntp", again)
    pd.testing.assert_frame_equal(read_network(tmp_path / "b_net.tntp").links, again.links)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.floats(0, 1e15, allow_subnormal=False), min_size=9, max_size=9))
def test_trips_read_again(tmp_path: Path, values: list[float]) -> None:
    zones = ["b", "a", "c"]
    trips = Trips.of(pd.DataFrame(np.reshape(values, (3, 3)), index=zones, columns=zones))
    write_trips(tmp_path / "t.tntp", trips)
    np.testing.assert_array_equal(read_trips(tmp_path / "t.tntp").matrix().toarray(), np.reshape(values, (3, 3)))


def test_nodes_barred_in_the_middle_cannot_be_written(roads: Roads, tmp_path: Path) -> None:
    barred = roads.replace(nodes=roads.nodes.assign(no_through=[True, False, False]))
    with pytest.raises(InputError, match="only through the first nodes"):
        write_network(tmp_path / "x_net.tntp", barred)
    assert not list(tmp_path.iterdir())
