"""A light timetable: trains that run every day, as a table of calls, for regions without GTFS."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from megaregion.data.feed_calls import CALLS, DAY, EVENING, days_under_way
from megaregion.data.schema import conform
from megaregion.data.sources.table import read_table
from megaregion.errors import InputError, SchemaError

_LONGEST_RUN, _LONGEST_STOP = 18 * 3600, 6 * 3600  # seconds; what would take longer is taken for an error


def read_train_calls(path: Path) -> pd.DataFrame:
    """A light timetable: columns train, stop, arrival, departure; sequence, service and network where there are any.

    Raises
    ------
    SchemaError
        The file cannot be read, or columns or cells are not as in the schema `train_calls`; everything is listed.
    """
    raw, problems = read_table(Path(path), Path(path).name)
    if not any(p.severity == "error" for p in problems):
        frame, more = conform(raw, "train_calls", Path(path).name)
        problems += more
    errors = [p.line() for p in problems if p.severity == "error"]
    if errors:
        raise SchemaError(
            f"{Path(path).name} is no timetable:\n" + "\n".join(errors), hint="see the schema train_calls"
        )
    return frame


def table_calls(table: pd.DataFrame) -> pd.DataFrame:
    """Calls of trains that run every day: of the day, of days before if they end after 23 h, and of the day after.

    Parameters
    ----------
    table : DataFrame
        Columns of the schema `train_calls`. A time that is earlier than the one before it is of the next day (23:58,
        0:04), if the run from stop to stop then takes at most 18 hours, or the stop at most 6; else it is an error.

    Returns
    -------
    DataFrame
        As `feed_calls`.

    Raises
    ------
    InputError
        Times are missing, cannot be read or run backwards, or stops of a train share a place in its order; all listed.
    """
    if table.empty:
        return pd.DataFrame({c: pd.Series(dtype=object) for c in CALLS})
    problems: list[str] = []
    rows = _in_order(table.reset_index(drop=True), problems)
    arrival, departure = (_time_of_day(rows[c], c, problems) for c in ("arrival", "departure"))
    first, last = ~rows.duplicated("train"), ~rows.duplicated("train", keep="last")
    for name, end in (("arrival", first), ("departure", last)):
        gap = ~end & (rows[name].fillna("").str.strip() == "")
        if gap.any():
            problems.append(f"train_calls.{name}: missing inside of trains {_named(rows, gap)}")
    none = arrival.isna() & departure.isna() & (first | last)
    if none.any():
        problems.append(f"train_calls: no time at the first or last stop of trains {_named(rows, none)}")
    arrival, departure = arrival.fillna(departure), departure.fillna(arrival)
    if not problems:
        arrival, departure, back = _unwrapped(rows["train"], arrival, departure)
        if back.any():
            problems.append(f"train_calls: times run backwards in trains {_named(rows, back)}")
    if problems:
        raise InputError("the timetable cannot be used:\n" + "\n".join(f"  {p}" for p in problems),
                         hint="times are H:MM; after midnight a run may take 18 hours and a stop 6")  # fmt: skip
    text = {c: rows[c].fillna("").to_numpy(object) if c in rows else "" for c in ("service", "network")}
    day = pd.DataFrame(
        {"trip": rows["train"].to_numpy(object), "stop": rows["stop"].to_numpy(object),
         "arrival": arrival.to_numpy(np.int64), "departure": departure.to_numpy(np.int64), "board": True,
         "alight": True, **text}
    )  # fmt: skip
    parts = []
    for offset in range(-days_under_way(float(day["arrival"].max())), 2):
        part = day.assign(arrival=day["arrival"] + offset * DAY, departure=day["departure"] + offset * DAY,
                          run=f"{offset:+d} " + day["trip"])  # fmt: skip
        if offset < 0:
            part = part[part.groupby("trip", sort=False)["arrival"].transform("max") >= -EVENING]
        parts.append(part)
    calls = pd.concat([p for p in parts if len(p)], ignore_index=True)
    calls["run"] = pd.factorize(calls["run"])[0]
    return calls[list(CALLS)]


def _in_order(rows: pd.DataFrame, problems: list[str]) -> pd.DataFrame:
    """Rows by train and sequence; without a sequence the order of the rows of each train counts."""
    if "sequence" not in rows or rows["sequence"].isna().all():
        return rows.sort_values("train", kind="stable")
    gaps = rows["sequence"].isna()
    if gaps.any():
        problems.append(f"train_calls.sequence: empty in {int(gaps.sum())} rows, filled in others")
    twice = rows.duplicated(["train", "sequence"]) & ~gaps
    if twice.any():
        problems.append(f"train_calls.sequence: repeats in trains {_named(rows, twice)}")
    return rows.sort_values(["train", "sequence"], kind="stable")


def _named(rows: pd.DataFrame, where: pd.Series) -> str:
    trains = sorted(set(rows.loc[where, "train"]))
    return f"{', '.join(map(str, trains[:5]))} ({len(trains)} in all)"


def _time_of_day(text: pd.Series, name: str, problems: list[str]) -> pd.Series:
    """Seconds; NaN where empty."""
    clean = text.fillna("").astype(str).str.strip()
    parts = clean.str.extract(r"^(\d{1,3}):([0-5]\d)(?::([0-5]\d))?$").astype("float64")
    seconds = parts[0] * 3600 + parts[1] * 60 + parts[2].fillna(0.0)
    bad = seconds.isna() & (clean != "")
    if bad.any():
        problems.append(f"train_calls.{name}: {int(bad.sum())} cells are no times, as {clean[bad].iloc[0]!r}")
    return seconds


def _unwrapped(train: pd.Series, arrival: pd.Series, departure: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Times that never fall inside a train, whole days added after midnight; and where they fall all the same."""
    both = np.column_stack([arrival.to_numpy(float), departure.to_numpy(float)]).ravel()
    name = np.repeat(train.to_numpy(object), 2)
    step = np.diff(both, prepend=both[:1])
    step[np.append(True, name[1:] != name[:-1])] = 0.0
    days = pd.Series((step < 0).astype(float)).groupby(pd.factorize(name)[0]).cumsum().to_numpy()
    whole = (both + days * DAY).reshape(-1, 2)
    longest = np.tile([_LONGEST_RUN, _LONGEST_STOP], len(train))
    back = ((step < 0) & (step + DAY > longest)).reshape(-1, 2).any(axis=1)
    index = train.index
    return pd.Series(whole[:, 0], index), pd.Series(whole[:, 1], index), pd.Series(back, index)
