"""A lower bound on journeys over given lines: every ride as fast as the fastest, every change as short as a norm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from megaregion.core.connections import Calls, Connections, Ways

Floats = NDArray[np.float64]


def fastest_rides(calls: Calls, stops: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Every pair of stops that a run joins, and the fewest seconds from departure to arrival over all runs.

    Returns
    -------
    tail, head, seconds : ndarray of int
        Sorted by pair; a loop also joins a stop to itself.
    """
    n = len(calls.run)
    if not n:
        none = np.empty(0, np.int64)
        return none, none, none
    end = np.append(np.flatnonzero(np.diff(calls.run)), n - 1)
    last = np.repeat(end, np.diff(end, prepend=-1))
    ahead = last - np.arange(n)
    start = np.repeat(np.arange(n), ahead)
    to = np.arange(len(start)) - np.repeat(np.cumsum(ahead) - ahead, ahead) + start + 1
    keep = calls.board[start] & calls.alight[to]
    start, to = start[keep], to[keep]
    pair = calls.stop[start].astype(np.int64) * stops + calls.stop[to]
    seconds = calls.arrival[to].astype(np.int64) - calls.departure[start]
    order = np.lexsort((seconds, pair))
    pair, seconds = pair[order], seconds[order]
    fresh = np.ones(len(pair), dtype=bool)
    fresh[1:] = np.diff(pair) != 0
    return pair[fresh] // stops, pair[fresh] % stops, seconds[fresh]


def least_seconds(
    connections: Connections, access: Ways, egress: Ways, *, change: int, size: tuple[int, int]
) -> Floats:  # fmt: skip
    """Least seconds from door to door without any wait, shape (origins, destinations); inf where no line leads.

    Parameters
    ----------
    connections : Connections
    access, egress : Ways
        From origins to stops, and from destinations to stops (seconds of the way back from these).
    change : int
        Seconds of a change wherever the timetable allows one, also to another station; the seconds that the timetable
        allows where these are less.
    size : tuple of int
        Origins and destinations.

    Notes
    -----
    The least over chains of rides of access + sum of the fastest rides + changes + egress: no journey of the timetable
    takes less from its door, because each of its parts takes at least as long.
    """
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    n = connections.stops
    tail, head, ride = fastest_rides(connections.calls, n)
    first, to, walk = connections.ways.by_origin(n)
    around = np.repeat(np.arange(n), np.diff(first))
    # nodes: 0 ... n - 1 about to board, n ... 2n - 1 alighted, then the origins; their ways are unique by construction
    door, stop, away = access.by_origin(size[0])
    places = np.repeat(np.arange(size[0]), np.diff(door)) + 2 * n
    rows = np.concatenate([tail, around + n, places])
    columns = np.concatenate([head + n, to, stop])
    weight = np.concatenate([ride, np.minimum(walk, change), away]).astype(np.float64)
    graph = csr_matrix((weight, (rows, columns)), shape=(2 * n + size[0], 2 * n + size[0]))
    out = np.full(size, np.inf)
    if not size[0]:
        return out
    far = dijkstra(graph, indices=np.arange(size[0]) + 2 * n)[:, n : 2 * n]
    begin, exit_, back = egress.by_origin(size[1])
    for d in range(size[1]):
        part = slice(begin[d], begin[d + 1])
        if begin[d + 1] > begin[d]:
            out[:, d] = (far[:, exit_[part]] + back[part]).min(axis=1)
    return out
