"""megaregion culture on a list of sites in two squares, and on a folder that asks for little."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from click.testing import CliRunner
from shapely.geometry import box

from megaregion.cli.main import cli

CONFIG = """format = 1
[cluster]
id = "w"
name = "W"
level = "city"
group = "province"
base_year = 2020
seed = 1
timetable = ""
crs = "EPSG:4549"
[options.culture.levels]
world = 2
"""
PLACES = """place_id,name,kind,parent_id,lon,lat,area_km2,population,source
p,P,province,,118,32,300,50,x
a,Aton,city,p,118,32,100,30,x
b,Bton,city,p,118.2,32,100,10,x
"""


def test_a_list_names_its_units(tmp_path: Path) -> None:
    halves = [box(118, 32, 118.5, 32.5), box(118.5, 32, 119, 32.5)]
    columns = {"place_id": ["01", "02"], "name": ["West", "East"], "population": [9000, 1000]}
    units = gpd.GeoDataFrame(columns, geometry=halves, crs="EPSG:4326")
    units.to_file(tmp_path / "units.gpkg", driver="GPKG")
    rng = np.random.default_rng(1)
    sites = pd.DataFrame({"site_id": [f"s{k}" for k in range(20)], "name": "S", "level": "world",
                          "lon": rng.uniform(118.1, 118.9, 20), "lat": rng.uniform(32.1, 32.4, 20)})  # fmt: skip
    sites.to_csv(tmp_path / "sites.csv", index=False)
    ran = CliRunner().invoke(cli, ["culture", str(tmp_path / "sites.csv"), "--units", str(tmp_path / "units.gpkg"),
                                   "--weight", "world=2", "--seed", "1", "--simulations", "19"])  # fmt: skip
    assert ran.exit_code == 0, ran.output
    assert "01 West" in ran.stdout and "02 East" in ran.stdout and "stock: 40" in ran.stdout
    assert "names no indicator" not in ran.stderr  # a list cannot ask for it


def test_what_was_not_asked_for_is_told(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "workspace.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "tables" / "places.csv").write_text(PLACES, encoding="utf-8")
    rows = "site_id,name,level,place_id,year,source\n" + "".join(f"s{k},S,world,a,1990,x\n" for k in range(3))
    (tmp_path / "tables" / "heritage.csv").write_text(rows, encoding="utf-8")
    ran = CliRunner().invoke(cli, ["culture", str(tmp_path)])
    assert ran.exit_code == 0, ran.output
    assert "a Aton" in ran.stdout
    for text in (
        "no culture_carriers: [options.culture] carriers names",
        "no culture_residual: [options.culture] output",
    ):
        assert text in ran.stderr
