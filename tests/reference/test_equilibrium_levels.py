"""The equilibrium in changes against independent solutions in levels, written from the primitives.

Three witnesses that share no line with the package: the one-sector economy with housing and migration solved in
levels by scipy; the identity for welfare of Redding (2016), J. Int. Econ. 101, with fixed housing; and the
two integral equations of Allen and Arkolakis (2014), QJE 129(3), without housing, solved as an eigenvalue
problem. Not reproduced: the applications of these papers, which need their data.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.optimize import root

from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.parameters import Parameters
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import solve


@dataclass(frozen=True)
class World:
    """Primitives: iceberg costs (rows importer), productivity, amenity, land."""

    d: np.ndarray
    a: np.ndarray
    b: np.ndarray
    h: np.ndarray


def primitives(n: int, seed: int, spread: float = 1.0) -> World:
    rng = np.random.default_rng(seed)
    d = 1.0 + rng.uniform(0.2, 1.2, (n, n)) * spread  # not symmetric
    np.fill_diagonal(d, 1.0)
    return World(d, *(np.exp(rng.normal(0, 0.3 * spread, n)) for _ in range(3)))


def levels(world: World, p: Parameters) -> dict[str, np.ndarray]:
    """Wages (total income one), residents (total one) and what follows, by a general root finder."""
    n = world.a.size

    def unfold(x: np.ndarray) -> dict[str, np.ndarray]:
        w, r = np.exp(x[:n]), np.exp(x[n:])
        cost = w / (world.a * r**p.nu)
        value = (world.d * cost[None, :]) ** (-p.theta)
        price = value.sum(axis=1) ** (-1.0 / p.theta)
        pi = value / value.sum(axis=1, keepdims=True)
        rent = ((1.0 - p.alpha) * w * r * price**p.delta / world.h) ** (1.0 / (1.0 + p.delta))
        utility = world.b * r**p.amenity_spill * w / (price**p.alpha * rent ** (1.0 - p.alpha))
        return {"w": w, "r": r, "price": price, "pi": pi, "rent": rent, "utility": utility}

    def gaps(x: np.ndarray) -> np.ndarray:
        e = unfold(x)
        income = e["w"] * e["r"]
        market = np.log(e["pi"].T @ income) - np.log(income)
        attraction = e["utility"] ** p.epsilon
        home = np.log(attraction / attraction.sum()) - np.log(e["r"])
        market[0] = np.log(income.sum())  # one market clears by Walras' law; the numeraire takes its place
        return np.concatenate([market, home])

    found = root(gaps, np.concatenate([np.zeros(n), np.full(n, -np.log(n))]), method="hybr", tol=1e-14)
    for _ in range(4):  # polish to rounding: Newton with a numerical Jacobian
        x = found.x
        step = 1e-6
        jacobian = np.stack([
            (gaps(x + step * e) - gaps(x - step * e)) / (2 * step) for e in np.eye(2 * n)
        ], axis=1)  # fmt: skip
        found.x = x - np.linalg.solve(jacobian, gaps(x))
    assert np.abs(gaps(found.x)).max() < 1e-12
    out = unfold(found.x)
    out["welfare"] = np.array((out["utility"] ** p.epsilon).sum() ** (1.0 / p.epsilon))
    return out


def economy(e: dict[str, np.ndarray], p: Parameters) -> Economy:
    return Economy.one_sector(elasticities=p.structure(), trade=e["pi"], income=e["w"] * e["r"], population=e["r"])


@pytest.mark.parametrize(
    "p",
    [
        Parameters(),
        Parameters(theta=6.0, epsilon=3.3, alpha=0.7, delta=0.0, nu=0.08),
        Parameters(epsilon=1.2, delta=1.5, amenity_spill=-0.1),
    ],
)
def test_changes_equal_ratios_of_levels(p: Parameters) -> None:
    """Joint shocks to trade costs, productivity, amenity and land: every hat is the ratio of two levels to 1e-10."""
    before = primitives(8, 1)
    rng = np.random.default_rng(2)
    hat = primitives(8, 3, spread=0.2)
    d_hat = rng.uniform(0.8, 1.1, (8, 8))
    after = World(before.d * d_hat, before.a * hat.a, before.b * hat.b, before.h * hat.h)
    old, new = levels(before, p), levels(after, p)
    got = solve(
        economy(old, p),
        [Shock(trade_cost=d_hat, productivity=hat.a, amenity=hat.b, floor_space=hat.h)],
        tolerance=1e-13,
    )
    for name, key in (
        ("wage", "w"),
        ("residents", "r"),
        ("price_index", "price"),
        ("rent", "rent"),
        ("utility", "utility"),
    ):
        np.testing.assert_allclose(np.ravel(getattr(got, name)[0]), new[key] / old[key], rtol=1e-10, err_msg=name)
    np.testing.assert_allclose(got.welfare[0, 0], new["welfare"] / old["welfare"], rtol=1e-10)


def test_redding_2016_welfare_identity() -> None:
    """With fixed housing and no externality W = [sum R (pi_nn^(-alpha/theta) R_hat^-(1-alpha))^eps]^(1/eps)."""
    p = Parameters(nu=0.0, delta=0.0, amenity_spill=0.0)
    old = levels(primitives(12, 5), p)
    d_hat = np.random.default_rng(6).uniform(0.7, 1.0, (12, 12))
    np.fill_diagonal(d_hat, 1.0)
    shock = Shock(trade_cost=d_hat)
    base = economy(old, p)
    got = solve(base, [shock], tolerance=1e-13)
    own = (got.wage[0, 0] / got.price[0, 0]) ** (-p.theta)  # change of the own share, since c_hat = w_hat
    weight = old["r"] * (own ** (-p.alpha / p.theta) * got.residents[0] ** (-(1 - p.alpha))) ** p.epsilon
    np.testing.assert_allclose(got.welfare[0, 0], weight.sum() ** (1 / p.epsilon), rtol=1e-10)


def allen_arkolakis(world: World, p: Parameters) -> tuple[np.ndarray, float]:
    """Population shares and welfare from the two integral equations; beta = amenity_spill - 1/epsilon.

    w_i^(1+t) L_i^(1-at)      = W^-t sum_n d_ni^-t A_i^t u_n^t w_n^(1+t) L_n^(1+bt)
    w_n^-t L_n^-bt u_n^-t     = W^-t sum_i d_ni^-t A_i^t w_i^-t L_i^at
    """
    t, a, b = p.theta, p.nu, p.amenity_spill - 1.0 / p.epsilon
    k = world.d ** (-t)
    n = world.a.size
    w, size = np.ones(n), np.full(n, 1.0 / n)
    welfare = 1.0
    for _ in range(20_000):
        right1 = world.a**t * (k.T @ (world.b**t * w ** (1 + t) * size ** (1 + b * t)))
        right2 = world.b**t * (k @ (world.a**t * w ** (-t) * size ** (a * t)))
        # two log-linear equations in (ln w, ln L) of each place; the eigenvalue normalises the total
        matrix = np.array([[1 + t, 1 - a * t], [-t, -b * t]])
        lw, ls = np.linalg.solve(matrix, np.log(np.stack([right1, right2])))
        ls -= np.log(np.exp(ls).sum())
        lw -= np.log((np.exp(lw + ls)).sum())
        step = max(np.abs(lw - np.log(w)).max(), np.abs(ls - np.log(size)).max())
        w, size = np.exp(0.5 * lw + 0.5 * np.log(w)), np.exp(0.5 * ls + 0.5 * np.log(size))
        size /= size.sum()
        w /= (w * size).sum()
        if step < 1e-15:
            break
    right2 = world.b**t * (k @ (world.a**t * w ** (-t) * size ** (a * t)))
    ratio = (w ** (-t) * size ** (-b * t)) / right2  # W^-t in every place
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-11)
    welfare = float(ratio[0]) ** (-1.0 / t)
    return size, welfare


def test_allen_arkolakis_2014() -> None:
    """Without housing the model is Allen and Arkolakis's: population and W = (eigenvalue)^(-1/theta) to 1e-10."""
    p = Parameters(alpha=1.0, nu=0.05, amenity_spill=-0.05, epsilon=2.0, theta=4.0)
    before = primitives(20, 8)
    hat = primitives(20, 9, spread=0.2)
    d_hat = np.random.default_rng(10).uniform(0.8, 1.0, (20, 20))
    after = World(before.d * d_hat, before.a * hat.a, before.b * hat.b, before.h)
    (l0, w0), (l1, w1) = allen_arkolakis(before, p), allen_arkolakis(after, p)
    old = levels(before, p)
    np.testing.assert_allclose(old["r"], l0, rtol=1e-10)
    shock = Shock(trade_cost=d_hat, productivity=hat.a, amenity=hat.b)
    got = solve(economy(old, p), [shock], tolerance=1e-13)
    np.testing.assert_allclose(got.residents[0], l1 / l0, rtol=1e-10)
    np.testing.assert_allclose(got.welfare[0, 0], w1 / w0, rtol=1e-10)
