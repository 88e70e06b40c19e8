"""Tables of scenarios: by place, by group of registered origin, who gains how much; each number with its range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion.equilibrium.counterfactual import Counterfactual
from megaregion.equilibrium.economy import Array
from megaregion.equilibrium.ranges import described, with_ranges
from megaregion.equilibrium.welfare import INDICATORS
from megaregion.result import Column, Result

FORMULA = "methods#equilibrium"
KEYS = ("scenario", "variant")
Keys = Mapping[str, Mapping[str, str]]  # name in a counterfactual -> scenario and variant
_KEY_COLUMNS = (
    Column("scenario", "", "Scenario", "情景", key=True),
    Column("variant", "", "Variant", "口径", key=True),
)


def _modelled(name: str, unit: str, en: str, zh: str) -> Column:
    return Column(name, unit, en, zh, modelled=True, formula=FORMULA, inputs=(INDICATORS,))


@dataclass(frozen=True, eq=False, kw_only=True)
class _ScenarioTable(Result):
    """A frame with the columns of its kind, those that were drawn followed by their range."""

    frame: pd.DataFrame
    settings: dict[str, Any]

    def described(self) -> tuple[Column, ...]:
        """Every column without ranges."""
        return self.columns

    def describe(self) -> tuple[Column, ...]:
        """Columns of the frame."""
        return described(self.described(), self.frame)

    def to_frame(self) -> pd.DataFrame:
        """Rows as described by the columns."""
        return self.frame[[c.name for c in self.describe()]].reset_index(drop=True)

    def parameters(self) -> dict[str, Any]:
        """Elasticities in use."""
        return self.settings


@dataclass(frozen=True, eq=False, kw_only=True)
class ScenarioPlaces(_ScenarioTable):
    """Who gains, and who comes and goes, in every scenario."""

    title_en: ClassVar[str] = "Scenarios by place"
    title_zh: ClassVar[str] = "各情景分城市结果"
    columns: ClassVar[tuple[Column, ...]] = (
        *_KEY_COLUMNS,
        Column("place_id", "", "Place", "地区", key=True),
        _modelled("population_percent", "percent", "Change of residents", "人口变化"),
        _modelled("workers_percent", "percent", "Change of workers", "就业变化"),
        _modelled("earnings_percent", "percent", "Change of nominal earnings of a resident", "居民名义收入变化"),
        _modelled("price_index_percent", "percent", "Change of the price of goods", "商品价格变化"),
        _modelled("rent_percent", "percent", "Change of the price of floor space", "房租变化"),
        _modelled("real_income_percent", "percent", "Change of real income, people move", "实际收入变化（人口可流动）"),
        _modelled("real_income_fixed_percent", "percent", "Change of real income, nobody moves",
                  "实际收入变化（人口不流动）"),
        _modelled("land_rent_percent", "percent", "Change of real land rent", "实际地租变化"),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class ScenarioGroups(_ScenarioTable):
    """What every group of registered origin gains in every scenario."""

    title_en: ClassVar[str] = "Scenarios by group of people"
    title_zh: ClassVar[str] = "各情景分户籍群体结果"
    money_unit: str

    def described(self) -> tuple[Column, ...]:
        """Columns; money in the currency of the workspace."""
        return (
            *_KEY_COLUMNS,
            Column("group", "", "Group of origin", "户籍群体", key=True),
            _modelled("members", "person", "Members", "人数"),
            _modelled("welfare_percent", "percent", "Change of welfare", "福利变化"),
            _modelled("gain", self.money_unit, "Gain a year", "年收益"),
            _modelled("stay_before", "share", "Share that lives at home, before", "在原籍居住份额（前）"),
            _modelled("stay_after", "share", "Share that lives at home, after", "在原籍居住份额（后）"),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class ScenarioGains(_ScenarioTable):
    """How the gain of every scenario is split between people and owners of land."""

    title_en: ClassVar[str] = "Who gains: people and owners"
    title_zh: ClassVar[str] = "收益归宿：居民与业主"
    money_unit: str

    def described(self) -> tuple[Column, ...]:
        """Columns; money in the currency of the workspace."""
        unit = self.money_unit
        return (
            *_KEY_COLUMNS,
            _modelled("welfare_percent", "percent", "Change of welfare", "福利变化"),
            _modelled("gain", unit, "Gain of people a year", "居民年收益"),
            _modelled("floor_space_rent", unit, "Gain of owners of floor space a year", "房产业主年收益"),
            _modelled("land_rent", unit, "of which owners of the land under it", "其中：土地所有者"),
            _modelled("production_land", unit, "Gain of owners of production land a year", "生产用地所有者年收益"),
            _modelled("total", unit, "People and owners together", "合计"),
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class ScenarioReforms(_ScenarioTable):
    """Which kind of change brings how much of the gain of a scenario that joins several."""

    title_en: ClassVar[str] = "Joint scenarios: contribution of each reform"
    title_zh: ClassVar[str] = "联合情景：各项改革的贡献"
    money_unit: str
    joint: dict[str, dict[str, Any]]

    def described(self) -> tuple[Column, ...]:
        """Columns; money in the currency of the workspace."""
        kind: dict[str, Any] = {"modelled": True, "formula": "methods#attribution", "inputs": (INDICATORS,)}
        return (
            Column("scenario", "", "Scenario", "情景", key=True),
            Column("reform", "", "Reform", "改革", key=True),
            Column("alone_percent", "percent", "Change of welfare, the reform alone", "单独实施的福利变化", **kind),
            Column("shapley_percent", "percent", "Change of welfare attributed to it (Shapley)",
                   "归因的福利变化（夏普利值）", **kind),
            Column("last_percent", "percent", "Change of welfare, added to all others", "最后实施的福利变化", **kind),
            Column("gain", self.money_unit, "Gain a year attributed to it", "归因的年收益", **kind),
            Column("share", "share", "Share of the joint gain", "占联合收益份额", **kind),
        )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Joint gain and interaction of each scenario."""
        return {"joint": self.joint}


def split_key(frame: pd.DataFrame, keys: Keys) -> pd.DataFrame:
    """The frame of a counterfactual whose names stand for a scenario and a variant."""
    of = frame["scenario"]
    out = frame.drop(columns="scenario")
    for number, name in enumerate(KEYS):
        out.insert(number, name, of.map({label: key[name] for label, key in keys.items()}).to_numpy())
    return out


def place_rows(found: Counterfactual, keys: Keys) -> pd.DataFrame:
    """Rows of `ScenarioPlaces` without ranges."""
    frame = found.places().rename(columns={"residents_percent": "population_percent"})
    return split_key(frame, keys)[[c.name for c in ScenarioPlaces.columns]]


def group_rows(found: Counterfactual, keys: Keys) -> pd.DataFrame:
    """Rows of `ScenarioGroups` without ranges; without groups of registered origin, everybody in one row."""
    frame = split_key(found.groups(), keys)
    return frame.drop(columns=[c for c in ("stay_before", "stay_after") if frame[c].isna().all()])


_RANGED = {"residents_percent": "population_percent"}


def with_samples(frame: pd.DataFrame, samples: Mapping[str, Array]) -> pd.DataFrame:
    """The frame with the ranges of its numbers behind them.

    Parameters
    ----------
    frame : DataFrame
        Rows of a counterfactual.
    samples : mapping of str to array (draws, rows)
        The same columns at joint draws (`joint.Ensemble.values`); those that the frame lacks, and those that no draw
        moves (members, shares before), get no range.
    """
    named = {_RANGED.get(name, name): values for name, values in samples.items()}
    drawn = {
        name: values for name, values in named.items()
        if name in frame.columns and not np.array_equal(values.min(axis=0), values.max(axis=0), equal_nan=True)
    }  # fmt: skip
    return with_ranges(frame, drawn)


def gain_rows(found: Counterfactual, keys: Keys) -> pd.DataFrame:
    """Rows of `ScenarioGains` without ranges."""
    frame = split_key(found.gains(), keys)
    return frame.drop(columns="production_land") if not np.any(frame["production_land"]) else frame
