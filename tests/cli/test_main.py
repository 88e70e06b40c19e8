import json
from pathlib import Path

import pytest

from megaregion.cli.main import cli, main


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    return int(stop.value.code or 0)


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--help") == 0
    shown = capsys.readouterr().out
    for verb in (
        "init",
        "check",
        "fetch",
        "run",
        "diagnose",
        "simulate",
        "sensitivities",
        "invest",
        "plan",
        "report",
        "trace",
        "assign",
        "design",
    ):
        assert verb in shown and verb in cli.commands


@pytest.mark.parametrize("verb", ["run", "diagnose", "simulate", "sensitivities", "invest", "plan", "report"])
def test_no_folder(verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(verb, tmp_path / "nowhere") == 4
    error = capsys.readouterr().err
    assert error.startswith("error: there is no folder") and "hint: megaregion init" in error


def test_a_folder_that_is_no_workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("run", tmp_path) == 4
    assert "there is no workspace.toml" in capsys.readouterr().err
    (tmp_path / "workspace.toml").write_text("cluster = [", encoding="utf-8")
    assert call("run", tmp_path) == 4
    assert "workspace.toml cannot be read" in capsys.readouterr().err
    (tmp_path / "workspace.toml").write_text('[cluster]\nid = "x"\n', encoding="utf-8")
    assert call("run", tmp_path) == 4
    assert "lacks name, level, group, base_year, timetable, seed" in capsys.readouterr().err


def test_check_reports_and_exits_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("check", tmp_path, "--json") == 2
    assert any(p["severity"] == "error" for p in json.loads(capsys.readouterr().out))


def test_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("run") == 2
    assert "Missing argument" in capsys.readouterr().err
    assert call("init", "x") == 2
    assert "--from EXAMPLE" in capsys.readouterr().err
