"""Door-to-door travel times between places: by rail with access, waiting and transfers, and by road."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.rail import door_to_door
from megaregion.core.sphere import great_circle_km, own_km
from megaregion.data.cluster import Cluster, units
from megaregion.errors import InputError, MissingDataError
from megaregion.links.hard.network import Leg, RailNetwork, TimesOptions, scenario_legs
from megaregion.result import Column, Input, Result

__all__ = ["Leg", "RailNetwork", "TimesOptions", "TimesResult", "scenario_legs", "skim", "times"]
Floats = NDArray[np.float64]


def times(
    cluster: Cluster,
    *,
    options: TimesOptions | None = None,
    origins: pd.DataFrame | None = None,
    destinations: pd.DataFrame | None = None,
    network: RailNetwork | None = None,
) -> TimesResult:
    """Door-to-door times between places of a cluster.

    Parameters
    ----------
    cluster : Cluster
    options : TimesOptions, optional
        Default: the table [options.times] of the workspace.
    origins, destinations : DataFrame, optional
        Rows of places; default the units of analysis, and the origins.
    network : RailNetwork, optional
        One already built for this cluster; then `options` are those of the network.

    Raises
    ------
    InputError
        An option, a service or a link cannot be used, or both `options` and `network` were given.
    MissingDataError
        A place lacks coordinates or area.

    Notes
    -----
    Rail: the least over boarding stops a and alighting stops b of ``access_oa + D_ab + access_bd``, with ``D``
    from `megaregion.core.rail.paths`. The faster of rail and road counts. The own time of a place is the road
    formula over two thirds of the radius of the circle of its area. Where the table `road_times` states minutes, these
    count instead of the formula.
    """
    if options is not None and network is not None:
        raise InputError("times takes either options or a network", hint="build the network with these options")
    net = RailNetwork.build(cluster, options) if network is None else network
    start = units(cluster) if origins is None else origins
    return skim(net, start, destinations)


def skim(network: RailNetwork, origins: pd.DataFrame, destinations: pd.DataFrame | None = None) -> TimesResult:
    """Times between places over a network.

    Parameters
    ----------
    network : RailNetwork
    origins, destinations : DataFrame
        Index `place_id`, columns lon, lat (and area_km2 where a place is on both sides). Default of destinations:
        the origins.

    Raises
    ------
    MissingDataError
        A place has no coordinates, or no area although its own time is asked for.
    """
    to = origins if destinations is None else destinations
    _complete(origins, to)
    options = network.options
    lon, lat = origins["lon"].to_numpy(float), origins["lat"].to_numpy(float)
    lon_to, lat_to = to["lon"].to_numpy(float), to["lat"].to_numpy(float)
    km = great_circle_km(lon[:, None], lat[:, None], lon_to[None, :], lat_to[None, :])
    access = network.access(lon, lat)
    egress = access if to is origins else network.access(lon_to, lat_to)
    rail, transfers = door_to_door(network.trips, access, egress)
    rail[np.isinf(rail)] = np.nan
    road = options.road_min(km)
    row, column = _own(origins.index, to.index)
    area = origins["area_km2"].to_numpy(float)[row] if len(row) else np.zeros(0)
    km[row, column] = 0.0
    rail[row, column], transfers[row, column] = np.nan, np.nan
    road[row, column] = options.road_min(own_km(area))
    stated = _stated(network.road_times, road, origins.index, to.index)

    def frame(values: Floats) -> pd.DataFrame:
        return pd.DataFrame(values, index=origins.index, columns=to.index)

    return TimesResult(
        time=frame(np.fmin(rail, road)), rail=frame(rail), road=frame(road), transfers=frame(transfers),
        great_circle=frame(km), options=options, timetable=network.timetable, added_legs=len(network.legs),
        stated_pairs=stated, warnings=_remarks(rail, row, len(network.stops), stated, network.road_times),
    )  # fmt: skip


def _stated(table: pd.DataFrame | None, road: Floats, origins: pd.Index[str], destinations: pd.Index[str]) -> int:
    """Put the minutes that the workspace states into `road`; how many pairs of different places they are."""
    if table is None or table.empty:
        return 0
    if (bad := ~(table["minutes"] > 0)).any():
        rows = ", ".join(
            f"{a} to {b}" for a, b in table.loc[bad, ["origin", "destination"]].head(5).itertuples(index=False)
        )
        raise InputError(f"road_times.minutes must be > 0, {int(bad.sum())} are not: {rows}", hint="correct the table")
    i, j = (at.get_indexer(pd.Index(table[c])) for at, c in ((origins, "origin"), (destinations, "destination")))
    known = (i >= 0) & (j >= 0)
    road[i[known], j[known]] = table["minutes"].to_numpy(float)[known]
    return int((known & (table["origin"] != table["destination"]).to_numpy()).sum())


def _own(origins: pd.Index[str], destinations: pd.Index[str]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Cells whose origin and destination are the same place."""
    found = destinations.get_indexer(origins)
    row = np.flatnonzero(found >= 0)
    return row, found[row]


def _complete(origins: pd.DataFrame, destinations: pd.DataFrame) -> None:
    problems = []
    for frame in (origins, destinations):
        if not frame.index.is_unique:
            problems.append(f"places repeat {', '.join(map(str, frame.index[frame.index.duplicated()][:5]))}")
        gaps = frame.index[frame[["lon", "lat"]].isna().any(axis=1)]
        if len(gaps):
            problems.append(f"places.lon, lat: missing for {len(gaps)} places: {', '.join(map(str, gaps[:5]))}")
    same = origins.index.intersection(destinations.index)
    if len(same):
        area = origins["area_km2"].reindex(same) if "area_km2" in origins else pd.Series(np.nan, same)
        bad = same[~(area > 0)]
        if len(bad):
            problems.append(
                f"places.area_km2: needed for the own time of {len(bad)} places: {', '.join(map(str, bad[:5]))}"
            )
    if problems:
        raise MissingDataError("; ".join(dict.fromkeys(problems)), hint="fill the cells in places.csv")


def _remarks(
    rail: Floats, row: NDArray[np.intp], stops: int, stated: int, table: pd.DataFrame | None
) -> tuple[str, ...]:
    pairs = rail.size - len(row)
    lost = int(np.isnan(rail).sum()) - len(row)
    out = []
    if not stops:
        out.append("there is no rail stop: every time is by road")
    elif lost and pairs:
        out.append(f"{lost} of {pairs} pairs have no way by rail and go by road")
    if table is not None and pairs:
        out.append(
            f"{stated} of {pairs} pairs have a stated time by road; the others have the formula of great circles"
        )
    return tuple(out)


_ENDS = {"place_id": ["{origin}", "{destination}"]}
_PLACES = Input("tables/places.csv", _ENDS)
_ROAD = Input("tables/road_times.csv", {"origin": "{origin}", "destination": "{destination}"})
_STOPS = Input("tables/nodes.csv", {"place_id": ["{origin}", "{destination}"]})


@dataclass(frozen=True, eq=False, kw_only=True)
class TimesResult(Result):
    """Door-to-door minutes between places.

    Attributes
    ----------
    time, rail, road : DataFrame
        Minutes, rows origin, columns destination; rail is NaN where no train leads; the diagonal of `time` and
        `road` is the time inside a place.
    transfers : DataFrame
        Changes between trains on the way by rail.
    great_circle : DataFrame
        Kilometres between the centres.
    stated_pairs : int
        Pairs whose time by road is that of the table `road_times`, not of the formula.
    """

    time: pd.DataFrame
    rail: pd.DataFrame
    road: pd.DataFrame
    transfers: pd.DataFrame
    great_circle: pd.DataFrame
    options: TimesOptions
    timetable: str
    added_legs: int = 0
    stated_pairs: int = 0

    title_en: ClassVar[str] = "Door-to-door travel times"
    title_zh: ClassVar[str] = "门到门出行时间"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("origin", "", "From", "起点", key=True),
        Column("destination", "", "To", "终点", key=True),
        Column("rail_min", "min", "By rail, door to door", "铁路门到门时间", modelled=True,
               formula="methods#times", inputs=(_PLACES, _STOPS, Input("tables/services.csv"))),
        Column("road_min", "min", "By road", "公路时间", modelled=True, formula="methods#times", inputs=(_PLACES,)),
        Column("time_min", "min", "Faster of the two", "较快者时间", modelled=True, formula="methods#times",
               inputs=(_PLACES, _STOPS, Input("tables/services.csv"))),
        Column("by", "", "Faster mode", "较快方式", modelled=True, formula="methods#times"),
        Column("transfers", "count", "Changes of train", "换乘次数", modelled=True, formula="methods#times",
               inputs=(_PLACES, _STOPS, Input("tables/services.csv"))),
        Column("great_circle_km", "km", "Great circle between centres", "中心间大圆距离",
               formula="methods#great-circle", inputs=(_PLACES,)),
    )  # fmt: skip

    def describe(self) -> tuple[Column, ...]:
        """Columns, with the table of stated times as an input where it was used."""
        if not self.stated_pairs:
            return self.columns
        return tuple(
            replace(column, inputs=(*column.inputs, _ROAD)) if column.name in ("road_min", "time_min") else column
            for column in self.columns
        )

    def to_frame(self) -> pd.DataFrame:
        """One row an ordered pair of different places."""
        origin = np.repeat(self.time.index.to_numpy(object), self.time.shape[1])
        destination = np.tile(self.time.columns.to_numpy(object), self.time.shape[0])
        rail, road = self.rail.to_numpy().ravel(), self.road.to_numpy().ravel()
        frame = pd.DataFrame(
            {
                "origin": origin, "destination": destination, "rail_min": rail, "road_min": road,
                "time_min": self.time.to_numpy().ravel(), "by": np.where(rail < road, "rail", "road"),
                "transfers": self.transfers.to_numpy().ravel(),
                "great_circle_km": self.great_circle.to_numpy().ravel(),
            }
        )  # fmt: skip
        return frame[frame["origin"] != frame["destination"]].reset_index(drop=True)

    def parameters(self) -> dict[str, Any]:
        """Options and timetable."""
        return {**asdict(self.options), "timetable": self.timetable, "added_legs": self.added_legs}

    def facts(self) -> dict[str, Any]:
        """How many pairs go by what, and how long they take."""
        frame = self.to_frame()
        row, column = _own(self.time.index, self.time.columns)
        own = self.time.to_numpy()[row, column]
        out: dict[str, Any] = {
            "pairs": len(frame),
            "pairs_by_rail": int((frame["by"] == "rail").sum()),
            "pairs_with_stated_road_time": self.stated_pairs,
            "pairs_by_road": int((frame["by"] == "road").sum()),
            "pairs_without_rail": int(frame["rail_min"].isna().sum()),
        }
        for name in ("rail_min", "time_min"):
            if frame[name].notna().any():
                out[f"{name}_median"] = float(frame[name].median())
                out[f"{name}_max"] = float(frame[name].max())
        if len(own):
            out["own_min_low"], out["own_min_high"] = float(own.min()), float(own.max())
        return out
