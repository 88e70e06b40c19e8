"""Slope of the land from an elevation raster, in a projected system."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from megaregion._optional import require
from megaregion.errors import InputError

Floats = NDArray[np.float64]
_LARGEST = 40_000_000  # cells


@dataclass(frozen=True, eq=False)
class Slope:
    """Steepness on a grid of square cells.

    Attributes
    ----------
    degrees : (rows, columns) array
        NaN where the elevation is not known.
    west, north, cell : float
        Corner and side of a cell, in metres of the projected system.
    """

    degrees: Floats
    west: float
    north: float
    cell: float

    def at(self, x: Floats, y: Floats) -> Floats:
        """Degrees at points (metres); NaN outside of the grid."""
        column = np.floor((x - self.west) / self.cell).astype(np.int64)
        row = np.floor((self.north - y) / self.cell).astype(np.int64)
        known = (row >= 0) & (row < self.degrees.shape[0]) & (column >= 0) & (column < self.degrees.shape[1])
        out = np.full(x.shape, np.nan)
        out[known] = self.degrees[row[known], column[known]]
        return out


def read_slope(path: Path, *, crs: str, bounds: tuple[float, float, float, float], least_m: float = 30.0) -> Slope:
    """Slope from elevations in metres, on a grid of the projected system.

    Parameters
    ----------
    path : Path
        Raster of one band in any system.
    crs : str
        Projected system, in metres.
    bounds : tuple
        West, south, east, north in it.
    least_m : float
        Smallest side of a cell; the raster's own if that is larger.

    Raises
    ------
    InputError
        The raster cannot be read, has no system or several bands, or the area has too many cells.
    MissingExtraError
        rasterio is not installed.

    Notes
    -----
    Elevations are resampled bilinearly; slope is atan of the length of the gradient by central differences.
    """
    rasterio = require("rasterio", extra="raster")
    warp = require("rasterio.warp", extra="raster")
    try:
        source = rasterio.open(path)
    except rasterio.errors.RasterioIOError as error:
        raise InputError(f"{Path(path).name} cannot be read as a raster: {error}") from error
    with source:
        wrong = [] if source.crs is not None else ["it states no coordinate reference system"]
        wrong += [f"it has {source.count} bands, expected one of elevations"] if source.count != 1 else []
        if wrong:
            raise InputError(f"{Path(path).name}: " + "; ".join(wrong))
        cell = max(_cell_m(source, crs), least_m)
        west, south, east, north = bounds
        columns, rows = int(np.ceil((east - west) / cell)) + 2, int(np.ceil((north - south) / cell)) + 2
        if rows * columns > _LARGEST:
            raise InputError(f"{Path(path).name}: the area has {rows * columns:,} cells of {cell:.0f} m, at most "
                             f"{_LARGEST:,} can be held", hint="give a coarser raster")  # fmt: skip
        west, north = west - cell, north + cell
        height: Any = np.full((rows, columns), np.nan)
        to = rasterio.Affine(cell, 0.0, west, 0.0, -cell, north)
        warp.reproject(rasterio.band(source, 1), height, dst_transform=to, dst_crs=crs, dst_nodata=np.nan,
                       resampling=warp.Resampling.bilinear)  # fmt: skip
    down, across = np.gradient(height, cell)
    return Slope(np.degrees(np.arctan(np.hypot(down, across))), west, north, cell)


def _cell_m(source: Any, crs: str) -> float:
    """Side of the cell in the middle of a raster, in metres of a projected system."""
    from pyproj import Transformer

    to = Transformer.from_crs(source.crs.to_wkt(), crs, always_xy=True)
    column, row = source.width // 2, source.height // 2
    ends = [source.xy(row, column), source.xy(row, column + 1), source.xy(row + 1, column)]
    (x, y), (east, east_y), (south, south_y) = (to.transform(*end) for end in ends)
    return float(np.sqrt(np.hypot(east - x, east_y - y) * np.hypot(south - x, south_y - y)))
