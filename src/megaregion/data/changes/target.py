"""What changes point at: units of analysis, groups of places, pairs of them, shares, and rows of a cluster's frames."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from megaregion.data.cluster import Cluster

ALL = ("all",)
EVERY = "*"  # how `all` is written in the frames of a cluster


def place_ids(cluster: Cluster) -> frozenset[str]:
    """Units of analysis."""
    return _of_kind(cluster, "level")


def group_ids(cluster: Cluster) -> frozenset[str]:
    """Groups of places (provinces, states)."""
    return _of_kind(cluster, "group")


def _of_kind(cluster: Cluster, role: str) -> frozenset[str]:
    places = cluster.places
    return frozenset(places.index[places["kind"] == str(cluster.attrs[role])])


def place_problems(change: str, name: str, cluster: Cluster) -> list[str]:
    """Whether `name` is a unit of analysis."""
    if name in place_ids(cluster):
        return []
    return [f"{change}: {name!r} is not a {cluster.attrs['level']} of places.csv"]


def area_problems(change: str, name: str, cluster: Cluster) -> list[str]:
    """Whether `name` is a unit of analysis, a group of places, or the word ``all``."""
    if name == "all" or name in place_ids(cluster) or name in group_ids(cluster):
        return []
    return [f"{change}: {name!r} is neither a {cluster.attrs['level']} nor a {cluster.attrs['group']} of places.csv"]


def border_problems(change: str, between: tuple[str, ...], cluster: Cluster) -> list[str]:
    """Whether `between` is ``all`` or two different groups of places."""
    if between == ALL:
        return []
    kind, known = str(cluster.attrs["group"]), group_ids(cluster)
    out = []
    if len(between) != 2 or between[0] == between[-1]:
        out.append(f"{change}: between must be 'all' or two different {kind} ids, got {between!r}")
    return out + [f"{change}: {name!r} is not a {kind} of places.csv" for name in between if name not in known]


def pair_problems(change: str, between: tuple[str, ...], cluster: Cluster) -> list[str]:
    """Whether `between` is ``all`` or two places or groups; a group twice means the pairs inside it."""
    if between == ALL:
        return []
    out = []
    if len(between) != 2:
        out.append(f"{change}: between must be 'all' or two ids of places or groups of places, got {between!r}")
    elif between[0] == between[1] and between[0] in place_ids(cluster):
        out.append(f"{change}: both ends are {between[0]!r}")
    return out + [text for name in dict.fromkeys(between) for text in area_problems(change, name, cluster)]


def pair(between: tuple[str, ...]) -> tuple[str, str]:
    """The two ids in order, ``*`` twice for all."""
    if between == ALL:
        return EVERY, EVERY
    a, b = sorted(between)
    return a, b


def every(name: str) -> str:
    """``*`` for all, else the id itself."""
    return EVERY if name == "all" else name


def share_problems(change: str, **shares: float) -> list[str]:
    """Whether every share lies in (0, 1]."""
    return [
        f"{change}: {name} must lie above 0 and at most at 1, got {value!r}"
        for name, value in shares.items()
        if not 0 < value <= 1
    ]


def factor_problems(change: str, **factors: float) -> list[str]:
    """Whether every factor is above zero and finite."""
    return [
        f"{change}: {name} must be > 0, got {value!r}"
        for name, value in factors.items()
        if not (value > 0 and math.isfinite(value))
    ]


def with_rows(frame: pd.DataFrame, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """The frame with more rows; the given one is untouched."""
    if not rows:
        return frame
    added = pd.DataFrame(list(rows), columns=list(frame.columns), dtype=object)
    return pd.concat([frame, added], ignore_index=True)
