"""What lies between the 41 cities of the Yangtze example (docs/howto/yangtze_between), against what stands elsewhere.

Banks: the pairs between which derive/water_crossings.csv (written by hand for roads, long before) names the Yangtze.
Dialects: "the whole of Zhejiang" and Shanghai are Wu (Fangyan 1986, article on the borders of Wu, 1.1); all of Fuyang,
Bozhou, Huaibei and Suzhou of Anhui are Central Plains (blog.sciencenet.cn/blog-5889-12863.html); all of Suzhou and
Wuxi are Wu, all of Yangzhou, Huai'an and Yancheng Jianghuai (Wikipedia, 江蘇語言). Not reproduced: lengths of the
river, which is drawn for maps of 1:50 million.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from megaregion.data.cluster import units
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.links.soft.between import banks, control_rows, rise_between, water_between

EXAMPLE = example_folder("yangtze-delta")
HERE = Path(__file__).parents[2] / "docs" / "howto" / "yangtze_between"


@pytest.fixture(scope="module")
def cities() -> pd.DataFrame:
    return units(Workspace(EXAMPLE).cluster())


@pytest.fixture(scope="module")
def side(cities: pd.DataFrame) -> pd.Series:
    river = pd.read_csv(HERE / "yangtze.csv")
    return banks(cities, shapely.LineString(river[["lon", "lat"]].to_numpy()))


def test_banks_are_those_of_the_crossings_written_by_hand(side: pd.Series) -> None:
    known = pd.read_csv(EXAMPLE / "derive" / "water_crossings.csv", dtype={"first": str, "second": str})
    river = known[known["note"].str.startswith("Yangtze")]
    assert len(river) == 10 and (side.loc[river["first"]].to_numpy() != side.loc[river["second"]].to_numpy()).all()
    other = known[~known["note"].str.contains("Yangtze")]  # lakes and Hangzhou Bay divide no banks
    assert len(other) == 10 and (side.loc[other["first"]].to_numpy() == side.loc[other["second"]].to_numpy()).all()
    written = pd.read_csv(HERE / "banks.csv", dtype=str).set_index("place_id")["zone"]
    assert (written.map({"right": 1, "left": 2}).loc[side.index] == side).all()


def test_zones_are_those_of_published_texts(cities: pd.DataFrame) -> None:
    table = pd.read_csv(HERE / "dialects.csv", dtype=str, keep_default_na=False).set_index("place_id")
    assert sorted(table.index) == sorted(cities.index)
    zone = table["zone"]
    assert (zone[zone.index.str[:2].isin(["31", "33"])] == "Wu").all() and (zone[["320500", "320200"]] == "Wu").all()
    assert (zone[["341200", "341600", "340600", "341300"]] == "Central Plains").all()
    assert (zone[["321000", "320800", "320900"]] == "Jianghuai").all() and table.loc["320500", "also"] == ""
    assert (table[["point_zh", "source", "read", "url"]] != "").to_numpy().all()
    assert not any(z in a.split(";") for z, a in table[["zone", "also"]].to_numpy())


def test_files_for_the_command_are_what_the_geometry_gives(cities: pd.DataFrame) -> None:
    shapes = json.loads((HERE / "water.geojson").read_text(encoding="utf-8"))["features"]
    water = water_between(cities, [shapely.from_geojson(json.dumps(f["geometry"])) for f in shapes])
    grid = pd.read_csv(HERE / "elevation.csv", index_col="lat").rename(columns=float)
    for name, made in (("open_water", water / 10), ("rise", rise_between(cities, grid) / 100)):
        given = pd.read_csv(HERE / f"{name}.csv", dtype={"origin": str, "destination": str})
        pd.testing.assert_frame_equal(given, control_rows(made.round(3)), atol=0.0011)
    assert water.loc["330400", "330200"] == pytest.approx(
        30, abs=3
    )  # Hangzhou Bay, 30 km by hand in water_crossings.csv


def test_elevation_is_a_plain_in_the_north_and_ranges_in_the_south() -> None:
    """The Huaibei plain lies below 100 m; the heights of Huangshan and Dabie exceed 500 m in the grid."""
    grid = pd.read_csv(HERE / "elevation.csv", index_col="lat").rename(columns=float).sort_index()

    def box(south: float, north: float, west: float, east: float) -> np.ndarray:
        return grid.loc[south:north, [c for c in grid if west <= c <= east]].to_numpy(float)

    assert np.nanmax(box(32.6, 33.8, 115.3, 116.6)) < 100
    assert np.nanmax(box(30.0, 30.3, 118.0, 118.4)) > 500 and np.nanmax(box(30.9, 31.3, 115.5, 116.1)) > 500
