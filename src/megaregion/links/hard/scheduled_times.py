"""Door-to-door times by timetable over a window of departures: percentiles, waits, changes, number of services."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion.core.connection_scan import profiles_to
from megaregion.core.departure_windows import WindowTimes, window_times
from megaregion.errors import InputError
from megaregion.links.hard.doors import DepartureWindow, Doors, doors
from megaregion.links.hard.network import TimesOptions
from megaregion.links.hard.timetable import Timetable
from megaregion.result import Column, Input, Result

_FORMULA = "methods#timetable"
_INPUTS = (Input("tables/places.csv", {"place_id": ["{origin}", "{destination}"]}),)


def scheduled_times(
    timetable: Timetable, origins: pd.DataFrame, destinations: pd.DataFrame | None = None, *,
    window: DepartureWindow | None = None, options: TimesOptions | None = None,
    minutes: tuple[pd.DataFrame, pd.DataFrame] | None = None, threads: int | None = None,
) -> ScheduledTimesResult:  # fmt: skip
    """Times between places for travellers who are ready to leave at any moment of a window.

    Parameters
    ----------
    timetable : Timetable
    origins, destinations : DataFrame
        Index place_id; columns lon, lat (degrees). Default of destinations: the origins.
    window : DepartureWindow, optional
        Default: the whole day.
    options : TimesOptions, optional
        Access and egress by straight line.
    minutes : tuple of two DataFrames, optional
        Minutes from origins to stops and from destinations to stops (those of the way back), by road for instance,
        instead of straight lines: `megaregion.links.hard.doors.doors`.
    threads : int, optional
        Default: one a processor; the result does not depend on it.

    Returns
    -------
    ScheduledTimesResult
        Waiting for the next useful departure counts, from the moment a traveller is ready. Pairs without a journey are
        missing (NaN) and counted in the warnings.

    Raises
    ------
    MissingDataError, AlignmentError, InputError
        See `megaregion.links.hard.doors.doors`.

    Notes
    -----
    Pareto journeys by connection scan (Dibbelt, Pajor, Strasser and Wagner 2018, ACM JEA 23, 1.7). Between useful
    departures the time falls by a minute a minute, so that percentiles and means are exact, not sampled.
    """
    span, choice = window or DepartureWindow(), options or TimesOptions()
    to = origins if destinations is None else destinations
    access = doors(timetable, origins, options=choice, minutes=None if minutes is None else minutes[0])
    egress = doors(timetable, to, options=choice, minutes=None if minutes is None else minutes[1])
    found = window_times(
        timetable.connections, access.ways, egress.ways, span.seconds,
        shares=np.asarray(span.percentiles) / 100.0, penalty=round(60 * span.penalty_min),
        max_transfers=span.max_transfers, size=(len(origins), len(to)), threads=threads,
    )  # fmt: skip
    return ScheduledTimesResult(
        origins=access.places, destinations=egress.places, times=found, window=span, options=choice,
        timetable=timetable.label, change_min=timetable.rules.change_min, basis=access.basis,
        warnings=(*_remarks(found, access, egress), *timetable.notes),
    )  # fmt: skip


def _remarks(found: WindowTimes, access: Doors, egress: Doors) -> tuple[str, ...]:
    out = []
    for what, side in (("origins", access), ("destinations", egress)):
        if side.unreached:
            out.append(f"{len(side.unreached)} {what} have no stop within reach: {', '.join(side.unreached[:5])}")
    other = access.places.to_numpy(object)[:, None] != egress.places.to_numpy(object)[None, :]
    none = int(((found.served == 0) & other).sum())
    part = int(((found.served > 0) & (found.served < 1) & other).sum())
    if none:
        out.append(f"{none} of {int(other.sum())} pairs have no journey in the window")
    if part:
        out.append(f"{part} of {int(other.sum())} pairs have none from a part of the window: means are over the rest, "
                   "percentiles that fall into it are missing")  # fmt: skip
    return tuple(out)


@dataclass(frozen=True, eq=False, kw_only=True)
class ScheduledTimesResult(Result):
    """Door-to-door minutes by timetable.

    Attributes
    ----------
    origins, destinations : Index
        place_id.
    times : WindowTimes
        Seconds, arrays (origins, destinations).
    window : DepartureWindow
    options : TimesOptions
    timetable : str
        Day.
    change_min : float
        Minutes of a change where the timetable states none.
    basis : str
        How access and egress were found.
    """

    origins: pd.Index[str]
    destinations: pd.Index[str]
    times: WindowTimes
    window: DepartureWindow
    options: TimesOptions
    timetable: str
    change_min: float
    basis: str

    title_en: ClassVar[str] = "Door-to-door times by timetable"
    title_zh: ClassVar[str] = "按时刻表的门到门时间"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""

        def column(name: str, unit: str, en: str, zh: str) -> Column:
            return Column(name, unit, en, zh, modelled=True, formula=_FORMULA, inputs=_INPUTS)

        return (
            Column("origin", "", "From", "起点", key=True),
            Column("destination", "", "To", "终点", key=True),
            *(column(_name(p), "min", f"{p:g} % of departures take at most", f"{p:g}%出发时刻的用时上限")
              for p in self.window.percentiles),
            column("mean_min", "min", "Mean, waiting included", "平均用时（含候车）"),
            column("fastest_min", "min", "Fastest journey, door to door", "最快行程（门到门）"),
            column("fastest_transfers", "count", "Changes of the fastest journey", "最快行程换乘次数"),
            column("mean_transfers", "count", "Mean changes of the earliest arrival", "最早到达的平均换乘次数"),
            column("departures", "count", "Useful departures in the window", "时段内有效出发班次"),
            column("journeys", "count", "Pareto journeys (departure, arrival, changes)", "帕累托行程数"),
            column("direct", "count", "Departures without a change", "直达班次"),
            column("served_share", "share", "Share of the window from which a journey leads", "有行程可达的时段比例"),
        )  # fmt: skip

    def matrix(self, column: str) -> pd.DataFrame:
        """One column as a table, rows origins, columns destinations; NaN on the diagonal and where nothing leads.

        Raises
        ------
        InputError
            There is no such column.
        """
        t = self.times
        seconds = {_name(p): t.percentiles[i] for i, p in enumerate(self.window.percentiles)}
        seconds |= {"mean_min": t.mean, "fastest_min": t.fastest}
        counts = {
            "fastest_transfers": t.fastest_transfers,
            "mean_transfers": t.mean_transfers,
            "departures": t.departures,
            "journeys": t.pareto,
            "direct": t.direct,
            "served_share": t.served,
        }
        if column not in seconds and column not in counts:
            raise InputError(f"there is no column {column!r}", hint="columns: " + ", ".join([*seconds, *counts]))
        values = seconds[column] / 60.0 if column in seconds else counts[column].copy()
        values[self.origins.to_numpy(object)[:, None] == self.destinations.to_numpy(object)[None, :]] = np.nan
        return pd.DataFrame(values, index=self.origins, columns=self.destinations)

    def to_frame(self) -> pd.DataFrame:
        """One row an ordered pair of different places."""
        origin = np.repeat(self.origins.to_numpy(object), len(self.destinations))
        destination = np.tile(self.destinations.to_numpy(object), len(self.origins))
        names = [c.name for c in self.describe()[2:]]
        values = {name: self.matrix(name).to_numpy().ravel() for name in names}
        frame = pd.DataFrame({"origin": origin, "destination": destination, **values})
        other: pd.DataFrame = frame[frame["origin"] != frame["destination"]]
        return other.reset_index(drop=True)

    def parameters(self) -> dict[str, Any]:
        """Window, options, day and basis."""
        return {**asdict(self.options), **asdict(self.window), "timetable": self.timetable,
                "change_min": self.change_min, "access": self.basis}  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """How many pairs are served, and medians over them."""
        frame = self.to_frame()
        out: dict[str, Any] = {
            "pairs": len(frame), "pairs_without_journey": int((frame["served_share"] == 0).sum()),
            "pairs_served_throughout": int((frame["served_share"] == 1).sum()),
        }  # fmt: skip
        for name in (*(_name(p) for p in self.window.percentiles), "mean_min", "fastest_min", "departures"):
            if frame[name].notna().any():
                out[f"{name}_median"] = float(frame[name].median())
        return out


def _name(percentile: float) -> str:
    """p05_min for 5, p2.5_min for 2.5."""
    return f"p{percentile:02.0f}_min" if percentile == round(percentile) else f"p{percentile:g}_min"


@dataclass(frozen=True, eq=False, kw_only=True)
class JourneysResult(Result):
    """Pareto journeys of a day between two stations."""

    table: pd.DataFrame
    origin: str
    destination: str
    timetable: str

    title_en: ClassVar[str] = "Journeys between two stations"
    title_zh: ClassVar[str] = "两站间行程"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("leave_min", "min", "Departure, minutes after midnight", "出发时刻", key=True, formula=_FORMULA),
        Column("arrive_min", "min", "Arrival", "到达", key=True, formula=_FORMULA),
        Column("transfers", "count", "Changes", "换乘次数", key=True, formula=_FORMULA),
        Column("time_min", "min", "Time on the way", "用时", formula=_FORMULA),
        Column("trips", "", "Trips", "车次"),
        Column("services", "", "Classes of service", "列车等级"),
        Column("changes_at", "", "Changes at", "换乘站"),
    )

    def to_frame(self) -> pd.DataFrame:
        """One row a journey, the earliest first."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """Stations and day."""
        return {"origin": self.origin, "destination": self.destination, "timetable": self.timetable}

    def facts(self) -> dict[str, Any]:
        """How many journeys there are, and the fastest."""
        out: dict[str, Any] = {"journeys": len(self.table), "direct": int((self.table["transfers"] == 0).sum())}
        if len(self.table):
            out["fastest_min"] = float(self.table["time_min"].min())
        return out


def journeys(
    timetable: Timetable, origin: str, destination: str, *, window: DepartureWindow | None = None
) -> JourneysResult:
    """All journeys between two stations that no other one beats in departure, arrival and changes.

    Parameters
    ----------
    timetable : Timetable
    origin, destination : str
        Name or id of any stop of the station.
    window : DepartureWindow, optional
        Default: departures of the whole day.

    Raises
    ------
    InputError
        There is no such station.
    """
    span = window or DepartureWindow()
    start, end = timetable.stops_of(origin), timetable.stops_of(destination)
    found = profiles_to(timetable.connections, end, np.zeros(len(end), int), start=span.seconds.start,
                        max_transfers=span.max_transfers)  # fmt: skip
    trip, service = (timetable.calls[c].to_numpy(object) for c in ("trip", "service"))
    station = timetable.calls["stop"].map(timetable.stops["station"]).map(timetable.stops["name"]).to_numpy(object)
    rows = []
    for j in found.journeys(start, np.zeros(len(start), int), start=span.seconds.start, end=span.seconds.end):
        first = [r.boarded for r in j.rides]
        rows.append(
            {"leave_min": j.leave / 60.0, "arrive_min": j.arrive / 60.0, "transfers": j.transfers,
             "time_min": (j.arrive - j.leave) / 60.0, "trips": " > ".join(trip[first]),
             "services": " > ".join(service[first]), "changes_at": "; ".join(str(s) for s in station[first[1:]])}
        )  # fmt: skip
    table = pd.DataFrame(rows, columns=[c.name for c in JourneysResult.columns])
    table = table.sort_values(["leave_min", "arrive_min", "transfers"], kind="stable").reset_index(drop=True)
    return JourneysResult(table=table, origin=origin, destination=destination, timetable=timetable.label,
                          warnings=timetable.notes)  # fmt: skip
