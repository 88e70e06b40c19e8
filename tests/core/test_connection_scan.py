"""Connection scans against searches that share no code with them, by hand, and at the edges."""

import importlib.util
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from megaregion.core.connection_scan import earliest_arrivals, profiles_from, profiles_to
from megaregion.core.connections import Calls, Connections, Ways
from megaregion.errors import InputError

_spec = importlib.util.spec_from_file_location("time_expanded", Path(__file__).parent / "time_expanded.py")
assert _spec is not None and _spec.loader is not None
brute = importlib.util.module_from_spec(_spec)
sys.modules["time_expanded"] = brute
_spec.loader.exec_module(brute)


def connections(runs, changes, stops=None) -> Connections:
    rows = [(r, *call) for r, run in enumerate(runs) for call in run]
    table = np.array(rows, dtype=np.int64).reshape(-1, 6)
    calls = Calls(
        run=table[:, 0].astype(np.int32), stop=table[:, 1].astype(np.int32), arrival=table[:, 2].astype(np.int32),
        departure=table[:, 3].astype(np.int32), board=table[:, 4].astype(bool), alight=table[:, 5].astype(bool),
    )  # fmt: skip
    pairs = np.array([(*pair, s) for pair, s in changes.items()], dtype=np.int32).reshape(-1, 3)
    ways = Ways(origin=pairs[:, 0], stop=pairs[:, 1], seconds=pairs[:, 2])
    return Connections.of(calls, ways, stops=int(table[:, 1].max(initial=-1)) + 1 if stops is None else stops)


def found(profile, start, window):
    journeys = profile.journeys(list(start), list(start.values()), start=window[0], end=window[1])
    return {(j.leave, j.arrive, j.transfers) for j in journeys}, journeys


@pytest.mark.parametrize("seed", range(60))
def test_earliest_arrivals_equal_dijkstra_over_events(seed: int) -> None:
    rng = np.random.default_rng(seed)
    stops = int(rng.integers(2, 9))
    runs, changes = brute.random_timetable(rng, stops=stops, runs=int(rng.integers(1, 14)), zero_changes=seed % 3 == 0)
    start = {int(rng.integers(stops)): int(rng.integers(0, 40)) for _ in range(2)}
    try:
        timetable = connections(runs, changes, stops)
    except InputError as error:
        assert "lead in a circle" in str(error) and seed % 3 == 0
        return
    got = earliest_arrivals(timetable, list(start), list(start.values()))
    np.testing.assert_array_equal(got.seconds, brute.graph_arrivals(runs, changes, start, stops))
    flat = [call for run in runs for call in run]
    for stop in np.flatnonzero(np.isfinite(got.seconds)):
        rides = got.journey(int(stop))
        check_rides(rides, flat, changes)
        assert start[flat[rides[0].boarded][0]] <= rides[0].departure
        assert flat[rides[-1].left][0] == stop and rides[-1].arrival == got.seconds[stop]


def check_rides(rides, flat, changes) -> None:
    """Each ride is one run forwards, as the calls say, and between two rides there is one change that can be made."""
    for ride in rides:
        assert ride.boarded < ride.left
        assert (flat[ride.boarded][2], flat[ride.left][1]) == (ride.departure, ride.arrival)
        assert flat[ride.boarded][3] and flat[ride.left][4]
    for one, two in pairwise(rides):
        assert one.arrival + changes[flat[one.left][0], flat[two.boarded][0]] <= two.departure


@pytest.mark.parametrize("seed", range(60))
def test_profiles_equal_rounds_from_every_moment(seed: int) -> None:
    """Pareto sets in departure, arrival and changes, with two doors at either end and few changes allowed."""
    rng = np.random.default_rng(1000 + seed)
    stops = int(rng.integers(2, 8))
    runs, changes = brute.random_timetable(rng, stops=stops, runs=int(rng.integers(1, 14)), zero_changes=seed % 3 == 0)
    start = {int(rng.integers(stops)): int(rng.integers(0, 9)) for _ in range(2)}
    end = {int(rng.integers(stops)): int(rng.integers(0, 9)) for _ in range(2)}
    legs = int(rng.integers(1, 5))
    try:
        timetable = connections(runs, changes, stops)
    except InputError as error:
        assert "lead in a circle" in str(error) and seed % 3 == 0
        return
    profile = profiles_to(timetable, list(end), list(end.values()), start=5, max_transfers=legs - 1)
    got, journeys = found(profile, start, (5, 50))
    assert got == brute.pareto(runs, changes, start, end, legs, (5, 50))
    flat = [call for run in runs for call in run]
    for j in journeys:
        check_rides(j.rides, flat, changes)
        assert len(j.rides) == j.transfers + 1
        assert j.rides[0].departure - start[flat[j.rides[0].boarded][0]] == j.leave
        assert j.rides[-1].arrival + end[flat[j.rides[-1].left][0]] == j.arrive
    for one, two in pairwise(journeys):  # the latest first: who leaves later is never there earlier
        if one.transfers == two.transfers:
            assert one.leave > two.leave and one.arrive > two.arrive


@pytest.mark.parametrize("seed", range(12))
def test_many_changes_or_few_equal_rounds_from_every_moment(seed: int) -> None:
    """Fast runs over one or two hops of a line and slow ones over more: each further change can save time."""
    rng = np.random.default_rng(4000 + seed)
    runs = []
    for _ in range(110):
        hops = int(rng.integers(1, 6))
        now, first, run = int(rng.integers(0, 110)), int(rng.integers(0, 7)), []
        for stop in range(first, min(first + hops, 6) + 1):
            run.append((stop, now, now, True, True))
            now += 1 + 2 * hops + int(rng.integers(0, 2))
        runs.append(run)
    changes = {(s, s): 1 for s in range(7)}
    timetable = connections(runs, changes, 7)
    got, journeys = found(profiles_to(timetable, [6], [0], start=0, max_transfers=5), {0: 0}, (0, 80))
    assert got == brute.pareto(runs, changes, {0: 0}, {6: 0}, 6, (0, 80))
    assert len({j.transfers for j in journeys}) >= 2
    limited, _ = found(profiles_to(timetable, [6], [0], start=0, max_transfers=2), {0: 0}, (0, 80))
    assert limited == {j for j in got if j[2] <= 2}


@pytest.mark.parametrize("seed", range(20))
def test_from_one_origin_to_everywhere_is_as_to_each_destination(seed: int) -> None:
    """One scan with time turned round against one scan a destination; rides can be made as they stand."""
    rng = np.random.default_rng(3000 + seed)
    runs, changes = brute.random_timetable(rng, stops=6, runs=11)
    timetable = connections(runs, changes, 6)
    flat = [call for run in runs for call in run]
    start = {0: 3, 1: 5}
    one = profiles_from(timetable, list(start), list(start.values()), max_transfers=3)
    for stop in range(6):
        want, listed = found(profiles_to(timetable, [stop], [2], start=-99, max_transfers=3), start, (10, 45))
        got = one.journeys([stop], [2], start=10, end=45)
        assert {(j.leave, j.arrive, j.transfers) for j in got} == want and len(got) == len(listed)
        for j in got:
            check_rides(j.rides, flat, changes)
            assert j.rides[0].departure - start[flat[j.rides[0].boarded][0]] == j.leave
            assert j.rides[-1].arrival + 2 == j.arrive and len(j.rides) == j.transfers + 1


@pytest.mark.parametrize("seed", range(20))
def test_backwards_in_time_gives_the_same_journeys(seed: int) -> None:
    """All journeys *from* a stop, found in the timetable turned round, are those found *to* each stop."""
    rng = np.random.default_rng(2000 + seed)
    runs, changes = brute.random_timetable(rng, stops=5, runs=9)
    timetable = connections(runs, changes, 5)
    turned = profiles_to(timetable.reversed(), [0], [0], start=-1000)
    for stop in range(5):
        there, _ = found(profiles_to(timetable, [stop], [0], start=-1000), {0: 0}, (-1000, 1000))
        back, _ = found(turned, {stop: 0}, (-1000, 1000))
        assert {(-arrive, -leave, k) for leave, arrive, k in back} == there


A, B, C, D = range(4)


def test_a_change_needs_its_time() -> None:
    """Arrives at 10; 5 to change: the run at 14 is missed, that at 15 is not."""
    for leave, want in ((14, np.inf), (15, 30.0)):
        runs = [
            [(A, 0, 0, True, True), (B, 10, 10, True, True)],
            [(B, leave, leave, True, True), (C, 30, 30, True, True)],
        ]
        assert earliest_arrivals(connections(runs, {(B, B): 5}), [A], [0]).seconds[C] == want


def test_nobody_needs_a_change_to_stay_aboard() -> None:
    runs = [[(A, 0, 0, True, True), (B, 10, 10, True, True), (C, 20, 20, True, True)]]
    assert earliest_arrivals(connections(runs, {}), [A], [0]).seconds[C] == 20


def test_one_way_on_foot_between_two_rides_not_two() -> None:
    """Ways A-B and B-C are given, A-C is not."""
    runs = [[(D, 0, 0, True, True), (A, 10, 10, True, True)], [(C, 20, 20, True, True), (B, 30, 30, True, True)]]
    assert earliest_arrivals(connections(runs, {(A, B): 1, (B, C): 1}), [D], [0]).seconds[B] == np.inf
    assert earliest_arrivals(connections(runs, {(A, C): 2}), [D], [0]).seconds[B] == 30


def test_a_loop_can_be_ridden_round() -> None:
    runs = [[(A, 0, 0, True, True), (B, 10, 10, True, True), (A, 20, 20, True, True), (C, 30, 30, True, True)]]
    got = earliest_arrivals(connections(runs, {}), [B], [0])
    assert got.seconds[A] == 20 and got.seconds[C] == 30
    late = earliest_arrivals(connections(runs, {}), [A], [5])
    assert late.seconds[B] == np.inf and late.seconds[C] == 30


def test_who_may_not_board_or_alight_does_not() -> None:
    shut = [[(A, 0, 0, True, True), (B, 10, 10, False, True), (C, 20, 20, True, False), (D, 30, 30, True, True)]]
    got = earliest_arrivals(connections(shut, {}), [A], [0])
    assert got.seconds[B] == 10 and got.seconds[C] == np.inf and got.seconds[D] == 30
    assert np.isinf(earliest_arrivals(connections(shut, {}), [B], [0]).seconds).all()


def test_changes_of_no_time_at_hops_of_no_time() -> None:
    """Three runs that each take no time, given in the wrong order."""
    hop = [[(C, 9, 9, True, True), (D, 9, 9, True, True)], [(B, 9, 9, True, True), (C, 9, 9, True, True)],
           [(A, 9, 9, True, True), (B, 9, 9, True, True)]]  # fmt: skip
    free = {(s, s): 0 for s in range(4)}
    assert earliest_arrivals(connections(hop, free), [A], [9]).seconds[D] == 9
    with pytest.raises(InputError, match="lead in a circle"):
        connections([*hop, [(D, 9, 9, True, True), (A, 9, 9, True, True)]], free)


@pytest.mark.parametrize("runs", [[], [[(A, 0, 0, True, True)]]])
def test_no_connection_leads_nowhere(runs) -> None:
    timetable = connections(runs, {(A, A): 0}, 2)
    assert np.isinf(earliest_arrivals(timetable, [A], [0]).seconds).all()
    assert profiles_to(timetable, [B], [0], start=0).journeys([A], [0], start=0, end=10) == ()


def test_everything_wrong_is_listed() -> None:
    runs = [[(A, 5, 3, True, True), (7, 10, 10, True, True)]]
    with pytest.raises(InputError) as caught:
        connections(runs, {(A, A): -1}, 2)
    for part in ("calls name stops that are not in 0 ... 1", "times run backwards at 1 calls", "changes must take"):
        assert part in str(caught.value)
    table = connections([[(A, 0, 0, True, True), (B, 1, 1, True, True)]], {})
    with pytest.raises(InputError, match="a start names a stop"):
        earliest_arrivals(table, [2], [0])
    with pytest.raises(InputError, match="max_transfers"):
        profiles_to(table, [B], [0], start=0, max_transfers=-1)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), shift=st.integers(-100000, 100000))
def test_relabelling_permutes_and_a_shift_shifts(seed: int, shift: int) -> None:
    rng = np.random.default_rng(seed)
    runs, changes = brute.random_timetable(rng, stops=6, runs=8)
    name = rng.permutation(6)
    order = rng.permutation(len(runs))
    other = [[(int(name[c[0]]), c[1] + shift, c[2] + shift, *c[3:]) for c in runs[r]] for r in order]
    moved = {(int(name[a]), int(name[b])): s for (a, b), s in changes.items()}
    want = earliest_arrivals(connections(runs, changes, 6), [0], [0]).seconds
    got = earliest_arrivals(connections(other, moved, 6), [int(name[0])], [shift]).seconds
    np.testing.assert_array_equal(got[name], want + shift)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_one_more_run_or_a_shorter_change_makes_nobody_later(seed: int) -> None:
    rng = np.random.default_rng(seed)
    runs, changes = brute.random_timetable(rng, stops=6, runs=9)
    base = earliest_arrivals(connections(runs[:-1], changes, 6), [0, 1], [0, 4]).seconds
    assert (earliest_arrivals(connections(runs, changes, 6), [0, 1], [0, 4]).seconds <= base).all()
    shorter = {pair: max(1, s - 2) for pair, s in changes.items()}
    assert (earliest_arrivals(connections(runs[:-1], shorter, 6), [0, 1], [0, 4]).seconds <= base).all()


def test_starts_and_ends_that_cannot_be() -> None:
    table = connections([[(A, 0, 0, True, True), (B, 1, 1, True, True)]], {})
    with pytest.raises(InputError, match="a start has 1 stops and 2 times"):
        earliest_arrivals(table, [A], [0, 5])
    with pytest.raises(InputError, match="seconds of a destination must be within"):
        profiles_to(table, [B], [1 << 30], start=0)
