"""Clubs of places whose income per head converges to one path, with the test of each club."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion.core.convergence_clubs import LEAST_YEARS, REJECT, TRIM, LogT, clubs, log_t, trend
from megaregion.errors import InputError, MissingDataError
from megaregion.nodes.disparity_tables import DisparityTable, empty
from megaregion.result import Column, Input, Result

FORMULA = "methods#convergence-clubs"
MOST_GAPS = 0.2  # share of the years of the span that may be bridged
SMOOTH = 400.0
ALL = "all"


@dataclass(frozen=True, eq=False, kw_only=True)
class IncomeClubsResult(DisparityTable):
    """Club of each place and where its path stands."""

    title_en: ClassVar[str] = "Convergence clubs of income per head"
    title_zh: ClassVar[str] = "人均收入的收敛俱乐部"

    def describe(self) -> tuple[Column, ...]:
        """Columns of the table."""

        def estimate(name: str, unit: str, en: str, zh: str) -> Column:
            return Column(name, unit, en, zh, modelled=True, formula=FORMULA, inputs=self.inputs)

        return (
            Column("place_id", "", "Place", "地区", key=True),
            estimate(
                "club", "", "Club, richest first; none: belongs to no club", "俱乐部（由富到贫；none为不属于任何）"
            ),
            estimate("path_start", "index", "Log income over the mean of the year, first year", "相对路径（期初）"),
            estimate("path_end", "index", "The same in the last year", "相对路径（期末）"),
        )

    def facts(self) -> dict[str, Any]:
        """Places of each club."""
        return {"places": {str(k): int(v) for k, v in self.table["club"].value_counts(sort=False).items()}}


@dataclass(frozen=True, eq=False, kw_only=True)
class ClubTestsResult(DisparityTable):
    """The log t test of all places and of each club."""

    title_en: ClassVar[str] = "Log t tests of convergence"
    title_zh: ClassVar[str] = "log t收敛检验"

    def describe(self) -> tuple[Column, ...]:
        """Columns of the table."""

        def estimate(name: str, unit: str, en: str, zh: str) -> Column:
            return Column(name, unit, en, zh, modelled=True, formula=FORMULA, inputs=self.inputs)

        return (
            Column("club", "", "Club", "俱乐部", key=True),
            Column("year_start", "year", "From", "起始年"), Column("year_end", "year", "To", "终止年"),
            estimate("n", "count", "Places", "地区数"),
            estimate("slope", "index", "Slope on log t: 0 to 2 growth rates converge, 2 and more levels do",
                     "对log t的斜率（0至2为增长率收敛，2以上为水平收敛）"),
            estimate("error", "index", "Standard error, robust to autocorrelation", "标准误（HAC）"),
            estimate("t", "index", "t; convergence is rejected below -1.65", "t值（低于-1.65则拒绝收敛）"),
            estimate("converges", "", "Convergence is not rejected", "未拒绝收敛"),
        )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Test of all places together, and how many clubs there are."""
        rows = self.table[self.table["club"] == ALL]
        if rows.empty:
            return {}
        return {"slope_all": float(rows["slope"].iloc[0]), "t_all": float(rows["t"].iloc[0]),
                "clubs": len(self.table) - 1}  # fmt: skip


def income_clubs(
    per_head: pd.DataFrame, *, inputs: tuple[Input, ...] = (), trim: float = TRIM, smooth: float = SMOOTH
) -> dict[str, Result]:
    """Whether income per head converges, and in which clubs.

    Parameters
    ----------
    per_head : DataFrame, rows place_id, columns year
        Income in ones of the currency, > 1, no missing values; a year may lack altogether.
    inputs : tuple of Input
        Rows that the values come from.
    trim : float
        Share of the first years that the regression leaves out.
    smooth : float
        Of the trend.

    Returns
    -------
    dict of str to Result
        income_clubs, income_club_tests; without rows, and with the reason, where there are fewer than 15 years, three
        places, or too many gaps.

    Raises
    ------
    MissingDataError, InputError
        A value is missing, or not above 1.

    Notes
    -----
    Phillips and Sul (2007, 2009); see `megaregion.core.convergence_clubs`. Logarithms over their mean depend on the
    unit of money, as in the source: the smaller the unit, the smaller relative differences.
    """
    years = sorted(int(year) for year in per_head.columns)
    span = list(range(years[0], years[-1] + 1)) if years else []
    gaps = sorted(set(span) - set(years))
    why = _too_little(len(per_head), years, span)
    if why:
        return {"income_clubs": empty(IncomeClubsResult, why), "income_club_tests": empty(ClubTestsResult, why)}
    _require(per_head)
    table = per_head.sort_index()
    path = trend(np.log(table.reindex(columns=span).to_numpy(float)), smooth=smooth)
    whole, found = log_t(path, trim=trim), clubs(path, trim=trim)
    relative = path / path.mean(axis=0)
    members = pd.DataFrame({
        "place_id": table.index.astype(str), "club": [str(k + 1) if k >= 0 else "none" for k in found.club],
        "path_start": relative[:, 0], "path_end": relative[:, -1],
    })  # fmt: skip
    tests = [_row(ALL, len(path), whole)]
    tests += [_row(str(k + 1), int((found.club == k).sum()), test) for k, test in enumerate(found.tests)]
    common: dict[str, Any] = {
        "inputs": tuple(Input(i.table, {k: v for k, v in i.where.items() if v != "{year}"}) for i in inputs),
        "settings": {"trim": trim, "smooth": smooth, "year_start": span[0], "year_end": span[-1]},
        "warnings": _words(len(span), gaps),
    }  # fmt: skip
    return {
        "income_clubs": IncomeClubsResult(table=members, **common),
        "income_club_tests": ClubTestsResult(
            table=pd.DataFrame(tests).assign(year_start=span[0], year_end=span[-1])[
                ["club", "year_start", "year_end", "n", "slope", "error", "t", "converges"]
            ],
            **common,
        ),
    }


def _row(club: str, places: int, test: LogT) -> dict[str, Any]:
    return {"club": club, "n": places, **test._asdict(), "converges": test.t > REJECT}


def _too_little(places: int, years: list[int], span: list[int]) -> str:
    if places < 3 or len(years) < LEAST_YEARS:
        need = f"3 and {LEAST_YEARS} are needed"
        return f"clubs: {places} places and {len(years)} complete years (all places above zero), {need}"
    lost = len(span) - len(years)
    if lost > MOST_GAPS * len(span):
        return f"clubs: {lost} of the {len(span)} years from {span[0]} to {span[-1]} are missing, too many to bridge"
    return ""


def _words(years: int, gaps: list[int]) -> tuple[str, ...]:
    out = [
        f"clubs rest on {years} years: the test is built for many, and with few it sees differences that still close"
    ]
    if gaps:
        out.append(f"clubs: the years {', '.join(map(str, gaps))} are bridged by the trend")
    return tuple(out)


def _require(per_head: pd.DataFrame) -> None:
    lost, low = per_head.isna().any(axis=1), (per_head <= 1).any(axis=1)
    if lost.any():
        raise MissingDataError(f"income per head is missing for {', '.join(map(str, per_head.index[lost][:5]))}",
                               hint="leave the year out, or add the rows")  # fmt: skip
    if low.any():
        raise InputError(f"income per head must be above 1: {', '.join(map(str, per_head.index[low][:5]))}",
                         hint="give it in ones of the currency, not in millions")  # fmt: skip
