"""Changes of what borders and registration cost: frictions, recognition, points for settlement, vouchers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from megaregion.data.changes.target import (
    ALL,
    area_problems,
    border_problems,
    every,
    pair,
    pair_problems,
    share_problems,
    with_rows,
)
from megaregion.data.cluster import Cluster

SCHEMES = ("pension", "medical", "unemployment", "housing_fund", "points", "exams")
WHO = ("", "agricultural", "other")


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
        out = border_problems(self.type, self.between, cluster)
        if not self.factor >= 0:
            out.append(f"ScaleBarrier: factor must be >= 0, got {self.factor!r}")
        return out

    def apply(self, cluster: Cluster) -> Cluster:
        """Cluster with the factor in `barriers`."""
        a, b = pair(self.between)
        row = {"group_a": a, "group_b": b, "factor": self.factor}
        return cluster.replace(barriers=with_rows(cluster.barriers, [row]))


@dataclass(frozen=True, kw_only=True)
class Recognize:
    """Recognize each other's social insurance: people registered on one side keep entitlements on the other.

    Attributes
    ----------
    between : tuple of str
        Two groups of places or two places, or the one word ``all`` (every border between groups).
    share : float
        How much of what is not yet recognised becomes recognised, above 0 and at most 1.
    schemes : tuple of str
        Of `SCHEMES`, or the one word ``all``.
    """

    type: ClassVar[str] = "Recognize"
    between: tuple[str, ...]
    share: float
    schemes: tuple[str, ...] = ALL
    comment: str = ""

    def problems(self, cluster: Cluster) -> list[str]:
        """Why this change cannot be made to `cluster`."""
        out = pair_problems(self.type, self.between, cluster) + share_problems(self.type, share=self.share)
        wrong = [] if self.schemes == ALL else [name for name in self.schemes if name not in SCHEMES]
        if wrong or not self.schemes or len(set(self.schemes)) < len(self.schemes):
            known = ", ".join(SCHEMES)
            out.append(f"{self.type}: schemes must be 'all' or some of {known}, each once, got {self.schemes!r}")
        return out

    def apply(self, cluster: Cluster) -> Cluster:
        """Cluster with the share that stays unrecognised in `group_shifts`, in both directions, by scheme."""
        a, b = pair(self.between)
        named = SCHEMES if self.schemes == ALL else self.schemes
        rows = [
            {
                "origin_id": origin, "place_id": place, "what": f"recognition:{scheme}", "factor": 1.0 - self.share,
                "who": "",
            }
            for scheme in named
            for origin, place in dict.fromkeys(((a, b), (b, a)))
        ]  # fmt: skip
        return cluster.replace(group_shifts=with_rows(cluster.group_shifts, rows))


@dataclass(frozen=True, kw_only=True)
class HukouPoints:
    """Open registration in a destination to people from elsewhere, by points or mutual counting of years.

    Attributes
    ----------
    place_id : str
        Destination: a place, a group of places, or ``all``.
    share : float
        How much of what years elsewhere do not yet count for comes to count, above 0 and at most 1.
    origin : str
        Who gains: those registered in this place or group, or ``all``; never those registered in the destination.
    who : str
        agricultural, other, or empty for both.
    """

    type: ClassVar[str] = "HukouPoints"
    place_id: str
    share: float
    origin: str = "all"
    who: str = ""
    comment: str = ""

    def problems(self, cluster: Cluster) -> list[str]:
        """Why this change cannot be made to `cluster`."""
        out = area_problems(self.type, self.place_id, cluster) + area_problems(self.type, self.origin, cluster)
        out += share_problems(self.type, share=self.share)
        if self.who not in WHO:
            out.append(f"{self.type}: who must be agricultural, other or empty, got {self.who!r}")
        return out

    def apply(self, cluster: Cluster) -> Cluster:
        """Cluster with the share that stays unrecognised in `group_shifts`."""
        row = {
            "origin_id": every(self.origin), "place_id": every(self.place_id), "what": "hukou",
            "factor": 1.0 - self.share, "who": self.who,
        }  # fmt: skip
        return cluster.replace(group_shifts=with_rows(cluster.group_shifts, [row]))


@dataclass(frozen=True, kw_only=True)
class Voucher:
    """Innovation vouchers that are redeemed across a border, for services that need meetings.

    Attributes
    ----------
    between : tuple of str
        Two groups of places, or the one word ``all`` (every border between groups).
    subsidy : float
        Share of the price that the voucher pays, above 0 and below 1.
    coverage : float
        Share of the service trade across the border that vouchers cover, above 0 and at most 1.
    """

    type: ClassVar[str] = "Voucher"
    between: tuple[str, ...]
    subsidy: float
    coverage: float
    comment: str = ""

    def problems(self, cluster: Cluster) -> list[str]:
        """Why this change cannot be made to `cluster`."""
        out = border_problems(self.type, self.between, cluster) + share_problems(self.type, coverage=self.coverage)
        if not 0 < self.subsidy < 1:
            out.append(f"{self.type}: subsidy must lie above 0 and below 1, got {self.subsidy!r}")
        return out

    def apply(self, cluster: Cluster) -> Cluster:
        """Cluster with the price that users still pay in `pair_shifts`."""
        a, b = pair(self.between)
        row = {"id_a": a, "id_b": b, "what": "voucher", "factor": 1.0 - self.subsidy * self.coverage}
        return cluster.replace(pair_shifts=with_rows(cluster.pair_shifts, [row]))
