"""Deferred acceptance with capacities, and the pairs that would rather leave a matching for each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
ALONE = -1  # position of the partner of whoever has none
_ROUNDING = 1e-9  # of a budget: sums of decimals such as .1 + .2 are not exact


def deferred_acceptance(mine: Floats, theirs: Floats, capacity: Ints, allowed: Bools) -> Ints:
    """Stable matching that is best for the side that proposes.

    Parameters
    ----------
    mine : (n, m) array
        What each of n proposers gets from each of m receivers; more is better.
    theirs : (n, m) array
        What each receiver gets from each proposer.
    capacity : (m,) integers >= 0
        Proposers that a receiver can hold.
    allowed : (n, m) booleans
        Pairs that both sides accept; any of them is better than none.

    Returns
    -------
    (n,) integers
        Receiver of each proposer, -1 for none.

    Notes
    -----
    Gale and Shapley (1962), Amer. Math. Monthly 69(1). Equal values are told apart by position, the first is
    preferred; with strict preferences the order of proposals does not matter.

    Examples
    --------
    >>> mine = np.array([[2.0, 1.0], [2.0, 1.0]])
    >>> deferred_acceptance(mine, np.array([[1.0, 1.0], [2.0, 2.0]]), np.array([1, 1]), mine > 0).tolist()
    [1, 0]
    """
    n, m = mine.shape
    order = [[int(j) for j in np.argsort(-mine[i], kind="stable") if allowed[i, j]] for i in range(n)]
    held: list[list[int]] = [[] for _ in range(m)]
    match, free = np.full(n, ALONE, dtype=np.intp), list(range(n - 1, -1, -1))
    asked = [0] * n
    while free:
        i = free.pop()
        if asked[i] == len(order[i]):
            continue
        j = order[i][asked[i]]
        asked[i] += 1
        held[j].append(i)
        match[i] = j
        if len(held[j]) > capacity[j]:
            worst = min(held[j], key=lambda k: (theirs[k, j], -k))
            held[j].remove(worst)
            match[worst] = ALONE
            free.append(worst)
    return match


def blocking_pairs(
    match: Ints, mine: Floats, theirs: Floats, capacity: Ints, allowed: Bools, cost: Floats, budget: Floats
) -> Ints:
    """Pairs not in the matching of which both sides would gain.

    Parameters
    ----------
    match : (n,) integers
        Receiver of each proposer, -1 for none.
    mine, theirs, capacity, allowed
        As in `deferred_acceptance`.
    cost : (n, m) array
        What a receiver spends on a proposer.
    budget : (m,) array
        Of each receiver, infinite where there is none.

    Returns
    -------
    (k, 2) integers
        Proposer and receiver. The proposer strictly prefers the receiver; the receiver has room and money for it, or
        gets both by letting go one proposer that it strictly likes less.

    Notes
    -----
    With budgets a receiver might also let go several at once; such exchanges are not looked for.
    """
    n, m = mine.shape
    held = [np.flatnonzero(match == j) for j in range(m)]
    spent = np.array([cost[held[j], j].sum() for j in range(m)]) if m else np.empty(0)
    out = []
    for i in range(n):
        now = mine[i, match[i]] if match[i] != ALONE else -np.inf
        for j in np.flatnonzero(allowed[i] & (mine[i] > now)):
            if j == match[i]:
                continue
            most = budget[j] * (1 + _ROUNDING)
            room = len(held[j]) < capacity[j] and spent[j] + cost[i, j] <= most
            less = held[j][theirs[held[j], j] < theirs[i, j]]
            if room or (spent[j] - cost[less, j] + cost[i, j] <= most).any():
                out.append((i, j))
    return np.array(out, dtype=np.intp).reshape(-1, 2)
