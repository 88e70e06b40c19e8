"""Who owns which piece of a corridor that crosses governments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.least_cost import Corridor
from megaregion.errors import InputError
from megaregion.nodes.ecology_rasters import Grid
from megaregion.nodes.ecology_tables import BarriersResult, OwnersResult

if TYPE_CHECKING:
    import geopandas as gpd

Floats = NDArray[np.float64]


def units_on(units: gpd.GeoDataFrame, grid: Grid) -> gpd.GeoDataFrame:
    """Polygons of units in the system of a raster.

    Raises
    ------
    InputError
        They state no system, a unit comes twice, or none lies on the raster.
    """
    from shapely.geometry import box

    wrong = []
    if units.crs is None:
        wrong.append("they state no coordinate reference system")
    if not units.index.is_unique:
        wrong.append(f"units come twice: {units.index[units.index.duplicated()].unique()[:5].tolist()}")
    if units.empty:
        wrong.append("there are none")
    if wrong:
        raise InputError("polygons of units: " + "; ".join(wrong), hint="dissolve them by their identifier")
    plane = units.to_crs(grid.crs.to_wkt())
    x, y = grid.centers(np.array([-0.5, grid.shape[0] - 0.5]), np.array([-0.5, grid.shape[1] - 0.5]))
    if not plane.intersects(box(x[0], y[1], x[1], y[0])).any():
        raise InputError("none of the units lies on the raster", hint="check both systems, and the order of x and y")
    return plane


def unit_at(units: gpd.GeoDataFrame, x: Floats, y: Floats) -> NDArray[np.object_]:
    """Unit of each point; on a border the first in order, '' outside of all."""
    import shapely

    points = shapely.points(x, y)
    rows, inside = units.sindex.query(points, predicate="intersects")
    out = np.full(len(x), "", dtype=object)
    order = np.argsort(inside, kind="stable")[::-1]
    out[rows[order]] = units.index.astype(str).to_numpy(object)[inside[order]]
    return out


def owners(units: gpd.GeoDataFrame, grid: Grid, pairs: Sequence[Corridor], settings: dict[str, Any]) -> OwnersResult:
    """Length and area of every direct corridor by unit.

    A step of the cheapest way counts where its middle lies, a cell of the corridor where its middle lies: lengths and
    areas sum to those of the corridor, and are true to a cell.
    """
    frames = []
    for pair in pairs:
        if pair.through or not np.isfinite(pair.cost):
            continue
        rows, cols = pair.path // grid.shape[1], pair.path % grid.shape[1]
        step = np.hypot(np.diff(rows), np.diff(cols)) * grid.cell_m / 1000.0
        along = unit_at(units, *grid.centers((rows[1:] + rows[:-1]) / 2, (cols[1:] + cols[:-1]) / 2))
        inside = unit_at(units, *grid.centers(pair.cells // grid.shape[1], pair.cells % grid.shape[1]))
        length = pd.Series(step).groupby(along).sum()
        area = pd.Series(1.0, range(inside.size)).groupby(inside).sum() * grid.cell_ha
        frame = pd.DataFrame({"length_km": length, "area_ha": area}).fillna(0.0).rename_axis("unit").reset_index()
        frame.insert(0, "source_b", pair.b)
        frame.insert(0, "source_a", pair.a)
        frame["length_share"] = frame["length_km"] / frame["length_km"].sum()
        frame["area_share"] = frame["area_ha"] / frame["area_ha"].sum() if frame["area_ha"].sum() else np.nan
        frame["units"] = int((frame["unit"] != "").sum())
        frames.append(frame.sort_values(["length_km", "unit"], ascending=[False, True]))
    columns = [c.name for c in OwnersResult.columns]
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
    shared = int((table.drop_duplicates(["source_a", "source_b"])["units"] > 1).sum())
    return OwnersResult(table=table, settings=settings, more={"corridors": len(frames), "shared": shared})


def with_units(barriers: BarriersResult, units: gpd.GeoDataFrame) -> BarriersResult:
    """Barriers with the unit that each lies in."""
    from dataclasses import replace

    table = barriers.table
    where = unit_at(units, table["x"].to_numpy(float), table["y"].to_numpy(float))
    return replace(barriers, table=table.assign(unit=where))
