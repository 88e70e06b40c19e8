"""Result tables of joint parks: partners, the split of what a park yields, and what was booked twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import pandas as pd

from megaregion.result import Column, Input, Result

FORMULA = "methods#joint-parks"
NASH, SHAPLEY = "Nash bargaining", "Shapley value"
_PAIRS = (Input("tables/park_candidates.csv", {"origin": "{origin}"}), Input("tables/park_places.csv"))
_SPLIT = {"park": "{park}", "item": "{item}"}
_STATED = {
    NASH: (Input("tables/park_parties.csv", _SPLIT),), SHAPLEY: (Input("tables/park_coalitions.csv", _SPLIT),),
}  # fmt: skip
_BOOKED = (Input("tables/park_booked.csv", _SPLIT),)
_matched = partial(Column, modelled=True, formula=FORMULA, inputs=_PAIRS)
_KEYS = (
    Column("park", "", "Park", "园区", key=True),
    Column("item", "", "value_added, tax ...", "项目（增加值、税收等）", key=True),
)


@dataclass(frozen=True, eq=False, kw_only=True)
class ParkPartnersResult(Result):
    """Sending and hosting places of joint parks.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe()`.
    found, settings : mapping
        What `facts()` and `parameters()` give.
    """

    title_en: ClassVar[str] = "Partners for joint parks"
    title_zh: ClassVar[str] = "共建园区（飞地）合作匹配"
    table: pd.DataFrame
    found: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""
        return (
            Column("origin", "", "Place that moves firms", "飞出地", key=True),
            _matched("host", "", "Place that hosts", "飞入地"),
            _matched("score", "index", "Score of the pair", "匹配得分"),
            _matched("best_host", "", "Host of the largest score", "得分最高的飞入地"),
            _matched("best_score", "index", "Score with that host", "与其匹配得分"),
            _matched("other_host", "", "Host by the other method", "另一方法的飞入地"),
            _matched("price", "index", "Shadow price of the place", "影子价格"),
            _matched("blocking", "count", "Hosts that would rather have it, and it them", "与其互相更愿合作的飞入地数"),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row an origin, in the order of the input."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Method and least score."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """Sum of scores with its bound, prices of hosts, blocking pairs."""
        return dict(self.found)


@dataclass(frozen=True, eq=False, kw_only=True)
class ParkSplitResult(Result):
    """What each party gets of what a park yields.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe()`.
    unit : str
        Unit of all amounts.
    rule : str
        Nash bargaining or Shapley value.
    """

    title_en: ClassVar[str] = "Split of value added and tax of joint parks"
    title_zh: ClassVar[str] = "共建园区增加值与税收分成"
    table: pd.DataFrame
    unit: str
    rule: str

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""
        stated = _STATED[self.rule]
        column = partial(Column, modelled=True, formula=FORMULA, inputs=stated)
        return (
            *_KEYS,
            Column("party", "", "Party", "参与方", key=True),
            Column("alone", self.unit, "Without agreement", "不合作时所得", inputs=stated),
            Column("total", self.unit, "All parties together", "合作总额", inputs=stated),
            column("payoff", self.unit, "Part of the party", "分得额"),
            column("share", "share", "Part of the total", "分成比例"),
            column("gain", self.unit, "Beyond what it has without agreement", "合作增益"),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a park, item and party, in the order of the input."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Rule."""
        return {"rule": self.rule}

    def facts(self) -> dict[str, Any]:
        """Parks, and the smallest gain of any party."""
        least = self.table["gain"].min() if len(self.table) else None
        return {"parks": int(self.table["park"].nunique()), "least_gain": None if least is None else float(least)}


@dataclass(frozen=True, eq=False, kw_only=True)
class ParkAttributionResult(Result):
    """What each place booked of a park, what it may book, and what was counted twice.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe()`.
    unit : str
    found : mapping
        What `facts()` gives.
    """

    title_en: ClassVar[str] = "Attribution of joint parks: nothing counted twice"
    title_zh: ClassVar[str] = "共建园区统计归属（避免重复计算）"
    table: pd.DataFrame
    unit: str
    found: Mapping[str, Any] = field(default_factory=dict)

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""
        column = partial(Column, modelled=True, formula=FORMULA, inputs=_BOOKED)
        return (
            *_KEYS,
            Column("party", "", "Place", "地区", key=True),
            Column("booked", self.unit, "Booked by the place", "已计入额", inputs=_BOOKED),
            column("attributed", self.unit, "Part by the agreement", "按协议归属额"),
            column("correction", self.unit, "To be added to the statistics of the place", "应调整额"),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a park, item and party."""
        return self.table.copy()

    def facts(self) -> dict[str, Any]:
        """By item: produced, booked, counted twice (above zero) or by nobody (below)."""
        return dict(self.found)
