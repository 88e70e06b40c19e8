"""Tables of the village typology."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from megaregion.mechanisms.village_rules import CLASSES, UNDECIDED
from megaregion.result import Column, Input, Result

_FORMULA = "methods#village-types"
_SOURCE = (Input("tables/villages.csv", {"village_id": "{place}"}),)
_TABLE = (Input("tables/villages.csv"),)
PROBABILITIES = {
    "p_agglomeration": ("agglomeration-upgrading", "集聚提升"),
    "p_suburban": ("suburban integration", "城郊融合"),
    "p_protection": ("characteristic protection", "特色保护"),
    "p_relocation": ("relocation candidate (needs consent)", "搬迁撤并候选（须经村民同意）"),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class VillageTypesResult(Result):
    """Class of each village, with the rule or the probability that made it.

    Attributes
    ----------
    table : DataFrame
    settings : dict
        Parameters that the classes depend on.
    """

    title_en: ClassVar[str] = "Types of villages"
    title_zh: ClassVar[str] = "村庄分类"
    table: pd.DataFrame
    settings: dict[str, Any] = field(default_factory=dict)

    columns: ClassVar[tuple[Column, ...]] = (
        Column("village_id", "", "Village", "村庄", key=True),
        Column("class", "", "Type (relocation only ever as a candidate that needs consent)",
               "类型（搬迁撤并仅为候选，须经村民同意）", modelled=True, formula=_FORMULA, inputs=_SOURCE),
        Column("class_zh", "", "Type in Chinese", "类型（中文）", modelled=True, formula=_FORMULA, inputs=_SOURCE),
        Column("basis", "", "Made by: rule, probability or nothing", "依据", formula=_FORMULA, inputs=_SOURCE),
        Column("rule", "", "Rules that made it", "适用规则", formula=_FORMULA, inputs=_SOURCE),
        Column("overruled", "", "Rules that the precedence overruled", "被优先序否决的规则", inputs=_SOURCE),
        Column("unknown", "", "Rules that a missing value left open", "因缺值未能检验的规则", inputs=_SOURCE),
        Column("probability", "share", "Probability of the likeliest type", "最可能类型的概率", modelled=True,
               formula=_FORMULA, inputs=_TABLE),
        *(
            Column(name, "share", f"Probability: {en}", f"概率：{zh}", modelled=True, formula=_FORMULA, inputs=_TABLE)
            for name, (en, zh) in PROBABILITIES.items()
        ),
        Column("label", "", "Label that the probabilities were learnt from", "训练标签", inputs=_SOURCE),
        Column("reason", "", "Why", "说明"),
    )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a village, in order of `village_id`."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Rules, precedence, threshold and what the classifier was made with."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """Villages by class and by basis."""
        count = self.table["class"].value_counts()
        return {
            "villages": len(self.table),
            "by_class": {name: int(count.get(name, 0)) for name in (*CLASSES, UNDECIDED)},
            "by_basis": {str(k): int(v) for k, v in self.table["basis"].value_counts().sort_index().items()},
        }


@dataclass(frozen=True, eq=False, kw_only=True)
class VillageSharesResult(Result):
    """Shares of the classes beside published ones: a check for plausibility, no target."""

    title_en: ClassVar[str] = "Shares of village types"
    title_zh: ClassVar[str] = "各类村庄占比"
    table: pd.DataFrame
    columns: ClassVar[tuple[Column, ...]] = (
        Column("class", "", "Type", "类型", key=True),
        Column("villages", "count", "Villages", "村庄数", modelled=True, formula=_FORMULA, inputs=_TABLE),
        Column("share", "percent", "Share of all", "占全部比重", modelled=True, formula=_FORMULA, inputs=_TABLE),
        Column("share_decided", "percent", "Share of those with a type", "占已分类比重", modelled=True,
               formula=_FORMULA, inputs=_TABLE),
        Column("published_low", "percent", "Published share, from", "已发表比重下限", formula=_FORMULA),
        Column("published_high", "percent", "Published share, to", "已发表比重上限", formula=_FORMULA),
        Column("note", "", "Note", "说明"),
    )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a class, then the undecided."""
        return self.table.copy()


@dataclass(frozen=True, eq=False, kw_only=True)
class VillageReliabilityResult(Result):
    """Stated probabilities against labels that neither fit nor calibration had seen.

    Attributes
    ----------
    scores : dict
        Brier score, calibration error and accuracy, calibrated and raw; empty without a classifier.
    """

    title_en: ClassVar[str] = "Reliability of the probabilities"
    title_zh: ClassVar[str] = "概率可靠性"
    table: pd.DataFrame
    scores: dict[str, Any] = field(default_factory=dict)
    columns: ClassVar[tuple[Column, ...]] = (
        Column("class", "", "Type", "类型", key=True),
        Column("lower", "share", "Stated from", "概率下限", key=True),
        Column("upper", "share", "Stated to", "概率上限"),
        Column("villages", "count", "Villages", "村庄数", formula=_FORMULA, inputs=_TABLE),
        Column("stated", "share", "Mean probability stated", "平均预测概率", modelled=True, formula=_FORMULA,
               inputs=_TABLE),
        Column("observed", "share", "Share that came true", "实际比例", formula=_FORMULA, inputs=_TABLE),
    )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a class and bin that holds a village."""
        return self.table.copy()

    def facts(self) -> dict[str, Any]:
        """Brier score and calibration error."""
        return dict(self.scores)


@dataclass(frozen=True, eq=False, kw_only=True)
class VillageAgreementResult(Result):
    """Agreement with an official list beyond chance (Cohen's kappa)."""

    title_en: ClassVar[str] = "Agreement with the official list"
    title_zh: ClassVar[str] = "与官方名录的一致性"
    table: pd.DataFrame
    columns: ClassVar[tuple[Column, ...]] = (
        Column("class", "", "Type, or all", "类型（或全部）", key=True),
        Column("villages", "count", "Villages with both", "双方均有类型的村庄数", inputs=_TABLE),
        Column("ours", "count", "So classified here", "本结果", modelled=True, formula=_FORMULA, inputs=_TABLE),
        Column("official", "count", "On the official list", "官方名录", inputs=_TABLE),
        Column("both", "count", "Both", "一致", modelled=True, formula=_FORMULA, inputs=_TABLE),
        Column("kappa", "index", "Cohen's kappa", "Kappa 系数", modelled=True, formula="methods#kappa", inputs=_TABLE),
        Column("se", "index", "Standard error", "标准误", modelled=True, formula="methods#kappa", inputs=_TABLE),
        Column("low", "index", "95 % interval, from", "95% 区间下限", modelled=True, formula="methods#kappa",
               inputs=_TABLE),
        Column("high", "index", "95 % interval, to", "95% 区间上限", modelled=True, formula="methods#kappa",
               inputs=_TABLE),
    )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """All classes together first, then each against the rest."""
        return self.table.copy()
