"""Timetables in GTFS: a folder or a zip of text files.

Specification: https://gtfs.org/documentation/schedule/reference/. Trips defined by frequencies.txt are written out.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from megaregion.data.sources.gtfs_frequencies import written_out
from megaregion.data.sources.gtfs_transfers import changes_of, no_changes, no_through
from megaregion.errors import InputError

NEEDED: dict[str, tuple[str, ...]] = {
    "stops.txt": ("stop_id", "stop_name", "stop_lat", "stop_lon"),
    "routes.txt": ("route_id",),
    "trips.txt": ("route_id", "service_id", "trip_id"),
    "stop_times.txt": ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"),
}
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, eq=False, kw_only=True)
class Feed:
    """A timetable.

    Attributes
    ----------
    stops : DataFrame
        Index `stop_id`; columns name, lon, lat (degrees, WGS-84) and station: the stop that stands for the
        whole station (its parent_station, else itself).
    trips : DataFrame
        Index `trip_id`; columns service_id, service (class of the route: ICE, IC, ...), route (its name), route_type
        (number as text) and block (trips of one vehicle; empty where not stated).
    stop_times : DataFrame
        Sorted by trip and sequence; columns trip_id, stop_id, arrival_min, departure_min (minutes after
        midnight of the day of service; more than 1440 after the next midnight), board, alight (bool).
    active : DataFrame
        Columns service_id, date (Timestamp): the days on which each service runs.
    changes, through : DataFrame
        Rules of transfers.txt (`megaregion.data.sources.gtfs_transfers.changes_of`).
    notes : tuple of str
        What was left out or written out on reading, and why.
    """

    stops: pd.DataFrame
    trips: pd.DataFrame
    stop_times: pd.DataFrame
    active: pd.DataFrame
    changes: pd.DataFrame = field(default_factory=no_changes)
    through: pd.DataFrame = field(default_factory=no_through)
    notes: tuple[str, ...] = ()


def read_gtfs(path: Path, *, out_of_order: Literal["raise", "drop"] = "raise") -> Feed:
    """Read a feed.

    Parameters
    ----------
    path : Path
        Folder or zip file.
    out_of_order : {'raise', 'drop'}
        What to do with trips whose times run backwards (as in trips over a time-zone border that were
        written in local time): raise, or leave the trip out and say so in `notes`.

    Raises
    ------
    InputError
        A file or a column is missing, a time or a date cannot be read, a row names an unknown trip, stop
        or route, a trip's times run backwards; everything wrong is listed.
    """
    tables, problems = _tables(Path(path))
    if problems:
        raise InputError(_listed(path, problems), hint="gtfs.org lists the files and columns of a feed")
    times, notes = _stop_times(tables["stop_times.txt"], problems)
    stops = _stops(tables["stops.txt"], problems)
    trips = _trips(tables["trips.txt"], tables["routes.txt"], problems)
    active = _active(tables.get("calendar.txt"), tables.get("calendar_dates.txt"), problems)
    changes, through, said = changes_of(tables.get("transfers.txt"), stops.index, problems)
    _orphans(times, "trip_id", trips.index, "trips.txt", problems)
    _orphans(times, "stop_id", stops.index, "stops.txt", problems)
    back = _backwards(times)
    if len(back) and out_of_order == "drop":
        names = ", ".join(sorted(trips["route"].reindex(back).dropna().unique())[:5])
        notes.append(f"{len(back)} trips left out because their times run backwards: {names}")
        times = times[~times["trip_id"].isin(back)]
    elif len(back):
        problems.append(f"stop_times.txt: the times of {len(back)} trips run backwards: {', '.join(back[:5])}")
    times, trips, written = written_out(tables.get("frequencies.txt"), times, trips, problems)
    if problems:
        spare = (
            " (or leave out the trips that run backwards: --drop-backwards, out_of_order='drop')" if len(back) else ""
        )
        raise InputError(_listed(path, problems), hint=f"correct the feed, or ask its publisher{spare}")
    return Feed(
        stops=stops, trips=trips, stop_times=times.reset_index(drop=True), active=active, changes=changes,
        through=through, notes=tuple(notes + said + written),
    )  # fmt: skip


def merge_stations(feed: Feed, groups: Mapping[str, str]) -> Feed:
    """Feed in which the stops named by the keys of `groups` belong to the stations named by the values.

    Names that the feed does not have are passed over: a station may be missing in one year's timetable.
    """
    stops = feed.stops.copy()
    by_name = pd.Series(stops.index, index=stops["name"])
    by_name = by_name[~by_name.index.duplicated()]
    for part, whole in sorted(groups.items()):
        if part in by_name.index and whole in by_name.index:
            stops.loc[stops["name"] == part, "station"] = by_name[whole]
    return replace(feed, stops=stops)


def _tables(path: Path) -> tuple[dict[str, pd.DataFrame], list[str]]:
    names = (*NEEDED, "calendar.txt", "calendar_dates.txt", "frequencies.txt", "transfers.txt")
    raw: dict[str, bytes] = {}
    if path.is_dir():
        raw = {name: (path / name).read_bytes() for name in names if (path / name).is_file()}
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            raw = {name: archive.read(name) for name in names if name in archive.namelist()}
    else:
        return {}, ["there is no such folder, and it is no zip file"]
    tables: dict[str, pd.DataFrame] = {}
    problems = []
    for name, data in raw.items():
        try:
            frame = pd.read_csv(io.BytesIO(data), dtype=str, encoding="utf-8-sig", keep_default_na=False)
            tables[name] = frame.rename(columns=str.strip)
        except (ValueError, UnicodeDecodeError) as error:
            problems.append(f"{name} cannot be read: {error}")
    for name, columns in NEEDED.items():
        if name not in raw:
            problems.append(f"{name} is missing")
        elif name in tables:
            lacking = [c for c in columns if c not in tables[name].columns]
            if lacking:
                problems.append(f"{name} lacks the columns {', '.join(lacking)}")
    if "calendar.txt" not in raw and "calendar_dates.txt" not in raw:
        problems.append("calendar.txt and calendar_dates.txt are both missing")
    return tables, problems


def _listed(path: Path, problems: list[str]) -> str:
    return f"the feed {Path(path).name} cannot be used:\n" + "\n".join(f"  {p}" for p in problems)


def _minutes(text: pd.Series) -> pd.Series:
    """Minutes after midnight of H:MM:SS; NaN where empty or not a time."""
    parts = text.str.strip().str.extract(r"^(\d{1,3}):([0-5]\d):([0-5]\d)$").astype("float64")
    return parts[0] * 60 + parts[1] + parts[2] / 60


def _stop_times(raw: pd.DataFrame, problems: list[str]) -> tuple[pd.DataFrame, list[str]]:
    out = pd.DataFrame({"trip_id": raw["trip_id"], "stop_id": raw["stop_id"]})
    out["sequence"] = pd.to_numeric(raw["stop_sequence"], errors="coerce")
    if out["sequence"].isna().any():
        problems.append(f"stop_times.txt.stop_sequence: {int(out['sequence'].isna().sum())} cells are no numbers")
    for column in ("arrival", "departure"):
        text = raw[f"{column}_time"]
        out[f"{column}_min"] = _minutes(text)
        bad = out[f"{column}_min"].isna() & (text.str.strip() != "")
        if bad.any():
            problems.append(
                f"stop_times.txt.{column}_time: {int(bad.sum())} cells are no times, as {text[bad].iloc[0]!r}"
            )
    for name, column in (("board", "pickup_type"), ("alight", "drop_off_type")):
        out[name] = raw[column].str.strip() != "1" if column in raw.columns else True
    out = out.sort_values(["trip_id", "sequence"], kind="stable")
    repeated = out.duplicated(["trip_id", "sequence"])
    if repeated.any():
        problems.append(f"stop_times.txt: {int(repeated.sum())} rows repeat trip_id + stop_sequence")
    out["arrival_min"] = out["arrival_min"].fillna(out["departure_min"])
    out["departure_min"] = out["departure_min"].fillna(out["arrival_min"])
    untimed = out["arrival_min"].isna()
    ends = ~out.duplicated("trip_id") | ~out.duplicated("trip_id", keep="last")
    lost = sorted(out.loc[untimed & ends, "trip_id"].unique())
    if lost:
        problems.append(
            f"stop_times.txt: no time at the first or last stop of {len(lost)} trips: {', '.join(lost[:5])}"
        )
    notes = [f"{int(untimed.sum())} stops without a time left out"] if untimed.any() else []
    return out[~untimed], notes


def _backwards(times: pd.DataFrame) -> list[str]:
    same = times["trip_id"] == times["trip_id"].shift()
    back = (times["departure_min"] < times["arrival_min"]) | (
        same & (times["arrival_min"] < times["departure_min"].shift())
    )
    return sorted(times.loc[back, "trip_id"].unique())


def _stops(raw: pd.DataFrame, problems: list[str]) -> pd.DataFrame:
    out = raw.drop_duplicates("stop_id").set_index("stop_id")
    if raw["stop_id"].duplicated().any():
        problems.append(f"stops.txt: {int(raw['stop_id'].duplicated().sum())} rows repeat stop_id")
    frame = pd.DataFrame({"name": out["stop_name"].str.strip()})
    for name, column, limit in (("lon", "stop_lon", 180), ("lat", "stop_lat", 90)):
        frame[name] = pd.to_numeric(out[column], errors="coerce")
        bad = ~(frame[name].abs() <= limit)
        if bad.any():
            problems.append(f"stops.txt.{column}: no coordinate for {', '.join(frame.index[bad][:5])}")
    parent = out["parent_station"].str.strip() if "parent_station" in out.columns else pd.Series("", out.index)
    frame["station"] = np.where(parent.isin(out.index), parent, out.index)
    return frame


def _trips(raw: pd.DataFrame, routes: pd.DataFrame, problems: list[str]) -> pd.DataFrame:
    if raw["trip_id"].duplicated().any():
        problems.append(f"trips.txt: {int(raw['trip_id'].duplicated().sum())} rows repeat trip_id")
    names = pd.Series("", index=routes.index)
    for column in ("route_long_name", "route_short_name"):
        if column in routes.columns:
            names = routes[column].str.strip().where(routes[column].str.strip() != "", names)
    by_route = pd.Series(names.to_numpy(object), index=routes["route_id"])
    by_route = by_route[~by_route.index.duplicated()]
    _orphans(raw, "route_id", by_route.index, "routes.txt", problems, where="trips.txt")
    out = raw.drop_duplicates("trip_id").set_index("trip_id")
    route = out["route_id"].map(by_route).fillna("")
    letters = route.str.extract(r"^([^\W\d_]+)", expand=False)
    types = routes["route_type"].str.strip() if "route_type" in routes.columns else pd.Series("", routes.index)
    by_type = types.set_axis(routes["route_id"].to_numpy(object))
    block = out["block_id"].str.strip() if "block_id" in out.columns else ""
    return pd.DataFrame({
        "service_id": out["service_id"], "service": letters.fillna("other"), "route": route,
        "route_type": out["route_id"].map(by_type[~by_type.index.duplicated()]).fillna(""), "block": block,
    })  # fmt: skip


def _orphans(
    table: pd.DataFrame, column: str, known: pd.Index, file: str, problems: list[str], where: str = "stop_times.txt"
) -> None:
    lost = sorted(set(table[column]) - set(known))
    if lost:
        problems.append(f"{where}.{column}: {len(lost)} are not in {file}: {', '.join(lost[:5])}")


def _active(weekly: pd.DataFrame | None, dates: pd.DataFrame | None, problems: list[str]) -> pd.DataFrame:
    """Days of each service: the weekly calendar, then the exceptions (1 adds a day, 2 removes it)."""
    parts = []
    if weekly is not None and len(weekly):
        lacking = [c for c in ("service_id", *_WEEK, "start_date", "end_date") if c not in weekly.columns]
        if lacking:
            problems.append(f"calendar.txt lacks the columns {', '.join(lacking)}")
        else:
            parts.append(_weekly(weekly, problems))
    removed = pd.DataFrame({"service_id": pd.Series(dtype=object), "date": pd.Series(dtype="datetime64[s]")})
    if dates is not None and len(dates):
        lacking = [c for c in ("service_id", "date", "exception_type") if c not in dates.columns]
        if lacking:
            problems.append(f"calendar_dates.txt lacks the columns {', '.join(lacking)}")
        else:
            days = dates.assign(date=_dates(dates["date"], "calendar_dates.txt.date", problems))
            added = days["exception_type"].str.strip() == "1"
            parts.append(days.loc[added, ["service_id", "date"]])
            removed = days.loc[~added, ["service_id", "date"]]
    if not parts:
        return removed.iloc[:0]
    active = pd.concat(parts, ignore_index=True).dropna().drop_duplicates()
    gone = pd.MultiIndex.from_frame(removed)
    out = active[~pd.MultiIndex.from_frame(active).isin(gone)]
    return out.sort_values(["date", "service_id"], kind="stable").reset_index(drop=True)


def _weekly(weekly: pd.DataFrame, problems: list[str]) -> pd.DataFrame:
    first = _dates(weekly["start_date"], "calendar.txt.start_date", problems)
    last = _dates(weekly["end_date"], "calendar.txt.end_date", problems)
    good = first.notna() & last.notna() & (first <= last)
    if good.sum() == 0:
        return pd.DataFrame({"service_id": [], "date": []})
    spans = [pd.date_range(a, b) for a, b in zip(first[good], last[good], strict=True)]
    flags = (weekly.loc[good, list(_WEEK)].to_numpy(object) == "1").astype(bool)
    kept = [span[week[span.day_of_week]] for span, week in zip(spans, flags, strict=True)]
    services = np.repeat(weekly.loc[good, "service_id"].to_numpy(object), [len(k) for k in kept])
    return pd.DataFrame({"service_id": services, "date": np.concatenate([k.to_numpy() for k in kept])})


def _dates(text: pd.Series, where: str, problems: list[str]) -> pd.Series:
    out = pd.to_datetime(text.str.strip(), format="%Y%m%d", errors="coerce")
    if out.isna().any():
        problems.append(f"{where}: {int(out.isna().sum())} cells are no dates, as {text[out.isna()].iloc[0]!r}")
    return out
