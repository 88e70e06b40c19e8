"""Regression between networks with permuted places against the plain loop, and the fit of a core with its p values.

Both give the same p values (checked); the loop regresses anew for every permutation, as the method is written down.
Run: python benchmarks/bench_mrqap.py
"""

import time
from collections.abc import Callable

import numpy as np

from megaregion.core.core_periphery import core_periphery, core_periphery_p
from megaregion.core.mrqap import mrqap, orders

Array = np.ndarray


def timed(work: Callable[[], object]) -> tuple[object, float]:
    start = time.perf_counter()
    out = work()
    return out, time.perf_counter() - start


def loop(y: Array, x: Array, order: Array) -> Array:
    """Two-sided p of directed networks, one regression a permutation and predictor."""
    n, k = len(y), len(x)
    off = ~np.eye(n, dtype=bool)
    p = np.zeros(k)
    for i in range(k):
        others = np.column_stack([np.ones(off.sum()), *(x[j][off] for j in range(k) if j != i)])
        residual = np.zeros((n, n))
        residual[off] = x[i][off] - others @ np.linalg.lstsq(others, x[i][off], rcond=None)[0]

        def t(value: Array, others: Array = others) -> float:
            design = np.column_stack([value, others])
            inverse = np.linalg.inv(design.T @ design)
            beta = inverse @ design.T @ y[off]
            rest = y[off] - design @ beta
            return float(abs(beta[0]) / np.sqrt(rest @ rest * inverse[0, 0]))

        least = t(x[i][off]) * (1 - 1e-9)
        p[i] = (1 + sum(t(residual[np.ix_(o, o)][off]) >= least for o in order)) / (1 + len(order))
    return p


def main() -> None:
    """Networks of 16 to 300 places."""
    rng = np.random.default_rng(0)
    print(f"{'places':>7} {'predictors':>10} {'permutations':>12} {'batched s':>10} {'loop s':>8}")
    for n, count in ((16, 999), (41, 999), (120, 999), (300, 199)):
        y, x, order = rng.normal(size=(n, n)), rng.normal(size=(4, n, n)), orders(n, count, 1)
        found, fast = timed(lambda y=y, x=x, o=order: mrqap(y, x, orders=o, directed=True).p)  # type: ignore[misc]
        if n <= 41:
            peer, slow = timed(lambda y=y, x=x, o=order: loop(y, x, o))  # type: ignore[misc]
            assert np.allclose(found, peer), (found, peer)
        print(f"{n:7d} {4:10d} {count:12d} {fast:10.3f} {f'{slow:8.2f}' if n <= 41 else '       -'}")
    print(f"\n{'places':>7} {'fit s':>8} {'p ties s':>9} {'p degrees s':>12}")
    for n in (16, 20, 41, 100):
        a = np.triu(rng.random((n, n)) < 0.3, 1)
        a = a | a.T
        times = [timed(lambda a=a: core_periphery(a))[1]]  # type: ignore[misc]
        for null in ("ties", "degrees"):
            times.append(timed(lambda a=a, u=null: core_periphery_p(a, permutations=199, seed=1, null=u))[1])  # type: ignore[misc]
        print(f"{n:7d} {times[0]:8.3f} {times[1]:9.3f} {times[2]:12.3f}")


if __name__ == "__main__":
    main()
