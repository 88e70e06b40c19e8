"""The data doctor on tables/crosswalk.csv."""

import shutil
from pathlib import Path

import pytest

from megaregion.data.check import check

HEAD = "from_id,to_id,year,share_population,share_area,source,note\n"


def found(sound: Path, tmp_path: Path, text: str) -> dict[str, tuple[str, ...]]:
    folder = tmp_path / "w"
    shutil.copytree(sound, folder)
    before = {p.code for p in check(folder)}
    (folder / "tables" / "crosswalk.csv").write_text(HEAD + text, encoding="utf-8")
    return {p.code: p.labels for p in check(folder) if p.code not in before}


@pytest.fixture
def sound() -> Path:
    return Path(__file__).parent.parent / "check" / "sound"


def place(sound: Path) -> str:
    return (sound / "tables" / "places.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[0]


def test_a_sound_table_is_let_through(sound: Path, tmp_path: Path) -> None:
    here = place(sound)
    assert found(sound, tmp_path, f"old,{here},2010,,,,\n{here},{here},2010,,,,\n") == {}


def test_everything_wrong_is_found_in_one_pass(sound: Path, tmp_path: Path) -> None:
    here = place(sound)
    text = f"a,{here},2010,0.5,,,\na,nowhere,2010,0.2,,,\nb,c,2011,,,,\nc,b,2011,,,,\n"
    text += f"d,{here},2012,,,,\nd,{here},2014,,,,\n"
    codes = found(sound, tmp_path, text)
    assert {"share-sum", "unknown-place", "crosswalk-cycle", "crosswalk-overlap"} <= set(codes)
    assert codes["unknown-place"][0] == "a > nowhere (2010)"
    assert codes["crosswalk-overlap"] == (f"d > {here} (2014)",)


def test_repeated_rows_and_empty_cells_are_found_once(sound: Path, tmp_path: Path) -> None:
    here = place(sound)
    codes = found(sound, tmp_path, f"a,{here},2010,,,,\na,{here},2010,,,,\n,{here},2011,,,,\n")
    assert {"duplicate-id", "missing-value"} <= set(codes)
