"""Solutions of the equilibrium for many scenarios at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from megaregion.core.fixed_point import anderson
from megaregion.equilibrium.model import Array, Economy, Shocks, System

TOLERANCE = 1e-11
_BATCH_BYTES = 1 << 27  # kernels of one batch; more gains no speed


@dataclass(frozen=True, eq=False, kw_only=True)
class Equilibria:
    """Changes against the baseline, factors; one row a scenario.

    Attributes
    ----------
    wage, population, price, rent, real_income, utility : array (batch, n)
        Nominal wage, residents, price of tradables, rent of floor space, real income w/(P^alpha q^(1-alpha))
        and utility (real income times amenity).
    welfare : array (batch,)
        Expected utility of the free-to-move resident; NaN where nobody may move, since each place then has
        its own.
    iterations : array (batch,), int
    residual : array (batch,)
    """

    wage: Array
    population: Array
    price: Array
    rent: Array
    real_income: Array
    utility: Array
    welfare: Array
    iterations: NDArray[np.int64]
    residual: Array

    @property
    def converged(self) -> bool:
        """Whether every scenario met the tolerance; `solve` raises otherwise, so that this is a record."""
        return bool((self.residual <= TOLERANCE).all())


def solve(
    economy: Economy, shocks: Sequence[Shocks], *, mobile: bool = True, tolerance: float = TOLERANCE
) -> Equilibria:
    """New equilibrium of every scenario, from the same baseline.

    Parameters
    ----------
    economy : Economy
    shocks : sequence of Shocks
        One a scenario; may be empty.
    mobile : bool
        Whether people move.
    tolerance : float
        On the residual: the largest log gap in any goods market or place of residence.

    Raises
    ------
    ConvergenceError
        A scenario is unsolved; carries the last iterates.
    """
    size = max(1, _BATCH_BYTES // (8 * economy.size**2))
    parts = [_solve(economy, shocks[i : i + size], mobile, tolerance) for i in range(0, len(shocks), size)] or [
        _empty(economy.size)
    ]
    if len(parts) == 1:
        return parts[0]
    return Equilibria(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Equilibria)})


def _solve(economy: Economy, shocks: Sequence[Shocks], mobile: bool, tolerance: float) -> Equilibria:
    system = System(economy, shocks, mobile=mobile)
    found = anderson(system, system.start(), tolerance=tolerance)
    at = system.evaluate(found.x)
    return Equilibria(
        wage=np.exp(at.wage),
        population=np.exp(at.population),
        price=np.exp(at.price),
        rent=np.exp(at.rent),
        real_income=np.exp(at.real_income),
        utility=np.exp(at.utility),
        welfare=np.exp(at.welfare) if mobile else np.full(len(shocks), np.nan),
        iterations=found.iterations,
        residual=found.residual,
    )


def _empty(n: int) -> Equilibria:
    row, one = np.empty((0, n)), np.empty(0)
    return Equilibria(
        wage=row, population=row, price=row, rent=row, real_income=row, utility=row,
        welfare=one, iterations=np.empty(0, dtype=np.int64), residual=one,
    )  # fmt: skip
