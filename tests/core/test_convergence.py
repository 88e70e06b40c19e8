import numpy as np
import pytest
from scipy.stats import pearsonr

from megaregion.core.convergence import growth_regression, speed, spread_change
from megaregion.errors import InputError


def test_exact_convergence_is_recovered() -> None:
    """ln y_T = ln y* + (ln y_0 - ln y*) exp(-.02 x 20): beta .02 and a half-life of 34.66 years."""
    y0 = np.exp(np.linspace(-1, 1, 15))
    yt = np.exp(2.0 + (np.log(y0) - 2.0) * np.exp(-0.02 * 20))
    fit = growth_regression(y0, yt, 20.0)
    got = speed(float(fit.estimate[1]), *(float(e[1]) for e in fit.interval()), 20.0)
    assert got.beta == pytest.approx(0.02, rel=1e-10)
    assert got.half_life == pytest.approx(np.log(2) / 0.02, rel=1e-10)
    assert got.low == pytest.approx(0.02, abs=1e-8) and got.high == pytest.approx(0.02, abs=1e-8)


def test_divergence_and_overtaking() -> None:
    apart = speed(0.01, 0.005, 0.015, 10.0)
    assert apart.beta < 0 and np.isnan(apart.half_life) and apart.low < apart.beta < apart.high
    over = speed(-0.2, -0.3, -0.05, 10.0)  # 1 - 2 < 0: places overtake each other
    assert np.isnan(over.beta) and over.high == np.inf and over.low == pytest.approx(-np.log(0.5) / 10)


def test_controls_and_clusters() -> None:
    rng = np.random.default_rng(0)
    y0, extra = np.exp(rng.normal(size=80)), rng.normal(size=(80, 1))
    growth = 0.03 - 0.015 * np.log(y0) + 0.01 * extra[:, 0] + 1e-4 * rng.normal(size=80)
    code = (np.arange(80) % 8).astype(np.intp)
    fit = growth_regression(y0, y0 * np.exp(15 * growth), 15.0, extra, code)
    assert fit.estimate[1] == pytest.approx(-0.015, abs=1e-4) and fit.estimate[2] == pytest.approx(0.01, abs=1e-4)
    assert fit.clusters == 8 and np.isfinite(fit.error(clustered=True)).all()


def test_spread_is_the_correlation_of_sum_and_difference() -> None:
    rng = np.random.default_rng(3)
    a = rng.normal(size=40)
    b = 0.7 * a + 0.2 * rng.normal(size=40)
    got = spread_change(a, b)
    r, p = pearsonr(b - a, b + a)
    assert got.p == pytest.approx(p, rel=1e-9) and np.sign(got.t) == np.sign(r) == -1
    back = spread_change(b, a)
    assert back.t == pytest.approx(-got.t) and back.p == pytest.approx(got.p)
    shifted = spread_change(a + 5.0, b - 2.0)
    assert shifted.t == pytest.approx(got.t, rel=1e-9)


def test_spread_rejects_at_its_nominal_rate() -> None:
    """Equal variances, correlation .8: 5 % of 2,000 samples, +- 3 x .0049."""
    rng = np.random.default_rng(5)
    cut = 0
    for _ in range(2000):
        a = rng.normal(size=12)
        cut += spread_change(a, 0.8 * a + 0.6 * rng.normal(size=12)).p < 0.05
    assert abs(cut / 2000 - 0.05) < 0.0147


def test_no_spread_and_bad_levels() -> None:
    assert np.isnan(spread_change(np.ones(5), np.ones(5)).p)
    grown = spread_change(np.arange(5.0), 2.0 * np.arange(5.0))
    assert grown.t == np.inf and grown.p == 0.0
    with pytest.raises(InputError, match="above zero"):
        growth_regression(np.array([0.0, 1, 2, 3]), np.ones(4), 5.0)
    with pytest.raises(InputError, match="years > 0"):
        growth_regression(np.ones(4), np.ones(4), 0.0)
