"""Cheapest ways between the zones of a road network whose centroids may be left and entered, but not passed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from megaregion.core.path_trees import Graph, PathTrees, path_trees
from megaregion.core.road_network import RoadNetwork


def zone_trees(
    network: RoadNetwork, cost: NDArray[np.float64], links: NDArray[np.intp], *, threads: int | None = None
) -> PathTrees:
    """Trees from all zones over some links.

    Parameters
    ----------
    network : RoadNetwork
    cost : (links,) array
        Finite and >= 0 where used.
    links : integers
        Links that can be used, none from a node to itself.
    threads : int, optional
        The result does not depend on it.

    Returns
    -------
    PathTrees
        Rows and columns of `time` are zones; sums by link have a row up to the last link used. Nodes that may not be
        passed have a second number, behind the others, at which ways end: nothing leads on from there.
    """
    graph, sources, targets = zone_graph(network, cost, links)
    return path_trees(graph, sources=sources, targets=targets, threads=threads)


def zone_graph(
    network: RoadNetwork, cost: NDArray[np.float64], links: NDArray[np.intp]
) -> tuple[Graph, NDArray[np.intp], NDArray[np.intp]]:
    """The graph behind `zone_trees`, and the nodes at which ways from and to each zone begin and end.

    Parameters
    ----------
    network, cost, links
        As in `zone_trees`.
    """
    shut = np.flatnonzero(network.no_through)
    end = np.arange(network.nodes)
    end[shut] = network.nodes + np.arange(shut.size)
    graph = Graph.from_links(network.nodes + shut.size, network.tail[links], end[network.head[links]], cost[links],
                             oneway=np.ones(links.size, bool), link=links)  # fmt: skip
    zones = np.arange(network.zones)
    return graph, zones, end[zones]
