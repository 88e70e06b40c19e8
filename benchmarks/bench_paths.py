"""Cheapest paths of 25 instruments over 10 years, feasible and not; consistent scenarios of 12 descriptors.

Run: python benchmarks/bench_paths.py
"""

import time

import numpy as np

from megaregion.core.cross_impact import consistent
from megaregion.mechanisms.path_milp import PathProblem, best_paths, conflict


def problem(n: int = 25, m: int = 4, horizon: int = 10, ask: float = 0.4, seed: int = 1) -> PathProblem:
    """Random instruments that build on earlier ones; `ask` is the share of all effects that targets need."""
    rng = np.random.default_rng(seed)
    needs = tuple(
        tuple((tuple(rng.choice(i, min(i, 2), replace=False).tolist()), ()) for _ in range(rng.integers(0, 3)))
        if i
        else ()
        for i in range(n)
    )
    effects = np.where(rng.random((n, m)) < 0.4, rng.uniform(0.5, 3, (n, m)), 0.0)
    return PathProblem(
        cost=rng.uniform(1, 10, n), lead=rng.integers(0, 4, n), needs=needs, conditions=0, excludes=((3, 9), (5, 17)),
        effects=effects, gap=ask * effects.sum(axis=0), deadline=np.full(m, horizon), horizon=horizon,
        budget=np.full(horizon, 25.0),
    )  # fmt: skip


def timed(name: str, work) -> None:
    start = time.perf_counter()
    result = work()
    print(f"{name:40s} {time.perf_counter() - start:8.2f} s  {len(result)}")


if __name__ == "__main__":
    timed("best three paths, 25 instruments", lambda: best_paths(problem(), count=3))
    timed("why nothing reaches 150 %", lambda: conflict(problem(ask=1.5)))
    timed("why nothing reaches 95 %", lambda: conflict(problem(ask=0.95)))
    sizes = (3,) * 12
    rng = np.random.default_rng(2)
    owner = np.repeat(np.arange(12), 3)
    c = np.where(owner[:, None] == owner, 0, rng.integers(-3, 4, (36, 36))).astype(float)
    timed("consistent of 531,441 scenarios", lambda: consistent(c, sizes))
