"""Travel times of 401 places over 400 stops against the same work by scipy's Dijkstra.

Both give the same minutes (checked). scipy walks the graph of platforms and arrivals from every place.
Run: python benchmarks/bench_times.py
"""

import time
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from megaregion.core.rail import door_to_door, paths
from megaregion.core.sphere import matrix_km
from megaregion.links.hard.network import TimesOptions


def network(places: int = 401, stops: int = 400, lines: int = 120, seed: int = 1):
    rng = np.random.default_rng(seed)
    options = TimesOptions()
    lon, lat = rng.uniform(6, 15, places + stops), rng.uniform(47, 55, places + stops)
    km = matrix_km(lon, lat)
    leg = np.full((stops, stops), np.inf)
    for _ in range(lines):
        line = rng.permutation(stops)[:10]
        for a in line:
            for b in line:
                if a != b:
                    leg[a, b] = min(leg[a, b], 15 + 8 + 0.4 * km[places + a, places + b])
    return leg, options.change_min(km[places:, places:]), options.access_min(km[:places, places:])


def by_scipy(leg: np.ndarray, change: np.ndarray, access: np.ndarray) -> tuple[np.ndarray, float]:
    """Minutes and seconds of the search; vertices: places, platforms, arrivals, places again."""
    p, n = access.shape
    size = 2 * p + 2 * n
    whole = np.full((size, size), np.inf)
    whole[:p, p : p + n] = access
    whole[p : p + n, p + n : p + 2 * n] = leg
    whole[p + n : p + 2 * n, p : p + n] = change
    whole[p + n : p + 2 * n, p + 2 * n :] = access.T
    row, column = np.nonzero(np.isfinite(whole))
    graph = csr_matrix((whole[row, column], (row, column)), shape=whole.shape)
    start = time.perf_counter()
    out = dijkstra(graph, indices=np.arange(p))[:, p + 2 * n :]
    return out, time.perf_counter() - start


def main() -> None:
    leg, change, access = network()
    door_to_door(paths(leg, change), access, access)  # compile
    start = time.perf_counter()
    trips = paths(leg, change)
    middle = time.perf_counter()
    ours, _ = door_to_door(trips, access, access)
    end = time.perf_counter()
    theirs, search = by_scipy(leg, change, access)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    seconds = end - start
    print(f"all pairs of stops      {1e3 * (middle - start):9.1f} ms")
    print(f"door to door            {1e3 * (end - middle):9.1f} ms")
    print(f"scipy dijkstra          {1e3 * search:9.1f} ms   ratio {search / seconds:.1f}")
    start = time.perf_counter()
    trips.with_leg(3, 5, 20.0)
    print(f"one added leg           {1e3 * (time.perf_counter() - start):9.1f} ms")
    example()


def example() -> None:
    """The shipped delta: 41 cities, and from them to 305 counties."""
    from megaregion.data.workspace import Workspace
    from megaregion.links.hard.times import RailNetwork, skim

    folder = Path(__file__).resolve().parent.parent / "examples" / "yangtze-delta"
    cluster = Workspace(folder).cluster()
    start = time.perf_counter()
    net = RailNetwork.build(cluster)
    cities = cluster.select("city")
    skim(net, cities)
    skim(net, cities, cluster.select("county"))
    print(f"delta, network + skims  {1e3 * (time.perf_counter() - start):9.1f} ms")


if __name__ == "__main__":
    main()
