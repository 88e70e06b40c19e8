"""Tables of rural functions: scores, bundles, how many there are, trade-offs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from megaregion.result import Column, Input, Result

FUNCTIONS = ("production", "living", "ecology", "culture")
NAMES = {
    "production": ("Production", "生产功能"),
    "living": ("Living", "生活功能"),
    "ecology": ("Ecology", "生态功能"),
    "culture": ("Culture", "文化功能"),
}
_FORMULA, _BUNDLES = "methods#rural-functions", "methods#rural-bundles"


@dataclass(frozen=True, eq=False, kw_only=True)
class _RuralTable(Result):
    """A table with the indicators that it was made from and its parameters."""

    table: pd.DataFrame
    indicators: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    all_places: ClassVar[bool] = True

    def to_frame(self) -> pd.DataFrame:
        """Rows in order of their keys."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """What the numbers depend on."""
        return dict(self.settings)

    def _inputs(self) -> tuple[Input, ...]:
        where: dict[str, Any] = {"indicator": list(self.indicators)}
        return (Input("tables/indicators.csv", where if self.all_places else {"place_id": "{place}", **where}),)


@dataclass(frozen=True, eq=False, kw_only=True)
class RuralFunctionsResult(_RuralTable):
    """Scores of the four functions, the bundle, and whether use differs from potential."""

    title_en: ClassVar[str] = "Rural functions"
    title_zh: ClassVar[str] = "乡村功能"
    all_places: ClassVar[bool] = False

    def describe(self) -> tuple[Column, ...]:
        """Columns of the table."""
        mine = self._inputs()
        made: dict[str, Any] = {"modelled": True, "formula": _FORMULA, "inputs": mine}
        return (
            Column("place_id", "", "Unit", "单元", key=True),
            *(Column(f, "scaled 0-1", f"{NAMES[f][0]} score", f"{NAMES[f][1]}得分", **made) for f in FUNCTIONS),
            Column("dominant", "", "Dominant potential", "主导潜力功能", **made),
            Column("margin", "scaled 0-1", "Lead of the dominant potential", "主导功能领先幅度", **made),
            Column("current_use", "", "Current use", "现状主导利用"),
            Column("restructuring", "", "Restructuring need: yes, no or unknown", "是否需要重构", **made),
            Column("gap", "scaled 0-1", "Potential above the current use", "潜力与现状利用之差", **made),
            Column("bundle", "", "Bundle", "功能簇", modelled=True, formula=_BUNDLES, inputs=mine),
        )

    def facts(self) -> dict[str, Any]:
        """Units by dominant potential and by need."""
        return {
            "units": len(self.table),
            "by_dominant": {str(k): int(v) for k, v in self.table["dominant"].value_counts().sort_index().items()},
            "restructuring": int((self.table["restructuring"] == "yes").sum()),
        }


@dataclass(frozen=True, eq=False, kw_only=True)
class RuralBundlesResult(_RuralTable):
    """Size and mean scores of each bundle."""

    title_en: ClassVar[str] = "Bundles of rural functions"
    title_zh: ClassVar[str] = "乡村功能簇"

    def describe(self) -> tuple[Column, ...]:
        """Columns of the table."""
        made: dict[str, Any] = {"modelled": True, "formula": _BUNDLES, "inputs": self._inputs()}
        return (
            Column("bundle", "", "Bundle", "功能簇", key=True),
            Column("units", "count", "Units", "单元数", **made),
            *(Column(f, "scaled 0-1", f"{NAMES[f][0]}, mean", f"{NAMES[f][1]}均值", **made) for f in FUNCTIONS),
            Column("strong", "", "Functions above the mean of all units", "高于平均的功能", **made),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class RuralBundleChoiceResult(_RuralTable):
    """How well each number of bundles describes the units; the chosen row is marked."""

    title_en: ClassVar[str] = "Choice of the number of bundles"
    title_zh: ClassVar[str] = "功能簇数目选择"

    def describe(self) -> tuple[Column, ...]:
        """Columns of the table."""
        made: dict[str, Any] = {"modelled": True, "formula": _BUNDLES, "inputs": self._inputs()}
        return (
            Column("method", "", "Method", "方法", key=True),
            Column("bundles", "count", "Bundles", "簇数", key=True),
            Column("silhouette", "index", "Mean silhouette width", "平均轮廓系数", **made),
            Column("bic", "index", "Bayesian information criterion (less is better)", "贝叶斯信息准则", **made),
            Column("stability", "index", "Adjusted Rand index under bootstrap, mean", "自助法调整兰德指数均值", **made),
            Column("stability_low", "index", "Adjusted Rand index under bootstrap, 5 %", "自助法调整兰德指数 5% 分位",
                   **made),
            Column("chosen", "", "Chosen", "采用"),
        )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class RuralTradeoffsResult(_RuralTable):
    """Rank correlation of each two functions: trade-off below, synergy above 0."""

    title_en: ClassVar[str] = "Trade-offs between rural functions"
    title_zh: ClassVar[str] = "乡村功能权衡与协同"

    def describe(self) -> tuple[Column, ...]:
        """Columns of the table."""
        made: dict[str, Any] = {"modelled": True, "formula": "methods#rural-tradeoffs", "inputs": self._inputs()}
        return (
            Column("first", "", "Function", "功能一", key=True),
            Column("second", "", "Other function", "功能二", key=True),
            Column("units", "count", "Units", "单元数", **made),
            Column("spearman", "index", "Spearman's rank correlation", "斯皮尔曼秩相关系数", **made),
            Column("p", "share", "Permutation p, two-sided", "置换检验 p 值", **made),
            Column("q", "share", "p adjusted for all pairs (FDR)", "FDR 校正 p 值", **made),
            Column("reading", "", "Reading", "解读", **made),
        )
