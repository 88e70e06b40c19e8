"""Direct services between places: how many a day, and the fastest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion.data.cluster import Cluster, units
from megaregion.result import Column, Input, Result

COUNTED, STOPS = "flows layer trains", "busiest pair of stops"


@dataclass(frozen=True, eq=False, kw_only=True)
class ServicesResult(Result):
    """Pairs of places that a direct service joins."""

    services: pd.DataFrame
    basis: str
    timetable: str
    places: int
    time_observed: bool

    title_en: ClassVar[str] = "Direct services between places"
    title_zh: ClassVar[str] = "城市间直达班次"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`; the source of the counts depends on the workspace."""
        counted = Input("tables/flows.csv", {"layer": "trains", "origin": "{origin}", "destination": "{destination}"})
        stops = Input("tables/nodes.csv", {"place_id": ["{origin}", "{destination}"]})
        legs = Input("tables/services.csv", {"timetable": self.timetable})
        return (
            Column("origin", "", "From", "起点", key=True),
            Column("destination", "", "To", "终点", key=True),
            Column("services_per_day", "1/day", "Direct services a day", "每日直达班次",
                   formula="methods#services", inputs=(counted,) if self.basis == COUNTED else (stops, legs)),
            Column("fastest_min", "min", "Fastest direct service, in the vehicle", "最快直达乘车时间",
                   modelled=not self.time_observed, formula="methods#services", inputs=(stops, legs)),
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row an ordered pair with at least one direct service."""
        return self.services

    def parameters(self) -> dict[str, Any]:
        """Where the counts come from."""
        return {"basis": self.basis, "timetable": self.timetable}

    def facts(self) -> dict[str, Any]:
        """Totals, pairs joined and places served."""
        table = self.services
        return {
            "services_per_day": float(table["services_per_day"].sum()),
            "pairs": len(table),
            "pairs_possible": self.places * (self.places - 1),
            "places_served": len(set(table["origin"]) | set(table["destination"])),
            "places": self.places,
            "basis": self.basis,
        }


def services(cluster: Cluster) -> ServicesResult:
    """Direct services a day and the fastest ride between the units of analysis.

    Parameters
    ----------
    cluster : Cluster

    Returns
    -------
    ServicesResult
        Counts of the flow layer `trains` where there is one. Otherwise those of the busiest pair of stops of
        the two places: a train that calls at two stops of one place is one train, so that a sum over stops
        would count it twice; the busiest pair never does and is a lower bound.
    """
    ids = units(cluster).index
    timetable = str(cluster.attrs.get("timetable", ""))
    legs = _between_places(cluster, timetable)
    legs = legs[legs["from"].isin(ids) & legs["to"].isin(ids) & (legs["from"] != legs["to"])]
    fastest = legs.groupby(["from", "to"])["fastest_min"].min()
    warnings: tuple[str, ...] = ()
    if "trains" in cluster.flows:
        square = cluster.flows["trains"].reindex(index=ids, columns=ids)
        pairs = pd.MultiIndex.from_product([ids, ids], names=["from", "to"])
        counts, basis = pd.Series(square.to_numpy(float).ravel(), pairs), COUNTED
    else:
        by_stops = legs.groupby(["from", "to", "origin", "destination"])["services_per_day"].sum()
        counts, basis = by_stops.groupby(level=["from", "to"]).max(), STOPS
        if len(counts):
            warnings = ("services a day are those of the busiest pair of stops of two places: a lower bound",)
    counts = counts.rename_axis(["origin", "destination"])
    table = counts[counts > 0].reset_index(name="services_per_day")
    table = table[table["origin"] != table["destination"]].sort_values(["origin", "destination"])
    keys = pd.MultiIndex.from_frame(table[["origin", "destination"]])
    minutes = fastest.rename_axis(["origin", "destination"]).reindex(keys).to_numpy(float)
    without = int(np.isnan(minutes).sum())
    if without:
        warnings += (f"{without} pairs have counted services but no ride in services.csv: no fastest time",)
    return ServicesResult(
        services=table.assign(fastest_min=minutes).reset_index(drop=True), basis=basis, timetable=timetable,
        places=len(ids), time_observed=bool(len(legs)) and bool(legs["time_observed"].map(lambda v: v is True).all()),
        warnings=warnings,
    )  # fmt: skip


def _between_places(cluster: Cluster, timetable: str) -> pd.DataFrame:
    """Services of the base timetable with the places of both stops in columns `from` and `to`."""
    table = cluster.services
    if table.empty:
        return pd.DataFrame(
            {"from": [], "to": [], "origin": [], "destination": [], "services_per_day": [], "fastest_min": [],
             "time_observed": []}
        )  # fmt: skip
    rows = table[table["timetable"] == timetable]
    place = cluster.nodes["place_id"]
    found = {"from": rows["origin"].map(place), "to": rows["destination"].map(place)}
    return rows.assign(**found).dropna(subset=["from", "to"])
