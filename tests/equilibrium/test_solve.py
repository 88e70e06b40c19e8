"""Invariants of the solution."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.equilibrium.calibrate import Geography, calibrate
from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.parameters import Parameters
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import Equilibria, solve
from megaregion.errors import InputError

HATS = ("residents", "earnings", "price_index", "rent", "real_income", "utility", "land_rent")


def shocks(n: int, seed: int) -> Shock:
    rng = np.random.default_rng(seed)
    cost = rng.uniform(0.85, 1.1, (n, n))
    return Shock(trade_cost=cost, productivity=rng.uniform(0.9, 1.1, n), amenity=rng.uniform(0.9, 1.1, n),
                  floor_space=rng.uniform(0.9, 1.1, n))  # fmt: skip


@pytest.mark.parametrize("n", [2, 41, 130])
def test_the_empty_scenario_is_exactly_one(geography, n: int) -> None:
    """Alone and amid others, with and without migration: iteration 0 and exact ones."""
    economy = calibrate(geography(n, 2), 0.7, Parameters()).economy
    for mobile in (True, False):
        for batch in ([Shock()], [shocks(n, 1), Shock(), shocks(n, 2)]):
            got = solve(economy, batch, mobile=mobile)
            row = 0 if len(batch) == 1 else 1
            assert got.iterations[row] == 0
            assert got.residual[row] == 0.0
            for name in HATS:
                assert (getattr(got, name)[row] == 1.0).all(), name
            assert got.welfare[row, 0] == 1.0 if mobile else np.isnan(got.welfare[row, 0])


@pytest.mark.parametrize("seed", range(5))
def test_relabelling_permutes(geography, seed: int) -> None:
    n = 15
    base = calibrate(geography(n, seed), 0.7, Parameters()).economy
    shock, order = shocks(n, seed), np.random.default_rng(seed).permutation(n)
    other = Economy.one_sector(
        elasticities=base.elasticities, trade=base.trade[0][np.ix_(order, order)],
        income=base.output[0][order], population=base.residents[order],
    )  # fmt: skip
    moved = Shock(
        trade_cost=shock.trade_cost[np.ix_(order, order)], productivity=shock.productivity[order],
        amenity=shock.amenity[order], floor_space=shock.floor_space[order],
    )  # fmt: skip
    one, two = solve(base, [shock], tolerance=1e-13), solve(other, [moved], tolerance=1e-13)
    for name in HATS:
        np.testing.assert_allclose(getattr(two, name)[0], getattr(one, name)[0][order], rtol=1e-10)
    np.testing.assert_allclose(two.welfare, one.welfare, rtol=1e-11)


def test_units_of_income_and_people_do_not_matter(geography) -> None:
    base = calibrate(geography(20, 3), 0.7, Parameters()).economy
    other = replace(base, wage=base.wage * 1024.0, workers=base.workers / 4096.0, groups=base.groups / 4096.0)
    one, two = solve(base, [shocks(20, 1)]), solve(other, [shocks(20, 1)])
    for name in (*HATS, "welfare"):
        np.testing.assert_allclose(getattr(two, name), getattr(one, name), rtol=1e-10)


def test_solution_satisfies_the_conditions(geography) -> None:
    """Markets clear, people add up, income is the numeraire, utility net of crowding is the same for the movers."""
    economy = calibrate(geography(30, 7), 0.7, Parameters()).economy
    shock, p = shocks(30, 4), Parameters()
    got = solve(economy, [shock], tolerance=1e-13)
    w, r, price = got.wage[0, 0], got.residents[0], got.price[0, 0]
    share = (
        economy.trade[0]
        * (shock.trade_cost * w / (shock.productivity * r**p.nu)) ** -p.theta
        * price[:, None] ** p.theta
    )
    np.testing.assert_allclose(share.sum(axis=1), 1.0, rtol=1e-11)
    income = economy.output[0] * w * r
    np.testing.assert_allclose(share.T @ income, income, rtol=1e-11)
    assert income.sum() == pytest.approx(economy.output.sum(), rel=1e-11)
    assert (economy.residents * r).sum() == pytest.approx(economy.residents.sum(), rel=1e-11)
    np.testing.assert_allclose(got.utility[0] / r ** (1 / p.epsilon), got.welfare[0, 0], rtol=1e-11)
    rent = (w * r * price**p.delta / shock.floor_space) ** (1 / (1 + p.delta))
    np.testing.assert_allclose(got.rent[0], rent, rtol=1e-12)


def test_almost_immobile_people_are_the_limit_of_no_migration(geography) -> None:
    """epsilon = 1e-7: people stay to 1e-7 of the shock, real incomes equal those without migration."""
    economy = calibrate(geography(15, 3), 0.7, Parameters()).economy
    slow = replace(economy, elasticities=economy.elasticities.replace(epsilon=1e-7))
    limit, fixed = solve(slow, [shocks(15, 2)]), solve(economy, [shocks(15, 2)], mobile=False)
    np.testing.assert_allclose(limit.real_income, fixed.real_income, rtol=1e-6)
    assert (fixed.residents == 1.0).all()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.floats(0.5, 0.999))
def test_cheaper_trade_never_lowers_welfare_where_the_economy_is_efficient(seed: int, factor: float) -> None:
    """No scale effect, no housing, incomes per head equal at the baseline: any cut of a cost helps."""
    rng = np.random.default_rng(seed)
    n = 6
    flow = rng.random((n, n)) + np.eye(n) * 3
    for _ in range(400):  # balanced: sales = spending
        flow *= np.sqrt(flow.sum(axis=0) / flow.sum(axis=1))[:, None]
        flow *= np.sqrt(flow.sum(axis=1) / flow.sum(axis=0))[None, :]
    income = flow.sum(axis=1)
    p = Parameters(nu=0.0, alpha=1.0, amenity_spill=-0.2, epsilon=20.0)
    economy = Economy.one_sector(
        elasticities=p.structure(), trade=flow / income[:, None], income=income, population=income
    )
    cost = np.ones((n, n))
    i, j = rng.choice(n, 2, replace=False)
    cost[i, j] = factor
    assert economy.clearing_residual() < 1e-6
    assert solve(economy, [Shock(trade_cost=cost)]).welfare[0, 0] >= 1.0


def test_batches_are_split_without_a_trace(geography, monkeypatch) -> None:
    from megaregion.equilibrium import simulate as module

    economy = calibrate(geography(10, 1), 0.7, Parameters()).economy
    many = [shocks(10, k) for k in range(7)]
    whole = solve(economy, many)
    monkeypatch.setattr(module, "_KERNEL_BYTES", 8 * 100 * 3)
    parts = solve(economy, many)
    for f in fields(Equilibria):
        np.testing.assert_allclose(getattr(parts, f.name), getattr(whole, f.name), rtol=1e-10, atol=1e-10)
    assert (whole.residual <= module.TOLERANCE).all()
    assert solve(economy, []).wage.shape == (0, 1, 10)


def test_an_impossible_shock_raises(geography) -> None:
    economy = calibrate(geography(5, 1), 0.7, Parameters()).economy
    cost = np.ones((5, 5))
    cost[0] = np.nan
    with pytest.raises(InputError, match="trade_cost must be above zero and finite, first at"):
        solve(economy, [Shock(trade_cost=cost)])


def test_germany(shared_data: Path) -> None:
    """401 counties, wage bills, road minutes from kilometres: fitted, exact at rest, solved with half the border."""
    folder = shared_data / "germany"
    labour = pd.read_csv(folder / "labor_tidy.csv", dtype={"region_id": str}).set_index("region_id")
    km = pd.read_csv(folder / "distance_matrix.csv", dtype={"region_id_imp": str}).set_index("region_id_imp") / 1000
    assert list(km.index) == list(km.columns)
    labour = labour.loc[km.index]
    place = Geography(
        places=tuple(km.index), groups=np.array([code[:2] for code in km.index]),
        time=15 + km.to_numpy(float) * 1.3 / 70 * 60,
        income=(labour["employment_workplace"] * labour["median_income_workplace"]).to_numpy(float) * 12e-6,
        population=labour["employment_residence"].to_numpy(float), money_unit="million EUR (current)",
    )  # fmt: skip
    assert len(set(place.groups)) == 16
    fit = calibrate(place, 0.7, Parameters(alpha=0.7))
    half = Shock(trade_cost=np.exp(-0.5 * 0.7 / 4 * place.cross))
    got = solve(fit.economy, [Shock(), half])
    assert fit.residual <= 1e-12
    assert (got.wage[0] == 1.0).all() and (got.residents[0] == 1.0).all() and got.welfare[0, 0] == 1.0
    assert got.residual[1] <= 1e-11
    assert (solve(fit.economy, [half], mobile=False).real_income > 1.0).all()
