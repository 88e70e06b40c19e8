"""Ranks over draws against counting by hand, and Kendall's W against Friedman's test."""

import numpy as np
import pytest
from scipy.stats import friedmanchisquare, kendalltau

from megaregion.equilibrium.rank_stability import rank_stability
from megaregion.errors import InputError


def test_shares_and_ranks_by_counting() -> None:
    values = np.array([[3.0, 2.0, 1.0], [3.0, 1.0, 2.0], [1.0, 3.0, 2.0], [5.0, 5.0, 1.0]])
    found = rank_stability(values, ["a", "b", "c"], top=2, nominal=[3, 2, 1])
    frame = found.frame
    assert frame["first_share"].tolist() == [0.5, 0.25, 0.0]  # the tie at the top belongs to nobody
    assert frame["top_share"].tolist() == [0.75, 0.75, 0.5]
    assert frame["rank_p50"].tolist() == [1.25, 1.75, 2.5]  # medians of 1,1,3,1.5 - 2,3,1,1.5 - 3,2,2,3
    assert found.correlation == pytest.approx(np.mean([kendalltau(v, [3, 2, 1]).statistic for v in values]))


def test_concordance_is_friedmans_statistic_over_its_largest_value() -> None:
    rng = np.random.default_rng(4)
    for values in (rng.random((30, 7)), rng.integers(0, 4, (30, 7)).astype(float)):  # without and with ties
        expected = friedmanchisquare(*values.T).statistic / (30 * 6)
        assert rank_stability(values, list("abcdefg")).concordance == pytest.approx(expected, rel=1e-12)


def test_perfect_agreement_and_none() -> None:
    row = np.array([4.0, 1.0, 3.0])
    assert rank_stability(np.tile(row, (5, 1)), list("abc")).concordance == pytest.approx(1.0)
    assert rank_stability(np.stack([row, -row]), list("abc")).concordance == pytest.approx(0.0)
    assert np.isnan(rank_stability(np.ones((5, 3)), list("abc"), nominal=row).concordance)
    assert np.isnan(rank_stability(np.ones((5, 1)), ["a"]).concordance)


def test_relabelling_permutes_and_scale_does_not_matter() -> None:
    rng = np.random.default_rng(5)
    values, order = rng.random((20, 6)), rng.permutation(6)
    one = rank_stability(values, list("abcdef"))
    other = rank_stability(7 * values[:, order], ["abcdef"[k] for k in order])
    np.testing.assert_array_equal(other.frame.loc[list("abcdef")], one.frame)
    assert other.concordance == pytest.approx(one.concordance)


def test_everything_wrong_is_said_at_once() -> None:
    with pytest.raises(InputError, match=r"2 columns, got .*; top must be at least 1, got 0; nominal: expected 2"):
        rank_stability(np.ones((3, 3)), ["a", "b"], top=0, nominal=[1.0])
    with pytest.raises(InputError, match="1 are missing"):
        rank_stability([[1.0, np.nan]], ["a", "b"])
