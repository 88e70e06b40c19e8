"""Elementary connections: their order, their runs, ways between stops, and what is refused."""

import numpy as np
import pytest

from megaregion.core.connections import Calls, Connections, Ways
from megaregion.errors import InputError


def connections(runs: list[list[tuple[int, int, int]]], changes: dict[tuple[int, int], int], stops: int) -> Connections:
    """Runs of (stop, arrival, departure), where one may board and alight everywhere."""
    table = np.array([(r, *call) for r, run in enumerate(runs) for call in run], dtype=np.int32).reshape(-1, 4)
    free = np.ones(len(table), dtype=bool)
    run, stop, arrival, departure = table.T
    calls = Calls(run=run, stop=stop, arrival=arrival, departure=departure, board=free, alight=free)
    pairs = np.array([(*pair, s) for pair, s in changes.items()], dtype=np.int32).reshape(-1, 3)
    return Connections.of(calls, Ways(origin=pairs[:, 0], stop=pairs[:, 1], seconds=pairs[:, 2]), stops=stops)


def test_connections_stand_by_departure_and_know_what_follows() -> None:
    got = connections([[(0, 5, 5), (1, 9, 10), (2, 20, 20)], [(2, 0, 1), (0, 4, 4)], [(1, 7, 7)]], {}, 3)
    assert got.departure.tolist() == [1, 5, 10] and got.arrival.tolist() == [4, 9, 20]
    assert got.tail.tolist() == [2, 0, 1] and got.head.tolist() == [0, 1, 2]
    assert got.onward.tolist() == [-1, 2, -1] and got.run.tolist() == [1, 0, 0] and got.call.tolist() == [3, 0, 1]


def test_hops_of_no_time_come_before_rides_that_leave_at_the_same_time() -> None:
    got = connections([[(1, 9, 9), (2, 12, 12)], [(0, 9, 9), (1, 9, 9)]], {(1, 1): 0}, 3)
    assert got.tail.tolist() == [0, 1]


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
def test_hops_stand_in_the_order_in_which_one_can_take_them(order: list[int]) -> None:
    hops = [[(0, 9, 9), (1, 9, 9)], [(2, 9, 9), (3, 9, 9)], [(4, 9, 9), (5, 9, 9)]]
    got = connections([hops[i] for i in order], {(1, 2): 0, (3, 4): 0}, 6)
    assert got.tail.tolist() == [0, 2, 4]
    with pytest.raises(InputError, match="lead in a circle"):
        connections([hops[i] for i in order], {(1, 2): 0, (3, 4): 0, (5, 0): 0}, 6)


def test_turned_round_twice_is_the_same() -> None:
    once = connections([[(0, 5, 5), (1, 9, 10), (2, 20, 20)], [(2, 0, 1), (0, 4, 4)]], {(0, 1): 3, (2, 2): 1}, 3)
    twice = once.reversed().reversed()
    for name in ("tail", "head", "departure", "arrival", "onward", "run", "call", "board", "alight"):
        np.testing.assert_array_equal(getattr(once, name), getattr(twice, name))
    assert once.reversed().departure.tolist() == [-20, -9, -4]


def test_the_least_of_repeated_ways_counts() -> None:
    table = np.array([(1, 2, 9), (0, 0, 1), (1, 0, 3), (1, 2, 4)], np.int32)
    first, stop, seconds = Ways(origin=table[:, 0], stop=table[:, 1], seconds=table[:, 2]).by_origin(3)
    assert (first.tolist(), stop.tolist(), seconds.tolist()) == ([0, 1, 3, 3], [0, 0, 2], [1, 3, 4])


def test_minutes_round_up_to_seconds() -> None:
    ways = Ways.of(np.array([[0.1 + 0.2, np.inf], [1.001, 0.0]]))
    assert list(zip(ways.origin, ways.stop, ways.seconds, strict=True)) == [(0, 0, 18), (1, 0, 61), (1, 1, 0)]


def test_runs_that_are_torn_apart_and_times_beyond_reason() -> None:
    rows = np.array([0, 1, 0], np.int32)
    free = np.ones(3, dtype=bool)
    late = np.array([0, 5, 1 << 29], np.int32)
    calls = Calls(run=rows, stop=rows, arrival=late, departure=late, board=free, alight=free)
    with pytest.raises(InputError) as caught:
        Connections.of(calls, Ways.of(np.zeros((0, 0))), stops=2)
    for part in ("calls of a run must stand together", "not within 268435456 seconds"):
        assert part in str(caught.value)


def test_ways_that_cannot_be() -> None:
    with pytest.raises(InputError, match="minutes on foot must be"):
        Ways.of(np.array([[-1.0]]))
    with pytest.raises(InputError, match="minutes on foot must be"):
        Ways.of(np.array([[1e9]]))
    with pytest.raises(InputError, match=r"begin at what is not in 0 \.\.\. 0"):
        Ways.of(np.array([[1.0], [1.0]])).by_origin(1)
