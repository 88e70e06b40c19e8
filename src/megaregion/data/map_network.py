"""From a map of roads to a network that trips can be assigned to: pieces merged, places tied to their junction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.sphere import great_circle_km
from megaregion.data.road_map import RoadMap
from megaregion.data.roads import Roads, RoadUnits
from megaregion.data.sources.road_tables import with_reverse
from megaregion.errors import InputError, MissingDataError

Ints = NDArray[np.int64]
_ALIKE = ("road_class", "speed_kmh", "capacity_per_h", "oneway", "bridge", "tunnel")


def merged(roads: RoadMap) -> RoadMap:
    """Pieces of road joined where nothing but a point of the map lies between them.

    A vertex goes where exactly two pieces of one kind (class, speed, capacity, direction, bridge, tunnel) meet that
    can be driven through; ends of road, clipped ends and vertices with a loop stay. Lengths, lines and ends stay as
    they are; way_id, name and ref are those of the first piece.

    Parameters
    ----------
    roads : RoadMap
    """
    edges = roads.edges
    tail, head = edges["tail"].to_numpy(np.int64), edges["head"].to_numpy(np.int64)
    one = edges["oneway"].to_numpy(bool)
    kind = edges.groupby([c for c in _ALIKE if c in edges.columns], sort=False, dropna=False).ngroup().to_numpy()
    first, second = _two_ends(len(roads.vertices), tail, head)
    both = first >= 0
    a, b = first[both], second[both]
    at = np.flatnonzero(both)
    through = ((head[a] == at) & (tail[b] == at)) | ((head[b] == at) & (tail[a] == at))
    ok = (kind[a] == kind[b]) & (a != b) & (through | ~one[a]) & ~roads.vertices["clipped"].to_numpy(bool)[at]
    gone = np.zeros(len(roads.vertices), bool)
    gone[at[ok]] = True
    return _joined(roads, _chains(tail, head, first, second, gone))


def _two_ends(vertices: int, tail: Ints, head: Ints) -> tuple[Ints, Ints]:
    """The two pieces at each vertex of degree 2, -1 elsewhere."""
    ends, edge = np.r_[tail, head], np.tile(np.arange(len(tail)), 2)
    order = np.argsort(ends, kind="stable")
    count = np.bincount(ends, minlength=vertices)
    start = np.cumsum(count) - count
    first, second = (np.full(vertices, -1, np.int64) for _ in range(2))
    two = np.flatnonzero(count == 2)
    first[two], second[two] = edge[order][start[two]], edge[order][start[two] + 1]
    return first, second


def _chains(tail: Ints, head: Ints, first: Ints, second: Ints, gone: NDArray[np.bool_]) -> list[list[tuple[int, bool]]]:
    """Pieces of every chain in driving order, each with whether it is turned round; rings keep one vertex."""
    done = np.zeros(len(tail), bool)
    out: list[list[tuple[int, bool]]] = []

    def walk(edge: int, turned: bool) -> list[tuple[int, bool]]:
        chain = [(edge, turned)]
        done[edge] = True
        while True:
            at = int(tail[edge] if turned else head[edge])
            if not gone[at]:
                return chain
            edge = int(second[at] if first[at] == edge else first[at])
            if done[edge]:  # a ring closes
                return chain
            turned = bool(head[edge] == at)
            chain.append((edge, turned))
            done[edge] = True

    starts = np.flatnonzero(~gone[tail] | ~gone[head])
    for edge in starts.tolist():
        if not done[edge]:
            out.append(walk(edge, bool(gone[tail[edge]])))
    for edge in np.flatnonzero(~done).tolist():  # rings without a vertex that stays
        if not done[edge]:
            gone[tail[edge]] = False
            out.append(walk(edge, False))
    return out


def _joined(roads: RoadMap, chains: list[list[tuple[int, bool]]]) -> RoadMap:
    edges = roads.edges
    tail, head = edges["tail"].to_numpy(np.int64), edges["head"].to_numpy(np.int64)
    one, length = edges["oneway"].to_numpy(bool), edges["length_m"].to_numpy(float)
    clip = edges["clipped"].to_numpy(bool)
    rows, lon, lat, count = [], [], [], [0]
    for chain in chains:
        if one[chain[0][0]] and chain[0][1]:  # drawn against its direction: turn the whole chain
            chain = [(edge, not turned) for edge, turned in chain[::-1]]
        points = []
        for k, (edge, turned) in enumerate(chain):
            part = np.arange(roads.first[edge], roads.first[edge + 1])
            part = part[::-1] if turned else part
            points.append(part if k == 0 else part[1:])
        place = np.concatenate(points)
        lon.append(roads.lon[place])
        lat.append(roads.lat[place])
        count.append(len(place))
        (e0, t0), (e1, t1) = chain[0], chain[-1]
        rows.append((e0, head[e0] if t0 else tail[e0], tail[e1] if t1 else head[e1],
                     sum(length[e] for e, _ in chain), any(clip[e] for e, _ in chain)))  # fmt: skip
    made = pd.DataFrame(rows, columns=["edge", "tail", "head", "length_m", "clipped"])
    table = edges.iloc[made["edge"].to_numpy(np.int64)].reset_index(drop=True)
    table = table.assign(**{name: made[name].to_numpy() for name in ("tail", "head", "length_m", "clipped")})
    whole = replace(roads, edges=table, first=np.cumsum(count).astype(np.int64), lon=np.concatenate(lon),
                    lat=np.concatenate(lat))  # fmt: skip
    return whole.select(np.ones(len(table), bool))


def map_network(roads: RoadMap, places: pd.DataFrame, *, b: float, power: float, reach_km: float = 10.0) -> Roads:
    """A network for assignment: every place begins and ends at its nearest junction.

    Parameters
    ----------
    roads : RoadMap
    places : DataFrame
        Index `place_id`; columns lon, lat.
    b, power : float
        Of the delay of all links (BPR: 0.15 and 4); the map says nothing of them.
    reach_km : float
        A place farther from every junction is an error.

    Returns
    -------
    Roads
        Minutes, vehicles an hour, kilometres, WGS-84; links ``<number>`` and ``<number>:reverse`` of the largest
        part of the map within which every junction reaches every other; loops and roads outside of it are left out.
        Every place is a node of its own, tied to its junction by links that cost nothing.

    Raises
    ------
    MissingDataError
        A place has no coordinates.
    InputError
        Identifiers repeat, a place lies too far from the roads, all are named; the map has no such part.

    Notes
    -----
    The way from a place to its junction is not counted: it is not on the map.
    """
    if not places.index.is_unique:
        raise InputError(f"places repeat {', '.join(map(str, places.index[places.index.duplicated()][:5]))}")
    gaps = places.index[places[["lon", "lat"]].isna().any(axis=1)]
    if len(gaps):
        raise MissingDataError(f"places.lon, lat: missing for {', '.join(map(str, gaps[:5]))}")
    whole, lost = _reachable(roads)
    junctions = whole.vertices
    at, far = nearest_junctions(whole, places)
    if (beyond := far > reach_km).any():
        some = ", ".join(f"{p} ({d:.1f} km)" for p, d in list(zip(places.index[beyond], far[beyond], strict=True))[:5])
        raise InputError(
            f"{int(beyond.sum())} places lie farther than {reach_km:g} km from every road: {some}",
            hint="take a larger extract, smaller classes of road, a longer reach, or correct the points",
        )
    ends = pd.DataFrame({"from_node": [f"place:{p}" for p in places.index], "to_node": [f"n{v}" for v in at]},
                        index=[f"place:{p}" for p in places.index])  # fmt: skip
    ties = ends.assign(free_time=0.0, capacity=0.0, b=0.0, power=1.0, length=0.0, geometry=None)
    links = pd.concat([with_reverse(*_links(whole, b, power)), with_reverse(ties, np.ones(len(ties), bool))])
    points = pd.concat([frame[["lon", "lat"]] for frame in (junctions, places)])
    labels = pd.Index([*(f"n{v}" for v in junctions.index), *ends["from_node"]], name="node_id")
    nodes = points.set_axis(["x", "y"], axis=1).astype(float).set_axis(labels)
    nodes["zone_id"] = [*([None] * len(junctions)), *places.index.astype(str)]
    nodes["no_through"] = nodes["zone_id"].notna().to_numpy()
    notes = [f"places begin at their nearest junction, {float(np.median(far)):.2f} km away in the median "
             f"({float(far.max()):.2f} at most), not counted as time"]  # fmt: skip
    notes += (
        [f"{lost} pieces of road are left out: junctions on them cannot reach the rest and be reached"] if lost else []
    )
    return Roads(links=links.rename_axis("link_id"), nodes=nodes, crs="EPSG:4326", notes=(*roads.notes, *notes),
                 units=RoadUnits(time="min", flow="veh/h", length="km"))  # fmt: skip


def nearest_junctions(roads: RoadMap, places: pd.DataFrame) -> tuple[Ints, NDArray[np.float64]]:
    """Junction nearest to each place (columns lon, lat), and how far it is in kilometres of great circle."""
    from scipy.spatial import cKDTree

    junctions = roads.vertices
    at = np.asarray(cKDTree(_sphere(junctions)).query(_sphere(places))[1], dtype=np.int64)
    far = great_circle_km(places["lon"].to_numpy(float), places["lat"].to_numpy(float),
                          junctions["lon"].to_numpy(float)[at], junctions["lat"].to_numpy(float)[at])  # fmt: skip
    return at, np.asarray(far, dtype=np.float64)


def parts(roads: RoadMap) -> Ints:
    """Number of the part of each junction within which all reach each other by road: 1 is the largest."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    tail, head = (roads.edges[c].to_numpy(np.int64) for c in ("tail", "head"))
    two = ~roads.edges["oneway"].to_numpy(bool)
    rows, columns = np.r_[tail, head[two]], np.r_[head, tail[two]]
    size = len(roads.vertices)
    label = connected_components(csr_matrix((np.ones(len(rows)), (rows, columns)), (size, size)), connection="strong")[
        1
    ]
    rank = np.empty(label.max() + 1, np.int64)
    rank[np.argsort(-np.bincount(label), kind="stable")] = np.arange(1, label.max() + 2)
    return np.asarray(rank[label], dtype=np.int64)


def _sphere(frame: pd.DataFrame) -> NDArray[np.float64]:
    lon, lat = np.radians(frame["lon"].to_numpy(float)), np.radians(frame["lat"].to_numpy(float))
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _reachable(roads: RoadMap) -> tuple[RoadMap, int]:
    """The largest strongly connected part, without loops; how many pieces with two ends are not in it."""
    tail, head = (roads.edges[c].to_numpy(np.int64) for c in ("tail", "head"))
    largest = parts(roads) == 1
    keep = largest[tail] & largest[head] & (tail != head)
    if not keep.any():
        raise InputError("no two junctions of the map reach each other", hint="take a larger extract or more classes")
    return roads.select(keep), int(((tail != head) & ~keep).sum())


def _links(roads: RoadMap, b: float, power: float) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Pieces from tail to head, and which of them serve the other direction too."""
    edges = roads.edges
    km = edges["length_m"].to_numpy(float) / 1000.0
    links = pd.DataFrame({
        "from_node": "n" + edges["tail"].astype(str), "to_node": "n" + edges["head"].astype(str),
        "free_time": 60.0 * km / edges["speed_kmh"].to_numpy(float),
        "capacity": edges["capacity_per_h"].to_numpy(float), "b": b, "power": power, "length": km,
        "geometry": roads.lines().geometry.to_numpy(),
    })  # fmt: skip
    return links.set_axis(edges.index.astype(str)), ~edges["oneway"].to_numpy(bool)
