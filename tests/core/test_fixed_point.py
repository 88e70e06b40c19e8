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


def textbook(step, x: np.ndarray, memory: int, first: float, updates: int) -> list[np.ndarray]:
    """Iterates of Walker and Ni's (2011) type II mixing for one system, by least squares on a list of differences."""
    xs, fs, out = [], [], []
    for count in range(updates):
        f = step(x[None])[0][0] - x
        xs, fs = [*xs, x][-memory - 1 :], [*fs, f][-memory - 1 :]
        out.append(x)
        if count == 0:
            x = x + first * f
        else:
            df, dx = np.diff(fs, axis=0).T, np.diff(xs, axis=0).T
            x = x + f - (dx + df) @ np.linalg.lstsq(df, f, rcond=None)[0]
    return out


@pytest.mark.parametrize("memory", [1, 3, 30])
def test_iterates_are_those_of_the_textbook(memory: int) -> None:
    """Ten iterates of a nonlinear map; with a memory of 1 and 3 slots of the history are written over."""
    rng = np.random.default_rng(11)
    a, b, seen = rng.normal(size=(8, 8)) * 0.25, rng.normal(size=8), []

    def step(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        seen.append(x[0].copy())
        new = np.sin(x @ a.T) + 0.3 * np.cos(x) + b
        return new, np.abs(new - x).max(axis=1)

    anderson(step, np.zeros((1, 8)), memory=memory, tolerance=1e-12, largest_step=100.0)
    got = np.array(seen[:10])
    np.testing.assert_allclose(got, textbook(step, np.zeros(8), memory, 0.5, 10), rtol=0, atol=1e-9)


def test_a_long_way_is_walked_in_steps_of_the_allowed_length() -> None:
    """x = x / 2 + 50 from 0 to 100, whose plain steps exceed the limit of 2 until the last few."""
    seen = []

    def step(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        seen.append(x.copy())
        new = x / 2.0 + np.array([50.0, -50.0])
        return new, np.abs(new - x).max(axis=1)

    found = anderson(step, np.zeros((1, 2)), largest_step=2.0)
    np.testing.assert_allclose(found.x, [[100.0, -100.0]], atol=1e-9)
    assert np.abs(np.diff(np.concatenate(seen), axis=0)).max() <= 2.0 + 1e-9
    assert 50 <= found.iterations[0] <= 60


def test_the_order_of_a_batch_permutes_the_results() -> None:
    rng = np.random.default_rng(7)
    a = rng.normal(size=(5, 30, 30)) * np.array([0.02, 0.05, 0.09, 0.13, 0.15])[:, None, None]
    b, start, order = rng.normal(size=(5, 30)), rng.normal(size=(5, 30)), np.array([3, 0, 4, 2, 1])
    start[2] = np.linalg.solve(np.eye(30) - a[2], b[2])
    found = anderson(affine(a, b), start, largest_step=1e3)
    turned = anderson(affine(a[order], b[order]), start[order], largest_step=1e3)
    np.testing.assert_array_equal(turned.iterations, found.iterations[order])
    np.testing.assert_allclose(turned.x, found.x[order], rtol=0, atol=1e-10)
    assert found.iterations[2] == 0
    np.testing.assert_array_equal(found.x[2], start[2])  # solved at the start: not a bit is changed
    assert len(set(found.iterations.tolist())) > 2  # solved at different times


def test_a_system_without_progress_is_given_up_and_the_others_are_solved() -> None:
    """The first system cannot come below a residual of 1; the second solves x = .9 x + 1 and is in `last`."""
    calls = []

    def step(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        calls.append(len(x))
        new = np.stack([x[0] + 1e-3 * np.sin(x[0] * 1e3), 0.9 * x[1] + 1.0])
        residual = np.abs(new - x).max(axis=1)
        return new, residual + np.array([1.0, 0.0])

    with pytest.raises(ConvergenceError, match="1 of 2 systems") as caught:
        anderson(step, np.full((2, 1), 0.3), patience=20, largest_step=100.0)
    np.testing.assert_allclose(np.asarray(caught.value.last)[1], 10.0, atol=1e-10)
    assert 20 <= len(calls) <= 30


def test_patience_does_not_disturb_what_converges() -> None:
    """Row sums of .99 converge slowly without acceleration; patience of a few updates changes nothing."""
    rng = np.random.default_rng(5)
    a = rng.random((4, 20, 20))
    a *= 0.99 / a.sum(axis=2, keepdims=True)
    b = rng.normal(size=(4, 20))
    free, watched = (anderson(affine(a, b), np.zeros((4, 20)), largest_step=1e3, patience=p) for p in (None, 20))
    np.testing.assert_array_equal(watched.x, free.x)


def test_a_start_without_values_is_reported() -> None:
    """ln of a negative number at the start of one system: the error names it and keeps the other's solution."""

    def step(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        new = np.log(3.0 + x)
        return new, np.abs(new - x).max(axis=1)

    with pytest.raises(ConvergenceError, match="1 of 2 systems") as caught:
        anderson(step, np.array([[-5.0], [0.0]]), max_iterations=60)
    solved = np.asarray(caught.value.last)[1, 0]
    assert np.exp(solved) == pytest.approx(3.0 + solved, abs=1e-9)
