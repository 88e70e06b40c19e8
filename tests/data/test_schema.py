from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.data.schema import TABLES, conform, schema
from megaregion.data.sources.table import read_table
from megaregion.errors import InputError


def codes(problems: list) -> list[str]:
    return sorted(p.code for p in problems)


@pytest.mark.parametrize("name", TABLES)
def test_schemas_load(name: str) -> None:
    assert any(f.required for f in schema(name))


def test_unknown_schema() -> None:
    with pytest.raises(InputError, match="no table 'cities'"):
        schema("cities")


def test_codes_keep_zeros_and_types_are_cast(tmp_path: Path) -> None:
    path = tmp_path / "nodes.csv"
    path.write_text("node_id,name,mode,lon,lat,central\n007,七,rail,120.5,30,true\n", encoding="utf-8")
    raw, found = read_table(path, "tables/nodes.csv")
    frame, more = conform(raw, "nodes", "tables/nodes.csv")
    assert found == [] and more == []
    row = frame.iloc[0]
    assert (row["node_id"], row["lon"], row["central"]) == ("007", 120.5, True)
    assert pd.isna(row["name_zh"])


def test_everything_wrong_at_once(tmp_path: Path) -> None:
    path = tmp_path / "nodes.csv"
    path.write_bytes("node_id,name,mode,lon,central,colour\na,甲,rail,east,perhaps,red\n,乙,rail,1,\n".encode("gbk"))
    raw, found = read_table(path, "tables/nodes.csv")
    _, more = conform(raw, "nodes", "tables/nodes.csv")
    assert codes(found) == ["encoding", "ragged"]
    assert codes(more) == ["missing-column", "missing-value", "unknown-column", "wrong-type", "wrong-type"]
    wrong = next(p for p in more if p.column == "lon")
    assert wrong.labels == ("row 1",) and "'east'" in wrong.message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("name\n上海\n".encode(encoding))
    frame, _ = read_table(path, "t")
    assert frame["name"].tolist() == ["上海"]


def test_xlsx_and_parquet(tmp_path: Path) -> None:
    frame = pd.DataFrame({"code": ["01", "02"], "n": [1, 2]})
    frame.to_excel(tmp_path / "t.xlsx", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.xlsx", "t")[0].to_numpy().tolist() == [["01", "1"], ["02", "2"]]
    assert read_table(tmp_path / "t.parquet", "t")[0]["code"].tolist() == ["01", "02"]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
def test_garbage_is_a_finding(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"t{suffix}"
    path.write_bytes(bytes(range(128, 256)) * 10)
    _, found = read_table(path, "t")
    assert codes(found) == ["unreadable"]


def test_whole_numbers() -> None:
    raw = pd.DataFrame({"place_id": ["a", "a"], "year": ["2020", "2020.5"], "indicator": "x", "value": "1",
                        "unit": "km", "scope": "县", "source": "s"})  # fmt: skip
    frame, found = conform(raw, "indicators", "t")
    assert codes(found) == ["wrong-type"]
    assert frame["year"].iloc[0] == 2020 and np.isnan(frame["year"].iloc[1])
