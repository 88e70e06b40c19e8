"""Agreements that the analyses of the register could not use are found by the doctor first."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from megaregion.data.check import check

SOUND = Path(__file__).parent.parent / "check" / "sound"


@pytest.mark.parametrize(
    ("column", "value", "code", "severity"),
    [
        ("instrument", "promise", "unknown-word", "error"), ("status", "maybe", "unknown-word", "error"),
        ("field", "sports", "unknown-word", "warning"), ("end", "2001", "ends-before-start", "error"),
        ("parties", "010000", "one-party", "error"), ("parties", "010000;010000;020000", "party-twice", "error"),
        ("parties", "010000;990000", "unknown-place", "error"),
    ],
)  # fmt: skip
def test_each_defect_alone(tmp_path: Path, column: str, value: str, code: str, severity: str) -> None:
    root = Path(shutil.copytree(SOUND, tmp_path / "sound"))
    path = root / "tables" / "agreements.csv"
    table = pd.read_csv(path, dtype=str)
    table[column] = value
    table.to_csv(path, index=False)
    assert [(p.code, p.severity, p.column) for p in check(root)] == [(code, severity, column)]


def test_an_id_that_stands_twice(tmp_path: Path) -> None:
    root = Path(shutil.copytree(SOUND, tmp_path / "sound"))
    path = root / "tables" / "agreements.csv"
    table = pd.read_csv(path, dtype=str)
    pd.concat([table, table.assign(title="Another")]).to_csv(path, index=False)
    assert [p.code for p in check(root)] == ["duplicate-id"]
