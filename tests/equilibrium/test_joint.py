"""Every reported number at joint draws: exact, the same wherever it is computed, failures named."""

from concurrent.futures import Executor

import numpy as np
import pandas as pd
import pytest

from megaregion.equilibrium import joint
from megaregion.equilibrium.calibrate import Baseline, baseline
from megaregion.equilibrium.counterfactual import simulate
from megaregion.equilibrium.ensemble import GAMMA
from megaregion.equilibrium.executors import executor_for
from megaregion.equilibrium.joint import ensemble, joint_welfare
from megaregion.equilibrium.mappings import MAPPINGS
from megaregion.equilibrium.ranges import with_ranges
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.shocks import Impulse
from megaregion.errors import SolveError

KINDS = {"headline": False, "full_effect": True}


class Subsidy:
    """Amenity that grows with an elasticity."""

    def elasticities(self):
        return (MAPPINGS["heritage"],)

    def shock(self, fit, ratio, *, full_effect=False, elasticity=None):
        value = MAPPINGS["heritage"].default if not elasticity else elasticity["heritage"]
        return Shock(amenity=np.full(len(ratio), np.exp(value)))


@pytest.fixture
def base(geography, cluster, times, border) -> Baseline:
    place = geography(12, 3)
    return baseline(cluster(place, equilibrium={"draws": 20}), times(place), border)


@pytest.fixture
def scenarios(base) -> dict[str, Impulse]:
    n = len(base.place.places)
    plain = {
        "time_ratio": np.ones((n, n)),
        "barrier": np.ones((n, n)),
        "productivity": np.ones(n),
        "amenity": np.ones(n),
    }
    return {
        "half": Impulse(**{**plain, "barrier": np.where(base.place.cross > 0, 0.5, 1.0)}),
        "faster": Impulse(**{**plain, "time_ratio": np.full((n, n), 0.8)}),
        "richer": Impulse(**{**plain, "productivity": np.linspace(1.0, 1.2, n)}),
    }


def same(one, other) -> None:
    assert one.kept.tolist() == other.kept.tolist() and one.failed == other.failed
    for table, columns in one.values.items():
        for name, values in columns.items():
            np.testing.assert_array_equal(values, other.values[table][name], err_msg=f"{table}.{name}")


def test_every_row_is_the_scenario_at_its_draw(base, scenarios) -> None:
    found = ensemble(base, scenarios, seed=3, variants=KINDS)
    assert found.scenarios == tuple((s, v) for s in scenarios for v in KINDS)
    for k in (0, 11):
        chosen = dict(zip(found.sample.names, map(float, found.sample.values[k]), strict=True))
        fit = base.at(gamma=chosen.pop(GAMMA), **chosen)
        shocks = {f"{s} {v}": i.shock(fit, full_effect=full) for s, i in scenarios.items() for v, full in KINDS.items()}
        exact = simulate(fit.economy, shocks, fit.layout(base.place))
        for table, frame in (("places", exact.places()), ("groups", exact.groups()), ("gains", exact.gains())):
            for name, values in found.values[table].items():
                np.testing.assert_allclose(values[k], frame[name], rtol=1e-9, atol=1e-9, err_msg=name)


def test_pool_serial_and_chunks_agree_to_the_last_bit(base, scenarios, monkeypatch) -> None:
    monkeypatch.setattr(joint, "TRIAL", 0.0)
    monkeypatch.setattr(joint, "START_UP", -1.0)
    here = ensemble(base, scenarios, seed=3, variants=KINDS)
    with executor_for("processes", workers=2) as pool:
        same(here, ensemble(base, scenarios, seed=3, variants=KINDS, executor=pool))
        monkeypatch.setattr(joint, "_TASKS", 3)
        same(here, ensemble(base, scenarios, seed=3, variants=KINDS, executor=pool))


def test_a_dask_cluster_agrees_to_the_last_bit(base, scenarios, monkeypatch) -> None:
    monkeypatch.setattr(joint, "TRIAL", 0.0)
    monkeypatch.setattr(joint, "START_UP", -1.0)
    distributed = pytest.importorskip("distributed", reason="extra `distributed` is not installed")
    here = ensemble(base, scenarios, seed=3)
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, protocol="tcp", host="127.0.0.1"
        ) as cluster,
        executor_for(cluster.scheduler_address) as there,
    ):
        same(here, ensemble(base, scenarios, seed=3, executor=there))


def test_light_work_is_not_sent(base, scenarios) -> None:
    class Refuses(Executor):
        def submit(self, *args, **more):
            raise AssertionError("sent")

    here = ensemble(base, scenarios, seed=3)
    same(here, ensemble(base, scenarios, seed=3, executor=Refuses()))


def test_welfare_alone_is_the_same_welfare(base, scenarios) -> None:
    whole = ensemble(base, scenarios, seed=3, variants=KINDS)
    welfare = joint_welfare(base, list(scenarios.values()), seed=3)
    expected = 1 + whole.values["gains"]["welfare_percent"] / 100
    np.testing.assert_allclose(welfare.transpose(0, 2, 1).reshape(20, -1), expected, rtol=1e-12)


def test_a_scenario_does_not_hang_on_its_neighbours(base, scenarios) -> None:
    alone = ensemble(base, {"half": scenarios["half"]}, seed=3)
    among = ensemble(base, scenarios, seed=3)
    np.testing.assert_allclose(alone.values["gains"]["gain"][:, 0], among.values["gains"]["gain"][:, 0], rtol=1e-8)


def test_failed_draws_are_named_and_left_out(base, scenarios, monkeypatch) -> None:
    right, bad = Baseline.at, ensemble(base, scenarios, seed=3).sample.values[[4]]

    def at(self, **changes):
        if changes["theta"] in bad[:, 0]:
            raise SolveError("no baseline here")
        return right(self, **changes)

    monkeypatch.setattr(Baseline, "at", at)
    found = ensemble(base, scenarios, seed=3)
    assert [f.draw for f in found.failed] == [4] and found.failed[0].reason == "no baseline here"
    assert found.failed[0].values["theta"] == bad[0, 0]
    assert found.kept.tolist() == [k for k in range(20) if k != 4]
    assert found.values["gains"]["gain"].shape == (19, 3)
    assert "1 of 20 draws" in found.warnings[0] and "no baseline here" in found.warnings[0]
    bad = found.sample.values[[1, 2, 3]]
    with pytest.raises(SolveError, match="3 of 20 draws"):
        ensemble(base, scenarios, seed=3)


def test_ranges_stand_behind_their_numbers() -> None:
    frame = pd.DataFrame({"a": ["x", "y"], "v": [1.0, 2.0], "w": [0.0, 0.0]})
    samples = np.column_stack([np.arange(101.0), np.arange(101.0) * 2])
    found = with_ranges(frame, {"v": samples})
    assert list(found) == ["a", "v", "v_p05", "v_p50", "v_p95", "w"]
    np.testing.assert_allclose(found[["v_p05", "v_p50", "v_p95"]], [[5, 50, 95], [10, 100, 190]])


def test_elasticities_of_policies_are_drawn_too(base, monkeypatch) -> None:
    """A policy in use adds its column, moves no other, and its shock sees the value of the draw."""
    n = len(base.place.places)
    plain = {"time_ratio": np.ones((n, n)), "barrier": np.ones((n, n)), "productivity": np.ones(n)}

    policy = Impulse(**plain, amenity=np.ones(n), policy=Subsidy())
    half = Impulse(**{**plain, "barrier": np.where(base.place.cross > 0, 0.5, 1.0)}, amenity=np.ones(n))
    alone, both = ensemble(base, {"half": half}, seed=3), ensemble(base, {"half": half, "policy": policy}, seed=3)
    assert both.sample.names == (*alone.sample.names, "heritage")
    np.testing.assert_array_equal(both.sample.values[:, :-1], alone.sample.values)
    drawn = both.sample.values[:, -1]
    low, high = MAPPINGS["heritage"].low, MAPPINGS["heritage"].high
    slices = np.floor((drawn - low) / (high - low) * 20).astype(int)
    np.testing.assert_array_equal(np.sort(slices), np.arange(20))
    found = both.values["gains"]["welfare_percent"][:, 1]
    np.testing.assert_allclose(found, 100 * np.expm1(drawn), rtol=1e-9)  # amenity everywhere is welfare one to one
    np.testing.assert_array_equal(
        both.values["gains"]["welfare_percent"][:, 0].round(9), alone.values["gains"]["welfare_percent"][:, 0].round(9)
    )
