"""Trips by road between the places of a workspace where none were counted: a gravity model, said to be one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.data.problem import first
from megaregion.data.roads import Roads
from megaregion.data.trips import Trips, read_trips
from megaregion.errors import AlignmentError, InputError, MissingDataError


def gravity_trips(
    roads: Roads,
    population: pd.Series,
    *,
    trips_per_person: float,
    elasticity: float,
    toll_weight: float = 0.0,
    distance_weight: float = 0.0,
) -> Trips:
    """Trips from each zone, shared over the others by their people and the cost of the empty roads.

    Parameters
    ----------
    roads : Roads
    population : Series
        People, index the zones of the roads, in any order; more zones are left out.
    trips_per_person : float
        Vehicles that leave the zone for the others, per resident and in the time of the capacities (an hour), > 0.
    elasticity : float
        Of trips to cost, > 0.
    toll_weight, distance_weight : float
        As of the assignment.

    Returns
    -------
    Trips
        With a note that they are modelled. Zones that reach no other have no trips, and a note says so.

    Raises
    ------
    InputError
        An option is out of range, or two zones are at no cost from each other.
    MissingDataError, AlignmentError
        A zone has no population, or is not in the series.

    Notes
    -----
    ``T_ij = r P_i  P_j c_ij**-e / sum_k P_k c_ik**-e`` over k other than i; c on empty roads. Constrained at the
    origin (Wilson 1971, Environment and Planning 3); neither r nor e has a default, for both differ by country and
    hour.
    """
    if not (np.isfinite(trips_per_person) and trips_per_person > 0 and np.isfinite(elasticity) and elasticity > 0):
        raise InputError(f"need trips_per_person > 0 and elasticity > 0, got {trips_per_person!r}, {elasticity!r}")
    people = _people(roads.zones, population)
    cost = _empty_roads(roads, toll_weight, distance_weight)
    np.fill_diagonal(cost, np.inf)
    if (near := np.argwhere(cost <= 0)).size:
        pairs = [f"{roads.zones[i]} to {roads.zones[j]}" for i, j in near]
        raise InputError(f"gravity needs a cost above 0 between zones: {', '.join(first(pairs))}",
                         hint="give the connectors of the zones a time")  # fmt: skip
    pull = people * cost**-elasticity
    total = pull.sum(axis=1)
    share = np.divide(pull, total[:, None], out=np.zeros_like(pull), where=total[:, None] > 0)
    table = trips_per_person * people[:, None] * share
    origin, destination = np.nonzero(table)
    notes = [f"trips are modelled (gravity, {trips_per_person:g} a person, elasticity {elasticity:g}), not counted"]
    if len(lost := roads.zones[total <= 0]):
        notes.append(f"{len(lost)} zones reach no other by road and have no trips: {', '.join(first(lost))}")
    return Trips(zones=roads.zones, origin=origin, destination=destination, value=table[origin, destination],
                 unit=roads.units.flow, name="gravity", notes=tuple(notes))  # fmt: skip


def own_trips(
    path: Path,
    roads: Roads,
    *,
    trips_per_person: float | None,
    elasticity: float | None,
    toll_weight: float = 0.0,
    distance_weight: float = 0.0,
) -> Trips:
    """Trips that come with the folder of the network: the demand.csv of GMNS, else gravity between the places of a
    workspace, by their residents in its base year.

    Raises
    ------
    InputError
        An option of `gravity_trips` is missing or out of range.
    WorkspaceError, SchemaError, MissingDataError
        The folder is no workspace, or has no population.
    """
    from megaregion.data.cluster import residents
    from megaregion.data.workspace import Workspace

    if (Path(path) / "demand.csv").is_file():
        return read_trips(Path(path), zones=roads.zones)
    if trips_per_person is None or elasticity is None:
        raise InputError("there are no trips: give a file of trips, or both numbers of a gravity model",
                         hint="--trips-per-person (vehicles an hour and resident) and --elasticity")  # fmt: skip
    people = residents(Workspace(Path(path)).cluster())
    return gravity_trips(roads, people, trips_per_person=trips_per_person, elasticity=elasticity,
                         toll_weight=toll_weight, distance_weight=distance_weight)  # fmt: skip


def _people(zones: pd.Index, population: pd.Series) -> NDArray[np.float64]:
    if len(lost := zones.difference(population.index)) or not population.index.is_unique:
        raise AlignmentError(f"population lacks zones of the roads: {', '.join(first(lost)) or 'labels stand twice'}")
    people: NDArray[np.float64] = population.reindex(zones).to_numpy(float)
    if len(gaps := zones[~np.isfinite(people)]):
        raise MissingDataError(f"population is empty for {len(gaps)} zones: {', '.join(first(gaps))}",
                               hint="fill it, or give the trips")  # fmt: skip
    if len(bad := zones[people < 0]):
        raise InputError(f"population is negative for {', '.join(first(bad))}")
    return people


def _empty_roads(roads: Roads, toll_weight: float, distance_weight: float) -> NDArray[np.float64]:
    from megaregion.core.assignment import user_equilibrium

    network = roads.network(toll_weight=toll_weight, distance_weight=distance_weight)
    nothing = np.zeros((network.zones, network.zones))
    return np.array(user_equilibrium(network, nothing).skims()[0])
