"""Tables of dead ends: candidates with their evidence, and rates by unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from megaregion.result import Column, Input, Result

_F = "methods#dead-ends"
_ROADS = (Input("roads"),)


def _made(name: str, unit: str, en: str, zh: str) -> Column:
    return Column(name, unit, en, zh, modelled=True, formula=_F)


def _seen(name: str, unit: str, en: str, zh: str) -> Column:
    return Column(name, unit, en, zh, formula=_F)


@dataclass(frozen=True, eq=False, kw_only=True)
class DeadEndsResult(Result):
    """Pairs of stubs that face each other across a border; candidates, to be looked at on the ground.

    Attributes
    ----------
    table : DataFrame
    with_demand : bool
        Whether `saved_h` is known and ranks.
    settings : mapping
        Thresholds.
    """

    title_en: ClassVar[str] = "Dead-end roads at borders: candidates"
    title_zh: ClassVar[str] = "省（市）际断头路候选"
    table: pd.DataFrame
    with_demand: bool
    settings: Mapping[str, Any] = field(default_factory=dict)
    columns: ClassVar[tuple[Column, ...]] = (
        Column("candidate", "", "Candidate", "候选", key=True),
        _seen("unit_a", "", "Unit", "所在单元A"),
        _seen("unit_b", "", "Other unit", "所在单元B"),
        _seen("gap_km", "km", "Gap", "间隙"),
        _made("network_km", "km", "Way through the network (missing: none)", "路网绕行距离（空为不连通）"),
        _made("detour_ratio", "ratio", "Way over gap", "绕行系数"),
        _made("unconnected", "", "No way at all", "是否不连通"),
        _made("new_min", "min", "Minutes over a new link", "新建路段用时"),
        _made("saved_h", "h", "Hours that all trips would save", "全部出行节省时间"),
        _seen("barrier", "", "What the gap crosses", "间隙跨越的障碍"),
        *(
            column
            for side, en, zh in (("a", "", "A"), ("b", ", other side", "B"))
            for column in (
                _seen(f"road_{side}", "", f"Road{en}", f"道路{zh}"),
                _seen(f"class_{side}", "", f"Class{en}", f"等级{zh}"),
                _seen(f"lon_{side}", "degree", f"Longitude of the end{en}", f"端点经度{zh}"),
                _seen(f"lat_{side}", "degree", f"Latitude of the end{en}", f"端点纬度{zh}"),
                _made(f"facing_{side}_deg", "degree", f"Angle between road and gap{en}", f"朝向偏角{zh}"),
                _made(f"run_{side}_m", "m", f"Road behind the end, as far as was looked{en}", f"端点后方道路长度{zh}"),
                _seen(f"completeness_{side}", "ratio", f"Mapped over official length{en}", f"地图完整度{zh}"),
            )
        ),
    )

    def to_frame(self) -> pd.DataFrame:
        """One row a candidate, the most useful first."""
        return self.table[[c.name for c in self.columns]].copy()

    def parameters(self) -> dict[str, Any]:
        """Thresholds."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """How many candidates, and between which units."""
        pairs = self.table[["unit_a", "unit_b"]].apply(lambda r: "–".join(sorted(map(str, r))), axis=1)
        count = {} if self.table.empty else {str(k): int(v) for k, v in pairs.value_counts().items()}
        by = "hours saved" if self.with_demand else "length of detour"
        return {"candidates": len(self.table), "ranked_by": by, "by_border": count}


@dataclass(frozen=True, eq=False, kw_only=True)
class DeadEndRatesResult(Result):
    """Ends of road per 100 km, by unit (the definition of the national check-up)."""

    title_en: ClassVar[str] = "Dead ends per 100 km of road"
    title_zh: ClassVar[str] = "每百公里断头路数"
    table: pd.DataFrame
    notes: tuple[str, ...] = ()
    columns: ClassVar[tuple[Column, ...]] = (
        Column("place_id", "", "Unit", "单元", key=True),
        _seen("ends", "count", "Ends of road", "断头数"),
        _seen("road_km", "km", "Road", "道路长度"),
        _seen("per_100_km", "ratio", "Ends per 100 km", "每百公里断头数"),
    )

    def to_frame(self) -> pd.DataFrame:
        """One row a unit."""
        return self.table.copy()


def empty_frame() -> pd.DataFrame:
    """No candidates, with all columns."""
    text = {"candidate", "unit_a", "unit_b", "barrier", "road_a", "class_a", "road_b", "class_b"}
    names = [c.name for c in DeadEndsResult.columns]
    return pd.DataFrame({n: pd.Series(dtype=object if n in text else float) for n in names})
