"""Time of the planner: one programme for everything against iterating on the infrastructure, as the toolboxes do.

The iteration (Fajgelbaum and Schaal's, in OptimalTransportNetworks.jl and its MATLAB original) solves the allocation
for a given network, moves half of the way to the network that its prices ask for, and starts again; here with the
same programme and the same solver inside, so that only the algorithm differs.

Run: python benchmarks/bench_optimal_network.py [--large]
"""

import sys
import time

import numpy as np

from megaregion.plan.optimal_network import best_allocation, optimal_network
from megaregion.plan.optimal_network_problem import PlannerParameters, PlannerProblem, map_grid, uniform_network

STOP, MOST = 1e-5, 200  # tolerance and iterations of the toolbox


def grid(side: int, gamma: float, goods: int = 1) -> PlannerProblem:
    """One productive centre, or goods made in one place each."""
    n = side * side
    z = np.full((n, goods), 0.1)
    if goods > 1:
        z[:, 1:] = 0.0
        z[np.random.default_rng(1).choice(n, goods - 1, replace=False), np.arange(1, goods)] = 5.0
    z[n // 2, 0] = 1.0
    return PlannerProblem(
        graph=map_grid(side, side), productivity=z, labour=np.full(n, 1 / n), housing=np.ones(n), budget=100.0,
        parameters=PlannerParameters(gamma=gamma),
    )  # fmt: skip


def iterated(problem: PlannerProblem) -> tuple[float, int]:
    """Welfare and iterations of the fixed point on the infrastructure."""
    graph, power = problem.graph, 1 / (1 + problem.parameters.gamma)
    network = uniform_network(problem)
    for count in range(1, MOST + 1):
        found = best_allocation(problem, network)
        value = found.price[graph.tail] * found.forward**2 + found.price[graph.head] * found.backward**2  # beta = 1
        wanted = (graph.delta_tau / graph.delta_i * np.nan_to_num(value).sum(axis=1)) ** power
        wanted *= problem.budget / problem.spent(wanted)
        moved = np.abs(wanted - network).max() / (problem.budget / graph.delta_i.mean())
        if moved < STOP and count >= 20:
            break
        network = 0.5 * (network + wanted)
    return found.welfare, count


def main() -> None:
    """Print one line a case."""
    print(f"{'places':>6} {'edges':>6} {'goods':>5} {'gamma':>5} {'joint s':>8} {'it':>4} {'certified gap':>13} "
          f"{'iterated s':>10} {'it':>4} {'short of joint':>14} {'ratio':>6}")  # fmt: skip
    cases = [(9, 0.5, 1), (9, 1.0, 1), (15, 0.5, 1), (15, 1.0, 1), (9, 0.5, 5)]
    if "--large" in sys.argv:
        cases += [(31, 0.5, 1), (20, 0.5, 10)]
    for side, gamma, goods in cases:
        problem = grid(side, gamma, goods)
        begun = time.perf_counter()
        found = optimal_network(problem)
        joint = time.perf_counter() - begun
        line = (
            f"{side**2:>6} {problem.graph.tail.size:>6} {goods:>5} {gamma:>5} {joint:>8.2f} {found.iterations:>4} "
            f"{found.gap:>13.1e}"
        )
        if side <= 15:
            begun = time.perf_counter()
            welfare, count = iterated(problem)
            slow = time.perf_counter() - begun
            short = (found.welfare - welfare) / abs(found.welfare)
            line += f" {slow:>10.2f} {count:>4} {short:>14.1e} {slow / joint:>6.1f}"
        print(line)
    problem = grid(11, 0.5)
    begun = time.perf_counter()
    optimal_network(problem, mobility="full")
    print(f"full mobility, 121 places: {time.perf_counter() - begun:.2f} s")
    problem = grid(9, 2.0)
    begun = time.perf_counter()
    found = optimal_network(problem, seed=1)
    several = time.perf_counter() - begun
    welfare, _ = iterated(problem)
    print(f"gamma 2, beta 1, 81 places, 8 starts: {several:.2f} s; "
          f"{(found.welfare - welfare) / abs(welfare):.1e} better than the iteration")  # fmt: skip


if __name__ == "__main__":
    main()
