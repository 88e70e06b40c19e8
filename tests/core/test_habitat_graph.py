"""Connectivity indices by hand and by definition."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.habitat_graph import (
    decay_rate,
    gravity,
    importance,
    integral_index,
    links_between,
    path_probability,
    probability_of_connectivity,
    restoration_gains,
)
from megaregion.errors import InputError

INF = np.inf
LINE = np.array([[0, 1, INF], [1, 0, 1], [INF, 1, 0.0]])  # a chain of three, one unit apart
AREA = np.array([4.0, 1.0, 2.0])


def test_chain_by_hand() -> None:
    """p = 1/2 a link: 4 4 + 1 1 + 2 2 + 2 (4 1/2 + 1 2/2 + 4 2/4) = 21 + 2 (2 + 1 + 2) = 31, over 100."""
    k = decay_rate(1.0)
    p = path_probability(LINE, k)
    assert p[0, 2] == pytest.approx(0.25, rel=1e-14)
    assert probability_of_connectivity(AREA, p, 10.0) == pytest.approx(0.31, rel=1e-14)
    # IIC: 21 + 2 (4/2 + 2/2 + 8/3)
    assert integral_index(AREA, links_between(LINE < INF), 10.0) == pytest.approx(
        (21 + 2 * (3 + 8 / 3)) / 100, rel=1e-14
    )


def test_what_each_patch_adds_by_hand() -> None:
    """Without the middle 16 + 4 = 20 of 31 are left: intra 1, flux 2 (2 + 1) = 6, connector 4."""
    got = importance(AREA, LINE, decay_rate(1.0))
    np.testing.assert_allclose(got.total, 100 * (31 - np.array([4 + 1 + 2, 20, 16 + 1 + 4])) / 31, rtol=1e-12)
    np.testing.assert_allclose(
        [got.intra[1], got.flux[1], got.connector[1]], np.array([1, 6, 4]) * 100 / 31, rtol=1e-12
    )
    np.testing.assert_allclose(got.connector[[0, 2]], 0.0, atol=1e-12)


@settings(max_examples=30)
@given(st.integers(0, 10**6))
def test_largest_product_over_all_ways_by_enumeration(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, k = 5, 0.7
    d = rng.exponential(1.5, (n, n))
    d[rng.random((n, n)) < 0.4] = INF
    d = np.minimum(d, d.T)
    np.fill_diagonal(d, 0.0)
    p = np.exp(-k * d)
    want = np.eye(n)
    for size in range(2, n + 1):
        for way in permutations(range(n), size):
            product = float(np.prod([p[a, b] for a, b in pairwise(way)]))
            want[way[0], way[-1]] = max(want[way[0], way[-1]], product)
    np.testing.assert_allclose(path_probability(d, k), want, rtol=1e-12)
    area = rng.random(n) + 0.1
    got = importance(area, d, k)
    np.testing.assert_allclose(got.intra + got.flux + got.connector, got.total, rtol=1e-9, atol=1e-12)
    assert (got.connector > -1e-9).all() and (got.total <= 100 + 1e-9).all()
    double = importance(2 * area, d, k)  # the unit of area does not matter
    np.testing.assert_allclose(double.total, got.total, rtol=1e-10)


def test_gravity_by_hand() -> None:
    np.testing.assert_allclose(gravity(AREA, LINE), [[0, 4, 0], [4, 0, 2], [0, 2, 0]])


def test_gains_of_sites_by_hand() -> None:
    """Two stepping stones without area in series only help together; a third with area helps alone."""
    d = np.full((5, 5), INF)
    for a, b in ((0, 2), (2, 3), (3, 1)):
        d[a, b] = d[b, a] = 1.0
    np.fill_diagonal(d, 0.0)
    area = np.array([2.0, 3.0, 0.0, 0.0, 5.0])
    alone, pairs = restoration_gains(area, d, decay_rate(1.0), np.array([2, 3, 4]))
    np.testing.assert_allclose(alone, [0, 0, 25], atol=1e-12)
    np.testing.assert_allclose(pairs, [[0, 2 * 2 * 3 / 8, 0], [2 * 2 * 3 / 8, 0, 0], [0, 0, 0]], atol=1e-12)


def test_one_patch_and_none() -> None:
    one = importance(np.array([3.0]), np.zeros((1, 1)), 1.0)
    assert (one.total[0], one.intra[0], one.flux[0], one.connector[0]) == (100.0, 100.0, 0.0, 0.0)
    assert probability_of_connectivity(np.zeros(0), np.zeros((0, 0)), 1.0) == 0.0


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: path_probability(np.zeros((2, 3)), 1.0), "square"),
        (lambda: path_probability(np.array([[0, 1.0], [2.0, 0]]), 1.0), "both ways"),
        (lambda: path_probability(np.array([[0, np.nan], [np.nan, 0]]), 1.0), "known"),
        (lambda: path_probability(np.array([[0, -1.0], [-1.0, 0]]), 1.0), ">= 0"),
        (lambda: path_probability(LINE, 0.0), "k must"),
        (lambda: decay_rate(0.0), "distance"),
        (lambda: probability_of_connectivity(-AREA, LINE, 1.0), "areas"),
        (lambda: probability_of_connectivity(AREA, LINE, 0.0), "landscape"),
        (lambda: probability_of_connectivity(AREA[:2], LINE, 1.0), "2 areas"),
        (lambda: importance(0 * AREA, LINE, 1.0), "all areas"),
        (lambda: gravity(AREA, np.zeros((3, 3))), "costs above zero"),
    ],
)
def test_what_cannot_be_used(call, said: str) -> None:
    with pytest.raises(InputError, match=said):
        call()
