"""Where a number comes from: the traced rows of a stored result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from megaregion.data.schema import TABLES
from megaregion.data.trace import TraceRow, trace
from megaregion.data.trace import render as _render
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError


def lineage(workspace: Workspace, result: str, place: str) -> list[TraceRow]:
    """Every number of one result for one place with its formula, parameters and input rows.

    Parameters
    ----------
    workspace : Workspace
    result : str
        ``<step>/<table>``, such as ``links/reach``.
    place : str
        Value of a key column: a place_id, a scenario, a project_id ...

    Raises
    ------
    InputError
        There is no such result, or it has no row of this place.
    WorkspaceError
        The step was not computed.
    """
    step, _, name = result.removeprefix("results/").partition("/")
    tables = {f"{s}/{t}" for s in workspace.store.steps() for t in (workspace.store.meta(s) or {})["tables"]}
    if f"{step}/{name}" not in tables:
        raise InputError(f"there is no result {result!r}", hint="results: " + (", ".join(sorted(tables)) or "none yet"))
    table = workspace.store.load(step)[name]
    return trace(
        table.frame, table.columns, place,
        read=_reader(workspace), sources=workspace.sources, parameters=table.parameters,
    )  # fmt: skip


def render(rows: Sequence[TraceRow]) -> str:
    """Text for a terminal."""
    return _render(rows)


def as_dicts(rows: Sequence[TraceRow]) -> list[dict[str, Any]]:
    """JSON-able form."""
    return [row.to_dict() for row in rows]


def _reader(workspace: Workspace) -> Callable[[str], pd.DataFrame]:
    def read(name: str) -> pd.DataFrame:
        if name.startswith("tables/"):
            table = name.removeprefix("tables/").removesuffix(".csv").split(".")[0]
            if table in TABLES:
                return workspace.read(table)[0].rename(columns={"x_file": "file"})
        if name.startswith("results/"):
            step, _, found = name.removeprefix("results/").partition("/")
            stored = workspace.store.load(step)
            if found in stored:
                return stored[found].frame
        if name.startswith("index"):
            return _tree(workspace, name)
        if name == "projects.toml":
            return pd.DataFrame([_flat(p, "project_id") for p in workspace.cluster().projects])
        if name.startswith("scenarios"):
            return pd.DataFrame([_flat(s.to_dict(), "scenario") for s in workspace.scenarios()])
        if name in ("landcover", "classes", "sites"):
            return _ecology(workspace, name)
        if name == "workspace.toml":
            attrs = {k: v for k, v in workspace.attrs.items() if not isinstance(v, dict)}
            options = {f"{t}.{k}": v for t, o in workspace.config.get("options", {}).items() for k, v in o.items()}
            return pd.DataFrame([{"key": k, "value": str(v)} for k, v in {**attrs, **options}.items()])
        raise InputError(f"the description names {name}, which this workspace does not have")

    return read


def _ecology(workspace: Workspace, name: str) -> pd.DataFrame:
    """The land cover as its file, a table of ecology as its rows."""
    from megaregion.data.sources.table import read_table

    options = workspace.config.get("options", {}).get("ecology", {})
    if name not in options:
        raise InputError(f"[options.ecology] names no {name}")
    path = workspace.root / "ecology" / str(options[name])
    if name == "landcover":
        return pd.DataFrame([{"file": path.name, "source": str(options.get("source", ""))}])
    return read_table(path, path.name)[0]


def _tree(workspace: Workspace, name: str) -> pd.DataFrame:
    from megaregion.nodes.tree import tree_from_dict

    trees = workspace.trees()
    key = name.removesuffix(".toml").replace(".", "_")
    if key not in trees:
        raise InputError(f"there is no {name}")
    return tree_from_dict(trees[key], name).to_frame()


def _flat(entry: Any, id_column: str) -> dict[str, str]:
    out = {str(k): v if isinstance(v, str) else str(v) for k, v in entry.items()}
    return {id_column: out.get("id", ""), **out}
