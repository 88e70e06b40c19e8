"""Models of the literature through the one solver: each preset against a solution or an identity of its own paper.

Allen and Arkolakis (2014), QJE 129(3): two integral equations, solved here as an eigenvalue problem. Redding (2016),
J. Int. Econ. 101: welfare from own trade shares and residents alone. Tombe and Zhu (2019), AER 109(5): a baseline that
clears every sector. Not reproduced: the applications of these papers, which need their data.
"""

import math

import numpy as np
import pytest

from megaregion.equilibrium.economy import CLEARING
from megaregion.equilibrium.presets import (
    allen_arkolakis_2014,
    from_fundamentals,
    redding_2016,
    tombe_zhu_2019,
    tombe_zhu_economy,
)
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import solve
from megaregion.errors import InputError


def iceberg(n: int, seed: int) -> np.ndarray:
    """Costs that are not symmetric, one at home."""
    cost = 1.0 + np.random.default_rng(seed).uniform(0.1, 0.9, (n, n))
    np.fill_diagonal(cost, 1.0)
    return cost


def around(n: int, seed: int, spread: float = 0.3) -> np.ndarray:
    return np.exp(np.random.default_rng(seed).normal(0, spread, n))


def allen_arkolakis(
    t: np.ndarray, a: np.ndarray, u: np.ndarray, *, sigma: float, alpha: float, beta: float
) -> tuple[np.ndarray, float]:
    """Population (mean one) and welfare of the two integral equations, by iteration to rounding.

    L^(1-alpha(sigma-1)) w^sigma =chi sum_n T_ni^(1-sigma) A_i^(sigma-1) u_n^(sigma-1) L_n^(1+beta(sigma-1)) w_n^sigma
    L^(beta(1-sigma)) w^(1-sigma) = chi sum_i T_ni^(1-sigma) A_i^(sigma-1) u_n^(sigma-1) L_i^(alpha(sigma-1))
    w_i^(1-sigma)
    with chi = W^(1-sigma); T rows destination, columns origin.
    """
    s = sigma - 1
    kernel = t**-s * a[None, :] ** s * u[:, None] ** s
    exponents = np.array([[1 - alpha * s, sigma], [-beta * s, -s]])
    size = wage = np.ones(len(a))
    for _ in range(5_000):
        f = kernel.T @ (size ** (1 + beta * s) * wage**sigma)
        g = kernel @ (size ** (alpha * s) * wage**-s)
        new_size, new_wage = np.exp(np.linalg.solve(exponents, np.log(np.stack([f, g]))))
        new_size, new_wage = new_size / new_size.mean(), new_wage / new_wage.mean()
        change = max(np.abs(new_size / size - 1).max(), np.abs(new_wage / wage - 1).max())
        size, wage = np.sqrt(size * new_size), np.sqrt(wage * new_wage)
        size, wage = size / size.mean(), wage / wage.mean()
        if change < 1e-14:
            break
    f = kernel.T @ (size ** (1 + beta * s) * wage**sigma)
    g = kernel @ (size ** (alpha * s) * wage**-s)
    eigen = np.stack([size ** (1 - alpha * s) * wage**sigma / f, size ** (-beta * s) * wage**-s / g])
    np.testing.assert_allclose(eigen, eigen[0, 0], rtol=1e-12)
    return size, float(eigen[0, 0]) ** (-1 / s)


@pytest.mark.parametrize("epsilon", [math.inf, 2.5])
def test_allen_arkolakis_2014(epsilon: float) -> None:
    """N = 20: levels and changes of population, and W = chi^(-1/theta), to 1e-10, without tastes and with."""
    n, form = 20, {"sigma": 5.0, "alpha": 0.1, "beta": -0.3}
    t, a, u = iceberg(n, 1), around(n, 2), around(n, 3)
    t_hat, a_hat, u_hat = np.random.default_rng(4).uniform(0.8, 1.1, (n, n)), around(n, 5, 0.1), around(n, 6, 0.1)
    before, after = allen_arkolakis(t, a, u, **form), allen_arkolakis(t * t_hat, a * a_hat, u * u_hat, **form)
    economy = from_fundamentals(allen_arkolakis_2014(**form, epsilon=epsilon), cost=t, productivity=a, amenity=u)
    np.testing.assert_allclose(economy.residents, before[0], rtol=1e-10)
    got = solve(economy, [Shock(trade_cost=t_hat, productivity=a_hat, amenity=u_hat)], tolerance=1e-13)
    np.testing.assert_allclose(got.residents[0], after[0] / before[0], rtol=1e-10)
    np.testing.assert_allclose(got.welfare[0, 0], after[1] / before[1], rtol=1e-10)


def test_allen_arkolakis_needs_tastes_where_people_attract_people() -> None:
    with pytest.raises(InputError, match="perfect mobility needs crowding"):
        allen_arkolakis_2014(beta=0.05)
    assert allen_arkolakis_2014(alpha=-0.1, beta=0.05, epsilon=2.0).amenity_spill == pytest.approx(0.55)


@pytest.mark.parametrize("alpha", [0.75, 0.9])
def test_redding_2016(alpha: float) -> None:
    """W = [sum_n R_n (pi_nn^(-alpha/theta) R_n^(alpha-1))^epsilon]^(1/epsilon) for any change of trade costs."""
    n, theta, epsilon = 25, 4.0, 3.0
    e = redding_2016(theta=theta, epsilon=epsilon, alpha=alpha)
    cost = iceberg(n, 7)
    economy = from_fundamentals(
        e, cost=cost, productivity=around(n, 8), amenity=around(n, 9), floor_space=around(n, 10)
    )
    change = np.random.default_rng(11).uniform(0.7, 1.1, (n, n))
    np.fill_diagonal(change, 1.0)
    got = solve(economy, [Shock(trade_cost=change)], tolerance=1e-13)
    bought = economy.trade[0] * (change * got.wage[0, 0]) ** -theta
    own = np.diag(bought / bought.sum(axis=1, keepdims=True)) / np.diag(economy.trade[0])
    weight = economy.residents / economy.residents.sum()
    gain = own ** (-alpha / theta) * got.residents[0] ** (alpha - 1)
    identity = (weight @ gain**epsilon) ** (1 / epsilon)
    assert abs(identity - 1) > 0.01
    np.testing.assert_allclose(got.welfare[0, 0], identity, rtol=1e-10)


@pytest.fixture
def registered() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """People by registration and work in 5 regions and 2 sectors, wages and costs."""
    r, rng = 5, np.random.default_rng(12)
    people = rng.uniform(0.0, 0.05, (2 * r, 2 * r))
    people[:, :r] *= 0.2  # few move to fields
    np.fill_diagonal(people, np.repeat([1.0, 2.5], r))
    wage = np.stack([rng.uniform(0.8, 1.1, r), rng.uniform(2.0, 3.0, r)])
    return people, wage, np.stack([iceberg(r, 13), iceberg(r, 14)])


def test_tombe_zhu_2019(registered: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    """Sales, spending and people of every sector and place add up, and T(0) <= 1e-12."""
    people, wage, cost = registered
    economy = tombe_zhu_economy(tombe_zhu_2019(), migrants=people, wage=wage, cost=cost)
    assert economy.problems() == []
    assert economy.clearing_residual() <= CLEARING
    np.testing.assert_allclose(economy.groups[:, None] * economy.location, people, rtol=1e-14)
    # their accounts from scratch: goods sold by a region and sector = spending on it anywhere
    e = economy.elasticities
    payroll = wage * people.sum(axis=0).reshape(2, 5)
    sales = payroll / np.array([[0.27], [0.19]])
    land = np.array([[0.32], [0.16]]) * sales
    used = np.array([[0.16, 0.25], [0.04, 0.61]])
    demand = e.spending[:, None, None] * (payroll + land) + np.einsum(
        "ks,kr->skr", used, sales
    )  # by sector of the buyer
    shares = economy.trade.reshape(2, 2, 5, 2, 5)  # good, buyer's sector and region, seller's sector and region
    sold = np.einsum("sarbt,sar->sbt", shares, demand)
    for s in range(2):
        np.testing.assert_allclose(sold[s, s], sales[s], rtol=1e-11)
        assert (sold[s, 1 - s] == 0).all()
    still = solve(economy, [Shock()])
    assert still.iterations[0] == 0
    np.testing.assert_array_equal(still.welfare, 1.0)


def test_tombe_zhu_reforms_of_registration(registered: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    """Cheaper moves from fields to towns: more people leave the fields, and those registered there gain."""
    people, wage, cost = registered
    economy = tombe_zhu_economy(tombe_zhu_2019(), migrants=people, wage=wage, cost=cost)
    cheaper = np.ones((10, 10))
    cheaper[:5, 5:] = 0.8
    got = solve(economy, [Shock(migration_cost=cheaper)])
    assert economy.residents[:5] @ got.residents[0, :5] < economy.residents[:5].sum()
    assert (got.welfare[0, :5] > 1).all()


def test_tombe_zhu_refuses_what_cannot_close(registered: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    """Fields that sell less than firms use of their goods, and tables that do not fit."""
    people, wage, cost = registered
    with pytest.raises(InputError, match="spending shares of the sectors would be"):
        tombe_zhu_economy(tombe_zhu_2019(), migrants=people, wage=wage * [[0.01], [1.0]], cost=cost)
    with pytest.raises(InputError, match=r"expected wage \(2, r\)"):
        tombe_zhu_economy(tombe_zhu_2019(), migrants=people[:9, :9], wage=wage, cost=cost)
