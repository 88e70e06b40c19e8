"""The command `agree` on a plain file."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from megaregion.cli.agree import agree
from megaregion.errors import InfeasibleError, InputError

TEXT = """measure,party,gain,cost,requires
bridge,a,6,3,norm
bridge,b,3,3,norm
bridge,c,-3,3,norm
norm,a,1,1,
norm,b,1,1,
norm,c,1,1,
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "measures.csv"
    path.write_text(TEXT, encoding="utf-8")
    return path


def run(*arguments: object) -> str:
    done = CliRunner().invoke(agree, [str(a) for a in arguments], catch_exceptions=False, standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.stdout


def test_json(file: Path) -> None:
    """Both measures give 7, 4 and -2: c is paid 2 (by hand)."""
    out = json.loads(run(file, "--json", "--unit", "million CNY"))
    assert out["facts"]["agreed"] == ["bridge", "norm"] and out["facts"]["payments"] == 2
    assert [row["party"] for row in out["parties"]] == ["a", "b", "c"] and len(out["rules"]) == 3
    assert out["parties"][2]["net_gain"] == 0 and any("bound nothing" in w for w in out["warnings"])


def test_options(file: Path) -> None:
    assert json.loads(run(file, "--budget", 3, "--json"))["facts"]["agreed"] == ["norm"]
    assert json.loads(run(file, "--payments", 0, "--json"))["facts"]["agreed"] == ["norm"]
    shown = run(file)
    assert "Agreement by party" in shown and "What consent costs" in shown and "bridge" in shown
    assert "agreed: bridge, norm, 9 in all" in shown and "c receives 2" in shown and "without payments: norm" in shown
    with pytest.raises(InfeasibleError, match="c lacks 12"):
        run(file, "--margin", 10)


def test_bad_files(file: Path, tmp_path: Path) -> None:
    file.write_text(TEXT.replace("gain", "profit"), encoding="utf-8")
    with pytest.raises(InputError, match="needs the columns"):
        run(file)
    file.write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="empty"):
        run(file)
    with pytest.raises(Exception, match="does not exist"):
        run(tmp_path / "nothing.csv")
