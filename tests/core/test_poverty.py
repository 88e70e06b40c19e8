"""Lines, measures and sampling errors of poverty of persons."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from megaregion.core.poverty import (
    bootstrap,
    dual_cutoff,
    fgt,
    fgt_by_group,
    relative_line,
    standard_error,
    weighted_median,
)

ONE = np.ones
MONEY = st.floats(0.0, 1e6, allow_subnormal=False)
SIZES = st.integers(2, 30)


@st.composite
def people(draw):
    n = draw(SIZES)
    return draw(arrays(float, n, elements=MONEY)), draw(arrays(float, n, elements=st.floats(0.01, 100.0)))


def test_measures_by_hand() -> None:
    """y = 2, 5, 8, 10, 20; z = 10: gaps .8, .5, .2; the person at the line is not poor."""
    y = np.array([2.0, 5.0, 8.0, 10.0, 20.0])
    got = [fgt(y, ONE(5), 10.0, a) for a in (0, 1, 2)]
    assert got == pytest.approx([3 / 5, 1.5 / 5, (0.64 + 0.25 + 0.04) / 5], rel=1e-14)


def test_squared_gap_is_the_formula_of_the_paper() -> None:
    """Foster, Greer and Thorbecke (1984): P2 = H (I^2 + (1 - I)^2 C^2), C the coefficient of variation of the poor."""
    rng = np.random.default_rng(1)
    y, z = rng.lognormal(0.0, 1.0, 500), 0.8
    poor = y[y < z]
    h, i, c = len(poor) / 500, float(np.mean((z - poor) / z)), poor.std() / poor.mean()
    assert fgt(y, ONE(500), z, 2) == pytest.approx(h * (i**2 + (1 - i) ** 2 * c**2), rel=1e-12)


def test_weight_is_repetition() -> None:
    y, w = np.array([1.0, 4.0, 9.0]), np.array([3.0, 1.0, 2.0])
    rows = np.repeat(y, w.astype(int))
    assert weighted_median(y, w) == np.median(rows)
    for alpha in (0, 1, 2):
        assert fgt(y, w, 5.0, alpha) == pytest.approx(fgt(rows, ONE(6), 5.0, alpha), rel=1e-14)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=40), st.randoms())
def test_median_is_the_ordinary_one_for_whole_weights(values: list[int], random) -> None:
    weights = np.array([random.randint(0, 4) for _ in values[1:]] + [1])
    want = np.median(np.repeat(np.array(values, dtype=float), weights))
    assert weighted_median(np.array(values, dtype=float), weights.astype(float)) == want


def test_line_of_the_own_group() -> None:
    y, group = np.array([1.0, 2.0, 3.0, 10.0, 20.0, 30.0]), np.array([0, 0, 0, 1, 1, 1])
    assert relative_line(y, ONE(6), 0.5).tolist() == [3.25] * 6
    assert relative_line(y, ONE(6), 0.5, group).tolist() == [1.0] * 3 + [10.0] * 3


@given(people(), st.floats(0.1, 1e5), st.integers(1, 4))
def test_groups_add_up(sample, line: float, k: int) -> None:
    y, w = sample
    group = np.minimum(np.arange(len(y)) % k, k - 1)
    for alpha in (0, 1, 2):
        share, value, _ = fgt_by_group(y, w, line, alpha, group)
        assert float(share @ value) == pytest.approx(fgt(y, w, line, alpha), rel=1e-10, abs=1e-14)


@given(people(), st.floats(0.001, 1000.0))
def test_relative_poverty_knows_no_currency(sample, scale: float) -> None:
    """Scaling all incomes scales the line; gap and square are continuous, so rounding cannot move them far."""
    y, w = sample
    y = y + 1.0
    before, after = relative_line(y, w, 0.6), relative_line(y * scale, w, 0.6)
    np.testing.assert_allclose(after, before * scale, rtol=1e-12)
    for alpha in (1, 2):
        assert fgt(y * scale, w, after, alpha) == pytest.approx(fgt(y, w, before, alpha), rel=1e-8, abs=1e-10)


@given(people(), st.floats(1.0, 1e5), st.floats(0.0, 1e6))
def test_focus(sample, line: float, more: float) -> None:
    """What those above the line have does not count."""
    y, w = sample
    richer = np.where(y >= line, y + more, y)
    for alpha in (0, 1, 2):
        assert fgt(richer, w, line, alpha) == fgt(y, w, line, alpha)


@given(st.lists(st.floats(0.01, 3.0), max_size=20), st.floats(0.01, 0.85), st.floats(0.01, 0.85), st.floats(1.0, 1e5))
def test_monotonicity_and_transfer(others: list[float], one: float, two: float, line: float) -> None:
    """A loss of a poor person raises P1; a transfer from a poorer to a less poor person raises P2."""
    y = line * np.array([min(one, two), max(one, two), *others])
    w = ONE(len(y))
    loss = 0.5 * min(y[0], line - y[1])
    worse = y.copy()
    worse[0] -= loss
    assert fgt(worse, w, line, 1) > fgt(y, w, line, 1)
    worse[1] += loss
    assert fgt(worse, w, line, 2) > fgt(y, w, line, 2)


def test_standard_error_of_a_share_is_the_binomial_one() -> None:
    """Equal weights: s / sqrt(n) of 0-1 values, sqrt(p (1 - p) / (n - 1))."""
    y = np.r_[np.zeros(30), np.full(70, 9.0)]
    assert standard_error(y, ONE(100), 5.0, 0) == pytest.approx(np.sqrt(0.3 * 0.7 / 99), rel=1e-12)
    assert np.isnan(standard_error(y[:1], ONE(1), 5.0, 0))


def test_clusters_of_equals_leave_as_many_observations_as_clusters() -> None:
    """Ten identical rows a unit say no more than one row."""
    rng = np.random.default_rng(2)
    y = rng.uniform(0, 10, 40)
    once = standard_error(y, ONE(40), 5.0, 1)
    ten = standard_error(np.repeat(y, 10), ONE(400), 5.0, 1, np.repeat(np.arange(40), 10))
    assert ten == pytest.approx(once, rel=1e-12)


def test_bootstrap_matches_the_sampling_spread() -> None:
    """Mean bootstrap sd of the headcount below half the median against its spread over 300 samples of a lognormal.

    The sd of an sd of 300 draws is 1/sqrt(600) = 4 %; one bootstrap sd of a median-based headcount scatters by about
    10 % (3 % for the mean of 12) and is a few per cent too wide at this size: 20 % is beyond 3 standard errors.
    """
    rng = np.random.default_rng(3)
    n = 1600
    samples = rng.lognormal(0, 0.8, (300, n))
    truth = np.std([fgt(y, ONE(n), relative_line(y, ONE(n), 0.5), 0) for y in samples])
    drawn = [np.std(bootstrap(y, ONE(n), 0.5, alphas=(0.0,), draws=200, seed=4)[:, 0, 0]) for y in samples[:12]]
    assert np.mean(drawn) == pytest.approx(truth, rel=0.2)


def test_bootstrap_repeats_with_its_seed_and_keeps_groups() -> None:
    y, group = np.arange(1.0, 41.0), np.repeat([0, 1], 20)
    one = bootstrap(y, ONE(40), 0.6, group=group, draws=20, seed=1)
    assert one.shape == (20, 3, 3)
    np.testing.assert_array_equal(one, bootstrap(y, ONE(40), 0.6, group=group, draws=20, seed=1))
    assert (one != bootstrap(y, ONE(40), 0.6, group=group, draws=20, seed=2)).any()
    own = bootstrap(y, ONE(40), 0.6, group=group, median_of_group=True, unit=np.arange(40) // 4, draws=20, seed=1)
    assert np.isfinite(own).any()


ALKIRE_FOSTER = np.array([[13.1, 14, 4, 1], [15.2, 7, 5, 0], [12.5, 10, 1, 0], [20, 11, 3, 1]])
CUTOFFS = np.array([13.0, 12.0, 3.0, 1.0])


def test_the_example_of_alkire_and_foster() -> None:
    """Alkire and Foster (2011), section 3 and 4: k = 2 of 4 gives H = 1/2, A = 3/4, M0 = 3/8; gaps as fractions."""
    got = dual_cutoff(ALKIRE_FOSTER, CUTOFFS, ONE(4), ONE(4), 0.5)
    assert (got.headcount, got.intensity, got.m0) == (0.5, 0.75, 0.375)
    assert got.raw.tolist() == [0.25, 0.75, 0.25, 0.5]
    assert got.censored.tolist() == [0.25, 0.5, 0.25, 0.5]
    gaps = [Fraction(5, 12), Fraction(1), Fraction(1, 26), Fraction(1, 6), Fraction(2, 3), Fraction(1)]
    assert got.m1 == pytest.approx(float(sum(gaps) / 16), rel=1e-12)
    assert got.m2 == pytest.approx(float(sum(g * g for g in gaps) / 16), rel=1e-12)
    assert got.contribution.tolist() == pytest.approx([1 / 6, 1 / 3, 1 / 6, 1 / 3])


def test_union_and_intersection_are_the_ends_of_k() -> None:
    assert dual_cutoff(ALKIRE_FOSTER, CUTOFFS, ONE(4), ONE(4), 0.25).headcount == 0.75
    assert dual_cutoff(ALKIRE_FOSTER, CUTOFFS, ONE(4), ONE(4), 1.0).headcount == 0.25


def test_a_third_is_reached_by_thirds() -> None:
    """Weights of 1/3 made of four twelfths must reach k = 1/3 in spite of rounding."""
    lacking = np.array([[0.0, 0, 0, 0] + [1.0] * 8])
    got = dual_cutoff(lacking, np.full(12, 0.5), np.full(12, 0.1), ONE(1))
    assert got.headcount == 1.0


def test_one_dimension_is_the_headcount_and_gap() -> None:
    y, w = np.array([2.0, 5.0, 8.0, 20.0]), np.array([1.0, 2.0, 3.0, 4.0])
    got = dual_cutoff(y[:, None], np.array([10.0]), ONE(1), w, 1.0)
    assert (got.m0, got.m1, got.m2) == pytest.approx([fgt(y, w, 10.0, a) for a in (0, 1, 2)])


def test_nobody_poor_has_no_intensity() -> None:
    got = dual_cutoff(np.full((2, 2), 5.0), ONE(2), ONE(2), ONE(2))
    assert (got.headcount, got.m0) == (0.0, 0.0)
    assert np.isnan(got.intensity)
    assert np.isnan(got.contribution).all()
