"""Linear span of coalitions, in exact arithmetic: which coalitions are settled once others are."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from megaregion.core.games import Rows
from megaregion.errors import SolveError

Integers = NDArray[np.int64]


class Span:
    """Span of 0/1 vectors of k players as a reduced echelon basis of fractions; starts with that of all players.

    Notes
    -----
    The coalitions in the span of all players alone are nobody and everybody, so that `outside` of a new span asks for
    proper coalitions.
    """

    def __init__(self, players: int) -> None:
        self.players = players
        self._rows: dict[int, list[Fraction]] = {}  # by pivot
        self.add(np.ones((1, players), dtype=bool))

    @property
    def rank(self) -> int:
        """Dimension."""
        return len(self._rows)

    def add(self, rows: Rows) -> Rows:
        """Extend by coalitions (B, k); returns those that were not in the span of the others, in order."""
        kept = []
        left = self.without(rows)
        while len(left):
            kept.append(left[0])
            self._extend(left[0])
            left = self.without(left[1:])
        return np.array(kept, dtype=bool).reshape(len(kept), self.players)

    def without(self, rows: Rows) -> Rows:
        """Those of some coalitions (B, k) that are not in the span."""
        if self.rank == 0:
            return rows[rows.any(axis=1)]
        out: Rows = rows[(rows.astype(np.int64) @ self.outside()).any(axis=1)]
        return out

    def outside(self) -> Integers:
        """Whole numbers (k, k - rank): a coalition is in the span if and only if it is orthogonal to all columns.

        Raises
        ------
        SolveError
            They exceed 64 bits.
        """
        columns = []
        for free in (i for i in range(self.players) if i not in self._rows):
            column = [Fraction(0)] * self.players
            column[free] = Fraction(1)
            for pivot, row in self._rows.items():
                column[pivot] = -row[free]
            scale = math.lcm(*(part.denominator for part in column))
            whole = [int(part * scale) for part in column]
            if sum(map(abs, whole)) >= 1 << 62:
                raise SolveError("the span of the coalitions needs whole numbers beyond 64 bits")
            columns.append(whole)
        return np.array(columns, dtype=np.int64).reshape(len(columns), self.players).T

    def _extend(self, vector: NDArray[np.bool_]) -> None:
        """Reduce a vector that is not in the span, and the rest by it."""
        new = [Fraction(int(part)) for part in vector]
        for pivot, row in self._rows.items():
            if factor := new[pivot]:
                new = [a - factor * b for a, b in zip(new, row, strict=True)]
        lead = next(i for i, part in enumerate(new) if part)
        new = [part / new[lead] for part in new]
        for pivot, row in self._rows.items():
            if factor := row[lead]:
                self._rows[pivot] = [a - factor * b for a, b in zip(row, new, strict=True)]
        self._rows[lead] = new
