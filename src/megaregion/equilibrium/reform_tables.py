"""Result tables of reforms: what each brings alone and in the joint gain, who gains, who moves where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import pandas as pd

from megaregion.equilibrium.welfare import INDICATORS
from megaregion.result import Column, Input, Result

FORMULA = "methods#recognition-reforms"
_TABLE = Input("tables/reforms.csv", {"reform": "{reform}"})
_BEFORE = Input("tables/recognition.csv")
_modelled = partial(Column, modelled=True, formula=FORMULA, inputs=(_TABLE, _BEFORE, INDICATORS))
_REFORM = Column("reform", "", "Reform; joint is all of them together", "改革；joint为全部改革", key=True)


@dataclass(frozen=True, eq=False, kw_only=True)
class _ReformTable(Result):
    """A frame of the study, with what it hangs on.

    Attributes
    ----------
    frame : DataFrame
        Columns as in `describe()`.
    money_unit : str
    settings : mapping
        What `parameters()` gives: elasticities with their ranges, the reforms.
    """

    frame: pd.DataFrame
    money_unit: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """Reforms in the order of the input, all together last."""
        return self.frame[[c.name for c in self.describe()]].reset_index(drop=True)

    def parameters(self) -> dict[str, Any]:
        """Elasticities with their declared ranges, parameters of the model, the scenarios."""
        return dict(self.settings)


@dataclass(frozen=True, eq=False, kw_only=True)
class ReformsResult(_ReformTable):
    """What each reform brings alone and in all orders, over the declared range of the elasticities."""

    title_en: ClassVar[str] = "Reforms: alone, jointly and attributed"
    title_zh: ClassVar[str] = "改革的单独效果、联合效果与归因"
    found: Mapping[str, Any] = field(default_factory=dict)

    def describe(self) -> tuple[Column, ...]:
        """Columns; money in the unit of the workspace."""
        money = self.money_unit
        ranged = [
            c
            for name, unit, en, zh in (
                ("alone_percent", "percent", "Change of welfare, the reform alone", "单独实施的福利变化"),
                ("shapley_percent", "percent", "Change of welfare attributed to it (Shapley)",
                 "归因的福利变化（夏普利值）"),
                ("gain", money, "Gain a year attributed to it", "归因的年收益"),
                ("share", "share", "Share of the joint gain", "占联合收益份额"),
            )
            for c in (
                _modelled(name, unit, en, zh),
                _modelled(f"{name}_low", unit, f"{en}, least over the elasticities", f"{zh}（弹性范围内最小）"),
                _modelled(f"{name}_high", unit, f"{en}, most", f"{zh}（弹性范围内最大）"),
            )
        ]  # fmt: skip
        if "shapley_error" in self.frame:
            ranged.insert(6, _modelled("shapley_error", "percent", "Standard error from sampled orders", "抽样标准误"))
        return (
            _REFORM,
            Column("title_en", "", "Name", "英文名称", inputs=(_TABLE,)),
            Column("title_zh", "", "Name in Chinese", "名称", inputs=(_TABLE,)),
            _modelled("movers", "person", "People living away from their registration whom it speaks of",
                      "涉及的异地居住人口"),
            _modelled("recognized_before", "share", "Recognition for them before", "改革前认可程度"),
            _modelled("recognized_after", "share", "Recognition for them after", "改革后认可程度"),
            *ranged,
            _modelled("last_percent", "percent", "Change of welfare, added to all others", "最后实施的福利变化"),
            _modelled("population_moved", "person", "Residents who move, the reform alone", "单独实施的迁移人口"),
        )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Joint gain with its range, interaction, number of sets solved."""
        return dict(self.found)


@dataclass(frozen=True, eq=False, kw_only=True)
class ReformGroupsResult(_ReformTable):
    """Who gains from each reform, by place of registration."""

    title_en: ClassVar[str] = "Reforms: who gains, by place of registration"
    title_zh: ClassVar[str] = "改革收益按户籍地的归宿"

    def describe(self) -> tuple[Column, ...]:
        """Columns; money in the unit of the workspace."""
        zh = "归因的福利变化（夏普利值）"
        return (
            _REFORM,
            Column("group", "", "People registered in", "户籍所在地", key=True),
            _modelled("members", "person", "Members", "人数"),
            _modelled("alone_percent", "percent", "Change of welfare, the reform alone", "单独实施的福利变化"),
            _modelled("shapley_percent", "percent", "Change of welfare attributed to it (Shapley)", zh),
            _modelled("shapley_percent_low", "percent", "The same, least over the elasticities",
                      f"{zh}（弹性范围内最小）"),
            _modelled("shapley_percent_high", "percent", "The same, most", f"{zh}（弹性范围内最大）"),
            _modelled("gain", self.money_unit, "Gain a year attributed to it", "归因的年收益"),
        )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class ReformPlacesResult(_ReformTable):
    """Who comes and goes, and what living in a place gets dearer, by reform."""

    title_en: ClassVar[str] = "Reforms by place: people, rents, real income"
    title_zh: ClassVar[str] = "改革的分地区结果：人口、房租、实际收入"

    def describe(self) -> tuple[Column, ...]:
        """Columns, the reform alone."""
        return (
            _REFORM,
            Column("place_id", "", "Place", "地区", key=True),
            _modelled("population_percent", "percent", "Change of residents", "人口变化"),
            _modelled("population_percent_low", "percent", "The same, least over the elasticities",
                      "人口变化（弹性范围内最小）"),
            _modelled("population_percent_high", "percent", "The same, most", "人口变化（弹性范围内最大）"),
            _modelled("rent_percent", "percent", "Change of the price of floor space", "房租变化"),
            _modelled("real_income_percent", "percent", "Change of real income", "实际收入变化"),
        )  # fmt: skip
