"""Elementary connections of a timetable: rides between consecutive stops, in an order that one scan can follow.

Times are whole seconds after a midnight that the caller chooses. Between two vehicles there is exactly one way on foot,
from the stop of alighting to that of boarding (or a change inside it), so that ways need not be closed transitively.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion.errors import InputError

if TYPE_CHECKING:
    from megaregion.core.connection_scan_kernels import Scan

Index = NDArray[np.int32]
Floats = NDArray[np.float64]
LATEST = 1 << 28  # seconds, 8 years: sums of a few of them stay far below 2^31


@dataclass(frozen=True, eq=False, kw_only=True)
class Calls:
    """Stops of all runs of vehicles, run by run and in the order of driving.

    Attributes
    ----------
    run, stop : ndarray of int, shape (c,)
        A run is numbered from 0; its calls stand together.
    arrival, departure : ndarray of int, shape (c,)
        Seconds.
    board, alight : ndarray of bool, shape (c,)
        What passengers may do there.
    """

    run: Index
    stop: Index
    arrival: Index
    departure: Index
    board: NDArray[np.bool_]
    alight: NDArray[np.bool_]


@dataclass(frozen=True, eq=False, kw_only=True)
class Ways:
    """Seconds on foot (or by road) from things to stops: changes between stops, or doors of places.

    Attributes
    ----------
    origin, stop : ndarray of int, shape (w,)
    seconds : ndarray of int, shape (w,)
        >= 0. A change inside a stop is a way from the stop to itself; without one nobody can change there.
    """

    origin: Index
    stop: Index
    seconds: Index

    @classmethod
    def of(cls, minutes: Floats) -> Ways:
        """From a matrix of minutes (origins, stops); not finite where there is no way. Rounded up to seconds.

        Raises
        ------
        InputError
            Minutes are below zero or more than there can be.
        """
        row, column = np.nonzero(np.isfinite(minutes))
        given = minutes[row, column]
        if len(given) and (given.min() < 0 or given.max() > LATEST / 60):
            raise InputError(f"minutes on foot must be 0 ... {LATEST // 60}, got {given.min():g} to {given.max():g}")
        seconds = np.ceil(np.round(60.0 * given, 6))  # 10 min are 600 s, also where they came from a sum
        return cls(origin=whole(row), stop=whole(column), seconds=whole(seconds))

    def by_origin(self, origins: int) -> tuple[Index, Index, Index]:
        """First position of each origin (origins + 1,), stops and seconds; the least of repeated ways.

        Raises
        ------
        InputError
            A way begins at none of the origins.
        """
        if len(self.origin) and (self.origin.min() < 0 or self.origin.max() >= origins):
            raise InputError(f"ways begin at what is not in 0 ... {origins - 1}")
        order = np.lexsort((self.seconds, self.stop, self.origin))
        origin, stop = self.origin[order], self.stop[order]
        fresh = np.ones(len(order), dtype=bool)
        fresh[1:] = (np.diff(origin) != 0) | (np.diff(stop) != 0)
        first = np.concatenate([[0], np.cumsum(np.bincount(origin[fresh], minlength=origins))])
        return whole(first), stop[fresh], self.seconds[order][fresh]


@dataclass(frozen=True, eq=False, kw_only=True)
class Connections:
    """Rides between consecutive stops of runs, in an order in which one scan sees causes before effects.

    Attributes
    ----------
    stops, runs : int
    tail, head : ndarray of int, shape (m,)
        Stops.
    departure, arrival : ndarray of int, shape (m,)
        Seconds; departures do not fall.
    onward : ndarray of int, shape (m,)
        The run's next connection, -1 at its end.
    run, call : ndarray of int, shape (m,)
        Run, and the call at which it departs: row of the `Calls`.
    board, alight : ndarray of bool, shape (m,)
    ways : Ways
        Changes between and inside stops.
    calls : Calls
        As given.
    """

    stops: int
    runs: int
    tail: Index
    head: Index
    departure: Index
    arrival: Index
    onward: Index
    run: Index
    call: Index
    board: NDArray[np.bool_]
    alight: NDArray[np.bool_]
    ways: Ways
    calls: Calls

    @classmethod
    def of(cls, calls: Calls, changes: Ways, *, stops: int) -> Connections:
        """From calls.

        Raises
        ------
        InputError
            A stop is not in 0 ... stops - 1, a time is too large, runs are torn apart, times run backwards, a change is
            below zero (these are listed together), or hops and changes of no time lead in a circle.
        """
        _check(calls, changes, stops)
        at = np.flatnonzero(calls.run[1:] == calls.run[:-1])
        tail, head = calls.stop[at], calls.stop[at + 1]
        departure, arrival = calls.departure[at], calls.arrival[at + 1]
        follows = np.zeros(len(at), dtype=bool)  # the next connection is of the same run
        follows[:-1] = np.diff(at) == 1
        rank = np.arange(len(at))
        hops = np.flatnonzero(departure == arrival)
        if len(hops) > 1 and (changes.seconds == 0).any():
            rank[hops] = _causes_first(hops, departure, tail, head, follows, changes)
        order = np.lexsort((rank, departure < arrival, departure))
        place = np.empty(len(at), np.int32)
        place[order] = np.arange(len(at))
        following = np.where(follows, np.append(place[1:], -1), -1) if len(at) else np.empty(0)
        return cls(
            stops=stops, runs=int(calls.run.max(initial=-1)) + 1, tail=tail[order], head=head[order],
            departure=departure[order], arrival=arrival[order], onward=whole(following)[order],
            run=calls.run[at][order], call=whole(at)[order], board=calls.board[at][order],
            alight=calls.alight[at + 1][order], ways=changes, calls=calls,
        )  # fmt: skip

    def reversed(self) -> Connections:
        """The timetable with time running backwards: profiles *to* a place there are those *from* it here.

        A journey that leaves at t and arrives at u there arrives at -t here, having left at -u.
        """
        c = self.calls
        turned = Calls(
            run=whole(self.runs - 1 - c.run[::-1]), stop=c.stop[::-1], arrival=-c.departure[::-1],
            departure=-c.arrival[::-1], board=c.alight[::-1], alight=c.board[::-1],
        )  # fmt: skip
        ways = Ways(origin=self.ways.stop, stop=self.ways.origin, seconds=self.ways.seconds)
        return Connections.of(turned, ways, stops=self.stops)

    @cached_property
    def scan(self) -> Scan:
        """Arrays for the kernels."""
        from megaregion.core.connection_scan_kernels import Scan

        first, to, walk = self.ways.by_origin(self.stops)
        base = np.concatenate([[0], np.cumsum(np.bincount(self.tail, minlength=self.stops))])
        return Scan(self.tail, self.head, self.departure, self.arrival, self.onward, self.run, self.board, self.alight,
                    first, to, walk, whole(base))  # fmt: skip


def whole(values: ArrayLike) -> Index:
    """Whole numbers of 32 bits, at least one-dimensional."""
    return np.ascontiguousarray(np.atleast_1d(np.asarray(values)), dtype=np.int32)


def _check(calls: Calls, changes: Ways, stops: int) -> None:
    problems = []
    for what, given in (("calls", calls.stop), ("changes", changes.origin), ("changes", changes.stop)):
        if len(given) and (given.min() < 0 or given.max() >= stops):
            problems.append(f"{what} name stops that are not in 0 ... {stops - 1}")
    starts = calls.run[np.append(True, calls.run[1:] != calls.run[:-1])] if len(calls.run) else calls.run
    if len(np.unique(starts)) < len(starts) or (len(starts) and starts.min() < 0):
        problems.append("the calls of a run must stand together, and runs be numbered from 0")
    times = np.concatenate([calls.arrival, calls.departure]).astype(np.int64)
    if np.abs(times).max(initial=0) > LATEST:
        problems.append(f"a time is not within {LATEST} seconds of midnight")
    back = int((calls.departure < calls.arrival).sum())
    back += int(((calls.run[1:] == calls.run[:-1]) & (calls.arrival[1:] < calls.departure[:-1])).sum())
    if back:
        problems.append(f"times run backwards at {back} calls")
    if changes.seconds.min(initial=0) < 0 or changes.seconds.max(initial=0) > LATEST:
        problems.append(f"changes must take 0 ... {LATEST} seconds")
    if problems:
        raise InputError("; ".join(dict.fromkeys(problems)))


def _causes_first(
    hops: NDArray[np.intp], departure: Index, tail: Index, head: Index, follows: NDArray[np.bool_], changes: Ways
) -> NDArray[np.int64]:
    """Rank of connections that take no time, so that one that can be boarded after another in no time comes later."""
    free: dict[int, list[int]] = {}
    for a, b, seconds in zip(changes.origin, changes.stop, changes.seconds, strict=True):
        if seconds == 0:
            free.setdefault(int(a), []).append(int(b))
    at: dict[tuple[int, int], list[int]] = {}
    for c in hops:
        at.setdefault((int(departure[c]), int(tail[c])), []).append(int(c))
    hop = set(hops.tolist())
    after = {c: {d for stop in free.get(int(head[c]), ()) for d in at.get((int(departure[c]), stop), ()) if d != c}
             | ({c + 1} & hop if follows[c] else set()) for c in hop}  # fmt: skip
    waiting = dict.fromkeys(sorted(hop), 0)
    for c in sorted(hop):
        for d in after[c]:
            waiting[d] += 1
    ready = deque(c for c, n in waiting.items() if n == 0)
    rank: dict[int, int] = {}
    while ready:
        c = ready.popleft()
        rank[c] = len(rank)
        for d in sorted(after[c]):
            waiting[d] -= 1
            if not waiting[d]:
                ready.append(d)
    if len(rank) < len(hop):
        raise InputError("runs that take no time between stops where a change takes no time lead in a circle",
                         hint="let changes there take at least one second")  # fmt: skip
    return np.array([rank[int(c)] for c in hops])
