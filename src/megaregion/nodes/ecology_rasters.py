"""Rasters as ecology takes them: one projected grid of square cells, read by windows, written in one step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from megaregion._optional import require
from megaregion.core.windows import Window, windows
from megaregion.data.atomic import replacing
from megaregion.errors import InputError

SIZE = 1024  # side of a window, in cells
HECTARE = 10_000.0


@dataclass(frozen=True, eq=False)
class Grid:
    """Where the cells of a raster lie.

    Attributes
    ----------
    shape : pair of int
        Rows, columns.
    transform : tuple of float
        a, b, c, d, e, f of the affine transform: x = a column + b row + c.
    crs : rasterio CRS
        Projected.
    cell_m : float
        Side of a cell, in metres.
    nodata : float or None
        Value of cells that are not known.
    """

    shape: tuple[int, int]
    transform: tuple[float, ...]
    crs: Any
    cell_m: float
    nodata: float | None

    @property
    def cell_ha(self) -> float:
        """Area of a cell, in hectares."""
        return self.cell_m**2 / HECTARE

    def centers(self, rows: NDArray[Any], cols: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Coordinates x, y of places in cells: whole numbers are middles of cells."""
        a, _, c, _, e, f = self.transform
        return c + a * (cols + 0.5), f + e * (rows + 0.5)

    def coarser(self, factor: int) -> Grid:
        """The grid of blocks of factor x factor cells; the last ones reach beyond the raster."""
        a, b, c, d, e, f = self.transform
        shape = (-(-self.shape[0] // factor), -(-self.shape[1] // factor))
        return Grid(shape, (a * factor, b, c, d, e * factor, f), self.crs, self.cell_m * factor, self.nodata)


def read_grid(path: Path) -> Grid:
    """Grid of a raster file.

    Raises
    ------
    InputError
        It cannot be read, or is not one band of square cells, north up, in a projected system; all that is wrong.
    MissingExtraError
        rasterio is not installed.
    """
    with _opened(path) as source:
        a, b, _, d, e, _ = tuple(source.transform)[:6]
        wrong = []
        if source.crs is None:
            wrong.append("it states no coordinate reference system")
        elif not source.crs.is_projected:
            wrong.append(f"its system {source.crs.to_string()} is geographic: degrees are no lengths")
        if source.count != 1:
            wrong.append(f"it has {source.count} bands, expected one")
        if b or d or e >= 0 or a <= 0:
            wrong.append("it is turned, or not north up")
        elif abs(a + e) > 1e-6 * a:
            wrong.append(f"its cells are not square: {a:g} x {-e:g}")
        if wrong:
            raise InputError(
                f"{path.name}: " + "; ".join(wrong),
                hint="gdalwarp -t_srs EPSG:... -tr 30 30 -r near (nearest neighbour, since classes have no mean)",
            )
        cell = a * float(source.crs.linear_units_factor[1])
        return Grid((source.height, source.width), tuple(source.transform)[:6], source.crs, cell, source.nodata)


def same_grid(grids: Mapping[str, Grid]) -> None:
    """Whether rasters lie cell on cell.

    Raises
    ------
    InputError
        They do not; names each difference from the first in shape, transform and system.
    """
    names = list(grids)
    first = grids[names[0]]
    wrong = []
    for name in names[1:]:
        other = grids[name]
        if other.shape != first.shape:
            wrong.append(f"{name}: shape {other.shape} is not {first.shape}")
        if not np.allclose(other.transform, first.transform, rtol=0, atol=1e-6 * first.transform[0]):
            wrong.append(f"{name}: transform {_short(other)} is not {_short(first)}")
        if other.crs != first.crs:
            wrong.append(f"{name}: system {other.crs.to_string()} is not {first.crs.to_string()}")
    if wrong:
        raise InputError(
            f"rasters must lie on the grid of {names[0]}: " + "; ".join(wrong),
            hint="gdalwarp with -te, -tr and -t_srs of the first; nothing is resampled silently",
        )


def _short(grid: Grid) -> list[float]:
    return [float(f"{value:.10g}") for value in grid.transform]


@contextmanager
def reading(path: Path) -> Iterator[Any]:
    """Open a raster; yields a function that reads the rows and columns of two slices."""
    rasterio = require("rasterio", extra="raster")
    with _opened(path) as source:

        def read(part: tuple[slice, slice]) -> NDArray[Any]:
            return source.read(1, window=rasterio.windows.Window.from_slices(*part))  # type: ignore[no-any-return]

        yield read


@contextmanager
def writing(path: Path, grid: Grid, *, dtype: str, nodata: float | None) -> Iterator[Any]:
    """Create a GeoTIFF that appears under its name when it is whole; yields a function that takes slices and values."""
    rasterio = require("rasterio", extra="raster")
    with replacing(path) as temporary, rasterio.open(
        temporary, "w", driver="GTiff", height=grid.shape[0], width=grid.shape[1], count=1, dtype=dtype,
        crs=grid.crs, transform=rasterio.Affine(*grid.transform), nodata=nodata, tiled=True, blockxsize=256,
        blockysize=256, compress="deflate", bigtiff="if_safer",
    ) as target:  # fmt: skip

        def write(part: tuple[slice, slice], values: NDArray[Any]) -> None:
            target.write(values.astype(dtype), 1, window=rasterio.windows.Window.from_slices(*part))

        yield write


def write_raster(path: Path, grid: Grid, values: NDArray[Any], *, dtype: str, nodata: float | None) -> None:
    """Write a whole array as GeoTIFF in one step."""
    with writing(path, grid, dtype=dtype, nodata=nodata) as write:
        write((slice(0, grid.shape[0]), slice(0, grid.shape[1])), values)


def parts(grid: Grid, *, size: int = SIZE, margin: int = 0) -> Iterator[Window]:
    """Windows over a grid."""
    return windows(grid.shape, size=size, margin=margin)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    rasterio = require("rasterio", extra="raster")
    require("rasterio.windows", extra="raster")
    try:
        source = rasterio.open(path)
    except rasterio.errors.RasterioIOError as error:
        raise InputError(f"{path.name} cannot be read as a raster: {error}", hint="GeoTIFF is safest") from error
    with source:
        yield source
