"""The lower bound by hand, against all chains of rides, and below every journey of a timetable."""

import importlib.util
import itertools
import sys
from pathlib import Path

import numpy as np
import pytest

from megaregion.core.connections import Calls, Connections, Ways
from megaregion.core.departure_windows import Window, window_times
from megaregion.core.ideal_rail import fastest_rides, least_seconds

_spec = importlib.util.spec_from_file_location("time_expanded", Path(__file__).parent / "time_expanded.py")
assert _spec is not None and _spec.loader is not None
brute = importlib.util.module_from_spec(_spec)
sys.modules["time_expanded"] = brute
_spec.loader.exec_module(brute)


def ways(*rows: tuple[int, int, int]) -> Ways:
    table = np.array(rows, dtype=np.int32).reshape(-1, 3)
    return Ways(origin=table[:, 0], stop=table[:, 1], seconds=table[:, 2])


def connections(runs, changes, stops) -> Connections:
    table = np.array([(r, *call) for r, run in enumerate(runs) for call in run], dtype=np.int64).reshape(-1, 6)
    number = [table[:, i].astype(np.int32) for i in range(4)]
    calls = Calls(run=number[0], stop=number[1], arrival=number[2], departure=number[3],
                  board=table[:, 4].astype(bool), alight=table[:, 5].astype(bool))  # fmt: skip
    return Connections.of(calls, ways(*((a, b, s) for (a, b), s in changes.items())), stops=stops)


def test_by_hand() -> None:
    """A slow and a fast run to stop 1, a change of 9 that counts as 4, one of 2 that stays 2."""
    ends = [((0, 0, 0), (1, 50, 50)), ((0, 9, 9), (1, 29, 29)), ((1, 99, 99), (2, 109, 109)), ((3, 0, 0), (4, 0, 7))]
    runs = [[(*a, True, True), (*b, True, True)] for a, b in ends]
    timetable = connections(runs, {(1, 1): 9, (2, 3): 2}, 5)
    tail, head, seconds = fastest_rides(timetable.calls, 5)
    assert list(zip(tail, head, seconds, strict=True)) == [(0, 1, 20), (1, 2, 10), (3, 4, 0)]
    got = least_seconds(timetable, ways((0, 0, 3)), ways((0, 2, 1), (1, 4, 5), (2, 0, 0)), change=4, size=(1, 3))
    assert got.tolist() == [[3 + 20 + 4 + 10 + 1, 3 + 20 + 4 + 10 + 2 + 0 + 5, np.inf]]


@pytest.mark.parametrize("seed", range(30))
def test_against_all_chains_of_rides(seed: int) -> None:
    """Every order of at most five stops, on random timetables; and no journey of a window beats the bound."""
    rng = np.random.default_rng(seed)
    runs, changes = brute.random_timetable(rng, stops=5, runs=int(rng.integers(1, 9)))
    timetable = connections(runs, changes, 5)
    ride: dict[tuple[int, int], int] = {}
    for run in runs:
        for i, j in itertools.combinations(range(len(run)), 2):
            (a, _, leave, board, _), (b, arrive, _, _, alight) = run[i], run[j]
            if board and alight:
                ride[a, b] = min(ride.get((a, b), 10**9), arrive - leave)
    start, end = ({int(s): int(rng.integers(0, 9)) for s in rng.integers(0, 5, 2)} for _ in range(2))
    best = np.inf
    states = {("at", s): t for s, t in start.items()}  # Bellman-Ford over (ready at, alighted at)
    for _ in range(12):
        for (a, b), t in ride.items():
            if ("at", a) in states:
                states["off", b] = min(states.get(("off", b), 10**9), states["at", a] + t)
        for (a, b), t in changes.items():
            if ("off", a) in states:
                states["at", b] = min(states.get(("at", b), 10**9), states["off", a] + min(t, 3))
    for s, t in end.items():
        best = min(best, states.get(("off", s), np.inf) + t)
    doors = (ways(*((0, s, t) for s, t in start.items())), ways(*((0, s, t) for s, t in end.items())))
    got = least_seconds(timetable, *doors, change=3, size=(1, 1))
    assert got[0, 0] == best
    times = window_times(timetable, *doors, Window(-20, 200), max_transfers=9, size=(1, 1))
    assert np.isnan(times.fastest[0, 0]) or times.fastest[0, 0] >= got[0, 0]


def test_nothing() -> None:
    timetable = connections([], {}, 3)
    assert np.isinf(least_seconds(timetable, ways((0, 0, 1)), ways((0, 2, 1)), change=3, size=(1, 2))).all()
    assert least_seconds(timetable, ways(), ways(), change=3, size=(0, 2)).shape == (0, 2)
