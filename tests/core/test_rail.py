"""Journeys over direct legs against an independent search, and the closed-form update against a rebuild."""

import heapq

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.rail import door_to_door, leg_costs, paths, wait_min, with_legs

INF = np.inf


def dijkstra(leg, change, access, egress):
    """Minutes and transfers between places on the graph of platforms and arrivals; plain Python.

    Every stop is two vertices: a platform, where one waits, and an arrival, where one has left the train. The order
    of the queue is (minutes, boardings), so that of equal ways the one with fewer trains wins.
    """
    places, stops = access.shape
    minutes = np.full((places, egress.shape[0]), INF)
    transfers = np.full(minutes.shape, np.nan)
    for origin in range(places):
        best = {}
        queue = [(access[origin, s], 0, "platform", s) for s in range(stops) if access[origin, s] < INF]
        heapq.heapify(queue)
        while queue:
            cost, trains, kind, stop = heapq.heappop(queue)
            if (kind, stop) in best:
                continue
            best[kind, stop] = (cost, trains)
            for other in range(stops):
                step, after = (leg, "arrival") if kind == "platform" else (change, "platform")
                if step[stop, other] < INF:
                    more = kind == "platform"
                    heapq.heappush(queue, (cost + step[stop, other], trains + more, after, other))
        for destination in range(egress.shape[0]):
            ways = [
                (best["arrival", s][0] + egress[destination, s], best["arrival", s][1])
                for s in range(stops)
                if ("arrival", s) in best and egress[destination, s] < INF
            ]
            if ways:
                minutes[origin, destination], trains = min(ways)
                transfers[origin, destination] = trains - 1
    return minutes, transfers


def random_network(seed, stops=9, places=5, density=0.25):
    """Whole minutes, so that ties are exact."""
    rng = np.random.default_rng(seed)
    leg = np.where(rng.random((stops, stops)) < density, rng.integers(5, 90, (stops, stops)), INF)
    np.fill_diagonal(leg, INF)
    change = np.where(rng.random((stops, stops)) < 0.15, rng.integers(16, 60, (stops, stops)), INF)
    np.fill_diagonal(change, 15.0)
    access = np.where(rng.random((places, stops)) < 0.5, rng.integers(10, 80, (places, stops)), INF)
    egress = np.where(rng.random((places + 1, stops)) < 0.5, rng.integers(10, 80, (places + 1, stops)), INF)
    return leg, change, access, egress


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), density=st.sampled_from([0.0, 0.1, 0.25, 0.6]))
def test_door_to_door_equals_dijkstra(seed, density):
    leg, change, access, egress = random_network(seed, density=density)
    minutes, transfers = door_to_door(paths(leg, change), access, egress)
    want, trains = dijkstra(leg, change, access, egress)
    np.testing.assert_array_equal(minutes, want)
    np.testing.assert_array_equal(transfers, trains)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), density=st.sampled_from([0.0, 0.1, 0.3]), new=st.integers(1, 4))
def test_added_legs_equal_a_rebuild(seed, density, new):
    leg, change, _, _ = random_network(seed, density=density)
    rng = np.random.default_rng(seed + 1)
    added = []
    for _ in range(new):
        a, b = rng.choice(len(leg), 2, replace=False)
        added.append((int(a), int(b), float(rng.integers(1, 60))))
    updated = with_legs(paths(leg, change), added)
    for a, b, minutes in added:
        leg[a, b] = min(leg[a, b], minutes)
    rebuilt = paths(leg, change)
    np.testing.assert_array_equal(updated.cost, rebuilt.cost)
    np.testing.assert_array_equal(updated.boardings, rebuilt.boardings)


def test_an_added_leg_never_harms_and_leaves_the_old_paths_alone():
    leg, change, _, _ = random_network(5)
    before = paths(leg, change)
    kept = before.cost.copy()
    after = before.with_leg(0, 1, 3.0)
    assert (after.cost <= before.cost).all()
    np.testing.assert_array_equal(before.cost, kept)


def test_line_of_three_stops_by_hand():
    """a-b 20, b-c 30 by separate trains: a-c = 20 + 15 + 30 with one transfer."""
    leg = np.full((3, 3), INF)
    leg[0, 1], leg[1, 2] = 20.0, 30.0
    change = np.full((3, 3), INF)
    np.fill_diagonal(change, 15.0)
    trips = paths(leg, change)
    assert trips.cost[0, 2] == 65.0 and trips.boardings[0, 2] == 2
    assert np.isinf(trips.cost[2, 0]) and trips.boardings[2, 0] == 0


def test_change_between_two_stops_of_one_town():
    """Train to stop 1, city transport to stop 2 (40 min), train onward."""
    leg = np.full((4, 4), INF)
    leg[0, 1], leg[2, 3] = 10.0, 10.0
    change = np.full((4, 4), INF)
    np.fill_diagonal(change, 15.0)
    assert np.isinf(paths(leg, change).cost[0, 3])
    change[1, 2] = 40.0
    assert paths(leg, change).cost[0, 3] == 60.0


def test_no_stop_at_all():
    none = np.zeros((0, 0))
    minutes, transfers = door_to_door(paths(none, none), np.zeros((2, 0)), np.zeros((3, 0)))
    assert minutes.shape == (2, 3) and np.isinf(minutes).all() and np.isnan(transfers).all()


def test_wait_is_half_the_headway_up_to_the_cap():
    np.testing.assert_allclose(
        wait_min([0.0, 8.0, 16.0, 48.0, 480.0], operating_min=960, cap_min=30), [30, 30, 30, 10, 1]
    )


def brute_leg(classes):
    """Least over all prefixes of the classes sorted by minutes."""
    classes = sorted((t, n) for n, t in classes)
    best = INF
    for k in range(1, len(classes) + 1):
        trains = sum(n for _, n in classes[:k])
        mean = sum(n * t for t, n in classes[:k]) / trains
        best = min(best, min(30.0, 480.0 / trains) + mean)
    return best


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 120), st.integers(10, 300)), min_size=1, max_size=12))
def test_leg_costs_equal_the_best_prefix(rows):
    pair = np.array([r[0] for r in rows])
    pairs, cost = leg_costs(
        pair,
        np.array([float(r[1]) for r in rows]),
        np.array([float(r[2]) for r in rows]),
        operating_min=960,
        cap_min=30,
    )
    assert list(pairs) == sorted(set(pair))
    want = [brute_leg([(r[1], r[2]) for r in rows if r[0] == p]) for p in pairs]
    np.testing.assert_allclose(cost, want, rtol=1e-12)


def test_slow_trains_are_taken_only_if_they_shorten_the_sum():
    """16 fast trains of 60 min wait 30 -> 90. With 200 slow ones of 70: 480/216 + 69.26 = 71.5; of 200 min: never."""
    zero = np.zeros(2, dtype=int)
    n = np.array([16.0, 200.0])
    _, mixed = leg_costs(zero, n, np.array([60.0, 70.0]), operating_min=960, cap_min=30)
    _, alone = leg_costs(zero, n, np.array([60.0, 200.0]), operating_min=960, cap_min=30)
    assert mixed[0] == pytest.approx(480 / 216 + (16 * 60 + 200 * 70) / 216)
    assert alone[0] == pytest.approx(90.0)
