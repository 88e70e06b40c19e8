"""Betweenness of all roads of New York from a sample of junctions: 264,346 nodes, one trip between every two.

Run: python benchmarks/bench_sampled_betweenness.py [FOLDER] [SAMPLE]; NY.pace.gz is in FOLDER or MEGAREGION_DATA
"""

import gzip
import os
import sys
import time
from pathlib import Path

import numpy as np

from megaregion.core.path_trees import Graph
from megaregion.core.sampled_betweenness import every_pair, sampled_betweenness


def read(path: Path) -> Graph:
    """Undirected graph with the weights of the README of the data."""
    with gzip.open(path, "rt") as file:
        rows = [line.split() for line in file if line[0] not in "cp"]
        ends = np.array([row[-2:] for row in rows], np.int64)
    metres = np.random.default_rng(1).lognormal(np.log(120), 0.9, len(ends))
    time_ = np.maximum(1.0, np.round(10 * metres / 13.9))
    return Graph.from_links(int(ends.max()), ends[:, 0] - 1, ends[:, 1] - 1, time_)


if __name__ == "__main__":
    data = Path(os.environ.get("MEGAREGION_DATA", "../shared/data")) / "reference" / "road-graph"
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else data
    sample = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    graph = read(folder / "NY.pace.gz")
    nodes = np.arange(graph.nodes)
    sampled_betweenness(graph, nodes, nodes, every_pair(graph.nodes), sample=1, seed=1)  # compiles
    start = time.perf_counter()
    got = sampled_betweenness(graph, nodes, nodes, every_pair(graph.nodes), sample=sample, seed=1)
    taken = time.perf_counter() - start
    order = np.argsort(-got.total[0])[:100]
    share = (got.error[0, order] / got.total[0, order]).mean()
    print(
        f"{graph.nodes:,} nodes, {graph.links:,} links: {sample} sources in {taken:.1f} s "
        f"({taken / sample * graph.nodes / 3600:.0f} h for all); error of the 100 busiest links {share:.0%} on average"
    )
