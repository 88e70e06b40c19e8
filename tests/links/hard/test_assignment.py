"""Assignment by labels: Braess by hand, the published equilibria, classes, bad input, and what travels with it."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from megaregion.data.roads import Roads, read_roads
from megaregion.data.trips import Trips, read_trips
from megaregion.errors import AlignmentError, ConvergenceError, InputError
from megaregion.links.hard.assignment import assign
from megaregion.links.hard.assignment_options import AssignmentOptions, TravelClass, TripResponse

TIGHT = AssignmentOptions(gap=1e-13)


def without(roads: Roads) -> Roads:
    """Braess' network before the shortcut."""
    return roads.replace(links=roads.links.drop(index="across"))


def trips(value: float = 6.0) -> Trips:
    """From West to East; rows in another order than the network's."""
    zones = pd.Index(["East", "West"])
    return Trips(zones=zones, origin=np.array([1]), destination=np.array([0]), value=np.array([value]), name="six")


def flows(result: Any) -> dict[str, float]:
    return result.to_frame().set_index("link_id")["flow"].to_dict()


def test_braess_by_hand(braess: Roads) -> None:
    """83 each without the shortcut, 92 with it; flows 4, 2, 2, 4, 2; the total is six times the cost."""
    plain, with_it = (assign(roads, trips(), TIGHT) for roads in (without(braess), braess))
    assert plain.facts()["total_time"] == pytest.approx(498, rel=1e-9)
    assert with_it.facts()["total_time"] == pytest.approx(552, rel=1e-9)
    assert flows(with_it) == pytest.approx({"up": 4, "low": 2, "high": 2, "down": 4, "across": 2}, rel=1e-6)
    skim = with_it.skims()["all"]
    assert skim.loc["West", "East"] == pytest.approx(92, rel=1e-9) and skim.loc["West", "West"] == 0
    assert skim.loc["East", "West"] == np.inf


def test_the_frame_has_what_its_columns_say(braess: Roads) -> None:
    found = assign(braess, trips(), TIGHT)
    frame = found.to_frame()
    assert frame.columns.tolist() == [c.name for c in found.describe()]
    assert {c.name: c.unit for c in found.describe()}["time"] == "min"
    row = frame.set_index("link_id").loc["low"]
    assert (row["from_node"], row["to_node"], row["free_time"]) == ("West", "s", 50.0)
    assert row["time"] == pytest.approx(52, rel=1e-6) and row["volume_over_capacity"] == pytest.approx(2, rel=1e-6)
    assert found.facts()["total_time_unit"] == "veh/h x min" and found.facts()["links_above_capacity"] == 5
    assert any("5 links carry more than their capacity" in text for text in found.warnings)
    table = found.convergence()
    assert table.columns.tolist() == ["iteration", "phase", "relative_gap", "beckmann"]
    assert table["relative_gap"].iloc[-1] == found.facts()["relative_gap"] <= 1e-13


def test_weights_are_costs_but_not_time(braess: Roads) -> None:
    """A toll of 13 on the shortcut closes it: 92 + 13 > 83 + ..., nobody crosses, and time falls to 83 each."""
    roads = braess
    roads = roads.replace(links=roads.links.assign(toll=[0.0, 0, 0, 0, 2.6]))
    found = assign(roads, trips(), AssignmentOptions(gap=1e-13, toll_weight=5.0))
    assert flows(found)["across"] == pytest.approx(0, abs=1e-6)
    assert found.facts()["total_time"] == pytest.approx(498, rel=1e-8)
    far = assign(roads, trips(), AssignmentOptions(gap=1e-13, distance_weight=1.5))
    frame = far.to_frame()
    np.testing.assert_allclose(frame["cost"] - frame["time"], 3.0, rtol=1e-12)


def test_classes_keep_their_restrictions_and_share_the_road(braess: Roads) -> None:
    """Trucks (2 units each) may not cross; both classes together load the links."""
    roads = braess
    roads = roads.replace(links=roads.links.assign(allowed_uses=["", "", "", "", "car"]))
    car, truck = (
        TravelClass(name="car", trips=trips(4), use="car"),
        TravelClass(name="truck", trips=trips(1), pce=2, use="truck"),
    )
    found = assign(roads, [car, truck], TIGHT)
    frame = found.to_frame().set_index("link_id")
    assert frame.loc["across", "flow_truck"] == 0
    np.testing.assert_allclose(frame["flow"], frame["flow_car"] + frame["flow_truck"], rtol=1e-12)
    assert frame.loc[["up", "low"], "flow"].sum() == pytest.approx(6, rel=1e-12)
    assert sorted(found.skims()) == ["car", "truck"]
    assert [c.name for c in found.describe()] == list(found.to_frame().columns)


def test_system_optimum_is_reported_as_one(braess: Roads) -> None:
    """Without and with the shortcut the optimum is 3 + 3 round: 498."""
    found = assign(braess, trips(), AssignmentOptions(gap=1e-12, system_optimum=True))
    assert found.facts()["total_time"] == pytest.approx(498, rel=1e-8)
    np.testing.assert_allclose(found.to_frame()["time"], [30, 53, 53, 30, 10], rtol=1e-5)
    assert any("system optimum" in text for text in found.warnings)
    assert found.to_frame().columns.tolist() == [c.name for c in found.describe()]


def test_the_optimal_tolls_make_the_optimum_an_equilibrium(braess: Roads) -> None:
    """Flow x slope: 3 x 10 and 3 x 1; charged, 3 + 3 travel round and nobody crosses (Pigou 1920)."""
    optimum = assign(braess, trips(), AssignmentOptions(gap=1e-12, system_optimum=True)).to_frame()
    np.testing.assert_allclose(optimum["optimal_toll"], [30, 3, 3, 30, 0], rtol=1e-5)
    tolled = braess.replace(links=braess.links.assign(toll=optimum["optimal_toll"].to_numpy()))
    found = assign(tolled, trips(), AssignmentOptions(gap=1e-12, toll_weight=1.0))
    np.testing.assert_allclose(found.to_frame()["flow"], optimum["flow"], atol=1e-4)
    assert found.facts()["total_time"] == pytest.approx(498, rel=1e-6)


def test_skims_of_time_and_length_are_means_along_used_ways(braess: Roads) -> None:
    """4 + 2 + 2 + 4 + 2 link passages of length 2 for six trips; the way back does not exist."""
    found = assign(braess, trips(), AssignmentOptions(gap=1e-13, distance_weight=0.1))
    frame = found.to_frame()
    length = found.skims("length")["all"]
    assert length.loc["West", "East"] == pytest.approx(2 * frame["flow"].sum() / 6, rel=1e-9)
    assert found.skims("time")["all"].loc["West", "East"] == pytest.approx(found.facts()["total_time"] / 6, rel=1e-9)
    assert length.loc["East", "West"] == np.inf and length.loc["West", "West"] == 0
    bare = assign(braess.replace(links=braess.links.drop(columns="length")), trips(), TIGHT)
    with pytest.raises(InputError, match="no column length"):
        bare.skims("length")


def test_a_warm_start_finds_the_same(braess: Roads) -> None:
    first = assign(braess, trips(), TIGHT)
    roads = braess
    wider = roads.replace(links=roads.links.assign(capacity=[1.0, 1, 1, 1, 2]))
    warm, cold = assign(wider, trips(), TIGHT, start=first), assign(wider, trips(), TIGHT)
    np.testing.assert_allclose(warm.to_frame()["flow"], cold.to_frame()["flow"], rtol=1e-6)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(5)), st.permutations(range(4)))
def test_the_order_of_tables_changes_no_labelled_number(
    braess: Roads, link_order: list[int], node_order: list[int]
) -> None:
    roads = braess
    turned = roads.replace(links=roads.links.iloc[link_order], nodes=roads.nodes.iloc[node_order])
    assert flows(assign(turned, trips(), TIGHT)) == pytest.approx(flows(assign(roads, trips(), TIGHT)), rel=1e-6)


def test_trips_that_cannot_be_made_name_their_zones(braess: Roads) -> None:
    back = Trips(zones=pd.Index(["East", "West"]), origin=np.array([0, 1]), destination=np.array([1, 0]),
                 value=np.array([1.0, 6.0]))  # fmt: skip
    with pytest.raises(InputError, match="East -> West") as error:
        assign(braess, back)
    assert "counted from 0" not in str(error.value)
    left = assign(braess, back, AssignmentOptions(gap=1e-12, unreachable="leave"))
    assert left.facts()["without_a_way"] == [{"class": "all", "origin": "East", "destination": "West", "trips": 1.0}]
    assert any("1 trips of 1 pairs have no way" in text for text in left.warnings)


@pytest.mark.parametrize("form", ["exponential", "linear"])
def test_trips_answer_to_cost(form: str) -> None:
    """One road of 10 (1 + .15 (x / c) ** 4): 100 trips at c = 100 and 11.5 minutes, more when c is doubled."""
    links = pd.DataFrame({"from_node": "a", "to_node": "b", "free_time": 10.0}, index=["road"])
    links = links.assign(capacity=100.0, b=0.15, power=4.0)
    nodes = pd.DataFrame({"zone_id": ["a", "b"], "no_through": False}, index=["a", "b"])
    roads = Roads(links=links, nodes=nodes)
    hundred = Trips(
        zones=pd.Index(["b", "a"]), origin=np.array([1]), destination=np.array([0]), value=np.array([100.0])
    )
    base = assign(roads, hundred)
    response = TripResponse(reference=base.skims(), sensitivity=0.2, form=form)  # type: ignore[arg-type]
    same = assign(roads, hundred, TIGHT, response=response)
    assert same.facts()["demand_travelling"] == pytest.approx(100, rel=1e-9)
    wide = assign(roads.replace(links=links.assign(capacity=200.0)), hundred, TIGHT, response=response)

    def surplus(x: float) -> float:
        rise = 0.2 * (10 * (1 + 0.15 * (x / 200) ** 4) - 11.5)
        return x - 100 * (np.exp(-rise) if form == "exponential" else 1 - rise)

    assert wide.facts()["demand_travelling"] == pytest.approx(brentq(surplus, 100, 200, xtol=1e-12), rel=1e-8)
    assert wide.facts()["demand"] == 100.0
    with pytest.raises(InputError, match="all lacks 1 zones: c"):
        other = roads.replace(nodes=nodes.assign(zone_id=["a", "c"]).set_axis(["a", "b"]))
        assign(other, Trips(zones=pd.Index(["a"]), origin=np.zeros(0, int), destination=np.zeros(0, int),
                            value=np.zeros(0)), response=response)  # fmt: skip


def test_bad_input(braess: Roads) -> None:
    lost = Trips(zones=pd.Index(["North", "West"]), origin=np.array([1]), destination=np.array([0]),
                 value=np.array([1.0]))  # fmt: skip
    with pytest.raises(AlignmentError, match="not in the network: North"):
        assign(braess, lost)
    roads = braess
    with pytest.raises(InputError, match="no column toll"):
        assign(roads.replace(links=roads.links.drop(columns="toll")), trips(), AssignmentOptions(toll_weight=1.0))
    with pytest.raises(InputError, match="no class"):
        assign(roads, [])
    with pytest.raises(InputError, match="names of their own"):
        assign(roads, [TravelClass(name="a", trips=trips()), TravelClass(name="a", trips=trips())])


def test_a_link_without_capacity_is_closed_and_said_to_be(braess: Roads) -> None:
    shut = braess.replace(links=braess.links.assign(capacity=[1.0, 1, 1, 1, 0]))
    found = assign(shut, trips(), TIGHT)
    assert found.facts()["total_time"] == pytest.approx(498, rel=1e-8)
    assert "1 links have no capacity and carry nothing" in found.warnings
    assert np.isnan(found.to_frame()["volume_over_capacity"].iloc[-1])


def test_no_demand_and_one_zone(braess: Roads) -> None:
    nothing = Trips(zones=pd.Index(["West"]), origin=np.array([0]), destination=np.array([0]), value=np.array([7.0]))
    found = assign(braess, nothing)
    assert found.to_frame()["flow"].tolist() == [0.0] * 5
    assert found.facts()["inside_zones"] == 7.0 and any("7 trips inside zones" in text for text in found.warnings)


def test_a_search_that_ends_early_keeps_its_last_flows(shared_data: Path) -> None:
    folder = shared_data / "reference" / "assignment" / "SiouxFalls"
    roads = read_roads(folder / "SiouxFalls_net.tntp")
    table = read_trips(folder / "SiouxFalls_trips.tntp", zones=roads.zones)

    def listen(iteration: int, gap: float) -> None:
        if iteration == 2:
            raise StopIteration

    with pytest.raises(ConvergenceError, match="stopped after 2 iterations") as error:
        assign(roads, table, listen=listen)
    last = error.value.last
    assert last.facts()["iterations"] == 2 and 1e-8 < last.facts()["relative_gap"] < 1  # type: ignore[attr-defined]
    assert any("not at equilibrium" in text for text in last.warnings)  # type: ignore[attr-defined]
    with pytest.raises(ConvergenceError, match="after 1 iterations"):
        assign(roads, table, AssignmentOptions(iterations=1))


@pytest.mark.parametrize(
    ("folder", "stem", "end", "weights", "beckmann", "total"),
    [
        ("SiouxFalls", "SiouxFalls", "tntp", (0.0, 0.0), 4231335.287107, 7480225.344921),
        ("Anaheim", "Anaheim", "tntp", (0.0, 0.0), 1286032.171096, 1419913.851059),
        ("Chicago-Sketch", "ChicagoSketch", "tntp.gz", (0.02, 0.04), 17313018.738748, 18935450.261583),
    ],
)
def test_published_equilibria_from_files_to_table(
    shared_data: Path, folder: str, stem: str, end: str, weights: tuple[float, float], beckmann: float, total: float
) -> None:
    """Beckmann within its excess cost, total cost within sqrt of the gap times a small factor."""
    place = shared_data / "reference" / "assignment" / folder
    roads = read_roads(place / f"{stem}_net.{end}")
    found = assign(roads, read_trips(place / f"{stem}_trips.{end}"),
                   AssignmentOptions(toll_weight=weights[0], distance_weight=weights[1], gap=1e-10))  # fmt: skip
    facts = found.facts()
    assert facts["beckmann"] == pytest.approx(beckmann, rel=1e-9)
    assert facts["total_cost"] == pytest.approx(total, rel=1e-6)
    frame = found.to_frame()
    assert facts["total_cost"] == pytest.approx((frame["flow"] * frame["cost"]).sum(), rel=1e-12)
