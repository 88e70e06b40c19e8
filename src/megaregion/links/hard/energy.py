"""Energy: who generates for whom over which lines, what an outage leaves unserved, what could be sent where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.dc_flow import Grid
from megaregion.core.dispatch import Dispatch, least_unserved
from megaregion.core.redispatch import Redispatch
from megaregion.data.cluster import Cluster, ancestor
from megaregion.errors import InputError, MissingDataError
from megaregion.links.hard.energy_exchanges import exchanges, kinds, own_share
from megaregion.links.hard.energy_inputs import Energy, EnergyOptions, read_energy
from megaregion.links.hard.energy_tables import (
    EnergyExchangesResult,
    EnergyKindsResult,
    EnergyLinesResult,
    EnergyOutagesResult,
    EnergyPlacesResult,
    EnergyTransfersResult,
)
from megaregion.links.hard.energy_transfers import transfers
from megaregion.result import Result

if TYPE_CHECKING:
    import geopandas as gpd

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]
OVER = 1e-6  # of its capacity: what a line may be above it by rounding
TABLES = ("energy_buses", "energy_lines")


def energy_of_cluster(
    cluster: Cluster, *, hazards: gpd.GeoDataFrame | None = None, progress: Progress | None = None
) -> dict[str, Result]:
    """The energy of a workspace; nothing without its tables.

    Parameters
    ----------
    cluster : Cluster
        `further["energy_buses"]`, `further["energy_lines"]`, `further["energy_plants"]` where it is there,
        [options.energy]. A bus belongs to the unit of analysis that holds its place, and stands at its center where it
        has no coordinates.
    hazards : GeoDataFrame, optional
        As in `energy`.

    Raises
    ------
    InputError, MissingDataError
        As `energy`; or one of the two tables is there without the other, or a bus lies in an unknown place.
    """
    there = [name for name in TABLES if name in cluster.further and not cluster.further[name].empty]
    if not there:
        return {}
    if len(there) == 1:
        other = TABLES[1 - TABLES.index(there[0])]
        raise MissingDataError(f"tables/{there[0]}.csv is there, tables/{other}.csv is not", hint="add both or none")
    buses = cluster.further["energy_buses"].copy()
    lost = sorted({str(x) for x in buses["place_id"].dropna()} - {str(x) for x in cluster.places.index} - {""})
    if lost:
        raise InputError(f"energy_buses.place_id: {len(lost)} are not in places: {', '.join(lost[:5])}",
                         hint="correct the code, or leave it empty for a bus outside of the region")  # fmt: skip
    unit = ancestor(cluster.places, str(cluster.attrs["level"]))
    for column in ("lon", "lat"):
        center = buses["place_id"].map(cluster.places[column].to_dict())
        buses[column] = buses[column].fillna(center) if column in buses else center
    own = buses["place_id"].map(unit.to_dict())
    buses["place_id"] = own.where(own.notna(), buses["place_id"])
    options = EnergyOptions.of(cluster.options.get("energy", {}))
    return energy(buses, cluster.further["energy_lines"], options, plants=cluster.further.get("energy_plants"),
                  hazards=hazards, progress=progress)  # fmt: skip


def energy(
    buses: pd.DataFrame, lines: pd.DataFrame, options: EnergyOptions | None = None, *,
    plants: pd.DataFrame | None = None, hazards: gpd.GeoDataFrame | None = None, progress: Progress | None = None,
) -> dict[str, Result]:  # fmt: skip
    """Dispatch, flows, who generates for whom, every single outage, and room for transfers between places.

    Parameters
    ----------
    buses, lines : DataFrame
        Columns as in the workspace tables energy_buses and energy_lines.
    options : EnergyOptions, optional
    plants : DataFrame, optional
        Columns as in the workspace table energy_plants, beside what `buses` say of plants.
    hazards : GeoDataFrame, optional
        Polygons, index their name: buses inside neither draw nor generate, lines whose straight line touches are gone;
        one row each among the outages. Buses need lon and lat.
    progress : callable, optional
        Told done and all.

    Returns
    -------
    dict of str to Result
        `energy_places`, `energy_exchanges`, `energy_lines`, `energy_outages`, `energy_transfers`; `energy_kinds` where
        plants state their kind.

    Raises
    ------
    InputError
        The tables cannot be used: everything wrong is listed.

    Notes
    -----
    Outages of lines are screened with line outage distribution factors at the dispatch that was running; where a line
    is then above its limit, or the grid falls apart, plants are dispatched anew for the least unserved demand. Outages
    of generation take all plants of a bus.
    """
    chosen = options or EnergyOptions()
    given = read_energy(buses, lines, chosen, plants)
    base = _running(given, chosen)
    factors = given.grid.transfer_factors()
    moved = given.grid.outage_factors(factors)
    again = Redispatch(given.grid, given.demand, given.capacity, given.limit)
    found = _outages(given, base, moved, again, progress or (lambda *_: None))
    struck = [] if hazards is None else _struck(given, again, hazards)
    pairs = transfers(given, base.flow, factors, moved, felt=chosen.transfer_share)
    shared = exchanges(given, base)
    settings, notes = asdict(chosen), given.notes
    mixed = {} if (by := kinds(given, base)) is None else {
        "energy_kinds": EnergyKindsResult(table=by, settings=settings, warnings=notes)}  # fmt: skip
    return {
        "energy_places": EnergyPlacesResult(table=_places(given, base, found, shared), settings=settings,
                                            found=_facts(given, base, found), warnings=notes),
        **mixed,
        "energy_exchanges": EnergyExchangesResult(table=shared, settings=settings, warnings=notes),
        "energy_lines": EnergyLinesResult(table=_lines(given, base, moved), settings=settings, warnings=notes),
        "energy_outages": EnergyOutagesResult(table=_outage_table(given, [*found, *struck]), settings=settings,
                                              warnings=notes),
        "energy_transfers": EnergyTransfersResult(table=pairs, settings=settings, warnings=notes),
    }  # fmt: skip


class _Outage(NamedTuple):
    name: str
    kind: str
    where: str
    islands: int
    overloaded: float
    worst: float
    unserved: Floats


def _running(given: Energy, options: EnergyOptions) -> Dispatch:
    if options.dispatch == "least-unserved":
        merit, power = given.plants["merit"].to_numpy(float), given.plants["generation_mw"].to_numpy(float)
        cost = None if np.isnan(merit).all() else np.nan_to_num(merit)
        bus = given.plants["bus"].to_numpy()
        return least_unserved(given.grid, given.demand, power, given.limit, cost=cost, at=bus)
    stated = given.buses.get("scheduled_mw", pd.Series(np.nan, given.buses.index)).to_numpy(float)
    part = given.grid.islands()
    generation, problems = np.where(np.isnan(stated), 0.0, stated), []
    for island in np.unique(part):
        here = part == island
        rest = np.flatnonzero(here & np.isnan(stated) & (given.capacity > 0))
        need = float(given.demand[here].sum() - generation[here].sum())
        if len(rest) != 1:
            names = ", ".join(map(str, given.buses.index[here][:3]))
            problems.append(f"the island of {names} has {len(rest)} buses with generation and no scheduled_mw, not one")
            continue
        generation[rest] = need
        if need < 0 or need > given.capacity[rest[0]]:
            problems.append(f"bus {given.buses.index[rest[0]]} would have to give {need:.6g} MW of "
                            f"{given.capacity[rest[0]]:.6g}")  # fmt: skip
    if problems:
        raise InputError("scheduled dispatch: " + "; ".join(problems), hint="leave scheduled_mw of one bus an island "
                         "empty: it takes the rest; or dispatch = \"least-unserved\"")  # fmt: skip
    flow, _ = given.grid.flows(generation - given.demand)
    bus, power = given.plants["bus"].to_numpy(), given.plants["generation_mw"].to_numpy(float)
    use = np.divide(generation, given.capacity, out=np.zeros_like(generation), where=given.capacity > 0)
    return Dispatch(generation, np.zeros_like(generation), flow, use[bus] * power)


def _loading(flow: Floats, limit: Floats) -> Floats:
    """Share of the limit; 0 where there is none, infinite for a flow over a line of no capacity."""
    flow = np.abs(flow)
    tiny = OVER * float(flow.max(initial=0.0))
    return np.divide(flow, limit, out=np.where(flow > tiny, np.inf, 0.0), where=limit > 0)


def _named(given: Energy) -> tuple[list[str], list[str]]:
    """Each bus and each line in words: names, or identifiers where there is none."""
    name = given.buses["name"] if "name" in given.buses else pd.Series(None, given.buses.index, dtype=object)
    bus = [str(n) if isinstance(n, str) and n else str(b) for b, n in name.items()]
    ends = zip(given.grid.tail.tolist(), given.grid.head.tolist(), strict=True)
    return bus, [bus[a] if bus[a] == bus[b] else f"{bus[a]} – {bus[b]}" for a, b in ends]


def _outages(given: Energy, base: Dispatch, moved: Floats, again: Redispatch, tell: Progress) -> list[_Outage]:
    grid, out = given.grid, []
    plants = np.flatnonzero(given.capacity > 0)
    whole, before = grid.lines + len(plants), int(grid.islands().max()) + 1
    bus, span = _named(given)
    dark = base.unserved.sum() > 0
    for k in range(grid.lines):
        tell(k, whole)
        bridge = bool(np.isnan(moved[k, k]))
        loads = np.zeros(0) if bridge else _loading(base.flow + moved[:, k] * base.flow[k], given.limit)
        over = np.nan if bridge else float((loads > 1 + OVER).sum())
        lost = base.unserved
        if bridge or dark or over > 0:
            lost = again.unserved(gone=np.arange(grid.lines) == k)
        out.append(_Outage(str(given.lines.index[k]), "line", span[k], before + bridge, over,
                           np.nan if bridge else float(loads.max(initial=0.0)), lost))  # fmt: skip
    for count, at in enumerate(plants.tolist()):
        tell(grid.lines + count, whole)
        rest = given.capacity.copy()
        rest[at] = 0.0
        lost = again.unserved(capacity=rest)
        out.append(_Outage(str(given.buses.index[at]), "generation", bus[at], before, np.nan, np.nan, lost))
    tell(whole, whole)
    return out


def _struck(given: Energy, again: Redispatch, hazards: gpd.GeoDataFrame) -> list[_Outage]:
    """What each polygon leaves unserved, the demand inside included."""
    import shapely

    lost = given.buses.index[given.buses.reindex(columns=["lon", "lat"]).isna().any(axis=1)]
    if len(lost) or hazards.crs is None:
        what = (
            f"buses without lon and lat: {', '.join(map(str, lost[:5]))}" if len(lost) else "polygons without a system"
        )
        raise InputError(f"hazards need coordinates of both, found {what}", hint="fill energy_buses.lon, lat")
    at, grid = given.buses[["lon", "lat"]].to_numpy(float), given.grid
    points = shapely.points(at)
    spans = shapely.linestrings(np.stack([at[grid.tail], at[grid.head]], axis=1))
    areas, out = hazards.to_crs("EPSG:4326"), []
    for name, area in zip(areas.index, areas.geometry, strict=True):
        bus = shapely.intersects(area, points)
        gone = shapely.intersects(area, spans) | bus[grid.tail] | bus[grid.head]
        left = Grid(buses=grid.buses, tail=grid.tail[~gone], head=grid.head[~gone], susceptance=grid.susceptance[~gone])
        demand, capacity = np.where(bus, 0.0, given.demand), np.where(bus, 0.0, given.capacity)
        missing = again.unserved(gone=gone, demand=demand, capacity=capacity) + np.where(bus, given.demand, 0.0)
        out.append(_Outage(str(name), "hazard", "", int(left.islands().max()) + 1, np.nan, np.nan, missing))
    return out


def _outage_table(given: Energy, found: list[_Outage]) -> pd.DataFrame:
    total = given.demand.sum()
    table = pd.DataFrame({
        "outage": [o.name for o in found], "kind": [o.kind for o in found],
        "where": [o.where for o in found], "islands": [o.islands for o in found],
        "overloaded": [o.overloaded for o in found], "worst_loading": [o.worst for o in found],
        "unserved_mw": [float(o.unserved.sum()) for o in found],
    })  # fmt: skip
    table["unserved_percent"] = 100.0 * table["unserved_mw"] / total
    table = table.sort_values(["unserved_mw", "worst_loading"], ascending=False, kind="stable", ignore_index=True)
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table


def _lines(given: Energy, base: Dispatch, moved: Floats) -> pd.DataFrame:
    after = np.abs(base.flow[:, None] + moved * base.flow[None, :])
    after[np.isnan(after)] = 0.0
    np.fill_diagonal(after, 0.0)
    worst = after.argmax(axis=1) if given.grid.lines else np.zeros(0, np.intp)
    most = after[np.arange(given.grid.lines), worst]
    names = given.lines.index.to_numpy(object)
    limited = np.isfinite(given.limit)
    table = given.lines[["from_bus", "to_bus"]].reset_index()
    table = table.assign(
        where=_named(given)[1], flow_mw=base.flow, capacity_mw=np.where(limited, given.limit, np.nan),
        loading=np.where(limited, _loading(base.flow, given.limit), np.nan), worst_flow_mw=most,
        worst_loading=np.where(limited, _loading(most, given.limit), np.nan),
        worst_outage=np.where(most > 0, names[worst], ""), bridge=np.isnan(np.diag(moved)),
    )  # fmt: skip
    return table.sort_values("worst_loading", ascending=False, kind="stable", ignore_index=True)


def _places(given: Energy, base: Dispatch, found: list[_Outage], shared: pd.DataFrame) -> pd.DataFrame:
    place = given.buses["place"].astype(str)
    peak = given.buses["peak_mw"] if "peak_mw" in given.buses else pd.Series(np.nan, given.buses.index)
    frame = pd.DataFrame({
        "demand_mw": given.demand, "capacity_mw": given.capacity, "generation_mw": base.generation,
        "unserved_mw": base.unserved,
    }, index=given.buses.index)  # fmt: skip
    table = frame.groupby(place.to_numpy(), sort=True).sum()
    table["peak_mw"] = peak.groupby(place.to_numpy(), sort=True).sum(min_count=1)
    table["balance_mw"] = table["capacity_mw"] - table["demand_mw"]
    table["exported_mw"] = table["generation_mw"] - (table["demand_mw"] - table["unserved_mw"])
    table["own_percent"] = own_share(shared).reindex(table.index)
    if found:
        lost = pd.DataFrame([o.unserved for o in found], columns=place.to_numpy()).T.groupby(level=0, sort=True).sum()
        table["worst_unserved_mw"] = lost.max(axis=1)
        names = np.array([o.name for o in found], dtype=object)
        worst = names[lost.to_numpy().argmax(axis=1)]
        table["worst_outage"] = np.where(table["worst_unserved_mw"] > 0, worst, "")
    else:
        table["worst_unserved_mw"], table["worst_outage"] = np.nan, ""
    return table.rename_axis("place_id").reset_index()


def _facts(given: Energy, base: Dispatch, found: list[_Outage]) -> dict[str, Any]:
    total = float(given.demand.sum())
    loads = _loading(base.flow, given.limit)
    bad = [o for o in found if o.unserved.sum() > base.unserved.sum() + OVER * total]
    out: dict[str, Any] = {
        "buses": given.grid.buses, "lines": given.grid.lines, "islands": int(given.grid.islands().max()) + 1,
        "demand_mw": total, "capacity_mw": float(given.capacity.sum()), "unserved_mw": float(base.unserved.sum()),
        "lines_over_limit": int((loads > 1 + OVER).sum()), "outages": len(found),
        "outages_overload": sum(o.overloaded > 0 for o in found), "outages_unserved": len(bad),
    }  # fmt: skip
    if found:
        worst = max(found, key=lambda o: float(o.unserved.sum()))
        out |= {
            "worst_outage": worst.name,
            "worst_kind": worst.kind,
            "worst_where": worst.where,
            "worst_unserved_mw": float(worst.unserved.sum()),
        }
    if "peak_mw" in given.buses:
        drawn = given.demand > 0
        peak = given.buses["peak_mw"].to_numpy(float)
        if not np.isnan(peak[drawn]).any():
            out["reserve_sharing_mw"] = float(peak[drawn].sum()) - total
    return out
