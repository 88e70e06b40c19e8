"""Disparity of income per head between places, decomposed between and within groups, year by year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.inequality import theil_by_group
from megaregion.data.align import exact
from megaregion.errors import InputError, MissingDataError
from megaregion.result import Column, Input, Result

_FORMULA = "methods#theil"
EQUAL = 1e-14  # below this a Theil index is rounding of a true zero, and its share has no meaning


@dataclass(frozen=True, eq=False, kw_only=True)
class TheilGroupsResult(Result):
    """Share and Theil index of each group in each year."""

    title_en: ClassVar[str] = "Disparity inside each group"
    title_zh: ClassVar[str] = "各组内部差异"
    table: pd.DataFrame
    inputs: tuple[Input, ...]
    income_unit: str

    def describe(self) -> tuple[Column, ...]:
        """Columns; the unit of the mean depends on the currency."""
        mine, per_head = self.inputs, f"{self.income_unit} per person"
        return (
            Column("year", "year", "Year", "年份", key=True),
            Column("group", "", "Group", "分组", key=True),
            Column("share_income", "share", "Share of income", "收入份额", formula=_FORMULA, inputs=mine),
            Column("share_population", "share", "Share of people", "人口份额", formula=_FORMULA, inputs=mine),
            Column("mean", per_head, "Income per head", "人均收入", formula=_FORMULA, inputs=mine),
            Column(
                "theil_within", "index", "Theil index inside the group", "组内泰尔指数", formula=_FORMULA, inputs=mine
            ),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a year and group, both in order."""
        return self.table.copy()


@dataclass(frozen=True, eq=False, kw_only=True)
class TheilResult(Result):
    """Theil index of income per head, year by year, with its exact decomposition.

    Attributes
    ----------
    table : DataFrame
        year, total, between, within, between_share, n, flag, flagged, population_indicator.
    groups : TheilGroupsResult
        The same by group.
    inputs : tuple of Input
        Rows that income and people come from.
    skipped : mapping of int to str
        Years that some place lacks, and why.
    """

    title_en: ClassVar[str] = "Disparity between places (Theil)"
    title_zh: ClassVar[str] = "地区差异（泰尔指数）"
    table: pd.DataFrame
    groups: TheilGroupsResult
    inputs: tuple[Input, ...]
    skipped: Mapping[int, str]

    def describe(self) -> tuple[Column, ...]:
        """Columns of the table."""
        mine = self.inputs
        return (
            Column("year", "year", "Year", "年份", key=True),
            Column("total", "index", "Theil index", "泰尔指数", formula=_FORMULA, inputs=mine),
            Column("between", "index", "Between groups", "组间差异", formula=_FORMULA, inputs=mine),
            Column("within", "index", "Within groups", "组内差异", formula=_FORMULA, inputs=mine),
            Column("between_share", "share", "Share between groups", "组间占比", formula=_FORMULA, inputs=mine),
            Column("n", "count", "Places", "地区数", inputs=mine),
            Column("flag", "", "Weakness of the data", "数据缺陷"),
            Column("flagged", "count", "Places with a flagged value", "有缺陷标记的地区数", inputs=mine),
            Column("population_indicator", "", "People counted by", "人口口径"),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a year, in order."""
        return self.table.copy()

    def facts(self) -> dict[str, Any]:
        """The latest year, and the years that were left out."""
        out: dict[str, Any] = {"years_skipped": {str(year): why for year, why in sorted(self.skipped.items())}}
        if len(self.table):
            last = self.table.iloc[-1]
            share = float(last["between_share"])
            out |= {
                "latest_year": int(last["year"]),
                "latest_total": float(last["total"]),
                "latest_between_share": None if np.isnan(share) else share,
                "years_with_flags": [int(y) for y in self.table.loc[self.table["flagged"] > 0, "year"]],
            }
        return out


def theil(
    income: pd.DataFrame,
    people: pd.DataFrame,
    *,
    group: pd.Series,
    flags: pd.DataFrame | None = None,
    counted_by: Mapping[int, str] | None = None,
    inputs: tuple[Input, ...] = (),
    income_unit: str = "index",
) -> TheilResult:
    """Theil index of income per head for every year, between and within groups.

    Parameters
    ----------
    income, people : DataFrame, rows place_id, columns year
        Totals, not per head; income >= 0, people > 0; the same places and years, nothing missing.
    group : Series
        Group of each place, index `place_id`.
    flags : DataFrame, rows place_id, columns year, optional
        Flags of the values (several joined by ``;``); empty text where there is none.
    counted_by : mapping of int to str, optional
        Which indicator the people of each year come from.
    inputs : tuple of Input
        Rows that the values come from.
    income_unit : str
        Unit of `income`.

    Returns
    -------
    TheilResult

    Raises
    ------
    MissingDataError
        A value is missing.
    InputError
        A value is out of range, years differ, or (AlignmentError) places differ; everything at once.

    Notes
    -----
    T = sum_i (Y_i/Y) ln[(Y_i/Y)/(N_i/N)]; a place without income adds its limit 0. Akita (2003).

    Examples
    --------
    >>> one = pd.DataFrame({2020: {"a": 3.0, "b": 1.0}})
    >>> theil(one, one * 0 + 1, group=pd.Series({"a": "x", "b": "x"})).to_frame()["total"].round(6).tolist()
    [0.130812]
    """
    _check(income, people, group)
    rows, parts = _by_year(income, people, group, flags, counted_by or {})
    broken = [str(row["year"]) for row in rows if row["flagged"]]
    warnings = (
        (f"values of {', '.join(broken)} are flagged (borders or revisions): do not read them as a trend",)
        if broken
        else ()
    )
    by_group = TheilGroupsResult(
        table=pd.concat(parts, ignore_index=True) if parts else _nothing(_GROUP_COLUMNS),
        inputs=inputs, income_unit=income_unit, warnings=warnings,
    )  # fmt: skip
    table = pd.DataFrame(rows) if rows else _nothing(_COLUMNS)
    return TheilResult(table=table, groups=by_group, inputs=inputs, skipped={}, warnings=warnings)


def _by_year(
    income: pd.DataFrame,
    people: pd.DataFrame,
    group: pd.Series,
    flags: pd.DataFrame | None,
    counted_by: Mapping[int, str],
) -> tuple[list[dict[str, Any]], list[pd.DataFrame]]:
    labels, years = group.sort_index().index, sorted(int(year) for year in income.columns)
    names = sorted(group.unique())
    codes = np.searchsorted(names, group.loc[labels].to_numpy()).astype(np.intp)
    rows, parts = [], []
    for year in years:
        y, n = income.loc[labels, year].to_numpy(float), people.loc[labels, year].to_numpy(float)
        row, part = _one_year(y, n, codes, names)
        mine = [] if flags is None else [str(text) for text in flags.loc[labels, year] if text]
        words = sorted({word for text in mine for word in text.split(";")})
        counted = counted_by.get(year, "")
        rows.append({"year": year, **row, "flag": ";".join(words), "flagged": len(mine),
                     "population_indicator": counted})  # fmt: skip
        parts.append(part.assign(year=year)[list(_GROUP_COLUMNS)])
    return rows, parts


def _one_year(
    income: NDArray[np.float64], people: NDArray[np.float64], codes: NDArray[np.intp], names: list[str]
) -> tuple[dict[str, Any], pd.DataFrame]:
    between, within, share_income, share_people, inside = theil_by_group(income, people, codes)
    total = between + within
    row = {
        "total": total, "between": between, "within": within,
        "between_share": between / total if total > EQUAL else np.nan, "n": len(income),
    }  # fmt: skip
    mean = share_income * income.sum() / (share_people * people.sum())
    part = pd.DataFrame(
        {"group": names, "share_income": share_income, "share_population": share_people, "mean": mean,
         "theil_within": inside}
    )  # fmt: skip
    return row, part


_COLUMNS = (
    "year", "total", "between", "within", "between_share", "n", "flag", "flagged", "population_indicator",
)  # fmt: skip
_GROUP_COLUMNS = ("year", "group", "share_income", "share_population", "mean", "theil_within")
_TEXT = ("flag", "population_indicator", "group")


def _nothing(columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=object if name in _TEXT else "float64") for name in columns})


def _check(income: pd.DataFrame, people: pd.DataFrame, group: pd.Series) -> None:
    wrong: list[str] = []
    missing: list[str] = []
    if list(income.columns) != list(people.columns):
        wrong.append(f"income has the years {list(income.columns)}, people {list(people.columns)}")
    exact(group, pd.Series(0, income.index), pd.Series(0, people.index))
    if group.isna().any():
        missing.append(f"{int(group.isna().sum())} places have no group")
    for name, frame, zero in (("income", income, True), ("people", people, False)):
        for year in frame.columns:
            values = frame[year].to_numpy(dtype=float)
            low = values < 0 if zero else values <= 0
            for mask, text, out in (
                (np.isnan(values), "is missing", missing),
                (low, "is negative" if zero else "is not positive", wrong),
                (np.isinf(values), "is infinite", wrong),
            ):
                if mask.any():
                    labels = ", ".join(map(str, frame.index[mask][:5]))
                    out.append(f"{name} of {year} {text} for {int(mask.sum())} places: {labels}")
            if zero and len(values) and (values == 0).all():
                wrong.append(f"{name} of {year} is zero everywhere")
    if wrong:
        raise InputError("; ".join(wrong + missing), hint="income and people are totals of the same places and years")
    if missing:
        raise MissingDataError("; ".join(missing), hint="leave the year out, or add the rows")
