"""Tables of the network of agreements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion.result import Column, Input, Result

FORMULA = "methods#agreement-network"
ALL = "all"
REGISTER = Input("tables/agreements.csv", {})
PLACES = Input("tables/places.csv", {})


def _column(name: str, unit: str, en: str, zh: str, *, modelled: bool = False) -> Column:
    return Column(name, unit, en, zh, modelled=modelled, formula=FORMULA, inputs=(REGISTER, PLACES))


@dataclass(frozen=True, eq=False, kw_only=True)
class AgreementPairs(Result):
    """Pairs of places with common agreements, and whether they have more than chance would bring."""

    title_en: ClassVar[str] = "Pairs with common agreements"
    title_zh: ClassVar[str] = "共同签署协议的城市对"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("field", "", "Field", "领域", key=True),
        Column("place_a", "", "Place", "地区甲", key=True),
        Column("place_b", "", "Other place", "地区乙", key=True),
        _column("agreements", "count", "Common agreements", "共同协议数"),
        _column("weight", "count", "Weight, each agreement shared among its parties", "权重（按参与方数校正）"),
        _column("expected", "count", "Common agreements by chance", "随机期望共同协议数", modelled=True),
        _column("p", "share", "Probability of as many by chance", "p 值", modelled=True),
        _column("q", "share", "The same, false discoveries controlled", "q 值（错误发现率校正）", modelled=True),
        _column("backbone", "", "More than chance", "是否属于骨干网络", modelled=True),
    )
    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """One row a field and pair that has an agreement."""
        return self.table.copy()


@dataclass(frozen=True, eq=False, kw_only=True)
class AgreementPlaces(Result):
    """Position of each place in the network of all fields."""

    title_en: ClassVar[str] = "Places in the network of agreements"
    title_zh: ClassVar[str] = "协议网络中的城市"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("ties", "", "Ties: any common agreement, or the backbone", "连边口径", key=True),
        Column("place_id", "", "Place", "地区", key=True),
        Column("group", "", "Group", "所属省份", inputs=(PLACES,)),
        _column("agreements", "count", "Agreements", "协议数"),
        _column("partners", "count", "Partners", "伙伴数"),
        _column("strength", "count", "Sum of weights", "权重之和"),
        _column("core", "", "In the core", "是否核心", modelled=True),
        _column("coordinator", "count", "Brokered pairs inside the own group", "协调者（同省内中介）"),
        _column("itinerant", "count", "Brokered pairs inside another group", "外部顾问（他省内中介）"),
        _column("gatekeeper", "count", "Brokered pairs between the own group and others", "守门人（本省与外省中介）"),
        _column("liaison", "count", "Brokered pairs between two other groups", "联络人（两个他省间中介）"),
    )
    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """One row a kind of ties and place."""
        return self.table.copy()


@dataclass(frozen=True, eq=False, kw_only=True)
class AgreementNetwork(Result):
    """Shape of the network, for all agreements and by field.

    Attributes
    ----------
    table : DataFrame
        Columns as in `columns`.
    pairs : AgreementPairs
    places : AgreementPlaces
    settings : dict
        Status, year, level of false discoveries, permutations.
    """

    title_en: ClassVar[str] = "Network of agreements"
    title_zh: ClassVar[str] = "协议网络"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("field", "", "Field", "领域", key=True),
        Column("ties", "", "Ties: any common agreement, or the backbone", "连边口径", key=True),
        _column("agreements", "count", "Agreements", "协议数"),
        _column("taking_part", "count", "Places that take part", "参与地区数"),
        _column("pairs", "count", "Tied pairs", "连边数"),
        _column("pairs_across", "count", "Tied pairs across groups", "跨省连边数"),
        _column("density", "share", "Density", "网络密度"),
        _column("centralization", "share", "Degree centralization", "度中心势"),
        _column("core_fit", "ratio", "Fit of core and periphery (correlation)", "核心—边缘拟合度（相关系数）",
                modelled=True),
        _column("core_size", "count", "Places in the core", "核心地区数", modelled=True),
        _column("core_p_ties", "share", "p of the fit, ties dealt at random", "拟合 p 值（随机连边）", modelled=True),
        _column("core_p_degrees", "share", "p of the fit, numbers of partners kept", "拟合 p 值（保持度序列）",
                modelled=True),
    )  # fmt: skip
    table: pd.DataFrame
    pairs: AgreementPairs
    places: AgreementPlaces
    settings: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """One row a field and kind of ties."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """What was counted and how."""
        return self.settings

    def weights(self, field: str = ALL) -> pd.DataFrame:
        """Square frame of the corrected weights, zero where a pair has no agreement: what `drivers` explains."""
        ids = self.places.table["place_id"].unique()
        out = pd.DataFrame(np.zeros((len(ids), len(ids))), index=ids, columns=ids)
        rows = self.pairs.table[self.pairs.table["field"] == field]
        a, b = (out.index.get_indexer(pd.Index(rows[name])) for name in ("place_a", "place_b"))
        values = out.to_numpy(copy=True)
        values[a, b] = values[b, a] = rows["weight"].to_numpy(dtype=np.float64)
        return pd.DataFrame(values, index=ids, columns=ids)


@dataclass(frozen=True, eq=False, kw_only=True)
class AgreementDrivers(Result):
    """What the ties go with: regression between networks, p values by permutation of places."""

    title_en: ClassVar[str] = "What goes with ties"
    title_zh: ClassVar[str] = "连边的驱动因素"
    columns: ClassVar[tuple[Column, ...]] = tuple(
        Column(name, unit, en, zh, key=not unit, modelled=bool(unit), formula="methods#mrqap" if unit else "",
               inputs=(REGISTER,) if unit else ())
        for name, unit, en, zh in (
            ("predictor", "", "Predictor", "解释变量"),
            ("coefficient", "by row", "Coefficient", "系数"),
            ("standardized", "ratio", "Coefficient in standard deviations", "标准化系数"),
            ("t", "ratio", "t statistic", "t 统计量"),
            ("p", "share", "p, two-sided, by permutation", "双侧置换 p 值"),
            ("p_greater", "share", "p of a larger one by permutation", "单侧置换 p 值（大于）"),
            ("p_less", "share", "p of a smaller one by permutation", "单侧置换 p 值（小于）"),
            ("correlation", "ratio", "Correlation alone", "单独相关系数"),
            ("correlation_p", "share", "p of the correlation alone", "单独相关的置换 p 值"),
        )
    )  # fmt: skip
    table: pd.DataFrame
    settings: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """One row a predictor, in the order given."""
        return self.table.copy()

    def facts(self) -> dict[str, Any]:
        """Intercept, share explained, dyads, permutations."""
        return self.settings
