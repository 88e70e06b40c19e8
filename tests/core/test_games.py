"""Values of Shapley against closed forms, axioms and all orders of joining."""

from itertools import permutations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.games import (
    checked,
    coalition_name,
    coalitions,
    numbers,
    shapley,
    shapley_sampled,
    shapley_stratified,
    sizes,
    sums,
    worths,
)
from megaregion.errors import InputError, MissingDataError

WHOLE = st.lists(st.integers(-50, 50), min_size=16, max_size=16).map(lambda v: np.array([0.0, *v[1:]]))


def by_orders(worth: np.ndarray) -> np.ndarray:
    """Mean of what each player adds over all k! orders."""
    k = len(worth).bit_length() - 1
    out = np.zeros((k, *worth.shape[1:]))
    for order in permutations(range(k)):
        row = 0
        for player in order:
            out[player] += worth[row | 1 << player] - worth[row]
            row |= 1 << player
    return out / factorial(k)


def test_glove_game() -> None:
    """Two left gloves, one right: the right one gets 2/3, the left ones 1/6 each."""
    found = shapley(lambda s: min(s[0] + s[1], s[2]), 3)
    np.testing.assert_allclose(found, [1 / 6, 1 / 6, 2 / 3], rtol=1e-14)


def test_airport_game() -> None:
    """Littlechild and Owen (1973), Manage. Sci. 20(3): each stretch of runway is shared by those who need it."""
    cost = np.array([1.0, 3.0, 3.5, 7.0, 11.0])
    found = shapley(lambda s: max((c for c, on in zip(cost, s, strict=True) if on), default=0.0), 5)
    np.testing.assert_allclose(found, np.cumsum(np.diff(cost, prepend=0.0) / np.arange(5, 0, -1)), rtol=1e-13)


def test_weighted_majority() -> None:
    """Weights 3, 2, 1, 1 and a quota of four: 1/2, 1/6, 1/6, 1/6."""
    found = shapley(lambda s: float(np.dot(s, [3, 2, 1, 1]) >= 4), 4)
    np.testing.assert_allclose(found, [1 / 2, 1 / 6, 1 / 6, 1 / 6], rtol=1e-14)


@pytest.mark.parametrize("k", [1, 2, 3, 5, 6])
def test_random_games_equal_all_orders(k: int) -> None:
    """Two games at once, with a worth of the empty set."""
    worth = np.random.default_rng(k).normal(size=(1 << k, 2))
    found = shapley(worth)
    np.testing.assert_allclose(found, by_orders(worth), rtol=0, atol=1e-13)
    np.testing.assert_allclose(found.sum(axis=0), worth[-1] - worth[0], rtol=0, atol=1e-12)


def test_efficiency_at_the_largest_size() -> None:
    worth = np.random.default_rng(0).normal(size=1 << 12)
    assert abs(shapley(worth).sum() - (worth[-1] - worth[0])) < 1e-12


def test_a_player_who_adds_nothing_gets_exactly_nothing_and_twins_the_same() -> None:
    rng = np.random.default_rng(3)
    free = rng.normal(size=(2, 2, 2))
    free = (free + free.transpose(1, 0, 2)) / 2  # players 0 and 1 are twins
    found = shapley(lambda s: free[int(s[0]), int(s[1]), int(s[3])], 4)  # player 2 adds nothing
    assert found[2] == 0.0
    assert found[0] == pytest.approx(found[1], rel=0, abs=1e-15)


def test_sums_of_games() -> None:
    a, b = np.random.default_rng(4).normal(size=(2, 32))
    np.testing.assert_allclose(shapley(a + 2 * b), shapley(a) + 2 * shapley(b), rtol=0, atol=1e-13)


def test_rows_of_an_array_are_the_calls() -> None:
    rows = coalitions(3)
    assert rows[0b110].tolist() == [False, True, True]
    worth = np.random.default_rng(5).normal(size=8)
    known = {tuple(row): worth[i] for i, row in enumerate(rows.tolist())}
    np.testing.assert_array_equal(shapley(lambda s: known[s], 3), shapley(worth))


def test_random_orders_of_the_airport() -> None:
    """Fourteen airlines: within four standard errors of the closed form, which the errors do describe; exact sum."""
    cost = np.linspace(1.0, 14.0, 14)
    exact = np.cumsum(np.diff(cost, prepend=0.0) / np.arange(14, 0, -1))
    found, error = shapley_sampled(lambda rows: (rows * cost).max(axis=1), 14, permutations=2000, seed=1)
    z = (found - exact) / error
    assert np.abs(z).max() < 4 and 0.3 < z.std() < 2.0
    assert found.sum() == pytest.approx(14.0, rel=1e-13)
    again, _ = shapley_sampled(lambda rows: (rows * cost).max(axis=1), 14, permutations=2000, seed=1)
    np.testing.assert_array_equal(found, again)


def test_random_orders_of_an_additive_game_are_exact() -> None:
    """Every order says the same, two games at once."""
    part = np.random.default_rng(6).normal(size=(13, 2))
    found, error = shapley_sampled(lambda rows: rows.astype(float) @ part, 13, permutations=5, seed=2)
    np.testing.assert_allclose(found, part, rtol=0, atol=1e-13)
    assert error.max() < 1e-14


@pytest.mark.parametrize(
    ("given", "players", "text"),
    [
        (np.zeros(6), None, "2\\^k"),
        (np.zeros(8), 2, "2\\^2"),
        (np.array([0.0, np.nan]), None, "1 worths are not finite"),
        (np.broadcast_to(0.0, 1 << 25), None, "at most 24"),
        (lambda s: 0.0, 13, "0 to 12"),
        (np.float64(1.0), None, "shape"),
        (lambda s: 0.0, None, "needs the number of players"),
    ],
)
def test_what_is_no_game(given: object, players: int | None, text: str) -> None:
    with pytest.raises(InputError, match=text):
        shapley(given, players)  # type: ignore[arg-type]


def test_one_order_has_no_error() -> None:
    with pytest.raises(InputError, match="two orders"):
        shapley_sampled(lambda rows: rows.sum(axis=1), 3, permutations=1, seed=1)


@settings(max_examples=50, deadline=None)
@given(WHOLE, WHOLE, st.permutations(range(4)), st.integers(-3, 3))
def test_axioms(v: np.ndarray, w: np.ndarray, order: list[int], factor: int) -> None:
    """Efficiency, additivity, scaling, and relabelling permutes: player i of the new game is order[i] of the old."""
    value = shapley(v)
    assert value.sum() == pytest.approx(v[-1], abs=1e-11)
    np.testing.assert_allclose(shapley(v + factor * w), value + factor * shapley(w), rtol=0, atol=1e-11)
    new = np.empty_like(v)
    rows = coalitions(4)
    for row, members in zip(range(16), rows, strict=True):
        old = sum(1 << order[i] for i in np.flatnonzero(members))
        new[row] = v[old]
    np.testing.assert_allclose(shapley(new), value[order], rtol=0, atol=1e-11)


def test_twenty_players_of_the_airport() -> None:
    """A million coalitions, closed form of Littlechild and Owen (1973)."""
    cost = np.random.default_rng(8).integers(1, 60, 20).astype(float)
    worth = np.zeros(1 << 20)
    for i in np.argsort(cost):  # whoever is dearest sets the cost
        worth.reshape(-1, 2, 1 << i)[:, 1] = cost[i]
    order = np.argsort(cost, kind="stable")
    expected = np.empty(20)
    expected[order] = np.cumsum(np.diff(cost[order], prepend=0.0) / np.arange(20, 0, -1))
    np.testing.assert_allclose(shapley(worth), expected, rtol=1e-11)


def test_circles_of_the_airport() -> None:
    """Thirty airlines: within four standard errors, which describe the errors; adds up; the seed decides.

    The smallest adds something only where it is first, which it is twice in every circle: no error there.
    """
    cost = np.linspace(1.0, 30.0, 30)
    exact = np.cumsum(np.diff(cost, prepend=0.0) / np.arange(30, 0, -1))

    def worth(rows: np.ndarray) -> np.ndarray:
        return (rows * cost).max(axis=1)

    found, error = shapley_stratified(worth, 30, circles=40, seed=3)
    assert found[0] == pytest.approx(exact[0], rel=1e-13) and error[0] < 1e-14
    z = (found[1:] - exact[1:]) / error[1:]
    assert np.abs(z).max() < 4 and 0.3 < z.std() < 2.0
    assert found.sum() == pytest.approx(30.0, rel=1e-13)
    np.testing.assert_array_equal(found, shapley_stratified(worth, 30, circles=40, seed=3)[0])
    assert not np.array_equal(found, shapley_stratified(worth, 30, circles=40, seed=4)[0])


def test_circles_have_no_bias() -> None:
    """Three players have one circle up to turns and its mirror: every draw is the value itself."""
    worth = np.random.default_rng(9).normal(size=8)
    found, error = shapley_stratified(lambda rows: worth[numbers(rows)], 3, circles=2, seed=1)
    np.testing.assert_allclose(found, shapley(worth), rtol=0, atol=1e-14)
    assert error.max() < 1e-14
    many = np.random.default_rng(10).normal(size=64)
    found, error = shapley_stratified(lambda rows: many[numbers(rows)], 6, circles=4000, seed=1)
    assert (np.abs(found - shapley(many)) < 5 * error).all() and error.max() < 0.05


def test_circles_beat_random_orders_for_as_many_coalitions() -> None:
    """Strata take out the spread between positions: the game of a square grows with the position only."""
    found, error = shapley_stratified(lambda rows: rows.sum(axis=1) ** 2.0, 20, circles=2, seed=1)
    np.testing.assert_allclose(found, 20.0, rtol=1e-13)
    assert error.max() < 1e-12
    assert shapley_sampled(lambda rows: rows.sum(axis=1) ** 2.0, 20, permutations=40, seed=1)[1].min() > 1.0


def test_one_player_and_too_few_circles() -> None:
    found, error = shapley_stratified(lambda rows: 7.0 * rows[:, 0], 1, circles=2, seed=1)
    assert found.tolist() == [7.0] and error.tolist() == [0.0]
    with pytest.raises(InputError, match="two circles"):
        shapley_stratified(lambda rows: rows[:, 0], 3, circles=1, seed=1)


def test_numbers_of_coalitions() -> None:
    rows = coalitions(5)
    np.testing.assert_array_equal(numbers(rows), np.arange(32))
    np.testing.assert_array_equal(sizes(5), rows.sum(axis=1))
    np.testing.assert_array_equal(sums(np.array([1, 2, 4, 8, 16])), np.arange(32))
    assert coalition_name(0b101, ["a", "b", "c"]) == "a;c" and coalition_name(0b110) == "1;2"


@pytest.mark.parametrize(
    ("worth", "names", "kind", "text"),
    [
        ([1.0, 2.0], None, InputError, "the empty coalition has the worth 1"),
        ([0.0, 1.0, np.nan, np.nan], ["a", "b"], MissingDataError, r"2 coalitions is missing \(NaN\): b, a;b"),
        ([3.0, 1.0, np.nan, np.inf], ["a", "b"], InputError, r"NaN\): b; .*infinite: a;b; the empty coalition"),
        ([0.0, 1.0, 2.0], None, InputError, "expected 2\\^k"),
        ([0.0, 1.0, 2.0, 3.0], ["a", "b", "c"], InputError, "2\\^3 = 8"),
        ([], None, InputError, "expected 2\\^k"),
    ],
)
def test_worths_that_are_no_game(worth: list[float], names: list[str] | None, kind: type, text: str) -> None:
    with pytest.raises(kind, match=text):
        checked(worth, names)


def test_a_callable_that_answers_wrongly() -> None:
    with pytest.raises(InputError, match="expected 4 worths"):
        worths(lambda rows: [1.0], coalitions(2))
    with pytest.raises(InputError, match="1 worths are not finite: 0;1"):
        worths(lambda rows: np.where(rows.all(axis=1), np.nan, 0.0), coalitions(2))
