"""Choice of sites under a budget against all subsets, and what greedy is worth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.restoration import best_sites, gain_of, greedy_sites
from megaregion.errors import InputError


def by_all_subsets(alone: np.ndarray, pairs: np.ndarray, costs: np.ndarray, budget: float) -> float:
    m = alone.size
    sets = (np.arange(2**m)[:, None] >> np.arange(m)) & 1
    gain = sets @ alone + 0.5 * np.einsum("ki,ij,kj->k", sets, pairs, sets)
    return float(gain[sets @ costs <= budget].max())


def drawn(seed: int, m: int, kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    rng = np.random.default_rng(seed)
    alone, costs = rng.exponential(1.0, m), rng.integers(1, 9, m).astype(float)
    pairs = np.triu(rng.normal(0, 0.5, (m, m)), 1) * (rng.random((m, m)) < 0.6)
    if kind == "substitutes":
        pairs = -np.abs(pairs)
    pairs = pairs + pairs.T
    if kind == "substitutes":  # never falls
        alone = alone - pairs.sum(axis=1)
    return alone, pairs, costs, float(rng.integers(0, int(costs.sum()) + 1))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 10), st.sampled_from(["any", "substitutes"]))
def test_the_best_of_all_subsets(seed: int, m: int, kind: str) -> None:
    alone, pairs, costs, budget = drawn(seed, m, kind)
    got = best_sites(alone, pairs, costs, budget=budget)
    want = by_all_subsets(alone, pairs, costs, budget)
    assert got.gain == pytest.approx(want, rel=1e-9, abs=1e-9) and got.cost <= budget and got.share == 1.0
    assert got.gain == pytest.approx(gain_of(got.chosen, alone, pairs))
    quick = greedy_sites(alone, pairs, costs, budget=budget)
    assert quick.cost <= budget and quick.gain <= want + 1e-9
    if kind == "substitutes":
        assert quick.share >= (1 - np.exp(-1)) / 2 - 1e-12 and quick.gain >= quick.share * want - 1e-9


@pytest.mark.parametrize("seed", [1, 2])
def test_fifteen_sites(seed: int) -> None:
    alone, pairs, costs, budget = drawn(seed, 15, "any")
    assert best_sites(alone, pairs, costs, budget=budget).gain == pytest.approx(
        by_all_subsets(alone, pairs, costs, budget), rel=1e-9
    )


def test_two_that_only_help_together() -> None:
    """Greedy takes the site worth 1; the pair worth 10 is out of its sight, and it promises nothing."""
    alone, costs = np.array([0.0, 0.0, 1.0]), np.array([1.0, 1.0, 1.0])
    pairs = np.zeros((3, 3))
    pairs[0, 1] = pairs[1, 0] = 10.0
    assert best_sites(alone, pairs, costs, budget=2.0).chosen.tolist() == [True, True, False]
    quick = greedy_sites(alone, pairs, costs, budget=2.0)
    assert quick.chosen.tolist() == [False, False, True] and np.isnan(quick.share)


def test_equal_costs_promise_more() -> None:
    alone, none = np.array([3.0, 2.0, 1.0]), np.zeros((3, 3))
    assert greedy_sites(alone, none, np.ones(3), budget=2.0).share == pytest.approx(1 - np.exp(-1))
    assert greedy_sites(alone, none, np.array([1.0, 2, 1]), budget=2.0).share == pytest.approx((1 - np.exp(-1)) / 2)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.floats(1e-9, 1e9))
def test_more_money_never_hurts_and_units_do_not_matter(seed: int, unit: float) -> None:
    alone, pairs, costs, budget = drawn(seed, 7, "any")
    here = best_sites(alone, pairs, costs, budget=budget)
    assert best_sites(alone, pairs, costs, budget=budget + 3).gain >= here.gain - 1e-9
    assert best_sites(alone * unit, pairs * unit, costs, budget=budget).gain == pytest.approx(
        here.gain * unit, rel=1e-8, abs=1e-9 * unit
    )


def test_no_site_no_money_and_wrong_input() -> None:
    none = np.zeros((0, 0))
    assert best_sites(np.zeros(0), none, np.zeros(0), budget=1.0).gain == 0.0
    assert greedy_sites(np.zeros(0), none, np.zeros(0), budget=1.0).gain == 0.0
    free = best_sites(np.ones(2), np.zeros((2, 2)), np.array([0.0, 1.0]), budget=0.0)
    assert free.chosen.tolist() == [True, False]
    with pytest.raises(InputError, match=r"symmetric.*costs.*budget"):
        best_sites(np.ones(2), np.array([[0, 1.0], [0, 0]]), np.array([-1.0, 1]), budget=-1.0)
    with pytest.raises(InputError, match="shape"):
        best_sites(np.ones(2), np.zeros((3, 3)), np.ones(2), budget=1.0)
