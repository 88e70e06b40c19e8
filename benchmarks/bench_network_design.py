"""Network design with a certificate on the Sioux Falls instances of Rey (2020), beside the published results.

Rey, D. (2020), Transportation Research Procedia 47, 11-18: exact methods with CPLEX stop at 600 s with 4281.9 (20_1)
and 4114.7 (20_2) thousand at half of the cost of all candidates, without proof. Seconds are wall clock and CPU of this
process; the first lines say what compilation adds when nothing is cached. Needs the publishers' files.
Run: MEGAREGION_DATA=... python benchmarks/bench_network_design.py [10_1 20_1 ...]
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.reference.rey_2020 import instance

from megaregion.core.route_equilibrium import RouteAssignment
from megaregion.plan.network_design import Design, network_design

PUBLISHED = {("20_1", 0.5): "4281.9 at 600 s", ("20_2", 0.5): "4114.7 at 600 s"}
SHARES = (0.25, 0.5, 0.75)


def solve(folder: Path, name: str, share: float, threads: int) -> tuple[Design, float, float]:
    """The design, and seconds by the clock and of the processor."""
    network, demand, candidates, costs = instance(folder, name)
    clock, processor = time.perf_counter(), time.process_time()
    found = network_design(
        network, demand, candidates=candidates, costs=costs, budget=share * costs.sum(), threads=threads
    )
    return found.designs[0], time.perf_counter() - clock, time.process_time() - processor


def compilation(folder: Path) -> None:
    """The smallest instance in a fresh interpreter without a cache, and again with it."""
    code = f"""
import sys, time; sys.path.insert(0, {str(Path(__file__).parent)!r})
from bench_network_design import Path, solve
print(solve(Path({str(folder)!r}), "10_4", 0.5, 1)[1])"""
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
        for text in ("compiling", "from the cache"):
            done = subprocess.run(
                [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
            )
            print(f"10_4 at 50 %, first call, {text}: {float(done.stdout):.1f} s")


def equilibria(folder: Path) -> None:
    """Base network from a cold start, and after one candidate opened."""
    network, demand, candidates, _ = instance(folder, "20_1")
    assignment = RouteAssignment(network, demand)
    base = np.ones(network.links, bool)
    base[candidates] = False
    start, more = assignment.equilibrium(base, gap=1e-12).routes, base.copy()
    more[candidates[0]] = True
    for gap in (1e-4, 1e-6, 1e-8, 1e-10, 1e-12):
        took = []
        for links, routes in ((base, None), (more, start)):
            runs = []
            for _ in range(20):
                begun = time.perf_counter()
                assignment.equilibrium(links, start=routes, gap=gap)
                runs.append(time.perf_counter() - begun)
            took.append(1e3 * min(runs))
        print(f"equilibrium of Sioux Falls to {gap:.0e}: cold {took[0]:5.2f} ms, one link more {took[1]:5.2f} ms")


def main() -> None:
    folder = Path(os.environ["MEGAREGION_DATA"]) / "reference" / "network-design"
    names = sys.argv[1:] or [f"10_{i}" for i in range(1, 6)] + ["20_1", "20_2"]
    compilation(folder)
    equilibria(folder)
    head = f"{'case':5} {'budget':>6} {'total time':>12} {'proven':>14} {'next best':>9}"
    print(head + f" {'nodes':>7} {'cut':>6} {'solved':>6}   1 thread: s (CPU)   2 threads: s   published")
    for name in names:
        for share in SHARES:
            one, wall, processor = solve(folder, name, share, 1)
            two, wall_two, _ = solve(folder, name, share, 2)
            assert (one.chosen, one.total_cost, one.nodes) == (two.chosen, two.total_cost, two.nodes)
            above = 100 * (one.runner_up_cost / one.total_cost - 1)
            print(f"{name:5} {100 * share:5.0f}% {one.total_cost / 1000:12.3f} {one.status:>14} {above:+8.3f}%"
                  f" {one.nodes:7d} {one.leaves_cut:6d} {one.leaves_evaluated:6d}   {wall:8.2f} ({processor:.2f})"
                  f"      {wall_two:8.2f}     {PUBLISHED.get((name, share), '')}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
