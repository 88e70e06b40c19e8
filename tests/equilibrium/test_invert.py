"""Productivities from wages, employment and trade costs: closed forms, primitives put back, and what is refused."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.equilibrium.economy import CLEARING, Economy
from megaregion.equilibrium.elasticities import Elasticities
from megaregion.equilibrium.invert import balance, invert, invert_productivity
from megaregion.errors import ConvergenceError, InputError

seeds = st.integers(0, 10_000)


def observed(n: int, seed: int) -> dict[str, Any]:
    """Costs that are not symmetric, wages, workers and the spending of commuters who live elsewhere."""
    rng = np.random.default_rng(seed)
    wage, workers = rng.lognormal(0, 0.3, n), rng.lognormal(2, 1.0, n)
    spending = rng.dirichlet(np.full(n, 5.0)) * (wage @ workers)
    return {"cost": rng.uniform(1, 4, (n, n)), "wage": wage, "workers": workers, "spending": spending}


def one_sector(nu: float = 0.05, entry: float = 1.0, theta: float = 3.0) -> Elasticities:
    return Elasticities.one_sector(theta=theta, epsilon=3.0, alpha=0.7, nu=nu, entry=entry)


@pytest.mark.parametrize(("nu", "entry"), [(0.0, 0.0), (0.1, 0.0), (0.05, 1.0)])
def test_free_trade_by_hand(nu: float, entry: float) -> None:
    """Without costs sales are proportional to L^(theta nu + entry) (A/w)^theta: A is read off."""
    tables, theta = observed(6, 1), 4.0
    found = invert_productivity(
        one_sector(nu, entry, theta), cost=np.full((6, 6), 2.5), wage=tables["wage"], workers=tables["workers"]
    )
    w, size = tables["wage"], tables["workers"]
    by_hand = w * (w * size / size ** (theta * nu + entry)) ** (1 / theta)
    np.testing.assert_allclose(found.productivity, by_hand / by_hand.mean(), rtol=1e-11)
    np.testing.assert_allclose(found.own_share, w * size / (w @ size), rtol=1e-12)


@settings(max_examples=20, deadline=None)
@given(seed=seeds, n=st.integers(2, 12))
def test_markets_clear_when_the_productivities_are_put_back(seed: int, n: int) -> None:
    """Shares and price index from the primitives; sales equal earnings to the strict tolerance."""
    tables, e, theta = observed(n, seed), one_sector(), 3.0
    found = invert_productivity(e, **tables)
    assert found.productivity.mean() == pytest.approx(1, abs=1e-14)
    w, size = tables["wage"] / tables["wage"].mean(), tables["workers"] / tables["workers"].mean()
    offer = size ** (1 + theta * 0.05) * (tables["cost"] * w / found.productivity) ** -theta
    share = offer / offer.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.trade, share, rtol=1e-11, atol=0)
    np.testing.assert_allclose(share.T @ tables["spending"], tables["wage"] * tables["workers"], rtol=1e-11)
    np.testing.assert_allclose(found.price, offer.sum(axis=1) ** (-1 / theta), rtol=1e-11)
    assert found.residual <= 1e-13


@settings(max_examples=10, deadline=None)
@given(seed=seeds)
def test_units_scales_and_names_do_not_matter(seed: int) -> None:
    tables, e = observed(7, seed), one_sector()
    found = invert_productivity(e, **tables)
    other = invert_productivity(
        e, cost=tables["cost"] * 7.0, wage=tables["wage"] * 3721.0, workers=tables["workers"] * 1e6,
        spending=tables["spending"] * 3721.0 * 1e6,
    )  # fmt: skip
    np.testing.assert_allclose(other.productivity, found.productivity, rtol=1e-11)
    order = np.random.default_rng(seed).permutation(7)
    moved = invert_productivity(
        e, cost=tables["cost"][np.ix_(order, order)], **{k: tables[k][order] for k in ("wage", "workers", "spending")}
    )
    np.testing.assert_allclose(moved.productivity, found.productivity[order], rtol=1e-11)


def test_the_published_rule_stops_where_six_decimals_agree() -> None:
    """Its productivities are near the strict ones, and its gap is what its rule allows, far above the strict one."""
    tables, e = observed(9, 3), one_sector()
    strict, loose = (invert_productivity(e, **tables, rule=rule) for rule in ("strict", "toolkit"))
    income = tables["wage"] * tables["workers"] / tables["wage"].mean() / tables["workers"].mean()
    spent = tables["spending"] / tables["wage"].mean() / tables["workers"].mean()
    gap = np.abs(loose.trade.T @ spent - income)
    assert 1e-10 < gap.max() <= 5e-7
    np.testing.assert_allclose(loose.productivity, strict.productivity, rtol=1e-5)
    by_formula = 4 / 3 * (tables["workers"] / tables["workers"].mean() / (4 * loose.own_share)) ** (-1 / 3)
    by_formula *= tables["wage"] / tables["wage"].mean() / loose.productivity
    np.testing.assert_allclose(loose.price, by_formula, rtol=1e-12)


def test_places_without_work_or_without_spending() -> None:
    """A dormitory sells nothing, a works yard buys nothing; nobody buys from the dormitory."""
    tables, e = observed(5, 4), one_sector()
    tables["workers"][1] = 0.0
    tables["spending"][3] = 0.0
    tables["spending"] *= (tables["wage"] @ tables["workers"]) / tables["spending"].sum()
    found = invert_productivity(e, **tables)
    assert found.productivity[1] == 0
    assert (found.trade[:, 1] == 0).all()
    np.testing.assert_allclose(found.trade.sum(axis=1), 1, rtol=1e-13)
    sold = found.trade.T @ tables["spending"]
    np.testing.assert_allclose(sold, tables["wage"] * tables["workers"], rtol=1e-12, atol=1e-300)


def test_everything_that_is_wrong_is_named_at_once() -> None:
    wrong = {**observed(4, 5), "wage": np.array([1.0, 1.0, np.nan, 1.0]), "workers": np.ones(3), "rule": "exact"}
    wrong["spending"] = np.ones(4)
    with pytest.raises(InputError) as caught:
        invert_productivity(one_sector(), **wrong)
    assert all(
        part in caught.value.message for part in ("rule must be", "wage must be finite", "workers has the shape")
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"wage": np.array([1.0, 1.0, -1.0, 1.0])}, "wage must be finite and >= 0, first not so at 2"),
        ({"workers": np.ones(3)}, r"workers has the shape \(3,\)"),
        ({"cost": np.zeros((4, 4))}, "cost must be above zero"),
        ({"spending": np.ones(4)}, "differs in total from earnings"),
        ({"rule": "exact"}, "rule must be strict or toolkit"),
        ({"wage": np.array([1.0, 0.0, 1.0, 1.0])}, "wage must be above zero where people work, first at 1"),
    ],
)
def test_bad_input(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        invert_productivity(one_sector(), **{**observed(4, 5), **change})


def test_two_sectors_are_refused_where_one_is_needed() -> None:
    with pytest.raises(InputError, match="one sector that uses labour only"):
        invert_productivity(two_sectors(), **observed(4, 5))


def test_blocks_that_do_not_trade() -> None:
    """Places that nobody reaches are named; blocks that trade inside only balance if each does by itself."""
    kernel, even = np.kron(np.eye(2), np.ones((2, 2))), np.ones(4)
    strength, _, residual = balance(kernel, even, even)
    assert residual <= 1e-13
    np.testing.assert_allclose(strength, 1, rtol=1e-12)
    with pytest.raises(ConvergenceError):
        balance(kernel, even, np.array([1.5, 1.5, 0.5, 0.5]))
    with pytest.raises(InputError, match="nobody who sells reaches a place that spends, first at 2"):
        balance(kernel, np.array([2.0, 2.0, 0, 0]), even)
    with pytest.raises(InputError, match="a place sells but reaches nobody who spends, first at 0"):
        balance(kernel, even, np.array([0, 0, 2.0, 2.0]))


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_strengths_over_many_orders_of_magnitude(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, spread = int(rng.integers(2, 30)), rng.uniform(1, 4)
    kernel, sold = rng.lognormal(0, spread, (n, n)), rng.lognormal(0, spread, n)
    spent = rng.dirichlet(np.full(n, 0.5)) * sold.sum()
    strength = balance(kernel, sold, spent)[0]
    share = kernel * strength / (kernel @ strength)[:, None]
    np.testing.assert_allclose(share.T @ spent, sold, rtol=1e-11)


def two_sectors(**form: Any) -> Elasticities:
    return Elasticities(
        theta=[4.0, 5.5], labour=[0.4, 0.5], land=[0.2, 0.1], inputs=[[0.15, 0.25], [0.08, 0.32]], nu=[0.02, 0.05],
        entry=[0.0, 1.0], spending=[0.5, 0.5], alpha=0.8, delta=0.4, epsilon=1.7, phi=4.0, **form,
    )  # fmt: skip


def draft(n: int, seed: int) -> Economy:
    """Two sectors, two groups, transfers, one sector absent from one place; no trade yet."""
    rng = np.random.default_rng(seed)
    workers = rng.uniform(0.5, 2, (2, n))
    workers[0, 1] = 0.0
    residents = workers.sum(axis=0)
    stays = rng.uniform(0.2, 0.8, n) * residents
    groups = np.array([stays.sum(), (residents - stays).sum()])
    transfers = rng.normal(0, 0.05, n)
    return Economy(
        elasticities=two_sectors(), trade=np.zeros((2, n, n)), wage=rng.uniform(0.8, 1.2, (2, n)), workers=workers,
        groups=groups, location=np.stack([stays, residents - stays]) / groups[:, None], home=np.array([0, 1]),
        transfers=transfers - transfers.mean(),
    )  # fmt: skip


@settings(max_examples=10, deadline=None)
@given(seed=seeds)
def test_two_sectors_put_back(seed: int) -> None:
    """A clearing baseline, and unit costs from the productivities give back its trade shares."""
    n = 6
    rng = np.random.default_rng(seed)
    cost, land = rng.uniform(1, 3, (2, n, n)), rng.uniform(0.5, 2, (2, n))
    found = invert(draft(n, seed), cost, land=land)
    economy, e = found.economy, found.economy.elasticities
    assert economy.clearing_residual() <= CLEARING
    assert e.spending.sum() == pytest.approx(1, abs=1e-14)
    for s in range(2):
        here = economy.workers[s] > 0
        w, size = economy.wage[s][here], economy.workers[s][here]
        bundle = w ** e.labour[s] * (w * size / land[s][here]) ** e.land[s]
        bundle *= (found.price[:, here] ** e.inputs[s][:, None]).prod(axis=0)
        firms = (w * size / bundle) ** (e.entry[s] / e.theta[s])
        unit = bundle / (found.productivity[s][here] * size ** e.nu[s] * firms)
        offer = (cost[s][:, here] * unit) ** -e.theta[s]
        np.testing.assert_allclose(economy.trade[s][:, here], offer / offer.sum(axis=1, keepdims=True), rtol=1e-10)
        assert found.productivity[s][here].mean() == pytest.approx(1, abs=1e-13)
        assert (found.productivity[s][~here] == 0).all()


def test_closing_shares_by_hand() -> None:
    """What firms leave of sector one goes to final demand: (Y_1 - g_11 Y_1 - g_21 Y_2) / (earnings + land income)."""
    economy = invert(draft(6, 2), np.full((6, 6), 1.5)).economy
    sales = economy.output.sum(axis=1)
    final = (economy.wage * economy.workers).sum() + 0.2 * sales[0] + 0.1 * sales[1]
    assert economy.elasticities.spending[0] == pytest.approx((0.85 * sales[0] - 0.08 * sales[1]) / final, rel=1e-12)


def test_costs_of_zero_are_refused() -> None:
    with pytest.raises(InputError, match="cost must be above zero"):
        invert(draft(6, 2), np.zeros((6, 6)))
