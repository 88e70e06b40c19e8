"""The adjoint equations: against the differenced map, against each other, and their refusals."""

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from megaregion.equilibrium.adjoint import DIRECT_SHARE, DIRECT_UNKNOWNS, adjoint, transposed
from megaregion.equilibrium.linear import Linear
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import solve
from megaregion.equilibrium.system import System
from megaregion.errors import InputError, SolveError

_spec = importlib.util.spec_from_file_location("random_economies", Path(__file__).parent / "random_economies.py")
assert _spec is not None and _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
random_economy = _module.random_economy

FORMS: dict[str, dict[str, Any]] = {
    "two sectors, inputs, land, commuting": {},
    "one sector, nobody commutes": {"sectors": 1, "commuting": False},
    "stayers": {"closure": "stayers", "groups": 6},
    "residents, free entry": {"closure": "residents", "entry": np.ones(2)},
    "perfect mobility in blocks": {"sectors": 1, "blocks": True, "groups": 2},
    "empty cells": {"masked": True},
}


def at_scenario(seed: int, **form: Any) -> tuple[System, np.ndarray]:
    """A system and its solution after a shock to costs and productivity."""
    economy = random_economy(seed, **form)
    rng = np.random.default_rng(seed)
    n, s = economy.size, economy.elasticities.sectors
    shock = Shock(
        trade_cost=np.exp(rng.uniform(-0.1, 0.1, (n, n))), productivity=np.exp(rng.uniform(-0.1, 0.1, (s, n)))
    )
    return System(economy, [shock]), solve(economy, [shock], tolerance=1e-12).state[0]


@pytest.mark.parametrize("form", FORMS)
def test_matrix_is_the_differenced_map(form: str) -> None:
    """Rows of T_x by central differences of the map itself, step 1e-5: error of order 1e-9."""
    system, x = at_scenario(1, **FORMS[form])
    step = 1e-5
    columns = []
    for unit in np.eye(system.unknowns):
        ahead, back = (system.step(system.evaluate((x + h * unit)[None]))[0] for h in (step, -step))
        columns.append((ahead - back) / (2 * step))
    np.testing.assert_allclose(transposed(Linear(system, x)), np.array(columns), rtol=0, atol=2e-8)


@pytest.mark.parametrize("form", FORMS)
def test_factorisation_and_iteration_agree(form: str) -> None:
    system, x = at_scenario(2, **FORMS[form])
    linear = Linear(system, x)
    weights = np.random.default_rng(3).normal(size=(4, system.economy.groups.size))
    direct, krylov = (adjoint(linear, weights, method=m, tolerance=1e-11) for m in ("direct", "krylov"))
    assert (direct.method, krylov.method) == ("direct", "krylov")
    assert direct.iterations == 0 < krylov.iterations
    np.testing.assert_allclose(krylov.multipliers, direct.multipliers, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(krylov.cotangents.productivity, direct.cotangents.productivity, rtol=1e-7, atol=1e-9)


def test_multipliers_solve_the_dense_equations() -> None:
    """(I - T_x)^T m = f_x with matrix and right-hand side formed apart; the stated residual is what is left."""
    system, x = at_scenario(4)
    linear = Linear(system, x)
    groups = system.economy.groups.size
    weights = np.eye(groups)
    right = linear.pull(np.zeros((groups, system.unknowns)), weights).state
    for method in ("direct", "krylov"):
        found = adjoint(linear, weights, method=method)
        gap = right - found.multipliers @ (np.eye(system.unknowns) - transposed(linear).T)
        left = np.abs(gap).max(axis=1) / np.abs(right).max(axis=1)
        assert left.max() <= 1e-11
        np.testing.assert_allclose(left, found.residual, rtol=0, atol=1e-14)


def test_derivatives_are_linear_in_the_weights() -> None:
    system, x = at_scenario(5)
    linear = Linear(system, x)
    one = adjoint(linear, np.eye(3))
    mixed = adjoint(linear, np.array([0.2, -1.5, 3.0]))
    np.testing.assert_allclose(
        mixed.cotangents.amenity[0], np.array([0.2, -1.5, 3.0]) @ one.cotangents.amenity, rtol=1e-10, atol=1e-12
    )
    nothing = adjoint(linear, np.zeros(3), method="krylov")
    assert not nothing.multipliers.any() and not nothing.cotangents.productivity.any()


def test_the_method_follows_size_and_number() -> None:
    """Small systems and many right-hand sides are factorised, others iterated."""
    small = Linear(*at_scenario(6))
    assert small.system.unknowns <= DIRECT_UNKNOWNS
    assert adjoint(small, np.eye(3)).method == "direct"
    economy = random_economy(7, places=150, sectors=1, groups=20)
    system = System(economy, [Shock()])
    large = Linear(system, system.start()[0])
    few = int(DIRECT_SHARE * system.unknowns)
    assert system.unknowns > DIRECT_UNKNOWNS and few < 20
    assert adjoint(large, np.eye(20)[:few]).method == "krylov"
    assert adjoint(large, np.eye(20)[: few + 1]).method == "direct"


def test_refusals() -> None:
    linear = Linear(*at_scenario(8))
    with pytest.raises(InputError, match=r"expected finite \(K, 3\), got \(1, 2\)"):
        adjoint(linear, np.ones(2))
    with pytest.raises(InputError, match="finite"):
        adjoint(linear, np.array([1.0, np.nan, 0.0]))
    for method in ("direct", "krylov", "auto"):
        with pytest.raises(SolveError, match=r"adjoint equations are solved to .* only"):
            adjoint(linear, np.ones(3), method=method, tolerance=1e-40)
