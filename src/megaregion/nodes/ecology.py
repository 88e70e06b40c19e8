"""Ecological network of a region from its land cover: quality, sources, corridors, bottlenecks, and who owns them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from megaregion.core.habitat_quality import Spread
from megaregion.errors import InputError
from megaregion.nodes.ecology_classes import census, read_classes, read_threats
from megaregion.nodes.ecology_corridors import (
    Surface,
    checked_contrasts,
    corridor_tables,
    current_tables,
    importance_table,
    network,
    reference,
    surface,
)
from megaregion.nodes.ecology_owners import owners, units_on, with_units
from megaregion.nodes.ecology_quality import Landscape, habitat_quality, sources
from megaregion.nodes.ecology_rasters import read_grid, same_grid, write_raster
from megaregion.nodes.ecology_ways import ways_table
from megaregion.nodes.restoration_sites import SitesToRestore, restoration_tables
from megaregion.result import Result

if TYPE_CHECKING:
    import geopandas as gpd


@dataclass(frozen=True, kw_only=True)
class EcologyOptions:
    """Choices that the network hangs on; the defaults are ours, no standard sets them.

    Attributes
    ----------
    contrasts : sequence of float
        Largest over smallest resistance, at least three.
    k : float, optional
        Half-saturation of habitat quality; by default half of the largest degradation.
    spread : {"nearest", "sum"}
        How threats add up over distance.
    least_habitat : float
        Habitat value from which a class is habitat.
    edge_cells : int
        Width of the edge of habitat.
    least_ha : float
        Area of a core from which it is a source.
    most_sources : int
        The first so many by area times quality.
    slack : float
        How much dearer than the cheapest way a corridor may be.
    most_cells : int
        Of the grid that corridors and circuits are searched on; above it cells are joined into blocks. Beyond 300,000
        circuits are solved by multigrid, which makes barriers slow: set their number to 0.
    dispersal_m : float
        Distance over the easiest land that half of the animals cover.
    barriers, barrier_corridors : int
        How many a corridor, and for how many corridors, those of largest gravity.
    pinch_share : float
        Share of a corridor's cells, with the highest current, that are pinch points.
    """

    contrasts: Sequence[float] = (10.0, 100.0, 1000.0)
    k: float | None = None
    spread: Spread = "nearest"
    least_habitat: float = 0.5
    edge_cells: int = 1
    least_ha: float = 10.0
    most_sources: int = 12
    slack: float = 0.05
    most_cells: int = 250_000
    dispersal_m: float = 5000.0
    barriers: int = 3
    barrier_corridors: int = 10
    pinch_share: float = 0.1

    def __post_init__(self) -> None:
        above = ("least_ha", "most_cells", "dispersal_m", "least_habitat")
        wrong = [f"{n} must be > 0, got {v!r}" for n in above if not (np.isfinite(v := getattr(self, n)) and v > 0)]
        if not self.slack >= 0:
            wrong.append(f"slack must be >= 0, got {self.slack!r}")
        if self.most_sources < 2 or self.edge_cells < 1 or min(self.barriers, self.barrier_corridors) < 0:
            wrong.append("most_sources must be at least 2, edge_cells 1, barriers and barrier_corridors 0")
        if not 0 < self.pinch_share < 1:
            wrong.append(f"pinch_share must be between 0 and 1, got {self.pinch_share!r}")
        if wrong:
            raise InputError("ecology: " + "; ".join(wrong))


def ecology(
    landcover: Path,
    classes: Path,
    *,
    out: Path,
    threats: Path | None = None,
    units: gpd.GeoDataFrame | None = None,
    options: EcologyOptions | None = None,
    restore: SitesToRestore | None = None,
) -> dict[str, Result]:
    """Habitat quality, sources, corridors over contrasts, circuits and owners of a land-cover raster.

    Parameters
    ----------
    landcover : Path
        Raster of classes: projected, square cells, one band.
    classes : Path
        CSV: code, name, habitat, resistance, sensitivity_<threat>.
    out : Path
        Folder that takes the rasters: degradation, quality, spa_like, sources, corridors (number of contrasts whose
        corridors pass), current, pinch_points (.tif).
    threats : Path, optional
        CSV: threat, weight, reach_m, decay, and codes or raster.
    units : GeoDataFrame, optional
        Polygons of governments, index their identifier.
    options : EcologyOptions, optional
    restore : SitesToRestore, optional
        Sites whose gain of connectivity is worked out, and the budget that some of them are chosen under.

    Returns
    -------
    dict of str to Result
        quality, shapes, sources, corridors, overlap, importance, current, barriers, ways; with units also owners,
        with sites restoration, and restoration_doubt where they state a range of their cost.

    Raises
    ------
    InputError
        Rasters or tables cannot be used, there are fewer than two sources, or none can be reached from another.
    MissingExtraError
        rasterio is not installed.

    Notes
    -----
    docs/concepts/methods.md, anchors habitat-quality to habitat-graph. Memory: the land cover is read by windows; the
    shape of habitat needs about 25 bytes a cell; corridors and circuits are searched on at most `most_cells` blocks.
    """
    chosen = options or EcologyOptions()
    contrasts = checked_contrasts(chosen.contrasts)
    land = read_landscape(landcover, classes, threats)
    plane = None if units is None else units_on(units, land.grid)
    out.mkdir(parents=True, exist_ok=True)
    quality = habitat_quality(land, out, k=chosen.k, spread=chosen.spread)
    shapes, found, patch = sources(
        land, out, least_habitat=chosen.least_habitat, width=chosen.edge_cells, least_ha=chosen.least_ha,
        most=chosen.most_sources,
    )  # fmt: skip
    ground = surface(land, patch, contrasts, most_cells=chosen.most_cells)
    ways = network(ground, slack=chosen.slack)
    area = (found.table["area_ha"] * found.table["quality"]).to_numpy(float)
    middle = reference(contrasts)
    settings: dict[str, Any] = {"contrasts": list(contrasts), "reference_contrast": middle, "slack": chosen.slack}
    lines, overlaps = corridor_tables(ground, ways, area, settings)
    current, barriers, flow = current_tables(
        ground, ways[middle], area, count=chosen.barriers, most=chosen.barrier_corridors, share=chosen.pinch_share,
        settings=settings,
    )  # fmt: skip
    total_ha = quality.facts()["area_ha"]
    worth = importance_table(ways[middle], area, total_ha, dispersal_m=chosen.dispersal_m, settings=settings)
    results: dict[str, Result] = {
        "quality": quality, "shapes": shapes, "sources": found, "corridors": lines, "overlap": overlaps,
        "importance": worth, "current": current, "barriers": barriers,
        "ways": ways_table(ground.grid, ways, settings),
    }  # fmt: skip
    if plane is not None:
        results["barriers"] = with_units(barriers, plane)
        results["owners"] = owners(plane, ground.grid, ways[middle], settings)
    if restore is not None:
        results |= restoration_tables(
            ground, ways[middle], area, restore, contrast=middle, dispersal_m=chosen.dispersal_m
        )
    _write(out, ground, ways, flow.current, flow.pinch)
    return results


def read_landscape(landcover: Path, classes: Path, threats: Path | None = None) -> Landscape:
    """A land-cover raster with its tables, checked.

    Raises
    ------
    InputError
        A table or a raster cannot be used; rasters of threats do not lie on the grid of the land cover.
    """
    dangers = () if threats is None else read_threats(threats)
    table = read_classes(classes, tuple(t.name for t in dangers))
    grids = {landcover.name: read_grid(landcover)}
    for danger in dangers:
        if danger.raster is not None:
            grids[f"{danger.name} ({danger.raster.name})"] = read_grid(danger.raster)
    same_grid(grids)
    grid = grids[landcover.name]
    return Landscape(landcover, grid, table, dangers, dict(census(landcover, grid, table, dangers)))


def _write(out: Path, ground: Surface, ways: Any, current: Any, pinch: Any) -> None:
    passed = np.zeros(ground.grid.shape[0] * ground.grid.shape[1], np.uint8)
    for pairs in ways.values():
        once = np.zeros(passed.size, bool)
        for pair in pairs:
            if not pair.through:
                once[pair.cells] = True
        passed += once
    grid = ground.grid
    write_raster(out / "corridors.tif", grid, passed.reshape(grid.shape), dtype="uint8", nodata=0)
    write_raster(out / "current.tif", grid, np.where(np.isnan(current), -1.0, current), dtype="float32", nodata=-1.0)
    write_raster(out / "pinch_points.tif", grid, pinch, dtype="uint8", nodata=0)
