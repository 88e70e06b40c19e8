"""Projection by hand, the hypergeometric tail against a count of all drawings and scipy."""

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import hypergeom

from megaregion.core.bipartite_projection import projected, shared, shared_by_chance
from megaregion.core.centralization import degree_centralization, density
from megaregion.errors import InputError

MEMBER = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 0], [1, 1, 1, 1]], dtype=bool)


def test_weights_by_hand() -> None:
    """Places 0 and 1: agreements of two, three and four parties: 1 + 1/2 + 1/3."""
    weight = projected(MEMBER)
    assert weight[0, 1] == pytest.approx(1 + 1 / 2 + 1 / 3)
    assert weight[0, 3] == pytest.approx(1 / 3)
    np.testing.assert_array_equal(weight, weight.T)
    np.testing.assert_allclose(weight.sum(axis=1), MEMBER.sum(axis=0))  # every place gains one from each agreement
    assert shared(MEMBER)[0, 1] == 3 and shared(MEMBER)[0, 0] == 0


def test_parties_outside_count_in_the_size() -> None:
    assert projected(MEMBER[:1], size=[5])[0, 1] == pytest.approx(1 / 4)
    assert not projected(np.array([[True, False]])).any()  # one party alone makes no tie
    with pytest.raises(InputError, match="more members"):
        projected(MEMBER, size=[1, 3, 2, 4])


def test_chance_by_counting_every_drawing() -> None:
    """Place i takes part in k_i of a agreements: all pairs of drawings, each as likely."""
    a, rng = 6, np.random.default_rng(4)
    member = rng.random((a, 3)) < 0.5
    expected, p = shared_by_chance(member)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        ki, kj = int(member[:, i].sum()), int(member[:, j].sum())
        counts = [len(set(s) & set(t)) for s in combinations(range(a), ki) for t in combinations(range(a), kj)]
        together = int((member[:, i] & member[:, j]).sum())
        assert p[i, j] == pytest.approx(np.mean(np.array(counts) >= together), rel=1e-12)
        assert expected[i, j] == pytest.approx(np.mean(counts), rel=1e-12)
        assert p[i, j] == p[j, i] == pytest.approx(hypergeom.sf(together - 1, a, ki, kj))
    assert np.isnan(np.diag(p)).all()


def test_the_null_is_blind_to_large_meetings() -> None:
    """One agreement that everybody joins raises the count of every pair and lowers no p to significance by itself."""
    everybody = np.vstack([np.ones((1, 5), dtype=bool)])
    assert (shared_by_chance(everybody)[1][np.triu_indices(5, 1)] == 1).all()


def test_no_agreement() -> None:
    expected, p = shared_by_chance(np.zeros((0, 3), dtype=bool))
    assert np.isnan(expected).all() and np.isnan(p).all() and not projected(np.zeros((0, 3))).any()


def test_bad_input() -> None:
    with pytest.raises(InputError, match="0 and 1"):
        projected([[0, 2]])


def test_density_and_centralization_of_shapes() -> None:
    """Freeman: one for the star, none for the ring and the complete network."""
    star, ring = np.zeros((5, 5)), np.roll(np.eye(5), 1, axis=1)
    star[0, 1:] = star[1:, 0] = 1
    ring = ring + ring.T
    assert degree_centralization(star) == 1.0 and density(star) == pytest.approx(4 / 10)
    assert degree_centralization(ring) == 0.0 and density(ring) == pytest.approx(5 / 10)
    assert degree_centralization(np.ones((4, 4))) == 0.0 and density(np.ones((4, 4))) == 1.0
    assert np.isnan(degree_centralization(np.zeros((2, 2)))) and np.isnan(density(np.zeros((1, 1))))
