"""The one-sector spatial equilibrium in changes (exact-hat algebra): trade, housing, migration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from megaregion.equilibrium.parameters import Parameters

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Economy:
    """A baseline in equilibrium.

    Attributes
    ----------
    shares : array (n, n)
        Share of each origin of goods (column) in the spending of each destination (row); rows sum to one.
    income : array (n,)
        Income = spending of each place, any unit.
    population : array (n,)
        Residents of each place, any unit.
    parameters : Parameters
    """

    shares: Array
    income: Array
    population: Array
    parameters: Parameters

    @property
    def size(self) -> int:
        """Number of places."""
        return int(self.income.size)

    def clearing_residual(self) -> float:
        """Largest absolute log gap between what a place sells and what it earns; 0 in equilibrium."""
        sold = self.shares.T @ self.income
        return float(np.abs(np.log(sold / self.income)).max())


@dataclass(frozen=True, eq=False, kw_only=True)
class Shocks:
    """Exogenous changes, as factors; one is no change.

    Attributes
    ----------
    trade_cost : array (n, n)
        Factor on the cost of goods, rows destination, columns origin.
    productivity, amenity, land : array (n,)
        Factors on each place.
    """

    trade_cost: Array
    productivity: Array
    amenity: Array
    land: Array

    @classmethod
    def none(cls, n: int) -> Shocks:
        """No change in `n` places."""
        return cls(trade_cost=np.ones((n, n)), productivity=np.ones(n), amenity=np.ones(n), land=np.ones(n))


@dataclass(frozen=True, eq=False)
class Point:
    """Everything at one iterate, natural logarithms of changes, arrays (batch, n); `welfare` is (batch,)."""

    wage: Array
    population: Array
    price: Array
    rent: Array
    real_income: Array
    utility: Array
    welfare: Array
    excess_demand: Array
    chosen_population: Array


class System:
    """The map whose fixed point is the equilibrium of each scenario of a batch.

    Unknowns are ln changes of wages and, if people may move, of population: x (batch, n) or (batch, 2n).

    Parameters
    ----------
    economy : Economy
    shocks : sequence of Shocks
        One a scenario.
    mobile : bool
        Whether people move; if not, population stays and every place has its own real income.

    Notes
    -----
    With hats for changes, importer rows and K = shares * trade_cost^-theta formed once:
    unit cost c = w/(A R^nu); P^-theta = K c^-theta; rent q = (w R P^delta / H)^(1/(1+delta)); utility
    U = B R^b w/(P^alpha q^(1-alpha)); W = (sum m U^epsilon)^(1/epsilon); R = (U/W)^epsilon; wages clear
    w R Y = sum over destinations of spending; the numeraire keeps total income. One sector, one group and
    no commuting of Monte, Redding and Rossi-Hansberg (2018), AER 108(12), with housing supply homogeneous of
    degree zero in prices, so that no result depends on the numeraire.

    Every sum is taken relative to its own value at the baseline, computed by the same operations: rounding
    cancels and a scenario without shocks is at a fixed point of exactly zero.
    """

    def __init__(self, economy: Economy, shocks: Sequence[Shocks], *, mobile: bool = True) -> None:
        p = economy.parameters
        self.economy, self.mobile = economy, mobile
        self.kernel = np.stack([economy.shares * s.trade_cost ** (-p.theta) for s in shocks])
        self.log_productivity = np.log(np.stack([s.productivity for s in shocks]))
        self.log_amenity = np.log(np.stack([s.amenity for s in shocks]))
        self.log_land = np.log(np.stack([s.land for s in shocks]))
        self.mass = economy.population / economy.population.sum()
        one = np.ones((1, economy.size))
        base = np.ascontiguousarray(economy.shares)[None]  # the layout of `kernel`, so that both round alike
        self.base_price = _times(base, one)
        self.base_sold = _times_transposed(base, economy.income / self.base_price) / economy.income
        self.base_mass = _total(self.mass * one)
        self.base_income = _total(economy.income * one)
        self.wage_damping = 1.0 / (1.0 + p.theta)
        self.move_damping = 1.0 / (1.0 + p.epsilon * ((1.0 - p.alpha) / (1.0 + p.delta) - p.amenity_spill))

    @property
    def unknowns(self) -> int:
        """Unknowns of one scenario."""
        return self.economy.size * (2 if self.mobile else 1)

    def start(self) -> Array:
        """The baseline: zeros (batch, unknowns)."""
        return np.zeros((len(self.kernel), self.unknowns))

    def evaluate(self, x: Array) -> Point:
        """All endogenous changes at an iterate."""
        p, n = self.economy.parameters, self.economy.size
        wage = x[:, :n]
        people = x[:, n:] if self.mobile else np.zeros_like(wage)
        weight = np.exp(-p.theta * (wage - self.log_productivity - p.nu * people))
        raw = _times(self.kernel, weight) / self.base_price
        price = -np.log(raw) / p.theta
        spending = self.economy.income * np.exp(wage + people)
        sold = weight * _times_transposed(self.kernel, spending / (raw * self.base_price))
        excess = np.log(sold / spending / self.base_sold)
        rent = (wage + people + p.delta * price - self.log_land) / (1.0 + p.delta)
        real = wage - p.alpha * price - (1.0 - p.alpha) * rent
        utility = self.log_amenity + p.amenity_spill * people + real
        welfare = np.log(_total(self.mass * np.exp(p.epsilon * utility)) / self.base_mass) / p.epsilon
        chosen = p.epsilon * (utility - welfare[:, None]) if self.mobile else people
        return Point(wage, people, price, rent, real, utility, welfare, excess, chosen)

    def __call__(self, x: Array) -> tuple[Array, Array]:
        """The map and its residual, the largest log gap in goods markets and in places of residence."""
        at = self.evaluate(x)
        gap = at.chosen_population - at.population
        residual = np.maximum(np.abs(at.excess_demand).max(axis=1), np.abs(gap).max(axis=1))
        wage = at.wage + self.wage_damping * at.excess_demand
        people = at.population + self.move_damping * gap
        total = _total(self.economy.income * np.exp(wage + people)) / self.base_income
        wage = wage - np.log(total)[:, None]
        return (np.hstack([wage, people]) if self.mobile else wage), residual


def _times(kernel: Array, x: Array) -> Array:
    """Kernel of each scenario times its vector: (batch, n, n), (batch, n) -> (batch, n)."""
    out: Array = np.matmul(kernel, x[:, :, None])[:, :, 0]
    return out


def _times_transposed(kernel: Array, x: Array) -> Array:
    out: Array = np.matmul(x[:, None, :], kernel)[:, 0]
    return out


def _total(x: Array) -> Array:
    out: Array = x.sum(axis=1)
    return out
