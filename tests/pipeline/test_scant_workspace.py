"""A workspace with little in it runs to a report that names what is lacking, and computes what its tables allow."""

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from megaregion.cli.main import cli
from megaregion.data.workspace import Workspace
from megaregion.pipeline.run import run

HOWTO = Path(__file__).parents[2] / "docs" / "howto"
TOML = """
[cluster]
id = "us"
name = "US metropolitan areas"
level = "metro"
group = "region"
currency = "USD"
base_year = 2017
timetable = ""
seed = 1
datum = "WGS-84"
[sources.bls]
title = "Consumer Price Index"
publisher = "U.S. Bureau of Labor Statistics"
licence = "public domain"
url = "https://www.bls.gov/cpi/"
year = 2018
"""


@pytest.fixture
def prices(tmp_path: Path) -> Workspace:
    """Points, census regions and prices of 18 metropolitan areas, and nothing else: no people, no area, no links."""
    tables = tmp_path / "us" / "tables"
    tables.mkdir(parents=True)
    metros = pd.read_csv(HOWTO / "us_metros.csv")
    regions = pd.DataFrame({"place_id": metros["census_region"].unique(), "kind": "region"})
    own = metros.rename(columns={"census_region": "parent_id"}).assign(kind="metro")
    places = pd.concat([regions.assign(name=regions["place_id"]), own])
    places[["place_id", "name", "kind", "parent_id", "lon", "lat"]].to_csv(tables / "places.csv", index=False)
    long = pd.read_csv(HOWTO / "us_metro_prices_1998_2017.csv").melt(
        ["place_id", "period"], var_name="good", value_name="price"
    )
    long.assign(kind="price", unit="index", source="bls").to_csv(tables / "prices.csv", index=False)
    (tmp_path / "us" / "workspace.toml").write_text(TOML, encoding="utf-8")
    return Workspace(tmp_path / "us")


def test_prices_alone_give_a_report(prices: Workspace) -> None:
    done = run(prices)
    said = {o.step: " ".join(o.warnings) for o in done.outcomes}
    for step, lack in (("links", "places.area_km2 is empty for 18 of 18"), ("nodes", "places.population is empty"),
                       ("equilibrium", "names no income indicator"), ("roads", "capacity_per_h")):  # fmt: skip
        assert "step left out: " in said[step] and lack in said[step], step
    assert {"segmentation", "price_border"} <= set(prices.store.load("soft_links"))
    page = done.report.read_text(encoding="utf-8")
    assert "Market segmentation" in page and "市场分割" in page
    # a step that could not be fed says why, in both languages, and not that it should be run
    assert "no result of the travel times, for want of data: places.area_km2 is empty for 18 of 18 places" in page
    assert "18个地区中18个的 places.area_km2 为空" in page and "[indicators] income）" in page
    assert "Step not run:" not in page and "步骤未运行：" not in page
    assert CliRunner().invoke(cli, ["check", str(prices.root)]).exit_code == 0


def test_a_place_without_a_point_leaves_links_out_and_is_named(prices: Workspace) -> None:
    path = prices.root / "tables" / "places.csv"
    table = pd.read_csv(path).assign(area_km2=1000.0)
    table.loc[table["place_id"] == "A104", ["lon", "lat"]] = None
    table.to_csv(path, index=False)
    said = {o.step: " ".join(o.warnings) for o in run(Workspace(prices.root), steps=["links"], report=False).outcomes}
    assert "step left out: places.lon, lat is empty for 1 of 18 places: A104" in said["links"]
