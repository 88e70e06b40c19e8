"""One command from a folder to a report: every step in order, none computed twice."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pandas as pd

from megaregion.data.atomic import sha256
from megaregion.data.problem import Problem
from megaregion.data.store import code_hash, key_of
from megaregion.data.stored import StoredTable
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError, SchemaError, WorkspaceError
from megaregion.pipeline.findings import findings
from megaregion.pipeline.publish import publish
from megaregion.pipeline.steps import BY_NAME, STEPS, Context, Step, parameters


@dataclass(frozen=True)
class Outcome:
    """What became of one step."""

    step: str
    reused: bool
    seconds: float
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunReport:
    """What a run did.

    Attributes
    ----------
    outcomes : tuple of Outcome
    problems : tuple of Problem
        Findings of the data doctor.
    report : Path or None
        The written report.
    """

    outcomes: tuple[Outcome, ...]
    problems: tuple[Problem, ...]
    report: Path | None


class Listener(Protocol):
    """Who is told how the run goes."""

    def start(self, step: str) -> None:
        """A step begins."""

    def progress(self, done: int, total: int, text: str) -> None:
        """Inside a long step."""

    def done(self, outcome: Outcome) -> None:
        """A step has ended."""


class Silent:
    """A listener that says nothing."""

    def start(self, step: str) -> None:
        """A step begins."""

    def progress(self, done: int, total: int, text: str) -> None:
        """Inside a long step."""

    def done(self, outcome: Outcome) -> None:
        """A step has ended."""


def run(
    workspace: Workspace, *, steps: Sequence[str] | None = None, listener: Listener | None = None,
    force: bool = False, report: bool = True, executor: Executor | None = None,
) -> RunReport:  # fmt: skip
    """Compute the steps whose inputs have changed, and write the report.

    Parameters
    ----------
    workspace : Workspace
    steps : sequence of str, optional
        Only these (and what they need); default all.
    listener : Listener, optional
    force : bool
        Compute also what is up to date.
    report : bool
        Whether to write exports and the report at the end.
    executor : Executor, optional
        Where joint draws are computed (`equilibrium.executors.executor_for`); results do not depend on it.

    Raises
    ------
    SchemaError
        The data doctor found errors; they are all listed.
    InputError
        A step is unknown.
    """
    tell = listener or Silent()
    wanted = _closure(steps)
    workspace.store.sweep()
    context = Context(workspace, tell.progress, executor)
    hashes = {name: sha256(path) for name, path in workspace.inputs().items()}
    outcomes: list[Outcome] = []
    keys: dict[str, str] = {}
    problems: tuple[Problem, ...] = ()
    for step in STEPS:
        if step.name not in wanted:
            continue
        keys[step.name] = _key(context, step, hashes, keys)
        outcomes.append(_one(context, step, keys[step.name], hashes, tell, force))
        if step.name == "check":
            problems = tuple(findings(workspace.store.load("check")["problems"]))
            _stop_on_errors(problems, workspace)
    path = None
    if report:
        tell.start("report")
        begun = time.perf_counter()
        key = key_of({**keys, "files": hashes})
        path, reused = publish(workspace, [*problems, *_skipped(workspace)], key, force=force)
        outcome = Outcome("report", reused, time.perf_counter() - begun)
        tell.done(outcome)
        outcomes.append(outcome)
    return RunReport(tuple(outcomes), problems, path)


def republish(workspace: Workspace) -> Path:
    """Write exports and report from the results that are there.

    Raises
    ------
    WorkspaceError
        No step has a complete result.
    """
    if not workspace.store.steps():
        raise WorkspaceError(f"{workspace.root.name} has no results yet", hint=f"megaregion run {workspace.root.name}")
    problems = findings(workspace.store.load("check")["problems"]) if workspace.store.meta("check") else []
    return publish(workspace, [*problems, *_skipped(workspace)], "by hand", force=True)[0]


def simulated(
    workspace: Workspace, scenarios: Sequence[str], *, table: str = "scenarios", listener: Listener | None = None,
    force: bool = False, executor: Executor | None = None,
) -> pd.DataFrame:  # fmt: skip
    """One table of the named scenarios (default all); `scenarios`: one row a scenario and variant.

    Parameters
    ----------
    workspace : Workspace
    scenarios : sequence of str
    table : str
        Name of a table of the step with a column `scenario`.
    listener : Listener, optional
    force : bool
        Compute also what is up to date.
    executor : Executor, optional
        Where joint draws are computed.

    Raises
    ------
    InputError
        A name is no scenario of the workspace, or the equilibrium cannot be computed from its tables.
    """
    known = [s.id for s in workspace.scenarios()]
    unknown = sorted(set(scenarios) - set(known))
    if unknown:
        raise InputError(f"no scenario {', '.join(unknown)}", hint="scenarios: " + (", ".join(known) or "none"))
    tables = tables_of(workspace, "equilibrium", (table,), listener=listener, force=force, executor=executor)
    frame = tables[table].frame
    return frame[frame["scenario"].isin(scenarios)] if scenarios else frame


def tables_of(
    workspace: Workspace, step: str, names: Sequence[str] = (), *, listener: Listener | None = None,
    force: bool = False, executor: Executor | None = None,
) -> dict[str, StoredTable]:  # fmt: skip
    """Tables of one step, computed if they are not up to date.

    Parameters
    ----------
    workspace : Workspace
    step : str
    names : sequence of str
        Default all.
    listener : Listener, optional
    force : bool
        Compute also what is up to date.
    executor : Executor, optional
        Where joint draws are computed.

    Raises
    ------
    InputError
        The step cannot be computed from the tables of the workspace, or it has no table of that name.
    """
    done = run(workspace, steps=(step,), listener=listener, force=force, report=False, executor=executor)
    tables = dict(workspace.store.load(step))
    if not tables:
        reasons = "; ".join(w for o in done.outcomes if o.step == step for w in o.warnings)
        raise InputError(f"the step {step} was not computed: {reasons}", hint="add what is missing, then run again")
    lost = [name for name in names if name not in tables]
    if lost:
        raise InputError(f"{step} has no table {', '.join(lost)} here", hint="tables: " + ", ".join(tables))
    return {name: tables[name] for name in names} if names else tables


def _skipped(workspace: Workspace) -> list[Problem]:
    """A note for each step that the workspace could not feed, and for files that were not fetched."""
    waiting = []
    if "fetch" in workspace.config and not any(p.is_file() for p in (workspace.root / "raw").rglob("*")):
        waiting.append(
            Problem(
                "note", "not-fetched", "sources.csv", "the publishers' files named here are not fetched",
                fix="megaregion fetch DIR adds their tables; the next run uses them and every "
                "result that rests on them changes (observed flows of people take the place of trains in the friction)",
            )
        )  # fmt: skip
    return waiting + [
        Problem("note", "step-left-out", step, reason, fix="add what is missing; the report shows the rest")
        for step in workspace.store.steps()
        for reason in (workspace.store.meta(step) or {}).get("skipped", [])
    ]


def _closure(steps: Sequence[str] | None) -> set[str]:
    if steps is None:
        return set(BY_NAME)
    unknown = sorted(set(steps) - set(BY_NAME))
    if unknown:
        raise InputError(f"unknown steps {', '.join(unknown)}", hint="steps: " + ", ".join(BY_NAME))
    wanted, queue = {"check"}, list(steps)
    while queue:
        name = queue.pop()
        wanted.add(name)
        queue += [n for n in BY_NAME[name].after if n not in wanted]
    return wanted


def _key(context: Context, step: Step, hashes: dict[str, str], keys: dict[str, str]) -> str:
    files = {n: h for n, h in hashes.items() if n.startswith(step.inputs)}
    return key_of({
        "code": code_hash(), "files": files, "after": {n: keys[n] for n in step.after},
        "parameters": parameters(context, step),
    })  # fmt: skip


def _one(context: Context, step: Step, key: str, hashes: dict[str, str], tell: Listener, force: bool) -> Outcome:
    store = context.workspace.store
    tell.start(step.name)
    begun = time.perf_counter()
    reused = not force and store.fresh(step.name, key)
    if not reused:
        skipped = step.lacks(context)
        results = {} if skipped else step.compute(context)
        files = {n: h for n, h in hashes.items() if n.startswith(step.inputs)}
        about = {**parameters(context, step), "inputs": files, "skipped": skipped}
        store.save(step.name, results, key=key, about=about)
    meta = store.meta(step.name) or {"tables": {}, "skipped": []}
    left_out = [f"step left out: {reason}" for reason in meta["skipped"]]
    warnings = tuple(dict.fromkeys([*left_out, *(w for t in meta["tables"].values() for w in t["warnings"])]))
    outcome = Outcome(step.name, reused, time.perf_counter() - begun, warnings)
    tell.done(outcome)
    return outcome


def _stop_on_errors(problems: Sequence[Problem], workspace: Workspace) -> None:
    errors = [p for p in problems if p.severity == "error"]
    if errors:
        raise SchemaError(
            f"{len(errors)} errors in {workspace.root.name}:\n" + "\n".join(p.line() for p in errors),
            hint=f"mend them; megaregion check {workspace.root.name} lists warnings and notes too",
        )
