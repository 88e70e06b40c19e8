"""Tables of the factor accounts: labels, units, formulas, rows of origin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from megaregion.result import Column, Input, Result

FORMULA = "methods#factor-accounts"
LEAKAGE = "methods#deposit-leakage"
INDICATORS = "tables/indicators.csv"
TEXT = (
    "factor", "channel", "period", "unit", "place_id", "place_a", "place_b", "barrier", "basis", "source",
    "kind", "scope", "flag",
)  # fmt: skip
ORDER = ("factor", "channel", "period")


def _head() -> tuple[Column, ...]:
    return (
        Column("factor", "", "Factor", "要素", key=True),
        Column("channel", "", "Channel", "渠道", key=True),
        Column("period", "", "Period", "时期", key=True),
    )


def _tail(inputs: tuple[Input, ...]) -> tuple[Column, ...]:
    return (
        Column("balance", "index", "Balance (1 two-way, 0 one-way)", "双向平衡指数（1 双向，0 单向）",
               formula=FORMULA, inputs=inputs),
        Column("one_way", "", "One-way: smaller direction below a stated share", "单向（较小方向低于给定比例）"),
        Column("barrier", "", "Institutional barrier, as given", "制度障碍（据给定）"),
        Column("basis", "", "Basis: observed, modelled, derived, one-sided", "依据（观测、模型、推算、单侧）"),
    )  # fmt: skip


_FLOWS = (Input("tables/flows.csv", {"layer": "{channel}"}), Input("tables/factor_flows.csv", {"channel": "{channel}"}))
_MARGINS = (*_FLOWS, Input(INDICATORS, {"place_id": "{place}"}))


@dataclass(frozen=True, eq=False, kw_only=True)
class _Accounts(Result):
    table: pd.DataFrame
    one_way_share: float

    def to_frame(self) -> pd.DataFrame:
        """The rows, in order of factor, channel, period and place."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Share of the gross flow below which the smaller direction makes a flow one-way."""
        return {"one_way_share": self.one_way_share}

    def facts(self) -> dict[str, Any]:
        """Rows, and how many are one-way or hindered, by channel."""
        out: dict[str, Any] = {}
        for channel, part in self.table.groupby("channel", sort=True):
            out[str(channel)] = {
                "rows": len(part), "balance_known": int(part["balance"].notna().sum()),
                "one_way": int((part["one_way"] == "yes").sum()),
                "barrier": int((part["barrier"].fillna("") != "").sum()),
                "median_balance": None if part["balance"].isna().all() else float(part["balance"].median()),
            }  # fmt: skip
        return out


@dataclass(frozen=True, eq=False, kw_only=True)
class FactorAccountsResult(_Accounts):
    """What each place receives and gives of each factor; sums to zero over a closed system.

    Attributes
    ----------
    table : DataFrame
    one_way_share : float
    """

    title_en: ClassVar[str] = "Two-way accounts of factors by place"
    title_zh: ClassVar[str] = "要素双向流动账户（分地区）"
    columns: ClassVar[tuple[Column, ...]] = (
        *_head(),
        Column("place_id", "", "Place", "地区", key=True),
        Column("unit", "", "Unit", "单位"),
        Column("inflow", "by row", "In", "流入", formula=FORMULA, inputs=_MARGINS),
        Column("outflow", "by row", "Out", "流出", formula=FORMULA, inputs=_MARGINS),
        Column("net", "by row", "In minus out", "净流入", formula=FORMULA, inputs=_MARGINS),
        Column("gross", "by row", "In plus out", "总流量", formula=FORMULA, inputs=_MARGINS),
        *_tail(_MARGINS),
        Column(
            "payment_received", "million CNY or EUR of the base year", "Paid by others for what it gave", "收到价款",
            formula=FORMULA, inputs=_FLOWS[1:],
        ),
        Column(
            "payment_made", "million CNY or EUR of the base year", "Paid to others for what it got", "支付价款",
            formula=FORMULA, inputs=_FLOWS[1:],
        ),
        Column("source", "", "Source", "来源"),
    )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """As above, and the sum of all net flows of each channel and period whose both sides are known."""
        out = super().facts()
        for channel, part in self.table.groupby("channel", sort=True):
            known = part[part["net"].notna() & (part["basis"] != "derived")]
            out[str(channel)]["net_sum"] = {str(p): float(v) for p, v in known.groupby("period")["net"].sum().items()}
        return out


@dataclass(frozen=True, eq=False, kw_only=True)
class FactorPairsResult(_Accounts):
    """Flows of each factor between two places, both directions side by side."""

    title_en: ClassVar[str] = "Two-way accounts of factors by pair"
    title_zh: ClassVar[str] = "要素双向流动账户（分地区对）"
    columns: ClassVar[tuple[Column, ...]] = (
        *_head(),
        Column("place_a", "", "Place A", "地区甲", key=True),
        Column("place_b", "", "Place B", "地区乙", key=True),
        Column("unit", "", "Unit", "单位"),
        Column("a_to_b", "by row", "From A to B", "甲至乙", inputs=_FLOWS),
        Column("b_to_a", "by row", "From B to A", "乙至甲", inputs=_FLOWS),
        *_tail(_FLOWS),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class FactorSettlementResult(_Accounts):
    """Flows of each factor between places of town and places of country."""

    title_en: ClassVar[str] = "Two-way accounts of factors between town and country"
    title_zh: ClassVar[str] = "城乡要素双向流动账户"
    columns: ClassVar[tuple[Column, ...]] = ()
    rule: str = ""
    modelled: bool = False

    def describe(self) -> tuple[Column, ...]:
        """Columns; marked as modelled where a stated threshold makes a place town."""
        names = (
            ("to_town", "From country to town", "由乡到城"), ("to_country", "From town to country", "由城到乡"),
            ("within_town", "Between places of town", "城城之间"),
            ("within_country", "Between places of country", "乡乡之间"),
        )  # fmt: skip
        used = (*_FLOWS, Input("tables/places.csv"))
        return (
            *_head(),
            Column("unit", "", "Unit", "单位"),
            *(Column(n, "by row", en, zh, modelled=self.modelled, formula=FORMULA, inputs=used) for n, en, zh in names),
            *_tail(used),
        )

    def parameters(self) -> dict[str, Any]:
        """The rule that tells town from country, beside the share."""
        return {**super().parameters(), "rule": self.rule}


@dataclass(frozen=True, eq=False, kw_only=True)
class CapitalLeakageResult(Result):
    """Deposits collected and loans extended in each place: a proxy of capital that leaves, a stock and no flow."""

    title_en: ClassVar[str] = "Deposits and loans (leakage proxy)"
    title_zh: ClassVar[str] = "存贷比（资金外流代理）"
    table: pd.DataFrame
    unit: str
    indicators: tuple[str, ...]

    def describe(self) -> tuple[Column, ...]:
        """Columns; the unit depends on the currency."""
        mine = (Input(INDICATORS, {"place_id": "{place}", "year": "{year}", "indicator": list(self.indicators)}),)

        def number(name: str, unit: str, en: str, zh: str, proxy: bool = False) -> Column:
            return Column(name, unit, en, zh, modelled=proxy, formula=LEAKAGE, inputs=mine)

        return (
            Column("place_id", "", "Place", "地区", key=True),
            Column("year", "year", "Year", "年份", key=True),
            Column("kind", "", "Level", "层级"),
            number("deposits", self.unit, "Deposits at the end of the year", "年末存款余额"),
            number("loans", self.unit, "Loans at the end of the year", "年末贷款余额"),
            number("loan_deposit_ratio", "ratio", "Loans over deposits", "存贷比"),
            number("leakage", self.unit, "Deposits minus loans (proxy)", "存款减贷款（代理）", True),
            number("leakage_share", "share", "Deposits not lent here (proxy)", "未在本地放贷占比（代理）", True),
            Column("flag", "", "Weakness of the data", "数据缺陷"),
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a place and year."""
        return self.table.copy()

    def facts(self) -> dict[str, Any]:
        """Ratio of all places together by year, and how many lend less than they collect."""
        return {
            " ".join(map(str, key)): {
                "places": len(part), "loan_deposit_ratio": float(part["loans"].sum() / part["deposits"].sum()),
                "below_one": int((part["loan_deposit_ratio"] < 1).sum()),
            }
            for key, part in self.table.groupby(["kind", "year"], sort=True)
        }  # fmt: skip


def nothing(columns: tuple[Column, ...]) -> pd.DataFrame:
    """A table without rows."""
    text = {*TEXT, "one_way"}
    return pd.DataFrame({c.name: pd.Series(dtype=object if c.name in text else "float64") for c in columns})
