"""Network design by labels: Braess' shortcut is not built, a second road is, and the published instances."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from megaregion.data.roads import Roads, RoadUnits, read_roads
from megaregion.data.trips import Trips, read_trips
from megaregion.errors import AlignmentError, InfeasibleError, InputError
from megaregion.links.hard.assignment import assign
from megaregion.links.hard.assignment_options import AssignmentOptions
from megaregion.plan.road_design import DesignOptions, design, write_design

FREE = {"up": 1e-8, "low": 50.0, "high": 50.0, "down": 1e-8, "across": 10.0, "second": 30.0}
B = {"up": 1e9, "low": 0.02, "high": 0.02, "down": 1e9, "across": 0.1, "second": 0.1}
ENDS = {"up": "wn", "low": "ws", "high": "ne", "down": "se", "across": "ns", "second": "we"}


@pytest.fixture
def roads() -> Roads:
    """Braess (1968) with two candidates: the shortcut, and a road of 30 + 3x straight from west to east."""
    ends = {end: {k: v[i] for k, v in ENDS.items()} for i, end in enumerate(("from_node", "to_node"))}
    links = pd.DataFrame({**ends, "free_time": FREE, "b": B}).assign(capacity=1.0, power=1.0)
    links["build_cost"] = [0.0, 0, 0, 0, 1, 4]
    nodes = pd.DataFrame({"zone_id": ["West", "East", None, None], "no_through": False, "x": [0.0, 2, 1, 1],
                          "y": [0.0, 0, 1, -1]}, index=list("wens"))  # fmt: skip
    return Roads(links=links, nodes=nodes, units=RoadUnits(time="min", flow="veh/h"), name="Braess")


@pytest.fixture
def six() -> Trips:
    return Trips(
        zones=pd.Index(["East", "West"]), origin=np.array([1]), destination=np.array([0]), value=np.array([6.0])
    )


def test_the_shortcut_is_left_until_the_second_road_is_built(roads: Roads, six: Trips) -> None:
    """For 1 nothing is better than the 498 of today, though the shortcut could be had. For 4 all six take the second
    road, 6 x 48 = 288. For 5 both: a ways through the shortcut at 10 + 21a = 30 + 3 (6 - a), a = 38 / 24, 6 x 43.25.
    """
    found = design(roads, six, [1.0, 4.0, 5.0])
    frame = found.to_frame()
    assert frame["links"].tolist() == ["", "second", "across;second"]
    assert frame["status"].tolist() == ["proven optimal"] * 3
    np.testing.assert_allclose(frame["total_cost"], [498, 288, 259.5], rtol=1e-7)
    facts = found.facts()
    assert facts["nothing_built"] == pytest.approx(498, rel=1e-7)
    assert "build second for 4" in facts["budget 4"] and "build nothing" in facts["budget 1"]
    assert frame.columns.tolist() == [c.name for c in found.describe()]
    assert {c.name: c.unit for c in found.describe()}["total_cost"] == "veh/h x min"
    assert found.parameters()["candidates"] == ["across", "second"]


def test_links_tell_what_is_built_and_carry_the_flow_of_the_design(roads: Roads, six: Trips) -> None:
    links = design(roads, six, [1.0, 4.0]).links()
    assert links["decision"].tolist() == [*["stands"] * 4, "leave", "leave", *["stands"] * 4, "leave", "build"]
    first = links[links["budget"] == 1.0].set_index("link_id")["flow"]
    np.testing.assert_allclose(first, [3, 3, 3, 3, 0, 0], atol=1e-4)


def test_shares_are_of_the_cost_of_all_candidates(roads: Roads, six: Trips) -> None:
    assert design(roads, six, [0.2, 1.0], DesignOptions(share=True)).to_frame()["budget"].tolist() == [1.0, 5.0]


def test_the_total_is_that_of_an_assignment_of_the_design(roads: Roads, six: Trips) -> None:
    found = design(roads, six, [4.0], DesignOptions(threads=2))
    kept = roads.links.drop(index="across")
    alone = assign(roads.replace(links=kept), six, AssignmentOptions(gap=1e-12))
    assert found.to_frame()["total_cost"].item() == pytest.approx(alone.facts()["total_time"], rel=1e-8)


def test_the_order_of_tables_changes_no_label(roads: Roads, six: Trips) -> None:
    turned = roads.replace(links=roads.links.iloc[::-1], nodes=roads.nodes.iloc[::-1])
    one, other = (design(r, six, [1.0, 5.0]).to_frame() for r in (roads, turned))
    assert [set(t.split(";")) for t in one["links"]] == [set(t.split(";")) for t in other["links"]]
    np.testing.assert_allclose(one["total_cost"], other["total_cost"], rtol=1e-7)


def test_what_is_refused(roads: Roads, six: Trips) -> None:
    stands = roads.replace(links=roads.links.drop(columns="build_cost"))
    with pytest.raises(InputError, match="nothing to decide"):
        design(stands, six, [1.0])
    for budgets, options in (([], DesignOptions()), ([-1.0], DesignOptions()), ([1.5], DesignOptions(share=True))):
        with pytest.raises(InputError, match="budgets must be"):
            design(roads, six, budgets, options)
    shut = roads.replace(links=roads.links.assign(capacity=[1.0, 1, 1, 1, 0, 1]))
    with pytest.raises(InputError, match="candidates without capacity: across"):
        design(shut, six, [1.0])
    lost = Trips(
        zones=pd.Index(["North", "West"]), origin=np.array([1]), destination=np.array([0]), value=np.array([1.0])
    )
    with pytest.raises(AlignmentError, match="North"):
        design(roads, lost, [1.0])
    back = Trips(
        zones=pd.Index(["East", "West"]), origin=np.array([0]), destination=np.array([1]), value=np.array([1.0])
    )
    with pytest.raises(InfeasibleError, match="East -> West"):
        design(roads, back, [1.0])


def test_files(roads: Roads, six: Trips, tmp_path: Path) -> None:
    found = design(roads, six, [1.0, 5.0])
    names = [p.name for p in write_design(tmp_path / "a", found)]
    assert names == ["designs.csv", "links.csv", "summary.json", "design.gpkg"]
    layer = gpd.read_file(tmp_path / "a" / "design.gpkg", layer="design_2").set_index("link_id")
    assert layer.loc["second", "decision"] == "build"
    assert layer.loc["second", "geometry"].wkt == "LINESTRING (0 0, 2 0)"
    write_design(tmp_path / "b", design(roads, six, [1.0, 5.0], DesignOptions(threads=2)))
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_a_published_instance_from_files(shared_data: Path) -> None:
    """Rey's 10_1 at half of the cost: enumerated optimum 5678.135 thousand; the links by the number of their rows."""
    folder = shared_data / "reference" / "network-design"
    roads = read_roads(folder / "SF_DNDP_10_1.txt")
    trips = read_trips(folder / "SiouxFalls_TNTP" / "SiouxFalls_trips.txt")
    found = design(roads, trips, [0.5], DesignOptions(share=True))
    row = found.to_frame().iloc[0]
    assert row["status"] == "proven optimal" and row["cost"] <= row["budget"]
    assert row["total_cost"] == pytest.approx(5678135, abs=1)
    assert set(row["links"].split(";")) <= {str(i) for i in range(77, 87)}
