"""Units that were merged, split or redrawn: which part went where and when, and what that makes over many years."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from megaregion.data.problem import Problem, first
from megaregion.errors import InputError

By = Literal["population", "area"]
BASES: tuple[By, ...] = ("population", "area")
ROUNDING = 1e-3  # shares are printed with few decimals: a sum this near to one is one
WHERE = "tables/crosswalk.csv"


@dataclass(frozen=True, eq=False)
class Crosswalk:
    """Changes of borders, checked.

    Attributes
    ----------
    table : DataFrame
        Columns from_id, to_id, year, share; one row a part; the shares of every from_id and year sum to one.
    by : {'population', 'area'}
    notes : tuple of str
        What was done to the shares.
    """

    table: pd.DataFrame
    by: By
    notes: tuple[str, ...] = ()

    @property
    def years(self) -> tuple[int, ...]:
        """First years of new borders, ascending."""
        return tuple(sorted({int(y) for y in self.table["year"]}))

    def chain(self, units: pd.Index, *, after: int, until: int) -> pd.DataFrame:
        """Where units on the borders of year `after` lie on those of year `until`.

        Parameters
        ----------
        units : Index
            Units on the borders of `after`.
        after, until : int
            Changes of the years after < year <= until count, one after the other.

        Returns
        -------
        DataFrame
            Columns from_id, to_id, share, sorted; a unit that no change meets has one row to itself. Units that the
            crosswalk knows on the borders of `after` are there too, so that it can be seen whether one is lacking.

        Raises
        ------
        InputError
            `until` lies before `after`.
        """
        if until < after:
            raise InputError(
                f"values on the borders of {after} cannot be taken back to {until}: a crosswalk leads forward only",
                hint="choose borders at least as late as those of every value",
            )
        changes = {y: self.table[self.table["year"] == y] for y in self.years if after < y <= until}
        start, born = {str(u) for u in units}, set[str]()
        for part in changes.values():
            start |= set(part["from_id"]) - born
            born |= set(part["to_id"]) - set(part["from_id"])
        now = pd.DataFrame({"from_id": sorted(start), "to_id": sorted(start), "share": 1.0})
        for part in changes.values():
            met = now["to_id"].isin(set(part["from_id"]))
            step = now[met].merge(
                part[["from_id", "to_id", "share"]].rename(columns={"from_id": "via", "to_id": "to", "share": "part"}),
                left_on="to_id", right_on="via",
            )  # fmt: skip
            moved = pd.DataFrame(
                {"from_id": step["from_id"], "to_id": step["to"], "share": step["share"] * step["part"]}
            )
            now = pd.concat([now[~met], moved], ignore_index=True)
            now = now.groupby(["from_id", "to_id"], sort=True)["share"].sum().reset_index()
        return now

    def alive(self, year: int) -> set[str]:
        """Units of the crosswalk that exist on the borders of `year`."""
        out, born = set[str](), set[str]()
        for change in self.years:  # units that no change founded were there from the start
            part = self.table[self.table["year"] == change]
            out |= set(part["from_id"]) - born
            born |= set(part["to_id"])
        for change in (y for y in self.years if y <= year):
            part = self.table[self.table["year"] == change]
            out = (out - set(part["from_id"])) | set(part["to_id"])
        return out

    def pools(self, *, until: int) -> pd.Series:
        """For every unit that a change met, the units of year `until` that changes tie together: ``a+b``.

        Returns
        -------
        Series
            Index unit (of any year), value the identifiers of `until` joined by a plus sign.
        """
        from scipy.sparse import csr_matrix
        from scipy.sparse.csgraph import connected_components

        moved = self.table[(self.table["year"] <= until) & (self.table["from_id"] != self.table["to_id"])]
        units = pd.Index(sorted(set(moved["from_id"]) | set(moved["to_id"])), dtype=object)
        ends = units.get_indexer(moved["from_id"]), units.get_indexer(moved["to_id"])
        graph = csr_matrix((np.ones(len(moved)), ends), shape=(len(units), len(units)))
        label = pd.Series(connected_components(graph, directed=False)[1], index=units)
        now = self.alive(until)
        names = {k: "+".join(sorted(set(part.index) & now)) for k, part in label.groupby(label)}
        return label.map(names)

    def touched(self, units: pd.Series, before: pd.Series, year: pd.Series) -> pd.Series:
        """Whether a change of borders met each unit after year `before` and until `year`."""
        moved = self.table[self.table["from_id"] != self.table["to_id"]]  # a row of a unit to itself changes nothing
        years: dict[str, set[int]] = {}
        for column in ("from_id", "to_id"):
            for unit, when in zip(moved[column], moved["year"], strict=True):
                years.setdefault(str(unit), set()).add(int(when))
        out = [
            any(low < y <= high for y in years.get(str(unit), ()))
            for unit, low, high in zip(units, before, year, strict=True)
        ]
        return pd.Series(out, index=units.index, dtype=bool)


def crosswalk(table: pd.DataFrame, *, by: By = "population") -> Crosswalk:
    """Check a table of changes and take the shares wanted.

    Parameters
    ----------
    table : DataFrame
        Columns of the schema `crosswalk`.
    by : {'population', 'area'}
        Which shares split a unit. A unit that goes whole to one other needs none.

    Raises
    ------
    InputError
        Anything of `crosswalk_problems`, or a split has no shares of this kind; all at once.
    """
    if by not in BASES:
        raise InputError(f"by must be one of {', '.join(BASES)}, got {by!r}")
    found = [p for p in crosswalk_problems(table) if p.severity == "error"]
    column = f"share_{by}"
    rows = table[["from_id", "to_id", "year"]].assign(share=table[column].astype(float) if column in table else np.nan)
    group = rows.groupby(["from_id", "year"])["to_id"]
    alone = group.transform("size") == 1
    rows["share"] = rows["share"].where(~alone, rows["share"].fillna(1.0))
    lacking = rows["share"].isna()
    if lacking.any():
        found.append(
            Problem("error", "no-share", WHERE, f"splits need {column} in every row", column=column,
                    labels=_labels(rows[lacking]), count=int(lacking.sum()),
                    fix="fill the column, or split by the other kind of share")
        )  # fmt: skip
    if found:
        raise InputError("\n".join(p.line() for p in found), hint="mend the crosswalk")
    total = rows.groupby(["from_id", "year"])["share"].transform("sum")
    off = (total - 1.0).abs() > 1e-12
    notes: tuple[str, ...] = ()
    if off.any():
        notes = (f"rounded shares scaled to sum to one: {', '.join(dict.fromkeys(_labels(rows[off], ('from_id',))))}",)
    rows["share"] = rows["share"] / total
    order = rows.assign(year=rows["year"].astype(int)).sort_values(["year", "from_id", "to_id"])
    return Crosswalk(order.reset_index(drop=True), by, notes)


def crosswalk_problems(table: pd.DataFrame, *, known: set[str] | None = None, where: str = WHERE) -> list[Problem]:
    """Everything that is wrong with a table of changes.

    Parameters
    ----------
    table : DataFrame
        Columns of the schema `crosswalk`; rows with empty identifiers or years are left to other rules.
    known : set of str, optional
        Identifiers of places; a to_id that is neither there nor changed later is unknown.
    where : str
        How messages name the table.
    """
    rows = table.dropna(subset=["from_id", "to_id", "year"])
    problems: list[Problem] = []

    def find(code: str, bad: pd.Series, message: str, fix: str, column: str = "") -> None:
        if bad.any():
            labels = list(dict.fromkeys(_labels(rows[bad])))
            problems.append(Problem("error", code, where, message, column, tuple(labels[:5]), len(labels), fix))

    find("duplicate-id", rows.duplicated(["from_id", "to_id", "year"]), "a part is given twice", "delete one row")
    key = [rows["from_id"], rows["year"]]
    for column in (f"share_{by}" for by in BASES):
        if column not in rows:
            continue
        share = rows[column]
        find("share-range", (share <= 0) | (share > 1), "a share must lie above 0 and at most at 1",
             "leave out what gets nothing", column)  # fmt: skip
        total = share.groupby(key).transform("sum", min_count=1)
        find("share-sum", (total - 1).abs() > ROUNDING, "the shares of a unit must sum to 1 over its parts",
             "add the part that is lacking, or correct the shares", column)  # fmt: skip
        partly = share.isna() & share.notna().groupby(key).transform("any")
        find("share-gap", partly, "some parts of a unit have shares, this one none", "fill it", column)
    goes_on = _goes_on(rows)
    find("crosswalk-cycle", _cycles(rows, goes_on), "units of one year turn into each other in a circle",
         "give the changes different years, or new identifiers")  # fmt: skip
    ended = ~goes_on
    reborn = pd.Series(_pairs(rows, "to_id").isin(set(_pairs(rows[ended], "from_id"))), index=rows.index)
    find("crosswalk-chain", reborn & ~_cycles(rows, goes_on), "a unit that ends cannot take over another in that year",
         "lead the first unit to where the second one went, or give the changes different years")  # fmt: skip
    find("crosswalk-overlap", _overlaps(rows, goes_on), "a unit is changed again after it ended: its dates overlap",
         "give it a row to itself where it goes on, or correct the year")  # fmt: skip
    find("crosswalk-row", _unsaid(rows, goes_on), "a unit that an earlier change knows takes over a part without a row "
         "to itself", "give it a row to itself", "to_id")  # fmt: skip
    if known is not None:
        latest = rows.groupby("from_id")["year"].max()
        later = rows["to_id"].map(latest).astype(float).gt(rows["year"].astype(float))  # of no row: still numbers
        find("unknown-place", ~rows["to_id"].isin(known) & ~later, "expected a place_id of places.csv, or a unit that "
             "is changed later", "add the place, or correct the code", "to_id")  # fmt: skip
    return problems


def _goes_on(rows: pd.DataFrame) -> pd.Series:
    """Whether the from_id of each row still exists after the change of that year."""
    own = set(_pairs(rows[rows["from_id"] == rows["to_id"]], "from_id"))
    return pd.Series(_pairs(rows, "from_id").isin(own), index=rows.index)


def _pairs(rows: pd.DataFrame, column: str) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([rows[column], rows["year"]], names=["unit", "year"])


def _unsaid(rows: pd.DataFrame, goes_on: pd.Series) -> pd.Series:
    """Rows whose to_id exists by earlier changes and is no from_id of the year: does it go on, or is it new?"""
    changed = pd.Series(_pairs(rows, "to_id").isin(set(_pairs(rows, "from_id"))), index=rows.index)
    bad = []
    for i, row in rows[~changed & rows["to_id"].duplicated(keep=False)].iterrows():  # few: units met several times
        before = rows["year"] < row["year"]
        there = rows.loc[before & (rows["to_id"] == row["to_id"]), "year"]
        ended = rows.loc[before & (rows["from_id"] == row["to_id"]) & ~goes_on, "year"]
        bad += [i] if len(there) and not (len(ended) and ended.max() > there.max()) else []
    return pd.Series(rows.index.isin(bad), index=rows.index)


def _overlaps(rows: pd.DataFrame, goes_on: pd.Series) -> pd.Series:
    """Rows of units that ended before, and that no change has founded again since."""
    bad = []
    ends = rows[~goes_on].groupby("from_id")["year"].min()
    for i, row in rows[rows["from_id"].isin(set(ends.index))].iterrows():  # few: units that ended
        unit, when = row["from_id"], row["year"]
        before = rows.loc[~goes_on & (rows["from_id"] == unit) & (rows["year"] < when), "year"]
        if len(before):
            founded = rows["year"].between(before.max(), when, inclusive="neither") & (rows["to_id"] == unit)
            bad += [] if founded.any() else [i]
    return pd.Series(rows.index.isin(bad), index=rows.index)


def _cycles(rows: pd.DataFrame, goes_on: pd.Series) -> pd.Series:
    """Rows on a circle of units that end in the same year: peel off units that nobody leads to, then what is left."""
    open_ = rows[~goes_on & (rows["from_id"] != rows["to_id"])]
    while len(open_):
        keep = _pairs(open_, "from_id").isin(_pairs(open_, "to_id")) & _pairs(open_, "to_id").isin(
            _pairs(open_, "from_id")
        )
        if keep.all():
            break
        open_ = open_[keep]
    return pd.Series(rows.index.isin(open_.index), index=rows.index)


def _labels(rows: pd.DataFrame, columns: tuple[str, ...] = ("from_id", "to_id")) -> tuple[str, ...]:
    return first(
        [" > ".join(str(row[c]) for c in columns) + f" ({row['year']:.0f})" for _, row in rows.iterrows()], len(rows)
    )
