"""Cooperative games: what each player brings to what all reach together."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion._rng import generator
from megaregion.errors import InputError

Array = NDArray[np.float64]
Rows = NDArray[np.bool_]
LARGEST = 12  # players of which all coalitions are valued


def shapley(value_of: Callable[[tuple[bool, ...]], ArrayLike] | ArrayLike, players: int | None = None) -> Array:
    """Values of Shapley of a game.

    Parameters
    ----------
    value_of : callable or array (2^k,) or (2^k, ...)
        Worth of every coalition. Of an array, bit i of the row number says whether player i is in; a callable gets a
        tuple of k booleans. The worth may be several numbers, each of which is a game.
    players : int, optional
        k; needed for a callable.

    Returns
    -------
    array (k,) or (k, ...)
        They add up to the worth of all less the worth of none.

    Raises
    ------
    InputError
        There are more than 12 players, the number of coalitions is no power of two, or a worth is not finite.

    Notes
    -----
    Shapley (1953): phi_i = sum over S without i of |S|! (k - |S| - 1)! / k! (v(S and i) - v(S)).

    Examples
    --------
    >>> shapley([0.0, 1.0, 2.0, 5.0]).tolist()
    [2.0, 3.0]
    """
    if callable(value_of):
        if players is None or not 0 <= players <= LARGEST:
            raise InputError(f"shapley: a callable needs the number of players, 0 to {LARGEST}, got {players!r}")
        worth = np.array([value_of(tuple(row)) for row in coalitions(players).tolist()], dtype=np.float64)
    else:
        worth = np.asarray(value_of, dtype=np.float64)
    k = max(len(worth), 1).bit_length() - 1 if worth.ndim else -1
    if k < 0 or len(worth) != 1 << k or k > LARGEST or (players is not None and k != players):
        expected = f"2^{players}" if players is not None else f"2^k, k at most {LARGEST},"
        raise InputError(f"shapley: expected {expected} worths of coalitions, got the shape {worth.shape}")
    if not np.isfinite(worth).all():
        raise InputError(f"shapley: {int((~np.isfinite(worth)).sum())} worths are not finite")
    row = np.arange(1 << k)
    size = coalitions(k).sum(axis=1)
    out = np.empty((k, *worth.shape[1:]))
    for i in range(k):
        without = row[row >> i & 1 == 0]
        added = worth[without | 1 << i] - worth[without]
        weight = np.array([1.0 / (k * math.comb(k - 1, int(s))) for s in size[without]])
        out[i] = np.tensordot(weight, added, axes=(0, 0))
    return out


def shapley_sampled(
    value_of: Callable[[Rows], ArrayLike], players: int, *, permutations: int, seed: int | np.random.Generator
) -> tuple[Array, Array]:
    """Values of Shapley estimated from random orders, and their standard errors.

    Parameters
    ----------
    value_of : callable
        Worths (B,) or (B, ...) of different coalitions, given as rows of booleans (B, k).
    players : int
        k.
    permutations : int
        Orders in which players join, at least two.
    seed : int or Generator

    Returns
    -------
    array (k, ...), array (k, ...)
        Estimates add up exactly, because what players add adds up in every order.

    Raises
    ------
    InputError
        A number makes no sense, or a worth is not finite.

    Notes
    -----
    Castro, Gomez and Tejada (2009), Comput. Oper. Res. 36(5): the mean of what each player adds in m orders; its
    variance falls with 1/m.
    """
    if permutations < 2 or players < 1:
        raise InputError(f"expected one player and two orders at least, got {players} and {permutations}")
    rng = generator(seed, "shapley")
    order = np.stack([rng.permutation(players) for _ in range(permutations)])
    place = np.argsort(order, axis=1)  # when each player joins
    joined = place[:, None, :] < np.arange(players + 1)[None, :, None]
    rows, of = np.unique(joined.reshape(-1, players), axis=0, return_inverse=True)
    worth = np.asarray(value_of(rows), dtype=np.float64)
    if len(worth) != len(rows) or not np.isfinite(worth).all():
        raise InputError(f"shapley: expected {len(rows)} finite worths, got the shape {worth.shape}")
    path = worth[of.reshape(permutations, players + 1)]
    added = np.take_along_axis(np.diff(path, axis=1), place.reshape(*place.shape, *[1] * (path.ndim - 2)), axis=1)
    return added.mean(axis=0), added.std(axis=0, ddof=1) / math.sqrt(permutations)


def coalitions(players: int) -> Rows:
    """All sets of k players, (2^k, k); bit i of the row number is player i."""
    out: Rows = (np.arange(1 << players)[:, None] >> np.arange(players)[None] & 1).astype(bool)
    return out
