"""Which sites to restore under a budget, where sites help or replace each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from megaregion.errors import InputError, SolveError

Floats = NDArray[np.float64]
_SCALE = 1e6  # objective is scaled to this, because HiGHS stops at an absolute gap of 1e-6


@dataclass(frozen=True, eq=False)
class Choice:
    """A set of sites.

    Attributes
    ----------
    chosen : bool array (m,)
    gain : float
        sum b_s + sum over pairs b_st of what is chosen.
    cost : float
    share : float
        What part of the best gain is guaranteed: 1 for a proven optimum; for a greedy choice (1 - 1/e) or
        (1 - 1/e) / 2 where the gain is submodular and never falls, NaN where nothing is guaranteed.
    """

    chosen: NDArray[np.bool_]
    gain: float
    cost: float
    share: float


def gain_of(chosen: NDArray[np.bool_], alone: Floats, pairs: Floats) -> float:
    """sum_s b_s x_s + sum_{s<t} b_st x_s x_t."""
    x = chosen.astype(float)
    return float(alone @ x + 0.5 * x @ pairs @ x)


def best_sites(alone: Floats, pairs: Floats, costs: Floats, *, budget: float, seconds: float = 60.0) -> Choice:
    """The set of largest gain within the budget, by a mixed-integer programme (HiGHS).

    Parameters
    ----------
    alone : array (m,)
        Gain of each site by itself.
    pairs : array (m, m)
        What two sites bring more (or, below zero, less) than the sum; symmetric, zero diagonal.
    costs : array (m,)
        >= 0.
    budget : float
        >= 0, in the unit of the costs.
    seconds : float
        Time limit.

    Raises
    ------
    InputError
        Shapes or values cannot be used.
    SolveError
        No proven optimum within the time.

    Notes
    -----
    A product of two choices becomes a variable y <= x_s, y <= x_t where it helps and y >= x_s + x_t - 1 where it hurts
    (Fortet 1960); y need not be whole.
    """
    _check(alone, pairs, costs, budget)
    m = alone.size
    scale = max(float(np.abs(alone).max(initial=0.0)), float(np.abs(pairs).max(initial=0.0)))
    if m == 0 or scale == 0.0:
        return Choice(np.zeros(m, bool), 0.0, 0.0, 1.0)
    x = _programme(alone / scale, pairs / scale, costs, budget, seconds)
    if float(costs[x].sum()) > budget * (1 + 1e-9):
        raise SolveError("the programme gave a set above the budget", hint="report this with the table of sites")
    return Choice(x, gain_of(x, alone, pairs), float(costs[x].sum()), 1.0)


def _programme(alone: Floats, pairs: Floats, costs: Floats, budget: float, seconds: float) -> NDArray[np.bool_]:
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array, csr_array, hstack, vstack

    m = alone.size
    first, second = np.nonzero(np.triu(pairs, 1))
    worth = pairs[first, second]
    k, one = first.size, np.ones(first.size)
    at = np.arange(k)
    on_a = coo_array((one, (at, first)), shape=(k, m))
    on_b = coo_array((one, (at, second)), shape=(k, m))
    product = coo_array((one, (at, at)), shape=(k, k))
    helps = worth > 0
    rows = [hstack([csr_array(costs[None, :]), csr_array((1, k))])]
    upper = [np.array([budget])]
    for left, keep, limit in ((hstack([-on_a, product]), helps, 0.0), (hstack([-on_b, product]), helps, 0.0),
                              (hstack([on_a + on_b, -product]), ~helps, 1.0)):  # fmt: skip
        rows.append(csr_array(left)[np.flatnonzero(keep)])
        upper.append(np.full(int(keep.sum()), limit))
    whole = np.r_[np.ones(m), np.zeros(k)]
    done = milp(
        -_SCALE * np.r_[alone, worth],
        integrality=whole,
        bounds=Bounds(0.0, np.r_[(costs <= budget).astype(float), np.ones(k)]),
        constraints=LinearConstraint(vstack(rows, format="csr"), -np.inf, np.concatenate(upper)),
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    if done.status != 0:
        raise SolveError(f"the choice of sites ended without a proven optimum: {done.message}",
                         hint="raise the time, or leave out sites and pairs of no account")  # fmt: skip
    out: NDArray[np.bool_] = done.x[:m] > 0.5
    return out


def greedy_sites(alone: Floats, pairs: Floats, costs: Floats, *, budget: float) -> Choice:
    """One site after the other by gain over cost, against the best single site; fast, and bounded where stated.

    Notes
    -----
    The gain is submodular if no pair helps each other (all b_st <= 0), and never falls if b_s + sum_t min(b_st, 0) >= 0
    for all s. Then: equal costs, at least (1 - 1/e) of the best (Nemhauser, Wolsey and Fisher 1978); other costs, half
    of that (Khuller, Moss and Naor 1999; Leskovec et al. 2007). Otherwise `share` is NaN: nothing is guaranteed.
    """
    _check(alone, pairs, costs, budget)
    m = alone.size
    chosen, spent = np.zeros(m, bool), 0.0
    while True:
        more = alone + pairs @ chosen
        able = ~chosen & (spent + costs <= budget) & (more > 0)
        if not able.any():
            break
        ratio = np.where(able, np.divide(more, costs, out=np.full(m, np.inf), where=costs > 0), -np.inf)
        chosen[int(np.argmax(ratio))] = True
        spent = float(costs[chosen].sum())
    single = np.where(costs <= budget, alone, -np.inf)
    if m and single.max() > gain_of(chosen, alone, pairs):
        chosen = np.arange(m) == int(np.argmax(single))
    falls = alone + np.minimum(pairs, 0.0).sum(axis=1) < 0
    share = np.nan
    if (pairs <= 0).all() and not falls.any():
        share = (1 - np.exp(-1)) * (1.0 if np.ptp(costs) == 0 else 0.5) if m else 1.0
    return Choice(chosen, gain_of(chosen, alone, pairs), float(costs[chosen].sum()), float(share))


def _check(alone: Floats, pairs: Floats, costs: Floats, budget: float) -> None:
    m = alone.size
    wrong = []
    if pairs.shape != (m, m) or costs.shape != (m,):
        raise InputError(f"{m} sites, pairs of shape {pairs.shape}, costs of shape {costs.shape}")
    if not (np.isfinite(alone).all() and np.isfinite(pairs).all()):
        wrong.append("gains must be known and finite")
    elif not np.array_equal(pairs, pairs.T) or np.diag(pairs).any():
        wrong.append("gains of pairs must be symmetric with a zero diagonal")
    if not (np.isfinite(costs).all() and (costs >= 0).all()):
        wrong.append(f"costs must be >= 0, got {costs[~(costs >= 0)][:5].tolist()}")
    if not budget >= 0:
        wrong.append(f"budget must be >= 0, got {budget!r}")
    if wrong:
        raise InputError("restoration: " + "; ".join(wrong))
