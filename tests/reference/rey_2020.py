"""Sioux Falls instances of Rey (2020) from the publishers' files: network, demand, candidates, costs."""

from pathlib import Path

import numpy as np

from megaregion.core.road_network import RoadNetwork

Instance = tuple[RoadNetwork, np.ndarray, np.ndarray, np.ndarray]


def instance(folder: Path, name: str) -> Instance:
    """Rows: init node, term node, capacity, length, free-flow time, b, power, ..., cost; candidates cost something."""
    lines = (folder / f"SF_DNDP_{name}.txt").read_text(encoding="utf-8").splitlines()
    rows = np.array([line.split()[:-1] for line in lines if line.split() and line.split()[0].isdigit()], float)
    tail, head, capacity, _, time, b, power = rows.T[:7]
    network = RoadNetwork(
        nodes=24, zones=24, tail=tail - 1, head=head - 1, free_time=time, capacity=capacity, b=b, power=power,
        fixed=np.zeros(len(rows)), no_through=np.zeros(24, bool),
    )  # fmt: skip
    candidates = np.flatnonzero(rows[:, -1])
    return network, trips(folder / "SiouxFalls_TNTP" / "SiouxFalls_trips.txt"), candidates, rows[candidates, -1]


def trips(path: Path) -> np.ndarray:
    """Demand of a TNTP file of 24 zones."""
    out, origin = np.zeros((24, 24)), -1
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("Origin"):
            origin = int(line.split()[1]) - 1
        elif origin >= 0:
            for part in line.split(";"):
                if ":" in part:
                    end, flow = part.split(":")
                    out[origin, int(end) - 1] = float(flow)
    return out
