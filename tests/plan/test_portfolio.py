"""Choice under a budget against enumeration."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.errors import InputError
from megaregion.plan.portfolio import PlanSettings, best_sets, chosen_set, interaction, knapsack, plan_settings


def every_full_set(values, costs, budget, max_size):
    """All feasible sets of projects with a value that no further one fits into, best first."""
    good = [i for i in range(len(values)) if values[i] > 0]
    feasible = [s for k in range(1, max_size + 1) for s in combinations(good, k) if costs[list(s)].sum() <= budget]
    known = set(feasible)
    full = [s for s in feasible if not any(tuple(sorted((*s, i))) in known for i in good if i not in s)]
    return sorted(full, key=lambda s: -values[list(s)].sum())


@st.composite
def problems(draw):
    seed, m = draw(st.integers(0, 100_000)), draw(st.integers(1, 12))
    rng = np.random.default_rng(seed)
    values = rng.normal(1.0, 0.8, m)  # some below zero
    return values, rng.uniform(0.5, 3.0, m), float(rng.uniform(0.4, 9.0)), int(rng.integers(1, 7))


@settings(max_examples=60, deadline=None)
@given(problems())
def test_highs_and_branch_and_bound_equal_enumeration(problem) -> None:
    values, costs, budget, size = problem
    want = every_full_set(values, costs, budget, size)
    got = best_sets(values, costs, budget=budget, max_size=size, count=15)
    assert got == want[:15]
    assert knapsack(values, costs, budget=budget, max_size=size) == (want[0] if want else ())


@settings(max_examples=30, deadline=None)
@given(problems(), st.floats(1.0, 2.0))
def test_more_budget_never_lowers_the_optimum(problem, more) -> None:
    values, costs, budget, size = problem
    less = values[list(knapsack(values, costs, budget=budget, max_size=size))].sum()
    assert values[list(knapsack(values, costs, budget=budget * more, max_size=size))].sum() >= less - 1e-12
    assert values[list(knapsack(values, costs, budget=budget, max_size=size + 1))].sum() >= less - 1e-12


def test_large_problem_agrees_with_highs() -> None:
    rng = np.random.default_rng(5)
    values, costs = rng.lognormal(0, 1, 75), rng.uniform(1, 4, 75)
    for budget, size in ((10.0, 5), (30.0, 12), (np.inf, 6)):
        sets = best_sets(values, costs, budget=budget, max_size=size, count=100)
        assert len(set(sets)) == 100
        worth = [values[list(s)].sum() for s in sets]
        assert worth == sorted(worth, reverse=True)
        assert sets[0] == knapsack(values, costs, budget=budget, max_size=size)
        assert all(costs[list(s)].sum() <= budget and len(s) <= size for s in sets)


def test_highs_writes_nothing(capfd) -> None:
    knapsack(np.ones(3), np.ones(3), budget=2.0, max_size=2)
    assert capfd.readouterr() == ("", "")


def test_nothing_to_choose() -> None:
    none = np.array([-1.0, 0.0])
    assert knapsack(none, np.ones(2), budget=9.0, max_size=2) == ()
    assert best_sets(none, np.ones(2), budget=9.0, max_size=2, count=3) == []
    assert best_sets(np.ones(2), np.ones(2), budget=0.5, max_size=2, count=3) == []


def test_interaction_and_choice() -> None:
    np.testing.assert_allclose(interaction(np.array([1.1, 0.9]), np.array([1.0, 1.0])), [10.0, -10.0])
    assert np.isnan(interaction(np.array([1.0]), np.array([0.0]))[0])
    assert chosen_set(np.array([1.0, 3.0, 3.0]), [(0,), (1,), (2,)]) == 1


def test_settings_are_read_and_refused() -> None:
    assert plan_settings({"budget": 5}, budget_needed=True) == PlanSettings(budget=5)
    assert plan_settings({}, budget_needed=False) == PlanSettings()
    with pytest.raises(InputError) as caught:
        plan_settings({"max_projects": 2.5, "annual_rate": -1, "buget": 3, "sets": True}, budget_needed=True)
    for text in ("'buget'", "missing key 'budget'", "max_projects must be a whole", "annual_rate", "sets"):
        assert text in str(caught.value)
