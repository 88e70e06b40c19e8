"""What the data doctor has before it: everything that could be read of a workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from megaregion.data.problem import Problem, Severity, first

YEARS = (1500, 2200)  # a year outside is a typing error
_LABELS = {
    "indicators": ("indicator", "place_id"),
    "flows": ("origin", "destination"),
    "services": ("origin", "destination"),
}


@dataclass(frozen=True, eq=False)
class Sheet:
    """One table, joined from its files.

    Attributes
    ----------
    name : str
        ``places``, ``flows`` ...
    frame : DataFrame
        Typed cells; columns of the schema that are there.
    raw : DataFrame
        The same rows as read: blanks at the ends and look-alike characters are still in place.
    file : Series
        File of each row, ``tables/flows.csv``.
    """

    name: str
    frame: pd.DataFrame
    raw: pd.DataFrame
    file: pd.Series

    def where(self, rows: pd.Series | None = None) -> str:
        """Files of these rows (of all rows if none are named)."""
        names = self.file if rows is None else self.file[rows]
        return " + ".join(sorted(names.unique())) or f"tables/{self.name}"

    def find(
        self,
        severity: Severity,
        code: str,
        rows: pd.Series,
        message: str,
        *,
        column: str = "",
        labels: pd.Series | Sequence[str] = (),
        fix: str = "",
    ) -> list[Problem]:
        """One finding about `rows` (mask over the frame), none if no row is meant.

        `labels` names the rows: a series, or columns to join (default: those that identify a row of the
        table); equal labels are shown once.
        """
        if not rows.any():
            return []
        named = labels[rows] if isinstance(labels, pd.Series) else self._named(rows, labels)
        distinct = list(dict.fromkeys(named.fillna("").astype(str)))
        n = int(rows.sum())
        told = message if n == len(distinct) else f"{message} ({n} rows)"
        return [
            Problem(
                severity, code, self.where(rows), told,
                column=column, labels=first(distinct), count=len(distinct), fix=fix,
            )
        ]  # fmt: skip

    def _named(self, rows: pd.Series, columns: Sequence[str]) -> pd.Series:
        wanted = columns or _LABELS.get(self.name, ())
        names = [c for c in wanted if c in self.frame.columns] or list(self.frame.columns[:1])
        some = self.frame.loc[rows, names]
        parts: list[pd.Series] = [
            some[c].map(lambda v: f"{v:g}") if some[c].dtype.kind == "f" else some[c].fillna("").astype(str)
            for c in names
        ]
        joined = parts[0]
        for part in parts[1:]:
            joined = joined + " " + part
        return joined


@dataclass(frozen=True, eq=False)
class Record:
    """Everything that could be read of a workspace; what could not be read is absent, and reported."""

    folder: Path
    config: Mapping[str, Any] = field(default_factory=dict)
    sheets: Mapping[str, Sheet] = field(default_factory=dict)
    trees: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    projects: Mapping[str, Any] = field(default_factory=dict)
    scenarios: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    layers: Mapping[str, Any] = field(default_factory=dict)
    """Polygon layers by file (and layer name): GeoDataFrame in WGS-84 coordinates, index `place_id`; the
    first is the one that the toolkit draws with."""

    def sheet(self, name: str, *columns: str) -> Sheet | None:
        """The table if it has rows and all these columns."""
        found = self.sheets.get(name)
        if found is None or found.frame.empty or not set(columns) <= set(found.frame.columns):
            return None
        return found

    @property
    def cluster(self) -> Mapping[str, Any]:
        """The table [cluster] of workspace.toml; empty if there is none."""
        found = self.config.get("cluster")
        return found if isinstance(found, dict) else {}

    @property
    def level(self) -> str:
        """Kind of place that is the unit of analysis."""
        return str(self.cluster.get("level", ""))

    @cached_property
    def kinds(self) -> pd.Series:
        """Kind of each place, index `place_id` (the first row of a repeated id counts)."""
        sheet = self.sheet("places", "place_id", "kind")
        if sheet is None:
            return pd.Series(dtype=object)
        rows = sheet.frame[["place_id", "kind"]].dropna().drop_duplicates("place_id")
        return rows.set_index("place_id")["kind"]

    def ids(self, table: str, column: str) -> set[str]:
        """Identifiers that a table gives; empty if the table is not there."""
        sheet = self.sheet(table, column)
        return set() if sheet is None else set(sheet.frame[column].dropna())

    @cached_property
    def panel(self) -> pd.DataFrame:
        """Usable indicator values, sorted by series (indicator, scope, place) and year.

        Columns indicator, scope, place_id, kind, year, value, unit, flag, series (number), row (position in
        the sheet). Rows without year, value or identifiers, and repeated ones, are left out: other rules
        report them.
        """
        columns = ["indicator", "scope", "place_id", "year", "value", "unit"]
        sheet = self.sheet("indicators", *columns)
        if sheet is None:
            return pd.DataFrame(columns=[*columns, "flag", "kind", "series", "row"])
        frame = sheet.frame[[*columns, "flag"]]
        return panel_of(frame, self.kinds)


def panel_of(frame: pd.DataFrame, kinds: pd.Series | None = None) -> pd.DataFrame:
    """Usable values of a table of indicators, sorted by series and year (see `Record.panel`).

    Parameters
    ----------
    frame : DataFrame
        Columns indicator, scope, place_id, year, value, unit, flag.
    kinds : Series, optional
        Kind of each place; without it all are of one kind.
    """
    columns = ["indicator", "scope", "place_id", "year"]
    usable = frame[columns].notna().all(axis=1) & np.isfinite(frame["value"].to_numpy(dtype=float))
    usable &= frame["year"].between(*YEARS)
    out = frame[usable].assign(row=np.flatnonzero(usable.to_numpy()))
    kind = out["place_id"].map({} if kinds is None else kinds.to_dict()).astype(object)
    out["kind"] = kind.where(kind.notna(), "")
    codes = [pd.factorize(out[name], sort=True)[0] for name in ("indicator", "scope", "place_id")]
    out["series"] = (codes[0] * (codes[1].max(initial=0) + 1) + codes[1]) * (codes[2].max(initial=0) + 1) + codes[2]
    out = out.iloc[np.lexsort((out["year"].to_numpy(), out["series"].to_numpy()))]
    twice = (out["series"].diff() == 0) & (out["year"].diff() == 0)
    unique: pd.DataFrame = out[~twice].reset_index(drop=True)
    return unique
