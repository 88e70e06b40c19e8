"""Means over trees: hand, scipy, many weights at once equal one at a time, exact splits of change."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from megaregion.core.hierarchical_mean import (
    Branch,
    Mean,
    branch_scores,
    chain_weights,
    change_shares,
    mazziotta_pareto,
    secant,
)

ALL = (1.0, 0.0, -1.0, 2.0, 0.5)


def tree(inside: Mean, top: Mean) -> list[Branch]:
    """Columns 0 1 in a, a and column 2 in b, b and the pair 3 4 at the top."""
    return [
        Branch(np.array([0, 1]), (), inside), Branch(np.array([2]), (0,), inside), Branch(np.array([3, 4]), (), inside),
        Branch(np.array([], dtype=np.int64), (1, 2), top),
    ]  # fmt: skip


WEIGHTS = [np.array([0.3, 0.7]), np.array([0.4, 0.6]), np.array([0.5, 0.5]), np.array([0.2, 0.8])]


def table(seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.05, 1.0, (7, 5))


def test_mazziotta_pareto_by_hand() -> None:
    """On 70 + 60 x: (0, 1) is 70 and 130, M = 100, S = 30, M - S^2 / M = 91; plus 109."""
    x, w = np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]])
    minus, plus = Mean(penalty=-1), Mean(penalty=1)
    assert 70 + 60 * mazziotta_pareto(x, w, minus)[0] == pytest.approx(91.0)
    assert 70 + 60 * mazziotta_pareto(x, w, plus)[0] == pytest.approx(109.0)


def test_mazziotta_pareto_on_z_scores_by_hand() -> None:
    """z = -1, 1 is 90 and 110: M = 100, S = 10, M - 1 = 99."""
    mean = Mean(penalty=-1, base=100.0, width=10.0)
    got = mazziotta_pareto(np.array([[-1.0, 1.0]]), np.array([[0.5, 0.5]]), mean)[0]
    assert 100 + 10 * got == pytest.approx(99.0)


@settings(deadline=None)  # a busy machine is no failure
@given(st.floats(0.0, 1.0))
def test_no_penalty_where_values_agree(x: float) -> None:
    got = mazziotta_pareto(np.full((1, 4), x), np.full((1, 4), 0.25), Mean(penalty=-1))[0]
    assert got == pytest.approx(x, abs=1e-12)


@pytest.mark.parametrize("p", ALL)
def test_tree_equals_nested_means_of_scipy(p: float) -> None:
    x = table()
    got = branch_scores(x, tree(Mean(p), Mean(0.0)), [w[None] for w in WEIGHTS])
    for i, row in enumerate(x):
        a = stats.pmean(row[:2], p, weights=WEIGHTS[0])
        b = stats.pmean([row[2], a], p, weights=WEIGHTS[1])
        c = stats.pmean(row[3:], p, weights=WEIGHTS[2])
        assert got[0][0, i] == pytest.approx(a)
        assert got[1][0, i] == pytest.approx(b)
        assert got[3][0, i] == pytest.approx(stats.pmean([b, c], 0, weights=WEIGHTS[3]))


@pytest.mark.parametrize("mean", [*map(Mean, ALL), Mean(penalty=-1), Mean(penalty=1)])
def test_many_weights_at_once_equal_one_at_a_time(mean: Mean) -> None:
    x, rng = table(), np.random.default_rng(2)
    many = [rng.dirichlet(np.ones(2), size=9) for _ in WEIGHTS]
    together = branch_scores(x, tree(mean, mean), many)[-1]
    alone = [branch_scores(x, tree(mean, mean), [w[d : d + 1] for w in many])[-1][0] for d in range(9)]
    np.testing.assert_allclose(together, alone, rtol=1e-12)


@pytest.mark.parametrize("p", [0.0, -1.0])
def test_a_zero_makes_these_means_zero_unless_it_has_no_weight(p: float) -> None:
    x = np.array([[0.0, 0.5], [0.2, 0.5]])
    tree_ = [Branch(np.array([0, 1]), (), Mean(p))]
    weights = np.array([[0.5, 0.5], [0.0, 1.0]])
    got = branch_scores(x, tree_, [weights])[0]
    np.testing.assert_allclose(got[0, 0], 0.0)
    np.testing.assert_allclose(got[1], 0.5)


def test_weights_on_the_way_from_the_root() -> None:
    """Column 0: .2 x .6 x .3."""
    got = chain_weights(tree(Mean(), Mean()), WEIGHTS, 5)
    np.testing.assert_allclose(got, [0.2 * 0.6 * 0.3, 0.2 * 0.6 * 0.7, 0.2 * 0.4, 0.8 * 0.5, 0.8 * 0.5])
    assert got.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("inside", ALL)
@pytest.mark.parametrize("top", ALL)
def test_change_sums_exactly(inside: float, top: float) -> None:
    first, second = table(1), table(2)
    second[:, 1] = first[:, 1]  # a column that does not move
    nodes = tree(Mean(inside), Mean(top))
    before, after = ([s[0] for s in branch_scores(x, nodes, [w[None] for w in WEIGHTS])] for x in (first, second))
    parts = change_shares(before, after, (first, second), nodes, WEIGHTS)
    np.testing.assert_allclose(parts.sum(axis=1), after[-1] - before[-1], atol=1e-12)
    np.testing.assert_array_equal(parts[:, 1], 0.0)


def test_change_of_a_linear_index_is_weight_times_change() -> None:
    first, second = table(1), table(2)
    nodes = tree(Mean(), Mean())
    before, after = ([s[0] for s in branch_scores(x, nodes, [w[None] for w in WEIGHTS])] for x in (first, second))
    parts = change_shares(before, after, (first, second), nodes, WEIGHTS)
    np.testing.assert_allclose(parts, chain_weights(nodes, WEIGHTS, 5) * (second - first), atol=1e-14)


def test_change_turned_round_changes_the_sign() -> None:
    first, second = table(1), table(2)
    nodes = tree(Mean(), Mean(0.0))
    s = [[b[0] for b in branch_scores(x, nodes, [w[None] for w in WEIGHTS])] for x in (first, second)]
    there = change_shares(s[0], s[1], (first, second), nodes, WEIGHTS)
    back = change_shares(s[1], s[0], (second, first), nodes, WEIGHTS)
    np.testing.assert_allclose(there, -back, atol=1e-14)


def test_secant_is_the_derivative_where_nothing_moves() -> None:
    a = np.array([0.5])
    np.testing.assert_allclose(secant(a, a, 0.0), 2.0)
    np.testing.assert_allclose(secant(a, a, 2.0), 1.0)
    np.testing.assert_allclose(secant(a, a + 1e-6, -1.0), -4.0, rtol=1e-5)
