"""megaregion innovation on a folder of three cities: numbers by hand, what is lacking, nothing at all."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from megaregion.cli.main import cli
from megaregion.errors import InputError

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
"""
PLACES = """place_id,name,name_zh,kind,parent_id,lon,lat,area_km2,population,source
p,P,P,province,,118,32,300,50,x
a,A,A,city,p,118,32,100,30,x
b,B,B,city,p,118.2,32,100,10,x
c,C,C,city,p,118.4,32,100,10,x
"""
DOCUMENTS = "document_id,place_id,year,people\nd,a,2020,2\nd,b,2020,1\ne,a,2020,\ne,Rome,2020,\nf,c,2020,\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "tables").mkdir()
    (tmp_path / "workspace.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "tables" / "places.csv").write_text(PLACES, encoding="utf-8")
    return tmp_path


def command(root: Path, *more: str) -> Result:
    return CliRunner().invoke(cli, ["innovation", str(root), *more])


def test_three_documents(root: Path) -> None:
    """a has 2/3 of d and half of e; of d 1/3 of the pairs are inside a and 1/3 each way to b."""
    (root / "tables" / "documents.csv").write_text(DOCUMENTS, encoding="utf-8")
    got = command(root, "--json")
    assert got.exit_code == 0, got.output
    found = json.loads(got.stdout)
    rows = {row["place_id"]: row for row in found["innovation_ties_places"]["rows"]}
    assert rows["a"]["documents"] == pytest.approx(2 / 3 + 1 / 2) and rows["c"]["inside"] == 1.0
    assert rows["a"]["inside"] == pytest.approx((1 / 3) / (7 / 6))
    assert rows["a"]["outside"] == pytest.approx((1 / 2) / (7 / 6))
    assert [(r["place_a"], r["place_b"], r["full"]) for r in found["innovation_ties"]["rows"]] == [("a", "b", 1.0)]
    told = " ".join(found["innovation"]["warnings"])
    assert "radiation of the centre is not computed" in told and "no conversion rate" in told
    text = command(root, "--place", "b", "--top", "1")
    assert text.exit_code == 0 and "innovation_ties_places: Joint documents by place, 1 of 1 rows" in text.stdout
    assert "b B" in text.stdout, "the name of the place stands behind its code"
    assert command(root, "--place", "B", "--top", "1").stdout == text.stdout
    with pytest.raises(InputError, match="there is no place 'Rome'"):
        CliRunner().invoke(cli, ["innovation", str(root), "--place", "Rome"], catch_exceptions=False)


def test_yields_of_two_kinds_are_not_one_order(root: Path) -> None:
    """Patents per 100 million and a ratio of money to money are ordered apart, each by its value."""
    money = "million CNY (current)"
    facts = [("a", "rd_expenditure", 100, money), ("b", "rd_expenditure", 100, money),
             ("a", "technology_sold", 900, money), ("b", "technology_sold", 50, money),
             ("c", "invention_grants", 9, "count"), ("a", "invention_grants", 3, "count"),
             ("b", "invention_grants", 5, "count")]  # fmt: skip
    rows = "".join(f"{p},2020,{name},{x},{unit},全市,x\n" for p, name, x, unit in facts)
    (root / "tables" / "indicators.csv").write_text("place_id,year,indicator,value,unit,scope,source\n" + rows,
                                                    encoding="utf-8")  # fmt: skip
    got = command(root, "--table", "innovation_yields")
    assert got.exit_code == 0, got.output
    lines = [line.split() for line in got.stdout.splitlines()]
    order = [f"{words[0]} {words[3]}" for words in lines if words and words[0] in ("a", "b", "c")]
    assert order == ["b invention_grants", "a invention_grants", "a technology_sold", "b technology_sold",
                     "c invention_grants"]  # fmt: skip


def test_a_folder_that_says_nothing(root: Path) -> None:
    got = command(root)
    assert got.exit_code == 1 and "no table of this workspace says anything of innovation" in got.output
    unknown = command(root, "--table", "scores")
    assert unknown.exit_code == 2 and "'scores' is not one of" in unknown.output
