"""Energy: IEEE 14 buses, a town on one line, islands, transfers in closed form, bad tables."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box
from tests.reference import ieee14

from megaregion.errors import InputError
from megaregion.links.hard.energy import energy, energy_of_cluster
from megaregion.links.hard.energy_inputs import EnergyOptions, read_energy


def three(**lines: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Equal reactances; a plant of 200 at A, one of 60 at B, 100 drawn at C."""
    buses = pd.DataFrame({"bus_id": list("ABC"), "place_id": ["a", "a", "c"], "demand_mw": [0.0, 0.0, 100.0],
                          "generation_mw": [200.0, 60.0, np.nan]})  # fmt: skip
    rows = {"line_id": ["ab", "bc", "ac"], "from_bus": list("ABA"), "to_bus": list("BCC"),
            "reactance_pu": [0.1, 0.1, 0.1], "capacity_mw": [np.nan, 80.0, 90.0]}  # fmt: skip
    return buses, pd.DataFrame({**rows, **lines})


def test_ieee_14_buses() -> None:
    """Angles and the first flow as an independent implementation prints them (degrees, MW)."""
    given = read_energy(ieee14.buses(), ieee14.lines(), EnergyOptions(dispatch="scheduled"))
    injected = np.array([219.0, 40.0, *[0.0] * 12]) - given.demand
    flow, angle = given.grid.flows(injected)
    assert np.degrees(angle[1:5]) == pytest.approx([-5.012011, -12.953663, -10.583667, -9.093894], abs=1e-6)
    found = energy(ieee14.buses(), ieee14.lines(), EnergyOptions(dispatch="scheduled"))
    table = found["energy_lines"].to_frame().set_index("line_id")
    assert table.loc["1-2", "flow_mw"] == pytest.approx(147.838596, abs=1e-6)
    assert table["flow_mw"].to_numpy() == pytest.approx(flow, abs=1e-9)
    assert table.index[table["bridge"]].tolist() == ["7-8"], "the condenser hangs on one transformer"
    assert found["energy_places"].facts()["demand_mw"] == pytest.approx(259.0)
    assert (found["energy_outages"].to_frame()["unserved_mw"] == 0).all(), "the case states no capacities"


def test_worst_flows_equal_solving_again() -> None:
    given = read_energy(ieee14.buses(), ieee14.lines(), EnergyOptions(dispatch="scheduled"))
    found = energy(ieee14.buses(), ieee14.lines(), EnergyOptions(dispatch="scheduled"))["energy_lines"].to_frame()
    injected = np.array([219.0, 40.0, *[0.0] * 12]) - given.demand
    after = np.zeros((20, 20))
    for k in np.flatnonzero(~found["bridge"]):
        after[np.arange(20) != k, k] = np.abs(given.grid.without(k).flows(injected)[0])
    assert found["worst_flow_mw"].to_numpy() == pytest.approx(after.max(axis=1), abs=1e-8)


def test_outages_of_the_triangle_by_hand() -> None:
    """Even use: A gives 200/2.6, B 60/2.6. Without ac all must pass bc (80): 20 are missing; without bc, ac (90): 10.
    Without A's plants 60 of 100 are left, without B's none is missing: ac and bc together hold 100."""
    found = energy(*three())
    places = found["energy_places"].to_frame().set_index("place_id")
    assert places.loc["a", "generation_mw"] == pytest.approx(100.0) and places["unserved_mw"].sum() == 0.0
    outages = found["energy_outages"].to_frame().set_index(["kind", "outage"])
    assert outages.loc[("line", "ac"), "unserved_mw"] == pytest.approx(20.0, abs=1e-4)
    assert outages.loc[("line", "bc"), "unserved_mw"] == pytest.approx(10.0, abs=1e-4)
    assert outages.loc[("line", "ab"), "unserved_mw"] == 0.0 and outages.loc[("line", "ab"), "overloaded"] == 0
    assert outages.loc[("generation", "A"), "unserved_mw"] == pytest.approx(40.0, abs=1e-4)
    assert outages.loc[("generation", "B"), "unserved_mw"] == pytest.approx(0.0, abs=1e-4)
    assert places.loc["c", "worst_outage"] == "A" and outages.loc[("line", "ac"), "overloaded"] == 1
    assert found["energy_outages"].to_frame()["outage"].iloc[0] == "A"


def test_hazards_take_buses_and_lines() -> None:
    """Over B: its plant and both lines are gone, C is served over ac up to 90. Over C: all 100 are lost."""
    buses, lines = three()
    buses = buses.assign(lon=[0.0, 1.0, 2.0], lat=[0.0, 5.0, 0.0])
    areas = gpd.GeoDataFrame(geometry=[box(0.9, 4.9, 1.1, 5.1), box(1.9, -0.1, 2.1, 0.1), box(50, 50, 51, 51)],
                             index=["at B", "at C", "nowhere"], crs="EPSG:4326")  # fmt: skip
    found = energy(buses, lines, hazards=areas)["energy_outages"].to_frame().query("kind == 'hazard'")
    got = found.set_index("outage")["unserved_mw"].to_dict()
    assert got == pytest.approx({"at C": 100.0, "at B": 10.0, "nowhere": 0.0}, abs=1e-4)
    with pytest.raises(InputError, match="buses without lon and lat: A, B, C"):
        energy(*three(), hazards=areas)


def test_transfers_in_closed_form() -> None:
    """From a to c the transfer enters by capacity: 10/13 at A, 3/13 at B; over ac run (2 10/13 + 3/13) / 3 = 23/39,
    over bc 16/39 of it, and the flow of the dispatch is 100 times that: room (90 - 2300/39) / (23/39), and without
    ac all of it on bc, where nothing is left of 80."""
    table = energy(*three())["energy_transfers"].to_frame()
    assert table[["from_place", "to_place"]].to_numpy().tolist() == [["a", "c"]]
    row = table.iloc[0]
    assert row["capability_mw"] == pytest.approx((90 - 2300 / 39) / (23 / 39), rel=1e-6) and row["limit"] == "ac"
    assert row["capability_n1_mw"] == 0.0 and row["outage_n1"] in ("ac", "bc")


def test_islands_are_named_and_sharing_reserves_gains() -> None:
    buses, lines = three()
    buses = pd.concat([buses, pd.DataFrame({"bus_id": ["D"], "demand_mw": [7.0]})], ignore_index=True)
    buses["peak_mw"] = [0.0, 0.0, 120.0, 9.0]
    found = energy(buses, lines)["energy_places"]
    assert any("1 islands have demand but no generation" in w and "D" in w for w in found.warnings)
    assert found.facts()["unserved_mw"] == pytest.approx(7.0, abs=1e-6)
    assert found.facts()["reserve_sharing_mw"] == pytest.approx(22.0)
    assert found.to_frame().set_index("place_id").loc["D", "unserved_mw"] == pytest.approx(7.0, abs=1e-6)


def test_ohm_and_length_give_the_same_reactance() -> None:
    """0.1 per unit of 100 MVA at 220 kV are 48.4 ohm, or 121 km of 0.4 ohm."""
    by_ohm = three(reactance_pu=[np.nan] * 3, reactance_ohm=[48.4] * 3, voltage_kv=[220.0] * 3)
    by_km = three(reactance_pu=[np.nan] * 3, length_km=[121.0] * 3, voltage_kv=[220.0] * 3)
    want = energy(*three())["energy_lines"].to_frame()["flow_mw"]
    assert energy(*by_ohm)["energy_lines"].to_frame()["flow_mw"].to_numpy() == pytest.approx(want.to_numpy())
    found = energy(*by_km, EnergyOptions(ohm_per_km=0.4))["energy_lines"]
    assert found.to_frame()["flow_mw"].to_numpy() == pytest.approx(want.to_numpy())
    assert any("3 of 3 reactances are length x 0.4 ohm per km" in w for w in found.warnings)


def test_everything_wrong_is_told_at_once() -> None:
    buses, lines = three(reactance_pu=[0.0, 0.1, 0.1], capacity_mw=[-1.0, 80.0, 90.0], to_bus=list("BCX"),
                         line_id=["ab", "ab", "ac"])  # fmt: skip
    buses.loc[2, "demand_mw"] = -5.0
    with pytest.raises(InputError) as stop:
        energy(buses, lines)
    told = str(stop.value)
    for word in ("reactance above zero", "energy_lines.capacity_mw: 1 rows", "does not have: ac", "repeat an identif",
                 "energy_buses.demand_mw: 1 rows are below zero or infinite: C"):  # fmt: skip
        assert word in told, told


def test_a_schedule_that_cannot_be() -> None:
    buses, lines = three()
    with pytest.raises(InputError, match="has 2 buses with generation and no scheduled_mw"):
        energy(buses, lines, EnergyOptions(dispatch="scheduled"))
    buses["scheduled_mw"] = [np.nan, 120.0, np.nan]
    with pytest.raises(InputError, match="would have to give -20 MW"):
        energy(buses, lines, EnergyOptions(dispatch="scheduled"))
    with pytest.raises(InputError, match="unknown keys base"):
        EnergyOptions.of({"base": 1})
    with pytest.raises(InputError, match="base_mva must be a number > 0"):
        EnergyOptions(base_mva=0.0)


def several() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The triangle, its plants in a table of their own: cheap coal and dear gas at A, wind at C."""
    buses, lines = three(capacity_mw=[np.nan] * 3)
    buses["generation_mw"] = np.nan
    plants = pd.DataFrame({"plant_id": ["coal", "gas", "gas 2", "wind"], "bus_id": list("AABC"),
                           "kind": ["coal", "gas", "gas", "wind"], "generation_mw": [60.0, 50.0, 50.0, 20.0],
                           "merit": [10.0, 50.0, 50.0, 0.0]})  # fmt: skip
    return buses, lines, plants


def test_plants_of_their_own_by_hand() -> None:
    """100 are drawn at C: wind gives 20, coal 60, and of the two gas plants, which cost the same, each half of 20.
    C takes 80 from the place of A and B."""
    buses, lines, plants = several()
    found = energy(buses, lines, plants=plants)
    kinds = found["energy_kinds"].to_frame().set_index(["place_id", "kind"])["generation_mw"]
    want = {("a", "coal"): 60.0, ("a", "gas"): 20.0, ("c", "wind"): 20.0}
    assert kinds.to_dict() == pytest.approx(want, abs=1e-4)
    assert found["energy_lines"].to_frame().set_index("line_id").loc["ab", "flow_mw"] == pytest.approx(20.0, abs=1e-4)
    pairs = found["energy_exchanges"].to_frame().set_index(["from_place", "to_place"])
    assert pairs.loc[("a", "c"), "supplied_mw"] == pytest.approx(80.0, abs=1e-4)
    assert pairs.loc[("c", "c"), "supplied_percent"] == pytest.approx(20.0, abs=1e-4)
    assert pairs.loc[("a", "c"), "ties"] == 2 and pairs.loc[("a", "c"), "tie_flow_mw"] == pytest.approx(80.0, abs=1e-4)
    assert np.isnan(pairs.loc[("a", "c"), "tie_capacity_mw"]), "a tie without a limit"
    places = found["energy_places"].to_frame().set_index("place_id")
    assert places.loc["c", "own_percent"] == pytest.approx(20.0, abs=1e-4)
    assert places.loc["a", "exported_mw"] == pytest.approx(80.0, abs=1e-4)
    assert found["energy_exchanges"].facts()["from_elsewhere_percent"] == pytest.approx(80.0, abs=1e-4)
    assert "energy_kinds" not in energy(*three())


def test_plants_that_cannot_be() -> None:
    buses, lines, plants = several()
    plants.loc[0, "bus_id"], plants.loc[1, "generation_mw"], plants.loc[2, "merit"] = "Z", -1.0, np.nan
    plants.loc[3, "plant_id"] = "coal"
    with pytest.raises(InputError) as stop:
        energy(buses, lines, plants=plants)
    told = str(stop.value)
    for word in ("energy_plants.bus_id: 1 rows name a bus that energy_buses does not have: coal", "repeat an ident",
                 "energy_plants.generation_mw: 1 rows are below zero or infinite: gas",
                 "energy_plants.merit: 1 rows are empty while others are not"):  # fmt: skip
        assert word in told, told
    nothing = buses.assign(generation_mw=0.0)
    found = energy(nothing, lines)
    assert found["energy_places"].facts()["unserved_mw"] == pytest.approx(100.0)


def test_a_full_line_hardly_touched_leaves_room() -> None:
    """Of a transfer from a to c 23/39 run over ac, 16/39 over bc: between the two only ac limits, above both none."""
    buses, lines = three()
    wide = energy(buses, lines, EnergyOptions(transfer_share=0.5))["energy_transfers"].to_frame().iloc[0]
    assert wide["limit"] == "ac"
    none = energy(buses, lines, EnergyOptions(transfer_share=0.6))["energy_transfers"].to_frame().iloc[0]
    assert np.isnan(none["capability_mw"]) and none["limit"] == ""


def test_lines_most_loaded_after_an_outage_come_first() -> None:
    table = energy(*three())["energy_lines"].to_frame()
    assert table["worst_loading"].dropna().is_monotonic_decreasing and table["line_id"].iloc[-1] == "ab", "no limit"


def test_failures_are_told_by_name() -> None:
    buses, lines = three()
    outages = energy(buses.assign(name=["Aue", None, "Cham"]), lines)["energy_outages"].to_frame()
    where = outages.set_index(["kind", "outage"])["where"]
    assert where[("line", "ac")] == "Aue – Cham" and where[("line", "bc")] == "B – Cham"
    assert where[("generation", "B")] == "B"


def test_a_bus_in_an_unknown_place_is_no_place_of_its_own(cluster) -> None:
    buses, lines = three()
    given = cluster({"a": (120.0, 30.0), "c": (122.0, 30.0)}, {}, [], further={
        "energy_buses": buses.replace({"place_id": {"c": "99"}}), "energy_lines": lines})  # fmt: skip
    with pytest.raises(InputError, match=r"energy_buses\.place_id: 1 are not in places: 99"):
        energy_of_cluster(given)
    abroad = buses.assign(place_id=["a", "a", None])
    assert len(energy_of_cluster(cluster({"a": (120.0, 30.0)}, {}, [], further={
        "energy_buses": abroad, "energy_lines": lines}))["energy_lines"].to_frame()) == 3  # fmt: skip
