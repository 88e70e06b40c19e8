"""The guards on the German application of Monte, Redding and Rossi-Hansberg (2018): 401 counties, observed commuting.

Reference: SPATIAL_MODEL 4.4 with its corrections C5 and C6, figures of an independent implementation. The scale
elasticity nu at which the observed economy becomes unstable, .2488, does not depend on the algorithm. The eigenvalues
printed there do, and belong to its first map, in which rents and utility use the prices of the pass before: the
witness below, the equations of C7 as plain matrices, reproduces them with these, and ours with the new ones.
"""

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.guards import examine, uniqueness
from megaregion.equilibrium.invert import invert_productivity
from megaregion.equilibrium.multiplicity import many_starts
from megaregion.equilibrium.presets import from_commuters, monte_redding_rossi_hansberg_2018
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import solve
from megaregion.errors import SolveError

_spec = importlib.util.spec_from_file_location("toolkit_loop", Path(__file__).parent / "toolkit_loop.py")
assert _spec is not None and _spec.loader is not None
toolkit_loop = importlib.util.module_from_spec(_spec)
sys.modules["toolkit_loop"] = toolkit_loop  # dataclasses look their module up
_spec.loader.exec_module(toolkit_loop)

THETA, ALPHA, DELTA, EPSILON = 3.0, 0.7, 0.38, 4.6
HALF = 5.1e-5  # of the last printed digit of the critical values


@pytest.fixture(scope="module")
def data(shared_data: Path) -> Any:
    return toolkit_loop.germany(shared_data / "reference" / "spatial-equilibrium")


@pytest.fixture(scope="module")
def germany(data: Any) -> Economy:
    e = monte_redding_rossi_hansberg_2018()
    return from_commuters(e, commuters=data.commuters, wage=data.wage, cost=data.cost)[0]


def with_nu(economy: Economy, nu: float) -> Economy:
    """The same observed shares: only productivities that are fitted and cancel depend on nu."""
    return replace(economy, elasticities=economy.elasticities.replace(nu=np.array([nu])))


def largest(matrix: np.ndarray) -> complex:
    """Eigenvalue with the largest real part."""
    from scipy.sparse.linalg import eigs

    found = eigs(matrix, k=6, which="LR", return_eigenvectors=False, v0=np.ones(len(matrix)))
    return complex(found[found.real.argmax()])


def witness(economy: Economy, nu: float, *, old_prices: bool) -> np.ndarray:
    """Derivative of the map at the baseline in ln wages, residents and price indices (3n, 3n), equation by equation."""
    n, share, choice = economy.size, economy.trade[0], economy.commuting[0]
    pay, residents = economy.wage[0], economy.residents
    workers, income = residents @ choice, choice @ pay
    one, none = np.eye(n), np.zeros((n, n))
    wage, people, before = (np.hstack([one if k == m else none for k in range(3)]) for m in range(3))
    access = choice @ wage
    earnings = ((1 + EPSILON) * choice * pay / income[:, None] - EPSILON * choice) @ wage
    work = EPSILON * wage + (choice * residents[:, None] / workers).T @ (people - EPSILON * access)
    cost = wage - (nu + 1 / THETA) * work
    price = share @ cost
    used = before if old_prices else price
    rent = (earnings + people + DELTA * used) / (1 + DELTA)
    utility = access - ALPHA * used - (1 - ALPHA) * rent
    sales = (share * (income * residents)[:, None] / (pay * workers)).T
    demand = sales @ (earnings + people + THETA * price) - THETA * cost
    new_wage = wage + (demand - wage - work) / (1 + THETA)
    chosen = EPSILON * (utility - (residents / residents.sum()) @ utility)
    new_people = people + (chosen - people) / (1 + EPSILON * (1 - ALPHA) / (1 + DELTA))
    level = (pay * workers / (pay @ workers)) @ (new_wage + work)
    return np.vstack([new_wage - level, new_people, price - level])


def gaps(economy: Economy, nu: float, wage: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Log excess demands for goods (n,) and homes (n,) at factors on wages and residents, from the equations."""
    choice, pay, lived = economy.commuting[0], economy.wage[0], economy.residents
    access = choice @ wage**EPSILON
    chosen = choice * wage**EPSILON / access[:, None]
    workers = (lived * people) @ chosen
    income = chosen @ (pay * wage)
    cost = wage / (workers / (lived @ choice)) ** (nu + 1 / THETA)
    kernel = economy.trade[0] * cost**-THETA
    price = kernel.sum(axis=1) ** (-1 / THETA)
    sold = (kernel / kernel.sum(axis=1)[:, None]).T @ (income * lived * people)
    rent = (income / (choice @ pay) * people * price**DELTA) ** (1 / (1 + DELTA))
    utility = access ** (1 / EPSILON) / (price**ALPHA * rent ** (1 - ALPHA))
    moved = utility**EPSILON / (lived / lived.sum() @ utility**EPSILON)
    return np.concatenate([np.log(sold / (pay * wage * workers)), np.log(moved / people)])


@pytest.mark.parametrize(("nu", "printed"), [(0.05, 0.7611), (0.2222, 0.9707), (0.245, 0.9958)])
def test_largest_eigenvalue(germany: Economy, nu: float, printed: float) -> None:
    """The printed figures with the map they belong to; ours with the corrected one."""
    assert largest(witness(germany, nu, old_prices=True)).real == pytest.approx(printed, abs=5.1e-5)
    corrected = largest(witness(germany, nu, old_prices=False))
    assert corrected.imag == 0.0
    assert uniqueness(with_nu(germany, nu)).largest_real == pytest.approx(corrected.real, abs=1e-6)


def test_shares_do_not_depend_on_nu(data: Any, germany: Economy) -> None:
    """Inverted again with another nu: other productivities, the same trade."""
    other = from_commuters(
        monte_redding_rossi_hansberg_2018(nu=0.25), commuters=data.commuters, wage=data.wage, cost=data.cost
    )[0]
    np.testing.assert_allclose(other.trade, germany.trade, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize(
    ("critical", "commuting", "toolkit_form"), [(0.2488, True, False), (0.2556, False, False), (0.2732, True, True)]
)
def test_where_the_observed_economy_becomes_unstable(
    data: Any, germany: Economy, critical: float, commuting: bool, toolkit_form: bool
) -> None:
    """With commuting; without, everybody living where she works, inverted again; in the form of the published code."""
    economy = germany
    if not commuting:
        pay, workers = germany.wage[0], germany.workers[0]
        found = invert_productivity(
            germany.elasticities, cost=data.cost, wage=pay, workers=workers, spending=pay * workers
        )
        economy = Economy.one_sector(
            elasticities=germany.elasticities, trade=found.trade, income=pay * workers, population=workers
        )
    if toolkit_form:
        economy = replace(germany, elasticities=monte_redding_rossi_hansberg_2018(toolkit_form=True))
    for nu, stable in ((critical - HALF, True), (critical + HALF, False)):
        report = uniqueness(with_nu(economy, nu))
        assert (report.largest_real < 1.0) is stable
        assert report.sign == (1 if stable else -1)
        assert (report.verdict == "unstable") is not stable


def test_verdicts(germany: Economy) -> None:
    """Nothing at .05, a flag at .245, refused at .25: this is no fault of a border or of a loose piece."""
    calm, near, beyond = (examine(with_nu(germany, nu)) for nu in (0.05, 0.245, 0.25))
    assert calm.uniqueness.verdict == "locally unique, not proven"
    assert calm.warnings == ()
    assert near.uniqueness.verdict == "multiple possible"
    assert any("close to a fold" in text for text in near.warnings)
    near.require()
    assert beyond.uniqueness.verdict == "unstable"
    with pytest.raises(SolveError, match="unstable"):
        beyond.require()
    assert (calm.blocks, near.blocks, beyond.blocks) == (1, 1, 1)


def test_a_closed_border_is_no_multiplicity(data: Any, germany: Economy) -> None:
    """Costs between East and West times 1000 leave two blocks, times 10 or 3 one; neither is called unstable."""
    blocks, kept = [], []
    for factor in (1000.0, 10.0, 3.0):
        border = np.where(data.across, factor, 1.0)
        shock = Shock(trade_cost=border, commuting_cost=border)
        found = examine(germany, shock, solve(germany, [shock], tolerance=4e-12).state[0])
        assert found.uniqueness.verdict == "locally unique, not proven"
        assert found.uniqueness.agglomerating < 0.98
        assert found.reliability is not None
        assert not found.reliability.near_fold
        blocks.append(found.blocks)
        kept.append((found.reliability.undetermined, any("undetermined" in text for text in found.warnings)))
    assert blocks == [2, 1, 1]
    assert kept == [(True, True), (False, False), (False, False)]


def test_many_starts_find_one_germany_or_several(germany: Economy) -> None:
    """At nu = .05 every start ends at the data; at .245, where the data are stable, others exist all the same.

    They are solutions of the equations as written in this file; in the stable one Berlin (row 325) has grown most.
    """
    one = many_starts(with_nu(germany, 0.05), Shock(), seed=1)
    assert one.found.tolist() == [20]
    np.testing.assert_allclose(one.equilibria.residents, 1.0, atol=1e-9)
    found = many_starts(with_nu(germany, 0.245), Shock(), seed=1, starts=4)
    same = np.abs(np.log(found.equilibria.residents)).max(axis=1) < 1e-8
    assert same.sum() == 1
    assert found.stable[same].all()
    assert found.stable.sum() >= 2
    for k in range(len(found)):
        gap = gaps(germany, 0.245, found.equilibria.wage[k, 0], found.equilibria.residents[k])
        assert np.abs(gap).max() < 1e-9
    berlin = found.equilibria.residents[found.stable & ~same]
    assert (berlin.argmax(axis=1) == 324).any()
