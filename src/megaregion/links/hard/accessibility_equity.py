"""How evenly accessibility is shared among residents, and how many have too little of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion.core.inequality import gini, palma, theil
from megaregion.core.poverty import fgt, weighted_median
from megaregion.errors import AlignmentError, MissingDataError
from megaregion.links.hard.accessibility import PERCENTILES, AccessibilityResult
from megaregion.result import Column, Input, Result

FORMULA = "methods#accessibility-equity"
_INPUTS = (Input("results/links/accessibility"),)


@dataclass(frozen=True, eq=False, kw_only=True)
class AccessibilityEquityResult(Result):
    """Inequality and poverty of accessibility among residents, each unit with its mean.

    Attributes
    ----------
    table : DataFrame
    settings : dict
    """

    table: pd.DataFrame
    settings: dict[str, Any]

    title_en: ClassVar[str] = "Equity of accessibility"
    title_zh: ClassVar[str] = "可达性公平"

    def describe(self) -> tuple[Column, ...]:
        """Columns of `to_frame()`."""

        def column(name: str, unit: str, en: str, zh: str) -> Column:
            return Column(name, unit, en, zh, modelled=True, formula=FORMULA, inputs=_INPUTS)

        return (
            Column("measure", "", "Measure", "指标", key=True),
            Column("departure", "", "Times of departures", "出发时刻", key=True),
            column("median", "by row", "Median resident", "居民中位值"),
            column("gini", "ratio", "Gini", "基尼系数"),
            column("theil", "ratio", "Theil T", "泰尔指数T"),
            column("palma", "ratio", "Palma: richest tenth over poorest four tenths", "帕尔马比值"),
            column("line", "by row", "Line of accessibility poverty", "可达性贫困线"),
            column("poor_share", "percent", "Residents below the line", "贫困线以下居民比重"),
            column("poor_gap", "percent", "Mean shortfall of all residents", "贫困距指数"),
            column("poor_severity", "percent", "Mean squared shortfall", "平方贫困距指数"),
            column("poor_units", "count", "Units below the line", "贫困线以下单元数"),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a measure and departure."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Share of the median that is the line."""
        return dict(self.settings)

    def facts(self) -> dict[str, Any]:
        """Gini and share of the poor of each measure at middle departures."""
        rows = self.table[self.table["departure"] == "middle"].set_index("measure")
        return {f"{name}_{m}": float(rows.loc[m, name]) for m in rows.index for name in ("gini", "poor_share")}


def accessibility_equity(found: AccessibilityResult, residents: pd.Series) -> AccessibilityEquityResult:
    """Inequality of every measure among residents, and accessibility poverty.

    Parameters
    ----------
    found : AccessibilityResult
    residents : Series
        People of each unit; index place_id.

    Raises
    ------
    AlignmentError
        Units differ.
    MissingDataError
        A unit has no population above zero.

    Notes
    -----
    All residents of a unit count with its accessibility: what differs inside of units is not seen. The line is a
    share of the median resident's value at middle departures, for all departures; poverty as Foster, Greer and
    Thorbecke (1984). Palma is missing where the poorest four tenths reach nobody.
    """
    where = found.table.index
    if len(differ := where.symmetric_difference(residents.index)) or not residents.index.is_unique:
        raise AlignmentError(f"accessibility and residents speak of different units: {', '.join(map(str, differ[:5]))}")
    people = residents.reindex(where).to_numpy(float)
    if (gaps := where[~(people > 0)]).size:
        raise MissingDataError(f"{len(gaps)} units have no population above zero: {', '.join(map(str, gaps[:5]))}",
                               hint="fill places.population of the level of analysis")  # fmt: skip
    rows = []
    for measure in found.options.measures():
        line = found.options.line_share * weighted_median(found.values(measure, "middle").to_numpy(float), people)
        for departure in PERCENTILES:
            if departure != "middle" and not found.scheduled:
                continue
            value = found.values(measure, departure).to_numpy(float)
            some, poor = value.sum() > 0, line > 0
            tail = palma(value, people) if some else np.nan
            rows.append({
                "measure": measure, "departure": departure, "median": weighted_median(value, people),
                "gini": gini(value, people) if some else np.nan,
                "theil": theil(value * people, people) if some else np.nan,
                "palma": tail if np.isfinite(tail) else np.nan, "line": line,
                **{name: 100.0 * fgt(value, people, line, alpha) if poor else np.nan
                   for name, alpha in (("poor_share", 0.0), ("poor_gap", 1.0), ("poor_severity", 2.0))},
                "poor_units": int((value < line).sum()),
            })  # fmt: skip
    said = "all residents of a unit count with its accessibility: differences inside of units are not seen"
    return AccessibilityEquityResult(table=pd.DataFrame(rows), settings={"line_share": found.options.line_share},
                                     warnings=(said,))  # fmt: skip
