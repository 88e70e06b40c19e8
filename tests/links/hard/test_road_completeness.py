"""Mapped over official length by hand, grades, evidence cards, and figures that cannot be used."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from shapely.geometry import LineString, box

from megaregion.cli.main import cli
from megaregion.data.road_map import RoadMap, Ways, road_map
from megaregion.errors import InputError, SchemaError
from megaregion.links.hard.road_completeness import grade, read_road_lengths, road_completeness

KM = 1.0 / 111.195  # degree of a great circle
PLANE = "EPSG:32631"


def chains(lines: list[list[tuple[float, float]]], classes: list[str], oneway: list[bool] | bool = False) -> RoadMap:
    """Roads along points in kilometres from 3 E on the equator; equal points are one place."""
    flat = [(round(x, 6), round(y, 6)) for line in lines for x, y in line]
    label = {p: k for k, p in enumerate(dict.fromkeys(flat))}
    ways = pd.DataFrame({"way_id": range(len(lines)), "road_class": classes, "speed_kmh": 60.0, "oneway": oneway,
                         "name": "", "ref": ""})  # fmt: skip
    at = np.array(flat)
    return road_map(Ways(ways=ways, first=np.r_[0, np.cumsum([len(line) for line in lines])], lon=3.0 + at[:, 0] * KM,
                         point=np.array([label[p] for p in flat], np.int64), lat=at[:, 1] * KM))  # fmt: skip


def halves() -> gpd.GeoDataFrame:
    """West and east of 3 E, 40 km wide each."""
    shapes = [box(3 - 40 * KM, -40 * KM, 3, 40 * KM), box(3, -40 * KM, 3 + 40 * KM, 40 * KM)]
    return gpd.GeoDataFrame(geometry=shapes, index=pd.Index(["W", "E"], name="place_id"), crs="EPSG:4326")


# 12 km west and 8 km east of a primary road; a motorway as two carriageways of 10 km in the east; a lane of 3 km west
ROADS = ([(-12, 0), (8, 0)], [(1, 5), (11, 5)], [(11, 5.02), (1, 5.02)], [(-9, 2), (-6, 2)])
KINDS = ["primary", "motorway", "motorway", "residential"]


def figures(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["place_id", "road_class", "length_km"]).assign(year=2020.0, source="x")


def test_lengths_are_cut_at_the_border_and_carriageways_count_half() -> None:
    official = figures([("W", "primary", 14.0), ("W", "residential;living_street", 12.0), ("E", "all", 20.0),
                        ("E", "motorway", 10.0)])  # fmt: skip
    got = road_completeness(chains(list(ROADS), KINDS, [False, True, True, False]), halves(), official, crs=PLANE)
    rows = got.to_frame().set_index(["place_id", "road_class"])
    want = {
        ("W", "primary"): 12.0,
        ("W", "residential;living_street"): 3.0,
        ("E", "all"): 18.0,
        ("E", "motorway"): 10.0,
    }
    assert rows["mapped_km"].to_dict() == pytest.approx(want, rel=1e-3)
    assert rows["grade"].to_dict() == dict(zip(want, "BDBA", strict=True))
    assert got.by_unit().to_dict() == pytest.approx({"W": 15 / 26, "E": 0.9}, rel=1e-3)
    assert got.facts()["grade_D"] == 1 and got.facts()["ratio"] == pytest.approx(33 / 46, rel=1e-3)
    assert list(rows.reset_index().columns) == [c.name for c in got.describe()]


def test_sums_over_units_are_the_whole_map() -> None:
    """Two-way roads: what is cut at borders adds up, whatever the classes."""
    roads = chains(list(ROADS), KINDS)
    got = road_completeness(roads, halves(), figures([("W", "all", 1.0), ("E", "all", 1.0)]), crs=PLANE)
    assert got.to_frame()["mapped_km"].sum() == pytest.approx(roads.edges["length_m"].sum() / 1000.0, rel=1e-9)
    assert set(got.to_frame()["grade"]) == {"over"} and any("definitions differ" in w for w in got.warnings)


def test_grades() -> None:
    assert [grade(v) for v in (0.0, 0.499, 0.5, 0.8, 0.95, 1.149, 1.15, np.nan)] == ["D", "D", "C", "B", "A", "A",
                                                                                    "over", ""]  # fmt: skip


def test_a_map_that_was_cut_off_inside_a_unit_says_so() -> None:
    roads = chains(list(ROADS), KINDS)
    roads.vertices["clipped"] = roads.vertices["lon"] < 3 - 11 * KM
    got = road_completeness(roads, halves(), figures([("W", "all", 20.0)]), crs=PLANE)
    assert any("cut off inside 1 units" in w and w.endswith("W") for w in got.warnings)


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (
            [("W", "path", 1.0), ("X", "all", -1.0)],
            "path is no class .*1 are not among the units: X; length_km must be > 0",
        ),
        ([("W", "primary", 1.0), ("W", "primary;secondary", 2.0)], "several figures for W primary"),
        ([("W", "all", 1.0), ("W", "all", 2.0)], "several figures for W all"),
        ([], "there is no row"),
    ],
)
def test_figures_that_cannot_be(rows: list[tuple[object, ...]], text: str) -> None:
    with pytest.raises(InputError, match=text):
        road_completeness(chains(list(ROADS), KINDS), halves(), figures(rows), crs=PLANE)


def test_cards_and_commands_carry_it(tmp_path: Path) -> None:
    """Planted stubs 1 km apart: the candidate has the completeness of both units, the command the whole table."""
    paths = [[(-10, 0), (-0.5, 0)], [(0.5, 0), (10, 0)], [(-10, 0), (-10, 8), (10, 8), (10, 0)], [(-12, -2), (12, -2)]]
    lines = [LineString([(3 + x * KM, y * KM) for x, y in path]) for path in paths]
    gpd.GeoDataFrame({"highway": ["primary"] * len(lines)}, geometry=lines, crs="EPSG:4326").to_file(
        tmp_path / "roads.gpkg"
    )
    halves().reset_index().to_file(tmp_path / "units.gpkg")
    (tmp_path / "official.csv").write_text("place_id,road_class,length_km,year\nW,primary,50,2020\nE,all,39.5,2020\n")
    out = tmp_path / "out"
    files = [str(tmp_path / f"{name}.gpkg") for name in ("roads", "units")]
    more = ["--official", str(tmp_path / "official.csv")]
    ran = CliRunner().invoke(cli, ["gaps", *files, "--crs", PLANE, *more, "--out", str(out), "--json"])
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.stdout)
    assert {r["place_id"]: r["grade"] for r in found["completeness"]["rows"]} == {"W": "C", "E": "A"}
    row = found["dead_ends"]["rows"][0]
    share = {row["unit_a"]: row["completeness_a"], row["unit_b"]: row["completeness_b"]}
    assert share == pytest.approx({"W": 39.5 / 50, "E": 1.0}, rel=1e-3)
    assert len(pd.read_csv(out / "completeness.csv")) == 2 and (out / "cards" / "D1.png").exists()
    ran = CliRunner().invoke(cli, ["network", *files, "--out", str(tmp_path / "net"), *more, "--crs", PLANE])
    assert ran.exit_code == 0, ran.output
    assert "Completeness of the road map" in ran.stdout and (tmp_path / "net" / "completeness.csv").exists()


def test_a_table_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "official.csv"
    path.write_text("place_id,road_class,length\nW,all,x\n")
    with pytest.raises(SchemaError, match="is no table of road lengths"):
        read_road_lengths(path)
