"""Changes of one place: productivity, amenity, floor space, land, platforms, culture, ecology, assistance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from megaregion.data.changes.target import factor_problems, place_problems, with_rows
from megaregion.data.cluster import Cluster


def shift(place_id: str, what: str, factor: float, *, sector: str = "", amount: float = 0.0) -> dict[str, object]:
    """A row of `Cluster.shifts`."""
    return {"place_id": place_id, "what": what, "factor": factor, "sector": sector, "amount": amount}


@dataclass(frozen=True, kw_only=True)
class _Shift:
    place_id: str
    factor: float
    comment: str = ""
    type: ClassVar[str] = ""
    what: ClassVar[str] = ""

    def problems(self, cluster: Cluster) -> list[str]:
        """Why this change cannot be made to `cluster`."""
        return place_problems(self.type, self.place_id, cluster) + factor_problems(self.type, factor=self.factor)

    def apply(self, cluster: Cluster) -> Cluster:
        """Cluster with the factor in `shifts`."""
        row = shift(self.place_id, self.what, self.factor, sector=getattr(self, "sector", ""))
        return cluster.replace(shifts=with_rows(cluster.shifts, [row]))


@dataclass(frozen=True, kw_only=True)
class SetProductivity(_Shift):
    """Multiply the productivity of one place (a laboratory, a park); `sector` empty: of every sector."""

    sector: str = ""
    type: ClassVar[str] = "SetProductivity"
    what: ClassVar[str] = "productivity"


@dataclass(frozen=True, kw_only=True)
class SetAmenity(_Shift):
    """Multiply the amenity of one place; a utility factor."""

    type: ClassVar[str] = "SetAmenity"
    what: ClassVar[str] = "amenity"


@dataclass(frozen=True, kw_only=True)
class SetHousing(_Shift):
    """Multiply the floor space that one place supplies at a given price."""

    type: ClassVar[str] = "SetHousing"
    what: ClassVar[str] = "floor_space"


@dataclass(frozen=True, kw_only=True)
class SetLand(_Shift):
    """Multiply the production land of one place; `sector` empty: of every sector that uses land."""

    sector: str = ""
    type: ClassVar[str] = "SetLand"
    what: ClassVar[str] = "land"


@dataclass(frozen=True, kw_only=True)
class _Stock:
    place_id: str
    ratio: float
    comment: str = ""
    type: ClassVar[str] = ""
    what: ClassVar[str] = ""

    def problems(self, cluster: Cluster) -> list[str]:
        """Why this change cannot be made to `cluster`."""
        return place_problems(self.type, self.place_id, cluster) + factor_problems(self.type, ratio=self.ratio)

    def apply(self, cluster: Cluster) -> Cluster:
        """Cluster with the ratio in `shifts`."""
        return cluster.replace(shifts=with_rows(cluster.shifts, [shift(self.place_id, self.what, self.ratio)]))


@dataclass(frozen=True, kw_only=True)
class CultureSite(_Stock):
    """Heritage brought to life: `ratio` is the stock of sites in use after over before."""

    type: ClassVar[str] = "CultureSite"
    what: ClassVar[str] = "culture"


@dataclass(frozen=True, kw_only=True)
class Restore(_Stock):
    """Ecological restoration: `ratio` is the quality of habitat (or water) after over before."""

    type: ClassVar[str] = "Restore"
    what: ClassVar[str] = "ecology"


@dataclass(frozen=True, kw_only=True)
class Platform:
    """A laboratory or platform whose knowledge may reach other places.

    Attributes
    ----------
    place_id : str
    gain : float
        Productivity of the place grows by this share, > 0.
    spill : float
        Share of the log gain that a place at no distance would get, 0 to 1; it fades with travel time.
    sector : str
        Empty: every sector.
    """

    type: ClassVar[str] = "Platform"
    place_id: str
    gain: float
    spill: float = 0.0
    sector: str = ""
    comment: str = ""

    def problems(self, cluster: Cluster) -> list[str]:
        """Why this change cannot be made to `cluster`."""
        out = place_problems(self.type, self.place_id, cluster) + factor_problems(self.type, gain=self.gain)
        if not 0 <= self.spill <= 1:
            out.append(f"{self.type}: spill must lie in 0 to 1, got {self.spill!r}")
        return out

    def apply(self, cluster: Cluster) -> Cluster:
        """Cluster with the gain in `shifts`."""
        row = shift(self.place_id, "platform", 1.0 + self.gain, sector=self.sector, amount=self.spill)
        return cluster.replace(shifts=with_rows(cluster.shifts, [row]))


@dataclass(frozen=True, kw_only=True)
class SetTransfer:
    """Paired assistance: one place pays another, every year.

    Attributes
    ----------
    from_id, to_id : str
        Units of analysis.
    amount : float
        Million of the currency a year, > 0.
    """

    type: ClassVar[str] = "SetTransfer"
    from_id: str
    to_id: str
    amount: float
    comment: str = ""

    def problems(self, cluster: Cluster) -> list[str]:
        """Why this change cannot be made to `cluster`."""
        out = place_problems(self.type, self.from_id, cluster) + place_problems(self.type, self.to_id, cluster)
        if self.from_id == self.to_id:
            out.append(f"{self.type}: both ends are {self.from_id!r}")
        return out + factor_problems(self.type, amount=self.amount)

    def apply(self, cluster: Cluster) -> Cluster:
        """Cluster with what each side receives in `shifts`; it sums to zero."""
        rows = [
            shift(self.from_id, "transfer", 1.0, amount=-self.amount),
            shift(self.to_id, "transfer", 1.0, amount=self.amount),
        ]
        return cluster.replace(shifts=with_rows(cluster.shifts, rows))
