"""Writing so that a reader sees the old file or the new one, never half of one."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = ".tmp-"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; on success it takes the place of `path` in one step.

    The suffix is kept, since writers choose their format by it. If the block raises or the process dies,
    `path` is untouched; `sweep` removes what is left.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{PREFIX}{os.getpid()}-{path.name}")
    try:
        yield temporary
        with temporary.open("rb") as handle:
            os.fsync(handle.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text in one step."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def sweep(folder: Path) -> list[Path]:
    """Remove temporary files that a killed process left below `folder`; returns what was removed."""
    left = sorted(p for p in folder.rglob(f"{PREFIX}*") if p.is_file() and not _alive(p)) if folder.is_dir() else []
    for path in left:
        path.unlink(missing_ok=True)
    return left


def _alive(path: Path) -> bool:
    """Whether the process that writes `path` still runs (another run may be at work beside this one)."""
    number = path.name.removeprefix(PREFIX).split("-", 1)[0]
    if not number.isdigit() or int(number) == os.getpid() or os.name == "nt":  # Windows: signal 0 is Ctrl-C
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def sha256(path: Path) -> str:
    """Hash of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
