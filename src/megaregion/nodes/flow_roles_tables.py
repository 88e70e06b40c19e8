"""Tables on the networks of flows: roles of places, polycentricity, core and periphery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from megaregion.nodes.settled_table import SettledTable
from megaregion.result import Column, Input

_POLY, _ROLES, _CORE = "methods#polycentricity", "methods#flow-roles", "methods#core-periphery"
_LAYER = (Input("tables/flows.csv", {"layer": "{layer}"}),)
_IN = (Input("tables/flows.csv", {"layer": "{layer}", "destination": "{place}"}),)
_OUT = (Input("tables/flows.csv", {"layer": "{layer}", "origin": "{place}"}),)
_SIZE = (*_LAYER, Input("results/nodes/size"))


@dataclass(frozen=True, eq=False, kw_only=True)
class _OfFlows(SettledTable):
    """Columns are modelled where a layer of flows is."""

    def _modelled(self) -> bool:
        return not bool(self.table["observed"].all())


@dataclass(frozen=True, eq=False, kw_only=True)
class FlowRoles(_OfFlows):
    """Role of each place in each layer of flows."""

    title_en: ClassVar[str] = "Roles of places in the flows"
    title_zh: ClassVar[str] = "各地在流动网络中的角色"

    def describe(self) -> tuple[Column, ...]:
        """Columns of the table."""
        m = self._modelled()
        return (
            Column("layer", "", "Flow", "流动类型", key=True),
            Column("place_id", "", "Place", "地区", key=True),
            Column("observed", "", "Measured (else modelled)", "实测（否则为模型值）"),
            Column("inflow", "by layer", "What comes in", "流入", m, _ROLES, _IN),
            Column("outflow", "by layer", "What goes out", "流出", m, _ROLES, _OUT),
            Column("share", "percent", "Share of all flow ends", "占全部流量比重", m, _ROLES, _LAYER),
            Column("partners", "count", "Partners with a flow", "有流量的伙伴数", m, _ROLES, _LAYER),
            Column("participation", "ratio", "Participation: spread over groups", "参与系数（跨组分散）", m, _ROLES,
                   _LAYER),
            Column("participation_expected", "ratio", "Participation expected from strengths alone",
                   "仅由强度预期的参与系数", True, _ROLES, _LAYER),
            Column("within_score", "index", "Flow with the own group, standard score", "组内强度标准分", m, _ROLES,
                   _LAYER),
            Column("betweenness", "percent", "Pairs whose strongest chain passes here", "介数（经过此地的地区对）", m,
                   _ROLES, _LAYER),
            Column("constraint", "ratio", "Constraint (low: bridges holes)", "结构洞约束", m, _ROLES, _LAYER),
            Column("effective_size", "count", "Effective size of its partners", "有效规模", m, _ROLES, _LAYER),
            Column("core", "", "In the core", "属于核心", m, _CORE, _LAYER),
        )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class FlowNetworks(_OfFlows):
    """Shape of each layer of flows."""

    title_en: ClassVar[str] = "Networks of flows"
    title_zh: ClassVar[str] = "流动网络"

    def describe(self) -> tuple[Column, ...]:
        """Columns of the table."""
        m = self._modelled()
        return (
            Column("layer", "", "Flow", "流动类型", key=True),
            Column("observed", "", "Measured (else modelled)", "实测（否则为模型值）"),
            Column("unit", "", "Unit", "单位"),
            Column("period", "", "Period", "时期"),
            Column("places", "count", "Places with a flow", "有流量的地区数", inputs=_LAYER),
            Column("pairs", "count", "Directed pairs with a flow", "有流量的有向地区对", inputs=_LAYER),
            Column("density", "ratio", "Share of the directed pairs", "有向对占比", formula=_POLY, inputs=_LAYER),
            Column("total", "by layer", "Flow between places", "地区间流量合计", m, inputs=_LAYER),
            Column("staying", "percent", "Stays inside of places, where stated", "留在本地的比重（若给出）", m,
                   inputs=_LAYER),
            Column("across", "percent", "Crosses between groups", "跨组比重", m, _ROLES, _LAYER),
            Column("across_expected", "percent", "Crossing expected from strengths alone", "仅由强度预期的跨组比重",
                   True, _ROLES, _LAYER),
            Column("core_size", "count", "Places in the core", "核心地区数", m, _CORE, _LAYER),
            Column("core_fit", "ratio", "Fit of core and periphery", "核心—边缘拟合", m, _CORE, _LAYER),
            Column("core_p", "ratio", "p: flows dealt at random", "p 值（流量随机分配）", True, _CORE, _LAYER),
        )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class Polycentricity(_OfFlows):
    """Polycentricity by size and by flow, per layer and direction."""

    title_en: ClassVar[str] = "Polycentricity, morphological and functional"
    title_zh: ClassVar[str] = "形态与功能多中心性"

    def describe(self) -> tuple[Column, ...]:
        """Columns of the table."""
        m = self._modelled()
        return (
            Column("layer", "", "Flow", "流动类型", key=True),
            Column("direction", "", "Which flows of a place", "流向", key=True),
            Column("observed", "", "Measured (else modelled)", "实测（否则为模型值）"),
            Column("n", "count", "Places compared", "比较的地区数", inputs=_LAYER),
            Column("sd_size", "index", "Spread of ln population", "人口对数标准差", formula=_POLY, inputs=_SIZE),
            Column("sd_flow", "index", "Spread of ln flow", "流量对数标准差", m, _POLY, _LAYER),
            Column("t", "index", "t (> 0: flow more concentrated than people)", "t 值（>0：流动更集中）", True,
                   _POLY, _SIZE),
            Column("p", "ratio", "p of equal spread", "离散相等的 p 值", True, _POLY, _SIZE),
            Column("zeta_size", "ratio", "Rank-size slope of population", "人口位序–规模斜率", True, _POLY, _SIZE),
            Column("zeta_size_se", "ratio", "Its standard error", "标准误（人口）", True, _POLY, _SIZE),
            Column("zeta_flow", "ratio", "Rank-size slope of flow", "流量位序–规模斜率", True, _POLY, _LAYER),
            Column("zeta_flow_se", "ratio", "Its standard error", "标准误（流量）", True, _POLY, _LAYER),
            Column("top_size", "ratio", "Slope of the 2 to 4 largest, population", "前2–4位斜率（人口）", True, _POLY,
                   _SIZE),
            Column("top_flow", "ratio", "Slope of the 2 to 4 largest, flow", "前2–4位斜率（流量）", True, _POLY,
                   _LAYER),
            Column("evenness", "ratio", "Evenness of flow (Green)", "流量均匀度（Green）", m, _POLY, _LAYER),
            Column("density", "ratio", "Share of the directed pairs with a flow", "有流量的有向对占比", formula=_POLY,
                   inputs=_LAYER),
            Column("green", "ratio", "Functional polycentricity (Green)", "功能多中心指数（Green）", m, _POLY, _LAYER),
        )  # fmt: skip
