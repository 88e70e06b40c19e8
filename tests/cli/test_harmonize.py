"""megaregion harmonize and megaregion crosswalk: files in, files out, one clear error."""

import json
import shutil
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner
from shapely.geometry import Point, box

from megaregion.cli.main import cli, main

CRS = "EPSG:6933"


@pytest.fixture
def root(tmp_path: Path, examples: Path) -> Path:
    """The example with three indicators of Anhui only."""
    folder = tmp_path / "delta"
    (folder / "tables").mkdir(parents=True)
    source = examples / "yangtze-delta"
    for name in ("workspace.toml", "tables/places.csv", "tables/crosswalk.csv"):
        shutil.copy(source / name, folder / name)
    rows = pd.read_csv(source / "tables" / "indicators.csv", dtype=str)
    keep = rows["indicator"].isin(["gdp", "resident_population", "gdp_primary"]) & rows["place_id"].str.startswith("34")
    rows[keep].to_csv(folder / "tables" / "indicators.csv", index=False)
    return folder


def test_the_tables_are_written_and_can_stand_in_the_workspace(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = CliRunner().invoke(
        cli, ["harmonize", str(root), "--year", "2024", "--indicator", "gdp", "--out", str(out), "--json"]
    )
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.stdout)
    assert set(found) == {"harmonized", "parts", "steps", "jumps"}
    assert {r["indicator"] for r in found["harmonized"]["rows"]} == {"gdp"}
    assert found["harmonized"]["facts"]["shared out"] == 2 * 15  # Anqing and Tongling, 2000 to 2014
    written = pd.read_csv(out / "indicators.csv", dtype={"place_id": str})
    header = (root / "tables" / "indicators.csv").read_text(encoding="utf-8").splitlines()[0]
    assert list(written.columns) == header.split(",")
    assert {p.name for p in out.iterdir()} == {"indicators.csv", "parts.csv", "steps.csv", "jumps.csv"}


def test_a_rate_is_weighted_and_a_file_of_values_can_be_given(root: Path, tmp_path: Path) -> None:
    """Anqing 10 % of 300, Tongling 40 % of 100, share s: Tongling has (s 3000 + 4000) / (s 300 + 100)."""
    head = "place_id,year,indicator,value,unit,scope,source\n"
    rows = "340800,2014,people,300,person,全市,x\n340700,2014,people,100,person,全市,x\n"
    rows += "340800,2014,rate,10,percent,全市,x\n340700,2014,rate,40,percent,全市,x\n"
    (tmp_path / "values.csv").write_text(head + rows, encoding="utf-8")
    ran = CliRunner().invoke(cli, ["harmonize", str(root), str(tmp_path / "values.csv"), "--year", "2015", "--per",
                                   "rate=people", "--out", str(tmp_path / "out"), "--json"])  # fmt: skip
    assert ran.exit_code == 0, ran.output
    got = {(r["indicator"], r["place_id"]): r["value"] for r in json.loads(ran.stdout)["harmonized"]["rows"]}
    s = 0.157909
    assert got["people", "340700"] == pytest.approx(100 + 300 * s)
    assert got["rate", "340700"] == pytest.approx((3000 * s + 4000) / (300 * s + 100))
    assert got["rate", "340800"] == pytest.approx(10)


def test_what_the_workspace_says_of_its_sources_holds(root: Path, tmp_path: Path) -> None:
    """Values of the census of 2010 are on the borders of 2020: they stay; those of a yearbook are shared out."""
    head, tail = "place_id,year,indicator,value,unit,scope,source\n", "person,全市"
    rows = [
        f"{p},2010,{i},10,{tail},{s}"
        for p in ("340800", "340700")
        for i, s in (("x", "census-2010"), ("y", "yearbooks"))
    ]
    (tmp_path / "values.csv").write_text(head + "\n".join(rows), encoding="utf-8")
    ran = CliRunner().invoke(cli, ["harmonize", str(root), str(tmp_path / "values.csv"), "--year", "2020", "--out",
                                   str(tmp_path / "out"), "--json"])  # fmt: skip
    assert ran.exit_code == 0, ran.output
    how = {(r["indicator"], r["how"]) for r in json.loads(ran.stdout)["harmonized"]["rows"]}
    assert how == {("x", "unchanged"), ("y", "shared out")}


def test_pooling_needs_no_shares(root: Path, tmp_path: Path) -> None:
    file = root / "tables" / "crosswalk.csv"
    pd.read_csv(file, dtype=str).assign(share_population="").to_csv(file, index=False)
    ran = CliRunner().invoke(cli, ["harmonize", str(root), "--year", "2024", "--how", "pool", "--indicator",
                                   "resident_population", "--out", str(tmp_path / "out"), "--json"])  # fmt: skip
    assert ran.exit_code == 0, ran.output
    rows = {(r["place_id"], r["year"]): r["value"] for r in json.loads(ran.stdout)["harmonized"]["rows"]}
    assert rows["340700+340800", 2014] == 738_100 + 5_375_600
    assert rows["340700+340800", 2015] == 1_426_000 + 4_586_100


@pytest.mark.parametrize(
    ("arguments", "text", "code"),
    [
        (["--indicator", "nothing"], "no values of nothing", 2),
        (["--per", "gdp"], "NAME=VALUE", 2),
        (["--borders", "yearbooks=soon"], "must be years", 2),
        (["--by", "area"], "share_area", 2),
    ],
)
def test_one_clear_error(
    root: Path, tmp_path: Path, arguments: list[str], text: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["harmonize", str(root), "--year", "2024", "--out", str(tmp_path / "out"), *arguments])
    assert ended.value.code == code
    assert text in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_units_that_no_change_leads_to_a_place_are_named(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "place_id,year,indicator,value,unit,scope,source\n341400,2009,people,300,person,全市,x\n"
    (tmp_path / "values.csv").write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["harmonize", str(root), str(tmp_path / "values.csv"), "--year", "2024", "--out", str(tmp_path / "out")])
    assert ended.value.code == 2
    assert "no places on the borders of 2024: 341400" in capsys.readouterr().err


def test_without_crosswalk_the_way_to_one_is_named(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "tables" / "crosswalk.csv").unlink()
    with pytest.raises(SystemExit) as ended:
        main(["harmonize", str(root), "--year", "2024", "--out", str(tmp_path / "out")])
    assert ended.value.code == 4
    assert "megaregion crosswalk BEFORE AFTER" in capsys.readouterr().err


def test_two_maps_make_a_crosswalk(tmp_path: Path) -> None:
    old = gpd.GeoDataFrame({"place_id": ["a", "b"]}, geometry=[box(0, 0, 4, 1), box(4, 0, 6, 1)], crs=CRS)
    new = gpd.GeoDataFrame({"place_id": ["a", "b"]}, geometry=[box(0, 0, 3, 1), box(3, 0, 6, 1)], crs=CRS)
    people = gpd.GeoDataFrame(
        {"population": [1, 9, 5]}, geometry=[Point(1, 0.5), Point(3.5, 0.5), Point(5, 0.5)], crs=CRS
    )
    for name, frame in (("old", old), ("new", new), ("people", people)):
        frame.to_file(tmp_path / f"{name}.gpkg", driver="GPKG")
    out = tmp_path / "crosswalk.csv"
    maps = [str(tmp_path / "old.gpkg"), str(tmp_path / "new.gpkg"), "--weights", str(tmp_path / "people.gpkg")]
    ran = CliRunner().invoke(cli, ["crosswalk", *maps, "--year", "2010", "--crs", CRS, "--out", str(out), "--json"])
    assert ran.exit_code == 0, ran.output
    rows = pd.read_csv(out).set_index(["from_id", "to_id"])
    assert rows.loc[("a", "b"), "share_population"] == pytest.approx(0.9)
    assert rows.loc[("a", "b"), "share_area"] == pytest.approx(0.25)
    assert json.loads(ran.stdout)["crosswalk"]["facts"] == {"whole": 1, "split": 1}


def test_a_map_without_the_column_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gpd.GeoDataFrame({"code": ["a"]}, geometry=[box(0, 0, 1, 1)], crs=CRS).to_file(tmp_path / "m.gpkg", driver="GPKG")
    with pytest.raises(SystemExit) as ended:
        main(["crosswalk", str(tmp_path / "m.gpkg"), str(tmp_path / "m.gpkg"), "--year", "2010", "--crs", CRS, "--out",
              str(tmp_path / "x.csv")])  # fmt: skip
    assert ended.value.code == 2
    assert "no column 'place_id'" in capsys.readouterr().err
