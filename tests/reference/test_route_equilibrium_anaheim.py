"""Best-known user equilibrium of Anaheim (TransportationNetworks): Beckmann 1286032.171096, total 1419913.851059.

38 zones, 416 nodes, 914 links; ways pass no zone. Both numbers to all printed digits at gap 1e-12.
"""

from pathlib import Path

import numpy as np
import pytest

from megaregion.core.road_network import RoadNetwork
from megaregion.core.route_equilibrium import RouteAssignment


def anaheim(folder: Path) -> tuple[RoadNetwork, np.ndarray]:
    lines = (folder / "Anaheim_net.tntp").read_text(encoding="utf-8").splitlines()
    rows = np.array([line.split()[:7] for line in lines if line.split() and line.split()[0].isdigit()], float)
    tail, head, capacity, _, time, b, power = rows.T
    demand, origin = np.zeros((38, 38)), -1
    for line in (folder / "Anaheim_trips.tntp").read_text(encoding="utf-8").splitlines():
        if line.strip().startswith("Origin"):
            origin = int(line.split()[1]) - 1
        elif origin >= 0:
            for part in line.split(";"):
                if ":" in part:
                    end, flow = part.split(":")
                    demand[origin, int(end) - 1] = float(flow)
    network = RoadNetwork(
        nodes=416, zones=38, tail=tail - 1, head=head - 1, free_time=time, capacity=capacity, b=b, power=power,
        fixed=np.zeros(len(rows)), no_through=np.arange(416) < 38,
    )  # fmt: skip
    return network, demand


def test_best_known_equilibrium(shared_data: Path) -> None:
    network, demand = anaheim(shared_data / "reference" / "assignment" / "Anaheim")
    found = RouteAssignment(network, demand).equilibrium(gap=1e-12)
    assert -1e-9 <= found.gap <= 1e-12
    assert found.beckmann == pytest.approx(1286032.171096, abs=1e-6)
    assert found.total_cost == pytest.approx(1419913.851059, abs=2e-4)
