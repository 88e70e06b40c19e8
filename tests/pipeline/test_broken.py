"""Workspaces with a defect stop before anything is computed; sound ones, however small, reach their report."""

import shutil
from pathlib import Path

import pytest

from megaregion.cli.main import main
from megaregion.data.check import check, has_errors

FOLDERS = Path(__file__).resolve().parents[1] / "data" / "check"


@pytest.mark.parametrize("name", ["sound", "island", "empty-table", "everything", "one-place", "unreadable"])
def test_no_traceback(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(shutil.copytree(FOLDERS / name, tmp_path / name))
    broken = has_errors(check(folder))
    with pytest.raises(SystemExit) as stop:
        main(["run", str(folder)])
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err + shown.out
    if broken:
        assert stop.value.code in (2, 4)
        assert shown.err.rstrip().splitlines()[-1].strip().startswith("hint:")
        assert not (folder / "report").exists()
    else:
        assert stop.value.code == 0
        assert (folder / "report" / "index.html").stat().st_size > 0
