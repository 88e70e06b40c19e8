"""Poisson regression with absorbed effects against dummies, closed forms and pyfixest; separation by construction."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core import poisson as module
from megaregion.core.poisson import Effects, poisson, separated
from megaregion.core.score_covariance import dyadic, independent, joined, mended, multiway
from megaregion.errors import InputError, SolveError
from megaregion.links.soft.gravity import ppml


def panel(n=8, periods=1, seed=0):
    """Directed pairs of different places, codes, two regressors and Poisson flows."""
    rng = np.random.default_rng(seed)
    i, j = np.nonzero(~np.eye(n, dtype=bool))
    i, j, t = np.tile(i, periods), np.tile(j, periods), np.repeat(np.arange(periods), len(i))
    x = np.column_stack([rng.normal(size=len(i)), (rng.random(len(i)) < 0.4).astype(float)])
    eta = x @ [0.5, -0.3] + rng.normal(size=(n, periods))[i, t] + rng.normal(size=(n, periods))[j, t] + 1.0
    return x, rng.poisson(np.exp(eta)).astype(float), i, j, t


def test_share_by_hand():
    """One dummy and a constant: means of the two groups, 2 and 6, so that the slope is ln 3."""
    y = np.array([1.0, 3.0, 4.0, 8.0])
    x = np.column_stack([np.ones(4), [0.0, 0.0, 1.0, 1.0]])
    fit = poisson(x, y)
    np.testing.assert_allclose(fit.estimate, [np.log(2), np.log(3)], rtol=1e-10)
    np.testing.assert_allclose(fit.bread, np.linalg.inv([[16.0, 12.0], [12.0, 12.0]]), rtol=1e-9)  # (X' mean X)^-1


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), three=st.booleans())
def test_absorbing_equals_dummies(seed, three):
    """Two-way, and three-way with time: the first-order conditions of the dummies hold at 1e-7 of the total."""
    x, y, i, j, t = panel(6, 3 if three else 1, seed)
    codes = [joined([i, t]), joined([j, t]), joined([i, j])] if three else [i, j]
    for _ in range(20):
        live = np.all([np.bincount(c, y)[c] > 0 for c in codes], axis=0)
        codes = [np.unique(c[live], return_inverse=True)[1] for c in codes]
        x, y = x[live], y[live]
        if live.all():
            break
    keep = ~separated(x, y, codes)
    codes, x, y = [np.unique(c[keep], return_inverse=True)[1] for c in codes], x[keep], y[keep]
    fit = poisson(x, y, codes)
    rest = y - fit.mean
    assert np.abs(x.T @ rest).max() < 1e-7 * y.sum()
    for c in codes:
        assert np.abs(np.bincount(c, rest)).max() < 1e-7 * y.sum()


def test_the_three_solvers_of_effects_agree(monkeypatch):
    x, _, i, j, t = panel(9, 4, 3)
    codes = [joined([i, j]), joined([i, t]), joined([j, t])]
    weight = np.random.default_rng(1).gamma(1.0, 1.0, len(x)) + 0.01
    dummies = np.hstack([np.eye(c.max() + 1)[c] for c in codes])
    root = np.sqrt(weight)[:, None]
    want = x - dummies @ np.linalg.lstsq(root * dummies, root * x, rcond=None)[0]
    for limits in ({}, {"_WIDE": 0}, {"DENSE": 0}):
        for name, value in limits.items():
            monkeypatch.setattr(module, name, value)
        np.testing.assert_allclose(Effects(codes, len(x)).clean(x, weight), want, atol=1e-8)
        monkeypatch.undo()


def test_agrees_with_pyfixest():
    """Coefficients to 1e-7; two-way clustered errors by their small-sample rule g/(g-1) (n-1)/(n-k)."""
    x, y, i, j, _ = panel(15, 1, 4)
    data = pd.DataFrame({"y": y, "a": x[:, 0], "b": x[:, 1], "o": i, "d": j})
    fit, other = poisson(x, y, [i, j]), ppml(data, "y", ["a", "b"], effects=("o", "d"), clusters=("o", "d"))
    np.testing.assert_allclose(fit.estimate, other.table["coef"], atol=1e-7)
    n = len(y)
    variance = fit.covariance(multiway(fit.score, [i, j])) * (n - 1) / (n - 2 - 1)  # pyfixest counts one nested effect
    np.testing.assert_allclose(np.sqrt(np.diag(variance)), other.table["se"], rtol=2e-3)


@settings(max_examples=8, deadline=None)
@given(st.integers(6, 12), st.integers(0, 10_000))
def test_pyfixest_and_statsmodels_agree(n, seed):
    """Three programs on drawn panels: absorbed effects (here, pyfixest) and dummies (statsmodels), the same numbers."""
    models = pytest.importorskip("statsmodels.api")
    x, y, i, j, _ = panel(n, 1, seed)
    y = y + 0.1  # nothing is separated, which statsmodels would not notice
    dummies = np.hstack([np.eye(n)[i], np.eye(n)[j][:, 1:]])
    want = models.GLM(y, np.hstack([x, dummies]), family=models.families.Poisson()).fit(tol=1e-12).params[:2]
    data = pd.DataFrame({"y": y, "a": x[:, 0], "b": x[:, 1], "o": i, "d": j})
    other = ppml(data, "y", ["a", "b"], effects=("o", "d"), clusters=("o", "d")).table["coef"]
    np.testing.assert_allclose(other, want, atol=1e-6)
    np.testing.assert_allclose(poisson(x, y, [i, j]).estimate, want, atol=1e-6)


def test_offset_moves_the_coefficient():
    x, y, i, j, _ = panel(8, 1, 6)
    y = y + 1.0
    free = poisson(x, y, [i, j])
    got = poisson(x, y, [i, j], offset=2.0 * x[:, 0])
    assert got.estimate[0] == pytest.approx(free.estimate[0] - 2.0, abs=1e-8)
    np.testing.assert_allclose(got.mean, free.mean, rtol=1e-7)


def test_rank_counts_components():
    """Two blocks of 2 x 2 that never meet: 4 + 4 levels, two redundant."""
    codes = [np.array([0, 0, 1, 1, 2, 2, 3, 3]), np.array([0, 1, 0, 1, 2, 3, 2, 3])]
    assert Effects(codes, 8).rank == 6


def test_separated_rows_are_named():
    """Flows with d = 1 are all zero, the others not: exactly the rows with d = 1 are predicted perfectly."""
    x, y, i, j, _ = panel(8, 1, 7)
    y = y + 1.0
    y[x[:, 1] == 1] = 0.0
    np.testing.assert_array_equal(separated(x, y, [i, j]), x[:, 1] == 1)
    assert not separated(x[:, :1], np.maximum(y, 1.0), [i, j]).any()
    with pytest.raises((SolveError, InputError)):
        poisson(x, y, [i, j])
    keep = x[:, 1] == 0
    assert np.isfinite(poisson(x[keep][:, :1], y[keep], [i[keep], j[keep]]).estimate).all()


def test_separation_is_that_of_the_linear_program_and_leaves_an_optimum():
    """150 small worlds with many zeros: what is left has an optimum, and every row named has no finite log mean.

    The second by the estimator: with a named row put back there is no finite optimum.
    """
    named = 0
    for seed in range(150):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(4, 8))
        i, j = np.nonzero(~np.eye(n, dtype=bool))
        x = np.column_stack([rng.normal(size=len(i)), rng.random((len(i), 2)) < 0.25]).astype(float)
        y = rng.poisson(1.0, len(i)).astype(float)
        lost = separated(x, y, [i, j])
        keep = ~lost
        if not (y[keep] > 0).any() or keep.sum() < 12:
            continue
        codes = [np.unique(c[keep], return_inverse=True)[1] for c in (i, j)]
        solved = fits(x[keep], y[keep], codes)
        if solved is None:
            continue  # collinear
        assert solved
        if lost.any():
            named += 1
            back = keep.copy()
            back[np.flatnonzero(lost)[0]] = True
            again = fits(x[back], y[back], [np.unique(c[back], return_inverse=True)[1] for c in (i, j)])
            assert again is not True
    assert named > 5


def fits(x, y, codes):
    """Whether there is a finite optimum; none if columns are collinear."""
    try:
        poisson(x, y, codes)
    except InputError:
        return None
    except SolveError:
        return False
    return True


def test_a_column_inside_the_effects_is_refused():
    x, y, i, j, _ = panel(6, 1, 8)
    with pytest.raises(InputError, match="cannot be told apart"):
        poisson(np.column_stack([x, (i > 2).astype(float)]), y + 1.0, [i, j])


def test_huge_range_of_flows():
    """Flows from 1e-6 to 1e12, without noise: the coefficient to 1e-8."""
    rng = np.random.default_rng(9)
    i, j = np.nonzero(~np.eye(10, dtype=bool))
    x = rng.normal(size=(90, 1))
    y = np.exp(np.linspace(-12, 12, 10)[i] + np.linspace(0, 14, 10)[j] + 1.5 * x[:, 0])
    assert poisson(x, y, [i, j]).estimate[0] == pytest.approx(1.5, abs=1e-8)


def test_dyadic_equals_the_double_loop():
    """Aronow, Samii & Assenova (2015): every two observations with a common member, internal flows among them."""
    rng = np.random.default_rng(10)
    first, second = (a.ravel() for a in np.meshgrid(np.arange(5), np.arange(5), indexing="ij"))
    keep = rng.random(25) < 0.8
    first, second = np.tile(first[keep], 2), np.tile(second[keep], 2)  # two periods
    score = rng.normal(size=(len(first), 3))
    want = np.zeros((3, 3))
    for a in range(len(first)):
        for b in range(len(first)):
            if {first[a], second[a]} & {first[b], second[b]}:
                want += np.outer(score[a], score[b])
    np.testing.assert_allclose(dyadic(score, first, second, corrected=False), want, atol=1e-10)
    np.testing.assert_allclose(dyadic(score, first, second), want * 5 / 4, atol=1e-10)


def test_multiway_of_one_kind_and_of_singles():
    rng = np.random.default_rng(11)
    score = rng.normal(size=(12, 2))
    alone = np.arange(12)
    np.testing.assert_allclose(multiway(score, [alone], corrected=False), independent(score), atol=1e-12)
    np.testing.assert_allclose(multiway(score, [alone, alone], corrected=False), independent(score), atol=1e-12)
    assert mended(np.array([[1.0, 2.0], [2.0, 1.0]]))[1] and not mended(np.eye(2))[1]


def test_sparse_and_dense_tables_are_the_same_equations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs, origins by period and destinations by period: the table of pairs by the rest is nearly empty."""
    rng = np.random.default_rng(11)
    n, t = 7, 6
    i, j = np.nonzero(~np.eye(n, dtype=bool))
    pair, period = np.tile(np.arange(len(i)), t), np.repeat(np.arange(t), len(i))
    codes = [pair, np.tile(i, t) * t + period, np.tile(j, t) * t + period]
    x = rng.normal(size=(len(pair), 2))
    y = rng.poisson(np.exp(1.0 + x @ [0.3, -0.2] + rng.normal(0, 0.5, len(i))[pair])).astype(float)
    fits = []
    for filled in (0.0, 2.0):  # always dense, always sparse
        monkeypatch.setattr("megaregion.core.poisson._FILLED", filled)
        fits.append(poisson(x, y, codes))
    np.testing.assert_allclose(fits[0].estimate, fits[1].estimate, rtol=1e-9)
    np.testing.assert_allclose(fits[0].mean, fits[1].mean, rtol=1e-9)
