"""A network with failing roads beside networkx: ways between zones, demand cut off, and betweenness by demand.

A grid of 40 x 40 nodes with 150 zones, both libraries in one process; results are compared first.
Run: python benchmarks/bench_robustness.py
"""

import time

import networkx as nx
import numpy as np

from megaregion.core.link_failures import FailingNetwork
from megaregion.core.road_network import RoadNetwork

SIDE, ZONES = 40, 150


def grid() -> tuple[RoadNetwork, np.ndarray]:
    rng = np.random.default_rng(2)
    place = rng.permutation(SIDE * SIDE)  # zones are the first numbers, anywhere on the grid
    ends = [(r * SIDE + c, r * SIDE + c + 1) for r in range(SIDE) for c in range(SIDE - 1)]
    ends += [(r * SIDE + c, r * SIDE + c + SIDE) for r in range(SIDE - 1) for c in range(SIDE)]
    a, b = place[np.array(ends).T]
    time_of = rng.uniform(1.0, 9.0, a.size)
    size = 2 * a.size
    network = RoadNetwork(
        nodes=SIDE * SIDE, zones=ZONES, tail=np.r_[a, b], head=np.r_[b, a], free_time=np.r_[time_of, time_of],
        capacity=np.ones(size), b=np.zeros(size), power=np.ones(size), fixed=np.zeros(size),
        no_through=np.zeros(SIDE * SIDE, bool),
    )  # fmt: skip
    return network, rng.integers(0, 9, (ZONES, ZONES)).astype(float)


def main() -> None:
    network, demand = grid()
    found = FailingNetwork.of(network, network.free_time, demand)
    gone = np.zeros(found.roads, bool)
    gone[found.random_order(np.random.default_rng(1))[: found.roads // 3]] = True
    begun = time.perf_counter()
    trees = found.trees(gone)
    ours = found.performance(gone, trees)
    load = found.load(trees)
    first = time.perf_counter() - begun
    begun = time.perf_counter()
    trees = found.trees(gone)
    found.performance(gone, trees)
    load = found.load(trees)
    second = time.perf_counter() - begun

    begun = time.perf_counter()
    peer = nx.DiGraph()
    peer.add_nodes_from(range(network.nodes))
    up = ~gone[found.road]
    peer.add_weighted_edges_from(zip(network.tail[up].tolist(), network.head[up].tolist(),
                                     network.free_time[up].tolist(), strict=True))  # fmt: skip
    lost, over = 0.0, np.zeros(found.roads)
    number = {(int(t), int(h)): int(r) for t, h, r in zip(network.tail, network.head, found.road, strict=True)}
    q = found.demand
    for o in range(ZONES):
        _, paths = nx.single_source_dijkstra(peer, o)
        for d in range(ZONES):
            if q[o, d] > 0 and d not in paths:
                lost += q[o, d]
            elif q[o, d] > 0:
                for pair in zip(paths[d], paths[d][1:], strict=False):
                    over[number[pair]] += q[o, d]
    theirs = time.perf_counter() - begun
    np.testing.assert_allclose(ours.unserved, lost / q.sum(), rtol=1e-12)
    np.testing.assert_allclose(load, over, rtol=1e-9, atol=1e-9)
    what = f"one state of a grid of {SIDE} x {SIDE} with a third of the roads gone, {ZONES} zones"
    print(f"{what}: {1e3 * second:.0f} ms (first call {first:.1f} s), networkx {theirs:.2f} s: {theirs / second:.0f} x")


if __name__ == "__main__":
    main()
