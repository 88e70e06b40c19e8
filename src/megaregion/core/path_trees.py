"""Shortest paths from many sources at once, and what pairs of places mean for the arcs on the way between them."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion.errors import InputError

Floats = NDArray[np.float64]
Index = NDArray[np.int32]
BLOCKS = 8  # parts of the sums over sources; a constant, so that the rounding does not depend on the machine
_SERIAL = 50_000  # sources x arcs below which threads cost more than they bring


@dataclass(frozen=True, eq=False, kw_only=True)
class Graph:
    """Arcs sorted by tail; a link is one arc, or two of them where it serves both directions.

    Attributes
    ----------
    nodes, links : int
        How many there are.
    tail, head : ndarray of int, shape (arcs,)
        Nodes that an arc joins.
    time : ndarray, shape (arcs,)
        Cost of an arc, finite, >= 0; any additive unit.
    link : ndarray of int, shape (arcs,)
        Link that an arc belongs to; -1 for arcs that are no link (access, changes).
    """

    nodes: int
    links: int
    tail: Index
    head: Index
    time: Floats
    link: Index

    @classmethod
    def from_links(
        cls, nodes: int, start: ArrayLike, end: ArrayLike, time: ArrayLike, *, oneway: ArrayLike | None = None,
        link: ArrayLike | None = None,
    ) -> Graph:  # fmt: skip
        """Graph of links that serve both directions unless `oneway` says otherwise.

        Parameters
        ----------
        nodes : int
        start, end : array of int, shape (m,)
            Nodes 0 .. nodes - 1.
        time : array, shape (m,)
        oneway : array of bool, shape (m,), optional
            True where only start to end is served.
        link : array of int, shape (m,), optional
            Number of the link, -1 for none; default 0 .. m - 1.

        Raises
        ------
        InputError
            Nodes are out of range, a row joins a node to itself, or a time is negative or not finite.
        """
        a, b = np.asarray(start, dtype=np.int64), np.asarray(end, dtype=np.int64)
        t = np.asarray(time, dtype=np.float64)
        one = np.zeros(a.size, bool) if oneway is None else np.asarray(oneway, dtype=bool)
        number = np.arange(a.size) if link is None else np.asarray(link, dtype=np.int64)
        if not a.shape == b.shape == t.shape == one.shape == number.shape or a.ndim != 1:
            raise InputError(f"links: columns have the shapes {a.shape}, {b.shape}, {t.shape}, {one.shape}")
        _require(nodes, a, b, t)
        both = np.flatnonzero(~one)
        tail, head = np.concatenate([a, b[both]]), np.concatenate([b, a[both]])
        order = np.argsort(tail, kind="stable")
        rows = np.concatenate([np.arange(a.size), both])[order]
        return cls(
            nodes=nodes, links=int(number.max(initial=-1)) + 1, tail=tail[order].astype(np.int32),
            head=head[order].astype(np.int32), time=t[rows], link=number[rows].astype(np.int32),
        )  # fmt: skip

    @cached_property
    def first(self) -> Index:
        """Where the arcs of each tail begin, shape (nodes + 1,)."""
        return np.searchsorted(self.tail, np.arange(self.nodes + 1)).astype(np.int32)

    @cached_property
    def entering(self) -> tuple[Index, Index]:
        """Arcs sorted by head, and where those of each head begin, shape (nodes + 1,)."""
        order = np.argsort(self.head, kind="stable").astype(np.int32)
        return order, np.searchsorted(self.head[order], np.arange(self.nodes + 1)).astype(np.int32)

    def with_time(self, time: ArrayLike) -> Graph:
        """The same graph with other times of its arcs, shape (arcs,)."""
        t = np.asarray(time, dtype=np.float64)
        if t.shape != self.time.shape:
            raise InputError(f"time has the shape {t.shape}, expected {self.time.shape}")
        _require(self.nodes, self.tail, self.head, t)
        return replace(self, time=t)

    def by_link(self, values: Floats) -> Floats:
        """Sums over the arcs of each link, shape (..., arcs) -> (..., links)."""
        here = self.link >= 0
        out = np.empty((*values.shape[:-1], self.links))
        for row in np.ndindex(values.shape[:-1]):
            out[row] = np.bincount(self.link[here], values[row][here], self.links)
        return out


def _require(nodes: int, tail: NDArray[Any], head: NDArray[Any], time: Floats) -> None:
    problems = []
    if tail.size and not (min(tail.min(), head.min()) >= 0 and max(tail.max(), head.max()) < nodes):
        problems.append(f"links name nodes outside 0 .. {nodes - 1}")
    if (loops := np.flatnonzero(tail == head)).size:
        problems.append(f"{loops.size} links join a node to itself, first: {loops[:5].tolist()}")
    if (bad := np.flatnonzero(~(np.isfinite(time) & (time >= 0)))).size:
        problems.append(f"{bad.size} times are negative or not finite, first: {bad[:5].tolist()}")
    if problems:
        raise InputError("; ".join(problems), hint="correct the links")


def in_blocks(work: Callable[[int, int, int], None], rows: int, size: int, threads: int | None) -> None:
    """Call ``work(block, low, high)`` for `BLOCKS` parts of the rows, by threads where `size` makes it worth while."""
    edge = np.linspace(0, rows, min(BLOCKS, max(rows, 1)) + 1).astype(int).tolist()
    parts = list(zip(range(len(edge) - 1), edge[:-1], edge[1:], strict=True))
    many = min(len(parts), os.cpu_count() or 1 if threads is None else threads)
    if many < 2 or size < _SERIAL:
        for part in parts:
            work(*part)
        return
    with ThreadPoolExecutor(many) as pool:
        for done in [pool.submit(work, *part) for part in parts]:
            done.result()


def stacked(weight: ArrayLike, shape: tuple[int, int]) -> tuple[Floats, bool]:
    """Weights of pairs as (k, sources, targets), and whether one matrix was given.

    Raises
    ------
    InputError
        The shape is another, or a value is not finite.
    """
    g = np.asarray(weight, dtype=np.float64)
    if g.shape[-2:] != shape or g.ndim not in (2, 3):
        raise InputError(f"weights of pairs have the shape {g.shape}, expected {shape} or (k, {shape[0]}, {shape[1]})")
    if not np.isfinite(g).all():
        raise InputError("weights of pairs hold a value that is not finite", hint="zero for pairs that do not count")
    return np.ascontiguousarray(g[None] if g.ndim == 2 else g), g.ndim == 2


@dataclass(frozen=True, eq=False, kw_only=True)
class PathTrees:
    """One shortest-path tree a source.

    Attributes
    ----------
    graph : Graph
    sources, targets : ndarray of int, shapes (p,), (q,)
        Nodes that rows and columns of pairs stand for.
    distance : ndarray, shape (p, nodes)
        Shortest times; inf where no way leads.
    entry : ndarray of int, shape (p, nodes)
        Arc by which the tree enters a node; -1 at the source and where no way leads.
    order : ndarray of int, shape (p, nodes)
        Nodes by increasing distance; only the first `reached` of a row are meant.
    reached : ndarray of int, shape (p,)
    tied : ndarray of bool, shape (p,)
        Whether some node has two equally short ways from this source.
    """

    graph: Graph
    sources: Index
    targets: Index
    distance: Floats
    entry: Index
    order: Index
    reached: Index
    tied: NDArray[np.bool_]

    @cached_property
    def time(self) -> Floats:
        """Shortest times between sources and targets, shape (p, q); inf where no way leads."""
        return np.ascontiguousarray(self.distance[:, self.targets])

    def sweep_arcs(self, weight: ArrayLike, *, threads: int | None = None) -> Floats:
        """``sum_od G_od 1{arc on path(o, d)}`` of every arc, shape (p, q) -> (arcs,) or (k, p, q) -> (k, arcs).

        As ``time = sum of the arcs on the way``, this is the derivative of ``sum_od G_od time_od`` in the time of
        each arc as long as no path changes, and the all-or-nothing assignment of the trips G. On ties each of the
        equally short ways into a node carries the same share.

        Raises
        ------
        InputError
            The shape is another, a weight is not finite or stands on a pair that no way joins.
        """
        from megaregion.core import tree_sweep

        g, single = stacked(weight, self.time.shape)
        if np.isinf(self.time).any() and (lost := (g != 0).any(axis=0) & np.isinf(self.time)).any():
            first = tuple(int(i) for i in np.argwhere(lost)[0])
            raise InputError(f"{int(lost.sum())} pairs have a weight but no way between them, first: {first}")
        graph, (entering, first_in) = self.graph, self.graph.entering
        out = np.zeros((min(BLOCKS, max(len(self.sources), 1)), graph.tail.size, g.shape[0]))

        def work(block: int, low: int, high: int) -> None:
            tree_sweep.sweep(
                low, high, graph.tail, graph.time, first_in, entering, self.distance, self.entry, self.order,
                self.reached, self.tied, self.targets, g, out[block],
            )  # fmt: skip

        in_blocks(work, len(self.sources), self.distance.size * g.shape[0], threads)
        total = np.ascontiguousarray(out.sum(axis=0).T)
        return total[0] if single else total

    def sweep(self, weight: ArrayLike, *, threads: int | None = None) -> Floats:
        """As `sweep_arcs`, summed over the arcs of each link: (p, q) -> (links,) or (k, p, q) -> (k, links).

        Examples
        --------
        >>> trees = path_trees(Graph.from_links(3, [0, 1], [1, 2], [2.0, 3.0]))
        >>> weight = np.zeros((3, 3))
        >>> weight[0, 2] = 1.0
        >>> trees.sweep(weight)
        array([1., 1.])
        """
        return self.graph.by_link(self.sweep_arcs(weight, threads=threads))

    def kinked(self, tolerance: float = 1e-12, *, threads: int | None = None) -> NDArray[np.bool_]:
        """Links on one of two ways that differ by at most this share of their length, shape (links,).

        There the shortest time has a kink (or one nearby): its derivative differs by the sign of the change, and a
        finite difference with a larger step measures another path. All links from where the two ways part to where
        they meet are marked.
        """
        from megaregion.core import tree_sweep

        graph = self.graph
        marked = np.zeros((min(BLOCKS, max(len(self.sources), 1)), graph.tail.size), bool)

        def work(block: int, low: int, high: int) -> None:
            tree_sweep.mark_ties(
                low, high, graph.tail, graph.head, graph.time, self.distance, self.entry, self.order, self.reached,
                max(tolerance, tree_sweep.TIE), marked[block],
            )  # fmt: skip

        in_blocks(work, len(self.sources), len(self.sources) * graph.tail.size, threads)
        out: NDArray[np.bool_] = graph.by_link(marked.any(axis=0).astype(float)) > 0
        return out


def path_trees(
    graph: Graph, *, sources: ArrayLike | None = None, targets: ArrayLike | None = None, threads: int | None = None
) -> PathTrees:
    """Shortest paths from every source.

    Parameters
    ----------
    graph : Graph
    sources, targets : array of int, optional
        Nodes where trips start and end; default all nodes, and the sources.
    threads : int, optional
        Default: as many as there are processors. The result does not depend on it.

    Raises
    ------
    InputError
        A source or target is not a node.

    Notes
    -----
    Dijkstra (1959), Numerische Mathematik 1, 269, with a binary heap: O(p (arcs + nodes) log nodes). Keeps 16 bytes
    a source and node.
    """
    from megaregion.core import tree_sweep

    start = np.arange(graph.nodes, dtype=np.int32) if sources is None else np.asarray(sources, dtype=np.int32)
    end = start if targets is None else np.asarray(targets, dtype=np.int32)
    for name, value in (("sources", start), ("targets", end)):
        if value.ndim != 1 or ((value < 0) | (value >= graph.nodes)).any():
            raise InputError(f"{name} must be nodes 0 .. {graph.nodes - 1}, one row of them")
    p, n = start.size, graph.nodes
    out = PathTrees(
        graph=graph, sources=start, targets=end, distance=np.empty((p, n)), entry=np.empty((p, n), np.int32),
        order=np.empty((p, n), np.int32), reached=np.empty(p, np.int32), tied=np.empty(p, bool),
    )  # fmt: skip

    def work(_: int, low: int, high: int) -> None:
        tree_sweep.grow(
            low, high, graph.first, graph.tail, graph.head, graph.time, start, out.distance, out.entry, out.order,
            out.reached, out.tied,
        )  # fmt: skip

    in_blocks(work, p, p * max(graph.tail.size, 1), threads)
    return out
