"""Games of joint facilities: against all coalitions, the airport game and what symmetry gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.facilities import joint_facilities, shapley_of_facilities
from megaregion.core.games import coalitions, shapley
from megaregion.core.nucleolus import nucleolus
from megaregion.core.separation import Enumerated, airport
from megaregion.errors import InputError

small = st.integers(1, 5).flatmap(
    lambda k: st.tuples(
        st.lists(st.integers(0, 9), min_size=1, max_size=6),
        st.lists(st.lists(st.booleans(), min_size=k, max_size=k), min_size=6, max_size=6),
    )
)


@settings(max_examples=30, deadline=None)
@given(small)
def test_as_all_coalitions_say(drawn: tuple[list[int], list[list[bool]]]) -> None:
    """Worths by reading who needs what; Shapley by its formula; the nucleolus from the list of all coalitions."""
    cost, needed = np.array(drawn[0], float), np.array(drawn[1])[: len(drawn[0])]
    game, rows = joint_facilities(cost, needed), coalitions(needed.shape[1])
    worth = np.array([-sum(c for c, who in zip(cost, needed, strict=True) if (who & row).any()) for row in rows])
    np.testing.assert_array_equal(game.worth(rows), worth)
    np.testing.assert_allclose(shapley_of_facilities(cost, needed), shapley(worth), atol=1e-12 * (1 + cost.sum()))
    found, listed = nucleolus(game), nucleolus(Enumerated(worth))
    np.testing.assert_allclose(found.x, listed.x, atol=1e-7)


def test_a_chain_of_stretches_is_the_airport_game() -> None:
    length = np.array([1.0, 2.0, 2.0, 5.0, 9.0])
    stretch = np.diff(np.unique(length), prepend=0.0)
    needed = length[None] >= np.unique(length)[:, None]
    chain = joint_facilities(stretch, needed)
    np.testing.assert_array_equal(chain.worth(coalitions(5)), airport(length).worth(coalitions(5)))


@pytest.mark.parametrize(
    ("cost", "needed", "text"),
    [
        ([1.0], [[True], [True]], "shapes"),
        ([-1.0], [[True]], "1 costs of facilities are negative"),
        ([np.nan, np.inf], [[True], [True]], "2 costs"),
        ([1.0], np.zeros((1, 0), bool), "shapes"),
    ],
)
def test_what_is_no_game(cost: list[float], needed: list[list[bool]], text: str) -> None:
    with pytest.raises(InputError, match=text):
        joint_facilities(cost, needed)
