"""What lies between two places: banks, open water, ranges, on geometry with known answers."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from megaregion.data.cluster import units
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.between import at_centroids, banks, control_rows, rise_between, same_bank, water_between

DEGREE_KM = 6371.0 * np.pi / 180.0


def points(*at: tuple[float, float]) -> pd.DataFrame:
    return pd.DataFrame(at, columns=["lon", "lat"], index=list("abcdefgh"[: len(at)]))


def test_banks_of_a_bending_river() -> None:
    """lat = sin(lon): a point lies above it or below, however often straight lines cross the bends."""
    x = np.linspace(-20, 20, 4001)
    river = shapely.LineString(np.column_stack([x, np.sin(x)]))
    rng = np.random.default_rng(1)
    at = np.column_stack([rng.uniform(-15, 15, 60), rng.uniform(-2, 2, 60)])
    places = pd.DataFrame(at, columns=["lon", "lat"])
    above = at[:, 1] > np.sin(at[:, 0])
    np.testing.assert_array_equal(banks(places, river) == 1, above == above[0])
    turned = banks(places.iloc[::-1], river)
    np.testing.assert_array_equal(turned == turned.loc[0], above[::-1] == above[0])


def test_a_river_that_ends_between_places_parts_nothing() -> None:
    places = points((0, 1), (0, -1), (10, 0))
    with pytest.raises(InputError, match="1 of 3 pairs disagree"):
        banks(places, shapely.LineString([(-5, 0), (5, 0)]))
    with pytest.raises(InputError, match="on the line of the river: c"):
        banks(places, shapely.LineString([(-5, 0), (20, 0)]))
    with pytest.raises(MissingDataError, match="no point: b"):
        banks(points((0, 1), (np.nan, 0)), shapely.LineString([(-5, 0), (5, 0)]))


def test_residents_of_both_banks_by_hand() -> None:
    """A: 3 of 4 people north, B: all north: 0.75; two of A: 0.75² + 0.25² = 0.625."""
    river = shapely.LineString([(-5, 0), (5, 0)])
    parts = points((0, 1), (0, -1), (1, 1))
    within = pd.Series(["A", "A", "B"], parts.index)
    got = same_bank(parts, river, people=pd.Series([3.0, 1.0, 9.0], parts.index), within=within)
    pd.testing.assert_frame_equal(got, pd.DataFrame([[0.625, 0.75], [0.75, 1.0]], list("AB"), list("AB")),
                                  check_names=False)  # fmt: skip
    whole = same_bank(parts, river)
    np.testing.assert_array_equal(whole, [[1, 0, 1], [0, 1, 0], [1, 0, 1]])
    with pytest.raises(InputError, match="within"):
        same_bank(parts, river, people=pd.Series(1.0, parts.index))
    with pytest.raises(MissingDataError, match="in every place"):
        same_bank(parts, river, people=pd.Series([3.0, 1.0, 0.0], parts.index), within=within)


def test_kilometers_of_water_on_the_equator() -> None:
    """A strait one degree wide is 111.19 km of the equator; a lake that the way does not meet is none."""
    places = points((0, 0), (4, 0), (1.2, 0), (1.2, 0))
    water = [shapely.box(1, -1, 2, 1), shapely.box(0, 3, 4, 5)]
    km = water_between(places, water, step_km=0.5)
    assert km.loc["a", "b"] == pytest.approx(DEGREE_KM, abs=0.5)
    assert km.loc["a", "c"] == pytest.approx(0.2 * DEGREE_KM, abs=0.5)
    assert km.loc["c", "d"] == 0 and (km.to_numpy() == km.to_numpy().T).all()
    moved = water_between(points((180, 0), (-179, 0)), [shapely.box(179, -1, 180, 1)])  # over the date line, not round
    assert moved.loc["a", "b"] == pytest.approx(0, abs=1)
    for wrong, step in (([], 1.0), (water, 0.0)):
        with pytest.raises(InputError):
            water_between(places, wrong, step_km=step)


def test_rise_over_a_ridge() -> None:
    """Ends of 100 and 300 m, a ridge of 800 m between: 500 m above the higher one; along the ridge none."""
    axis = np.arange(0, 4.01, 0.1).round(1)
    height = pd.DataFrame(100.0, axis, axis)
    height.loc[:, 2.0], height.loc[:, 3.0:] = 800.0, 300.0
    height.loc[4.0, 0.0] = np.nan  # sea
    places = points((0.5, 1.0), (3.5, 1.0), (2.0, 0.5), (2.0, 3.5), (0.6, 1.0))
    rise = rise_between(places, height)
    assert rise.loc["a", "b"] == 500 and rise.loc["c", "d"] == 0 and rise.loc["a", "e"] == 0 and rise.loc["a", "c"] == 0
    pd.testing.assert_frame_equal(rise, rise_between(places, height.iloc[::-1, ::-1]))  # the order of the grid is none
    with pytest.raises(InputError, match="does not cover"):
        rise_between(points((0, 0), (9, 0)), height)
    with pytest.raises(InputError, match="evenly"):
        rise_between(places, height.drop(index=[1.0]))


def test_rows_for_the_command() -> None:
    table = pd.DataFrame([[1.0, 2.0, 0.0], [2.0, 1.0, 3.0], [0.0, 3.0, 1.0]], list("abc"), list("abc"))
    rows = control_rows(table)
    assert rows.to_numpy().tolist() == [["a", "b", 2.0], ["b", "c", 3.0]]
    with pytest.raises(InputError, match="both directions"):
        control_rows(table.assign(a=[1.0, 5.0, 0.0]))


def test_units_at_the_centroids_of_their_polygons() -> None:
    """An L of three squares has its centroid at 5/6 of a side; a place without a polygon is named."""
    cluster = Workspace(example_folder("yangtze-delta")).cluster()
    own = units(cluster).index
    ell = shapely.box(118.0, 30.0, 118.02, 30.01).union(shapely.box(118.0, 30.01, 118.01, 30.02))
    shapes = gpd.GeoDataFrame(geometry=[ell] * len(own), index=own, crs=4326)
    moved = at_centroids(cluster, shapes).places
    np.testing.assert_allclose(
        moved.loc[own, ["lon", "lat"]], [[118 + 0.01 * 5 / 6, 30 + 0.01 * 5 / 6]] * len(own), atol=1e-5
    )
    rest = moved.index.difference(own)
    pd.testing.assert_frame_equal(moved.loc[rest], cluster.places.loc[rest])
    for lacking in (None, shapes.iloc[1:]):
        with pytest.raises(MissingDataError, match=str(own[0])):
            at_centroids(cluster, lacking)
