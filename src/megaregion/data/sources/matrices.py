"""Matrices between zones: CSV in long and square form, and OMX (HDF5).

OMX: https://github.com/osPlanning/omx/wiki/Specification. A lookup of an OMX file holds whole numbers, so labels with
letters or leading zeros can only be written as CSV.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion import _optional
from megaregion.data.atomic import replacing, write_text
from megaregion.data.problem import first
from megaregion.data.sources.table import read_table
from megaregion.data.trips import Trips
from megaregion.errors import InputError

_LONG = {  # names of the columns of a long table, as programs write them
    "origin": ("origin", "origin_id", "o_zone_id", "from", "from_zone", "orig", "o"),
    "destination": ("destination", "destination_id", "d_zone_id", "to", "to_zone", "dest", "d"),
    "value": ("value", "volume", "trips", "flow", "demand", "count"),
}
_MANY = 5


def read_matrix(path: Path, *, zones: pd.Index | None = None) -> Trips:
    """Read a table of trips: CSV, XLSX or Parquet, long or square.

    Parameters
    ----------
    path : Path
        Long: columns origin, destination, value (also o_zone_id, d_zone_id, volume of GMNS, from, to, trips). Square:
        the first column holds the origins, the other columns are named by the destinations; every cell is filled.
    zones : Index, optional
        Zones of the network, in whose order the trips are returned.

    Raises
    ------
    InputError
        Pairs or labels stand twice, cells are empty, no numbers or negative, zones with demand are unknown; all that
        is wrong in the table is listed.
    """
    path = Path(path)
    frame, found = read_table(path, path.name)
    problems = [f"{p.message}" + (f" [{', '.join(p.labels)}]" if p.labels else "") for p in found
                if p.severity == "error"]  # fmt: skip
    if problems:
        raise InputError(f"{path.name}: " + "; ".join(problems), hint="correct the file")
    named = {str(c).strip().lower(): c for c in frame.columns}
    long = {role: next((named[a] for a in aliases if a in named), None) for role, aliases in _LONG.items()}
    notes = tuple(p.message for p in found)
    if None not in (long["origin"], long["destination"]):
        if long["value"] is None:
            raise InputError(
                f"{path.name} has origins and destinations but no column of values",
                hint=f"name it {', '.join(_LONG['value'])}; there: {', '.join(map(str, frame.columns))}",
            )
        trips = _long(frame[[long["origin"], long["destination"], long["value"]]], path.name, notes)
    else:
        trips = _square(frame, path.name, notes)
    return trips if zones is None else trips.aligned(zones)


def _text(cells: pd.Series) -> NDArray[np.object_]:
    """Labels as text; whole numbers of typed files without a decimal point."""
    if pd.api.types.is_float_dtype(cells):
        whole = cells.notna() & (cells == cells.round())
        return np.where(whole, cells.where(whole, 0).astype("int64").astype(str), cells.astype(str)).astype(object)
    return cells.astype(str).str.strip().to_numpy(object)


def _numbers(cells: pd.Series) -> NDArray[np.float64]:
    return pd.to_numeric(cells.astype(str).str.strip(), errors="coerce").to_numpy(float)


def _long(frame: pd.DataFrame, name: str, notes: tuple[str, ...]) -> Trips:
    start, end = _text(frame.iloc[:, 0]), _text(frame.iloc[:, 1])
    value = _numbers(frame.iloc[:, 2])
    row = np.arange(1, len(frame) + 1)
    empty = np.isin(start, ["", "nan", "None"]) | np.isin(end, ["", "nan", "None"])
    twice = pd.DataFrame({"o": start, "d": end}).duplicated().to_numpy() & ~empty
    what = [f"row {i} ({o} to {d})" for i, o, d in zip(row, start, end, strict=True)]
    cells = frame.iloc[:, 2].astype(str).to_numpy(object)
    _check(name, [
        ("a zone is empty", [f"row {i}" for i in row[empty]]),
        ("a pair stands twice", [what[i] for i in np.flatnonzero(twice)]),
        ("a value is empty or no number", [f"{what[i]} has {cells[i]!r}" for i in np.flatnonzero(~np.isfinite(value))]),
        ("a value is negative", [f"{what[i]} has {value[i]:g}" for i in np.flatnonzero(value < 0)]),
    ])  # fmt: skip
    zones = pd.Index(pd.unique(np.concatenate([start, end])), dtype=object)
    return Trips(zones=zones, origin=zones.get_indexer(pd.Index(start, dtype=object)),
                 destination=zones.get_indexer(pd.Index(end, dtype=object)), value=value, name=name,
                 notes=notes)  # fmt: skip


def _square(frame: pd.DataFrame, name: str, notes: tuple[str, ...]) -> Trips:
    if frame.shape[1] < 2:
        raise InputError(
            f"{name} is neither long (origin, destination, value) nor square (one column a destination)",
            hint=f"columns there: {', '.join(map(str, frame.columns)) or 'none'}",
        )
    start = _text(frame.iloc[:, 0])
    end = np.array([str(c).strip() for c in frame.columns[1:]], dtype=object)
    value = np.column_stack([_numbers(frame.iloc[:, i + 1]) for i in range(len(end))])
    rows, columns = pd.Index(start, dtype=object), pd.Index(end, dtype=object)
    _check(name, [
        ("an origin stands twice", list(rows[rows.duplicated()])),
        ("a destination stands twice", list(columns[columns.duplicated()])),
        ("an origin is no destination", list(rows.difference(columns, sort=False))),
        ("a destination is no origin", list(columns.difference(rows, sort=False))),
        ("a cell is empty or no number", _cells(~np.isfinite(value), start, end)),
        ("a cell is negative", _cells(value < 0, start, end)),
    ])  # fmt: skip
    return Trips.of(pd.DataFrame(value, index=start, columns=end), name=name, notes=notes)


def _cells(hits: NDArray[np.bool_], start: NDArray[np.object_], end: NDArray[np.object_]) -> list[str]:
    return [f"{start[i]} to {end[j]}" for i, j in np.argwhere(hits)]


def _check(name: str, findings: list[tuple[str, list[Any]]]) -> None:
    """One error for everything that was found."""
    out = []
    for what, where in findings:
        if where:
            more = f" and {len(where) - _MANY} more" if len(where) > _MANY else ""
            out.append(f"{what}: {', '.join(first(where, _MANY))}{more}")
    if out:
        raise InputError(
            f"{name} cannot be used:" + "".join(f"\n  {text}" for text in out),
            hint="rows are counted from 1 below the header; a pair without trips is 0 or has no row",
        )


def read_omx(
    path: Path, *, matrix: str | None = None, lookup: str | None = None, zones: pd.Index | None = None
) -> Trips:
    """Read one matrix of an OMX file.

    Parameters
    ----------
    path : Path
    matrix, lookup : str, optional
        Names in the file; needed where it holds several.
    zones : Index, optional
        Zones of the network, in whose order the trips are returned.

    Raises
    ------
    MissingExtraError
        The package openmatrix (extra `omx`) is not there.
    InputError
        The file cannot be read, the choice is not clear, there is no lookup that labels the rows, cells are missing
        or negative.
    """
    omx = _optional.require("openmatrix", extra="omx")
    path = Path(path)
    try:
        file = omx.open_file(str(path), "r")
    except Exception as error:  # HDF5 raises classes of its own for what is no HDF5 file
        raise InputError(f"{path.name} cannot be read as OMX: {error}", hint="write it again") from error
    try:
        name = _choice(path.name, "matrix", matrix, file.list_matrices())
        value = np.asarray(file[name][:], dtype=float)
        which = _choice(path.name, "lookup", lookup, file.list_mappings())
        entries = [e.decode() if isinstance(e, bytes) else str(e) for e in file.map_entries(which)]
    finally:
        file.close()
    labels = np.array([e.strip() for e in entries], dtype=object)
    if value.shape != (len(labels), len(labels)):
        raise InputError(f"{path.name}: matrix {name} has shape {value.shape}, lookup {which} {len(labels)} labels",
                         hint="trips need a square matrix and a lookup of its zones")  # fmt: skip
    index = pd.Index(labels, dtype=object)
    _check(f"{path.name}, matrix {name}", [
        ("a zone stands twice", list(index[index.duplicated()])),
        ("a cell is missing", _cells(~np.isfinite(value), labels, labels)),
        ("a cell is negative", _cells(value < 0, labels, labels)),
    ])  # fmt: skip
    trips = Trips.of(pd.DataFrame(value, index=labels, columns=labels), name=f"{path.name}:{name}")
    return trips if zones is None else trips.aligned(zones)


def _choice(file: str, what: str, wanted: str | None, there: list[str]) -> str:
    names = sorted(map(str, there))
    if wanted is None and len(names) == 1:
        return names[0]
    if wanted in names:
        return str(wanted)
    if not names:
        raise InputError(f"{file} holds no {what}", hint="a lookup says which zone a row is; position says nothing")
    came = "none was named" if wanted is None else f"there is no {wanted!r}"
    raise InputError(f"{file}: one {what} must be chosen, {came}", hint=f"there: {', '.join(names[:10])}")


def write_omx(path: Path, frames: Mapping[str, pd.DataFrame], *, lookup: str = "zone") -> None:
    """Write square frames with the same zones as one OMX file, in one step.

    Parameters
    ----------
    path : Path
    frames : mapping
        Name of the matrix -> frame, rows origin, columns destination.
    lookup : str, default "zone"
        Name of the list of zones.

    Raises
    ------
    MissingExtraError
        The package openmatrix (extra `omx`) is not there.
    InputError
        The frames differ in their zones, or labels are not whole numbers.
    """
    omx = _optional.require("openmatrix", extra="omx")
    if not frames:
        raise InputError("an OMX file needs at least one matrix", hint="give a frame")
    labels = next(iter(frames.values())).index.astype(str)
    wrong = [n for n, f in frames.items() if not (f.index.astype(str).equals(labels)
                                                  and f.columns.astype(str).equals(labels))]  # fmt: skip
    if wrong:
        raise InputError(f"all matrices of {path.name} must have the same zones in one order: {', '.join(wrong)}")
    numbers = [t for t in labels if not (t.isdigit() and str(int(t)) == t and int(t) < 2**32)]
    if numbers:
        raise InputError(f"an OMX lookup holds whole numbers, these labels are none: {', '.join(first(numbers))}",
                         hint="write CSV, which keeps every label")  # fmt: skip
    with replacing(Path(path)) as temporary:
        file = omx.open_file(str(temporary), "w")
        try:
            for name, frame in frames.items():
                file[name] = np.ascontiguousarray(frame.to_numpy(float))
            file.create_mapping(lookup, [int(t) for t in labels])
        finally:
            file.close()


def write_matrix(path: Path, trips: Trips) -> None:
    """Write trips as a long CSV: origin, destination, value; pairs without trips have no row."""
    write_text(Path(path), trips.to_frame().to_csv(index=False, lineterminator="\n"))
