"""The core: which coalitions would do better alone under a split."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion.core.games import Array, checked, sums
from megaregion.errors import InputError

ROUNDING = 1e-9  # of the largest worth: smaller excesses are none


@dataclass(frozen=True, eq=False)
class Blocking:
    """Coalitions that have more alone than a split gives them, the largest excess first.

    Attributes
    ----------
    coalitions : array (B,)
        Row numbers; bit i says whether player i is in.
    excess : array (B,)
        What each gains by walking out, v(S) - x(S) > 0.
    """

    coalitions: NDArray[np.int64]
    excess: Array


def excesses(worth: ArrayLike, x: ArrayLike) -> Array:
    """v(S) - x(S) of every coalition of a gain game, (2^k,) and (k,) -> (2^k,).

    Raises
    ------
    InputError
        The worths are no game, or the split is not one number a player.
    """
    game, split = checked(worth), np.asarray(x, dtype=np.float64)
    if split.shape != (len(game).bit_length() - 1,) or not np.isfinite(split).all():
        raise InputError(f"a split of {len(game).bit_length() - 1} players needs as many numbers, got {x!r}")
    return np.asarray(game - sums(split), dtype=np.float64)


def blocking(worth: ArrayLike, x: ArrayLike, *, rounding: float = ROUNDING) -> Blocking:
    """Core test of a gain game: all coalitions whose members together have more alone.

    Parameters
    ----------
    worth : array (2^k,)
        Costs enter below zero.
    x : array (k,)
        A split; that all together get their worth is not asked here.
    rounding : float
        Excesses up to this share of the largest worth count as none.

    Raises
    ------
    InputError
        The worths are no game, or the split is not one number a player.

    Notes
    -----
    Gillies (1959). The split is in the core if none blocks and it adds up.

    Examples
    --------
    >>> blocking([0.0, 1.0, 1.0, 4.0], [0.5, 3.5]).coalitions.tolist()
    [1]
    """
    excess = excesses(worth, x)
    size = float(np.abs(np.asarray(worth)).max())
    found = np.flatnonzero(excess[:-1] > rounding * size)
    order = found[np.argsort(-excess[found], kind="stable")]
    return Blocking(order.astype(np.int64), excess[order])
