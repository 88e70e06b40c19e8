"""The way from places to the hubs of the main haul."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.errors import InputError
from megaregion.links.hard.doors import doors
from megaregion.links.hard.network import TimesOptions
from megaregion.links.hard.timetable import Timetable
from megaregion.result import Column, Result

_FORMULA = "methods#hub-access"


def hub_access(
    timetable: Timetable, places: pd.DataFrame, *, main: Collection[str] | None = None, departures: int = 10,
    stations: Collection[str] | None = None, options: TimesOptions | None = None, minutes: pd.DataFrame | None = None,
) -> HubAccessResult:  # fmt: skip
    """Minutes from places to the nearest hub: a station with enough departures of the main haul on the day.

    Parameters
    ----------
    timetable : Timetable
    places : DataFrame
        Index place_id; columns lon, lat (degrees), population where shares of people are wanted.
    main : collection of str, optional
        Classes of service that make a hub. Default: all.
    departures : int, default 10
        Departures a day that make a station a hub.
    stations : collection of str, optional
        Names or ids of the hubs, instead of that number.
    options, minutes
        Access by straight line, or minutes to the stops: `megaregion.links.hard.doors.doors`.

    Raises
    ------
    InputError
        No station has so many departures, or a hub that is named is no station of the main haul.
    """
    choice = options or TimesOptions()
    count = _events(timetable, timetable.calls["service"].isin(main) if main is not None else None)["departures"]
    number = count.groupby(timetable.stops.loc[count.index, "station"]).sum()
    if stations is not None:
        hubs = number.reindex(timetable.stations_of(stations), fill_value=0)
        if (hubs == 0).any():
            idle = timetable.stops.loc[hubs.index[hubs == 0], "name"]
            raise InputError(f"no departures of the main haul on the day: {', '.join(map(str, idle[:5]))}",
                             hint="name other hubs, or other classes of the main haul")  # fmt: skip
    else:
        hubs = number[number >= departures]
    if hubs.empty:
        raise InputError(f"no station has {departures} departures a day of the main haul",
                         hint=f"the most are {int(number.max()) if len(number) else 0}")  # fmt: skip
    ways = doors(timetable, places, options=choice, minutes=minutes)
    station = timetable.stops["station"].to_numpy(object)
    table = pd.DataFrame(
        {"place": ways.ways.origin, "hub": station[ways.ways.stop], "minutes": ways.ways.seconds / 60.0}
    )
    table = table[table["hub"].isin(hubs.index)].sort_values(["place", "minutes", "hub"], kind="stable")
    best = table.drop_duplicates("place").set_index("place").reindex(range(len(places)))
    name = best["hub"].map(timetable.stops["name"])
    frame = pd.DataFrame({
        "place_id": places.index.to_numpy(object), "hub": name.to_numpy(object),
        "access_min": best["minutes"].to_numpy(), "departures": best["hub"].map(hubs).to_numpy(float),
    })  # fmt: skip
    people = places["population"].to_numpy(float) if "population" in places else None
    lost = int(frame["access_min"].isna().sum())
    return HubAccessResult(
        table=frame, population=people, hubs=len(hubs), threshold=departures if stations is None else None,
        named=tuple(map(str, timetable.stops.loc[hubs.index, "name"])) if stations is not None else (),
        basis=ways.basis, options=choice,
        timetable=timetable.label, warnings=(f"{lost} places have no hub within reach",) if lost else (),
    )  # fmt: skip


def _events(timetable: Timetable, kept: pd.Series | None) -> pd.DataFrame:
    """Departures and arrivals of the day at each stop, of the calls kept."""
    c = timetable.connections
    ok = np.ones(len(timetable.calls), bool) if kept is None else kept.to_numpy(bool)
    mine = ok[c.call]
    leave = mine & c.board & (c.departure >= 0) & (c.departure < 86_400)
    come = mine & c.alight & (c.arrival >= 0) & (c.arrival < 86_400)
    n = len(timetable.stops)
    return pd.DataFrame({"departures": np.bincount(c.tail[leave], minlength=n),
                         "arrivals": np.bincount(c.head[come], minlength=n)}, index=timetable.stops.index)  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class HubAccessResult(Result):
    """Way to the nearest hub."""

    table: pd.DataFrame
    population: NDArray[np.float64] | None
    hubs: int
    threshold: int | None
    basis: str
    options: TimesOptions
    timetable: str
    named: tuple[str, ...] = ()

    title_en: ClassVar[str] = "Access to hubs"
    title_zh: ClassVar[str] = "枢纽可达性"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("place_id", "", "Place", "地区", key=True),
        Column("hub", "", "Nearest hub", "最近枢纽"),
        Column("access_min", "min", "Minutes to it", "到枢纽时间", modelled=True, formula=_FORMULA),
        Column("departures", "count", "Departures of the main haul a day", "每日干线班次", formula=_FORMULA),
    )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a place."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """Threshold or the hubs that are named, basis of the access, day."""
        return {**asdict(self.options), "departures": self.threshold, "stations": list(self.named),
                "access": self.basis, "timetable": self.timetable}  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Hubs, and the share of places (and people) within 30, 60 and 90 minutes of one."""
        minutes = self.table["access_min"].to_numpy(float)
        out: dict[str, Any] = {"hubs": self.hubs}
        for limit in (30, 60, 90):
            near = minutes <= limit
            out[f"places_{limit}_share"] = float(near.mean()) if len(near) else None
            if self.population is not None and np.nansum(self.population) > 0:
                out[f"people_{limit}_share"] = float(np.nansum(self.population[near]) / np.nansum(self.population))
        return out
