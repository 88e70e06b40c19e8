"""Lorenz curves against published values, closed forms and the brackets themselves."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import beta as beta_function
from scipy.special import betainc

from megaregion.core.lorenz import (
    BetaLorenz,
    GeneralQuadratic,
    fit_beta,
    fit_quadratic,
    gini,
    gini_bounds,
    grouped_poverty,
    headcount,
    headcount_bounds,
    pareto_mean,
    split_histogram,
    squared_error,
)

# Ten groups, mean and line of the tests of the World Bank's wbpip (test-gd_compute_pip_stats_lq.R and _lb.R), whose
# expected values were computed by the older PovcalNet
POVCAL_P = np.array([0.0005, 0.0032, 0.0148, 0.0443, 0.0991, 0.257, 0.4385, 0.5938, 0.7089])
POVCAL_L = np.array([
    5.824760527229386e-05, 0.000604029410841011, 0.0037949334793616948, 0.013988878652244477, 0.036992164583098786,
    0.12140708906131342, 0.24531391873082081, 0.37446670169288321, 0.48753116241194566,
])  # fmt: skip
RATIO = 57.791666666666664 / 51.5660557757944
# Rural India 1983, the data of Datt (1998); line 89, mean 109.9 rupees a month
DATT_P = np.array([0.0092, 0.0339, 0.085, 0.164, 0.2609, 0.4133, 0.5497, 0.7196, 0.8196, 0.9174, 0.957, 0.9751])
DATT_L = np.array([
    0.00208, 0.01013, 0.03122, 0.07083, 0.12808, 0.23498, 0.34887, 0.51994, 0.6427, 0.79201, 0.86966, 0.91277,
])  # fmt: skip


def test_quadratic_fit_and_measures_are_those_of_povcalnet() -> None:
    """Parameters to 12 digits, gap to 14; PovcalNet rounds H to single precision (7 digits) and P2 rests on it."""
    curve = fit_quadratic(POVCAL_P, POVCAL_L)
    assert (curve.a, curve.b, curve.c) == pytest.approx(
        (0.795981535745657, -1.4445933880119242, 0.14728191995919815), rel=1e-10
    )
    got = grouped_poverty(curve, RATIO)
    assert got.headcount == pytest.approx(0.76005810499191284, abs=5e-8)
    assert got.gap == pytest.approx(0.27617606019159308, rel=1e-9)
    assert got.squared == pytest.approx(0.12832887439632906, rel=1e-9)
    assert gini(curve) == pytest.approx(0.32126464221602591, rel=1e-9)
    assert 51.5660557757944 * float(curve.slope(0.5)) == pytest.approx(42.247782467994874, rel=1e-10)


def test_beta_fit_and_measures_are_those_of_povcalnet() -> None:
    """PovcalNet finds H to 1e-6 and sums the Gini by 499 bins (test tolerance of wbpip 1e-5)."""
    curve = fit_beta(POVCAL_P, POVCAL_L)
    assert (curve.theta, curve.gamma, curve.delta) == pytest.approx(
        (0.57803721740313529, 0.94205090386544987, 0.52578600019473676), rel=1e-10
    )
    got = grouped_poverty(curve, RATIO)
    assert got.headcount == pytest.approx(0.71833938360214233, abs=1e-6)
    assert got.gap == pytest.approx(0.27137498479545558, rel=1e-7)
    assert got.squared == pytest.approx(0.12933674851941607, rel=1e-7)
    assert gini(curve) == pytest.approx(0.31236656171451094, rel=2e-5)
    assert 51.5660557757944 * float(curve.slope(0.5)) == pytest.approx(42.594731176686537, rel=1e-10)


@pytest.mark.parametrize("fit", [fit_quadratic, fit_beta])
def test_rural_india_lies_within_its_brackets(fit) -> None:
    """The line of 89 is in the bracket 85-100, so the headcount is between the shares at its two ends."""
    curve = fit(DATT_P, DATT_L)
    assert curve.problems() == ()
    assert DATT_P[5] < headcount(curve, 89 / 109.9) < DATT_P[6]
    np.testing.assert_allclose(curve.value(DATT_P), DATT_L, atol=0.006)


def datt_quadratic(curve: GeneralQuadratic, ratio: float) -> tuple[float, float, float]:
    """Closed forms of Datt (1998), table 2, for m != 0; s1, s2 the roots of m p^2 + n p + e^2 over minus 1."""
    a, b, e, m, n = curve.a, curve.b, curve.e, curve.m, curve.n
    r = np.sqrt(n**2 - 4 * m * e**2)
    s1, s2 = (r - n) / (2 * m), -(r + n) / (2 * m)
    h = -(n + r * (b + 2 * ratio) / np.sqrt((b + 2 * ratio) ** 2 - m)) / (2 * m)
    gap = h - float(curve.value(h)) / ratio
    square = (
        2 * gap
        - h
        - (1 / ratio) ** 2 * (a * h + b * float(curve.value(h)) - (r / 16) * np.log((1 - h / s1) / (1 - h / s2)))
    )
    return h, gap, square


def test_quadrature_agrees_with_the_closed_form_of_the_quadratic() -> None:
    for p, share, ratio in ((POVCAL_P, POVCAL_L, RATIO), (DATT_P, DATT_L, 89 / 109.9), (DATT_P, DATT_L, 0.5)):
        curve = fit_quadratic(p, share)
        np.testing.assert_allclose(grouped_poverty(curve, ratio), datt_quadratic(curve, ratio), rtol=1e-8)


def test_quadrature_agrees_with_the_closed_form_of_the_beta_curve() -> None:
    """Datt (1998), table 2: incomplete beta functions; delta > 1/2 keeps their arguments positive."""
    for theta, g, d, ratio in ((0.5780372174031331, 0.9420509, 0.525786, RATIO), (0.56, 0.93, 0.58, 0.8)):
        curve = BetaLorenz(theta, g, d)
        got = grouped_poverty(curve, ratio)
        h, u = got.headcount, 1 / ratio

        def part(x: float, y: float, h: float = h) -> float:
            return float(betainc(x, y, h) * beta_function(x, y))

        square = (1 - u) * (2 * got.gap - (1 - u) * h) + theta**2 * u**2 * (
            g**2 * part(2 * g - 1, 2 * d + 1) - 2 * g * d * part(2 * g, 2 * d) + d**2 * part(2 * g + 1, 2 * d - 1)
        )
        assert got.squared == pytest.approx(square, rel=1e-7)


def test_pareto_is_a_quadratic_curve() -> None:
    """alpha = 2: L = 1 - sqrt(1 - p), that is a = b = 0, c = 1; F(y) = 1 - (y0 / y)^2 with mean 2 y0."""
    p = np.linspace(0.05, 0.95, 19)
    curve = fit_quadratic(p, 1 - np.sqrt(1 - p))
    assert (curve.a, curve.b, curve.c) == pytest.approx((0.0, 0.0, 1.0), abs=1e-9)
    exact = GeneralQuadratic(0.0, 0.0, 1.0)
    assert exact.problems() == ()
    z = 0.8  # in means; y0 = 0.5
    got = grouped_poverty(exact, z)
    h = 1 - (0.5 / z) ** 2
    gap = h - (1 - np.sqrt(1 - h)) / z
    # int_0^H L'^2 dp = int 1 / (4 (1 - p)) dp = -ln(1 - H) / 4
    square = h - 2 * (1 - np.sqrt(1 - h)) / z - np.log(1 - h) / 4 / z**2
    np.testing.assert_allclose(got, (h, gap, square), rtol=1e-9)
    assert gini(exact) == pytest.approx(1 / 3, rel=1e-8)
    assert grouped_poverty(exact, 0.49) == (0.0, 0.0, 0.0)


def test_equal_spread_is_a_beta_curve() -> None:
    """Incomes uniform on [1 - t, 1 + t] means: L = p - t p (1 - p)."""
    t, z = 0.6, 0.8
    p = np.linspace(0.1, 0.9, 9)
    curve = fit_beta(p, p - t * p * (1 - p))
    assert (curve.theta, curve.gamma, curve.delta) == pytest.approx((t, 1.0, 1.0), rel=1e-9)
    h = (z - (1 - t)) / (2 * t)
    reach = z - (1 - t)  # gaps are uniform on [0, reach / z] among the poor
    np.testing.assert_allclose(grouped_poverty(curve, z), (h, h * reach / z / 2, h * (reach / z) ** 2 / 3), rtol=1e-8)
    assert gini(curve) == pytest.approx(t / 3, rel=1e-9)
    assert grouped_poverty(BetaLorenz(t, 1.0, 1.0), 1.7).headcount == 1.0


def test_lognormal_is_recovered_from_ten_groups() -> None:
    """In neither family: the error left is that of the family; 1 point is the claim for sigma .6, half the median."""
    sigma = 0.6
    p = np.linspace(0.1, 0.9, 9)
    share = stats.norm.cdf(stats.norm.ppf(p) - sigma)
    ratio = 0.5 * np.exp(-(sigma**2) / 2)
    truth = stats.norm.cdf(np.log(0.5) / sigma)
    best = min((fit_quadratic(p, share), fit_beta(p, share)), key=lambda c: squared_error(c, p, share, truth))
    assert best.problems() == ()
    assert headcount(best, ratio) == pytest.approx(truth, abs=0.01)
    assert gini(best) == pytest.approx(2 * stats.norm.cdf(sigma / np.sqrt(2)) - 1, abs=0.01)


@pytest.mark.parametrize(
    ("curve", "word"),
    [
        (GeneralQuadratic(0.2, -1.0, -0.3), "negative income"),
        (GeneralQuadratic(-3.0, 1.0, 0.5), "L\\(0\\)"),
        (GeneralQuadratic(0.3, -1.0, 0.2), "L\\(1\\)"),
        (BetaLorenz(1.5059569306828811, 1.2068983362374488, 0.60013901263412039), "negative incomes"),
        (BetaLorenz(1.0, 0.3, 0.2), "infinite"),
    ],
)
def test_what_is_no_lorenz_curve_is_said(curve, word: str) -> None:
    """The two Beta curves are the invalid ones of wbpip's tests."""
    import re

    assert any(re.search(word, text) for text in curve.problems())


def test_gap_is_the_area_of_the_headcount() -> None:
    """z P1(z) = int_0^z H(s) ds: the measures are those of one distribution."""
    curve = fit_beta(DATT_P, DATT_L)
    z = np.linspace(0.01, 0.9, 2001)
    h = np.array([headcount(curve, float(s)) for s in z])
    area = np.trapezoid(h, z) + 0.01 * h[0] / 2
    assert 0.9 * grouped_poverty(curve, 0.9).gap == pytest.approx(area, abs=3e-5)


def test_bounds_of_the_brackets() -> None:
    lower, upper, people = np.array([0.0, 10, 20]), np.array([10.0, 20, np.inf]), np.array([2.0, 3, 5])
    assert headcount_bounds(lower, upper, people, 15.0) == (0.2, 0.5)
    assert headcount_bounds(lower, upper, people, 10.0) == (0.2, 0.2)
    assert headcount_bounds(lower, upper, people, 99.0) == (0.5, 1.0)


def test_pareto_tail() -> None:
    """Exponent 2: a quarter is beyond twice the threshold, and the mean beyond it is twice it."""
    assert pareto_mean(100.0, 40.0, 200.0, 10.0) == pytest.approx(400.0)
    assert pareto_mean(100.0, 40.0, 200.0, 30.0) == np.inf


@pytest.mark.parametrize("k", [1, 4, 9])
def test_groups_of_even_incomes_bound_their_gini(k: int) -> None:
    """Incomes even on 0 to 1 in k equal groups: 1/3 - 1/(3 k^2) and 1/3 + 1/(6 k^2), the Gini is 1/3."""
    ends = np.arange(k + 1) / k
    got = gini_bounds(ends[:-1], ends[1:], np.full(k, 7.0), (ends[1:] + ends[:-1]) / 2)
    assert got == pytest.approx((1 / 3 - 1 / (3 * k**2), 1 / 3 + 1 / (6 * k**2)))


def test_groups_with_an_open_top_bound_the_gini_of_pareto_incomes() -> None:
    """Pareto incomes with exponent 3 from 1 on: Gini 1/5; the mean beyond y is 1.5 y."""
    lower, upper = np.array([1.0, 1.2, 1.5, 2.0]), np.array([1.2, 1.5, 2.0, np.inf])
    people = lower**-3 - np.where(np.isinf(upper), 0.0, upper**-3.0)
    mean = 1.5 * (lower**-2 - np.where(np.isinf(upper), 0.0, upper**-2.0)) / people
    low, high = gini_bounds(lower, upper, people, mean)
    assert low < 0.2 < high
    curve = split_histogram(lower, upper, people, mean)
    assert low <= gini(curve) <= high
    p = np.array([0.0, *np.cumsum(people)])
    np.testing.assert_allclose(curve.value(p), 1 - (1 - p) ** (2 / 3), atol=1e-12)  # L at the ends of the groups
    beyond = np.linspace(p[-2], 1.0, 9)
    np.testing.assert_allclose(curve.value(beyond), 1 - (1 - beyond) ** (2 / 3), atol=1e-12)  # the tail is the Pareto
    assert curve.problems() == ()


def test_split_histogram_of_even_incomes_is_their_curve() -> None:
    """Means in the middles make one even density: incomes even on 2 to 6, mean 4."""
    lower = np.array([2.0, 3.0, 5.0])
    upper = np.array([3.0, 5.0, 6.0])
    curve = split_histogram(lower, upper, upper - lower, (lower + upper) / 2)
    p = np.linspace(0, 1, 41)
    np.testing.assert_allclose(curve.slope(p), (2 + 4 * p) / 4, atol=1e-12)
    np.testing.assert_allclose(curve.value(p), (2 * p + 2 * p**2) / 4, atol=1e-12)
    assert headcount(curve, 0.75) == pytest.approx(0.25)  # incomes below 3


def test_split_histogram_keeps_means_and_bounds() -> None:
    lower, upper = np.array([0.0, 2.0, 5.0, 9.0]), np.array([2.0, 5.0, 9.0, 30.0])
    people, mean = np.array([3.0, 4.0, 2.0, 1.0]), np.array([1.7, 2.4, 5.0, 12.0])  # one mean at its bound
    curve = split_histogram(lower, upper, people, mean)
    mu = people @ mean / people.sum()
    ends = np.concatenate(([0.0], np.cumsum(people) / people.sum()))
    np.testing.assert_allclose(np.diff(curve.value(ends)) * mu, people / people.sum() * mean, atol=1e-12)
    inside = np.diff(curve.slope(np.linspace(0, 1, 999)))
    assert (inside > -1e-12).all()
    assert headcount_bounds(lower, upper, people, 4.0)[0] <= headcount(curve, 4.0 / mu) <= 0.7 + 1e-9
