"""How well local services meet the main haul at its stations."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.data.feed_calls import DAY, EVENING
from megaregion.errors import InputError
from megaregion.links.hard.timetable import Timetable
from megaregion.result import Column, Result

_FORMULA = "methods#coordination"


def coordination(
    timetable: Timetable, main: Collection[str], local: Collection[str], *, early_min: float = 5.0,
    late_min: float = 20.0, stations: Collection[str] | None = None,
) -> CoordinationResult:  # fmt: skip
    """How well local services meet the main haul: departures with a local arrival shortly before, and the reverse.

    Parameters
    ----------
    timetable : Timetable
    main, local : collection of str
        Classes of service.
    early_min, late_min : float
        A local arrival counts if it is at least so many and at most so many minutes before the departure.
    stations : collection of str, optional
        Names or ids of the only stations looked at. Default: all of the main haul.

    Returns
    -------
    CoordinationResult
        By station with departures or arrivals of the main haul on the day. Missing where no local service calls.

    Raises
    ------
    InputError
        Classes do not run or are on both sides, the minutes are no interval, or there is no such station.
    """
    known = set(timetable.calls["service"].unique())
    problems = [f"{what} names classes that do not run: {', '.join(sorted(set(c) - known))}"
                for what, c in (("main", main), ("local", local)) if set(c) - known]  # fmt: skip
    if set(main) & set(local):
        problems.append(f"classes are both main and local: {', '.join(sorted(set(main) & set(local)))}")
    if not 0 <= early_min <= late_min <= EVENING / 60:
        problems.append(f"early_min and late_min must be an interval in 0 ... 60, got {early_min!r} to {late_min!r}")
    if problems:
        raise InputError("; ".join(problems), hint="classes: " + ", ".join(sorted(known)))
    low, high = round(60 * early_min), round(60 * late_min)
    long, short = (_events(timetable, classes) for classes in (main, local))
    name = timetable.stops["name"].reindex(sorted(set(timetable.stops["station"]), key=str))
    wanted = set(name.index if stations is None else timetable.stations_of(stations))
    rows = []
    for s, label in enumerate(name.index):
        if label not in wanted:
            continue
        out, back = (t[(t >= 0) & (t < DAY)] for t in (long.leaving(s), long.coming(s)))
        if not len(out) and not len(back):
            continue
        near, onward = short.coming(s), short.leaving(s)
        has = len(near) + len(onward) > 0
        rows.append({
            "station": str(name[label]),
            "main_departures": len(out),
            "met_share": _meets(out, near, -high, -low).mean() if has and len(out) else np.nan,
            "main_arrivals": len(back),
            "onward_share": _meets(back, onward, low, high).mean() if has and len(back) else np.nan,
        })  # fmt: skip
    table = pd.DataFrame(rows, columns=[col.name for col in CoordinationResult.columns])
    table = table.sort_values(["main_departures", "station"], ascending=[False, True], kind="stable")
    lost = int((table["met_share"].isna() & table["onward_share"].isna()).sum())
    said = (f"at {lost} of {len(table)} stations of the main haul no local service calls",) if lost else ()
    return CoordinationResult(
        table=table.reset_index(drop=True), main=tuple(sorted(main)), local=tuple(sorted(local)),
        interval=(early_min, late_min), timetable=timetable.label, warnings=(*said, *timetable.notes),
    )  # fmt: skip


class _Events(NamedTuple):
    """Departures and arrivals (seconds, sorted) with the number of the station."""

    tail: NDArray[np.int64]
    departure: NDArray[np.int64]
    head: NDArray[np.int64]
    arrival: NDArray[np.int64]

    def leaving(self, station: int) -> NDArray[np.int64]:
        return np.asarray(self.departure[self.tail == station])

    def coming(self, station: int) -> NDArray[np.int64]:
        return np.asarray(self.arrival[self.head == station])


def _events(timetable: Timetable, classes: Collection[str]) -> _Events:
    c, station = timetable.connections, timetable.station_numbers().astype(np.int64)
    mine = timetable.calls["service"].isin(classes).to_numpy()[c.call]
    leave, come = mine & c.board, mine & c.alight
    arrival = c.arrival[come].astype(np.int64)
    order = np.argsort(arrival, kind="stable")  # departures are in order as they are
    return _Events(station[c.tail[leave]], c.departure[leave].astype(np.int64), station[c.head[come]][order],
                   arrival[order])  # fmt: skip


def _meets(events: NDArray[np.int64], others: NDArray[np.int64], low: int, high: int) -> NDArray[np.bool_]:
    """Whether another event (sorted) lies in [event + low, event + high]."""
    return np.asarray(np.searchsorted(others, events + high, "right") > np.searchsorted(others, events + low, "left"))


@dataclass(frozen=True, eq=False, kw_only=True)
class CoordinationResult(Result):
    """Local services that meet the main haul, by station."""

    table: pd.DataFrame
    main: tuple[str, ...]
    local: tuple[str, ...]
    interval: tuple[float, float]
    timetable: str

    title_en: ClassVar[str] = "Coordination of local services with the main haul"
    title_zh: ClassVar[str] = "城际干线与市内交通时刻衔接"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("station", "", "Station", "车站", key=True),
        Column("main_departures", "count", "Departures of the main haul", "干线发车数"),
        Column("met_share", "share", "Share with a local arrival shortly before", "发车前有市内到达的比例",
               formula=_FORMULA),
        Column("main_arrivals", "count", "Arrivals of the main haul", "干线到达数"),
        Column("onward_share", "share", "Share with a local departure shortly after", "到达后有市内发车的比例",
               formula=_FORMULA),
    )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a station, the busiest first."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """Classes, interval, day."""
        return {"main": list(self.main), "local": list(self.local), "early_min": self.interval[0],
                "late_min": self.interval[1], "timetable": self.timetable}  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Shares over all departures and arrivals at stations where local services call."""
        out: dict[str, Any] = {"stations": len(self.table)}
        for share, number in (("met_share", "main_departures"), ("onward_share", "main_arrivals")):
            there = self.table[self.table[share].notna()]
            if there[number].sum() > 0:
                out[share] = float((there[share] * there[number]).sum() / there[number].sum())
        return out
