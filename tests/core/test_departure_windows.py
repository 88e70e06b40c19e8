"""Numbers over a window of departures, against sums over moments, by hand, and for any number of threads."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from megaregion.core.connection_scan import profiles_to
from megaregion.core.connections import Calls, Connections, Ways
from megaregion.core.departure_windows import Kinds, Window, window_parts, window_times
from megaregion.errors import InputError

_spec = importlib.util.spec_from_file_location("time_expanded", Path(__file__).parent / "time_expanded.py")
assert _spec is not None and _spec.loader is not None
brute = importlib.util.module_from_spec(_spec)
sys.modules["time_expanded"] = brute
_spec.loader.exec_module(brute)
INF = float("inf")


def ways(*rows: tuple[int, int, int]) -> Ways:
    table = np.array(rows, dtype=np.int32).reshape(-1, 3)
    return Ways(origin=table[:, 0], stop=table[:, 1], seconds=table[:, 2])


def connections(runs, changes, stops) -> Connections:
    table = np.array([(r, *call) for r, run in enumerate(runs) for call in run], dtype=np.int64).reshape(-1, 6)
    number = [table[:, i].astype(np.int32) for i in range(4)]
    calls = Calls(run=number[0], stop=number[1], arrival=number[2], departure=number[3],
                  board=table[:, 4].astype(bool), alight=table[:, 5].astype(bool))  # fmt: skip
    return Connections.of(calls, ways(*((a, b, s) for (a, b), s in changes.items())), stops=stops)


def run(*calls: tuple[int, int, int]) -> list:
    return [(*call, True, True) for call in calls]


def by_moments(journeys, window, shares, penalty):
    """The same numbers from the middle of every second: exact, since trips get shorter by a second a second."""
    moments = np.arange(window.start, window.end) + 0.5
    legs = range(1 + max([k for *_, k in journeys], default=0))
    by = {
        k: np.array([min([a for t, a, j in journeys if t >= m and j <= k], default=INF) for m in moments]) for k in legs
    }
    arrive = by[max(legs)]
    there = np.isfinite(arrive)
    if not there.any():
        return None
    trip = np.sort(arrive - moments)
    fewest = np.min([np.where(by[k] == arrive, k, 99) for k in legs], axis=0)
    felt = np.min([by[k] + penalty * k for k in legs], axis=0) - moments
    shown = []
    for q in shares:
        need = int(np.ceil(q * len(moments)))
        shown.append(np.ceil(trip[need - 1]) if np.isfinite(trip[need - 1]) else np.nan)
    return {"mean": (arrive - moments)[there].mean(), "served": there.mean(), "perceived": felt[there].mean(),
            "mean_transfers": fewest[there].mean(), "percentiles": shown}  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_numbers_equal_sums_over_moments(seed: int) -> None:
    """Profiles from plain search from every departure, with 20-second windows and two or three doors at each end."""
    rng = np.random.default_rng(seed)
    runs, changes = brute.random_timetable(rng, stops=5, runs=int(rng.integers(2, 14)))
    timetable = connections(runs, changes, 5)
    start, end = ({int(s): int(rng.integers(0, 9)) for s in rng.integers(0, 5, 2)} for _ in range(2))
    window, shares, penalty = Window(15, 35), (0.05, 0.5, 0.95, 1.0), 7
    got = window_times(
        timetable, ways(*((0, s, t) for s, t in start.items())), ways(*((0, s, t) for s, t in end.items())), window,
        shares=shares, penalty=penalty, max_transfers=3, size=(1, 1), threads=1,
    )  # fmt: skip
    journeys = brute.pareto(runs, changes, start, end, 4, (-99, 999))
    leaving = [j for j in journeys if window.start <= j[0] < window.end]
    assert got.pareto[0, 0] == len(leaving)
    assert got.direct[0, 0] == sum(k == 0 for *_, k in leaving)
    useful = {(t, min(a for u, a, _ in journeys if u >= t)) for t, *_ in leaving}
    every = useful | {j[:2] for j in journeys}
    beaten = {u for u in useful if any(v != u and v[0] >= u[0] and v[1] <= u[1] for v in every)}
    assert got.departures[0, 0] == len(useful - beaten)
    if leaving:
        best = min(a - t for t, a, _ in leaving)
        assert got.fastest[0, 0] == best
        assert got.fastest_transfers[0, 0] in {k for t, a, k in leaving if a - t == best}
    else:
        assert np.isnan(got.fastest[0, 0])
    want = by_moments(journeys, window, shares, penalty)
    if want is None:
        assert got.served[0, 0] == 0 and np.isnan(got.mean[0, 0]) and np.isnan(got.percentiles).all()
        return
    for name in ("mean", "served", "perceived", "mean_transfers"):
        assert getattr(got, name)[0, 0] == pytest.approx(want[name], abs=1e-9), name
    np.testing.assert_array_equal(got.percentiles[:, 0, 0], want["percentiles"])


def test_an_even_headway_by_hand() -> None:
    """Every 600 s, 900 s on the way: the mean is 1200, the fastest 900; 5 % wait at most 30 s, 95 % at most 570."""
    timetable = connections([run((0, t, t), (1, t + 900, t + 900)) for t in range(0, 7200, 600)], {}, 2)
    got = window_times(timetable, ways((0, 0, 0)), ways((0, 1, 0)), Window(600, 4200), size=(1, 1))
    assert (got.mean[0, 0], got.fastest[0, 0], got.departures[0, 0]) == (1200, 900, 6)
    assert got.percentiles[:, 0, 0].tolist() == [930, 1200, 1470]


def test_the_last_departure_leaves_a_part_unserved() -> None:
    timetable = connections([run((0, 100, 100), (1, 200, 200))], {}, 2)
    got = window_times(timetable, ways((0, 0, 10)), ways((0, 1, 5)), Window(80, 120), size=(1, 1))
    assert got.served[0, 0] == 0.25 and got.mean[0, 0] == 120 and got.fastest[0, 0] == 115
    assert np.isnan(got.percentiles[1:, 0, 0]).all() and got.percentiles[0, 0, 0] == 117  # 5 % of 40 s are 2 s


def test_parts_by_hand() -> None:
    """Door 20 s, ride 100 (kind 0), change 50 to another station, ride 80 (kind 1) with 10 at a stop, door 5."""
    runs = [run((0, 100, 100), (1, 200, 200)), run((2, 250, 250), (3, 290, 300), (4, 330, 330))]
    timetable = connections(runs, {(1, 2): 30}, 5)
    kind = np.where(timetable.run == 0, 0, 1).astype(np.int32)
    kinds = Kinds(kind, np.array([0, 1, 2, 3, 4], np.int32), 2)
    got = window_parts(
        timetable, ways((0, 0, 20)), ways((0, 4, 5)), Window(40, 120), kinds=kinds, weight=np.full((1, 1), 8.0)
    )
    assert (got.wait[0, 0], got.access[0, 0], got.egress[0, 0]) == (20, 20, 5)  # leaves at 80; mean of 40 ... 80
    assert got.rides[:, 0, 0].tolist() == [100, 80] and (got.changing[0, 0], got.changes[0, 0]) == (50, 1)
    assert got.served[0, 0] == 0.5
    assert got.passages.tolist() == [[0, 4], [0, 0]] and got.passage_seconds[0, 1] == 200 and not got.same_station.any()
    joined = Kinds(kind, np.array([0, 1, 1, 3, 4], np.int32), 2)
    same = window_parts(
        timetable, ways((0, 0, 20)), ways((0, 4, 5)), Window(40, 120), kinds=joined, weight=np.full((1, 1), 8.0)
    )
    assert same.same_station[0, 1] == 4


def test_a_run_that_changes_its_kind_is_a_passage_in_the_seat() -> None:
    timetable = connections([run((0, 0, 0), (1, 10, 12), (2, 20, 20))], {}, 3)
    kinds = Kinds(np.array([0, 1], np.int32), np.arange(3, dtype=np.int32), 2)
    got = window_parts(timetable, ways((0, 0, 0)), ways((0, 2, 0)), Window(-5, 0), kinds=kinds, weight=np.ones((1, 1)))
    assert (
        got.seated.tolist() == [[0, 1], [0, 0]] and got.rides[:, 0, 0].tolist() == [10, 10] and not got.passages.any()
    )


@pytest.mark.parametrize("seed", range(8))
def test_parts_add_up_to_the_mean_and_threads_change_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    runs, changes = brute.random_timetable(rng, stops=7, runs=20)
    timetable = connections(runs, changes, 7)
    access, egress = (ways(*((o, int(s), int(rng.integers(0, 9))) for o in range(5) for s in rng.integers(0, 7, 2)))
                      for _ in range(2))  # fmt: skip
    window, weight = Window(0, 60), rng.random((5, 5))
    kinds = Kinds((timetable.run % 3).astype(np.int32), (np.arange(7) // 2).astype(np.int32), 3)
    one = window_parts(timetable, access, egress, window, kinds=kinds, weight=weight, threads=1)
    two = window_parts(timetable, access, egress, window, kinds=kinds, weight=weight, threads=2)
    for name in vars(one):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    times, again = (window_times(timetable, access, egress, window, size=(5, 5), threads=t) for t in (1, 2))
    for name in vars(times):
        np.testing.assert_array_equal(getattr(times, name), getattr(again, name))
    np.testing.assert_allclose(one.wait + one.access + one.egress + one.changing + one.rides.sum(axis=0), times.mean)
    np.testing.assert_allclose(one.changes, times.mean_transfers)
    np.testing.assert_array_equal(one.served, times.served)
    np.testing.assert_allclose(one.passages.sum(), np.nansum(weight * one.served * one.changes))
    np.testing.assert_allclose(one.passage_seconds.sum(), np.nansum(weight * one.served * one.changing))


def test_profiles_and_windows_count_the_same() -> None:
    rng = np.random.default_rng(9)
    runs, changes = brute.random_timetable(rng, stops=6, runs=30)
    timetable = connections(runs, changes, 6)
    got = window_times(timetable, ways((0, 0, 3)), ways((0, 5, 2)), Window(10, 60), size=(1, 1))
    assert got.pareto[0, 0] == len(profiles_to(timetable, [5], [2], start=10).journeys([0], [3], start=10, end=60))


@pytest.mark.parametrize("size", [(0, 0), (2, 0), (0, 2), (2, 2)])
def test_nothing_to_ask_and_nowhere_to_board(size: tuple[int, int]) -> None:
    timetable = connections([run((0, 0, 0), (1, 9, 9))], {}, 2)
    got = window_times(timetable, ways(), ways(), Window(0, 9), size=size)
    assert got.mean.shape == size and np.isnan(got.mean).all() and (got.served == 0).all()


def test_what_cannot_be_asked() -> None:
    timetable = connections([run((0, 0, 0), (1, 9, 9))], {}, 2)
    with pytest.raises(InputError, match="must end after it starts"):
        window_times(timetable, ways(), ways(), Window(9, 9), size=(0, 0))
    with pytest.raises(InputError, match="shares must be above 0"):
        window_times(timetable, ways(), ways(), Window(0, 9), shares=(0.0,), size=(0, 0))
