import numpy as np
import pandas as pd
import pytest
import shapely

from megaregion.data.road_map import CLASSES, RoadMap, Ways, class_defaults, road_map
from megaregion.errors import InputError

STEP = 0.01  # degree; 1.11195 km on the equator


def ways(*chains: list[int], where: dict[int, tuple[float, float]], **columns: object) -> Ways:
    """Ways along numbered points; a point that `where` does not know is outside of the source."""
    points = [p for chain in chains for p in chain]
    at = np.array([where.get(p, (np.nan, np.nan)) for p in points], float) * STEP
    base = {"way_id": range(len(chains)), "road_class": "primary", "speed_kmh": 60.0, "oneway": False, "name": "",
            "ref": "", **columns}  # fmt: skip
    first = np.r_[0, np.cumsum([len(c) for c in chains])]
    return Ways(ways=pd.DataFrame(base), first=first, point=np.array(points, np.int64), lon=at[:, 0], lat=at[:, 1])


CROSS = {1: (0, 0), 2: (1, 0), 3: (2, 0), 4: (1, 1), 5: (1, -1), 6: (1, 2)}


def test_ways_are_cut_where_they_share_a_point() -> None:
    """1-2-3 crossed by 6-4-2-5: four edges, one of two steps; the corner in it is a point and no vertex."""
    got = road_map(ways([1, 2, 3], [6, 4, 2, 5], where=CROSS))
    assert sorted(got.edges["length_m"].round(1)) == pytest.approx([1111.9, 1111.9, 1111.9, 2223.9], abs=0.1)
    assert got.degree.tolist() == [1, 4, 1, 1, 1] and not got.vertices["clipped"].any()
    assert np.diff(got.first).tolist() == [2, 2, 3, 2]
    assert got.vertices["osm_id"].tolist() == [1, 2, 3, 5, 6]


def test_missing_points_clip_and_are_not_joined_over() -> None:
    """Points 2 and 5 are outside: 1 is left alone, 3-4 and 6-... stand with clipped ends towards the hole."""
    where = {1: (0, 0), 3: (2, 0), 4: (3, 0), 6: (5, 0), 7: (6, 0)}
    got = road_map(ways([1, 2, 3, 4, 5, 6, 7], where=where))
    assert got.vertices["osm_id"].tolist() == [3, 4, 6, 7]
    assert got.vertices["clipped"].tolist() == [True, True, True, False]
    assert len(got.edges) == 2 and got.edges["clipped"].all()
    with pytest.raises(InputError, match="no road with two known points"):
        road_map(ways([1, 2], where={1: (0, 0)}))


def test_only_ends_are_clipped_at_the_rim() -> None:
    rim = np.array([True, True, False, False, False, False, False])
    got = road_map(ways([1, 2, 3], [6, 4, 2, 5], where=CROSS), rim=rim)
    assert got.vertices.set_index("osm_id")["clipped"].to_dict() == {1: True, 2: False, 3: False, 5: False, 6: False}


def test_loops_parallels_and_closed_ways() -> None:
    square = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1)}
    got = road_map(ways([1, 2, 3, 4, 1], [1, 3], [1, 3], where=square))
    assert got.degree.tolist() == [4, 4] and len(got.edges) == 4  # the square in two halves, and two diagonals
    alone = road_map(ways([1, 2, 3, 1], where=square))
    assert alone.degree.tolist() == [2] and (alone.edges["tail"] == alone.edges["head"]).all()


def test_selection_numbers_anew() -> None:
    got = road_map(ways([1, 2, 3], [6, 4, 2, 5], where=CROSS, road_class=["primary", "tertiary"]))
    part = got.select((got.edges["road_class"] == "tertiary").to_numpy())
    assert isinstance(part, RoadMap) and len(part.edges) == 2
    assert part.vertices["osm_id"].tolist() == [2, 5, 6] and part.degree.tolist() == [2, 1, 1]
    assert shapely.length(part.lines().geometry.to_numpy()) == pytest.approx([2 * STEP, STEP])
    assert got.summary().set_index("road_class").loc["tertiary", "km"] == pytest.approx(3 * 1.11195, rel=1e-4)


def test_defaults_of_a_country_go_before_the_general_ones() -> None:
    general, china = class_defaults(), class_defaults("cn")
    assert list(general.index) == list(CLASSES) == list(china.index)
    assert china.loc["trunk", "speed_kmh"] != general.loc["trunk", "speed_kmh"]
    assert china.loc["residential"].equals(general.loc["residential"])
    assert general["source"].str.contains("assumption").all() and not general.isna().any(axis=None)
