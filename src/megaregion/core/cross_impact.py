"""Cross-impact balance: which combinations of states support themselves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from megaregion.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
CHUNK = 1 << 15  # partial scenarios that are extended together; bounds the memory


def balances(impacts: Floats, sizes: tuple[int, ...], scenarios: Ints) -> Floats:
    """Impact balances: for each scenario the sum of what its states do to every state.

    Parameters
    ----------
    impacts : (s, s) array
        Row state acts on column state; s is the sum of `sizes`.
    sizes : tuple of int
        States of each descriptor, in order.
    scenarios : (m, d) integers
        State of each descriptor, counted inside the descriptor.

    Returns
    -------
    array (m, s)

    Notes
    -----
    Weimer-Jehle (2006), Technol. Forecast. Soc. Change 73: theta_jl = sum_i C_ij(z_i, l).
    """
    rows = scenarios + _starts(sizes)
    return np.asarray(impacts[rows].sum(axis=1))


def inconsistency(impacts: Floats, sizes: tuple[int, ...], scenarios: Ints) -> Floats:
    """Largest amount, over descriptors, by which another state has the better balance; 0 where none has.

    Parameters
    ----------
    impacts, sizes, scenarios
        As in `balances`.

    Returns
    -------
    array (m,)
    """
    theta = balances(impacts, sizes, scenarios)
    starts = _starts(sizes)
    chosen = np.take_along_axis(theta, scenarios + starts, axis=1)
    best = np.maximum.reduceat(theta, starts, axis=1)
    return np.asarray((best - chosen).max(axis=1))


def consistent(
    impacts: Floats, sizes: tuple[int, ...], *, slack: float = 0.0, limit: int = 1_000_000
) -> Ints:  # fmt: skip
    """All scenarios whose inconsistency is at most `slack`.

    Parameters
    ----------
    impacts : (s, s) array
        Row state acts on column state; entries inside one descriptor are 0.
    sizes : tuple of int
        States of each descriptor, >= 1.
    slack : float, default 0
        Inconsistency that is tolerated.
    limit : int
        Most scenarios that are returned.

    Returns
    -------
    array (m, d)
        In lexicographic order.

    Raises
    ------
    InputError
        Shapes do not fit, an impact is not finite, a descriptor acts on itself, or there are more than `limit`.

    Notes
    -----
    Descriptors are set one after another, a chunk of partial scenarios at a time. A partial scenario is dropped
    where a descriptor that is set would lose to another of its states even if every open descriptor helped most:
    sum over set i of [C(z_i, z_j) - C(z_i, l)] + sum over open i of max_k [C(k, z_j) - C(k, l)] < -slack. The bound
    is exact once all are set, so nothing consistent is lost and nothing else is kept.
    """
    c = np.asarray(impacts, dtype=np.float64)
    _check(c, sizes)
    starts, owner = _starts(sizes), np.repeat(np.arange(len(sizes)), sizes)
    tolerance = slack + 1e-9 * max(1.0, float(np.abs(c).max(initial=0.0)) * len(sizes))
    # gain[k, a, l]: what row state k does to state a less what it does to l, both of one descriptor
    help_left = _help_left(c, sizes)
    found: list[Ints] = []
    total = 0
    stack = [np.zeros((1, 0), dtype=np.intp)]
    while stack:
        part = stack.pop()
        depth = part.shape[1]
        if depth == len(sizes):
            total += len(part)
            if total > limit:
                raise InputError(f"more than {limit} scenarios have an inconsistency of {slack:g} or less",
                                 hint="a smaller slack, or judgements that say more")  # fmt: skip
            found.append(part)
            continue
        grown = np.column_stack([np.repeat(part, sizes[depth], axis=0), np.tile(np.arange(sizes[depth]), len(part))])
        rows = grown + starts[: depth + 1]
        theta = c[rows].sum(axis=1)
        lead = np.take_along_axis(theta, rows, axis=1)[:, owner[owner <= depth]] - theta[:, owner <= depth]
        lead += help_left[depth][rows[:, owner[owner <= depth]], np.flatnonzero(owner <= depth)]
        alive = grown[(lead >= -tolerance).all(axis=1)]
        stack += [alive[i : i + CHUNK] for i in range(0, len(alive), CHUNK)][::-1]
    return np.concatenate(found) if found else np.zeros((0, len(sizes)), dtype=np.intp)


def _help_left(c: Floats, sizes: tuple[int, ...]) -> list[Floats]:
    """By depth: most that the descriptors still open can add to the lead of state a over l, (s, s) [a, l]."""
    starts, s = _starts(sizes), len(c)
    left = [np.zeros((s, s))]
    for i in range(len(sizes) - 1, 0, -1):
        block = c[starts[i] : starts[i] + sizes[i]]
        left.append(left[-1] + (block[:, :, None] - block[:, None, :]).max(axis=0))
    return left[::-1]


def _starts(sizes: tuple[int, ...]) -> Ints:
    return np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.intp)


def _check(c: Floats, sizes: tuple[int, ...]) -> None:
    s = sum(sizes)
    if not sizes or min(sizes) < 1 or c.shape != (s, s):
        raise InputError(f"impacts must be {s} x {s} for descriptors of {sizes} states, got the shape {c.shape}")
    if not np.isfinite(c).all():
        raise InputError(f"{int((~np.isfinite(c)).sum())} impacts are missing or infinite",
                         hint="write 0 where one state does nothing to another")  # fmt: skip
    owner = np.repeat(np.arange(len(sizes)), sizes)
    if (c[owner[:, None] == owner[None, :]] != 0).any():
        raise InputError("a descriptor has an impact on itself", hint="leave the blocks on the diagonal 0")
