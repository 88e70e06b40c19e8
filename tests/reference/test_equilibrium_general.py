"""The general equilibrium in changes against an independent solution in levels, and against closed forms.

`levels.py` solves the economy from its primitives and shares no line with the package. It is first put to the test
itself: budgets, profits, markets and tastes, each from its definition, and the shares of choices against drawn tastes.
Then every change that the package reports must be the ratio of two solutions in levels to 1e-10.
"""

import functools
import importlib.util
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.elasticities import Elasticities
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import Equilibria, solve

_spec = importlib.util.spec_from_file_location("equilibrium_worlds", Path(__file__).parent / "levels_worlds.py")
assert _spec is not None and _spec.loader is not None
worlds = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(worlds)
WORLDS, CLOSED, draw, commutes, equilibrium = (
    worlds.WORLDS, worlds.CLOSED, worlds.draw, worlds.commutes, worlds.equilibrium,
)  # fmt: skip


@functools.cache
def solved(name: str) -> SimpleNamespace:
    """A world in levels."""
    return equilibrium(WORLDS[name])


def close(got: Any, expected: Any, what: str, tolerance: float = 1e-11) -> None:
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=1e-13, err_msg=what)


# ---- the witness itself


@pytest.mark.parametrize("name", WORLDS)
def test_levels_satisfy_markets_and_budgets(name: str) -> None:
    """All goods markets, also the one left out by Walras's law; people; floor space; every account of every place."""
    e, w = solved(name), WORLDS[name]
    a, h, lived = w.alpha, 1 - w.alpha, w.lived
    close((e.trade * e.demand[:, :, None]).sum(axis=1), e.output, "goods are sold")
    close((e.wage * e.workers).sum(), w.payroll, "numeraire")
    close([e.workers.sum(), e.residents.sum()], w.people.sum(), "people")
    close(e.workers, np.einsum("sni,n->si", e.work, e.residents), "work")
    close(w.people @ e.location, e.residents, "homes")
    # floor space: what is supplied is let; who builds it buys the share delta/(1 + delta) of its rent in tradables
    if h:
        supply = w.floor * (e.rent / e.index) ** w.delta
        close((e.rent * supply)[lived], h * e.income[lived], "floor space")
    built = h * e.income * w.delta / (1 + w.delta) * w.developed
    profit = h * e.income - built
    # production: payments exhaust sales
    close(w.labour[:, None] * e.output, e.wage * e.workers, "wages")
    close(w.land[:, None] * e.output, e.land_rents * w.plots, "land")
    inputs = w.inputs[:, :, None] * e.output[:, None, :]
    # owners of floor space and land and receivers of transfers: who they are depends on the closure
    paid, other = e.earnings * e.residents, e.land_income + w.transfers
    if w.closure == "landlords":
        close(e.income[lived], paid[lived], "only earnings")
        buyers = a * e.income + built + profit + other
    else:
        close(e.income[lived], (paid + profit + other)[lived], "residents get the rent")
        buyers = np.where(lived, a * e.income + built, other)
    close(e.demand, w.spending[:, None] * buyers + inputs.sum(axis=0), "demand")
    # Walras: what a place spends and does not earn is its commuters' pay and its transfers
    gap = e.demand.sum(axis=0) - e.output.sum(axis=0)
    close(gap, paid - (e.wage * e.workers).sum(axis=0) + w.transfers, "balance of payments", 1e-9)
    if w.closure == "stayers":
        at_home = np.arange(lived.size) == w.home[:, None]
        money = w.people[:, None] * e.location * e.earnings * np.where(at_home, e.grant, 1.0)
        close(money.sum(axis=0)[lived], e.income[lived], "stayers' budgets")


@pytest.mark.parametrize("name", WORLDS)
def test_levels_satisfy_firms_and_tastes(name: str) -> None:
    """Prices from single varieties, no profit, and equal expected utility on every pair that anybody uses."""
    e, w = solved(name), WORLDS[name]
    s, n = w.productivity.shape
    for k in range(s):
        sigma, on = w.theta[k] + 1, w.hosts[k]
        product = w.productivity[k, on] * e.workers[k, on] ** w.nu[k]
        shares = np.array([w.labour[k], w.land[k], *w.inputs[k]])
        used = shares > 0
        paid = np.stack([e.wage[k, on], e.land_rents[k, on], *e.price[:, on]])[used]
        bundle = np.exp(shares[used] @ np.log(paid / shares[used][:, None]))
        mill, number = bundle / product, 1.0
        if w.entry[k]:
            mill, number = mill * sigma / (sigma - 1), e.firms[k, on]
            # revenue of a firm over sigma is its operating profit and pays its fixed cost
            close(e.output[k, on] / number / sigma, w.fixed_cost[k, on] * bundle, "no profit")
        close((number * (w.iceberg[k][:, on] * mill) ** (1 - sigma)).sum(axis=1), e.price[k] ** (1 - sigma), "prices")
        bought = number * (w.iceberg[k][:, on] * mill / e.price[k][:, None]) ** (1 - sigma)
        close(e.trade[k][:, on], bought, "trade")
    index = np.prod((e.price / w.spending[:, None]) ** w.spending[:, None], axis=0)
    close(index, e.index, "index")
    h = 1 - w.alpha
    cost = (index / w.alpha) ** w.alpha * ((e.rent / h) ** h if h else 1.0)
    spent = np.divide(e.income, e.earnings * e.residents, out=np.ones(n), where=w.lived)
    for g, (barrier, home) in enumerate(zip(w.barrier, w.home, strict=True)):
        for i in np.flatnonzero(np.isfinite(barrier) & w.lived):
            rise = {"residents": spent[i], "stayers": e.grant[i] if i == home else 1.0}.get(w.closure, 1.0)
            good = w.amenity[i] * e.residents[i] ** w.spill * rise * w.entitlement[g, i] / barrier[i] / cost[i]
            here = w.hosts & np.isfinite(w.commute[:, i])
            net = w.scale[:, i][here] ** (1 / w.phi) * e.wage[here] / w.commute[:, i][here]
            spread = e.work[:, i][here] ** (-1 / w.phi) * e.location[g, i] ** (-1 / w.epsilon)
            close(good * net * spread, e.welfare[g], "utility of a pair")


def test_shares_of_choices_are_those_of_drawn_tastes() -> None:
    """200 000 households with tastes of the stated joint distribution choose as the formulas say (4 std. errors).

    Tastes with shape epsilon across places and phi within: z_nis = (S_n b_nis / E_nis)^(1/phi), E exponential and S_n
    positive stable of index epsilon/phi, drawn by Kanter (1975), Ann. Probab. 3(4).
    """
    world = draw(31, places=3)
    e = equilibrium(world)
    rng = np.random.default_rng(32)
    count, index = 200_000, world.epsilon / world.phi
    angle, spread = rng.uniform(0, np.pi, (count, 3)), rng.exponential(size=(count, 3))
    stable = np.sin(index * angle) / np.sin(angle) ** (1 / index)
    stable *= (np.sin((1 - index) * angle) / spread) ** ((1 - index) / index)
    taste = (stable[:, None, :, None] * world.scale / rng.exponential(size=(count, 2, 3, 3))) ** (1 / world.phi)
    at = world.amenity * e.residents**world.spill / (e.index**world.alpha * e.rent ** (1 - world.alpha))
    at = at * world.entitlement[1] / world.barrier[1]
    value = taste * at[:, None] * e.wage[:, None, :] / world.commute
    chosen = np.bincount(value.reshape(count, -1).argmax(axis=1), minlength=18).reshape(2, 3, 3) / count
    expected = e.work * e.location[1][:, None]
    error = np.sqrt(expected * (1 - expected) / count)
    assert (np.abs(chosen - expected) < 4 * error).all()
    assert np.abs(e.location[1] - 1 / 3).max() > 20 * error.max()  # the test would see a wrong formula


# ---- changes against levels


def shaken(world: Any, seed: int, size: float = 0.15) -> tuple[Any, Shock]:
    """The world after a joint shock to every primitive, and the shock."""
    rng = np.random.default_rng(seed)
    s, n = world.productivity.shape
    g = world.people.size

    def factor(*shape: int) -> np.ndarray:
        return np.exp(rng.uniform(-size, size, shape))

    moves = commutes(world)  # else the costs of pairs stay as they are
    f = {
        "iceberg": factor(s, n, n), "commute": factor(s, n, n) **moves, "scale": factor(s, n, n) **moves,
        "barrier": factor(g, n),
        "entitlement": factor(g, n), "productivity": factor(s, n), "amenity": factor(n), "floor": factor(n),
        "plots": factor(s, n),
    }  # fmt: skip
    times, added = rng.uniform(0.5, 1.5, n), rng.uniform(-0.1, 0.1, n) * world.lived
    added -= (world.transfers * times + added).sum() / world.lived.sum() * world.lived
    after = world.changed(
        **{name: getattr(world, name) * value for name, value in f.items()}, transfers=world.transfers * times + added
    )
    pairs = {"commuting_cost": f["commute"], "pair_scale": f["scale"]} if commutes(world) else {}
    return after, Shock(
        trade_cost=f["iceberg"], migration_cost=f["barrier"], entitlement=f["entitlement"],
        productivity=f["productivity"], amenity=f["amenity"], floor_space=f["floor"], land=f["plots"],
        transfer=times, transfer_added=added, **pairs,
    )  # fmt: skip


def elasticities(w: Any) -> Elasticities:
    return Elasticities(
        theta=w.theta, labour=w.labour, land=w.land, inputs=w.inputs, nu=w.nu, entry=w.entry.astype(float),
        spending=w.spending, alpha=w.alpha, delta=w.delta, epsilon=w.epsilon, phi=w.phi, amenity_spill=w.spill,
        closure=w.closure, land_only=w.developed and w.closure != "landlords",
    )  # fmt: skip


def economy(e: SimpleNamespace) -> Economy:
    """The observed side of an equilibrium in levels."""
    w = e.world
    found = Economy(
        elasticities=elasticities(w), trade=e.trade, wage=e.wage, workers=e.workers, groups=w.people, home=w.home,
        location=e.location, commuting=e.work if commutes(w) else None, transfers=w.transfers,
    )  # fmt: skip
    found.require()
    return found


def compare(got: Equilibria, old: SimpleNamespace, new: SimpleNamespace, tolerance: float = 1e-10) -> None:
    """Every change is a ratio of levels; places and sectors that do not exist are left out."""
    w = old.world
    lived, hosts, bought = w.lived, w.hosts, old.demand > 0
    ground = {name: e.rent ** (1 + w.delta) * e.index**-w.delta * e.world.floor / e.index for name, e in
              (("old", old), ("new", new))}  # fmt: skip
    real = {name: e.earnings / e.index**w.alpha / e.rent ** (1 - w.alpha) for name, e in (("old", old), ("new", new))}
    shop = bought.all(axis=0)
    for name, change, ratio, where in (
        ("wage", got.wage, (new.wage, old.wage), hosts),
        ("workers", got.workers, (new.workers, old.workers), hosts),
        ("price", got.price, (new.price, old.price), bought),
        ("price_index", got.price_index, (new.index, old.index), shop),
        ("residents", got.residents, (new.residents, old.residents), lived),
        ("earnings", got.earnings, (new.earnings, old.earnings), lived),
        ("rent", got.rent, (new.rent, old.rent), lived),
        ("income", got.income, (new.income, old.income), lived),
        ("utility", got.utility, (new.utility, old.utility), lived),
        ("real_income", got.real_income, (real["new"], real["old"]), lived),
        ("land_rent", got.land_rent, (ground["new"], ground["old"]), lived),
    ):
        after, before = ratio
        close(change[0][where], after[where] / before[where], name, tolerance)
    close(got.location[0], new.location, "location", tolerance)
    close(got.welfare[0], new.welfare / old.welfare, "welfare", tolerance)
    payroll = old.wage * old.workers * got.wage[0] * got.workers[0]
    people = [(old.workers * got.workers[0]).sum(), (old.residents * got.residents[0]).sum()]
    close([payroll.sum(), *people], [w.payroll, w.people.sum(), w.people.sum()], "numeraire and people")
    absent = [got.wage[0][~hosts], got.workers[0][~hosts]]
    for name in ("residents", "rent", "utility", "real_income", "land_rent"):
        absent.append(getattr(got, name)[0][~lived])
    close(np.concatenate(absent), 1.0, "what does not exist does not change", 0)


@pytest.mark.parametrize("name", WORLDS)
def test_changes_equal_ratios_of_levels(name: str) -> None:
    """A joint shock to every primitive at once."""
    old = solved(name)
    after, shock = shaken(WORLDS[name], seed=100)
    new = equilibrium(after, old)
    assert np.abs(new.rent / old.rent - 1).max() > 0.05  # no comparison of nothing
    got = solve(economy(old), [shock], tolerance=1e-13)
    compare(got, old, new)


@pytest.mark.parametrize(
    "name", ["everything", "residents, land only", "no commuting, two sectors in a place", "masked"]
)
def test_nobody_may_move(name: str) -> None:
    """With `mobile=False` changes are those of a world in which the residents of each place are a group of its own."""
    old = solved(name)
    rooted = {
        "people": old.residents[WORLDS[name].lived], "home": np.flatnonzero(WORLDS[name].lived),
        "barrier": np.where(np.eye(6, dtype=bool), 1.0, CLOSED)[WORLDS[name].lived],
    }  # fmt: skip
    rooted["entitlement"] = np.ones_like(rooted["barrier"])
    after, shock = shaken(WORLDS[name], seed=101)
    before, new = equilibrium(WORLDS[name].changed(**rooted)), equilibrium(after.changed(**rooted))
    close(before.wage, old.wage, "the same economy")
    got = solve(economy(old), [shock], mobile=False, tolerance=1e-13)
    hosts, lived = WORLDS[name].hosts, WORLDS[name].lived
    for field in ("wage", "workers"):
        close(getattr(got, field)[0][hosts], getattr(new, field)[hosts] / getattr(before, field)[hosts], field, 1e-10)
    for field in ("rent", "earnings", "utility", "income"):
        close(getattr(got, field)[0][lived], getattr(new, field)[lived] / getattr(before, field)[lived], field, 1e-10)
    close(got.price[0], new.price / before.price, "price", 1e-10)
    np.testing.assert_array_equal(got.residents, 1.0)


def test_scenarios_of_a_batch_do_not_mix() -> None:
    """Four different shocks solved together, each against its own levels; the third is empty and exactly one."""
    old = solved("stayers, masked")
    cases = [shaken(old.world, seed=seed, size=0.1 * seed) for seed in (1, 2)]
    shocks = [cases[0][1], cases[1][1], Shock(), Shock(amenity=np.linspace(0.9, 1.1, 6))]
    worlds = [
        cases[0][0],
        cases[1][0],
        old.world,
        old.world.changed(amenity=old.world.amenity * np.linspace(0.9, 1.1, 6)),
    ]
    together = solve(economy(old), shocks, tolerance=1e-13)
    for row, world in enumerate(worlds):
        one = Equilibria(**{f.name: getattr(together, f.name)[row : row + 1] for f in fields(Equilibria)})
        compare(one, old, equilibrium(world, old))
    np.testing.assert_array_equal(together.wage[2], 1.0)
    np.testing.assert_array_equal(together.welfare[2], 1.0)


@pytest.mark.parametrize(
    "name", ["everything", "stayers", "residents, free entry", "free entry, inputs and land", "masked",
             "no floor space", "one sector in a place, stayers", "perfect mobility in two blocks"],
)  # fmt: skip
def test_progress_everywhere_by_hand(name: str) -> None:
    """The same factor on a sector's productivity and land everywhere moves its price alone; nobody moves or earns more.

    ln P = (I - K G)^-1 (-ln A - K bT ln T) with K = 1 + 1/theta under free entry, else 1, and
    ln W = -(alpha + delta)/(1 + delta) ln P index.
    """
    w = WORLDS[name]
    better, plots = np.array([1.2, 0.95])[: w.theta.size], np.array([0.8, 1.1])[: w.theta.size]
    factor = 1 + w.entry / w.theta
    costs = -np.log(better) - factor * w.land * np.log(plots)
    price = np.linalg.solve(np.eye(w.theta.size) - factor[:, None] * w.inputs, costs)
    shock = Shock(productivity=np.outer(better, np.ones(6)), land=np.outer(plots, np.ones(6)))
    got = solve(economy(solved(name)), [shock], tolerance=1e-13)
    close(got.price[0], np.exp(price)[:, None] * np.ones(6), "price", 1e-11)
    close(got.welfare[0], np.exp(-(w.alpha + w.delta) / (1 + w.delta) * (w.spending @ price)), "welfare", 1e-11)
    for field in ("wage", "workers", "residents", "earnings", "income"):
        close(getattr(got, field), 1.0, field, 1e-11)
