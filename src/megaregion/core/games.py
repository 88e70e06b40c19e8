"""Cooperative games: coalitions, their worths, and what each player brings to what all reach together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion._rng import generator
from megaregion.errors import InputError, MissingDataError

Array = NDArray[np.float64]
Rows = NDArray[np.bool_]
Worths = Callable[[Rows], ArrayLike]  # rows of booleans (B, k) -> worths (B,)
LARGEST = 12  # players up to which a callable is asked for every coalition
LARGEST_TABLE = 24  # players up to which all worths fit in an array: 128 MB
SHOWN = 5  # coalitions that a message names
_BATCH = 4096  # coalitions of which a callable is asked at once


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
        There are more than 12 players of a callable or 24 of an array, the number of coalitions is no power of two, or
        a worth is not finite.

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
    if k < 0 or len(worth) != 1 << k or k > LARGEST_TABLE or (players is not None and k != players):
        expected = f"2^{players}" if players is not None else f"2^k, k at most {LARGEST_TABLE},"
        raise InputError(f"shapley: expected {expected} worths of coalitions, got the shape {worth.shape}")
    if not np.isfinite(worth).all():
        raise InputError(f"shapley: {int((~np.isfinite(worth)).sum())} worths are not finite")
    out = np.empty((k, *worth.shape[1:]))
    if k == 0:
        return out
    weight = np.array([1.0 / (k * math.comb(k - 1, s)) for s in range(k)])[sizes(k - 1)]
    for i in range(k):  # the sets without i, in order, are those of k - 1 players: one table of weights serves all
        halves = worth.reshape(1 << (k - 1 - i), 2, 1 << i, *worth.shape[1:])
        out[i] = np.tensordot(weight.reshape(-1, 1 << i), halves[:, 1] - halves[:, 0], axes=2)
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


def shapley_stratified(
    value_of: Worths, players: int, *, circles: int, seed: int | np.random.Generator
) -> tuple[Array, Array]:
    """Values of Shapley estimated from random circles of players, and their standard errors.

    Every circle is walked from each player on, both ways round. So each player joins once from either side after
    0, 1, ... k - 1 others (the strata), and one circle asks for its k (k - 1) arcs only.

    Parameters
    ----------
    value_of : callable
        Worths (B,) of coalitions, given as rows of booleans (B, k).
    players : int
        k, at least one.
    circles : int
        At least two.
    seed : int or Generator

    Returns
    -------
    array (k,), array (k,)
        Estimates add up to the worth of all less that of none, because what players add adds up on every walk. The
        errors come from the spread between circles, which are independent.

    Raises
    ------
    InputError
        A number makes no sense, or a worth is not finite.

    Notes
    -----
    Strata by size of the coalition joined, sampled alike: Castro, Gomez, Molina and Tejada (2017), Comput. Oper. Res.
    82; here the samples of a circle share their coalitions, which makes the estimates add up.

    Examples
    --------
    >>> shapley_stratified(lambda rows: rows @ [1.0, 2.0], 2, circles=2, seed=1)[0].tolist()
    [1.0, 2.0]
    """
    if circles < 2 or players < 1:
        raise InputError(f"expected one player and two circles at least, got {players} and {circles}")
    rng, k = generator(seed, "shapley"), players
    none, everyone = worths(value_of, np.array([[False], [True]]) & np.ones(k, dtype=bool))
    found = np.empty((circles, k))
    start, length = np.divmod(np.arange(k * (k - 1)), k - 1) if k > 1 else (np.empty(0, int), np.empty(0, int))
    on = (np.arange(k)[None] - start[:, None]) % k <= length[:, None]  # arcs of length + 1 places of the circle
    for number in range(circles):
        order = rng.permutation(k)
        rows = np.empty_like(on)
        rows[:, order] = on
        arc = np.empty((k, k + 1))  # worth by first place and length
        arc[:, 0], arc[:, k] = none, everyone
        arc[:, 1:k] = worths(value_of, rows).reshape(k, k - 1)
        grown = np.diff(arc, axis=1)  # the player behind an arc joins it
        size = np.arange(k)
        behind = grown[(size[:, None] - size) % k, size].mean(axis=1)
        before = (arc[:, 1:] - np.roll(arc, -1, axis=0)[:, :-1]).mean(axis=1)
        found[number, order] = (behind + before) / 2.0
    return found.mean(axis=0), found.std(axis=0, ddof=1) / math.sqrt(circles)


def coalitions(players: int) -> Rows:
    """All sets of k players, (2^k, k); bit i of the row number is player i."""
    out: Rows = (np.arange(1 << players)[:, None] >> np.arange(players)[None] & 1).astype(bool)
    return out


def sizes(players: int) -> NDArray[np.uint8]:
    """Number of members of every coalition, (2^k,)."""
    out = np.zeros(1 << players, dtype=np.uint8)
    for i in range(players):
        out[1 << i : 2 << i] = out[: 1 << i] + np.uint8(1)
    return out


def sums(parts: NDArray[np.number]) -> NDArray[np.number]:
    """Sum of what the members of every coalition have: (k,) -> (2^k,), of the same type."""
    out: NDArray[np.number] = np.zeros(1 << len(parts), dtype=parts.dtype)
    for i, part in enumerate(parts):
        np.add(out[: 1 << i], part, out=out[1 << i : 2 << i])
    return out


def numbers(rows: Rows) -> NDArray[np.int64]:
    """Row numbers of coalitions given as rows of booleans (B, k), k at most 62."""
    out: NDArray[np.int64] = rows @ (np.int64(1) << np.arange(rows.shape[1], dtype=np.int64))
    return out


def worths(value_of: Worths, rows: Rows) -> Array:
    """Ask a callable for the worths of coalitions, some thousands at once; (B, k) -> (B,).

    Raises
    ------
    InputError
        It gives another number of worths, or one that is not finite.
    """
    out = np.empty(len(rows))
    for start in range(0, len(rows), _BATCH):
        asked = rows[start : start + _BATCH]
        got = np.asarray(value_of(asked), dtype=np.float64)
        if got.shape != (len(asked),):
            raise InputError(f"expected {len(asked)} worths of coalitions, got the shape {got.shape}",
                             hint="the callable gets rows of booleans and returns one number a row")  # fmt: skip
        out[start : start + _BATCH] = got
    if not np.isfinite(out).all():
        bad = [_members(np.flatnonzero(row)) for row in rows[~np.isfinite(out)][:SHOWN]]
        raise InputError(f"{int((~np.isfinite(out)).sum())} worths are not finite: {', '.join(bad)}")
    return out


def checked(worth: ArrayLike, names: Sequence[str] | None = None) -> Array:
    """Worths of all coalitions as an array (2^k,), or a message that says everything that is wrong.

    Parameters
    ----------
    worth : array (2^k,)
        Bit i of the row number says whether player i is in.
    names : sequence of str, optional
        Players, for messages; default their numbers.

    Raises
    ------
    InputError
        The length is no power of two (or not that of the names), coalitions are infinite, or nobody has a worth.
    MissingDataError
        Coalitions are NaN.
    """
    out = np.asarray(worth, dtype=np.float64)
    k = len(names) if names is not None else max(out.size, 1).bit_length() - 1
    if out.shape != (1 << k,) or not 1 <= k <= LARGEST_TABLE:
        here = f"2^{k} = {1 << k}" if names is not None else "2^k"
        raise InputError(
            f"expected {here} worths of coalitions, k from 1 to {LARGEST_TABLE}; got the shape {out.shape}"
        )
    wrong = []
    for text, bad in (("missing (NaN)", np.isnan(out)), ("infinite", np.isinf(out))):
        if rows := np.flatnonzero(bad).tolist():
            some = ", ".join(coalition_name(row, names) or "nobody" for row in rows[:SHOWN])
            wrong.append(f"the worth of {len(rows)} coalitions is {text}: {some}")
    if np.isfinite(out[0]) and out[0] != 0.0:
        wrong.append(f"the empty coalition has the worth {out[0]:g}, it must be 0")
    if wrong:
        only_missing = len(wrong) == 1 and bool(np.isnan(out).any())
        raise (MissingDataError if only_missing else InputError)(
            "; ".join(wrong), hint="every coalition needs a worth, and nobody has none"
        )
    return out


def coalition_name(row: int, names: Sequence[str] | None = None) -> str:
    """Members joined by semicolons; empty for nobody."""
    members = [i for i in range(int(row).bit_length()) if row >> i & 1]
    return _members(members) if names is None else ";".join(names[i] for i in members)


def _members(members: ArrayLike) -> str:
    return ";".join(str(i) for i in np.asarray(members).tolist())
