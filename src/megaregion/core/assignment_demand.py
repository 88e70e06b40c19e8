"""Demand of an assignment, by class of travellers, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from megaregion.core.road_network import RoadNetwork
from megaregion.errors import InputError

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class UserClass:
    """Travellers that share demand, fixed costs and restrictions.

    Attributes
    ----------
    name : str
    demand : array or scipy sparse (zones, zones)
        Vehicles from row to column.
    fixed : array (links,), optional
        Fixed cost of each link for this class, in the unit of time, >= 0, in place of the network's.
    allowed : bool array (links,), optional
        Links that the class may use; all by default.
    pce : float
        Passenger-car units of a vehicle, > 0: how much of the capacity it takes.
    """

    name: str
    demand: Any
    fixed: Floats | None = None
    allowed: NDArray[np.bool_] | None = None
    pce: float = 1.0


def demand_by_class(network: RoadNetwork, demand: object) -> tuple[tuple[UserClass, ...], Floats, float]:
    """Classes, their demand (classes, zones, zones) in passenger-car units without the diagonal, and the diagonal.

    Raises
    ------
    InputError
        Everything that is wrong, by class.
    """
    if isinstance(demand, UserClass):
        demand = [demand]
    if isinstance(demand, Sequence) and len(demand) and all(isinstance(d, UserClass) for d in demand):
        classes = tuple(demand)
    else:
        classes = (UserClass(name="all", demand=demand),)
    problems: list[str] = []
    if len({c.name for c in classes}) < len(classes):
        problems.append(f"classes must have names of their own, got {[c.name for c in classes]}")
    trips = [_trips(network, c, problems) for c in classes]
    for c in classes:
        problems += _restrictions(network, c)
    if problems:
        raise InputError("demand: " + "; ".join(problems), hint="correct the demand or the classes")
    out = np.array(trips)
    home = float(np.einsum("czz->", out))
    out[:, np.arange(network.zones), np.arange(network.zones)] = 0.0
    return classes, out, home


def _trips(network: RoadNetwork, user: UserClass, problems: list[str]) -> Floats:
    raw = user.demand.toarray() if hasattr(user.demand, "toarray") else user.demand
    shape = (network.zones, network.zones)
    try:
        trips = np.array(raw, dtype=float)
    except (TypeError, ValueError):
        problems.append(f"{user.name}: demand must be numbers ({shape[0]}, {shape[1]})")
        return np.zeros(shape)
    if trips.shape != shape:
        problems.append(f"{user.name}: demand must be zones x zones {shape}, got {trips.shape}")
        return np.zeros(shape)
    bad = np.argwhere(~(np.isfinite(trips) & (trips >= 0)))
    if len(bad):
        at = [(int(i), int(j)) for i, j in bad[:5]]
        problems.append(f"{user.name}: demand must be finite and >= 0: {at} have {[float(trips[p]) for p in at]}")
        return np.zeros(shape)
    if not (np.isfinite(user.pce) and user.pce > 0):
        problems.append(f"{user.name}: pce must be > 0, got {user.pce!r}")
        return np.zeros(shape)
    return trips * user.pce


def _restrictions(network: RoadNetwork, user: UserClass) -> list[str]:
    out = []
    if user.allowed is not None:
        allowed = np.asarray(user.allowed)
        if allowed.shape != (network.links,) or allowed.dtype != np.bool_:
            out.append(f"{user.name}: allowed must be bool, one a link ({network.links}), "
                       f"got {allowed.dtype} {allowed.shape}")  # fmt: skip
    if user.fixed is not None:
        fixed = np.asarray(user.fixed)
        if fixed.shape != (network.links,):
            out.append(f"{user.name}: fixed must have one entry a link ({network.links}), got shape {fixed.shape}")
        elif (bad := np.flatnonzero(~(np.isfinite(fixed) & (fixed >= 0)))).size:
            out.append(f"{user.name}: fixed must be finite and >= 0: links {bad[:5].tolist()}")
    return out
