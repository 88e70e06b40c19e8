"""Generalised assignment: everybody to one of several holders with capacities and budgets, by HiGHS, with its bound."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from megaregion.core.solver_banner import without_banner
from megaregion.errors import SolveError

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
Serve = Literal["all", "most", "any"]
NO_HOLDER, NO_ROOM, NO_MONEY, CROWDED_OUT = "no holder is allowed", "no room", "no money", "crowded out"
NODES = 500  # proves 100 x 10 with tight budgets; 300 x 30 stops within 0.03 % of the bound
_SOLVER = 1e-6  # what HiGHS takes for feasible, in budgets and values scaled to one


class Assignment(NamedTuple):
    """An assignment with its certificate.

    Attributes
    ----------
    match : (n,) integers
        Holder of each, -1 for none.
    value : float
        Sum of the values of the pairs.
    bound : float
        No assignment that serves as many has a larger sum (dual bound of the solver).
    """

    match: Ints
    value: float
    bound: float


def assign(
    value: Floats, allowed: Bools, capacity: Ints, cost: Floats, budget: Floats, *, serve: Serve = "all",
    nodes: int = NODES,
) -> Assignment | None:  # fmt: skip
    """Largest sum of values; None if not all can be served and all must be.

    Parameters
    ----------
    value : (n, m) array
        Of each of n to each of m holders; only allowed pairs are read.
    allowed : (n, m) booleans
    capacity : (m,) integers >= 0
    cost : (n, m) array >= 0
    budget : (m,) array >= 0
        Infinite where there is none.
    serve : {'all', 'most', 'any'}
        Everybody; as many as possible, then the largest sum; only whom it pays to serve.
    nodes : int
        Branches after which the search for the largest sum stops; `bound` then says how far it may be. A count and
        not a time, so that the result does not hang on the machine.

    Notes
    -----
    max sum v_ij x_ij, sum_j x_ij = 1, sum_i x_ij <= cap_j, sum_i c_ij x_ij <= B_j, x binary (Ross and Soland 1975).
    Without budgets the constraints are totally unimodular and the relaxation is whole already.
    """
    n = len(value)
    pairs = np.argwhere(allowed & (cost <= budget[None, :]) & (capacity[None, :] > 0))
    if serve == "all" and len(np.unique(pairs[:, 0])) < n:
        return None
    if not len(pairs):
        return Assignment(np.full(n, -1, dtype=np.intp), 0.0, 0.0)
    worth = value[pairs[:, 0], pairs[:, 1]]
    rows = _rows(pairs, n, capacity, cost, budget, everyone=serve == "all")
    if serve == "most":
        count = _solve(np.ones(len(pairs)), rows)
        if count is None:
            raise SolveError("HiGHS found no assignment although none need be served", hint="report this")
        rows.append((np.ones((1, len(pairs))), np.array([round(float(count[0].sum()))]), np.array([np.inf])))
    found = _solve(worth, rows, nodes)
    if found is None:
        return None
    match = np.full(n, -1, dtype=np.intp)
    chosen = pairs[found[0]]
    match[chosen[:, 0]] = chosen[:, 1]
    _verify(match, chosen, capacity, cost, budget)
    return Assignment(match, float(worth[found[0]].sum()), found[1])


def fairest(
    value: Floats, allowed: Bools, capacity: Ints, cost: Floats, budget: Floats, worth: Floats
) -> Assignment | None:
    """Everybody served such that the smallest value is as large as it can be; then the largest sum of `worth`.

    Parameters
    ----------
    value, allowed, capacity, cost, budget
        As in `assign`.
    worth : (n, m) array
        What is added up among the assignments with the largest smallest value.

    Notes
    -----
    The largest smallest value is one of the values, found by halving: pairs below it are closed and all must still be
    served. That is exact, where a bottleneck variable in the program would be subject to the solver's tolerance.
    """
    levels = np.unique(value[allowed])
    low, high, best = 0, len(levels) - 1, -1
    while low <= high:
        middle = (low + high) // 2
        if assign(np.zeros_like(value), allowed & (value >= levels[middle]), capacity, cost, budget) is None:
            high = middle - 1
        else:
            best, low = middle, middle + 1
    if best < 0:
        return None
    return assign(worth, allowed & (value >= levels[best]), capacity, cost, budget)


def unserved(match: Ints, allowed: Bools, capacity: Ints, cost: Floats, budget: Floats) -> dict[int, str]:
    """Why each one without a holder has none.

    Returns
    -------
    dict of int to str
        'no holder is allowed'; 'no room' (all allowed holders have capacity zero); 'no money' (none with room can pay
        for it alone); 'crowded out' (some could serve it, but not with all the others).
    """
    out = {}
    for i in np.flatnonzero(match < 0):
        room = allowed[i] & (capacity > 0)
        if not allowed[i].any():
            out[int(i)] = NO_HOLDER
        elif not room.any():
            out[int(i)] = NO_ROOM
        else:
            out[int(i)] = CROWDED_OUT if (room & (cost[i] <= budget)).any() else NO_MONEY
    return out


def _rows(
    pairs: Ints, n: int, capacity: Ints, cost: Floats, budget: Floats, *, everyone: bool
) -> list[tuple[object, Floats, Floats]]:
    """Constraints (matrix, least, most)."""
    from scipy.sparse import csr_array

    m, k = len(capacity), len(pairs)
    one, at = np.ones(k), np.arange(k)
    once = csr_array((one, (pairs[:, 0], at)), shape=(n, k))
    out: list[tuple[object, Floats, Floats]] = [(once, np.ones(n) if everyone else np.full(n, -np.inf), np.ones(n))]
    out.append((csr_array((one, (pairs[:, 1], at)), shape=(m, k)), np.full(m, -np.inf), capacity.astype(np.float64)))
    limited = np.isfinite(budget)
    if limited.any():
        scale = np.where(limited & (budget > 0), budget, 1.0)[pairs[:, 1]]
        spent = np.where(limited[pairs[:, 1]], cost[pairs[:, 0], pairs[:, 1]] / scale, 0.0)
        most = np.where(limited, np.where(budget > 0, 1.0, 0.0), np.inf)
        out.append((csr_array((spent, (pairs[:, 1], at)), shape=(m, k)), np.full(m, -np.inf), most))
    return out


def _solve(
    worth: Floats, rows: list[tuple[object, Floats, Floats]], nodes: int | None = None
) -> tuple[Bools, float] | None:
    from scipy.optimize import Bounds, LinearConstraint, milp

    scale = float(np.abs(worth).max(initial=0.0)) or 1.0
    with without_banner():
        done = milp(
            -worth / scale, constraints=[LinearConstraint(a, low, high) for a, low, high in rows],
            bounds=Bounds(0.0, 1.0), integrality=np.ones(len(worth)),
            options={"mip_rel_gap": 0.0} | ({} if nodes is None else {"node_limit": nodes}),
        )  # fmt: skip
    if done.status == 2:
        return None
    if done.status != 0 and (nodes is None or done.x is None):
        raise SolveError(f"HiGHS ended without a proven optimum: {done.message}", hint="report this with the table")
    bound = done.fun if done.mip_dual_bound is None else done.mip_dual_bound
    if not np.isfinite(bound):
        raise SolveError(f"HiGHS ended without a bound: {done.message}", hint="report this with the table")
    return np.asarray(done.x) > 0.5, -float(bound) * scale


def _verify(match: Ints, chosen: Ints, capacity: Ints, cost: Floats, budget: Floats) -> None:
    held = np.bincount(chosen[:, 1], minlength=len(capacity))
    spent = np.bincount(chosen[:, 1], weights=cost[chosen[:, 0], chosen[:, 1]], minlength=len(capacity))
    if (held > capacity).any() or (spent > budget * (1 + _SOLVER)).any() or len(chosen) != (match >= 0).sum():
        raise SolveError("the assignment that was found breaks a constraint", hint="report this with the table")
