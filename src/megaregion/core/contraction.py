"""Contraction hierarchies: preprocessing that answers many-to-many queries in milliseconds, exactly."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion.core.integer_costs import Resolution, require_room
from megaregion.core.path_trees import Graph
from megaregion.errors import InputError, SolveError

Index = NDArray[np.int32]
Floats = NDArray[np.float64]
_SETTLE = (20, 60)  # nodes that a search for witnesses settles: to rank a node, to contract it
_ROOM = 4  # arcs there is room for, in multiples of those of the graph; doubled until it is enough
_VERSION = 1


@dataclass(frozen=True, eq=False, kw_only=True)
class Half:
    """Arcs between nodes and those above them, in one direction.

    Attributes
    ----------
    first : ndarray of int, shape (nodes + 1,)
    other : ndarray of int
        The node above: head of an arc upwards, tail of an arc downwards.
    cost : ndarray of int
    middle : ndarray of int
        Node that a shortcut leads around; of an arc of the graph, ``-1 - arc``.
    """

    first: Index
    other: Index
    cost: Index
    middle: Index


@dataclass(frozen=True, eq=False, kw_only=True)
class ContractionHierarchy:
    """A graph with shortcuts around its less important nodes.

    Attributes
    ----------
    nodes : int
        Of the graph.
    resolution : Resolution
    place : ndarray of int, shape (nodes,)
        Number of each node by falling rank: 0 was contracted last.
    entry : ndarray of int, shape (nodes,)
        Number of the node where ways end: the same, unless no way may lead through the node.
    up, down : Half
        Arcs upwards by tail, arcs downwards by head, in those numbers.
    key : str
        Hash of the graph and the resolution.

    Notes
    -----
    Geisberger, Sanders, Schultes and Delling (2008), WEA, LNCS 5038; many-to-many by restricted sweeps of many sources
    at once: Delling, Goldberg and Werneck (2011), "Faster batched shortest paths in road networks", ATMOS. Equal to
    Dijkstra on the rounded costs.
    """

    nodes: int
    resolution: Resolution
    place: Index
    entry: Index
    up: Half
    down: Half
    key: str

    @classmethod
    def build(cls, graph: Graph, *, resolution: float, no_through: ArrayLike | None = None) -> ContractionHierarchy:
        """Contract a graph.

        Parameters
        ----------
        graph : Graph
        resolution : float
            Times are rounded to multiples of it (`megaregion.core.integer_costs.Resolution`).
        no_through : array of bool (nodes,), optional
            Nodes where ways may start and end but which they may not pass.

        Raises
        ------
        InputError
            A way could be too long for the resolution.
        """
        arcs = _Arcs.of(graph, Resolution(unit=resolution), no_through)
        return arcs.contracted(cls, np.empty(0, np.int32), _SETTLE)

    def customised(self, graph: Graph, *, no_through: ArrayLike | None = None) -> ContractionHierarchy:
        """The same graph with other times, contracted in the order that is known.

        Raises
        ------
        InputError
            The graph has another number of nodes, or other nodes may not be passed.
        """
        arcs = _Arcs.of(graph, self.resolution, no_through)
        if graph.nodes != self.nodes or arcs.size != self.place_of_all.size:
            raise InputError(f"the hierarchy is of {self.nodes} nodes, the graph has {graph.nodes}",
                             hint="only times may change; build a new hierarchy")  # fmt: skip
        order = np.argsort(-self.place_of_all.astype(np.int64)).astype(np.int32)
        return arcs.contracted(type(self), order, _SETTLE)

    def reversed(self) -> ContractionHierarchy:
        """The hierarchy of the graph with every arc turned round; times of it are those of the ways back."""
        return replace(self, place=self.entry, entry=self.place, up=self.down, down=self.up, key=f"reversed {self.key}")

    @property
    def place_of_all(self) -> Index:
        """Numbers of the nodes, then those of the ends of nodes that may not be passed."""
        split = np.flatnonzero(self.entry != self.place)
        return np.concatenate([self.place, self.entry[split]])

    def times(self, sources: ArrayLike, targets: ArrayLike, *, threads: int | None = None) -> Floats:
        """Times between nodes, shape (sources, targets); inf where no way leads.

        Parameters
        ----------
        sources, targets : array of int
            Nodes of the graph, repeated if need be.
        threads : int, optional
            Default: one a processor.

        Raises
        ------
        InputError
            A node is not in the graph.
        """
        from megaregion.core.restricted_sweep_kernels import LANES, closure, collect, fall, restrict, rise

        start, end = self.place[self._nodes(sources)], self.entry[self._nodes(targets)]
        out = np.empty((start.size, end.size))
        if not out.size:
            return out
        size = self.up.first.size - 1
        place = np.full(size, -1, np.int32)
        down = self.down
        chosen = closure(end, down.first, down.other, place)
        begin, local, length = restrict(chosen, down.first, down.other, down.cost, place)
        row = place[end]

        def work(blocks: range) -> None:
            own, value = np.full(size, -1, np.int32), np.empty((chosen.size, LANES), np.int32)
            for low in blocks:
                some = start[low : low + LANES]
                above = closure(some, self.up.first, self.up.other, own)
                risen = np.empty((above.size, LANES), np.int32)
                rise(some, above, self.up.first, self.up.other, self.up.cost, own, risen)
                fall(above, risen, place, begin, local, length, value)
                collect(value, row, some.size, self.resolution.unit, out[low : low + LANES])

        blocks = range(0, start.size, LANES)
        many = min(len(blocks), os.cpu_count() or 1 if threads is None else max(threads, 1))
        if many < 2:
            work(blocks)
        else:
            with ThreadPoolExecutor(many) as pool:
                for done in [pool.submit(work, blocks[i::many]) for i in range(many)]:
                    done.result()
        same = np.asarray(sources, dtype=np.int64)[:, None] == np.asarray(targets, dtype=np.int64)[None, :]
        out[same] = 0.0  # a node that may not be passed has no way back to itself
        return out

    def path(self, source: int, target: int) -> tuple[float, Index]:
        """Time of the shortest way between two nodes, and its arcs in order; inf and none where there is none.

        Raises
        ------
        InputError
            A node is not in the graph.
        """
        from megaregion.core.restricted_sweep_kernels import meet, unpack

        start, end = int(self.place[self._nodes([source])][0]), int(self.entry[self._nodes([target])][0])
        if source == target:
            return 0.0, np.empty(0, np.int32)
        size = self.up.first.size - 1
        distance = np.full((2, size), 1 << 30, np.int32)
        arc = np.full((2, size), -1, np.int32)
        up, down = self.up, self.down
        best, middle, _ = meet(
            start, end, up.first, up.other, up.cost, down.first, down.other, down.cost, distance, arc
        )
        if middle < 0:
            return float("inf"), np.empty(0, np.int32)
        arcs = unpack(middle, up.first, up.other, up.middle, down.first, down.other, down.middle, arc)
        return float(best * self.resolution.unit), arcs

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything needed to restore it, by name."""
        halves = {f"{side}_{name}": getattr(half, name) for side, half in (("up", self.up), ("down", self.down))
                  for name in ("first", "other", "cost", "middle")}  # fmt: skip
        head = {"version": np.array([_VERSION]), "unit": np.array([self.resolution.unit]), "key": np.array([self.key])}
        return {**head, "place": self.place, "entry": self.entry, **halves}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> ContractionHierarchy:
        """A hierarchy from `arrays`.

        Raises
        ------
        InputError
            Arrays are lacking or of another version.
        """
        try:
            version = int(arrays["version"][0])
            halves = [Half(**{name: arrays[f"{side}_{name}"] for name in ("first", "other", "cost", "middle")})
                      for side in ("up", "down")]  # fmt: skip
            out = cls(
                nodes=arrays["place"].size, resolution=Resolution(unit=float(arrays["unit"][0])), place=arrays["place"],
                entry=arrays["entry"], up=halves[0], down=halves[1], key=str(arrays["key"][0]),
            )  # fmt: skip
        except KeyError as error:
            raise InputError(f"a stored hierarchy lacks {error}", hint="build it again") from None
        if version != _VERSION:
            raise InputError(f"a stored hierarchy of version {version}, expected {_VERSION}", hint="build it again")
        return out

    def _nodes(self, given: ArrayLike) -> NDArray[np.int64]:
        found = np.atleast_1d(np.asarray(given, dtype=np.int64))
        if found.size and not (found.min() >= 0 and found.max() < self.nodes):
            raise InputError(f"nodes must be 0 .. {self.nodes - 1}, got {found.min()} .. {found.max()}")
        return found


def key_of(graph: Graph, *, resolution: float, no_through: ArrayLike | None = None) -> str:
    """Hash of everything that a hierarchy depends on."""
    digest = hashlib.sha256(np.array([graph.nodes, _VERSION]).tobytes() + np.array([resolution]).tobytes())
    for part in (graph.tail, graph.head, graph.time, _closed(graph, no_through)):
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()


def _closed(graph: Graph, no_through: ArrayLike | None) -> NDArray[np.bool_]:
    closed = np.zeros(graph.nodes, bool) if no_through is None else np.asarray(no_through, dtype=bool)
    if closed.shape != (graph.nodes,):
        raise InputError(f"no_through has the shape {closed.shape}, expected ({graph.nodes},)")
    return closed


@dataclass(frozen=True, eq=False, kw_only=True)
class _Arcs:
    """Arcs in whole numbers, the cheapest of parallel ones, sorted by tail and head."""

    nodes: int
    size: int
    tail: Index
    head: Index
    cost: Index
    arc: Index
    split: NDArray[np.int64]
    resolution: Resolution
    key: str

    @classmethod
    def of(cls, graph: Graph, resolution: Resolution, no_through: ArrayLike | None) -> _Arcs:
        closed = _closed(graph, no_through)
        cost = resolution.whole(graph.time)
        split = np.flatnonzero(closed)
        head = graph.head.copy()
        end = np.arange(graph.nodes, dtype=np.int32)
        end[split] = graph.nodes + np.arange(split.size, dtype=np.int32)
        head = end[head]  # ways end in a copy that nothing leaves
        size = graph.nodes + split.size
        require_room(size, graph.tail, cost, resolution.unit)
        order = np.lexsort((cost, head, graph.tail))
        tail, head = graph.tail[order], head[order]
        keep = np.ones(order.size, bool)
        keep[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
        order = order[keep]
        return cls(
            nodes=graph.nodes, size=size, tail=tail[keep], head=head[keep], cost=cost[order],
            arc=order.astype(np.int32), split=split, resolution=resolution,
            key=key_of(graph, resolution=resolution.unit, no_through=no_through),
        )  # fmt: skip

    def contracted(
        self, kind: type[ContractionHierarchy], given: Index, settle: tuple[int, int]
    ) -> ContractionHierarchy:
        from megaregion.core.contraction_kernels import contract

        m, room = self.tail.size, _ROOM
        while True:
            tail, head, cost, middle = (np.full(room * m + 64, fill, np.int32) for fill in (0, 0, 0, -1))
            tail[:m], head[:m], cost[:m] = self.tail, self.head, self.cost
            rank, _, arcs, *_ = contract(self.size, m, tail, head, cost, middle, given, *settle)
            if arcs >= 0:
                break
            room *= 2
            if arcs < -1 or room * m > np.iinfo(np.int32).max:
                raise SolveError(
                    "the graph needs too many shortcuts: it is not like a road network",
                    hint="search from single nodes with megaregion.core.bucket_queue",
                )
        number = (self.size - 1 - rank).astype(np.int32)
        start, end, cost, middle = number[tail[:arcs]], number[head[:arcs]], cost[:arcs], middle[:arcs]
        # parallel arcs were dropped, and no arc of the graph became a shortcut unless a cheaper way was found
        original = middle < 0
        source = np.where(original, 0, number[np.maximum(middle, 0)])
        source[:m] = np.where(original[:m], -1 - self.arc, source[:m])
        rising = end < start
        entry = number[: self.nodes].copy()
        entry[self.split] = number[self.nodes :]
        return kind(
            nodes=self.nodes, resolution=self.resolution, place=number[: self.nodes].copy(), entry=entry,
            up=_half(self.size, start[rising], end[rising], cost[rising], source[rising]),
            down=_half(self.size, end[~rising], start[~rising], cost[~rising], source[~rising]), key=self.key,
        )  # fmt: skip


def _half(size: int, key: Index, other: Index, cost: Index, middle: NDArray[Any]) -> Half:
    order = np.argsort(key.astype(np.int64) * size + other, kind="stable")
    first = np.zeros(size + 1, np.int32)
    np.cumsum(np.bincount(key, minlength=size), out=first[1:])
    return Half(first=first, other=other[order], cost=cost[order], middle=middle[order].astype(np.int32))
