"""Weights against published tables and closed forms; the pitfalls that the guards are for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.objective_weights import (
    capped,
    component_weights,
    correlations,
    critic_weights,
    entropy_weights,
    varimax,
)

XU = np.array([[30, 30, 38, 29], [19, 54, 86, 29], [19, 15, 85, 28.9], [68, 70, 60, 29.0]])
DIAKOULAKI = np.array(
    [[61, 1.08, 4.33], [20.7, 0.26, 4.34], [16.3, 1.98, 2.53], [9, 3.29, 1.65],
     [5.4, 2.77, 2.33], [4, 4.12, 1.21], [-6.1, 3.52, 2.10], [-34.6, 3.31, 0.98]]
)  # fmt: skip


def table(seed: int, n: int = 30, m: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).lognormal(size=(n, m))


def test_entropy_weights_of_xu_2004() -> None:
    """Xu (2004), printed with four decimals: .4630 .3992 .1378 .0000."""
    np.testing.assert_allclose(entropy_weights(XU), [0.4630, 0.3992, 0.1378, 0.0000], atol=5e-5)


def test_critic_weights_of_diakoulaki_1995() -> None:
    """Eight firms and three criteria, scaled between the extremes: .20222554 .48090173 .31687273."""
    x = (DIAKOULAKI - DIAKOULAKI.min(axis=0)) / np.ptp(DIAKOULAKI, axis=0)
    np.testing.assert_allclose(critic_weights(x), [0.20222554, 0.48090173, 0.31687273], atol=5e-9)


def test_entropy_by_the_formula_in_a_loop() -> None:
    x = table(1)
    n = len(x)
    d = []
    for column in x.T:
        p = column / column.sum()
        d.append(1 + sum(v * np.log(v) for v in p) / np.log(n))
    np.testing.assert_allclose(entropy_weights(x), np.array(d) / sum(d), rtol=1e-12)


def test_zero_cells_count_as_zero_and_a_constant_column_has_no_weight() -> None:
    x = np.array([[0.0, 5.0], [1.0, 5.0]])
    np.testing.assert_array_equal(entropy_weights(x), [1.0, 0.0])
    assert np.isnan(entropy_weights(np.ones((3, 2)))).all()


def test_correlations_equal_numpy() -> None:
    np.testing.assert_allclose(correlations(table(9)), np.corrcoef(table(9), rowvar=False), atol=1e-14)


def test_the_customary_shift_changes_entropy_weights() -> None:
    """Why no shift is offered: with a large one the weights become those of the squared coefficient of variation."""
    x = table(2)
    plain, shifted = entropy_weights(x), entropy_weights(x + 1.0)
    assert np.abs(plain - shifted).max() > 0.01


@given(st.lists(st.integers(1, 1000), min_size=4, max_size=4))
@settings(max_examples=30, deadline=None)
def test_unit_of_a_column_moves_no_entropy_weight(scale: list[int]) -> None:
    x = table(3)
    np.testing.assert_allclose(entropy_weights(x * scale), entropy_weights(x), rtol=1e-9)


@pytest.mark.parametrize("rule", [entropy_weights, critic_weights, component_weights])
@given(st.permutations(range(4)))
@settings(max_examples=20, deadline=None)
def test_order_of_columns_permutes_and_that_of_rows_does_nothing(rule: object, order: list[int]) -> None:
    x = table(4)
    assert callable(rule)
    np.testing.assert_allclose(rule(x[:, order]), rule(x)[order], atol=1e-6)
    np.testing.assert_allclose(rule(x[::-1]), rule(x), atol=1e-6)


@pytest.mark.parametrize("rule", [entropy_weights, critic_weights, component_weights])
def test_equal_columns_have_equal_weights(rule: object) -> None:
    assert callable(rule)
    x = np.repeat(table(5, m=1), 3, axis=1)
    np.testing.assert_allclose(rule(x), np.full(3, 1 / 3), atol=1e-9)
    np.testing.assert_array_equal(rule(x[:, :1]), [1.0])


def test_components_of_equal_correlation_weigh_evenly() -> None:
    """A correlation of .6 between all columns, exactly: one component, equal loadings."""
    rng = np.random.default_rng(6)
    raw = rng.normal(size=(400, 5))
    q, _ = np.linalg.qr(raw - raw.mean(axis=0))
    chol = np.linalg.cholesky(np.full((4, 4), 0.6) + 0.4 * np.eye(4))
    np.testing.assert_allclose(component_weights(q[:, :4] @ chol.T), np.full(4, 0.25), atol=1e-9)


def test_two_blocks_make_two_components() -> None:
    """Three columns with correlation .8, two with .5, none across: loadings^2 are 2.6 / 3 and 1.5 / 2 each."""
    rng = np.random.default_rng(7)
    raw = rng.normal(size=(500, 6))
    q, _ = np.linalg.qr(raw - raw.mean(axis=0))
    r = np.eye(5)
    r[:3, :3] += 0.8 * (1 - np.eye(3))
    r[3:, 3:] += 0.5 * (1 - np.eye(2))
    got = component_weights(q[:, :5] @ np.linalg.cholesky(r).T)
    square = np.array([2.6 / 3] * 3 + [1.5 / 2] * 2)
    np.testing.assert_allclose(got, square / square.sum(), atol=1e-6)


def test_varimax_keeps_communalities_and_finds_simple_structure() -> None:
    rng = np.random.default_rng(8)
    simple = np.vstack([np.c_[rng.uniform(0.5, 1, 4), np.zeros(4)], np.c_[np.zeros(4), rng.uniform(0.5, 1, 4)]])
    turn = np.array([[np.cos(0.5), -np.sin(0.5)], [np.sin(0.5), np.cos(0.5)]])
    got = varimax(simple @ turn)
    np.testing.assert_allclose((got**2).sum(axis=1), (simple**2).sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(np.sort(np.abs(got), axis=1), np.sort(np.abs(simple), axis=1), atol=1e-5)


@pytest.mark.parametrize(
    ("weights", "cap", "want"),
    [([0.7, 0.2, 0.1], 0.4, [0.4, 0.4, 0.2]), ([1.0, 0.0, 0.0], 0.5, [0.5, 0.25, 0.25]),
     ([0.6, 0.3, 0.1], 0.9, [0.6, 0.3, 0.1]), ([0.5, 0.3, 0.2], 1 / 3, [1 / 3] * 3)],
)  # fmt: skip
def test_cap_by_hand(weights: list[float], cap: float, want: list[float]) -> None:
    """.7 .2 .1 at .4: .6 is left for 2 to 1, the second would get .4, the third .2."""
    np.testing.assert_allclose(capped(np.array(weights), cap), want)


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.floats(0.0, 1.0), min_size=2, max_size=9), st.floats(1.0, 3.0))
def test_cap_holds_and_the_rest_keeps_its_proportions(raw: list[float], factor: float) -> None:
    weights = np.array(raw) + 1e-3
    weights /= weights.sum()
    cap = factor / len(weights)
    got = capped(weights, cap)
    assert got.sum() == pytest.approx(1.0)
    assert (got <= cap * (1 + 1e-9)).all()
    free = got < cap * (1 - 1e-9)
    if free.sum() > 1:
        ratio = got[free] / weights[free]
        np.testing.assert_allclose(ratio, ratio[0], rtol=1e-9)
