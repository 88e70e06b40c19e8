"""Path trees and their sweep against scipy's Dijkstra with predecessors and a loop in Python.

Both give the same times and the same derivative of every link (checked); the peer walks every tree node by node,
farthest first. Then larger graphs, many weights at once, and soft routing beside the dense inverse.
Run: python benchmarks/bench_tree_sweep.py
"""

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from megaregion.core.path_trees import Graph, path_trees
from megaregion.core.soft_routing import soft_trees
from megaregion.equilibrium.network import LinkNetwork

Array = np.ndarray


def nearest_graph(n: int, seed: int = 1) -> Graph:
    """Six nearest neighbours of points spread like towns: about as many links as the German counties have."""
    xy = np.random.default_rng(seed).random((n, 2)) * 800
    d = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) + np.eye(n)
    labels = [f"{i:05}" for i in range(n)]
    return LinkNetwork.from_distances(pd.DataFrame(d, index=labels, columns=labels), nearest=6).graph


def best(work: Callable[[], object], times: int = 5) -> float:
    """Least seconds of some runs."""
    out = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        out.append(time.perf_counter() - start)
    return min(out)


def by_loops(graph: Graph, weight: Array) -> tuple[Array, Array]:
    """The peer: times and link derivatives."""
    n = graph.nodes
    far, before = dijkstra(csr_array((graph.time, (graph.tail, graph.head)), shape=(n, n)), return_predecessors=True)
    link = {(a, b): k for a, b, k in zip(graph.tail.tolist(), graph.head.tolist(), graph.link.tolist(), strict=True)}
    out = [0.0] * graph.links
    for s in range(n):
        load, parent = weight[s].tolist(), before[s].tolist()
        for v in np.argsort(-far[s], kind="stable").tolist():
            if v != s:
                u = parent[v]
                out[link[u, v]] += load[v]
                load[u] += load[v]
    return far, np.array(out)


def main() -> None:
    for n in (401, 1000, 2000):
        graph = nearest_graph(n)
        weight = np.random.default_rng(2).normal(size=(n, n))
        trees = path_trees(graph)
        ours = trees.sweep(weight)  # compiles at the first size
        grow, sweep = best(lambda g=graph: path_trees(g)), best(lambda t=trees, w=weight: t.sweep(w))
        print(f"n {n}, {graph.links} links: trees {1e3 * grow:8.1f} ms   sweep {1e3 * sweep:7.1f} ms", end="   ")
        start = time.perf_counter()
        far, theirs = by_loops(graph, weight)
        peer = time.perf_counter() - start
        np.testing.assert_allclose(trees.time, far, rtol=1e-12)
        np.testing.assert_allclose(ours, theirs, atol=1e-9 * np.abs(theirs).max())
        print(f"scipy and loops {1e3 * peer:9.1f} ms   ratio {peer / (grow + sweep):.1f}")
        if n == 401:
            many = np.stack([weight] * 31)
            print(f"  31 weights at once {1e3 * best(lambda t=trees, w=many: t.sweep(w)):8.1f} ms")
            soft_routing(graph, weight)


def soft_routing(graph: Graph, weight: Array, theta: float = 1.0) -> None:
    """Soft costs and gradient; the dense inverse is the peer where it neither over- nor underflows."""
    soft = soft_trees(graph, theta)
    ours = soft.sweep(weight)
    solve, sweep = best(lambda: soft_trees(graph, theta)), best(lambda: soft.sweep(weight))

    def dense() -> Array:
        a = np.zeros((graph.nodes, graph.nodes))
        a[graph.tail, graph.head] = np.exp(-theta * graph.time)
        b = np.linalg.inv(np.eye(graph.nodes) - a)
        with np.errstate(all="ignore"):
            return graph.by_link((a * (b.T @ (weight / b) @ b.T))[graph.tail, graph.head])

    theirs = dense()
    fine = "same numbers" if np.allclose(ours, theirs, atol=1e-6 * np.abs(ours).max()) else "the inverse fails here"
    print(
        f"  soft, theta {theta:g}: costs {1e3 * solve:8.1f} ms   gradient {1e3 * sweep:7.1f} ms   "
        f"dense inverse {1e3 * best(dense):7.1f} ms ({fine})"
    )


if __name__ == "__main__":
    main()
