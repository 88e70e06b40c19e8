import numpy as np
import pandas as pd
import pytest
from shapely.geometry import MultiPolygon, Polygon, box

from megaregion.data.cluster import Cluster
from megaregion.report.figures import basemap, project, rings, segments


def test_base_map_is_in_km_of_the_projection(cluster: Cluster, geometry) -> None:
    """Nanjing–Xuzhou: 277 km on the sphere between the fixture's centres (haversine, R = 6371 km)."""
    base = basemap(cluster, geometry)
    assert base is not None
    a, b = np.radians([118.79, 32.06]), np.radians([117.28, 34.21])
    h = np.sin((b[1] - a[1]) / 2) ** 2 + np.cos(a[1]) * np.cos(b[1]) * np.sin((b[0] - a[0]) / 2) ** 2
    sphere = 2 * 6371 * np.arcsin(np.sqrt(h))
    d = base.points.loc["320100", ["x", "y"]] - base.points.loc["320300", ["x", "y"]]
    assert float(np.hypot(*d.to_numpy(float))) == pytest.approx(
        sphere, rel=0.03
    )  # an equal-area map bends lengths a little


def test_borders_of_groups_are_dissolved_from_units(cluster: Cluster, geometry) -> None:
    base = basemap(cluster, geometry)
    assert base is not None
    assert set(base.borders) == {"310000", "320000", "340000"}
    assert set(base.shapes) == {"city"}


def test_shapes_of_groups_are_used_where_they_exist(cluster: Cluster, geometry) -> None:
    import geopandas as gpd

    more = gpd.GeoDataFrame({"place_id": ["320000"]}, geometry=[box(116, 31, 121, 35)], crs=4326).set_index("place_id")
    base = basemap(cluster, pd.concat([geometry, more]))
    assert base is not None
    assert set(base.borders) == {"320000"}


def test_no_coordinates_no_map(cluster: Cluster, geometry) -> None:
    bare = cluster.replace(places=cluster.places.assign(lon=np.nan, lat=np.nan))
    assert basemap(bare, geometry) is None


def test_without_polygons_the_points_make_the_map(cluster: Cluster) -> None:
    base = basemap(cluster, None)
    assert base is not None
    assert base.shapes == {}
    assert len(base.points) == 6


def test_without_a_projection_one_is_made(cluster: Cluster, geometry) -> None:
    attrs = {k: v for k, v in cluster.attrs.items() if k != "crs"}
    base = basemap(cluster.replace(attrs=attrs), geometry)
    assert base is not None
    assert str(base.extra["crs"]).startswith("+proj=laea")


def test_rings_turn_right_and_specks_go() -> None:
    ring = Polygon([(0, 0), (0, 9e3), (9e3, 9e3), (9e3, 0)], [[(1e3, 1e3), (2e3, 1e3), (2e3, 2e3), (1e3, 2e3)]])
    found = rings(MultiPolygon([ring, box(2e4, 2e4, 2.01e4, 2.01e4)]))
    areas = [0.5 * float(np.sum(r[:-1, 0] * r[1:, 1] - r[1:, 0] * r[:-1, 1])) for r in found]
    assert areas == [pytest.approx(81.0), pytest.approx(-1.0)]  # outer +, hole -; 0.01 of 80 km2 is a speck


def test_segments_leave_out_unknown_ends() -> None:
    xy = pd.DataFrame({"x": [0.0, 1.0], "y": [2.0, 3.0]}, index=["a", "b"])
    lines = segments(pd.DataFrame({"a": ["a", "a"], "b": ["b", "z"], "k": [7, 8]}), xy)
    assert lines.to_numpy().tolist() == [[0.0, 2.0, 1.0, 3.0, 7.0]]


def test_project_keeps_the_order() -> None:
    xy = project(pd.DataFrame({"lon": [118.0, 119.0], "lat": [32.0, 32.0]}), "ESRI:102012")
    assert xy[0, 0] < xy[1, 0]
