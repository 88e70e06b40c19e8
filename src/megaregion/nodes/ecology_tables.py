"""Tables of ecology: quality, shapes, sources, corridors, their owners, pinch points and barriers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.morphology import CLASSES
from megaregion.result import Column, Input, Result

_LAND = (Input("landcover"), Input("classes"))
_QUALITY, _SHAPE = "methods#habitat-quality", "methods#spa-like"
_CORRIDOR, _CIRCUIT, _GRAPH = "methods#ecological-corridors", "methods#ecological-circuit", "methods#habitat-graph"
_SHAPES_ZH = ("核心区", "孤岛", "孔隙", "边缘区", "环道", "桥接区", "支线")


def made(name: str, unit: str, en: str, zh: str, formula: str) -> Column:
    """A column that a model gave."""
    return Column(name, unit, en, zh, modelled=True, formula=formula, inputs=_LAND)


def _seen(name: str, unit: str, en: str, zh: str, formula: str) -> Column:
    return Column(name, unit, en, zh, formula=formula, inputs=_LAND)


@dataclass(frozen=True, eq=False, kw_only=True)
class TableResult(Result):
    """A result whose rows stand in a frame already.

    Attributes
    ----------
    table : DataFrame
    settings, more : mapping
        Parameters and headline numbers.
    """

    table: pd.DataFrame
    settings: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """The rows, in the order of the columns."""
        return self.table[[c.name for c in self.columns]].reset_index(drop=True)

    def parameters(self) -> dict[str, Any]:
        """What the numbers depend on."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """Headline numbers."""
        return dict(self.more)


@dataclass(frozen=True, eq=False, kw_only=True)
class QualityResult(Result):
    """Habitat quality by land-cover class."""

    title_en: ClassVar[str] = "Habitat quality by land cover"
    title_zh: ClassVar[str] = "各地类生境质量"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("code", "", "Class", "地类代码", key=True),
        Column("name", "", "Name", "地类"),
        _seen("area_ha", "ha", "Area", "面积", _QUALITY),
        Column("habitat", "index", "Habitat value (given)", "生境适宜度（给定）"),
        made("degradation", "index", "Degradation, mean", "平均退化度", _QUALITY),
        made("quality", "index", "Habitat quality, mean", "平均生境质量", _QUALITY),
    )
    table: pd.DataFrame
    k: float
    largest: float
    spread: str

    def to_frame(self) -> pd.DataFrame:
        """One row a class that occurs."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Half-saturation, exponent, how threats spread."""
        return {"k": self.k, "z": 2.5, "spread": self.spread}

    def facts(self) -> dict[str, Any]:
        """Mean over all known cells, and the largest degradation."""
        area = self.table["area_ha"]
        mean = float((self.table["quality"] * area).sum() / area.sum())
        return {"mean_quality": mean, "largest_degradation": self.largest, "area_ha": float(area.sum())}


@dataclass(frozen=True, eq=False, kw_only=True)
class ShapesResult(Result):
    """Area of habitat by shape (SPA-like: definitions of this package, not those of MSPA)."""

    title_en: ClassVar[str] = "Shape of habitat (SPA-like)"
    title_zh: ClassVar[str] = "生境形态格局（类SPA）"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("shape", "", "Shape", "形态", key=True),
        Column("shape_zh", "", "Shape, Chinese", "形态（中文）"),
        made("area_ha", "ha", "Area", "面积", _SHAPE),
        made("share", "ratio", "Share of habitat", "占生境比例", _SHAPE),
    )
    cells: NDArray[np.int64]
    cell_ha: float
    width: int
    least_habitat: float

    def to_frame(self) -> pd.DataFrame:
        """One row a class of shape."""
        total = self.cells.sum()
        share = self.cells / total if total else np.full(len(self.cells), np.nan)
        return pd.DataFrame({"shape": CLASSES[1:], "shape_zh": _SHAPES_ZH, "area_ha": self.cells * self.cell_ha,
                             "share": share})  # fmt: skip

    def parameters(self) -> dict[str, Any]:
        """Width of the edge and habitat value that counts."""
        return {"edge_cells": self.width, "least_habitat": self.least_habitat, "neighbours": 8}


@dataclass(frozen=True, eq=False, kw_only=True)
class SourcesResult(Result):
    """Ecological sources: the largest cores by area times quality."""

    title_en: ClassVar[str] = "Ecological sources"
    title_zh: ClassVar[str] = "生态源地"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("source", "", "Source", "源地", key=True),
        made("area_ha", "ha", "Area of core", "核心区面积", _SHAPE),
        made("quality", "index", "Habitat quality, mean", "平均生境质量", _QUALITY),
        _seen("x", "m", "Middle, x in the raster's system", "中心x坐标", _SHAPE),
        _seen("y", "m", "Middle, y in the raster's system", "中心y坐标", _SHAPE),
    )
    table: pd.DataFrame
    least_ha: float
    most: int
    found: int

    def to_frame(self) -> pd.DataFrame:
        """One row a source, the largest first."""
        return self.table[[c.name for c in self.columns]].copy()

    def parameters(self) -> dict[str, Any]:
        """Least area and greatest number."""
        return {"least_ha": self.least_ha, "most": self.most}

    def facts(self) -> dict[str, Any]:
        """How many cores there are, large or small."""
        return {"sources": len(self.table), "cores": self.found, "area_ha": float(self.table["area_ha"].sum())}


@dataclass(frozen=True, eq=False, kw_only=True)
class CorridorsResult(TableResult):
    """Least-cost corridors between sources, for each contrast of resistances."""

    title_en: ClassVar[str] = "Ecological corridors by contrast of resistances"
    title_zh: ClassVar[str] = "不同阻力对比下的生态廊道"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("contrast", "ratio", "Largest over smallest resistance", "阻力对比（最大/最小）", key=True),
        Column("source_a", "", "Source", "源地甲", key=True),
        Column("source_b", "", "Other source", "源地乙", key=True),
        made("cost_km", "km", "Least cost (as km of the easiest land)", "最小累积阻力（折合最易通行km）", _CORRIDOR),
        made("length_km", "km", "Length of the cheapest way", "最小费用路径长度", _CORRIDOR),
        made("area_ha", "ha", "Area of the corridor", "廊道面积", _CORRIDOR),
        made("direct", "", "Through no other source", "是否直接相连", _CORRIDOR),
        made("gravity", "index", "Gravity of the pair (ha2/km2)", "引力强度", _GRAPH),
        made("rank", "", "Rank by gravity among direct ones", "引力排名（直接廊道）", _GRAPH),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class OverlapResult(TableResult):
    """How far corridors lie in the same place whatever the contrast."""

    title_en: ClassVar[str] = "Overlap of corridors over contrasts"
    title_zh: ClassVar[str] = "廊道在不同阻力对比下的重叠度"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("source_a", "", "Source", "源地甲", key=True),
        Column("source_b", "", "Other source", "源地乙", key=True),
        made("jaccard", "ratio", "Overlap of areas, mean of pairs of contrasts", "廊道面积重叠（两两平均）", _CORRIDOR),
        made("in_all", "ratio", "Area in all contrasts over area in any", "全部对比共有面积占比", _CORRIDOR),
        made(
            "path_jaccard",
            "ratio",
            "Overlap of cheapest ways, mean of pairs",
            "最小费用路径重叠（两两平均）",
            _CORRIDOR,
        ),
        made("always_direct", "", "Through no other source in all contrasts", "各对比下均直接相连", _CORRIDOR),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class CurrentResult(TableResult):
    """Effective resistance and pinch points of each direct corridor, at the reference contrast."""

    title_en: ClassVar[str] = "Corridors as circuits: effective resistance and pinch points"
    title_zh: ClassVar[str] = "廊道电路分析：有效阻力与夹点"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("source_a", "", "Source", "源地甲", key=True),
        Column("source_b", "", "Other source", "源地乙", key=True),
        made("resistance", "ratio", "Effective resistance (cells of the easiest land)", "有效阻力", _CIRCUIT),
        made("redundancy", "ratio", "Least cost over effective resistance: how many ways share the load",
             "最小费用与有效阻力之比（通道冗余度）", _CIRCUIT),
        made("pinch_ha", "ha", "Pinch points in the corridor", "夹点面积", _CIRCUIT),
        made("pinch_current", "ratio", "Highest current in the corridor", "廊道内最大电流", _CIRCUIT),
        made("pinch_x", "m", "Where, x", "位置x", _CIRCUIT),
        made("pinch_y", "m", "Where, y", "位置y", _CIRCUIT),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class BarriersResult(TableResult):
    """Cells whose restoration lowers the effective resistance of a corridor most."""

    title_en: ClassVar[str] = "Barriers in corridors"
    title_zh: ClassVar[str] = "廊道障碍点"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("source_a", "", "Source", "源地甲", key=True),
        Column("source_b", "", "Other source", "源地乙", key=True),
        made("x", "m", "Middle of the cell, x", "位置x", _CIRCUIT),
        made("y", "m", "Middle of the cell, y", "位置y", _CIRCUIT),
        made("drop_percent", "percent", "Fall of effective resistance if restored", "修复后有效阻力下降", _CIRCUIT),
        made("unit", "", "Unit that it lies in", "所属单元", _CIRCUIT),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class ImportanceResult(TableResult):
    """What each source adds to the probability of connectivity."""

    title_en: ClassVar[str] = "Importance of sources for connectivity"
    title_zh: ClassVar[str] = "源地连通性重要度"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("source", "", "Source", "源地", key=True),
        made("dpc_percent", "percent", "dPC: loss of connectivity without it", "可能连通性重要度dPC", _GRAPH),
        made("intra_percent", "percent", "of which its own area", "其中：自身面积", _GRAPH),
        made("flux_percent", "percent", "as an end of ways", "其中：流量", _GRAPH),
        made("connector_percent", "percent", "as a stepping stone", "其中：踏脚石", _GRAPH),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class OwnersResult(TableResult):
    """Which piece of a corridor lies in which unit: who would have to protect it."""

    title_en: ClassVar[str] = "Owners of corridors"
    title_zh: ClassVar[str] = "廊道的行政归属"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("source_a", "", "Source", "源地甲", key=True),
        Column("source_b", "", "Other source", "源地乙", key=True),
        Column("unit", "", "Unit (empty: outside of all)", "单元（空为界外）", key=True),
        made("length_km", "km", "Length of the cheapest way in it", "单元内路径长度", _CORRIDOR),
        made("length_share", "ratio", "Share of the length", "长度占比", _CORRIDOR),
        made("area_ha", "ha", "Area of the corridor in it", "单元内廊道面积", _CORRIDOR),
        made("area_share", "ratio", "Share of the area", "面积占比", _CORRIDOR),
        made("units", "", "Units that the corridor touches", "廊道涉及单元数", _CORRIDOR),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class RestorationResult(TableResult):
    """Sites to restore under a budget."""

    title_en: ClassVar[str] = "Sites to restore under the budget"
    title_zh: ClassVar[str] = "预算约束下的优先修复地块"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("site", "", "Site", "地块", key=True),
        Column("cost", "by row", "Cost", "费用", inputs=(Input("sites"),)),
        made("alone", "by row", "Gain by itself", "单独收益", "methods#restoration-priority"),
        made("with_chosen", "by row", "What it adds to the others chosen", "对所选组合的边际收益",
             "methods#restoration-priority"),
        made("chosen", "", "Chosen", "入选", "methods#restoration-priority"),
        made("greedy", "", "Chosen by the greedy rule", "贪心法入选", "methods#restoration-priority"),
    )  # fmt: skip
