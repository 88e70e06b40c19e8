"""Local Moran by conditional permutation for 401 and 3,000 places against drawing each place's neighbours one by one.

Both give the same statistic and p values that differ only by the draw (checked).
Run: python benchmarks/bench_islands.py
"""

import time
import tracemalloc

import numpy as np

from megaregion.core.spatial_permutation import Neighbours, local_moran, nearest


def one_by_one(value: np.ndarray, near: Neighbours, permutations: int, seed: int) -> np.ndarray:
    """Two-sided p by the definition: for each place and permutation a fresh draw of its neighbours."""
    rng = np.random.default_rng(seed)
    z = (value - value.mean()) / value.std()
    p = np.empty(near.n)
    for i in range(near.n):
        part = slice(near.indptr[i], near.indptr[i + 1])
        others, weight = np.delete(z, i), near.weight[part]
        seen = weight @ z[near.indices[part]]
        lags = np.array([weight @ rng.choice(others, len(weight), replace=False) for _ in range(permutations)])
        high, low = (np.sum(lags >= seen) + 1) / (permutations + 1), (np.sum(lags <= seen) + 1) / (permutations + 1)
        p[i] = min(1.0, 2 * min(high, low))
    return p


def main() -> None:
    for n, permutations, slow in ((401, 999, True), (401, 16040, False), (3000, 9999, False)):
        rng = np.random.default_rng(1)
        x, y = rng.random(n), rng.random(n)
        near = nearest(np.hypot(x[:, None] - x, y[:, None] - y), 6)
        value = rng.lognormal(size=n)
        tracemalloc.start()
        start = time.perf_counter()
        got = local_moran(value, near, permutations=permutations, seed=1)
        seconds, peak = time.perf_counter() - start, tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        text = f"{n} places, {permutations} permutations: {seconds:.2f} s, peak {peak:.0f} MB"
        if slow:
            start = time.perf_counter()
            other = one_by_one(value, near, permutations, 2)
            text += f"; one by one {time.perf_counter() - start:.1f} s"
            # two estimates of a p near .5, doubled: sd 2 sqrt(2 .25 / m); five of them
            assert np.max(np.abs(other - got.p)) < 5 * 2 * np.sqrt(0.5 / permutations)
        print(text)


if __name__ == "__main__":
    main()
