"""Value of every link: by hand, against new searches, and the sum of cost over betweenness."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from megaregion.cli.main import cli
from megaregion.data.roads import Roads, RoadUnits
from megaregion.data.trips import Trips
from megaregion.errors import InputError
from megaregion.links.hard.link_values import link_values


def network(rows: list[tuple[str, str, str, float]], zones: list[str], shut: tuple[str, ...] = ()) -> Roads:
    links = pd.DataFrame(rows, columns=["link_id", "from_node", "to_node", "free_time"]).set_index("link_id")
    nodes = pd.DataFrame(index=pd.Index(sorted({*links["from_node"], *links["to_node"]}), name="node_id"))
    nodes["zone_id"] = [n if n in zones else None for n in nodes.index]
    nodes["no_through"] = [n in shut for n in nodes.index]
    return Roads(links=links.assign(capacity=1.0, b=0.15, power=4.0), nodes=nodes,
                 units=RoadUnits(time="min", flow="veh/h"))  # fmt: skip


def trips(roads: Roads, pairs: dict[tuple[str, str], float]) -> Trips:
    frame = pd.DataFrame(0.0, roads.zones, roads.zones)
    for (a, b), value in pairs.items():
        frame.loc[a, b] = value
    return Trips.of(frame)


LINE = [("ab", "a", "b", 10.0), ("bc", "b", "c", 20.0), ("ac", "a", "c", 31.0)]


def test_by_hand() -> None:
    """a to c: 30 over b, 31 straight. A fifth off ab saves 2, off bc 4, off ac 30 - 24.8 = 5.2 a trip."""
    roads = network(LINE, ["a", "b", "c"])
    got = link_values(roads, trips(roads, {("a", "c"): 10.0, ("a", "b"): 1.0, ("b", "b"): 7.0}))
    table = got.to_frame().set_index("link_id")
    assert table["saving"].to_dict() == pytest.approx({"ac": 52.0, "bc": 40.0, "ab": 22.0}, rel=1e-5)
    assert table["demand_through"].to_dict() == {"ac": 0.0, "bc": 10.0, "ab": 11.0}
    assert table["pairs_through"].to_dict() == {"ac": 0.0, "bc": 2.0, "ab": 2.0}
    assert got.facts()["total_cost"] == pytest.approx(310.0, rel=1e-5) and got.facts()["first"] == "ac"
    assert got.facts()["inside_zones"] == 7.0 and table["rank"].tolist() == [1, 2, 3]
    assert list(got.to_frame().columns) == [c.name for c in got.describe()]


def test_zones_that_may_not_be_passed_and_ties() -> None:
    """With b closed to through traffic all go straight; at 30 minutes both ways are equally cheap and share."""
    shut = network(LINE, ["a", "b", "c"], shut=("b",))
    table = link_values(shut, trips(shut, {("a", "c"): 10.0})).to_frame().set_index("link_id")
    assert table["demand_through"].to_dict() == {"ac": 10.0, "bc": 0.0, "ab": 0.0}
    assert table["saving"].to_dict() == pytest.approx({"ac": 62.0, "bc": 0.0, "ab": 0.0}, rel=1e-5)
    even = network([*LINE[:2], ("ac", "a", "c", 30.0)], ["a", "b", "c"])
    table = link_values(even, trips(even, {("a", "c"): 10.0})).to_frame().set_index("link_id")
    assert table["demand_through"].to_dict() == {"ac": 5.0, "bc": 5.0, "ab": 5.0} and table["tied"].all()


@pytest.mark.parametrize("seed", range(4))
def test_equal_to_new_searches(seed: int) -> None:
    """scipy's Dijkstra after each change; rounding to 1e-6 of the dearest link, ways of at most 12 links."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    rng = np.random.default_rng(seed)
    ends = [(i, (i + 1) % 12) for i in range(12)] + [(a, b) for a in range(12) for b in range(12) if rng.random() < 0.15
                                                     and a != b and b != (a + 1) % 12]  # fmt: skip
    name = [f"n{k:02}" for k in range(12)]
    rows = [(f"l{k}", name[a], name[b], rng.uniform(1, 9)) for k, (a, b) in enumerate(ends)]
    roads = network(rows, name)
    demand = pd.DataFrame(rng.integers(0, 5, (12, 12)).astype(float), name, name)
    got = link_values(roads, Trips.of(demand), cut=0.5).to_frame().set_index("link_id")
    q = demand.to_numpy() * ~np.eye(12, dtype=bool)

    def total(time: np.ndarray) -> float:
        i, j = np.array(ends).T
        return float((q * dijkstra(csr_matrix((time, (i, j)), (12, 12)))).sum())

    base = np.array([row[3] for row in rows])
    for k, (label, *_) in enumerate(rows):
        change = base.copy()
        change[k] *= 0.5
        assert got.loc[label, "saving"] == pytest.approx(total(base) - total(change), abs=q.sum() * 12 * 9e-6)
    assert (got["demand_through"] * got["cost"]).sum() == pytest.approx(total(base), rel=1e-9)


def test_costs_of_given_flows() -> None:
    """31 x (1 + .15 x 2^4) on the straight road at twice its capacity: everybody goes over b."""
    roads = network(LINE, ["a", "b", "c"])
    got = link_values(roads, trips(roads, {("a", "c"): 1.0}), flow=np.array([0.0, 0.0, 2.0]))
    assert got.to_frame().set_index("link_id")["cost"].to_dict() == pytest.approx({"ab": 10, "bc": 20, "ac": 105.4})
    assert "at the given flows" in got.warnings[-1]


def test_closed_links_lost_pairs_and_bad_cuts() -> None:
    roads = network(LINE, ["a", "b", "c"])
    roads = roads.replace(links=roads.links.assign(capacity=[0.0, 1.0, 1.0]))
    got = link_values(roads, trips(roads, {("a", "b"): 3.0, ("a", "c"): 1.0}))
    assert np.isnan(got.to_frame().set_index("link_id").loc["ab", "saving"]) and got.facts()["links_left_out"] == 1
    assert "1 pairs with demand have no way" in got.warnings[-1]
    none = link_values(roads, trips(roads, {}))
    assert "no trips between zones" in none.warnings[-1] and none.facts()["first"] is None
    for cut in (0.0, 1.5, np.nan):
        with pytest.raises(InputError, match="0 < cut <= 1"):
            link_values(roads, trips(roads, {}), cut=cut)
    with pytest.raises(InputError, match="no link that can be used"):
        link_values(roads.replace(links=roads.links.assign(capacity=0.0)), trips(roads, {}))


def test_command(tmp_path: Path) -> None:
    rows = ["ab,a,b,10", "bc,b,c,20", "ac,a,c,31"]
    head = "link_id,from_node,to_node,free_time_min,capacity_per_h,b,power\n"
    (tmp_path / "links.csv").write_text(head + "".join(f"{row},9,.15,4\n" for row in rows), encoding="utf-8")
    (tmp_path / "nodes.csv").write_text("node_id,zone_id,lon,lat\na,a,0,0\nb,b,1,0\nc,c,1,1\n", encoding="utf-8")
    (tmp_path / "trips.csv").write_text("origin,destination,value\na,c,10\n", encoding="utf-8")
    for more in ([], ["--loaded"]):
        got = CliRunner().invoke(cli, ["values", str(tmp_path), str(tmp_path / "trips.csv"), "--out",
                                       str(tmp_path / "out"), *more])  # fmt: skip
        assert got.exit_code == 0, got.output
    assert (
        len(pd.read_csv(tmp_path / "out" / "link_values.csv")) == 3 and (tmp_path / "out" / "link_values.gpkg").exists()
    )
    base = ["values", str(tmp_path), str(tmp_path / "trips.csv"), "--out", str(tmp_path / "out"), "--sample", "2"]
    got = CliRunner().invoke(cli, [*base, "--seed", "4", "--json"])
    assert got.exit_code == 0, got.output
    found = json.loads(got.stdout)["link_values"]
    assert found["facts"]["zones_drawn"] == 2 and found["parameters"]["seed"] == 4
    layer = gpd.read_file(tmp_path / "out" / "link_values.gpkg", layer="link_values")
    assert {"demand_error", "pairs_error", "demand_effective"} <= set(layer.columns)
    alone = CliRunner().invoke(cli, base)
    assert isinstance(alone.exception, InputError) and "belong together" in str(alone.exception)


def test_a_sample_of_zones() -> None:
    """All zones drawn: the exact table with errors of zero; some: errors, and savings that stay exact."""
    rng = np.random.default_rng(3)
    name = [f"n{k:02}" for k in range(10)]
    rows = [
        (f"l{a}{b}", name[a], name[b], rng.uniform(1, 9))
        for a in range(10)
        for b in range(10)
        if (b - a) % 10 in (1, 3)
    ]
    roads = network(rows, name, shut=("n04",))
    demand = Trips.of(pd.DataFrame(rng.integers(0, 5, (10, 10)).astype(float), name, name))
    exact = link_values(roads, demand).to_frame()
    every = link_values(roads, demand, sample=10, seed=1)
    pd.testing.assert_frame_equal(every.to_frame()[list(exact.columns)], exact)
    assert (every.to_frame()[["demand_error", "pairs_error"]] == 0).all(axis=None)
    some = link_values(roads, demand, sample=4, seed=1)
    table = some.to_frame()
    pd.testing.assert_series_equal(table["saving"], exact["saving"])
    assert (table["demand_error"] > 0).any() and table["demand_effective"].max() <= 4.0 + 1e-9
    assert list(table.columns) == [c.name for c in some.describe()]
    bound = some.facts()["demand_bound_95"]
    assert (table["demand_through"] - exact["demand_through"]).abs().max() <= bound
    assert any("estimated from 4 of 10 zones, savings are exact" in text for text in some.warnings)
    for wrong in ({"sample": 4}, {"seed": 4}):
        with pytest.raises(InputError, match="belong together"):
            link_values(roads, demand, **wrong)
    with pytest.raises(InputError, match="from 1 to 10, got 11"):
        link_values(roads, demand, sample=11, seed=1)
