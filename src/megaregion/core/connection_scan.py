"""Journeys by timetable: earliest arrivals and all Pareto journeys of a window, by scanning connections.

Dibbelt, Pajor, Strasser and Wagner (2018), "Connection Scan Algorithm", ACM JEA 23, 1.7 (first SEA 2013).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from megaregion.core.connections import LATEST, Connections, Floats, Index, whole
from megaregion.errors import InputError

if TYPE_CHECKING:
    from megaregion.core.connection_scan_kernels import Labels


class Ride(NamedTuple):
    """One ride of a journey: where it is boarded and left (rows of the calls that were given), and when (seconds)."""

    boarded: int
    left: int
    departure: int
    arrival: int


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
        A stop is not in the timetable, or a time is too large.
    """
    from megaregion.core.connection_scan_kernels import NEVER, earliest

    start = whole(stop)
    _inside(start, seconds, connections.stops, "a start")
    by = whole(seconds)
    ready = np.full(connections.stops, NEVER, np.int32)
    np.minimum.at(ready, start, by)
    arrive = np.full(connections.stops, NEVER, np.int32)
    entered = np.full(connections.runs, -1, np.int32)
    last, before = (np.full(connections.stops, -1, np.int32) for _ in range(2))
    low = int(np.searchsorted(connections.departure, by.min(initial=np.iinfo(np.int32).max)))
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

        stops = whole(stop)
        _inside(stops, seconds, self.connections.stops, "a start")
        away = whole(seconds)
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
    stops = whole(stop)
    _inside(stops, seconds, connections.stops, "a destination")
    work = ScanRoom.of(connections, max_transfers + 1)
    low = int(np.searchsorted(connections.departure, start))
    work.scan_to(connections, low, stops, whole(seconds))
    return Profiles(connections=connections, low=low, _labels=work.labels)


@dataclass(frozen=True, eq=False, kw_only=True)
class ProfilesFrom:
    """What alighting from each connection took, for one origin: all Pareto journeys from it to everywhere."""

    _turned: Profiles

    def journeys(self, stop: ArrayLike, seconds: ArrayLike, *, start: int, end: int) -> tuple[Journey, ...]:
        """All Pareto journeys that leave in [start, end), the latest first, then by fewest changes.

        Parameters
        ----------
        stop, seconds : array of int, shape (s,)
            Stops that the destination can be reached from, and how far (in time) they are from its door.
        start, end : int
            Seconds.
        """
        far = int(np.iinfo(np.int32).max)
        last = len(self._turned.connections.calls.run) - 1
        out = []
        for j in self._turned.journeys(stop, seconds, start=-far, end=far):
            if start <= -j.arrive < end:
                rides = [Ride(last - r.left, last - r.boarded, -r.arrival, -r.departure) for r in j.rides[::-1]]
                out.append(Journey(-j.arrive, -j.leave, j.transfers, tuple(rides)))
        return tuple(sorted(out, key=lambda j: (-j.leave, j.transfers)))


def profiles_from(
    connections: Connections, stop: ArrayLike, seconds: ArrayLike, *, max_transfers: int = 5
) -> ProfilesFrom:  # fmt: skip
    """Pareto journeys (departure, arrival, transfers) from one origin to everywhere: one scan with time turned round.

    Parameters
    ----------
    connections : Connections
    stop, seconds : array of int, shape (s,)
        Stops of the origin and the seconds from its door to boarding there.
    max_transfers : int
        Journeys with more changes are not looked for.

    Raises
    ------
    InputError
        A stop is not in the timetable, or max_transfers is below zero.
    """
    turned = connections.reversed()
    start = int(turned.departure.min(initial=0))
    return ProfilesFrom(_turned=profiles_to(turned, stop, seconds, start=start, max_transfers=max_transfers))


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
    return whole(found[order]), whole(leave[order])


def _inside(stop: Index, seconds: ArrayLike, stops: int, what: str) -> None:
    problems = []
    if len(stop) and (stop.min() < 0 or stop.max() >= stops):
        problems.append(f"{what} names a stop that is not in 0 ... {stops - 1}")
    far = np.atleast_1d(np.asarray(seconds, dtype=np.float64))
    if len(far) != len(stop):
        problems.append(f"{what} has {len(stop)} stops and {len(far)} times")
    if not (np.abs(far) <= LATEST).all():
        problems.append(f"the seconds of {what} must be within {LATEST} of midnight")
    if problems:
        raise InputError("; ".join(problems))
