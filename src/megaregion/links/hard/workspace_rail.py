"""How well the rail networks of a workspace work as one, where its timetable tells two of them or it says which run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from megaregion.data.cluster import Cluster, units
from megaregion.errors import InputError
from megaregion.links.hard.doors import DepartureWindow
from megaregion.links.hard.network import TimesOptions
from megaregion.links.hard.rail_integration import rail_integration
from megaregion.links.hard.rail_networks import NETWORKS, networks
from megaregion.links.hard.rail_study import RailOptions, rail_study
from megaregion.links.hard.rail_timetable import DAY
from megaregion.links.hard.timetable import Timetable
from megaregion.links.hard.workspace_timetable import TimetableOptions
from megaregion.result import Result

Progress = Callable[[int, int], None]


def has_networks(cluster: Cluster, timetable: Timetable | None) -> bool:
    """Whether [options.rail] is stated, or the timetable itself tells two rail networks at least.

    Parameters
    ----------
    cluster : Cluster
    timetable : Timetable or None
        Of the workspace: `megaregion.links.hard.workspace_timetable.timetable_of`.
    """
    if cluster.options.get("rail"):
        return True
    if timetable is None:
        return False
    try:
        return networks(timetable)[lambda s: s.isin(NETWORKS)].nunique() > 1
    except InputError:  # a class that says only "rail": the workspace does not say which network that is
        return False


def rail_of_cluster(
    cluster: Cluster, timetable: Timetable | None, *, progress: Progress | None = None
) -> dict[str, Result]:
    """Integration of the rail networks of a workspace, door to door, way to hubs, local services that meet.

    Parameters
    ----------
    cluster : Cluster
        [options.rail], [options.times], the window of [options.timetable] (else 6 to 22 h).
    timetable : Timetable or None
    progress : callable, optional
        Told (parts done, parts in all).

    Returns
    -------
    dict of str to Result
        Those of `megaregion.links.hard.rail_study.rail_study` with ``rail_`` before their names, every pair of places
        counted the same; nothing where [options.rail] is not stated and the timetable does not tell two networks.
        Where the timetable tells them and what is the main haul or a hub is unknown, the integration alone, which says
        so.

    Raises
    ------
    InputError
        [options.rail] is stated and there is no timetable, or it cannot be used.
    """
    if not has_networks(cluster, timetable):
        return {}
    given = cluster.options.get("rail", {})
    options = RailOptions.of(given)
    if timetable is None:
        raise InputError("options.rail: the workspace has no timetable, only counts of services or none",
                         hint="name a feed in [options.timetable], add tables/train_calls.csv, or delete "
                         "[options.rail]")  # fmt: skip
    stated = cluster.options.get("timetable")
    span = TimetableOptions.of(stated).window if stated else DepartureWindow(start_min=DAY[0], end_min=DAY[1])
    window = DepartureWindow(start_min=span.start_min, end_min=span.end_min)
    times = TimesOptions.of(cluster.options.get("times", {}))
    level = units(cluster)
    places = level[["lon", "lat", "population"]]
    try:
        found = rail_study(timetable, places, window=window, options=options, times=times, progress=progress)
    except InputError as error:
        if given:
            raise InputError(f"options.rail: {error.message}", hint=error.hint) from error
        found = _integration_alone(timetable, level[["lon", "lat"]], window, times, error.message)
    return {f"rail_{name}": part for name, part in found.items()}


def _integration_alone(
    timetable: Timetable, places: pd.DataFrame, window: DepartureWindow, times: TimesOptions, why: str
) -> dict[str, Result]:  # fmt: skip
    try:
        one, pairs = rail_integration(timetable, places, window=window, options=times)
    except InputError:  # no place is served: nothing was asked for, nothing is told
        return {}
    said = f"time door to door and ways to hubs are left out: {why}"
    return {"integration": replace(one, warnings=(*one.warnings, said)), "networks": pairs}
