"""Fixtures shared by the whole suite."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def package_root() -> Path:
    """Folder of the package under test."""
    return ROOT / "src" / "megaregion"


@pytest.fixture(scope="session")
def examples() -> Path:
    """Folder of the shipped examples."""
    return ROOT / "examples"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with the publishers' files, laid out as examples/sources.csv says; skips where there is none."""
    folder = Path(os.environ.get("MEGAREGION_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "germany").is_dir():  # most of them may not be shipped: what is pinned on them runs where they are
        pytest.skip("the publishers' files are not here: set MEGAREGION_DATA to a folder that holds them")
    return folder
