"""Tables of culture: stock, its levels, density, pattern, clusters, corridors, their owners, carriers, residual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from megaregion.nodes.ecology_tables import TableResult
from megaregion.result import Column, Input

STOCK, DENSITY, PATTERN = "methods#culture-stock", "methods#culture-density", "methods#culture-pattern"
CORRIDORS, RESIDUAL = "methods#culture-corridors", "methods#culture-residual"
_SITES = (Input("tables/heritage.csv"),)
_BOTH = (Input("tables/heritage.csv"), Input("tables/places.csv"))
_PLACE = Column("place_id", "", "Place", "地区", key=True)


@dataclass(frozen=True, eq=False, kw_only=True)
class StockResult(TableResult):
    """Stock of heritage by place, its use, and how sure its rank is."""

    title_en: ClassVar[str] = "Stock of heritage"
    title_zh: ClassVar[str] = "遗产存量"
    columns: ClassVar[tuple[Column, ...]] = (
        _PLACE,
        Column("sites", "count", "Sites", "处数", inputs=_SITES),
        Column("stock", "index", "Stock, weighted by level", "存量（按级别加权）", formula=STOCK, inputs=_SITES),
        Column("stock_per_100k", "index", "Stock per 100,000 residents", "每10万人存量", formula=STOCK, inputs=_BOTH),
        Column("rank", "", "Rank of the stock", "存量位次", formula=STOCK, inputs=_SITES),
        Column("rank_p05", "", "Rank, 5 %", "位次5%", modelled=True, formula=STOCK, inputs=_SITES),
        Column("rank_p95", "", "Rank, 95 %", "位次95%", modelled=True, formula=STOCK, inputs=_SITES),
        Column("rank_equal", "", "Rank, all levels alike", "各级等权位次", formula=STOCK, inputs=_SITES),
        Column("open_known", "count", "Sites known to be open or closed", "开放情况已知处数", inputs=_SITES),
        Column("open_share", "share", "Open, of the known stock", "开放率（按已知存量）", formula=STOCK, inputs=_SITES),
        Column("open_low", "share", "Open, if all unknown are closed", "开放率下限（未知均未开放）", formula=STOCK,
               inputs=_SITES),
        Column("open_high", "share", "Open, if all unknown are open", "开放率上限（未知均开放）", formula=STOCK,
               inputs=_SITES),
        Column("visitors_known", "count", "Sites with visitors counted", "有游客数处数", inputs=_SITES),
        Column("visitors", "person", "Visitors of these", "游客数", inputs=_SITES),
        Column("visitors_per_stock", "person", "Visitors per stock of these", "单位存量游客数", formula=STOCK,
               inputs=_SITES),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class LevelsResult(TableResult):
    """What each level weighs, and how many ranks hang on it."""

    title_en: ClassVar[str] = "Levels of listing and their weights"
    title_zh: ClassVar[str] = "保护级别与权重"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("level", "", "Level", "级别", key=True),
        Column("weight", "index", "Weight (declared)", "权重（声明）", inputs=(Input("workspace.toml"),)),
        Column("sites", "count", "Sites", "处数", inputs=_SITES),
        Column("share", "share", "Share of the stock", "占存量比重", formula=STOCK, inputs=_SITES),
        Column("places_moved", "count", "Places whose rank moves if this weight is doubled or halved",
               "权重加倍或减半时位次变动的地区数", formula=STOCK, inputs=_SITES),
        Column("largest_move", "count", "Largest move of a rank", "最大位次变动", formula=STOCK, inputs=_SITES),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class DensityResult(TableResult):
    """Kernel density of the stock in the cells of a grid."""

    title_en: ClassVar[str] = "Density of heritage (kernel)"
    title_zh: ClassVar[str] = "遗产核密度"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("cell", "", "Cell", "格网", key=True),
        Column("lon", "degree", "Longitude", "经度"),
        Column("lat", "degree", "Latitude", "纬度"),
        Column("density", "1 per 1000 km2", "Stock per 1,000 km²", "每千平方公里存量", modelled=True, formula=DENSITY,
               inputs=_SITES),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class PatternResult(TableResult):
    """Inhomogeneous K and L of the sites against where people live."""

    title_en: ClassVar[str] = "Do sites keep together more than people do?"
    title_zh: ClassVar[str] = "遗产点相对人口的集聚"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("r_km", "km", "Distance", "距离", key=True),
        Column("k", "km2", "K (inhomogeneous)", "非均匀K函数", formula=PATTERN, inputs=_BOTH),
        Column("l", "km", "L = √(K/π)", "L函数", formula=PATTERN, inputs=_BOTH),
        Column("l_null", "km", "L if sites followed people, mean", "随人口分布时L均值", modelled=True, formula=PATTERN,
               inputs=_BOTH),
        Column("l_low", "km", "Band, low", "包络下限", modelled=True, formula=PATTERN, inputs=_BOTH),
        Column("l_high", "km", "Band, high", "包络上限", modelled=True, formula=PATTERN, inputs=_BOTH),
        Column("reading", "", "Reading", "判读", formula=PATTERN),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class ClustersResult(TableResult):
    """Dense clusters of sites."""

    title_en: ClassVar[str] = "Dense clusters of sites"
    title_zh: ClassVar[str] = "遗产密集区"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("cluster", "", "Cluster", "密集区", key=True),
        Column("sites", "count", "Sites", "处数", formula=CORRIDORS, inputs=_SITES),
        Column("stock", "index", "Stock", "存量", formula=CORRIDORS, inputs=_SITES),
        Column("place_id", "", "Place with most of its stock", "主要所在地"),
        Column("places", "count", "Places", "涉及地区数"),
        Column("lon", "degree", "Longitude of its middle", "中心经度", formula=CORRIDORS),
        Column("lat", "degree", "Latitude of its middle", "中心纬度", formula=CORRIDORS),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class CorridorsResult(TableResult):
    """Straight lines between clusters, and the sites along them against where people live."""

    title_en: ClassVar[str] = "Corridors of heritage"
    title_zh: ClassVar[str] = "遗产廊道"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("corridor", "", "Corridor", "廊道", key=True),
        Column("cluster_a", "", "From cluster", "起点密集区"),
        Column("cluster_b", "", "To cluster", "终点密集区"),
        Column("length_km", "km", "Length, straight", "直线长度", formula=CORRIDORS),
        Column("sites", "count", "Sites between the clusters", "沿线处数", formula=CORRIDORS, inputs=_SITES),
        Column("stock", "index", "Stock between the clusters", "沿线存量", formula=CORRIDORS, inputs=_SITES),
        Column("expected", "count", "Sites expected by people", "按人口期望处数", modelled=True, formula=CORRIDORS,
               inputs=_BOTH),
        Column("ratio", "ratio", "Sites over expected", "实际与期望之比", modelled=True, formula=CORRIDORS,
               inputs=_BOTH),
        Column("ratio_low", "ratio", "Ratio, low", "比值下限", modelled=True, formula=CORRIDORS, inputs=_BOTH),
        Column("ratio_high", "ratio", "Ratio, high", "比值上限", modelled=True, formula=CORRIDORS, inputs=_BOTH),
        Column("longest_gap_km", "km", "Longest way without a site", "最长断档", formula=CORRIDORS, inputs=_SITES),
        Column("places", "count", "Places that it crosses", "经过地区数", formula=CORRIDORS),
        Column("lon_a", "degree", "Longitude of the start", "起点经度"),
        Column("lat_a", "degree", "Latitude of the start", "起点纬度"),
        Column("lon_b", "degree", "Longitude of the end", "终点经度"),
        Column("lat_b", "degree", "Latitude of the end", "终点纬度"),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class PiecesResult(TableResult):
    """Who owns which piece of a corridor."""

    title_en: ClassVar[str] = "Owners of the corridors"
    title_zh: ClassVar[str] = "廊道分段归属"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("corridor", "", "Corridor", "廊道", key=True),
        Column("place_id", "", "Place", "地区", key=True),
        Column("length_km", "km", "Length in it", "长度", formula=CORRIDORS),
        Column("share", "share", "Share of the length", "长度占比", formula=CORRIDORS),
        Column("sites", "count", "Sites along it, clusters counted", "沿线处数（含密集区）", formula=CORRIDORS,
               inputs=_SITES),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class CarriersResult(TableResult):
    """Institutions that carry culture, by place."""

    title_en: ClassVar[str] = "Carriers of culture"
    title_zh: ClassVar[str] = "文化载体"
    columns: ClassVar[tuple[Column, ...]] = (
        _PLACE,
        Column("carrier", "", "Carrier", "载体", key=True),
        Column("number", "count", "Number", "数量", inputs=(Input("tables/services_supply.csv"),
                                                           Input("tables/indicators.csv"))),
        Column("per_100k", "1 per 100000 persons", "Per 100,000 residents", "每10万人", formula=STOCK),
        Column("low", "1 per 100000 persons", "Low", "下限", modelled=True, formula=STOCK),
        Column("high", "1 per 100000 persons", "High", "上限", modelled=True, formula=STOCK),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class ResidualResult(TableResult):
    """Output beyond what stock and people explain: a residual, and no value of a brand."""

    title_en: ClassVar[str] = "Output beyond stock and people (residual)"
    title_zh: ClassVar[str] = "存量与人口之外的产出（残差）"
    columns: ClassVar[tuple[Column, ...]] = (
        _PLACE,
        Column("output", "by row", "Output", "产出", inputs=(Input("tables/indicators.csv"),)),
        Column("expected", "by row", "Expected from all other places", "由其他地区推得", modelled=True,
               formula=RESIDUAL, inputs=_BOTH),
        Column("residual", "index", "Residual (log)", "残差（对数）", modelled=True, formula=RESIDUAL, inputs=_BOTH),
        Column("low", "index", "Residual, low", "残差下限", modelled=True, formula=RESIDUAL, inputs=_BOTH),
        Column("high", "index", "Residual, high", "残差上限", modelled=True, formula=RESIDUAL, inputs=_BOTH),
        Column("p", "share", "p", "p值", modelled=True, formula=RESIDUAL),
        Column("q", "share", "q (false discoveries)", "q值（错误发现率）", modelled=True, formula=RESIDUAL),
        Column("reading", "", "Reading", "判读", formula=RESIDUAL),
    )  # fmt: skip
