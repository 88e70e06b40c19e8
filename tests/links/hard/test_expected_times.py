"""Expected times from counts of services, labelled as such."""

import numpy as np
import pandas as pd
import pytest

from megaregion.data.workspace import Workspace
from megaregion.links.hard.expected_times import expected_times
from megaregion.links.hard.network import RailNetwork
from megaregion.links.hard.times import skim
from megaregion.units import known

PLACES = {"A": (118.0, 32.0), "B": (120.0, 32.0), "Z": (125.0, 25.0)}
STOPS = {"a": (118.0, 32.0, "A"), "b": (120.0, 32.0, "B")}


@pytest.mark.parametrize(("trains", "wait"), [(32, 15.0), (4, 30.0), (960, 0.5)])
def test_half_a_headway_at_most_the_cap(cluster, trains: int, wait: float) -> None:
    """960 minutes of service a day: 32 trains come every 30 minutes; 4 would mean 120, the cap is 30."""
    base = cluster(PLACES, STOPS, [("G", "a", "b", trains, 50)])
    got = expected_times(RailNetwork.build(base), base.places.loc[["A", "B", "Z"]])
    frame = got.to_frame().set_index(["origin", "destination"])
    assert frame.loc[("A", "B"), "expected_min"] == pytest.approx(10 + wait + 50 + 10)
    assert frame["basis"].eq("frequencies").all() and np.isnan(frame.loc[("B", "A"), "expected_min"])
    assert "expected, not scheduled" in got.warnings[0] and "5 of 6 pairs have no way by rail" in got.warnings[1]
    assert got.facts()["pairs_without_rail"] == 5 and got.parameters()["basis"] == "frequencies"
    assert list(frame.reset_index().columns) == [c.name for c in got.describe()]
    assert all(known(c.unit) for c in got.describe())


def test_the_yangtze_cities_have_counts_only(examples) -> None:
    """Same minutes as the times of the main job, which take the faster of rail and road."""
    cluster = Workspace(examples / "yangtze-delta").cluster()
    network = RailNetwork.build(cluster)
    cities = cluster.places[cluster.places["kind"] == cluster.attrs["level"]]
    got = expected_times(network, cities).to_frame()
    want = skim(network, cities).to_frame()
    pd.testing.assert_series_equal(got["expected_min"], want["rail_min"], check_names=False)
    assert got["expected_min"].notna().sum() > 1000
