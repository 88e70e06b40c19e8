"""Gains of parties from measures: plain tables, and joint gains of sets of measures that interact."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from megaregion.core.games import coalitions
from megaregion.core.participation import TOLERANCE, Listed
from megaregion.errors import InputError, MissingDataError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
COLUMNS = ("measure", "party", "gain", "cost", "requires", "excludes")
LARGEST_JOINT = 14  # measures of which every set is evaluated
_PLAIN = ("measure", "party", "gain")


@dataclass(frozen=True, eq=False, kw_only=True)
class MeasureTable:
    """A plain table of measures, taken apart.

    Attributes
    ----------
    gains : DataFrame
        Rows measures, columns parties, both in order.
    costs : dict or None
        Cost by measure; None if the table has none.
    requires : dict
        Measure -> measures it comes with.
    excludes : tuple of pairs
        Never both.
    """

    gains: pd.DataFrame
    costs: dict[str, float] | None = None
    requires: dict[str, tuple[str, ...]] | None = None
    excludes: tuple[tuple[str, str], ...] = ()

    def merged(
        self,
        costs: Mapping[str, float] | None,
        requires: Mapping[str, Iterable[str]] | None,
        excludes: Iterable[tuple[str, str]],
        wrong: list[str],
    ) -> tuple[Mapping[str, float] | None, Mapping[str, Iterable[str]] | None, Iterable[tuple[str, str]]]:
        """What the table says, or what is given beside it; both at once is collected as wrong."""
        excludes = tuple(excludes)
        for name, own, given in (
            ("costs", self.costs, costs), ("requires", self.requires, requires), ("excludes", self.excludes, excludes),
        ):  # fmt: skip
            if own and given:
                wrong.append(f"{name} stand in the table and are given beside it: keep one")
        return (
            self.costs if self.costs is not None else costs,
            self.requires if self.requires is not None else requires,
            self.excludes or excludes,
        )


def measure_table(frame: pd.DataFrame) -> MeasureTable:
    """Gains by measure and party from a plain or a wide table.

    Parameters
    ----------
    frame : DataFrame
        Columns measure, party, gain, with one row a measure and party, and if wanted cost (one value a measure),
        requires, excludes (measures separated by semicolons); columns that begin with ``x_`` are passed over. Or rows
        measures (the index), columns parties. Numbers may be text.

    Raises
    ------
    MissingDataError
        A party has no gain from a measure: no effect is a gain of 0 and must be said.
    InputError
        Columns are unknown, names are empty or repeated, numbers cannot be read or are infinite, a cost differs between
        the rows of a measure; everything at once.
    """
    if not set(_PLAIN) <= set(frame.columns):
        if set(_PLAIN) & set(frame.columns):
            raise InputError(
                f"a plain table needs the columns {', '.join(_PLAIN)}, got {', '.join(map(str, frame.columns))}"
            )
        return MeasureTable(gains=_wide(frame))
    wrong = [f"unknown column {c!r}" for c in frame.columns if c not in COLUMNS and not str(c).startswith("x_")]
    names = {c: frame[c].map(_text) for c in ("measure", "party", "requires", "excludes") if c in frame}
    for column in ("measure", "party"):
        if (empty := names[column] == "").any():
            wrong.append(f"{column} is empty in {int(empty.sum())} rows")
    twice = pd.DataFrame(names)[["measure", "party"]].duplicated()
    if twice.any():
        pairs = names["measure"][twice] + " / " + names["party"][twice]
        wrong.append(f"a measure and party stand in several rows: {some(pairs.tolist())}")
    gain = _read(frame["gain"], names["measure"], "gain", wrong)
    cost = _read(frame["cost"], names["measure"], "cost", wrong) if "cost" in frame else None
    if cost is not None and (mixed := sorted(names["measure"][~_one_each(cost, names["measure"])].unique())):
        wrong.append(f"cost differs between the rows of {some(mixed)}")
    if wrong:
        raise InputError("; ".join(wrong), hint=f"columns: {', '.join(COLUMNS)}; others begin with x_")
    wide = _wide(pd.DataFrame({**names, "gain": gain}).pivot(index="measure", columns="party", values="gain"))
    costs = None
    if cost is not None and cost.notna().any():
        costs = {str(m): float(c) for m, c in cost.groupby(names["measure"]).first().items() if c == c}
    requires = _lists(names, "requires")
    excludes = tuple(
        sorted({(min(a, b), max(a, b)) for a, others in _lists(names, "excludes").items() for b in others})
    )
    return MeasureTable(gains=wide, costs=costs, requires=requires or None, excludes=excludes)


@dataclass(frozen=True, eq=False, kw_only=True)
class JointGains:
    """Gains of whole sets of measures, for measures that interact.

    Attributes
    ----------
    measures, parties : Index
    sets : (s, m) booleans
        Sets that were evaluated; only these can be agreed on.
    gains : (s, n) array
        Gain of each party from each set, against no agreement.
    """

    measures: pd.Index
    parties: pd.Index
    sets: Bools
    gains: Floats

    def __post_init__(self) -> None:
        wrong = []
        s, m, n = len(self.sets), len(self.measures), len(self.parties)
        if self.sets.shape != (s, m) or self.gains.shape != (s, n) or not m or not n:
            raise InputError(f"expected sets (s, {m}) and gains (s, {n}), got {self.sets.shape}, {self.gains.shape}")
        if not (self.measures.is_unique and self.parties.is_unique):
            wrong.append("measures or parties are repeated")
        if len(np.unique(self.sets, axis=0)) < s:
            wrong.append("a set of measures stands in several rows")
        none = ~self.sets.any(axis=1)
        if not none.any():
            wrong.append("the empty set is missing")
        elif np.any(self.gains[none] != 0):
            wrong.append("the empty set has gains: they are counted against no agreement")
        if np.isinf(self.gains).any():
            wrong.append("gains are infinite")
        if wrong:
            raise InputError("; ".join(wrong))
        if np.isnan(self.gains).any():
            raise MissingDataError(f"gains are missing in {int(np.isnan(self.gains).any(axis=1).sum())} sets",
                                   hint="leave a set out that was not evaluated")  # fmt: skip

    @classmethod
    def evaluated(
        cls, gains_of: Callable[[Bools], ArrayLike], measures: Sequence[str], parties: Sequence[str]
    ) -> JointGains:
        """Every set, evaluated by a callable.

        Parameters
        ----------
        gains_of : callable
            Rows of booleans (b, m), one a set -> gains (b, n).
        measures, parties : sequence of str
            Up to 14 measures.

        Raises
        ------
        InputError
            There are too many measures, or gains of another shape come back.
        """
        if not 1 <= len(measures) <= LARGEST_JOINT:
            raise InputError(
                f"joint gains need 1 to {LARGEST_JOINT} measures, got {len(measures)}",
                hint="join measures that go together, or list the sets that matter in a table",
            )
        sets = coalitions(len(measures))
        gains = np.asarray(gains_of(sets), dtype=np.float64)
        return cls(measures=pd.Index(measures), parties=pd.Index(parties), sets=sets, gains=gains)

    @classmethod
    def listed(cls, frame: pd.DataFrame) -> JointGains:
        """Sets that stand in a table.

        Parameters
        ----------
        frame : DataFrame, rows sets, columns parties
            The index holds the measures of each set separated by semicolons; the empty set is added if it is not there.

        Raises
        ------
        InputError, MissingDataError
            Sets are repeated, or gains are missing or infinite.
        """
        rows = [tuple(part.strip() for part in str(label).split(";") if part.strip()) for label in frame.index]
        measures = pd.Index(sorted({name for row in rows for name in row}), dtype="str")
        sets = np.array([[name in row for name in measures] for row in rows], dtype=bool).reshape(len(rows), -1)
        gains = frame.to_numpy(dtype=np.float64)
        if not (~sets.any(axis=1)).any():
            sets = np.vstack([np.zeros(len(measures), dtype=bool), sets])
            gains = np.vstack([np.zeros(gains.shape[1]), gains])
        return cls(measures=measures, parties=frame.columns.astype("str"), sets=sets, gains=gains)

    def allowed(
        self, cost: Floats, budget: float, requires: Sequence[tuple[int, int]], excludes: Sequence[tuple[int, int]]
    ) -> Listed:
        """The sets within the budget that keep requires and excludes."""
        good = self.sets @ cost <= budget * (1 + TOLERANCE) if np.isfinite(budget) else np.ones(len(self.sets), bool)
        for a, b in requires:
            good &= ~self.sets[:, a] | self.sets[:, b]
        for a, b in excludes:
            good &= ~(self.sets[:, a] & self.sets[:, b])
        return Listed(self.sets[good], self.gains[good])

    def alone(self) -> Floats:
        """Gains (m, n) of each measure alone; NaN where that set was not evaluated."""
        out = np.full((len(self.measures), len(self.parties)), np.nan)
        single = np.flatnonzero(self.sets.sum(axis=1) == 1)
        out[self.sets[single].argmax(axis=1)] = self.gains[single]
        return out


def numbers(
    given: float | Mapping[str, float], labels: pd.Index, name: str, wrong: list[str], *, least: float = -np.inf
) -> Floats:
    """One finite number a label, from one for all or from a mapping that has each label; problems are collected."""
    if isinstance(given, Mapping | pd.Series):
        by = {str(k): float(v) for k, v in given.items()}
        if lost := [label for label in map(str, labels) if label not in by]:
            wrong.append(f"{name} is missing for {some(lost)}")
        if extra := sorted(set(by) - set(map(str, labels))):
            wrong.append(f"{name} names what has no gains: {some(extra)}")
        out = np.array([by.get(str(label), 0.0) for label in labels], dtype=np.float64)
    else:
        out = np.full(len(labels), float(given))
    if (bad := ~np.isfinite(out) | (out < least)).any():
        wrong.append(f"{name} is not finite{f' or below {least:g}' if least > -np.inf else ''} for {some(labels[bad])}")
    return out


def some(labels: Iterable[Any]) -> str:
    """The first five labels."""
    every = [str(label) for label in labels]
    return ", ".join(every[:5]) + (f" and {len(every) - 5} more" if len(every) > 5 else "")


def _wide(frame: pd.DataFrame) -> pd.DataFrame:
    """Sorted gains as numbers, nothing missing."""
    wrong = []
    if not len(frame.index) or not len(frame.columns):
        raise InputError("there are no gains: the table is empty", hint="one row a measure and party")
    for name, axis in (("measures", frame.index), ("parties", frame.columns)):
        if not axis.is_unique:
            wrong.append(f"{name} are repeated: {some(axis[axis.duplicated()])}")
    if wrong:
        raise InputError("; ".join(wrong))
    frame = frame.set_axis(frame.index.astype("str"), axis=0).set_axis(frame.columns.astype("str"), axis=1)
    frame = frame.sort_index().sort_index(axis=1)
    out = pd.DataFrame({name: pd.to_numeric(frame[name], errors="coerce") for name in frame}).astype("float64")
    lost = out.isna().to_numpy()
    if lost.any():
        cells = [f"{out.index[i]} / {out.columns[j]}" for i, j in np.argwhere(lost)]
        raise MissingDataError(f"{len(cells)} gains are missing (measure / party): {some(cells)}",
                               hint="write 0 where a party is not touched")  # fmt: skip
    if np.isinf(out.to_numpy()).any():
        raise InputError(f"gains are infinite for {some(out.index[np.isinf(out.to_numpy()).any(axis=1)])}")
    return out


def _text(cell: object) -> str:
    return "" if cell is None or cell != cell else str(cell).strip()


def _read(column: pd.Series, measure: pd.Series, name: str, wrong: list[str]) -> pd.Series:
    """Numbers; empty cells are NaN, others that cannot be read are collected."""
    text = column.map(_text)
    out = pd.to_numeric(text.where(text != ""), errors="coerce").astype("float64")
    if (bad := (out.isna() & (text != "")) | np.isinf(out)).any():
        wrong.append(f"{name} is no finite number for {some(measure[bad].unique())}: {some(text[bad].unique())}")
    return out


def _one_each(cost: pd.Series, measure: pd.Series) -> pd.Series:
    """Whether the rows of a measure that state a cost state the same."""
    return cost.groupby(measure).transform("nunique") <= 1


def _lists(names: Mapping[str, pd.Series], column: str) -> dict[str, tuple[str, ...]]:
    if column not in names:
        return {}
    out: dict[str, set[str]] = {}
    for measure, text in zip(names["measure"], names[column], strict=True):
        out.setdefault(measure, set()).update(part.strip() for part in text.split(";") if part.strip())
    return {measure: tuple(sorted(others)) for measure, others in sorted(out.items()) if others}
