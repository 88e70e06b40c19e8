import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from megaregion.cli.main import cli
from megaregion.core.assignment import user_equilibrium
from megaregion.data.map_network import map_network, merged
from megaregion.data.road_map import RoadMap, Ways, road_map
from megaregion.data.sources.road_tables import read_tables
from megaregion.errors import InputError, MissingDataError

STEP = 0.01  # degree; 1.11195 km on the equator
KM = 6371.0088 * np.pi / 180 * STEP


def ways(chains: list[list[int]], where: dict[int, tuple[float, float]], **columns: object) -> RoadMap:
    points = [p for chain in chains for p in chain]
    at = np.array([where[p] for p in points], float) * STEP
    base = {"way_id": range(len(chains)), "road_class": "primary", "speed_kmh": 60.0, "speed_basis": "tag",
            "capacity_per_h": 1000.0, "oneway": False, "bridge": False, "tunnel": False, "name": "", "ref": "",
            **columns}  # fmt: skip
    first = np.r_[0, np.cumsum([len(c) for c in chains])]
    return road_map(
        Ways(ways=pd.DataFrame(base), first=first, point=np.array(points, np.int64), lon=at[:, 0], lat=at[:, 1])
    )


LINE = {k: (k, 0) for k in range(8)}


def test_pieces_of_one_kind_become_one() -> None:
    """0-1-2-3 in three ways, drawn in both directions: one piece of 3 steps with all its points in order."""
    got = merged(ways([[0, 1], [2, 1], [2, 3]], LINE))
    assert len(got.edges) == 1 and got.edges["length_m"].sum() == pytest.approx(3000 * KM, rel=1e-5)
    assert np.abs(np.diff(got.lon)) == pytest.approx([STEP] * 3) and len(got.vertices) == 2
    assert got.lon[0] == got.vertices["lon"][got.edges["tail"][0]]
    assert got.lon[-1] == got.vertices["lon"][got.edges["head"][0]]


def test_another_kind_a_junction_and_a_clipped_end_stay() -> None:
    kinds = merged(ways([[0, 1], [1, 2], [2, 3]], LINE, speed_kmh=[60.0, 60.0, 50.0]))
    assert kinds.edges["length_m"].round(-3).tolist() == [2000, 1000]
    where = {**LINE, 9: (1, 1)}
    assert len(merged(ways([[0, 1], [1, 2], [1, 9]], where)).edges) == 3
    clipped = ways([[0, 1], [1, 2]], LINE)
    clipped.vertices["clipped"] = clipped.vertices["osm_id"] == 1
    assert len(merged(clipped).edges) == 2


def test_one_way_roads_are_joined_only_in_their_direction() -> None:
    """0->1->2 is one piece from 0 to 2 whichever way comes first; 0->1<-2 leads nowhere and stays."""
    for chains in ([[0, 1], [1, 2]], [[1, 2], [0, 1]]):
        got = merged(ways(chains, LINE, oneway=True))
        assert got.vertices["osm_id"][got.edges["tail"]].tolist() == [0]
        assert got.vertices["osm_id"][got.edges["head"]].tolist() == [2] and got.lon.tolist() == [0, STEP, 2 * STEP]
    assert len(merged(ways([[0, 1], [2, 1]], LINE, oneway=True)).edges) == 2


@pytest.mark.parametrize("oneway", [True, False])
def test_rings_keep_a_vertex(oneway: bool) -> None:
    ring = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1)}
    got = merged(ways([[1, 2], [2, 3], [3, 4], [4, 1]], ring, oneway=oneway))
    assert len(got.edges) == 1 and got.edges["tail"][0] == got.edges["head"][0]
    assert got.edges["length_m"][0] == pytest.approx(4000 * KM, rel=1e-3)


def test_merging_changes_no_distance() -> None:
    """A grid with points cut out of its streets: shortest ways between junctions are as before."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    rng = np.random.default_rng(4)
    where = {k: (k % 9, k // 9) for k in range(81)}
    pairs = [[k, k + 1] for k in range(81) if k % 9 < 8] + [[k, k + 9] for k in range(72)]
    chosen = [p if rng.random() < 0.5 else p[::-1] for p in pairs if rng.random() < 0.6]
    before = ways(chosen, where, oneway=rng.random(len(chosen)) < 0.3)
    after = merged(before)
    assert len(after.edges) < 0.9 * len(before.edges)

    def distances(roads: RoadMap) -> pd.DataFrame:
        e = roads.edges
        one, tail, head = (e[c].to_numpy() for c in ("oneway", "tail", "head"))
        size = len(roads.vertices)
        ends = {"i": np.r_[tail, head[~one]], "j": np.r_[head, tail[~one]]}
        cost = pd.DataFrame({**ends, "m": np.r_[e["length_m"], e["length_m"][~one]]}).groupby(["i", "j"])["m"].min()
        i, j = (cost.index.get_level_values(k).to_numpy() for k in ("i", "j"))
        label = roads.vertices["osm_id"]
        return pd.DataFrame(dijkstra(csr_matrix((cost.to_numpy(), (i, j)), (size, size))), label, label)

    new = distances(after)
    old = distances(before).loc[new.index, new.columns]
    np.testing.assert_allclose(new, old, rtol=1e-12)


TWO = pd.DataFrame({"lon": [0.001, 0.029], "lat": [0.0, 0.001]}, index=["甲", "乙"])


def test_times_of_the_network_are_length_over_speed() -> None:
    """3 steps at 60 km/h; the way from a place to its junction costs nothing and is said."""
    roads = map_network(merged(ways([[0, 1], [1, 2], [2, 3]], LINE)), TWO, b=0.15, power=4.0)
    assert roads.zones.tolist() == ["甲", "乙"] and "not counted" in roads.notes[-1]
    got = user_equilibrium(roads.network(), np.array([[0.0, 1e-6], [1e-6, 0.0]]))
    assert got.total_time == pytest.approx(2e-6 * 3 * KM, rel=1e-5)


def test_fragments_and_dead_one_way_roads_are_left_out() -> None:
    """4-5 is apart, 3->7 cannot be left: places begin on 0-3."""
    got = map_network(ways([[0, 1, 2, 3], [4, 5], [3, 7]], LINE, oneway=[False, False, True]), TWO, b=0.15, power=4.0)
    assert "2 pieces of road are left out" in got.notes[-1]
    assert set(got.links["from_node"]) == {"n0", "n1", "place:甲", "place:乙"}


def test_places_are_refused_together() -> None:
    roads = ways([[0, 3]], LINE)
    far = pd.DataFrame({"lon": [0.0, 5.0, 6.0], "lat": 0.0}, index=["a", "b", "c"])
    with pytest.raises(InputError, match=r"2 places lie farther than 10 km.*b \(5.*km\), c"):
        map_network(roads, far, b=0.15, power=4.0)
    with pytest.raises(MissingDataError, match="missing for b"):
        map_network(roads, far.assign(lat=[0.0, np.nan, 0.0]), b=0.15, power=4.0)
    with pytest.raises(InputError, match="repeat a"):
        map_network(roads, far.set_axis(["a", "a", "c"]), b=0.15, power=4.0)
    with pytest.raises(InputError, match="no two junctions"):
        map_network(ways([[0, 3]], LINE, oneway=True), far.iloc[:1], b=0.15, power=4.0)
    with pytest.raises(InputError, match="must be one of motorway"):
        roads.at_least("road")
    with pytest.raises(InputError, match="no road of class motorway"):
        roads.at_least("motorway")


def test_command_writes_what_assign_reads(tmp_path: Path) -> None:
    import geopandas as gpd
    from shapely import LineString, box

    lines = gpd.GeoDataFrame({"road_class": ["primary", "primary"], "geometry": [LineString([(0, 0), (0.01, 0)]),
                              LineString([(0.01, 0), (0.03, 0)])]}, crs="EPSG:4326")  # fmt: skip
    lines.to_file(tmp_path / "roads.gpkg")
    gpd.GeoDataFrame({"place_id": ["a", "b"]}, geometry=[box(-0.01, -0.01, 0.005, 0.01), box(0.02, -0.01, 0.04, 0.01)],
                     crs="EPSG:4326").to_file(tmp_path / "units.gpkg")  # fmt: skip
    TWO.rename_axis("place_id").to_csv(tmp_path / "places.csv")
    for places in ("units.gpkg", "places.csv"):
        got = CliRunner().invoke(cli, ["network", str(tmp_path / "roads.gpkg"), str(tmp_path / places), "--out",
                                       str(tmp_path / "net")])  # fmt: skip
        assert got.exit_code == 0, got.output
        roads = read_tables(tmp_path / "net")
        assert len(roads.links) == 6 and len(roads.zones) == 2
    base = ["network", str(tmp_path / "roads.gpkg"), str(tmp_path / "units.gpkg"), "--out", str(tmp_path / "net")]
    found = json.loads(CliRunner().invoke(cli, [*base, "--json"]).stdout)
    assert (found["links"], found["zones"], found["pieces_on_map"], found["pieces_merged"]) == (6, 2, 2, 1)
    got = CliRunner().invoke(cli, [*base, "--id", "code"])
    assert got.exit_code != 0 and "no column 'code'" in str(got.exception)
    assert not (tmp_path / "net.gpkg").exists()
