"""Scenarios: ordered tuples of frozen changes against the baseline, with a loss-free TOML and JSON form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, ClassVar, Protocol

import pandas as pd

from megaregion.data.cluster import Cluster
from megaregion.errors import InputError


class Change(Protocol):
    """One change; `problems` says why it does not fit a cluster, `apply` gives the changed cluster."""

    type: ClassVar[str]
    comment: str

    def problems(self, cluster: Cluster) -> list[str]:
        """Why this change cannot be made to `cluster`; empty if it can."""

    def apply(self, cluster: Cluster) -> Cluster:
        """The changed cluster; the given one is untouched."""


@dataclass(frozen=True, kw_only=True)
class AddLink:
    """A new direct service between two stops, in both directions.

    Attributes
    ----------
    from_node, to_node : str
        Stops (nodes.node_id).
    mode : str
        rail or road.
    length_km, time_min : float
        Along the link; minutes in the vehicle.
    wait_min : float
        Expected wait at boarding (half the headway).
    """

    type: ClassVar[str] = "AddLink"
    from_node: str
    to_node: str
    mode: str = "rail"
    length_km: float
    time_min: float
    wait_min: float = 15.0
    comment: str = ""

    def problems(self, cluster: Cluster) -> list[str]:
        """Why this change cannot be made to `cluster`."""
        out = [
            f"AddLink: {end} {node!r} is not in nodes.node_id"
            for end, node in (("from_node", self.from_node), ("to_node", self.to_node))
            if node not in cluster.nodes.index
        ]
        if self.from_node == self.to_node:
            out.append(f"AddLink: both ends are {self.from_node!r}")
        if self.mode != "rail":
            out.append(f"AddLink: mode {self.mode!r}; only rail links enter the travel times so far")
        if not (self.length_km > 0 and self.time_min > 0 and self.wait_min >= 0):
            out.append("AddLink: length_km and time_min must be > 0, wait_min >= 0")
        return out

    def apply(self, cluster: Cluster) -> Cluster:
        """Cluster with one more row in `links`, status `scenario`."""
        row = pd.DataFrame(
            {
                "mode": self.mode, "from_node": self.from_node, "to_node": self.to_node,
                "length_km": self.length_km, "time_min": self.time_min, "headway_min": 2.0 * self.wait_min,
                "status": "scenario", "observed": False,
            },
            index=pd.Index([f"scenario-{len(cluster.links) + 1}"], name="link_id"),
        )  # fmt: skip
        columns = [c for c in row.columns if c not in cluster.links.columns]
        base = cluster.links.assign(**dict.fromkeys(columns)) if columns else cluster.links
        both = [part for part in (base, row.reindex(columns=base.columns)) if len(part)]
        links = pd.concat([part.astype(object) for part in both]).astype({"length_km": float, "time_min": float})
        return cluster.replace(links=links)


@dataclass(frozen=True, kw_only=True)
class ScaleBarrier:
    """Multiply the friction of the border between groups of places.

    Attributes
    ----------
    between : tuple of str
        Two group ids, or the one word ``all``.
    factor : float
        0 removes the friction, 0.5 halves it, 1 changes nothing.
    """

    type: ClassVar[str] = "ScaleBarrier"
    between: tuple[str, ...]
    factor: float
    comment: str = ""

    def problems(self, cluster: Cluster) -> list[str]:
        """Why this change cannot be made to `cluster`."""
        kind = str(cluster.attrs["group"])
        ids = set(cluster.places.index[cluster.places["kind"] == kind])
        out = []
        if self.between != ("all",):
            if len(self.between) != 2 or self.between[0] == self.between[-1]:
                out.append(f"ScaleBarrier: between must be 'all' or two different {kind} ids, got {self.between!r}")
            out += [f"ScaleBarrier: {name!r} is not a {kind} of places.csv" for name in self.between if name not in ids]
        if not self.factor >= 0:
            out.append(f"ScaleBarrier: factor must be >= 0, got {self.factor!r}")
        return out

    def apply(self, cluster: Cluster) -> Cluster:
        """Cluster with the factor in `barriers`."""
        a, b = ("*", "*") if self.between == ("all",) else sorted(self.between)
        row = pd.DataFrame({"group_a": [a], "group_b": [b], "factor": [self.factor]}, dtype=object)
        return cluster.replace(barriers=pd.concat([cluster.barriers, row], ignore_index=True))


@dataclass(frozen=True, kw_only=True)
class _Shift:
    place_id: str
    factor: float
    comment: str = ""
    type: ClassVar[str] = ""
    what: ClassVar[str] = ""

    def problems(self, cluster: Cluster) -> list[str]:
        """Why this change cannot be made to `cluster`."""
        level = str(cluster.attrs["level"])
        ids = set(cluster.places.index[cluster.places["kind"] == level])
        out = [] if self.place_id in ids else [f"{self.type}: {self.place_id!r} is not a {level} of places.csv"]
        if not self.factor > 0:
            out.append(f"{self.type}: factor must be > 0, got {self.factor!r}")
        return out

    def apply(self, cluster: Cluster) -> Cluster:
        """Cluster with the factor in `shifts`."""
        row = pd.DataFrame({"place_id": [self.place_id], "what": [self.what], "factor": [self.factor]}, dtype=object)
        return cluster.replace(shifts=pd.concat([cluster.shifts, row], ignore_index=True))


@dataclass(frozen=True, kw_only=True)
class SetProductivity(_Shift):
    """Multiply the productivity of one place (a laboratory, a platform)."""

    type: ClassVar[str] = "SetProductivity"
    what: ClassVar[str] = "productivity"


@dataclass(frozen=True, kw_only=True)
class SetAmenity(_Shift):
    """Multiply the amenity of one place (a restored lake, heritage); a utility factor."""

    type: ClassVar[str] = "SetAmenity"
    what: ClassVar[str] = "amenity"


@dataclass(frozen=True, kw_only=True)
class UseTimetable:
    """Run another timetable of services.csv instead of the base one."""

    type: ClassVar[str] = "UseTimetable"
    timetable: str
    comment: str = ""

    def problems(self, cluster: Cluster) -> list[str]:
        """Why this change cannot be made to `cluster`."""
        known = sorted(set(cluster.services["timetable"]))
        if self.timetable in known:
            return []
        return [f"UseTimetable: {self.timetable!r} is not in services.timetable (there: {', '.join(known)})"]

    def apply(self, cluster: Cluster) -> Cluster:
        """Cluster whose base timetable is this one."""
        return cluster.replace(attrs={**cluster.attrs, "timetable": self.timetable})


TYPES: dict[str, Any] = {c.type: c for c in (AddLink, ScaleBarrier, SetProductivity, SetAmenity, UseTimetable)}


def change_from_dict(entry: Mapping[str, Any], where: str = "change") -> Change:
    """Change from its TOML or JSON form; unknown types and keys are errors.

    Raises
    ------
    InputError
        The type is unknown, a key is unknown, or one is missing.
    """
    if not isinstance(entry, Mapping):
        raise InputError(f"{where}: expected a table with type = ..., got {entry!r}")
    kind = entry.get("type")
    if not isinstance(kind, str) or kind not in TYPES:
        raise InputError(f"{where}: unknown type {kind!r}", hint="types: " + ", ".join(TYPES))
    cls = TYPES[kind]
    known = {f.name: f for f in fields(cls)}
    given = {k: v for k, v in entry.items() if k != "type"}
    unknown = sorted(set(given) - set(known))
    lacking = sorted(n for n, f in known.items() if f.default is MISSING and n not in given)
    if unknown or lacking:
        parts = [f"unknown keys {', '.join(unknown)}"] if unknown else []
        parts += [f"missing keys {', '.join(lacking)}"] if lacking else []
        raise InputError(f"{where}: {kind}: {'; '.join(parts)}", hint="keys: " + ", ".join(known))
    if "between" in given:
        between = given["between"]
        if not isinstance(between, (str, list, tuple)):
            raise InputError(f"{where}: {kind}.between: expected 'all' or two ids, got {between!r}")
        given["between"] = (between,) if isinstance(between, str) else tuple(map(str, between))
    for name, f in known.items():
        if name in given and f.type == "float":
            given[name] = _number(given[name], f"{where}: {kind}.{name}")
    return cls(**given)  # type: ignore[no-any-return]


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InputError(f"{where}: expected a number, got {value!r}")
    return float(value)


def change_to_dict(change: Change) -> dict[str, Any]:
    """JSON-able form of a change; `change_from_dict` gives it back."""
    data = asdict(change)  # type: ignore[call-overload]
    if "between" in data:
        data["between"] = list(data["between"])
    return {"type": change.type, **data}


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """An ordered tuple of changes with a name; the empty one is the baseline."""

    id: str
    name: str = ""
    name_zh: str = ""
    comment: str = ""
    comment_zh: str = ""
    changes: tuple[Change, ...] = ()

    def problems(self, cluster: Cluster) -> list[str]:
        """Every reason why this scenario does not fit `cluster`."""
        return [f"scenario {self.id}: {text}" for change in self.changes for text in change.problems(cluster)]

    def apply(self, cluster: Cluster) -> Cluster:
        """The changed cluster.

        Raises
        ------
        InputError
            A change does not fit; all reasons are listed.
        """
        if found := self.problems(cluster):
            raise InputError("; ".join(found), hint="correct the scenario or the tables that it names")
        for change in self.changes:
            cluster = change.apply(cluster)
        return cluster

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return {
            "id": self.id, "name": self.name, "name_zh": self.name_zh, "comment": self.comment,
            "comment_zh": self.comment_zh, "change": [change_to_dict(c) for c in self.changes],
        }  # fmt: skip


BASELINE = Scenario(id="baseline", name="Baseline", name_zh="基准")


def scenario_from_dict(data: Mapping[str, Any], where: str = "scenario") -> Scenario:
    """Scenario from its TOML or JSON form; unknown keys are errors.

    Raises
    ------
    InputError
        A key or a change cannot be read; all are listed.
    """
    allowed = {"id", "name", "name_zh", "comment", "comment_zh", "change"}
    problems = [f"unknown keys {', '.join(sorted(set(data) - allowed))}"] if set(data) - allowed else []
    if not data.get("id"):
        problems.append("missing key id")
    changes: list[Change] = []
    entries: Sequence[Mapping[str, Any]] = data.get("change", [])
    if not isinstance(entries, (list, tuple)):
        problems.append(f"change must be written [[change]], got {entries!r}")
        entries = ()
    for number, entry in enumerate(entries, start=1):
        try:
            changes.append(change_from_dict(entry, f"change {number}"))
        except InputError as error:
            problems.append(error.message)
    if problems:
        raise InputError(f"{where}: " + "; ".join(problems), hint="keys: " + ", ".join(sorted(allowed)))
    return Scenario(
        id=str(data["id"]), name=str(data.get("name", "")), name_zh=str(data.get("name_zh", "")),
        comment=str(data.get("comment", "")), comment_zh=str(data.get("comment_zh", "")), changes=tuple(changes),
    )  # fmt: skip
