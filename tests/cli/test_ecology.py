"""megaregion ecology on woods drawn by hand."""

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner
from shapely.geometry import box

pytest.importorskip("rasterio")

from tests.nodes.landscapes import CELL, CRS, X, Y, tables, three_woods, write

from megaregion.cli.main import cli, main


def drawn(folder: Path) -> list[str]:
    classes, threats = tables(folder)
    write(folder / "land.tif", three_woods())
    halves = [box(X, Y - 1200, X + 20 * CELL, Y), box(X + 20 * CELL, Y - 1200, X + 1800, Y)]
    units = gpd.GeoDataFrame({"place_id": ["01", "02"]}, geometry=halves, crs=CRS)
    units.to_file(folder / "units.gpkg", driver="GPKG")
    return ["ecology", str(folder / "land.tif"), str(classes), "--threats", str(threats), "--units",
            str(folder / "units.gpkg"), "--out", str(folder / "out"), "--least-ha", "5"]  # fmt: skip


def test_tables_rasters_and_json(tmp_path: Path) -> None:
    ran = CliRunner().invoke(cli, [*drawn(tmp_path), "--k", "0.05", "--json"])
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.stdout)
    assert found["quality"]["parameters"]["k"] == 0.05
    assert found["sources"]["facts"]["sources"] == 3 and len(found["corridors"]["rows"]) == 9
    owners = pd.read_csv(tmp_path / "out" / "owners.csv", dtype={"unit": str})
    assert set(owners["unit"]) == {"01", "02"}
    names = {p.name for p in (tmp_path / "out").glob("*.tif")}
    assert names == {f"{n}.tif" for n in ("degradation", "quality", "spa_like", "sources", "corridors", "current",
                                          "pinch_points")}  # fmt: skip


def test_text_names_every_table(tmp_path: Path) -> None:
    ran = CliRunner().invoke(cli, [*drawn(tmp_path), "--top", "2"])
    assert ran.exit_code == 0, ran.output
    for title in ("Habitat quality by land cover", "Overlap of corridors", "Owners of corridors: 2 of 3 rows"):
        assert title in ran.stdout
    assert "relative score" in ran.stderr


def test_governments_by_name_and_coordinates_in_full(tmp_path: Path) -> None:
    command = drawn(tmp_path)
    halves = gpd.read_file(tmp_path / "units.gpkg").assign(name=["West", "East"])
    halves.to_file(tmp_path / "units.gpkg", driver="GPKG")
    ran = CliRunner().invoke(cli, command)
    assert ran.exit_code == 0, ran.output
    owners = ran.stdout.split("Owners of corridors")[1]
    assert "01 West" in owners and "02 East" in owners
    assert "e+" not in ran.stdout and f"{X:,.0f}"[:4] in ran.stdout
    assert set(pd.read_csv(tmp_path / "out" / "owners.csv", dtype={"unit": str})["unit"]) == {"01", "02"}


@pytest.mark.parametrize(("contrasts", "said"), [("10,100", "at least three"), ("10,x", "numbers with commas")])
def test_wrong_contrasts_are_one_line(tmp_path: Path, contrasts: str, said: str, capsys) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([*drawn(tmp_path), "--contrasts", contrasts])
    assert stopped.value.code == 2 and said in capsys.readouterr().err


def test_sites_under_a_budget(tmp_path: Path) -> None:
    command = drawn(tmp_path)
    rows = [("a", X + 20.5 * CELL, Y - 18.5 * CELL), ("b", X + 42.5 * CELL, Y - 18.5 * CELL)]
    table = pd.DataFrame(rows, columns=["site", "x", "y"]).assign(cost=[3.0, 1.0], area_ha=[9.0, 1.0])
    table.to_csv(tmp_path / "sites.csv", index=False)
    sites = ["--sites", str(tmp_path / "sites.csv")]
    ran = CliRunner().invoke(cli, [*command, *sites, "--budget", "1", "--json"])
    assert ran.exit_code == 0, ran.output
    rows = json.loads(ran.stdout)["restoration"]["rows"]
    assert [(row["site"], row["chosen"]) for row in rows] == [("b", True), ("a", False)]
    assert all(row["alone"] > 0 for row in rows)
    assert (tmp_path / "out" / "restoration.csv").is_file()
    assert CliRunner().invoke(cli, [*command, *sites]).exit_code == 2  # no budget
