"""Joint facilities: a coalition pays for every facility that one of its members needs."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion.core.games import Array
from megaregion.core.separation import Program
from megaregion.errors import InputError


def joint_facilities(cost: ArrayLike, needed: ArrayLike) -> Program:
    """Gain form of the game v(S) = -sum of the costs of the facilities that some member of S needs.

    Parameters
    ----------
    cost : array (f,)
        >= 0.
    needed : bool array (f, k)
        Who needs which facility.

    Returns
    -------
    Program
        Its worst coalition is a minimum cut (every vertex of the program is whole), which HiGHS finds for any number
        of players.

    Raises
    ------
    InputError
        Shapes differ, or a cost is negative or no number.

    Notes
    -----
    Littlechild and Thompson (1977), Bell Journal of Economics 8(1), for aircraft movements and runways: facilities in a
    chain are the airport game, in a tree the game of a fixed tree (Megiddo 1978, Math. Oper. Res. 3(3)). The game is
    concave in cost: its core is never empty and holds the Shapley value.

    Examples
    --------
    >>> game = joint_facilities([2.0, 3.0], [[True, True], [False, True]])
    >>> game.worth(np.array([[True, False], [True, True]])).tolist()
    [-2.0, -5.0]
    """
    own, users = _checked(cost, needed)
    users, alike = np.unique(users, axis=0, return_inverse=True)  # what the same players need is one facility
    own = np.bincount(alike.ravel(), weights=own, minlength=len(users)).astype(np.float64)
    facility, player = np.nonzero(users)
    rows = np.arange(len(facility))
    of_members = np.zeros((len(rows), users.shape[1]))
    of_means = np.zeros((len(rows), len(own)))
    of_members[rows, player], of_means[rows, facility] = 1.0, -1.0  # who is in has what it needs: y_i <= z_f
    asked = users.astype(np.float64)
    return Program(
        lambda coalition: -((coalition @ asked.T > 0) @ own), -own, of_members, of_means, np.zeros(len(rows)),
        np.ones(len(own)), np.zeros(len(own), dtype=bool),
    )  # fmt: skip


def shapley_of_facilities(cost: ArrayLike, needed: ArrayLike) -> Array:
    """Value of Shapley of that game in gain form, (k,): who needs a facility bears an equal part of it.

    Raises
    ------
    InputError
        As `joint_facilities`.

    Notes
    -----
    The value is additive over facilities, and all who need one are alike (Littlechild and Owen 1973, Manage. Sci.
    20(3)). Facilities that nobody needs cost no coalition anything.

    Examples
    --------
    >>> shapley_of_facilities([2.0, 3.0], [[True, True], [False, True]]).tolist()
    [-1.0, -4.0]
    """
    own, users = _checked(cost, needed)
    many = users.sum(axis=1)
    return np.asarray(-((own / np.maximum(many, 1)) @ users))


def _checked(cost: ArrayLike, needed: ArrayLike) -> tuple[Array, NDArray[np.bool_]]:
    own, users = np.asarray(cost, dtype=np.float64), np.asarray(needed, dtype=bool)
    if own.ndim != 1 or users.ndim != 2 or len(users) != len(own) or users.shape[1] < 1:
        raise InputError(f"expected costs (f,) and needs (f, k), got the shapes {own.shape} and {users.shape}")
    if not np.isfinite(own).all() or (own < 0).any():
        raise InputError(f"{int((~(own >= 0) | np.isinf(own)).sum())} costs of facilities are negative or no numbers")
    return own, users
