"""What welfare is looked at: of society, of one group, or in money."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from megaregion.equilibrium.economy import Economy

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class SocialWelfare:
    """The welfare level that, given to all alike, society would value as it values the present distribution.

    Attributes
    ----------
    weights : array (G,), optional
        Weight of a member of each group; default one, so that groups count by their mass.
    aversion : float
        To inequality between groups, eta >= 0; one is the mean of logs.
    level : array (G,), optional
        Welfare of each group in the baseline, in one unit for all; needed unless the aversion is one.

    Notes
    -----
    Atkinson (1970), J. Econ. Theory 2(3): Omega = sum_g p_g W_g^(1 - eta) / (1 - eta), p the normalised weights times
    masses, sum p_g ln W_g at eta = 1. Reported is ln of ((1 - eta) Omega)^(1 / (1 - eta)), the equally distributed
    equivalent: it ranks as Omega does, is Omega at eta = 1, and its changes are shares of welfare for every eta. With
    S = sum_g p_g W_g^(1 - eta), dOmega = S x what is reported.
    """

    weights: Array | None = None
    aversion: float = 1.0
    level: Array | None = None

    @property
    def name(self) -> str:
        """Name in tables."""
        return "social" if self.aversion == 1.0 else f"social, aversion {self.aversion:g}"

    def shares(self, economy: Economy) -> Array:
        """Weight of each group, sum one (G,)."""
        mass = economy.groups if self.weights is None else np.asarray(self.weights, dtype=np.float64) * economy.groups
        out: Array = mass / mass.sum()
        return out

    def derivative(self, economy: Economy, welfare: Array) -> Array:
        """In ln of the welfare of each group (G,), at the factors `welfare` (G,)."""
        part = self.shares(economy) * self._level(economy, welfare) ** (1.0 - self.aversion)
        out: Array = part / part.sum()
        return out

    def change(self, economy: Economy, before: Array, after: Array) -> Array:
        """Of the ln of the equivalent between two rows of factors (..., G) -> (...)."""
        p = self.shares(economy)
        if self.aversion == 1.0:
            return np.asarray((np.log(after) - np.log(before)) @ p)
        power = 1.0 - self.aversion
        new, old = (self._level(economy, w) ** power @ p for w in (after, before))
        return np.asarray(np.log(new / old) / power)

    def problems(self, economy: Economy) -> list[str]:
        """What does not fit the economy; empty if all does."""
        out = []
        for name, value in (("weights", self.weights), ("level", self.level)):
            if value is None:
                continue
            given = np.asarray(value, dtype=np.float64)
            if given.shape != economy.groups.shape or not np.isfinite(given).all():
                out.append(f"social welfare: {name} must be {economy.groups.size} finite numbers, one a group")
            elif (given < 0).any() or not given.any() or (name == "level" and (given <= 0).any()):
                out.append(f"social welfare: {name} must be above zero")
        if not (self.aversion >= 0 and np.isfinite(self.aversion)):
            out.append(f"social welfare: aversion must be >= 0, got {self.aversion!r}")
        if self.aversion != 1.0 and self.level is None:
            out.append("social welfare: an aversion other than one needs the baseline level of each group")
        return out

    def _level(self, economy: Economy, welfare: Array) -> Array:
        return welfare if self.level is None else welfare * np.asarray(self.level, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class OneGroup:
    """Ln of the welfare of a member of one group."""

    number: int

    @property
    def name(self) -> str:
        """Name in tables."""
        return f"group {self.number}"

    def derivative(self, economy: Economy, welfare: Array) -> Array:
        """In ln of the welfare of each group (G,)."""
        out = np.zeros(welfare.shape)
        out[self.number] = 1.0
        return out

    def change(self, economy: Economy, before: Array, after: Array) -> Array:
        """Between two rows of factors (..., G) -> (...)."""
        return np.asarray(np.log(after[..., self.number]) - np.log(before[..., self.number]))

    def problems(self, economy: Economy) -> list[str]:
        """What does not fit the economy; empty if all does."""
        fits = 0 <= self.number < economy.groups.size
        return [] if fits else [f"there is no group {self.number}: groups are 0 to {economy.groups.size - 1}"]


@dataclass(frozen=True, eq=False)
class Money:
    """Sum over groups of the income that at baseline prices would do the same, in the unit of wages times people.

    Notes
    -----
    EV_g = N_g (sum_n m_gn v_n)(W_g - 1), W_g the factor on welfare: utility is of degree one in income. Rents of
    landlords and of production land are not in it.
    """

    @property
    def name(self) -> str:
        """Name in tables."""
        return "money"

    @staticmethod
    def income(economy: Economy) -> Array:
        """Earnings of all members of each group in the baseline (G,)."""
        out: Array = economy.groups * (economy.location @ economy.income)
        return out

    def derivative(self, economy: Economy, welfare: Array) -> Array:
        """In ln of the welfare of each group (G,)."""
        return self.income(economy) * welfare

    def change(self, economy: Economy, before: Array, after: Array) -> Array:
        """Between two rows of factors (..., G) -> (...)."""
        return np.asarray((after - before) @ self.income(economy))

    def problems(self, economy: Economy) -> list[str]:
        """Nothing can be wrong."""
        return []
