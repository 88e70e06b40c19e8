"""What the axes of a baseline stand for: places, sectors, groups of registered origin."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.elasticities import Elasticities
from megaregion.equilibrium.mappings import migration_cost_level, values
from megaregion.errors import InputError

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, kw_only=True)
class Layout:
    """Names of the axes of an economy of S sectors, n places and G groups, and what policies act through.

    Attributes
    ----------
    places : tuple of str (n)
        place_id of the units of analysis.
    labels : array of str (n,)
        Group of places (province, state) of each; borders run between them.
    elasticities : Elasticities
    sectors : tuple of str (S)
    face_to_face : array (S,), optional
        Share of the trade of each sector that needs meetings. Needed with several sectors; for one sector the
        elasticity of that name.
    origins : tuple of str (G)
        Identifiers of the groups of registered origin; a group without home may carry the id of its province.
    home : array (G,) of int
        Place where each is registered, -1 if none.
    agricultural : array (G,) of bool, optional
        Agricultural registration; None if groups are not split by it.
    gamma, gamma_commuting : float
        Log friction of a border on trade, and on commuting.
    commutes : bool
    time : array (n, n), optional
        Door-to-door minutes of the baseline, row origin, column destination.
    migration_cost : array (G, n), optional
        Levels, one at home (`mappings.migration_cost_level`).
    money : float
        Units of income of the economy in a million of the currency.
    elasticity : mapping of str to float
        Values that differ from the defaults of `mappings.MAPPINGS`.
    """

    places: tuple[str, ...]
    labels: NDArray[np.str_]
    elasticities: Elasticities
    sectors: tuple[str, ...] = ("all",)
    face_to_face: Array | None = None
    origins: tuple[str, ...] = ("all",)
    home: NDArray[np.int64] = field(default_factory=lambda: np.array([-1]))
    agricultural: Mask | None = None
    gamma: float = 0.0
    gamma_commuting: float = 0.0
    commutes: bool = False
    time: Array | None = None
    migration_cost: Array | None = None
    money: float = 1.0
    elasticity: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", np.asarray(self.labels).astype(str))
        object.__setattr__(self, "home", np.asarray(self.home, dtype=np.int64))
        for name in ("face_to_face", "time", "migration_cost"):
            if (value := getattr(self, name)) is not None:
                object.__setattr__(self, name, np.asarray(value, dtype=np.float64))
        if found := self.problems():
            raise InputError("layout: " + "; ".join(found), hint="the axes must be those of the economy")

    @classmethod
    def of(cls, economy: Economy, *, places: Sequence[str], labels: Sequence[str], **more: Any) -> Layout:
        """Layout of an economy; homes, commuting and levels of migration cost are taken from it.

        Parameters
        ----------
        economy : Economy
        places, labels : sequence of str (n)
        more
            Other attributes. The levels of migration cost take nominal income for what a place offers.
        """
        level, epsilon = None, economy.elasticities.epsilon
        if (economy.home >= 0).any() and math.isfinite(epsilon):
            level = migration_cost_level(economy.location, economy.home, economy.income, epsilon=epsilon)
        given = {
            "elasticities": economy.elasticities, "home": economy.home, "commutes": economy.commutes,
            "migration_cost": level,
        }  # fmt: skip
        return cls(places=tuple(places), labels=np.array(labels, dtype=str), **{**given, **more})

    def problems(self) -> list[str]:
        """What does not fit together; empty if all is well."""
        n, s, g = len(self.places), len(self.sectors), len(self.origins)
        shapes: dict[str, tuple[int, ...]] = {
            "labels": (n,), "face_to_face": (s,), "home": (g,), "agricultural": (g,), "time": (n, n),
            "migration_cost": (g, n),
        }  # fmt: skip
        out = [
            f"{name} has the shape {np.shape(getattr(self, name))}, expected {shape}"
            for name, shape in shapes.items()
            if getattr(self, name) is not None and np.shape(getattr(self, name)) != shape
        ]
        if s != self.elasticities.sectors:
            out.append(f"{s} names of sectors for {self.elasticities.sectors} sectors")
        out += [
            f"{what} must differ, {sorted({x for x in names if names.count(x) > 1})} do not"
            for what, names in (("places", self.places), ("sectors", self.sectors), ("origins", self.origins))
            if len(set(names)) < len(names)
        ]
        if s > 1 and self.face_to_face is None:
            out.append("face_to_face is needed for several sectors")
        elif self.face_to_face is not None and not ((self.face_to_face >= 0) & (self.face_to_face <= 1)).all():
            out.append(f"face_to_face must lie in 0 to 1, got {self.face_to_face.tolist()}")
        if not ((self.home >= -1) & (self.home < n)).all():
            out.append(f"home must be -1 or the number of a place, got {self.home.tolist()[:5]}")
        if self.time is not None and not (np.isfinite(self.time) & (self.time > 0)).all():
            out.append("time has a value that is missing or not above zero")
        if not (self.money > 0 and math.isfinite(self.money)):
            out.append(f"money must be > 0, got {self.money!r}")
        return out

    def replace(self, **changes: Any) -> Layout:
        """A copy with some values changed."""
        return replace(self, **changes)

    @cached_property
    def values(self) -> dict[str, float]:
        """Elasticities of all mappings."""
        return values(**self.elasticity)

    @cached_property
    def meetings(self) -> Array:
        """Share of the trade of each sector that needs meetings, (S,)."""
        return np.array([self.values["face_to_face"]]) if self.face_to_face is None else self.face_to_face

    @cached_property
    def cross(self) -> Mask:
        """Pairs of places in two groups of places, (n, n)."""
        different: Mask = self.labels[:, None] != self.labels[None, :]
        return different

    @cached_property
    def origin_labels(self) -> NDArray[np.str_]:
        """Group of places in which each group of people is registered, (G,); empty if none."""
        known = set(self.labels.tolist())
        own = [name if name in known else "" for name in self.origins]
        return np.where(self.home >= 0, self.labels[self.home], np.array(own, dtype=str))

    @cached_property
    def away(self) -> Mask:
        """Where a group lives outside of the place (or province) of its registration, (G, n)."""
        here = np.arange(len(self.places))[None, :] == self.home[:, None]
        inside = (self.home[:, None] < 0) & (self.origin_labels[:, None] == self.labels[None, :])
        registered = (self.home >= 0) | (self.origin_labels != "")
        out: Mask = registered[:, None] & ~here & ~inside
        return out

    @cached_property
    def abroad(self) -> Mask:
        """Where a group lives in another group of places than that of its registration, (G, n)."""
        out: Mask = self.away & (self.origin_labels[:, None] != self.labels[None, :])
        return out

    def area(self, name: str) -> Mask:
        """Places that an id stands for, (n,): one place, those of a group, or all for ``*``."""
        if name == "*":
            return np.ones(len(self.places), dtype=bool)
        out: Mask = (np.array(self.places, dtype=str) == name) | (self.labels == name)
        return out

    def registered(self, name: str) -> Mask:
        """Groups registered in the places that an id stands for, (G,); ``*``: all that are registered anywhere."""
        if name == "*":
            out: Mask = (self.home >= 0) | (self.origin_labels != "")
            return out
        inside = self.area(name)[self.home] & (self.home >= 0)
        out = inside | (np.array(self.origins, dtype=str) == name) | (self.origin_labels == name)
        return out
