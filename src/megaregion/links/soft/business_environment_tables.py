"""Tables of the business environment: means with design errors, and which ranks they allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from megaregion.result import Column, Input, Result

FORMULA = "methods#business-environment"
COMPOSITE = "composite"
ANSWERS = Input("tables/survey_answers.csv", {})


def _column(name: str, unit: str, en: str, zh: str) -> Column:
    return Column(name, unit, en, zh, modelled=bool(unit), formula=FORMULA if unit else "", inputs=(ANSWERS,))


_RANKS = (
    _column("best", "count", "Best rank not excluded, all places at once", "不能排除的最好位次（全部地区同时）"),
    _column("worst", "count", "Worst rank not excluded, all places at once", "不能排除的最差位次（全部地区同时）"),
    _column("best_alone", "count", "Best rank not excluded, this place alone", "不能排除的最好位次（仅就该地区）"),
    _column("worst_alone", "count", "Worst rank not excluded, this place alone", "不能排除的最差位次（仅就该地区）"),
)


@dataclass(frozen=True, eq=False, kw_only=True)
class BusinessEnvironment(Result):
    """Mean of every item in every place with its design error and rank interval; places in the order of their ids.

    Attributes
    ----------
    table : DataFrame
        Columns as in `columns`.
    settings : dict
        Level, draws, items.
    counts : dict
        Respondents, strata, clusters, places; for each item how many pairs of places can be told apart.
    """

    title_en: ClassVar[str] = "Business environment by place"
    title_zh: ClassVar[str] = "各地营商环境"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("item", "", "Item", "题项", key=True),
        Column("place_id", "", "Place", "地区", key=True),
        Column("answers", "count", "Answers", "作答数", formula=FORMULA, inputs=(ANSWERS,)),
        Column(
            "clusters",
            "count",
            "Sampled clusters with an answer",
            "有作答的抽样单元数",
            formula=FORMULA,
            inputs=(ANSWERS,),
        ),
        _column("mean", "by row", "Mean", "均值"),
        _column("se", "by row", "Design standard error", "设计标准误"),
        _column("ci_low", "by row", "Interval, low", "区间下限"),
        _column("ci_high", "by row", "Interval, high", "区间上限"),
        _column("df", "count", "Degrees of freedom of the error", "标准误自由度"),
        _column("design_effect", "ratio", "Variance over that of a simple random sample", "设计效应"),
        *_RANKS,
    )
    table: pd.DataFrame
    settings: dict[str, Any]
    counts: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """One row an item (and the composite) and place; no point ranks, and no order by the mean."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Level, draws, items with their scales."""
        return self.settings

    def facts(self) -> dict[str, Any]:
        """Size of the sample, and pairs that can be told apart."""
        return self.counts


@dataclass(frozen=True, eq=False, kw_only=True)
class PublishedRanks(Result):
    """Rank intervals of published means with standard errors."""

    title_en: ClassVar[str] = "Ranks that published means allow"
    title_zh: ClassVar[str] = "已发表均值所允许的位次"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("place_id", "", "Place", "地区", key=True),
        Column("mean", "by row", "Mean, as published", "均值（已发表）"),
        Column("se", "by row", "Standard error, as published", "标准误（已发表）"),
        *_RANKS,
    )
    table: pd.DataFrame
    settings: dict[str, Any]
    counts: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """One row a place, in the order of their ids."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Level, draws, whether high is good."""
        return self.settings

    def facts(self) -> dict[str, Any]:
        """Pairs that can be told apart."""
        return self.counts
