"""Tables that the integration of town and country writes: labels, units, formulas, rows of origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from megaregion.result import Column, Input, Result

INDICATORS = "tables/indicators.csv"
RATIOS = "methods#urban-rural"
THEIL = "methods#urban-rural-theil"
DUAL = "methods#dual-economy"
PROFILE = "methods#integration-profile"
TEXT = ("place_id", "kind", "scope", "flag", "pillar", "status", "measures")
LEVELS = ("income", "consumption")
# column -> unit, English, Chinese, formula, roles that it comes from
MEASURES: dict[str, tuple[str, str, str, str, tuple[str, ...]]] = {
    "income_urban": ("", "Income per head in town", "城镇人均收入", "", ("income_urban",)),
    "income_rural": ("", "Income per head in the country", "乡村人均收入", "", ("income_rural",)),
    "income_gap": ("", "Income per head, town minus country", "城乡收入差", RATIOS, ("income_urban", "income_rural")),
    "income_ratio": ("ratio", "Income, town over country", "城乡收入比", RATIOS, ("income_urban", "income_rural")),
    "consumption_urban": ("", "Consumption per head in town", "城镇人均消费", "", ("consumption_urban",)),
    "consumption_rural": ("", "Consumption per head in the country", "乡村人均消费", "", ("consumption_rural",)),
    "consumption_gap": (
        "", "Consumption per head, town minus country", "城乡消费差", RATIOS,
        ("consumption_urban", "consumption_rural"),
    ),
    "consumption_ratio": (
        "ratio", "Consumption, town over country", "城乡消费比", RATIOS,
        ("consumption_urban", "consumption_rural"),
    ),
    "population_urban": ("person", "People in town", "城镇人口", "", ("population_urban",)),
    "population_rural": ("person", "People in the country", "乡村人口", "", ("population_rural", "population")),
    "urban_share": (
        "percent", "Urban share", "城镇化率", RATIOS, ("population_urban", "population_rural", "population"),
    ),
    "theil": (
        "index", "Theil index between town and country", "城乡泰尔指数", THEIL,
        ("income_urban", "income_rural", "population_urban", "population_rural", "population"),
    ),
    "value_share_primary": (
        "percent", "Agriculture in value added", "农业增加值比重", DUAL, ("value_added_primary", "value_added"),
    ),
    "employment_share_primary": (
        "percent", "Agriculture in employment", "农业就业比重", DUAL,
        ("employment_primary_share", "employment_primary", "employment"),
    ),
    "dual_contrast": (
        "ratio", "Dual contrast: productivity of agriculture over that of the rest", "二元对比系数", DUAL,
        ("value_added_primary", "value_added", "employment_primary_share", "employment_primary", "employment"),
    ),
    "dual_deviation": (
        "share", "Dual deviation: share of value added against share of jobs", "二元反差系数", DUAL,
        ("value_added_primary", "value_added", "employment_primary_share", "employment_primary", "employment"),
    ),
}  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class UrbanRuralResult(Result):
    """Levels, gaps and ratios between town and country of each place and year.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe`; missing where a role is not given.
    indicators : mapping of str to str
        Role -> indicator that was read.
    money : mapping of str to str
        ``income`` and ``consumption`` -> unit.
    denominator : str
        Whom every number per head counts: resident or hukou (people registered).
    """

    title_en: ClassVar[str] = "Town and country: levels and ratios"
    title_zh: ClassVar[str] = "城乡融合：水平与比值"
    table: pd.DataFrame
    indicators: Mapping[str, str]
    money: Mapping[str, str]
    denominator: str

    def describe(self) -> tuple[Column, ...]:
        """Columns; the unit of money depends on the tables."""
        place = (Input("tables/places.csv", {"place_id": "{place}"}),)
        head = (
            Column("place_id", "", "Place", "地区", key=True),
            Column("year", "year", "Year", "年份", key=True),
            Column("kind", "", "Level", "层级", inputs=place),
            Column("scope", "", "Territory covered", "统计范围"),
        )
        body = tuple(
            Column(name, unit or self.money.get(name.split("_")[0], "index"), en, zh, formula=formula,
                   inputs=self._inputs(roles))
            for name, (unit, en, zh, formula, roles) in MEASURES.items()
        )  # fmt: skip
        return (*head, *body, Column("flag", "", "Weakness of the data", "数据缺陷"))

    def to_frame(self) -> pd.DataFrame:
        """One row a place and year."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Whom the numbers per head count, and which indicators played which role."""
        return {"denominator": self.denominator, "indicators": dict(sorted(self.indicators.items()))}

    def facts(self) -> dict[str, Any]:
        """How many rows have each measure, and the median of the latest year."""
        out: dict[str, Any] = {"rows": len(self.table)}
        for name in ("income_ratio", "consumption_ratio", "urban_share", "theil", "dual_contrast", "dual_deviation"):
            known = self.table[self.table[name].notna()]
            if len(known):
                last = known[known["year"] == known["year"].max()]
                out[name] = {"rows": len(known), "year": int(last["year"].iloc[0]), "places": len(last),
                             "median": float(last[name].median())}  # fmt: skip
        return out

    def _inputs(self, roles: tuple[str, ...]) -> tuple[Input, ...]:
        names = sorted({self.indicators[name] for name in roles if name in self.indicators})
        return (Input(INDICATORS, {"place_id": "{place}", "year": "{year}", "indicator": names}),) if names else ()


@dataclass(frozen=True, eq=False, kw_only=True)
class UrbanRuralTheilResult(Result):
    """Theil index over the towns and countrysides of all places, decomposed in both ways, by year."""

    title_en: ClassVar[str] = "Disparity between town and country in the region"
    title_zh: ClassVar[str] = "区域城乡差异（泰尔指数）"
    table: pd.DataFrame

    columns: ClassVar[tuple[Column, ...]] = tuple(
        Column(name, unit, en, zh, key=name == "year", formula=THEIL if unit != "year" else "",
               inputs=(Input("results/mechanisms/urban_rural", {"year": "{year}"}),) if unit != "year" else ())
        for name, unit, en, zh in (
            ("year", "year", "Year", "年份"),
            ("total", "index", "Theil index over all towns and countrysides", "总泰尔指数"),
            ("between_town_country", "index", "Between town and country", "城乡之间"),
            ("within_town_country", "index", "Inside town and inside country", "城镇内部与乡村内部"),
            ("between_places", "index", "Between places", "地区之间"),
            ("within_places", "index", "Between town and country of the same place", "地区内城乡之间"),
            ("income_town", "share", "Share of income in town", "城镇收入份额"),
            ("people_town", "share", "Share of people in town", "城镇人口份额"),
            ("n", "count", "Places", "地区数"),
        )
    )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a year, in order."""
        return self.table.copy()


@dataclass(frozen=True, eq=False, kw_only=True)
class ProfileResult(Result):
    """Profile by pillar: how far between stated goalposts, or no data; no total and no rank.

    Attributes
    ----------
    table : DataFrame
        place_id, year, pillar, score, measures, n, asked, status.
    goalposts : mapping
        Pillar -> measure -> (direction, low, high), as used.
    """

    title_en: ClassVar[str] = "Integration profile by pillar"
    title_zh: ClassVar[str] = "城乡融合分维度画像"
    table: pd.DataFrame
    goalposts: Mapping[str, Mapping[str, tuple[int, float, float]]]

    columns: ClassVar[tuple[Column, ...]] = (
        Column("place_id", "", "Place", "地区", key=True),
        Column("year", "year", "Year", "年份", key=True),
        Column("pillar", "", "Pillar", "维度", key=True),
        Column(
            "score", "index", "Way between the stated goalposts (0-100)", "界限间得分（0–100）", modelled=True,
            formula=PROFILE,
            inputs=(Input("results/mechanisms/urban_rural", {"place_id": "{place}", "year": "{year}"}),
                    Input(INDICATORS, {"place_id": "{place}", "year": "{year}"}), Input("workspace.toml")),
        ),
        Column("measures", "", "Measures that count", "计入的指标"),
        Column("n", "count", "Measures that count", "计入的指标数"),
        Column("asked", "count", "Measures asked for", "列出的指标数"),
        Column("status", "", "Status", "状态"),
    )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a place, year and pillar."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Goalposts by pillar and measure."""
        return {"goalposts": {p: {m: list(g) for m, g in items.items()} for p, items in self.goalposts.items()}}


def nothing(columns: tuple[Column, ...] | list[str]) -> pd.DataFrame:
    """A table without rows."""
    names = [c.name if isinstance(c, Column) else c for c in columns]
    return pd.DataFrame({name: pd.Series(dtype=object if name in TEXT else "float64") for name in names})
