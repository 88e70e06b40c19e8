"""Tables of feasible paths and of consistent scenarios."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from megaregion.result import Column, Input, Result

_FORMULA, _SCENARIOS = "methods#feasible-paths", "methods#cross-impact"
_INSTRUMENTS = (Input("tables/instruments.csv"),)
_ONE = (Input("tables/instruments.csv", {"instrument_id": "{instrument_id}"}),)
_TARGETS = (Input("tables/targets.csv", {"region_type": "{place}"}),)
_BOTH = _INSTRUMENTS + _TARGETS
COST = "million CNY or EUR of the base year"
_TYPE = Column("region_type", "", "Region type", "区域类型", key=True)
_PATH = Column("path", "count", "Path, the cheapest first", "路径（按成本排序）", key=True)


def _made(name: str, unit: str, en: str, zh: str, inputs: tuple[Input, ...] = _BOTH) -> Column:
    return Column(name, unit, en, zh, modelled=True, formula=_FORMULA, inputs=inputs)


@dataclass(frozen=True, eq=False, kw_only=True)
class PathTable(Result):
    """A table of paths with the options that it depends on.

    Attributes
    ----------
    table : DataFrame
    settings : dict
        Horizon, budget, objective, conditions that hold.
    """

    table: pd.DataFrame
    settings: dict[str, Any] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """Rows in order of their keys."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """What the paths depend on."""
        return dict(self.settings)


@dataclass(frozen=True, eq=False, kw_only=True)
class PathsResult(PathTable):
    """Each path with its cost and the weakest evidence that it rests on."""

    title_en: ClassVar[str] = "Feasible paths"
    title_zh: ClassVar[str] = "可行路径"
    columns: ClassVar[tuple[Column, ...]] = (
        _TYPE,
        _PATH,
        _made("complete", "", "Reaches all targets", "是否达成全部目标"),
        _made("instruments", "count", "Instruments", "工具数"),
        _made("cost", COST, "Cost", "成本"),
        _made("extra_cost", COST, "Cost above the first path", "较首选路径增加的成本"),
        _made("finish", "year", "Year in which the last effect comes", "全部生效年份"),
        _made("weakest_evidence", "", "Weakest evidence", "最弱证据等级", _INSTRUMENTS),
        _made("sequence", "", "Sequence (year: instrument)", "实施顺序（年份：工具）"),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class PathStepsResult(PathTable):
    """Instruments of each path in order of their start."""

    title_en: ClassVar[str] = "Steps of the paths"
    title_zh: ClassVar[str] = "路径步骤"
    columns: ClassVar[tuple[Column, ...]] = (
        _TYPE,
        _PATH,
        Column("step", "count", "Step", "步骤", key=True),
        Column("instrument_id", "", "Instrument", "政策工具", inputs=_ONE),
        Column("title", "", "Title", "名称", inputs=_INSTRUMENTS),
        Column("title_zh", "", "Title in Chinese", "中文名称", inputs=_INSTRUMENTS),
        _made("start", "year", "Year of the start, the first is 0", "启动年份（首年为 0）"),
        _made("finish", "year", "Year in which the effect comes", "生效年份"),
        Column("cost", COST, "Cost", "成本", formula=_FORMULA, inputs=_INSTRUMENTS),
        Column("evidence", "", "Grade of evidence", "证据等级", inputs=_INSTRUMENTS),
        Column("needed_for", "", "Needed for (instruments and targets)", "用途（工具与目标）", formula=_FORMULA,
               inputs=_INSTRUMENTS),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class PathTargetsResult(PathTable):
    """What each path reaches of each target."""

    title_en: ClassVar[str] = "Targets and what the paths reach"
    title_zh: ClassVar[str] = "目标达成情况"
    columns: ClassVar[tuple[Column, ...]] = (
        _TYPE,
        _PATH,
        Column("indicator", "", "Indicator", "指标", key=True, inputs=_TARGETS),
        Column("sense", "", "At least or at most", "方向", key=True, inputs=_TARGETS),
        Column("unit", "", "Unit", "单位", inputs=_TARGETS),
        Column("now", "by row", "Now", "现值", inputs=_TARGETS),
        Column("target", "by row", "Target", "目标值", inputs=_TARGETS),
        Column("deadline", "year", "Year from which it must hold", "达成年限", inputs=_TARGETS),
        _made("reached", "by row", "Value at the deadline", "期末值"),
        _made("missing", "by row", "Missing", "缺口"),
        _made("met", "", "Met", "是否达成"),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class PathBlocksResult(PathTable):
    """What keeps targets from being reached, and instruments from being used."""

    title_en: ClassVar[str] = "What blocks the rest"
    title_zh: ClassVar[str] = "受阻原因"
    columns: ClassVar[tuple[Column, ...]] = (
        _TYPE,
        Column("kind", "", "Target, instrument or reason", "类别", key=True),
        Column("subject", "", "What is blocked or blocks", "对象", key=True),
        _made("missing", "by row", "Missing amount", "缺口"),
        Column("unit", "", "Unit", "单位", inputs=_TARGETS),
        _made("text", "", "Explanation", "说明（英文）"),
        _made("text_zh", "", "Explanation in Chinese", "说明"),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class ScenariosResult(Result):
    """Combinations of states that support themselves (cross-impact balance).

    Attributes
    ----------
    table : DataFrame
        One row a scenario and descriptor.
    possible : float
        Combinations that there are.
    slack : float
        Inconsistency that was tolerated.
    """

    title_en: ClassVar[str] = "Consistent scenarios"
    title_zh: ClassVar[str] = "一致性情景"
    table: pd.DataFrame
    possible: float
    slack: float
    columns: ClassVar[tuple[Column, ...]] = tuple(
        Column(name, unit, en, zh, modelled=not key, formula=_SCENARIOS, key=key,
               inputs=(Input("tables/impacts.csv"),))
        for name, unit, en, zh, key in (
            ("scenario", "count", "Scenario, the best supported first", "情景（按支持度排序）", True),
            ("descriptor", "", "Descriptor", "描述因子", True),
            ("state", "", "State", "状态", False),
            ("balance", "index", "Impact balance of the state", "该状态的影响平衡值", False),
            ("lead", "index", "Lead over the best other state", "较次优状态的优势", False),
            ("total", "index", "Total impact score of the scenario", "情景总影响得分", False),
            ("inconsistency", "index", "Inconsistency of the scenario", "情景不一致度", False),
        )
    )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """Scenarios by falling total score, descriptors in the order given."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Tolerated inconsistency."""
        return {"slack": self.slack}

    def facts(self) -> dict[str, Any]:
        """How many of the possible scenarios are consistent."""
        return {"possible": self.possible, "consistent": int(self.table["scenario"].nunique())}
