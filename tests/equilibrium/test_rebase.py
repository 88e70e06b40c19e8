"""Transfers taken out of a baseline."""

from dataclasses import replace

import numpy as np
import pytest

from megaregion.equilibrium.calibrate import calibrate
from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.parameters import Parameters
from megaregion.equilibrium.rebase import purge_transfers, transfer_share
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.simulate import solve


def test_purged_baseline_is_the_world_without_transfers(geography) -> None:
    """Purge, then shock = no transfers and shock together, relative to no transfers alone."""
    plain = calibrate(geography(7, 4), 0.7, Parameters()).economy
    given = np.random.default_rng(0).normal(0, 0.02, 7) * plain.output[0]
    given -= given.mean()
    with_transfers = _with(plain, given)
    assert transfer_share(with_transfers) > 0.001
    pure = purge_transfers(with_transfers)
    assert transfer_share(pure) == 0.0 and pure.problems() == []
    raised = np.linspace(0.9, 1.2, 7)
    none = np.zeros(7)
    steps = solve(with_transfers, [Shock(transfer=none), Shock(transfer=none, productivity=raised)], tolerance=1e-13)
    got = solve(pure, [Shock(productivity=raised)], tolerance=1e-13)
    np.testing.assert_allclose(got.residents[0], steps.residents[1] / steps.residents[0], rtol=1e-10)
    assert got.welfare[0, 0] == pytest.approx(steps.welfare[1, 0] / steps.welfare[0, 0], rel=1e-10)


def _with(economy: Economy, transfers: np.ndarray) -> Economy:
    """A baseline with transfers: what places sell must meet what they then spend."""
    spent = economy.output[0] + transfers
    flow = economy.trade[0] * spent[:, None]
    for _ in range(5000):
        flow *= (economy.output[0] / flow.sum(axis=0))[None, :]
        flow *= (spent / flow.sum(axis=1))[:, None]
    return replace(economy, trade=(flow / flow.sum(axis=1, keepdims=True))[None], transfers=transfers)


def test_perfect_mobility_and_stayers_refuse_what_they_cannot_hold(geography) -> None:
    """Groups that share a place, or residents without registered stayers, would give numbers that mean nothing."""
    economy = calibrate(geography(4, 1), 0.7, Parameters()).economy
    free = economy.elasticities.replace(epsilon=np.inf)
    two = replace(
        economy, elasticities=free, groups=np.repeat(economy.groups / 2, 2), location=np.repeat(economy.location, 2, 0),
        home=np.array([-1, -1]),
    )  # fmt: skip
    assert any("perfect mobility needs groups whose places differ" in text for text in two.problems())
    assert replace(economy, elasticities=free).problems() == []
    stayers = replace(economy, elasticities=economy.elasticities.replace(closure="stayers"), home=np.array([0]))
    assert any("3 places have no registered stayers" in text for text in stayers.problems())
