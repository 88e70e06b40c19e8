"""From places to the stops of a timetable and back, and the window of departures that is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from megaregion.core.connections import Ways
from megaregion.core.departure_windows import Window
from megaregion.core.sphere import great_circle_km
from megaregion.errors import AlignmentError, InputError, MissingDataError
from megaregion.links.hard.network import TimesOptions
from megaregion.links.hard.timetable import Timetable

Basis = Literal["straight line", "given"]


@dataclass(frozen=True, kw_only=True)
class DepartureWindow:
    """When travellers are ready to leave, and what journeys are looked for.

    Attributes
    ----------
    start_min, end_min : float
        Minutes after midnight of the day; departures are spread evenly from start to before end.
    percentiles : tuple of float
        In (0, 100].
    max_transfers : int
    penalty_min : float
        Minutes that a change weighs beyond its time in perceived times (published values are 5 to 15).
    """

    start_min: float = 0.0
    end_min: float = 1440.0
    percentiles: tuple[float, ...] = (5.0, 50.0, 95.0)
    max_transfers: int = 5
    penalty_min: float = 10.0

    def __post_init__(self) -> None:
        problems = []
        if not 0 <= self.start_min < self.end_min <= 1440:
            problems.append(f"a window must lie in 0 ... 1440 and end after it starts, got {self.start_min!r} to "
                            f"{self.end_min!r}")  # fmt: skip
        if not all(0 < p <= 100 for p in self.percentiles) or len(set(self.percentiles)) < len(self.percentiles):
            problems.append(f"percentiles must be different and in (0, 100], got {self.percentiles!r}")
        if not (isinstance(self.max_transfers, int) and 0 <= self.max_transfers <= 20):
            problems.append(f"max_transfers must be a whole number from 0 to 20, got {self.max_transfers!r}")
        if not (np.isfinite(self.penalty_min) and self.penalty_min >= 0):
            problems.append(f"penalty_min must be >= 0, got {self.penalty_min!r}")
        if problems:
            raise InputError("; ".join(problems))

    @property
    def seconds(self) -> Window:
        """The window in seconds."""
        return Window(round(60 * self.start_min), round(60 * self.end_min))


@dataclass(frozen=True, eq=False, kw_only=True)
class Doors:
    """Ways between the doors of places and stops.

    Attributes
    ----------
    places : Index
        place_id.
    ways : Ways
        From place (origin, row of `places`) to stop, seconds.
    basis : {'straight line', 'given'}
        Great circle x circuity at the speeds of `TimesOptions`, or minutes by road (or on foot) that were given.
    unreached : tuple of str
        Places from which no stop is within reach.
    """

    places: pd.Index[str]
    ways: Ways
    basis: Basis
    unreached: tuple[str, ...]


def doors(
    timetable: Timetable, places: pd.DataFrame, *, options: TimesOptions, minutes: pd.DataFrame | None = None
) -> Doors:
    """Ways from places to the stops that vehicles call at.

    Parameters
    ----------
    timetable : Timetable
    places : DataFrame
        Index place_id; columns lon, lat (degrees) unless `minutes` are given.
    options : TimesOptions
        Access by straight line: `TimesOptions.access_min`.
    minutes : DataFrame, optional
        Rows places, columns stop_id (those without a column are not used); NaN or inf where there is no way.

    Raises
    ------
    MissingDataError
        A place has no coordinates.
    AlignmentError
        `minutes` lack a place, have others, or name unknown stops.
    InputError
        Places repeat, or minutes are below zero.
    """
    if not places.index.is_unique:
        twice = places.index[places.index.duplicated()]
        raise InputError(f"places repeat {', '.join(map(str, twice[:5]))}")
    served = timetable.served()
    if minutes is None:
        gaps = places.index[~np.isfinite(places[["lon", "lat"]].to_numpy(float)).all(axis=1)]
        if len(gaps):
            raise MissingDataError(f"places.lon, lat: missing for {len(gaps)} places: {', '.join(map(str, gaps[:5]))}",
                                   hint="fill the cells in places.csv")  # fmt: skip
        lon, lat = places["lon"].to_numpy(float), places["lat"].to_numpy(float)
        stops = timetable.stops
        km = great_circle_km(lon[:, None], lat[:, None], stops["lon"].to_numpy(float), stops["lat"].to_numpy(float))
        table = options.access_min(km)
    else:
        table = _given(timetable, places.index, minutes)
    table = np.where(served[None, :], table, np.inf)
    lost = places.index[np.flatnonzero(~np.isfinite(table).any(axis=1))]
    return Doors(places=places.index, ways=Ways.of(table), basis="straight line" if minutes is None else "given",
                 unreached=tuple(map(str, lost)))  # fmt: skip


def _given(timetable: Timetable, places: pd.Index[str], minutes: pd.DataFrame) -> np.ndarray:
    problems = []
    differ = places.symmetric_difference(minutes.index)
    if len(differ) or not minutes.index.is_unique:
        problems.append(f"places and rows of minutes differ: {', '.join(map(str, differ[:5])) or 'repeated rows'}")
    unknown = minutes.columns.difference(timetable.stops.index)
    if len(unknown) or not minutes.columns.is_unique:
        problems.append(f"minutes name unknown stops: {', '.join(map(str, unknown[:5])) or 'repeated columns'}")
    if problems:
        raise AlignmentError("; ".join(problems))
    table = minutes.reindex(index=places, columns=timetable.stops.index).to_numpy(float)
    if (table < 0).any():
        raise InputError("minutes to stops must be >= 0")
    return np.where(np.isfinite(table), table, np.inf)
