"""Two sectors: totals that close, the rule where they do not, margins of trade."""

import numpy as np
import pandas as pd
import pytest

from megaregion.equilibrium.calibrate import baseline
from megaregion.equilibrium.parameters import Parameters
from megaregion.equilibrium.sectors import INPUTS, shares, value_added
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.shocks import Impulse
from megaregion.equilibrium.simulate import solve
from megaregion.equilibrium.trade import fit, own_targets
from megaregion.errors import InfeasibleError, InputError, SolveError


def region(cluster, place, primary, **options):
    there = cluster(place, equilibrium={"sectors": "two", **options})
    part = place.income * primary
    rest = place.income - part
    rows = [
        pd.DataFrame({"place_id": list(place.places), "indicator": name, "value": value})
        for name, value in (("gdp_primary", part), ("gdp_secondary", 0.4 * rest), ("gdp_tertiary", 0.6 * rest))
    ]
    more = pd.concat(rows, ignore_index=True).assign(unit="million CNY (current)", year=2020, scope="", source="")
    return there.replace(indicators=pd.concat([there.indicators, more], ignore_index=True))


def mix(n: int, seed: int, low: float = 0.05, high: float = 0.3) -> np.ndarray:
    return np.random.default_rng(seed).uniform(low, high, n)


def test_final_spending_by_hand() -> None:
    """20 of value added in farms, 80 elsewhere: Y = 20/.59, 80/.35; psi = (Y_s - sum_k g_ks Y_k)/100."""
    found = shares(np.array([[5.0, 15.0], [60.0, 20.0]]), Parameters())
    y = np.array([20 / 0.59, 80 / 0.35])
    np.testing.assert_allclose(found.spending[0], (y[0] - 0.16 * y[0] - 0.04 * y[1]) / 100, rtol=1e-12)
    np.testing.assert_allclose(found.spending.sum(), 1.0, rtol=1e-14)
    assert found.scaled == 1.0
    np.testing.assert_allclose(found.labour + found.land + found.inputs.sum(axis=1), 1.0, rtol=1e-14)
    np.testing.assert_allclose(found.land, [0.32, 0.16], rtol=1e-12)  # land and capital: .26 + .06, .01 + .15


def test_a_region_that_imports_its_food_buys_from_the_other_sector() -> None:
    """4 % of value added: firms alone would use more primary goods than are grown. All uses shrink alike."""
    added, p = np.array([[4.0], [96.0]]), Parameters(spending_primary=0.1)
    y = np.array([4 / 0.59, 96 / 0.35])
    assert INPUTS[:, 0] @ y > y[0]
    found = shares(added, p)
    factor = y[0] / (0.16 * y[0] + 0.04 * y[1] + 0.1 * 100)
    assert found.scaled == pytest.approx(factor, rel=1e-12) and 0 < factor < 1
    np.testing.assert_allclose(found.inputs[:, 0], factor * INPUTS[:, 0], rtol=1e-12)
    np.testing.assert_allclose(found.inputs.sum(axis=1), INPUTS.sum(axis=1), rtol=1e-14)
    np.testing.assert_allclose(found.spending, [0.1 * factor, 1 - 0.1 * factor], rtol=1e-12)


def test_a_region_of_farms_alone_has_no_closed_accounts() -> None:
    with pytest.raises(SolveError, match="do not close"):
        shares(np.array([[99.0], [1.0]]), Parameters())


def test_labour_shares_leave_value_added(geography, cluster) -> None:
    added = np.array([[20.0], [80.0]])
    one, two = shares(added, Parameters()), shares(added, Parameters(labour_primary=0.34, labour_other=0.14))
    np.testing.assert_allclose(one.labour + one.land, two.labour + two.land, rtol=1e-14)
    np.testing.assert_array_equal(one.spending, two.spending)


def test_sectors_of_a_cluster(geography, cluster) -> None:
    place = geography(10, 2)
    primary = mix(10, 1)
    found = value_added(region(cluster, place, primary), place)
    np.testing.assert_allclose(found, np.stack([primary, 1 - primary]) * place.income, rtol=1e-12)
    odd = region(cluster, place, primary)
    table = odd.indicators.copy()
    table.loc[(table["indicator"] == "gdp_tertiary") & (table["place_id"] == "000003"), "value"] *= 1.5
    table.loc[(table["indicator"] == "gdp_primary") & (table["place_id"] == "000006"), "value"] = 0.0
    with pytest.raises(InputError, match=r"primary: not above zero in 000006; .* differ from .* in 000006 .*, 000003"):
        value_added(odd.replace(indicators=table), place)


@pytest.mark.parametrize(("low", "high"), [(0.05, 0.3), (0.01, 0.1)])
def test_baseline_of_two_sectors_is_an_equilibrium(geography, cluster, times, border, low: float, high: float) -> None:
    place = geography(16, 3)
    primary = mix(16, 1, low, high)
    base = baseline(region(cluster, place, primary, own_share=0.5), times(place), border)
    economy = base.nominal.economy
    assert economy.problems() == [] and base.nominal.residual <= 1e-12
    assert np.abs(economy.sector_gap()).max() < 1e-12
    # income of workers and of the owners of fixed factors is value added of the place
    payroll = (economy.wage * economy.workers).sum(axis=0)
    np.testing.assert_allclose(payroll + economy.land_income, place.income, rtol=1e-12)
    np.testing.assert_allclose(economy.wage[0], economy.wage[1], rtol=1e-12)
    np.testing.assert_allclose(economy.workers.sum(axis=0), place.population, rtol=1e-12)
    # the stated share of all spending stays at home, in each sector the same share of what could
    stays = np.einsum("snn,sn->s", economy.trade, economy.spending)
    could = np.minimum(economy.spending, economy.output).sum(axis=1)
    assert stays.sum() / economy.spending.sum() == pytest.approx(0.5, abs=1e-12)
    np.testing.assert_allclose(stays / could, stays[0] / could[0], rtol=1e-9)
    still = solve(economy, [Shock(productivity=np.ones(16))])
    np.testing.assert_allclose(still.welfare, 1.0, rtol=0, atol=1e-12)


def test_everything_together(geography, cluster, times, border) -> None:
    """Two sectors, commuting and groups of registered origin in one consistent economy."""
    place = geography(12, 3)
    rng = np.random.default_rng(5)
    flow = 2e5 * rng.lognormal(0, 0.4, 12) * (place.time / 100) ** -3.0
    np.fill_diagonal(flow, 0.4 * place.population)
    ids = list(place.places)
    there = region(cluster, place, mix(12, 1), own_share=0.4, commuting="observed", groups="registered")
    rows = [
        pd.DataFrame({"place_id": ids, "indicator": name, "value": share * place.population, "unit": "person"})
        for name, share in (("registered_same_county", 0.05), ("registered_same_province", 0.1),
                            ("registered_other_province", 0.15))
    ]  # fmt: skip
    more = pd.concat(rows, ignore_index=True).assign(year=2020, scope="", source="")
    there = there.replace(
        indicators=pd.concat([there.indicators, more], ignore_index=True),
        flows={"commuting": pd.DataFrame(flow.round(), index=ids, columns=ids)},
    )
    base = baseline(there, times(place), border)
    economy = base.nominal.economy
    assert economy.problems() == []
    assert (economy.elasticities.sectors, economy.groups.size, economy.commutes) == (2, 13, True)
    np.testing.assert_allclose(economy.residents, flow.round().sum(axis=1), rtol=1e-9)
    layout = base.layout
    assert layout.problems() == [] and layout.sectors == ("primary", "other")
    np.testing.assert_array_equal(layout.face_to_face, [0.0, 0.2])
    found = solve(economy, [Shock(), Shock(productivity=np.stack([np.full(12, 1.1), np.ones(12)]))])
    np.testing.assert_array_equal(found.welfare[0], 1.0)
    assert (found.welfare[1] > 1.0).all() and found.residual.max() <= 1e-11


def test_meetings_are_of_the_other_sector(geography, cluster, times, border) -> None:
    """Time times .9: primary goods do not travel by passenger train, the rest at share .2; full effect: both."""
    place = geography(10, 2)
    fitted = baseline(region(cluster, place, mix(10, 1), own_share=0.5), times(place), border).nominal
    one = np.ones(10)
    found = Impulse(time_ratio=np.full((10, 10), 0.9), barrier=np.ones((10, 10)), productivity=one, amenity=one)
    cost = found.shock(fitted).trade_cost
    np.testing.assert_array_equal(cost[0], 1.0)
    np.testing.assert_allclose(cost[1], 0.9 ** (0.2 * 1.26 / 4), rtol=1e-13)
    np.testing.assert_allclose(found.shock(fitted, full_effect=True).trade_cost, 0.9 ** (1.26 / 4), rtol=1e-13)
    assert found.shock(fitted).commuting_cost is None


def test_own_targets_meet_the_stated_share() -> None:
    spending, output = np.array([[6.0, 4.0], [10.0, 30.0]]), np.array([[2.0, 8.0], [15.0, 25.0]])
    found = own_targets(spending, output, 0.5)
    assert found @ spending.sum(axis=1) == pytest.approx(0.5 * 50)
    # could stay: 6 of 10, 35 of 40
    assert found[0] / found[1] == pytest.approx(0.6 / (35 / 40))
    assert own_targets(spending[:1], output[:1], 0.37).tolist() == [0.37]


def test_a_place_that_makes_nothing_sells_nothing(geography) -> None:
    place = geography(8, 1)
    spending = place.income
    output = np.where(np.arange(8) == 2, 0.0, spending)
    output *= spending.sum() / output.sum()
    found = fit(place.time**-1.26, spending, output, 0.5, place.places)
    assert (found.shares[:, 2] == 0).all() and found.strength[2] == 0
    np.testing.assert_allclose(found.shares.T @ spending, output, rtol=1e-10, atol=1e-9)


def test_an_own_share_above_what_could_stay_is_refused() -> None:
    kernel = np.ones((3, 3))
    with pytest.raises(InfeasibleError, match=r"at most 50.0% can stay"):
        fit(kernel, np.array([4.0, 4.0, 2.0]), np.array([2.0, 1.0, 7.0]), 0.6, ("a", "b", "c"))
