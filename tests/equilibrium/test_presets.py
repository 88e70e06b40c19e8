"""Presets nest in each other as their papers say; worlds from fundamentals obey the primitives."""

import math
from typing import Any

import numpy as np
import pytest

from megaregion.equilibrium.economy import CLEARING, Economy
from megaregion.equilibrium.elasticities import Elasticities
from megaregion.equilibrium.presets import (
    allen_arkolakis_2014,
    from_commuters,
    from_fundamentals,
    monte_redding_rossi_hansberg_2018,
    redding_2016,
    redding_rossi_hansberg_2017,
    tombe_zhu_2019,
)
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import solve
from megaregion.errors import InputError


def fundamentals(n: int, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    cost = rng.uniform(1.2, 2.5, (n, n))
    np.fill_diagonal(cost, 1.0)
    names = ("productivity", "amenity", "floor_space")
    return {"cost": cost, **{name: rng.lognormal(0, 0.3, n) for name in names}}


def two_countries(n: int) -> dict[str, np.ndarray]:
    west = np.arange(n) < n // 2
    return {"members": np.array([30.0, 50.0]), "places": np.stack([west, ~west])}


def overlapping(n: int) -> dict[str, np.ndarray]:
    """One group may live everywhere, the other not in the first two places."""
    return {"members": np.array([10.0, 25.0]), "places": np.stack([np.ones(n, bool), np.arange(n) > 1])}


CASES: list[tuple[Elasticities, dict[str, Any]]] = [
    (allen_arkolakis_2014(sigma=5.0), {}),
    (allen_arkolakis_2014(sigma=5.0, epsilon=2.0), overlapping(8)),
    (redding_2016(), {}),
    (redding_2016(increasing_returns=True), overlapping(8)),
    (redding_rossi_hansberg_2017(), two_countries(8)),
    (monte_redding_rossi_hansberg_2018(), overlapping(8)),
]


@pytest.mark.parametrize(("e", "who"), CASES)
def test_worlds_from_fundamentals_obey_the_primitives(e: Elasticities, who: dict[str, Any]) -> None:
    """Prices, rents, utility, choices and markets from their definitions, for each preset and overlapping groups."""
    n, given = 8, fundamentals(8, 21)
    economy = from_fundamentals(e, **given, **who)
    assert economy.problems() == []
    theta, w, people = e.theta[0], economy.wage[0], economy.residents
    firms = people ** (theta * e.nu[0] + e.entry[0])
    offer = firms * (given["cost"] * w / given["productivity"]) ** -theta
    price = offer.sum(axis=1) ** (-1 / theta)
    np.testing.assert_allclose((offer / offer.sum(axis=1, keepdims=True)).T @ (w * people), w * people, rtol=1e-9)
    rent = (w * people / given["floor_space"] * price**e.delta) ** (1 / (1 + e.delta))
    utility = given["amenity"] * people**e.amenity_spill * w / (price**e.alpha * rent ** (1 - e.alpha))
    places = who.get("places", np.ones((1, n), dtype=bool))
    np.testing.assert_allclose(economy.groups, who.get("members", [n]))
    for share, allowed in zip(economy.location, places, strict=True):
        assert (share[~allowed] == 0).all()
        if math.isinf(e.epsilon):
            np.testing.assert_allclose(utility[allowed], utility[allowed][0], rtol=1e-9)
        else:
            pull = utility**e.epsilon * allowed
            np.testing.assert_allclose(share, pull / pull.sum(), rtol=1e-8)


def test_without_commuting_spillovers_and_supply_mrrh_is_redding() -> None:
    """Monte, Redding and Rossi-Hansberg (2018) with delta = nu = 0 and no commuters is Redding (2016) with firms."""
    given = fundamentals(9, 22)
    shock = Shock(trade_cost=np.full((9, 9), 0.8), productivity=np.linspace(0.9, 1.2, 9))
    one, two = (
        solve(from_fundamentals(e, **given), [shock])
        for e in (
            monte_redding_rossi_hansberg_2018(sigma=4.0, alpha=0.75, epsilon=3.0, delta=0.0, nu=0.0),
            redding_2016(theta=3.0, epsilon=3.0, alpha=0.75, increasing_returns=True),
        )
    )
    np.testing.assert_allclose(one.welfare, two.welfare, rtol=1e-10)
    np.testing.assert_allclose(one.residents, two.residents, rtol=1e-9)


def test_weak_tastes_are_nearly_perfect_mobility() -> None:
    """Redding (2016) with firms tends to Redding and Rossi-Hansberg (2017) as 1/epsilon."""
    given = fundamentals(6, 23)
    del given["amenity"]
    shock = [Shock(productivity=np.linspace(1.0, 1.1, 6))]
    limit = solve(from_fundamentals(redding_rossi_hansberg_2017(sigma=5.0), **given), shock).residents
    gaps = []
    for epsilon in (400.0, 800.0):
        e = redding_2016(theta=4.0, epsilon=epsilon, increasing_returns=True)
        gaps.append(np.abs(solve(from_fundamentals(e, **given), shock).residents - limit).max())
    assert gaps[0] / gaps[1] == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize("sigma", [5.0, 7.0])
def test_elasticities_map_as_documented(sigma: float) -> None:
    assert allen_arkolakis_2014(sigma=sigma).theta[0] == sigma - 1
    assert redding_rossi_hansberg_2017(sigma=sigma).theta[0] == sigma - 1
    toolkit = monte_redding_rossi_hansberg_2018(sigma=sigma, toolkit_form=True)
    assert (toolkit.theta[0], toolkit.phi, toolkit.entry[0]) == (sigma - 1, toolkit.epsilon, 1.0)
    assert toolkit.toolkit_form
    assert not monte_redding_rossi_hansberg_2018().toolkit_form


def test_cost_shares_of_tombe_and_zhu_exhaust_costs() -> None:
    e = tombe_zhu_2019()
    np.testing.assert_allclose(e.labour + e.land + e.inputs.sum(axis=1), 1, rtol=1e-15)
    assert e.closure == "stayers"
    with pytest.raises(InputError, match="must sum to 1"):
        tombe_zhu_2019(land=(0.26, 0.01))  # without capital they do not


def commuters(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(1, 50, (n, n)) + np.diag(rng.integers(500, 2000, n))


def test_from_commuters_keeps_what_is_observed() -> None:
    flows, n = commuters(7, 24), 7
    wage, cost = np.linspace(2000.0, 3000.0, n), fundamentals(n, 25)["cost"]
    economy, found = from_commuters(monte_redding_rossi_hansberg_2018(), commuters=flows, wage=wage, cost=cost)
    assert economy.problems() == []
    assert economy.clearing_residual() <= CLEARING
    assert economy.commuting is not None
    joint = economy.residents[:, None] * economy.commuting[0]
    np.testing.assert_allclose(joint / joint.sum(), flows / flows.sum(), rtol=1e-13)
    np.testing.assert_allclose(economy.wage[0] / economy.wage[0, 0], wage / wage[0], rtol=1e-14)
    np.testing.assert_array_equal(economy.trade[0], found.trade)


def test_bad_commuters_and_worlds_are_refused() -> None:
    e, given = redding_2016(), fundamentals(4, 26)
    with pytest.raises(InputError, match="commuters must be square"):
        from_commuters(e, commuters=np.ones((3, 4)), wage=np.ones(4), cost=given["cost"])
    with pytest.raises(InputError, match="every place must be open"):
        from_fundamentals(e, **given, members=np.ones(1), places=np.array([[True, True, True, False]]))
    with pytest.raises(InputError, match="one sector that uses labour only"):
        from_fundamentals(tombe_zhu_2019(), **given)
    with pytest.raises(InputError, match="places do not overlap"):
        from_fundamentals(redding_rossi_hansberg_2017(), **given, members=np.ones(2), places=np.ones((2, 4), bool))


def test_the_empty_scenario_of_a_world_is_exactly_zero() -> None:
    economy: Economy = from_fundamentals(monte_redding_rossi_hansberg_2018(), **fundamentals(5, 27))
    got = solve(economy, [Shock()])
    np.testing.assert_array_equal(got.state, 0.0)
    np.testing.assert_array_equal(got.welfare, 1.0)
