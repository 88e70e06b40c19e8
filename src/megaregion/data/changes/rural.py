"""Changes of the country side of a city."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from megaregion.data.changes.places import shift
from megaregion.data.changes.target import factor_problems, place_problems, share_problems, with_rows
from megaregion.data.cluster import Cluster


@dataclass(frozen=True, kw_only=True)
class RestructureRural:
    """Rural restructuring of one city: land put together, people settled in town, building quota moved there.

    Attributes
    ----------
    rural_id, urban_id : str
        The rural and the urban part of the city, both units of analysis.
    land_ratio : float
        Land of the sector after consolidation over before.
    plot_ratio : float
        Mean size of a plot after over before.
    settled : float
        How much of the cost of settling in the urban part goes, for those registered in the rural part; 0 to 1.
    quota_km2 : float
        Construction land given up in the rural and allowed in the urban part; the sum stays.
    rural_km2, urban_km2 : float
        Construction land of the two parts; needed with a quota.
    sector : str
        The sector that uses the consolidated land.
    """

    type: ClassVar[str] = "RestructureRural"
    rural_id: str
    urban_id: str
    land_ratio: float = 1.0
    plot_ratio: float = 1.0
    settled: float = 0.0
    quota_km2: float = 0.0
    rural_km2: float = 0.0
    urban_km2: float = 0.0
    sector: str = "agriculture"
    comment: str = ""

    def problems(self, cluster: Cluster) -> list[str]:
        """Why this change cannot be made to `cluster`."""
        out = place_problems(self.type, self.rural_id, cluster) + place_problems(self.type, self.urban_id, cluster)
        if self.rural_id == self.urban_id:
            out.append(f"{self.type}: rural_id and urban_id are both {self.rural_id!r}")
        out += factor_problems(self.type, land_ratio=self.land_ratio, plot_ratio=self.plot_ratio)
        if self.settled:
            out += share_problems(self.type, settled=self.settled)
        if self.quota_km2:
            out += factor_problems(
                self.type, quota_km2=self.quota_km2, rural_km2=self.rural_km2, urban_km2=self.urban_km2
            )
            if self.quota_km2 >= self.rural_km2 > 0:
                out.append(f"{self.type}: quota_km2 must be below rural_km2, got {self.quota_km2!r}")
        if (self.land_ratio, self.plot_ratio, self.settled, self.quota_km2) == (1.0, 1.0, 0.0, 0.0):
            out.append(f"{self.type}: it changes nothing: give land_ratio, plot_ratio, settled or quota_km2")
        return out

    def apply(self, cluster: Cluster) -> Cluster:
        """Cluster with the rows of each part in `shifts` and `group_shifts`."""
        rows, people = [], []
        if self.land_ratio != 1.0:
            rows.append(shift(self.rural_id, "land", self.land_ratio, sector=self.sector))
        if self.plot_ratio != 1.0:
            rows.append(shift(self.rural_id, "plots", self.plot_ratio, sector=self.sector))
        if self.quota_km2:
            rows.append(shift(self.rural_id, "quota", 1.0, amount=-self.quota_km2 / self.rural_km2))
            rows.append(shift(self.urban_id, "quota", 1.0, amount=self.quota_km2 / self.urban_km2))
        if self.settled:
            people.append({
                "origin_id": self.rural_id, "place_id": self.urban_id, "what": "hukou", "factor": 1.0 - self.settled,
                "who": "",
            })  # fmt: skip
        return cluster.replace(
            shifts=with_rows(cluster.shifts, rows), group_shifts=with_rows(cluster.group_shifts, people)
        )
