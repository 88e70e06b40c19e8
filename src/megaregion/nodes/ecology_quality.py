"""Habitat quality and shape of habitat over a land-cover raster, window by window."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.habitat_quality import Spread, degradation, exposure, margin, quality
from megaregion.core.morphology import CLASSES, CORE, spa_like
from megaregion.errors import InputError
from megaregion.nodes.ecology_classes import SENSITIVITY, LandClasses, Threat, known_cells
from megaregion.nodes.ecology_rasters import SIZE, Grid, parts, read_grid, reading, write_raster, writing
from megaregion.nodes.ecology_tables import QualityResult, ShapesResult, SourcesResult


@dataclass(frozen=True, eq=False)
class Landscape:
    """A land-cover raster with its classes and threats.

    Attributes
    ----------
    path : Path
    grid : Grid
    classes : LandClasses
    threats : tuple of Threat
    cells : mapping
        Cells of each class that occurs.
    """

    path: Path
    grid: Grid
    classes: LandClasses
    threats: tuple[Threat, ...]
    cells: dict[int, int]


def habitat_quality(
    land: Landscape, out: Path, *, k: float | None = None, spread: Spread = "nearest", size: int = SIZE
) -> QualityResult:
    """Degradation and quality of habitat, as rasters and by class.

    Parameters
    ----------
    land : Landscape
    out : Path
        Folder for degradation.tif and quality.tif (float32, nodata -1).
    k : float, optional
        Half-saturation; by default half of the largest degradation of a cell, where there is any.
    spread : {"nearest", "sum"}
        How threats add up over distance; see `megaregion.core.habitat_quality.exposure`.
    size : int
        Side of a window; the rasters do not hang on it ("sum": to rounding).

    Returns
    -------
    QualityResult

    Raises
    ------
    InputError
        k is not above zero.

    Notes
    -----
    Two passes over windows that overlap by the largest reach: degradation with its maximum, then quality. Threats
    beyond the raster are not known: cells within reach of the rim, or of nodata, look too good.
    """
    if k is not None and not (np.isfinite(k) and k > 0):
        raise InputError(f"k must be above zero, got {k!r}")
    largest = _degrade(land, out / "degradation.tif", spread, size)
    half = k if k is not None else largest / 2
    sums = {code: np.zeros(2) for code in land.cells}
    with ExitStack() as stack:
        codes_of, degraded_of = (stack.enter_context(reading(p)) for p in (land.path, out / "degradation.tif"))
        write = stack.enter_context(writing(out / "quality.tif", land.grid, dtype="float32", nodata=-1.0))
        for window in parts(land.grid, size=size):
            codes, degraded = codes_of(window.inner), degraded_of(window.inner).astype(float)
            known = known_cells(codes, land.grid)
            good = quality(land.classes.values("habitat", codes, known), np.where(known, degraded, 0.0), k=half)
            write(window.inner, np.where(known, good, -1.0))
            for code in np.unique(codes[known]).tolist():
                here = known & (codes == code)
                sums[int(code)] += (degraded[here].sum(), good[here].sum())
    return QualityResult(table=_by_class(land, sums), k=half, largest=largest, spread=spread,
                         warnings=_quality_remarks(land, k))  # fmt: skip


def _quality_remarks(land: Landscape, k: float | None) -> tuple[str, ...]:
    found = ["quality is a relative score: differences between places, not species or individuals"]
    if not land.threats:
        found.append("no threats were given: quality is the habitat value of the class")
    elif k is None:
        found.append("k is half of the largest degradation found here: scores of other rasters are not comparable")
    return tuple(found)


def _degrade(land: Landscape, path: Path, spread: Spread, size: int) -> float:
    """Write the degradation of every cell; the largest, as it was written."""
    edge = max((margin(t.reach_m, land.grid.cell_m) for t in land.threats), default=0)
    largest = 0.0
    grid_of = {t.name: read_grid(t.raster) for t in land.threats if t.raster is not None}
    with ExitStack() as stack:
        codes_of = stack.enter_context(reading(land.path))
        threat_of = {t.name: stack.enter_context(reading(t.raster)) for t in land.threats if t.raster is not None}
        write = stack.enter_context(writing(path, land.grid, dtype="float32", nodata=-1.0))
        for window in parts(land.grid, size=size, margin=edge):
            codes = codes_of(window.outer)
            known = known_cells(codes, land.grid)
            seen = {name: read(window.outer) for name, read in threat_of.items()}
            rasters = {name: (values > 0) & known_cells(values, grid_of[name]) for name, values in seen.items()}
            total = _total(land, codes, known, rasters, spread)[window.crop]
            here = known[window.crop]
            written = np.where(here, total, -1.0).astype(np.float32)
            largest = max(largest, float(written.max(initial=0.0)))
            write(window.inner, written)
    return largest


def _total(
    land: Landscape,
    codes: NDArray[Any],
    known: NDArray[np.bool_],
    rasters: dict[str, NDArray[np.bool_]],
    spread: Spread,
) -> NDArray[np.float64]:
    if not land.threats:
        return np.zeros(codes.shape)
    shown, sensitive = [], []
    for threat in land.threats:
        at = np.isin(codes, threat.codes) & known if threat.raster is None else rasters[threat.name]
        form: Any = threat.decay
        shown.append(exposure(at, cell=land.grid.cell_m, reach=threat.reach_m, form=form, spread=spread))
        sensitive.append(land.classes.values(SENSITIVITY + threat.name, codes, known))
    weights = np.array([t.weight for t in land.threats])
    return degradation(np.stack(shown), np.stack(sensitive), weights)


def _by_class(land: Landscape, sums: dict[int, NDArray[np.float64]]) -> pd.DataFrame:
    codes = list(land.cells)
    n = np.array([land.cells[c] for c in codes], float)
    both = np.array([sums[c] for c in codes])
    table = land.classes.table.loc[codes]
    return pd.DataFrame({
        "code": codes, "name": table["name"].to_numpy(), "area_ha": n * land.grid.cell_ha,
        "habitat": table["habitat"].to_numpy(), "degradation": both[:, 0] / n, "quality": both[:, 1] / n,
    })  # fmt: skip


def habitat_mask(land: Landscape, least: float) -> NDArray[np.bool_]:
    """Cells whose class has at least so much habitat value."""
    out = np.zeros(land.grid.shape, bool)
    with reading(land.path) as read:
        for window in parts(land.grid):
            codes = read(window.inner)
            known = known_cells(codes, land.grid)
            out[window.inner] = np.nan_to_num(land.classes.values("habitat", codes, known)) >= least
    return out


def sources(
    land: Landscape, out: Path, *, least_habitat: float, width: int, least_ha: float, most: int
) -> tuple[ShapesResult, SourcesResult, NDArray[np.int32]]:
    """Shape of habitat, and its largest cores as sources.

    Parameters
    ----------
    land : Landscape
    out : Path
        Folder with quality.tif; takes spa_like.tif and sources.tif.
    least_habitat : float
        Habitat value from which a class counts as habitat.
    width : int
        Width of the edge, in cells.
    least_ha : float
        Area of a core from which it is a source.
    most : int
        The largest so many are taken.

    Returns
    -------
    ShapesResult, SourcesResult, int32 array (rows, cols)
        The array holds the number of the source of each cell, 0 for none; 1 is the source with the largest product of
        area and mean quality.

    Raises
    ------
    InputError
        Fewer than two cores are large enough.
    """
    from scipy.ndimage import find_objects, label

    mask = habitat_mask(land, least_habitat)
    shape = spa_like(mask, width=width)
    write_raster(out / "spa_like.tif", land.grid, shape, dtype="uint8", nodata=0)
    cells = np.bincount(shape.ravel(), minlength=len(CLASSES))[1:]
    shapes = ShapesResult(cells=cells, cell_ha=land.grid.cell_ha, width=width, least_habitat=least_habitat)
    cores, n = label(shape == CORE, np.ones((3, 3), bool), output=np.int32)
    del shape, mask
    size = np.bincount(cores.ravel(), minlength=n + 1) * land.grid.cell_ha
    size[0] = 0.0
    large = np.flatnonzero(size >= least_ha)
    large = large[large > 0]
    if large.size < 2:
        raise InputError(
            f"corridors need two sources, but cores of at least {least_ha:g} ha: {large.size} of {n}",
            hint="lower the least area or the width of the edge",
        )
    worth = _sum_by_label(out / "quality.tif", land.grid, cores, n)
    chosen = large[np.lexsort((large, -worth[large]))][:most]
    number = np.zeros(n + 1, np.int32)
    number[chosen] = np.arange(1, chosen.size + 1)
    patch: NDArray[np.int32] = number[cores]
    write_raster(out / "sources.tif", land.grid, patch, dtype="int32", nodata=0)
    rows, cols = _middles(patch, find_objects(patch))
    x, y = land.grid.centers(rows, cols)
    table = pd.DataFrame({"source": np.arange(1, chosen.size + 1), "area_ha": size[chosen], "x": x, "y": y,
                          "quality": worth[chosen] * land.grid.cell_ha / size[chosen]})  # fmt: skip
    left = size[large].sum() - size[chosen].sum()
    remarks = () if chosen.size == large.size else (
        f"{large.size - chosen.size} further cores ({left:.0f} ha) are large enough but beyond the first {most}",
    )  # fmt: skip
    return shapes, SourcesResult(table=table, least_ha=least_ha, most=most, found=int(n), warnings=remarks), patch


def _sum_by_label(path: Path, grid: Grid, labels: NDArray[np.int32], n: int) -> NDArray[np.float64]:
    total = np.zeros(n + 1)
    with reading(path) as read:
        for window in parts(grid):
            here = labels[window.inner].ravel()
            total += np.bincount(here, np.where(here > 0, read(window.inner).ravel(), 0.0), minlength=n + 1)
    return total


def _middles(patch: NDArray[np.int32], boxes: list[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows, cols = [], []
    for k, box in enumerate(boxes):
        r, c = np.nonzero(patch[box] == k + 1)
        rows.append(box[0].start + r.mean())
        cols.append(box[1].start + c.mean())
    return np.array(rows), np.array(cols)
