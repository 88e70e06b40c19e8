"""Result tables of offices: places and links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from megaregion.result import Column, Input, Result

FORMULA, NULL = "methods#interlock", "methods#random-firms"
OFFICES = Input("tables/offices.csv")
_HERE = Input("tables/offices.csv", {"place_id": "{place}"})


def _made(name: str, unit: str, en: str, zh: str, formula: str = FORMULA) -> Column:
    return Column(name, unit, en, zh, modelled=True, formula=formula, inputs=(OFFICES,))


@dataclass(frozen=True, eq=False, kw_only=True)
class _Table(Result):
    table: pd.DataFrame
    found: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """The rows, columns as in `columns`."""
        return self.table[[c.name for c in self.columns]].copy()

    def parameters(self) -> dict[str, Any]:
        """Null, draws, seed."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """Firms, offices, links, and how many exceed chance."""
        return dict(self.found)


@dataclass(frozen=True, eq=False, kw_only=True)
class OfficePlacesResult(_Table):
    """How connected each place is through the firms in it."""

    title_en: ClassVar[str] = "Places tied by firms: connectivity"
    title_zh: ClassVar[str] = "企业网络中的城市联系度"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("place_id", "", "Place", "地区", key=True),
        _made("rank", "", "Rank by connectivity", "联系度排名"),
        _made("rank_low", "", "Rank, 5th percentile over samples of firms", "排名（企业自助抽样5%分位）"),
        _made("rank_high", "", "Rank, 95th percentile", "排名（95%分位）"),
        Column("firms", "count", "Firms with an office", "设有分支的企业数", inputs=(_HERE,)),
        Column("service_value", "index", "Sum of service values", "服务值合计", inputs=(_HERE,)),
        _made("connectivity", "index", "Connectivity (sum of links)", "联系度（联系之和）"),
        _made("share_of_first", "share", "Of the most connected place", "相对最高联系度"),
        _made("expected", "index", "Connectivity if firms chose by chance", "随机选址下的联系度", NULL),
        _made("z", "", "Standard deviations above chance", "高于随机的标准差数", NULL),
        _made("rules", "index", "Branches elsewhere ruled from here", "本地总部管辖的外地分支"),
        _made("is_ruled", "index", "Branches here ruled from elsewhere", "受外地总部管辖的本地分支"),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class OfficeLinksResult(_Table):
    """Link of each pair of places that share a firm, and whether chance would give as much."""

    title_en: ClassVar[str] = "Pairs of places tied by firms"
    title_zh: ClassVar[str] = "企业网络中的城市对"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("place_a", "", "Place", "地区甲", key=True),
        Column("place_b", "", "Place", "地区乙", key=True),
        _made("interlock", "index", "Interlocking link", "互锁联系"),
        Column("firms", "count", "Firms in both", "共有企业数", formula=FORMULA, inputs=(OFFICES,)),
        _made("expected", "index", "Link if firms chose by chance", "随机选址下的联系", NULL),
        _made("z", "", "Standard deviations above chance", "高于随机的标准差数", NULL),
        _made("p", "share", "Chance of at least as much", "随机达到此值的概率", NULL),
        _made("q", "share", "The same, false discoveries controlled", "q值（控制错误发现率）", NULL),
        _made("more_than_chance", "", "More than chance", "超过随机", NULL),
        _made("ruled_from_a", "index", "Branches in the second ruled from the first", "甲地总部在乙地的分支"),
        _made("ruled_from_b", "index", "Branches in the first ruled from the second", "乙地总部在甲地的分支"),
    )
