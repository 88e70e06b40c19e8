"""Theil T and L over the hierarchy of a cluster: what differs between the groups of each level inside the next."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion._rng import generator
from megaregion.core.inequality import nested
from megaregion.data.align import exact
from megaregion.data.cluster import ancestor
from megaregion.errors import InputError
from megaregion.nodes.disparity_tables import DisparityTable
from megaregion.result import Column, Input

DRAWS = 199
PLACES = "places"


@dataclass(frozen=True, eq=False, kw_only=True)
class NestedTheil(DisparityTable):
    """Parts of Theil's T and L by level; they sum to the index."""

    title_en: ClassVar[str] = "Theil indices over the hierarchy"
    title_zh: ClassVar[str] = "泰尔指数的逐级分解"

    def describe(self) -> tuple[Column, ...]:
        """Columns of the table."""
        f = "methods#nested-theil"
        return (
            Column("year", "year", "Year", "年份", key=True),
            Column("measure", "", "Index: T or L", "指数（T或L）", key=True),
            Column("level", "", "Between groups of this kind inside of the next larger", "层级（上一级内部该级之间）",
                   key=True),
            self._column("value", "index", "Part", "分量", f),
            self._column("low", "index", "5th percentile over draws of places", "5%分位（地区重抽样）", f),
            self._column("high", "index", "95th percentile over draws of places", "95%分位（地区重抽样）", f),
            self._column("share", "share", "Share of the index", "占指数比重", f),
        )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Share of each level in T, last year."""
        rows = self.table[(self.table["measure"] == "T") & (self.table["year"] == self.table["year"].max())]
        return {f"share_{level}": float(v) for level, v in zip(rows["level"], rows["share"], strict=True)}


def hierarchy_of(places: pd.DataFrame, labels: pd.Index, level: str) -> pd.DataFrame:
    """Groups of the units on every level above them that holds them all, the coarsest first.

    Parameters
    ----------
    places : DataFrame
        Index `place_id`, columns `kind`, `parent_id`.
    labels : Index
        Units of analysis.
    level : str
        Their kind.

    Returns
    -------
    DataFrame
        Rows units, columns kinds; none where nothing is above.
    """
    found = {}
    for kind in sorted(set(places["kind"]) - {level}):
        group = ancestor(places, kind).reindex(labels)
        if group.notna().all():
            found[kind] = group.astype(str)
    order = sorted(found, key=lambda kind: (found[kind].nunique(), kind))
    return pd.DataFrame({kind: found[kind] for kind in order}, index=labels)


def nested_theil(
    income: pd.DataFrame, people: pd.DataFrame, groups: pd.DataFrame, *, seed: int | np.random.Generator,
    inputs: tuple[Input, ...] = (), draws: int = DRAWS,
) -> NestedTheil:  # fmt: skip
    """Split Theil's T and L of every year over a hierarchy.

    Parameters
    ----------
    income, people : DataFrame, rows place_id, columns year
        Totals; people > 0, income > 0.
    groups : DataFrame, rows place_id, a column a level
        The coarsest level first; each splits the one before.
    seed : int or Generator
        For the intervals: places drawn with replacement.
    inputs : tuple of Input
    draws : int

    Raises
    ------
    InputError
        A level does not split the one before, or a value is not above zero; (AlignmentError) places differ.

    Notes
    -----
    Theil (1967); Akita (2003), Annals of Regional Science 37. Every level sums what is inside of the next larger one.
    """
    exact(groups.iloc[:, 0] if groups.shape[1] else pd.Series(0, groups.index), pd.Series(0, income.index),
          pd.Series(0, people.index))  # fmt: skip
    levels = [str(name) for name in groups]
    wrong = [f"{fine} does not split {coarse}" for coarse, fine in pairwise(levels)
             if (groups.groupby(fine)[coarse].nunique() > 1).any()]  # fmt: skip
    wrong += [f"{name} must be above zero" for name, frame in (("income", income), ("people", people))
              if not (frame.loc[groups.index] > 0).to_numpy().all()]  # fmt: skip
    if wrong:
        raise InputError("nested Theil: " + "; ".join(wrong), hint="mend places.parent_id, or leave the year out")
    codes = [pd.factorize(groups[name], sort=True)[0].astype(np.intp) for name in groups]
    names = [*levels, PLACES]
    n = len(groups)
    drawn = generator(seed, "nested-theil").multinomial(n, np.full(n, 1.0 / n), size=draws).astype(float)
    rows = []
    for year in sorted(int(y) for y in income.columns):
        y, p = (frame.loc[groups.index, year].to_numpy(float) for frame in (income, people))
        sample = [nested((y * w)[w > 0], (p * w)[w > 0], [c[w > 0] for c in codes]) for w in drawn]
        for k, (measure, part) in enumerate(zip(("T", "L"), nested(y, p, codes), strict=True)):
            low, high = np.quantile([draw[k] for draw in sample], [0.05, 0.95], axis=0)
            total = float(part.sum())
            rows += [
                (year, measure, name, float(v), float(a), float(b), float(v) / total if total > 1e-12 else np.nan)
                for name, v, a, b in zip(names, part, low, high, strict=True)
            ]
    table = pd.DataFrame(rows, columns=["year", "measure", "level", "value", "low", "high", "share"])
    return NestedTheil(table=table, inputs=inputs, settings={"draws": draws, "levels": names})
