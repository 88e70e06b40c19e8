"""Equilibria that can be solved with a pencil: two places that are twins, and places among which goods move freely."""

import math
from typing import Any

import numpy as np
import pytest

from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.elasticities import Elasticities
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import solve

EXACT = {"rtol": 1e-11, "atol": 1e-12}


def twins(**form: Any) -> Economy:
    """Two equal places, two sectors with inputs and land, commuting, a group registered in each; wages are one.

    Sales Y solve Y_s = psi_s (sum of earnings + land income) + sum_k g_ks Y_k; own shares are .7 and .6 in trade,
    .8 in commuting, .9 in location.
    """
    labour, land = np.array([0.5, 0.4]), np.array([0.2, 0.1])
    inputs, spending = np.array([[0.1, 0.2], [0.15, 0.35]]), np.array([0.35, 0.65])
    matrix = np.eye(2) - inputs.T - np.outer(spending, labour + land)
    sales = np.linalg.svd(matrix)[2][-1]  # the null vector: sectors clear up to a scale
    workers = np.repeat((labour * sales / (labour @ sales))[:, None], 2, axis=1)

    def mirror(own: float) -> np.ndarray:
        return np.array([[own, 1 - own], [1 - own, own]])

    economy = Economy(
        elasticities=Elasticities(
            theta=[4.0, 6.0], labour=labour, land=land, inputs=inputs, nu=[0.03, 0.06], spending=spending, alpha=0.7,
            delta=0.4, epsilon=1.8, phi=4.0, amenity_spill=-0.05, **form,
        ),
        trade=np.stack([mirror(0.7), mirror(0.6)]), wage=np.ones((2, 2)), workers=workers, groups=np.ones(2),
        location=mirror(0.9), home=np.array([0, 1]), commuting=workers[:, 0, None, None] * mirror(0.8),
    )  # fmt: skip
    economy.require()
    return economy


@pytest.mark.parametrize("entry", [[0.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
@pytest.mark.parametrize(
    "closure",
    [{}, {"closure": "residents"}, {"closure": "residents", "land_only": True}, {"closure": "stayers"}],
    ids=["landlords", "residents", "residents, land only", "stayers"],
)
def test_twins_by_hand(closure: dict[str, Any], entry: list[float]) -> None:
    """What happens to both twins alike moves no worker and no wage.

    With t on trade between the places, k and f on cost and scale of commuting between them and A, T, H, B, mu, tau in
    both, where x_s = 1 + entry_s/theta_s:

        ln P_s = x_s (sum_k g_sk ln P_k - bT_s ln T_s) - ln A_s - ln(own_s + (1 - own_s) t_s^-theta_s)/theta_s
        ln q   = (delta psi.ln P - ln H)/(1 + delta)
        ln W   = ln(B tau/mu) + ln(.8 + .2 f k^-phi)/phi - alpha psi.ln P - (1 - alpha) ln q
    """
    economy = twins(entry=entry, **closure)
    e = economy.elasticities
    better, plots, floor, amenity = np.array([1.1, 0.9]), np.array([0.8, 1.3]), 1.25, 1.07
    barrier, due, trade, slow, wide = 1.3, 1.1, np.array([0.8, 1.2]), 0.7, 1.4
    apart = ~np.eye(2, dtype=bool)
    shock = Shock(
        trade_cost=np.where(apart, trade[:, None, None], 1.0), commuting_cost=np.where(apart, slow, 1.0),
        pair_scale=np.where(apart, wide, 1.0), productivity=np.outer(better, np.ones(2)), amenity=np.full(2, amenity),
        land=np.outer(plots, np.ones(2)), floor_space=np.full(2, floor), migration_cost=np.full((2, 2), barrier),
        entitlement=np.full((2, 2), due),
    )  # fmt: skip
    own, x = np.array([0.7, 0.6]), 1 + e.entry / e.theta
    direct = -x * e.land * np.log(plots) - np.log(better) - np.log(own + (1 - own) * trade**-e.theta) / e.theta
    price = np.linalg.solve(np.eye(2) - x[:, None] * e.inputs, direct)
    index = e.spending @ price
    rent = (e.delta * index - math.log(floor)) / (1 + e.delta)
    access = math.log(0.8 + 0.2 * wide * slow**-e.phi) / e.phi
    welfare = math.log(amenity * due / barrier) + access - e.alpha * index - (1 - e.alpha) * rent
    got = solve(economy, [shock], tolerance=1e-13)
    for name in ("wage", "workers", "residents", "earnings", "income"):
        np.testing.assert_allclose(getattr(got, name), 1.0, err_msg=name, **EXACT)
    np.testing.assert_allclose(np.log(got.price[0]), price[:, None] * np.ones(2), err_msg="price", **EXACT)
    np.testing.assert_allclose(np.log(got.rent), rent, err_msg="rent", **EXACT)
    np.testing.assert_allclose(np.log(got.welfare), welfare, err_msg="welfare", **EXACT)
    np.testing.assert_allclose(got.location[0], economy.location, err_msg="location", **EXACT)


@pytest.mark.parametrize("closure", ["landlords", "residents"])
@pytest.mark.parametrize("entry", [0.0, 1.0])
@pytest.mark.parametrize("epsilon", [2.0, math.inf])
def test_free_trade_by_hand(epsilon: float, entry: float, closure: str) -> None:
    """Goods move freely, so prices are the same everywhere and the model is log-linear in each place.

    With h = (1 - alpha)/(1 + delta) and s = (1 - theta nu - entry)/(1 + theta):

        ln w = theta ln A/(1 + theta) - s ln L + constant
        ln U = ln B + (1 - h) ln w - h ln L + h ln H + b ln L + constant = e - k ln L + constant
        ln L = e/(1/epsilon + k) + constant,  e = ln B + (1 - h) theta ln A/(1 + theta) + h ln H,
                                              k = (1 - h) s + h - b
    """
    rng = np.random.default_rng(41)
    people, wage = rng.uniform(0.5, 2.0, 7), rng.uniform(0.8, 1.3, 7)
    e = Elasticities.one_sector(
        theta=5.0, epsilon=epsilon, phi=4.0, alpha=0.7, delta=0.3, nu=0.04, entry=entry, amenity_spill=-0.06,
        closure=closure,
    )  # fmt: skip
    share = wage * people / (wage @ people)
    economy = Economy.one_sector(elasticities=e, trade=np.tile(share, (7, 1)), income=wage * people, population=people)
    economy.require()
    a, b, h = (np.exp(rng.normal(0, 0.2, 7)) for _ in range(3))
    theta, nu, held = 5.0, 0.04, 0.3 / 1.3
    slope = (1 - theta * nu - entry) / (1 + theta)
    pull = np.log(b) + (1 - held) * theta * np.log(a) / (1 + theta) + held * np.log(h)
    size = np.exp(pull / (1 / epsilon + (1 - held) * slope + held + 0.06))
    size *= people.sum() / (people @ size)
    pay = a ** (theta / (1 + theta)) * size**-slope
    pay *= (wage @ people) / (wage * people @ (pay * size))
    cost = pay / (a * size ** (nu + entry / theta))
    price = (share @ cost**-theta) ** (-1 / theta)
    rent = (pay * size * price**0.3 / h) ** (1 / 1.3)
    utility = b * size**-0.06 * pay / (price**0.7 * rent**0.3)
    welfare = utility[0] if math.isinf(epsilon) else ((people / people.sum()) @ utility**epsilon) ** (1 / epsilon)
    got = solve(economy, [Shock(productivity=a, amenity=b, floor_space=h)], tolerance=1e-13)
    np.testing.assert_allclose(got.residents[0], size, err_msg="residents", **EXACT)
    np.testing.assert_allclose(got.wage[0, 0], pay, err_msg="wage", **EXACT)
    np.testing.assert_allclose(got.price[0, 0], price, err_msg="price", **EXACT)
    np.testing.assert_allclose(got.rent[0], rent, err_msg="rent", **EXACT)
    np.testing.assert_allclose(got.utility[0], utility, err_msg="utility", **EXACT)
    np.testing.assert_allclose(got.welfare[0], welfare, err_msg="welfare", **EXACT)
