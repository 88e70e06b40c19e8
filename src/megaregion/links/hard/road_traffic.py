"""The step `roads`: traffic on the roads of a workspace, and which bottleneck is worth removing first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

from megaregion.data.cluster import Cluster, residents
from megaregion.data.sources.road_tables import read_tables
from megaregion.data.trips import read_trips
from megaregion.errors import InputError
from megaregion.links.hard.assignment import assign
from megaregion.links.hard.assignment_options import AssignmentOptions
from megaregion.links.hard.bottlenecks import By, bottlenecks
from megaregion.links.hard.road_demand import gravity_trips
from megaregion.result import Result

_DELAY = ("b", "power")
_GRAVITY = ("trips_per_person", "elasticity")
_ASSIGN = ("toll_weight", "distance_weight", "gap", "iterations")
_RANK = ("by", "confirm", "percent")
KEYS = ("trips", *_DELAY, *_GRAVITY, *_ASSIGN, *_RANK)


def lacking(cluster: Cluster) -> list[str]:
    """Why the traffic of a cluster cannot be computed; nothing if it can."""
    links = cluster.links
    if links.empty or not links["mode"].eq("road").any():
        return ["tables/links.csv has no links of mode road with capacity_per_h"]
    if not cluster.options.get("roads"):
        return ["workspace.toml has no [options.roads]: b, power, and trips or both numbers of a gravity model"]
    return []


def traffic(root: Path, cluster: Cluster, *, listen: Callable[[int, float], None] | None = None) -> dict[str, Result]:
    """Assign trips to the road links of a workspace and rank its bottlenecks.

    Parameters
    ----------
    root : Path
        Folder of the workspace: links and nodes of its tables.
    cluster : Cluster
        [options.roads]: b and power of the delay of all links where the table has none; `trips`, a file in the
        folder trips (TNTP, OMX, CSV), or trips_per_person and elasticity of `megaregion.links.hard.road_demand`;
        toll_weight, distance_weight, gap, iterations of the assignment; by, confirm, percent of `bottlenecks`.
    listen : callable, optional
        Told iteration and relative gap.

    Returns
    -------
    dict of str to Result
        road_links, bottlenecks.

    Raises
    ------
    InputError
        An option is unknown or lacking, or the tables cannot be used as roads.
    ConvergenceError
        The gap is not reached.
    """
    options = _options(cluster.options.get("roads", {}))
    b, power = (float(options[key]) if key in options else None for key in _DELAY)
    roads = read_tables(root, b=b, power=power)
    weights = {key: float(options[key]) for key in ("toll_weight", "distance_weight") if key in options}
    if "trips" in options:
        trips = read_trips(root / str(options["trips"]), zones=roads.zones)
    else:
        people = residents(cluster)
        trips = gravity_trips(roads, people, **weights, **{key: float(options[key]) for key in _GRAVITY})
    chosen: dict[str, Any] = {key: options[key] for key in _ASSIGN if key in options}
    found = assign(roads, trips, AssignmentOptions(**chosen), listen=listen)
    rank: dict[str, Any] = {key: options[key] for key in _RANK if key in options}
    return {"road_links": found, "bottlenecks": bottlenecks(found, **rank)}


def _options(given: Mapping[str, Any]) -> dict[str, Any]:
    wrong = [f"unknown key {key!r}" for key in sorted(set(given) - set(KEYS))]
    if "trips" not in given and not set(_GRAVITY) <= set(given):
        wrong.append("give trips (a file), or trips_per_person and elasticity of a gravity model")
    if "trips" in given and not str(given["trips"]).startswith("trips/"):
        wrong.append(f"trips must be a file in the folder trips, such as trips/morning.csv, got {given['trips']!r}")
    if "trips" in given and set(_GRAVITY) & set(given):
        wrong.append("trips of a file and a gravity model exclude each other")
    for key in (*_DELAY, *_GRAVITY, "toll_weight", "distance_weight", "gap", "percent"):
        if key in given and (isinstance(given[key], bool) or not isinstance(given[key], (int, float))):
            wrong.append(f"{key} must be a number, got {given[key]!r}")
    if given.get("by", "capacity") not in get_args(By):
        wrong.append(f"by must be one of {', '.join(get_args(By))}, got {given['by']!r}")
    if wrong:
        raise InputError("options.roads: " + "; ".join(wrong), hint="keys: " + ", ".join(KEYS))
    return dict(given)
