"""Jump of road density at a border: planted, none, and as a command."""

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
from megaregion.links.hard.border_jumps import BorderJumps, border_jumps

CRS = "EPSG:32631"
X0, Y0, SIDE = 500_000.0, 100_000.0, 60_000.0


def halves() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(index=["east", "west"], crs=CRS, geometry=[
        box(X0, Y0, X0 + SIDE, Y0 + 2 * SIDE), box(X0 - SIDE, Y0, X0, Y0 + 2 * SIDE)])  # fmt: skip


def roads(seed: int, east: float) -> RoadMap:
    """Roads of 4 km by chance; of those with their middle in the east only a share stays, cut at the border."""
    rng = np.random.default_rng(seed)
    n = 12_000
    x, y, t = rng.uniform(-SIDE, SIDE, n), rng.uniform(0, 2 * SIDE, n), rng.uniform(0, np.pi, n)
    keep = (x < 0) | (rng.random(n) < east)
    out = []
    for a, b, c in zip(x[keep], y[keep], t[keep], strict=True):
        dx, dy = 2000 * np.cos(c), 2000 * np.sin(c)
        ends = np.array([[a - dx, b - dy], [a + dx, b + dy]])
        ends[:, 0] = np.where(np.sign(ends[:, 0]) == np.sign(a), ends[:, 0], 0.0)  # the rest is bent back at the border
        out.append(LineString(ends + np.array([X0, Y0])))
    points = [list(line.coords) for line in gpd.GeoSeries(out, crs=CRS).to_crs(4326)]
    at, m = np.array([p for line in points for p in line]), len(out)
    vertices = pd.DataFrame(at, columns=["lon", "lat"]).assign(osm_id=0, clipped=False)
    edges = pd.DataFrame({"tail": 2 * np.arange(m), "head": 2 * np.arange(m) + 1, "road_class": "primary",
                          "length_m": [line.length for line in out]})  # fmt: skip
    return RoadMap(vertices=vertices, edges=edges, lon=at[:, 0], lat=at[:, 1], first=2 * np.arange(m + 1))


def test_a_planted_jump_and_none() -> None:
    """12,000 roads of 4 km on 14,400 km2 make 3.3 km a km2; with 60 % of them in the east 1.3 less.

    Where nothing is planted two of three intervals hold zero at least (at 90 % fewer do so in 3 of 100 runs).
    """
    row = border_jumps(roads(1, 0.6), halves(), crs=CRS).to_frame().iloc[0]
    assert (row["unit_a"], row["unit_b"]) == ("east", "west")
    assert row["low"] < 0.4 * 12_000 * 4 / (4 * SIDE**2 / 1e6) < row["high"] and row["low"] > 0
    none = [border_jumps(roads(seed, 1.0), halves(), crs=CRS) for seed in (0, 1, 2)]
    assert sum(r.to_frame()["low"].iloc[0] <= 0 <= r.to_frame()["high"].iloc[0] for r in none) >= 2
    assert row["clusters"] == 12 and list(none[0].to_frame().columns) == [c.name for c in none[0].describe()]


def test_length_is_kept() -> None:
    """Density times area is the length of road within reach."""
    from megaregion.links.hard.border_jumps import _cells, _pieces

    shapes = np.array([LineString([(X0 - 5_000, Y0 + 20_000), (X0 - 1_500, Y0 + 30_000)])], object)
    bits = _pieces(shapes)
    assert bits[1].sum() == pytest.approx(shapes[0].length, rel=1e-12)
    border = LineString([(X0, Y0), (X0, Y0 + 2 * SIDE)])
    sides = (halves().geometry["west"], halves().geometry["east"])
    x, y, _ = _cells(sides, border, bits, (0.5, 20.0))
    assert y.sum() * 0.25 == pytest.approx(shapes[0].length / 1000, rel=1e-12)
    assert (x[y > 0] < 0).all() and x[y > 0].min() == pytest.approx(-5, abs=0.5)


def test_a_border_too_short_for_clusters_is_never_sure() -> None:
    """Its interval takes every cell for itself and is too narrow; the numbers stay in the table."""
    row = {"unit_a": "a", "unit_b": "b", "jump": 3.0, "low": 1.0, "high": 5.0, "bandwidth_km": 4.0, "cells_a": 20,
           "cells_b": 20}  # fmt: skip
    table = pd.DataFrame([{**row, "clusters": 2}, {**row, "unit_b": "c", "clusters": 10}])
    assert BorderJumps(table=table, settings={}).facts() == {"borders": 2, "surely_jumps": ["a - c"]}


def test_command_and_bad_input(tmp_path: Path) -> None:
    roads(5, 0.5).lines().to_file(tmp_path / "roads.gpkg")
    halves().rename_axis("place_id").reset_index().to_file(tmp_path / "units.gpkg")
    files = [str(tmp_path / "roads.gpkg"), str(tmp_path / "units.gpkg")]
    got = CliRunner().invoke(cli, ["crossings", *files, "--crs", CRS, "--no-detours", "--jumps", "--json"])
    assert got.exit_code == 0, got.output
    assert json.loads(got.stdout)["jumps"]["facts"]["surely_jumps"] == ["east - west"]
    with pytest.raises(InputError, match="reach_km above two cells"):
        border_jumps(roads(5, 0.5), halves(), crs=CRS, cell_km=10)
