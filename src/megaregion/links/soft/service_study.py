"""Shared services and portability of a workspace: what the tables of supply and recognition say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

import pandas as pd

from megaregion.data.cluster import Cluster, units
from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.services import Decay, Method
from megaregion.links.soft.services_of_cluster import portability_of_cluster, services_of_cluster
from megaregion.result import Result

Minutes = Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]
KEYS = ("zones", "reach_min", "method", "level")


def services_and_rights(cluster: Cluster, minutes: Minutes) -> dict[str, Result]:
    """Access to every shared service under today's rules and if shared, and how far rights can be taken along.

    Parameters
    ----------
    cluster : Cluster
        tables/services_supply.csv and recognition.csv; [options.shared_services]: `zones` (minutes to weight) or
        `reach_min`, both declared assumptions, `method` (e2sfca, allocated, bfca), `level` (of the homes; the units
        of analysis by default).
    minutes : callable
        Travel times between rows of places: homes, places of facilities.

    Returns
    -------
    dict of str to Result
        `<service>`, `<service>_facilities`, `portability`; those that the tables allow.

    Raises
    ------
    InputError
        Options or tables cannot be used.
    MissingDataError
        Neither table is there, or what a service needs is not.
    """
    supply = cluster.further.get("services_supply")
    out: dict[str, Result] = {}
    if supply is not None and not supply.empty:
        given = cluster.options.get("shared_services", {})
        decay, method, level = _options(given)
        homes = units(cluster) if level is None else cluster.select(level)
        lost = sorted(set(supply["place_id"]) - set(cluster.places.index))
        if lost:
            raise InputError(f"services_supply.place_id: no places: {', '.join(map(str, lost[:5]))}")
        sites = cluster.places.loc[sorted(set(supply["place_id"]))]
        for service, found in services_of_cluster(cluster, minutes(homes, sites), decay=decay, method=method).items():
            out[service], out[f"{service}_facilities"] = found, found.facilities
    rights = portability_of_cluster(cluster)
    if rights is not None:
        out["portability"] = rights
    if not out:
        raise MissingDataError(
            "neither tables/services_supply.csv nor rows of social rights in tables/recognition.csv are there",
            hint="facilities with their supply, and who is entitled where; see docs: workspace format",
        )
    return out


def _options(given: Mapping[str, Any]) -> tuple[Decay, Method, str | None]:
    wrong = [f"unknown key {key!r}" for key in sorted(set(given) - set(KEYS))]
    zones: dict[float, float] = {}
    stated = given.get("zones", {})
    try:
        zones = {float(end): float(weight) for end, weight in dict(stated).items()}
    except (TypeError, ValueError):
        wrong.append(f"zones must be a table of minutes to weights, got {stated!r}")
    reach = given.get("reach_min")
    if reach is not None and (isinstance(reach, bool) or not isinstance(reach, (int, float))):
        wrong.append(f"reach_min must be a number, got {reach!r}")
        reach = None
    method = given.get("method", "e2sfca")
    if method not in get_args(Method):
        wrong.append(f"method must be one of {', '.join(get_args(Method))}, got {method!r}")
    if not wrong:
        decay = Decay(zones=zones, reach_min=reach)
        wrong = decay.problems()
    if wrong:
        raise InputError("options.shared_services: " + "; ".join(wrong),
                         hint='such as zones = { "30" = 1.0, "60" = 0.68 }; keys: ' + ", ".join(KEYS))  # fmt: skip
    return decay, method, given.get("level")
