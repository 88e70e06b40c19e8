"""Best-known user equilibria of public test networks, to machine precision.

Networks and flows: Transportation Networks for Research (Stabler, Bar-Gera, Sall); the objectives are printed there:
Sioux Falls 42.31335287107440 (units of 1e5), Anaheim 1286032.171096, Chicago Sketch 17313018.738748 with 0.02 minutes a
cent of toll and 0.04 minutes a mile. Total costs are those of the published link flows. Not reproduced: Chicago
Regional, whose trips are not in the public copy.
"""

import gzip
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from megaregion.core.assignment import Equilibrium, user_equilibrium
from megaregion.core.assignment_sensitivities import sensitivities
from megaregion.core.road_network import RoadNetwork

FOLDER = Path("reference") / "assignment"


class Case(NamedTuple):
    folder: str
    stem: str
    toll: float
    length: float
    beckmann: float
    total: float
    flows: float  # relative to the largest flow: how far the published flows are from equilibrium


CASES = {
    "sioux-falls": Case("SiouxFalls", "SiouxFalls", 0.0, 0.0, 4231335.287107, 7480225.344921, 1e-9),
    "anaheim": Case("Anaheim", "Anaheim", 0.0, 0.0, 1286032.171096, 1419913.851059, 1e-9),
    "chicago-sketch": Case("Chicago-Sketch", "ChicagoSketch", 0.02, 0.04, 17313018.738748, 18935450.261583, 1e-9),
}


def lines(folder: Path, name: str) -> list[str]:
    packed = folder / f"{name}.tntp.gz"
    text = gzip.decompress(packed.read_bytes()).decode() if packed.is_file() else (folder / f"{name}.tntp").read_text()
    return [part for line in text.split("\n") if (part := line.split("~")[0].strip())]


def table(rows: list[str]) -> np.ndarray:
    return np.array([row.rstrip(";").split() for row in rows if row[0].isdigit()], dtype=float)


def read(data: Path, case: Case) -> tuple[RoadNetwork, np.ndarray]:
    """Network with generalised fixed cost, and trips."""
    folder = data / FOLDER / case.folder
    rows = lines(folder, f"{case.stem}_net")
    known = {row[1:].split(">")[0]: row.split(">")[1] for row in rows if row[0] == "<"}
    nodes, zones = int(known["NUMBER OF NODES"]), int(known["NUMBER OF ZONES"])
    links = table(rows)
    network = RoadNetwork(
        nodes=nodes,
        zones=zones,
        tail=links[:, 0] - 1,
        head=links[:, 1] - 1,
        capacity=links[:, 2],
        free_time=links[:, 4],
        b=links[:, 5],
        power=links[:, 6],
        fixed=case.toll * links[:, 8] + case.length * links[:, 3],
        no_through=np.arange(nodes) < int(known["FIRST THRU NODE"]) - 1,
    )
    trips, origin = np.zeros((zones, zones)), 0
    for row in lines(folder, f"{case.stem}_trips"):
        if row.startswith("Origin"):
            origin = int(row.split()[1]) - 1
        elif row[0] != "<":
            for part in row.split(";"):
                if ":" in part:
                    destination, value = part.split(":")
                    trips[origin, int(destination) - 1] = float(value)
    return network, trips


@pytest.fixture(scope="module", params=CASES)
def solved(request: pytest.FixtureRequest, shared_data: Path) -> tuple[Case, np.ndarray, Equilibrium]:
    case = CASES[request.param]
    if not (shared_data / FOLDER / case.folder).is_dir():  # for research only, so they may not be shipped
        pytest.skip("the test networks are not among the publishers' files")
    network, trips = read(shared_data, case)
    return case, trips, user_equilibrium(network, trips, gap=1e-13)


def test_published_objective(solved: tuple[Case, np.ndarray, Equilibrium]) -> None:
    """The objective is flat at its minimum: 13 figures. Total cost is not: at gap g it may be off by sqrt(g)."""
    case, _, found = solved
    assert found.relative_gap <= 1e-12
    np.testing.assert_allclose(found.beckmann, case.beckmann, rtol=3e-13)
    np.testing.assert_allclose(found.total_cost, case.total, rtol=1e-11)


def test_published_flows(solved: tuple[Case, np.ndarray, Equilibrium], shared_data: Path) -> None:
    case, _, found = solved
    rows = table(lines(shared_data / FOLDER / case.folder, f"{case.stem}_flow"))
    published = {(int(t), int(h)): v for t, h, v in rows[:, :3]}
    net = found.network
    wanted = np.array([published[t + 1, h + 1] for t, h in zip(net.tail.tolist(), net.head.tolist(), strict=True)])
    np.testing.assert_allclose(found.flow, wanted, rtol=0, atol=case.flows * wanted.max())


def test_gap_of_totals_and_no_demand_lost(solved: tuple[Case, np.ndarray, Equilibrium]) -> None:
    """(TSTT - SPTT) / TSTT from the totals, which rounding blurs at 1e-14, is the gap that was summed link by link."""
    _, trips, found = solved
    trips = trips.copy()
    np.fill_diagonal(trips, 0.0)
    spent, least = (found.flow * found.cost).sum(), (trips * found.skims()[0]).sum()
    assert abs((spent - least) / spent - found.relative_gap) < 1e-13
    assert found.relative_gap > -1e-13
    balance = np.zeros(found.network.nodes)
    np.add.at(balance, found.network.head, found.flow)
    np.add.at(balance, found.network.tail, -found.flow)
    balance[: len(trips)] += trips.sum(axis=1) - trips.sum(axis=0)
    assert np.abs(balance).max() < 1e-12 * trips.sum()


def test_warm_equals_cold_after_every_kind_of_change(solved: tuple[Case, np.ndarray, Equilibrium]) -> None:
    """A busy road narrowed, one closed, and a fifth more demand: the same flows from the old routes and from none."""
    _, trips, found = solved
    net = found.network
    choice = (np.bincount(net.tail)[net.tail] > 2) & (np.bincount(net.head)[net.head] > 2) & (net.slope > 0)
    busy = np.flatnonzero(choice)[np.argsort(-found.flow[choice], kind="stable")]
    capacity = net.capacity.copy()
    capacity[busy[3]] = 0.0
    capacity[busy[0]] *= 0.8
    changed = net.replace(capacity=capacity)
    warm = user_equilibrium(changed, 1.2 * trips, gap=1e-12, start=found)
    cold = user_equilibrium(changed, 1.2 * trips, gap=1e-12)
    assert warm.flow[busy[3]] == 0.0
    np.testing.assert_allclose(warm.beckmann, cold.beckmann, rtol=1e-12)
    np.testing.assert_allclose(warm.flow, cold.flow, rtol=0, atol=1e-7 * cold.flow.max())


@pytest.mark.parametrize("name", ["capacity", "free_time"])
def test_derivatives_of_all_links_of_sioux_falls(shared_data: Path, name: str) -> None:
    """Equal to central differences of new equilibria over a step of 1e-4 (error 1e-8): no route leaves or joins."""
    if not (shared_data / FOLDER / CASES["sioux-falls"].folder).is_dir():  # for research only: not shipped
        pytest.skip("the test networks are not among the publishers' files")
    network, trips = read(shared_data, CASES["sioux-falls"])
    found = user_equilibrium(network, trips, gap=1e-14)
    got = sensitivities(found)
    assert not got.kinks.any() and got.braess.size == 0
    value = {"capacity": got.by_capacity, "free_time": got.by_free_time}[name]
    base = getattr(network, name)
    wanted = np.empty(network.links)
    for link in range(network.links):
        total = []
        for sign in (1, -1):
            changed = base.copy()
            changed[link] *= 1 + sign * 1e-4
            total.append(user_equilibrium(network.replace(**{name: changed}), trips, gap=1e-14, start=found).total_time)
        wanted[link] = (total[0] - total[1]) / (2e-4 * base[link])
    np.testing.assert_allclose(value * base, wanted * base, rtol=1e-4, atol=1e-6 * np.abs(wanted * base).max())
