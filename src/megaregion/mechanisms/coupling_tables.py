"""Table of coupling coordination: columns, labels, headline numbers; and the grades that are a convention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.result import Column, Input, Result

_C, _OLD, _BOOT, _TYPE = (
    "methods#coupling", "methods#coupling-classical", "methods#coupling-intervals", "methods#coupling-type",
)  # fmt: skip
GRADES = (  # ten even classes of D, Liao (1999); the words are a convention without a test behind them
    ("extremely unbalanced", "极度失调"),
    ("seriously unbalanced", "严重失调"),
    ("moderately unbalanced", "中度失调"),
    ("slightly unbalanced", "轻度失调"),
    ("nearly unbalanced", "濒临失调"),
    ("barely coordinated", "勉强协调"),
    ("primarily coordinated", "初级协调"),
    ("intermediately coordinated", "中级协调"),
    ("well coordinated", "良好协调"),
    ("superiorly coordinated", "优质协调"),
)
Floats = NDArray[np.float64]


def grade(coordination: Floats) -> NDArray[np.int64]:
    """Class 1 to 10 of D in [0, 1] by even steps of .1, the upper end inside; 0 where D is missing."""
    known = ~np.isnan(coordination)
    # .3 is stored a little off, so the step is taken of a rounded tenth
    tenth = np.ceil(np.round(np.where(known, coordination, 0.0) * 10.0, 9))
    return np.where(known, np.clip(tenth, 1, 10), 0).astype(np.int64)


@dataclass(frozen=True, eq=False, kw_only=True)
class CouplingResult(Result):
    """Level, coupling, development and coordination of the systems of every place.

    Attributes
    ----------
    table : DataFrame
        Columns as described.
    systems : mapping of str to tuple
        Subsystem -> its names in English and in Chinese.
    weights : mapping of str to float
        Weight of each subsystem in T; they sum to 1.
    panel : bool
        Whether rows are places by years.
    graded : bool
        Whether the ten grades are there.
    origin : tuple of Input
        Rows that the systems come from.
    settings : mapping
        Further parameters.
    """

    title_en: ClassVar[str] = "Coupling coordination"
    title_zh: ClassVar[str] = "耦合协调度"
    table: pd.DataFrame
    systems: Mapping[str, tuple[str, str]]
    weights: Mapping[str, float]
    panel: bool
    graded: bool
    origin: tuple[Input, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def describe(self) -> tuple[Column, ...]:
        """Columns; four for every subsystem, one for the year of a panel, three for the grades if asked."""
        mine = self.origin
        out = [Column("place_id", "", "Place", "地区", key=True)]
        if self.panel:
            out.append(Column("year", "year", "Year", "年份", key=True))
        for name, (en, zh) in self.systems.items():
            out += _with_interval(f"u_{name}", f"Level of {en} (0-1)", f"{zh}水平（0–1）", _C, mine)
        out += _with_interval("c", "Coupling degree, corrected", "耦合度（修正）", _C, mine)
        out += _with_interval("t", "Level of development", "综合发展水平", _C, mine)
        out += _with_interval("d", "Coupling coordination", "耦合协调度", _C, mine)
        out += [
            Column("c_classical", "index", "Coupling degree, classical", "耦合度（传统）", formula=_OLD, inputs=mine),
            Column(
                "d_classical",
                "index",
                "Coordination by the classical degree",
                "耦合协调度（传统）",
                formula=_OLD,
                inputs=mine,
            ),
            Column("lags", "", "System that lags", "滞后系统", formula=_TYPE, inputs=mine),
            Column("gap", "index", "Highest less lowest level", "最高与最低水平之差", formula=_TYPE, inputs=mine),
            Column("lag_share", "share", "Part of the draws in which it lags", "其滞后的抽样比例", True, _BOOT, mine),
            Column(
                "type", "", "Relative development (balanced, or who lags)", "相对发展类型", formula=_TYPE, inputs=mine
            ),
            Column("flag", "", "Caution", "警示", formula=_TYPE, inputs=mine),
        ]
        if self.graded:
            out += [
                Column(
                    "grade",
                    "count",
                    "Grade 1-10 of D (a convention)",
                    "协调等级1–10（约定）",
                    formula=_TYPE,
                    inputs=mine,
                ),
                Column("grade_en", "", "Its name (a convention)", "等级名称（英文，约定）", formula=_TYPE, inputs=mine),
                Column(
                    "grade_zh", "", "Its name in Chinese (a convention)", "等级名称（约定）", formula=_TYPE, inputs=mine
                ),
            ]
        return tuple(out)

    def to_frame(self) -> pd.DataFrame:
        """One row a place, or a place and year, in order."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Systems, weights, draws, limits."""
        return {
            "systems": list(self.systems), "names": {name: list(pair) for name, pair in self.systems.items()},
            "weights": dict(self.weights), **self.settings,
        }  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Means, how much the classical degree varies beside the corrected one, and who lags how often."""
        frame = self.table
        if frame.empty:
            return {"rows": 0}
        lagging = frame.loc[frame["type"] != "balanced", "lags"].value_counts().sort_index()
        return {
            "rows": len(frame),
            **{f"mean_{name}": float(frame[name].mean()) for name in ("c", "t", "d", "c_classical", "d_classical")},
            "spread_of_c": float(frame["c"].std(ddof=0)),
            "spread_of_c_classical": float(frame["c_classical"].std(ddof=0)),
            "balanced": int((frame["type"] == "balanced").sum()),
            "lagging": {str(name): int(count) for name, count in lagging.items()},
            "flagged": int((frame["flag"] != "").sum()),
        }


def _with_interval(name: str, en: str, zh: str, formula: str, mine: tuple[Input, ...]) -> list[Column]:
    return [
        Column(name, "index", en, zh, formula=formula, inputs=mine),
        Column(f"{name}_low", "index", f"{en}, 5 % of draws", f"{zh}，抽样5%", True, _BOOT, mine),
        Column(f"{name}_high", "index", f"{en}, 95 % of draws", f"{zh}，抽样95%", True, _BOOT, mine),
    ]
