"""Exports and report from the stored results."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from megaregion.data.atomic import sha256, sweep, write_text
from megaregion.data.problem import Problem
from megaregion.data.store import code_hash
from megaregion.data.workspace import Workspace


def publish(workspace: Workspace, problems: Sequence[Problem], key: str, *, force: bool) -> tuple[Path, bool]:
    """Write results/megaregion.gpkg, results/megaregion.xlsx, results/csv (long tables) and report/index.html.

    Returns
    -------
    path : Path
        The report.
    reused : bool
        True if what is there is up to date.
    """
    from megaregion.report.document import build_report, write_report
    from megaregion.report.geopackage import write_geopackage
    from megaregion.report.long_tables import write_long_tables
    from megaregion.report.workbook import names_of, write_workbook

    folder = workspace.root / "report"
    sweep(folder)
    products = (
        workspace.store.root / "megaregion.gpkg",
        workspace.store.root / "megaregion.xlsx",
        folder / "index.html",
    )
    stamp = folder / "stamp.json"
    if not force and _valid(stamp, key, products[2], workspace.root):
        return products[2], True
    stamp.unlink(missing_ok=True)
    cluster, geometry = workspace.cluster(), workspace.geometry()
    results = {name: workspace.store.load(name) for name in workspace.store.steps()}
    write_geopackage(products[0], results, cluster, geometry)
    apart = write_long_tables(workspace.store.root / "csv", results)
    write_workbook(products[1], results, workspace.sources, apart=apart, names=names_of(cluster.places))
    document = build_report(
        results, cluster, geometry, workspace.sources, problems,
        languages=tuple(workspace.attrs.get("languages", ("zh", "en"))),
    )  # fmt: skip
    path = write_report(document, folder)
    files = {
        p.relative_to(workspace.root).as_posix(): sha256(p) for p in (*products, *apart.values()) if p.exists()
    }  # fmt: skip
    state = {"key": key, "code": code_hash(), "files": files}
    write_text(stamp, json.dumps(state, indent=1, sort_keys=True) + "\n")
    return path, False


def _valid(stamp: Path, key: str, page: Path, root: Path) -> bool:
    try:
        state = json.loads(stamp.read_text(encoding="utf-8"))
        files = state["files"]
        right = state["key"] == key and state["code"] == code_hash() and page.relative_to(root).as_posix() in files
        return bool(right and all(sha256(root / name) == digest for name, digest in files.items()))
    except (OSError, ValueError, KeyError, TypeError):
        return False
