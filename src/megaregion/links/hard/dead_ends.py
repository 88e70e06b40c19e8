"""Roads that end at a border: pairs of stubs on both sides, dead ends per 100 km; tables and search kept together."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.bucket_queue import BucketQueue
from megaregion.core.path_trees import Graph
from megaregion.data.projection import measures_metres
from megaregion.data.road_map import CLASSES, RANK, RoadMap
from megaregion.errors import InputError, MissingDataError
from megaregion.links.hard.dead_end_tables import DeadEndRatesResult, DeadEndsResult, empty_frame
from megaregion.links.hard.unit_borders import meet
from megaregion.result import Result

if TYPE_CHECKING:
    import geopandas as gpd

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LOOK_M = 150.0  # of road behind a stub that its direction is taken from
METRES, MINUTES = 0.1, 1e-4  # resolution of lengths and times in the network


@dataclass(frozen=True, kw_only=True)
class DeadEndOptions:
    """Thresholds of the search; all are ours and adjustable, no standard sets them.

    Attributes
    ----------
    least_class : str
        Smallest class of road whose stubs count.
    gap_km : float
        Largest straight distance between two stubs.
    facing_deg : float
        Largest angle between the direction of a stub and the straight line to the other.
    detour_ratio : float
        Least way through the network over the straight distance.
    run_m : float
        Least length of road that leads on behind each stub.
    circuity : float
        Length of a new link over the straight distance.
    """

    least_class: str = "tertiary"
    gap_km: float = 3.0
    facing_deg: float = 45.0
    detour_ratio: float = 3.0
    run_m: float = 500.0
    circuity: float = 1.2

    def __post_init__(self) -> None:
        wrong = [f"{name} must be > 0, got {value!r}" for name, value in asdict(self).items()
                 if name != "least_class" and not (isinstance(value, (int, float)) and value > 0)]  # fmt: skip
        if self.least_class not in CLASSES:
            wrong.append(f"least_class must be one of {', '.join(CLASSES)}, got {self.least_class!r}")
        if self.circuity < 1 or self.detour_ratio < 1:
            wrong.append("circuity and detour_ratio must be at least 1")
        if wrong:
            raise InputError("dead ends: " + "; ".join(wrong))


@dataclass(frozen=True, eq=False)
class Demand:
    """Trips between places, for the time that a missing link costs.

    Attributes
    ----------
    places : DataFrame
        Index `place_id`; lon, lat.
    trips : DataFrame, rows origin, columns destination
        >= 0; the same places.
    """

    places: pd.DataFrame
    trips: pd.DataFrame


def dead_ends(
    roads: RoadMap,
    shapes: gpd.GeoDataFrame,
    *,
    crs: str,
    options: DeadEndOptions | None = None,
    barriers: gpd.GeoDataFrame | None = None,
    demand: Demand | None = None,
    completeness: pd.Series | None = None,
) -> dict[str, Result]:
    """Candidates of dead-end roads (断头路) at the borders of units, each with its evidence, and dead ends per 100 km.

    Parameters
    ----------
    roads : RoadMap
        With a margin beyond the units: ends of road where the extract stops are clipped and never count.
    shapes : GeoDataFrame
        Polygons of the units whose borders are looked at, index `place_id`.
    crs : str
        Projected system for lengths and angles.
    options : DeadEndOptions, optional
    barriers : GeoDataFrame, optional
        Water, steep slopes and the like: a gap that crosses one is marked (column `name` or `kind` if there is one).
    demand : Demand, optional
        Without it candidates are ranked by the length of the detour.
    completeness : Series, optional
        Mapped over official length of road of each unit, index `place_id`; shown beside each candidate.

    Returns
    -------
    dict of str to Result
        dead_ends, dead_end_rates.

    Raises
    ------
    InputError
        Units or coordinates cannot be used, or lengths in `crs` are no metres there.
    MissingDataError
        A place of the demand has no coordinates.

    Notes
    -----
    Two definitions. Rates: ends of road (degree 1, not clipped, of any class that was read) per 100 km. Pairs: stubs u
    and v of the least class or larger in different units, at most `gap_km` apart, each facing the other within
    `facing_deg`, with at least `run_m` of road behind it, and a network way of at least `detour_ratio` times the gap
    (infinite where there is none); of several partners the nearest of either side. A stub is no proof: the map may be
    incomplete, and a river or a mountain may be the reason. Time saved: for each pair of places min(t, t_iu + t_new +
    t_vj), both ways, at speeds of the map and without congestion.
    """
    chosen = options or DeadEndOptions()
    units = _units(roads, shapes, crs)
    stubs = _stubs(roads, units, chosen, crs)
    rates = DeadEndRatesResult(table=_rates(roads, units), notes=roads.notes)
    pairs = _pairs(stubs, chosen)
    table = _evidence(roads, stubs, pairs, chosen)
    table = table[table["detour_ratio"] >= chosen.detour_ratio].reset_index(drop=True)
    if len(table):
        table["barrier"] = _barrier(stubs, table, barriers, crs)
        table["saved_h"] = np.nan if demand is None else _saved(roads, table, demand, chosen)
        for side in ("a", "b"):
            known = completeness if completeness is not None else pd.Series(dtype=float)
            table[f"completeness_{side}"] = table[f"unit_{side}"].map(known).astype(float)
    found = DeadEndsResult(table=_ranked(table), with_demand=demand is not None, settings=asdict(chosen),
                           warnings=_remarks(roads, stubs, completeness, demand))  # fmt: skip
    return {"dead_ends": found, "dead_end_rates": rates}


@dataclass(frozen=True, eq=False)
class _Units:
    """Unit of each vertex and of each edge ('' outside of all), and coordinates in metres."""

    vertex: NDArray[np.object_]
    edge: NDArray[np.object_]
    x: Floats
    y: Floats
    names: tuple[str, ...]


def _units(roads: RoadMap, shapes: gpd.GeoDataFrame, crs: str) -> _Units:
    import geopandas as gpd

    if shapes.crs is None or not shapes.index.is_unique or shapes.empty:
        raise InputError("polygons of units need a coordinate reference system and one row each",
                         hint="dissolve them by place_id and state their system")  # fmt: skip
    measures_metres(crs, shapes)
    meet(roads, shapes)
    middle = (roads.first[:-1] + roads.first[1:]) // 2
    lon = np.r_[roads.vertices["lon"].to_numpy(float), roads.lon[middle]]
    lat = np.r_[roads.vertices["lat"].to_numpy(float), roads.lat[middle]]
    points = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs="EPSG:4326").to_crs(crs)
    plane = shapes.geometry.to_crs(crs)
    rows, inside = plane.sindex.query(points, predicate="intersects")
    unit = np.full(len(points), "", dtype=object)
    order = np.argsort(inside, kind="stable")[::-1]  # on a border the first of the units in order
    unit[rows[order]] = plane.index.astype(str).to_numpy(object)[inside[order]]
    n = len(roads.vertices)
    return _Units(unit[:n], unit[n:], points.x.to_numpy(float)[:n], points.y.to_numpy(float)[:n],
                  tuple(sorted(map(str, plane.index))))  # fmt: skip


def _rates(roads: RoadMap, units: _Units) -> pd.DataFrame:
    ends = (roads.degree == 1) & ~roads.vertices["clipped"].to_numpy(bool)
    count = pd.Series(units.vertex[ends]).value_counts()
    km = pd.Series(roads.edges["length_m"].to_numpy(float) / 1000.0).groupby(units.edge).sum()
    table = pd.DataFrame({"place_id": units.names})
    table["ends"] = table["place_id"].map(count).fillna(0).astype(int)
    table["road_km"] = table["place_id"].map(km).fillna(0.0)
    table["per_100_km"] = (100.0 * table["ends"] / table["road_km"]).where(table["road_km"] > 0)
    return table


def _stubs(roads: RoadMap, units: _Units, options: DeadEndOptions, crs: str) -> pd.DataFrame:
    """Ends of road of the classes that count: where, which way they point, how much road is behind them."""
    edges = roads.edges
    tail, head = edges["tail"].to_numpy(np.int64), edges["head"].to_numpy(np.int64)
    rank = edges["road_class"].map(RANK).to_numpy(np.int64)
    wanted = (roads.degree == 1) & ~roads.vertices["clipped"].to_numpy(bool) & (units.vertex != "")
    ends = [(v, k) for k in np.flatnonzero(rank <= RANK[options.least_class]) for v in (tail[k], head[k]) if wanted[v]]
    rows = []
    runs = _Runs(roads, options.run_m)
    for v, k in ends:
        dx, dy = _direction(roads, units, int(v), int(k), crs)
        rows.append((int(v), int(k), units.vertex[v], units.x[v], units.y[v], dx, dy, runs.behind(int(v))))
    frame = pd.DataFrame(rows, columns=["vertex", "edge", "unit", "x", "y", "dx", "dy", "run_m"])
    return frame[frame["run_m"] >= options.run_m].sort_values("vertex", ignore_index=True)


class _Runs:
    """Road that leads on behind a vertex, up to a length."""

    def __init__(self, roads: RoadMap, limit: float) -> None:
        self.limit = limit
        self.near: dict[int, list[tuple[int, int, float]]] = {}
        ends = roads.edges[["tail", "head", "length_m"]].itertuples(name=None)
        for edge, a, b, length in ends:
            self.near.setdefault(int(a), []).append((int(edge), int(b), float(length)))
            self.near.setdefault(int(b), []).append((int(edge), int(a), float(length)))

    def behind(self, vertex: int) -> float:
        """Longest shortest way from a vertex along roads; what lies beyond the limit is not looked at."""
        from heapq import heappop, heappush

        done: set[int] = set()
        heap: list[tuple[float, int, int]] = [(0.0, vertex, -1)]
        longest = 0.0
        while heap:
            far, here, by = heappop(heap)
            if here in done:
                continue
            done.add(here)
            for edge, other, length in self.near[here]:
                if edge == by:
                    continue
                longest = max(longest, far + length)
                if longest >= self.limit:
                    return longest
                if other not in done:
                    heappush(heap, (far + length, other, edge))
        return longest


def _direction(roads: RoadMap, units: _Units, vertex: int, edge: int, crs: str) -> tuple[float, float]:
    """Unit vector in which a road would go on beyond its end, from its last 150 m."""
    part = slice(int(roads.first[edge]), int(roads.first[edge + 1]))
    lon, lat = roads.lon[part], roads.lat[part]
    if roads.edges["tail"].to_numpy(np.int64)[edge] == vertex:
        lon, lat = lon[::-1], lat[::-1]  # so that the end stands last
    scale = 111_195.0
    east, north = (lon - lon[-1]) * scale * np.cos(np.radians(lat[-1])), (lat - lat[-1]) * scale
    away = np.hypot(east, north)
    back = np.flatnonzero(away >= LOOK_M)
    at = int(back[-1]) if len(back) else int(away.argmax())
    size = max(float(away[at]), 1e-9)
    return float(-east[at] / size), float(-north[at] / size)


def _pairs(stubs: pd.DataFrame, options: DeadEndOptions) -> Ints:
    """Rows (first, second) of stubs that face each other across a border."""
    from scipy.spatial import cKDTree

    if len(stubs) < 2:
        return np.zeros((0, 2), np.int64)
    xy = stubs[["x", "y"]].to_numpy(float)
    found = cKDTree(xy).query_pairs(1000.0 * options.gap_km, output_type="ndarray").astype(np.int64)
    unit, way = stubs["unit"].to_numpy(object), stubs[["dx", "dy"]].to_numpy(float)
    found = found[unit[found[:, 0]] != unit[found[:, 1]]]
    line = xy[found[:, 1]] - xy[found[:, 0]]
    gap = np.hypot(*line.T)
    toward = line / np.maximum(gap, 1e-9)[:, None]
    least = np.cos(np.radians(options.facing_deg))
    facing = ((way[found[:, 0]] * toward).sum(1) >= least) & ((way[found[:, 1]] * -toward).sum(1) >= least)
    found, gap = found[facing & (gap > 0)], gap[facing & (gap > 0)]
    order = np.lexsort((found[:, 1], found[:, 0], gap))
    nearest: dict[int, int] = {}
    for k in order:
        for stub in found[k]:
            nearest.setdefault(int(stub), int(k))
    return np.asarray(found[sorted(set(nearest.values()))], dtype=np.int64)


def _evidence(roads: RoadMap, stubs: pd.DataFrame, pairs: Ints, options: DeadEndOptions) -> pd.DataFrame:
    if not len(pairs):
        return empty_frame()
    queue = _queue(roads, roads.edges["length_m"].to_numpy(float), METRES)
    vertex = stubs["vertex"].to_numpy(np.int64)
    rows = []
    for first, group in pd.DataFrame(pairs, columns=["a", "b"]).groupby("a", sort=True):
        metres = queue.tree(int(vertex[int(str(first))])).time
        for second in group["b"]:
            a, b = stubs.iloc[int(str(first))], stubs.iloc[int(second)]
            gap = float(np.hypot(b["x"] - a["x"], b["y"] - a["y"]))
            way = float(metres[int(b["vertex"])])
            rows.append(_row(roads, a, b, gap, way, options))
    return pd.DataFrame(rows)


def _row(roads: RoadMap, a: pd.Series, b: pd.Series, gap: float, way: float, options: DeadEndOptions) -> dict[str, Any]:
    out: dict[str, Any] = {"gap_km": gap / 1000.0, "network_km": way / 1000.0 if np.isfinite(way) else np.nan,
                           "detour_ratio": way / gap, "unconnected": not np.isfinite(way)}  # fmt: skip
    toward = np.array([b["x"] - a["x"], b["y"] - a["y"]]) / gap
    for side, stub, line in (("a", a, toward), ("b", b, -toward)):
        edge = roads.edges.iloc[int(stub["edge"])]
        at = roads.vertices.iloc[int(stub["vertex"])]
        cosine = float(np.clip(stub["dx"] * line[0] + stub["dy"] * line[1], -1.0, 1.0))
        out |= {
            f"unit_{side}": stub["unit"], f"class_{side}": edge["road_class"],
            f"road_{side}": edge["name"] or edge["ref"],
            f"lon_{side}": float(at["lon"]), f"lat_{side}": float(at["lat"]),
            f"facing_{side}_deg": float(np.degrees(np.arccos(cosine))), f"run_{side}_m": float(stub["run_m"]),
            f"vertex_{side}": int(stub["vertex"]), f"speed_{side}": float(edge["speed_kmh"]),
        }  # fmt: skip
    out["new_min"] = 60.0 * options.circuity * gap / 1000.0 / min(out["speed_a"], out["speed_b"])
    return out


def _queue(roads: RoadMap, cost: Floats, resolution: float, *, directed: bool = False) -> BucketQueue:
    edges = roads.edges
    a, b = edges["tail"].to_numpy(np.int64), edges["head"].to_numpy(np.int64)
    keep = a != b
    one = edges["oneway"].to_numpy(bool)[keep] if directed else np.zeros(int(keep.sum()), bool)
    graph = Graph.from_links(len(roads.vertices), a[keep], b[keep], cost[keep], oneway=one)
    return BucketQueue.of(graph, resolution=resolution)


def _barrier(
    stubs: pd.DataFrame, table: pd.DataFrame, barriers: gpd.GeoDataFrame | None, crs: str
) -> NDArray[np.object_]:
    """Names of what the straight line of each candidate crosses; 'not tested' without a layer."""
    if barriers is None:
        return np.full(len(table), "not tested", dtype=object)
    import shapely

    at = stubs.drop_duplicates("vertex").set_index("vertex")[["x", "y"]]
    ends = np.stack([at.loc[table[f"vertex_{s}"]].to_numpy(float) for s in ("a", "b")], axis=1)
    plane = barriers.to_crs(crs)
    label = next((c for c in ("name", "kind") if c in plane.columns), None)
    line, hit = plane.sindex.query(shapely.linestrings(ends), predicate="intersects")
    names = plane[label].astype(str).tolist() if label else ["barrier"] * len(plane)
    out = np.full(len(table), "", dtype=object)
    for k, j in zip(line, hit, strict=True):
        name = names[j]
        out[k] = "; ".join(dict.fromkeys([*filter(None, str(out[k]).split("; ")), name]))
    return out


def _saved(roads: RoadMap, table: pd.DataFrame, demand: Demand, options: DeadEndOptions) -> Floats:
    """Hours of all trips that each new link alone would save."""
    minutes = 0.06 * roads.edges["length_m"].to_numpy(float) / roads.edges["speed_kmh"].to_numpy(float)
    trips = demand.trips.loc[demand.places.index, demand.places.index].to_numpy(float)
    if demand.places[["lon", "lat"]].isna().any(axis=None) or np.isnan(trips).any() or (trips < 0).any():
        raise MissingDataError("demand: a place has no coordinates, or trips are missing or negative",
                               hint="fill places.lon, lat and the table of trips")  # fmt: skip
    at = nearest_vertices(roads, demand.places)
    out_of = _times(_queue(roads, minutes, MINUTES, directed=True), at)
    into = _times(_queue(_reversed(roads), minutes, MINUTES, directed=True), at).T
    now = out_of[:, at]
    saved = np.zeros(len(table))
    for k, (u, v, new) in enumerate(table[["vertex_a", "vertex_b", "new_min"]].itertuples(index=False)):
        over = np.minimum(out_of[:, [u]] + new + into[[v], :], out_of[:, [v]] + new + into[[u], :])
        gain = np.where(np.isfinite(now), np.maximum(now - over, 0.0), 0.0)
        saved[k] = float((trips * gain).sum()) / 60.0
    return saved


def _reversed(roads: RoadMap) -> RoadMap:
    from dataclasses import replace

    edges = roads.edges.rename(columns={"tail": "head", "head": "tail"})
    return replace(roads, edges=edges)


def _times(queue: BucketQueue, sources: Ints) -> Floats:
    return np.stack([queue.tree(int(s)).time for s in sources])


def nearest_vertices(roads: RoadMap, places: pd.DataFrame) -> Ints:
    """Vertex nearest to each place (columns lon, lat), straight distance."""
    from scipy.spatial import cKDTree

    def sphere(frame: pd.DataFrame) -> Floats:
        lon, lat = np.radians(frame["lon"].to_numpy(float)), np.radians(frame["lat"].to_numpy(float))
        return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])

    return np.asarray(cKDTree(sphere(roads.vertices)).query(sphere(places))[1], dtype=np.int64)


def _ranked(table: pd.DataFrame) -> pd.DataFrame:
    if not len(table):
        return empty_frame()
    by = table["saved_h"].fillna(-1.0)
    longer = (table["network_km"] - table["gap_km"]).fillna(np.inf)
    order = np.lexsort((table["lat_a"], table["lon_a"], -longer, -by))
    out = table.iloc[order].reset_index(drop=True)
    out.insert(0, "candidate", [f"D{k + 1}" for k in range(len(out))])
    return out


def _remarks(
    roads: RoadMap, stubs: pd.DataFrame, completeness: pd.Series | None, demand: Demand | None
) -> tuple[str, ...]:
    out = [
        *roads.notes,
        f"{len(stubs)} stubs with road behind them were compared; {int(roads.vertices['clipped'].sum())} places where "
        "the extract ends are no dead ends",
        "a candidate is a question to the two governments, not a finding: the map may lack the road",
    ]
    if completeness is None:
        out.append("no official lengths of road: how complete the map is remains unknown")
    if demand is None:
        out.append("no demand: candidates are ranked by the length of the detour")
    return tuple(out)
