"""Dead ends at borders: planted by hand, recovered from a real network, and never at the rim of a map."""

import gzip
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, box

from megaregion.data.road_map import RoadMap, Ways, road_map
from megaregion.data.sources.osm import read_osm
from megaregion.errors import InputError, MissingDataError
from megaregion.links.hard.dead_ends import DeadEndOptions, Demand, dead_ends

KM = 1.0 / 111.195  # degree of a great circle
PLANE = "EPSG:32631"  # central meridian 3 E; on the equator within .04 % of true lengths


def chains(*lines: list[tuple[float, float]], road_class: str | list[str] = "primary", speed: float = 60.0) -> RoadMap:
    """Roads along points in kilometres from 3 E on the equator; equal points are one place."""
    flat = [(round(x, 6), round(y, 6)) for line in lines for x, y in line]
    label = {p: k for k, p in enumerate(dict.fromkeys(flat))}
    ways = pd.DataFrame({
        "way_id": range(len(lines)), "road_class": road_class, "speed_kmh": speed, "oneway": False,
        "name": [f"road {k}" for k in range(len(lines))], "ref": "",
    })  # fmt: skip
    at = np.array(flat)
    first = np.r_[0, np.cumsum([len(line) for line in lines])]
    return road_map(Ways(ways=ways, first=first, point=np.array([label[p] for p in flat], np.int64),
                         lon=3.0 + at[:, 0] * KM, lat=at[:, 1] * KM))  # fmt: skip


def halves(at: float = 0.0, wide: float = 60.0) -> gpd.GeoDataFrame:
    """West and east of a meridian so many kilometres from 3 E."""
    shapes = [
        box(3 - wide * KM, -wide * KM, 3 + at * KM, wide * KM),
        box(3 + at * KM, -wide * KM, 3 + wide * KM, wide * KM),
    ]
    return gpd.GeoDataFrame(geometry=shapes, index=pd.Index(["W", "E"], name="place_id"), crs="EPSG:4326")


# a road from either side stops .5 km before the border, and the only way round 8 km to the north
PLANTED = ([(-10, 0), (-0.5, 0)], [(0.5, 0), (10, 0)], [(-10, 0), (-10, 8), (10, 8), (10, 0)])


def test_a_planted_case_by_hand() -> None:
    """Gap 1 km; round: 9.5 + 8 + 20 + 8 + 9.5 = 55 km. New: 1.2 km at 60 km/h. One trip each way saves the rest."""
    roads = chains(*PLANTED)
    places = pd.DataFrame({"lon": [3 - 0.5 * KM, 3 + 0.5 * KM], "lat": 0.0}, index=["W", "E"])
    demand = Demand(places, pd.DataFrame(1.0, index=["W", "E"], columns=["W", "E"]))
    found = dead_ends(roads, halves(), crs=PLANE, demand=demand)
    row = found["dead_ends"].to_frame().iloc[0]
    assert len(found["dead_ends"].to_frame()) == 1 and {row["unit_a"], row["unit_b"]} == {"W", "E"}
    assert row["gap_km"] == pytest.approx(1.0, rel=1e-3) and row["network_km"] == pytest.approx(55.0, rel=1e-3)
    assert row["detour_ratio"] == pytest.approx(55.0, rel=2e-3) and not row["unconnected"]
    assert row["facing_a_deg"] < 0.1 and row["facing_b_deg"] < 0.1
    assert row["new_min"] == pytest.approx(1.2, rel=1e-3)
    assert row["saved_h"] == pytest.approx(2 * (55.0 - 1.2) / 60, rel=2e-3)
    rates = found["dead_end_rates"].to_frame().set_index("place_id")
    assert rates["ends"].to_dict() == {"E": 1, "W": 1}
    # the northern way is one edge, counted where its middle lies
    assert rates["road_km"].sum() == pytest.approx(9.5 + 9.5 + 36.0, rel=1e-3)


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({}, 1),
        ({"gap_km": 0.9}, 0),
        ({"detour_ratio": 60.0}, 0),
        ({"least_class": "trunk"}, 0),
        ({"run_m": 60000.0}, 0),  # from either end 55 km of road at most
        ({"facing_deg": 0.5}, 1),
    ],
)
def test_every_threshold_bites(change: dict, kept: int) -> None:
    found = dead_ends(chains(*PLANTED), halves(), crs=PLANE, options=DeadEndOptions(**change))
    assert len(found["dead_ends"].to_frame()) == kept


def test_stubs_that_look_away_or_end_in_one_unit_are_no_pair() -> None:
    away = chains(
        [(-10, 0), (-0.5, 0)], [(0.5, 0.6), (0.5, 8)], [(-10, 0), (-10, 8), (0.5, 8)]
    )  # the second points south
    assert dead_ends(away, halves(), crs=PLANE)["dead_ends"].to_frame().empty
    inside = dead_ends(chains(*PLANTED), halves(at=5.0), crs=PLANE)["dead_ends"].to_frame()
    assert inside.empty


def test_no_way_at_all_is_told_and_not_a_number() -> None:
    row = dead_ends(chains(*PLANTED[:2]), halves(), crs=PLANE)["dead_ends"].to_frame().iloc[0]
    assert row["unconnected"] and np.isnan(row["network_km"]) and row["detour_ratio"] == np.inf


def test_a_river_in_between_is_named() -> None:
    river = gpd.GeoDataFrame({"name": ["Chu"]}, geometry=[LineString([(3, -1), (3, 1)])], crs="EPSG:4326")
    found = dead_ends(chains(*PLANTED), halves(), crs=PLANE, barriers=river)["dead_ends"].to_frame()
    assert found["barrier"].tolist() == ["Chu"]
    far = river.set_geometry([LineString([(4, -1), (4, 1)])], crs="EPSG:4326")
    assert (
        dead_ends(chains(*PLANTED), halves(), crs=PLANE, barriers=far)["dead_ends"].to_frame()["barrier"].item() == ""
    )
    assert dead_ends(chains(*PLANTED), halves(), crs=PLANE)["dead_ends"].to_frame()["barrier"].item() == "not tested"


def test_where_the_map_ends_there_is_no_dead_end() -> None:
    """The same stubs, but the map stops there: clipped, and nothing is found."""
    roads = chains(*PLANTED)
    cut = roads.vertices.assign(clipped=roads.degree == 1)
    found = dead_ends(replace(roads, vertices=cut), halves(), crs=PLANE)
    assert found["dead_ends"].to_frame().empty and found["dead_end_rates"].to_frame()["ends"].sum() == 0


def test_order_of_roads_does_not_matter() -> None:
    one = dead_ends(chains(*PLANTED), halves(), crs=PLANE)["dead_ends"].to_frame()
    two = dead_ends(chains(*PLANTED[::-1]), halves().iloc[::-1], crs=PLANE)["dead_ends"].to_frame()
    names = ["gap_km", "network_km", "detour_ratio"]
    np.testing.assert_allclose(one[names].to_numpy(float), two[names].to_numpy(float), rtol=1e-6)


def test_bad_input() -> None:
    with pytest.raises(InputError, match=r"least_class must be one of .*gap_km must be > 0|gap_km must be > 0"):
        DeadEndOptions(least_class="path", gap_km=-1.0)
    with pytest.raises(InputError, match="coordinate reference system"):
        dead_ends(chains(*PLANTED), halves().set_crs(None, allow_override=True), crs=PLANE)
    places = pd.DataFrame({"lon": [3.0, np.nan], "lat": 0.0}, index=["W", "E"])
    demand = Demand(places, pd.DataFrame(1.0, index=["W", "E"], columns=["W", "E"]))
    with pytest.raises(MissingDataError, match="a place has no coordinates"):
        dead_ends(chains(*PLANTED), halves(), crs=PLANE, demand=demand)


def chicago(data: Path) -> np.ndarray:
    """Ends of the undirected roads of Chicago Regional without centroid connectors, in km (its unit is the foot)."""
    folder = data / "reference" / "assignment" / "Chicago-Regional"
    with gzip.open(folder / "ChicagoRegional_node.tntp.gz", "rt") as file:
        rows = [line.replace(";", " ").split() for line in file.readlines()[1:]]
    at = {int(r[0]): (float(r[1]) * 0.3048e-3, float(r[2]) * 0.3048e-3) for r in rows if len(r) >= 3}
    with gzip.open(folder / "ChicagoRegional_net.tntp.gz", "rt") as file:
        lines = file.read().split("<END OF METADATA>")[1].split("\n")
    pairs = {tuple(sorted(map(int, line.split()[:2]))) for line in lines if line.strip() and line.strip()[0] != "~"}
    pairs = sorted(p for p in pairs if p[0] > 1790)
    return np.array([[at[a], at[b]] for a, b in pairs])


def test_links_cut_at_a_border_are_recovered(shared_data: Path) -> None:
    """A real network cut in two by a meridian: 40 of the roads across it lose the 300 m around the border.

    Recall at 40 and precision of the list; nine of ten are wanted. What else is found are ends of road that the
    network has by itself within 3 km of the line.
    """
    ends = chicago(shared_data)
    middle = np.median(ends[..., 0])
    ends = ends - np.array([middle, np.median(ends[..., 1])])
    length = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    across = np.flatnonzero(
        (ends[:, 0, 0] < -0.2) & (ends[:, 1, 0] > 0.2) | (ends[:, 1, 0] < -0.2) & (ends[:, 0, 0] > 0.2)
    )
    across = across[length[across] > 0.6]
    chosen = np.random.default_rng(1).choice(across, min(40, len(across)), replace=False)
    lines: list[list[tuple[float, float]]] = []
    planted = []
    for k, (a, b) in enumerate(ends):
        if k not in set(chosen.tolist()):
            lines.append([tuple(a), tuple(b)])
            continue
        share = -a[0] / (b[0] - a[0])
        half = 0.15 / length[k]
        left, right = a + (share - half) * (b - a), a + (share + half) * (b - a)
        lines += [[tuple(a), tuple(left)], [tuple(right), tuple(b)]]
        planted.append(a + share * (b - a))
    found = dead_ends(chains(*lines), halves(wide=200.0), crs=PLANE)["dead_ends"].to_frame()
    at = found[["lat_a", "lat_b"]].mean(axis=1).to_numpy() / KM
    along = np.array(planted)[:, 1]
    hit = [bool(np.any((np.abs(at - y) < 0.05) & (found["gap_km"].to_numpy() < 0.31))) for y in along]
    recall = float(np.mean(hit))
    precision = float(np.mean([np.abs(along - y).min() < 0.05 for y in at]))
    print(f"planted {len(along)}, candidates {len(found)}, recall {recall:.3f}, precision {precision:.3f}")
    assert len(along) >= 20 and recall >= 0.9
    assert precision >= 0.8


def test_helsinki_rim_gives_no_candidates(shared_data: Path) -> None:
    roads = read_osm(shared_data / "reference" / "osm" / "Helsinki.osm.pbf", country="FI")
    west, east = (box(24.9, 60.1, 24.944, 60.2), box(24.944, 60.1, 25.0, 60.2))
    shapes = gpd.GeoDataFrame(geometry=[west, east], index=pd.Index(["W", "E"]), crs="EPSG:4326")
    found = dead_ends(roads, shapes, crs="EPSG:3067", options=DeadEndOptions(least_class="residential", run_m=100.0))
    ends = found["dead_end_rates"].to_frame()["ends"].sum()
    assert ends == ((roads.degree == 1) & ~roads.vertices["clipped"]).sum() < 10
    assert found["dead_ends"].to_frame().empty
