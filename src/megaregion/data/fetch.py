"""Fetch a workspace's data from the publishers and build its tables by a recipe."""

from __future__ import annotations

import csv
import importlib
import os
import re
import shutil
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from megaregion.data.atomic import PREFIX, replacing
from megaregion.data.download import DownloadFailed, Remote, copy, download, verified
from megaregion.data.recipe import RecipeReport
from megaregion.errors import WorkspaceError

RECIPES: dict[str, str] = {
    "germany": "megaregion.data.sources.germany",
    "yangtze-delta": "megaregion.data.sources.yangtze",
}
COLUMNS = ("file", "url", "sha256", "bytes", "licence", "what")
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, kw_only=True)
class FetchReport:
    """What `fetch` did.

    Attributes
    ----------
    downloaded, copied, kept : tuple of str
        Files taken from the publisher, from the mirror, and those that were there already and verified.
    bytes : int
        Size of all files.
    tables : mapping of str to int
        Files built in the workspace and their rows.
    notes : tuple of str
        What a reader must know of the tables.
    facts : mapping
        Checks and calibrations of the recipe.
    licences : mapping of str to tuple of str
        Licence -> the files under it.
    """

    downloaded: tuple[str, ...]
    copied: tuple[str, ...]
    kept: tuple[str, ...]
    bytes: int
    tables: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    licences: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def summary(self) -> str:
        """A few lines for a terminal."""
        lines = [
            f"{len(self.downloaded)} downloaded, {len(self.copied)} copied, {len(self.kept)} already there "
            f"({self.bytes / 1e6:.1f} MB)"
        ]
        lines += [f"built {name}: {rows} rows" for name, rows in sorted(self.tables.items())]
        lines += [f"licence {name}: {len(files)} files" for name, files in sorted(self.licences.items())]
        return "\n".join(lines + [f"note: {note}" for note in self.notes])


def fetch(folder: Path, *, mirror: Path | None = None, progress: Progress | None = None) -> FetchReport:
    """Bring the files of ``sources.csv`` into ``raw`` and build the tables by the workspace's recipe.

    Every file ends whole, with the stated size and SHA-256, or not at all; files that verify are kept; an
    interrupted download is continued. Tables replace the old ones only after all of them are built.

    Parameters
    ----------
    folder : Path
        Workspace with sources.csv and, in workspace.toml, ``[fetch] recipe``.
    mirror : Path, optional
        Folder that holds the files under the same relative paths; taken from there, not from the network.
    progress : callable, optional
        Called as ``progress(done_bytes, total_bytes, text)``.

    Raises
    ------
    WorkspaceError
        sources.csv or the recipe is not usable, or files did not arrive; every one is listed.
    """
    folder = Path(folder)
    remotes, recipe = read_sources(folder), _recipe(folder)
    if mirror is not None and not Path(mirror).is_dir():
        raise WorkspaceError(f"there is no mirror folder {mirror}", hint="it must hold the paths of sources.csv")
    tell = progress or (lambda done, total, text: None)
    done = _gather(remotes, folder / "raw", mirror, tell)
    total = sum(r.bytes for r in remotes)
    tell(total, total, f"building the tables: {recipe}" if recipe else "no recipe")
    built = _build(folder, recipe) if recipe else RecipeReport(rows={})
    licences: dict[str, list[str]] = {}
    for remote in remotes:
        licences.setdefault(remote.licence, []).append(remote.file)
    return FetchReport(
        downloaded=tuple(done["downloaded"]), copied=tuple(done["copied"]), kept=tuple(done["kept"]), bytes=total,
        tables=built.rows, notes=built.notes, facts=built.facts,
        licences={name: tuple(files) for name, files in licences.items()},
    )  # fmt: skip


def read_sources(folder: Path) -> list[Remote]:
    """Rows of ``sources.csv``.

    Raises
    ------
    WorkspaceError
        The file is missing or rows are wrong; everything wrong is listed.
    """
    path = Path(folder) / "sources.csv"
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except FileNotFoundError:
        raise WorkspaceError(
            f"there is no sources.csv in {folder}", hint="this workspace has nothing to fetch; its tables are its own"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise WorkspaceError(f"sources.csv cannot be read: {error}", hint="save it as UTF-8") from None
    lacking = [c for c in COLUMNS if not rows or c not in rows[0]]
    if lacking:
        raise WorkspaceError(f"sources.csv has no rows or lacks {', '.join(lacking)}", hint=", ".join(COLUMNS))
    problems: list[str] = []
    for number, row in enumerate(rows, start=1):
        problems += [f"row {number}: {text}" for text in _faults(row)]
    names = [row["file"] for row in rows]
    problems += [f"{name} stands twice" for name in sorted({n for n in names if n and names.count(n) > 1})]
    if problems:
        raise WorkspaceError("sources.csv:\n" + "\n".join(f"  {p}" for p in problems), hint="correct these rows")
    return [
        Remote(
            file=r["file"], url=r["url"], sha256=r["sha256"], bytes=int(r["bytes"]), licence=r["licence"],
            what=r["what"],
        )
        for r in rows
    ]  # fmt: skip


def _faults(row: Mapping[str, str | None]) -> list[str]:
    file, url = row["file"] or "", row["url"] or ""
    path = PurePosixPath(file)
    out = []
    if not file or path.is_absolute() or ".." in path.parts or "\\" in file or ":" in file:
        out.append(f"file must be a path below raw/, got {file!r}")
    if not url.startswith(("https://", "http://")):
        out.append(f"url must begin with https:// or http://, got {url!r}")
    if not re.fullmatch(r"[0-9a-f]{64}", row["sha256"] or ""):
        out.append(f"sha256 must be 64 hexadecimal digits, got {row['sha256']!r}")
    if not re.fullmatch(r"\d+", row["bytes"] or ""):
        out.append(f"bytes must be a whole number, got {row['bytes']!r}")
    if not (row["licence"] or "").strip():
        out.append("licence is empty; write 'none stated' if the publisher states none")
    return out


def _recipe(folder: Path) -> str:
    path = folder / "workspace.toml"
    try:
        config = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise WorkspaceError(f"there is no workspace.toml in {folder}", hint="megaregion init DIR makes one") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WorkspaceError(f"workspace.toml cannot be read: {error}", hint="correct this line") from None
    name = config.get("fetch", {}).get("recipe", "")
    if name and name not in RECIPES:
        raise WorkspaceError(
            f"workspace.toml: [fetch] recipe = {name!r} is not known", hint="known: " + ", ".join(sorted(RECIPES))
        )
    return str(name)


def _gather(remotes: list[Remote], raw: Path, mirror: Path | None, tell: Progress) -> dict[str, list[str]]:
    total, before = sum(r.bytes for r in remotes), 0
    done: dict[str, list[str]] = {"downloaded": [], "copied": [], "kept": []}
    failures: list[str] = []
    silent: set[str] = set()
    for remote in remotes:
        target, start = raw / remote.file, before
        before += remote.bytes
        tell(start, total, remote.file)
        if verified(target, remote):
            done["kept"].append(remote.file)
            continue
        try:
            if mirror is not None:
                copy(Path(mirror) / remote.file, target, remote)
                done["copied"].append(remote.file)
                continue
            if remote.host in silent:  # asked in vain already: do not wait for every file
                raise DownloadFailed(f"no connection to {remote.host}", unreachable=True)
            download(remote, target, tell=lambda n, at=start, name=remote.file: tell(at + n, total, name))  # type: ignore[misc]
            done["downloaded"].append(remote.file)
        except DownloadFailed as failure:
            failures.append(f"{remote.file}: {failure}")
            if failure.unreachable:
                silent.add(remote.host)
    if failures:
        raise _failed(failures, len(remotes), silent, mirror)
    return done


def _failed(failures: list[str], count: int, silent: set[str], mirror: Path | None) -> WorkspaceError:
    listed = "\n".join(f"  {text}" for text in failures)
    head = f"{len(failures)} of {count} files did not arrive; what arrived is kept"
    if mirror is not None:
        return WorkspaceError(f"{head}:\n{listed}", hint=f"is {mirror} laid out like the column `file` of sources.csv?")
    if silent:
        head = f"no network, or {', '.join(sorted(silent))} does not answer: {head}"
    return WorkspaceError(
        f"{head}:\n{listed}",
        hint="run the command again to continue, or give a folder that holds these files: --mirror DIR",
    )


def _build(folder: Path, recipe: str) -> RecipeReport:
    """Run the recipe in a temporary folder of the workspace, then put each file in its place in one step."""
    for left in folder.glob(f"{PREFIX}*-fetch"):  # of a killed run
        if left.is_dir():
            shutil.rmtree(left)
    stage = folder / f"{PREFIX}{os.getpid()}-fetch"
    stage.mkdir()
    try:
        report: RecipeReport = importlib.import_module(RECIPES[recipe]).build(folder / "raw", stage, folder)
        for path in sorted(p for p in stage.rglob("*") if p.is_file()):
            with replacing(folder / path.relative_to(stage)) as temporary:
                path.replace(temporary)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return report
