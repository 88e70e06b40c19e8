"""The structural form of the spatial equilibrium: elasticities and shares of every sector, and how rents are spent."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from megaregion.errors import InputError

Array = NDArray[np.float64]
Closure = Literal["landlords", "residents", "stayers"]
CLOSURES: tuple[Closure, ...] = ("landlords", "residents", "stayers")
_SUM = 1e-9  # shares are given to more digits than this


@dataclass(frozen=True, eq=False, kw_only=True)
class Elasticities:
    """Everything of the model that is no table of places.

    Attributes
    ----------
    theta : array (S,)
        Trade elasticity of each sector.
    labour, land : array (S,)
        Cost shares of labour and of fixed land (or any other fixed factor).
    inputs : array (S, S)
        Cost shares of intermediates, row = using sector, column = supplying sector; labour + land + row sum = 1.
    nu : array (S,)
        Productivity grows with the employment of the sector in the place to this power.
    entry : array (S,)
        1 where firms enter freely (Krugman, theta = sigma - 1), 0 otherwise.
    spending : array (S,)
        Shares of the sectors in the tradables of final demand; sum to one.
    alpha : float
        Share of tradables in final spending; 1 - alpha goes to floor space.
    delta : float
        Supply elasticity of floor space to its price in terms of tradables.
    epsilon : float
        Shape of tastes for places of residence; `math.inf` is perfect mobility among the places of a group, which
        needs groups whose places do not overlap.
    phi : float
        Shape of tastes for workplaces (place and sector) given the residence.
    amenity_spill : float
        Amenity grows with residents to this power.
    closure : str
        Who gets rents, land income and transfers: local landlords outside of welfare, all residents of the place
        in proportion to income, or its registered stayers.
    land_only : bool
        Under a closure with rebate: only the rent of residual land is rebated, floor space being produced from
        land and tradables.
    toolkit_form : bool
        Floor space as in the published code of Monte, Redding and Rossi-Hansberg (2018) for Germany: price free of
        the price index, mean wage as numeraire. Welfare then depends on the numeraire; for reproduction only.
    """

    theta: Array
    labour: Array
    land: Array
    inputs: Array
    nu: Array
    entry: Array
    spending: Array
    alpha: float
    delta: float
    epsilon: float
    phi: float
    amenity_spill: float = 0.0
    closure: Closure = "landlords"
    land_only: bool = False
    toolkit_form: bool = False

    def __post_init__(self) -> None:
        for name in ("theta", "labour", "land", "inputs", "nu", "entry", "spending"):
            object.__setattr__(self, name, np.array(getattr(self, name), dtype=np.float64))
        if found := self.problems():
            raise InputError("elasticities: " + "; ".join(found), hint="correct the parameters of the model")

    @classmethod
    def one_sector(
        cls, *, theta: float, epsilon: float, alpha: float, delta: float = 0.0, nu: float = 0.0,
        phi: float | None = None, entry: float = 0.0, amenity_spill: float = 0.0, **form: Any,
    ) -> Elasticities:  # fmt: skip
        """One sector that uses labour only; `phi` defaults to `epsilon`."""
        one, zero = np.ones(1), np.zeros(1)
        return cls(
            theta=theta * one, labour=one, land=zero, inputs=np.zeros((1, 1)), nu=nu * one, entry=entry * one,
            spending=one, alpha=alpha, delta=delta, epsilon=epsilon, phi=epsilon if phi is None else phi,
            amenity_spill=amenity_spill, **form,
        )  # fmt: skip

    @property
    def sectors(self) -> int:
        """Number of sectors S."""
        return int(self.theta.size)

    @property
    def rebated(self) -> float:
        """What earned income is divided by where rents are rebated: alpha, or (alpha + delta)/(1 + delta)."""
        return (self.alpha + self.delta) / (1.0 + self.delta) if self.land_only else self.alpha

    @property
    def crowding(self) -> float:
        """How fast utility falls with residents: (1 - alpha)/(1 + delta) - amenity_spill."""
        return (1.0 - self.alpha) / (1.0 + self.delta) - self.amenity_spill

    def replace(self, **changes: Any) -> Elasticities:
        """A copy with some values changed."""
        return replace(self, **changes)

    def problems(self) -> list[str]:
        """What makes no sense; empty if all is well."""
        s = self.theta.size
        out = [
            f"{name} has the shape {getattr(self, name).shape}, expected {shape}"
            for name, shape in (
                ("theta", (s,)), ("labour", (s,)), ("land", (s,)), ("inputs", (s, s)), ("nu", (s,)), ("entry", (s,)),
                ("spending", (s,)),
            )
            if getattr(self, name).shape != shape
        ]  # fmt: skip
        if out:
            return out
        arrays = ("theta", "labour", "land", "inputs", "nu", "entry", "spending")
        out += [
            f"{name} has a value that is not finite" for name in arrays if not np.isfinite(getattr(self, name)).all()
        ]
        if not (self.theta > 0).all():
            out.append(f"theta must be > 0, got {self.theta.tolist()}")
        if not (self.labour > 0).all():
            out.append(f"labour shares must be > 0, got {self.labour.tolist()}")
        if (self.land < 0).any() or (self.inputs < 0).any() or (self.spending < 0).any():
            out.append("shares of land, inputs and spending must be >= 0")
        total = self.labour + self.land + self.inputs.sum(axis=1)
        if not np.allclose(total, 1.0, rtol=0, atol=_SUM):
            out.append(f"labour + land + inputs must sum to 1 in each sector, got {total.tolist()}")
        if not abs(self.spending.sum() - 1.0) <= _SUM:
            out.append(f"spending must sum to 1, got {self.spending.sum()!r}")
        if not np.isin(self.entry, (0.0, 1.0)).all():
            out.append(f"entry must be 0 or 1, got {self.entry.tolist()}")
        if not 0 < self.alpha <= 1:
            out.append(f"alpha must lie in (0, 1], got {self.alpha!r}")
        if not (self.delta >= 0 and math.isfinite(self.delta)):
            out.append(f"delta must be >= 0, got {self.delta!r}")
        if not self.epsilon > 0:
            out.append(f"epsilon must be > 0, got {self.epsilon!r}")
        if not (self.phi > 0 and math.isfinite(self.phi)):
            out.append(f"phi must be > 0, got {self.phi!r}")
        if not math.isfinite(self.amenity_spill):
            out.append(f"amenity_spill must be finite, got {self.amenity_spill!r}")
        if math.isinf(self.epsilon) and not self.crowding > 0:
            out.append("perfect mobility needs crowding: (1 - alpha)/(1 + delta) - amenity_spill must be > 0")
        if math.isinf(self.epsilon) and self.closure == "stayers":
            out.append("closure stayers needs a finite epsilon: perfect mobility leaves no share of stayers")
        if self.closure not in CLOSURES:
            out.append(f"closure must be one of {', '.join(CLOSURES)}, got {self.closure!r}")
        if self.toolkit_form and (self.sectors > 1 or self.closure != "landlords" or self.inputs.any()):
            out.append("toolkit_form exists for one sector without inputs and rents of landlords only")
        return out
