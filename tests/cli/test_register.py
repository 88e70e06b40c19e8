"""megaregion register: writes a table that the doctor accepts, or nothing."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from megaregion.cli.main import cli
from megaregion.data.check import check
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError

SOUND = Path(__file__).parent.parent / "data" / "check" / "sound"
HEAD = "id,title,parties,field,type,date,status,url"
ROW = "b1,Clean air,Dongshan; 西河,环境,plan,2021-05-01,签署,https://example.org/b1"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SOUND, tmp_path / "sound"))


def sheet(root: Path, *rows: str, encoding: str = "utf-8") -> str:
    path = root.parent / "sheet.csv"
    path.write_bytes("\n".join((HEAD, *rows, "")).encode(encoding))
    return str(path)


def test_it_writes_what_the_doctor_accepts(root: Path) -> None:
    path = sheet(root, ROW, encoding="gbk")
    done = CliRunner().invoke(cli, ["register", path, "--workspace", str(root), "--part", "new", "--json"])
    out = json.loads(done.stdout)
    assert done.exit_code == 0 and out["written"] and out["target"] == "tables/agreements.new.csv"
    assert out["rows"][0]["parties"] == "010100;010200" and "read as GBK" in out["notes"]
    assert [p for p in check(root) if p.severity == "error"] == []
    table = Workspace(root).cluster().agreements
    assert sorted(table.index) == ["a1", "b1"] and table.loc["b1", "field"] == "environment"
    assert table.loc["b1", "start"] == 2021


def test_a_dry_run_and_a_problem_write_nothing(root: Path) -> None:
    before = sorted(p.name for p in (root / "tables").iterdir())
    path = sheet(root, ROW)
    dry = CliRunner().invoke(cli, ["register", path, "--workspace", str(root), "--dry-run"])
    assert dry.exit_code == 0 and "1 agreements (layout agreement) fit for tables/agreements.csv" in dry.stderr
    path = sheet(root, ROW, ROW.replace("b1", "b2").replace("西河", "Atlantis"), "b3,T")
    bad = CliRunner().invoke(cli, ["register", path, "--workspace", str(root), "--part", "x"])
    assert bad.exit_code == 2 and "row 3: party 'Atlantis' is no place of this workspace" in bad.stderr
    assert "row 4: url is empty" in bad.stderr and "nothing written" in bad.stderr
    assert sorted(p.name for p in (root / "tables").iterdir()) == before


def test_what_is_there_is_not_overwritten_in_silence(root: Path) -> None:
    path = sheet(root, ROW)
    refused = CliRunner().invoke(cli, ["register", path, "--workspace", str(root)])
    assert isinstance(refused.exception, InputError) and "is there already" in str(refused.exception)
    twice = CliRunner().invoke(
        cli, ["register", sheet(root, ROW.replace("b1,", "a1,")), "--workspace", str(root), "--part", "x"]
    )
    assert twice.exit_code == 2 and "agreement_id a1: 1 of the spreadsheet are in the workspace already" in twice.stderr
    done = CliRunner().invoke(
        cli, ["register", sheet(root, ROW.replace("b1,", "a1,")), "--workspace", str(root), "--replace"]
    )
    assert done.exit_code == 0
    assert pd.read_csv(root / "tables" / "agreements.csv")["title"].tolist() == ["Clean air"]


def test_a_mapping_file(root: Path) -> None:
    path = sheet(root, ROW.replace("环境", "综合"))
    mapping = root.parent / "map.toml"
    mapping.write_text('[values.field]\n"综合" = "economy"\n', encoding="utf-8")
    done = CliRunner().invoke(
        cli, ["register", path, "--workspace", str(root), "--mapping", str(mapping), "--dry-run", "--json"]
    )
    assert json.loads(done.stdout)["rows"][0]["field"] == "economy"
    mapping.write_text("[values", encoding="utf-8")
    broken = CliRunner().invoke(cli, ["register", path, "--workspace", str(root), "--mapping", str(mapping)])
    assert isinstance(broken.exception, InputError)
