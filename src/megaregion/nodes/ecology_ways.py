"""The cheapest ways of direct corridors as lines, for maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion.core.least_cost import Corridor
from megaregion.nodes.ecology_rasters import Grid
from megaregion.nodes.ecology_tables import TableResult, made
from megaregion.result import Column

_CORRIDOR = "methods#ecological-corridors"


@dataclass(frozen=True, eq=False, kw_only=True)
class WaysResult(TableResult):
    """Vertices of the cheapest way of every direct corridor, by contrast; true to a cell."""

    title_en: ClassVar[str] = "Cheapest ways of corridors, as lines"
    title_zh: ClassVar[str] = "廊道最小费用路径（线）"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("contrast", "ratio", "Largest over smallest resistance", "阻力对比（最大/最小）", key=True),
        Column("source_a", "", "Source", "源地甲", key=True),
        Column("source_b", "", "Other source", "源地乙", key=True),
        Column("vertex", "", "Vertex", "折点序号", key=True),
        made("x", "m", "x in the raster's system", "x坐标", _CORRIDOR),
        made("y", "m", "y in the raster's system", "y坐标", _CORRIDOR),
    )


def ways_table(grid: Grid, ways: Mapping[float, Sequence[Corridor]], settings: Mapping[str, Any]) -> WaysResult:
    """Lines through the middles of cells, straightened by at most one cell."""
    import shapely

    frames = []
    for contrast, pairs in ways.items():
        for pair in pairs:
            if pair.through or not np.isfinite(pair.cost) or pair.path.size < 2:
                continue
            rows, cols = pair.path // grid.shape[1], pair.path % grid.shape[1]
            line = shapely.linestrings(np.column_stack(grid.centers(rows, cols)))
            points = shapely.get_coordinates(shapely.simplify(line, grid.cell_m))
            frame = pd.DataFrame({"vertex": range(len(points)), "x": points[:, 0], "y": points[:, 1]})
            frames.append(frame.assign(contrast=contrast, source_a=pair.a, source_b=pair.b))
    names = [c.name for c in WaysResult.columns]
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({n: pd.Series(dtype=float) for n in names})
    return WaysResult(table=table, settings={**settings, "crs": grid.crs.to_string()})
