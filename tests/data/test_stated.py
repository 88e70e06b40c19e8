"""Plain files of a program: text codes, everything wrong at once, nothing taken from two files."""

from pathlib import Path

import pytest

from megaregion.data.stated import read_stated
from megaregion.errors import SchemaError, WorkspaceError

DONORS = "donor,capacity,budget\n010100,2,\n320100,1,5.5\n"


def test_codes_stay_text_and_other_files_are_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "pairing_donors.csv").write_text(DONORS, encoding="gb18030")
    (tmp_path / "notes.csv").write_text("a,b\n1\n", encoding="utf-8")
    found = read_stated(tmp_path, ("pairing_donors", "pairing_fields"))
    assert set(found) == {"pairing_donors"}
    assert found["pairing_donors"]["donor"].tolist() == ["010100", "320100"]
    assert found["pairing_donors"]["budget"].isna().tolist() == [True, False]


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "pairing_donors.csv").write_text(DONORS.replace("320100,1", "010100,one"), encoding="utf-8")
    (tmp_path / "pairing_fields.csv").write_text("place_id,side,field,worth\nx,need,health,1\n", encoding="utf-8")
    with pytest.raises(SchemaError) as caught:
        read_stated(tmp_path, ("pairing_donors", "pairing_fields"))
    for text in ("wrong-type: pairing_donors.csv.capacity", "rows repeat donor [010100]",
                 "missing-column: pairing_fields.csv", "unknown-column: pairing_fields.csv"):  # fmt: skip
        assert text in str(caught.value)


def test_two_files_of_one_table_are_refused(tmp_path: Path) -> None:
    (tmp_path / "pairing_donors.csv").write_text(DONORS, encoding="utf-8")
    (tmp_path / "pairing_donors.xlsx").write_bytes(b"")
    with pytest.raises(SchemaError, match=r"stands in pairing_donors\.csv and pairing_donors\.xlsx"):
        read_stated(tmp_path, ("pairing_donors",))


def test_a_folder_without_tables(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="has none of the tables pairing_donors"):
        read_stated(tmp_path, ("pairing_donors",))
    with pytest.raises(WorkspaceError, match="there is no folder"):
        read_stated(tmp_path / "nowhere", ("pairing_donors",))
