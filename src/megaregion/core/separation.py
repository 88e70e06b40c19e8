"""Which coalition has most reason to object: by looking at all of them, by a given rule, or by an integer program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion.core.games import Array, Rows, Worths, checked, coalitions, numbers, sums, worths
from megaregion.core.solver_banner import without_banner
from megaregion.core.span import Integers
from megaregion.errors import InputError, SolveError

MostViolated = Callable[[Array, Integers], Rows]
ENUMERATED = 20  # players up to which a callable may be asked for every coalition, if it is said that it may


@runtime_checkable
class Separation(Protocol):
    """A gain game of which the worths may be too many to list."""

    @property
    def players(self) -> int:
        """Number of players k."""

    def worth(self, rows: Rows) -> Array:
        """Worths of coalitions (B, k) -> (B,)."""

    def most_violated(self, x: Array, outside: Integers) -> Rows:
        """Coalitions (B, k) of large excess v(S) - x(S), the largest first, at least one.

        Only coalitions S count for which `outside.T @ S` is not zero throughout (see `Span.outside`); the first must
        have the largest excess of all these.
        """


@dataclass(frozen=True, eq=False)
class Enumerated:
    """A game given by all its worths, (2^k,)."""

    worths: Array
    _open: dict[bytes, NDArray[np.bool_]] = field(default_factory=dict, repr=False)  # of the last span asked for

    @property
    def players(self) -> int:
        """Number of players k."""
        return len(self.worths).bit_length() - 1

    def worth(self, rows: Rows) -> Array:
        """Worths of coalitions (B, k) -> (B,)."""
        out: Array = self.worths[numbers(rows)]
        return out

    def most_violated(self, x: Array, outside: Integers) -> Rows:
        """The 2k coalitions of largest excess outside of a span, the largest first."""
        excess = np.where(self.open(outside), self.worths - sums(x), -np.inf)
        count = min(2 * self.players, int(np.isfinite(excess).sum()))
        if count == 0:
            return np.empty((0, self.players), dtype=bool)
        top = np.argpartition(-excess, count - 1)[:count]
        return self._rows(top[np.argsort(-excess[top], kind="stable")])

    def tight(self, x: Array, outside: Integers, tolerance: float) -> Rows:
        """All coalitions outside of a span whose excess is the largest there, within a tolerance."""
        excess = np.where(self.open(outside), self.worths - sums(x), -np.inf)
        return self._rows(np.flatnonzero(excess >= excess.max() - tolerance))

    def open(self, outside: Integers) -> NDArray[np.bool_]:
        """Which coalitions are outside of a span, (2^k,)."""
        key = outside.tobytes()
        if key not in self._open:
            found = np.zeros(len(self.worths), dtype=bool)
            for column in outside.T:
                np.logical_or(found, sums(column), out=found)
            self._open.clear()
            self._open[key] = found
        return self._open[key]

    def _rows(self, row: NDArray[np.intp]) -> Rows:
        out: Rows = (row[:, None] >> np.arange(self.players) & 1).astype(bool)
        return out


@dataclass(frozen=True, eq=False)
class Generated:
    """A game of any size whose most violated coalition somebody else finds; as exact as that finder.

    Attributes
    ----------
    players : int
    value_of : callable
        Worths (B,) of coalitions (B, k).
    finder : callable
        `most_violated` of `Separation`.
    """

    players: int
    value_of: Worths
    finder: MostViolated

    def worth(self, rows: Rows) -> Array:
        """Worths of coalitions (B, k) -> (B,)."""
        return worths(self.value_of, rows)

    def most_violated(self, x: Array, outside: Integers) -> Rows:
        """What the finder says, checked for its form.

        Raises
        ------
        InputError
            It names no coalition, or one that was excluded.
        """
        rows = np.atleast_2d(np.asarray(self.finder(x, outside), dtype=bool))
        if rows.ndim != 2 or rows.shape[1] != self.players or not len(rows):
            raise InputError(f"the finder must give rows of {self.players} booleans, got the shape {rows.shape}")
        allowed = np.asarray((rows.astype(np.int64) @ outside).any(axis=1))
        if not allowed[0]:
            raise InputError("the finder names a coalition in the span it was told to leave out",
                             hint="only S with outside.T @ S not zero throughout counts")  # fmt: skip
        out: Rows = rows[allowed]
        return out


@dataclass(frozen=True, eq=False)
class Program:
    """A game v(S) = max f.z with A y + B z <= h, 0 <= z <= z_max, y the 0/1 vector of S; HiGHS finds coalitions.

    Attributes
    ----------
    value_of : callable
        Worths (B,) of coalitions (B, k), the same as those of the program.
    gain : array (p,)
        f.
    of_members : array (m, k)
        A.
    of_means : array (m, p)
        B.
    at_most : array (m,)
        h.
    largest : array (p,)
        z_max.
    whole : array (p,) of bool
        Which z must be whole numbers.
    """

    value_of: Worths
    gain: Array
    of_members: Array
    of_means: Array
    at_most: Array
    largest: Array
    whole: NDArray[np.bool_]

    @property
    def players(self) -> int:
        """Number of players k."""
        return int(self.of_members.shape[1])

    def worth(self, rows: Rows) -> Array:
        """Worths of coalitions (B, k) -> (B,)."""
        return worths(self.value_of, rows)

    def most_violated(self, x: Array, outside: Integers) -> Rows:
        """The coalition of largest excess and its neighbours by one member, which spare later programs.

        It is outside of the span, because for some column the sum over its members must be -1 or less, or 1 or more.

        Raises
        ------
        SolveError
            HiGHS finds no optimum, or one that is in the span.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp

        k, p, q = self.players, len(self.gain), outside.shape[1]
        up, down = (np.where(sign * outside > 0, sign * outside, 0).sum(axis=0) for sign in (1, -1))  # reach of columns
        # z.y >= 1 where its switch is on: -z.y + (1 + down) on <= down; the same for -z.y
        above = np.hstack([-outside.T, np.zeros((q, p)), np.diag(1.0 + down), np.zeros((q, q))])
        below = np.hstack([outside.T, np.zeros((q, p + q)), np.diag(1.0 + up)])
        some = np.hstack([np.zeros(k + p), -np.ones(2 * q)])
        own = np.hstack([self.of_members, self.of_means, np.zeros((len(self.at_most), 2 * q))])
        scale = 1e4 / max(float(np.abs(self.gain).max(initial=0.0)), float(np.abs(x).max()), 1e-300)
        with without_banner():
            found = milp(  # scaled up, because the absolute gap at which HiGHS stops is 1e-6
                np.concatenate([x, -self.gain, np.zeros(2 * q)]) * scale,
                integrality=np.concatenate([np.ones(k), self.whole, np.ones(2 * q)]),
                bounds=Bounds(0.0, np.concatenate([np.ones(k), self.largest, np.ones(2 * q)])),
                constraints=LinearConstraint(
                    np.vstack([own, above, below, some]), ub=np.concatenate([self.at_most, down, up, [-1.0]])
                ),
                options={"mip_rel_gap": 0.0},
            )
        if found.status != 0:
            raise SolveError(f"no most violated coalition: {found.message}")
        row: Rows = found.x[None, :k] > 0.5
        if not (row.astype(np.int64) @ outside).any():
            raise SolveError("the program chose a coalition that was excluded", hint="scale the game nearer to 1")
        near = row ^ np.eye(k, dtype=bool)
        near = near[(near.astype(np.int64) @ outside).any(axis=1)]
        order = np.argsort(near @ x - self.worth(near), kind="stable")
        out: Rows = np.vstack([row, near[order]])
        return out


def airport(cost: ArrayLike) -> Program:
    """Gain form of the airport game, v(S) = -max of the costs of its members; costs (k,), >= 0.

    Notes
    -----
    Littlechild and Owen (1973), Manage. Sci. 20(3). In the program z_j says that stretch j of the runway is built.
    """
    own = _amounts(cost, "costs")
    k, order = len(own), np.argsort(own, kind="stable")
    needs = np.zeros((k, k))
    needs[np.arange(k), order] = 1.0  # who needs the j-th stretch and all before it
    stretch = np.diff(own[order], prepend=0.0)
    longer = np.eye(k, k=1) - np.eye(k)
    return Program(
        lambda rows: -np.where(rows, own, 0.0).max(axis=1), -stretch,
        np.vstack([needs, np.zeros((k - 1, k))]), np.vstack([-np.eye(k), longer[:-1]]),
        np.zeros(2 * k - 1), np.ones(k), np.zeros(k, dtype=bool),
    )  # fmt: skip


def voting(weights: ArrayLike, quota: float) -> Program:
    """Weighted voting: v(S) = 1 if the weights of S reach the quota, else 0; whole weights (k,) >= 0 keep it exact."""
    own = _amounts(weights, "weights")
    if not 0 < quota <= own.sum():
        raise InputError(f"the quota must be above 0 and at most the sum of the weights {own.sum():g}, got {quota!r}")
    return Program(
        lambda rows: (rows @ own >= quota).astype(np.float64), np.ones(1), -own[None], np.array([[float(quota)]]),
        np.zeros(1), np.ones(1), np.ones(1, dtype=bool),
    )  # fmt: skip


def bankruptcy(claims: ArrayLike, estate: float) -> Program:
    """What is left to a coalition when all others are paid: v(S) = max(0, estate - claims of the others).

    Notes
    -----
    O'Neill (1982), Math. Soc. Sci. 2(4); Aumann and Maschler (1985), J. Econ. Theory 36(2).
    """
    own = _amounts(claims, "claims")
    total = float(own.sum())
    if not 0 <= estate <= total:
        raise InputError(f"the estate must lie between 0 and the sum of the claims {total:g}, got {estate!r}")
    # z <= estate - total + d.y if the second z is on, z <= 0 if not
    return Program(
        lambda rows: np.maximum(0.0, estate - total + rows @ own), np.array([1.0, 0.0]),
        np.vstack([-own, np.zeros(len(own))]), np.array([[1.0, total - estate], [1.0, -estate]]),
        np.zeros(2), np.array([estate, 1.0]), np.array([False, True]),
    )  # fmt: skip


def game(
    value: ArrayLike | Worths | Separation, players: int | None = None, *, finder: MostViolated | None = None,
    ask_all: bool = False,
) -> Separation:  # fmt: skip
    """Bring a game into the form that the least core and the nucleolus need.

    Parameters
    ----------
    value : array (2^k,), callable, or Separation
        Worths in gain form (costs below zero); a callable gets rows of booleans (B, k).
    players : int, optional
        k; needed for a callable.
    finder : callable, optional
        `Separation.most_violated` of a callable.
    ask_all : bool
        Ask the callable for all 2^k coalitions, k at most 20.

    Raises
    ------
    InputError
        The worths are no game, or a callable comes with nothing that finds its most violated coalition.
    """
    if isinstance(value, Separation):
        return value
    if not callable(value):
        return Enumerated(checked(value))
    if players is None or players < 1:
        raise InputError(f"a callable needs the number of players, got {players!r}")
    if finder is not None:
        return Generated(players, value, finder)
    if ask_all and players <= ENUMERATED:
        return Enumerated(checked(worths(value, coalitions(players))))
    raise InputError(
        f"the coalition of {players} players with most reason to object cannot be found from worths alone",
        hint=f"give a finder or a Program, or (to {ENUMERATED} players) let all coalitions be asked for with ask_all",
    )


def _amounts(given: ArrayLike, what: str) -> Array:
    out = np.asarray(given, dtype=np.float64)
    if out.ndim != 1 or not len(out) or not np.isfinite(out).all() or (out < 0).any():
        raise InputError(f"{what} must be numbers >= 0, one a player, got {given!r}")
    return out
