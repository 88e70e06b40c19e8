"""Timetables and places from files that are no workspace."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from megaregion.data.sources.gtfs import Feed, merge_stations, read_gtfs
from megaregion.data.sources.table import read_table
from megaregion.data.timetable import representative_day
from megaregion.data.train_calls import read_train_calls
from megaregion.errors import InputError
from megaregion.links.hard.network import TimesOptions
from megaregion.links.hard.timetable import Timetable


def timetable_from(
    path: Path, *, date: str | None = None, stops: Path | None = None, drop_backwards: bool = False,
    parts: Mapping[str, str] | None = None, options: TimesOptions | None = None,
) -> Timetable:  # fmt: skip
    """A timetable from a GTFS feed (folder or zip) or from a light table of trains.

    Parameters
    ----------
    path : Path
        Folder, .zip, or a table (.csv, .xlsx, .parquet) with the columns of the schema `train_calls`.
    date : str, optional
        Day of service of a feed, 2019-06-25. Default: its most ordinary weekday
        (`megaregion.data.timetable.representative_day`).
    stops : Path, optional
        Table of the stops of a light table: node_id, lon, lat; name and station where known.
    drop_backwards : bool
        Leave trips of a feed out whose times run backwards, with a note, instead of refusing the feed.
    parts : mapping, optional
        Name of a stop of a feed -> name of the stop whose station it belongs to, where the feed does not say so:
        ``{"Berlin Hbf (tief)": "Berlin Hbf"}``.
    options : TimesOptions, optional
        For ways across town between stations.

    Raises
    ------
    InputError
        A file cannot be used, an argument is lacking or does not fit the kind of file.
    """
    path = Path(path)
    if path.suffix.lower() in (".csv", ".xlsx", ".parquet"):
        if parts:
            raise InputError(f"{path.name} is a table: its stops say to which station they belong",
                             hint="fill the column station of the table of stops")  # fmt: skip
        if stops is None or date is not None:
            raise InputError(f"{path.name} is a table of daily trains: it needs a table of stops, no date",
                             hint="give stops (node_id, lon, lat)")  # fmt: skip
        table = points(stops, "node_id")
        return Timetable.of_table(read_train_calls(path), table, label=path.stem, options=options)
    if stops is not None:
        raise InputError(f"{path.name} is a feed and has its stops itself", hint="leave stops out")
    feed = read_gtfs(path, out_of_order="drop" if drop_backwards else "raise")
    feed = merge_stations(feed, _known(feed, parts or {}))
    if date is None:
        return Timetable.of_feed(feed, representative_day(feed), options=options)
    day = pd.to_datetime(date, format="%Y-%m-%d", errors="coerce")
    if pd.isna(day):
        raise InputError(f"the date must be year-month-day (2019-06-25), got {date!r}")
    return Timetable.of_feed(feed, day, options=options)


def _known(feed: Feed, parts: Mapping[str, str]) -> Mapping[str, str]:
    """The same parts of stations, each of which the feed has."""
    lost = sorted({*parts, *parts.values()} - set(feed.stops["name"]))
    if lost:
        raise InputError(f"parts of stations: no stop of the feed is named {', '.join(lost[:5])}",
                         hint="names as in stops.txt")  # fmt: skip
    return parts


def points(path: Path, key: str) -> pd.DataFrame:
    """A table of points: `key` (text) as index; lon, lat as numbers; other columns as they are.

    Raises
    ------
    InputError
        The file cannot be read, lacks columns, repeats a key, or a coordinate is no number; all listed.
    """
    frame, found = read_table(Path(path), Path(path).name)
    problems = [p.message for p in found if p.severity == "error"]
    lacking = [c for c in (key, "lon", "lat") if c not in frame.columns] if not problems else []
    if lacking:
        problems.append(f"needs the columns {', '.join(lacking)}, found {', '.join(map(str, frame.columns))}")
    if problems:
        raise InputError(f"{Path(path).name}: " + "; ".join(problems))
    out = frame.assign(**{key: frame[key].astype(str).str.strip()}).set_index(key)
    twice = out.index[out.index.duplicated()]
    if len(twice):
        problems.append(f"{key} repeats: {', '.join(twice[:5])}")
    for name, limit in (("lon", 180.0), ("lat", 90.0)):
        out[name] = pd.to_numeric(out[name], errors="coerce").astype(float)
        bad = out.index[~(out[name].abs() <= limit)]
        if len(bad):
            problems.append(f"{name} is no number of degrees for {len(bad)} rows: {', '.join(bad[:5])}")
    if problems:
        raise InputError(f"{Path(path).name}: " + "; ".join(problems))
    return out
