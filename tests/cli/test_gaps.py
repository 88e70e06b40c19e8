"""megaregion gaps on planted roads: from lines, from OpenStreetMap, and what cannot be read."""

import json
import re
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner
from matplotlib import image
from shapely.geometry import LineString, box

from megaregion.cli.main import cli, main

KM = 1.0 / 111.195


def planted(folder: Path) -> tuple[Path, Path]:
    """Two roads that stop 500 m before the border and a way round of 55 km (see tests/links/hard/test_dead_ends.py)."""
    paths = [
        [(-10, 0), (-0.5, 0)],
        [(0.5, 0), (10, 0)],
        [(-10, 0), (-10, 8), (10, 8), (10, 0)],
        [(-12, -2), (12, -2)],
    ]  # without the last both ends would lie on the rim of the map
    lines = [LineString([(3 + x * KM, y * KM) for x, y in path]) for path in paths]
    roads = gpd.GeoDataFrame(
        {"highway": "primary", "name": ["西路", "东路", "环路", "南路"]}, geometry=lines, crs="EPSG:4326"
    )
    roads.to_file(folder / "roads.gpkg", driver="GPKG")
    halves = [box(2, -1, 3, 1), box(3, -1, 4, 1)]
    units = gpd.GeoDataFrame({"place_id": ["01", "02"], "name": ["West", "Ost 东"]}, geometry=halves, crs="EPSG:4326")
    units.to_file(folder / "units.gpkg", driver="GPKG")
    return folder / "roads.gpkg", folder / "units.gpkg"


def test_tables_cards_and_json(tmp_path: Path) -> None:
    roads, units = planted(tmp_path)
    out = tmp_path / "out"
    ran = CliRunner().invoke(cli, ["gaps", str(roads), str(units), "--crs", "EPSG:32631", "--out", str(out), "--json"])
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.stdout)
    assert found["dead_ends"]["facts"]["candidates"] == 1
    row = found["dead_ends"]["rows"][0]
    assert {row["unit_a"], row["unit_b"]} == {"01", "02"} and row["gap_km"] == pytest.approx(1.0, rel=1e-3)
    table = pd.read_csv(out / "dead_ends.csv", dtype={"unit_a": str})
    assert table["unit_a"].isin(["01", "02"]).all() and table["road_a"].isin(["西路", "东路"]).all()
    layer = gpd.read_file(out / "dead_ends.gpkg")
    assert len(layer) == 1 and layer.to_crs("EPSG:32631").length.iloc[0] == pytest.approx(1000.0, rel=1e-3)
    picture = image.imread(out / "cards" / "D1.png")
    assert picture.shape[0] > 400 and picture[..., :3].std() > 0.05
    assert not list(out.rglob("*.part")) and not list(out.rglob(".tmp*"))


def test_text_and_notes(tmp_path: Path) -> None:
    roads, units = planted(tmp_path)
    ran = CliRunner().invoke(cli, ["gaps", str(roads), str(units), "--crs", "EPSG:32631", "--detour", "60"])
    assert ran.exit_code == 0 and "0 of 0 rows" in ran.stdout and "a question to the two governments" in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--id", "code"], "it has no column 'code'"),
        (["--least-class", "path"], "least_class must be one of"),
        (["--gap-km", "-1"], "gap_km must be > 0"),
        (["--crs", "EPSG:99"], "expected a coordinate reference system"),
        (["--crs", "EPSG:4326"], "not projected"),
        (["--crs", "EPSG:4549"], "does not fit the region"),
        (["--cards", "-3"], "-3 is not in the range"),
        (["--country", "China"], "country must be two letters"),
    ],
)
def test_options_that_cannot_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], text: str
) -> None:
    roads, units = planted(tmp_path)
    with pytest.raises(SystemExit) as stop:
        main(["gaps", str(roads), str(units), "--crs", "EPSG:32631", *arguments])
    assert stop.value.code == 2 and text in capsys.readouterr().err


def test_a_country_without_speeds_of_its_own_is_told(tmp_path: Path) -> None:
    from megaregion.links.hard.road_sources import read_map
    from megaregion.report.road_words import ROADS

    roads, _ = planted(tmp_path)
    said = [note for note in read_map(roads, country="li").notes if "no default speeds of LI" in note]
    assert len(said) == 1 and any(re.fullmatch(pattern, said[0]) for pattern, _ in ROADS)
    assert not any("no default speeds" in note for c in ("CN", "de", "") for note in read_map(roads, country=c).notes)


def test_files_that_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    roads, units = planted(tmp_path)
    bad, far = tmp_path / "bad.gpkg", tmp_path / "far.gpkg"
    gpd.read_file(units).set_geometry([box(4, 40, 5, 41), box(5, 40, 6, 41)], crs=4326).to_file(far)
    bad.write_bytes(b"no geopackage")
    cases = [(bad, units, "bad.gpkg cannot be read"), (units, units, "it has no column with the class"),
             (roads, roads, "it holds no polygons"), (roads, far, "no road lies where the units are")]  # fmt: skip
    for first, second, text in cases:
        with pytest.raises(SystemExit) as stop:
            main(["gaps", str(first), str(second), "--crs", "EPSG:32631"])
        assert stop.value.code == 2 and text in capsys.readouterr().err


def test_helsinki_by_command(tmp_path: Path, shared_data: Path) -> None:
    pytest.importorskip("osmium")
    halves = gpd.GeoDataFrame({"place_id": ["01", "02"]}, crs="EPSG:4326",
                              geometry=[box(24.0, 60.0, 24.944, 60.3), box(24.944, 60.0, 26.0, 60.3)])  # fmt: skip
    halves.to_file(units := tmp_path / "halves.gpkg", driver="GPKG")
    file = shared_data / "reference" / "osm" / "Helsinki.osm.pbf"
    ran = CliRunner().invoke(cli, ["gaps", str(file), str(units), "--crs", "EPSG:3067", "--country", "FI", "--json"])
    assert ran.exit_code == 0 and json.loads(ran.stdout)["dead_ends"]["facts"]["candidates"] == 0


def test_no_segments_and_no_places_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    roads, units = planted(tmp_path)
    none = tmp_path / "none.csv"
    none.write_text("place_id,lon,lat\n", encoding="utf-8")
    cases = [(["crossings", str(roads), str(units), "--crs", "EPSG:32631", "--segment-km", "0"], "segment_km must be"),
             (["network", str(roads), str(none), "--out", str(tmp_path / "net")], "it holds no places")]  # fmt: skip
    for arguments, text in cases:
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 2 and text in capsys.readouterr().err
