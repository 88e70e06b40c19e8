"""Local Moran and shared borders beside esda and libpysal in one run; values are compared first.

Run: python benchmarks/bench_spatial.py
Peers that are not installed are left out and named: pip install esda libpysal.
"""

import resource
import time
import tracemalloc
import warnings
from importlib.util import find_spec

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import box

from megaregion.core.spatial_permutation import Neighbours, lag, local_moran
from megaregion.data.adjacency import shared_borders


def lattice(side: int) -> Neighbours:
    """Queen neighbours of a square lattice, rows standardised."""
    row, column = np.divmod(np.arange(side * side), side)
    pairs = []
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            if down or right:
                there = np.isin(row + down, range(side)) & np.isin(column + right, range(side))
                at = np.flatnonzero(there)
                pairs.append(np.column_stack([at, at + down * side + right]))
    both = np.concatenate(pairs)
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    degree = np.bincount(both[:, 0], minlength=side * side)
    return Neighbours(np.r_[0, np.cumsum(degree)], both[:, 1], 1.0 / degree[both[:, 0]])


def timed(work):
    begun = time.perf_counter()
    value = work()
    return time.perf_counter() - begun, value


def local(side: int, permutations: int) -> None:
    near = lattice(side)
    noise = np.random.default_rng(0).normal(size=near.n)
    value = 0.6 * lag(noise, near) + noise
    local_moran(value, near, permutations=9, seed=1)
    tracemalloc.start()
    ours, found = timed(lambda: local_moran(value, near, permutations=permutations, seed=1, threads=2))
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    print(f"local Moran, {near.n:,} places, {permutations} permutations: {ours:.2f} s (2 threads), {peak:.0f} MB")
    if find_spec("esda") is None or find_spec("libpysal") is None:
        print("  esda is not installed: left out")
        return
    import esda
    import libpysal

    weights = libpysal.weights.lat2W(side, side, rook=False)
    weights.transform = "r"
    esda.Moran_Local(value, weights, permutations=9, n_jobs=1)
    theirs, peer = timed(lambda: esda.Moran_Local(value, weights, permutations=permutations, n_jobs=1, seed=1))
    scale = (near.n - 1) / near.n  # their divisor is n - 1
    print(f"  largest difference of the statistic {np.abs(found.local * scale - peer.Is).max():.1e}; mean p "
          f"{np.minimum(found.p_high, found.p_low).mean():.4f} and {peer.p_sim.mean():.4f}")  # fmt: skip
    print(f"  esda {theirs:.2f} s: {theirs / ours:.1f} x ours; peak of the process "
          f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB with it")  # fmt: skip


def borders(side: int) -> None:
    row, column = np.divmod(np.arange(side * side), side)
    shapes = gpd.GeoDataFrame(geometry=box(column, row, column + 1, row + 1), crs="EPSG:32632",
                              index=pd.Index([f"{k:06}" for k in range(side * side)], name="place_id"))  # fmt: skip
    ours, pairs = timed(lambda: shared_borders(shapes, list(shapes.index), crs="EPSG:32632"))
    print(f"shared borders of {len(shapes):,} squares: {ours:.2f} s, {len(pairs):,} pairs with their length")
    if find_spec("libpysal") is None:
        print("  libpysal is not installed: left out")
        return
    from libpysal.graph import Graph

    theirs, graph = timed(lambda: Graph.build_contiguity(shapes, rook=True))
    print(f"  libpysal (rook, without length) {theirs:.2f} s, {graph.n_edges // 2:,} pairs: {theirs / ours:.2f} x ours")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    local(100, 9999)
    local(316, 999)
    borders(316)
