import numpy as np
import pytest

from megaregion.equilibrium.calibrate import calibrate
from megaregion.equilibrium.parameters import Parameters
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.welfare import money_gain, moved, outcome, percent


def test_by_hand() -> None:
    np.testing.assert_allclose(percent(np.array([1.02, 0.5])), [2.0, -50.0])
    np.testing.assert_allclose(money_gain(200.0, np.array([1.02])), [4.0])
    np.testing.assert_allclose(moved(np.array([10.0, 30.0]), np.array([[1.3, 0.9], [1, 1]])), [3.0, 0.0])


def test_equal_productivity_everywhere_is_a_gain_of_income_and_land(geography) -> None:
    """A factor x on all productivity: nobody moves, real income is x^(alpha + (1-alpha) delta/(1+delta))."""
    p = Parameters()
    fit = calibrate(geography(12, 1), 0.7, p)
    shock = Shock(productivity=np.full(12, 1.1))
    got = outcome(fit, [shock])
    power = p.alpha + (1 - p.alpha) * p.delta / (1 + p.delta)
    np.testing.assert_allclose(got.free.residents, 1.0, rtol=1e-9)
    np.testing.assert_allclose(got.free.real_income, 1.1**power, rtol=1e-9)
    np.testing.assert_allclose(got.fixed.real_income, 1.1**power, rtol=1e-9)
    np.testing.assert_allclose(got.free.land_rent, 1.1, rtol=1e-9)
    assert got.free.welfare[0, 0] == pytest.approx(1.1**power, rel=1e-9)
