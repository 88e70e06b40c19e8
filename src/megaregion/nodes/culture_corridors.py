"""Lines between dense clusters of sites: what lies along them against where people live, and who owns which piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.alignments import along_line, density_clusters, longest_gap, spanning_tree
from megaregion.errors import InputError
from megaregion.nodes.culture_sites import Ground, Null
from megaregion.nodes.culture_tables import ClustersResult, CorridorsResult, PiecesResult

if TYPE_CHECKING:
    from shapely import Geometry

Floats = NDArray[np.float64]
LEAST_EXPECTED = 0.1  # sites below which observed over expected is not told: it would be any number


def corridors(
    points: pd.DataFrame, land: Ground, null: Null, *, radius_km: float, least: int = 4,
    half_width_km: float | None = None,
) -> tuple[ClustersResult, CorridorsResult, PiecesResult]:  # fmt: skip
    """Clusters of sites, the shortest tree between them, and its branches as corridors.

    Parameters
    ----------
    points : DataFrame
        Columns site_id, weight, place_id, x, y (km).
    land : Ground
        Polygons of the places that own pieces.
    null : Null
        Where people live, in the plane of `land`.
    radius_km : float
        A site is in a cluster if `least` sites lie within this distance of it (or of one that is).
    least : int
    half_width_km : float, optional
        Sites up to so far from the line are along it; default `radius_km`.

    Raises
    ------
    InputError
        A number is out of range.
    """
    half = radius_km if half_width_km is None else half_width_km
    if not (np.isfinite(radius_km) and radius_km > 0 and np.isfinite(half) and half > 0):
        raise InputError(f"radius and half width must be > 0, got {radius_km!r} and {half!r}")
    xy = points[["x", "y"]].to_numpy(float)
    label = density_clusters(xy, radius=radius_km, least=least)
    settings = {"radius_km": radius_km, "least_sites": least, "half_width_km": half}
    clusters, middle = _clusters(points, xy, label, land)
    alone = f"{len(clusters)} dense clusters (at least {least} sites within {radius_km:.3g} km): no corridor joins them"
    notes = () if len(clusters) > 1 else (alone,)
    groups = ClustersResult(table=clusters, settings=settings, more={"loose_sites": int((label < 0).sum())},
                            warnings=notes)  # fmt: skip
    rows: list[dict[str, Any]] = []
    pieces: list[pd.DataFrame] = []
    for number, (a, b) in enumerate(spanning_tree(middle), start=1):
        name = f"k{number:02d}"
        row, piece = _corridor(points, xy, label, (int(a), int(b)), middle, land, null, radius_km, half)
        rows.append({"corridor": name, "cluster_a": clusters["cluster"][a], "cluster_b": clusters["cluster"][b], **row})
        pieces.append(piece.assign(corridor=name))
    warning = ("corridors are straight lines between clusters that the sites themselves choose: read them as places to "
               "look, not as proven routes, and their ratios as description",) if rows else ()  # fmt: skip
    table = pd.DataFrame(rows) if rows else _nothing(CorridorsResult)
    owners = pd.concat(pieces, ignore_index=True) if pieces else _nothing(PiecesResult)
    return (groups, CorridorsResult(table=table, settings=settings, warnings=warning),
            PiecesResult(table=owners, settings=settings, warnings=warning))  # fmt: skip


def _nothing(kind: type[CorridorsResult] | type[PiecesResult]) -> pd.DataFrame:
    return pd.DataFrame({c.name: pd.Series(dtype="float64" if c.unit else object) for c in kind.columns})


def _clusters(points: pd.DataFrame, xy: Floats, label: NDArray[np.intp], land: Ground) -> tuple[pd.DataFrame, Floats]:
    weight = points["weight"].to_numpy(float)
    rows, middle = [], []
    for c in range(int(label.max(initial=-1)) + 1):
        mine = label == c
        middle.append(np.average(xy[mine], axis=0, weights=weight[mine]))
        by_place = points[mine].groupby("place_id")["weight"].sum()
        first = by_place.sort_index().sort_values(ascending=False, kind="stable").index[0]
        rows.append({"cluster": f"c{c + 1:02d}", "sites": int(mine.sum()), "stock": float(weight[mine].sum()),
                     "place_id": str(first), "places": len(by_place)})  # fmt: skip
    at = np.array(middle) if middle else np.empty((0, 2))
    lonlat = land.globe(at) if len(at) else at
    columns = ["cluster", "sites", "stock", "place_id", "places"]
    return pd.DataFrame(rows, columns=columns).assign(lon=lonlat[:, 0], lat=lonlat[:, 1]), at


def _corridor(
    points: pd.DataFrame,
    xy: Floats,
    label: NDArray[np.intp],
    ends: tuple[int, int],
    middle: Floats,
    land: Ground,
    null: Null,
    radius: float,
    half: float,
) -> tuple[dict[str, Any], pd.DataFrame]:  # fmt: skip  (one branch needs all of it)
    from scipy.stats import chi2

    start, end = middle[ends[0]], middle[ends[1]]
    length = float(np.hypot(*(end - start)))
    way, off = along_line(xy, start, end)
    near = (off <= half) & (way >= 0) & (way <= length)
    members = xy[np.isin(label, ends)]
    other = ~_within(xy, members, radius)
    expected = int(other.sum()) * _share_of_people(members, null, radius, (start, end, half))
    found = int((near & other).sum())
    low = float(chi2.ppf(0.025, 2 * found) / 2) if found else 0.0
    scale = 1.0 / expected if expected >= LEAST_EXPECTED else np.nan
    piece = _pieces(land, start, end, way, near)
    ends_at = land.globe(np.vstack([start, end]))
    row = {
        "length_km": length, "sites": found, "stock": float(points["weight"].to_numpy(float)[near & other].sum()),
        "expected": expected, "ratio": found * scale, "ratio_low": low * scale,
        "ratio_high": float(chi2.ppf(0.975, 2 * found + 2) / 2) * scale,
        "longest_gap_km": longest_gap(way[near], length),
        "places": int((piece["place_id"] != "").sum()), "lon_a": ends_at[0, 0], "lat_a": ends_at[0, 1],
        "lon_b": ends_at[1, 0], "lat_b": ends_at[1, 1],
    }  # fmt: skip
    return row, piece


def _within(xy: Floats, members: Floats, radius: float) -> NDArray[np.bool_]:
    from scipy.spatial import cKDTree

    return np.asarray(cKDTree(members).query(xy)[0] <= radius)


def _share_of_people(members: Floats, null: Null, radius: float, strip: tuple[Floats, Floats, float]) -> float:
    """Share of the people outside of both clusters who live in the strip between them."""
    import shapely

    cluster = shapely.union_all(shapely.buffer(shapely.points(members), radius))
    start, end, half = strip
    band = shapely.buffer(shapely.linestrings(np.vstack([start, end])), half, cap_style="flat")
    shapes = null.land.shapes.geometry.to_numpy()
    held = null.people.reindex(null.land.shapes.index).to_numpy(float)
    per_km2 = held / np.asarray(shapely.area(shapes))
    total = float(held.sum() - per_km2 @ _overlap(shapes, cluster))
    inside = float(per_km2 @ _overlap(shapes, shapely.difference(band, cluster)))
    return inside / total if total > 0 else float("nan")


def _overlap(shapes: NDArray[np.object_], other: Geometry) -> Floats:
    import shapely

    out = np.zeros(len(shapes))
    touched = np.flatnonzero(shapely.intersects(shapes, other))
    out[touched] = shapely.area(shapely.intersection(shapes[touched], other))
    return out


def _pieces(land: Ground, start: Floats, end: Floats, way: Floats, near: NDArray[np.bool_]) -> pd.DataFrame:
    """Pieces of the line by place, in the order in which it first meets them; the sea or land beyond is ''."""
    import shapely

    line = shapely.linestrings(np.vstack([start, end]))
    shapes = land.shapes.geometry.to_numpy()
    touched = np.flatnonzero(shapely.intersects(shapes, line))
    parts = shapely.intersection(shapes[touched], line)
    length = float(line.length)
    foot = start + (way[near, None] / length) * (end - start)  # each site counts where its foot on the line lies
    owner = land.at(foot) if len(foot) else np.empty(0, np.intp)
    rows = [
        (float(shapely.distance(part, shapely.Point(start))), str(land.shapes.index[k]), float(part.length),
         int((owner == k).sum()))
        for k, part in zip(touched, parts, strict=True) if part.length > 0
    ]  # fmt: skip
    rows.sort()
    table = pd.DataFrame([r[1:] for r in rows], columns=["place_id", "length_km", "sites"])
    beyond = length - float(table["length_km"].sum())
    if beyond > 1e-6 * length:
        rest = pd.DataFrame({"place_id": [""], "length_km": [beyond], "sites": [int((owner < 0).sum())]})
        table = pd.concat([table, rest], ignore_index=True)
    return table.assign(share=table["length_km"] / length)
