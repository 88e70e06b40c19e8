"""Crosswalks from two maps: squares by hand, points, small units, a fine grid by brute force, tobler where it is."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.affinity import rotate
from shapely.geometry import Point, box

from megaregion.data.areal import areal_crosswalk
from megaregion.data.crosswalk import crosswalk
from megaregion.errors import InputError

CRS = "EPSG:6933"


def shapes(**cells) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(cells.values()), index=list(cells), crs=CRS)


OLD = shapes(a=box(0, 0, 4000, 1000), b=box(4000, 0, 6000, 1000))
NEW = shapes(a=box(0, 0, 3000, 1000), b=box(3000, 0, 6000, 1000))


def table(found) -> dict:
    frame = found.to_frame()
    return {(r["from_id"], r["to_id"]): (r["share_area"], r["share_population"]) for _, r in frame.iterrows()}


def test_shares_of_squares_by_hand() -> None:
    found = areal_crosswalk(OLD, NEW, year=2010, crs=CRS)
    got = table(found)
    assert {k: v[0] for k, v in got.items()} == pytest.approx({("a", "a"): 0.75, ("a", "b"): 0.25, ("b", "b"): 1.0})
    assert np.isnan([v[1] for v in got.values()]).all()
    rows = found.crosswalk()
    assert crosswalk(rows, by="area").table["share"].tolist() == pytest.approx([0.75, 0.25, 1.0])


def test_people_are_where_their_small_units_are() -> None:
    """90 of the 100 people of a live in the quarter that changes hands."""
    squares = [box(0, 0, 3000, 1000), box(3000, 0, 4000, 1000), box(4000, 0, 6000, 1000)]
    blocks = gpd.GeoDataFrame({"weight": [10.0, 90.0, 40.0]}, crs=CRS, geometry=squares)
    got = table(areal_crosswalk(OLD, NEW, year=2010, crs=CRS, weights=blocks))
    assert got["a", "b"] == pytest.approx((0.25, 0.9))
    points = gpd.GeoDataFrame({"weight": [10.0, 90.0, 40.0]}, crs=CRS,
                              geometry=[Point(500, 500), Point(3500, 500), Point(5000, 500)])  # fmt: skip
    again = table(areal_crosswalk(OLD, NEW, year=2010, crs=CRS, weights=points))
    assert again["a", "b"] == pytest.approx((0.25, 0.9))


def test_a_block_across_the_new_border_is_split_by_its_area() -> None:
    block = gpd.GeoDataFrame({"weight": [60.0]}, geometry=[box(2000, 0, 5000, 1000)], crs=CRS)
    got = table(areal_crosswalk(OLD, NEW, year=2010, crs=CRS, weights=block))
    assert got["a", "b"][1] == pytest.approx(0.5)  # 20 and 20 of the 40 people in a


def test_units_that_nothing_changed_need_no_row() -> None:
    old = shapes(a=box(0, 0, 1, 1), b=box(1, 0, 2, 1), c=box(2, 0, 3, 1))
    new = shapes(a=box(0, 0, 1, 1), d=box(1, 0, 3, 1))
    rows = areal_crosswalk(old, new, year=2010, crs=CRS).crosswalk()
    assert rows[["from_id", "to_id"]].to_numpy().tolist() == [["b", "d"], ["c", "d"]]


def test_shares_are_those_of_a_fine_grid() -> None:
    """Brute force: 90,000 points count the area of tilted units; the error of counting along borders is below 1 %."""
    old = shapes(a=rotate(box(0, 0, 50, 100), 7, origin=(50, 50)), b=rotate(box(50, 0, 100, 100), 7, origin=(50, 50)))
    new = shapes(x=box(-50, -50, 150, 40), y=box(-50, 40, 150, 150))
    found = areal_crosswalk(old, new, year=2010, crs=CRS).to_frame()
    at = (np.arange(300) + 0.5) / 300 * 160 - 30
    grid = gpd.GeoSeries(gpd.points_from_xy(*(g.ravel() for g in np.meshgrid(at, at))), crs=CRS)
    for _, row in found.iterrows():
        inside = grid.within(old.geometry[row["from_id"]])
        both = inside & grid.within(new.geometry[row["to_id"]])
        assert row["share_area"] == pytest.approx(both.sum() / inside.sum(), abs=0.01)


def test_slivers_are_left_out_and_the_rest_sums_to_one() -> None:
    crooked = shapes(a=box(0, 0, 4001, 1000), b=box(4001, 0, 6000, 1000))
    got = table(areal_crosswalk(OLD, crooked, year=2010, crs=CRS))
    assert {k: v[0] for k, v in got.items()} == {("a", "a"): 1.0, ("b", "b"): 1.0}


def test_maps_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match=r"cover too little of 1 old ones: b \(50.0%\)"):
        areal_crosswalk(OLD, shapes(a=box(0, 0, 5000, 1000)), year=2010, crs=CRS)
    with pytest.raises(InputError, match="overlap in"):
        areal_crosswalk(OLD, shapes(x=box(0, 0, 6000, 1000), y=box(0, 0, 3000, 1000)), year=2010, crs=CRS)
    with pytest.raises(InputError, match="several polygons of a"):
        areal_crosswalk(gpd.GeoDataFrame(pd.concat([OLD, OLD]), crs=CRS), NEW, year=2010, crs=CRS)
    with pytest.raises(InputError, match="no coordinate reference system"):
        areal_crosswalk(OLD.set_crs(None, allow_override=True), NEW, year=2010, crs=CRS)
    for crs, said in (
        ("EPSG:4326", "not projected"),
        ("EPSG:3857", "does not keep areas"),
        ("EPSG:9", "expected a coord"),
    ):
        far = [m.to_crs("EPSG:4326").translate(0, 50).set_crs("EPSG:4326").to_frame("geometry") for m in (OLD, NEW)]
        with pytest.raises(InputError, match=said):
            areal_crosswalk(*far, year=2010, crs=crs)
    utm = areal_crosswalk(*(m.to_crs("EPSG:4326").translate(3).set_crs("EPSG:4326").to_frame("geometry")
                            for m in (OLD, NEW)), year=2010, crs="EPSG:32631")  # fmt: skip
    np.testing.assert_allclose(utm.to_frame()["share_area"], [0.75, 0.25, 1.0], atol=1e-3)  # a zone that fits will do
    nobody = gpd.GeoDataFrame({"weight": [1.0]}, geometry=[Point(5000, 500)], crs=CRS)
    with pytest.raises(InputError, match="no weight lies inside of a"):
        areal_crosswalk(OLD, NEW, year=2010, crs=CRS, weights=nobody)


def test_amounts_are_those_of_tobler() -> None:
    tobler = pytest.importorskip("tobler.area_weighted", reason="tobler is not installed: an independent check only")
    theirs = tobler.area_interpolate(OLD.assign(people=[400.0, 100.0]), NEW, extensive_variables=["people"])["people"]
    mine = areal_crosswalk(OLD, NEW, year=2010, crs=CRS).to_frame()
    people = mine["from_id"].map({"a": 400.0, "b": 100.0}) * mine["share_area"]
    np.testing.assert_allclose(people.groupby(mine["to_id"]).sum(), theirs, rtol=1e-9)
