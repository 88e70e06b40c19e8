import json
import math
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from megaregion.cli.skim import skim
from megaregion.errors import InputError


@pytest.fixture
def files(tmp_path: Path) -> Path:
    rows = [f"G{h},a,,{h}:00\nG{h},b,{h}:30," for h in range(24)]
    (tmp_path / "trains.csv").write_text("train,stop,arrival,departure\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "stops.csv").write_text("node_id,lon,lat\na,8.0,50.0\nb,12.0,50.0\n", encoding="utf-8")
    (tmp_path / "places.csv").write_text("place_id,lon,lat\n01,8.0,50.0\n02,12.0,50.0\n", encoding="utf-8")
    return tmp_path


def call(files: Path, *arguments: object) -> Result:
    given = (files / "trains.csv", files / "places.csv", "--stops", files / "stops.csv", *arguments)
    return CliRunner().invoke(skim, [str(a) for a in given])


def test_headline_numbers_and_warnings(files: Path) -> None:
    done = call(files)
    assert done.exit_code == 0
    assert "pairs_without_journey: 1" in done.stdout and "mean_min_median: 80" in done.stdout
    assert "1 of 2 pairs have no journey in the window" in done.stderr and "warning" not in done.stdout


def test_all_pairs_as_json_and_as_a_file(files: Path) -> None:
    done = call(files, "--json", "--start", 480, "--end", 600, "--out", files / "times.csv")
    found = json.loads(done.stdout)
    row = next(r for r in found["rows"] if r["origin"] == "01")
    assert (row["destination"], row["mean_min"], row["departures"]) == ("02", 80, 2)
    assert next(r for r in found["rows"] if r["origin"] == "02")["mean_min"] is None
    assert found["parameters"]["start_min"] == 480
    written = pd.read_csv(files / "times.csv", dtype={"origin": str, "destination": str})
    assert written.loc[written["origin"] == "01", "fastest_min"].tolist() == [50]


def test_layers(files: Path) -> None:
    import geopandas as gpd

    assert call(files, "--start", 480, "--end", 600, "--out", files / "times.gpkg").exit_code == 0
    pairs = gpd.read_file(files / "times.gpkg", layer="pairs").set_index("origin")
    assert pairs.loc["01", "mean_min"] == 80 and pairs.loc["01"].geometry.bounds == (8.0, 50.0, 12.0, 50.0)
    places = gpd.read_file(files / "times.gpkg", layer="places").set_index("place_id")
    assert places.loc["01", "mean_min_median"] == 80


def test_a_table_without_stops(files: Path) -> None:
    done = CliRunner().invoke(skim, [str(files / "trains.csv"), str(files / "places.csv")])
    assert isinstance(done.exception, InputError) and "table of stops" in str(done.exception)


def test_rows_are_printed_with_what_is_modelled(files: Path) -> None:
    done = call(files, "--start", 480, "--end", 600, "--top", 1)
    assert "1 of 2 pairs (* modelled)" in done.stdout and "mean_min*" in done.stdout
    assert [line.split()[:2] for line in done.stdout.splitlines() if line.strip().startswith("0")] == [["01", "02"]]


def test_what_cannot_be_written_or_asked(files: Path) -> None:
    done = call(files, "--out", files / "times.xlsx")
    assert isinstance(done.exception, InputError) and "must end in .csv or .gpkg" in str(done.exception)
    assert not (files / "times.xlsx").exists()
    (files / "places.csv").write_text("place_id,lon,lat\n01,8.0,50.0\n", encoding="utf-8")
    alone = call(files)
    assert isinstance(alone.exception, InputError) and "two at least" in str(alone.exception)


def test_ways_to_stations_are_told_and_may_be_on_foot(files: Path) -> None:
    """A place 1 km east of a: 1.3 km at 25 km/h and ten minutes, or at 4.8 km/h; 13 km off nobody walks."""
    east = 8.0 + 1.0 / 111.195 / math.cos(math.radians(50.0))
    text = f"place_id,lon,lat\n01,{east:.6f},50.0\n02,12.0,50.0\n03,8.15,50.05\n"
    (files / "places.csv").write_text(text, encoding="utf-8")
    row = {}
    for given in ((), ("--on-foot",)):
        done = call(files, "--json", "--start", 480, "--end", 600, *given)
        rows = {(r["origin"], r["destination"]): r for r in json.loads(done.stdout)["rows"]}
        row[given] = rows["01", "02"]["fastest_min"], rows["03", "02"]["fastest_min"]
    assert row[()][0] == pytest.approx(30 + 20 + 60 * 1.3 / 25, abs=0.02) and row[()][1] is not None
    assert row["--on-foot",][0] == pytest.approx(30 + 60 * 1.3 / 4.8, abs=0.02) and row["--on-foot",][1] is None
    said = call(files, "--start", 480, "--end", 600).stderr
    assert "modelled: great circle x 1.3 at 60 km/h, the first 15 km at 25 km/h; 10 min at each end" in said
    assert "at 4.8 km/h; 0 min at each end" in call(files, "--start", 480, "--end", 600, "--on-foot").stderr


def test_a_workspace_states_times_and_window() -> None:
    root = Path(__file__).parents[2] / "docs" / "howto" / "mexico_rail"
    done = CliRunner().invoke(skim, [str(root), "--end", "430", "--json"])
    found = json.loads(done.stdout)["parameters"]
    assert (found["start_min"], found["end_min"], found["ground_slow_kmh"]) == (420, 430, 4.8)
    assert found["timetable"] == "2013-06-19"
    refused = CliRunner().invoke(skim, [str(root), "--date", "2013-06-18"])
    assert isinstance(refused.exception, InputError) and "[options.timetable]" in str(refused.exception)
