"""Every command, how-to and test that the pages name is there, and no how-to is forgotten."""

import re
from pathlib import Path

import pytest

from megaregion.cli.main import cli

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "concepts" / "capabilities.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`([^`]+)`", PAGE)


def test_commands_exist() -> None:
    named = {name.split()[1] for name in NAMED if name.startswith("megaregion ")}
    assert named and named <= set(cli.commands)


def test_files_exist() -> None:
    """A test is named by its path in tests, a how-to by its name alone."""
    files = [name for name in NAMED if name.endswith(".py")]
    lost = [n for n in files if not (ROOT / ("tests" if "/" in n else "docs/howto") / n).is_file()]
    assert files and lost == []


@pytest.mark.parametrize("page", ["README.md", "docs/index.md"])
def test_nothing_is_left_out(page: str) -> None:
    """The first page lists every command, the start of the docs every how-to."""
    text = (ROOT / page).read_text(encoding="utf-8")
    if page == "README.md":
        lost = [name for name in cli.commands if not re.search(rf"`(?:megaregion )?{re.escape(name)}\b", text)]
    else:
        lost = [file.name for file in (ROOT / "docs" / "howto").glob("*.py") if f"`{file.name}`" not in text]
    assert lost == []
