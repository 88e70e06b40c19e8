"""A timetable: what runs between which stops on a day, and how one changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.connections import Calls, Connections, Ways
from megaregion.core.sphere import great_circle_km, near_pairs
from megaregion.data.feed_calls import feed_calls
from megaregion.data.sources.gtfs import Feed
from megaregion.data.train_calls import table_calls
from megaregion.errors import InputError, MissingDataError
from megaregion.links.hard.network import TimesOptions

Index = NDArray[np.int32]


@dataclass(frozen=True, kw_only=True)
class ChangeRules:
    """How long a change takes where the timetable does not say.

    Attributes
    ----------
    change_min : float
        Minutes inside a station, from the arrival of one vehicle to the departure of the next.
    across_km : float
        Stations at most this far apart (great circle) can be changed between across town: `change_min` and the way by
        the ground formula of `TimesOptions`. 0: only what the timetable states.
    """

    change_min: float = 5.0
    across_km: float = 2.0

    def __post_init__(self) -> None:
        wrong = [f"{name} must be a number >= 0, got {value!r}" for name, value in vars(self).items()
                 if not (isinstance(value, (int, float)) and np.isfinite(value) and value >= 0)]  # fmt: skip
        if wrong:
            raise InputError("; ".join(wrong))


@dataclass(frozen=True, eq=False, kw_only=True)
class Timetable:
    """Runs between stops on one day, ready for queries.

    Attributes
    ----------
    stops : DataFrame
        Index stop_id; columns name, lon, lat (degrees), station (the stop that stands for the whole station).
    calls : DataFrame
        Row of the connections' calls; columns trip, service, network, stop.
    connections : Connections
        Seconds after midnight of the day; stops numbered as the rows of `stops`.
    label : str
        Date, or what the timetable is called.
    rules : ChangeRules
    notes : tuple of str
        What was left out or added.
    """

    stops: pd.DataFrame
    calls: pd.DataFrame
    connections: Connections
    label: str
    rules: ChangeRules
    notes: tuple[str, ...] = ()

    @classmethod
    def of_feed(
        cls, feed: Feed, date: pd.Timestamp | str, *, rules: ChangeRules | None = None,
        options: TimesOptions | None = None, services: Callable[[str], bool] | None = None,
    ) -> Timetable:  # fmt: skip
        """From a GTFS feed.

        Parameters
        ----------
        feed : Feed
        date : Timestamp or text
            Day of service; trips of days before that run past midnight and those of the day after are there too, so
            that a journey may last until the end of the next day.
        rules : ChangeRules, optional
        options : TimesOptions, optional
            For ways across town.
        services : callable, optional
            Which classes of service to keep; default all.

        Raises
        ------
        InputError
            No trip runs on that day (the error names the days of the feed).
        """
        if services is not None:
            kept = feed.trips[feed.trips["service"].map(services).astype(bool)]
            feed = Feed(**{**vars(feed), "trips": kept})
        day = pd.Timestamp(date)
        calls, notes = feed_calls(feed, day)
        return _assembled(cls, calls, feed.stops, (rules or ChangeRules(), options or TimesOptions()), feed.changes,
                          f"{day:%Y-%m-%d}", (*feed.notes, *notes))  # fmt: skip

    @classmethod
    def of_table(
        cls, table: pd.DataFrame, stops: pd.DataFrame, *, label: str = "every day", rules: ChangeRules | None = None,
        options: TimesOptions | None = None,
    ) -> Timetable:  # fmt: skip
        """From a light table of trains that run every day.

        Parameters
        ----------
        table : DataFrame
            Columns of the schema `train_calls`.
        stops : DataFrame
            Index stop (node_id); columns lon, lat; name and station where they are known.

        Raises
        ------
        InputError
            Times are missing or run backwards, a stop is not in `stops`; all listed.
        """
        name = stops["name"] if "name" in stops else pd.Series(stops.index, stops.index)
        station = stops["station"] if "station" in stops else pd.Series(stops.index, stops.index)
        problems = []
        for what, given in (("train_calls.stop", table["stop"].dropna()), ("stops.station", station)):
            if lost := sorted(set(given) - set(stops.index)):
                problems.append(f"{what}: {len(lost)} are not in the table of stops: {', '.join(map(str, lost[:5]))}")
        if problems:
            raise InputError("; ".join(problems), hint="add them to nodes.csv")
        frame = pd.DataFrame({"name": name, "lon": stops["lon"], "lat": stops["lat"], "station": station})
        both = (rules or ChangeRules(), options or TimesOptions())
        return _assembled(cls, table_calls(table), frame, both, None, label, ())

    def stops_of(self, station: str) -> Index:
        """Numbers of the stops of a station, given by the name or id of any of its stops.

        Raises
        ------
        InputError
            There is no such station.
        """
        found = self.stops.loc[(self.stops["name"] == station) | (self.stops.index == station), "station"]
        if found.empty:
            import difflib

            near = difflib.get_close_matches(station, [str(n) for n in self.stops["name"]], n=3)
            raise InputError(f"no stop is named {station!r}" + (f"; near: {', '.join(near)}" if near else ""))
        return np.flatnonzero(self.stops["station"].isin(found)).astype(np.int32)

    def stations_of(self, names: Iterable[str]) -> list[str]:
        """The stations that have these names or ids, in the order given.

        Raises
        ------
        InputError
            Some are no stations; all are listed.
        """
        found: list[str] = []
        problems = []
        for name in names:
            try:
                found.extend(self.stops["station"].iloc[self.stops_of(name)])
            except InputError as error:
                problems.append(error.message)
        if problems:
            raise InputError("; ".join(problems))
        return list(dict.fromkeys(found))

    def station_numbers(self) -> Index:
        """Number of the station of each stop, shape (stops,), in alphabetical order of the stations."""
        found = np.unique(self.stops["station"].to_numpy(str), return_inverse=True)[1]
        return np.asarray(found, dtype=np.int32)

    def served(self) -> NDArray[np.bool_]:
        """Which stops a vehicle calls at, shape (stops,)."""
        out = np.zeros(len(self.stops), dtype=bool)
        out[self.connections.tail] = True
        out[self.connections.head] = True
        return out

    def kinds(self, of_call: pd.Series) -> tuple[Index, tuple[str, ...]]:
        """Number of the kind of each connection, and the kinds in alphabetical order.

        Parameters
        ----------
        of_call : Series
            Kind of each row of `calls`.
        """
        names = tuple(sorted(set(of_call.astype(str))))
        number = pd.Index(names).get_indexer(pd.Index(of_call.astype(str))).astype(np.int32)
        return number[self.connections.call], names


def _assembled(
    cls: type[Timetable], calls: pd.DataFrame, stops: pd.DataFrame, given: tuple[ChangeRules, TimesOptions],
    changes: pd.DataFrame | None, label: str, notes: tuple[str, ...],
) -> Timetable:  # fmt: skip
    served = set(calls["stop"])
    heads = set(stops["station"].reindex(sorted(served)))
    stops = stops[stops.index.isin(served | heads)].sort_index()
    gaps = stops.index[~np.isfinite(stops[["lon", "lat"]].to_numpy(float)).all(axis=1)]
    if len(gaps):
        raise MissingDataError(f"stops lon, lat: missing for {len(gaps)} stops: {', '.join(map(str, gaps[:5]))}")
    number = pd.Series(np.arange(len(stops), dtype=np.int32), stops.index)[stops.index.isin(served)]
    stated = _by_precision(changes, stops["station"], served)
    numbers = [calls[c].to_numpy(np.int64).astype(np.int32) for c in ("run", "arrival", "departure")]
    connections = Connections.of(
        Calls(
            run=numbers[0], stop=stops.index.get_indexer(pd.Index(calls["stop"])).astype(np.int32), arrival=numbers[1],
            departure=numbers[2], board=calls["board"].to_numpy(bool), alight=calls["alight"].to_numpy(bool),
        ),
        _ways(stops, number, given, stated), stops=len(stops),
    )  # fmt: skip
    return cls(stops=stops, calls=calls[["trip", "service", "network", "stop"]], connections=connections, label=label,
               rules=given[0], notes=notes)  # fmt: skip


def _ways(stops: pd.DataFrame, number: pd.Series, given: tuple[ChangeRules, TimesOptions], stated: list[_Rule]) -> Ways:
    """Seconds of all changes: inside stations, across town, and as the timetable states.

    `number` gives the rows of the stops where something calls.
    """
    rules, options = given
    change = round(60.0 * rules.change_min)
    seconds: dict[tuple[int, int], int] = {}
    lon, lat = stops["lon"].to_numpy(float), stops["lat"].to_numpy(float)
    if rules.across_km > 0:
        rows = number.to_numpy()
        one, two, km = near_pairs(lon[rows], lat[rows], rules.across_km)
        walk = np.ceil(60.0 * options.ground_min(km)).astype(int) + change
        seconds.update({(int(a), int(b)): int(s) for a, b, s in zip(rows[one], rows[two], walk, strict=True)})
    for _, group in number.groupby(stops["station"].reindex(number.index)):
        seconds.update({(a, b): change for a in group for b in group})
    for rule in stated:
        for a in number.reindex(rule.origin).dropna().astype(int):
            for b in number.reindex(rule.destination).dropna().astype(int):
                if rule.kind == 3:
                    seconds.pop((a, b), None)
                elif np.isfinite(rule.seconds):
                    seconds[a, b] = int(np.ceil(rule.seconds))
                elif rule.kind == 1:
                    seconds[a, b] = 0  # the second vehicle waits for the first
                elif (a, b) not in seconds:
                    km_ab = great_circle_km(lon[a], lat[a], lon[b], lat[b])
                    seconds[a, b] = int(np.ceil(60.0 * options.ground_min(km_ab))) + change
    table = np.array([(a, b, s) for (a, b), s in sorted(seconds.items())], dtype=np.int32).reshape(-1, 3)
    return Ways(origin=table[:, 0], stop=table[:, 1], seconds=table[:, 2])


@dataclass(frozen=True)
class _Rule:
    origin: list[str]
    destination: list[str]
    kind: int
    seconds: float
    size: int = field(default=1)


def _by_precision(changes: pd.DataFrame | None, station: pd.Series, served: set[str]) -> list[_Rule]:
    """Rules of the timetable, those for whole stations first, so that those for single stops stand.

    A rule that names a stop where nothing calls is for all stops of that station.
    """
    if changes is None:
        return []
    members: dict[str, list[str]] = {}
    for stop, head in station.items():
        if head not in served:
            members.setdefault(str(head), []).append(str(stop))
    out = []
    columns = (changes[c].tolist() for c in ("from_stop", "to_stop", "kind", "seconds"))
    for start, end, kind, seconds in zip(*columns, strict=True):
        a, b = members.get(start, [start]), members.get(end, [end])
        out.append(_Rule(a, b, kind, seconds, len(a) * len(b)))
    return sorted(out, key=lambda r: -r.size)
