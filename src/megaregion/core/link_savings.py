"""What a faster link saves all travellers, for every link of a network at once, exactly, at fixed demand."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion.core.contraction import ContractionHierarchy
from megaregion.core.path_trees import Graph
from megaregion.errors import InputError

Floats = NDArray[np.float64]
_INFINITE = 1 << 30
_PART = 256  # arcs that a thread takes at once


@dataclass(frozen=True, eq=False, kw_only=True)
class LinkSavings:
    """Savings of every link.

    Attributes
    ----------
    saving : ndarray, shape (links,)
        Sum over pairs of demand times the time that they save, in units of demand x time, if the times of the link
        (both directions) are multiplied by the factor and nothing else changes.
    factor : float
    total : float
        Demand-weighted time of all pairs today; pairs without a way are left out.
    unreachable : int
        Pairs with demand and without a way.
    touched : float
        Share of link x pair cells that had to be looked at.
    """

    saving: Floats
    factor: float
    total: float
    unreachable: int
    touched: float


def link_savings(
    graph: Graph, hierarchy: ContractionHierarchy, zones: ArrayLike, demand: ArrayLike, *, factor: float = 0.8,
    threads: int | None = None,
) -> LinkSavings:  # fmt: skip
    """Value a cut in the time of every link, one at a time.

    Parameters
    ----------
    graph : Graph
    hierarchy : ContractionHierarchy
        Of this graph; its resolution and closed nodes hold.
    zones : array of int (n,)
        Nodes where demand starts and ends.
    demand : array (n, n)
        >= 0; the diagonal is ignored.
    factor : float
        On the time of a link, 0 <= factor < 1. Longer times let paths move away and need a search each.
    threads : int, optional
        Default: one a processor.

    Raises
    ------
    InputError
        Zones, demand or the factor do not fit, or the hierarchy is of another graph.

    Notes
    -----
    A pair that gains passes the link: d' = min(d, d(o, u) + c' + d(v, d)). It can gain only if the link is a
    strictly shorter way to v for the origin and from u for the destination, which leaves a few per cent of all cells.
    No pair gains from both directions of a link, so that both may be added. Equal to a new search after each change,
    in the whole numbers of the hierarchy.
    """
    from megaregion.core.link_savings_kernels import savings

    place, q = np.asarray(zones, dtype=np.int64), np.array(demand, dtype=np.float64)
    _require(graph, hierarchy, place, q, factor)
    np.fill_diagonal(q, 0.0)
    unit, back = hierarchy.resolution.unit, hierarchy.reversed()
    every = np.arange(graph.nodes)
    arrive = _whole(hierarchy.times(place, every, threads=threads), unit)
    depart = _whole(back.times(place, every, threads=threads), unit)
    closed = np.flatnonzero(hierarchy.entry != hierarchy.place)
    leave, enter = _open(arrive, closed, place), _open(depart, closed, place)
    between = np.ascontiguousarray(arrive[place].T)
    far = between >= _INFINITE
    lost = int((far & (q > 0)).sum())
    q[far] = 0.0
    cost = np.rint(hierarchy.resolution.whole(graph.time) * factor).astype(np.int32)
    out = np.zeros(graph.tail.size)

    def work(low: int) -> int:
        high = min(low + _PART, graph.tail.size)
        return int(savings(low, high, graph.tail, graph.head, cost, arrive, leave, depart, enter, between, q, out))

    with ThreadPoolExecutor(max(os.cpu_count() or 1 if threads is None else threads, 1)) as pool:
        cells = sum(pool.map(work, range(0, graph.tail.size, _PART)))
    return LinkSavings(
        saving=graph.by_link(out[None])[0] * unit, factor=factor,
        total=float((q * np.where(far, 0, between)).sum() * unit), unreachable=lost,
        touched=cells / max(graph.tail.size * q.size, 1),
    )  # fmt: skip


def _whole(time: Floats, unit: float) -> NDArray[np.int32]:
    """Times (zones, nodes) as whole numbers (nodes, zones): the loop reads all zones of one node."""
    far = np.isinf(time)
    out = np.rint(np.where(far, 0.0, time) / unit).astype(np.int32)
    out[far] = _INFINITE
    return np.ascontiguousarray(out.T)


def _open(cost: NDArray[np.int32], closed: NDArray[np.int64], zones: NDArray[np.int64]) -> NDArray[np.int32]:
    """Costs to nodes that are passed: none leads on through a closed node, except for who starts or ends there."""
    if not closed.size:
        return cost
    out = cost.copy()
    out[closed] = _INFINITE
    home = np.flatnonzero(np.isin(zones, closed))
    out[zones[home], home] = 0
    return out


def _require(
    graph: Graph, hierarchy: ContractionHierarchy, zones: NDArray[np.int64], demand: Floats, factor: float
) -> None:
    problems = []
    if hierarchy.nodes != graph.nodes:
        problems.append(f"the hierarchy has {hierarchy.nodes} nodes, the graph {graph.nodes}")
    if zones.ndim != 1 or (zones.size and not (zones.min() >= 0 and zones.max() < graph.nodes)):
        problems.append(f"zones must be nodes 0 .. {graph.nodes - 1}")
    elif np.unique(zones).size != zones.size:
        problems.append("zones repeat a node")
    if demand.shape != (zones.size, zones.size):
        problems.append(f"demand has the shape {demand.shape}, expected {(zones.size, zones.size)}")
    elif not (np.isfinite(demand) & (demand >= 0)).all():
        problems.append("demand must be finite and not negative")
    if not 0.0 <= factor < 1.0:
        problems.append(f"factor must be at least 0 and below 1, got {factor!r}")
    if problems:
        raise InputError("link savings: " + "; ".join(problems))
