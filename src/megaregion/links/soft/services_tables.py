"""Result tables of shared services: access of places, and the facilities behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from megaregion.result import Column, Input, Result

FORMULA = "methods#shared-services"
SUPPLY = Input("tables/services_supply.csv")
RIGHTS = Input("tables/recognition.csv")
PEOPLE = Input("tables/places.csv", {"place_id": "{place}"})
TIMES = Input("results/links/times")


@dataclass(frozen=True, eq=False, kw_only=True)
class FacilitiesResult(Result):
    """Demand that each facility meets today and if it were shared, and supply that nobody reaches."""

    title_en: ClassVar[str] = "Facilities: demand and supply per head"
    title_zh: ClassVar[str] = "设施的需求与人均供给"
    table: pd.DataFrame
    unit: str

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""
        i = (SUPPLY, RIGHTS, TIMES)

        def column(name: str, unit: str, en: str, zh: str) -> Column:
            return Column(name, unit, en, zh, modelled=True, formula=FORMULA, inputs=i)

        return (
            Column("facility_id", "", "Facility", "设施", key=True),
            Column("place_id", "", "Place", "所在地区"),
            Column("supply", self.unit, "Supply", "供给量", inputs=(SUPPLY,)),
            Column("quality", "ratio", "Quality weight", "质量权重", inputs=(SUPPLY,)),
            column("demand_now", "person", "People who come, today's rules", "现行规则下的需求人数"),
            column("demand_shared", "person", "People who come, shared", "共享后的需求人数"),
            column("ratio_now", f"{self.unit} per person", "Supply per head, today's rules", "现行规则下人均供给"),
            column("ratio_shared", f"{self.unit} per person", "Supply per head, shared", "共享后人均供给"),
            Column("reached_now", "", "Anybody comes, today's rules", "现行规则下有人可达", modelled=True),
            Column("reached_shared", "", "Anybody comes, shared", "共享后有人可达", modelled=True),
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a facility, in the order of the input."""
        return self.table.copy()


@dataclass(frozen=True, eq=False, kw_only=True)
class SharedServicesResult(Result):
    """Access of each place under today's rules and under shared ones, and who gains or loses.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe()`.
    unit : str
        Unit of the supply.
    facilities : FacilitiesResult
    found : mapping
        What `facts()` gives.
    settings : mapping
        What `parameters()` gives.
    """

    title_en: ClassVar[str] = "Shared services: who reaches how much"
    title_zh: ClassVar[str] = "公共服务共享：各地可达服务量"
    table: pd.DataFrame
    unit: str
    facilities: FacilitiesResult
    found: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""
        i = (PEOPLE, SUPPLY, RIGHTS, TIMES)
        head = f"{self.unit} per person"

        def column(name: str, unit: str, en: str, zh: str) -> Column:
            return Column(name, unit, en, zh, modelled=True, formula=FORMULA, inputs=i)

        return (
            Column("place_id", "", "Place", "地区", key=True),
            Column("people", "person", "People who need the service", "需求人口", inputs=(PEOPLE,)),
            column("access_now", head, "Access, today's rules", "现行规则下的可达性"),
            column("access_shared", head, "Access, shared", "共享后的可达性"),
            column("gain", head, "Gain", "变化"),
            column("gain_percent", "percent", "Gain", "变化率"),
            column("outside_now", "share", "Part of access from elsewhere, today", "现行规则下来自外地的份额"),
            column("outside_shared", "share", "Part of access from elsewhere, shared", "共享后来自外地的份额"),
            Column("effect", "", "gains, loses, same or none (reaches nothing)", "受益、受损、不变或不可达",
                   modelled=True, formula=FORMULA),
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a place, in the order of the input."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Method, decay, whose rules are compared."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """Sums, what is kept, Gini before and after, losers, supply and people out of reach."""
        return dict(self.found)
