"""What a study of rail is made of, from files or from a workspace: timetable, places, demand, networks as stated."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from megaregion.data.cluster import units
from megaregion.data.trips import read_trips
from megaregion.data.workspace import CONFIG, Workspace
from megaregion.errors import InputError
from megaregion.links.hard.timetable import Timetable
from megaregion.links.hard.timetable_files import points, timetable_from
from megaregion.links.hard.workspace_timetable import TimetableOptions, timetable_of

DAY = (360.0, 1320.0)  # when travellers leave, where nothing is stated: 6 to 22 h


def rail_timetable(
    path: Path, places: Path | None = None, *, date: str | None = None, stops: Path | None = None,
    drop_backwards: bool = False,
) -> tuple[Timetable, pd.DataFrame, tuple[float, float]]:  # fmt: skip
    """Timetable, places and usual window of departures (minutes after midnight).

    Parameters
    ----------
    path : Path
        As in `megaregion.links.hard.timetable_files.timetable_from`, or a workspace that states a timetable.
    places : Path, optional
        Table of points with the column place_id. Default for a workspace: its places of the level of analysis.
    date, stops, drop_backwards
        For files: `timetable_from`. A workspace states its own.

    Raises
    ------
    InputError
        The workspace has no timetable, an argument is lacking or does not fit, or a file cannot be used.
    """
    path = Path(path)
    if not (path / CONFIG).is_file():
        if places is None:
            raise InputError(f"{path.name} is no workspace: it needs a table of places",
                             hint="give PLACES (place_id, lon, lat)")  # fmt: skip
        table = timetable_from(path, date=date, stops=stops, drop_backwards=drop_backwards)
        return table, points(places, "place_id"), DAY
    if date is not None or stops is not None or drop_backwards:
        raise InputError("a workspace states day, stops and trips to leave out itself",
                         hint="put date and drop_backwards into [options.timetable]")  # fmt: skip
    workspace = Workspace(path)
    cluster = workspace.cluster()
    own = timetable_of(cluster, workspace.root)
    if own is None:
        raise InputError("the workspace has no timetable, only counts of services or none",
                         hint="name a feed in [options.timetable], or add tables/train_calls.csv")  # fmt: skip
    stated = cluster.options.get("timetable")
    window = TimetableOptions.of(stated).window if stated else None
    homes = units(cluster)[["name", "lon", "lat", "population"]] if places is None else points(places, "place_id")
    return own, homes, DAY if window is None else (window.start_min, window.end_min)


def demand_from(path: Path | None, places: pd.DataFrame) -> pd.DataFrame | None:
    """Travellers between places from a file (`megaregion.data.trips.read_trips`), rows origins; None without one.

    Raises
    ------
    InputError
        The file cannot be used, or has demand to or from other places.
    """
    if path is None:
        return None
    trips = read_trips(path, zones=places.index).aligned(places.index)
    return pd.DataFrame(trips.matrix().toarray(), places.index, places.index)


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
