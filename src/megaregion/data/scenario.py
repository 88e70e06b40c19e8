"""Scenarios: ordered tuples of frozen changes against the baseline, with a loss-free TOML and JSON form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, ClassVar, Protocol

from megaregion.data.changes.borders import HukouPoints, Recognize, ScaleBarrier, Voucher
from megaregion.data.changes.places import (
    CultureSite,
    Platform,
    Restore,
    SetAmenity,
    SetHousing,
    SetLand,
    SetProductivity,
    SetTransfer,
)
from megaregion.data.changes.rural import RestructureRural
from megaregion.data.changes.travel import AddLink, CloseLink, ReleaseFreight, ScaleTime, UseTimetable
from megaregion.data.cluster import Cluster
from megaregion.errors import InputError

__all__ = [
    "BASELINE", "TYPES", "AddLink", "Change", "CloseLink", "CultureSite", "HukouPoints", "Platform", "Recognize",
    "ReleaseFreight", "Restore", "RestructureRural", "ScaleBarrier", "ScaleTime", "Scenario", "SetAmenity",
    "SetHousing", "SetLand", "SetProductivity", "SetTransfer", "UseTimetable", "Voucher", "change_from_dict",
    "change_to_dict", "scenario_from_dict",
]  # fmt: skip


class Change(Protocol):
    """One change; `problems` says why it does not fit a cluster, `apply` gives the changed cluster."""

    type: ClassVar[str]
    comment: str

    def problems(self, cluster: Cluster) -> list[str]:
        """Why this change cannot be made to `cluster`; empty if it can."""

    def apply(self, cluster: Cluster) -> Cluster:
        """The changed cluster; the given one is untouched."""


TYPES: dict[str, Any] = {
    change.type: change
    for change in (
        AddLink, CloseLink, ScaleTime, UseTimetable, ReleaseFreight, ScaleBarrier, Recognize, HukouPoints, Voucher,
        SetProductivity, SetAmenity, SetHousing, SetLand, Platform, CultureSite, Restore, SetTransfer, RestructureRural,
    )
}  # fmt: skip


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
    for name, f in known.items():
        if name in given and f.type == "float":
            given[name] = _number(given[name], f"{where}: {kind}.{name}")
        elif name in given and f.type == "tuple[str, ...]":
            given[name] = _texts(given[name], f"{where}: {kind}.{name}", "two ids" if name == "between" else "a list")
    return cls(**given)  # type: ignore[no-any-return]


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InputError(f"{where}: expected a number, got {value!r}")
    return float(value)


def _texts(value: object, where: str, else_what: str) -> tuple[str, ...]:
    """A tuple of texts from one text or a list of them."""
    if not isinstance(value, (str, list, tuple)):
        raise InputError(f"{where}: expected 'all' or {else_what}, got {value!r}")
    return (value,) if isinstance(value, str) else tuple(map(str, value))


def change_to_dict(change: Change) -> dict[str, Any]:
    """JSON-able form of a change; `change_from_dict` gives it back."""
    data = asdict(change)  # type: ignore[call-overload]
    return {"type": change.type, **{k: list(v) if isinstance(v, tuple) else v for k, v in data.items()}}


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
        found = [text for change in self.changes for text in change.problems(cluster)]
        return [f"scenario {self.id}: {text}" for text in found + _order_problems(self.changes)]

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


def _order_problems(changes: Sequence[Change]) -> list[str]:
    """What each change allows alone, but not after those before it."""
    out: list[str] = []
    closed: set[str] = set()
    touched = ""
    for change in changes:
        if isinstance(change, UseTimetable) and touched:
            out.append(f"UseTimetable after {touched} of a link would undo it: name the timetable first")
        if isinstance(change, (CloseLink, ScaleTime)) and change.link_id:
            if change.link_id in closed:
                out.append(f"{change.type}: {change.link_id!r} is closed by an earlier change")
            touched = change.type
            if isinstance(change, CloseLink):
                closed.add(change.link_id)
    return out


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
