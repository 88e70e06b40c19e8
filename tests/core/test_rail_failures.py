"""Failing rail: a line of three, a triangle with a faster way round, brute force over every subset."""

from itertools import product

import numpy as np
import pytest

from megaregion.core.rail_failures import FailingRail, routes

INF = np.inf


def line(road: float = 1000.0, demand: np.ndarray | None = None) -> FailingRail:
    """Stops and places 0-1-2, access 1 minute at the own stop; trains 0-1, 1-2 and 0-2 over both."""
    leg = np.array([[INF, 10, 19], [10, INF, 10], [19, 10, INF]])
    access = np.where(np.eye(3, dtype=bool), 1.0, INF)
    change = np.where(np.eye(3, dtype=bool), 5.0, INF)
    return FailingRail.of(leg, change, access, np.full((3, 3), road), np.ones((3, 3)) if demand is None else demand,
                          segments=(np.array([0, 1]), np.array([1, 2]), np.array([8.0, 8.0])))  # fmt: skip


NONE2, NONE3 = np.zeros(2, bool), np.zeros(3, bool)


def test_ways_of_services() -> None:
    way = routes(np.array([0, 2, 0]), np.array([1, 1, 2]), np.array([1.0, 1.0, 3.0]), 3, ~np.eye(3, dtype=bool))
    assert way[[2]].toarray().tolist() == [[1, 1, 0]], "0 to 2 goes round: 2 minutes against 3"
    assert way[[1]].toarray().tolist() == [[1, 0, 0]] and way[[0]].toarray().sum() == 0
    twin = routes(np.array([0, 1]), np.array([1, 0]), np.array([5.0, 4.0]), 2, ~np.eye(2, dtype=bool))
    assert twin[[1]].toarray().tolist() == [[0, 1]], "the faster of two parallel ones"


def test_a_segment_cuts_what_passes_it() -> None:
    """Without 1-2: 0-1 stays; four of six ordered pairs are lost, by road they take 1000 instead of 12 and 21."""
    rail = line()
    assert rail.rail[0].tolist()[1:] == [12.0, 21.0]
    at = rail.performance(np.array([False, True]), NONE3)
    assert at.unserved == pytest.approx(4 / 6) and at.extra_rail == 0.0
    assert at.extra == pytest.approx(2 * (1000 - 12) + 2 * (1000 - 21))
    assert (at.largest, at.second) == pytest.approx((2 / 3, 1 / 3))


def test_trains_pass_a_closed_stop() -> None:
    """Without stop 1 the train 0-2 still runs; both pairs with 1 are lost."""
    at = line(road=50.0).performance(NONE2, np.array([False, True, False]))
    assert at.unserved == pytest.approx(4 / 6) and at.extra == pytest.approx(4 * (50 - 12))
    assert (at.largest, at.second) == pytest.approx((1 / 3, 1 / 3))


def test_a_change_replaces_a_direct_train() -> None:
    """A shorter way for 0-2 of its own: without it 10 + 5 + 10 = 25 instead of 19."""
    rail = line()
    ring = FailingRail.of(rail.leg, rail.change, rail.access, rail.road, rail.demand,
                          segments=(np.array([0, 1, 0]), np.array([1, 2, 2]), np.array([8.0, 8.0, 9.0])))  # fmt: skip
    at = ring.performance(np.array([False, False, True]), NONE3)
    assert at.unserved == 0.0 and at.extra_rail == pytest.approx(2 * 6.0) and at.largest == 1.0
    assert ring.curve(np.array([2, 0, 1]), [0, 1], kind="segment")[1] == at


def test_nothing_gone_changes_nothing_and_all_gone_leaves_road() -> None:
    rail = line(road=50.0)
    assert rail.performance(NONE2, NONE3)[:3] == (0.0, 0.0, 0.0)
    at = rail.performance(~NONE2, NONE3)
    assert at.unserved == 1.0 and at.extra == pytest.approx(4 * (50 - 12) + 2 * (50 - 21))


def test_every_subset_against_a_search_over_lines() -> None:
    """A ring of five with a chord, services on all pairs: what survives is what a walk over their ways says."""
    tail, head, minutes = np.array([0, 1, 2, 3, 4, 1]), np.array([1, 2, 3, 4, 0, 3]), np.array([4.0, 5, 6, 7, 8, 3])
    pairs = ~np.eye(5, dtype=bool)
    leg = np.where(pairs, np.random.default_rng(2).uniform(5, 30, (5, 5)), INF)
    access, change = np.where(np.eye(5, dtype=bool), 0.0, INF), np.where(np.eye(5, dtype=bool), 3.0, INF)
    rail = FailingRail.of(leg, change, access, np.full((5, 5), 99.0), np.ones((5, 5)), segments=(tail, head, minutes))
    for gone in product([False, True], repeat=6):
        mask = np.array(gone)
        kept = leg.copy()
        for i, j in zip(*np.nonzero(pairs), strict=True):
            if (rail.way[[i * 5 + j]].toarray()[0] * mask).any():
                kept[i, j] = INF
        best = kept.copy()
        for _ in range(5):  # Bellman with a change before every further ride
            best = np.minimum(best, (best[:, :, None] + 3.0 + kept[None, :, :]).min(axis=1))
        got = rail.times(mask, np.zeros(5, bool))
        off = ~np.eye(5, dtype=bool)
        assert got[off] == pytest.approx(best[off])
