"""Corridors, circuits and connectivity between sources, on a grid coarse enough to be solved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.circuit import Circuit, grid_circuit, pinch_points
from megaregion.core.habitat_graph import (
    decay_rate,
    gravity,
    importance,
    integral_index,
    links_between,
    path_probability,
    probability_of_connectivity,
)
from megaregion.core.least_cost import Corridor, corridors, overlap, rescaled
from megaregion.errors import InputError
from megaregion.nodes.ecology_classes import known_cells
from megaregion.nodes.ecology_quality import Landscape
from megaregion.nodes.ecology_rasters import Grid, reading
from megaregion.nodes.ecology_tables import (
    BarriersResult,
    CorridorsResult,
    CurrentResult,
    ImportanceResult,
    OverlapResult,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
_TRIES = 2  # barriers worked out for each that is shown
Network = Mapping[float, Sequence[Corridor]]


@dataclass(frozen=True, eq=False)
class Surface:
    """Sources and resistances on the grid that is searched.

    Attributes
    ----------
    grid : Grid
    factor : int
        Cells of the land cover along a side of one of its cells.
    patch : int32 array (rows, cols)
        Number of the source, 0 for none.
    resistance : mapping of float to array (rows, cols)
        By contrast; the easiest land has 1, inf where closed.
    """

    grid: Grid
    factor: int
    patch: Ints
    resistance: Mapping[float, Floats]


def checked_contrasts(contrasts: Sequence[float]) -> tuple[float, ...]:
    """Contrasts in rising order.

    Raises
    ------
    InputError
        There are fewer than three different ones, or one is not above 1.
    """
    found = sorted({float(c) for c in contrasts})
    wrong = []
    if len(found) < 3:
        wrong.append(f"at least three different ones are needed, got {list(contrasts)}")
    if bad := [c for c in found if not (np.isfinite(c) and c > 1)]:
        wrong.append(f"each must be a number above 1, got {bad}")
    if wrong:
        raise InputError("contrasts of resistances: " + "; ".join(wrong),
                         hint="10, 100 and 1000: where corridors lie hangs on them")  # fmt: skip
    return tuple(found)


def surface(land: Landscape, patch: Ints, contrasts: Sequence[float], *, most_cells: int) -> Surface:
    """Sources and resistances on blocks of cells, so many that at most `most_cells` remain.

    Parameters
    ----------
    land : Landscape
    patch : int32 array
        Sources on the grid of the land cover.
    contrasts : sequence of float
    most_cells : int

    Raises
    ------
    InputError
        Two sources fall into one block, or no land is open.

    Notes
    -----
    Resistances of the classes that occur are stretched to the contrast, then averaged over the open cells of a block; a
    block is closed if more than half of it is closed, not known or beyond the raster. A block belongs to the source
    that fills at least half of it; a source that fills none has the block with most of its cells. Sources are open and
    as easy as the easiest land.
    """
    rows, cols = land.grid.shape
    factor = max(1, int(np.ceil(np.sqrt(rows * cols / most_cells))))
    grid = land.grid.coarser(factor)
    table = land.classes.table.loc[list(land.cells)]
    stretched = {c: rescaled(table[["resistance"]].to_numpy(float).T, c)[0] for c in contrasts}
    coarse = _coarse_patches(patch, grid.shape, factor)
    out = {c: np.full(grid.shape, np.inf) for c in contrasts}
    codes_known = table.index.to_numpy()
    strip = max(1, 1024 // factor)
    with reading(land.path) as read:
        for top in range(0, grid.shape[0], strip):
            span = slice(top * factor, min((top + strip) * factor, rows))
            codes = read((span, slice(0, cols)))
            at = np.where(known_cells(codes, land.grid), np.searchsorted(codes_known, codes), len(codes_known))
            for contrast, values in stretched.items():
                out[contrast][top : top + strip] = _block_means(np.append(values, np.inf)[at], factor, grid.shape[1])
    for values in out.values():
        values[coarse > 0] = 1.0
    return Surface(grid, factor, coarse, out)


def _block_means(values: Floats, factor: int, width: int) -> Floats:
    """Mean of the finite cells of each block; inf where more than half of a block is not finite."""
    height = -(-values.shape[0] // factor)
    padded = np.full((height * factor, width * factor), np.inf)
    padded[: values.shape[0], : values.shape[1]] = values
    blocks = padded.reshape(height, factor, width, factor)
    finite = np.isfinite(blocks)
    count = finite.sum(axis=(1, 3))
    total = np.where(finite, blocks, 0.0).sum(axis=(1, 3))
    out: Floats = np.where(2 * count >= factor**2, total / np.maximum(count, 1), np.inf)
    return out


def _coarse_patches(patch: Ints, shape: tuple[int, int], factor: int) -> Ints:
    if factor == 1:
        return patch
    n = int(patch.max(initial=0))
    cell = np.flatnonzero(patch.ravel())
    row, col = cell // patch.shape[1] // factor, cell % patch.shape[1] // factor
    key, count = np.unique((row * shape[1] + col) * (n + 1) + patch.ravel()[cell], return_counts=True)
    block, label = key // (n + 1), key % (n + 1)
    out = np.zeros(shape[0] * shape[1], np.int32)
    half = 2 * count >= factor**2
    order = np.argsort(count[half], kind="stable")  # the fuller last, so that it stays
    out[block[half][order]] = label[half][order]
    clash = []
    for source in np.setdiff1d(np.arange(1, n + 1), out):
        mine = np.flatnonzero(label == source)
        best = mine[np.argmax(count[mine])]
        if out[block[best]]:
            clash.append(int(source))
        out[block[best]] = source
    clash += np.setdiff1d(np.arange(1, n + 1), out).tolist()
    if clash:
        raise InputError(
            f"on blocks of {factor} x {factor} cells sources {sorted(set(clash))[:5]} fall together with others",
            hint="raise the number of cells that are searched, or the least area of a source",
        )
    return out.reshape(shape)


def network(found: Surface, *, slack: float) -> dict[float, list[Corridor]]:
    """Corridors between all pairs of sources, by contrast."""
    return {c: corridors(r, found.patch, cell=found.grid.cell_m, slack=slack) for c, r in found.resistance.items()}


def reference(contrasts: Sequence[float]) -> float:
    """The contrast at which circuits and indices are worked out: the middle one."""
    return sorted(contrasts)[len(contrasts) // 2]


def corridor_tables(
    found: Surface, ways: Network, area: Floats, settings: Mapping[str, Any]
) -> tuple[CorridorsResult, OverlapResult]:
    """Corridors by contrast, and their overlap over contrasts.

    Raises
    ------
    InputError
        No pair of sources is joined by open land.
    """
    frames, remarks = [], []
    for contrast, pairs in ways.items():
        cost = _costs(pairs, area.size) / 1000.0
        pull = gravity(area, cost)
        frame = pd.DataFrame({
            "contrast": contrast, "source_a": [p.a for p in pairs], "source_b": [p.b for p in pairs],
            "cost_km": [p.cost / 1000.0 for p in pairs], "length_km": [p.length / 1000.0 for p in pairs],
            "area_ha": [p.cells.size * found.grid.cell_ha for p in pairs],
            "direct": [not p.through and np.isfinite(p.cost) for p in pairs],
            "gravity": [pull[p.a - 1, p.b - 1] for p in pairs],
        })  # fmt: skip
        frame["rank"] = frame["gravity"].where(frame["direct"]).rank(ascending=False, method="min").astype("Int64")
        frames.append(frame)
    table = pd.concat(frames, ignore_index=True)
    apart = table[~np.isfinite(table["cost_km"])][["source_a", "source_b"]].drop_duplicates()
    if len(apart) == len(frames[0]):
        raise InputError("no two sources are joined by open land",
                         hint="closed classes (infinite resistance) or nodata lie between all of them")  # fmt: skip
    if len(apart):
        remarks.append(f"{len(apart)} pairs of sources are not joined by open land, first "
                       f"{[tuple(map(int, pair)) for pair in apart.head().to_numpy()]}")  # fmt: skip
    overlaps = _overlaps(ways)
    mean = float(overlaps.loc[overlaps["always_direct"], "jaccard"].mean())
    if found.factor > 1:
        remarks.append(f"corridors were searched on blocks of {found.factor} x {found.factor} cells "
                       f"({found.grid.cell_m:g} m)")  # fmt: skip
    kept = {**settings, "block_m": found.grid.cell_m}
    return (
        CorridorsResult(table=table, settings=kept, warnings=tuple(remarks),
                        more={"direct": int(frames[0]["direct"].sum()), "unreachable": len(apart)}),
        OverlapResult(table=overlaps, settings=kept, more={"mean_jaccard_direct": mean},
                      warnings=("a corridor that lies elsewhere at another contrast hangs on an expert's guess",)),
    )  # fmt: skip


def _costs(pairs: Sequence[Corridor], n: int) -> Floats:
    out = np.zeros((n, n))
    for pair in pairs:
        out[pair.a - 1, pair.b - 1] = out[pair.b - 1, pair.a - 1] = pair.cost
    return out


def _overlaps(ways: Network) -> pd.DataFrame:
    rows = []
    for same in zip(*ways.values(), strict=True):
        areas, paths = overlap([p.cells for p in same]), overlap([np.sort(p.path) for p in same])
        rows.append((same[0].a, same[0].b, *areas, paths[0],
                     all(np.isfinite(p.cost) and not p.through for p in same)))  # fmt: skip
    names = ["source_a", "source_b", "jaccard", "in_all", "path_jaccard", "always_direct"]
    return pd.DataFrame(rows, columns=names)


@dataclass(frozen=True, eq=False)
class Flow:
    """Current over all direct corridors, and its pinch points, as rasters; the circuit that gave them."""

    current: Floats
    pinch: NDArray[np.bool_]


def current_tables(
    found: Surface,
    pairs: Sequence[Corridor],
    area: Floats,
    *,
    count: int,
    most: int,
    share: float,
    settings: Mapping[str, Any],
) -> tuple[CurrentResult, BarriersResult, Flow]:
    """Circuits of direct corridors: effective resistance, pinch points, barriers.

    Parameters
    ----------
    found : Surface
    pairs : sequence of Corridor
        At the reference contrast.
    area : array (sources,)
        Weights of the sources, for gravity.
    count, most : int
        Barriers a corridor, and for how many corridors, those of largest gravity.
    share : float
        Share of a corridor's cells, with the highest current, that are pinch points.
    settings : mapping
    """
    contrast = settings["reference_contrast"]
    circuit = grid_circuit(found.resistance[contrast], merged=found.patch)
    total, pinch = np.zeros(found.patch.shape), np.zeros(found.patch.shape, bool)
    rows, walls = [], []
    direct = [p for p in pairs if not p.through and np.isfinite(p.cost)]
    pull = gravity(area, _costs(pairs, area.size))
    strongest = {(p.a, p.b) for p in sorted(direct, key=lambda p: (-pull[p.a - 1, p.b - 1], p.a, p.b))[:most]}
    for pair in direct:
        ends = circuit.node_of(found.patch == pair.a), circuit.node_of(found.patch == pair.b)
        volt = circuit.voltage(*ends)
        current, ohm = circuit.current(*ends, voltage=volt), float(volt[ends[0]])
        total += np.nan_to_num(current)
        inside = np.zeros(pinch.shape, bool)
        inside.flat[pair.cells] = True
        inside &= found.patch == 0
        narrow = pinch_points(current, inside, share=share)
        pinch |= narrow
        rows.append((pair.a, pair.b, ohm, pair.cost / found.grid.cell_m / ohm, narrow.sum() * found.grid.cell_ha,
                     *_peak(found.grid, current, inside)))  # fmt: skip
        if (pair.a, pair.b) in strongest:
            walls += _walls(found, circuit, pair, ends, volt, count)
    names = [c.name for c in CurrentResult.columns]
    more = {"solver": circuit.solver, "nodes": circuit.nodes}
    places = pd.DataFrame(walls, columns=["source_a", "source_b", "x", "y", "drop_percent"]).assign(unit="")
    note = "sources have no resistance inside; current may pass through third sources"
    few = () if len(direct) <= most else (f"barriers for the {most} of {len(direct)} corridors of largest gravity",)
    total[~np.isfinite(found.resistance[contrast])] = np.nan
    return (
        CurrentResult(table=pd.DataFrame(rows, columns=names), settings=settings, more=more, warnings=(note,)),
        BarriersResult(
            table=places, settings={**settings, "restored_to": 1.0, "block_m": found.grid.cell_m}, warnings=few
        ),
        Flow(total, pinch),
    )


def _peak(grid: Grid, current: Floats, inside: NDArray[np.bool_]) -> tuple[float, float, float]:
    values = np.where(inside, np.nan_to_num(current), -1.0)
    if not inside.any():
        return np.nan, np.nan, np.nan
    row, col = np.unravel_index(int(np.argmax(values)), values.shape)
    x, y = grid.centers(np.array([row]), np.array([col]))
    return float(values[row, col]), float(x[0]), float(y[0])


def _walls(
    found: Surface, circuit: Circuit, pair: Corridor, ends: tuple[int, int], volt: Floats, count: int
) -> list[tuple[Any, ...]]:
    cells, drop = circuit.barriers(*ends, lowered=1.0, count=count, tries=_TRIES * count, voltage=volt)
    x, y = found.grid.centers(cells // found.patch.shape[1], cells % found.patch.shape[1])
    return [
        (pair.a, pair.b, *row)
        for row in zip(x.tolist(), y.tolist(), (100.0 * drop / volt[ends[0]]).tolist(), strict=True)
    ]


def importance_table(
    pairs: Sequence[Corridor], area: Floats, landscape_ha: float, *, dispersal_m: float, settings: Mapping[str, Any]
) -> ImportanceResult:
    """PC, IIC and what each source adds, at the reference contrast.

    The chance of a step is 1/2 at `dispersal_m` of the easiest land; for IIC pairs within that cost are linked.
    """
    cost = _costs(pairs, area.size)
    k = decay_rate(dispersal_m)
    worth = importance(area, cost, k)
    linked = (cost <= dispersal_m) & ~np.eye(area.size, dtype=bool)
    more = {"pc": probability_of_connectivity(area, path_probability(cost, k), landscape_ha),
            "iic": integral_index(area, links_between(linked), landscape_ha)}  # fmt: skip
    table = pd.DataFrame({"source": np.arange(1, area.size + 1), "dpc_percent": worth.total,
                          "intra_percent": worth.intra, "flux_percent": worth.flux,
                          "connector_percent": worth.connector})  # fmt: skip
    table = table.sort_values(["dpc_percent", "source"], ascending=[False, True], ignore_index=True)
    return ImportanceResult(table=table, settings={**settings, "dispersal_m": dispersal_m}, more=more)
