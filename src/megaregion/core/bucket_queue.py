"""Times from one node to all others, by a monotone bucket queue on whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion.core.integer_costs import Resolution
from megaregion.core.path_trees import Graph
from megaregion.errors import InputError

_PART = 8  # a bucket is this part of the median cost: narrow enough that few nodes are corrected
_MOST = 1 << 15  # buckets, so that their tops stay in the cache


@dataclass(frozen=True, eq=False, kw_only=True)
class Tree:
    """Shortest ways from one node.

    Attributes
    ----------
    graph : Graph
    source : int
    time : ndarray, shape (nodes,)
        inf where no way leads.
    arc : ndarray of int, shape (nodes,)
        Last arc of the way; -1 at the source and where no way leads.
    """

    graph: Graph
    source: int
    time: NDArray[np.float64]
    arc: NDArray[np.int32]

    def path(self, target: int) -> NDArray[np.int32]:
        """Arcs of the way to a node, in order; none at the source and where no way leads."""
        arcs = []
        while (arc := int(self.arc[target])) >= 0:
            arcs.append(arc)
            target = int(self.graph.tail[arc])
        return np.array(arcs[::-1], dtype=np.int32)


@dataclass(frozen=True, eq=False, kw_only=True)
class BucketQueue:
    """A graph made ready for searches from single nodes.

    Attributes
    ----------
    graph : Graph
    resolution : Resolution
    no_through : ndarray of bool, shape (nodes,) or (0,)
        Nodes where ways may start and end but which they may not pass.

    Notes
    -----
    For a handful of sources, and where ways to all nodes are wanted; between many pairs
    `megaregion.core.contraction.ContractionHierarchy` is faster by orders of magnitude.
    """

    graph: Graph
    resolution: Resolution
    no_through: NDArray[np.bool_]

    @classmethod
    def of(cls, graph: Graph, *, resolution: float, no_through: ArrayLike | None = None) -> BucketQueue:
        """Prepare a graph.

        Raises
        ------
        InputError
            A time is too long for the resolution, or the mask has another shape.
        """
        closed = np.zeros(0, bool) if no_through is None else np.asarray(no_through, dtype=bool)
        if no_through is not None and closed.shape != (graph.nodes,):
            raise InputError(f"no_through has the shape {closed.shape}, expected ({graph.nodes},)")
        out = cls(graph=graph, resolution=Resolution(unit=resolution), no_through=closed)
        _ = out._cost
        return out

    def tree(self, source: int) -> Tree:
        """Shortest ways from a node to all others.

        Raises
        ------
        InputError
            The node is not in the graph.
        """
        from megaregion.core.bucket_queue_kernels import tree

        n = self.graph.nodes
        if not 0 <= source < n:
            raise InputError(f"node must be 0 .. {n - 1}, got {source}")
        shift, buckets = self._width
        distance, arc = np.empty(n, np.int64), np.empty(n, np.int32)
        room = self.graph.head.size + 1
        while not tree(
            source, _unsigned(self.graph.first), _unsigned(self.graph.head), self._cost, shift, buckets,
            ~self.no_through, distance, arc, *_work(room, buckets),
        ):  # fmt: skip
            room *= 2
        time = np.where(distance < 0, np.inf, distance * self.resolution.unit)
        return Tree(graph=self.graph, source=source, time=time, arc=arc)

    @cached_property
    def _cost(self) -> NDArray[np.int32]:
        return self.resolution.whole(self.graph.time)

    @cached_property
    def _width(self) -> tuple[int, int]:
        """Binary logarithm of the width of a bucket, and how many there are."""
        if not self._cost.size:
            return 0, 2
        most = int(self._cost.max())
        shift = max(int(np.median(self._cost)) // _PART, 1).bit_length() - 1
        shift = max(shift, (most // _MOST).bit_length())
        return shift, 1 << ((most >> shift) + 2).bit_length()


def _unsigned(index: NDArray[Any]) -> NDArray[Any]:
    """The same bytes: compiled code tests every signed index for being negative, which costs a tenth of the time."""
    return index.view(f"u{index.dtype.itemsize}")


def _work(room: int, buckets: int) -> tuple[NDArray[Any], ...]:
    return (
        np.empty(room, np.uint32),
        np.empty(room, np.int32),
        np.empty(room, np.int64),
        np.full(buckets, -1, np.int32),
    )
