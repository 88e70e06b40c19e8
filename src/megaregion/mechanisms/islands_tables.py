"""Tables of islands and belts, and of growth given accessibility."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import pandas as pd

from megaregion.result import Column, Input, Result

Subject = Literal["poverty", "depopulation"]
_F = "methods#islands"
_TIMES = Input("results/links/times", {"origin": "{place}"})
_WORDS: dict[str, dict[str, tuple[str, str]]] = {
    "poverty": {
        "score": ("Poverty score: rank among the places, 0 to 1", "贫困得分（地区间秩，0–1）"),
        "index": ("Island index: poverty score x (1 - integration)", "孤岛指数：贫困得分×（1－融合度）"),
        "shape": ("Island (poor, neighbours better off), belt (poor among poor)", "孤岛（邻区较富）或连片（邻区亦贫）"),
    },
    "depopulation": {
        "score": ("Score of population loss: rank among the places, 0 to 1", "人口流失得分（秩，0–1）"),
        "index": ("Index of loss and isolation: score x (1 - integration)", "流失与隔离指数：流失得分×（1－融合度）"),
        "shape": ("Island (loses, neighbours gain), belt (loses among losers)", "孤岛（邻区增长）或连片流失带"),
    },
}  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class IslandTable(Result):
    """A frame, what it is about, and the rows and parameters it came from.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe()`.
    subject : {"poverty", "depopulation"}
        What is high where the score is high; population change is never called poverty.
    unit : str
        Unit of the indicator.
    source : tuple of Input
        Rows of the indicator.
    settings : mapping
        Parameters, JSON-able.
    """

    table: pd.DataFrame
    subject: Subject
    unit: str = "index"
    source: tuple[Input, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """Rows in order of their keys."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """What the numbers depend on."""
        return dict(self.settings)


@dataclass(frozen=True, eq=False, kw_only=True)
class IslandsResult(IslandTable):
    """Each place: its shape among its neighbours, how cut off it is, and the island index, by spatial weights."""

    title_en: ClassVar[str] = "Islands and belts"
    title_zh: ClassVar[str] = "孤岛与连片带"

    def describe(self) -> tuple[Column, ...]:
        """Columns; labels say population loss, not poverty, where that is the subject."""
        words, mine = _WORDS[self.subject], self.source
        both = (*mine, _TIMES)

        def column(name: str, unit: str, en: str, zh: str, inputs: tuple[Input, ...] = mine) -> Column:
            return Column(name, unit, en, zh, formula=_F, inputs=inputs)

        def modelled(name: str, unit: str, en: str, zh: str) -> Column:
            return Column(name, unit, en, zh, modelled=True, formula=_F, inputs=both)

        return (
            Column("place_id", "", "Place", "地区", key=True),
            Column("weights", "", "Spatial weights", "空间权重", key=True),
            Column("value", self.unit, "Indicator", "指标值", inputs=mine),
            column("lag", "index", "Mean of the neighbours, in standard deviations (high: worse)",
                   "邻区均值（标准差，高为差）"),
            column("local_moran", "index", "Local Moran", "局部莫兰指数"),
            column("p", "share", "p of local Moran, two-sided, conditional permutation", "局部莫兰双侧p值（条件置换）"),
            column("q", "share", "p adjusted for false discoveries", "经错误发现率校正的p值"),
            column("shape", "", *words["shape"]),
            modelled("accessibility", "person", "Accessibility: people of other places, discounted by time",
                     "可达性（时间折减人口）"),
            modelled("centre_min", "min", "Minutes to the nearest service centre", "至最近服务中心时间"),
            column("flow_share", "share", "Part of flows that leads to or from other places", "跨地区流动占比",
                   (Input("tables/flows.csv"),)),
            modelled("integration", "index", "Integration: mean rank of accessibility, centre time and flows",
                     "融合度"),
            modelled("cut_off", "", "Less integrated than the median place", "低于融合度中位"),
            column("score", "index", *words["score"]),
            modelled("index", "index", *words["index"]),
            modelled("p_index", "share", "p of the index, random pairings", "指数p值（随机配对）"),
            modelled("q_index", "share", "p of the index adjusted for false discoveries", "指数p值（错误发现率校正）"),
        )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Counts by weights, and the places whose shape is the same under all of them."""
        frame = self.table
        out: dict[str, Any] = {}
        for name, part in frame.groupby("weights", sort=True):
            cut = part["cut_off"] == "yes"
            for shape in ("island", "belt"):
                out[f"{shape}s_{name}"] = int((part["shape"] == shape).sum())
                out[f"{shape}s_cut_off_{name}"] = int(((part["shape"] == shape) & cut).sum())
        same = frame.groupby("place_id")["shape"].agg(lambda s: s.iloc[0] if s.nunique() == 1 else "")
        out["islands_under_all_weights"] = sorted(map(str, same.index[same == "island"]))
        out["belts_under_all_weights"] = sorted(map(str, same.index[same == "belt"]))
        return out


@dataclass(frozen=True, eq=False, kw_only=True)
class IslandEffectResult(IslandTable):
    """Whether the score clusters in space, and whether what is worse off is also more cut off."""

    title_en: ClassVar[str] = "Clustering and isolation as a whole"
    title_zh: ClassVar[str] = "集聚与隔离总体检验"

    def describe(self) -> tuple[Column, ...]:
        """Columns."""
        both = (*self.source, Input("results/links/times"))
        return (
            Column("weights", "", "Spatial weights", "空间权重", key=True),
            Column("places", "count", "Places", "地区数"),
            Column("without_neighbours", "count", "Places without neighbours", "无邻区地区数"),
            Column("moran", "index", "Moran's I", "莫兰指数", formula=_F, inputs=self.source),
            Column("p_moran", "share", "p of clustering, one-sided", "集聚单侧p值", formula=_F, inputs=self.source),
            Column("rank_correlation", "index", "Rank correlation of score and isolation", "得分与隔离度秩相关",
                   modelled=True, formula=_F, inputs=both),
            Column("mean_index", "index", "Mean index", "指数均值", modelled=True, formula=_F, inputs=both),
            Column("p_mean_index", "share", "p of the mean index, one-sided", "指数均值单侧p值", modelled=True,
                   formula=_F, inputs=both),
        )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class SpatialTrapResult(IslandTable):
    """Growth given own level and accessibility: one regression with two kinds of interval."""

    title_en: ClassVar[str] = "Growth given own level and accessibility"
    title_zh: ClassVar[str] = "条件收敛：初始水平与可达性"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("term", "", "Term", "变量", key=True),
        *(Column(name, unit, en, zh, modelled=True, formula="methods#spatial-trap",
                 inputs=(Input("tables/indicators.csv"), Input("results/links/times")))
        for name, unit, en, zh in (
            ("estimate", "percent", "Growth per year and unit of the term", "年增长率系数"),
            ("se_hc1", "percent", "Standard error, HC1", "HC1标准误"),
            ("low_hc1", "percent", "Lower end of 95 %, HC1", "95%区间下限（HC1）"),
            ("high_hc1", "percent", "Upper end of 95 %, HC1", "95%区间上限（HC1）"),
            ("se_cluster", "percent", "Standard error, clustered by group", "分组聚类标准误"),
            ("low_cluster", "percent", "Lower end of 95 %, clustered", "95%区间下限（聚类）"),
            ("high_cluster", "percent", "Upper end of 95 %, clustered", "95%区间上限（聚类）"),
            ("places", "count", "Places", "地区数"),
            ("clusters", "count", "Groups", "组数"),
        )),
    )  # fmt: skip


def no_rows(columns: tuple[Column, ...]) -> pd.DataFrame:
    """No rows, with the columns of a result."""
    text = ("place_id", "weights", "shape", "cut_off", "term")
    return pd.DataFrame({c.name: pd.Series(dtype=object if c.name in text else "float64") for c in columns})
