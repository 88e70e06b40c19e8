"""What the islands take out of a cluster: values, levels of growth, people and flows of one kind of places."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from megaregion.data.cluster import Cluster, values
from megaregion.errors import InputError, MissingDataError
from megaregion.mechanisms.islands_tables import Subject
from megaregion.result import Input

POPULATION_CHANGE = "population_change"


def people_of(cluster: Cluster, places: pd.DataFrame, kind: str) -> pd.Series:
    """People of each place: the role population, else places.population."""
    role = (cluster.attrs.get("indicators") or {}).get("population")
    if role:
        return values(cluster, str(role), kind=kind)
    return places["population"].astype("float64")


def _panel(cluster: Cluster, name: str, labels: pd.Index) -> tuple[pd.DataFrame, str]:
    """Values of one indicator, rows places, columns the years that all have; and the unit."""
    table = cluster.indicators
    rows = table[(table["indicator"] == name) & table["place_id"].isin(labels)]
    twice = rows[["place_id", "year"]].duplicated()
    if twice.any() or rows["unit"].nunique() > 1:
        raise InputError(f"indicators: {name} has several values or units for {', '.join(rows['place_id'][twice][:5])}",
                         hint="scopes must not be mixed: keep one scope per indicator")  # fmt: skip
    wide = rows.assign(year=rows["year"].astype(int)).pivot(index="place_id", columns="year", values="value")
    return wide.reindex(labels).astype(float).dropna(axis=1), str(rows["unit"].iloc[0]) if len(rows) else ""


def _named(cluster: Cluster, indicator_or_role: str) -> str:
    roles = cluster.attrs.get("indicators") or {}
    name = "population" if indicator_or_role == POPULATION_CHANGE else indicator_or_role
    return str(roles.get(name, name))


def growth_levels(
    cluster: Cluster, indicator_or_role: str, labels: pd.Index, years: tuple[int, int] | None
) -> tuple[pd.Series | None, pd.Series | None, tuple[int, int] | None]:
    """Levels at the two dates of growth, and the dates; none where they are not known or not positive."""
    name = _named(cluster, indicator_or_role)
    panel, _ = _panel(cluster, name, labels)
    if years is not None and (years[0] >= years[1] or not set(years) <= set(panel.columns)):
        raise InputError(f"islands: growth_years {years}: {name} is complete in {list(panel.columns)}",
                         hint="two of these years, the earlier first")  # fmt: skip
    if years is None and panel.shape[1] >= 2:
        years = (int(panel.columns[0]), int(panel.columns[-1]))
    if years is None or not (panel[list(years)] > 0).all(axis=None):
        return None, None, None
    return panel[years[0]], panel[years[1]], years


def indicator_values(
    cluster: Cluster,
    indicator_or_role: str,
    kind: str,
    year: int | None,
    start: pd.Series | None,
    end: pd.Series | None,
    span: tuple[int, int] | None,
) -> tuple[pd.Series, Subject, str, tuple[Input, ...]]:
    """Values, what they are about, their unit and rows."""
    name = _named(cluster, indicator_or_role)
    if indicator_or_role == POPULATION_CHANGE:
        if start is None or end is None or span is None:
            raise MissingDataError(
                f"islands: {name} is not known and positive in two years for all places of kind {kind}",
                hint="choose another level, or add the rows",
            )
        rows: dict[str, Any] = {"place_id": "{place}", "indicator": name, "year": list(span)}
        change = pd.Series(100.0 * (end.to_numpy() / start.to_numpy() - 1.0), start.index)
        return change, "depopulation", "percent", (Input("tables/indicators.csv", rows),)
    when = int(cluster.attrs["base_year"]) if year is None else year
    found = values(cluster, name, year=when, kind=kind)
    rows = {"place_id": "{place}", "indicator": name, "year": when}
    return found, "poverty", str(found.attrs["unit"]), (Input("tables/indicators.csv", rows),)


def flows_of(cluster: Cluster, layer: str | None, kind: str) -> tuple[pd.DataFrame | None, tuple[str, ...]]:
    """Flows with those inside each place, or why there are none."""
    without = "integration is without flows: "
    if layer is None:
        return None, (without + "no layer was named",)
    if layer not in cluster.flows:
        raise InputError(f"islands: there is no layer {layer!r} of flows", hint=f"layers: {', '.join(cluster.flows)}")
    if kind != str(cluster.attrs["level"]):
        return None, (f"{without}{layer} is between places of kind {cluster.attrs['level']}, not {kind}",)
    frame = cluster.flows[layer]
    if np.isnan(np.diag(frame.to_numpy(float))).any():
        return None, (f"{without}{layer} says nothing of flows inside places, so no share can be formed",)
    if frame.isna().any(axis=None):
        if layer not in (cluster.options.get("border") or {}).get("absent_is_zero", ()):
            return None, (f"{without}pairs are missing in {layer} ([options.border] absent_is_zero does not name it)",)
        return frame.fillna(0.0), (f"pairs missing in {layer} count as 0, as [options.border] says",)
    return frame, ()
