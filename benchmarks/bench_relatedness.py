"""Pairs, quotients and relatedness at the size of a country: thousands of places, hundreds of industries.

Krugman's index of all pairs by scipy's compiled distance against numpy in blocks and against a compiled loop; all
three agree (checked). Run: python benchmarks/bench_relatedness.py
"""

import time
import tracemalloc

import numpy as np
from numba import njit

from megaregion.core import relatedness, specialisation


def by_blocks(share: np.ndarray, cells: int = 4_000_000) -> np.ndarray:
    """All pairs by broadcasting, a block of rows at a time."""
    n, k = share.shape
    step = max(1, cells // (n * k))
    rows = [np.abs(share[a : a + step, None, :] - share[None]).sum(axis=-1) for a in range(0, n, step)]
    return np.vstack(rows)[np.triu_indices(n, 1)]


@njit
def by_loop(share: np.ndarray) -> np.ndarray:  # pragma: no cover
    n, k = share.shape
    out = np.empty(n * (n - 1) // 2)
    at = 0
    for i in range(n):
        for j in range(i + 1, n):
            total = 0.0
            for m in range(k):
                total += abs(share[i, m] - share[j, m])
            out[at] = total
            at += 1
    return out


def timed(label: str, work: object, *arguments: object) -> object:
    start = time.perf_counter()
    out = work(*arguments)  # type: ignore[operator]
    seconds = time.perf_counter() - start
    tracemalloc.start()
    work(*arguments)  # type: ignore[operator]
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    print(f"  {label:<44} {seconds:8.3f} s {peak:8.0f} MB")
    return out


def main() -> None:
    rng = np.random.default_rng(1)
    by_loop(rng.uniform(size=(3, 2)))  # compile
    for n, k in ((41, 20), (401, 88), (1000, 400), (3000, 700)):
        print(f"{n} places, {k} industries")
        share = specialisation.shares(rng.gamma(0.2, size=(n, k)))
        got = timed("Krugman, all pairs", specialisation.krugman_pairs, share)
        if n <= 1000:
            np.testing.assert_allclose(timed("the same, numpy in blocks", by_blocks, share), got, atol=1e-13)
        np.testing.assert_allclose(timed("the same, compiled loop", by_loop, share), got, atol=1e-13)
        flags = timed("location quotients", specialisation.location_quotient, share, share.mean(axis=0)) >= 1.0
        phi = timed("proximity", relatedness.proximity, flags)
        timed("density", relatedness.density, flags, phi)
        timed("chance of going together", relatedness.chance_together, flags)
        lon, lat = rng.uniform(80, 130, n), rng.uniform(20, 50, n)
        if n <= 1000:
            timed("neighbours by points", specialisation.gabriel, lon, lat)


if __name__ == "__main__":
    main()
