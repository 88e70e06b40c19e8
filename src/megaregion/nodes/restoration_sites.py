"""What sites would add to the connectivity of an ecological network, and which of them a budget restores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.habitat_graph import decay_rate, path_probability, restoration_gains
from megaregion.core.least_cost import Corridor, cost_distance
from megaregion.errors import InputError
from megaregion.nodes.ecology_corridors import Surface
from megaregion.nodes.ecology_tables import RestorationResult
from megaregion.nodes.restoration import RANGES, read_columns, restoration_priority
from megaregion.nodes.restoration_doubt import has_ranges, restoration_doubt
from megaregion.result import Result

Floats = NDArray[np.float64]
MOST = 100  # sites; pairs are worked out one by one


@dataclass(frozen=True, eq=False)
class SitesToRestore:
    """Candidates and the money for them.

    Attributes
    ----------
    table : DataFrame
        Index site; cost, area_ha, quality, and x, y (system of the raster) or lon, lat (WGS-84); optional cost_low,
        cost_high, and price (text: sites with the same price share it).
    budget : float
        In the unit of the costs.
    """

    table: pd.DataFrame
    budget: float


def read_sites_to_restore(path: Path, budget: float) -> SitesToRestore:
    """Candidates from CSV, XLSX or Parquet: site, cost, area_ha, x and y or lon and lat, optional quality (default 1).

    With cost_low and cost_high (and price, that several share) the doubt of the choice is worked out too.

    Raises
    ------
    SchemaError
        It cannot be read, columns are missing, or cells are no numbers.
    """
    from megaregion.data.sources.table import read_table

    heads = set(read_table(path, path.name)[0].columns)
    place = ("lon", "lat") if {"lon", "lat"} <= heads else ("x", "y")
    more = ("quality",) if "quality" in heads else ()
    table = read_columns(path, ("site",), ("cost", "area_ha", *place, *more), RANGES)
    return SitesToRestore(table.assign(quality=table.get("quality", 1.0)).set_index("site"), budget)


def restoration_of_network(
    found: Surface, pairs: Sequence[Corridor], area: Floats, wanted: SitesToRestore, *, contrast: float,
    dispersal_m: float,
) -> RestorationResult:  # fmt: skip
    """The sites of largest gain of connectivity within the budget, proven for gains of sites and of pairs.

    Parameters
    ----------
    found : Surface
    pairs : sequence of Corridor
        Between all pairs of sources at `contrast`.
    area : array (sources,)
        Area times quality, ha.
    wanted : SitesToRestore
    contrast : float
        Of the resistances that ways are found on.
    dispersal_m : float
        Way over the easiest land that half of the animals cover.

    Raises
    ------
    InputError
        Sites stand off the open land, in a source, or in one block; values are out of range; everything at once.
    SolveError
        No proven optimum.

    Notes
    -----
    Gain of a set: rise of PC in percent, as the sum of what each site and each pair adds (`restoration_gains`); the
    land of a site is crossed as it is now.
    """
    gained, pairs_of = _gains(found, pairs, area, wanted.table, contrast, dispersal_m)
    return _told(restoration_priority(gained, budget=wanted.budget, pairs=pairs_of), contrast, dispersal_m)


def restoration_tables(
    found: Surface, pairs: Sequence[Corridor], area: Floats, wanted: SitesToRestore, *, contrast: float,
    dispersal_m: float,
) -> dict[str, Result]:  # fmt: skip
    """restoration as `restoration_of_network`, and restoration_doubt where the sites state a range of their cost.

    Raises
    ------
    InputError, SolveError
        As `restoration_of_network` and `restoration_doubt`.
    """
    gained, pairs_of = _gains(found, pairs, area, wanted.table, contrast, dispersal_m)
    best = restoration_priority(gained, budget=wanted.budget, pairs=pairs_of)
    out: dict[str, Result] = {"restoration": _told(best, contrast, dispersal_m)}
    if has_ranges(gained):
        out["restoration_doubt"] = restoration_doubt(gained, budget=wanted.budget, pairs=pairs_of)
    return out


def _gains(
    found: Surface, pairs: Sequence[Corridor], area: Floats, table: pd.DataFrame, contrast: float, dispersal_m: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sites with their gain, percent of PC, and what pairs of them bring more."""
    cell = _cells(found, table, contrast)
    cost = _all_costs(found, pairs, area.size, cell, contrast)
    both = np.concatenate([area, (table["area_ha"] * table["quality"]).to_numpy(float)])
    k, n = decay_rate(dispersal_m), area.size
    alone, joint = restoration_gains(both, cost, k, np.arange(n, n + len(table)))
    base = float(area @ path_probability(cost[:n, :n], k) @ area)
    names = table.index.astype(str)
    a, b = np.triu_indices(len(table), 1)
    gains = pd.DataFrame({"site_a": names[a], "site_b": names[b], "gain": 100.0 * joint[a, b] / base})
    kept = [name for name in ("cost", *RANGES) if name in table]
    return table[kept].set_axis(names).assign(gain=100.0 * alone / base), gains


def _told(chosen: RestorationResult, contrast: float, dispersal_m: float) -> RestorationResult:
    note = ("gains are the rise of connectivity (PC) in percent; three and more sites count as the sum of their pairs, "
            "and the land of a site is crossed as it is now",)  # fmt: skip
    settings = {**chosen.settings, "reference_contrast": contrast, "dispersal_m": dispersal_m, "gain": "percent of PC"}
    return replace(chosen, settings=settings, warnings=note)


def _cells(found: Surface, table: pd.DataFrame, contrast: float) -> NDArray[np.int64]:
    """Flat block of each site."""
    wrong = []

    def say(rows: Any, text: str) -> None:
        bad = np.asarray(rows, dtype=bool)
        if bad.any():
            wrong.append(f"{text}: {table.index[bad][:5].tolist()}")

    if len(table) > MOST:
        wrong.append(f"{len(table)} sites are too many, at most {MOST}")
    say(table.index.duplicated(), "sites come twice")
    number = table[["cost", "area_ha", "quality"]].to_numpy(float)
    say(~np.isfinite(number).all(axis=1), "cost, area_ha or quality is missing")
    say((number < 0).any(axis=1), "cost, area_ha or quality is below zero")
    x, y = _plane(found, table)
    a, _, c, _, e, f = found.grid.transform
    known = np.isfinite(x) & np.isfinite(y)
    col = np.floor((np.where(known, x, c) - c) / a).astype(np.int64)
    row = np.floor((np.where(known, y, f) - f) / e).astype(np.int64)
    rows, cols = found.grid.shape
    inside = known & (row >= 0) & (row < rows) & (col >= 0) & (col < cols)
    say(~inside, "sites lie beyond the raster")
    cell = np.where(inside, np.clip(row, 0, rows - 1) * cols + np.clip(col, 0, cols - 1), 0)
    say(inside & ~np.isfinite(found.resistance[contrast].ravel()[cell]), "sites lie on closed land")
    say(inside & (found.patch.ravel()[cell] > 0), "sites lie in a source already")
    say(inside & pd.Series(cell).duplicated(keep=False).to_numpy(), f"sites share a block of {found.grid.cell_m:g} m")
    if wrong:
        raise InputError("sites to restore: " + "; ".join(wrong), hint="x, y in the raster's system, or lon, lat")
    return cell


def _plane(found: Surface, table: pd.DataFrame) -> tuple[Floats, Floats]:
    if "lon" not in table:
        return table["x"].to_numpy(float), table["y"].to_numpy(float)
    from pyproj import Transformer

    to = Transformer.from_crs("EPSG:4326", found.grid.crs.to_wkt(), always_xy=True)
    x, y = to.transform(table["lon"].to_numpy(float), table["lat"].to_numpy(float))
    return np.asarray(x, float), np.asarray(y, float)


def _all_costs(found: Surface, pairs: Sequence[Corridor], n: int, cell: NDArray[np.int64], contrast: float) -> Floats:
    """Least costs between sources and sites, in metres of the easiest land, the same both ways."""
    m = cell.size
    out = np.zeros((n + m, n + m))
    for pair in pairs:
        out[pair.a - 1, pair.b - 1] = out[pair.b - 1, pair.a - 1] = pair.cost
    patch = found.patch.ravel()
    source = np.flatnonzero(patch > 0)
    for s in range(m):
        start = np.zeros(found.patch.shape, dtype=bool)
        start.flat[cell[s]] = True
        reach = cost_distance(found.resistance[contrast], start, cell=found.grid.cell_m).cost.ravel()
        nearest = np.full(n + 1, np.inf)
        np.minimum.at(nearest, patch[source], reach[source])
        out[n + s, :n] = out[:n, n + s] = nearest[1:]
        out[n + s, n : n + s] = out[n : n + s, n + s] = reach[cell[:s]]
    return out
