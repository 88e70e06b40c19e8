"""Descent under a budget: closed forms with and without kinks, projections against their conditions."""

from collections.abc import Callable

import numpy as np
import pytest

from megaregion.core.bundle import descend, project

FREE = np.full(2, 100.0)


@pytest.mark.parametrize("seed", range(20))
def test_projection_meets_its_conditions(seed: int) -> None:
    """Nearest point: y = clip(p - one amount), the amount 0 or the budget spent (Karush, Kuhn, Tucker)."""
    rng = np.random.default_rng(seed)
    point, upper = rng.normal(1.0, 2.0, 12), rng.uniform(0.0, 2.0, 12)
    budget = rng.uniform(0.0, 1.2) * upper.sum()
    got = project(point, budget, upper)
    assert (got >= 0).all() and (got <= upper).all() and got.sum() <= budget * (1 + 1e-12)
    inside = (got > 1e-12) & (got < upper - 1e-12)
    amount = (point - got)[inside].mean() if inside.any() else 0.0
    np.testing.assert_allclose((point - got)[inside], amount, atol=1e-12)
    assert amount >= -1e-12 and (amount <= 1e-12 or got.sum() == pytest.approx(budget))
    assert (point[got <= 1e-12] <= amount + 1e-9).all() or not inside.any()


def test_quadratic_by_hand() -> None:
    """(y - 3)^2 + 2 (z - 3)^2 with y + z <= 3: Lagrange gives y = 1, z = 2."""

    def ask(y: np.ndarray) -> tuple[float, np.ndarray]:
        return float((y[0] - 3) ** 2 + 2 * (y[1] - 3) ** 2), np.array([2 * (y[0] - 3), 4 * (y[1] - 3)])

    got = descend(ask, np.zeros(2), FREE, 3.0, tolerance=1e-13, trials=200)
    assert got.converged
    np.testing.assert_allclose(got.point, [1.0, 2.0], atol=1e-5)


@pytest.mark.parametrize(
    ("ask", "budget", "least"),
    [
        # 1 + |y - 1| + 3 |z - 2|, all affordable
        (lambda y: (1 + abs(y[0] - 1) + 3 * abs(y[1] - 2),
                    np.array([np.sign(y[0] - 1) or 1.0, 3 * (np.sign(y[1] - 2) or 1.0)])), 9.0, 1.0),
        # the same with 2.5 to spend: z first, y gets half
        (lambda y: (1 + abs(y[0] - 1) + 3 * abs(y[1] - 2),
                    np.array([np.sign(y[0] - 1) or 1.0, 3 * (np.sign(y[1] - 2) or 1.0)])), 2.5, 1.5),
        # max of 4 - y and 4 - z along a ridge: both the same, 1 each
        (lambda y: (4 - min(y), np.array([-1.0, 0.0]) if y[0] < y[1] else np.array([0.0, -1.0])), 2.0, 3.0),
    ],
)  # fmt: skip
def test_kinks(ask: Callable[[np.ndarray], tuple[float, np.ndarray]], budget: float, least: float) -> None:
    got = descend(ask, np.zeros(2), FREE, budget, tolerance=1e-9, trials=300)
    assert got.converged and got.value == pytest.approx(least, abs=1e-5)


def test_trials_end_and_nothing_to_spend() -> None:
    def ask(y: np.ndarray) -> tuple[float, np.ndarray]:
        return float(((y - 3) ** 4).sum()), 4 * (y - 3) ** 3

    few = descend(ask, np.zeros(2), FREE, 9.0, tolerance=1e-12, trials=3)
    assert not few.converged and few.trials == 3 and few.value <= 162.0
    none = descend(ask, np.ones(2), FREE, 0.0, tolerance=1e-12, trials=3)
    assert none.converged and none.point.tolist() == [0.0, 0.0] and none.trials == 1
