"""How well a solution is determined: places that trade and commute in separate blocks, and the size of its error."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from megaregion.equilibrium.spectrum import Jacobian
from megaregion.equilibrium.system import Point, System

Array = NDArray[np.float64]
LINKED = 1e-8  # smallest share that ties the nominal level of two places together
SINGULAR = 1e-7  # smallest singular value below which double precision leaves a direction open
_ROWS = 512


@dataclass(frozen=True, eq=False, kw_only=True)
class Reliability:
    """How well an iterate of one scenario is determined.

    Attributes
    ----------
    blocks : int
        Strongly connected components of goods and commuting shares above 1e-8; one in a connected economy.
    block : array (n,) of int
        Block of each place, numbered from 0 in the order of places; -1 for a place without residents and workers.
    people_blocks : int
        Blocks that remain once places where the same group lives count as connected: only between these is welfare
        undetermined too.
    sigma_min : float
        Smallest singular value of I - T_x; its inverse is how much an error is larger than the residual.
    condition : float
        Largest over smallest singular value of I - T_x.
    error_bound : float
        Length of T(x) - x over `sigma_min`: first-order bound on the distance (in logs) to the solution.
    undetermined : bool
        The relative nominal level of the blocks (wages, prices, rents) cannot be told in double precision; residents,
        workers and welfare can, if the residual is at or below 4e-12.
    near_fold : bool
        As singular as that although there is one block: two equilibria are about to meet.
    """

    blocks: int
    block: NDArray[np.int64]
    people_blocks: int
    sigma_min: float
    condition: float
    error_bound: float
    undetermined: bool
    near_fold: bool


def reliability(system: System, x: Array, jacobian: Jacobian | None = None) -> Reliability:
    """How well an iterate of one scenario is determined.

    Parameters
    ----------
    system : System
        Of one scenario with mobile people.
    x : array (unknowns,) or (1, unknowns)
    jacobian : Jacobian, optional
        Of the system at this point, if it is already there.

    Notes
    -----
    Where a border is nearly closed the two sides still share people, so that welfare is common, but the price of one
    side's goods in terms of the other's hangs on flows of 1e-10: a residual of 1e-10 is then no solution. A small
    singular value with one block is something else, a fold (multiplicity).
    """
    x = np.asarray(x, dtype=np.float64).reshape(-1)
    jacobian = Jacobian(system, x) if jacobian is None else jacobian
    block, blocks, people_blocks = blocks_of(system, x)
    sigma = jacobian.smallest_singular()
    gap = float(np.linalg.norm(system.step(system.evaluate(x[None]))[0] - x))
    tight = sigma <= SINGULAR
    return Reliability(
        blocks=blocks, block=block, people_blocks=people_blocks, sigma_min=sigma,
        condition=jacobian.largest_singular() / sigma if sigma > 0 else math.inf,
        error_bound=gap / sigma if sigma > 0 else math.inf, undetermined=tight and blocks > 1,
        near_fold=tight and blocks == 1,
    )  # fmt: skip


def blocks_of(system: System, x: Array) -> tuple[NDArray[np.int64], int, int]:
    """Block of each place, number of blocks, and number of those that share no people; see `Reliability`."""
    at = system.evaluate(np.asarray(x, dtype=np.float64).reshape(1, -1))
    live = system.lived | system.working.any(axis=0)
    block = components(linked(system, at), live)
    return block, int(block.max(initial=-1)) + 1, _sharing_people(system, at, block)


def linked(system: System, at: Point) -> NDArray[np.bool_]:
    """Which place (row) buys from or sends workers to which (column), in shares above 1e-8; (n, n)."""
    n = system.economy.size
    out = np.zeros((n, n), dtype=bool)
    for s, kernel in enumerate(system.trade):
        per = _inverse(at.price_sum[0, s]) * system.buying[s]
        _mark(out, kernel.matrix(0), per, at.cost_weight[0, s])
    for s, kernel in enumerate(system.commute):
        per = _inverse(at.access_sum[0]) * system.lived
        _mark(out, kernel.matrix(0), per, at.work_weight[0, s])
    return out


def components(link: NDArray[np.bool_], live: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Strongly connected component of each node that lives, in the order of their first nodes; -1 for the others.

    Every row of the matrix and of its transpose is read once for each component that reaches it: a dense economy costs
    two or three passes over few rows.
    """
    out = np.full(live.size, -1, dtype=np.int64)
    for number, first in enumerate(_unassigned(out, live)):
        free = live & (out < 0)
        out[_reached(link, first, free) & _reached(link.T, first, free)] = number
    return out


def _unassigned(block: NDArray[np.int64], live: NDArray[np.bool_]) -> Iterator[int]:
    while (rest := np.flatnonzero(live & (block < 0))).size:
        yield int(rest[0])


def _reached(link: NDArray[np.bool_], first: int, free: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Nodes that can be reached from one over free nodes, itself included."""
    seen = np.zeros(free.size, dtype=bool)
    seen[first] = True
    front = np.array([first])
    while front.size:
        found = np.zeros(free.size, dtype=bool)
        for start in range(0, front.size, _ROWS):
            found |= link[front[start : start + _ROWS]].any(axis=0)
            if not (free & ~seen & ~found).any():
                break
        front = np.flatnonzero(found & free & ~seen)
        seen[front] = True
    return seen


def _sharing_people(system: System, at: Point, block: NDArray[np.int64]) -> int:
    """Number of sets of blocks that no group has in common."""
    number = int(block.max(initial=-1)) + 1
    if number <= 1:
        return number
    if math.isinf(system.economy.elasticities.epsilon):
        location = system.economy.location
    else:
        kernel = system.places.matrix(0) * at.people_weight[0]
        location = kernel / kernel.sum(axis=1, keepdims=True)
    held = np.stack([(location[:, block == k] > LINKED).any(axis=1) for k in range(number)])  # (blocks, G)
    together = (held.astype(float) @ held.T) > 0
    return int(components(together, np.ones(number, dtype=bool)).max()) + 1


def _mark(out: NDArray[np.bool_], matrix: Array, row: Array, column: Array) -> None:
    """Mark where row * matrix * column exceeds the smallest share."""
    for start in range(0, len(out), _ROWS):
        rows = slice(start, start + _ROWS)
        out[rows] |= matrix[rows] * (row[rows, None] * column) > LINKED


def _inverse(x: Array) -> Array:
    return np.divide(1.0, x, out=np.zeros_like(x), where=x != 0)
