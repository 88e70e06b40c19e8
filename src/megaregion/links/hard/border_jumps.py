"""Does the density of roads jump at a border? Local regression of cells of a grid on their distance to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.discontinuity import jump
from megaregion.data.road_map import RoadMap
from megaregion.errors import InputError
from megaregion.links.hard.unit_borders import border_line, unit_borders
from megaregion.result import Column, Result

if TYPE_CHECKING:
    import geopandas as gpd

FORMULA = "methods#border-jumps"
FEW = 10  # stretches; with fewer, cells stand alone
STEP_M, BLOCK_M = 50.0, 10_000.0  # pieces of road that fall into one cell; stretches of border that are one cluster


def _column(name: str, unit: str, en: str, zh: str) -> Column:
    return Column(name, unit, en, zh, modelled=True, formula=FORMULA)


@dataclass(frozen=True, eq=False, kw_only=True)
class BorderJumps(Result):
    """Jump of the density of roads at each border.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe()`.
    settings : dict
    """

    table: pd.DataFrame
    settings: dict[str, Any]

    title_en: ClassVar[str] = "Jump of road density at borders"
    title_zh: ClassVar[str] = "边界处路网密度断点"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("unit_a", "", "Unit", "单元甲", key=True),
        Column("unit_b", "", "Neighbour", "单元乙", key=True),
        _column("jump", "km per km2", "Density in the neighbour less in the unit, at the border", "密度跳跃（乙减甲）"),
        _column("low", "km per km2", "Its lower end, 95 %, robust to bias", "下限（稳健偏误校正）"),
        _column("high", "km per km2", "Its upper end, 95 %, robust to bias", "上限（稳健偏误校正）"),
        _column("bandwidth_km", "km", "Bandwidth", "带宽"),
        Column("cells_a", "count", "Cells in the unit", "甲侧网格数"),
        Column("cells_b", "count", "Cells in the neighbour", "乙侧网格数"),
        Column("clusters", "count", "Stretches of border", "边界分段数"),
    )

    def to_frame(self) -> pd.DataFrame:
        """One row a border, the largest jump first."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Cells, reach, classes of road, reference system."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """Borders, and those at which the density surely jumps: never one that is too short for clusters."""
        clear = (self.table["low"] > 0) | (self.table["high"] < 0)
        sure = self.table[clear & (self.table["clusters"] >= FEW)]
        names = [f"{a} - {b}" for a, b in sure[["unit_a", "unit_b"]].itertuples(index=False)]
        return {"borders": len(self.table), "surely_jumps": names}


def border_jumps(
    roads: RoadMap, units: gpd.GeoDataFrame, *, crs: str, least_class: str = "tertiary", cell_km: float = 1.0,
    reach_km: float = 15.0, bandwidth_km: float | None = None,
) -> BorderJumps:  # fmt: skip
    """Regress the density of roads in square cells on the signed distance to each border.

    Parameters
    ----------
    roads : RoadMap
    units : GeoDataFrame
        Polygons, index their identifier.
    crs : str
        Projected system, in metres.
    least_class : str
        Smallest class of road that counts.
    cell_km : float
        Side of a cell; those that the border may cut (nearer than .71 of it) are left out.
    reach_km : float
        Cells at most this far from the border are looked at.
    bandwidth_km : float, optional
        Default: the one of least mean squared error, at most the reach.

    Raises
    ------
    InputError
        Numbers are not above zero, or the units cannot be used or share no border.

    Notes
    -----
    `megaregion.core.discontinuity.jump`; clusters are stretches of 10 km of border where there are ten or more, because
    neighbouring cells are alike, then with quantiles of t (g - 1 degrees of freedom). A jump is a difference in
    provision between two sides, not that the border is hard to pass; where the land changes at the border too, it is
    not the border's.
    """
    if not (cell_km > 0 and reach_km > 2 * cell_km and (bandwidth_km is None or bandwidth_km > 0)):
        raise InputError("cell_km must be > 0, reach_km above two cells and a bandwidth > 0, got "
                         f"{cell_km!r}, {reach_km!r}, {bandwidth_km!r}")  # fmt: skip
    plane, found = unit_borders(units, crs)
    bits, metres = _pieces(roads.at_least(least_class).lines().to_crs(crs).geometry.to_numpy())
    from scipy.stats import t

    rows, thin = [], []
    for a, b in found[["place_a", "place_b"]].itertuples(index=False):
        x, y, block = _cells((plane[a], plane[b]), border_line(plane[a], plane[b]), (bits, metres), (cell_km, reach_km))
        many = len(np.unique(block))
        try:
            got = jump(x, y, block if many >= FEW else None,
                       bandwidth=min(bandwidth_km, reach_km) if bandwidth_km else None)  # fmt: skip
            if got.bandwidth > reach_km:
                got = jump(x, y, block if many >= FEW else None, bandwidth=reach_km)
        except InputError:
            thin.append(f"{a} - {b}")
            continue
        wide = float(t.ppf(0.975, many - 1)) if many >= FEW else 1.96
        rows.append({"unit_a": a, "unit_b": b, "jump": got.estimate, "low": got.corrected - wide * got.error,
                     "high": got.corrected + wide * got.error, "bandwidth_km": got.bandwidth, "cells_a": got.left,
                     "cells_b": got.right, "clusters": many})  # fmt: skip
    table = pd.DataFrame(rows, columns=[c.name for c in BorderJumps.columns])
    table = table.sort_values("jump", key=lambda v: -v.abs(), kind="stable", ignore_index=True)
    said = ["a jump is a difference in provision of the two sides, not that the border is hard to pass"]
    if thin:
        said.append(f"{len(thin)} borders have too few cells and no number: {', '.join(thin[:5])}")
    if short := int((table["clusters"] < FEW).sum()):
        said.append(
            f"{short} borders are too short for clusters: intervals take every cell for itself and are too narrow"
        )
    settings = {"cell_km": cell_km, "reach_km": reach_km, "bandwidth_km": bandwidth_km, "least_class": least_class,
                "crs": crs}  # fmt: skip
    return BorderJumps(table=table, settings=settings, warnings=(*roads.notes, *said))


def _pieces(shapes: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Middles (p, 2) of pieces of road of at most 50 m, and their lengths."""
    import shapely

    xy, line = shapely.get_coordinates(shapely.segmentize(shapes, STEP_M), return_index=True)
    same = line[1:] == line[:-1]
    step = np.hypot(*(xy[1:] - xy[:-1]).T)[same]
    return ((xy[1:] + xy[:-1]) / 2.0)[same], step


def _cells(
    sides: tuple[Any, Any], border: Any, pieces: tuple[NDArray[np.float64], NDArray[np.float64]],
    size: tuple[float, float],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:  # fmt: skip
    """Signed distance in km (the second side is positive), km of road a km2, and stretch of border, by cell."""
    import shapely

    cell, reach = 1000.0 * size[0], 1000.0 * size[1]
    west, south, east, north = border.buffer(reach).bounds
    columns, rows = int(np.ceil((east - west) / cell)), int(np.ceil((north - south) / cell))
    xy, metres = pieces
    at = np.floor((xy - [west, south]) / cell).astype(np.int64)
    inside = ((at >= 0) & (at < [columns, rows])).all(axis=1)
    km = np.bincount(at[inside, 1] * columns + at[inside, 0], metres[inside], rows * columns) / 1000.0
    row, column = np.divmod(np.arange(rows * columns), columns)
    points = shapely.points(west + (column + 0.5) * cell, south + (row + 0.5) * cell)
    shapely.prepare(list(sides))
    of = [shapely.contains(shape, points) for shape in sides]
    away = shapely.distance(points, border)
    use = (of[0] | of[1]) & (away <= reach) & (away >= 0.71 * cell)
    parts = shapely.get_parts(shapely.line_merge(border))
    near = shapely.STRtree(parts).nearest(points[use])
    start = np.concatenate([[0.0], np.cumsum(np.ceil(shapely.length(parts) / BLOCK_M) * BLOCK_M)])  # no shared block
    along = start[near] + shapely.line_locate_point(parts[near], points[use])
    sign = np.where(of[1][use], 1.0, -1.0)
    return sign * away[use] / 1000.0, km[use] / size[0] ** 2, np.floor(along / BLOCK_M).astype(np.intp)
