"""Tables on what the data cover: by indicator, year and group; who is left out; what that does to a mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from megaregion.nodes.settled_table import SettledTable
from megaregion.result import Column, Input

_COVER, _SELECT, _FILL = "methods#coverage", "methods#selection", "methods#imputation"
_ROWS = (Input("tables/indicators.csv", {"indicator": "{indicator}", "year": "{year}"}),)
_BORDERS = (*_ROWS, Input("tables/crosswalk.csv"))


@dataclass(frozen=True, eq=False, kw_only=True)
class Coverage(SettledTable):
    """Places with a value, by indicator, kind of place, year and group."""

    title_en: ClassVar[str] = "What the indicators cover"
    title_zh: ClassVar[str] = "指标覆盖情况"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("indicator", "", "Indicator", "指标", key=True),
        Column("kind", "", "Kind of place", "地区层级", key=True),
        Column("year", "year", "Year", "年份", key=True),
        Column("group", "", "Group (all: every place)", "组（all为全部）", key=True),
        Column("places", "count", "Places", "地区数"),
        Column("given", "count", "Places with a value", "有数值的地区", formula=_COVER, inputs=_ROWS),
        Column("share", "percent", "Share with a value", "覆盖率", formula=_COVER, inputs=_ROWS),
        Column("flagged", "percent", "Of these flagged", "其中带标记", formula=_COVER, inputs=_ROWS),
        Column("interpolated", "percent", "Of these filled in or modelled", "其中插补", formula=_COVER, inputs=_ROWS),
        Column("former_borders", "percent", "Of these on borders changed since", "其中所依区划已调整", formula=_COVER,
               inputs=_BORDERS),
    )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """How many indicators there are, and how many have gaps."""
        whole = self.table[self.table["group"] == "all"]
        short = whole[whole["given"] < whole["places"]]
        return {"indicators": int(whole["indicator"].nunique()), "with_gaps": int(short["indicator"].nunique())}


@dataclass(frozen=True, eq=False, kw_only=True)
class Selection(SettledTable):
    """Whether places without a value differ from the others in size or wealth."""

    title_en: ClassVar[str] = "Who is left out"
    title_zh: ClassVar[str] = "缺失的选择性"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("indicator", "", "Indicator", "指标", key=True),
        Column("kind", "", "Kind of place", "地区层级", key=True),
        Column("year", "year", "Last year with gaps", "最近的缺失年份", key=True),
        Column("trait", "", "Size or wealth", "规模或富裕程度", key=True),
        Column("given", "count", "Places with a value", "有数值的地区", formula=_COVER, inputs=_ROWS),
        Column("missing", "count", "Places without", "缺失地区", formula=_COVER, inputs=_ROWS),
        Column("difference", "index", "Difference of logarithms (given less missing)", "对数均值差（有值−缺失）",
               formula=_SELECT, inputs=_ROWS),
        Column("chance", "ratio", "Chance that one with a value is larger", "有值者更大的概率", formula=_SELECT,
               inputs=_ROWS),
        Column("p", "ratio", "p: no relation", "p 值（无关联）", True, _SELECT, _ROWS),
        Column("q", "ratio", "p with false discoveries held down", "校正后 q 值", True, _SELECT, _ROWS),
    )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """How many gaps are related to a trait at 5 % of false discoveries."""
        clear = self.table[self.table["q"] <= 0.05]
        return {"tested": len(self.table), "related": len(clear)}


@dataclass(frozen=True, eq=False, kw_only=True)
class Imputation(SettledTable):
    """Mean of each indicator with gaps: of the places that report, and of all with the gaps imputed many times."""

    title_en: ClassVar[str] = "Means with the gaps imputed"
    title_zh: ClassVar[str] = "多重插补后的均值"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("indicator", "", "Indicator", "指标", key=True),
        Column("year", "year", "Last year with gaps", "最近的缺失年份", key=True),
        Column("unit", "", "Unit", "单位"),
        Column("given", "count", "Places with a value", "有数值的地区", formula=_COVER, inputs=_ROWS),
        Column("missing", "count", "Places without", "缺失地区", formula=_COVER, inputs=_ROWS),
        Column("predictors", "", "Predicted by", "预测变量"),
        Column("mean_given", "by row", "Mean of those that report", "有值地区均值", inputs=_ROWS),
        Column("mean", "by row", "Mean of all places", "全部地区均值", True, _FILL, _ROWS),
        Column("se", "by row", "Standard error", "标准误", True, _FILL, _ROWS),
        Column("low", "by row", "Lower 95 % bound", "95% 下限", True, _FILL, _ROWS),
        Column("high", "by row", "Upper 95 % bound", "95% 上限", True, _FILL, _ROWS),
        Column("se_gaps", "by row", "Standard error from the gaps alone", "仅缺失造成的标准误", True, _FILL, _ROWS),
        Column("lost", "percent", "Information lost", "信息损失", True, _FILL, _ROWS),
        Column("df", "count", "Degrees of freedom", "自由度", True, _FILL, _ROWS),
    )
