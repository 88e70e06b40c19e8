"""Result tables of energy: places, lines, outages, transfers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from megaregion.result import Column, Input, Result

FORMULA, OUTAGES, TRANSFERS = "methods#energy", "methods#energy-outages", "methods#energy-transfers"
EXCHANGES = "methods#energy-exchanges"
BUSES = Input("tables/energy_buses.csv")
LINES = Input("tables/energy_lines.csv")
PLANTS = Input("tables/energy_plants.csv")
_LINE = Input("tables/energy_lines.csv", {"line_id": "{line_id}"})


def _made(name: str, unit: str, en: str, zh: str, formula: str = FORMULA) -> Column:
    return Column(name, unit, en, zh, modelled=True, formula=formula, inputs=(BUSES, LINES))


@dataclass(frozen=True, eq=False, kw_only=True)
class _Table(Result):
    table: pd.DataFrame
    settings: Mapping[str, Any] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """The rows, columns as in `columns`."""
        return self.table[[c.name for c in self.columns]].copy()

    def parameters(self) -> dict[str, Any]:
        """Options."""
        return dict(self.settings)


@dataclass(frozen=True, eq=False, kw_only=True)
class EnergyPlacesResult(_Table):
    """What each place draws, could generate, does generate, and loses at worst.

    Attributes
    ----------
    found : mapping
        What `facts()` gives.
    """

    title_en: ClassVar[str] = "Electricity: demand, generation and what goes unserved"
    title_zh: ClassVar[str] = "电力：需求、发电与缺供"
    found: Mapping[str, Any] = field(default_factory=dict)
    columns: ClassVar[tuple[Column, ...]] = (
        Column("place_id", "", "Place (or bus outside of all places)", "地区（或不属任何地区的节点）", key=True),
        Column("demand_mw", "MW", "Demand", "需求", inputs=(BUSES,)),
        Column("capacity_mw", "MW", "Capacity of plants", "发电能力", inputs=(BUSES,)),
        Column("balance_mw", "MW", "Capacity less demand", "发电能力减需求", formula=FORMULA, inputs=(BUSES,)),
        Column("peak_mw", "MW", "Own peak", "自身峰值", inputs=(BUSES,)),
        _made("generation_mw", "MW", "Generation in the dispatch", "调度发电"),
        _made(
            "exported_mw",
            "MW",
            "Generation less demand served: sent out, or drawn in where below zero",
            "发电减已供负荷：净送出（负值为净受入）",
        ),
        _made(
            "own_percent",
            "percent",
            "Part of its served demand that it generates itself, by proportional sharing",
            "已供负荷中自发电占比（按比例分摊）",
            EXCHANGES,
        ),
        _made("unserved_mw", "MW", "Demand unserved", "缺供负荷"),
        _made("worst_unserved_mw", "MW", "Unserved after its worst single outage", "最不利单一故障后的缺供", OUTAGES),
        _made("worst_outage", "", "That outage (line, or bus whose plants fail)", "该故障（线路或发电节点）", OUTAGES),
    )

    def facts(self) -> dict[str, Any]:
        """Size, totals, outages that overload lines or leave demand unserved, gain of sharing reserves."""
        return dict(self.found)


@dataclass(frozen=True, eq=False, kw_only=True)
class EnergyExchangesResult(_Table):
    """Whose generation meets whose demand, and what crosses between two places directly."""

    title_en: ClassVar[str] = "Electricity: who generates for whom"
    title_zh: ClassVar[str] = "电力：谁为谁发电"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("from_place", "", "From", "送端", key=True),
        Column("to_place", "", "To", "受端", key=True),
        _made("supplied_mw", "MW", "Demand of the one met by plants of the other, by proportional sharing",
              "由送端电源供应的受端负荷（按比例分摊）", EXCHANGES),
        _made("supplied_percent", "percent", "The same, of the served demand of the receiving place",
              "占受端已供负荷比重", EXCHANGES),
        Column("ties", "count", "Lines that join the two directly", "直接相连的线路数", inputs=(LINES, BUSES)),
        Column("tie_capacity_mw", "MW", "Their limits together; empty: none has one", "联络线限额合计（空：均无限额）",
               inputs=(LINES, BUSES)),
        _made("tie_flow_mw", "MW", "Flow over them in this direction", "联络线该方向潮流"),
    )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Part of the served demand that comes from other places, and what crosses between them."""
        away = self.table["from_place"] != self.table["to_place"]
        served = float(self.table["supplied_mw"].sum())
        elsewhere = float(self.table.loc[away, "supplied_mw"].sum())
        return {
            "from_elsewhere_mw": elsewhere,
            "from_elsewhere_percent": 100.0 * elsewhere / served if served > 0 else float("nan"),
            "crossing_mw": float(self.table["tie_flow_mw"].sum()),
        }


@dataclass(frozen=True, eq=False, kw_only=True)
class EnergyKindsResult(_Table):
    """Plants by place and kind."""

    title_en: ClassVar[str] = "Electricity: plants by kind"
    title_zh: ClassVar[str] = "电力：电源结构"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("place_id", "", "Place (or bus outside of all places)", "地区（或不属任何地区的节点）", key=True),
        Column("kind", "", "Kind of plant; empty: not stated", "电源类型（空：未注明）", key=True),
        Column("capacity_mw", "MW", "Capacity that can run", "可用发电能力", inputs=(PLANTS,)),
        _made("generation_mw", "MW", "Generation in the dispatch", "调度发电"),
    )

    def facts(self) -> dict[str, Any]:
        """Generation of each kind."""
        by = self.table.groupby("kind")["generation_mw"].sum()
        return {f"generation_mw {kind}".strip(): float(value) for kind, value in by.items()}


@dataclass(frozen=True, eq=False, kw_only=True)
class EnergyLinesResult(_Table):
    """Flow and loading of each line, whole and after the outage that loads it most; the most loaded first."""

    title_en: ClassVar[str] = "Electricity: lines and their loading"
    title_zh: ClassVar[str] = "电力：线路与负载率"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("line_id", "", "Line", "线路", key=True),
        Column("from_bus", "", "From", "起点", inputs=(_LINE,)),
        Column("to_bus", "", "To", "终点", inputs=(_LINE,)),
        Column("where", "", "Its ends by name", "两端名称", inputs=(BUSES, _LINE)),
        _made("flow_mw", "MW", "Flow", "潮流"),
        Column("capacity_mw", "MW", "Limit (capacity x loading limit)", "限额（容量×允许负载率）", inputs=(_LINE,)),
        _made("loading", "share", "Flow over limit", "负载率"),
        _made("worst_flow_mw", "MW", "Largest flow after one line fails, plants as before",
              "任一线路故障后的最大潮流（出力不变）", OUTAGES),
        _made("worst_loading", "share", "That flow over the limit", "该潮流的负载率", OUTAGES),
        _made("worst_outage", "", "Line that fails", "故障线路", OUTAGES),
        _made("bridge", "", "The grid falls apart without it", "断开即解列", OUTAGES),
    )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Lines that are full, now and after one outage."""
        return {
            "largest_loading": float(self.table["loading"].max()),
            "largest_worst_loading": float(self.table["worst_loading"].max()),
            "lines_full_after_one_outage": int((self.table["worst_loading"] > 1 + 1e-6).sum()),
            "bridges": int(self.table["bridge"].sum()),
        }


@dataclass(frozen=True, eq=False, kw_only=True)
class EnergyOutagesResult(_Table):
    """Every single outage: what it overloads at once, and what it leaves unserved after plants are dispatched anew."""

    title_en: ClassVar[str] = "Electricity: single outages (N-1)"
    title_zh: ClassVar[str] = "电力：单一故障（N-1）"
    columns: ClassVar[tuple[Column, ...]] = (
        _made("rank", "", "Rank by unserved demand", "按缺供排名", OUTAGES),
        Column("outage", "", "What fails", "故障元件", key=True),
        Column("kind", "", "line, all generation at a bus, or hazard", "线路、节点全部发电或灾害", key=True),
        Column("where", "", "Where that is", "位置", inputs=(BUSES, LINES)),
        _made("islands", "count", "Islands then", "故障后的孤岛数", OUTAGES),
        _made("overloaded", "count", "Lines above their limit, plants as before", "越限线路数（出力不变）", OUTAGES),
        _made("worst_loading", "share", "Largest loading, plants as before", "最大负载率（出力不变）", OUTAGES),
        _made("unserved_mw", "MW", "Unserved after plants are dispatched anew", "重新调度后的缺供", OUTAGES),
        _made("unserved_percent", "percent", "The same, of all demand", "占总需求比重", OUTAGES),
    )

    def facts(self) -> dict[str, Any]:
        """How many outages there are, and the worst."""
        return {"outages": len(self.table), "worst_unserved_mw": float(self.table["unserved_mw"].max())}


@dataclass(frozen=True, eq=False, kw_only=True)
class EnergyTransfersResult(_Table):
    """Transfer that the grid has room for beside what flows, by pair of places."""

    title_en: ClassVar[str] = "Electricity: room for transfers between places"
    title_zh: ClassVar[str] = "电力：地区间可用输电能力"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("from_place", "", "From", "送端", key=True),
        Column("to_place", "", "To", "受端", key=True),
        _made("capability_mw", "MW", "Room for more, whole grid", "可用输电能力（完整电网）", TRANSFERS),
        _made("limit", "", "Line that is full first", "限制线路", TRANSFERS),
        _made(
            "capability_n1_mw", "MW", "Room that any single line outage leaves", "任一线路故障下的可用能力", TRANSFERS
        ),
        _made("limit_n1", "", "Line that is full first then", "届时限制线路", TRANSFERS),
        _made("outage_n1", "", "Outage behind it", "对应故障", TRANSFERS),
    )
