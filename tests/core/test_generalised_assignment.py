"""Assignment with capacities and budgets against looking at every assignment."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from megaregion.core.generalised_assignment import assign, fairest, unserved

SLACK = 1e-9


def feasible(match: tuple[int, ...], case: dict[str, np.ndarray]) -> bool:
    some = [(i, j) for i, j in enumerate(match) if j >= 0]
    if any(not case["allowed"][i, j] for i, j in some):
        return False
    held = np.bincount([j for _, j in some], minlength=len(case["capacity"]))
    spent = np.zeros(len(case["capacity"]))
    for i, j in some:
        spent[j] += case["cost"][i, j]
    return bool((held <= case["capacity"]).all() and (spent <= case["budget"] * (1 + SLACK)).all())


def every(case: dict[str, np.ndarray]) -> list[tuple[int, ...]]:
    n, m = case["allowed"].shape
    return [match for match in product(range(-1, m), repeat=n) if feasible(match, case)]


def total(match: tuple[int, ...], value: np.ndarray) -> float:
    return float(sum(value[i, j] for i, j in enumerate(match) if j >= 0))


def drawn(seed: int, n: int, m: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Whole numbers, so that budgets bind exactly and sums have no rounding."""
    rng = np.random.default_rng(seed)
    return rng.integers(-3, 12, (n, m)).astype(float), {
        "allowed": rng.random((n, m)) < 0.8, "capacity": rng.integers(0, 4, m),
        "cost": rng.integers(0, 5, (n, m)).astype(float),
        "budget": np.where(rng.random(m) < 0.3, np.inf, rng.integers(0, 9, m).astype(float)),
    }  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 100_000), st.integers(1, 6), st.integers(1, 3))
def test_brute_force(seed: int, n: int, m: int) -> None:
    value, case = drawn(seed, n, m)
    ways = every(case)
    full = [w for w in ways if min(w) >= 0]
    got = assign(value, **case)
    if not full:
        assert got is None
    else:
        best = max(total(w, value) for w in full)
        assert got is not None and feasible(tuple(got.match), case)
        assert got.value == best
        assert got.bound == pytest.approx(best, abs=1e-6)  # the solver's own tolerance
    most = max(sum(j >= 0 for j in w) for w in ways)
    got = assign(value, **case, serve="most")
    assert got is not None and int((got.match >= 0).sum()) == most
    assert got.value == max(total(w, value) for w in ways if sum(j >= 0 for j in w) == most)
    got = assign(value, **case, serve="any")
    assert got is not None and got.value == max(total(w, value) for w in ways)
    fair = fairest(value, **case, worth=value)
    if not full:
        assert fair is None
    else:
        least = max(min(value[i, j] for i, j in enumerate(w)) for w in full)
        assert fair is not None and min(value[i, j] for i, j in enumerate(fair.match)) == least
        assert fair.value == max(total(w, value) for w in full if min(value[i, j] for i, j in enumerate(w)) == least)


@pytest.mark.parametrize("n", [7, 8])
def test_eight_recipients(n: int) -> None:
    value, case = drawn(n, n, 3)
    case["capacity"] = np.array([3, 3, 2])
    got = assign(value, **case, serve="most")
    ways = every(case)
    most = max(sum(j >= 0 for j in w) for w in ways)
    assert got is not None and int((got.match >= 0).sum()) == most
    assert got.value == max(total(w, value) for w in ways if sum(j >= 0 for j in w) == most)


def test_one_to_one_without_budgets_as_scipy() -> None:
    """linear_sum_assignment is another algorithm (shortest augmenting paths) for the same problem."""
    value = np.random.default_rng(1).random((40, 40))
    none = np.full(40, np.inf)
    got = assign(value, np.ones((40, 40), bool), np.ones(40, dtype=np.intp), np.zeros((40, 40)), none)
    rows, columns = linear_sum_assignment(value, maximize=True)
    assert got is not None and got.value == pytest.approx(value[rows, columns].sum(), rel=1e-12)


def test_large_and_small_numbers() -> None:
    value, case = drawn(5, 6, 3)
    base = assign(value, **case, serve="most")
    for scale in (1e-9, 1e9):
        scaled = {**case, "cost": case["cost"] * scale, "budget": case["budget"] * scale}
        got = assign(value * scale, **scaled, serve="most")
        assert base is not None and got is not None
        assert got.value == pytest.approx(base.value * scale, rel=1e-12)


def test_reasons() -> None:
    allowed = np.array([[False, False], [True, False], [False, True], [False, True], [False, True]])
    cost = np.array([[0, 0], [0, 0], [0, 9], [0, 1], [0, 1]], dtype=float)
    capacity, budget = np.array([0, 1]), np.array([5.0, 5.0])
    assert assign(np.ones((5, 2)), allowed, capacity, cost, budget) is None
    got = assign(np.ones((5, 2)), allowed, capacity, cost, budget, serve="most")
    assert got is not None
    why = unserved(got.match, allowed, capacity, cost, budget)
    assert (why[0], why[1], why[2]) == ("no holder is allowed", "no room", "no money")
    assert [why[k] for k in (3, 4) if k in why] == ["crowded out"]


def test_nobody_and_nothing() -> None:
    none = np.empty((0, 2))
    two = np.ones(2, dtype=np.intp)
    got = assign(none, none.astype(bool), two, none, np.ones(2))
    assert got is not None and (len(got.match), got.value) == (0, 0.0)
    lone = assign(
        np.ones((2, 0)), np.ones((2, 0), bool), np.ones(0, dtype=np.intp), np.ones((2, 0)), np.ones(0), serve="any"
    )
    assert lone is not None and lone.match.tolist() == [-1, -1]


def test_stopped_early_the_bound_still_holds() -> None:
    """After one branch: feasible, and the proven optimum of the full search lies between value and bound."""
    rng = np.random.default_rng(0)
    value, cost = rng.random((40, 6)), rng.uniform(1, 5, (40, 6))
    case = np.ones((40, 6), bool), np.full(6, 9), cost, np.full(6, 16.0)
    full, early = assign(value, *case), assign(value, *case, nodes=1)
    assert full is not None and early is not None
    assert early.value <= full.value * (1 + 1e-9) and full.value <= early.bound * (1 + 1e-6)
    held = np.bincount(early.match, weights=cost[np.arange(40), early.match], minlength=6)
    assert (early.match >= 0).all() and (held <= 16.0 * (1 + 1e-6)).all()
