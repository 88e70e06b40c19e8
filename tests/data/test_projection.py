"""Systems of coordinates in which lengths are metres where the data lie, and those in which they are not."""

import math

import geopandas as gpd
import pytest
from shapely.geometry import box

from megaregion.data.projection import crs_fault, measures_metres
from megaregion.errors import InputError


@pytest.mark.parametrize(
    ("crs", "lon", "lat"),
    [("EPSG:2056", 9.5, 47.1), ("EPSG:25832", 14.9, 51.0), ("ESRI:102012", 119.0, 31.0), ("EPSG:4549", 121.0, 31.0),
     ("EPSG:3035", 24.0, 60.0), ("ESRI:102025", 113.0, 22.0), ("EPSG:3857", 103.8, 1.3)],
)  # fmt: skip
def test_systems_that_fit(crs: str, lon: float, lat: float) -> None:
    assert crs_fault(crs, lon, lat) == ""


@pytest.mark.parametrize(
    ("crs", "why"),
    [("EPSG:99", "expected a coordinate reference system"), ("EPSG:4326", "not projected"),
     ("EPSG:2263", "US survey foot"), ("EPSG:4549", "does not fit the region"), ("EPSG:3857", "does not fit")],
)  # fmt: skip
def test_systems_in_which_lengths_are_no_metres(crs: str, why: str) -> None:
    shapes = gpd.GeoDataFrame(geometry=[box(9, 47, 10, 47.4)], crs="EPSG:4326")
    with pytest.raises(InputError, match=why):
        measures_metres(crs, shapes)


def test_web_mercator_is_off_by_the_secant_of_the_latitude() -> None:
    """By the two radii of curvature of the ellipsoid."""
    e2, at = 0.00669437999014, math.radians(60)
    across = math.sqrt(1 - e2 * math.sin(at) ** 2) / math.cos(at) - 1
    along = (1 - e2 * math.sin(at) ** 2) ** 1.5 / (1 - e2) / math.cos(at) - 1
    assert f"off by up to {max(across, along):.0%}" in crs_fault("EPSG:3857", 10.0, 60.0)
