"""Rank intervals against published ones, brute force and their nominal coverage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.core.rank_intervals import rank_intervals
from megaregion.errors import InputError

PISA = Path(__file__).parents[2] / "docs" / "howto" / "pisa_2018_mathematics.csv"


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def pisa() -> tuple[pd.Index, np.ndarray, np.ndarray]:
    """Mean scores in mathematics of 37 countries with standard errors, as the OECD published them for 2018."""
    table = pd.read_csv(PISA).set_index("place_id")
    return table.index, table["mean"].to_numpy(), np.diag(table["se"].to_numpy() ** 2)


def test_united_kingdom_alone_as_published() -> None:
    """R csranks, vignette: ranks 8 to 23 at 95 % (the text beside it, by other draws: 7 to 23)."""
    names, mean, cov = pisa()
    k = names.get_loc("United Kingdom")
    low, high = rank_intervals(mean, cov, seed=rng(), draws=20_000, simultaneous=False)
    assert low[k] in (7, 8) and high[k] == 23


def test_all_at_once_as_published() -> None:
    """The vignette: Chile, Mexico, Colombia overlap with no other; Germany and Korea share rank 7, but not at 75 %."""
    names, mean, cov = pisa()
    low, high = (pd.Series(x, names) for x in rank_intervals(mean, cov, seed=rng(), draws=20_000))
    last = ["Chile", "Mexico", "Colombia"]
    assert low[last].min() > high.drop(last).max()
    assert low["Germany"] <= 7 <= high["Korea"]
    low, high = (pd.Series(x, names) for x in rank_intervals(mean, cov, seed=rng(), draws=20_000, level=0.75))
    assert high["Korea"] < low["Germany"]


def test_ranks_of_the_estimates_are_inside_and_alone_is_no_wider() -> None:
    _, mean, cov = pisa()
    rank = 1 + (mean[:, None] < mean[None, :]).sum(axis=1)
    both = rank_intervals(mean, cov, seed=rng(), draws=4000)
    alone = rank_intervals(mean, cov, seed=rng(), draws=4000, simultaneous=False)
    assert (both[0] <= rank).all() and (rank <= both[1]).all()
    assert (both[0] <= alone[0]).all() and (alone[1] <= both[1]).all()


def test_coverage_is_at_least_nominal() -> None:
    """600 draws of six places, some close, with correlated errors: 95 % at once.

    Below .95 - 3 sqrt(.95 .05 / 600) = .923 it would be by bad luck with a chance of .001.
    """
    true = np.array([0.0, 0.1, 1.0, 1.2, 3.0, 3.0001])
    mix = np.eye(6) + 0.4 * np.tri(6)
    cov = 0.05 * mix @ mix.T
    rank = 1 + (true[:, None] < true[None, :]).sum(axis=1)
    draw, root = rng(7), np.linalg.cholesky(cov)
    hits = 0
    for _ in range(600):
        low, high = rank_intervals(true + root @ draw.standard_normal(6), cov, seed=draw, draws=1000)
        hits += bool((low <= rank).all() and (rank <= high).all())
    assert hits / 600 >= 0.923


def test_two_places_are_one_test_of_their_difference() -> None:
    """Two ordered claims with opposite signs: the quantile is the two-sided one, 1.96."""
    cov = np.diag([0.5, 0.5])
    for gap, apart in ((1.90, False), (2.02, True)):
        low, high = rank_intervals(np.array([gap, 0.0]), cov, seed=rng(), draws=200_000)
        assert (low.tolist(), high.tolist()) == (([1, 2], [1, 2]) if apart else ([1, 1], [2, 2]))


def test_stepdown_finds_what_a_single_step_does_not() -> None:
    """Errors of differences are 1. Three pairs at once ask for 2.34 (range of three normals, 3.31 / sqrt 2).

    Once the first place is known to be ahead, four claims are left: one pair both ways, two that the first is behind.
    """
    noise = rng(5).standard_normal((200_000, 3)) / np.sqrt(2)
    pairs = noise[:, [0, 0, 1]] - noise[:, [1, 2, 2]]
    left = np.column_stack([pairs[:, 2], -pairs])  # not yet claimed
    once, later = np.quantile(np.abs(pairs).max(axis=1), 0.95), np.quantile(left.max(axis=1), 0.95)
    assert once == pytest.approx(2.34, abs=0.02) and later < once
    for gap, apart in ((later - 0.05, False), ((later + once) / 2, True)):
        low, high = rank_intervals(np.array([50.0, gap, 0.0]), np.eye(3) / 2, seed=rng(), draws=200_000)
        assert low[0] == high[0] == 1
        assert (high[1], low[2]) == ((2, 3) if apart else (3, 2))


def test_relabelling_units_and_certainty() -> None:
    _, mean, cov = pisa()
    order = rng(2).permutation(len(mean))
    one = rank_intervals(mean, cov, seed=rng(), draws=20_000, level=0.9)
    scaled = rank_intervals(3.7 * mean + 100, 3.7**2 * cov, seed=rng(), draws=20_000, level=0.9)
    assert (one[0] == scaled[0]).all() and (one[1] == scaled[1]).all()
    turned = rank_intervals(mean[order], cov[np.ix_(order, order)], seed=rng(), draws=20_000, level=0.9)
    assert np.abs(turned[0] - one[0][order]).max() <= 1  # other draws belong to a place: a claim at the edge may differ
    low, high = rank_intervals(np.array([2.0, 2.0, 1.0]), np.zeros((3, 3)), seed=rng())
    assert (low.tolist(), high.tolist()) == ([1, 1, 3], [2, 2, 3])  # no error: ties share two ranks
    assert [x.tolist() for x in rank_intervals(np.array([1.0]), np.ones((1, 1)), seed=rng())] == [[1], [1]]


@pytest.mark.parametrize(
    ("x", "cov", "text"),
    [
        ([1.0, np.nan], np.eye(2), "finite"), ([1.0, 2.0], np.eye(3), "fit together"),
        ([1.0, 2.0], np.array([[1.0, 0.5], [0.0, 1.0]]), "symmetric"), ([1.0, 2.0], -np.eye(2), "not below zero"),
        ([1.0, 2.0], np.array([[1.0, 2.0], [2.0, 1.0]]), "semidefinite"),
    ],
)  # fmt: skip
def test_what_cannot_be_used(x: list[float], cov: np.ndarray, text: str) -> None:
    with pytest.raises(InputError, match=text):
        rank_intervals(np.array(x), cov, seed=rng())
