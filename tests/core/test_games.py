"""Values of Shapley against closed forms, axioms and all orders of joining."""

from itertools import permutations
from math import factorial

import numpy as np
import pytest

from megaregion.core.games import coalitions, shapley, shapley_sampled
from megaregion.errors import InputError


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
        (np.zeros(1 << 13), None, "at most 12"),
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
