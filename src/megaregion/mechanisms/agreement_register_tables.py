"""Tables of the register of agreements: raw counts first, weights beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from megaregion.result import Column, Input, Result

FORMULA = "methods#agreement-register"
ALL = "all"
REGISTER = Input("tables/agreements.csv", {})
PLACES = Input("tables/places.csv", {})
STATUSES = ("announced", "signed", "in-force", "ended")
_WORDS = {"announced": ("Announced", "已宣布"), "signed": ("Signed", "已签署"), "in-force": ("In force", "执行中"),
          "ended": ("Ended", "已结束")}  # fmt: skip


def column_of(status: str) -> str:
    """Name of the column that counts a status."""
    return status.replace("-", "_")


def _column(name: str, unit: str, en: str, zh: str, *, modelled: bool = False) -> Column:
    return Column(name, unit, en, zh, modelled=modelled, formula=FORMULA, inputs=(REGISTER,))


_COUNTS = (
    _column("agreements", "count", "Agreements", "协议数"),
    *(_column(column_of(s), "count", *_WORDS[s]) for s in STATUSES),
)


@dataclass(frozen=True, eq=False, kw_only=True)
class AgreementList(Result):
    """Every agreement of the register with its weight."""

    title_en: ClassVar[str] = "Register of agreements"
    title_zh: ClassVar[str] = "协议登记表"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("agreement_id", "", "Agreement", "协议编号", key=True),
        _column("title", "", "Title", "名称"),
        _column("parties", "", "Parties", "参与方"),
        _column("field", "", "Field", "领域"),
        _column("instrument", "", "Instrument", "形式"),
        _column("status", "", "Status", "状态"),
        _column("start", "year", "Start", "起始年"),
        _column("end", "year", "End", "结束年"),
        _column("members", "count", "Number of parties", "参与方数"),
        _column("strength", "index", "Strength of the instrument (1 to 6)", "形式强度（1—6）", modelled=True),
        _column("carried", "share", "Weight of the status", "状态权重", modelled=True),
        _column("weight", "index", "Strength times weight of the status", "强度×状态权重", modelled=True),
        _column("url", "", "Source", "来源"),
    )
    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """One row an agreement."""
        return self.table.copy()


@dataclass(frozen=True, eq=False, kw_only=True)
class AgreementYears(Result):
    """Agreements by the year in which they start, and how many run in it."""

    title_en: ClassVar[str] = "Agreements by year"
    title_zh: ClassVar[str] = "分年份协议"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("year", "year", "Year", "年份", key=True),
        *_COUNTS,
        _column("weight", "index", "Sum of weights", "权重之和", modelled=True),
        _column("running", "count", "Started and not past its end", "已开始且未到期"),
    )
    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """One row a year, from the first start to the last, also without agreements."""
        return self.table.copy()


@dataclass(frozen=True, eq=False, kw_only=True)
class AgreementTies(Result):
    """Pairs of places of the level of analysis with common agreements, counted and weighted."""

    title_en: ClassVar[str] = "Pairs of places by weight of their agreements"
    title_zh: ClassVar[str] = "城市对及其协议权重"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("place_a", "", "Place", "地区甲", key=True),
        Column("place_b", "", "Other place", "地区乙", key=True),
        _column("across", "", "Across a border of groups", "是否跨省"),
        *_COUNTS,
        _column("alone", "count", "Of these between the two alone", "其中仅双方之间"),
        _column("weight", "index", "Weights, each shared among the parties", "权重（按参与方分摊）", modelled=True),
        _column("first", "year", "First start", "最早起始年"),
        _column("last", "year", "Last start", "最近起始年"),
    )
    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """One row a pair that has an agreement."""
        return self.table.copy()


@dataclass(frozen=True, eq=False, kw_only=True)
class AgreementRegister(Result):
    """Agreements by field: how many, of which status, and how much they weigh.

    Attributes
    ----------
    table : DataFrame
        Columns as in `columns`.
    listed : AgreementList
    years : AgreementYears
    ties : AgreementTies
    settings : dict
        Strengths of instruments and weights of statuses.
    """

    title_en: ClassVar[str] = "Agreements by field"
    title_zh: ClassVar[str] = "分领域协议"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("field", "", "Field", "领域", key=True),
        *_COUNTS,
        _column("strength", "index", "Mean strength of the instruments (1 to 6)", "平均形式强度（1—6）", modelled=True),
        _column("weight", "index", "Sum of strength times weight of the status", "强度×状态权重之和", modelled=True),
        _column("count_share", "share", "Share of the count", "数量占比"),
        _column("weight_share", "share", "Share of the weight", "权重占比", modelled=True),
    )
    table: pd.DataFrame
    listed: AgreementList
    years: AgreementYears
    ties: AgreementTies
    settings: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """One row a field that has agreements, and one for all."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Strengths and weights."""
        return self.settings
