"""Result tables of portability: the index by view, and what reforms do to the friction of moving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from megaregion.result import Column, Input, Result

FORMULA = "methods#portability"
RIGHTS = Input("tables/recognition.csv")
MIGRANTS = Input("tables/flows.csv", {"layer": "migration"})


@dataclass(frozen=True, eq=False, kw_only=True)
class PortabilityResult(Result):
    """How far entitlements go along: by scheme, place and pair of groups.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe()`.
    settings : mapping
        What `parameters()` gives.
    """

    title_en: ClassVar[str] = "Portability of social insurance and points"
    title_zh: ClassVar[str] = "社保与积分的转移互认"
    table: pd.DataFrame
    settings: Mapping[str, Any] = field(default_factory=dict)

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""
        i = (RIGHTS, MIGRANTS)
        return (
            Column("view", "", "all, origin, destination or groups", "口径（总体、来源地、目的地、组间）", key=True),
            Column("origin", "", "Registered in", "户籍地", key=True),
            Column("destination", "", "Living in", "居住地", key=True),
            Column("scheme", "", "Scheme, empty for all", "险种（空为合计）", key=True),
            Column("index", "share", "Portability, of what is known", "可携带指数（已知部分）",
                   formula=FORMULA, inputs=i),
            Column("low", "share", "If nothing unknown were recognised", "未知项全不认可时", formula=FORMULA, inputs=i),
            Column("high", "share", "If everything unknown were", "未知项全认可时", formula=FORMULA, inputs=i),
            Column("known", "share", "Part of the weight that is known", "已知权重占比", formula=FORMULA, inputs=i),
            Column("unknown_cells", "count", "Pairs and schemes without a value", "缺值的地区对与险种数",
                   inputs=(RIGHTS,)),
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a view, its ids and a scheme."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Weights of schemes, basis of the weights of pairs."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """Total, by scheme, and how much is unknown."""
        whole = self.table[self.table["view"] == "all"].set_index("scheme")
        total = {name: _plain(whole[name].get("")) for name in ("index", "low", "high", "known")}
        by = {str(k): _plain(v) for k, v in whole["index"].items() if k}
        return {**total, "schemes": by, "unknown_cells": int(whole["unknown_cells"].get("", 0))}


@dataclass(frozen=True, eq=False, kw_only=True)
class FrictionChangeResult(Result):
    """Cost of moving before and after a reform, by pair.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe()`.
    settings : mapping
        The elasticity with its range.
    """

    title_en: ClassVar[str] = "What recognition takes off the cost of moving"
    title_zh: ClassVar[str] = "互认对迁移成本的影响"
    table: pd.DataFrame
    settings: Mapping[str, Any] = field(default_factory=dict)

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""

        def column(name: str, unit: str, en: str, zh: str) -> Column:
            return Column(name, unit, en, zh, modelled=True, formula=FORMULA, inputs=(RIGHTS,))

        return (
            Column("origin", "", "Registered in", "户籍地", key=True),
            Column("destination", "", "Living in", "居住地", key=True),
            column("before", "share", "Recognised before", "改革前认可程度"),
            column("after", "share", "Recognised after", "改革后认可程度"),
            column("recognized", "share", "Of what was not yet recognised", "未认可部分中新认可的比例"),
            column("cost_before", "ratio", "Cost of moving before, 1 at home", "改革前迁移成本"),
            column("cost_after", "ratio", "After", "改革后迁移成本"),
            column("factor", "ratio", "After over before", "改革前后之比"),
            column("factor_low", "ratio", "At the upper end of the elasticity", "弹性上限时之比"),
            column("factor_high", "ratio", "At the lower end", "弹性下限时之比"),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row an ordered pair of different places."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Elasticity with its range."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """Pairs that change, pairs that are unknown, the strongest change."""
        factor = self.table["factor"]
        return {"pairs": len(factor), "changed": int((factor < 1).sum()), "unknown": int(factor.isna().sum()),
                "least_factor": _plain(factor.min()) if len(factor) else None}  # fmt: skip


def _plain(value: Any) -> float | None:
    return None if value is None or value != value else float(value)
