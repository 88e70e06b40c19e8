"""Roles in a network against networkx and by hand."""

import networkx as nx
import numpy as np
import pytest

from megaregion.core.core_periphery import core_periphery
from megaregion.core.network_roles import betweenness, participation, structural_holes
from megaregion.errors import InputError


def network(n: int, share: float, seed: int, *, whole: bool = False) -> np.ndarray:
    """Random symmetric flows; whole numbers make equally short ways likely."""
    rng = np.random.default_rng(seed)
    w = rng.integers(1, 4, (n, n)).astype(float) if whole else rng.lognormal(0, 1.5, (n, n))
    w = np.triu(w * (rng.random((n, n)) < share), 1)
    return w + w.T


def lengths(w: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.where(w > 0, 1.0 / w, np.inf)


@pytest.mark.parametrize("seed", range(4))
def test_structural_holes_are_those_of_networkx(seed: int) -> None:
    w = network(14, 0.3, seed)
    graph = nx.from_numpy_array(w)
    found = structural_holes(w)
    # named nodes: without them networkx 3.6 takes another branch, whose effective sizes differ from its own definition
    for mine, theirs in ((found.constraint, nx.constraint(graph, list(graph), weight="weight")),
                         (found.effective_size, nx.effective_size(graph, list(graph), weight="weight"))):  # fmt: skip
        np.testing.assert_allclose(mine, [theirs[i] for i in range(14)], rtol=1e-10)


@pytest.mark.parametrize(("whole", "seed"), [(False, 1), (True, 2), (True, 3)])
def test_betweenness_is_that_of_networkx_with_ties(whole: bool, seed: int) -> None:
    # whole flows of 1 to 3: lengths of 6, 3 and 2 are exact, since networkx compares them without tolerance
    length = 6.0 * lengths(network(15, 0.35, seed, whole=whole)) if whole else lengths(network(15, 0.35, seed))
    graph = nx.from_numpy_array(np.where(np.isfinite(length), length, 0.0))
    theirs = nx.betweenness_centrality(graph, weight="weight")
    np.testing.assert_allclose(betweenness(length), [theirs[i] for i in range(15)], rtol=1e-9, atol=1e-12)


def test_betweenness_by_hand() -> None:
    """Line of three: the middle has the one pair. Ring of four: two equally short ways, half a pair of three each."""
    line = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], float)
    np.testing.assert_allclose(betweenness(lengths(line)), [0, 1, 0])
    ring = np.roll(np.eye(4), 1, axis=1) + np.roll(np.eye(4), -1, axis=1)
    np.testing.assert_allclose(betweenness(lengths(ring)), np.full(4, 0.5 / 3))
    assert np.isnan(betweenness(np.ones((2, 2)))).all()


def test_constraint_by_hand() -> None:
    """A dyad: p = 1, constraint 1. Hub of a star of three leaves: 3 x (1/3)^2; its leaves 1. Effective size 3."""
    star = np.zeros((4, 4))
    star[0, 1:] = star[1:, 0] = 1.0
    found = structural_holes(star)
    np.testing.assert_allclose(found.constraint, [1 / 3, 1, 1, 1])
    np.testing.assert_allclose(found.effective_size, [3, 1, 1, 1])
    alone = structural_holes(np.pad(star, (0, 1)))
    assert np.isnan(alone.constraint[-1])
    assert np.isnan(alone.effective_size[-1])


def test_participation_by_hand() -> None:
    """Place 0 of group A sends 1 to A and 1 + 2 to B: 1 - (1/4)^2 - (3/4)^2."""
    w = np.zeros((4, 4))
    w[0, 1], w[0, 2], w[0, 3] = 1.0, 1.0, 2.0
    found = participation(w + w.T, [0, 0, 1, 1])
    np.testing.assert_allclose(found.value, [1 - 1 / 16 - 9 / 16, 0, 0, 0])
    # others' strength for place 0: A 1, B 3 of 4; for place 1: A 4, B 3 of 7
    np.testing.assert_allclose(found.expected[:2], [1 - 1 / 16 - 9 / 16, 1 - (16 + 9) / 49])
    assert np.isnan(found.within).all()  # both of A have 1 with A, both of B nothing with B


def test_score_within_the_group_is_the_standard_score() -> None:
    w = network(12, 0.8, 4)
    code = np.repeat([0, 1], 6)
    found = participation(w, code)
    own = np.array([w[i, code == code[i]].sum() for i in range(12)])
    for g in (0, 1):
        part = own[code == g]
        np.testing.assert_allclose(found.within[code == g], (part - part.mean()) / part.std(), rtol=1e-9)


def test_equal_flows_participate_as_expected() -> None:
    """On a complete network of equal flows value and expectation are the same."""
    found = participation(np.ones((9, 9)), np.repeat([0, 1, 2], [2, 3, 4]))
    np.testing.assert_allclose(found.value, found.expected, rtol=1e-12)


def test_units_and_names_do_not_matter() -> None:
    w = network(10, 0.6, 9)
    code, order = np.arange(10) % 3, np.random.default_rng(1).permutation(10)
    moved, held = w[np.ix_(order, order)] * 1e3, participation(w, code)
    np.testing.assert_allclose(participation(moved, code[order]).value, held.value[order], rtol=1e-10)
    np.testing.assert_allclose(structural_holes(moved).constraint, structural_holes(w).constraint[order], rtol=1e-10)
    np.testing.assert_allclose(betweenness(lengths(moved)), betweenness(lengths(w))[order], rtol=1e-9, atol=1e-12)


def test_few_starts_find_no_better_core_than_all_and_a_planted_one() -> None:
    rng = np.random.default_rng(6)
    n, k = 40, 7
    inside = np.arange(n) < k
    w = np.where(inside[:, None] | inside[None, :], 5.0, 1.0) + rng.random((n, n)) * 0.1
    w = np.triu(w, 1) + np.triu(w, 1).T
    few, every = core_periphery(w, starts=3), core_periphery(w)
    assert few.core.tolist() == inside.tolist()
    noise = network(30, 0.5, 2)
    assert core_periphery(noise, starts=2).correlation <= core_periphery(noise).correlation + 1e-12
    assert every.correlation == pytest.approx(few.correlation)


@pytest.mark.parametrize(
    "bad", [np.ones((2, 3)), np.array([[0, 1], [2, 0]]), -np.ones((2, 2)), np.full((2, 2), np.inf)]
)
def test_wrong_flows_are_refused(bad: np.ndarray) -> None:
    w = bad.copy()
    with pytest.raises(InputError):
        structural_holes(w)
