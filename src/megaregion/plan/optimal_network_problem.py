"""The planner's problem of Fajgelbaum and Schaal (2020) as data: graph, economy, parameters, bounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from megaregion.errors import InfeasibleError, InputError

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Mobility = Literal["fixed", "full"]
BOTH_WAYS = 2.0  # the budget runs over both directions of an edge, which share its infrastructure


@dataclass(frozen=True, eq=False, kw_only=True)
class Graph:
    """Places and the undirected edges on which goods may be shipped.

    Attributes
    ----------
    places : tuple of str (J)
        Labels.
    tail, head : array (E,) of int
        Positions in `places` of the two ends of each edge; which is which does not matter.
    delta_tau : array (E,)
        Transport cost: the share lost of a good is ``delta_tau Q**beta / I**gamma``, > 0, the same both ways.
    delta_i : array (E,)
        Budget that one unit of infrastructure costs in one direction, > 0.
    """

    places: tuple[str, ...]
    tail: Indices
    head: Indices
    delta_tau: Array
    delta_i: Array

    @property
    def size(self) -> tuple[int, int]:
        """Number of places J and of edges E."""
        return len(self.places), self.tail.size

    def components(self, keep: NDArray[np.bool_]) -> Indices:
        """Component of each place (J,) in the graph of the edges in `keep` (E,)."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        here = np.flatnonzero(keep)
        n = len(self.places)
        links = coo_array((np.ones(here.size), (self.tail[here], self.head[here])), shape=(n, n))
        return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


@dataclass(frozen=True, kw_only=True)
class PlannerParameters:
    """Elasticities of the planner; the defaults are those of the toolbox of Fajgelbaum and Schaal.

    Attributes
    ----------
    alpha : float
        Share of traded goods in utility, in (0, 1); the rest is housing.
    beta : float
        Congestion: elasticity of the unit cost in the flow, > 0.
    gamma : float
        Elasticity of the unit cost in infrastructure, > 0; the problem is convex if ``gamma <= beta``.
    rho : float
        Curvature of utility, >= 0; 1 is the logarithm. Without effect under full mobility.
    sigma : float
        Elasticity of substitution among goods, > 0 and not 1.
    a : float
        Output of a good is ``Z L**a``, in (0, 1].
    """

    alpha: float = 0.5
    beta: float = 1.0
    gamma: float = 1.0
    rho: float = 2.0
    sigma: float = 5.0
    a: float = 0.8

    def problems(self) -> list[str]:
        """Everything that is out of range."""
        tests = {
            f"alpha must lie in (0, 1), got {self.alpha}": 0 < self.alpha < 1,
            f"beta must be > 0, got {self.beta}": 0 < self.beta < np.inf,
            f"gamma must be > 0, got {self.gamma}": 0 < self.gamma < np.inf,
            f"rho must be >= 0, got {self.rho}": 0 <= self.rho < np.inf,
            f"sigma must be > 0 and not 1, got {self.sigma}": 0 < self.sigma < np.inf and self.sigma != 1,
            f"a must lie in (0, 1], got {self.a}": 0 < self.a <= 1,
        }
        return [text for text, good in tests.items() if not good]


@dataclass(frozen=True, eq=False, kw_only=True)
class PlannerProblem:
    """What the planner knows: one region, N goods, a budget of infrastructure.

    Attributes
    ----------
    graph : Graph
    productivity : array (J, N)
        Z of each good in each place; zero where it is not produced.
    labour : array (J,)
        People of each place; zero for a mere junction. Under full mobility only the sum counts.
    housing : array (J,)
        Housing of each place, > 0 where somebody lives (everywhere under full mobility).
    budget : float
        K. The sum ``delta_i I`` runs over both directions, so an edge with infrastructure I uses ``2 delta_i I``.
    parameters : PlannerParameters
    weights : array (J,), optional
        Pareto weight of a resident of each place; default one. Without effect under full mobility.
    lower, upper : array (E,), optional
        Bounds of infrastructure: what stands already, and the most that fits; default 0 and infinity.
    goods : tuple of str (N), optional
        Labels; default `good_1`, ...
    """

    graph: Graph
    productivity: Array
    labour: Array
    housing: Array
    budget: float
    parameters: PlannerParameters = PlannerParameters()
    weights: Array | None = None
    lower: Array | None = None
    upper: Array | None = None
    goods: tuple[str, ...] = ()

    @cached_property
    def omega(self) -> Array:
        """Pareto weights (J,)."""
        return np.ones(self.labour.size) if self.weights is None else self.weights

    @cached_property
    def least(self) -> Array:
        """Lower bounds (E,)."""
        return np.zeros(self.graph.tail.size) if self.lower is None else self.lower

    @cached_property
    def most(self) -> Array:
        """Upper bounds (E,), never above what the budget can pay beside the lower bounds elsewhere."""
        spare = self.budget - BOTH_WAYS * float(self.graph.delta_i @ self.least)
        payable = self.least + max(spare, 0.0) / (BOTH_WAYS * self.graph.delta_i)
        return payable if self.upper is None else np.minimum(self.upper, payable)

    @property
    def names(self) -> tuple[str, ...]:
        """Labels of the goods."""
        return self.goods or tuple(f"good_{n + 1}" for n in range(self.productivity.shape[1]))

    @cached_property
    def available(self) -> NDArray[np.bool_]:
        """Whether a good can reach a place (J, N): it is produced somewhere in the same piece of the graph."""
        piece = self.graph.components(self.most > 0)
        made = np.zeros((int(piece.max()) + 1, self.productivity.shape[1]), dtype=bool)
        np.logical_or.at(made, piece, self.productivity > 0)
        out: NDArray[np.bool_] = made[piece]
        return out

    def spent(self, investment: Array) -> float:
        """Budget that a network (E,) uses, both directions counted."""
        return BOTH_WAYS * float(self.graph.delta_i @ investment)

    def replace(self, **changes: Any) -> PlannerProblem:
        """A copy with some fields changed."""
        return replace(self, **changes)

    def check(self, mobility: Mobility) -> None:
        """Raise if the problem cannot be posed.

        Raises
        ------
        InputError
            Shapes, signs or parameters; everything wrong is listed.
        InfeasibleError
            The bounds cannot be met with the budget, or people can be reached by no good.
        """
        found = [*self.parameters.problems(), *self._shapes()]
        if not found:
            found = list(self._values(mobility))
        if found:
            raise InputError("the planner's problem cannot be used: " + "; ".join(found))
        needed = self.spent(self.least)
        if needed > self.budget * (1 + 1e-12):
            raise InfeasibleError(
                f"the lower bounds use {needed:.6g} of a budget of {self.budget:.6g}",
                hint="both directions of an edge are counted: an edge uses 2 delta_i I",
            )
        essential = self.available.all(axis=1) if self.parameters.sigma < 1 else self.available.any(axis=1)
        if (cut := ~essential & (self.labour > 0)).any():
            raise InfeasibleError(
                f"{int(cut.sum())} inhabited places cannot be reached by any producer: {self._labels(cut)}",
                hint="give them an edge, an upper bound above zero, or a productivity",
            )

    def _shapes(self) -> list[str]:
        (j, e), n = self.graph.size, np.shape(self.productivity)[-1]
        shapes: dict[str, tuple[Any, tuple[int, ...]]] = {
            "graph.head": (self.graph.head, (e,)), "graph.delta_tau": (self.graph.delta_tau, (e,)),
            "graph.delta_i": (self.graph.delta_i, (e,)), "productivity": (self.productivity, (j, n)),
            "labour": (self.labour, (j,)), "housing": (self.housing, (j,)), "weights": (self.weights, (j,)),
            "lower": (self.lower, (e,)), "upper": (self.upper, (e,)),
        }  # fmt: skip
        out = [
            f"{name} has the shape {np.shape(value)}, expected {shape}"
            for name, (value, shape) in shapes.items()
            if value is not None and np.shape(value) != shape
        ]
        if self.goods and len(self.goods) != n:
            out.append(f"goods names {len(self.goods)} goods, productivity has {n}")
        if len(set(self.graph.places)) != j:
            out.append("graph.places holds a label twice")
        return out if e else [*out, "graph has no edge"]

    def _values(self, mobility: Mobility) -> Iterator[str]:
        g = self.graph
        ends = np.concatenate([g.tail, g.head])
        if (ends < 0).any() or (ends >= len(g.places)).any():
            yield "an edge ends at a place that does not exist"
        elif (loop := g.tail == g.head).any():
            yield f"{int(loop.sum())} edges start and end in the same place"
        for name, value in (("delta_tau", g.delta_tau), ("delta_i", g.delta_i)):
            if not (np.isfinite(value) & (value > 0)).all():
                yield f"graph.{name} must be finite and > 0"
        for name, value in (("productivity", self.productivity), ("labour", self.labour), ("housing", self.housing),
                            ("weights", self.omega), ("lower", self.least)):  # fmt: skip
            if not (np.isfinite(value) & (value >= 0)).all():
                yield f"{name} must be finite and >= 0"
        lived = self.labour > 0 if mobility == "fixed" else np.ones(len(g.places), dtype=bool)
        if not lived.any() or not self.labour.sum() > 0:
            yield "labour is zero everywhere"
        if (empty := lived & ~(self.housing > 0)).any():
            yield f"housing must be > 0 where people live: {self._labels(empty)}"
        if mobility == "fixed" and (none := lived & ~(self.omega > 0)).any():
            yield f"weights must be > 0 where people live: {self._labels(none)}"
        made = ((self.productivity > 0) & lived[:, None]).any(axis=0)
        if not made.all():
            yield f"no inhabited place produces {', '.join(self.names[n] for n in np.flatnonzero(~made))}"
        if not 0 < self.budget < np.inf:
            yield f"budget must be finite and > 0, got {self.budget}"
        elif self.upper is not None and not (self.upper >= self.least).all():
            yield "upper lies below lower"

    def _labels(self, which: NDArray[np.bool_]) -> str:
        return ", ".join(self.graph.places[i] for i in np.flatnonzero(which)[:5])


def uniform_network(problem: PlannerProblem) -> Array:
    """The same infrastructure on every edge (E,), within the bounds, that uses the whole budget.

    Where the upper bounds leave budget over, every edge stands at its upper bound.
    """
    least, most, cost = problem.least, problem.most, problem.graph.delta_i
    if problem.spent(most) <= problem.budget:
        return np.array(most)
    low, high = 0.0, float(most.max())
    while True:  # the budget used rises with the level; halving ends when no number lies between
        level = 0.5 * (low + high)
        if not low < level < high:
            out: Array = np.clip(np.full(cost.size, low), least, most)
            return out
        low, high = (level, high) if problem.spent(np.clip(level, least, most)) <= problem.budget else (low, level)


def expansion(problem: PlannerProblem, existing: Array, growth: float) -> PlannerProblem:
    """The same problem with what stands as lower bound, and a budget that is larger by the share `growth`.

    Parameters
    ----------
    problem : PlannerProblem
    existing : array (E,)
        Infrastructure that stands and stays.
    growth : float
        New budget over the budget bound in `existing`, minus one; > 0.
    """
    if not growth > 0:
        raise InputError(f"growth must be > 0, got {growth!r}")
    return problem.replace(lower=existing, budget=problem.spent(existing) * (1 + growth))


def map_grid(width: int, height: int) -> Graph:
    """Grid with eight neighbours and ``delta_tau = delta_i =`` Euclidean length, the `map` of the toolbox.

    Places are labelled `x,y` from `0,0`, row by row.
    """
    if width < 1 or height < 1 or width * height < 2:
        raise InputError(f"a grid needs two places, got {width} x {height}")
    number = np.arange(width * height, dtype=np.int64).reshape(height, width)
    pairs = [
        (number[:, :-1], number[:, 1:], 1.0), (number[:-1], number[1:], 1.0),
        (number[:-1, :-1], number[1:, 1:], 2.0**0.5), (number[:-1, 1:], number[1:, :-1], 2.0**0.5),
    ]  # fmt: skip
    length = np.concatenate([np.full(tail.size, step) for tail, _, step in pairs])
    return Graph(
        places=tuple(f"{x},{y}" for y in range(height) for x in range(width)),
        tail=np.concatenate([tail.ravel() for tail, _, _ in pairs]),
        head=np.concatenate([head.ravel() for _, head, _ in pairs]),
        delta_tau=length, delta_i=length.copy(),
    )  # fmt: skip
