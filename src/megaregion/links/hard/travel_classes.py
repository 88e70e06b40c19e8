"""Classes of travellers from a table, and the costs at which their trips were counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from megaregion.data.problem import first
from megaregion.data.roads import Roads
from megaregion.data.sources.table import read_table
from megaregion.data.trips import Trips, read_trips
from megaregion.errors import InputError
from megaregion.links.hard.assignment_options import TravelClass

NUMBERS = ("share", "toll_weight", "distance_weight", "pce")
COLUMNS = ("name", "trips", "matrix", "use", *NUMBERS)


def read_classes(path: Path, roads: Roads, trips: Trips | None = None) -> tuple[TravelClass, ...]:
    """Read classes of travellers, one row each.

    Parameters
    ----------
    path : Path
        CSV or XLSX. `name`; `trips`, a file beside the table (TNTP, OMX, CSV), or empty for `trips` below; `matrix` of
        an OMX file; `share` of these trips (1); `toll_weight`, `distance_weight`, time that a unit is worth (as the
        options of the assignment where empty); `use`, the class takes only links that allow it (any link); `pce`,
        passenger-car units of a vehicle (1). All but `name` may be left out.
    roads : Roads
    trips : Trips, optional
        What classes without a file of their own have a share of.

    Returns
    -------
    tuple of TravelClass
        In the order of the table.

    Raises
    ------
    InputError
        Everything that is wrong with the table, or a file of trips that cannot be used.
    """
    path = Path(path)
    frame, found = read_table(path, path.name)
    problems = [p.message for p in found if p.severity == "error"]
    if not problems:
        problems = _problems(frame, roads, trips)
    if problems:
        raise InputError(f"{path.name}: " + "; ".join(problems), hint="columns: " + ", ".join(COLUMNS))
    rows = frame.reindex(columns=list(COLUMNS)).astype(object).fillna("").astype(str).apply(lambda c: c.str.strip())
    return tuple(_class(row, path.parent, roads, trips) for row in rows.to_dict("records"))


def read_reference(folder: Path, names: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Costs between zones by class that `assign --out FOLDER --skims` has written, for `TripResponse`.

    Parameters
    ----------
    folder : Path
    names : sequence of str
        Classes; ``all`` of trips without classes.

    Returns
    -------
    dict of str to DataFrame
        Rows origin, columns destination; infinite where there was no way, 0 within a zone.

    Raises
    ------
    InputError
        A file is missing or cannot be read.
    """
    from megaregion.data.sources.matrices import read_matrix

    lost = [f"skim_{name}.csv" for name in names if not (Path(folder) / f"skim_{name}.csv").is_file()]
    if lost:
        raise InputError(f"{Path(folder).name} has no {', '.join(lost)}",
                         hint="assign the trips to the roads of today with --out FOLDER --skims")  # fmt: skip
    out = {}
    for name in names:
        cost = read_matrix(Path(folder) / f"skim_{name}.csv")
        table = pd.DataFrame(float("inf"), index=cost.zones, columns=cost.zones)
        values = table.to_numpy(copy=True)
        values[cost.origin, cost.destination] = cost.value
        out[name] = pd.DataFrame(values, index=cost.zones, columns=cost.zones)
    return out


def _problems(frame: pd.DataFrame, roads: Roads, trips: Trips | None) -> list[str]:
    out = []
    if strange := [str(c) for c in frame.columns if c not in COLUMNS]:
        out.append(f"unknown columns {', '.join(strange)}")
    if "name" not in frame.columns:
        return [*out, "it has no column name"]
    if frame.empty:
        return [*out, "it has no rows"]
    names = frame["name"].fillna("").astype(str).str.strip()
    if (names == "").any() or not names.is_unique:
        out.append(f"every class needs a name of its own, got {', '.join(map(repr, names))}")
    if bad := [n for n in names if not n.replace("_", "").isalnum()]:
        out.append(f"names are letters, digits and _ (they name columns and files), got {', '.join(map(repr, bad))}")
    for column in NUMBERS:
        if column not in frame.columns:
            continue
        text = frame[column].fillna("").astype(str).str.strip()
        value = pd.to_numeric(text, errors="coerce")
        least = value > 0 if column in ("share", "pce") else value >= 0
        wrong = (text != "") & ~(least & (value < float("inf")))
        if column == "share":
            wrong |= value > 1
        if wrong.any():
            span = {"share": "a number in (0, 1]", "pce": "a number > 0"}.get(column, "a number >= 0")
            out.append(f"{column} must be {span}: " + ", ".join(first(names[wrong] + "=" + text[wrong])))
    own = frame.get("trips", pd.Series("", index=frame.index)).fillna("").astype(str).str.strip()
    if trips is None and (own == "").any():
        out.append(f"no trips for {', '.join(first(names[own == '']))}: name a file, or give TRIPS to share")
    use = frame.get("use", pd.Series("", index=frame.index)).fillna("").astype(str).str.strip()
    if (use != "").any() and "allowed_uses" not in roads.links.columns:
        out.append("use is given but no link of the network says which uses it allows (allowed_uses)")
    return out


def _class(row: dict[str, str], folder: Path, roads: Roads, trips: Trips | None) -> TravelClass:
    if row["trips"]:
        own = read_trips(folder / row["trips"], zones=roads.zones, matrix=row["matrix"] or None)
    elif trips is not None:
        own = trips
    else:  # excluded before
        raise InputError(f"no trips for {row['name']}")
    share = float(row["share"] or 1.0)
    given = {name: float(row[name]) for name in ("toll_weight", "distance_weight", "pce") if row[name]}
    return TravelClass(name=row["name"], trips=replace(own, value=share * own.value), use=row["use"] or None, **given)
