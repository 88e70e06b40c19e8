"""Relatedness of industries against counting by hand, brute force and closed forms."""

import itertools
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from megaregion.core.relatedness import chance_together, density, proximity, together

HAND = np.array([[1, 1, 0], [1, 1, 0], [1, 0, 0], [0, 0, 1]], dtype=bool)
FLAGS = arrays(bool, st.tuples(st.integers(1, 7), st.integers(1, 6)))


def test_by_hand() -> None:
    """Industries 0 and 1 share two places; 0 is in three, so min{2/2, 2/3} = 2/3; 2 goes with nothing."""
    np.testing.assert_array_equal(together(HAND), [[3, 2, 0], [2, 2, 0], [0, 0, 1]])
    phi = proximity(HAND)
    np.testing.assert_allclose(phi, [[0, 2 / 3, 0], [2 / 3, 0, 0], [0, 0, 0]])
    near = density(HAND, phi)
    np.testing.assert_allclose(near[:, 0], [1, 1, 0, 0])  # only industry 1 counts around industry 0
    np.testing.assert_allclose(near[:, 1], [1, 1, 1, 0])
    assert np.isnan(near[:, 2]).all()


@given(FLAGS)
def test_proximity_is_the_smaller_conditional_probability(flags: np.ndarray) -> None:
    phi = proximity(flags)
    for a, b in itertools.combinations(range(flags.shape[1]), 2):
        both = (flags[:, a] & flags[:, b]).sum()
        of_a, of_b = flags[:, a].sum(), flags[:, b].sum()
        want = min(both / of_a, both / of_b) if of_a and of_b else 0.0
        assert phi[a, b] == phi[b, a] == pytest.approx(want)
    assert ((phi >= 0) & (phi <= 1)).all()


@given(FLAGS, st.randoms())
def test_labels_permute_and_density_is_a_share(flags: np.ndarray, random: object) -> None:
    order = np.array(random.sample(range(flags.shape[1]), flags.shape[1]))  # type: ignore[attr-defined]
    phi = proximity(flags)
    np.testing.assert_array_equal(proximity(flags[:, order]), phi[np.ix_(order, order)])
    near = density(flags, phi)
    np.testing.assert_allclose(density(flags[:, order], phi[np.ix_(order, order)]), near[:, order], atol=1e-14)
    known = near[~np.isnan(near)]
    assert ((known >= 0) & (known <= 1 + 1e-12)).all()


def test_chance_is_the_tail_of_drawing_places() -> None:
    """Industries in 3 and 2 of 4 places, 2 in common: C(3,2) C(1,0) / C(4,2) = 1/2."""
    p = chance_together(HAND)
    assert p[0, 1] == pytest.approx(comb(3, 2) / comb(4, 2))
    assert p[0, 2] == pytest.approx(1.0)  # at least none in common is certain
    np.testing.assert_allclose(p, p.T)
