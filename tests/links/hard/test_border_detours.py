"""Detour deficit: none on an open grid, found where a border has one bridge, cut off where it has none."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from megaregion.data.road_map import RoadMap, Ways, road_map
from megaregion.errors import InputError, MissingDataError
from megaregion.links.hard.border_detours import DetourOptions, border_detours

CRS = "EPSG:32631"
X0, Y0, STEP, N = 500_000.0, 100_000.0, 1000.0, 24


def grid(bridges: set[int] | None) -> RoadMap:
    """24 x 24 junctions a kilometre apart; of the roads across the middle only those of some rows (None: all)."""
    x, y = np.meshgrid(X0 + STEP * (np.arange(N) - N / 2 + 0.5), Y0 + STEP * np.arange(N))
    at = gpd.GeoSeries(gpd.points_from_xy(x.ravel(), y.ravel()), crs=CRS).to_crs(4326)
    number = np.arange(N * N).reshape(N, N)
    chains = [(int(number[r, c]), int(number[r, c + 1])) for r in range(N) for c in range(N - 1)
              if c != N // 2 - 1 or bridges is None or r in bridges]  # fmt: skip
    chains += [(int(number[r, c]), int(number[r + 1, c])) for r in range(N - 1) for c in range(N)]
    point = np.array(chains).ravel()
    ways = pd.DataFrame({"way_id": range(len(chains)), "road_class": "primary", "speed_kmh": 60.0, "oneway": False,
                         "name": "", "ref": ""})  # fmt: skip
    return road_map(Ways(ways=ways, first=2 * np.arange(len(chains) + 1), point=point,
                         lon=at.x.to_numpy()[point], lat=at.y.to_numpy()[point]))  # fmt: skip


def halves() -> gpd.GeoDataFrame:
    low, high = Y0 - STEP, Y0 + N * STEP
    return gpd.GeoDataFrame(index=["west", "east"], crs=CRS, geometry=[
        box(X0 - N * STEP, low, X0, high), box(X0, low, X0 + N * STEP, high)])  # fmt: skip


def test_an_open_grid_has_no_deficit() -> None:
    found = border_detours(grid(None), halves(), crs=CRS, seed=1)
    row = found.to_frame().iloc[0]
    assert abs(row["deficit"]) < 0.01 and found.facts()["surely_further_round"] == []
    assert 1.0 < row["detour_inside"] < 1.42 and row["cut_off"] == 0  # between straight and diagonal on a grid
    pd.testing.assert_frame_equal(found.to_frame(), border_detours(grid(None), halves(), crs=CRS, seed=1).to_frame())


def test_one_bridge_in_a_corner_is_a_deficit() -> None:
    found = border_detours(grid({0}), halves(), crs=CRS, seed=1)
    row = found.to_frame().iloc[0]
    assert row["deficit_low"] > 0.3 and found.facts()["surely_further_round"] == ["east - west"]


def test_no_bridge_cuts_off_and_gives_no_number() -> None:
    row = border_detours(grid(set()), halves(), crs=CRS, seed=1).to_frame().iloc[0]
    assert row["cut_off"] == 1.0 and np.isnan(row["deficit"]) and row["pairs_across"] == 0


def test_bad_input() -> None:
    with pytest.raises(InputError, match=r"reach_km must be > 0.*junctions must be at least 20.*draws"):
        DetourOptions(reach_km=0.0, junctions=3, draws=1)
    with pytest.raises(MissingDataError, match="no border has 20 junctions"):
        border_detours(grid(None), halves(), crs=CRS, seed=1, options=DetourOptions(reach_km=0.1))
    with pytest.raises(InputError, match="no two units share a border"):
        border_detours(grid(None), halves().iloc[:1], crs=CRS, seed=1)
