"""Roads whose equilibria are known by hand."""

import numpy as np
import pandas as pd
import pytest

from megaregion.data.roads import Roads, RoadUnits
from megaregion.data.trips import Trips

BRAESS = {
    "up": ("West", "n", 1e-8, 1e9),
    "low": ("West", "s", 50.0, 0.02),
    "high": ("n", "East", 50.0, 0.02),
    "down": ("s", "East", 1e-8, 1e9),
    "across": ("n", "s", 10.0, 0.1),
}


@pytest.fixture
def braess() -> Roads:
    """Braess (1968) from West to East: 10x, 50 + x, 50 + x, 10x, and 10 + x across.

    A delay that starts at nothing is free_time 1e-8 with b = 1e9, as the published file has it.
    """
    links = pd.DataFrame.from_dict(BRAESS, orient="index", columns=["from_node", "to_node", "free_time", "b"])
    nodes = pd.DataFrame({"zone_id": ["West", None, "East", None], "no_through": False, "x": [0.0, 1, 2, 1],
                          "y": [0.0, 1, 0, -1]}, index=["West", "n", "East", "s"])  # fmt: skip
    return Roads(links=links.assign(capacity=1.0, power=1.0, length=2.0, toll=0.0), nodes=nodes,
                 units=RoadUnits(time="min", flow="veh/h"), name="Braess")  # fmt: skip


@pytest.fixture
def six() -> Trips:
    """Six trips from West to East; zones in another order than the network's."""
    zones = pd.Index(["East", "West"])
    return Trips(zones=zones, origin=np.array([1]), destination=np.array([0]), value=np.array([6.0]), name="six")
