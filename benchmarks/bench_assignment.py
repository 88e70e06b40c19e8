"""User equilibrium beside AequilibraE's bi-conjugate Frank-Wolfe in the same run, warm starts, and derivatives.

Run: python benchmarks/bench_assignment.py [DATA]
DATA is a folder with the publishers' files (default: MEGAREGION_DATA): Sioux Falls, Anaheim, Chicago Sketch (TNTP).
A peer that is not installed is left out and named: pip install aequilibrae.
"""

import os
import resource
import sys
import time
import warnings
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from megaregion.core.assignment import Equilibrium, user_equilibrium
from megaregion.core.assignment_sensitivities import sensitivities
from megaregion.core.road_network import RoadNetwork
from megaregion.errors import InputError

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.reference.test_user_equilibrium import CASES, read

GAPS = (1e-4, 1e-6, 1e-8, 1e-10, 1e-12)
PEER_ITERATIONS = {"sioux-falls": 500, "anaheim": 100, "chicago-sketch": 250}


def timed(work, repeats=3):
    """Least time of some runs and the last value."""
    best = np.inf
    for _ in range(repeats):
        begun = time.perf_counter()
        value = work()
        best = min(best, time.perf_counter() - begun)
    return best, value


def peer(network: RoadNetwork, trips: np.ndarray, iterations: int) -> list[tuple[float, float]]:
    """Seconds and relative gap after each iteration of AequilibraE on one thread; its own clock."""
    warnings.filterwarnings("ignore")
    import pandas as pd
    from aequilibrae.matrix import AequilibraeMatrix
    from aequilibrae.paths import Graph, TrafficAssignment, TrafficClass

    zones = np.arange(network.zones) + 1
    demand = AequilibraeMatrix()
    demand.create_empty(zones=network.zones, matrix_names=["trips"], memory_only=True)
    demand.index[:] = zones
    demand.matrix["trips"][:, :] = trips
    demand.computational_view(["trips"])
    graph = Graph()
    graph.network = pd.DataFrame({
        "link_id": np.arange(network.links) + 1, "a_node": network.tail + 1, "b_node": network.head + 1,
        "direction": np.ones(network.links, int), "capacity": network.capacity, "b": network.b, "power": network.power,
        "time": np.maximum(network.free_time, 1e-9), "fixed": network.fixed,
    })  # fmt: skip
    graph.prepare_graph(zones)
    graph.set_graph("time")
    graph.set_blocked_centroid_flows(bool(network.no_through.any()))
    cars = TrafficClass("cars", graph, demand)
    cars.set_fixed_cost("fixed", 1.0)
    work = TrafficAssignment()
    work.set_classes([cars])
    work.set_vdf("BPR")
    work.set_vdf_parameters({"alpha": "b", "beta": "power"})
    work.set_capacity_field("capacity")
    work.set_time_field("time")
    work.set_algorithm("bfw")
    work.set_cores(1)
    work.max_iter, work.rgap_target = iterations, 1e-9
    begun = time.perf_counter()
    with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere), redirect_stdout(nowhere):
        work.execute()
    spent = time.perf_counter() - begun
    gaps = [float(g) for g in work.assignment.convergence_report["rgap"]]
    return [(spent * (i + 1) / len(gaps), gap) for i, gap in enumerate(gaps)]


def cold(name: str, network: RoadNetwork, trips: np.ndarray) -> Equilibrium:
    """Times to each gap, beside the peer's."""
    ours = {}
    for gap in GAPS:
        ours[gap], found = timed(partial(user_equilibrium, network, trips, gap=gap))
    two, _ = timed(lambda: user_equilibrium(network, trips, gap=1e-10, threads=2))
    print(f"{name}: Beckmann {found.beckmann:.6f}, total cost {found.total_cost:.6f}, gap {found.relative_gap:.1e}")
    print(
        "  "
        + ", ".join(f"{gap:.0e} {1e3 * ours[gap]:.1f} ms" for gap in GAPS)
        + f"; 1e-10 on 2 threads {1e3 * two:.1f}"
    )
    if find_spec("aequilibrae") is None:
        print("  AequilibraE is not installed")
        return found
    course = peer(network, trips, PEER_ITERATIONS[name])
    print(
        f"  AequilibraE: {len(course)} iterations, {course[-1][0]:.2f} s, smallest gap {min(g for _, g in course):.1e}"
    )
    for gap in GAPS[:2]:
        reached = next((seconds for seconds, g in course if g <= gap), None)
        limit = reached if reached is not None else course[-1][0]
        word = "" if reached is not None else "not reached, more than "
        print(f"  to {gap:.0e}: AequilibraE {word}{limit:.2f} s, ratio {word and '> '}{limit / ours[gap]:.0f}")
    return found


def changes(network: RoadNetwork, trips: np.ndarray, found: Equilibrium) -> dict[str, RoadNetwork]:
    """The busiest road that can be spared, with a fifth less capacity and closed."""
    for busy in np.argsort(-np.where(network.slope > 0, found.flow, 0.0), kind="stable"):
        narrow, closed = network.capacity.copy(), network.capacity.copy()
        narrow[busy] *= 0.8
        closed[busy] = 0.0
        out = {"a fifth narrower": network.replace(capacity=narrow), "closed": network.replace(capacity=closed)}
        try:
            user_equilibrium(out["closed"], trips, gap=1e-2)
        except InputError:  # it is the only way to some zone
            continue
        return out
    return {}


def warm(network: RoadNetwork, trips: np.ndarray, found: Equilibrium) -> None:
    """Again after one busy road has changed."""
    for word, changed in changes(network, trips, found).items():
        print(f"  busiest road {word}, warm against cold:", end="")
        for gap in (1e-4, 1e-8, 1e-12):
            start = user_equilibrium(network, trips, gap=gap)
            solve = partial(user_equilibrium, changed, trips, gap=gap)
            again, one = timed(partial(solve, start=start))
            fresh, two = timed(solve)
            assert abs(one.beckmann - two.beckmann) <= 2 * gap * two.total_cost
            print(f" {gap:.0e} {1e3 * again:.1f} / {1e3 * fresh:.1f} ms ({fresh / again:.1f} x)", end="")
        print()


def main() -> None:
    """All networks at hand."""
    data = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("MEGAREGION_DATA", "data"))
    for name, case in CASES.items():
        network, trips = read(data, case)
        begun = time.perf_counter()
        user_equilibrium(network, trips, gap=1e-4)
        print(f"first call {time.perf_counter() - begun:.2f} s (with compilation, or its cache)")
        found = cold(name, network, trips)
        warm(network, trips, found)
        spent, values = timed(partial(sensitivities, found))
        print(f"  derivatives by {2 * network.links:,} parameters {1e3 * spent:.1f} ms, "
              f"residual {values.residual:.0e}, {values.braess.size} Braess links")  # fmt: skip
        print(f"  peak memory of the process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
