"""The best set of measures that parties agree to: every party must gain enough, with or without side payments."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from megaregion.core.games import coalitions
from megaregion.core.solver_banner import without_banner
from megaregion.errors import SolveError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
LARGEST_LISTED = 14  # measures up to which every set is looked at
TOLERANCE = 1e-9  # of the largest sum of gains: below it two sums are equal
_SOLVER = 1e-7  # what HiGHS takes for feasible, in gains scaled to one


class Choice(NamedTuple):
    """A set of measures.

    Attributes
    ----------
    chosen : (m,) booleans
    gains : (n,) array
        Of each party before payments.
    payments : float
        Smallest sum of side payments that lifts every party asked to what it needs.
    """

    chosen: Bools
    gains: Floats
    payments: float


class Menu(Protocol):
    """Sets of measures that could be agreed on."""

    def best(self, need: Floats, *, asked: Bools, limit: float) -> Choice | None:
        """The set of largest total gain in which every party asked gets what it needs; None if there is none.

        Parameters
        ----------
        need : (n,) array
            Least gain of each party after payments.
        asked : (n,) booleans
            Parties that must consent; the others neither pay nor receive, and their gains still count in the total.
        limit : float
            Largest sum of side payments; 0 for none, infinity without limit.
        """

    def highest(self, party: int) -> float:
        """Largest gain that a party gets from any set."""


@dataclass(frozen=True, eq=False)
class Listed:
    """Every set is there with its gains, which need not add up.

    Attributes
    ----------
    sets : (s, m) booleans
    gains : (s, n) array
    """

    sets: Bools
    gains: Floats

    def best(self, need: Floats, *, asked: Bools, limit: float) -> Choice | None:
        """Of equal totals the smallest payments, then the fewest measures, then the first row."""
        slack = TOLERANCE * max(float(np.abs(self.gains).sum(axis=1).max(initial=0.0)), float(np.abs(need).sum()))
        above = np.where(asked, self.gains - need, 0.0)
        short = np.maximum(-above, 0.0).sum(axis=1)
        good = np.flatnonzero((above.sum(axis=1) >= -slack) & (short <= limit + slack))
        if not len(good):
            return None
        total = self.gains[good].sum(axis=1)
        good = good[total >= total.max() - slack]
        good = good[short[good] <= short[good].min() + slack]
        row = good[np.argmin(self.sets[good].sum(axis=1))]
        return Choice(self.sets[row], self.gains[row], float(short[row]) if short[row] > slack else 0.0)

    def highest(self, party: int) -> float:
        """Largest entry of the column."""
        return float(self.gains[:, party].max())


@dataclass(frozen=True, eq=False)
class Additive:
    """Gains of measures add up; sets are found by mixed-integer programs (HiGHS).

    Attributes
    ----------
    gains : (m, n) array
        Of each party from each measure.
    cost : (m,) array
    budget : float
        On the sum of costs; infinity for none.
    requires, excludes : sequence of pairs of int
        (a, b): a only with b; a never with b.
    """

    gains: Floats
    cost: Floats
    budget: float
    requires: Sequence[tuple[int, int]] = ()
    excludes: Sequence[tuple[int, int]] = ()

    def listed(self) -> Listed:
        """Every set that budget, requires and excludes allow."""
        sets = coalitions(len(self.gains))
        good = np.ones(len(sets), dtype=bool)
        if math.isfinite(self.budget):
            good = sets @ self.cost <= self.budget * (1 + TOLERANCE)
        for a, b in self.requires:
            good &= ~sets[:, a] | sets[:, b]
        for a, b in self.excludes:
            good &= ~(sets[:, a] & sets[:, b])
        return Listed(sets[good], sets[good] @ self.gains)

    def best(self, need: Floats, *, asked: Bools, limit: float) -> Choice | None:
        """Largest total; then with that total the smallest payments; then with both the fewest measures."""
        m, n = self.gains.shape
        scale = float(np.abs(self.gains).max(initial=0.0)) or 1.0
        unit, total = self.gains / scale, np.zeros(m + 2 * n)  # measures, then received, then paid
        total[:m] = unit.sum(axis=1)
        received = np.zeros(m + 2 * n)
        received[m : m + n] = 1.0
        rows = self._rows(unit, need / scale, asked, limit / scale)
        paying = asked if limit > 0 else np.zeros(n, dtype=bool)
        first = _solve(-total, rows, m, paying)
        if first is None:
            return None
        rows.append((total, float(total @ first) - _SOLVER, np.inf))
        if limit > 0:
            second = _kept(_solve(received, rows, m, paying))
            rows.append((received, -np.inf, float(received @ second) + _SOLVER))
        count = np.where(np.arange(m + 2 * n) < m, 1.0, 0.0)
        chosen = _kept(_solve(count, rows, m, paying))[:m] > 0.5
        gains = chosen @ self.gains
        above = np.where(asked, gains - need, 0.0)
        short = float(np.maximum(-above, 0.0).sum())
        slack = 10 * _SOLVER * scale * max(1, m)
        if above.sum() < -slack or short > limit + slack or not self._allowed(chosen):
            raise SolveError(
                "the set of measures that was found breaks a constraint", hint="report this with the table"
            )
        return Choice(chosen, gains, short if short > _SOLVER * scale else 0.0)

    def highest(self, party: int) -> float:
        """By one program."""
        m, n = self.gains.shape
        scale = float(np.abs(self.gains).max(initial=0.0)) or 1.0
        goal = np.concatenate([-self.gains[:, party] / scale, np.zeros(2 * n)])
        none = np.zeros(n, dtype=bool)
        found = _kept(_solve(goal, self._rows(self.gains / scale, np.zeros(n), none, 0.0), m, none))
        return float(self.gains[found[:m] > 0.5, party].sum())

    def _rows(self, unit: Floats, need: Floats, asked: Bools, limit: float) -> list[tuple[Floats, float, float]]:
        """Constraints (row, least, most)."""
        m, n = unit.shape
        rows = []
        for i in np.flatnonzero(asked):
            row = np.zeros(m + 2 * n)
            row[:m], row[m + i], row[m + n + i] = unit[:, i], 1.0, -1.0
            rows.append((row, float(need[i]), np.inf))
        balance = np.concatenate([np.zeros(m), np.ones(n), -np.ones(n)])
        rows.append((balance, 0.0, 0.0))
        rows.append((np.maximum(balance, 0.0), 0.0, limit))
        if math.isfinite(self.budget):
            most = max(float(self.cost.max(initial=0.0)), self.budget) or 1.0
            rows.append((np.concatenate([self.cost / most, np.zeros(2 * n)]), -np.inf, self.budget / most))
        for pairs, sign, bound in ((self.requires, -1.0, 0.0), (self.excludes, 1.0, 1.0)):
            for a, b in pairs:
                row = np.zeros(m + 2 * n)
                row[a], row[b] = 1.0, sign
                rows.append((row, -np.inf, bound))
        return rows

    def _allowed(self, chosen: Bools) -> bool:
        within = chosen @ self.cost <= self.budget * (1 + 1e-6) if math.isfinite(self.budget) else True
        return bool(within) and all(chosen[b] or not chosen[a] for a, b in self.requires) and not any(
            chosen[a] and chosen[b] for a, b in self.excludes
        )  # fmt: skip


def _solve(goal: Floats, rows: list[tuple[Floats, float, float]], m: int, paying: Bools) -> Floats | None:
    """Least value of the goal; the first m variables are 0 or 1. None if nothing satisfies the rows."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    matrix, least, most = (np.array(part) for part in zip(*rows, strict=True))
    upper = np.concatenate([np.ones(m), np.tile(np.where(paying, np.inf, 0.0), 2)])
    with without_banner():
        done = milp(
            goal, constraints=LinearConstraint(matrix, least, most), bounds=Bounds(np.zeros(len(goal)), upper),
            integrality=np.arange(len(goal)) < m, options={"mip_rel_gap": 0.0},
        )  # fmt: skip
    if done.status == 2:
        return None
    if done.status != 0:
        raise SolveError(f"HiGHS ended without a proven optimum: {done.message}", hint="report this with the table")
    return np.asarray(done.x, dtype=np.float64)


def _kept(found: Floats | None) -> Floats:
    if found is None:
        raise SolveError("HiGHS lost a set that it had found", hint="scale the gains, or report this with the table")
    return found
