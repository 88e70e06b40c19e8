"""Calls of the vehicles of a GTFS feed on one day and its neighbours."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from megaregion.data.sources.gtfs import Feed
from megaregion.errors import InputError

DAY = 86_400  # seconds
EVENING = 3600  # seconds before midnight of which runs of the day before are kept, for what meets them after it
CALLS = ("trip", "run", "stop", "arrival", "departure", "board", "alight", "service", "network")


def feed_calls(feed: Feed, date: pd.Timestamp) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Calls of all trips of a day of service, of earlier ones still under way at 23 h before it, and of the day after.

    Parameters
    ----------
    feed : Feed
    date : Timestamp

    Returns
    -------
    calls : DataFrame
        Columns `CALLS`: arrival and departure in seconds after midnight of `date`; a run is one vehicle, which may be
        several trips one after the other: trips of one block, or pairs that transfers.txt names, whose second starts in
        the station where the first ends.
    notes : tuple of str

    Raises
    ------
    InputError
        No trip runs on that day.
    """
    day = pd.Timestamp(date).normalize()
    parts, counts = [], {}
    for offset in range(-days_under_way(60.0 * feed.stop_times["arrival_min"].max()), 2):
        part = _day_of_service(feed, day + pd.Timedelta(days=offset), offset)
        counts[offset] = part["trip"].nunique()
        if offset < 0 and len(part):
            last = part.groupby("run", sort=False)["arrival"].transform("max")
            part = part[last >= -EVENING]
        parts.append(part)
    if not counts[0]:
        dates = feed.active.loc[feed.active["service_id"].isin(feed.trips["service_id"]), "date"]
        span = f"{dates.min():%Y-%m-%d} to {dates.max():%Y-%m-%d}" if len(dates) else "no day at all"
        raise InputError(f"no trip runs on {day:%Y-%m-%d}", hint=f"the feed covers {span}; choose a day with service")
    notes = [] if counts[1] else ["the feed has no trip on the next day: journeys that need one are missing"]
    if not counts.get(-1, 1):
        notes.append("the feed has no trip on the day before: what runs past midnight into the day is missing")
    calls = pd.concat([p for p in parts if len(p)], ignore_index=True)
    calls["run"] = pd.factorize(calls["run"])[0]
    return calls[list(CALLS)], tuple(notes)


def days_under_way(latest: float) -> int:
    """How many days before a day trips may start that still count on it; `latest` arrival, seconds after midnight."""
    return int((latest + EVENING) // DAY) if latest == latest else 0


def _day_of_service(feed: Feed, day: pd.Timestamp, offset: int) -> pd.DataFrame:
    """Calls of the trips of one day of service, sorted by run and in the order of driving."""
    running = feed.active.loc[feed.active["date"] == day, "service_id"]
    trips = feed.trips[feed.trips["service_id"].isin(running)].sort_index()
    times = feed.stop_times[feed.stop_times["trip_id"].isin(trips.index)]
    if times.empty:
        return pd.DataFrame({c: pd.Series(dtype=object) for c in CALLS})
    calls = pd.DataFrame(
        {
            "trip": times["trip_id"].to_numpy(object), "stop": times["stop_id"].to_numpy(object),
            "arrival": np.rint(60.0 * times["arrival_min"].to_numpy(float)).astype(np.int64) + offset * DAY,
            "departure": np.rint(60.0 * times["departure_min"].to_numpy(float)).astype(np.int64) + offset * DAY,
            "board": times["board"].to_numpy(bool), "alight": times["alight"].to_numpy(bool),
            "service": times["trip_id"].map(trips["service"]).to_numpy(object),
            "network": times["trip_id"].map(trips["route_type"]).to_numpy(object) if "route_type" in trips else "",
        }
    )  # fmt: skip
    follower = _followers(feed, trips, calls)
    head, place = _chains(sorted(calls["trip"].unique()), follower)
    calls["run"] = f"{offset:+d} " + calls["trip"].map(head)
    calls["_place"] = calls["trip"].map(place)
    calls = calls.sort_values(["run", "_place"], kind="stable").reset_index(drop=True)
    inner = (calls["run"] == calls["run"].shift(-1)) & (calls["trip"] != calls["trip"].shift(-1))
    start = inner.shift(fill_value=False)
    # between two trips of one vehicle one stays seated: who wants to board does so at the second trip's own departure
    calls.loc[inner, "departure"], calls.loc[inner, "board"] = calls.loc[inner, "arrival"], False
    calls.loc[start, "arrival"], calls.loc[start, "alight"] = calls.loc[start, "departure"], False
    return calls.drop(columns="_place")


def _followers(feed: Feed, trips: pd.DataFrame, calls: pd.DataFrame) -> dict[str, str]:
    """The trip that a vehicle goes on with, passengers aboard."""
    first, last = calls.drop_duplicates("trip"), calls.drop_duplicates("trip", keep="last")
    places = (part["stop"].map(feed.stops["station"]).tolist() for part in (first, last))
    times = (first["departure"].tolist(), last["arrival"].tolist())
    ends = {trip: _Ends(*row) for trip, *row in zip(first["trip"].tolist(), *places, *times, strict=True)}
    stated = {kind: sorted(part[["trip", "next_trip"]].itertuples(index=False, name=None))
              for kind, part in feed.through.groupby("seated")}  # fmt: skip
    pairs = list(stated.get(True, ()))
    if "block" in trips:
        block = trips["block"].to_dict()
        order = sorted((block[t], e.departure, e.arrival, t) for t, e in ends.items() if block[t] != "")
        apart = set(stated.get(False, ()))
        pairs += [(a[3], b[3]) for a, b in pairwise(order) if a[0] == b[0] and (a[3], b[3]) not in apart]
    out: dict[str, str] = {}
    taken: set[str] = set()
    for one, two in pairs:
        if one in ends and two in ends and one not in out and two not in taken and ends[one].goes_on(ends[two]):
            out[one] = two
            taken.add(two)
    return out


class _Ends(NamedTuple):
    """Where and when a trip starts and ends."""

    start: str
    end: str
    departure: int
    arrival: int

    def goes_on(self, other: _Ends) -> bool:
        moves = self.departure < other.arrival  # two trips that take no time could each follow the other
        return self.end == other.start and self.arrival <= other.departure and moves


def _chains(trips: list[str], follower: dict[str, str]) -> tuple[dict[str, str], dict[str, int]]:
    """First trip of the vehicle that each trip belongs to, and its place in that chain."""
    head, place = {}, {}
    later = set(follower.values())
    for start in [t for t in trips if t not in later]:
        trip, at = start, 0
        while True:
            head[trip], place[trip] = start, at
            if trip not in follower:
                break
            trip, at = follower[trip], at + 1
    return head, place
