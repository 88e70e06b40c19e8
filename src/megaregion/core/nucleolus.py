"""Least core and nucleolus of a gain game by successive linear programs, certified with Kohlberg's criterion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion.core.games import Array, Rows, coalition_name, numbers, sums
from megaregion.core.separation import Enumerated, Separation, game
from megaregion.core.span import Integers, Span
from megaregion.errors import ConvergenceError, InfeasibleError, SolveError

TOLERANCE = 1e-8  # of excesses, in units of the game less what everybody has alone
_LP = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
_LEAST = 1e-5  # of the worths: a smaller size would make tolerances smaller than rounding
_POSITIVE = 1e-7  # duals above it are not zero
_ROUNDS = 2000  # linear programs of one level


@dataclass(frozen=True, eq=False)
class Level:
    """Coalitions of one excess that settle something new.

    Attributes
    ----------
    excess : float
        v(S) - x(S).
    coalitions : array (B, k) of bool
    weights : array (B,)
        All positive; with weights of any sign on coalitions of larger excess, they add up to the same for every player.
        NaN where there are none such: the criterion fails here.
    players : array of int
        Players who get just what they have alone and whom the weights need besides.
    """

    excess: float
    coalitions: Rows
    weights: Array
    players: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Certificate:
    """Kohlberg's criterion at a split: every set of coalitions of the largest excesses is balanced.

    Attributes
    ----------
    holds : bool
    rank : int
        Dimension that the levels settle; the number of players where they settle everything.
    levels : tuple of Level
        From the largest excess down, to where everything is settled or the criterion fails.
    every_coalition : bool
        True if the levels were read off all coalitions; False if a finder vouches that none was overlooked.
    """

    holds: bool
    rank: int
    levels: tuple[Level, ...]
    every_coalition: bool


@dataclass(frozen=True, eq=False)
class LeastCore:
    """A point of the least core (one of many) and the largest excess, at most zero if there is a core."""

    x: Array
    excess: float


@dataclass(frozen=True, eq=False)
class Nucleolus:
    """The nucleolus, its certificate, and the largest excess of a proper coalition."""

    x: Array
    excess: float
    certificate: Certificate


@dataclass(frozen=True, eq=False)
class _Scaled:
    """The game less what everybody has alone, in units of its own size: v(S) = alone(S) + size * w(S)."""

    game: Separation
    alone: Array
    size: float
    grand: float

    @classmethod
    def of(cls, own: Separation) -> _Scaled:
        k = own.players
        alone = own.worth(np.eye(k, dtype=bool))
        surplus = float(own.worth(np.ones((1, k), dtype=bool))[0] - alone.sum())
        if isinstance(own, Enumerated):
            most, size = float(np.abs(own.worths).max()), float(np.abs(own.worths - sums(alone)).max())
        else:
            most, size = max(float(np.abs(alone).max()), abs(surplus)), abs(surplus)
        size = max(size, _LEAST * most) or 1.0
        return cls(own, alone, size, surplus / size)

    def worth(self, rows: Rows) -> Array:
        out: Array = (self.game.worth(rows) - rows @ self.alone) / self.size
        return out

    def most_violated(self, x: Array, outside: Integers) -> Rows:
        return self.game.most_violated(self.back(x), outside)

    def back(self, x: Array) -> Array:
        out: Array = self.alone + self.size * x
        return out


class _Level:
    """The linear programs of one game: rows found so far, what is settled, and the lowest next excess."""

    def __init__(self, scaled: _Scaled, *, rational: bool) -> None:
        k = scaled.game.players
        self.scaled, self.rational, self.k = scaled, rational, k
        self.listed = isinstance(scaled.game, Enumerated)
        self.span = Span(k)
        self.rows, self.worth = np.empty((0, k), dtype=bool), np.empty(0)
        self.known: set[bytes] = set()
        self.equal, self.equal_to = np.ones((1, k)), np.array([scaled.grand])
        self.x = np.full(k, scaled.grand / k)

    def lowest(self) -> tuple[float, Rows, NDArray[np.intp]]:
        """Lowest largest excess outside of the span, coalitions that have it in all optima, players kept at 0 in all.

        A dual above zero in one optimum means that the constraint is tight in all (complementary slackness).
        """
        outside, inner = self.span.outside(), self.x
        self.extend(outside, inner, -np.inf)
        for _ in range(_ROUNDS):
            active = (self.rows.astype(np.int64) @ outside).any(axis=1)
            excess, dual, reduced = self.solve(self.rows[active], self.worth[active])
            if not self.listed:  # between a good split and the optimum of what is known, cuts are deeper than at either
                inner = (inner + self.x) / 2.0
                if self.extend(outside, inner, excess):
                    continue
            if not self.extend(outside, self.x, excess):
                fixed = np.flatnonzero(reduced > _POSITIVE) if self.rational else np.empty(0, dtype=np.intp)
                return excess, self.rows[active][dual > _POSITIVE], fixed
        raise ConvergenceError(f"coalitions are still found after {_ROUNDS} linear programs", last=self.x)

    def solve(self, rows: Rows, worth: Array) -> tuple[float, Array, Array]:
        """min e with x(S) + e >= w(S) for the rows and what is settled; e, duals of the rows and of x >= 0."""
        from scipy.optimize import linprog

        found = linprog(
            np.append(np.zeros(self.k), 1.0),
            A_ub=-np.column_stack([rows, np.ones(len(rows))]), b_ub=-worth,
            A_eq=np.column_stack([self.equal, np.zeros(len(self.equal))]), b_eq=self.equal_to,
            bounds=[(0.0 if self.rational else None, None)] * self.k + [(None, None)],
            method="highs-ds", options=_LP,
        )  # fmt: skip
        if found.status != 0:
            raise SolveError(f"HiGHS finds no split of least excess: {found.message}",
                             hint="worths of very different size are beyond double precision")  # fmt: skip
        self.x = found.x[:-1]
        return float(found.x[-1]), -found.ineqlin.marginals, found.lower.marginals[:-1]

    def extend(self, outside: Integers, x: Array, excess: float) -> bool:
        """Add the coalitions of larger excess at x, and all others together, which bounds the excess below."""
        rows = self.scaled.most_violated(x, outside)
        rows = rows[self.scaled.worth(rows) - rows @ x > excess + TOLERANCE / 10]
        fresh = [row for row in np.concatenate([rows, ~rows]) if row.tobytes() not in self.known]
        fresh = list({row.tobytes(): row for row in fresh}.values())
        if not fresh:
            return False
        new = np.array(fresh)
        self.known.update(row.tobytes() for row in new)
        self.rows, self.worth = np.vstack([self.rows, new]), np.append(self.worth, self.scaled.worth(new))
        return True

    def settle(self, excess: float, rows: Rows, players: NDArray[np.intp]) -> None:
        """Keep the excess of some coalitions and some players at 0 from now on."""
        alone = np.eye(self.k, dtype=bool)[players]
        for more, to in ((rows, self.scaled.worth(rows) - excess), (alone, np.zeros(len(alone)))):
            level = dict(zip((row.tobytes() for row in more), to, strict=True))
            kept = self.span.add(more)  # dependent ones are dropped: their excess is settled already
            self.equal = np.vstack([self.equal, kept])
            self.equal_to = np.append(self.equal_to, [level[row.tobytes()] for row in kept])


def least_core(value: ArrayLike | Separation, *, rational: bool = False) -> LeastCore:
    """Least largest excess that a split of the worth of all can leave, and a split that attains it.

    Parameters
    ----------
    value : array (2^k,) or Separation
        Gain game; costs enter below zero. For a callable see `megaregion.core.separation.game`.
    rational : bool
        Nobody may get less than alone.

    Returns
    -------
    LeastCore
        The excess is unique, the split is a vertex and one of many; the nucleolus is the one to use.

    Raises
    ------
    InputError
        The worths are no game.
    InfeasibleError
        `rational`, and all together have less than the sum of what everybody has alone.
    SolveError
        HiGHS gives up.

    Notes
    -----
    Maschler, Peleg and Shapley (1979), Math. Oper. Res. 4(4); constraints are generated.
    """
    own = game(value)
    scaled = _scaled(own, rational)
    if own.players == 1:
        return LeastCore(scaled.alone, float("-inf"))
    level = _Level(scaled, rational=rational)
    excess, _, _ = level.lowest()
    return LeastCore(scaled.back(level.x), excess * scaled.size)


def nucleolus(value: ArrayLike | Separation, *, rational: bool = True) -> Nucleolus:
    """The split whose excesses, sorted from the largest down, are lexicographically least.

    Parameters
    ----------
    value : array (2^k,) or Separation
        Gain game; costs enter below zero. For a callable see `megaregion.core.separation.game`.
    rational : bool, default True
        Among splits that leave nobody with less than alone (the nucleolus); False among all (the prenucleolus). They
        are the same wherever adding a player to a coalition adds what this has alone or more.

    Raises
    ------
    InputError
        The worths are no game.
    InfeasibleError
        `rational`, and all together have less than the sum of what everybody has alone.
    SolveError
        HiGHS gives up, or the certificate fails.

    Notes
    -----
    Schmeidler (1969), SIAM J. Appl. Math. 17(6). Every linear program fixes only coalitions that are tight in all its
    optima: fixing those of one optimum gave wrong published values (Guajardo and Jornsten 2015, Eur. J. Oper. Res.
    241(3)). Certificate: Kohlberg (1971), SIAM J. Appl. Math. 20(1).

    Examples
    --------
    >>> nucleolus([0.0, 0.0, 0.0, 4.0]).x.round(12).tolist()
    [2.0, 2.0]
    """
    own = game(value)
    scaled = _scaled(own, rational)
    if own.players == 1:
        return Nucleolus(scaled.alone, float("-inf"), Certificate(True, 1, (), True))
    level = _Level(scaled, rational=rational)
    stages: list[tuple[float, Rows, NDArray[np.intp]]] = []
    while level.span.rank < own.players:
        before = level.span.rank
        stage = level.lowest()
        stages.append(stage)
        level.settle(*stage)
        if level.span.rank == before:
            raise SolveError("a linear program settles nothing: its duals are too small to be told from zero")
    x = scaled.back(_polished(scaled, stages, level.x))
    proof = kohlberg(own, x, rational=rational, found=[rows for _, rows, _ in stages])
    if not proof.holds:
        at = proof.levels[-1]
        names = ", ".join(coalition_name(row) for row in numbers(at.coalitions[:5]).tolist())
        raise SolveError(f"the split is not the nucleolus: coalitions of the excess {at.excess:g} are not balanced"
                         f" (players {names})", hint="scale the worths, or round them to fewer digits")  # fmt: skip
    return Nucleolus(x, proof.levels[0].excess, proof)


def kohlberg(
    value: ArrayLike | Separation, x: ArrayLike, *, rational: bool = True, found: Sequence[Rows] = ()
) -> Certificate:
    """Whether a split is the nucleolus, by linear programs that know nothing of how it was found.

    Parameters
    ----------
    value : array (2^k,) or Separation
        Gain game.
    x : array (k,)
        A split of the worth of all.
    rational : bool
        As in `nucleolus`.
    found : sequence of array (B, k) of bool
        Only where the worths are not listed: coalitions that are said to be of the largest excess outside of those
        before.

    Raises
    ------
    SolveError
        HiGHS gives up.

    Notes
    -----
    Kohlberg (1971): for every t the coalitions of excess t or more have positive weights that add up to 1 for every
    player (players who get just what they have alone may help). A coalition in the span of balanced ones can always be
    given a small weight, so only those outside of it are tested, until nothing is outside.
    """
    own, split = game(value), np.asarray(x, dtype=np.float64)
    scaled = _Scaled.of(own)
    close = TOLERANCE * scaled.size
    proper = isinstance(own, Enumerated)
    exact = abs(split.sum() - float(own.worth(np.ones((1, own.players), dtype=bool))[0])) <= close
    at_least = rational and bool((split < scaled.alone - close).any())
    helpers = np.flatnonzero(np.abs(split - scaled.alone) <= close) if rational else np.empty(0, dtype=np.intp)
    span, levels = Span(own.players), list[Level]()
    holds, stages = exact and not at_least, iter(found)
    while holds and span.rank < own.players:
        outside = span.outside()
        if isinstance(own, Enumerated):
            rows = own.tight(split, outside, close)
        else:
            rows = span.without(next(stages, np.empty((0, own.players), dtype=bool)))
        excess = own.worth(rows) - rows @ split
        if not len(rows):
            return Certificate(False, span.rank, tuple(levels), proper)
        if not proper:
            top = own.most_violated(split, outside)[:1]
            holds = bool(excess.min() >= float((own.worth(top) - top @ split)[0]) - 10 * close)
        weights, needed = _balance(rows, helpers, outside)
        holds = holds and bool(np.isfinite(weights).all())
        levels.append(Level(float(excess.max()), rows, weights, needed))
        span.add(rows)
        span.add(np.eye(own.players, dtype=bool)[needed])
    return Certificate(holds, span.rank, tuple(levels), proper)


def _balance(rows: Rows, helpers: NDArray[np.intp], outside: Integers) -> tuple[Array, NDArray[np.intp]]:
    """Weights >= 1 of coalitions that, with helpers >= 0, add up to something in the span; NaN if there are none."""
    from scipy.optimize import linprog

    vectors = np.vstack([rows, np.eye(rows.shape[1], dtype=bool)[helpers]]).astype(np.int64) @ outside
    lower = np.append(np.ones(len(rows)), np.zeros(len(helpers)))
    found = linprog(
        np.ones(len(vectors)), A_eq=vectors.T, b_eq=np.zeros(outside.shape[1]), method="highs",
        bounds=np.column_stack([lower, np.full(len(vectors), np.inf)]),
    )  # fmt: skip
    if found.status == 2:
        return np.full(len(rows), np.nan), np.empty(0, dtype=np.intp)
    if found.status != 0:
        raise SolveError(f"HiGHS cannot tell whether coalitions are balanced: {found.message}")
    return found.x[: len(rows)], helpers[found.x[len(rows) :] > _POSITIVE]


def _scaled(own: Separation, rational: bool) -> _Scaled:
    scaled = _Scaled.of(own)
    if rational and scaled.grand < -TOLERANCE:
        total = scaled.alone.sum()
        raise InfeasibleError(
            f"all together have {total + scaled.grand * scaled.size:g}, less than the {total:g} that they have alone",
            hint="nobody need join; rational=False splits the loss all the same (prenucleolus)",
        )
    if rational and scaled.grand < 0.0:  # a loss of rounding
        return _Scaled(own, scaled.alone + scaled.grand * scaled.size / own.players, scaled.size, 0.0)
    return scaled


def _polished(scaled: _Scaled, stages: Sequence[tuple[float, Rows, NDArray[np.intp]]], x: Array) -> Array:
    """The same split to full precision: who is tight where determines x and all excesses as one linear system."""
    k = len(x)
    left, right = [np.append(np.ones(k), np.zeros(len(stages)))[None]], [np.array([scaled.grand])]
    for number, (_, rows, players) in enumerate(stages):
        level = np.zeros((len(rows), len(stages)))
        level[:, number] = 1.0
        left += [np.hstack([rows, level]), np.hstack([np.eye(k)[players], np.zeros((len(players), len(stages)))])]
        right += [scaled.worth(rows), np.zeros(len(players))]
    found, _, rank, _ = np.linalg.lstsq(np.vstack(left), np.concatenate(right), rcond=None)
    return found[:k] if rank == k + len(stages) else x
