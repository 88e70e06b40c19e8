"""Tails against scipy's truncated normal, brute force and the law of the test under the null."""

import numpy as np
import pytest
from scipy import stats

from megaregion.core.size import hill
from megaregion.core.size_tail import above, coefficient_of_variation, lognormal, pareto_distance, pareto_p


def drawn(sigma: float, n: int, seed: int, mu: float = 0.0) -> np.ndarray:
    """Sizes above 1 whose logarithm is a normal cut off at 0."""
    y = stats.truncnorm.rvs(-mu / sigma, np.inf, mu, sigma, size=n, random_state=np.random.default_rng(seed))
    return np.exp(np.sort(np.append(y, 0.0)))


@pytest.mark.parametrize(("mu", "sigma"), [(0.0, 1.0), (2.0, 0.7), (-1.0, 1.0)])
def test_the_lognormal_is_where_the_likelihood_of_scipy_is_highest(mu: float, sigma: float) -> None:
    """Nearby parameters have a lower likelihood; the gain is the difference of scipy's own densities."""
    size = drawn(sigma, 200, 3, mu)
    fit, y = lognormal(size), above(size)

    def likelihood(m: float, s: float) -> float:
        return float(stats.truncnorm.logpdf(y, -m / s, np.inf, m, s).sum())

    best = likelihood(fit.mu, fit.sigma)
    assert fit.gain == pytest.approx(best - stats.expon.logpdf(y, scale=y.mean()).sum(), rel=1e-9)
    for dm, ds in ((1e-2, 0), (-1e-2, 0), (0, 1e-2), (0, -1e-2), (1e-2, -1e-2)):
        assert likelihood(fit.mu + dm, fit.sigma + ds) < best


def test_a_tail_fatter_than_pareto_has_no_lognormal() -> None:
    """Logarithms 0.01, 0.01, 0.01, 5: cv > 1, the exponential limit fits best."""
    fit = lognormal(np.exp([0.0, 0.01, 0.01, 0.01, 5.0]))
    assert np.isnan(fit.mu)
    assert fit.gain == 0.0


def test_distance_is_that_of_scipy() -> None:
    size = np.random.default_rng(2).pareto(1.5, 40) + 1.0
    law = stats.pareto(hill(size), scale=size.min())
    assert pareto_distance(size) == pytest.approx(stats.ks_1samp(size, law.cdf).statistic, rel=1e-12)


def test_p_is_even_under_pareto_and_small_for_thin_tails() -> None:
    """Under the null p is uniform: of 400 samples 5 % +- 4 x 1.1 points lie below 5 %."""
    rng = np.random.default_rng(11)
    p = [pareto_p(rng.pareto(1.1, 20) + 1.0, np.array([20]), draws=199, seed=k)[0] for k in range(400)]
    assert abs(np.mean(np.array(p) <= 0.05) - 0.05) < 0.044
    assert pareto_p(drawn(0.3, 60, 5, mu=2.0), np.array([61]), draws=999, seed=1)[0] == pytest.approx(1e-3)


def test_p_of_the_shortest_tail_by_hand() -> None:
    """Two exponentials are left, whose share u is even: cv = |1 - 2u|, so P(cv <= c) = c; logarithms 1, 2: 1/3."""
    size = np.exp([0.0, 1.0, 2.0])
    assert coefficient_of_variation(above(size)) == pytest.approx(1 / 3)
    found = pareto_p(size, np.array([3]), draws=20_000, seed=4)[0]
    assert found == pytest.approx(1 / 3, abs=4 * np.sqrt(2 / 9 / 20_000))


def test_units_and_order_do_not_matter() -> None:
    size = drawn(1.0, 30, 8)
    assert lognormal(size[::-1] * 1e4).gain == pytest.approx(lognormal(size).gain, rel=1e-6)
    assert pareto_distance(size[::-1] * 1e4) == pytest.approx(pareto_distance(size), rel=1e-9)
