"""What an assignment is asked: options, classes of travellers, and how trips answer to cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from megaregion.data.roads import Roads
from megaregion.data.trips import Trips
from megaregion.errors import InputError

if TYPE_CHECKING:
    from megaregion.core.assignment import ElasticDemand, UserClass


@dataclass(frozen=True, kw_only=True)
class AssignmentOptions:
    """How trips are assigned.

    Attributes
    ----------
    toll_weight, distance_weight : float
        Time that a unit of toll and of length are worth, in the network's unit of time.
    gap : float
        Relative gap at which to stop. Differences between projects need 1e-8 or less.
    iterations, threads : int
        Largest number of iterations; threads for searches, on which no flow depends.
    system_optimum : bool
        Least total cost instead of the equilibrium.
    unreachable : {'raise', 'leave'}
        Demand without a way is an error, or is left out and reported.
    """

    toll_weight: float = 0.0
    distance_weight: float = 0.0
    gap: float = 1e-8
    iterations: int = 1000
    threads: int = 1
    system_optimum: bool = False
    unreachable: Literal["raise", "leave"] = "raise"


@dataclass(frozen=True, eq=False, kw_only=True)
class TravelClass:
    """Travellers with trips, weights and restrictions of their own.

    Attributes
    ----------
    name : str
    trips : Trips
        Vehicles.
    toll_weight, distance_weight : float, optional
        In place of those of the options.
    use : str, optional
        Only links that allow this use (column allowed_uses) may be taken.
    pce : float
        Passenger-car units of a vehicle.
    """

    name: str
    trips: Trips
    toll_weight: float | None = None
    distance_weight: float | None = None
    use: str | None = None
    pce: float = 1.0


@dataclass(frozen=True, eq=False, kw_only=True)
class TripResponse:
    """How trips answer to cost: those of the file travel at the costs of an earlier assignment.

    Attributes
    ----------
    reference : mapping of str to DataFrame
        Class -> generalised cost u0, rows origin, columns destination, zones by label in any order: the `skims()` of an
        earlier assignment of the same classes.
    sensitivity : float
        s > 0, per unit of cost: ``D = D0 exp(-s (u - u0))`` or ``D = D0 max(0, 1 - s (u - u0))``.
    form : {'exponential', 'linear'}
    """

    reference: Mapping[str, pd.DataFrame]
    sensitivity: float
    form: Literal["exponential", "linear"] = "exponential"


def user_classes(
    roads: Roads, classes: Sequence[TravelClass], placed: Sequence[Trips], options: AssignmentOptions
) -> list[UserClass]:
    """Classes as the kernel takes them; `placed` are their trips in the order of the zones."""
    from megaregion.core.assignment import UserClass

    out = []
    for user, trips in zip(classes, placed, strict=True):
        weights = {
            name: getattr(options, name) if getattr(user, name) is None else getattr(user, name)
            for name in ("toll_weight", "distance_weight")
        }
        allowed = None if user.use is None else roads.allows(user.use)
        out.append(UserClass(name=user.name, demand=trips.matrix(), fixed=roads.network(**weights).fixed,
                             allowed=allowed, pce=user.pce))  # fmt: skip
    return out


def elastic_demand(roads: Roads, response: TripResponse, names: Sequence[str]) -> ElasticDemand:
    """How trips of these classes (none: trips without a class) answer to cost, as the kernel takes it.

    Raises
    ------
    InputError
        The reference lacks classes or zones.
    """
    from megaregion.core.assignment import ElasticDemand

    skims, zones = response.reference, roads.zones
    wanted = list(names) or list(skims)[:1]  # trips without a class: whatever the one of the reference is called
    problems = []
    if lost := [name for name in wanted if name not in skims]:
        problems.append(f"it has no classes {', '.join(lost)} (classes: {', '.join(skims)})")
    if not skims or (not names and len(skims) > 1):
        problems.append(f"it has {len(skims)} classes where the trips have one")
    for name, frame in skims.items():
        if len(lacking := zones.difference(frame.index).union(zones.difference(frame.columns))):
            problems.append(f"{name} lacks {len(lacking)} zones: {', '.join(map(str, lacking[:5]))}")
    if problems:
        raise InputError("reference costs: " + "; ".join(problems),
                         hint="take the skims of an assignment of the same zones and classes")  # fmt: skip
    cost = np.stack([skims[name].reindex(index=zones, columns=zones).to_numpy(float) for name in wanted])
    return ElasticDemand(form=response.form, sensitivity=response.sensitivity, reference=cost)
