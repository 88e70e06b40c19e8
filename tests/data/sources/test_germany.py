"""The tables of Germany, built from the publishers' files, against published figures and the raw files."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.data.fetch import fetch
from megaregion.data.recipe import RecipeReport
from megaregion.data.sources.germany import PLATFORMS, build, road_calibration
from megaregion.data.sources.inkar import UNITS, read_inkar
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError
from megaregion.units import known

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def built(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RecipeReport]:
    out = tmp_path_factory.mktemp("germany")
    return out, build(shared_data, out, out)


@pytest.fixture(scope="module")
def tables(built: tuple[Path, RecipeReport]) -> dict[str, pd.DataFrame]:
    codes = dict.fromkeys(("place_id", "parent_id", "node_id", "origin", "destination", "timetable"), str)
    folder = built[0] / "tables"
    return {p.name.removesuffix(".csv"): pd.read_csv(p, dtype=codes) for p in folder.glob("*.csv")}


def test_population_is_the_official_figure(tables: dict[str, pd.DataFrame]) -> None:
    """83,166,711 residents on 31 December 2019 (Federal Statistical Office); states are sums of counties."""
    places = tables["places"]
    county, state = places[places["kind"] == "county"], places[places["kind"] == "state"]
    assert (len(county), len(state)) == (401, 16)
    assert county["population"].sum() == state["population"].sum() == 83_166_711
    assert county["place_id"].str.fullmatch(r"\d{5}").all()
    assert (county["parent_id"] == county["place_id"].str[:2]).all()
    assert not places["name"][places["kind"] == "county"].duplicated().any()
    assert set(state["place_id"]) == set(county["parent_id"])


def test_points_lie_where_they_should(built: tuple[Path, RecipeReport], tables: dict[str, pd.DataFrame]) -> None:
    """The conversion to WGS-84 is right if every inside point lies in its own polygon, made by someone else."""
    import geopandas as gpd

    shapes = gpd.read_file(built[0] / "geometry/places.gpkg", layer="places").set_index("place_id")
    assert len(shapes) == 417
    assert shapes.geometry.is_valid.all()
    assert shapes.crs == "EPSG:4326"
    places = tables["places"].set_index("place_id").loc[shapes.index]
    points = gpd.GeoSeries.from_xy(places["lon"], places["lat"], index=places.index, crs="EPSG:4326")
    assert shapes.geometry.contains(points).all()
    area = shapes.to_crs("EPSG:25832").geometry.area / 1e6
    state = places["kind"] == "state"
    parts = area[~state].groupby(places["parent_id"][~state]).sum()
    np.testing.assert_allclose(area[state].sort_index(), parts, rtol=1e-6)  # land only, as in the county file
    assert area[state].sum() == pytest.approx(357_582, rel=0.002)  # km2, Federal Statistical Office


def test_commuters(built: tuple[Path, RecipeReport], tables: dict[str, pd.DataFrame]) -> None:
    flows = tables["flows"]
    stay = flows["origin"] == flows["destination"]
    assert flows["value"].sum() == 33_052_677
    assert 100 * flows["value"][stay].sum() / flows["value"].sum() == pytest.approx(67.06, abs=0.005)
    assert (~stay).sum() == 9_493
    assert stay.sum() == 401
    assert flows["value"][~stay].min() >= 10  # censored below
    facts = built[1].facts
    assert (facts["commuters_person"], facts["positive_pairs"]) == (33_052_677, 9_493)


def test_commuters_go_from_residence_to_workplace(tables: dict[str, pd.DataFrame], shared_data: Path) -> None:
    """Outflow by residence must be employment by residence, which stands in another file, for every county."""
    labor = pd.read_csv(shared_data / "germany/labor_tidy.csv", dtype={"region_id": str}).set_index("region_id")
    out = tables["flows"].groupby("origin")["value"].sum()
    assert (out == labor["employment_residence"].reindex(out.index)).all()
    pair = tables["flows"].set_index(["origin", "destination"])["value"]
    assert pair["03151", "03103"] > 5 * pair["03103", "03151"]  # Gifhorn works in Wolfsburg, not the reverse


def test_wages_are_those_published_for_december_2018(tables: dict[str, pd.DataFrame]) -> None:
    """Federal Employment Agency, medians of 31 December 2018 as printed, rounded to euros."""
    values = tables["indicators"].set_index(["indicator", "place_id"])
    wage = values.loc["wage_workplace", "value"]
    published = {
        "09161": 4897,
        "03103": 4893,
        "09562": 4787,
        "08115": 4743,
    }  # Ingolstadt, Wolfsburg, Erlangen, Böblingen
    assert {code: round(wage[code] + 0.001) for code in published} == published
    assert set(values.loc["wage_workplace", "year"]) == {2018}
    bill, jobs = values.loc["wage_bill_proxy", "value"], values.loc["employment_workplace", "value"]
    np.testing.assert_allclose(bill, 12 * wage * jobs / 1e6, rtol=1e-5)
    assert set(values.loc["wage_bill_proxy", "flag"]) == {"modelled"}


def test_every_county_fact_is_there_once(tables: dict[str, pd.DataFrame]) -> None:
    counts = tables["indicators"].groupby(["indicator", "year"])["place_id"].agg(["size", "nunique"])
    assert (counts == 401).all().all()


def test_inkar_is_the_panel_of_the_readable_copy(tables: dict[str, pd.DataFrame], shared_data: Path) -> None:
    """The same panel, read by R and written as CSV by someone else."""
    panel = tables["indicators.inkar"]
    assert panel["place_id"].nunique() == 400
    assert "16056" not in set(panel["place_id"])
    assert panel["indicator"].nunique() == 30
    other = pd.read_csv(shared_data / "germany/inkar_counties_readable.csv.gz", dtype={"county_code": str})
    long = other.melt(id_vars=["county_code", "year"], var_name="indicator").dropna(subset=["value"])
    merged = panel.merge(
        long.rename(columns={"county_code": "place_id", "value": "copy"}),
        on=["place_id", "year", "indicator"],
        how="outer",
    )
    only_copy = merged[merged["value"].isna()]
    assert merged["copy"].notna().all()
    np.testing.assert_allclose(merged["value"].dropna(), merged.loc[merged["value"].notna(), "copy"], atol=0.005)
    assert (only_copy["copy"] <= 0).all()  # marks for unknown, and nothing else, are left out
    assert len(only_copy) == 12


def test_units_that_the_codebook_has_wrong(tables: dict[str, pd.DataFrame]) -> None:
    """GDP per head of Germany in 2018 was about 40,600 EUR; about 4.2 dwellings were permitted per 1,000 residents."""
    panel = tables["indicators.inkar"]
    rows = panel[panel["year"] == 2018].set_index(["indicator", "place_id"])
    places = tables["places"].set_index("place_id")["population"]
    for name, unit, low, high in (
        ("gdp_per_capita", "thousand EUR (current) per person", 38, 43),
        ("building_permits_per_capita", "count per 1000 persons", 2.5, 5),
    ):
        value = rows.loc[name, "value"]
        assert low < np.average(value, weights=places.reindex(value.index)) < high
        assert set(rows.loc[name, "unit"]) == {unit}
    assert all(known(unit) for unit in UNITS.values())
    assert all(known(unit) for unit in tables["indicators"]["unit"].unique())


def test_eisenach_is_lent_and_says_so(tables: dict[str, pd.DataFrame]) -> None:
    lent, panel = tables["indicators.lent"], tables["indicators.inkar"]
    assert set(lent["place_id"]) == {"16056"}
    assert set(lent["flag"]) == {"modelled"}
    whole = panel[panel["place_id"] == "16063"]
    assert lent["value"].tolist() == whole["value"].tolist()


def test_rail(built: tuple[Path, RecipeReport], tables: dict[str, pd.DataFrame]) -> None:
    nodes, services = tables["nodes"].set_index("node_id"), tables["services"]
    assert not nodes.index.has_duplicates
    assert set(services["timetable"]) == {"2016", "2019"}
    assert set(services["origin"]) | set(services["destination"]) <= set(nodes.index)
    inside = services["origin"].map(nodes["place_id"]).notna() | services["destination"].map(nodes["place_id"]).notna()
    assert inside.all()
    assert not nodes["name"].str.contains(r"\(Gr\)|\(tief\)", regex=True).any()
    assert not set(nodes["name"]) & set(PLATFORMS)
    where = nodes.set_index("name")["place_id"]
    assert where[["Berlin Hbf", "München Hbf", "Köln Hbf", "Warnemünde"]].tolist() == [
        "11000",
        "09162",
        "05315",
        "13003",
    ]
    assert where[["Basel SBB", "Basel Bad Bf", "Forbach(fr)", "Wien Hbf"]].isna().all()  # abroad
    assert (services["fastest_min"] <= services["in_vehicle_min"] + 1e-9).all()
    assert set(built[1].facts["timetables"]) == {"2016", "2019"}
    names = services.assign(a=services["origin"].map(nodes["name"]), b=services["destination"].map(nodes["name"]))
    ride = names[(names["a"] == "Berlin Hbf") & (names["b"] == "München Hbf")].groupby("timetable")["fastest_min"].min()
    # on an ordinary day nothing is faster than the fastest of the whole year, and hardly anything is lost
    assert 370 <= ride["2016"] <= 380
    assert 236 <= ride["2019"] <= 246


def test_road_calibration_drops_the_sentinel(built: tuple[Path, RecipeReport], shared_data: Path) -> None:
    """Independent fit by normal equations on the raw files; the sentinel 1e6 would give absurd speeds."""
    road = built[1].facts["road"]
    folder = shared_data / "germany"
    metres = pd.read_csv(folder / "distance_matrix.csv", index_col=0).to_numpy(float)
    trip = pd.read_csv(folder / "roundtrip_time_base.csv", index_col=0).to_numpy(float)
    assert (trip == 1e6).sum() == 150_328
    use = (metres < 50_000) & (trip < 1e6) & ~np.eye(401, dtype=bool)
    slope, fixed = np.polyfit(metres[use] / 1000, trip[use] / 2, 1)
    assert road["base_fixed_min"] == pytest.approx(fixed, abs=1e-3)
    assert road["base_straight_kmh"] == pytest.approx(60 / slope, abs=1e-3)
    assert road["base_coverage_percent"] > 99
    assert road["traffic_fixed_min"] > road["base_fixed_min"]
    places = sorted(pd.read_csv(folder / "labor_tidy.csv", dtype=str)["region_id"])
    assert road_calibration(folder, places) == road


def test_two_builds_give_the_same_bytes(
    built: tuple[Path, RecipeReport], shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    build(shared_data, tmp_path, tmp_path)
    names = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file())
    assert len(names) == 8
    for name in names:
        assert (tmp_path / name).read_bytes() == (built[0] / name).read_bytes(), name


def test_foreign_r_data_is_refused(tmp_path: Path) -> None:
    """A real file of the R data format without the panel: one empty list, in the ASCII form of R's manual."""
    path = tmp_path / "x.rda"
    path.write_text("RDA2\nA\n2\n197635\n131840\n1026\n1\n262153\n1\nx\n14\n1\n1\n254\n")
    with pytest.raises(InputError, match="holds no county_covariates_internal; it holds x"):
        read_inkar(path)


def test_missing_county_is_named(shared_data: Path, tmp_path: Path) -> None:
    """A county file that lost a row is refused, not joined by position."""
    source = tmp_path / "germany"
    source.mkdir()
    for path in (shared_data / "germany").iterdir():
        (source / path.name).symlink_to(path)
    text = (shared_data / "germany/house_prices.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (source / "house_prices.csv").unlink()
    (source / "house_prices.csv").write_text("".join(text[:-1]), encoding="utf-8")
    with pytest.raises(InputError, match=r"house_prices\.csv\.county_id"):
        build(tmp_path, tmp_path / "out", tmp_path)


def test_the_example_is_fetched_whole_and_opens(shared_data: Path, examples: Path, tmp_path: Path) -> None:
    for path in (examples / "germany").rglob("*"):
        part = path.relative_to(examples / "germany")
        if path.is_file() and part.parts[0] not in ("raw", "tables", "geometry", "results", "report"):
            (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / part).write_bytes(path.read_bytes())
    report = fetch(tmp_path, mirror=shared_data)
    assert len(report.copied) == 26
    workspace = Workspace(tmp_path)
    cluster = workspace.cluster()
    assert cluster.flows["commuting"].sum().sum() == 33_052_677
    used = set(cluster.indicators["source"]) | set(cluster.services["source"]) | set(cluster.places["source"])
    used |= {cluster.flows["commuting"].attrs["source"]} | set(cluster.nodes["source"])
    assert used <= set(workspace.sources)
    assert [s.id for s in workspace.scenarios()] == ["half-border", "rail-2016"]
    for scenario in workspace.scenarios():
        assert [p for change in scenario.changes for p in change.problems(cluster)] == []
    tree = workspace.trees()["index"]
    leaves = [leaf for pillar in tree["pillar"] for leaf in pillar.get("indicator", [])]
    rows = cluster.indicators[cluster.indicators["year"] == tree["index"]["year"]]
    for leaf in leaves:
        own = rows[rows["indicator"] == leaf["id"]]
        assert len(own) == 401, leaf["id"]  # Eisenach included
        assert set(own["unit"]) == {leaf["unit"]}
