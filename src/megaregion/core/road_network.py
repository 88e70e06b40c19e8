"""A road network whose links slow down as they fill: arrays of link parameters and the delay of each link."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from megaregion.errors import InputError

Floats = NDArray[np.float64]
Whole = NDArray[np.int32]


@dataclass(frozen=True, eq=False, kw_only=True)
class RoadNetwork:
    """Directed links with the delay of the Bureau of Public Roads (1964) and a fixed cost.

    Cost of link a at flow x: ``free_time (1 + b (x / capacity) ** power) + fixed``. Nodes 0 .. zones - 1 are where
    demand begins and ends.

    Attributes
    ----------
    nodes, zones : int
        Number of nodes; the first `zones` of them are zones.
    tail, head : int32 arrays (links,)
        Nodes of each link.
    free_time : array (links,)
        Time of an empty link, >= 0.
    capacity : array (links,)
        Flow in the unit of demand, >= 0. A link of capacity 0 whose time depends on flow is closed.
    b, power : arrays (links,)
        Both >= 0; b = 0 or power = 0 makes the cost constant.
    fixed : array (links,)
        Tolls, distance and all else that does not depend on flow, >= 0, in the unit of time.
    no_through : bool array (nodes,)
        Nodes that no way may pass, only begin or end at.

    Raises
    ------
    InputError
        Everything that is wrong, with the first links.
    """

    nodes: int
    zones: int
    tail: Whole
    head: Whole
    free_time: Floats
    capacity: Floats
    b: Floats
    power: Floats
    fixed: Floats
    no_through: NDArray[np.bool_]

    def __post_init__(self) -> None:
        for name in ("tail", "head"):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype=np.int32))
        for name in ("free_time", "capacity", "b", "power", "fixed"):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype=np.float64))
        object.__setattr__(self, "no_through", np.ascontiguousarray(self.no_through, dtype=np.bool_))
        if problems := self._problems():
            raise InputError("road network: " + "; ".join(problems), hint="correct the table of links")

    @property
    def links(self) -> int:
        """Number of links."""
        return len(self.tail)

    def _problems(self) -> list[str]:
        out = []
        if not 0 <= self.zones <= self.nodes:
            out.append(f"zones must be between 0 and nodes ({self.nodes}), got {self.zones}")
        if self.no_through.shape != (self.nodes,):
            out.append(f"no_through must have one entry a node ({self.nodes}), got shape {self.no_through.shape}")
        names = ("tail", "head", "free_time", "capacity", "b", "power", "fixed")
        shapes = {name: getattr(self, name).shape for name in names}
        if any(shape != (self.links,) for shape in shapes.values()):
            return [*out, f"all columns of links must have one length, got {shapes}"]
        for name in ("tail", "head"):
            ends = getattr(self, name)
            bad = np.flatnonzero((ends < 0) | (ends >= self.nodes))
            if bad.size:
                out.append(f"{name} must be a node 0 .. {self.nodes - 1}: links {bad[:5].tolist()}")
        for name in names[2:]:
            value = getattr(self, name)
            bad = np.flatnonzero(~(np.isfinite(value) & (value >= 0)))
            if bad.size:
                out.append(f"{name} must be finite and >= 0: links {bad[:5].tolist()} have {value[bad[:5]].tolist()}")
        return out

    @property
    def closed(self) -> NDArray[np.bool_]:
        """Links that carry nothing: without capacity where the time depends on flow."""
        return np.asarray((self.capacity == 0) & (self.slope > 0))

    @property
    def slope(self) -> Floats:
        """free_time x b where the cost depends on flow, else 0: the delay at flow = capacity."""
        return np.where(self.power > 0, self.free_time * self.b, 0.0)

    def _ratio(self, flow: Floats) -> Floats:
        safe = np.where(self.capacity > 0, self.capacity, 1.0)
        full = np.where((self.capacity == 0) & (flow > 0), np.inf, flow / safe)
        return np.where(self.slope > 0, full, 0.0)

    def cost(self, flow: Floats) -> Floats:
        """Cost of every link at these flows; infinite on a closed link that carries flow."""
        constant = self.free_time * (1.0 + np.where(self.power == 0, self.b, 0.0)) + self.fixed
        return constant + self.slope * self._ratio(flow) ** self.power

    def integral(self, flow: Floats) -> Floats:
        """Integral of the cost from 0 to the flow: the links' terms of Beckmann's objective."""
        constant = self.free_time * (1.0 + np.where(self.power == 0, self.b, 0.0)) + self.fixed
        return constant * flow + self.slope * self._ratio(flow) ** self.power * flow / (self.power + 1.0)

    def derivative(self, flow: Floats) -> Floats:
        """Derivative of the cost by the flow; infinite at flow 0 where power < 1."""
        safe = np.where(self.capacity > 0, self.capacity, 1.0)
        with np.errstate(divide="ignore"):
            grow = self._ratio(flow) ** (self.power - 1.0)
        rises = self.slope * self.power
        return np.where(rises > 0, rises * np.where(rises > 0, grow, 0.0) / safe, 0.0)

    def replace(self, **changes: object) -> RoadNetwork:
        """The same network with other arrays, checked again."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def marginal(self) -> RoadNetwork:
        """The network whose equilibrium is the system optimum: each link costs what it adds to all (Pigou).

        ``d(x t(x)) / dx = free_time (1 + b (1 + power) (x / capacity) ** power) + fixed``.
        """
        return self.replace(b=np.where(self.power > 0, self.b * (1.0 + self.power), self.b))
