"""Door-to-door journeys by rail and road as one graph of arcs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.rail import leg_costs
from megaregion.core.sphere import great_circle_km
from megaregion.data.cluster import Cluster
from megaregion.links.hard.network import RailNetwork, TimesOptions

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class DoorGraph:
    """Nodes: places where trips start, platforms, arrivals, places where trips end; and the arcs that are no legs.

    Attributes
    ----------
    nodes : int
    platform, arrival : int
        Number of the first platform and of the first arrival.
    start, end : ndarray of int, shape (n,)
    tail, head : ndarray of int, shape (m,)
        Access, changes, egress, roads.
    time : ndarray, shape (m,)
        Minutes.
    """

    nodes: int
    platform: int
    arrival: int
    start: Whole
    end: Whole
    tail: Whole
    head: Whole
    time: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class Legs:
    """Direct services between stops under the base timetable, and the legs that scenarios added.

    Attributes
    ----------
    rail : RailNetwork
    origin, destination : ndarray of int, shape (legs,)
        Numbers of stops.
    minutes : ndarray, shape (legs,)
        Wait and ride.
    """

    rail: RailNetwork
    origin: Whole
    destination: Whole
    minutes: Array

    @classmethod
    def of(cls, cluster: Cluster, options: TimesOptions | None = None) -> Legs:
        """Legs of a cluster.

        Raises
        ------
        InputError
            An option, a service or a link cannot be used.
        """
        rail = RailNetwork.build(cluster, options)  # checks every service and link of a scenario
        n, table = len(rail.stops), cluster.services
        if len(table):
            table = table[(table["timetable"] == rail.timetable) & (table["mode"] == "rail")]
        a, b, minutes = np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
        if len(table):
            pair = rail.stops.get_indexer(pd.Index(table["origin"])) * n
            pair = pair + rail.stops.get_indexer(pd.Index(table["destination"]))
            pairs, minutes = leg_costs(
                pair.astype(np.intp), table["services_per_day"].to_numpy(float),
                table["in_vehicle_min"].to_numpy(float), operating_min=rail.options.operating_min,
                cap_min=rail.options.wait_cap_min,
            )  # fmt: skip
            a, b = np.divmod(pairs.astype(np.int64), n)
        here = a != b  # a service that calls twice at one stop leads nowhere
        number = {stop: i for i, stop in enumerate(rail.stops)}
        added = [(number[leg.origin], number[leg.destination], leg.minutes) for leg in rail.legs]
        new = np.array(added, dtype=np.float64).reshape(-1, 3)
        return cls(
            rail=rail, origin=np.r_[a[here], new[:, 0].astype(np.int64)],
            destination=np.r_[b[here], new[:, 1].astype(np.int64)], minutes=np.r_[minutes[here], new[:, 2]],
        )  # fmt: skip

    @property
    def options(self) -> TimesOptions:
        """What travel costs outside the vehicle, and by road."""
        return self.rail.options

    @property
    def stops(self) -> pd.Index[str]:
        """node_id of the stops."""
        return self.rail.stops

    def names(self) -> list[str]:
        """``a--b`` of each leg, with ``+1``, ``+2`` for further legs of the same two stops (those of scenarios)."""
        plain = [f"{self.stops[a]}--{self.stops[b]}" for a, b in zip(self.origin, self.destination, strict=True)]
        seen: dict[str, int] = {}
        out = []
        for name in plain:
            seen[name] = seen.get(name, -1) + 1
            out.append(f"{name}+{seen[name]}" if seen[name] else name)
        return out

    def door_to_door(self, lon: Array, lat: Array) -> DoorGraph:
        """The graph between points (degrees, shape (n,)), all but the legs themselves.

        Places where trips start and end are different nodes, so that no way leads through a place; platforms and
        arrivals likewise, so that every two legs have a change between them.
        """
        n, s = lon.size, len(self.stops)
        first, last, platform, arrival = 0, n + 2 * s, n, n + s
        served = np.zeros(s, bool)
        served[self.origin], served[self.destination] = True, True
        access = np.where(served[None, :], self.rail.access(lon, lat), np.inf)
        change = np.where(served[:, None] & served[None, :], self.rail.trips.change, np.inf)
        km = great_circle_km(lon[:, None], lat[:, None], lon[None, :], lat[None, :])
        road = self.options.road_min(km)
        np.fill_diagonal(road, np.inf)
        tail, head, time = [], [], []
        for cost, at, to in (
            (access, first, platform), (change, arrival, platform), (access.T, arrival, last), (road, first, last)
        ):  # fmt: skip
            row, column = np.nonzero(np.isfinite(cost))
            tail.append(row + at)
            head.append(column + to)
            time.append(cost[row, column])
        return DoorGraph(
            nodes=2 * (n + s), platform=platform, arrival=arrival, start=np.arange(n), end=last + np.arange(n),
            tail=np.concatenate(tail), head=np.concatenate(head), time=np.concatenate(time),
        )  # fmt: skip
