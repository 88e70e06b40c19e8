"""What lies between two places beside a border: a shared zone (dialect), water or a range, a direct train."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from megaregion.data.align import exact
from megaregion.data.cluster import Cluster, units
from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.barriers import SQUARED, Dyads
from megaregion.links.soft.pair_fit import ENDS

DIRECT = "direct-rail"
FORETOLD = "is left out: where it has one of its two values nothing flows, so that it is the flow said again"
FORETOLD_ZH = "未采用：它的两个取值之一处没有任何流量，等于把流量再说一遍"


def border_controls(cluster: Cluster, tables: Mapping[str, pd.DataFrame | None]) -> dict[str, pd.DataFrame]:
    """Square tables over the units of analysis, as `border_levels` takes them.

    Parameters
    ----------
    cluster : Cluster
    tables : mapping of name to DataFrame
        Columns place_id, zone: 1 where two places share the zone. Columns origin, destination, value: the value, 0 for
        a pair that is not listed; with one direction listed alone it holds for both. Further columns, such as the
        source of a row, are not read. None for ``direct-rail``: 1 where a direct train of the workspace's timetable
        runs.

    Raises
    ------
    InputError, MissingDataError
        Columns are lacking, or of both forms; places are unknown, twice or without a zone, or a value is no number;
        all at once.
    """
    index = units(cluster).index
    found, problems = {}, []
    for name, table in tables.items():
        try:
            found[name] = _direct(cluster, index) if table is None else _square(table, index)
        except (InputError, MissingDataError) as error:
            problems.append(f"control {name}: {error.message}")
    if problems:
        raise InputError("; ".join(problems), hint="columns place_id, zone; or origin, destination, value")
    return found


def with_controls(pairs: Dyads, controls: Mapping[str, pd.DataFrame]) -> Dyads:
    """The pairs with square tables over the places as further columns, for `extra` of the regressions.

    Raises
    ------
    AlignmentError, MissingDataError, InputError
        Places differ, a value is missing, or a name is that of a column.
    """
    if taken := {"origin", "destination", "flow", "ln_x", "same", "pair", SQUARED} & set(controls):
        raise InputError(f"a control cannot be called {', '.join(sorted(taken))}")
    places, rows, new = pairs.groups.index, pairs.rows, {}
    i, j = (places.get_indexer(pd.Index(rows[end])) for end in ENDS)
    for name, table in controls.items():
        new[name] = exact(pairs.groups, table)[1].to_numpy(float)[i, j]
        if lost := int((~np.isfinite(new[name])).sum()):
            raise MissingDataError(f"the control {name} is missing for {lost} pairs")
    return Dyads(rows.assign(**new), pairs.groups, pairs.measure, pairs.base_min)


def foretelling(rows: pd.DataFrame, names: Iterable[str]) -> tuple[str, ...]:
    """Controls of two values of which one stands only where nothing flows.

    Such a control is the flow said again (direct trains, where trains are the flow): beside it the regression would
    silently speak only of the pairs that have a flow.

    Parameters
    ----------
    rows : DataFrame
        Column flow, and those of the controls.
    names : iterable of str
    """
    out = []
    for name in names:
        top = rows.groupby(name)["flow"].max()
        if len(top) == 2 and (top == 0).any() and (top > 0).any():
            out.append(name)
    return tuple(out)


def _square(table: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    zones, pairs = {"place_id", "zone"} <= set(table.columns), {"origin", "destination", "value"} <= set(table.columns)
    if zones != pairs:
        return _zones(table, index) if zones else _pairs(table, index)
    raise InputError(f"columns must be place_id, zone or origin, destination, value, got {', '.join(map(str, table))}")


def _zones(table: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    zone = table.astype({"place_id": str}).set_index("place_id")["zone"]
    twice, lost = zone.index[zone.index.duplicated()], index.difference(zone.dropna().index)
    if len(twice) or len(lost):
        said = [f"twice: {', '.join(twice[:5])}"] * bool(len(twice)) + [f"no zone: {', '.join(lost[:5])}"] * bool(
            len(lost)
        )
        raise InputError("; ".join(said))
    label = zone.reindex(index).astype(str).to_numpy(object)
    return pd.DataFrame(np.equal.outer(label, label).astype(np.float64), index, index)


def _pairs(table: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    rows = table.astype({"origin": str, "destination": str})
    value = pd.to_numeric(rows["value"], errors="coerce")
    strange = sorted({*rows["origin"], *rows["destination"]} - set(index))
    said = [f"no places of the level of analysis: {', '.join(strange[:5])}"] if strange else []
    if not np.isfinite(value.to_numpy(float)).all():
        said.append("a value is no finite number")
    if rows.duplicated(["origin", "destination"]).any():
        said.append("a pair is listed twice")
    if said:
        raise InputError("; ".join(said))
    wide = rows.assign(value=value).pivot(index="origin", columns="destination", values="value")
    square = wide.reindex(index=index, columns=index)
    return square.fillna(square.T).fillna(0.0).astype(np.float64)


def _direct(cluster: Cluster, index: pd.Index) -> pd.DataFrame:
    """1 where a direct train runs between stops of two places, in the base timetable."""
    rows = cluster.services
    rows = rows[(rows["mode"] == "rail") & (rows["timetable"] == cluster.attrs.get("timetable"))]
    place = cluster.nodes["place_id"]
    a, b = rows["origin"].map(place), rows["destination"].map(place)
    known = a.isin(index) & b.isin(index) & (a != b) & (rows["services_per_day"] > 0)
    if not known.any():
        raise MissingDataError("no direct trains between places (tables/services.csv)")
    out = pd.DataFrame(0.0, index, index)
    square = out.to_numpy(copy=True)
    square[index.get_indexer(pd.Index(a[known])), index.get_indexer(pd.Index(b[known]))] = 1.0
    return pd.DataFrame(np.maximum(square, square.T), index, index)
