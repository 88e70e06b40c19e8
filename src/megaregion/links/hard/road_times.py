"""Times of an assignment as the table `road_times`, which the rooms of accessibility and equilibrium count by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from megaregion.data.atomic import write_text
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError, UnitError
from megaregion.links.hard.assignment import AssignmentResult
from megaregion.links.hard.network import TimesOptions

MINUTES = {"min": 1.0, "h": 60.0, "s": 1.0 / 60.0}


def road_times(found: AssignmentResult, *, fixed_min: float, name: str | None = None) -> pd.DataFrame:
    """Minutes by road between zones, as they are when all drive where they drive.

    Parameters
    ----------
    found : AssignmentResult
    fixed_min : float
        Minutes that a journey takes besides driving (to the car, parking); they are added to every pair.
    name : str, optional
        Class of users whose ways count; the first one by default.

    Returns
    -------
    DataFrame
        Columns of the schema `road_times`: pairs of different zones with a way. Tolls and distance weigh on the
        choice of way, not in the minutes.

    Raises
    ------
    InputError
        There is no such class, or `fixed_min` is no number >= 0.
    UnitError
        The network does not state in which unit it counts time.
    """
    if found.roads.units.time not in MINUTES:
        raise UnitError(f"the network states its time in {found.roads.units.time!r}, so its minutes are unknown",
                        hint="give tables (free_time_min), or state the unit in the TNTP header")  # fmt: skip
    if not (np.isfinite(fixed_min) and fixed_min >= 0):
        raise InputError(f"the minutes besides driving must be a number >= 0, got {fixed_min!r}")
    skims = found.skims("time")
    chosen = next(iter(skims)) if name is None else name
    if chosen not in skims:
        raise InputError(f"there is no class of users {name!r}", hint="classes: " + ", ".join(skims))
    minutes = skims[chosen].to_numpy() * MINUTES[found.roads.units.time]
    way = np.isfinite(minutes)
    np.fill_diagonal(way, False)
    origin, destination = np.nonzero(way)
    zones = found.roads.zones.to_numpy(object)
    note = f"user equilibrium at relative gap {found.equilibrium.relative_gap:.0e} + {fixed_min:g} min; modelled"
    if found.options.system_optimum:
        note = note.replace("user equilibrium", "system optimum")
    return pd.DataFrame({"origin": zones[origin], "destination": zones[destination],
                         "minutes": minutes[origin, destination] + fixed_min, "note": note})  # fmt: skip


def write_road_times(root: Path, found: AssignmentResult, *, name: str | None = None) -> tuple[Path, int]:
    """Write ``tables/road_times.assigned.csv`` of a workspace, in one step, in place of an earlier one.

    Parameters
    ----------
    root : Path
        The workspace; `road_fixed_min` of its [options.times] is added.
    found : AssignmentResult
        Its zones are places of the workspace.
    name : str, optional
        As `road_times`.

    Returns
    -------
    file : Path
    pairs : int

    Raises
    ------
    InputError
        Zones are no places, or the workspace states some of these pairs in another file already.
    WorkspaceError
        There is no workspace.
    """
    workspace = Workspace(root)
    options = TimesOptions.of(workspace.config.get("options", {}).get("times", {}))
    table = road_times(found, fixed_min=options.road_fixed_min, name=name)
    file = workspace.root / "tables" / "road_times.assigned.csv"
    places, _ = workspace.read("places")
    known = set(places["place_id"].astype(str)) if "place_id" in places else set()
    problems = []
    if strange := [str(zone) for zone in found.roads.zones if str(zone) not in known]:
        problems.append(f"{len(strange)} zones are no places of {workspace.root.name}: {', '.join(strange[:5])}")
    others, _ = workspace.read("road_times")
    if "x_file" in others:
        others = others[others["x_file"] != file.relative_to(workspace.root).as_posix()]
    twice = table[["origin", "destination"]].merge(others.reindex(columns=["origin", "destination"]))
    if len(twice):
        pairs = ", ".join(f"{a} to {b}" for a, b in twice.head(5).itertuples(index=False))
        problems.append(f"{len(twice)} pairs stand in another file of road_times already: {pairs}")
    if problems:
        raise InputError("the times cannot be written: " + "; ".join(problems),
                         hint="name zones by place_id; remove what the assignment is to replace")  # fmt: skip
    write_text(file, table.to_csv(index=False, lineterminator="\n"))
    return file, len(table)
