"""Trips between zones: a sparse matrix with labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.data.problem import first
from megaregion.errors import AlignmentError, InputError

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, eq=False, kw_only=True)
class Trips:
    """Demand from every zone to every other.

    Attributes
    ----------
    zones : Index
        Labels (text) of rows and columns.
    origin, destination : int arrays (pairs,)
        Positions in `zones`, sorted by origin, then destination; no pair twice.
    value : array (pairs,)
        Trips, finite and >= 0, in the unit of `unit`; pairs without a row have none.
    unit : str
    name : str
    notes : tuple of str

    Raises
    ------
    InputError
        Repeated zones or pairs, values that are negative or missing; everything wrong is listed.
    """

    zones: pd.Index
    origin: NDArray[np.int64]
    destination: NDArray[np.int64]
    value: NDArray[np.float64]
    unit: str = "unstated"
    name: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        order = np.lexsort((self.destination, self.origin))
        for field in ("origin", "destination", "value"):
            object.__setattr__(self, field, np.asarray(getattr(self, field))[order])
        problems = []
        if not self.zones.is_unique:
            problems.append(f"zones stand twice: {', '.join(first(self.zones[self.zones.duplicated()].unique()))}")
        pair = self.origin * len(self.zones) + self.destination
        if (twice := np.flatnonzero(pair[1:] == pair[:-1])).size:
            problems.append(f"{twice.size} pairs stand twice: {self._pairs(twice)}")
        if (bad := np.flatnonzero(~(np.isfinite(self.value) & (self.value >= 0)))).size:
            problems.append(f"{bad.size} values are negative or not finite: {self._pairs(bad)}")
        if problems:
            raise InputError(f"the trips {self.name} cannot be used: ".replace("  ", " ") + "; ".join(problems),
                             hint="one finite value >= 0 a pair")  # fmt: skip

    def _pairs(self, rows: NDArray[np.intp]) -> str:
        return ", ".join(
            f"{self.zones[self.origin[i]]} to {self.zones[self.destination[i]]} = {self.value[i]:g}" for i in rows[:5]
        )

    @classmethod
    def of(cls, frame: pd.DataFrame, **facts: Any) -> Trips:
        """From a square frame, rows origin, columns destination, the same labels in any order.

        Raises
        ------
        AlignmentError
            Rows and columns speak of different zones.
        InputError
            See the class.
        """
        rows, columns = (pd.Index(axis.astype(str)) for axis in (frame.index, frame.columns))
        if not rows.is_unique or not columns.is_unique or len(differ := rows.symmetric_difference(columns)):
            differ = rows.symmetric_difference(columns)
            raise AlignmentError(
                "rows and columns of the trips must be the same zones: "
                + (", ".join(first(differ)) + " on one side only" if len(differ) else "some stand twice")
            )
        table = frame.set_axis(rows, axis=0).set_axis(columns, axis=1).reindex(columns=rows).to_numpy(float)
        origin, destination = np.nonzero(table != 0)  # a missing value differs from 0 and is refused below
        return cls(zones=rows, origin=origin, destination=destination, value=table[origin, destination], **facts)

    @property
    def total(self) -> float:
        """Sum of all trips, those inside zones too."""
        return float(self.value.sum())

    def matrix(self) -> csr_array:
        """Sparse matrix (zones, zones)."""
        from scipy.sparse import coo_array

        n = len(self.zones)
        return coo_array((self.value, (self.origin, self.destination)), shape=(n, n)).tocsr()

    def to_frame(self) -> pd.DataFrame:
        """Long frame: origin, destination, value; pairs without trips are left out."""
        zones = self.zones.to_numpy(object)
        keep = self.value != 0
        return pd.DataFrame({"origin": zones[self.origin[keep]], "destination": zones[self.destination[keep]],
                             "value": self.value[keep]})  # fmt: skip

    def aligned(self, zones: pd.Index) -> Trips:
        """The same trips in the order of other zones, of which these must be a part.

        Raises
        ------
        AlignmentError
            There is demand to or from zones that are not among `zones`.
        """
        place = zones.get_indexer(self.zones)
        used = np.zeros(len(self.zones), dtype=bool)
        used[self.origin[self.value > 0]] = used[self.destination[self.value > 0]] = True
        lost = self.zones[(place < 0) & used]
        if len(lost):
            raise AlignmentError(
                f"{len(lost)} zones with demand are not in the network: {', '.join(first(lost))}",
                hint=f"the network has {len(zones)} zones, as {', '.join(first(zones))}",
            )
        keep = self.value > 0
        return Trips(zones=zones, origin=place[self.origin[keep]], destination=place[self.destination[keep]],
                     value=self.value[keep], unit=self.unit, name=self.name, notes=self.notes)  # fmt: skip


def read_trips(path: Path, *, zones: Sequence[str] | pd.Index | None = None, matrix: str | None = None) -> Trips:
    """Read trips; the reader is chosen by the kind of file.

    Parameters
    ----------
    path : Path
        TNTP trip table (``.tntp``, ``.txt``, also ``.gz``), OMX, CSV in long form (origin, destination, value) or as
        a square table, or a folder with the demand.csv of GMNS.
    zones : labels, optional
        Zones of the network, in whose order the trips are returned; demand to or from others is an error.
    matrix : str, optional
        Which matrix of an OMX file; needed if there are several.

    Raises
    ------
    InputError
        The kind is not known or the file cannot be used.
    """
    from megaregion.data.sources import matrices, tntp

    path = Path(path)
    if path.is_dir():
        path = path / "demand.csv"
    if not path.is_file():
        raise InputError(f"there is no {path}", hint="give a file of trips")
    name = path.name.lower().removesuffix(".gz")
    known = None if zones is None else pd.Index(zones)
    if name.endswith(".omx"):
        return matrices.read_omx(path, matrix=matrix, zones=known)
    if matrix is not None:
        raise InputError(f"{path.name} holds one matrix, so {matrix!r} cannot be chosen", hint="leave the name out")
    if name.endswith((".tntp", ".txt")):
        return tntp.read_trips(path, zones=known)
    if name.endswith((".csv", ".xlsx", ".parquet")):
        return matrices.read_matrix(path, zones=known)
    raise InputError(f"{path.name} is no trip table that is known here", hint="known: .tntp, .txt, .gz, .omx, .csv")
