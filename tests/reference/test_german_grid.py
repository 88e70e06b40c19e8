"""The German grid of docs/howto/german_grid against what is published, and against PyPSA.

Brown, Hörsch and Schlachtberger (2018), PyPSA: Python for Power System Analysis, J. Open Research Software 6(1), 4;
example "scigrid-lopf-then-pf" of its documentation: installed capacity by carrier, and the remark that at 70 % of the
ratings the network cannot serve everybody until lines 316, 527 and 602 are widened to 1,715 MVA. Nuclear capacity: net
capacity of the nine reactors that ran at the end of 2014 (list of power plants of the Bundesnetzagentur). Flows: linear
power flow of PyPSA 1.4.0 on its own files, for the same injections. Not reproduced: its optimal power flow over a day,
which stores water.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.core.dispatch import least_unserved
from megaregion.data.cluster import Cluster
from megaregion.data.workspace import Workspace
from megaregion.links.hard.energy_inputs import Energy, EnergyOptions, read_energy

CARRIERS = {"Brown Coal": 20879.5, "Gas": 23913.13, "Hard Coal": 25312.6, "Multiple": 152.7, "Nuclear": 12068.0,
            "Oil": 2710.2, "Other": 3027.8, "Run of River": 3999.1, "Storage Hydro": 1445.0, "Waste": 1645.9,
            "Geothermal": 31.7}  # fmt: skip
REACTORS = {
    "01": 1410,  # Brokdorf
    "03": 1360 + 1329,  # Grohnde, Emsland
    "08": 1310 + 1402,  # Neckarwestheim 2, Philippsburg 2
    "09": 1410 + 1284 + 1288 + 1275,  # Isar 2, Gundremmingen B and C, Grafenrheinfeld
}
PYPSA_FLOWS = {"446": 1963.796, "445": -1806.702, "254": 1527.113, "447": 1491.659, "592": -1475.780, "554": -1411.335}
NARROW = ["316", "527", "602"]


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return Workspace(Path(__file__).parents[2] / "docs" / "howto" / "german_grid").cluster()


def grid(cluster: Cluster, lines: pd.DataFrame | None = None, limit: float = 1.0) -> Energy:
    tables = cluster.further
    rows = tables["energy_lines"] if lines is None else lines
    return read_energy(tables["energy_buses"], rows, EnergyOptions(loading_limit=limit), tables["energy_plants"])


def test_published_capacity_by_carrier(cluster: Cluster) -> None:
    """Rounding of up to 155 rows to 0.01 MW."""
    sums = cluster.further["energy_plants"].groupby("kind")["generation_mw"].sum()
    assert sums[list(CARRIERS)].to_dict() == pytest.approx(CARRIERS, abs=0.05)


def test_reactors_stand_in_their_states(cluster: Cluster) -> None:
    plants, buses = cluster.further["energy_plants"], cluster.further["energy_buses"].set_index("bus_id")
    nuclear = plants[plants["kind"] == "Nuclear"]
    by = nuclear.groupby(nuclear["bus_id"].map(buses["place_id"]))["generation_mw"].sum()
    assert by.to_dict() == pytest.approx(REACTORS, abs=1e-6)


def test_lignite_stands_where_it_is_dug(cluster: Cluster) -> None:
    """PyPSA's script drew stations by chance: no block of 100 MW is left outside of the lignite states and Berlin."""
    plants, buses = cluster.further["energy_plants"], cluster.further["energy_buses"].set_index("bus_id")
    large = plants[(plants["kind"] == "Brown Coal") & (plants["generation_mw"] > 100)]
    assert set(large["bus_id"].map(buses["place_id"])) == {"03", "05", "11", "12", "14", "15"}


def test_flows_equal_those_of_pypsa(cluster: Cluster) -> None:
    """All plants used alike; circuits of a line added. 0.02 MW: reactances here are rounded to 0.00001 ohm."""
    given = grid(cluster)
    injected = given.capacity * given.demand.sum() / given.capacity.sum() - given.demand
    flow = pd.Series(given.grid.flows(injected)[0], given.lines.index)
    line = flow.groupby(flow.index.str.replace("[a-h]$", "", regex=True)).sum()
    assert len(line) == 948
    assert line[list(PYPSA_FLOWS)].to_dict() == pytest.approx(PYPSA_FLOWS, abs=0.02)
    assert line.abs().sum() == pytest.approx(234200.38, abs=0.5)


def test_three_lines_are_too_narrow_as_published(cluster: Cluster) -> None:
    narrow = grid(cluster, limit=0.7)
    lost = least_unserved(narrow.grid, narrow.demand, narrow.capacity, narrow.limit).unserved.sum()
    assert lost > 1.0
    lines = cluster.further["energy_lines"].copy()
    lines.loc[lines["line_id"].isin(NARROW), "capacity_mw"] = 1715.0
    wide = grid(cluster, lines, limit=0.7)
    assert least_unserved(wide.grid, wide.demand, wide.capacity, wide.limit).unserved.sum() == 0.0
    full = grid(cluster)
    assert least_unserved(full.grid, full.demand, full.capacity, full.limit).unserved.sum() == 0.0
    assert np.isfinite(full.limit).all()
