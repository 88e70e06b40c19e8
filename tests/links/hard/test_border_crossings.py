"""Crossings of borders: a grid by hand, random lines against Steinhaus, a planted barrier against lines inside."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from shapely import LineString, box

from megaregion.cli.main import cli
from megaregion.data.road_map import RoadMap
from megaregion.errors import InputError
from megaregion.links.hard.border_crossings import border_crossings

CRS = "EPSG:32631"
X0, Y0 = 500_000.0, 100_000.0


def road_map(lines: list[LineString]) -> RoadMap:
    """Lines in metres as a map; every end is a vertex of its own."""
    shapes = gpd.GeoSeries([LineString([(X0 + x, Y0 + y) for x, y in line.coords]) for line in lines], crs=CRS)
    points = [list(line.coords) for line in shapes.to_crs(4326)]
    at = np.array([p for line in points for p in line])
    m = len(lines)
    ends = pd.DataFrame([line[k] for line in points for k in (0, -1)], columns=["lon", "lat"])
    edges = pd.DataFrame({"tail": 2 * np.arange(m), "head": 2 * np.arange(m) + 1, "road_class": "primary",
                          "length_m": [line.length for line in lines]})  # fmt: skip
    return RoadMap(vertices=ends.assign(osm_id=0, clipped=False), edges=edges, lon=at[:, 0], lat=at[:, 1],
                   first=np.cumsum([0, *(len(line) for line in points)]).astype(np.int64))  # fmt: skip


def halves(side: float) -> gpd.GeoDataFrame:
    """Two halves of a square, the border along x = 0."""
    return gpd.GeoDataFrame(index=["west", "east"], crs=CRS, geometry=[
        box(X0 - side, Y0, X0, Y0 + 2 * side), box(X0, Y0, X0 + side, Y0 + 2 * side)])  # fmt: skip


def random_lines(seed: int, side: float, number: int) -> list[LineString]:
    """Lines of random place and direction over the square (Poisson line process given its number)."""
    rng = np.random.default_rng(seed)
    reach = 1.5 * side
    offset, angle = rng.uniform(-reach, reach, number), rng.uniform(0, np.pi, number)
    out = []
    for p, t in zip(offset, angle, strict=True):
        normal, along = np.array([np.cos(t), np.sin(t)]), np.array([-np.sin(t), np.cos(t)])
        middle = np.array([0.0, side]) + p * normal
        cut = LineString([middle - 3 * side * along, middle + 3 * side * along]).intersection(
            box(-side, 0, side, 2 * side)
        )
        if cut.length > 0:
            out.append(cut)
    return out


def test_roads_at_right_angles_by_hand() -> None:
    """Eleven roads, 2 km apart, straight over 22 km of border: 5 per 10 km; density 1/2 km a km2, pi/2 of Steinhaus."""
    lines = [LineString([(-20_000, 1000 + 2000 * k), (20_000, 1000 + 2000 * k)]) for k in range(11)]
    found = border_crossings(road_map(lines), halves(11_000), crs=CRS, inside_km=5.0)
    row = found.to_frame().iloc[0]
    assert (row["crossings"], row["per_10_km"]) == (11, pytest.approx(5.0, rel=1e-3))
    assert row["density"] == pytest.approx(0.5, rel=0.01) and row["ratio"] == pytest.approx(np.pi / 2, rel=0.01)
    assert row["permeability"] == pytest.approx(1.0, rel=0.02)
    assert found.by_class[["road_class", "crossings"]].to_numpy().tolist() == [["primary", 11]]


def test_random_lines_cross_as_steinhaus_says() -> None:
    """1 lies in 16 of 20 intervals at least: at 95 % fewer do so in 3 of 1,000 runs (binomial)."""
    inside = [border_crossings(road_map(random_lines(seed, 20_000, 300)), halves(20_000), crs=CRS).to_frame().iloc[0]
              for seed in range(20)]  # fmt: skip
    assert sum(row["ratio_low"] <= 1 <= row["ratio_high"] for row in inside) >= 16
    assert sum(row["permeability_low"] <= 1 <= row["permeability_high"] for row in inside) >= 16


def test_a_planted_barrier_is_found() -> None:
    """Seven of ten lines that cross end a hundred metres before the border."""
    rng, lines = np.random.default_rng(5), []
    for line in random_lines(7, 20_000, 600):
        if line.crosses(LineString([(0, 0), (0, 40_000)])) and rng.random() < 0.7:
            lines += [line.intersection(box(*side)) for side in ((-20_000, 0, -100, 40_000), (100, 0, 20_000, 40_000))]
        else:
            lines.append(line)
    found = border_crossings(road_map([line for line in lines if line.length > 0]), halves(20_000), crs=CRS)
    row = found.to_frame().iloc[0]
    assert row["permeability_low"] <= 0.3 <= row["permeability_high"] < 0.6
    assert found.facts()["surely_less_than_inside"] == ["east - west"]


def test_command(tmp_path: Path) -> None:
    ends = [((X0 - 20_000, Y0 + 1000 + 2000 * k), (X0 + 20_000, Y0 + 1000 + 2000 * k)) for k in range(11)]
    lines = gpd.GeoDataFrame(
        {"road_class": "primary"}, index=range(11), crs=CRS, geometry=[LineString(e) for e in ends]
    )
    lines.to_file(tmp_path / "roads.gpkg")
    halves(11_000).rename_axis("place_id").reset_index().to_file(tmp_path / "units.gpkg")
    files = [str(tmp_path / "roads.gpkg"), str(tmp_path / "units.gpkg")]
    more = ["--crs", CRS, "--inside-km", "5", "--json", "--out", str(tmp_path / "out")]
    got = CliRunner().invoke(cli, ["crossings", *files, *more])
    assert got.exit_code == 0, got.output
    assert "detours left out: no border has 20 junctions" in got.stderr
    assert json.loads(got.stdout)["crossings"]["rows"][0]["crossings"] == 11
    assert len(pd.read_csv(tmp_path / "out" / "crossings_by_class.csv")) == 1


def test_bad_input() -> None:
    roads = road_map([LineString([(-1000, 500), (1000, 500)])])
    with pytest.raises(InputError, match="must be > 0"):
        border_crossings(roads, halves(5000), crs=CRS, band_km=0.0)
    with pytest.raises(InputError, match="no two units share a border"):
        border_crossings(roads, halves(5000).iloc[:1], crs=CRS)
    with pytest.raises(InputError, match="unique identifiers"):
        border_crossings(roads, halves(5000).set_axis(["a", "a"]), crs=CRS)
