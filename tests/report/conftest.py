"""Six real cities of three provinces with a small table of every step; most figures in them are made up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from megaregion.data.cluster import Cluster
from megaregion.data.problem import Problem
from megaregion.data.schema import schema
from megaregion.data.stored import StoredTable
from megaregion.report.blocks import Material
from megaregion.report.figures import basemap
from megaregion.result import Column

CITIES = {
    "310100": ("Shanghai", "上海市", "310000", 121.47, 31.23, 24_870_895), "320100": ("Nanjing", "南京市", "320000",
    118.79, 32.06, 9_314_685),
    "320300": ("Xuzhou", "徐州市", "320000", 117.28, 34.21, 9_083_790), "340100": ("Hefei", "合肥市", "340000", 117.22,
    31.82, 9_369_881),
    "340200": ("Wuhu", "芜湖市", "340000", 118.43, 31.35, 3_644_420), "341600": ("Bozhou", "亳州市", "340000", 115.78,
    33.85, 4_996_844),
}  # fmt: skip
PROVINCES = {"310000": ("Shanghai", "上海市"), "320000": ("Jiangsu", "江苏省"), "340000": ("Anhui", "安徽省")}
UNITS = {
    "cost": "million CNY (2020)", "gain": "million CNY (current)", "gain_p05": "million CNY (current)",
    "gain_p95": "million CNY (current)", "time_min": "min", "rail_min": "min", "road_min": "min",
}  # fmt: skip
PLAIN = {"place_id", "origin", "destination", "by", "layer", "distance", "spec", "group_a", "group_b", "note_en",
    "note_zh", "errors",
         "concept", "group", "parent", "flag", "scenario", "variant", "parameter", "name", "name_zh", "kind",
         "jurisdictions", "projects", "method", "project_id"}  # fmt: skip
MEASURED = {"population", "rank", "population_start", "population_end", "change", "change_percent", "score", "year"}


def stored(frame: pd.DataFrame, **more: Any) -> StoredTable:
    """A table whose columns say what they are: modelled unless measured or a name."""
    columns = tuple(
        Column(name, "" if name in PLAIN else UNITS.get(name, "percent" if name.endswith("percent") else "index"), name,
        name,
               modelled=name not in PLAIN | MEASURED, formula="" if name in PLAIN else "methods#test")
        for name in frame.columns
    )  # fmt: skip
    return StoredTable(frame, columns, title_en="Table", title_zh="表", **more)


def _empty(table: str) -> pd.DataFrame:
    return pd.DataFrame(
        {f.name: pd.Series(dtype=float if f.dtype in ("float", "int") else object) for f in schema(table)}
    )


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """Cities, provinces, two stations and one rail link."""
    rows = [(p, en, zh, "province", None, None, None, None) for p, (en, zh) in PROVINCES.items()]
    rows += [(p, en, zh, "city", up, lon, lat, n) for p, (en, zh, up, lon, lat, n) in CITIES.items()]
    places = pd.DataFrame(
        rows, columns=["place_id", "name", "name_zh", "kind", "parent_id", "lon", "lat", "population"]
    )
    nodes = pd.DataFrame({
        "node_id": ["nj", "xz"], "name": ["Nanjing South", "Xuzhou East"], "name_zh": ["南京南", "徐州东"],
        "mode": "rail",
        "lon": [118.79, 117.30], "lat": [31.97, 34.22], "place_id": ["320100", "320300"], "central": True,
    })  # fmt: skip
    links = pd.DataFrame({
        "link_id": ["l1"], "mode": "rail", "from_node": "nj", "to_node": "xz", "length_km": 331.0, "time_min": 77.0,
        "services_per_day": 40.0, "status": "existing", "observed": False,
    })  # fmt: skip
    project = {"id": "p1", "change": [{"type": "AddLink", "from_node": "nj", "to_node": "xz"}]}
    return Cluster(
        places=places.set_index("place_id"), indicators=_empty("indicators"), nodes=nodes.set_index("node_id"),
        links=links.set_index("link_id"), services=_empty("services"), flows={}, agreements=_empty("agreements"),
        projects=(project,),
        attrs={"name": "Six cities", "name_zh": "六市", "level": "city", "detail": "city", "group": "province",
        "base_year": 2020,
               "currency": "CNY", "timetable": "2020", "crs": "ESRI:102012", "seed": 7,
               "indicators": {"income": "gdp"}},
    )  # fmt: skip


@pytest.fixture(scope="session")
def geometry() -> gpd.GeoDataFrame:
    """A square around each city."""
    ids = list(CITIES)
    shapes = [box(CITIES[p][3] - 0.6, CITIES[p][4] - 0.5, CITIES[p][3] + 0.6, CITIES[p][4] + 0.5) for p in ids]
    return gpd.GeoDataFrame({"place_id": ids}, geometry=shapes, crs="EPSG:4326").set_index("place_id")


def _nodes() -> dict[str, StoredTable]:
    ids = list(CITIES)
    rank = np.arange(1.0, 7.0)
    index = pd.DataFrame({
        "place_id": ids, "score": 100 - 10 * rank, "rank": rank, "rank_p05": np.maximum(rank - 1, 1), "rank_p50": rank,
        "rank_p95": np.minimum(rank + 2, 6), "pillar_innovation": 90 - 10 * rank, "pillar_ecology": np.nan,
    })  # fmt: skip
    pillars = [
        {"id": "innovation", "name": "Innovation", "name_zh": "创新", "status": "used", "indicators": ["a", "b"]},
        {"id": "ecology", "name": "Ecology", "name_zh": "生态", "status": "no data", "indicators": [],
         "missing_reason": "the tree names no indicators", "missing_reason_zh": "指标树未列指标"},
    ]  # fmt: skip
    people = np.array([CITIES[p][5] for p in ids], dtype=float)
    order = np.argsort(-people)
    size = pd.DataFrame({
        "place_id": np.array(ids)[order], "population": people[order], "rank": rank, "log_rank_fit": np.log(rank),
    })  # fmt: skip
    hierarchy = pd.DataFrame({
        "concept": ["population"], "n": [6.0], "zeta": [1.1], "se": [0.6], "ci_low": [-0.1], "ci_high": [2.3],
        "hill": [1.0],
        "primacy_2": [2.6], "primacy_4": [0.9], "primacy_11": [np.nan],
    })  # fmt: skip
    return {
        "index": stored(index, facts={"name": "Index", "name_zh": "指数", "year": 2020, "pillars": pillars},
                        warnings=("pillar ecology: no data (the tree names no indicators)",)),
        "size": stored(size), "hierarchy": stored(hierarchy),
    }  # fmt: skip


def _links() -> dict[str, StoredTable]:
    pairs = [(a, b) for a in CITIES for b in CITIES if a != b]
    minutes = np.linspace(60, 400, len(pairs))
    times = pd.DataFrame({
        "origin": [a for a, _ in pairs], "destination": [b for _, b in pairs], "rail_min": minutes,
        "road_min": minutes + 20,
        "time_min": minutes, "by": ["road" if k % 5 == 0 else "rail" for k in range(len(pairs))],
    })  # fmt: skip
    reach = pd.DataFrame({"place_id": list(CITIES)} | {
        f"{kind}_{t}": np.arange(1, 7) * t * 1e4 for kind in ("people", "rail") for t in (60, 120, 180)
    })  # fmt: skip
    nan = float("nan")
    border = pd.DataFrame(
        [
            ("trains", "great_circle", "main", None, None, True, 0.67, 0.10, 0.47, 0.87, 30, 6, 1.95, nan, nan),
            ("trains", "great_circle", "placebo", None, None, True, 0.14, 0.05, 0.04, 0.24, 20, 6, 1.15, nan, nan),
            ("trains", "great_circle", "pair:310000-320000", "310000", "320000", False, nan, nan, nan, nan, 0, 6, nan,
            nan, nan),
            ("trains", "rail", "main", None, None, True, 0.43, 0.10, 0.23, 0.63, 30, 6, 1.53, 60.0, 17.0),
        ],
        columns=["layer", "distance", "spec", "group_a", "group_b", "identified", "coef", "se", "ci_low", "ci_high",
        "n",
                 "clusters", "flow_factor", "base_min", "equivalent_min"],
    ).assign(
        observed=True, errors="dyadic", se_two_way=lambda t: t["se"] * 0.7, min_low=lambda t: t["equivalent_min"] - 9.0,
        min_high=lambda t: t["equivalent_min"] + 12.0,
    )  # fmt: skip
    return {
        "times": stored(times), "reach": stored(reach),
        "border": stored(border, warnings=("trains are a supply plan and most pass through: not journeys of people",)),
    }  # fmt: skip


def _mechanisms() -> dict[str, StoredTable]:
    theil = pd.DataFrame({
        "year": [2010, 2020], "total": [0.14, 0.08], "between": [0.08, 0.04], "within": [0.06, 0.04],
        "between_share": [0.57, 0.5],
        "n": [6, 6], "flag": ["border-break", ""],
    })  # fmt: skip
    start = np.array([20e6, 8e6, 9.2e6, 7e6, 3.7e6, 5.1e6])
    end = np.array([24.8e6, 9.3e6, 9.0e6, 9.3e6, 3.6e6, 4.9e6])
    change = pd.DataFrame({
        "place_id": list(CITIES), "parent": list(CITIES), "group": [CITIES[p][2] for p in CITIES],
        "population_start": start,
        "population_end": end, "change": end - start, "change_percent": 100 * (end / start - 1),
        "urban_share_start": 40.0,
        "urban_share_end": 60.0, "flag": ["", "", "", "check-border", "", ""],
    })  # fmt: skip
    return {
        "theil": stored(theil),
        "population_change": stored(change, parameters={"year_start": 2010, "year_end": 2020}),
    }


def _equilibrium() -> dict[str, StoredTable]:
    ids = list(CITIES)
    names = {"scenarios": [
        {"id": "half", "name": "Half of the border", "name_zh": "边界减半", "change": [{"type": "ScaleBarrier"}]},
    ]}  # fmt: skip
    parameters = {"parameters": {"theta": {"value": 4.0, "low": 3.0, "high": 8.0, "en": "trade elasticity",
        "zh": "贸易弹性",
                                           "source": "stated"}}}  # fmt: skip
    scenarios = pd.DataFrame({
        "scenario": "half", "variant": ["headline", "full_effect"], "welfare_percent": [1.9, 2.5], "gain": [4.8e5, 6e5],
        "welfare_p05": [0.6, 0.8], "welfare_p50": [1.05, 1.4], "welfare_p95": [2.1, 2.9], "population_moved": 8.4e5,
    })  # fmt: skip
    ranges = pd.DataFrame({
        "scenario": "half", "parameter": ["theta"] * 3, "value": [3.0, 4.0, 8.0], "welfare_percent": [2.6, 1.9, 0.97],
    })  # fmt: skip
    places = pd.DataFrame({
        "scenario": "half", "variant": "headline", "place_id": ids, "population_percent": [-0.5, 0.7, -1.1, 2.0, 1.4,
        0.2],
        "real_income_percent": 1.9, "real_income_fixed_percent": [1.6, 1.4, 1.1, 3.0, 2.4, 2.0],
    })  # fmt: skip
    baseline = pd.DataFrame({
        "place_id": ids, "income_share": [0.4, 0.2, 0.1, 0.15, 0.1, 0.05],
        "population": [float(CITIES[p][5]) for p in ids],
    })  # fmt: skip
    facts = {"own_share": 0.6, "border_gamma": 0.67, "border_se": 0.1, "border_layer": "trains"}
    return {
        "baseline": stored(baseline, facts=facts, parameters=parameters),
        "scenarios": stored(scenarios, facts=names, parameters=parameters),
        "scenario_ranges": stored(ranges, parameters=parameters), "scenario_places": stored(places),
    }  # fmt: skip


def _plan() -> dict[str, StoredTable]:
    projects = pd.DataFrame({
        "project_id": ["p1", "p2", "r1"], "name": ["Rail A", "Rail B", "Recognition"], "name_zh": ["甲铁路", "乙铁路",
        "互认协议"],
        "kind": ["rail", "rail", "recognition"], "jurisdictions": ["320100;320300", "340100", "320000;340000"],
        "cost": [3e4, 2e4, 1e2], "welfare_percent": [0.06, 0.03, 0.4], "gain": [1.48e3, 7e2, 9e4], "gain_p05": [5e2,
        3e2, 3e4],
        "gain_p95": [2.4e3, 1.2e3, 1.2e5], "full_effect_percent": [0.3, 0.15, 0.4], "benefit_cost": [0.99, 0.7,
        18000.0],
        "rank": [2, 3, 1], "opened": [2021.0, np.nan, np.nan], "usable": [False, True, True],
    })  # fmt: skip
    sets = pd.DataFrame({
        "set": [1, 2], "projects": ["p2+r1", "r1"], "cost": [2.01e4, 1e2], "sum_percent": [0.43, 0.4],
        "joint_percent": [0.44, 0.4], "interaction_percent": [2.3, 0.0], "chosen": [True, False], "method": "joint",
    })  # fmt: skip
    backtest = pd.DataFrame({"project_id": ["p1"], "opened": [2021.0], "rank": [1], "of": [2]})
    places = pd.DataFrame({
        "place_id": list(CITIES), "population_percent": 0.1, "real_income_fixed_percent": 0.2,
        "gain": [100.0, 50.0, 20.0, 60.0, 40.0, 30.0],
    })  # fmt: skip
    return {
        "projects": stored(projects, parameters={"annual_rate": 0.05}), "portfolio_sets": stored(sets,
        parameters={"budget": 1e5}),
        "backtest": stored(backtest, facts={"p_value": 0.5}), "portfolio_places": stored(places),
    }  # fmt: skip


@pytest.fixture(scope="session")
def results() -> dict[str, dict[str, StoredTable]]:
    """A table of every kind that the report reads."""
    return {
        "nodes": _nodes(),
        "links": _links(),
        "mechanisms": _mechanisms(),
        "equilibrium": _equilibrium(),
        "plan": _plan(),
    }


@pytest.fixture(scope="session")
def problems() -> list[Problem]:
    """One finding of the data doctor."""
    return [
        Problem(
            "warning", "jump", "tables/indicators.csv", "a <jump> of 60 %", column="value", labels=("340100",), count=1
        )
    ]


SOURCES = {
    "census": {
        "title": "Census",
        "publisher": "Bureau",
        "licence": "facts",
        "url": "https://example.org/",
        "year": 2020,
    }
}


@pytest.fixture(scope="session")
def sources() -> Mapping[str, Mapping[str, Any]]:
    """One source."""
    return SOURCES


@pytest.fixture(scope="session")
def make_material(
    cluster: Cluster, geometry: gpd.GeoDataFrame, problems: list[Problem]
) -> Callable[[Mapping[str, Mapping[str, StoredTable]]], Material]:
    """Material of the six cities with other results."""
    base = basemap(cluster, geometry)
    return lambda results: Material(results, cluster, base, SOURCES, problems)


@pytest.fixture(scope="session")
def material(make_material: Callable[..., Material], results: dict[str, dict[str, StoredTable]]) -> Material:
    """Material of the six cities with every step."""
    return make_material(results)
