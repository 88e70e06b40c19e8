"""Derivatives of welfare against exact re-solves, closed forms, the envelope theorem and invariances."""

import importlib.util
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.equilibrium.congestion import Congestion, congested, scaled_free
from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.elasticities import Elasticities
from megaregion.equilibrium.network import LinkNetwork, routes, times
from megaregion.equilibrium.objectives import Money, SocialWelfare
from megaregion.equilibrium.screening import link_shock, screening
from megaregion.equilibrium.sensitivities import Sensitivities, sensitivities
from megaregion.equilibrium.sensitivity_tables import (
    Unit,
    border_table,
    incidence_table,
    link_table,
    place_table,
)
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import solve
from megaregion.equilibrium.time_effects import TimeEffects
from megaregion.errors import InputError

_spec = importlib.util.spec_from_file_location("random_economies", Path(__file__).parent / "random_economies.py")
assert _spec is not None and _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
random_economy = _module.random_economy

STEP, TIGHT = 1e-4, 3e-14  # of central differences in logs, of the re-solves
ALL = ("social", "money", "groups")
SPREAD = {"amenity_spill": -0.3, "nu": np.zeros(1)}  # crowding enough for perfect mobility under any closure
FORMS: dict[str, dict[str, Any]] = {
    "everything": {},
    "one sector": {"sectors": 1},
    "three sectors": {"sectors": 3},
    "nobody commutes": {"commuting": False},
    "residents": {"closure": "residents"},
    "residents, land only": {"closure": "residents", "land_only": True},
    "stayers": {"closure": "stayers", "groups": 6},
    "stayers, land only": {"closure": "stayers", "land_only": True, "groups": 6},
    "stayers, nobody commutes": {"closure": "stayers", "groups": 6, "commuting": False},
    "free entry": {"entry": np.ones(2)},
    "free entry in one sector, residents": {"entry": np.array([0.0, 1.0]), "closure": "residents"},
    "perfect mobility in blocks": {"sectors": 1, "blocks": True, "groups": 2},
    "perfect mobility in blocks, residents": {
        "sectors": 1, "blocks": True, "groups": 2, "closure": "residents", **SPREAD
    },
    "empty cells": {"masked": True},
    "empty cells, residents": {"masked": True, "closure": "residents"},
    "the toolkit's form": {"sectors": 1, "groups": 1, "toolkit_form": True, "entry": np.ones(1)},
}  # fmt: skip


def shapes(economy: Economy) -> dict[str, tuple[int, ...]]:
    """Fields of a shock that are factors, with their shapes."""
    s, n, g = economy.elasticities.sectors, economy.size, economy.groups.size
    out: dict[str, tuple[int, ...]] = {
        "trade_cost": (s, n, n), "productivity": (s, n), "amenity": (n,), "floor_space": (n,), "land": (s, n),
        "entitlement": (g, n), "migration_cost": (g, n),
    }  # fmt: skip
    return out | ({"commuting_cost": (s, n, n), "pair_scale": (s, n, n)} if economy.commutes else {})


def draw(economy: Economy, rng: np.random.Generator, size: float) -> Shock:
    """A joint shock to every fundamental."""
    logs = {name: rng.uniform(-size, size, shape) for name, shape in shapes(economy).items()}
    added = rng.uniform(-0.02, 0.02, economy.size) * (economy.residents > 0)
    added -= added.sum() * economy.final_demand / economy.final_demand.sum()
    return Shock(**{name: np.exp(value) for name, value in logs.items()}, transfer_added=added)


def moved(shock: Shock, name: str, log: np.ndarray) -> Shock:
    """A shock with one field multiplied."""
    old = getattr(shock, name)
    return replace(shock, **{name: np.exp(log) * (1.0 if old is None else old)})


def slope(s: Sensitivities, ahead: Shock, back: Shock) -> np.ndarray:
    """Difference of every objective between two scenarios over 2 STEP, by exact re-solves."""
    start = np.repeat(s.state[None], 2, axis=0)
    after = solve(s.economy, [ahead, back], tolerance=TIGHT, start=start).welfare
    return np.array([aim.change(s.economy, after[1], after[0]) for aim in s.objectives]) / (2 * STEP)


def along(s: Sensitivities, name: str, u: np.ndarray) -> np.ndarray:
    """Derivative of every objective along a direction of one field."""
    rows = range(len(s))
    if name == "trade_cost":
        return np.array([(s.trade_cost(k) * u).sum() for k in rows])
    if name in ("commuting_cost", "pair_scale"):
        scale = 1.0 if name == "commuting_cost" else -1.0 / s.economy.elasticities.phi
        return np.array([scale * (s.commuting_cost(k) * u).sum() for k in rows])
    if name in ("entitlement", "migration_cost"):
        return (s.attraction * u).sum(axis=(1, 2)) * (1.0 if name == "entitlement" else -1.0)
    value = getattr(s, name)
    return np.asarray((value * u).reshape(len(s), -1).sum(axis=1))


def close(got: Any, expected: Any, what: str, tolerance: float = 1e-6) -> None:
    """Relative to the largest of the row; rounding of the re-solves over the step allows 1e-9."""
    scale = np.abs(expected).max()
    np.testing.assert_allclose(got, expected, rtol=0, atol=tolerance * scale + 2e-9, err_msg=what)


# ---- exact re-solves


@pytest.mark.parametrize("form", FORMS)
@given(seed=st.integers(0, 400))
@settings(max_examples=3, deadline=None, derandomize=True)
def test_every_field_against_central_differences(form: str, seed: int) -> None:
    """Each field along a random direction of all its cells, at the baseline and at a solved scenario; 1e-6."""
    economy = random_economy(seed, **FORMS[form])
    rng = np.random.default_rng(seed + 1)
    for shock in (Shock(), draw(economy, rng, 0.08)):
        s = sensitivities(economy, objective=ALL, shock=shock)
        for name, shape in shapes(economy).items():
            u = rng.uniform(-1, 1, shape)
            found = slope(s, moved(shock, name, STEP * u), moved(shock, name, -STEP * u))
            close(along(s, name, u), found, f"{name} at {'the baseline' if shock.empty else 'a scenario'}")


@pytest.mark.parametrize("form", ["everything", "residents", "stayers", "empty cells", "nobody commutes"])
def test_transfers_against_central_differences(form: str) -> None:
    """Along changes that sum to zero, as all transfers must."""
    economy = random_economy(11, **FORMS[form])
    rng = np.random.default_rng(12)
    base = draw(economy, rng, 0.05)
    s = sensitivities(economy, objective=ALL, shock=base)
    u = rng.uniform(-1, 1, economy.size) * (economy.residents > 0)
    u -= u.sum() / (economy.residents > 0).sum() * (economy.residents > 0)
    found = slope(s, *(replace(base, transfer_added=base.transfer_added + h * u) for h in (STEP, -STEP)))
    close(s.transfer @ u, found, "transfer")


@pytest.mark.parametrize("form", ["everything", "residents", "stayers", "free entry"])
def test_single_cells_against_central_differences(form: str) -> None:
    """The largest cell of each field, alone."""
    economy = random_economy(13, **FORMS[form])
    s = sensitivities(economy)
    values = {
        "trade_cost": s.trade_cost(), "commuting_cost": s.commuting_cost(), "productivity": s.productivity[0],
        "amenity": s.amenity[0], "floor_space": s.floor_space[0], "land": s.land[0], "entitlement": s.attraction[0],
    }  # fmt: skip
    for name, value in values.items():
        u = np.zeros(value.shape)
        u[np.unravel_index(np.abs(value).argmax(), value.shape)] = 1.0
        assert (u * value).sum() != 0
        found = slope(s, moved(Shock(), name, STEP * u), moved(Shock(), name, -STEP * u))
        close((u * value).sum(), found[0], name)


@pytest.mark.parametrize("form", ["everything", "nobody commutes", "stayers"])
def test_borders_against_central_differences(form: str) -> None:
    """Every pair of areas, in each direction, and all of them at once."""
    economy = random_economy(14, **FORMS[form])
    areas = np.array(["b", "a", "c", "a", "b", "c"])
    trade, commuting = np.array([0.25, 0.1]), 0.4 * economy.commutes
    s = sensitivities(economy, objective=ALL)
    got = s.borders(areas, trade=trade, commuting=commuting)
    assert got.shape == (len(s), 3, 3)
    names = np.unique(areas)
    crossing = {
        (a, b): (areas[:, None] == names[a]) & (areas == names[b]) for a in range(3) for b in range(3) if a != b
    }
    crossing["all"] = areas[:, None] != areas

    def scenario(where: np.ndarray, h: float) -> Shock:
        cost = np.exp(h * trade[:, None, None] * where)
        return Shock(trade_cost=cost, commuting_cost=np.exp(h * commuting * where) if commuting else None)

    for key, where in crossing.items():
        expected = slope(s, scenario(where, STEP), scenario(where, -STEP))
        close(got.sum(axis=(1, 2)) if key == "all" else got[:, key[0], key[1]], expected, str(key))
    np.testing.assert_array_equal(got[:, range(3), range(3)], 0.0)


# ---- links


def network(seed: int, n: int = 6, *, theta: float | None = None) -> LinkNetwork:
    """A ring with chords, half of the links one way: times differ by direction."""
    rng = np.random.default_rng(seed)
    pairs = [(i, (i + 1) % n) for i in range(n)] + [(i, (i + 2) % n) for i in range(0, n, 2)]
    frame = pd.DataFrame({
        "from_node": [str(i) for i, _ in pairs], "to_node": [str(j) for _, j in pairs],
        "time": rng.uniform(20, 60, len(pairs)), "oneway": [k % 3 == 0 for k in range(len(pairs))],
    }, index=pd.Index([f"{i}-{j}" for i, j in pairs], name="link_id"))  # fmt: skip
    return LinkNetwork.from_links([str(i) for i in range(n)], frame, rng.uniform(5, 15, n), theta=theta)


@pytest.mark.parametrize("theta", [None, 0.3])
@pytest.mark.parametrize("form", ["everything", "one sector", "nobody commutes", "stayers"])
def test_links_against_central_differences(form: str, theta: float | None) -> None:
    """Each link: its time changes, all pairs are routed again, the equilibrium is solved again."""
    economy = random_economy(15, **FORMS[form])
    net = network(16, theta=theta)
    way = routes(net)
    assert np.abs(way.time - way.time.T).max() > 1.0  # else the direction of trips is not tested
    effects = TimeEffects(trade=np.linspace(0.3, 0.1, economy.elasticities.sectors), commuting=0.5 * economy.commutes)
    s = sensitivities(economy, objective=ALL, network=net, effects=effects)
    kinked = way.kinked(4 * STEP)
    assert not kinked.all()
    for k, name in enumerate(net.links.index):
        if kinked[k]:
            continue
        expected = slope(s, *(link_shock(s, net.scaled(name, np.exp(h)), effects) for h in (STEP, -STEP)))
        close(s.links[:, k], expected, name)


def test_links_at_a_scenario() -> None:
    """The scenario stays, the network is the one of the scenario."""
    economy = random_economy(17)
    base = draw(economy, np.random.default_rng(18), 0.08)
    net = network(19)
    effects = TimeEffects.of(economy, share=np.array([1.0, 0.2]))
    s = sensitivities(economy, objective=ALL, network=net, effects=effects, shock=base)
    for name in net.links.index[:3]:
        expected = slope(s, *(link_shock(s, net.scaled(name, np.exp(h)), effects) for h in (STEP, -STEP)))
        close(s.links[:, net.links.index.get_loc(name)], expected, name)


def test_congested_links_against_central_differences() -> None:
    """At given flows: free times change, traffic finds its new times."""
    economy = random_economy(20, sectors=1)
    net = network(21, theta=0.3)
    flow = np.random.default_rng(22).uniform(0.5, 2.0, (6, 6))
    jam = Congestion(strength=0.1, capacity=2.0)
    way = congested(net, flow, jam)
    effects = TimeEffects(trade=[0.3], commuting=0.5, delivered=True)
    s = sensitivities(economy, network=way, effects=effects)
    plain = sensitivities(economy, network=net, effects=effects)
    assert np.abs(s.links / plain.links - 1).max() > 0.01
    for k in range(len(net.links)):
        shocks = []
        for h in (STEP, -STEP):
            factor = np.ones(len(net.links))
            factor[k] = np.exp(h)
            new = congested(net, flow, jam, free=scaled_free(net, way.free, factor), tolerance=1e-13).time / way.time
            np.fill_diagonal(new, 1.0)
            shocks.append(Shock(trade_cost=new.T**0.3, commuting_cost=new**0.5))
        close(s.links[:, k], slope(s, *shocks), str(k))


def test_a_link_that_nobody_uses_is_worth_nothing() -> None:
    net = network(23)
    slow = net.with_times(np.where(np.arange(len(net.links)) == 7, 500.0, net.links["time"]))
    s = sensitivities(random_economy(24), objective=ALL, network=slow)
    assert (s.links[:, 7] == 0).all()
    assert (s.links[0] != 0).any()


# ---- closed forms


@pytest.mark.parametrize("form", [f for f in FORMS if f != "the toolkit's form"])
def test_uniform_changes_in_closed_form(form: str) -> None:
    """A change that is the same everywhere moves nobody and no nominal income: prices alone answer, by hand.

    dln c = (1 + entry/theta) inputs dln P + (trade cost) - (productivity); the floor-space price follows the index, so
    that welfare falls by (alpha + delta)/(1 + delta) for each unit of the index.
    """
    economy = random_economy(25, **FORMS[form])
    e, s = economy.elasticities, sensitivities(economy, objective="groups")
    chain = np.linalg.inv(np.eye(e.sectors) - (1 + e.entry / e.theta)[:, None] * e.inputs)
    share = (e.alpha + e.delta) / (1 + e.delta)
    tol = {"rtol": 1e-9, "atol": 1e-10}
    for k in range(len(s)):
        np.testing.assert_allclose(s.trade_cost(k).sum(axis=(1, 2)), -share * (e.spending @ chain), **tol)
        np.testing.assert_allclose(s.productivity[k].sum(axis=1), share * (e.spending @ chain), **tol)
        if economy.commutes:
            np.testing.assert_allclose(s.commuting_cost(k).sum(), -1.0, **tol)
    np.testing.assert_allclose(s.amenity.sum(axis=1), 1.0, **tol)
    np.testing.assert_allclose(s.floor_space.sum(axis=1), (1 - e.alpha) / (1 + e.delta), **tol)
    np.testing.assert_allclose(s.attraction.sum(axis=(1, 2)), 1.0, **tol)


def test_envelope_of_an_exchange_economy() -> None:
    """Nobody moves, no externality, weights by income: a pair is worth its trade over world income, cell by cell.

    Hulten (1978), Rev. Econ. Stud. 45(3): in an efficient economy the first-order effect is the Domar weight, for one
    sector and for two with inputs, of which gross flows count.
    """
    free = {
        "alpha": 1.0, "amenity_spill": 0.0, "nu": np.zeros(1), "settled": True, "groups": 6, "transferring": False,
        "commuting": False, "equal_pay": False,
    }  # fmt: skip
    two = {"land": np.zeros(2), "labour": np.array([0.6, 0.7]), "inputs": np.array([[0.1, 0.3], [0.2, 0.1]])}
    for form in (
        {"sectors": 1, **free}, {"sectors": 1, **free, "nu": np.array([0.1])},  # employment is fixed: no spillover acts
        {"sectors": 2, **free, **two, "nu": np.zeros(2), "equal_pay": True},
    ):  # fmt: skip
        economy = random_economy(26, **form)
        income = economy.income * economy.residents
        weights = economy.location @ economy.income
        s = sensitivities(economy, objective=SocialWelfare(weights=weights))
        domar = economy.trade * economy.spending[:, :, None] / income.sum()
        np.testing.assert_allclose(-s.trade_cost(), domar, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(s.productivity[0], economy.output / income.sum(), rtol=1e-9, atol=1e-12)


def test_envelope_with_mobility() -> None:
    """One group, equal pay, no rents: exact pair by pair; with unequal pay only in the sum.

    Spillovers of one elasticity everywhere change nothing at equal pay: a worker who moves gives nu times her wage to
    the one place and takes it from the other. They do at unequal pay, beyond what unequal pay does by itself.
    """
    free = {
        "sectors": 1, "groups": 1, "alpha": 1.0, "amenity_spill": 0.0, "nu": np.zeros(1), "transferring": False,
        "commuting": False, "equal_pay": True,
    }  # fmt: skip

    def gap(**form: Any) -> tuple[float, float]:
        economy = random_economy(27, **free | form)
        s = sensitivities(economy)
        domar = economy.trade * economy.spending[:, :, None] / (economy.income * economy.residents).sum()
        cells = -s.trade_cost() - domar
        return float(np.abs(cells).max() / domar.max()), float(abs(cells.sum()))

    for form in ({}, {"nu": np.array([0.1])}):
        cell, total = gap(**form)
        assert cell < 1e-9 and total < 1e-9
    pay, total = gap(equal_pay=False)
    assert pay > 1e-3 and total < 1e-9
    both, total = gap(equal_pay=False, nu=np.array([0.1]))
    assert abs(both - pay) > 1e-3 and total < 1e-9


# ---- objectives


@pytest.mark.parametrize("aversion", [0.0, 0.5, 1.0, 2.0])
def test_social_welfare_is_the_stated_function(aversion: float) -> None:
    """Against Omega by its definition, at a scenario, with weights and levels."""
    economy = random_economy(28)
    rng = np.random.default_rng(29)
    weights, level = rng.uniform(0.5, 2, 3), rng.uniform(0.5, 2, 3)
    aim = SocialWelfare(weights=weights, aversion=aversion, level=level)
    shock = draw(economy, rng, 0.1)
    s = sensitivities(economy, objective=aim, shock=shock)
    p = weights * economy.groups / (weights * economy.groups).sum()

    def omega(log: np.ndarray) -> float:
        w = level * np.exp(log)
        return float(p @ (np.log(w) if aversion == 1 else w ** (1 - aversion) / (1 - aversion)))

    log = np.log(s.welfare)
    derivative = np.array([(omega(log + h) - omega(log - h)) / 2e-5 for h in 1e-5 * np.eye(3)])
    scale = p @ (level * s.welfare) ** (1 - aversion)
    np.testing.assert_allclose(aim.derivative(economy, s.welfare) * scale, derivative, rtol=1e-8)
    each = sensitivities(economy, objective="groups", shock=shock)
    np.testing.assert_allclose(s.amenity[0], derivative / scale @ each.amenity, rtol=1e-7)
    equal = np.full(3, 1.3)
    if aversion == 1:
        np.testing.assert_allclose(aim.change(economy, np.ones(3), equal), np.log(1.3))
    same = SocialWelfare(aversion=aversion, level=np.ones(3))
    np.testing.assert_allclose(same.change(economy, np.ones(3), equal), np.log(1.3))


def test_money_is_the_sum_over_groups() -> None:
    """At the baseline: income of each group times its relative gain."""
    economy = random_economy(30)
    s = sensitivities(economy, objective=ALL)
    income = economy.groups * np.einsum("gn,sni,si->g", economy.location, economy.commuting, economy.wage)
    np.testing.assert_allclose(Money.income(economy), income, rtol=1e-12)
    np.testing.assert_allclose(s.productivity[1], np.tensordot(income, s.productivity[2:], 1), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        s.productivity[0], np.tensordot(economy.groups / economy.groups.sum(), s.productivity[2:], 1), rtol=1e-9
    )
    assert s.names == ("social", "money", "group 0", "group 1", "group 2")


# ---- invariances


def permuted(economy: Economy, order: np.ndarray) -> Economy:
    """The same economy with its places in another order."""
    pair = np.ix_(range(economy.elasticities.sectors), order, order)
    assert economy.commuting is not None and economy.transfers is not None
    return replace(
        economy, trade=economy.trade[pair], wage=economy.wage[:, order], workers=economy.workers[:, order],
        location=economy.location[:, order], home=np.argsort(order)[economy.home],
        commuting=economy.commuting[pair], transfers=economy.transfers[order],
    )  # fmt: skip


@pytest.mark.parametrize("form", ["everything", "stayers"])
def test_relabelling_permutes(form: str) -> None:
    economy = random_economy(31, **FORMS[form])
    order = np.random.default_rng(32).permutation(6)
    one, other = (sensitivities(e, objective=ALL) for e in (economy, permuted(economy, order)))
    tol = {"rtol": 1e-8, "atol": 1e-11}
    for name in ("productivity", "land", "amenity", "floor_space", "attraction"):
        np.testing.assert_allclose(getattr(other, name), getattr(one, name)[..., order], **tol)
    np.testing.assert_allclose(other.trade_cost(1), one.trade_cost(1)[:, order][:, :, order], **tol)
    np.testing.assert_allclose(other.commuting_cost(2), one.commuting_cost(2)[:, order][:, :, order], **tol)
    areas = np.array(["x", "y", "x", "z", "y", "z"])
    np.testing.assert_allclose(
        other.borders(areas[order], trade=0.3, commuting=0.2), one.borders(areas, trade=0.3, commuting=0.2), **tol
    )


def test_units_of_money_and_of_time() -> None:
    """Wages in another unit scale money alone; times in another unit scale nothing."""
    economy = random_economy(33)
    assert economy.transfers is not None
    cents = replace(economy, wage=100 * economy.wage, transfers=100 * economy.transfers)
    net = network(34)
    hours = replace(net, links=net.links.assign(time=net.links["time"] / 60), own_time=net.own_time / 60, unit="h")
    one, other = sensitivities(economy, objective=ALL, network=net), sensitivities(cents, objective=ALL, network=hours)
    scale = np.where(np.array(one.names) == "money", 100.0, 1.0)[:, None]
    np.testing.assert_allclose(other.links, scale * one.links, rtol=1e-8, atol=1e-11)
    np.testing.assert_allclose(other.amenity, scale * one.amenity, rtol=1e-8, atol=1e-11)


def test_the_solution_may_be_given() -> None:
    economy = random_economy(35)
    shock = draw(economy, np.random.default_rng(36), 0.1)
    state = solve(economy, [shock], tolerance=1e-13).state[0]
    given_, solved = sensitivities(economy, shock=shock, state=state), sensitivities(economy, shock=shock)
    np.testing.assert_allclose(given_.amenity, solved.amenity, rtol=1e-9)
    assert np.abs(solved.amenity / sensitivities(economy).amenity - 1).max() > 1e-3  # the scenario matters


# ---- screening


@pytest.mark.parametrize("delivered", [False, True])
def test_screening_is_exact_and_its_bias_vanishes_with_the_change(delivered: bool) -> None:
    economy = random_economy(37)
    net = network(38)
    s = sensitivities(economy, objective=ALL, network=net, effects=TimeEffects.of(economy, delivered=delivered))
    tiny, large = screening(s, factor=0.9999, top=4), screening(s, factor=0.7, top=4)
    assert max(map(abs, tiny.bias)) < 1e-3 < max(map(abs, large.bias))
    assert list(tiny.frame.index) == list(large.frame.index)
    assert tiny.frame["first_order"].is_monotonic_decreasing
    name = str(large.frame.index[0])
    ratio = times(net.scaled(name, 0.7)) / times(net)
    assert s.effects is not None
    trade = (ratio.T if delivered else ratio)[None] ** s.effects.trade[:, None, None]
    by_hand = solve(economy, [Shock(trade_cost=trade, commuting_cost=ratio**s.effects.commuting)])
    p = economy.groups / economy.groups.sum()
    np.testing.assert_allclose(large.frame.loc[name, "exact"], p @ np.log(by_hand.welfare[0]), rtol=1e-8)
    np.testing.assert_allclose(large.frame.loc[name, "first_order"],
                               s.links[0][net.links.index.get_loc(name)] * np.log(0.7))  # fmt: skip
    assert large.together is not None
    assert large.together != pytest.approx(large.frame["exact"].sum(), rel=1e-3)
    one = screening(s, links=[name], together=False)
    assert one.together is None and np.isnan(one.correlation) and list(one.frame.index) == [name]


def test_screening_correlates_as_defined() -> None:
    """Pearson of values and of ranks, from the frame."""
    s = sensitivities(random_economy(39), network=network(40))
    found = screening(s, top=6, factor=0.5, together=False)
    first, exact = found.frame["first_order"], found.frame["exact"]
    assert found.correlation == pytest.approx(np.corrcoef(first, exact)[0, 1])
    rank = [np.argsort(np.argsort(v)) for v in (first, exact)]
    assert found.rank_correlation == pytest.approx(np.corrcoef(*rank)[0, 1])


# ---- tables


def test_tables_hold_what_they_say() -> None:
    economy = random_economy(41)
    net = network(42)
    s = sensitivities(economy, objective=ALL, network=net)
    unit = Unit(name="million CNY (current)", per_income=50.0)
    areas = np.array(["a", "a", "b", "b", "c", "c"])
    tables = (
        link_table(s, unit=unit), incidence_table(s, ["x", "y", "z"], unit=unit, top=2),
        border_table(s, areas, unit=unit, trade=0.2), place_table(s, list("uvwxyz"), unit=unit),
    )  # fmt: skip
    for table in tables:
        frame = table.to_frame()
        assert list(frame.columns) == [c.name for c in table.describe()]
        assert not frame.duplicated([c.name for c in table.describe() if c.key]).any()
        assert table.warnings and table.title_zh and table.parameters()["objective"] == "social"
        assert all(c.formula == "methods#sensitivities" for c in table.describe() if c.modelled)
    links, groups, borders, places = (table.to_frame() for table in tables)
    k = net.links.index.get_loc(links["link_id"][0])
    minutes = net.links["time"].iloc[k]
    assert s.links[0][k] == s.links[0].min() and links["rank"][0] == 1
    # one minute of a link of t minutes is a share 1/t of its time
    np.testing.assert_allclose(links["welfare_per_time"][0], -100 * s.links[0][k] / minutes)
    np.testing.assert_allclose(links["gain_per_time"][0], -50 * s.links[1][k] / minutes)
    np.testing.assert_allclose(links["welfare_percent"][0], -s.links[0][k])
    np.testing.assert_allclose(links["gain"][0], -0.5 * s.links[1][k])
    np.testing.assert_allclose(groups["gain"][:3].sum(), links["gain"][0])  # incidence adds up to the sum
    assert list(groups["group"][:3]) == ["x", "y", "z"] and len(groups) == 6
    both = s.borders(areas, trade=0.2)
    row = borders.set_index(["area", "other"]).loc[("a", "c")]
    np.testing.assert_allclose(row["welfare_percent"], -(both[0, 0, 2] + both[0, 2, 0]))
    np.testing.assert_allclose(tables[2].facts()["all_borders_welfare_percent"], -both[0].sum())
    np.testing.assert_allclose(places["productivity_percent"], s.productivity[0].sum(axis=0))
    payers = economy.income * economy.residents / (economy.income * economy.residents).sum()
    np.testing.assert_allclose(places["transfer_gain"] @ payers, 0, atol=1e-12)  # to all from all
    np.testing.assert_allclose(
        places["transfer_gain"][2] - places["transfer_gain"][0], s.transfer[1] @ np.eye(6)[2] - s.transfer[1][0]
    )


def test_default_effects_are_those_of_passenger_time() -> None:
    """Share of face-to-face trade times the elasticity to time over theta."""
    economy = random_economy(43)
    effects = TimeEffects.of(economy)
    np.testing.assert_allclose(effects.trade, 0.2 * 1.26 / economy.elasticities.theta)
    assert effects.commuting == 0.47
    assert TimeEffects.of(random_economy(43, commuting=False)).commuting == 0
    both = TimeEffects.of(economy, share=[1.0, 0.0], time_elasticity=1.0, commuting=0.3)
    np.testing.assert_allclose(both.trade, [1 / economy.elasticities.theta[0], 0.0])


# ---- refusals


def test_refusals_say_what_is_wrong() -> None:
    economy, still = random_economy(44), random_economy(44, commuting=False)
    net = network(45)
    s = sensitivities(economy)
    for call, message in (
        (lambda: sensitivities(economy, objective="welfare"), "objective must be social, money, groups"),
        (lambda: sensitivities(economy, objective=3), "there is no group 3: groups are 0 to 2"),
        (lambda: sensitivities(economy, objective=()), "no objective"),
        (lambda: sensitivities(economy, objective=SocialWelfare(aversion=2)), "needs the baseline level"),
        (lambda: sensitivities(economy, objective=SocialWelfare(weights=np.ones(2))), "3 finite numbers"),
        (lambda: sensitivities(economy, objective=SocialWelfare(weights=-np.ones(3))), "weights must be above zero"),
        (lambda: sensitivities(economy, objective=SocialWelfare(aversion=-1)), "aversion must be >= 0"),
        (lambda: sensitivities(economy, shock=Shock(amenity=np.ones(5))), "amenity has the shape"),
        (lambda: sensitivities(economy, state=np.zeros(5)), "state has the shape"),
        (lambda: sensitivities(economy, network=network(1, n=8)), "network joins 8 places, the economy has 6"),
        (lambda: sensitivities(economy, network=net, effects=TimeEffects(trade=[0.1])), "1 sectors given, 2 exist"),
        (lambda: sensitivities(still, effects=TimeEffects(trade=[0.1, 0.1], commuting=1)), "nobody commutes"),
        (lambda: TimeEffects(trade=[np.nan]), "finite"),
        (lambda: sensitivities(still).commuting_cost(), "nobody commutes"),
        (lambda: s.links, "no network was given"),
        (lambda: s.borders(np.ones(5)), "labels: expected one a place"),
        (lambda: screening(s), "no network was given"),
        (lambda: screening(sensitivities(economy, network=net), factor=1.0), "factor must be above zero and not one"),
        (lambda: screening(sensitivities(economy, network=net), objective=1), "objective must be one of 0 to 0"),
        (lambda: screening(sensitivities(economy, network=net), links=["9-9"]), "not in the network: 9-9"),
        (lambda: link_table(s, unit=Unit(name="")), "no money among the objectives"),
        (lambda: link_table(sensitivities(economy, objective=ALL), unit=Unit(name="")), "no network was given"),
        (lambda: incidence_table(s, ["x"], unit=Unit(name="")), "0 objectives are groups, 1 names for 3 groups"),
        (lambda: place_table(sensitivities(economy, objective=ALL), ["x"], unit=Unit(name="")), "1 names for 6 places"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=message):
            call()


def test_points_near_a_fold_are_flagged() -> None:
    """Two equal places that trade freely: the fold is known by hand.

    Prices are the same, so that dln w (1 + theta) = (theta nu - 1) dln R from w R ~ (w / R^nu)^-theta, and
    dln R = epsilon (alpha dln w - (1 - alpha) dln R): neutral at the fold below.
    """
    theta, epsilon, alpha = 4.0, 3.0, 0.7
    fold = (1 + (1 + theta) * (1 - alpha + 1 / epsilon) / alpha) / theta
    found = {}
    for nu in (0.2, fold - 0.001, fold + 0.001):
        economy = Economy.one_sector(
            elasticities=Elasticities.one_sector(theta=theta, epsilon=epsilon, alpha=alpha, nu=nu),
            trade=np.full((2, 2), 0.5), income=np.ones(2), population=np.ones(2),
        )  # fmt: skip
        s = sensitivities(economy, objective=("social", "money"))
        notes = " ".join(place_table(s, ["a", "b"], unit=Unit(name="")).warnings)
        found[nu] = (s.eigenvalue, bool(s.warnings), "largest real eigenvalue" in notes)
    assert [f[1:] for f in found.values()] == [(False, False), (True, True), (True, True)]
    assert found[fold - 0.001][0] < 1 < found[fold + 0.001][0]


def test_a_baseline_may_be_given() -> None:
    class Baseline:
        economy = random_economy(47)

    a, b = sensitivities(Baseline()), sensitivities(Baseline.economy)
    for field in fields(a.adjoint.cotangents):
        np.testing.assert_array_equal(
            getattr(a.adjoint.cotangents, field.name), getattr(b.adjoint.cotangents, field.name)
        )
