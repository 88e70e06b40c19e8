"""Rail journeys between stops: the options of travel, the network of one timetable, added legs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from megaregion.core.rail import Paths, leg_costs, paths, with_legs
from megaregion.core.sphere import great_circle_km
from megaregion.data.cluster import Cluster
from megaregion.data.option_keys import require_known
from megaregion.errors import InputError

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class TimesOptions:
    """What travel costs outside the vehicle, and by road; the table [options.times] of workspace.toml.

    Attributes
    ----------
    wait_cap_min, operating_min : float
        Wait for n services a day is ``min(wait_cap_min, operating_min / (2 n))``.
    transfer_min : float
        Minutes of a change, before the wait for the next service.
    change_limit_km : float
        Stops at most this far apart (great circle) can be changed between across town.
    ground_circuity, ground_slow_km, ground_slow_kmh, ground_fast_kmh : float
        Way between places and stops: great circle x circuity; its first kilometres at the slow speed.
    access_fixed_min : float
        Minutes at each end for leaving, finding the platform and margin.
    access_limit_km : float
        Stops farther than this (great circle) are not used.
    road_circuity, road_speed_kmh, road_fixed_min : float
        Road door to door: great circle x circuity / speed + fixed.
    """

    wait_cap_min: float = 30.0
    operating_min: float = 960.0
    transfer_min: float = 15.0
    change_limit_km: float = 25.0
    ground_circuity: float = 1.3
    ground_slow_km: float = 15.0
    ground_slow_kmh: float = 25.0
    ground_fast_kmh: float = 60.0
    access_fixed_min: float = 10.0
    access_limit_km: float = 100.0
    road_circuity: float = 1.3
    road_speed_kmh: float = 70.0
    road_fixed_min: float = 15.0

    def __post_init__(self) -> None:
        positive = {"operating_min", "transfer_min", "ground_slow_kmh", "ground_fast_kmh", "road_speed_kmh"}
        problems = []
        for name, value in asdict(self).items():
            number = isinstance(value, (int, float)) and not isinstance(value, bool) and np.isfinite(value)
            low = 1.0 if name.endswith("circuity") else 0.0
            if not number or value < low or (name in positive and value <= 0):
                bound = "> 0" if name in positive else f">= {low:g}"
                problems.append(f"options.times.{name} must be a number {bound}, got {value!r}")
        if problems:
            raise InputError("; ".join(problems), hint="correct the table [options.times] of workspace.toml")

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> TimesOptions:
        """From the table [options.times].

        Raises
        ------
        InputError
            A key is unknown or a value is out of range; all are listed.
        """
        require_known(options, [f.name for f in fields(cls)], "times")
        return cls(**options)

    def ways(self) -> str:
        """Ways between places and stops, and between stops, in words."""
        slow = f"{self.ground_slow_kmh:g} km/h"
        speed = slow if self.ground_slow_km >= self.access_limit_km * self.ground_circuity else (
            f"{self.ground_fast_kmh:g} km/h, the first {self.ground_slow_km:g} km at {slow}")  # fmt: skip
        return (f"great circle x {self.ground_circuity:g} at {speed}; {self.access_fixed_min:g} min at each end; "
                f"stations up to {self.access_limit_km:g} km away")  # fmt: skip

    def ground_min(self, great_circle: ArrayLike) -> Floats:
        """Minutes between two points of one town: slow streets first, then main roads (km, great circle)."""
        way = np.asarray(great_circle, dtype=float) * self.ground_circuity
        slow = np.minimum(way, self.ground_slow_km)
        return np.asarray(60.0 * (slow / self.ground_slow_kmh + (way - slow) / self.ground_fast_kmh))

    def access_min(self, great_circle: ArrayLike) -> Floats:
        """Minutes from a place to a stop or back; inf beyond the limit."""
        km = np.asarray(great_circle, dtype=float)
        return np.where(km <= self.access_limit_km, self.ground_min(km) + self.access_fixed_min, np.inf)

    def change_min(self, great_circle: ArrayLike) -> Floats:
        """Minutes of a change between two stops (0 km: the same stop); inf beyond the limit."""
        km = np.asarray(great_circle, dtype=float)
        return np.where(km <= self.change_limit_km, self.ground_min(km) + self.transfer_min, np.inf)

    def road_min(self, great_circle: ArrayLike) -> Floats:
        """Minutes by road, door to door."""
        km = np.asarray(great_circle, dtype=float)
        return np.asarray(60.0 * km * self.road_circuity / self.road_speed_kmh + self.road_fixed_min)


# On foot in a city: stations up to 2 km away, and no margin
ON_FOOT = TimesOptions(access_fixed_min=0.0, access_limit_km=2.0, change_limit_km=2.0, ground_circuity=1.3,
                       ground_slow_km=100.0, ground_slow_kmh=4.8)  # fmt: skip


class Leg(NamedTuple):
    """A direct service in one direction; `minutes` include the wait."""

    origin: str
    destination: str
    minutes: float


@dataclass(frozen=True, eq=False, kw_only=True)
class RailNetwork:
    """Cheapest rail journeys between all stops of a cluster under one timetable.

    Attributes
    ----------
    stops : Index
        node_id of every rail stop of the cluster, served or not.
    lon, lat : ndarray, shape (n,)
        Degrees.
    trips : Paths
        Minutes and boardings between the stops.
    options : TimesOptions
    timetable : str
    legs : tuple of Leg
        Legs of scenarios that are already in.
    road_times : DataFrame, optional
        Columns origin, destination, minutes: times by road that the workspace states (table `road_times`).
    """

    stops: pd.Index[str]
    lon: Floats
    lat: Floats
    trips: Paths
    options: TimesOptions
    timetable: str
    legs: tuple[Leg, ...] = ()
    road_times: pd.DataFrame | None = None

    @classmethod
    def build(cls, cluster: Cluster, options: TimesOptions | None = None) -> RailNetwork:
        """Network of the base timetable of `cluster` and of the links that scenarios added.

        Parameters
        ----------
        cluster : Cluster
        options : TimesOptions, optional
            Default: the table [options.times] of the workspace.

        Raises
        ------
        InputError
            Services or links name stops that are not there, or have no frequency or minutes above zero.
        """
        options = TimesOptions.of(cluster.options.get("times", {})) if options is None else options
        nodes, leg, change = direct_legs(cluster, options)
        base = cls(
            stops=nodes.index, lon=nodes["lon"].to_numpy(float), lat=nodes["lat"].to_numpy(float),
            trips=paths(leg, change), options=options, timetable=str(cluster.attrs.get("timetable", "")),
            road_times=cluster.further.get("road_times"),
        )  # fmt: skip
        return base.with_legs(scenario_legs(cluster))

    def with_legs(self, legs: Iterable[Leg]) -> RailNetwork:
        """The network with more direct legs: exact, by updates in closed form instead of a new solution.

        Raises
        ------
        InputError
            A leg names a stop that is not there.
        """
        new = tuple(legs)
        if not new:
            return self
        lost = sorted({s for leg in new for s in (leg.origin, leg.destination)} - set(self.stops))
        if lost:
            raise InputError(f"legs name stops that are not rail stops of nodes.csv: {', '.join(lost[:5])}")
        number = {stop: i for i, stop in enumerate(self.stops)}
        trips = with_legs(self.trips, [(number[a], number[b], minutes) for a, b, minutes in new])
        return replace(self, trips=trips, legs=self.legs + new)

    def updated(self, cluster: Cluster, built_for: Cluster) -> RailNetwork:
        """The network of `cluster`, given that this one was built for `built_for`.

        Only added links are taken in by the closed form; any other difference (timetable, stops, services)
        leads to a new build.
        """
        old, new = scenario_legs(built_for), scenario_legs(cluster)
        same = cluster.services is built_for.services and cluster.nodes is built_for.nodes
        same = same and cluster.further.get("road_times") is built_for.further.get("road_times")
        same = same and str(cluster.attrs.get("timetable", "")) == self.timetable
        if same and new[: len(old)] == old and self.legs == old:
            return self.with_legs(new[len(old) :])
        return RailNetwork.build(cluster, self.options)

    def access(self, lon: Floats, lat: Floats) -> Floats:
        """Minutes from points (degrees, shape (p,)) to the stops, shape (p, n); inf beyond the limit."""
        km = great_circle_km(lon[:, None], lat[:, None], self.lon[None, :], self.lat[None, :])
        return self.options.access_min(km)


def direct_legs(cluster: Cluster, options: TimesOptions) -> tuple[pd.DataFrame, Floats, Floats]:
    """Direct services and changes between the rail stops of a cluster under its timetable.

    Returns
    -------
    nodes : DataFrame
        Rows of nodes.csv, in the order of the arrays.
    leg : ndarray, shape (n, n)
        Minutes of the direct leg, waiting included; inf where there is none.
    change : ndarray, shape (n, n)
        Minutes of a change between two stops; inf beyond the limit.

    Raises
    ------
    InputError
        Services name stops that are not there, or have no frequency or minutes above zero.
    """
    nodes = cluster.nodes[cluster.nodes["mode"] == "rail"].sort_index()
    services = _services(cluster, str(cluster.attrs.get("timetable", "")), nodes)
    lon, lat = nodes["lon"].to_numpy(float), nodes["lat"].to_numpy(float)
    apart = great_circle_km(lon[:, None], lat[:, None], lon[None, :], lat[None, :])
    return nodes, _direct(services, nodes.index, options), options.change_min(apart)


def scenario_legs(cluster: Cluster) -> tuple[Leg, ...]:
    """Legs of the links that scenarios added (status `scenario`), both directions unless one-way.

    Raises
    ------
    InputError
        Such a link has no minutes or no headway.
    """
    links = cluster.links
    if "status" not in links.columns:
        return ()
    rows = links[(links["status"] == "scenario") & (links["mode"] == "rail")]
    if rows.empty:
        return ()
    minutes = rows["time_min"].astype(float) + rows["headway_min"].astype(float) / 2.0
    bad = rows.index[~(minutes > 0)]
    if len(bad):
        raise InputError(
            f"links: time_min and headway_min are needed for links of scenarios: {', '.join(map(str, bad[:5]))}"
        )
    oneway = rows["oneway"].map(lambda v: v is True).to_numpy() if "oneway" in rows.columns else None
    out = []
    for i, (a, b, m) in enumerate(zip(rows["from_node"], rows["to_node"], minutes, strict=True)):
        out.append(Leg(str(a), str(b), float(m)))
        if oneway is None or not oneway[i]:
            out.append(Leg(str(b), str(a), float(m)))
    return tuple(out)


def _services(cluster: Cluster, timetable: str, nodes: pd.DataFrame) -> pd.DataFrame:
    table = cluster.services
    problems = []
    known = sorted(set(table["timetable"].astype(str))) if len(table) else []
    if known and timetable not in known:
        problems.append(f"services.timetable: no rows of {timetable!r} (there: {', '.join(known)})")
    rows = table[(table["timetable"] == timetable) & (table["mode"] == "rail")] if len(table) else table
    if len(rows):
        named = pd.unique(pd.concat([rows["origin"], rows["destination"]]))
        lost = sorted(str(s) for s in named if s not in nodes.index)
        if lost:
            problems.append(
                f"services name {len(lost)} stops that are no rail stops of nodes.csv: {', '.join(lost[:5])}"
            )
        for name in ("services_per_day", "in_vehicle_min"):
            value = rows[name].to_numpy(float)
            bad = rows.index[~((value > 0) & np.isfinite(value))]
            if len(bad):
                problems.append(f"services.{name} must be > 0, {len(bad)} rows are not, first: row {bad[0]}")
    if problems:
        raise InputError("; ".join(problems), hint="run the data doctor: megaregion check")
    return rows


def _direct(services: pd.DataFrame, stops: pd.Index[str], options: TimesOptions) -> Floats:
    """Minutes of the direct leg between every two stops, waiting included."""
    n = len(stops)
    leg = np.full((n, n), np.inf)
    if services.empty:
        return leg
    start = stops.get_indexer(pd.Index(services["origin"])).astype(np.intp)
    end = stops.get_indexer(pd.Index(services["destination"])).astype(np.intp)
    pair = start * n + end
    pairs, cost = leg_costs(
        pair, services["services_per_day"].to_numpy(float), services["in_vehicle_min"].to_numpy(float),
        operating_min=options.operating_min, cap_min=options.wait_cap_min,
    )  # fmt: skip
    leg.reshape(-1)[pairs] = cost
    np.fill_diagonal(leg, np.inf)  # a service that calls twice at one stop leads nowhere
    return leg
