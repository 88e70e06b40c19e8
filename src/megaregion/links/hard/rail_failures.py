"""Robustness of rail: which line or station costs most when it fails, and what is left as more and more do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core.rail_failures import FailingRail, RailPerformance
from megaregion.core.sphere import great_circle_km
from megaregion.data.cluster import Cluster, units
from megaregion.data.option_keys import require_known
from megaregion.errors import InputError, MissingDataError
from megaregion.links.hard.network import TimesOptions, direct_legs
from megaregion.links.hard.rail_failures_tables import RailFailuresResult, RailSinglesResult
from megaregion.links.hard.times import times
from megaregion.result import Result

if TYPE_CHECKING:
    import geopandas as gpd

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Progress = Callable[[int, int], None]
SEGMENT, STATION = "segment", "station"
RANDOM, BUSIEST, WORST = "by chance", "busiest first", "worst alone first"
PEOPLE = ("person", "10000 persons")
FEW = 0.1  # of the demand: told where rail is the faster way for less of it
WORK, FEWEST = 2_000_000_000, 25  # steps of the closure spent on parts alone by default; parts valued at least


@dataclass(frozen=True, kw_only=True)
class RailFailureOptions:
    """How rail fails; the table [options.rail_failures].

    Attributes
    ----------
    layer : str, optional
        Of `flows`, the demand; default: the first in persons, else the first.
    most : float
        Share of the segments (stations) that fail at most, 0 < most <= 1.
    steps : int
        Points of each curve beside the start.
    draws : int
        Orders of chance; intervals are their 5th and 95th percentile.
    singles : int, optional
        Segments (and as many stations) that are valued alone, the busiest first. Default: all up to 400, fewer where
        one solution takes long (many stops), which is told.
    """

    layer: str | None = None
    most: float = 0.2
    steps: int = 6
    draws: int = 10
    singles: int | None = None

    def __post_init__(self) -> None:
        share = isinstance(self.most, (int, float)) and not isinstance(self.most, bool) and 0 < self.most <= 1
        wrong = [] if share else [f"most must be a share, 0 < most <= 1, got {self.most!r}"]
        for name in ("steps", "draws", "singles"):
            value = getattr(self, name)
            if value is None and name == "singles":
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                wrong.append(f"{name} must be a whole number >= 1, got {value!r}")
        if wrong:
            raise InputError("options.rail_failures: " + "; ".join(wrong))

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> RailFailureOptions:
        """From the table [options.rail_failures].

        Raises
        ------
        InputError
            A key is unknown or a value out of range.
        """
        require_known(options, [f.name for f in fields(cls)], "rail_failures")
        return cls(**options)


class _Rail(NamedTuple):
    failing: FailingRail
    nodes: pd.DataFrame
    segments: pd.DataFrame
    busy: dict[str, Floats]
    unit: str
    layer: str
    notes: tuple[str, ...]


def lacking(cluster: Cluster) -> list[str]:
    """Why failures of rail cannot be looked at; nothing if they can."""
    if cluster.services.empty or not cluster.services["mode"].eq("rail").any():
        return ["tables/services.csv has no direct services by rail"]
    return []


def rail_failures(
    cluster: Cluster, options: RailFailureOptions | None = None, *, seed: int,
    hazards: gpd.GeoDataFrame | None = None, progress: Progress | None = None,
) -> dict[str, Result]:  # fmt: skip
    """Demand without trains and person-hours more as segments and stations of rail fail.

    Parameters
    ----------
    cluster : Cluster
        Direct services, rail links (`time_min`), stops, flows; [options.times].
    options : RailFailureOptions, optional
        Default: the table [options.rail_failures].
    seed : int
        Of the orders of chance.
    hazards : GeoDataFrame, optional
        Polygons, index their name: stations inside are closed, segments whose straight line touches are gone. Low and
        high of their rows are those of as many segments and stations in use that fail by chance.
    progress : callable, optional
        Told done and all.

    Returns
    -------
    dict of str to Result
        `rail_singles` (each alone), `rail_failures` (curves).

    Raises
    ------
    InputError, MissingDataError
        There is no such layer, there are no services or segments, or tables cannot be used.

    Notes
    -----
    A direct service runs over the fastest way of links; trains turn at both sides of a gap, are not led round it, and
    pass closed stations. The way out is the road at times that do not change.
    """
    chosen = RailFailureOptions.of(cluster.options.get("rail_failures", {})) if options is None else options
    if reasons := lacking(cluster):
        raise MissingDataError(
            "; ".join(reasons), hint="services.csv: mode rail, origin, destination, services_per_day"
        )
    rail = _read(cluster, chosen)
    most = chosen.singles or int(np.clip(WORK // max(len(rail.nodes), 1) ** 3, FEWEST, 400))
    left = [f"{most} of {n} {kind}s, those with most trains, are valued alone: raise singles for more" for kind, n in
            ((k, int((rail.busy[k] > 0).sum())) for k in (SEGMENT, STATION)) if n > most]  # fmt: skip
    rail = rail._replace(notes=(*rail.notes, *left))
    tell = progress or (lambda *_: None)
    singles = _singles(rail, most, chosen.draws, tell)
    curves = pd.DataFrame(_curves(rail, chosen, singles, seed, tell))
    table = pd.concat([curves, pd.DataFrame(_struck(rail, hazards, chosen.draws, seed))], ignore_index=True)
    settings = {**asdict(chosen), "layer": rail.layer, "seed": seed}
    facts = _facts(rail, singles)
    return {
        "rail_singles": RailSinglesResult(table=singles, hours=hours_of(rail.unit), found=facts, settings=settings,
                                          warnings=rail.notes),
        "rail_failures": RailFailuresResult(table=table, hours=hours_of(rail.unit),
                                            found={**facts, **_shape(curves)}, settings=settings,
                                            warnings=rail.notes),
    }  # fmt: skip


def _segments(cluster: Cluster) -> pd.DataFrame:
    links = cluster.links
    if links.empty or "time_min" not in links:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in ("from_node", "to_node", "time_min")})
    stops = cluster.nodes.index[cluster.nodes["mode"] == "rail"]
    good = (links["mode"] == "rail") & (links["time_min"] > 0) & (links["status"].fillna("existing") == "existing")
    good &= links["from_node"].isin(stops) & links["to_node"].isin(stops) & (links["from_node"] != links["to_node"])
    return links[good.to_numpy(bool)].sort_index()


def _read(cluster: Cluster, options: RailFailureOptions) -> _Rail:
    travel = TimesOptions.of(cluster.options.get("times", {}))
    nodes, leg, change = direct_legs(cluster, travel)
    segments, level = _segments(cluster), units(cluster)
    skim = times(cluster, options=travel)
    demand, unit, layer = rail_demand(cluster, level.index, options.layer)
    lon, lat = level["lon"].to_numpy(float), level["lat"].to_numpy(float)
    km = great_circle_km(lon[:, None], lat[:, None], nodes["lon"].to_numpy(float), nodes["lat"].to_numpy(float))
    tail, head = (nodes.index.get_indexer(pd.Index(segments[c])).astype(np.intp) for c in ("from_node", "to_node"))
    failing = FailingRail.of(
        leg, change, travel.access_min(km), skim.road.to_numpy(float), demand,
        segments=(tail, head, segments["time_min"].to_numpy(float)),
    )  # fmt: skip
    direct = np.isfinite(leg)
    trains = _trains(cluster, nodes.index)
    carried = np.asarray(failing.way.T @ trains.ravel()).ravel()
    stated: Floats = (
        segments["services_per_day"].to_numpy(float) if "services_per_day" in segments else carried * np.nan
    )
    busy = {SEGMENT: np.where(np.isnan(stated), carried, stated), STATION: trains.sum(axis=1) + trains.sum(axis=0)}
    notes = [] if len(tail) else ["no rail links with time_min are there: lines cannot fail, stations can"]
    notes += (
        [
            "a service is taken to run over the fastest way of links, to turn at a gap and never to be led round it; "
            "road times do not change"
        ]
        if len(tail)
        else ["trains pass closed stations; road times do not change"]
    )
    off = int((direct.ravel() & (np.diff(failing.way.indptr) == 0)).sum())
    if off and len(tail):
        notes.append(f"{off} of {int(direct.sum())} direct services have no way over the links and fail with their "
                     "stations only")  # fmt: skip
    if unit not in PEOPLE:
        notes.append("demand is weighed with " + (f"the layer {layer} ({unit}), not with persons" if layer else
                     "one for every pair: there is no layer of flows"))  # fmt: skip
    lost = int(((failing.demand > 0) & ~np.isfinite(failing.rail)).sum())
    if lost:
        notes.append(f"{lost} pairs with demand have no way by rail on the whole network and count by road only")
    faster = _faster_by_rail(failing)
    if faster < FEW:
        notes.append(f"rail is the faster way for {100 * faster:.2g} % of the demand only: where the road is as fast a "
                     "failure costs nothing here, and ranks follow hours by rail alone")  # fmt: skip
    return _Rail(failing, nodes, segments, busy, unit, layer, tuple(notes))


def _faster_by_rail(failing: FailingRail) -> float:
    """Share of the demand that rail takes there before the road does; NaN without demand."""
    total = float(failing.demand.sum())
    return float(failing.demand[failing.rail < failing.road].sum()) / total if total > 0 else float("nan")


def rail_demand(cluster: Cluster, places: pd.Index[str], layer: str | None) -> tuple[Floats, str, str]:
    """Demand between places, its unit and layer: the named layer of flows, else the first in persons, else the first.

    Raises
    ------
    InputError
        There is no such layer.
    """
    if layer is not None and layer not in cluster.flows:
        raise InputError(f"options.rail_failures: there is no layer {layer!r} in flows",
                         hint="layers: " + ", ".join(cluster.flows))  # fmt: skip
    if not cluster.flows:
        return np.ones((len(places), len(places))), "", ""
    units_of = {name: str(frame.attrs.get("unit", "")) for name, frame in cluster.flows.items()}
    people = [name for name, unit in units_of.items() if unit in PEOPLE]
    name = layer or (people[0] if people else next(iter(cluster.flows)))
    frame = cluster.flows[name].reindex(index=places, columns=places).fillna(0.0).to_numpy(float)
    return np.where(np.eye(len(places), dtype=bool), 0.0, frame), units_of[name], name


def _trains(cluster: Cluster, stops: pd.Index[str]) -> Floats:
    """Direct trains a day between stops."""
    rows = cluster.services[
        (cluster.services["timetable"] == str(cluster.attrs.get("timetable", "")))
        & (cluster.services["mode"] == "rail")
    ]
    out = np.zeros((len(stops), len(stops)))
    a, b = stops.get_indexer(pd.Index(rows["origin"])), stops.get_indexer(pd.Index(rows["destination"]))
    np.add.at(out, (a, b), rows["services_per_day"].to_numpy(float))
    return out


def hours_of(unit: str) -> str:
    """Unit of demand times hours."""
    return "person h" if unit in PEOPLE else f"{unit or 'pair'} x h"


def _values(rail: _Rail, at: RailPerformance) -> dict[str, float]:
    hours = (10_000.0 if rail.unit == "10000 persons" else 1.0) / 60.0
    return {"unserved_percent": 100.0 * at.unserved, "extra_rail_hours": at.extra_rail * hours,
            "extra_hours": at.extra * hours, "largest_part": at.largest, "second_part": at.second}  # fmt: skip


def _singles(rail: _Rail, most: int, draws: int, tell: Progress) -> pd.DataFrame:
    """Each segment and station alone."""
    failing, rows = rail.failing, []
    none = {SEGMENT: np.zeros(len(failing.tail), bool), STATION: np.zeros(len(failing.leg), bool)}
    chosen = [
        (kind, int(k))
        for kind in (SEGMENT, STATION)
        for k in np.argsort(-rail.busy[kind], kind="stable")[:most]
        if rail.busy[kind][k] > 0
    ]
    name = rail.nodes.index
    for done, (kind, k) in enumerate(chosen):
        tell(done, len(chosen) + draws)
        gone = {**none, kind: none[kind].copy()}
        gone[kind][k] = True
        at = failing.performance(gone[SEGMENT], gone[STATION])
        ends = (name[failing.tail[k]], name[failing.head[k]]) if kind == SEGMENT else (name[k], "")
        rows.append({
            "kind": kind, "element": str(rail.segments.index[k] if kind == SEGMENT else name[k]),
            "from_stop": str(ends[0]), "to_stop": str(ends[1]), "trains": float(rail.busy[kind][k]),
            **_values(rail, at), "position": k,
        })  # fmt: skip
    by = ["extra_hours", "unserved_percent", "extra_rail_hours"]
    table = pd.DataFrame(rows).sort_values(by, ascending=False, kind="stable", ignore_index=True)
    busiest = table.groupby("kind")["trains"].rank(ascending=False, method="min")
    table.insert(0, "rank_trains", busiest)
    table.insert(0, "rank", table.groupby("kind").cumcount() + 1)
    return table


def _curves(
    rail: _Rail, options: RailFailureOptions, singles: pd.DataFrame, seed: int, tell: Progress
) -> list[dict[str, Any]]:
    rng, out = generator(seed, "rail failures"), []
    valued = len(singles)
    for kind in (SEGMENT, STATION):
        able = np.flatnonzero(rail.busy[kind] > 0)
        if not len(able):
            continue
        stops = sorted({int(s) for s in np.rint(np.linspace(0, max(1, round(options.most * len(able))),
                                                            options.steps + 1))})  # fmt: skip
        drawn = []
        for k in range(options.draws):
            tell(valued + k * (kind == STATION), valued + options.draws)
            drawn.append(rail.failing.curve(rng.permutation(able), stops, kind=kind))
        for i, stop in enumerate(stops):
            frame = pd.DataFrame([_values(rail, curve[i]) for curve in drawn])
            low, high = frame.quantile(0.05), frame.quantile(0.95)
            out.append(_row(RANDOM, kind, stop, stop / len(able), dict(frame.mean()), low, high))
        aims = {BUSIEST: able[np.argsort(-rail.busy[kind][able], kind="stable")],
                WORST: singles.loc[singles["kind"] == kind, "position"].to_numpy(np.intp)}  # fmt: skip
        for name, order in aims.items():
            counts = [s for s in stops if s <= len(order)]
            for stop, at in zip(counts, rail.failing.curve(order, counts, kind=kind), strict=True):
                out.append(_row(name, kind, stop, stop / len(able), _values(rail, at)))
    tell(valued + options.draws, valued + options.draws)
    return out


def _row(
    failure: str, kind: str, gone: int, share: float, values: Mapping[Any, float], low: Any = None, high: Any = None
) -> dict[str, Any]:
    out: dict[str, Any] = {"failure": failure, "kind": kind, "gone": float(gone), "share_gone": share}
    for name, value in values.items():
        out[str(name)] = value
        out[f"{name}_low"] = np.nan if low is None else low[name]
        out[f"{name}_high"] = np.nan if high is None else high[name]
    return out


def _struck(rail: _Rail, hazards: gpd.GeoDataFrame | None, draws: int, seed: int) -> list[dict[str, Any]]:
    """One row a polygon: its stations are closed and its segments gone; beside it as many that fail by chance."""
    if hazards is None:
        return []
    import shapely

    if hazards.crs is None:
        raise InputError("the polygons of hazards state no coordinate system", hint="save them with one")
    points = shapely.points(at := rail.nodes[["lon", "lat"]].to_numpy(float))
    lines = shapely.linestrings(np.stack([at[rail.failing.tail], at[rail.failing.head]], axis=1))
    areas, used = hazards.to_crs("EPSG:4326"), {kind: busy > 0 for kind, busy in rail.busy.items()}
    rng, out = generator(seed, "rail hazards"), []
    for name, area in zip(areas.index, areas.geometry, strict=True):
        stops, segments = shapely.intersects(area, points), shapely.intersects(area, lines)
        count = int((stops & used[STATION]).sum() + (segments & used[SEGMENT]).sum())
        at_hazard = rail.failing.performance(segments, stops)
        drawn = [_values(rail, rail.failing.performance(_as_many(segments, used[SEGMENT], rng),
                                                        _as_many(stops, used[STATION], rng)))
                 for _ in range(draws)]  # fmt: skip
        low, high = (pd.DataFrame(drawn).quantile(q) for q in (0.05, 0.95))
        able = sum(int(one.sum()) for one in used.values())
        out.append(_row(str(name), "hazard", count, count / able, _values(rail, at_hazard), low, high))
    return out


def _as_many(gone: NDArray[np.bool_], used: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.bool_]:
    """By chance among the parts in use, as many as are gone of them."""
    chosen = rng.choice(np.flatnonzero(used), int((gone & used).sum()), replace=False)
    return np.isin(np.arange(len(gone)), chosen)


def _facts(rail: _Rail, singles: pd.DataFrame) -> dict[str, Any]:
    failing = rail.failing
    known = (failing.demand > 0) & np.isfinite(failing.rail)
    found: dict[str, Any] = {
        "segments": len(failing.tail), "stations": int((rail.busy[STATION] > 0).sum()), "layer": rail.layer,
        "unit": rail.unit, "pairs_by_rail": int(known.sum()),
        "demand_faster_by_rail": _faster_by_rail(failing),
    }  # fmt: skip
    for kind in (SEGMENT, STATION):
        part = singles[singles["kind"] == kind]
        if len(part):
            first = part.iloc[0]
            found |= {f"worst_{kind}": first["element"], f"worst_{kind}_hours": float(first["extra_hours"]),
                      f"worst_{kind}_rank_by_trains": int(first["rank_trains"]),
                      f"rank_correlation_{kind}": _agree(part)}  # fmt: skip
    return found


def _shape(curves: pd.DataFrame) -> dict[str, float]:
    """Of each curve the mean largest part (Schneider et al. 2011, up to `most`), and where the second is largest."""
    out: dict[str, float] = {}
    for (failure, kind), part in curves.groupby(["failure", "kind"], sort=False):
        out[f"mean largest part, {kind}s, {failure}"] = float(part["largest_part"].mean())
        out[f"falls apart at, {kind}s, {failure}"] = float(part["share_gone"].iloc[int(part["second_part"].argmax())])
    return out


def _agree(part: pd.DataFrame) -> float | None:
    """Spearman's correlation of trains and hours: how far the busiest are the ones that matter."""
    value = part["trains"].rank().corr(part["extra_hours"].rank())
    return None if np.isnan(value) else float(value)
