"""What the time between two doors consists of, and how much of it is not the main haul."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.departure_windows import Kinds, window_parts, window_times
from megaregion.errors import InputError
from megaregion.links.hard.demand import pair_demand
from megaregion.links.hard.doors import DepartureWindow, doors
from megaregion.links.hard.network import TimesOptions
from megaregion.links.hard.timetable import Timetable
from megaregion.result import Column, Input, Result

_FORMULA = "methods#door-to-door"
_PAIR = (Input("tables/places.csv", {"place_id": ["{origin}", "{destination}"]}),)


def door_to_door(
    timetable: Timetable, origins: pd.DataFrame, destinations: pd.DataFrame | None = None, *,
    main: Collection[str] | None = None, demand: pd.DataFrame | None = None, window: DepartureWindow | None = None,
    options: TimesOptions | None = None,
) -> DoorToDoorResult:  # fmt: skip
    """What the time between places consists of, and how much of it is not the main haul.

    Parameters
    ----------
    timetable : Timetable
    origins, destinations : DataFrame
        Index place_id; columns lon, lat (degrees). Default of destinations: the origins.
    main : collection of str, optional
        Classes of service of the main haul (ICE, G ...); rides on others are feeders. Default: every ride is.
    demand : DataFrame, optional
        Travellers, rows origins, columns destinations, >= 0: weights of the headline numbers. Default: one a pair.
    window : DepartureWindow, optional
        Default: the whole day.
    options : TimesOptions, optional
        Access and egress by straight line.

    Returns
    -------
    DoorToDoorResult
        Means over the departures of the window, of the journey that arrives earliest with fewest changes. The share
        off the main haul is 1 - main / (access + feeders + main + changing + egress); the wait at the door before
        leaving is shown apart, because people spend it at home.

    Raises
    ------
    InputError
        `main` names classes that do not run, or the demand does not fit.
    """
    span, choice = window or DepartureWindow(), options or TimesOptions()
    to = origins if destinations is None else destinations
    unknown = sorted(set(main or ()) - set(timetable.calls["service"].unique()))
    if unknown:
        raise InputError(f"main names classes that do not run: {', '.join(unknown)}",
                         hint="classes: " + ", ".join(sorted(set(timetable.calls["service"]))))  # fmt: skip
    weight = pair_demand(demand, origins.index, to.index)
    access, egress = (doors(timetable, p, options=choice) for p in (origins, to))
    hauls = np.ones(len(timetable.calls), bool) if main is None else timetable.calls["service"].isin(main).to_numpy()
    kinds = Kinds((~hauls).astype(np.int32)[timetable.connections.call], timetable.station_numbers(), 2)
    ways = (timetable.connections, access.ways, egress.ways, span.seconds)
    parts = window_parts(*ways, kinds=kinds, weight=weight, max_transfers=span.max_transfers)
    felt = window_times(*ways, shares=(), penalty=round(60 * span.penalty_min), max_transfers=span.max_transfers,
                        size=(len(origins), len(to)))  # fmt: skip
    minutes = {"wait_min": parts.wait, "access_min": parts.access, "feeder_min": parts.rides[1],
               "main_min": parts.rides[0], "changing_min": parts.changing, "egress_min": parts.egress}  # fmt: skip
    frame = pd.DataFrame({
        "origin": np.repeat(origins.index.to_numpy(object), len(to)), "destination": np.tile(to.index, len(origins)),
        **{name: values.ravel() / 60.0 for name, values in minutes.items()},
    })  # fmt: skip
    frame["door_to_door_min"] = frame[list(minutes)[1:]].sum(axis=1, skipna=False)
    frame["off_main_share"] = 1.0 - frame["main_min"] / frame["door_to_door_min"]
    frame["changes"] = parts.changes.ravel()
    frame["perceived_min"] = felt.perceived.ravel() / 60.0
    frame["x"] = weight.ravel()
    frame = frame[frame["origin"] != frame["destination"]].reset_index(drop=True)
    lost = int(frame["main_min"].isna().sum())
    said = (f"{lost} of {len(frame)} pairs have no journey in the window",) if lost else ()
    return DoorToDoorResult(
        table=frame.drop(columns="x"), weight=frame["x"].to_numpy(float), window=span, options=choice,
        timetable=timetable.label, main=tuple(sorted(main or ())), warnings=(*said, *timetable.notes),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class DoorToDoorResult(Result):
    """Parts of the time between places."""

    table: pd.DataFrame
    weight: NDArray[np.float64]
    window: DepartureWindow
    options: TimesOptions
    timetable: str
    main: tuple[str, ...]

    title_en: ClassVar[str] = "Door to door: parts of the time, and the share off the main haul"
    title_zh: ClassVar[str] = "门到门：用时构成与干线外时间占比"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""

        def column(name: str, unit: str, en: str, zh: str) -> Column:
            return Column(name, unit, en, zh, modelled=True, formula=_FORMULA, inputs=_PAIR)

        return (
            Column("origin", "", "From", "起点", key=True), Column("destination", "", "To", "终点", key=True),
            column("wait_min", "min", "Wait at the door for the next useful departure", "出发前等待"),
            column("access_min", "min", "Door to vehicle", "接驳至站"),
            column("feeder_min", "min", "Aboard feeders", "支线乘车"),
            column("main_min", "min", "Aboard the main haul", "干线乘车"),
            column("changing_min", "min", "Changing, walks and waits included", "换乘（含步行与候车）"),
            column("egress_min", "min", "Vehicle to door", "离站到目的地"),
            column("door_to_door_min", "min", "Door to door, without the wait before", "门到门（不含出发前等待）"),
            column("off_main_share", "share", "Share off the main haul", "干线外时间占比"),
            column("changes", "count", "Changes", "换乘次数"),
            column("perceived_min", "min", "Perceived time, changes weighted", "感知时间（计换乘惩罚）"),
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row an ordered pair of different places."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """Window, options, day and classes of the main haul."""
        return {**asdict(self.options), **asdict(self.window), "timetable": self.timetable, "main": list(self.main)}

    def facts(self) -> dict[str, Any]:
        """Shares of the parts in all time door to door, and minutes that changes add as felt; weighted by demand."""
        there = self.table["door_to_door_min"].notna().to_numpy()
        weight, frame = self.weight[there], self.table[there]
        out: dict[str, Any] = {"pairs": len(self.table), "pairs_without_journey": int((~there).sum())}
        if weight.sum() > 0:
            total = float(weight @ frame["door_to_door_min"])
            for name in ("access", "feeder", "main", "changing", "egress"):
                out[f"{name}_share"] = float(weight @ frame[f"{name}_min"]) / total
            out["off_main_share"] = 1.0 - out["main_share"]
            out["changes_mean"] = float(weight @ frame["changes"] / weight.sum())
            felt = frame["perceived_min"] - frame["wait_min"] - frame["door_to_door_min"]
            out["transfer_penalty_min"] = float(weight @ felt / weight.sum())
        return out
