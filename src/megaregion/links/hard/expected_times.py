"""Door-to-door times where only counts of services are known: expected waits of half a headway, capped."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import pandas as pd

from megaregion.links.hard.network import RailNetwork, TimesOptions
from megaregion.links.hard.times import skim
from megaregion.result import Column, Input, Result

_FORMULA = "methods#times"
_INPUTS = (Input("tables/places.csv", {"place_id": ["{origin}", "{destination}"]}), Input("tables/services.csv"))


def expected_times(
    network: RailNetwork, origins: pd.DataFrame, destinations: pd.DataFrame | None = None
) -> ExpectedTimesResult:
    """Times between places over a network of services a day, for regions without a timetable of departures.

    Parameters
    ----------
    network : RailNetwork
        From services a day and minutes aboard (`megaregion.links.hard.network.RailNetwork.build`).
    origins, destinations : DataFrame
        Index place_id; columns lon, lat, and area_km2 where a place is on both sides. Default of destinations: the
        origins.

    Returns
    -------
    ExpectedTimesResult
        Minutes with a wait of ``min(cap, operating / (2 n))`` before each ride, as if departures were spread evenly and
        travellers came at random. One expected value, no percentile: how departures lie in the day is not known.

    Raises
    ------
    MissingDataError
        A place has no coordinates.
    """
    found = skim(network, origins, destinations)
    frame = found.to_frame()[["origin", "destination", "rail_min", "transfers"]]
    frame = frame.rename(columns={"rail_min": "expected_min"}).assign(basis="frequencies")
    lost = int(frame["expected_min"].isna().sum())
    said = ["from counts of services: waits are expected, not scheduled, and connections are not coordinated"]
    if lost:
        said.append(f"{lost} of {len(frame)} pairs have no way by rail")
    return ExpectedTimesResult(
        table=frame[[c.name for c in ExpectedTimesResult.columns]], options=network.options,
        timetable=network.timetable, warnings=tuple(said),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class ExpectedTimesResult(Result):
    """Door-to-door minutes from counts of services."""

    table: pd.DataFrame
    options: TimesOptions
    timetable: str

    title_en: ClassVar[str] = "Door-to-door times from frequencies (expected waits, no timetable)"
    title_zh: ClassVar[str] = "按班次频率的门到门时间（期望候车，无时刻表）"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("origin", "", "From", "起点", key=True),
        Column("destination", "", "To", "终点", key=True),
        Column("expected_min", "min", "Expected time, waits included", "期望用时（含候车）", modelled=True,
               formula=_FORMULA, inputs=_INPUTS),
        Column("transfers", "count", "Changes", "换乘次数", modelled=True, formula=_FORMULA, inputs=_INPUTS),
        Column("basis", "", "Basis", "依据"),
    )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row an ordered pair of different places."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """Options and timetable."""
        return {**asdict(self.options), "timetable": self.timetable, "basis": "frequencies"}

    def facts(self) -> dict[str, Any]:
        """How many pairs are served, and their median."""
        minutes = self.table["expected_min"]
        out: dict[str, Any] = {"pairs": len(minutes), "pairs_without_rail": int(minutes.isna().sum())}
        if minutes.notna().any():
            out["expected_min_median"] = float(minutes.median())
        return out
