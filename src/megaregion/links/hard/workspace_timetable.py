"""The timetable of a workspace: a feed that [options.timetable] names, or the table train_calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from megaregion.data.cluster import Cluster
from megaregion.errors import InputError
from megaregion.links.hard.doors import DepartureWindow
from megaregion.links.hard.network import TimesOptions
from megaregion.links.hard.timetable import Timetable
from megaregion.links.hard.timetable_files import timetable_from

FOLDERS = ("timetables/", "raw/")  # the parts of a workspace whose files results are known to depend on


@dataclass(frozen=True, kw_only=True)
class TimetableOptions:
    """Which timetable a workspace has, and when travellers leave; the table [options.timetable] of workspace.toml.

    Attributes
    ----------
    feed : str
        Folder or zip of a GTFS feed below timetables/ or raw/; empty for the table train_calls.
    date : str
        Day of service of a feed, 2019-06-25; empty for its most ordinary weekday.
    drop_backwards : bool
        Leave trips out whose times run backwards, with a warning, instead of refusing the feed.
    start_min, end_min : float
        Travellers are ready at any moment from start to before end, minutes after midnight.
    parts : mapping
        Name of a stop of a feed -> name of the stop whose station it belongs to, where the feed does not say so.
    """

    feed: str = ""
    date: str = ""
    drop_backwards: bool = False
    start_min: float = 360.0
    end_min: float = 1200.0
    parts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> TimetableOptions:
        """From the table [options.timetable].

        Raises
        ------
        InputError
            A key is unknown or a value cannot be used; all are listed.
        """
        known = [f.name for f in fields(cls)]
        wrong = [f"unknown key {key!r}" for key in sorted(set(given) - set(known))]
        for key in ("feed", "date"):
            if not isinstance(given.get(key, ""), str):
                wrong.append(f"{key} must be text, got {given[key]!r}")
        for key in ("start_min", "end_min"):
            value = given.get(key, 0.0)
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                wrong.append(f"{key} must be a number, got {value!r}")
        if not isinstance(given.get("drop_backwards", False), bool):
            wrong.append(f"drop_backwards must be true or false, got {given['drop_backwards']!r}")
        parts = given.get("parts", {})
        if not isinstance(parts, Mapping) or not all(isinstance(name, str) for name in parts.values()):
            wrong.append(f"parts must be a table stop = station, got {parts!r}")
        feed = str(given.get("feed", ""))
        if feed and (not feed.startswith(FOLDERS) or ".." in Path(feed).parts):
            wrong.append(f"feed must lie below {' or '.join(FOLDERS)}, got {feed!r}")
        if not feed and given.get("date"):
            wrong.append("date belongs to a feed: trains of the table train_calls run every day")
        if not feed and parts:
            wrong.append("parts belong to a feed: fill the column station of nodes.csv")
        if wrong:
            raise InputError("options.timetable: " + "; ".join(wrong), hint="keys: " + ", ".join(known))
        out = cls(**given)
        _ = out.window
        return out

    @property
    def window(self) -> DepartureWindow:
        """Departures looked at, with the percentiles 5, 50 and 95."""
        return DepartureWindow(start_min=float(self.start_min), end_min=float(self.end_min))


def timetable_of(cluster: Cluster, root: Path, *, times: TimesOptions | None = None) -> Timetable | None:
    """The timetable of a workspace; None if it has only counts of services, or none.

    Parameters
    ----------
    cluster : Cluster
    root : Path
        Folder of the workspace.
    times : TimesOptions, optional
        Ways between stations. Default: [options.times].

    Raises
    ------
    InputError
        An option or the timetable cannot be used, the feed is not there, or both a feed and train_calls are given.
    """
    options = TimetableOptions.of(cluster.options.get("timetable", {}))
    times = times or TimesOptions.of(cluster.options.get("times", {}))
    table = cluster.further.get("train_calls")
    if options.feed:
        if table is not None and len(table):
            raise InputError("the workspace has a feed in [options.timetable] and a table train_calls",
                             hint="keep one of them")  # fmt: skip
        path = root / options.feed
        if not path.exists():
            raise InputError(
                f"options.timetable.feed: there is no {options.feed} in the workspace",
                hint="put it there (megaregion fetch, where a recipe brings it), or delete the option",
            )
        return timetable_from(path, date=options.date or None, drop_backwards=options.drop_backwards,
                              parts=options.parts, options=times)  # fmt: skip
    if table is None or table.empty:
        return None
    rail = cluster.nodes[cluster.nodes["mode"] == "rail"]
    return Timetable.of_table(table, rail[["name", "lon", "lat"]], label=str(cluster.attrs.get("timetable", "")),
                              options=times)  # fmt: skip
