"""The data doctor: everything that is wrong with a workspace, in one pass, with where and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from megaregion.data.problem import ORDER, Problem, ordered
from megaregion.data.rules import (
    agreements,
    config,
    crosswalk,
    datum,
    decisions,
    ecology,
    entitlements,
    flow_meaning,
    flows,
    folder,
    geometry,
    heritage,
    hierarchy,
    ids,
    innovation,
    layers,
    markets,
    numbers,
    panel,
    programs,
    services,
    text,
    trains,
    trees,
)
from megaregion.data.rules.record import Record

Rule = Callable[[Record], list[Problem]]
RULES: dict[str, Rule] = {
    "config": config.check,
    "decisions": decisions.check,
    "trees": trees.check,
    "ids": ids.check,
    "text": text.check,
    "numbers": numbers.check,
    "hierarchy": hierarchy.check,
    "panel": panel.check,
    "flows": flows.check,
    "flow_meaning": flow_meaning.check,
    "agreements": agreements.check,
    "services": services.check,
    "trains": trains.check,
    "entitlements": entitlements.check,
    "markets": markets.check,
    "programs": programs.check,
    "crosswalk": crosswalk.check,
    "innovation": innovation.check,
    "layers": layers.check,
    "geometry": geometry.check,
    "datum": datum.check,
    "heritage": heritage.check,
    "ecology": ecology.check,
}


def check(root: Path) -> list[Problem]:
    """Everything that is wrong with the workspace in a folder.

    Parameters
    ----------
    root : Path
        Folder that holds workspace.toml; nothing about it is taken for granted.

    Returns
    -------
    list of Problem
        Errors first; empty if nothing was found. Whatever the folder holds, nothing is raised.

    Examples
    --------
    >>> [problem.code for problem in check(Path("no/such/folder"))]
    ['no-folder']
    """
    root = Path(root)
    try:
        there = root.is_dir()
    except OSError:
        there = False
    if not there:
        what = "this is a file" if root.is_file() else "there is none"
        return [
            Problem(
                "error",
                "no-folder",
                str(root),
                f"expected the folder of a workspace, {what}",
                fix="megaregion init DIR makes one",
            )
        ]
    record, problems = _read(root)
    for name, rule in RULES.items():
        problems += _apply(name, rule, record)
    return ordered(list(dict.fromkeys(problems)))


def _read(root: Path) -> tuple[Record, list[Problem]]:
    try:
        return folder.read(root)
    except Exception as error:  # the doctor must never be the one who falls
        return Record(root), [_stopped("reading", error)]


def _apply(name: str, rule: Rule, record: Record) -> list[Problem]:
    try:
        return rule(record)
    except Exception as error:  # one rule that stumbles over strange data must not hide what the others find
        return [_stopped(name, error)]


def _stopped(name: str, error: Exception) -> Problem:
    return Problem(
        "error",
        "rule-stopped",
        f"rules/{name}",
        f"these checks could not be finished: {type(error).__name__}: {error}",
        fix="mend the other errors first; if this one stays, report it with the workspace",
    )


def has_errors(problems: Sequence[Problem]) -> bool:
    """Whether one of the problems is an error, which stops a run."""
    return any(problem.severity == "error" for problem in problems)


def counts(problems: Sequence[Problem]) -> dict[str, int]:
    """How many findings of each severity there are."""
    return {severity: sum(problem.severity == severity for problem in problems) for severity in ORDER}


def render(problems: Sequence[Problem]) -> str:
    """Text for a terminal: one paragraph a finding, errors first, counts at the end."""
    found = counts(problems)
    total = ", ".join(f"{n} {name}{'' if n == 1 else 's'}" for name, n in found.items())
    lines = [problem.line() for problem in ordered(problems)]
    return "\n".join([*lines, total if problems else "nothing found: " + total])


def as_json(problems: Sequence[Problem]) -> dict[str, Any]:
    """JSON-able form: `ok`, `counts` and `problems`."""
    return {
        "ok": not has_errors(problems),
        "counts": counts(problems),
        "problems": [problem.to_dict() for problem in ordered(problems)],
    }
