"""The network Chicago Regional (TNTP) as arcs with the generalised cost of its documentation."""

import gzip
from pathlib import Path

import numpy as np

from megaregion.core.path_trees import Graph

ZONES = 1790  # nodes 1 .. 1790 are centroids, which no way may pass
FOLDER = Path("reference") / "assignment" / "Chicago-Regional"


def chicago_regional(data: Path) -> tuple[Graph, np.ndarray]:
    """Graph with cost = free-flow time + 0.1 toll + 0.25 length, and the mask of centroids."""
    with gzip.open(data / FOLDER / "ChicagoRegional_net.tntp.gz", "rt") as file:
        lines = file.read().split("\n")
    start = next(i for i, line in enumerate(lines) if "END OF METADATA" in line)
    rows = [line.strip().rstrip(";").split() for line in lines[start + 1 :] if line.strip() and line.strip()[0] != "~"]
    table = np.array(rows, dtype=float)
    tail, head = table[:, 0].astype(int) - 1, table[:, 1].astype(int) - 1
    length, free, toll = table[:, 3], table[:, 4], table[:, 8]
    nodes = int(max(tail.max(), head.max())) + 1
    graph = Graph.from_links(nodes, tail, head, free + 0.1 * toll + 0.25 * length, oneway=np.ones(len(tail), bool))
    return graph, np.arange(nodes) < ZONES
