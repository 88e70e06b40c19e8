"""Redding and Rossi-Hansberg (2017), Annual Review of Economics 9: two countries of 15 x 30 places each.

Published: without the border between the countries welfare rises by .3 and .2 per cent (west, east), without the
frictions between all places by 2.3 and 1.3, printed to one digit. Productivities are those of the authors' programs
(`rrh2017_log_productivity_30x30.csv`, column by column). Their loop needs 14,246 passes; the ranges of population
below come from it, run to rounding at six decimals. A second witness solves the levels as an eigenvalue
problem, which the symmetry of costs allows, and shares no line with the package.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq

from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.presets import from_fundamentals, redding_rossi_hansberg_2017
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import Equilibria, solve

ALPHA, SIGMA = 0.75, 5.0
SIDE, WORKERS, LAND = 30, 153_889.0, 100.0


@dataclass(frozen=True)
class Grid:
    """Fundamentals; `distance` holds the cost without any border, `cell` and `country` the factors of borders."""

    productivity: np.ndarray
    west: np.ndarray
    distance: np.ndarray
    cell: np.ndarray
    country: np.ndarray


@pytest.fixture(scope="module")
def grid(shared_data: Path) -> Grid:
    log = np.loadtxt(shared_data / "reference/spatial-equilibrium/rrh2017_log_productivity_30x30.csv").ravel()
    number = np.arange(SIDE**2)
    x, y = number // SIDE, number % SIDE
    west = x < SIDE // 2
    apart = np.abs(np.stack([x[:, None] - x, y[:, None] - y]))
    steps = apart.max(axis=0) + (np.sqrt(2) - 1) * apart.min(axis=0)  # moves to the eight neighbours
    np.fill_diagonal(steps, 1.0)
    for side in (west, ~west):
        log[side] -= log[side].mean()
    other = ~np.eye(number.size, dtype=bool)
    country = np.where(west[:, None] != west, 2.0, 1.0)
    return Grid(np.exp(log), west, steps**0.33, np.where(other, 2.0, 1.0), country)


@pytest.fixture(scope="module")
def economy(grid: Grid) -> Economy:
    return from_fundamentals(
        redding_rossi_hansberg_2017(sigma=SIGMA, alpha=ALPHA),
        cost=grid.distance * grid.cell * grid.country, productivity=grid.productivity,
        floor_space=np.full(grid.west.size, LAND), members=np.full(2, WORKERS / 2),
        places=np.stack([grid.west, ~grid.west]),
    )  # fmt: skip


@pytest.fixture(scope="module")
def freed(grid: Grid, economy: Economy) -> Equilibria:
    """Without the border between countries; without frictions between places."""
    return solve(economy, [Shock(trade_cost=1 / grid.country), Shock(trade_cost=1 / grid.cell)], tolerance=1e-12)


def levels(grid: Grid, cost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Population (n,) and welfare (2,) from the primitives, for symmetric costs.

    Symmetry gives P^(1-sigma) = c a^(1-sigma) w^sigma; with L = (w/P)^(alpha/(1-alpha)) H V^(-1/(1-alpha)), V welfare
    by country, the price index is one equation in w whose iteration contracts by .55. What is left is the
    relative V at which the countries have their workers.
    """
    kernel = cost ** (1 - SIGMA)
    a, west = grid.productivity, grid.west
    power = ALPHA / (1 - ALPHA)

    def at(gap: float) -> tuple[np.ndarray, np.ndarray]:
        """Wages and unscaled population, welfare of the east e^gap times that of the west."""
        worse = np.where(west, 1.0, np.exp(-gap / (1 - ALPHA)))
        log = np.zeros(a.size)
        for _ in range(200):
            w = np.exp(log)
            price = w ** (-SIGMA / (SIGMA - 1)) * a
            people = (w / price) ** power * worse
            new = np.log(kernel @ (people * (a / w) ** (SIGMA - 1)) * a ** (SIGMA - 1)) / SIGMA
            new -= new.mean()
            if np.abs(new - log).max() < 1e-15:
                break
            log = new
        return w, people

    def surplus(gap: float) -> float:
        people = at(gap)[1]
        return float(np.log(people[west].sum() / people[~west].sum()))

    gap = brentq(surplus, -0.5, 0.5, xtol=1e-15, rtol=1e-14)
    w, people = at(gap)
    people = people * WORKERS / people.sum()
    price = (kernel @ (people * (w / a) ** (1 - SIGMA))) ** (1 / (1 - SIGMA))
    utility = (w / price) ** ALPHA * (LAND / people) ** (1 - ALPHA)
    for side in (west, ~west):
        np.testing.assert_allclose(utility[side], utility[side][0], rtol=1e-11)
    return people, np.array([utility[west].mean(), utility[~west].mean()])


def test_published_welfare(freed: Equilibria) -> None:
    """Per cent, west and east, to the printed digit."""
    np.testing.assert_array_equal((100 * (freed.welfare - 1)).round(1), [[0.3, 0.2], [2.3, 1.3]])


def test_population_against_the_published_loop(freed: Equilibria) -> None:
    ranges = [[people.min(), people.max()] for people in freed.residents]
    np.testing.assert_allclose(ranges, [[0.96593495, 21.87122054], [0.81715959, 64.84804143]], rtol=0, atol=6e-9)


def test_levels_and_changes_against_the_eigenvalue_problem(grid: Grid, economy: Economy, freed: Equilibria) -> None:
    """The baseline from fundamentals and both counterfactuals, to 1e-9."""
    people, welfare = levels(grid, grid.distance * grid.cell * grid.country)
    np.testing.assert_allclose(economy.residents, people, rtol=1e-9)
    for row, cost in enumerate((grid.distance * grid.cell, grid.distance * grid.country)):
        new_people, new_welfare = levels(grid, cost)
        np.testing.assert_allclose(freed.residents[row], new_people / people, rtol=1e-9)
        np.testing.assert_allclose(freed.welfare[row], new_welfare / welfare, rtol=1e-10)


def test_welfare_from_own_trade_and_population(grid: Grid, economy: Economy, freed: Equilibria) -> None:
    """Their formula: pi_nn^(-alpha/(sigma-1)) L_n^(-(sigma(1-alpha)-1)/(sigma-1)), the same all over a country."""
    own = np.diag(economy.trade[0])
    for row in range(2):
        # own share of the new equilibrium from the price index: pi_nn = L_n (w_n / P_n)^(1-sigma)
        relative = freed.wage[row, 0] / freed.price_index[row]
        new = freed.residents[row] * relative ** (1 - SIGMA)
        assert (own * new < 1).all()
        power = (SIGMA * (1 - ALPHA) - 1) / (SIGMA - 1)
        formula = new ** (-ALPHA / (SIGMA - 1)) * freed.residents[row] ** -power
        for group, side in enumerate((grid.west, ~grid.west)):
            np.testing.assert_allclose(formula[side], freed.welfare[row, group], rtol=1e-10)
