"""Sobol indices: Ishigami's closed form, an additive function, groups, and SALib on the same points."""

import numpy as np
import pytest

from megaregion.core.variance_shares import design, shares

SINGLE = [[0], [1], [2]]


def ishigami(u: np.ndarray, a: float = 7.0, b: float = 0.1) -> np.ndarray:
    x = -np.pi + 2 * np.pi * u
    return np.sin(x[..., 0]) + a * np.sin(x[..., 1]) ** 2 + b * x[..., 2] ** 4 * np.sin(x[..., 0])


def test_ishigami() -> None:
    """Closed form at a = 7, b = .1: S = .314, .442, 0; S_T = .558, .442, .244. Four standard errors of 8192 points."""
    y = ishigami(design(SINGLE, 3, 8192, np.random.default_rng(1)))[..., None]
    got = shares(y[0], y[1:-1], y[-1])
    for found, error, want in (
        (got.first, got.first_se, [0.314, 0.442, 0.0]), (got.total, got.total_se, [0.558, 0.442, 0.244]),
    ):  # fmt: skip
        assert (error < 0.02).all()
        assert (np.abs(found[:, 0] - want) < 4 * error[:, 0]).all()


def test_equals_salib_on_its_own_points() -> None:
    """The same estimators: to rounding."""
    sample = pytest.importorskip("SALib.sample.sobol")
    analyze = pytest.importorskip("SALib.analyze.sobol")
    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0, 1]] * 3}
    points = sample.sample(problem, 256, calc_second_order=False, seed=1)
    y = ishigami(points)
    want = analyze.analyze(problem, y, calc_second_order=False, num_resamples=2, seed=1)
    block = y.reshape(256, 5).T[..., None]  # A, three mixtures, B
    got = shares(block[0], block[1:4], block[4])
    np.testing.assert_allclose(got.first[:, 0], want["S1"], atol=1e-12)
    np.testing.assert_allclose(got.total[:, 0], want["ST"], atol=1e-12)


def test_additive_function_has_first_order_equal_total() -> None:
    """y = sum c_k u_k: S_k = c_k^2 / sum c^2 for both."""
    c = np.array([1.0, 2.0, 3.0])
    y = (design(SINGLE, 3, 4096, np.random.default_rng(2)) @ c)[..., None]
    got = shares(y[0], y[1:-1], y[-1])
    np.testing.assert_allclose(got.total[:, 0], c**2 / 14, atol=0.01)
    np.testing.assert_allclose(got.first[:, 0], c**2 / 14, atol=0.02)


def test_a_group_is_exchanged_together() -> None:
    """y = u0 u1 as one group explains everything alone."""
    points = design([[0, 1], [2]], 3, 1024, np.random.default_rng(3))
    y = (points[..., 0] * points[..., 1])[..., None]
    got = shares(y[0], y[1:-1], y[-1])
    np.testing.assert_allclose(got.total[:, 0], [1.0, 0.0], atol=0.02)
    np.testing.assert_allclose(got.first[:, 0], [1.0, 0.0], atol=0.05)


def test_design_exchanges_only_its_group() -> None:
    points = design([[0, 2], [1]], 3, 8, np.random.default_rng(4))
    a, first, second, b = points
    np.testing.assert_array_equal(first[:, 1], a[:, 1])
    np.testing.assert_array_equal(first[:, [0, 2]], b[:, [0, 2]])
    np.testing.assert_array_equal(second[:, [0, 2]], a[:, [0, 2]])


def test_an_output_that_does_not_move_has_no_index() -> None:
    y = np.stack([design(SINGLE, 3, 16, np.random.default_rng(5))[..., 0], np.full((5, 16), 3.0)], axis=-1)
    got = shares(y[0], y[1:-1], y[-1])
    assert np.isfinite(got.total[:, 0]).all()
    assert np.isnan(got.first[:, 1]).all() and np.isnan(got.total[:, 1]).all()
