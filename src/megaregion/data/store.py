"""Results on disk: Parquet tables with a meta.json beside them, written in one step, reused while valid."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from megaregion._version import __version__
from megaregion.data.atomic import replacing, sha256, sweep, write_text
from megaregion.data.stored import StoredTable
from megaregion.errors import WorkspaceError
from megaregion.result import Column, Input, Result


class ResultStore:
    """The folder ``results`` of a workspace.

    A step is a folder with one Parquet file a table and a meta.json that is written last and holds their
    hashes: a step whose files do not match its meta.json was interrupted and counts as not computed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def sweep(self) -> list[Path]:
        """Remove what a killed run left half written."""
        return sweep(self.root)

    def meta(self, step: str) -> dict[str, Any] | None:
        """meta.json of a step; None if the step is absent, unreadable or incomplete."""
        path = self.root / step / "meta.json"
        try:
            meta: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            sound = all(sha256(path.with_name(f"{n}.parquet")) == t["sha256"] for n, t in meta["tables"].items())
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return meta if sound else None

    def fresh(self, step: str, key: str) -> bool:
        """Whether the step is complete and was computed from the same inputs, parameters and code."""
        meta = self.meta(step)
        return meta is not None and meta.get("key") == key

    def save(self, step: str, results: Mapping[str, Result], *, key: str, about: Mapping[str, Any]) -> None:
        """Write a step: every table, then meta.json; tables of an earlier run that are no more are removed.

        Parameters
        ----------
        step : str
            Name of the step.
        results : mapping of str to Result
        key : str
            Hash of all that the step depends on.
        about : mapping
            Goes into meta.json: parameters, seed, input hashes.
        """
        folder = self.root / step
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "meta.json").unlink(missing_ok=True)  # from here to the end the step counts as not computed
        tables: dict[str, Any] = {}
        for name, result in sorted(results.items()):
            frame = result.to_frame()
            columns = result.describe()
            if list(frame.columns) != [c.name for c in columns]:
                raise WorkspaceError(
                    f"{step}/{name}: columns {list(frame.columns)} are not those described {[c.name for c in columns]}"
                )
            path = folder / f"{name}.parquet"
            with replacing(path) as temporary:
                frame.reset_index(drop=True).to_parquet(temporary, engine="pyarrow", compression="zstd")
            tables[name] = {
                "sha256": sha256(path),
                "rows": len(frame),
                "title_en": result.title_en,
                "title_zh": result.title_zh,
                "columns": [asdict(c) for c in columns],
                "parameters": plain(result.parameters()),
                "facts": plain(result.facts()),
                "warnings": list(result.warnings),
            }
        for path in folder.glob("*.parquet"):
            if path.stem not in tables:
                path.unlink()
        meta = {"version": __version__, "step": step, "key": key, **plain(dict(about)), "tables": tables}
        write_text(folder / "meta.json", json.dumps(meta, ensure_ascii=False, indent=1, sort_keys=True) + "\n")

    def load(self, step: str) -> dict[str, StoredTable]:
        """Tables of a step.

        Raises
        ------
        WorkspaceError
            The step was not computed, or not to the end.
        """
        meta = self.meta(step)
        if meta is None:
            raise WorkspaceError(f"the step {step!r} has no complete result", hint="megaregion run DIR computes it")
        return {
            name: StoredTable(
                frame=pd.read_parquet(self.root / step / f"{name}.parquet"),
                columns=tuple(_column(c) for c in entry["columns"]),
                title_en=entry["title_en"],
                title_zh=entry["title_zh"],
                parameters=entry["parameters"],
                facts=entry["facts"],
                warnings=tuple(entry["warnings"]),
            )
            for name, entry in meta["tables"].items()
        }

    def steps(self) -> list[str]:
        """Names of the complete steps."""
        if not self.root.is_dir():
            return []
        return sorted(p.name for p in self.root.iterdir() if p.is_dir() and self.meta(p.name) is not None)


def _column(entry: Mapping[str, Any]) -> Column:
    inputs = tuple(Input(i["table"], i["where"]) for i in entry["inputs"])
    return Column(**{**entry, "inputs": inputs})


def key_of(parts: Mapping[str, Any]) -> str:
    """Hash of a JSON-able mapping, independent of its order."""
    text = json.dumps(plain(dict(parts)), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def code_hash() -> str:
    """Hash of the toolkit's own source files: a changed formula makes every result stale."""
    digest = hashlib.sha256()
    root = Path(__file__).resolve().parent.parent
    for path in sorted(root.rglob("*")):
        if path.suffix in (".py", ".csv", ".html", ".css", ".js") and "examples" not in path.relative_to(root).parts:
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def plain(value: Any) -> Any:
    """JSON-able copy: NumPy scalars become Python numbers, NaN and infinities None, tuples lists."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, np.ndarray, pd.Series, pd.Index)):
        return [plain(v) for v in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    if value is None or isinstance(value, str):
        return value
    return str(value)
