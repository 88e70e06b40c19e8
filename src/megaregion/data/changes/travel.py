"""Changes of travel: new, faster, slower and closed links, timetables, and freight on released lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from megaregion.data.changes.running import rerun
from megaregion.data.changes.target import factor_problems, pair, pair_problems, with_rows
from megaregion.data.cluster import Cluster
from megaregion.errors import InputError


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
        number = len(cluster.links) + 1
        while f"scenario-{number}" in cluster.links.index:  # a closed link may have made room
            number += 1
        row = pd.DataFrame(
            {
                "mode": self.mode, "from_node": self.from_node, "to_node": self.to_node,
                "length_km": self.length_km, "time_min": self.time_min, "headway_min": 2.0 * self.wait_min,
                "status": "scenario", "observed": False,
            },
            index=pd.Index([f"scenario-{number}"], name="link_id"),
        )  # fmt: skip
        columns = [c for c in row.columns if c not in cluster.links.columns]
        base = cluster.links.assign(**dict.fromkeys(columns)) if columns else cluster.links
        both = [part for part in (base, row.reindex(columns=base.columns)) if len(part)]
        links = pd.concat([part.astype(object) for part in both]).astype({"length_km": float, "time_min": float})
        return cluster.replace(links=links)


@dataclass(frozen=True, kw_only=True)
class ScaleTime:
    """Multiply passenger travel times: of one rail link, or door to door between places.

    Attributes
    ----------
    factor : float
        0.8 means a fifth faster.
    between : tuple of str
        Two places or groups of places, or the one word ``all`` (every pair of different places). A group twice
        means the pairs of different places inside it.
    link_id : str
        Instead of `between`: one existing rail link; services follow the fastest way over the links.
    """

    type: ClassVar[str] = "ScaleTime"
    factor: float
    between: tuple[str, ...] = ()
    link_id: str = ""
    comment: str = ""

    def problems(self, cluster: Cluster) -> list[str]:
        """Why this change cannot be made to `cluster`."""
        out = factor_problems(self.type, factor=self.factor)
        if bool(self.between) == bool(self.link_id):
            return [*out, f"{self.type}: give either between or link_id"]
        if self.link_id:
            return out + link_problems(self.type, self.link_id, cluster)
        return out + pair_problems(self.type, self.between, cluster)

    def apply(self, cluster: Cluster) -> Cluster:
        """Cluster with the factor in `pair_shifts`, or with a timetable over the changed link."""
        if not self.link_id:
            a, b = pair(self.between)
            row = {"id_a": a, "id_b": b, "what": "time", "factor": self.factor}
            return cluster.replace(pair_shifts=with_rows(cluster.pair_shifts, [row]))
        _require(self.type, self.link_id, cluster)
        minutes = cluster.links["time_min"].astype(float)
        links = cluster.links.assign(time_min=minutes.where(minutes.index != self.link_id, minutes * self.factor))
        return rerun(cluster, links, f"{self.type}:{self.link_id}:{self.factor!r}")


@dataclass(frozen=True, kw_only=True)
class CloseLink:
    """Close one existing rail link, in both directions; services go around it, or end where there is no way."""

    type: ClassVar[str] = "CloseLink"
    link_id: str
    comment: str = ""

    def problems(self, cluster: Cluster) -> list[str]:
        """Why this change cannot be made to `cluster`."""
        return link_problems(self.type, self.link_id, cluster)

    def apply(self, cluster: Cluster) -> Cluster:
        """Cluster without the link, with a timetable that runs without it."""
        _require(self.type, self.link_id, cluster)
        return rerun(cluster, cluster.links.drop(index=self.link_id), f"{self.type}:{self.link_id}")


@dataclass(frozen=True, kw_only=True)
class ReleaseFreight:
    """Passenger trains leave an old line, for instance for a new one, and freight trains gain room.

    Attributes
    ----------
    between : tuple of str
        Two places or groups of places, or the one word ``all``: the pairs whose goods go by that line.
    share : float
        Share of the traffic of the line that leaves, above 0 and below 1.
    """

    type: ClassVar[str] = "ReleaseFreight"
    between: tuple[str, ...]
    share: float
    comment: str = ""

    def problems(self, cluster: Cluster) -> list[str]:
        """Why this change cannot be made to `cluster`."""
        out = pair_problems(self.type, self.between, cluster)
        if not 0 < self.share < 1:
            out.append(f"{self.type}: share must lie above 0 and below 1, got {self.share!r}")
        return out

    def apply(self, cluster: Cluster) -> Cluster:
        """Cluster with the share of traffic that stays in `pair_shifts`."""
        a, b = pair(self.between)
        row = {"id_a": a, "id_b": b, "what": "traffic", "factor": 1.0 - self.share}
        return cluster.replace(pair_shifts=with_rows(cluster.pair_shifts, [row]))


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


def link_problems(change: str, link_id: str, cluster: Cluster) -> list[str]:
    """Whether `link_id` is an existing rail link over which services of the timetable in use run."""
    links = cluster.links
    if link_id not in links.index:
        return [f"{change}: {link_id!r} is not in links.link_id ({len(links)} links there)"]
    out = []
    mode, status = (str(links[name].get(link_id, "")) if name in links else "" for name in ("mode", "status"))
    if mode != "rail":
        out.append(f"{change}: {link_id!r} has the mode {mode!r}; only rail links enter the travel times so far")
    if status != "existing":
        out.append(f"{change}: {link_id!r} has the status {status!r}, expected existing")
    timetable = str(cluster.attrs.get("timetable", ""))
    if "timetable" not in cluster.services or timetable not in set(cluster.services["timetable"]):
        out.append(f"{change}: services has no rows of the timetable {timetable!r}, so no travel time hangs on links")
    return out


def _require(change: str, link_id: str, cluster: Cluster) -> None:
    if link_id not in cluster.links.index:
        raise InputError(f"{change}: {link_id!r} is not in links.link_id", hint="was it closed before?")
