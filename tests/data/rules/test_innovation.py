"""Documents and choke points: each contradiction is found, sound tables have nothing."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from megaregion.data.check import check
from megaregion.data.problem import Problem

SOUND = Path(__file__).parent.parent / "check" / "sound"


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SOUND, tmp_path / "sound"))


def place(folder: Path, kind: str) -> str:
    places = pd.read_csv(folder / "tables" / "places.csv", dtype=str)
    return str(places.loc[places["kind"] == kind, "place_id"].iloc[0])


def found(folder: Path, name: str, text: str) -> list[Problem]:
    (folder / "tables" / f"{name}.csv").write_text(text, encoding="utf-8")
    return [p for p in check(folder) if p.table == f"tables/{name}.csv"]


HEAD = "document_id,place_id,year,people,kind,field\n"


def test_sound_documents_have_nothing(sound: Path) -> None:
    here = place(sound, "city")
    assert found(sound, "documents", f"{HEAD}d,{here},2020,2,grant,a;b\nd,Paris,2020,,grant,a;b\n") == []
    assert found(sound, "choke_points", "choke_point,activities,import_dependence\nx,a;b,0.5\ny,b,\n") == []


def test_each_contradiction_is_found(sound: Path) -> None:
    here = place(sound, "city")
    lines = [f"a,{here},2019,1,grant,x", "a,Paris,2020,1,grant,x", f"b,{here},2020,0,grant,x", "b,Paris,2020,1,grant,y",
             f"c,{here},1020,1,paper,x", f"{'d'},{place(sound, 'province')},2020,1,paper,x",
             f"e,{here},2020,1,grant,x", f"e,{here},2020,1,grant,x"]  # fmt: skip
    got = found(sound, "documents", HEAD + "\n".join(lines) + "\n")
    assert {p.code for p in got} == {"document-differs", "people-range", "mixed-kinds", "year-range", "place-too-large",
                                     "duplicate-id"}  # fmt: skip
    told = {(p.code, p.column): p.labels for p in got}
    assert told[("document-differs", "year")] == ("a",) and told[("document-differs", "field")] == ("b",)
    assert told[("people-range", "people")] == (f"b {here}",) and told[("mixed-kinds", "kind")] == ("grant", "paper")


def test_a_kind_that_is_named_ends_the_mixture(sound: Path) -> None:
    with (sound / "workspace.toml").open("a", encoding="utf-8") as file:
        file.write('\n[options.innovation]\ndocument_kind = "grant"\n')
    here = place(sound, "city")
    assert found(sound, "documents", f"{HEAD}a,{here},2019,1,grant,x\nb,{here},2019,1,paper,x\n") == []


def test_documents_of_nobody_here(sound: Path) -> None:
    got = found(sound, "documents", f"{HEAD}a,Paris,2019,1,grant,x\n")
    assert [p.code for p in got] == ["unknown-place"]


def test_choke_points_are_looked_at(sound: Path) -> None:
    found(sound, "documents", f"{HEAD}a,{place(sound, 'city')},2019,1,grant,optics\n")
    text = "choke_point,activities,import_dependence,domestic_holders\nx,optics;gold,80,-1\ny,optics,0.5,3\n"
    got = found(sound, "choke_points", text)
    told = {(p.code, p.labels) for p in got}
    assert told == {
        ("share-range", ("x",)), ("negative-value", ("x",)), ("unknown-activity", ("x",)),
    }  # fmt: skip


def test_choke_points_on_industries_where_documents_have_no_fields(sound: Path) -> None:
    here = place(sound, "city")
    head = "place_id,year,industry,value,unit,scope,source\n"
    (sound / "tables" / "industries.csv").write_text(
        f"{head}{here},2020,optics,5,person,全市,census\n", encoding="utf-8"
    )
    found(sound, "documents", f"document_id,place_id,year\na,{here},2019\n")
    got = found(sound, "choke_points", "choke_point,activities\nx,optics\ny,gold\n")
    assert [(p.code, p.labels) for p in got] == [("unknown-activity", ("y",))]
