"""Result tables of the multilayer view: places, pairs of layers, ways through layers, failing layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from megaregion.result import Column, Input, Result

FORMULA, WAYS, FAILING = "methods#multilayer", "methods#layered-times", "methods#layer-failures"
_GIVEN = (Input("tables/flows.csv"), Input("tables/services.csv"), Input("tables/places.csv"))


def _made(name: str, unit: str, en: str, zh: str, formula: str = FORMULA) -> Column:
    return Column(name, unit, en, zh, modelled=True, formula=formula, inputs=_GIVEN)


@dataclass(frozen=True, eq=False, kw_only=True)
class _Table(Result):
    table: pd.DataFrame
    found: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """The rows, columns as in `describe()`."""
        return self.table[[c.name for c in self.describe()]].copy()

    def parameters(self) -> dict[str, Any]:
        """Layers, decay, seed."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """Headline numbers."""
        return dict(self.found)


@dataclass(frozen=True, eq=False, kw_only=True)
class MultilayerResult(_Table):
    """Activity of each place over the layers, and its versatility.

    Attributes
    ----------
    layers : tuple of str
        One column `in_<layer>` each.
    """

    title_en: ClassVar[str] = "Places over several layers"
    title_zh: ClassVar[str] = "多层网络中的城市"
    layers: tuple[str, ...]

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`: one a layer at the end."""
        return (
            Column("place_id", "", "Place", "地区", key=True),
            _made("rank", "", "Rank by versatility", "多层中心性排名"),
            _made("rank_low", "", "Best rank over decays", "不同衰减下的最高排名"),
            _made("rank_high", "", "Worst rank over decays", "不同衰减下的最低排名"),
            _made("versatility", "percent", "Versatility (walkers in this place)", "多层中心性（随机游走者比重）"),
            _made("rank_aggregate", "", "Rank if all layers were one", "合并为一层时的排名"),
            _made("overlap", "index", "Activity over all layers (mean place: number of layers)",
                  "各层活动之和（平均城市等于层数）"),
            _made("participation", "index", "Participation: 0 one layer, 1 all alike", "参与系数（0单层，1各层均等）"),
            _made("participation_links", "index", "Participation by number of links", "按联系数的参与系数"),
            _made("change_min", "min", "Minutes to change between layers", "层间转换时间"),
            *(_made(f"in_{name}", "index", f"Activity in {name} (mean place 1)", f"{name}层的活动（平均城市为1）")
              for name in self.layers),
        )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class LayerPairsResult(_Table):
    """How alike two layers are."""

    title_en: ClassVar[str] = "Pairs of layers"
    title_zh: ClassVar[str] = "层间相似性"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("layer_a", "", "Layer", "层甲", key=True),
        Column("layer_b", "", "Layer", "层乙", key=True),
        Column("links_a", "count", "Links of the first", "层甲的联系数", inputs=_GIVEN),
        Column("links_b", "count", "Links of the second", "层乙的联系数", inputs=_GIVEN),
        _made("jaccard", "share", "Links in both over links in either", "Jaccard相似系数"),
        _made("correlation", "index", "Correlation of row shares", "行份额的相关系数"),
        _made("p", "share", "Chance of as much when places are permuted", "置换检验概率"),
        _made("q", "share", "The same, false discoveries controlled", "q值（控制错误发现率）"),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class LayeredTimesResult(_Table):
    """Fastest way of each pair within one layer, and through all."""

    title_en: ClassVar[str] = "Ways through several layers"
    title_zh: ClassVar[str] = "跨层出行"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("origin", "", "From", "起点", key=True),
        Column("destination", "", "To", "终点", key=True),
        _made("one_layer_min", "min", "Fastest within one layer", "单层最短时间", WAYS),
        _made("layer", "", "That layer", "所在层", WAYS),
        _made("through_min", "min", "Fastest through all layers", "跨层最短时间", WAYS),
        _made("gain_min", "min", "Saved by changing layer", "换层节约时间", WAYS),
        _made("needs_several", "", "Only several layers lead there", "仅跨层可达", WAYS),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class LayerFailuresResult(_Table):
    """What is left for demand as links of one layer, of all layers, or places fail.

    Attributes
    ----------
    hours : str
        Unit of demand times hours.
    """

    title_en: ClassVar[str] = "Several layers as links and places fail"
    title_zh: ClassVar[str] = "多层网络的失效曲线"
    hours: str

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`; hours are those of the demand."""
        out = [
            Column("failure", "", "How they fail", "失效方式", key=True),
            Column("layer", "", "Links of which layer, of all, or places", "失效的层、全部层或地点", key=True),
            Column("gone", "count", "Failed", "失效数", key=True),
            _made("share_gone", "share", "Of all of them", "失效占比", FAILING),
        ]
        for name, unit, en, zh in (
            ("unserved_percent", "percent", "Demand without a way in any layer", "任何层都无路可达的需求比重"),
            ("extra_hours", self.hours, "More time of those still served", "仍可达需求的额外时间"),
            ("largest_part", "share", "Places in the largest part of all layers", "各层合并的最大连通部分"),
            ("mutual_part", "share", "Places that hang together in every layer", "在每一层都相连的部分"),
        ):
            out.append(_made(name, unit, en, zh, FAILING))
            out.append(
                _made(f"{name}_low", unit, f"{en}, 5th percentile by chance", f"{zh}（随机失效5%分位）", FAILING)
            )
            out.append(
                _made(f"{name}_high", unit, f"{en}, 95th percentile by chance", f"{zh}（随机失效95%分位）", FAILING)
            )
        return tuple(out)
