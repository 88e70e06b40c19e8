"""Core and periphery on hand graphs, against all cores by numpy's correlation, and its p values."""

import numpy as np
import pytest

from megaregion.core.core_periphery import core_periphery, core_periphery_p, rewired
from megaregion.errors import InputError


def drawn(n: int, density: float, rng: np.random.Generator, *, valued: bool = False) -> np.ndarray:
    a = np.triu((rng.random((n, n)) < density) * (rng.random((n, n)) if valued else 1.0), 1)
    return a + a.T


def by_all_cores(a: np.ndarray) -> float:
    """Largest correlation with the ideal pattern over all cores, one by one."""
    n = len(a)
    up = np.triu_indices(n, 1)
    best = -1.0
    for row in range(1, (1 << n) - 1):
        core = (row >> np.arange(n) & 1).astype(bool)
        ideal = (core[:, None] | core[None, :])[up]
        if ideal.any() and not ideal.all():
            best = max(best, float(np.corrcoef(a[up], ideal)[0, 1]))
    return best


def test_star() -> None:
    """The hub is the core and the pattern fits without error."""
    a = np.zeros((6, 6))
    a[2, :] = a[:, 2] = 1
    found = core_periphery(a)
    assert np.flatnonzero(found.core).tolist() == [2] and found.correlation == pytest.approx(1.0) and found.exact


def test_planted_core() -> None:
    """Two linked hubs tied to all others, as the graph of Borgatti and Everett's ideal pattern."""
    core = np.array([True, False, False, True, False, False, False])
    a = (core[:, None] | core[None, :]).astype(float)
    np.testing.assert_array_equal(core_periphery(a).core, core)
    assert core_periphery(a).correlation == pytest.approx(1.0)
    np.testing.assert_array_equal(core_periphery(a, largest_exact=0).core, core)


@pytest.mark.parametrize("valued", [False, True])
def test_against_all_cores(valued: bool) -> None:
    rng = np.random.default_rng(1)
    for _ in range(8):
        a = drawn(int(rng.integers(4, 9)), rng.uniform(0.2, 0.7), rng, valued=valued)
        if np.ptp(a[np.triu_indices(len(a), 1)]):
            assert core_periphery(a).correlation == pytest.approx(by_all_cores(a), rel=1e-9)


def test_local_search_is_near_the_best() -> None:
    """It never beats the best, no single move or swap improves it, and it finds the best in nearly every network."""
    rng = np.random.default_rng(8)
    up, same = np.triu_indices(13, 1), 0
    for _ in range(40):
        a = drawn(13, rng.uniform(0.15, 0.6), rng)
        best, found = core_periphery(a), core_periphery(a, largest_exact=0)
        assert found.correlation <= best.correlation + 1e-12 and not found.exact
        same += found.correlation >= best.correlation - 1e-9
        for i in range(13):
            other = found.core.copy()
            other[i] ^= True
            ideal = (other[:, None] | other[None, :])[up]
            if other.any() and ideal.any() and not ideal.all():
                assert np.corrcoef(a[up], ideal)[0, 1] <= found.correlation + 1e-9
    assert same >= 36


def test_relabelling_and_units() -> None:
    rng = np.random.default_rng(3)
    a = drawn(9, 0.4, rng, valued=True)
    turn = rng.permutation(9)
    base, turned, scaled = core_periphery(a), core_periphery(a[np.ix_(turn, turn)]), core_periphery(1e6 * a)
    np.testing.assert_array_equal(turned.core, base.core[turn])
    np.testing.assert_array_equal(scaled.core, base.core)
    assert turned.correlation == pytest.approx(base.correlation) == pytest.approx(scaled.correlation)


def test_equal_fits_take_the_smallest_core_of_the_first_places() -> None:
    """A ring of four: opposite places are alike; the core of 0 and 2 fits as well as that of 1 and 3."""
    ring = np.roll(np.eye(4), 1, axis=1)
    found = core_periphery(ring + ring.T)
    assert np.flatnonzero(found.core).tolist() == [0, 2]


def test_p_values() -> None:
    """A planted core is no accident, a random network is; the degrees of a star leave no other network: p = 1."""
    rng = np.random.default_rng(2)
    core = np.arange(12) < 3
    assert core_periphery_p((core[:, None] | core[None, :]).astype(float), permutations=99, seed=1) == 0.01
    star = (np.arange(8)[:, None] == 0) ^ (np.arange(8)[None, :] == 0)
    assert core_periphery_p(star, permutations=99, seed=1) == 0.01
    assert core_periphery_p(star, permutations=99, seed=1, null="degrees") == 1.0
    values = [core_periphery_p(drawn(9, 0.4, rng), permutations=39, seed=rng) for _ in range(200)]
    # rejection at .1 is at most 4/40 under the null; 4 binomial deviations above it are .185
    assert np.mean(np.array(values) <= 0.1) < 0.1 + 4 * np.sqrt(0.1 * 0.9 / 200)
    assert np.mean(np.array(values) <= 0.5) > 0.25  # and it is not conservative to the point of never rejecting


def test_rewired_networks_keep_degrees_and_differ() -> None:
    rng = np.random.default_rng(6)
    a = drawn(10, 0.4, rng)
    out = rewired(a, 50, 3)
    np.testing.assert_array_equal(out.sum(axis=2), np.tile(a.sum(axis=1), (50, 1)))
    np.testing.assert_array_equal(out, out.transpose(0, 2, 1))
    assert set(np.unique(out)) <= {0.0, 1.0} and not out[:, range(10), range(10)].any()
    assert len(np.unique(out.reshape(50, -1), axis=0)) > 40


def test_rewiring_is_uniform_on_a_small_case() -> None:
    """Four places of degrees 2, 2, 1, 1 (a path): 2 networks, 0-1 with an end each, both ways; each half the time.

    400 draws: 5 binomial deviations are 5 sqrt(.25 / 400) = .125.
    """
    path = np.zeros((4, 4))
    for i, j in ((0, 1), (0, 2), (1, 3)):
        path[i, j] = path[j, i] = 1
    out = rewired(path, 400, 9)
    assert abs(out[:, 0, 2].mean() - 0.5) < 0.125
    np.testing.assert_array_equal(out[:, 0, 2] + out[:, 0, 3], np.ones(400))


def test_nothing_to_split_and_bad_input() -> None:
    for a in (np.zeros((2, 2)), np.zeros((5, 5)), np.ones((5, 5))):
        found = core_periphery(a)
        assert np.isnan(found.correlation) and not found.core.any()
        assert np.isnan(core_periphery_p(a, permutations=9, seed=0))
    with pytest.raises(InputError, match="symmetric"):
        core_periphery(np.triu(np.ones((4, 4)), 1))
    with pytest.raises(InputError, match=r"\(n, n\)"):
        core_periphery(np.ones(3))
    with pytest.raises(InputError, match="binary"):
        core_periphery_p(np.array([[0, 2, 0], [2, 0, 1], [0, 1, 0.0]]), permutations=9, seed=0, null="degrees")
    with pytest.raises(InputError, match="one permutation"):
        core_periphery_p(np.ones((3, 3)), permutations=0, seed=0)
