"""Coupling degrees: limits, closed forms and invariants."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from megaregion.core.coupling import (
    classical_degree,
    coordination,
    coupling_degree,
    development,
    published_mistakes,
)

LEVEL = st.floats(0.0, 1.0)
SYSTEMS = arrays(float, st.integers(2, 6), elements=LEVEL).filter(lambda u: u.max() > 1e-3)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_limits(n: int) -> None:
    """Equal systems 1 at any level; one without anything 0; without its factor the classical degree stops at 1/n."""
    for level in (1e-6, 0.3, 1.0):
        u = np.full(n, level)
        assert coupling_degree(u) == pytest.approx(1.0, abs=1e-15)
        assert classical_degree(u) == pytest.approx(1.0, abs=1e-15)
        assert published_mistakes(u)["missing factor"] == pytest.approx(1 / n)
    gone = np.ones(n)
    gone[0] = 0.0
    assert coupling_degree(gone) == classical_degree(gone) == 0.0


@pytest.mark.parametrize("n", [3, 4])
def test_one_system_below_others_in_closed_form(n: int) -> None:
    """n - 1 systems at a, one at b: the differences are (n - 1)(a - b), the product of ratios is b / a."""
    a, b = 0.8, 0.2
    u = np.array([a] * (n - 1) + [b])
    want = np.sqrt((1 - 2 * (a - b) / n) * (b / a) ** (1 / (n - 1)))
    assert coupling_degree(u) == pytest.approx(want, rel=1e-14)


@given(LEVEL, LEVEL)
def test_two_systems_are_the_special_form(a: float, b: float) -> None:
    if max(a, b) < 1e-300:
        return
    want = np.sqrt((1 - abs(a - b)) * min(a, b) / max(a, b))
    assert coupling_degree(np.array([a, b])) == pytest.approx(want, rel=1e-12, abs=1e-15)
    old = 2 * np.sqrt(a) * np.sqrt(b) / (a + b)
    assert classical_degree(np.array([a, b])) == pytest.approx(old, rel=1e-9, abs=1e-15)


@given(SYSTEMS)
def test_general_form_equals_the_sums_as_printed(u: np.ndarray) -> None:
    n = len(u)
    apart = sum(abs(a - b) for a, b in itertools.combinations(u, 2)) / (n * (n - 1) / 2)
    want = np.sqrt(max(0.0, 1 - apart) * np.prod(u / u.max()) ** (1 / (n - 1)))
    assert coupling_degree(u) == pytest.approx(want, rel=1e-9, abs=1e-7)  # the root turns 1e-16 into 1e-8


@given(SYSTEMS, st.randoms())
def test_bounds_and_order_of_systems(u: np.ndarray, random: object) -> None:
    order = np.array(random.sample(range(len(u)), len(u)))  # type: ignore[attr-defined]
    for degree in (coupling_degree, classical_degree):
        value = degree(u)
        assert 0.0 <= value <= 1.0 + 1e-12
        assert degree(u[order]) == pytest.approx(value, rel=1e-9, abs=1e-12)


@given(SYSTEMS, st.floats(0.05, 0.9))
def test_only_the_classical_degree_is_free_of_scale(u: np.ndarray, scale: float) -> None:
    assert classical_degree(scale * u) == pytest.approx(classical_degree(u), rel=1e-9)
    assert coupling_degree(scale * u) >= coupling_degree(u) - 1e-12  # smaller differences count less


def test_the_corrected_degree_depends_on_scale() -> None:
    u = np.array([0.8, 0.4])
    assert coupling_degree(u) == pytest.approx(np.sqrt(0.6 * 0.5))
    assert coupling_degree(u / 2) == pytest.approx(np.sqrt(0.8 * 0.5))


def test_nothing_at_all_has_no_coupling_and_no_coordination() -> None:
    none = np.zeros((1, 3))
    assert np.isnan(coupling_degree(none)).all()
    assert np.isnan(classical_degree(none)).all()
    np.testing.assert_array_equal(coordination(coupling_degree(none), development(none, np.full(3, 1 / 3))), [0.0])


def test_mistakes_by_hand() -> None:
    """U = (.5, .25): sum .75, product .125."""
    got = published_mistakes(np.array([0.5, 0.25]))
    right = 2 * np.sqrt(0.125) / 0.75
    assert got["missing factor"] == pytest.approx(right / 2)
    assert got["missing root"] == pytest.approx(2 * 0.125 / 0.75)
    assert got["missing root and factor"] == pytest.approx(0.125 / 0.75)
    assert got["missing root over the power"] == pytest.approx(0.125 / 0.375**2)
