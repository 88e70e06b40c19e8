"""Public transport without a timetable of departures: direct legs, waiting, transfers, access.

The graph is the P-space of a network of services: an arc joins every two stops that one service joins without a
change, so that each further arc of a path is a transfer (Sen et al. 2003, Phys. Rev. E 67, 036106; von Ferber
et al. 2009, Eur. Phys. J. B 68, 261). Summing times between *consecutive* stops instead would make transfers free.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int32]


def wait_min(services_per_day: ArrayLike, *, operating_min: float, cap_min: float) -> Floats:
    """Expected wait ``min(cap, operating / (2 n))`` of someone who comes at random; the cap where n = 0."""
    n = np.asarray(services_per_day, dtype=float)
    with np.errstate(divide="ignore"):
        return np.asarray(np.minimum(cap_min, operating_min / (2.0 * n)))


def leg_costs(
    pair: NDArray[np.intp], services_per_day: Floats, in_vehicle_min: Floats, *, operating_min: float, cap_min: float
) -> tuple[NDArray[np.intp], Floats]:
    """Cheapest use of the classes of service that join each pair of stops.

    A traveller either waits for the fastest classes alone or also takes slower ones that come more often: with
    the classes of a pair sorted by minutes, the cost is the least over prefixes k of
    ``wait(n_1 + ... + n_k) + sum(n_c t_c) / sum(n_c)`` (the common-lines problem: Chriqui & Robillard 1975,
    Transportation Science 9, 115, for expected waits of half a headway, capped).

    Parameters
    ----------
    pair : ndarray of int, shape (m,)
        Number of the pair of stops that a class joins.
    services_per_day, in_vehicle_min : ndarray, shape (m,)
        Frequency (> 0) and mean minutes of each class.
    operating_min, cap_min : float
        Minutes of service a day; longest wait that people do not plan around.

    Returns
    -------
    pairs : ndarray of int, shape (q,)
        The pairs that occur, ascending.
    cost : ndarray, shape (q,)
        Minutes, waiting included.
    """
    order = np.lexsort((services_per_day, in_vehicle_min, pair))
    pair, n, t = pair[order], services_per_day[order], in_vehicle_min[order]
    pairs, start, size = np.unique(pair, return_index=True, return_counts=True)
    best = np.full(len(pairs), np.inf)
    trains, minutes = np.zeros(len(pairs)), np.zeros(len(pairs))
    for k in range(int(size.max(initial=0))):  # as many rounds as the pair with most classes has
        has = size > k
        row = start[has] + k
        trains[has] += n[row]
        minutes[has] += n[row] * t[row]
        cost = wait_min(trains[has], operating_min=operating_min, cap_min=cap_min) + minutes[has] / trains[has]
        best[has] = np.minimum(best[has], cost)
    return pairs, best


@dataclass(frozen=True, eq=False)
class Paths:
    """Cheapest journeys between stops, from before the first wait to the last alighting.

    Attributes
    ----------
    cost : ndarray, shape (n, n)
        Minutes; inf where no chain of services leads.
    boardings : ndarray of int, shape (n, n)
        Services used on the way; 0 where there is none.
    change : ndarray, shape (n, n)
        Minutes to change from an arrival at the row's stop to a departure from the column's; inf if too far.
    """

    cost: Floats
    boardings: Counts
    change: Floats

    def with_leg(self, origin: int, destination: int, minutes: float) -> Paths:
        """Paths when one more direct leg is offered, exactly and without solving again.

        As every step costs something, no cheapest path uses the new leg (u, v) twice; what remains is
        ``min(D_ab, E_a + leg + F_b)`` with ``E_a`` the way to a boarding at u (0 from u itself) and ``F_b`` the
        way from an alighting at v: a rank-one update of the (min, +) algebra.

        Parameters
        ----------
        origin, destination : int
            Stops that the leg joins, in this direction.
        minutes : float
            Wait and ride.
        """
        from megaregion.core import minplus

        reach = self.cost + self.change[:, origin][None, :]
        before, before_count = _least(reach, self.boardings, axis=1)
        before[origin], before_count[origin] = 0.0, 0
        leave = self.change[destination, :][:, None] + self.cost
        after, after_count = _least(leave, self.boardings, axis=0)
        after[destination], after_count[destination] = 0.0, 0
        cost, boardings = self.cost.copy(), self.boardings.copy()
        minplus.insert(cost, boardings, before, before_count, after, after_count, float(minutes))
        return Paths(cost, boardings, self.change)


def _least(values: Floats, counts: Counts, *, axis: int) -> tuple[Floats, Counts]:
    """Smallest value along an axis and, among equals, the smallest count."""
    low = values.min(axis=axis, initial=np.inf)
    tied = values == np.expand_dims(low, axis)
    big = np.iinfo(np.int32).max
    count = np.where(tied, counts, big).min(axis=axis, initial=big)
    return low, np.where(np.isfinite(low), count, 0).astype(np.int32)


def paths(leg: Floats, change: Floats) -> Paths:
    """Cheapest journeys between all stops: ``D = L + (M L)*`` in the (min, +) algebra.

    Parameters
    ----------
    leg : ndarray, shape (n, n)
        Minutes of the direct leg, waiting included, > 0; inf where there is none.
    change : ndarray, shape (n, n)
        Minutes of a change between two stops (the diagonal: within the stop), > 0; inf where not allowed.
    """
    from megaregion.core import minplus

    one = np.isfinite(leg).astype(np.int32)
    none = np.zeros_like(one)
    onward, boardings = minplus.product(change, none, leg, one)  # a change, then a ride
    minplus.close(onward, boardings)
    cost, count = minplus.product(leg, one, onward, boardings)
    direct = (leg < cost) | ((leg == cost) & np.isfinite(leg))
    return Paths(np.where(direct, leg, cost), np.where(direct, one, count).astype(np.int32), change)


def door_to_door(trips: Paths, access: Floats, egress: Floats) -> tuple[Floats, Floats]:
    """Cheapest journeys between places.

    Parameters
    ----------
    trips : Paths
        Between n stops.
    access : ndarray, shape (p, n)
        Minutes from each origin to each stop; inf if too far.
    egress : ndarray, shape (q, n)
        Minutes from each stop to each destination.

    Returns
    -------
    minutes : ndarray, shape (p, q)
        inf where there is no way.
    transfers : ndarray, shape (p, q)
        Changes between services; NaN where there is no way.
    """
    from megaregion.core import minplus

    used = np.isfinite(egress).any(axis=0)
    cost, boardings = trips.cost[:, used], trips.boardings[:, used]
    zero = np.zeros(access.shape, np.int32)
    board, count = minplus.product(access, zero, np.ascontiguousarray(cost), np.ascontiguousarray(boardings))
    exit_ = np.ascontiguousarray(egress[:, used].T)
    minutes, count = minplus.product(board, count, exit_, np.zeros(exit_.shape, np.int32))
    return minutes, np.where(np.isfinite(minutes), count - 1.0, np.nan)


def one_leg(leg: Floats, access: Floats) -> Floats:
    """Minutes between places by one direct service, ways to and from stops included; inf where none leads.

    Parameters
    ----------
    leg : ndarray, shape (n, n)
        Minutes of the direct leg, waiting included; inf where there is none.
    access : ndarray, shape (p, n)
        Minutes between each place and each stop; inf if too far.
    """
    from megaregion.core import minplus

    board, count = minplus.product(access, np.zeros(access.shape, np.int32), leg, np.zeros(leg.shape, np.int32))
    away = np.ascontiguousarray(access.T)
    minutes: Floats = minplus.product(board, count, away, np.zeros(away.shape, np.int32))[0]
    return minutes


def with_legs(trips: Paths, legs: Sequence[tuple[int, int, float]]) -> Paths:
    """Paths after several directed legs (origin, destination, minutes) are added, one after the other."""
    for origin, destination, minutes in legs:
        trips = trips.with_leg(origin, destination, minutes)
    return trips
