"""Exogenous changes of one scenario, as factors on the baseline."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from megaregion.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Shock:
    """Factors on the fundamentals; what is None does not change. S sectors, G groups, n places.

    Attributes
    ----------
    trade_cost : array (n, n) or (S, n, n), optional
        On the iceberg cost of goods, row destination, column origin; (n, n) holds for every sector.
    commuting_cost : array (n, n) or (S, n, n), optional
        On the utility cost of commuting, row residence, column workplace. Without commuting in the baseline only
        its diagonal could matter and it is refused.
    pair_scale : array (n, n) or (S, n, n), optional
        On the Frechet scale of a residence-workplace pair; a factor f is worth a utility factor f^(1/phi).
    migration_cost, entitlement : array (G, n), optional
        On the utility cost of living in n for a member of group g, and on its income-equivalent entitlement there.
    productivity : array (n,) or (S, n), optional
    amenity : array (n,), optional
        A utility factor.
    floor_space : array (n,), optional
        On the supply of floor space at a given price.
    land : array (S, n), optional
        On production land (or another fixed factor).
    transfer : array (n,), optional
        On the nominal transfer that a place receives in the baseline.
    transfer_added : array (n,), optional
        Added to the transfer, in the unit of income at baseline world income; sums to zero with the rest.
    """

    trade_cost: Array | None = None
    commuting_cost: Array | None = None
    pair_scale: Array | None = None
    migration_cost: Array | None = None
    entitlement: Array | None = None
    productivity: Array | None = None
    amenity: Array | None = None
    floor_space: Array | None = None
    land: Array | None = None
    transfer: Array | None = None
    transfer_added: Array | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None:
                object.__setattr__(self, field.name, np.asarray(value, dtype=np.float64))

    @property
    def empty(self) -> bool:
        """Whether nothing is changed."""
        return all(getattr(self, f.name) is None for f in fields(self))

    def problems(self, sectors: int, groups: int, places: int, *, commutes: bool) -> list[str]:
        """Why this does not fit an economy of these sizes; empty if it does."""
        n, pair = places, ((places, places), (sectors, places, places))
        shapes: dict[str, tuple[tuple[int, ...], ...]] = {
            "trade_cost": pair, "commuting_cost": pair, "pair_scale": pair, "migration_cost": ((groups, n),),
            "entitlement": ((groups, n),), "productivity": ((n,), (sectors, n)), "amenity": ((n,),),
            "floor_space": ((n,),), "land": ((sectors, n),), "transfer": ((n,),), "transfer_added": ((n,),),
        }  # fmt: skip
        out = []
        for name, allowed in shapes.items():
            value = getattr(self, name)
            if value is None:
                continue
            if value.shape not in allowed:
                out.append(f"{name} has the shape {value.shape}, expected {' or '.join(map(str, allowed))}")
            elif name in ("transfer", "transfer_added"):
                if not np.isfinite(value).all():
                    out.append(f"{name} has a value that is not finite")
            elif not ((value > 0) & np.isfinite(value)).all():
                first = tuple(int(k) for k in np.argwhere(~((value > 0) & np.isfinite(value)))[0])
                out.append(f"{name} must be above zero and finite, first at {first}: {float(value[first])!r}")
        if not commutes:
            out += [
                f"{name} was given, but nobody commutes in this baseline"
                for name in ("commuting_cost", "pair_scale")
                if getattr(self, name) is not None
            ]
        return out

    def require(self, sectors: int, groups: int, places: int, *, commutes: bool) -> None:
        """Raise what `problems` finds.

        Raises
        ------
        InputError
        """
        if found := self.problems(sectors, groups, places, commutes=commutes):
            raise InputError("shock: " + "; ".join(found), hint="factors above zero; None where nothing changes")
