"""Borders and lines inside the units in segments: roads that cross each, roads around it, slope and water."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.data.road_map import RoadMap
from megaregion.data.sources.elevation import Slope
from megaregion.errors import InputError
from megaregion.links.hard.unit_borders import border_line, inside_line, unit_borders
from megaregion.result import Column, Input, Result

if TYPE_CHECKING:
    import geopandas as gpd

FORMULA = "methods#border-segments"
STEP_M, ASIDE_M = 100.0, 250.0  # between points at which slope is read; and lines beside the segment that are read too


@dataclass(frozen=True, kw_only=True)
class SegmentOptions:
    """How lines are cut and what is looked at around them.

    Attributes
    ----------
    segment_km : float
        Length of a segment, about.
    band_km : float
        Roads within this distance make the density.
    inside_km : float
        How far inside of each unit the lines run with which a border is compared.
    water_m : float
        A point of a segment counts as wet where water is nearer.
    """

    segment_km: float = 2.0
    band_km: float = 5.0
    inside_km: float = 10.0
    water_m: float = 100.0

    def __post_init__(self) -> None:
        def bad(value: object) -> bool:
            return isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < np.inf

        wrong = [f"{name} must be a number > 0, got {value!r}" for name, value in vars(self).items() if bad(value)]
        if wrong:
            raise InputError("segments: " + "; ".join(wrong))


@dataclass(frozen=True, eq=False, kw_only=True)
class BorderSegments(Result):
    """Segments of borders and of lines inside.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe()`.
    shapes : array of lines
        In the projected system, a row each.
    settings : dict
    """

    table: pd.DataFrame
    shapes: NDArray[np.object_]
    settings: dict[str, Any]

    title_en: ClassVar[str] = "Segments of borders and of lines inside"
    title_zh: ClassVar[str] = "边界与单元内平行线的分段"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("segment", "", "Segment", "分段", key=True),
        Column("unit_a", "", "Unit", "单元甲"),
        Column("unit_b", "", "Neighbour", "单元乙"),
        Column("kind", "", "Border, or line inside of a unit", "边界或单元内平行线"),
        Column("inside", "", "Unit in which the line runs", "平行线所在单元"),
        Column("km", "km", "Length", "长度"),
        Column("crossings", "count", "Roads that cross", "跨越道路数"),
        Column("density", "km per km2", "Roads in the band", "缓冲带路网密度", formula=FORMULA),
        Column("expected", "count", "Crossings that the density gives", "密度期望跨越数", modelled=True,
               formula=FORMULA),
        Column("slope_deg", "degree", "Mean slope", "平均坡度", formula=FORMULA,
               inputs=(Input("workspace.toml", {"key": "road_map.elevation"}),)),
        Column("water", "share", "Share of it at water", "临水比例", formula=FORMULA,
               inputs=(Input("workspace.toml", {"key": "road_map.water"}),)),
    )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a segment."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Options, classes of road, reference system."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """Segments, kilometres, crossings, slope and water of borders and of lines inside."""
        out: dict[str, Any] = {}
        for kind, rows in self.table.groupby("kind", sort=True):
            out |= {f"{kind}_segments": len(rows), f"{kind}_km": float(rows["km"].sum()),
                    f"{kind}_crossings": int(rows["crossings"].sum())}  # fmt: skip
            for name in ("slope_deg", "water"):
                if rows[name].notna().any():
                    out[f"{kind}_{name}"] = float(np.average(rows[name].fillna(rows[name].mean()), weights=rows["km"]))
        return out

    def layer(self) -> gpd.GeoDataFrame:
        """Segments as lines, WGS-84."""
        import geopandas as gpd

        return gpd.GeoDataFrame(self.table, geometry=self.shapes, crs=self.settings["crs"]).to_crs("EPSG:4326")


def border_segments(
    roads: RoadMap, units: gpd.GeoDataFrame, *, crs: str, least_class: str = "tertiary",
    options: SegmentOptions | None = None, slope: Slope | None = None, water: gpd.GeoDataFrame | None = None,
) -> BorderSegments:  # fmt: skip
    """Cut borders and lines inside into segments and look at each.

    Parameters
    ----------
    roads : RoadMap
    units : GeoDataFrame
        Polygons, index their identifier.
    crs : str
        Projected system, in metres.
    least_class : str
        Smallest class of road that counts.
    options : SegmentOptions, optional
    slope : Slope, optional
        `megaregion.data.sources.elevation.read_slope` in the same system.
    water : GeoDataFrame, optional
        Rivers and lakes, lines or polygons.

    Raises
    ------
    InputError
        The units cannot be used or share no border, or no road is of the class.
    """
    import shapely

    chosen = options or SegmentOptions()
    plane, found = unit_borders(units, crs)
    shapes = roads.at_least(least_class).lines().to_crs(crs).geometry.to_numpy()
    tree = shapely.STRtree(shapes)
    rows: list[pd.DataFrame] = []
    pieces: list[NDArray[np.object_]] = []
    for a, b in found[["place_a", "place_b"]].itertuples(index=False):
        border = border_line(plane[a], plane[b])
        lines = [("border", "", border, plane[a].union(plane[b]))]
        lines += [("inside", u, inside_line(plane[u], border, chosen.inside_km), plane[u]) for u in (a, b)]
        for kind, unit, line, area in lines:
            parts = _cut(line, 1000.0 * chosen.segment_km)
            if len(parts):
                frame = _counted(parts, line, area, (tree, shapes), 1000.0 * chosen.band_km)
                rows.append(frame.assign(unit_a=a, unit_b=b, kind=kind, inside=unit))
                pieces.append(parts)
    table = pd.concat(rows, ignore_index=True)
    every = np.concatenate(pieces)
    wet = None if water is None else water.geometry.to_crs(crs).to_numpy()
    table["slope_deg"], table["water"] = _terrain(every, slope, wet, chosen.water_m)
    table.insert(0, "segment", [f"S{k + 1}" for k in range(len(table))])
    settings = {**vars(chosen), "least_class": least_class, "crs": crs}
    return BorderSegments(table=table[[c.name for c in BorderSegments.columns]], shapes=every, settings=settings,
                          warnings=roads.notes)  # fmt: skip


def _cut(line: Any, length: float) -> NDArray[np.object_]:
    """Pieces of about equal length of every part of a line that is at least half as long as one."""
    import shapely
    from shapely.ops import linemerge, substring

    joined = line if line.geom_type == "LineString" else linemerge(
        [p for p in shapely.get_parts(line) if p.geom_type == "LineString"])  # fmt: skip
    out = []
    for part in shapely.get_parts(joined):
        many = round(part.length / length)
        edge = np.linspace(0.0, part.length, many + 1)
        out += [substring(part, edge[k], edge[k + 1]) for k in range(many)]
    return np.array(out, dtype=object)


def _counted(
    parts: NDArray[np.object_], line: Any, area: Any, roads: tuple[Any, NDArray[np.object_]], band: float
) -> pd.DataFrame:
    """Crossings, length, density and what it leads one to expect, by segment; each crossing on one segment only."""
    import shapely

    tree, shapes = roads
    hit = tree.query(line, predicate="intersects")
    met = shapely.get_parts(shapely.intersection(shapes[hit], line))
    spots = met[shapely.get_dimensions(met) == 0]
    own = shapely.STRtree(parts)
    at, distance = own.query_nearest(spots, return_distance=True, all_matches=False)
    near = at[1][distance < 1.0] if len(spots) else np.zeros(0, np.int64)  # the line may have parts that are no segment
    count = np.bincount(near, minlength=len(parts))
    zones = shapely.intersection(shapely.buffer(parts, band, cap_style="flat"), area)
    zone, road = tree.query(zones, predicate="intersects")
    length = np.bincount(zone, shapely.length(shapely.intersection(shapes[road], zones[zone])), len(parts))
    size = shapely.area(zones)
    density = 1000.0 * np.divide(length, size, out=np.zeros(len(parts)), where=size > 0)
    km = shapely.length(parts) / 1000.0
    return pd.DataFrame({"km": km, "crossings": count, "density": density, "expected": 2.0 * density * km / np.pi})


def _terrain(
    parts: NDArray[np.object_], slope: Slope | None, water: NDArray[np.object_] | None, near: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean slope on and beside each segment, and share of its points at water; NaN where there is no layer."""
    import shapely

    steep, wet = np.full(len(parts), np.nan), np.full(len(parts), np.nan)
    lakes = None if water is None else shapely.STRtree(water)
    for k, part in enumerate(parts):
        far = np.arange(STEP_M / 2.0, part.length, STEP_M)
        points = shapely.line_interpolate_point(part, far)
        x, y = shapely.get_x(points), shapely.get_y(points)
        if slope is not None:
            ahead = shapely.line_interpolate_point(part, np.minimum(far + 1.0, part.length))
            dx, dy = shapely.get_x(ahead) - x, shapely.get_y(ahead) - y
            size = np.maximum(np.hypot(dx, dy), 1e-9)
            side = [(x + s * ASIDE_M * dy / size, y - s * ASIDE_M * dx / size) for s in (-1.0, 0.0, 1.0)]
            read = slope.at(*(np.concatenate(v) for v in zip(*side, strict=True)))
            steep[k] = float(np.nanmean(read)) if np.isfinite(read).any() else np.nan
        if lakes is not None:
            touched = lakes.query(points, predicate="dwithin", distance=near)[0]
            wet[k] = len(np.unique(touched)) / len(points)
    return steep, wet
