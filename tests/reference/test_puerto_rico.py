"""The shipped land cover of Puerto Rico: what is known of the island from elsewhere, and sums that must hold."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pyproj import Transformer

from megaregion.nodes.ecology import EcologyOptions, ecology

pytest.importorskip("rasterio")
HERE = Path(__file__).parents[2] / "docs" / "howto"
LAND_2000 = 8_870.0  # km2 of land, Census 2000 (3,425 square miles)
EL_YUNQUE = (-65.79, 18.31)  # El Yunque National Forest
CLASSES = """code,name,habitat,resistance
11,water,0,500
21,open space,0.1,100
22,developed,0,300
23,developed,0,500
24,developed,0,500
31,barren,0.1,100
42,forest,1,1
52,shrub,0.7,5
71,grassland,0.4,20
81,pasture,0.3,30
82,crops,0.2,50
90,wetlands,1,5
95,wetlands,0.8,10
"""


@pytest.fixture(scope="module")
def units() -> gpd.GeoDataFrame:
    return gpd.read_file(HERE / "puerto_rico_municipios.geojson").set_index("place_id")


def test_areas_are_those_of_the_census(units: gpd.GeoDataFrame) -> None:
    import rasterio

    with rasterio.open(HERE / "puerto_rico_nlcd_2001.tif") as raster:
        code, cell, crs = raster.read(1), raster.res[0], raster.crs
    land = (code[(code > 0) & (code != 11)].size) * (cell / 1000) ** 2
    assert crs.to_epsg() == 5070 and land == pytest.approx(LAND_2000, rel=0.02)
    assert len(units) == 78 and units.geometry.is_valid.all()
    flat = units.to_crs("EPSG:5070").geometry
    assert flat.area.sum() / 1e6 == pytest.approx(LAND_2000, rel=0.025)
    assert flat.union_all().area == pytest.approx(flat.area.sum(), rel=1e-4)  # they do not overlap


def test_the_rain_forest_is_a_source_and_pieces_are_corridors(units: gpd.GeoDataFrame, tmp_path: Path) -> None:
    (tmp_path / "classes.csv").write_text(CLASSES, encoding="utf-8")
    found = ecology(
        HERE / "puerto_rico_nlcd_2001.tif", tmp_path / "classes.csv", units=units.to_crs("EPSG:5070"),
        out=tmp_path / "out", options=EcologyOptions(least_ha=3000.0, dispersal_m=10_000.0, barriers=0),
    )  # fmt: skip
    x, y = Transformer.from_crs("EPSG:4326", "EPSG:5070", always_xy=True).transform(*EL_YUNQUE)
    sources = found["sources"].to_frame()
    assert np.hypot(sources["x"] - x, sources["y"] - y).min() < 10_000
    lines = found["corridors"].to_frame()
    lengths = lines[lines["contrast"] == 100].set_index(["source_a", "source_b"])["length_km"]
    owned = found["owners"].to_frame().groupby(["source_a", "source_b"])[["length_km", "length_share"]].sum()
    pd.testing.assert_series_equal(owned["length_km"], lengths.reindex(owned.index), check_names=False, rtol=1e-6)
    parts = found["importance"].to_frame()
    whole = parts[["intra_percent", "flux_percent", "connector_percent"]]
    assert (whole >= 0).all().all()
    assert whole.sum(axis=1).to_numpy() == pytest.approx(parts["dpc_percent"].to_numpy())
