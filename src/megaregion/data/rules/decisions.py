"""projects.toml and scenarios: keys, costs, governments, and changes that do not fit the tables."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from megaregion.data.cluster import Cluster
from megaregion.data.problem import Problem, first
from megaregion.data.rules.config import one, unknown_keys
from megaregion.data.rules.record import Record
from megaregion.data.scenario import BASELINE, change_from_dict, scenario_from_dict
from megaregion.errors import InputError

PROJECT = (
    "id",
    "name",
    "name_zh",
    "kind",
    "cost",
    "cost_basis",
    "jurisdictions",
    "evidence",
    "opened",
    "opened_note",
    "change",
)


def check(record: Record) -> list[Problem]:
    """Every rule of this file."""
    return [*projects(record), *scenarios(record)]


def _cluster(record: Record) -> Cluster:
    """What changes are tested against: the tables as far as they could be read."""
    frames: dict[str, pd.DataFrame] = {}
    for table, key in (("places", "place_id"), ("nodes", "node_id"), ("links", "link_id")):
        sheet = record.sheet(table, key)
        frames[table] = pd.DataFrame({key: []}).set_index(key) if sheet is None else sheet.frame.set_index(key)
    if "kind" not in frames["places"].columns:
        frames["places"] = frames["places"].assign(kind=None)
    timetables = pd.DataFrame({"timetable": sorted(record.ids("services", "timetable"))})
    nothing = pd.DataFrame()
    attrs = {"level": "", "group": "", **record.cluster}
    return Cluster(
        places=frames["places"],
        indicators=nothing,
        nodes=frames["nodes"],
        links=frames["links"],
        services=timetables,
        flows={},
        agreements=nothing,
        attrs=attrs,
    )


def _unfit(texts: Sequence[str], where: str, name: str) -> list[Problem]:
    """Findings from what a change says of itself."""
    out = []
    for text in texts:
        code = (
            "unknown-node" if "nodes.node_id" in text else "unknown-place" if "places.csv" in text else "unfit-change"
        )
        fix = "name what the tables have, or add the row" if code != "unfit-change" else "correct the change"
        out.append(one(code, where, "change", text, name, fix))
    return out


def projects(record: Record) -> list[Problem]:
    """Projects: keys, costs, governments, and the changes they stand for."""
    where, entries = "projects.toml", record.projects.get("project", [])
    out = unknown_keys(record.projects, ("project",), where, "the file")
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        return [
            *out,
            one("wrong-type", where, "project", "expected tables [[project]]", "project", "see: workspace format"),
        ]
    names = [str(entry.get("id", "")) for entry in entries]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        out.append(
            Problem(
                "error",
                "duplicate-id",
                where,
                "project ids must differ",
                column="id",
                labels=first(twice),
                count=len(twice),
                fix="rename one of them",
            )
        )
    cluster, places = _cluster(record), record.ids("places", "place_id")
    for name, entry in zip(names, entries, strict=True):
        out += unknown_keys(entry, PROJECT, where, f"project {name}")
        cost = entry.get("cost")
        if isinstance(cost, bool) or not isinstance(cost, (int, float)) or not 0 <= cost < float("inf"):
            out.append(
                one(
                    "wrong-type",
                    where,
                    "cost",
                    f"expected an amount in millions of the currency, got {cost!r}",
                    name,
                    "give the cost",
                )
            )
        given = entry.get("jurisdictions", [])
        strange = [str(p) for p in given if str(p) not in places] if isinstance(given, list) and places else []
        if strange:
            out.append(
                one(
                    "unknown-place",
                    where,
                    "jurisdictions",
                    f"not in places.csv: {', '.join(strange)}",
                    name,
                    "correct the codes",
                )
            )
        changes = entry.get("change", [])
        if not changes:
            out.append(
                one(
                    "no-change",
                    where,
                    "change",
                    "a project needs at least one [[project.change]]",
                    name,
                    "say what it changes",
                )
            )
        out += _changes(changes, where, name, cluster)
    return out


def _changes(changes: object, where: str, name: str, cluster: Cluster) -> list[Problem]:
    """What is wrong with a list of changes; anything at all may stand in its place."""
    if not isinstance(changes, list):
        return [
            one(
                "wrong-type",
                where,
                "change",
                f"expected tables [[change]], got {changes!r}",
                name,
                "see: workspace format",
            )
        ]
    out: list[Problem] = []
    for change in changes:
        try:
            out += _unfit(change_from_dict(change).problems(cluster), where, name)
        except InputError as error:
            out.append(one("unfit-change", where, "change", error.message, name, error.hint or "correct the change"))
        except (TypeError, AttributeError, ValueError) as error:
            text = f"cannot be read as a change: {change!r} ({error})"
            out.append(one("unfit-change", where, "change", text, name, "see: workspace format"))
    return out


def scenarios(record: Record) -> list[Problem]:
    """Scenario files: keys, ids, and changes that do not fit the tables."""
    out: list[Problem] = []
    cluster = _cluster(record)
    seen: dict[str, str] = {BASELINE.id: "the baseline"}
    for where, data in record.scenarios.items():
        name = str(data.get("id", ""))
        try:
            scenario_from_dict({key: value for key, value in data.items() if key != "change"}, where)
        except InputError as error:
            out.append(one("unfit-scenario", where, "", error.message, name, error.hint))
        if name in seen:
            out.append(one("duplicate-id", where, "id", f"{name!r} is also the id of {seen[name]}", name, "rename it"))
        seen[name] = where
        out += _changes(data.get("change", []), where, name, cluster)
    return out
