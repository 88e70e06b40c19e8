"""Where an assignment begins: the routes and flows of an earlier one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from megaregion.core.bushes import Block, Floats, Star
from megaregion.errors import InputError


@dataclass(frozen=True, eq=False, kw_only=True)
class Start:
    """Routes of an earlier assignment of the same links, by which a next one begins.

    Attributes
    ----------
    graph : Star
        Of that assignment.
    classes, zones : int
    flow : array (links,)
    blocks : tuple of Block
        Bushes with the flow of their links.

    Raises
    ------
    InputError
        The bushes name links, zones or classes that are not there.
    """

    graph: Star
    classes: int
    zones: int
    flow: Floats
    blocks: tuple[Block, ...]

    def __post_init__(self) -> None:
        links = self.graph.tail.size
        good = self.flow.shape == (links,) and bool(np.isfinite(self.flow).all())
        for b in self.blocks:
            good &= b.origin.shape == b.kind.shape == (b.start.size - 1,) and b.links.shape == b.x.shape
            good &= bool(b.start[0] == 0 and b.start[-1] == b.links.size and (np.diff(b.start) >= 0).all())
            good &= _within(b.origin, self.zones) and _within(b.kind, self.classes) and _within(b.links, links)
            good &= bool(np.isfinite(b.x).all() and (b.x >= 0).all())
        if not good:
            raise InputError("the start holds routes of other links, zones or classes, or is damaged",
                             hint="start from an assignment of the same network, or from none")  # fmt: skip

    def require(self, graph: Star, shape: tuple[int, ...]) -> None:
        """Raise an InputError unless this fits a graph and demand of (classes, zones, zones)."""
        same = shape == (self.classes, self.zones, self.zones) and all(
            np.array_equal(getattr(self.graph, name), getattr(graph, name)) for name in ("tail", "head", "passable")
        )
        if not same:
            raise InputError("`start` has other nodes, links, zones or number of classes than what is given",
                             hint="start from an equilibrium of the same links, or from none")  # fmt: skip


def _within(value: np.ndarray[tuple[int], np.dtype[np.int32]], end: int) -> bool:
    return bool(value.size == 0 or (value.min() >= 0 and value.max() < end))
