"""Spatial lag and Durbin models against spreg, dense algebra and closed forms; cover of simulated intervals."""

import warnings

import numpy as np
import pytest
from scipy import sparse

from megaregion.core.spatial_lag import _interpolated, effects, log_determinant, spatial_lag
from megaregion.errors import InputError


def lattice(side):
    """Row-standardised queen neighbours on a square lattice."""
    n = side * side
    r, c = np.divmod(np.arange(n), side)
    near = (np.abs(r[:, None] - r) <= 1) & (np.abs(c[:, None] - c) <= 1) & ~np.eye(n, dtype=bool)
    return sparse.csr_array(near / near.sum(axis=1, keepdims=True))


def world(side, rho=0.4, seed=0, theta=0.0):
    rng = np.random.default_rng(seed)
    w = lattice(side)
    n = side * side
    z = rng.normal(size=(n, 2))
    x = np.column_stack([np.ones(n), z, w @ z])
    mean = x @ np.array([1.0, 2.0, -1.0, theta, 0.0])
    y = sparse.linalg.spsolve((sparse.eye_array(n) - rho * w).tocsc(), mean + rng.normal(size=n))
    return y, x, w


def test_log_determinant_is_that_of_dense_algebra():
    w = lattice(9)
    for rho in (-0.9, 0.0, 0.5, 0.99):
        dense = np.linalg.slogdet(np.eye(81) - rho * w.toarray())[1]
        assert log_determinant(w, rho) == pytest.approx(dense, abs=1e-10)


def test_complete_graph_closed_form():
    """All n places are each other's neighbours: eigenvalues 1 and -1/(n - 1), so ln |I - rho W| is known."""
    n = 30
    w = sparse.csr_array((np.ones((n, n)) - np.eye(n)) / (n - 1))
    want = np.log(1 - 0.3) + (n - 1) * np.log(1 + 0.3 / (n - 1))
    assert log_determinant(w, 0.3) == pytest.approx(want, abs=1e-12)


@pytest.mark.parametrize("durbin", [False, True])
def test_agrees_with_spreg(durbin):
    """ML by spreg, method 'full': estimates, rho and likelihood to 1e-6, errors to 1e-5.

    Its method 'ord' (1.9.0) takes the trace of G'G of the symmetrised weights, which is another number: the errors
    there differ by up to one percent.
    """
    spreg = pytest.importorskip("spreg")
    weights = pytest.importorskip("libpysal").weights
    y, x, w = world(14, seed=1, theta=0.7)
    x = x if durbin else x[:, :3]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = weights.lat2W(14, 14, rook=False)
        other.transform = "r"
        want = spreg.ML_Lag(y[:, None], x[:, 1:], other, method="full", epsilon=1e-12)
    got = spatial_lag(y, x, w)
    k = x.shape[1]
    np.testing.assert_allclose(got.estimate, want.betas[:k, 0], atol=1e-6)
    assert got.rho == pytest.approx(float(want.rho), abs=1e-6)
    assert got.log_likelihood == pytest.approx(float(want.logll), abs=1e-6)
    np.testing.assert_allclose(got.error(), np.sqrt(np.diag(want.vm))[: k + 1], rtol=1e-5)


def test_covariance_is_the_inverse_information_in_dense_algebra():
    y, x, w = world(7, seed=2)
    got = spatial_lag(y, x, w)
    g = w.toarray() @ np.linalg.inv(np.eye(49) - got.rho * w.toarray())
    gx, s2 = g @ x @ got.estimate, got.sigma2
    info = np.zeros((7, 7))
    info[:5, :5], info[:5, 5], info[5, :5] = x.T @ x / s2, x.T @ gx / s2, x.T @ gx / s2
    info[5, 5] = np.trace(g @ g) + np.trace(g.T @ g) + gx @ gx / s2
    info[5, 6] = info[6, 5] = np.trace(g) / s2
    info[6, 6] = 49 / (2 * s2**2)
    np.testing.assert_allclose(got.covariance, np.linalg.inv(info)[:6, :6], rtol=1e-8, atol=1e-12)


def test_effects_are_those_of_the_dense_inverse():
    y, x, w = world(8, seed=3, theta=0.7)
    fit = spatial_lag(y, x, w)
    got = effects(fit, w, np.array([1, 2]), np.array([3, 4]), seed=1, draws=50)
    inverse = np.linalg.inv(np.eye(64) - fit.rho * w.toarray())
    for r in (0, 1):
        s = inverse @ (fit.estimate[1 + r] * np.eye(64) + fit.estimate[3 + r] * w.toarray())
        assert got.direct[r, 0] == pytest.approx(np.trace(s) / 64, rel=1e-9)
        assert got.total[r, 0] == pytest.approx(s.sum() / 64, rel=1e-9)
        assert got.indirect[r, 0] == pytest.approx((s.sum() - np.trace(s)) / 64, rel=1e-8)
    rows = got.total[:, 0] * (1 - fit.rho)  # rows of W sum to one: total = (b + theta) / (1 - rho)
    np.testing.assert_allclose(rows, fit.estimate[1:3] + fit.estimate[3:5], rtol=1e-9)


def test_interpolated_draws_equal_exact_ones():
    """Effects of draws far from each other: the interval from nodes equals that from a solve a draw."""
    y, x, w = world(6, seed=4, theta=0.5)
    fit = spatial_lag(y, x, w)
    got = effects(fit, w, np.array([1]), np.array([3]), seed=7, draws=200)
    from megaregion._rng import generator

    size, axes = np.linalg.eigh(fit.covariance)
    sample = (
        np.concatenate([fit.estimate, [fit.rho]])
        + generator(7, "effects").standard_normal((200, 6)) @ (axes * np.sqrt(np.maximum(size, 0.0))).T
    )
    sample = sample[np.abs(sample[:, -1]) < 0.9999]
    exact = [np.trace(np.linalg.inv(np.eye(36) - d[5] * w.toarray()) @ (d[1] * np.eye(36) + d[3] * w.toarray())) / 36
             for d in sample]  # fmt: skip
    np.testing.assert_allclose(got.direct[0, 1:], np.quantile(exact, [0.025, 0.975]), rtol=1e-6)
    assert got.rejected == 200 - len(sample)


def test_intervals_of_direct_and_indirect_cover():
    """60 worlds of 100 places, b = 2, theta = -1.5 (a siphon), rho = 0.3: 95 % intervals hold both 51 times or more."""
    w = lattice(10)
    inverse = np.linalg.inv(np.eye(100) - 0.3 * w.toarray())
    s = inverse @ (2.0 * np.eye(100) - 1.5 * w.toarray())
    direct, total = np.trace(s) / 100, s.sum() / 100
    assert total - direct < 0  # indirect effects may be negative
    hits = np.zeros(2)
    for seed in range(60):
        y, x, w = world(10, 0.3, 100 + seed, theta=-1.5)
        fit = spatial_lag(y, x, w)
        got = effects(fit, w, np.array([1]), np.array([3]), seed=seed, draws=400)
        hits += [got.direct[0, 1] <= direct <= got.direct[0, 2],
                 got.indirect[0, 1] <= total - direct <= got.indirect[0, 2]]  # fmt: skip
    assert (hits >= 51).all(), hits


def test_islands_and_refusals():
    y, x, w = world(6, seed=5)
    island = w.tolil()
    island[0] = 0.0
    fit = spatial_lag(y, x[:, :3], island.tocsr())
    assert np.isfinite(fit.rho) and np.isfinite(fit.covariance).all()
    with pytest.raises(InputError, match="diagonal"):
        spatial_lag(y, x, sparse.csr_array(w + sparse.eye_array(36)))
    with pytest.raises(InputError, match="same places"):
        spatial_lag(y[1:], x, w)
    with pytest.raises(InputError, match="depend"):
        spatial_lag(y, np.column_stack([x, x[:, 1]]), w)
    with pytest.raises(InputError, match="cannot carry"):
        spatial_lag(y[:4], x[:4], lattice(2))


def test_interpolation_is_exact_for_polynomials_and_at_nodes():
    """Chebyshev points of the first kind, 9 nodes: every polynomial to degree 8."""
    angle = (2 * np.arange(9) + 1) * np.pi / 18
    nodes, weight = np.cos(angle), np.where(np.arange(9) % 2, -1.0, 1.0) * np.sin(angle)
    polynomial = np.polynomial.Polynomial(np.random.default_rng(1).normal(size=9))
    at = np.concatenate([np.linspace(-1, 1, 50), nodes])
    got = _interpolated(nodes, weight, np.column_stack([polynomial(nodes), -polynomial(nodes)]), at)
    np.testing.assert_allclose(got[:, 0], polynomial(at), rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(got[50:, 0], polynomial(nodes))


def test_the_same_seed_gives_the_same_bits():
    y, x, w = world(7)
    fit = spatial_lag(y, x, w)
    own, lagged = np.array([1, 2]), np.array([3, 4])
    one, two = (effects(fit, w, own, lagged, seed=3, draws=50) for _ in range(2))
    for a, b in ((one.direct, two.direct), (one.indirect, two.indirect), (one.total, two.total)):
        np.testing.assert_array_equal(a, b)
