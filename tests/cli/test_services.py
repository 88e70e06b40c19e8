"""megaregion services: two cities, one hospital; everything wrong in the options is said."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from megaregion.cli.main import cli
from megaregion.errors import InputError, MissingDataError

CONFIG = """format = 1
[cluster]
id = "w"
name = "W"
name_zh = "W"
level = "city"
group = "province"
base_year = 2020
seed = 1
timetable = ""
crs = "EPSG:4549"
[options.shared_services]
"""
PLACES = """place_id,name,name_zh,kind,parent_id,lon,lat,area_km2,population,source
p,P,P,province,,118,32,100,30,x
q,Q,Q,province,,119,32,100,10,x
a,A,A,city,p,118,32,100,30,x
b,B,B,city,q,118.2,32,100,10,x
"""
SUPPLY = "facility_id,service,place_id,year,supply,unit\nh,hospital,a,2020,60,bed\nold,hospital,a,2010,6,bed\n"
RIGHTS = """origin,destination,scheme,value
q,p,hospital,0
all,all,pension,
q,p,pension,1
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "tables").mkdir()
    (tmp_path / "workspace.toml").write_text(CONFIG + 'zones = { "60" = 1.0 }\n', encoding="utf-8")
    for name, text in (("places", PLACES), ("services_supply", SUPPLY), ("recognition", RIGHTS)):
        (tmp_path / "tables" / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def command(root: Path, *more: str) -> Result:
    return CliRunner().invoke(cli, ["services", str(root), *more])


def test_a_hospital_opens_to_the_neighbour(root: Path) -> None:
    """60 beds for 30 people are 2 each; for all 40 within the hour 1.5 each: A loses a quarter, B gains."""
    got = command(root, "--json", "--out", str(root / "out"))
    assert got.exit_code == 0, got.output
    found = json.loads(got.stdout)
    rows = {row["place_id"]: row for row in found["hospital"]["rows"]}
    assert (rows["a"]["access_now"], rows["b"]["access_now"]) == (2.0, 0.0)
    assert (rows["a"]["access_shared"], rows["b"]["access_shared"]) == (1.5, 1.5)
    assert (rows["a"]["effect"], rows["b"]["effect"]) == ("loses", "gains")
    assert found["hospital"]["facts"]["losers"] == ["a"]
    assert [row["facility_id"] for row in found["hospital_facilities"]["rows"]] == ["h"]
    assert "portability" in found and (root / "out" / "hospital.csv").exists()


def test_options_are_declared_and_checked(root: Path) -> None:
    text = CONFIG + 'zones = { "60" = 1.0 }\nreach_min = "far"\nmethod = "best"\nradius = 3\n'
    (root / "workspace.toml").write_text(text, encoding="utf-8")
    error = command(root).exception
    assert isinstance(error, InputError)
    for part in ("unknown key 'radius'", "reach_min must be a number", "method must be one of e2sfca"):
        assert part in str(error)
    (root / "workspace.toml").write_text(CONFIG, encoding="utf-8")
    assert "give either zones or reach_min" in str(command(root).exception)


def test_without_tables_it_says_what_is_needed(root: Path) -> None:
    for name in ("services_supply", "recognition"):
        (root / "tables" / f"{name}.csv").unlink()
    error = command(root).exception
    assert isinstance(error, MissingDataError) and "services_supply.csv" in str(error)


def test_text_shows_what_stands_out_and_long_lists_are_cut(root: Path) -> None:
    """Fifteen places of the neighbour gain; the city that had the beds to itself loses a third and stands first."""
    more = "".join(f"b{k:02},B,B,city,q,118.2,32,100,1,x\n" for k in range(15))
    (root / "tables" / "places.csv").write_text(PLACES.replace("b,B,B,city,q,118.2,32,100,10,x\n", more), "utf-8")
    text = command(root, "--top", "1")
    assert text.exit_code == 0, text.output
    (winners,) = (line for line in text.stdout.splitlines() if line.startswith("  winners: "))
    assert winners.endswith(", ... (15 in all)") and winners.count("b") == 10
    assert text.stdout.splitlines()[2].split()[0] == "a"
    assert len(json.loads(command(root, "--json").stdout)["hospital"]["facts"]["winners"]) == 15
