"""Journeys by timetable: earliest arrivals and all Pareto journeys of a window, by scanning connections.

Dibbelt, Pajor, Strasser and Wagner (2018), "Connection Scan Algorithm", ACM JEA 23, 1.7 (first SEA 2013). Times are
whole seconds after a midnight that the caller chooses. Between two vehicles there is exactly one way on foot, from the
stop of alighting to that of boarding (or a change inside it), so that ways need not be closed transitively.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion.errors import InputError

if TYPE_CHECKING:
    from megaregion.core.connection_scan_kernels import Labels, Scan

Index = NDArray[np.int32]
Floats = NDArray[np.float64]
_LATEST = 1 << 28  # seconds, 8 years: sums of a few of them stay far below 2^31


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
        """From a matrix of minutes (origins, stops); not finite where there is no way. Rounded up to seconds."""
        row, column = np.nonzero(np.isfinite(minutes))
        seconds = np.ceil(np.round(60.0 * minutes[row, column], 6))  # 10 min are 600 s, also where they came from a sum
        return cls(origin=_index(row), stop=_index(column), seconds=_index(seconds))

    def by_origin(self, origins: int) -> tuple[Index, Index, Index]:
        """First position of each origin (origins + 1,), stops and seconds; the least of repeated ways."""
        order = np.lexsort((self.seconds, self.stop, self.origin))
        origin, stop = self.origin[order], self.stop[order]
        fresh = np.ones(len(order), dtype=bool)
        fresh[1:] = (np.diff(origin) != 0) | (np.diff(stop) != 0)
        first = np.concatenate([[0], np.cumsum(np.bincount(origin[fresh], minlength=origins))])
        return _index(first), stop[fresh], self.seconds[order][fresh]


class Ride(NamedTuple):
    """One ride of a journey: where it is boarded and left (rows of the calls that were given), and when (seconds)."""

    boarded: int
    left: int
    departure: int
    arrival: int


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
            departure=departure[order], arrival=arrival[order], onward=_index(following)[order],
            run=calls.run[at][order], call=_index(at)[order], board=calls.board[at][order],
            alight=calls.alight[at + 1][order], ways=changes, calls=calls,
        )  # fmt: skip

    def reversed(self) -> Connections:
        """The timetable with time running backwards: profiles *to* a place there are those *from* it here.

        A journey that leaves at t and arrives at u there arrives at -t here, having left at -u.
        """
        c = self.calls
        turned = Calls(
            run=_index(self.runs - 1 - c.run[::-1]), stop=c.stop[::-1], arrival=-c.departure[::-1],
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
                    first, to, walk, _index(base))  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class Arrivals:
    """Earliest arrivals from one start.

    Attributes
    ----------
    seconds : ndarray, shape (stops,)
        Alighting from a vehicle; inf where none leads.
    """

    seconds: Floats
    _connections: Connections
    _entered: Index
    _last: Index
    _before: Index

    def journey(self, stop: int) -> tuple[Ride, ...]:
        """Rides of a journey that arrives earliest; it need not be the one with fewest changes."""
        c = self._connections
        out: list[Ride] = []
        left = int(self._last[stop])
        while left >= 0:
            boarded = int(self._entered[c.run[left]])
            out.append(_ride(c, boarded, left))
            left = int(self._before[c.tail[boarded]])
        return tuple(out[::-1])


def earliest_arrivals(connections: Connections, stop: ArrayLike, seconds: ArrayLike) -> Arrivals:
    """Earliest arrival by vehicle at every stop.

    Parameters
    ----------
    connections : Connections
    stop, seconds : array of int, shape (s,)
        Stops where one can board, and from when on.

    Raises
    ------
    InputError
        A stop is not in the timetable.
    """
    from megaregion.core.connection_scan_kernels import NEVER, earliest

    start, by = _index(stop), _index(seconds)
    _inside(start, connections.stops, "a start")
    ready = np.full(connections.stops, NEVER, np.int32)
    np.minimum.at(ready, start, by)
    arrive = np.full(connections.stops, NEVER, np.int32)
    entered = np.full(connections.runs, -1, np.int32)
    last, before = (np.full(connections.stops, -1, np.int32) for _ in range(2))
    low = int(np.searchsorted(connections.departure, by.min(initial=_LATEST)))
    earliest(connections.scan, low, ready, arrive, entered, last, before)
    found = np.where(arrive < NEVER, arrive, np.inf).astype(np.float64)
    return Arrivals(seconds=found, _connections=connections, _entered=entered, _last=last, _before=before)


class Journey(NamedTuple):
    """One Pareto journey: no other leaves no earlier, arrives no later and has no more changes."""

    leave: int
    arrive: int
    transfers: int
    rides: tuple[Ride, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Profiles:
    """What boarding each connection leads to, for one destination.

    Attributes
    ----------
    connections : Connections
    low : int
        First connection with labels.
    """

    connections: Connections
    low: int
    _labels: Labels

    def journeys(self, stop: ArrayLike, seconds: ArrayLike, *, start: int, end: int) -> tuple[Journey, ...]:
        """All Pareto journeys that leave in [start, end), the latest first, then by fewest changes.

        Parameters
        ----------
        stop, seconds : array of int, shape (s,)
            Stops that the origin can board at, and how far (in time) they are from its door.
        start, end : int
            Seconds; not before the start that the profiles were made for.
        """
        from megaregion.core.connection_scan_kernels import NEVER, from_door

        stops, away = _index(stop), _index(seconds)
        _inside(stops, self.connections.stops, "a start")
        boards, leaves = boarding(self.connections, stops, away)
        room, legs = max(len(boards), 1), self._labels.reach.shape[1]
        when, value = np.empty(room, np.int32), np.empty((room, legs), np.int32)
        enter = np.empty((room, legs), np.int32)
        n = from_door(boards, leaves, self._labels.reach, self.low, when, value, enter)
        out = []
        for i in range(n):
            if not start <= when[i] < end:
                continue
            least = int(NEVER)
            for k in range(legs):
                late = int(value[i - 1, k]) if i else int(NEVER)
                if value[i, k] < min(late, least):
                    out.append(Journey(int(when[i]), int(value[i, k]), k, self._rides(int(enter[i, k]), k)))
                least = min(least, int(value[i, k]))
        return tuple(out)

    def _rides(self, boarded: int, k: int) -> tuple[Ride, ...]:
        out = []
        while boarded >= 0:
            out.append(_ride(self.connections, boarded, int(self._labels.leave[boarded, k])))
            boarded, k = int(self._labels.then[boarded, k]), k - 1
        return tuple(out)


def profiles_to(
    connections: Connections, stop: ArrayLike, seconds: ArrayLike, *, start: int, max_transfers: int = 5
) -> Profiles:
    """Pareto journeys (departure, arrival, transfers) from everywhere to one destination.

    Parameters
    ----------
    connections : Connections
    stop, seconds : array of int, shape (s,)
        Stops of the destination and the seconds from alighting there to its door.
    start : int
        Departures before this are of no interest.
    max_transfers : int
        Journeys with more changes are not looked for.

    Raises
    ------
    InputError
        A stop is not in the timetable, or max_transfers is below zero.
    """
    if max_transfers < 0:
        raise InputError(f"max_transfers must be >= 0, got {max_transfers!r}")
    stops, away = _index(stop), _index(seconds)
    _inside(stops, connections.stops, "a destination")
    work = ScanRoom.of(connections, max_transfers + 1)
    low = int(np.searchsorted(connections.departure, start))
    work.scan_to(connections, low, stops, away)
    return Profiles(connections=connections, low=low, _labels=work.labels)


@dataclass(frozen=True, eq=False, kw_only=True)
class ScanRoom:
    """Room of one thread for one scan after the other."""

    labels: Labels
    egress: Index
    size: Index
    when: Index
    value: Index
    enter: Index

    @classmethod
    def of(cls, connections: Connections, legs: int) -> ScanRoom:
        """For journeys of at most so many rides."""
        from megaregion.core.connection_scan_kernels import Labels

        m = len(connections.tail)
        a, b, c, value, enter = (np.empty((m, legs), np.int32) for _ in range(5))
        stops = connections.stops
        return cls(labels=Labels(a, b, c), egress=np.empty(stops, np.int32), size=np.empty(stops, np.int32),
                   when=np.empty(m, np.int32), value=value, enter=enter)  # fmt: skip

    def scan_to(self, connections: Connections, low: int, stop: Index, seconds: Index) -> None:
        """Label the connections from `low` on with the way to a destination, `seconds` from its stops."""
        from megaregion.core.connection_scan_kernels import NEVER, backward

        self.egress[:] = NEVER
        np.minimum.at(self.egress, stop, seconds)
        backward(connections.scan, low, self.egress, self.labels, self.size, self.when, self.value, self.enter)


def _ride(c: Connections, boarded: int, left: int) -> Ride:
    return Ride(int(c.call[boarded]), int(c.call[left]) + 1, int(c.departure[boarded]), int(c.arrival[left]))


def boarding(connections: Connections, stop: Index, seconds: Index) -> tuple[Index, Index]:
    """Connections that can be boarded from a door, and when one must leave it, the latest first."""
    away = np.full(connections.stops, np.iinfo(np.int32).max, np.int64)
    np.minimum.at(away, stop, seconds)
    found = np.flatnonzero((away[connections.tail] < np.iinfo(np.int32).max) & connections.board)
    leave = connections.departure[found] - away[connections.tail[found]]
    order = np.lexsort((found, -leave))
    return _index(found[order]), _index(leave[order])


def _index(values: ArrayLike) -> Index:
    return np.ascontiguousarray(np.atleast_1d(np.asarray(values)), dtype=np.int32)


def _inside(stop: Index, stops: int, what: str) -> None:
    if len(stop) and (stop.min() < 0 or stop.max() >= stops):
        raise InputError(f"{what} names a stop that is not in 0 ... {stops - 1}")


def _check(calls: Calls, changes: Ways, stops: int) -> None:
    problems = []
    for what, given in (("calls", calls.stop), ("changes", changes.origin), ("changes", changes.stop)):
        if len(given) and (given.min() < 0 or given.max() >= stops):
            problems.append(f"{what} name stops that are not in 0 ... {stops - 1}")
    starts = calls.run[np.append(True, calls.run[1:] != calls.run[:-1])] if len(calls.run) else calls.run
    if len(np.unique(starts)) < len(starts) or (len(starts) and starts.min() < 0):
        problems.append("the calls of a run must stand together, and runs be numbered from 0")
    times = np.concatenate([calls.arrival, calls.departure]).astype(np.int64)
    if np.abs(times).max(initial=0) > _LATEST:
        problems.append(f"a time is not within {_LATEST} seconds of midnight")
    back = int((calls.departure < calls.arrival).sum())
    back += int(((calls.run[1:] == calls.run[:-1]) & (calls.arrival[1:] < calls.departure[:-1])).sum())
    if back:
        problems.append(f"times run backwards at {back} calls")
    if changes.seconds.min(initial=0) < 0 or changes.seconds.max(initial=0) > _LATEST:
        problems.append(f"changes must take 0 ... {_LATEST} seconds")
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
