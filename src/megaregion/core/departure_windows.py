"""What a traveller meets who may leave at any moment of a window: percentiles, waits, changes, parts of the time.

Departures are spread evenly over the window (the limit of ever more departures a minute), so that everything follows
exactly from the Pareto journeys: between two useful departures the time from door to door falls by a second a second.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion.core.connection_scan import ScanRoom, boarding
from megaregion.core.connections import Connections, Index, Ways
from megaregion.errors import InputError

if TYPE_CHECKING:
    from megaregion.core.connection_scan_kernels import Room

Floats = NDArray[np.float64]


class Window(NamedTuple):
    """Departures in [start, end), seconds."""

    start: int
    end: int


@dataclass(frozen=True, eq=False, kw_only=True)
class WindowTimes:
    """Times over a window of departures, arrays (origins, destinations); NaN where nothing leads.

    Attributes
    ----------
    mean, fastest, perceived : ndarray
        Seconds from being ready to leave to arriving, waiting included, over the part of the window that is served;
        from leaving the door to arriving, at best; the mean if each change weighs `penalty` seconds more.
    served : ndarray
        Share of the window from which a journey leads.
    fastest_transfers, mean_transfers : ndarray
        Changes of the fastest journey; mean of the fewest changes with which one arrives earliest.
    departures, pareto, direct : ndarray
        Journeys that leave in the window: useful ones by (departure, arrival), by (departure, arrival, changes), and
        those among the last without a change.
    percentiles : ndarray, shape (shares, origins, destinations)
        Seconds, waiting included, to which that share of the whole window keeps; NaN where a smaller share is served.
    """

    mean: Floats
    fastest: Floats
    perceived: Floats
    served: Floats
    fastest_transfers: Floats
    mean_transfers: Floats
    departures: Floats
    pareto: Floats
    direct: Floats
    percentiles: Floats


def window_times(
    connections: Connections, access: Ways, egress: Ways, window: Window, *, shares: ArrayLike = (0.05, 0.5, 0.95),
    penalty: int = 600, max_transfers: int = 5, size: tuple[int, int], threads: int | None = None,
) -> WindowTimes:  # fmt: skip
    """Times between all origins and destinations over a window of departures.

    Parameters
    ----------
    connections : Connections
    access, egress : Ways
        From the doors of the origins to stops, and from stops (`stop`) to the doors of destinations (`origin`).
    window : Window
    shares : sequence of float
        Of the percentiles, in (0, 1].
    penalty : int
        Seconds that a change weighs in `perceived`.
    max_transfers : int
        Journeys with more changes are not looked for.
    size : tuple of int
        Origins and destinations.
    threads : int, optional
        Default: one a processor. The result is the same for any number.

    Raises
    ------
    InputError
        The window is empty or a share is out of range.
    """
    from megaregion.core.connection_scan_kernels import all_statistics

    part = np.asarray(shares, dtype=np.float64)
    if not ((part > 0) & (part <= 1)).all():
        raise InputError(f"shares must be above 0 and at most 1, got {shares!r}")
    out = np.full((*size, 9 + part.size), np.nan)

    doors = _Doors.of(connections, access, size[0])
    low = _first(connections, window)

    def look(scan: ScanRoom, room: Room, d: int) -> None:
        all_statistics(*doors, low, scan.labels, room, window, part, penalty, out[:, d])

    _every_destination(connections, doors, egress.by_origin(size[1]), low, max_transfers + 1, look, threads)
    names = ("mean", "fastest", "perceived", "served", "fastest_transfers", "mean_transfers", "departures", "pareto",
             "direct")  # fmt: skip
    parts = {name: np.ascontiguousarray(out[:, :, i]) for i, name in enumerate(names)}
    return WindowTimes(**parts, percentiles=np.ascontiguousarray(np.moveaxis(out[:, :, 9:], 2, 0)))


@dataclass(frozen=True, eq=False, kw_only=True)
class WindowParts:
    """What journeys consist of, means over the served part of a window; arrays (origins, destinations), seconds.

    Attributes
    ----------
    wait, access, egress, changing : ndarray
        Before leaving the door; door to vehicle (the margin at the stop included); vehicle to door; between vehicles,
        walking included. NaN where nothing leads.
    changes : ndarray
        Number of changes.
    served : ndarray
        Share of the window.
    rides : ndarray, shape (kinds, origins, destinations)
        Aboard vehicles of each kind.
    passages, passage_seconds, same_station, seated : ndarray, shape (kinds, kinds)
        Weighted by demand, from kind (row) to kind (column): changes, their seconds, those inside
        one station, and passages from kind to kind without leaving the seat.
    """

    wait: Floats
    access: Floats
    egress: Floats
    changing: Floats
    changes: Floats
    served: Floats
    rides: Floats
    passages: Floats
    passage_seconds: Floats
    same_station: Floats
    seated: Floats


class Kinds(NamedTuple):
    """Kind of service of each connection, and station of each stop, as numbers; how many kinds there are."""

    of_connection: Index
    station: Index
    number: int


def window_parts(
    connections: Connections, access: Ways, egress: Ways, window: Window, *, kinds: Kinds, weight: Floats,
    max_transfers: int = 5, threads: int | None = None,
) -> WindowParts:  # fmt: skip
    """Parts of the journeys between all origins and destinations: those that arrive earliest, with fewest changes.

    Parameters
    ----------
    connections, access, egress, window, max_transfers, threads
        As for `window_times`.
    kinds : Kinds
    weight : ndarray, shape (origins, destinations)
        Demand, for what is summed over pairs; a pair served in a part of the window counts by that part.

    Raises
    ------
    InputError
        The window is empty.
    """
    from megaregion.core.connection_scan_kernels import all_parts

    size = weight.shape
    out = np.zeros((*size, 6 + kinds.number))
    between = np.zeros((size[1], 4, kinds.number, kinds.number))  # by destination: sums in one order for any threads

    doors = _Doors.of(connections, access, size[0])
    low = _first(connections, window)

    def look(scan: ScanRoom, room: Room, d: int) -> None:
        all_parts(connections.scan, scan.labels, scan.egress, *doors, low, kinds, room, window, weight[:, d].copy(),
                  out[:, d], between[d])  # fmt: skip

    _every_destination(connections, doors, egress.by_origin(size[1]), low, max_transfers + 1, look, threads)
    length = out[:, :, 5]
    with np.errstate(invalid="ignore"):
        mean = np.where(length[:, :, None] > 0, out / length[:, :, None], np.nan)
    total = between.sum(axis=0)
    return WindowParts(
        wait=mean[:, :, 0], access=mean[:, :, 1], egress=mean[:, :, 2], changing=mean[:, :, 3], changes=mean[:, :, 4],
        served=length / (window.end - window.start), rides=np.moveaxis(mean[:, :, 6:], 2, 0),
        passages=total[0], passage_seconds=total[1], same_station=total[2], seated=total[3],
    )  # fmt: skip


class _Doors(NamedTuple):
    """Connections that can be boarded from each origin, the latest first, and when one must leave its door."""

    first: Index
    boards: Index
    leaves: Index

    @classmethod
    def of(cls, connections: Connections, access: Ways, origins: int) -> _Doors:
        first, stop, seconds = access.by_origin(origins)
        found = [boarding(connections, stop[a:b], seconds[a:b]) for a, b in pairwise(first)]
        begin = np.concatenate([[0], np.cumsum([len(c) for c, _ in found])]).astype(np.int32)
        none = [np.empty(0, np.int32)]
        return cls(begin, np.concatenate([c for c, _ in found] + none), np.concatenate([t for _, t in found] + none))


def _first(connections: Connections, window: Window) -> int:
    """First connection that matters."""
    if not window.start < window.end:
        raise InputError(f"the window of departures must end after it starts, got {tuple(window)}")
    return int(np.searchsorted(connections.departure, window.start))


def _every_destination(
    connections: Connections, doors: _Doors, egress: tuple[Index, Index, Index], low: int, legs: int,
    look: Callable[[ScanRoom, Room, int], None], threads: int | None,
) -> None:  # fmt: skip
    """Scan to each destination and look at what was found, in as many threads as asked for."""
    from megaregion.core.connection_scan_kernels import Room

    first, stop, seconds = egress
    destinations = len(first) - 1
    longest = int(np.diff(doors.first).max(initial=0)) + 1
    _ = connections.scan  # made once, before threads ask for it

    def work(some: range) -> None:
        scan = ScanRoom.of(connections, legs)
        flat = [np.empty(longest, np.int32) for _ in range(4)]
        value, enter = (np.empty((longest, legs), np.int32) for _ in range(2))
        room = Room(flat[0], value, enter, *flat[1:])
        for d in some:
            scan.scan_to(connections, low, stop[first[d] : first[d + 1]], seconds[first[d] : first[d + 1]])
            look(scan, room, d)

    many = min(destinations, os.cpu_count() or 1 if threads is None else max(threads, 1))
    if many < 2:
        work(range(destinations))
        return
    with ThreadPoolExecutor(many) as pool:
        for done in [pool.submit(work, range(i, destinations, many)) for i in range(many)]:
            done.result()
