"""What happens where acceleration fails or an economy is nearly in pieces: Newton, blocks, eigenvalues."""

from dataclasses import replace

import numpy as np
import pytest

from megaregion.equilibrium import newton
from megaregion.equilibrium.calibrate import calibrate
from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.guards import examine, uniqueness
from megaregion.equilibrium.parameters import Parameters, scale_bound
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import solve
from megaregion.equilibrium.system import System
from megaregion.errors import ConvergenceError


def twins(own: float, p: Parameters) -> Economy:
    share = np.array([[own, 1 - own], [1 - own, own]])
    return Economy.one_sector(elasticities=p.structure(), trade=share, income=np.ones(2), population=np.ones(2))


def test_newton_ends_where_acceleration_ends(geography, monkeypatch) -> None:
    """Two iterations of acceleration allowed: Newton finishes every scenario of the batch at the same point."""
    economy = calibrate(geography(12, 2), 0.7, Parameters()).economy
    rng = np.random.default_rng(1)
    many = [Shock(trade_cost=rng.uniform(0.7, 1.2, (12, 12))), Shock(), Shock(productivity=rng.uniform(0.8, 1.3, 12))]
    usual = solve(economy, many, tolerance=1e-12)
    monkeypatch.setattr(newton, "ANDERSON", 2)
    got = solve(economy, many, tolerance=1e-12)
    for name in ("residents", "welfare", "wage", "rent"):
        np.testing.assert_allclose(getattr(got, name), getattr(usual, name), rtol=1e-10)
    assert (got.residents[1] == 1.0).all()  # the empty scenario stays exact


def test_what_cannot_be_solved_is_named(geography, monkeypatch) -> None:
    """Transfers far beyond the income of a place: no equilibrium, and the error says which scenario."""
    economy = calibrate(geography(6, 2), 0.7, Parameters()).economy
    taken = np.zeros(6)
    taken[:2] = np.array([-50.0, 50.0]) * economy.output.sum()
    monkeypatch.setattr(newton, "ANDERSON", 20)
    with pytest.raises(ConvergenceError, match="number 1"):
        solve(economy, [Shock(), Shock(transfer_added=taken)])


def test_two_blocks_are_told_from_one(geography) -> None:
    """Costs times 1000 between two halves leave two economies that trade 1e-12; times 10 leave one."""
    economy = calibrate(geography(8, 3), 0.0, Parameters(theta=6.0)).economy
    half = np.arange(8) < 4
    across = half[:, None] != half[None, :]
    kept = []
    for factor in (1000.0, 10.0):
        shock = Shock(trade_cost=np.where(across, factor, 1.0), migration_cost=None)
        found = solve(economy, [shock])
        kept.append(examine(economy, shock, found.state[0]).blocks)
    assert kept == [2, 1]


@pytest.mark.parametrize("own", [0.6, 0.9])
def test_largest_eigenvalue_of_twins(own: float) -> None:
    """The antisymmetric direction of two equal places by central differences of the map."""
    p = Parameters(nu=0.2)
    economy = twins(own, p)
    system, step = System(economy, [Shock()]), 1e-6
    unit = np.eye(4)
    matrix = np.stack([
        (system(step * e[None])[0][0] - system(-step * e[None])[0][0]) / (2 * step) for e in unit
    ], axis=1)  # fmt: skip
    assert uniqueness(economy).largest_real == pytest.approx(np.linalg.eigvals(matrix).real.max(), abs=1e-6)


def test_the_bound_is_that_of_one_sector() -> None:
    """Inside the bound the verdict is unique; far beyond it, in a nearly closed economy, the flag is raised."""
    p = Parameters()
    assert uniqueness(twins(0.7, p)).verdict == "unique"
    assert uniqueness(twins(0.7, p)).bound == pytest.approx(scale_bound(p), rel=1e-12)
    strong = examine(twins(0.4, replace(p, nu=2.5 * scale_bound(p))))
    assert strong.uniqueness.verdict != "unique" and strong.warnings
