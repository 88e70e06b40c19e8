"""Many runs: Dirichlet weights from uniform numbers, choices, ranks, and draws that fail."""

import numpy as np
import pytest
from scipy import stats

from megaregion.core.aggregate import ranks
from megaregion.core.hierarchical_mean import Branch, Mean, branch_scores
from megaregion.core.index_draws import choice, run_draws, suits, weight_ranks, weights_from_uniforms


def flat(mean: Mean, m: int = 3) -> list[Branch]:
    return [Branch(np.arange(m), (), mean)]


def test_choices_are_equally_likely_and_never_out_of_range() -> None:
    got = choice(np.array([0.0, 0.32, 0.34, 0.99, 1 - 1e-17]), 3)
    assert got.tolist() == [0, 0, 1, 2, 2]


@pytest.mark.parametrize("stated", [[0.25] * 4, [0.5, 0.3, 0.2]])
def test_weights_have_the_distribution_of_dirichlet(stated: list[float]) -> None:
    """Marginal of weight k is Beta(k w, k - k w): Kolmogorov-Smirnov distance of 20,000 draws below the 1e-4 limit."""
    w = np.array(stated)
    k = len(w)
    got = weights_from_uniforms(np.random.default_rng(1).random((20_000, k)), w)
    np.testing.assert_allclose(got.sum(axis=1), 1.0)
    for j in range(k):
        assert stats.kstest(got[:, j], stats.beta(k * w[j], k - k * w[j]).cdf).statistic < 2.2 / 20_000**0.5


def test_concentration_narrows_by_the_formula() -> None:
    """Variance w (1 - w) / (c k + 1); 40,000 draws, relative error of a variance about sqrt(2 / 40,000)."""
    got = weights_from_uniforms(np.random.default_rng(5).random((40_000, 4)), np.full(4, 0.25), 10.0)
    np.testing.assert_allclose(got.var(axis=0), 0.25 * 0.75 / 41, rtol=5 * (2 / 40_000) ** 0.5 + 0.01)


def test_a_weight_of_zero_stays_zero() -> None:
    got = weights_from_uniforms(np.random.default_rng(2).random((50, 3)), np.array([0.0, 0.4, 0.6]))
    assert (got[:, 0] == 0).all()
    np.testing.assert_allclose(got.sum(axis=1), 1.0)


def test_runs_equal_a_plain_loop() -> None:
    rng = np.random.default_rng(3)
    tables = [rng.uniform(0.1, 1, (20, 3)), rng.uniform(0.1, 1, (20, 3))]
    trees = [flat(Mean(1.0)), flat(Mean(0.0)), flat(Mean(-1.0))]
    which, method = rng.integers(0, 2, 1300), rng.integers(0, 3, 1300)
    weights = rng.dirichlet(np.ones(3), size=1300)
    got = run_draws(tables, which, trees, method, [weights])
    assert got.worked.all()
    for d in range(0, 1300, 37):
        score = branch_scores(tables[which[d]], trees[method[d]], [weights[d : d + 1]])[-1][0]
        np.testing.assert_array_equal(got.ranks[d], ranks(score))


def test_draws_without_table_or_with_negative_values_fail_and_the_others_do_not() -> None:
    good, bad = np.array([[0.1, 0.9], [0.5, 0.2]]), np.array([[-0.1, 0.9], [0.5, 0.2]])
    trees = [flat(Mean(1.0), 2), flat(Mean(0.0), 2)]
    which, method = np.array([0, 1, 1, 2, 0]), np.array([0, 0, 1, 0, 1])
    got = run_draws([good, bad, None], which, trees, method, [np.full((5, 2), 0.5)])
    assert got.worked.tolist() == [True, True, False, False, True]
    assert (got.ranks[~got.worked] == 0).all()
    assert suits(bad, trees[0]) and not suits(bad, trees[1])


def test_ranks_of_many_weights_on_one_table() -> None:
    rng = np.random.default_rng(4)
    x, weights = rng.uniform(0, 1, (9, 3)), rng.dirichlet(np.ones(3), size=700)
    got = weight_ranks(x, flat(Mean(1.0)), [weights])
    np.testing.assert_array_equal(got, ranks(weights @ x.T))
