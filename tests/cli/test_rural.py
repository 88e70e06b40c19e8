"""megaregion rural on real records: what it tells first, what it leaves to --json."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from megaregion.cli.main import cli

HOWTO = Path(__file__).parents[2] / "docs" / "howto"


def rural(folder: Path, *words: str) -> str:
    done = CliRunner().invoke(cli, ["rural", str(folder), *words])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def groups(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HOWTO / "us_income_groups", tmp_path / "us"))


def test_chosen_curve_first_and_what_is_lacking_last(groups: Path) -> None:
    out = rural(groups, "--top", "18")
    lines = [line for line in out.splitlines() if line]
    start = next(k for k, line in enumerate(lines) if line.startswith("Relative poverty from income brackets"))
    assert "18 of 18 rows (of 42 curves; the others with --json)" in lines[start]
    assert any(line.strip() == "median in USD (current) per household" for line in lines)
    lacking = [k for k, line in enumerate(lines) if ": nothing - " in line]
    assert lacking and min(lacking) > start
    assert " all " in out
    rows = json.loads(rural(groups, "--table", "poverty_lorenz", "--json"))["poverty_lorenz"]["rows"]
    assert len(rows) == 42


def test_belts_of_georgia_before_all_other_counties(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(HOWTO / "georgia_poverty", tmp_path / "georgia"))
    lines = rural(folder, "--table", "islands", "--top", "36").splitlines()
    start = next(k for k, line in enumerate(lines) if line.startswith("Islands and belts"))
    assert all(" belt " in line for line in lines[start + 2 : start + 5])
    assert sum(" none " in line for line in lines) == 0
