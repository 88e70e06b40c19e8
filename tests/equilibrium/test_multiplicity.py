"""Several equilibria: two equal places, whose equilibria are the roots of one equation in one unknown.

With symmetric trade costs spending of one place on the other is proportional in both ways, so that sales w L satisfy
c^-theta ~ w L P^theta (Allen and Arkolakis 2014, QJE 129(3)); utility equalises up to tastes where w / P ~ L^beta, with
beta = [(1-alpha)/(1+delta) + 1/epsilon - b] / [(alpha+delta)/(1+delta)]. Together w^(1+2 theta) ~ L^(theta (beta + a) -
1) A^theta, a the scale elasticity, and what is left is the price index of one place over that of the other. Nothing
here calls the package.
"""

import importlib.util
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

from megaregion.equilibrium.continuation import continue_from, follow
from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.elasticities import Elasticities
from megaregion.equilibrium.guards import uniqueness
from megaregion.equilibrium.multiplicity import many_starts, selection
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import solve
from megaregion.equilibrium.system import System
from megaregion.errors import ConvergenceError, InputError

_spec = importlib.util.spec_from_file_location("random_economies", Path(__file__).parent / "random_economies.py")
assert _spec is not None and _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
random_economy = _module.random_economy

THETA, ALPHA, DELTA, EPSILON = 3.0, 0.7, 0.38, 4.6  # those of the German application
BETA = ((1 - ALPHA) / (1 + DELTA) + 1 / EPSILON) / ((ALPHA + DELTA) / (1 + DELTA))


@dataclass(frozen=True)
class Twins:
    """Two equal places, own share s, scale elasticity a; `p` is the ln ratio of changes of their productivity."""

    s: float
    a: float

    def cost(self, rho: float, p: float = 0.0) -> float:
        """Ln ratio of c^-theta at a ln ratio of residents rho."""
        wage = ((THETA * (BETA + self.a) - 1) * rho + THETA * p) / (1 + 2 * THETA)
        return THETA * (self.a * rho - wage + p)

    def gap(self, rho: float, p: float = 0.0) -> float:
        """Zero in equilibrium."""
        wage = ((THETA * (BETA + self.a) - 1) * rho + THETA * p) / (1 + 2 * THETA)
        f = np.exp(self.cost(rho, p))
        return float(np.log((self.s * f + 1 - self.s) / ((1 - self.s) * f + self.s)) + THETA * (wage - BETA * rho))

    def roots(self, p: float = 0.0, widest: float = 30.0) -> list[float]:
        """All ln ratios of residents in equilibrium."""
        grid = np.linspace(-widest, widest, 24_002)  # zero is no point of it
        value = np.array([self.gap(r, p) for r in grid])
        at = np.flatnonzero(np.sign(value[:-1]) != np.sign(value[1:]))
        return [brentq(lambda r: self.gap(r, p), grid[k], grid[k + 1], xtol=1e-14, rtol=1e-14) for k in at]

    def residents(self, rho: float) -> np.ndarray:
        """Factors on residents, (2,)."""
        return 2.0 / (1.0 + np.exp([-rho, rho]))

    def welfare(self, rho: float, p: float = 0.0) -> float:
        """Factor, from the own share and residents of place one."""
        people, f = self.residents(rho)[0], np.exp(self.cost(rho, p))
        own = f / (self.s * f + 1 - self.s)
        real = people**self.a * np.exp(p / 2) * own ** (-1 / THETA)
        return float((real * people**-BETA) ** ((ALPHA + DELTA) / (1 + DELTA)))

    @property
    def threshold(self) -> float:
        """Scale elasticity at which the even equilibrium splits: where the gap is flat at rho = 0."""
        z = 2 * self.s - 1
        return float((BETA * (1 + THETA * (1 + z)) + 1 - z) / (THETA * (1 + z) + z))

    def economy(self) -> Economy:
        e = Elasticities.one_sector(
            theta=THETA, epsilon=EPSILON, alpha=ALPHA, delta=DELTA, nu=self.a - 1 / THETA, entry=1.0
        )
        share = np.array([[self.s, 1 - self.s], [1 - self.s, self.s]])
        return Economy.one_sector(elasticities=e, trade=share, income=np.ones(2), population=np.ones(2))


def ratios(residents: np.ndarray) -> np.ndarray:
    return np.log(residents[:, 0] / residents[:, 1])


def test_where_two_equal_places_split() -> None:
    """.6057 at an own share of .9; the bound for any geography, .5556, is its limit without trade."""
    assert Twins(0.9, 0.6).threshold == pytest.approx(0.6057, abs=1e-4)
    assert pytest.approx(0.5556, abs=1e-4) == BETA
    assert BETA < Twins(0.999999, 0.6).threshold < BETA + 1e-4
    for own in (0.6, 0.9):
        split = Twins(own, 0.6).threshold
        for away, stable in ((-1e-5, True), (1e-5, False)):
            report = uniqueness(Twins(own, split + away).economy())
            assert (report.largest_real < 1.0) is stable
            assert report.sign == (1 if stable else -1)
            assert (report.verdict == "unstable") is not stable


@pytest.mark.parametrize(("own", "beyond"), [(0.9, 0.005), (0.9, 0.1), (0.6, 0.05)])
def test_all_equilibria_of_equal_places(own: float, beyond: float) -> None:
    """Above the threshold an even one, unstable, and two mirrored ones: the roots of the one equation."""
    twins = Twins(own, Twins(own, 0.6).threshold + beyond)
    roots = twins.roots()
    assert len(roots) == 3
    found = many_starts(twins.economy(), Shock(), seed=1)
    order = np.argsort(ratios(found.equilibria.residents))
    np.testing.assert_allclose(ratios(found.equilibria.residents)[order], roots, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(
        found.equilibria.residents[order], [twins.residents(r) for r in roots], rtol=1e-7, atol=1e-9
    )
    np.testing.assert_allclose(found.equilibria.welfare[order, 0], [twins.welfare(r) for r in roots], rtol=1e-8)
    assert found.stable[order].tolist() == [True, False, True]
    assert found.largest_real[order][1] > 1.0 > found.largest_real[order][[0, 2]].max()
    assert (found.found[order][[0, 2]] > 0).all()
    assert found.failed == 0
    assert found.found.sum() == found.starts == 20


@pytest.mark.parametrize("own", [0.6, 0.9])
def test_one_equilibrium_below_the_threshold(own: float) -> None:
    twins = Twins(own, Twins(own, 0.6).threshold - 0.01)
    assert len(twins.roots()) == 1
    found = many_starts(twins.economy(), Shock(), seed=2)
    assert len(found) == 1
    assert found.stable.all()
    assert found.found.tolist() == [20]
    np.testing.assert_allclose(found.equilibria.residents, 1.0, atol=1e-8)
    state = solve(twins.economy(), [Shock()]).state[0]
    assert selection(twins.economy(), Shock(), state, seed=2) == []


@pytest.mark.parametrize("beyond", [0.02, 0.1])
def test_all_equilibria_of_unequal_places(beyond: float) -> None:
    """One place becomes a little more productive: three roots, none of them even, or only one."""
    twins = Twins(0.9, Twins(0.9, 0.6).threshold + beyond)
    numbers = []
    for p in (0.001, 0.5):
        shock = Shock(productivity=np.exp([p / 2, -p / 2]))
        roots = twins.roots(p)
        found = many_starts(twins.economy(), shock, seed=3)
        order = np.argsort(ratios(found.equilibria.residents))
        np.testing.assert_allclose(ratios(found.equilibria.residents)[order], roots, rtol=1e-7)
        np.testing.assert_allclose(found.equilibria.welfare[order, 0], [twins.welfare(r, p) for r in roots], rtol=1e-8)
        slope = [(twins.gap(r + 1e-5, p) - twins.gap(r - 1e-5, p)) for r in roots]
        outer = np.sign(twins.gap(30.0, p))  # stable where the gap crosses zero as it does for the outermost
        assert found.stable[order].tolist() == [bool(np.sign(v) == outer) for v in slope]
        numbers.append(len(roots))
    assert numbers == [3, 1]


def test_equilibria_come_in_all_orders_of_equal_places() -> None:
    """Four places at equal distance: what can happen with them in one order can happen in any."""
    share = np.full((4, 4), 0.05) + 0.8 * np.eye(4)
    e = Elasticities.one_sector(theta=THETA, epsilon=EPSILON, alpha=ALPHA, delta=DELTA, nu=0.4, entry=1.0)
    economy = Economy.one_sector(elasticities=e, trade=share, income=np.ones(4), population=np.ones(4))
    found = many_starts(economy, Shock(), seed=5, starts=30)
    sizes = np.log(found.equilibria.residents[found.stable])
    patterns = np.unique(np.sort(sizes, axis=1).round(5), axis=0)
    for pattern in patterns:
        orders = {tuple(row.round(5)) for row in sizes if np.allclose(np.sort(row), pattern, atol=1e-4)}
        _, repeats = np.unique(pattern, return_counts=True)
        expected = 24 // np.prod([np.prod(np.arange(1, r + 1)) for r in repeats])
        assert len(orders) == expected
    assert len(sizes) >= 4


def test_random_starts_depend_on_the_seed_only() -> None:
    twins = Twins(0.9, 0.65)
    one, two, other = (many_starts(twins.economy(), Shock(), seed=s, starts=8) for s in (7, 7, 8))
    np.testing.assert_array_equal(one.equilibria.state, two.equilibria.state)
    assert one.found.tolist() == two.found.tolist()
    np.testing.assert_allclose(
        np.sort(ratios(one.equilibria.residents)), np.sort(ratios(other.equilibria.residents)), atol=1e-8
    )


def test_selection_in_words() -> None:
    """What is shown is unstable by symmetry; next to a shock it is one of two."""
    twins = Twins(0.9, Twins(0.9, 0.6).threshold + 0.05)
    economy = twins.economy()
    even = selection(economy, Shock(), System(economy, [Shock()]).start()[0], seed=11)
    assert "20 starts found 2 other stable equilibria" in even[0]
    assert "and it is unstable" in even[0]
    assert f"welfare {100 * (twins.welfare(twins.roots()[0]) - 1):+.3g} %" in even[0]
    share = 100 * (twins.residents(twins.roots()[-1])[0] - 1) / 2
    assert f"{share:.3g} % of the people living elsewhere" in even[0]
    shock = Shock(productivity=np.exp([0.0005, -0.0005]))
    for root, words in ((-1, "is also the one that grows"), (0, "is not the one that grows")):
        residents = np.log(twins.residents(twins.roots(0.001)[root]))
        system = System(economy, [shock])
        start = system.join(np.zeros((1, 1, 2)), residents[None], np.zeros((1, 1, 2)), np.zeros((1, 2)))
        state = solve(economy, [shock], start=start).state[0]
        said = selection(economy, shock, state, seed=11)
        assert "20 starts found 1 other stable equilibrium:" in said[0]
        assert "unstable" not in said[0]
        assert words in said[1]


def test_path_from_no_agglomeration() -> None:
    """Where the equilibrium is unique, the path ends at the one that `solve` finds, whatever the steps."""
    twins = Twins(0.6, BETA - 0.01)
    shock = Shock(productivity=np.array([1.1, 0.95]), trade_cost=np.array([[1.0, 0.9], [1.0, 1.0]]))
    direct = solve(twins.economy(), [shock], tolerance=1e-12)
    for steps in (1, 3, 10):
        path = continue_from(twins.economy(), shock, steps=steps)
        assert (path.reached, path.folded, path.proven) == (True, False, True)
        assert path.part[0] == 0.0
        assert path.part[-1] == 1.0
        np.testing.assert_allclose(path.nu[[0, -1], 0], [0.0, twins.a - 1 / THETA], atol=1e-15)
        np.testing.assert_allclose(path.state[-1], direct.state[0], atol=1e-10)
        assert "reaches its end" in path.ends
    assert path.largest_real[0] < path.largest_real[-1] < 1.0


def test_path_through_the_threshold_follows_the_larger_place() -> None:
    """A shock decides which of two equal places becomes the large one; from there the path has no fold."""
    twins, p = Twins(0.9, 0.66), 0.002
    path = continue_from(twins.economy(), Shock(productivity=np.exp([p / 2, -p / 2])), steps=20)
    assert path.reached
    system = System(twins.economy(), [Shock()])
    people = system.split(path.state)[1]
    assert people[-1, 0] - people[-1, 1] == pytest.approx(twins.roots(p)[-1], rel=1e-8)
    for nu, row in zip(path.nu[:, 0], people, strict=True):
        assert replace(twins, a=nu + 1 / THETA).gap(row[0] - row[1], p) == pytest.approx(0.0, abs=1e-8)


def test_path_stops_where_the_even_equilibrium_splits() -> None:
    """Without a shock the path is the baseline itself; it is followed up to the threshold and no further."""
    twins = Twins(0.9, 0.66)
    path = continue_from(twins.economy(), Shock())
    assert (path.reached, path.folded) == (False, True)
    assert path.nu[-1, 0] + 1 / THETA == pytest.approx(twins.threshold, abs=1e-4)
    assert path.nu[-1, 0] + 1 / THETA <= twins.threshold
    assert "eigenvalue reaches one" in path.ends


def test_path_stops_at_a_fold() -> None:
    """The larger place loses productivity until it cannot hold its size: the fold of the one equation."""
    twins = Twins(0.9, Twins(0.9, 0.6).threshold + 0.05)
    economy, big = twins.economy(), twins.roots()[-1]

    def slope(rho: float, p: float) -> float:
        return (twins.gap(rho + 1e-5, p) - twins.gap(rho - 1e-5, p)) / 2e-5

    def needed(rho: float) -> float:
        """Loss of productivity at which rho is an equilibrium."""
        return brentq(lambda p: twins.gap(rho, p), -1.0, 1.0, xtol=1e-15)

    fold = brentq(lambda rho: slope(rho, needed(rho)), 0.05 * big, big, xtol=1e-12)
    last = needed(fold)
    assert last < 0
    system = System(economy, [Shock()])
    residents = np.log(twins.residents(big))[None]
    start = solve(
        economy, [Shock()], start=system.join(np.zeros((1, 1, 2)), residents, np.zeros((1, 1, 2)), np.zeros((1, 2)))
    ).state[0]

    def losing(part: float) -> tuple[Economy, Shock]:
        p = 3.0 * last * part
        return economy, Shock(productivity=np.exp([p / 2, -p / 2]))

    path = follow(losing, start=start)
    assert (path.reached, path.folded) == (False, True)
    assert path.part[-1] == pytest.approx(1 / 3, abs=2e-3)
    assert path.part[-1] <= 1 / 3
    people = system.split(path.state[-1:])[1][0]
    assert people[0] - people[1] >= fold
    assert path.largest_real[-1] > 0.98
    below = follow(lambda part: losing(0.3 * part), start=start)  # nine tenths of the way to the fold
    assert below.reached
    people = system.split(below.state[-1:])[1][0]
    assert people[0] - people[1] == pytest.approx(twins.roots(0.9 * last)[-1], rel=1e-8)


@pytest.mark.parametrize(
    "form",
    [
        {}, {"masked": True}, {"closure": "stayers", "groups": 6}, {"blocks": True}, {"settled": True, "groups": 6},
        {"closure": "residents", "commuting": False}, {"sectors": 1, "groups": 1},
    ],
    ids=str,
)  # fmt: skip
def test_economies_of_every_form(form: dict[str, Any]) -> None:
    """Weak agglomeration: starts and paths all end at the solution, and empty cells stay empty."""
    economy = random_economy(1, **form)
    shock = Shock(productivity=np.random.default_rng(1).uniform(0.8, 1.2, economy.wage.shape))
    direct = solve(economy, [shock])
    found = many_starts(economy, shock, seed=1, starts=8)
    assert len(found) == 1
    assert found.stable.all()
    assert found.found[0] + found.failed == 8
    assert found.found[0] > 4  # some begin where transfers exceed the income of a place
    np.testing.assert_allclose(found.equilibria.residents, direct.residents, rtol=1e-8)
    np.testing.assert_allclose(found.equilibria.welfare, direct.welfare, rtol=1e-9)
    path = continue_from(economy, shock, steps=3)
    assert path.reached
    np.testing.assert_allclose(path.state[-1], direct.state[0], atol=1e-8)
    assert selection(economy, shock, direct.state[0], seed=1, starts=8) == []


def test_no_equilibrium_at_all() -> None:
    """Transfers far beyond income: nothing is found, and it is said."""
    economy = Twins(0.9, 0.5).economy()
    with pytest.raises(ConvergenceError, match="none of 6 starts"):
        many_starts(economy, Shock(transfer_added=np.array([-50.0, 50.0])), seed=1, starts=6)


def test_bad_arguments() -> None:
    economy = Twins(0.9, 0.5).economy()
    with pytest.raises(InputError, match="starts"):
        many_starts(economy, Shock(), seed=1, starts=0)
    with pytest.raises(InputError, match="steps"):
        continue_from(economy, Shock(), steps=0)
    with pytest.raises(InputError, match="productivity"):
        many_starts(economy, Shock(productivity=np.ones(3)), seed=1)
    with pytest.raises(InputError, match="productivity"):
        continue_from(economy, Shock(productivity=np.ones(3)))
    with pytest.raises(ConvergenceError, match="beginning of the path"):
        continue_from(economy, Shock(transfer_added=np.array([-50.0, 50.0])))
