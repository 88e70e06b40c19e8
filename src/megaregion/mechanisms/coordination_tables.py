"""Tables of an agreement: what each party gains and pays, which measures are in it, what consent costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from megaregion.result import Column, Input, Result

FORMULA = "methods#agreement-design"
RULES = ("no-consent", "consent", "consent-with-payments")


@dataclass(frozen=True, eq=False, kw_only=True)
class _Table(Result):
    table: pd.DataFrame
    unit: str
    inputs: tuple[Input, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Rows as described by the columns."""
        return self.table[[c.name for c in self.describe()]].copy()

    def _made(self, name: str, unit: str, en: str, zh: str) -> Column:
        return Column(name, unit, en, zh, modelled=True, formula=FORMULA, inputs=self.inputs)

    def _given(self, name: str, unit: str, en: str, zh: str) -> Column:
        return Column(name, unit, en, zh, inputs=self.inputs)


@dataclass(frozen=True, eq=False, kw_only=True)
class AgreementMeasures(_Table):
    """Which measures are agreed on, and who wins and loses by each.

    Attributes
    ----------
    additive : bool
        Gains of measures add up; else the gain of a measure is that of the measure alone, missing if unknown.
    """

    title_en: ClassVar[str] = "Measures of the agreement"
    title_zh: ClassVar[str] = "协议措施"
    additive: bool = True

    def describe(self) -> tuple[Column, ...]:
        """Columns; gains in the unit of the table of gains."""
        return (
            Column("measure", "", "Measure", "措施", key=True),
            self._made("agreed", "", "In the agreement", "是否纳入协议"),
            self._made("without_payments", "", "In the best set without side payments", "无补偿时是否纳入"),
            self._made("without_consent", "", "In the best set if nobody need consent", "无需一致同意时是否纳入"),
            self._given("gain", self.unit, "Gain of all parties from the measure alone", "单独实施的总收益"),
            self._given("cost", self.unit, "Cost to the joint budget", "共同预算成本"),
            self._given("winners", "", "Parties that gain", "受益方"),
            self._given("losers", "", "Parties that lose", "受损方"),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class AgreementRules(_Table):
    """The best set under each rule of consent: the difference is what consent costs and what payments bring back."""

    title_en: ClassVar[str] = "What consent costs"
    title_zh: ClassVar[str] = "一致同意的代价"

    def describe(self) -> tuple[Column, ...]:
        """Columns; one row a rule."""
        return (
            Column("rule", "", "Rule", "规则", key=True),
            self._made("feasible", "", "Some set satisfies it", "是否可行"),
            self._made("measures", "", "Best set", "最优措施组合"),
            self._made("total", self.unit, "Gain of all parties", "总收益"),
            self._made("lost", self.unit, "Less than without consent", "较无需同意时的损失"),
            self._made("payments", self.unit, "Sum of side payments", "补偿总额"),
            self._made("cost", self.unit, "Cost to the joint budget", "共同预算成本"),
            self._made("short", "", "Parties below their margin before payments", "补偿前未达要求的一方"),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Agreement(_Table):
    """What every party gains, pays and could veto.

    Attributes
    ----------
    measures : AgreementMeasures
    rules : AgreementRules
    settings : dict
        Budget and limit of payments.
    """

    title_en: ClassVar[str] = "Agreement by party"
    title_zh: ClassVar[str] = "各方协议结果"
    measures: AgreementMeasures
    rules: AgreementRules
    settings: dict[str, Any]

    def describe(self) -> tuple[Column, ...]:
        """Columns; money in the unit of the table of gains."""
        unit = self.unit
        return (
            Column("party", "", "Party", "参与方", key=True),
            self._given("margin", unit, "Least gain that it asks for", "最低要求"),
            self._made("gain", unit, "Gain before side payments", "补偿前收益"),
            self._made("payment", unit, "Side payment received (paid if negative)", "补偿（负为支付）"),
            self._made("net_gain", unit, "Gain after side payments", "补偿后收益"),
            self._made("gain_without_payments", unit, "Gain in the best set without side payments",
                       "无补偿最优组合收益"),
            self._made("gain_without_consent", unit, "Gain in the best set if nobody need consent",
                       "无需一致同意时收益"),
            self._made("veto_cost", unit, "Gain of all that its consent costs", "其否决权的代价"),
            self._made("veto_cost_without_payments", unit, "The same without side payments", "无补偿时其否决权的代价"),
            self._made("gain_overruled", unit, "Its gain if overruled, without side payments",
                       "其意见被推翻时的收益（无补偿）"),
        )  # fmt: skip

    def parameters(self) -> dict[str, Any]:
        """Budget and limit of payments."""
        return self.settings

    def facts(self) -> dict[str, Any]:
        """The agreed set, its total, and what consent costs with and without payments."""
        free, bound, paid = self.rules.table.to_dict("records")  # in the order of RULES
        return {
            "agreed": [m for m in str(paid["measures"]).split(";") if m],
            "total": float(paid["total"]),
            "payments": float(paid["payments"]),
            "consent_costs": float(paid["lost"]),
            "consent_costs_without_payments": float(bound["lost"]) if bound["feasible"] else None,
            "total_without_consent": float(free["total"]),
            "receivers": self.table.loc[self.table["payment"] > 0, "party"].tolist(),
            "payers": self.table.loc[self.table["payment"] < 0, "party"].tolist(),
        }
