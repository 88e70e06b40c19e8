"""Result tables of innovation vouchers: grants chosen, and how vouchers were redeemed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import pandas as pd

from megaregion.result import Column, Input, Result

FORMULA = "methods#vouchers"
_PROJECTS = (Input("tables/voucher_projects.csv", {"project": "{project}"}),)
_REDEEMED = (Input("tables/voucher_redemptions.csv", {"firm_place": "{place_id}"}),)
_ELIGIBLE = (Input("tables/voucher_eligible.csv", {"place_id": "{place_id}"}),)
_BETWEEN = (Input("tables/voucher_redemptions.csv", {"firm_place": "{firm_place}",
                                                     "provider_place": "{provider_place}"}),)  # fmt: skip
_LOTTERY = (Input("tables/voucher_lottery.csv", {"outcome": "{outcome}"}),)
_designed = partial(Column, modelled=True, formula=FORMULA, inputs=_PROJECTS)
_redeemed = partial(Column, formula=FORMULA, inputs=_REDEEMED)
_tested = partial(Column, formula=FORMULA, inputs=_LOTTERY)


@dataclass(frozen=True, eq=False, kw_only=True)
class VoucherDesignResult(Result):
    """Which projects get a voucher under the budget.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe()`.
    money, unit : str
        Unit of cost and of match.
    found, settings : mapping
        What `facts()` and `parameters()` give.
    """

    title_en: ClassVar[str] = "Vouchers under a budget"
    title_zh: ClassVar[str] = "创新券预算分配"
    table: pd.DataFrame
    money: str
    unit: str
    found: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""
        return (
            Column("project", "", "Project", "项目", key=True),
            Column("firm", "", "Firm", "企业", inputs=_PROJECTS),
            Column("cost", self.money, "Cost of the project", "项目费用"),
            _designed("grant", self.money, "Voucher, if granted", "券额（如获批）"),
            _designed("chosen", "share", "Part granted", "获批比例"),
            _designed("worth", self.unit, "Worth that is additional", "增量价值"),
            _designed("worth_low", self.unit, "At the lower additionality", "增量价值下限"),
            _designed("worth_high", self.unit, "At the higher additionality", "增量价值上限"),
            _designed("chosen_low", "share", "Part granted at the lower additionality", "下限假设下获批比例"),
            _designed("chosen_high", "share", "Part granted at the higher additionality", "上限假设下获批比例"),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a project, in the order of the input."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Budget, subsidy share, cap, whether grants can be divided."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """Spending, additional worth with range and bound, money that would have been spent anyway."""
        return dict(self.found)


@dataclass(frozen=True, eq=False, kw_only=True)
class RedemptionResult(Result):
    """How vouchers were used, by place of the firm.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe()`.
    money : str
    found : mapping
        What `facts()` gives.
    """

    title_en: ClassVar[str] = "Redemption of vouchers"
    title_zh: ClassVar[str] = "创新券兑付情况"
    table: pd.DataFrame
    money: str
    found: Mapping[str, Any] = field(default_factory=dict)

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""
        return (
            Column("place_id", "", "Place of the firm", "企业所在地", key=True),
            _redeemed("vouchers", "count", "Vouchers redeemed", "兑付券数"),
            _redeemed("amount", self.money, "Amount redeemed", "兑付金额"),
            _redeemed("cross_share", "share", "Part of vouchers redeemed elsewhere", "异地兑付券数占比"),
            _redeemed("cross_amount_share", "share", "Part of the amount redeemed elsewhere", "异地兑付金额占比"),
            _redeemed("providers", "count", "Providers", "服务机构数"),
            _redeemed("hhi", "index", "Concentration of providers, 1 for one", "服务机构集中度（HHI）"),
            _redeemed("firms", "count", "Firms that redeemed", "用券企业数"),
            Column("eligible", "count", "Firms that may", "符合条件企业数", inputs=_ELIGIBLE),
            _redeemed("uptake", "share", "Uptake", "使用率", inputs=(*_REDEEMED, *_ELIGIBLE)),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a place, in order of place_id."""
        return self.table.copy()

    def facts(self) -> dict[str, Any]:
        """The same over all places."""
        return dict(self.found)


@dataclass(frozen=True, eq=False, kw_only=True)
class RedemptionFlowsResult(Result):
    """Vouchers redeemed between places.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe()`.
    money : str
    """

    title_en: ClassVar[str] = "Vouchers redeemed between places"
    title_zh: ClassVar[str] = "创新券跨地区兑付流向"
    table: pd.DataFrame
    money: str

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""
        return (
            Column("firm_place", "", "Place of the firm", "企业所在地", key=True),
            Column("provider_place", "", "Place of the provider", "服务机构所在地", key=True),
            Column("vouchers", "count", "Vouchers redeemed", "兑付券数", inputs=_BETWEEN),
            Column("amount", self.money, "Amount redeemed", "兑付金额", inputs=_BETWEEN),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a pair of places with a voucher, by amount."""
        return self.table.copy()


@dataclass(frozen=True, eq=False, kw_only=True)
class LotteryResult(Result):
    """Effect of vouchers drawn by lot.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe()`.
    unit : str
        Of the outcomes; each may have its own (``by row``).
    """

    title_en: ClassVar[str] = "Effect of vouchers drawn by lot"
    title_zh: ClassVar[str] = "抽签发放创新券的效果"
    table: pd.DataFrame
    unit: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""
        own = (
            (Column("unit", "", "Unit of the outcome", "结果变量单位", inputs=_LOTTERY),)
            if "unit" in self.table
            else ()
        )
        return (
            Column("outcome", "", "Outcome", "结果变量", key=True),
            _tested("winners", "count", "Winners", "中签企业数"),
            _tested("losers", "count", "Losers", "未中签企业数"),
            _tested("mean_losers", self.unit, "Mean of losers", "未中签均值"),
            _tested("difference", self.unit, "Winners less losers", "中签与未中签之差"),
            _tested("se", self.unit, "Standard error (Neyman)", "标准误"),
            _tested("ci_low", self.unit, "95 % interval, low", "95%区间下限"),
            _tested("ci_high", self.unit, "95 % interval, high", "95%区间上限"),
            _tested("p", "share", "Part of draws with as large a difference", "随机化检验p值"),
            _tested("draws", "count", "Draws looked at", "检验抽签次数"),
            Column("exact", "", "Every possible draw", "穷举"),
            *own,
        )

    def to_frame(self) -> pd.DataFrame:
        """One row an outcome."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Draws, strata."""
        return dict(self.settings)


@dataclass(frozen=True, eq=False, kw_only=True)
class AdditionalResult(Result):
    """What of the activity of firms with a voucher is additional.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe()`.
    """

    title_en: ClassVar[str] = "Additional part of what firms with a voucher did"
    title_zh: ClassVar[str] = "获券企业活动中的增量部分"
    table: pd.DataFrame

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""
        return (
            Column("outcome", "", "Outcome", "结果变量", key=True),
            Column("stratum", "", "Group of firms", "企业分组", key=True),
            Column("unit", "", "Unit of the outcome", "结果变量单位", inputs=_LOTTERY),
            _tested("winners", "count", "Firms with a voucher", "获券企业数"),
            _tested("losers", "count", "Firms without", "未获券企业数"),
            _tested("reached", "by row", "Mean afterwards of firms with a voucher", "获券企业事后均值"),
            _tested(
                "anyway", "by row", "What it would have been with the change of the others", "按其他企业变化推算的均值"
            ),
            _tested("additional", "share", "Additional part", "增量比例"),
            _tested("additional_low", "share", "95 % interval, low", "95%区间下限"),
            _tested("additional_high", "share", "95 % interval, high", "95%区间上限"),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row an outcome and group."""
        return self.table.copy()
