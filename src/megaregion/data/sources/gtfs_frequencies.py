"""GTFS trips that are given by headways (frequencies.txt), written out as trips of their own."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pandas as pd

_COLUMNS = ("trip_id", "start_time", "end_time", "headway_secs")


def written_out(
    raw: pd.DataFrame | None, times: pd.DataFrame, trips: pd.DataFrame, problems: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Trips by headway as trips that leave at start, start + headway, ... before the end.

    Parameters
    ----------
    raw : DataFrame or None
        frequencies.txt as text.
    times, trips : DataFrame
        As in `megaregion.data.sources.gtfs.Feed`; the pattern trips are taken out.
    problems : list of str
        What cannot be used is added.

    Returns
    -------
    times, trips : DataFrame
        New trips are named by the pattern and the departure, ``t1@08:10:00``.
    notes : list of str
        How many are not exact (exact_times is not 1): their true departures are unknown.
    """
    if raw is None or raw.empty:
        return times, trips, []
    lacking = [c for c in _COLUMNS if c not in raw.columns]
    if lacking:
        problems.append(f"frequencies.txt lacks the columns {', '.join(lacking)}")
        return times, trips, []
    start, end = (_seconds(raw[c]) for c in ("start_time", "end_time"))
    headway = pd.to_numeric(raw["headway_secs"], errors="coerce")
    bad = start.isna() | end.isna() | (end <= start) | ~(headway > 0) | ~np.isfinite(headway)
    if bad.any():
        rows = ", ".join(f"row {i + 1}" for i in np.flatnonzero(bad)[:5])
        problems.append(f"frequencies.txt: {int(bad.sum())} rows have no times or no headway above 0: {rows}")
    lost = sorted(set(raw["trip_id"]) - set(trips.index))
    if lost:
        problems.append(f"frequencies.txt.trip_id: {len(lost)} are not in trips.txt: {', '.join(lost[:5])}")
    good = ~bad & raw["trip_id"].isin(times["trip_id"]) & raw["trip_id"].isin(trips.index)
    exact = raw["exact_times"].str.strip() == "1" if "exact_times" in raw.columns else pd.Series(False, raw.index)
    patterns = dict(list(times[times["trip_id"].isin(raw.loc[good, "trip_id"])].groupby("trip_id", sort=False)))
    new: dict[tuple[str, int], str] = {}
    for i in np.flatnonzero(good):
        trip = str(raw["trip_id"].iloc[i])
        for t in np.arange(start.iloc[i], end.iloc[i], headway.iloc[i]).round().astype(int):
            new[trip, int(t)] = f"{trip}@{t // 3600:02d}:{t // 60 % 60:02d}:{t % 60:02d}"
    parts = [times[~times["trip_id"].isin(raw["trip_id"])]]
    runs = sorted(new.items())
    for trip, group in groupby(runs, key=lambda run: run[0][0]):
        call, of_trip = patterns[trip], list(group)
        copies = call.iloc[np.tile(np.arange(len(call)), len(of_trip))]
        leave = np.array([t for (_, t), _ in of_trip]) / 60.0 - call["departure_min"].iloc[0]
        shifted = {c: copies[c] + np.repeat(leave, len(call)) for c in ("arrival_min", "departure_min")}
        names = np.array([name for _, name in of_trip], dtype=object)
        parts.append(copies.assign(trip_id=np.repeat(names, len(call)), **shifted))
    source = [trip for (trip, _), _ in runs]
    made = trips.loc[source].set_axis(pd.Index([name for _, name in runs], name="trip_id", dtype=object))
    if "block" in made:
        made = made.assign(block="")  # which vehicle follows which is not known
    inexact = int((~exact & good).sum())
    notes = [f"{len(new)} trips written out from {int(good.sum())} headways, the first at the start of each"
             + (f"; {inexact} are not exact: their true departures are unknown" if inexact else "")]  # fmt: skip
    rest = trips[~trips.index.isin(raw["trip_id"])]
    return pd.concat(parts, ignore_index=True), pd.concat([rest, made]), notes


def _seconds(text: pd.Series) -> pd.Series:
    parts = text.str.strip().str.extract(r"^(\d{1,3}):([0-5]\d):([0-5]\d)$").astype("float64")
    return parts[0] * 3600 + parts[1] * 60 + parts[2]
