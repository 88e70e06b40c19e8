"""Roads as they lie: junctions, the pieces of road between them with their line, and where the map was cut off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.sphere import great_circle_km
from megaregion.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CLASSES = ("motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street",
           "service")  # fmt: skip
RANK = {name: k for k, name in enumerate(CLASSES)}  # 0 is the largest road


@dataclass(frozen=True, eq=False, kw_only=True)
class RoadMap:
    """Pieces of road between junctions and ends.

    Attributes
    ----------
    vertices : DataFrame
        Index 0 ... n - 1; lon, lat (WGS-84), osm_id (0 where there is none), clipped (the extract ends here: nobody
        knows whether the road does).
    edges : DataFrame
        Index 0 ... m - 1; tail, head (vertices), way_id, road_class, length_m, speed_kmh, speed_basis (``tag`` or
        ``default``), lanes, capacity_per_h (of one direction), capacity_basis, oneway (only from tail to head),
        bridge, tunnel, name, ref, clipped.
    first : (m + 1,) integers
        Points of edge k are ``first[k]:first[k + 1]`` of `lon` and `lat`, from tail to head.
    lon, lat : arrays
    notes : tuple of str
        What a reader of results must know of the reading.
    """

    vertices: pd.DataFrame
    edges: pd.DataFrame
    first: Ints
    lon: Floats
    lat: Floats
    notes: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def degree(self) -> Ints:
        """Ends of road at each vertex; a loop counts twice."""
        ends = np.r_[self.edges["tail"].to_numpy(np.int64), self.edges["head"].to_numpy(np.int64)]
        return np.bincount(ends, minlength=len(self.vertices)).astype(np.int64)

    def lines(self) -> gpd.GeoDataFrame:
        """Edges with their line, WGS-84."""
        import geopandas as gpd
        import shapely

        row = np.repeat(np.arange(len(self.edges)), np.diff(self.first))
        shapes = shapely.linestrings(np.column_stack([self.lon, self.lat]), indices=row)
        return gpd.GeoDataFrame(self.edges, geometry=shapes, crs="EPSG:4326")

    def select(self, keep: NDArray[np.bool_]) -> RoadMap:
        """Some of the edges; vertices without any are dropped and the rest numbered anew."""
        edges = self.edges[keep]
        used = np.unique(np.r_[edges["tail"].to_numpy(np.int64), edges["head"].to_numpy(np.int64)])
        new = np.full(len(self.vertices), -1, np.int64)
        new[used] = np.arange(len(used))
        points = np.repeat(keep, np.diff(self.first))
        count = np.diff(self.first)[keep]
        return replace(
            self, vertices=self.vertices.iloc[used].reset_index(drop=True),
            edges=edges.assign(tail=new[edges["tail"]], head=new[edges["head"]]).reset_index(drop=True),
            first=np.r_[0, np.cumsum(count)].astype(np.int64), lon=self.lon[points], lat=self.lat[points],
        )  # fmt: skip

    def at_least(self, road_class: str) -> RoadMap:
        """Roads of this class and larger ones.

        Raises
        ------
        InputError
            There is no such class, or no such road.
        """
        if road_class not in CLASSES:
            raise InputError(f"the class of road must be one of {', '.join(CLASSES)}, got {road_class!r}")
        keep = self.edges["road_class"].map(RANK).to_numpy(float) <= RANK[road_class]
        if not keep.any():
            raise InputError(f"the map has no road of class {road_class} or larger")
        return self.select(keep)

    def summary(self) -> pd.DataFrame:
        """Edges, kilometres and clipped edges by class, largest roads first."""
        by = self.edges.groupby("road_class")
        table = pd.DataFrame({"edges": by.size(), "km": by["length_m"].sum() / 1000.0, "clipped": by["clipped"].sum()})
        return table.reindex([c for c in CLASSES if c in table.index]).rename_axis("road_class").reset_index()


def class_defaults(country: str = "") -> pd.DataFrame:
    """Speed, lanes and capacity of roads that say nothing themselves; assumptions, by class.

    Parameters
    ----------
    country : str
        Two letters (ISO 3166-1); classes without a row of the country take the general one.

    Returns
    -------
    DataFrame
        Index road_class; speed_kmh, lanes, capacity_per_lane, source.

    Raises
    ------
    InputError
        The country is not two letters.
    """
    from importlib.resources import files

    text = files("megaregion.data").joinpath("defaults", "road_classes.csv")
    with text.open(encoding="utf-8") as file:
        table = pd.read_csv(file, keep_default_na=False, dtype={"country": str})
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise InputError(f"country must be two letters (ISO 3166-1), got {country!r}", hint="such as CN or DE")
    own = table[(table["country"] == country.upper()) & (country != "")].set_index("road_class")
    general = table[table["country"] == ""].set_index("road_class")
    return pd.concat([own, general[~general.index.isin(own.index)]]).reindex(list(CLASSES)).drop(columns="country")


@dataclass(frozen=True, eq=False, kw_only=True)
class Ways:
    """Ways as a source gives them: chains of points that may share points.

    Attributes
    ----------
    ways : DataFrame
        Index 0 ... w - 1; columns of `RoadMap.edges` without tail, head, length_m and clipped.
    first : (w + 1,) integers
        Points of each way in the arrays below.
    point : (p,) int64 array
        Identity of each point: points of one identity are one place.
    lon, lat : (p,) arrays
        NaN where the source does not hold the point.
    """

    ways: pd.DataFrame
    first: Ints
    point: Ints
    lon: Floats
    lat: Floats


def road_map(ways: Ways, *, rim: NDArray[np.bool_] | None = None, notes: tuple[str, ...] = ()) -> RoadMap:
    """Cut ways at their ends and wherever they share a point.

    Parameters
    ----------
    ways : Ways
    rim : (p,) bool array, optional
        Points at the rim of the extract: an end of road there is clipped, not dead.
    notes : tuple of str

    Raises
    ------
    InputError
        No way has two known points.

    Notes
    -----
    Where a point is not in the source, the way is cut, and the ends that are left are clipped.
    """
    known = np.isfinite(ways.lon) & np.isfinite(ways.lat)
    way = np.repeat(np.arange(len(ways.first) - 1), np.diff(ways.first))
    before = np.r_[True, way[1:] != way[:-1]]
    after = np.r_[before[1:], True]
    cut_before, cut_after = ~before & ~np.r_[True, known[:-1]], ~after & ~np.r_[known[1:], True]
    cut = (cut_before | cut_after)[known]
    point, lon, lat, way = ways.point[known], ways.lon[known], ways.lat[known], way[known]
    if not len(point):
        raise InputError("there is no road with two known points", hint="take a larger extract, or other classes")
    start = np.r_[True, way[1:] != way[:-1]] | cut_before[known]
    end = np.r_[start[1:], True]
    label, index, many = np.unique(point, return_inverse=True, return_counts=True)
    junction = start | end | (many[index] > 1)
    at = np.flatnonzero(junction)
    tail, head = at[:-1], at[1:]
    keep = ~start[head]  # a piece never leads from one way to the next
    tail, head = tail[keep], head[keep]
    if not len(tail):
        raise InputError("there is no road with two known points", hint="take a larger extract, or other classes")
    used, vertex = np.unique(np.r_[index[tail], index[head]], return_inverse=True)
    place = np.zeros(len(label), np.int64)
    place[index] = np.arange(len(index))
    clipped = np.zeros(len(label), bool)
    np.logical_or.at(clipped, index, cut)
    ends = np.bincount(vertex, minlength=len(used)) == 1
    if rim is not None:
        near = np.zeros(len(label), bool)
        np.logical_or.at(near, index, rim[known])
        clipped[used] |= ends & near[used]
    count = head - tail + 1
    rows = np.concatenate([np.arange(a, b + 1) for a, b in zip(tail, head, strict=True)])
    step = np.zeros(len(rows))
    same = np.repeat(np.arange(len(tail)), count)
    km = great_circle_km(lon[rows[:-1]], lat[rows[:-1]], lon[rows[1:]], lat[rows[1:]])
    step[1:] = np.where(same[1:] == same[:-1], 1000.0 * km, 0.0)
    edges = ways.ways.iloc[way[tail]].reset_index(drop=True)
    edges.insert(0, "tail", vertex[: len(tail)].astype(np.int64))
    edges.insert(1, "head", vertex[len(tail) :].astype(np.int64))
    edges["length_m"] = np.bincount(same, weights=step, minlength=len(tail))
    flag = clipped[used]
    edges["clipped"] = flag[edges["tail"]] | flag[edges["head"]]
    vertices = pd.DataFrame({"lon": lon[place[used]], "lat": lat[place[used]], "osm_id": label[used], "clipped": flag})
    return RoadMap(vertices=vertices, edges=edges, first=np.r_[0, np.cumsum(count)].astype(np.int64), lon=lon[rows],
                   lat=lat[rows], notes=notes)  # fmt: skip
