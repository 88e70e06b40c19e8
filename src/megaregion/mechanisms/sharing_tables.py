"""Tables of sharing: what each pays or gets, who would walk out, and what kind of game it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from megaregion.result import Column, Input, Result

FORMULA = "methods#sharing"
GAMES = "tables/games.csv"


def _unit(table: pd.DataFrame) -> str:
    units = table["unit"].unique()
    return str(units[0]) if len(units) == 1 else "by row"


def _inputs(sources: tuple[str, ...]) -> tuple[Input, ...]:
    return tuple(Input(name, {"game": "{game}"}) for name in sources)


def _money(inputs: tuple[Input, ...], name: str, unit: str, en: str, zh: str) -> Column:
    return Column(name, unit, en, zh, modelled=True, formula=FORMULA, inputs=inputs)


@dataclass(frozen=True, eq=False, kw_only=True)
class SharingResult(Result):
    """What each place pays of a joint cost, or has of a joint gain, by rule.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe`.
    settings : dict
        Circles of sampling and the like.
    sources : tuple of str
        Tables that state the games.
    """

    title_en: ClassVar[str] = "Sharing of joint costs and gains"
    title_zh: ClassVar[str] = "共同成本与收益的分摊"
    table: pd.DataFrame
    settings: dict[str, Any] = field(default_factory=dict)
    sources: tuple[str, ...] = (GAMES,)

    def describe(self) -> tuple[Column, ...]:
        """Columns; money in the unit of the games."""
        unit, inputs = _unit(self.table), _inputs(self.sources)
        return (
            Column("game", "", "Game", "博弈", key=True),
            Column("kind", "", "Cost or gain", "成本或收益", inputs=inputs),
            Column("rule", "", "Rule", "规则", key=True, formula=FORMULA),
            Column("place_id", "", "Place", "地方", key=True),
            _money(inputs, "payoff", unit, "Share of the cost or gain", "分摊额"),
            _money(inputs, "standard_error", unit, "Standard error (0 where exact)", "标准误（精确时为0）"),
            Column("alone", unit, "Cost or gain alone", "单独行动的成本或收益", inputs=inputs),
            _money(inputs, "gain_over_alone", unit, "Better off than alone by", "比单独行动多得"),
            Column(
                "stable", "", "No coalition would do better alone", "无联盟愿意退出", modelled=True, formula=FORMULA
            ),
            Column("unit", "", "Unit", "单位", inputs=inputs),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a game, rule and place."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Settings of sampling."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """By game and rule: whether any coalition would do better alone; None where that is unknown."""
        first = self.table.drop_duplicates(["game", "rule"])
        out: dict[str, Any] = {}
        for game, rule, stable in zip(first["game"], first["rule"], first["stable"], strict=True):
            out.setdefault(str(game), {})[str(rule)] = None if pd.isna(stable) else bool(stable)
        return {"stable": out}


@dataclass(frozen=True, eq=False, kw_only=True)
class SharingObjectionsResult(Result):
    """Coalitions that would do better alone, by rule.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe`.
    sources : tuple of str
        Tables that state the games.
    """

    title_en: ClassVar[str] = "Who would walk out"
    title_zh: ClassVar[str] = "谁会退出"
    table: pd.DataFrame
    sources: tuple[str, ...] = (GAMES,)

    def describe(self) -> tuple[Column, ...]:
        """Columns; money in the unit of the games."""
        unit, inputs = _unit(self.table), _inputs(self.sources)
        return (
            Column("game", "", "Game", "博弈", key=True),
            Column("rule", "", "Rule", "规则", key=True, formula=FORMULA),
            Column("coalition", "", "Coalition", "联盟", key=True),
            Column("size", "count", "Members", "成员数"),
            Column("alone", unit, "Cost or gain of the coalition alone", "联盟单独行动的成本或收益", inputs=inputs),
            _money(inputs, "shared", unit, "What the rule gives its members", "规则分给其成员的合计"),
            _money(inputs, "excess", unit, "Gain from walking out", "退出所得"),
            Column("unit", "", "Unit", "单位", inputs=inputs),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a game, rule and coalition, the largest gain from walking out first."""
        return self.table.copy()

    def facts(self) -> dict[str, Any]:
        """By game and rule: how many coalitions would walk out, and which gains most by it."""
        out: dict[str, Any] = {}
        for (game, rule), rows in self.table.groupby(["game", "rule"], sort=False):
            top = rows.iloc[0]
            out.setdefault(str(game), {})[str(rule)] = {
                "coalitions": len(rows), "foremost": str(top["coalition"]), "excess": float(top["excess"]),
            }  # fmt: skip
        return {"objections": out}


@dataclass(frozen=True, eq=False, kw_only=True)
class SharingGamesResult(Result):
    """What kind of game each is: what working together saves, whether there is a core, how the nucleolus is proved.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe`.
    sources : tuple of str
        Tables that state the games.
    """

    title_en: ClassVar[str] = "Joint costs and gains"
    title_zh: ClassVar[str] = "共同成本与收益"
    table: pd.DataFrame
    sources: tuple[str, ...] = (GAMES,)

    def describe(self) -> tuple[Column, ...]:
        """Columns; money in the unit of the games."""
        unit, inputs = _unit(self.table), _inputs(self.sources)
        return (
            Column("game", "", "Game", "博弈", key=True),
            Column("kind", "", "Cost or gain", "成本或收益", inputs=inputs),
            Column("players", "count", "Places", "参与地方数", inputs=inputs),
            Column("together", unit, "Cost or gain of all together", "共同行动的成本或收益", inputs=inputs),
            Column("apart", unit, "Sum of all alone", "各自单独行动之和", inputs=inputs),
            _money(inputs, "surplus", unit, "Better off together by", "共同行动多得"),
            _money(inputs, "least_excess", unit, "Least largest excess of any split", "任意分法下的最小最大超出额"),
            Column("core", "", "Is there a split that nobody walks out of?", "是否存在无人退出的分法",
                   modelled=True, formula=FORMULA),
            Column("certificate", "", "Proof of the nucleolus", "核仁的证明", formula=FORMULA),
            Column("unit", "", "Unit", "单位", inputs=inputs),
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a game."""
        return self.table.copy()
