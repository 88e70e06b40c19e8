"""Rules of changing between stops and of staying seated between trips, as GTFS states them (transfers.txt)."""

from __future__ import annotations

import numpy as np
import pandas as pd

_NARROW = ("from_route_id", "to_route_id", "from_trip_id", "to_trip_id")


def no_changes() -> pd.DataFrame:
    """Rules of a feed that states none."""
    return pd.DataFrame({"from_stop": pd.Series(dtype=object), "to_stop": pd.Series(dtype=object),
                         "kind": pd.Series(dtype="int64"), "seconds": pd.Series(dtype="float64")})  # fmt: skip


def no_through() -> pd.DataFrame:
    """Trip pairs of a feed that states none."""
    return pd.DataFrame({"trip": pd.Series(dtype=object), "next_trip": pd.Series(dtype=object),
                         "seated": pd.Series(dtype=bool)})  # fmt: skip


def changes_of(
    raw: pd.DataFrame | None, stops: pd.Index, problems: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Read transfers.txt.

    Parameters
    ----------
    raw : DataFrame or None
        As text.
    stops : Index
        stop_id of the feed.
    problems : list of str
        What cannot be used is added.

    Returns
    -------
    changes : DataFrame
        Columns from_stop, to_stop, kind (0 recommended, 1 timed, 2 takes a minimum, 3 not possible), seconds (NaN where
        none are stated).
    through : DataFrame
        Columns trip, next_trip, seated: whether passengers may stay aboard (4) or not (5).
    notes : list of str
        Rules for single routes or trips are left out.
    """
    if raw is None or raw.empty:
        return no_changes(), no_through(), []
    text = {c: raw[c].str.strip() if c in raw.columns else pd.Series("", raw.index)
            for c in ("from_stop_id", "to_stop_id", "transfer_type", "min_transfer_time", *_NARROW)}  # fmt: skip
    kind = pd.to_numeric(text["transfer_type"].where(text["transfer_type"] != "", "0"), errors="coerce")
    seconds = pd.to_numeric(text["min_transfer_time"], errors="coerce")
    wrong = ~kind.isin(range(6))
    if wrong.any():
        shown = text["transfer_type"][wrong].iloc[0]
        problems.append(f"transfers.txt.transfer_type: {int(wrong.sum())} are not 0 ... 5, as {shown!r}")
    wrong = (text["min_transfer_time"] != "") & ~(seconds >= 0)
    wrong |= (kind == 2) & (text["min_transfer_time"] == "")
    if wrong.any():
        rows = ", ".join(f"row {i + 1}" for i in np.flatnonzero(wrong)[:5])
        problems.append(f"transfers.txt.min_transfer_time: needed as seconds >= 0 in {int(wrong.sum())} rows: {rows}")
    between = kind.isin([0, 1, 2, 3])
    for column in ("from_stop_id", "to_stop_id"):
        lost = sorted(set(text[column][between]) - set(stops))
        if lost:
            problems.append(f"transfers.txt.{column}: {len(lost)} are not in stops.txt: {', '.join(lost[:5])}")
    narrow = between & pd.concat([text[c] != "" for c in _NARROW], axis=1).any(axis=1)
    rules = pd.DataFrame({"from_stop": text["from_stop_id"], "to_stop": text["to_stop_id"], "kind": kind,
                          "seconds": seconds})[between & ~narrow]  # fmt: skip
    pairs = pd.DataFrame({"trip": text["from_trip_id"], "next_trip": text["to_trip_id"], "seated": kind == 4})[
        kind.isin([4, 5])
    ]
    notes = [f"{int(narrow.sum())} changes for single routes or trips left out"] if narrow.any() else []
    return rules.astype({"kind": "int64"}).reset_index(drop=True), pairs.reset_index(drop=True), notes
