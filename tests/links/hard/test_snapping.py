"""How places are tied to roads: by hand, past a part that cannot be left, and as files."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from shapely import LineString

from megaregion.cli.main import cli
from megaregion.data.map_network import map_network
from megaregion.data.road_map import RoadMap, Ways, road_map
from megaregion.errors import InputError
from megaregion.links.hard.snapping import snapping

KM = 1.0 / 111.195  # degree of a great circle

# a road of 20 km, and two roads of 2 km that no road joins to it
ROADS = ([(0, 0), (10, 0)], [(10, 0), (20, 0)], [(0, 5), (2, 5)])


def primary(lines: tuple[list[tuple[float, float]], ...]) -> RoadMap:
    """Primary roads along points in kilometres from 3 E on the equator; equal points are one place."""
    flat = [p for line in lines for p in line]
    label = {p: k for k, p in enumerate(dict.fromkeys(flat))}
    ways = pd.DataFrame({"way_id": range(len(lines)), "road_class": "primary", "speed_kmh": 60.0, "oneway": False,
                         "capacity_per_h": 1000.0, "name": "", "ref": ""})  # fmt: skip
    at = np.array(flat, float)
    return road_map(Ways(ways=ways, first=np.r_[0, np.cumsum([len(line) for line in lines])], lon=3.0 + at[:, 0] * KM,
                         point=np.array([label[p] for p in flat], np.int64), lat=at[:, 1] * KM))  # fmt: skip


def places(**at: tuple[float, float]) -> pd.DataFrame:
    frame = pd.DataFrame.from_dict(at, orient="index", columns=["x", "y"])
    return pd.DataFrame({"lon": 3 + frame["x"] * KM, "lat": frame["y"] * KM}, index=frame.index.rename("place_id"))


def test_by_hand() -> None:
    roads = primary(ROADS)
    points = places(a=(0, 0.5), b=(10, 3), c=(2, 4.9), d=(9.9, 0))
    made = map_network(roads, points, b=0.15, power=4.0)
    got = snapping(roads, made, points, flag_km=2.5)
    rows = got.to_frame().set_index("place_id")
    want = {"a": 0.5, "b": 3.0, "c": (2**2 + 4.9**2) ** 0.5, "d": 0.1}
    assert rows["distance_km"].to_dict() == pytest.approx(want, rel=1e-3)
    assert rows["nearest_km"].to_dict() == pytest.approx({**want, "c": 0.1}, rel=1e-3)
    assert rows["component"].to_dict() == {"a": 1, "b": 1, "c": 2, "d": 1}
    assert rows["component_share"].to_dict() == pytest.approx({"a": 60, "b": 60, "c": 40, "d": 60})
    assert rows["flagged"].to_dict() == {"a": False, "b": True, "c": True, "d": False}
    assert rows.index.tolist() == ["c", "b", "a", "d"] and "a nearer one" in rows.loc["c", "how"]
    assert rows.loc["b", "node"] == rows.loc["d", "node"]
    assert any("2 places should be looked at" in w for w in got.warnings)
    assert any("4 places share their junction" in w for w in got.warnings)  # a and c, b and d
    assert got.facts()["past_a_nearer_junction"] == 1
    assert list(got.to_frame().columns) == [c.name for c in got.describe()]
    with pytest.raises(InputError, match="must be > 0"):
        snapping(roads, made, points, flag_km=0.0)


@pytest.mark.parametrize("out", ["net", "net.gpkg"])
def test_files_and_json(tmp_path: Path, out: str) -> None:
    lines = [LineString([(3 + x * KM, y * KM) for x, y in path]) for path in ROADS]
    gpd.GeoDataFrame({"highway": ["primary"] * len(lines)}, geometry=lines, crs="EPSG:4326").to_file(
        tmp_path / "roads.gpkg"
    )
    places(a=(0, 0.5), b=(20, 3)).to_csv(tmp_path / "places.csv")
    base = ["network", str(tmp_path / "roads.gpkg"), str(tmp_path / "places.csv"), "--out", str(tmp_path / out)]
    found = json.loads(CliRunner().invoke(cli, [*base, "--json"]).stdout)
    assert found["snapping"]["facts"]["flagged"] == 1 and found["links"] == 6
    stem = tmp_path / ("net/snapping" if out == "net" else "net.snapping")
    table = pd.read_csv(f"{stem}.csv")
    assert table["place_id"].tolist() == ["b", "a"]
    layer = gpd.read_file(f"{stem}.gpkg", layer="snapping").to_crs("EPSG:32631")
    assert layer.length.to_numpy() / 1000 == pytest.approx(table["distance_km"].to_numpy(), rel=0.007)  # ellipsoid
    text = CliRunner().invoke(cli, base)
    assert "How places are tied to the roads" in text.stdout and "1 places should be looked at" in text.stderr
    alone = CliRunner().invoke(cli, [*base, "--crs", "EPSG:32631"])
    assert alone.exit_code != 0 and "belong together" in str(alone.exception)
