from itertools import combinations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import MultiPoint, MultiPolygon, box

from megaregion.data.adjacency import shared_borders
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError

PLANE = "EPSG:32632"


def squares(**corners: tuple[float, float]) -> gpd.GeoDataFrame:
    """Squares of 10 km by their lower left corner in km."""
    shapes = [box(500e3 + 1e3 * x, 5e6 + 1e3 * y, 510e3 + 1e3 * x, 5.01e6 + 1e3 * y) for x, y in corners.values()]
    return gpd.GeoDataFrame(geometry=shapes, index=pd.Index(list(corners), name="place_id"), crs=PLANE)


def test_sides_count_and_corners_do_not() -> None:
    """b is right of a; c above b; d half beside c; a and c meet in a point, e is alone."""
    shapes = squares(a=(0, 0), b=(10, 0), c=(10, 10), d=(20, 15), e=(100, 100))
    got = shared_borders(shapes, list("abcde"), crs=PLANE)
    assert got is not None
    assert got[["place_a", "place_b"]].to_numpy().tolist() == [["a", "b"], ["b", "c"], ["c", "d"]]
    assert got["km"].tolist() == pytest.approx([10.0, 10.0, 5.0], rel=1e-9)
    turned = shared_borders(shapes.iloc[::-1], list("edcba"), crs=PLANE)
    pd.testing.assert_frame_equal(got, turned)


def test_slivers_gaps_and_parts() -> None:
    """An overlap of 1 m is the border of 10 km (and a metre); a gap of 1 m is none; an exclave has a border too."""
    shapes = squares(a=(0, 0), b=(9.999, 0), c=(20, 0))
    got = shared_borders(shapes, list("abc"), crs=PLANE)
    assert got is not None and got[["place_a", "place_b"]].to_numpy().tolist() == [["a", "b"]]
    assert got["km"].iloc[0] == pytest.approx(10.001, rel=1e-9)
    shapes.loc["a", "geometry"] = MultiPolygon([shapes.loc["a", "geometry"], box(530e3, 5e6, 540e3, 5.01e6)])
    both = shared_borders(shapes, list("abc"), crs=PLANE)
    assert both is not None and len(both) == 2


def test_unknown_polygons_and_doubles() -> None:
    shapes = squares(a=(0, 0), b=(10, 0))
    assert shared_borders(shapes, ["a", "b", "z"], crs=PLANE) is None
    with pytest.raises(InputError, match="several polygons of a"):
        shared_borders(pd.concat([shapes, shapes.iloc[:1]]), ["a", "b"], crs=PLANE)
    empty = shared_borders(shapes, [], crs=PLANE)
    assert empty is not None and empty.empty


def test_shipped_cities(examples) -> None:
    """By the map: Shanghai borders Suzhou and Jiaxing on land; Nanjing borders Chuzhou and Ma'anshan."""
    workspace = Workspace(examples / "yangtze-delta")
    shapes, cities = workspace.geometry(), workspace.cluster().select("city").index
    assert shapes is not None
    got = shared_borders(shapes, list(cities), crs="EPSG:4549")
    assert got is not None
    pairs = set(zip(got["place_a"], got["place_b"], strict=True))
    assert {("310100", "320500"), ("310100", "330400"), ("320100", "341100"), ("320100", "340500")} <= pairs
    assert ("310100", "320100") not in pairs and ("320100", "330100") not in pairs
    zhoushan = got[got["place_a"].eq("330900") | got["place_b"].eq("330900")]
    assert zhoushan["km"].sum() < 5.0  # islands: no city but Shanghai touches them, on the islands of Yangshan


def _by_geometry(shapes: gpd.GeoDataFrame) -> dict[tuple[str, str], float]:
    """Every pair by intersection, without any sorting of segments."""
    out = {}
    for (a, one), (b, two) in combinations(shapes.geometry.items(), 2):
        both = one.intersection(two)
        km = both.length / 1000.0 / (2.0 if both.area > 0 else 1.0)
        if km > 0:
            out[str(a), str(b)] = km
    return out


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("sloppy", ["clean", "simplified", "grown", "nested", "cut"])
def test_sorted_segments_equal_geometry(seed: int, sloppy: str) -> None:
    """Cells that fit, and cells with gaps, overlaps, one inside of others, and vertices that only one side has."""
    rng = np.random.default_rng(seed)
    points = MultiPoint(rng.uniform(0, 1e5, (40, 2)))
    cells = [c for c in shapely.get_parts(shapely.voronoi_polygons(points)) if c.area > 1e4]
    cells = [shapely.intersection(c, box(0, 0, 1e5, 1e5)) for c in cells]
    if sloppy == "simplified":
        cells = [shapely.simplify(shapely.segmentize(c, 3e3), rng.uniform(0, 2e3)) for c in cells]
    elif sloppy == "grown":
        cells = [shapely.buffer(c, float(rng.choice([0, 0, 500])), join_style="mitre") for c in cells]
    elif sloppy == "nested":
        cells += [shapely.buffer(shapely.centroid(c), 1e3) for c in cells[:5]]
    elif sloppy == "cut":
        cells = [shapely.segmentize(c, 5e3) if rng.uniform() < 0.5 else c for c in cells]
    shapes = gpd.GeoDataFrame(geometry=cells, crs="EPSG:32632", index=[f"{k:03}" for k in range(len(cells))])
    found = shared_borders(shapes, list(shapes.index), crs="EPSG:32632")
    assert found is not None
    got = {(r.place_a, r.place_b): r.km for r in found.itertuples()}
    want = _by_geometry(shapes)
    # points that sum and intersection round to both sides of a line are no border: 1 mm
    assert {k for k, v in got.items() if v > 1e-6} == {k for k, v in want.items() if v > 1e-6}
    assert all(got[k] == pytest.approx(v, abs=1e-6) for k, v in want.items() if v > 1e-6)
