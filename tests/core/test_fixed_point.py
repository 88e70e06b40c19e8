"""Anderson acceleration against closed forms and direct solvers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.fixed_point import anderson
from megaregion.errors import ConvergenceError


def affine(a: np.ndarray, b: np.ndarray):
    def step(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        new = (a @ x[:, :, None])[:, :, 0] + b
        return new, np.abs(new - x).max(axis=1)

    return step


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), batch=st.integers(1, 4), n=st.integers(1, 12))
def test_affine_maps_equal_the_linear_solution(seed: int, batch: int, n: int) -> None:
    """x = Ax + b with row sums .9: |error| <= residual / (1 - .9)."""
    rng = np.random.default_rng(seed)
    a = rng.random((batch, n, n))
    a *= 0.9 / a.sum(axis=2, keepdims=True)
    b = rng.normal(size=(batch, n))
    found = anderson(affine(a, b), np.zeros((batch, n)), largest_step=1e3)
    exact = np.linalg.solve(np.eye(n) - a, b[:, :, None])[:, :, 0]
    np.testing.assert_allclose(found.x, exact, atol=1e-10)
    assert (found.residual <= 1e-11).all()


def test_cosine() -> None:
    """The fixed point of the cosine is .7390851332151607."""
    found = anderson(lambda x: (np.cos(x), np.abs(np.cos(x) - x).max(axis=1)), np.zeros((1, 1)))
    assert found.x[0, 0] == pytest.approx(0.7390851332151607, abs=1e-11)


def test_solved_start_is_returned_as_given() -> None:
    found = anderson(lambda x: (x / 2, np.abs(x).max(axis=1)), np.array([[0.0, 0.0], [1.0, -1.0]]))
    assert found.iterations[0] == 0
    assert (found.x[0] == 0.0).all()
    assert found.iterations[1] > 0


def test_systems_of_a_batch_do_not_touch_each_other() -> None:
    rng = np.random.default_rng(3)
    a = rng.random((3, 5, 5)) * np.array([0.05, 0.15, 0.19])[:, None, None]
    b = rng.normal(size=(3, 5))
    together = anderson(affine(a, b), np.zeros((3, 5)))
    alone = [anderson(affine(a[i : i + 1], b[i : i + 1]), np.zeros((1, 5))) for i in range(3)]
    np.testing.assert_allclose(together.x, np.vstack([s.x for s in alone]), atol=1e-10)


def test_a_step_into_nowhere_is_taken_back() -> None:
    """x = ln(1 + x + .25) from 2: the map is not defined below -1.25, where a wild mixed step would lead."""

    def step(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        new = np.log(1.25 + x)
        return new, np.abs(new - x).max(axis=1)

    found = anderson(step, np.array([[2.0]]))
    assert np.exp(found.x[0, 0]) == pytest.approx(1.25 + found.x[0, 0], abs=1e-10)


def test_no_solution_raises_with_the_last_iterate() -> None:
    with pytest.raises(ConvergenceError, match="1 of 1 systems") as caught:
        anderson(lambda x: (x + 1.0, np.ones(1)), np.zeros((1, 2)), max_iterations=20)
    assert np.shape(caught.value.last) == (1, 2)
