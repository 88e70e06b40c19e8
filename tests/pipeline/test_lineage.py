"""Every number of every result of the shipped example can be traced to rows, sources and a section of the docs."""

import re
from pathlib import Path

import pytest

from megaregion.data.workspace import Workspace
from megaregion.errors import InputError
from megaregion.pipeline.lineage import as_dicts, lineage, render
from megaregion.pipeline.steps import STEPS

DOCS = Path(__file__).resolve().parents[2] / "docs" / "concepts" / "methods.md"


def first_key(workspace: Workspace, step: str, name: str) -> str | None:
    table = workspace.store.load(step)[name]
    keys = [c.name for c in table.columns if c.key]
    if table.frame.empty or not keys:
        return None
    value = table.frame[keys[0]].iloc[0]
    return f"{value:g}" if isinstance(value, float) else str(value)


@pytest.mark.parametrize("step", [s.name for s in STEPS if s.name != "check"])
def test_inputs_resolve_and_name_their_source(done: Workspace, step: str) -> None:
    for name in done.store.load(step):
        key = first_key(done, step, name)
        if key is None:
            continue
        for row in lineage(done, f"{step}/{name}", key):
            for entry in row.inputs:
                assert entry.problem in ("", "no row fits"), (step, name, row.column, entry.problem)
                unknown = [s.id for s in entry.sources if s.title == "not described in workspace.toml"]
                assert not unknown, (step, name, row.column, unknown)


def test_formulas_are_sections_of_the_docs(done: Workspace) -> None:
    anchors = {f"methods#{a}" for a in re.findall(r"\{#([a-z0-9-]+)\}", DOCS.read_text(encoding="utf-8"))}
    used = {c.formula for s in STEPS for t in done.store.load(s.name).values() for c in t.columns if c.formula}
    assert used and used <= anchors


def test_a_count_leads_to_its_row(done: Workspace) -> None:
    """Shanghai to Nanjing: 253 direct trains a day without doubles, a fact of the example."""
    rows = lineage(done, "links/services", "310100")
    row = next(r for r in rows if r.key["destination"] == "320100" and r.column == "services_per_day")
    assert row.value == 253
    assert not row.modelled
    assert any(e.table == "tables/flows.csv" and "rail-2020" in [s.id for s in e.sources] for e in row.inputs)
    assert "rail-2020" in render(rows) and as_dicts(rows)[0]["key"]


def test_unknown_result_and_place(done: Workspace) -> None:
    with pytest.raises(InputError, match="no result 'links/dreams'"):
        lineage(done, "links/dreams", "310100")
    with pytest.raises(InputError, match="no row for 'atlantis'"):
        lineage(done, "links/reach", "atlantis")
