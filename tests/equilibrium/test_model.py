"""The map itself: closed forms and invariances."""

from dataclasses import replace

import numpy as np
import pytest

from megaregion.equilibrium.calibrate import calibrate
from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.parameters import Parameters
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import solve
from megaregion.equilibrium.system import System


def twins(own: float, p: Parameters) -> Economy:
    return Economy.one_sector(
        elasticities=p.structure(), trade=np.array([[own, 1 - own], [1 - own, own]]),
        income=np.ones(2), population=np.ones(2),
    )  # fmt: skip


@pytest.mark.parametrize("d", [0.8, 1.1, 3.0])
def test_two_symmetric_places_in_closed_form(d: float) -> None:
    """P = (s + (1-s) d^-theta)^(-1/theta), real income P^-(alpha + (1-alpha) delta/(1+delta)), nobody moves."""
    p, own = Parameters(), 0.7
    shock = Shock(trade_cost=np.array([[1.0, d], [d, 1.0]]))
    got = solve(twins(own, p), [shock], tolerance=1e-13)
    price = (own + (1 - own) * d**-p.theta) ** (-1 / p.theta)
    power = p.alpha + (1 - p.alpha) * p.delta / (1 + p.delta)
    np.testing.assert_allclose(got.wage, 1.0, rtol=1e-12)
    np.testing.assert_allclose(got.residents, 1.0, rtol=1e-12)
    np.testing.assert_allclose(got.price, price, rtol=1e-12)
    np.testing.assert_allclose(got.welfare, price**-power, rtol=1e-12)


def test_the_numeraire_moves_prices_only(geography) -> None:
    """Wages times a constant: real income, welfare, chosen places and market gaps stay to rounding."""
    economy = calibrate(geography(12, 4), 0.7, Parameters()).economy
    rng = np.random.default_rng(5)
    shock = Shock(trade_cost=rng.uniform(0.8, 1.2, (12, 12)))
    system = System(economy, [shock])
    x = rng.normal(0, 0.1, (1, 24))
    y = x.copy()
    y[:, :12] += 3.0
    at, moved = system.evaluate(x), system.evaluate(y)
    for name in ("utility", "welfare", "excess_demand", "chosen_residents"):
        np.testing.assert_allclose(getattr(moved, name), getattr(at, name), atol=1e-13, err_msg=name)
    np.testing.assert_allclose(moved.price - at.price, 3.0, atol=1e-13)


def test_walras(geography) -> None:
    """What all places sell is what all spend, at any iterate."""
    place = geography(9, 1)
    economy = calibrate(place, 0.7, Parameters()).economy
    system = System(economy, [Shock(productivity=np.linspace(0.8, 1.2, 9))])
    x = np.random.default_rng(0).normal(0, 0.2, (1, 18))
    at = system.evaluate(x)
    spending = economy.output[0] * np.exp(at.wage[:, 0] + at.residents)
    assert (spending * np.exp(at.excess_demand[:, 0])).sum() == pytest.approx(spending.sum(), rel=1e-12)


def test_clearing_residual_sees_a_baseline_out_of_balance() -> None:
    economy = replace(twins(0.7, Parameters()), wage=np.array([[1.0, 2.0]]))
    assert economy.clearing_residual() == pytest.approx(np.log(1.3), rel=1e-12)
