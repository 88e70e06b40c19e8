"""What the integration of four rail networks returns: one row of index and components, and the pairs of networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from megaregion.result import Column, Input, Result

_FORMULA = "methods#rail-integration"
_INPUTS = (Input("tables/places.csv"),)


def _modelled(name: str, unit: str, en: str, zh: str) -> Column:
    return Column(name, unit, en, zh, modelled=True, formula=_FORMULA, inputs=_INPUTS)


def _counted(name: str, unit: str, en: str, zh: str) -> Column:
    return Column(name, unit, en, zh, formula=_FORMULA)


@dataclass(frozen=True, eq=False, kw_only=True)
class IntegrationResult(Result):
    """Index of rail integration and all its components, one row: never the composite alone."""

    table: pd.DataFrame
    settings: dict[str, Any]

    title_en: ClassVar[str] = "Integration of the four rail networks"
    title_zh: ClassVar[str] = "四网融合指数与分项"
    columns: ClassVar[tuple[Column, ...]] = (
        _modelled("index", "index", "Index: ideal time / time (1 = ideal)", "融合指数：理想时间/实际时间"),
        _modelled("mean_min", "min", "Mean time, weighted by demand", "需求加权平均时间"),
        _modelled("ideal_min", "min", "Mean ideal time", "理想平均时间"),
        _modelled("loss_wait_share", "share", "Lost by waits before the first ride", "首次候车损失占比"),
        _modelled("loss_change_share", "share", "Lost by changing", "换乘损失占比"),
        _modelled("loss_way_share", "share", "Lost by slower rides and longer ways", "绕行与慢车损失占比"),
        _modelled("served_demand_share", "share", "Demand served", "可达需求占比"),
        _modelled("changes_mean", "count", "Changes a journey", "人均换乘次数"),
        _modelled("same_station_share", "share", "Changes between networks inside one station", "网间同站换乘占比"),
        _modelled("change_min", "min", "Minutes of a change between networks", "网间平均换乘时间"),
        _modelled("through_share", "share", "Passages between networks in one vehicle", "网间贯通（不下车）占比"),
        _counted("through_pairs", "count", "Pairs of stations joined by through running", "贯通运营站对数"),
        _counted("headway_mismatch", "share", "Mismatch of headways at shared stations", "共站班次不匹配度"),
        _modelled("single_ticket_share", "share", "Passages on a single ticket, where known", "一票制占比（已知部分）"),
        _modelled("single_ticket_known_share", "share", "Passages of which that is known", "票制已知占比"),
    )

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """Ideal, window, options, day and networks of the classes."""
        return self.settings

    def facts(self) -> dict[str, Any]:
        """The row."""
        row = self.table.iloc[0]
        return {name: None if pd.isna(row[name]) else float(row[name]) for name in self.table.columns}


@dataclass(frozen=True, eq=False, kw_only=True)
class NetworkPairsResult(Result):
    """Components of rail integration by ordered pair of networks."""

    table: pd.DataFrame
    settings: dict[str, Any]

    title_en: ClassVar[str] = "Rail integration by pair of networks"
    title_zh: ClassVar[str] = "四网融合分项（按网络对）"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("network_from", "", "From network", "起始网络", key=True),
        Column("network_to", "", "To network", "到达网络", key=True),
        _counted("stations_from", "count", "Stations of the first", "前者车站数"),
        _counted("stations_to", "count", "Stations of the second", "后者车站数"),
        _counted("stations_shared", "count", "Stations of both", "共用车站数"),
        _counted("stations_shared_share", "share", "Of the stations of the smaller one", "占较小网络车站比例"),
        _modelled("passages", "by row", "Passages in the journeys made (demand)", "网间通行量"),
        _modelled("changes", "by row", "Of these with a change", "其中换乘量"),
        _modelled("seated", "by row", "Of these without leaving the seat", "其中贯通量"),
        _modelled("same_station_share", "share", "Changes inside one station", "同站换乘占比"),
        _modelled("change_min", "min", "Minutes of a change", "平均换乘时间"),
        _modelled("through_share", "share", "Passages without leaving the seat", "贯通占比"),
        _counted("through_pairs", "count", "Pairs of stations joined by through running", "贯通运营站对数"),
        _counted("headway_mismatch", "share", "Mismatch of headways at shared stations", "共站班次不匹配度"),
        Column("single_ticket", "share", "Single ticket (1 yes, 0 no)", "一票制（1是0否）"),
    )

    def to_frame(self) -> pd.DataFrame:
        """One row an ordered pair of networks that run."""
        return self.table

    def parameters(self) -> dict[str, Any]:
        """As of the index."""
        return self.settings

    def facts(self) -> dict[str, Any]:
        """Networks that run, and passages between different ones."""
        mixed = self.table[self.table["network_from"] != self.table["network_to"]]
        return {"networks": int(self.table["network_from"].nunique()), "passages": float(mixed["passages"].sum())}
