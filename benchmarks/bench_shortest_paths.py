"""Shortest paths beside scipy, AequilibraE and pandana on the same graphs in the same run; sums are compared first.

Run: python benchmarks/bench_shortest_paths.py [DATA]
DATA is a folder with the publishers' files (default: MEGAREGION_DATA): Chicago Regional (TNTP), NY and FLA (DIMACS).
Peers that are not installed are left out and named: pip install aequilibrae pandana.
"""

import gzip
import os
import resource
import sys
import time
import warnings
from contextlib import redirect_stderr, redirect_stdout
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from megaregion.core.bucket_queue import BucketQueue
from megaregion.core.contraction import ContractionHierarchy
from megaregion.core.link_savings import link_savings
from megaregion.core.path_trees import Graph

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.reference.chicago_regional import FOLDER, ZONES, chicago_regional

THREADS = 2


def timed(work, repeats=3):
    """Least time of some runs and the last value."""
    best = np.inf
    for _ in range(repeats):
        begun = time.perf_counter()
        value = work()
        best = min(best, time.perf_counter() - begun)
    return best, value


def pace(file: Path) -> Graph:
    """A DIMACS topology with drawn integer costs, as the reference data describe them."""
    with gzip.open(file, "rt") as lines:
        nodes = 0
        for line in lines:
            if line.startswith("p"):
                nodes = int(line.split()[2])
                break
        ends = np.array(lines.read().split(), dtype=np.int64).reshape(-1, 2) - 1
    metres = np.random.default_rng(1).lognormal(np.log(120), 0.9, len(ends))
    return Graph.from_links(nodes, ends[:, 0], ends[:, 1], np.maximum(1, np.rint(10 * metres / 13.9)))


def matrix(graph: Graph) -> csr_matrix:
    """The graph for scipy, the cheapest of parallel arcs."""
    order = np.lexsort((graph.time, graph.head, graph.tail))
    tail, head = graph.tail[order], graph.head[order]
    keep = np.r_[True, (np.diff(tail) != 0) | (np.diff(head) != 0)]
    rows = order[keep]
    return csr_matrix((graph.time[rows], (graph.tail[rows], graph.head[rows])), shape=(graph.nodes, graph.nodes))


def chicago(data: Path) -> None:
    """All pairs of 1,790 centroids that no way may pass."""
    graph, closed = chicago_regional(data)
    zones = np.arange(ZONES)
    build, hierarchy = timed(lambda: ContractionHierarchy.build(graph, resolution=1e-4, no_through=closed))
    query, found = timed(lambda: hierarchy.times(zones, zones, threads=THREADS))
    again, _ = timed(lambda: hierarchy.customised(graph, no_through=closed))
    total = found.sum() - np.trace(found)
    print(f"Chicago Regional 1790 x 1790: sum {total:.3f}; build {build:.3f} s, other times {again:.3f} s, "
          f"query {query:.3f} s ({THREADS} threads)")  # fmt: skip
    demand = np.exp(-found / 10.0)
    valued, savings = timed(lambda: link_savings(graph, hierarchy, zones, demand, threads=THREADS), repeats=1)
    print(f"  all {graph.links:,} links a fifth faster, all pairs: {valued:.1f} s, {savings.touched:.1%} of cells; "
          f"a query each instead: {graph.links * (again + query) / 3600:.1f} h")  # fmt: skip
    if find_spec("aequilibrae") is None:
        print("  AequilibraE is not installed")
        return
    warnings.filterwarnings("ignore")
    from aequilibrae.paths import Graph as Peer
    from aequilibrae.paths import NetworkSkimming

    peer = Peer()
    peer.network = pd.DataFrame({
        "link_id": np.arange(graph.tail.size) + 1, "a_node": graph.tail + 1, "b_node": graph.head + 1,
        "direction": np.ones(graph.tail.size, int), "cost": graph.time,
    })  # fmt: skip
    peer.prepare_graph(zones + 1)
    peer.set_graph("cost")
    peer.set_skimming(["cost"])
    peer.set_blocked_centroid_flows(True)

    def skim():
        work = NetworkSkimming(peer)
        work.set_cores(THREADS)
        with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere), redirect_stdout(nowhere):
            work.execute()  # its bar has a line a zone
        return work.results.skims.cost

    theirs, values = timed(skim)
    values = np.array(values)
    np.fill_diagonal(values, 0.0)
    print(f"  AequilibraE: sum {values.sum():.3f}; {theirs:.3f} s")
    print(f"  ratio with build {theirs / (build + query):.1f}, of a further query {theirs / query:.1f}")


def large(data: Path, name: str) -> None:
    """500 x 500 nodes and single trees on a road topology."""
    graph = pace(data / "reference" / "road-graph" / f"{name}.pace.gz")
    rng = np.random.default_rng(5)
    sources, targets = (rng.choice(graph.nodes, 500, replace=False) for _ in range(2))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    build, hierarchy = timed(lambda: ContractionHierarchy.build(graph, resolution=1.0), repeats=2)
    query, found = timed(lambda: hierarchy.times(sources, targets, threads=THREADS), repeats=5)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    queue = BucketQueue.of(graph, resolution=1.0)
    one, _ = timed(lambda: [queue.tree(int(s)) for s in sources[:5]])
    peer = matrix(graph)
    scipy_one, values = timed(lambda: dijkstra(peer, indices=sources[:5]), repeats=1)
    same = np.array_equal(found[:5], values[:, targets])
    print(f"{name} ({graph.nodes:,} nodes): build {build:.2f} s, 500 x 500 {query:.4f} s, equal to scipy: {same}; "
          f"peak {peak / 1e6:.2f} GB (before {before / 1e6:.2f})")  # fmt: skip
    print(f"  one tree {one / 5 * 1e3:.1f} ms; scipy {scipy_one / 5 * 1e3:.1f} ms; ratio {scipy_one / one:.1f}")
    if find_spec("pandana") is None:
        print("  pandana is not installed")
        return
    import pandana

    twice = graph.tail < graph.head  # the topology is undirected
    xy = pd.Series(np.zeros(graph.nodes))
    begun = time.perf_counter()
    network = pandana.Network(
        xy, xy, pd.Series(graph.tail[twice]), pd.Series(graph.head[twice]), pd.DataFrame({"cost": graph.time[twice]})
    )
    theirs_build = time.perf_counter() - begun
    pairs = np.repeat(sources, 500), np.tile(targets, 500)
    theirs, length = timed(lambda: network.shortest_path_lengths(*pairs), repeats=2)
    print(
        f"  pandana: build {theirs_build:.2f} s, query {theirs:.3f} s, sums {np.sum(length):.0f} and {found.sum():.0f}"
    )
    print(f"  ratio of build {theirs_build / build:.1f}, of query {theirs / query:.1f}")


def main() -> None:
    """Everything for which data are at hand."""
    data = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("MEGAREGION_DATA", ""))
    small = Graph.from_links(3, [0, 1], [1, 2], [1.0, 1.0])
    ContractionHierarchy.build(small, resolution=1.0).times([0], [2])  # compile
    BucketQueue.of(small, resolution=1.0).tree(0)
    if (data / FOLDER).is_dir():
        chicago(data)
    for name in ("NY", "FLA"):
        if (data / "reference" / "road-graph" / f"{name}.pace.gz").is_file():
            large(data, name)


if __name__ == "__main__":
    main()
