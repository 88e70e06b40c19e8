"""What a study of rail is made of, from files or from a workspace: timetable, places, demand, networks as stated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from megaregion.data.cluster import units
from megaregion.data.trips import read_trips
from megaregion.data.workspace import CONFIG, Workspace
from megaregion.errors import InputError
from megaregion.links.hard.network import TimesOptions
from megaregion.links.hard.timetable import Timetable
from megaregion.links.hard.timetable_files import points, timetable_from
from megaregion.links.hard.workspace_timetable import TimetableOptions, timetable_of

DAY = (360.0, 1320.0)  # when travellers leave, where nothing is stated: 6 to 22 h


def rail_timetable(
    path: Path, places: Path | None = None, *, date: str | None = None, stops: Path | None = None,
    drop_backwards: bool = False, parts: Mapping[str, str] | None = None, times: TimesOptions | None = None,
    usual: tuple[float, float] = DAY,
) -> RailMaterial:  # fmt: skip
    """Timetable, places, usual window of departures, and flows of a workspace.

    Parameters
    ----------
    path : Path
        As in `megaregion.links.hard.timetable_files.timetable_from`, or a workspace that states a timetable.
    places : Path, optional
        Table of points with the column place_id. Default for a workspace: its places of the level of analysis.
    date, stops, drop_backwards, parts
        For files: `timetable_from`. A workspace states its own.
    times : TimesOptions, optional
        Ways to and between stations. Default: those of the workspace, else driving.
    usual : pair of float
        Window of departures where nothing is stated.

    Raises
    ------
    InputError
        The workspace has no timetable, there are fewer than two places, an argument is lacking or does not fit, or a
        file cannot be used.
    """
    path = Path(path)
    if not (path / CONFIG).is_file():
        if places is None:
            raise InputError(f"{path.name} is no workspace: it needs a table of places",
                             hint="give PLACES (place_id, lon, lat)")  # fmt: skip
        ways = times or TimesOptions()
        homes = _two(points(places, "place_id"), places)
        table = timetable_from(path, date=date, stops=stops, drop_backwards=drop_backwards, parts=parts, options=ways)
        return RailMaterial(table, homes, usual, {}, ways, {})
    if date is not None or stops is not None or drop_backwards or parts:
        raise InputError("a workspace states day, stops, stations and trips to leave out itself",
                         hint="put date, drop_backwards and parts into [options.timetable]")  # fmt: skip
    workspace = Workspace(path)
    cluster = workspace.cluster()
    own = timetable_of(cluster, workspace.root, times=times)
    if own is None:
        raise InputError("the workspace has no timetable, only counts of services or none",
                         hint="name a feed in [options.timetable], or add tables/train_calls.csv")  # fmt: skip
    stated = cluster.options.get("timetable")
    window = TimetableOptions.of(stated).window if stated else None
    homes = units(cluster)[["name", "lon", "lat", "population"]] if places is None else points(places, "place_id")
    _two(homes, path if places is None else places)
    span = usual if window is None else (window.start_min, window.end_min)
    ways = times or TimesOptions.of(cluster.options.get("times", {}))
    return RailMaterial(own, homes, span, cluster.flows if places is None else {}, ways,
                        cluster.options.get("rail", {}))  # fmt: skip


def _two(homes: pd.DataFrame, path: Path) -> pd.DataFrame:
    if len(homes) < 2:
        raise InputError(f"{path.name} holds {len(homes)} places: times need two at least",
                         hint="one row a place: place_id, lon, lat")  # fmt: skip
    return homes


class RailMaterial(NamedTuple):
    """Timetable, places (index place_id), usual window (minutes after midnight), layer -> flows between the places.

    `times`: what ways to and between stations cost. `stated`: the table [options.rail] of the workspace.
    """

    timetable: Timetable
    places: pd.DataFrame
    window: tuple[float, float]
    flows: Mapping[str, pd.DataFrame]
    times: TimesOptions
    stated: Mapping[str, Any]


def demand_from(material: RailMaterial, path: Path | None = None, layer: str | None = None) -> pd.DataFrame | None:
    """Travellers between places, rows origins; None if neither a file nor a layer is named.

    Parameters
    ----------
    material : RailMaterial
    path : Path, optional
        File of trips: `megaregion.data.trips.read_trips`.
    layer : str, optional
        Layer of the flows of the workspace.

    Raises
    ------
    InputError
        The file cannot be used or has demand to or from other places, there is no such layer, or both are given.
    """
    if path is not None and layer is not None:
        raise InputError("demand is given twice: by a file and by a layer of flows", hint="keep one of them")
    if layer is not None:
        if layer not in material.flows:
            raise InputError(f"there is no layer of flows {layer!r} between these places",
                             hint="layers: " + (", ".join(sorted(material.flows)) or "none"))  # fmt: skip
        return material.flows[layer]
    if path is None:
        return None
    places = material.places
    trips = read_trips(path, zones=places.index).aligned(places.index)
    return pd.DataFrame(trips.matrix().toarray(), places.index, places.index)


def given_parts(stated: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Part of a station -> station.

    Raises
    ------
    InputError
        A part is given two stations.
    """
    out: dict[str, str] = {}
    for part, whole in stated:
        if out.setdefault(part, whole) != whole:
            raise InputError(f"{part} is given as part of {out[part]} and of {whole}")
    return out


def given_classes(stated: Iterable[str]) -> dict[str, str] | None:
    """Class of service -> network, from texts such as ICE=trunk; None if there are none.

    Raises
    ------
    InputError
        A text is no such pair, or a class is given two networks; all are listed.
    """
    out: dict[str, str] = {}
    problems = []
    for text in stated:
        name, sign, network = (part.strip() for part in text.rpartition("="))
        if not sign or not name or not network:
            problems.append(f"{text!r} is no class=network")
        elif out.setdefault(name, network) != network:
            problems.append(f"{name} is given {out[name]} and {network}")
    if problems:
        raise InputError("networks of classes: " + "; ".join(problems), hint="for example ICE=trunk")
    return out or None


def given_tickets(stated: Iterable[tuple[str, str, bool]]) -> dict[tuple[str, str], bool] | None:
    """Pair of networks -> whether one ticket is good for both; None if nothing is stated.

    Raises
    ------
    InputError
        A pair is stated twice, in the same order, with and without.
    """
    out: dict[tuple[str, str], bool] = {}
    for one, two, valid in stated:
        if out.setdefault((one, two), valid) != valid:
            raise InputError(f"single ticket: {one} and {two} are given twice, with and without")
    return out or None
