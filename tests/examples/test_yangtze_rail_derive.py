"""Rail half of the Yangtze example: the derivation, by hand on small cases and against the publishers' files.

Published: 1,272 doubles, the alias test (133, 110), 813 and 327 edges, the relation of 2014 and its back-cast.
"""

import importlib
import sys
import tomllib
from collections import Counter
from itertools import pairwise
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2] / "examples" / "yangtze-delta"
MODULES = ("sequences", "stations", "timetable", "network", "services", "door", "candidates", "projects", "report")
WRITTEN = (
    "tables/nodes.csv", "tables/links.csv", "tables/services.csv", "tables/flows.csv", "projects.toml",
    "scenarios/rail-huaian-chuzhou.toml", "scenarios/half-border.toml", "RAIL.md",
)  # fmt: skip


def table(name: str) -> pd.DataFrame:
    text = {"place_id": str, "origin": str, "destination": str}
    return pd.read_csv(ROOT / "tables" / f"{name}.csv", dtype=text)


@pytest.fixture(scope="module")
def nodes() -> pd.DataFrame:
    return table("nodes").set_index("node_id")


@pytest.fixture(scope="module")
def links() -> pd.DataFrame:
    return table("links")


@pytest.fixture(scope="module")
def flows() -> pd.DataFrame:
    return table("flows")


@pytest.fixture(scope="module")
def rail_pairs() -> set[tuple[str, ...]]:
    """Pairs of cities of the shipped candidate lines."""
    projects = tomllib.loads((ROOT / "projects.toml").read_text(encoding="utf-8"))["project"]
    return {tuple(p["jurisdictions"]) for p in projects if p["kind"] == "rail"}


@pytest.fixture(scope="module")
def derive() -> Any:
    """The modules of the derivation, as the script imports them."""
    sys.path.insert(0, str(ROOT / "derive"))
    try:
        loaded: dict[str, ModuleType] = {m: importlib.import_module(f"rail_{m}") for m in MODULES}
        loaded["run"] = importlib.import_module("run_rail")
    finally:
        sys.path.remove(str(ROOT / "derive"))
    return SimpleNamespace(**loaded)


@pytest.fixture(scope="module")
def source(shared_data: Path, derive: Any) -> Any:
    """The raw material, read once."""
    folder = shared_data / "yangtze-delta"
    if not (folder / "local" / "timetable_2014.xlsx").is_file():  # may not be redistributed, nor fetched
        pytest.skip("the timetables are not here: set MEGAREGION_DATA to a folder that holds them")
    stations = derive.stations.read_stations(folder / "open")
    stops = derive.timetable.read_timetable(folder / "local" / "timetable_2014.xlsx")
    timed = derive.timetable.with_great_circle(derive.timetable.steps(stops), stations)
    listed = derive.sequences.read_trains(folder / "local")
    return SimpleNamespace(folder=folder, stations=stations, stops=stops, timed=timed, listed=listed)


# ---------------------------------------------------------------- derivation, small and by hand


def test_alias_rule_by_hand(derive: Any) -> None:
    """Same list, same letter, numbers 1 or 3 apart; a third number stays a train of its own."""
    train = derive.sequences.Train
    way, other = ("a", "b", "c"), ("a", "c")
    trains = [
        train("g1", way), train("g4", way), train("g5", way),  # g4 with g1 (3 apart), g5 alone
        train("d2", way), train("d3", way),  # one train
        train("c10", way), train("c12", way),  # same parity: two trains
        train("g20", other), train("g21", way),  # different lists
    ]  # fmt: skip
    assert derive.sequences.alias_pairs(trains) == [("d2", "d3"), ("g1", "g4")]
    left = [t.number for t in derive.sequences.without_aliases(trains)]
    assert left == ["g1", "g5", "d2", "c10", "c12", "g20", "g21"]


def test_repeated_calls_are_one_call(derive: Any) -> None:
    assert derive.sequences.calls(["a", "a", "b", "a"]) == ["a", "b", "a"]


def test_chords_are_decomposed_by_hand(derive: Any) -> None:
    """On a line a-b-c the chord a-c goes; a far third corner d keeps its edges."""
    points = {"a": (120.0, 30.0), "b": (120.5, 30.0), "c": (121.0, 30.0), "d": (120.5, 30.8)}
    stations = derive.stations.Stations(points, dict.fromkeys(points, "x"), {"2014": {}, "2020": {}})
    graph = derive.network.decompose([("a", "b"), ("a", "c"), ("a", "d"), ("b", "c")], stations)
    assert {n: sorted(to) for n, to in graph.items()} == {"a": ["b", "d"], "b": ["a", "c"], "c": ["b"], "d": ["a"]}
    length, path = derive.network.shortest(graph, "c", "d")
    assert path == ["c", "b", "a", "d"]
    assert length == pytest.approx(sum(stations.straight_km(*p) for p in pairwise(path)))
    load = derive.network.trains_on_links({("a", "c"): Counter(G=3), ("a", "b"): Counter(D=2)}, graph)
    assert load == {("a", "b"): 5, ("b", "c"): 3}


def test_rides_by_hand(derive: Any) -> None:
    """Two steps of relation a + b km with a stop between; the loop back to the first station is another ride."""
    law = derive.timetable.Relation(5.0, 0.25, 0.0, 1, 1.0, 0.0, 1.1)
    clock = derive.timetable.Clock({"G": law, "D": law}, {("G", "b", "c"): 30.0}, {}, {"G": 2.0, "D": 3.0})
    points = {"a": (120.0, 30.0), "b": (120.5, 30.0), "c": (121.0, 30.0)}
    stations = derive.stations.Stations(points, dict.fromkeys(points, "x"), {"2014": {}, "2020": {}})
    found = derive.services.rides(derive.sequences.Train("g1", ("a", "b", "c", "b")), stations, clock)
    half = stations.straight_km("a", "b")
    assert found[("a", "b")] == pytest.approx(5 + 0.25 * half)
    assert found[("b", "c")] == pytest.approx(30)  # the median, not the relation
    assert found[("a", "c")] == pytest.approx(5 + 0.25 * half + 2 + 30)
    assert found[("c", "b")] == pytest.approx(5 + 0.25 * half)  # the median holds for its direction only
    assert ("b", "b") not in found


def test_an_unknown_stop_between_two_known_ones_is_refused(derive: Any) -> None:
    law = derive.timetable.Relation(5.0, 0.25, 0.0, 1, 1.0, 0.0, 1.1)
    clock = derive.timetable.Clock({"G": law, "D": law}, {}, {}, {"G": 2.0, "D": 3.0})
    points = {"a": (120.0, 30.0), "c": (121.0, 30.0)}
    stations = derive.stations.Stations(points, dict.fromkeys(points, "x"), {"2014": {}, "2020": {}})
    with pytest.raises(ValueError, match="unknown station"):
        derive.services.rides(derive.sequences.Train("g1", ("a", "nowhere", "c")), stations, clock)


def test_waiting_and_classes_by_hand(derive: Any) -> None:
    """One fast train a day waits 30 min (cap); ten slower ones more cut the wait: the best set of classes."""
    rows = [("G", "a", "b", 1, 60.0), ("D", "a", "b", 31, 70.0), ("G", "b", "c", 1, 20.0), ("D", "b", "c", 1, 200.0)]
    frame = pd.DataFrame(rows, columns=["service", "origin", "destination", "services_per_day", "in_vehicle_min"])
    legs = derive.door.leg_minutes(frame)
    assert legs["a", "b"] == pytest.approx((60 + 31 * 70) / 32 + 480 / 32)
    assert legs["b", "c"] == pytest.approx(20 + 30)


# ---------------------------------------------------------------- derivation on the real files


def test_doubles_as_published(source: Any, derive: Any) -> None:
    assert len(source.listed) == 7717
    assert len(derive.sequences.alias_pairs(source.listed)) == 1272
    two_numbers = {n for n in source.stops.train if "/" in n}
    assert len(two_numbers) == 217
    assert derive.sequences.alias_test(two_numbers, source.listed) == (133, 110)


def test_counts_by_an_independent_way(source: Any, derive: Any, flows: pd.DataFrame) -> None:
    """Recount from the text files, first and last call of each city instead of all ordered pairs of calls."""
    renamed = {"余杭": "临平南", "松江南": "上海松江", "绅坊": "乐清东", "永嘉": "温州北", "台州": "台州西"}
    lists: dict[tuple[str, str], list[int]] = {}
    for letter in "gdc":
        text = (source.folder / "local" / f"stops_2020_train_{letter}.txt").read_text(encoding="gbk")
        for line in text.split():
            number, stops = line.split(":")
            lists.setdefault((letter, stops), []).append(int(number[1:]))
    count: Counter[tuple[str, str]] = Counter()
    for (_, stops), numbers in lists.items():
        numbers.sort()
        trains = 0
        while numbers:
            first = numbers.pop(0)
            twin = next((n for n in numbers if n - first in (1, 3)), None)
            if twin is not None:
                numbers.remove(twin)
            trains += 1
        cities = [source.stations.city.get(renamed.get(s, s)) for s in stops.split(",")]
        known = sorted({c for c in cities if c})
        for a in known:
            for b in known:
                last = len(cities) - 1 - cities[::-1].index(b)
                if a != b and cities.index(a) < last:
                    count[(a, b)] += trains
    shipped = flows[flows.value > 0].set_index(["origin", "destination"]).value
    assert dict(count) == shipped.to_dict()


def test_doubles_would_change_the_picture(source: Any, derive: Any) -> None:
    """Counting both numbers gives 35,866 on these station points and 378 instead of 253 from Shanghai to Nanjing."""
    assert derive.report.raw_pairs(source.listed, source.stations) == 35866
    touching = [
        sum(
            len({source.stations.city.get(source.stations.resolve(s, "2020")) for s in t.stops} - {None}) >= 2
            for t in trains
        )
        for trains in (source.listed, derive.sequences.without_aliases(source.listed))
    ]
    assert touching == [1885, 1413]


def test_relation_as_published(source: Any, derive: Any) -> None:
    law = derive.timetable.relations(source.timed)
    assert len(source.timed) == 13080
    assert source.timed.odd.sum() == 68
    for service, a, b, r2, n in (("G", 6.41, 0.2419, 0.913, 2267), ("D", 2.71, 0.3963, 0.851, 1631)):
        assert law[service].intercept == pytest.approx(a, abs=0.005)
        assert law[service].slope == pytest.approx(b, abs=0.00006)
        assert law[service].r2 == pytest.approx(r2, abs=0.0006)
        assert law[service].steps == n


def test_relation_is_least_squares(source: Any, derive: Any) -> None:
    sample = derive.timetable.fit_sample(source.timed)
    sample = sample[sample.service == "D"]
    slope, intercept = np.polyfit(sample.gc_km, sample.run_min, 1)
    law = derive.timetable.relation(sample)
    assert (law.intercept, law.slope) == (pytest.approx(intercept), pytest.approx(slope))
    assert law.slope_se > 0.0031  # clustering by pair must widen the plain standard error of the published row


def test_back_cast_is_about_ten_percent(source: Any, derive: Any) -> None:
    clock = derive.timetable.build_clock(source.timed)
    found = derive.timetable.rides(source.timed, source.stations, clock)
    found = found[found.service != "C"]
    error = (found.modelled_min / found.observed_min - 1).abs()
    assert 0.08 < error.mean() < 0.12
    pairs = found.groupby(["origin", "destination"])[["observed_min", "modelled_min"]].min()
    for a, b, observed, modelled in (
        ("上海虹桥", "南京南", 67, 68),
        ("杭州东", "南京南", 70, 72),
        ("合肥", "南京南", 62, 40),
    ):
        assert pairs.observed_min[a, b] == observed
        assert pairs.modelled_min[a, b] == pytest.approx(modelled, abs=1)


def test_the_name_trap_is_caught_by_the_straight_line(source: Any, derive: Any) -> None:
    """台州-临海 is 23 km by rail: impossible to today's 台州, plausible to today's 台州西."""
    stations = source.stations
    step = source.timed[(source.timed.origin == "台州") & (source.timed.destination == "临海")]
    assert step.km.median() == 23
    assert stations.straight_km("台州", "临海") > 23 / 0.97
    assert stations.straight_km("台州西", "临海") <= 23
    assert source.timed.gc_km[source.timed.destination == "丹徒"].isna().all()


def test_consecutive_stops_and_links_as_published(source: Any, derive: Any) -> None:
    trains = derive.sequences.without_aliases(source.listed)
    edges = derive.network.undirected(derive.network.consecutive(trains, source.stations))
    assert len(edges) == 813
    graph = derive.network.decompose(edges, source.stations)
    assert sum(map(len, graph.values())) // 2 == 327


def test_link_of_a_terminus_carries_its_trains(
    source: Any, derive: Any, links: pd.DataFrame, nodes: pd.DataFrame
) -> None:
    """A station with one link: every train with a next or previous call inside runs over it."""
    ends = pd.concat([links.from_node, links.to_node]).value_counts()
    terminus = {nodes.name_zh[n]: n for n in ends.index[ends == 1]}
    assert len(terminus) > 3
    inside = set(nodes.name_zh)
    steps: Counter[str] = Counter()
    for train in derive.sequences.without_aliases(source.listed):
        for a, b in pairwise(train.stops):
            if a != b and {a, b} <= inside:
                steps.update(terminus[s] for s in (a, b) if s in terminus)
    for node in terminus.values():
        (load,) = links.services_per_day[(links.from_node == node) | (links.to_node == node)]
        assert load == steps[node] / 2


def test_stations_lie_in_their_city(source: Any, derive: Any, nodes: pd.DataFrame) -> None:
    from shapely.geometry import Point

    polygon = derive.stations.read_cities(source.folder / "open").set_index("place_id").geometry
    assert len(polygon) == 41
    outside = [i for i, n in nodes.iterrows() if not polygon[n.place_id].contains(Point(n.lon, n.lat))]
    assert outside == []


def test_candidates_share_a_boundary(source: Any, derive: Any, rail_pairs: set[tuple[str, ...]]) -> None:
    pairs = derive.candidates.adjacent(source.folder / "open")
    assert len(pairs) == 100  # published, of which 23 cross a province border
    province = {a: "310000" if a == "310100" else a[:2] + "0000" for p in pairs for a in p}
    assert sum(province[a] != province[b] for a, b in pairs) == 23
    assert rail_pairs <= set(pairs)


def test_computed_sea_crossing(source: Any, nodes: pd.DataFrame) -> None:
    """The only computed entry: the straight line outside all county polygons."""
    import geopandas as gpd
    from shapely.geometry import LineString

    table = pd.read_csv(ROOT / "derive" / "water_crossings.csv", dtype={"first": str, "second": str})
    (row,) = table[table.how == "computed"].itertuples(index=False)
    ends = [nodes.loc[n, ["lon", "lat"]].tolist() for n in ("310100-shanghaihongqiao", "330900-zhoushan")]
    counties = gpd.read_file(source.folder / "open" / "county_boundaries.gpkg").union_all()
    at_sea = gpd.GeoSeries([LineString(ends).difference(counties)], crs="EPSG:4326").to_crs("ESRI:102012")
    assert (row.first, row.second) == ("310100", "330900")
    assert at_sea.length.iloc[0] / 1000 == pytest.approx(row.km, abs=0.1)


def test_derivation_writes_the_shipped_bytes(source: Any, derive: Any, tmp_path: Path, capsys: Any) -> None:
    derive.run.main(source.folder, tmp_path)
    assert "24,118" in capsys.readouterr().out
    different = [name for name in WRITTEN if (tmp_path / name).read_bytes() != (ROOT / name).read_bytes()]
    assert different == []
