"""Rings and Durbin effects of planted worlds; a siphon keeps its sign."""

import numpy as np
import pandas as pd
import pytest

from megaregion.core.spatial_lag import spatial_lag
from megaregion.errors import AlignmentError, InputError, MissingDataError, SchemaError
from megaregion.links.soft.spillover import durbin, rings

THETA = np.array([-0.6, 0.4, 0.1, 0.0])  # a siphon next to the core, spillover beyond


def world(seed=0, cores=60, each=8, periods=3, noise=0.02):
    rng = np.random.default_rng(seed)
    core_ids = [f"c{k}" for k in range(cores)]
    ids = [f"p{k}" for k in range(cores * each)]
    nearest = np.repeat(np.arange(cores), each)
    far = np.full((len(ids), cores), 1e4)
    own = rng.uniform(0, 300, len(ids))
    far[np.arange(len(ids)), nearest] = own
    core = rng.normal(0.05, 0.03, (cores, periods))
    ring = np.searchsorted([0, 50, 100, 200], own, side="right") - 1
    shock = rng.normal(0, noise / 2, (cores, periods))
    growth = THETA[ring][:, None] * core[nearest] + np.array([0.03, 0.01, 0.02, 0.0])[ring][:, None]
    growth += np.linspace(0, 0.02, periods) + shock[nearest] + rng.normal(0, noise, growth.shape)
    years = list(range(periods))
    return (pd.DataFrame(growth, ids, years), pd.DataFrame(core, core_ids, years), pd.DataFrame(far, ids, core_ids))


def test_exact_rings_come_back_with_their_sign():
    got = rings(*world(noise=0.0)).to_frame()
    np.testing.assert_allclose(got["theta"], THETA, atol=1e-9)
    assert got["places"].sum() == 480 and got["identified"].all()


def test_bands_cover_and_the_siphon_is_named():
    """60 worlds: pointwise intervals hold each ring 51 times or more, the band holds all four 51 times or more."""
    each, together, siphon = np.zeros(4), 0, 0
    for seed in range(60):
        got = rings(*world(seed)).to_frame()
        each += ((got["ci_low"] <= THETA) & (got["ci_high"] >= THETA)).to_numpy()
        together += bool(((got["band_low"] <= THETA) & (got["band_high"] >= THETA)).all())
        siphon += got["sign"].iloc[0] == "siphon"
    assert (each >= 51).all() and together >= 51 and siphon == 60, (each, together, siphon)


def test_signs_that_the_band_does_not_bear_are_counted():
    found = [rings(*world(seed)) for seed in range(12)]
    for got in found:
        t = got.to_frame()
        alone = int(
            ((t["ci_low"] > 0) & (t["band_low"] <= 0)).sum() + ((t["ci_high"] < 0) & (t["band_high"] >= 0)).sum()
        )
        said = [text for text in got.warnings if "not over all rings at once" in text]
        assert said == ([f"{alone} signs hold for the ring alone, not over all rings at once (band)"] if alone else [])
    assert any("not over all rings" in " ".join(got.warnings) for got in found)


def test_an_empty_ring_has_no_number():
    growth, core, far = world(1)
    got = rings(growth, core, far, edges=(0.0, 100.0, 5e4))
    assert not got.to_frame()["identified"].iloc[2] and np.isnan(got.to_frame()["theta"].iloc[2])
    assert got.to_frame()["sign"].iloc[2] == "undecided"
    assert [c.name for c in got.describe()] == list(got.to_frame())
    assert "siphon" in got.warnings[0]


def test_controls_and_gaps():
    growth, core, far = world(2, noise=0.0)
    z = pd.DataFrame({"z": np.random.default_rng(3).normal(size=len(growth))}, growth.index)
    moved = growth.add(0.5 * z["z"], axis=0)
    moved.iloc[3, 1] = np.nan
    np.testing.assert_allclose(rings(moved, core, far, controls=z).to_frame()["theta"], THETA, atol=1e-9)


def test_one_core_in_one_period_is_refused():
    growth, core, far = world(3, cores=1, each=30, periods=1)
    with pytest.raises(InputError, match="does not vary"):
        rings(growth, core, far)


def test_bad_rings():
    growth, core, far = world(4, cores=3)
    with pytest.raises(AlignmentError, match="p0"):
        rings(growth, core, far.iloc[1:])
    with pytest.raises(InputError, match="edges must rise"):
        rings(growth, core, far, edges=(0, 50, 50))
    with pytest.raises(InputError, match="nearer than the first edge"):
        rings(growth, core, far, edges=(299.0, 400.0))
    with pytest.raises(MissingDataError):
        rings(growth, core * np.nan, far)


def lattice(side=8):
    n = side * side
    r, c = np.divmod(np.arange(n), side)
    i, j = np.nonzero((np.abs(r[:, None] - r) + np.abs(c[:, None] - c)) == 1)
    names = np.array([f"p{k:02d}" for k in range(n)])
    return names, i, j, pd.DataFrame({"origin": names[i], "destination": names[j], "weight": 1.0})


def test_durbin_is_the_kernel_with_labels_and_order_does_not_matter():
    names, i, j, near = lattice()
    rng = np.random.default_rng(5)
    w = np.zeros((64, 64))
    w[i, j] = 1.0
    w /= w.sum(axis=1, keepdims=True)
    x = rng.normal(size=(64, 1))
    y = np.linalg.solve(np.eye(64) - 0.4 * w, 1 + x[:, 0] - 1.5 * (w @ x[:, 0]) + 0.3 * rng.normal(size=64))
    outcome, table = pd.Series(y, names), pd.DataFrame({"core": x[:, 0]}, names)
    got = durbin(outcome, table, near, seed=1, draws=200)
    from scipy import sparse

    fit = spatial_lag(y, np.column_stack([np.ones(64), x, w @ x]), sparse.csr_array(w))
    assert got.rho == pytest.approx(fit.rho, abs=1e-9)
    row = got.to_frame().iloc[0]
    assert row["total"] == pytest.approx((fit.estimate[1] + fit.estimate[2]) / (1 - fit.rho), rel=1e-9)
    assert row["indirect_high"] < 0 < row["direct_low"]  # a siphon: -0.5 / 0.6 in total
    assert not any("siphon" in str(text) for text in (*got.facts().values(), *got.warnings))  # x need not be a centre
    mixed = durbin(
        outcome[::-1], table.sample(frac=1, random_state=1), near.sample(frac=1, random_state=2), seed=1, draws=200
    )
    assert mixed.to_frame()["indirect"].iloc[0] == pytest.approx(row["indirect"], rel=1e-6)
    assert [c.name for c in got.describe()] == list(got.to_frame())
    assert list(got.coefficients["term"]) == ["constant", "core", "lag of core", "rho"]


def test_bad_durbin():
    names, _, _, near = lattice(4)
    rng = np.random.default_rng(6)
    y, x = pd.Series(rng.normal(size=16), names), pd.DataFrame({"z": rng.normal(size=16)}, names)
    with pytest.raises(SchemaError, match="weight"):
        durbin(y, x, near.drop(columns="weight"), seed=1)
    with pytest.raises(AlignmentError, match="p00"):
        durbin(y.iloc[1:], x, near, seed=1)
    with pytest.raises(InputError, match="listed once"):
        durbin(y, x, pd.concat([near, near.head(1)]), seed=1)
    with pytest.raises(MissingDataError):
        durbin(y * np.nan, x, near, seed=1)
