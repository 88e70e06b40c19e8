"""Tables of disparity beside Theil's: measures with intervals, overlapping groups, convergence, neighbourhood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from megaregion.result import Column, Input, Result

NAMES = {
    "gini": ("Gini coefficient", "基尼系数"),
    "theil_t": ("Theil's T", "泰尔指数T"),
    "theil_l": ("Theil's L (mean log deviation)", "泰尔指数L（平均对数离差）"),
    "atkinson_half": ("Atkinson, aversion 1/2", "阿特金森指数（ε=1/2）"),
    "atkinson_one": ("Atkinson, aversion 1", "阿特金森指数（ε=1）"),
    "palma": ("Palma ratio", "帕尔马比值"),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class DisparityTable(Result):
    """A frame with the rows that it was made from and its parameters."""

    table: pd.DataFrame
    inputs: tuple[Input, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """Rows in order of their keys."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """What the numbers depend on."""
        return dict(self.settings)

    def _column(self, name: str, unit: str, en: str, zh: str, formula: str) -> Column:
        return Column(name, unit, en, zh, formula=formula, inputs=self.inputs)


@dataclass(frozen=True, eq=False, kw_only=True)
class InequalityResult(DisparityTable):
    """Measures of inequality of income per head between places, people as weights, with intervals."""

    title_en: ClassVar[str] = "Inequality between places"
    title_zh: ClassVar[str] = "地区间不平等"

    def describe(self) -> tuple[Column, ...]:
        """Columns of the table."""
        f = "methods#inequality"
        return (
            Column("year", "year", "Year", "年份", key=True),
            Column("measure", "", "Measure", "指标", key=True),
            self._column("value", "index", "Value", "数值", f),
            self._column("low", "index", "5th percentile over draws of places", "5%分位（地区重抽样）", f),
            self._column("high", "index", "95th percentile over draws of places", "95%分位（地区重抽样）", f),
            self._column("n", "count", "Places", "地区数", f),
        )

    def facts(self) -> dict[str, Any]:
        """The Gini coefficient of the first and the last year."""
        rows = self.table[self.table["measure"] == "gini"]
        if rows.empty:
            return {}
        ends = rows.iloc[[0, -1]]
        return {f"gini_{int(y)}": float(v) for y, v in ends[["year", "value"]].itertuples(index=False)}


@dataclass(frozen=True, eq=False, kw_only=True)
class DagumResult(DisparityTable):
    """Gini coefficient split into inside groups, between them net, and overlap (Dagum)."""

    title_en: ClassVar[str] = "Gini coefficient by groups (Dagum)"
    title_zh: ClassVar[str] = "基尼系数分解（Dagum）"

    def describe(self) -> tuple[Column, ...]:
        """Columns of the table."""
        f = "methods#dagum"
        return (
            Column("year", "year", "Year", "年份", key=True),
            self._column("gini", "index", "Gini coefficient", "基尼系数", f),
            self._column("within", "index", "Inside groups", "组内", f),
            self._column("net_between", "index", "Between groups, net", "组间净值", f),
            self._column("transvariation", "index", "Overlap of groups", "超变密度", f),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class DagumPairsResult(DisparityTable):
    """How far apart each two groups are, and how much they overlap."""

    title_en: ClassVar[str] = "Groups against groups (Dagum)"
    title_zh: ClassVar[str] = "两两组间差距（Dagum）"

    def describe(self) -> tuple[Column, ...]:
        """Columns of the table."""
        f = "methods#dagum"
        return (
            Column("year", "year", "Year", "年份", key=True),
            Column("group_a", "", "Group with the larger mean", "均值较高的组", key=True),
            Column("group_b", "", "Other group (the same: inside it)", "另一组（相同为组内）", key=True),
            self._column("gini", "index", "Gini coefficient between them", "组间基尼系数", f),
            self._column("affluence", "index", "Relative affluence: 1 without overlap", "相对富裕度（1为无重叠）", f),
            self._column("mean_ratio", "ratio", "Ratio of the means", "均值之比", f),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class ConvergenceResult(DisparityTable):
    """Whether places draw nearer: spread at two dates, and growth on the first level."""

    title_en: ClassVar[str] = "Convergence"
    title_zh: ClassVar[str] = "收敛"

    def describe(self) -> tuple[Column, ...]:
        """Columns of the table."""
        f = "methods#convergence"
        return (
            Column("kind", "", "Kind", "类型", key=True),
            Column("year_start", "year", "From", "起始年", key=True),
            Column("year_end", "year", "To", "终止年", key=True),
            self._column("estimate", "index", "Spread at the end over that at the start; or slope on the first level",
                         "期末与期初离散度之比；或对初始水平的斜率", f),
            self._column("low", "index", "Lower end of 95 %", "95%区间下限", f),
            self._column("high", "index", "Upper end of 95 %", "95%区间上限", f),
            self._column("p", "share", "p of no change; or of no slope", "p值", f),
            self._column("beta", "percent", "Speed of convergence a year", "年收敛速度", f),
            self._column("beta_low", "percent", "Speed, lower end", "速度下限", f),
            self._column("beta_high", "percent", "Speed, upper end", "速度上限", f),
            self._column("half_life", "year", "Half-life of a gap", "差距半衰期", f),
            self._column("n", "count", "Places", "地区数", f),
        )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class ClusteringResult(DisparityTable):
    """Whether rich places lie beside rich ones (Moran's I), year by year."""

    title_en: ClassVar[str] = "Clustering of income in space"
    title_zh: ClassVar[str] = "收入的空间集聚"

    def describe(self) -> tuple[Column, ...]:
        """Columns of the table."""
        f = "methods#moran"
        return (
            Column("year", "year", "Year", "年份", key=True),
            self._column("moran", "index", "Moran's I", "莫兰指数", f),
            self._column("expected", "index", "Expected without clustering", "无集聚时的期望", f),
            self._column("p", "share", "Permutation p, one-sided", "置换检验p值（单侧）", f),
            self._column("n", "count", "Places with neighbours", "有邻居的地区数", f),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class LocalClustersResult(DisparityTable):
    """Rich among rich, poor among poor, and places unlike their neighbours, false discoveries held down."""

    title_en: ClassVar[str] = "Local clusters of income"
    title_zh: ClassVar[str] = "收入的局部集聚"

    def describe(self) -> tuple[Column, ...]:
        """Columns of the table."""
        f = "methods#moran"
        return (
            Column("place_id", "", "Place", "地区", key=True),
            Column("year", "year", "Year", "年份", key=True),
            self._column("z", "index", "Distance from the mean in standard deviations", "与均值之差（标准差）", f),
            self._column("lag", "index", "Mean of the neighbours' distances", "邻居均值", f),
            self._column("local", "index", "Local Moran", "局部莫兰指数", f),
            self._column("p", "share", "Permutation p, two-sided", "置换检验p值（双侧）", f),
            self._column("q", "share", "p adjusted for all places (FDR)", "FDR校正p值", f),
            self._column("cluster", "", "Cluster", "集聚类型", f),
        )


def empty(kind: type[DisparityTable], warning: str) -> DisparityTable:
    """A table without rows that says what is lacking."""
    bare = kind(table=pd.DataFrame(), warnings=(warning,))
    text = ("measure", "group_a", "group_b", "kind", "place_id", "cluster", "club")
    return kind(
        table=pd.DataFrame({c.name: pd.Series(dtype=object if c.name in text else float) for c in bare.describe()}),
        warnings=(warning,),
    )
