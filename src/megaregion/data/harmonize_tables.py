"""Tables of harmonized indicators: the values, the parts they were made of, the steps, the jumps before and after."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from megaregion.result import Column, Input, Result

_HOW = "methods#harmonizing"
_CROSS = Input("tables/crosswalk.csv")
_ROWS = Input("tables/indicators.csv", {"indicator": "{indicator}", "year": "{year}"})


@dataclass(frozen=True, eq=False, kw_only=True)
class HarmonizedParts(Result):
    """Which share of which former unit lies in which unit."""

    title_en: ClassVar[str] = "Former units on the new borders"
    title_zh: ClassVar[str] = "旧单元在新区划中的归属"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("from_id", "", "Unit then", "当时的单元", key=True),
        Column("to_id", "", "Unit now", "现在的单元", key=True),
        Column("first", "year", "On the borders from", "区划起始年", key=True),
        Column("last", "year", "On the borders to", "区划终止年"),
        Column("share", "ratio", "Share that lies there", "所占份额", formula=_HOW, inputs=(_CROSS,)),
        Column("exact", "", "Went as a whole", "整体划入", formula=_HOW, inputs=(_CROSS,)),
    )
    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Units that a change met, one row a part."""
        return self.table


@dataclass(frozen=True, eq=False, kw_only=True)
class HarmonizedSteps(Result):
    """What was done to each indicator on each set of borders."""

    title_en: ClassVar[str] = "Steps of harmonizing"
    title_zh: ClassVar[str] = "区划统一步骤"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("indicator", "", "Indicator", "指标", key=True),
        Column("borders", "year", "Values on the borders of", "数值所依区划年份", key=True),
        Column("kind", "", "Kind", "类型"),
        Column("weight", "", "Weight", "权重指标"),
        Column("came_in", "count", "Values that came in", "输入个数", inputs=(_ROWS,)),
        Column("came_out", "count", "Values that came out", "输出个数", formula=_HOW, inputs=(_ROWS,)),
        Column("unchanged", "count", "Unchanged", "未变", formula=_HOW),
        Column("merged", "count", "Merged whole", "整体合并", formula=_HOW),
        Column("shared_out", "count", "Shared out (modelled)", "按份额分摊（模型值）", formula=_HOW),
        Column("a_part_is_lacking", "count", "A part is lacking", "缺少组成部分", formula=_HOW),
        Column("cannot_be_carried", "count", "Cannot be carried", "无法换算", formula=_HOW),
        Column("sum_in", "by row", "Sum that came in", "输入合计", inputs=(_ROWS,)),
        Column("sum_out", "by row", "Sum that came out", "输出合计", formula=_HOW, inputs=(_ROWS,)),
    )
    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """One row an indicator and set of borders."""
        return self.table


@dataclass(frozen=True, eq=False, kw_only=True)
class HarmonizedJumps(Result):
    """Jumps of the series before and after, by the rule of the data doctor."""

    title_en: ClassVar[str] = "Jumps before and after harmonizing"
    title_zh: ClassVar[str] = "统一区划前后的跳变"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("when", "", "Before or after", "前或后", key=True),
        Column("indicator", "", "Indicator", "指标", key=True),
        Column("place_id", "", "Place", "地区", key=True),
        Column("since", "year", "From", "起", key=True),
        Column("year", "year", "To", "止", key=True),
        Column("change", "percent", "Change", "变化", formula="methods#data-checks", inputs=(_ROWS,)),
        Column("usual", "percent", "Median change of the others", "其他地区变化中位数", formula="methods#data-checks",
               inputs=(_ROWS,)),
        Column("border", "", "A change of borders lies between", "其间有区划调整", inputs=(_CROSS,)),
    )  # fmt: skip
    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """One row a jump."""
        return self.table


@dataclass(frozen=True, eq=False, kw_only=True)
class Harmonized(Result):
    """Values on the borders of one year; what was shared out is flagged as modelled.

    Attributes
    ----------
    table : DataFrame
    settings : dict
    parts, steps, jumps : Result
        What went where; what was done; what still jumps.
    """

    title_en: ClassVar[str] = "Indicators on the borders of one year"
    title_zh: ClassVar[str] = "统一区划后的指标"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("place_id", "", "Place", "地区", key=True),
        Column("year", "year", "Year", "年份", key=True),
        Column("indicator", "", "Indicator", "指标", key=True),
        Column("value", "by row", "Value", "数值", True, _HOW, (_ROWS, _CROSS)),
        Column("unit", "", "Unit", "单位"),
        Column("scope", "", "Territory covered", "统计范围", key=True),
        Column("source", "", "Source", "来源"),
        Column("flag", "", "Flag", "标记"),
        Column("how", "", "How it was made", "换算方式"),
    )
    table: pd.DataFrame
    settings: dict[str, Any] = field(default_factory=dict)
    parts: HarmonizedParts
    steps: HarmonizedSteps
    jumps: HarmonizedJumps

    def to_frame(self) -> pd.DataFrame:
        """One row a place, year, indicator and scope."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """Borders, shares and what was said of the indicators."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """How many values were made in which way, and how many jumps there are before and after."""
        jumps = self.jumps.table["when"].value_counts()
        return {
            **{str(k): int(v) for k, v in self.table["how"].value_counts().sort_index().items()},
            "jumps_before": int(jumps.get("before", 0)), "jumps_after": int(jumps.get("after", 0)),
        }  # fmt: skip

    def indicators(self) -> pd.DataFrame:
        """Rows that can stand in a table of indicators: columns of its schema, without missing values."""
        columns = [c.name for c in self.columns if c.name != "how"]
        return self.table.loc[self.table["value"].notna(), columns].reset_index(drop=True)

    def by_name(self) -> dict[str, Result]:
        """The four tables."""
        return {"harmonized": self, "parts": self.parts, "steps": self.steps, "jumps": self.jumps}
