"""What happens where acceleration fails or an economy is nearly in pieces: Newton, blocks, eigenvalues."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from megaregion.equilibrium import newton
from megaregion.equilibrium.calibrate import calibrate
from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.guards import examine, uniqueness
from megaregion.equilibrium.multiplicity import selection
from megaregion.equilibrium.parameters import Parameters, scale_bound
from megaregion.equilibrium.presets import from_fundamentals, redding_rossi_hansberg_2017
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import solve
from megaregion.equilibrium.system import System
from megaregion.errors import ConvergenceError

_spec = importlib.util.spec_from_file_location("random_economies", Path(__file__).parent / "random_economies.py")
assert _spec is not None and _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
random_economy = _module.random_economy


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


@pytest.fixture
def without_acceleration(monkeypatch) -> list[float]:
    """No iteration of acceleration; collects the residuals that Newton's method ends at."""
    ends, polish = [], newton.polish

    def counted(*args, **kwargs):
        found = polish(*args, **kwargs)
        ends.append(found.residual)
        return found

    monkeypatch.setattr(newton, "ANDERSON", 0)
    monkeypatch.setattr(newton, "polish", counted)
    return ends


@pytest.mark.parametrize("matrix", [True, False])
def test_newton_on_two_countries(shared_data: Path, monkeypatch, matrix: bool) -> None:
    """Redding and Rossi-Hansberg (2017), 900 places: with the matrix of 1,800 unknowns and by GMRES, both from the
    baseline, the solutions of acceleration, and their published per cent (west and east; .3 .2, and 2.3 1.3)."""
    folder, number = shared_data / "reference/spatial-equilibrium", np.arange(900)
    x, y = number // 30, number % 30
    west, apart = x < 15, np.abs(np.stack([x[:, None] - x, y[:, None] - y]))
    steps = apart.max(axis=0) + (np.sqrt(2) - 1) * apart.min(axis=0)
    np.fill_diagonal(steps, 1.0)
    log = np.loadtxt(folder / "rrh2017_log_productivity_30x30.csv").ravel()
    log -= np.where(west, log[west].mean(), log[~west].mean())
    country = np.where(west[:, None] != west, 2.0, 1.0)
    cell = 2.0 - np.eye(900)
    economy = from_fundamentals(
        redding_rossi_hansberg_2017(), cost=steps**0.33 * cell * country, productivity=np.exp(log),
        floor_space=np.full(900, 100.0), members=np.full(2, 153_889 / 2), places=np.stack([west, ~west]),
    )  # fmt: skip
    freed = [Shock(trade_cost=1 / country), Shock(trade_cost=1 / cell)]
    usual = solve(economy, freed, tolerance=1e-12)
    np.testing.assert_array_equal((100 * (usual.welfare - 1)).round(1), [[0.3, 0.2], [2.3, 1.3]])
    monkeypatch.setattr(newton, "ANDERSON", 0)
    chosen = freed[:1] if matrix else freed  # the matrix takes seconds
    if not matrix:
        monkeypatch.setattr(newton, "_DENSE", 0)
    got = solve(economy, chosen, tolerance=1e-12)
    assert (got.residual <= 1e-12).all()
    assert (got.iterations < 20).all()  # Newton's method converges quadratically, acceleration needed 41 and 69
    for name in ("residents", "welfare", "wage", "rent"):
        np.testing.assert_allclose(getattr(got, name), getattr(usual, name)[: len(chosen)], rtol=1e-9, err_msg=name)


@pytest.mark.parametrize("commuting", [True, False])
def test_newton_on_an_economy_nearly_in_two(geography, without_acceleration: list[float], commuting: bool) -> None:
    """A border that costs a thousand times as much: Newton's method solves it, and the guard names the right reason."""
    if commuting:
        economy = random_economy(3, transferring=False)
    else:
        economy = calibrate(geography(14, 3), 0.0, Parameters(theta=5.0)).economy
    half = np.arange(economy.size) < economy.size // 2
    border = np.where(half[:, None] != half, 1000.0, 1.0)
    shock = Shock(trade_cost=border, commuting_cost=border if commuting else None)
    found = solve(economy, [shock])
    assert without_acceleration  # and nothing else solved it
    assert found.residual[0] <= 1e-11
    report = examine(economy, shock, found.state[0])
    assert report.blocks == 2
    assert report.reliability is not None
    assert report.reliability.undetermined
    assert not report.reliability.near_fold
    assert report.uniqueness.largest_real > 0.98 > report.uniqueness.agglomerating
    assert report.uniqueness.verdict in ("unique", "locally unique, not proven")
    text = " ".join(report.warnings)
    assert "in 2 parts" in text
    assert "undetermined" in text
    assert not any(word in text for word in ("several equilibria", "fold", "unstable", "merge"))
    report.require()
    assert selection(economy, shock, found.state[0], seed=4) == []


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
