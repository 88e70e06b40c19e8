"""Additional share of the treated: by hand, against the difference in differences, against Fieller's own set."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from megaregion.core.additional_share import additional_share


def test_by_hand() -> None:
    """Treated 2 -> 4, others 1 -> 2: 3 of 4 anyway; nothing varies, so the interval is a point."""
    got = additional_share(np.array([2.0, 2, 1, 1]), np.array([4.0, 4, 2, 2]), np.array([True, True, False, False]))
    assert got == (4.0, 3.0, 0.25, 0.25, 0.25)


def test_all_is_additional_where_nobody_else_did_anything() -> None:
    got = additional_share(np.zeros(4), np.array([3.0, 5, 0, 0]), np.array([True, True, False, False]))
    assert (got.share, got.low, got.high) == (1.0, 1.0, 1.0)


def test_nothing_reached_has_no_share() -> None:
    got = additional_share(np.ones(4), np.array([0.0, 0, 1, 1]), np.array([True, True, False, False]))
    assert got.reached == 0.0 and np.isnan(got[2:]).all()


@given(st.integers(0, 10_000))
def test_ends_are_those_that_the_t_test_just_allows(seed: int) -> None:
    """At either end (N - r D)^2 = t^2 var(N - r D); a D is the difference in differences; a unit does not matter."""
    rng = np.random.default_rng(seed)
    before, treated = rng.gamma(2.0, 3.0, 40), np.arange(40) < 18
    after = before * rng.lognormal(0.0, 0.3, 40) + 9.0 * treated
    got = additional_share(before, after, treated)
    change = after - before
    np.testing.assert_allclose(got.share * got.reached, change[treated].mean() - change[~treated].mean(), rtol=1e-9)

    def spread(r: float) -> tuple[float, float]:
        return (before - r * after)[treated].var(ddof=1) / 18, change[~treated].var(ddof=1) / 22

    v, u = spread(1 - got.share)
    t = stats.t.ppf(0.975, (v + u) ** 2 / (v**2 / 17 + u**2 / 21))
    for end in (got.low, got.high):
        r = 1 - end
        np.testing.assert_allclose(abs(got.anyway - r * got.reached), t * np.sqrt(sum(spread(r))), rtol=1e-6)
    assert got.low < got.share < got.high
    np.testing.assert_allclose(additional_share(7 * before, 7 * after, treated)[2:], got[2:], rtol=1e-9)


def test_the_interval_holds_the_share_about_as_often_as_it_says() -> None:
    """1,000 worlds of 15 treated and 45 others, skewed activity that lasts: 95 %, give or take three."""
    rng, hit = np.random.default_rng(4), 0
    treated = np.arange(60) < 15
    for _ in range(1000):
        base = rng.gamma(1.0, 10.0, 60)
        before, after = (base * rng.lognormal(-0.08, 0.4, 60) for _ in range(2))
        got = additional_share(before, after + treated * rng.gamma(2.0, 12.5, 60), treated)
        hit += got.low <= 25 / 35 <= got.high
    assert 0.92 < hit / 1000 < 0.98
