from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import LineString, Point

from megaregion.data.sources.road_lines import read_road_lines
from megaregion.errors import InputError


def test_a_table_without_shapes_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "roads.csv").write_text("highway,name\nprimary,x\n", encoding="utf-8")
    with pytest.raises(InputError, match="a table without shapes"):
        read_road_lines(tmp_path / "roads.csv")


def lines(**columns: list[object]) -> gpd.GeoDataFrame:
    """Three roads eastwards, one behind the other."""
    shapes = [LineString([(9 + k / 100, 47), (9.01 + k / 100, 47)]) for k in range(3)]
    return gpd.GeoDataFrame({"fclass": ["primary"] * 3, **columns}, geometry=shapes, crs="EPSG:4326")


@pytest.mark.parametrize(
    ("words", "one", "back"),
    [
        (["F", "T", "B"], [True, True, False], [False, True, False]),
        (["t", "f", "f"], [True, False, False], [False, False, False]),
        (["yes", "-1", None], [True, True, False], [False, True, False]),
        ([1, -1, 0], [True, True, False], [False, True, False]),
        ([True, False, False], [True, False, False], [False, False, False]),
    ],
)
def test_directions_as_maps_write_them(tmp_path: Path, words: list[object], one: list[bool], back: list[bool]) -> None:
    """Along the line, against it, or both; a road against its line is turned round."""
    lines(oneway=words).to_file(tmp_path / "roads.gpkg")
    found = read_road_lines(tmp_path / "roads.gpkg")
    assert found.edges["oneway"].tolist() == one
    lon = found.vertices["lon"].to_numpy()
    turned = lon[found.edges["tail"]] > lon[found.edges["head"]]
    assert turned.tolist() == back and not any("oneway" in note for note in found.notes)


def test_what_is_assumed_of_lines_is_said(tmp_path: Path) -> None:
    drawn = lines(maxspeed=["50", "30 mph", "0"])
    drawn.loc[3, ["fclass", "geometry"]] = ["primary", Point(9, 47)]
    drawn.to_file(tmp_path / "roads.gpkg")
    found = read_road_lines(tmp_path / "roads.gpkg")
    assert found.edges["speed_kmh"].tolist()[:2] == pytest.approx([50, 48.28032])
    assert found.edges["speed_basis"].tolist() == ["tag", "tag", "default"]
    assert found.notes == (
        "1 rows hold no line and are left out",
        "speeds of 33 % of the ways are defaults of their class, which are assumptions",
        "no column oneway: every road is taken to be open in both directions",
    )
