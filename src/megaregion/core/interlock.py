"""Cities that share firms: the interlocking network, and what firms placed by chance would give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion._rng import generator
from megaregion.errors import InputError

Floats = NDArray[np.float64]
Null = Literal["random-places", "same-counts"]
TIE = 1e-9  # of the largest link: sums in another order differ by rounding
BURN_IN = 10  # trades a firm before the first draw is taken


class Chance(NamedTuple):
    """Links under firms placed by chance.

    Attributes
    ----------
    mean, deviation : (n, n) array
        The diagonal is zero.
    p : (n, n) array
        (1 + draws at least as large) / (1 + draws); the diagonal is NaN.
    place_mean, place_deviation : (n,) array
        Of the sums of rows.
    """

    mean: Floats
    deviation: Floats
    p: Floats
    place_mean: Floats
    place_deviation: Floats


def interlock(values: ArrayLike) -> Floats:
    """V_ij = sum over firms of s_if s_jf, i other than j (Taylor 2001, Geographical Analysis 33(2), 181, eq. 3).

    Parameters
    ----------
    values : (firms, n) array
        Service value of each firm in each place, >= 0.

    Returns
    -------
    (n, n) array
        Symmetric, zero diagonal.
    """
    s = _values(values)
    out: Floats = s.T @ s
    np.fill_diagonal(out, 0.0)
    return out


def headquarters_links(values: ArrayLike, seat: ArrayLike) -> Floats:
    """Value of branches in the column whose firm has its headquarters in the row, (n, n), zero diagonal.

    Parameters
    ----------
    values : (firms, n) array
    seat : (firms, n) booleans
        Where headquarters are; a firm may have none that is known.
    """
    s, at = _values(values), np.asarray(seat, dtype=bool)
    out: Floats = at.astype(np.float64).T @ np.where(at, 0.0, s)
    np.fill_diagonal(out, 0.0)
    return out


def by_chance(values: ArrayLike, *, null: Null, draws: int, seed: int | np.random.Generator) -> Chance:
    """Mean, spread and upper p of every link when firms choose their places at random.

    Parameters
    ----------
    values : (firms, n) array
    null : {'random-places', 'same-counts'}
        Each firm puts its offices, with their values, into places drawn uniformly; or who is where is redrawn such
        that every firm keeps its number of offices and every place its number of firms, and each firm shuffles its
        values over its places.
    draws : int
    seed : int or Generator

    Raises
    ------
    InputError
        Fewer than one draw.

    Notes
    -----
    Same counts by curveball trades (Strona et al. 2014, Nature Communications 5, 4114): two firms keep the places
    that they share and deal the others anew. One chain; between two draws as many trades as there are firms.
    """
    s = _values(values)
    if draws < 1:
        raise InputError(f"expected one draw at least, got {draws}")
    seen, rng = interlock(s), generator(seed, "offices")
    n = s.shape[1]
    total, square, above = np.zeros((n, n)), np.zeros((n, n)), np.zeros((n, n))
    row, row_square = np.zeros(n), np.zeros(n)
    slack = TIE * float(seen.max(initial=0.0))
    for drawn in _placed(s, rng, draws) if null == "random-places" else _traded(s, rng, draws):
        link = interlock(drawn)
        total += link
        square += link**2
        above += link >= seen - slack
        row += link.sum(axis=1)
        row_square += link.sum(axis=1) ** 2
    p = (1.0 + above) / (1.0 + draws)
    np.fill_diagonal(p, np.nan)
    return Chance(total / draws, _spread(total, square, draws), p, row / draws, _spread(row, row_square, draws))


def _spread(total: Floats, square: Floats, draws: int) -> Floats:
    if draws < 2:
        return np.full(total.shape, np.nan)
    variance = (square - total**2 / draws) / (draws - 1)
    size = np.maximum(square / draws, 1.0)
    out: Floats = np.sqrt(np.where(variance > 1e-12 * size, variance, 0.0))
    return out


def _placed(s: Floats, rng: np.random.Generator, draws: int) -> Iterator[Floats]:
    for _ in range(draws):
        yield rng.permuted(s, axis=1)


def _traded(s: Floats, rng: np.random.Generator, draws: int) -> Iterator[Floats]:
    there = s > 0
    size = there.sum(axis=1)
    several = np.flatnonzero((size > 0) & (size < s.shape[1]))
    values = [row[row > 0] for row in s]
    _trade(there, several, rng, BURN_IN * len(s))
    for _ in range(draws):
        _trade(there, several, rng, len(s))
        out = np.zeros_like(s)
        out[there] = np.concatenate([rng.permutation(own) for own in values])
        yield out


def _trade(there: NDArray[np.bool_], several: NDArray[np.intp], rng: np.random.Generator, times: int) -> None:
    """Two firms drawn, what only one of them has dealt anew, so many times; in place."""
    if len(several) < 2:
        return
    first = rng.integers(0, len(several), times)
    second = (first + rng.integers(1, len(several), times)) % len(several)
    for a, b in zip(several[first], several[second], strict=True):
        one, two = there[a], there[b]
        apart = np.flatnonzero(one != two)
        mine = int(one[apart].sum())
        if mine in (0, len(apart)):
            continue
        rng.shuffle(apart)
        one[apart[:mine]], one[apart[mine:]] = True, False
        two[apart[:mine]], two[apart[mine:]] = False, True


def _values(values: ArrayLike) -> Floats:
    s = np.asarray(values, dtype=np.float64)
    if s.ndim != 2 or not ((s >= 0) & np.isfinite(s)).all():
        raise InputError("expected service values (firms, places), finite and >= 0")
    return s
