"""Probabilities: fitted, calibrated, judged."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression, minimize

from megaregion.core.calibration import calibrator, cross_fit, isotonic, multinomial, platt, reliability
from megaregion.errors import InputError


def _world(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, true probabilities of three classes, and classes drawn from them."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    z = np.column_stack([x[:, 0], -x[:, 0] + x[:, 1], np.full(n, 0.3)]) * 1.5
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return x, p, (p.cumsum(axis=1) < rng.random(n)[:, None]).sum(axis=1)


def test_reliability_by_hand() -> None:
    r = reliability(np.array([0.1, 0.2, 0.7, 1.0]), np.array([False, True, True, True]), bins=2)
    assert r.count.tolist() == [2, 2]
    assert r.stated.tolist() == pytest.approx([0.15, 0.85])
    assert r.observed.tolist() == [0.5, 1.0]
    assert r.brier == pytest.approx((0.01 + 0.64 + 0.09 + 0) / 4)
    assert r.ece == pytest.approx(0.5 * 0.35 + 0.5 * 0.15)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 5)), min_size=1, max_size=30))
def test_isotonic_is_the_least_squares_monotone_fit(points: list[tuple[int, int]]) -> None:
    """scipy's pool-adjacent-violators on the means of tied scores, weighted."""
    x, y = np.array(points, dtype=float).T
    knots, values = isotonic(x, y)
    count = [(x == k).sum() for k in np.unique(x)]
    mean = [y[x == k].mean() for k in np.unique(x)]
    np.testing.assert_array_equal(knots, np.unique(x))
    np.testing.assert_allclose(values, isotonic_regression(mean, weights=count).x, atol=1e-12)


def test_platt_is_the_maximum_of_the_smoothed_likelihood() -> None:
    rng = np.random.default_rng(1)
    s = rng.normal(3.0, 5.0, 200)
    y = rng.random(200) < 1 / (1 + np.exp(-(0.4 * s - 1)))
    t = np.where(y, (y.sum() + 1) / (y.sum() + 2), 1 / ((~y).sum() + 2))

    def loss(v: np.ndarray) -> float:
        z = v[0] * s + v[1]
        return float(np.sum(np.logaddexp(0, z) - t * z))

    want = minimize(loss, [0.0, 0.0], method="BFGS", options={"gtol": 1e-9}).x
    assert platt(s, y) == pytest.approx(tuple(want), abs=1e-5)


def test_platt_stays_finite_for_separated_scores() -> None:
    a, b = platt(np.array([-2.0, -1.0, 1.0, 2.0]), np.array([False, False, True, True]))
    p = 1 / (1 + np.exp(-(a * 2 + b)))
    assert np.isfinite([a, b]).all() and 0.5 < p < 1
    assert platt(np.ones(4), np.array([True, False, True, True]))[0] == pytest.approx(0.0, abs=1e-6)


def test_multinomial_is_the_optimum_of_the_penalised_likelihood() -> None:
    x, _, y = _world(120, 2)
    model = multinomial(x, y, 3, ridge=0.7)
    z = np.column_stack([(x - x.mean(axis=0)) / x.std(axis=0), np.ones(120)])

    def loss(flat: np.ndarray) -> float:
        b = flat.reshape(3, 3)
        s = z @ b
        return float(np.sum(np.log(np.exp(s).sum(axis=1)) - s[np.arange(120), y]) + 0.35 * np.sum(b[:2] ** 2))

    want = minimize(loss, np.zeros(9), method="BFGS", options={"gtol": 1e-8}).x.reshape(3, 3)
    want[2] -= want[2].mean()  # the intercepts are free up to a constant
    np.testing.assert_allclose(model.coefficients, want, atol=1e-4)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.01, 100.0), st.floats(-50.0, 50.0), st.permutations(range(3)))
def test_units_and_names_do_not_matter(scale: float, shift: float, names: list[int]) -> None:
    x, _, y = _world(60, 3)
    base = multinomial(x, y, 3)(x)
    other = multinomial(x * scale + shift, np.array(names)[y], 3)(x * scale + shift)
    np.testing.assert_allclose(other[:, names], base, atol=1e-6)


def test_a_feature_without_variation_changes_nothing() -> None:
    x, _, y = _world(60, 4)
    np.testing.assert_allclose(
        multinomial(np.column_stack([x, np.full(60, 7.0)]), y, 3)(np.column_stack([x, np.full(60, 7.0)])),
        multinomial(x, y, 3)(x), atol=1e-8,
    )  # fmt: skip


@pytest.mark.parametrize("method", ["platt", "isotonic"])
def test_calibration_mends_overconfidence(method: str) -> None:
    """Probabilities raised to the fifth power and scaled: the calibration, learnt on one half, mends the other.

    The true probability has the least expected Brier score; 4,000 cases leave it an error of about 0.01.
    """
    _, p, y = _world(8000, 5)
    raw = p**5 / (p**5).sum(axis=1, keepdims=True)
    fitted = calibrator(raw[:4000], y[:4000], method)(raw[4000:])  # type: ignore[arg-type]
    hit = np.eye(3)[y[4000:]]
    brier = [float(((q - hit) ** 2).sum(axis=1).mean()) for q in (raw[4000:], fitted, p[4000:])]
    assert brier[1] < brier[0] - 0.05
    assert brier[1] < brier[2] + 0.03
    np.testing.assert_allclose(fitted.sum(axis=1), 1.0)
    assert (fitted > 0).all()


@pytest.mark.parametrize("method", ["platt", "isotonic", "none"])
def test_held_out_probabilities_are_calibrated(method: str) -> None:
    """In each bin the share that came true lies within four binomial standard errors and 0.05 of what was stated."""
    x, _, y = _world(1500, 6)
    fit = cross_fit(x, y, 3, seed=1, method=method)  # type: ignore[arg-type]
    for k in range(3):
        r = reliability(fit.held_out[:, k], y == k)
        allowed = 4 * np.sqrt(r.stated * (1 - r.stated) / r.count) + 0.05
        assert (np.abs(r.stated - r.observed) <= allowed).all()
        assert r.ece < 0.06


def test_pure_noise_earns_no_confidence() -> None:
    """Labels without any relation: no held-out probability is far from the base rate, unlike those in the sample."""
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=(90, 12)), rng.integers(0, 2, 90)
    fit = cross_fit(x, y, 2, seed=1)
    hit = np.eye(2)[y]
    assert ((fit.held_out - hit) ** 2).sum(axis=1).mean() > 0.45  # a coin has 0.5
    assert ((fit.model(x) - hit) ** 2).sum(axis=1).mean() < 0.45


def test_what_is_held_out_has_not_been_seen() -> None:
    """Turning one label round leaves the held-out probability of every case of its own fold as it was."""
    x, _, y = _world(60, 8)
    first = cross_fit(x, y, 3, seed=1, method="none")
    moved = x.copy()
    moved[0] += 0.5
    second = cross_fit(moved, y, 3, seed=1, method="none")
    same = np.isclose(first.held_out, second.held_out, atol=1e-12).all(axis=1)
    assert not same[0]  # its own features changed
    assert 8 <= same.sum() <= 14  # the others of its fold: one fifth of 60


def test_too_few_labels() -> None:
    x, _, y = _world(30, 9)
    with pytest.raises(InputError, match="every class needs 10 cases"):
        cross_fit(x, np.where(np.arange(30) < 3, 0, 1), 2, seed=1)
    with pytest.raises(InputError, match="ridge"):
        multinomial(x, y, 3, ridge=0.0)


@pytest.mark.parametrize(("p", "y"), [([], []), ([0.5], [True, False]), ([1.2], [True]), ([np.nan], [True])])
def test_bad_statements(p: list[float], y: list[bool]) -> None:
    with pytest.raises(InputError):
        reliability(np.array(p), np.array(y, dtype=bool))


def test_isotonic_map_never_falls() -> None:
    _, p, y = _world(300, 10)
    knots, values = isotonic(p[:, 0], (y == 0).astype(float))
    assert all(a <= b for a, b in pairwise(values)) and (np.diff(knots) > 0).all()
