"""Result tables of failing rail: each part alone, and curves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from megaregion.result import Column, Input, Result

FORMULA = "methods#rail-failures"
_GIVEN = (Input("tables/services.csv"), Input("tables/links.csv"), Input("tables/nodes.csv"), Input("tables/flows.csv"))
_MEASURES = (
    ("unserved_percent", "percent", "Demand without a train", "无车可乘的需求比重"),
    ("extra_rail_hours", "", "More time of those still by rail", "仍可乘火车者的额外时间"),
    ("extra_hours", "", "More time of all, by the faster of rail and road", "全部出行的额外时间（铁路与公路取快）"),
    ("largest_part", "share", "Stations in the largest part", "最大连通部分的车站比重"),
    ("second_part", "share", "Stations in the second largest part", "第二大连通部分的车站比重"),
)


def _made(name: str, unit: str, en: str, zh: str) -> Column:
    return Column(name, unit, en, zh, modelled=True, formula=FORMULA, inputs=_GIVEN)


@dataclass(frozen=True, eq=False, kw_only=True)
class _Table(Result):
    table: pd.DataFrame
    hours: str
    found: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """The rows, columns as in `describe()`."""
        return self.table[[c.name for c in self.describe()]].copy()

    def parameters(self) -> dict[str, Any]:
        """Demand, options, seed."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """Segments, stations, demand, the worst of each kind, and how far trains tell which matter."""
        return dict(self.found)


@dataclass(frozen=True, eq=False, kw_only=True)
class RailSinglesResult(_Table):
    """What each segment and each station costs when it alone fails, the dearest first."""

    title_en: ClassVar[str] = "Rail: each line and station alone"
    title_zh: ClassVar[str] = "铁路：单个区间或车站失效"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`; hours are those of the demand."""
        return (
            _made("rank", "", "Rank by time of all", "按额外时间排名"),
            _made("rank_trains", "", "Rank by trains", "按列车数排名"),
            Column("kind", "", "Segment or station", "区间或车站", key=True),
            Column("element", "", "Which", "对象", key=True),
            Column("from_stop", "", "From", "起点", inputs=_GIVEN[1:2]),
            Column("to_stop", "", "To", "终点", inputs=_GIVEN[1:2]),
            Column("trains", "trains/day", "Trains a day (station: direct services to other stops)",
                   "每日列车数（车站：通往其他车站的直达班次）", inputs=_GIVEN[:2]),
            *(_made(name, unit or self.hours, en, zh) for name, unit, en, zh in _MEASURES),
        )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class RailFailuresResult(_Table):
    """What is left of rail as segments or stations fail by chance, the busiest or worst first, or under hazards."""

    title_en: ClassVar[str] = "Rail as lines and stations fail"
    title_zh: ClassVar[str] = "铁路失效曲线"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`; hours are those of the demand."""
        out = [
            Column("failure", "", "How they fail", "失效方式", key=True),
            Column("kind", "", "segment, station or hazard", "区间、车站或灾害", key=True),
            Column("gone", "count", "Parts gone", "失效数", key=True),
            _made("share_gone", "share", "Of all in use", "失效占比"),
        ]
        for name, unit, en, zh in _MEASURES:
            out.append(_made(name, unit or self.hours, en, zh))
            out.append(
                _made(f"{name}_low", unit or self.hours, f"{en}, 5th percentile by chance", f"{zh}（随机失效5%分位）")
            )
            out.append(
                _made(
                    f"{name}_high", unit or self.hours, f"{en}, 95th percentile by chance", f"{zh}（随机失效95%分位）"
                )
            )
        return tuple(out)
