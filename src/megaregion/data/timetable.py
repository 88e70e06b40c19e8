"""What a timetable offers between stations: the ordinary day, direct services, the fastest ride."""

from __future__ import annotations

import difflib
from collections.abc import Callable

import numpy as np
import pandas as pd

from megaregion.data.sources.gtfs import Feed
from megaregion.errors import InputError

PAIR_COLUMNS = ("service", "origin", "destination", "services_per_day", "in_vehicle_min", "fastest_min")
_MIDWEEK = (1, 2, 3)  # Tuesday, Wednesday, Thursday
SLOW = " slow"  # ending of the class of rides that take much longer than the fastest of their class


def trips_by_day(feed: Feed) -> pd.Series:
    """Number of trips on each day with any service; index date, in order."""
    per_service = feed.trips["service_id"].value_counts()
    counts = feed.active["service_id"].map(per_service).fillna(0)
    return counts.groupby(feed.active["date"]).sum().astype("int64").sort_index()


def representative_day(feed: Feed) -> pd.Timestamp:
    """The most ordinary weekday of a feed.

    Rule: among all Tuesdays, Wednesdays and Thursdays with service, the day that shares most trips with
    the others: the largest mean of 2 |A and B| / (|A| + |B|) (Dice) over all of them; the earliest if two
    are equal. Public holidays, days of engineering works and seasonal timetables share less and lose.

    Raises
    ------
    InputError
        The feed runs on no Tuesday, Wednesday or Thursday.
    """
    per_service = feed.trips["service_id"].value_counts()
    active = feed.active[feed.active["date"].map(lambda d: d.weekday() in _MIDWEEK).astype(bool)]
    active = active[active["service_id"].isin(per_service.index)]
    if active.empty:
        raise InputError("the feed has no trip on any Tuesday, Wednesday or Thursday", hint="give a date of your own")
    day, days = pd.factorize(active["date"], sort=True)
    service, services = pd.factorize(active["service_id"], sort=True)
    runs = np.zeros((len(days), len(services)))
    runs[day, service] = 1.0
    shared = (runs * per_service.reindex(services).to_numpy(float)) @ runs.T
    size = np.diag(shared)
    alike = (2 * shared / (size[:, None] + size)).mean(axis=1)
    return pd.Timestamp(days[int(np.argmax(alike >= alike.max() - 1e-12))])


def direct_services(
    feed: Feed,
    date: pd.Timestamp,
    *,
    classes: Callable[[str], bool] | None = None,
    slow_ratio: float = 1.2,
) -> pd.DataFrame:
    """Direct services between stations on one day.

    Parameters
    ----------
    feed : Feed
    date : Timestamp
        A day of the feed; trips that start on this day count, also past midnight.
    classes : callable, optional
        Which classes of service to keep; default all.
    slow_ratio : float, default 1.2
        Rides that take more than this multiple of the fastest ride of their class and pair form a class of
        their own (``ICE slow``), so that a mean over both does not hide the fast ones.

    Returns
    -------
    DataFrame
        Columns service, origin, destination (station), services_per_day, in_vehicle_min (mean),
        fastest_min; sorted by origin, destination, service. A ride that another one overtakes (leaves no
        earlier and arrives no later) is no departure for a passenger and is not counted; this also makes
        one of the portions of a coupled train and of a train with two numbers.

    Raises
    ------
    InputError
        No trip runs on that day.
    """
    running = feed.active.loc[feed.active["date"] == pd.Timestamp(date), "service_id"]
    trips = feed.trips[feed.trips["service_id"].isin(running)]
    if classes is not None:
        trips = trips[trips["service"].map(classes)]
    times = feed.stop_times[feed.stop_times["trip_id"].isin(trips.index)]
    if times.empty:
        span = f"{feed.active['date'].min():%Y-%m-%d} to {feed.active['date'].max():%Y-%m-%d}"
        raise InputError(
            f"no trip runs on {pd.Timestamp(date):%Y-%m-%d}", hint=f"the feed covers {span}; choose a day with service"
        )
    pairs = _pairs(times, feed.stops["station"])
    pairs["service"] = pairs["trip_id"].map(trips["service"])
    pairs["arrival"] = pairs["departure"] + pairs["minutes"]
    pair = ["origin", "destination"]
    pairs = pairs.sort_values(
        [*pair, "departure", "arrival", "service"], ascending=[True, True, False, True, True], kind="stable"
    )
    best = pairs.groupby(pair, sort=False)["arrival"].cummin()
    before = best.groupby([pairs["origin"], pairs["destination"]], sort=False).shift()
    pairs = pairs[before.isna() | (pairs["arrival"] < before)]
    quickest = pairs.groupby([*pair, "service"])["minutes"].transform("min")
    pairs["service"] = pairs["service"].where(pairs["minutes"] <= slow_ratio * quickest, pairs["service"] + SLOW)
    out = pairs.groupby(["origin", "destination", "service"], sort=True, as_index=False).agg(
        services_per_day=("minutes", "size"), in_vehicle_min=("minutes", "mean"), fastest_min=("minutes", "min")
    )
    return out[list(PAIR_COLUMNS)].astype({"services_per_day": "float64"})


def fastest_direct(feed: Feed, from_name: str, to_name: str) -> float:
    """Minutes of the fastest direct ride between two stations over all days of the feed.

    Parameters
    ----------
    from_name, to_name : str
        Names of stops; every stop of the same station counts.

    Raises
    ------
    InputError
        A name is not in the feed, or no trip goes from one to the other.
    """
    stations, problems = [], []
    for name in (from_name, to_name):
        found = feed.stops.loc[feed.stops["name"] == name, "station"]
        if found.empty:
            near = difflib.get_close_matches(name, [str(n) for n in feed.stops["name"]], n=3)
            problems.append(f"no stop is named {name!r}" + (f"; near: {', '.join(near)}" if near else ""))
        stations.append(set(found))
    if problems:
        raise InputError("; ".join(problems), hint="write the name as in stops.txt")
    station = feed.stop_times["stop_id"].map(feed.stops["station"])
    used = feed.trips.index[feed.trips["service_id"].isin(feed.active["service_id"].unique())]
    here = feed.stop_times[station.isin(stations[0] | stations[1]) & feed.stop_times["trip_id"].isin(used)]
    pairs = _pairs(here, feed.stops["station"])
    pairs = pairs[pairs["origin"].isin(stations[0]) & pairs["destination"].isin(stations[1])]
    if pairs.empty:
        raise InputError(f"no direct trip from {from_name!r} to {to_name!r}", hint="look for a trip with a transfer")
    return float(pairs["minutes"].min())


def _pairs(times: pd.DataFrame, station: pd.Series) -> pd.DataFrame:
    """Every (boarding, later alighting) pair of every trip; `times` sorted by trip and sequence."""
    codes = pd.factorize(times["trip_id"])[0]
    n = len(codes)
    last = np.r_[np.flatnonzero(np.diff(codes)), n - 1][codes] if n else np.empty(0, int)
    ahead = last - np.arange(n)
    start = np.repeat(np.arange(n), ahead)
    end = np.arange(len(start)) - np.repeat(np.cumsum(ahead) - ahead, ahead) + start + 1
    stations = times["stop_id"].map(station).to_numpy(object)
    departure, arrival = times["departure_min"].to_numpy(float), times["arrival_min"].to_numpy(float)
    keep = (
        (stations[start] != stations[end]) & times["board"].to_numpy(bool)[start] & times["alight"].to_numpy(bool)[end]
    )
    start, end = start[keep], end[keep]
    return pd.DataFrame(
        {
            "trip_id": times["trip_id"].to_numpy(object)[start],
            "origin": stations[start],
            "destination": stations[end],
            "departure": departure[start],
            "minutes": arrival[end] - departure[start],
        }
    )
