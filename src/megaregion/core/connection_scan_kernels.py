"""Compiled connection scans; imported where they are needed only, because it needs numba.

Times are whole seconds in 32 bits. `Scan` travels as one value, so that no kernel takes its dozen arrays one by one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

NEVER = np.int32(1 << 30)


class Scan(NamedTuple):
    """Arrays of `megaregion.core.connections.Connections`, in the order of scanning."""

    tail: Any
    head: Any
    departure: Any
    arrival: Any
    onward: Any
    run: Any
    board: Any
    alight: Any
    first: Any
    to: Any
    walk: Any
    base: Any


class Room(NamedTuple):
    """Room for the profile of one origin (latest departure first), and for the pieces of a window that it serves."""

    when: Any
    value: Any
    enter: Any
    last: Any
    lower: Any
    upper: Any


class Labels(NamedTuple):
    """What boarding each connection leads to, by number of rides that are still allowed: shapes (connections, legs)."""

    reach: Any
    leave: Any
    then: Any


@njit(cache=True, nogil=True)
def earliest(scan: Any, start: int, ready: Any, arrive: Any, entered: Any, last: Any, before: Any) -> None:
    """Scan forward from connection `start`.

    `ready` (stops,) holds when one can board first, `arrive` (stops,) is filled with the earliest alighting, `entered`
    (runs,) with the connection at which a run is boarded, `last` (stops,) with the connection that arrives, `before`
    (stops,) with the connection alighted from before boarding; all but `ready` are NEVER or -1 at first.
    """
    for c in range(start, scan.tail.size):
        r = scan.run[c]
        if entered[r] < 0:
            if not scan.board[c] or ready[scan.tail[c]] > scan.departure[c]:
                continue
            entered[r] = c
        v, t = scan.head[c], scan.arrival[c]
        if not scan.alight[c] or t >= arrive[v]:
            continue
        arrive[v], last[v] = t, c
        for f in range(scan.first[v], scan.first[v + 1]):
            w = scan.to[f]
            if t + scan.walk[f] < ready[w]:
                ready[w], before[w] = t + scan.walk[f], c


@njit(cache=True, nogil=True)
def backward(scan: Any, low: int, egress: Any, labels: Any, size: Any, when: Any, value: Any, enter: Any) -> None:
    """Scan back to connection `low`; fills `labels` for every connection from there on.

    `egress` (stops,) holds seconds from alighting to the destination, NEVER where there is no way. `size` (stops,),
    `when` (connections,), `value` and `enter` (connections, legs) hold the profile of each stop, latest departure
    first: a passenger who is at the stop by `when` arrives by `value`, having boarded connection `enter`.
    """
    reach, leave, then = labels
    legs = reach.shape[1]
    size[:] = 0
    for c in range(scan.tail.size - 1, low - 1, -1):
        following = scan.onward[c]
        for k in range(legs):
            if following >= 0:  # stay aboard
                reach[c, k], leave[c, k], then[c, k] = reach[following, k], leave[following, k], then[following, k]
            else:
                reach[c, k], leave[c, k], then[c, k] = NEVER, -1, -1
        if scan.alight[c]:
            v, t = scan.head[c], scan.arrival[c]
            if egress[v] < NEVER:
                for k in range(legs):
                    if t + egress[v] < reach[c, k]:
                        reach[c, k], leave[c, k], then[c, k] = t + egress[v], c, -1
            for f in range(scan.first[v], scan.first[v + 1]):
                w, by = scan.to[f], t + scan.walk[f]
                b = scan.base[w]
                if size[w] == 0 or when[b] < by:
                    continue
                i, j = 0, size[w]  # the earliest departure not before `by`
                while j - i > 1:
                    mid = (i + j) >> 1
                    if when[b + mid] >= by:
                        i = mid
                    else:
                        j = mid
                for k in range(1, legs):
                    if value[b + i, k - 1] < reach[c, k]:
                        reach[c, k], leave[c, k], then[c, k] = value[b + i, k - 1], c, enter[b + i, k - 1]
        if scan.board[c]:
            _add(scan.base[scan.tail[c]], scan.tail[c], c, scan.departure[c], reach, size, when, value, enter)


@njit(cache=True, nogil=True)
def _add(b: int, s: int, c: int, t: int, reach: Any, size: Any, when: Any, value: Any, enter: Any) -> None:
    """Put connection c into the profile of its stop, if no later departure is as good."""
    legs, n = reach.shape[1], size[s]
    useful = False
    for k in range(legs):
        if reach[c, k] < (value[b + n - 1, k] if n > 0 else NEVER):
            useful = True
    if not useful:
        return
    if n == 0 or when[b + n - 1] != t:
        for k in range(legs):
            value[b + n, k] = value[b + n - 1, k] if n > 0 else NEVER
            enter[b + n, k] = enter[b + n - 1, k] if n > 0 else -1
        when[b + n] = t
        n += 1
        size[s] = n
    for k in range(legs):
        if reach[c, k] < value[b + n - 1, k]:
            value[b + n - 1, k], enter[b + n - 1, k] = reach[c, k], c


@njit(cache=True, nogil=True)
def from_door(boards: Any, leaves: Any, reach: Any, low: int, when: Any, value: Any, enter: Any) -> int:
    """Profile of an origin from the connections that can be boarded there.

    `boards` are connections with `leaves` the seconds at which one must leave the door, latest first; those before
    connection `low` have no labels. Fills `when`, `value` and `enter` (latest first) and returns their number.
    """
    legs = reach.shape[1]
    n = 0
    for i in range(boards.size):
        c = boards[i]
        if c < low:
            continue
        useful = False
        for k in range(legs):
            if reach[c, k] < (value[n - 1, k] if n > 0 else NEVER):
                useful = True
        if not useful:
            continue
        if n == 0 or when[n - 1] != leaves[i]:
            for k in range(legs):
                value[n, k] = value[n - 1, k] if n > 0 else NEVER
                enter[n, k] = enter[n - 1, k] if n > 0 else -1
            when[n] = leaves[i]
            n += 1
        for k in range(legs):
            if reach[c, k] < value[n - 1, k]:
                value[n - 1, k], enter[n - 1, k] = reach[c, k], c
    return n


@njit(cache=True, nogil=True)
def _served(n: int, when: Any, start: int, end: int, last: Any, lower: Any, upper: Any) -> int:
    """Pieces of the window [start, end] and the row of the profile that each uses; returns their number.

    Someone ready at t in (lower, upper] leaves with row `last`; pieces run from late to early.
    """
    count = 0
    for i in range(n):
        high = min(when[i], end)
        low = max(when[i + 1], start) if i + 1 < n else start
        if high > low:
            last[count], lower[count], upper[count] = i, low, high
            count += 1
        if low <= start:
            break
    return count


@njit(cache=True, nogil=True)
def _within(count: int, last: Any, lower: Any, upper: Any, value: Any, seconds: Any) -> Any:
    """Seconds of the window from which the trip takes at most so long."""
    legs = value.shape[1]
    out = np.int64(0)
    for p in range(count):
        t = value[last[p], legs - 1]
        out += max(np.int64(0), np.int64(upper[p]) - max(np.int64(lower[p]), np.int64(t) - seconds))
    return out


@njit(cache=True, nogil=True)
def all_statistics(
    first: Any,
    boards: Any,
    leaves: Any,
    low: int,
    labels: Any,
    room: Any,
    window: Any,
    shares: Any,
    penalty: int,
    out: Any,
) -> None:
    """Statistics of every origin and one destination; `boards` and `leaves` of origin o stand from first[o] on."""
    for o in range(first.size - 1):
        a, b = first[o], first[o + 1]
        n = from_door(boards[a:b], leaves[a:b], labels.reach, low, room.when, room.value, room.enter)
        _statistics(n, room, window, shares, penalty, out[o])


@njit(cache=True, nogil=True)
def _statistics(n: int, room: Any, window: Any, shares: Any, penalty: int, out: Any) -> None:
    """Numbers of one pair over a window of departures, from its profile.

    `out` gets, in seconds: mean, fastest, perceived mean; then share of the window served, transfers of the fastest,
    mean transfers, useful departures, Pareto journeys, direct departures; then a percentile for each of `shares`.
    What nothing serves stays as it is (the caller fills NaN).
    """
    start, end = window
    when, value, _, last, lower, upper = room
    legs = value.shape[1]
    count = _served(n, when, start, end, last, lower, upper)
    length, area, felt, changes = np.int64(0), 0.0, 0.0, 0.0
    for p in range(count):
        i = last[p]
        wide, middle = np.int64(upper[p]) - lower[p], (np.int64(upper[p]) + lower[p]) / 2.0
        length += wide
        area += wide * (value[i, legs - 1] - middle)
        best = np.int64(NEVER) * 2
        fewest = legs - 1
        for k in range(legs - 1, -1, -1):
            if value[i, k] < NEVER:
                best = min(best, np.int64(value[i, k]) + penalty * k)
            if value[i, k] == value[i, legs - 1]:
                fewest = k
        felt += wide * (best - middle)
        changes += wide * fewest
    out[3] = length / (end - start)
    _counts(n, when, value, start, end, out)
    if length == 0:
        return
    out[0], out[2], out[5] = area / length, felt / length, changes / length
    for q in range(shares.size):
        need = shares[q] * (end - start)
        if length < need:
            continue
        a, b = np.int64(-1), np.int64(NEVER)  # the least whole seconds that enough of the window keeps to
        while b - a > 1:
            mid = (a + b) >> 1
            if _within(count, last, lower, upper, value, mid) >= need:
                b = mid
            else:
                a = mid
        out[9 + q] = b


@njit(cache=True, nogil=True)
def _counts(n: int, when: Any, value: Any, start: int, end: int, out: Any) -> None:
    """Fastest trip and how many journeys leave in [start, end)."""
    legs = value.shape[1]
    useful, pareto, direct, fastest = 0, 0, 0, np.int64(NEVER)
    for i in range(n):
        if when[i] < start:
            break
        if when[i] >= end:
            continue
        least = NEVER  # by fewer rides
        for k in range(legs):
            new = value[i, k] < (value[i - 1, k] if i > 0 else NEVER)
            if new and value[i, k] < least:
                pareto += 1
                direct += k == 0
                if np.int64(value[i, k]) - when[i] < fastest:
                    fastest, out[4] = np.int64(value[i, k]) - when[i], k
            least = min(least, value[i, k])
        useful += value[i, legs - 1] < (value[i - 1, legs - 1] if i > 0 else NEVER)
    if fastest < NEVER:
        out[1] = fastest
    out[6], out[7], out[8] = useful, pareto, direct


@njit(cache=True, nogil=True)
def all_parts(
    scan: Any, labels: Any, egress: Any, first: Any, boards: Any, leaves: Any, low: int, kinds: Any, room: Any,
    window: Any, weight: Any, out: Any, between: Any,
) -> None:  # fmt: skip
    """What the time of every origin and one destination consists of; see `_parts`."""
    for o in range(first.size - 1):
        a, b = first[o], first[o + 1]
        n = from_door(boards[a:b], leaves[a:b], labels.reach, low, room.when, room.value, room.enter)
        count = _served(n, room.when, window[0], window[1], room.last, room.lower, room.upper)
        for p in range(count):
            part = weight[o] * (room.upper[p] - room.lower[p]) / (window[1] - window[0])
            _parts(scan, labels, egress, kinds, room, p, part, out[o], between)


@njit(cache=True, nogil=True)
def _parts(
    scan: Any, labels: Any, egress: Any, kinds: Any, room: Any, p: int, part: float, out: Any, between: Any
) -> None:
    """Add the journey of piece p of a window: the earliest arrival, with fewest changes.

    `out` gets the sums over the window, in seconds x seconds: wait at the door, access, egress, changing, changes,
    served seconds, then rides by kind. `between` (4, kinds, kinds) gets demand x share of the window (`part`) of:
    changes, their seconds, those inside one station, passages without leaving the seat.
    """
    kind, station, _ = kinds
    i, k = room.last[p], room.value.shape[1] - 1
    wide = float(room.upper[p] - room.lower[p])
    while k > 0 and room.value[i, k - 1] == room.value[i, k]:
        k -= 1
    c = room.enter[i, k]
    out[0] += wide * (room.when[i] - (float(room.upper[p]) + float(room.lower[p])) / 2.0)
    out[1] += wide * (scan.departure[c] - room.when[i])
    out[5] += wide
    while True:
        off, after = labels.leave[c, k], labels.then[c, k]
        while True:  # ride, and what the train is on the way
            out[6 + kind[c]] += wide * (scan.arrival[c] - scan.departure[c])
            if c == off:
                break
            d = scan.onward[c]
            out[6 + kind[d]] += wide * (scan.departure[d] - scan.arrival[c])
            if kind[d] != kind[c]:
                between[3, kind[c], kind[d]] += part
            c = d
        if after < 0:
            out[2] += wide * egress[scan.head[off]]
            return
        spent = scan.departure[after] - scan.arrival[off]
        out[3] += wide * spent
        out[4] += wide
        a, b = kind[off], kind[after]
        between[0, a, b] += part
        between[1, a, b] += part * spent
        if station[scan.head[off]] == station[scan.tail[after]]:
            between[2, a, b] += part
        c = after
        k -= 1
